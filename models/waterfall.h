/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A waterfall: why a bill changed, as parts that sum to the change. Two usage tables in, the cost of each as a product
 * of factors, and the Shapley value (models/shapley.h) of every factor:
 *
 *     cost = demand                      calls
 *          x (1 - response cache)        calls that are not answered by it, of all calls
 *          x (1 - denied)                calls sent upstream, of those
 *          x billed requests             per call sent upstream: retries, fallbacks, refreshes
 *          x mix                         share of each model (and route, service tier) in the requests
 *          x tokens                      input and output per request, of each model
 *          x prompt cache                share of each class in a model's input: uncached, read, written
 *          x price                       dollars per token, of each model and class
 *
 * summed over models and classes, within a group: a workload (where both sides have workloads) of a consumer (where
 * both have consumers) in a clock hour (where both have hours): hour i of one side against hour i of the other. Parts of
 * groups add up. v(S) of a group is its cost with the factors of S as on side B and the others as on side A.
 *
 *   What appears or vanishes   A factor that has no value on a side (the tokens of a model that is not used there, the
 *                              price of a class that is not) has that of the other side, so it does not move: a model
 *                              that appears is mix, a class that appears is prompt cache, a workload is demand.
 *   What did not move          gets exactly 0: it is no player. Values that agree to WATERFALL_SAME are the same.
 *   What was not counted       The levels are calls > not cached > upstream > requests > tokens > cost. One that is 0
 *                              while a finer one is not was not counted; it is then left out on both sides, and its factor is one
 *                              with the next: without calls, demand to billed requests are one ("requests"). Hours in
 *                              which the levels do not line up (an attempt in the hour after its call) are first joined
 *                              with the next hours of their group. Tokens whose cost is not said by class have one price
 *                              per token and no prompt cache.
 *   What is not usage          is a term of its own and adds: cache storage, request fees, GPU hours, credits, taxes,
 *                              rounding, and the ledgers idle, eval, human, ops, reconciliation.
 *   Unknown costs              (tokens without a price) are 0; `unpriced_tok` says how many tokens they are.
 *
 * Cost per accepted result (WATERFALL_LCPR): v(S) = sum of cost(S) over groups / accepted(S), with one more factor, what
 * is accepted per call (or per the coarsest level that is counted). accepted(S) is that of the whole, so a group's parts
 * are those of its share of the whole; they add up since the Shapley value is linear in v. Where accepted(S) would be
 * 0 for some S, accepted results are one factor that demand does not move.
 *
 * Limits: a change of the mix within a model (longer prompts in some hours) is seen by the hour and by workload, not by
 * request. Sums are of doubles in the order of names: the parts sum to the change to about 1e-15 of the bill per group;
 * what is left is `residue`, and is added to the largest part. Cost: 2^n n per group and model, n the factors that
 * moved, at most 9: a year of hours with 5 models and 8 factors moving took 0.2 s.
 * Memory: 64 bytes per fact.
 *
 * Left out: the order of causes. Shapley says how much, not what moved first; `floe diff --by change` reruns. */
#ifndef FLOE_MODELS_WATERFALL_H
#define FLOE_MODELS_WATERFALL_H

#include "models/facts.h"

#define WATERFALL_SAME 1e-12 /* of the larger */
#define WATERFALL_TERMS_MOST 64
#define WATERFALL_WHY_BYTES 300

enum waterfall_factor {
    WATERFALL_DEMAND,
    WATERFALL_RESPONSE_CACHE,
    WATERFALL_DENIED,
    WATERFALL_REQUESTS,
    WATERFALL_MIX,
    WATERFALL_TOKENS,
    WATERFALL_PROMPT_CACHE,
    WATERFALL_PRICE,
    WATERFALL_CHAIN, /* how many make the cost */
    WATERFALL_ACCEPTED = WATERFALL_CHAIN,
    WATERFALL_FACTORS
};

struct waterfall_factor_row {
    const char *name;    /* "response_cache" */
    const char *caption; /* "response cache" */
    const char *help;
};
extern const struct waterfall_factor_row waterfall_factors[WATERFALL_FACTORS];

enum waterfall_level { /* from coarse to fine */
                       WATERFALL_CALLS,
                       WATERFALL_NOT_CACHED,
                       WATERFALL_UPSTREAM,
                       WATERFALL_BILLED,
                       WATERFALL_TOK,
                       WATERFALL_USD,
                       WATERFALL_LEVELS
};
extern const char *const waterfall_levels[WATERFALL_LEVELS];

enum waterfall_metric { WATERFALL_COST, WATERFALL_LCPR };
enum waterfall_by {
    WATERFALL_BY_NOTHING,
    WATERFALL_BY_CONSUMER,
    WATERFALL_BY_WORKLOAD,
    WATERFALL_BY_MODEL,
    WATERFALL_BY_HOUR
};

enum { WATERFALL_A, WATERFALL_B, WATERFALL_SIDES };

struct waterfall_side {
    const struct facts *facts;
    int64_t from_at_s, to_at_s; /* the period that they are of */
};

struct waterfall_options {
    enum waterfall_metric metric;
    enum waterfall_by by;
    int is_per_day; /* quantities and costs per day of each side's period: periods may differ in length */
};

/* Dollars; dollars per accepted result in WATERFALL_LCPR. */
struct waterfall_term {
    uint32_t factors; /* bits of enum waterfall_factor; several: they are one. 0: not usage */
    int32_t kind;     /* then: enum fact_kind */
    double change;    /* its part */
    double alone;     /* what the change would be if it alone had moved; not a part */
    double from;      /* and from which value: (from + alone) / from is its ratio */
};

struct waterfall_group {
    int64_t key; /* a name (waterfall_name), or an hour from the begin of the sides */
    double value[WATERFALL_SIDES];
    double usage;    /* of it, what is the product of factors, on side A */
    double residue;  /* change less parts, before it was added to the largest part */
    int32_t n_terms; /* in the order of the chain, then by kind; those that did not move are there, with 0 */
    struct waterfall_term terms[WATERFALL_TERMS_MOST];
};

struct waterfall {
    struct waterfall_options options;
    struct waterfall_group whole;
    int32_t n_groups, capacity;
    struct waterfall_group *groups;                                  /* options.by: the largest |change| first */
    int32_t has_workloads, has_consumers, has_hours, is_hour_of_day; /* what the groups are made of */
    int32_t is_accepted_alone;        /* accepted results are one factor that demand does not move */
    uint32_t absent[WATERFALL_SIDES]; /* bits of enum waterfall_level: not counted anywhere on that side */
    double unpriced_tok[WATERFALL_SIDES], accepted[WATERFALL_SIDES];
    int64_t n_blocks;                /* groups of the chain */
    int64_t n_blocks_folded;         /* of them with factors that are one */
    int64_t n_joined;                /* hours joined with others */
    int64_t n_only[WATERFALL_SIDES]; /* groups (without hours) that only this side has */
    struct facts names;              /* holds the texts only */
};

/* FLOE_BAD_INPUT: `why` says it (nothing accepted on a side). FLOE_ENVIRONMENT: no memory. On FLOE_OK free with
 * waterfall_free. */
enum floe_status waterfall_of(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall_options options,
                              struct waterfall *waterfall, char why[WATERFALL_WHY_BYTES]) FLOE_MUST_CHECK;
void waterfall_free(struct waterfall *waterfall);

const char *waterfall_name(const struct waterfall *waterfall, const struct waterfall_group *group);
double waterfall_change(const struct waterfall_group *group); /* B - A */
int waterfall_has_ratio(const struct waterfall_term *term);
double waterfall_ratio(const struct waterfall_term *term); /* v(it alone) / v(none) */

#endif

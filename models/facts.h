/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The usage fact table: simulated usage and imported actuals as the same rows. A fact says of one span of time who used
 * how much of what, and what it cost. Bills, waterfalls, invoices and exports are group-bys of it.
 *
 *   workload consumer key route variant model service_tier   names, as indices into one table of texts; 0 is ""
 *   kind          what is counted: tokens of a class, requests (billed attempts), calls, money ... (fact_kinds)
 *   quantity      in the kind's unit
 *   unit_price    dollars per unit; FACT_UNKNOWN where nobody stated it
 *   cost          dollars; FACT_UNKNOWN where it is unknown: it is then no part of any sum, and 0 is a cost of 0
 *
 * Token kinds are disjoint: no token is in two. Money that no quantity explains (the spend of a request whose classes
 * have no prices) is a fact of kind FACT_SPEND. A ledger that is not usage (idle, eval, human, ops, reconciliation) is a
 * fact of its own kind with a cost and no quantity.
 *
 * Adding merges: two facts that differ in quantity and cost alone become one. So a table has as many rows as there are
 * cells, however many requests were counted, and its memory is bounded by FACTS_MOST rows. An index by hash finds the
 * row to merge with: about 50 ns per fact. Merging adds doubles in the order of arrival. */
#ifndef FLOE_MODELS_FACTS_H
#define FLOE_MODELS_FACTS_H

#include "models/price.h"
#include "models/result.h"

#define FACTS_MOST ((int64_t)20000000)
#define FACT_NAME_MOST 1000 /* bytes of a name; longer ones are cut */

enum fact_kind {
    FACT_INPUT_UNCACHED = TOKEN_INPUT_UNCACHED, /* the token classes first, with their numbers */
    FACT_CACHE_READ = TOKEN_CACHE_READ,
    FACT_CACHE_WRITE_5M = TOKEN_CACHE_WRITE_5M,
    FACT_CACHE_WRITE_1H = TOKEN_CACHE_WRITE_1H,
    FACT_OUTPUT = TOKEN_OUTPUT,
    FACT_CACHE_STORAGE = USAGE_CACHE_STORAGE,
    FACT_REQUEST = USAGE_REQUEST, /* attempts that are billed: what CloudWatch counts as Invocations */
    FACT_GPU_HOUR,
    FACT_CALL, /* what the app asked for; = hits + stale + denied + upstream */
    FACT_CACHE_HIT,
    FACT_STALE_SERVED,
    FACT_DENIED,
    FACT_UPSTREAM,
    FACT_THROTTLE,
    FACT_ERROR,
    FACT_TASK,
    FACT_ACCEPTED,
    FACT_SPEND,  /* cost of usage that is not split by kind */
    FACT_CREDIT, /* and the other charges of an invoice that are no usage; usually negative */
    FACT_TAX,
    FACT_ROUNDING,
    FACT_IDLE, /* ledgers that are not usage */
    FACT_EVAL,
    FACT_HUMAN,
    FACT_OPS,
    FACT_RECONCILIATION,
    FACT_KINDS
};

enum fact_family {
    FACT_FAMILY_TOKENS,  /* billed by the token */
    FACT_FAMILY_BILLED,  /* other things that have a price: storage, requests, GPU hours */
    FACT_FAMILY_COUNTS,  /* what happened; no price */
    FACT_FAMILY_SPEND,   /* usage without a quantity */
    FACT_FAMILY_CHARGES, /* money that is not usage, of an invoice */
    FACT_FAMILY_LEDGERS  /* money that is not usage, of the cost per accepted result */
};

struct fact_kind_row {
    const char *name, *unit; /* "input_uncached", "tok": the column token_class of every file */
    enum fact_family family;
    const char *help;
};
extern const struct fact_kind_row fact_kinds[FACT_KINDS];
int fact_kind_find(const char *name, enum fact_kind *kind); /* 1: found */

struct fact {
    int64_t from_at_s, to_at_s; /* since 1970; [from, to) */
    int32_t workload, consumer, key, route, variant, model, service_tier;
    int32_t kind;
    double quantity, unit_price_usd, cost_usd;
};

#define FACT_UNKNOWN (-1e300) /* a value, not a NaN, so that equal facts are equal */

FLOE_FN int fact_has(double value)
{
    return value != FACT_UNKNOWN;
}

struct fact_texts {
    char *bytes;     /* zero-terminated, one after the other; the first is "" */
    int64_t *starts; /* of text i */
    int64_t n, n_bytes, capacity, bytes_capacity;
    int64_t *slots; /* hash table of indices + 1 */
    int64_t n_slots;
};

struct facts {
    struct fact *items;
    int64_t n, capacity;
    struct fact_texts texts;
    int64_t *slots; /* hash table of row numbers + 1 */
    int64_t n_slots;
};

void facts_init(struct facts *facts);
void facts_free(struct facts *facts);

/* The index of a text, made when it is new; n: its bytes. -1: no memory. */
int32_t facts_text(struct facts *facts, const char *text, size_t n) FLOE_MUST_CHECK;
const char *facts_text_of(const struct facts *facts, int32_t index);
int32_t facts_text_find(const struct facts *facts, const char *text); /* -1: not there */

/* Adds to the fact that differs in quantity and cost alone, or appends. A cost that is unknown plus one that is not is
 * that one. FLOE_FULL: more than FACTS_MOST rows; FLOE_ENVIRONMENT: no memory. */
enum floe_status facts_add(struct facts *facts, const struct fact *fact) FLOE_MUST_CHECK;

/* In the order of time, names (as texts) and kind: the same table whatever the order of arrival. */
void facts_sort(struct facts *facts);

/* An empty fact: no names, nothing counted, price and cost unknown. */
struct fact fact_of(int64_t from_at_s, int64_t to_at_s, enum fact_kind kind);

/* One name for one model: a model of `facts` that `other` does not have under this name, but exactly one alike
 * (models/model_name.h), takes the name that it has there. Rows are not merged. from, to: the first pair renamed, indices
 * of texts of `facts`; the number renamed is added to *n. */
enum floe_status facts_align_models(struct facts *facts, const struct facts *other, int32_t *from, int32_t *to,
                                    int32_t *n) FLOE_MUST_CHECK;

/* First begin and last end; 0 rows: 0, 0. */
void facts_span(const struct facts *facts, int64_t *from_at_s, int64_t *to_at_s);

/* The means of a result: usage and counts by clock hour, of one variant (-1: all) and one route (-1: all), between two
 * instants (whole hours are taken by their begin). Facts are appended to what is there. */
enum floe_status facts_of_result(const struct result *result, int32_t variant, int32_t route, int64_t from_at_s,
                                 int64_t to_at_s, struct facts *facts) FLOE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waterfalls of usage tables: known answers by hand, and 1,000 random pairs of tables whose parts must sum to the
 * change, with models that appear and vanish, groups that are empty and levels that were not counted. The twin computes
 * the mean step over all orders of the factors, one order at a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/shapley.h"
#include "models/waterfall.h"

#define START_AT_S INT64_C(1773619200) /* 2026-03-16T00:00:00Z */
#define DAY_S INT64_C(86400)
#define BIT(factor) (1u << (factor))

/* ---- making tables ---- */

struct who {
    const char *workload, *consumer, *model;
    int64_t hour;
};

static int32_t text(struct facts *facts, const char *name)
{
    return facts_text(facts, name, strlen(name));
}

static struct fact fact_at(struct facts *facts, struct who who, enum fact_kind kind, double quantity)
{
    struct fact fact = fact_of(START_AT_S + who.hour * 3600, START_AT_S + (who.hour + 1) * 3600, kind);
    fact.workload = text(facts, who.workload);
    fact.consumer = text(facts, who.consumer);
    fact.model = text(facts, who.model);
    fact.quantity = quantity;
    return fact;
}

static void add(struct facts *facts, struct who who, enum fact_kind kind, double quantity)
{
    const struct fact fact = fact_at(facts, who, kind, quantity);
    check_i64(facts_add(facts, &fact), FLOE_OK);
}

static void add_priced(struct facts *facts, struct who who, enum fact_kind kind, double quantity, double price)
{
    struct fact fact = fact_at(facts, who, kind, quantity);
    fact.unit_price_usd = price;
    fact.cost_usd = quantity * price;
    check_i64(facts_add(facts, &fact), FLOE_OK);
}

static void add_usd(struct facts *facts, struct who who, enum fact_kind kind, double usd)
{
    struct fact fact = fact_at(facts, who, kind, 0);
    fact.cost_usd = usd;
    check_i64(facts_add(facts, &fact), FLOE_OK);
}

/* A whole chain of one model: calls, hits, denied, upstream, requests, and tokens per request with prices. */
struct chain {
    double calls, hits, denied, requests, in_tok, read_tok, out_tok, in_usd, read_usd, out_usd;
};

static void add_chain(struct facts *facts, struct who who, struct chain c)
{
    const struct who all = {who.workload, who.consumer, "", who.hour};
    add(facts, all, FACT_CALL, c.calls);
    add(facts, all, FACT_CACHE_HIT, c.hits);
    add(facts, all, FACT_DENIED, c.denied);
    add(facts, all, FACT_UPSTREAM, c.calls - c.hits - c.denied);
    add(facts, who, FACT_REQUEST, c.requests);
    add_priced(facts, who, FACT_INPUT_UNCACHED, c.requests * c.in_tok, c.in_usd);
    if (c.read_tok > 0) add_priced(facts, who, FACT_CACHE_READ, c.requests * c.read_tok, c.read_usd);
    add_priced(facts, who, FACT_OUTPUT, c.requests * c.out_tok, c.out_usd);
}

struct pair {
    struct facts side[WATERFALL_SIDES];
};

static void pair_init(struct pair *pair)
{
    facts_init(&pair->side[0]);
    facts_init(&pair->side[1]);
}

static void pair_free(struct pair *pair)
{
    facts_free(&pair->side[0]);
    facts_free(&pair->side[1]);
}

static enum floe_status diff(const struct pair *pair, int is_swapped, struct waterfall_options options,
                             struct waterfall *waterfall, char *why)
{
    struct waterfall_side sides[WATERFALL_SIDES];
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        sides[s].facts = &pair->side[is_swapped ? !s : s];
        sides[s].from_at_s = START_AT_S;
        sides[s].to_at_s = START_AT_S + DAY_S;
    }
    return waterfall_of(sides, options, waterfall, why);
}

static struct waterfall_options options_of(enum waterfall_metric metric, enum waterfall_by by)
{
    const struct waterfall_options options = {metric, by, 0};
    return options;
}

static void diff_ok(const struct pair *pair, struct waterfall_options options, struct waterfall *waterfall)
{
    char why[WATERFALL_WHY_BYTES];
    check_i64(diff(pair, 0, options, waterfall, why), FLOE_OK);
}

static const struct waterfall_term *term(const struct waterfall_group *group, uint32_t factors, int32_t kind)
{
    for (int32_t i = 0; i < group->n_terms; i++)
        if (group->terms[i].factors == factors && (factors != 0 || group->terms[i].kind == kind))
            return &group->terms[i];
    return NULL;
}

static double part(const struct waterfall_group *group, uint32_t factors)
{
    const struct waterfall_term *found = term(group, factors, 0);
    return found == NULL ? 0 : found->change;
}

/* ---- Shapley ---- */

/* The step of every player, averaged over all orders, by permuting. */
static void all_orders(const double *v, int n, int *order, int depth, uint32_t set, double *parts, int *n_orders)
{
    if (depth == n) {
        uint32_t moved = 0;
        for (int i = 0; i < n; i++) {
            parts[order[i]] += v[moved | 1u << order[i]] - v[moved];
            moved |= 1u << order[i];
        }
        ++*n_orders;
        return;
    }
    for (int i = 0; i < n; i++)
        if (!(set >> i & 1u)) {
            order[depth] = i;
            all_orders(v, n, order, depth + 1, set | 1u << i, parts, n_orders);
        }
}

static void shapley_is_the_mean_over_all_orders(void)
{
    uint64_t state = 7;
    double v[64], parts[6], twin[6] = {0};
    int order[6], n_orders = 0;
    for (int i = 0; i < 64; i++)
        v[i] = (double)(test_random(&state) >> 11) * 0x1p-53 - 0.4;
    shapley(v, 6, parts);
    all_orders(v, 6, order, 0, 0, twin, &n_orders);
    check_i64(n_orders, 720);
    for (int i = 0; i < 6; i++)
        check_abs(parts[i], twin[i] / n_orders, 1e-14);
}

/* ---- known answers ---- */

/* Calls 10 -> 14, tokens per request 100 -> 250, price 0.002 -> 0.003, one class of one model. By hand, with
 * d = 10, 14; t = 100, 250; p = 0.002, 0.003:
 *   demand  4 (1/3 .2 + 1/6 .5 + 1/6 .3 + 1/3 .75)                = 4 x 0.45         = 1.80
 *   tokens  150 (1/3 .02 + 1/6 .028 + 1/6 .03 + 1/3 .042)         = 150 x 0.0303333  = 4.55
 *   price   .001 (1/3 1000 + 1/6 1400 + 1/6 2500 + 1/3 3500)      = .001 x 2150      = 2.15
 * and 14 x 250 x 0.003 - 10 x 100 x 0.002 = 10.50 - 2.00 = 8.50. */
static void three_factors_by_hand(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"chat", "shop", "m", 3};
    pair_init(&pair);
    add_chain(&pair.side[0], who, (struct chain){.calls = 10, .requests = 10, .in_tok = 100, .in_usd = 0.002});
    add_chain(&pair.side[1], who, (struct chain){.calls = 14, .requests = 14, .in_tok = 250, .in_usd = 0.003});
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(waterfall_change(&w.whole), 8.5, 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_DEMAND)), 1.80, 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_TOKENS)), 4.55, 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_PRICE)), 2.15, 1e-12);
    check_rel(waterfall_ratio(term(&w.whole, BIT(WATERFALL_DEMAND), 0)), 1.4, 1e-12);
    check_rel(waterfall_ratio(term(&w.whole, BIT(WATERFALL_TOKENS), 0)), 2.5, 1e-12);
    for (int f = 0; f < WATERFALL_CHAIN; f++)
        if (f != WATERFALL_DEMAND && f != WATERFALL_TOKENS && f != WATERFALL_PRICE) {
            const struct waterfall_term *still = term(&w.whole, BIT(f), 0);
            check(still != NULL && still->change == 0 && still->alone == 0);
        }
    check_i64(w.n_blocks_folded, 0);
    waterfall_free(&w);
    pair_free(&pair);
}

/* The arithmetic of the first lesson: 338 of 6,999 calls missed, then all; $3 and $15 became $5 and $25 with the model.
 * volume 6,661 x (0.014793 + 0.024655) / 2 = 131.381564; price 0.009862 x (338 + 6,999) / 2 = 36.178747. */
static void two_factors_of_the_first_lesson(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who before = {"training", "ml", "sonnet", 4}, after = {"training", "ml", "opus", 4};
    struct chain c = {
        .calls = 6999, .hits = 6661, .requests = 338, .in_tok = 2931, .out_tok = 400, .in_usd = 3e-6, .out_usd = 15e-6};
    pair_init(&pair);
    add_chain(&pair.side[0], before, c);
    c.hits = 0;
    c.requests = 6999;
    c.in_usd = 5e-6;
    c.out_usd = 25e-6;
    add_chain(&pair.side[1], after, c);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(waterfall_change(&w.whole), 6999 * 0.024655 - 338 * 0.014793, 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_RESPONSE_CACHE)), 131.381564, 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_MIX)), 36.178747, 1e-12);
    check(part(&w.whole, BIT(WATERFALL_PRICE)) == 0);
    check(part(&w.whole, BIT(WATERFALL_TOKENS)) == 0);
    check_rel(waterfall_ratio(term(&w.whole, BIT(WATERFALL_RESPONSE_CACHE), 0)), 6999.0 / 338, 1e-12);
    check_rel(waterfall_ratio(term(&w.whole, BIT(WATERFALL_MIX), 0)), 5.0 / 3, 1e-12);
    waterfall_free(&w);
    pair_free(&pair);
}

/* Half of 100 requests move to a model at twice the price: mix, and its tokens and prices moved nothing. */
static void a_model_that_appears_is_mix(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who cheap = {"chat", "shop", "cheap", 0}, dear = {"chat", "shop", "dear", 0};
    const struct chain half = {.calls = 50, .requests = 50, .in_tok = 200, .in_usd = 0.001};
    struct chain other = half;
    pair_init(&pair);
    add_chain(&pair.side[0], cheap, half);
    add_chain(&pair.side[0], cheap, half);
    add_chain(&pair.side[1], cheap, half);
    other.in_usd = 0.002;
    other.in_tok = 300;
    add_chain(&pair.side[1], dear, other);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_MODEL), &w);
    check_rel(waterfall_change(&w.whole), 50 * (300 * 0.002 - 200 * 0.001), 1e-12);
    check_rel(part(&w.whole, BIT(WATERFALL_MIX)), waterfall_change(&w.whole), 1e-12);
    check(part(&w.whole, BIT(WATERFALL_TOKENS)) == 0 && part(&w.whole, BIT(WATERFALL_PRICE)) == 0);
    check_i64(w.n_groups, 2);
    check_text(waterfall_name(&w, &w.groups[0]), "dear");
    check_rel(waterfall_change(&w.groups[0]), 30, 1e-12);
    check_rel(part(&w.groups[1], BIT(WATERFALL_MIX)), -10, 1e-12);
    waterfall_free(&w);
    pair_free(&pair);
}

/* A class that appears is prompt cache: it has no price before, and no price moved. */
static void a_class_that_appears_is_prompt_cache(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"chat", "shop", "m", 0};
    pair_init(&pair);
    add_chain(&pair.side[0], who, (struct chain){.calls = 7, .requests = 7, .in_tok = 1000, .in_usd = 3e-6});
    add_chain(
        &pair.side[1], who,
        (struct chain){.calls = 7, .requests = 7, .in_tok = 250, .read_tok = 750, .in_usd = 3e-6, .read_usd = 3e-7});
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(part(&w.whole, BIT(WATERFALL_PROMPT_CACHE)), 7 * 750 * (3e-7 - 3e-6), 1e-12);
    check(part(&w.whole, BIT(WATERFALL_PRICE)) == 0 && part(&w.whole, BIT(WATERFALL_TOKENS)) == 0);
    waterfall_free(&w);
    pair_free(&pair);
}

/* A workload that appears is demand, and a workload that vanishes too. */
static void a_workload_that_appears_is_demand(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who old = {"old", "shop", "m", 0}, new = {"new", "shop", "m", 0};
    pair_init(&pair);
    add_chain(&pair.side[0], old, (struct chain){.calls = 10, .requests = 10, .in_tok = 10, .in_usd = 0.1});
    add_chain(&pair.side[1], new, (struct chain){.calls = 3, .hits = 1, .requests = 4, .in_tok = 20, .in_usd = 0.5});
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_WORKLOAD), &w);
    check_rel(part(&w.whole, BIT(WATERFALL_DEMAND)), 40 - 10, 1e-12);
    check_i64(w.n_groups, 2);
    check_rel(part(&w.groups[0], BIT(WATERFALL_DEMAND)), 40, 1e-12);
    check_rel(part(&w.groups[1], BIT(WATERFALL_DEMAND)), -10, 1e-12);
    check_i64(w.n_only[0], 1);
    check_i64(w.n_only[1], 1);
    waterfall_free(&w);
    pair_free(&pair);
}

/* ---- what was not counted ---- */

/* Invocations and tokens only, as CloudWatch has them, against a simulation that has calls. */
static void without_calls_demand_to_requests_are_one(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"chat", "shop", "m", 0}, nobody = {"", "", "m", 0};
    const uint32_t requests = BIT(WATERFALL_DEMAND) | BIT(WATERFALL_RESPONSE_CACHE) | BIT(WATERFALL_DENIED) |
                              BIT(WATERFALL_REQUESTS);
    pair_init(&pair);
    add(&pair.side[0], nobody, FACT_REQUEST, 40);
    add_priced(&pair.side[0], nobody, FACT_INPUT_UNCACHED, 400, 0.25);
    add_chain(&pair.side[1], who,
              (struct chain){.calls = 90, .hits = 30, .requests = 70, .in_tok = 10, .in_usd = 0.25});
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(part(&w.whole, requests), 30 * 10 * 0.25, 1e-12);
    check_rel(waterfall_ratio(term(&w.whole, requests, 0)), 70.0 / 40, 1e-12);
    check(term(&w.whole, BIT(WATERFALL_DEMAND), 0) == NULL);
    check_u64(w.absent[0], 1 << WATERFALL_CALLS | 1 << WATERFALL_NOT_CACHED | 1 << WATERFALL_UPSTREAM);
    check_u64(w.absent[1], 0);
    check(!w.has_workloads && !w.has_consumers);
    waterfall_free(&w);
    pair_free(&pair);
}

static void only_dollars_are_one_term(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"", "shop", "m", 0};
    pair_init(&pair);
    add_usd(&pair.side[0], who, FACT_SPEND, 12.385);
    add_chain(&pair.side[1], who, (struct chain){.calls = 9, .requests = 9, .in_tok = 10, .in_usd = 0.25});
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(part(&w.whole, BIT(WATERFALL_CHAIN) - 1), 22.5 - 12.385, 1e-12);
    for (int i = 0; i < w.whole.n_terms; i++)
        check(w.whole.terms[i].factors == BIT(WATERFALL_CHAIN) - 1);
    waterfall_free(&w);
    pair_free(&pair);
}

/* Spend that is not split by class: one price per token, and no prompt cache. 100 requests x 50 tok at 0.01, then at
 * 0.012. */
static void spend_without_classes_has_one_price(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"", "shop", "m", 0};
    pair_init(&pair);
    for (int s = 0; s < 2; s++) {
        add(&pair.side[s], who, FACT_REQUEST, 100);
        add(&pair.side[s], who, FACT_INPUT_UNCACHED, 4000);
        add(&pair.side[s], who, FACT_OUTPUT, 1000);
        add_usd(&pair.side[s], who, FACT_SPEND, s == 0 ? 50 : 60);
    }
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(part(&w.whole, BIT(WATERFALL_PROMPT_CACHE) | BIT(WATERFALL_PRICE)), 10, 1e-12);
    check(w.unpriced_tok[0] == 0 && w.unpriced_tok[1] == 0);
    waterfall_free(&w);
    pair_free(&pair);
}

static void tokens_without_a_price_are_counted(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"", "shop", "m", 0};
    pair_init(&pair);
    add(&pair.side[0], who, FACT_OUTPUT, 4321);
    add_priced(&pair.side[1], who, FACT_OUTPUT, 4321, 0.5);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(w.unpriced_tok[0], 4321, 1e-15);
    check_rel(part(&w.whole, BIT(WATERFALL_PRICE)), 4321 * 0.5, 1e-12);
    waterfall_free(&w);
    pair_free(&pair);
}

/* A call at the end of an hour whose attempt is billed in the next: the two hours are joined, nothing is folded. */
static void an_attempt_in_the_hour_after_its_call_folds_nothing(void)
{
    struct pair pair;
    struct waterfall w;
    pair_init(&pair);
    for (int s = 0; s < 2; s++)
        for (int hour = 0; hour < 3; hour++) {
            const struct who who = {"chat", "shop", "m", hour}, all = {"chat", "shop", "", hour};
            if (hour != 1 || s != 0) add(&pair.side[s], all, FACT_CALL, 5 + s);
            if (hour != 1 || s != 0) add(&pair.side[s], all, FACT_UPSTREAM, 5 + s);
            add(&pair.side[s], who, FACT_REQUEST, 5 + s);
            add_priced(&pair.side[s], who, FACT_OUTPUT, 50 * (5 + s), 0.125);
        }
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_HOUR), &w);
    check_i64(w.n_joined, 1);
    check_i64(w.n_blocks, 2);
    check_i64(w.n_blocks_folded, 0);
    check(w.has_hours);
    waterfall_free(&w);
    pair_free(&pair);
}

/* ---- what is not usage ---- */

static void ledgers_and_charges_are_terms_of_their_own(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"chat", "shop", "m", 0}, ops = {"", "", "", 0};
    pair_init(&pair);
    for (int s = 0; s < 2; s++) {
        add_chain(&pair.side[s], who, (struct chain){.calls = 10, .requests = 10, .in_tok = 10, .in_usd = 0.1 + s});
        add_usd(&pair.side[s], ops, FACT_OPS, s == 0 ? 20 : 35);
        add_priced(&pair.side[s], who, FACT_GPU_HOUR, s == 0 ? 3 : 1, 2.5);
    }
    add_usd(&pair.side[1], ops, FACT_CREDIT, -4.25);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
    check_rel(term(&w.whole, 0, FACT_OPS)->change, 15, 1e-15);
    check_rel(waterfall_ratio(term(&w.whole, 0, FACT_OPS)), 1.75, 1e-15);
    check_rel(term(&w.whole, 0, FACT_GPU_HOUR)->change, -5, 1e-15);
    check_rel(term(&w.whole, 0, FACT_CREDIT)->change, -4.25, 1e-15);
    check(!waterfall_has_ratio(term(&w.whole, 0, FACT_CREDIT)));
    check_rel(part(&w.whole, BIT(WATERFALL_PRICE)), 100, 1e-12);
    check_rel(waterfall_ratio(term(&w.whole, BIT(WATERFALL_PRICE), 0)), 11, 1e-12);
    check_rel(waterfall_change(&w.whole), 100 + 15 - 5 - 4.25, 1e-12);
    waterfall_free(&w);
    pair_free(&pair);
}

/* ---- cost per accepted result ---- */

/* Usage $100 of 10 calls, 8 accepted; then 10 calls, 5 accepted, and people for $30 more.
 * before 100/8 = 12.5, after 130/5 = 26. With s = the accepted share, L = people:
 *   accepted  1/2 [(100/5 - 100/8) + (130/5 - 130/8)] = 1/2 [7.5 + 9.75] = 8.625
 *   people    1/2 [30/8 + 30/5]                        = 4.875 */
static void cost_per_accepted_result_by_hand(void)
{
    struct pair pair;
    struct waterfall w;
    const struct who who = {"chat", "shop", "m", 0}, all = {"chat", "shop", "", 0};
    pair_init(&pair);
    for (int s = 0; s < 2; s++) {
        add_chain(&pair.side[s], who, (struct chain){.calls = 10, .requests = 10, .in_tok = 10, .in_usd = 1});
        add(&pair.side[s], all, FACT_TASK, 10);
        add(&pair.side[s], all, FACT_ACCEPTED, s == 0 ? 8 : 5);
    }
    add_usd(&pair.side[1], all, FACT_HUMAN, 30);
    diff_ok(&pair, options_of(WATERFALL_LCPR, WATERFALL_BY_NOTHING), &w);
    check_rel(w.whole.value[0], 12.5, 1e-15);
    check_rel(w.whole.value[1], 26, 1e-15);
    check_rel(part(&w.whole, BIT(WATERFALL_ACCEPTED)), 8.625, 1e-12);
    check_rel(term(&w.whole, 0, FACT_HUMAN)->change, 4.875, 1e-12);
    check(part(&w.whole, BIT(WATERFALL_DEMAND)) == 0);
    waterfall_free(&w);
    pair_free(&pair);
}

static void nothing_accepted_is_refused(void)
{
    struct pair pair;
    struct waterfall w;
    char why[WATERFALL_WHY_BYTES];
    const struct who who = {"chat", "shop", "m", 0};
    pair_init(&pair);
    add_usd(&pair.side[0], who, FACT_SPEND, 3);
    add(&pair.side[0], who, FACT_ACCEPTED, 3);
    add_usd(&pair.side[1], who, FACT_SPEND, 3);
    check_i64(diff(&pair, 0, options_of(WATERFALL_LCPR, WATERFALL_BY_NOTHING), &w, why), FLOE_BAD_INPUT);
    check_contains(why, "side B has no accepted results");
    pair_free(&pair);
}

/* ---- 1,000 random pairs ---- */

static double uniform(uint64_t *state)
{
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

static int pick(uint64_t *state, int n)
{
    return (int)(test_random(state) % (uint64_t)n);
}

/* What a side leaves out: bits of this. */
enum {
    NO_CALLS = 1,
    NO_UPSTREAM = 2,
    NO_REQUESTS = 4,
    NO_TOKENS = 8,
    NO_CLASSES = 16,
    NO_WORKLOADS = 32,
    SIDE_LACKS = 6
};

static void add_random_cell(struct facts *facts, struct who who, double requests, int lacks, uint64_t *state)
{
    double usd = 0;
    if (!(lacks & NO_REQUESTS)) add(facts, who, FACT_REQUEST, requests);
    for (int k = 0; k < TOKEN_CLASS_N; k++) {
        const double tok = floor(requests * 1000 * uniform(state)), price = 1e-6 * (1 + pick(state, 5));
        if (pick(state, 3) == 0) continue;
        usd += tok * price;
        if (lacks & NO_TOKENS) continue;
        if (lacks & NO_CLASSES)
            add(facts, who, (enum fact_kind)k, tok);
        else
            add_priced(facts, who, (enum fact_kind)k, tok, price);
    }
    if (lacks & (NO_TOKENS | NO_CLASSES)) add_usd(facts, who, FACT_SPEND, usd);
}

static void add_random_group(struct facts *facts, struct who who, int lacks, uint64_t *state)
{
    static const char *const models[] = {"sonnet", "opus", "nova", "qwen"};
    const double calls = floor(1 + 500 * uniform(state)), hits = floor(calls * uniform(state) * 0.9);
    const double denied = pick(state, 3) == 0 ? floor((calls - hits) * uniform(state)) : 0;
    if (!(lacks & NO_CALLS)) {
        add(facts, who, FACT_CALL, calls);
        add(facts, who, FACT_CACHE_HIT, hits);
        add(facts, who, FACT_DENIED, denied);
    }
    if (!(lacks & NO_UPSTREAM)) add(facts, who, FACT_UPSTREAM, calls - hits - denied);
    add(facts, who, FACT_TASK, calls);
    add(facts, who, FACT_ACCEPTED, floor(calls * (0.5 + uniform(state) / 2)) + 1);
    for (int m = 0; m < 4; m++) {
        who.model = models[m];
        if (pick(state, 2) == 0) add_random_cell(facts, who, floor(1 + 300 * uniform(state)), lacks, state);
    }
    if (pick(state, 4) == 0) add_priced(facts, who, FACT_CACHE_STORAGE, 1e6 * uniform(state), 1e-7);
    if (pick(state, 4) == 0) add_usd(facts, who, FACT_HUMAN, 10 * uniform(state));
}

static int random_lacks(uint64_t *state)
{
    int lacks = 0;
    for (int i = 0; i < SIDE_LACKS; i++)
        if (pick(state, 6) == 0) lacks |= 1 << i;
    return lacks;
}

static void random_pair(struct pair *pair, uint64_t *state)
{
    static const char *const workloads[] = {"chat", "search", "training"};
    static const char *const consumers[] = {"shop", "lab"};
    pair_init(pair);
    for (int s = 0; s < 2; s++) {
        const int lacks = random_lacks(state);
        for (int w = 0; w < 3; w++)
            for (int64_t hour = 0; hour < 3; hour++) {
                const struct who who = {lacks & NO_WORKLOADS ? "" : workloads[w], consumers[pick(state, 2)], "", hour};
                if (pick(state, 4) == 0) continue; /* an empty group */
                add_random_group(&pair->side[s], who, pick(state, 12) == 0 ? random_lacks(state) : lacks, state);
            }
        add_usd(&pair->side[s], (struct who){"", "", "", 0}, FACT_OPS, 5 * uniform(state));
    }
}

static double cost_of(const struct facts *facts)
{
    double sum = 0;
    for (int64_t i = 0; i < facts->n; i++)
        if (fact_has(facts->items[i].cost_usd)) sum += facts->items[i].cost_usd;
    return sum;
}

static double sum_of_parts(const struct waterfall_group *group)
{
    double sum = 0;
    for (int32_t i = 0; i < group->n_terms; i++)
        sum += group->terms[i].change;
    return sum;
}

/* What the parts of a group leave over, before it is added to the largest, is rounding. */
static void check_group(const struct waterfall_group *group, double scale, const char *whose, int pair)
{
    check_at(fabs(group->residue) <= 1e-11 * scale, __FILE__, __LINE__, "pair %d, %s: residue %.3g of %.6g", pair,
             whose, group->residue, scale);
    check_at(fabs(sum_of_parts(group) - waterfall_change(group)) <= 1e-9 * fabs(waterfall_change(group)), __FILE__,
             __LINE__, "pair %d, %s: parts %.17g, change %.17g", pair, whose, sum_of_parts(group),
             waterfall_change(group));
}

static void check_nested(const struct waterfall *w, double scale, int pair)
{
    double sums[WATERFALL_SIDES] = {0, 0};
    for (int32_t i = 0; i < w->n_groups; i++) {
        check_group(&w->groups[i], scale, "group", pair);
        sums[0] += w->groups[i].value[0];
        sums[1] += w->groups[i].value[1];
    }
    check_rel(sums[0], w->whole.value[0], 1e-11);
    check_rel(sums[1], w->whole.value[1], 1e-11);
    for (int32_t t = 0; t < w->whole.n_terms; t++) {
        const struct waterfall_term *whole = &w->whole.terms[t];
        double sum = 0;
        for (int32_t i = 0; i < w->n_groups; i++) {
            const struct waterfall_term *nested = term(&w->groups[i], whole->factors, whole->kind);
            sum += nested == NULL ? 0 : nested->change;
        }
        check_abs(sum, whole->change, 1e-10 * scale);
    }
}

static void parts_sum_to_the_change(void)
{
    uint64_t state = 20260316;
    int n_folded = 0, n_without_workloads = 0, n_refused = 0;
    for (int i = 0; i < 1000; i++) {
        struct pair pair;
        random_pair(&pair, &state);
        for (int metric = WATERFALL_COST; metric <= WATERFALL_LCPR; metric++) {
            struct waterfall w;
            char why[WATERFALL_WHY_BYTES];
            const enum waterfall_by by = (enum waterfall_by)(i % 5);
            if (diff(&pair, 0, options_of((enum waterfall_metric)metric, by), &w, why) != FLOE_OK) {
                n_refused++;
                continue;
            }
            const double scale = w.whole.value[0] + w.whole.value[1];
            check_group(&w.whole, scale, "whole", i);
            for (int s = 0; s < 2 && metric == WATERFALL_COST; s++)
                check_rel(w.whole.value[s], cost_of(&pair.side[s]), 1e-12);
            if (by != WATERFALL_BY_NOTHING) check_nested(&w, scale, i);
            n_folded += w.n_blocks_folded > 0;
            n_without_workloads += !w.has_workloads;
            waterfall_free(&w);
        }
        pair_free(&pair);
    }
    /* the random pairs hold what they are meant to */
    check(n_folded > 500 && n_folded < 1990);
    check(n_without_workloads > 200);
    check(n_refused == 0);
}

static void swapping_the_sides_turns_every_sign(void)
{
    uint64_t state = 99;
    for (int i = 0; i < 200; i++) {
        struct pair pair;
        struct waterfall w, back;
        char why[WATERFALL_WHY_BYTES];
        const struct waterfall_options options = options_of(i % 2 ? WATERFALL_LCPR : WATERFALL_COST,
                                                            WATERFALL_BY_NOTHING);
        random_pair(&pair, &state);
        diff_ok(&pair, options, &w);
        check_i64(diff(&pair, 1, options, &back, why), FLOE_OK);
        check_i64(back.whole.n_terms, w.whole.n_terms);
        for (int32_t t = 0; t < w.whole.n_terms; t++)
            check_abs(back.whole.terms[t].change, -w.whole.terms[t].change,
                      1e-12 * (w.whole.value[0] + w.whole.value[1]));
        waterfall_free(&w);
        waterfall_free(&back);
        pair_free(&pair);
    }
}

/* Each factor of a random table is held in turn: its part is exactly 0, whatever the others do. */
static void a_factor_that_did_not_move_gets_exactly_0(void)
{
    uint64_t state = 5;
    for (int i = 0; i < 200; i++) {
        struct pair pair;
        struct waterfall w;
        const struct who who = {"chat", "shop", "m", 0};
        struct chain a, b;
        double *const from = (double *)&a, *const to = (double *)&b;
        for (size_t k = 0; k < sizeof a / sizeof(double); k++) {
            from[k] = 1 + uniform(&state);
            to[k] = 1 + uniform(&state);
        }
        a.calls = 3 + uniform(&state);
        b.calls = 3 + uniform(&state);
        a.hits = 0.3 * a.calls;
        b.hits = 0.4 * b.calls;
        a.denied = 0.1 * (a.calls - a.hits);
        b.denied = 0.2 * (b.calls - b.hits);
        const int held = i % 3;
        if (held == 0) b.calls = a.calls, b.hits = 0.4 * b.calls, b.denied = 0.2 * (b.calls - b.hits);
        if (held == 1) b.hits = 0.3 * b.calls, b.denied = 0.2 * (b.calls - b.hits);
        if (held == 2) b.in_usd = a.in_usd, b.read_usd = a.read_usd, b.out_usd = a.out_usd;
        pair_init(&pair);
        add_chain(&pair.side[0], who, a);
        add_chain(&pair.side[1], who, b);
        diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_NOTHING), &w);
        const int factors[] = {WATERFALL_DEMAND, WATERFALL_RESPONSE_CACHE, WATERFALL_PRICE};
        for (int k = 0; k < 3; k++)
            check((part(&w.whole, BIT(factors[k])) == 0) == (k == held));
        waterfall_free(&w);
        pair_free(&pair);
    }
}

static void the_same_table_twice_has_no_part(void)
{
    uint64_t state = 31;
    struct pair pair;
    struct waterfall w;
    random_pair(&pair, &state);
    facts_free(&pair.side[1]);
    const struct waterfall_side sides[] = {{&pair.side[0], START_AT_S, START_AT_S + DAY_S},
                                           {&pair.side[0], START_AT_S, START_AT_S + DAY_S}};
    char why[WATERFALL_WHY_BYTES];
    check_i64(waterfall_of(sides, options_of(WATERFALL_LCPR, WATERFALL_BY_MODEL), &w, why), FLOE_OK);
    check(waterfall_change(&w.whole) == 0);
    for (int32_t t = 0; t < w.whole.n_terms; t++)
        check(w.whole.terms[t].change == 0);
    waterfall_free(&w);
    facts_free(&pair.side[0]);
}

/* Two days against one, per day: nothing moved. Hours are then hours of the day. */
static void days_of_other_numbers_compare_per_day(void)
{
    struct facts one, two;
    struct waterfall w;
    char why[WATERFALL_WHY_BYTES];
    facts_init(&one);
    facts_init(&two);
    for (int64_t day = 0; day < 2; day++)
        for (int64_t hour = 0; hour < 24; hour++) {
            const struct who who = {"chat", "shop", "m", 24 * day + hour};
            const struct chain c = {.calls = 10 + (double)hour, .requests = 8, .in_tok = 7, .in_usd = 0.3};
            add_chain(&two, who, c);
            if (day == 0) add_chain(&one, who, c);
        }
    const struct waterfall_side sides[] = {{&one, START_AT_S, START_AT_S + DAY_S},
                                           {&two, START_AT_S, START_AT_S + 2 * DAY_S}};
    const struct waterfall_options options = {WATERFALL_COST, WATERFALL_BY_HOUR, 1};
    check_i64(waterfall_of(sides, options, &w, why), FLOE_OK);
    check(w.has_hours && w.is_hour_of_day);
    check_i64(w.n_groups, 24);
    check_rel(w.whole.value[1], w.whole.value[0], 1e-12);
    for (int32_t t = 0; t < w.whole.n_terms; t++)
        check(fabs(w.whole.terms[t].change) < 1e-12);
    waterfall_free(&w);
    facts_free(&one);
    facts_free(&two);
}

static void empty_tables_have_no_terms(void)
{
    struct pair pair;
    struct waterfall w;
    pair_init(&pair);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_CONSUMER), &w);
    check(w.whole.n_terms == 0 && w.n_groups == 0 && waterfall_change(&w.whole) == 0);
    waterfall_free(&w);
    add_usd(&pair.side[1], (struct who){"a", "b", "c", 0}, FACT_SPEND, 2.5);
    diff_ok(&pair, options_of(WATERFALL_COST, WATERFALL_BY_CONSUMER), &w);
    check_rel(part(&w.whole, BIT(WATERFALL_CHAIN) - 1), 2.5, 1e-15);
    check(!waterfall_has_ratio(&w.whole.terms[0]));
    waterfall_free(&w);
    pair_free(&pair);
}

static const struct test tests[] = {
    {"a Shapley value is the mean step over all orders", shapley_is_the_mean_over_all_orders, FAST},
    {"three factors have the parts that a hand computes", three_factors_by_hand, FAST},
    {"the first lesson: volume $131.38 and price $36.18, x20.7 and x1.667", two_factors_of_the_first_lesson, FAST},
    {"a model that appears is mix", a_model_that_appears_is_mix, FAST},
    {"a class that appears is prompt cache", a_class_that_appears_is_prompt_cache, FAST},
    {"a workload that appears or vanishes is demand", a_workload_that_appears_is_demand, FAST},
    {"without calls, demand to requests are one", without_calls_demand_to_requests_are_one, FAST},
    {"where only dollars are known there is one term", only_dollars_are_one_term, FAST},
    {"spend without classes has one price per token", spend_without_classes_has_one_price, FAST},
    {"tokens without a price are counted", tokens_without_a_price_are_counted, FAST},
    {"an attempt in the hour after its call folds nothing", an_attempt_in_the_hour_after_its_call_folds_nothing, FAST},
    {"ledgers and charges are terms of their own", ledgers_and_charges_are_terms_of_their_own, FAST},
    {"cost per accepted result by hand", cost_per_accepted_result_by_hand, FAST},
    {"a side where nothing was accepted has no cost per accepted result", nothing_accepted_is_refused, FAST},
    {"on 1,000 random pairs the parts sum to the change, whole and nested", parts_sum_to_the_change, FAST},
    {"swapping the sides turns every sign", swapping_the_sides_turns_every_sign, FAST},
    {"a factor that did not move gets exactly 0", a_factor_that_did_not_move_gets_exactly_0, FAST},
    {"the same table twice has no part", the_same_table_twice_has_no_part, FAST},
    {"days of other numbers compare per day", days_of_other_numbers_compare_per_day, FAST},
    {"empty tables have no terms", empty_tables_have_no_terms, FAST},
};
TEST_MAIN("waterfall", tests)

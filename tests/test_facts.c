/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The usage fact table: merging, order, what a result becomes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/facts.h"
#include "scenario_maker.h"

static int32_t text(struct facts *facts, const char *s)
{
    const int32_t index = facts_text(facts, s, strlen(s));
    check(index >= 0);
    return index;
}

static struct fact tokens_of(struct facts *facts, int64_t hour, const char *model, enum fact_kind kind, double quantity)
{
    struct fact fact = fact_of(hour * 3600, (hour + 1) * 3600, kind);
    fact.model = text(facts, model);
    fact.quantity = quantity;
    return fact;
}

static void add(struct facts *facts, struct fact fact)
{
    check(facts_add(facts, &fact) == FLOE_OK);
}

static void facts_of_one_cell_become_one(void)
{
    struct facts facts;
    facts_init(&facts);
    struct fact fact = tokens_of(&facts, 3, "m", FACT_OUTPUT, 2.385);
    add(&facts, fact);
    check(!fact_has(facts.items[0].cost_usd));
    fact.cost_usd = 0.5;
    add(&facts, fact);
    add(&facts, fact);
    check_i64(facts.n, 1);
    check_rel(facts.items[0].quantity, 3 * 2.385, 1e-15);
    check_rel(facts.items[0].cost_usd, 1.0, 0);
    fact.cost_usd = -1; /* a refund is a cost, not an absent one */
    add(&facts, fact);
    check_abs(facts.items[0].cost_usd, 0, 0);
    facts_free(&facts);
}

/* Each field that names a cell keeps two facts apart. */
static void every_name_makes_a_cell(void)
{
    struct facts facts;
    facts_init(&facts);
    const struct fact base = tokens_of(&facts, 3, "m", FACT_OUTPUT, 1);
    const int32_t other = text(&facts, "other");
    add(&facts, base);
    for (int field = 0; field < 11; field++) {
        struct fact fact = base;
        int32_t *names[] = {&fact.workload, &fact.consumer, &fact.key,         &fact.route,
                            &fact.variant,  &fact.model,    &fact.service_tier};
        if (field < 7) *names[field] = other;
        if (field == 7) fact.from_at_s -= 1;
        if (field == 8) fact.to_at_s += 1;
        if (field == 9) fact.kind = FACT_CACHE_READ;
        if (field == 10) fact.unit_price_usd = 15e-6;
        add(&facts, fact);
        check_i64(facts.n, field + 2);
    }
    facts_free(&facts);
}

static uint64_t order_digest(const struct facts *facts)
{
    struct floe_hash hash = floe_hash_begin();
    for (int64_t i = 0; i < facts->n; i++) {
        floe_hash_u64(&hash, (uint64_t)facts->items[i].from_at_s);
        floe_hash_text(&hash, facts_text_of(facts, facts->items[i].model));
        floe_hash_u64(&hash, (uint64_t)facts->items[i].kind);
        floe_hash_f64(&hash, facts->items[i].quantity);
    }
    return floe_hash_end(hash);
}

/* 20,000 cells twice, in two orders and with two tables of texts: more than every first capacity. */
static void order_of_arrival_does_not_matter(void)
{
    enum { HOURS = 500, MODELS = 8, KINDS = 5, CELLS = HOURS * MODELS * KINDS };
    uint64_t digests[2];
    for (int turn = 0; turn < 2; turn++) {
        struct facts facts;
        facts_init(&facts);
        for (int64_t k = 0; k < 2 * CELLS; k++) {
            const int64_t i = turn == 0 ? k % CELLS : (k * 7919) % CELLS; /* 7919 and CELLS have no common divisor */
            char model[16];
            snprintf(model, sizeof model, "model-%d", (int)(i % MODELS));
            add(&facts, tokens_of(&facts, i / MODELS % HOURS, model, (enum fact_kind)(i / MODELS / HOURS), (double)i));
        }
        check_i64(facts.n, CELLS);
        facts_sort(&facts);
        digests[turn] = order_digest(&facts);
        add(&facts, tokens_of(&facts, 0, "model-0", FACT_INPUT_UNCACHED, 1)); /* found after sorting */
        check_i64(facts.n, CELLS);
        for (int64_t i = 1; i < facts.n; i++)
            check(facts.items[i - 1].from_at_s <= facts.items[i].from_at_s);
        facts_free(&facts);
    }
    check_u64(digests[0], digests[1]);
}

static void texts_are_kept_once(void)
{
    struct facts facts;
    char name[FACT_NAME_MOST + 100];
    facts_init(&facts);
    check_i64(text(&facts, ""), 0);
    check_i64(text(&facts, "claude"), 1);
    check_i64(facts_text(&facts, "claude-opus", 6), 1);
    check_text(facts_text_of(&facts, 1), "claude");
    check_i64(facts_text_find(&facts, "claude"), 1);
    check_i64(facts_text_find(&facts, "opus"), -1);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "consumer %d", i);
        check_i64(text(&facts, name), i + 2);
    }
    check_i64(text(&facts, "consumer 77"), 79);
    memset(name, 'x', sizeof name);
    const int32_t cut = facts_text(&facts, name, sizeof name);
    check_u64(strlen(facts_text_of(&facts, cut)), FACT_NAME_MOST);
    facts_free(&facts);
}

static void kinds_have_names_of_their_own(void)
{
    enum fact_kind kind;
    for (int i = 0; i < FACT_KINDS; i++) {
        check(fact_kinds[i].name != NULL && fact_kinds[i].unit != NULL && fact_kinds[i].help != NULL);
        check(fact_kind_find(fact_kinds[i].name, &kind) && (int)kind == i);
    }
    for (int c = 0; c < USAGE_CLASS_N; c++) {
        check_text(fact_kinds[c].name, usage_class_names[c]);
        check_text(fact_kinds[c].unit, usage_class_units[c]);
    }
    check(!fact_kind_find("tokens", &kind));
}

static double sum_of(const struct facts *facts, enum fact_kind kind)
{
    double sum = 0;
    for (int64_t i = 0; i < facts->n; i++)
        if (facts->items[i].kind == (int32_t)kind) sum += facts->items[i].quantity;
    return sum;
}

/* A day of 2 tasks/s in both engines; and its second half. */
static void a_result_becomes_facts(void)
{
    struct scenario *s = maker_scenario();
    snprintf(s->workloads[0].consumer.name, NAME_BYTES, "team");
    for (int e = ENGINE_EVENTS; e <= ENGINE_HOURLY; e++) {
        struct result r;
        struct facts facts;
        double cost_usd = 0;
        maker_run(s, NULL, maker_options((enum engine_kind)e, 4), &r);
        facts_init(&facts);
        check(facts_of_result(&r, -1, -1, MONDAY_AT_S, MONDAY_AT_S + 86400, &facts) == FLOE_OK);
        check_rel(sum_of(&facts, FACT_CALL), maker_outcome(&r, 0, METRIC_CALLS)->mean, 1e-12);
        check_rel(sum_of(&facts, FACT_REQUEST), maker_outcome(&r, 0, METRIC_BILLED)->mean, 1e-12);
        check_rel(sum_of(&facts, FACT_UPSTREAM), maker_outcome(&r, 0, METRIC_UPSTREAM)->mean, 1e-12);
        check_rel(sum_of(&facts, FACT_ACCEPTED), maker_outcome(&r, 0, METRIC_ACCEPTED)->mean, 1e-12);
        for (int64_t i = 0; i < facts.n; i++)
            if (fact_has(facts.items[i].cost_usd)) cost_usd += facts.items[i].cost_usd;
        check_rel(cost_usd, maker_outcome(&r, 0, METRIC_COST_TOTAL)->mean, 1e-9);
        check_text(facts_text_of(&facts, facts.items[0].consumer), "team");
        check_text(facts_text_of(&facts, facts.items[0].workload), "chat");
        check_text(facts_text_of(&facts, facts.items[0].key), "unknown");
        facts_free(&facts);
        facts_init(&facts);
        int64_t from_at_s, to_at_s;
        check(facts_of_result(&r, 0, 0, MONDAY_AT_S + 43200, MONDAY_AT_S + 86400, &facts) == FLOE_OK);
        facts_span(&facts, &from_at_s, &to_at_s);
        check_i64(from_at_s, MONDAY_AT_S + 43200);
        check_i64(to_at_s, MONDAY_AT_S + 86400);
        check(facts_of_result(&r, 1, -1, MONDAY_AT_S, MONDAY_AT_S + 43200, &facts) == FLOE_OK); /* no such variant */
        facts_span(&facts, &from_at_s, &to_at_s);
        check_i64(from_at_s, MONDAY_AT_S + 43200);
        facts_free(&facts);
        result_free(&r);
    }
    free(s);
}

static void models_are_called_alike(void)
{
    struct facts a, b;
    int32_t from = 0, to = 0, n = 0;
    facts_init(&a), facts_init(&b);
    add(&a, tokens_of(&a, 0, "claude-opus-4-6", FACT_OUTPUT, 1));
    add(&a, tokens_of(&a, 0, "nova-pro", FACT_OUTPUT, 1));
    add(&a, tokens_of(&a, 0, "eu.amazon.nova-lite-v1:0", FACT_OUTPUT, 1));
    add(&a, tokens_of(&a, 0, "us.amazon.nova-lite-v1:0", FACT_OUTPUT, 1));
    add(&b, tokens_of(&b, 0, "us.anthropic.claude-opus-4-6-v1:0", FACT_OUTPUT, 2));
    add(&b, tokens_of(&b, 1, "us.anthropic.claude-opus-4-6-v1:0", FACT_OUTPUT, 3));
    add(&b, tokens_of(&b, 0, "nova-pro", FACT_OUTPUT, 4));
    add(&b, tokens_of(&b, 0, "nova-lite", FACT_OUTPUT, 5)); /* two of A are alike: left as it is */
    add(&b, tokens_of(&b, 0, "titan", FACT_OUTPUT, 6));
    check(facts_align_models(&b, &a, &from, &to, &n) == FLOE_OK);
    static const char *const want[] = {"claude-opus-4-6", "claude-opus-4-6", "nova-pro", "nova-lite", "titan"};
    for (int64_t i = 0; i < b.n; i++)
        check_text(facts_text_of(&b, b.items[i].model), want[i]);
    check_i64(n, 1);
    check_text(facts_text_of(&b, from), "us.anthropic.claude-opus-4-6-v1:0");
    check_text(facts_text_of(&b, to), "claude-opus-4-6");
    add(&b, tokens_of(&b, 0, "claude-opus-4-6", FACT_OUTPUT, 7)); /* found under its new name */
    check_i64(b.n, 5);
    check_rel(b.items[0].quantity, 9, 0);
    facts_free(&a), facts_free(&b);
}

static const struct test tests[] = {
    {"facts of one cell become one", facts_of_one_cell_become_one, FAST},
    {"every name makes a cell", every_name_makes_a_cell, FAST},
    {"the order of arrival does not matter", order_of_arrival_does_not_matter, FAST},
    {"models are called alike", models_are_called_alike, FAST},
    {"texts are kept once", texts_are_kept_once, FAST},
    {"kinds have names of their own", kinds_have_names_of_their_own, FAST},
    {"a result becomes facts", a_result_becomes_facts, FAST},
};
TEST_MAIN("facts", tests)

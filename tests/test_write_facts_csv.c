/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The usage fact table as CSV: its header, its numbers, its empty fields. That it reads back as the same cells is in
 * test_floe_usage.c. */
#include "plots/write/facts_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "write_sample.h"

#define NOON_AT_S INT64_C(1773748800) /* 2026-03-17T12:00:00Z */

static const char header[] = "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,"
                             "quantity,unit,unit_price_usd,cost_usd\n";

static int32_t name(struct facts *facts, const char *text)
{
    const int32_t index = facts_text(facts, text, strlen(text));
    check(index >= 0);
    return index;
}

static void every_column_stands_where_the_header_says(void)
{
    struct facts facts;
    struct floe_text text = {0};
    struct fact fact = fact_of(NOON_AT_S, NOON_AT_S + 3600, FACT_CACHE_READ);
    facts_init(&facts);
    fact.workload = name(&facts, "matching");
    fact.consumer = name(&facts, "a, \"b\"");
    fact.key = name(&facts, "sk-1");
    fact.route = name(&facts, "bedrock");
    fact.variant = name(&facts, "base");
    fact.model = name(&facts, "claude-opus");
    fact.service_tier = name(&facts, "flex");
    fact.quantity = 0.1 + 0.2;
    fact.unit_price_usd = 5e-7;
    fact.cost_usd = fact.quantity * fact.unit_price_usd;
    check(facts_add(&facts, &fact) == FLOE_OK);
    check(floe_write_facts_csv(&facts, &text) == FLOE_OK);
    check(strncmp(text.bytes, header, sizeof header - 1) == 0);
    check_text(text.bytes + sizeof header - 1,
               "2026-03-17T12:00:00Z,2026-03-17T13:00:00Z,matching,\"a, \"\"b\"\"\",sk-1,bedrock,base,claude-opus,flex,"
               "cache_read,0.30000000000000004,tok,5e-07,1.5000000000000002e-07\n");
    floe_text_free(&text);
    facts_free(&facts);
}

static void what_nobody_stated_is_empty_and_zero_is_zero(void)
{
    struct facts facts;
    struct floe_text text = {0};
    struct fact tokens = fact_of(NOON_AT_S, NOON_AT_S + 60, FACT_OUTPUT);
    struct fact credit = fact_of(NOON_AT_S, NOON_AT_S + 60, FACT_CREDIT);
    facts_init(&facts);
    tokens.quantity = 2.385;
    credit.cost_usd = -12.5;
    check(facts_add(&facts, &tokens) == FLOE_OK);
    tokens.kind = FACT_REQUEST;
    tokens.unit_price_usd = tokens.cost_usd = 0;
    check(facts_add(&facts, &tokens) == FLOE_OK);
    check(facts_add(&facts, &credit) == FLOE_OK);
    check(floe_write_facts_csv(&facts, &text) == FLOE_OK);
    check_text(text.bytes + sizeof header - 1, "2026-03-17T12:00:00Z,2026-03-17T12:01:00Z,,,,,,,,output,2.385,tok,,\n"
                                               "2026-03-17T12:00:00Z,2026-03-17T12:01:00Z,,,,,,,,request,2.385,"
                                               "request,0,0\n"
                                               "2026-03-17T12:00:00Z,2026-03-17T12:01:00Z,,,,,,,,credit,,usd,,-12.5\n");
    floe_text_free(&text);
    facts_free(&facts);
}

static void pieces_make_the_whole(void)
{
    struct sample sample;
    struct facts facts;
    struct floe_text whole = {0}, pieces = {0};
    sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 5, .replications = 3});
    facts_init(&facts);
    check(facts_of_result(&sample.result, -1, -1, INT64_MIN, INT64_MAX, &facts) == FLOE_OK);
    check(facts.n > 50);
    check(floe_write_facts_csv(&facts, &whole) == FLOE_OK);
    floe_write_facts_csv_header(&pieces);
    for (int64_t i = 0; i < facts.n; i += 7)
        floe_write_facts_csv_rows(&facts, i, i + 7 < facts.n ? i + 7 : facts.n, &pieces);
    check_text(pieces.bytes, whole.bytes);
    floe_text_free(&whole);
    floe_text_free(&pieces);
    facts_free(&facts);
    sample_free(&sample);
}

static const struct test tests[] = {
    {"every column stands where the header says", every_column_stands_where_the_header_says, FAST},
    {"what nobody stated is empty, and zero is zero", what_nobody_stated_is_empty_and_zero_is_zero, FAST},
    {"pieces make the whole", pieces_make_the_whole, FAST},
};

TEST_MAIN("write_facts_csv", tests)

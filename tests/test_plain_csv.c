/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any CSV by a mapping of its columns: cached tokens counted once by what the user says, and refused until said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_compare.h"
#include "harness.h"
#include "import_maker.h"
#include "plots/write/text.h"
#include "scenario_maker.h"

#define COLUMNS_MOST 12

static struct imported import_mapped(const char *text, const char *const *pairs, int includes_cached)
{
    static struct import_column columns[COLUMNS_MOST];
    struct import_options options = import_no_options();
    for (; pairs != NULL && *pairs != NULL; pairs++) {
        struct import_column *column = &columns[options.n_columns++];
        const char *equals = strchr(*pairs, '=');
        snprintf(column->field, sizeof column->field, "%.*s", (int)(equals - *pairs), *pairs);
        snprintf(column->column, sizeof column->column, "%s", equals + 1);
    }
    options.columns = columns;
    options.input_includes_cached = includes_cached;
    return import_text_file(text, &options);
}

static const char *const mapping[] = {"start=when",
                                      "model=model_id",
                                      "input=prompt_tokens",
                                      "cache_read=cached",
                                      "output=completion_tokens",
                                      "cost_usd=price",
                                      "id=request",
                                      NULL};
static const char log_text[] = "when,model_id,prompt_tokens,cached,completion_tokens,price,request\n"
                               "2026-03-17 09:00:01+00:00,m,1000,900,50,0.25,a\n"
                               "1773738002,m,10,,5,,b\n"
                               "2026-03-17T09:59:59Z,m,10,0,5,0.5,b\n";

static void input_is_split_as_it_is_said(void)
{
    static const double uncached[] = {1010, 110};
    for (int includes = 0; includes < 2; includes++) {
        struct imported got = import_mapped(log_text, mapping, includes);
        check_text(got.fault.what, "");
        check_text(got.report.formats, "csv");
        check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "m"), uncached[includes], 1e-12);
        check_rel(sum_of(&got, FACT_CACHE_READ, NULL, "m"), 900, 1e-12);
        check_rel(sum_of(&got, FACT_OUTPUT, NULL, "m"), 55, 1e-12);
        check_rel(cost_of(&got, NULL, NULL), 0.25, 1e-12);
        check_i64(reason_count(&got, "duplicate"), 1);
        check(rows_add_up(&got));
        imported_free(&got);
    }
}

static void it_is_refused_until_that_is_said(void)
{
    struct imported got = import_mapped(log_text, mapping, -1);
    check(got.status == FLOE_BAD_INPUT);
    check_contains(got.fault.what, "include cached tokens?");
    check_contains(got.fault.hint, "--input-includes-cached yes");
    imported_free(&got);
    got = import_mapped("start,input_uncached\n2026-03-17T09:00:01Z,12\n", NULL, -1);
    check(got.status == FLOE_OK);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 12, 1e-12);
    imported_free(&got);
    static const char *const without[] = {"error=", NULL};
    got = import_mapped("start,output,error\n2026-03-17T09:00:01Z,12,timeout\n", without, -1);
    check_text(got.fault.what, "");
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), 12, 1e-12);
    imported_free(&got);
}

/* 90 % of a million tokens were read from a cache at a tenth of the price: $1.3750 where counting them twice gave
 * $3.6250 (at $2.50 per million input, $1.25 per million cached; the figures of a published bug report). */
static void a_million_tokens_cost_what_they_cost(void)
{
    static struct prices prices;
    static struct import_column columns[] = {{"cache_read", "cached"}};
    struct import_options options = import_no_options();
    prices.n_models = 1;
    snprintf(prices.models[0].name, NAME_BYTES, "m");
    prices.models[0].n_rows = 1;
    prices.models[0].rows[0].from_at_s = INSTANT_ABSENT;
    prices.models[0].rows[0].usd_per_tok = (struct price_list){2.5e-6, 1e-5, 1.25e-6, PARAM_ABSENT, PARAM_ABSENT};
    options.prices = &prices;
    options.n_columns = 1;
    options.columns = columns;
    options.input_includes_cached = 1;
    struct imported got = import_text_file("start,model,input,cached\n2026-03-17T09:00:01Z,m,1000000,900000\n",
                                           &options);
    check_text(got.fault.what, "");
    check_rel(cost_of(&got, NULL, NULL), 1.375, 1e-12);
    imported_free(&got);
    options.input_includes_cached = 0;
    got = import_text_file("start,model,input,cached\n2026-03-17T09:00:01Z,m,1000000,900000\n", &options);
    check_rel(cost_of(&got, NULL, NULL), 3.625, 1e-12);
    imported_free(&got);
}

static void a_simulation_comes_back(void)
{
    struct scenario *s = maker_scenario();
    struct result result;
    struct facts want, got_facts;
    struct floe_text text = {0};
    s->time.horizon_s = 5 * 3600;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 3), &result);
    facts_init(&want);
    check(facts_of_result(&result, 0, 0, INT64_MIN, INT64_MAX, &want) == FLOE_OK);
    facts_sort(&want);
    floe_text_add(&text, "begin,until,who,model,unused");
    for (int kind = 0; kind < FACT_KINDS; kind++)
        floe_text_printf(&text, ",%s", fact_kinds[kind].name);
    floe_text_add(&text, "\n");
    for (int64_t i = 0; i < want.n; i++) {
        struct fact *f = &want.items[i];
        floe_text_instant(&text, f->from_at_s);
        floe_text_add(&text, ",");
        floe_text_instant(&text, f->to_at_s);
        floe_text_printf(&text, ",%s,%s,x", facts_text_of(&want, f->consumer), facts_text_of(&want, f->model));
        for (int kind = 0; kind < FACT_KINDS; kind++) {
            floe_text_add(&text, ",");
            if (kind == f->kind) floe_text_number(&text, f->quantity);
        }
        floe_text_add(&text, "\n");
        f->unit_price_usd = f->cost_usd = FACT_UNKNOWN; /* not written */
        f->workload = f->key = f->route = f->variant = f->service_tier = 0;
    }
    static const char *const pairs[] = {"start=begin", "end=until", "consumer=who", NULL};
    struct imported got = import_mapped(text.bytes, pairs, -1);
    check_text(got.fault.what, "");
    got_facts = got.facts;
    check(facts_are_same(&got_facts, &want));
    facts_free(&want);
    facts_free(&got_facts);
    floe_text_free(&text);
    result_free(&result);
    free(s);
}

static void what_is_wrong_is_refused_with_its_line(void)
{
    static const char *const odd_field[] = {"tokens=a", NULL}, *const odd_column[] = {"model=modell", NULL};
    static const struct {
        const char *text;
        const char *const *pairs;
        const char *what;
        int64_t line;
    } cases[] = {
        {"when,output\n1773738002,5\n", NULL, "there is no column 'start'", 1},
        {"start,words\n1773738002,5\n", NULL, "no column counts anything", 1},
        {"start,output\n1773738002,5\n", odd_field, "there is no field 'tokens'", 0},
        {"start,output\n1773738002,5\n", odd_column, "there is no column 'modell'", 1},
        {"start,output,output\n1773738002,5,5\n", NULL, "two columns are named 'output'", 1},
        {"start,input,input_uncached\n", NULL, "input and input_uncached", 1},
        {"start,output\n1773738002,5\n1773738002,inf\n", NULL, "output 'inf' is no number", 3},
        {"start,output\n1773738002,1e400\n", NULL, "output '1e400' is no number", 2},
        {"start,output\n2026-03-29 25:00,5\n", NULL, "is no instant", 2},
        {"start,end,output\n1773738002,1773738001,5\n", NULL, "end is before start", 2},
        {"start,output\n,5\n", NULL, "start is empty", 2},
        {"start,output\n1773738002,5,6\n", NULL, "3 fields, where the header has 2", 2},
        {"start,cost_usd,currency\n1773738002,5,USD\n1773738002,5,EUR\n", NULL, "EUR after rows in USD", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_mapped(cases[i].text, cases[i].pairs, -1);
        check(got.status == FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].what);
        check_i64(got.fault.line, cases[i].line);
        imported_free(&got);
    }
}

static void negative_and_empty_rows_are_said(void)
{
    struct imported got = import_mapped("start,output,cost_usd\n1773738002,-5,0.1\n1773738002,,\n1773738002,7,-0.4\n",
                                        NULL, -1);
    check_text(got.fault.what, "");
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), 7, 1e-12);
    check_rel(cost_of(&got, NULL, NULL), -0.3, 1e-12);
    check_i64(reason_count(&got, "output is negative"), 1);
    check_i64(reason_count(&got, "neither a quantity nor a cost"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

static void a_date_is_a_day_and_no_hour(void)
{
    struct imported got = import_mapped("start,end,output\n2026-03-17,,5\n2026-03-18,2026-03-18T01:00Z,7\n", NULL, -1);
    check_text(got.fault.what, "");
    facts_sort(&got.facts);
    check_i64(got.facts.items[0].to_at_s - got.facts.items[0].from_at_s, 24 * 3600);
    check_i64(got.facts.items[1].to_at_s - got.facts.items[1].from_at_s, 3600);
    check(has_warning(&got, "sums over more than an hour"));
    imported_free(&got);
}

static void a_mapping_without_a_plain_csv_is_warned_of(void)
{
    static const char table[] = "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,"
                                "unit,unit_price_usd,cost_usd\n"
                                "2026-03-17T10:00:00Z,2026-03-17T11:00:00Z,w,c,k,r,,m,,output,5,tok,,\n";
    static const char *const pairs[] = {"model=model_id", NULL};
    struct imported got = import_mapped(table, pairs, -1);
    check(has_warning(&got, "--column maps plain CSV, and no file is read as one"));
    imported_free(&got);
    got = import_mapped(log_text, mapping, 1);
    check(!has_warning(&got, "--column maps plain CSV"));
    imported_free(&got);
}

static void tags_are_there_for_rules(void)
{
    static struct import_rules rules;
    static struct import_column columns[] = {{"tag:team", "squad"}};
    char said[200];
    struct import_options options = import_no_options();
    check(rules_of_text("match:\n  - {consumer: health, tag: {team: 'platform*'}}\n", &rules, said, sizeof said) ==
          FLOE_OK);
    options.rules = &rules;
    options.n_columns = 1;
    options.columns = columns;
    struct imported got = import_text_file("start,output,squad\n1773738002,5,platform-b\n1773738002,6,search\n",
                                           &options);
    check_rel(sum_of(&got, FACT_OUTPUT, "health", NULL), 5, 1e-12);
    check_rel(sum_of(&got, FACT_OUTPUT, "unknown", NULL), 6, 1e-12);
    imported_free(&got);
}

static const struct test tests[] = {
    {"input is split as it is said", input_is_split_as_it_is_said, FAST},
    {"it is refused until that is said", it_is_refused_until_that_is_said, FAST},
    {"a million tokens cost what they cost", a_million_tokens_cost_what_they_cost, FAST},
    {"a simulation comes back", a_simulation_comes_back, FAST},
    {"what is wrong is refused with its line", what_is_wrong_is_refused_with_its_line, FAST},
    {"negative and empty rows are said", negative_and_empty_rows_are_said, FAST},
    {"a date without a time is a day, and no hour of it", a_date_is_a_day_and_no_hour, FAST},
    {"a mapping without a plain CSV is warned of", a_mapping_without_a_plain_csv_is_warned_of, FAST},
    {"tags are there for rules", tags_are_there_for_rules, FAST},
};

TEST_MAIN("plain_csv", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What Floe writes, read back: the same cells. Tables by the hour (usage.csv and hours.csv), the table that
 * `floe import` writes, and the result JSON by window. Then files that are not as they must be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_compare.h"
#include "harness.h"
#include "import_maker.h"
#include "plots/write/csv.h"
#include "plots/write/facts_csv.h"
#include "plots/write/json.h"
#include "scenario_maker.h"
#include "write_sample.h"

static const struct sample_shape shape = {.n_workloads = 4,
                                          .n_routes = 2,
                                          .n_windows = 1,
                                          .n_hours = 5,
                                          .replications = 3,
                                          .n_variants = 2,
                                          .has_cache = 1,
                                          .has_consumers = 1};

/* usage.csv and hours.csv, in either order, in pieces. */
static struct imported write_and_import(const struct result *result, int hours_first, size_t piece)
{
    struct floe_text usage = {0}, hours = {0};
    const struct import_options options = import_no_options();
    check(floe_csv_files[FLOE_CSV_USAGE].write(result, &usage) == FLOE_OK);
    check(floe_csv_files[FLOE_CSV_HOURS].write(result, &hours) == FLOE_OK);
    const struct text_file files[] = {
        {"usage.csv", usage.bytes}, {"hours.csv", hours.bytes}, {"usage.csv", usage.bytes}};
    struct imported got = import_texts(files + hours_first, 2, &options, piece);
    check_text(got.fault.what, "");
    check(got.status == FLOE_OK);
    floe_text_free(&usage);
    floe_text_free(&hours);
    return got;
}

static void a_result_by_the_hour_comes_back(void)
{
    struct sample sample;
    sample_init(&sample, shape);
    for (int hours_first = 0; hours_first < 2; hours_first++) {
        struct facts want;
        facts_init(&want);
        check(facts_of_result(&sample.result, -1, -1, INT64_MIN, INT64_MAX, &want) == FLOE_OK);
        struct imported got = write_and_import(&sample.result, hours_first, hours_first ? 17 : 0);
        check(want.n > 300);
        check(facts_are_same(&got.facts, &want));
        check(rows_add_up(&got));
        check_text(got.report.formats, "floe-usage");
        check(has_warning(&got, "several variants") && has_warning(&got, "several simulated routes"));
        imported_free(&got);
        facts_free(&want);
    }
    sample_free(&sample);
}

static void a_simulation_comes_back(void)
{
    static const enum engine_kind engines[] = {ENGINE_EVENTS, ENGINE_HOURLY};
    struct scenario *s = maker_scenario();
    s->workloads[0].tokens.input = maker_lognormal(800, 4000);
    s->time.horizon_s = 5.5 * 3600;
    s->time.start_at_s = MONDAY_AT_S + 1234;
    for (int e = 0; e < 2; e++) {
        struct result result;
        struct facts want;
        maker_run(s, NULL, maker_options(engines[e], 3), &result);
        facts_init(&want);
        check(facts_of_result(&result, -1, -1, INT64_MIN, INT64_MAX, &want) == FLOE_OK);
        struct imported got = write_and_import(&result, 0, 0);
        check(want.n > 40);
        check(facts_are_same(&got.facts, &want));
        check(!has_warning(&got, "several"));
        imported_free(&got);
        facts_free(&want);
        result_free(&result);
    }
    free(s);
}

static void the_table_of_an_import_comes_back(void)
{
    struct sample sample;
    struct facts want;
    struct floe_text text = {0};
    const struct import_options options = import_no_options();
    struct fact fact = fact_of(MONDAY_AT_S, MONDAY_AT_S + 86400, FACT_CREDIT);
    sample_init(&sample, shape);
    facts_init(&want);
    check(facts_of_result(&sample.result, 1, 0, INT64_MIN, INT64_MAX, &want) == FLOE_OK);
    fact.cost_usd = -12.5;
    check(facts_add(&want, &fact) == FLOE_OK);
    fact.kind = FACT_OUTPUT;
    fact.quantity = -7;
    check(facts_add(&want, &fact) == FLOE_OK);
    fact.kind = FACT_CACHE_READ;
    fact.quantity = 2.385;
    fact.cost_usd = FACT_UNKNOWN;
    check(facts_add(&want, &fact) == FLOE_OK);
    check(floe_write_facts_csv(&want, &text) == FLOE_OK);
    struct imported got = import_text_file(text.bytes, &options);
    check_text(got.fault.what, "");
    check(facts_are_same(&got.facts, &want));
    imported_free(&got);
    floe_text_free(&text);
    facts_free(&want);
    sample_free(&sample);
}

static double total_of(const struct result *r, enum metric metric, int32_t span)
{
    double sum = 0;
    for (int64_t i = 0; i < r->n_cells; i++)
        if (r->cells[i].span == span) sum += r->cells[i].outcomes[metric].mean;
    return sum;
}

static void a_result_json_comes_back_by_window(void)
{
    struct sample sample;
    struct floe_text text = {0};
    struct import_options options = import_no_options();
    sample_init(&sample, shape);
    sample.result.cells[0].outcomes[METRIC_COST_HUMAN].mean = 17.25;
    check(sample.result.cells[0].span == 0);
    check(floe_write_json(&sample.result, "run", &text) == FLOE_OK);
    for (int32_t span = 0; span < 2; span++) {
        double usd = 0;
        if (span == 1) {
            options.from_at_s = sample.result.spans[1].from_at_s;
            options.to_at_s = sample.result.spans[1].to_at_s;
        }
        struct imported got = import_text_file(text.bytes, &options);
        check_text(got.fault.what, "");
        check_text(got.report.formats, "floe-result");
        for (int64_t i = 0; i < sample.result.by_window.n; i++)
            if (sample.result.by_window.rows[i].span == span) usd += sample.result.by_window.rows[i].cost_usd.mean;
        check(usd > 1);
        check_rel(cost_of(&got, NULL, NULL), usd + (span == 0 ? 17.25 : 0), 1e-9);
        check_rel(sum_of(&got, FACT_CALL, NULL, NULL), total_of(&sample.result, METRIC_CALLS, span), 1e-9);
        check_rel(sum_of(&got, FACT_CACHE_HIT, NULL, NULL), total_of(&sample.result, METRIC_CACHE_HITS, span), 1e-9);
        check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), total_of(&sample.result, METRIC_TOK_LAST, span), 1e-9);
        check(sum_of(&got, FACT_CALL, "support, \"tier\" two", NULL) > 0);
        check(rows_add_up(&got));
        imported_free(&got);
    }
    options.to_at_s += 60;
    struct imported got = import_text_file(text.bytes, &options);
    check(got.status == FLOE_BAD_INPUT);
    check_contains(got.fault.what, "no window begins");
    check_contains(got.fault.hint, "all, window_0");
    imported_free(&got);
    floe_text_free(&text);
    sample_free(&sample);
}

#define USAGE_HEADER                                                                                                   \
    "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,unit,unit_price_usd,"       \
    "cost_usd\n"
#define HOUR "2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,w,c,k,r,v,m,,"

static void a_row_says_what_it_is(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(
        USAGE_HEADER HOUR "output,12.5,tok,1.5e-05,0.0001875\n" HOUR "output,,tok,,\n", &options);
    check(got.status == FLOE_OK);
    check_i64(got.facts.n, 1);
    check(got.facts.items[0].unit_price_usd == 1.5e-5);
    check(got.facts.items[0].cost_usd == 0.0001875);
    check_i64(got.facts.items[0].from_at_s, 1773738000);
    check_i64(reason_count(&got, "neither a quantity nor a cost"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

static void hours_alone_are_warned_of(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file("start,hour,workload,route,calls,cost_usd,consumer,variant,errors\n"
                                           "2026-03-17T09:20:00Z,0,w,r,7,3.5,c,v,2\n",
                                           &options);
    check(got.status == FLOE_OK);
    check_i64(got.facts.n, 2);
    check_i64(got.facts.items[0].to_at_s, 1773738000 + 3600); /* without `end`: the clock hour's */
    check(cost_of(&got, NULL, NULL) == 0);
    check(has_warning(&got, "usage.csv"));
    imported_free(&got);
}

static void what_is_wrong_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *what;
        int64_t line;
    } cases[] = {
        {USAGE_HEADER HOUR "output,1,tok,,\n" HOUR "outputs,1,tok,,\n", "no token_class 'outputs'", 3},
        {USAGE_HEADER HOUR "output,1,Mtok,,\n", "is 'tok', not 'Mtok'", 2},
        {USAGE_HEADER HOUR "output,nan,tok,,\n", "quantity 'nan' is no number", 2},
        {USAGE_HEADER HOUR "output,1e999,tok,,\n", "quantity '1e999' is no number", 2},
        {USAGE_HEADER HOUR "output,-5,tok,,\n", "the quantity is negative", 2},
        {USAGE_HEADER HOUR "output,-5,tok,1e-6,5e-6\n", "the quantity is negative", 2},
        {USAGE_HEADER HOUR "output,1,tok\n", "12 fields, where the header has 14", 2},
        {USAGE_HEADER "17.03.2026,2026-03-17T10:00:00Z,w,c,k,r,v,m,,output,1,tok,,\n",
         "start '17.03.2026' is no instant", 2},
        {USAGE_HEADER "2026-03-17T10:00:00Z,2026-03-17T10:00:00Z,w,c,k,r,v,m,,output,1,tok,,\n",
         "the end is not after the start", 2},
        {USAGE_HEADER "2026-03-17T10:00:00Z,,w,c,k,r,v,m,,output,1,tok,,\n", "start or end is empty", 2},
        {"start,end,workload,token_class,quantity,unit_price_usd\n", "there is no column 'consumer'", 1},
        {"start,start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,unit,"
         "unit_price_usd,cost_usd\n",
         "two columns are named 'start'", 1},
        {"start,end,window,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,unit,"
         "unit_price_usd,cost_usd\n",
         "windows overlap", 1},
        {USAGE_HEADER "\"2026", "never closes", 2},
        {"{\"schema\": \"floe.result/1\", \"cells\": [], \"usage\": [", "ends inside", 1},
        {"{\"schema\": \"floe.result/1\", \"cells\": []}", "usage or cells is missing", 1},
        {"{\"schema\": \"floe.result/1\", \"cells\": [], \"usage\": [{\"window\": \"all\"}]}", "usage[0] is not", 1},
        {"{\"schema\": \"floe.result/1\", \"cells\": [], \"usage\": [{\"window\": \"other\"}, {\"window\": \"all\", "
         "\"start\": \"2026-03-17T10:00:00Z\", \"end\": \"2026-03-17T11:00:00Z\", \"token_class\": \"output\", "
         "\"quantity\": -5, \"cost_usd\": 1}]}",
         "usage[1] is not", 1},
    };
    const struct import_options options = import_no_options();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_text_file(cases[i].text, &options);
        check(got.status == FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].what);
        check_i64(got.fault.line, cases[i].line);
        imported_free(&got);
    }
}

static const struct test tests[] = {
    {"a result by the hour comes back", a_result_by_the_hour_comes_back, FAST},
    {"a simulation comes back", a_simulation_comes_back, FAST},
    {"the table of an import comes back", the_table_of_an_import_comes_back, FAST},
    {"a result JSON comes back by window", a_result_json_comes_back_by_window, FAST},
    {"a row says what it is", a_row_says_what_it_is, FAST},
    {"hours alone are warned of", hours_alone_are_warned_of, FAST},
    {"what is wrong is refused with its line", what_is_wrong_is_refused_with_its_line, FAST},
};

TEST_MAIN("floe_usage", tests)

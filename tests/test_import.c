/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The import core: hours, duplicates, prices, what is told. And the $233 day out of exports alone: three consumers behind
 * one key, 545 calls for 14 dollars from 03:58 to 05:31, 6,400 for 210 from 10 to 13, 54 for 9 over the day
 * (ferkakta.dev, "The $233 Day, Part 2"). */
#include "actuals/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/ids.h"
#include "actuals/pricing.h"
#include "harness.h"
#include "import_maker.h"
#include "scenarios/read/civil.h"

#define DAY_AT_S 1773792000 /* 2026-03-18T00:00:00Z */

/* ---- the core ---- */

#define HEAD "request_id,spend,prompt_tokens,completion_tokens,startTime,model\n"

static struct imported of_rows(const char *rows, const struct import_options *options)
{
    static char text[20000];
    snprintf(text, sizeof text, HEAD "%s", rows);
    return import_text_file(text, options);
}

static void requests_count_in_the_hour_of_their_begin(void)
{
    const struct import_options options = import_no_options();
    struct imported got = of_rows("a,1,10,1,2026-03-18T03:59:59.999Z,m\n"
                                  "b,2,10,1,2026-03-18T04:00:00+00,m\n"
                                  "c,4,10,1,2026-03-18T06:30:00+02:30,m\n"
                                  "d,8,10,1,1773806399,m\n"
                                  "e,16,10,1,1773806399999,m\n"
                                  "f,32,10,1,2026-03-18 03:00:00 UTC,m\n",
                                  &options);
    check_i64(got.status, FLOE_OK);
    facts_sort(&got.facts);
    double early = 0, late = 0;
    for (int64_t i = 0; i < got.facts.n; i++) {
        const struct fact *fact = &got.facts.items[i];
        if (!fact_has(fact->cost_usd)) continue;
        check_i64(fact->to_at_s - fact->from_at_s, 3600);
        *(fact->from_at_s == DAY_AT_S + 3 * 3600 ? &early : &late) += fact->cost_usd;
    }
    check_rel(early, 1 + 8 + 16 + 32, 1e-15);
    check_rel(late, 2 + 4, 1e-15);
    check(!has_warning(&got, "without a zone"));
    imported_free(&got);
    got = of_rows("a,1,10,1,2026-03-29 02:30:00,m\n", &options); /* an hour that some clocks do not have */
    check_i64(got.status, FLOE_OK);
    check(has_warning(&got, "without a zone are taken as UTC"));
    imported_free(&got);
}

static void only_the_span_asked_for_is_kept(void)
{
    struct import_options options = import_no_options();
    options.from_at_s = DAY_AT_S + 4 * 3600;
    options.to_at_s = DAY_AT_S + 5 * 3600;
    struct imported got = of_rows("a,1,10,1,2026-03-18T03:59:59Z,m\n"
                                  "b,2,10,1,2026-03-18T04:00:00Z,m\n"
                                  "c,4,10,1,2026-03-18T05:00:00Z,m\n",
                                  &options);
    check_i64(got.report.rows_kept, 1);
    check_i64(reason_count(&got, "outside of --from and --to"), 2);
    check(rows_add_up(&got));
    check_rel(cost_of(&got, NULL, NULL), 2, 0);
    imported_free(&got);
}

static void what_is_odd_is_told(void)
{
    const struct import_options options = import_no_options();
    struct imported got = of_rows("a,1000000000,10,1,2026-03-18T04:00:00Z,m\n", &options);
    check(has_warning(&got, "file:2: 1e+09 dollars in one row"));
    imported_free(&got);
    got = import_text_file("", &options);
    check_i64(got.status, FLOE_BAD_INPUT);
    check_text(got.fault.what, "the file is empty");
    imported_free(&got);
    got = import_text_file("PK\x03\x04 something", &options);
    check_i64(got.status, FLOE_BAD_INPUT);
    check_contains(got.fault.hint, "litellm-spend");
    imported_free(&got);
    got = of_rows("", &options);
    check_i64(got.status, FLOE_OK);
    check_i64(got.facts.n, 0);
    imported_free(&got);
    struct import_options odd = options;
    odd.format = "csv2";
    got = of_rows("", &odd);
    check_contains(got.fault.what, "there is no format 'csv2'");
    imported_free(&got);
}

static void what_no_export_counts_is_refused(void)
{
    static const struct {
        const char *text, *what;
        int64_t line;
    } cases[] = {
        {HEAD "a,1,10,1,2026-03-18T04:00:00Z,m\nb,1e25,10,1,2026-03-18T04:00:00Z,m\n", "cost: its quantity", 3},
        {HEAD "a,-1,1e300,1,2026-03-18T04:00:00Z,m\n", "input_uncached: its quantity", 2},
        {"{\"spend\": 1e999, \"prompt_tokens\": 1, \"completion_tokens\": 1, \"model\": \"m\", "
         "\"startTime\": \"2026-03-18T04:00:00Z\"}",
         "cost: its quantity, price or cost is out of range; allowed: up to 1e+24", 1},
        {"{\"spend\": 1, \"prompt_tokens\": 1, \"completion_tokens\": 1, \"model\": \"m\", \"startTime\": "
         "\"2026-03-18T04:00:00Z\", \"metadata\": {\"usage_object\": {\"cache_read_input_tokens\": 1e999}}}",
         "cache_read: its quantity", 1}};
    const struct import_options options = import_no_options();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_text_file(cases[i].text, &options);
        check_i64(got.status, FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].what);
        check_i64(got.fault.line, cases[i].line);
        imported_free(&got);
    }
}

static void instants_beyond_all_calendars_are_none(void)
{
    static const char *const instants[] = {"1e30", "1e300", "9999999999999999999999999999999", "7300000000"};
    const struct import_options options = import_no_options();
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        char row[120];
        snprintf(row, sizeof row, "a,1,10,1,%s,m\n", instants[i]);
        struct imported got = of_rows(row, &options);
        check_i64(got.status, FLOE_OK);
        check_i64(reason_count(&got, "startTime is no instant"), 1);
        check_i64(got.facts.n, 0);
        imported_free(&got);
    }
}

static int always_stop(void *ctx, int64_t bytes, int64_t rows)
{
    (void)ctx;
    (void)bytes;
    (void)rows;
    return 0;
}

static void an_import_can_be_stopped(void)
{
    struct import_options options = import_no_options();
    options.progress = always_stop;
    struct imported got = of_rows("a,1,10,1,2026-03-18T04:00:00Z,m\n", &options);
    check_i64(got.status, FLOE_CANCELLED);
    imported_free(&got);
}

static void ids_are_found_again(void)
{
    struct ids ids = {0};
    char id[40];
    for (int i = 0; i < 20000; i++) {
        const int n = snprintf(id, sizeof id, "chatcmpl-%d", i * 7919);
        if (!check(ids_new(&ids, id, (size_t)n) == IDS_NEW)) break;
    }
    for (int i = 0; i < 20000; i += 7) {
        const int n = snprintf(id, sizeof id, "chatcmpl-%d", i * 7919);
        if (!check(ids_new(&ids, id, (size_t)n) == IDS_SEEN)) break;
    }
    check_i64(ids.n, 20000);
    ids_free(&ids);
}

/* The bound itself, with hashes in place of texts: 24 million take half a minute under sanitizers. */
static void beyond_the_bound_ids_are_no_longer_remembered(void)
{
    struct ids ids = {0};
    uint64_t state = 1;
    for (int64_t i = 0; i < IDS_MOST; i++)
        if (ids_new_of(&ids, test_random(&state)) != IDS_NEW) {
            check(0);
            break;
        }
    const uint64_t last = test_random(&state);
    check(ids_new_of(&ids, last) == IDS_FULL);
    state = 1;
    check(ids_new_of(&ids, test_random(&state)) == IDS_SEEN);
    check_i64(ids.n_slots * 8, (int64_t)256 << 20);
    ids_free(&ids);
}

static int names_hold(const char *model, const char *wanted)
{
    char names[PRICING_NAMES_MOST][NAME_BYTES];
    const int n = pricing_names((struct import_text){model, strlen(model)}, names);
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], wanted) == 0) return i + 1;
    return 0;
}

static void models_are_looked_up_under_their_own_name_first(void)
{
    check_i64(names_hold("us.anthropic.claude-opus-4-6-v1", "us.anthropic.claude-opus-4-6-v1"), 1);
    check(names_hold("us.anthropic.claude-opus-4-6-v1:0", "us.anthropic.claude-opus-4-6-v1:0") == 1);
    check(names_hold("us.anthropic.claude-opus-4-6-v1:0", "anthropic.claude-opus-4-6") > 1);
    check(names_hold("bedrock/us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6") > 1);
    check(names_hold("apac.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0") > 1);
    check(names_hold("openai/gpt-5.4", "gpt-5.4") > 1);
    check(!names_hold("gpt-5.4", "4"));
    check(!names_hold("gpt-5.4", "gpt-5"));
}

static struct prices two_prices(void)
{
    struct prices prices;
    memset(&prices, 0, sizeof prices);
    prices.n_models = 2;
    for (int i = 0; i < 2; i++) {
        struct model_prices *model = &prices.models[i];
        snprintf(model->name, NAME_BYTES, "%s",
                 i == 0 ? "anthropic.claude-opus-4-6-v1" : "us.anthropic.claude-opus-4-6-v1");
        model->n_rows = 2;
        for (int row = 0; row < 2; row++) {
            struct price_list *list = &model->rows[row].usd_per_tok;
            const double factor = (i == 0 ? 1 : 1.1) * (row == 0 ? 1 : 0.5);
            model->rows[row].from_at_s = row == 0 ? INSTANT_ABSENT : DAY_AT_S + 12 * 3600;
            *list = (struct price_list){5e-6 * factor, 25e-6 * factor, 0.5e-6 * factor, PARAM_ABSENT, PARAM_ABSENT};
        }
        model->rows[1].n_bands = 1;
        model->rows[1].bands[0].above_tok = 200000;
        model->rows[1].bands[0].usd_per_tok = (struct price_list){1e-3, 1e-3, 1e-3, 1e-3, 1e-3};
    }
    return prices;
}

static double priced(const char *instant, const char *model, int tokens)
{
    char row[200];
    const struct prices prices = two_prices();
    struct import_options options = import_no_options();
    options.prices = &prices;
    snprintf(row, sizeof row, "a,,%d,0,%s,%s\n", tokens, instant, model);
    struct imported got = of_rows(row, &options);
    check_i64(got.status, FLOE_OK);
    const double cost = cost_of(&got, NULL, NULL);
    imported_free(&got);
    return cost;
}

static void prices_depend_on_date_region_and_length(void)
{
    check_rel(priced("2026-03-18T11:59:59Z", "anthropic.claude-opus-4-6-v1", 1000), 0.005, 1e-12);
    check_rel(priced("2026-03-18T12:00:00Z", "anthropic.claude-opus-4-6-v1", 1000), 0.0025, 1e-12);
    check_rel(priced("2026-03-18T11:00:00Z", "us.anthropic.claude-opus-4-6-v1", 1000), 0.0055, 1e-12);
    check_rel(priced("2026-03-18T11:00:00Z", "eu.anthropic.claude-opus-4-6-v1", 1000), 0.005, 1e-12);
    check_rel(priced("2026-03-18T12:00:00Z", "anthropic.claude-opus-4-6-v1", 200000), 0.5, 1e-12);
    check_rel(priced("2026-03-18T12:00:00Z", "anthropic.claude-opus-4-6-v1", 200001), 200.001, 1e-12);
    check_rel(priced("2026-03-18T12:00:00Z", "gpt-9", 1000), 0, 0);
}

/* ---- the $233 day ---- */

#define OPUS "anthropic.claude-opus-4-6-v1"

struct part {
    int calls, input, from_min, minutes;
    const char *user;
};

static const struct part parts[] = {
    {545, 3137, 3 * 60 + 58, 93, "training"}, {6400, 4562, 600, 180, "matching"}, {54, 31333, 0, 1440, "health"}};

static int64_t instant_of(const struct part *part, int i)
{
    return DAY_AT_S + part->from_min * 60 + (int64_t)part->minutes * 60 * i / part->calls;
}

static struct prices opus_prices(void)
{
    struct prices prices;
    memset(&prices, 0, sizeof prices);
    prices.n_models = 1;
    snprintf(prices.models[0].name, NAME_BYTES, OPUS);
    prices.models[0].n_rows = 1;
    prices.models[0].rows[0].from_at_s = INSTANT_ABSENT;
    prices.models[0].rows[0].usd_per_tok = (struct price_list){5e-6, 25e-6, 0.5e-6, 6.25e-6, 10e-6};
    return prices;
}

/* The gateway's log: a row per request, 400 tokens out, all under one key; the health checks say who they are. */
static char *spend_logs(void)
{
    const size_t size = (size_t)1 << 21;
    char *text = (char *)malloc(size), at[CIVIL_INSTANT_BYTES];
    size_t n = (size_t)snprintf(text, size,
                                "request_id,api_key,spend,prompt_tokens,completion_tokens,startTime,model,end_user\n");
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < parts[p].calls; i++) {
            civil_format(instant_of(&parts[p], i), 0, at);
            n += (size_t)snprintf(text + n, size - n, "r-%d-%d,one-token,%.9f,%d,400,%s,us.%s,%s\n", p, i,
                                  (parts[p].input * 5.0 + 400 * 25.0) / 1e6, parts[p].input, at, OPUS,
                                  p == 2 ? "health" : "");
        }
    return text;
}

/* One metric as get-metric-statistics prints it, newest first: 0: Invocations, 1: input, 2: output. */
static char *metric(int which, int period_s)
{
    static const char *const names[] = {"Invocations", "InputTokenCount", "OutputTokenCount"};
    const int slots = 86400 / period_s;
    double sum[24] = {0};
    char *text = (char *)malloc(8192), at[CIVIL_INSTANT_BYTES];
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < parts[p].calls; i++)
            sum[(instant_of(&parts[p], i) - DAY_AT_S) / period_s] += which == 0 ? 1 : which == 1 ? parts[p].input : 400;
    size_t n = (size_t)snprintf(text, 8192, "{\"Label\": \"%s\", \"Datapoints\": [", names[which]);
    for (int i = slots - 1; i >= 0; i--) {
        civil_format(DAY_AT_S + i * period_s, 0, at);
        n += (size_t)snprintf(text + n, 8192 - n, "{\"Timestamp\": \"%s\", \"Sum\": %.1f}, ", at, sum[i]);
    }
    civil_format(DAY_AT_S - 86400, 0, at); /* and the day before */
    snprintf(text + n, 8192 - n, "{\"Timestamp\": \"%s\", \"Sum\": 1.0}]}", at);
    return text;
}

static const char whose[] = "match:\n"
                            "  - {consumer: health-and-misc, tag: {end_user: 'health*'}}\n"
                            "  - {consumer: ml-training, hours: '03:58-05:31'}\n"
                            "  - {consumer: entity-matching, hours: '10:00-13:00'}\n";

static struct import_rules *rules_of_the_day(void)
{
    static struct import_rules rules;
    char said[400];
    check_i64(rules_of_text(whose, &rules, said, sizeof said), FLOE_OK);
    return &rules;
}

static struct imported metrics_of_the_day(int period_s)
{
    static const struct prices no_prices;
    static struct prices prices;
    static struct import_column column;
    struct import_options options = import_no_options();
    char *texts[3];
    struct text_file files[3];
    prices = no_prices;
    prices = opus_prices();
    snprintf(column.column, sizeof column.column, "us.%s", OPUS);
    options.models = &column;
    options.n_models = 1;
    options.prices = &prices;
    options.rules = rules_of_the_day();
    options.from_at_s = DAY_AT_S;
    options.to_at_s = DAY_AT_S + 86400;
    for (int i = 0; i < 3; i++) {
        texts[i] = metric(i, period_s);
        files[i] = (struct text_file){i == 0 ? "i.json" : i == 1 ? "t.json" : "o.json", texts[i]};
    }
    struct imported got = import_texts(files, 3, &options, 0);
    for (int i = 0; i < 3; i++)
        free(texts[i]);
    check_i64(got.status, FLOE_OK);
    return got;
}

static void the_233_dollar_day_by_the_gateways_log(void)
{
    struct import_options options = import_no_options();
    char *text = spend_logs();
    options.rules = rules_of_the_day();
    struct imported got = import_text_file(text, &options);
    check_i64(got.status, FLOE_OK);
    check_i64(got.report.rows_kept, 6999);
    check_rel(sum_of(&got, FACT_REQUEST, "ml-training", NULL), 545, 0);
    check_rel(sum_of(&got, FACT_REQUEST, "entity-matching", NULL), 6400, 0);
    check_rel(sum_of(&got, FACT_REQUEST, "health-and-misc", NULL), 54, 0);
    check_abs(cost_of(&got, "ml-training", NULL), 14, 0.01);
    check_abs(cost_of(&got, "entity-matching", NULL), 210, 0.03);
    check_abs(cost_of(&got, "health-and-misc", NULL), 9, 0.01);
    check_abs(cost_of(&got, NULL, NULL), 233, 0.05);
    imported_free(&got);
    free(text);
}

/* CloudWatch has no consumers. Hours alone tell what lies apart in time, as far as the hours go: the run's first two
 * minutes and the health checks within the hours are in the wrong place, 545 becomes 541 and so on. */
static void the_233_dollar_day_by_the_hour(void)
{
    struct imported got = metrics_of_the_day(3600);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 6999, 0);
    check_abs(cost_of(&got, NULL, NULL), 233, 0.05);
    check_abs(sum_of(&got, FACT_REQUEST, "entity-matching", NULL), 6400, 7);
    check_abs(sum_of(&got, FACT_REQUEST, "ml-training", NULL), 545, 12);
    check_abs(cost_of(&got, "entity-matching", NULL), 210, 1.5);
    check_abs(cost_of(&got, "ml-training", NULL), 14, 1);
    check_abs(cost_of(&got, "unknown", NULL), 9, 2);
    check(has_warning(&got, "hours of rules cut through spans"));
    check(has_warning(&got, "rule 1"));
    check(!has_warning(&got, "cannot be told"));
    imported_free(&got);
}

static void the_233_dollar_day_by_the_day_cannot_be_told(void)
{
    struct imported got = metrics_of_the_day(86400);
    check_rel(sum_of(&got, FACT_REQUEST, "unknown", NULL), 6999, 0);
    check_abs(cost_of(&got, "unknown", NULL), 233, 0.05);
    check(has_warning(&got, "sums over more than an hour"));
    check(has_warning(&got, "whose they are cannot be told"));
    imported_free(&got);
}

static void the_same_day_from_two_sides_counts_twice_and_is_warned_of(void)
{
    char *log = spend_logs(), *calls = metric(0, 3600);
    const struct text_file files[] = {{"spend.csv", log}, {"i.json", calls}};
    struct import_options options = import_no_options();
    static struct import_column column;
    snprintf(column.field, sizeof column.field, "i.json");
    snprintf(column.column, sizeof column.column, OPUS);
    options.models = &column;
    options.n_models = 1;
    struct imported got = import_texts(files, 2, &options, 0);
    check_i64(got.status, FLOE_OK);
    check(has_warning(&got, "stands in cloudwatch and in litellm-spend") ||
          has_warning(&got, "stands in litellm-spend and in cloudwatch"));
    imported_free(&got);
    got = import_texts(files, 1, &options, 0);
    check(!has_warning(&got, "seen from two sides"));
    imported_free(&got);
    free(log);
    free(calls);
}

static const struct test tests[] = {
    {"a request counts in the clock hour of its begin, however its instant is written",
     requests_count_in_the_hour_of_their_begin, FAST},
    {"only the span asked for is kept, and the rest is counted", only_the_span_asked_for_is_kept, FAST},
    {"what is odd is told: a billion dollars, an empty file, no format", what_is_odd_is_told, FAST},
    {"what no export counts is refused, so that no sum is infinite", what_no_export_counts_is_refused, FAST},
    {"instants beyond all calendars are none", instants_beyond_all_calendars_are_none, FAST},
    {"an import can be stopped", an_import_can_be_stopped, FAST},
    {"ids are found again", ids_are_found_again, FAST},
    {"beyond the bound ids are no longer remembered", beyond_the_bound_ids_are_no_longer_remembered, LONG},
    {"a model is looked up under its own name first, then under less of it",
     models_are_looked_up_under_their_own_name_first, FAST},
    {"a price depends on the date, the region and the length of the input", prices_depend_on_date_region_and_length,
     FAST},
    {"the $233 day: whose it was, by the gateway's log", the_233_dollar_day_by_the_gateways_log, FAST},
    {"the $233 day: whose it was, by CloudWatch's hours", the_233_dollar_day_by_the_hour, FAST},
    {"the $233 day by the day: it cannot be told whose it was, and that is said",
     the_233_dollar_day_by_the_day_cannot_be_told, FAST},
    {"the same usage from two sides counts twice and is warned of",
     the_same_day_from_two_sides_counts_twice_and_is_warned_of, FAST},
};
TEST_MAIN("import", tests)

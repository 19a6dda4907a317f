/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OTLP JSON: a simulation written as spans and as metrics comes back as the same cells; spellings, wrappers, cumulative
 * counters and double counting by hand; what is wrong is refused. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_compare.h"
#include "harness.h"
#include "import_maker.h"
#include "scenario_maker.h"

#define NINE INT64_C(1773738000) /* 2026-03-17T09:00:00Z */

static struct imported import_one(const char *text)
{
    const struct import_options options = import_no_options();
    return import_text_file(text, &options);
}

/* ---- a growing text ---- */

struct writer {
    char *text;
    size_t n, capacity;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *w, const char *format, ...)
{
    va_list arguments;
    if (w->capacity - w->n < 4096) {
        w->capacity = w->capacity * 2 + 65536;
        w->text = realloc(w->text, w->capacity);
    }
    va_start(arguments, format);
    w->n += (size_t)vsnprintf(w->text + w->n, w->capacity - w->n, format, arguments);
    va_end(arguments);
}

#define TEXT(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define INT(key, value) "{\"key\":\"" key "\",\"value\":{\"intValue\":\"" value "\"}}"
#define RESOURCE "\"resource\":{\"attributes\":[" TEXT("service.name", "chat") "]}"
#define SPANS(spans) "{\"resourceSpans\":[{" RESOURCE ",\"scopeSpans\":[{\"spans\":[" spans "]}]}]}\n"
#define SPAN(id, parent, attributes)                                                                                   \
    "{\"traceId\":\"t\",\"spanId\":\"" id "\",\"parentSpanId\":\"" parent                                              \
    "\",\"startTimeUnixNano\":\"1773738000999999999\",\"endTimeUnixNano\":\"1773738002000000000\",\"attributes\":"     \
    "[" attributes "]}"
#define CALL TEXT("gen_ai.operation.name", "chat") "," TEXT("gen_ai.request.model", "m")

/* ---- round trips ---- */

static void simulate(struct facts *facts)
{
    struct scenario *s = maker_scenario();
    struct result result;
    s->time.horizon_s = 5 * 3600;
    s->workloads[0].tokens.input = maker_lognormal(800, 4000);
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &result);
    facts_init(facts);
    check(facts_of_result(&result, 0, 0, INT64_MIN, INT64_MAX, facts) == FLOE_OK);
    check(facts->n > 20);
    result_free(&result);
    free(s);
}

static double simulated(const struct facts *facts, int64_t hour_at_s, int kind)
{
    double sum = 0;
    for (int64_t i = 0; i < facts->n; i++)
        if (facts->items[i].from_at_s == hour_at_s && facts->items[i].kind == kind) sum += facts->items[i].quantity;
    return sum;
}

static void check_same_hours(const struct imported *got, const struct facts *want)
{
    static const int kinds[] = {FACT_INPUT_UNCACHED, FACT_OUTPUT, FACT_CALL, FACT_REQUEST};
    check_text(got->fault.what, "");
    for (int hour = 0; hour < 5; hour++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const int64_t at_s = MONDAY_AT_S + hour * 3600;
            check(simulated(want, at_s, kinds[k]) > 1000);
            check_rel(simulated(&got->facts, at_s, kinds[k]), simulated(want, at_s, kinds[k]), 1e-9);
        }
    check(rows_add_up(got));
}

/* A thousand spans an hour that share the hour's tokens. */
static void a_simulation_as_spans_comes_back(void)
{
    struct facts want;
    struct writer w = {0};
    simulate(&want);
    for (int hour = 0; hour < 5; hour++) {
        const int64_t at_s = MONDAY_AT_S + hour * 3600;
        const double input = simulated(&want, at_s, FACT_INPUT_UNCACHED), output = simulated(&want, at_s, FACT_OUTPUT);
        const int n = (int)simulated(&want, at_s, FACT_CALL);
        put(&w, "{\"resourceSpans\":[{" RESOURCE ",\"scopeSpans\":[{\"spans\":[");
        for (int i = 0; i < n; i++)
            put(&w,
                "%s{\"spanId\":\"%d-%d\",\"startTimeUnixNano\":\"%lld000000000\",\"attributes\":[" CALL
                ",{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"doubleValue\":%.17g}}"
                ",{\"key\":\"gen_ai.usage.output_tokens\",\"value\":{\"intValue\":\"%.0f\"}}]}",
                i > 0 ? "," : "", hour, i, (long long)(at_s + i % 3600), input / n,
                i == 0 ? output - 3.0 * (n - 1) : 3.0);
        put(&w, "]}]}]}\n");
    }
    struct imported got = import_one(w.text);
    check_same_hours(&got, &want);
    check_text(got.report.formats, "otel");
    imported_free(&got);
    facts_free(&want);
    free(w.text);
}

/* One cumulative counter by the minute, points in no order. */
static void a_simulation_as_cumulative_counters_comes_back(void)
{
    struct facts want;
    struct writer w = {0};
    simulate(&want);
    static const struct {
        const char *metric, *value;
        int kind;
    } counters[] = {
        {"gen_ai.client.inference.usage.input_tokens", "sum\":{\"aggregationTemporality\":2", FACT_INPUT_UNCACHED},
        {"gen_ai.client.inference.usage.output_tokens",
         "sum\":{\"aggregationTemporality\":\"AGGREGATION_TEMPORALITY_CUMULATIVE\"", FACT_OUTPUT},
        {"gen_ai.client.operation.duration", "histogram\":{\"aggregationTemporality\":2", FACT_CALL}};
    for (size_t c = 0; c < sizeof counters / sizeof counters[0]; c++) {
        put(&w,
            "{\"resourceMetrics\":[{" RESOURCE
            ",\"scopeMetrics\":[{\"metrics\":[{\"name\":\"%s\",\"%s,\"dataPoints\":[",
            counters[c].metric, counters[c].value);
        for (int i = 0; i < 300; i++) {
            const int minute = i * 7 % 300 + 1; /* 7 and 300 share no factor */
            double total = 0;
            for (int hour = 0; hour < 5; hour++) {
                const double share = minute >= (hour + 1) * 60 ? 1
                                     : minute <= hour * 60     ? 0
                                                               : (minute - hour * 60) / 60.0;
                total += share * simulated(&want, MONDAY_AT_S + hour * 3600, counters[c].kind);
            }
            put(&w,
                "%s{\"attributes\":[" CALL
                "],\"startTimeUnixNano\":\"%lld000000000\",\"timeUnixNano\":\"%lld000000000\",",
                i > 0 ? "," : "", (long long)MONDAY_AT_S, (long long)(MONDAY_AT_S + minute * 60));
            put(&w, "\"%s\":%.17g}", counters[c].kind == FACT_CALL ? "count" : "asDouble", total);
        }
        put(&w, "]}}]}]}]}\n");
    }
    struct imported got = import_one(w.text);
    check_same_hours(&got, &want);
    imported_free(&got);
    facts_free(&want);
    free(w.text);
}

/* ---- spans ---- */

static void cached_tokens_are_counted_once_in_either_spelling(void)
{
    static const char *const texts[] = {
        SPANS(SPAN(
            "a", "",
            CALL "," INT("gen_ai.usage.input_tokens", "1000") "," INT("gen_ai.usage.output_tokens", "7") "," INT(
                "gen_ai.usage.cache_read.input_tokens", "900") "," INT("gen_ai.usage.cache_write.input_tokens", "40"))),
        SPANS(SPAN("a", "",
                   CALL "," INT("gen_ai.usage.input_tokens", "1000") "," INT("gen_ai.usage.output_tokens", "7") "," INT(
                       "gen_ai.usage.cache_read.input_tokens",
                       "900") "," INT("gen_ai.usage.cache_creation.input_tokens", "40"))),
        SPANS(SPAN("a", "",
                   CALL
                   "," INT("gen_ai.usage.prompt_tokens", "1000") "," INT("gen_ai.usage.completion_tokens", "7") "," INT(
                       "gen_ai.usage.cache_read_input_tokens",
                       "900") "," INT("gen_ai.usage.cache_creation.input_tokens",
                                      "40") "," INT("gen_ai.usage.cache_write.input_tokens", "40")))};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct imported got = import_one(texts[i]);
        check_text(got.fault.what, "");
        check_rel(sum_of(&got, FACT_INPUT_UNCACHED, "chat", "m"), 60, 1e-12);
        check_rel(sum_of(&got, FACT_CACHE_READ, "chat", "m"), 900, 1e-12);
        check_rel(sum_of(&got, FACT_CACHE_WRITE_5M, "chat", "m"), 40, 1e-12);
        check_rel(sum_of(&got, FACT_OUTPUT, "chat", "m"), 7, 1e-12);
        check_rel(sum_of(&got, FACT_REQUEST, "chat", "m"), 1, 1e-12);
        check_i64(got.facts.items[0].from_at_s, NINE);
        imported_free(&got);
    }
}

/* A double would round the last nanosecond of the hour up to the next. */
static void the_last_nanosecond_belongs_to_its_hour(void)
{
    struct imported got = import_one(
        SPANS("{\"spanId\":\"a\",\"startTimeUnixNano\":\"1773741599999999999\",\"attributes\":[" CALL "]}"));
    check_i64(got.facts.items[0].from_at_s, NINE);
    imported_free(&got);
}

static void more_cached_than_input_is_clamped_and_said(void)
{
    struct imported got = import_one(SPANS(
        SPAN("a", "",
             CALL "," INT("gen_ai.usage.input_tokens", "100") "," INT("gen_ai.usage.cache_read.input_tokens", "900"))));
    check(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL) == 0);
    check_rel(sum_of(&got, FACT_CACHE_READ, NULL, NULL), 900, 1e-12);
    check_i64(reason_count(&got, "more cached tokens than input"), 1);
    imported_free(&got);
}

#define USAGE INT("gen_ai.usage.input_tokens", "100")

static void agents_wrappers_and_duplicates_are_counted_once(void)
{
    struct imported got = import_one(
        SPANS(SPAN("agent", "", TEXT("gen_ai.operation.name", "invoke_agent") "," USAGE) "," SPAN(
            "http", "call", "") "," SPAN("proxy", "agent", CALL "," USAGE) "," SPAN("call", "proxy", CALL "," USAGE))
            SPANS(SPAN("call", "proxy", CALL "," USAGE) "," SPAN("other", "agent", CALL "," USAGE)));
    check_text(got.fault.what, "");
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 200, 1e-12);
    check_i64(reason_count(&got, "an agent's or a tool's span"), 1);
    check_i64(reason_count(&got, "a span around another call's span"), 1);
    check_i64(reason_count(&got, "without gen_ai"), 1);
    check_i64(reason_count(&got, "duplicate"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

static void errors_and_throttles_are_told_apart(void)
{
    struct imported got = import_one(SPANS(SPAN("a", "", CALL "," TEXT("error.type", "ThrottlingException")) "," SPAN(
        "b", "", CALL "," TEXT("error.type", "timeout")) "," SPAN("c", "", CALL "," USAGE)));
    check_rel(sum_of(&got, FACT_CALL, NULL, NULL), 3, 1e-12);
    check_rel(sum_of(&got, FACT_THROTTLE, NULL, NULL), 1, 1e-12);
    check_rel(sum_of(&got, FACT_ERROR, NULL, NULL), 1, 1e-12);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 1, 1e-12);
    imported_free(&got);
}

static void the_model_that_answered_is_the_one_billed(void)
{
    struct imported got = import_one(SPANS(SPAN(
        "a", "", CALL "," USAGE "," TEXT("gen_ai.response.model", "m-2026-01") "," TEXT("gen_ai.system", "openai"))));
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "m-2026-01"), 100, 1e-12);
    check_text(facts_text_of(&got.facts, got.facts.items[0].route), "openai");
    imported_free(&got);
}

/* ---- metrics ---- */

#define METRICS(metrics) "{\"resourceMetrics\":[{" RESOURCE ",\"scopeMetrics\":[{\"metrics\":[" metrics "]}]}]}\n"
#define HISTOGRAM(name, points)                                                                                        \
    "{\"name\":\"" name "\",\"histogram\":{\"aggregationTemporality\":1,\"dataPoints\":[" points "]}}"
#define CUMULATIVE(name, points)                                                                                       \
    "{\"name\":\"" name "\",\"sum\":{\"aggregationTemporality\":2,\"dataPoints\":[" points "]}}"
#define POINT(attributes, from, to, value)                                                                             \
    "{\"attributes\":[" CALL attributes "],\"startTimeUnixNano\":\"" from "000000000\",\"timeUnixNano\":\"" to         \
    "000000000\"," value "}"
#define IN "," TEXT("gen_ai.token.type", "input")
#define OUT "," TEXT("gen_ai.token.type", "output")

static void the_old_histogram_gives_sums_without_cached_tokens(void)
{
    struct imported got = import_one(METRICS(HISTOGRAM(
        "gen_ai.client.token.usage",
        POINT(IN, "1773738000", "1773738060", "\"sum\":1200,\"count\":\"3\"") "," POINT(
            OUT, "1773738000", "1773738060", "\"sum\":45,\"count\":\"3\"") "," POINT(IN, "1773738060", "1773738120",
                                                                                     "\"sum\":300,\"count\":\"1\""))));
    check_text(got.fault.what, "");
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, "chat", "m"), 1500, 1e-12);
    check_rel(sum_of(&got, FACT_OUTPUT, "chat", "m"), 45, 1e-12);
    check(has_warning(&got, "tells no cached tokens"));
    check(rows_add_up(&got));
    imported_free(&got);
}

static void the_newer_counters_win_and_include_cached_tokens(void)
{
    struct imported got = import_one(METRICS(
        HISTOGRAM("gen_ai.client.token.usage", POINT(IN, "1773738000", "1773738060", "\"sum\":1200")) "," CUMULATIVE(
            "gen_ai.client.inference.usage.input_tokens",
            POINT("", "1773738000", "1773738060",
                  "\"asInt\":\"1200\"")) "," CUMULATIVE("gen_ai.client.inference.usage.cache_read.input_tokens",
                                                        POINT("", "1773738000", "1773738120",
                                                              "\"asInt\":\"1000\"")) "," CUMULATIVE("gen_ai.client."
                                                                                                    "inference.usage."
                                                                                                    "reasoning.output_"
                                                                                                    "tokens",
                                                                                                    POINT("",
                                                                                                          "1773738000",
                                                                                                          "1773738120",
                                                                                                          "\"asInt\":"
                                                                                                          "\"5\""))));
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 200, 1e-12);
    check_rel(sum_of(&got, FACT_CACHE_READ, NULL, NULL), 1000, 1e-12);
    check_i64(reason_count(&got, "that another metric counts, too"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

static void a_process_that_begins_again_counts_from_0(void)
{
    struct imported got = import_one(
        METRICS(CUMULATIVE("gen_ai.client.inference.usage.output_tokens",
                           POINT("", "1773738000", "1773738060", "\"asInt\":\"70\"") "," POINT(
                               "", "1773738000", "1773738120",
                               "\"asInt\":\"100\"") "," POINT("", "1773738130", "1773738180", "\"asInt\":\"8\""))));
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), 108, 1e-12);
    imported_free(&got);
    got = import_one(METRICS(CUMULATIVE("gen_ai.client.inference.usage.output_tokens",
                                        POINT("", "1773738000", "1773738060", "\"asInt\":\"70\"") "," POINT(
                                            "", "1773738070", "1773738180", "\"asInt\":\"90\""))));
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), 160, 1e-12); /* more than before, but a new start */
    imported_free(&got);
}

static void metrics_beside_spans_are_not_counted_again(void)
{
    struct imported got = import_one(
        METRICS(HISTOGRAM("gen_ai.client.token.usage", POINT(IN, "1773738000", "1773738060", "\"sum\":100")))
            SPANS(SPAN("a", "", CALL "," USAGE)));
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 100, 1e-12);
    check_i64(reason_count(&got, "metrics beside spans"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

/* ---- bad input ---- */

static void what_is_wrong_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *what;
        int64_t line;
    } cases[] = {
        {SPANS(SPAN("a", "", CALL)) "{\"resourceSpans\":[{", "the file ends inside", 2},
        {SPANS(SPAN("a", "", CALL)) SPANS("{\"spanId\":\"b\",\"attributes\":[" CALL "]}"),
         "startTimeUnixNano is no instant", 2},
        {SPANS("{\"spanId\":\"b\",\"startTimeUnixNano\":\"99999999999999999999\",\"attributes\":[" CALL "]}"),
         "startTimeUnixNano is no instant", 1},
        {SPANS("{\"spanId\":\"b\",\"startTimeUnixNano\":\"1773738000\",\"attributes\":[" CALL "]}"), /* seconds */
         "startTimeUnixNano is no instant", 1},
        {SPANS(SPAN("a", "", CALL "," INT("gen_ai.usage.input_tokens", "1e999"))),
         "gen_ai.usage.input_tokens is no number", 1},
        {SPANS(SPAN("a", "", CALL "," TEXT("gen_ai.usage.input_tokens", "many"))),
         "gen_ai.usage.input_tokens is no number", 1},
        {METRICS(HISTOGRAM("gen_ai.client.token.usage", POINT(IN, "1773738000", "1773738060", "\"sum\":-1"))),
         "no value, or one below 0", 1},
        {METRICS(HISTOGRAM("gen_ai.client.token.usage", POINT(IN, "1773738000", "1773738060", "\"sums\":1"))),
         "no value, or one below 0", 1},
        {METRICS(HISTOGRAM("gen_ai.client.token.usage", POINT(IN, "1773738000", "0x", "\"sum\":1"))),
         "timeUnixNano is no instant", 1},
        {SPANS("") "{\"spans\":[]}", "neither resourceSpans nor resourceMetrics", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_one(cases[i].text);
        check(got.status == FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].what);
        check_i64(got.fault.line, cases[i].line);
        imported_free(&got);
    }
}

static void odd_shapes_do_no_harm(void)
{
    static const char *const texts[] = {
        "{\"resourceSpans\":7}", "{\"resourceSpans\":[7,null,{\"scopeSpans\":{}}]}",
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[null,{\"attributes\":5},{\"attributes\":[1,{},{\"key\":3}]}]"
         "}"
         "]}]}"),
        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{},null,{\"name\":\"gen_ai.client.token.usage\"}]}]}]}",
        "{\"resourceLogs\":[]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct imported got = import_one(texts[i]);
        check(got.status == FLOE_OK);
        check_i64(got.facts.n, 0);
        check(rows_add_up(&got));
        imported_free(&got);
    }
    struct imported got = import_one(
        SPANS("{\"spanId\":\"a\",\"startTimeUnixNano\":\"1773738000999999999\",\"attributes\":[" CALL ","
              "{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":-5}}]}"));
    check(got.status == FLOE_OK);
    check(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL) == 0);
    check_i64(reason_count(&got, "input is negative"), 1);
    imported_free(&got);
}

static const struct test tests[] = {
    {"a simulation as spans comes back", a_simulation_as_spans_comes_back, FAST},
    {"a simulation as cumulative counters comes back", a_simulation_as_cumulative_counters_comes_back, FAST},
    {"cached tokens are counted once in either spelling", cached_tokens_are_counted_once_in_either_spelling, FAST},
    {"the last nanosecond belongs to its hour", the_last_nanosecond_belongs_to_its_hour, FAST},
    {"more cached than input is clamped and said", more_cached_than_input_is_clamped_and_said, FAST},
    {"agents, wrappers and duplicates are counted once", agents_wrappers_and_duplicates_are_counted_once, FAST},
    {"errors and throttles are told apart", errors_and_throttles_are_told_apart, FAST},
    {"the model that answered is the one billed", the_model_that_answered_is_the_one_billed, FAST},
    {"the old histogram gives sums without cached tokens", the_old_histogram_gives_sums_without_cached_tokens, FAST},
    {"the newer counters win and include cached tokens", the_newer_counters_win_and_include_cached_tokens, FAST},
    {"a process that begins again counts from 0", a_process_that_begins_again_counts_from_0, FAST},
    {"metrics beside spans are not counted again", metrics_beside_spans_are_not_counted_again, FAST},
    {"what is wrong is refused with its line", what_is_wrong_is_refused_with_its_line, FAST},
    {"odd shapes do no harm", odd_shapes_do_no_harm, FAST},
};

TEST_MAIN("otel", tests)

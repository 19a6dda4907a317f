/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the AWS command line prints of CloudWatch. The first sample has the shape and the disorder of the example of
 * get-metric-statistics in AWS's reference. */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "import_maker.h"

static const char invocations[] =
    "{\"Label\": \"Invocations\", \"Datapoints\": [\n"
    "  {\"Timestamp\": \"2026-03-17T05:00:00+00:00\", \"Sum\": 31.0, \"Unit\": \"Count\"},\n"
    "  {\"Timestamp\": \"2026-03-17T03:00:00+00:00\", \"Sum\": 12.0, \"Unit\": \"Count\"},\n"
    "  {\"Timestamp\": \"2026-03-17T09:00:00+00:00\", \"Sum\": 7.0, \"Unit\": \"Count\"}]}\n";
static const char input[] =
    "{\"Label\": \"InputTokenCount\", \"Datapoints\": [\n"
    "  {\"Timestamp\": \"2026-03-17T09:00:00Z\", \"SampleCount\": 7.0, \"Average\": 1000.0, \"Unit\": \"Count\"},\n"
    "  {\"Timestamp\": \"2026-03-17T05:00:00Z\", \"SampleCount\": 31.0, \"Average\": 1000.0, \"Sum\": 31000.0},\n"
    "  {\"Timestamp\": \"2026-03-17T03:00:00Z\", \"Sum\": 12000.0}]}\n";
static const char output[] = "{\"Label\": \"OutputTokenCount\", \"Datapoints\": [\n"
                             "  {\"Timestamp\": \"2026-03-17T03:00:00Z\", \"Sum\": 120.0},\n"
                             "  {\"Timestamp\": \"2026-03-17T05:00:00Z\", \"Sum\": 310.0},\n"
                             "  {\"Timestamp\": \"2026-03-17T09:00:00Z\", \"Sum\": 70.0}]}\n";

static struct import_options with_model(const char *model)
{
    static struct import_column column;
    struct import_options options = import_no_options();
    snprintf(column.column, sizeof column.column, "%s", model);
    options.models = &column;
    options.n_models = 1;
    return options;
}

static void unsorted_points_and_gaps_become_hours(void)
{
    const struct text_file files[] = {{"i.json", invocations}, {"t.json", input}, {"o.json", output}};
    const struct import_options options = with_model("claude-opus-4-6");
    struct imported got = import_texts(files, 3, &options, 7);
    check_i64(got.status, FLOE_OK);
    check_text(got.report.formats, "cloudwatch");
    check_i64(got.report.rows_read, 9);
    check(rows_add_up(&got));
    check_rel(sum_of(&got, FACT_REQUEST, NULL, "claude-opus-4-6"), 50, 0);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 50000, 0); /* one point has its mean and count alone */
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, NULL), 500, 0);
    facts_sort(&got.facts);
    check_i64(got.facts.n, 9);
    check_i64(got.facts.items[3].from_at_s - got.facts.items[0].from_at_s, 2 * 3600);
    check_i64(got.facts.items[0].to_at_s - got.facts.items[0].from_at_s, 3600);
    check(!has_warning(&got, "more than an hour"));
    imported_free(&got);
}

static void labels_hold_metric_and_model(void)
{
    static const char text[] =
        "{\"MetricDataResults\": [\n"
        "{\"Id\": \"m1\", \"Label\": \"Invocations claude-opus-4-6\", \"Timestamps\": [\"2026-03-17T05:00:00Z\", "
        "\"2026-03-17T04:00:00Z\"], \"Values\": [3.0, 2.0], \"StatusCode\": \"Complete\"},\n"
        "{\"Id\": \"m2\", \"Label\": \"claude-opus-4-6 InputTokenCount\", \"Timestamps\": [1773723600, 1773720000], "
        "\"Values\": [300, 200], \"StatusCode\": \"Complete\"},\n"
        "{\"Id\": \"m3\", \"Label\": \"AWS/Bedrock cacheReadInputTokenCount claude-opus-4-6\", \"Timestamps\": "
        "[\"2026-03-17T05:00:00Z\"], \"Values\": [900], \"StatusCode\": \"Complete\"},\n"
        "{\"Id\": \"m4\", \"Label\": \"CacheWriteInputTokens claude-opus-4-6\", \"Timestamps\": "
        "[\"2026-03-17T05:00:00Z\"], \"Values\": [90], \"StatusCode\": \"Complete\"},\n"
        "{\"Id\": \"m5\", \"Label\": \"InvocationLatency claude-opus-4-6\", \"Timestamps\": "
        "[\"2026-03-17T05:00:00Z\"], "
        "\"Values\": [1234.5], \"StatusCode\": \"Complete\"}], \"Messages\": []}";
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(text, &options);
    check_i64(got.status, FLOE_OK);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, "claude-opus-4-6"), 5, 0);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "claude-opus-4-6"), 500, 0); /* it holds no cached tokens */
    check_rel(sum_of(&got, FACT_CACHE_READ, NULL, "claude-opus-4-6"), 900, 0);
    check_rel(sum_of(&got, FACT_CACHE_WRITE_5M, NULL, "claude-opus-4-6"), 90, 0);
    check_i64(reason_count(&got, "InvocationLatency"), 1);
    check(rows_add_up(&got));
    check(has_warning(&got, "has no OutputTokenCount"));
    imported_free(&got);
}

static void both_meanings_of_invocations(void)
{
    static const char text[] =
        "{\"MetricDataResults\": ["
        "{\"Label\": \"Invocations\", \"Timestamps\": [\"2026-03-17T05:00:00Z\"], \"Values\": [100]},"
        "{\"Label\": \"InvocationServerErrors\", \"Timestamps\": [\"2026-03-17T05:00:00Z\"], \"Values\": [7]},"
        "{\"Label\": \"InvocationClientErrors\", \"Timestamps\": [\"2026-03-17T05:00:00Z\"], \"Values\": [2]},"
        "{\"Label\": \"InvocationThrottles\", \"Timestamps\": [\"2026-03-17T05:00:00Z\"], \"Values\": [40]}]}";
    struct import_options options = with_model("m");
    struct imported got = import_text_file(text, &options);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 91, 0);
    check_rel(sum_of(&got, FACT_ERROR, NULL, NULL), 9, 0);
    check_rel(sum_of(&got, FACT_THROTTLE, NULL, NULL), 40, 0);
    check(has_warning(&got, "one instant only"));
    imported_free(&got);
    options.invocations = IMPORT_INVOCATIONS_SUCCESSFUL;
    got = import_text_file(text, &options);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 100, 0);
    imported_free(&got);
}

static void sums_of_days_are_warned_of(void)
{
    static const char text[] =
        "{\"Label\": \"Invocations\", \"Datapoints\": [{\"Timestamp\": \"2026-03-18T00:00:00Z\", "
        "\"Sum\": 6999}, {\"Timestamp\": \"2026-03-17T00:00:00Z\", \"Sum\": 338}]}";
    const struct import_options options = with_model("m");
    struct imported got = import_text_file(text, &options);
    check_i64(got.status, FLOE_OK);
    check(has_warning(&got, "sums over more than an hour"));
    check_i64(got.facts.items[0].to_at_s - got.facts.items[0].from_at_s, 86400);
    imported_free(&got);
    got = import_text_file(
        "{\"Period\": 3600, \"Label\": \"Invocations\", \"Datapoints\": [{\"Timestamp\": "
        "\"2026-03-18T04:00:00Z\", \"Sum\": 6}, {\"Timestamp\": \"2026-03-17T04:00:00Z\", \"Sum\": 3}]}",
        &options);
    check_i64(got.facts.items[0].to_at_s - got.facts.items[0].from_at_s, 3600);
    check(!has_warning(&got, "sums over more than an hour"));
    imported_free(&got);
}

static void dimensions_name_the_model(void)
{
    const struct import_options options = with_model("somebody else");
    struct imported got = import_text_file(
        "{\"Namespace\": \"AWS/Bedrock\", \"MetricName\": \"OutputTokenCount\", \"Dimensions\": [{\"Name\": "
        "\"ModelId\", "
        "\"Value\": \"us.amazon.nova-pro-v1:0\"}, {\"Name\": \"ServiceTier\", \"Value\": \"flex\"}], \"Label\": "
        "\"OutputTokenCount\", \"Datapoints\": [{\"Timestamp\": \"2026-03-18T04:00:00Z\", \"Sum\": 6}]}",
        &options);
    check_i64(got.status, FLOE_OK);
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, "us.amazon.nova-pro-v1:0"), 6, 0);
    check_text(facts_text_of(&got.facts, got.facts.items[0].service_tier), "flex");
    imported_free(&got);
}

static void what_cannot_be_right_is_refused(void)
{
#define AT "[\"2026-03-17T05:00:00Z\"]"
    static const struct {
        const char *text, *want, *hint;
    } cases[] = {
        {"{\"MetricDataResults\": [{\"Label\": \"Invocations\", \"Timestamps\": " AT
         ", \"Values\": [1], \"StatusCode\": \"PartialData\"}]}",
         "is not complete: StatusCode is PartialData", "NextToken"},
        {"{\"MetricDataResults\": [{\"Label\": \"Invocations\", \"Timestamps\": " AT ", \"Values\": [1, 2]}]}",
         "has 1 Timestamps and 2 Values", ""},
        {"{\"MetricDataResults\": [{\"Label\": \"Invocations\", \"Timestamps\": " AT ", \"Values\": [\"1\"]}]}",
         "a value that is no number", ""},
        {"{\"MetricDataResults\": [{\"Label\": \"Invocations\", \"Timestamps\": [\"noon\"], \"Values\": [1]}]}",
         "'noon' of 'Invocations' is no instant", "ISO 8601"},
        {"{\"Label\": \"InputTokenCount\", \"Datapoints\": [{\"Timestamp\": \"2026-03-17T05:00:00Z\", \"Average\": "
         "5}]}",
         "has no Sum", "--statistics Sum"},
        {"{\"Label\": \"Invocations\", \"Datapoints\": [{\"Timestamp\": \"2026-03-17T05:00:00Z\", \"Sum\": 5}]}\n"
         "{\"Label\": \"Invocations\", \"Datapoints\": [{\"Timestamp\": \"2026-03-17T06:00:00+01:00\", \"Sum\": 5}]}",
         "Invocations of 'm' at 2026-03-17T05:00:00Z was already in file", "once"},
        {"{\"Period\": \"3600\", \"MetricDataResults\": []}", "Period is no number of seconds", "3600"},
        {"{\"Period\": -3600, \"MetricDataResults\": []}", "Period is no number of seconds", "3600"},
        {"{\"MetricDataResults\": 3}", "neither Datapoints nor MetricDataResults", "get-metric-data"},
        {"{\"MetricDataResults\": [{\"Label\": \"Invocations\", \"Timestamps\": [\"2026-03-17T00:00:00Z\", "
         "\"2026-03-17T01:00:00Z\"], \"Values\": [1, 2]}, {\"Label\": \"InputTokenCount\", \"Timestamps\": "
         "[\"2026-03-17T00:00:00Z\", \"2026-03-18T00:00:00Z\"], \"Values\": [1, 2]}]}",
         "lie 3600 s apart in Invocations, 86400 s in InputTokenCount", "same --period"},
    };
    const struct import_options options = with_model("m");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_text_file(cases[i].text, &options);
        check_i64(got.status, FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].want);
        check_contains(got.fault.hint, cases[i].hint);
        imported_free(&got);
    }
    const struct import_options nothing = import_no_options();
    struct imported got = import_text_file(invocations, &nothing);
    check_i64(got.status, FLOE_BAD_INPUT);
    check_contains(got.fault.what, "of which model are these 'Invocations'?");
    check_contains(got.fault.hint, "--model");
    imported_free(&got);
}

static const struct test tests[] = {
    {"unsorted points with gaps become hours of one model", unsorted_points_and_gaps_become_hours, FAST},
    {"labels of get-metric-data hold the metric and the model", labels_hold_metric_and_model, FAST},
    {"both meanings of Invocations", both_meanings_of_invocations, FAST},
    {"sums of days are warned of, unless the file says its period", sums_of_days_are_warned_of, FAST},
    {"dimensions in the file name model and tier", dimensions_name_the_model, FAST},
    {"what cannot be right is refused: partial, doubled, no sum, two periods, no model",
     what_cannot_be_right_is_refused, FAST},
};
TEST_MAIN("cloudwatch", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lessons about requests under stress, as a reader runs them: every file keeps its `expect:` rows and loses one when
 * a quota, an error share, a retry layer or a law is changed; then the numbers of the stories once more, taken from the
 * result table. Percentiles, and overload near a quota, are the events engine's; where the hourly engine is off it says
 * so (`doubt`). */
#include "lesson_runs.h"

#define LOAD_TEST "04-the-load-test-that-lied"
#define LATENCY "05-latency-is-not-always-model-speed"
#define EVENTS "--replications 8"
enum { CHAIN = 3 };

static const cJSON *cell_of(const cJSON *json, const char *variant)
{
    const struct asked asked = {.variant = variant};
    return lesson_cell(json, asked);
}

static double of_step(const cJSON *cell, int step, const char *metric)
{
    return lesson_mean_in(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(cell, "steps"), step), metric);
}

static double latency_of(const cJSON *json, const char *variant, const char *metric)
{
    char name[64];
    snprintf(name, sizeof name, "latency_s.%s", metric);
    return lesson_mean_in(cell_of(json, variant), name);
}

/* ---- expect rows ---- */

static void the_lessons_keep_their_rows(void)
{
    lesson_check_expect(LOAD_TEST, EVENTS, 0, "rows hold");
    lesson_check_expect(LATENCY, EVENTS, 0, "rows hold");
}

static void a_lesson_that_stops_being_true_fails(void)
{
    static const char *const planted[][3] = {
        {LOAD_TEST, "routes.agent.quotas.nova-pro.requests=300/min", "step 1 has"},
        {LOAD_TEST, "routes.agent.quotas.claude-sonnet-4-6.requests=58/min", "step 2 has"},
        {LOAD_TEST, "routes.agent.quotas.claude-haiku-4-5.requests=17/min", "step 3 has"},
        {LOAD_TEST, "routes.agent.chain.0.errors=15%", "variant happened"},
        {LOAD_TEST, "routes.agent.chain.1.errors=0%", "variant happened"},
        {LOAD_TEST, "routes.agent.retries.1.attempts=3", "variant happened, step 1"},
        {LOAD_TEST, "routes.agent.retries.0.preset=botocore-standard", "variant happened has"},
        {LOAD_TEST, "routes.agent.layers_per_step=2", "variant happened, step 3"},
        {LOAD_TEST, "workloads.load_test.demand.calls_needed=45", "accepted: 412"},
        {LATENCY, "routes.bedrock.latency.ttft.mixture=[{mean: 5.28s, cv: 0.8}]", "variant happened has"},
        {LATENCY, "workloads.agent.tokens.output.p95=700", "variant both has"},
        {LATENCY, "variants.in_region.set.routes.bedrock.latency.ttft.mixture=[{mean: 2s, cv: 1}]",
         "variant in_region has"},
    };
    char options[300];
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        snprintf(options, sizeof options, EVENTS " --set '%s'", planted[i][1]);
        lesson_check_expect(planted[i][0], options, 4, planted[i][2]);
    }
}

/* ---- lesson 4 ---- */

static const double answered[CHAIN] = {14899, 2522, 1033}, logged[CHAIN] = {1839, 1764, 1536};

static void check_fits(const cJSON *cell)
{
    double sum = 0, wire = 0, log = 0;
    for (int i = 0; i < CHAIN; i++)
        sum += of_step(cell, i, "invocations");
    check_rel(sum, lesson_mean_in(cell, "invocations"), 1e-9);
    for (int i = 0; i < CHAIN; i++) {
        const double share = of_step(cell, i, "invocations") / sum;
        const double ratio = of_step(cell, i, "logged_throttles") / of_step(cell, i, "invocations");
        check_abs(share, answered[i] / 18454, 0.01);
        check_rel(ratio, logged[i] / answered[i], 0.1);
        wire += of_step(cell, i, "throttles");
        log += of_step(cell, i, "logged_throttles");
    }
    check(wire / log > 7 && wire / log < 13);
}

/* Two fits, one as good as the other. */
static void the_load_test_has_the_counts_of_the_story(void)
{
    cJSON *json = lesson_result(LOAD_TEST, EVENTS);
    check_fits(cell_of(json, "happened"));
    check_fits(cell_of(json, "no_agent_retry"));
    check_abs(lesson_mean_in(cell_of(json, "happened"), "accepted"), 412, 0);
    check_rel(lesson_mean_in(cell_of(json, "happened"), "invocations") / 412, 44.8, 0.01);
    cJSON_Delete(json);
}

/* Whatever comes to a step surfaced from the one before: so with throttles alone the log has as many on the first step
 * as calls came to the second. The story has 1,839 in the log, and 3,555 answers from behind it. */
static void what_falls_past_a_step_is_in_its_log(void)
{
    static const char *const variants[] = {"happened", "throttles_alone", "no_agent_retry", "six_attempts"};
    cJSON *json = lesson_result(LOAD_TEST, EVENTS);
    for (int v = 0; v < 4; v++) {
        const cJSON *cell = cell_of(json, variants[v]);
        for (int i = 0; i + 1 < CHAIN; i++)
            check_abs(of_step(cell, i + 1, "calls"),
                      of_step(cell, i, "logged_throttles") + of_step(cell, i, "logged_errors"), 1e-6);
        check(lesson_mean_in(cell, "invocations") <= lesson_mean_in(cell, "calls")); /* retries make no answers */
    }
    const cJSON *alone = cell_of(json, "throttles_alone");
    const double sum = lesson_mean_in(alone, "invocations");
    for (int i = 0; i < CHAIN; i++)
        check_abs(of_step(alone, i, "invocations") / sum, answered[i] / 18454, 0.01);
    check_rel(of_step(alone, 1, "calls"), of_step(alone, 0, "logged_throttles"), 1e-9);
    check(of_step(alone, 0, "logged_throttles") / of_step(alone, 0, "invocations") > 2 * 0.123);
    check(of_step(alone, 2, "logged_throttles") / of_step(alone, 2, "invocations") < 0.5 * 1.487);
    cJSON_Delete(json);
}

/* The quota decides how many are answered; retries decide how often it is asked. */
static void in_overload_the_sdk_s_retries_answer_nobody(void)
{
    cJSON *with = lesson_result(LOAD_TEST, EVENTS);
    cJSON *without = lesson_result(LOAD_TEST, EVENTS " --set routes.agent.retries.0.preset=none");
    const cJSON *a = cell_of(with, "happened"), *b = cell_of(without, "happened");
    check_rel(lesson_mean_in(b, "invocations"), lesson_mean_in(a, "invocations"), 0.01);
    check(lesson_mean_in(b, "throttles") < 0.2 * lesson_mean_in(a, "throttles"));
    check_abs(lesson_mean_in(b, "accepted"), 412, 0);
    check(latency_of(without, "happened", "p95") < 0.2 * latency_of(with, "happened", "p95"));
    cJSON_Delete(with);
    cJSON_Delete(without);
}

static void the_hourly_engine_doubts_itself_near_a_quota(void)
{
    cJSON *json = lesson_result(LOAD_TEST, "--engine hourly");
    static const char *const variants[] = {"happened", "throttles_alone", "no_agent_retry", "six_attempts"};
    for (int v = 0; v < 4; v++)
        check(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(cell_of(json, variants[v]), "doubt")) > 0);
    const cJSON *more = cell_of(json, "quota_10_percent_more");
    check_i64(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(more, "doubt")), 0);
    check(lesson_mean_in(more, "throttles") < 1); /* of 22,653 attempts; expectations have no 0 */
    cJSON_Delete(json);
}

/* ---- lesson 5 ---- */

/* Of mixtures and a product of independent parts; in seconds. */
static const double ttft_s = 0.92 * 2.035 + 0.08 * 42.6, slow_tpot_s = 0.9 * 0.005444 + 0.1 * 0.151;
static const struct {
    const char *variant;
    double ttft_s, generation_s;
} means[] = {
    {"happened", 0.92 * 2.035 + 0.08 * 42.6, 287 * 0.02},
    {"smaller_model", 0.92 * 2.035 + 0.08 * 42.6, 287 * 0.005},
    {"in_region", 0.445, 287 * 0.02},
    {"both", 0.445, 287 * 0.005},
    {"slow_writing", 5.28, 287 * (0.9 * 0.005444 + 0.1 * 0.151)},
    {"slow_writing_smaller_model", 5.28, 287 * 0.005},
    {"slow_writing_in_region", 0.445, 287 * (0.9 * 0.005444 + 0.1 * 0.151)},
};

static void means_are_sums_of_their_parts_in_both_engines(void)
{
    check_abs(ttft_s, 5.28, 0.001);
    check_abs(287 * slow_tpot_s, 5.74, 0.002);
    cJSON *events = lesson_result(LATENCY, EVENTS), *hourly = lesson_result(LATENCY, "--engine hourly");
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        const char *variant = means[i].variant;
        /* tokens are whole numbers: half a token at most */
        check_rel(latency_of(hourly, variant, "ttft_mean"), means[i].ttft_s, 1e-6);
        check_rel(latency_of(hourly, variant, "generation_mean"), means[i].generation_s, 0.002);
        check_rel(latency_of(events, variant, "ttft_mean"), means[i].ttft_s, 0.01);
        check_rel(latency_of(events, variant, "generation_mean"), means[i].generation_s, 0.01);
        check_rel(latency_of(events, variant, "mean"),
                  latency_of(events, variant, "ttft_mean") + latency_of(events, variant, "generation_mean"), 1e-9);
    }
    cJSON_Delete(events);
    cJSON_Delete(hourly);
}

static void two_causes_have_the_same_numbers_and_another_cure(void)
{
    cJSON *json = lesson_result(LATENCY, EVENTS);
    static const char *const same[] = {"mean", "ttft_mean", "generation_mean", "p95"};
    for (int i = 0; i < 4; i++)
        check_rel(latency_of(json, "slow_writing", same[i]), latency_of(json, "happened", same[i]), 0.01);
    check(latency_of(json, "smaller_model", "p95") > 30 && latency_of(json, "in_region", "p95") < 30);
    check(latency_of(json, "slow_writing_smaller_model", "p95") < 30 &&
          latency_of(json, "slow_writing_in_region", "p95") > 30);
    check_rel(latency_of(json, "both", "p95") / latency_of(json, "both", "mean"), 5.3 / 1.88, 0.02);
    cJSON_Delete(json);
}

static void one_lognormal_is_refused(void)
{
    struct program_run run = program_run(
        FLOE_BINARY, "check scenarios/lessons/" LATENCY
                     ".yaml --set 'routes.bedrock.latency.ttft.mixture=[{mean: 11.02s, p95: 45.1s}]'");
    check_i64(run.exit_status, 1);
    check_contains(run.err, "p95/mean at most 3.868");
    check(45.1 / 11.02 > exp(1.6448536 * 1.6448536 / 2));
    program_free(&run);
}

static const struct test tests[] = {
    {"the lessons keep their expect rows", the_lessons_keep_their_rows, MANY},
    {"a lesson that stops being true fails", a_lesson_that_stops_being_true_fails, MANY},
    {"the load test has the counts of the story", the_load_test_has_the_counts_of_the_story, MANY},
    {"what falls past a step is in its log", what_falls_past_a_step_is_in_its_log, MANY},
    {"in overload the SDK's retries answer nobody", in_overload_the_sdk_s_retries_answer_nobody, MANY},
    {"the hourly engine doubts itself near a quota", the_hourly_engine_doubts_itself_near_a_quota, FAST},
    {"mean latency is the sum of its parts in both engines", means_are_sums_of_their_parts_in_both_engines, MANY},
    {"two causes have the same numbers and another cure", two_causes_have_the_same_numbers_and_another_cure, MANY},
    {"one lognormal for the published mean and p95 is refused", one_lognormal_is_refused, FAST},
};
TEST_MAIN("lessons_stress", tests)

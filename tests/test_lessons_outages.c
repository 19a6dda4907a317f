/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lessons 6 and 7 as a reader runs them, in the events engine: every file keeps its own `expect:` rows, and loses one when
 * an availability, a retry layer, a quota or the outage is changed. Then the tasks of lesson 6 against the closed forms,
 * and what lesson 7 says of every minute. */
#include "lesson_runs.h"

#define THREE_NINES "06-three-nines-at-the-wrong-boundary"
#define METASTABLE "07-metastable-retries"
#define MINUTES "07-minute-by-minute"

#define EVENTS "--replications 8"

/* ---- expect rows ---- */

static void every_file_holds(void)
{
    static const char *const files[] = {THREE_NINES, METASTABLE, MINUTES};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        lesson_check_expect(files[i], EVENTS, 0, "rows hold");
}

static void the_minutes_hold_with_one_replication(void)
{
    lesson_check_expect(MINUTES, "--replications 1", 0, "rows hold");
}

/* What is changed, and the row that must notice. */
static void a_lesson_that_stops_being_true_fails(void)
{
    static const char *const planted[][3] = {
        {THREE_NINES, "routes.errors.availability=99.8%", "calls_80/errors has"},
        {THREE_NINES, "routes.sla_met.availability.errors=0.1%", "calls_20/sla_met has"},
        {THREE_NINES, "routes.errors_retry.retries=null", "calls_20/errors_retry has"},
        {THREE_NINES, "routes.outages.availability.from_outages=50%", "calls_20/outages has"},
        {THREE_NINES, "routes.outages_retry.availability.mttr=1s", "calls_20/outages_retry has"},
        {THREE_NINES, "workloads.needs_19_of_20.demand.calls_needed=20", "needs_19_of_20/errors has"},
        {THREE_NINES, "routes.two_providers.chain=[{model: provider-a, availability: 99.9%}]",
         "calls_20/two_providers has"},
        {METASTABLE, "routes.api.quotas.claude-sonnet-4-6.rejections=free", "variant layers"},
        {METASTABLE, "routes.api.availability=null", "variant one_attempt"},
        {METASTABLE, "routes.api.retries=[botocore-legacy]", "variant layers"},
        {METASTABLE, "variants.budget.set.routes.api.retries=[botocore-legacy, strands]", "variant budget"},
        {METASTABLE, "variants.layers_free.set.routes.api.quotas.claude-sonnet-4-6.rejections=counted",
         "variant layers_free"},
        {METASTABLE, "changes.readmit.at=2026-03-16T11:02Z", "variant layers_shed"},
        {METASTABLE, "workloads.answers.demand.tasks=200/min", "variant layers"},
    };
    char options[300];
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        snprintf(options, sizeof options, "--replications 1 --set '%s'", planted[i][1]);
        lesson_check_expect(planted[i][0], options, 4, planted[i][2]);
    }
}

/* ---- lesson 6 ---- */

static const double served_share = 0.999;
static const double tasks = 12 * 360;

static struct asked delivered(const char *workload, const char *route)
{
    const struct asked asked = {NULL, workload, route, "all"};
    return asked;
}

/* |z| <= 3 leaves 0.3 % to chance, and the seed is fixed; se_share: the standard error may be this share of `want`. */
static void check_z(const cJSON *json, struct asked asked, const char *metric, double want, double se_share)
{
    const struct number got = lesson_number(json, asked, metric);
    check_at(fabs(got.mean - want) <= 3 * got.mcse && got.mcse <= se_share * want, __FILE__, __LINE__,
             "%s/%s: %s is %.6g +- %.3g, expected %.6g", asked.workload, asked.route, metric, got.mean, got.mcse, want);
}

static const struct {
    const char *workload;
    int calls;
} fan_outs[] = {{"calls_8", 8},   {"calls_10", 10}, {"calls_12", 12}, {"calls_15", 15},
                {"calls_20", 20}, {"calls_40", 40}, {"calls_80", 80}};
#define FAN_OUTS 7

/* 0.9920, 0.9900, 0.9881, 0.9851, 0.9802, 0.9608, 0.9231 of the tasks succeed; with half the errors 0.9960 ... 0.9608. */
static void errors_of_single_calls_multiply(const cJSON *json)
{
    for (int i = 0; i < FAN_OUTS; i++) {
        const double n = fan_outs[i].calls, fails = tasks * (1 - pow(served_share, n));
        check_z(json, delivered(fan_outs[i].workload, "errors"), "failed", fails, 0.08);
        check_z(json, delivered(fan_outs[i].workload, "sla_met"), "failed", tasks * (1 - pow(0.9995, n)), 0.11);
        check(lesson_mean(json, delivered(fan_outs[i].workload, "errors_retry"), "failed") < 0.02 * fails);
    }
    const struct asked needs_19 = delivered("needs_19_of_20", "errors");
    const double fails = 1 - pow(served_share, 20) - 20 * (1 - served_share) * pow(served_share, 19);
    check_z(json, needs_19, "failed", tasks * fails, 0.5);
}

/* A task is touched by an outage that is there when it begins, or begins before its last call does. */
static void outages_do_not_multiply(const cJSON *json)
{
    const double mttr_s = 43 * 60, mtbf_s = mttr_s * served_share / (1 - served_share);
    for (int i = 0; i < FAN_OUTS; i++) {
        const double n = fan_outs[i].calls, lasts_s = 60 * (n - 1) / n;
        const double fails = tasks * (1 - served_share * exp(-lasts_s / mtbf_s));
        check_z(json, delivered(fan_outs[i].workload, "outages"), "failed", fails, 0.35);
        check(lesson_mean(json, delivered(fan_outs[i].workload, "two_providers"), "failed") < 0.05 * fails);
        check(lesson_mean(json, delivered(fan_outs[i].workload, "common_cause"), "failed") < 0.35 * fails);
        check_rel(lesson_mean(json, delivered(fan_outs[i].workload, "outages_retry"), "failed"),
                  lesson_mean(json, delivered(fan_outs[i].workload, "outages"), "failed"), 0.05);
    }
    check(lesson_mean(json, delivered("calls_80", "outages"), "failed") <
          0.03 * lesson_mean(json, delivered("calls_80", "errors"), "failed"));
}

/* What an SLA measures: the share of requests. */
static void the_provider_s_number_is_the_same(const cJSON *json)
{
    for (int i = 0; i < FAN_OUTS; i++) {
        const double calls = tasks * fan_outs[i].calls;
        check_z(json, delivered(fan_outs[i].workload, "errors"), "errors", calls * (1 - served_share), 0.08);
        check_z(json, delivered(fan_outs[i].workload, "outages"), "errors", calls * (1 - served_share), 0.35);
    }
}

static void one_share_of_calls_gives_two_shares_of_tasks(void)
{
    cJSON *json = lesson_result(THREE_NINES, EVENTS);
    errors_of_single_calls_multiply(json);
    outages_do_not_multiply(json);
    the_provider_s_number_is_the_same(json);
    cJSON_Delete(json);
}

/* ---- lesson 7 ---- */

static const double asked_per_min = 800, quota_per_min = 1000;

static struct asked in_minute(const char *variant, int minute, char *name)
{
    snprintf(name, 8, "m%02u", (unsigned)minute % 100);
    const struct asked asked = {variant, NULL, NULL, name};
    return asked;
}

/* The outage fills minute 10. An SDK makes 5 attempts; the loop around it makes 6 of those. */
static void retries_keep_the_outage_alive(void)
{
    char name[8];
    cJSON *json = lesson_result(MINUTES, EVENTS);
    for (int minute = 16; minute <= 35; minute++) {
        check(lesson_mean(json, in_minute("layers", minute, name), "invocations") < 0.5);
        check_rel(lesson_mean(json, in_minute("layers", minute, name), "attempts"), 30 * asked_per_min, 0.05);
        check_rel(lesson_mean(json, in_minute("sdk_alone", minute, name), "attempts"), 5 * asked_per_min, 0.08);
        check(lesson_mean(json, in_minute("sdk_alone", minute, name), "invocations") < 0.15 * asked_per_min);
        check_rel(lesson_mean(json, in_minute("one_attempt", minute, name), "invocations"), asked_per_min, 0.06);
        check_rel(lesson_mean(json, in_minute("budget", minute, name), "invocations"), asked_per_min, 0.06);
        check_rel(lesson_mean(json, in_minute("layers_free", minute, name), "invocations"), asked_per_min, 0.06);
    }
    cJSON_Delete(json);
}

/* Free rejections: the backlog is worked off at the quota's pace. A budget of 500 has room for 100 retries that cost 5. */
static void free_rejections_and_a_budget_end_with_the_outage(void)
{
    char name[8];
    cJSON *json = lesson_result(MINUTES, EVENTS);
    for (int minute = 11; minute <= 12; minute++)
        check_rel(lesson_mean(json, in_minute("layers_free", minute, name), "invocations"), quota_per_min, 0.01);
    check_abs(lesson_mean(json, in_minute("budget", 10, name), "attempts"),
              lesson_mean(json, in_minute("one_attempt", 10, name), "attempts") + 100, 1e-6);
    check_abs(lesson_mean(json, in_minute("budget", 11, name), "throttles"), 0, 0);
    cJSON_Delete(json);
}

static const struct test tests[] = {
    {"every lesson keeps its expect rows", every_file_holds, MANY},
    {"the minutes keep their rows with one replication", the_minutes_hold_with_one_replication, FAST},
    {"a lesson that stops being true fails", a_lesson_that_stops_being_true_fails, MANY},
    {"one share of calls served gives two shares of tasks", one_share_of_calls_gives_two_shares_of_tasks, MANY},
    {"layered retries keep an outage of a minute alive", retries_keep_the_outage_alive, MANY},
    {"free rejections and a retry budget end with the outage", free_rejections_and_a_budget_end_with_the_outage, MANY},
};
TEST_MAIN("lessons_outages", tests)

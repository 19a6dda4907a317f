/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Demand that reacts: asks of an intent against the geometric sum, waiting users against the linear equations written out,
 * the closed loop against the interactive response time law (Denning and Buzen 1978) with and without a quota, patience
 * against the law of latency, intents counted to the last one, and an overload that users keep alive against its fixed
 * point. A statistical check has |z| < 4 (a false alarm in 16,000) and a standard error that is small. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/demand_react.h"
#include "models/param_rows.h"
#include "tests/harness.h"
#include "tests/quota_maker.h"
#include "tests/scenario_maker.h"

#define Z_MOST 4.0
#define ERROR_MOST 0.004 /* a standard error, as a share of the mean */

static struct asks_again asks_of(double share, double wait_s, int64_t most)
{
    const struct asks_again asks = {.share = share, .wait = {wait_s, REACT_EXPONENTIAL}, .most = most};
    return asks;
}

static struct react_terms terms_of(double share, double wait_s, int64_t most)
{
    const struct asks_again asks = asks_of(share, wait_s, most);
    const struct agents nobody = {0, {0, 0}};
    return react_derive(&asks, &nobody);
}

static struct scenario *asking(double share, double wait_s, int64_t most, double errors)
{
    struct scenario *s = maker_scenario();
    s->workloads[0].demand.asks_again = asks_of(share, wait_s, most);
    s->routes[0].chain[0].error_share = errors;
    return s;
}

static struct scenario *working(int64_t workers, double think_s, enum react_law law)
{
    struct scenario *s = maker_scenario();
    s->workloads[0].demand.tasks_per_s = PARAM_ABSENT;
    s->workloads[0].demand.agents = (struct agents){workers, {think_s, (int32_t)law}};
    s->time.horizon_s = 3 * S_PER_HOUR;
    s->time.warmup_s = S_PER_HOUR;
    return s;
}

static double mean_of(const struct result *result, enum metric metric)
{
    return maker_outcome(result, 0, metric)->mean;
}

static void agrees(const struct outcome *got, double want, const char *what, int line)
{
    const double z = got->mcse > 0 ? (got->mean - want) / got->mcse : got->mean == want ? 0 : INFINITY;
    check_at(fabs(z) < Z_MOST && got->mcse < ERROR_MOST * want, __FILE__, line, "%s: %.6g +- %.2g, want %.6g (z %.2f)",
             what, got->mean, got->mcse, want, z);
}

/* ---- asks of an intent ---- */

static void an_intent_is_asked_as_often_as_the_geometric_sum_says(void)
{
    const struct react_terms three = terms_of(0.8, 30, 3), endless = terms_of(0.8, 30, -1);
    check_rel(react_asks_per_intent(&three, 0.3), (1 - pow(0.24, 4)) / (1 - 0.24), 1e-14);
    check_rel(react_asks_per_intent(&endless, 0.3), 1 / (1 - 0.24), 1e-14);
    check_rel(react_asks_per_intent(&three, 1), 1 + 0.8 + 0.64 + 0.512, 1e-14);
}

static void users_ask_as_often_as_the_geometric_sum_says(void)
{
    static const struct {
        double share, errors;
        int64_t most;
    } cases[] = {{0.8, 0.3, 3}, {1, 0.45, 2}, {0.9, 0.6, -1}};
    for (int i = 0; i < 3; i++) {
        struct scenario *s = asking(cases[i].share, 7, cases[i].most, cases[i].errors);
        const struct react_terms terms = terms_of(cases[i].share, 7, cases[i].most);
        const double asks = react_asks_per_intent(&terms, cases[i].errors);
        struct result result;
        s->time.horizon_s = 3 * S_PER_HOUR;
        s->time.warmup_s = S_PER_HOUR; /* of a hundred waits */
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 16), &result);
        const double intents = 2 * 2 * S_PER_HOUR;
        agrees(maker_outcome(&result, 0, METRIC_TASKS), intents * asks, "tasks", __LINE__);
        agrees(maker_outcome(&result, 0, METRIC_ACCEPTED), intents * asks * (1 - cases[i].errors), "accepted",
               __LINE__);
        check_rel(mean_of(&result, METRIC_ASKED_AGAIN), intents * (asks - 1), 0.02);
        result_free(&result);
        free(s);
    }
}

/* Everybody is done before the horizon: every failed task was asked again or given up, and every intent has its end. */
static void no_intent_is_lost(void)
{
    static const double patience_s[] = {0, 0.8};
    for (int i = 0; i < 2; i++) {
        struct scenario *s = asking(0.7, 20, 4, 0.35);
        struct result result;
        snprintf(s->workloads[0].demand.hours, sizeof s->workloads[0].demand.hours, "00:00-01:00");
        s->time.horizon_s = 5 * S_PER_HOUR;
        s->workloads[0].demand.asks_again.patience_s = patience_s[i];
        s->routes[0].latency.part[LATENCY_TTFT].mean_s = 0.8;
        s->routes[0].latency.part[LATENCY_TTFT].p95_s = 2;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 4), &result);
        const double intents = mean_of(&result, METRIC_TASKS) - mean_of(&result, METRIC_ASKED_AGAIN);
        check(mean_of(&result, METRIC_TASKS_IN_FLIGHT) == 0 && mean_of(&result, METRIC_GIVEN_UP) > 1000);
        check_rel(mean_of(&result, METRIC_ACCEPTED) + mean_of(&result, METRIC_GIVEN_UP), intents, 1e-12);
        check_rel(mean_of(&result, METRIC_ASKED_AGAIN) + mean_of(&result, METRIC_GIVEN_UP),
                  mean_of(&result, METRIC_FAILED), 1e-12);
        result_free(&result);
        free(s);
    }
}

static void whoever_may_ask_once_asks_once(void)
{
    struct scenario *s = asking(1, 5, 1, 1); /* nothing ever succeeds */
    struct result result;
    snprintf(s->workloads[0].demand.hours, sizeof s->workloads[0].demand.hours, "00:00-01:00");
    s->time.horizon_s = 2 * S_PER_HOUR;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &result);
    check_rel(mean_of(&result, METRIC_ASKED_AGAIN), mean_of(&result, METRIC_TASKS) / 2, 1e-12);
    check_rel(mean_of(&result, METRIC_GIVEN_UP), mean_of(&result, METRIC_ASKED_AGAIN), 1e-12);
    result_free(&result);
    free(s);
}

/* ---- waiting, as expectations ---- */

/* y' = in - y / m from y = 0, out = y / m: in (T - m (1 - e^(-T/m))) within T. Without a limit m becomes m / (1 - x) and
 * each who leaves brings x more. */
static void who_waits_follows_the_linear_equations(void)
{
    static const double lags_s[] = {0.37, 41, 900, 40000};
    const double first = 3517, fails = 0.43, span_s = 3600;
    for (int i = 0; i < 4; i++) {
        const struct react_terms once = terms_of(0.77, lags_s[i], 1), endless = terms_of(0.77, lags_s[i], -1);
        const double x = 0.77 * fails, in = first / span_s * x, slow_s = lags_s[i] / (1 - x);
        struct react_hourly state, other;
        memset(&state, 0, sizeof state);
        memset(&other, 0, sizeof other);
        const struct react_span one = react_span_of(&once, &state, first, fails, lags_s[i], span_s);
        check_rel(one.repeats, in * (span_s - lags_s[i] * -expm1(-span_s / lags_s[i])), 1e-9);
        check_rel(one.again, in * span_s, 1e-12);
        check_rel(state.waiting[0], one.again - one.repeats, 1e-9);
        const struct react_span all = react_span_of(&endless, &other, first, fails, lags_s[i], span_s);
        check_rel(all.repeats, in / (1 - x) * (span_s - slow_s * -expm1(-span_s / slow_s)), 1e-9);
        check_rel(other.waiting[0], all.again - all.repeats, 1e-9);
    }
}

static void what_waits_comes_in_a_later_span(void)
{
    const struct react_terms terms = terms_of(0.9, 1234, 5);
    struct react_hourly state;
    double again = 0, repeats = 0;
    memset(&state, 0, sizeof state);
    for (int span = 0; span < 60; span++) {
        const struct react_span here = react_span_of(&terms, &state, span < 3 ? 1000 : 0, 0.6, 1234, 600);
        again += here.again, repeats += here.repeats;
    }
    check_rel(repeats, again, 1e-6);
    check_rel(repeats, 3000 * (react_asks_per_intent(&terms, 0.6) - 1), 1e-6);
}

/* ---- the closed loop ---- */

static void a_closed_loop_obeys_the_response_time_law(void)
{
    for (int law = REACT_EXPONENTIAL; law <= REACT_CONSTANT; law++) {
        struct scenario *s = working(37, 2.3, (enum react_law)law);
        struct result events, hourly;
        s->routes[0].latency.part[LATENCY_TTFT].mean_s = 1.7;
        s->routes[0].latency.part[LATENCY_TTFT].p95_s = 4;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 16), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        const double want = 37.0 / (2.3 + 1.7) * 2 * S_PER_HOUR;
        agrees(maker_outcome(&events, 0, METRIC_TASKS), want, "tasks", __LINE__);
        check_rel(mean_of(&hourly, METRIC_TASKS), want, 1e-6);
        check(hourly.cells[0].doubt == 0);
        check(mean_of(&events, METRIC_ASKED_AGAIN) == 0 && mean_of(&events, METRIC_GIVEN_UP) == 0);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

/* An error lasts as long as an answer here, so workers are held up by it as long. */
static void a_worker_waits_for_failures_too(void)
{
    struct scenario *s = working(37, 2.3, REACT_EXPONENTIAL);
    struct result hourly;
    s->routes[0].chain[0].error_share = 0.35;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_rel(mean_of(&hourly, METRIC_TASKS), 37.0 / (2.3 + 1) * 2 * S_PER_HOUR, 1e-6);
    result_free(&hourly);
    free(s);
}

/* From an ask to its repeat pass the task's time and the wait. */
static void a_repeat_comes_after_the_task_and_the_wait(void)
{
    struct scenario *s = asking(0.77, 500, 1, 0.43);
    struct result hourly;
    s->time.horizon_s = S_PER_HOUR;
    s->routes[0].call_s = 700;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double in = 2 * 0.77 * 0.43, lag_s = 1200;
    check_rel(mean_of(&hourly, METRIC_ASKED_AGAIN), in * (S_PER_HOUR - lag_s * -expm1(-S_PER_HOUR / lag_s)), 1e-6);
    result_free(&hourly);
    free(s);
}

/* C tasks a second are served and take R; the others are refused at once: N = C R + X Z, so X = (N - C R) / Z. */
static void a_loop_that_fails_fast_turns_faster(void)
{
    struct scenario *s = working(50, 2, REACT_EXPONENTIAL);
    struct result events, hourly;
    s->routes[0].quotas[s->routes[0].n_quotas++] = quota_of(10);
    s->routes[0].quotas[0].burst_s = 60;
    s->routes[0].latency.part[LATENCY_TTFT].mean_s = 1;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 16), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double span_s = 2 * S_PER_HOUR, tasks = (50.0 - 10.0 * 1.0) / 2.0 * span_s; /* and not 50 / 3 */
    agrees(maker_outcome(&events, 0, METRIC_TASKS), tasks, "tasks", __LINE__);
    /* the last second's are in flight at the horizon; a part of a request is left over in the bucket */
    check_abs(mean_of(&events, METRIC_ACCEPTED), 10 * (span_s - 1), 2);
    check_rel(mean_of(&hourly, METRIC_TASKS), tasks, 0.002);
    check_rel(mean_of(&hourly, METRIC_ACCEPTED), 10 * span_s, 0.002);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

static void no_more_tasks_are_in_flight_than_there_are_workers(void)
{
    struct scenario *s = working(7, 0.001, REACT_CONSTANT);
    struct result result;
    s->time.horizon_s = 600;
    s->time.warmup_s = 0;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &result);
    check(mean_of(&result, METRIC_TASKS_IN_FLIGHT) <= 7);
    check_rel(mean_of(&result, METRIC_TASKS), 7 * 600 / 1.001, 0.005);
    result_free(&result);
    free(s);
}

/* ---- patience ---- */

/* A task lasts as long as its call: lognormal, mean 1.7 s and 95 % below 4 s. */
static void who_loses_patience_leaves_work_that_is_billed(void)
{
    struct scenario *s = asking(0, 10, 3, 0);
    struct result plain, events, hourly;
    s->time.horizon_s = 3 * S_PER_HOUR;
    s->time.warmup_s = S_PER_HOUR;
    s->routes[0].latency.part[LATENCY_TTFT].mean_s = 1.7;
    s->routes[0].latency.part[LATENCY_TTFT].p95_s = 4;
    s->routes[0].latency.timeout_s = 2.5; /* of the client: to measure P(T > 2.5 s) */
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 16), &plain);
    const double slow = mean_of(&plain, METRIC_TIMEOUTS) / mean_of(&plain, METRIC_ATTEMPTS);
    s->routes[0].latency.timeout_s = PARAM_ABSENT;
    s->workloads[0].demand.asks_again = asks_of(0.8, 10, 3);
    s->workloads[0].demand.asks_again.patience_s = 2.5;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 16), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const struct react_terms terms = terms_of(0.8, 10, 3);
    const double asks = react_asks_per_intent(&terms, slow), intents = 2 * 2 * S_PER_HOUR;
    check(slow > 0.1 && slow < 0.3);
    agrees(maker_outcome(&events, 0, METRIC_TASKS), intents * asks, "tasks", __LINE__);
    agrees(maker_outcome(&events, 0, METRIC_ACCEPTED), intents * asks * (1 - slow), "accepted", __LINE__);
    check_rel(mean_of(&events, METRIC_BILLED), mean_of(&events, METRIC_TASKS), 1e-12); /* all of them */
    check_rel(mean_of(&events, METRIC_INVOCATIONS), mean_of(&events, METRIC_ATTEMPTS), 0.001);
    check_rel(mean_of(&hourly, METRIC_TASKS), mean_of(&events, METRIC_TASKS), 0.01);
    check_rel(mean_of(&hourly, METRIC_ACCEPTED), mean_of(&events, METRIC_ACCEPTED), 0.01);
    check(hourly.cells[0].doubt == 0);
    result_free(&plain);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

/* An answer at the instant at which patience ends is in time. */
static void an_answer_at_the_last_instant_is_in_time(void)
{
    static const double patience_s[] = {1, 0.999};
    for (int i = 0; i < 2; i++) {
        struct scenario *s = asking(0.5, 10, 3, 0);
        struct result result;
        s->time.horizon_s = S_PER_HOUR;
        s->workloads[0].demand.asks_again.patience_s = patience_s[i];
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &result);
        check(i == 0 ? mean_of(&result, METRIC_FAILED) == 0 : mean_of(&result, METRIC_ACCEPTED) == 0);
        check(i == 0 || mean_of(&result, METRIC_ASKED_AGAIN) > 1000);
        result_free(&result);
        free(s);
    }
}

/* ---- overload ---- */

#define QUOTA_PER_S 10.0
#define FRESH_PER_S 8.0

static struct scenario *outage_of(double share, int64_t most, double wait_s)
{
    struct scenario *s = asking(share, wait_s, most, 0);
    s->time.horizon_s = 2 * S_PER_HOUR;
    s->time.warmup_s = S_PER_HOUR;
    s->time.step_s = S_PER_MIN;
    s->workloads[0].demand.tasks_per_s = FRESH_PER_S;
    s->routes[0].quotas[s->routes[0].n_quotas++] = quota_of(QUOTA_PER_S);
    s->routes[0].quotas[0].burst_s = 60;
    s->routes[0].quotas[0].rejections = QUOTA_REJECTIONS_COUNTED;
    s->routes[0].availability.n_planned = 1;
    s->routes[0].availability.planned[0].at_s = MONDAY_AT_S + 10 * S_PER_MIN;
    s->routes[0].availability.planned[0].for_s = 5 * S_PER_MIN;
    return s;
}

/* The wire carries L = F A(p) and p = 1 - e^(-p L / C): what counts against a deep bucket (models/quota_hourly.h), from
 * above. Returns the goodput per second. */
static double overload_per_s(const struct react_terms *terms)
{
    double p = 1, load = 0;
    for (int i = 0; i < 10000; i++) {
        load = FRESH_PER_S * react_asks_per_intent(terms, p);
        p = 1 - exp(-p * load / QUOTA_PER_S);
    }
    return load * (1 - p);
}

/* Ten attempts are left when the minute's bucket is empty; after an hour what users keep alive is in equilibrium. */
static void users_keep_an_overload_alive(void)
{
    struct scenario *s = outage_of(0.9, 10, 20);
    const struct react_terms terms = terms_of(0.9, 20, 10);
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 32), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const struct outcome *accepted = maker_outcome(&events, 0, METRIC_ACCEPTED);
    const double want = overload_per_s(&terms) * S_PER_HOUR;
    check(want < 0.05 * FRESH_PER_S * S_PER_HOUR);
    check_at(accepted->mcse < 0.01 * want && fabs(accepted->mean - want) < 0.03 * want, __FILE__, __LINE__,
             "accepted: %.5g +- %.2g, the fixed point says %.5g", accepted->mean, accepted->mcse, want);
    check_rel(mean_of(&hourly, METRIC_ACCEPTED), accepted->mean, 0.05); /* minute by minute: who waits is carried on */
    result_free(&events);
    result_free(&hourly);
    free(s);
}

/* In steps of an hour the outage is a twelfth of one, and both ends are possible. */
static void an_hour_as_one_step_doubts_an_overload(void)
{
    struct scenario *s = outage_of(0.9, 10, 20);
    struct result hourly;
    s->time.step_s = S_PER_HOUR;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check((hourly.cells[0].doubt & HOURLY_DOUBT_OVERLOAD) != 0);
    result_free(&hourly);
    free(s);
}

/* An outage of a whole hour and waits of 5 s: an hour later nobody waits any more who was there, and both answers are
 * possible. Which one holds is known from the hour before. */
static void the_hour_before_decides_which_answer_holds(void)
{
    struct scenario *s = outage_of(0.9, 10, 5);
    const struct react_terms terms = terms_of(0.9, 5, 10);
    struct result events, hourly, spared;
    s->time.horizon_s = 4 * S_PER_HOUR;
    s->time.warmup_s = 3 * S_PER_HOUR;
    s->time.step_s = S_PER_HOUR;
    s->routes[0].availability.planned[0].at_s = MONDAY_AT_S + S_PER_HOUR;
    s->routes[0].availability.planned[0].for_s = S_PER_HOUR;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    s->routes[0].availability.n_planned = 0;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &spared);
    check_rel(mean_of(&hourly, METRIC_ACCEPTED), overload_per_s(&terms) * S_PER_HOUR, 0.02);
    check_rel(mean_of(&events, METRIC_ACCEPTED), mean_of(&hourly, METRIC_ACCEPTED), 0.1);
    check_rel(mean_of(&spared, METRIC_ACCEPTED), FRESH_PER_S * S_PER_HOUR, 0.001);
    check((hourly.cells[0].doubt & HOURLY_DOUBT_OVERLOAD) != 0);
    result_free(&events);
    result_free(&hourly);
    result_free(&spared);
    free(s);
}

static void without_them_or_with_a_limit_it_ends(void)
{
    static const struct {
        double share;
        int64_t most;
        double wait_s;
    } cases[] = {{0, 3, 20}, {0.9, 1, 20}, {0.5, 10, 20}, {0.9, 10, 600}};
    for (int i = 0; i < 4; i++) {
        struct scenario *s = outage_of(cases[i].share, cases[i].most, cases[i].wait_s);
        struct result events, hourly;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        check_rel(mean_of(&events, METRIC_ACCEPTED), FRESH_PER_S * S_PER_HOUR, 0.02);
        check_rel(mean_of(&hourly, METRIC_ACCEPTED), FRESH_PER_S * S_PER_HOUR, 0.02);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

/* ---- limits ---- */

static void more_than_the_queue_holds_names_the_key(void)
{
    struct scenario *s = asking(0.9, 6 * S_PER_DAY, 16, 0.5);
    struct plan_fault fault;
    struct plan *plan;
    s->workloads[0].demand.tasks_per_s = 50;
    check_i64(plan_make_one(s, NULL, &plan, &fault), FLOE_OK);
    const struct timeline timeline = timeline_of(s, "");
    check_i64(plan_check_capacity(plan, &timeline, &fault), FLOE_FULL);
    check_text(fault.key, "workloads.chat.demand.asks_again");
    plan_free(plan);
    free(s);
}

static void a_change_cannot_alter_the_number_of_workers(void)
{
    struct scenario *before = working(5, 2, REACT_CONSTANT), *after = working(6, 2, REACT_CONSTANT);
    struct timeline timeline = timeline_of(before, "");
    struct plan_fault fault;
    struct plan *plan;
    timeline.phases[timeline.n_phases] = after;
    timeline.from_at_s[timeline.n_phases++] = MONDAY_AT_S + S_PER_HOUR;
    check_i64(plan_make(&timeline, NULL, &plan, &fault), FLOE_BAD_INPUT);
    check_text(fault.key, "workloads.chat.demand.agents.workers");
    after->workloads[0].demand.agents.workers = 0;
    after->workloads[0].demand.tasks_per_s = 1;
    check_i64(plan_make(&timeline, NULL, &plan, &fault), FLOE_BAD_INPUT);
    check_text(fault.key, "workloads.chat.demand");
    free(before);
    free(after);
}

static const struct test tests[] = {
    {"an intent is asked as often as the geometric sum says", an_intent_is_asked_as_often_as_the_geometric_sum_says,
     FAST},
    {"users ask as often as the geometric sum says", users_ask_as_often_as_the_geometric_sum_says, MANY},
    {"no intent is lost", no_intent_is_lost, FAST},
    {"whoever may ask once asks once", whoever_may_ask_once_asks_once, FAST},
    {"who waits follows the linear equations", who_waits_follows_the_linear_equations, FAST},
    {"what waits comes in a later span", what_waits_comes_in_a_later_span, FAST},
    {"a closed loop obeys the response time law", a_closed_loop_obeys_the_response_time_law, MANY},
    {"a worker waits for failures too", a_worker_waits_for_failures_too, FAST},
    {"a repeat comes after the task and the wait", a_repeat_comes_after_the_task_and_the_wait, FAST},
    {"a loop that fails fast turns faster", a_loop_that_fails_fast_turns_faster, MANY},
    {"no more tasks are in flight than there are workers", no_more_tasks_are_in_flight_than_there_are_workers, FAST},
    {"who loses patience leaves work that is billed", who_loses_patience_leaves_work_that_is_billed, MANY},
    {"an answer at the last instant is in time", an_answer_at_the_last_instant_is_in_time, FAST},
    {"users keep an overload alive", users_keep_an_overload_alive, MANY},
    {"an hour as one step doubts an overload", an_hour_as_one_step_doubts_an_overload, FAST},
    {"the hour before decides which answer holds", the_hour_before_decides_which_answer_holds, MANY},
    {"without them, or with a limit, it ends", without_them_or_with_a_limit_it_ends, MANY},
    {"more than the queue holds names the key", more_than_the_queue_holds_names_the_key, FAST},
    {"a change cannot alter the number of workers", a_change_cannot_alter_the_number_of_workers, FAST},
};
TEST_MAIN("demand_react", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scheduled jobs and calls spread over time, as whole runs: every instant and count worked out by hand, the form of
 * expectations against counting the instants one by one, and both engines against each other. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "models/run_events.h"
#include "read_files.h"
#include "scenario_maker.h"

enum { INPUT_TOK = 1000, CALLS_MOST = 5000 };

static struct scenario *job_scenario(const char *at, double tasks_per_period, int64_t calls_per_task, double over_s)
{
    struct scenario *s = maker_scenario();
    struct traffic *demand = &s->workloads[0].demand;
    const double period_s = strlen(at) > 5 ? S_PER_WEEK : S_PER_DAY;
    snprintf(demand->at, sizeof demand->at, "%s", at);
    demand->tasks_per_s = tasks_per_period / period_s;
    demand->calls_per_task = calls_per_task;
    demand->over_s = over_s;
    s->workloads[0].tokens.input = maker_fixed(INPUT_TOK);
    return s;
}

/* ---- instants ---- */

struct instants {
    int32_t n_calls, n_tasks;
    int64_t call_ns[CALLS_MOST], task_ns[CALLS_MOST];
};

/* A call brings INPUT_TOK tokens of input. */
static int take_instants(void *context, int32_t route, const struct event_record *records, uint32_t n)
{
    struct instants *all = context;
    (void)route;
    for (uint32_t i = 0; i < n; i++) {
        for (uint64_t k = 0; k < records[i].input_tok / INPUT_TOK && all->n_calls < CALLS_MOST; k++)
            all->call_ns[all->n_calls++] = records[i].at_ns;
        if (records[i].kind == EVENT_ARRIVAL) all->task_ns[all->n_tasks++] = records[i].at_ns;
    }
    return 1;
}

static const struct instants *instants_of(const struct scenario *s)
{
    static struct instants all;
    const struct timeline timeline = timeline_of(s, VARIANT_BASE);
    const struct run_options options = maker_options(ENGINE_EVENTS, 1);
    struct plan_fault fault = {"", ""};
    all.n_calls = all.n_tasks = 0;
    check_at(floe_run_events(&timeline, NULL, &options, 0, take_instants, &all, &fault) == FLOE_OK, __FILE__, __LINE__,
             "%s", fault.what);
    return &all;
}

static void check_instants(const int64_t *got_ns, int32_t n_got, const int64_t *want_ns, int32_t n_want,
                           const char *what)
{
    check_at(n_got == n_want, __FILE__, __LINE__, "%d %s, wanted %d", (int)n_got, what, (int)n_want);
    for (int32_t i = 0; i < n_got && i < n_want; i++)
        check_at(got_ns[i] == want_ns[i], __FILE__, __LINE__, "%s %d at %.9f s, wanted %.9f s", what, (int)i,
                 (double)got_ns[i] / NS_PER_S, (double)want_ns[i] / NS_PER_S);
}

#define CLOCK(D, H, M) ((((D)*24LL + (H)) * 60 + (M)) * 60 * NS_PER_S)
#define N_OF(A) ((int32_t)(sizeof(A) / sizeof((A)[0])))

/* 5 calls over 93 min: one every 18 min 36 s. */
static void a_daily_job_comes_by_the_clock(void)
{
    struct scenario *s = job_scenario("03:58", 1, 5, 93 * S_PER_MIN);
    int64_t calls_ns[15], tasks_ns[3];
    s->time.horizon_s = 3 * S_PER_DAY;
    for (int d = 0; d < 3; d++) {
        tasks_ns[d] = CLOCK(d, 3, 58);
        for (int i = 0; i < 5; i++)
            calls_ns[5 * d + i] = CLOCK(d, 3, 58) + i * 1116 * NS_PER_S;
    }
    const struct instants *all = instants_of(s);
    check_instants(all->task_ns, all->n_tasks, tasks_ns, 3, "tasks");
    check_instants(all->call_ns, all->n_calls, calls_ns, 15, "calls");
    free(s);
}

/* From Wednesday on: the next Monday is 5 days away. */
static void a_weekly_job_comes_on_its_day(void)
{
    struct scenario *s = job_scenario("mon 03:58", 1, 1, 0);
    const int64_t want_ns[] = {CLOCK(5, 3, 58), CLOCK(12, 3, 58)};
    s->time.start_at_s += 2 * S_PER_DAY;
    s->time.horizon_s = 15 * S_PER_DAY;
    const struct instants *all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, want_ns, 2, "calls");
    free(s);
}

static void a_weekly_job_of_another_day_waits_for_it(void)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int d = 0; d < DAYS_PER_WEEK; d++) {
        char at[JOB_TEXT_BYTES];
        snprintf(at, sizeof at, "%s 23:59", days[d]);
        struct scenario *s = job_scenario(at, 1, 1, 0);
        const int64_t want_ns[] = {CLOCK(d, 23, 59)};
        s->time.horizon_s = S_PER_WEEK;
        const struct instants *all = instants_of(s);
        check_instants(all->call_ns, all->n_calls, want_ns, 1, at);
        free(s);
    }
}

/* Tuesday, Friday and Saturday, from Thursday on. */
static void a_daily_job_keeps_to_its_weekdays(void)
{
    struct scenario *s = job_scenario("10:00", 1, 1, 0);
    const double days[DAYS_PER_WEEK] = {0, 1, 0, 0, 1, 1, 0};
    const int64_t want_ns[] = {CLOCK(1, 10, 0), CLOCK(2, 10, 0), CLOCK(5, 10, 0), CLOCK(8, 10, 0), CLOCK(9, 10, 0)};
    memcpy(s->workloads[0].demand.weekday, days, sizeof days);
    s->time.start_at_s += 3 * S_PER_DAY;
    s->time.horizon_s = 10 * S_PER_DAY;
    const struct instants *all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, want_ns, N_OF(want_ns), "calls");
    free(s);
}

/* Calls of Sunday's job at 23:30 and 00:30: the second lies on a Monday, whose weight is 0. */
static void an_occurrence_belongs_to_the_day_on_which_it_begins(void)
{
    struct scenario *s = job_scenario("23:30", 1, 2, 2 * S_PER_HOUR);
    const int64_t want_ns[] = {CLOCK(6, 23, 30), CLOCK(7, 0, 30)};
    for (int d = 0; d < 6; d++)
        s->workloads[0].demand.weekday[d] = 0;
    s->time.horizon_s = 8 * S_PER_DAY;
    const struct instants *all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, want_ns, 2, "calls");
    free(s);
}

/* 6 calls from 23:00 on, one every half hour: two an hour, on both sides of midnight. */
static void over_may_span_midnight(void)
{
    static const double want[] = {2, 2, 2, 0};
    struct scenario *s = job_scenario("23:00", 1, 6, 3 * S_PER_HOUR);
    s->time.horizon_s = 2 * S_PER_DAY;
    for (int engine = ENGINE_EVENTS; engine <= ENGINE_HOURLY; engine++) {
        struct result result;
        maker_run(s, NULL, maker_options((enum engine_kind)engine, 1), &result);
        for (int32_t hour = 0; hour < 48; hour++) {
            const int of_day = (hour + 1) % 24;
            const double calls = hour < 23 ? 0 : of_day < 3 ? want[of_day] : 0;
            check_rel(result_hour_count(&result, 0, hour, 0, 0, METRIC_CALLS), calls, 0);
        }
        check_rel(maker_outcome(&result, 0, METRIC_CALLS)->mean, 8, 0); /* of the second day those before midnight */
        check_rel(maker_outcome(&result, 0, METRIC_TASKS)->mean, 2, 0);
        result_free(&result);
    }
    free(s);
}

static void what_began_before_the_run_is_left_out_whole(void)
{
    struct scenario *s = job_scenario("03:58", 1, 4, S_PER_HOUR);
    const int64_t at_once_ns[] = {0, CLOCK(0, 0, 15), CLOCK(0, 0, 30), CLOCK(0, 0, 45)};
    const int64_t a_day_later_ns[] = {CLOCK(0, 23, 59), CLOCK(1, 0, 14), CLOCK(1, 0, 29), CLOCK(1, 0, 44)};
    s->time.start_at_s += 3 * S_PER_HOUR + 58 * S_PER_MIN;
    const struct instants *all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, at_once_ns, 4, "calls");
    s->time.start_at_s += S_PER_MIN; /* 03:59, while it is under way */
    s->time.horizon_s = 1.5 * S_PER_DAY;
    all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, a_day_later_ns, 4, "calls");
    free(s);
}

/* 3 tasks of 4 calls over 12 h: a call an hour, a task every 4 h. */
static void several_tasks_follow_one_another(void)
{
    struct scenario *s = job_scenario("06:00", 3, 4, 12 * S_PER_HOUR);
    int64_t calls_ns[12];
    const int64_t tasks_ns[] = {CLOCK(0, 6, 0), CLOCK(0, 10, 0), CLOCK(0, 14, 0)};
    for (int i = 0; i < 12; i++)
        calls_ns[i] = CLOCK(0, 6 + i, 0);
    const struct instants *all = instants_of(s);
    check_instants(all->task_ns, all->n_tasks, tasks_ns, 3, "tasks");
    check_instants(all->call_ns, all->n_calls, calls_ns, 12, "calls");
    free(s);
}

/* 3 calls over 10 s: at 0, 3.333333333 and 6.666666666 s; all at once without `over`. */
static void offsets_are_whole_nanoseconds_down(void)
{
    struct scenario *s = job_scenario("00:00", 1, 3, 10);
    const int64_t want_ns[] = {0, 3333333333, 6666666666}, at_once_ns[] = {0, 0, 0};
    const struct instants *all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, want_ns, 3, "calls");
    s->workloads[0].demand.over_s = 0;
    all = instants_of(s);
    check_instants(all->call_ns, all->n_calls, at_once_ns, 3, "calls");
    free(s);
}

/* Tasks that come by chance: each has its calls at 0, 1, 2, 3 s after its own arrival. */
static void calls_of_a_task_are_spread(void)
{
    struct scenario *s = maker_scenario();
    s->workloads[0].tokens.input = maker_fixed(INPUT_TOK);
    s->workloads[0].demand.tasks_per_s = 1.0 / 1000;
    s->workloads[0].demand.calls_per_task = 4;
    s->workloads[0].demand.over_s = 4;
    const struct instants *all = instants_of(s);
    int32_t met = 0;
    check(all->n_tasks > 40);
    for (int32_t t = 0; t < all->n_tasks; t++)
        for (int64_t j = 0; j < 4; j++)
            for (int32_t i = 0; i < all->n_calls; i++)
                if (all->call_ns[i] == all->task_ns[t] + j * NS_PER_S) {
                    met++;
                    break;
                }
    check_i64(met, all->n_calls);
    check_i64(met, 4 * (int64_t)all->n_tasks); /* none lies beyond the horizon under this seed */
    free(s);
}

static void what_lies_beyond_the_horizon_stays_in_flight(void)
{
    struct scenario *s = job_scenario("22:00", 2, 4, 8 * S_PER_HOUR); /* a call an hour, a task at 22:00 and at 02:00 */
    struct result result;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &result);
    check_rel(maker_outcome(&result, 0, METRIC_TASKS)->mean, 1, 0);
    check_rel(maker_outcome(&result, 0, METRIC_TASKS_IN_FLIGHT)->mean, 1, 0);
    check_rel(maker_outcome(&result, 0, METRIC_CALLS)->mean, 2, 0);
    check_rel(maker_outcome(&result, 0, METRIC_INVOCATIONS)->mean, 2, 0);
    result_free(&result);
    s->time.horizon_s = 30 * S_PER_HOUR - 3599; /* the last call, at 05:00, begins and is answered */
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &result);
    check_rel(maker_outcome(&result, 0, METRIC_TASKS)->mean, 3 - 1, 0);
    check_rel(maker_outcome(&result, 0, METRIC_CALLS)->mean, 8, 0);
    check_rel(maker_outcome(&result, 0, METRIC_ACCEPTED)->mean, 1, 0); /* answered at the horizon itself: in flight */
    result_free(&result);
    free(s);
}

/* ---- as expectations ---- */

static int64_t draw(uint64_t *state, int64_t from, int64_t to)
{
    return from + (int64_t)(test_random(state) % (uint64_t)(to - from + 1));
}

static struct job random_job(uint64_t *state)
{
    const int is_weekly = (int)draw(state, 0, 1);
    const int64_t period_s = is_weekly ? S_PER_WEEK : S_PER_DAY, n_tasks = draw(state, 1, 7);
    const int64_t over_s = draw(state, 0, 2) == 0 ? 0 : draw(state, 1, draw(state, 0, 1) ? period_s : 300);
    const uint32_t days_on = is_weekly ? 127 : (uint32_t)draw(state, 1, 127);
    return job_derive(MONDAY_AT_S + draw(state, 0, S_PER_WEEK - 1), draw(state, 0, period_s / 60 - 1) * 60, is_weekly,
                      (double)n_tasks / (double)period_s, draw(state, 1, 9), (double)over_s, days_on);
}

/* Instants near which a boundary lies, and others. */
static int64_t random_instant(uint64_t *state, const struct job *job)
{
    const int64_t occurrence = draw(state, 0, 20), all = job->n_tasks * job->calls_per_task;
    const int64_t near_ns = job->first_ns + occurrence * job->period_ns + job_offset_ns(job, draw(state, 0, all));
    return draw(state, 0, 3) == 0 ? draw(state, 0, 21 * job->period_ns) : near_ns + draw(state, -1, 1);
}

static void expectations_count_the_instants(void)
{
    uint64_t state = 20260316;
    for (int c = 0; c < 4000; c++) {
        const struct job job = random_job(&state);
        const int64_t until_ns = random_instant(&state, &job);
        int64_t tasks = 0, calls = 0, next_ns = INT64_MAX;
        check_i64(job.first_ns % (60 * NS_PER_S) == 0 || job.first_ns < job.period_ns, 1);
        for (int64_t o = 0; o < 30; o++)
            for (int64_t k = 0; job_takes_place(&job, o) && k < job.n_tasks; k++) {
                const int64_t task_ns = job_task_ns(&job, o, k);
                tasks += task_ns < until_ns;
                for (int64_t j = 0; j < job.calls_per_task; j++) {
                    const int64_t call_ns = task_ns + job_call_offset_ns(&job, k, j);
                    calls += call_ns < until_ns;
                    if (call_ns >= until_ns && call_ns < next_ns) next_ns = call_ns;
                }
            }
        check_i64(job_tasks_before(&job, until_ns), tasks);
        check_i64(job_calls_before(&job, until_ns), calls);
        check_i64(job_next_call_ns(&job, until_ns), next_ns);
    }
}

/* Jobs at random, and a run of nine days: what every hour and the whole count, in both engines. */
static struct scenario *random_jobs(uint64_t *state)
{
    char at[JOB_TEXT_BYTES];
    const int is_weekly = draw(state, 0, 3) == 0;
    snprintf(at, sizeof at, "%s%02d:%02d", is_weekly ? "thu " : "", (int)draw(state, 0, 23), (int)draw(state, 0, 59));
    struct scenario *s = job_scenario(at, (double)draw(state, 1, 5), draw(state, 1, 40),
                                      (double)draw(state, 0, draw(state, 0, 1) ? S_PER_DAY : S_PER_HOUR));
    for (int d = 0; d < 5 && !is_weekly; d++)
        s->workloads[0].demand.weekday[d] = (double)draw(state, 0, 1);
    s->time.start_at_s += draw(state, 0, S_PER_WEEK);
    s->time.horizon_s = 9 * S_PER_DAY + (double)draw(state, 0, S_PER_HOUR);
    s->time.warmup_s = (double)draw(state, 0, S_PER_DAY);
    s->time.step_s = draw(state, 0, 1) ? S_PER_HOUR : 15 * S_PER_MIN;
    return s;
}

static void both_engines_count_a_job_alike(void)
{
    static const enum metric compared[] = {METRIC_TASKS,  METRIC_CALLS,     METRIC_UPSTREAM, METRIC_ATTEMPTS,
                                           METRIC_BILLED, METRIC_TOK_FIRST, METRIC_TOK_LAST, METRIC_COST_TOTAL};
    uint64_t state = 4;
    for (int c = 0; c < 60; c++) {
        struct scenario *s = random_jobs(&state);
        struct result events, hourly;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        for (size_t m = 0; m < sizeof compared / sizeof compared[0]; m++) {
            check_rel(maker_outcome(&events, 0, compared[m])->sd, 0, 0);
            check_rel(maker_outcome(&hourly, 0, compared[m])->mean, maker_outcome(&events, 0, compared[m])->mean,
                      1e-12);
        }
        check(maker_outcome(&events, 0, METRIC_CALLS)->mean > 0);
        for (int32_t hour = 0; hour < events.n_spans - events.n_windows; hour++)
            check_rel(result_hour_count(&hourly, 0, hour, 0, 0, METRIC_CALLS),
                      result_hour_count(&events, 0, hour, 0, 0, METRIC_CALLS), 0);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

/* ---- calls of tasks that come by chance ---- */

static void add_hours_as_windows(struct scenario *s)
{
    s->n_windows = 24;
    for (int h = 0; h < 24; h++) {
        s->windows[h] = (struct window){"", INSTANT_ABSENT, s->time.start_at_s + h * S_PER_HOUR,
                                        s->time.start_at_s + (h + 1) * S_PER_HOUR};
        snprintf(s->windows[h].name, NAME_BYTES, "h%02d", h);
    }
}

static void check_z(const struct outcome *events, const struct outcome *hourly, const char *name, int64_t cell)
{
    const double error = events->mean - hourly->mean;
    if (hourly->mean == 0) {
        check_rel(events->mean, 0, 0);
        return;
    }
    check_at(events->mcse > 0 && events->mcse <= 0.015 * hourly->mean, __FILE__, __LINE__,
             "%s, cell %d: standard error %g of %g", name, (int)cell, events->mcse, hourly->mean);
    check_at(fabs(error) <= 4 * events->mcse, __FILE__, __LINE__, "%s, cell %d: events %g, hourly %g, z = %.2f", name,
             (int)cell, events->mean, hourly->mean, error / events->mcse);
}

/* Office hours, whose calls run into hours without arrivals; by the hour. |z| <= 4 for some 50 means. */
static void spread_calls_agree_by_the_hour(void)
{
    static const struct {
        int64_t calls;
        double over_s, step_s;
    } cases[] = {{7, 2.5 * S_PER_HOUR, S_PER_HOUR}, {600, 5000, S_PER_HOUR}, {3, 40 * S_PER_MIN, 10 * S_PER_MIN}};
    for (int i = 0; i < N_OF(cases); i++) {
        struct scenario *s = maker_scenario();
        struct traffic *demand = &s->workloads[0].demand;
        struct result events, hourly;
        demand->tasks_per_s = 0.01;
        demand->calls_per_task = cases[i].calls;
        demand->over_s = cases[i].over_s;
        snprintf(demand->hours, sizeof demand->hours, "08:00-13:00");
        s->time.step_s = cases[i].step_s;
        add_hours_as_windows(s);
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 512), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        for (int64_t cell = 0; cell < events.n_cells; cell++) {
            check_z(maker_outcome(&events, cell, METRIC_CALLS), maker_outcome(&hourly, cell, METRIC_CALLS), "calls",
                    cell);
            check_z(maker_outcome(&events, cell, METRIC_TASKS), maker_outcome(&hourly, cell, METRIC_TASKS), "tasks",
                    cell);
        }
        check_rel(maker_outcome(&hourly, 0, METRIC_CALLS)->mean, 0.01 * S_PER_DAY * (double)cases[i].calls, 1e-9);
        check(maker_outcome(&hourly, 1 + 13, METRIC_CALLS)->mean > 0); /* after the last arrival */
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

/* ---- refusals ---- */

static void check_refused(const char *demand, const char *what, const char *hint)
{
    char text[2000];
    struct floe_document *d;
    snprintf(text, sizeof text,
             SOUND_HEAD "workloads: {chat: {demand: %s, tokens: {input: 2931, output: 400}}}\n" SOUND_ROUTES, demand);
    const enum floe_status status = read_text_of(text, &d);
    check_at(status == FLOE_BAD_INPUT && d != NULL && d->messages.n_errors == 1, __FILE__, __LINE__,
             "%s: status %d, %d errors", demand, (int)status, d == NULL ? -1 : (int)d->messages.n_errors);
    if (d != NULL && d->messages.n > 0) {
        check_i64(d->messages.items[0].line, 4);
        check(d->messages.items[0].column >= 20); /* in `demand` */
        check_contains(d->messages.items[0].what, what);
        check_contains(d->messages.items[0].hint, hint);
    }
    floe_document_free(d);
}

static void bad_demand_is_refused_with_a_hint(void)
{
    check_refused("{tasks: 1/day, at: '24:00'}", "the time of a job is", "'03:58'");
    check_refused("{tasks: 1/day, at: '3:58'}", "the time of a job is", "'03:58'");
    check_refused("{tasks: 1/day, at: '03:60'}", "the time of a job is", "'03:58'");
    check_refused("{tasks: 1/week, at: 'mon'}", "the time of a job is", "'mon 03:58'");
    check_refused("{tasks: 1/week, at: 'mon  03:58'}", "the time of a job is", "'mon 03:58'");
    check_refused("{tasks: 1/week, at: 'mond 03:58'}", "the time of a job is", "'mon 03:58'");
    check_refused("{tasks: 1.5/day, at: '03:58'}", "whole number of tasks", "1/day");
    check_refused("{tasks: 1/day, at: 'mon 03:58', over: 8d}", "", "");
    check_refused("{tasks: 2.5/week, at: 'mon 03:58'}", "whole number of tasks", "1/week");
    check_refused("{tasks: 30/month, at: '03:58'}", "whole number of tasks", "1/day");
    check_refused("{tasks: 1/week, at: '03:58'}", "whole number of tasks", "1/day");
    check_refused("{tasks: 1/day, at: '03:58', over: 25h}", "before it begins again", "24h");
    check_refused("{tasks: 1/day, at: '03:58', hours: '10:00-13:00'}", "its own clock", "");
    check_refused("{tasks: 1/day, at: '03:58', weekday: [1, 1, 1, 1, 1, 0.5, 0]}", "takes place on a weekday",
                  "[1, 1, 1, 1, 1, 0, 0]");
    check_refused("{tasks: 1/day, at: '03:58', weekday: [0, 0, 0, 0, 0, 0, 0]}", "takes place on a weekday", "");
    check_refused("{tasks: 1/week, at: 'mon 03:58', weekday: [1, 1, 1, 1, 1, 0, 0]}", "takes place on a weekday", "");
    check_refused("{tasks: 1001/day, at: '03:58', calls_per_task: 1000000}", "1e9", "");
    check_refused("{at: '03:58'}", "`tasks`", "");
    check_refused("{tasks: 1/day, over: -1s}", "", "");
}

static const struct test tests[] = {
    {"a daily job comes by the clock", a_daily_job_comes_by_the_clock, FAST},
    {"a weekly job comes on its day", a_weekly_job_comes_on_its_day, FAST},
    {"a weekly job of another day waits for it", a_weekly_job_of_another_day_waits_for_it, FAST},
    {"a daily job keeps to its weekdays", a_daily_job_keeps_to_its_weekdays, FAST},
    {"an occurrence belongs to the day on which it begins", an_occurrence_belongs_to_the_day_on_which_it_begins, FAST},
    {"over may span midnight", over_may_span_midnight, FAST},
    {"what began before the run is left out whole", what_began_before_the_run_is_left_out_whole, FAST},
    {"several tasks follow one another", several_tasks_follow_one_another, FAST},
    {"offsets are whole nanoseconds, down", offsets_are_whole_nanoseconds_down, FAST},
    {"calls of a task are spread", calls_of_a_task_are_spread, FAST},
    {"what lies beyond the horizon stays in flight", what_lies_beyond_the_horizon_stays_in_flight, FAST},
    {"expectations count the instants", expectations_count_the_instants, FAST},
    {"both engines count a job alike", both_engines_count_a_job_alike, FAST},
    {"spread calls agree by the hour", spread_calls_agree_by_the_hour, MANY},
    {"bad demand is refused with a hint", bad_demand_is_refused_with_a_hint, FAST},
};
TEST_MAIN("jobs", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/traffic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/plan.h"
#include "scenario_maker.h"

static struct plan *make_plan(const struct scenario *s)
{
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    check_at(plan_make_one(s, NULL, &plan, &fault) == FLOE_OK, __FILE__, __LINE__, "%s", fault.what);
    return plan;
}

/* The obvious twin: for arrival i, sum the draws again and walk every bin from the first. */
static int64_t slow_arrival(struct floe_rng rng, struct traffic_rates rates, int i)
{
    double target = 0;
    for (int k = 0; k <= i; k++)
        target += floe_draw_exponential(floe_rng_uniform(rng, 77, (uint64_t)k));
    for (int32_t b = 0; b < rates.n_bins; b++)
        if (target < rates.cumulated[b + 1]) {
            const double share = (target - rates.cumulated[b]) / (rates.cumulated[b + 1] - rates.cumulated[b]);
            return rates.edge_ns[b] + (int64_t)(share * (double)(rates.edge_ns[b + 1] - rates.edge_ns[b]) + 0.5);
        }
    return -1;
}

static void arrivals_equal_the_inverse_computed_from_scratch(void)
{
    struct scenario *s = maker_scenario();
    const struct floe_rng rng = {99, 3};
    s->workloads[0].demand.tasks_per_s = 0.01;
    for (int h = 0; h < HOURS_PER_DAY; h++)
        s->workloads[0].demand.hour_of_day[h] = h % 3; /* every third hour is empty */
    struct plan *plan = make_plan(s);
    struct traffic_state state = traffic_begin(rng, 77);
    int64_t at_ns = 0, before_ns = -1;
    int n = 0;
    for (; traffic_next(&state, plan_rates(plan, 0), &at_ns); n++) {
        check_i64(at_ns, slow_arrival(rng, plan_rates(plan, 0), n));
        check(at_ns > before_ns && at_ns < plan->horizon_ns);
        check((at_ns / NS_PER_S / S_PER_HOUR) % 3 != 0);
        before_ns = at_ns;
    }
    check_i64(slow_arrival(rng, plan_rates(plan, 0), n), -1);
    check(n > 600 && n < 1200); /* 864 expected; 9 standard deviations away */
    plan_free(plan);
    free(s);
}

/* Gaps of a constant rate are exponential: mean 1/rate and cv 1; z within 4 of 60,000 gaps. */
static void gaps_of_a_constant_rate_are_exponential(void)
{
    struct scenario *s = maker_scenario();
    const struct floe_rng rng = {1234, 0};
    struct plan *plan = make_plan(s);
    struct traffic_state state = traffic_begin(rng, 5);
    int64_t at_ns = 0, before_ns = 0;
    double sum_s = 0, squares = 0;
    const int n = 60000;
    for (int i = 0; i < n && traffic_next(&state, plan_rates(plan, 0), &at_ns); i++) {
        const double gap_s = (double)(at_ns - before_ns) / NS_PER_S;
        sum_s += gap_s, squares += gap_s * gap_s;
        before_ns = at_ns;
    }
    check_abs(sum_s / n, 0.5, 4 * 0.5 / sqrt(n));
    check_abs(squares / n, 0.5, 4 * sqrt(20 * 0.0625) / sqrt(n)); /* E gap^2 = 2/4, var = (24 - 4)/16 */
    plan_free(plan);
    free(s);
}

static void expected_tasks_are_the_integral_of_the_rate(void)
{
    struct scenario *s = maker_scenario();
    s->time.start_at_s = MONDAY_AT_S + 1800; /* half past midnight: the first bin is half an hour */
    struct plan *plan = make_plan(s);
    const struct traffic_rates rates = plan_rates(plan, 0);
    check_i64(rates.n_bins, 25);
    check_rel(traffic_expected(rates, 0, INT64_MAX), 2.0 * 1800, 1e-14);
    check_rel(traffic_expected(rates, 1, 1800 * NS_PER_S + NS_PER_S * 36), 72, 1e-12);
    check_rel(traffic_expected(rates, 1, 1800 * NS_PER_S), 0, 0);
    check_rel(rates.cumulated[rates.n_bins], 2.0 * S_PER_DAY, 1e-14);
    plan_free(plan);
    free(s);
}

static void a_week_begins_on_monday_in_utc(void)
{
    struct scenario *s = maker_scenario();
    memset(s->workloads[0].demand.week, 0, sizeof s->workloads[0].demand.week);
    s->workloads[0].demand.week[3 * HOURS_PER_DAY + 15] = 1; /* Thursday 15:00 */
    s->time.horizon_s = S_PER_WEEK;
    struct plan *plan = make_plan(s);
    const struct traffic_rates rates = plan_rates(plan, 0);
    for (int32_t b = 0; b < rates.n_bins; b++)
        check((traffic_expected(rates, b, INT64_MAX) > 0) == (b == 3 * 24 + 15));
    check_rel(rates.cumulated[rates.n_bins], 2.0 * S_PER_WEEK, 1e-13);
    plan_free(plan);
    free(s);
}

static void hours_are_read_and_refused(void)
{
    int from = -1, to = -1;
    check(traffic_hours("10:00-13:00", &from, &to));
    check_i64(from, 10), check_i64(to, 13);
    check(traffic_hours("22:00-06:00", &from, &to));
    check(traffic_hours("00:00-24:00", &from, &to));
    check(traffic_hours("18:00-24:00", &from, &to));
    const char *const wrong[] = {
        "10:00-10:00", "10:30-13:00", "10-13",       "25:00-26:00", "24:00-24:00", "",           "10:00-13:00x",
        "1000:-13:0",  "-1:00-13:00", "10:00_13:00", " 9:00-13:00", "+9:00-13:00", "10:01-13:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_at(!traffic_hours(wrong[i], &from, &to), __FILE__, __LINE__, "accepted '%s'", wrong[i]);
}

static void contradictory_demand_is_refused(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *t = &s->workloads[0].demand;
    struct complaint c;
    check((traffic_block.check)(t, &c));
    snprintf(t->trace.file, PATH_BYTES, "a.csv");
    check(!(traffic_block.check)(t, &c));
    check_contains(c.what, "not both");
    t->tasks_per_s = PARAM_ABSENT;
    check((traffic_block.check)(t, &c));
    t->week[7] = 2;
    check(!(traffic_block.check)(t, &c));
    t->week[7] = 1, t->trace.file[0] = '\0';
    check(!(traffic_block.check)(t, &c));
    check_contains(c.hint, "6400/day");
    t->tasks_per_s = 1;
    memset(t->weekday, 0, sizeof t->weekday);
    check(!(traffic_block.check)(t, &c));
    check_contains(c.what, "no hour with traffic");
    free(s);
}

static const struct test tests[] = {
    {"arrivals equal the inverse computed from scratch", arrivals_equal_the_inverse_computed_from_scratch, FAST},
    {"gaps of a constant rate are exponential", gaps_of_a_constant_rate_are_exponential, FAST},
    {"expected tasks are the integral of the rate", expected_tasks_are_the_integral_of_the_rate, FAST},
    {"a week begins on Monday in UTC", a_week_begins_on_monday_in_utc, FAST},
    {"hours are read, and refused where they make no sense", hours_are_read_and_refused, FAST},
    {"contradictory demand is refused", contradictory_demand_is_refused, FAST},
};
TEST_MAIN("traffic", tests)

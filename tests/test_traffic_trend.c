/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Growth, steps and waves: the expected tasks of the plan against closed forms, and all of it at once against an
 * integral that is computed here, with the C library's functions. */
#include "models/traffic_trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "models/plan.h"
#include "read_files.h"
#include "scenario_maker.h"

#define NEW_YEAR_AT_S 1767225600 /* 2026-01-01T00:00:00Z */
#define PI 3.14159265358979323846

static struct plan *make_plan(const struct scenario *s)
{
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    check_at(plan_make_one(s, NULL, &plan, &fault) == FLOE_OK, __FILE__, __LINE__, "%s", fault.what);
    return plan;
}

static struct scenario *year_of(double rate_share, int32_t period, int32_t law)
{
    struct scenario *s = maker_scenario();
    s->time.start_at_s = NEW_YEAR_AT_S;
    s->time.horizon_s = 365.0 * S_PER_DAY;
    s->workloads[0].demand.growth = (struct growth){rate_share, period, law, INSTANT_ABSENT};
    return s;
}

/* Tasks between two instants that are edges of bins, over rate x seconds. */
static double factor_between(const struct plan *plan, double per_s, int64_t from_s, int64_t to_s)
{
    const struct traffic_rates rates = plan_rates(plan, 0);
    double from = -1, to = -1;
    for (int32_t b = 0; b <= rates.n_bins; b++) {
        if (rates.edge_ns[b] == (from_s - plan->start_at_s) * NS_PER_S) from = rates.cumulated[b];
        if (rates.edge_ns[b] == (to_s - plan->start_at_s) * NS_PER_S) to = rates.cumulated[b];
    }
    check(from >= 0 && to > 0);
    return (to - from) / (per_s * (double)(to_s - from_s));
}

/* Within month k the mean of 1.05^(k + x) over 0 <= x < 1 is 1.05^k 0.05 / log 1.05. */
static void growth_per_month_is_exact_in_every_calendar_month(void)
{
    struct scenario *s = year_of(0.05, -1, GROWTH_EXPONENTIAL);
    struct plan *plan = make_plan(s);
    int64_t at_s = NEW_YEAR_AT_S;
    for (int k = 0; k < 12; k++) {
        const int64_t next_s = calendar_next_month_start(at_s);
        check_rel(factor_between(plan, 2, at_s, next_s), pow(1.05, k) * 0.05 / log(1.05), 1e-11);
        at_s = next_s;
    }
    plan_free(plan);
    free(s);
}

static void growth_per_year_per_quarter_and_per_week(void)
{
    static const struct {
        int32_t period;
        double rate, years;
    } cases[] = {{-12, 0.37, 1}, {-3, -0.08, 4}, {S_PER_WEEK, 0.013, 365 / 7.0}, {30 * S_PER_DAY, 0.2, 365 / 30.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = year_of(cases[i].rate, cases[i].period, GROWTH_EXPONENTIAL);
        struct plan *plan = make_plan(s);
        const double last = factor_between(plan, 2, NEW_YEAR_AT_S + 365 * S_PER_DAY - S_PER_HOUR,
                                           NEW_YEAR_AT_S + 365 * S_PER_DAY);
        check_rel(last, pow(1 + cases[i].rate, cases[i].years * (1 - 0.5 / 8760)), 1e-4); /* months are uneven */
        plan_free(plan);
        free(s);
    }
}

/* 720 h: month 12 ends after 360 days; linear growth is 1 + g (n + 1/2) in the mean of month n. */
static void linear_growth_by_months_of_720_hours(void)
{
    struct scenario *s = year_of(0.05, -1, GROWTH_LINEAR);
    s->time.month = MONTH_720H;
    struct plan *plan = make_plan(s);
    for (int n = 0; n < 12; n++)
        check_rel(
            factor_between(plan, 2, NEW_YEAR_AT_S + n * 30LL * S_PER_DAY, NEW_YEAR_AT_S + (n + 1) * 30LL * S_PER_DAY),
            1 + 0.05 * (n + 0.5), 1e-12);
    plan_free(plan);
    free(s);
}

/* A quarter of 3 x 730 h: hour 2190 k is where (1 + g)^k begins. */
static void a_quarter_of_730_hours_a_month(void)
{
    struct scenario *s = year_of(0.08, -3, GROWTH_EXPONENTIAL);
    s->time.month = MONTH_730H;
    struct plan *plan = make_plan(s);
    for (int k = 0; k < 4; k++)
        check_rel(factor_between(plan, 2, NEW_YEAR_AT_S + k * 2190LL * S_PER_HOUR,
                                 NEW_YEAR_AT_S + (k + 1) * 2190LL * S_PER_HOUR),
                  pow(1.08, k) * 0.08 / log(1.08), 1e-11);
    plan_free(plan);
    free(s);
}

/* 1 - 0.3 n is 0 after 3 1/3 months of 720 h = 100 days: in the hour from 99 d 23.5 h to 100 d 0.5 h a quarter of the
 * slope is left. */
static void a_rate_that_shrinks_stops_at_zero(void)
{
    struct scenario *s = year_of(-0.3, -1, GROWTH_LINEAR);
    s->time.month = MONTH_720H;
    s->workloads[0].demand.growth.from_at_s = NEW_YEAR_AT_S - S_PER_HOUR / 2;
    struct plan *plan = make_plan(s);
    const int64_t hour_s = NEW_YEAR_AT_S + 100LL * S_PER_DAY - S_PER_HOUR;
    check_rel(factor_between(plan, 2, hour_s, hour_s + S_PER_HOUR), 0.3 / 720 * 0.5 * 0.5 / 2, 1e-9);
    check_rel(factor_between(plan, 2, NEW_YEAR_AT_S, hour_s), (1 - 0.3 * 0.5 / 720 + 0.3 * 0.5 / 720) / 2, 1e-9);
    check(factor_between(plan, 2, hour_s + S_PER_HOUR, hour_s + S_PER_DAY) == 0);
    plan_free(plan);
    free(s);
}

/* Inside a bin a step counts for what is left of it; two steps multiply, one before the start holds from the start. */
static void steps_count_from_their_instant_on(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *t = &s->workloads[0].demand;
    t->n_steps = 3;
    t->steps[0] = (struct growth_step){MONDAY_AT_S + 10 * S_PER_HOUR + 900, 1.5};
    t->steps[1] = (struct growth_step){MONDAY_AT_S + 10 * S_PER_HOUR + 2700, 0.4};
    t->steps[2] = (struct growth_step){MONDAY_AT_S - 86400, 3};
    struct plan *plan = make_plan(s);
    check_rel(factor_between(plan, 2, MONDAY_AT_S, MONDAY_AT_S + 10 * S_PER_HOUR), 3, 1e-14);
    check_rel(factor_between(plan, 2, MONDAY_AT_S + 10 * S_PER_HOUR, MONDAY_AT_S + 11 * S_PER_HOUR),
              3 * (0.25 + 0.5 * 1.5 + 0.25 * 0.6), 1e-12);
    check_rel(factor_between(plan, 2, MONDAY_AT_S + 11 * S_PER_HOUR, MONDAY_AT_S + 24 * S_PER_HOUR), 3 * 0.6, 1e-12);
    plan_free(plan);
    free(s);
}

/* The mean of 1 + A cos over an hour from its own integral; the mean of a week stays. */
static void a_wave_is_a_weight_and_keeps_the_mean(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *t = &s->workloads[0].demand;
    s->time.horizon_s = S_PER_WEEK;
    s->time.step_s = 5 * S_PER_MIN;
    t->n_waves = 1;
    t->waves[0] = (struct wave){0.4, "15:20"};
    struct plan *plan = make_plan(s);
    check_rel(factor_between(plan, 2, MONDAY_AT_S, MONDAY_AT_S + S_PER_WEEK), 1, 1e-12);
    const double a = 2 * PI * (14 - (15 + 1 / 3.0)) / 24, b = 2 * PI * (14 + 1 / 12.0 - (15 + 1 / 3.0)) / 24;
    check_rel(factor_between(plan, 2, MONDAY_AT_S + 62 * S_PER_HOUR, MONDAY_AT_S + 62 * S_PER_HOUR + 300),
              1 + 0.4 * (sin(b) - sin(a)) / (b - a), 1e-12);
    plan_free(plan);
    t->n_waves = 2;
    t->waves[1] = (struct wave){0.6, "wed 12:00"};
    t->weekday[6] = 0;
    plan = make_plan(s);
    check_rel(factor_between(plan, 2, MONDAY_AT_S, MONDAY_AT_S + S_PER_WEEK), 1, 1e-12);
    check(factor_between(plan, 2, MONDAY_AT_S + 60 * S_PER_HOUR, MONDAY_AT_S + 61 * S_PER_HOUR) >
          1.5 * factor_between(plan, 2, MONDAY_AT_S + 12 * S_PER_HOUR, MONDAY_AT_S + 13 * S_PER_HOUR));
    plan_free(plan);
    free(s);
}

/* The rate as a function of time, not scaled: growth from the 11th, a step, two waves, weights. */
static double rate_at(double since_start_s)
{
    const double hour = since_start_s / 3600;
    const double day = floor(hour / 24), of_day = hour - 24 * day, months = (15 + day + of_day / 24) / 31 - 10 / 31.0;
    const double weight = (fmod(floor(of_day), 3) + 1) * (fmod(day, 7) == 5 ? 0.25 : 1);
    const double waves = 1 + 0.4 * cos(2 * PI * (hour - 15.5) / 24) + 0.5 * cos(2 * PI * (hour - 60) / 168);
    return weight * waves * pow(1.3, months) * (since_start_s >= 200000.0 ? 1.7 : 1);
}

/* Simpson over pieces of 60 s, none of which holds a jump but the one of the step. */
static double integral_of_rate(double from_s, double to_s)
{
    const int n = 20;
    const double h = (to_s - from_s) / n;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double low = from_s + i * h, in = 1e-7; /* the right-hand limit at jumps */
        sum += h / 6 * (rate_at(low + in) + 4 * rate_at(low + h / 2) + rate_at(low + h - in));
    }
    return sum;
}

static void all_of_it_at_once_is_the_integral_of_the_rate(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *t = &s->workloads[0].demand;
    s->time.horizon_s = 10 * S_PER_DAY;
    s->time.step_s = 20 * S_PER_MIN;
    t->growth = (struct growth){0.3, -1, GROWTH_EXPONENTIAL, MONDAY_AT_S - 5 * S_PER_DAY};
    t->n_steps = 1, t->steps[0] = (struct growth_step){MONDAY_AT_S + 200000, 1.7};
    t->n_waves = 2, t->waves[0] = (struct wave){0.4, "15:30"}, t->waves[1] = (struct wave){0.5, "wed 12:00"};
    for (int h = 0; h < HOURS_PER_DAY; h++)
        t->hour_of_day[h] = h % 3 + 1;
    t->weekday[5] = 0.25;
    struct plan *plan = make_plan(s);
    const struct traffic_rates rates = plan_rates(plan, 0);
    double scale = 0, worst = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) /* waves and weights of a week without growth */
        scale += traffic_weight(t, h) / HOURS_PER_WEEK;
    for (int32_t b = 0; b < rates.n_bins; b++) {
        const double want = 2 / scale *
                            integral_of_rate((double)rates.edge_ns[b] / 1e9, (double)rates.edge_ns[b + 1] / 1e9);
        const double got = traffic_expected(rates, b, INT64_MAX), off = fabs(got / want - 1);
        const int has_step = rates.edge_ns[b] < 200000 * NS_PER_S && rates.edge_ns[b + 1] > 200000 * NS_PER_S;
        if (!has_step && off > worst) worst = off;
        if (has_step) check_rel(got, want, 0.02); /* the sum above does not see where in its piece the step lies */
    }
    check_at(worst < 1e-5, __FILE__, __LINE__, "a bin is off by %.3g", worst);
    plan_free(plan);
    free(s);
}

static void absurd_growth_is_refused_by_the_plan(void)
{
    struct scenario *s = year_of(0.05, S_PER_DAY, GROWTH_EXPONENTIAL);
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    check(plan_make_one(s, NULL, &plan, &fault) == FLOE_BAD_INPUT && plan == NULL);
    check_contains(fault.what, "by the end of the horizon the rate of 'chat' is 5.");
    check_text(fault.key, "workloads.chat.demand.growth");
    free(s);
}

#define DEMAND(D)                                                                                                      \
    SOUND_HEAD "workloads: {chat: {tokens: {input: 1, output: 1}, demand:\n {tasks: 1/s, " D "}}}\n" SOUND_ROUTES

static void growth_is_read_with_its_period(void)
{
    static const struct {
        const char *text;
        double rate;
        int32_t period, law;
    } cases[] = {{"growth: 5%/month", 0.05, -1, GROWTH_EXPONENTIAL},
                 {"growth: 5 % per month", 0.05, -1, GROWTH_EXPONENTIAL},
                 {"growth: {rate: 40%/year, law: linear}", 0.4, -12, GROWTH_LINEAR},
                 {"growth: 2.5%/quarter", 0.025, -3, GROWTH_EXPONENTIAL},
                 {"growth: -1%/week", -0.01, 604800, GROWTH_EXPONENTIAL},
                 {"growth: 1%/30d", 0.01, 2592000, GROWTH_EXPONENTIAL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1000];
        struct floe_document *d;
        snprintf(text, sizeof text, DEMAND("%s"), cases[i].text);
        check_i64(read_text_of(text, &d), FLOE_OK);
        const struct growth *growth = &d->scenario.workloads[0].demand.growth;
        check(growth->rate_share == cases[i].rate && growth->from_at_s == INSTANT_ABSENT);
        check_i64(growth->period, cases[i].period), check_i64(growth->law, cases[i].law);
        floe_document_free(d);
    }
}

static void bad_growth_steps_and_waves_are_refused(void)
{
    refused(DEMAND("growth: 5%"), 5, 23, "'5%' is a share; this wants a growth rate such as '5%/month' or '40%/year'",
            "");
    refused(DEMAND("growth: 5"), 5, 23, "has no unit; this wants a growth rate", "");
    refused(DEMAND("growth: 5/month"), 5, 23, "is a rate; this wants a growth rate", "");
    refused(DEMAND("growth: 5%/decade"), 5, 23, "'%/decade' is not a known unit", "");
    refused(DEMAND("growth: -95%/month"), 5, 23, "out of range; allowed: -90% to 1000%", "");
    refused(DEMAND("growth: 2%/week to 6%/month"), 5, 23, "the two ends have different periods", "");
    refused(DEMAND("growth: {rate: 5%/month, law: cubic}"), 5, 45, "'cubic' is not one of: exponential, linear", "");
    refused(DEMAND("growth: {law: linear}"), 5, 15, "`rate`", "");
    refused(DEMAND("steps: [{at: 2026-04-01}]"), 5, 23, "`factor`", "");
    refused(DEMAND("steps: [{at: 2026-04-01, factor: -1}]"), 5, 48, "out of range; allowed: 0 to", "");
    refused(DEMAND("sinusoid: {amplitude: 140%, peak: '15:00'}"), 5, 37, "out of range; allowed: 0% to 100%", "");
    refused(DEMAND("sinusoid: {amplitude: 40%, peak: noon}"), 5, 48, "a peak is 'HH:MM' (every day)", "peak: '15:00'");
    refused(DEMAND("sinusoid: [{amplitude: 70%, peak: '15:00'}, {amplitude: 40%, peak: 'mon 9:00'}]"), 5, 82,
            "a peak is 'HH:MM'", "");
    refused(DEMAND("sinusoid: [{amplitude: 70%, peak: '15:00'}, {amplitude: 40%, peak: 'mon 09:00'}]"), 5, 25,
            "two waves add up", "at most 100% together");
    refused(DEMAND("at: '03:58', growth: 1%/month"), 5, 36, "a job has its own clock", "leave it out");
}

static const struct test tests[] = {
    {"growth per month is exact in every calendar month", growth_per_month_is_exact_in_every_calendar_month, FAST},
    {"growth per year, per quarter and per week", growth_per_year_per_quarter_and_per_week, FAST},
    {"linear growth by months of 720 hours", linear_growth_by_months_of_720_hours, FAST},
    {"a quarter is three months of 730 hours", a_quarter_of_730_hours_a_month, FAST},
    {"a rate that shrinks stops at zero", a_rate_that_shrinks_stops_at_zero, FAST},
    {"steps count from their instant on and multiply", steps_count_from_their_instant_on, FAST},
    {"a wave is a weight and keeps the week's mean", a_wave_is_a_weight_and_keeps_the_mean, FAST},
    {"weights, waves, growth and a step at once are the integral of the rate",
     all_of_it_at_once_is_the_integral_of_the_rate, FAST},
    {"absurd growth is refused by the plan", absurd_growth_is_refused_by_the_plan, FAST},
    {"growth is read with its period", growth_is_read_with_its_period, FAST},
    {"bad growth, steps and waves are refused", bad_growth_steps_and_waves_are_refused, FAST},
};

TEST_MAIN("traffic_trend", tests)

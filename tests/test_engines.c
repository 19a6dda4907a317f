/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every mechanism is stated twice; these tests hold the two forms together: the events engine over 64 replications
 * against the hourly engine's expectation. |z| <= 3 for each of k compared means; a false alarm has a chance of 0.0027
 * k for an arbitrary seed; the seed is fixed, so a failure means that something changed. The standard error is asserted
 * to be under 0.5 %, because a large error would pass any z test. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"

static void free_all(struct scenario *s, struct result *a, struct result *b)
{
    result_free(a);
    if (b != NULL) result_free(b);
    free(s);
}

static void compare(const struct outcome *events, const struct outcome *hourly, const char *name)
{
    if (hourly->mean == 0 && events->mean == 0) return;
    if (events->mcse == 0) {
        check_at(fabs(events->mean - hourly->mean) <= 1e-9 * hourly->mean, __FILE__, __LINE__, "%s: %.17g vs %.17g",
                 name, events->mean, hourly->mean);
        return;
    }
    const double z = (events->mean - hourly->mean) / events->mcse;
    check_at(fabs(z) <= 3, __FILE__, __LINE__, "%s: events %.10g, hourly %.10g, z = %.2f", name, events->mean,
             hourly->mean, z);
    check_at(events->mcse <= 0.005 * hourly->mean, __FILE__, __LINE__, "%s: standard error %.3g %%", name,
             100 * events->mcse / hourly->mean);
}

static const enum metric compared[] = {METRIC_TASKS,
                                       METRIC_CALLS,
                                       METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED,
                                       METRIC_TOK_FIRST + TOKEN_CACHE_READ,
                                       METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_5M,
                                       METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_1H,
                                       METRIC_TOK_FIRST + TOKEN_OUTPUT,
                                       METRIC_COST_TOTAL,
                                       METRIC_LCPR};

static void compare_engines(const struct scenario *s, const struct traces *traces, struct result *events,
                            struct result *hourly)
{
    maker_run(s, traces, maker_options(ENGINE_EVENTS, 64), events);
    maker_run(s, traces, maker_options(ENGINE_HOURLY, 1), hourly);
    for (int64_t cell = 0; cell < events->n_cells; cell++)
        for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++)
            compare(maker_outcome(events, cell, compared[i]), maker_outcome(hourly, cell, compared[i]),
                    metric_rows[compared[i]].name);
}

/* A week whose shape is that of an office: nights at a tenth, a weekend at a third. */
static void make_diurnal(struct scenario *s)
{
    struct traffic *demand = &s->workloads[0].demand;
    s->time.horizon_s = S_PER_WEEK;
    demand->tasks_per_s = 0.25;
    for (int h = 0; h < HOURS_PER_DAY; h++)
        demand->hour_of_day[h] = h < 7 || h > 20 ? 0.1 : 1.0 + 0.05 * h;
    demand->weekday[5] = demand->weekday[6] = 0.33;
}

static void a_diurnal_week_agrees(void)
{
    struct scenario *s = maker_scenario();
    struct result events, hourly;
    make_diurnal(s);
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->workloads[0].tokens.output = maker_lognormal(129, 451);
    s->workloads[0].tokens.cache_read_share = 0.37;
    s->workloads[0].tokens.cache_write_5m_share = 0.05;
    s->workloads[0].tokens.cache_write_1h_share = 0.01;
    compare_engines(s, NULL, &events, &hourly);
    check_rel(maker_outcome(&hourly, 0, METRIC_TASKS)->mean, 0.25 * S_PER_WEEK, 1e-12);
    free_all(s, &events, &hourly);
}

static void several_calls_windows_and_a_warm_up_agree(void)
{
    struct scenario *s = maker_scenario();
    struct result events, hourly;
    make_diurnal(s);
    s->workloads[0].demand.tasks_per_s = 0.2;
    s->workloads[0].demand.calls_per_task = 3;
    s->time.warmup_s = 36 * S_PER_HOUR + 17 * S_PER_MIN;
    s->routes[0].call_s = 47 * S_PER_MIN;
    s->n_windows = 2;
    s->windows[0] = (struct window){"thursday", MONDAY_AT_S + 3 * S_PER_DAY, INSTANT_ABSENT, INSTANT_ABSENT};
    s->windows[1] = (struct window){"odd", INSTANT_ABSENT, MONDAY_AT_S + 5 * S_PER_DAY + 7777,
                                    MONDAY_AT_S + 7 * S_PER_DAY - 3};
    compare_engines(s, NULL, &events, &hourly);
    compare(maker_outcome(&events, 0, METRIC_ACCEPTED), maker_outcome(&hourly, 0, METRIC_ACCEPTED), "accepted");
    check(maker_outcome(&events, 0, METRIC_IN_FLIGHT)->mean > 0);
    check_rel(maker_outcome(&events, 0, METRIC_IN_FLIGHT)->mean, maker_outcome(&hourly, 0, METRIC_IN_FLIGHT)->mean,
              0.2); /* some 50 attempts: a coarse check, the fine one is conservation */
    free_all(s, &events, &hourly);
}

/* Ciw's piecewise rates 5, 1.5, 3 need cuts at 3.2, 7.9, 10; here the same idea on whole hours: row A16's closed form
 * is the integral of the rate, count by count, and a Poisson count has variance equal to its mean. */
static void nhpp_counts_have_the_closed_form_mean_and_variance(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *demand = &s->workloads[0].demand;
    struct result events;
    const int replications = 512;
    demand->tasks_per_s = 0.01;
    for (int h = 0; h < HOURS_PER_DAY; h++)
        demand->hour_of_day[h] = h < 8 ? 5 : h < 19 ? 1.5 : 3;
    const double mean_weight = (8 * 5 + 11 * 1.5 + 5 * 3) / 24;
    const double want[] = {5, 1.5, 3}, hours[] = {8, 11, 5};
    const int from[] = {0, 8, 19};
    s->n_windows = 3;
    for (int i = 0; i < 3; i++) {
        s->windows[i] = (struct window){"", INSTANT_ABSENT, MONDAY_AT_S + from[i] * S_PER_HOUR,
                                        MONDAY_AT_S + (int64_t)(from[i] + hours[i]) * S_PER_HOUR};
        snprintf(s->windows[i].name, NAME_BYTES, "part%d", i);
    }
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, (uint32_t)replications), &events);
    for (int i = 0; i < 3; i++) {
        const struct outcome *o = maker_outcome(&events, 1 + i, METRIC_TASKS);
        const double mean = 0.01 * S_PER_HOUR * hours[i] * want[i] / mean_weight;
        const double z = (o->mean - mean) / sqrt(mean / replications);
        check_at(fabs(z) <= 4, __FILE__, __LINE__, "part %d: mean %g, want %g, z %.2f", i, o->mean, mean, z);
        /* (n - 1) s^2 / mean is chi-square with n - 1 degrees: within 4.4 standard deviations of it */
        check_rel(o->sd * o->sd, mean, 4.4 * sqrt(2.0 / (replications - 1)));
    }
    free_all(s, &events, NULL);
}

struct band_case {
    double mu, sigma, above, below;
};

/* Over z, x = exp(mu + sigma z): smooth, and beyond |z| = 14 there is nothing. */
static double band_input(double z, void *context)
{
    const struct band_case *c = context;
    return exp(c->mu + c->sigma * z) * gsl_ran_ugaussian_pdf(z);
}

static double integrate(double (*f)(double, void *), struct band_case *c)
{
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(2000);
    gsl_function function = {f, c};
    const double from = c->above > 0 ? (log(c->above) - c->mu) / c->sigma : -14;
    const double to = c->below > 0 ? (log(c->below) - c->mu) / c->sigma : 14;
    double value, error;
    gsl_integration_qag(&function, from, to, 0, 1e-11, 2000, GSL_INTEG_GAUSS61, space, &value, &error);
    gsl_integration_workspace_free(space);
    return value;
}

/* Dollars per call by numerical integration of price x tokens over each band. The bands' edges are at threshold + 1/2,
 * since tokens are whole; what rounding to whole tokens moves inside a band is below 1e-7 here. */
static double cost_by_quadrature(const struct scenario *s, double mu, double sigma, double output_mean)
{
    const struct price_row *row = &s->prices.models[0].rows[0];
    double cost = 0;
    for (int b = 0; b <= row->n_bands; b++) {
        struct band_case c = {mu, sigma, b == 0 ? 0 : row->bands[b - 1].above_tok + 0.5,
                              b < row->n_bands ? row->bands[b].above_tok + 0.5 : 0};
        double share = gsl_cdf_lognormal_Q(c.above, mu, sigma);
        if (c.below > 0) share -= gsl_cdf_lognormal_Q(c.below, mu, sigma);
        cost += integrate(band_input, &c) * price_get(row, b, TOKEN_INPUT_UNCACHED);
        cost += share * output_mean * price_get(row, b, TOKEN_OUTPUT);
    }
    return cost;
}

static void price_bands_agree_with_numerical_integration(void)
{
    struct scenario *s = maker_scenario();
    struct result events, hourly;
    maker_add_band(&s->prices.models[0].rows[0], 200000, 6e-6, 22.5e-6);
    maker_add_band(&s->prices.models[0].rows[0], 500000, 9e-6, 40e-6);
    s->workloads[0].tokens.input = maker_lognormal(150000, 410000);
    s->workloads[0].tokens.output = maker_lognormal(800, 2900);
    compare_engines(s, NULL, &events, &hourly);
    const double sigma = log(410000.0 / 150000) / gsl_cdf_ugaussian_Pinv(0.95);
    const double output_sigma = log(2900.0 / 800) / gsl_cdf_ugaussian_Pinv(0.95);
    const double want = cost_by_quadrature(s, log(150000.0), sigma, 800 * exp(output_sigma * output_sigma / 2));
    check_rel(maker_outcome(&hourly, 0, METRIC_COST_TOTAL)->mean / (2.0 * S_PER_DAY), want, 1e-6);
    free_all(s, &events, &hourly);
}

/* Gamma input over price bands and a mixture cut at max_output: shares and means above a threshold, on both sides. */
static void gamma_and_mixed_tokens_agree(void)
{
    struct scenario *s = maker_scenario();
    struct result events, hourly;
    struct workload *chat = &s->workloads[0];
    make_diurnal(s);
    chat->tokens.input = maker_fixed(2931);
    chat->tokens.input.law = TOKENS_GAMMA;
    chat->tokens.input.cv = 1.2;
    chat->tokens.output = maker_fixed(PARAM_ABSENT);
    chat->tokens.output.law = TOKENS_MIXTURE;
    chat->tokens.output.n_mix = 2;
    chat->tokens.output.mix[0] = (struct mixture_part){85, {-1, 120, 300, -1}};
    chat->tokens.output.mix[1] = (struct mixture_part){15, {1900, -1, -1, 0.4}};
    chat->tokens.max_output_tok = 2048;
    maker_add_band(&s->prices.models[0].rows[0], 4000, 6e-6, 30e-6);
    maker_add_band(&s->prices.models[0].rows[0], 9000, 12e-6, 60e-6);
    compare_engines(s, NULL, &events, &hourly);
    free_all(s, &events, &hourly);
}

static void a_request_above_a_threshold_is_repriced_whole(void)
{
    struct scenario *s = maker_scenario();
    struct result at, above;
    maker_add_band(&s->prices.models[0].rows[0], 200000, 6e-6, 22.5e-6);
    s->workloads[0].tokens.input = maker_fixed(200000);
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &at);
    s->workloads[0].tokens.input = maker_fixed(200001);
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &above);
    const double n = maker_outcome(&at, 0, METRIC_CALLS)->mean;
    check_rel(maker_outcome(&at, 0, METRIC_COST_TOTAL)->mean, n * (200000 * 3e-6 + 200 * 15e-6), 1e-12);
    check_rel(maker_outcome(&above, 0, METRIC_COST_TOTAL)->mean, n * (200001 * 6e-6 + 200 * 22.5e-6), 1e-12);
    result_free(&at);
    free_all(s, &above, NULL);
}

static void dated_prices_change_at_their_instant(void)
{
    struct scenario *s = maker_scenario();
    struct result events, hourly;
    struct model_prices *model = &s->prices.models[0];
    model->n_rows = 2;
    model->rows[1] = model->rows[0];
    model->rows[1].from_at_s = MONDAY_AT_S + 37000; /* 10:16:40, inside a clock hour */
    model->rows[1].usd_per_tok.input = 30e-6;
    s->workloads[0].demand.tasks_per_s = 5;
    compare_engines(s, NULL, &events, &hourly);
    const double want = 5 * (S_PER_DAY * 200 * 15e-6 + 37000 * 1000.5 * 3e-6 + (S_PER_DAY - 37000) * 1000.5 * 30e-6);
    check_rel(maker_outcome(&hourly, 0, METRIC_COST_TOTAL)->mean, want, 1e-12);
    free_all(s, &events, &hourly);
}

/* March has 744 hours: 500,000 a month is 500,000 x 24 / 744 on a day of March; 720h and 730h do not depend on it. */
static void a_rate_per_month_follows_the_month(void)
{
    const int64_t february_at_s = MONDAY_AT_S - (15 + 14) * S_PER_DAY; /* 2026-02-15 */
    const double want[][2] = {{500000.0 * 24 / 744, 500000.0 * 24 / 672},
                              {500000.0 * 24 / 720, 500000.0 * 24 / 720},
                              {500000.0 * 24 / 730, 500000.0 * 24 / 730}};
    for (int32_t month = 0; month < 3; month++)
        for (int i = 0; i < 2; i++) {
            struct scenario *s = maker_scenario();
            struct result hourly;
            s->time.month = month;
            s->time.start_at_s = i == 0 ? MONDAY_AT_S : february_at_s;
            s->workloads[0].demand.is_per_month = 1;
            s->workloads[0].demand.tasks_per_s = 500000.0 / (HOURS_PER_REFERENCE_MONTH * S_PER_HOUR);
            maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
            check_rel(maker_outcome(&hourly, 0, METRIC_TASKS)->mean, want[month][i], 1e-12);
            free_all(s, &hourly, NULL);
        }
}

static void hours_outside_the_stated_ones_are_empty(void)
{
    struct scenario *s = maker_scenario();
    struct result events;
    snprintf(s->workloads[0].demand.hours, sizeof s->workloads[0].demand.hours, "22:00-03:00");
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &events);
    for (int h = 0; h < HOURS_PER_DAY; h++)
        check((events.hour_counts[h * HOUR_METRICS + HOUR_CALLS] > 0) == (h >= 22 || h < 3));
    const double z = (maker_outcome(&events, 0, METRIC_TASKS)->mean - 2.0 * S_PER_DAY) / sqrt(S_PER_DAY);
    check(fabs(z) <= 4);
    free_all(s, &events, NULL);
}

/* ---- a replayed trace ---- */

static struct traces small_trace(void)
{
    static int64_t at_ns[] = {
        -5, 0, 1500000000, 1500000000, 3600000000000, 86399000000000, 86399999999999, 86400000000000};
    static uint32_t input[] = {9, 11, 200000, 200001, 5, 13, 17, 19}, output[] = {1, 2, 3, 4, 50000, 6, 7, 8};
    struct traces traces = {.n = 1};
    traces.items[0] = (struct trace){8, at_ns, input, output, 1};
    return traces;
}

static void a_trace_is_replayed_row_by_row(void)
{
    struct scenario *s = maker_scenario();
    struct traces traces = small_trace();
    struct result events, hourly;
    snprintf(s->workloads[0].demand.trace.file, PATH_BYTES, "small.csv");
    s->workloads[0].demand.trace.index = 0;
    s->workloads[0].demand.tasks_per_s = PARAM_ABSENT;
    s->workloads[0].tokens.input = s->workloads[0].tokens.output = maker_fixed(PARAM_ABSENT);
    maker_add_band(&s->prices.models[0].rows[0], 200000, 6e-6, 22.5e-6);
    compare_engines(s, &traces, &events, &hourly);
    check_rel(maker_outcome(&events, 0, METRIC_TASKS)->mean, 6, 0);
    /* a call takes 1 s: those at 86,399 s and later are still in flight at the horizon */
    check_rel(maker_outcome(&events, 0, METRIC_ACCEPTED)->mean, 4, 0);
    check_rel(maker_outcome(&hourly, 0, METRIC_IN_FLIGHT)->mean, 2, 0);
    const double want = (11 + 200000 + 5 + 13 + 17) * 3e-6 + (2 + 3 + 50000 + 6 + 7) * 15e-6 + 200001 * 6e-6 +
                        4 * 22.5e-6;
    check_rel(maker_outcome(&events, 0, METRIC_COST_TOTAL)->mean, want, 1e-13);
    check_rel(maker_outcome(&events, 0, METRIC_COST_TOTAL)->sd, 0, 0);
    check_i64(events.n_warnings, 1);
    check_contains(events.warnings[0].text, "2 of the trace's 8 rows");
    free_all(s, &events, &hourly);
}

static void tokens_drawn_from_a_trace_agree(void)
{
    struct scenario *s = maker_scenario();
    struct traces traces = small_trace();
    struct result events, hourly;
    traces.items[0].n = 7;
    snprintf(s->workloads[0].tokens.trace.file, PATH_BYTES, "small.csv");
    s->workloads[0].tokens.trace.index = 0;
    s->workloads[0].tokens.input = s->workloads[0].tokens.output = maker_fixed(PARAM_ABSENT);
    s->workloads[0].demand.tasks_per_s = 4;
    maker_add_band(&s->prices.models[0].rows[0], 200000, 6e-6, 22.5e-6);
    compare_engines(s, &traces, &events, &hourly);
    check_rel(maker_outcome(&hourly, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT)->mean,
              4.0 * S_PER_DAY * (1 + 2 + 3 + 4 + 50000 + 6 + 7) / 7, 1e-12);
    free_all(s, &events, &hourly);
}

/* ---- conservation and usage ---- */

static void usage_rows_sum_to_the_ledger_in_every_window(void)
{
    struct scenario *s = maker_scenario();
    struct result events;
    make_diurnal(s);
    maker_add_band(&s->prices.models[0].rows[0], 2000, 6e-6, 22.5e-6);
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->workloads[0].tokens.cache_read_share = 0.6;
    s->n_windows = 1;
    s->windows[0] = (struct window){"tuesday", MONDAY_AT_S + S_PER_DAY, INSTANT_ABSENT, INSTANT_ABSENT};
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 5), &events);
    double by_window[2] = {0, 0}, by_hour = 0;
    for (int64_t i = 0; i < events.by_window.n; i++)
        by_window[events.by_window.rows[i].span] += events.by_window.rows[i].cost_usd.mean;
    for (int64_t i = 0; i < events.by_hour.n; i++)
        by_hour += events.by_hour.rows[i].cost_usd.mean;
    check_rel(by_window[0], maker_outcome(&events, 0, METRIC_COST_TOTAL)->mean, 1e-10);
    check_rel(by_window[1], maker_outcome(&events, 1, METRIC_COST_TOTAL)->mean, 1e-10);
    check_rel(by_hour, by_window[0], 1e-10);
    check(by_window[1] > 0 && by_window[1] < by_window[0]);
    free_all(s, &events, NULL);
}

static void cached_shares_are_met_to_the_token(void)
{
    struct scenario *s = maker_scenario();
    struct result events;
    s->workloads[0].tokens.input = maker_fixed(7);
    s->workloads[0].tokens.cache_read_share = 0.5;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &events);
    const double n = maker_outcome(&events, 0, METRIC_CALLS)->mean;
    check_abs(maker_outcome(&events, 0, METRIC_TOK_FIRST + TOKEN_CACHE_READ)->mean, 3.5 * n, 1);
    check_rel(maker_outcome(&events, 0, METRIC_TOK_FIRST + TOKEN_CACHE_READ)->mean +
                  maker_outcome(&events, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED)->mean,
              7 * n, 0);
    free_all(s, &events, NULL);
}

/* ---- the same bits ---- */

static void the_digest_depends_on_neither_threads_nor_instruction_set(void)
{
    struct scenario *s = maker_scenario();
    uint64_t digests[8];
    int n = 0, n_paths;
    const struct engine_path *paths = engine_paths(&n_paths);
    s->time.horizon_s = 2 * S_PER_HOUR;
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->routes[1] = s->routes[0];
    snprintf(s->routes[1].name, NAME_BYTES, "other");
    s->n_routes = 2;
    for (int p = 0; p < n_paths; p++) {
        if (!engine_path_is_available(&paths[p])) continue;
        const unsigned threads[] = {1, 2, 8};
        for (size_t t = 0; t < 3; t++) {
            struct run_options options = maker_options(ENGINE_EVENTS, 200);
            struct plan_fault fault;
            struct floe_pool pool;
            struct result result;
            options.path = paths[p].name;
            check(floe_pool_threads_init(&pool, threads[t]) == FLOE_OK);
            check(floe_run_one(s, NULL, &options, &pool, &result, &fault) == FLOE_OK);
            digests[n++] = result.digest;
            result_free(&result);
        }
    }
    for (int i = 1; i < n; i++)
        check_u64(digests[i], digests[0]);
    free(s);
}

static void the_digest_changes_with_seed_engine_and_any_price(void)
{
    struct scenario *s = maker_scenario();
    struct result a, b;
    struct run_options options = maker_options(ENGINE_EVENTS, 1);
    s->time.horizon_s = S_PER_HOUR;
    maker_run(s, NULL, options, &a);
    options.seed++;
    maker_run(s, NULL, options, &b);
    check(a.digest != b.digest);
    result_free(&b);
    options.seed--;
    s->prices.models[0].rows[0].usd_per_tok.output *= 1 + 1e-9;
    maker_run(s, NULL, options, &b);
    check(a.digest != b.digest);
    free_all(s, &a, &b);
}

/* A planted fault: were a call of every hundredth task forgotten, the books would not balance. */
static void the_books_notice_a_lost_call(void)
{
    double n[COUNT_COLUMNS] = {0};
    n[METRIC_TASKS] = n[METRIC_ACCEPTED] = 100;
    n[METRIC_CALLS] = n[METRIC_UPSTREAM] = n[METRIC_ATTEMPTS] = n[METRIC_INVOCATIONS] = 300;
    check(counts_are_conserved(n));
    n[METRIC_INVOCATIONS] -= 1;
    check(!counts_are_conserved(n));
    n[METRIC_IN_FLIGHT] += 1;
    check(counts_are_conserved(n));
    n[METRIC_CALLS] -= 1;
    check(!counts_are_conserved(n));
    n[METRIC_CALLS] += 1, n[METRIC_FAILED] += 1;
    check(!counts_are_conserved(n));
}

/* ---- refusals ---- */

static void a_run_too_large_for_the_queue_is_refused_with_the_number(void)
{
    struct scenario *s = maker_scenario();
    struct plan *plan;
    struct plan_fault fault;
    const struct timeline timeline = timeline_of(s, "");
    s->workloads[0].demand.tasks_per_s = 1e6;
    s->routes[0].call_s = S_PER_HOUR;
    check(plan_make_one(s, NULL, &plan, &fault) == FLOE_OK);
    check(plan_check_capacity(plan, &timeline, &fault) == FLOE_FULL);
    check_contains(fault.what, "in flight");
    check_text(fault.key, "routes.api.call_duration");
    plan_free(plan);
    s->workloads[0].demand.tasks_per_s = 1e5;
    s->routes[0].call_s = 1;
    s->time.horizon_s = 60 * S_PER_DAY;
    check(plan_make_one(s, NULL, &plan, &fault) == FLOE_OK);
    check(plan_check_capacity(plan, &timeline, &fault) == FLOE_FULL);
    check_contains(fault.what, "events");
    check_text(fault.key, "time.horizon");
    plan_free(plan);
    struct result hourly; /* which queues nothing */
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_rel(maker_outcome(&hourly, 0, METRIC_TASKS)->mean, 1e5 * 60 * S_PER_DAY, 1e-9);
    result_free(&hourly);
    free(s);
}

/* 32 workloads of a consumer each, behind one cache: 32 x 1 x 32 parts are followed, with a second model they are not. */
static void a_cache_of_too_many_parts_is_refused_in_the_hourly_engine(void)
{
    struct scenario *s = maker_scenario();
    struct run_options options = maker_options(ENGINE_HOURLY, 1);
    struct floe_pool pool;
    struct result r;
    struct plan_fault fault;
    floe_pool_serial_init(&pool);
    for (int i = 1; i < 32; i++) {
        s->workloads[i] = s->workloads[0];
        snprintf(s->workloads[i].name, NAME_BYTES, "chat%d", i);
    }
    s->n_workloads = 32;
    s->time.horizon_s = S_PER_HOUR;
    s->gateway.response_cache = (struct response_cache){.ttl_s = S_PER_HOUR,
                                                        .scope = CACHE_SCOPE_CONSUMER,
                                                        .capacity = (int64_t)PARAM_ABSENT,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .grace = {0, 0, "unlimited"}};
    for (int i = 0; i < 32; i++)
        s->workloads[i].prompts = (struct prompts){
            .distinct = 10, .set = (int64_t)PARAM_ABSENT, .popularity = "uniform", .renewed_every_s = PARAM_ABSENT};
    s->prices.models[s->prices.n_models] = s->prices.models[0];
    snprintf(s->prices.models[s->prices.n_models++].name, NAME_BYTES, "k");
    const struct timeline timeline = timeline_of(s, "");
    check(floe_run(&timeline, 1, NULL, &options, &pool, &r, &fault) == FLOE_OK);
    check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean, 2 * S_PER_HOUR, 1e-9);
    result_free(&r);
    snprintf(s->workloads[31].model, NAME_BYTES, "k");
    check(floe_run(&timeline, 1, NULL, &options, &pool, &r, &fault) == FLOE_FULL);
    check_contains(fault.what, "at most 1024 parts");
    check_contains(fault.what, "'api' it has 2048: 32 workloads x 2 keys x 32 scopes");
    check_contains(fault.what, "--engine events");
    check_text(fault.key, "gateway.response_cache.scope");
    result_free(&r);
    options.engine = ENGINE_EVENTS;
    check(floe_run(&timeline, 1, NULL, &options, &pool, &r, &fault) == FLOE_OK);
    result_free(&r);
    free(s);
}

static void an_unknown_route_is_refused(void)
{
    struct scenario *s = maker_scenario();
    struct run_options options = maker_options(ENGINE_EVENTS, 1);
    struct plan_fault fault;
    struct floe_pool pool;
    struct result result;
    floe_pool_serial_init(&pool);
    options.route = "bedrok";
    check(floe_run_one(s, NULL, &options, &pool, &result, &fault) == FLOE_BAD_USAGE);
    check_contains(fault.what, "bedrok");
    free(s);
}

static int stop_after(void *context, uint64_t done, uint64_t total)
{
    int *left = context;
    (void)done, (void)total;
    return --*left > 0;
}

static void a_run_can_be_stopped(void)
{
    struct scenario *s = maker_scenario();
    struct run_options options = maker_options(ENGINE_EVENTS, 100);
    struct plan_fault fault;
    struct floe_pool pool;
    struct result result;
    int left = 3;
    s->time.horizon_s = S_PER_HOUR;
    floe_pool_serial_init(&pool);
    options.progress = stop_after, options.progress_context = &left;
    check(floe_run_one(s, NULL, &options, &pool, &result, &fault) == FLOE_CANCELLED);
    check_i64(left, 0);
    check(result.cells == NULL);
    free(s);
}

static const struct test tests[] = {
    {"events and hourly agree on a diurnal week", a_diurnal_week_agrees, FAST},
    {"they agree with several calls, odd windows and a warm-up", several_calls_windows_and_a_warm_up_agree, MANY},
    {"NHPP counts have the closed form's mean and variance", nhpp_counts_have_the_closed_form_mean_and_variance, FAST},
    {"price bands agree with numerical integration", price_bands_agree_with_numerical_integration, MANY},
    {"gamma and mixed tokens agree over bands and a cut", gamma_and_mixed_tokens_agree, MANY},
    {"a request above a threshold is repriced whole", a_request_above_a_threshold_is_repriced_whole, FAST},
    {"dated prices change at their instant", dated_prices_change_at_their_instant, MANY},
    {"a rate per month follows time.month", a_rate_per_month_follows_the_month, FAST},
    {"hours outside the stated ones are empty", hours_outside_the_stated_ones_are_empty, FAST},
    {"a trace is replayed row by row", a_trace_is_replayed_row_by_row, FAST},
    {"tokens drawn from a trace agree", tokens_drawn_from_a_trace_agree, MANY},
    {"usage rows sum to the ledger, by window and by hour", usage_rows_sum_to_the_ledger_in_every_window, FAST},
    {"cached shares are met to the token", cached_shares_are_met_to_the_token, FAST},
    {"the digest depends on neither threads nor instruction set",
     the_digest_depends_on_neither_threads_nor_instruction_set, FAST},
    {"the digest changes with seed and prices", the_digest_changes_with_seed_engine_and_any_price, FAST},
    {"the books notice a lost call", the_books_notice_a_lost_call, FAST},
    {"a run too large for the queue is refused with the number",
     a_run_too_large_for_the_queue_is_refused_with_the_number, FAST},
    {"a cache of too many parts is refused in the hourly engine",
     a_cache_of_too_many_parts_is_refused_in_the_hourly_engine, FAST},
    {"an unknown route is refused", an_unknown_route_is_refused, FAST},
    {"a run can be stopped", a_run_can_be_stopped, FAST},
};
TEST_MAIN("engines", tests)

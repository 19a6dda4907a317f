/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hedges in the engines: the closed forms of models/hedge.h on what the events engine measures, the books under `cancel`
 * and `bill`, and the hourly engine held to the events over a grid of errors, timeouts, retries, hanging outages, quotas
 * and lengths of the answer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/retry_maker.h"
#include "tests/scenario_maker.h"

static struct scenario *hedged(double after_s, double quantile, int32_t loser)
{
    struct scenario *s = maker_scenario();
    struct route *route = &s->routes[0];
    s->time.horizon_s = 2 * S_PER_HOUR;
    s->time.warmup_s = 30 * S_PER_MIN;
    s->time.step_s = 10 * S_PER_MIN;
    s->workloads[0].demand.tasks_per_s = 5;
    route->latency.part[LATENCY_NETWORK].mean_s = 0.04;
    route->latency.part[LATENCY_TTFT].mean_s = 1.2;
    route->latency.part[LATENCY_TTFT].p95_s = 3;
    route->latency.is_timeout_billed = 1;
    route->hedge.after_s = after_s;
    route->hedge.quantile_share = quantile;
    route->hedge.loser = loser;
    return s;
}

static double mean_of(const struct result *result, enum metric metric)
{
    return maker_outcome(result, 0, metric)->mean;
}

/* ---- closed forms ---- */

/* |z| <= 3.5 by chance once in 2,000, and the seed is fixed; the standard error is at most `se_share` of `want`. */
static void check_z(const struct outcome *got, double want, double se_share)
{
    check_at(fabs(got->mean - want) <= 3.5 * got->mcse && got->mcse <= se_share * want, __FILE__, __LINE__,
             "%.8g +- %.3g, wanted %.8g", got->mean, got->mcse, want);
}

/* The law of one attempt, as the plan has it. */
static void curve_of(const struct scenario *s, struct latency_curves *curves)
{
    struct latency_terms terms;
    const struct token_dist tokens = {.law = TOKENS_FIXED, .fixed = 200};
    const struct latency_output output = {&tokens, PARAM_ABSENT, NULL, 0};
    latency_derive(&s->routes[0].latency, NULL, 0, &terms);
    latency_curves_make(&terms, NULL, &output, curves);
}

/* P(T > t) = S(t) S(t - d): percentiles of the engine's own histogram (a bucket is 0.8 % wide, the curve 1 % of P). The
 * p99 of 108,000 calls has a standard error of 0.7 %. */
static void percentiles_are_those_of_two_attempts(void)
{
    static const double quantiles[] = {0.5, 0.8, 0.95};
    static struct latency_curves curves;
    for (int i = 0; i < 3; i++) {
        struct scenario *s = hedged(PARAM_ABSENT, quantiles[i], HEDGE_BILL);
        struct hedge_terms terms;
        struct result result;
        s->workloads[0].demand.tasks_per_s = 20;
        curve_of(s, &curves);
        hedge_derive(&s->routes[0].hedge, &curves.total, &terms);
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 4), &result);
        check_rel(mean_of(&result, METRIC_LATENCY_P50), hedge_quantile(&terms, &curves.total, 0.50), 0.01);
        check_rel(mean_of(&result, METRIC_LATENCY_P95), hedge_quantile(&terms, &curves.total, 0.95), 0.015);
        check_rel(mean_of(&result, METRIC_LATENCY_P99), hedge_quantile(&terms, &curves.total, 0.99), 0.02);
        const struct hedge_expected e = hedge_expect(&terms, &curves.total, PARAM_ABSENT);
        check_z(maker_outcome(&result, 0, METRIC_LATENCY_MEAN), e.answered_s, 0.003);
        result_free(&result);
        free(s);
    }
}

/* Extra attempts are S(d); `bill` costs (1 + S(d)) times as much, `cancel` as much as no hedge. */
static void a_hedge_costs_what_its_loser_does(void)
{
    struct scenario *plain = hedged(PARAM_ABSENT, PARAM_ABSENT, HEDGE_BILL);
    struct result without;
    plain->time.warmup_s = 0;
    maker_run(plain, NULL, maker_options(ENGINE_EVENTS, 8), &without);
    for (int32_t loser = HEDGE_CANCEL; loser <= HEDGE_BILL; loser++) {
        struct scenario *s = hedged(PARAM_ABSENT, 0.9, loser);
        struct result result;
        s->time.warmup_s = 0;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &result);
        const double calls = mean_of(&result, METRIC_UPSTREAM), extra = mean_of(&result, METRIC_ATTEMPTS) - calls;
        const double se = sqrt(0.9 * 0.1 * calls / 8);
        check_at(fabs(extra - 0.1 * calls) < 3.5 * se && se < 0.02 * extra, __FILE__, __LINE__, "%g of %g", extra,
                 calls);
        check_abs(mean_of(&result, METRIC_CANCELLED), loser == HEDGE_CANCEL ? extra : 0,
                  0.01 * extra); /* at the ends */
        check_abs(mean_of(&result, METRIC_BILLED), calls + (loser == HEDGE_BILL ? extra : 0), 1e-6);
        const double times = mean_of(&result, METRIC_BILLED) / calls, cost = mean_of(&without, METRIC_COST_TOTAL);
        check_rel(mean_of(&result, METRIC_COST_TOTAL), cost * times, 1e-5); /* inputs are 1,000 and 1,001 tokens */
        if (loser == HEDGE_CANCEL) check_rel(mean_of(&result, METRIC_COST_TOTAL), cost, 1e-12);
        check_abs(mean_of(&result, METRIC_UPSTREAM), mean_of(&without, METRIC_UPSTREAM), 0);
        check(mean_of(&result, METRIC_LATENCY_P99) < 0.9 * mean_of(&without, METRIC_LATENCY_P99));
        result_free(&result);
        free(s);
    }
    result_free(&without);
    free(plain);
}

/* Of an answered call the parts add up, and the delay before a winning hedge is wait. */
static void the_delay_before_a_winner_is_wait(void)
{
    struct scenario *s = hedged(2, PARAM_ABSENT, HEDGE_CANCEL);
    struct result result;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 4), &result);
    const double wait_s = mean_of(&result, METRIC_RETRY_WAIT_MEAN);
    static struct latency_curves curves;
    curve_of(s, &curves);
    check_z(maker_outcome(&result, 0, METRIC_RETRY_WAIT_MEAN),
            2 * hedge_overtaken_share(&curves.total, 2, PARAM_ABSENT), 0.02);
    check_rel(mean_of(&result, METRIC_LATENCY_MEAN),
              wait_s + mean_of(&result, METRIC_QUEUE_MEAN) + mean_of(&result, METRIC_TTFT_MEAN) +
                  mean_of(&result, METRIC_GENERATION_MEAN),
              1e-9);
    result_free(&result);
    free(s);
}

/* One answer in ten takes 1,000 s, the others 1 s: the slow ones are hung up at 3 s, and not when they would have ended. */
static void what_is_hung_up_is_over(void)
{
    struct scenario *s = hedged(2, PARAM_ABSENT, HEDGE_CANCEL);
    struct latency_law *law = &s->routes[0].latency.part[LATENCY_TTFT];
    struct result result;
    law->mean_s = law->p95_s = PARAM_ABSENT;
    for (law->n_values = 0; law->n_values < 10; law->n_values++)
        law->values_s[law->n_values] = law->n_values < 9 ? 1 : 1000;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &result);
    const double hedges = mean_of(&result, METRIC_ATTEMPTS) - mean_of(&result, METRIC_UPSTREAM);
    check(hedges > 2000);
    check_rel(mean_of(&result, METRIC_CANCELLED), hedges - mean_of(&result, METRIC_IN_FLIGHT) / 2, 0.01);
    /* one in a hundred calls has two slow attempts, 5/s x 1 % x 1,000 s x 2 = 100 of these */
    check_abs(mean_of(&result, METRIC_IN_FLIGHT), 100, 40);
    check_abs(mean_of(&result, METRIC_GENERATION_MEAN), 0, 1e-5); /* of whole us: the parts are the winner's own */
    result_free(&result);
    free(s);
}

/* ---- the twin ---- */

struct point {
    const char *what;
    double after_s, quantile;
    int32_t loser;
    double timeout_s, errors, error_s, tpot_s, quota_per_s, hanging_mtbf_s;
    int is_retried;
};

static struct scenario *scenario_of(const struct point *p)
{
    struct scenario *s = hedged(p->after_s, p->quantile, p->loser);
    struct route *route = &s->routes[0];
    if (p->timeout_s > 0) route->latency.timeout_s = p->timeout_s;
    route->chain[0].error_share = p->errors;
    if (p->error_s > 0) route->latency.part[LATENCY_ERROR].mean_s = p->error_s;
    if (p->is_retried) route->retries[route->n_retries++] = layer_of(RETRY_BOTOCORE_LEGACY);
    if (p->tpot_s > 0) {
        route->latency.part[LATENCY_TPOT].mean_s = p->tpot_s;
        s->workloads[0].tokens.output = maker_lognormal(200, 700);
    }
    if (p->quota_per_s > 0) {
        struct quota *quota = &route->quotas[route->n_quotas++];
        snprintf(quota->name, NAME_BYTES, "m");
        quota->tokens_per_s = quota->input_per_s = quota->output_per_s = quota->day_tok = PARAM_ABSENT;
        quota->burst_s = quota->burndown = quota->cache_read_ratio = quota->cache_write_ratio = PARAM_ABSENT;
        quota->model_max_tok = quota->acceleration = quota->acceleration_floor_tok = PARAM_ABSENT;
        quota->requests_per_s = p->quota_per_s;
    }
    if (p->hanging_mtbf_s > 0) {
        route->availability.mtbf_s = p->hanging_mtbf_s;
        route->availability.mttr_s = p->hanging_mtbf_s / 4;
        route->availability.is_hanging = 1;
        s->time.horizon_s = 24 * S_PER_HOUR;
    }
    return s;
}

#define NOT PARAM_ABSENT
static const struct point points[] = {
    {"q95, bill", NOT, 0.95, HEDGE_BILL, 0, 0, 0, 0, 0, 0, 0},
    {"q95, cancel", NOT, 0.95, HEDGE_CANCEL, 0, 0, 0, 0, 0, 0, 0},
    {"at once", 0, NOT, HEDGE_CANCEL, 4, 0.05, 0, 0, 0, 0, 0},
    {"timeout, bill", 1.5, NOT, HEDGE_BILL, 3, 0, 0, 0, 0, 0, 0},
    {"timeout, cancel", 1.5, NOT, HEDGE_CANCEL, 3, 0, 0, 0, 0, 0, 0},
    {"timeout, errors, retries, bill", 1, NOT, HEDGE_BILL, 2.5, 0.2, 0, 0, 0, 0, 1},
    {"timeout, errors, retries, cancel", 1, NOT, HEDGE_CANCEL, 2.5, 0.2, 0, 0, 0, 0, 1},
    {"slow errors, cancel", 1, NOT, HEDGE_CANCEL, 4, 0.2, 2, 0, 0, 0, 0},
    {"slow errors, bill", 1, NOT, HEDGE_BILL, 4, 0.2, 2, 0, 0, 0, 1},
    {"long answers, q90, bill", NOT, 0.9, HEDGE_BILL, 0, 0, 0, 0.01, 0, 0, 0},
    {"long answers, timeout, cancel", 4, NOT, HEDGE_CANCEL, 9, 0.05, 0, 0.01, 0, 0, 1},
    {"hanging outages, bill", 1, NOT, HEDGE_BILL, 3, 0, 0, 0, 0, 2400, 0},
    {"hanging outages, cancel", 1, NOT, HEDGE_CANCEL, 3, 0, 0, 0, 0, 2400, 0},
    {"quota with room", 1, NOT, HEDGE_BILL, 4, 0, 0, 0, 12, 0, 1},
    {"quota, a third throttled", 1, NOT, HEDGE_BILL, 4, 0, 0, 0, 4, 0, 0},
    {"quota, a third throttled, cancel", 1, NOT, HEDGE_CANCEL, 4, 0, 0, 0, 4, 0, 0},
    {"quota that only hedges pass", 0.5, NOT, HEDGE_BILL, 4, 0, 0, 0, 6, 0, 1},
};

static const enum metric compared[] = {
    METRIC_ATTEMPTS, METRIC_THROTTLES, METRIC_ERRORS,     METRIC_TIMEOUTS, METRIC_INVOCATIONS,  METRIC_CANCELLED,
    METRIC_ANSWERED, METRIC_BILLED,    METRIC_COST_TOTAL, METRIC_ACCEPTED, METRIC_LATENCY_MEAN, METRIC_RETRY_WAIT_MEAN};

static int compare(const struct point *p, uint32_t replications)
{
    struct scenario *s = scenario_of(p);
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, replications), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const int is_doubted = hourly.cells[0].doubt != 0;
    for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++) {
        const struct outcome *e = maker_outcome(&events, 0, compared[i]), *h = maker_outcome(&hourly, 0, compared[i]);
        const int is_count = compared[i] < METRIC_COUNTS_LAST;
        const int is_time = compared[i] == METRIC_LATENCY_MEAN || compared[i] == METRIC_RETRY_WAIT_MEAN;
        /* the hourly engine spreads the time of what fails over all calls, those that are never answered too */
        if (is_time && !p->is_retried && mean_of(&events, METRIC_FAILED) > 0.002 * mean_of(&events, METRIC_CALLS))
            continue;
        const double scale = is_count ? mean_of(&events, METRIC_ATTEMPTS)
                                      : mean_of(&events, compared[i] == METRIC_COST_TOTAL ? METRIC_COST_TOTAL
                                                                                          : METRIC_LATENCY_MEAN);
        const double bound = fmax(fmax(0.02 * e->mean, 3 * e->mcse), 0.002 * scale), off = fabs(e->mean - h->mean);
        if (getenv("SHOW") != NULL || (off > bound && is_doubted))
            printf("# %s%s: %s events %g +- %.2g, hourly %g (%.2f of the bound)\n", p->what,
                   is_doubted ? " (doubt)" : "", metric_rows[compared[i]].name, e->mean, e->mcse, h->mean, off / bound);
        check_at(is_doubted || off <= bound, __FILE__, __LINE__, "%s: %s events %g +- %.2g, hourly %g", p->what,
                 metric_rows[compared[i]].name, e->mean, e->mcse, h->mean);
    }
    result_free(&events);
    result_free(&hourly);
    free(s);
    return is_doubted;
}

static void both_engines_agree_on_hedges(void)
{
    const int n = (int)(sizeof points / sizeof points[0]);
    int doubted = 0;
    for (int i = 0; i < n; i++)
        doubted += compare(&points[i], 8);
    printf("# %d points, doubt on %d\n", n, doubted);
}

static const struct test tests[] = {
    {"the delay before a winner is wait", the_delay_before_a_winner_is_wait, FAST},
    {"what is hung up is over", what_is_hung_up_is_over, FAST},
    {"a hedge costs what its loser does", a_hedge_costs_what_its_loser_does, FAST},
    {"percentiles are those of two attempts", percentiles_are_those_of_two_attempts, MANY},
    {"both engines agree on hedges", both_engines_agree_on_hedges, MANY},
};
TEST_MAIN("hedge_twins", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two forms of attempts, held together over a grid: a quota and the load against it, retry layers, errors, latency
 * and a fallback, each point run by both engines. What is compared: attempts, throttles, errors, answers, cost. The bound
 * is max(2 %, 3 standard errors of the events' mean, 0.2 % of the attempts), wherever the hourly engine does not say
 * `doubt`. Doubt itself is held to account: on at most a fifth of the points, and hardly ever where both forms agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/quota_maker.h"
#include "tests/retry_maker.h"
#include "tests/scenario_maker.h"

enum { REPLICATIONS = 4 };

/* One point of the grid. */
struct point {
    double load;      /* against the quota; 0: there is none */
    int retries;      /* row of `stacks` */
    double errors;    /* share */
    int has_fallback; /* to a second model */
    double p95_s;     /* 0: an attempt takes a second; else lognormal around one, with a timeout of 4 s */
};

#define QUOTA_PER_S 20.0

static const struct {
    int n;
    enum retry_preset layers[2];
} stacks[] = {{0, {0, 0}},
              {1, {RETRY_BOTOCORE_LEGACY, 0}},
              {1, {RETRY_OPENAI_PYTHON, 0}},
              {1, {RETRY_BOTOCORE_STANDARD, 0}},
              {2, {RETRY_BOTOCORE_LEGACY, RETRY_STRANDS}}};
#define N_STACKS ((int)(sizeof stacks / sizeof stacks[0]))

static struct scenario *scenario_of(const struct point *point)
{
    struct scenario *s = maker_scenario();
    struct route *route = &s->routes[0];
    s->time.horizon_s = 2 * S_PER_HOUR;
    s->time.warmup_s = 30 * S_PER_MIN; /* what waits at its end makes up for what waits at the horizon */
    s->time.step_s = 10 * S_PER_MIN;
    s->workloads[0].demand.tasks_per_s = point->load > 0 ? point->load * QUOTA_PER_S : 5;
    if (point->load > 0) route->quotas[route->n_quotas++] = quota_of(QUOTA_PER_S);
    for (int i = 0; i < stacks[point->retries].n; i++)
        route->retries[route->n_retries++] = layer_of(stacks[point->retries].layers[i]);
    route->chain[0].error_share = point->errors;
    if (point->has_fallback) {
        s->prices.models[s->prices.n_models] = s->prices.models[0];
        snprintf(s->prices.models[s->prices.n_models++].name, NAME_BYTES, "other");
        snprintf(route->chain[route->n_steps++].model, NAME_BYTES, "other");
    }
    if (point->p95_s > 0) {
        route->latency.part[LATENCY_TTFT].mean_s = 1;
        route->latency.part[LATENCY_TTFT].p95_s = point->p95_s;
        route->latency.timeout_s = 4;
        route->latency.is_timeout_billed = 1;
    }
    return s;
}

static const enum metric compared[] = {METRIC_ATTEMPTS, METRIC_THROTTLES,   METRIC_ERRORS,
                                       METRIC_TIMEOUTS, METRIC_INVOCATIONS, METRIC_COST_TOTAL};
#define N_COMPARED ((int)(sizeof compared / sizeof compared[0]))

struct verdict {
    int is_doubted;
    double worst;    /* difference over its bound */
    double relative; /* largest difference, against the number itself, or the attempts where those are more */
    enum metric metric;
};

static struct verdict verdict_of(const struct point *point)
{
    struct scenario *s = scenario_of(point);
    struct verdict v = {0, 0, 0, METRIC_ATTEMPTS};
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, REPLICATIONS), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double attempts = maker_outcome(&events, 0, METRIC_ATTEMPTS)->mean;
    v.is_doubted = hourly.cells[0].doubt != 0;
    for (int i = 0; i < N_COMPARED; i++) {
        const struct outcome *e = maker_outcome(&events, 0, compared[i]), *h = maker_outcome(&hourly, 0, compared[i]);
        const double scale = compared[i] == METRIC_COST_TOTAL ? e->mean : attempts, error = fabs(e->mean - h->mean);
        const double bound = fmax(fmax(0.02 * e->mean, 3 * e->mcse), 0.002 * scale);
        if (error / bound > v.worst) v.worst = error / bound, v.metric = compared[i];
        v.relative = fmax(v.relative, error / fmax(e->mean, 0.1 * scale));
    }
    result_free(&events);
    result_free(&hourly);
    free(s);
    return v;
}

static void both_forms_agree_over_the_grid(void)
{
    static const double loads[] = {0, 0.5, 0.8, 1.2, 1.6, 2.5}, errors[] = {0, 0.05, 0.3};
    int n = 0, n_doubted = 0, n_doubted_agreeing = 0;
    for (int l = 0; l < 6; l++)
        for (int r = 0; r < N_STACKS; r++)
            for (int e = 0; e < 3; e++)
                for (int k = 0; k < 2; k++) {
                    const struct point point = {loads[l], r, errors[e], k, (l + r + e) % 3 == 0 ? 2.5 : 0};
                    const struct verdict v = verdict_of(&point);
                    n++;
                    n_doubted += v.is_doubted;
                    n_doubted_agreeing += v.is_doubted && v.relative < 0.01;
                    if (v.is_doubted) continue;
                    check_at(v.worst <= 1, __FILE__, __LINE__,
                             "load %g, retries %d, errors %g, fallback %d, p95 %g: %s is off by %.2f of its bound",
                             point.load, point.retries, point.errors, point.has_fallback, point.p95_s,
                             metric_rows[v.metric].name, v.worst);
                }
    printf("# %d points, doubt on %d, of them %d agree within 1 %%\n", n, n_doubted, n_doubted_agreeing);
    check(n >= 100);
    check_at(n_doubted * 5 <= n, __FILE__, __LINE__, "doubt on %d of %d", n_doubted, n);
}

/* ---- the time of failed attempts ---- */

/* Attempts of a second, 20 % fail. Without retries no answered call failed before. With k tries and a wait of 3 s behind
 * each failure, an answered call waited 4 s for each of its failures: sum of n p^n (1 - p) over n < k, by 1 - p^k. */
static void only_calls_that_failed_carry_failures(void)
{
    for (int32_t k = 1; k <= 3; k++) {
        const struct point plain = {0, 0, 0.2, 0, 0};
        struct scenario *s = scenario_of(&plain);
        struct result hourly;
        double failures = 0;
        for (int32_t n = 1; n < k; n++)
            failures += n * pow(0.2, n) * 0.8;
        if (k > 1) {
            struct retry_layer layer = layer_of(RETRY_CUSTOM);
            layer.attempts = k, layer.base_s = 3, layer.factor = 1, layer.jitter = 1 + RETRY_JITTER_NONE;
            layer.on_error = RETRY_TRUE;
            s->routes[0].retries[s->routes[0].n_retries++] = layer;
        }
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        check_abs(maker_outcome(&hourly, 0, METRIC_RETRY_WAIT_MEAN)->mean, 4 * failures / (1 - pow(0.2, k)), 1e-9);
        result_free(&hourly);
        free(s);
    }
}

/* Both forms over errors, timeouts, a fallback and layers that repeat the chain, where nothing is doubted. */
static void waits_of_answered_calls_agree_in_both_forms(void)
{
    static const struct point points[] = {{0, 0, 0.3, 1, 0},    {0, 1, 0.3, 0, 0},   {0, 3, 0.3, 1, 2.5},
                                          {0, 2, 0.05, 0, 2.5}, {0, 4, 0.3, 0, 2.5}, {0, 4, 0.6, 1, 0}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        for (int per_step = 0; per_step <= (stacks[points[i].retries].n > 1); per_step++) {
            struct scenario *s = scenario_of(&points[i]);
            struct result events, hourly;
            if (s->routes[0].n_retries > 1)
                s->routes[0].retries[1].on_error = RETRY_TRUE; /* Strands: throttles alone */
            if (per_step) s->routes[0].layers_per_step = 1;
            s->workloads[0].demand.tasks_per_s = 20;
            maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &events);
            maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
            const struct outcome *e = maker_outcome(&events, 0, METRIC_RETRY_WAIT_MEAN);
            const double h = maker_outcome(&hourly, 0, METRIC_RETRY_WAIT_MEAN)->mean, z = (e->mean - h) / e->mcse;
            printf("# point %zu, layers per step %d: waits %.5f +- %.5f s, hourly %.5f s, z %.2f%s\n", i, per_step,
                   e->mean, e->mcse, h, z, hourly.cells[0].doubt != 0 ? ", doubt" : "");
            check_u64(hourly.cells[0].doubt, 0);
            check_at(fabs(z) <= 3, __FILE__, __LINE__, "point %zu: events %g, hourly %g, z %.2f", i, e->mean, h, z);
            check(e->mcse <= 0.01 * e->mean);
            result_free(&events);
            result_free(&hourly);
            free(s);
        }
}

/* ---- uneven arrivals ---- */

/* Sojourns of bursts and their factor, or cv2 of gaps; against a quota of QUOTA_PER_S, whose bucket fills in burst_s. */
struct uneven {
    double on_s, off_s, factor, cv2, load, burst_s;
    int retries; /* row of `stacks` */
};

/* Throttled attempts: both forms, and the events' standard error. */
struct uneven_found {
    double events, mcse, hourly, attempts, is_doubted;
};

static struct uneven_found uneven_of(const struct uneven *point, uint64_t seed)
{
    const struct point plain = {point->load, point->retries, 0, 0, 0};
    struct scenario *s = scenario_of(&plain);
    struct traffic *demand = &s->workloads[0].demand;
    struct result events, hourly;
    s->time.horizon_s = 8 * S_PER_HOUR;
    s->time.step_s = S_PER_HOUR;
    s->routes[0].quotas[0].burst_s = point->burst_s;
    if (point->cv2 > 0) demand->gaps.cv2 = point->cv2;
    if (point->on_s > 0) demand->bursts = (struct bursts){point->on_s, point->off_s, point->factor};
    struct run_options options = maker_options(ENGINE_EVENTS, 16);
    options.seed = seed;
    maker_run(s, NULL, options, &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const struct outcome *e = maker_outcome(&events, 0, METRIC_THROTTLES);
    const struct uneven_found found = {e->mean, e->mcse, maker_outcome(&hourly, 0, METRIC_THROTTLES)->mean,
                                       maker_outcome(&events, 0, METRIC_ATTEMPTS)->mean, hourly.cells[0].doubt != 0};
    result_free(&events);
    result_free(&hourly);
    free(s);
    return found;
}

/* Bound: 3 standard errors, 0.2 % of the attempts or 2 % of the throttles; a standard error is below 2 % of the attempts.
 * Each point has a seed of its own, since all would share the luck of one: by chance 5 in 100 lists of seeds would fail.
 * The mean load alone, as without bursts, would be off by half of the throttles and more. */
static void bursts_and_gaps_meet_a_quota_in_both_forms(void)
{
    static const struct uneven points[] = {
        {24, 240, 10, 0, 0.7, 12, 0}, {24, 240, 10, 0, 0.95, 12, 0}, {24, 240, 10, 0, 1.3, 12, 0},
        {24, 240, 10, 0, 0.3, 12, 0}, {10, 50, 6, 0, 0.8, 60, 0},    {10, 50, 6, 0, 0.95, 60, 0},
        {2, 6, 5, 0, 0.9, 60, 0},     {60, 60, 3, 0, 0.6, 10, 0},    {60, 60, 3, 0, 1.2, 10, 0},
        {60, 180, 4, 0, 0.8, 0.5, 0}, {60, 180, 4, 0, 0.5, 0.5, 0},  {180, 60, 0.2, 0, 0.8, 12, 0},
        {0, 0, 0, 4, 0.9, 1, 0},      {0, 0, 0, 16, 0.9, 2, 0},      {0, 0, 0, 0.1, 0.97, 0.5, 0},
        {0, 0, 0, 4, 1.3, 10, 0},     {0, 0, 0, 4, 0.99, 20, 0},     {0, 0, 0, 16, 1.6, 10, 0},
        {24, 240, 10, 0, 0.7, 12, 2}, {10, 50, 6, 0, 0.95, 60, 4},
    };
    const int n = (int)(sizeof points / sizeof points[0]);
    int n_doubted = 0;
    for (int i = 0; i < n; i++) {
        const struct uneven_found f = uneven_of(&points[i], 100 + (uint64_t)i);
        printf("# on %g off %g factor %g cv2 %g load %g burst %g retries %d: throttles %.4g +- %.2g, hourly %.4g of "
               "%.4g%s\n",
               points[i].on_s, points[i].off_s, points[i].factor, points[i].cv2, points[i].load, points[i].burst_s,
               points[i].retries, f.events, f.mcse, f.hourly, f.attempts, f.is_doubted > 0 ? ", doubt" : "");
        n_doubted += f.is_doubted > 0;
        if (f.is_doubted > 0) continue;
        const double bound = fmax(fmax(3 * f.mcse, 0.02 * f.events), 0.002 * f.attempts);
        check_at(fabs(f.events - f.hourly) <= bound, __FILE__, __LINE__, "point %d: events %g, hourly %g", i, f.events,
                 f.hourly);
        check(f.mcse <= 0.02 * f.attempts);
    }
    check_at(n_doubted * 5 <= n, __FILE__, __LINE__, "doubt on %d of %d", n_doubted, n);
}

/* Few calls, so that every kind of end meets every mechanism under the sanitizers too. */
static void every_mechanism_keeps_the_books(void)
{
    for (int r = 0; r < N_STACKS; r++) {
        const struct point point = {1.3, r, 0.1, 1, 2.5};
        struct scenario *s = scenario_of(&point);
        struct result events;
        s->time.horizon_s = 120;
        s->time.warmup_s = 0;
        s->routes[0].quotas[0].burst_s = 5;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &events);
        const double ended = maker_outcome(&events, 0, METRIC_INVOCATIONS)->mean +
                             maker_outcome(&events, 0, METRIC_THROTTLES)->mean +
                             maker_outcome(&events, 0, METRIC_ERRORS)->mean +
                             maker_outcome(&events, 0, METRIC_TIMEOUTS)->mean;
        check(maker_outcome(&events, 0, METRIC_THROTTLES)->mean > 100);
        check(maker_outcome(&events, 0, METRIC_TIMEOUTS)->mean > 10);
        check_abs(ended + maker_outcome(&events, 0, METRIC_IN_FLIGHT)->mean,
                  maker_outcome(&events, 0, METRIC_ATTEMPTS)->mean, 1e-9);
        check(events.n_steps == 2 && events.steps[1].outcomes[STEP_CALLS].mean > 0);
        result_free(&events);
        free(s);
    }
}

/* An outage during which attempts hang, and a client that waits for ever: no time is negative. */
static void what_hangs_without_a_timeout_takes_no_negative_time(void)
{
    const struct point point = {0, 0, 0, 0, 2.5};
    struct scenario *s = scenario_of(&point);
    struct result hourly;
    s->routes[0].latency.timeout_s = PARAM_ABSENT;
    s->routes[0].availability.mtbf_s = 5 * S_PER_HOUR;
    s->routes[0].availability.mttr_s = 10 * S_PER_MIN;
    s->routes[0].availability.is_hanging = 1;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check(maker_outcome(&hourly, 0, METRIC_TIMEOUTS)->mean > 100);
    check(maker_outcome(&hourly, 0, METRIC_RETRY_WAIT_MEAN)->mean >= 0);
    result_free(&hourly);
    free(s);
}

static const struct test tests[] = {
    {"what hangs without a timeout takes no negative time", what_hangs_without_a_timeout_takes_no_negative_time, FAST},
    {"only calls that failed carry the time of failures", only_calls_that_failed_carry_failures, FAST},
    {"waits of answered calls agree in both forms", waits_of_answered_calls_agree_in_both_forms, MANY},
    {"every mechanism keeps the books", every_mechanism_keeps_the_books, FAST},
    {"bursts and gaps meet a quota in both forms", bursts_and_gaps_meet_a_quota_in_both_forms, MANY},
    {"both forms agree over the grid", both_forms_agree_over_the_grid, MANY},
};
TEST_MAIN("stress_twins", tests)

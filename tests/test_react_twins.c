/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two forms of demand that reacts, held together over a grid: users who ask again and workers in a closed loop, with
 * errors, a quota, retries, and waits shorter and longer than a step of the hourly engine. Compared: tasks, accepted,
 * repeats, given up, throttles, cost. The bound is max(2 %, 3 standard errors of the events' mean, 0.2 % of the tasks),
 * wherever the hourly engine does not say `doubt`; doubt is on at most a tenth of the points. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/quota_maker.h"
#include "tests/retry_maker.h"
#include "tests/scenario_maker.h"

enum { REPLICATIONS = 4 };
#define QUOTA_PER_S 20.0

struct point {
    double load; /* fresh tasks against the quota, or workers / (R + Z) against it; 0: there is none */
    double errors;
    int has_retries;
    double share; /* 0: workers */
    int64_t most;
    double wait_s; /* or thinking */
};

static struct scenario *scenario_of(const struct point *point)
{
    struct scenario *s = maker_scenario();
    struct traffic *demand = &s->workloads[0].demand;
    const double per_s = point->load > 0 ? point->load * QUOTA_PER_S : 5;
    s->time.horizon_s = 3 * S_PER_HOUR;
    s->time.warmup_s = 90 * S_PER_MIN;
    s->time.step_s = 10 * S_PER_MIN;
    if (point->load > 0) s->routes[0].quotas[s->routes[0].n_quotas++] = quota_of(QUOTA_PER_S);
    if (point->has_retries) s->routes[0].retries[s->routes[0].n_retries++] = layer_of(RETRY_BOTOCORE_LEGACY);
    s->routes[0].chain[0].error_share = point->errors;
    demand->tasks_per_s = point->share > 0 ? per_s : PARAM_ABSENT;
    if (point->share > 0)
        demand->asks_again = (struct asks_again){point->share, {point->wait_s, REACT_EXPONENTIAL}, point->most, 0};
    else
        demand->agents = (struct agents){(int64_t)(per_s * (1 + point->wait_s) + 0.5),
                                         {point->wait_s, REACT_EXPONENTIAL}};
    return s;
}

static const enum metric compared[] = {METRIC_TASKS,    METRIC_ACCEPTED,  METRIC_ASKED_AGAIN,
                                       METRIC_GIVEN_UP, METRIC_THROTTLES, METRIC_COST_TOTAL};
#define N_COMPARED ((int)(sizeof compared / sizeof compared[0]))

struct verdict {
    uint32_t doubt;
    double worst; /* difference over its bound */
    double relative;
    enum metric metric;
};

static struct verdict verdict_of(const struct scenario *s)
{
    struct verdict v = {0, 0, 0, METRIC_TASKS};
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, REPLICATIONS), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double tasks = maker_outcome(&events, 0, METRIC_TASKS)->mean;
    v.doubt = hourly.cells[0].doubt;
    for (int i = 0; i < N_COMPARED; i++) {
        const struct outcome *e = maker_outcome(&events, 0, compared[i]), *h = maker_outcome(&hourly, 0, compared[i]);
        const double scale = compared[i] == METRIC_COST_TOTAL ? e->mean : tasks, error = fabs(e->mean - h->mean);
        const double bound = fmax(fmax(0.02 * e->mean, 3 * e->mcse), 0.002 * scale);
        if (error / bound > v.worst) v.worst = error / bound, v.metric = compared[i];
        v.relative = fmax(v.relative, error / fmax(e->mean, 0.1 * scale));
    }
    result_free(&events);
    result_free(&hourly);
    return v;
}

static const double loads[] = {0, 0.4, 0.8, 1.3, 1.8}, error_shares[] = {0.04, 0.3};
static const struct {
    double share;
    int64_t most;
    double wait_s;
} kinds[] = {{0.5, 1, 5},  {0.5, 4, 120}, {0.9, 4, 5},  {0.9, 1, 2000}, {0.6, -1, 20},
             {0.9, 3, 50}, {0, 0, 3},     {0, 0, 0.31}, {0, 0, 17}};

#define N_LOADS ((int)(sizeof loads / sizeof loads[0]))
#define N_KINDS ((int)(sizeof kinds / sizeof kinds[0]))

static struct point point_of(int i)
{
    const int k = i % N_KINDS, rest = i / N_KINDS;
    const struct point point = {loads[rest / 4], error_shares[rest % 2], rest / 2 % 2,
                                kinds[k].share,  kinds[k].most,          kinds[k].wait_s};
    return point;
}

/* Every `stride`th point of the grid. */
static void agree(int stride)
{
    int n = 0, n_doubted = 0, n_doubted_agreeing = 0;
    for (int i = 0; i < N_LOADS * 4 * N_KINDS; i += stride) {
        const struct point point = point_of(i);
        struct scenario *s = scenario_of(&point);
        const struct verdict v = verdict_of(s);
        free(s);
        n++;
        n_doubted += v.doubt != 0;
        n_doubted_agreeing += v.doubt != 0 && v.relative < 0.01;
        if (v.doubt != 0) continue;
        check_at(v.worst <= 1, __FILE__, __LINE__,
                 "load %g, errors %g, retries %d, share %g, most %d, wait %g: %s is off by %.2f of its bound",
                 point.load, point.errors, point.has_retries, point.share, (int)point.most, point.wait_s,
                 metric_rows[v.metric].name, v.worst);
    }
    printf("# %d points, doubt on %d, of them %d agree within 1 %%\n", n, n_doubted, n_doubted_agreeing);
    check_at(n_doubted * 10 <= n, __FILE__, __LINE__, "doubt on %d of %d", n_doubted, n);
}

static void both_forms_agree_on_points_of_the_grid(void)
{
    agree(7);
}

static void both_forms_agree_over_the_grid(void)
{
    agree(1);
}

/* More tasks wait longer for retries, so that the loop slows itself down: a steep answer, which plain rounds miss. The
 * throttles of this point are doubted (near the quota, 3 % off); the tasks are what the rounds are for. */
static void workers_who_wait_for_retries_slow_their_loop_down(void)
{
    const struct point point = {1.8, 0.04, 1, 0, 0, 0.31};
    struct scenario *s = scenario_of(&point);
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, REPLICATIONS), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_rel(maker_outcome(&hourly, 0, METRIC_TASKS)->mean, maker_outcome(&events, 0, METRIC_TASKS)->mean, 0.01);
    check_rel(maker_outcome(&hourly, 0, METRIC_ACCEPTED)->mean, maker_outcome(&events, 0, METRIC_ACCEPTED)->mean, 0.01);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

/* Few calls, so that every kind meets quota and retries under the sanitizers too. */
static void every_kind_keeps_the_books(void)
{
    for (int k = 0; k < N_KINDS; k++) {
        const struct point point = {1.3, 0.1, 1, kinds[k].share, kinds[k].most, kinds[k].wait_s};
        struct scenario *s = scenario_of(&point);
        struct result events, hourly;
        s->time.horizon_s = 120;
        s->time.warmup_s = 0;
        s->routes[0].quotas[0].burst_s = 5;
        s->workloads[0].demand.asks_again.patience_s = point.share > 0 ? 3 : 0;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        check(maker_outcome(&events, 0, METRIC_TASKS)->mean > 500);
        check(maker_outcome(&hourly, 0, METRIC_TASKS)->mean > 500);
        if (point.share > 0 && point.wait_s < 60) check(maker_outcome(&events, 0, METRIC_ASKED_AGAIN)->mean > 10);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

static const struct test tests[] = {
    {"every kind keeps the books", every_kind_keeps_the_books, FAST},
    {"workers who wait for retries slow their loop down", workers_who_wait_for_retries_slow_their_loop_down, MANY},
    {"both forms agree on points of the grid", both_forms_agree_on_points_of_the_grid, MANY},
    {"both forms agree over the grid", both_forms_agree_over_the_grid, LONG},
};
TEST_MAIN("react_twins", tests)

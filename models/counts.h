/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one replication counts on one route: three arrays of doubles over the plan's bins. Workloads here are
 * loads (models/load.h): the steps of a task that is a graph are counted apart, its tasks under the first one.
 *   counts [workload][bin][COUNT_COLUMNS]                        the metrics METRIC_TASKS .. METRIC_TIMES_LAST
 *   steps  [workload][bin][step][STEP_COUNTS]                    the chain's steps
 *   tokens [workload][bin][slot][USAGE_CLASS_N]                  of billed attempts
 * In the events engine every entry is a whole number, exact below 2^53, so that adding them up in any order gives the
 * same bits. Answered calls and accepted tasks are also put into histograms of their latency for every workload
 * (of the scenario) and window. In the hourly engine they are expectations with fractions. Dollars are not counted: a slot has one price
 * per class, so cost is tokens x price, computed once, after counting. */
#ifndef FLOE_MODELS_COUNTS_H
#define FLOE_MODELS_COUNTS_H

#include "models/plan.h"
#include "models/result.h"
#include "sim/histogram.h"

#define COUNT_COLUMNS (METRIC_TIMES_LAST + 1) /* times are summed in whole us */

struct counts {
    double *counts;
    double *steps;
    double *tokens;
    struct floe_histogram *latency, *task_latency; /* [home][window] */
    int32_t n_bins, n_steps, n_windows;
    int32_t n_slots[WORKLOADS_MOST];
    int64_t tokens_at[WORKLOADS_MOST + 1]; /* first entry of each workload in `tokens` */
};

/* The layout on a route, without memory; then the memory it needs, in doubles: counts, steps, tokens. */
FLOE_FN struct counts counts_layout(const struct plan *plan, int32_t route)
{
    struct counts c;
    c.counts = NULL;
    c.steps = NULL;
    c.tokens = NULL;
    c.n_bins = plan->n_bins;
    c.n_steps = plan->n_steps[route];
    c.n_windows = plan->n_windows;
    c.latency = c.task_latency = NULL;
    c.tokens_at[0] = 0;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        c.n_slots[w] = plan->pairs[route][w].n_slots;
        c.tokens_at[w + 1] = c.tokens_at[w] + (int64_t)plan->n_bins * c.n_slots[w] * USAGE_CLASS_N;
    }
    return c;
}

FLOE_FN int64_t counts_size(const struct counts *c, int32_t n_workloads)
{
    return (int64_t)n_workloads * c->n_bins * (COUNT_COLUMNS + c->n_steps * STEP_COUNTS) + c->tokens_at[n_workloads];
}

FLOE_FN void counts_attach(struct counts *c, int32_t n_workloads, double *memory)
{
    c->counts = memory;
    c->steps = memory + (int64_t)n_workloads * c->n_bins * COUNT_COLUMNS;
    c->tokens = c->steps + (int64_t)n_workloads * c->n_bins * c->n_steps * STEP_COUNTS;
}

FLOE_FN double *counts_of(const struct counts *c, int32_t workload, int32_t bin)
{
    return c->counts + ((int64_t)workload * c->n_bins + bin) * COUNT_COLUMNS;
}

FLOE_FN double *counts_step(const struct counts *c, int32_t workload, int32_t bin, int32_t step)
{
    return c->steps + (((int64_t)workload * c->n_bins + bin) * c->n_steps + step) * STEP_COUNTS;
}

FLOE_FN double *counts_tokens(const struct counts *c, int32_t workload, int32_t bin, int32_t slot)
{
    return c->tokens + c->tokens_at[workload] + ((int64_t)bin * c->n_slots[workload] + slot) * USAGE_CLASS_N;
}

/* Not more attempts ended than began. */
FLOE_FN int counts_step_is_conserved(const double *k)
{
    return k[STEP_ATTEMPTS] >=
           k[STEP_INVOCATIONS] + k[STEP_THROTTLES] + k[STEP_ERRORS] + k[STEP_TIMEOUTS] + k[STEP_CANCELLED];
}

/* The conservation laws of one workload in one bin; exact in the events engine. */
FLOE_FN int counts_are_conserved(const double *n)
{
    const double calls = n[METRIC_CACHE_HITS] + n[METRIC_STALE_SERVED] + n[METRIC_DENIED] + n[METRIC_UPSTREAM];
    const double attempts = n[METRIC_INVOCATIONS] + n[METRIC_THROTTLES] + n[METRIC_ERRORS] + n[METRIC_TIMEOUTS] +
                            n[METRIC_CANCELLED] + n[METRIC_IN_FLIGHT];
    return n[METRIC_TASKS] == n[METRIC_ACCEPTED] + n[METRIC_FAILED] + n[METRIC_TASKS_IN_FLIGHT] &&
           n[METRIC_PARTIAL] <= n[METRIC_ACCEPTED] && n[METRIC_CALLS] == calls && n[METRIC_ATTEMPTS] == attempts;
}

#endif

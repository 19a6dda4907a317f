/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on capacity: how much can be in flight at once. A Poisson number of tasks with mean m stays below
 * m + 10 sqrt(m) + 64 but for a chance below 1e-20; a trace is counted exactly. Should it be exceeded all the same, the
 * run stops with FLOE_FULL and the number. */
#include <stdio.h>

#include "models/plan_parts.h"
#include "sim/event.h"

#define IN_FLIGHT_SIGMAS 10
#define IN_FLIGHT_MARGIN 64

static double rate_most_per_s(const struct plan *plan, int32_t w)
{
    const struct traffic_rates rates = plan_rates(plan, w);
    double most = 0;
    for (int32_t b = 0; b < rates.n_bins; b++) {
        const double length_s = (double)(rates.edge_ns[b + 1] - rates.edge_ns[b]) / NS_PER_S;
        const double rate_per_s = (rates.cumulated[b + 1] - rates.cumulated[b]) / length_s;
        if (rate_per_s > most) most = rate_per_s;
    }
    return most;
}

/* The most rows that lie within one call's duration of each other. */
static uint64_t replay_in_flight(const struct plan_workload *p, const struct trace *trace, int64_t call_ns)
{
    uint64_t most = 0;
    int64_t oldest = p->first_row;
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        while (trace->at_ns[row] - trace->at_ns[oldest] > call_ns)
            oldest++;
        if ((uint64_t)(row - oldest + 1) > most) most = (uint64_t)(row - oldest + 1);
    }
    return most + 1;
}

static double tasks_in_flight(const struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                              int32_t r, int32_t w)
{
    const struct plan_workload *p = &plan->workloads[w];
    if (p->is_replay)
        return (double)replay_in_flight(p, &traces->items[scenario->workloads[w].demand.trace.index], plan->call_ns[r]);
    const double mean = rate_most_per_s(plan, w) * ((double)plan->call_ns[r] / NS_PER_S);
    return mean + IN_FLIGHT_SIGMAS * sqrt(mean) + IN_FLIGHT_MARGIN;
}

enum floe_status plan_set_capacity(struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                                   int32_t r, struct plan_fault *fault)
{
    double tasks = 1, calls = plan->n_workloads;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const double here = tasks_in_flight(plan, scenario, traces, r, w);
        tasks += here;
        calls += here * (double)plan->workloads[w].calls_per_task;
    }
    if (calls > FLOE_QUEUE_CAPACITY_MAX) {
        snprintf(fault->what, sizeof fault->what,
                 "up to %.3g calls would be in flight at once on the route '%s'; the event queue holds %d", calls,
                 scenario->routes[r].name, FLOE_QUEUE_CAPACITY_MAX);
        snprintf(fault->key, sizeof fault->key, "routes.%s.call_duration", scenario->routes[r].name);
        return FLOE_FULL;
    }
    plan->calls_in_flight_most[r] = (uint64_t)calls;
    plan->tasks_in_flight_most[r] = (uint64_t)tasks;
    return FLOE_OK;
}

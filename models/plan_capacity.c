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
#define CHANCE_LOG 46 /* e^-46 = 1e-20 */

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

/* The least k with P(N >= k) < 1e-20 by Chernoff's bound, log P <= k - mean - k log(k / mean); never above the round
 * figure. */
static double poisson_most(double mean)
{
    const double most = mean + IN_FLIGHT_SIGMAS * sqrt(mean) + IN_FLIGHT_MARGIN;
    double k = (double)(int64_t)mean + 1;
    if (!(mean < 1e6 /* no unit */)) return most;
    while (k < most && k * floe_log(k / mean) - (k - mean) < CHANCE_LOG)
        k++;
    return k;
}

static double tasks_in_flight(const struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                              int32_t r, int32_t w)
{
    const struct plan_workload *p = &plan->workloads[w];
    if (p->is_replay)
        return (double)replay_in_flight(p, &traces->items[scenario->workloads[w].demand.trace.index], plan->call_ns[r]);
    const double mean = rate_most_per_s(plan, w) * ((double)plan->call_ns[r] / NS_PER_S);
    return poisson_most(mean);
}

static double calls_of_run(const struct plan *plan)
{
    double calls = 0;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const struct plan_workload *p = &plan->workloads[w];
        const double tasks = p->is_replay ? (double)(p->end_row - p->first_row)
                                          : plan_rates(plan, w).cumulated[plan->n_bins];
        calls += tasks * (1 + (double)p->calls_per_task);
    }
    return calls;
}

void plan_set_capacity(struct plan *plan, const struct scenario *scenario, const struct traces *traces, int32_t r)
{
    double tasks = 1, calls = plan->n_workloads;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const double here = tasks_in_flight(plan, scenario, traces, r, w);
        tasks += here;
        calls += here * (double)plan->workloads[w].calls_per_task;
    }
    plan->calls_in_flight_most[r] = calls;
    plan->tasks_in_flight_most[r] = tasks;
}

enum floe_status plan_check_capacity(const struct plan *plan, const struct scenario *scenario, struct plan_fault *fault)
{
    const double events = calls_of_run(plan);
    for (int32_t r = 0; r < plan->n_routes; r++) {
        if (plan->calls_in_flight_most[r] <= FLOE_QUEUE_CAPACITY_MAX) continue; /* not a number is more, too */
        snprintf(fault->what, sizeof fault->what,
                 "up to %.3g calls would be in flight at once on the route '%s'; the event queue holds %d. The hourly "
                 "engine has no such limit",
                 plan->calls_in_flight_most[r], scenario->routes[r].name, FLOE_QUEUE_CAPACITY_MAX);
        snprintf(fault->key, sizeof fault->key, "routes.%s.call_duration", scenario->routes[r].name);
        return FLOE_FULL;
    }
    if (events < (double)FLOE_QUEUE_SEQUENCE_END) return FLOE_OK;
    snprintf(
        fault->what, sizeof fault->what,
        "a replication would have %.3g events; the events engine numbers %.3g of them. The hourly engine has no such "
        "limit",
        events, (double)FLOE_QUEUE_SEQUENCE_END);
    snprintf(fault->key, sizeof fault->key, "time.horizon");
    return FLOE_FULL;
}

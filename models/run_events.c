/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/run_events.h"

#include <stdio.h>
#include <string.h>

#include "models/run_values.h"

struct taker {
    uint32_t replication;
    run_events_fn *take;
    void *context;
};

static enum floe_status trace_route(struct run *run, int32_t index, const struct taker *taker)
{
    const struct route_work *work = &run->routes[index];
    const struct route_run route_run = {run->timeline, run->traces, run->plan, work->route, run->options->seed};
    struct worker *worker = &run->workers[0];
    struct counts counts = work->layout;
    struct event_record records[EVENTS_AT_ONCE];
    struct engine_trace trace = {&route_run, taker->replication, &counts, &worker->memory, 1, records, EVENTS_AT_ONCE};
    uint32_t n = 0;
    memset(worker->counts, 0, sizeof(double) * (size_t)work->n_counts);
    counts_attach(&counts, run->plan->n_workloads, worker->counts);
    worker->full_route = work->route;
    run_use_route(run, worker, work->route);
    do {
        const enum floe_status status = run->path->trace(&trace, &n, &worker->end);
        if (status != FLOE_OK) return status;
        if (n > 0 && !taker->take(taker->context, work->route, records, n)) return FLOE_CANCELLED;
        trace.is_begin = 0;
    } while (n == EVENTS_AT_ONCE);
    return FLOE_OK;
}

static enum floe_status trace_all(struct run *run, const struct taker *taker, struct plan_fault *fault)
{
    enum floe_status status = run_prepare(run, 1, fault);
    for (int32_t i = 0; i < run->n_routes && status == FLOE_OK; i++)
        status = trace_route(run, i, taker);
    if (status == FLOE_FULL && run->workers != NULL) run_explain_full(run, fault);
    return status;
}

static enum floe_status check_options(const struct run_options *options, uint32_t replication, struct plan_fault *fault)
{
    if (options->engine == ENGINE_HOURLY) {
        snprintf(fault->what, sizeof fault->what, "the hourly engine computes expectations: it has no events");
        return FLOE_BAD_USAGE;
    }
    if (replication < options->replications) return FLOE_OK;
    snprintf(fault->what, sizeof fault->what, "there is no replication %u: a run of %u has 0 to %u", replication,
             options->replications, options->replications - 1);
    return FLOE_BAD_USAGE;
}

enum floe_status floe_run_events(const struct timeline *timeline, const struct traces *traces,
                                 const struct run_options *options, uint32_t replication, run_events_fn *take,
                                 void *context, struct plan_fault *fault)
{
    struct run_options one = *options; /* memory for one replication; which one is up to trace_route */
    const struct taker taker = {replication, take, context};
    struct plan *plan = NULL;
    one.replications = 1;
    fault->key[0] = '\0';
    enum floe_status status = check_options(options, replication, fault);
    if (status == FLOE_OK) status = plan_make(timeline, traces, &plan, fault);
    if (status != FLOE_OK) return status;
    struct run run = {.timeline = timeline,
                      .scenario = timeline->phases[0],
                      .traces = traces,
                      .options = &one,
                      .plan = plan,
                      .n_variants = 1};
    status = trace_all(&run, &taker, fault);
    run_release(&run);
    plan_free(plan);
    return status;
}

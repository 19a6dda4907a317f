/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hourly engine: the same mechanisms as expectations. One step takes one bin of the plan (at most a clock hour) and
 * one workload: the load (tasks expected to arrive) and what a call brings on average on each price slot; it gives
 * expected counts and tokens. Nothing is drawn yet, so one replication says it all.
 *
 * Exact where the events engine is an average of independent requests: means of counts, tokens and dollars agree with
 * it for every scenario of this version (tests/test_engines.c). Calls that run over the horizon's end stay in flight
 * here too. A replayed trace is its own expectation. Limits: no spread. The cost of a run with few requests can lie far
 * from the mean; the events engine shows that. */
#ifndef FLOE_MODELS_ENGINE_HOURLY_H
#define FLOE_MODELS_ENGINE_HOURLY_H

#include "models/engine_events.h"

/* What begins in a bin, and how much of it is answered before the horizon. */
struct hourly_load {
    double tasks, tasks_answered, calls, calls_answered;
};

FLOE_FN void hourly_count(double *n, struct hourly_load load)
{
    n[METRIC_TASKS] += load.tasks;
    n[METRIC_ACCEPTED] += load.tasks_answered;
    n[METRIC_TASKS_IN_FLIGHT] += load.tasks - load.tasks_answered;
    n[METRIC_CALLS] += load.calls;
    n[METRIC_UPSTREAM] += load.calls;
    n[METRIC_ATTEMPTS] += load.calls;
    n[METRIC_BILLED] += load.calls;
    n[METRIC_INVOCATIONS] += load.calls_answered;
    n[METRIC_IN_FLIGHT] += load.calls - load.calls_answered;
}

/* calls x (tokens per call on this slot), split into the cache classes. */
FLOE_FN void hourly_tokens(double *tokens, double calls, struct slot_mean mean, const uint64_t cache_share[3])
{
    const double input = calls * mean.input_tok;
    double uncached = input;
    for (int i = 0; i < 3; i++) {
        const double cached = input * ((double)cache_share[i] * 0x1p-32);
        tokens[TOKEN_CACHE_READ + i] += cached;
        uncached -= cached;
    }
    tokens[TOKEN_INPUT_UNCACHED] += uncached;
    tokens[TOKEN_OUTPUT] += calls * mean.output_tok;
}

/* Where a workload's calls of a bin are priced. */
struct hourly_place {
    int32_t workload, bin, phase, price_row;
    const struct plan_load *load;
};

FLOE_FN struct hourly_place hourly_place_of(const struct route_run *run, int32_t w, int32_t bin)
{
    const struct plan *plan = run->plan;
    struct hourly_place place;
    place.workload = w;
    place.bin = bin;
    place.phase = plan_phase_of_bin(plan)[bin];
    place.load = plan_load_of(plan, place.phase, w);
    place.price_row = price_row_at(plan_model(plan, run->timeline, place.phase, run->route, w),
                                   plan->start_at_s + plan_edges(plan)[bin] / NS_PER_S);
    return place;
}

FLOE_FN double *hourly_slot(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                            int32_t band)
{
    const int32_t first = run->plan->pairs[run->route][at->workload].slot[at->phase];
    return counts_tokens(counts, at->workload, at->bin, first + at->price_row * PRICE_SLOTS_PER_ROW + band);
}

/* Tokens of `calls` calls in a bin, spread over the bands of the row in force. */
FLOE_FN void hourly_bands(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                          double calls)
{
    const struct slot_mean *means = plan_slot_means(run->plan, at->phase, run->route, at->workload) +
                                    (ptrdiff_t)at->price_row * PRICE_SLOTS_PER_ROW;
    for (int32_t band = 0; band < PRICE_SLOTS_PER_ROW; band++)
        hourly_tokens(hourly_slot(run, counts, at, band), calls, means[band], at->load->cache_share);
}

/* A call that begins before this instant is answered before the horizon. */
FLOE_FN int64_t hourly_calls_until_ns(const struct route_run *run)
{
    const int64_t until_ns = run->plan->horizon_ns - run->plan->call_ns[run->plan->n_phases - 1][run->route];
    return until_ns > 0 ? until_ns : 0;
}

/* A task that begins before this instant has its last call answered before the horizon. */
FLOE_FN int64_t hourly_tasks_until_ns(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, run->plan->n_phases - 1, w);
    const int64_t m = load->calls_per_task;
    const int64_t lasts_ns = run->plan->workloads[w].is_job ? job_call_offset_ns(&load->job, 0, m - 1)
                                                            : traffic_call_offset_ns(load->over_ns, m, m - 1);
    const int64_t until_ns = hourly_calls_until_ns(run) - lasts_ns;
    return until_ns > 0 ? until_ns : 0;
}

FLOE_FN void hourly_rate_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct traffic_rates tasks = plan_rates(run->plan, w), calls = plan_call_rates(run->plan, w);
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
        const struct hourly_place at = hourly_place_of(run, w, bin);
        struct hourly_load load;
        load.tasks = traffic_expected(tasks, bin, INT64_MAX);
        load.tasks_answered = traffic_expected(tasks, bin, hourly_tasks_until_ns(run, w));
        load.calls = traffic_expected(calls, bin, INT64_MAX);
        load.calls_answered = traffic_expected(calls, bin, hourly_calls_until_ns(run));
        hourly_count(counts_of(counts, w, bin), load);
        hourly_bands(run, counts, &at, load.calls);
    }
}

/* One replayed row: its own tokens, or what a call brings on average. */
FLOE_FN void hourly_row_tokens(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                               const struct trace *trace, int64_t row)
{
    const struct model_prices *model = plan_model(run->plan, run->timeline, at->phase, run->route, at->workload);
    const double calls = (double)at->load->calls_per_task;
    struct slot_mean mean;
    if (!at->load->tokens_from_row) {
        hourly_bands(run, counts, at, calls);
        return;
    }
    mean.share = 1;
    mean.input_tok = trace->input_tok[row];
    mean.output_tok = trace->output_tok[row];
    hourly_tokens(hourly_slot(run, counts, at, price_band_at(&model->rows[at->price_row], mean.input_tok)), calls, mean,
                  at->load->cache_share);
}

FLOE_FN void hourly_replay_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const struct trace *trace = &run->traces->items[run->timeline->phases[0]->workloads[w].demand.trace.index];
    const int64_t *edges = plan_edges(run->plan);
    struct hourly_place at = hourly_place_of(run, w, 0);
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        struct hourly_load load;
        int32_t bin = at.bin;
        while (edges[bin + 1] <= trace->at_ns[row])
            bin++;
        if (bin != at.bin) at = hourly_place_of(run, w, bin);
        load.tasks = 1;
        load.tasks_answered = trace->at_ns[row] < hourly_calls_until_ns(run);
        load.calls = (double)at.load->calls_per_task;
        load.calls_answered = load.tasks_answered * load.calls;
        hourly_count(counts_of(counts, w, bin), load);
        hourly_row_tokens(run, counts, &at, trace, row);
    }
}

FLOE_FN int hourly_is_close(double a, double b)
{
    const double difference = a > b ? a - b : b - a;
    return difference <= 1e-9 * (a > b ? a : b); /* sums of doubles, in another order */
}

/* The laws of counts_are_conserved, up to rounding. */
FLOE_FN void hourly_close(const struct route_run *run, const struct counts *counts)
{
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
            const double *n = counts_of(counts, w, bin);
            floe_assert(
                hourly_is_close(n[METRIC_TASKS], n[METRIC_ACCEPTED] + n[METRIC_FAILED] + n[METRIC_TASKS_IN_FLIGHT]) &&
                    hourly_is_close(n[METRIC_CALLS], n[METRIC_CACHE_HITS] + n[METRIC_STALE_SERVED] + n[METRIC_DENIED] +
                                                         n[METRIC_UPSTREAM]) &&
                    hourly_is_close(n[METRIC_ATTEMPTS], n[METRIC_INVOCATIONS] + n[METRIC_THROTTLES] + n[METRIC_ERRORS] +
                                                            n[METRIC_TIMEOUTS] + n[METRIC_CANCELLED] +
                                                            n[METRIC_IN_FLIGHT]),
                NULL, "expected tasks, calls or attempts are not conserved");
        }
}

FLOE_FN enum floe_status hourly_replicate(const struct route_run *run, const struct counts *counts)
{
    for (int32_t w = 0; w < run->plan->n_workloads; w++) {
        if (run->plan->workloads[w].is_replay)
            hourly_replay_workload(run, counts, w);
        else
            hourly_rate_workload(run, counts, w);
    }
    hourly_close(run, counts);
    return FLOE_OK;
}

#endif

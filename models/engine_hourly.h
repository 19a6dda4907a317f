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

/* What arrives in a bin, and how much of it is answered before the horizon. */
struct hourly_load {
    double tasks, answered;
};

FLOE_FN void hourly_count(double *n, struct hourly_load load, double calls_per_task)
{
    n[METRIC_TASKS] += load.tasks;
    n[METRIC_ACCEPTED] += load.answered;
    n[METRIC_TASKS_IN_FLIGHT] += load.tasks - load.answered;
    n[METRIC_CALLS] += load.tasks * calls_per_task;
    n[METRIC_UPSTREAM] += load.tasks * calls_per_task;
    n[METRIC_ATTEMPTS] += load.tasks * calls_per_task;
    n[METRIC_BILLED] += load.tasks * calls_per_task;
    n[METRIC_INVOCATIONS] += load.answered * calls_per_task;
    n[METRIC_IN_FLIGHT] += (load.tasks - load.answered) * calls_per_task;
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

FLOE_FN int32_t hourly_price_row(const struct route_run *run, int32_t w, int32_t bin)
{
    const struct model_prices *model = &run->scenario->prices.models[run->plan->pairs[run->route][w].model];
    return price_row_at(model, run->plan->start_at_s + plan_edges(run->plan)[bin] / NS_PER_S);
}

/* Tokens of `calls` calls in a bin, spread over the bands of the row in force. */
FLOE_FN void hourly_bands(const struct route_run *run, const struct counts *counts, int32_t w, int32_t bin,
                          double calls)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const int32_t first = hourly_price_row(run, w, bin) * PRICE_SLOTS_PER_ROW;
    const struct slot_mean *means = plan_slot_means(run->plan, run->route, w) + first;
    for (int32_t band = 0; band < PRICE_SLOTS_PER_ROW; band++)
        hourly_tokens(counts_tokens(counts, w, bin, first + band), calls, means[band], p->cache_share);
}

FLOE_FN int64_t hourly_answered_until_ns(const struct route_run *run)
{
    const int64_t until_ns = run->plan->horizon_ns - run->plan->call_ns[run->route];
    return until_ns > 0 ? until_ns : 0;
}

FLOE_FN void hourly_rate_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct traffic_rates rates = plan_rates(run->plan, w);
    const double calls_per_task = (double)run->plan->workloads[w].calls_per_task;
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
        struct hourly_load load;
        load.tasks = traffic_expected(rates, bin, INT64_MAX);
        load.answered = traffic_expected(rates, bin, hourly_answered_until_ns(run));
        hourly_count(counts_of(counts, w, bin), load, calls_per_task);
        hourly_bands(run, counts, w, bin, load.tasks * calls_per_task);
    }
}

/* One replayed row: its own tokens, or what a call brings on average. */
FLOE_FN void hourly_row_tokens(const struct route_run *run, const struct counts *counts, int32_t w, int32_t bin,
                               const struct trace *trace, int64_t row)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const struct model_prices *model = &run->scenario->prices.models[run->plan->pairs[run->route][w].model];
    const int32_t price_row = hourly_price_row(run, w, bin);
    struct slot_mean mean;
    if (!p->tokens_from_row) {
        hourly_bands(run, counts, w, bin, (double)p->calls_per_task);
        return;
    }
    mean.share = 1;
    mean.input_tok = trace->input_tok[row];
    mean.output_tok = trace->output_tok[row];
    const int32_t slot = price_row * PRICE_SLOTS_PER_ROW + price_band_at(&model->rows[price_row], mean.input_tok);
    hourly_tokens(counts_tokens(counts, w, bin, slot), (double)p->calls_per_task, mean, p->cache_share);
}

FLOE_FN void hourly_replay_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const struct trace *trace = &run->traces->items[run->scenario->workloads[w].demand.trace.index];
    const int64_t *edges = plan_edges(run->plan);
    int32_t bin = 0;
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        struct hourly_load load;
        while (edges[bin + 1] <= trace->at_ns[row])
            bin++;
        load.tasks = 1;
        load.answered = trace->at_ns[row] < hourly_answered_until_ns(run);
        hourly_count(counts_of(counts, w, bin), load, (double)p->calls_per_task);
        hourly_row_tokens(run, counts, w, bin, trace, row);
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hourly engine: the same mechanisms as expectations. One step takes one bin of the plan (at most time.step) of all
 * workloads: the calls that are expected to begin, what the gateway makes of them (models/hourly_gateway.h), what the
 * provider's prompt cache makes of their prefixes, and what a call brings on average on each price slot; it gives
 * expected counts and tokens. Nothing is drawn yet, so one replication says it all.
 *
 * Exact where the events engine is an average of independent requests: means of counts, tokens and dollars agree with
 * it for every scenario of this version (tests/test_engines.c). Calls that run over the horizon's end stay in flight
 * here too. A replayed trace is its own expectation. Limits: no spread. The cost of a run with few requests can lie far
 * from the mean; the events engine shows that. */
#ifndef FLOE_MODELS_ENGINE_HOURLY_H
#define FLOE_MODELS_ENGINE_HOURLY_H

#include "models/hourly_react.h"

/* What begins in a bin, and how much of it is answered before the horizon. */
struct hourly_load {
    double tasks, tasks_answered;
    double answered_share; /* of the attempts */
    struct hourly_outcome outcome;
    double repeats;  /* of the tasks, those whose user had asked before */
    double given_up; /* of the failed ones, those whose user may ask again and does not */
};

FLOE_FN void hourly_count(double *n, struct hourly_load load, const struct hourly_flow *flow)
{
    n[METRIC_TASKS] += load.tasks;
    const double accepted = load.tasks_answered * (1 - load.outcome.failed_share);
    n[METRIC_ACCEPTED] += accepted;
    n[METRIC_FAILED] += load.tasks_answered * load.outcome.failed_share;
    n[METRIC_PARTIAL] += load.tasks_answered * load.outcome.partial_share;
    n[METRIC_TASK_MEAN] += accepted * load.outcome.lasts.mean_s * US_PER_S;
    n[METRIC_TASKS_IN_FLIGHT] += load.tasks - load.tasks_answered;
    n[METRIC_ASKED_AGAIN] += load.repeats;
    n[METRIC_GIVEN_UP] += load.given_up;
    n[METRIC_CALLS] += flow->offered;
    n[METRIC_CACHE_HITS] += flow->hits;
    n[METRIC_STALE_SERVED] += flow->stale;
    n[METRIC_DENIED] += flow->denied;
    n[METRIC_DENIED_OVER_BUDGET] += flow->denied_over;
    n[METRIC_WRONG_ANSWERS] += flow->wrong;
    n[METRIC_UPSTREAM] += flow->upstream;
    n[METRIC_REFRESHES] += flow->refreshes;
}

/* A call that begins before this instant is answered before the horizon. */
FLOE_FN int64_t hourly_calls_until_ns(const struct route_run *run)
{
    const int64_t until_ns = run->plan->horizon_ns - run->plan->call_ns[run->plan->n_phases - 1][run->route];
    return until_ns > 0 ? until_ns : 0;
}

/* A task that begins before this instant has its last call answered before the horizon. */
FLOE_FN int64_t hourly_tasks_until_ns(const struct route_run *run, int32_t w, double lasts_s)
{
    const struct plan_load *load = plan_load_of(run->plan, run->plan->n_phases - 1, w);
    if (run->plan->n_task_steps[w] > 0) {
        const int64_t graph_ns = run->plan->horizon_ns - (int64_t)(lasts_s * NS_PER_S);
        return graph_ns > 0 ? graph_ns : 0;
    }
    const int64_t m = load->calls_per_task;
    const int64_t lasts_ns = run->plan->workloads[w].is_job ? job_call_offset_ns(&load->job, 0, m - 1)
                                                            : traffic_call_offset_ns(load->over_ns, m, m - 1);
    const int64_t until_ns = hourly_calls_until_ns(run) - lasts_ns;
    return until_ns > 0 ? until_ns : 0;
}

/* ---- one bin ---- */

FLOE_FN void hourly_load_reacts(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w, double extra,
                                struct hourly_load *load)
{
    const struct react_terms *terms = &bin_load(b, w)->react;
    if (!react_is_on(terms)) return;
    const struct hourly_reaction r = hourly_reaction_of(b, chains, w, &b->state->reacts[w]);
    load->tasks += extra;
    load->tasks_answered += extra * hourly_part_before(b, hourly_tasks_until_ns(b->run, w, load->outcome.lasts.mean_s));
    load->outcome.partial_share *= load->outcome.failed_share < 1
                                       ? (1 - r.failed_share) / (1 - load->outcome.failed_share)
                                       : 0;
    load->outcome.failed_share = r.failed_share;
    if (!(terms->share > 0)) return;
    load->repeats = extra;
    load->given_up = load->tasks_answered * r.failed_share -
                     r.again * (load->tasks > 0 ? load->tasks_answered / load->tasks : 0);
    if (load->given_up < 0) load->given_up = 0; /* rounding, rounds that were too few */
    if (r.failed_share > 0 && hourly_down_share(b) > 0 && hourly_down_share(b) < 1)
        b->state->doubt |= HOURLY_DOUBT_OUTAGE; /* who asks again meets the same outage */
}

FLOE_FN void hourly_bin_workload(struct hourly_bin *b, const struct counts *counts, int32_t w,
                                 const struct hourly_chain *chains, const struct hourly_extra *extra)
{
    const struct route_run *run = b->run;
    const struct hourly_flow *flow = &b->flows[w];
    const struct traffic_rates tasks = plan_rates(run->plan, w), calls = plan_call_rates(run->plan, w);
    const double more = extra->tasks[run->plan->workloads[w].home] * bin_load(b, w)->calls_mean;
    const double answered = traffic_expected(calls, b->bin, hourly_calls_until_ns(run)) +
                            more * hourly_part_before(b, hourly_calls_until_ns(run));
    const double begun = traffic_expected(calls, b->bin, INT64_MAX) + more;
    struct hourly_load load;
    memset(&load, 0, sizeof load);
    load.answered_share = begun > 0 ? answered / begun : 0;
    if (run->plan->workloads[w].home == w) {
        load.outcome = hourly_outcome_of(b, chains, w);
        load.tasks = traffic_expected(tasks, b->bin, INT64_MAX);
        load.tasks_answered = traffic_expected(tasks, b->bin, hourly_tasks_until_ns(run, w, load.outcome.lasts.mean_s));
        hourly_load_reacts(b, chains, w, extra->tasks[w], &load);
    }
    hourly_count(counts_of(counts, w, b->bin), load, flow);
    hourly_count_chain(b, counts, w, &chains[w], load.answered_share);
}

FLOE_FN void hourly_bin_step(const struct route_run *run, const struct counts *counts, struct hourly_state *state,
                             int32_t bin)
{
    struct hourly_flow flows[WORKLOADS_MOST];
    struct hourly_chain chains[WORKLOADS_MOST];
    struct hourly_extra extra;
    struct hourly_bin b;
    b.run = run;
    b.state = state;
    b.bin = bin;
    b.phase = plan_phase_of_bin(run->plan)[bin];
    b.from_ns = plan_edges(run->plan)[bin];
    b.to_ns = plan_edges(run->plan)[bin + 1];
    b.length_s = (double)(b.to_ns - b.from_ns) / NS_PER_S;
    b.flows = flows;
    memset(&extra, 0, sizeof extra);
    const uint32_t doubt = state->before == NULL ? 0 : hourly_settle(&b, chains, &extra);
    hourly_bin_take(&b, chains, &extra);
    state->doubt |= doubt;
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        if (!run->plan->workloads[w].is_replay) hourly_bin_workload(&b, counts, w, chains, &extra);
}

/* ---- replay ---- */

/* Keys and caches are not seen by the rows of a replay in this engine. */
FLOE_FN int hourly_replay_is_doubtful(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, 0, w);
    return load->key >= 0 || load->prefix.prefix_tok > 0 ||
           plan_step_of(run->plan, 0, run->route, w, 0)->error_share > 0 || plan_has_hedges(run->plan, run->route) ||
           (run->plan->cache.is_on && load->population.kind != PROMPTS_FRESH);
}

/* One replayed row: its own tokens, or what a call brings on average. */
FLOE_FN void hourly_row_tokens(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                               const struct trace *trace, int64_t row)
{
    const struct model_prices *model = plan_model(run->timeline, at->phase, at->step);
    const double calls = (double)at->load->calls_per_task;
    struct slot_mean mean;
    if (!at->load->tokens_from_row) {
        const struct hourly_billed billed = {calls, 0, 0, 0, 1, TOKEN_INPUT_UNCACHED};
        hourly_bands(run, counts, at, billed);
        return;
    }
    mean.share = 1;
    mean.input_tok = trace->input_tok[row];
    mean.output_tok = trace->output_tok[row] < at->load->max_output_tok ? trace->output_tok[row]
                                                                        : at->load->max_output_tok;
    hourly_tokens(hourly_slot(counts, at, price_band_at(&model->rows[at->price_row], mean.input_tok)), calls, mean,
                  at->load->cache_share);
}

FLOE_FN void hourly_replay_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const struct trace *trace = &run->traces->items[run->timeline->phases[0]->workloads[w].demand.trace.index];
    const int64_t *edges = plan_edges(run->plan);
    struct hourly_place at = hourly_place_of(run, w, 0, 0);
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        struct hourly_load load;
        struct hourly_attempts attempts;
        struct hourly_flow flow;
        int32_t bin = at.bin;
        while (edges[bin + 1] <= trace->at_ns[row])
            bin++;
        if (bin != at.bin) at = hourly_place_of(run, w, bin, 0);
        memset(&load, 0, sizeof load);
        memset(&flow, 0, sizeof flow);
        load.tasks = 1;
        load.outcome.lasts.mean_s = (double)run->plan->call_ns[at.phase][run->route] / NS_PER_S;
        flow.offered = flow.upstream = (double)at.load->calls_per_task;
        load.tasks_answered = load.answered_share = trace->at_ns[row] < hourly_calls_until_ns(run);
        hourly_count(counts_of(counts, w, bin), load, &flow);
        memset(&attempts, 0, sizeof attempts);
        attempts.calls = attempts.billed = attempts.ends[ATTEMPT_OK] = flow.upstream;
        hourly_count_step(counts_of(counts, w, bin), counts_step(counts, w, bin, 0), &attempts, load.answered_share);
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

FLOE_FN enum floe_status hourly_replicate(const struct route_run *run, const struct counts *counts, void *memory,
                                          uint32_t *doubt)
{
    struct hourly_state *state = hourly_state_begin(memory, run->plan, run->route);
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++)
        hourly_bin_step(run, counts, state, bin);
    for (int32_t w = 0; w < run->plan->n_workloads; w++) {
        if (!run->plan->workloads[w].is_replay) continue;
        hourly_replay_workload(run, counts, w);
        if (hourly_replay_is_doubtful(run, w)) state->doubt |= HOURLY_DOUBT_REPLAY;
    }
    hourly_close(run, counts);
    if (state->quota_unsure >= 0.02 * state->quota_wire && state->quota_unsure > 0) state->doubt |= HOURLY_DOUBT_QUOTA;
    *doubt = state->doubt;
    return FLOE_OK;
}

#endif

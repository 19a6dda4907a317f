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

#include "models/hourly_attempts.h"

/* What begins in a bin, and how much of it is answered before the horizon. */
struct hourly_load {
    double tasks, tasks_answered;
    double answered_share; /* of the attempts */
    double failed_share;   /* of the tasks that are answered */
};

FLOE_FN void hourly_count(double *n, struct hourly_load load, const struct hourly_flow *flow)
{
    n[METRIC_TASKS] += load.tasks;
    n[METRIC_ACCEPTED] += load.tasks_answered * (1 - load.failed_share);
    n[METRIC_FAILED] += load.tasks_answered * load.failed_share;
    n[METRIC_TASKS_IN_FLIGHT] += load.tasks - load.tasks_answered;
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
FLOE_FN int64_t hourly_tasks_until_ns(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, run->plan->n_phases - 1, w);
    const int64_t m = load->calls_per_task;
    const int64_t lasts_ns = run->plan->workloads[w].is_job ? job_call_offset_ns(&load->job, 0, m - 1)
                                                            : traffic_call_offset_ns(load->over_ns, m, m - 1);
    const int64_t until_ns = hourly_calls_until_ns(run) - lasts_ns;
    return until_ns > 0 ? until_ns : 0;
}

/* ---- one bin ---- */

/* P(fewer than k of n calls are answered), each left unanswered independently; the sum runs over the failures that a
 * task may have. */
FLOE_FN double hourly_fewer_share(double bad, int64_t n, int64_t k)
{
    if (bad >= 1) return 1;
    if (!(bad > 0)) return 0;
    double log_term = (double)n * floe_log1p(-bad), sum = -floe_expm1(log_term);
    for (int64_t j = 1; j <= n - k; j++) {
        log_term += floe_log((double)(n - j + 1) / (double)j) + floe_log(bad) - floe_log1p(-bad);
        sum -= floe_exp(log_term);
    }
    return sum > 0 ? sum : 0;
}

/* Of the tasks that are answered, those of whose calls too many were denied, answered wrongly or not at all. A share
 * `down` of the time all calls of a task fail together; the other failures are independent. */
FLOE_FN double hourly_failed_share(const struct hourly_flow *flow, double unanswered, double down, int64_t n, int64_t k)
{
    if (!(flow->offered > 0)) return 0;
    const double bad = (flow->denied + flow->wrong + unanswered) / flow->offered;
    const double common = down < bad ? down : bad;
    if (common >= 1) return 1;
    return common + (1 - common) * hourly_fewer_share((bad - common) / (1 - common), n, k);
}

/* The share of the bin in which nobody answers: the route is down, or the only model of its chain. */
FLOE_FN double hourly_down_share(const struct hourly_bin *b)
{
    const struct plan_route *route = bin_route(b);
    double up = 1 - availability_span(&route->available[0], b->from_ns, b->to_ns).down_share;
    if (b->run->plan->n_steps[b->run->route] == 1)
        up *= 1 - availability_span(&route->available[1], b->from_ns, b->to_ns).down_share;
    return 1 - up;
}

FLOE_FN void hourly_bin_workload(struct hourly_bin *b, const struct counts *counts, int32_t w,
                                 const struct hourly_chain *chain)
{
    const struct route_run *run = b->run;
    const struct hourly_flow *flow = &b->flows[w];
    const struct traffic_rates tasks = plan_rates(run->plan, w), calls = plan_call_rates(run->plan, w);
    const double answered = traffic_expected(calls, b->bin, hourly_calls_until_ns(run));
    struct hourly_load load;
    load.tasks = traffic_expected(tasks, b->bin, INT64_MAX);
    load.tasks_answered = traffic_expected(tasks, b->bin, hourly_tasks_until_ns(run, w));
    load.answered_share = flow->offered > 0 ? answered / flow->offered : 0;
    load.failed_share = hourly_failed_share(flow, flow->upstream * (1 - chain->ok_share), hourly_down_share(b),
                                            bin_load(b, w)->calls_per_task, bin_load(b, w)->calls_needed);
    hourly_count(counts_of(counts, w, b->bin), load, flow);
    hourly_count_chain(b, counts, w, chain, load.answered_share);
}

FLOE_FN void hourly_bin_step(const struct route_run *run, const struct counts *counts, struct hourly_state *state,
                             int32_t bin)
{
    struct hourly_flow flows[WORKLOADS_MOST];
    struct hourly_bin b;
    b.run = run;
    b.state = state;
    b.bin = bin;
    b.phase = plan_phase_of_bin(run->plan)[bin];
    b.from_ns = plan_edges(run->plan)[bin];
    b.to_ns = plan_edges(run->plan)[bin + 1];
    b.length_s = (double)(b.to_ns - b.from_ns) / NS_PER_S;
    b.flows = flows;
    memset(flows, 0, sizeof flows);
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        flows[w].offered = traffic_expected(plan_call_rates(run->plan, w), bin, INT64_MAX);
    bin_gateway(&b);
    struct hourly_chain chains[WORKLOADS_MOST];
    hourly_chains(&b, chains);
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        if (!run->plan->workloads[w].is_replay) hourly_bin_workload(&b, counts, w, &chains[w]);
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
        struct hourly_load load = {1, 0, 0, 0};
        struct hourly_attempts attempts;
        struct hourly_flow flow;
        int32_t bin = at.bin;
        while (edges[bin + 1] <= trace->at_ns[row])
            bin++;
        if (bin != at.bin) at = hourly_place_of(run, w, bin, 0);
        memset(&flow, 0, sizeof flow);
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

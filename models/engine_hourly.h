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

#include "models/hourly_gateway.h"

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

/* What becomes of the attempts at one step of the chain in a bin. */
struct hourly_attempts {
    double calls; /* that come to the step */
    double ends[ATTEMPT_ENDS];
    double billed;
};

FLOE_FN void hourly_count_step(double *n, double *k, const struct hourly_attempts *a, double answered_share)
{
    const double errors = a->ends[ATTEMPT_FAILED] + a->ends[ATTEMPT_REFUSED];
    const double attempts = a->ends[ATTEMPT_OK] + a->ends[ATTEMPT_THROTTLED] + a->ends[ATTEMPT_TIMED_OUT] + errors;
    k[STEP_CALLS] += a->calls;
    k[STEP_ATTEMPTS] += attempts;
    k[STEP_BILLED] += a->billed;
    k[STEP_INVOCATIONS] += answered_share * a->ends[ATTEMPT_OK];
    k[STEP_THROTTLES] += answered_share * a->ends[ATTEMPT_THROTTLED];
    k[STEP_TIMEOUTS] += answered_share * a->ends[ATTEMPT_TIMED_OUT];
    k[STEP_ERRORS] += answered_share * errors;
    n[METRIC_ATTEMPTS] += attempts;
    n[METRIC_BILLED] += a->billed;
    n[METRIC_INVOCATIONS] += answered_share * a->ends[ATTEMPT_OK];
    n[METRIC_THROTTLES] += answered_share * a->ends[ATTEMPT_THROTTLED];
    n[METRIC_TIMEOUTS] += answered_share * a->ends[ATTEMPT_TIMED_OUT];
    n[METRIC_ERRORS] += answered_share * errors;
    n[METRIC_IN_FLIGHT] += attempts * (1 - answered_share);
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
    tokens[USAGE_REQUEST] += calls * mean.share;
}

/* Where a workload's calls of a bin are priced at a step of the chain. */
struct hourly_place {
    int32_t workload, bin, phase, price_row;
    const struct plan_load *load;
    const struct plan_step *step;
};

FLOE_FN struct hourly_place hourly_place_of(const struct route_run *run, int32_t w, int32_t bin, int32_t step)
{
    const struct plan *plan = run->plan;
    struct hourly_place place;
    place.workload = w;
    place.bin = bin;
    place.phase = plan_phase_of_bin(plan)[bin];
    place.load = plan_load_of(plan, place.phase, w);
    place.step = plan_step_of(plan, place.phase, run->route, w, step);
    place.price_row = price_row_at(plan_model(run->timeline, place.phase, place.step),
                                   plan->start_at_s + plan_edges(plan)[bin] / NS_PER_S);
    return place;
}

FLOE_FN double *hourly_slot(const struct counts *counts, const struct hourly_place *at, int32_t band)
{
    return counts_tokens(counts, at->workload, at->bin, at->step->slot + at->price_row * PRICE_SLOTS_PER_ROW + band);
}

/* What is billed in a bin: calls, and of them those whose prefix is read, or written, from the prompt cache. */
struct hourly_billed {
    double calls, reads, writes;
    double held_s; /* that prefixes are kept */
    int32_t write_class;
};

/* Tokens of the billed calls, spread over the bands of the row in force. */
FLOE_FN void hourly_bands(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                          struct hourly_billed billed)
{
    const struct slot_mean *means = plan_slot_means(run->plan, at->step) +
                                    (ptrdiff_t)at->price_row * PRICE_SLOTS_PER_ROW;
    const double prefix_tok = (double)(uint32_t)at->load->prefix.prefix_tok;
    double plain = billed.calls - billed.reads - billed.writes;
    if (plain < 1e-12 * billed.calls) plain = 0; /* rounding */
    for (int32_t band = 0; band < PRICE_SLOTS_PER_ROW; band++) {
        double *tokens = hourly_slot(counts, at, band);
        hourly_tokens(tokens, billed.calls, means[band], at->load->cache_share);
        if (!(prefix_tok > 0)) continue;
        tokens[USAGE_CACHE_STORAGE] += billed.held_s * (band == 0) * prefix_tok;
        tokens[TOKEN_CACHE_READ] += billed.reads * means[band].share * prefix_tok;
        tokens[billed.write_class] += billed.writes * means[band].share * prefix_tok;
        tokens[TOKEN_INPUT_UNCACHED] += plain * means[band].share * prefix_tok;
    }
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

/* ---- the prompt cache ---- */

/* Calls of a job at even gaps, one prefix, one pool: each occurrence that reaches into the bin. */
FLOE_FN struct prompt_means hourly_even_prefix(const struct hourly_bin *b, int32_t w, const struct prompt_terms *terms,
                                               struct prompt_entry *entry)
{
    const struct job *job = &bin_load(b, w)->job;
    const int64_t all = job->n_tasks * job->calls_per_task, gap_ns = job_offset_ns(job, 1);
    struct prompt_means means = {0, 0, 0, 0, 0, 0};
    int64_t at_ns = job_next_call_ns(job, b->from_ns);
    while (at_ns < b->to_ns) {
        const int64_t occurrence = (at_ns - job->first_ns) / job->period_ns;
        const int64_t start_ns = job->first_ns + occurrence * job->period_ns;
        const int64_t i = job_index_at(job, at_ns - start_ns), end = job_index_at(job, b->to_ns - start_ns);
        int64_t held_ns;
        const int64_t writes = prompt_cache_even(terms, entry, at_ns, gap_ns, end - i, &held_ns);
        means.writes += (double)writes;
        means.held_s += (double)held_ns / NS_PER_S;
        means.reads += (double)(end - i - writes);
        at_ns = end < all ? b->to_ns : job_next_call_ns(job, start_ns + job_offset_ns(job, all - 1) + 1);
    }
    if (b->to_ns == b->run->plan->horizon_ns) means.held_s += (double)prompt_cache_settle(entry, b->to_ns) / NS_PER_S;
    return means;
}

/* How the prefixes of a bin's attempts are billed. */
FLOE_FN struct prompt_means hourly_prefixes(struct hourly_bin *b, int32_t w, const struct plan_step *step,
                                            double attempts)
{
    const struct plan *plan = b->run->plan;
    const struct plan_load *load = bin_load(b, w);
    const struct prompt_terms *terms = &step->terms;
    struct hourly_prefix *prefix = hourly_prefix_of(b->state, plan, b->run->route, w, step->number);
    const int is_whole = attempts == b->flows[w].offered; /* nothing is served or denied on the way */
    struct prompt_load offered;
    struct prompt_means means = {0, 0, 0, 0, 0, 0};
    if (!terms->is_on || load->prefix.prefix_tok <= 0) return means;
    if (plan->workloads[w].is_job && is_whole && load->prefix.prefixes <= 1 && terms->n_pools == 1 &&
        !terms->is_refused && load->prefix.prefix_tok >= terms->min_tok)
        return hourly_even_prefix(b, w, terms, &prefix->entry);
    const int is_burst = !plan->workloads[w].is_job && load->over_ns == 0;
    offered.burst = is_burst ? (double)load->calls_per_task : 1;
    if (is_burst && b->flows[w].offered > 0) offered.burst *= attempts / b->flows[w].offered;
    if (offered.burst < 1) offered.burst = 1;
    offered.per_s = attempts / b->length_s / offered.burst;
    offered.prefixes = load->prefix.prefixes > 1 ? (double)load->prefix.prefixes : 1;
    offered.prefix_tok = load->prefix.prefix_tok;
    prompt_cache_step(terms, &prefix->state, prompt_cache_past(terms, (double)b->state->shortest_bin_ns / NS_PER_S),
                      &offered, b->length_s, &means);
    if (means.doubt != 0 || (load->calls_per_task > 1 && load->over_ns > 0))
        b->state->doubt |= HOURLY_DOUBT_PROMPT_CACHE;
    return means;
}

/* ---- one bin ---- */

/* Of the tasks that are answered, those of whose calls too many were denied, answered wrongly or not at all: fewer than k
 * of n. Calls fail independently; the sum runs over the failures that a task may have. */
FLOE_FN double hourly_failed_share(const struct hourly_flow *flow, double unanswered, int64_t n, int64_t k)
{
    if (!(flow->offered > 0)) return 0;
    const double bad = (flow->denied + flow->wrong + unanswered) / flow->offered;
    if (bad >= 1) return 1;
    if (!(bad > 0)) return 0;
    double log_term = (double)n * floe_log1p(-bad), sum = -floe_expm1(log_term);
    for (int64_t j = 1; j <= n - k; j++) {
        log_term += floe_log((double)(n - j + 1) / (double)j) + floe_log(bad) - floe_log1p(-bad);
        sum -= floe_exp(log_term);
    }
    return sum > 0 ? sum : 0;
}

/* The attempts of the calls that come to a step, and what they are billed. */
FLOE_FN struct hourly_attempts hourly_step_attempts(struct hourly_bin *b, const struct counts *counts, int32_t w,
                                                    int32_t i, double calls)
{
    const struct plan_step *step = bin_step(b, w, i);
    const struct hourly_place at = hourly_place_of(b->run, w, b->bin, i);
    struct hourly_attempts a;
    struct hourly_billed billed;
    memset(&a, 0, sizeof a);
    a.calls = calls;
    a.ends[ATTEMPT_FAILED] = calls * step->error_share;
    const double served = calls - a.ends[ATTEMPT_FAILED];
    const struct prompt_means prefixes = hourly_prefixes(b, w, step, served);
    a.ends[ATTEMPT_REFUSED] = prefixes.refused;
    a.ends[ATTEMPT_OK] = a.billed = served - prefixes.refused;
    billed.calls = a.billed;
    billed.reads = prefixes.reads;
    billed.writes = prefixes.writes;
    billed.held_s = step->terms.storage_usd_per_tok_s > 0 ? prefixes.held_s : 0;
    billed.write_class = step->terms.write_class;
    hourly_bands(b->run, counts, &at, billed);
    return a;
}

/* Down the chain. Returns the share of the calls upstream that are answered. */
FLOE_FN double hourly_chain(struct hourly_bin *b, const struct counts *counts, int32_t w, double answered_share)
{
    const int32_t n_steps = b->run->plan->n_steps[b->run->route];
    double calls[CHAIN_STEPS_MOST], ok = 0;
    memset(calls, 0, sizeof calls);
    calls[0] = b->flows[w].upstream + b->flows[w].refreshes;
    for (int32_t i = 0; i < n_steps; i++) {
        if (bin_step(b, w, i)->model < 0) continue;
        const struct hourly_attempts a = hourly_step_attempts(b, counts, w, i, calls[i]);
        hourly_count_step(counts_of(counts, w, b->bin), counts_step(counts, w, b->bin, i), &a, answered_share);
        ok += a.ends[ATTEMPT_OK];
        for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++)
            for (int32_t next = i + 1; next < n_steps; next++) {
                if (bin_step(b, w, next)->model < 0 || !(bin_step(b, w, next)->when & ATTEMPT_BIT(end))) continue;
                calls[next] += a.ends[end];
                break;
            }
    }
    return calls[0] > 0 ? ok / calls[0] : 1;
}

FLOE_FN void hourly_bin_workload(struct hourly_bin *b, const struct counts *counts, int32_t w)
{
    const struct route_run *run = b->run;
    const struct hourly_flow *flow = &b->flows[w];
    const struct traffic_rates tasks = plan_rates(run->plan, w), calls = plan_call_rates(run->plan, w);
    const double answered = traffic_expected(calls, b->bin, hourly_calls_until_ns(run));
    struct hourly_load load;
    load.tasks = traffic_expected(tasks, b->bin, INT64_MAX);
    load.tasks_answered = traffic_expected(tasks, b->bin, hourly_tasks_until_ns(run, w));
    load.answered_share = flow->offered > 0 ? answered / flow->offered : 0;
    const double share = hourly_chain(b, counts, w, load.answered_share);
    load.failed_share = hourly_failed_share(flow, flow->upstream * (1 - share), bin_load(b, w)->calls_per_task,
                                            bin_load(b, w)->calls_needed);
    hourly_count(counts_of(counts, w, b->bin), load, flow);
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
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        if (!run->plan->workloads[w].is_replay) hourly_bin_workload(&b, counts, w);
}

/* ---- replay ---- */

/* Keys and caches are not seen by the rows of a replay in this engine. */
FLOE_FN int hourly_replay_is_doubtful(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, 0, w);
    return load->key >= 0 || load->prefix.prefix_tok > 0 ||
           plan_step_of(run->plan, 0, run->route, w, 0)->error_share > 0 ||
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
        const struct hourly_billed billed = {calls, 0, 0, 0, TOKEN_INPUT_UNCACHED};
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
    *doubt = state->doubt;
    return FLOE_OK;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calls upstream in a bin of the hourly engine, as expectations: down the chain of every workload, step by step. A step's
 * attempts meet the quota of its model (models/hourly_quota.h), which all workloads at that step share; those that it
 * admits end as models/hourly_ends.h says; what fails is retried (models/retry_hourly.h); a circuit breaker keeps calls away
 * (models/hourly_breaker.h); what surfaces goes to the next step that takes it. Layers above the chain repeat it as a whole.
 *
 * Limits. Retries and fallbacks belong to the bin of their call. No percentiles of latency. */
#ifndef FLOE_MODELS_HOURLY_ATTEMPTS_H
#define FLOE_MODELS_HOURLY_ATTEMPTS_H

#include "models/hourly_breaker.h"
#include "models/hourly_quota.h"

/* ---- the chain ---- */

/* The step that takes what ends like this at step i, or -1. */
FLOE_FN int32_t hourly_next_step(const struct hourly_bin *b, int32_t w, int32_t i, int end)
{
    for (int32_t next = i + 1; next < b->run->plan->n_steps[b->run->route]; next++)
        if (bin_step(b, w, next)->model >= 0 && (bin_step(b, w, next)->when & ATTEMPT_BIT(end)) != 0) return next;
    return -1;
}

/* What n pairs put on the wire. */
FLOE_FN void hourly_count_pairs(struct hourly_attempts *a, const struct hedge_pair *pair, double n, double output_tok,
                                int is_timeout_billed)
{
    const double billed = pair->ends[ATTEMPT_OK] + (is_timeout_billed ? pair->late_served : 0);
    const double tok = pair->ok_tok + (is_timeout_billed ? pair->late_tok : 0);
    a->output_ratio = billed > 0 && output_tok > 0 ? tok / (billed * output_tok) : 1;
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        a->ends[end] = n * pair->ends[end];
    a->cancelled = n * pair->cancelled;
    a->hung_up = n * pair->cancelled_served;
    a->served = n * (pair->ends[ATTEMPT_OK] + pair->late_served + pair->ends[ATTEMPT_REFUSED] + pair->cancelled_served);
    if (pair->p[ATTEMPT_OK] > 0) a->answer_s = pair->own_s / pair->p[ATTEMPT_OK];
}

FLOE_FN void hourly_step(struct hourly_bin *b, struct hourly_chain *chain, int32_t w, int32_t i, double t)
{
    const struct plan_route *route = bin_route(b);
    const struct retry_terms *retries = bin_retries(b, w);
    struct hourly_attempts *a = &chain->steps[i];
    const struct hourly_ends ends = hourly_ends_of(b, w, i, t);
    struct retry_means means;
    if (!(a->calls > 0)) return;
    const double let = a->calls - a->kept;
    (void)retry_step(retries, &b->state->retries[w][i], &ends.load, let / b->length_s, 0, b->length_s, &means);
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        if (means.flow.attempts[end] < 0) means.flow.attempts[end] = 0; /* rounding */
        if (means.flow.out[end] < 0) means.flow.out[end] = 0;
        a->ends[end] = let * means.flow.attempts[end];
        a->lines[end] = let * means.flow.lines[end];
        a->out[end] = let * means.flow.out[end];
    }
    a->served = a->ends[ATTEMPT_OK] + a->ends[ATTEMPT_TIMED_OUT] * ends.late_share + a->ends[ATTEMPT_REFUSED];
    double hedge_s = 0;
    const double late_s = chain->late_s[i] / a->calls, all = retry_flow_attempts(&means.flow);
    const struct plan_hedge *hedge = plan_hedge_of(b->run->plan, b->phase, b->run->route, w);
    a->answer_s = hourly_answer_s(b, w);
    if (hedge != NULL) {
        hourly_count_pairs(a, &ends.hedge, let * all, hedge->moments.output_tok, route->latency.is_timeout_billed);
        if (hourly_hedge_is_doubtful(route, hedge, &ends.hedge, t)) b->state->doubt |= HOURLY_DOUBT_HEDGE;
        if (ends.hedge.p[ATTEMPT_OK] > 0) hedge_s = ends.hedge.wait_s / ends.hedge.p[ATTEMPT_OK];
    }
    a->waited_s = a->out[ATTEMPT_OK] * (late_s + hedge_s) +
                  let * (means.flow.wait_s[ATTEMPT_OK] + means.flow.took_s[ATTEMPT_OK]);
    a->spent_s = a->out[ATTEMPT_OK] * (a->answer_s + hedge_s);
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        a->spent_s += let * (means.flow.wait_s[end] + means.flow.took_s[end]);
    int is_mixed = 0; /* an empty budget that pays for ends of different costs is taken at their mean */
    for (int32_t k = 0; k < retries->below_chain; k++)
        is_mixed |= means.grant[k] < 0.999 && ends.load.p[ATTEMPT_TIMED_OUT] > 0.005 &&
                    retries->loops[k].cost_tok[ATTEMPT_TIMED_OUT] != retries->loops[k].cost_tok[ATTEMPT_THROTTLED];
    if ((means.doubt != 0 || is_mixed) && means.flow.attempts[ATTEMPT_OK] < 0.99 * all)
        b->state->doubt |= HOURLY_DOUBT_RETRIES;
    a->out[ATTEMPT_FAILED] += a->kept;
    for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++) {
        const double lost_s = a->out[end] * late_s + let * (means.flow.wait_s[end] + means.flow.took_s[end]);
        const int32_t next = hourly_next_step(b, w, i, end);
        if (next < 0) {
            chain->lost_s[end] += lost_s;
            continue;
        }
        chain->steps[next].calls += a->out[end];
        chain->late_s[next] += lost_s;
        a->out[end] = 0; /* gone on */
    }
}

/* Layers above the chain repeat what did not succeed. */
FLOE_FN void hourly_repeat(struct hourly_bin *b, struct hourly_chain *chain, int32_t w)
{
    const struct retry_terms *retries = bin_retries(b, w);
    const double calls = chain->steps[0].calls;
    struct retry_load load;
    struct retry_means means;
    if (retries->below_chain >= retries->n_loops || !(calls > 0)) return;
    memset(&load, 0, sizeof load);
    memset(&means, 0, sizeof means);
    load.asked_s = -1;
    for (int32_t i = 0; i < CHAIN_STEPS_MOST; i++)
        for (int end = 0; end < ATTEMPT_ENDS; end++)
            means.flow.out[end] += chain->steps[i].out[end] / calls;
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        load.p[end] = means.flow.attempts[end] = means.flow.out[end]; /* one attempt stands for one run of the chain */
    for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++)
        means.flow.took_s[end] = chain->lost_s[end] / calls;
    retry_expect_loops(retries, &load, retries->below_chain, retries->n_loops, 0, &means);
    const double runs = means.attempts,
                 more = means.flow.out[ATTEMPT_OK] / (load.p[ATTEMPT_OK] > 0 ? load.p[ATTEMPT_OK] : 1);
    if (bin_route(b)->n_quotas > 0 && runs > 1.01) b->state->doubt |= HOURLY_DOUBT_QUOTA;
    for (int32_t i = 0; i < CHAIN_STEPS_MOST; i++) {
        struct hourly_attempts *a = &chain->steps[i];
        a->calls *= runs, a->kept *= runs, a->served *= runs, a->waited_s *= more, a->spent_s *= runs;
        a->cancelled *= runs, a->hung_up *= runs;
        for (int end = 0; end < ATTEMPT_ENDS; end++) {
            a->ends[end] *= runs, a->lines[end] *= runs;
            a->out[end] *= end == ATTEMPT_OK ? more : 1;
        }
    }
    chain->steps[0].waited_s += calls * (means.flow.wait_s[ATTEMPT_OK] + means.flow.took_s[ATTEMPT_OK]);
    chain->steps[0].spent_s += calls * retry_flow_wait_s(&means.flow);
}

/* Of the calls that come to step i, the share that its breaker keeps away, of all workloads. */
FLOE_FN double hourly_kept_share(struct hourly_bin *b, const struct hourly_chain *chains, int32_t i,
                                 const double *throttled)
{
    const struct breaker_terms *terms = &bin_route(b)->breakers[i];
    struct hourly_kept kept = {0, 0, 0, 0, 0, 0};
    if (terms->failures == 0) return 0;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        const struct plan_step *step = bin_step(b, w, i);
        const double calls = chains[w].steps[i].calls;
        if (step->model < 0 || b->run->plan->workloads[w].is_replay || !(calls > 0)) continue;
        const double t = step->quota >= 0 ? throttled[step->quota] : 0;
        struct retry_state state = b->state->retries[w][i];
        struct retry_means means;
        const struct retry_load load = hourly_ends_of(b, w, i, t).load;
        (void)retry_step(bin_retries(b, w), &state, &load, calls / b->length_s, 0, b->length_s, &means);
        double lost_s = retry_flow_wait_s(&means.flow);
        for (int end = 0; end < ATTEMPT_ENDS; end++)
            lost_s += means.flow.took_s[end];
        hourly_kept_add(&kept, calls, means.flow.out, hourly_answer_s(b, w), lost_s);
        kept.doubt |= t > 0.01 || (bin_load(b, w)->calls_mean > 1 && bin_load(b, w)->over_ns == 0);
    }
    for (int k = 0; k < 2; k++)
        kept.doubt |= availability_span(&bin_route(b)->available[k * (1 + i)], b->from_ns, b->to_ns).down_share > 0;
    const double share = hourly_kept(terms, &kept, b->length_s);
    if (kept.doubt && share > 0.005) b->state->doubt |= HOURLY_DOUBT_BREAKER;
    return share;
}

/* All workloads of a bin, one step after the other. */
FLOE_FN void hourly_chains(struct hourly_bin *b, struct hourly_chain *chains)
{
    const struct plan *plan = b->run->plan;
    const struct plan_route *route = bin_route(b);
    double throttled[QUOTAS_MOST] = {0};
    int is_met[QUOTAS_MOST] = {0};
    memset(chains, 0, sizeof *chains * (size_t)plan->n_workloads);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        if (!plan->workloads[w].is_replay) chains[w].steps[0].calls = b->flows[w].upstream + b->flows[w].refreshes;
    for (int32_t i = 0; i < plan->n_steps[b->run->route]; i++) {
        for (int32_t q = 0; q < route->n_quotas; q++) {
            int is_here = 0;
            for (int32_t w = 0; w < plan->n_workloads; w++)
                is_here |= bin_step(b, w, i)->model >= 0 && bin_step(b, w, i)->quota == q &&
                           chains[w].steps[i].calls > 0;
            if (is_here && is_met[q]) b->state->doubt |= HOURLY_DOUBT_QUOTA;
            if (is_here && !is_met[q]) throttled[q] = hourly_quota(b, chains, q, i);
            is_met[q] |= is_here;
        }
        const double kept_share = hourly_kept_share(b, chains, i, throttled);
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            const struct plan_step *step = bin_step(b, w, i);
            if (step->model < 0 || plan->workloads[w].is_replay) continue;
            chains[w].steps[i].kept = chains[w].steps[i].calls * kept_share;
            hourly_step(b, &chains[w], w, i, step->quota >= 0 && is_met[step->quota] ? throttled[step->quota] : 0);
        }
    }
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const double calls = chains[w].steps[0].calls;
        double ok = 0;
        hourly_repeat(b, &chains[w], w);
        for (int32_t i = 0; i < plan->n_steps[b->run->route]; i++)
            ok += chains[w].steps[i].out[ATTEMPT_OK];
        chains[w].ok_share = calls > 0 ? ok / calls : 1;
    }
}

/* ---- counts ---- */

FLOE_FN void hourly_count_step(double *n, double *k, const struct hourly_attempts *a, double answered_share)
{
    const double errors = a->ends[ATTEMPT_FAILED] + a->ends[ATTEMPT_REFUSED];
    const double attempts = a->ends[ATTEMPT_OK] + a->ends[ATTEMPT_THROTTLED] + a->ends[ATTEMPT_TIMED_OUT] + errors +
                            a->cancelled;
    k[STEP_CALLS] += a->calls;
    k[STEP_KEPT] += a->kept;
    k[STEP_ATTEMPTS] += attempts;
    k[STEP_BILLED] += a->billed;
    k[STEP_INVOCATIONS] += answered_share * a->ends[ATTEMPT_OK];
    k[STEP_THROTTLES] += answered_share * a->ends[ATTEMPT_THROTTLED];
    k[STEP_TIMEOUTS] += answered_share * a->ends[ATTEMPT_TIMED_OUT];
    k[STEP_ERRORS] += answered_share * errors;
    k[STEP_CANCELLED] += answered_share * a->cancelled;
    for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++) {
        k[end == ATTEMPT_THROTTLED ? STEP_LOGGED_THROTTLES : STEP_LOGGED_ERRORS] += answered_share * a->lines[end];
        n[end == ATTEMPT_THROTTLED ? METRIC_LOGGED_THROTTLES : METRIC_LOGGED_ERRORS] += answered_share * a->lines[end];
    }
    n[METRIC_ATTEMPTS] += attempts;
    n[METRIC_BILLED] += a->billed;
    n[METRIC_INVOCATIONS] += answered_share * a->ends[ATTEMPT_OK];
    n[METRIC_THROTTLES] += answered_share * a->ends[ATTEMPT_THROTTLED];
    n[METRIC_TIMEOUTS] += answered_share * a->ends[ATTEMPT_TIMED_OUT];
    n[METRIC_ERRORS] += answered_share * errors;
    n[METRIC_CANCELLED] += answered_share * a->cancelled;
    n[METRIC_IN_FLIGHT] += attempts * (1 - answered_share);
}

/* Time of the calls that a step answers, in us; what waits for no call (refreshes) has none. */
FLOE_FN void hourly_count_times(struct hourly_bin *b, double *n, int32_t w, const struct hourly_attempts *a,
                                double share)
{
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const double ok = share * a->out[ATTEMPT_OK], answer_s = a->answer_s;
    const double scale = route->has_latency && latency->means.total_s > 0 ? answer_s / latency->means.total_s : 1;
    const double queue_s = route->has_latency ? scale * (latency->means.network_s + latency->means.queue_s) : 0;
    const double ttft_s = route->has_latency ? scale * latency->means.ttft_s : 0;
    n[METRIC_ANSWERED] += ok;
    n[METRIC_LATENCY_MEAN] += (ok * answer_s + share * a->waited_s) * US_PER_S;
    n[METRIC_RETRY_WAIT_MEAN] += share * a->waited_s * US_PER_S;
    n[METRIC_QUEUE_MEAN] += ok * queue_s * US_PER_S;
    n[METRIC_TTFT_MEAN] += ok * ttft_s * US_PER_S;
    n[METRIC_GENERATION_MEAN] += ok * (answer_s - queue_s - ttft_s) * US_PER_S;
}

/* What a workload's chain comes to: counts, and what its attempts are billed. */
FLOE_FN void hourly_count_chain(struct hourly_bin *b, const struct counts *counts, int32_t w,
                                const struct hourly_chain *chain, double answered_share)
{
    const struct plan_route *route = bin_route(b);
    const double upstream = b->flows[w].upstream, all = upstream + b->flows[w].refreshes;
    double *n = counts_of(counts, w, b->bin);
    for (int32_t i = 0; i < b->run->plan->n_steps[b->run->route]; i++) {
        const struct plan_step *step = bin_step(b, w, i);
        if (step->model < 0) continue;
        struct hourly_attempts a = chain->steps[i];
        const struct hourly_place at = hourly_place_of(b->run, w, b->bin, i);
        struct hourly_billed billed;
        const struct prompt_means prefixes = hourly_prefixes(b, w, step, a.served);
        a.billed = a.served - a.ends[ATTEMPT_REFUSED] - a.hung_up;
        if (route->has_latency && !route->latency.is_timeout_billed) a.billed = a.ends[ATTEMPT_OK];
        const double part = a.served > 0 ? a.billed / a.served : 0;
        billed.calls = a.billed;
        billed.reads = prefixes.reads * (prefixes.refused > 0 ? 1 : part);
        billed.writes = prefixes.writes * (prefixes.refused > 0 ? 1 : part);
        billed.output_ratio = a.output_ratio > 0 ? a.output_ratio : 1;
        billed.held_s = step->terms.storage_usd_per_tok_s > 0 ? prefixes.held_s : 0;
        billed.write_class = step->terms.write_class;
        hourly_bands(b->run, counts, &at, billed);
        hourly_count_step(n, counts_step(counts, w, b->bin, i), &a, answered_share);
        hourly_count_times(b, n, w, &a, all > 0 ? answered_share * upstream / all : 0);
    }
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calls upstream in a bin of the hourly engine, as expectations: down the chain of every workload, step by step. A step's
 * attempts meet the quota of its model (models/quota_hourly.h), which all workloads at that step share; those that it
 * admits meet errors and outages (models/availability.h), the prompt cache and the client's timeout
 * (models/latency_curve.h); what fails is retried (models/retry_hourly.h); what surfaces goes to the next step that takes
 * it. Layers above the chain repeat it as a whole.
 *
 * Limits. Retries and fallbacks belong to the bin of their call. A quota that is met at several steps in one bin is
 * stepped at the first of them; layers above a chain do not add to a quota's load: both are doubts. Outages are spread
 * evenly over their time, attempt by attempt: a doubt where something answers to them (retries, quotas, a group).
 * Bursts meet a quota in models/quota_bursts.h, uneven gaps as their index of dispersion; calls of a task that come together
 * do not.
 * No percentiles of latency. */
#ifndef FLOE_MODELS_HOURLY_ATTEMPTS_H
#define FLOE_MODELS_HOURLY_ATTEMPTS_H

#include "models/hourly_bill.h"
#include "models/hourly_breaker.h"
#include "models/hourly_hedge.h"
#include "models/quota_bursts.h"

/* What becomes of the attempts at one step of the chain in a bin. */
struct hourly_attempts {
    double calls;               /* that come to the step */
    double ends[ATTEMPT_ENDS];  /* attempts, by end */
    double lines[ATTEMPT_ENDS]; /* in the logs, by end */
    double out[ATTEMPT_ENDS];   /* calls, by what surfaces */
    double served;              /* attempts that come to the model */
    double billed;
    double cancelled, hung_up; /* attempts hung up for their hedge, or as one; those of them that came to the model */
    double answer_s;           /* mean time of an attempt that is answered */
    double output_ratio;       /* output tokens of a billed one to those of all calls; 0: 1 */
    double kept;               /* calls that a circuit breaker keeps away */
    double waited_s;           /* before the attempt that is answered, over those calls */
    double spent_s;            /* attempts and waits, over all calls at the step */
};

/* All steps of a workload. */
struct hourly_chain {
    struct hourly_attempts steps[CHAIN_STEPS_MOST];
    double late_s[CHAIN_STEPS_MOST]; /* what the calls that come to a step have waited, over all of them */
    double lost_s[ATTEMPT_ENDS];     /* what a run of the chain takes that ends so, over those runs */
    double ok_share;                 /* of the calls upstream */
};

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

/* ---- how an attempt ends ---- */

FLOE_FN const struct plan_route *bin_route(const struct hourly_bin *b)
{
    return plan_route_of(b->run->plan, b->phase, b->run->route);
}

FLOE_FN const struct retry_terms *bin_retries(const struct hourly_bin *b, int32_t w)
{
    return plan_retries_of(b->run->plan, b->phase, b->run->route, w);
}

/* Of attempts that no quota stops: those that meet an outage or an error, and those of them that hang. */
struct hourly_provider {
    double served, hanging;
};

FLOE_FN struct hourly_provider hourly_provider_of(struct hourly_bin *b, int32_t w, int32_t step)
{
    const struct plan_route *route = bin_route(b);
    struct hourly_provider p = {1 - bin_step(b, w, step)->error_share, 0};
    for (int i = 0; i < 2; i++) {
        const struct availability_terms *terms = &route->available[i == 0 ? 0 : 1 + step];
        struct availability_span span = availability_span(terms, b->from_ns, b->to_ns);
        if (i == 0 || b->run->plan->n_steps[b->run->route] == 1) { /* later steps of a task begin when it is up */
            span.down_share *= b->state->dark_ratio[w];
            span.fail_share = span.down_share + (1 - span.down_share) * terms->error_share;
        }
        if (terms->outage_end == ATTEMPT_TIMED_OUT) p.hanging += (1 - p.hanging) * span.down_share;
        p.served *= 1 - (terms->outage_end == ATTEMPT_TIMED_OUT ? terms->error_share : span.fail_share);
        /* Retries and quotas do not meet an outage attempt by attempt, nor do the members of a group. */
        const int n_steps = b->run->plan->n_steps[b->run->route];
        const int answers = bin_retries(b, w)->n_loops > 0 || route->n_quotas > 0 || (n_steps > 1 && terms->group >= 0);
        if (span.down_share > 0 && (answers || (n_steps > 1 && span.doubt != 0)))
            b->state->doubt |= HOURLY_DOUBT_OUTAGE;
    }
    return p;
}

struct hourly_ends {
    struct retry_load load;  /* p: shares of the attempts by end; of a pair, with hedges */
    double late_share;       /* of those that time out, the ones that the model answers too late; the others hang */
    double attempts;         /* over the wire for one that a retry layer sends */
    struct hedge_pair hedge; /* with hedges */
};

/* How long attempts take that are not answered. */
FLOE_FN void hourly_fails_s(const struct hourly_bin *b, int32_t w, double *fails_s)
{
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const double short_s = route->has_latency ? latency->means.rejection_s : bin_latency_s(b);
    fails_s[ATTEMPT_THROTTLED] = fails_s[ATTEMPT_REFUSED] = short_s;
    fails_s[ATTEMPT_FAILED] = route->has_latency ? latency->means.error_s : bin_latency_s(b);
    /* without a timeout what hangs is over as a rejection is */
    fails_s[ATTEMPT_TIMED_OUT] = route->has_latency && route->latency.timeout_s > 0 ? route->latency.timeout_s
                                                                                    : short_s;
}

/* How long those take that are. */
FLOE_FN double hourly_answer_s(const struct hourly_bin *b, int32_t w)
{
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    if (!bin_route(b)->has_latency) return bin_latency_s(b);
    return latency->timed_out_share < 1 ? latency->answered_s / (1 - latency->timed_out_share) : latency->answered_s;
}

/* With a share t of the attempts throttled. */
FLOE_FN struct hourly_ends hourly_ends_of(struct hourly_bin *b, int32_t w, int32_t i, double t)
{
    const struct plan_step *step = bin_step(b, w, i);
    const struct plan_route *route = bin_route(b);
    const struct hourly_provider provider = hourly_provider_of(b, w, i);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const int is_refused = step->terms.is_on && step->terms.is_refused && bin_load(b, w)->prefix.prefix_tok > 0;
    const double late = route->has_latency ? latency->timed_out_share : 0;
    const double up = (1 - t) * (1 - provider.hanging), served = up * provider.served * !is_refused;
    struct hourly_ends ends;
    memset(&ends, 0, sizeof ends);
    ends.attempts = 1;
    ends.load.p[ATTEMPT_THROTTLED] = t;
    ends.load.p[ATTEMPT_FAILED] = up * (1 - provider.served);
    ends.load.p[ATTEMPT_REFUSED] = up * provider.served * is_refused;
    ends.load.p[ATTEMPT_OK] = served * (1 - late);
    ends.load.p[ATTEMPT_TIMED_OUT] = (1 - t) * provider.hanging + served * late;
    ends.load.asked_s = -1;
    ends.load.attempt_s = route->has_latency ? latency->client_s : bin_latency_s(b);
    hourly_fails_s(b, w, ends.load.fails_s);
    if (late > 0) ends.late_share = served * late / ends.load.p[ATTEMPT_TIMED_OUT];
    const struct plan_hedge *hedge = plan_hedge_of(b->run->plan, b->phase, b->run->route, w);
    if (hedge == NULL) return ends;
    const struct hourly_hedged meets = {t, provider.served, provider.hanging, is_refused};
    ends.hedge = hourly_hedge(hedge, &meets);
    ends.attempts = ends.hedge.attempts;
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        ends.load.p[end] = ends.hedge.p[end];
        if (end != ATTEMPT_OK && ends.hedge.p[end] > 0)
            ends.load.fails_s[end] = ends.hedge.ends_s[end] / ends.hedge.p[end];
    }
    return ends;
}

/* ---- quotas ---- */

/* Attempts that a throttled call makes at most within a step, and how far its waits are spread: their mean width. */
FLOE_FN double hourly_attempts_most(const struct retry_terms *terms, double *spread_s)
{
    double k = 1, widths_s = 0, n = 0;
    for (int32_t i = 0; i < terms->below_chain; i++) {
        const struct retry_loop *loop = &terms->loops[i];
        if ((loop->retried & ATTEMPT_BIT(ATTEMPT_THROTTLED)) == 0) continue;
        for (int32_t j = 1; j < loop->attempts; j++) {
            const struct retry_range range = retry_range_of(loop, ATTEMPT_THROTTLED, j);
            widths_s += range.high_s - range.low_s;
            n++;
        }
        k *= loop->attempts;
    }
    *spread_s = n > 0 ? widths_s / n : 0;
    return k;
}

/* What all workloads at a step bring to one quota. */
struct hourly_demand {
    double calls; /* that come to the step in the bin */
    int32_t most; /* the workload with the most of them, or -1 */
    struct quota_load load;
    struct quota_bursts bursts;
    int32_t
        n_bursts; /* workloads that come in bursts and matter; only the one that sways the load most is in `bursts` */
};

/* How unevenly a workload's calls come, n of d->calls. A bucket forgets within the time that it takes to fill. */
#define HOURLY_SWAY_LEAST 0.02 /* of the load */
FLOE_FN void hourly_pace(const struct hourly_bin *b, const struct quota_terms *terms, int32_t w, double n,
                         struct hourly_demand *d)
{
    const struct traffic_pace *pace = &b->run->plan->workloads[w].pace;
    const double share = n / d->calls, each = bin_load(b, w)->calls_mean;
    if (pace->kind == PACE_GAPS) {
        double fills_s = 0;
        for (int i = 0; i < QUOTA_BUCKETS; i++) {
            const struct quota_bucket *bucket = &terms->buckets[i];
            const double s = bucket->rate > 0 ? quota_bucket_depth(bucket) / quota_bucket_per_s(bucket) : 0;
            fills_s = s > fills_s ? s : fills_s;
        }
        const double tasks = n / each / b->length_s * fills_s;
        d->load.gap_ratio += share * each * (pace_dispersion(pace, tasks, fills_s) - 1);
    }
    if (pace->kind != PACE_BURSTS) return;
    const int is_up = pace->on_ratio > pace->off_ratio;
    const double high = is_up ? pace->on_ratio : pace->off_ratio, low = is_up ? pace->off_ratio : pace->on_ratio;
    const double sway = d->bursts.on_ratio - d->bursts.off_ratio;
    d->n_bursts += share * (high - low) > HOURLY_SWAY_LEAST;
    if (share * (high - low) <= (d->bursts.on_share > 0 ? sway : 0)) return;
    d->bursts.on_share = is_up ? pace->on_share : 1 - pace->on_share;
    d->bursts.on_s = is_up ? pace->on_s : pace->off_s;
    d->bursts.off_s = is_up ? pace->off_s : pace->on_s;
    d->bursts.on_ratio = 1 + share * (high - 1);
    d->bursts.off_ratio = 1 + share * (low - 1);
}

FLOE_FN struct hourly_demand hourly_demand_of(struct hourly_bin *b, const struct hourly_chain *chains, int32_t q,
                                              int32_t i)
{
    const struct quota_terms *terms = &bin_route(b)->quotas[q];
    struct hourly_demand d;
    double held_s = 0, input_tok = 0, output_tok = 0, most_tok = 0, square = 0;
    memset(&d, 0, sizeof d);
    d.most = -1;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        const struct plan_step *step = bin_step(b, w, i);
        if (step->model < 0 || step->quota != q || !(chains[w].steps[i].calls > 0)) continue;
        const double n = chains[w].steps[i].calls, most_output = bin_load(b, w)->most_output_tok;
        const struct hourly_mean_call mean = hourly_mean_call_of(b, w, i);
        const double each = mean.input_tok + mean.output_tok * terms->burndown;
        if (d.most < 0 || n > chains[d.most].steps[i].calls) d.most = w;
        d.calls += n;
        held_s += n * hourly_ends_of(b, w, i, 0).load.attempt_s;
        input_tok += n * mean.input_tok;
        output_tok += n * mean.output_tok;
        most_tok += n * (most_output < TOKENS_LARGEST ? most_output : terms->model_max_tok);
        square += n * each * each;
    }
    if (d.most < 0) return d;
    const double mean_each = (input_tok + output_tok * terms->burndown) / d.calls;
    const struct quota_tokens tokens = {input_tok / d.calls, 0, 0, most_tok / d.calls};
    d.load.size_ratio = mean_each > 0 ? square / d.calls / (mean_each * mean_each) : 1;
    d.load.gap_ratio = 1;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++)
        if (bin_step(b, w, i)->model >= 0 && bin_step(b, w, i)->quota == q && chains[w].steps[i].calls > 0)
            hourly_pace(b, terms, w, chains[w].steps[i].calls, &d);
    d.load.held_s = held_s / d.calls;
    quota_load_weigh(terms, &tokens, output_tok / d.calls, &d.load);
    return d;
}

/* Attempts of a call, all layers, with a share t throttled; the state of the budgets is left as it is. */
FLOE_FN double hourly_attempts_at(struct hourly_bin *b, const struct hourly_demand *d, int32_t i, double t,
                                  struct retry_means *means)
{
    const struct retry_load load = hourly_ends_of(b, d->most, i, t).load;
    const double each = hourly_ends_of(b, d->most, i, t).attempts;
    struct retry_state state = b->state->retries[d->most][i];
    (void)retry_step(bin_retries(b, d->most), &state, &load, d->calls / b->length_s, 0, b->length_s, means);
    return means->attempts * each;
}

/* Attempts per second that bursts may misplace. What a burst throws out together is retried together, here thinned in the
 * mean; what overflows to a later step comes in other bursts; two workloads' bursts meet. */
FLOE_FN double hourly_unsure_of_bursts(const struct hourly_demand *d, const struct quota_terms *terms,
                                       const struct quota_flow *flow, int is_retried, int32_t i)
{
    if (d->n_bursts == 0) return 0;
    if (quota_bursts_are_blind(terms) || d->n_bursts > 1 || i > 0) return flow->wire_per_s;
    return is_retried ? flow->throttled_per_s : 0;
}

/* Uneven gaps in a bucket of few clumps: of what chance throttles, beyond what the mean load does, some 0.35 / clumps is
 * off (fitted to events). Retries of a clump come together. */
#define HOURLY_CLUMP_OFF 0.35
FLOE_FN double hourly_unsure_of_gaps(const struct hourly_demand *d, const struct quota_terms *terms,
                                     const struct quota_flow *flow, int is_retried)
{
    const double more = floe_bits_abs(d->load.gap_ratio - 1) / d->load.gap_ratio;
    if (more < HOURLY_SWAY_LEAST || flow->limit < 0 || flow->limit >= QUOTA_BUCKETS) return 0;
    const double clumps = quota_room(terms, &d->load, flow->limit) / quota_grain(&d->load, flow->limit);
    const double over = flow->wire_per_s - quota_capacity_per_s(terms, &d->load);
    const double chance = flow->throttled_per_s - (over > 0 ? over : 0);
    if (is_retried && chance > QUOTA_DOUBT_SHARE * flow->throttled_per_s) return flow->throttled_per_s;
    return HOURLY_CLUMP_OFF * more * chance > QUOTA_DOUBT_SHARE * clumps * flow->throttled_per_s ? flow->throttled_per_s
                                                                                                 : 0;
}

/* What the workloads bring to a quota at step i, and the share of their attempts that it stops. The quota knows calls of k
 * attempts; the layers of a call have many numbers of attempts, by end and by what their budgets hold. So: fresh load is
 * what the calls try without a throttle (or, with empty budgets, in all), and k is that with which (1 - p^k)/(1 - p)
 * attempts come of it, found together with p by HOURLY_ROUNDS rounds, damped. */
#define HOURLY_ROUNDS 10
#define HOURLY_SLOTS_LEAST 10
#define HOURLY_NEAR_LOW 0.9
#define HOURLY_NEAR_HIGH 1.15
FLOE_FN double hourly_quota(struct hourly_bin *b, const struct hourly_chain *chains, int32_t q, int32_t i)
{
    const struct plan_route *route = bin_route(b);
    struct hourly_demand d = hourly_demand_of(b, chains, q, i);
    struct retry_means means;
    double p = 0;
    if (d.most < 0) return 0;
    const double from_s = (double)b->from_ns / NS_PER_S;
    double spread_s;
    const struct retry_terms *retries = bin_retries(b, d.most);
    const double most = hourly_attempts_most(retries, &spread_s);
    const double alone = hourly_attempts_at(b, &d, i, 0, &means);
    d.load.calls_per_s = d.calls / b->length_s * alone;
    d.load.attempts = most;
    for (int round = 0; round < HOURLY_ROUNDS; round++) {
        struct quota_hourly state = b->state->quotas[q];
        const double here =
            quota_bursts_step(&route->quotas[q], &state, &d.load, &d.bursts, from_s, b->length_s).throttled_share;
        p = round == 0 ? here : 0.5 * (p + here);
        const double attempts = hourly_attempts_at(b, &d, i, p, &means), ratio = attempts / alone;
        d.load.calls_per_s = d.calls / b->length_s * (ratio < 1 ? attempts : alone); /* an empty budget: fewer */
        d.load.attempts = most;
        if (ratio <= 1)
            d.load.attempts = 1;
        else if (p > 1e-9 && p < 1 && ratio * (1 - p) < 1)
            d.load.attempts = floe_log1p(-ratio * (1 - p)) / floe_log(p);
        if (!(d.load.attempts >= 1)) d.load.attempts = 1;
        if (d.load.attempts > most) d.load.attempts = most;
    }
    const struct quota_flow flow = quota_bursts_step(&route->quotas[q], &b->state->quotas[q], &d.load, &d.bursts,
                                                     from_s, b->length_s);
    b->state->quota_wire += flow.wire_per_s * b->length_s;
    b->state->quota_unsure += flow.unsure_per_s * b->length_s;
    /* Not sure: throttled calls come back together where their waits are spread over few slots of the quota; near it what
     * is tried decides the rest; layers above the chain bring more than is known here. */
    const double capacity_per_s = quota_capacity_per_s(&route->quotas[q], &d.load);
    const double tried = d.calls / b->length_s * alone / capacity_per_s;
    const int is_near = tried > HOURLY_NEAR_LOW && tried < HOURLY_NEAR_HIGH;
    const int is_above = retries->below_chain < retries->n_loops;
    if (flow.throttled_share > 0.01 && (most > 1 || is_above) &&
        (spread_s * capacity_per_s < HOURLY_SLOTS_LEAST || is_near || is_above))
        b->state->quota_unsure += flow.throttled_per_s * b->length_s;
    const int is_retried = most > 1 || is_above;
    b->state->quota_unsure += hourly_unsure_of_bursts(&d, &route->quotas[q], &flow, is_retried, i) * b->length_s;
    b->state->quota_unsure += hourly_unsure_of_gaps(&d, &route->quotas[q], &flow, is_retried) * b->length_s;
    return flow.throttled_share;
}

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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What all workloads at a step of the chain bring to a quota in a bin of the hourly engine, and the share of their attempts
 * that it throttles (models/quota_hourly.h, models/quota_bursts.h), found together with what their retries bring.
 *
 * Limits. A quota that is met at several steps in one bin is stepped at the first of them; layers above a chain do not add to
 * a quota's load: both are doubts. Bursts meet a quota in models/quota_bursts.h, uneven gaps as their index of dispersion;
 * calls of a task that come together do not. */
#ifndef FLOE_MODELS_HOURLY_QUOTA_H
#define FLOE_MODELS_HOURLY_QUOTA_H

#include "models/hourly_ends.h"
#include "models/quota_bursts.h"

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

#endif

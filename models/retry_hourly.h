/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Retries in layers as expectations (as events: models/retry.h).
 *   retry_expect         attempts, outcomes, log lines and waiting per call, when attempts end independently
 *   retry_fixed_point    the same under a hard quota: the share of throttles at which the quota is used exactly
 *   retry_step           the same over a span of time, with the levels of the retry token buckets carried on
 *
 * Formulas. p: an attempt's chance to fail, k attempts.
 *     attempts a call  A = (1 - p^k)/(1 - p), final failures p^k, waiting: sum over n < k of p^n E[wait n]
 *     nested           k1 in k2 = one loop of k1 k2 when both retry the same ends
 *     hard quota C, fresh load L > C, rejections free:  L (1 - p^k) = C,  p = (1 - C/L)^(1/k), wire load C/(1 - p);
 *     in general: admitted attempts L A(t) (1 - t) = C, t the share of throttles, by bisection (it falls in t)
 *     botocore's bucket drifts by (1 - p) - 5 p^2 (1 - p) - 10 p^3 a call, 0 at p = 0.3207 (cost 14: 0.2149)
 * retry_expect is exact for i.i.d. attempts without deadline: a layer's outcomes, with the waiting and the time of failed
 * attempts up to each, are the input of the layer above. A bucket whose drift is not negative fills up and grants all; otherwise it empties and then
 * grants the share g of the retries at which it drifts no more, d(p, g) = 0; g is taken as independent of all else.
 *
 * Limits, each with a doubt. The bounds are where simulation and form were seen to part by more than about 1 % of the
 * attempts:
 *     BRAKE     a small bucket near its turning point wanders between full and empty. With d the drift, v the variance of
 *               a call's change, B the size, c a retry's cost: v/(2 B c) > 0.006 of the tries, and 2 |d| B / v < 7 (3
 *               where it empties); or two buckets empty in one span. Never so for botocore's 500
 *     DEADLINE  a deadline falls among waits that spread (it is decided by their means)
 *     ADAPTIVE  a sending rate is limited; the form has no limiter and takes botocore standard
 *     COOLDOWN  a cooldown stops a part of the calls; the form has none
 *     HERD      retries come back to a quota as full as they left it: the mean wait w, in attempts of the quota C, is
 *               short against the time over which the excess x = L A(0)/C - 1 beats chance: w C x^2 < 0.5; or the
 *               waits hardly spread (mean width s: s C x^2 < 0.2). Waits without jitter always herd: Strands alone makes
 *               a fifth fewer attempts than the form says
 * Left out: retries that wait beyond the end of their span count in it.
 *
 * Memory: 32 bytes a client. */
#ifndef FLOE_MODELS_RETRY_HOURLY_H
#define FLOE_MODELS_RETRY_HOURLY_H

#include "models/retry.h"

enum {
    RETRY_DOUBT_BRAKE = 1,
    RETRY_DOUBT_DEADLINE = 2,
    RETRY_DOUBT_ADAPTIVE = 4,
    RETRY_DOUBT_COOLDOWN = 8,
    RETRY_DOUBT_HERD = 16
};
#define RETRY_DOUBTS 5
extern const char *const retry_doubts[RETRY_DOUBTS]; /* what to do about bit 1 << i */

#define RETRY_BISECTIONS 56

/* How attempts end. */
struct retry_load {
    double p[ATTEMPT_ENDS];       /* shares, sum 1 */
    double asked_s;               /* the Retry-After of throttles, < 0: none */
    double attempt_s;             /* mean length of an attempt; counts for deadlines only */
    double fails_s[ATTEMPT_ENDS]; /* the same of one with this end, for took_s; not read for ATTEMPT_OK */
};

/* One run of a loop. */
struct retry_flow {
    double out[ATTEMPT_ENDS];      /* its outcomes, sum 1 */
    double wait_s[ATTEMPT_ENDS];   /* E[waiting; this outcome] */
    double took_s[ATTEMPT_ENDS];   /* E[time of failed attempts; this outcome] */
    double attempts[ATTEMPT_ENDS]; /* over the wire */
    double lines[ATTEMPT_ENDS];    /* in the logs */
    double spread_s;               /* widths of the waits, summed over the retries */
};

/* Of one step of a chain, per call that comes to it. */
struct retry_means {
    struct retry_flow flow;
    double attempts;                     /* all ends */
    double wait_s;                       /* all outcomes; given success: flow.wait_s[OK] / flow.out[OK] */
    double runs[RETRY_LAYERS_MOST];      /* of each loop per call */
    double drift_tok[RETRY_LAYERS_MOST]; /* of its bucket per call, retries granted as in grant */
    double grant[RETRY_LAYERS_MOST];     /* share of the wanted retries that the bucket pays for */
    uint32_t doubt;
};

/* Levels of a client's buckets. */
struct retry_state {
    double level_tok[RETRY_LAYERS_MOST];
};

FLOE_FN struct retry_flow retry_attempt_flow(const struct retry_load *load)
{
    struct retry_flow flow;
    for (int e = 0; e < ATTEMPT_ENDS; e++) {
        flow.out[e] = flow.attempts[e] = load->p[e];
        flow.wait_s[e] = flow.lines[e] = 0;
        flow.took_s[e] = e == ATTEMPT_OK ? 0 : load->p[e] * load->fails_s[e];
    }
    flow.spread_s = 0;
    return flow;
}

FLOE_FN double retry_flow_attempts(const struct retry_flow *flow)
{
    double sum = 0;
    for (int e = 0; e < ATTEMPT_ENDS; e++)
        sum += flow->attempts[e];
    return sum;
}

FLOE_FN double retry_flow_wait_s(const struct retry_flow *flow)
{
    double sum = 0;
    for (int e = 0; e < ATTEMPT_ENDS; e++)
        sum += flow->wait_s[e];
    return sum;
}

/* Does this end want a retry, deadline and bucket apart? */
FLOE_FN int retry_wants(const struct retry_loop *loop, const struct retry_load *load, int end)
{
    const double asked_s = end == ATTEMPT_THROTTLED ? load->asked_s : -1;
    return end != ATTEMPT_OK && (loop->retried & ATTEMPT_BIT(end)) != 0 && retry_honoured(loop, 0, asked_s) >= 0;
}

/* ---- the bucket ---- */

/* A run's steps: gains on average, and what retry n takes, times (r g)^(n-1) g. */
struct retry_drift {
    double gain_tok, loss_tok; /* loss: per try that fails, refunds taken off */
    double again_share;        /* r: of a try that fails and wants another */
    double cost_tok;           /* mean of a retry */
    int32_t attempts;
};

FLOE_FN struct retry_drift retry_drift_of(const struct retry_loop *loop, const struct retry_load *load,
                                          const struct retry_flow *below, int32_t attempts)
{
    struct retry_drift d = {loop->request_tok + loop->success_tok * below->out[ATTEMPT_OK], 0, 0, 0, attempts};
    for (int e = 0; e < ATTEMPT_ENDS; e++) {
        const double again = retry_wants(loop, load, e) ? below->out[e] : 0;
        d.again_share += again;
        d.cost_tok += again * loop->cost_tok[e];
    }
    d.loss_tok = d.cost_tok * (1 - (loop->refunds ? below->out[ATTEMPT_OK] : 0));
    d.cost_tok = d.again_share > 0 ? d.cost_tok / d.again_share : 0;
    return d;
}

FLOE_FN double retry_drift_at(const struct retry_drift *d, double grant)
{
    double reach = grant, retries = 0;
    for (int32_t n = 1; n < d->attempts; n++) {
        retries += reach;
        reach *= d->again_share * grant;
    }
    return d->gain_tok - d->loss_tok * retries;
}

/* Mean square of a run's change of the level, all retries granted. */
FLOE_FN double retry_drift_square(const struct retry_loop *loop, const struct retry_drift *d, double ok_share)
{
    double reach = 1, square = 0;
    for (int32_t n = 0; n < d->attempts; n++) {
        const double paid = n * d->cost_tok, back = n == 0 ? loop->success_tok : loop->refunds ? d->cost_tok : 0;
        const double fails = 1 - ok_share - (n + 1 < d->attempts ? d->again_share : 0);
        const double good = loop->request_tok + back - paid, bad = loop->request_tok - paid;
        square += reach * (ok_share * good * good + fails * bad * bad);
        reach *= d->again_share;
    }
    return square;
}

/* The share of the retries that an empty bucket pays for. */
FLOE_FN double retry_drift_balance(const struct retry_drift *d)
{
    double low = 0, high = 1;
    for (int i = 0; i < RETRY_BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        const int is_paid = retry_drift_at(d, middle) >= 0;
        low = is_paid ? middle : low;
        high = is_paid ? high : middle;
    }
    return retry_drift_at(d, 1) >= 0 ? 1 : low;
}

/* ---- one loop ---- */

struct retry_pass {
    double reach, wait_s; /* chance of this try; E[waiting before it; it happens] */
    double took_s;        /* E[time of failed attempts before it; it happens] */
    double low_s, high_s; /* bounds of the waiting before it */
    double below_s;       /* mean length of a run of what is below, its waits included */
    int is_spread;        /* the length of a run below is not certain */
    uint32_t doubt;
};

/* May retry n after this end still begin? Its mean time decides. */
FLOE_FN int retry_in_time(const struct retry_loop *loop, struct retry_pass *pass, int32_t n, struct retry_range range,
                          double wait_s)
{
    if (loop->deadline_ns == RETRY_NO_DEADLINE) return 1;
    const double deadline_s = loop->deadline_s + 1e-9, below_s = n * pass->below_s;
    const double mean_s = (pass->reach > 0 ? pass->wait_s / pass->reach : 0) + below_s + wait_s;
    const double low_s = pass->low_s + range.low_s + (pass->is_spread ? 0 : below_s);
    const double high_s = pass->high_s + range.high_s + (pass->is_spread ? 3 : 1) * below_s;
    if (low_s <= deadline_s && high_s > deadline_s && high_s > low_s) pass->doubt |= RETRY_DOUBT_DEADLINE;
    return mean_s <= deadline_s;
}

FLOE_FN double retry_spread_s(const struct retry_loop *loop, struct retry_range range, double asked_s)
{
    return retry_honoured(loop, range.high_s, asked_s) - retry_honoured(loop, range.low_s, asked_s);
}

/* Try n of a loop: adds its outcomes to `out` and moves `pass` on to the next. */
FLOE_FN void retry_try(const struct retry_loop *loop, const struct retry_load *load, const struct retry_flow *below,
                       int32_t n, double grant, struct retry_pass *pass, struct retry_flow *out)
{
    struct retry_pass next = *pass;
    next.reach = next.wait_s = next.took_s = 0;
    for (int e = 0; e < ATTEMPT_ENDS; e++) {
        const double share = pass->reach * below->out[e];
        const double waited_s = pass->wait_s * below->out[e] + pass->reach * below->wait_s[e];
        const double took_s = pass->took_s * below->out[e] + pass->reach * below->took_s[e];
        const double asked_s = e == ATTEMPT_THROTTLED ? load->asked_s : -1;
        double goes_on = 0, wait_s = 0;
        if (share > 0 && n < loop->attempts && retry_wants(loop, load, e)) {
            const struct retry_range range = retry_range_of(loop, e, n);
            wait_s = retry_mean_s(loop, range, asked_s);
            goes_on = retry_in_time(loop, pass, n, range, wait_s) ? grant : 0;
            next.low_s = pass->low_s + range.low_s;
            next.high_s = pass->high_s + range.high_s;
            out->spread_s += share * goes_on * retry_spread_s(loop, range, asked_s);
        }
        out->out[e] += share * (1 - goes_on);
        out->wait_s[e] += waited_s * (1 - goes_on);
        out->took_s[e] += took_s * (1 - goes_on);
        next.took_s += took_s * goes_on;
        next.reach += share * goes_on;
        next.wait_s += (waited_s + share * wait_s) * goes_on;
    }
    next.doubt = pass->doubt;
    *pass = next;
}

/* From a run of what is below to a run of this loop. Returns the number of runs below. */
FLOE_FN double retry_loop_flow(const struct retry_loop *loop, const struct retry_load *load, double grant,
                               struct retry_flow *flow, uint32_t *doubt)
{
    const struct retry_flow below = *flow;
    const double waits_s = retry_flow_wait_s(&below);
    struct retry_pass pass = {1, 0, 0, 0, 0, 0, 0, 0};
    double runs = 0;
    pass.below_s = waits_s + load->attempt_s * retry_flow_attempts(&below);
    pass.is_spread = waits_s > 0 || load->attempt_s > 0;
    for (int e = 0; e < ATTEMPT_ENDS; e++)
        flow->out[e] = flow->wait_s[e] = flow->took_s[e] = 0;
    for (int32_t n = 1; n <= loop->attempts; n++) {
        runs += pass.reach;
        retry_try(loop, load, &below, n, grant, &pass, flow);
    }
    for (int e = 0; e < ATTEMPT_ENDS; e++) {
        flow->attempts[e] *= runs;
        flow->lines[e] *= runs;
    }
    flow->spread_s += (runs - 1) * below.spread_s;
    *doubt |= pass.doubt;
    return runs;
}

FLOE_FN uint32_t retry_loop_doubt(const struct retry_loop *loop, const struct retry_load *load,
                                  const struct retry_flow *below, const struct retry_drift *drift)
{
    const double d = retry_drift_at(drift, 1), size = d < 0 ? -d : d;
    const double square = retry_drift_square(loop, drift, below->out[ATTEMPT_OK]) - d * d;
    const int is_throttled = load->p[ATTEMPT_THROTTLED] > 0, is_lost = below->out[ATTEMPT_OK] <= 0;
    const int is_between = loop->budget_tok > 0 && drift->again_share > 0 && drift->again_share < 1;
    uint32_t doubt = 0;
    if (is_between) {
        const double tries = (1 - floe_pow(drift->again_share, drift->attempts)) / (1 - drift->again_share);
        const double wanders = square / (2 * loop->budget_tok * drift->cost_tok);
        if (wanders > 0.006 * tries && 2 * size * loop->budget_tok < (d < 0 ? 3 : 7) * square)
            doubt |= RETRY_DOUBT_BRAKE;
    }
    if (loop->is_adaptive && is_throttled) doubt |= RETRY_DOUBT_ADAPTIVE;
    if (loop->cooldown_ns > 0 && (loop->is_alone ? is_lost : is_throttled)) doubt |= RETRY_DOUBT_COOLDOWN;
    return doubt;
}

/* How many tries the deadline leaves, all retries granted. */
FLOE_FN int32_t retry_tries(const struct retry_loop *loop, const struct retry_load *load,
                            const struct retry_flow *below)
{
    if (loop->deadline_ns == RETRY_NO_DEADLINE) return loop->attempts;
    struct retry_flow out = *below;
    struct retry_pass pass = {1, 0, 0, 0, 0, 0, 0, 0};
    int32_t tries = 0;
    const double waits_s = retry_flow_wait_s(below);
    pass.below_s = waits_s + load->attempt_s * retry_flow_attempts(below);
    for (int32_t n = 1; n <= loop->attempts; n++) {
        tries += pass.reach > 0;
        retry_try(loop, load, below, n, 1, &pass, &out);
    }
    return tries;
}

/* Loops from .. to-1 around a flow: for a step, 0 .. below_chain; for the loops above a chain, the rest, around the flow
 * of the whole chain. Bit i of `drained`: the bucket of loop i is empty. */
FLOE_FN void retry_expect_loops(const struct retry_terms *terms, const struct retry_load *load, int32_t from,
                                int32_t to, uint32_t drained, struct retry_means *means)
{
    for (int32_t i = from; i < to; i++) {
        const struct retry_loop *loop = &terms->loops[i];
        const struct retry_drift drift = retry_drift_of(loop, load, &means->flow,
                                                        retry_tries(loop, load, &means->flow));
        const int is_empty = loop->budget_tok > 0 && (drained & 1u << i) != 0;
        means->grant[i] = is_empty ? retry_drift_balance(&drift) : 1;
        means->drift_tok[i] = loop->budget_tok > 0 ? retry_drift_at(&drift, means->grant[i]) : 0;
        means->doubt |= retry_loop_doubt(loop, load, &means->flow, &drift);
        const double runs = retry_loop_flow(loop, load, means->grant[i], &means->flow, &means->doubt);
        for (int32_t j = from; j < i; j++) {
            means->runs[j] *= runs;
            means->drift_tok[j] *= runs;
        }
        means->runs[i] = 1;
        for (int e = 1; e < ATTEMPT_ENDS && i == terms->log_loop; e++)
            means->flow.lines[e] = means->flow.out[e];
    }
    means->attempts = retry_flow_attempts(&means->flow);
    means->wait_s = retry_flow_wait_s(&means->flow);
}

FLOE_FN void retry_expect(const struct retry_terms *terms, const struct retry_load *load, uint32_t drained,
                          struct retry_means *means)
{
    const struct retry_means zero = {{{0}, {0}, {0}, {0}, {0}, 0}, 0, 0, {0}, {0}, {0}, 0};
    *means = zero;
    means->flow = retry_attempt_flow(load);
    for (int e = 1; e < ATTEMPT_ENDS && terms->n_loops == 0; e++)
        means->flow.lines[e] = load->p[e];
    retry_expect_loops(terms, load, 0, terms->below_chain, drained, means);
}

/* ---- under a quota ---- */

/* `others` says how attempts end that the quota admits (its share of throttles is 0). With the quota: a share t is
 * throttled in front of them. */
FLOE_FN struct retry_load retry_throttled_load(const struct retry_load *others, double t)
{
    struct retry_load load = *others;
    for (int e = 0; e < ATTEMPT_ENDS; e++)
        load.p[e] = (1 - t) * others->p[e];
    load.p[ATTEMPT_THROTTLED] += t;
    return load;
}

/* Do the retries find the quota as they left it? over: the excess without throttles. Few retries matter less. */
FLOE_FN int retry_herds(const struct retry_means *means, double capacity_per_s, double over)
{
    const double retries = means->attempts - 1, scale = capacity_per_s * over * over;
    const double matter = 4 * retries / means->attempts, weight = matter < 1 ? matter : 1;
    if (retries < 1e-9) return 0;
    return means->wait_s / retries * scale < 0.5 * weight || means->flow.spread_s / retries * scale < 0.2 * weight;
}

/* Calls at offered_per_s against a quota of capacity_per_s attempts (<= 0: none), rejections free. Returns the share of
 * the attempts that are throttled; fills the means per call at it. The wire load is offered x means->attempts. */
FLOE_FN double retry_fixed_point(const struct retry_terms *terms, const struct retry_load *others, double offered_per_s,
                                 double capacity_per_s, uint32_t drained, struct retry_means *means)
{
    double low = 0, high = 1;
    const int is_limited = capacity_per_s > 0;
    retry_expect(terms, others, drained, means);
    const double over = is_limited ? offered_per_s * means->attempts / capacity_per_s - 1 : 0;
    if (over <= 0) return 0;
    for (int i = 0; i < RETRY_BISECTIONS; i++) {
        const double t = (low + high) / 2;
        const struct retry_load load = retry_throttled_load(others, t);
        retry_expect(terms, &load, drained, means);
        const int is_over = offered_per_s * means->attempts * (1 - t) > capacity_per_s;
        low = is_over ? t : low;
        high = is_over ? high : t;
    }
    const struct retry_load load = retry_throttled_load(others, high);
    retry_expect(terms, &load, drained, means);
    means->doubt |= retry_herds(means, capacity_per_s, over) ? RETRY_DOUBT_HERD : 0;
    return high;
}

/* ---- over a span of time ---- */

FLOE_FN void retry_state_begin(const struct retry_terms *terms, struct retry_state *state)
{
    for (int32_t i = 0; i < RETRY_LAYERS_MOST; i++)
        state->level_tok[i] = i < terms->n_loops ? terms->loops[i].budget_tok : 0;
}

FLOE_FN uint32_t retry_drained(const struct retry_terms *terms, const struct retry_state *state)
{
    uint32_t drained = 0;
    for (int32_t i = 0; i < terms->n_loops; i++)
        drained |= (uint32_t)(terms->loops[i].budget_tok > 0 && state->level_tok[i] <= 0) << i;
    return drained;
}

/* Calls until the first bucket that has something is empty; `which` is its bit. */
FLOE_FN double retry_calls_to_empty(const struct retry_terms *terms, const struct retry_state *state,
                                    const struct retry_means *means, uint32_t drained, uint32_t *which)
{
    double calls = 1e300;
    *which = 0;
    for (int32_t i = 0; i < terms->below_chain; i++) {
        const int drains = (drained & 1u << i) == 0 && terms->loops[i].budget_tok > 0 && means->drift_tok[i] < 0;
        const double n = drains ? state->level_tok[i] / -means->drift_tok[i] : 1e300;
        *which = n < calls ? 1u << i : *which;
        calls = n < calls ? n : calls;
    }
    return calls;
}

FLOE_FN void retry_levels_move(const struct retry_terms *terms, struct retry_state *state,
                               const struct retry_means *means, double calls)
{
    for (int32_t i = 0; i < terms->below_chain; i++) {
        const double level = state->level_tok[i] + means->drift_tok[i] * calls, most = terms->loops[i].budget_tok;
        state->level_tok[i] = level < 0 ? 0 : level < most ? level : most;
    }
}

/* a += share (b - a) */
FLOE_FN void retry_means_blend(struct retry_means *a, const struct retry_means *b, double share)
{
    for (int e = 0; e < ATTEMPT_ENDS; e++) {
        a->flow.out[e] += share * (b->flow.out[e] - a->flow.out[e]);
        a->flow.wait_s[e] += share * (b->flow.wait_s[e] - a->flow.wait_s[e]);
        a->flow.took_s[e] += share * (b->flow.took_s[e] - a->flow.took_s[e]);
        a->flow.attempts[e] += share * (b->flow.attempts[e] - a->flow.attempts[e]);
        a->flow.lines[e] += share * (b->flow.lines[e] - a->flow.lines[e]);
    }
    a->flow.spread_s += share * (b->flow.spread_s - a->flow.spread_s);
    for (int32_t i = 0; i < RETRY_LAYERS_MOST; i++) {
        a->runs[i] += share * (b->runs[i] - a->runs[i]);
        a->drift_tok[i] += share * (b->drift_tok[i] - a->drift_tok[i]);
        a->grant[i] += share * (b->grant[i] - a->grant[i]);
    }
    a->attempts += share * (b->attempts - a->attempts);
    a->wait_s += share * (b->wait_s - a->wait_s);
    a->doubt |= b->doubt;
}

/* A span of `length_s` at a constant load. Until a bucket is empty its retries are granted, then as it can pay. Returns
 * the share of the attempts that are throttled by the quota. */
FLOE_FN double retry_step(const struct retry_terms *terms, struct retry_state *state, const struct retry_load *others,
                          double offered_per_s, double capacity_per_s, double length_s, struct retry_means *means)
{
    const uint32_t drained = retry_drained(terms, state);
    const double calls = offered_per_s * length_s;
    uint32_t which, other;
    struct retry_means after;
    const double t = retry_fixed_point(terms, others, offered_per_s, capacity_per_s, drained, means);
    const double to_empty = retry_calls_to_empty(terms, state, means, drained, &which);
    const double first = to_empty < calls ? to_empty : calls;
    retry_levels_move(terms, state, means, first);
    if (first >= calls) return t;
    const double t_after = retry_fixed_point(terms, others, offered_per_s, capacity_per_s, drained | which, &after);
    if (retry_calls_to_empty(terms, state, &after, drained | which, &other) < calls - first)
        after.doubt |= RETRY_DOUBT_BRAKE;
    retry_levels_move(terms, state, &after, calls - first);
    const double share = 1 - first / calls, throttled = (1 - share) * t * means->attempts;
    const double throttled_after = share * t_after * after.attempts;
    retry_means_blend(means, &after, share);
    return means->attempts > 0 ? (throttled + throttled_after) / means->attempts : 0;
}

#endif

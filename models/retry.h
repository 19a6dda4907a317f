/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Retries in layers: an SDK retries an attempt, an agent loop or a router retries the SDK, and so on, innermost first.
 *   as events        retry_call_begin, retry_send before each attempt, retry_after or retry_succeeded at its end
 *   as expectations  models/retry_hourly.h
 *
 * A layer runs what is below it up to `attempts` times. An end that it does not retry, a used-up number of attempts, its
 * deadline or its empty bucket make the exception surface to the layer above. When the layer above retries, the layers
 * below begin anew. The layers up to `below_chain` belong to one step of a chain: what surfaces from the last of them
 * makes the chain fall over; the layers above retry the chain as a whole (retry_chain_after). So `fall over on the first
 * surfaced exception` is below_chain = 1.
 *
 * What the logs see is one line for each exception that surfaces from the log layer: the innermost one, unless a layer
 * says `logs: true`. The wire sees every attempt.
 *
 * A retry token bucket (botocore: level 500, a retry costs 5, after a timeout 10) is shared by a client's calls: a retry
 * takes its cost or does not happen; a success after retries gives back the cost of the last one, a success at the first
 * try puts 1 in, a failure nothing. A retry budget as a share of the requests is the same with another feed: every
 * request puts in 0.1, a retry takes 1. A deadline counts from the layer's own first try; a wait that would end after it
 * is not begun, one that ends exactly on it is.
 * botocore adaptive: a client-wide limit of the sending rate from the first throttle on; throttled at rate r: the limit
 * becomes 0.7 r; otherwise 0.4 (t - K)^3 + Wmax, K = cbrt(0.3 Wmax / 0.4), t since the last throttle, at most twice the
 * measured rate. Senders queue in order of arrival; the wait of one in the queue is not recomputed when the limit
 * changes, which botocore does.
 * Cooldown (LiteLLM): for 5 s after a failure nothing is sent to the deployment and the router raises at once. With one
 * deployment it begins when all of at least 1,000 attempts of a minute failed; with several, also at once on a throttle,
 * and when more than half of at least 5 failed. The router is taken not to retry what it refused itself (not read).
 *
 * Left out: deadlines shared by several layers (each counts for itself), sizes of an attempt other than one.
 *
 * Memory: a client 480 bytes, a call 80. Both are begun by their functions. */
#ifndef FLOE_MODELS_RETRY_H
#define FLOE_MODELS_RETRY_H

#include "models/retry_rules.h"
#include "models/units.h"
#include "sim/fmath.h"

#define RETRY_LAYERS_MOST 4
#define RETRY_ATTEMPTS_MOST 100
#define RETRY_WAIT_MOST_S (30.0 * S_PER_DAY)
#define RETRY_NO_WAIT_ASKED (-1) /* the provider did not say when to come back */
#define RETRY_NO_DEADLINE INT64_MAX

enum retry_said { RETRY_AS_PRESET, RETRY_TRUE, RETRY_FALSE };

/* One layer as the user says it. PARAM_ABSENT, or 0 for the choices: as the preset. */
struct retry_layer {
    int32_t preset;                                        /* enum retry_preset */
    int32_t jitter;                                        /* 1 + enum retry_jitter */
    int32_t on_throttle, on_error, on_timeout, on_refusal; /* enum retry_said */
    int32_t honours;                                       /* 1 + enum retry_honour */
    int32_t refunds;                                       /* enum retry_said */
    int32_t is_logged;
    int64_t attempts;
    double base_s, error_base_s, factor, cap_s;
    double honour_most_s;
    double deadline_s;
    double budget_tok, throttle_cost_tok, error_cost_tok, timeout_cost_tok, success_tok, request_tok;
    double cooldown_s;
    int64_t deployments;
};

extern const struct param_block retry_layer_block;

/* What holds for one layer. */
struct retry_loop {
    int32_t attempts;
    uint32_t retried; /* set of enum attempt_end */
    int32_t jitter, honours, refunds, is_adaptive;
    double base_s[ATTEMPT_ENDS];
    double factor, cap_s;
    double honour_most_s;
    int64_t deadline_ns; /* RETRY_NO_DEADLINE: none */
    double deadline_s;
    double budget_tok; /* 0: no bucket */
    double cost_tok[ATTEMPT_ENDS];
    double success_tok, request_tok;
    int64_t cooldown_ns; /* 0: none */
    int32_t is_alone;    /* the router has this deployment only */
};

struct retry_terms {
    int32_t n_loops;     /* 0: one attempt, and its exception is logged */
    int32_t below_chain; /* loops that belong to one chain step; n_loops: all */
    int32_t log_loop;
    struct retry_loop loops[RETRY_LAYERS_MOST];
};

/* Layers innermost first. below_chain < 0: all layers belong to the step. Layers of one attempt count as layers: what
 * comes through them surfaces from them. */
void retry_derive(const struct retry_layer *layers, int32_t n_layers, int32_t below_chain, struct retry_terms *terms);

/* ---- waits ---- */

/* A wait is uniform between low and high, or with a chance exactly high. */
struct retry_range {
    double low_s, high_s, at_high_share;
};

/* Before retry n = 1, 2, ... after this end. */
FLOE_FN struct retry_range retry_range_of(const struct retry_loop *loop, int end, int32_t n)
{
    struct retry_range range = {loop->base_s[end], loop->base_s[end], 0};
    for (int32_t i = 1; i < n && range.high_s < loop->cap_s; i++)
        range.high_s *= loop->factor;
    const double grown_s = range.high_s < RETRY_WAIT_MOST_S ? range.high_s : RETRY_WAIT_MOST_S;
    const double d = grown_s < loop->cap_s ? grown_s : loop->cap_s, added_s = d + loop->base_s[end];
    range.high_s = d;
    range.low_s = loop->jitter == RETRY_JITTER_FULL ? 0 : loop->jitter == RETRY_JITTER_UPPER_QUARTER ? 0.75 * d : d;
    if (loop->jitter == RETRY_JITTER_ADDED) {
        range.high_s = added_s < loop->cap_s ? added_s : loop->cap_s;
        range.at_high_share = added_s > loop->cap_s ? (added_s - loop->cap_s) / loop->base_s[end] : 0;
    }
    return range;
}

FLOE_FN double retry_range_at(struct retry_range range, double u)
{
    const double spread = 1 - range.at_high_share;
    return u < spread ? range.low_s + (range.high_s - range.low_s) * (u / spread) : range.high_s;
}

/* The wait that is kept to: asked_s < 0 is nothing asked for. A negative result: no retry. */
FLOE_FN double retry_honoured(const struct retry_loop *loop, double wait_s, double asked_s)
{
    const int is_kept = asked_s > 0 && asked_s <= loop->honour_most_s;
    if (asked_s < 0 || loop->honours == RETRY_AFTER_IGNORED) return wait_s;
    if (loop->honours == RETRY_AFTER_NEAR)
        return asked_s < wait_s ? wait_s : asked_s > wait_s + 5 ? wait_s + 5 : asked_s;
    if (loop->honours == RETRY_AFTER_OR_STOP && asked_s > loop->honour_most_s) return -1;
    return is_kept ? asked_s : wait_s;
}

/* Integral from 0 to y of min(max(x, 0), 5). */
FLOE_FN double retry_near_integral(double y)
{
    return y <= 0 ? 0 : y <= 5 ? y * y / 2 : 12.5 + 5 * (y - 5);
}

/* The mean of the wait that is kept to. asked_s must not stop the retry. */
FLOE_FN double retry_mean_s(const struct retry_loop *loop, struct retry_range range, double asked_s)
{
    const double low = range.low_s, high = range.high_s, share = range.at_high_share;
    const double at_low = retry_honoured(loop, low, asked_s), at_high = retry_honoured(loop, high, asked_s);
    double mean_s = (at_low + at_high) / 2;
    if (loop->honours == RETRY_AFTER_NEAR && asked_s >= 0 && high > low)
        mean_s = (low + high) / 2 +
                 (retry_near_integral(asked_s - low) - retry_near_integral(asked_s - high)) / (high - low);
    return (1 - share) * mean_s + share * at_high;
}

/* ---- as events ---- */

#define RETRY_CLOCK_NS (NS_PER_S / 2) /* botocore measures its rate by half seconds */

struct retry_limiter {
    int32_t is_on;
    int64_t half_s, n; /* the half second that is counted since, and the answers in it */
    double measured_per_s;
    double w_max_per_s, k_s;
    int64_t throttled_ns;
    double fill_per_s, most_tok, level_tok;
    int64_t filled_ns;
};

struct retry_cooldown {
    int64_t until_ns, minute;
    int32_t tried, failed; /* in this minute */
};

/* Of one layer, shared by a client's calls. */
struct retry_shared {
    double level_tok;
    struct retry_limiter limiter;
    struct retry_cooldown cooldown;
};

/* Per workload, route and model. */
struct retry_client {
    struct retry_shared layers[RETRY_LAYERS_MOST];
};

/* Per call; the loops below the chain are those of its present step. */
struct retry_call {
    int32_t tries[RETRY_LAYERS_MOST];        /* that have ended, in this run of the loop */
    double last_cost_tok[RETRY_LAYERS_MOST]; /* of this run's last retry */
    int64_t began_ns[RETRY_LAYERS_MOST];
};

enum retry_stop { RETRY_GOES_ON, RETRY_NOT_RETRIED, RETRY_USED_UP, RETRY_ASKED_TO_STOP, RETRY_TOO_LATE, RETRY_BROKE };

/* What follows a failed attempt. */
struct retry_next {
    int32_t is_retry;
    int32_t gives_up;        /* the step is over; above the chain: the call */
    int32_t surfaced_layers; /* that the exception has passed */
    int32_t is_logged;       /* one line in the logs, of this end */
    int32_t stop;            /* enum retry_stop: why the last layer passed did not retry */
    int64_t wait_ns;         /* from now to the next attempt */
};

/* Before an attempt. */
struct retry_sent {
    int32_t is_refused; /* by layer refused_by: nothing goes over the wire; go on with retry_refused */
    int32_t refused_by;
    int64_t wait_ns; /* until the attempt may be sent; do not ask again */
};

FLOE_FN int64_t retry_ns(double s)
{
    return (int64_t)(s * (double)NS_PER_S + 0.5);
}

/* Buckets full, nothing limited. */
FLOE_FN void retry_client_begin(const struct retry_terms *terms, struct retry_client *client, int64_t now_ns)
{
    for (int32_t i = 0; i < RETRY_LAYERS_MOST; i++) {
        const struct retry_shared zero = {0, {0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0}, {0, 0, 0, 0}};
        client->layers[i] = zero;
        client->layers[i].level_tok = i < terms->n_loops ? terms->loops[i].budget_tok : 0;
        client->layers[i].limiter.half_s = now_ns / NS_PER_S * 2;
        client->layers[i].limiter.throttled_ns = client->layers[i].limiter.filled_ns = now_ns;
        client->layers[i].cooldown.until_ns = now_ns;
    }
}

FLOE_FN void retry_loops_begin(struct retry_call *call, int32_t from, int32_t to, int64_t now_ns)
{
    for (int32_t i = from; i < to; i++) {
        call->tries[i] = 0;
        call->last_cost_tok[i] = 0;
        call->began_ns[i] = now_ns;
    }
}

FLOE_FN void retry_call_begin(const struct retry_terms *terms, struct retry_call *call, int64_t now_ns)
{
    (void)terms;
    retry_loops_begin(call, 0, RETRY_LAYERS_MOST, now_ns);
}

/* The chain goes on to its next step. */
FLOE_FN void retry_step_begin(const struct retry_terms *terms, struct retry_call *call, int64_t now_ns)
{
    retry_loops_begin(call, 0, terms->below_chain, now_ns);
}

/* ---- the limiter of botocore adaptive ---- */

FLOE_FN void retry_limiter_fill(struct retry_limiter *l, int64_t now_ns)
{
    const double level = l->level_tok + (double)(now_ns - l->filled_ns) / NS_PER_S * l->fill_per_s;
    l->level_tok = level < l->most_tok ? level : l->most_tok;
    l->filled_ns = now_ns;
}

FLOE_FN int64_t retry_limiter_send(struct retry_limiter *l, int64_t now_ns)
{
    if (!l->is_on) return 0;
    retry_limiter_fill(l, now_ns);
    l->level_tok -= 1;
    return l->level_tok >= 0 ? 0 : retry_ns(-l->level_tok / l->fill_per_s);
}

FLOE_FN double retry_limiter_measure(struct retry_limiter *l, int64_t now_ns)
{
    const int64_t half_s = now_ns / RETRY_CLOCK_NS;
    l->n++;
    if (half_s > l->half_s) {
        l->measured_per_s = 0.8 * ((double)l->n * 2 / (double)(half_s - l->half_s)) + 0.2 * l->measured_per_s;
        l->n = 0;
        l->half_s = half_s;
    }
    return l->measured_per_s;
}

/* An answer has come. */
FLOE_FN void retry_limiter_answer(struct retry_limiter *l, int is_throttled, int64_t now_ns)
{
    const double measured = retry_limiter_measure(l, now_ns), limit = 2 * measured;
    double rate;
    if (is_throttled) {
        l->w_max_per_s = l->is_on && l->fill_per_s < measured ? l->fill_per_s : measured;
        l->k_s = l->w_max_per_s > 0 ? floe_pow(l->w_max_per_s * 0.3 / 0.4, 1.0 / 3) : 0;
        l->throttled_ns = now_ns;
        l->is_on = 1;
        rate = 0.7 * l->w_max_per_s;
    } else {
        const double t = (double)(now_ns - l->throttled_ns) / NS_PER_S - l->k_s;
        rate = 0.4 * t * t * t + l->w_max_per_s;
    }
    rate = rate < limit ? rate : limit;
    retry_limiter_fill(l, now_ns);
    l->fill_per_s = rate > 0.5 ? rate : 0.5;
    l->most_tok = rate > 1 ? rate : 1;
    l->level_tok = l->level_tok < l->most_tok ? l->level_tok : l->most_tok;
}

/* ---- the cooldown of LiteLLM ---- */

FLOE_FN void retry_cooldown_answer(const struct retry_loop *loop, struct retry_cooldown *c, int end, int64_t now_ns)
{
    const int64_t minute = now_ns / (S_PER_MIN * NS_PER_S);
    const int is_new = minute != c->minute;
    c->minute = minute;
    c->tried = (is_new ? 0 : c->tried) + 1;
    c->failed = (is_new ? 0 : c->failed) + (end != ATTEMPT_OK);
    const int is_bad = loop->is_alone ? c->tried >= 1000 && c->failed == c->tried
                                      : end == ATTEMPT_THROTTLED || (c->tried >= 5 && 2 * c->failed > c->tried);
    if (end != ATTEMPT_OK && is_bad) c->until_ns = now_ns + loop->cooldown_ns;
}

/* ---- an attempt ---- */

FLOE_FN struct retry_sent retry_send(const struct retry_terms *terms, struct retry_client *client, int64_t now_ns)
{
    struct retry_sent sent = {0, 0, 0};
    for (int32_t i = terms->n_loops - 1; i >= 0 && !sent.is_refused; i--) {
        const struct retry_loop *loop = &terms->loops[i];
        struct retry_shared *shared = &client->layers[i];
        if (loop->cooldown_ns > 0 && now_ns < shared->cooldown.until_ns) {
            sent.is_refused = 1;
            sent.refused_by = i;
        } else if (loop->is_adaptive) {
            const int64_t wait_ns = retry_limiter_send(&shared->limiter, now_ns);
            sent.wait_ns = wait_ns > sent.wait_ns ? wait_ns : sent.wait_ns;
        }
    }
    return sent;
}

FLOE_FN double retry_bucket_put(const struct retry_loop *loop, double level_tok, double tok)
{
    return level_tok + tok < loop->budget_tok ? level_tok + tok : loop->budget_tok;
}

/* One loop sees a failure: does it retry? Fills stop, and wait_ns if it does. */
FLOE_FN int retry_loop_after(const struct retry_loop *loop, struct retry_shared *shared, struct retry_call *call,
                             int32_t i, int end, int64_t now_ns, int64_t asked_ns, double u, struct retry_next *next)
{
    const int32_t n = ++call->tries[i];
    const double cost_tok = loop->cost_tok[end];
    if (n == 1) shared->level_tok = retry_bucket_put(loop, shared->level_tok, loop->request_tok);
    next->stop = RETRY_NOT_RETRIED;
    if ((loop->retried & ATTEMPT_BIT(end)) == 0) return 0;
    next->stop = RETRY_USED_UP;
    if (n >= loop->attempts) return 0;
    const double own_s = retry_range_at(retry_range_of(loop, end, n), u);
    const double wait_s = retry_honoured(loop, own_s, asked_ns < 0 ? -1 : (double)asked_ns / NS_PER_S);
    next->stop = RETRY_ASKED_TO_STOP;
    if (wait_s < 0) return 0;
    next->wait_ns = retry_ns(wait_s < RETRY_WAIT_MOST_S ? wait_s : RETRY_WAIT_MOST_S);
    next->stop = RETRY_TOO_LATE;
    if (loop->deadline_ns != RETRY_NO_DEADLINE && now_ns + next->wait_ns - call->began_ns[i] > loop->deadline_ns)
        return 0;
    next->stop = RETRY_BROKE;
    if (loop->budget_tok > 0 && cost_tok > shared->level_tok) return 0;
    if (loop->budget_tok > 0) shared->level_tok -= cost_tok, call->last_cost_tok[i] = cost_tok;
    next->stop = RETRY_GOES_ON;
    return 1;
}

/* A failure climbs through the loops from .. to-1 until one retries. */
FLOE_FN struct retry_next retry_climb(const struct retry_terms *terms, struct retry_client *client,
                                      struct retry_call *call, int32_t from, int32_t to, int end, int64_t now_ns,
                                      int64_t asked_ns, double u)
{
    struct retry_next next = {0, 0, from, 0, RETRY_NOT_RETRIED, 0};
    while (next.surfaced_layers < to && !next.is_retry) {
        const int32_t i = next.surfaced_layers;
        next.is_retry = retry_loop_after(&terms->loops[i], &client->layers[i], call, i, end, now_ns, asked_ns, u,
                                         &next);
        if (!next.is_retry) {
            next.is_logged |= i == terms->log_loop;
            next.surfaced_layers++;
        }
    }
    if (next.is_retry) retry_loops_begin(call, 0, next.surfaced_layers, now_ns + next.wait_ns);
    next.wait_ns = next.is_retry ? next.wait_ns : 0;
    next.gives_up = !next.is_retry;
    return next;
}

/* An attempt has failed with `end`; asked_ns is the provider's Retry-After, or RETRY_NO_WAIT_ASKED. */
FLOE_FN struct retry_next retry_after(const struct retry_terms *terms, struct retry_client *client,
                                      struct retry_call *call, int end, int64_t now_ns, int64_t asked_ns, double u)
{
    for (int32_t i = 0; i < terms->n_loops; i++) {
        if (terms->loops[i].is_adaptive)
            retry_limiter_answer(&client->layers[i].limiter, end == ATTEMPT_THROTTLED, now_ns);
        if (terms->loops[i].cooldown_ns > 0)
            retry_cooldown_answer(&terms->loops[i], &client->layers[i].cooldown, end, now_ns);
    }
    struct retry_next next = retry_climb(terms, client, call, 0, terms->below_chain, end, now_ns, asked_ns, u);
    next.is_logged |= terms->n_loops == 0;
    return next;
}

/* retry_send refused: the refusing layer raises a throttle of its own, and only the layers above it may retry. */
FLOE_FN struct retry_next retry_refused(const struct retry_terms *terms, struct retry_client *client,
                                        struct retry_call *call, int32_t refused_by, int64_t now_ns, double u)
{
    const int32_t to = terms->below_chain > refused_by + 1 ? terms->below_chain : refused_by + 1;
    struct retry_next next = retry_climb(terms, client, call, refused_by + 1, to, ATTEMPT_THROTTLED, now_ns,
                                         RETRY_NO_WAIT_ASKED, u);
    next.is_logged |= refused_by == terms->log_loop;
    return next;
}

/* The chain's last step has given up with `end`: does a layer above the chain begin it anew? */
FLOE_FN struct retry_next retry_chain_after(const struct retry_terms *terms, struct retry_client *client,
                                            struct retry_call *call, int end, int64_t now_ns, double u)
{
    return retry_climb(terms, client, call, terms->below_chain, terms->n_loops, end, now_ns, RETRY_NO_WAIT_ASKED, u);
}

FLOE_FN void retry_succeeded(const struct retry_terms *terms, struct retry_client *client,
                             const struct retry_call *call, int64_t now_ns)
{
    for (int32_t i = 0; i < terms->n_loops; i++) {
        const struct retry_loop *loop = &terms->loops[i];
        struct retry_shared *shared = &client->layers[i];
        const double first = loop->success_tok + loop->request_tok, back = loop->refunds ? call->last_cost_tok[i] : 0;
        shared->level_tok = retry_bucket_put(loop, shared->level_tok, call->tries[i] == 0 ? first : back);
        if (loop->is_adaptive) retry_limiter_answer(&shared->limiter, 0, now_ns);
        if (loop->cooldown_ns > 0) retry_cooldown_answer(loop, &shared->cooldown, ATTEMPT_OK, now_ns);
    }
}

#endif

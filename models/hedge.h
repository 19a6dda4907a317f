/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hedging: an attempt that has not answered after a delay d is sent a second time, and the first answer wins. The delay
 * is said in seconds or as a quantile of the latency (Dean, Barroso, The Tail at Scale, CACM 56(2), 2013).
 *
 *   as events        hedge_at_ns: when to send the second attempt; hedge_outcome: who wins, who is the loser
 *   as expectations  hedge_above, hedge_expect: from the law of one attempt, models/latency_curve.h
 *
 * The loser is cancelled when the winner answers, and not billed (`cancel`), or runs on and is billed in full (`bill`).
 * What a provider bills of a cancelled stream differs: the truth lies between the two.
 *
 * Formulas, S(t) = P(T > t) of one attempt, both attempts independent:
 *   P(answered after t) = S(t) for t < d, S(t) S(t - d) from d on
 *   extra attempts per call = S(d): 1 - q for a hedge at quantile q
 *   E[answered] = E[min(T, d)] + the integral of S(d + e) S(e) over e >= 0, by the trapezoid rule on the curve's half
 *   nodes (its error is the curve's)
 *   busy seconds per call: under `cancel` both run from d until the answer, E[answered] + E[(answered - d)+]; under `bill`
 *   (1 + S(d)) E[T]
 *
 * Limits: the two attempts are independent. A cause that slows both (a long prompt, a provider in trouble, a full quota)
 * makes hedges useless and more load; then the expectation flatters. One hedge per attempt. An attempt that ends early
 * without an answer is a retry's business: no hedge is sent for it, and while one of two is in flight it is waited for. */
#ifndef FLOE_MODELS_HEDGE_H
#define FLOE_MODELS_HEDGE_H

#include "models/latency_curve.h"

#if defined(__cplusplus)
extern "C" {
#endif

enum hedge_loser { HEDGE_CANCEL, HEDGE_BILL };

/* What the user gave; PARAM_ABSENT where nothing. */
struct hedge {
    double after_s;
    double quantile_share;
    int32_t loser;
};

extern const struct param_block hedge_block;

struct hedge_terms {
    int32_t is_on;
    int32_t loser;
    int64_t after_ns;
    double after_s;
};

int hedge_is_given(const struct hedge *hedge);

/* total: the law of one attempt, for a hedge at a quantile; may be NULL for one after a time. */
void hedge_derive(const struct hedge *hedge, const struct latency_curve *total, struct hedge_terms *terms);

#if defined(__cplusplus)
}
#endif

/* ---- as events ---- */

/* When the second attempt is due of one that started at `started_ns`: the caller sends it if nothing was answered before.
 * An answer at the same instant comes first. LATENCY_NEVER_NS: not at all. */
FLOE_FN int64_t hedge_at_ns(const struct hedge_terms *terms, int64_t started_ns)
{
    if (!terms->is_on || terms->after_ns >= LATENCY_NEVER_NS - started_ns) return LATENCY_NEVER_NS;
    return started_ns + terms->after_ns;
}

struct hedge_outcome {
    int32_t is_sent; /* there was a second attempt */
    int32_t winner;  /* 0 or 1 */
    int32_t is_loser_billed;
    int32_t loser_end;   /* ATTEMPT_OK under `bill`; under `cancel` it has no end of its own: ATTEMPT_ENDS */
    int64_t answered_ns; /* from the first attempt's start */
    int64_t busy_ns;     /* of both attempts together at the provider */
};

/* Of two attempts that would be answered after first_ns and second_ns, each from its own start. */
FLOE_FN struct hedge_outcome hedge_outcome(const struct hedge_terms *terms, int64_t first_ns, int64_t second_ns)
{
    struct hedge_outcome o;
    const int64_t after_ns = terms->after_ns;
    o.is_sent = terms->is_on && first_ns > after_ns;
    o.winner = o.is_sent && second_ns < first_ns - after_ns;
    o.answered_ns = o.winner ? after_ns + second_ns : first_ns;
    o.is_loser_billed = o.is_sent && terms->loser == HEDGE_BILL;
    o.loser_end = o.is_loser_billed ? ATTEMPT_OK : ATTEMPT_ENDS;
    o.busy_ns = o.answered_ns;
    if (o.is_sent) o.busy_ns = o.is_loser_billed ? first_ns + second_ns : 2 * o.answered_ns - after_ns;
    return o;
}

/* ---- as expectations ---- */

/* P(no answer by t). */
FLOE_FN double hedge_above(const struct hedge_terms *terms, const struct latency_curve *total, double t_s)
{
    const double first = latency_curve_above(total, t_s);
    if (!terms->is_on || t_s < terms->after_s) return first;
    return first * latency_curve_above(total, t_s - terms->after_s);
}

FLOE_FN double hedge_quantile(const struct hedge_terms *terms, const struct latency_curve *total, double q)
{
    double low = 0, high = latency_curve_quantile(total, q);
    for (int i = 0; i < LATENCY_BISECTIONS; i++) {
        const double middle = 0.5 * (low + high);
        if (hedge_above(terms, total, middle) > 1 - q)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Integral over e >= 0 of S(d + e) S(e): the second attempt's own time. Up to the curve's shift S(e) is 1. */
FLOE_FN double hedge_overlap_s(const struct hedge_terms *terms, const struct latency_curve *total)
{
    const double half_cell = 0.5 / LATENCY_NODES_PER_E, d = terms->after_s, shift = total->shift_s;
    double sum = latency_curve_mean_below(total, d + shift) - latency_curve_mean_below(total, d);
    double before_s = 0, before = latency_curve_above(total, d + shift) * latency_curve_above(total, shift);
    for (int32_t i = 0; i <= total->to && i < LATENCY_NODES; i++) {
        const double e_s = latency_node(i) * floe_exp(-half_cell);
        const double now = latency_curve_above(total, d + shift + e_s) * latency_curve_above(total, shift + e_s);
        sum += 0.5 * (before + now) * (e_s - before_s);
        before_s = e_s, before = now;
    }
    return sum;
}

struct hedge_expected {
    double answered_s;     /* E[until the first answer], without a timeout */
    double extra_attempts; /* per call: the extra load */
    double extra_billed;   /* answers per call that are billed beside the winner's */
    double busy_s;         /* per call: of both attempts together at the provider */
    double p50_s, p95_s, p99_s;
    double timed_out_share; /* P(no answer by timeout_s, from the first attempt's start); 0 without one */
};

/* timeout_s: PARAM_ABSENT without. */
FLOE_FN struct hedge_expected hedge_expect(const struct hedge_terms *terms, const struct latency_curve *total,
                                           double timeout_s)
{
    struct hedge_expected e;
    const double mean_s = latency_curve_mean(total);
    const double overlap_s = terms->is_on ? hedge_overlap_s(terms, total) : 0;
    e.extra_attempts = terms->is_on ? latency_curve_above(total, terms->after_s) : 0;
    e.extra_billed = terms->loser == HEDGE_BILL ? e.extra_attempts : 0;
    e.answered_s = terms->is_on ? latency_curve_mean_below(total, terms->after_s) + overlap_s : mean_s;
    /* two attempts run from d on, until the answer (cancel) or to their ends (bill) */
    e.busy_s = terms->loser == HEDGE_BILL ? mean_s + e.extra_attempts * mean_s : e.answered_s + overlap_s;
    e.p50_s = hedge_quantile(terms, total, 0.50);
    e.p95_s = hedge_quantile(terms, total, 0.95);
    e.p99_s = hedge_quantile(terms, total, 0.99);
    e.timed_out_share = timeout_s == PARAM_ABSENT ? 0 : hedge_above(terms, total, timeout_s);
    return e;
}

#endif

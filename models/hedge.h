/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hedging: an attempt that has not answered after a delay d is sent a second time, and the first answer wins. The delay
 * is said in seconds or as a quantile of the latency (Dean, Barroso, The Tail at Scale, CACM 56(2), 2013).
 *
 *   as events        hedge_at_ns: when to send the second attempt; hedge_decides: which of two the call goes on with, and
 *                    what becomes of the other; hedge_outcome: the same for two that are answered
 *   as expectations  hedge_above, hedge_expect: from the law of one attempt, models/latency_curve.h; hedge_pair_add: with
 *                    errors, throttles and a timeout
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
 * With ends other than an answer (hedge_pair_add). Each attempt has the client's timeout W for itself. q: shares of one
 * attempt's ends; a = those that are answered in time but after d; x = those that end after d without an answer; v = those
 * answered in time. Then
 *   hedges per attempt       h = a + x
 *   P(the pair is answered)  v + x v
 * and under `cancel` a loser ends as itself only if that came before the winner's answer: b = P(T > d + time of a
 * failure), u = P(T <= time of the first one's failure - d), with W for a timeout:
 *   cancelled = a (answers and timeouts of the second) + (a - b) (its other failures) + x u
 * Failures take their mean time here.
 *
 * Limits: given the length of the answer, the two attempts are independent; a long answer is long for both, and so the
 * moments are taken over HEDGE_CASES_MOST lengths of it (hedge_expect takes them as independent altogether). Another cause
 * that slows both (a provider in trouble, a full quota) makes hedges useless and more load; then the expectation flatters.
 * One hedge per attempt. An attempt that ends early without an answer is a retry's business: no hedge is sent for it, and
 * while one of two is in flight it is waited for. */
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

/* 1: a route with this latency can hedge so. */
int hedge_fits(const struct hedge *hedge, const struct latency *latency, struct complaint *complaint);

/* total: the law of one attempt, for a hedge at a quantile; may be NULL for one after a time. */
void hedge_derive(const struct hedge *hedge, const struct latency_curve *total, struct hedge_terms *terms);

struct hedge_moments;

/* What a pair's ends and times are made of; `work` is overwritten. Cost: up to HEDGE_CASES_MOST latency_curves_make. */
void hedge_moments_make(const struct hedge_terms *terms, const struct latency_terms *latency,
                        const struct floe_gamma_table *tables, const struct latency_output *output,
                        struct latency_curves *work, struct hedge_moments *moments);

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

/* Which of two attempts the call goes on with, from the ends of both and when they are known: 0 the first, 1 the second.
 * The earlier answer wins; if none comes, the later end decides. */
FLOE_FN int hedge_decides(int first_end, int64_t first_ns, int second_end, int64_t second_ns)
{
    if (first_end == ATTEMPT_OK) return second_end == ATTEMPT_OK && second_ns < first_ns;
    return second_end == ATTEMPT_OK || second_ns > first_ns;
}

/* 1: the other one is hung up at the winner's answer. */
FLOE_FN int hedge_cancels(const struct hedge_terms *terms, int winner_end, int64_t winner_ns, int other_end,
                          int64_t other_ns)
{
    return terms->loser == HEDGE_CANCEL && winner_end == ATTEMPT_OK &&
           (other_end == ATTEMPT_OK || other_ns > winner_ns);
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

/* ---- with failures and a timeout ---- */

#define HEDGE_CASES_MOST 17

/* Of answers of about one length: what a pair's ends and times are made of. d: the delay, W: the timeout. */
struct hedge_case {
    double share, output_tok;         /* of the calls; of each of them */
    double slow_share;                /* P(T > d) */
    double late_share;                /* P(T > W) */
    double fast_s, in_time_s;         /* E[T; T <= d], E[T; T <= W] */
    double first_s;                   /* E[min(T1, d + T2); d < T1 <= W, T2 <= W] */
    double overtaken_share;           /* P(d + T2 < T1; T1 <= W) */
    double after_short[ATTEMPT_ENDS]; /* P(d + mean time of a failure < T <= W) */
    double quick[ATTEMPT_ENDS];       /* P(T <= mean time of a failure - d) */
};

struct hedge_moments {
    int32_t n;
    double timeout_s;                /* PARAM_ABSENT: none */
    double output_tok;               /* mean over the cases */
    double short_s[ATTEMPT_ENDS];    /* mean time of a failure, by end; TIMED_OUT: the timeout, or what hangs without */
    double slow_short[ATTEMPT_ENDS]; /* P(a failure takes more than d) */
    struct hedge_case cases[HEDGE_CASES_MOST];
};

/* E[T; T <= t]. */
FLOE_FN double hedge_below_s(const struct latency_curve *total, double t_s)
{
    return latency_curve_mean_below(total, t_s) - t_s * latency_curve_above(total, t_s);
}

/* Integral over e from 0 to W - d of (S(d + e) - S(W)) (S(e) - S(W)); W = inf: hedge_overlap_s. */
FLOE_FN double hedge_overlap_before_s(const struct latency_curve *total, double d, double timeout_s)
{
    const double half_cell = 0.5 / LATENCY_NODES_PER_E, end_s = timeout_s - d;
    const double late = latency_curve_above(total, timeout_s);
    const double flat_s = total->shift_s < end_s ? total->shift_s : end_s;
    double sum = (1 - late) *
                 (latency_curve_mean_below(total, d + flat_s) - latency_curve_mean_below(total, d) - late * flat_s);
    double before_s = flat_s;
    double before = (latency_curve_above(total, d + flat_s) - late) * (latency_curve_above(total, flat_s) - late);
    for (int32_t i = 0; i <= total->to && i < LATENCY_NODES && before_s < end_s; i++) {
        const double node_s = total->shift_s + latency_node(i) * floe_exp(-half_cell);
        const double e_s = node_s < end_s ? node_s : end_s;
        const double now = (latency_curve_above(total, d + e_s) - late) * (latency_curve_above(total, e_s) - late);
        sum += 0.5 * (before + now) * (e_s - before_s);
        before_s = e_s, before = now;
    }
    return sum;
}

/* P(d + T2 < T1 <= W). */
FLOE_FN double hedge_overtaken_share(const struct latency_curve *total, double d, double timeout_s)
{
    const double late = timeout_s == PARAM_ABSENT ? 0 : latency_curve_above(total, timeout_s);
    double sum = total->zero_share * (latency_curve_above(total, d + total->shift_s) - late);
    for (int32_t i = total->from; i < total->to; i++) {
        const double left = latency_curve_above(total, d + total->shift_s + latency_node(i)) - late;
        if (!(left > 0)) break;
        sum += total->share[i] * left;
    }
    return sum > 0 ? sum : 0;
}

/* terms->is_on. The moments' times of failures are given. */
FLOE_FN struct hedge_case hedge_case_of(const struct hedge_terms *terms, const struct hedge_moments *moments,
                                        const struct latency_curve *total, double share, double output_tok)
{
    const double d = terms->after_s, timeout_s = moments->timeout_s;
    const int waits = timeout_s == PARAM_ABSENT;
    struct hedge_case c;
    c.share = share;
    c.output_tok = output_tok;
    c.late_share = waits ? 0 : latency_curve_above(total, timeout_s);
    c.in_time_s = waits ? latency_curve_mean(total) : hedge_below_s(total, timeout_s);
    c.slow_share = waits || d < timeout_s ? latency_curve_above(total, d) : 0;
    c.fast_s = waits || d < timeout_s ? hedge_below_s(total, d) : c.in_time_s;
    c.first_s = c.overtaken_share = 0;
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        c.after_short[end] = c.quick[end] = 0;
    if (!waits && !(d < timeout_s)) return c;
    c.first_s = d * (c.slow_share - c.late_share) * (1 - c.late_share) +
                (waits ? hedge_overlap_s(terms, total) : hedge_overlap_before_s(total, d, timeout_s));
    c.overtaken_share = hedge_overtaken_share(total, d, timeout_s);
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        const double after = latency_curve_above(total, d + moments->short_s[end]) - c.late_share;
        c.after_short[end] = after > 0 ? after : 0;
        c.quick[end] = 1 - latency_curve_above(total, moments->short_s[end] - d);
    }
    return c;
}

/* What one attempt meets: shares, 1 in all. */
struct hedge_meets {
    double served; /* by the model, in time or not */
    double hanging;
    double throttled, failed, refused;
};

/* Of an attempt and its hedge. */
struct hedge_pair {
    double attempts;
    double p[ATTEMPT_ENDS];      /* how the pair ends, for who waits */
    double ends[ATTEMPT_ENDS];   /* its attempts, by end */
    double cancelled;            /* those hung up */
    double cancelled_served;     /* of them those that came to the model */
    double late_served;          /* attempts that time out while the model goes on */
    double ok_tok, late_tok;     /* output tokens of those that end OK, and of late_served */
    double own_s;                /* E[time of the attempt that answers] */
    double wait_s;               /* E[delay before it]: d where the second answers */
    double ends_s[ATTEMPT_ENDS]; /* E[time of the pair; it ends so], of failures */
};

FLOE_FN void hedge_pair_begin(struct hedge_pair *pair)
{
    const struct hedge_pair zero = {0, {0}, {0}, 0, 0, 0, 0, 0, 0, 0, {0}};
    *pair = zero;
}

/* The parts of a first attempt that is hedged. */
struct hedge_first {
    double answered;             /* in time, after d */
    double timed_out, late;      /* of the timed-out those that the model serves */
    double slow[ATTEMPT_ENDS];   /* other failures that take more than d */
    double slow_any, unanswered; /* their sum; all that is not answered */
};

FLOE_FN struct hedge_first hedge_first_of(const struct hedge_moments *moments, const struct hedge_case *c,
                                          const struct hedge_meets *m, const double *single)
{
    const int is_sent = c->slow_share > 0 || moments->timeout_s == PARAM_ABSENT; /* before the timeout */
    struct hedge_first f;
    f.answered = c->slow_share > c->late_share ? m->served * (c->slow_share - c->late_share) : 0;
    f.late = is_sent ? m->served * c->late_share : 0;
    f.timed_out = f.late + m->hanging * moments->slow_short[ATTEMPT_TIMED_OUT];
    f.slow_any = 0;
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        const int is_short = end != ATTEMPT_OK && end != ATTEMPT_TIMED_OUT;
        f.slow[end] = is_short ? single[end] * moments->slow_short[end] : 0;
        f.slow_any += f.slow[end];
    }
    f.unanswered = f.timed_out + f.slow_any;
    return f;
}

/* The ends of the attempts over the wire. */
FLOE_FN void hedge_pair_wire(const struct hedge_terms *terms, const struct hedge_case *c, const struct hedge_meets *m,
                             const double *single, const struct hedge_first *f, double weight, struct hedge_pair *pair)
{
    const double sent = 1 + f->unanswered, late = m->served * c->late_share;
    const int is_billed = terms->loser == HEDGE_BILL;
    /* chance of a first one that would time out to be hung up */
    const double quick = is_billed ? 0 : m->served * c->quick[ATTEMPT_TIMED_OUT];
    const double ok = single[ATTEMPT_OK] * (sent + is_billed * f->answered);
    const double late_served = late * (sent + is_billed * f->answered) - f->late * quick;
    pair->attempts += weight * (sent + f->answered);
    pair->ends[ATTEMPT_OK] += weight * ok;
    pair->late_served += weight * late_served;
    pair->ok_tok += weight * ok * c->output_tok;
    pair->late_tok += weight * late_served * c->output_tok;
    pair->ends[ATTEMPT_TIMED_OUT] += weight * (single[ATTEMPT_TIMED_OUT] * (sent + is_billed * f->answered) -
                                               f->timed_out * quick);
    if (!is_billed) {
        pair->cancelled += weight *
                           (f->answered * (single[ATTEMPT_OK] + single[ATTEMPT_TIMED_OUT]) + f->timed_out * quick);
        pair->cancelled_served += weight * (f->answered * m->served + f->late * quick);
    }
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        if (end == ATTEMPT_OK || end == ATTEMPT_TIMED_OUT) continue;
        const double before = is_billed ? f->answered : m->served * c->after_short[end];
        const double beaten = is_billed ? 0 : f->slow[end] * m->served * c->quick[end];
        pair->ends[end] += weight * (single[end] * (sent + before) - beaten);
        pair->cancelled += weight * (single[end] * (f->answered - before) + beaten);
    }
}

/* How it ends for who waits, and how long that takes. */
FLOE_FN void hedge_pair_result(const struct hedge_terms *terms, const struct hedge_moments *moments,
                               const struct hedge_case *c, const struct hedge_meets *m, const double *single,
                               const struct hedge_first *f, double weight, struct hedge_pair *pair)
{
    const double d = terms->after_s, v = single[ATTEMPT_OK], late = single[ATTEMPT_TIMED_OUT];
    const double hung_s = moments->short_s[ATTEMPT_TIMED_OUT], in_time = 1 - c->late_share;
    const double both = m->served * m->served;
    pair->p[ATTEMPT_OK] += weight * v * (1 + f->unanswered);
    pair->own_s += weight * (m->served * c->fast_s + both * (c->first_s - d * c->overtaken_share) +
                             m->served * (1 - m->served * in_time) * (c->in_time_s - c->fast_s) +
                             f->unanswered * m->served * c->in_time_s);
    pair->wait_s += weight * d * (both * c->overtaken_share + f->unanswered * v);
    pair->p[ATTEMPT_TIMED_OUT] += weight * (late - f->timed_out + f->timed_out * (1 - v) + f->slow_any * late);
    pair->ends_s[ATTEMPT_TIMED_OUT] += weight * ((late - f->timed_out + f->timed_out * (1 - v)) * hung_s +
                                                 f->timed_out * late * d + f->slow_any * late * (d + hung_s));
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        if (end == ATTEMPT_OK || end == ATTEMPT_TIMED_OUT) continue;
        const double alone = single[end] - f->slow[end], after = f->slow_any * single[end];
        pair->p[end] += weight * (alone + after);
        pair->ends_s[end] += weight * (alone * moments->short_s[end] + after * (d + moments->short_s[end]));
    }
}

/* Adds `weight` attempts that meet `m`, over all lengths of the answer. */
FLOE_FN void hedge_pair_add(const struct hedge_terms *terms, const struct hedge_moments *moments,
                            const struct hedge_meets *m, double weight, struct hedge_pair *pair)
{
    double single[ATTEMPT_ENDS];
    single[ATTEMPT_THROTTLED] = m->throttled;
    single[ATTEMPT_FAILED] = m->failed;
    single[ATTEMPT_REFUSED] = m->refused;
    for (int32_t i = 0; i < moments->n; i++) {
        const struct hedge_case *c = &moments->cases[i];
        single[ATTEMPT_OK] = m->served * (1 - c->late_share);
        single[ATTEMPT_TIMED_OUT] = m->served * c->late_share + m->hanging;
        const struct hedge_first f = hedge_first_of(moments, c, m, single);
        hedge_pair_wire(terms, c, m, single, &f, weight * c->share, pair);
        hedge_pair_result(terms, moments, c, m, single, &f, weight * c->share, pair);
    }
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The law of an attempt's duration, as expectations: how many attempts are slower than t, what a timeout does, and the
 * percentiles of the sum of parts that each have a law of their own (models/latency.h). Computed once for a phase, on the
 * host, in a few milliseconds.
 *
 *   latency_curves_make     the laws of the time to first token and of the whole, from the parts and the output tokens
 *   latency_curve_above     P(T > t)
 *   latency_curve_quantile  the other way round
 *   latency_curve_mean_below  E[min(T, t)]: how long a client with this timeout waits
 *   latency_expect          all of it for the timeout of the terms
 *
 * Method. A curve is a fixed shift plus masses on nodes whose logarithms are 1/64 apart, and a mass at 0. A value between
 * two nodes is shared between them so that its mean stays; the cells of a law come from its distribution function and its
 * partial mean, so every curve has its law's mean. Two parts are added by adding every pair of nodes. A mass stands for an
 * even spread (in log t) over the half cells around its node.
 *
 * Error. Means: 1e-9 relative. Each sharing moves a value by less than a cell, 1.6 %, and keeps its mean, so it adds at
 * most h^2 t^2 / 4 of variance, h = 1/64, h^2 t^2 / 6 on average: P(T > t) is off by about
 * c h^2 / 2 t^2 |S''(t)|, c = 0.25 for one part to 1.1 for four. Measured against adaptive quadrature and draws
 * (tests/test_latency.c): below 4e-4 where the cv of the whole is 0.3 or more, and 0.8 % of P(T > t) down to 1e-4. Near an
 * atom (a fixed answer under `values`) the step is 1.6 % wide in t instead of sharp.
 *
 * Cost, measured: 1 ms for two random parts to 3 ms for all four; latency_answered_tok 0.2 ms, 6 ms where TPOT is random
 * too. 40 KB a curve; struct latency_curves is 200 KB and is the caller's (not on a small stack).
 *
 * Limits: those of models/latency.h. Output tokens and TPOT are independent. */
#ifndef FLOE_MODELS_LATENCY_CURVE_H
#define FLOE_MODELS_LATENCY_CURVE_H

#include "models/latency.h"
#include "models/tokens.h"

#define LATENCY_NODES_PER_E 64
#define LATENCY_NODE_OF_1 (16 * LATENCY_NODES_PER_E) /* node 0 is e^-16 s, 0.1 us */
#define LATENCY_NODES (37 * LATENCY_NODES_PER_E + 1) /* the last is e^21 s, 42 years */
#define LATENCY_BISECTIONS 60

struct latency_curve {
    double shift_s;
    double zero_share; /* of exactly shift_s */
    double share[LATENCY_NODES];
    double above[LATENCY_NODES + 1]; /* sum of share from here on */
    int32_t from, to;                /* the nodes with a mass: from <= i < to */
};

/* Output tokens of the attempts: a law, or the rows of a trace (then dist is NULL). */
struct latency_output {
    const struct token_dist *dist;
    double max_output_tok; /* a longer answer is cut there; PARAM_ABSENT: never */
    const uint32_t *row_tok;
    int64_t n_rows;
};

struct latency_curves {
    struct latency_curve first_token, total;
    struct latency_curve generation, part, sum; /* work space */
};

#if defined(__cplusplus)
extern "C" {
#endif

void latency_curves_make(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                         const struct latency_output *output, struct latency_curves *curves);

/* E[output tokens; answered within the timeout] per attempt: longer answers time out more often. */
double latency_answered_tok(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                            const struct latency_output *output, struct latency_curves *curves);

double latency_output_mean(const struct latency_output *output);

/* Output tokens in at most `most` slices, finer towards the long answers: the mean of each, and its share. One where the
 * length does not matter or is fixed. Overwrites curves->part. */
int32_t latency_output_lengths(const struct latency_terms *terms, const struct latency_output *output,
                               struct latency_curves *curves, int32_t most, double *tok, double *share);

/* One part alone: its curve, of the law times `scale`. */
void latency_curve_of(const struct latency_dist *dist, const struct floe_gamma_table *tables, double scale,
                      struct latency_curve *curve);

#if defined(__cplusplus)
}
#endif

FLOE_FN double latency_node(int32_t i)
{
    return floe_exp((double)(i - LATENCY_NODE_OF_1) / LATENCY_NODES_PER_E);
}

/* P(T > t). */
FLOE_FN double latency_curve_above(const struct latency_curve *curve, double t_s)
{
    const double x = t_s - curve->shift_s;
    if (x < 0) return 1;
    const double moved = curve->above[0];
    if (!(x > 0)) return moved;
    const double place = floe_log(x) * LATENCY_NODES_PER_E + (LATENCY_NODE_OF_1 + 0.5);
    if (place < 0) return moved;
    if (place >= LATENCY_NODES) return 0;
    const int32_t i = (int32_t)place;
    return curve->above[i + 1] + ((double)(i + 1) - place) * curve->share[i];
}

/* The smallest t with P(T > t) <= 1 - q. */
FLOE_FN double latency_curve_quantile(const struct latency_curve *curve, double q)
{
    const double want = 1 - q;
    if (curve->above[0] <= want) return curve->shift_s;
    int32_t low = 0, high = LATENCY_NODES; /* above[low] > want >= above[high] */
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (curve->above[middle] > want)
            low = middle;
        else
            high = middle;
    }
    const double inside = (curve->above[low] - want) / curve->share[low];
    const double place = (double)low - 0.5 + inside;
    return curve->shift_s + floe_exp((place - LATENCY_NODE_OF_1) / LATENCY_NODES_PER_E);
}

/* E[min(T, t)]. */
FLOE_FN double latency_curve_mean_below(const struct latency_curve *curve, double t_s)
{
    if (t_s <= curve->shift_s) return t_s;
    double mean = curve->zero_share * curve->shift_s;
    for (int32_t i = curve->from; i < curve->to; i++) {
        const double at_s = curve->shift_s + latency_node(i);
        mean += curve->share[i] * (at_s < t_s ? at_s : t_s);
    }
    return mean;
}

FLOE_FN double latency_curve_mean(const struct latency_curve *curve)
{
    return latency_curve_mean_below(curve, 1e300);
}

/* E[T^2; T <= t]. */
FLOE_FN double latency_curve_square_below(const struct latency_curve *curve, double t_s)
{
    double square = curve->shift_s <= t_s ? curve->zero_share * curve->shift_s * curve->shift_s : 0;
    for (int32_t i = curve->from; i < curve->to; i++) {
        const double at_s = curve->shift_s + latency_node(i);
        square += at_s <= t_s ? curve->share[i] * at_s * at_s : 0;
    }
    return square;
}

/* What the hourly form needs of an attempt that the provider answers. */
struct latency_expected {
    double timed_out_share;     /* P(total > timeout) */
    double client_s;            /* E[min(total, timeout)]: until the client goes on */
    double answered_s;          /* E[total; not timed out], not divided by the share */
    double answered_s2;         /* E[total^2; not timed out] */
    double p50_s, p95_s, p99_s; /* of the total, were there no timeout */
    double left_share;          /* P(total > the patience of its user); filled by the plan */
    struct latency_means means;
};

FLOE_FN struct latency_expected latency_expect(const struct latency_terms *terms, const struct latency_curve *total,
                                               double mean_output_tok)
{
    struct latency_expected e;
    e.left_share = 0;
    const int waits = terms->timeout_ns == LATENCY_NEVER_NS;
    e.means = latency_means(terms, mean_output_tok);
    e.timed_out_share = waits ? 0 : latency_curve_above(total, terms->timeout_s);
    e.client_s = waits ? e.means.total_s : latency_curve_mean_below(total, terms->timeout_s);
    e.answered_s = waits ? e.client_s : e.client_s - terms->timeout_s * e.timed_out_share;
    e.answered_s2 = latency_curve_square_below(total, waits ? 1e300 : terms->timeout_s);
    e.p50_s = latency_curve_quantile(total, 0.50);
    e.p95_s = latency_curve_quantile(total, 0.95);
    e.p99_s = latency_curve_quantile(total, 0.99);
    return e;
}

#endif

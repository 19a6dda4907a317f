/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Spans: how long something takes, as a mean and a variance, and what becomes of spans that follow each other or run side
 * by side. For the expectation form of tasks.
 *
 *   span_then      one after the other, independent: means and variances add (exact)
 *   span_repeated  N rounds of one kind: E[N] m; E[N] v + Var(N) m^2 (exact; Wald, Blackwell-Girshick)
 *   span_kth       the k-th of n of one kind that succeed with probability q: P(T <= t) = P(Bin(n, q F(t)) >= k), given that
 *                  k succeed
 *   span_join      the k-th of several of different kinds: the same with a Poisson-binomial sum
 *
 * F is the lognormal law with the span's mean and variance. E[T] and E[T^2] are the integrals of P(T > t) and
 * 2 t P(T > t), by the trapezoid rule on SPAN_NODES nodes from the smallest law's median / e^(6 sigma) to the largest
 * one's times e^(6 sigma), evenly in log t: 2e-3 of the mean for cv up to 2 (tests/test_task_span.c).
 * Limits: two moments say little about a tail. A latency with two humps is not lognormal; measured against the events
 * engine the mean of the slowest of ten is then up to 10 % off. Spans that run side by side are taken as independent. */
#ifndef FLOE_MODELS_TASK_SPAN_H
#define FLOE_MODELS_TASK_SPAN_H

#include "sim/base.h"
#include "sim/fmath.h"
#include "sim/normal.h"

#define SPAN_NODES 192
#define SPAN_JOIN_MOST 16

struct span {
    double mean_s, var_s2;
};

FLOE_FN struct span span_of(double mean_s, double var_s2)
{
    struct span span;
    span.mean_s = mean_s;
    span.var_s2 = var_s2;
    return span;
}

FLOE_FN struct span span_then(struct span a, struct span b)
{
    return span_of(a.mean_s + b.mean_s, a.var_s2 + b.var_s2);
}

FLOE_FN struct span span_repeated(struct span one, double n_mean, double n_var)
{
    return span_of(n_mean * one.mean_s, n_mean * one.var_s2 + n_var * one.mean_s * one.mean_s);
}

/* The lognormal law of a span; sigma 0: a constant. */
struct span_law {
    double mu, sigma;
};

#define SPAN_NEVER_LOG (-700.0) /* of a span of 0 */
FLOE_FN struct span_law span_law_of(struct span span)
{
    struct span_law law;
    law.sigma = 0;
    law.mu = SPAN_NEVER_LOG;
    if (!(span.mean_s > 0)) return law;
    const double s2 = floe_log1p(span.var_s2 / (span.mean_s * span.mean_s));
    law.sigma = s2 > 0 ? sqrt(s2) : 0;
    law.mu = floe_log(span.mean_s) - 0.5 * s2;
    return law;
}

/* P(T <= e^x). */
FLOE_FN double span_below(struct span_law law, double x)
{
    if (law.sigma < 1e-6) return x >= law.mu - 1e-9;
    return 0.5 * floe_erfc((law.mu - x) / law.sigma * 0.70710678118654752440);
}

/* P(at least k of the n events happen), independent, with these probabilities. */
FLOE_FN double span_at_least(const double *p, int32_t n, int32_t k)
{
    double some[SPAN_JOIN_MOST + 1] = {1};
    double sum = 0;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = i + 1; j >= 0; j--)
            some[j] = some[j] * (1 - p[i]) + (j > 0 ? some[j - 1] * p[i] : 0);
    for (int32_t j = k; j <= n; j++)
        sum += some[j];
    return sum;
}

/* The same for n alike. */
FLOE_FN double span_at_least_of(double p, int32_t n, int32_t k)
{
    if (k <= 0 || p >= 1) return 1;
    if (!(p > 0)) return 0;
    const double step = floe_log(p) - floe_log1p(-p);
    double log_term = (double)n * floe_log1p(-p), below = 0;
    for (int32_t j = 0; j < k; j++) {
        below += floe_exp(log_term);
        log_term += step + floe_log((double)(n - j) / (double)(j + 1));
    }
    return below < 1 ? 1 - below : 0;
}

/* The nodes, evenly in log t; and the moments, P(T > t) by node. */
struct span_grid {
    double low, step; /* of log t */
};

FLOE_FN struct span_grid span_grid_of(const struct span_law *laws, int32_t n)
{
    double low = 700, high = -700;
    struct span_grid grid;
    for (int32_t i = 0; i < n; i++) {
        if (laws[i].mu == SPAN_NEVER_LOG) continue;
        const double reach = 6 * laws[i].sigma + 0.01; /* a constant is a narrow step */
        low = laws[i].mu - reach < low ? laws[i].mu - reach : low;
        high = laws[i].mu + reach > high ? laws[i].mu + reach : high;
    }
    grid.low = low;
    grid.step = (high - low) / (SPAN_NODES - 1);
    return grid;
}

struct span_sum {
    double before_t, before, mean, square;
};

FLOE_FN void span_sum_add(struct span_sum *sum, double t, double above)
{
    sum->mean += 0.5 * (sum->before + above) * (t - sum->before_t);
    sum->square += (sum->before * sum->before_t + above * t) * (t - sum->before_t);
    sum->before_t = t;
    sum->before = above;
}

FLOE_FN struct span span_of_sum(const struct span_sum *sum)
{
    const double var = sum->square - sum->mean * sum->mean;
    return span_of(sum->mean, var > 0 ? var : 0);
}

/* The k-th that succeeds of n alike, given that so many do. */
FLOE_FN struct span span_kth(struct span one, double q, int32_t n, int32_t k)
{
    const struct span_law law = span_law_of(one);
    const double all = span_at_least_of(q, n, k);
    struct span_sum sum = {0, 1, 0, 0};
    if (k <= 0) return span_of(0, 0);
    if (n == 1 || !(all > 0) || law.sigma < 1e-6) return one;
    const struct span_grid grid = span_grid_of(&law, 1);
    for (int32_t i = 0; i < SPAN_NODES; i++) {
        const double x = grid.low + i * grid.step;
        span_sum_add(&sum, floe_exp(x), 1 - span_at_least_of(q * span_below(law, x), n, k) / all);
    }
    return span_of_sum(&sum);
}

/* The k-th that succeeds of several, with probabilities q, given that so many do. n <= SPAN_JOIN_MOST. */
FLOE_FN struct span span_join(const struct span *spans, const double *q, int32_t n, int32_t k)
{
    struct span_law laws[SPAN_JOIN_MOST];
    double p[SPAN_JOIN_MOST];
    struct span_sum sum = {0, 1, 0, 0};
    int is_instant = 1;
    const double all = span_at_least(q, n, k);
    if (n == 1 || !(all > 0)) return n > 0 ? spans[0] : span_of(0, 0);
    for (int32_t i = 0; i < n; i++) {
        laws[i] = span_law_of(spans[i]);
        is_instant &= !(spans[i].mean_s > 0);
    }
    if (is_instant) return span_of(0, 0);
    const struct span_grid grid = span_grid_of(laws, n);
    for (int32_t node = 0; node < SPAN_NODES; node++) {
        const double x = grid.low + node * grid.step;
        for (int32_t i = 0; i < n; i++)
            p[i] = q[i] * span_below(laws[i], x);
        span_sum_add(&sum, floe_exp(x), 1 - span_at_least(p, n, k) / all);
    }
    return span_of_sum(&sum);
}

/* The last of n alike that begin `gap_s` apart, from the first one's beginning; the first ones of many are over. */
#define SPAN_SPREAD_MOST 64
FLOE_FN struct span span_last(struct span one, int32_t n, double gap_s)
{
    const struct span_law law = span_law_of(one);
    const double late_s = (double)(n - 1) * gap_s;
    struct span_sum sum = {0, 1, 0, 0};
    if (n == 1 || law.sigma < 1e-6) return span_of(late_s + one.mean_s, one.var_s2);
    if (!(gap_s > 0)) return span_kth(one, 1, n, n);
    const struct span_grid grid = span_grid_of(&law, 1);
    for (int32_t node = 0; node < SPAN_NODES; node++) { /* t counts from the last one's beginning */
        const double t = floe_exp(grid.low + node * grid.step);
        double below = 1;
        for (int32_t j = 0; j < n && j < SPAN_SPREAD_MOST; j++)
            below *= span_below(law, floe_log(t + j * gap_s));
        span_sum_add(&sum, t, 1 - below);
    }
    return span_then(span_of(late_s, 0), span_of_sum(&sum));
}

#endif

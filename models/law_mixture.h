/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mixture of up to 3 lognormal laws: with share i of the draws X = exp(N(mu i, sigma i)). A fast path and a slow one,
 * short questions and pasted documents: what no single lognormal law can be. Latencies and tokens have theirs from here;
 * the unit is that of whoever uses it. A lognormal law is a mixture of one.
 *
 *   as events        lognormal_mixture_quantile_log: log X at a uniform, increasing in it; about 1 us
 *   as expectations  tail and excess: P(X > x) and E[(X - x)+], sums over the parts
 *
 * Formulas, Phi the normal CDF (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 14):
 *   P(X > x) = sum of share Phi((mu - log x) / sigma)
 *   E[(X - k)+] = sum of share (m Phi((mu - log k) / sigma + sigma) - k Phi((mu - log k) / sigma)), m = exp(mu + sigma^2/2)
 *
 * Limits: parts are lognormal; which part a draw is of is not said; weights are relative to each other. */
#ifndef FLOE_MODELS_LAW_MIXTURE_H
#define FLOE_MODELS_LAW_MIXTURE_H

#include "models/law_lognormal.h"
#include "models/param.h"
#include "sim/fmath.h"
#include "sim/normal.h"

#define MIXTURE_MOST 3
#define MIXTURE_STEPS_MOST 100 /* of the solver of a quantile; 4 to 8 are usual */

#if defined(__cplusplus)
extern "C" {
#endif

/* What the user gave of one part; PARAM_ABSENT where nothing is said. */
struct mixture_part {
    double weight; /* relative to the others */
    struct lognormal_figures figures;
};

struct lognormal_mixture {
    int32_t n;
    double share[MIXTURE_MOST], mu[MIXTURE_MOST], sigma[MIXTURE_MOST];
};

/* As lognormal_check; the example is one part. */
int mixture_part_check(const struct mixture_part *part, const char *example, struct complaint *complaint);

/* Of checked parts. */
struct lognormal_mixture lognormal_mixture_of(const struct mixture_part *parts, int32_t n);
struct lognormal_mixture lognormal_mixture_of_one(const struct lognormal_figures *figures);
double lognormal_mixture_mean(const struct lognormal_mixture *mix);

#if defined(__cplusplus)
}
#endif

/* P(X > e^x), or P(X < e^x). */
FLOE_FN double lognormal_mixture_beyond_log(const struct lognormal_mixture *mix, double x, int is_upper)
{
    double beyond = 0;
    for (int32_t i = 0; i < mix->n; i++) {
        const double z = (x - mix->mu[i]) / mix->sigma[i];
        beyond += mix->share[i] * floe_normal_cdf(is_upper ? -z : z);
    }
    return beyond;
}

/* The density of log X at x. */
FLOE_FN double lognormal_mixture_density_log(const struct lognormal_mixture *mix, double x)
{
    const double inverse_sqrt_2_pi = 0.39894228040143268;
    double density = 0;
    for (int32_t i = 0; i < mix->n; i++) {
        const double z = (x - mix->mu[i]) / mix->sigma[i];
        density += mix->share[i] / mix->sigma[i] * floe_exp(-0.5 * z * z);
    }
    return inverse_sqrt_2_pi * density;
}

/* log of the quantile: between the smallest and the largest of the parts' own. Newton's method on the normal quantile of
 * the tail, which is close to straight lines joined together; a step that leaves the bracket is replaced by halving it.
 * The last step is below 1e-8 and its error about its square. */
FLOE_FN double lognormal_mixture_quantile_log(const struct lognormal_mixture *mix, double u)
{
    const double inverse_sqrt_2_pi = 0.39894228040143268;
    const double z = floe_normal_quantile(u);
    const int is_upper = u > 0.5;
    double low = fma(mix->sigma[0], z, mix->mu[0]), high = low, x = mix->share[0] * low;
    for (int32_t i = 1; i < mix->n; i++) {
        const double own = fma(mix->sigma[i], z, mix->mu[i]);
        low = own < low ? own : low;
        high = own > high ? own : high;
        x += mix->share[i] * own;
    }
    for (int i = 0; i < MIXTURE_STEPS_MOST && high > low; i++) {
        const double tail = lognormal_mixture_beyond_log(mix, x, is_upper);
        const double at = tail > 0 && tail < 1 ? floe_normal_quantile(tail) : 0, got = is_upper ? -at : at;
        if (got < z)
            low = x;
        else
            high = x;
        const double slope = lognormal_mixture_density_log(mix, x) / (inverse_sqrt_2_pi * floe_exp(-0.5 * at * at));
        const double newton = x + (z - got) / slope;
        const double next = newton >= low && newton <= high ? newton : 0.5 * (low + high);
        const double step = floe_bits_abs(next - x);
        x = next;
        if (step <= 1e-8) break;
    }
    return x;
}

/* P(X > x), x > 0. */
FLOE_FN double lognormal_mixture_tail(const struct lognormal_mixture *mix, double x)
{
    const double log_x = floe_log(x);
    double tail = 0;
    for (int32_t i = 0; i < mix->n; i++)
        tail += mix->share[i] * floe_normal_cdf((mix->mu[i] - log_x) / mix->sigma[i]);
    return tail;
}

/* E[(X - k)+], the integral of the tail beyond k > 0. */
FLOE_FN double lognormal_mixture_excess(const struct lognormal_mixture *mix, double k)
{
    const double log_k = floe_log(k);
    double excess = 0;
    for (int32_t i = 0; i < mix->n; i++) {
        const double mean = floe_exp(mix->mu[i] + mix->sigma[i] * mix->sigma[i] / 2);
        const double d = (mix->mu[i] - log_k) / mix->sigma[i];
        excess += mix->share[i] * (mean * floe_normal_cdf(d + mix->sigma[i]) - k * floe_normal_cdf(d));
    }
    return excess;
}

/* Of X at x > 0. */
FLOE_FN double lognormal_mixture_density(const struct lognormal_mixture *mix, double x)
{
    const double inverse_sqrt_2_pi = 0.39894228040143268;
    const double log_x = floe_log(x);
    double density = 0;
    for (int32_t i = 0; i < mix->n; i++) {
        const double z = (log_x - mix->mu[i]) / mix->sigma[i];
        density += mix->share[i] * (inverse_sqrt_2_pi * floe_exp(-z * z / 2) / (mix->sigma[i] * x));
    }
    return density;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lognormal law from two of four figures: X = exp(N(mu, sigma)). Tokens, latencies: whoever has two of mean, median,
 * p95 and cv gets mu and sigma from here.
 *
 * Formulas (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 14), z95 the normal quantile of .95:
 *   sigma  from cv: sqrt(log(1 + cv^2)); from mean and median: sqrt(2 log(mean / median));
 *          from median and p95: log(p95 / median) / z95;
 *          from mean and p95: the smaller root of s^2/2 - z95 s + log(p95 / mean) = 0, that of the less skewed law
 *   mu     log median; log mean - sigma^2/2; log p95 - z95 sigma
 *
 * p95/mean = exp(z95 s - s^2/2) is largest at s = z95, where it is exp(z95^2 / 2) = 3.868: a lognormal law cannot be
 * more tailed than that, measured this way. Measured latencies often are (a fast path and a slow path): a mixture. */
#ifndef FLOE_MODELS_LAW_LOGNORMAL_H
#define FLOE_MODELS_LAW_LOGNORMAL_H

#include "models/param.h"
#include "sim/base.h"

#define LOGNORMAL_Z95 1.6448536269514722
#define LOGNORMAL_P95_TO_MEAN_MOST 3.868 /* exp(z95^2 / 2), rounded down */

#if defined(__cplusplus)
extern "C" {
#endif

/* PARAM_ABSENT where nothing is said. */
struct lognormal_figures {
    double mean, median, p95, cv;
};

struct lognormal {
    double mu, sigma;
};

extern const char *const lognormal_figure_names[4]; /* "mean", "median", "p95", "cv" */

FLOE_FN int lognormal_figures_given(const struct lognormal_figures *f)
{
    return (f->mean != PARAM_ABSENT) + (f->median != PARAM_ABSENT) + (f->p95 != PARAM_ABSENT) + (f->cv != PARAM_ABSENT);
}

/* 1: exactly two figures, and a law has them. The hints are the caller's: an example of the block, and what to do where
 * p95 is too far above the mean. */
int lognormal_check(const struct lognormal_figures *figures, const char *example, const char *way_out,
                    struct complaint *complaint);

struct lognormal lognormal_of(const struct lognormal_figures *figures); /* of checked figures */

#if defined(__cplusplus)
}
#endif
#endif

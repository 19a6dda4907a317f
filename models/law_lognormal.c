/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/law_lognormal.h"

#include <math.h>

#include "models/param_rows.h"
#include "sim/fmath.h"

const char *const lognormal_figure_names[4] = {"mean", "median", "p95", "cv"};

static int check_mean_and_p95(const struct lognormal_figures *f, const char *way_out, struct complaint *c)
{
    if (f->p95 <= f->mean) /* below 1 sigma would have to exceed 2 z95 */
        return complain(c, "p95", "p95 must lie above the mean: no lognormal law of any use has it below", way_out);
    if (f->p95 > LOGNORMAL_P95_TO_MEAN_MOST * f->mean)
        return complain(c, "p95", "a lognormal law has p95/mean at most 3.868; no lognormal law has this mean and p95",
                        way_out);
    return 1;
}

int lognormal_check(const struct lognormal_figures *f, const char *example, const char *way_out, struct complaint *c)
{
    const int has_mean = f->mean != PARAM_ABSENT, has_median = f->median != PARAM_ABSENT;
    const int has_p95 = f->p95 != PARAM_ABSENT;
    if (lognormal_figures_given(f) != 2)
        return complain(c, "law", "a lognormal law needs exactly two of mean, median, p95, cv", example);
    if (has_mean && f->mean <= 0) return complain(c, "mean", "the mean of a lognormal law must be above 0", "");
    if (has_mean && has_median && f->mean <= f->median)
        return complain(c, "mean", "the mean of a lognormal law lies above its median", "");
    if (has_median && has_p95 && f->p95 <= f->median) return complain(c, "p95", "p95 must lie above the median", "");
    return has_mean && has_p95 ? check_mean_and_p95(f, way_out, c) : 1;
}

static double sigma_of(const struct lognormal_figures *f)
{
    if (f->cv != PARAM_ABSENT) return sqrt(floe_log1p(f->cv * f->cv));
    if (f->p95 == PARAM_ABSENT) return sqrt(2 * floe_log(f->mean / f->median));
    if (f->mean == PARAM_ABSENT) return floe_log(f->p95 / f->median) / LOGNORMAL_Z95;
    return LOGNORMAL_Z95 - sqrt(LOGNORMAL_Z95 * LOGNORMAL_Z95 - 2 * floe_log(f->p95 / f->mean));
}

struct lognormal lognormal_of(const struct lognormal_figures *f)
{
    struct lognormal law = {0, sigma_of(f)};
    if (f->median != PARAM_ABSENT)
        law.mu = floe_log(f->median);
    else if (f->mean != PARAM_ABSENT)
        law.mu = floe_log(f->mean) - law.sigma * law.sigma / 2;
    else
        law.mu = floe_log(f->p95) - LOGNORMAL_Z95 * law.sigma;
    return law;
}

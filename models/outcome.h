/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the values of one quantity, one per replication, to its outcome: exact mean and standard deviation, the 95 %
 * t interval, and quantiles by order statistics (the smallest value whose rank is at least p n). The values are
 * independent, one per replication, so the interval holds; it says nothing of uncertain inputs. */
#ifndef FLOE_MODELS_OUTCOME_H
#define FLOE_MODELS_OUTCOME_H

#include "models/result.h"
#include "sim/exact.h"
#include "sim/hash.h"

#define OUTCOME_UNDEFINED (-1.0) /* a value that does not exist in a replication: cost per accepted of none */

struct outcome_work {
    double *sorted; /* scratch for n values */
    uint64_t t_df;  /* the t quantile last used */
    double t_95;
    uint64_t clamped; /* values beyond the range of their unit, so far: the result must say so */
};

/* values[0], values[stride], ...: n of them. Returns the exact sum in *exact, for the digest. */
struct outcome outcome_of(const double *values, uint64_t n, int64_t stride, enum metric_unit unit,
                          struct outcome_work *work, struct floe_exact *exact);

#endif

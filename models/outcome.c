/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/outcome.h"

#include <stdlib.h>

#include "sim/interval.h"

static enum floe_unit exact_unit(enum metric_unit unit)
{
    switch (unit) {
    case METRIC_UNIT_USD: return FLOE_UNIT_USD;
    case METRIC_UNIT_S: return FLOE_UNIT_S;
    case METRIC_UNIT_USD_PER_ACCEPTED: return FLOE_UNIT_RATIO;
    default: return FLOE_UNIT_COUNT;
    }
}

static int value_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double order_statistic(const double *sorted, uint64_t n, unsigned percent)
{
    const uint64_t rank = (n * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void set_quantiles(struct outcome *o, double *sorted)
{
    qsort(sorted, (size_t)o->n, sizeof *sorted, value_compare);
    o->p05 = order_statistic(sorted, o->n, 5);
    o->p25 = order_statistic(sorted, o->n, 25);
    o->p50 = order_statistic(sorted, o->n, 50);
    o->p75 = order_statistic(sorted, o->n, 75);
    o->p95 = order_statistic(sorted, o->n, 95);
}

static void set_interval(struct outcome *o, struct outcome_work *work)
{
    if (o->n < 2) return;
    if (work->t_df != o->n - 1) {
        work->t_df = o->n - 1;
        work->t_95 = floe_t_quantile(0.975, (double)work->t_df);
    }
    o->mcse = o->sd / sqrt((double)o->n);
    o->half_95 = work->t_95 * o->mcse;
}

struct outcome outcome_of(const double *values, uint64_t n, int64_t stride, enum metric_unit unit,
                          struct outcome_work *work, struct floe_exact *exact)
{
    struct outcome o = {0};
    floe_exact_init(exact, exact_unit(unit));
    for (uint64_t i = 0; i < n; i++) {
        const double value = values[(int64_t)i * stride];
        if (value == OUTCOME_UNDEFINED) continue;
        floe_exact_add(exact, value, NULL);
        work->sorted[o.n++] = value;
    }
    work->clamped += exact->clamped;
    if (o.n == 0) return o;
    set_quantiles(&o, work->sorted);
    /* One value, or one value every time: it is the mean as it stands, not rounded to the sum's quantum. */
    const int is_constant = work->sorted[0] == work->sorted[o.n - 1];
    o.mean = is_constant ? work->sorted[0] : floe_exact_mean(exact);
    o.sd = is_constant ? 0 : floe_exact_sd(exact);
    set_interval(&o, work);
    return o;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which of two is better, and by how much: paired differences under common random numbers.
 *
 * Replication r of both variants meets the same draws (sim/rng.h: streams are named by purpose), so that luck cancels
 * in the difference d_r = first_r - second_r. The d_r are independent of each other, and the interval of their mean is
 * the t interval of one sample: never that of two. Source: Law, Simulation Modeling and Analysis, 5th ed., 10.2, 11.2.
 *
 *   floe_paired_init, _add, _merge   O(1); exact sums: any order and any partition give the same bytes
 *   floe_paired_interval             mean difference and half-width at 95 %, n - 1 degrees of freedom
 *   floe_paired_gain                 how many times more replications would be needed without common numbers
 *
 * The gain is (var first + var second) / var difference: above 1 common numbers help, below 1 they hurt (the two react
 * to the same luck in opposite ways); infinite when the differences do not vary at all.
 *
 * Left out: ranking more than two (with k variants of interest take Bonferroni: level 1 - 0.05 / k each), ratios. */
#ifndef FLOE_SIM_PAIRED_H
#define FLOE_SIM_PAIRED_H

#include "sim/exact.h"
#include "sim/interval.h"

struct floe_paired {
    struct floe_exact first, second, difference;
};

FLOE_FN void floe_paired_init(struct floe_paired *paired, enum floe_unit unit)
{
    floe_exact_init(&paired->first, unit);
    floe_exact_init(&paired->second, unit);
    floe_exact_init(&paired->difference, unit);
}

/* Both of the same replication. */
FLOE_FN void floe_paired_add(struct floe_paired *paired, double first, double second, const struct floe_where *where)
{
    floe_exact_add(&paired->first, first, where);
    floe_exact_add(&paired->second, second, where);
    floe_exact_add(&paired->difference, first - second, where);
}

FLOE_FN void floe_paired_merge(struct floe_paired *into, const struct floe_paired *from, const struct floe_where *where)
{
    floe_exact_merge(&into->first, &from->first, where);
    floe_exact_merge(&into->second, &from->second, where);
    floe_exact_merge(&into->difference, &from->difference, where);
}

FLOE_FN struct floe_interval floe_paired_interval(const struct floe_paired *paired)
{
    return floe_interval_of(&paired->difference);
}

/* 1 if the interval lies on one side of zero: the sign of the difference is known. */
FLOE_FN int floe_paired_differs(const struct floe_paired *paired)
{
    struct floe_interval interval = floe_paired_interval(paired);
    return floe_bits_abs(interval.mean) > interval.half_width;
}

/* 0 for fewer than two replications. */
FLOE_FN double floe_paired_gain(const struct floe_paired *paired)
{
    double apart = floe_exact_variance(&paired->first) + floe_exact_variance(&paired->second);
    double together = floe_exact_variance(&paired->difference);
    if (paired->difference.n < 2) return 0.0;
    return together > 0 ? apart / together : floe_bits_infinity();
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A level over time: how many are waiting, how many servers are busy. Its area, and so its average, is exact.
 *
 * The level is an integer and the clock is an integer, so the area under it is one too: 128 bits hold any level of 63
 * bits over the whole clock. "The area of N is the sum of the sojourn times" can therefore be asserted with ==.
 *
 *   floe_timeavg_init     O(1): the level at the start
 *   floe_timeavg_set      O(1), one 64 x 64 multiplication: the level from now on
 *   floe_timeavg_change   the same, by a difference
 *   floe_timeavg_area     O(1): level x ns from the start (or the last restart) to now
 *   floe_timeavg_mean     O(1): that, divided by the time
 *   floe_timeavg_restart  O(1): forgets the past and keeps the level; at the end of the warm-up
 *
 * now may never be before the time of the last set or change: floe_assert. Several changes at one instant are fine:
 * the levels between them last for no time, but the highest of them does count in `most`.
 *
 * Left out: real-valued levels (count in units small enough to be whole). */
#ifndef FLOE_SIM_TIMEAVG_H
#define FLOE_SIM_TIMEAVG_H

#include "sim/base.h"
#include "sim/exact.h"

struct floe_timeavg {
    floe_i128 area;   /* level x ns, from start_ns to since_ns */
    int64_t level;    /* since since_ns */
    int64_t most;     /* the highest level since start_ns */
    int64_t start_ns; /* of the measurement */
    int64_t since_ns;
};

FLOE_FN void floe_timeavg_init(struct floe_timeavg *timeavg, int64_t level, int64_t now_ns)
{
    timeavg->area = 0;
    timeavg->level = timeavg->most = level;
    timeavg->start_ns = timeavg->since_ns = now_ns;
}

FLOE_FN void floe_timeavg_set(struct floe_timeavg *timeavg, int64_t level, const struct floe_where *where)
{
    floe_assert(where->now_ns >= timeavg->since_ns, where, "a level changes before it last changed");
    timeavg->area += (floe_i128)timeavg->level * (where->now_ns - timeavg->since_ns);
    timeavg->since_ns = where->now_ns;
    timeavg->level = level;
    timeavg->most = level > timeavg->most ? level : timeavg->most;
}

FLOE_FN void floe_timeavg_change(struct floe_timeavg *timeavg, int64_t difference, const struct floe_where *where)
{
    floe_timeavg_set(timeavg, timeavg->level + difference, where);
}

FLOE_FN floe_i128 floe_timeavg_area(const struct floe_timeavg *timeavg, const struct floe_where *where)
{
    floe_assert(where->now_ns >= timeavg->since_ns, where, "a level is read before it last changed");
    return timeavg->area + (floe_i128)timeavg->level * (where->now_ns - timeavg->since_ns);
}

/* 0 when no time has passed. */
FLOE_FN double floe_timeavg_mean(const struct floe_timeavg *timeavg, const struct floe_where *where)
{
    double area = floe_i128_double(floe_timeavg_area(timeavg, where));
    return where->now_ns > timeavg->start_ns ? area / (double)(where->now_ns - timeavg->start_ns) : 0.0;
}

FLOE_FN void floe_timeavg_restart(struct floe_timeavg *timeavg, const struct floe_where *where)
{
    floe_assert(where->now_ns >= timeavg->since_ns, where, "a level is restarted before it last changed");
    floe_timeavg_init(timeavg, timeavg->level, where->now_ns);
}

#endif

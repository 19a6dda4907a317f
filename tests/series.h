/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Series with known properties, as test beds for output analysis.
 *   AR(1)   x_t = phi x_(t-1) + e_t, e normal with sd 1. Variance 1/(1 - phi^2); n Var(mean) tends to 1/(1 - phi)^2;
 *           from x_0 far off, the mean of x_t is x_0 phi^t
 *   M/M/1   waits of successive customers from empty, by Lindley's recursion; they tend to rho/(1 - rho) at mu = 1 */
#ifndef FLOE_TESTS_SERIES_H
#define FLOE_TESTS_SERIES_H

#include <math.h>
#include <stdint.h>

#include "sim/draw.h"
#include "sim/rng.h"

/* Stationary from the beginning, plus a start that fades: start = 0 for none. */
static inline void series_ar1(double *x, int n, double phi, double start, uint64_t seed, uint32_t replication)
{
    struct floe_rng rng = {seed, replication};
    struct floe_stream s = floe_stream_at(rng, floe_stream_id("series", "ar1"), 0);
    double value = floe_draw_normal(floe_stream_uniform(&s)) / sqrt(1 - phi * phi);
    for (int t = 0; t < n; t++) {
        x[t] = value + start;
        value = phi * value + floe_draw_normal(floe_stream_uniform(&s));
        start *= phi;
    }
}

static inline void series_mm1_waits(double *wait_s, int n, double rho, uint64_t seed, uint32_t replication)
{
    struct floe_rng rng = {seed, replication};
    struct floe_stream gaps = floe_stream_at(rng, floe_stream_id("series", "gap"), 0);
    struct floe_stream services = floe_stream_at(rng, floe_stream_id("series", "service"), 0);
    double wait = 0;
    for (int i = 0; i < n; i++) {
        wait_s[i] = wait;
        wait += floe_draw_exponential(floe_stream_uniform(&services));
        wait = fmax(0, wait - floe_draw_exponential(floe_stream_uniform(&gaps)) / rho);
    }
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How unevenly tasks come around their mean rate. The mean stays what the rate says: bursts and gaps change how many
 * come together, not how many come. Both forms of the mechanism:
 *   as events        pace_sojourn_ns, pace_gap: the draws that models/traffic.h puts through the inverse of Lambda
 *   as expectations  pace_dispersion: the index of dispersion of counts, Var N / E N over a span; the mean is unchanged
 *
 * bursts  a Poisson process whose rate is multiplied by a two-state Markov process (MMPP; Heffes and Lucantoni, IEEE
 *         JSAC 4 (1986) 856): exponential sojourns on the clock, mean on_s and off_s, the on rate `factor` times the off
 *         rate. With p = on / (on + off) the ratios to the mean rate are off: 1 / (p factor + 1 - p), on: factor times
 *         that. It begins in its stationary state. With V = p (1 - p) (on ratio - off ratio)^2 the variance of the ratio
 *         and s = 1/on + 1/off, over a span of t with the mean rate lambda
 *             IDC(t) = 1 + 2 lambda V / s (1 - (1 - e^-st) / (st))
 * gaps    a renewal process of gamma gaps with mean 1 and a given cv^2 = c, on the operational time Lambda (the expected
 *         number of tasks so far), so that the rate follows the week and a gap shrinks where the rate rises (Gerhardt
 *         and Nelson, INFORMS J. Computing 21 (2009) 630). The first gap is that of equilibrium, with the density
 *         1 - F(x): E N = Lambda exactly. c = 1 is a Poisson process, with its own draws. With x expected tasks
 *             IDC(x) -> c + (1 - c^2) / (6 x)  for large x, 1 for small x  (Cox, Renewal Theory, 4.5, 4.6)
 *         and between the two 1 + (c - 1) R, y = 6 x / (1 + c), with R = 1 - (1 - e^-y) / y for c < 1 and
 *         R = (q y / (1 + q y))^q, q = c^-0.4, above: curves that meet both ends. Off the exact one by at most 0.025 c
 *         from x = c on for c > 1, by 0.11 c below that; for c < 1 by 0.16, from x = 2 on by 0.005
 *         (tests/test_traffic_pace.c; c from 1/10 to 16, and to 100 by hand).
 *
 * Limits: one of the two at a time; parameters do not change within a run; in bursts of a rate that moves fast against
 * the sojourns IDC holds for the mean rate of the span only; calls of a task that begin together multiply the index of
 * dispersion of calls by their number. The hourly engine's caches read means: what bunches within their TTL is theirs
 * to doubt. */
#ifndef FLOE_MODELS_TRAFFIC_PACE_H
#define FLOE_MODELS_TRAFFIC_PACE_H

#include "models/param.h"
#include "models/units.h"
#include "sim/draw.h"
#include "sim/gamma_law.h"

#define PACE_SUB 1u /* of the stream of arrivals: sojourn k is draw k; draw 0: the state at the start */
#define PACE_NEWTON_MOST 200

#if defined(__cplusplus)
extern "C" {
#endif

struct bursts {
    double on_s, off_s, factor; /* PARAM_ABSENT or 0: none */
};

struct gaps {
    double cv2; /* PARAM_ABSENT or 0: none */
};

extern const struct param_block bursts_block, gaps_block;

enum pace_kind { PACE_POISSON, PACE_BURSTS, PACE_GAPS };

struct traffic_pace {
    int32_t kind;
    double on_s, off_s, on_share, on_ratio, off_ratio; /* PACE_BURSTS */
    double cv2;                                        /* PACE_GAPS */
};

struct traffic_pace pace_derive(const struct bursts *bursts, const struct gaps *gaps);

/* The highest rate that lasts, relative to the mean. */
FLOE_FN double pace_peak_ratio(const struct traffic_pace *pace)
{
    if (pace->kind != PACE_BURSTS) return 1;
    return pace->on_ratio > pace->off_ratio ? pace->on_ratio : pace->off_ratio;
}

/* ---- as events ---- */

FLOE_FN double pace_uniform(struct floe_rng rng, uint32_t stream, uint64_t k)
{
    return floe_uniform_from_word(floe_rng_word_sub(rng, stream, k, PACE_SUB));
}

/* Is it on at the start? */
FLOE_FN int pace_begins_on(const struct traffic_pace *pace, struct floe_rng rng, uint32_t stream)
{
    return floe_draw_bernoulli(pace_uniform(rng, stream, 0), pace->on_share);
}

/* Sojourn k = 1, 2, ...; at least 1 ns. */
FLOE_FN int64_t pace_sojourn_ns(const struct traffic_pace *pace, struct floe_rng rng, uint32_t stream, uint64_t k,
                                int is_on)
{
    const double mean_s = is_on ? pace->on_s : pace->off_s;
    const double ns = mean_s * floe_draw_exponential(pace_uniform(rng, stream, k)) * (double)NS_PER_S;
    return ns > 1 ? (int64_t)(ns + 0.5) : 1;
}

/* The first gap, in expected tasks: the equilibrium law of gamma gaps, F(x) = x Q(a, ax) + P(a + 1, ax), a = 1/cv2. It is
 * concave, so that Newton's method from below stays below and converges. */
FLOE_FN double pace_first_gap(double cv2, double u)
{
    const double a = 1 / cv2;
    double x = u;
    for (int i = 0; i < PACE_NEWTON_MOST; i++) {
        const double g = floe_log(a * x), beyond = floe_gamma_tail(a, g, 0);
        const double missing = u <= 0.5 ? u - x * beyond - floe_gamma_tail(a + 1, g, 1)
                                        : floe_gamma_tail(a + 1, g, 0) - x * beyond - (1 - u);
        const double step = beyond > 0 ? missing / beyond : 0;
        if (!(step > 1e-13 * x)) break;
        x += step;
    }
    return x;
}

FLOE_FN double pace_gap(const struct traffic_pace *pace, const struct floe_gamma_table *table, int is_first, double u)
{
    return is_first ? pace_first_gap(pace->cv2, u) : floe_gamma_draw(table, u);
}

/* ---- as expectations ---- */

/* 1 - (1 - e^-y) / y */
FLOE_FN double pace_rise(double y)
{
    return y > 1e-5 ? 1 + floe_expm1(-y) / y : y / 2;
}

FLOE_FN double pace_gaps_dispersion(double cv2, double expected)
{
    const double y = 6 * expected / (1 + cv2);
    if (cv2 <= 1 || !(expected > 0)) return 1 + (cv2 - 1) * pace_rise(y);
    const double q = floe_pow(cv2, -0.4);
    return 1 + (cv2 - 1) * floe_pow(q * y / (1 + q * y), q);
}

/* Var N / E N of the tasks in a span of span_s in which `expected` come on average; 1 for a Poisson process. */
FLOE_FN double pace_dispersion(const struct traffic_pace *pace, double expected, double span_s)
{
    if (pace->kind == PACE_GAPS) return pace_gaps_dispersion(pace->cv2, expected);
    if (pace->kind != PACE_BURSTS || !(span_s > 0)) return 1;
    const double differ = pace->on_ratio - pace->off_ratio, changes_per_s = 1 / pace->on_s + 1 / pace->off_s;
    const double variance = pace->on_share * (1 - pace->on_share) * differ * differ;
    return 1 + 2 * (expected / span_s) * variance / changes_per_s * pace_rise(changes_per_s * span_s);
}

#if defined(__cplusplus)
}
#endif
#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A circuit breaker in front of a step of a chain (Nygard, Release It!, 2nd ed. 2018, "Circuit Breaker"): after so many
 * failures in a row the step is kept away from for a while, so that calls fail, or fall over, at once.
 *
 *     closed --- failures in a row ---> open --- `open` is over ---> half-open
 *        ^                               ^                           |     |
 *        +---- the probe is answered ----|---------------------------+     |
 *                                        +------ the probe fails ----------+
 *
 * One breaker stands before a step of a route, for the calls of all workloads. It sees calls, not attempts: what surfaces
 * from the step's own retry layers. In half-open one call is let through, the probe; others are kept away until it ends.
 * What a call that was let through before the last change of state comes to is not counted. A refused call (400) is no
 * failure: somebody answered. A call that is kept away costs no attempt and surfaces as an error.
 *
 *   as events        breaker_ask before a call, breaker_hears what came of it
 *   as expectations  breaker_kept_share: calls kept away, of all that come, in the long run
 *
 * Formula, by renewal: Poisson calls at l per second, each failing on its own with chance q, n failures in a row, open for
 * O, the time of a call f if it fails, a if it is answered. From closing to opening there come
 *     N = (q^-n - 1)/(1 - q) + l f      calls (Feller, An Introduction to Probability Theory, vol. 1, XIII.7: trials until
 *                                       a row of n), the last l f of them while the call that opens it is under way;
 * then 1/(1 - q) probes, each after O and the wait for a next call; l O calls of each time are kept away, and those that
 * come while the probe is under way: l f, at the last one l a.
 *     kept = (l O + q l f + (1 - q) l a) / (1 - q),   share = kept / (kept + N + 1/(1 - q))
 * Poor where failures come together (outages), where calls come together, and near a quota, whose load a breaker changes.
 * Left out: breakers on a share of failures in a window (resilience4j, Polly), growing open times (Envoy), several probes. */
#ifndef FLOE_MODELS_BREAKER_H
#define FLOE_MODELS_BREAKER_H

#include "models/attempt.h"
#include "models/param.h"
#include "models/units.h"
#include "sim/fmath.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* What the user gave; PARAM_ABSENT where nothing. */
struct breaker {
    int64_t failures;
    double open_s;
};

extern const struct param_block breaker_block;

struct breaker_terms {
    int64_t failures; /* 0: there is none */
    int64_t open_ns;
    double open_s;
};

void breaker_derive(const struct breaker *breaker, struct breaker_terms *terms);

#if defined(__cplusplus)
}
#endif

/* ---- as events ---- */

/* Closed when zeroed. */
struct breaker_state {
    int64_t failures; /* in a row */
    int64_t until_ns; /* while open */
    int64_t epoch;    /* changes of state */
    int32_t is_open, is_probing;
};

#define BREAKER_KEPT (-1) /* the call is kept away */

/* A ticket for breaker_hears, or BREAKER_KEPT. */
FLOE_FN int64_t breaker_ask(struct breaker_state *state, int64_t now_ns)
{
    if (!state->is_open) return state->epoch;
    if (state->is_probing || now_ns < state->until_ns) return BREAKER_KEPT;
    state->is_probing = 1;
    return ++state->epoch;
}

FLOE_FN int breaker_counts(int end)
{
    return end != ATTEMPT_OK && end != ATTEMPT_REFUSED;
}

/* What a call that was let through came to. */
FLOE_FN void breaker_hears(const struct breaker_terms *terms, struct breaker_state *state, int64_t ticket, int end,
                           int64_t now_ns)
{
    if (ticket != state->epoch) return;
    state->failures = breaker_counts(end) ? state->failures + 1 : 0;
    const int trips = state->failures > 0 && (state->is_open || state->failures >= terms->failures);
    if (!trips && !state->is_open) return;
    state->is_open = trips;
    state->is_probing = 0;
    state->failures = 0;
    state->until_ns = now_ns + terms->open_ns;
    state->epoch++;
}

/* ---- as expectations ---- */

struct breaker_load {
    double calls_per_s, fail_share;
    double answered_s, failed_s; /* from a call's coming to what comes of it */
};

FLOE_FN double breaker_kept_share(const struct breaker_terms *terms, const struct breaker_load *load)
{
    const double q = load->fail_share < 1 - 1e-9 ? load->fail_share : 1 - 1e-9, l = load->calls_per_s;
    if (terms->failures == 0 || !(q > 0) || !(l > 0)) return 0;
    const double mean_s = q * load->failed_s + (1 - q) * load->answered_s;
    const double until_open = floe_expm1(-(double)terms->failures * floe_log(q)) / (1 - q) + l * load->failed_s;
    const double probes = 1 / (1 - q);
    const double kept = l * (terms->open_s + mean_s) * probes;
    return kept / (kept + until_open + probes);
}

#endif

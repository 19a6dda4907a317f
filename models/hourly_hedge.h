/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Second attempts in the hourly engine: what an attempt and its hedge come to (hedge_pair_add of models/hedge.h) under what
 * attempts meet in a bin. A retry layer sends and counts pairs; the wire, the quotas and the bill see attempts.
 *
 * An outage that makes attempts hang outlasts the delay: it meets both. Throttles and single errors meet each for itself.
 * Poor where a quota throttles (both of a pair meet it in the same moment), where an outage is not much longer than the
 * delay or its failures take longer than that, and where what timed out is retried though its answer is as long as before:
 * HOURLY_DOUBT_HEDGE. The parts of an answer's time are shared out as those of
 * any attempt, though a faster one won. */
#ifndef FLOE_MODELS_HOURLY_HEDGE_H
#define FLOE_MODELS_HOURLY_HEDGE_H

#include "models/hourly_bill.h"

/* Shares: throttled, and of what is let through hanging, and of the rest served. */
struct hourly_hedged {
    double throttled, served, hanging;
    int is_refused;
};

FLOE_FN struct hedge_pair hourly_hedge(const struct plan_hedge *hedge, const struct hourly_hedged *of)
{
    struct hedge_pair pair;
    struct hedge_meets up = {0, 0, 0, 0, 0}, down = {0, 0, 0, 0, 0};
    hedge_pair_begin(&pair);
    up.throttled = down.throttled = of->throttled;
    down.hanging = 1 - of->throttled;
    up.served = (1 - of->throttled) * of->served * !of->is_refused;
    up.refused = (1 - of->throttled) * of->served * of->is_refused;
    up.failed = (1 - of->throttled) * (1 - of->served);
    hedge_pair_add(&hedge->terms, &hedge->moments, &up, 1 - of->hanging, &pair);
    if (of->hanging > 0) hedge_pair_add(&hedge->terms, &hedge->moments, &down, of->hanging, &pair);
    return pair;
}

#define HEDGE_THROTTLED_MOST 0.01
#define HEDGE_DELAYS_IN_OUTAGE 50
#define HEDGE_LATE_MOST 0.005

FLOE_FN int hourly_hedge_is_doubtful(const struct plan_route *route, const struct plan_hedge *hedge,
                                     const struct hedge_pair *pair, double throttled)
{
    int is_short = 0;
    for (int i = 0; i < AVAILABLE_MOST; i++) {
        const struct availability_terms *terms = &route->available[i];
        const double least_s = HEDGE_DELAYS_IN_OUTAGE * hedge->terms.after_s;
        const double own_s = terms->own.mttr_s, common_s = terms->common.mttr_s; /* 0: none */
        const int is_hidden = terms->outage_end != ATTEMPT_TIMED_OUT &&
                              hedge->moments.slow_short[ATTEMPT_FAILED] > 0.01;
        is_short |= own_s > 0 && (is_hidden || own_s < least_s);
        is_short |= common_s > 0 && (is_hidden || common_s < least_s);
    }
    const int is_same_again = hedge->moments.n > 1 && route->retries.n_loops > 0 &&
                              pair->p[ATTEMPT_TIMED_OUT] > HEDGE_LATE_MOST;
    return throttled > HEDGE_THROTTLED_MOST || is_short || is_same_again;
}

#endif

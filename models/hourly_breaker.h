/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A circuit breaker in the hourly engine: the stationary share of the calls that it keeps away (models/breaker.h), from
 * what the calls of all workloads at its step come to. Outages, throttles and calls that come together are a doubt: a
 * breaker is open through nearly all of an outage, and this form spreads the failures of the outage over the bin. */
#ifndef FLOE_MODELS_HOURLY_BREAKER_H
#define FLOE_MODELS_HOURLY_BREAKER_H

#include "models/breaker.h"

/* Sums over workloads. */
struct hourly_kept {
    double calls, failed; /* those whose end counts as a failure */
    double answered, answered_s, failed_s;
    int doubt;
};

/* out: shares of the calls by what surfaces. */
FLOE_FN void hourly_kept_add(struct hourly_kept *kept, double calls, const double *out, double answer_s,
                             double failing_s)
{
    kept->calls += calls;
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        if (breaker_counts(end)) kept->failed += calls * out[end];
    kept->answered += calls * out[ATTEMPT_OK];
    kept->answered_s += calls * out[ATTEMPT_OK] * (answer_s + failing_s);
    kept->failed_s += calls * failing_s;
}

FLOE_FN double hourly_kept(const struct breaker_terms *terms, const struct hourly_kept *kept, double length_s)
{
    struct breaker_load load;
    if (!(kept->failed > 0)) return 0;
    load.calls_per_s = kept->calls / length_s;
    load.fail_share = kept->failed / kept->calls;
    load.answered_s = kept->answered > 0 ? kept->answered_s / kept->answered : 0;
    load.failed_s = kept->failed_s / kept->calls /
                    load.fail_share; /* no call's failures take longer than all of them */
    if (load.failed_s > load.answered_s && load.answered_s > 0) load.failed_s = load.answered_s;
    return breaker_kept_share(terms, &load);
}

#endif

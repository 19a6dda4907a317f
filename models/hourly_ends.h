/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How an attempt ends in a bin of the hourly engine, as shares, and how long that takes: errors and outages
 * (models/availability.h), the prompt cache, the client's timeout (models/latency_curve.h), and the pair that an attempt is
 * with its hedge (models/hourly_hedge.h). The share that a quota throttles is given: models/hourly_quota.h finds it.
 *
 * Limits. Outages are spread evenly over their time, attempt by attempt: a doubt where something answers to them (retries,
 * quotas, a group). */
#ifndef FLOE_MODELS_HOURLY_ENDS_H
#define FLOE_MODELS_HOURLY_ENDS_H

#include "models/hourly_bill.h"
#include "models/hourly_hedge.h"

/* What becomes of the attempts at one step of the chain in a bin. */
struct hourly_attempts {
    double calls;               /* that come to the step */
    double ends[ATTEMPT_ENDS];  /* attempts, by end */
    double lines[ATTEMPT_ENDS]; /* in the logs, by end */
    double out[ATTEMPT_ENDS];   /* calls, by what surfaces */
    double served;              /* attempts that come to the model */
    double billed;
    double cancelled, hung_up; /* attempts hung up for their hedge, or as one; those of them that came to the model */
    double answer_s;           /* mean time of an attempt that is answered */
    double output_ratio;       /* output tokens of a billed one to those of all calls; 0: 1 */
    double kept;               /* calls that a circuit breaker keeps away */
    double waited_s;           /* before the attempt that is answered, over those calls */
    double spent_s;            /* attempts and waits, over all calls at the step */
};

/* All steps of a workload. */
struct hourly_chain {
    struct hourly_attempts steps[CHAIN_STEPS_MOST];
    double late_s[CHAIN_STEPS_MOST]; /* what the calls that come to a step have waited, over all of them */
    double lost_s[ATTEMPT_ENDS];     /* what a run of the chain takes that ends so, over those runs */
    double ok_share;                 /* of the calls upstream */
};

FLOE_FN const struct plan_route *bin_route(const struct hourly_bin *b)
{
    return plan_route_of(b->run->plan, b->phase, b->run->route);
}

FLOE_FN const struct retry_terms *bin_retries(const struct hourly_bin *b, int32_t w)
{
    return plan_retries_of(b->run->plan, b->phase, b->run->route, w);
}

/* Of attempts that no quota stops: those that meet an outage or an error, and those of them that hang. */
struct hourly_provider {
    double served, hanging;
};

FLOE_FN struct hourly_provider hourly_provider_of(struct hourly_bin *b, int32_t w, int32_t step)
{
    const struct plan_route *route = bin_route(b);
    struct hourly_provider p = {1 - bin_step(b, w, step)->error_share, 0};
    for (int i = 0; i < 2; i++) {
        const struct availability_terms *terms = &route->available[i == 0 ? 0 : 1 + step];
        struct availability_span span = availability_span(terms, b->from_ns, b->to_ns);
        if (i == 0 || b->run->plan->n_steps[b->run->route] == 1) { /* later steps of a task begin when it is up */
            span.down_share *= b->state->dark_ratio[w];
            span.fail_share = span.down_share + (1 - span.down_share) * terms->error_share;
        }
        if (terms->outage_end == ATTEMPT_TIMED_OUT) p.hanging += (1 - p.hanging) * span.down_share;
        p.served *= 1 - (terms->outage_end == ATTEMPT_TIMED_OUT ? terms->error_share : span.fail_share);
        /* Retries and quotas do not meet an outage attempt by attempt, nor do the members of a group. */
        const int n_steps = b->run->plan->n_steps[b->run->route];
        const int answers = bin_retries(b, w)->n_loops > 0 || route->n_quotas > 0 || (n_steps > 1 && terms->group >= 0);
        if (span.down_share > 0 && (answers || (n_steps > 1 && span.doubt != 0)))
            b->state->doubt |= HOURLY_DOUBT_OUTAGE;
    }
    return p;
}

struct hourly_ends {
    struct retry_load load;  /* p: shares of the attempts by end; of a pair, with hedges */
    double late_share;       /* of those that time out, the ones that the model answers too late; the others hang */
    double attempts;         /* over the wire for one that a retry layer sends */
    struct hedge_pair hedge; /* with hedges */
};

/* How long attempts take that are not answered. */
FLOE_FN void hourly_fails_s(const struct hourly_bin *b, int32_t w, double *fails_s)
{
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const double short_s = route->has_latency ? latency->means.rejection_s : bin_latency_s(b);
    fails_s[ATTEMPT_THROTTLED] = fails_s[ATTEMPT_REFUSED] = short_s;
    fails_s[ATTEMPT_FAILED] = route->has_latency ? latency->means.error_s : bin_latency_s(b);
    /* without a timeout what hangs is over as a rejection is */
    fails_s[ATTEMPT_TIMED_OUT] = route->has_latency && route->latency.timeout_s > 0 ? route->latency.timeout_s
                                                                                    : short_s;
}

/* How long those take that are. */
FLOE_FN double hourly_answer_s(const struct hourly_bin *b, int32_t w)
{
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    if (!bin_route(b)->has_latency) return bin_latency_s(b);
    return latency->timed_out_share < 1 ? latency->answered_s / (1 - latency->timed_out_share) : latency->answered_s;
}

/* With a share t of the attempts throttled. */
FLOE_FN struct hourly_ends hourly_ends_of(struct hourly_bin *b, int32_t w, int32_t i, double throttled)
{
    const double t = throttled < 1 ? throttled : 1; /* 1 and rounding */
    const struct plan_step *step = bin_step(b, w, i);
    const struct plan_route *route = bin_route(b);
    const struct hourly_provider provider = hourly_provider_of(b, w, i);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const int is_refused = step->terms.is_on && step->terms.is_refused && bin_load(b, w)->prefix.prefix_tok > 0;
    const double late = route->has_latency ? latency->timed_out_share : 0;
    const double up = (1 - t) * (1 - provider.hanging), served = up * provider.served * !is_refused;
    struct hourly_ends ends;
    memset(&ends, 0, sizeof ends);
    ends.attempts = 1;
    ends.load.p[ATTEMPT_THROTTLED] = t;
    ends.load.p[ATTEMPT_FAILED] = up * (1 - provider.served);
    ends.load.p[ATTEMPT_REFUSED] = up * provider.served * is_refused;
    ends.load.p[ATTEMPT_OK] = served * (1 - late);
    ends.load.p[ATTEMPT_TIMED_OUT] = (1 - t) * provider.hanging + served * late;
    ends.load.asked_s = -1;
    ends.load.attempt_s = route->has_latency ? latency->client_s : bin_latency_s(b);
    hourly_fails_s(b, w, ends.load.fails_s);
    if (served * late > 0) ends.late_share = served * late / ends.load.p[ATTEMPT_TIMED_OUT];
    const struct plan_hedge *hedge = plan_hedge_of(b->run->plan, b->phase, b->run->route, w);
    if (hedge == NULL) return ends;
    const struct hourly_hedged meets = {t, provider.served, provider.hanging, is_refused};
    ends.hedge = hourly_hedge(hedge, &meets);
    ends.attempts = ends.hedge.attempts;
    for (int end = 0; end < ATTEMPT_ENDS; end++) {
        ends.load.p[end] = ends.hedge.p[end];
        if (end != ATTEMPT_OK && ends.hedge.p[end] > 0)
            ends.load.fails_s[end] = ends.hedge.ends_s[end] / ends.hedge.p[end];
    }
    return ends;
}

#endif

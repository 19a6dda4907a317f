/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Availability of a provider: the same 99.9 % can be one request in a thousand that fails on its own, or 43 minutes of a
 * month in which all fail. A task of many calls feels the difference, and so does a retry.
 *
 *   errors    every attempt fails on its own with the share e0
 *   outages   a two-state process: up for exponential times of mean M (MTBF: from the end of an outage to the next), down
 *             for exponential times of mean D (MTTR). Down, every attempt fails, or hangs until the client's timeout
 *   common    the share b of the outage time that a provider has in common with its group (the beta factor: one DNS, one
 *             Region, one vendor behind two names). Provider and group have a process each; down is either
 *   planned   outages at given times, for what-ifs: `at` and `for`
 *
 * Given is either errors, mtbf and mttr, or `uptime` with the share `from_outages` of what is missing, and mttr.
 *
 *   as events        availability_begin, availability_is_down: a process that is advanced, lazily, to the time asked;
 *                    interval i of a stream is one addressed draw, so routes that ask at other times meet the same outages
 *   as expectations  shares, variances and tasks in closed form; availability_span for a step of the hourly engine
 *
 * Formulas. q = D/(M + D), U = 1 - q, k = 1/M + 1/D (two-state Markov chain; Trivedi, Probability and Statistics with
 * Reliability, Queuing and Computer Science Applications, ch. 8):
 *   P(down at t | up at 0)  = q (1 - e^-kt)             P(down at t | down at 0) = q + U e^-kt
 *   E[down in [0, T]]       = q T in steady state;        q (T - (1 - e^-kT)/k) when up at 0
 *   Var[down in [0, T]]     = 2 U q (T/k - (1 - e^-kT)/k^2) in steady state; for T >> D about 2 U^2 q D T
 *   P(a task of length tau with n attempts is not touched) = U e^(-tau/M) (1 - e0)^n
 *   a pair with common share b: 1 - (1 - b q)(1 - ((1 - b) q)^2), about b q + ((1 - b) q)^2
 *   series a^n; k of n: sum over j >= k of C(n, j) a^j (1 - a)^(n - j); with R retries (1 - (1 - a)^(R + 1))^n,
 *   which helps against errors and not against an outage that outlasts the retries
 *
 * Doubt (AVAILABILITY_DOUBT_LONG): a step's mean says nothing of one realisation when an outage fills whole steps: the
 * mean of 0.1 % is one month of 43 minutes or 30 days of 1.4. What is linear in the failures (attempts, cost without
 * retries) is right on average; what is not (quotas, queues, retry storms) is not. The events engine shows it.
 * availability_span also gives the standard deviation of the step's down share.
 *
 * Limits: an outage is total; MTBF and MTTR are the same at every hour; a group's members have the same common process
 * (availability_same_common). At one instant an outage begins before the attempts that start then, and is over at its end. */
#ifndef FLOE_MODELS_AVAILABILITY_H
#define FLOE_MODELS_AVAILABILITY_H

#include "models/attempt.h"
#include "models/param.h"
#include "models/sla_rules.h"
#include "models/units.h"
#include "sim/draw.h"

#define AVAILABILITY_PLANNED_MOST 4
#define AVAILABILITY_NEVER_NS INT64_MAX
#define AVAILABILITY_LONGEST_S 1e9 /* an interval's cut: 31 years */
#define AVAILABILITY_DOUBT_LONG 1u

#if defined(__cplusplus)
extern "C" {
#endif

struct planned_outage {
    int64_t at_s; /* since 1970; INSTANT_ABSENT: none */
    double for_s;
};

/* What the user gave of a provider. */
struct availability {
    double error_share;    /* PARAM_ABSENT: 0, or from `uptime` */
    double mtbf_s, mttr_s; /* PARAM_ABSENT */
    double uptime_share;   /* PARAM_ABSENT */
    double from_outages_share;
    char group[NAME_BYTES]; /* of providers that fail together; "": none */
    double common_share;
    int32_t is_hanging; /* attempts during an outage hang until the client's timeout; otherwise they fail at once */
    int32_t n_planned;
    struct planned_outage planned[AVAILABILITY_PLANNED_MOST];
    struct sla sla;
};

extern const struct param_block planned_outage_block, availability_block;

/* One two-state process. mttr_s 0: it never fails. */
struct outage_process {
    double mtbf_s, mttr_s;
};

struct availability_terms {
    double error_share;
    struct outage_process own, common; /* the common one belongs to the group: one stream for all members */
    int32_t group;                     /* index of the group, set by whoever resolves names; -1: none */
    int32_t outage_end;                /* enum attempt_end of an attempt during an outage: FAILED or TIMED_OUT */
    int32_t n_planned;
    int64_t planned_from_ns[AVAILABILITY_PLANNED_MOST], planned_to_ns[AVAILABILITY_PLANNED_MOST];
    struct sla_terms sla;
};

void availability_derive(const struct availability *availability, int64_t start_at_s, struct availability_terms *terms);

/* 1: two members of a group mean the same common process. */
int availability_same_common(const struct availability_terms *a, const struct availability_terms *b);

/* P(at least k of n succeed), each with probability a. */
double sla_k_of_n(double a, int64_t k, int64_t n);

#if defined(__cplusplus)
}
#endif

/* ---- as events ---- */

/* 24 bytes. Interval 0 is the one at time 0; draw 0 says whether it is up, draw i + 1 how long interval i is. */
struct outage_state {
    int64_t until_ns; /* the end of the current interval: it holds at t < until */
    uint64_t interval;
    int32_t is_down;
    int32_t reserved;
};

FLOE_FN double outage_down_share(const struct outage_process *process)
{
    return process->mttr_s > 0 ? process->mttr_s / (process->mtbf_s + process->mttr_s) : 0;
}

FLOE_FN int64_t outage_length_ns(const struct outage_process *process, const struct outage_state *state,
                                 struct floe_rng rng, uint32_t stream)
{
    const double mean_s = state->is_down ? process->mttr_s : process->mtbf_s;
    const double s = mean_s * floe_draw_exponential(floe_rng_uniform(rng, stream, state->interval + 1));
    return (int64_t)((s < AVAILABILITY_LONGEST_S ? s : AVAILABILITY_LONGEST_S) * (double)NS_PER_S + 0.5);
}

/* In steady state at `from_ns`, or up there. Exponential intervals have no memory: the first is a whole one. */
FLOE_FN struct outage_state outage_begin(const struct outage_process *process, struct floe_rng rng, uint32_t stream,
                                         int64_t from_ns, int is_steady)
{
    struct outage_state state;
    state.interval = 0;
    state.reserved = 0;
    state.is_down = is_steady && floe_draw_bernoulli(floe_rng_uniform(rng, stream, 0), outage_down_share(process));
    state.until_ns = AVAILABILITY_NEVER_NS;
    if (process->mttr_s > 0) state.until_ns = from_ns + outage_length_ns(process, &state, rng, stream);
    return state;
}

/* now_ns must not go back. */
FLOE_FN int outage_is_down(const struct outage_process *process, struct outage_state *state, struct floe_rng rng,
                           uint32_t stream, int64_t now_ns)
{
    while (now_ns >= state->until_ns) {
        state->interval++;
        state->is_down = !state->is_down;
        const int64_t length_ns = outage_length_ns(process, state, rng, stream);
        const int is_last = length_ns > AVAILABILITY_NEVER_NS - state->until_ns;
        state->until_ns = is_last ? AVAILABILITY_NEVER_NS : state->until_ns + length_ns;
    }
    return state->is_down;
}

FLOE_FN int availability_is_planned(const struct availability_terms *terms, int64_t now_ns)
{
    int is_down = 0;
    for (int32_t i = 0; i < terms->n_planned; i++)
        is_down |= now_ns >= terms->planned_from_ns[i] && now_ns < terms->planned_to_ns[i];
    return is_down;
}

/* own: of the provider, common: of its group (NULL without one), each advanced to now with its own stream. */
FLOE_FN int availability_is_down(const struct availability_terms *terms, struct outage_state *own,
                                 struct outage_state *common, struct floe_rng rng, uint32_t own_stream,
                                 uint32_t common_stream, int64_t now_ns)
{
    int is_down = outage_is_down(&terms->own, own, rng, own_stream, now_ns);
    if (common != NULL) is_down |= outage_is_down(&terms->common, common, rng, common_stream, now_ns);
    return is_down | availability_is_planned(terms, now_ns);
}

/* The end of an attempt that no quota stopped, given whether the provider is down when it starts. */
FLOE_FN enum attempt_end availability_end(const struct availability_terms *terms, int is_down, double uniform)
{
    if (is_down) return (enum attempt_end)terms->outage_end;
    return floe_draw_bernoulli(uniform, terms->error_share) ? ATTEMPT_FAILED : ATTEMPT_OK;
}

/* ---- as expectations ---- */

FLOE_FN double outage_rate_per_s(const struct outage_process *process)
{
    return process->mttr_s > 0 ? 1 / process->mtbf_s + 1 / process->mttr_s : 0;
}

/* P(down at t | up at 0). */
FLOE_FN double outage_down_after_up(const struct outage_process *process, double t_s)
{
    return -outage_down_share(process) * floe_expm1(-outage_rate_per_s(process) * t_s);
}

/* P(down at t | down at 0). */
FLOE_FN double outage_down_after_down(const struct outage_process *process, double t_s)
{
    const double q = outage_down_share(process);
    return q + (1 - q) * floe_exp(-outage_rate_per_s(process) * t_s);
}

FLOE_FN double outage_expected_s(const struct outage_process *process, double span_s, int is_steady)
{
    const double q = outage_down_share(process), k = outage_rate_per_s(process);
    if (is_steady || q == 0) return q * span_s;
    return q * (span_s + floe_expm1(-k * span_s) / k);
}

/* Of the time down in a span, in steady state. For k T < 1e-3 by its series: the formula would cancel. */
FLOE_FN double outage_variance_s2(const struct outage_process *process, double span_s)
{
    const double q = outage_down_share(process), k = outage_rate_per_s(process), x = k * span_s;
    if (q == 0) return 0;
    const double series = x * x * (0.5 - x / 6 + x * x / 24);
    return 2 * q * (1 - q) / (k * k) * (x < 1e-3 ? series : x + floe_expm1(-x));
}

/* P(up all along a task that lasts tau), in steady state. */
FLOE_FN double outage_none_share(const struct outage_process *process, double tau_s)
{
    if (process->mttr_s == 0) return 1;
    return (1 - outage_down_share(process)) * floe_exp(-tau_s / process->mtbf_s);
}

/* Own or common, planned ones left out. */
FLOE_FN double availability_down_share(const struct availability_terms *terms)
{
    return 1 - (1 - outage_down_share(&terms->own)) * (1 - outage_down_share(&terms->common));
}

/* What an SLA measures: the share of attempts that are served. */
FLOE_FN double availability_uptime_share(const struct availability_terms *terms)
{
    return (1 - availability_down_share(terms)) * (1 - terms->error_share);
}

/* A task of n attempts over tau without a retry: none fails. Whoever is down at its start, or goes down before its end,
 * fails it. */
FLOE_FN double availability_task_share(const struct availability_terms *terms, double tau_s, double n)
{
    return outage_none_share(&terms->own, tau_s) * outage_none_share(&terms->common, tau_s) *
           floe_pow(1 - terms->error_share, n);
}

/* Both of two members of a group down: then a fail-over between them has nowhere to go. */
FLOE_FN double availability_pair_down_share(const struct availability_terms *a, const struct availability_terms *b)
{
    const double both = outage_down_share(&a->own) * outage_down_share(&b->own);
    return 1 - (1 - outage_down_share(&a->common)) * (1 - both);
}

struct availability_span {
    double down_share; /* expected share of the span that is down */
    double sd_share;   /* its standard deviation over realisations */
    double fail_share; /* of the attempts: down, or an error of their own */
    uint32_t doubt;
};

FLOE_FN double availability_planned_share(const struct availability_terms *terms, int64_t from_ns, int64_t to_ns)
{
    double down_ns = 0;
    for (int32_t i = 0; i < terms->n_planned; i++) {
        const int64_t a = terms->planned_from_ns[i] > from_ns ? terms->planned_from_ns[i] : from_ns;
        const int64_t b = terms->planned_to_ns[i] < to_ns ? terms->planned_to_ns[i] : to_ns;
        down_ns += b > a ? (double)(b - a) : 0;
    }
    return to_ns > from_ns ? down_ns / (double)(to_ns - from_ns) : 0;
}

/* One step of the hourly engine, steady state. Planned outages must not overlap each other. */
FLOE_FN struct availability_span availability_span(const struct availability_terms *terms, int64_t from_ns,
                                                   int64_t to_ns)
{
    struct availability_span span;
    const double span_s = (double)(to_ns - from_ns) / (double)NS_PER_S;
    const double random_share = availability_down_share(terms);
    const double planned_share = availability_planned_share(terms, from_ns, to_ns);
    const double variance = outage_variance_s2(&terms->own, span_s) + outage_variance_s2(&terms->common, span_s);
    const int is_long = terms->own.mttr_s > span_s || terms->common.mttr_s > span_s;
    span.down_share = planned_share + (1 - planned_share) * random_share;
    span.sd_share = span_s > 0 ? sqrt(variance) / span_s * (1 - planned_share) : 0;
    span.fail_share = span.down_share + (1 - span.down_share) * terms->error_share;
    span.doubt = is_long ? AVAILABILITY_DOUBT_LONG : 0;
    return span;
}

/* ---- tasks of independent calls ---- */

/* All of n succeed, each with probability a. */
FLOE_FN double sla_series(double a, double n)
{
    return floe_pow(a, n);
}

/* Each of n calls with up to `retries` more attempts. */
FLOE_FN double sla_series_retried(double a, double retries, double n)
{
    return floe_pow(1 - floe_pow(1 - a, retries + 1), n);
}

/* The number of calls in series at which the task share falls to `want`. */
FLOE_FN double sla_series_length(double a, double want)
{
    return floe_log(want) / floe_log(a);
}

#endif

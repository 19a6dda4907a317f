/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Traffic: when tasks arrive. Both forms of the mechanism:
 *   as events        traffic_next: the instant of task i
 *   as expectations  traffic_expected: how many tasks between two instants
 *
 * Three kinds: a constant rate; a rate that follows a week of 168 hours (Monday 00:00 UTC first); the replay of a
 * trace. The first two are a non-homogeneous Poisson process whose rate is constant between the edges of the plan's
 * bins (clock hours, windows, warm-up, price dates; months end on a clock hour). Arrival i is Lambda^-1(E_1 + ... + E_i), E exponential with mean 1 and
 * Lambda the integral of the rate (Cinlar 1975, inversion): no thinning, so one draw per arrival, addressable by i.
 *
 * The rate is the mean over a week: weights are scaled to a mean of 1, so 6400/day stays 6400 a day on average whatever
 * the weights. A rate "per month" follows time.month: with `calendar` each month of even weeks gets the stated number,
 * so that a day of February carries more than a day of March (with weights by weekday a month with more working days
 * than its share gets a little more); with 720h or 730h every hour gets the same.
 *
 * The rate may grow, step and swing over the horizon (models/traffic_trend.h), and tasks may come in bursts or with gaps
 * of another variation than the exponential's (models/traffic_pace.h): then the E_i are gamma, or Lambda is that of the
 * rate times an on/off process. The mean stays.
 *
 * Demand may react to what becomes of it: who fails asks again, or workers in a closed loop take the place of a rate
 * (models/demand_react.h).
 *
 * A fourth kind is a scheduled job, `at: '03:58'`, see models/job.h: nothing about it is drawn.
 *
 * A task makes calls_per_task calls and is done when the last one has ended; accepted if calls_needed of them were
 * answered (k of n). They begin all at once, or evenly spread
 * over `over`: call j of m begins floor(j over / m) after the first.
 *
 * Limits: whole clock hours; but for bursts no randomness of the rate itself (a day is as busy as the week says). */
#ifndef FLOE_MODELS_TRAFFIC_H
#define FLOE_MODELS_TRAFFIC_H

#include "models/demand_react.h"
#include "models/job.h"
#include "models/trace.h"
#include "models/traffic_pace.h"
#include "models/traffic_trend.h"
#include "sim/blockstream.h"

struct traffic {
    double tasks_per_s;   /* PARAM_ABSENT when a trace is replayed */
    int32_t is_per_month; /* tasks_per_s was given per month: stored for a month of 720 h */
    int64_t calls_per_task;
    int64_t calls_needed;              /* -1: all */
    double week[HOURS_PER_WEEK];       /* weights; Monday 00:00 UTC first */
    double hour_of_day[HOURS_PER_DAY]; /* weights, multiplied onto week */
    double weekday[DAYS_PER_WEEK];     /* Monday first */
    char hours[16];                    /* '10:00-13:00': no traffic outside; whole hours; may pass midnight */
    char at[JOB_TEXT_BYTES];           /* '03:58' or 'mon 03:58': a scheduled job; "": none */
    double over_s;                     /* the time that a task's calls (a job's: all of them) are spread over */
    struct growth growth;
    int32_t n_steps, n_waves;
    struct growth_step steps[GROWTH_STEPS_MOST];
    struct wave waves[WAVES_MOST];
    struct bursts bursts;
    struct gaps gaps;
    struct asks_again asks_again;
    struct agents agents;
    struct trace_ref trace;
};

extern const struct param_block traffic_block;

FLOE_FN int traffic_is_job(const struct traffic *traffic)
{
    return traffic->at[0] != '\0';
}

/* The job of a demand that is one, for a run that starts at `start_at_s`. */
struct job traffic_job(const struct traffic *traffic, int64_t start_at_s);

int traffic_hours(const char *text, int *from, int *to); /* '22:00-06:00' to 22 and 6; 0: not such a text */
double traffic_weight(const struct traffic *traffic, int hour_of_week); /* not scaled; Monday 00:00 UTC is hour 0 */
double traffic_weight_between(const struct traffic *traffic, double from_s,
                              double to_s);             /* within an hour of the week */
double traffic_week_sum(const struct traffic *traffic); /* of the 168 weights */

/* A rate over the plan's bins: bin b spans edge_ns[b] .. edge_ns[b + 1], its rate is constant, and cumulated[b] tasks
 * are expected before it. cumulated has n_bins + 1 entries. */
struct traffic_rates {
    const int64_t *edge_ns;
    const double *cumulated;
    int32_t n_bins;
    const struct traffic_pace *pace;
    const struct floe_gamma_table *gaps; /* PACE_GAPS */
};

/* ---- as events ---- */

struct traffic_state {
    struct floe_block_stream arrivals; /* exponentials of mean 1; PACE_GAPS: uniforms */
    double target;                     /* E_1 + ... + E_i */
    int32_t bin;
    int32_t is_begun;
    /* PACE_BURSTS: the part of a bin with one rate that the walk is in */
    int32_t is_on;
    uint64_t sojourns;
    int64_t from_ns, until_ns; /* of the part; of the sojourn */
    double before;             /* Lambda at from_ns */
};

FLOE_FN struct traffic_state traffic_begin(struct floe_rng rng, uint32_t stream)
{
    struct traffic_state state;
    state.arrivals = floe_block_stream_at(rng, stream, FLOE_BLOCK_EXPONENTIAL, 1.0, 0);
    state.target = state.before = 0;
    state.bin = 0;
    state.is_begun = state.is_on = 0;
    state.sojourns = 0;
    state.from_ns = state.until_ns = 0;
    return state;
}

FLOE_FN void traffic_change_over(struct traffic_state *state, const struct traffic_pace *pace)
{
    const struct floe_rng rng = state->arrivals.rng;
    const uint32_t stream = state->arrivals.stream;
    state->is_on = state->sojourns == 0 ? pace_begins_on(pace, rng, stream) : !state->is_on;
    state->until_ns += pace_sojourn_ns(pace, rng, stream, ++state->sojourns, state->is_on);
}

/* Walks parts of constant rate until Lambda reaches the target. */
FLOE_FN int traffic_next_in_bursts(struct traffic_state *state, struct traffic_rates rates, int64_t *at_ns)
{
    state->target += floe_block_stream_next(&state->arrivals);
    while (state->bin < rates.n_bins) {
        const int64_t first_ns = rates.edge_ns[state->bin], end_ns = rates.edge_ns[state->bin + 1];
        if (state->from_ns == state->until_ns) traffic_change_over(state, rates.pace);
        const int64_t to_ns = state->until_ns < end_ns ? state->until_ns : end_ns, length_ns = to_ns - state->from_ns;
        const double share = (double)length_ns / (double)(end_ns - first_ns);
        const double here = (rates.cumulated[state->bin + 1] - rates.cumulated[state->bin]) * share *
                            (state->is_on ? rates.pace->on_ratio : rates.pace->off_ratio);
        if (state->target < state->before + here) {
            const int64_t offset_ns = (int64_t)((state->target - state->before) / here * (double)length_ns + 0.5);
            *at_ns = offset_ns < length_ns ? state->from_ns + offset_ns : to_ns - 1;
            return 1;
        }
        state->before += here;
        state->from_ns = to_ns;
        state->bin += to_ns == end_ns;
    }
    return 0;
}

/* The next E. */
FLOE_FN double traffic_gap(struct traffic_state *state, struct traffic_rates rates)
{
    if (rates.pace->kind != PACE_GAPS) return floe_block_stream_next(&state->arrivals);
    const int is_first = !state->is_begun;
    state->is_begun = 1;
    state->arrivals.law = FLOE_BLOCK_UNIFORM; /* nothing is computed before the first draw */
    return pace_gap(rates.pace, rates.gaps, is_first, floe_block_stream_next(&state->arrivals));
}

/* The next arrival and its bin; 0 when it lies beyond the horizon. */
FLOE_FN int traffic_next(struct traffic_state *state, struct traffic_rates rates, int64_t *at_ns)
{
    if (rates.pace->kind == PACE_BURSTS) return traffic_next_in_bursts(state, rates, at_ns);
    state->target += traffic_gap(state, rates);
    while (state->bin < rates.n_bins && state->target >= rates.cumulated[state->bin + 1])
        state->bin++;
    if (state->bin == rates.n_bins) return 0;
    const int64_t from_ns = rates.edge_ns[state->bin], to_ns = rates.edge_ns[state->bin + 1];
    const double before = rates.cumulated[state->bin], inside = rates.cumulated[state->bin + 1] - before;
    const int64_t offset_ns = (int64_t)((state->target - before) / inside * (double)(to_ns - from_ns) + 0.5);
    *at_ns = from_ns + offset_ns < to_ns ? from_ns + offset_ns : to_ns - 1;
    return 1;
}

/* How long after the first call of a task its call j of m begins. */
FLOE_FN int64_t traffic_call_offset_ns(int64_t over_ns, int64_t m, int64_t j)
{
    return (int64_t)((floe_i128)j * over_ns / m);
}

/* ---- as expectations ---- */

/* Tasks expected in bin b before the instant `until_ns`. */
FLOE_FN double traffic_expected(struct traffic_rates rates, int32_t bin, int64_t until_ns)
{
    const int64_t from_ns = rates.edge_ns[bin], to_ns = rates.edge_ns[bin + 1];
    const double all = rates.cumulated[bin + 1] - rates.cumulated[bin];
    if (until_ns >= to_ns) return all;
    return until_ns <= from_ns ? 0 : all * ((double)(until_ns - from_ns) / (double)(to_ns - from_ns));
}

#endif

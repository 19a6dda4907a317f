/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Demand that reacts to what becomes of it. Two kinds:
 *
 * asks_again  whose task failed asks again: with probability `share`, after a wait, at most `most` times for one thing
 *             that is wanted (an intent). Each further ask is a task of its own: the one before stays failed and its cost
 *             stays in the bill. With `patience` a task that lasts longer is given up: its user asks again meanwhile, it
 *             runs on, is billed and ends as failed, since its answer reaches no one. That is wasted work.
 * agents      a closed loop: N workers, each starts a task, waits for its end, thinks and starts the next one.
 *
 * Both forms of the mechanism:
 *   as events        react_after: what a user does whose task has ended or lasts too long; react_think_ns
 *   as expectations  react_span: the repeats of a span of time, given its first asks and the share that fails
 *
 * Formulas. With a share f of the asks failing, independently, and s the share of those who ask again, an intent is asked
 *     1 + s f + (s f)^2 + ... + (s f)^most = (1 - (s f)^(most + 1)) / (1 - s f)       times, without `most` 1 / (1 - s f)
 * and given up with probability 1 - (1 - f) that. If f depends on the load (a quota), load and f are solved together, and
 * there may be two stable answers: Bronson, Aghayev, Charapko, Zhu, "Metastable failures in distributed systems", HotOS
 * 2021. In the closed loop the interactive response time law (Denning and Buzen, ACM Computing Surveys 10 (1978) 225)
 * holds for means over any long time, whatever the laws are:
 *     X = N / (R + Z)         X tasks per second, R mean time from a task's start to its end, Z mean time of thinking
 * so tasks that fail fast make the loop turn faster.
 *
 * In a span those who wait are a linear system: with u first asks per second and generations k = 1 .. most (one that feeds
 * itself without `most`) y_k' = s f a_(k-1) - y_k / m, a_k = y_k / m, a_0 = u, m the time from an ask to the next one. It is
 * taken in REACT_PARTS steps, each exact for a constant inflow. That is exact for exponential waits; constant ones have the
 * same mean, and differ in how their repeats lie around the end of a span only.
 *
 * Limits of both: a user asks for one thing once more, not for several; a repeat has prompts and tokens of its own;
 * whether to ask again depends on nothing that happened before but the number of asks. Limits of the expectation form:
 * f is the same throughout a span, for first asks and repeats alike, so an outage that ends within a span is a doubt;
 * who waits when a change ends the asking is forgotten;
 * whether two states are possible is looked for from both sides, and which one holds is taken from the span before
 * (models/engine_hourly.h sets the doubt `overload`). */
#ifndef FLOE_MODELS_DEMAND_REACT_H
#define FLOE_MODELS_DEMAND_REACT_H

#include "models/param.h"
#include "models/units.h"
#include "sim/draw.h"

#define REACT_ASKS_MOST 16
#define REACT_WORKERS_MOST 1000000 /* no unit */
#define REACT_PARTS 32             /* of a span; a fixed number */
#define REACT_SMALL 1e-3           /* below it series are used; no unit */

#if defined(__cplusplus)
extern "C" {
#endif

enum react_law { REACT_EXPONENTIAL, REACT_CONSTANT };

struct react_time {
    double mean_s; /* PARAM_ABSENT or 0: none */
    int32_t law;
};

struct asks_again {
    double share; /* PARAM_ABSENT or 0: nobody */
    struct react_time wait;
    int64_t most;      /* -1: no limit */
    double patience_s; /* PARAM_ABSENT or 0: they wait for the end */
};

struct agents {
    int64_t workers; /* -1 or 0: none */
    struct react_time think;
};

extern const struct param_block asks_again_block, agents_block;

/* What follows from both, for the plan. */
struct react_terms {
    double share;
    int64_t most; /* INT64_MAX: no limit */
    struct react_time wait, think;
    int64_t patience_ns; /* 0: they wait for the end */
    int64_t workers;     /* 0: no closed loop */
};

struct react_terms react_derive(const struct asks_again *asks_again, const struct agents *agents);

/* What is wrong with them beside each other; 1: nothing. */
struct complaint;
int react_check(const struct asks_again *asks_again, const struct agents *agents, struct complaint *complaint);

#if defined(__cplusplus)
}
#endif

FLOE_FN int react_is_on(const struct react_terms *terms)
{
    return terms->share > 0 || terms->workers > 0;
}

/* Asks for one thing that is wanted, on average, if a share of them fails. */
FLOE_FN double react_asks_per_intent(const struct react_terms *terms, double failed_share)
{
    const double x = terms->share * failed_share;
    if (terms->most == INT64_MAX) return 1 / (1 - x);
    double sum = 0, power = 1;
    for (int64_t k = 0; k <= terms->most; k++, power *= x)
        sum += power;
    return sum;
}

/* ---- as events ---- */

/* Draws of task i are (i, sub) of the stream; of worker i at the start REACT_SUB_FIRST. */
enum react_sub { REACT_SUB_ASKS, REACT_SUB_WAIT, REACT_SUB_FIRST };

FLOE_FN double react_uniform(struct floe_rng rng, uint32_t stream, uint64_t index, enum react_sub sub)
{
    return floe_uniform_from_word(floe_rng_word_sub(rng, stream, index, (uint32_t)sub));
}

FLOE_FN int64_t react_ns(double s)
{
    return (int64_t)(s * (double)NS_PER_S + 0.5);
}

FLOE_FN int64_t react_time_ns(const struct react_time *time, double u)
{
    return react_ns(time->law == REACT_CONSTANT ? time->mean_s : time->mean_s * floe_draw_exponential(u));
}

/* 1: a user whose ask has failed asks once more. `again`: how often that was done before. */
FLOE_FN int react_asks(const struct react_terms *terms, int64_t again, double u)
{
    return again < terms->most && floe_draw_bernoulli(u, terms->share);
}

/* When a worker starts for the first time: some part of the thinking is over. */
FLOE_FN int64_t react_first_ns(const struct react_terms *terms, double u)
{
    if (terms->think.law == REACT_CONSTANT) return react_ns(terms->think.mean_s * u);
    return react_time_ns(&terms->think, u);
}

/* ---- as expectations ---- */

/* Who waits to ask again, by how often they did before. */
struct react_hourly {
    double waiting[REACT_ASKS_MOST];
    double failed_share; /* of the span before */
    double tasks;        /* of the span before: closed loop */
};

struct react_span {
    double repeats; /* asks that are not the first ones */
    double again;   /* asks of this span that will be followed by another one */
};

/* (1 - e^-x) / x and (x - 1 + e^-x) / x^2, for x >= 0. */
FLOE_FN double react_phi1(double x)
{
    return x < REACT_SMALL ? 1 - x / 2 + x * x / 6 : -floe_expm1(-x) / x;
}

FLOE_FN double react_phi2(double x)
{
    return x < REACT_SMALL ? 0.5 - x / 6 + x * x / 24 : (x + floe_expm1(-x)) / (x * x);
}

/* One step of `length_s`: `in` of them come evenly and wait for mean_s on average; of those who leave, a share `back`
 * comes again. Returns how many left. */
FLOE_FN double react_pool(double *waiting, double in, double back, double mean_s, double length_s)
{
    const double x = (1 - back) * length_s / mean_s;
    const double out = (length_s / mean_s) * (*waiting * react_phi1(x) + in * react_phi2(x));
    *waiting += in - (1 - back) * out;
    if (*waiting < 0) *waiting = 0; /* rounding */
    return out;
}

/* `first` asks, evenly over the span, a share of all fails; lag_s from an ask to the next one. */
FLOE_FN struct react_span react_span_of(const struct react_terms *terms, struct react_hourly *state, double first,
                                        double failed_share, double lag_s, double length_s)
{
    const double x = terms->share * failed_share, part_s = length_s / REACT_PARTS;
    const int is_endless = terms->most == INT64_MAX;
    const int generations = is_endless ? 1 : (int)terms->most;
    struct react_span span = {0, 0};
    for (int part = 0; part < REACT_PARTS; part++) {
        double in = first / REACT_PARTS * x;
        for (int k = 0; k < generations; k++) {
            const double out = react_pool(&state->waiting[k], in, is_endless ? x : 0, lag_s, part_s);
            span.again += in + (is_endless ? out * x : 0);
            span.repeats += out;
            in = out * x;
        }
    }
    return span;
}

/* Tasks of a closed loop in a span. */
FLOE_FN double react_loop_tasks(const struct react_terms *terms, double task_s, double length_s)
{
    return (double)terms->workers * length_s / (task_s + terms->think.mean_s);
}

#endif

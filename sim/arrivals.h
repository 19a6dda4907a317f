/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When customers come: one stream of arrivals, and how many come at each.
 *
 * | FLOE_ARRIVALS_ | the instants                                                                              |
 * | RENEWAL        | each a gap after the one before, the first a gap after 0; gaps are a law (sim/law.h)       |
 * | PIECEWISE      | a Poisson process whose rate is constant on pieces and repeats after the last piece        |
 * | LIST           | as given: nanoseconds, not decreasing, in a side array of the caller                       |
 *
 * PIECEWISE is inverted, not thinned: with M(t) the expected number of arrivals up to t, the n-th arrival is where M
 * reaches the sum of n exponentials of mean 1 (Cinlar 1975, 4.7). One draw per arrival, so that it has an address, and
 * another rate stretches the same luck. The state is (cycle, expected number within it): time within a cycle is a
 * double, but a year of cycles adds up in integers and does not drift.
 *
 * Batches: `batch` customers at each instant, or a geometric number (1, 2, ...) of that mean. The draw of the gap
 * before event i and of its batch have index i of their streams.
 *
 * Left out: arrivals that depend on the state of the queue, Markov-modulated rates. */
#ifndef FLOE_SIM_ARRIVALS_H
#define FLOE_SIM_ARRIVALS_H

#include "sim/event.h"
#include "sim/lawstream.h"
#include "sim/rng.h"

enum floe_arrivals_kind { FLOE_ARRIVALS_RENEWAL = 0, FLOE_ARRIVALS_PIECEWISE = 1, FLOE_ARRIVALS_LIST = 2 };
enum floe_batch_kind { FLOE_BATCH_FIXED = 0, FLOE_BATCH_GEOMETRIC = 1 };
enum { FLOE_ARRIVALS_PIECES_MAX = 24 };

struct floe_arrivals_plan {
    uint32_t kind;
    uint32_t batch_kind;
    double batch;        /* FIXED: a whole number; GEOMETRIC: the mean, at least 1 */
    uint64_t events_max; /* after so many instants nobody comes any more; 0: no such end */
    struct floe_law gap; /* RENEWAL */
    uint32_t pieces;     /* PIECEWISE: piece i has rate_per_s[i] up to until_s[i] */
    uint32_t reserved;
    double until_s[FLOE_ARRIVALS_PIECES_MAX];
    double rate_per_s[FLOE_ARRIVALS_PIECES_MAX];
    uint64_t list_from, list_n; /* LIST: part of the side array */
};

/* What the plans of a run may refer to; const, shared by replications. */
struct floe_side {
    const struct floe_gamma_table *tables;
    const int64_t *list_ns;
};

struct floe_arrivals {
    struct floe_law_stream gaps; /* PIECEWISE: exponentials of mean 1 */
    struct floe_stream batches;
    uint64_t events; /* instants given out so far */
    uint64_t cycle;  /* PIECEWISE */
    double expected; /* arrivals, in the part of this cycle that is over */
};

FLOE_FN struct floe_arrivals_plan floe_arrivals_plan_of(enum floe_arrivals_kind kind)
{
    struct floe_arrivals_plan plan;
    memset(&plan, 0, sizeof plan);
    plan.kind = (uint32_t)kind;
    plan.batch = 1.0;
    return plan;
}

FLOE_FN struct floe_law floe_arrivals_law(const struct floe_arrivals_plan *plan)
{
    return plan->kind == FLOE_ARRIVALS_PIECEWISE ? floe_law_of(FLOE_LAW_EXPONENTIAL, 1.0, 1.0) : plan->gap;
}

FLOE_FN void floe_arrivals_init(struct floe_arrivals *arrivals, const struct floe_arrivals_plan *plan,
                                struct floe_rng rng, uint32_t gap_stream, uint32_t batch_stream)
{
    const struct floe_law law = floe_arrivals_law(plan);
    floe_law_stream_init(&arrivals->gaps, &law, rng, gap_stream);
    arrivals->batches = floe_stream_at(rng, batch_stream, 0);
    arrivals->events = arrivals->cycle = 0;
    arrivals->expected = 0.0;
}

FLOE_FN double floe_arrivals_expected_per_cycle(const struct floe_arrivals_plan *plan)
{
    double expected = 0.0;
    for (uint32_t i = 0; i < plan->pieces; i++)
        expected += plan->rate_per_s[i] * (plan->until_s[i] - (i > 0 ? plan->until_s[i - 1] : 0.0));
    return expected;
}

/* Where in its cycle the expected number is reached; only a piece with a positive rate can be the one. */
FLOE_FN double floe_arrivals_place_s(const struct floe_arrivals_plan *plan, double expected)
{
    double before = 0.0, from_s = 0.0;
    for (uint32_t i = 0; i < plan->pieces; i++) {
        double here = plan->rate_per_s[i] * (plan->until_s[i] - from_s);
        if (expected < before + here) {
            double place_s = from_s + (expected - before) / plan->rate_per_s[i];
            return place_s < plan->until_s[i] ? place_s : plan->until_s[i];
        }
        before += here;
        from_s = plan->until_s[i];
    }
    return from_s;
}

FLOE_FN int64_t floe_arrivals_piecewise_ns(const struct floe_arrivals_plan *plan, struct floe_arrivals *arrivals,
                                           const struct floe_where *where)
{
    double per_cycle = floe_arrivals_expected_per_cycle(plan);
    floe_assert(plan->pieces > 0 && plan->pieces <= FLOE_ARRIVALS_PIECES_MAX && per_cycle > 0, where,
                "arrivals by pieces without a rate");
    arrivals->expected += floe_block_stream_next(&arrivals->gaps.draws);
    uint64_t cycles = (uint64_t)(arrivals->expected / per_cycle);
    arrivals->cycle += cycles;
    arrivals->expected -= (double)cycles * per_cycle;
    if (arrivals->expected < 0) arrivals->expected = 0.0;
    int64_t cycle_ns = floe_ns_from_s(plan->until_s[plan->pieces - 1], where);
    floe_assert(arrivals->cycle < (uint64_t)(INT64_MAX / cycle_ns), where, "a time is beyond the end of the clock");
    int64_t at_ns = (int64_t)arrivals->cycle * cycle_ns;
    at_ns += floe_ns_from_s(floe_arrivals_place_s(plan, arrivals->expected), where);
    return at_ns > where->now_ns ? at_ns : where->now_ns;
}

/* The next instant, counted from the present one; 0 if nobody comes any more. */
FLOE_FN int floe_arrivals_next(const struct floe_arrivals_plan *plan, struct floe_arrivals *arrivals,
                               const struct floe_side *side, const struct floe_where *where, int64_t *at_ns)
{
    if (plan->events_max > 0 && arrivals->events >= plan->events_max) return 0;
    switch ((enum floe_arrivals_kind)plan->kind) {
    case FLOE_ARRIVALS_RENEWAL: {
        if (plan->gap.kind == FLOE_LAW_NONE) return 0;
        double gap_s = floe_law_stream_next_s(&arrivals->gaps, &plan->gap, side->tables);
        *at_ns = floe_ns_after(where, floe_ns_from_s(gap_s, where));
        break;
    }
    case FLOE_ARRIVALS_PIECEWISE: *at_ns = floe_arrivals_piecewise_ns(plan, arrivals, where); break;
    case FLOE_ARRIVALS_LIST:
        if (arrivals->events >= plan->list_n) return 0;
        *at_ns = side->list_ns[plan->list_from + arrivals->events];
        break;
    }
    arrivals->events++;
    return 1;
}

/* How many come at the instant given out last; once per instant. */
FLOE_FN uint64_t floe_arrivals_batch(const struct floe_arrivals_plan *plan, struct floe_arrivals *arrivals)
{
    if (plan->batch_kind == FLOE_BATCH_FIXED) return (uint64_t)plan->batch;
    double waits = floe_draw_exponential(floe_stream_uniform(&arrivals->batches));
    return plan->batch > 1.0 ? 1 + (uint64_t)(waits / -floe_log1p(-1.0 / plan->batch)) : 1;
}

#endif

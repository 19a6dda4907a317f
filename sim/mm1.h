/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * M/M/1, first in first out: the smallest model on the event queue. It shows how a model is written (one struct, one
 * switch, statistics always on), it is the engine's known answer, and it is what the bench measures.
 *
 * Customers arrive at rate lambda and are served one by one at rate mu; gaps and services are exponential, from one
 * stream each, and customer i has draw i of both: a run with another mu meets the same arrivals. For rho = lambda / mu:
 * L = rho / (1 - rho), Lq = rho L, W = L / lambda, Wq = Lq / lambda.
 *
 *   floe_mm1_init    the state, in memory of floe_mm1_bytes(inside_max) bytes, aligned to FLOE_QUEUE_ALIGN
 *   floe_mm1_run     until warmup + measured customers were served; then floe_mm1_check. FLOE_FULL, with the number
 *                    needed in `needed`, if more than inside_max were ever inside
 *   floe_mm1_handle  one event: for callers that drive the queue themselves
 *   floe_mm1_check   the identities below, as assertions
 *   floe_mm1_result  means, from the exact sums
 *
 * Kinds at one instant: a departure comes first, so that who arrives at that instant finds the server free.
 *
 * Exact integers, from the end of the warm-up to now, asserted in every run:
 *   area of N         = sum of the stays, those of customers still inside up to now
 *   area of Nq        = sum of the waits, likewise
 *   busy time         = service delivered, counted from the service times drawn
 *   arrivals          = served + inside
 * A stay that began in the warm-up counts from the end of the warm-up in these sums (*_clipped_ns), and in full in the
 * means of those who leave (sojourn_ns, wait_ns). No service spans the end of the warm-up, which is a departure.
 *
 * Left out: everything that makes a queue a service (patience, priorities, several servers): that is models/. */
#ifndef FLOE_SIM_MM1_H
#define FLOE_SIM_MM1_H

#include "sim/base.h"
#include "sim/blockstream.h"
#include "sim/event.h"
#include "sim/fingerprint.h"
#include "sim/timeavg.h"

enum floe_mm1_kind { FLOE_MM1_DEPARTURE = 0, FLOE_MM1_ARRIVAL = 1 };
enum { FLOE_MM1_PENDING_MAX = 2 };

struct floe_mm1_parameters {
    double arrival_per_s;
    double service_per_s;
    uint64_t warmup_customers; /* served before the measurement */
    uint64_t customers;        /* served in it */
};

struct floe_mm1 {
    struct floe_mm1_parameters parameters;
    struct floe_where where;
    struct floe_queue queue;
    struct floe_handle departure;
    struct floe_fingerprint fingerprint;
    struct floe_timeavg inside, waiting, busy;
    int64_t *arrival_ns; /* of customer i at i & mask */
    uint64_t mask;
    uint64_t arrived, started, served; /* customers so far: number `served` is the next to leave */
    int64_t service_began_ns, service_ns;
    int64_t measured_from_ns;
    uint64_t arrived_before, started_before, served_before; /* the three above, at the end of the warm-up */
    floe_i128 sojourn_ns, wait_ns;                          /* of those who left, of those who began, in full */
    floe_i128 stay_clipped_ns, wait_clipped_ns, service_delivered_ns;
    uint64_t needed;
    enum floe_status status;
};

struct floe_mm1_means {
    double inside, waiting;   /* L and Lq */
    double sojourn_s, wait_s; /* W and Wq */
    double busy_share;
    uint64_t fingerprint;         /* of the whole run */
    uint64_t served;              /* in the measurement */
    uint64_t customers, executed; /* in the whole run: arrivals, events */
};

/* ---- draws ---- */

FLOE_FN struct floe_block_stream floe_mm1_durations(struct floe_rng rng, const char *purpose, double mean_s)
{
    return floe_block_stream_at(rng, floe_stream_id("mm1", purpose), FLOE_BLOCK_EXPONENTIAL, mean_s, 0);
}

FLOE_FN int64_t floe_mm1_next_ns(struct floe_block_stream *durations, const struct floe_where *where)
{
    return floe_ns_from_s(floe_block_stream_next(durations), where);
}

/* ---- memory ---- */

/* inside_max is rounded up to a power of two, 2^32 at most; 0 if that cannot be. */
FLOE_FN uint64_t floe_mm1_places(uint64_t inside_max)
{
    uint64_t places = 1;
    while (places < inside_max && places < (uint64_t)1 << 32)
        places <<= 1;
    return places < inside_max ? 0 : places;
}

FLOE_FN size_t floe_mm1_bytes(uint64_t inside_max)
{
    uint64_t places = floe_mm1_places(inside_max);
    return places == 0 ? 0 : floe_queue_bytes(FLOE_MM1_PENDING_MAX) + (size_t)places * sizeof(int64_t);
}

/* ---- what happens ---- */

/* The part of a span ending now that lies in the measurement. */
FLOE_FN int64_t floe_mm1_clipped_ns(const struct floe_mm1 *mm1, int64_t since_ns)
{
    return mm1->where.now_ns - (since_ns > mm1->measured_from_ns ? since_ns : mm1->measured_from_ns);
}

FLOE_FN void floe_mm1_expect_arrival(struct floe_mm1 *mm1, struct floe_block_stream *arrivals)
{
    int64_t gap_ns = floe_mm1_next_ns(arrivals, &mm1->where);
    floe_queue_schedule(&mm1->queue, floe_ns_after(&mm1->where, gap_ns), FLOE_MM1_ARRIVAL, mm1->arrived, 0);
}

FLOE_FN void floe_mm1_begin_service(struct floe_mm1 *mm1, struct floe_block_stream *services)
{
    int64_t arrived_ns = mm1->arrival_ns[mm1->started & mm1->mask];
    mm1->wait_ns += mm1->where.now_ns - arrived_ns;
    mm1->wait_clipped_ns += floe_mm1_clipped_ns(mm1, arrived_ns);
    mm1->service_began_ns = mm1->where.now_ns;
    mm1->service_ns = floe_mm1_next_ns(services, &mm1->where);
    int64_t end_ns = floe_ns_after(&mm1->where, mm1->service_ns);
    mm1->departure = floe_queue_schedule(&mm1->queue, end_ns, FLOE_MM1_DEPARTURE, mm1->started, 0);
    mm1->started++;
}

FLOE_FN void floe_mm1_arrival(struct floe_mm1 *mm1, struct floe_block_stream *arrivals,
                              struct floe_block_stream *services)
{
    uint64_t inside = mm1->arrived - mm1->served;
    if (FLOE_UNLIKELY(inside > mm1->mask)) {
        mm1->status = FLOE_FULL;
        mm1->needed = inside + 1;
        return;
    }
    mm1->arrival_ns[mm1->arrived++ & mm1->mask] = mm1->where.now_ns;
    floe_mm1_expect_arrival(mm1, arrivals);
    floe_timeavg_change(&mm1->inside, 1, &mm1->where);
    if (inside > 0) {
        floe_timeavg_change(&mm1->waiting, 1, &mm1->where);
    } else {
        floe_timeavg_set(&mm1->busy, 1, &mm1->where);
        floe_mm1_begin_service(mm1, services);
    }
}

FLOE_FN void floe_mm1_end_service(struct floe_mm1 *mm1)
{
    int64_t arrived_ns = mm1->arrival_ns[mm1->served & mm1->mask];
    mm1->sojourn_ns += mm1->where.now_ns - arrived_ns;
    mm1->stay_clipped_ns += floe_mm1_clipped_ns(mm1, arrived_ns);
    mm1->service_delivered_ns += mm1->service_ns;
    mm1->served++;
    floe_timeavg_change(&mm1->inside, -1, &mm1->where);
}

/* The end of the warm-up: levels stay, sums begin again. */
FLOE_FN void floe_mm1_measure(struct floe_mm1 *mm1)
{
    floe_timeavg_restart(&mm1->inside, &mm1->where);
    floe_timeavg_restart(&mm1->waiting, &mm1->where);
    floe_timeavg_restart(&mm1->busy, &mm1->where);
    mm1->measured_from_ns = mm1->where.now_ns;
    mm1->arrived_before = mm1->arrived;
    mm1->started_before = mm1->started;
    mm1->served_before = mm1->served;
    mm1->sojourn_ns = mm1->wait_ns = 0;
    mm1->stay_clipped_ns = mm1->wait_clipped_ns = mm1->service_delivered_ns = 0;
}

FLOE_FN void floe_mm1_departure(struct floe_mm1 *mm1, struct floe_block_stream *services)
{
    floe_mm1_end_service(mm1);
    if (mm1->served < mm1->arrived) {
        floe_timeavg_change(&mm1->waiting, -1, &mm1->where);
        floe_mm1_begin_service(mm1, services);
    } else {
        floe_timeavg_set(&mm1->busy, 0, &mm1->where);
    }
    if (FLOE_UNLIKELY(mm1->served == mm1->parameters.warmup_customers)) floe_mm1_measure(mm1);
}

FLOE_FN void floe_mm1_handle(struct floe_mm1 *mm1, const struct floe_event *event, struct floe_block_stream *arrivals,
                             struct floe_block_stream *services)
{
    floe_fingerprint_add(&mm1->fingerprint, event);
    switch ((enum floe_mm1_kind)event->kind) {
    case FLOE_MM1_DEPARTURE: floe_mm1_departure(mm1, services); break;
    case FLOE_MM1_ARRIVAL: floe_mm1_arrival(mm1, arrivals, services); break;
    }
}

/* ---- what must hold ---- */

FLOE_FN void floe_mm1_check(const struct floe_mm1 *mm1)
{
    const struct floe_where *where = &mm1->where;
    floe_i128 stays = mm1->stay_clipped_ns, waits = mm1->wait_clipped_ns, service = mm1->service_delivered_ns;
    for (uint64_t i = mm1->served; i < mm1->arrived; i++) {
        int64_t so_far_ns = floe_mm1_clipped_ns(mm1, mm1->arrival_ns[i & mm1->mask]);
        stays += so_far_ns;
        if (i >= mm1->started) waits += so_far_ns;
    }
    if (mm1->started > mm1->served) service += where->now_ns - mm1->service_began_ns;
    floe_assert(floe_timeavg_area(&mm1->inside, where) == stays, where, "area of N is not the sum of the stays");
    floe_assert(floe_timeavg_area(&mm1->waiting, where) == waits, where, "area of Nq is not the sum of the waits");
    floe_assert(floe_timeavg_area(&mm1->busy, where) == service, where, "busy time is not the service delivered");
    floe_assert(mm1->arrived - mm1->served == (uint64_t)mm1->inside.level, where, "arrivals are not served + inside");
    floe_assert(mm1->arrived - mm1->started == (uint64_t)mm1->waiting.level, where, "waiting is not arrived - begun");
}

/* ---- a run ---- */

FLOE_FN void floe_mm1_reset(struct floe_mm1 *mm1)
{
    struct floe_handle none = {0, 0};
    mm1->departure = none;
    mm1->fingerprint = floe_fingerprint_begin();
    mm1->arrived = mm1->started = mm1->served = 0;
    mm1->service_began_ns = mm1->service_ns = 0;
    mm1->needed = 0;
    mm1->status = FLOE_OK;
    floe_timeavg_init(&mm1->inside, 0, 0);
    floe_timeavg_init(&mm1->waiting, 0, 0);
    floe_timeavg_init(&mm1->busy, 0, 0);
    floe_mm1_measure(mm1);
}

FLOE_FN void floe_mm1_init(struct floe_mm1 *mm1, struct floe_mm1_parameters parameters, uint64_t inside_max,
                           void *memory, struct floe_rng rng)
{
    mm1->parameters = parameters;
    mm1->where.now_ns = 0;
    mm1->where.seed = rng.seed;
    mm1->where.replication = rng.replication;
    floe_assert(floe_mm1_places(inside_max) > 0, &mm1->where, "a queue of this size cannot be");
    mm1->mask = floe_mm1_places(inside_max) - 1;
    mm1->arrival_ns = (int64_t *)(void *)((unsigned char *)memory + floe_queue_bytes(FLOE_MM1_PENDING_MAX));
    floe_queue_init(&mm1->queue, memory, FLOE_MM1_PENDING_MAX, &mm1->where);
    floe_mm1_reset(mm1);
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_mm1_run(struct floe_mm1 *mm1)
{
    struct floe_event event;
    struct floe_rng rng = {mm1->where.seed, mm1->where.replication};
    uint64_t goal = mm1->parameters.warmup_customers + mm1->parameters.customers;
    struct floe_block_stream arrivals = floe_mm1_durations(rng, "arrival", 1.0 / mm1->parameters.arrival_per_s);
    struct floe_block_stream services = floe_mm1_durations(rng, "service", 1.0 / mm1->parameters.service_per_s);
    floe_mm1_expect_arrival(mm1, &arrivals);
    while (mm1->served < goal && mm1->status == FLOE_OK && floe_queue_pop(&mm1->queue, &event))
        floe_mm1_handle(mm1, &event, &arrivals, &services);
    if (mm1->status == FLOE_OK) mm1->status = floe_queue_status(&mm1->queue);
    if (mm1->status == FLOE_OK) floe_mm1_check(mm1);
    return mm1->status;
}

FLOE_FN double floe_mm1_mean_s(floe_i128 sum_ns, uint64_t n)
{
    return n > 0 ? floe_i128_double(sum_ns) / (double)n / FLOE_NS_PER_S : 0.0;
}

FLOE_FN struct floe_mm1_means floe_mm1_result(const struct floe_mm1 *mm1)
{
    struct floe_mm1_means means;
    means.served = mm1->served - mm1->served_before;
    means.customers = mm1->arrived;
    means.executed = mm1->queue.executed;
    means.fingerprint = floe_fingerprint_end(mm1->fingerprint);
    means.inside = floe_timeavg_mean(&mm1->inside, &mm1->where);
    means.waiting = floe_timeavg_mean(&mm1->waiting, &mm1->where);
    means.busy_share = floe_timeavg_mean(&mm1->busy, &mm1->where);
    means.sojourn_s = floe_mm1_mean_s(mm1->sojourn_ns, means.served);
    means.wait_s = floe_mm1_mean_s(mm1->wait_ns, mm1->started - mm1->started_before);
    return means;
}

#endif

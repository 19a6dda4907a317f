/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Processor sharing: the c servers work for all n in service at once, each of whom gets min(1, c/n) of a server.
 * With `places` (limited processor sharing) at most so many are in service, and the others wait, first in, first out.
 * M/G/1-PS: the mean stay of a service of length x is x / (1 - rho), whatever the law (Kleinrock, J. ACM 14 (1967)
 * 242; Sakata, Noguchi, Oizumi 1971). Limited, exponential services: the number inside is M/M/1's.
 *
 * In whole nanoseconds. Servers hand out min(n, c) ns of service per ns, to all alike, a whole nanosecond to each of
 * the n; what does not go round is in hand until it does (in_hand_ns, fewer than n or c ns when it is last dealt).
 * attained_ns counts what each one so far got since time 0: who begins at the level a with a service s ends at the
 * level a + s, and the order of ending is that of the levels; equal levels end in the order of beginning, at one
 * instant. So "busy time = service delivered" holds to the nanosecond (with what is in hand), and an ending is at most
 * n nanoseconds away from where real numbers would have it.
 *
 * in_service[] is a binary heap of those in service, the least level at the root: O(log n) per beginning and ending.
 * One event, of the next ending, is pending for the whole station and moves with every change.
 *
 * Left out: discriminatory sharing (weights), rates that depend on n in another way. */
#ifndef FLOE_SIM_STATION_PS_H
#define FLOE_SIM_STATION_PS_H

#include "sim/station_state.h"

struct floe_ps_level {
    int64_t attained_ns, in_hand_ns;
};

/* ---- the heap ---- */

FLOE_FN int floe_ps_before(const struct floe_station *station, uint32_t i, uint32_t k)
{
    const struct floe_customer *a = &station->customer[i], *b = &station->customer[k];
    return a->left_ns != b->left_ns ? a->left_ns < b->left_ns : a->order < b->order;
}

FLOE_FN void floe_ps_push(struct floe_station *station, uint32_t i)
{
    uint32_t place = station->n_in_service;
    while (place > 0 && floe_ps_before(station, i, station->in_service[(place - 1) / 2])) {
        station->in_service[place] = station->in_service[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    station->in_service[place] = i;
}

/* Takes the root out; before n_in_service changes. */
FLOE_FN void floe_ps_pop(struct floe_station *station)
{
    uint32_t n = station->n_in_service - 1, last = station->in_service[n], place = 0;
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= n) break;
        if (child + 1 < n && floe_ps_before(station, station->in_service[child + 1], station->in_service[child]))
            child++;
        if (floe_ps_before(station, last, station->in_service[child])) break;
        station->in_service[place] = station->in_service[child];
        place = child;
    }
    station->in_service[place] = last;
}

/* ---- handing out ---- */

FLOE_FN uint32_t floe_ps_rate(const struct floe_station *station)
{
    uint32_t n = station->n_in_service, servers = station->parameters.servers;
    return n < servers ? n : servers;
}

/* The level now. It stops at the least level at which somebody ends: that one ends before anybody gets more. */
FLOE_FN struct floe_ps_level floe_ps_now(const struct floe_station *station)
{
    struct floe_ps_level now = {station->attained_ns, station->in_hand_ns};
    int64_t n = station->n_in_service, lasted_ns = station->where.now_ns - station->shared_at_ns;
    if (n == 0) return now;
    floe_i128 total_ns = (floe_i128)lasted_ns * floe_ps_rate(station) + now.in_hand_ns;
    int64_t most_ns = station->customer[station->in_service[0]].left_ns - now.attained_ns;
    floe_i128 each_ns = total_ns <= INT64_MAX ? (int64_t)total_ns / n : total_ns / n;
    if (each_ns > most_ns) each_ns = most_ns;
    now.attained_ns += (int64_t)each_ns;
    now.in_hand_ns = (int64_t)(total_ns - each_ns * n);
    return now;
}

/* Before anything changes. */
FLOE_FN void floe_ps_deal(struct floe_station *station)
{
    struct floe_ps_level now = floe_ps_now(station);
    station->attained_ns = now.attained_ns;
    station->in_hand_ns = now.in_hand_ns;
    station->shared_at_ns = station->where.now_ns;
}

/* After everything has changed: when the next one ends. */
FLOE_FN void floe_ps_expect(struct floe_station *station)
{
    uint32_t n = station->n_in_service;
    if (n == 0) return;
    int64_t most_ns = station->customer[station->in_service[0]].left_ns - station->attained_ns;
    floe_i128 missing_ns = (floe_i128)most_ns * n - station->in_hand_ns;
    floe_i128 rate = floe_ps_rate(station), in_ns = 0;
    if (missing_ns > 0)
        in_ns = missing_ns <= INT64_MAX / 2 ? ((int64_t)missing_ns + (int64_t)rate - 1) / (int64_t)rate
                                            : (missing_ns + rate - 1) / rate;
    floe_assert(in_ns <= INT64_MAX, &station->where, "a time is beyond the end of the clock");
    int64_t at_ns = floe_ns_after(&station->where, (int64_t)in_ns);
    if (!floe_queue_reschedule(&station->queue, station->completion, at_ns))
        station->completion = floe_queue_schedule(&station->queue, at_ns, FLOE_STATION_COMPLETION, FLOE_CUSTOMER_NONE,
                                                  0);
}

/* ---- the discipline ---- */

FLOE_FN void floe_ps_begin(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    customer->state = FLOE_CUSTOMER_IN_SERVICE;
    customer->since_ns = customer->began_ns = station->where.now_ns;
    customer->order = station->begun++;
    floe_assert(customer->required_ns <= INT64_MAX - station->attained_ns, &station->where,
                "a time is beyond the end of the clock");
    customer->left_ns = station->attained_ns + customer->required_ns;
    floe_ps_push(station, i);
    floe_station_in_service_change(station, 1);
}

FLOE_FN void floe_ps_enter(struct floe_station *station, uint32_t i)
{
    uint32_t places = station->parameters.places;
    if (places > 0 && station->n_in_service >= places) {
        floe_line_put_last(station, 0, i);
        floe_station_wait(station, i);
        return;
    }
    floe_ps_deal(station);
    floe_ps_begin(station, i);
    floe_ps_expect(station);
}

/* i is nobody: the one at the root ends. */
FLOE_FN void floe_ps_complete(struct floe_station *station, uint32_t i)
{
    (void)i;
    floe_ps_deal(station);
    uint32_t ending = station->in_service[0], next = station->line[0].first;
    floe_ps_pop(station);
    floe_station_finish(station, ending);
    if (next != FLOE_CUSTOMER_NONE) {
        floe_station_end_wait(station, next);
        floe_ps_begin(station, next);
    }
    floe_ps_expect(station);
}

FLOE_FN floe_i128 floe_ps_attained_ns(const struct floe_station *station)
{
    struct floe_ps_level now = floe_ps_now(station);
    floe_i128 attained_ns = now.in_hand_ns;
    for (uint32_t place = 0; place < station->n_in_service; place++) {
        const struct floe_customer *customer = &station->customer[station->in_service[place]];
        attained_ns += customer->required_ns - (customer->left_ns - now.attained_ns);
    }
    return attained_ns;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Priorities by class that interrupt: who comes and finds every server busy takes the server of somebody of a less
 * urgent class. Of those the least urgent class is displaced, and in it who began last (it has had the least). The
 * displaced goes to the head of its class's line. Equal classes never displace each other.
 *
 *   resume    what was attained is kept: the rest is served later
 *   resample  what was attained is lost (wasted_ns), and the next attempt has a service of its own, with the address of
 *             the first and the number of the interruption in the sub word
 *
 * M/M/1, resume, equal means 1/mu: W_k = (1/mu) / ((1 - sigma_(k-1)) (1 - sigma_k)). Kleinrock II, 3.39.
 * Exponential services forget, so that resample has the same means there.
 *
 * A service that would end at this very instant has ended: completions come before arrivals. A service of no length
 * that began at this instant can be displaced by a later arrival of the instant.
 *
 * in_service[] holds the customers on servers, in no order; finding the victim costs O(servers). */
#ifndef FLOE_SIM_STATION_PREEMPTIVE_H
#define FLOE_SIM_STATION_PREEMPTIVE_H

#include "sim/station_state.h"

FLOE_FN void floe_preemptive_begin(struct floe_station *station, uint32_t i)
{
    station->customer[i].place = station->n_in_service;
    station->in_service[station->n_in_service] = i;
    floe_station_begin(station, i);
}

/* Before n_in_service changes. */
FLOE_FN void floe_preemptive_forget(struct floe_station *station, uint32_t i)
{
    uint32_t last = station->in_service[station->n_in_service - 1];
    station->in_service[station->customer[i].place] = last;
    station->customer[last].place = station->customer[i].place;
}

/* Whom an arrival of this class displaces, or FLOE_CUSTOMER_NONE. */
FLOE_FN uint32_t floe_preemptive_victim(const struct floe_station *station, uint32_t class_index)
{
    uint32_t victim = FLOE_CUSTOMER_NONE, worst = class_index;
    uint64_t latest = 0;
    for (uint32_t place = 0; place < station->n_in_service; place++) {
        const struct floe_customer *customer = &station->customer[station->in_service[place]];
        if (customer->class_index < worst || customer->class_index == class_index) continue;
        if (customer->class_index == worst && customer->order < latest) continue;
        victim = station->in_service[place];
        worst = customer->class_index;
        latest = customer->order;
    }
    return victim;
}

FLOE_FN void floe_preemptive_displace(struct floe_station *station, uint32_t i)
{
    floe_preemptive_forget(station, i);
    floe_station_interrupt(station, i);
    floe_line_put_first(station, station->customer[i].class_index, i);
    floe_station_wait(station, i);
}

FLOE_FN void floe_resume_enter(struct floe_station *station, uint32_t i)
{
    uint32_t class_index = station->customer[i].class_index, victim = FLOE_CUSTOMER_NONE;
    if (!floe_station_has_server(station)) {
        victim = floe_preemptive_victim(station, class_index);
        if (victim == FLOE_CUSTOMER_NONE) {
            floe_line_put_last(station, class_index, i);
            floe_station_wait(station, i);
            return;
        }
        floe_preemptive_displace(station, victim);
    }
    floe_preemptive_begin(station, i);
}

FLOE_FN void floe_resume_complete(struct floe_station *station, uint32_t i)
{
    floe_preemptive_forget(station, i);
    floe_station_finish(station, i);
    uint32_t next = floe_line_first(station);
    if (next == FLOE_CUSTOMER_NONE) return;
    floe_station_end_wait(station, next);
    floe_preemptive_begin(station, next);
}

FLOE_FN floe_i128 floe_resume_attained_ns(const struct floe_station *station)
{
    return floe_station_attained_ns(station);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preemptive priorities with a new service after each interruption: sim/station_preemptive.h tells of both. */
#ifndef FLOE_SIM_STATION_RESAMPLE_H
#define FLOE_SIM_STATION_RESAMPLE_H

#include "sim/station_preemptive.h"

/* The service of the attempt after so many interruptions. */
FLOE_FN int64_t floe_resample_service_ns(const struct floe_station *station, const struct floe_customer *customer)
{
    const struct floe_station_class *of_class = &station->parameters.of_class[customer->class_index];
    struct floe_rng rng;
    rng.seed = station->where.seed;
    rng.replication = station->where.replication;
    uint64_t word = floe_rng_word_sub(rng, of_class->service_stream, customer->number, customer->interruptions);
    return floe_ns_from_s(floe_law_draw_s(&of_class->service, station->side.tables, floe_uniform_from_word(word)),
                          &station->where);
}

FLOE_FN void floe_resample_displace(struct floe_station *station, uint32_t i)
{
    struct floe_customer *customer = &station->customer[i];
    floe_preemptive_displace(station, i);
    int64_t lost_ns = customer->required_ns - customer->left_ns;
    station->delivered_ns += lost_ns;
    station->wasted_ns += lost_ns;
    customer->required_ns = customer->left_ns = floe_resample_service_ns(station, customer);
}

FLOE_FN void floe_resample_enter(struct floe_station *station, uint32_t i)
{
    uint32_t class_index = station->customer[i].class_index;
    if (!floe_station_has_server(station)) {
        uint32_t victim = floe_preemptive_victim(station, class_index);
        if (victim == FLOE_CUSTOMER_NONE) {
            floe_line_put_last(station, class_index, i);
            floe_station_wait(station, i);
            return;
        }
        floe_resample_displace(station, victim);
    }
    floe_preemptive_begin(station, i);
}

FLOE_FN void floe_resample_complete(struct floe_station *station, uint32_t i)
{
    floe_resume_complete(station, i);
}

FLOE_FN floe_i128 floe_resample_attained_ns(const struct floe_station *station)
{
    return floe_station_attained_ns(station);
}

#endif

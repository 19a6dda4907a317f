/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First in, first out, whatever the class: one line, c servers. Of several free servers it does not matter which.
 * M/M/c: Erlang (1917). M/G/1: Lq = rho^2 (1 + cv^2) / (2 (1 - rho)), Pollaczek (1930) and Khinchine (1932). */
#ifndef FLOE_SIM_STATION_FIFO_H
#define FLOE_SIM_STATION_FIFO_H

#include "sim/station_state.h"

FLOE_FN void floe_fifo_enter(struct floe_station *station, uint32_t i)
{
    if (floe_station_has_server(station)) {
        floe_station_begin(station, i);
    } else {
        floe_line_put_last(station, 0, i);
        floe_station_wait(station, i);
    }
}

FLOE_FN void floe_fifo_complete(struct floe_station *station, uint32_t i)
{
    floe_station_finish(station, i);
    floe_station_serve(station, station->line[0].first);
}

FLOE_FN floe_i128 floe_fifo_attained_ns(const struct floe_station *station)
{
    return floe_station_attained_ns(station);
}

#endif

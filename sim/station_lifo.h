/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Last in, first out, without interrupting a service. The means of number and wait are FIFO's (services that do not
 * look at the order of the line), the spread of the wait is not: Var[Wq] + Wq^2 is 1/(1 - rho) times FIFO's (Kingman,
 * Proc. Camb. Phil. Soc. 58 (1962) 163). Of a batch, the last to come is served first. */
#ifndef FLOE_SIM_STATION_LIFO_H
#define FLOE_SIM_STATION_LIFO_H

#include "sim/station_state.h"

FLOE_FN void floe_lifo_enter(struct floe_station *station, uint32_t i)
{
    if (floe_station_has_server(station)) {
        floe_station_begin(station, i);
    } else {
        floe_line_put_first(station, 0, i);
        floe_station_wait(station, i);
    }
}

FLOE_FN void floe_lifo_complete(struct floe_station *station, uint32_t i)
{
    floe_station_finish(station, i);
    floe_station_serve(station, station->line[0].first);
}

FLOE_FN floe_i128 floe_lifo_attained_ns(const struct floe_station *station)
{
    return floe_station_attained_ns(station);
}

#endif

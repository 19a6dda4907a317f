/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Priorities by class, class 0 first, without interrupting a service; first in, first out within a class.
 * M/G/1, class k, R = sum of lambda_i E[S_i^2] / 2, sigma_k = rho_0 + ... + rho_k:
 * Wq_k = R / ((1 - sigma_(k-1)) (1 - sigma_k)). Cobham, Oper. Res. 2 (1954) 70; Kleinrock II, 3.31. */
#ifndef FLOE_SIM_STATION_PRIORITY_H
#define FLOE_SIM_STATION_PRIORITY_H

#include "sim/station_state.h"

FLOE_FN void floe_priority_enter(struct floe_station *station, uint32_t i)
{
    if (floe_station_has_server(station)) {
        floe_station_begin(station, i);
    } else {
        floe_line_put_last(station, station->customer[i].class_index, i);
        floe_station_wait(station, i);
    }
}

FLOE_FN void floe_priority_complete(struct floe_station *station, uint32_t i)
{
    floe_station_finish(station, i);
    floe_station_serve(station, floe_line_first(station));
}

FLOE_FN floe_i128 floe_priority_attained_ns(const struct floe_station *station)
{
    return floe_station_attained_ns(station);
}

#endif

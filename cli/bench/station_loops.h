/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stations written by hand: one server, one loop for each discipline, with the draws of sim/station.h and its order of
 * one instant. No event queue, no records, no levels but the number inside: the bound of the event style. */
#ifndef FLOE_CLI_BENCH_STATION_LOOPS_H
#define FLOE_CLI_BENCH_STATION_LOOPS_H

#include "sim/station.h"

enum { LOOP_PLACES = 1 << 14 };

struct loop_customer {
    int64_t arrived_ns, left_ns, patience_until_ns; /* left: of its service; sharing: the level at which it ends */
    uint64_t order;
};

struct loop_line {
    struct loop_customer customer[LOOP_PLACES];
    uint64_t first, last; /* counted on, at & (LOOP_PLACES - 1) */
};

/* All that a loop needs. */
struct loop {
    struct floe_block_stream gaps[2], services[2], patiences;
    struct loop_line line[2];
    int64_t arrival_ns[2];
    int64_t now_ns, departure_ns;
    uint64_t inside, served, reneged;
    floe_i128 area, sojourn_ns; /* of the number inside; of the served */
    struct floe_where where;
};

typedef void loop_fn(struct loop *loop, uint64_t customers);

/* At rest, with the streams of the classes; exponential laws, a patience of none or exponential. */
void loop_begin(struct loop *loop, const struct floe_station_parameters *parameters, struct floe_rng rng);

loop_fn loop_fifo, loop_lifo, loop_priority, loop_resume, loop_sharing, loop_reneging;

#endif

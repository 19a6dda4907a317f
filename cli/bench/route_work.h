/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events engine called replication by replication, with the memory of one worker: for timings, and for the test
 * that counts the events. `floe run` goes through models/run.h. */
#ifndef FLOE_CLI_BENCH_ROUTE_WORK_H
#define FLOE_CLI_BENCH_ROUTE_WORK_H

#include "cli/bench/measure.h"
#include "models/engine.h"
#include "models/events_memory.h"
#include "scenarios/read/reader.h"

enum { ROUTE_SEED = 1, ROUTE_RING = 1 << 14 }; /* calls in flight of the loop by hand */

struct route_work {
    const struct floe_document *document;
    struct timeline timeline; /* of the first variant */
    struct plan *plan;
    void *arena; /* of events_memory_at, for any route */
    double *counts;
    int64_t n_counts;
    int64_t *ring;
    uint32_t replications; /* of a turn */
};

/* The scenario that is part of the program. floe_document_free it. */
enum floe_status bench_route_document(struct floe_document **document) FLOE_MUST_CHECK;

enum floe_status route_work_init(struct route_work *work, const struct floe_document *document) FLOE_MUST_CHECK;
void route_work_free(struct route_work *work); /* also after a failure */

/* The arena laid out for a route. */
struct events_memory route_work_memory(const struct route_work *work, int32_t route);

/* One replication; adds to requests, events and check. Its counts are in work->counts until the next. */
enum floe_status route_work_replicate(const struct route_work *work, int32_t route, uint32_t replication,
                                      struct bench_turn *turn) FLOE_MUST_CHECK;

/* The same day as a loop by hand, for the built-in scenario. */
int route_loop_is_available(void); /* on this processor */
enum floe_status route_loop(void *work, struct bench_turn *turn);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Compiled once per instruction set; FLOE_ENGINE_SUFFIX names the copy. */
#include "models/engine.h"
#include "models/engine_hourly.h"

#define JOIN_TOO_SOON(a, b) a##b
#define JOIN(a, b) JOIN_TOO_SOON(a, b)

enum floe_status JOIN(engine_replicate_, FLOE_ENGINE_SUFFIX)(enum engine_kind kind, const struct route_run *run,
                                                             uint32_t replication, const struct counts *counts,
                                                             const struct events_memory *memory,
                                                             struct replication_end *end)
{
    memset(end, 0, sizeof *end);
    if (kind == ENGINE_HOURLY) return hourly_replicate(run, counts, memory->hourly, &end->doubt);
    return events_replicate(run, replication, counts, memory, end);
}

enum floe_status JOIN(engine_trace_, FLOE_ENGINE_SUFFIX)(const struct engine_trace *trace, uint32_t *n,
                                                         struct replication_end *end)
{
    struct events_state *s = trace->memory->state;
    if (trace->is_begin) events_begin(s, trace->run, trace->replication, trace->counts, trace->memory);
    return events_trace(s, trace->records, trace->most, n, end);
}

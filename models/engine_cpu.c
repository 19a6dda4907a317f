/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Compiled once per instruction set; FLOE_ENGINE_SUFFIX names the copy. */
#include "models/engine.h"
#include "models/engine_hourly.h"

#define JOIN_TOO_SOON(a, b) a##b
#define JOIN(a, b) JOIN_TOO_SOON(a, b)

enum floe_status JOIN(engine_replicate_, FLOE_ENGINE_SUFFIX)(enum engine_kind kind, const struct route_run *run,
                                                             uint32_t replication, const struct counts *counts,
                                                             const struct events_memory *memory, uint64_t *needed)
{
    struct events_state state;
    *needed = 0;
    if (kind == ENGINE_HOURLY) return hourly_replicate(run, counts);
    return events_replicate(&state, run, replication, counts, memory, needed);
}

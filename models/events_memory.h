/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The memory of the engines: how much a replication of a route needs, and what lies where in it. One arena per
 * worker, used for one replication after the other. */
#ifndef FLOE_MODELS_EVENTS_MEMORY_H
#define FLOE_MODELS_EVENTS_MEMORY_H

#include "models/engine_state.h"

/* Bytes of the arena. calls, tasks: capacities. */
uint64_t events_memory_bytes(const struct plan *plan, int32_t route, uint64_t calls, uint64_t tasks);

/* Lays the parts of a route into an arena aligned to FLOE_QUEUE_ALIGN, of events_memory_bytes. */
struct events_memory events_memory_at(void *arena, const struct plan *plan, int32_t route, uint64_t calls,
                                      uint64_t tasks);

/* Bytes of the hourly engine's arena. */
uint64_t hourly_memory_bytes(const struct plan *plan, int32_t route);

#endif

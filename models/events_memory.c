/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/events_memory.h"

#include <string.h>

#include "models/hourly_state.h"

/* Offsets of the parts, and of the end. */
struct parts {
    uint64_t queue, tasks, graphs, calls, cache_entries, cache_nodes, prompt_entries, clients, state, end;
};

static uint64_t part(uint64_t *end, uint64_t bytes)
{
    const uint64_t at = *end;
    *end = (at + bytes + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
    return at;
}

static struct parts parts_of(const struct plan *plan, int32_t route, uint64_t calls, uint64_t tasks)
{
    const struct plan_cache *cache = &plan->cache;
    struct parts parts = {0};
    parts.queue = part(&parts.end, floe_queue_bytes(calls));
    parts.tasks = part(&parts.end, tasks * sizeof(struct task));
    parts.graphs = part(&parts.end, plan_has_graphs(plan) ? tasks * sizeof(struct task_state) : 0);
    parts.calls = part(&parts.end, calls * sizeof(struct call));
    parts.prompt_entries = part(&parts.end, plan->prompt_entries[route] * sizeof(struct prompt_entry));
    parts.clients = part(&parts.end,
                         (uint64_t)(plan->n_workloads * plan->n_steps[route]) * sizeof(struct retry_client));
    parts.state = part(&parts.end, sizeof(struct events_state));
    parts.cache_entries = parts.cache_nodes = parts.end;
    if (!cache->is_on) return parts;
    parts.cache_entries = part(&parts.end, cache_entries_bytes(cache->places, cache->n_keys[route], cache->n_scopes));
    parts.cache_nodes = part(&parts.end, cache_nodes_bytes(&cache->rules[cache->first_phase]));
    return parts;
}

uint64_t events_memory_bytes(const struct plan *plan, int32_t route, uint64_t calls, uint64_t tasks)
{
    return parts_of(plan, route, calls, tasks).end;
}

struct events_memory events_memory_at(void *arena, const struct plan *plan, int32_t route, uint64_t calls,
                                      uint64_t tasks)
{
    const struct parts parts = parts_of(plan, route, calls, tasks);
    char *first = (char *)arena;
    struct events_memory memory;
    memset(&memory, 0, sizeof memory);
    memory.queue_arena = first + parts.queue;
    memory.tasks = (struct task *)(first + parts.tasks);
    memory.graphs = (struct task_state *)(first + parts.graphs);
    memory.calls = (struct call *)(first + parts.calls);
    memory.prompt_entries = (struct prompt_entry *)(first + parts.prompt_entries);
    memory.clients = (struct retry_client *)(first + parts.clients);
    memory.state = (struct events_state *)(first + parts.state);
    memory.cache_entries = first + parts.cache_entries;
    memory.cache_nodes = first + parts.cache_nodes;
    memory.queue_capacity = memory.calls_capacity = (uint32_t)calls;
    memory.tasks_capacity = (uint32_t)tasks;
    return memory;
}

uint64_t hourly_memory_bytes(const struct plan *plan, int32_t route)
{
    return (hourly_state_bytes(plan, route) + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
}

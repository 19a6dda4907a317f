/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the hourly engine carries from one bin to the next on a route: the state of every mechanism, in its expected
 * form. Bytes per replication: HOURLY_STATE_BYTES, and per cell of the response cache (a workload's prompts, a key, a
 * scope) HOURLY_CELL_BYTES, whatever the TTL; per workload and model HOURLY_PREFIX_BYTES for the prompt cache. */
#ifndef FLOE_MODELS_HOURLY_STATE_H
#define FLOE_MODELS_HOURLY_STATE_H

#include "models/counts.h"
#include "models/plan_jobs.h"
#include "models/quota_hourly.h"
#include "models/response_cache_runs.h"
#include "models/retry_hourly.h"
#include "models/task_span.h"

/* One cell of the response cache: prompts by popularity, or a set that runs ask. */
struct hourly_cell {
    struct cache_cell cell;
    struct cache_runs runs;
};

enum { HOURLY_CELLS_MOST = 1024 }; /* of a route: 32 MiB; plan_check_hourly refuses more */

/* The prompt cache of a workload and a model. */
struct hourly_prefix {
    struct prompt_hourly state;
    struct prompt_entry entry; /* of a job, whose calls come at even gaps */
};

/* A run of a set that is under way. */
struct hourly_run {
    int64_t at_ns, lasts_ns; /* lasts 0: all its calls at once */
    int64_t next_ns;         /* the run after it; INT64_MAX: none */
    uint64_t number;         /* of the next one */
    struct job_state job;
    struct cache_run_shares shares;
};

/* How long a task took, and the call that this was worked out for. */
struct hourly_lasts {
    int64_t n;
    double gap_s, lasts_s;
    struct span call;
};

struct hourly_state {
    struct key_hourly keys[KEYS_MOST];
    struct prompt_classes classes[WORKLOADS_MOST];
    struct hourly_run runs[WORKLOADS_MOST];
    struct retry_state retries[WORKLOADS_MOST][CHAIN_STEPS_MOST];
    struct quota_hourly quotas[QUOTAS_MOST];
    struct hourly_lasts lasts[WORKLOADS_MOST];
    double begun_share[WORKLOADS_MOST]; /* of a graph's step: of its calls, those that began in the bin before */
    double dark_ratio[WORKLOADS_MOST];  /* and how much more often than by chance they begin while the route is down */
    struct react_hourly reacts[WORKLOADS_MOST];
    double quota_wire, quota_unsure; /* attempts that met a quota, and how many of them are not sure */
    double
        paid_share[WORKLOADS_MOST]; /* of the calls that a key let pass in the bin before, those that cost something */
    int64_t switched_ns[WORKLOADS_MOST], first_use_ns[WORKLOADS_MOST];
    int64_t calls_from_ns[WORKLOADS_MOST]; /* start of the bin of the first use */
    int64_t longest_bin_ns, shortest_bin_ns;
    struct cache_grid grid;
    int32_t phase; /* of the classes */
    uint32_t doubt;
    struct hourly_cell *cells;
    struct hourly_prefix *prefixes;
    void *before; /* where demand reacts: as it all was when the bin began */
};

#define HOURLY_STATE_BYTES 131072
#define HOURLY_CELL_BYTES 32768
#define HOURLY_PREFIX_BYTES 4096
#if defined(__cplusplus)
static_assert(sizeof(struct hourly_state) <= HOURLY_STATE_BYTES, "the hourly state is larger than its budget");
static_assert(sizeof(struct hourly_cell) <= HOURLY_CELL_BYTES, "a cell is larger than its budget");
static_assert(sizeof(struct hourly_prefix) <= HOURLY_PREFIX_BYTES, "a prefix's state is larger than its budget");
#else
_Static_assert(sizeof(struct hourly_state) <= HOURLY_STATE_BYTES, "the hourly state is larger than its budget");
_Static_assert(sizeof(struct hourly_cell) <= HOURLY_CELL_BYTES, "a cell is larger than its budget");
_Static_assert(sizeof(struct hourly_prefix) <= HOURLY_PREFIX_BYTES, "a prefix's state is larger than its budget");
#endif

/* ---- its memory ---- */

FLOE_FN uint64_t hourly_cells_of(const struct plan *plan, int32_t route)
{
    if (!plan->cache.is_on) return 0;
    return (uint64_t)plan->n_workloads * plan->cache.n_keys[route] * plan->cache.n_scopes;
}

FLOE_FN int hourly_reacts(const struct plan *plan)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++)
            if (react_is_on(&plan_load_of(plan, phase, w)->react)) return 1;
    return 0;
}

FLOE_FN uint64_t hourly_state_once_bytes(const struct plan *plan, int32_t route)
{
    return sizeof(struct hourly_state) + hourly_cells_of(plan, route) * sizeof(struct hourly_cell) +
           (uint64_t)plan->n_workloads * plan->cache.n_models[route] * sizeof(struct hourly_prefix);
}

FLOE_FN uint64_t hourly_state_bytes(const struct plan *plan, int32_t route)
{
    return hourly_state_once_bytes(plan, route) * (hourly_reacts(plan) ? 2 : 1);
}

FLOE_FN struct hourly_cell *hourly_cell_of(struct hourly_state *s, const struct plan *plan, int32_t route, int32_t w,
                                           uint32_t key, uint32_t scope)
{
    return &s->cells[((uint64_t)w * plan->cache.n_keys[route] + key) * plan->cache.n_scopes + scope];
}

FLOE_FN struct hourly_prefix *hourly_prefix_of(struct hourly_state *s, const struct plan *plan, int32_t route,
                                               int32_t w, uint32_t model)
{
    return &s->prefixes[(uint64_t)w * plan->cache.n_models[route] + model];
}

/* All of it cold, in memory of hourly_state_bytes, aligned to 8. */
FLOE_FN struct hourly_state *hourly_state_begin(void *memory, const struct plan *plan, int32_t route)
{
    struct hourly_state *s = (struct hourly_state *)memory;
    const int64_t *edges = plan_edges(plan);
    memset(memory, 0, (size_t)hourly_state_bytes(plan, route));
    s->cells = (struct hourly_cell *)(s + 1);
    s->prefixes = (struct hourly_prefix *)(s->cells + hourly_cells_of(plan, route));
    s->before = hourly_reacts(plan) ? (char *)memory + hourly_state_once_bytes(plan, route) : NULL;
    s->phase = -1;
    s->shortest_bin_ns = INT64_MAX;
    for (int32_t bin = 0; bin < plan->n_bins; bin++) {
        const int64_t ns = edges[bin + 1] - edges[bin];
        if (ns > s->longest_bin_ns) s->longest_bin_ns = ns;
        if (ns < s->shortest_bin_ns) s->shortest_bin_ns = ns;
    }
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        s->paid_share[w] = s->begun_share[w] = s->dark_ratio[w] = 1;
        s->switched_ns[w] = -1;
        s->runs[w].next_ns = -1;
        for (int32_t step = 0; step < plan->n_steps[route]; step++)
            retry_state_begin(plan_retries_of(plan, 0, route, w), &s->retries[w][step]);
    }
    return s;
}

#endif

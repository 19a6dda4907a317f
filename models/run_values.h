/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the two halves of a run share (models/run.c fills, models/tables.c reads): the values of every replication. Not
 * for other rooms.
 *
 * A row of values belongs to one replication of one route: per workload and window METRIC_N metrics, then per load
 * (models/load.h), window and step STEP_N, then per load, window, slot and class the tokens. Rows are written in place by the block that owns the replication. */
#ifndef FLOE_MODELS_RUN_VALUES_H
#define FLOE_MODELS_RUN_VALUES_H

#include "models/run.h"

struct route_work {
    int32_t route;
    struct counts layout;
    int64_t n_counts;                 /* doubles of one replication's counts */
    int64_t n_values;                 /* doubles of one row */
    int64_t steps_at;                 /* where the steps begin in a row */
    int64_t usage_at[WORKLOADS_MOST]; /* where a workload's tokens begin */
    double *values;
    struct trajectory *trajectories; /* one per replication */
    uint32_t doubt;                  /* of the hourly engine's one replication */
};

struct worker {
    double *counts;                 /* of the replication at hand */
    struct floe_histogram *latency; /* of the replication at hand: [workload][window] of calls, then of tasks */
    double *sums[ROUTES_MOST]; /* of all counts: whole numbers, so up to 2^53 the order of adding does not matter */
    struct events_memory memory;
    void *arena;
    struct replication_end end; /* of the replication done last; after FLOE_FULL the capacity that was missing */
    int32_t full_route;         /* and where */
};

struct run {
    const struct timeline *timeline;
    const struct scenario *scenario; /* its first phase: names, windows and what else does not change */
    int32_t variant, n_variants;     /* index in the result, and how many there are */
    const struct traces *traces;
    const struct run_options *options;
    const struct plan *plan;
    const struct engine_path *path;
    uint32_t replications;
    uint64_t blocks;
    int32_t n_routes;
    struct route_work routes[ROUTES_MOST];
    unsigned n_workers;
    struct worker *workers;
};

FLOE_FN double *row_metrics(const struct run *run, double *row, int32_t home, int32_t window)
{
    return row + ((int64_t)home * run->plan->n_windows + window) * METRIC_N;
}

FLOE_FN double *row_step(const struct run *run, const struct route_work *work, double *row, int32_t w, int32_t window,
                         int32_t step)
{
    return row + work->steps_at +
           (((int64_t)w * run->plan->n_windows + window) * run->plan->n_steps[work->route] + step) * STEP_N;
}

FLOE_FN double *row_tokens(const struct run *run, const struct route_work *work, double *row, int32_t w, int32_t window,
                           int32_t slot)
{
    const int32_t n_slots = run->plan->pairs[work->route][w].n_slots;
    return row + work->usage_at[w] + ((int64_t)window * n_slots + slot) * USAGE_CLASS_N;
}

/* The price row and band of a slot. */
struct slot_row {
    const struct model_prices *model;
    const struct price_row *row;
    const struct prompt_terms *terms;
    int32_t band, step;
};

FLOE_FN struct slot_row slot_row_of(const struct run *run, int32_t route, int32_t w, int32_t slot)
{
    const struct plan_slot home = plan_slot_home(run->plan, route, w, slot);
    const struct plan_step *step = plan_step_of(run->plan, home.phase, route, w, home.step);
    const int32_t in_step = slot - step->slot;
    struct slot_row at;
    at.step = home.step;
    at.model = plan_model(run->timeline, home.phase, step);
    at.row = &at.model->rows[in_step / PRICE_SLOTS_PER_ROW];
    at.terms = &step->terms;
    at.band = in_step % PRICE_SLOTS_PER_ROW;
    return at;
}

/* Dollars per unit of a class on a slot; a slot without a band has no tokens. */
FLOE_FN double slot_price(const struct run *run, int32_t route, int32_t w, int32_t slot, int c)
{
    const struct slot_row at = slot_row_of(run, route, w, slot);
    if (c == USAGE_CACHE_STORAGE) return at.terms->storage_usd_per_tok_s;
    if (c == USAGE_REQUEST) return 0;
    return at.band > at.row->n_bands ? 0 : prompt_cache_unit_price(at.terms, at.row, at.band, (enum token_class)c);
}

/* The route and the memory of run->options: `workers` of them at most, fewer where memory or jobs are fewer. Also after
 * an error run_release frees what there is. */
enum floe_status run_prepare(struct run *run, unsigned workers, struct plan_fault *fault);
void run_use_route(const struct run *run, struct worker *worker, int32_t route); /* its memory, for that route */
void run_release(struct run *run);
void run_explain_full(const struct run *run, struct plan_fault *fault); /* after FLOE_FULL of a replication */

/* From the values of a variant to the tables: cells, usage, hours, warnings are appended. When all variants are in,
 * tables_finish sets the digest. */
enum floe_status tables_make(struct run *run, struct result *result);
void tables_finish(struct result *result);

#endif

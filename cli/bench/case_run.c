/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/case_counts.h"
#include "sim/exact.h"
#include "sim/hash.h"

enum {
    PILOT_CUSTOMERS = 1500,
    PILOT_SEED = 77,
    PILOT_SEED_SECOND = 78,
    PILOT_LONGER = 8,
    INSIDE_FIRST = 1 << 13,
    INSIDE_MOST = 1 << 22
};
#define PILOT_AIM 0.65
#define CUSTOMERS_MOST 1e9 /* of one replication */

double case_warmup_customers(const struct case_setting *setting)
{
    if (setting->is_counts) return 0;                                 /* nothing fades */
    const double idle = setting->rho < 0.98 ? 1 - setting->rho : 0.3; /* at or above 1 something limits the queue */
    return 500 + 12 * (setting->cv * setting->cv + setting->burst) / (idle * idle);
}

double case_se_bound(const struct case_setting *setting)
{
    return setting->rho >= 0.9 && setting->cv >= 4 ? CASE_SE_SHARE_HARD : CASE_SE_SHARE;
}

/* ---- replications ---- */

struct worker {
    struct floe_station station;
    void *memory;
};

struct work {
    const struct case_run *run;
    struct floe_station_parameters p;
    uint64_t inside_max;
    struct worker *worker;
    double (*value)[CASE_METRICS_MAX]; /* of each replication */
    uint64_t *arrived;
};

static enum floe_status replicate(void *context, uint64_t r, unsigned number)
{
    struct work *work = (struct work *)context;
    const struct case_run *run = work->run;
    struct worker *worker = &work->worker[number];
    const struct floe_side side = {run->setting->table, NULL};
    const struct floe_rng rng = {run->seed, (uint32_t)r};
    if (run->goes_on != NULL && !run->goes_on()) return FLOE_CANCELLED;
    if (run->setting->is_counts) {
        work->arrived[r] = case_counts_replicate(run->setting, run->customers, run->seed, (uint32_t)r, work->value[r]);
        return FLOE_OK;
    }
    floe_station_init(&worker->station, &work->p, work->inside_max, worker->memory, rng, &side, NULL);
    const enum floe_status status = floe_station_run(&worker->station);
    for (int m = 0; m < run->setting->n_metrics; m++)
        work->value[r][m] = case_metric_value(&worker->station, &run->setting->metric[m]);
    work->arrived[r] = floe_station_result(&worker->station, -1).arrived;
    return status;
}

static int allocate(struct work *work, unsigned n_workers)
{
    const size_t n = work->run->replications;
    const size_t bytes = (floe_station_bytes(work->inside_max) + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN;
    int good = 1;
    work->value = calloc(n, sizeof *work->value);
    work->arrived = (uint64_t *)calloc(n, sizeof *work->arrived);
    work->worker = (struct worker *)calloc(n_workers, sizeof *work->worker);
    for (unsigned i = 0; work->worker != NULL && i < n_workers; i++) {
        work->worker[i].memory = aligned_alloc(FLOE_QUEUE_ALIGN, bytes * FLOE_QUEUE_ALIGN);
        good &= work->worker[i].memory != NULL;
    }
    return good && work->value != NULL && work->arrived != NULL && work->worker != NULL;
}

static void release(struct work *work, unsigned n_workers)
{
    for (unsigned i = 0; work->worker != NULL && i < n_workers; i++)
        free(work->worker[i].memory);
    free(work->worker);
    free(work->value);
    free(work->arrived);
}

static void add_up(const struct work *work, struct case_outcome *outcome)
{
    const uint32_t n = work->run->replications;
    for (uint32_t r = 0; r < n; r++)
        outcome->arrived += work->arrived[r];
    for (int m = 0; m < work->run->setting->n_metrics; m++) {
        struct floe_exact sum;
        floe_exact_init(&sum, FLOE_UNIT_S);
        for (uint32_t r = 0; r < n; r++)
            floe_exact_add(&sum, work->value[r][m], NULL);
        outcome->mean[m] = floe_exact_mean(&sum);
        outcome->se[m] = floe_exact_sd(&sum) / sqrt((double)n);
    }
}

static enum floe_status replicate_within(struct work *work, struct case_outcome *outcome)
{
    const struct floe_pool *pool = work->run->pool;
    enum floe_status status = FLOE_ENVIRONMENT;
    if (allocate(work, pool->n_workers)) status = floe_pool_run(pool, work->run->replications, replicate, work);
    if (status == FLOE_OK) add_up(work, outcome);
    release(work, pool->n_workers);
    return status;
}

enum floe_status case_replicate(const struct case_run *run, struct case_outcome *outcome)
{
    struct work work = {.run = run, .p = run->setting->p};
    enum floe_status status = FLOE_FULL;
    memset(outcome, 0, sizeof *outcome);
    outcome->warmup_customers = case_warmup_customers(run->setting);
    work.p.warmup_s = outcome->warmup_customers / run->setting->per_s;
    work.p.horizon_s = work.p.warmup_s + run->customers / run->setting->per_s;
    for (uint64_t inside = INSIDE_FIRST; status == FLOE_FULL && inside <= INSIDE_MOST; inside *= 2) {
        work.inside_max = outcome->inside_max = inside;
        status = replicate_within(&work, outcome);
    }
    return status;
}

/* ---- how long ---- */

double case_se_of(const struct case_setting *setting, const struct case_outcome *outcome, int metric)
{
    const double want = fabs(setting->metric[metric].want), mean = fabs(outcome->mean[metric]);
    const double whole = want > 0 ? want : mean;
    return whole > 0 ? outcome->se[metric] / whole : 0;
}

double case_z_of(const struct case_setting *setting, const struct case_outcome *outcome, int metric)
{
    const double off = outcome->mean[metric] - setting->metric[metric].want;
    if (outcome->se[metric] > 0) return off / outcome->se[metric];
    return off == 0 ? 0 : off > 0 ? INFINITY : -INFINITY; /* no spread at all: equal, or not */
}

static enum floe_status judge(const struct case_run *all, double customers, uint64_t seed, double se_share,
                              double *needed)
{
    struct case_run pilot = *all;
    struct case_outcome outcome;
    double most = 0;
    pilot.customers = customers;
    pilot.seed = seed;
    const enum floe_status status = case_replicate(&pilot, &outcome);
    for (int m = 0; status == FLOE_OK && m < all->setting->n_metrics; m++)
        most = fmax(most, case_se_of(all->setting, &outcome, m) / (PILOT_AIM * se_share));
    *needed = customers * most * most;
    return status;
}

enum floe_status case_customers_needed(const struct case_run *run, double se_share, double *customers)
{
    const double warmup = case_warmup_customers(run->setting), least = PILOT_CUSTOMERS + warmup;
    double needed = 0;
    enum floe_status status = judge(run, least, PILOT_SEED, se_share, &needed);
    if (status == FLOE_OK && needed >= PILOT_LONGER * least)
        status = judge(run, needed / PILOT_LONGER, PILOT_SEED_SECOND, se_share, &needed);
    *customers = fmin(fmax(needed, warmup), CUSTOMERS_MOST);
    return status;
}

uint64_t case_seed(const struct known_case *row, uint64_t seed)
{
    struct floe_hash hash = floe_hash_begin();
    floe_hash_text(&hash, row->model);
    floe_hash_text(&hash, row->parameters);
    floe_hash_u64(&hash, seed);
    return floe_hash_end(hash);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The work of a run. All memory is taken before the first replication: the rows of values (models/run_values.h), and
 * per worker its queue, tasks and counts. */
#include "models/run_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/outcome.h"
#include "models/service_credits.h"
#include "models/units.h"

#define RUN_BYTES_MOST ((uint64_t)6 << 30)
#define GIB ((double)((uint64_t)1 << 30))

static int is_hourly(const struct run *run)
{
    return run->options->engine == ENGINE_HOURLY;
}

/* ---- from counts to a row of values ---- */

static void add_bin(const struct run *run, const struct route_work *work, const struct counts *counts, double *row,
                    int32_t w, int32_t bin)
{
    const double *n = counts_of(counts, w, bin);
    uint64_t windows = plan_windows_of_bin(run->plan)[bin];
    for (int32_t window = 0; windows != 0; window++, windows >>= 1) {
        if (!(windows & 1)) continue;
        double *metrics = row_metrics(run, row, run->plan->workloads[w].home, window);
        for (int m = 0; m < COUNT_COLUMNS; m++)
            metrics[m] += n[m];
        for (int32_t step = 0; step < counts->n_steps; step++)
            for (int k = 0; k < STEP_COUNTS; k++)
                row_step(run, work, row, w, window, step)[k] += counts_step(counts, w, bin, step)[k];
        for (int32_t slot = 0; slot < counts->n_slots[w]; slot++)
            for (int c = 0; c < USAGE_CLASS_N; c++)
                row_tokens(run, work, row, w, window, slot)[c] += counts_tokens(counts, w, bin, slot)[c];
    }
}

/* From sums of us to means in s. */
static void times_of(double *metrics)
{
    for (int m = METRIC_LATENCY_MEAN; m <= METRIC_TIMES_LAST; m++) {
        const double n = metrics[m == METRIC_TASK_MEAN ? METRIC_ACCEPTED : METRIC_ANSWERED];
        metrics[m] = n > 0 ? metrics[m] / n / (double)US_PER_S : OUTCOME_UNDEFINED;
    }
}

static void measure_window(const struct run *run, const struct counts *counts, double *row, int32_t w, int32_t window)
{
    static const struct {
        enum metric of_calls, of_tasks;
        double share;
    } quantiles[] = {{METRIC_LATENCY_P50, METRIC_TASK_P50, 0.5},
                     {METRIC_LATENCY_P95, METRIC_TASK_P95, 0.95},
                     {METRIC_LATENCY_P99, METRIC_TASK_P99, 0.99}};
    const struct floe_histogram *calls = &counts->latency[w * counts->n_windows + window];
    const struct floe_histogram *tasks = &counts->task_latency[w * counts->n_windows + window];
    double *metrics = row_metrics(run, row, w, window);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        const double share = quantiles[i].share;
        metrics[quantiles[i].of_calls] = calls->n > 0 ? floe_histogram_quantile(calls, share) : OUTCOME_UNDEFINED;
        metrics[quantiles[i].of_tasks] = tasks->n > 0 ? floe_histogram_quantile(tasks, share) : OUTCOME_UNDEFINED;
    }
}

/* Adds a load's tokens and dollars to its workload. */
static void price_load(const struct run *run, const struct route_work *work, double *row, int32_t w, int32_t window)
{
    double *metrics = row_metrics(run, row, run->plan->workloads[w].home, window), cost_usd = 0;
    for (int32_t slot = 0; slot < run->plan->pairs[work->route][w].n_slots; slot++)
        for (int c = 0; c < USAGE_CLASS_N; c++) {
            const double tokens = row_tokens(run, work, row, w, window, slot)[c];
            if (c < TOKEN_CLASS_N) metrics[METRIC_TOK_FIRST + c] += tokens;
            const double usd = tokens * slot_price(run, work->route, w, slot, c);
            cost_usd += usd;
            row_step(run, work, row, w, window, slot_row_of(run, work->route, w, slot).step)[STEP_COST] += usd;
        }
    metrics[METRIC_COST_INFERENCE] += cost_usd;
}

static void price_window(const struct run *run, double *row, int32_t w, int32_t window)
{
    double *metrics = row_metrics(run, row, w, window);
    const double cost_usd = metrics[METRIC_COST_INFERENCE];
    metrics[METRIC_COST_TOTAL] = cost_usd;
    times_of(metrics);
    metrics[METRIC_LCPR] = metrics[METRIC_ACCEPTED] > 0 ? cost_usd / metrics[METRIC_ACCEPTED] : OUTCOME_UNDEFINED;
}

static void fill_row(const struct run *run, const struct route_work *work, const struct counts *counts, double *row)
{
    memset(row, 0, sizeof *row * (size_t)work->n_values);
    for (int32_t w = 0; w < run->plan->n_workloads; w++) {
        for (int32_t bin = 0; bin < run->plan->n_bins; bin++)
            add_bin(run, work, counts, row, w, bin);
        for (int32_t window = 0; window < run->plan->n_windows; window++)
            price_load(run, work, row, w, window);
    }
    for (int32_t w = 0; w < run->plan->n_homes; w++)
        for (int32_t window = 0; window < run->plan->n_windows; window++) {
            price_window(run, row, w, window);
            measure_window(run, counts, row, w, window);
        }
}

/* ---- the work ---- */

static enum floe_status replicate(struct run *run, int32_t index, uint32_t replication, struct worker *worker)
{
    const struct route_work *work = &run->routes[index];
    const struct route_run route_run = {run->timeline, run->traces, run->plan, work->route, run->options->seed};
    struct counts counts = work->layout;
    memset(worker->counts, 0, sizeof(double) * (size_t)work->n_counts);
    counts_attach(&counts, run->plan->n_workloads, worker->counts);
    counts.latency = worker->latency;
    counts.task_latency = worker->latency + (ptrdiff_t)run->plan->n_homes * run->plan->n_windows;
    for (int32_t i = 0; i < 2 * run->plan->n_homes * run->plan->n_windows; i++)
        floe_histogram_init(&worker->latency[i]);
    run_use_route(run, worker, work->route);
    enum floe_status status = run->path->replicate(run->options->engine, &route_run, replication, &counts,
                                                   &worker->memory, &worker->end);
    worker->full_route = work->route;
    if (status != FLOE_OK) return status;
    if (is_hourly(run)) run->routes[index].doubt = worker->end.doubt;
    work->trajectories[replication] = (struct trajectory){worker->end.events, worker->end.fingerprint};
    double *row = work->values + (int64_t)replication * work->n_values;
    fill_row(run, work, &counts, row);
    if (service_credits_fill(run, work, &counts, row) && is_hourly(run))
        run->routes[index].doubt |= HOURLY_DOUBT_OUTAGE;
    for (int64_t i = 0; i < work->n_counts; i++)
        worker->sums[index][i] += worker->counts[i];
    return FLOE_OK;
}

static enum floe_status report_progress(const struct run *run)
{
    if (run->options->progress == NULL) return FLOE_OK;
    const uint64_t total = (uint64_t)run->replications * (uint64_t)run->n_routes * (uint64_t)run->n_variants;
    return run->options->progress(run->options->progress_context, 1, total) ? FLOE_OK : FLOE_CANCELLED;
}

static enum floe_status run_block(void *context, uint64_t job, unsigned worker)
{
    struct run *run = (struct run *)context;
    const int32_t index = (int32_t)(job / run->blocks);
    const uint32_t first = (uint32_t)(job % run->blocks) * FLOE_BLOCK_REPLICATIONS;
    for (uint32_t r = first; r < run->replications && r < first + FLOE_BLOCK_REPLICATIONS; r++) {
        enum floe_status status = replicate(run, index, r, &run->workers[worker]);
        if (status == FLOE_OK) status = report_progress(run);
        if (status != FLOE_OK) return status;
    }
    return FLOE_OK;
}

/* ---- memory ---- */

static void lay_out_route(struct run *run, struct route_work *work, int32_t route)
{
    const struct plan *plan = run->plan;
    work->route = route;
    work->layout = counts_layout(plan, route);
    work->n_counts = counts_size(&work->layout, plan->n_workloads);
    work->steps_at = (int64_t)plan->n_homes * plan->n_windows * METRIC_N;
    work->n_values = work->steps_at + (int64_t)plan->n_workloads * plan->n_windows * plan->n_steps[route] * STEP_N;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        work->usage_at[w] = work->n_values;
        work->n_values += (int64_t)plan->n_windows * plan->pairs[route][w].n_slots * USAGE_CLASS_N;
    }
}

static uint64_t arena_bytes(const struct run *run, int32_t route)
{
    if (is_hourly(run)) return hourly_memory_bytes(run->plan, route);
    return events_memory_bytes(run->plan, route, (uint64_t)run->plan->calls_in_flight_most[route],
                               (uint64_t)run->plan->tasks_in_flight_most[route]);
}

static uint64_t histogram_bytes(const struct run *run)
{
    return 2 * (uint64_t)(run->plan->n_homes * run->plan->n_windows) * sizeof(struct floe_histogram);
}

static uint64_t bytes_needed(const struct run *run)
{
    uint64_t doubles = 0, sums = 0, counts = 0, arena = 0;
    for (int32_t i = 0; i < run->n_routes; i++) {
        const struct route_work *work = &run->routes[i];
        doubles += ((uint64_t)work->n_values + sizeof(struct trajectory) / sizeof(double)) * run->replications;
        sums += (uint64_t)work->n_counts;
        if ((uint64_t)work->n_counts > counts) counts = (uint64_t)work->n_counts;
        if (arena_bytes(run, work->route) > arena) arena = arena_bytes(run, work->route);
    }
    return sizeof(double) * (doubles + (sums + counts) * run->n_workers) +
           (arena + histogram_bytes(run)) * run->n_workers;
}

static int allocate_worker(const struct run *run, struct worker *worker)
{
    uint64_t counts = 1, arena = FLOE_QUEUE_ALIGN;
    for (int32_t i = 0; i < run->n_routes; i++) {
        const struct route_work *work = &run->routes[i];
        if ((uint64_t)work->n_counts > counts) counts = (uint64_t)work->n_counts;
        if (arena_bytes(run, work->route) > arena) arena = arena_bytes(run, work->route);
        worker->sums[i] = (double *)calloc((size_t)work->n_counts, sizeof(double));
        if (worker->sums[i] == NULL) return 0;
    }
    worker->counts = (double *)malloc(counts * sizeof(double));
    worker->arena = aligned_alloc(FLOE_QUEUE_ALIGN, arena);
    worker->latency = (struct floe_histogram *)malloc((size_t)histogram_bytes(run));
    return worker->counts != NULL && worker->arena != NULL && worker->latency != NULL;
}

/* The worker's arena for a route. */
void run_use_route(const struct run *run, struct worker *worker, int32_t route)
{
    if (is_hourly(run))
        worker->memory.hourly = worker->arena;
    else
        worker->memory = events_memory_at(worker->arena, run->plan, route,
                                          (uint64_t)run->plan->calls_in_flight_most[route],
                                          (uint64_t)run->plan->tasks_in_flight_most[route]);
}

static enum floe_status allocate(struct run *run, struct plan_fault *fault)
{
    const uint64_t bytes = bytes_needed(run);
    if (bytes > RUN_BYTES_MOST) {
        snprintf(fault->what, sizeof fault->what,
                 "this run needs %.1f GiB; the most is %.0f GiB: fewer replications or a shorter horizon",
                 (double)bytes / GIB, (double)RUN_BYTES_MOST / GIB);
        snprintf(fault->key, sizeof fault->key, "time.horizon");
        return FLOE_FULL;
    }
    snprintf(fault->what, sizeof fault->what, "out of memory: this run needs %.2f GiB", (double)bytes / GIB);
    run->workers = (struct worker *)calloc(run->n_workers, sizeof *run->workers);
    if (run->workers == NULL) return FLOE_ENVIRONMENT;
    for (unsigned i = 0; i < run->n_workers; i++)
        if (!allocate_worker(run, &run->workers[i])) return FLOE_ENVIRONMENT;
    for (int32_t i = 0; i < run->n_routes; i++) {
        struct route_work *work = &run->routes[i];
        work->values = (double *)calloc((size_t)work->n_values * run->replications, sizeof(double));
        work->trajectories = (struct trajectory *)calloc(run->replications, sizeof *work->trajectories);
        if (work->values == NULL || work->trajectories == NULL) return FLOE_ENVIRONMENT;
    }
    return FLOE_OK;
}

void run_release(struct run *run)
{
    for (unsigned i = 0; run->workers != NULL && i < run->n_workers; i++) {
        for (int32_t r = 0; r < run->n_routes; r++)
            free(run->workers[i].sums[r]);
        free(run->workers[i].counts);
        free(run->workers[i].latency);
        free(run->workers[i].arena);
    }
    free(run->workers);
    for (int32_t i = 0; i < run->n_routes; i++) {
        free(run->routes[i].values);
        free(run->routes[i].trajectories);
    }
}

/* ---- all of it ---- */

static enum floe_status choose(struct run *run, struct plan_fault *fault)
{
    run->path = engine_path_find(run->options->path);
    if (run->path == NULL) {
        snprintf(fault->what, sizeof fault->what, "this processor has no instruction set '%.40s' that floe knows",
                 run->options->path);
        return FLOE_ENVIRONMENT;
    }
    run->replications = run->options->engine == ENGINE_HOURLY ? 1 : run->options->replications;
    run->blocks = floe_pool_blocks(run->replications);
    for (int32_t r = 0; r < run->plan->n_routes; r++) {
        if (run->options->route != NULL && strcmp(run->options->route, run->scenario->routes[r].name) != 0) continue;
        lay_out_route(run, &run->routes[run->n_routes++], r);
    }
    if (run->n_routes > 0)
        return (is_hourly(run) ? plan_check_hourly : plan_check_capacity)(run->plan, run->timeline, fault);
    size_t n = (size_t)snprintf(fault->what, sizeof fault->what, "the scenario has no route '%.95s'; it has",
                                run->options->route);
    for (int32_t r = 0; r < run->plan->n_routes && n < sizeof fault->what; r++)
        n += (size_t)snprintf(fault->what + n, sizeof fault->what - n, "%s %s", r == 0 ? "" : ",",
                              run->scenario->routes[r].name);
    snprintf(fault->key, sizeof fault->key, "routes");
    return FLOE_BAD_USAGE;
}

void run_explain_full(const struct run *run, struct plan_fault *fault)
{
    const struct worker *worst = &run->workers[0];
    for (unsigned i = 1; i < run->n_workers; i++)
        if (run->workers[i].end.needed > worst->end.needed) worst = &run->workers[i];
    snprintf(fault->what, sizeof fault->what,
             "more requests were in flight at once than the plan foresaw (at least %llu)",
             (unsigned long long)worst->end.needed);
    snprintf(fault->key, sizeof fault->key, "routes.%s.call_duration", run->scenario->routes[worst->full_route].name);
}

/* No more workers than jobs: each needs memory of its own. */
enum floe_status run_prepare(struct run *run, unsigned workers, struct plan_fault *fault)
{
    enum floe_status status = choose(run, fault);
    if (status != FLOE_OK) return status;
    const uint64_t jobs = run->blocks * (uint64_t)run->n_routes;
    run->n_workers = workers > jobs ? (unsigned)jobs : workers;
    while (run->n_workers > 1 && bytes_needed(run) > RUN_BYTES_MOST)
        run->n_workers--; /* whether a scenario fits must not depend on the machine's processors */
    return allocate(run, fault);
}

static enum floe_status run_all(struct run *run, const struct floe_pool *all, struct plan_fault *fault)
{
    struct floe_pool pool = *all;
    enum floe_status status = run_prepare(run, pool.n_workers, fault);
    if (status != FLOE_OK) return status;
    pool.n_workers = run->n_workers;
    status = floe_pool_run(&pool, run->blocks * (uint64_t)run->n_routes, run_block, run);
    if (status == FLOE_FULL) run_explain_full(run, fault);
    return status;
}

static enum floe_status run_variant(struct run *run, const struct floe_pool *pool, struct result *result,
                                    struct plan_fault *fault)
{
    struct plan *plan = NULL;
    enum floe_status status = plan_make(run->timeline, run->traces, &plan, fault);
    if (status != FLOE_OK) return status;
    run->plan = plan;
    status = run_all(run, pool, fault);
    if (status == FLOE_OK) status = tables_make(run, result);
    run_release(run);
    plan_free(plan);
    return status;
}

enum floe_status floe_run(const struct timeline *timelines, int32_t n, const struct traces *traces,
                          const struct run_options *options, const struct floe_pool *pool, struct result *result,
                          struct plan_fault *fault)
{
    enum floe_status status = FLOE_OK;
    memset(result, 0, sizeof *result);
    fault->key[0] = '\0';
    if (options->replications < 1 || options->replications > RUN_REPLICATIONS_MOST) {
        snprintf(fault->what, sizeof fault->what, "replications must be 1 to %u", RUN_REPLICATIONS_MOST);
        return FLOE_BAD_USAGE;
    }
    for (int32_t i = 0; i < n && status == FLOE_OK; i++) {
        struct run run = {.timeline = &timelines[i],
                          .scenario = timelines[i].phases[0],
                          .traces = traces,
                          .options = options,
                          .variant = i,
                          .n_variants = n};
        status = run_variant(&run, pool, result, fault);
    }
    if (status == FLOE_OK)
        tables_finish(result);
    else
        result_free(result);
    return status;
}

enum floe_status floe_run_one(const struct scenario *scenario, const struct traces *traces,
                              const struct run_options *options, const struct floe_pool *pool, struct result *result,
                              struct plan_fault *fault)
{
    const struct timeline timeline = timeline_of(scenario, VARIANT_BASE);
    return floe_run(&timeline, 1, traces, options, pool, result, fault);
}

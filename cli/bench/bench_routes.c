/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events engine (models/engine_events.h): a day of Poisson arrivals with lognormal tokens, priced on one route, beside
 * a loop over its two next event times (the next arrival, the end of the oldest call: calls last equally long) with the
 * same draws, which adds up calls and tokens and nothing else. Both must count the same calls, ends and tokens. With a
 * scenario on the command line, that scenario on all its routes in place of it, with nothing beside it.
 *
 * Executed events are counted by what their handlers count: an arrival is a task, an end is an invocation. A test
 * compares this with the number of events taken from the queue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/groups.h"
#include "cli/bench/route_work.h"
#include "cli/scenario_file.h"

enum { REQUESTS_WANTED = 400000, REPLICATIONS_MOST = 4096 };

static const char scenario_text[] = "floe: 1\n"
                                    "time: {start: 2026-03-16T00:00Z, horizon: 24h}\n"
                                    "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"
                                    "workloads:\n"
                                    "  chat:\n"
                                    "    model: m\n"
                                    "    demand: {tasks: 5/s}\n"
                                    "    tokens: {input: {law: lognormal, median: 760 tok, cv: 1.28}, output: {law: "
                                    "lognormal, median: 150 tok, cv: 1.04}}\n"
                                    "routes: {api: {chain: [from workload], call_duration: 8s}}\n";

static enum floe_status load(void *context, const char *base, const char *name, size_t most_bytes, char **bytes,
                             size_t *n, char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    (void)context, (void)base, (void)name, (void)most_bytes, (void)why;
    *n = sizeof scenario_text - 1;
    *bytes = (char *)malloc(sizeof scenario_text);
    if (*bytes == NULL) return FLOE_ENVIRONMENT;
    memcpy(*bytes, scenario_text, sizeof scenario_text);
    snprintf(resolved, PATH_BYTES, "built-in");
    return FLOE_OK;
}

enum floe_status bench_route_document(struct floe_document **document)
{
    const struct floe_files files = {NULL, load};
    return floe_document_read(&files, "built-in", NULL, 0, document);
}

/* ---- memory of one worker ---- */

static uint64_t calls_most(const struct plan *plan, int32_t route)
{
    return (uint64_t)plan->calls_in_flight_most[route];
}

static uint64_t tasks_most(const struct plan *plan, int32_t route)
{
    return (uint64_t)plan->tasks_in_flight_most[route];
}

struct events_memory route_work_memory(const struct route_work *work, int32_t route)
{
    return events_memory_at(work->arena, work->plan, route, calls_most(work->plan, route),
                            tasks_most(work->plan, route));
}

enum floe_status route_work_init(struct route_work *work, const struct floe_document *document)
{
    struct plan_fault fault;
    memset(work, 0, sizeof *work);
    work->document = document;
    work->replications = 1;
    work->timeline = timeline_of_variant(&document->study, 0);
    enum floe_status status = plan_make(&work->timeline, &document->traces, &work->plan, &fault);
    if (status == FLOE_OK) status = plan_check_capacity(work->plan, &work->timeline, &fault);
    if (status != FLOE_OK) {
        fprintf(stderr, "floe: bench: %s\n", fault.what);
        return status == FLOE_FULL ? FLOE_BAD_INPUT : status;
    }
    int64_t doubles = 1;
    uint64_t arena = FLOE_QUEUE_ALIGN;
    for (int32_t r = 0; r < work->plan->n_routes; r++) {
        const struct counts layout = counts_layout(work->plan, r);
        if (counts_size(&layout, work->plan->n_workloads) > doubles)
            doubles = counts_size(&layout, work->plan->n_workloads);
        const uint64_t bytes = events_memory_bytes(work->plan, r, calls_most(work->plan, r), tasks_most(work->plan, r));
        if (bytes > arena) arena = bytes;
    }
    work->n_counts = doubles;
    work->counts = (double *)malloc((size_t)doubles * sizeof *work->counts);
    work->arena = aligned_alloc(FLOE_QUEUE_ALIGN, arena);
    work->ring = (int64_t *)malloc(ROUTE_RING * sizeof *work->ring);
    return work->counts != NULL && work->arena != NULL && work->ring != NULL ? FLOE_OK : FLOE_ENVIRONMENT;
}

void route_work_free(struct route_work *work)
{
    plan_free(work->plan);
    free(work->counts);
    free(work->arena);
    free(work->ring);
    memset(work, 0, sizeof *work);
}

/* ---- the engine ---- */

static void add_up(const struct route_work *work, const struct counts *counts, struct bench_turn *turn)
{
    for (int32_t w = 0; w < work->plan->n_workloads; w++)
        for (int32_t bin = 0; bin < work->plan->n_bins; bin++) {
            const double *n = counts_of(counts, w, bin);
            turn->requests += (uint64_t)n[METRIC_CALLS];
            turn->check += (uint64_t)n[METRIC_CALLS] + 3 * (uint64_t)n[METRIC_INVOCATIONS];
            for (int32_t slot = 0; slot < counts->n_slots[w]; slot++)
                for (int c = 0; c < TOKEN_CLASS_N; c++)
                    turn->check += (c == TOKEN_OUTPUT ? 7U : 5U) * (uint64_t)counts_tokens(counts, w, bin, slot)[c];
        }
}

enum floe_status route_work_replicate(const struct route_work *work, int32_t route, uint32_t replication,
                                      struct bench_turn *turn)
{
    const struct engine_path *path = engine_path_find(NULL);
    const struct route_run run = {&work->timeline, &work->document->traces, work->plan, route, ROUTE_SEED};
    struct counts counts = counts_layout(work->plan, route);
    const struct events_memory memory = route_work_memory(work, route);
    struct replication_end end;
    if (path == NULL) return FLOE_ENVIRONMENT;
    memset(work->counts, 0, (size_t)work->n_counts * sizeof *work->counts);
    counts_attach(&counts, work->plan->n_workloads, work->counts);
    const enum floe_status status = path->replicate(ENGINE_EVENTS, &run, replication, &counts, &memory, &end);
    if (status != FLOE_OK) return status;
    add_up(work, &counts, turn);
    turn->events += end.events;
    return status;
}

static enum floe_status run_engine(void *context, struct bench_turn *turn)
{
    const struct route_work *work = (const struct route_work *)context;
    enum floe_status status = FLOE_OK;
    const double from_s = bench_processor_s();
    for (int32_t route = 0; route < work->plan->n_routes; route++)
        for (uint32_t r = 0; r < work->replications && status == FLOE_OK; r++)
            status = route_work_replicate(work, route, r, turn);
    turn->seconds = bench_processor_s() - from_s;
    return status;
}

/* ---- the rows ---- */

/* Enough replications for a turn that a clock can see. */
static enum floe_status choose_replications(struct route_work *work)
{
    struct bench_turn turn = {0};
    const enum floe_status status = run_engine(work, &turn);
    if (status != FLOE_OK) return status;
    if (turn.requests == 0) {
        fputs("floe: bench: nothing happens in this scenario\n", stderr);
        return FLOE_BAD_INPUT;
    }
    const uint64_t wanted = REQUESTS_WANTED / turn.requests + 1;
    work->replications = (uint32_t)(wanted < REPLICATIONS_MOST ? wanted : REPLICATIONS_MOST);
    return FLOE_OK;
}

static enum floe_status measure(struct bench_visitor *visitor, const struct floe_document *document, const char *file)
{
    struct route_work work;
    struct bench_row row = {"route, Poisson, lognormal tokens", "two next event times", run_engine, route_loop, &work};
    enum floe_status status = route_work_init(&work, document);
    if (file != NULL) {
        const char *slash = strrchr(file, '/');
        snprintf(row.name, sizeof row.name, "%.47s", slash != NULL ? slash + 1 : file);
        row.beside = NULL;
        row.other = NULL;
        if (status == FLOE_OK) status = choose_replications(&work);
    }
    if (!route_loop_is_available()) {
        row.beside = NULL;
        row.other = NULL;
    }
    if (status == FLOE_OK) status = visitor->row(visitor, &row);
    route_work_free(&work);
    return status;
}

enum floe_status bench_routes(struct bench_visitor *visitor)
{
    struct floe_document *document = NULL;
    const char *file = visitor->options->n_files > 0 ? visitor->options->files[0] : NULL;
    enum floe_status status = file != NULL ? scenario_file_read(visitor->options, "bench", &document)
                                           : bench_route_document(&document);
    if (status == FLOE_OK) status = measure(visitor, document, file);
    floe_document_free(document);
    return status;
}

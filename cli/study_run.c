/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/study_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "models/blast.h"

enum floe_status study_pool(const struct options *options, struct floe_pool *pool)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = options->threads;
    if (threads == 0) threads = processors < 1 ? 1 : (unsigned)processors;
    return floe_pool_threads_init(pool, threads > FLOE_POOL_WORKERS_MAX ? FLOE_POOL_WORKERS_MAX : threads);
}

enum floe_status study_say_fault(enum floe_status status, const char *file, const struct plan_fault *fault)
{
    if (status == FLOE_CANCELLED) {
        fputs("floe: interrupted; nothing was written. Run the same command again to get the same result\n", stderr);
        return FLOE_ENVIRONMENT;
    }
    fprintf(stderr, "floe: %s: %s\n", file, fault->what);
    if (fault->key[0] != '\0') fprintf(stderr, "hint: see the key %s\n", fault->key);
    return status == FLOE_FULL ? FLOE_BAD_INPUT : status;
}

struct run_options study_run_options(const struct options *options)
{
    const struct run_options run = {.seed = options->seed,
                                    .replications = options->replications,
                                    .engine = (enum engine_kind)options->engine,
                                    .path = options->path,
                                    .route = options->route,
                                    .progress = terminal_progress};
    return run;
}

static void add_reader_warnings(const struct floe_document *document, struct result *result)
{
    for (int32_t i = 0; i < document->messages.n; i++)
        if (document->messages.items[i].severity == FLOE_WARNING)
            result_warn(result, document->messages.items[i].key, document->messages.items[i].what);
}

static enum floe_status run_all(const struct floe_document *document, const struct run_options *run, int with_blast,
                                struct result *result, const struct floe_pool *pool, struct plan_fault *fault)
{
    struct timeline timelines[VARIANTS_MOST];
    for (int32_t v = 0; v < document->study.n_variants; v++)
        timelines[v] = timeline_of_variant(&document->study, v);
    enum floe_status status = floe_run(timelines, document->study.n_variants, &document->traces, run, pool, result,
                                       fault);
    if (status != FLOE_OK || !with_blast) return status;
    status = blast_radius(&document->study, &document->traces, run, pool, result, fault);
    if (status != FLOE_OK) result_free(result);
    return status;
}

enum floe_status study_run(const struct options *options, const char *file, const struct floe_document *document,
                           const struct inputs *inputs, int with_blast, struct result *result)
{
    struct plan_fault fault = {"", ""};
    struct floe_pool pool;
    const struct run_options run = study_run_options(options);
    enum floe_status status = study_pool(options, &pool);
    if (status != FLOE_OK) return status;
    status = run_all(document, &run, with_blast, result, &pool, &fault);
    terminal_progress_end();
    if (status != FLOE_OK) return study_say_fault(status, file, &fault);
    result->file = file;
    memcpy(result->sha256, document->sha256, sizeof result->sha256);
    result->inputs = inputs;
    add_reader_warnings(document, result);
    return FLOE_OK;
}

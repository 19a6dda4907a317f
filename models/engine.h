/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The engines as the run sees them: one function that does one replication of one route, and one that does it some
 * events at a time, for those who want to look. The same source (models/engine_cpu.c) is compiled once for any processor
 * of the architecture and, on x86-64, once more for AVX2 and FMA; which of the two runs is chosen when the program
 * starts, and the bits of the results are the same. */
#ifndef FLOE_MODELS_ENGINE_H
#define FLOE_MODELS_ENGINE_H

#include "models/engine_events.h"

enum engine_kind { ENGINE_EVENTS, ENGINE_HOURLY };
extern const char *const engine_names[]; /* "events", "hourly", NULL */

/* Fills `counts` (set to 0 by the caller). FLOE_FULL: end->needed tells the capacity. The hourly engine has no events:
 * `end` is all 0. */
typedef enum floe_status engine_fn(enum engine_kind kind, const struct route_run *run, uint32_t replication,
                                   const struct counts *counts, const struct events_memory *memory,
                                   struct replication_end *end);

/* The events engine, some events at a time, with their records. */
struct engine_trace {
    const struct route_run *run;
    uint32_t replication;
    const struct counts *counts;
    const struct events_memory *memory;
    int is_begin; /* from time 0; else on from where memory->state stands */
    struct event_record *records;
    uint32_t most;
};
typedef enum floe_status engine_trace_fn(const struct engine_trace *trace, uint32_t *n, struct replication_end *end);

engine_fn engine_replicate_baseline, engine_replicate_avx2;
engine_trace_fn engine_trace_baseline, engine_trace_avx2;

/* Instruction sets of the processor path, best first. */
struct engine_path {
    const char *name;    /* "avx2", "baseline" */
    const char *why_not; /* where it is not available */
    engine_fn *replicate;
    engine_trace_fn *trace;
};

const struct engine_path *engine_paths(int *n);
int engine_path_is_available(const struct engine_path *path); /* on this processor */
/* NULL or "auto": the best available. Returns NULL when there is none of that name or it is not available. */
const struct engine_path *engine_path_find(const char *name);

#endif

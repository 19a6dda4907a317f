/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The core of the program: the checked variants of a scenario in, result tables out. No files, no threads of its own (the pool is the
 * caller's), no clock, no printing.
 *
 *     plan -> blocks of replications on the pool -> values per replication, in place -> exact sums -> tables
 *
 * The result is a pure function of (scenario, seed, engine, math profile): not of the pool, the number of workers or
 * the instruction set. */
#ifndef FLOE_MODELS_RUN_H
#define FLOE_MODELS_RUN_H

#include "models/engine.h"
#include "models/events_memory.h"
#include "models/plan.h"
#include "models/result.h"
#include "sim/pool.h"

struct run_options {
    uint64_t seed;
    uint32_t replications; /* the hourly engine draws nothing and runs one */
    enum engine_kind engine;
    const char *path;  /* instruction set, NULL for the best */
    const char *route; /* only this one, or NULL for all */
    /* Called after every replication by whichever worker did it; returns 0 to stop. May be NULL. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
};

#define RUN_REPLICATIONS_MOST 1000000u /* no unit */

/* The variants of a scenario, 1 to VARIANTS_MOST, one after the other, with the same draws. On FLOE_OK fills `result` (result_free), which keeps pointers to the scenario. Otherwise `fault` says what and which
 * key helps. FLOE_CANCELLED: progress asked to stop; nothing is returned. */
enum floe_status floe_run(const struct timeline *timelines, int32_t n, const struct traces *traces,
                          const struct run_options *options, const struct floe_pool *pool, struct result *result,
                          struct plan_fault *fault);

/* A scenario that does not change, as its only variant. */
enum floe_status floe_run_one(const struct scenario *scenario, const struct traces *traces,
                              const struct run_options *options, const struct floe_pool *pool, struct result *result,
                              struct plan_fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a second thread is worth: M/M/1 at .9/1 in blocks of 64 replications over the pool (sim/pool.h), on several
 * threads beside one, in time on the wall. The blocks share nothing, so what is missing to the full factor is the
 * machine: cores that are not there, shared, or slower together. Both must have the same sum of sojourn times. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench/groups.h"
#include "sim/mm1.h"
#include "sim/pool.h"

enum { BLOCKS = 16, CUSTOMERS = 5000, INSIDE_MAX = 1 << 14, SEED = 2385, APART_BYTES = 128 };
#define MM1_BYTES ((sizeof(struct floe_mm1) / APART_BYTES + 1) * APART_BYTES)

struct block {
    uint64_t sojourn_ns, served, executed;
};

struct crowd {
    unsigned threads;
    void **memory;         /* of each worker */
    struct floe_mm1 **mm1; /* apart from each other: no two workers write to one cache line */
    struct block block[BLOCKS];
};

static enum floe_status run_block(void *context, uint64_t job, unsigned worker)
{
    const struct floe_mm1_parameters parameters = {0.9, 1.0, 0, CUSTOMERS};
    struct crowd *crowd = (struct crowd *)context;
    struct floe_mm1 *mm1 = crowd->mm1[worker];
    struct block block = {0, 0, 0};
    for (uint32_t r = 0; r < FLOE_BLOCK_REPLICATIONS; r++) {
        const struct floe_rng rng = {SEED, (uint32_t)job * FLOE_BLOCK_REPLICATIONS + r};
        floe_mm1_init(mm1, parameters, INSIDE_MAX, crowd->memory[worker], rng);
        const enum floe_status status = floe_mm1_run(mm1);
        if (status != FLOE_OK) return status;
        block.sojourn_ns += (uint64_t)mm1->sojourn_ns;
        block.served += mm1->served;
        block.executed += mm1->queue.executed;
    }
    crowd->block[job] = block;
    return FLOE_OK;
}

static enum floe_status run_on(struct crowd *crowd, unsigned threads, struct bench_turn *turn)
{
    struct floe_pool pool;
    enum floe_status status = floe_pool_threads_init(&pool, threads);
    if (status != FLOE_OK) return status;
    const double from_s = bench_wall_s();
    status = floe_pool_run(&pool, BLOCKS, run_block, crowd);
    turn->seconds = bench_wall_s() - from_s;
    for (int i = 0; i < BLOCKS; i++) {
        turn->check += crowd->block[i].sojourn_ns;
        turn->requests += crowd->block[i].served;
        turn->events += crowd->block[i].executed;
    }
    return status;
}

static enum floe_status run_many(void *context, struct bench_turn *turn)
{
    struct crowd *crowd = (struct crowd *)context;
    return run_on(crowd, crowd->threads, turn);
}

static enum floe_status run_one(void *context, struct bench_turn *turn)
{
    return run_on((struct crowd *)context, 1, turn);
}

enum floe_status bench_threads(struct bench_visitor *visitor)
{
    static struct crowd crowd;
    struct bench_row row = {"", "one thread", run_many, run_one, &crowd};
    enum floe_status status = FLOE_OK;
    crowd.threads = visitor->threads;
    crowd.memory = (void **)calloc(crowd.threads, sizeof *crowd.memory);
    crowd.mm1 = (struct floe_mm1 **)calloc(crowd.threads, sizeof *crowd.mm1);
    if (crowd.memory == NULL || crowd.mm1 == NULL) status = FLOE_ENVIRONMENT;
    for (unsigned i = 0; status == FLOE_OK && i < crowd.threads; i++) {
        crowd.memory[i] = aligned_alloc(FLOE_QUEUE_ALIGN, floe_mm1_bytes(INSIDE_MAX));
        crowd.mm1[i] = (struct floe_mm1 *)aligned_alloc(APART_BYTES, MM1_BYTES);
        if (crowd.memory[i] == NULL || crowd.mm1[i] == NULL) status = FLOE_ENVIRONMENT;
    }
    snprintf(row.name, sizeof row.name, "M/M/1 on %u threads", crowd.threads);
    if (status == FLOE_OK) status = visitor->row(visitor, &row);
    for (unsigned i = 0; crowd.memory != NULL && crowd.mm1 != NULL && i < crowd.threads; i++) {
        free(crowd.memory[i]);
        free(crowd.mm1[i]);
    }
    free(crowd.memory);
    free(crowd.mm1);
    return status;
}

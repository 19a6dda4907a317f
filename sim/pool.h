/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who does the work: n independent jobs, done by one worker or by several, with a result that does not show which.
 *
 * A job is a block of FLOE_BLOCK_REPLICATIONS replications. It reads the plan, which is const, and writes its result
 * in place, into the part of the caller's arrays that belongs to it. Nothing is shared between jobs, so nothing has to
 * be locked, and what the caller reduces afterwards, in the order of the jobs, is the same for any number of workers.
 * The worker's number (0 .. n_workers-1) is there for scratch memory and must not reach a result.
 *
 *   floe_pool_serial_init   one worker, the caller; in this header, so that the core builds without threads
 *   floe_pool_threads_init  that many workers, the caller among them; pool_threads.c, the only file with threads in it
 *   floe_pool_run           returns when every job that was begun has ended; costs one atomic add per job
 *
 * Errors: jobs are handed out in order. After a job fails none is begun any more; those that were begun are finished.
 * Of several errors the one of the lowest job is returned: every job below it had been begun, so this is the error
 * that a single worker would have met.
 *
 * Cancelling: a job that sees the caller's flag returns FLOE_CANCELLED and counts as not done. That too stops the
 * handing out, and finished jobs are kept; a job marks its own result as done. An error is returned before a
 * cancellation, whichever job it came from.
 *
 * Left out: priorities, jobs that beget jobs, threads that live from run to run (starting one takes some 20 us, a block
 * takes longer). */
#ifndef FLOE_SIM_POOL_H
#define FLOE_SIM_POOL_H

#include "sim/base.h"

#if defined(__cplusplus)
extern "C" {
#endif

enum { FLOE_BLOCK_REPLICATIONS = 64, FLOE_POOL_WORKERS_MAX = 1024 };

typedef enum floe_status floe_job_fn(void *context, uint64_t job, unsigned worker);

struct floe_pool {
    enum floe_status (*run)(const struct floe_pool *pool, uint64_t n_jobs, floe_job_fn *job, void *context);
    unsigned n_workers;
};

static inline enum floe_status floe_pool_run_serial(const struct floe_pool *pool, uint64_t n_jobs, floe_job_fn *job,
                                                    void *context)
{
    (void)pool;
    for (uint64_t i = 0; i < n_jobs; i++) {
        enum floe_status status = job(context, i, 0);
        if (status != FLOE_OK) return status;
    }
    return FLOE_OK;
}

static inline void floe_pool_serial_init(struct floe_pool *pool)
{
    pool->run = floe_pool_run_serial;
    pool->n_workers = 1;
}

/* n_threads is 1 .. FLOE_POOL_WORKERS_MAX, otherwise FLOE_BAD_USAGE. There is nothing to free. */
FLOE_MUST_CHECK enum floe_status floe_pool_threads_init(struct floe_pool *pool, unsigned n_threads);

static inline FLOE_MUST_CHECK enum floe_status floe_pool_run(const struct floe_pool *pool, uint64_t n_jobs,
                                                             floe_job_fn *job, void *context)
{
    return pool->run(pool, n_jobs, job, context);
}

/* How many blocks hold so many replications; the last may be partly filled. */
static inline uint64_t floe_pool_blocks(uint64_t replications)
{
    return replications / FLOE_BLOCK_REPLICATIONS + (replications % FLOE_BLOCK_REPLICATIONS != 0);
}

#if defined(__cplusplus)
}
#endif
#endif

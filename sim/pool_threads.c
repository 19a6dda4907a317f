/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool on POSIX threads (pool.h tells what it promises). All that the workers share is one struct crew: the next
 * job, a flag that says stop, and, under a lock that is taken only after a failure, the error to return.
 *
 * A thread that the system refuses to start is done without: the result does not depend on it, and the caller, who is
 * worker 0, does the work alone if need be. */
#include <pthread.h>
#include <stdatomic.h>

#include "sim/pool.h"

struct crew {
    _Atomic uint64_t next_job;
    _Atomic int stop;
    uint64_t n_jobs;
    floe_job_fn *job;
    void *context;
    pthread_mutex_t lock; /* guards the three below */
    enum floe_status error;
    uint64_t error_job;
    int cancelled;
};

struct member {
    struct crew *crew;
    unsigned worker;
    pthread_t thread;
};

static void report(struct crew *crew, uint64_t job, enum floe_status status)
{
    pthread_mutex_lock(&crew->lock);
    if (status == FLOE_CANCELLED) {
        crew->cancelled = 1;
    } else if (crew->error == FLOE_OK || job < crew->error_job) {
        crew->error = status;
        crew->error_job = job;
    }
    pthread_mutex_unlock(&crew->lock);
    atomic_store(&crew->stop, 1);
}

/* A job that was taken is always done, even when stop was set meanwhile: it may hold the lowest error. */
static void *work(void *argument)
{
    const struct member *member = argument;
    struct crew *crew = member->crew;
    while (!atomic_load(&crew->stop)) {
        uint64_t job = atomic_fetch_add(&crew->next_job, 1);
        if (job >= crew->n_jobs) break;
        enum floe_status status = crew->job(crew->context, job, member->worker);
        if (status != FLOE_OK) report(crew, job, status);
    }
    return NULL;
}

static void work_together(struct crew *crew, unsigned n_workers)
{
    struct member members[FLOE_POOL_WORKERS_MAX];
    unsigned started = 1;
    for (unsigned i = 0; i < n_workers; i++) {
        members[i].crew = crew;
        members[i].worker = i;
    }
    while (started < n_workers && pthread_create(&members[started].thread, NULL, work, &members[started]) == 0)
        started++;
    work(&members[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(members[i].thread, NULL);
}

static enum floe_status run_threads(const struct floe_pool *pool, uint64_t n_jobs, floe_job_fn *job, void *context)
{
    struct crew crew = {.n_jobs = n_jobs, .job = job, .context = context, .error = FLOE_OK};
    unsigned n_workers = n_jobs < pool->n_workers ? (unsigned)n_jobs : pool->n_workers;
    if (n_jobs == 0) return FLOE_OK;
    if (pthread_mutex_init(&crew.lock, NULL) != 0) return FLOE_ENVIRONMENT;
    work_together(&crew, n_workers);
    pthread_mutex_destroy(&crew.lock);
    if (crew.error != FLOE_OK) return crew.error;
    return crew.cancelled ? FLOE_CANCELLED : FLOE_OK;
}

enum floe_status floe_pool_threads_init(struct floe_pool *pool, unsigned n_threads)
{
    if (n_threads < 1 || n_threads > FLOE_POOL_WORKERS_MAX) return FLOE_BAD_USAGE;
    pool->run = run_threads;
    pool->n_workers = n_threads;
    return FLOE_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pools: the result does not show how many workers there were. Build with -fsanitize=thread as well. */
#define _POSIX_C_SOURCE 199309L /* nanosleep */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"
#include "sim/exact.h"
#include "sim/pool.h"

enum { JOBS_MAX = 1000, SERIAL = 0 };

struct result {
    uint64_t hash;
    struct floe_exact sum;
    int done;
};

struct work {
    struct result results[JOBS_MAX];
    uint64_t fail_at[3]; /* these jobs fail, each in its own way */
    uint64_t cancel_at;
    _Atomic int begun;
    _Atomic uint64_t scratch[16]; /* per worker: what a worker does must not reach a result */
};

static enum floe_status job(void *context, uint64_t i, unsigned worker)
{
    struct work *work = context;
    struct result *result = &work->results[i];
    uint64_t random = i;
    atomic_fetch_add(&work->begun, 1);
    atomic_fetch_add(&work->scratch[worker], 1);
    if (i == work->cancel_at) return FLOE_CANCELLED;
    if (i == work->fail_at[0]) return FLOE_FULL;
    if (i == work->fail_at[1]) return FLOE_ENVIRONMENT;
    if (i == work->fail_at[2]) return FLOE_CHECK_FAILED;
    floe_exact_init(&result->sum, FLOE_UNIT_S);
    for (unsigned k = 0; k < 50 + i % 97 * 20; k++) {
        result->hash ^= test_random(&random);
        floe_exact_add(&result->sum, (double)(result->hash >> 40), NULL);
    }
    result->done = 1;
    return FLOE_OK;
}

static struct work *work_new(void)
{
    struct work *work = calloc(1, sizeof *work);
    work->fail_at[0] = work->fail_at[1] = work->fail_at[2] = work->cancel_at = UINT64_MAX;
    return work;
}

static enum floe_status run_on(unsigned n_threads, uint64_t n_jobs, struct work *work)
{
    struct floe_pool pool;
    if (n_threads == SERIAL)
        floe_pool_serial_init(&pool);
    else if (floe_pool_threads_init(&pool, n_threads) != FLOE_OK)
        return FLOE_BAD_USAGE;
    return floe_pool_run(&pool, n_jobs, job, work);
}

/* A function, because the macros of the harness evaluate their arguments more than once. */
static void check_run(unsigned n_threads, uint64_t n_jobs, struct work *work, enum floe_status want)
{
    enum floe_status got = run_on(n_threads, n_jobs, work);
    check_u64(got, want);
}

static const unsigned crews[] = {SERIAL, 1, 2, 3, 8};
enum { CREWS = sizeof crews / sizeof crews[0] };

static void result_does_not_depend_on_the_workers(void)
{
    struct work *first = work_new();
    check_run(SERIAL, JOBS_MAX, first, FLOE_OK);
    for (int c = 1; c < CREWS; c++) {
        struct work *again = work_new();
        check_run(crews[c], JOBS_MAX, again, FLOE_OK);
        check(memcmp(first->results, again->results, sizeof first->results) == 0);
        check_i64(again->begun, JOBS_MAX);
        free(again);
    }
    free(first);
}

static void worker_numbers_stay_below_the_number_of_workers(void)
{
    struct work *work = work_new();
    check_run(3, JOBS_MAX, work, FLOE_OK);
    uint64_t inside = work->scratch[0] + work->scratch[1] + work->scratch[2];
    check_u64(inside, JOBS_MAX);
    free(work);
}

static void error_of_the_lowest_job_is_returned(void)
{
    for (int round = 0; round < 60; round++) {
        for (int c = 0; c < CREWS; c++) {
            struct work *work = work_new();
            work->fail_at[0] = 41;
            work->fail_at[1] = 40;
            work->fail_at[2] = 44;
            check_run(crews[c], JOBS_MAX, work, FLOE_ENVIRONMENT);
            for (int i = 0; i < 40; i++) /* every job below it was done */
                if (!work->results[i].done) check_i64(i, -1);
            if (crews[c] <= 1) check_i64(work->begun, 41); /* and no later one was begun */
            free(work);
        }
    }
}

/* Job 0 ends badly, but only well after another one did. */
struct late {
    _Atomic int other_ended;
    enum floe_status of_first, of_other;
};

static enum floe_status late_job(void *context, uint64_t i, unsigned worker)
{
    struct late *late = context;
    const struct timespec a_moment = {0, 3000000};
    (void)worker;
    if (i > 0) {
        atomic_store(&late->other_ended, 1);
        return late->of_other;
    }
    while (!atomic_load(&late->other_ended))
        nanosleep(&a_moment, NULL);
    nanosleep(&a_moment, NULL);
    return late->of_first;
}

static void late_end_of_a_lower_job_wins(void)
{
    static const enum floe_status others[] = {FLOE_FULL, FLOE_CANCELLED};
    for (int i = 0; i < 2; i++) {
        struct floe_pool pool;
        struct late late = {0, FLOE_ENVIRONMENT, others[i]};
        if (!check(floe_pool_threads_init(&pool, 2) == FLOE_OK)) return;
        enum floe_status status = floe_pool_run(&pool, 100, late_job, &late);
        check_u64(status, FLOE_ENVIRONMENT);
    }
}

enum { TINY_JOBS = 300000 };

static enum floe_status tiny_job(void *context, uint64_t i, unsigned worker)
{
    (void)worker;
    ((unsigned char *)context)[i]++;
    return FLOE_OK;
}

static void every_job_is_done_once(void)
{
    struct floe_pool pool;
    unsigned char *times = calloc(TINY_JOBS, 1);
    int wrong = 0;
    check(floe_pool_threads_init(&pool, 3) == FLOE_OK);
    check(floe_pool_run(&pool, TINY_JOBS, tiny_job, times) == FLOE_OK);
    for (int i = 0; i < TINY_JOBS; i++)
        wrong += times[i] != 1;
    check_i64(wrong, 0);
    free(times);
}

static void error_comes_before_a_cancellation(void)
{
    for (int round = 0; round < 30; round++) {
        struct work *work = work_new();
        work->cancel_at = 8;
        work->fail_at[2] = 7;
        check_run(3, JOBS_MAX, work, FLOE_CHECK_FAILED);
        free(work);
    }
}

static void cancelling_keeps_what_is_finished(void)
{
    for (int c = 0; c < CREWS; c++) {
        struct work *work = work_new();
        struct work *whole = work_new();
        work->cancel_at = 30;
        check_run(crews[c], JOBS_MAX, work, FLOE_CANCELLED);
        check_run(SERIAL, JOBS_MAX, whole, FLOE_OK);
        int done = 0;
        for (int i = 0; i < JOBS_MAX; i++) {
            if (!work->results[i].done) continue;
            done++;
            check(memcmp(&work->results[i], &whole->results[i], sizeof whole->results[i]) == 0);
        }
        check(done >= 30);
        check(!work->results[30].done);
        check_i64(done, work->begun - 1);
        free(work);
        free(whole);
    }
}

static void no_jobs_and_few_jobs_are_fine(void)
{
    for (int c = 0; c < CREWS; c++) {
        struct work *work = work_new();
        check_run(crews[c], 0, work, FLOE_OK);
        check_i64(work->begun, 0);
        check_run(crews[c], 2, work, FLOE_OK);
        check_i64(work->begun, 2);
        free(work);
    }
}

static void numbers_of_threads_that_cannot_be_are_refused(void)
{
    struct floe_pool pool;
    check_u64(floe_pool_threads_init(&pool, 0), FLOE_BAD_USAGE);
    check_u64(floe_pool_threads_init(&pool, FLOE_POOL_WORKERS_MAX + 1), FLOE_BAD_USAGE);
    check_u64(floe_pool_threads_init(&pool, FLOE_POOL_WORKERS_MAX), FLOE_OK);
    check_u64(pool.n_workers, FLOE_POOL_WORKERS_MAX);
}

static void blocks_hold_64_replications(void)
{
    check_u64(floe_pool_blocks(0), 0);
    check_u64(floe_pool_blocks(1), 1);
    check_u64(floe_pool_blocks(64), 1);
    check_u64(floe_pool_blocks(65), 2);
    check_u64(floe_pool_blocks(UINT64_MAX), (UINT64_MAX >> 6) + 1);
}

static const struct test tests[] = {
    {"the result does not depend on 1, 2, 3 or 8 threads", result_does_not_depend_on_the_workers, FAST},
    {"worker numbers stay below the number of workers", worker_numbers_stay_below_the_number_of_workers, FAST},
    {"the error of the lowest job is returned", error_of_the_lowest_job_is_returned, FAST},
    {"the error of a lower job wins, however late it is", late_end_of_a_lower_job_wins, FAST},
    {"every job is done once", every_job_is_done_once, FAST},
    {"an error comes before a cancellation", error_comes_before_a_cancellation, FAST},
    {"cancelling keeps what is finished", cancelling_keeps_what_is_finished, FAST},
    {"no jobs and fewer jobs than threads are fine", no_jobs_and_few_jobs_are_fine, FAST},
    {"numbers of threads that cannot be are refused", numbers_of_threads_that_cannot_be_are_refused, FAST},
    {"a block holds 64 replications", blocks_hold_64_replications, FAST},
};

TEST_MAIN("pool", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scheduled jobs: tasks that come by the clock, not by chance. A job begins at the same time of every day or week; its
 * calls (tasks x calls per task) are spread evenly over `over`. Both forms of the mechanism:
 *   as events        job_task_ns, job_call_offset_ns: the instant of every task and call
 *   as expectations  job_tasks_before, job_calls_before: how many begin before an instant
 * and the two agree to the call: nothing is drawn.
 *
 * With N = n_tasks x calls_per_task calls in an occurrence that begins at s, call i (from 0) begins at
 * s + floor(i over / N); task k begins with its first call, k x calls_per_task. So `over: 60s` with 10 calls means a
 * call at 0, 6, ... 54 s.
 *
 * Limits: UTC; at most JOB_CALLS_MOST calls in an occurrence; an occurrence that began before the run's start is left
 * out whole; `over` is at most the period, so that two occurrences do not overlap. */
#ifndef FLOE_MODELS_JOB_H
#define FLOE_MODELS_JOB_H

#include "models/units.h"
#include "sim/base.h"

#define JOB_CALLS_MOST 1000000000 /* of one occurrence; no unit */
#define JOB_TEXT_BYTES 16

/* What follows from a demand that is a job; instants in ns since the run's start. */
struct job {
    int64_t first_ns, period_ns, over_ns;
    int64_t n_tasks, calls_per_task;
    int32_t weekday;  /* of occurrence 0, Monday = 0 */
    uint32_t days_on; /* bit d: it takes place on weekday d; a weekly job: all */
};

/* '03:58' or 'mon 03:58': seconds into the day or week, and 1 for a week; 0: not such a text. */
int job_at(const char *text, int64_t *into_s, int *is_weekly);

/* The job of a demand for a run that starts at `start_at_s`. into_s, is_weekly: of job_at. */
struct job job_derive(int64_t start_at_s, int64_t into_s, int is_weekly, double tasks_per_s, int64_t calls_per_task,
                      double over_s, uint32_t days_on);

FLOE_FN int job_takes_place(const struct job *job, int64_t occurrence)
{
    if (job->period_ns != (int64_t)S_PER_DAY * NS_PER_S) return 1;
    return (int)(job->days_on >> ((job->weekday + occurrence) % DAYS_PER_WEEK) & 1);
}

/* From the start of the occurrence to its call i; i = 0 .. N - 1, and N for the end. */
FLOE_FN int64_t job_offset_ns(const struct job *job, int64_t i)
{
    return (int64_t)((floe_i128)i * job->over_ns / (job->n_tasks * job->calls_per_task));
}

/* ---- as events ---- */

FLOE_FN int64_t job_task_ns(const struct job *job, int64_t occurrence, int64_t k)
{
    return job->first_ns + occurrence * job->period_ns + job_offset_ns(job, k * job->calls_per_task);
}

/* From the start of the task k of an occurrence to its call j. */
FLOE_FN int64_t job_call_offset_ns(const struct job *job, int64_t k, int64_t j)
{
    const int64_t first = k * job->calls_per_task;
    return job_offset_ns(job, first + j) - job_offset_ns(job, first);
}

/* ---- as expectations ---- */

/* The first index i with job_offset_ns(i) >= offset_ns, that is how many lie before it: floor(i over / N) < offset
 * <=> i < offset N / over. */
FLOE_FN int64_t job_index_at(const struct job *job, int64_t offset_ns)
{
    const int64_t all = job->n_tasks * job->calls_per_task;
    if (offset_ns <= 0) return 0;
    if (job->over_ns == 0) return all;
    const floe_i128 n = ((floe_i128)offset_ns * all + job->over_ns - 1) / job->over_ns;
    return n < all ? (int64_t)n : all;
}

/* The first call at or after an instant. */
FLOE_FN int64_t job_next_call_ns(const struct job *job, int64_t from_ns)
{
    int64_t occurrence = from_ns <= job->first_ns ? 0 : (from_ns - job->first_ns) / job->period_ns;
    const int64_t start_ns = job->first_ns + occurrence * job->period_ns;
    const int64_t i = job_index_at(job, from_ns - start_ns);
    if (job_takes_place(job, occurrence) && i < job->n_tasks * job->calls_per_task)
        return start_ns + job_offset_ns(job, i);
    occurrence++;
    while (!job_takes_place(job, occurrence))
        occurrence++;
    return job->first_ns + occurrence * job->period_ns;
}

/* Occurrences before number `n` that take place. */
FLOE_FN int64_t job_occurrences(const struct job *job, int64_t n)
{
    int64_t count = 0;
    if (job->period_ns != (int64_t)S_PER_DAY * NS_PER_S) return n;
    for (int64_t i = 0; i < DAYS_PER_WEEK; i++)
        count += job_takes_place(job, i) * ((n - i + DAYS_PER_WEEK - 1) / DAYS_PER_WEEK) * (i < n);
    return count;
}

/* Calls that begin before the instant. */
FLOE_FN int64_t job_calls_before(const struct job *job, int64_t until_ns)
{
    if (until_ns <= job->first_ns) return 0;
    const int64_t last = (until_ns - 1 - job->first_ns) / job->period_ns;
    const int64_t all = job->n_tasks * job->calls_per_task;
    const int64_t inside = job_takes_place(job, last)
                               ? job_index_at(job, until_ns - job->first_ns - last * job->period_ns)
                               : 0;
    return job_occurrences(job, last) * all + inside;
}

/* Tasks that begin before the instant: those whose first call does. */
FLOE_FN int64_t job_tasks_before(const struct job *job, int64_t until_ns)
{
    return (job_calls_before(job, until_ns) + job->calls_per_task - 1) / job->calls_per_task;
}

#endif

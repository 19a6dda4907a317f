/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tasks of a job one after the other, through all phases of a plan. */
#ifndef FLOE_MODELS_PLAN_JOBS_H
#define FLOE_MODELS_PLAN_JOBS_H

#include "models/plan.h"

/* The next task: the k-th of an occurrence. After plan_job_next it stands behind the task that was returned. */
struct job_state {
    int64_t occurrence, k;
    int32_t phase; /* whose job it is */
};

/* 0: there is none before the horizon. */
FLOE_FN int plan_job_next(const struct plan *plan, int32_t w, struct job_state *state, int64_t *at_ns)
{
    while (state->phase < plan->n_phases) {
        const struct job *job = &plan_load_of(plan, state->phase, w)->job;
        const struct plan_occurrences o = plan_occurrences_of(plan, state->phase, w);
        if (state->occurrence < o.first) state->occurrence = o.first;
        while (state->occurrence < o.end && (state->k == job->n_tasks || !job_takes_place(job, state->occurrence))) {
            state->occurrence++;
            state->k = 0;
        }
        if (state->occurrence < o.end) {
            *at_ns = job_task_ns(job, state->occurrence, state->k++);
            return 1;
        }
        state->phase++;
        state->occurrence = state->k = 0;
    }
    return 0;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on tasks that are graphs: their terms in every phase, and which load is which step. */
#include <stdio.h>
#include <string.h>

#include "models/plan_parts.h"

void plan_lay_out_tasks(struct plan *plan, uint64_t *bytes)
{
    plan->tasks_offset = plan_reserve(bytes, plan_has_graphs(plan) ? (uint64_t)(plan->n_phases * plan->n_homes) : 0,
                                      sizeof(struct task_terms));
}

static int has_same_steps(const struct workload *a, const struct workload *b)
{
    int is_same = a->n_task_steps == b->n_task_steps;
    for (int32_t j = 0; is_same && j < a->n_task_steps; j++)
        is_same = strcmp(a->task[j].name, b->task[j].name) == 0;
    return is_same;
}

enum floe_status plan_derive_tasks(struct plan *plan, const struct timeline *timeline, struct plan_fault *fault)
{
    struct task_terms *terms = (struct task_terms *)plan_writable(plan, plan->tasks_offset);
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const struct load load = scenario_load(timeline->phases[0], w);
        plan->workloads[w].home = load.index;
        plan->workloads[w].task_step = load.step_index;
    }
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_homes; w++) {
            const struct workload *now = &timeline->phases[phase]->workloads[w];
            if (!has_same_steps(now, &timeline->phases[0]->workloads[w])) {
                snprintf(fault->what, sizeof fault->what,
                         "a change cannot add steps to a task or take them away: make it a workload of its own");
                snprintf(fault->key, sizeof fault->key, "workloads.%s.task", now->name);
                return FLOE_BAD_INPUT;
            }
            if (now->n_task_steps > 0)
                task_derive(now->task, now->n_task_steps, terms + (ptrdiff_t)phase * plan->n_homes + w);
        }
    return FLOE_OK;
}

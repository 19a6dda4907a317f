/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loads: streams of calls of one kind, as plan and engines know them. A workload whose task is so many calls is one load.
 * A workload whose task is a graph is one for each step: the first step's stands at the workload's own index, the others
 * follow behind all workloads, in the order of the file. Tasks are counted at the workload's own index. */
#ifndef FLOE_MODELS_LOAD_H
#define FLOE_MODELS_LOAD_H

#include "models/scenario.h"

#define LOADS_MOST WORKLOADS_MOST /* workloads and further steps together */
#define LOAD_NAME_BYTES (2 * NAME_BYTES)

struct load {
    int32_t index; /* of the workload */
    const struct workload *workload;
    const struct task_step *step; /* NULL: it has no graph */
    int32_t step_index;           /* -1: it has no graph */
};

#if defined(__cplusplus)
extern "C" {
#endif

int32_t scenario_n_loads(const struct scenario *scenario);
struct load scenario_load(const struct scenario *scenario, int32_t load);

/* Where its keys stand below `workloads.`: `ticket`, or `ticket.task.search`. */
void load_name(struct load load, char name[LOAD_NAME_BYTES]);
const char *load_model(struct load load);
struct tokens load_tokens(struct load load);

#if defined(__cplusplus)
}
#endif

#endif

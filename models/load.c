/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/load.h"

#include <stdio.h>

static int32_t further_steps(const struct workload *workload)
{
    return workload->n_task_steps > 1 ? workload->n_task_steps - 1 : 0;
}

int32_t scenario_n_loads(const struct scenario *scenario)
{
    int32_t n = scenario->n_workloads;
    for (int32_t w = 0; w < scenario->n_workloads; w++)
        n += further_steps(&scenario->workloads[w]);
    return n;
}

struct load scenario_load(const struct scenario *scenario, int32_t load)
{
    struct load at = {load, NULL, NULL, -1};
    int32_t step = 0;
    if (load >= scenario->n_workloads) {
        int32_t behind = load - scenario->n_workloads;
        at.index = 0;
        while (behind >= further_steps(&scenario->workloads[at.index]))
            behind -= further_steps(&scenario->workloads[at.index++]);
        step = behind + 1;
    }
    at.workload = &scenario->workloads[at.index];
    if (at.workload->n_task_steps == 0) return at;
    at.step = &at.workload->task[step];
    at.step_index = step;
    return at;
}

void load_name(struct load load, char name[LOAD_NAME_BYTES])
{
    if (load.step == NULL)
        (void)snprintf(name, LOAD_NAME_BYTES, "%s", load.workload->name);
    else
        (void)snprintf(name, LOAD_NAME_BYTES, "%.95s.task.%.47s", load.workload->name, load.step->name);
}

const char *load_model(struct load load)
{
    return load.step != NULL && load.step->model[0] != '\0' ? load.step->model : load.workload->model;
}

struct tokens load_tokens(struct load load)
{
    struct tokens tokens = load.workload->tokens;
    if (load.step == NULL) return tokens;
    const struct task_tokens *own = &load.step->tokens;
    if (token_law_is_given(&own->input)) tokens.input = own->input;
    if (token_law_is_given(&own->output)) tokens.output = own->output;
    if (token_law_is_given(&own->input) || token_law_is_given(&own->output)) tokens.trace.index = -1;
    if (own->prefix_tok != PARAM_ABSENT) tokens.prefix.prefix_tok = own->prefix_tok;
    if (own->max_output_tok != PARAM_ABSENT) tokens.max_output_tok = own->max_output_tok;
    return tokens;
}

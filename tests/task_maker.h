/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Steps of a task, built as structs, as the reader would leave them. */
#ifndef FLOE_TESTS_TASK_MAKER_H
#define FLOE_TESTS_TASK_MAKER_H

#include <stdio.h>
#include <string.h>

#include "models/task.h"

static inline struct token_law law_not_given(void)
{
    struct token_law law;
    memset(&law, 0, sizeof law);
    law.mean = law.median = law.p95 = law.cv = PARAM_ABSENT;
    return law;
}

/* One call, essential, once. */
static inline struct task_step step_of(const char *name)
{
    struct task_step step;
    memset(&step, 0, sizeof step);
    snprintf(step.name, sizeof step.name, "%s", name);
    step.needs = step.needed = -1;
    step.calls = 1;
    step.times.count = step.times.most = -1;
    step.times.mean = PARAM_ABSENT;
    step.is_essential = 1;
    step.tokens.input = step.tokens.output = law_not_given();
    step.hedge.after_s = step.hedge.quantile_share = PARAM_ABSENT;
    step.tokens.prefix_tok = step.tokens.max_output_tok = PARAM_ABSENT;
    return step;
}

static inline void step_after(struct task_step *step, const char *name)
{
    char *to = step->after[step->n_after++].name;
    memmove(to, name, strlen(name) + 1); /* it may be the name of a step beside it */
}

#endif

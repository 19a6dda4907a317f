/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario says its result will be: the `expect:` rows, one metric of some cells each. `floe run --expect` and
 * the tests compare them with the result table; a lesson that stops being true fails.
 *
 * A row holds for every cell that it does not rule out: an empty workload or route means each of them. With `step` it is
 * about that step of the cells' chains; with `task_step` about that step of the task, and the first of its chain. */
#ifndef FLOE_MODELS_EXPECT_H
#define FLOE_MODELS_EXPECT_H

#include "models/result.h"

struct expect {
    char workload[NAME_BYTES];  /* "": every workload */
    char route[NAME_BYTES];     /* "": every route */
    char variant[NAME_BYTES];   /* VARIANT_BASE unless said */
    char window[NAME_BYTES];    /* WINDOW_ALL unless said */
    char task_step[NAME_BYTES]; /* of a task that is a graph; "": it is none */
    int32_t step;               /* 0: of the cell; 1 is the first step of its chain */
    enum metric metric;
    enum step_metric step_metric; /* of a step */
    double low, high;             /* holds when low <= mean <= high */
    char text[96];                /* the value as YAML: `5.00`, `300 to 400`, `{value: 5.00, within: 1%}` */
    char file[PATH_BYTES];
    int32_t line, column;
};

struct expects {
    struct expect *items;
    int32_t n, capacity;
};

const char *expect_metric_name(const struct expect *expect);

#endif

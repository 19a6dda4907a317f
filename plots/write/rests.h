/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which inputs a cell rests on: those of its own workload, route, window, key and models (those that it bought of, also
 * after a switch), and those of the whole scenario (time, the gateway, the policy for missing prices; settings and
 * changes, of which nobody can say from the path alone whom they reach). The paths tell: "workloads.replay.demand.tasks" is the workload replay's.
 *
 * Left out: an optional input that nobody gave; names for people (titles, units), which no number depends on; the price
 * of a token class of which the cell has no tokens (but never the price of uncached input, which may stand in for a
 * cache price that nobody stated).
 *
 * Names may contain dots. A path belongs to the longest name of its table that fits, so that of the workloads `a` and
 * `a.b` the path workloads.a.b.tokens belongs to `a.b`; a workload `a` with a key called `b` cannot be meant, since
 * keys of a block are not names. */
#ifndef FLOE_PLOTS_WRITE_RESTS_H
#define FLOE_PLOTS_WRITE_RESTS_H

#include "models/result.h"

struct rests {
    const struct result *result;
    const struct result_cell *cell;
    int32_t n_models; /* those that the cell bought of */
    const char *models[MODELS_MOST];
};

/* A walk over the usage table: once per cell. Valid as long as the result. */
struct rests rests_of(const struct result *result, const struct result_cell *cell);
/* 1: the numbers of the cell depend on this input. */
int rests_on(const struct rests *rests, const struct input *input);

#endif

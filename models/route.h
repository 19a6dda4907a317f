/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A route: a serving surface. This file knows one kind, serverless: pay per token, no capacity limit, a chain of one
 * step with a model from the price book. A call takes a constant time until latency itself is modelled. */
#ifndef FLOE_MODELS_ROUTE_H
#define FLOE_MODELS_ROUTE_H

#include "models/param.h"
#include "models/prompt_cache.h"
#include "models/units.h"

#define ROUTES_MOST 16
#define CHAIN_STEPS_MOST 1
#define MODEL_FROM_WORKLOAD "from workload"

enum route_kind { ROUTE_SERVERLESS };

struct chain_step {
    char model[NAME_BYTES]; /* "from workload": the model that the workload names */
};

struct route {
    char name[NAME_BYTES];
    int32_t kind;
    double call_s; /* from a call's start to its answer */
    struct prompt_cache prompt_cache;
    int32_t n_steps;
    struct chain_step chain[CHAIN_STEPS_MOST];
};

extern const struct param_block chain_step_block, route_block;

#endif

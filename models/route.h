/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A route: a serving surface. This file knows one kind, serverless: pay per token, and a chain of models that are tried
 * in order. A call takes a constant time until latency itself is modelled. */
#ifndef FLOE_MODELS_ROUTE_H
#define FLOE_MODELS_ROUTE_H

#include "models/attempt.h"
#include "models/availability.h"
#include "models/breaker.h"
#include "models/hedge.h"
#include "models/param.h"
#include "models/prompt_cache.h"
#include "models/quota.h"
#include "models/retry.h"
#include "models/units.h"

#define ROUTES_MOST 16
#define CHAIN_STEPS_MOST 5
#define QUOTAS_MOST 8
#define REGION_BYTES 32
#define MODEL_FROM_WORKLOAD "from workload"

enum route_kind { ROUTE_SERVERLESS };

/* What of the step before leads to a step. */
struct step_cause {
    int32_t end; /* enum attempt_end, from ATTEMPT_THROTTLED on: 0 is that */
};

struct chain_step {
    char model[NAME_BYTES];    /* "from workload": the model that the workload names */
    char region[REGION_BYTES]; /* "": not said */
    int32_t n_when;
    struct step_cause when[ATTEMPT_ENDS - 1]; /* none: every failure */
    double error_share;                       /* of the attempts that fail on their own */
    struct availability availability;         /* of this step's provider, beside the route's */
    struct breaker breaker;
};

/* `model`, or `model@region`: how quotas and outages are named. size: NAME_BYTES + REGION_BYTES. */
void chain_step_place(const struct chain_step *step, const char *model, char *place, size_t size);
/* The model of such a name. */
void place_model(const char *place, char model[NAME_BYTES]);

/* The causes as ATTEMPT_BITs. */
uint32_t chain_step_when(const struct chain_step *step);

struct route {
    char name[NAME_BYTES];
    int32_t kind;
    double call_s; /* from an attempt's start to its answer, where no latency is given */
    struct latency latency;
    struct hedge hedge;
    struct availability availability; /* of what all its steps stand on */
    int32_t n_retries;
    struct retry_layer retries[RETRY_LAYERS_MOST]; /* innermost first */
    int64_t layers_per_step;                       /* -1: all of them run within a step of the chain */
    int32_t n_quotas;
    struct quota quotas[QUOTAS_MOST]; /* by model */
    struct prompt_cache prompt_cache;
    int32_t n_steps;
    struct chain_step chain[CHAIN_STEPS_MOST];
};

extern const struct param_block step_cause_block, chain_step_block, route_block;

#endif

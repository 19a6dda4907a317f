/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/route.h"

#include "models/param_rows.h"

static const char *const kind_names[] = {"serverless", NULL};

static const struct param step_rows[] = {
    TEXT("model", chain_step, model, MODEL_FROM_WORKLOAD, PARAM_PLAIN,
         "a model of the price book, or `from workload`: the one that the workload names"),
};
const struct param_block chain_step_block = {
    .name = "chain step", ROWS(step_rows), .size = sizeof(struct chain_step), .scalar_key = "model"};

static const struct param route_rows[] = {
    CHOICE("kind", route, kind, kind_names, "serverless", "serverless: pay per token, no capacity limit"),
    NUMBER("call_duration", route, call_s, UNIT_S, 0, S_PER_DAY, "1s", PARAM_PLAIN,
           "from a call's start to its answer, the same for every call"),
    BLOCK("prompt_cache", route, prompt_cache, prompt_cache_block, PARAM_OPTIONAL,
          "the provider's prompt cache: {rules: bedrock-claude, points: [system], ttl: 5min}"),
    MANY(PARAM_LIST, "chain", route, chain, n_steps, CHAIN_STEPS_MOST, chain_step_block, PARAM_REQUIRED,
         "the models tried in order; this version takes one step"),
};
const struct param_block route_block = {.name = "route", ROWS(route_rows), .size = sizeof(struct route)};

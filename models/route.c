/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/route.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

static const char *const kind_names[] = {"serverless", NULL};

/* In the order of enum attempt_end, without ATTEMPT_OK. */
static const char *const cause_names[] = {"throttle", "error", "timeout", "refused", NULL};

static const struct param cause_rows[] = {
    CHOICE("end", step_cause, end, cause_names, PARAM_REQUIRED, "throttle, error, timeout or refused"),
};
const struct param_block step_cause_block = {
    .name = "cause", ROWS(cause_rows), .size = sizeof(struct step_cause), .scalar_key = "end"};

void chain_step_place(const struct chain_step *step, const char *model, char *place, size_t size)
{
    (void)snprintf(place, size, step->region[0] != '\0' ? "%s@%s" : "%s", model, step->region);
}

void place_model(const char *place, char model[NAME_BYTES])
{
    (void)snprintf(model, NAME_BYTES, "%.*s", (int)strcspn(place, "@"), place);
}

uint32_t chain_step_when(const struct chain_step *step)
{
    uint32_t when = 0;
    for (int32_t i = 0; i < step->n_when; i++)
        when |= ATTEMPT_BIT(step->when[i].end + 1);
    return when != 0 ? when : ATTEMPT_ANY_FAILURE;
}

static const struct param step_rows[] = {
    TEXT("model", chain_step, model, MODEL_FROM_WORKLOAD, PARAM_PLAIN,
         "a model of the price book, or `from workload`: the one that the workload names"),
    TEXT("region", chain_step, region, PARAM_OPTIONAL, PARAM_PLAIN,
         "where the model is asked: eu-west-1. Another region has a quota (`model@region`), outages and a prompt cache "
         "of its "
         "own; prices and latency are those of the model and the route"),
    MANY(PARAM_LIST, "when", chain_step, when, n_when, ATTEMPT_ENDS - 1, step_cause_block, PARAM_OPTIONAL,
         "how the step before must end for a call to come here: [throttle, timeout]; without it any failure"),
    NUMBER("errors", chain_step, error_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the attempts that the provider fails on its own, each independently of the others"),
    BLOCK("availability", chain_step, availability, availability_block, PARAM_OPTIONAL,
          "errors and outages of this model alone: {mtbf: 30d, mttr: 43min}"),
    BLOCK("breaker", chain_step, breaker, breaker_block, PARAM_OPTIONAL,
          "a circuit breaker: after calls that failed in a row the step is skipped for a while: {failures: 5, open: "
          "30s}"),
};
const struct param_block chain_step_block = {
    .name = "chain step", ROWS(step_rows), .size = sizeof(struct chain_step), .scalar_key = "model"};

static const struct param route_rows[] = {
    CHOICE("kind", route, kind, kind_names, "serverless", "serverless: pay per token, no capacity limit"),
    NUMBER("call_duration", route, call_s, UNIT_S, 0, S_PER_DAY, "1s", PARAM_PLAIN,
           "from an attempt's start to its end, the same for every one; `latency` says more"),
    BLOCK(
        "latency", route, latency, latency_block, PARAM_OPTIONAL,
        "how long attempts take, part by part: {network: 40ms, ttft: {mean: 1.2s, p95: 3s}, tpot: 15ms, timeout: 30s}"),
    BLOCK("hedge", route, hedge, hedge_block, PARAM_OPTIONAL,
          "a second attempt for those that take long, the first answer wins: {quantile: 95%, loser: cancel}"),
    BLOCK("availability", route, availability, availability_block, PARAM_OPTIONAL,
          "errors and outages that meet every step: {uptime: 99.9%, from_outages: 50%, mttr: 20min}"),
    MANY(PARAM_LIST, "retries", route, retries, n_retries, RETRY_LAYERS_MOST, retry_layer_block, PARAM_OPTIONAL,
         "what retries a failed attempt, innermost first: [botocore-legacy, strands]; without it nothing does"),
    COUNT(
        "layers_per_step", route, layers_per_step, 0, RETRY_LAYERS_MOST, PARAM_OPTIONAL,
        "how many of the retry layers run within one step of the chain; those above retry the whole chain. Without it "
        "all; 1: fall over on the first exception that surfaces"),
    MANY(PARAM_MAP, "quotas", route, quotas, n_quotas, QUOTAS_MOST, quota_block, PARAM_OPTIONAL,
         "how much the provider lets through, by model: {nova-pro: 2 Mtok/min}"),
    BLOCK("prompt_cache", route, prompt_cache, prompt_cache_block, PARAM_OPTIONAL,
          "the provider's prompt cache: {rules: bedrock-claude, points: [system], ttl: 5min}"),
    MANY(PARAM_LIST, "chain", route, chain, n_steps, CHAIN_STEPS_MOST, chain_step_block, PARAM_REQUIRED,
         "the models tried in order, five at most: [nova-pro, {model: claude-sonnet-4-6, when: [throttle]}]"),
};

static int route_check(const void *block, struct complaint *c)
{
    const struct route *route = (const struct route *)block;
    return hedge_fits(&route->hedge, &route->latency, c);
}
const struct param_block route_block = {
    .name = "route", ROWS(route_rows), .size = sizeof(struct route), .check = route_check};

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/retry.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"
#include "models/retry_hourly.h"

static const char *const said_names[] = {"preset", "true", "false", NULL};
static const char *const jitter_names[] = {"preset", "none", "full", "upper_quarter", "added", NULL};
static const char *const honour_names[] = {"preset", "ignored", "or_backoff", "or_stop", "near", NULL};

#define SAID(K, F, HELP) CHOICE(K, retry_layer, F, said_names, PARAM_OPTIONAL, HELP)
#define WAIT(K, F, HELP) NUMBER(K, retry_layer, F, UNIT_S, 0, RETRY_WAIT_MOST_S, PARAM_OPTIONAL, PARAM_PLAIN, HELP)
#define TOKENS(K, F, HELP) NUMBER(K, retry_layer, F, UNIT_NONE, 0, 1e9, PARAM_OPTIONAL, PARAM_PLAIN, HELP)

static const struct param rows[] = {
    CHOICE("preset", retry_layer, preset, retry_preset_names, PARAM_OPTIONAL,
           "what a known client does, every other key here goes before it; custom: nothing is known"),
    COUNT("attempts", retry_layer, attempts, 1, RETRY_ATTEMPTS_MOST, PARAM_OPTIONAL,
          "tries in all, the first one included"),
    WAIT("base", base_s, "wait before the first retry, before jitter"),
    WAIT("error_base", error_base_s, "the same after anything but a throttle; absent: as `base`, or the preset's"),
    NUMBER("factor", retry_layer, factor, UNIT_NONE, 1, 100, PARAM_OPTIONAL, PARAM_PLAIN,
           "each wait is this many times the one before"),
    WAIT("cap", cap_s, "the longest wait, before jitter (with `jitter: added`: after it)"),
    CHOICE("jitter", retry_layer, jitter, jitter_names, PARAM_OPTIONAL,
           "none; full: 0 to 100% of the wait; upper_quarter: 75% to 100%; added: up to `base` on top"),
    SAID("retry_throttles", on_throttle, "whether a throttle is retried"),
    SAID("retry_errors", on_error, "whether a server error or a dropped connection is retried"),
    SAID("retry_timeouts", on_timeout, "whether the client's own timeout is retried"),
    SAID("retry_refusals", on_refusal, "whether a request that is wrong (4xx) is retried all the same"),
    CHOICE("retry_after", retry_layer, honours, honour_names, PARAM_OPTIONAL,
           "the wait that a provider asks for: ignored; or_backoff, or_stop: kept to up to `retry_after_most`, beyond "
           "it the own wait, or no retry; near: clipped to the own wait and 5 s more"),
    WAIT("retry_after_most", honour_most_s, "the longest Retry-After that is kept to"),
    NUMBER("deadline", retry_layer, deadline_s, UNIT_S, 0, RETRY_WAIT_MOST_S, PARAM_OPTIONAL, PARAM_PLAIN,
           "no retry begins later than this after the layer's first try"),
    TOKENS("budget", budget_tok, "size of the client's retry token bucket, full at the start; 0: none"),
    TOKENS("throttle_cost", throttle_cost_tok, "what a retry after a throttle takes from it"),
    TOKENS("error_cost", error_cost_tok, "what a retry after an error takes"),
    TOKENS("timeout_cost", timeout_cost_tok, "what a retry after a timeout takes"),
    SAID("refund", refunds, "whether a success after retries gives the last retry's cost back"),
    TOKENS("per_success", success_tok, "what a success at the first try puts in: 1 (botocore)"),
    TOKENS("per_request", request_tok, "what every request puts in: 0.1 lets a tenth of the requests be retries"),
    WAIT("cooldown", cooldown_s, "a router sends nothing to a failing deployment for this long"),
    COUNT("deployments", retry_layer, deployments, 1, 1000, "1",
          "of the router's group: a single one cools down only when all of at least 1,000 attempts of a minute failed"),
    FLAG("logs", retry_layer, is_logged, "false",
         "the logs see what surfaces from this layer; no layer says so: from the first one"),
};

static double chosen(double said, double by_rule)
{
    return said != PARAM_ABSENT ? said : by_rule;
}

static int is_said(double value)
{
    return value != PARAM_ABSENT;
}

static int check_costs(const struct retry_layer *layer, const struct retry_rule *rule, struct complaint *c)
{
    static const char *const keys[] = {"throttle_cost", "error_cost", "timeout_cost"};
    const double budget = chosen(layer->budget_tok, rule->budget_tok);
    const double said[] = {layer->throttle_cost_tok, layer->error_cost_tok, layer->timeout_cost_tok};
    const double costs[] = {chosen(said[0], rule->throttle_cost_tok), chosen(said[1], rule->error_cost_tok),
                            chosen(said[2], rule->timeout_cost_tok)};
    for (int i = 0; i < 3; i++) {
        if (budget == 0 && is_said(said[i]))
            return complain(c, keys[i], "without a budget a retry costs nothing", "for example `budget: 500`");
        if (budget > 0 && costs[i] > budget)
            return complain(c, "budget", "a retry costs more than the budget holds, so none would ever happen",
                            "a larger budget; or leave such retries out, for example `retry_timeouts: false`");
    }
    if (budget == 0 && (is_said(layer->success_tok) || is_said(layer->request_tok) || layer->refunds == RETRY_TRUE))
        return complain(c, "budget", "there is no budget to put anything in", "for example `budget: 500`");
    return 1;
}

static int retry_layer_check(const void *block, struct complaint *c)
{
    const struct retry_layer *layer = (const struct retry_layer *)block;
    const struct retry_rule *rule = &retry_rules[layer->preset];
    const int is_custom = layer->preset == RETRY_CUSTOM;
    if (is_custom && layer->attempts == (int64_t)PARAM_ABSENT)
        return complain(c, "attempts", "a layer without a preset needs `attempts`",
                        "for example botocore-legacy, or {attempts: 3, base: 1s}");
    if (is_custom && !is_said(layer->base_s) && layer->attempts > 1)
        return complain(c, "base", "a layer without a preset needs `base`", "`base: 0s` retries at once");
    if (layer->preset == RETRY_NONE && layer->attempts > 1)
        return complain(c, "attempts", "the preset `none` does not retry", "leave `preset` out and give `base`");
    if (is_said(layer->cap_s) && layer->cap_s < chosen(layer->base_s, rule->base_s))
        return complain(c, "cap", "the longest wait is shorter than the first", "a `cap` of at least `base`");
    if (layer->deployments > 1 && chosen(layer->cooldown_s, rule->cooldown_s) == 0)
        return complain(c, "deployments", "only a layer with a cooldown has deployments", "for example `cooldown: 5s`");
    return check_costs(layer, rule, c);
}

const struct param_block retry_layer_block = {.name = "retry layer",
                                              ROWS(rows),
                                              .size = sizeof(struct retry_layer),
                                              .scalar_key = "preset",
                                              .check = retry_layer_check};

/* ---- derived ---- */

static int says(int32_t said, int by_rule)
{
    return said == RETRY_AS_PRESET ? by_rule : said == RETRY_TRUE;
}

static uint32_t retried_of(const struct retry_layer *layer, const struct retry_rule *rule)
{
    const int32_t said[ATTEMPT_ENDS] = {[ATTEMPT_THROTTLED] = layer->on_throttle,
                                        [ATTEMPT_FAILED] = layer->on_error,
                                        [ATTEMPT_TIMED_OUT] = layer->on_timeout,
                                        [ATTEMPT_REFUSED] = layer->on_refusal};
    uint32_t retried = 0;
    for (int e = ATTEMPT_OK + 1; e < ATTEMPT_ENDS; e++)
        if (says(said[e], (rule->retried & ATTEMPT_BIT(e)) != 0)) retried |= ATTEMPT_BIT(e);
    return retried;
}

static void derive_bucket(const struct retry_layer *layer, const struct retry_rule *rule, struct retry_loop *loop)
{
    const double error = chosen(layer->error_cost_tok, rule->error_cost_tok);
    loop->budget_tok = chosen(layer->budget_tok, rule->budget_tok);
    loop->cost_tok[ATTEMPT_THROTTLED] = chosen(layer->throttle_cost_tok, rule->throttle_cost_tok);
    loop->cost_tok[ATTEMPT_FAILED] = loop->cost_tok[ATTEMPT_REFUSED] = error;
    loop->cost_tok[ATTEMPT_TIMED_OUT] = chosen(layer->timeout_cost_tok, rule->timeout_cost_tok);
    loop->refunds = says(layer->refunds, rule->refunds);
    loop->success_tok = chosen(layer->success_tok, rule->success_tok);
    loop->request_tok = chosen(layer->request_tok, rule->request_tok);
}

static void derive_loop(const struct retry_layer *layer, struct retry_loop *loop)
{
    const struct retry_rule *rule = &retry_rules[layer->preset];
    const double base_s = chosen(layer->base_s, rule->base_s);
    const double by_rule_s = is_said(layer->base_s) ? PARAM_ABSENT : rule->error_base_s;
    const double error_base_s = chosen(chosen(layer->error_base_s, by_rule_s), base_s);
    const double cap_s = chosen(layer->cap_s, rule->cap_s), cooldown_s = chosen(layer->cooldown_s, rule->cooldown_s);
    loop->attempts = (int32_t)(layer->attempts != (int64_t)PARAM_ABSENT ? layer->attempts : rule->attempts);
    loop->retried = retried_of(layer, rule);
    loop->jitter = layer->jitter > 0 ? layer->jitter - 1 : (int32_t)rule->jitter;
    loop->honours = layer->honours > 0 ? layer->honours - 1 : (int32_t)rule->honours;
    loop->honour_most_s = chosen(layer->honour_most_s, rule->honour_most_s > 0 ? rule->honour_most_s : S_PER_MIN);
    loop->is_adaptive = rule->is_adaptive;
    for (int e = ATTEMPT_OK + 1; e < ATTEMPT_ENDS; e++)
        loop->base_s[e] = e == ATTEMPT_THROTTLED ? base_s : error_base_s;
    loop->factor = chosen(layer->factor, rule->factor);
    loop->cap_s = cap_s > base_s ? cap_s : base_s;
    loop->deadline_s = layer->deadline_s;
    loop->deadline_ns = is_said(layer->deadline_s) ? retry_ns(layer->deadline_s) : RETRY_NO_DEADLINE;
    loop->cooldown_ns = retry_ns(cooldown_s);
    loop->is_alone = layer->deployments <= 1;
    derive_bucket(layer, rule, loop);
}

void retry_derive(const struct retry_layer *layers, int32_t n_layers, int32_t below_chain, struct retry_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    terms->n_loops = n_layers;
    terms->below_chain = below_chain < 0 || below_chain > n_layers ? n_layers : below_chain;
    for (int32_t i = 0; i < n_layers; i++)
        derive_loop(&layers[i], &terms->loops[i]);
    for (int32_t i = n_layers - 1; i >= 0; i--)
        if (layers[i].is_logged) terms->log_loop = i;
}

const char *const retry_doubts[RETRY_DOUBTS] = {
    "a retry token bucket is near its turning point, or several are empty: use the events engine",
    "a retry deadline falls among waits that spread: use the events engine",
    "an adaptive client limits its sending rate, which the hourly form does not know: use the events engine",
    "a router's cooldown stops a part of the calls, which the hourly form does not know: use the events engine",
    "retries meet a small quota, or come back quickly against its pace: use the events engine",
};

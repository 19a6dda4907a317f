/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/hash.h"

#define COUNT_ROW(name, help)                                                                                          \
    {                                                                                                                  \
        name, METRIC_UNIT_COUNT, help                                                                                  \
    }
#define TOK_ROW(name, help)                                                                                            \
    {                                                                                                                  \
        "tokens." name, METRIC_UNIT_TOK, help                                                                          \
    }
#define COST_ROW(name, help)                                                                                           \
    {                                                                                                                  \
        "cost_usd." name, METRIC_UNIT_USD, help                                                                        \
    }

#define TASK_ROW(name, help)                                                                                           \
    {                                                                                                                  \
        "task_latency_s." name, METRIC_UNIT_S, help                                                                    \
    }
#define TIME_ROW(name, help)                                                                                           \
    {                                                                                                                  \
        "latency_s." name, METRIC_UNIT_S, help                                                                         \
    }

const char *const step_metric_names[STEP_N] = {
    "calls",    "attempts",  "billed",           "invocations",   "throttles", "errors",
    "timeouts", "cancelled", "logged_throttles", "logged_errors", "kept_away", "cost_usd"};

const struct metric_row metric_rows[METRIC_N] = {
    COUNT_ROW("tasks", "tasks that arrived"),
    COUNT_ROW("accepted", "tasks that passed every gate the workload declares"),
    COUNT_ROW("failed", "tasks that did not"),
    COUNT_ROW("tasks_in_flight", "tasks not ended at the horizon"),
    COUNT_ROW("calls", "what the app asked of a model"),
    COUNT_ROW("cache_hits", "calls answered by the response cache"),
    COUNT_ROW("stale_served", "calls answered by a stale entry"),
    COUNT_ROW("denied", "calls refused by a budget"),
    COUNT_ROW("upstream", "calls that went to a provider"),
    COUNT_ROW("attempts", "requests over the wire"),
    COUNT_ROW("billed", "attempts that the provider bills"),
    COUNT_ROW("invocations", "successful attempts"),
    COUNT_ROW("throttles", "attempts refused by a quota"),
    COUNT_ROW("errors", "attempts that failed"),
    COUNT_ROW("timeouts", "attempts given up"),
    COUNT_ROW("cancelled", "attempts cancelled by the client"),
    COUNT_ROW("in_flight", "attempts not ended at the horizon"),
    COUNT_ROW("refreshes", "attempts of refills in a grace window, that no call waits for"),
    COUNT_ROW("wrong_answers", "cache hits of a semantic cache that answer something else"),
    COUNT_ROW("denied_over_budget", "of the denied: over budget (429); the rest were not allowed at all (403)"),
    COUNT_ROW("answered", "calls upstream that got an answer"),
    COUNT_ROW("logged_throttles", "throttles that surfaced from the innermost retry layer: what logs see"),
    COUNT_ROW("logged_errors", "other failures that surfaced from the innermost retry layer"),
    COUNT_ROW("partial", "of the accepted: tasks of which an optional step failed"),
    COUNT_ROW("asked_again", "tasks whose user had asked for the same before"),
    COUNT_ROW("given_up", "failed tasks whose user does not ask again, where users may"),
    TIME_ROW("mean", "from a call's start to its answer, of answered calls: retry_wait + queue + ttft + generation"),
    TIME_ROW("retry_wait_mean", "its failed attempts and the waits behind them"),
    TIME_ROW("queue_mean", "network and queue of the attempt that was answered"),
    TIME_ROW("ttft_mean", "to the first token, without network and queue"),
    TIME_ROW("generation_mean", "from the first token to the last"),
    TASK_ROW("mean", "from a task's arrival to its end, of accepted tasks"),
    TIME_ROW("p50", "half of the answered calls are faster"),
    TIME_ROW("p95", "measured; percentiles of parts do not add up to it"),
    TIME_ROW("p99", "measured"),
    TASK_ROW("p50", "half of the accepted tasks are faster"),
    TASK_ROW("p95", "measured"),
    TASK_ROW("p99", "measured"),
    TOK_ROW("input_uncached", "input tokens at the full price"),
    TOK_ROW("cache_read", "input tokens read from the provider's prompt cache"),
    TOK_ROW("cache_write_5m", "input tokens written to it for 5 min"),
    TOK_ROW("cache_write_1h", "input tokens written to it for 1 h"),
    TOK_ROW("output", "output tokens"),
    COST_ROW("total", "sum of the ledgers but migration"),
    COST_ROW("inference", "tokens of all billed attempts"),
    COST_ROW("idle", "paid capacity that served nothing"),
    COST_ROW("eval", "graders and checks"),
    COST_ROW("human", "review, escalation, repair"),
    COST_ROW("ops", "on-call, monitoring, upkeep"),
    COST_ROW("reconciliation", "invoice less model"),
    COST_ROW("migration", "beside the total, never inside it"),
    {"lcpr_usd", METRIC_UNIT_USD_PER_ACCEPTED, "loaded cost per accepted result: cost / accepted"},
    {"service_credits_usd", METRIC_UNIT_USD,
     "what the provider gives back for errors, by month; never inside the cost"},
};

const struct doubt_row doubt_rows[HOURLY_DOUBTS] = {
    {"response_cache",
     "the hourly engine doubts its hits: the step is coarse for the cache's TTL, capacity or grace window; "
     "a shorter time.step or `--engine events` knows better"},
    {"prompt_cache",
     "the hourly engine doubts its prompt cache: its calls come neither by chance nor evenly, or the lag "
     "is long; `--engine events` knows better"},
    {"budget", "the hourly engine doubts its denials: a budget is worth few calls, or its windows are short; "
               "`--engine events` knows better"},
    {"replay", "the hourly engine takes a replayed trace past keys and caches; use `--engine events`"},
    {"retries", "the hourly engine doubts its retries: a retry budget between full and empty, deadlines, cooldowns, or "
                "waits that stay in step under a quota; `--engine events` knows better"},
    {"quota",
     "the hourly engine doubts its throttles: the load is near a quota, or retries keep it in one of two states; "
     "`--engine events` knows better"},
    {"outage", "the hourly engine spreads outages evenly, and something here answers to them (retries, quotas, "
               "fallbacks, bands of service credits); `--engine events` knows better"},
    {"task",
     "the hourly engine doubts its tasks: they last long for a step of `time.step`, or steps begin or not by who is "
     "faster; `--engine events` knows better"},
    {"overload",
     "the hourly engine doubts how demand reacts: users who ask again can keep an overload alive, or a user's patience "
     "ends about when tasks do; `--engine events` knows better"},
    {"hedge",
     "the hourly engine takes an attempt and its hedge as independent, and they are not here (a quota, an outage, "
     "retries of long answers); `--engine events` knows better"},
    {"breaker",
     "the hourly engine takes failures and calls to come one by one, and a circuit breaker here sees them come "
     "together (outages, quotas, calls at once); `--engine events` knows better"},
};

int metric_find(const char *name, enum metric *metric)
{
    if (strcmp(name, "cost_usd") == 0) name = metric_rows[METRIC_COST_TOTAL].name;
    for (int i = 0; i < METRIC_N; i++)
        if (strcmp(metric_rows[i].name, name) == 0) {
            *metric = (enum metric)i;
            return 1;
        }
    return 0;
}

int step_metric_find(const char *name, enum step_metric *metric)
{
    for (int i = 0; i < STEP_N; i++)
        if (strcmp(step_metric_names[i], name) == 0) {
            *metric = (enum step_metric)i;
            return 1;
        }
    return 0;
}

const char *expect_metric_name(const struct expect *expect)
{
    return expect->step > 0 ? step_metric_names[expect->step_metric] : metric_rows[expect->metric].name;
}

const char *result_workload(const struct result *result, int32_t workload)
{
    return result->scenario->workloads[workload].name;
}

static const struct consumer *consumer_of(const struct result *result, int32_t variant, int32_t workload)
{
    return &result->scenarios[variant]->workloads[workload].consumer;
}

const char *result_consumer(const struct result *result, int32_t variant, int32_t workload)
{
    const struct consumer *consumer = consumer_of(result, variant, workload);
    return consumer->name[0] != '\0' ? consumer->name : result_workload(result, workload);
}

const char *result_key(const struct result *result, int32_t variant, int32_t workload)
{
    const struct consumer *consumer = consumer_of(result, variant, workload);
    return consumer->key[0] != '\0' ? consumer->key : CONSUMER_UNKNOWN;
}

const char *result_tag(const struct result *result, int32_t variant, int32_t workload, const char *tag)
{
    const struct consumer *consumer = consumer_of(result, variant, workload);
    for (int32_t i = 0; i < consumer->n_tags; i++)
        if (strcmp(consumer->tags[i].name, tag) == 0) return consumer->tags[i].value;
    return CONSUMER_UNKNOWN;
}

const char *result_route(const struct result *result, int32_t route)
{
    return result->scenario->routes[route].name;
}

void result_warn(struct result *result, const char *key, const char *text)
{
    for (int32_t i = 0; i < result->n_warnings; i++)
        if (strcmp(result->warnings[i].key, key) == 0 && strcmp(result->warnings[i].text, text) == 0) return;
    if (result->n_warnings == result->warnings_capacity) {
        const int32_t capacity = result->warnings_capacity + 16;
        void *grown = realloc(result->warnings, sizeof *result->warnings * (size_t)capacity);
        if (grown == NULL) return;
        result->warnings = (struct result_warning *)grown;
        result->warnings_capacity = capacity;
    }
    struct result_warning *warning = &result->warnings[result->n_warnings++];
    snprintf(warning->text, sizeof warning->text, "%s", text);
    snprintf(warning->key, sizeof warning->key, "%s", key);
}

const enum metric hour_metrics[HOUR_METRICS] = {
    METRIC_TASKS,  METRIC_ACCEPTED, METRIC_CALLS,       METRIC_CACHE_HITS, METRIC_STALE_SERVED,
    METRIC_DENIED, METRIC_UPSTREAM, METRIC_INVOCATIONS, METRIC_THROTTLES,  METRIC_ERRORS,
};

double *result_hour_counts(const struct result *result, int32_t variant, int32_t hour, int32_t workload, int32_t route)
{
    const int64_t n_hours = result->n_spans - result->n_windows, n_workloads = result->scenario->n_workloads;
    const int64_t pair = ((variant * n_hours + hour) * n_workloads + workload) * result->scenario->n_routes + route;
    return &result->hour_counts[pair * HOUR_METRICS];
}

double result_hour_count(const struct result *result, int32_t variant, int32_t hour, int32_t workload, int32_t route,
                         enum metric metric)
{
    for (int i = 0; i < HOUR_METRICS; i++)
        if (hour_metrics[i] == metric) return result_hour_counts(result, variant, hour, workload, route)[i];
    return 0;
}

struct trajectory trajectories_sum(const struct trajectory *items, uint32_t n)
{
    struct trajectory sum = {0, 0};
    for (uint32_t r = 0; r < n; r++) {
        struct floe_hash hash = floe_hash_begin();
        floe_hash_u32(&hash, r);
        floe_hash_u64(&hash, items[r].fingerprint);
        sum.fingerprint += floe_hash_end(hash);
        sum.events += items[r].events;
    }
    return sum;
}

struct trajectory result_trajectory(const struct result *result)
{
    struct trajectory sum = {0, 0};
    for (int32_t i = 0; i < result->n_trajectories; i++) {
        struct floe_hash hash = floe_hash_begin();
        floe_hash_text(&hash, result_route(result, result->trajectories[i].route));
        if (result->n_variants > 1) floe_hash_text(&hash, result->variants[result->trajectories[i].variant]);
        floe_hash_u64(&hash, result->trajectories[i].sum.fingerprint);
        sum.fingerprint += floe_hash_end(hash);
        sum.events += result->trajectories[i].sum.events;
    }
    return sum;
}

const struct result_step *result_steps(const struct result *result, const struct result_cell *cell, int32_t *n)
{
    int64_t low = 0, high = result->n_steps;
    *n = 0;
    if (cell == NULL) return NULL;
    const int64_t index = cell - result->cells;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (result->steps[middle].cell < index)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *n < result->n_steps && result->steps[low + *n].cell == index)
        ++*n;
    return result->steps + low;
}

void result_free(struct result *result)
{
    for (int32_t i = 0; i < result->n_trajectories; i++)
        free(result->trajectories[i].items);
    free(result->trajectories);
    free(result->spans);
    free(result->cells);
    free(result->steps);
    free(result->by_window.rows);
    free(result->by_hour.rows);
    free(result->hour_counts);
    free(result->blast);
    free(result->warnings);
    memset(result, 0, sizeof *result);
}

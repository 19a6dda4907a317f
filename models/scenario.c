/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/scenario.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

static const char *const month_names[] = {"calendar", "720h", "730h", NULL};

static const struct param time_rows[] = {
    INSTANT("start", time_span, start_at_s, PARAM_REQUIRED, "first instant, UTC: 2026-03-16T00:00Z or 2026-03-16"),
    NUMBER("horizon", time_span, horizon_s, UNIT_S, 1, 20.0 * 366 * S_PER_DAY, PARAM_REQUIRED, PARAM_PLAIN,
           "how long to simulate: `30d`"),
    NUMBER("warmup", time_span, warmup_s, UNIT_S, 0, 20.0 * 366 * S_PER_DAY, "0s", PARAM_PLAIN,
           "the first part of the horizon is simulated but not measured"),
    CHOICE("month", time_span, month, month_names, "calendar",
           "what `/month` means: each calendar month, 720h or 730h"),
    NUMBER("step", time_span, step_s, UNIT_S, S_PER_MIN, S_PER_HOUR, "1h", PARAM_PLAIN,
           "what the hourly engine takes at once; divides an hour. Shorter where a result is doubted, as with a TTL of "
           "5min"),
};

#define STEPS_MOST 1000000 /* in a run; no unit */

static int time_check(const void *block, struct complaint *c)
{
    const struct time_span *t = (const struct time_span *)block;
    if (t->warmup_s >= t->horizon_s) return complain(c, "warmup", "the warm-up must be shorter than the horizon", "");
    if (t->step_s != (double)time_step_s(t) || S_PER_HOUR % time_step_s(t) != 0)
        return complain(c, "step", "a step is a whole number of seconds and divides an hour",
                        "for example 1h, 30min, 15min, 5min, 1min");
    if (t->horizon_s > STEPS_MOST * t->step_s)
        return complain(c, "step", "a run has at most 1,000,000 steps", "a longer step, or a shorter horizon");
    return 1;
}
const struct param_block time_block = {
    .name = "time", ROWS(time_rows), .size = sizeof(struct time_span), .check = time_check};

static const struct param window_rows[] = {
    INSTANT("day", window, day_at_s, PARAM_OPTIONAL, "one UTC day: 2026-03-17"),
    INSTANT("from", window, from_at_s, PARAM_OPTIONAL, "first instant"),
    INSTANT("to", window, to_at_s, PARAM_OPTIONAL, "first instant after the window"),
};

static int window_check(const void *block, struct complaint *c)
{
    const struct window *w = (const struct window *)block;
    int has_day = w->day_at_s != INSTANT_ABSENT, has_from = w->from_at_s != INSTANT_ABSENT;
    int has_to = w->to_at_s != INSTANT_ABSENT;
    if (has_day ? has_from || has_to : !has_from || !has_to)
        return complain(c, has_day ? "day" : "from", "a window is either one day or from..to",
                        "for example 2026-03-17 or {from: 2026-03-17T10:00Z, to: 2026-03-17T13:00Z}");
    if (has_day && w->day_at_s % S_PER_DAY != 0)
        return complain(c, "day", "a day is a date, without a time of day",
                        "for a part of a day {from: 2026-03-17T10:00Z, to: 2026-03-17T13:00Z}");
    if (has_from && w->to_at_s <= w->from_at_s) return complain(c, "to", "a window must end after it begins", "");
    return 1;
}
const struct param_block window_block = {
    .name = "window", ROWS(window_rows), .size = sizeof(struct window), .scalar_key = "day", .check = window_check};

static const struct param workload_rows[] = {
    TEXT("unit", workload, unit, "task", PARAM_NOT_HASHED, "what can be accepted: `resolved ticket`"),
    BLOCK("consumer", workload, consumer, consumer_block, PARAM_OPTIONAL, "who its cost belongs to"),
    TEXT("model", workload, model, PARAM_OPTIONAL, PARAM_PLAIN,
         "the model that it asks for, by its name in the price book"),
    BLOCK("demand", workload, demand, traffic_block, PARAM_REQUIRED, "when tasks arrive"),
    BLOCK("prompts", workload, prompts, prompts_block, PARAM_OPTIONAL,
          "which calls ask the same thing; absent: each asks what was never asked before"),
    BLOCK("tokens", workload, tokens, tokens_block, PARAM_OPTIONAL, "tokens of one call; a replayed trace has its own"),
    MANY(PARAM_MAP, "task", workload, task, n_task_steps, TASK_STEPS_MOST, task_step_block, PARAM_OPTIONAL,
         "a task as a graph of steps, by name: {plan: {}, search: {after: plan, calls: 4, needed: 3}}; without it a "
         "task is "
         "demand.calls_per_task calls"),
};

/* A complaint about the graph, below the key `task`. */
static int complain_of_task(struct complaint *c, const struct complaint *inner)
{
    char key[sizeof c->key];
    (void)snprintf(key, sizeof key, "task%s%.57s", inner->key[0] != '\0' ? "." : "", inner->key);
    return complain(c, key, inner->what, inner->hint);
}

/* Each step needs both token laws, its own or the workload's. */
static int check_step_tokens(const struct workload *w, const struct task_step *step, struct complaint *inner)
{
    const int has_input = token_law_is_given(&step->tokens.input),
              has_output = token_law_is_given(&step->tokens.output);
    const int has_rows = w->tokens.trace.file[0] != '\0', has_laws = token_law_is_given(&w->tokens.input);
    if (step->calls == 0 || (has_input && has_output) || has_laws || (has_rows && !has_input && !has_output)) return 1;
    (void)snprintf(inner->key, sizeof inner->key, "%.47s.tokens", step->name);
    return complain(inner, inner->key,
                    has_rows ? "a step with tokens of its own gives both input and output"
                             : "the tokens of a call are not given, by the step or by the workload",
                    "for example tokens: {input: 2931, output: 400}");
}

static int check_task(const struct workload *w, struct complaint *c)
{
    const struct traffic *d = &w->demand;
    struct complaint inner;
    memset(&inner, 0, sizeof inner);
    if (d->calls_per_task != 1 || d->calls_needed > 0 || (d->over_s > 0 && !traffic_is_job(d)))
        return complain(c,
                        d->calls_per_task != 1 ? "demand.calls_per_task"
                        : d->over_s > 0        ? "demand.over"
                                               : "demand.calls_needed",
                        "a task with steps makes the calls that its steps say",
                        "leave it out, and give the steps `calls`, `needed` and `times`");
    if (d->trace.file[0] != '\0')
        return complain(c, "task", "a replayed trace has one call in each row, no graph of steps",
                        "leave out `task`, or give demand a rate");
    if (w->prompts.set > 0)
        return complain(c, "prompts.set", "a set of prompts belongs to a task without steps", "leave out one of them");
    if (w->prompts.shares.with[0] != '\0')
        return complain(c, "prompts.shares", "the steps of a task ask different things: nothing to share",
                        "leave it out");
    if (!task_check(w->task, w->n_task_steps, &inner)) return complain_of_task(c, &inner);
    for (int32_t j = 0; j < w->n_task_steps; j++)
        if (!check_step_tokens(w, &w->task[j], &inner)) return complain_of_task(c, &inner);
    return 1;
}

static int workload_check(const void *block, struct complaint *c)
{
    const struct workload *w = (const struct workload *)block;
    int has_tokens = w->tokens.trace.file[0] != '\0' || token_law_is_given(&w->tokens.input);
    if (w->n_task_steps > 0) return check_task(w, c);
    if (!has_tokens && w->demand.trace.file[0] == '\0')
        return complain(c, "tokens", "the tokens of a call are not given",
                        "for example tokens: {input: 2931, output: 400}");
    return 1;
}
const struct param_block workload_block = {
    .name = "workload", ROWS(workload_rows), .size = sizeof(struct workload), .check = workload_check};

static const struct param scenario_rows[] = {
    COUNT("floe", scenario, format, 1, SCENARIO_FORMAT, PARAM_REQUIRED, "the format's version: 1"),
    TEXT("title", scenario, title, PARAM_OPTIONAL, PARAM_NOT_HASHED, "one line for the reports"),
    BLOCK("time", scenario, time, time_block, PARAM_REQUIRED, "what is simulated"),
    MANY(PARAM_MAP, "windows", scenario, windows, n_windows, WINDOWS_MOST, window_block, PARAM_OPTIONAL,
         "named spans of time; results are also cut by them"),
    BLOCK("prices", scenario, prices, prices_block, PARAM_OPTIONAL, "the price book and prices of one's own"),
    MANY(PARAM_MAP, "keys", scenario, keys, n_keys, KEYS_MOST, access_key_block, PARAM_OPTIONAL,
         "gateway keys by name: the models that each may use, and their budgets"),
    BLOCK("gateway", scenario, gateway, gateway_block, PARAM_OPTIONAL, "what stands in front of every route"),
    MANY(PARAM_MAP, "workloads", scenario, workloads, n_workloads, WORKLOADS_MOST, workload_block, PARAM_REQUIRED,
         "streams of tasks, by name"),
    MANY(PARAM_MAP, "routes", scenario, routes, n_routes, ROUTES_MOST, route_block, PARAM_REQUIRED,
         "serving surfaces, by name; every workload runs on every route"),
};
const struct param_block scenario_block = {.name = "scenario", ROWS(scenario_rows), .size = sizeof(struct scenario)};

static int has_cache_prices(const struct tokens *tokens, const struct price_list *list)
{
    return (tokens->cache_read_share <= 0 || list->cache_read != PARAM_ABSENT) &&
           (tokens->cache_write_5m_share <= 0 || list->cache_write_5m != PARAM_ABSENT) &&
           (tokens->cache_write_1h_share <= 0 || list->cache_write_1h != PARAM_ABSENT);
}

int tokens_have_cache_prices(const struct tokens *tokens, const struct model_prices *model)
{
    for (int32_t i = 0; i < model->n_rows; i++) {
        if (!has_cache_prices(tokens, &model->rows[i].usd_per_tok)) return 0;
        for (int32_t b = 0; b < model->rows[i].n_bands; b++)
            if (!has_cache_prices(tokens, &model->rows[i].bands[b].usd_per_tok)) return 0;
    }
    return 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The scenario: everything a run depends on, checked, as plain values in one block without pointers. Readers fill it
 * through the rows (scenario_block), from then on it is const. Traces lie beside it and are named by index. */
#ifndef FLOE_MODELS_SCENARIO_H
#define FLOE_MODELS_SCENARIO_H

#include "models/consumer.h"
#include "models/gateway.h"
#include "models/price.h"
#include "models/prompts.h"
#include "models/route.h"
#include "models/task.h"
#include "models/tokens.h"
#include "models/traffic.h"

#define WORKLOADS_MOST 32
#define WINDOWS_MOST 32
#define SCENARIO_FORMAT 1

enum month_kind { MONTH_CALENDAR, MONTH_720H, MONTH_730H };

struct time_span {
    int64_t start_at_s; /* since 1970, UTC */
    double horizon_s;
    double warmup_s; /* the first part of the horizon: simulated, not measured */
    int32_t month;
    double step_s; /* of the hourly engine; 0: an hour */
};

FLOE_FN int64_t time_step_s(const struct time_span *time)
{
    return time->step_s > 0 ? (int64_t)time->step_s : S_PER_HOUR;
}

/* A named span of time: either one UTC day or from..to. Results are also cut by window. */
struct window {
    char name[NAME_BYTES];
    int64_t day_at_s;           /* INSTANT_ABSENT when from and to are given */
    int64_t from_at_s, to_at_s; /* [from, to) */
};

/* The window's bounds, whichever way they were given. */
FLOE_FN int window_is_day(const struct window *window)
{
    return window->day_at_s != INSTANT_ABSENT;
}

FLOE_FN int64_t window_begins_at_s(const struct window *window)
{
    return window_is_day(window) ? window->day_at_s : window->from_at_s;
}

FLOE_FN int64_t window_ends_at_s(const struct window *window)
{
    return window_is_day(window) ? window->day_at_s + S_PER_DAY : window->to_at_s;
}

struct workload {
    char name[NAME_BYTES];
    char unit[NAME_BYTES]; /* what can be accepted: "resolved ticket" */
    struct consumer consumer;
    char model[NAME_BYTES]; /* for routes whose step says "from workload"; "" if every route names its own */
    struct traffic demand;
    struct prompts prompts;
    struct tokens tokens;
    int32_t n_task_steps; /* 0: a task is demand.calls_per_task calls */
    struct task_step task[TASK_STEPS_MOST];
};

/* 1: every row and band of the model prices each cache class that the tokens use. */
int tokens_have_cache_prices(const struct tokens *tokens, const struct model_prices *model);

struct scenario {
    int64_t format;
    char title[200];
    struct time_span time;
    int32_t n_windows;
    struct window windows[WINDOWS_MOST];
    struct prices prices;
    int32_t n_keys;
    struct access_key keys[KEYS_MOST];
    struct gateway gateway;
    int32_t n_workloads;
    struct workload workloads[WORKLOADS_MOST];
    int32_t n_routes;
    struct route routes[ROUTES_MOST];
};

extern const struct param_block time_block, window_block, workload_block, scenario_block;

#endif

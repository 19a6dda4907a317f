/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The result tables. Every writer (text, JSON, CSV, figures) reads these and nothing else, so a number cannot differ
 * between the terminal and a file.
 *
 * Two tables. A cell is workload x route x variant x window: the grain of every outcome. The usage table has one row
 * per (span, workload, route, model, service tier, token class, unit price), so that cost = quantity x unit price and
 * any bill is a group-by of it; it is cut by window and by clock hour.
 *
 * Each grain is counted at its own start: a task in the span where it arrived, a call and an attempt where they
 * started; tokens and dollars belong to the attempt. So the conservation laws hold in every span, as exact integers:
 *   tasks = accepted + failed + tasks_in_flight
 *   calls = cache_hits + stale_served + denied + upstream
 *   attempts = invocations + throttles + errors + timeouts + cancelled + in_flight */
#ifndef FLOE_MODELS_RESULT_H
#define FLOE_MODELS_RESULT_H

#include "models/price.h"
#include "models/timeline.h"
#include "sim/base.h"

enum metric {
    METRIC_TASKS,
    METRIC_ACCEPTED,
    METRIC_FAILED,
    METRIC_TASKS_IN_FLIGHT,
    METRIC_CALLS,
    METRIC_CACHE_HITS,
    METRIC_STALE_SERVED,
    METRIC_DENIED,
    METRIC_UPSTREAM,
    METRIC_ATTEMPTS,
    METRIC_BILLED,
    METRIC_INVOCATIONS,
    METRIC_THROTTLES,
    METRIC_ERRORS,
    METRIC_TIMEOUTS,
    METRIC_CANCELLED,
    METRIC_IN_FLIGHT,
    METRIC_REFRESHES,          /* attempts that no call waits for: refills in a grace window */
    METRIC_WRONG_ANSWERS,      /* cache hits of a semantic cache that answer something else */
    METRIC_DENIED_OVER_BUDGET, /* of the denied; the rest were not allowed at all */
    METRIC_ANSWERED,           /* calls upstream that got an answer */
    METRIC_LOGGED_THROTTLES, /* exceptions that came out of the innermost retry layer: what an application's logs see */
    METRIC_LOGGED_ERRORS,    /* the same of every other kind */
    METRIC_PARTIAL,          /* accepted tasks of which an optional step failed */
    METRIC_ASKED_AGAIN,      /* tasks whose user had asked for the same before */
    METRIC_GIVEN_UP,         /* failed tasks whose user, of those who may, does not ask again */
    METRIC_COUNTS_LAST = METRIC_GIVEN_UP,
    METRIC_LATENCY_MEAN,    /* of the answered calls, from their start to the answer; the sum of the four behind it */
    METRIC_RETRY_WAIT_MEAN, /* failed attempts and the waits behind them */
    METRIC_QUEUE_MEAN,      /* network and queue of the attempt that was answered */
    METRIC_TTFT_MEAN,
    METRIC_GENERATION_MEAN,
    METRIC_TASK_MEAN, /* of the accepted tasks, from their arrival to their end */
    METRIC_TIMES_LAST = METRIC_TASK_MEAN,
    METRIC_LATENCY_P50, /* measured: percentiles of parts do not add up to that of the whole */
    METRIC_LATENCY_P95,
    METRIC_LATENCY_P99,
    METRIC_TASK_P50,
    METRIC_TASK_P95,
    METRIC_TASK_P99,
    METRIC_TOK_FIRST, /* one per token class, in the order of enum token_class */
    METRIC_TOK_LAST = METRIC_TOK_FIRST + TOKEN_CLASS_N - 1,
    METRIC_COST_TOTAL,
    METRIC_COST_INFERENCE,
    METRIC_COST_IDLE,
    METRIC_COST_EVAL,
    METRIC_COST_HUMAN,
    METRIC_COST_OPS,
    METRIC_COST_RECONCILIATION,
    METRIC_COST_MIGRATION,
    METRIC_LCPR,            /* cost / accepted within a replication; not defined (n = 0) where nothing was accepted */
    METRIC_SERVICE_CREDITS, /* beside the cost; of the whole measured run, and not defined without an agreement */
    METRIC_N
};

/* What is counted for each step of a chain, of a cell. */
enum step_metric {
    STEP_CALLS, /* that came to it */
    STEP_ATTEMPTS,
    STEP_BILLED,
    STEP_INVOCATIONS,
    STEP_THROTTLES,
    STEP_ERRORS,
    STEP_TIMEOUTS,
    STEP_CANCELLED,
    STEP_LOGGED_THROTTLES,
    STEP_LOGGED_ERRORS,
    STEP_KEPT, /* calls that a circuit breaker kept away */
    STEP_COUNTS,
    STEP_COST = STEP_COUNTS,
    STEP_N
};
extern const char *const step_metric_names[STEP_N];

enum metric_unit { METRIC_UNIT_COUNT, METRIC_UNIT_TOK, METRIC_UNIT_USD, METRIC_UNIT_USD_PER_ACCEPTED, METRIC_UNIT_S };

/* One row per metric: its name in the JSON ("cost_usd.total" is the member `total` of `cost_usd`) and its unit.
 * `expect:` rows use the same names; "cost_usd" alone means cost_usd.total. */
struct metric_row {
    const char *name;
    enum metric_unit unit;
    const char *help;
};
extern const struct metric_row metric_rows[METRIC_N];
int metric_find(const char *name, enum metric *metric); /* 1: found */
int step_metric_find(const char *name, enum step_metric *metric);

/* An outcome over replications. n = 1: only the mean means something. n = 0: not defined. */
struct outcome {
    double mean, sd, mcse, half_95; /* mcse = sd / sqrt(n); half_95 = t(n - 1) x mcse */
    double p05, p25, p50, p75, p95; /* of the replications, by order statistics */
    uint64_t n;
};

/* Where the hourly engine does not trust its expectations: bits, one per mechanism. */
enum hourly_doubt {
    HOURLY_DOUBT_CACHE = 1,
    HOURLY_DOUBT_PROMPT_CACHE = 2,
    HOURLY_DOUBT_BUDGET = 4,
    HOURLY_DOUBT_REPLAY = 8,
    HOURLY_DOUBT_RETRIES = 16,
    HOURLY_DOUBT_QUOTA = 32,
    HOURLY_DOUBT_OUTAGE = 64,
    HOURLY_DOUBT_TASK = 128,
    HOURLY_DOUBT_OVERLOAD = 256,
    HOURLY_DOUBT_HEDGE = 512,
    HOURLY_DOUBT_BREAKER = 1024,
    HOURLY_DOUBTS = 11
};
struct doubt_row {
    const char *name;   /* in the JSON: "response_cache" */
    const char *advice; /* for a warning */
};
extern const struct doubt_row doubt_rows[HOURLY_DOUBTS];

/* The counts that are kept by clock hour. */
#define HOUR_METRICS 10
#define HOUR_CALLS 2 /* where METRIC_CALLS is */
extern const enum metric hour_metrics[HOUR_METRICS];

#define WINDOW_ALL "all" /* the whole measured span */
#define VARIANT_BASE "base"

struct result_span {
    char window[NAME_BYTES];    /* "all", a named window; "" for a clock hour */
    int64_t from_at_s, to_at_s; /* since 1970; [from, to) */
};

struct result_cell {
    int32_t workload, route, variant; /* indices into the name tables of the result */
    int32_t span;                     /* into spans */
    struct outcome outcomes[METRIC_N];
    uint64_t digest;
    uint32_t doubt; /* enum hourly_doubt */
};

/* A step of the chain in a cell. */
struct result_step {
    int64_t cell;               /* index into cells */
    char task_step[NAME_BYTES]; /* of the task's graph, or "" */
    int32_t step;
    char model[NAME_BYTES];    /* at the variant's start */
    char region[REGION_BYTES]; /* "": not said */
    struct outcome outcomes[STEP_N];
};

/* One usage row. Rows by clock hour keep only the mean and n of quantity and cost. */
struct usage_row {
    int32_t span;
    int32_t workload, route, variant;
    char model[NAME_BYTES];
    const char *service_tier; /* "standard" */
    const char *token_class;  /* usage_class_names[...] */
    const char *unit;         /* "tok"; storage: "tok s" */
    double unit_price_usd;    /* per unit */
    struct outcome quantity, cost_usd;
};

struct result_warning {
    char text[400];
    char key[INPUT_PATH_BYTES]; /* the YAML key that helps, or "" */
};

/* What one replication of a route lived through; see sim/fingerprint.h. */
struct trajectory {
    uint64_t events, fingerprint;
};

/* All replications of a route. */
struct result_trajectories {
    int32_t route, variant;
    struct trajectory sum;    /* events, and the fingerprints' sum: see trajectories_sum */
    struct trajectory *items; /* one per replication */
};

/* Whose cost a changed setting moved: the same run with and without the changes that set it, same draws. One row per
 * workload and route, of the first variant, over the whole measured span. */
struct result_blast {
    char setting[NAME_BYTES], owner[NAME_BYTES]; /* owner "": nobody is named */
    int32_t workload, route;
    int32_t is_reader; /* a key of the workload reads the setting */
    double invocations, invocations_without;
    double cost_usd, cost_without_usd;
};

struct usage_table {
    struct usage_row *rows;
    int64_t n, capacity;
};

struct result {
    const struct scenario *scenario; /* names, units, horizon; valid as long as the result */
    int32_t n_variants;
    char variants[VARIANTS_MOST][NAME_BYTES];
    const struct scenario *scenarios[VARIANTS_MOST]; /* each variant at its start; the first is `scenario` */
    const char *file;                                /* the scenario's name as given, "" if none */
    char sha256[65];                                 /* of its bytes */
    const char *engine;                              /* "events" | "hourly" */
    const char *backend;                             /* "cpu" */
    uint64_t seed;
    uint32_t replications;
    int32_t math_profile;
    uint64_t digest;
    int32_t n_spans; /* window spans first ("all" is 0), then the clock hours */
    int32_t n_windows;
    struct result_span *spans;
    int64_t n_cells;
    struct result_cell *cells; /* sorted by variant, workload, route, window */
    int64_t n_steps;
    struct result_step *steps; /* sorted by cell, step of the task, step of the chain */
    struct usage_table by_window, by_hour;
    double *hour_counts; /* [variant][hour][workload][route][HOUR_METRICS] means; hour counts from n_windows in spans */
    int32_t n_trajectories; /* routes that were run; 0 in the hourly engine, which has no events */
    struct result_trajectories *trajectories;
    int32_t n_blast;
    struct result_blast *blast;
    int32_t n_warnings, warnings_capacity;
    struct result_warning *warnings;
    const struct inputs *inputs; /* what the numbers rest on; may be NULL */
};

/* Of n replications: the events, and the sum (mod 2^64) of the hashes of (replication, fingerprint): so that parts of a
 * run can be added up in any order, and two replications that change places are noticed. */
struct trajectory trajectories_sum(const struct trajectory *items, uint32_t n);
/* Of all routes: the events, and the sum of the hashes of (name, fingerprint). */
struct trajectory result_trajectory(const struct result *result);

/* The HOUR_METRICS counts of a clock hour, in the order of hour_metrics. */
double *result_hour_counts(const struct result *result, int32_t variant, int32_t hour, int32_t workload, int32_t route);
double result_hour_count(const struct result *result, int32_t variant, int32_t hour, int32_t workload, int32_t route,
                         enum metric metric); /* 0: not kept by the hour */

/* The steps of a cell's chain (of a task that is a graph: of each of its steps in turn): n of them; of a NULL cell none. */
const struct result_step *result_steps(const struct result *result, const struct result_cell *cell, int32_t *n);

void result_free(struct result *result);
void result_warn(struct result *result, const char *key, const char *text); /* key: the one that helps, or "" */
const char *result_workload(const struct result *result, int32_t workload);
/* Who asks, as the variant has it at its start. Key and tag: "unknown" where none is named. */
const char *result_consumer(const struct result *result, int32_t variant, int32_t workload);
const char *result_key(const struct result *result, int32_t variant, int32_t workload);
const char *result_tag(const struct result *result, int32_t variant, int32_t workload, const char *tag);
const char *result_route(const struct result *result, int32_t route);

#endif

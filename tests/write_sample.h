/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A made-up result for the tests of the writers: any number of variants, workloads, routes, named windows and clock
 * hours, whose counts obey the conservation laws and whose usage rows add up to the costs. Awkward values, the same on
 * every call. Variant v pays 1 + v / 2 times the price.
 *
 *     struct sample sample;
 *     sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 3, .replications = 64});
 *     ... sample.result ...
 *     sample_free(&sample); */
#ifndef FLOE_TESTS_WRITE_SAMPLE_H
#define FLOE_TESTS_WRITE_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/result.h"

#define SAMPLE_START_AT_S INT64_C(1700158546) /* 2023-11-16T18:15:46Z */

struct sample_shape {
    int32_t n_workloads, n_routes, n_windows, n_hours; /* windows: beside "all" */
    uint32_t replications;
    int is_free;        /* all prices are 0 */
    int32_t n_variants; /* 0: one, the scenario as written */
    int has_cache;      /* calls are answered, stale or denied before they go upstream */
    int has_consumers;  /* every second workload shares a consumer; all share a key; some have tags */
    int32_t n_blast;    /* rows, of two settings */
};

struct sample {
    struct scenario scenario;
    struct inputs inputs;
    struct param input_row, optional_row, name_row;
    struct result result;
};

static inline struct outcome sample_outcome(double mean, double spread, uint64_t n)
{
    struct outcome o = {0};
    o.mean = mean;
    o.n = n;
    if (n < 2) return o;
    o.sd = spread * mean;
    o.mcse = o.sd / sqrt((double)n);
    o.half_95 = 1.998 * o.mcse;
    o.p05 = mean - 1.64 * o.sd;
    o.p25 = mean - 0.67 * o.sd;
    o.p50 = mean;
    o.p75 = mean + 0.67 * o.sd;
    o.p95 = mean + 1.64 * o.sd;
    return o;
}

static inline double sample_calls_in_hour(int32_t hour, int32_t workload)
{
    double day = 1 + 0.6 * sin(2 * 3.14159265358979 * (hour % 24) / 24.0);
    double week = hour % 168 < 120 ? 1.0 : 0.55;
    return floor(9683 * day * week * (1 + workload) / (1 + 0.13 * (hour % 7)));
}

static inline double sample_spread(int32_t workload)
{
    return workload == 0 ? 0.0 : 0.0073; /* the first workload is a replay */
}

/* ---- names and inputs ---- */

static inline void sample_tag(struct consumer *consumer, const char *name, const char *value)
{
    struct consumer_tag *tag = &consumer->tags[consumer->n_tags++];
    snprintf(tag->name, NAME_BYTES, "%s", name);
    snprintf(tag->value, NAME_BYTES, "%s", value);
}

static inline void sample_consumer(struct consumer *consumer, int32_t workload)
{
    snprintf(consumer->key, NAME_BYTES, "one-token");
    if (workload % 2 == 1) snprintf(consumer->name, NAME_BYTES, "support, \"tier\" two");
    if (workload != 1) sample_tag(consumer, "cost_center", workload == 0 ? "cc-114" : "cc-207");
    if (workload == 0) sample_tag(consumer, "env", "prod");
}

static inline void sample_names(struct scenario *s, struct sample_shape shape)
{
    static const char *const workloads[] = {"replay", "fitted", "entity-matching_with_a_long_name", "training"};
    static const char *const routes[] = {"openai", "bedrock", "a_route_with_quite_a_long_name_indeed"};
    static const char *const models[] = {"gpt-4o-2024-11-20", "anthropic.claude-3-7-sonnet-20250219-v1:0",
                                         "llama-3.3-70b"};
    for (int32_t w = 0; w < shape.n_workloads; w++) {
        snprintf(s->workloads[w].name, NAME_BYTES, "%s", workloads[w % 4]);
        if (w >= 4) snprintf(s->workloads[w].name, NAME_BYTES, "workload-%d", (int)w);
        snprintf(s->workloads[w].unit, NAME_BYTES, "%s", w == 0 ? "answer" : "resolved ticket");
        snprintf(s->workloads[w].model, NAME_BYTES, "%s", models[w % 3]);
        s->workloads[w].demand.trace.index = -1;
        if (shape.has_consumers) sample_consumer(&s->workloads[w].consumer, w);
    }
    for (int32_t r = 0; r < shape.n_routes; r++) {
        snprintf(s->routes[r].name, NAME_BYTES, "%s", routes[r % 3]);
        if (r >= 3) snprintf(s->routes[r].name, NAME_BYTES, "route_%d", (int)r);
        s->routes[r].n_steps = 1;
        snprintf(s->routes[r].chain[0].model, NAME_BYTES, "%s", r == 0 ? MODEL_FROM_WORKLOAD : models[r % 3]);
    }
    s->prices.n_models = 3;
    for (int32_t m = 0; m < 3; m++)
        snprintf(s->prices.models[m].name, NAME_BYTES, "%s", models[m]);
    for (int32_t i = 0; i < shape.n_windows; i++)
        snprintf(s->windows[i].name, NAME_BYTES, "window_%d", (int)i);
}

static inline const char *sample_model(const struct scenario *s, int32_t workload, int32_t route)
{
    const char *model = s->routes[route].chain[0].model;
    return strcmp(model, MODEL_FROM_WORKLOAD) == 0 ? s->workloads[workload].model : model;
}

static inline void sample_input(struct sample *sample, const char *path, enum evidence evidence, int is_preset,
                                const struct param *row)
{
    struct input *input = &sample->inputs.items[sample->inputs.n++];
    snprintf(input->path, INPUT_PATH_BYTES, "%s", path);
    input->row = row;
    input->evidence = evidence;
    input->is_preset = is_preset;
}

static inline void sample_inputs(struct sample *sample)
{
    sample->input_row.preset = "1s";
    sample->optional_row.preset = PARAM_OPTIONAL;
    sample->name_row.preset = PARAM_OPTIONAL;
    sample->name_row.flags = PARAM_NOT_HASHED;
    sample->inputs.capacity = 16;
    sample->inputs.items = (struct input *)calloc(16, sizeof(struct input));
    sample_input(sample, "title", EVIDENCE_NONE, 0, &sample->name_row);
    sample_input(sample, "time.start", EVIDENCE_MEASURED, 0, &sample->input_row);
    sample_input(sample, "workloads.replay.tokens.output", EVIDENCE_MEASURED, 0, &sample->input_row);
    sample_input(sample, "workloads.replay.tokens.cache_read", EVIDENCE_NONE, 1, &sample->optional_row);
    sample_input(sample, "workloads.fitted.tokens.output", EVIDENCE_ASSUMED, 0, &sample->input_row);
    sample_input(sample, "workloads.fitted.unit", EVIDENCE_NONE, 0, &sample->name_row);
    sample_input(sample, "routes.openai.call_duration", EVIDENCE_NONE, 1, &sample->input_row);
    sample_input(sample, "routes.bedrock.call_duration", EVIDENCE_ASSUMED, 0, &sample->input_row);
    sample_input(sample, "prices.missing_cache_price", EVIDENCE_NONE, 1, &sample->input_row);
    sample_input(sample, "prices.models.gpt-4o-2024-11-20.rows.0.input", EVIDENCE_PUBLIC, 0, &sample->input_row);
    sample_input(sample, "prices.models.llama-3.3-70b.rows.0.input", EVIDENCE_PUBLIC, 0, &sample->input_row);
    sample->result.inputs = &sample->inputs;
}

/* ---- spans, rows and cells ---- */

static inline void sample_spans(struct result *r, struct sample_shape shape)
{
    int64_t end_at_s = SAMPLE_START_AT_S + (int64_t)r->scenario->time.horizon_s;
    r->n_windows = 1 + shape.n_windows;
    r->n_spans = r->n_windows + shape.n_hours;
    r->spans = (struct result_span *)calloc((size_t)r->n_spans, sizeof(struct result_span));
    for (int32_t i = 0; i < r->n_windows; i++) {
        snprintf(r->spans[i].window, NAME_BYTES, "%s", i == 0 ? WINDOW_ALL : r->scenario->windows[i - 1].name);
        r->spans[i].from_at_s = SAMPLE_START_AT_S + (i > 1 ? (i - 1) * 60 : 0);
        r->spans[i].to_at_s = i == 0 ? end_at_s : r->spans[i].from_at_s + 600;
    }
    for (int32_t h = 0; h < shape.n_hours; h++) {
        int64_t clock = SAMPLE_START_AT_S - SAMPLE_START_AT_S % 3600 + h * INT64_C(3600);
        struct result_span *span = &r->spans[r->n_windows + h];
        span->from_at_s = h == 0 ? SAMPLE_START_AT_S : clock;
        span->to_at_s = h == shape.n_hours - 1 ? end_at_s : clock + 3600;
    }
}

static inline double sample_calls_in_span(const struct result *r, int32_t span, int32_t workload)
{
    double calls = 0;
    if (span >= r->n_windows) return sample_calls_in_hour(span - r->n_windows, workload);
    for (int32_t h = 0; h < r->n_spans - r->n_windows; h++)
        calls += sample_calls_in_hour(h, workload);
    return span == 0 ? calls : floor(calls / (span + 2));
}

static const double sample_tok_per_call[TOKEN_CLASS_N] = {1154.6, 311.25, 12.5, 0, 211.1};
static const double sample_usd_per_tok[TOKEN_CLASS_N] = {2.5e-6, 1.25e-6, 3.125e-6, 5e-6, 1e-5};

static inline double sample_price(struct sample_shape shape, int32_t variant, int32_t route, int class_index)
{
    return shape.is_free ? 0 : sample_usd_per_tok[class_index] * (1 + 0.37 * route) * (1 + 0.5 * variant);
}

/* The rows of one span; returns their cost. */
static inline double sample_rows(struct usage_table *table, const struct result *r, struct sample_shape shape,
                                 int32_t variant, int32_t span, int32_t workload, int32_t route)
{
    double total = 0;
    for (int c = 0; c < TOKEN_CLASS_N; c++) {
        if (sample_tok_per_call[c] == 0) continue;
        struct usage_row *row = &table->rows[table->n++];
        double tok = sample_calls_in_span(r, span, workload) * sample_tok_per_call[c];
        row->span = span;
        row->variant = variant;
        row->workload = workload;
        row->route = route;
        snprintf(row->model, NAME_BYTES, "%s", sample_model(r->scenario, workload, route));
        row->service_tier = "standard";
        row->token_class = token_class_names[c];
        row->unit = "tok";
        row->unit_price_usd = sample_price(shape, variant, route, c);
        row->quantity = sample_outcome(tok, sample_spread(workload), r->replications);
        row->cost_usd = sample_outcome(tok * row->unit_price_usd, sample_spread(workload), r->replications);
        total += row->cost_usd.mean;
    }
    return total;
}

/* What the response cache and the budget keep from the provider. */
static inline void sample_cache(struct result_cell *cell, double calls, double spread, uint64_t n)
{
    const struct {
        enum metric metric;
        double count;
    } parts[] = {{METRIC_CACHE_HITS, floor(calls * 0.61)},  {METRIC_STALE_SERVED, floor(calls * 0.05)},
                 {METRIC_DENIED, floor(calls * 0.02)},      {METRIC_DENIED_OVER_BUDGET, floor(calls * 0.007)},
                 {METRIC_REFRESHES, floor(calls * 0.0303)}, {METRIC_WRONG_ANSWERS, floor(calls * 0.0061)},
                 {METRIC_ERRORS, floor(calls * 0.004)}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cell->outcomes[parts[i].metric] = sample_outcome(parts[i].count, spread, n);
    const double upstream = calls - parts[0].count - parts[1].count - parts[2].count;
    cell->outcomes[METRIC_UPSTREAM] = sample_outcome(upstream, spread, n);
    cell->outcomes[METRIC_ATTEMPTS] = sample_outcome(upstream + parts[4].count, spread, n);
    cell->outcomes[METRIC_INVOCATIONS] = sample_outcome(upstream + parts[4].count - parts[6].count, spread, n);
}

static inline void sample_cell(struct result *r, struct sample_shape shape, int32_t variant, int32_t span,
                               int32_t workload, int32_t route)
{
    struct result_cell *cell = &r->cells[r->n_cells++];
    double cost = sample_rows(&r->by_window, r, shape, variant, span, workload, route);
    double calls = sample_calls_in_span(r, span, workload), spread = sample_spread(workload);
    cell->variant = variant;
    cell->workload = workload;
    cell->route = route;
    cell->span = span;
    cell->digest = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)r->n_cells;
    for (int m = 0; m < METRIC_N; m++)
        cell->outcomes[m] = sample_outcome(0, 0, r->replications);
    static const enum metric all_calls[] = {METRIC_TASKS,    METRIC_ACCEPTED, METRIC_CALLS,      METRIC_UPSTREAM,
                                            METRIC_ATTEMPTS, METRIC_BILLED,   METRIC_INVOCATIONS};
    for (size_t i = 0; i < sizeof all_calls / sizeof all_calls[0]; i++)
        cell->outcomes[all_calls[i]] = sample_outcome(calls, spread, r->replications);
    if (shape.has_cache) sample_cache(cell, calls, spread, r->replications);
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        cell->outcomes[METRIC_TOK_FIRST + c] = sample_outcome(calls * sample_tok_per_call[c], spread, r->replications);
    cell->outcomes[METRIC_COST_TOTAL] = sample_outcome(cost, spread, r->replications);
    cell->outcomes[METRIC_COST_INFERENCE] = cell->outcomes[METRIC_COST_TOTAL];
    cell->outcomes[METRIC_LCPR] = sample_outcome(calls > 0 ? cost / calls : 0, spread / 9,
                                                 calls > 0 ? r->replications : 0);
}

static inline void sample_variant(struct result *r, struct sample_shape shape, int32_t variant)
{
    static const char *const names[] = {"happened", "never_cached", "grace"};
    r->scenarios[variant] = r->scenario;
    snprintf(r->variants[variant], NAME_BYTES, "%s", r->n_variants == 1 ? VARIANT_BASE : names[variant % 3]);
    if (variant >= 3) snprintf(r->variants[variant], NAME_BYTES, "variant_%d_with_quite_a_long_name", (int)variant);
    for (int32_t h = 0; h < shape.n_hours; h++)
        for (int32_t w = 0; w < shape.n_workloads; w++)
            for (int32_t route = 0; route < shape.n_routes; route++) {
                (void)sample_rows(&r->by_hour, r, shape, variant, r->n_windows + h, w, route);
                result_hour_counts(r, variant, h, w, route)[HOUR_CALLS] = sample_calls_in_hour(h, w);
            }
    for (int32_t w = 0; w < shape.n_workloads; w++)
        for (int32_t route = 0; route < shape.n_routes; route++)
            for (int32_t span = 0; span < r->n_windows; span++)
                sample_cell(r, shape, variant, span, w, route);
}

static inline void sample_tables(struct result *r, struct sample_shape shape)
{
    r->n_variants = shape.n_variants > 0 ? shape.n_variants : 1;
    size_t pairs = (size_t)shape.n_workloads * (size_t)shape.n_routes * (size_t)r->n_variants;
    r->cells = (struct result_cell *)calloc(pairs * (size_t)r->n_windows, sizeof(struct result_cell));
    r->by_window.capacity = (int64_t)pairs * r->n_windows * TOKEN_CLASS_N;
    r->by_window.rows = (struct usage_row *)calloc((size_t)r->by_window.capacity, sizeof(struct usage_row));
    r->by_hour.capacity = (int64_t)pairs * shape.n_hours * TOKEN_CLASS_N;
    r->by_hour.rows = (struct usage_row *)calloc((size_t)r->by_hour.capacity + 1, sizeof(struct usage_row));
    r->hour_counts = (double *)calloc(pairs * (size_t)shape.n_hours * HOUR_METRICS + 1, sizeof(double));
    for (int32_t variant = 0; variant < r->n_variants; variant++)
        sample_variant(r, shape, variant);
}

/* Two settings in turn; every third row's workload does not read its setting; the cost of every second one moved. */
static inline void sample_blast(struct result *r, struct sample_shape shape)
{
    r->blast = (struct result_blast *)calloc((size_t)shape.n_blast + 1, sizeof(struct result_blast));
    for (r->n_blast = 0; r->n_blast < shape.n_blast; r->n_blast++) {
        const int32_t i = r->n_blast, pair = i / 2 % (shape.n_workloads * shape.n_routes);
        struct result_blast *row = &r->blast[i];
        snprintf(row->setting, NAME_BYTES, "%s", i % 2 == 0 ? "llm_model" : "answer_ttl");
        snprintf(row->owner, NAME_BYTES, "%s", i % 2 == 0 ? "ml-platform" : "");
        row->workload = pair / shape.n_routes;
        row->route = pair % shape.n_routes;
        row->is_reader = i % 3 != 2;
        row->invocations_without = 338 + i;
        row->invocations = i % 4 < 2 ? 6999 + i : 338 + i;
        row->cost_without_usd = 4.9995 + i;
        row->cost_usd = i % 4 < 2 ? 172.5586 + i : row->cost_without_usd;
    }
}

static inline void sample_warn(struct result *r, const char *text, const char *key)
{
    struct result_warning *warning = &r->warnings[r->n_warnings++];
    snprintf(warning->text, sizeof warning->text, "%s", text);
    snprintf(warning->key, sizeof warning->key, "%s", key);
}

static inline void sample_trajectories(struct result *r, int32_t n_variants, int32_t n_routes)
{
    r->n_trajectories = n_variants * n_routes;
    r->trajectories = (struct result_trajectories *)calloc((size_t)r->n_trajectories, sizeof *r->trajectories);
    for (int32_t i = 0; i < r->n_trajectories; i++) {
        r->trajectories[i].route = i % n_routes;
        r->trajectories[i].variant = i / n_routes;
        r->trajectories[i].items = (struct trajectory *)calloc(r->replications, sizeof(struct trajectory));
        for (uint32_t k = 0; k < r->replications; k++)
            r->trajectories[i].items[k] = (struct trajectory){38732 + k, UINT64_C(0xfedcba9876543210) + k};
        r->trajectories[i].sum = trajectories_sum(r->trajectories[i].items, r->replications);
    }
}

static inline void sample_init(struct sample *sample, struct sample_shape shape)
{
    memset(sample, 0, sizeof *sample);
    struct scenario *s = &sample->scenario;
    struct result *r = &sample->result;
    snprintf(s->title, sizeof s->title, "One hour of \"chat\", replayed & modelled, on two routes");
    s->time.start_at_s = SAMPLE_START_AT_S;
    s->time.horizon_s = shape.n_hours > 1 ? (shape.n_hours - 1) * 3600.0 - 5 : 2000;
    s->n_workloads = shape.n_workloads;
    s->n_routes = shape.n_routes;
    s->n_windows = shape.n_windows;
    sample_names(s, shape);
    sample_inputs(sample);
    r->scenario = s;
    r->file = "scenarios/demo.yaml";
    snprintf(r->sha256, sizeof r->sha256, "%s", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    r->engine = "events";
    r->backend = "cpu";
    r->seed = 20231116;
    r->replications = shape.replications;
    r->math_profile = 1;
    r->digest = UINT64_C(0x0123456789abcdef);
    sample_trajectories(r, shape.n_variants > 0 ? shape.n_variants : 1, shape.n_routes);
    r->warnings_capacity = 8;
    r->warnings = (struct result_warning *)calloc(8, sizeof(struct result_warning));
    sample_spans(r, shape);
    sample_tables(r, shape);
    sample_blast(r, shape);
}

static inline void sample_free(struct sample *sample)
{
    free(sample->inputs.items);
    result_free(&sample->result);
    memset(sample, 0, sizeof *sample);
}

#endif

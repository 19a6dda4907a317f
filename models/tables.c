/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the values of all replications to the result tables, in the order of the scenario. Sums over replications are
 * exact integers (sim/exact.h); sums over hours come from whole-number counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/outcome.h"
#include "models/plan_parts.h"
#include "models/run_values.h"
#include "models/service_credits.h"
#include "sim/fmath.h"

static void warn_of_replay(struct result *result, const struct run *run, int32_t w)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    char text[200], key[INPUT_PATH_BYTES];
    if (!p->is_replay) return;
    const struct workload *workload = scenario_load(run->scenario, w).workload;
    const int64_t n = run->traces->items[workload->demand.trace.index].n;
    if (p->end_row - p->first_row == n) return;
    snprintf(text, sizeof text, "%lld of the trace's %lld rows lie outside the horizon and are not replayed",
             (long long)(n - (p->end_row - p->first_row)), (long long)n);
    snprintf(key, sizeof key, "workloads.%s.demand.trace", workload->name);
    result_warn(result, key, text);
}

static void warn_of_prices(struct result *result, const struct run *run, int32_t phase, int32_t route, int32_t w,
                           int32_t step)
{
    const struct model_prices *model = plan_model(run->timeline, phase, plan_step_of(run->plan, phase, route, w, step));
    const struct tokens tokens = load_tokens(scenario_load(run->timeline->phases[phase], w));
    char text[300], key[INPUT_PATH_BYTES];
    snprintf(key, sizeof key, "prices.models.%.95s", model->name);
    if (model->rows[0].from_at_s != INSTANT_ABSENT && model->rows[0].from_at_s > run->plan->start_at_s) {
        snprintf(text, sizeof text, "%.95s: the run starts before the first price row's date; that row is used",
                 model->name);
        result_warn(result, key, text);
    }
    if (!tokens_have_cache_prices(&tokens, model)) {
        snprintf(text, sizeof text, "%.95s has no price for a cache class that is used; it is billed as uncached input",
                 model->name);
        result_warn(result, key, text);
    }
}

/* A prompt cache whose rules do not list the model, where there is a prefix to cache. */
static void warn_of_minimum(struct result *result, const struct run *run, int32_t phase, int32_t route, int32_t w,
                            int32_t step)
{
    const struct plan_step *at = plan_step_of(run->plan, phase, route, w, step);
    const struct prompt_terms *terms = &at->terms;
    const struct scenario *scenario = run->timeline->phases[phase];
    char text[300], key[INPUT_PATH_BYTES];
    if (!terms->is_on || !terms->is_min_assumed) return;
    if (!(plan_load_of(run->plan, phase, w)->prefix.prefix_tok > 0)) return;
    snprintf(
        text, sizeof text,
        "the rules '%s' do not list %.95s: that its prompt cache takes prefixes of %.0f tokens or more is assumed, "
        "the largest minimum that they list",
        prompt_rules[scenario->routes[route].prompt_cache.rules].name, plan_model(run->timeline, phase, at)->name,
        terms->min_tok);
    snprintf(key, sizeof key, "routes.%.95s.prompt_cache.min_tokens", scenario->routes[route].name);
    result_warn(result, key, text);
}

/* Calls and cost are attributed by the names that a workload has at the start; a change may give it others. */
static void warn_of_names(struct result *result, const struct run *run, int32_t phase, int32_t w)
{
    const struct consumer *first = &run->scenario->workloads[w].consumer;
    const struct consumer *now = &run->timeline->phases[phase]->workloads[w].consumer;
    const char *const fields[] = {"name", "key", "tags"};
    const int differs[] = {strcmp(first->name, now->name) != 0, strcmp(first->key, now->key) != 0,
                           first->n_tags != now->n_tags ||
                               memcmp(first->tags, now->tags, sizeof now->tags[0] * (size_t)now->n_tags) != 0};
    char key[INPUT_PATH_BYTES];
    for (int i = 0; i < 3; i++) {
        if (!differs[i]) continue;
        snprintf(key, sizeof key, "workloads.%.95s.consumer.%s", run->scenario->workloads[w].name, fields[i]);
        result_warn(
            result, key,
            "a change sets it during the run: calls and cost are attributed as at the start throughout (a key's "
            "budgets and denials do change); what if it were so from the start is a variant");
    }
}

/* A window that is only partly measured is no match for one that is whole. */
static void warn_of_window(struct result *result, const struct run *run, int32_t w)
{
    const struct window *window = &run->scenario->windows[w - 1];
    const struct result_span *span = &result->spans[w];
    const int64_t wanted_s = window_ends_at_s(window) - window_begins_at_s(window);
    char text[200], key[INPUT_PATH_BYTES];
    if (span->to_at_s - span->from_at_s == wanted_s) return;
    snprintf(text, sizeof text,
             "only %lld of the window's %lld s are measured: the rest is warm-up or beyond the horizon",
             (long long)(span->to_at_s - span->from_at_s), (long long)wanted_s);
    snprintf(key, sizeof key, "windows.%s", window->name);
    result_warn(result, key, text);
}

static void warn_of_credits(struct result *result, const struct run *run, int32_t route)
{
    char key[INPUT_PATH_BYTES];
    if (!service_credits_has_part(run, route)) return;
    snprintf(key, sizeof key, "routes.%.95s.availability.sla", run->scenario->routes[route].name);
    result_warn(
        result, key,
        "service credits are given by calendar month (UTC): the part of a month that was measured counts as the "
        "month");
}

static void warn_of_doubts(struct result *result, uint32_t doubt)
{
    for (int bit = 0; bit < HOURLY_DOUBTS; bit++)
        if (doubt >> bit & 1u) result_warn(result, bit == 0 ? "gateway.response_cache" : "", doubt_rows[bit].advice);
}

static void warn_of_pair(struct result *result, const struct run *run, int32_t phase, int32_t route, int32_t w)
{
    for (int32_t step = 0; step < run->plan->n_steps[route]; step++) {
        if (plan_step_of(run->plan, phase, route, w, step)->model < 0) continue;
        warn_of_prices(result, run, phase, route, w, step);
        warn_of_minimum(result, run, phase, route, w, step);
    }
    if (w < run->plan->n_homes) warn_of_names(result, run, phase, w);
}

static void warn_of_all(struct result *result, const struct run *run)
{
    for (int32_t i = 0; i < run->n_routes; i++)
        warn_of_doubts(result, run->routes[i].doubt);
    for (int32_t i = 0; i < run->n_routes; i++)
        warn_of_credits(result, run, run->routes[i].route);
    for (int32_t w = 1; w < run->plan->n_windows; w++)
        warn_of_window(result, run, w);
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        warn_of_replay(result, run, w);
    for (int32_t i = 0; i < run->n_routes; i++)
        for (int32_t w = 0; w < run->plan->n_workloads; w++)
            for (int32_t phase = 0; phase < run->plan->n_phases; phase++)
                warn_of_pair(result, run, phase, run->routes[i].route, w);
}

/* One number of one cell, with its names; 0 for a sum of 0, so that what is empty leaves no trace. */
static uint64_t entry_digest(const struct run *run, const struct result_cell *cell, const char *window, int metric,
                             const struct floe_exact *exact)
{
    struct floe_hash hash = floe_hash_begin();
    if (exact->sum == 0) return 0;
    floe_hash_text(&hash, run->scenario->workloads[cell->workload].name);
    floe_hash_text(&hash, run->scenario->routes[cell->route].name);
    floe_hash_text(&hash, run->timeline->variant);
    floe_hash_text(&hash, window);
    floe_hash_text(&hash, metric_rows[metric].name);
    floe_hash_i128(&hash, exact->sum);
    floe_hash_i128(&hash, (floe_i128)exact->squares_low);
    floe_hash_u64(&hash, exact->squares_high);
    floe_hash_u64(&hash, exact->n);
    return floe_hash_end(hash);
}

/* A cell's digest is the sum of its entries' (mod 2^64): it knows their names and no order. */
static void fill_cell(const struct run *run, struct route_work *work, struct result_cell *cell, const char *window,
                      struct outcome_work *scratch)
{
    const double *first = row_metrics(run, work->values, cell->workload, cell->span);
    for (int m = 0; m < METRIC_N; m++) {
        struct floe_exact exact;
        cell->outcomes[m] = outcome_of(first + m, run->replications, work->n_values, metric_rows[m].unit, scratch,
                                       &exact);
        cell->digest += entry_digest(run, cell, window, m, &exact);
    }
}

void tables_finish(struct result *result)
{
    struct floe_hash hash = floe_hash_begin();
    uint64_t sum = 0;
    for (int64_t i = 0; i < result->n_cells; i++)
        sum += result->cells[i].digest;
    floe_hash_u64(&hash, sum);
    floe_hash_u64(&hash, result->seed);
    floe_hash_text(&hash, result->engine);
    floe_hash_u64(&hash, (uint64_t)result->math_profile);
    result->digest = floe_hash_end(hash);
}

static enum floe_status make_steps(const struct run *run, struct result *result, struct route_work *work, int64_t cell,
                                   struct outcome_work *scratch)
{
    const struct result_cell *of = &result->cells[cell];
    const int32_t n = run->plan->n_steps[work->route], n_loads = plan_n_loads_of(run->plan, of->workload);
    void *grown = realloc(result->steps, sizeof *result->steps * (size_t)(result->n_steps + n_loads * n));
    if (grown == NULL) return FLOE_ENVIRONMENT;
    result->steps = (struct result_step *)grown;
    for (int32_t i = 0; i < n_loads * n; i++) {
        struct result_step *step = &result->steps[result->n_steps++];
        const int32_t load = plan_load_of_step(run->plan, of->workload, i / n);
        const struct task_step *task_step = scenario_load(run->scenario, load).step;
        const double *first = row_step(run, work, work->values, load, of->span, i % n);
        memset(step, 0, sizeof *step);
        step->cell = cell;
        step->step = i % n;
        if (task_step != NULL) snprintf(step->task_step, sizeof step->task_step, "%s", task_step->name);
        snprintf(step->model, sizeof step->model, "%s", plan_model_of_step(run->scenario, work->route, load, i % n));
        if (i % n < run->scenario->routes[work->route].n_steps)
            snprintf(step->region, sizeof step->region, "%s", run->scenario->routes[work->route].chain[i % n].region);
        for (int m = 0; m < STEP_N; m++) {
            struct floe_exact exact;
            step->outcomes[m] = outcome_of(first + m, run->replications, work->n_values,
                                           m == STEP_COST ? METRIC_UNIT_USD : METRIC_UNIT_COUNT, scratch, &exact);
        }
    }
    return FLOE_OK;
}

static enum floe_status make_cells(struct run *run, struct result *result, struct outcome_work *scratch)
{
    const int64_t n = (int64_t)run->plan->n_homes * run->n_routes * run->plan->n_windows;
    void *grown = realloc(result->cells, sizeof *result->cells * (size_t)(result->n_cells + n));
    if (grown == NULL) return FLOE_ENVIRONMENT;
    result->cells = (struct result_cell *)grown;
    struct result_cell *cell = result->cells + result->n_cells;
    memset(cell, 0, sizeof *cell * (size_t)n);
    result->n_cells += n;
    for (int32_t w = 0; w < run->plan->n_homes; w++)
        for (int32_t i = 0; i < run->n_routes; i++)
            for (int32_t window = 0; window < run->plan->n_windows; window++, cell++) {
                cell->workload = w;
                cell->route = run->routes[i].route;
                cell->variant = run->variant;
                cell->span = window;
                cell->doubt = run->routes[i].doubt;
                fill_cell(run, &run->routes[i], cell, result->spans[window].window, scratch);
                if (make_steps(run, result, &run->routes[i], cell - result->cells, scratch) != FLOE_OK)
                    return FLOE_ENVIRONMENT;
            }
    return FLOE_OK;
}

static struct usage_row *usage_append(struct usage_table *table)
{
    if (table->n == table->capacity) {
        const int64_t capacity = table->capacity * 2 + 64;
        void *grown = realloc(table->rows, sizeof *table->rows * (size_t)capacity);
        if (grown == NULL) return NULL;
        table->rows = (struct usage_row *)grown;
        table->capacity = capacity;
    }
    memset(&table->rows[table->n], 0, sizeof *table->rows);
    return &table->rows[table->n++];
}

static void name_usage(const struct run *run, struct usage_row *usage, int32_t span, int32_t w, int32_t route,
                       int32_t slot, int c)
{
    usage->span = span;
    usage->variant = run->variant;
    usage->workload = run->plan->workloads[w].home;
    usage->route = route;
    snprintf(usage->model, sizeof usage->model, "%s", slot_row_of(run, route, w, slot).model->name);
    usage->service_tier = "standard";
    usage->token_class = usage_class_names[c];
    usage->unit = usage_class_units[c];
    usage->unit_price_usd = slot_price(run, route, w, slot, c);
}

/* A slot of a load of a workload; those of a workload are numbered load by load. */
struct home_slot {
    int32_t load, slot;
};

static int32_t home_slots(const struct run *run, int32_t route, int32_t home)
{
    int32_t n = 0;
    for (int32_t j = 0; j < plan_n_loads_of(run->plan, home); j++)
        n += run->plan->pairs[route][plan_load_of_step(run->plan, home, j)].n_slots;
    return n;
}

static struct home_slot home_slot_at(const struct run *run, int32_t route, int32_t home, int32_t i)
{
    struct home_slot at = {home, i};
    for (int32_t j = 1; at.slot >= run->plan->pairs[route][at.load].n_slots; j++) {
        at.slot -= run->plan->pairs[route][at.load].n_slots;
        at.load = plan_load_of_step(run->plan, home, j);
    }
    return at;
}

/* 1: two slots are one line of a bill for this class: dates and phases that changed another price. */
static int slots_are_alike(const struct run *run, int32_t route, struct home_slot a, struct home_slot b, int c)
{
    return slot_price(run, route, a.load, a.slot, c) == slot_price(run, route, b.load, b.slot, c) &&
           strcmp(slot_row_of(run, route, a.load, a.slot).model->name,
                  slot_row_of(run, route, b.load, b.slot).model->name) == 0;
}

static int has_earlier_like(const struct run *run, int32_t route, int32_t home, int32_t i, int c)
{
    const struct home_slot at = home_slot_at(run, route, home, i);
    for (int32_t k = 0; k < i; k++)
        if (slots_are_alike(run, route, home_slot_at(run, route, home, k), at, c)) return 1;
    return 0;
}

/* Tokens of a slot and those like it, one value per replication. */
static void sum_like(const struct run *run, const struct route_work *work, int32_t home, int32_t window, int32_t i,
                     int c, double *sums)
{
    const struct home_slot at = home_slot_at(run, work->route, home, i);
    memset(sums, 0, sizeof *sums * run->replications);
    for (int32_t k = i; k < home_slots(run, work->route, home); k++) {
        const struct home_slot like = home_slot_at(run, work->route, home, k);
        if (!slots_are_alike(run, work->route, like, at, c)) continue;
        const double *values = row_tokens(run, work, work->values, like.load, window, like.slot) + c;
        for (uint32_t r = 0; r < run->replications; r++)
            sums[r] += values[(int64_t)r * work->n_values];
    }
}

static enum floe_status add_usage(struct run *run, struct result *result, struct route_work *work, int32_t w,
                                  int32_t window, struct outcome_work *scratch, double *values)
{
    for (int32_t slot = 0; slot < home_slots(run, work->route, w); slot++)
        for (int c = 0; c < USAGE_CLASS_N; c++) {
            const struct home_slot at = home_slot_at(run, work->route, w, slot);
            struct floe_exact exact;
            if (has_earlier_like(run, work->route, w, slot, c)) continue;
            sum_like(run, work, w, window, slot, c, values);
            struct outcome quantity = outcome_of(values, run->replications, 1, METRIC_UNIT_TOK, scratch, &exact);
            if (exact.sum == 0) continue;
            struct usage_row *usage = usage_append(&result->by_window);
            if (usage == NULL) return FLOE_ENVIRONMENT;
            name_usage(run, usage, window, at.load, work->route, at.slot, c);
            usage->quantity = quantity;
            for (uint32_t r = 0; r < run->replications; r++)
                values[r] *= usage->unit_price_usd;
            usage->cost_usd = outcome_of(values, run->replications, 1, METRIC_UNIT_USD, scratch, &exact);
        }
    return FLOE_OK;
}

static enum floe_status make_usage(struct run *run, struct result *result, struct outcome_work *scratch)
{
    enum floe_status status = FLOE_OK;
    double *values = (double *)malloc(sizeof *values * run->replications);
    if (values == NULL) return FLOE_ENVIRONMENT;
    for (int32_t window = 0; window < run->plan->n_windows && status == FLOE_OK; window++)
        for (int32_t w = 0; w < run->plan->n_homes && status == FLOE_OK; w++)
            for (int32_t i = 0; i < run->n_routes && status == FLOE_OK; i++)
                status = add_usage(run, result, &run->routes[i], w, window, scratch, values);
    free(values);
    return status;
}

/* ---- by clock hour ---- */

/* All workers' sums into the first one's. */
static void merge_sums(struct run *run)
{
    for (unsigned k = 1; k < run->n_workers; k++)
        for (int32_t i = 0; i < run->n_routes; i++)
            for (int64_t j = 0; j < run->routes[i].n_counts; j++)
                run->workers[0].sums[i][j] += run->workers[k].sums[i][j];
}

/* A row of this hour for a slot like this one, or NULL. */
static struct usage_row *usage_since(struct usage_table *table, int64_t first, const struct run *run, int32_t route,
                                     int32_t w, int32_t slot, int c)
{
    for (int64_t i = first; i < table->n; i++)
        if (table->rows[i].token_class == usage_class_names[c] &&
            table->rows[i].unit_price_usd == slot_price(run, route, w, slot, c) &&
            strcmp(table->rows[i].model, slot_row_of(run, route, w, slot).model->name) == 0)
            return &table->rows[i];
    return NULL;
}

static enum floe_status add_hour(const struct run *run, struct result *result, int32_t i, int32_t home, int32_t hour,
                                 const double *tokens)
{
    const int32_t route = run->routes[i].route;
    const int64_t before = result->by_hour.n;
    for (int32_t slot = 0; slot < home_slots(run, route, home); slot++)
        for (int c = 0; c < USAGE_CLASS_N; c++) {
            const double mean = tokens[slot * USAGE_CLASS_N + c] / run->replications;
            if (mean == 0) continue;
            const struct home_slot at = home_slot_at(run, route, home, slot);
            struct usage_row *usage = usage_since(&result->by_hour, before, run, route, at.load, at.slot, c);
            if (usage == NULL) usage = usage_append(&result->by_hour);
            if (usage == NULL) return FLOE_ENVIRONMENT;
            name_usage(run, usage, result->n_windows + hour, at.load, route, at.slot, c);
            usage->quantity.mean += mean;
            usage->cost_usd.mean += mean * usage->unit_price_usd;
            usage->quantity.n = usage->cost_usd.n = run->replications;
        }
    return FLOE_OK;
}

/* Adds a bin of all loads of a workload to its hour. */
static void add_bin_to_hour(const struct run *run, const struct counts *sums, int32_t home, int32_t bin, double *hours,
                            double *tokens)
{
    for (int32_t j = 0; j < plan_n_loads_of(run->plan, home); j++) {
        const int32_t load = plan_load_of_step(run->plan, home, j), n = sums->n_slots[load] * USAGE_CLASS_N;
        for (int k = 0; k < HOUR_METRICS; k++)
            hours[k] += counts_of(sums, load, bin)[hour_metrics[k]];
        for (int k = 0; k < n; k++)
            *tokens++ += counts_tokens(sums, load, bin, 0)[k];
    }
}

/* tokens: scratch for the slots of the workload. */
static enum floe_status make_hours_of(const struct run *run, struct result *result, int32_t i, int32_t w,
                                      double *tokens)
{
    const int32_t *hour_of_bin = plan_hour_of_bin(run->plan);
    struct counts sums = run->routes[i].layout;
    const int32_t n = home_slots(run, run->routes[i].route, w) * USAGE_CLASS_N;
    double *hours = NULL;
    counts_attach(&sums, run->plan->n_workloads, run->workers[0].sums[i]);
    memset(tokens, 0, sizeof *tokens * (size_t)n);
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
        const int32_t hour = hour_of_bin[bin];
        if (hour < 0) continue;
        hours = result_hour_counts(result, run->variant, hour, w, run->routes[i].route);
        add_bin_to_hour(run, &sums, w, bin, hours, tokens);
        if (bin + 1 < run->plan->n_bins && hour_of_bin[bin + 1] == hour) continue;
        for (int k = 0; k < HOUR_METRICS; k++)
            hours[k] /= run->replications;
        if (add_hour(run, result, i, w, hour, tokens) != FLOE_OK) return FLOE_ENVIRONMENT;
        memset(tokens, 0, sizeof *tokens * (size_t)n);
    }
    return FLOE_OK;
}

static enum floe_status make_hours(struct run *run, struct result *result)
{
    const size_t n = (size_t)run->plan->n_hours * (size_t)run->plan->n_homes * (size_t)run->plan->n_routes *
                     HOUR_METRICS;
    const size_t before = n * (size_t)run->variant;
    void *grown = realloc(result->hour_counts, (before + n + 1) * sizeof *result->hour_counts);
    if (grown == NULL) return FLOE_ENVIRONMENT;
    result->hour_counts = (double *)grown;
    memset(result->hour_counts + before, 0, (n + 1) * sizeof *result->hour_counts);
    merge_sums(run);
    int32_t slots = 1;
    for (int32_t w = 0; w < run->plan->n_homes; w++)
        for (int32_t i = 0; i < run->n_routes; i++) {
            const int32_t here = home_slots(run, run->routes[i].route, w);
            if (here > slots) slots = here;
        }
    double *tokens = (double *)malloc(sizeof *tokens * (size_t)slots * USAGE_CLASS_N);
    if (tokens == NULL) return FLOE_ENVIRONMENT;
    enum floe_status status = FLOE_OK;
    for (int32_t w = 0; w < run->plan->n_homes; w++)
        for (int32_t i = 0; i < run->n_routes && status == FLOE_OK; i++)
            status = make_hours_of(run, result, i, w, tokens);
    free(tokens);
    return status;
}

static int64_t clip(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* Spans as measured: a window that begins before the measured whole begins with it. */
static enum floe_status make_spans(const struct run *run, struct result *result)
{
    if (result->spans != NULL) return FLOE_OK; /* those of every variant are the same */
    const int64_t *hours = plan_hours(run->plan);
    const int64_t from_at_s = hours[0], to_at_s = hours[run->plan->n_hours];
    result->n_windows = run->plan->n_windows;
    result->n_spans = run->plan->n_windows + run->plan->n_hours;
    result->spans = (struct result_span *)calloc((size_t)result->n_spans, sizeof *result->spans);
    if (result->spans == NULL) return FLOE_ENVIRONMENT;
    snprintf(result->spans[0].window, NAME_BYTES, WINDOW_ALL);
    result->spans[0].from_at_s = from_at_s;
    result->spans[0].to_at_s = to_at_s;
    for (int32_t w = 1; w < run->plan->n_windows; w++) {
        const struct window *window = &run->scenario->windows[w - 1];
        memcpy(result->spans[w].window, window->name, NAME_BYTES);
        result->spans[w].from_at_s = clip(window_begins_at_s(window), from_at_s, to_at_s);
        result->spans[w].to_at_s = clip(window_ends_at_s(window), from_at_s, to_at_s);
    }
    for (int32_t h = 0; h < run->plan->n_hours; h++) {
        result->spans[result->n_windows + h].from_at_s = hours[h];
        result->spans[result->n_windows + h].to_at_s = hours[h + 1];
    }
    return FLOE_OK;
}

/* The trajectories of every route change hands: the result frees them. */
static enum floe_status take_trajectories(struct run *run, struct result *result)
{
    if (run->options->engine == ENGINE_HOURLY) return FLOE_OK;
    const size_t n = (size_t)(result->n_trajectories + run->n_routes);
    void *grown = realloc(result->trajectories, sizeof *result->trajectories * n);
    if (grown == NULL) return FLOE_ENVIRONMENT;
    result->trajectories = (struct result_trajectories *)grown;
    for (int32_t i = 0; i < run->n_routes; i++) {
        struct route_work *work = &run->routes[i];
        struct result_trajectories *taken = &result->trajectories[result->n_trajectories++];
        taken->route = work->route;
        taken->variant = run->variant;
        taken->sum = trajectories_sum(work->trajectories, run->replications);
        taken->items = work->trajectories;
        work->trajectories = NULL;
    }
    return FLOE_OK;
}

static void name_result(const struct run *run, struct result *result)
{
    if (run->variant == 0) result->scenario = run->scenario;
    snprintf(result->variants[run->variant], NAME_BYTES, "%s", run->timeline->variant);
    result->scenarios[run->variant] = run->scenario;
    result->n_variants = run->variant + 1;
    result->file = "";
    result->engine = engine_names[run->options->engine];
    result->backend = "cpu";
    result->seed = run->options->seed;
    result->replications = run->replications;
    result->math_profile = FLOE_MATH_PROFILE;
}

enum floe_status tables_make(struct run *run, struct result *result)
{
    struct outcome_work scratch = {NULL, 0, 0, 0};
    scratch.sorted = (double *)malloc(sizeof(double) * run->replications);
    if (scratch.sorted == NULL) return FLOE_ENVIRONMENT;
    name_result(run, result);
    enum floe_status status = make_spans(run, result);
    if (status == FLOE_OK) status = make_cells(run, result, &scratch);
    if (status == FLOE_OK) status = make_usage(run, result, &scratch);
    if (status == FLOE_OK) status = make_hours(run, result);
    if (status == FLOE_OK) status = take_trajectories(run, result);
    warn_of_all(result, run);
    if (scratch.clamped > 0)
        result_warn(result, "time.horizon",
                    "numbers beyond 1.1e15 (counts, tokens) or 1.1e12 (dollars) were cut to that: shorten the horizon");
    free(scratch.sorted);
    return status;
}

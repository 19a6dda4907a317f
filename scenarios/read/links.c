/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/load.h"
#include "scenarios/read/civil.h"
#include "scenarios/read/links_gateway.h"
#include "scenarios/read/load.h"
#include "scenarios/read/names.h"
#include "scenarios/read/trace_csv.h"

static struct mark mark_of(const struct links *l, const char *path)
{
    return places_find(l->places, l->inputs, path);
}

/* -- models and their prices -- */

static const struct model_prices *prices_of(const struct scenario *s, const char *model)
{
    for (int32_t i = 0; i < s->prices.n_models; i++)
        if (strcmp(s->prices.models[i].name, model) == 0) return &s->prices.models[i];
    return NULL;
}

static void model_hint(const struct links *l, const char *model, char hint[MESSAGE_BYTES])
{
    struct suggestions suggestions = suggestions_begin(model);
    const struct node *book = l->book_models;
    for (int32_t i = 0; i < l->scenario->prices.n_models; i++)
        suggestions_consider(&suggestions, l->scenario->prices.models[i].name);
    for (int32_t i = 0; book != NULL && i < book->n; i++)
        suggestions_consider(&suggestions, book->entries[i].key);
    if (!suggestions_text(&suggestions, hint, MESSAGE_BYTES))
        snprintf(hint, MESSAGE_BYTES,
                 "prices: {book: FILE}, or prices: {models: {%s: {input: 3.00 usd/Mtok, output: 15.00 usd/Mtok}}}",
                 model);
}

/* What hides the models from view: the prices, the book or the map as a whole cannot be read. One wrong price does not:
 * its model is there by name. */
static int has_unseen_models(const struct links *l)
{
    const struct reading *r = l->reading;
    return l->has_no_book || reading_has_told(r, "prices") || reading_has_told(r, "prices.models") ||
           reading_has_told(r, "prices.book");
}

/* Told: 0. A model that no price is known of, or that is in a part of the file that cannot be read. */
static int check_known(const struct links *l, const char *model, const char *path)
{
    char hint[MESSAGE_BYTES];
    if (model[0] == '\0' || has_unseen_models(l)) return 0;
    if (prices_of(l->scenario, model) != NULL) return 1;
    model_hint(l, model, hint);
    return reading_error(l->reading, mark_of(l, path), path, hint, "the model '%s' has no prices", model);
}

/* 0: told. */
static int check_cache_prices(const struct links *l, const char *model, const char *path, struct load load)
{
    char key[INPUT_PATH_BYTES], name[LOAD_NAME_BYTES];
    const struct tokens tokens = load_tokens(load);
    load_name(load, name);
    snprintf(key, sizeof key, "prices.models.%s", model);
    if (l->scenario->prices.missing_cache_price != MISSING_REFUSED ||
        tokens_have_cache_prices(&tokens, prices_of(l->scenario, model)) || reading_has_told_below(l->reading, key))
        return 1;
    return reading_error(l->reading, mark_of(l, path), path, "prices: {missing_cache_price: input} bills it as input",
                         "the model '%s' lacks a cache price that workload '%s' needs, and prices.missing_cache_price "
                         "refuses that",
                         model, name);
}

/* A step of a task may leave its model to the workload: that is told there. */
static void check_from_workload(const struct links *l, int32_t route, struct load load, int is_first)
{
    const struct workload *w = load.workload;
    const int is_own = load.step != NULL && load.step->model[0] != '\0';
    char name[LOAD_NAME_BYTES], path[INPUT_PATH_BYTES], whole[INPUT_PATH_BYTES], hint[MESSAGE_BYTES];
    load_name(load, name);
    snprintf(path, sizeof path, "workloads.%.180s.model", is_own ? name : w->name);
    snprintf(whole, sizeof whole, "workloads.%s", w->name);
    if (load_model(load)[0] != '\0') {
        if (is_first && check_known(l, load_model(load), path)) check_cache_prices(l, load_model(load), path, load);
        return;
    }
    if (!is_first || reading_has_told(l->reading, path) || reading_has_told(l->reading, whole)) return;
    snprintf(hint, sizeof hint, "give workload '%s'%s a model, or give the chain of route '%s' one", w->name,
             load.step != NULL ? " or each step of its task" : "", l->scenario->routes[route].name);
    reading_error(l->reading, mark_of(l, path), path, hint,
                  "workload '%s' names no model, and route '%s' takes it from the workload", w->name,
                  l->scenario->routes[route].name);
}

static void check_step(const struct links *l, int32_t route, int32_t step, int is_first)
{
    const struct scenario *s = l->scenario;
    const char *model = s->routes[route].chain[step].model;
    char path[INPUT_PATH_BYTES], of_step[INPUT_PATH_BYTES];
    snprintf(of_step, sizeof of_step, "routes.%s.chain.%d", s->routes[route].name, (int)step);
    snprintf(path, sizeof path, "%.*s.model", (int)(sizeof path - sizeof ".model"), of_step);
    if (model[0] == '\0' && !reading_has_told_below(l->reading, of_step))
        reading_error(l->reading, mark_of(l, path), path, "a name of the price book, or `from workload`",
                      "a step of route '%s' names no model", s->routes[route].name);
    const int asks_workload = strcmp(model, MODEL_FROM_WORKLOAD) == 0;
    for (int32_t i = 0; asks_workload && i < scenario_n_loads(s); i++)
        check_from_workload(l, route, scenario_load(s, i), is_first);
    int is_sound = !asks_workload && check_known(l, model, path);
    for (int32_t i = 0; is_sound && i < scenario_n_loads(s); i++)
        is_sound = check_cache_prices(l, model, path, scenario_load(s, i));
}

/* A quota of a region that no step asks is a slip of the pen. */
static void check_region(const struct links *l, int32_t route, const char *place, const char *path)
{
    const char *region = strchr(place, '@');
    for (int32_t i = 0; region != NULL && i < l->scenario->routes[route].n_steps; i++)
        if (strcmp(l->scenario->routes[route].chain[i].region, region + 1) == 0) return;
    if (region != NULL)
        reading_error(l->reading, mark_of(l, path), path, "chain: [{model: NAME, region: eu-west-1}]",
                      "no step of route '%s' asks the region '%s'", l->scenario->routes[route].name, region + 1);
}

static void check_models(const struct links *l)
{
    int asked_before = 0; /* what is wrong with a workload's own model is told once, not for every route */
    for (int32_t i = 0; i < l->scenario->n_routes; i++)
        for (int32_t j = 0; j < l->scenario->routes[i].n_steps; j++) {
            check_step(l, i, j, !asked_before);
            asked_before |= strcmp(l->scenario->routes[i].chain[j].model, MODEL_FROM_WORKLOAD) == 0;
        }
    for (int32_t i = 0; i < l->scenario->n_routes; i++)
        for (int32_t j = 0; j < l->scenario->routes[i].n_quotas; j++) {
            const char *place = l->scenario->routes[i].quotas[j].name;
            char path[INPUT_PATH_BYTES], model[NAME_BYTES];
            snprintf(path, sizeof path, "routes.%s.quotas.%s", l->scenario->routes[i].name, place);
            place_model(place, model);
            if (check_known(l, model, path)) check_region(l, i, place, path);
        }
}

/* -- windows -- */

static void check_windows(const struct links *l)
{
    const struct scenario *s = l->scenario;
    const double first = (double)s->time.start_at_s + s->time.warmup_s,
                 end = (double)s->time.start_at_s + s->time.horizon_s;
    char from[CIVIL_INSTANT_BYTES], to[CIVIL_INSTANT_BYTES], path[INPUT_PATH_BYTES];
    if (reading_has_told_below(l->reading, "time")) return;
    civil_format((int64_t)first, 0, from);
    civil_format((int64_t)end, 0, to);
    for (int32_t i = 0; i < s->n_windows; i++) {
        const struct window *w = &s->windows[i];
        snprintf(path, sizeof path, "windows.%s", w->name);
        if (reading_has_told_below(l->reading, path)) continue;
        const double begins = (double)window_begins_at_s(w), ends = (double)window_ends_at_s(w);
        if (begins < end && ends > first) continue;
        snprintf(path, sizeof path, "windows.%s.%s", w->name, window_is_day(w) ? "day" : "from");
        reading_error(l->reading, mark_of(l, path), path,
                      "time.start, time.horizon and time.warmup decide what is measured",
                      "window '%s' lies outside of what is measured: %s to %s", w->name, from, to);
    }
}

/* A step of a task is a stream of calls, as a workload is. */
static void check_loads(const struct links *l)
{
    const int32_t n = scenario_n_loads(l->scenario);
    if (n <= LOADS_MOST) return;
    reading_error(l->reading, mark_of(l, "workloads"), "workloads", "fewer steps, or two scenarios",
                  "the workloads and the further steps of their tasks are %d together; at most %d", (int)n, LOADS_MOST);
}

/* The hedge of a step is sent on every route. */
static void check_hedges(const struct links *l)
{
    for (int32_t i = 0; i < scenario_n_loads(l->scenario); i++) {
        const struct load load = scenario_load(l->scenario, i);
        char name[LOAD_NAME_BYTES], path[INPUT_PATH_BYTES];
        load_name(load, name);
        snprintf(path, sizeof path, "workloads.%.180s.hedge", name);
        for (int32_t r = 0; load.step != NULL && r < l->scenario->n_routes; r++) {
            struct complaint c = {"", "", ""};
            if (hedge_fits(&load.step->hedge, &l->scenario->routes[r].latency, &c)) continue;
            reading_error(l->reading, mark_of(l, path), path, c.hint, "on route '%s': %s", l->scenario->routes[r].name,
                          c.what);
            break;
        }
    }
}

void links_check(const struct links *l)
{
    check_models(l);
    check_loads(l);
    check_hedges(l);
    check_windows(l);
    links_check_gateway(l);
}

/* -- traces -- */

void links_clear(struct scenario *s)
{
    for (int32_t i = 0; i < WORKLOADS_MOST; i++)
        s->workloads[i].demand.trace.index = s->workloads[i].tokens.trace.index = -1;
}

/* A trace that was read: by what name, from where, with which columns. */
struct trace_seen {
    struct trace_ref ref; /* its file as written; index is set */
    char resolved[PATH_BYTES];
    int32_t mention_file;
};

struct trace_reader {
    const struct links *links;
    struct trace_seen seen[TRACE_MOST];
    int32_t n;
};

static int has_same_columns(const struct trace_ref *a, const struct trace_ref *b)
{
    return strcmp(a->time, b->time) == 0 && strcmp(a->input, b->input) == 0 && strcmp(a->output, b->output) == 0;
}

static const struct trace_seen *find_seen(const struct trace_reader *t, const struct trace_ref *ref,
                                          int32_t mention_file)
{
    for (int32_t i = 0; i < t->n; i++)
        if (t->seen[i].mention_file == mention_file && strcmp(t->seen[i].ref.file, ref->file) == 0 &&
            has_same_columns(&t->seen[i].ref, ref))
            return &t->seen[i];
    return NULL;
}

static int read_rows(const struct trace_reader *t, const struct trace_ref *ref, const char *bytes, size_t n,
                     int32_t file, const char *path, struct trace *out)
{
    struct trace_fault fault;
    memset(&fault, 0, sizeof fault);
    const struct links *l = t->links;
    /* Without a start, which was told, the rows are read all the same, for what else is wrong with them. */
    const int64_t start_at_s = l->scenario->time.start_at_s == INSTANT_ABSENT ? 0 : l->scenario->time.start_at_s;
    const enum floe_status status = floe_trace_read(bytes, n, ref, start_at_s, out, &fault);
    if (status == FLOE_OK) return 1;
    if (status == FLOE_ENVIRONMENT) return reading_no_memory(l->reading);
    const int32_t line = fault.row > INT32_MAX ? INT32_MAX : (int32_t)fault.row;
    return reading_error(l->reading, (struct mark){file, line, fault.column}, path, fault.hint, "%s", fault.what);
}

static void read_trace(struct trace_reader *t, struct trace_ref *ref, const char *path)
{
    const struct links *l = t->links;
    const struct mark mark = mark_of(l, path);
    const struct trace_seen *before = find_seen(t, ref, mark.file);
    if (before == NULL) {
        size_t n;
        int32_t file;
        struct trace_seen *seen = &t->seen[t->n];
        if (t->n == TRACE_MOST) {
            reading_error(l->reading, mark, path, "", "more than %d different traces", TRACE_MOST);
            return;
        }
        char *bytes = load_bytes(l->reading, "the trace", ref->file, mark, TRACE_BYTES_MOST, &n, &file, NULL);
        if (bytes == NULL) return;
        const int is_read = read_rows(t, ref, bytes, n, file, path, &l->traces->items[t->n]);
        free(bytes);
        if (!is_read) return;
        seen->ref = *ref;
        seen->ref.index = t->n++;
        seen->mention_file = mark.file;
        snprintf(seen->resolved, PATH_BYTES, "%s", reading_name(l->reading, file));
        l->traces->n = t->n;
        before = seen;
    }
    ref->index = before->ref.index;
    memcpy(ref->file, before->resolved, PATH_BYTES);
}

void links_read_traces(const struct links *l)
{
    struct trace_reader *t = (struct trace_reader *)calloc(1, sizeof *t);
    char path[INPUT_PATH_BYTES];
    if (t == NULL) {
        reading_no_memory(l->reading);
        return;
    }
    t->links = l;
    for (int32_t i = 0; i < l->scenario->n_workloads; i++) {
        struct workload *w = &l->scenario->workloads[i];
        snprintf(path, sizeof path, "workloads.%s.demand.trace.file", w->name);
        if (w->demand.trace.file[0] != '\0') read_trace(t, &w->demand.trace, path);
        snprintf(path, sizeof path, "workloads.%s.tokens.empirical.file", w->name);
        if (w->tokens.trace.file[0] != '\0') read_trace(t, &w->tokens.trace, path);
    }
    free(t);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/links_gateway.h"

#include <stdio.h>
#include <string.h>

#include "models/load.h"
#include "scenarios/read/names.h"

static struct mark mark_of(const struct links *l, const char *path)
{
    return places_find(l->places, l->inputs, path);
}

/* -- keys -- */

static void keys_hint(const struct scenario *s, const char *name, char hint[MESSAGE_BYTES])
{
    struct suggestions suggestions = suggestions_begin(name);
    for (int32_t k = 0; k < s->n_keys; k++)
        suggestions_consider(&suggestions, s->keys[k].name);
    if (name[0] == '\0' || !suggestions_text(&suggestions, hint, MESSAGE_BYTES))
        snprintf(hint, MESSAGE_BYTES, "consumer: {name: ..., key: %s}", s->keys[0].name);
}

static int has_key(const struct scenario *s, const char *name)
{
    for (int32_t k = 0; k < s->n_keys; k++)
        if (strcmp(s->keys[k].name, name) == 0) return 1;
    return 0;
}

/* Where keys are declared, every consumer has one: a call without a key would pass unseen. */
static void check_key(const struct links *l, const struct workload *w)
{
    char path[INPUT_PATH_BYTES], hint[MESSAGE_BYTES];
    snprintf(path, sizeof path, "workloads.%.95s.consumer", w->name);
    if (l->scenario->n_keys == 0 || reading_has_told_below(l->reading, path) || has_key(l->scenario, w->consumer.key))
        return;
    keys_hint(l->scenario, w->consumer.key, hint);
    snprintf(path, sizeof path, "workloads.%.95s.consumer.key", w->name);
    if (w->consumer.key[0] == '\0')
        reading_error(l->reading, mark_of(l, path), path, hint,
                      "the consumer of workload '%s' has no key, and the scenario declares `keys`", w->name);
    else
        reading_error(l->reading, mark_of(l, path), path, hint, "there is no key '%s' in `keys`", w->consumer.key);
}

static int has_model(const struct scenario *s, const char *name)
{
    for (int32_t m = 0; m < s->prices.n_models; m++) {
        const char *model = s->prices.models[m].name, *stroke = strrchr(model, '/');
        if (strcmp(model, name) == 0 || (stroke != NULL && strcmp(stroke + 1, name) == 0)) return 1;
    }
    return 0;
}

/* A listed model that nobody asks for is more often a slip than a plan. */
static void check_listed(const struct links *l, const struct access_key *key)
{
    char path[INPUT_PATH_BYTES], hint[MESSAGE_BYTES];
    for (int32_t i = 0; i < key->models.n_listed; i++) {
        const char *name = key->models.listed[i].name;
        struct suggestions suggestions = suggestions_begin(name);
        if (has_model(l->scenario, name) || l->has_no_book) continue;
        for (int32_t m = 0; m < l->scenario->prices.n_models; m++)
            suggestions_consider(&suggestions, l->scenario->prices.models[m].name);
        if (!suggestions_text(&suggestions, hint, sizeof hint)) hint[0] = '\0';
        snprintf(path, sizeof path, "keys.%.80s.models.listed.%.80s", key->name, name);
        reading_warning(l->reading, mark_of(l, path), path, hint,
                        "key '%s' lists '%s', which no route or workload uses", key->name, name);
    }
}

/* -- prompts -- */

static const struct workload *workload_of(const struct scenario *s, const char *name)
{
    for (int32_t w = 0; w < s->n_workloads; w++)
        if (strcmp(s->workloads[w].name, name) == 0) return &s->workloads[w];
    return NULL;
}

static void complain_of(const struct links *l, const struct workload *w, const struct complaint *c)
{
    char path[INPUT_PATH_BYTES];
    snprintf(path, sizeof path, "workloads.%.95s.prompts.%.60s", w->name, c->key);
    if (!reading_has_told_below(l->reading, path))
        reading_error(l->reading, mark_of(l, path), path, c->hint, "%s", c->what);
}

static void check_shares(const struct links *l, const struct workload *w)
{
    const struct workload *other = workload_of(l->scenario, w->prompts.shares.with);
    struct complaint c = {"", "", ""};
    if (w->prompts.shares.with[0] == '\0') return;
    if (other == NULL) {
        struct suggestions suggestions = suggestions_begin(w->prompts.shares.with);
        for (int32_t i = 0; i < l->scenario->n_workloads; i++)
            suggestions_consider(&suggestions, l->scenario->workloads[i].name);
        if (!suggestions_text(&suggestions, c.hint, sizeof c.hint)) c.hint[0] = '\0';
        snprintf(c.key, sizeof c.key, "shares.with");
        snprintf(c.what, sizeof c.what, "there is no workload '%.95s' to share prompts with", w->prompts.shares.with);
        complain_of(l, w, &c);
    } else if (other->n_task_steps > 0) {
        snprintf(c.key, sizeof c.key, "shares.with");
        snprintf(c.what, sizeof c.what, "the calls of '%.95s' are steps of a task, which ask different things",
                 other->name);
        snprintf(c.hint, sizeof c.hint, "share with a workload whose task has no steps");
        complain_of(l, w, &c);
    } else if (!prompts_check_shared(&w->prompts, &other->prompts, &c)) {
        complain_of(l, w, &c);
    }
}

static void check_calls(const struct links *l, const struct workload *w)
{
    struct complaint c = {"", "", ""};
    char path[INPUT_PATH_BYTES];
    snprintf(path, sizeof path, "workloads.%.95s.demand", w->name);
    if (w->prompts.set > 0 && !reading_has_told_below(l->reading, path) &&
        !prompts_check_calls(&w->prompts, w->demand.calls_per_task, &c))
        complain_of(l, w, &c);
}

/* -- caches that nothing can hit -- */

static void check_cache_is_asked(const struct links *l)
{
    const struct scenario *s = l->scenario;
    const char *path = "gateway.response_cache";
    if (!response_cache_is_given(&s->gateway.response_cache)) return;
    for (int32_t w = 0; w < s->n_workloads; w++)
        if (s->workloads[w].prompts.set > 0 || s->workloads[w].prompts.distinct > 0) return;
    reading_warning(l->reading, mark_of(l, path), path,
                    "workloads.NAME.prompts: {distinct: 6400, popularity: zipf 0.9}",
                    "no workload has `prompts`: nothing is asked twice, and the response cache never answers");
}

static void check_prefix_is_cached(const struct links *l, const struct route *route)
{
    char path[INPUT_PATH_BYTES];
    snprintf(path, sizeof path, "routes.%.95s.prompt_cache", route->name);
    if (!prompt_cache_is_given(&route->prompt_cache)) return;
    for (int32_t i = 0; i < scenario_n_loads(l->scenario); i++)
        if (load_tokens(scenario_load(l->scenario, i)).prefix.prefix_tok > 0) return;
    reading_warning(l->reading, mark_of(l, path), path, "workloads.NAME.tokens.prefix: 4200 tok",
                    "no workload has a `prefix`: the prompt cache of route '%s' has nothing to keep", route->name);
}

void links_check_gateway(const struct links *l)
{
    const struct scenario *s = l->scenario;
    for (int32_t k = 0; k < s->n_keys; k++)
        check_listed(l, &s->keys[k]);
    for (int32_t w = 0; w < s->n_workloads; w++) {
        check_key(l, &s->workloads[w]);
        check_shares(l, &s->workloads[w]);
        check_calls(l, &s->workloads[w]);
    }
    check_cache_is_asked(l);
    for (int32_t r = 0; r < s->n_routes; r++)
        check_prefix_is_cached(l, &s->routes[r]);
}

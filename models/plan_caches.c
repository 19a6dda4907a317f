/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on what is shared between calls: populations of prompts, the keys of the response cache, gateway keys
 * and their budgets, entries of the prompt cache. */
#include <stdio.h>
#include <string.h>

#include "models/plan_parts.h"

/* ---- populations ---- */

static struct prompt_population population_of(const struct timeline *timeline, int32_t phase, int32_t w)
{
    struct prompt_population population;
    prompts_derive(&scenario_load(timeline->phases[phase], w).workload->prompts, &population);
    return population;
}

/* An earlier phase with the same table, or -1. */
static int32_t same_table(const struct timeline *timeline, int32_t phase, int32_t w)
{
    const struct prompt_population here = population_of(timeline, phase, w);
    for (int32_t i = 0; i < phase; i++) {
        const struct prompt_population there = population_of(timeline, i, w);
        if (there.places == here.places && there.exponent == here.exponent && there.kind == here.kind) return i;
    }
    return -1;
}

static void lay_out_populations(struct plan *plan, const struct timeline *timeline, uint64_t *bytes)
{
    plan->cache.places = 0;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        uint64_t places = 0;
        plan->workloads[w].first_place = plan->cache.places;
        for (int32_t phase = 0; phase < plan->n_phases; phase++) {
            const struct prompt_population population = population_of(timeline, phase, w);
            if (population.places > places) places = population.places;
        }
        plan->cache.places += places;
    }
    plan->tables_offset = *bytes;
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            const struct prompt_population population = population_of(timeline, phase, w);
            const size_t table = prompts_table_bytes(&population);
            if (table > 0 && same_table(timeline, phase, w) < 0) plan_reserve(bytes, 1, table);
        }
}

static int32_t workload_find(const struct scenario *scenario, const char *name)
{
    for (int32_t w = 0; w < scenario->n_workloads; w++)
        if (strcmp(scenario->workloads[w].name, name) == 0) return w;
    return -1;
}

static struct plan_load *load_of(struct plan *plan, int32_t phase, int32_t w)
{
    return (struct plan_load *)plan_writable(plan, plan->loads_offset) + (int64_t)phase * plan->n_workloads + w;
}

static void derive_populations(struct plan *plan, const struct timeline *timeline)
{
    uint64_t at = plan->tables_offset;
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            struct plan_load *load = load_of(plan, phase, w);
            load->population = population_of(timeline, phase, w);
            const size_t table = prompts_table_bytes(&load->population);
            if (table == 0) continue;
            const int32_t same = same_table(timeline, phase, w);
            load->zipf_offset = same >= 0 ? plan_load_of(plan, same, w)->zipf_offset : plan_reserve(&at, 1, table);
            if (same < 0)
                floe_zipf_init(plan_writable(plan, load->zipf_offset), load->population.places,
                               load->population.exponent);
        }
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const struct prompts *prompts = &scenario_load(timeline->phases[0], w).workload->prompts;
        plan->workloads[w].shares_with = workload_find(timeline->phases[0], prompts->shares.with);
    }
}

/* ---- the response cache ---- */

static const struct response_cache *cache_of(const struct timeline *timeline, int32_t phase)
{
    return &timeline->phases[phase]->gateway.response_cache;
}

/* Of the first phase that has one. */
static const struct response_cache *first_cache(const struct timeline *timeline)
{
    for (int32_t phase = 0; phase < timeline->n_phases; phase++)
        if (response_cache_is_given(cache_of(timeline, phase))) return cache_of(timeline, phase);
    return cache_of(timeline, 0);
}

static const char *consumer_of(const struct workload *workload)
{
    return workload->consumer.name[0] != '\0' ? workload->consumer.name : workload->name;
}

static void derive_rules(struct plan *plan, const struct timeline *timeline)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        plan->cache.is_on_in[phase] = response_cache_is_given(cache_of(timeline, phase));
        if (!plan->cache.is_on_in[phase]) continue;
        cache_rules_derive(cache_of(timeline, phase), &plan->cache.rules[phase]);
        if (!plan->cache.is_on) plan->cache.first_phase = phase;
        plan->cache.is_on = 1;
    }
}

/* Consumers are numbered where each has a cache of its own. */
static void derive_scopes(struct plan *plan, const struct timeline *timeline)
{
    const struct scenario *scenario = timeline->phases[0];
    uint32_t n = 0;
    plan->cache.n_scopes = 1;
    if (first_cache(timeline)->scope != CACHE_SCOPE_CONSUMER) return;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        int32_t like = -1;
        for (int32_t i = 0; i < w && like < 0; i++)
            if (strcmp(consumer_of(scenario_load(scenario, i).workload),
                       consumer_of(scenario_load(scenario, w).workload)) == 0)
                like = i;
        plan->workloads[w].scope = like < 0 ? n++ : plan->workloads[like].scope;
    }
    plan->cache.n_scopes = n;
}

/* Models by the order in which they are met on a route. */
struct key_names {
    const char *names[PHASES_MOST * WORKLOADS_MOST * CHAIN_STEPS_MOST];
    uint32_t n;
};

static uint32_t key_number(struct key_names *keys, const char *model)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (strcmp(keys->names[i], model) == 0) return i;
    keys->names[keys->n] = model;
    return keys->n++;
}

static struct plan_pair_cache *pair_cache(struct plan *plan, int32_t phase, int32_t r, int32_t w)
{
    return (struct plan_pair_cache *)plan_writable(plan, plan->pairs[r][w].cache_offset) + phase;
}

/* A key is a model; by alias or group all models behind a name have one. */
static void derive_keys_of_route(struct plan *plan, const struct timeline *timeline, int32_t r)
{
    struct key_names keys = {{NULL}, 0};
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            struct plan_pair_cache *here = pair_cache(plan, phase, r, w);
            const int is_model = first_cache(timeline)->key == CACHE_KEY_MODEL;
            const char *model = plan_model_of_step(timeline->phases[phase], r, w, 0);
            here->key = key_number(&keys, is_model ? model : "");
            here->old_key = here->key;
            here->switched_ns = -1;
            if (phase == 0) continue;
            const struct plan_pair_cache *before = pair_cache(plan, phase - 1, r, w);
            here->old_key = before->key != here->key ? before->key : before->old_key;
            here->switched_ns = before->key != here->key ? plan->phase_ns[phase] : before->switched_ns;
        }
    plan->cache.n_keys[r] = keys.n;
}

/* ---- the prompt cache ---- */

/* Entries of a step in a phase; phases with the same model share them. */
static void derive_prefixes_of_step(struct plan *plan, const struct timeline *timeline, int32_t r, int32_t w,
                                    int32_t step)
{
    uint64_t most = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        struct plan_step *here = plan_step_writable(plan, phase, r, w, step);
        if (here->model < 0) continue;
        prompt_cache_derive(&timeline->phases[phase]->routes[r].prompt_cache,
                            plan_model_of_step(timeline->phases[phase], r, w, step), &here->terms);
        const uint64_t n = (uint64_t)prompt_cache_entries(&here->terms, &plan_load_of(plan, phase, w)->prefix);
        if (n > most) most = n;
    }
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        struct plan_step *here = plan_step_writable(plan, phase, r, w, step);
        const char *model = plan_model_of_step(timeline->phases[phase], r, w, step);
        int32_t like = -1;
        for (int32_t i = 0; i < phase && like < 0; i++)
            if (strcmp(plan_model_of_step(timeline->phases[i], r, w, step), model) == 0) like = i;
        here->entries = like >= 0 ? plan_step_of(plan, like, r, w, step)->entries : plan->prompt_entries[r];
        if (like < 0 && here->model >= 0) plan->prompt_entries[r] += most;
    }
}

/* The models of a route by the order in which they are met: first steps first. */
static void number_models(struct plan *plan, const struct timeline *timeline, int32_t r)
{
    struct key_names models = {{NULL}, 0};
    for (int32_t step = 0; step < plan->n_steps[r]; step++)
        for (int32_t phase = 0; phase < plan->n_phases; phase++)
            for (int32_t w = 0; w < plan->n_workloads; w++) {
                struct plan_step *here = plan_step_writable(plan, phase, r, w, step);
                if (here->model >= 0)
                    here->number = key_number(&models, plan_model_of_step(timeline->phases[phase], r, w, step));
            }
    plan->cache.n_models[r] = models.n;
}

/* ---- gateway keys ---- */

static int32_t key_find(const struct scenario *scenario, const char *name)
{
    for (int32_t k = 0; k < scenario->n_keys; k++)
        if (strcmp(scenario->keys[k].name, name) == 0) return k;
    return -1;
}

static void derive_access(struct plan *plan, const struct timeline *timeline)
{
    struct key_terms *terms = (struct key_terms *)plan_writable(plan, plan->keys_offset);
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct scenario *scenario = timeline->phases[phase];
        for (int32_t k = 0; k < plan->n_keys; k++)
            access_key_derive(&scenario->keys[k], plan->start_at_s, &terms[(int64_t)phase * plan->n_keys + k]);
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            const int32_t key = key_find(scenario, scenario_load(scenario, w).workload->consumer.key);
            load_of(plan, phase, w)->key = key;
            for (int32_t r = 0; r < plan->n_routes && key >= 0; r++)
                pair_cache(plan, phase, r, w)->key_model = access_key_model(&scenario->keys[key],
                                                                            plan_model_of_step(scenario, r, w, 0));
        }
    }
}

/* ---- what cannot be ---- */

static enum floe_status refuse(struct plan_fault *fault, const char *key, const char *what)
{
    snprintf(fault->what, sizeof fault->what, "%s", what);
    snprintf(fault->key, sizeof fault->key, "%s", key);
    return FLOE_BAD_INPUT;
}

static enum floe_status check_changes(const struct timeline *timeline, struct plan_fault *fault)
{
    for (int32_t phase = 1; phase < timeline->n_phases; phase++) {
        const struct response_cache *before = first_cache(timeline), *after = cache_of(timeline, phase);
        if (timeline->phases[phase]->n_keys != timeline->phases[0]->n_keys)
            return refuse(fault, "keys", "a change cannot add a gateway key or take one away");
        if (!response_cache_is_given(before) || !response_cache_is_given(after)) continue;
        if (before->capacity != after->capacity)
            return refuse(fault, "gateway.response_cache.capacity", "a change cannot resize the response cache");
        if (before->scope != after->scope || before->key != after->key)
            return refuse(fault, "gateway.response_cache",
                          "a change cannot file the response cache's entries in another way (key, scope)");
    }
    return FLOE_OK;
}

enum floe_status plan_lay_out_caches(struct plan *plan, const struct timeline *timeline, uint64_t *bytes,
                                     struct plan_fault *fault)
{
    const uint64_t n_phases = (uint64_t)plan->n_phases;
    plan->n_keys = timeline->phases[0]->n_keys;
    plan->keys_offset = plan_reserve(bytes, n_phases * (uint64_t)plan->n_keys, sizeof(struct key_terms));
    for (int32_t r = 0; r < plan->n_routes; r++)
        for (int32_t w = 0; w < plan->n_workloads; w++)
            plan->pairs[r][w].cache_offset = plan_reserve(bytes, n_phases, sizeof(struct plan_pair_cache));
    lay_out_populations(plan, timeline, bytes);
    return check_changes(timeline, fault);
}

enum floe_status plan_check_budgets(const struct plan *plan, const struct timeline *timeline, struct plan_fault *fault)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            const struct plan_load *load = plan_load_of(plan, phase, w);
            char name[LOAD_NAME_BYTES];
            if (load->key < 0 || !plan_key_of(plan, phase, load->key)->is_strict) continue;
            if (load->most_output_tok < TOKENS_LARGEST) continue;
            refuse(fault, "",
                   "a strict budget reserves what a call can cost at most: the longest answer must be known");
            load_name(scenario_load(timeline->phases[phase], w), name);
            snprintf(fault->key, sizeof fault->key, "workloads.%.160s.tokens.max_output", name);
            return FLOE_BAD_INPUT;
        }
    return FLOE_OK;
}

void plan_derive_caches(struct plan *plan, const struct timeline *timeline)
{
    derive_populations(plan, timeline);
    derive_rules(plan, timeline);
    derive_scopes(plan, timeline);
    for (int32_t r = 0; r < plan->n_routes; r++) {
        derive_keys_of_route(plan, timeline, r);
        plan->prompt_entries[r] = 0;
        number_models(plan, timeline, r);
        for (int32_t w = 0; w < plan->n_workloads; w++)
            for (int32_t step = 0; step < plan->n_steps[r]; step++)
                derive_prefixes_of_step(plan, timeline, r, w, step);
    }
    derive_access(plan, timeline);
}

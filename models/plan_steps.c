/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on chains: the steps of every workload on every route, which model each names in a phase, and where
 * its usage is counted. The slots of a pair are numbered step by step, and within a step phase by phase; phases with the
 * same prices of the same model share theirs. */
#include <stdio.h>
#include <string.h>

#include "models/plan_parts.h"

struct pair_slots {
    int32_t n_slots;
    int32_t model[PHASES_MOST], slot[PHASES_MOST]; /* of one step */
};

static int32_t model_find(const struct scenario *scenario, const char *name)
{
    for (int32_t m = 0; m < scenario->prices.n_models; m++)
        if (strcmp(scenario->prices.models[m].name, name) == 0) return m;
    return -1;
}

const char *plan_model_of_step(const struct scenario *scenario, int32_t r, int32_t w, int32_t step)
{
    if (step >= scenario->routes[r].n_steps) return "";
    const char *model = scenario->routes[r].chain[step].model;
    return strcmp(model, MODEL_FROM_WORKLOAD) == 0 ? load_model(scenario_load(scenario, w)) : model;
}

static const struct model_prices *prices_of(const struct timeline *timeline, const struct pair_slots *slots,
                                            int32_t phase)
{
    return &timeline->phases[phase]->prices.models[slots->model[phase]];
}

/* An earlier phase in which the step has the same model at the same prices, or -1. */
static int32_t phase_like(const struct pair_slots *slots, const struct timeline *timeline, int32_t r, int32_t phase)
{
    const struct route *here = &timeline->phases[phase]->routes[r];
    for (int32_t i = 0; i < phase; i++)
        if (slots->model[i] >= 0 &&
            memcmp(prices_of(timeline, slots, phase), prices_of(timeline, slots, i), sizeof(struct model_prices)) ==
                0 &&
            memcmp(&here->prompt_cache, &timeline->phases[i]->routes[r].prompt_cache, sizeof here->prompt_cache) == 0)
            return i;
    return -1;
}

static int32_t slots_of_model(const struct timeline *timeline, const struct pair_slots *slots, int32_t phase)
{
    return prices_of(timeline, slots, phase)->n_rows * PRICE_SLOTS_PER_ROW;
}

/* One step in all phases, its slots behind those that there are. Returns the phase whose model has no price, or -1. */
static int32_t number_step(struct pair_slots *slots, const struct timeline *timeline, int32_t r, int32_t w,
                           int32_t step)
{
    for (int32_t phase = 0; phase < timeline->n_phases; phase++) {
        const struct scenario *scenario = timeline->phases[phase];
        slots->slot[phase] = 0;
        slots->model[phase] = -1;
        if (step >= scenario->routes[r].n_steps) continue;
        slots->model[phase] = model_find(scenario, plan_model_of_step(scenario, r, w, step));
        if (slots->model[phase] < 0) return phase;
        const int32_t like = phase_like(slots, timeline, r, phase);
        slots->slot[phase] = like < 0 ? slots->n_slots : slots->slot[like];
        if (like < 0) slots->n_slots += slots_of_model(timeline, slots, phase);
    }
    return -1;
}

static enum floe_status lay_out_pair(struct plan *plan, const struct timeline *timeline, int32_t r, int32_t w,
                                     uint64_t *bytes, struct plan_fault *fault)
{
    struct plan_pair *pair = &plan->pairs[r][w];
    struct pair_slots slots = {.n_slots = 0};
    uint64_t n_means = 0;
    for (int32_t step = 0; step < plan->n_steps[r]; step++) {
        const int32_t phase = number_step(&slots, timeline, r, w, step);
        if (phase >= 0) {
            const struct scenario *scenario = timeline->phases[phase];
            snprintf(fault->what, sizeof fault->what, "the model '%s' has no price",
                     plan_model_of_step(scenario, r, w, step));
            snprintf(fault->key, sizeof fault->key, "routes.%s.chain", scenario->routes[r].name);
            return FLOE_BAD_INPUT;
        }
        for (int32_t i = 0; i < timeline->n_phases; i++)
            if (slots.model[i] >= 0) n_means += (uint64_t)slots_of_model(timeline, &slots, i);
    }
    pair->n_slots = slots.n_slots;
    pair->steps_offset = plan_reserve(bytes, (uint64_t)(plan->n_phases * plan->n_steps[r]), sizeof(struct plan_step));
    pair->means_offset = plan_reserve(bytes, n_means, sizeof(struct slot_mean));
    return FLOE_OK;
}

enum floe_status plan_lay_out_steps(struct plan *plan, const struct timeline *timeline, uint64_t *bytes,
                                    struct plan_fault *fault)
{
    enum floe_status status = FLOE_OK;
    for (int32_t r = 0; r < plan->n_routes; r++) {
        plan->n_steps[r] = 0;
        for (int32_t phase = 0; phase < timeline->n_phases; phase++)
            if (timeline->phases[phase]->routes[r].n_steps > plan->n_steps[r])
                plan->n_steps[r] = timeline->phases[phase]->routes[r].n_steps;
        for (int32_t w = 0; w < plan->n_workloads && status == FLOE_OK; w++)
            status = lay_out_pair(plan, timeline, r, w, bytes, fault);
    }
    return status;
}

struct plan_step *plan_step_writable(struct plan *plan, int32_t phase, int32_t r, int32_t w, int32_t step)
{
    return (struct plan_step *)plan_writable(plan, plan->pairs[r][w].steps_offset) +
           (ptrdiff_t)phase * plan->n_steps[r] + step;
}

static void fill_pair(struct plan *plan, const struct timeline *timeline, int32_t r, int32_t w)
{
    struct pair_slots slots = {.n_slots = 0};
    uint64_t means_at = plan->pairs[r][w].means_offset;
    for (int32_t step = 0; step < plan->n_steps[r]; step++) {
        (void)number_step(&slots, timeline, r, w, step);
        for (int32_t phase = 0; phase < timeline->n_phases; phase++) {
            struct plan_step *to = plan_step_writable(plan, phase, r, w, step);
            memset(to, 0, sizeof *to);
            to->model = slots.model[phase];
            to->slot = slots.slot[phase];
            to->means_offset = means_at;
            if (to->model < 0) continue;
            const struct chain_step *from = &timeline->phases[phase]->routes[r].chain[step];
            to->when = chain_step_when(from);
            to->error_share = from->error_share;
            means_at += (uint64_t)slots_of_model(timeline, &slots, phase) * sizeof(struct slot_mean);
        }
    }
}

void plan_derive_steps(struct plan *plan, const struct timeline *timeline)
{
    for (int32_t r = 0; r < plan->n_routes; r++)
        for (int32_t w = 0; w < plan->n_workloads; w++)
            fill_pair(plan, timeline, r, w);
}

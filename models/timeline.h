/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline: the phases of one variant, in order. A phase is a fully resolved scenario and the instant from which it
 * is in force; a change of any key ends one and begins the next. The first begins with the run, or before it.
 *
 * Phases have the same time, windows, and names of workloads and routes in the same order; what a key says in each of
 * them may differ. A run reads the phase that is in force where a call starts (a task: where it arrives). */
#ifndef FLOE_MODELS_TIMELINE_H
#define FLOE_MODELS_TIMELINE_H

#include "models/study.h"

#define PHASES_MOST STUDY_PHASES_MOST

struct timeline {
    const char *variant;
    int32_t n_phases;
    int64_t from_at_s[PHASES_MOST]; /* since 1970, rising */
    const struct scenario *phases[PHASES_MOST];
};

/* A scenario that does not change. */
FLOE_FN struct timeline timeline_of(const struct scenario *scenario, const char *variant)
{
    struct timeline timeline = {variant, 1, {scenario->time.start_at_s}, {scenario}};
    return timeline;
}

FLOE_FN struct timeline timeline_of_variant(const struct study *study, int32_t v)
{
    const struct study_variant *variant = &study->variants[v];
    struct timeline timeline = {variant->name, variant->n_phases, {0}, {NULL}};
    for (int32_t i = 0; i < variant->n_phases; i++) {
        timeline.from_at_s[i] = variant->phases[i].from_at_s;
        timeline.phases[i] = &study->scenarios[variant->phases[i].scenario];
    }
    return timeline;
}

/* The phase in force at an instant. */
FLOE_FN int32_t timeline_phase_at(const struct timeline *timeline, int64_t at_s)
{
    int32_t phase = 0;
    for (int32_t i = 1; i < timeline->n_phases; i++)
        if (timeline->from_at_s[i] <= at_s) phase = i;
    return phase;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study: all that one scenario file asks for. A variant is a what-if; within a variant a change sets keys at an
 * instant, so a variant is a row of phases, each a fully resolved scenario from an instant on.
 *
 *     changes:   a --- b ------        variant `happened`:  | phase 0 | phase 1 (a) | phase 2 (a, b) |
 *                                      variant `no_a`:      | phase 0               | phase 1 (b)    |
 *
 * All scenarios of a study have the same time and windows, the same workloads and routes in the same order, and the
 * same traces; everything else may differ. Equal ones are stored once. scenarios[0] is the file as it reads without its
 * changes and variants, whether a variant is like it or not.
 *
 * A file without variants has one, named VARIANT_BASE; a file with variants has only those that it names.
 *
 * A setting is one value that several keys read: {setting: NAME}. By the time a scenario is resolved it is gone; what
 * remains here is who owns it, who reads it and which changes set it.
 *
 * Left out: which other keys differ between two scenarios. The reader keeps their inputs (scenarios/read/reader.h). */
#ifndef FLOE_MODELS_STUDY_H
#define FLOE_MODELS_STUDY_H

#include "models/scenario.h"

#define VARIANTS_MOST 16
#define CHANGES_MOST 16
#define SETTINGS_MOST 32
#define STUDY_PHASES_MOST (CHANGES_MOST + 1)

struct study_phase {
    int64_t from_at_s; /* since 1970; the first phase begins with the run */
    int32_t scenario;  /* index into the study's scenarios */
    uint32_t changes;  /* bit c: change c holds in this phase */
};

struct study_variant {
    char name[NAME_BYTES];
    int32_t n_phases; /* at least 1, rising in from_at_s; the changes of one instant begin one phase */
    struct study_phase phases[STUDY_PHASES_MOST];
    uint32_t without;                  /* bit c: change c is left out */
    int64_t change_at_s[CHANGES_MOST]; /* a variant may move a change */
};

struct study_setting {
    char name[NAME_BYTES];
    char owner[NAME_BYTES]; /* "": nobody is named */
    int32_t n_readers;
    uint32_t workloads; /* bit w: a key of workload w reads it, in some scenario of the study */
};

/* A key that reads a setting. */
struct study_reader {
    char path[INPUT_PATH_BYTES]; /* workloads.matching.model, as in struct input */
    int32_t setting;
    int32_t workload; /* whose key it is; -1: no workload's */
    int32_t is_base;  /* in scenarios[0]; otherwise a change or a variant makes it read the setting */
};

struct study_change {
    char name[NAME_BYTES];
    int64_t at_s;      /* unless a variant moves it */
    uint32_t settings; /* bit s: it sets setting s */
};

struct study {
    int32_t n_variants;
    struct study_variant variants[VARIANTS_MOST];
    int32_t n_changes;
    struct study_change changes[CHANGES_MOST];
    int32_t n_settings;
    struct study_setting settings[SETTINGS_MOST];
    int32_t n_readers, readers_capacity;
    struct study_reader *readers;
    int32_t n_scenarios, scenarios_capacity;
    struct scenario *scenarios;
    uint64_t *digests; /* of each scenario */
};

/* The phase in force at an instant; before the first one begins, the first. */
FLOE_FN int32_t study_phase_at(const struct study_variant *variant, int64_t at_s)
{
    int32_t phase = 0;
    for (int32_t i = 1; i < variant->n_phases; i++)
        if (variant->phases[i].from_at_s <= at_s) phase = i;
    return phase;
}

/* Indices by name; -1: there is none. */
int32_t study_variant_find(const struct study *study, const char *name);
int32_t study_change_find(const struct study *study, const char *name);
int32_t study_setting_find(const struct study *study, const char *name);

/* 1: one scenario says it all: no variant is named and nothing changes while time runs. */
int study_is_plain(const struct study *study);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The changes of the first variant that set the setting. */
static uint32_t changes_of(const struct study *study, int32_t setting)
{
    uint32_t changes = 0;
    const struct study_variant *variant = &study->variants[0];
    for (int32_t c = 0; c < study->n_changes; c++)
        if ((study->changes[c].settings >> setting & 1u) && !(variant->without >> c & 1u)) changes |= 1u << c;
    return changes;
}

/* The scenario of the first variant in which exactly these changes hold, or NULL. */
static const struct scenario *scenario_with(const struct study *study, uint32_t changes)
{
    const struct study_variant *variant = &study->variants[0];
    for (int32_t i = 0; i < variant->n_phases; i++)
        if (variant->phases[i].changes == changes) return &study->scenarios[variant->phases[i].scenario];
    return NULL;
}

/* The first variant without some changes; 0: the study has no such phases. */
static int without(const struct study *study, uint32_t changes, struct timeline *timeline)
{
    const struct study_variant *variant = &study->variants[0];
    timeline->variant = variant->name;
    timeline->n_phases = 0;
    for (int32_t i = 0; i < variant->n_phases; i++) {
        const struct scenario *scenario = scenario_with(study, variant->phases[i].changes & ~changes);
        if (scenario == NULL) return 0;
        if (timeline->n_phases > 0 && timeline->phases[timeline->n_phases - 1] == scenario) continue;
        timeline->from_at_s[timeline->n_phases] = variant->phases[i].from_at_s;
        timeline->phases[timeline->n_phases++] = scenario;
    }
    return 1;
}

/* The cell of the first variant and the whole span. */
static const struct result_cell *cell_of(const struct result *result, int32_t workload, int32_t route)
{
    for (int64_t i = 0; i < result->n_cells; i++) {
        const struct result_cell *cell = &result->cells[i];
        if (cell->workload == workload && cell->route == route && cell->variant == 0 && cell->span == 0) return cell;
    }
    return NULL;
}

static enum floe_status append(struct result *result, const struct result_blast *row)
{
    void *grown = realloc(result->blast, sizeof *row * (size_t)(result->n_blast + 1));
    if (grown == NULL) return FLOE_ENVIRONMENT;
    result->blast = (struct result_blast *)grown;
    result->blast[result->n_blast++] = *row;
    return FLOE_OK;
}

static enum floe_status compare(const struct study *study, int32_t setting, const struct result *other,
                                struct result *result)
{
    enum floe_status status = FLOE_OK;
    const struct study_setting *of = &study->settings[setting];
    for (int32_t w = 0; w < result->scenario->n_workloads; w++)
        for (int32_t r = 0; r < result->scenario->n_routes && status == FLOE_OK; r++) {
            const struct result_cell *with = cell_of(result, w, r), *left_out = cell_of(other, w, r);
            struct result_blast row = {"", "", w, r, (int32_t)(of->workloads >> w & 1u), 0, 0, 0, 0};
            if (with == NULL || left_out == NULL) continue;
            memcpy(row.setting, of->name, NAME_BYTES);
            memcpy(row.owner, of->owner, NAME_BYTES);
            row.invocations = with->outcomes[METRIC_INVOCATIONS].mean;
            row.invocations_without = left_out->outcomes[METRIC_INVOCATIONS].mean;
            row.cost_usd = with->outcomes[METRIC_COST_TOTAL].mean;
            row.cost_without_usd = left_out->outcomes[METRIC_COST_TOTAL].mean;
            status = append(result, &row);
        }
    return status;
}

static void warn(struct result *result, const struct study_setting *setting)
{
    char text[300], key[INPUT_PATH_BYTES];
    snprintf(text, sizeof text,
             "the blast radius of the setting '%.95s' is not shown: its changes cannot be told from others; a variant "
             "`without:` them shows it",
             setting->name);
    snprintf(key, sizeof key, "settings.%.95s", setting->name);
    result_warn(result, key, text);
}

enum floe_status blast_radius(const struct study *study, const struct traces *traces, const struct run_options *options,
                              const struct floe_pool *pool, struct result *result, struct plan_fault *fault)
{
    enum floe_status status = FLOE_OK;
    for (int32_t s = 0; s < study->n_settings && status == FLOE_OK; s++) {
        const uint32_t changes = changes_of(study, s);
        struct timeline timeline;
        struct result other;
        if (changes == 0) continue;
        if (!without(study, changes, &timeline)) {
            warn(result, &study->settings[s]);
            continue;
        }
        status = floe_run(&timeline, 1, traces, options, pool, &other, fault);
        if (status != FLOE_OK) return status;
        status = compare(study, s, &other, result);
        result_free(&other);
    }
    return status;
}

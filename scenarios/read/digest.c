/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/digest.h"

#include <stdlib.h>
#include <string.h>

#include "scenarios/read/value.h"
#include "sim/hash.h"

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct input *const *)a)->path, (*(const struct input *const *)b)->path);
}

const struct input **inputs_by_path(const struct inputs *inputs)
{
    if (inputs->n == 0) return NULL;
    const struct input **sorted = (const struct input **)malloc((size_t)inputs->n * sizeof *sorted);
    if (sorted == NULL) return NULL;
    for (int32_t i = 0; i < inputs->n; i++)
        sorted[i] = &inputs->items[i];
    qsort(sorted, (size_t)inputs->n, sizeof *sorted, by_path);
    return sorted;
}

static void hash_number(struct floe_hash *h, const struct input *input, const char *block)
{
    floe_hash_f64(h, *(const double *)(block + input->row->offset));
    floe_hash_u32(h, (uint32_t)input->law);
    floe_hash_f64(h, input->low);
    floe_hash_f64(h, input->high);
    if (input->row->count_offset != 0) floe_hash_u32(h, *(const uint32_t *)(block + input->row->count_offset));
}

static void hash_list(struct floe_hash *h, const struct param *row, const char *block)
{
    const int32_t n = value_count(row, block);
    floe_hash_u32(h, (uint32_t)n);
    for (int32_t i = 0; i < n; i++)
        floe_hash_f64(h, ((const double *)(block + row->offset))[i]);
}

static void hash_input(struct floe_hash *h, const struct input *input, const char *base)
{
    const struct param *row = input->row;
    const char *block = base + input->offset - row->offset, *place = base + input->offset;
    floe_hash_text(h, input->path);
    floe_hash_text(h, evidence_names[input->evidence]);
    switch (row->kind) {
    case PARAM_NUMBER: hash_number(h, input, block); break;
    case PARAM_COUNT:
    case PARAM_INSTANT: floe_hash_u64(h, *(const uint64_t *)place); break;
    case PARAM_FLAG: floe_hash_u32(h, *(const uint32_t *)place); break;
    case PARAM_CHOICE: floe_hash_text(h, row->choices[*(const int32_t *)place]); break;
    case PARAM_TEXT: floe_hash_text(h, place); break;
    case PARAM_SERIES:
    case PARAM_VALUES: hash_list(h, row, block); break;
    default: break;
    }
}

static void hash_trace(struct floe_hash *h, const char *workload, const char *use, const struct trace_ref *ref,
                       const struct traces *traces)
{
    if (ref->index < 0 || ref->index >= traces->n) return;
    floe_hash_text(h, workload);
    floe_hash_text(h, use);
    floe_hash_u64(h, traces->items[ref->index].hash);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct workload *const *)a)->name, (*(const struct workload *const *)b)->name);
}

static void hash_traces(struct floe_hash *h, const struct scenario *s, const struct traces *traces)
{
    const struct workload *sorted[WORKLOADS_MOST];
    for (int32_t i = 0; i < s->n_workloads; i++)
        sorted[i] = &s->workloads[i];
    qsort(sorted, (size_t)s->n_workloads, sizeof sorted[0], by_name);
    for (int32_t i = 0; i < s->n_workloads; i++) {
        hash_trace(h, sorted[i]->name, "demand", &sorted[i]->demand.trace, traces);
        hash_trace(h, sorted[i]->name, "tokens", &sorted[i]->tokens.trace, traces);
    }
}

enum floe_status floe_scenario_digest(const struct scenario *scenario, const struct inputs *inputs,
                                      const struct traces *traces, uint64_t *digest)
{
    struct floe_hash h = floe_hash_begin();
    const struct input **sorted = inputs_by_path(inputs);
    if (sorted == NULL) return FLOE_ENVIRONMENT;
    floe_hash_text(&h, "floe.scenario/1");
    for (int32_t i = 0; i < inputs->n; i++)
        if ((sorted[i]->row->flags & PARAM_NOT_HASHED) == 0) hash_input(&h, sorted[i], (const char *)scenario);
    hash_traces(&h, scenario, traces);
    free(sorted);
    *digest = floe_hash_end(h);
    return FLOE_OK;
}

static int by_variant_name(const void *a, const void *b)
{
    return strcmp((*(const struct study_variant *const *)a)->name, (*(const struct study_variant *const *)b)->name);
}

enum floe_status floe_study_digest(const struct study *study, uint64_t *digest)
{
    const struct study_variant *sorted[VARIANTS_MOST];
    struct floe_hash h = floe_hash_begin();
    if (study->n_scenarios == 0) return FLOE_ENVIRONMENT;
    if (study_is_plain(study)) {
        *digest = study->digests[study->variants[0].phases[0].scenario];
        return FLOE_OK;
    }
    for (int32_t i = 0; i < study->n_variants; i++)
        sorted[i] = &study->variants[i];
    qsort(sorted, (size_t)study->n_variants, sizeof sorted[0], by_variant_name);
    floe_hash_text(&h, "floe.study/1");
    for (int32_t i = 0; i < study->n_variants; i++) {
        floe_hash_text(&h, sorted[i]->name);
        floe_hash_u32(&h, (uint32_t)sorted[i]->n_phases);
        for (int32_t p = 0; p < sorted[i]->n_phases; p++) {
            floe_hash_u64(&h, (uint64_t)sorted[i]->phases[p].from_at_s);
            floe_hash_u64(&h, study->digests[sorted[i]->phases[p].scenario]);
        }
    }
    *digest = floe_hash_end(h);
    return FLOE_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/diff_changes.h"

#include <stdio.h>
#include <string.h>

#include "cli/scenario_file.h"
#include "models/shapley.h"
#include "plots/write/text.h"

struct changes {
    int n, of[WATERFALL_CHANGES_MOST]; /* indices into the study */
};

/* The changes in force on a side before its period ends. */
static uint32_t in_force(const struct diff_side *side)
{
    const struct study_variant *variant = &side->source->document->study.variants[side->study_variant];
    uint32_t changes = 0;
    for (int32_t i = 0; i < variant->n_phases; i++)
        if (variant->phases[i].from_at_s < side->to_at_s) changes |= variant->phases[i].changes;
    return changes;
}

static int count(uint32_t changes)
{
    return shapley_size(changes);
}

enum floe_status diff_changes_check(const struct diff_sides *sides)
{
    const struct diff_source *source = sides->sides[0].source;
    if (!source->is_scenario || sides->sides[1].source != source) {
        fputs("floe: --by change compares two periods or variants of one scenario file: it simulates again without "
              "each change\n",
              stderr);
        return FLOE_BAD_INPUT;
    }
    const uint32_t changes = in_force(&sides->sides[0]) | in_force(&sides->sides[1]);
    if (changes == 0) {
        fprintf(stderr,
                "floe: no change of %s is in force on either side\nhint: `changes:` in the scenario declares "
                "them; without --by change the waterfall shows what moved\n",
                source->path);
        return FLOE_BAD_INPUT;
    }
    if (count(changes) <= WATERFALL_CHANGES_MOST) return FLOE_OK;
    fprintf(stderr,
            "floe: %d changes of %s are in force; --by change takes at most %d (2^n simulations)\nhint: compare "
            "variants that leave some of them out (`without:`)\n",
            count(changes), source->path, WATERFALL_CHANGES_MOST);
    return FLOE_BAD_INPUT;
}

/* ---- a subset of the changes ---- */

static int is_left_out(const struct changes *changes, uint32_t set, int32_t change)
{
    for (int i = 0; i < changes->n; i++)
        if (changes->of[i] == change) return !(set >> i & 1u);
    return 1; /* in force on neither side */
}

/* The argument of --set that leaves the others out of a variant: variants.NAME.without=['a', 'b'] */
static void write_set(const struct study *study, int32_t v, const struct changes *changes, uint32_t set,
                      struct floe_text *out)
{
    const struct study_variant *variant = &study->variants[v];
    const int is_base = study->n_variants == 1 && strcmp(variant->name, VARIANT_BASE) == 0;
    int n = 0;
    if (is_base)
        floe_text_printf(out, "variants={%s: {without: [", VARIANT_BASE);
    else
        floe_text_printf(out, "variants.%s.without=[", variant->name);
    for (int32_t c = 0; c < study->n_changes; c++)
        if ((variant->without >> c & 1u) || is_left_out(changes, set, c))
            floe_text_printf(out, "%s'%s'", n++ > 0 ? ", " : "", study->changes[c].name);
    floe_text_add(out, is_base ? "]}}" : "]");
}

static enum floe_status read_again(const struct options *options, const struct diff_sides *sides,
                                   const struct changes *changes, uint32_t set, struct floe_document **document)
{
    const struct diff_source *source = sides->sides[0].source;
    const struct study *study = &source->document->study;
    struct options again = *options;
    struct floe_text texts[WATERFALL_SIDES] = {{0}, {0}};
    enum floe_status status = FLOE_OK;
    for (int s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++) {
        if (s == 1 && sides->sides[1].study_variant == sides->sides[0].study_variant) break;
        write_set(study, sides->sides[s].study_variant, changes, set, &texts[s]);
        status = floe_text_status(&texts[s]);
        if (again.n_sets == ARGUMENTS_MOST) status = FLOE_BAD_USAGE;
        if (status == FLOE_OK) again.sets[again.n_sets++] = texts[s].bytes;
    }
    if (status == FLOE_BAD_USAGE) fputs("floe: too many --set for --by change\n", stderr);
    if (status == FLOE_OK) status = scenario_file_read_named(&again, source->path, document);
    for (int s = 0; s < WATERFALL_SIDES; s++)
        floe_text_free(&texts[s]);
    return status;
}

static double value_of(const struct facts *facts, enum waterfall_metric metric)
{
    double usd = 0, accepted = 0;
    for (int64_t i = 0; i < facts->n; i++) {
        if (fact_has(facts->items[i].cost_usd)) usd += facts->items[i].cost_usd;
        if (facts->items[i].kind == FACT_ACCEPTED) accepted += facts->items[i].quantity;
    }
    if (metric == WATERFALL_COST) return usd;
    return accepted > 0 ? usd / accepted : 0;
}

static enum floe_status value_of_side(const struct options *options, const struct diff_side *side,
                                      const struct result *result, enum waterfall_metric metric, double *value)
{
    const char *variant = side->source->document->study.variants[side->study_variant].name;
    const double days = (double)(side->to_at_s - side->from_at_s) / S_PER_DAY;
    struct facts facts;
    int32_t v = 0;
    while (v + 1 < result->n_variants && strcmp(result->variants[v], variant) != 0)
        v++;
    facts_init(&facts);
    int32_t route = options->route == NULL ? 0 : -1; /* the one that was run */
    const enum floe_status status = facts_of_result(result, v, route, side->from_at_s, side->to_at_s, &facts);
    *value = value_of(&facts, metric);
    if (options->is_normalize && metric == WATERFALL_COST) *value /= days;
    facts_free(&facts);
    return status;
}

static enum floe_status value_without(const struct options *options, const struct diff_sides *sides,
                                      const struct changes *changes, uint32_t set, enum waterfall_metric metric,
                                      double *value)
{
    struct floe_document *document = NULL;
    struct result result;
    double values[WATERFALL_SIDES] = {0, 0};
    int32_t variants[WATERFALL_SIDES], n = 1;
    variants[0] = sides->sides[0].study_variant;
    variants[1] = sides->sides[1].study_variant;
    n += variants[1] != variants[0];
    enum floe_status status = read_again(options, sides, changes, set, &document);
    if (status != FLOE_OK) return status;
    status = diff_run(options, sides->sides[0].source->path, document, variants, n, &result);
    if (status == FLOE_OK) {
        for (int s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++)
            status = value_of_side(options, &sides->sides[s], &result, metric, &values[s]);
        result_free(&result);
    }
    floe_document_free(document);
    *value = values[WATERFALL_B] - values[WATERFALL_A];
    return status;
}

enum floe_status diff_changes(const struct options *options, const struct diff_sides *sides,
                              enum waterfall_metric metric, const struct waterfall *waterfall,
                              struct waterfall_about *about)
{
    const struct study *study = &sides->sides[0].source->document->study;
    const uint32_t bits = in_force(&sides->sides[0]) | in_force(&sides->sides[1]);
    struct changes changes = {0, {0}};
    double v[1 << WATERFALL_CHANGES_MOST], parts[WATERFALL_CHANGES_MOST];
    enum floe_status status = FLOE_OK;
    for (int32_t c = 0; c < study->n_changes; c++)
        if (bits >> c & 1u) changes.of[changes.n++] = c;
    const uint32_t all = (1u << changes.n) - 1;
    v[all] = waterfall_change(&waterfall->whole);
    for (uint32_t set = 0; set < all && status == FLOE_OK; set++)
        status = value_without(options, sides, &changes, set, metric, &v[set]);
    if (status != FLOE_OK) return status;
    shapley(v, changes.n, parts);
    about->n_changes = changes.n;
    for (int i = 0; i < changes.n; i++) {
        const struct waterfall_change_row row = {study->changes[changes.of[i]].name, parts[i], v[1u << i] - v[0]};
        about->changes[i] = row;
    }
    const struct waterfall_change_row rest = {NULL, v[0], v[0]};
    about->changes[changes.n] = rest;
    return FLOE_OK;
}

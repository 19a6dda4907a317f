/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `floe check` says of settings, changes and variants: the three maps as YAML with comments, and behind the
 * scenario, as comments, what differs in each phase of each variant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/civil.h"
#include "scenarios/read/quantity.h"
#include "scenarios/read/reader.h"
#include "scenarios/read/value.h"

/* -- settings -- */

static void print_readers(const struct study *study, int32_t setting, struct wording *out)
{
    int32_t n = 0;
    for (int32_t i = 0; i < study->n_readers; i++)
        if (study->readers[i].setting == setting)
            wording_add(out, "%s%s", n++ == 0 ? " # read by " : ", ", study->readers[i].path);
    wording_add(out, "%s\n", n == 0 ? " # read by nobody" : "");
}

static void print_settings(const struct node *map, const struct study *study, struct wording *out)
{
    if (map == NULL || map->n == 0) return;
    wording_add(out, "settings:\n");
    for (int32_t i = 0; i < map->n && i < study->n_settings; i++) {
        wording_add(out, "  ");
        value_print_text(map->entries[i].key, out);
        wording_add(out, ": ");
        tree_print(map->entries[i].value, out);
        print_readers(study, i, out);
    }
}

/* -- changes and variants -- */

static void print_sets(const struct node *sets, struct wording *out)
{
    wording_add(out, "    set:\n");
    for (int32_t i = 0; i < sets->n; i++) {
        wording_add(out, "      ");
        value_print_text(sets->entries[i].key, out);
        wording_add(out, ": ");
        tree_print(sets->entries[i].value, out);
        wording_add(out, "\n");
    }
}

static void print_offset(int64_t offset_s, struct wording *out)
{
    char text[QUANTITY_BYTES];
    quantity_print((double)(offset_s < 0 ? -offset_s : offset_s), UNIT_S, 0, text);
    wording_add(out, offset_s == 0 ? " # at the start" : " # %s %s the start", text, offset_s < 0 ? "before" : "after");
}

static void print_changes(const struct node *map, const struct study *study, struct wording *out)
{
    if (map == NULL) return;
    wording_add(out, "changes:\n");
    for (int32_t i = 0; i < map->n; i++) {
        const struct node *change = map->entries[i].value;
        wording_add(out, "  ");
        value_print_text(map->entries[i].key, out);
        wording_add(out, ":\n    at: ");
        tree_print(tree_find(change, "at"), out);
        print_offset(study->changes[i].at_s - study->scenarios[0].time.start_at_s, out);
        wording_add(out, "\n");
        print_sets(tree_find(change, "set"), out);
    }
}

static void print_variants(const struct node *map, struct wording *out)
{
    if (map == NULL) return;
    wording_add(out, "variants:\n");
    for (int32_t i = 0; i < map->n; i++) {
        const struct node *variant = map->entries[i].value, *without = tree_find(variant, "without"),
                          *sets = tree_find(variant, "set");
        wording_add(out, "  ");
        value_print_text(map->entries[i].key, out);
        wording_add(out, variant->n == 0 ? ": {}\n" : ":\n");
        if (without != NULL) {
            wording_add(out, "    without: ");
            tree_print(without, out);
            wording_add(out, "\n");
        }
        if (sets != NULL) print_sets(sets, out);
    }
}

void study_print(const struct node *root, const struct study *study, struct wording *out)
{
    print_settings(tree_find(root, "settings"), study, out);
    print_changes(tree_find(root, "changes"), study, out);
    print_variants(tree_find(root, "variants"), out);
}

/* -- what differs -- */

/* Where the scenario was listed first: 1 and the variant and phase, before variant v, phase p; 0: nowhere. */
static int listed_before(const struct study *study, int32_t scenario, int32_t v, int32_t p, int32_t *at_v,
                         int32_t *at_p)
{
    for (*at_v = 0; *at_v <= v; ++*at_v)
        for (*at_p = 0; *at_p < study->variants[*at_v].n_phases && (*at_v < v || *at_p < p); ++*at_p)
            if (study->variants[*at_v].phases[*at_p].scenario == scenario) return 1;
    return 0;
}

static void print_inputs(const struct floe_document *d, int32_t scenario, struct wording *out)
{
    int32_t n = 0;
    for (int32_t i = 0; i < d->study_inputs.n; i++) {
        const struct input *input = &d->study_inputs.items[i].input;
        if (d->study_inputs.items[i].scenario != scenario) continue;
        wording_add(out, "#       %s: ", input->path);
        value_print(input->row, (const char *)&d->study.scenarios[scenario] + input->offset - input->row->offset, input,
                    out);
        wording_add(out, "%s%s\n", input->evidence != EVIDENCE_NONE ? ", " : "", evidence_names[input->evidence]);
        n++;
    }
    if (n == 0) wording_add(out, "#       keys are taken away\n");
}

static void print_phase(const struct floe_document *d, int32_t v, int32_t p, struct wording *out)
{
    const struct study *study = &d->study;
    const struct study_phase *phase = &study->variants[v].phases[p];
    const char *before = "";
    char from[CIVIL_INSTANT_BYTES];
    int32_t at_v, at_p;
    civil_format(phase->from_at_s, 0, from);
    wording_add(out, "#     from %s", from);
    for (int32_t i = 0; i < study->n_changes; i++)
        if ((phase->changes >> i & 1) != 0) {
            wording_add(out, "%s%s", before[0] == '\0' ? ", after " : before, study->changes[i].name);
            before = " and ";
        }
    if (phase->scenario == 0) {
        wording_add(out, ": as above\n");
    } else if (listed_before(study, phase->scenario, v, p, &at_v, &at_p)) {
        civil_format(study->variants[at_v].phases[at_p].from_at_s, 0, from);
        wording_add(out, ": as '%s' from %s\n", study->variants[at_v].name, from);
    } else {
        wording_add(out, "\n");
        print_inputs(d, phase->scenario, out);
    }
}

void study_print_phases(const struct floe_document *d, struct wording *out)
{
    if (study_is_plain(&d->study) && d->study.variants[0].phases[0].scenario == 0) return;
    wording_add(out, "# What happens in each variant, and the values that are others than above:\n");
    for (int32_t v = 0; v < d->study.n_variants; v++) {
        wording_add(out, "#   %s\n", d->study.variants[v].name);
        for (int32_t p = 0; p < d->study.variants[v].n_phases; p++)
            print_phase(d, v, p, out);
    }
}

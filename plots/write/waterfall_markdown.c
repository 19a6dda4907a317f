/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A waterfall as a table for a pull request. Names are shown as they are: what Markdown or HTML would read as a sign is
 * escaped. */
#include <stdio.h>
#include <string.h>

#include "plots/write/format.h"
#include "plots/write/page.h"
#include "plots/write/waterfall_page.h"

static void add_name(struct floe_text *out, const char *name)
{
    struct floe_text plain = {0};
    floe_text_add(&plain, "");
    floe_format_plain(&plain, name);
    for (size_t i = 0; i < plain.n; i++) {
        if (strchr("\\`*_{}[]<>|~#&@", plain.bytes[i]) != NULL) floe_text_add(out, "\\");
        floe_text_add_n(out, plain.bytes + i, 1);
    }
    out->has_failed |= plain.has_failed;
    floe_text_free(&plain);
}

static void add_row(struct floe_text *out, const char *mark, const char *name, double change, double from, double alone,
                    double whole)
{
    char dollars[FORMAT_BYTES], ratio[FORMAT_BYTES];
    waterfall_format_change(dollars, change);
    waterfall_format_ratio(ratio, from, from + alone);
    floe_text_printf(out, "| %s", mark);
    add_name(out, name);
    floe_text_printf(out, "%s | %s%s%s | %s | ", mark, mark, dollars, mark, ratio);
    if (whole != 0) floe_text_printf(out, "%.1f %%", 100 * waterfall_share(change, whole));
    floe_text_add(out, " |\n");
}

static void add_heading(struct floe_text *out, const char *name)
{
    floe_text_printf(out, "\n| %s | dollars | alone | share |\n|---|---:|---:|---:|\n", name);
}

static void add_terms(struct floe_text *out, const struct waterfall *w)
{
    const double whole = waterfall_change(&w->whole);
    add_heading(out, "why");
    for (int32_t i = 0; i < w->whole.n_terms; i++) {
        const struct waterfall_term *term = &w->whole.terms[i];
        char caption[WATERFALL_NAME_BYTES];
        if (term->change == 0 && term->alone == 0) continue;
        waterfall_caption(term, caption);
        add_row(out, "", caption, term->change, term->from, term->alone, whole);
    }
    add_row(out, "**", "all", whole, w->whole.value[WATERFALL_A], whole, whole);
}

enum { GROUPS_SHOWN = 10 };

static void add_groups(struct floe_text *out, const struct waterfall *w, const struct waterfall_about *about)
{
    const double whole = waterfall_change(&w->whole);
    double rest[WATERFALL_SIDES] = {0, 0};
    char name[WATERFALL_NAME_BYTES];
    if (w->n_groups == 0) return;
    add_heading(out, waterfall_by_name(w->options.by));
    for (int32_t i = 0; i < w->n_groups; i++) {
        const struct waterfall_group *group = &w->groups[i];
        if (i >= GROUPS_SHOWN) {
            rest[0] += group->value[0];
            rest[1] += group->value[1];
            continue;
        }
        waterfall_group_name(w, about, group, name);
        add_row(out, "", name, waterfall_change(group), group->value[0], waterfall_change(group), whole);
    }
    if (w->n_groups <= GROUPS_SHOWN) return;
    (void)snprintf(name, sizeof name, "%d more", (int)w->n_groups - GROUPS_SHOWN);
    add_row(out, "", name, rest[1] - rest[0], rest[0], rest[1] - rest[0], whole);
}

static void add_changes(struct floe_text *out, const struct waterfall *w, const struct waterfall_about *about)
{
    if (about->n_changes < 0) return;
    add_heading(out, "declared change");
    for (int i = 0; i <= about->n_changes; i++) {
        const struct waterfall_change_row *row = &about->changes[i];
        add_row(out, "", row->name != NULL ? row->name : "without any change", row->change, w->whole.value[WATERFALL_A],
                row->alone, waterfall_change(&w->whole));
    }
}

static void add_head(struct floe_text *out, const struct waterfall *w, const struct waterfall_about *about)
{
    char a[FORMAT_BYTES], b[FORMAT_BYTES], change[FORMAT_BYTES];
    floe_format_usd(a, w->whole.value[WATERFALL_A], FORMAT_DIGITS);
    floe_format_usd(b, w->whole.value[WATERFALL_B], FORMAT_DIGITS);
    waterfall_format_change(change, waterfall_change(&w->whole));
    floe_text_printf(out, "**%s%s%s**: %s (", change, w->options.is_per_day ? " a day" : "",
                     w->options.metric == WATERFALL_LCPR ? " per accepted result" : "", a);
    add_name(out, about->sides[WATERFALL_A].argument);
    floe_text_printf(out, ") became %s (", b);
    add_name(out, about->sides[WATERFALL_B].argument);
    floe_text_add(out, ")\n");
}

enum floe_status floe_write_waterfall_markdown(const struct waterfall *w, const struct waterfall_about *about,
                                               struct floe_text *out)
{
    char line[WATERFALL_NAME_BYTES];
    add_head(out, w, about);
    add_terms(out, w);
    add_groups(out, w, about);
    add_changes(out, w, about);
    floe_text_add(out, "\n");
    for (int i = 0; waterfall_note(w, i, line); i++) {
        floe_text_add(out, "- ");
        add_name(out, line);
        floe_text_add(out, "\n");
    }
    for (int i = 0; i < about->n_notes; i++) {
        floe_text_add(out, "- ");
        add_name(out, about->notes[i]);
        floe_text_add(out, "\n");
    }
    if (about->repeat_by != NULL) floe_text_printf(out, "\n    %s\n", about->repeat_by);
    return floe_text_status(out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/waterfall_page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/units.h"
#include "plots/write/page.h"

enum { GROUPS_SHOWN = 5, TERMS_SHOWN = 3, NOTES_SHOWN = 6, ARGUMENT_COLUMNS = 60 };

/* ---- the head ---- */

static void print_head(const struct waterfall *w, struct floe_text *out, int is_coloured)
{
    char a[FORMAT_BYTES], b[FORMAT_BYTES], change[FORMAT_BYTES], ratio[FORMAT_BYTES], line[300];
    floe_format_usd(a, w->whole.value[WATERFALL_A], FORMAT_DIGITS);
    floe_format_usd(b, w->whole.value[WATERFALL_B], FORMAT_DIGITS);
    waterfall_format_change(change, waterfall_change(&w->whole));
    waterfall_format_ratio(ratio, w->whole.value[WATERFALL_A], w->whole.value[WATERFALL_B]);
    (void)snprintf(line, sizeof line, "%s%s%s: %s became %s", change, w->options.is_per_day ? " a day" : "",
                   w->options.metric == WATERFALL_LCPR ? " per accepted result" : "", a, b);
    grid_heading(line, is_coloured, out);
}

static void add_minute(struct floe_text *out, int64_t at_s)
{
    struct floe_text text = {0};
    floe_text_instant(&text, at_s);
    if (text.n >= 16) floe_text_printf(out, "%.10s %.5s", text.bytes, text.bytes + 11);
    floe_text_free(&text);
}

static void print_side(const struct waterfall_about_side *side, int which, struct floe_text *out)
{
    floe_text_printf(out, "%c  ", "AB"[which]);
    floe_format_plain(out, side->argument);
    floe_text_add(out, "\n   ");
    add_minute(out, side->from_at_s);
    floe_text_add(out, " to ");
    add_minute(out, side->to_at_s);
    floe_text_add(out, " UTC");
    if (side->what[0] != '\0') floe_text_add(out, ", ");
    floe_format_plain(out, side->what);
    floe_text_add(out, "\n");
}

/* ---- the table ---- */

static void fill_values(struct grid_line *line, double change, double from, double alone, double whole)
{
    waterfall_format_change(line->values[0], change);
    waterfall_format_ratio(line->values[1], from, from + alone);
    if (whole != 0) (void)snprintf(line->values[2], FORMAT_BYTES, "%.1f%%", 100 * waterfall_share(change, whole));
}

static void add_columns(struct grid *grid, const struct waterfall *w, const char *title)
{
    grid_init(grid, title);
    (void)grid_column(grid, "dollars",
                      w->options.metric == WATERFALL_LCPR ? "per accepted"
                      : w->options.is_per_day             ? "a day"
                                                          : "");
    (void)grid_column(grid, "alone", "");
    (void)grid_column(grid, "share", "");
}

static void print_terms(const struct waterfall *w, int is_coloured, struct floe_text *out)
{
    const double whole = waterfall_change(&w->whole);
    struct grid grid;
    add_columns(&grid, w, "");
    for (int32_t i = 0; i < w->whole.n_terms; i++) {
        const struct waterfall_term *term = &w->whole.terms[i];
        char caption[WATERFALL_NAME_BYTES];
        if (term->change == 0 && term->alone == 0) continue;
        waterfall_caption(term, caption);
        fill_values(grid_add(&grid, 2, caption), term->change, term->from, term->alone, whole);
    }
    fill_values(grid_add(&grid, 0, "all"), whole, w->whole.value[WATERFALL_A], whole, whole);
    grid_print(&grid, is_coloured, out);
}

static void print_still(const struct waterfall *w, struct floe_text *out)
{
    struct floe_text text = {0};
    int n = 0;
    for (int32_t i = 0; i < w->whole.n_terms; i++) {
        char caption[WATERFALL_NAME_BYTES];
        if (w->whole.terms[i].change != 0 || w->whole.terms[i].alone != 0) continue;
        waterfall_caption(&w->whole.terms[i], caption);
        floe_text_printf(&text, "%s%s", n++ == 0 ? "Exactly 0: " : ", ", caption);
    }
    if (n > 0) {
        floe_text_add(&text, ".");
        page_wrapped(out, text.bytes, 2);
    }
    out->has_failed |= text.has_failed;
    floe_text_free(&text);
}

/* ---- how much of it, and what it costs apiece ---- */

static void print_sums(const struct waterfall *w, struct floe_text *out)
{
    const uint32_t counts = (1u << WATERFALL_MIX) - 1;
    double volume = 0, price = 0;
    char a[FORMAT_BYTES], b[FORMAT_BYTES], line[300];
    int n_mixed = 0;
    for (int32_t i = 0; i < w->whole.n_terms; i++) {
        const struct waterfall_term *term = &w->whole.terms[i];
        if (term->factors == 0 || term->factors == 1u << WATERFALL_ACCEPTED) continue;
        n_mixed += (term->factors & counts) != 0 && (term->factors & ~counts) != 0;
        if (term->factors & counts)
            volume += term->change;
        else
            price += term->change;
    }
    if (n_mixed > 0 || volume == 0 || price == 0) return;
    waterfall_format_change(a, volume);
    waterfall_format_change(b, price);
    (void)snprintf(line, sizeof line, "Volume (how many requests) %s, price (what one costs) %s.", a, b);
    page_wrapped(out, line, 2);
}

static void print_models(const struct waterfall *w, const struct waterfall_about *about, struct floe_text *out)
{
    char models[WATERFALL_NAME_BYTES], line[WATERFALL_NAME_BYTES + 60];
    waterfall_models(about, models);
    if (models[0] == '\0') return;
    (void)w;
    (void)snprintf(line, sizeof line, "Share of the requests: %s.", models);
    page_wrapped(out, line, 2);
}

/* ---- groups ---- */

/* The largest terms of a group, in the order of the chain; the others summed. */
static void add_terms(struct grid *grid, const struct waterfall_group *group, double whole)
{
    int is_shown[WATERFALL_TERMS_MOST] = {0};
    double rest = waterfall_change(group);
    int n_moved = 0;
    for (int32_t i = 0; i < group->n_terms; i++)
        n_moved += group->terms[i].change != 0;
    for (int k = 0; k < (n_moved <= TERMS_SHOWN + 1 ? n_moved : TERMS_SHOWN); k++) {
        int best = -1;
        for (int32_t i = 0; i < group->n_terms; i++)
            if (!is_shown[i] && (best < 0 || fabs(group->terms[i].change) > fabs(group->terms[best].change))) best = i;
        if (best >= 0) is_shown[best] = 1;
    }
    for (int32_t i = 0; i < group->n_terms; i++) {
        char caption[WATERFALL_NAME_BYTES];
        if (!is_shown[i]) continue;
        waterfall_caption(&group->terms[i], caption);
        fill_values(grid_add(grid, 4, caption), group->terms[i].change, group->terms[i].from, group->terms[i].alone,
                    whole);
        rest -= group->terms[i].change;
    }
    if (n_moved > TERMS_SHOWN + 1) {
        char name[60];
        (void)snprintf(name, sizeof name, "%d others", n_moved - TERMS_SHOWN);
        fill_values(grid_add(grid, 4, name), rest, 0, 0, whole);
    }
}

static void print_groups(const struct waterfall *w, const struct waterfall_about *about, struct floe_text *out)
{
    const double whole = waterfall_change(&w->whole);
    double rest[WATERFALL_SIDES] = {0, 0};
    char name[WATERFALL_NAME_BYTES];
    struct grid grid;
    if (w->options.by == WATERFALL_BY_NOTHING) return;
    (void)snprintf(name, sizeof name, "By %s", waterfall_by_name(w->options.by));
    floe_text_add(out, "\n");
    add_columns(&grid, w, name);
    for (int32_t i = 0; i < w->n_groups; i++) {
        const struct waterfall_group *group = &w->groups[i];
        rest[0] += i < GROUPS_SHOWN ? 0 : group->value[0];
        rest[1] += i < GROUPS_SHOWN ? 0 : group->value[1];
        if (i >= GROUPS_SHOWN) continue;
        waterfall_group_name(w, about, group, name);
        fill_values(grid_add(&grid, 2, name), waterfall_change(group), group->value[0], waterfall_change(group), whole);
        add_terms(&grid, group, whole);
    }
    if (w->n_groups > GROUPS_SHOWN) {
        (void)snprintf(name, sizeof name, "%d more", (int)w->n_groups - GROUPS_SHOWN);
        fill_values(grid_add(&grid, 2, name), rest[1] - rest[0], rest[0], rest[1] - rest[0], whole);
    }
    grid_print(&grid, about->is_coloured, out);
}

/* ---- declared changes ---- */

static void print_changes(const struct waterfall *w, const struct waterfall_about *about, struct floe_text *out)
{
    const double whole = waterfall_change(&w->whole);
    struct grid grid;
    if (about->n_changes < 0) return;
    floe_text_add(out, "\n");
    add_columns(&grid, w, "By declared change");
    for (int i = 0; i <= about->n_changes; i++) {
        const struct waterfall_change_row *row = &about->changes[i];
        const char *name = row->name != NULL ? row->name : "without any change";
        fill_values(grid_add(&grid, 2, name), row->change, w->whole.value[WATERFALL_A], row->alone, whole);
    }
    grid_print(&grid, about->is_coloured, out);
}

/* ---- notes ---- */

static void print_notes(const struct waterfall *w, const struct waterfall_about *about, struct floe_text *out)
{
    char line[WATERFALL_NAME_BYTES], whole[WATERFALL_NAME_BYTES + 10];
    int n = 0;
    for (int i = 0; waterfall_note(w, i, line); i++) {
        (void)snprintf(whole, sizeof whole, "note: %s", line);
        if (n++ < NOTES_SHOWN) page_wrapped(out, whole, 6);
    }
    for (int i = 0; i < about->n_notes; i++) {
        (void)snprintf(whole, sizeof whole, "note: %.390s", about->notes[i]);
        if (n++ < NOTES_SHOWN) page_wrapped(out, whole, 6);
    }
    if (n > NOTES_SHOWN) floe_text_printf(out, "... %d more notes (see --json)\n", n - NOTES_SHOWN);
}

enum floe_status floe_write_waterfall(const struct waterfall *w, const struct waterfall_about *about,
                                      struct floe_text *out)
{
    print_head(w, out, about->is_coloured);
    for (int s = 0; s < WATERFALL_SIDES; s++)
        print_side(&about->sides[s], s, out);
    if (about->how[0] != '\0') floe_text_printf(out, "   %s\n", about->how);
    floe_text_add(out, "\n");
    print_terms(w, about->is_coloured, out);
    print_sums(w, out);
    print_models(w, about, out);
    print_still(w, out);
    print_groups(w, about, out);
    print_changes(w, about, out);
    floe_text_add(out, "\n");
    print_notes(w, about, out);
    if (about->repeat_by != NULL) floe_text_printf(out, "%s\n", about->repeat_by);
    return floe_text_status(out);
}

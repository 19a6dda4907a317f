/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/csv_fields.h"
#include "plots/write/format.h"
#include "plots/write/waterfall_page.h"

/* ---- waterfall.csv ---- */

static void group_rows(struct floe_text *out, const struct waterfall_group *group, const char *name, double whole)
{
    for (int32_t i = 0; i < group->n_terms; i++) {
        const struct waterfall_term *term = &group->terms[i];
        char caption[WATERFALL_NAME_BYTES];
        waterfall_caption(term, caption);
        csv_text(out, name);
        csv_text(out, caption);
        csv_number(out, term->change);
        csv_number(out, term->from);
        csv_number(out, term->alone);
        csv_number(out, waterfall_has_ratio(term) ? waterfall_ratio(term) : NAN);
        csv_number(out, waterfall_share(term->change, whole));
        csv_end(out);
    }
}

enum floe_status floe_write_waterfall_csv(const struct waterfall *w, const struct waterfall_about *about,
                                          struct floe_text *out)
{
    const double whole = waterfall_change(&w->whole);
    csv_header(out, "group,term,change,from,alone,ratio,share");
    group_rows(out, &w->whole, "", whole);
    for (int32_t i = 0; i < w->n_groups; i++) {
        char name[WATERFALL_NAME_BYTES];
        waterfall_group_name(w, about, &w->groups[i], name);
        group_rows(out, &w->groups[i], name, whole);
    }
    return floe_text_status(out);
}

/* ---- for the figure ---- */

enum { NAME_COLUMNS = 44, TITLE_COLUMNS = 40 };

/* gnuplot takes no quotes and no line ends within a field, and long names take the page. */
static void plot_name(struct floe_text *out, const char *name, int columns)
{
    struct floe_text cut = {0};
    const int n = floe_format_columns(name);
    floe_format_name(&cut, name, n < 1 ? 1 : n < columns ? n : columns);
    for (size_t i = 0; i < cut.n; i++)
        if (strchr("\"\\,\r\n\t", cut.bytes[i]) != NULL) cut.bytes[i] = ' ';
    if (cut.n > 0) floe_text_add_n(out, cut.bytes, cut.n);
    out->has_failed |= cut.has_failed;
    floe_text_free(&cut);
}

static void plot_row(struct floe_text *out, const char *name, int kind, double from, double to, const char *label)
{
    plot_name(out, name, NAME_COLUMNS);
    floe_text_printf(out, ",%d,", kind);
    csv_number(out, from);
    csv_number(out, to);
    for (; *label != '\0'; label++)
        if (*label != ',') floe_text_add_n(out, label, 1); /* of thousands */
    floe_text_add(out, "\n");
}

static const char *without_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void side_row(struct floe_text *out, const struct waterfall *w, const struct waterfall_about *about, int side)
{
    char label[FORMAT_BYTES], name[WATERFALL_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%c: %.300s", "AB"[side], without_folder(about->sides[side].argument));
    floe_format_usd(label, w->whole.value[side], FORMAT_DIGITS);
    plot_row(out, name, 0, 0, w->whole.value[side], label);
}

enum floe_status floe_write_waterfall_plot(const struct waterfall *w, const struct waterfall_about *about,
                                           struct floe_text *out)
{
    double at = w->whole.value[WATERFALL_A];
    csv_header(out, "name,kind,from,to,label");
    side_row(out, w, about, WATERFALL_A);
    for (int32_t i = 0; i < w->whole.n_terms; i++) {
        const struct waterfall_term *term = &w->whole.terms[i];
        char caption[WATERFALL_NAME_BYTES], label[FORMAT_BYTES];
        if (term->change == 0) continue;
        waterfall_caption(term, caption);
        waterfall_format_change(label, term->change);
        plot_row(out, caption, term->change < 0 ? -1 : 1, at, at + term->change, label);
        at += term->change;
    }
    side_row(out, w, about, WATERFALL_B);
    return floe_text_status(out);
}

enum floe_status floe_write_waterfall_title(const struct waterfall *w, const struct waterfall_about *about,
                                            struct floe_text *out)
{
    char a[FORMAT_BYTES], b[FORMAT_BYTES], change[FORMAT_BYTES];
    floe_format_usd(a, w->whole.value[WATERFALL_A], FORMAT_DIGITS);
    floe_format_usd(b, w->whole.value[WATERFALL_B], FORMAT_DIGITS);
    waterfall_format_change(change, waterfall_change(&w->whole));
    floe_text_printf(out, "text\nWhy the %s changed: %s became %s (%s%s)\n",
                     w->options.metric == WATERFALL_LCPR ? "cost per accepted result" : "bill", a, b, change,
                     w->options.is_per_day ? " a day" : "");
    plot_name(out, without_folder(about->sides[WATERFALL_A].argument), TITLE_COLUMNS);
    floe_text_add(out, " to ");
    plot_name(out, without_folder(about->sides[WATERFALL_B].argument), TITLE_COLUMNS);
    floe_text_add(out, "\nworkload\n");
    return floe_text_status(out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/tables.h"

/* ---- values ---- */

static const struct page_scale count_scales[] = {{0, 1, ""}, {1e7, 1e6 /* no unit */, "M"}, {1e12, 1e9, "G"}};
static const struct page_scale tok_scales[] = {
    {0, 1, "tok"}, {1e4, TOK_PER_KTOK, "ktok"}, {1e6 /* no unit */, TOK_PER_MTOK, "Mtok"}, {1e10, 1e9, "Gtok"}};

static const struct page_scale *scale_for(const struct page_scale *scales, int n, double largest)
{
    const struct page_scale *best = &scales[0];
    for (int i = 1; i < n; i++)
        if (largest >= scales[i].least) best = &scales[i];
    return best;
}
#define SCALE_FOR(SCALES, LARGEST) scale_for((SCALES), (int)(sizeof(SCALES) / sizeof((SCALES)[0])), (LARGEST))

const struct page_scale *page_count_scale(double largest)
{
    return SCALE_FOR(count_scales, largest);
}

const struct page_scale *page_tok_scale(double largest)
{
    return SCALE_FOR(tok_scales, largest);
}

void page_format_count(char *to, double x, const struct page_scale *scale, int digits)
{
    if (scale->unit == 1)
        floe_format_count(to, x, digits);
    else
        floe_format_scaled(to, x, scale->unit, digits);
}

double page_mean(const struct result_cell *cell, enum metric metric)
{
    return cell != NULL && cell->outcomes[metric].n > 0 ? cell->outcomes[metric].mean : NAN;
}

void page_format_share(char *to, double share)
{
    const double percent = 100 * share;
    if (!isfinite(percent))
        (void)snprintf(to, FORMAT_BYTES, "-");
    else if (percent == 0 || percent == 100)
        (void)snprintf(to, FORMAT_BYTES, "%.0f%%", percent);
    else if (percent > 0 && percent < 0.05)
        (void)snprintf(to, FORMAT_BYTES, "<0.1%%");
    else if (percent < 100 && percent >= 99.95)
        (void)snprintf(to, FORMAT_BYTES, ">99.9%%");
    else
        (void)snprintf(to, FORMAT_BYTES, "%.1f%%", percent);
}

/* ---- names ---- */

struct grid_line *page_add_pair(const struct page *page, struct grid *grid, int32_t workload, int32_t route,
                                int columns)
{
    struct floe_text name = {0};
    table_pair_name(page->result, workload, route, columns, &name);
    struct grid_line *line = grid_add(grid, 2, name.n > 0 ? name.bytes : "");
    page->out->has_failed |= name.has_failed;
    floe_text_free(&name);
    return line;
}

void page_window_name(const struct page *page, int32_t window, int columns, char *to)
{
    struct floe_text name = {0};
    int width = floe_format_columns(page->result->spans[window].window);
    floe_format_name(&name, page->result->spans[window].window, width < columns ? width : columns);
    (void)snprintf(to, FORMAT_BYTES, "%s", name.has_failed || name.n == 0 ? "" : name.bytes);
    page->out->has_failed |= name.has_failed;
    floe_text_free(&name);
}

/* ---- lines ---- */

void page_heading(const struct page *page, const char *s)
{
    struct floe_text heading = {0};
    floe_format_name(&heading, s, GRID_PAGE_COLUMNS);
    while (heading.n > 0 && heading.bytes[heading.n - 1] == ' ')
        heading.bytes[--heading.n] = '\0';
    if (heading.n > 0) grid_heading(heading.bytes, page->is_coloured, page->out);
    page->out->has_failed |= heading.has_failed;
    floe_text_free(&heading);
}

void page_grid(const struct page *page, const struct grid *grid)
{
    grid_print(grid, page->is_coloured, page->out);
}

/* The first word of s into `word`; its bytes. A word too long for `word` is taken in pieces. */
static size_t take_word(const char *s, char *word, size_t size)
{
    size_t n = strcspn(s, " ");
    if (n >= size) n = size - 1;
    memcpy(word, s, n);
    word[n] = '\0';
    return n;
}

void page_wrapped(struct floe_text *out, const char *s, int indent)
{
    char word[INPUT_PATH_BYTES + 1];
    int used = 0;
    for (size_t n; *s != '\0'; s += n, s += strspn(s, " ")) {
        n = take_word(s, word, sizeof word);
        int width = floe_format_columns(word), is_new_line = used > 0 && used + 1 + width > GRID_PAGE_COLUMNS;
        if (is_new_line) {
            floe_text_add(out, "\n");
            floe_text_fill(out, ' ', indent);
            used = indent;
        } else if (used > 0) {
            floe_text_add(out, " ");
            used++;
        }
        floe_format_plain(out, word);
        used += width;
    }
    floe_text_add(out, "\n");
}

/* ---- rows by variant ---- */

struct page_rows page_rows_of(const struct page *page, int lines_each)
{
    const int room = PAGE_LINES_SHOWN / (lines_each * page->result->n_variants);
    const int n = room < 1 ? 1 : room;
    return (struct page_rows){page, n < page->n_shown ? n : page->n_shown};
}

const struct result_cell *page_rows_cell(const struct page_rows *rows, int pair, int32_t variant, int32_t span)
{
    const struct result_cell *shown = rows->page->shown[pair];
    return table_cell(rows->page->result, variant, shown->workload, shown->route, span);
}

struct grid_line *page_rows_add(const struct page_rows *rows, struct grid *grid, int pair, int32_t variant)
{
    const struct page *page = rows->page;
    const int32_t workload = page->shown[pair]->workload, route = page->shown[pair]->route;
    if (page->result->n_variants == 1) return page_add_pair(page, grid, workload, route, PAGE_PAIR_COLUMNS);
    if (page->n_shown == 1) return grid_add(grid, 2, table_variant(page->result, variant));
    if (variant == 0) (void)page_add_pair(page, grid, workload, route, GRID_PAGE_COLUMNS - 2);
    return grid_add(grid, 4, table_variant(page->result, variant));
}

void page_rows_more(const struct page_rows *rows)
{
    const int n = rows->page->n_shown - rows->n_pairs;
    if (n > 0) floe_text_printf(rows->page->out, "... %d more (see --csv)\n", n);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the sections of the page for people (report.h) share. A section is a function that takes the page and appends to
 * page->out; those that a result has nothing for append nothing. */
#ifndef FLOE_PLOTS_WRITE_PAGE_H
#define FLOE_PLOTS_WRITE_PAGE_H

#include "models/result.h"
#include "plots/write/grid.h"
#include "plots/write/text.h"

enum {
    PAGE_CELLS_SHOWN = 6,
    PAGE_WINDOWS_SHOWN = 4,
    PAGE_LINES_SHOWN = 28, /* of a table by variant, or by setting */
    PAGE_PAIR_COLUMNS = 30,
    PAGE_NAME_COLUMNS = 40 /* of a name in a sentence */
};

struct page {
    const struct result *result;
    struct floe_text *out;
    int is_coloured;
    const struct result_cell *shown[PAGE_CELLS_SHOWN]; /* of the first variant and the whole span, cheapest first within
                                                          their workload */
    int n_shown;
    int64_t n_hidden;
};

/* One unit per column, chosen by its largest value. */
struct page_scale {
    double least, unit;
    const char *name;
};
const struct page_scale *page_count_scale(double largest);
const struct page_scale *page_tok_scale(double largest);
void page_format_count(char *to, double x, const struct page_scale *scale, int digits);

/* The values of a cell, for people: "-" where it is not there or not defined. */
double page_mean(const struct result_cell *cell, enum metric metric); /* NAN */

/* A share in percent. What is neither nothing nor all reads as neither: "<0.1%", ">99.9%". */
void page_format_share(char *to, double share);

/* Its name is cut to `columns`: PAGE_PAIR_COLUMNS where values stand beside it. */
struct grid_line *page_add_pair(const struct page *page, struct grid *grid, int32_t workload, int32_t route,
                                int columns);
void page_window_name(const struct page *page, int32_t window, int columns, char *to); /* FORMAT_BYTES */
void page_heading(const struct page *page, const char *s);                             /* bold, cut to the page */
void page_grid(const struct page *page, const struct grid *grid);
void page_wrapped(struct floe_text *out, const char *s, int indent); /* lines behind the first stand behind `indent` */

/* The lines of a table by variant: for each of the shown pairs each variant, as many pairs as PAGE_LINES_SHOWN leaves
 * room for. With several pairs a line without values names each. */
struct page_rows {
    const struct page *page;
    int n_pairs;
};
struct page_rows page_rows_of(const struct page *page, int lines_each);
/* The cell of a window; NULL where the route was not run. */
const struct result_cell *page_rows_cell(const struct page_rows *rows, int pair, int32_t variant, int32_t span);
/* The line of a variant of a pair; call in order. */
struct grid_line *page_rows_add(const struct page_rows *rows, struct grid *grid, int pair, int32_t variant);
void page_rows_more(const struct page_rows *rows); /* "... 3 more (see --csv)" */

/* ---- sections ---- */

void page_print_routes(const struct page *page);
void page_print_by_variant(const struct page *page);
void page_print_tasks(const struct page *page);
void page_print_calls(const struct page *page);
void page_print_graphs(const struct page *page);
void page_print_chain(const struct page *page);
void page_print_latency(const struct page *page);
void page_print_whose(const struct page *page);
void page_print_blast(const struct page *page);

#endif

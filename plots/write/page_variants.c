/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The variants side by side: a line each, a column per window. The same bill may have several causes; the counts beside
 * it tell them apart, so invocations stand before dollars. */
#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"
#include "plots/write/tables.h"

enum { WINDOW_COLUMNS = 12, COLUMNS_MOST = PAGE_WINDOWS_SHOWN + 1 };

struct column {
    enum metric metric;
    int32_t span;
};

static const struct page_scale *scale_of(const struct page_rows *rows, const struct column *column)
{
    double largest = 0;
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            largest = fmax(largest, page_mean(page_rows_cell(rows, pair, variant, column->span), column->metric));
    return page_count_scale(largest);
}

static void print_table(const struct page_rows *rows, struct grid *grid, const struct column *columns, int n)
{
    const struct page_scale *scale = page_count_scale(0);
    for (int i = 0; i < n; i++)
        if (columns[i].metric != METRIC_COST_TOTAL && scale_of(rows, &columns[i])->unit > scale->unit)
            scale = scale_of(rows, &columns[i]);
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++) {
            struct grid_line *line = page_rows_add(rows, grid, pair, variant);
            for (int i = 0; i < n; i++) {
                const double x = page_mean(page_rows_cell(rows, pair, variant, columns[i].span), columns[i].metric);
                if (columns[i].metric == METRIC_COST_TOTAL)
                    floe_format_usd(line->values[i], x, FORMAT_DIGITS);
                else
                    page_format_count(line->values[i], x, scale, FORMAT_DIGITS);
            }
        }
    for (int i = 0; i < n && scale->unit > 1; i++)
        if (columns[i].metric != METRIC_COST_TOTAL) {
            (void)snprintf(grid->heads[1][i], FORMAT_BYTES, "%s", scale->name);
            grid->n_heads = 2;
        }
    floe_text_add(rows->page->out, "\n");
    page_grid(rows->page, grid);
    page_rows_more(rows);
}

static void print_metric(const struct page_rows *rows, const char *title, enum metric metric)
{
    const struct page *page = rows->page;
    struct column columns[COLUMNS_MOST];
    struct grid grid;
    int n = 0;
    grid_init(&grid, title);
    for (int32_t span = 1; span < page->result->n_windows && n < PAGE_WINDOWS_SHOWN; span++) {
        char name[FORMAT_BYTES];
        page_window_name(page, span, WINDOW_COLUMNS, name);
        (void)grid_column(&grid, name, "");
        columns[n++] = (struct column){metric, span};
    }
    (void)grid_column(&grid, WINDOW_ALL, "");
    columns[n++] = (struct column){metric, 0};
    print_table(rows, &grid, columns, n);
    if (page->result->n_windows > n)
        floe_text_printf(page->out, "... %d more windows (see --csv)\n", (int)page->result->n_windows - n);
}

void page_print_by_variant(const struct page *page)
{
    const struct page_rows rows = page_rows_of(page, 1);
    if (page->result->n_variants < 2 || rows.n_pairs == 0) return;
    if (page->result->n_windows > 1) {
        print_metric(&rows, "Provider invocations", METRIC_INVOCATIONS);
        print_metric(&rows, "Cost by variant", METRIC_COST_TOTAL);
        return;
    }
    static const struct column columns[] = {{METRIC_CALLS, 0}, {METRIC_INVOCATIONS, 0}, {METRIC_COST_TOTAL, 0}};
    struct grid grid;
    grid_init(&grid, "By variant");
    (void)grid_column(&grid, "calls", "");
    (void)grid_column(&grid, "invocations", "");
    (void)grid_column(&grid, "cost", "");
    print_table(&rows, &grid, columns, 3);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cells for which the page's first table has no room, with their cost per accepted unit only: workloads against routes,
 * the longer of the two downwards. A page of several variants is long enough without it. */
#include <stdio.h>

#include "plots/write/page.h"
#include "plots/write/tables.h"

enum { ROWS_SHOWN = 12, COLUMNS_SHOWN = 6, NAME_COLUMNS = 14, UNDEFINED_SHOWN = 4 };

struct side {
    const char *(*name)(const struct result *result, int32_t i);
    int32_t n, most;
};

static int32_t shown_of(const struct side *side)
{
    return side->n < side->most ? side->n : side->most;
}

static void add_line(const struct page *page, struct grid *grid, int32_t row, const char *name, int is_route_down)
{
    struct grid_line *line = grid_add(grid, 2, name);
    for (int32_t i = 0; i < grid->n_columns; i++) {
        const struct result_cell *cell = is_route_down ? table_cell(page->result, 0, i, row, 0)
                                                       : table_cell(page->result, 0, row, i, 0);
        floe_format_usd(line->values[i], page_mean(cell, METRIC_LCPR), FORMAT_DIGITS);
    }
}

static void add_head(const struct page *page, struct grid *grid, const char *name)
{
    struct floe_text head = {0};
    table_cut(&head, name, NAME_COLUMNS);
    (void)grid_column(grid, head.n > 0 ? head.bytes : "", "");
    page->out->has_failed |= head.has_failed;
    floe_text_free(&head);
}

static void print_rest(const struct page *page, const struct side *side, const char *what)
{
    const int32_t n = side->n - shown_of(side);
    if (n > 0) floe_text_printf(page->out, "... %d more %s (see --csv)\n", (int)n, what);
}

/* Why a value is "-": "- turns / nova_tools: nothing was accepted; of 10 attempts 10 errors" */
static void print_undefined(const struct page *page)
{
    const struct result *r = page->result;
    int n = 0;
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *cell = &r->cells[i];
        if (cell->span != 0 || cell->outcomes[METRIC_LCPR].n > 0 || n++ >= UNDEFINED_SHOWN) continue;
        char attempts[FORMAT_BYTES], errors[FORMAT_BYTES];
        floe_format_count(attempts, page_mean(cell, METRIC_ATTEMPTS), FORMAT_DIGITS);
        floe_format_count(errors, page_mean(cell, METRIC_ERRORS), FORMAT_DIGITS);
        floe_text_add(page->out, "- ");
        table_two_names(result_workload(r, cell->workload), result_route(r, cell->route), PAGE_PAIR_COLUMNS, page->out);
        floe_text_printf(page->out, ": nothing was accepted; of %s attempts %s errors\n", attempts, errors);
    }
    if (n > UNDEFINED_SHOWN) floe_text_printf(page->out, "... %d more (see --csv)\n", n - UNDEFINED_SHOWN);
}

void page_print_routes(const struct page *page)
{
    const struct scenario *scenario = page->result->scenario;
    if (page->n_hidden == 0 || scenario->n_routes < 2 || page->result->n_variants > 1) return;
    const int is_route_down = scenario->n_routes > scenario->n_workloads;
    struct side down = {result_workload, scenario->n_workloads, ROWS_SHOWN},
                across = {result_route, scenario->n_routes, COLUMNS_SHOWN};
    if (is_route_down) {
        down = (struct side){result_route, scenario->n_routes, ROWS_SHOWN};
        across = (struct side){result_workload, scenario->n_workloads, COLUMNS_SHOWN};
    }
    struct grid grid;
    grid_init(&grid, "LCPR, all routes");
    for (int32_t i = 0; i < shown_of(&across); i++)
        add_head(page, &grid, across.name(page->result, i));
    for (int32_t i = 0; i < shown_of(&down); i++)
        add_line(page, &grid, i, down.name(page->result, i), is_route_down);
    floe_text_add(page->out, "\n");
    page_grid(page, &grid);
    print_rest(page, &down, is_route_down ? "routes" : "workloads");
    print_rest(page, &across, is_route_down ? "workloads" : "routes");
    print_undefined(page);
}

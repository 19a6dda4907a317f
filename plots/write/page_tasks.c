/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the callers saw, where attempts fail: how many of the tasks succeeded, and how much was asked for one of them.
 * It stands above the tables of what the provider saw, which a caller does not see. */
#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"

enum { COLUMN_TASKS, COLUMN_ACCEPTED, COLUMN_SHARE, COLUMN_CALLS, COLUMN_INVOCATIONS, COLUMN_ATTEMPTS, COLUMNS };
static const char *const heads[COLUMNS][2] = {{"tasks", ""},       {"accepted", ""},      {"accepted", "share"},
                                              {"calls", "/ task"}, {"answers", "/ task"}, {"attempts", "/ task"}};

static const enum metric failures[] = {METRIC_THROTTLES, METRIC_ERRORS, METRIC_TIMEOUTS};

static int is_failing(const struct page_rows *rows)
{
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            for (int k = 0; k < (int)(sizeof failures / sizeof failures[0]); k++)
                if (page_mean(page_rows_cell(rows, pair, variant, 0), failures[k]) > 0) return 1;
    return 0;
}

static void format_per_task(char *to, const struct result_cell *cell, enum metric metric)
{
    const double n = page_mean(cell, metric) / page_mean(cell, METRIC_TASKS);
    if (isfinite(n))
        (void)snprintf(to, FORMAT_BYTES, "%.1f", n);
    else
        (void)snprintf(to, FORMAT_BYTES, "-");
}

static void add_values(struct grid_line *line, const struct result_cell *cell, const struct page_scale *scale)
{
    page_format_count(line->values[COLUMN_TASKS], page_mean(cell, METRIC_TASKS), scale, FORMAT_DIGITS);
    page_format_count(line->values[COLUMN_ACCEPTED], page_mean(cell, METRIC_ACCEPTED), scale, FORMAT_DIGITS);
    page_format_share(line->values[COLUMN_SHARE], page_mean(cell, METRIC_ACCEPTED) / page_mean(cell, METRIC_TASKS));
    format_per_task(line->values[COLUMN_CALLS], cell, METRIC_CALLS);
    format_per_task(line->values[COLUMN_INVOCATIONS], cell, METRIC_INVOCATIONS);
    format_per_task(line->values[COLUMN_ATTEMPTS], cell, METRIC_ATTEMPTS);
}

void page_print_tasks(const struct page *page)
{
    const struct page_rows rows = page_rows_of(page, 2);
    struct grid grid;
    double largest = 0;
    if (rows.n_pairs == 0 || !is_failing(&rows)) return;
    for (int pair = 0; pair < rows.n_pairs; pair++)
        largest = fmax(largest, page_mean(page->shown[pair], METRIC_TASKS));
    const struct page_scale *scale = page_count_scale(largest);
    grid_init(&grid, scale->name);
    for (int i = 0; i < COLUMNS; i++)
        (void)grid_column(&grid, heads[i][0], heads[i][1]);
    for (int pair = 0; pair < rows.n_pairs; pair++)
        for (int32_t variant = 0; variant < page->result->n_variants; variant++)
            add_values(page_rows_add(&rows, &grid, pair, variant), page_rows_cell(&rows, pair, variant, 0), scale);
    floe_text_add(page->out, "\n");
    page_heading(page, "What the callers saw");
    page_grid(page, &grid);
    page_rows_more(&rows);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the callers saw, where attempts fail: how many of the tasks succeeded, and how much was asked for one of them.
 * It stands above the tables of what the provider saw, which a caller does not see. */
#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"

enum {
    COLUMN_TASKS,
    COLUMN_ACCEPTED,
    COLUMN_SHARE,
    COLUMN_CALLS,
    COLUMN_INVOCATIONS,
    COLUMN_ATTEMPTS,
    COLUMN_AGAIN,
    COLUMN_GIVEN_UP,
    COLUMNS
};
static const char *const heads[COLUMNS][2] = {{"tasks", ""},       {"accepted", ""},      {"accepted", "share"},
                                              {"calls", "/ task"}, {"answers", "/ task"}, {"attempts", "/ task"},
                                              {"asked", "again"},  {"given up", ""}};

static const enum metric failures[] = {METRIC_THROTTLES, METRIC_ERRORS, METRIC_TIMEOUTS};

static int has_any(const struct page_rows *rows, enum metric metric)
{
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            if (page_mean(page_rows_cell(rows, pair, variant, 0), metric) > 0) return 1;
    return 0;
}

static int is_failing(const struct page_rows *rows)
{
    for (int k = 0; k < (int)(sizeof failures / sizeof failures[0]); k++)
        if (has_any(rows, failures[k])) return 1;
    return has_any(rows, METRIC_ASKED_AGAIN);
}

static void format_per_task(char *to, const struct result_cell *cell, enum metric metric)
{
    const double n = page_mean(cell, metric) / page_mean(cell, METRIC_TASKS);
    if (isfinite(n))
        (void)snprintf(to, FORMAT_BYTES, "%.1f", n);
    else
        (void)snprintf(to, FORMAT_BYTES, "-");
}

static void add_values(struct grid_line *line, const struct result_cell *cell, const struct page_scale *scale,
                       int is_reacting)
{
    page_format_count(line->values[COLUMN_TASKS], page_mean(cell, METRIC_TASKS), scale, FORMAT_DIGITS);
    page_format_count(line->values[COLUMN_ACCEPTED], page_mean(cell, METRIC_ACCEPTED), scale, FORMAT_DIGITS);
    page_format_share(line->values[COLUMN_SHARE], page_mean(cell, METRIC_ACCEPTED) / page_mean(cell, METRIC_TASKS));
    format_per_task(line->values[COLUMN_CALLS], cell, METRIC_CALLS);
    format_per_task(line->values[COLUMN_INVOCATIONS], cell, METRIC_INVOCATIONS);
    format_per_task(line->values[COLUMN_ATTEMPTS], cell, METRIC_ATTEMPTS);
    if (!is_reacting) return;
    page_format_count(line->values[COLUMN_AGAIN], page_mean(cell, METRIC_ASKED_AGAIN), scale, FORMAT_DIGITS);
    page_format_count(line->values[COLUMN_GIVEN_UP], page_mean(cell, METRIC_GIVEN_UP), scale, FORMAT_DIGITS);
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
    const int is_reacting = has_any(&rows, METRIC_ASKED_AGAIN);
    for (int i = 0; i < (is_reacting ? COLUMNS : COLUMN_AGAIN); i++)
        (void)grid_column(&grid, heads[i][0], heads[i][1]);
    for (int pair = 0; pair < rows.n_pairs; pair++)
        for (int32_t variant = 0; variant < page->result->n_variants; variant++)
            add_values(page_rows_add(&rows, &grid, pair, variant), page_rows_cell(&rows, pair, variant, 0), scale,
                       is_reacting);
    floe_text_add(page->out, "\n");
    page_heading(page, "What the callers saw");
    page_grid(page, &grid);
    page_rows_more(&rows);
}

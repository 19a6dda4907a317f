/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What happened to the calls, where something stands between them and the provider: a response cache or a budget. The
 * columns of the first table add up to the calls: what a refill in a grace window asks of the provider is an attempt
 * without a call, and stands in the second, which is also printed where attempts fail. */
#include <math.h>
#include <string.h>

#include "plots/write/page.h"

/* A column is a metric, less another where that is a part of it that has a column of its own. */
struct column {
    const char *head, *below;
    enum metric metric, less;
    int is_always, has_share;
};
#define NOTHING METRIC_N

static const struct column answers[] = {
    {"calls", "", METRIC_CALLS, NOTHING, 1, 0},
    {"= cache", "hits", METRIC_CACHE_HITS, NOTHING, 1, 1},
    {"+ stale", "", METRIC_STALE_SERVED, NOTHING, 0, 1},
    {"+ denied", "403", METRIC_DENIED, METRIC_DENIED_OVER_BUDGET, 0, 1},
    {"+ denied", "429", METRIC_DENIED_OVER_BUDGET, NOTHING, 0, 1},
    {"+ upstream", "", METRIC_UPSTREAM, NOTHING, 1, 1},
};
static const struct column attempts[] = {
    {"attempts", "", METRIC_ATTEMPTS, NOTHING, 1, 0},
    {"of them", "refreshes", METRIC_REFRESHES, NOTHING, 0, 0},
    {"invocations", "", METRIC_INVOCATIONS, NOTHING, 1, 0},
    {"throttles", "", METRIC_THROTTLES, NOTHING, 0, 0},
    {"of them", "logged", METRIC_LOGGED_THROTTLES, NOTHING, 0, 0},
    {"errors", "", METRIC_ERRORS, NOTHING, 1, 0},
    {"timeouts", "", METRIC_TIMEOUTS, NOTHING, 0, 0},
    {"wrong", "answers", METRIC_WRONG_ANSWERS, NOTHING, 0, 0},
};
#define N_OF(ARRAY) ((int)(sizeof(ARRAY) / sizeof((ARRAY)[0])))

static double value_of(const struct result_cell *cell, const struct column *column)
{
    return page_mean(cell, column->metric) - (column->less == NOTHING ? 0 : page_mean(cell, column->less));
}

static double largest_of(const struct page_rows *rows, const struct column *column)
{
    double largest = 0;
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            largest = fmax(largest, value_of(page_rows_cell(rows, pair, variant, 0), column));
    return largest;
}

/* The line, and below it the shares of the calls. */
static void add_row(const struct page_rows *rows, struct grid *grid, int pair, int32_t variant,
                    const struct column *const *columns, const struct page_scale *scale)
{
    const struct result_cell *cell = page_rows_cell(rows, pair, variant, 0);
    struct grid_line *line = page_rows_add(rows, grid, pair, variant), below;
    int has_shares = 0;
    memset(&below, 0, sizeof below);
    for (int i = 0; i < grid->n_columns; i++) {
        const double x = value_of(cell, columns[i]);
        page_format_count(line->values[i], x, scale, FORMAT_DIGITS);
        if (columns[i]->has_share) page_format_share(below.values[i], x / page_mean(cell, METRIC_CALLS));
        has_shares |= columns[i]->has_share;
    }
    if (has_shares) *grid_add(grid, 0, "") = below;
}

/* One scale for all columns, since they add up. */
static void print_table(const struct page_rows *rows, const char *title, const struct column *all, int n_all)
{
    const struct column *columns[GRID_COLUMNS];
    const struct page_scale *scale = page_count_scale(largest_of(rows, &all[0]));
    struct grid grid;
    grid_init(&grid, scale->name);
    for (int i = 0; i < n_all; i++) {
        if (!all[i].is_always && !(largest_of(rows, &all[i]) > 0)) continue;
        columns[grid_column(&grid, all[i].head, all[i].below)] = &all[i];
    }
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            add_row(rows, &grid, pair, variant, columns, scale);
    floe_text_add(rows->page->out, "\n");
    page_heading(rows->page, title);
    page_grid(rows->page, &grid);
    page_rows_more(rows);
}

static int is_something_between(const struct result *r)
{
    static const enum metric between[] = {METRIC_CACHE_HITS, METRIC_STALE_SERVED, METRIC_DENIED, METRIC_REFRESHES};
    for (int64_t i = 0; i < r->n_cells; i++)
        for (int k = 0; k < N_OF(between); k++)
            if (page_mean(&r->cells[i], between[k]) > 0) return 1;
    return 0;
}

/* Of the lines of the table. */
static int is_something_failing(const struct page_rows *rows)
{
    static const struct column failing[] = {{.metric = METRIC_THROTTLES, .less = NOTHING},
                                            {.metric = METRIC_ERRORS, .less = NOTHING},
                                            {.metric = METRIC_TIMEOUTS, .less = NOTHING}};
    for (int k = 0; k < N_OF(failing); k++)
        if (largest_of(rows, &failing[k]) > 0) return 1;
    return 0;
}

void page_print_calls(const struct page *page)
{
    const struct page_rows rows = page_rows_of(page, 2);
    const int is_between = is_something_between(page->result);
    if (rows.n_pairs == 0) return;
    if (is_between) print_table(&rows, "What happened to the calls", answers, N_OF(answers));
    if (is_between || is_something_failing(&rows))
        print_table(&rows, "What the provider saw", attempts, N_OF(attempts));
}

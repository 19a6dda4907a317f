/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks that are graphs of steps: how many end well, with what is missing, how much one takes and how long. The steps
 * themselves stand in the table of the chain. Printed where a workload has a graph. */
#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"

static const struct {
    const char *head, *below;
} columns[] = {{"accepted", "share"}, {"partial", "share"}, {"calls", "/ task"}, {"cost", "/ task"},
               {"mean", "seconds"},   {"p50", "seconds"},   {"p95", "seconds"},  {"p99", "seconds"}};
#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

static int has_graph(const struct page *page, const struct result_cell *cell)
{
    return cell != NULL && page->result->scenario->workloads[cell->workload].n_task_steps > 0;
}

static void add_seconds(char *to, const struct result_cell *cell, enum metric metric)
{
    const double s = page_mean(cell, metric);
    if (isfinite(s))
        (void)snprintf(to, FORMAT_BYTES, "%.2f", s);
    else
        (void)snprintf(to, FORMAT_BYTES, "-");
}

static void add_values(struct grid_line *line, const struct result_cell *cell)
{
    static const enum metric times[] = {METRIC_TASK_MEAN, METRIC_TASK_P50, METRIC_TASK_P95, METRIC_TASK_P99};
    const double tasks = page_mean(cell, METRIC_TASKS);
    page_format_share(line->values[0], page_mean(cell, METRIC_ACCEPTED) / tasks);
    page_format_share(line->values[1], page_mean(cell, METRIC_PARTIAL) / tasks);
    (void)snprintf(line->values[2], FORMAT_BYTES, "%.2f", page_mean(cell, METRIC_CALLS) / tasks);
    floe_format_usd(line->values[3], page_mean(cell, METRIC_COST_TOTAL) / tasks, FORMAT_DIGITS);
    for (int i = 0; i < 4; i++)
        add_seconds(line->values[4 + i], cell, times[i]);
}

void page_print_graphs(const struct page *page)
{
    const struct page_rows rows = page_rows_of(page, 2);
    struct grid grid;
    int n = 0;
    grid_init(&grid, "");
    for (int i = 0; i < N_COLUMNS; i++)
        (void)grid_column(&grid, columns[i].head, columns[i].below);
    for (int pair = 0; pair < rows.n_pairs; pair++)
        for (int32_t variant = 0; variant < page->result->n_variants; variant++) {
            const struct result_cell *cell = page_rows_cell(&rows, pair, variant, 0);
            if (!has_graph(page, cell) || !(page_mean(cell, METRIC_TASKS) > 0)) continue;
            add_values(page_rows_add(&rows, &grid, pair, variant), cell);
            n++;
        }
    if (n == 0) return;
    floe_text_add(page->out, "\n");
    page_heading(page, "Tasks, from their arrival to their end");
    page_grid(page, &grid);
    page_wrapped(page->out, "Shares are of the tasks that arrived; times are those of the accepted ones.", 0);
    page_rows_more(&rows);
}

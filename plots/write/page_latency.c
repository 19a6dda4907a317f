/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Latency of the answered calls: the mean and the four parts that it is the sum of, then measured percentiles. Printed
 * where a route says how long something takes, or where a retry waits. */
#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"

static const struct {
    const char *head, *below;
    enum metric metric;
} columns[] = {
    {"mean", "", METRIC_LATENCY_MEAN},
    {"= retry", "wait", METRIC_RETRY_WAIT_MEAN},
    {"+ queue", "", METRIC_QUEUE_MEAN},
    {"+ TTFT", "", METRIC_TTFT_MEAN},
    {"+ gene-", "ration", METRIC_GENERATION_MEAN},
    {"p50", "", METRIC_LATENCY_P50},
    {"p95", "", METRIC_LATENCY_P95},
    {"p99", "", METRIC_LATENCY_P99},
};
#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

/* More than the one constant that every call takes where nothing is said. */
static int has_parts(const struct page_rows *rows)
{
    static const enum metric parts[] = {METRIC_RETRY_WAIT_MEAN, METRIC_QUEUE_MEAN, METRIC_TTFT_MEAN};
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < rows->page->result->n_variants; variant++)
            for (int k = 0; k < (int)(sizeof parts / sizeof parts[0]); k++)
                if (page_mean(page_rows_cell(rows, pair, variant, 0), parts[k]) > 0) return 1;
    return 0;
}

static void add_values(struct grid_line *line, const struct result_cell *cell)
{
    for (int i = 0; i < N_COLUMNS; i++) {
        const double s = page_mean(cell, columns[i].metric);
        if (isfinite(s))
            (void)snprintf(line->values[i], sizeof line->values[i], "%.2f", s);
        else
            (void)snprintf(line->values[i], sizeof line->values[i], "-");
    }
}

void page_print_latency(const struct page *page)
{
    const struct page_rows rows = page_rows_of(page, 2);
    struct grid grid;
    if (rows.n_pairs == 0 || !has_parts(&rows)) return;
    grid_init(&grid, "seconds");
    for (int i = 0; i < N_COLUMNS; i++)
        (void)grid_column(&grid, columns[i].head, columns[i].below);
    for (int pair = 0; pair < rows.n_pairs; pair++)
        for (int32_t variant = 0; variant < page->result->n_variants; variant++)
            add_values(page_rows_add(&rows, &grid, pair, variant), page_rows_cell(&rows, pair, variant, 0));
    floe_text_add(page->out, "\n");
    page_heading(page, "Latency of the answered calls");
    page_grid(page, &grid);
    page_wrapped(page->out,
                 "Means add up; percentiles do not: the p95 of a part is not that of the whole less the rest.", 0);
    page_rows_more(&rows);
}

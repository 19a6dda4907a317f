/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chain, step by step: how many calls came to each model, what became of the attempts there, who answered. Printed
 * where a route has more than one step. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/page.h"

static const struct {
    const char *head;
    enum step_metric metric;
    int is_always;
} columns[] = {
    {"calls", STEP_CALLS, 1},    {"attempts", STEP_ATTEMPTS, 1},   {"throttles", STEP_THROTTLES, 0},
    {"errors", STEP_ERRORS, 0},  {"timeouts", STEP_TIMEOUTS, 0},   {"cancelled", STEP_CANCELLED, 0},
    {"kept away", STEP_KEPT, 0}, {"answers", STEP_INVOCATIONS, 1},
};
#define N_COLUMNS ((int)(sizeof columns / sizeof columns[0]))

static double step_mean(const struct result_step *step, enum step_metric metric)
{
    return step->outcomes[metric].n > 0 ? step->outcomes[metric].mean : NAN;
}

/* `2 sonnet@eu`: of the chain; `search nova`: of a task that is a graph; both where there are both. */
static void name_step(char *name, size_t size, const struct result_step *step, int has_chain)
{
    const char *at = step->region[0] != '\0' ? "@" : "";
    if (step->task_step[0] == '\0')
        (void)snprintf(name, size, "%d %.95s%s%s", (int)step->step + 1, step->model, at, step->region);
    else if (has_chain)
        (void)snprintf(name, size, "%.47s %d %.95s%s%s", step->task_step, (int)step->step + 1, step->model, at,
                       step->region);
    else
        (void)snprintf(name, size, "%.47s %.95s%s%s", step->task_step, step->model, at, step->region);
}

static int has_chain(const struct result_step *steps, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (steps[i].step > 0) return 1;
    return 0;
}

static void add_step(struct grid *grid, const struct result_step *step, int is_of_chain, const struct page_scale *scale,
                     const int *is_shown)
{
    char name[GRID_NAME_BYTES];
    name_step(name, sizeof name, step, is_of_chain);
    struct grid_line *line = grid_add(grid, 4, name);
    for (int i = 0, at = 0; i < N_COLUMNS; i++)
        if (is_shown[i])
            page_format_count(line->values[at++], step_mean(step, columns[i].metric), scale, FORMAT_DIGITS);
}

static void add_ratio(char *to, int digits, const struct result_step *step, enum step_metric of,
                      enum step_metric to_one)
{
    const double ratio = step_mean(step, of) / step_mean(step, to_one);
    if (isfinite(ratio))
        (void)snprintf(to, FORMAT_BYTES, "%.*f", digits, ratio);
    else
        (void)snprintf(to, FORMAT_BYTES, "-");
}

/* Below the counts: who answered which share, and what it cost. */
static void add_answers(struct grid *grid, const struct result_step *steps, int32_t n)
{
    double all = 0;
    for (int32_t i = 0; i < n; i++)
        all += step_mean(&steps[i], STEP_INVOCATIONS);
    for (int32_t i = 0; i < n; i++) {
        char name[GRID_NAME_BYTES];
        name_step(name, sizeof name, &steps[i], has_chain(steps, n));
        struct grid_line *line = grid_add(grid, 4, name);
        page_format_share(line->values[0], step_mean(&steps[i], STEP_INVOCATIONS) / all);
        add_ratio(line->values[1], 3, &steps[i], STEP_LOGGED_THROTTLES, STEP_INVOCATIONS);
        add_ratio(line->values[2], 3, &steps[i], STEP_THROTTLES, STEP_INVOCATIONS);
        add_ratio(line->values[3], 2, &steps[i], STEP_ATTEMPTS, STEP_CALLS);
        floe_format_usd(line->values[4], step_mean(&steps[i], STEP_COST), FORMAT_DIGITS);
    }
}

/* What does not happen at any step of any pair that is shown has no column. */
static const struct page_scale *choose_columns(const struct page_rows *rows, int *is_shown)
{
    const struct result *r = rows->page->result;
    double largest = 0;
    for (int i = 0; i < N_COLUMNS; i++)
        is_shown[i] = columns[i].is_always;
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < r->n_variants; variant++) {
            int32_t n;
            const struct result_step *steps = result_steps(r, page_rows_cell(rows, pair, variant, 0), &n);
            for (int32_t k = 0; k < n; k++)
                for (int i = 0; i < N_COLUMNS; i++) {
                    is_shown[i] |= step_mean(&steps[k], columns[i].metric) > 0;
                    largest = fmax(largest, step_mean(&steps[k], columns[i].metric));
                }
        }
    return page_count_scale(largest);
}

static void print_counts(const struct page_rows *rows)
{
    const struct result *r = rows->page->result;
    int is_shown[N_COLUMNS];
    struct grid grid;
    const struct page_scale *scale = choose_columns(rows, is_shown);
    grid_init(&grid, scale->name);
    for (int i = 0; i < N_COLUMNS; i++)
        if (is_shown[i]) (void)grid_column(&grid, columns[i].head, "");
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < r->n_variants; variant++) {
            int32_t n;
            const struct result_step *steps = result_steps(r, page_rows_cell(rows, pair, variant, 0), &n);
            (void)page_rows_add(rows, &grid, pair, variant);
            for (int32_t i = 0; i < n; i++)
                add_step(&grid, &steps[i], has_chain(steps, n), scale, is_shown);
        }
    floe_text_add(rows->page->out, "\n");
    page_heading(rows->page, "The chain, step by step");
    page_grid(rows->page, &grid);
}

static void print_answers(const struct page_rows *rows)
{
    const struct result *r = rows->page->result;
    struct grid grid;
    grid_init(&grid, "");
    (void)grid_column(&grid, "answers", "share");
    (void)grid_column(&grid, "logged", "/ answer");
    (void)grid_column(&grid, "throttles", "/ answer");
    (void)grid_column(&grid, "attempts", "/ call");
    (void)grid_column(&grid, "cost", "usd");
    for (int pair = 0; pair < rows->n_pairs; pair++)
        for (int32_t variant = 0; variant < r->n_variants; variant++) {
            int32_t n;
            const struct result_step *steps = result_steps(r, page_rows_cell(rows, pair, variant, 0), &n);
            (void)page_rows_add(rows, &grid, pair, variant);
            add_answers(&grid, steps, n);
        }
    floe_text_add(rows->page->out, "\n");
    page_heading(rows->page, "Who answered");
    page_grid(rows->page, &grid);
    page_rows_more(rows);
}

void page_print_chain(const struct page *page)
{
    int32_t n_most = 0;
    for (int i = 0; i < page->n_shown; i++) {
        int32_t n;
        (void)result_steps(page->result, page->shown[i], &n);
        if (n > n_most) n_most = n;
    }
    if (n_most < 2) return;
    const struct page_rows rows = page_rows_of(page, 1 + n_most);
    if (rows.n_pairs == 0) return;
    print_counts(&rows);
    print_answers(&rows);
}

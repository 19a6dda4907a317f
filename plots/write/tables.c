/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/write/format.h"

const char *table_month(const struct result *result)
{
    for (int32_t i = 0; i < time_block.n_rows; i++) {
        const struct param *row = &time_block.rows[i];
        if (strcmp(row->key, "month") == 0) return row->choices[result->scenario->time.month];
    }
    return "";
}

const char *table_step_model(const struct result *result, int32_t workload, int32_t route, int32_t step)
{
    const struct route *r = &result->scenario->routes[route];
    if (step >= r->n_steps) return "";
    const char *model = r->chain[step].model;
    return strcmp(model, MODEL_FROM_WORKLOAD) == 0 ? result->scenario->workloads[workload].model : model;
}

int table_is_of(const struct usage_row *row, const struct result_cell *cell)
{
    return row->variant == cell->variant && row->span == cell->span && row->workload == cell->workload &&
           row->route == cell->route;
}

/* 1: a row before this one, of the same cell, has the same model. */
static int is_known_model(const struct result *result, const struct result_cell *cell, int64_t i)
{
    const struct usage_row *rows = result->by_window.rows;
    for (int64_t k = 0; k < i; k++)
        if (table_is_of(&rows[k], cell) && strcmp(rows[k].model, rows[i].model) == 0) return 1;
    return 0;
}

void table_models(const struct result *result, const struct result_cell *cell, char *to, size_t size)
{
    size_t n = 0;
    to[0] = '\0';
    for (int64_t i = 0; i < result->by_window.n && n < size; i++) {
        const struct usage_row *row = &result->by_window.rows[i];
        if (!table_is_of(row, cell) || is_known_model(result, cell, i)) continue;
        n += (size_t)snprintf(to + n, size - n, "%s%s", n > 0 ? ", " : "", row->model);
    }
    if (n == 0) (void)snprintf(to, size, "%s", table_step_model(result, cell->workload, cell->route, 0));
}

void table_cut(struct floe_text *out, const char *name, int columns)
{
    int width = floe_format_columns(name);
    if (width > 0) floe_format_name(out, name, width < columns ? width : columns);
}

/* Of `room` columns, those for the first of two names `a` and `b` columns wide. */
static int fair_share(int a, int b, int room)
{
    int half = room / 2;
    if (a + b <= room || a <= half) return a;
    return b <= room - half ? room - b : half;
}

void table_two_names(const char *first, const char *second, int columns, struct floe_text *out)
{
    static const char between[] = " / ";
    if (first == NULL || second == NULL) {
        table_cut(out, first != NULL ? first : second, columns);
        return;
    }
    int room = columns - (int)strlen(between);
    int share = fair_share(floe_format_columns(first), floe_format_columns(second), room);
    table_cut(out, first, share);
    floe_text_add(out, between);
    table_cut(out, second, room - share);
}

void table_pair_name(const struct result *result, int32_t workload, int32_t route, int columns, struct floe_text *out)
{
    const int has_routes = result->scenario->n_routes > 1, has_workloads = result->scenario->n_workloads > 1;
    table_two_names(has_workloads || !has_routes ? result_workload(result, workload) : NULL,
                    has_routes ? result_route(result, route) : NULL, columns, out);
}

const char *table_variant(const struct result *result, int32_t variant)
{
    return result->variants[variant];
}

void table_cell_name(const struct result *result, int32_t variant, int32_t workload, int32_t route, int columns,
                     struct floe_text *out)
{
    static const char between[] = ": ";
    if (result->n_variants <= 1) {
        table_pair_name(result, workload, route, columns, out);
        return;
    }
    struct floe_text pair = {0};
    table_pair_name(result, workload, route, columns, &pair);
    int room = columns - (int)strlen(between), pair_columns = pair.n > 0 ? floe_format_columns(pair.bytes) : 0;
    int share = fair_share(floe_format_columns(table_variant(result, variant)), pair_columns, room);
    table_cut(out, table_variant(result, variant), share);
    floe_text_add(out, between);
    if (room > share) table_pair_name(result, workload, route, room - share, out);
    out->has_failed |= pair.has_failed;
    floe_text_free(&pair);
}

/* Before, at or behind the wanted cell: below, equal to or above 0. */
static int cell_order(const struct result_cell *cell, const int32_t wanted[4])
{
    const int32_t have[4] = {cell->variant, cell->workload, cell->route, cell->span};
    for (int i = 0; i < 4; i++)
        if (have[i] != wanted[i]) return have[i] < wanted[i] ? -1 : 1;
    return 0;
}

const struct result_cell *table_cell(const struct result *result, int32_t variant, int32_t workload, int32_t route,
                                     int32_t span)
{
    const int32_t wanted[4] = {variant, workload, route, span};
    int64_t low = 0, high = result->n_cells;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = cell_order(&result->cells[middle], wanted);
        if (order == 0) return &result->cells[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- hours ---- */

static size_t hour_index(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route)
{
    const struct scenario *s = hours->result->scenario;
    return ((size_t)hour * (size_t)s->n_workloads + (size_t)workload) * (size_t)s->n_routes + (size_t)route;
}

enum floe_status table_hours_init(struct table_hours *hours, const struct result *result, int32_t variant)
{
    const struct usage_table *usage = &result->by_hour;
    hours->result = result;
    hours->variant = variant;
    hours->n = result->hour_counts != NULL ? result->n_spans - result->n_windows : 0;
    hours->cost_usd = (double *)calloc(hour_index(hours, hours->n, 0, 0) + 1, sizeof(double));
    if (hours->cost_usd == NULL) return FLOE_ENVIRONMENT;
    for (int64_t i = 0; i < usage->n; i++) {
        const struct usage_row *row = &usage->rows[i];
        int32_t hour = row->span - result->n_windows;
        if (row->variant != variant || hour < 0 || hour >= hours->n || row->cost_usd.n == 0) continue;
        hours->cost_usd[hour_index(hours, hour, row->workload, row->route)] += row->cost_usd.mean;
    }
    return FLOE_OK;
}

void table_hours_free(struct table_hours *hours)
{
    free(hours->cost_usd);
    memset(hours, 0, sizeof *hours);
}

const struct result_span *table_hours_span(const struct table_hours *hours, int32_t hour)
{
    return &hours->result->spans[hours->result->n_windows + hour];
}

double table_hours_calls(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route)
{
    return result_hour_count(hours->result, hours->variant, hour, workload, route, METRIC_CALLS);
}

double table_hours_cost_usd(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route)
{
    return hours->cost_usd[hour_index(hours, hour, workload, route)];
}

/* ---- bill ---- */

const char *const table_bill_names[TABLE_BILL_N] = {"input",          "cache read", "cache write 5min",
                                                    "cache write 1h", "output",     "other"};
#define SUM_NOISE 1e-9 /* what adding up in another order may leave, as a share of the total */

static int class_of(const char *name)
{
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        if (strcmp(token_class_names[c], name) == 0) return c;
    return TABLE_BILL_OTHER;
}

void table_bill(const struct result *result, const struct result_cell *cell, double usd[TABLE_BILL_N])
{
    const struct outcome *total = &cell->outcomes[METRIC_COST_TOTAL];
    double rest = total->n > 0 ? total->mean : 0;
    double noise = SUM_NOISE * fabs(rest);
    for (int part = 0; part < TABLE_BILL_N; part++)
        usd[part] = 0;
    for (int64_t i = 0; i < result->by_window.n; i++) {
        const struct usage_row *row = &result->by_window.rows[i];
        int part = table_is_of(row, cell) && row->cost_usd.n > 0 ? class_of(row->token_class) : TABLE_BILL_OTHER;
        if (part == TABLE_BILL_OTHER) continue;
        usd[part] += row->cost_usd.mean;
        rest -= row->cost_usd.mean;
    }
    if (fabs(rest) > noise) usd[TABLE_BILL_OTHER] = rest;
}

void table_bill_used(const struct result *result, int is_used[TABLE_BILL_N])
{
    double usd[TABLE_BILL_N];
    int n_used = 0;
    memset(is_used, 0, TABLE_BILL_N * sizeof is_used[0]);
    for (int64_t i = 0; i < result->n_cells; i++) {
        if (result->cells[i].span != 0) continue;
        table_bill(result, &result->cells[i], usd);
        for (int part = 0; part < TABLE_BILL_N; part++)
            is_used[part] |= usd[part] != 0;
    }
    for (int part = 0; part < TABLE_BILL_N; part++)
        n_used += is_used[part];
    if (n_used == 0) is_used[TOKEN_INPUT_UNCACHED] = 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/tables.h"

#include <math.h>
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

static void add_cut(struct floe_text *out, const char *name, int columns)
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

void table_pair_name(const struct result *result, int32_t workload, int32_t route, int columns, struct floe_text *out)
{
    static const char between[] = " / ";
    const char *first = result_workload(result, workload), *second = result_route(result, route);
    if (result->scenario->n_workloads == 1 || result->scenario->n_routes == 1) {
        add_cut(out, result->scenario->n_routes > 1 ? second : first, columns);
        return;
    }
    int room = columns - (int)strlen(between);
    int share = fair_share(floe_format_columns(first), floe_format_columns(second), room);
    add_cut(out, first, share);
    floe_text_add(out, between);
    add_cut(out, second, room - share);
}

const struct result_cell *table_cell(const struct result *result, int32_t workload, int32_t route, int32_t span)
{
    for (int64_t i = 0; i < result->n_cells; i++) {
        const struct result_cell *cell = &result->cells[i];
        if (cell->workload == workload && cell->route == route && cell->span == span) return cell;
    }
    return NULL;
}

/* ---- hours ---- */

static size_t hour_index(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route)
{
    const struct scenario *s = hours->result->scenario;
    return ((size_t)hour * (size_t)s->n_workloads + (size_t)workload) * (size_t)s->n_routes + (size_t)route;
}

enum floe_status table_hours_init(struct table_hours *hours, const struct result *result)
{
    const struct usage_table *usage = &result->by_hour;
    hours->result = result;
    hours->n = result->hour_calls != NULL ? result->n_spans - result->n_windows : 0;
    hours->cost_usd = (double *)calloc(hour_index(hours, hours->n, 0, 0) + 1, sizeof(double));
    if (hours->cost_usd == NULL) return FLOE_ENVIRONMENT;
    for (int64_t i = 0; i < usage->n; i++) {
        const struct usage_row *row = &usage->rows[i];
        int32_t hour = row->span - result->n_windows;
        if (hour < 0 || hour >= hours->n || row->cost_usd.n == 0) continue;
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
    return hours->result->hour_calls[hour_index(hours, hour, workload, route)];
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
        int is_here = row->span == cell->span && row->workload == cell->workload && row->route == cell->route;
        int part = is_here && row->cost_usd.n > 0 ? class_of(row->token_class) : TABLE_BILL_OTHER;
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

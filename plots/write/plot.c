/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/plot.h"

#include <string.h>

#include "plots/write/attribution.h"
#include "plots/write/csv_fields.h"
#include "plots/write/format.h"
#include "plots/write/tables.h"

/* A text that gnuplot shows as it is: cut, without control characters and quotes. */
static void plot_text(struct floe_text *out, const char *s, int columns)
{
    struct floe_text shown = {0};
    int width = floe_format_columns(s);
    if (width > 0) floe_format_name(&shown, s, width < columns ? width : columns);
    for (size_t i = 0; i < shown.n; i++)
        if (shown.bytes[i] == '"') shown.bytes[i] = '\'';
    csv_text(out, shown.n > 0 ? shown.bytes : "");
    out->has_failed |= shown.has_failed;
    floe_text_free(&shown);
}

/* A name: gnuplot would end it at a comma, quoted or not. */
static void plot_name(struct floe_text *out, const char *s)
{
    struct floe_text name = {0};
    floe_text_add(&name, s);
    for (size_t i = 0; i < name.n; i++)
        if (name.bytes[i] == ',') name.bytes[i] = ';';
    plot_text(out, name.n > 0 ? name.bytes : "", PLOT_NAME_COLUMNS);
    out->has_failed |= name.has_failed;
    floe_text_free(&name);
}

/* ---- series ---- */

/* Which column of the table a workload on a route is counted in. */
struct series {
    const struct result *result;
    int32_t n, n_others; /* the last of n stands for n_others that are added up in it; 0: for itself */
    int32_t column[WORKLOADS_MOST][ROUTES_MOST];                                         /* -1: not counted */
    int32_t workload[WORKLOADS_MOST * ROUTES_MOST], route[WORKLOADS_MOST * ROUTES_MOST]; /* who names it; route -1 */
};

static int is_run(const struct result *r, int32_t workload, int32_t route)
{
    return table_cell(r, 0, workload, route, 0) != NULL;
}

/* The first workload of the same consumer. */
static int32_t leader_of(const struct result *r, int32_t workload)
{
    int32_t leader = 0;
    if (!attribution_has_consumers(r)) return workload;
    while (strcmp(result_consumer(r, 0, leader), result_consumer(r, 0, workload)) != 0)
        leader++;
    return leader;
}

/* 1: in every hour of every variant the two routes see the same calls of the workload. */
static int sees_the_same(const struct result *r, int32_t workload, int32_t route, int32_t other)
{
    const int32_t n_hours = r->hour_counts != NULL ? r->n_spans - r->n_windows : 0;
    for (int32_t variant = 0; variant < r->n_variants; variant++)
        for (int32_t hour = 0; hour < n_hours; hour++)
            if (result_hour_count(r, variant, hour, workload, route, METRIC_CALLS) !=
                result_hour_count(r, variant, hour, workload, other, METRIC_CALLS))
                return 0;
    return 1;
}

static int routes_are_alike(const struct result *r, int32_t leader)
{
    for (int32_t w = leader; w < r->scenario->n_workloads; w++) {
        int32_t first = -1;
        for (int32_t route = 0; leader_of(r, w) == leader && route < r->scenario->n_routes; route++) {
            if (!is_run(r, w, route)) continue;
            if (first >= 0 && !sees_the_same(r, w, first, route)) return 0;
            if (first < 0) first = route;
        }
    }
    return 1;
}

/* The columns of a consumer: one per route, or one for all of them. */
static void add_columns(struct series *series, int32_t leader, int is_one)
{
    const struct result *r = series->result;
    int32_t first = -1;
    for (int32_t route = 0; route < r->scenario->n_routes; route++) {
        if (!is_run(r, leader, route)) continue;
        if (first < 0 || !is_one) {
            series->workload[series->n] = leader;
            series->route[series->n] = is_one ? -1 : route;
            series->n++;
        }
        for (int32_t w = leader; w < r->scenario->n_workloads; w++)
            if (leader_of(r, w) == leader) series->column[w][route] = is_one && first >= 0 ? -1 : series->n - 1;
        if (first < 0) first = route;
    }
}

/* Adds up all but the largest columns, by the metric over the whole run and all variants. */
static void fold(struct series *series, enum metric metric)
{
    const struct result *r = series->result;
    double sums[WORKLOADS_MOST * ROUTES_MOST] = {0};
    int32_t moved_to[WORKLOADS_MOST * ROUTES_MOST], kept = 0;
    if (series->n <= PLOT_SERIES_MOST) return;
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *cell = &r->cells[i];
        const int32_t column = series->column[cell->workload][cell->route];
        if (cell->span == 0 && column >= 0 && cell->outcomes[metric].n > 0) sums[column] += cell->outcomes[metric].mean;
    }
    for (int32_t i = 0; i < series->n; i++) {
        int32_t n_larger = 0;
        for (int32_t k = 0; k < series->n; k++)
            n_larger += sums[k] > sums[i] || (sums[k] == sums[i] && k < i);
        moved_to[i] = n_larger < PLOT_SERIES_MOST - 1 ? kept++ : PLOT_SERIES_MOST - 1;
        if (moved_to[i] == PLOT_SERIES_MOST - 1) continue;
        series->workload[moved_to[i]] = series->workload[i];
        series->route[moved_to[i]] = series->route[i];
    }
    for (int32_t w = 0; w < r->scenario->n_workloads; w++)
        for (int32_t route = 0; route < r->scenario->n_routes; route++)
            if (series->column[w][route] >= 0) series->column[w][route] = moved_to[series->column[w][route]];
    series->n_others = series->n - kept;
    series->n = PLOT_SERIES_MOST;
}

static struct series series_of(const struct result *result, enum metric metric)
{
    struct series series = {.result = result};
    memset(series.column, -1, sizeof series.column);
    for (int32_t w = 0; w < result->scenario->n_workloads; w++)
        if (leader_of(result, w) == w) add_columns(&series, w, metric == METRIC_CALLS && routes_are_alike(result, w));
    fold(&series, metric);
    return series;
}

static void series_name(const struct series *series, int32_t i, struct floe_text *out)
{
    const struct result *r = series->result;
    struct floe_text name = {0};
    const char *route = series->route[i] >= 0 && r->scenario->n_routes > 1 ? result_route(r, series->route[i]) : NULL;
    const char *who = attribution_has_consumers(r) ? result_consumer(r, 0, series->workload[i])
                                                   : result_workload(r, series->workload[i]);
    if (series->n_others > 0 && i == series->n - 1)
        floe_text_printf(&name, "%d others", (int)series->n_others);
    else
        table_two_names(route != NULL && r->scenario->n_workloads == 1 ? NULL : who, route, PLOT_NAME_COLUMNS, &name);
    plot_name(out, name.n > 0 ? name.bytes : "");
    out->has_failed |= name.has_failed;
    floe_text_free(&name);
}

/* ---- plot_calls.csv, plot_cost.csv ---- */

static double value_of(const struct table_hours *hours, enum metric metric, int32_t hour, int32_t w, int32_t route)
{
    return metric == METRIC_CALLS ? table_hours_calls(hours, hour, w, route)
                                  : table_hours_cost_usd(hours, hour, w, route);
}

static void hour_row(struct floe_text *out, const struct series *series, const struct table_hours *hours,
                     enum metric metric, int32_t hour)
{
    const struct scenario *s = series->result->scenario;
    double values[PLOT_SERIES_MOST] = {0};
    for (int32_t w = 0; w < s->n_workloads; w++)
        for (int32_t route = 0; route < s->n_routes; route++)
            if (series->column[w][route] >= 0)
                values[series->column[w][route]] += value_of(hours, metric, hour, w, route);
    csv_instant(out, table_hours_span(hours, hour)->from_at_s);
    csv_instant(out, table_hours_span(hours, hour)->to_at_s);
    plot_name(out, table_variant(series->result, hours->variant));
    for (int32_t i = 0; i < series->n; i++)
        csv_number(out, values[i]);
    csv_end(out);
}

static int32_t variants_drawn(const struct result *result)
{
    return result->n_variants < PLOT_VARIANTS_MOST ? result->n_variants : PLOT_VARIANTS_MOST;
}

static enum floe_status plot_hours(const struct result *result, enum metric metric, struct floe_text *out)
{
    const struct series series = series_of(result, metric);
    floe_text_add(out, "start,end,variant,");
    for (int32_t i = 0; i < series.n; i++)
        series_name(&series, i, out);
    csv_end(out);
    for (int32_t variant = 0; variant < variants_drawn(result); variant++) {
        struct table_hours hours;
        enum floe_status status = table_hours_init(&hours, result, variant);
        if (status != FLOE_OK) return status;
        for (int32_t hour = 0; hour < hours.n; hour++)
            hour_row(out, &series, &hours, metric, hour);
        table_hours_free(&hours);
    }
    return floe_text_status(out);
}

enum floe_status floe_plot_calls(const struct result *result, struct floe_text *out)
{
    return plot_hours(result, METRIC_CALLS, out);
}

enum floe_status floe_plot_cost(const struct result *result, struct floe_text *out)
{
    return plot_hours(result, METRIC_COST_TOTAL, out);
}

/* ---- plot_bill.csv ---- */

static void bill_header(struct floe_text *out, const int *is_used)
{
    floe_text_add(out, "name,total_usd,");
    for (int part = 0; part < TABLE_BILL_N; part++)
        if (is_used[part]) csv_text(out, table_bill_names[part]);
    csv_end(out);
}

static void bill_name(struct floe_text *out, const struct result *r, const struct result_cell *cell)
{
    struct floe_text name = {0};
    table_cell_name(r, cell->variant, cell->workload, cell->route, PLOT_NAME_COLUMNS, &name);
    plot_name(out, name.n > 0 ? name.bytes : "");
    out->has_failed |= name.has_failed;
    floe_text_free(&name);
}

static void bill_row(struct floe_text *out, const struct result *r, const struct result_cell *cell, const int *is_used)
{
    double usd[TABLE_BILL_N];
    table_bill(r, cell, usd);
    bill_name(out, r, cell);
    csv_mean(out, &cell->outcomes[METRIC_COST_TOTAL]);
    for (int part = 0; part < TABLE_BILL_N; part++)
        if (is_used[part]) csv_number(out, usd[part]);
    csv_end(out);
}

enum floe_status floe_plot_bill(const struct result *result, struct floe_text *out)
{
    int is_used[TABLE_BILL_N];
    table_bill_used(result, is_used);
    bill_header(out, is_used);
    for (int64_t i = 0; i < result->n_cells; i++)
        if (result->cells[i].span == 0) bill_row(out, result, &result->cells[i], is_used);
    return floe_text_status(out);
}

/* ---- plot_title.csv ---- */

enum floe_status floe_plot_title(const struct result *result, struct floe_text *out)
{
    const char *title = result->scenario->title[0] != '\0' ? result->scenario->title : result->file;
    csv_header(out, "text");
    plot_text(out, title, PLOT_TITLE_COLUMNS);
    csv_end(out);
    floe_text_printf(out, "%s engine; ", result->engine);
    if (result->replications > 1) floe_text_printf(out, "means of %u replications; ", (unsigned)result->replications);
    floe_text_printf(out, "seed %llu", (unsigned long long)result->seed);
    if (variants_drawn(result) < result->n_variants)
        floe_text_printf(out, "; by hour the first %d of %d variants", (int)variants_drawn(result),
                         (int)result->n_variants);
    floe_text_printf(out, "\n%s\n", attribution_has_consumers(result) ? "consumer" : "workload");
    return floe_text_status(out);
}

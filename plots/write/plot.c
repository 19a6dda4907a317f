/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/plot.h"

#include <string.h>

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

static void plot_series(struct floe_text *out, const struct result *r, int32_t workload, int32_t route)
{
    struct floe_text name = {0};
    table_pair_name(r, workload, route, PLOT_NAME_COLUMNS, &name);
    plot_name(out, name.n > 0 ? name.bytes : "");
    out->has_failed |= name.has_failed;
    floe_text_free(&name);
}

static void plot_span(struct floe_text *out, const struct result_span *span)
{
    csv_instant(out, span->from_at_s);
    csv_instant(out, span->to_at_s);
}

/* ---- plot_calls.csv ---- */

/* How many series a workload has: 1 where all routes see the same calls in every hour, else one per route. */
static int32_t calls_series(const struct table_hours *hours, int32_t workload)
{
    int32_t n_routes = hours->result->scenario->n_routes;
    for (int32_t hour = 0; hour < hours->n; hour++)
        for (int32_t route = 1; route < n_routes; route++)
            if (table_hours_calls(hours, hour, workload, route) != table_hours_calls(hours, hour, workload, 0))
                return n_routes;
    return 1;
}

static void calls_header(struct floe_text *out, const struct table_hours *hours, int32_t *n_series)
{
    const struct result *r = hours->result;
    floe_text_add(out, "start,end,");
    for (int32_t w = 0; w < r->scenario->n_workloads; w++) {
        n_series[w] = calls_series(hours, w);
        if (n_series[w] == 1) plot_name(out, result_workload(r, w));
        for (int32_t route = 0; n_series[w] > 1 && route < n_series[w]; route++)
            plot_series(out, r, w, route);
    }
    csv_end(out);
}

static void calls_row(struct floe_text *out, const struct table_hours *hours, int32_t hour, const int32_t *n_series)
{
    plot_span(out, table_hours_span(hours, hour));
    for (int32_t w = 0; w < hours->result->scenario->n_workloads; w++)
        for (int32_t route = 0; route < n_series[w]; route++)
            csv_number(out, table_hours_calls(hours, hour, w, route));
    csv_end(out);
}

enum floe_status floe_plot_calls(const struct result *result, struct floe_text *out)
{
    struct table_hours hours;
    int32_t n_series[WORKLOADS_MOST];
    enum floe_status status = table_hours_init(&hours, result);
    if (status != FLOE_OK) return status;
    calls_header(out, &hours, n_series);
    for (int32_t hour = 0; hour < hours.n; hour++)
        calls_row(out, &hours, hour, n_series);
    table_hours_free(&hours);
    return floe_text_status(out);
}

/* ---- plot_cost.csv ---- */

static void cost_row(struct floe_text *out, const struct table_hours *hours, int32_t hour)
{
    const struct scenario *s = hours->result->scenario;
    plot_span(out, table_hours_span(hours, hour));
    for (int32_t w = 0; w < s->n_workloads; w++)
        for (int32_t route = 0; route < s->n_routes; route++)
            csv_number(out, table_hours_cost_usd(hours, hour, w, route));
    csv_end(out);
}

enum floe_status floe_plot_cost(const struct result *result, struct floe_text *out)
{
    struct table_hours hours;
    enum floe_status status = table_hours_init(&hours, result);
    if (status != FLOE_OK) return status;
    floe_text_add(out, "start,end,");
    for (int32_t w = 0; w < result->scenario->n_workloads; w++)
        for (int32_t route = 0; route < result->scenario->n_routes; route++)
            plot_series(out, result, w, route);
    csv_end(out);
    for (int32_t hour = 0; hour < hours.n; hour++)
        cost_row(out, &hours, hour);
    table_hours_free(&hours);
    return floe_text_status(out);
}

/* ---- plot_bill.csv ---- */

static void bill_header(struct floe_text *out, const int *is_used)
{
    floe_text_add(out, "name,total_usd,");
    for (int part = 0; part < TABLE_BILL_N; part++)
        if (is_used[part]) csv_text(out, table_bill_names[part]);
    csv_end(out);
}

static void bill_row(struct floe_text *out, const struct result *r, const struct result_cell *cell, const int *is_used)
{
    double usd[TABLE_BILL_N];
    table_bill(r, cell, usd);
    plot_series(out, r, cell->workload, cell->route);
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
    floe_text_printf(out, "seed %llu\n", (unsigned long long)result->seed);
    return floe_text_status(out);
}

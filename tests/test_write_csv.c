/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The CSV files: parsed back by a plain RFC 4180 reader and compared with the tables they were written from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "plots/write/csv.h"
#include "write_sample.h"

static const struct sample_shape demo = {
    .n_workloads = 2, .n_routes = 2, .n_windows = 1, .n_hours = 3, .replications = 64};

/* ---- a plain reader ---- */

enum { COLUMNS_MOST = 80, ROWS_MOST = 2000 };

struct csv {
    char *text;   /* the fields, each ending in NUL */
    char **field; /* [row][column] */
    int n_rows, n_columns;
    int is_ragged;
};

/* One field into *to; returns what stands behind it: ',' '\n' or 0. */
static char read_field(const char **from, char **to)
{
    const char *s = *from;
    char *out = *to, end;
    if (*s == '"') {
        for (s++; *s != '\0' && (*s != '"' || s[1] == '"'); s++) {
            if (*s == '"') s++;
            *out++ = *s;
        }
        s++;
    } else {
        while (*s != ',' && *s != '\n' && *s != '\0')
            *out++ = *s++;
    }
    *out++ = '\0';
    end = *s;
    *from = end != '\0' ? s + 1 : s;
    *to = out;
    return end;
}

static struct csv read_csv(const char *s)
{
    struct csv csv = {malloc(2 * strlen(s) + 2), calloc(COLUMNS_MOST * ROWS_MOST, sizeof(char *)), 0, 0, 0};
    char *out = csv.text;
    while (*s != '\0' && csv.n_rows < ROWS_MOST) {
        int column = 0;
        char end;
        do {
            char *field = out;
            end = read_field(&s, &out);
            if (column < COLUMNS_MOST) csv.field[csv.n_rows * COLUMNS_MOST + column++] = field;
        } while (end == ',');
        if (csv.n_rows++ == 0) csv.n_columns = column;
        csv.is_ragged |= column != csv.n_columns || end != '\n';
    }
    return csv;
}

static void free_csv(struct csv *csv)
{
    free(csv->text);
    free(csv->field);
}

static struct csv write_and_read(const struct result *result, enum floe_csv file)
{
    struct floe_text text = {0};
    check(floe_csv_files[file].write(result, &text) == FLOE_OK);
    check(strchr(text.bytes, '\r') == NULL);
    struct csv csv = read_csv(text.bytes);
    check(!csv.is_ragged);
    floe_text_free(&text);
    return csv;
}

static const char *field(const struct csv *csv, int row, const char *column)
{
    for (int i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->field[i], column) == 0) return csv->field[row * COLUMNS_MOST + i];
    check_at(0, __FILE__, __LINE__, "there is no column %s", column);
    return "";
}

static double number(const struct csv *csv, int row, const char *column)
{
    return strtod(field(csv, row, column), NULL);
}

/* ---- tests ---- */

static void cells_read_back(void)
{
    struct sample sample;
    char half[64];
    sample_init(&sample, demo);
    sample.result.cells[5].outcomes[METRIC_CALLS].mean = 0.1 + 0.2;
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_CELLS);
    check_i64(csv.n_rows, sample.result.n_cells + 1);
    for (int i = 0; i < sample.result.n_cells; i++)
        for (int m = 0; m < METRIC_N; m++) {
            snprintf(half, sizeof half, "%s_half_95", metric_rows[m].name);
            check(number(&csv, i + 1, metric_rows[m].name) == sample.result.cells[i].outcomes[m].mean);
            check(number(&csv, i + 1, half) == sample.result.cells[i].outcomes[m].half_95);
        }
    check_text(field(&csv, 2, "window"), "window_0");
    check_text(field(&csv, 1, "start"), "2023-11-16T18:15:46Z");
    free_csv(&csv);
    sample_free(&sample);
}

static void fingerprints_have_a_row_per_route_and_replication(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_FINGERPRINTS);
    check_i64(csv.n_rows, 2 * 64 + 1);
    check_text(field(&csv, 64 + 1 + 17, "route"), "bedrock");
    check_text(field(&csv, 64 + 1 + 17, "replication"), "17");
    check_text(field(&csv, 64 + 1 + 17, "events"), "38749");
    check_text(field(&csv, 64 + 1 + 17, "fingerprint"), "fedcba9876543221");
    free_csv(&csv);
    sample_free(&sample);
}

static void what_is_not_defined_is_empty(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 1});
    sample.result.cells[0].outcomes[METRIC_LCPR] = (struct outcome){.mean = NAN};
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_CELLS);
    check_text(field(&csv, 1, "lcpr_usd"), "");
    check_text(field(&csv, 1, "lcpr_usd_n"), "0");
    check_text(field(&csv, 1, "calls_half_95"), "");
    free_csv(&csv);
    sample_free(&sample);
}

static void usage_has_the_columns_of_the_contract(void)
{
    struct sample sample;
    struct floe_text text = {0};
    sample_init(&sample, demo);
    check(floe_csv_files[FLOE_CSV_USAGE].write(&sample.result, &text) == FLOE_OK);
    static const char header[] =
        "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,"
        "unit,unit_price_usd,cost_usd,replications\n";
    check(strncmp(text.bytes, header, sizeof header - 1) == 0);
    floe_text_free(&text);
    sample_free(&sample);
}

static void hours_of_usage_add_up_to_the_windows(void)
{
    struct sample sample;
    double hours = 0, whole = 0;
    sample_init(&sample, demo);
    struct csv usage = write_and_read(&sample.result, FLOE_CSV_USAGE);
    struct csv by_window = write_and_read(&sample.result, FLOE_CSV_USAGE_BY_WINDOW);
    for (int i = 1; i < usage.n_rows; i++) {
        check_rel(number(&usage, i, "cost_usd"), number(&usage, i, "quantity") * number(&usage, i, "unit_price_usd"),
                  1e-12);
        hours += number(&usage, i, "cost_usd");
    }
    for (int i = 1; i < by_window.n_rows; i++)
        if (strcmp(field(&by_window, i, "window"), "all") == 0) whole += number(&by_window, i, "cost_usd");
    check_i64(usage.n_rows, sample.result.by_hour.n + 1);
    check(whole > 1);
    check_rel(hours, whole, 1e-12);
    free_csv(&usage);
    free_csv(&by_window);
    sample_free(&sample);
}

static void hours_read_back(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_HOURS);
    check_i64(csv.n_rows, 3 * 2 * 2 + 1);
    check_text(field(&csv, 5, "start"), "2023-11-16T19:00:00Z");
    check_text(field(&csv, 5, "hour"), "1");
    check_text(field(&csv, 7, "workload"), "fitted");
    check_text(field(&csv, 8, "route"), "bedrock");
    check(number(&csv, 7, "calls") == sample_calls_in_hour(1, 1));
    double sum = 0;
    for (int i = 1; i < csv.n_rows; i++)
        if (strcmp(field(&csv, i, "workload"), "replay") == 0 && strcmp(field(&csv, i, "route"), "openai") == 0)
            sum += number(&csv, i, "cost_usd");
    check_rel(sum, sample.result.cells[0].outcomes[METRIC_COST_TOTAL].mean, 1e-12);
    free_csv(&csv);
    sample_free(&sample);
}

static void names_are_quoted_where_needed(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    snprintf(sample.scenario.workloads[0].name, NAME_BYTES, "a,b \"c\"\nd");
    snprintf(sample.scenario.routes[1].name, NAME_BYTES, "r\xFF");
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_USAGE_BY_WINDOW);
    check_text(field(&csv, 1, "workload"), "a,b \"c\"\nd");
    check_text(field(&csv, csv.n_rows - 1, "consumer"), "support, \"tier\" two");
    check_text(field(&csv, csv.n_rows - 1, "route"), "r\xEF\xBF\xBD");
    free_csv(&csv);
    snprintf(sample.scenario.workloads[0].name, NAME_BYTES, "only\na line break");
    csv = write_and_read(&sample.result, FLOE_CSV_CELLS);
    check_text(field(&csv, 1, "workload"), "only\na line break");
    free_csv(&csv);
    sample_free(&sample);
}

static void plots_are_wide(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    snprintf(sample.scenario.workloads[1].name, NAME_BYTES, "b,\"c\"");
    struct csv calls = write_and_read(&sample.result, FLOE_CSV_PLOT_CALLS);
    struct csv cost = write_and_read(&sample.result, FLOE_CSV_PLOT_COST);
    check_i64(calls.n_columns, 4);
    check_i64(calls.n_rows, 4);
    check_i64(cost.n_columns, 6);
    check(number(&calls, 2, "b;'c'") == sample_calls_in_hour(1, 1));
    check(number(&cost, 3, "b;'c' / openai") > 1);
    free_csv(&calls);
    free_csv(&cost);
    sample.result.hour_calls[0] += 1; /* now the routes of a workload differ */
    calls = write_and_read(&sample.result, FLOE_CSV_PLOT_CALLS);
    check_i64(calls.n_columns, 5);
    check(number(&calls, 1, "replay / openai") == number(&calls, 1, "replay / bedrock") + 1);
    free_csv(&calls);
    sample_free(&sample);
}

static void the_bill_adds_up(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.cells[0].outcomes[METRIC_COST_TOTAL].mean += 20; /* a ledger without tokens */
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_PLOT_BILL);
    check_i64(csv.n_rows, 5);
    check_i64(csv.n_columns, 2 + 5); /* cache_write_1h has no dollars, and no column */
    for (int i = 1; i < csv.n_rows; i++) {
        double sum = number(&csv, i, "input") + number(&csv, i, "cache read") + number(&csv, i, "cache write 5min") +
                     number(&csv, i, "output") + number(&csv, i, "other");
        check_rel(sum, number(&csv, i, "total_usd"), 1e-12);
    }
    check_rel(number(&csv, 1, "other"), 20, 1e-9);
    check(number(&csv, 2, "other") == 0);
    free_csv(&csv);
    sample_free(&sample);
}

static void files_without_rows_keep_their_header(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 0, .replications = 1});
    for (int i = 0; i < FLOE_CSV_FILES; i++) {
        struct csv csv = write_and_read(&sample.result, (enum floe_csv)i);
        check(csv.n_rows >= 1);
        free_csv(&csv);
    }
    sample_free(&sample);
}

static void running_out_of_memory_is_a_status(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    for (int i = 0; i < FLOE_CSV_FILES; i++)
        for (size_t most = 1; most < 40; most += 7) {
            struct floe_text text = {.most = most};
            check(floe_csv_files[i].write(&sample.result, &text) == FLOE_ENVIRONMENT);
            floe_text_free(&text);
        }
    sample_free(&sample);
}

static const struct test tests[] = {
    {"cells.csv reads back bit for bit", cells_read_back, FAST},
    {"fingerprints have a row per route and replication", fingerprints_have_a_row_per_route_and_replication, FAST},
    {"an outcome that is not defined is an empty field", what_is_not_defined_is_empty, FAST},
    {"usage.csv has the columns of the contract, in its order", usage_has_the_columns_of_the_contract, FAST},
    {"the hours of the usage table add up to the whole run", hours_of_usage_add_up_to_the_windows, FAST},
    {"hours.csv reads back, and its costs add up", hours_read_back, FAST},
    {"names with commas, quotes and line breaks survive", names_are_quoted_where_needed, FAST},
    {"the tables of the figures are wide, with the series that are there", plots_are_wide, FAST},
    {"the parts of the bill add up to the total", the_bill_adds_up, FAST},
    {"a file without rows keeps its header line", files_without_rows_keep_their_header, FAST},
    {"running out of memory is a status", running_out_of_memory_is_a_status, FAST},
};
TEST_MAIN("write_csv", tests)

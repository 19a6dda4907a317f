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
static const struct sample_shape two_variants = {.n_workloads = 4,
                                                 .n_routes = 2,
                                                 .n_windows = 1,
                                                 .n_hours = 3,
                                                 .replications = 64,
                                                 .n_variants = 2,
                                                 .has_cache = 1,
                                                 .has_consumers = 1,
                                                 .n_blast = 6};

/* ---- a plain reader ---- */

enum { COLUMNS_MOST = 120, ROWS_MOST = 2000 };

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

static void hours_have_the_columns_of_the_contract(void)
{
    struct sample sample;
    struct floe_text text = {0};
    sample_init(&sample, demo);
    check(floe_csv_files[FLOE_CSV_HOURS].write(&sample.result, &text) == FLOE_OK);
    static const char header[] = "start,hour,workload,route,calls,cost_usd,consumer,variant,tasks,accepted,cache_hits,"
                                 "stale_served,denied,upstream,invocations,throttles,errors,end,key\n";
    check(strncmp(text.bytes, header, sizeof header - 1) == 0);
    floe_text_free(&text);
    sample_free(&sample);
}

static void hours_read_back(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    for (int i = 0; i < 3 * 2 * 2 * HOUR_METRICS; i++)
        if (i % HOUR_METRICS != HOUR_CALLS) sample.result.hour_counts[i] = 100.5 + i;
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_HOURS);
    check_i64(csv.n_rows, 3 * 2 * 2 + 1);
    check_text(field(&csv, 5, "start"), "2023-11-16T19:00:00Z");
    check_text(field(&csv, 5, "hour"), "1");
    check_text(field(&csv, 7, "workload"), "fitted");
    check_text(field(&csv, 8, "route"), "bedrock");
    check(number(&csv, 7, "calls") == sample_calls_in_hour(1, 1));
    for (int i = 1; i < csv.n_rows; i++) /* each count in its own column */
        for (int m = 0; m < HOUR_METRICS; m++)
            check(number(&csv, i, metric_rows[hour_metrics[m]].name) ==
                  sample.result.hour_counts[(i - 1) * HOUR_METRICS + m]);
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
    struct sample_shape shape = demo;
    shape.has_consumers = 1;
    sample_init(&sample, shape);
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
    check_i64(calls.n_columns, 5);
    check_i64(calls.n_rows, 4);
    check_i64(cost.n_columns, 7);
    check(number(&calls, 2, "b;'c'") == sample_calls_in_hour(1, 1));
    check(number(&cost, 3, "b;'c' / openai") > 1);
    free_csv(&calls);
    free_csv(&cost);
    sample.result.hour_counts[HOUR_CALLS] += 1; /* now the routes of a workload differ */
    calls = write_and_read(&sample.result, FLOE_CSV_PLOT_CALLS);
    check_i64(calls.n_columns, 6);
    check(number(&calls, 1, "replay / openai") == number(&calls, 1, "replay / bedrock") + 1);
    free_csv(&calls);
    sample_free(&sample);
}

static void figures_are_by_consumer_where_one_is_named(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    struct csv calls = write_and_read(&sample.result, FLOE_CSV_PLOT_CALLS);
    struct csv cost = write_and_read(&sample.result, FLOE_CSV_PLOT_COST);
    struct csv title = write_and_read(&sample.result, FLOE_CSV_PLOT_TITLE);
    check_i64(calls.n_columns, 3 + 3); /* workloads 1 and 3 share one */
    check_i64(cost.n_columns, 3 + 6);
    check_i64(calls.n_rows, 1 + 2 * 3); /* the hours of one variant, then those of the other */
    check_text(field(&calls, 3, "variant"), "happened");
    check_text(field(&calls, 4, "variant"), "never_cached");
    check_text(field(&title, 3, "text"), "consumer");
    check(number(&calls, 5, "support; 'tier' two") == sample_calls_in_hour(1, 1) + sample_calls_in_hour(1, 3));
    double usd = 0;
    for (int i = 0; i < sample.result.by_hour.n; i++) {
        const struct usage_row *row = &sample.result.by_hour.rows[i];
        if (row->variant == 1 && row->workload % 2 == 1 && row->route == 1 && row->span == sample.result.n_windows + 2)
            usd += row->cost_usd.mean;
    }
    check_rel(number(&cost, 6, "support; 'tier' two / bedrock"), usd, 1e-12);
    free_csv(&calls);
    free_csv(&cost);
    free_csv(&title);
    sample_free(&sample);
}

static void many_series_are_the_largest_and_the_others(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){
                             .n_workloads = 9, .n_routes = 2, .n_hours = 2, .replications = 2, .n_variants = 6});
    struct csv cost = write_and_read(&sample.result, FLOE_CSV_PLOT_COST);
    check_i64(cost.n_columns, 3 + 14);
    check_i64(cost.n_rows, 1 + 4 * 2);                                 /* the first four variants */
    check_text(cost.field[3], "entity-matching_with_a_lo~ / bedrock"); /* of 0 and 1 both are small, of 2 one is */
    check_text(cost.field[3 + 13], "5 others");
    double shown = 0, whole = 0;
    for (int i = 1; i < 3; i++)
        for (int k = 3; k < cost.n_columns; k++)
            shown += strtod(cost.field[i * COLUMNS_MOST + k], NULL);
    for (int i = 0; i < sample.result.n_cells; i++)
        if (sample.result.cells[i].variant == 0 && sample.result.cells[i].span == 0)
            whole += sample.result.cells[i].outcomes[METRIC_COST_TOTAL].mean;
    check_rel(shown, whole, 1e-12);
    free_csv(&cost);
    sample_free(&sample);
}

static void routes_that_were_not_run_have_no_series(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 2, .n_hours = 2, .replications = 2});
    sample.result.n_cells = 1; /* of the first route */
    struct csv calls = write_and_read(&sample.result, FLOE_CSV_PLOT_CALLS);
    struct csv cost = write_and_read(&sample.result, FLOE_CSV_PLOT_COST);
    struct csv hours = write_and_read(&sample.result, FLOE_CSV_HOURS);
    check_i64(calls.n_columns, 4);
    check_i64(cost.n_columns, 4);
    check_text(cost.field[3], "openai");
    check_i64(hours.n_rows, 3);
    free_csv(&calls);
    free_csv(&cost);
    free_csv(&hours);
    sample_free(&sample);
}

/* ---- variants, attribution, blast radius ---- */

static void every_file_names_its_variant(void)
{
    static const enum floe_csv files[] = {FLOE_CSV_CELLS, FLOE_CSV_USAGE, FLOE_CSV_USAGE_BY_WINDOW, FLOE_CSV_HOURS,
                                          FLOE_CSV_ATTRIBUTION};
    struct sample sample;
    sample_init(&sample, two_variants);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct csv csv = write_and_read(&sample.result, files[i]);
        int n_first = 0, n_second = 0;
        for (int row = 1; row < csv.n_rows; row++) {
            n_first += strcmp(field(&csv, row, "variant"), "happened") == 0;
            n_second += strcmp(field(&csv, row, "variant"), "never_cached") == 0;
        }
        check_i64(n_first, n_second);
        check_i64(n_first + n_second, csv.n_rows - 1);
        free_csv(&csv);
    }
    struct csv usage = write_and_read(&sample.result, FLOE_CSV_USAGE);
    check_text(field(&usage, 1, "key"), "one-token");
    struct csv hours = write_and_read(&sample.result, FLOE_CSV_HOURS);
    check_text(field(&hours, 3, "consumer"), "support, \"tier\" two");
    double usd = 0;
    for (int row = 1; row < hours.n_rows; row++)
        if (strcmp(field(&hours, row, "variant"), "never_cached") == 0 &&
            strcmp(field(&hours, row, "workload"), "replay") == 0 && strcmp(field(&hours, row, "route"), "openai") == 0)
            usd += number(&hours, row, "cost_usd");
    check_rel(usd, sample.result.cells[16].outcomes[METRIC_COST_TOTAL].mean, 1e-12);
    free_csv(&usage);
    free_csv(&hours);
    sample_free(&sample);
}

static void fingerprints_name_their_variant(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_FINGERPRINTS);
    check_i64(csv.n_rows, 2 * 2 * 64 + 1);
    check_text(field(&csv, 2 * 64, "variant"), "happened");
    check_text(field(&csv, 2 * 64 + 1, "variant"), "never_cached");
    free_csv(&csv);
    sample_free(&sample);
}

static void attribution_reads_back(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_ATTRIBUTION);
    int n = 0;
    for (int row = 1; row < csv.n_rows; row++) {
        int is_wanted = strcmp(field(&csv, row, "by"), "consumer") == 0 &&
                        strcmp(field(&csv, row, "name"), "support, \"tier\" two") == 0 &&
                        strcmp(field(&csv, row, "route"), "bedrock") == 0 &&
                        strcmp(field(&csv, row, "variant"), "never_cached") == 0 &&
                        strcmp(field(&csv, row, "window"), "all") == 0;
        if (!is_wanted) continue;
        const struct result_cell *cells = sample.result.cells; /* [variant][workload][route][window] */
        n++;
        check(number(&csv, row, "calls") ==
              cells[16 + 6].outcomes[METRIC_CALLS].mean + cells[16 + 14].outcomes[METRIC_CALLS].mean);
        check_rel(number(&csv, row, "cost_usd"),
                  cells[16 + 6].outcomes[METRIC_COST_TOTAL].mean + cells[16 + 14].outcomes[METRIC_COST_TOTAL].mean,
                  1e-12);
        check_rel(number(&csv, row, "cost_share"), (2 + 4) / 10.0, 1e-4);
        check_text(field(&csv, row, "workloads"), "2");
    }
    check_i64(n, 1);
    /* cuts: consumer 3 groups, key 1, two tags with 3 and 2; each by 2 routes, 2 variants, 2 windows */
    check_i64(csv.n_rows, 1 + (3 + 1 + 3 + 2) * 2 * 2 * 2);
    free_csv(&csv);
    sample_free(&sample);
}

static void the_blast_radius_reads_back(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    sample.result.blast[1].cost_without_usd = 0;
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_BLAST_RADIUS);
    check_i64(csv.n_rows, 7);
    check_text(field(&csv, 1, "setting"), "llm_model");
    check_text(field(&csv, 1, "owner"), "ml-platform");
    check_text(field(&csv, 1, "variant"), "happened");
    check_text(field(&csv, 1, "reads_it"), "1");
    check_text(field(&csv, 3, "reads_it"), "0");
    check_rel(number(&csv, 1, "difference_usd"), 172.5586 - 4.9995, 1e-12);
    check_rel(number(&csv, 1, "factor"), 172.5586 / 4.9995, 1e-12);
    check(number(&csv, 1, "invocations") == 6999 && number(&csv, 1, "invocations_without") == 338);
    check_text(field(&csv, 2, "factor"), ""); /* from nothing */
    check(number(&csv, 4, "difference_usd") == 0);
    free_csv(&csv);
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

static void bills_are_of_their_variant(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    struct csv csv = write_and_read(&sample.result, FLOE_CSV_PLOT_BILL);
    check_i64(csv.n_rows, 1 + 2 * 8);
    check_text(field(&csv, 1, "name"), "happened: replay / openai");
    check_text(field(&csv, 9, "name"), "never_cached: replay / openai");
    check_i64(csv.n_columns, 2 + 4); /* no dollar is left for `other` */
    check_rel(number(&csv, 9, "input"), 1.5 * number(&csv, 1, "input"), 1e-12);
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
    {"hours.csv has the columns of the contract, in its order", hours_have_the_columns_of_the_contract, FAST},
    {"hours.csv reads back, and its costs add up", hours_read_back, FAST},
    {"names with commas, quotes and line breaks survive", names_are_quoted_where_needed, FAST},
    {"the tables of the figures are wide, with the series that are there", plots_are_wide, FAST},
    {"figures are by consumer where a consumer has a name of its own", figures_are_by_consumer_where_one_is_named,
     FAST},
    {"of many series the largest are kept, and the others are added up", many_series_are_the_largest_and_the_others,
     FAST},
    {"a route that was not run has no series and no rows", routes_that_were_not_run_have_no_series, FAST},
    {"every file names the variant of its rows", every_file_names_its_variant, FAST},
    {"fingerprints.csv names the variant", fingerprints_name_their_variant, FAST},
    {"attribution.csv adds up cells by consumer, key and tag", attribution_reads_back, FAST},
    {"blast_radius.csv reads back", the_blast_radius_reads_back, FAST},
    {"the parts of the bill add up to the total", the_bill_adds_up, FAST},
    {"a bill is of its variant", bills_are_of_their_variant, FAST},
    {"a file without rows keeps its header line", files_without_rows_keep_their_header, FAST},
    {"running out of memory is a status", running_out_of_memory_is_a_status, FAST},
};
TEST_MAIN("write_csv", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/disk.h"
#include "cli/focus_file.h"
#include "cli/import_files.h"
#include "cli/import_report.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "plots/write/facts_csv.h"

#define ROWS_AT_ONCE 4096

static enum floe_status wrong(const char *what)
{
    fprintf(stderr, "floe: %s\nusage: floe import [options] FILE...\n", what);
    return FLOE_BAD_USAGE;
}

static int is_standard_output(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

/* Without --out the table goes to standard output, unless something else was asked for. */
static const char *table_path(const struct options *options)
{
    if (options->out != NULL) return options->out;
    return options->json != NULL || options->focus != NULL ? NULL : "-";
}

static enum floe_status check_paths(const struct options *options)
{
    const char *const outputs[] = {table_path(options), options->json, options->focus};
    const char *inputs[ARGUMENTS_MOST + 2] = {options->rules, options->prices};
    memcpy(inputs + 2, options->files, sizeof options->files);
    return disk_check_outputs(outputs, 3, inputs, ARGUMENTS_MOST + 2);
}

static enum floe_status write_table(const char *path, const struct facts *facts)
{
    struct disk_stream stream;
    struct floe_text text = {0};
    enum floe_status status = disk_open(&stream, path);
    if (status != FLOE_OK) return status;
    floe_write_facts_csv_header(&text);
    for (int64_t first = 0; first < facts->n && status == FLOE_OK; first += ROWS_AT_ONCE) {
        floe_write_facts_csv_rows(facts, first, first + ROWS_AT_ONCE < facts->n ? first + ROWS_AT_ONCE : facts->n,
                                  &text);
        status = floe_text_status(&text);
        if (status == FLOE_OK) status = disk_append(&stream, text.bytes, text.n);
        text.n = 0;
        if (terminal_was_interrupted() && status == FLOE_OK) status = FLOE_CANCELLED;
    }
    if (status == FLOE_OK && facts->n == 0) status = disk_append(&stream, text.bytes, text.n);
    floe_text_free(&text);
    const enum floe_status closed = disk_close(&stream, status == FLOE_OK);
    return status != FLOE_OK ? status : closed;
}

static enum floe_status write_json(const char *path, const struct import_report *report, const struct facts *facts,
                                   const struct import_totals *totals)
{
    struct floe_text text = {0};
    import_report_json(report, facts, totals, &text);
    enum floe_status status = floe_text_status(&text);
    if (status == FLOE_OK) status = disk_write(path, text.bytes, text.n);
    floe_text_free(&text);
    return status;
}

static void say_report(const struct options *options, const struct import_report *report, const struct facts *facts,
                       const struct import_totals *totals)
{
    struct floe_text text = {0}, table = {0};
    const int is_taken = is_standard_output(table_path(options)) || is_standard_output(options->json) ||
                         is_standard_output(options->focus);
    import_report_text(report, &text);
    import_totals_text(facts, totals, &table);
    if (floe_text_status(&text) == FLOE_OK) fwrite(text.bytes, 1, text.n, stderr);
    fflush(stderr);
    if (!options->is_quiet && floe_text_status(&table) == FLOE_OK)
        fwrite(table.bytes, 1, table.n, is_taken ? stderr : stdout);
    floe_text_free(&text);
    floe_text_free(&table);
}

static enum floe_status write_all(const struct options *options, struct facts *facts,
                                  const struct import_report *report)
{
    const struct floe_focus_options focus = {.currency = report->currency[0] != '\0' ? report->currency : NULL};
    const char *path = table_path(options);
    struct import_totals totals;
    enum floe_status status = import_totals_of(facts, &totals);
    if (status != FLOE_OK) return status;
    facts_sort(facts);
    if (path != NULL) status = write_table(path, facts);
    if (status == FLOE_OK && options->json != NULL) status = write_json(options->json, report, facts, &totals);
    if (status == FLOE_OK && options->focus != NULL) status = focus_file_write(options->focus, facts, &focus);
    if (status == FLOE_OK) say_report(options, report, facts, &totals);
    import_totals_free(&totals);
    return status;
}

enum floe_status verb_import(const struct options *options)
{
    static struct import_report report;
    struct facts facts;
    if (options->n_files == 0) return wrong("which exports? give at least one file, or - for standard input");
    enum floe_status status = check_paths(options);
    if (status != FLOE_OK) return status;
    facts_init(&facts);
    status = import_files(options, options->files, options->n_files, &facts, &report);
    if (status == FLOE_OK) status = write_all(options, &facts, &report);
    facts_free(&facts);
    return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/disk.h"
#include "cli/event_file.h"
#include "cli/expect_report.h"
#include "cli/fail_if.h"
#include "cli/focus_file.h"
#include "cli/gnuplot.h"
#include "cli/scenario_file.h"
#include "cli/study_run.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "plots/write/csv.h"
#include "plots/write/json.h"
#include "plots/write/report.h"
#include "scenarios/read/study_inputs.h"

/* ---- the command that repeats the run ---- */

static void write_command(const struct options *options, struct floe_text *text)
{
    command_word(text, options->program);
    command_word(text, "run");
    command_word(text, options->files[0]);
    if (options->engine == ENGINE_HOURLY)
        floe_text_add(text, " --engine hourly");
    else
        command_number(text, "--replications", options->replications);
    command_number(text, "--seed", options->seed);
    if (options->route != NULL) {
        command_word(text, "--route");
        command_word(text, options->route);
    }
    for (int i = 0; i < options->n_sets; i++) {
        command_word(text, "--set");
        command_word(text, options->sets[i]);
    }
}

/* ---- output ---- */

static enum floe_status print_report(const struct options *options, const struct result *result)
{
    struct floe_text command = {0}, text = {0};
    struct floe_report_options report = {.is_coloured = terminal_has_colour()};
    write_command(options, &command);
    report.repeat_by = command.bytes;
    enum floe_status status = floe_write_report(result, &report, &text);
    if (status == FLOE_OK) status = disk_write("-", text.bytes, text.n);
    floe_text_free(&command);
    floe_text_free(&text);
    return status;
}

static enum floe_status write_json(const struct result *result, const char *path)
{
    struct floe_text text = {0};
    enum floe_status status = floe_write_json(result, "run", &text);
    if (status == FLOE_OK) status = disk_write(path, text.bytes, text.n);
    floe_text_free(&text);
    return status;
}

static enum floe_status write_csv(const struct result *result, const char *folder)
{
    enum floe_status status = FLOE_OK;
    for (int i = 0; i < FLOE_CSV_FILES && status == FLOE_OK; i++) {
        struct floe_text text = {0};
        status = floe_csv_files[i].write(result, &text);
        if (status == FLOE_OK) status = disk_write_in(folder, floe_csv_files[i].name, &text);
        floe_text_free(&text);
    }
    return status;
}

static enum floe_status write_folder(const struct result *result, const char *folder)
{
    char path[4096];
    enum floe_status status = write_csv(result, folder);
    if (status != FLOE_OK) return status;
    snprintf(path, sizeof path, "%s/result.json", folder);
    status = write_json(result, path);
    return status == FLOE_OK ? gnuplot_draw(folder) : status;
}

static int is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static enum floe_status write_all(const struct options *options, const struct result *result)
{
    enum floe_status status = FLOE_OK;
    if (!options->is_quiet && !is_stdout(options->json) && !is_stdout(options->trace_events) &&
        !is_stdout(options->focus))
        status = print_report(options, result);
    if (status == FLOE_OK && options->json != NULL) status = write_json(result, options->json);
    if (status == FLOE_OK && options->csv != NULL) status = write_csv(result, options->csv);
    if (status == FLOE_OK && options->focus != NULL) status = focus_file_of_result(options->focus, result);
    if (status == FLOE_OK && options->out != NULL) status = write_folder(result, options->out);
    return status;
}

static enum floe_status check_file(const char *option, const char *path, const char *scenario)
{
    if (path == NULL) return FLOE_OK;
    if (!disk_is_same(path, scenario)) return disk_check(path);
    fprintf(stderr, "floe: %s %s would replace the scenario itself\n", option, path);
    return FLOE_BAD_USAGE;
}

/* Folders are made and files tried before the simulation: nobody should wait for a result that has no place. */
static enum floe_status prepare_outputs(const struct options *options)
{
    enum floe_status status = FLOE_OK;
    const char *const outputs[] = {options->json, options->trace_events, options->focus};
    status = disk_check_outputs(outputs, 3, NULL, 0);
    if (status != FLOE_OK) return status;
    status = check_file("--json", options->json, options->files[0]);
    if (status == FLOE_OK) status = check_file("--trace-events", options->trace_events, options->files[0]);
    if (status == FLOE_OK) status = check_file("--focus", options->focus, options->files[0]);
    if (status == FLOE_OK && options->csv != NULL) status = disk_make_folder(options->csv);
    if (status == FLOE_OK && options->out != NULL) status = disk_make_folder(options->out);
    return status;
}

/* ---- the run ---- */

static enum floe_status simulate(const struct options *options, const struct floe_document *document,
                                 const struct inputs *inputs, struct result *result)
{
    struct plan_fault fault = {"", ""};
    const struct timeline first = timeline_of_variant(&document->study, 0);
    const struct run_options run = study_run_options(options);
    if (options->trace_events != NULL) {
        enum floe_status status = event_file_write(options, &first, &document->traces, &run, &fault);
        if (status != FLOE_OK && status != FLOE_CANCELLED && fault.what[0] == '\0') return status;
        if (status != FLOE_OK) return study_say_fault(status, options->files[0], &fault);
    }
    return study_run(options, options->files[0], document, inputs, 1, result);
}

static enum floe_status check_all(const struct options *options, const struct floe_document *document,
                                  const struct result *result)
{
    enum floe_status status = fail_if_evaluate(options, result);
    if (options->is_expect) {
        const enum floe_status expected = expect_report(document, result);
        if (expected != FLOE_OK) status = expected;
    }
    return status;
}

enum floe_status verb_run(const struct options *options)
{
    struct floe_document *document;
    struct result result;
    struct inputs inputs = {NULL, 0, 0};
    enum floe_status status = fail_if_check_syntax(options);
    if (status == FLOE_OK) status = event_file_check(options);
    if (status != FLOE_OK) return status;
    status = scenario_file_read(options, "run", &document);
    if (status != FLOE_OK) return status;
    status = prepare_outputs(options);
    if (status == FLOE_OK) status = study_inputs_of(document, &inputs);
    if (status == FLOE_OK) status = simulate(options, document, &inputs, &result);
    if (status == FLOE_OK) {
        status = write_all(options, &result);
        if (status == FLOE_OK) status = check_all(options, document, &result);
        result_free(&result);
    }
    free(inputs.items);
    floe_document_free(document);
    return status;
}

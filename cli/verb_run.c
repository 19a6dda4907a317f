/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/disk.h"
#include "cli/event_file.h"
#include "cli/expect_report.h"
#include "cli/fail_if.h"
#include "cli/focus_file.h"
#include "cli/gnuplot.h"
#include "cli/scenario_file.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "models/blast.h"
#include "models/run.h"
#include "plots/write/csv.h"
#include "plots/write/json.h"
#include "plots/write/report.h"
#include "scenarios/read/study_inputs.h"

/* ---- the command that repeats the run ---- */

static void add_word(struct floe_text *text, const char *word)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
    if (text->n > 0) floe_text_add(text, " ");
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        floe_text_add(text, word);
        return;
    }
    floe_text_add(text, "'");
    for (; *word != '\0'; word++)
        if (*word == '\'')
            floe_text_add(text, "'\\''");
        else
            floe_text_add_n(text, word, 1);
    floe_text_add(text, "'");
}

static void add_number(struct floe_text *text, const char *option, uint64_t value)
{
    floe_text_printf(text, " %s %llu", option, (unsigned long long)value);
}

static void write_command(const struct options *options, struct floe_text *text)
{
    add_word(text, options->program);
    add_word(text, "run");
    add_word(text, options->files[0]);
    if (options->engine == ENGINE_HOURLY)
        floe_text_add(text, " --engine hourly");
    else
        add_number(text, "--replications", options->replications);
    add_number(text, "--seed", options->seed);
    if (options->route != NULL) {
        add_word(text, "--route");
        add_word(text, options->route);
    }
    for (int i = 0; i < options->n_sets; i++) {
        add_word(text, "--set");
        add_word(text, options->sets[i]);
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
    enum floe_status status = check_file("--json", options->json, options->files[0]);
    if (status == FLOE_OK) status = check_file("--trace-events", options->trace_events, options->files[0]);
    if (status == FLOE_OK) status = check_file("--focus", options->focus, options->files[0]);
    if (status == FLOE_OK && options->csv != NULL) status = disk_make_folder(options->csv);
    if (status == FLOE_OK && options->out != NULL) status = disk_make_folder(options->out);
    return status;
}

/* ---- the run ---- */

static enum floe_status make_pool(const struct options *options, struct floe_pool *pool)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = options->threads;
    if (threads == 0) threads = processors < 1 ? 1 : (unsigned)processors;
    return floe_pool_threads_init(pool, threads > FLOE_POOL_WORKERS_MAX ? FLOE_POOL_WORKERS_MAX : threads);
}

static enum floe_status say_fault(enum floe_status status, const char *file, const struct plan_fault *fault)
{
    if (status == FLOE_CANCELLED) {
        fputs("floe: interrupted; nothing was written. Run the same command again to get the same result\n", stderr);
        return FLOE_ENVIRONMENT;
    }
    fprintf(stderr, "floe: %s: %s\n", file, fault->what);
    if (fault->key[0] != '\0') fprintf(stderr, "hint: see the key %s\n", fault->key);
    return status == FLOE_FULL ? FLOE_BAD_INPUT : status;
}

static void add_reader_warnings(const struct floe_document *document, struct result *result)
{
    for (int32_t i = 0; i < document->messages.n; i++)
        if (document->messages.items[i].severity == FLOE_WARNING)
            result_warn(result, document->messages.items[i].key, document->messages.items[i].what);
}

/* All variants, and what its shared settings did. */
static enum floe_status run_study(const struct floe_document *document, const struct run_options *run,
                                  const struct floe_pool *pool, struct result *result, struct plan_fault *fault)
{
    struct timeline timelines[VARIANTS_MOST];
    for (int32_t v = 0; v < document->study.n_variants; v++)
        timelines[v] = timeline_of_variant(&document->study, v);
    enum floe_status status = floe_run(timelines, document->study.n_variants, &document->traces, run, pool, result,
                                       fault);
    if (status != FLOE_OK) return status;
    status = blast_radius(&document->study, &document->traces, run, pool, result, fault);
    if (status != FLOE_OK) result_free(result);
    return status;
}

static enum floe_status simulate(const struct options *options, const struct floe_document *document,
                                 const struct inputs *inputs, struct result *result)
{
    struct plan_fault fault = {"", ""};
    struct floe_pool pool;
    const struct timeline first = timeline_of_variant(&document->study, 0);
    const struct run_options run = {.seed = options->seed,
                                    .replications = options->replications,
                                    .engine = (enum engine_kind)options->engine,
                                    .path = options->path,
                                    .route = options->route,
                                    .progress = terminal_progress};
    enum floe_status status = make_pool(options, &pool);
    if (status == FLOE_OK && options->trace_events != NULL) {
        status = event_file_write(options, &first, &document->traces, &run, &fault);
        if (status != FLOE_OK && status != FLOE_CANCELLED && fault.what[0] == '\0') return status;
        if (status != FLOE_OK) return say_fault(status, options->files[0], &fault);
    }
    if (status != FLOE_OK) return status;
    status = run_study(document, &run, &pool, result, &fault);
    terminal_progress_end();
    if (status != FLOE_OK) return say_fault(status, options->files[0], &fault);
    result->file = options->files[0];
    memcpy(result->sha256, document->sha256, sizeof result->sha256);
    result->inputs = inputs;
    add_reader_warnings(document, result);
    return FLOE_OK;
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/import_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "actuals/rules.h"
#include "cli/byte_file.h"
#include "cli/disk.h"
#include "cli/terminal.h"
#include "models/units.h"
#include "scenarios/read/book.h"
#include "scenarios/read/civil.h"

#define SHOW_AFTER_S 1.0
#define SHOW_EVERY_S 0.25
#define BYTES_PER_MIB 1048576.0

struct progress {
    const char *file;
    int64_t size;
    double begun_at_s, shown_at_s;
    int is_terminal, has_shown;
};

struct importing {
    struct import in;
    struct import_options options;
    struct import_rules *rules;
    struct book *book;
    struct floe_messages book_messages;
    struct import_column models[ARGUMENTS_MOST], columns[ARGUMENTS_MOST];
    struct progress progress;
};

void import_fault_say(const struct import_fault *fault)
{
    fputs(fault->file, stderr);
    if (fault->line > 0) fprintf(stderr, ":%lld", (long long)fault->line);
    if (fault->column > 0) fprintf(stderr, ":%d", (int)fault->column);
    fprintf(stderr, ": %s\n", fault->what);
    if (fault->hint[0] != '\0') fprintf(stderr, "hint: %s\n", fault->hint);
}

static enum floe_status wrong(const char *what, const char *value)
{
    fprintf(stderr, "floe: %s%s\n", what, value);
    return FLOE_BAD_USAGE;
}

static void say_messages(const struct floe_messages *messages)
{
    char *text;
    size_t n;
    if (floe_messages_text(messages, &text, &n) != FLOE_OK) return;
    fwrite(text, 1, n, stderr);
    free(text);
}

/* ---- progress ---- */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

static int progress(void *ctx, int64_t bytes, int64_t rows)
{
    struct progress *p = (struct progress *)ctx;
    if (terminal_was_interrupted()) return 0;
    if (!p->is_terminal) return 1;
    const double at_s = now_s();
    if (at_s - p->begun_at_s < SHOW_AFTER_S || at_s - p->shown_at_s < SHOW_EVERY_S) return 1;
    fprintf(stderr, "\r%.60s: %.0f MiB", p->file, (double)bytes / BYTES_PER_MIB);
    if (p->size > 0) fprintf(stderr, " of %.0f", (double)p->size / BYTES_PER_MIB);
    fprintf(stderr, ", %lld rows \033[K", (long long)rows);
    p->shown_at_s = at_s;
    p->has_shown = 1;
    return 1;
}

/* ---- options ---- */

/* "FIELD=VALUE" apart; 0: it has no '=', or a part is too long. Of the two the first may be absent with optional. */
static int split(const char *text, int is_optional, struct import_column *out)
{
    const char *equals = strrchr(text, '=');
    const size_t n = equals == NULL ? 0 : (size_t)(equals - text);
    const char *value = equals == NULL ? text : equals + 1;
    if ((equals == NULL && !is_optional) || n >= sizeof out->field || (is_optional && value[0] == '\0') ||
        strlen(value) >= NAME_BYTES)
        return 0;
    memcpy(out->field, text, n);
    out->field[n] = '\0';
    snprintf(out->column, sizeof out->column, "%s", value);
    return 1;
}

static enum floe_status take_instant(const char *name, const char *text, int64_t *at_s)
{
    struct civil_instant got;
    const char *why = civil_parse(text, strlen(text), &got);
    if (why == NULL) {
        *at_s = got.at_s;
        return FLOE_OK;
    }
    fprintf(stderr, "floe: %s '%s': %s\nhint: 2026-03-18, or 2026-03-18T10:00Z\n", name, text, why);
    return FLOE_BAD_USAGE;
}

static enum floe_status take_span(const struct options *o, struct import_options *out)
{
    enum floe_status status = FLOE_OK;
    if (o->from == NULL && o->to == NULL) return FLOE_OK;
    out->from_at_s = INT64_MIN;
    out->to_at_s = INT64_MAX;
    if (o->from != NULL) status = take_instant("--from", o->from, &out->from_at_s);
    if (o->to != NULL && status == FLOE_OK) status = take_instant("--to", o->to, &out->to_at_s);
    if (status == FLOE_OK && out->from_at_s >= out->to_at_s) return wrong("--from must lie before --to", "");
    return status;
}

static enum floe_status take_words(const struct options *o, struct import_options *out)
{
    out->input_includes_cached = -1;
    if (o->input_includes_cached != NULL && strcmp(o->input_includes_cached, "yes") == 0)
        out->input_includes_cached = 1;
    else if (o->input_includes_cached != NULL && strcmp(o->input_includes_cached, "no") == 0)
        out->input_includes_cached = 0;
    else if (o->input_includes_cached != NULL)
        return wrong("--input-includes-cached takes yes or no, not ", o->input_includes_cached);
    if (o->invocations != NULL && strcmp(o->invocations, "successful") == 0)
        out->invocations = IMPORT_INVOCATIONS_SUCCESSFUL;
    else if (o->invocations != NULL && strcmp(o->invocations, "accepted") != 0)
        return wrong("--invocations takes accepted or successful, not ", o->invocations);
    return FLOE_OK;
}

static enum floe_status take_lists(const struct options *o, struct importing *to)
{
    for (int i = 0; i < o->n_models; i++)
        if (!split(o->models[i], 1, &to->models[i]))
            return wrong("--model takes NAME or FILE=NAME, not ", o->models[i]);
    for (int i = 0; i < o->n_columns; i++)
        if (!split(o->columns[i], 0, &to->columns[i])) return wrong("--column takes FIELD=COLUMN, not ", o->columns[i]);
    to->options.models = to->models;
    to->options.n_models = o->n_models;
    to->options.columns = to->columns;
    to->options.n_columns = o->n_columns;
    return FLOE_OK;
}

static enum floe_status read_rules(const char *name, struct importing *to)
{
    const struct floe_files files = disk_files();
    struct floe_messages messages;
    to->rules = (struct import_rules *)calloc(1, sizeof *to->rules);
    if (to->rules == NULL) return FLOE_ENVIRONMENT;
    const enum floe_status status = import_rules_read(&files, name, to->rules, &messages);
    if (messages.n_errors + messages.n_warnings > 0) say_messages(&messages);
    floe_messages_free(&messages);
    to->options.rules = to->rules;
    return status;
}

static const struct model_prices *find_prices(void *ctx, const char *model)
{
    return book_find((struct book *)ctx, model);
}

static enum floe_status read_prices(const char *name, struct importing *to)
{
    const struct floe_files files = disk_files();
    const enum floe_status status = book_open(&files, name, &to->book_messages, &to->book);
    if (status != FLOE_OK) say_messages(&to->book_messages);
    to->options.find_prices = find_prices;
    to->options.find_prices_ctx = to->book;
    return status;
}

static enum floe_status prepare(const struct options *o, struct importing *to)
{
    enum floe_status status = take_span(o, &to->options);
    to->options.format = o->format;
    if (status == FLOE_OK) status = take_words(o, &to->options);
    if (status == FLOE_OK) status = take_lists(o, to);
    if (status == FLOE_OK && o->rules != NULL) status = read_rules(o->rules, to);
    if (status == FLOE_OK && o->prices != NULL) status = read_prices(o->prices, to);
    to->progress.is_terminal = isatty(STDERR_FILENO) && !o->is_quiet;
    to->options.progress = progress;
    to->options.progress_ctx = &to->progress;
    return status;
}

static void drop(struct importing *to)
{
    import_free(&to->in);
    free(to->rules);
    book_close(to->book);
    floe_messages_free(&to->book_messages);
    free(to);
}

/* ---- files ---- */

static enum floe_status check_files(const char *const *files, int n_files)
{
    for (int i = 0; i < n_files; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(files[i], files[j]) == 0 || disk_is_same(files[i], files[j])) {
                fprintf(stderr, "floe: %s was given twice: its usage would count twice\n", files[i]);
                return FLOE_BAD_USAGE;
            }
    return FLOE_OK;
}

static enum floe_status read_file(struct importing *to, const char *name, struct import_fault *fault)
{
    struct byte_file file;
    if (!byte_file_open(&file, name)) {
        snprintf(fault->file, sizeof fault->file, "%s", name);
        snprintf(fault->what, sizeof fault->what, "%s", file.why);
        return FLOE_BAD_INPUT;
    }
    const struct byte_source source = byte_file_source(&file);
    to->progress.file = name;
    to->progress.size = file.size;
    to->progress.begun_at_s = now_s();
    const enum floe_status status = import_file(&to->in, &source, strcmp(name, "-") == 0 ? "(standard input)" : name,
                                                fault);
    byte_file_close(&file);
    if (to->progress.has_shown) fputs("\r\033[K", stderr);
    to->progress.has_shown = 0;
    return status;
}

static enum floe_status read_all(struct importing *to, const char *const *files, int n_files)
{
    struct import_fault fault;
    enum floe_status status = FLOE_OK;
    memset(&fault, 0, sizeof fault);
    for (int i = 0; i < n_files && status == FLOE_OK; i++)
        status = read_file(to, files[i], &fault);
    if (status == FLOE_OK) status = import_end(&to->in, &fault);
    if (to->book_messages.n_errors > 0) say_messages(&to->book_messages);
    if (status == FLOE_CANCELLED)
        fputs("floe: interrupted; nothing was written\n", stderr);
    else if (status != FLOE_OK)
        import_fault_say(&fault);
    return status;
}

enum floe_status import_files(const struct options *options, const char *const *files, int n_files, struct facts *facts,
                              struct import_report *report)
{
    enum floe_status status = check_files(files, n_files);
    memset(report, 0, sizeof *report);
    if (status != FLOE_OK) return status;
    struct importing *to = (struct importing *)calloc(1, sizeof *to);
    if (to == NULL) return FLOE_ENVIRONMENT;
    status = prepare(options, to);
    if (status == FLOE_OK) {
        import_begin(&to->in, &to->options, facts, report);
        status = read_all(to, files, n_files);
    }
    drop(to);
    return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the reader share: files that lie in memory, files of the source tree, and one line that reads a
 * text and checks where its only error is and what it says. */
#ifndef FLOE_TESTS_READ_FILES_H
#define FLOE_TESTS_READ_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenarios/read/reader.h"
#include "tests/harness.h"

struct memory_file {
    const char *name;
    const char *bytes;
    size_t n; /* 0: strlen */
};

struct memory {
    const struct memory_file *files;
    int n;
};

static inline enum floe_status memory_load(void *ctx, const char *base, const char *name, size_t most, char **bytes,
                                           size_t *n, char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    const struct memory *memory = (const struct memory *)ctx;
    (void)base;
    snprintf(resolved, PATH_BYTES, "%s", name);
    for (int i = 0; i < memory->n; i++) {
        const struct memory_file *file = &memory->files[i];
        if (strcmp(file->name, name) != 0) continue;
        *n = file->n > 0 ? file->n : strlen(file->bytes);
        if (*n > most) return FLOE_FULL;
        *bytes = (char *)malloc(*n + 1);
        memcpy(*bytes, file->bytes, *n);
        return FLOE_OK;
    }
    snprintf(why, FILE_WHY_BYTES, "no such file");
    return FLOE_BAD_INPUT;
}

/* Real files; a relative name lies beside its base. */
static inline enum floe_status disk_load(void *ctx, const char *base, const char *name, size_t most, char **bytes,
                                         size_t *n, char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    struct stat about;
    const char *slash = strrchr(base, '/');
    (void)ctx;
    snprintf(resolved, PATH_BYTES, "%.*s%s", name[0] == '/' || slash == NULL ? 0 : (int)(slash - base + 1), base, name);
    if (stat(resolved, &about) != 0 || S_ISDIR(about.st_mode)) {
        snprintf(why, FILE_WHY_BYTES, "%s", stat(resolved, &about) != 0 ? "no such file" : "is a directory");
        return FLOE_BAD_INPUT;
    }
    if ((size_t)about.st_size > most) return FLOE_FULL;
    FILE *file = fopen(resolved, "rb");
    if (file == NULL) return FLOE_ENVIRONMENT;
    *bytes = (char *)malloc((size_t)about.st_size + 1);
    *n = fread(*bytes, 1, (size_t)about.st_size, file);
    fclose(file);
    return FLOE_OK;
}

/* A scenario that is sound: the lines up to `prices` are those of most tests below. */
#define SOUND_HEAD                                                                                                     \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16T00:00Z, horizon: 30d}\n"                                                                 \
    "prices: {models: {m: {input: 3.00 usd/Mtok, output: 15.00 usd/Mtok}}}\n"
#define SOUND_WORKLOAD "workloads: {chat: {demand: {tasks: 6400/day}, tokens: {input: 2931, output: 400}}}\n"
#define SOUND_ROUTES "routes: {api: {chain: [m]}}\n"
#define SOUND SOUND_HEAD SOUND_WORKLOAD SOUND_ROUTES

static inline enum floe_status read_memory(const struct memory_file *files, int n, const char *const *sets, int n_sets,
                                           struct floe_document **out)
{
    struct memory memory = {files, n};
    const struct floe_files callback = {&memory, memory_load};
    return floe_document_read(&callback, files[0].name, sets, n_sets, out);
}

static inline enum floe_status read_text_of(const char *yaml, struct floe_document **out)
{
    const struct memory_file file = {"s.yaml", yaml, 0};
    return read_memory(&file, 1, NULL, 0, out);
}

/* On any error a document holds messages and nothing else. */
static inline void check_nothing_half_read(const struct floe_document *d, const char *file, int line)
{
    static const struct scenario empty;
    check_at(d != NULL && d->messages.n_errors > 0, file, line, "no message");
    check_at(d != NULL && memcmp(&d->scenario, &empty, sizeof empty) == 0, file, line, "a half-read scenario");
    check_at(d != NULL && d->inputs.n == 0 && d->traces.n == 0 && d->expects.n == 0, file, line, "half-read inputs");
}

/* The first message (by place) is at this place and says these two texts ("" for any). */
static inline void check_first(enum floe_status status, struct floe_document *d, const char *name, int at_line,
                               int at_column, const char *what, const char *hint, const char *file, int line)
{
    check_at(status == FLOE_BAD_INPUT, file, line, "status %d, not bad input", (int)status);
    check_nothing_half_read(d, file, line);
    if (d != NULL && d->messages.n > 0) {
        const struct floe_message *m = &d->messages.items[0];
        check_at(strcmp(m->file, name) == 0 && m->line == at_line && m->column == at_column, file, line,
                 "%s:%d:%d: %s; wanted %s:%d:%d", m->file, (int)m->line, (int)m->column, m->what, name, at_line,
                 at_column);
        check_at(strstr(m->what, what) != NULL, file, line, "\"%s\" does not say \"%s\"", m->what, what);
        check_at(strstr(m->hint, hint) != NULL, file, line, "hint \"%s\" does not say \"%s\"", m->hint, hint);
    }
    floe_document_free(d);
}

/* The text has exactly one error: here. */
static inline void refused_at(const char *yaml, int at_line, int at_column, const char *what, const char *hint,
                              const char *file, int line)
{
    struct floe_document *d;
    const enum floe_status status = read_text_of(yaml, &d);
    check_at(d != NULL && d->messages.n_errors == 1, file, line, "%d errors, wanted one",
             d == NULL ? -1 : (int)d->messages.n_errors);
    check_first(status, d, "s.yaml", at_line, at_column, what, hint, file, line);
}
#define refused(yaml, at_line, at_column, what, hint)                                                                  \
    refused_at((yaml), (at_line), (at_column), (what), (hint), __FILE__, __LINE__)

/* A sound text's document; free it. Fails the test and prints the messages otherwise. */
static inline struct floe_document *sound_at(const struct memory_file *files, int n, const char *const *sets,
                                             int n_sets, const char *file, int line)
{
    struct floe_document *d;
    const enum floe_status status = read_memory(files, n, sets, n_sets, &d);
    char *text = NULL;
    if (status != FLOE_OK && d != NULL && floe_messages_text(&d->messages, &text, NULL) == FLOE_OK)
        check_at(0, file, line, "%s", text);
    check_at(status == FLOE_OK, file, line, "status %d", (int)status);
    free(text);
    return d;
}
static inline struct floe_document *sound_text_at(const char *yaml, const char *file, int line)
{
    const struct memory_file only = {"s.yaml", yaml, 0};
    return sound_at(&only, 1, NULL, 0, file, line);
}
#define sound(yaml) sound_text_at((yaml), __FILE__, __LINE__)

static inline const struct input *input_of(const struct floe_document *d, const char *path)
{
    for (int32_t i = 0; i < d->inputs.n; i++)
        if (strcmp(d->inputs.items[i].path, path) == 0) return &d->inputs.items[i];
    return NULL;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pieces {
    const char *text;
    size_t at, n, piece;
};

static int64_t read_piece(void *ctx, char *to, size_t n)
{
    struct pieces *p = (struct pieces *)ctx;
    size_t some = p->n - p->at < n ? p->n - p->at : n;
    if (p->piece > 0 && some > p->piece) some = p->piece;
    if (some > 0) memcpy(to, p->text + p->at, some);
    p->at += some;
    return (int64_t)some;
}

struct import_options import_no_options(void)
{
    struct import_options options;
    memset(&options, 0, sizeof options);
    options.input_includes_cached = -1;
    return options;
}

struct imported import_texts(const struct text_file *files, int n, const struct import_options *options, size_t piece)
{
    struct imported got;
    struct import in;
    memset(&got, 0, sizeof got);
    facts_init(&got.facts);
    import_begin(&in, options, &got.facts, &got.report);
    for (int i = 0; i < n && got.status == FLOE_OK; i++) {
        struct pieces pieces = {files[i].text, 0, strlen(files[i].text), piece};
        const struct byte_source source = {&pieces, read_piece, NULL};
        got.status = import_file(&in, &source, files[i].name, &got.fault);
    }
    if (got.status == FLOE_OK) got.status = import_end(&in, &got.fault);
    import_free(&in);
    return got;
}

struct imported import_text_file(const char *text, const struct import_options *options)
{
    const struct text_file file = {"file", text};
    return import_texts(&file, 1, options, 0);
}

void imported_free(struct imported *imported)
{
    facts_free(&imported->facts);
}

static int is_of(const struct facts *facts, const struct fact *fact, const char *consumer, const char *model)
{
    return (consumer == NULL || strcmp(facts_text_of(facts, fact->consumer), consumer) == 0) &&
           (model == NULL || strcmp(facts_text_of(facts, fact->model), model) == 0);
}

double sum_of(const struct imported *imported, enum fact_kind kind, const char *consumer, const char *model)
{
    double sum = 0;
    for (int64_t i = 0; i < imported->facts.n; i++)
        if (imported->facts.items[i].kind == (int32_t)kind &&
            is_of(&imported->facts, &imported->facts.items[i], consumer, model))
            sum += imported->facts.items[i].quantity;
    return sum;
}

double cost_of(const struct imported *imported, const char *consumer, const char *model)
{
    double sum = 0;
    for (int64_t i = 0; i < imported->facts.n; i++)
        if (fact_has(imported->facts.items[i].cost_usd) &&
            is_of(&imported->facts, &imported->facts.items[i], consumer, model))
            sum += imported->facts.items[i].cost_usd;
    return sum;
}

int has_warning(const struct imported *imported, const char *part)
{
    for (int32_t i = 0; i < imported->report.n_warnings; i++)
        if (strstr(imported->report.warnings[i], part) != NULL) return 1;
    return 0;
}

int64_t reason_count(const struct imported *imported, const char *part)
{
    for (int32_t i = 0; i < imported->report.n_reasons; i++)
        if (strstr(imported->report.reasons[i].what, part) != NULL) return imported->report.reasons[i].n;
    return -1;
}

int rows_add_up(const struct imported *imported)
{
    int64_t rows = imported->report.rows_kept;
    for (int32_t i = 0; i < imported->report.n_reasons; i++)
        if (!imported->report.reasons[i].is_kept) rows += imported->report.reasons[i].n;
    return rows == imported->report.rows_read;
}

static enum floe_status load_text(void *ctx, const char *base, const char *name, size_t most_bytes, char **bytes,
                                  size_t *n, char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    (void)base;
    (void)most_bytes;
    (void)why;
    *n = strlen((const char *)ctx);
    *bytes = (char *)malloc(*n + 1);
    if (*bytes == NULL) return FLOE_ENVIRONMENT;
    memcpy(*bytes, ctx, *n);
    snprintf(resolved, PATH_BYTES, "%s", name);
    return FLOE_OK;
}

enum floe_status rules_of_text(const char *text, struct import_rules *rules, char *said, size_t size)
{
    const struct floe_files files = {(void *)(uintptr_t)text, load_text};
    struct floe_messages messages;
    char *all = NULL;
    size_t n;
    const enum floe_status status = import_rules_read(&files, "rules.yaml", rules, &messages);
    if (size > 0) said[0] = '\0';
    if (floe_messages_text(&messages, &all, &n) == FLOE_OK && all != NULL) snprintf(said, size, "%s", all);
    free(all);
    floe_messages_free(&messages);
    return status;
}

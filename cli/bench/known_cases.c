/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/known_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/embedded.h"

enum { COLUMNS_MAX = 32, ROWS_MAX = 10000 };

static const struct {
    const char *name;
    size_t offset;
    int may_be_missing;
} columns[] = {
    {"id", offsetof(struct known_case, id), 0},         {"kind", offsetof(struct known_case, kind), 0},
    {"model", offsetof(struct known_case, model), 0},   {"parameters", offsetof(struct known_case, parameters), 0},
    {"metric", offsetof(struct known_case, metric), 0}, {"expected", offsetof(struct known_case, expected), 0},
    {"source", offsetof(struct known_case, source), 1},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

struct reader {
    const char *at, *end;
    int line;
    int column_of[COLUMNS_MAX]; /* which of columns[] a field of the file is, or -1 */
    int n_fields;               /* of the heading */
    struct known_fault *fault;
};

static enum floe_status wrong(struct reader *r, const char *what, const char *detail)
{
    r->fault->line = r->line;
    snprintf(r->fault->what, sizeof r->fault->what, "%s%.200s", what, detail);
    snprintf(r->fault->hint, sizeof r->fault->hint,
             "the columns are id,kind,model,parameters,metric,expected,source; floe bench --case list shows examples");
    return FLOE_BAD_INPUT;
}

static int at_end_of_line(const struct reader *r)
{
    return r->at == r->end || *r->at == '\n';
}

static void skip_line(struct reader *r)
{
    while (!at_end_of_line(r))
        r->at++;
    if (r->at < r->end) r->at++;
    r->line++;
}

/* One field; the comma behind it is taken, the end of the line is not. */
static enum floe_status read_field(struct reader *r, char text[KNOWN_TEXT])
{
    int quoted = 0, n = 0;
    for (; r->at < r->end && (quoted || *r->at != '\n'); r->at++) {
        if (*r->at == '\0') return wrong(r, "there is a NUL byte", "");
        if (*r->at == '\n') return wrong(r, "a quote is not closed on its line", "");
        if (*r->at == '"' && !(quoted && r->at + 1 < r->end && r->at[1] == '"')) {
            quoted = !quoted;
            continue;
        }
        if (*r->at == '"') r->at++;
        if (*r->at == ',' && !quoted) break;
        if (n == KNOWN_TEXT - 1) return wrong(r, "a field is longer than 399 bytes", "");
        if (*r->at != '\r') text[n++] = *r->at;
    }
    text[n] = '\0';
    return quoted ? wrong(r, "a quote is not closed", "") : FLOE_OK;
}

/* 1 if another field follows on this line. */
static int next_field(struct reader *r)
{
    if (at_end_of_line(r)) return 0;
    r->at++;
    return 1;
}

static enum floe_status read_heading(struct reader *r)
{
    char text[KNOWN_TEXT];
    int found[N_COLUMNS] = {0};
    do {
        if (r->n_fields == COLUMNS_MAX) return wrong(r, "there are more than 32 columns", "");
        const enum floe_status status = read_field(r, text);
        if (status != FLOE_OK) return status;
        r->column_of[r->n_fields] = -1;
        for (int i = 0; i < N_COLUMNS; i++)
            if (strcasecmp(text, columns[i].name) == 0) {
                r->column_of[r->n_fields] = i;
                found[i]++;
            }
        r->n_fields++;
    } while (next_field(r));
    for (int i = 0; i < N_COLUMNS; i++) {
        if (found[i] == 0 && !columns[i].may_be_missing) return wrong(r, "there is no column ", columns[i].name);
        if (found[i] > 1) return wrong(r, "twice the column ", columns[i].name);
    }
    skip_line(r);
    return FLOE_OK;
}

static enum floe_status read_row(struct reader *r, struct known_case *row)
{
    char text[KNOWN_TEXT];
    int field = 0;
    memset(row, 0, sizeof *row);
    row->line = r->line;
    do {
        const enum floe_status status = read_field(r, text);
        if (status != FLOE_OK) return status;
        if (field == r->n_fields) return wrong(r, "the row has more fields than the heading: quote commas", "");
        const int column = r->column_of[field++];
        if (column >= 0) memcpy((char *)row + columns[column].offset, text, sizeof text);
    } while (next_field(r));
    if (field < r->n_fields && field < N_COLUMNS - 1) return wrong(r, "the row has too few fields", "");
    if (row->id[0] == '\0') return wrong(r, "the row has no id", "");
    skip_line(r);
    return FLOE_OK;
}

static void number_parts(struct known_cases *cases)
{
    for (int i = 0; i < cases->n; i++) {
        int before = 0, others = 0;
        for (int k = 0; k < cases->n; k++) {
            if (k == i || strcasecmp(cases->row[k].id, cases->row[i].id) != 0) continue;
            others++;
            before += k < i;
        }
        cases->row[i].part = others > 0 ? before + 1 : 0;
    }
}

static int line_says_nothing(const struct reader *r)
{
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at == r->end || *at == '\n' || *at == '#';
}

static enum floe_status read_rows(struct reader *r, struct known_cases *cases, int *capacity)
{
    while (r->at < r->end) {
        if (line_says_nothing(r)) {
            skip_line(r);
            continue;
        }
        if (r->n_fields == 0) {
            const enum floe_status status = read_heading(r);
            if (status != FLOE_OK) return status;
            continue;
        }
        if (cases->n == ROWS_MAX) return wrong(r, "there are more than 10,000 rows", "");
        if (cases->n == *capacity) {
            const int more = *capacity * 2 + 16;
            struct known_case *grown = (struct known_case *)realloc(cases->row, (size_t)more * sizeof *grown);
            if (grown == NULL) return FLOE_ENVIRONMENT;
            cases->row = grown;
            *capacity = more;
        }
        const enum floe_status status = read_row(r, &cases->row[cases->n]);
        if (status != FLOE_OK) return status;
        cases->n++;
    }
    return cases->n > 0 ? FLOE_OK : wrong(r, "there is no row", "");
}

enum floe_status known_cases_read(const char *bytes, size_t n, struct known_cases *cases, struct known_fault *fault)
{
    struct reader r = {.at = bytes, .end = bytes + n, .line = 1, .fault = fault};
    int capacity = 0;
    memset(cases, 0, sizeof *cases);
    memset(fault, 0, sizeof *fault);
    const enum floe_status status = read_rows(&r, cases, &capacity);
    if (status == FLOE_OK)
        number_parts(cases);
    else
        known_cases_free(cases);
    return status;
}

void known_cases_free(struct known_cases *cases)
{
    free(cases->row);
    memset(cases, 0, sizeof *cases);
}

enum floe_status known_cases_embedded(struct known_cases *cases, struct known_fault *fault)
{
    return known_cases_read(case_files[0].text, case_files[0].n, cases, fault);
}

void known_case_name(const struct known_case *row, char *name, size_t n)
{
    if (row->part == 0)
        snprintf(name, n, "%s", row->id);
    else
        snprintf(name, n, "%s.%d", row->id, row->part);
}

int known_case_is(const struct known_case *row, const char *name)
{
    char own[KNOWN_TEXT + 16];
    known_case_name(row, own, sizeof own);
    return strcasecmp(row->id, name) == 0 || strcasecmp(own, name) == 0;
}

void known_fault_print(const struct known_fault *fault, const char *file)
{
    if (fault->line > 0)
        fprintf(stderr, "floe: %s:%d: %s\n", file, fault->line, fault->what);
    else
        fprintf(stderr, "floe: %s: %s\n", file, fault->what);
    if (fault->hint[0] != '\0') fprintf(stderr, "hint: %s\n", fault->hint);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/csv.h"

#include <string.h>

void csv_begin(struct csv *csv, const char *bytes, size_t n)
{
    const int has_mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    csv->at = bytes + (has_mark ? 3 : 0);
    csv->end = bytes + n;
    csv->next_line = 1;
    csv->line = 0;
    csv->n_fields = 0;
}

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct csv_field trimmed(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    while (end > at && is_space(end[-1]))
        end--;
    return (struct csv_field){at, (size_t)(end - at), 0};
}

static void keep(struct csv *csv, struct csv_field field)
{
    if (csv->n_fields < CSV_FIELDS_MOST) csv->fields[csv->n_fields] = field;
    if (csv->n_fields < INT32_MAX) csv->n_fields++;
}

/* At a comma, a line end or the end of the bytes. Returns 1 when the record goes on. */
static int take_separator(struct csv *csv)
{
    if (csv->at == csv->end) return 0;
    if (*csv->at == ',') return csv->at++, 1;
    csv->at += *csv->at == '\r' ? 2 : 1;
    csv->next_line++;
    return 0;
}

static int at_separator(const struct csv *csv, const char *at)
{
    if (at == csv->end || *at == ',' || *at == '\n') return 1;
    return *at == '\r' && csv->end - at > 1 && at[1] == '\n';
}

static void take_plain(struct csv *csv)
{
    const char *at = csv->at;
    while (!at_separator(csv, at))
        at++;
    const char *end = at;
    if (at == csv->end && end > csv->at && end[-1] == '\r') end--; /* the last line, cut between CR and LF */
    keep(csv, trimmed(csv->at, end));
    csv->at = at;
}

static enum csv_got take_quoted(struct csv *csv)
{
    struct csv_field field = {csv->at + 1, 0, 0};
    const char *at = field.at;
    for (;; at++) {
        if (at == csv->end) return CSV_QUOTE_NEVER_CLOSES;
        csv->next_line += *at == '\n';
        if (*at != '"') continue;
        if (csv->end - at < 2 || at[1] != '"') break;
        field.has_doubled_quotes = 1;
        at++;
    }
    field.n = (size_t)(at - field.at);
    csv->at = at + 1;
    if (csv->end - csv->at == 1 && *csv->at == '\r') csv->at++;
    if (!at_separator(csv, csv->at)) return CSV_TEXT_AFTER_QUOTE;
    keep(csv, field);
    return CSV_RECORD;
}

enum csv_got csv_next(struct csv *csv)
{
    csv->line = csv->next_line;
    csv->n_fields = 0;
    if (csv->at == csv->end) return CSV_END;
    do {
        if (csv->at < csv->end && *csv->at == '"') {
            const enum csv_got got = take_quoted(csv);
            if (got != CSV_RECORD) return got;
        } else {
            take_plain(csv);
        }
    } while (take_separator(csv));
    return CSV_RECORD;
}

int csv_is_blank(const struct csv *csv)
{
    return csv->n_fields == 1 && csv->fields[0].n == 0;
}

int csv_only_blank_lines_left(const struct csv *csv)
{
    for (const char *at = csv->at; at < csv->end; at++)
        if (*at != '\r' && *at != '\n' && !is_space(*at)) return 0;
    return 1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int equal(struct csv_field field, const char *name, int ignore_case)
{
    if (field.n != strlen(name)) return 0;
    for (size_t i = 0; i < field.n; i++)
        if (field.at[i] != name[i] && !(ignore_case && lower(field.at[i]) == lower(name[i]))) return 0;
    return 1;
}

static int32_t kept(const struct csv *csv)
{
    return csv->n_fields < CSV_FIELDS_MOST ? csv->n_fields : CSV_FIELDS_MOST;
}

int32_t csv_find(const struct csv *csv, const char *name)
{
    for (int ignore_case = 0; ignore_case < 2; ignore_case++) {
        int32_t found = -1;
        for (int32_t i = 0; i < kept(csv); i++) {
            if (!equal(csv->fields[i], name, ignore_case)) continue;
            if (found >= 0) return -2;
            found = i;
        }
        if (found >= 0) return found;
    }
    return -1;
}

void csv_show(struct csv_field field, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < field.n; i++) {
        if (n + 4 >= size) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        const char c = field.at[i];
        out[n++] = c >= ' ' && c <= '~' ? c : '?';
    }
    out[n] = '\0';
}

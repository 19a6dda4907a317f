/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/record.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* ---- knowing ---- */

static size_t skip_space(const char *head, size_t n)
{
    size_t at = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < n && memchr(" \t\r\n", head[at], 4) != NULL)
        at++;
    return at;
}

int head_is_json(const char *head, size_t n)
{
    const size_t at = skip_space(head, n);
    return at < n && (head[at] == '{' || head[at] == '[');
}

static int is_end_of_name(const char *head, size_t n, size_t at)
{
    return at >= n || strchr(",\"\r\n \t", head[at]) != NULL;
}

int head_has(const char *head, size_t n, const char *name)
{
    const size_t length = strlen(name);
    const int is_json = head_is_json(head, n);
    const char *line_end = is_json ? NULL
                                   : (const char *)memchr(head + skip_space(head, n), '\n', n - skip_space(head, n));
    const size_t last = line_end == NULL ? n : (size_t)(line_end - head);
    for (size_t at = 0; at + length <= last; at++) {
        if (memcmp(head + at, name, length) != 0 || !is_end_of_name(head, last, at + length)) continue;
        if (is_json ? at > 0 && head[at - 1] == '"' && head[at + length] == '"'
                    : at == 0 || strchr(",\" \t\xbf", head[at - 1]) != NULL)
            return 1;
    }
    return 0;
}

/* ---- rows ---- */

static enum floe_status find_columns(struct records *r, struct import_fault *fault)
{
    const int got = stream_csv(r->stream, &r->csv, fault);
    if (got < 0) return FLOE_BAD_INPUT;
    if (got == 0) return import_wrong(r->in, fault, 0, "", "the file is empty");
    r->n_header = r->csv.n_fields;
    for (int i = 0; i < r->n_fields; i++) {
        const struct record_field *field = &r->fields[i];
        r->columns[i] = csv_find(&r->csv, field->name);
        if (r->columns[i] == -1 && field->other != NULL) r->columns[i] = csv_find(&r->csv, field->other);
        if (r->columns[i] == -2)
            return import_wrong(r->in, fault, r->csv.line, "each column has a name of its own",
                                "the header has the column '%s' more than once", field->name);
        if (r->columns[i] == -1 && field->is_required)
            return import_wrong(r->in, fault, r->csv.line, "the first line of a CSV is its header",
                                "the header has no column '%s'", field->name);
    }
    return FLOE_OK;
}

enum floe_status records_begin(struct records *r, struct import *in, struct import_stream *stream,
                               const struct record_field *fields, int n_fields, struct import_fault *fault)
{
    size_t n;
    const char *head = stream_head(stream, &n);
    memset(r, 0, sizeof *r);
    r->in = in;
    r->stream = stream;
    r->fields = fields;
    r->n_fields = n_fields;
    r->is_json = head_is_json(head, n);
    return r->is_json ? FLOE_OK : find_columns(r, fault);
}

static void drop_inside(struct records *r)
{
    for (int i = 0; i < r->n_fields; i++) {
        if (r->inside[i] != NULL) cJSON_Delete(r->inside[i]);
        r->inside[i] = NULL;
    }
}

void records_end(struct records *r)
{
    drop_inside(r);
    if (r->value != NULL) cJSON_Delete(r->value);
    r->value = r->row = NULL;
}

static int next_csv(struct records *r, struct import_fault *fault)
{
    for (;;) {
        const int got = stream_csv(r->stream, &r->csv, fault);
        if (got < 0) return -1;
        if (got == 0 && r->was_short) {
            import_wrong(r->in, fault, r->line, "make the export, or the copy, again",
                         "the file ends inside this row: it has fewer fields than the header");
            return -1;
        }
        if (got == 0) return 0;
        if (csv_is_blank(&r->csv)) continue;
        r->line = r->csv.line;
        r->in->report->rows_read++;
        r->was_short = r->csv.n_fields < r->n_header;
        if (!r->was_short && r->csv.n_fields == r->n_header) return 1;
        import_dropped(r->in, r->line, "the row has %s fields than the header", r->was_short ? "fewer" : "more");
    }
}

static struct cJSON *rows_inside(const struct cJSON *value)
{
    static const char *const names[] = {"data", "logs", "results"};
    for (int i = 0; i < 3; i++) {
        struct cJSON *list = cJSON_GetObjectItemCaseSensitive(value, names[i]);
        if (cJSON_IsArray(list)) return list;
    }
    return NULL;
}

static int next_json(struct records *r, struct import_fault *fault)
{
    r->row = r->row != NULL && r->row != r->value ? r->row->next : NULL;
    while (r->row == NULL) {
        if (r->value != NULL) cJSON_Delete(r->value);
        const int got = stream_json(r->stream, &r->value, fault);
        if (got <= 0) return got;
        r->line = stream_line(r->stream);
        const struct cJSON *list = cJSON_IsArray(r->value) ? r->value : rows_inside(r->value);
        r->row = list == NULL ? r->value : list->child;
    }
    r->in->report->rows_read++;
    if (cJSON_IsObject(r->row)) return 1;
    import_dropped(r->in, r->line, "no JSON object");
    return next_json(r, fault);
}

int records_next(struct records *r, struct import_fault *fault)
{
    drop_inside(r);
    return r->is_json ? next_json(r, fault) : next_csv(r, fault);
}

/* ---- fields ---- */

static const struct cJSON *item_of(const struct records *r, const char *name)
{
    const struct cJSON *at = r->row;
    char part[64];
    while (at != NULL && name != NULL && *name != '\0') {
        const size_t n = strcspn(name, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, name);
        at = cJSON_GetObjectItemCaseSensitive(at, part);
        name += n + (name[n] == '.');
    }
    return name == NULL || cJSON_IsNull(at) ? NULL : at;
}

static const struct cJSON *json_field(const struct records *r, int field)
{
    const struct cJSON *item = item_of(r, r->fields[field].name);
    return item != NULL ? item : item_of(r, r->fields[field].other);
}

static int is_nothing(struct import_text text)
{
    static const char *const words[] = {"null", "NULL", "None", "\\N"};
    for (int i = 0; i < 4; i++)
        if (text.n == strlen(words[i]) && memcmp(text.at, words[i], text.n) == 0) return 1;
    return text.n == 0;
}

struct import_text record_text(struct records *r, int field)
{
    struct import_text text = {"", 0};
    if (!r->is_json) {
        text = stream_text(&r->csv, r->columns[field]);
    } else {
        const struct cJSON *item = json_field(r, field);
        if (cJSON_IsString(item)) text.at = item->valuestring;
        if (cJSON_IsBool(item)) text.at = cJSON_IsTrue(item) ? "True" : "False";
        if (cJSON_IsNumber(item)) {
            snprintf(r->numbers[field], RECORD_TEXT_BYTES, "%.17g", item->valuedouble);
            text.at = r->numbers[field];
        }
        text.n = strlen(text.at);
    }
    if (is_nothing(text)) text.n = 0;
    return text;
}

int record_number(struct records *r, int field, double *value)
{
    *value = 0;
    if (r->is_json) {
        const struct cJSON *item = json_field(r, field);
        if (cJSON_IsNumber(item)) return *value = item->valuedouble, 1;
    }
    const struct import_text text = record_text(r, field);
    if (text.n == 0) return 0;
    return import_number(text, value) ? 1 : -1;
}

int record_instant(struct records *r, int field, int64_t *at_s)
{
    const struct import_text text = record_text(r, field);
    if (text.n == 0) return 0;
    return import_instant(r->in, text, at_s) ? 1 : -1;
}

const struct cJSON *record_json(struct records *r, int field, int *is_broken)
{
    *is_broken = 0;
    if (r->is_json) {
        const struct cJSON *item = json_field(r, field);
        if (item == NULL || cJSON_IsObject(item) || cJSON_IsArray(item)) return item;
    }
    const struct import_text text = record_text(r, field);
    if (text.n == 0) return NULL;
    if (r->inside[field] == NULL) r->inside[field] = cJSON_ParseWithLength(text.at, text.n);
    *is_broken = r->inside[field] == NULL;
    return r->inside[field];
}

enum floe_status records_import(struct import *in, struct import_stream *stream, const struct record_field *fields,
                                int n_fields, record_fill *fill, struct import_fault *fault)
{
    struct records r;
    struct import_row row;
    int got = 0;
    enum floe_status status = records_begin(&r, in, stream, fields, n_fields, fault);
    while (status == FLOE_OK && (got = records_next(&r, fault)) > 0)
        if (fill(&r, &row)) status = import_add(in, &row, fault);
    records_end(&r);
    return got < 0 ? FLOE_BAD_INPUT : status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/stream.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/inside.h"
#include "scenarios/read/json_text.h"

#define STREAM_FIRST ((size_t)1 << 20)

enum walk { WALK_BEGIN, WALK_ARRAY, WALK_VALUES, WALK_END };

struct import_stream {
    struct import *in;
    const struct byte_source *source;
    char *bytes;
    size_t from, to, capacity; /* the bytes not yet taken are [from, to) */
    int64_t next_line, line;   /* of bytes[from]; of the record taken last */
    int64_t taken;             /* bytes read from the source */
    int is_at_end, has_begun, is_cancelled;
    enum walk walk;
};

struct import_stream *stream_open(struct import *in, const struct byte_source *source)
{
    struct import_stream *s = (struct import_stream *)calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->bytes = (char *)malloc(STREAM_FIRST);
    s->capacity = STREAM_FIRST;
    s->in = in;
    s->source = source;
    s->next_line = 1;
    if (s->bytes == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void stream_close(struct import_stream *s)
{
    if (s == NULL) return;
    free(s->bytes);
    free(s);
}

int stream_was_cancelled(const struct import_stream *s)
{
    return s->is_cancelled;
}

int64_t stream_line(const struct import_stream *s)
{
    return s->line;
}

/* ---- bytes ---- */

static int64_t line_ends(const char *bytes, size_t n)
{
    int64_t lines = 0;
    const char *at = bytes, *end = bytes + n;
    while (at < end && (at = (const char *)memchr(at, '\n', (size_t)(end - at))) != NULL)
        lines++, at++;
    return lines;
}

static void take(struct import_stream *s, size_t n)
{
    s->next_line += line_ends(s->bytes + s->from, n);
    s->from += n;
}

static int wrong(struct import_stream *s, struct import_fault *fault, int64_t line, const char *hint, const char *what)
{
    import_wrong(s->in, fault, line, hint, "%s", what);
    return 0;
}

/* Room behind the bytes: moves them to the front, and doubles the buffer when they fill it. */
static int make_room(struct import_stream *s, struct import_fault *fault)
{
    if (s->from > 0) {
        memmove(s->bytes, s->bytes + s->from, s->to - s->from);
        s->to -= s->from;
        s->from = 0;
    }
    if (s->to < s->capacity) return 1;
    if (s->capacity >= STREAM_RECORD_MOST)
        return wrong(s, fault, s->next_line, "a quote or a bracket may not be closed",
                     "the record that begins here is longer than 16 MiB");
    char *wider = (char *)realloc(s->bytes, s->capacity * 2);
    if (wider == NULL) return wrong(s, fault, s->next_line, "", "out of memory");
    s->bytes = wider;
    s->capacity *= 2;
    return 1;
}

static int look_for_nul(struct import_stream *s, size_t n, struct import_fault *fault)
{
    const char *nul = (const char *)memchr(s->bytes + s->to, '\0', n);
    if (nul == NULL) return 1;
    const int64_t line = s->next_line + line_ends(s->bytes + s->from, (size_t)(nul - s->bytes) - s->from);
    return wrong(s, fault, line, "a UTF-16 export (Excel's \"Unicode text\") must be saved as UTF-8",
                 "a byte of value 0: this is no UTF-8 text");
}

/* More bytes, if there are any: 1: there are, or the end is known; 0: fault is filled. */
static int more(struct import_stream *s, struct import_fault *fault)
{
    if (!make_room(s, fault)) return 0;
    const int64_t n = s->source->read(s->source->ctx, s->bytes + s->to, s->capacity - s->to);
    if (n < 0) {
        import_wrong(s->in, fault, s->next_line + line_ends(s->bytes + s->from, s->to - s->from),
                     "the rows before it are not kept: make the export, or the copy, again", "%s",
                     s->source->why != NULL ? s->source->why(s->source->ctx) : "cannot be read");
        return 0;
    }
    s->is_at_end = n == 0;
    if (!look_for_nul(s, (size_t)n, fault)) return 0;
    s->to += (size_t)n;
    s->taken += n;
    if (!s->has_begun && s->to - s->from >= 3 && memcmp(s->bytes + s->from, "\xef\xbb\xbf", 3) == 0) s->from += 3;
    s->has_begun |= s->to - s->from >= 3 || s->is_at_end || s->from > 0;
    const struct import_options *options = s->in->options;
    if (options->progress == NULL || options->progress(options->progress_ctx, s->taken, s->in->report->rows_read))
        return 1;
    s->is_cancelled = 1;
    return wrong(s, fault, s->next_line, "", "interrupted");
}

/* The mark of UTF-8 is seen, or is known to be absent. */
static int begin(struct import_stream *s, struct import_fault *fault)
{
    while (!s->has_begun)
        if (!more(s, fault)) return 0;
    return 1;
}

int stream_fill(struct import_stream *s, struct import_fault *fault)
{
    while (!s->is_at_end && s->to - s->from < STREAM_HEAD)
        if (!more(s, fault)) return 0;
    return 1;
}

const char *stream_head(struct import_stream *s, size_t *n)
{
    *n = s->to - s->from < STREAM_HEAD ? s->to - s->from : STREAM_HEAD;
    return s->bytes + s->from;
}

/* ---- CSV ---- */

static int csv_wrong(struct import_stream *s, const struct csv *csv, enum csv_got got, struct import_fault *fault)
{
    if (got == CSV_QUOTE_NEVER_CLOSES)
        import_wrong(s->in, fault, csv->line, "the file was cut, or a quote inside a field is not doubled",
                     "a quoted field that begins in this record never closes");
    else
        import_wrong(s->in, fault, csv->line, "a quote inside a quoted field is written twice: \"\"",
                     "there is text after a closing quote");
    fault->column = csv->n_fields + 1;
    return -1;
}

/* A record is whole when something stands behind it, or nothing more can come. */
int stream_csv(struct import_stream *s, struct csv *csv, struct import_fault *fault)
{
    if (!begin(s, fault)) return -1;
    for (;;) {
        csv->at = s->bytes + s->from;
        csv->end = s->bytes + s->to;
        csv->next_line = s->next_line;
        const enum csv_got got = csv_next(csv);
        if (!s->is_at_end && (csv->at == csv->end || got == CSV_QUOTE_NEVER_CLOSES)) {
            if (!more(s, fault)) return -1;
            continue;
        }
        if (got == CSV_END) return 0;
        if (got != CSV_RECORD) return csv_wrong(s, csv, got, fault);
        s->from = (size_t)(csv->at - s->bytes);
        s->next_line = csv->next_line;
        s->line = csv->line;
        return 1;
    }
}

struct import_text stream_text(struct csv *csv, int32_t column)
{
    struct import_text text = {"", 0};
    if (column < 0 || column >= csv->n_fields || column >= CSV_FIELDS_MOST) return text;
    struct csv_field *field = &csv->fields[column];
    if (field->has_doubled_quotes) {
        char *to = (char *)(uintptr_t)field->at; /* the stream's own buffer */
        size_t n = 0;
        for (size_t i = 0; i < field->n; i++) {
            to[n++] = field->at[i];
            i += field->at[i] == '"';
        }
        field->n = n;
        field->has_doubled_quotes = 0;
    }
    text.at = field->at;
    text.n = field->n;
    return text;
}

/* ---- JSON ---- */

/* Takes spaces; the next byte, or 0 at the end, or -1. */
static int next_byte(struct import_stream *s, struct import_fault *fault)
{
    for (;;) {
        size_t n = 0;
        const size_t all = s->to - s->from;
        while (n < all && memchr(" \t\r\n", s->bytes[s->from + n], 4) != NULL)
            n++;
        take(s, n);
        if (n < all) return (unsigned char)s->bytes[s->from];
        if (s->is_at_end) return 0;
        if (!more(s, fault)) return -1;
    }
}

struct scan {
    size_t n;
    int depth, is_text, is_escaped;
};

/* Goes on over the bytes; 1: the value ends before scan->n. */
static int scan_value(const char *bytes, size_t n, struct scan *scan)
{
    while (scan->n < n) {
        const char c = bytes[scan->n++];
        if (scan->is_escaped)
            scan->is_escaped = 0;
        else if (scan->is_text) {
            scan->is_escaped = c == '\\';
            scan->is_text = c != '"';
        } else if (c == '"')
            scan->is_text = 1;
        else if (c == '{' || c == '[')
            scan->depth++;
        else if ((c == '}' || c == ']') && --scan->depth == 0)
            return 1;
    }
    return 0;
}

static int parse(struct import_stream *s, size_t n, struct cJSON **value, struct import_fault *fault)
{
    struct json_fault odd;
    s->line = s->next_line;
    *value = json_parse(s->bytes + s->from, n, &odd);
    if (*value == NULL) {
        import_wrong(s->in, fault, s->line + (odd.line > 0 ? odd.line - 1 : 0), odd.hint, "%s", odd.what);
        fault->column = odd.line > 1 ? odd.column : 0;
        return -1;
    }
    take(s, n);
    return 1;
}

static int take_value(struct import_stream *s, struct cJSON **value, struct import_fault *fault)
{
    struct scan scan = {0, 0, 0, 0};
    while (!scan_value(s->bytes + s->from, s->to - s->from, &scan)) {
        if (s->is_at_end) {
            wrong(s, fault, s->next_line, "the file was cut, or a bracket is missing",
                  "the file ends inside the JSON value that begins here");
            return -1;
        }
        if (!more(s, fault)) return -1;
    }
    return parse(s, scan.n, value, fault);
}

static int odd_byte(struct import_stream *s, const char *expected, struct import_fault *fault)
{
    const char c = s->bytes[s->from];
    char shown[4] = {c >= ' ' && c <= '~' ? c : '?', '\0'};
    import_wrong(s->in, fault, s->next_line, "", "'%s' where %s must stand", shown, expected);
    return -1;
}

/* After a value of the array: 1: another follows; 0: the array has ended, and the file with it; -1. */
static int next_of_array(struct import_stream *s, int is_first, struct import_fault *fault)
{
    int c = next_byte(s, fault);
    if (c == ',' && !is_first) {
        take(s, 1);
        return 1;
    }
    if (c == 0) {
        wrong(s, fault, s->next_line, "the file was cut: make the export again", "the file ends inside its array");
        return -1;
    }
    if (c == ']') {
        take(s, 1);
        s->walk = WALK_END;
        c = next_byte(s, fault);
        return c <= 0 ? c : odd_byte(s, "the end of the file", fault);
    }
    if (c < 0 || is_first) return c < 0 ? -1 : 1;
    return odd_byte(s, "',' or ']'", fault);
}

int stream_json(struct import_stream *s, struct cJSON **value, struct import_fault *fault)
{
    *value = NULL;
    if (!begin(s, fault)) return -1;
    int c = s->walk == WALK_END ? 0 : next_byte(s, fault);
    if (c <= 0 && s->walk != WALK_ARRAY) return c;
    if (s->walk == WALK_BEGIN && c == '[') {
        take(s, 1);
        s->walk = WALK_ARRAY;
        c = next_of_array(s, 1, fault);
    } else if (s->walk == WALK_ARRAY) {
        c = next_of_array(s, 0, fault);
    } else {
        s->walk = WALK_VALUES;
    }
    if (c <= 0) return c;
    c = next_byte(s, fault);
    if (c < 0) return -1;
    if (c == 0) return wrong(s, fault, s->next_line, "the file was cut", "the file ends inside its array") - 1;
    if (c != '{' && c != '[') return odd_byte(s, "a JSON object", fault);
    return take_value(s, value, fault);
}

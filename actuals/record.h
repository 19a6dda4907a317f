/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports that come as CSV or as JSON with the same names: a record is one row of either, its fields are asked for by
 * their number in a list of names. A name of JSON may be a path (`metadata.usage_object`).
 *
 *     struct records r;
 *     status = records_begin(&r, in, stream, names, N, fault);         the header, or the first value
 *     while (records_next(&r, fault) > 0) record_number(&r, SPEND, &usd);
 *     records_end(&r);
 *
 * JSON: an array, JSON lines, or objects that hold the rows in an array `data`, `logs` or `results`. In CSV an empty line
 * is no row; a row with fewer fields than the header is dropped and counted, and is an error at the end of a file, which
 * was cut there. */
#ifndef FLOE_ACTUALS_RECORD_H
#define FLOE_ACTUALS_RECORD_H

#include "actuals/stream.h"

#define RECORD_FIELDS_MOST 40
#define RECORD_TEXT_BYTES 40

struct cJSON;

struct record_field {
    const char *name;
    const char *other; /* another name of it; NULL: none */
    int is_required;   /* a CSV without this column is refused */
};

struct records {
    struct import *in;
    struct import_stream *stream;
    const struct record_field *fields;
    int n_fields;
    int is_json, was_short;
    int64_t line;
    struct csv csv;
    int32_t columns[RECORD_FIELDS_MOST], n_header;
    struct cJSON *value, *row;                /* the value read last, and the row in it */
    struct cJSON *inside[RECORD_FIELDS_MOST]; /* JSON that stood in a text, parsed */
    char numbers[RECORD_FIELDS_MOST][RECORD_TEXT_BYTES];
};

/* Fills an import row from a record; 0: it is left out, and counted. */
typedef int record_fill(struct records *r, struct import_row *row);

/* All records of a file, filled and added. */
enum floe_status records_import(struct import *in, struct import_stream *stream, const struct record_field *fields,
                                int n_fields, record_fill *fill, struct import_fault *fault) FLOE_MUST_CHECK;

enum floe_status records_begin(struct records *r, struct import *in, struct import_stream *stream,
                               const struct record_field *fields, int n_fields,
                               struct import_fault *fault) FLOE_MUST_CHECK;
int records_next(struct records *r, struct import_fault *fault); /* 1; 0: the end; -1: fault */
void records_end(struct records *r);

struct import_text record_text(struct records *r, int field);    /* n = 0: nothing there; null and None are nothing */
int record_number(struct records *r, int field, double *value);  /* 1; 0: nothing there; -1: no number */
int record_instant(struct records *r, int field, int64_t *at_s); /* as record_number */

/* An object or array, also when it stands in a text as JSON; NULL: nothing, or *is_broken. Owned by the record. */
const struct cJSON *record_json(struct records *r, int field, int *is_broken);

/* Does the first line of a CSV, or the first object, have this name? For `knows`. */
int head_has(const char *head, size_t n, const char *name);
int head_is_json(const char *head, size_t n);

#endif

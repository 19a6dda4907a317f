/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file as a stream of records, in bounded memory: lines of CSV (RFC 4180, as scenarios/read/csv.h), or JSON values.
 * A buffer slides over the bytes; a record is whole in it. A record longer than STREAM_RECORD_MOST is an error.
 *
 *   stream_csv    the next record of a CSV; the header is the first
 *   stream_json   the next JSON value of: an array of values, values one after the other (JSON lines), or one object.
 *                 Values are cut at their outermost bracket and parsed one by one.
 *
 * A UTF-8 byte order mark is skipped; bytes of value 0 (UTF-16) are refused; a file that ends inside a value, an array
 * or a quoted field is an error with its line. Left out: one object around one long array; it is one record. */
#ifndef FLOE_ACTUALS_STREAM_H
#define FLOE_ACTUALS_STREAM_H

#include "actuals/import.h"
#include "scenarios/read/csv.h"

struct cJSON;

#define STREAM_RECORD_MOST ((size_t)16 << 20)

struct import_stream;

/* The first bytes, without taking them: up to 64 KiB. */
const char *stream_head(struct import_stream *stream, size_t *n);
int64_t stream_line(const struct import_stream *stream); /* of the record taken last, from 1 */

/* 1: a record in *csv (fields point into the buffer until the next call); 0: the end; -1: fault is filled. */
int stream_csv(struct import_stream *stream, struct csv *csv, struct import_fault *fault);

/* The text of a field, doubled quotes undone in the buffer; n = 0 where the record has no such column (0-based). */
struct import_text stream_text(struct csv *csv, int32_t column);

/* 1: *value is to be freed with cJSON_Delete; 0: the end; -1: fault is filled. */
int stream_json(struct import_stream *stream, struct cJSON **value, struct import_fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CSV as logs and spreadsheets write it, record by record over bytes in memory; nothing is copied and nothing is
 * allocated. Meaning (numbers, instants) is the caller's.
 *
 * Read: commas; records end with LF, CRLF or the end of the bytes; a field may stand in double quotes, and may then
 * hold commas, line ends and "" for one quote; a UTF-8 byte order mark is skipped. Spaces and tabs around an unquoted
 * field do not count. Refused: a quote that never closes, text after a closing quote, NUL bytes (a UTF-16 file has
 * them). Left out: other separators and quotes inside unquoted fields, which are taken as they are.
 * Source: RFC 4180. Cost: one look at each byte. */
#ifndef FLOE_READ_CSV_H
#define FLOE_READ_CSV_H

#include "sim/base.h"

#define CSV_FIELDS_MOST 512 /* fields beyond are scanned but not kept */

struct csv_field {
    const char *at; /* into the file's bytes, quotes and outer spaces taken off */
    size_t n;
    int32_t has_doubled_quotes; /* "" inside stands for " */
};

struct csv {
    const char *at, *end;
    int64_t next_line; /* 1-based line of the file that `at` lies in */

    int64_t line; /* of the record's first byte */
    int32_t n_fields;
    struct csv_field fields[CSV_FIELDS_MOST];
};

enum csv_got { CSV_RECORD, CSV_END, CSV_QUOTE_NEVER_CLOSES, CSV_TEXT_AFTER_QUOTE };

void csv_begin(struct csv *csv, const char *bytes, size_t n);

/* The next record into csv->line, n_fields, fields. At an error the field at fault is n_fields (0-based). */
enum csv_got csv_next(struct csv *csv) FLOE_MUST_CHECK;

/* No further record has a byte in it but line ends. */
int csv_only_blank_lines_left(const struct csv *csv);

/* The record is a line without a byte in it. */
int csv_is_blank(const struct csv *csv);

/* The 0-based column of this name in the record just read: the same bytes, or else the same but for ASCII case.
 * -1: no such column; -2: more than one. */
int32_t csv_find(const struct csv *csv, const char *name);

/* The field as text for a message: bytes that are not printable ASCII become '?', and a long one ends in "...".
 * `size` at least 8. */
void csv_show(struct csv_field field, char *out, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A trace from CSV (scenarios/read/csv.h): one request a row, its instant and its tokens, into the arena of
 * models/trace.h. The columns are found by the names in struct trace_ref, others are ignored.
 *
 * The instant is an instant as in scenarios/read/civil.h (UTC when no zone is written), or seconds since the start as a
 * decimal number (`12.345`, `9.5e-05`); the first row decides which. Texts reach int64 nanoseconds without a double in
 * between; digits beyond the ninth of a number of seconds are rounded half up. Tokens are whole numbers from 0 to
 * TRACE_TOK_MOST, also as `374.0`. Rows must be in order of time; equal instants are allowed and keep their order.
 *
 * Refused, with line and column (that of the CSV, also in words: "column 2, ContextTokens: ..."): an empty file, a header without rows, a missing or doubled column, too few fields, an
 * empty line between rows, a value that is no number, a negative one, NaN, Inf, rows out of order, a quote that never
 * closes, NUL bytes, an instant beyond the clock (292 years from the start). Nothing is left half-filled.
 *
 * hash: floe_hash over the number of rows, then of each row at_ns, input_tok, output_tok.
 * Cost: about 3 ns a byte, 0.1 us a row, on one core; 16 bytes of memory a row. Sizes are 64-bit throughout. */
#ifndef FLOE_READ_TRACE_CSV_H
#define FLOE_READ_TRACE_CSV_H

#include "models/trace.h"
#include "sim/base.h"

#define TRACE_TOK_MOST 1000000000u

struct trace_fault {
    int64_t row;    /* 1-based line of the file; 0: the file as a whole */
    int32_t column; /* 1-based column of the CSV; 0: unknown */
    char what[240];
    char hint[240];
};

/* `start_at_s`: the scenario's start, seconds since 1970; at_ns counts from it. Allocates the three arrays.
 * FLOE_BAD_INPUT: see `fault`; FLOE_ENVIRONMENT: out of memory. `out` is zeroed unless FLOE_OK. */
enum floe_status floe_trace_read(const char *bytes, size_t n, const struct trace_ref *ref, int64_t start_at_s,
                                 struct trace *out, struct trace_fault *fault) FLOE_MUST_CHECK;

void floe_trace_free(struct trace *trace);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/trace.h"

#include "models/param_rows.h"

static const struct param rows[] = {
    TEXT("file", trace_ref, file, PARAM_OPTIONAL, PARAM_NOT_HASHED,
         "CSV file with a header line, relative to the file that names it"),
    TEXT("time", trace_ref, time, "TIMESTAMP", PARAM_NOT_HASHED,
         "column of the instant: `2023-11-16 18:15:46.68` (UTC), ISO 8601, or seconds since time.start"),
    TEXT("input", trace_ref, input, "ContextTokens", PARAM_NOT_HASHED, "column of the input tokens"),
    TEXT("output", trace_ref, output, "GeneratedTokens", PARAM_NOT_HASHED, "column of the output tokens"),
};

const struct param_block trace_ref_block = {
    .name = "trace", ROWS(rows), .size = sizeof(struct trace_ref), .scalar_key = "file"};

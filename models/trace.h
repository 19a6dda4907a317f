/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A trace: requests that really happened, one row each, with its instant and its tokens. Used in two ways: replayed
 * (models/traffic.h: every row becomes a task at its own instant) and sampled (models/tokens.h: the tokens of a request
 * are those of a row drawn at random, so input and output keep their correlation).
 *
 * The scenario holds only the reference; the rows live in an arena beside it (struct trace) and are addressed by index.
 * The scenario's digest hashes the rows, not the file's name. */
#ifndef FLOE_MODELS_TRACE_H
#define FLOE_MODELS_TRACE_H

#include "models/param.h"

#define TRACE_MOST 32

struct trace_ref {
    char file[PATH_BYTES]; /* CSV with a header line; relative to the file that names it; "": no trace */
    char time[NAME_BYTES]; /* column names */
    char input[NAME_BYTES];
    char output[NAME_BYTES];
    int32_t index; /* into struct traces; -1 when there is none. Set by the reader. */
};

/* Rows in order of time. at_ns counts from the scenario's start and may be negative or beyond the horizon: such rows
 * are not replayed, and the run says how many. */
struct trace {
    int64_t n;
    int64_t *at_ns;
    uint32_t *input_tok;
    uint32_t *output_tok;
    uint64_t hash; /* of all rows */
};

struct traces {
    int32_t n;
    struct trace items[TRACE_MOST];
};

extern const struct param_block trace_ref_block;

#endif

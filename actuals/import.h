/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Actuals: exports of real usage read into the usage fact table (models/facts.h). One format is one file pair here and
 * one row in import_formats. Input is a stream read once in pieces, so an export of any size takes the memory of its
 * cells, not of its rows.
 *
 * Every format says whether its "input" includes cached tokens and makes disjoint kinds of it; what would come out
 * negative becomes 0 and is counted. Nothing is dropped silently: rows = kept + one count per reason (import_report).
 * Instants are UTC; usage is added to the clock hour in which it began, or to the span that the export gives when that is
 * longer. Cost is what the export says; where it says none, and prices are given, quantity x price (import_price).
 *
 *     struct import in;
 *     import_begin(&in, &options, &facts, &report);
 *     status = import_file(&in, &source, "spend.csv", &fault);   any number of files
 *     status = import_end(&in, &fault);                          formats that need all files at once work here
 *     import_free(&in); */
#ifndef FLOE_ACTUALS_IMPORT_H
#define FLOE_ACTUALS_IMPORT_H

#include "models/facts.h"
#include "models/price.h"
#include "models/units.h"
#include "scenarios/read/fault.h"

/* Bytes, in pieces. read: up to n bytes to `to`; 0 at the end; -1: an error, and `why` says which ("truncated gzip"). */
struct byte_source {
    void *ctx;
    int64_t (*read)(void *ctx, char *to, size_t n);
    const char *(*why)(void *ctx);
};

#define IMPORT_REASONS_MOST 40
#define IMPORT_WARNINGS_MOST 60
#define IMPORT_TEXT_BYTES 240

/* Why rows were not kept, or not kept as they were. */
struct import_reason {
    char what[IMPORT_TEXT_BYTES]; /* "status is not success", "duplicate request_id" */
    int64_t n;
    int64_t first_line; /* of the file first seen */
    char first_file[PATH_BYTES];
    int32_t is_kept; /* 1: the row was kept, changed (clamped); not part of the sum */
};

struct import_report {
    int64_t files, rows_read, rows_kept;
    int32_t n_reasons, n_warnings;
    struct import_reason reasons[IMPORT_REASONS_MOST];
    char warnings[IMPORT_WARNINGS_MOST][IMPORT_TEXT_BYTES];
    int64_t warnings_left_out;
    char currency[16]; /* the one of all rows */
    char formats[200]; /* "litellm-spend, cloudwatch" */
};

/* At most this long is a span without a warning: the iceberg of a day hides in sums by the day. */
#define IMPORT_SPAN_S_MOST S_PER_HOUR

struct import_column { /* plain CSV: FIELD=COLUMN, e.g. model=model_id */
    char field[PATH_BYTES], column[NAME_BYTES];
};

enum import_invocations {
    IMPORT_INVOCATIONS_ACCEPTED,
    IMPORT_INVOCATIONS_SUCCESSFUL
}; /* both wordings of CloudWatch */

struct import_rules; /* actuals/rules.h: which rows are whose */

struct import_options {
    const char *format; /* NULL: from the bytes */
    const struct import_rules *rules;
    const struct prices *prices; /* to price quantities that have no cost; or NULL */
    const struct model_prices *(*find_prices)(void *ctx, const char *model); /* or out of a book of thousands; NULL */
    void *find_prices_ctx;
    int32_t n_models; /* --model: which model a file is of that does not say it; MODEL, or FILE=MODEL */
    const struct import_column *models; /* field: the file, "" for all; column: the model */
    int32_t n_columns;
    const struct import_column *columns;
    int32_t input_includes_cached; /* plain CSV: 1, 0, -1: not said */
    enum import_invocations invocations;
    int64_t from_at_s, to_at_s;                              /* only what begins in [from, to); 0, 0: all */
    int (*progress)(void *ctx, int64_t bytes, int64_t rows); /* or NULL; 0: stop (FLOE_CANCELLED) */
    void *progress_ctx;
};

struct import_fault {
    char file[PATH_BYTES];
    int64_t line;   /* 0: the file as a whole */
    int32_t column; /* 0: unknown */
    char what[320], hint[320];
};

struct import {
    const struct import_options *options;
    struct facts *facts;
    struct import_report *report;
    char file[PATH_BYTES];        /* under way */
    void *state[16];              /* of each format: see import_state */
    int32_t format;               /* under way: an index of import_formats */
    struct import_inside *inside; /* ids seen, prices found, hits of rules */
};

struct import_stream; /* actuals/stream.h */

struct import_format {
    const char *name;                         /* "litellm-spend" */
    const char *help;                         /* one line for --help and docs */
    int input_includes_cached;                /* the declaration */
    int (*knows)(const char *head, size_t n); /* 1: the first bytes (up to 64 KiB) are of this format */
    enum floe_status (*read)(struct import *in, struct import_stream *stream, struct import_fault *fault);
    enum floe_status (*end)(struct import *in, struct import_fault *fault); /* or NULL: nothing left to do */
    void (*drop)(void *state); /* frees what import_state holds, whether `end` was called or not; NULL: free() */
};
extern const struct import_format *const import_formats[]; /* the particular ones first */
extern const int n_import_formats;

void import_begin(struct import *in, const struct import_options *options, struct facts *facts,
                  struct import_report *report);
enum floe_status import_file(struct import *in, const struct byte_source *source, const char *file,
                             struct import_fault *fault) FLOE_MUST_CHECK;
enum floe_status import_end(struct import *in, struct import_fault *fault) FLOE_MUST_CHECK;
void import_free(struct import *in);

/* ---- for the formats ---- */

/* What a format keeps between files: NULL before it put something there. */
void **import_state(struct import *in);

struct import_text {
    const char *at;
    size_t n;
};

/* One request, or a sum of them, as an export has it. Texts need not end in 0 and need not outlive the call. */
struct import_row {
    int64_t line;
    int64_t rows_read;          /* how many rows of the export it stands for; 0: one */
    int64_t from_at_s, to_at_s; /* as exported; import_add takes care of clock hours. One request: to = from */
    struct import_text variant, workload, consumer, key, route, model, service_tier;
    struct import_text id;   /* of the request, to find duplicates; or n = 0 */
    int32_t is_cell;         /* 1: a cell of a usage table: its span stays as it is */
    int32_t may_be_negative; /* 1: a refund or a correction */
    int32_t n_tags;
    struct import_tag {
        struct import_text name, value;
    } tags[16];                        /* for the rules */
    double quantity[FACT_KINDS];       /* 0: nothing */
    double cost_usd;                   /* of the row as a whole; FACT_UNKNOWN: not said */
    double cost_of[FACT_KINDS];        /* by kind, where the export says it; FACT_UNKNOWN */
    double unit_price_usd[FACT_KINDS]; /* FACT_UNKNOWN */
};
void import_row_clear(struct import_row *row);

/* Names whose it is (rules), prices what has no cost, splits into facts and adds them. Counts rows_kept. A duplicate id
 * is not added but counted. */
enum floe_status import_add(struct import *in, const struct import_row *row,
                            struct import_fault *fault) FLOE_MUST_CHECK;

void import_dropped(struct import *in, int64_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void import_changed(struct import *in, int64_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void import_warn(struct import *in, const char *format, ...) __attribute__((format(printf, 2, 3))); /* once each */

/* Input that includes cached tokens, to the disjoint kinds of the row; what would be negative is 0 and counted. */
void import_split_input(struct import *in, struct import_row *row, double input, double cache_read,
                        double cache_write_5m, double cache_write_1h);

/* The texts of fields. Instants: ISO 8601, also with a space, +00, +0000 or " UTC"; seconds, ms, us or ns since 1970 by
 * their size. Without a zone they are UTC, with a warning. Numbers: decimal, finite. 0: it is none. */
int import_instant(struct import *in, struct import_text text, int64_t *at_s);
int import_number(struct import_text text, double *value);

/* All amounts of an import are of one currency: FLOE_BAD_INPUT at a second one. */
enum floe_status import_currency(struct import *in, int64_t line, struct import_text currency,
                                 struct import_fault *fault) FLOE_MUST_CHECK;

/* The model that --model names for the file under way; NULL: none. */
const char *import_model_of_file(const struct import *in);

/* Fills fault for the file under way; returns FLOE_BAD_INPUT. */
enum floe_status import_wrong(const struct import *in, struct import_fault *fault, int64_t line, const char *hint,
                              const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports out of texts, for tests of the importers: a file is handed over in pieces of any size. */
#ifndef FLOE_TESTS_IMPORT_MAKER_H
#define FLOE_TESTS_IMPORT_MAKER_H

#include "actuals/import.h"
#include "actuals/rules.h"

struct text_file {
    const char *name, *text;
};

struct imported {
    enum floe_status status;
    struct import_fault fault;
    struct import_report report;
    struct facts facts;
};

/* piece: bytes handed over at a time; 0: all at once. Free with imported_free. */
struct imported import_texts(const struct text_file *files, int n, const struct import_options *options, size_t piece);
struct imported import_text_file(const char *text, const struct import_options *options);
void imported_free(struct imported *imported);

struct import_options import_no_options(void);

/* Sums over the facts of one kind; consumer and model: NULL for all. Unknown costs count 0. */
double sum_of(const struct imported *imported, enum fact_kind kind, const char *consumer, const char *model);
double cost_of(const struct imported *imported, const char *consumer, const char *model);

int has_warning(const struct imported *imported, const char *part);
int64_t reason_count(const struct imported *imported, const char *part); /* -1: no such reason */
int rows_add_up(const struct imported *imported);                        /* read = kept + all that were dropped */

enum floe_status rules_of_text(const char *text, struct import_rules *rules, char *said, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The columns of a CSV by their names, and the fields of a record as values, with faults that name file, line and
 * column.
 *
 *     columns_find(in, &csv, names, n, at, &fault)      after the header was read; at[i] = -1: there is none
 *     columns_number(in, &csv, "cost_usd", at[COST], &value, &fault)       1: a number; 0: empty; -1: fault is filled */
#ifndef FLOE_ACTUALS_COLUMNS_H
#define FLOE_ACTUALS_COLUMNS_H

#include "actuals/stream.h"

struct columns_name {
    const char *name;
    int is_needed;
};

/* FLOE_BAD_INPUT: one that is needed is not there, or one is there twice. */
enum floe_status columns_find(const struct import *in, const struct csv *header, const struct columns_name *names,
                              int n, int32_t *at, struct import_fault *fault) FLOE_MUST_CHECK;

/* 1: the first record of these bytes has all of the columns, NULL-terminated. */
int columns_are_in(const char *head, size_t n, const char *const *names);

/* The field as text; n = 0: empty or no such column. */
struct import_text columns_text(struct csv *csv, int32_t at);
int columns_is(struct import_text text, const char *wanted); /* the same but for ASCII case */

/* 1: there is one; 0: the field is empty; -1: it is none, fault is filled. */
int columns_number(const struct import *in, struct csv *csv, const char *name, int32_t at, double *value,
                   struct import_fault *fault);
int columns_instant(struct import *in, struct csv *csv, const char *name, int32_t at, int64_t *at_s,
                    struct import_fault *fault);

/* A record with more or fewer fields than the header was cut or has an unquoted comma: FLOE_BAD_INPUT. */
enum floe_status columns_check_width(const struct import *in, const struct csv *csv, int32_t n_fields,
                                     struct import_fault *fault) FLOE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parameters of a queueing case, out of a text as people write it:
 *
 *     lambda=(0.2,0.6),mu=1        mean service 1, service cv=4.0, rho=0.4        lambda=2,mu=1/3 (a=6)
 *
 * Entries are apart by commas or semicolons outside brackets. An entry is a key (words), = or a space, and a number, a
 * quotient of two, or a list of them in brackets. What stands in brackets behind a number is a remark: its entries
 * count if their keys are not there otherwise. lambda_2=, lambda2= give number 2 of a list; _high and _low are 1 and 2.
 * An entry without a number is a key alone.
 *
 * Each entry that is asked for is marked; what nobody asked for is the reader's error (case_values_unused). */
#ifndef FLOE_CLI_BENCH_CASE_VALUES_H
#define FLOE_CLI_BENCH_CASE_VALUES_H

#include "cli/bench/known_cases.h"

enum { CASE_VALUES_MAX = 32, CASE_NUMBERS_MAX = 8, CASE_KEY = 80 };

struct case_value {
    char key[CASE_KEY]; /* in small letters */
    double number[CASE_NUMBERS_MAX];
    int n; /* 0: a key alone */
    int is_used, is_remark;
};

struct case_values {
    struct case_value item[CASE_VALUES_MAX];
    int n;
};

/* FLOE_BAD_INPUT: fault->what says what is wrong with the text. */
enum floe_status case_values_read(const char *text, struct case_values *values,
                                  struct known_fault *fault) FLOE_MUST_CHECK;

/* The first entry whose key is one of the names ("lambda|arrival rate"); NULL if there is none. Marks it. */
const struct case_value *case_values_find(struct case_values *values, const char *names);

/* Number i of the entry, its only number for every i; `otherwise` if there is none. */
double case_value_at(const struct case_value *value, int i, double otherwise);
double case_values_number(struct case_values *values, const char *names, double otherwise);
const char *case_values_unused(const struct case_values *values); /* NULL: all were asked for */

/* Numbers of a text, apart from each other by anything else; of its part k (from 0), parts being divided by ';'. */
int case_numbers(const char *text, int part, double *numbers, int n_max);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Queueing cases with known answers, as a CSV file: one case a row, with the columns
 *
 *     id,kind,model,parameters,metric,expected,source
 *
 * in any order, found by their names; `source` may be missing and further columns are ignored. Lines that begin with #
 * are comments, "" inside quotes is one quote. tests/known/queueing_cases.csv is part of the program, and the tests of
 * the stations read it through this file too.
 *
 * Several rows may have one id. Rows of such a family are also known by their place in it: A1.1, A1.2, ...
 *
 * How a row is understood: cli/bench/case_station.h (kind analytic), cli/bench/case_schedule.h (deterministic). */
#ifndef FLOE_CLI_BENCH_KNOWN_CASES_H
#define FLOE_CLI_BENCH_KNOWN_CASES_H

#include <stddef.h>

#include "sim/base.h"

enum { KNOWN_TEXT = 400, KNOWN_WHAT = 400 };

struct known_case {
    int line; /* of the file, from 1 */
    int part; /* its place among the rows of this id, from 1; 0: the id is its own */
    char id[KNOWN_TEXT], kind[KNOWN_TEXT], model[KNOWN_TEXT], parameters[KNOWN_TEXT], metric[KNOWN_TEXT];
    char expected[KNOWN_TEXT], source[KNOWN_TEXT];
};

struct known_cases {
    struct known_case *row;
    int n;
};

/* What is wrong with a file or a row, and what helps. */
struct known_fault {
    int line; /* 0: the file as a whole */
    char what[KNOWN_WHAT], hint[KNOWN_WHAT];
};

/* bytes need not end in a NUL. FLOE_BAD_INPUT: see fault. FLOE_ENVIRONMENT: out of memory. Free with known_cases_free. */
enum floe_status known_cases_read(const char *bytes, size_t n, struct known_cases *cases,
                                  struct known_fault *fault) FLOE_MUST_CHECK;
void known_cases_free(struct known_cases *cases);

/* Those that are part of the program. */
enum floe_status known_cases_embedded(struct known_cases *cases, struct known_fault *fault) FLOE_MUST_CHECK;

/* Does the row answer to this name: its id, or A1.2 for the second row of A1? Upper and lower case are the same. */
int known_case_is(const struct known_case *row, const char *name);
void known_case_name(const struct known_case *row, char *name, size_t n); /* A1.2, or D1 where there is only one */

/* "file:line: what" and "hint: ..." on stderr. */
void known_fault_print(const struct known_fault *fault, const char *file);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What several writers ask of the result tables. Nothing is computed here that a table already holds. */
#ifndef FLOE_PLOTS_WRITE_TABLES_H
#define FLOE_PLOTS_WRITE_TABLES_H

#include "models/result.h"
#include "plots/write/text.h"

/* "calendar", "720h" or "730h". */
const char *table_month(const struct result *result);

/* The model of the route's step for this workload; "" where the scenario has none. */
const char *table_step_model(const struct result *result, int32_t workload, int32_t route, int32_t step);

/* The models that the cell bought of, in the order of the usage table: "a, b"; where it bought nothing the model of the
 * route's first step. */
void table_models(const struct result *result, const struct result_cell *cell, char *to, size_t size);

/* A name for the middle of a sentence: cut to `columns`, and not filled. */
void table_cut(struct floe_text *out, const char *name, int columns);

/* "first / second"; NULL: without that half. Longer than `columns`, both are cut with '~' to a fair share. */
void table_two_names(const char *first, const char *second, int columns, struct floe_text *out);

/* "workload / route", without the half that all cells share; the names stay different as long as they can. */
void table_pair_name(const struct result *result, int32_t workload, int32_t route, int columns, struct floe_text *out);

/* "variant: workload / route"; with one variant only the pair. */
void table_cell_name(const struct result *result, int32_t variant, int32_t workload, int32_t route, int columns,
                     struct floe_text *out);

const char *table_variant(const struct result *result, int32_t variant);

/* The cell, or NULL where the route was not run. By bisection: cells are sorted. */
const struct result_cell *table_cell(const struct result *result, int32_t variant, int32_t workload, int32_t route,
                                     int32_t span);

int table_is_of(const struct usage_row *row, const struct result_cell *cell); /* 1: the row is one of the cell's */

/* The clock hours of a variant: calls and cost by [hour][workload][route], means over replications. */
struct table_hours {
    const struct result *result;
    int32_t variant, n;
    double *cost_usd;
};
FLOE_MUST_CHECK enum floe_status table_hours_init(struct table_hours *hours, const struct result *result,
                                                  int32_t variant);
void table_hours_free(struct table_hours *hours);
const struct result_span *table_hours_span(const struct table_hours *hours, int32_t hour);
double table_hours_calls(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route);
double table_hours_cost_usd(const struct table_hours *hours, int32_t hour, int32_t workload, int32_t route);

/* The bill of a cell in parts: one per token class, then all that no token class explains. The parts add up to
 * cost_usd.total. A part counts as used where some cell of the whole span has dollars in it; one part always is. */
#define TABLE_BILL_OTHER TOKEN_CLASS_N
#define TABLE_BILL_N (TOKEN_CLASS_N + 1)
extern const char *const table_bill_names[TABLE_BILL_N]; /* for people: "input", "cache read" */
void table_bill(const struct result *result, const struct result_cell *cell, double usd[TABLE_BILL_N]);
void table_bill_used(const struct result *result, int is_used[TABLE_BILL_N]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A usage fact table (models/facts.h) as CSV, with the columns of usage.csv less `replications`: a header line, one row
 * per fact in the order of the table, times ISO 8601 UTC, every number reads back as the same double. A name, price or
 * cost that nobody stated is an empty field; so is the quantity of what has none (spend, charges, ledgers). */
#ifndef FLOE_PLOTS_WRITE_FACTS_CSV_H
#define FLOE_PLOTS_WRITE_FACTS_CSV_H

#include "models/facts.h"
#include "plots/write/text.h"

/* FLOE_ENVIRONMENT: out of memory. */
enum floe_status floe_write_facts_csv(const struct facts *facts, struct floe_text *out) FLOE_MUST_CHECK;

/* The same in pieces, for tables too long to be held as text: the header, then rows [first, end). */
void floe_write_facts_csv_header(struct floe_text *out);
void floe_write_facts_csv_rows(const struct facts *facts, int64_t first, int64_t end, struct floe_text *out);

#endif

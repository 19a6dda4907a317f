/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One CSV line, field by field:  csv_text(out, "a"); csv_number(out, 1.5); csv_end(out);
 * Each field is followed by a comma, and csv_end turns the last one into the line's end. */
#ifndef FLOE_PLOTS_WRITE_CSV_FIELDS_H
#define FLOE_PLOTS_WRITE_CSV_FIELDS_H

#include "models/result.h"
#include "plots/write/text.h"

void csv_text(struct floe_text *out, const char *s); /* quoted where a comma, quote or line break asks for it */
void csv_number(struct floe_text *out, double x);    /* not finite: empty */
void csv_count(struct floe_text *out, uint64_t n);
void csv_hex(struct floe_text *out, uint64_t bits); /* 16 digits */
void csv_instant(struct floe_text *out, int64_t at_s);
void csv_empty(struct floe_text *out);
void csv_mean(struct floe_text *out, const struct outcome *o);    /* empty when n = 0 */
void csv_half_95(struct floe_text *out, const struct outcome *o); /* empty when n < 2 */
void csv_end(struct floe_text *out);

/* The names of the columns, comma-separated and free of anything to quote, as a line. */
void csv_header(struct floe_text *out, const char *columns);

#endif

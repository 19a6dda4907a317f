/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an import read, kept and left out, and the totals by consumer and model: as text for people, as JSON. */
#ifndef FLOE_CLI_IMPORT_REPORT_H
#define FLOE_CLI_IMPORT_REPORT_H

#include "actuals/import.h"
#include "plots/write/text.h"

/* A group of facts: whose, of which model. */
struct import_total {
    int32_t consumer, model; /* indices of facts' texts */
    double of[FACT_KINDS];   /* quantities */
    double cost_usd;
    int has_unknown_cost; /* tokens in it that have no cost */
};

struct import_totals {
    struct import_total *items; /* by falling cost */
    int64_t n;
    struct import_total all;
};

enum floe_status import_totals_of(const struct facts *facts, struct import_totals *totals) FLOE_MUST_CHECK;
void import_totals_free(struct import_totals *totals);

void import_report_text(const struct import_report *report, struct floe_text *out); /* rows, reasons, warnings */
void import_totals_text(const struct facts *facts, const struct import_totals *totals, struct floe_text *out);
void import_report_json(const struct import_report *report, const struct facts *facts,
                        const struct import_totals *totals, struct floe_text *out);

#endif

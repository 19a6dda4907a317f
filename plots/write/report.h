/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The result as a page for people: one screen, at most 80 columns. In this order: what was simulated; the cells of the
 * whole span; cost by named window; the bill by token class; warnings, each with the YAML key that helps; the command
 * that repeats the run.
 *
 * Under a value stands its 95 % half-width (+-), where there are several replications and it is not 0. Routes are
 * listed cheapest first within their workload. What does not fit is counted, not dropped in silence. */
#ifndef FLOE_PLOTS_WRITE_REPORT_H
#define FLOE_PLOTS_WRITE_REPORT_H

#include "models/result.h"
#include "plots/write/text.h"

struct floe_report_options {
    int is_coloured;       /* bold headings; the caller knows whether this is a terminal */
    const char *repeat_by; /* the command, with its seed; NULL or "": no last line */
};

/* Appends to `out`. FLOE_ENVIRONMENT: out of memory. */
FLOE_MUST_CHECK enum floe_status floe_write_report(const struct result *result,
                                                   const struct floe_report_options *options, struct floe_text *out);

#endif

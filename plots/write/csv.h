/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The result as CSV files (RFC 4180, but LF line ends): a header line, '.' decimals, every number reads back as the
 * same double, an outcome that is not defined is an empty field, times are ISO 8601 UTC. docs/results.md lists the
 * columns. To add a file: a function and a row of floe_csv_files.
 *
 *     for (int i = 0; i < FLOE_CSV_FILES; i++) floe_csv_files[i].write(result, &text), then save it by its name
 *
 * The plot_*.csv are for the figures (plots/): wide, one column per series with its name in the header line, only the
 * series that are there. Their texts hold no quotes and no line breaks, since gnuplot reads them. */
#ifndef FLOE_PLOTS_WRITE_CSV_H
#define FLOE_PLOTS_WRITE_CSV_H

#include "models/result.h"
#include "plots/write/text.h"

enum floe_csv {
    FLOE_CSV_CELLS,           /* one row per cell: means and half-widths */
    FLOE_CSV_USAGE,           /* the usage table by clock hour */
    FLOE_CSV_USAGE_BY_WINDOW, /* the same by window, with half-widths */
    FLOE_CSV_STEPS,           /* the steps of each cell's chain */
    FLOE_CSV_HOURS,           /* calls and cost by clock hour */
    FLOE_CSV_ATTRIBUTION,     /* calls and cost by consumer, key and tag */
    FLOE_CSV_BLAST_RADIUS,    /* whose cost the changed settings moved */
    FLOE_CSV_FINGERPRINTS,    /* one row per variant, route and replication */
    FLOE_CSV_PLOT_CALLS,      /* for the figures */
    FLOE_CSV_PLOT_COST,
    FLOE_CSV_PLOT_BILL,
    FLOE_CSV_PLOT_TITLE,
    FLOE_CSV_FILES
};

struct floe_csv_file {
    const char *name; /* "cells.csv" */
    /* Appends the file. FLOE_ENVIRONMENT: out of memory. */
    enum floe_status (*write)(const struct result *result, struct floe_text *out);
};
extern const struct floe_csv_file floe_csv_files[FLOE_CSV_FILES];

#endif

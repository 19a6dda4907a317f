/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the figures, as gnuplot likes them: wide, one column per series, its name in the header line.
 *   plot_calls.csv   start,end,variant,<series>...   calls started in each clock hour; a series is a consumer, or a
 *                    consumer on a route where its routes do not see the same calls
 *   plot_cost.csv    start,end,variant,<series>...   dollars in each clock hour; a series is a consumer on a route
 *   plot_bill.csv    name,total_usd,<part>...   a row per variant and workload on a route, a column per part of its bill
 *   plot_title.csv   text   the scenario's title; how it was computed; whose series they are: "workload" where no
 *                    consumer has a name of its own, else "consumer"
 * Hours are those of one variant after the other, PLOT_VARIANTS_MOST of them at most. Of more than PLOT_SERIES_MOST
 * series the largest are kept and the others added up to one, so the sum is always that of all.
 * Names are cut to PLOT_NAME_COLUMNS and hold no quotes and no line breaks. */
#ifndef FLOE_PLOTS_WRITE_PLOT_H
#define FLOE_PLOTS_WRITE_PLOT_H

#include "models/result.h"
#include "plots/write/text.h"

#define PLOT_NAME_COLUMNS 36
#define PLOT_TITLE_COLUMNS 110
#define PLOT_VARIANTS_MOST 4
#define PLOT_SERIES_MOST 14

FLOE_MUST_CHECK enum floe_status floe_plot_calls(const struct result *result, struct floe_text *out);
FLOE_MUST_CHECK enum floe_status floe_plot_cost(const struct result *result, struct floe_text *out);
FLOE_MUST_CHECK enum floe_status floe_plot_bill(const struct result *result, struct floe_text *out);
FLOE_MUST_CHECK enum floe_status floe_plot_title(const struct result *result, struct floe_text *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an invoice teaches, as a scenario fragment: prices per model and class, tokens per call of each workload, each
 * with `evidence: invoice`, its source and date. The fragment `extends:` the scenario it corrects, so it runs as it is.
 *
 * Tokens of a workload are scaled by the ratio invoice / model of the models that it used, weighted by its own tokens:
 * an invoice does not say whose tokens they were, nor whether calls or tokens per call moved. The fragment says so. Left
 * out, as comments: prices of models with several dates or bands, tokens drawn from a trace or a list of values. */
#ifndef FLOE_PLOTS_WRITE_LEARN_H
#define FLOE_PLOTS_WRITE_LEARN_H

#include "models/reconcile.h"
#include "models/scenario.h"
#include "plots/write/text.h"

struct learn_about {
    const char *scenario_file; /* what the fragment extends, as it is to be read from the fragment's folder */
    const char *invoice;       /* the source that is named */
    int64_t to_at_s;           /* the day before it is the date of the evidence */
};

/* model: the simulated facts of the month; scenario: as it reads at the end of the month. */
FLOE_MUST_CHECK enum floe_status floe_write_learned(const struct reconciliation *r, const struct facts *model,
                                                    const struct scenario *scenario, const struct learn_about *about,
                                                    struct floe_text *out);

#endif

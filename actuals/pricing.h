/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * List prices for usage whose cost nobody stated. A model of an export is looked up under its own name first, then
 * under what is left when these are taken off, one by one and together: `provider/` in front, a region us. eu. apac.
 * global. jp. and others in front, `-vN:M`, `-vN` and `:M` behind; and then the same with the provider's own prefix
 * (`anthropic.`) taken off, at last as models/model_name.h has it. So the regional profile's +10 % counts where the price book has a row of that name, and a
 * row found without its region says so in a warning.
 *
 * The row is the one in force when the usage began; a price band counts for a single request only (its input decides),
 * since the mean of a sum says nothing about its requests. */
#ifndef FLOE_ACTUALS_PRICING_H
#define FLOE_ACTUALS_PRICING_H

#include "actuals/import.h"

struct priced_model {
    char name[FACT_NAME_MOST + 1];
    const struct model_prices *prices; /* NULL: none */
    int32_t warned;                    /* bits of what was said already */
};

struct pricing {
    struct priced_model **items;
    int64_t n, capacity;
    struct priced_model *last;
    double said_usd, listed_usd; /* of rows that have both: what the export says, and at list price */
};

#define PRICING_MODELS_MOST 4096 /* names of models kept; beyond, a model is looked up again for each row */

/* Fills unit_price_usd and cost_of of the row's token kinds where the export says no cost. If it says one cost for the row,
 * that cost is split over the kinds in proportion to list price x quantity; their sum stays. 0: no memory. */
int pricing_of_row(struct import *in, struct pricing *pricing, struct import_row *row);

/* Names to look up, in order, in `out`; how many. */
#define PRICING_NAMES_MOST 12
int pricing_names(struct import_text model, char out[PRICING_NAMES_MOST][NAME_BYTES]);

void pricing_free(struct pricing *pricing);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A usage fact table as FOCUS 1.2 (the FinOps Foundation's FinOps Open Cost and Usage Specification), as CSV: a row per
 * fact that costs something, and per fact whose quantity has a price (tokens, requests, GPU hours). Counts of what
 * happened (calls, throttles) are no charges and are left out.
 *
 *   columns          the 21 mandatory ones, those that help with tokens, and x_ columns of our own: what the standard
 *                    has no place for (consumer, route, token class, ledger, run, seed)
 *   times            UTC, 2026-03-17T00:00:00Z; the end is exclusive; the billing period is the calendar month in which
 *                    the charge begins
 *   null             an empty field, never a placeholder. InvoiceId is always null: no invoice has these rows
 *   money            plain decimals, at least nine of them, and as many as it takes to read back as the same double: a
 *                    token costs less than a millionth of a dollar
 *   the four costs   are equal, since a fact knows of no discount
 *   ChargeCategory   Usage; Credit, Tax, and Adjustment for rounding and reconciliation
 *   an unknown cost  is 0 in the four costs, which the standard does not allow to be null, and x_CostUnknown is true
 *
 * What facts do not say, who provides a model, comes from one table of name parts (focus_providers) or the options.
 * Rows of several routes or variants are what-ifs beside each other: filter by x_Route and x_Variant before adding up.
 * Left out: discounts, commitments, capacity reservations, regions. */
#ifndef FLOE_PLOTS_WRITE_FOCUS_H
#define FLOE_PLOTS_WRITE_FOCUS_H

#include "models/facts.h"
#include "plots/write/text.h"

struct floe_focus_options {
    int is_simulated;                           /* x_Simulated */
    const char *run_id;                         /* NULL or "": null, like all texts here */
    const char *scenario;                       /* its file or title */
    const char *seed;                           /* as text */
    const char *billing_account;                /* NULL: "simulated" or "unknown" */
    const char *currency;                       /* NULL: USD */
    const char *provider, *publisher, *service; /* NULL: by the name of the model */
};

/* Which provider, by a part of a model's name (any case); the first row that fits counts, the last fits all. */
struct focus_provider {
    const char *part, *provider, *service, *publisher;
};
extern const struct focus_provider focus_providers[];
const struct focus_provider *focus_provider_of(const char *model);

/* Does the fact have a row? */
int focus_is_charge(const struct fact *fact);

/* FLOE_ENVIRONMENT: out of memory. */
enum floe_status floe_write_focus(const struct facts *facts, const struct floe_focus_options *options,
                                  struct floe_text *out) FLOE_MUST_CHECK;

/* The same in pieces: the header, then the facts [first, end). */
void floe_write_focus_header(struct floe_text *out);
void floe_write_focus_rows(const struct facts *facts, const struct floe_focus_options *options, int64_t first,
                           int64_t end, struct floe_text *out);

#endif

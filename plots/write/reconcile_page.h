/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a model ties to an invoice (models/reconcile.h), for people and as JSON ("floe.reconcile/1", docs/reconcile.md).
 * The page answers first, then shows the bridge from model to invoice, then the SKUs that make it. */
#ifndef FLOE_PLOTS_WRITE_RECONCILE_PAGE_H
#define FLOE_PLOTS_WRITE_RECONCILE_PAGE_H

#include "models/reconcile.h"
#include "plots/write/text.h"

struct reconcile_about {
    const char *scenario, *invoice; /* files */
    const char *variant, *route;
    int64_t from_at_s, to_at_s;
    double scale;          /* the model's quantities were multiplied by this to fill the month; 1: they were not */
    const char *repeat_by; /* the command; or NULL */
    const char *learned;   /* the file that the fragment was written to; or NULL */
    int is_coloured;
};

FLOE_MUST_CHECK enum floe_status floe_write_reconcile(const struct reconciliation *r,
                                                      const struct reconcile_about *about, struct floe_text *out);
FLOE_MUST_CHECK enum floe_status floe_write_reconcile_json(const struct reconciliation *r,
                                                           const struct reconcile_about *about, struct floe_text *out);

/* The share that is flagged: of the residual and the unknown SKUs in the invoice. */
double reconcile_unexplained_share(const struct reconciliation *r);

#endif

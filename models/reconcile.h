/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does the model tie to the invoice? Both sides as fact tables (models/facts.h) of one period; a line per SKU, which is
 * a model (by the base of its name, models/model_name.h) and what is counted of it.
 *
 * Formula. With quantities Q and effective prices P = cost / quantity of the model (m) and the invoice (i):
 *   Qi Pi - Qm Pm = (Qi - Qm) Pm   quantity: more or fewer tokens than the model says, at the model's price
 *                 + (Pi - Pm) Qi   price: what the invoice's tokens cost more
 * A SKU on one side alone is all quantity. Exact: invoice = model + quantity + price + unknown SKUs + charges + residual.
 *   unknown SKUs   of models that the scenario does not have
 *   charges        credits, taxes, rounding
 *   residual       what none of them explains: cost of a known model without a quantity, against the model's cost
 * Left out: which of demand and tokens per call moved (an invoice has no calls); prices by time within the month.
 * Source of the two-way split: the standard variance analysis of cost accounting (volume at budgeted price, price at
 * actual volume). The residual is flagged above RECONCILE_SHARE_MOST of the invoice: docs/reconcile.md. */
#ifndef FLOE_MODELS_RECONCILE_H
#define FLOE_MODELS_RECONCILE_H

#include "models/facts.h"
#include "models/model_name.h"

#define RECONCILE_SHARE_MOST 0.05
#define RECONCILE_SAME 1e-6 /* relative; closer quantities or prices are the same (an invoice has few digits) */

struct reconcile_line {
    char model[NAME_BYTES]; /* as the scenario names it, or the invoice where the scenario does not */
    int32_t kind;           /* enum fact_kind; FACT_SPEND: the whole of a model, not split */
    int32_t is_modelled, is_invoiced;
    int32_t is_unknown; /* a model that the scenario does not have */
    double model_quantity, invoice_quantity;
    double model_usd, invoice_usd;
    double quantity_usd, price_usd, residual_usd; /* invoice - model = their sum; unknown: 0 */
};

struct reconciliation {
    struct reconcile_line *lines; /* known SKUs by difference, largest first; then unknown ones by cost */
    int32_t n, capacity;
    double model_usd, invoice_usd;
    double quantity_usd, price_usd, unknown_usd, credit_usd, tax_usd, rounding_usd, residual_usd;
};

/* Dollars per unit; 0 where nothing was used. */
FLOE_FN double reconcile_price(double usd, double quantity)
{
    return quantity > 0 ? usd / quantity : 0;
}

FLOE_FN int reconcile_is_same(double a, double b)
{
    const double larger = a < 0 ? -a : a, other = b < 0 ? -b : b, difference = a < b ? b - a : a - b;
    return difference <= RECONCILE_SAME * (larger > other ? larger : other);
}

enum floe_status reconcile(const struct facts *model, const struct facts *invoice,
                           struct reconciliation *out) FLOE_MUST_CHECK;
void reconcile_free(struct reconciliation *r);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_usage(int32_t kind)
{
    const enum fact_family family = fact_kinds[kind].family;
    return family == FACT_FAMILY_TOKENS || family == FACT_FAMILY_BILLED || family == FACT_FAMILY_SPEND;
}

static struct reconcile_line *line_of(struct reconciliation *r, const char *model, int32_t kind)
{
    for (int32_t i = 0; i < r->n; i++)
        if (r->lines[i].kind == kind && model_name_is_alike(r->lines[i].model, model)) return &r->lines[i];
    if (r->n == r->capacity) {
        const int32_t capacity = r->capacity * 2 + 32;
        void *grown = realloc(r->lines, sizeof *r->lines * (size_t)capacity);
        if (grown == NULL) return NULL;
        r->lines = (struct reconcile_line *)grown;
        r->capacity = capacity;
    }
    struct reconcile_line *line = &r->lines[r->n++];
    memset(line, 0, sizeof *line);
    snprintf(line->model, sizeof line->model, "%s", model);
    line->kind = kind;
    return line;
}

static enum floe_status add_side(struct reconciliation *r, const struct facts *facts, int is_invoice)
{
    for (int64_t i = 0; i < facts->n; i++) {
        const struct fact *fact = &facts->items[i];
        const double usd = fact_has(fact->cost_usd) ? fact->cost_usd : 0;
        if (!is_usage(fact->kind) || (fact->kind == FACT_REQUEST && usd == 0)) continue; /* requests are no SKU */
        struct reconcile_line *line = line_of(r, facts_text_of(facts, fact->model), fact->kind);
        if (line == NULL) return FLOE_ENVIRONMENT;
        *(is_invoice ? &line->is_invoiced : &line->is_modelled) = 1;
        *(is_invoice ? &line->invoice_quantity : &line->model_quantity) += fact->quantity;
        *(is_invoice ? &line->invoice_usd : &line->model_usd) += usd;
    }
    return FLOE_OK;
}

static void add_charges(struct reconciliation *r, const struct facts *invoice)
{
    for (int64_t i = 0; i < invoice->n; i++) {
        const struct fact *fact = &invoice->items[i];
        if (!fact_has(fact->cost_usd)) continue;
        if (fact->kind == FACT_CREDIT) r->credit_usd += fact->cost_usd;
        if (fact->kind == FACT_TAX) r->tax_usd += fact->cost_usd;
        if (fact->kind == FACT_ROUNDING) r->rounding_usd += fact->cost_usd;
    }
}

/* 1: the scenario used this model. */
static int is_known(const struct reconciliation *r, const char *model)
{
    for (int32_t i = 0; i < r->n; i++)
        if (r->lines[i].is_modelled && model_name_is_alike(r->lines[i].model, model)) return 1;
    return 0;
}

/* 1: the invoice has the model as one cost, not by what was counted. */
static int is_lumped(const struct reconciliation *r, const char *model)
{
    for (int32_t i = 0; i < r->n; i++)
        if (r->lines[i].kind == FACT_SPEND && r->lines[i].is_invoiced && model_name_is_alike(r->lines[i].model, model))
            return 1;
    return 0;
}

static void split(struct reconcile_line *line)
{
    const double more_usd = line->invoice_usd - line->model_usd;
    if (!line->is_modelled || !line->is_invoiced || !(line->model_quantity > 0) || !(line->invoice_quantity > 0)) {
        line->quantity_usd = more_usd;
        return;
    }
    const double price = reconcile_price(line->model_usd, line->model_quantity);
    const double invoiced = reconcile_price(line->invoice_usd, line->invoice_quantity);
    if (reconcile_is_same(price, invoiced))
        line->quantity_usd = more_usd;
    else if (reconcile_is_same(line->model_quantity, line->invoice_quantity))
        line->price_usd = more_usd;
    else {
        line->quantity_usd = (line->invoice_quantity - line->model_quantity) * price;
        line->price_usd = more_usd - line->quantity_usd;
    }
}

static void judge(struct reconciliation *r, struct reconcile_line *line)
{
    r->model_usd += line->model_usd;
    r->invoice_usd += line->invoice_usd;
    line->is_unknown = !is_known(r, line->model);
    if (line->is_unknown)
        r->unknown_usd += line->invoice_usd;
    else if (is_lumped(r, line->model))
        line->residual_usd = line->invoice_usd - line->model_usd;
    else
        split(line);
    r->quantity_usd += line->quantity_usd;
    r->price_usd += line->price_usd;
    r->residual_usd += line->residual_usd;
}

static double size_of(const struct reconcile_line *line)
{
    const double more_usd = line->invoice_usd - line->model_usd;
    return more_usd < 0 ? -more_usd : more_usd;
}

static int comes_before(const struct reconcile_line *a, const struct reconcile_line *b)
{
    if (a->is_unknown != b->is_unknown) return b->is_unknown;
    return size_of(a) > size_of(b);
}

/* By insertion: a bill has tens of SKUs, and equal ones keep their order. */
static void sort(struct reconciliation *r)
{
    for (int32_t i = 1; i < r->n; i++)
        for (int32_t k = i; k > 0 && comes_before(&r->lines[k], &r->lines[k - 1]); k--) {
            const struct reconcile_line other = r->lines[k];
            r->lines[k] = r->lines[k - 1];
            r->lines[k - 1] = other;
        }
}

enum floe_status reconcile(const struct facts *model, const struct facts *invoice, struct reconciliation *out)
{
    memset(out, 0, sizeof *out);
    enum floe_status status = add_side(out, model, 0);
    if (status == FLOE_OK) status = add_side(out, invoice, 1);
    if (status != FLOE_OK) {
        reconcile_free(out);
        return status;
    }
    for (int32_t i = 0; i < out->n; i++)
        judge(out, &out->lines[i]);
    add_charges(out, invoice);
    out->invoice_usd += out->credit_usd + out->tax_usd + out->rounding_usd;
    sort(out);
    return FLOE_OK;
}

void reconcile_free(struct reconciliation *r)
{
    free(r->lines);
    memset(r, 0, sizeof *r);
}

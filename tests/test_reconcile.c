/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Model against invoice: what was changed on purpose is found, by its place and its size, and nothing else. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "models/reconcile.h"

static void add(struct facts *facts, const char *model, enum fact_kind kind, double quantity, double usd)
{
    struct fact fact = fact_of(0, 3600, kind);
    fact.model = facts_text(facts, model, strlen(model));
    fact.quantity = quantity;
    fact.cost_usd = usd;
    check(fact.model >= 0 && facts_add(facts, &fact) == FLOE_OK);
}

/* Two models at list prices; the invoice has `more` times the tokens and its own price for opus' output. */
static void add_month(struct facts *facts, const char *opus, const char *nova, double more, double opus_output_usd)
{
    add(facts, opus, FACT_INPUT_UNCACHED, 41.3e6 * more, 41.3e6 * more * 5e-6);
    add(facts, opus, FACT_CACHE_READ, 7.7e6 * more, 7.7e6 * more * 5e-7);
    add(facts, opus, FACT_OUTPUT, 3.1e6 * more, 3.1e6 * more * opus_output_usd);
    add(facts, nova, FACT_INPUT_UNCACHED, 99.9e6 * more, 99.9e6 * more * 8e-7);
    add(facts, nova, FACT_OUTPUT, 12.4e6 * more, 12.4e6 * more * 3.2e-6);
}

static const struct reconcile_line *line(const struct reconciliation *r, const char *model, enum fact_kind kind)
{
    for (int32_t i = 0; i < r->n; i++)
        if (strcmp(r->lines[i].model, model) == 0 && r->lines[i].kind == (int32_t)kind) return &r->lines[i];
    check_at(0, __FILE__, __LINE__, "no line for %s", model);
    return &r->lines[0];
}

static void check_sum(const struct reconciliation *r)
{
    check_rel(r->model_usd + r->quantity_usd + r->price_usd + r->unknown_usd + r->credit_usd + r->tax_usd +
                  r->rounding_usd + r->residual_usd,
              r->invoice_usd, 1e-12);
}

static void what_ties_has_no_difference(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    add_month(&model, "claude-opus-4-6", "nova-pro", 1, 25e-6);
    add_month(&invoice, "us.anthropic.claude-opus-4-6-v1:0", "amazon.nova-pro-v1:0", 1, 25e-6);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check_i64(r.n, 5);
    check(r.quantity_usd == 0 && r.price_usd == 0 && r.residual_usd == 0 && r.unknown_usd == 0);
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

static void more_tokens_and_a_wrong_price_are_both_found(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    add_month(&model, "claude-opus-4-6", "nova-pro", 1, 25e-6);
    add_month(&invoice, "claude-opus-4-6", "nova-pro", 1.03, 27.5e-6);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    const double model_usd = 41.3 * 5 + 7.7 * 0.5 + 3.1 * 25 + 99.9 * 0.8 + 12.4 * 3.2;
    check_rel(r.model_usd, model_usd, 1e-12);
    check_rel(r.quantity_usd, 0.03 * model_usd, 1e-9);
    check_rel(r.price_usd, 3.1 * 1.03 * 2.5, 1e-9);
    for (int32_t i = 0; i < r.n; i++) {
        const struct reconcile_line *l = &r.lines[i];
        check_rel(l->quantity_usd, 0.03 * l->model_usd, 1e-9);
        if (l != line(&r, "claude-opus-4-6", FACT_OUTPUT)) check(l->price_usd == 0);
    }
    check(r.residual_usd == 0);
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

static void unknown_skus_and_charges_are_named(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    add_month(&model, "claude-opus-4-6", "nova-pro", 1, 25e-6);
    add_month(&invoice, "claude-opus-4-6", "nova-pro", 1, 25e-6);
    add(&invoice, "titan-embed", FACT_INPUT_UNCACHED, 5e6, 0.11);
    add(&invoice, "", FACT_SPEND, 0, 2.75); /* a SKU that names no model */
    add(&invoice, "", FACT_CREDIT, 0, -20.5);
    add(&invoice, "", FACT_TAX, 0, 3.25);
    add(&invoice, "", FACT_ROUNDING, 0, 0.004);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check_rel(r.unknown_usd, 2.86, 1e-12);
    check_rel(r.credit_usd, -20.5, 0);
    check_rel(r.tax_usd, 3.25, 0);
    check_rel(r.rounding_usd, 0.004, 0);
    check(r.lines[r.n - 1].is_unknown && r.lines[r.n - 2].is_unknown && !r.lines[r.n - 3].is_unknown);
    check(r.quantity_usd == 0 && r.residual_usd == 0);
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

static void a_sku_on_one_side_is_quantity(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    add_month(&model, "opus", "nova", 1, 25e-6);
    add(&model, "opus", FACT_CACHE_WRITE_5M, 1e6, 6.25);
    add_month(&invoice, "opus", "nova", 1, 25e-6);
    add(&invoice, "opus", FACT_CACHE_WRITE_1H, 2e6, 20);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check_rel(line(&r, "opus", FACT_CACHE_WRITE_5M)->quantity_usd, -6.25, 1e-12);
    check_rel(line(&r, "opus", FACT_CACHE_WRITE_1H)->quantity_usd, 20, 1e-12);
    check(!line(&r, "opus", FACT_CACHE_WRITE_1H)->is_unknown);
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

/* An invoice with one line for a model: the difference cannot be split, and says so. */
static void what_cannot_be_split_is_the_residual(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    add_month(&model, "opus", "nova", 1, 25e-6);
    add(&invoice, "opus", FACT_SPEND, 0, 301.5);
    add(&invoice, "nova", FACT_INPUT_UNCACHED, 99.9e6, 79.92);
    add(&invoice, "nova", FACT_OUTPUT, 12.4e6, 39.68);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check_rel(r.residual_usd, 301.5 - (41.3 * 5 + 7.7 * 0.5 + 3.1 * 25), 1e-9);
    check_abs(r.quantity_usd, 0, 1e-9);
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

static void nothing_against_nothing(void)
{
    struct facts model, invoice;
    struct reconciliation r;
    facts_init(&model), facts_init(&invoice);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check_i64(r.n, 0);
    check_abs(r.invoice_usd, 0, 0);
    reconcile_free(&r);
    add(&invoice, "opus", FACT_OUTPUT, 0, 12.5); /* a cost without a quantity: no division by 0 */
    add(&model, "opus", FACT_OUTPUT, 10, 0);
    check(reconcile(&model, &invoice, &r) == FLOE_OK);
    check(isfinite(r.quantity_usd) && isfinite(r.price_usd));
    check_sum(&r);
    reconcile_free(&r);
    facts_free(&model), facts_free(&invoice);
}

static const struct test tests[] = {
    {"what ties has no difference", what_ties_has_no_difference, FAST},
    {"more tokens and a wrong price are both found", more_tokens_and_a_wrong_price_are_both_found, FAST},
    {"unknown SKUs and charges are named", unknown_skus_and_charges_are_named, FAST},
    {"a SKU on one side is quantity", a_sku_on_one_side_is_quantity, FAST},
    {"what cannot be split is the residual", what_cannot_be_split_is_the_residual, FAST},
    {"nothing against nothing", nothing_against_nothing, FAST},
};
TEST_MAIN("reconcile", tests)

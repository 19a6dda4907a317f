/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cjson/cJSON.h>
#include <math.h>

#include "plots/write/reconcile_page.h"

/* A number in cJSON is printed with up to 17 digits; one that is not finite becomes null. */
static int put(cJSON *into, const char *name, double x)
{
    return (isfinite(x) ? cJSON_AddNumberToObject(into, name, x) : cJSON_AddNullToObject(into, name)) != NULL;
}

static int put_instant(cJSON *into, const char *name, int64_t at_s)
{
    struct floe_text text = {0};
    floe_text_instant(&text, at_s);
    const int is_ok = !text.has_failed && cJSON_AddStringToObject(into, name, text.n > 0 ? text.bytes : "") != NULL;
    floe_text_free(&text);
    return is_ok;
}

static int put_line(cJSON *array, const struct reconcile_line *line)
{
    cJSON *o = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(array, o)) return 0;
    return cJSON_AddStringToObject(o, "model", line->model) != NULL &&
           cJSON_AddStringToObject(o, "token_class", fact_kinds[line->kind].name) != NULL &&
           cJSON_AddStringToObject(o, "unit", fact_kinds[line->kind].unit) != NULL &&
           cJSON_AddBoolToObject(o, "in_scenario", !line->is_unknown) != NULL &&
           cJSON_AddBoolToObject(o, "on_invoice", line->is_invoiced) != NULL &&
           put(o, "model_quantity", line->model_quantity) && put(o, "invoice_quantity", line->invoice_quantity) &&
           put(o, "model_price_usd", line->model_quantity > 0 ? line->model_usd / line->model_quantity : NAN) &&
           put(o, "invoice_price_usd", line->invoice_quantity > 0 ? line->invoice_usd / line->invoice_quantity : NAN) &&
           put(o, "model_usd", line->model_usd) && put(o, "invoice_usd", line->invoice_usd) &&
           put(o, "quantity_usd", line->quantity_usd) && put(o, "price_usd", line->price_usd) &&
           put(o, "residual_usd", line->residual_usd);
}

static int put_bridge(cJSON *root, const struct reconciliation *r)
{
    return put(root, "model_usd", r->model_usd) && put(root, "quantity_usd", r->quantity_usd) &&
           put(root, "price_usd", r->price_usd) && put(root, "unknown_usd", r->unknown_usd) &&
           put(root, "credit_usd", r->credit_usd) && put(root, "tax_usd", r->tax_usd) &&
           put(root, "rounding_usd", r->rounding_usd) && put(root, "residual_usd", r->residual_usd) &&
           put(root, "invoice_usd", r->invoice_usd) && put(root, "unexplained_share", reconcile_unexplained_share(r)) &&
           cJSON_AddBoolToObject(root, "is_tied", reconcile_unexplained_share(r) <= RECONCILE_SHARE_MOST) != NULL;
}

static int put_all(cJSON *root, const struct reconciliation *r, const struct reconcile_about *about)
{
    if (cJSON_AddStringToObject(root, "schema", "floe.reconcile/1") == NULL ||
        cJSON_AddStringToObject(root, "verb", "reconcile") == NULL ||
        cJSON_AddStringToObject(root, "scenario", about->scenario) == NULL ||
        cJSON_AddStringToObject(root, "invoice", about->invoice) == NULL ||
        cJSON_AddStringToObject(root, "variant", about->variant) == NULL ||
        cJSON_AddStringToObject(root, "route", about->route) == NULL || !put_instant(root, "from", about->from_at_s) ||
        !put_instant(root, "to", about->to_at_s) || !put(root, "scale", about->scale) || !put_bridge(root, r))
        return 0;
    cJSON *lines = cJSON_AddArrayToObject(root, "lines");
    for (int32_t i = 0; lines != NULL && i < r->n; i++)
        if (!put_line(lines, &r->lines[i])) return 0;
    return lines != NULL;
}

enum floe_status floe_write_reconcile_json(const struct reconciliation *r, const struct reconcile_about *about,
                                           struct floe_text *out)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root != NULL && put_all(root, r, about) ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (text == NULL) return FLOE_ENVIRONMENT;
    floe_text_add(out, text);
    floe_text_add(out, "\n");
    cJSON_free(text);
    return floe_text_status(out);
}

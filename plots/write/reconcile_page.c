/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/reconcile_page.h"

#include <math.h>
#include <stdio.h>

#include "plots/write/page.h"

enum { LINES_SHOWN = 14, UNKNOWN_SHOWN = 6, SKU_COLUMNS = 44 };
#define PRICE_STEPS 1e7 /* per dollar; an effective price is a quotient of rounded numbers */
#define ROUNDING_SHARE 1e-9
#define CENT 0.005 /* less than half a cent is not worth a line */

double reconcile_unexplained_share(const struct reconciliation *r)
{
    return r->invoice_usd != 0 ? (fabs(r->residual_usd) + fabs(r->unknown_usd)) / fabs(r->invoice_usd) : 0;
}

/* The rounding of doubles is not worth reading: beside of_usd, of which it is a difference, it is 0. */
static void format_more(char *to, double usd, double of_usd)
{
    char amount[FORMAT_BYTES];
    if (fabs(usd) <= ROUNDING_SHARE * fabs(of_usd)) usd = 0;
    floe_format_usd(amount, fabs(usd), FORMAT_DIGITS);
    (void)snprintf(to, FORMAT_BYTES, "%s%.40s", usd < 0 ? "-" : usd > 0 ? "+" : "", amount);
}

/* "+3.0%" */
static void format_ratio(char *to, double from, double by)
{
    if (!(from > 0))
        (void)snprintf(to, FORMAT_BYTES, "-");
    else if (reconcile_is_same(from, by))
        (void)snprintf(to, FORMAT_BYTES, "=");
    else
        (void)snprintf(to, FORMAT_BYTES, fabs(by / from - 1) < 0.0995 ? "%+.2f%%" : "%+.0f%%", 100 * (by / from - 1));
}

/* ---- the bridge ---- */

static void bridge_line(struct grid *grid, int indent, const char *name, double usd, double of_usd, int is_total)
{
    struct grid_line *line = grid_add(grid, indent, name);
    if (is_total)
        floe_format_usd(line->values[0], usd, FORMAT_DIGITS);
    else
        format_more(line->values[0], usd, of_usd);
    if (of_usd != 0 && !is_total) (void)snprintf(line->values[1], FORMAT_BYTES, "%+.2f%%", 100 * usd / of_usd);
}

static void print_bridge(const struct reconciliation *r, const struct reconcile_about *about, struct floe_text *out)
{
    static const char *const names[] = {"more or fewer units than the model says",
                                        "other prices than the model's",
                                        "SKUs that the scenario does not have",
                                        "credits",
                                        "taxes",
                                        "rounding",
                                        "residual: nothing above explains it"};
    const double parts[] = {r->quantity_usd, r->price_usd,    r->unknown_usd, r->credit_usd,
                            r->tax_usd,      r->rounding_usd, r->residual_usd};
    struct grid grid;
    grid_init(&grid, "");
    (void)grid_column(&grid, "usd", "");
    (void)grid_column(&grid, "of invoice", "");
    bridge_line(&grid, 0, "model", r->model_usd, 0, 1);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (i == 6 || i < 2 || parts[i] != 0) bridge_line(&grid, 2, names[i], parts[i], r->invoice_usd, 0);
    bridge_line(&grid, 0, "invoice", r->invoice_usd, 0, 1);
    grid_print(&grid, about->is_coloured, out);
}

/* ---- by SKU ---- */

static void sku_name(const struct reconcile_line *line, char *to, size_t size)
{
    (void)snprintf(to, size, "%s %s", line->model[0] == '\0' ? "(no model)" : line->model,
                   line->kind == FACT_SPEND ? "(not split)" : fact_kinds[line->kind].name);
}

static void format_price(char *to, const struct reconcile_line *line, double usd, double quantity)
{
    const int is_tok = fact_kinds[line->kind].family == FACT_FAMILY_TOKENS;
    if (quantity > 0)
        floe_format_usd(to, rint(usd / quantity * (is_tok ? TOK_PER_MTOK : 1) * PRICE_STEPS) / PRICE_STEPS,
                        FORMAT_DIGITS);
    else
        (void)snprintf(to, FORMAT_BYTES, "-");
}

static void add_sku(struct grid *grid, const struct reconcile_line *line, const struct page_scale *scale)
{
    char name[GRID_NAME_BYTES];
    sku_name(line, name, sizeof name);
    struct grid_line *to = grid_add(grid, 2, name);
    page_format_count(to->values[0], line->model_quantity, scale, FORMAT_DIGITS);
    format_ratio(to->values[1], line->model_quantity, line->invoice_quantity);
    format_price(to->values[2], line, line->model_usd, line->model_quantity);
    format_price(to->values[3], line, line->invoice_usd, line->invoice_quantity);
    format_more(to->values[4], line->quantity_usd, line->invoice_usd);
    format_more(to->values[5], line->price_usd, line->invoice_usd);
    if (line->residual_usd != 0) format_more(to->values[5], line->residual_usd, line->invoice_usd);
}

static void print_skus(const struct reconciliation *r, const struct reconcile_about *about, struct floe_text *out)
{
    struct grid grid;
    double largest = 0;
    int32_t n = 0;
    for (int32_t i = 0; i < r->n; i++)
        if (!r->lines[i].is_unknown) largest = fmax(largest, r->lines[i].model_quantity), n++;
    if (n == 0) return;
    const struct page_scale *scale = page_tok_scale(largest);
    grid_init(&grid, "Difference by SKU");
    (void)grid_column(&grid, "model", scale->name);
    (void)grid_column(&grid, "invoice", "");
    (void)grid_column(&grid, "price", "model");
    (void)grid_column(&grid, "$/Mtok", "invoice");
    (void)grid_column(&grid, "quantity", "usd");
    (void)grid_column(&grid, "price", "usd");
    for (int32_t i = 0; i < n && i < LINES_SHOWN; i++)
        add_sku(&grid, &r->lines[i], scale);
    if (n > LINES_SHOWN) {
        char more[60];
        (void)snprintf(more, sizeof more, "... %d more (see --json)", (int)n - LINES_SHOWN);
        (void)grid_add(&grid, 2, more);
    }
    floe_text_add(out, "\n");
    grid_print(&grid, about->is_coloured, out);
}

static void print_unknown(const struct reconciliation *r, const struct reconcile_about *about, struct floe_text *out)
{
    struct grid grid;
    int32_t n = 0;
    grid_init(&grid, "On the invoice, not in the scenario");
    (void)grid_column(&grid, "usd", "");
    for (int32_t i = 0; i < r->n; i++) {
        char name[GRID_NAME_BYTES];
        if (!r->lines[i].is_unknown || n++ >= UNKNOWN_SHOWN) continue;
        sku_name(&r->lines[i], name, sizeof name);
        floe_format_usd(grid_add(&grid, 2, name)->values[0], r->lines[i].invoice_usd, FORMAT_DIGITS);
    }
    if (n == 0) return;
    if (n > UNKNOWN_SHOWN) {
        char more[60];
        (void)snprintf(more, sizeof more, "... %d more (see --json)", (int)n - UNKNOWN_SHOWN);
        (void)grid_add(&grid, 2, more);
    }
    floe_text_add(out, "\n");
    grid_print(&grid, about->is_coloured, out);
}

/* ---- in words ---- */

static void say(struct floe_text *out, const char *sentence)
{
    page_wrapped(out, sentence, 2);
}

/* One sentence where all SKUs moved alike. */
static int say_common_ratio(const struct reconciliation *r, struct floe_text *out)
{
    char sentence[200];
    double ratio = 0;
    int n = 0;
    for (int32_t i = 0; i < r->n; i++) {
        const struct reconcile_line *line = &r->lines[i];
        if (line->is_unknown || line->kind == FACT_SPEND) continue;
        if (!(line->model_quantity > 0) || !(line->invoice_quantity > 0)) return 0;
        const double own = line->invoice_quantity / line->model_quantity;
        if (n++ > 0 && fabs(own / ratio - 1) > 1e-3) return 0;
        ratio = own;
    }
    if (n < 2 || fabs(ratio - 1) < 1e-3) return 0;
    (void)snprintf(sentence, sizeof sentence,
                   "- quantity: every SKU has %.3g %% %s than the model says: demand, or tokens per call.",
                   100 * fabs(ratio - 1), ratio > 1 ? "more" : "less");
    say(out, sentence);
    return 1;
}

static void say_line(const struct reconcile_line *line, int has_common, struct floe_text *out)
{
    char name[GRID_NAME_BYTES], from[FORMAT_BYTES], by[FORMAT_BYTES], ratio[FORMAT_BYTES], sentence[500];
    sku_name(line, name, sizeof name);
    if (fabs(line->price_usd) >= CENT) {
        format_price(from, line, line->model_usd, line->model_quantity);
        format_price(by, line, line->invoice_usd, line->invoice_quantity);
        format_ratio(ratio, line->model_usd / line->model_quantity, line->invoice_usd / line->invoice_quantity);
        (void)snprintf(sentence, sizeof sentence, "- price: %s is billed at %s, not %s (%s).", name, by, from, ratio);
        say(out, sentence);
    }
    if (!has_common && fabs(line->quantity_usd) >= CENT) {
        format_ratio(ratio, line->model_quantity, line->invoice_quantity);
        if (!line->is_invoiced)
            (void)snprintf(sentence, sizeof sentence, "- quantity: %s is not on the invoice.", name);
        else if (!line->is_modelled)
            (void)snprintf(sentence, sizeof sentence, "- quantity: %s is on the invoice and the model has none.", name);
        else
            (void)snprintf(sentence, sizeof sentence, "- quantity: %s %s.", name, ratio);
        say(out, sentence);
    }
}

static void print_words(const struct reconciliation *r, struct floe_text *out)
{
    char sentence[300];
    const double share = reconcile_unexplained_share(r);
    const int has_common = say_common_ratio(r, out);
    for (int32_t i = 0; i < r->n && i < LINES_SHOWN; i++)
        if (!r->lines[i].is_unknown && r->lines[i].residual_usd == 0) say_line(&r->lines[i], has_common, out);
    if (share > RECONCILE_SHARE_MOST) {
        (void)snprintf(sentence, sizeof sentence,
                       "- NOT TIED: %.1f %% of the invoice is residual or unknown, more than %.0f %%. Do not forecast "
                       "with this scenario before it is found.",
                       100 * share, 100 * RECONCILE_SHARE_MOST);
        say(out, sentence);
    }
}

static void print_answer(const struct reconciliation *r, const struct reconcile_about *about, struct floe_text *out)
{
    char model[FORMAT_BYTES], invoice[FORMAT_BYTES], more[FORMAT_BYTES], heading[400];
    floe_format_usd(model, r->model_usd, FORMAT_DIGITS);
    floe_format_usd(invoice, r->invoice_usd, FORMAT_DIGITS);
    format_more(more, r->invoice_usd - r->model_usd, r->invoice_usd);
    (void)snprintf(heading, sizeof heading, "Invoice %s, model %s: %s%s", invoice, model, more,
                   fabs(r->invoice_usd - r->model_usd) < CENT ? " (it ties)" : "");
    grid_heading(heading, about->is_coloured, out);
    floe_text_instant(out, about->from_at_s);
    floe_text_add(out, " to ");
    floe_text_instant(out, about->to_at_s);
    floe_text_printf(out, "; variant %s, route %s\n", about->variant, about->route);
    if (about->scale != 1)
        floe_text_printf(out, "The scenario measures less than the month: its quantities are multiplied by %.6g.\n",
                         about->scale);
    floe_text_add(out, "\n");
}

enum floe_status floe_write_reconcile(const struct reconciliation *r, const struct reconcile_about *about,
                                      struct floe_text *out)
{
    print_answer(r, about, out);
    print_bridge(r, about, out);
    print_skus(r, about, out);
    print_unknown(r, about, out);
    floe_text_add(out, "\n");
    print_words(r, out);
    if (about->learned != NULL) floe_text_printf(out, "\nwritten: %s (measured prices and tokens)\n", about->learned);
    if (about->repeat_by != NULL) floe_text_printf(out, "\n%s\n", about->repeat_by);
    return floe_text_status(out);
}

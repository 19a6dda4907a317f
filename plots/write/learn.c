/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/learn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/calendar.h"

struct learner {
    const struct reconciliation *r;
    const struct facts *model;
    const struct scenario *scenario;
    const struct learn_about *about;
    struct floe_text *out;
};

/* ---- YAML ---- */

static int is_plain(const char *s)
{
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    static const char *const rewritten[] = {"on", "off", "yes", "no", "true", "false", "null", "y", "n"};
    for (size_t i = 0; i < sizeof rewritten / sizeof rewritten[0]; i++)
        if (strcmp(s, rewritten[i]) == 0) return 0;
    return s[0] != '\0' && strchr(letters, s[0]) != NULL && strspn(s, all) == strlen(s);
}

static void yaml_text(struct floe_text *out, const char *s)
{
    if (is_plain(s)) {
        floe_text_add(out, s);
        return;
    }
    floe_text_add(out, "\"");
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < ' ')
            floe_text_printf(out, "\\x%02x", (unsigned)(unsigned char)*s);
        else
            floe_text_printf(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
    floe_text_add(out, "\"");
}

static void evidence(const struct learner *l)
{
    const struct calendar_date date = calendar_date_at(l->about->to_at_s - 1);
    floe_text_add(l->out, ", evidence: invoice, source: ");
    yaml_text(l->out, l->about->invoice);
    floe_text_printf(l->out, ", date: %04d-%02d-%02d}\n", (int)date.year, (int)date.month, (int)date.day);
}

/* "output: {value: 27.5 usd/Mtok, evidence: ...}", the value to 12 digits: an invoice has no more. */
static void value(const struct learner *l, int indent, const char *key, double x, const char *unit)
{
    floe_text_fill(l->out, ' ', indent);
    floe_text_printf(l->out, "%s: {value: %.12g%s", key, x, unit);
    evidence(l);
}

/* ---- prices ---- */

static const char *const price_keys[TOKEN_CLASS_N] = {"input", "cache_read", "cache_write_5m", "cache_write_1h",
                                                      "output"};

static const struct model_prices *prices_of(const struct scenario *s, const char *model)
{
    for (int32_t i = 0; i < s->prices.n_models; i++)
        if (strcmp(s->prices.models[i].name, model) == 0) return &s->prices.models[i];
    return NULL;
}

static int is_price(const struct reconcile_line *line)
{
    return !line->is_unknown && line->kind < TOKEN_CLASS_N && line->is_modelled && line->invoice_quantity > 0;
}

static int has_price(const struct learner *l, const char *model)
{
    for (int32_t i = 0; i < l->r->n; i++)
        if (is_price(&l->r->lines[i]) && strcmp(l->r->lines[i].model, model) == 0) return 1;
    return 0;
}

static void write_model(const struct learner *l, const struct model_prices *model)
{
    if (!has_price(l, model->name)) return;
    if (model->n_rows > 1 || model->rows[0].n_bands > 0) {
        floe_text_add(l->out, "    # ");
        yaml_text(l->out, model->name);
        floe_text_add(l->out,
                      ": has several dates or price bands; an average price of the month says nothing of them\n");
        return;
    }
    floe_text_add(l->out, "    ");
    yaml_text(l->out, model->name);
    floe_text_add(l->out, ":\n");
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        for (int32_t i = 0; i < l->r->n; i++) {
            const struct reconcile_line *line = &l->r->lines[i];
            if (line->kind == c && is_price(line) && strcmp(line->model, model->name) == 0)
                value(l, 6, price_keys[c], line->invoice_usd / line->invoice_quantity * TOK_PER_MTOK, " usd/Mtok");
        }
}

static void write_prices(const struct learner *l)
{
    int has_any = 0;
    for (int32_t i = 0; i < l->r->n; i++)
        has_any |= is_price(&l->r->lines[i]) && prices_of(l->scenario, l->r->lines[i].model) != NULL;
    if (!has_any) return;
    floe_text_add(l->out, "prices:\n  models:\n");
    for (int32_t i = 0; i < l->scenario->prices.n_models; i++)
        write_model(l, &l->scenario->prices.models[i]);
}

/* ---- tokens ---- */

enum { SIDE_INPUT, SIDE_OUTPUT };

static int is_of_side(int32_t kind, int side)
{
    return side == SIDE_OUTPUT ? kind == FACT_OUTPUT : kind < FACT_OUTPUT;
}

/* Invoice / model of the tokens of one side of a model; NAN: the invoice does not say. */
static double model_ratio(const struct learner *l, const char *model, int side)
{
    double modelled = 0, invoiced = 0;
    int is_invoiced = 0;
    for (int32_t i = 0; i < l->r->n; i++) {
        const struct reconcile_line *line = &l->r->lines[i];
        if (line->is_unknown || !is_of_side(line->kind, side) || !model_name_is_alike(line->model, model)) continue;
        modelled += line->model_quantity;
        invoiced += line->invoice_quantity;
        is_invoiced |= line->is_invoiced;
    }
    return is_invoiced && modelled > 0 ? invoiced / modelled : NAN;
}

/* That of a workload, over the models it used; NAN where some of them are not on the invoice. */
static double workload_ratio(const struct learner *l, const char *workload, int side)
{
    double tokens = 0, scaled = 0;
    for (int64_t i = 0; i < l->model->n; i++) {
        const struct fact *fact = &l->model->items[i];
        if (!is_of_side(fact->kind, side) || strcmp(facts_text_of(l->model, fact->workload), workload) != 0) continue;
        tokens += fact->quantity;
        scaled += fact->quantity * model_ratio(l, facts_text_of(l->model, fact->model), side);
    }
    return tokens > 0 ? scaled / tokens : NAN;
}

static void write_law(const struct learner *l, const char *key, const struct token_law *law, double ratio)
{
    if (!isfinite(ratio) || !token_law_is_given(law)) return;
    if (token_law_kind(law) == TOKENS_VALUES || law->n_mix > 0) {
        floe_text_printf(l->out, "      # %s: a list; the invoice has %.6g times its tokens\n", key, ratio);
        return;
    }
    floe_text_printf(l->out, "      %s:\n", key);
    if (law->mean != PARAM_ABSENT) value(l, 8, "mean", law->mean * ratio, " tok");
    if (law->median != PARAM_ABSENT) value(l, 8, "median", law->median * ratio, " tok");
    if (law->p95 != PARAM_ABSENT) value(l, 8, "p95", law->p95 * ratio, " tok");
}

static void write_workload(const struct learner *l, const struct workload *w)
{
    const double input = workload_ratio(l, w->name, SIDE_INPUT), output = workload_ratio(l, w->name, SIDE_OUTPUT);
    floe_text_add(l->out, "  ");
    yaml_text(l->out, w->name);
    if (w->tokens.trace.file[0] != '\0' || (!isfinite(input) && !isfinite(output))) {
        floe_text_add(l->out, w->tokens.trace.file[0] != '\0' ? ": {} # tokens of a trace are not scaled\n"
                                                              : ": {} # not on the invoice by class\n");
        return;
    }
    floe_text_add(l->out, ":\n    tokens:\n");
    write_law(l, "input", &w->tokens.input, input);
    if (w->tokens.prefix.prefix_tok > 0 && isfinite(input))
        value(l, 6, "prefix", w->tokens.prefix.prefix_tok * input, " tok");
    write_law(l, "output", &w->tokens.output, output);
}

enum floe_status floe_write_learned(const struct reconciliation *r, const struct facts *model,
                                    const struct scenario *scenario, const struct learn_about *about,
                                    struct floe_text *out)
{
    const struct learner l = {r, model, scenario, about, out};
    floe_text_add(out,
                  "# What an invoice says of prices and tokens. An invoice has tokens, no calls: where they differ "
                  "from the\n# model, tokens per call are scaled. If it was demand, take these tokens out and set "
                  "demand instead.\nextends: ");
    yaml_text(out, about->scenario_file);
    floe_text_add(out, "\nfloe: 1\n");
    write_prices(&l);
    floe_text_add(out, "workloads:\n");
    for (int32_t w = 0; w < scenario->n_workloads; w++)
        write_workload(&l, &scenario->workloads[w]);
    return floe_text_status(out);
}

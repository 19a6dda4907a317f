/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/import_report.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/units.h"
#include "scenarios/read/civil.h"

#define GROUPS_SHOWN 20
#define SCHEMA "floe.import/1"

/* ---- totals ---- */

static int order(const void *x, const void *y)
{
    const struct import_total *a = (const struct import_total *)x, *b = (const struct import_total *)y;
    if (a->cost_usd != b->cost_usd) return a->cost_usd > b->cost_usd ? -1 : 1;
    if (a->of[FACT_REQUEST] != b->of[FACT_REQUEST]) return a->of[FACT_REQUEST] > b->of[FACT_REQUEST] ? -1 : 1;
    return a->consumer != b->consumer ? (a->consumer > b->consumer) - (a->consumer < b->consumer)
                                      : (a->model > b->model) - (a->model < b->model);
}

static struct import_total *find(struct import_totals *totals, int64_t *capacity, const struct fact *fact)
{
    for (int64_t i = totals->n; i-- > 0;) /* the one before is the likeliest */
        if (totals->items[i].consumer == fact->consumer && totals->items[i].model == fact->model)
            return &totals->items[i];
    if (totals->n == *capacity) {
        *capacity = *capacity == 0 ? 64 : *capacity * 2;
        struct import_total *items = (struct import_total *)realloc(totals->items, (size_t)*capacity * sizeof *items);
        if (items == NULL) return NULL;
        totals->items = items;
    }
    struct import_total *total = &totals->items[totals->n++];
    memset(total, 0, sizeof *total);
    total->consumer = fact->consumer;
    total->model = fact->model;
    return total;
}

static void add(struct import_total *total, const struct fact *fact)
{
    total->of[fact->kind] += fact->quantity;
    if (fact_has(fact->cost_usd))
        total->cost_usd += fact->cost_usd;
    else if (fact->kind < TOKEN_CLASS_N && fact->quantity > 0)
        total->has_unknown_cost = 1;
    if (fact->kind == FACT_SPEND) total->of[FACT_SPEND] = 1;
}

enum floe_status import_totals_of(const struct facts *facts, struct import_totals *totals)
{
    int64_t capacity = 0;
    memset(totals, 0, sizeof *totals);
    for (int64_t i = 0; i < facts->n; i++) {
        struct import_total *total = find(totals, &capacity, &facts->items[i]);
        if (total == NULL) {
            import_totals_free(totals);
            return FLOE_ENVIRONMENT;
        }
        add(total, &facts->items[i]);
        add(&totals->all, &facts->items[i]);
    }
    for (int64_t i = 0; i < totals->n; i++)
        if (totals->items[i].of[FACT_SPEND] > 0)
            totals->items[i].has_unknown_cost = 0; /* the spend is that of its tokens */
    if (totals->n > 0) qsort(totals->items, (size_t)totals->n, sizeof *totals->items, order);
    totals->all.has_unknown_cost = 0;
    for (int64_t i = 0; i < totals->n; i++)
        totals->all.has_unknown_cost |= totals->items[i].has_unknown_cost;
    return FLOE_OK;
}

void import_totals_free(struct import_totals *totals)
{
    free(totals->items);
    memset(totals, 0, sizeof *totals);
}

/* ---- text ---- */

void import_report_text(const struct import_report *report, struct floe_text *out)
{
    floe_text_printf(out, "%lld file%s (%s): %lld rows read, %lld kept\n", (long long)report->files,
                     report->files == 1 ? "" : "s", report->formats, (long long)report->rows_read,
                     (long long)report->rows_kept);
    for (int is_kept = 0; is_kept < 2; is_kept++)
        for (int32_t i = 0; i < report->n_reasons; i++) {
            const struct import_reason *reason = &report->reasons[i];
            if (reason->is_kept != is_kept) continue;
            floe_text_printf(out, "  %s %9lld  %s (first: %s:%lld)\n", is_kept ? "of them " : "not kept",
                             (long long)reason->n, reason->what, reason->first_file, (long long)reason->first_line);
        }
    for (int32_t i = 0; i < report->n_warnings; i++)
        floe_text_printf(out, "warning: %s\n", report->warnings[i]);
    if (report->warnings_left_out > 0)
        floe_text_printf(out, "warning: and %lld more\n", (long long)report->warnings_left_out);
}

static const char *shown(const struct facts *facts, int32_t name)
{
    const char *text = facts_text_of(facts, name);
    return text[0] == '\0' ? "-" : text;
}

static double input_of(const struct import_total *t)
{
    return t->of[FACT_INPUT_UNCACHED];
}

static void total_line(const char *consumer, const char *model, const struct import_total *t, struct floe_text *out)
{
    floe_text_printf(out, "%-20.20s %-32.32s %10.0f %10.3f %10.3f %10.3f %10.3f %12.2f%s\n", consumer, model,
                     t->of[FACT_REQUEST], input_of(t) / TOK_PER_MTOK, t->of[FACT_CACHE_READ] / TOK_PER_MTOK,
                     (t->of[FACT_CACHE_WRITE_5M] + t->of[FACT_CACHE_WRITE_1H]) / TOK_PER_MTOK,
                     t->of[FACT_OUTPUT] / TOK_PER_MTOK, t->cost_usd, t->has_unknown_cost ? " +?" : "");
}

void import_totals_text(const struct facts *facts, const struct import_totals *totals, struct floe_text *out)
{
    char from[CIVIL_INSTANT_BYTES], to[CIVIL_INSTANT_BYTES];
    int64_t from_at_s, to_at_s;
    facts_span(facts, &from_at_s, &to_at_s);
    civil_format(from_at_s, 0, from);
    civil_format(to_at_s, 0, to);
    if (facts->n == 0) {
        floe_text_add(out, "no usage is left\n");
        return;
    }
    floe_text_printf(out, "\n%s to %s: %lld facts; tokens in millions\n\n", from, to, (long long)facts->n);
    floe_text_printf(out, "%-20s %-32s %10s %10s %10s %10s %10s %12s\n", "consumer", "model", "requests", "uncached",
                     "read", "written", "output", "cost_usd");
    for (int64_t i = 0; i < totals->n && i < GROUPS_SHOWN; i++)
        total_line(shown(facts, totals->items[i].consumer), shown(facts, totals->items[i].model), &totals->items[i],
                   out);
    if (totals->n > GROUPS_SHOWN) floe_text_printf(out, "... and %lld more\n", (long long)(totals->n - GROUPS_SHOWN));
    total_line("all", "", &totals->all, out);
    if (totals->all.has_unknown_cost)
        floe_text_add(out, "+?: there are tokens without a cost; --prices BOOK gives them their list price\n");
}

/* ---- JSON ---- */

static void add_reasons(const struct import_report *report, cJSON *root)
{
    cJSON *dropped = cJSON_AddArrayToObject(root, "not_kept"), *changed = cJSON_AddArrayToObject(root, "changed");
    for (int32_t i = 0; i < report->n_reasons; i++) {
        const struct import_reason *reason = &report->reasons[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "why", reason->what);
        cJSON_AddNumberToObject(row, "rows", (double)reason->n);
        cJSON_AddStringToObject(row, "first_file", reason->first_file);
        cJSON_AddNumberToObject(row, "first_line", (double)reason->first_line);
        cJSON_AddItemToArray(reason->is_kept ? changed : dropped, row);
    }
}

static void add_total(const struct facts *facts, const struct import_total *total, int is_all, cJSON *list)
{
    cJSON *row = cJSON_CreateObject();
    if (!is_all) cJSON_AddStringToObject(row, "consumer", facts_text_of(facts, total->consumer));
    if (!is_all) cJSON_AddStringToObject(row, "model", facts_text_of(facts, total->model));
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (total->of[kind] != 0 && kind != FACT_SPEND)
            cJSON_AddNumberToObject(row, fact_kinds[kind].name, total->of[kind]);
    cJSON_AddNumberToObject(row, "cost_usd", total->cost_usd);
    cJSON_AddBoolToObject(row, "cost_is_whole", !total->has_unknown_cost);
    cJSON_AddItemToArray(list, row);
}

void import_report_json(const struct import_report *report, const struct facts *facts,
                        const struct import_totals *totals, struct floe_text *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "schema", SCHEMA);
    cJSON_AddNumberToObject(root, "files", (double)report->files);
    cJSON_AddStringToObject(root, "formats", report->formats);
    cJSON_AddStringToObject(root, "currency", report->currency[0] != '\0' ? report->currency : "USD");
    cJSON_AddNumberToObject(root, "rows_read", (double)report->rows_read);
    cJSON_AddNumberToObject(root, "rows_kept", (double)report->rows_kept);
    add_reasons(report, root);
    cJSON *warnings = cJSON_AddArrayToObject(root, "warnings");
    for (int32_t i = 0; i < report->n_warnings; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(report->warnings[i]));
    cJSON *list = cJSON_AddArrayToObject(root, "totals"), *all = cJSON_AddArrayToObject(root, "all");
    for (int64_t i = 0; i < totals->n; i++)
        add_total(facts, &totals->items[i], 0, list);
    add_total(facts, &totals->all, 1, all);
    char *text = cJSON_Print(root);
    if (text != NULL) floe_text_printf(out, "%s\n", text);
    out->has_failed |= text == NULL;
    cJSON_free(text);
    cJSON_Delete(root);
}

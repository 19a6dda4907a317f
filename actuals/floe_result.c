/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A result JSON of `floe run --json` (docs/results.md, floe.result/1): the usage rows of one window, the counts of its
 * cells, and their ledgers that are not usage. Windows overlap, so one is read: `all`, or the one that begins and ends
 * where --from and --to say. By the hour there is usage.csv.
 *
 * "Input" is input_uncached: classes are disjoint already. Left out: migration, which stands beside the total. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "actuals/columns.h"
#include "actuals/formats.h"

static int knows(const char *head, size_t n)
{
    static const char mark[] = "\"floe.result/1\"";
    const size_t most = n < 4096 ? n : 4096;
    if (n == 0 || head[0] != '{') return 0;
    for (size_t i = 0; i + sizeof mark - 1 <= most; i++)
        if (memcmp(head + i, mark, sizeof mark - 1) == 0) return 1;
    return 0;
}

/* ---- members ---- */

static struct import_text text(const cJSON *object, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return (struct import_text){s != NULL ? s : "", s != NULL ? strlen(s) : 0};
}

static int is_text(const cJSON *object, const char *name, struct import_text wanted)
{
    const struct import_text got = text(object, name);
    return got.n == wanted.n && memcmp(got.at, wanted.at, got.n) == 0;
}

/* A number, or the mean of an outcome; FACT_UNKNOWN: null or not there. */
static double number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (cJSON_IsObject(item)) item = cJSON_GetObjectItemCaseSensitive(item, "mean");
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : FACT_UNKNOWN;
}

static int instant(struct import *in, const cJSON *object, const char *name, int64_t *at_s)
{
    return import_instant(in, text(object, name), at_s);
}

/* ---- rows ---- */

struct one_window {
    struct import_text name;
    const cJSON *usage, *cells;
};

static enum floe_status bad_row(const struct import *in, struct import_fault *fault, const char *what, int index)
{
    return import_wrong(in, fault, 1, "docs/results.schema.json says what it must be", "%s[%d] is not as it must be",
                        what, index);
}

/* Who and when: of a usage row or a cell. */
static int begin_row(struct import *in, const cJSON *item, struct import_row *row)
{
    import_row_clear(row);
    row->line = 1;
    row->is_cell = row->may_be_negative = 1;
    row->workload = text(item, "workload");
    row->consumer = text(item, "consumer");
    row->key = text(item, "key");
    row->route = text(item, "route");
    row->variant = text(item, "variant");
    row->model = text(item, "model");
    row->service_tier = text(item, "service_tier");
    return cJSON_IsObject(item) && instant(in, item, "start", &row->from_at_s) &&
           instant(in, item, "end", &row->to_at_s) && row->to_at_s > row->from_at_s;
}

static enum floe_status add(struct import *in, const struct import_row *row, struct import_fault *fault)
{
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (row->quantity[kind] != 0 || fact_has(row->cost_of[kind])) return import_add(in, row, fault);
    import_dropped(in, row->line, "neither a quantity nor a cost");
    return FLOE_OK;
}

static enum floe_status read_usage(struct import *in, const struct one_window *window, struct import_fault *fault)
{
    const cJSON *item;
    int index = -1;
    enum floe_status status = FLOE_OK;
    cJSON_ArrayForEach(item, window->usage)
    {
        struct import_row row;
        char name[NAME_BYTES];
        enum fact_kind kind;
        index++;
        if (!is_text(item, "window", window->name)) continue;
        const struct import_text class_name = text(item, "token_class");
        snprintf(name, sizeof name, "%.*s", (int)(class_name.n < NAME_BYTES ? class_name.n : 0), class_name.at);
        in->report->rows_read++;
        const double quantity = number(item, "quantity");
        if (!begin_row(in, item, &row) || !fact_kind_find(name, &kind) || !fact_has(quantity))
            return bad_row(in, fault, "usage", index);
        row.quantity[kind] = quantity;
        row.unit_price_usd[kind] = number(item, "unit_price_usd");
        row.cost_of[kind] = number(item, "cost_usd");
        const int is_refund = fact_has(row.cost_of[kind]) && row.cost_of[kind] <= 0;
        if (quantity < 0 && !is_refund) return bad_row(in, fault, "usage", index);
        status = add(in, &row, fault);
        if (status != FLOE_OK) return status;
    }
    return status;
}

static const struct {
    const char *name;
    enum fact_kind kind;
} counts[] = {{"calls", FACT_CALL},    {"cache_hits", FACT_CACHE_HIT}, {"stale_served", FACT_STALE_SERVED},
              {"denied", FACT_DENIED}, {"upstream", FACT_UPSTREAM},    {"throttles", FACT_THROTTLE},
              {"errors", FACT_ERROR},  {"tasks", FACT_TASK},           {"accepted", FACT_ACCEPTED}},
  ledgers[] = {{"idle", FACT_IDLE},
               {"eval", FACT_EVAL},
               {"human", FACT_HUMAN},
               {"ops", FACT_OPS},
               {"reconciliation", FACT_RECONCILIATION}};

/* Cells do not say whose they are; the usage of the same workload and variant does. */
static void name_consumer(const struct one_window *window, const cJSON *cell, struct import_row *row)
{
    const cJSON *usage;
    row->consumer = row->workload; /* as the simulator names those that name nobody */
    row->key = (struct import_text){"unknown", 7};
    cJSON_ArrayForEach(usage, window->usage) if (is_text(usage, "workload", row->workload) &&
                                                 is_text(usage, "variant", text(cell, "variant")))
    {
        row->consumer = text(usage, "consumer");
        row->key = text(usage, "key");
        return;
    }
}

static enum floe_status read_cells(struct import *in, const struct one_window *window, struct import_fault *fault)
{
    const cJSON *cell;
    int index = -1;
    cJSON_ArrayForEach(cell, window->cells)
    {
        struct import_row row;
        index++;
        if (!is_text(cell, "window", window->name)) continue;
        in->report->rows_read++;
        if (!begin_row(in, cell, &row)) return bad_row(in, fault, "cells", index);
        name_consumer(window, cell, &row);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            const double count = number(cell, counts[i].name);
            if (fact_has(count)) row.quantity[counts[i].kind] = count;
        }
        const cJSON *cost = cJSON_GetObjectItemCaseSensitive(cell, "cost_usd");
        for (size_t i = 0; i < sizeof ledgers / sizeof ledgers[0]; i++) {
            const double usd = number(cost, ledgers[i].name);
            if (fact_has(usd) && usd != 0) row.cost_of[ledgers[i].kind] = usd;
        }
        const enum floe_status status = add(in, &row, fault);
        if (status != FLOE_OK) return status;
    }
    return FLOE_OK;
}

/* ---- which window ---- */

static void list_windows(const cJSON *cells, char *out, size_t size)
{
    const cJSON *cell;
    size_t n = 0;
    out[0] = '\0';
    cJSON_ArrayForEach(cell, cells)
    {
        const char *name = text(cell, "window").at;
        if (strstr(out, name) != NULL || n + strlen(name) + 3 > size) continue;
        n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? ", " : "", name);
    }
}

static enum floe_status find_window(struct import *in, struct one_window *window, struct import_fault *fault)
{
    const struct import_options *o = in->options;
    const cJSON *cell;
    char names[200], hint[300];
    window->name = (struct import_text){WINDOW_ALL, strlen(WINDOW_ALL)};
    if (o->from_at_s == 0 && o->to_at_s == 0) return FLOE_OK;
    cJSON_ArrayForEach(cell, window->cells)
    {
        int64_t from_at_s, to_at_s;
        if (!instant(in, cell, "start", &from_at_s) || !instant(in, cell, "end", &to_at_s)) continue;
        if (from_at_s != o->from_at_s || to_at_s != o->to_at_s) continue;
        window->name = text(cell, "window");
        return FLOE_OK;
    }
    list_windows(window->cells, names, sizeof names);
    snprintf(hint, sizeof hint, "windows: %s; usage.csv of --csv has every hour", names);
    return import_wrong(in, fault, 1, hint, "no window begins at --from and ends at --to");
}

static enum floe_status read_result(struct import *in, const cJSON *root, struct import_fault *fault)
{
    struct one_window window = {.usage = cJSON_GetObjectItemCaseSensitive(root, "usage"),
                                .cells = cJSON_GetObjectItemCaseSensitive(root, "cells")};
    if (!columns_is(text(root, "schema"), "floe.result/1"))
        return import_wrong(in, fault, 1, "", "the schema is not floe.result/1");
    if (!cJSON_IsArray(window.usage) || !cJSON_IsArray(window.cells))
        return import_wrong(in, fault, 1, "", "usage or cells is missing");
    enum floe_status status = find_window(in, &window, fault);
    if (status == FLOE_OK) status = read_usage(in, &window, fault);
    if (status == FLOE_OK) status = read_cells(in, &window, fault);
    return status;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    cJSON *root;
    const int got = stream_json(stream, &root, fault);
    if (got <= 0) return got < 0 ? FLOE_BAD_INPUT : import_wrong(in, fault, 0, "", "there is no JSON value");
    const enum floe_status status = read_result(in, root, fault);
    cJSON_Delete(root);
    if (status == FLOE_OK) import_warn_of_variants(in);
    return status;
}

const struct import_format import_floe_result = {
    "floe-result", "the result JSON of floe run --json: one window, without hours", 0, knows, read_file, NULL, NULL};

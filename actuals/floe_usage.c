/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Floe's own usage tables, so that a simulation can stand where an export does:
 *   usage.csv      of `floe run --csv DIR` (a last column, replications) and of `floe import` (without it)
 *   hours.csv      beside it: the counts (calls, hits, denied, errors ...). Its cost is that of usage.csv and is not
 *                  counted again
 * A row is a cell and keeps its span. usage_by_window.csv is refused, because its windows overlap.
 *
 * "Input" is input_uncached: classes are disjoint already. */
#include <string.h>

#include "actuals/columns.h"
#include "actuals/formats.h"

/* ---- usage.csv ---- */

enum usage_column {
    START,
    END,
    WORKLOAD,
    CONSUMER,
    KEY,
    ROUTE,
    VARIANT,
    MODEL,
    SERVICE_TIER,
    TOKEN_CLASS,
    QUANTITY,
    UNIT,
    UNIT_PRICE,
    COST,
    WINDOW,
    USAGE_COLUMNS
};

static const struct columns_name usage_columns[USAGE_COLUMNS] = {[START] = {"start", 1},
                                                                 [END] = {"end", 1},
                                                                 [WORKLOAD] = {"workload", 1},
                                                                 [CONSUMER] = {"consumer", 1},
                                                                 [KEY] = {"key", 1},
                                                                 [ROUTE] = {"route", 1},
                                                                 [VARIANT] = {"variant", 1},
                                                                 [MODEL] = {"model", 1},
                                                                 [SERVICE_TIER] = {"service_tier", 1},
                                                                 [TOKEN_CLASS] = {"token_class", 1},
                                                                 [QUANTITY] = {"quantity", 1},
                                                                 [UNIT] = {"unit", 1},
                                                                 [UNIT_PRICE] = {"unit_price_usd", 1},
                                                                 [COST] = {"cost_usd", 1},
                                                                 [WINDOW] = {"window", 0}};

static int find_kind(struct import_text text, enum fact_kind *kind)
{
    char name[NAME_BYTES];
    if (text.n >= sizeof name) return 0;
    memcpy(name, text.at, text.n);
    name[text.n] = '\0';
    return fact_kind_find(name, kind);
}

/* The class and its unit. */
static enum floe_status read_class(const struct import *in, struct csv *csv, const int32_t *at, enum fact_kind *kind,
                                   struct import_fault *fault)
{
    char shown[48];
    const struct import_text name = columns_text(csv, at[TOKEN_CLASS]), unit = columns_text(csv, at[UNIT]);
    if (!find_kind(name, kind)) {
        csv_show(csv->fields[at[TOKEN_CLASS]], shown, sizeof shown);
        return import_wrong(in, fault, csv->line,
                            "input_uncached, cache_read, output, request, call ...: docs/actuals.md",
                            "there is no token_class '%s'", shown);
    }
    if (unit.n == 0 || columns_is(unit, fact_kinds[*kind].unit)) return FLOE_OK;
    csv_show(csv->fields[at[UNIT]], shown, sizeof shown);
    return import_wrong(in, fault, csv->line, "quantities stand in base units", "the unit of %s is '%s', not '%s'",
                        fact_kinds[*kind].name, fact_kinds[*kind].unit, shown);
}

/* Start and end, both needed, the end after the start. */
static enum floe_status read_span(struct import *in, struct csv *csv, int32_t start, int32_t end,
                                  struct import_row *row, struct import_fault *fault)
{
    const int has_start = columns_instant(in, csv, "start", start, &row->from_at_s, fault);
    const int has_end = has_start < 0 ? -1 : columns_instant(in, csv, "end", end, &row->to_at_s, fault);
    if (has_start < 0 || has_end < 0) return FLOE_BAD_INPUT;
    if (has_start && !has_end && end < 0)
        row->to_at_s = row->from_at_s - row->from_at_s % S_PER_HOUR + S_PER_HOUR;
    else if (!has_start || !has_end)
        return import_wrong(in, fault, csv->line, "", "start or end is empty");
    if (row->to_at_s > row->from_at_s) return FLOE_OK;
    return import_wrong(in, fault, csv->line, "", "the end is not after the start");
}

static enum floe_status read_usage_row(struct import *in, struct csv *csv, const int32_t *at,
                                       struct import_fault *fault)
{
    struct import_row row;
    enum fact_kind kind;
    double value;
    import_row_clear(&row);
    row.line = csv->line;
    row.is_cell = row.may_be_negative = 1;
    enum floe_status status = read_class(in, csv, at, &kind, fault);
    if (status == FLOE_OK) status = read_span(in, csv, at[START], at[END], &row, fault);
    if (status != FLOE_OK) return status;
    const int got[] = {columns_number(in, csv, "quantity", at[QUANTITY], &row.quantity[kind], fault),
                       columns_number(in, csv, "unit_price_usd", at[UNIT_PRICE], &row.unit_price_usd[kind], fault),
                       columns_number(in, csv, "cost_usd", at[COST], &value, fault)};
    if (got[0] < 0 || got[1] < 0 || got[2] < 0) return FLOE_BAD_INPUT;
    if (got[2]) row.cost_of[kind] = value;
    if (row.quantity[kind] < 0 && !(got[2] && value <= 0))
        return import_wrong(in, fault, csv->line, "only a refund, with a cost below 0, may have one",
                            "the quantity is negative");
    row.workload = columns_text(csv, at[WORKLOAD]);
    row.consumer = columns_text(csv, at[CONSUMER]);
    row.key = columns_text(csv, at[KEY]);
    row.route = columns_text(csv, at[ROUTE]);
    row.variant = columns_text(csv, at[VARIANT]);
    row.model = columns_text(csv, at[MODEL]);
    row.service_tier = columns_text(csv, at[SERVICE_TIER]);
    if (row.quantity[kind] == 0 && !got[2]) {
        import_dropped(in, row.line, "neither a quantity nor a cost");
        return FLOE_OK;
    }
    return import_add(in, &row, fault);
}

/* ---- hours.csv ---- */

enum hours_column { H_START, H_WORKLOAD, H_ROUTE, H_CONSUMER, H_VARIANT, H_END, H_KEY, H_COUNTS };

static const struct {
    const char *name;
    enum fact_kind kind;
} counts[] = {{"calls", FACT_CALL},    {"cache_hits", FACT_CACHE_HIT}, {"stale_served", FACT_STALE_SERVED},
              {"denied", FACT_DENIED}, {"upstream", FACT_UPSTREAM},    {"throttles", FACT_THROTTLE},
              {"errors", FACT_ERROR},  {"tasks", FACT_TASK},           {"accepted", FACT_ACCEPTED}};
enum { N_COUNTS = sizeof counts / sizeof counts[0], HOURS_COLUMNS = H_COUNTS + N_COUNTS };

static const struct columns_name hours_columns[HOURS_COLUMNS] = {[H_START] = {"start", 1},
                                                                 [H_WORKLOAD] = {"workload", 1},
                                                                 [H_ROUTE] = {"route", 1},
                                                                 [H_CONSUMER] = {"consumer", 1},
                                                                 [H_VARIANT] = {"variant", 1},
                                                                 [H_END] = {"end", 0},
                                                                 [H_KEY] = {"key", 0},
                                                                 {"calls", 1},
                                                                 {"cache_hits", 0},
                                                                 {"stale_served", 0},
                                                                 {"denied", 0},
                                                                 {"upstream", 0},
                                                                 {"throttles", 0},
                                                                 {"errors", 0},
                                                                 {"tasks", 0},
                                                                 {"accepted", 0}};

static enum floe_status read_hours_row(struct import *in, struct csv *csv, const int32_t *at,
                                       struct import_fault *fault)
{
    struct import_row row;
    double sum = 0;
    import_row_clear(&row);
    row.line = csv->line;
    row.is_cell = 1;
    const enum floe_status status = read_span(in, csv, at[H_START], at[H_END], &row, fault);
    if (status != FLOE_OK) return status;
    for (int i = 0; i < N_COUNTS; i++) {
        double *quantity = &row.quantity[counts[i].kind];
        if (columns_number(in, csv, counts[i].name, at[H_COUNTS + i], quantity, fault) < 0) return FLOE_BAD_INPUT;
        if (*quantity < 0) return import_wrong(in, fault, csv->line, "", "%s is negative", counts[i].name);
        sum += *quantity;
    }
    row.workload = columns_text(csv, at[H_WORKLOAD]);
    row.consumer = columns_text(csv, at[H_CONSUMER]);
    row.route = columns_text(csv, at[H_ROUTE]);
    row.variant = columns_text(csv, at[H_VARIANT]);
    row.key = columns_text(csv, at[H_KEY]);
    if (sum == 0) {
        import_dropped(in, row.line, "an hour in which nothing happened");
        return FLOE_OK;
    }
    return import_add(in, &row, fault);
}

/* ---- either ---- */

static enum floe_status read_rows(struct import *in, struct import_stream *stream, struct csv *csv, const int32_t *at,
                                  enum floe_status (*read_row)(struct import *, struct csv *, const int32_t *,
                                                               struct import_fault *),
                                  struct import_fault *fault)
{
    const int32_t n_fields = csv->n_fields;
    enum floe_status status = FLOE_OK;
    int got = 1;
    while (status == FLOE_OK && (got = stream_csv(stream, csv, fault)) == 1) {
        if (csv_is_blank(csv)) continue;
        in->report->rows_read++;
        status = columns_check_width(in, csv, n_fields, fault);
        if (status == FLOE_OK) status = read_row(in, csv, at, fault);
    }
    return got < 0 ? FLOE_BAD_INPUT : status;
}

static const char *const knows_usage[] = {"start",          "end", "workload", "token_class", "quantity",
                                          "unit_price_usd", NULL};
static const char *const knows_hours[] = {"start", "hour", "workload", "route", "calls", "variant", NULL};

static int knows(const char *head, size_t n)
{
    return columns_are_in(head, n, knows_usage) || columns_are_in(head, n, knows_hours);
}

enum { READ_USAGE = 1, READ_HOURS = 2 };

/* What was read, as bits in the pointer's place: nothing to free. */
static void note(struct import *in, uintptr_t what)
{
    void **state = import_state(in);
    *state = (void *)((uintptr_t)*state | what);
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    struct csv csv;
    int32_t at[USAGE_COLUMNS + HOURS_COLUMNS];
    const int got = stream_csv(stream, &csv, fault);
    if (got <= 0) return got < 0 ? FLOE_BAD_INPUT : import_wrong(in, fault, 0, "", "there is no header");
    const int is_hours = csv_find(&csv, "hour") >= 0;
    enum floe_status status = is_hours ? columns_find(in, &csv, hours_columns, HOURS_COLUMNS, at, fault)
                                       : columns_find(in, &csv, usage_columns, USAGE_COLUMNS, at, fault);
    if (status != FLOE_OK) return status;
    if (!is_hours && at[WINDOW] >= 0)
        return import_wrong(in, fault, csv.line, "read usage.csv, which has the same by the hour",
                            "windows overlap: their rows cannot be added up");
    note(in, is_hours ? READ_HOURS : READ_USAGE);
    return read_rows(in, stream, &csv, at, is_hours ? read_hours_row : read_usage_row, fault);
}

void import_warn_of_variants(struct import *in)
{
    const struct facts *facts = in->facts;
    int has_variants = 0, has_routes = 0;
    for (int64_t i = 1; i < facts->n; i++) {
        if (facts->items[i].variant == 0 || facts->items[0].variant == 0) continue; /* no simulation */
        has_variants |= facts->items[i].variant != facts->items[0].variant;
        has_routes |= facts->items[i].route != facts->items[0].route;
    }
    if (has_variants)
        import_warn(in,
                    "the tables hold several variants of one scenario, what-ifs beside each other: filter by variant "
                    "before adding up");
    if (has_routes) import_warn(in, "the tables hold several simulated routes: filter by route before adding up");
}

static enum floe_status end(struct import *in, struct import_fault *fault)
{
    (void)fault;
    if (*import_state(in) != NULL) import_warn_of_variants(in);
    if ((uintptr_t)*import_state(in) == READ_HOURS)
        import_warn(in, "hours.csv has the counts only: tokens and costs are in usage.csv beside it");
    return FLOE_OK;
}

static void drop(void *state)
{
    (void)state;
}

const struct import_format import_floe_usage = {
    "floe-usage",
    "usage.csv and hours.csv of floe run --csv, and usage tables of floe import",
    0,
    knows,
    read_file,
    end,
    drop};

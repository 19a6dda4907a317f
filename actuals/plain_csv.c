/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any CSV with a header line, by a column mapping: --column model=model_id --column input=prompt_tokens. A field that
 * is not mapped is looked for under its own name, unless that column is mapped to another; --column FIELD= leaves it out.
 * Fields (base units; what is not there is not counted):
 *
 *   start                when the usage began, or the request was made (needed)
 *   end                  of the span; without it a row is one request
 *   model workload consumer key route variant service_tier      names
 *   id                   of the request, to find duplicates
 *   input                input tokens; --input-includes-cached yes or no says whether cached ones are in it
 *   input_uncached       instead of input: what is billed at the full price
 *   cache_read cache_write_5m cache_write_1h output              tokens; cache_write is cache_write_5m
 *   request call cache_hit stale_served denied upstream throttle error task accepted     counts
 *   gpu_hour cache_storage spend idle eval human ops ...         every kind of the usage table
 *   cost_usd             of the row as a whole
 *   currency             ISO 4217
 *   tag:NAME             --column tag:team=team_name, for rules
 *
 * It is not guessed whether input includes cached tokens: a file with `input` is refused until that is said. Negative
 * counts become 0 and are reported; a negative cost is a refund and stays. */
#include <stdio.h>
#include <string.h>

#include "actuals/columns.h"
#include "actuals/formats.h"
#include "scenarios/read/civil.h"

enum field {
    START,
    END,
    MODEL,
    WORKLOAD,
    CONSUMER,
    KEY,
    ROUTE,
    VARIANT,
    SERVICE_TIER,
    ID,
    INPUT,
    CACHE_WRITE,
    COST,
    CURRENCY,
    NAMED_FIELDS,
    FIELDS = NAMED_FIELDS + FACT_KINDS /* every kind by its name: a quantity, or dollars where it has none */
};

static const char *const named_fields[NAMED_FIELDS] = {"start", "end",         "model",    "workload",     "consumer",
                                                       "key",   "route",       "variant",  "service_tier", "id",
                                                       "input", "cache_write", "cost_usd", "currency"};

#define PLAIN_TAGS_MOST 16

struct plain {
    struct import *in;
    struct csv *csv;
    struct import_fault *fault;
    int32_t at[FIELDS];
    int32_t n_tags, tag_at[PLAIN_TAGS_MOST];
    const char *tags[PLAIN_TAGS_MOST];
};

static const char *field_name(int field)
{
    return field < NAMED_FIELDS ? named_fields[field] : fact_kinds[field - NAMED_FIELDS].name;
}

static int is_money(int kind)
{
    return fact_kinds[kind].family >= FACT_FAMILY_SPEND;
}

/* ---- the mapping ---- */

static enum floe_status find_column(struct plain *p, const char *column, int32_t *at)
{
    *at = csv_find(p->csv, column);
    if (*at >= 0) return FLOE_OK;
    return import_wrong(p->in, p->fault, p->csv->line, "--column FIELD=COLUMN takes names of the header",
                        *at == -2 ? "two columns are named '%s'" : "there is no column '%s'", column);
}

static enum floe_status map_one(struct plain *p, const struct import_column *column)
{
    for (int field = 0; field < FIELDS; field++) {
        if (strcmp(column->field, field_name(field)) != 0) continue;
        p->at[field] = -1;
        return column->column[0] == '\0' ? FLOE_OK : find_column(p, column->column, &p->at[field]);
    }
    if (strncmp(column->field, "tag:", 4) != 0)
        return import_wrong(p->in, p->fault, 0,
                            "start, end, model, input, input_uncached, cache_read, cache_write, output, request, "
                            "cost_usd, consumer, key, route, id, tag:NAME and more: docs/actuals.md",
                            "--column: there is no field '%s'", column->field);
    if (p->n_tags == PLAIN_TAGS_MOST) return import_wrong(p->in, p->fault, 0, "", "more than %d tags", PLAIN_TAGS_MOST);
    p->tags[p->n_tags] = column->field + 4;
    return find_column(p, column->column, &p->tag_at[p->n_tags++]);
}

static int is_mapped(const struct import_options *o, const char *field)
{
    for (int32_t i = 0; i < o->n_columns; i++)
        if (strcmp(o->columns[i].field, field) == 0) return 1;
    return 0;
}

/* Some field is mapped to this column: it is not also what its own name says. */
static int is_taken(const struct plain *p, const struct import_options *o, int32_t at)
{
    for (int32_t i = 0; i < o->n_columns; i++)
        if (csv_find(p->csv, o->columns[i].column) == at) return 1;
    return 0;
}

static enum floe_status map_columns(struct plain *p)
{
    const struct import_options *o = p->in->options;
    for (int field = 0; field < FIELDS; field++) {
        p->at[field] = csv_find(p->csv, field_name(field));
        if (p->at[field] == -2)
            return import_wrong(p->in, p->fault, p->csv->line, "", "two columns are named '%s'", field_name(field));
    }
    for (int32_t i = 0; i < o->n_columns; i++) {
        const enum floe_status status = map_one(p, &o->columns[i]);
        if (status != FLOE_OK) return status;
    }
    for (int field = 0; field < FIELDS; field++)
        if (p->at[field] >= 0 && !is_mapped(o, field_name(field)) && is_taken(p, o, p->at[field])) p->at[field] = -1;
    return FLOE_OK;
}

static int has_quantity(const struct plain *p)
{
    int has_any = p->at[INPUT] >= 0 || p->at[CACHE_WRITE] >= 0 || p->at[COST] >= 0;
    for (int kind = 0; kind < FACT_KINDS; kind++)
        has_any |= p->at[NAMED_FIELDS + kind] >= 0;
    return has_any;
}

static enum floe_status check_mapping(const struct plain *p)
{
    const int64_t line = p->csv->line;
    if (p->at[START] < 0)
        return import_wrong(p->in, p->fault, line, "--column start=COLUMN says which column has the instant",
                            "plain CSV: there is no column 'start'");
    if (!has_quantity(p))
        return import_wrong(p->in, p->fault, line,
                            "--column input=COLUMN --column output=COLUMN --column cost_usd=COLUMN",
                            "plain CSV: no column counts anything");
    if (p->at[INPUT] >= 0 && p->at[NAMED_FIELDS + FACT_INPUT_UNCACHED] >= 0)
        return import_wrong(p->in, p->fault, line, "map one of them only", "there are input and input_uncached");
    if (p->at[CACHE_WRITE] >= 0 && p->at[NAMED_FIELDS + FACT_CACHE_WRITE_5M] >= 0)
        return import_wrong(p->in, p->fault, line, "map one of them only", "there are cache_write and cache_write_5m");
    if (p->at[INPUT] >= 0 && p->in->options->input_includes_cached < 0)
        return import_wrong(p->in, p->fault, line,
                            "--input-includes-cached yes: as OpenAI, Gemini and LiteLLM count; no: as Anthropic and "
                            "Bedrock count",
                            "does the column of input include cached tokens? Counted wrongly, they are billed twice");
    return FLOE_OK;
}

/* ---- rows ---- */

static int number(const struct plain *p, int field, double *value)
{
    return columns_number(p->in, p->csv, field_name(field), p->at[field], value, p->fault);
}

/* 0: fault is filled. */
static int take_kinds(const struct plain *p, struct import_row *row)
{
    for (int kind = 0; kind < FACT_KINDS; kind++) {
        double value;
        const int got = p->at[NAMED_FIELDS + kind] < 0 ? 0 : number(p, NAMED_FIELDS + kind, &value);
        if (got < 0) return 0;
        if (got && is_money(kind))
            row->cost_of[kind] = value;
        else if (got)
            row->quantity[kind] = value;
    }
    return 1;
}

static int take_input(const struct plain *p, struct import_row *row)
{
    double input = 0, write = 0;
    if (number(p, CACHE_WRITE, &write) < 0) return 0;
    if (p->at[CACHE_WRITE] >= 0) row->quantity[FACT_CACHE_WRITE_5M] = write;
    if (p->at[INPUT] < 0) return 1;
    if (number(p, INPUT, &input) < 0) return 0;
    if (p->in->options->input_includes_cached)
        import_split_input(p->in, row, input, row->quantity[FACT_CACHE_READ], row->quantity[FACT_CACHE_WRITE_5M],
                           row->quantity[FACT_CACHE_WRITE_1H]);
    else
        row->quantity[FACT_INPUT_UNCACHED] = input;
    return 1;
}

/* Without a time of the day: a day's sum, which belongs to no hour of it. */
static int is_date(struct import_text text)
{
    struct civil_instant got;
    return civil_parse(text.at, text.n, &got) == NULL && got.is_date;
}

static enum floe_status take_span(const struct plain *p, struct import_row *row)
{
    const int has_start = columns_instant(p->in, p->csv, "start", p->at[START], &row->from_at_s, p->fault);
    if (has_start < 0) return FLOE_BAD_INPUT;
    if (!has_start) return import_wrong(p->in, p->fault, row->line, "", "start is empty");
    const int has_end = columns_instant(p->in, p->csv, "end", p->at[END], &row->to_at_s, p->fault);
    if (has_end < 0) return FLOE_BAD_INPUT;
    if (!has_end) row->to_at_s = row->from_at_s + (is_date(columns_text(p->csv, p->at[START])) ? S_PER_DAY : 0);
    if (row->to_at_s >= row->from_at_s) return FLOE_OK;
    return import_wrong(p->in, p->fault, row->line, "", "end is before start");
}

static void take_names(const struct plain *p, struct import_row *row)
{
    struct import_text *const names[] = {&row->model, &row->workload, &row->consumer,     &row->key,
                                         &row->route, &row->variant,  &row->service_tier, &row->id};
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        *names[i] = columns_text(p->csv, p->at[MODEL + i]);
    const char *model = import_model_of_file(p->in);
    if (row->model.n == 0 && model != NULL) row->model = (struct import_text){model, strlen(model)};
    for (int32_t i = 0; i < p->n_tags; i++) {
        row->tags[row->n_tags].name = (struct import_text){p->tags[i], strlen(p->tags[i])};
        row->tags[row->n_tags++].value = columns_text(p->csv, p->tag_at[i]);
    }
}

static int is_nothing(const struct import_row *row)
{
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (row->quantity[kind] != 0 || fact_has(row->cost_of[kind])) return 0;
    return !fact_has(row->cost_usd);
}

static enum floe_status read_row(const struct plain *p)
{
    struct import_row row;
    double cost;
    import_row_clear(&row);
    row.line = p->csv->line;
    enum floe_status status = take_span(p, &row);
    if (status != FLOE_OK) return status;
    if (!take_kinds(p, &row) || !take_input(p, &row)) return FLOE_BAD_INPUT;
    const int has_cost = number(p, COST, &cost);
    if (has_cost < 0) return FLOE_BAD_INPUT;
    if (has_cost) row.cost_usd = cost;
    status = import_currency(p->in, row.line, columns_text(p->csv, p->at[CURRENCY]), p->fault);
    if (status != FLOE_OK) return status;
    take_names(p, &row);
    if (!is_nothing(&row)) return import_add(p->in, &row, p->fault);
    import_dropped(p->in, row.line, "neither a quantity nor a cost");
    return FLOE_OK;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    struct csv csv;
    struct plain p = {.in = in, .csv = &csv, .fault = fault};
    int got = stream_csv(stream, &csv, fault);
    if (got <= 0) return got < 0 ? FLOE_BAD_INPUT : import_wrong(in, fault, 0, "", "there is no header");
    const int32_t n_fields = csv.n_fields;
    enum floe_status status = map_columns(&p);
    if (status == FLOE_OK) status = check_mapping(&p);
    while (status == FLOE_OK && (got = stream_csv(stream, &csv, fault)) == 1) {
        if (csv_is_blank(&csv)) continue;
        in->report->rows_read++;
        status = columns_check_width(in, &csv, n_fields, fault);
        if (status == FLOE_OK) status = read_row(&p);
    }
    return got < 0 ? FLOE_BAD_INPUT : status;
}

/* The last resort: a first line of at least two fields that are all names. */
static int knows(const char *head, size_t n)
{
    struct csv csv;
    csv_begin(&csv, head, n);
    if (n == 0 || head[0] == '{' || head[0] == '[' || csv_next(&csv) != CSV_RECORD || csv.n_fields < 2) return 0;
    for (int32_t i = 0; i < csv.n_fields && i < CSV_FIELDS_MOST; i++) {
        const struct csv_field field = csv.fields[i];
        if (field.n == 0) continue;
        const unsigned char c = (unsigned char)field.at[0];
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '_' && c < 0x80) return 0;
    }
    return 1;
}

const struct import_format import_plain_csv = {"csv", "any CSV, by --column FIELD=COLUMN", -1, knows, read_file, NULL,
                                               NULL};

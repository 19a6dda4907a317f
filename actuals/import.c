/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/import.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/formats.h"
#include "actuals/ids.h"
#include "actuals/inside.h"
#include "actuals/pricing.h"
#include "actuals/rules.h"
#include "models/calendar.h"
#include "models/model_name.h"
#include "scenarios/read/bytes.h"

#define COST_USD_ODD 1e9 /* of one row: more is likely to be a slip of the unit */
#define QUANTITY_ODD 1e15
#define AMOUNT_MOST 1e24    /* of one row: no export counts so much, and sums of such rows stay finite */
#define COST_OFF_SHARE 0.05 /* the export's cost beside list price: more is worth a word */

#define SOURCES_MOST 1024

/* When which format told of which model: two of them at the same time are the same usage, seen twice. */
struct source {
    int32_t model, format;
    int64_t from_at_s, to_at_s;
};

#define PENDING_MOST 8

/* What was changed in the row under way: counted once it is known that the row is kept. */
struct pending {
    int64_t line;
    char what[IMPORT_TEXT_BYTES];
};

struct import_inside {
    struct pending pending[PENDING_MOST];
    int32_t n_pending;
    struct source sources[SOURCES_MOST];
    int32_t n_sources, last_source;
    struct ids ids;
    struct pricing pricing;
    int64_t rule_hits[RULES_MOST];
    int is_cut, is_blind, has_fully_seen;
};

/* The first that knows a file's bytes reads it: the particular ones stand first. */
const struct import_format *const import_formats[] = {&import_cloudwatch, &import_litellm_spend, &import_litellm_daily,
                                                      &import_floe_usage, &import_floe_result,   &import_focus,
                                                      &import_otel,       &import_plain_csv};
const int n_import_formats = sizeof import_formats / sizeof import_formats[0];

_Static_assert(sizeof import_formats / sizeof import_formats[0] <= 16, "struct import has 16 states");

/* ---- the report ---- */

static void copy_name(char out[PATH_BYTES], const char *name)
{
    snprintf(out, PATH_BYTES, "%s", name);
}

static void count_reason(struct import *in, int64_t line, int64_t n, int is_kept, const char *what)
{
    struct import_report *report = in->report;
    int32_t i = 0;
    while (i < report->n_reasons &&
           (report->reasons[i].is_kept != is_kept || strcmp(report->reasons[i].what, what) != 0))
        i++;
    if (i == IMPORT_REASONS_MOST) i--; /* the last stands for the others, too */
    struct import_reason *reason = &report->reasons[i];
    if (i == report->n_reasons) {
        report->n_reasons++;
        snprintf(reason->what, sizeof reason->what, "%s", what);
        reason->is_kept = is_kept;
        reason->first_line = line;
        copy_name(reason->first_file, in->file);
    }
    reason->n += n;
}

/* Those of this line count if it is kept; those of others, whose rows nobody added, always. */
static void settle(struct import *in, int64_t line, int is_kept)
{
    struct import_inside *inside = in->inside;
    for (int32_t i = 0; inside != NULL && i < inside->n_pending; i++)
        if (is_kept || inside->pending[i].line != line)
            count_reason(in, inside->pending[i].line, 1, 1, inside->pending[i].what);
    if (inside != NULL) inside->n_pending = 0;
}

void import_dropped(struct import *in, int64_t line, const char *format, ...)
{
    char what[IMPORT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    settle(in, line, 0);
    count_reason(in, line, 1, 0, what);
}

void import_changed(struct import *in, int64_t line, const char *format, ...)
{
    char what[IMPORT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    struct import_inside *inside = in->inside;
    if (inside == NULL) return;
    if (inside->n_pending == PENDING_MOST || (inside->n_pending > 0 && inside->pending[0].line != line))
        settle(in, line, 1);
    struct pending *pending = &inside->pending[inside->n_pending++];
    pending->line = line;
    memcpy(pending->what, what, sizeof what);
}

void import_warn(struct import *in, const char *format, ...)
{
    struct import_report *report = in->report;
    char text[IMPORT_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (int32_t i = 0; i < report->n_warnings; i++)
        if (strcmp(report->warnings[i], text) == 0) return;
    if (report->n_warnings == IMPORT_WARNINGS_MOST)
        report->warnings_left_out++;
    else
        memcpy(report->warnings[report->n_warnings++], text, sizeof text);
}

enum floe_status import_wrong(const struct import *in, struct import_fault *fault, int64_t line, const char *hint,
                              const char *format, ...)
{
    va_list arguments;
    memset(fault, 0, sizeof *fault);
    copy_name(fault->file, in->file);
    fault->line = line;
    va_start(arguments, format);
    vsnprintf(fault->what, sizeof fault->what, format, arguments);
    va_end(arguments);
    snprintf(fault->hint, sizeof fault->hint, "%s", hint);
    return FLOE_BAD_INPUT;
}

static enum floe_status no_memory(const struct import *in, struct import_fault *fault)
{
    (void)import_wrong(in, fault, 0, "", "out of memory");
    return FLOE_ENVIRONMENT;
}

/* ---- begin, files, end ---- */

void import_begin(struct import *in, const struct import_options *options, struct facts *facts,
                  struct import_report *report)
{
    memset(in, 0, sizeof *in);
    memset(report, 0, sizeof *report);
    in->options = options;
    in->facts = facts;
    in->report = report;
    in->inside = (struct import_inside *)calloc(1, sizeof *in->inside); /* looked at by import_file */
}

void **import_state(struct import *in)
{
    return &in->state[in->format];
}

static void list_formats(char *out, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < n_import_formats && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? ", " : "", import_formats[i]->name);
}

static int find_format(struct import *in, const char *head, size_t n, struct import_fault *fault)
{
    char all[240], hint[300];
    const char *wanted = in->options->format;
    for (int i = 0; i < n_import_formats; i++)
        if (wanted != NULL ? strcmp(import_formats[i]->name, wanted) == 0 : import_formats[i]->knows(head, n)) return i;
    list_formats(all, sizeof all);
    snprintf(hint, sizeof hint, "formats: %s", all);
    if (wanted != NULL)
        import_wrong(in, fault, 0, hint, "there is no format '%.60s'", wanted);
    else
        import_wrong(in, fault, 0, hint,
                     "the first bytes are of no format that is known; --format NAME says which it is");
    return -1;
}

static void note_format(struct import_report *report, const char *name)
{
    const size_t n = strlen(report->formats);
    if (strstr(report->formats, name) == NULL)
        snprintf(report->formats + n, sizeof report->formats - n, "%s%s", n > 0 ? ", " : "", name);
}

static int is_empty(const char *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memchr(" \t\r\n", head[i], 4) == NULL) return 0;
    return 1;
}

static enum floe_status read_stream(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    size_t n;
    if (!stream_fill(stream, fault)) return stream_was_cancelled(stream) ? FLOE_CANCELLED : FLOE_BAD_INPUT;
    const char *head = stream_head(stream, &n);
    if (is_empty(head, n)) return import_wrong(in, fault, 0, "", "the file is empty");
    in->format = find_format(in, head, n, fault);
    if (in->format < 0) return FLOE_BAD_INPUT;
    note_format(in->report, import_formats[in->format]->name);
    const enum floe_status status = import_formats[in->format]->read(in, stream, fault);
    return status != FLOE_OK && stream_was_cancelled(stream) ? FLOE_CANCELLED : status;
}

enum floe_status import_file(struct import *in, const struct byte_source *source, const char *file,
                             struct import_fault *fault)
{
    copy_name(in->file, file);
    memset(fault, 0, sizeof *fault);
    struct import_stream *stream = in->inside == NULL ? NULL : stream_open(in, source);
    if (stream == NULL) return no_memory(in, fault);
    in->report->files++;
    const enum floe_status status = read_stream(in, stream, fault);
    stream_close(stream);
    return status;
}

static void warn_of_rules(struct import *in)
{
    const struct import_rules *rules = in->options->rules;
    for (int32_t i = 0; rules != NULL && i < rules->n; i++)
        if (in->inside->rule_hits[i] == 0)
            import_warn(in, "rule %d (%.100s:%d, consumer %.60s) matched no row", (int)i + 1, rules->file,
                        (int)rules->items[i].line, rules->items[i].consumer);
    if (in->inside->is_cut)
        import_warn(in,
                    "hours of rules cut through spans of the export: such a span goes as a whole to the consumer whose "
                    "hours hold at least half of it");
    if (in->inside->is_blind)
        import_warn(in,
                    "rules ask for hours, and the export has spans longer than these: whose they are cannot be told "
                    "and they stay 'unknown'; export by the hour (period 3600)");
}

static void warn_of_prices(struct import *in)
{
    const struct pricing *p = &in->inside->pricing;
    if (p->said_usd == 0 || p->listed_usd == 0) return;
    const double ratio = p->said_usd / p->listed_usd;
    if (fabs(ratio - 1) > COST_OFF_SHARE)
        import_warn(in,
                    "the export says %.2f dollars for what the price book lists at %.2f (x%.2f): a discount, another "
                    "price, or cached tokens billed twice",
                    p->said_usd, p->listed_usd, ratio);
    import_warn(in,
                "rows with one cost are split over their token classes in proportion to list prices; their sum is the "
                "export's");
}

static void warn_of_sources(struct import *in)
{
    const struct import_inside *inside = in->inside;
    for (int32_t i = 0; i < inside->n_sources; i++)
        for (int32_t j = 0; j < i; j++) {
            const struct source *a = &inside->sources[i], *b = &inside->sources[j];
            const char *model = facts_text_of(in->facts, a->model);
            if (a->format == b->format || a->from_at_s >= b->to_at_s || b->from_at_s >= a->to_at_s) continue;
            if (a->model != b->model && !model_name_is_alike(model, facts_text_of(in->facts, b->model))) continue;
            import_warn(in,
                        "'%.80s' stands in %s and in %s for the same time: the same usage seen from two sides counts "
                        "twice; import them apart and compare",
                        model, import_formats[b->format]->name, import_formats[a->format]->name);
        }
}

enum floe_status import_end(struct import *in, struct import_fault *fault)
{
    enum floe_status status = FLOE_OK;
    memset(fault, 0, sizeof *fault);
    if (in->inside == NULL) return no_memory(in, fault);
    for (in->format = 0; in->format < n_import_formats && status == FLOE_OK; in->format++)
        if (import_formats[in->format]->end != NULL) status = import_formats[in->format]->end(in, fault);
    in->format = 0;
    settle(in, -1, 1);
    if (status != FLOE_OK) return status;
    if (in->options->n_columns > 0 && strstr(in->report->formats, import_plain_csv.name) == NULL)
        import_warn(in, "--column maps plain CSV, and no file is read as one: --format csv makes it so");
    warn_of_rules(in);
    warn_of_sources(in);
    warn_of_prices(in);
    return FLOE_OK;
}

void import_free(struct import *in)
{
    for (int i = 0; i < n_import_formats; i++) {
        if (in->state[i] == NULL) continue;
        if (import_formats[i]->drop != NULL)
            import_formats[i]->drop(in->state[i]);
        else
            free(in->state[i]);
    }
    if (in->inside != NULL) {
        ids_free(&in->inside->ids);
        pricing_free(&in->inside->pricing);
        free(in->inside);
    }
    memset(in, 0, sizeof *in);
}

/* ---- rows ---- */

void import_row_clear(struct import_row *row)
{
    memset(row, 0, offsetof(struct import_row, tags)); /* the tags count as far as n_tags says */
    memset(row->quantity, 0, sizeof row->quantity);
    row->cost_usd = FACT_UNKNOWN;
    for (int kind = 0; kind < FACT_KINDS; kind++)
        row->cost_of[kind] = row->unit_price_usd[kind] = FACT_UNKNOWN;
}

static double at_least_0(struct import *in, const struct import_row *row, double value, const char *what)
{
    if (value >= 0) return value;
    import_changed(in, row->line, "%s is negative: set to 0", what);
    return 0;
}

void import_split_input(struct import *in, struct import_row *row, double input, double cache_read,
                        double cache_write_5m, double cache_write_1h)
{
    cache_read = at_least_0(in, row, cache_read, "cache_read");
    cache_write_5m = at_least_0(in, row, cache_write_5m, "cache_write_5m");
    cache_write_1h = at_least_0(in, row, cache_write_1h, "cache_write_1h");
    const double uncached = at_least_0(in, row, input, "input") - cache_read - cache_write_5m - cache_write_1h;
    if (uncached < 0 && input >= 0)
        import_changed(in, row->line, "more cached tokens than input, which includes them: uncached input set to 0");
    row->quantity[FACT_INPUT_UNCACHED] = uncached > 0 ? uncached : 0;
    row->quantity[FACT_CACHE_READ] = cache_read;
    row->quantity[FACT_CACHE_WRITE_5M] = cache_write_5m;
    row->quantity[FACT_CACHE_WRITE_1H] = cache_write_1h;
}

static int64_t rows_of(const struct import_row *row)
{
    return row->rows_read > 1 ? row->rows_read : 1;
}

/* 1: the row is wanted; 0: it is not, and counted; -1: no memory. */
static int is_wanted(struct import *in, const struct import_row *row)
{
    const struct import_options *o = in->options;
    if ((o->from_at_s != 0 || o->to_at_s != 0) && (row->from_at_s < o->from_at_s || row->from_at_s >= o->to_at_s)) {
        count_reason(in, row->line, rows_of(row), 0, "begins outside of --from and --to");
        return 0;
    }
    if (row->id.n == 0 || in->inside->has_fully_seen) return 1;
    const enum ids_got got = ids_new(&in->inside->ids, row->id.at, row->id.n);
    if (got == IDS_SEEN) count_reason(in, row->line, rows_of(row), 0, "duplicate: the same request id was read before");
    if (got == IDS_FULL) {
        in->inside->has_fully_seen = 1;
        import_warn(in, "more than %lld requests: duplicates are no longer looked for from %.100s:%lld on",
                    (long long)IDS_MOST, in->file, (long long)row->line);
    }
    return got == IDS_SEEN ? 0 : got == IDS_NO_MEMORY ? -1 : 1;
}

static int is_too_much(double value)
{
    return fact_has(value) && fabs(value) > AMOUNT_MOST;
}

static enum floe_status look_for_too_much(const struct import *in, const struct import_row *row,
                                          struct import_fault *fault)
{
    const char *what = is_too_much(row->cost_usd) ? "cost" : NULL;
    for (int kind = 0; kind < FACT_KINDS && what == NULL; kind++)
        if (is_too_much(row->quantity[kind]) || is_too_much(row->cost_of[kind]) ||
            is_too_much(row->unit_price_usd[kind]))
            what = fact_kinds[kind].name;
    if (what == NULL) return FLOE_OK;
    return import_wrong(in, fault, row->line, "is the row damaged, or are two numbers written as one?",
                        "%s: its quantity, price or cost is out of range; allowed: up to %g", what, AMOUNT_MOST);
}

static void check_values(struct import *in, struct import_row *row)
{
    double cost = fact_has(row->cost_usd) ? row->cost_usd : 0;
    for (int kind = 0; kind < FACT_KINDS; kind++) {
        double *quantity = &row->quantity[kind];
        if (fact_has(row->cost_of[kind])) cost += row->cost_of[kind];
        if ((*quantity < 0 && !row->may_be_negative) || *quantity != *quantity) {
            import_changed(in, row->line, "%s is negative or no number: set to 0", fact_kinds[kind].name);
            *quantity = 0;
        }
        if (*quantity > QUANTITY_ODD)
            import_warn(in, "%.100s:%lld: %.6g %s of %s in one row: is the unit right?", in->file, (long long)row->line,
                        *quantity, fact_kinds[kind].unit, fact_kinds[kind].name);
    }
    if (fabs(cost) >= COST_USD_ODD)
        import_warn(in, "%.100s:%lld: %.6g dollars in one row: is the unit right?", in->file, (long long)row->line,
                    cost);
}

static struct import_text text_of(const char *text)
{
    return (struct import_text){text, strlen(text)};
}

static void apply_rules(struct import *in, struct import_row *row)
{
    const struct import_rules *rules = in->options->rules;
    if (rules == NULL) return;
    const struct rule_match match = import_rules_match(rules, row);
    in->inside->is_cut |= match.is_cut;
    in->inside->is_blind |= match.is_blind;
    if (match.rule >= 0) {
        const struct import_rule *rule = &rules->items[match.rule];
        in->inside->rule_hits[match.rule]++;
        row->consumer = text_of(rule->consumer);
        if (rule->workload[0] != '\0') row->workload = text_of(rule->workload);
    } else if (row->consumer.n == 0) {
        row->consumer = text_of("unknown");
    }
}

/* The clock hour of its begin, or the span of the export when that is longer. */
static void span_of(struct import *in, const struct import_row *row, struct fact *fact)
{
    const int64_t span_s = row->to_at_s - row->from_at_s;
    const int64_t hour = calendar_floor_div(row->from_at_s, S_PER_HOUR) * S_PER_HOUR;
    const int is_as_given = row->is_cell || span_s > IMPORT_SPAN_S_MOST;
    fact->from_at_s = is_as_given ? row->from_at_s : hour;
    fact->to_at_s = is_as_given ? row->to_at_s : hour + S_PER_HOUR;
    if (span_s > IMPORT_SPAN_S_MOST)
        import_warn(in,
                    "%.100s has sums over more than an hour: what happened within them (a run of an hour and a half, "
                    "an expired cache) cannot be seen or told apart",
                    in->file);
    else if (!is_as_given && span_s > 0 && row->to_at_s > hour + S_PER_HOUR)
        import_warn(in, "%.100s has sums that lie across clock hours: each counts in the hour in which it begins",
                    in->file);
}

/* Bytes that are no printable UTF-8 would make the tables unreadable for others: they become '?'. */
static int32_t name_of(struct import *in, const struct import_row *row, struct import_text text)
{
    char clean[FACT_NAME_MOST + 1];
    struct bytes_place place;
    struct fault fault;
    size_t n = text.n > FACT_NAME_MOST ? FACT_NAME_MOST : text.n;
    int is_odd = text.n > FACT_NAME_MOST;
    if (n == 0) return facts_text(in->facts, "", 0);
    for (size_t i = 0; i < n && !is_odd; i++)
        is_odd = (unsigned char)text.at[i] < ' ' || (unsigned char)text.at[i] > '~';
    if (!is_odd) return facts_text(in->facts, text.at, n);
    memcpy(clean, text.at, n);
    while (n < text.n && n > 0 && ((unsigned char)text.at[n] & 0xc0) == 0x80)
        n--; /* a letter is not cut in two */
    const int is_text = bytes_check(clean, n, &place, &fault);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)clean[i] < ' ' || clean[i] == 0x7f || (!is_text && (unsigned char)clean[i] > '~'))
            clean[i] = '?';
    if (!is_text || memcmp(clean, text.at, n) != 0 || n < text.n)
        import_changed(in, row->line, "a name was cut or held what is no text: shown as '?'");
    return facts_text(in->facts, clean, n);
}

static int name_fact(struct import *in, const struct import_row *row, struct fact *fact)
{
    fact->variant = name_of(in, row, row->variant);
    fact->workload = name_of(in, row, row->workload);
    fact->consumer = name_of(in, row, row->consumer);
    fact->key = name_of(in, row, row->key);
    fact->route = name_of(in, row, row->route);
    fact->model = name_of(in, row, row->model);
    fact->service_tier = name_of(in, row, row->service_tier);
    return fact->variant >= 0 && fact->workload >= 0 && fact->consumer >= 0 && fact->key >= 0 && fact->route >= 0 &&
           fact->model >= 0 && fact->service_tier >= 0;
}

static void note_source(struct import *in, const struct fact *fact)
{
    struct import_inside *inside = in->inside;
    int32_t i = inside->last_source;
    if (i >= inside->n_sources || inside->sources[i].model != fact->model || inside->sources[i].format != in->format)
        for (i = 0; i < inside->n_sources; i++)
            if (inside->sources[i].model == fact->model && inside->sources[i].format == in->format) break;
    if (i == SOURCES_MOST || fact->model <= 0) return;
    struct source *source = &inside->sources[i];
    if (i == inside->n_sources) {
        *source = (struct source){fact->model, in->format, fact->from_at_s, fact->to_at_s};
        inside->n_sources++;
    }
    if (fact->from_at_s < source->from_at_s) source->from_at_s = fact->from_at_s;
    if (fact->to_at_s > source->to_at_s) source->to_at_s = fact->to_at_s;
    inside->last_source = i;
}

static enum floe_status add_kind(struct import *in, struct fact fact, int kind, double quantity, double price,
                                 double cost, struct import_fault *fault)
{
    fact.kind = kind;
    fact.quantity = quantity;
    fact.unit_price_usd = price;
    fact.cost_usd = cost;
    const enum floe_status status = facts_add(in->facts, &fact);
    if (status == FLOE_ENVIRONMENT) return no_memory(in, fault);
    if (status != FLOE_FULL) return status;
    (void)import_wrong(in, fault, 0, "use --from and --to, or rules that need fewer keys",
                       "more than %lld cells of hour x names x kind", (long long)FACTS_MOST);
    return FLOE_BAD_INPUT;
}

static enum floe_status add_facts(struct import *in, const struct import_row *row, const struct fact *named,
                                  struct import_fault *fault)
{
    enum floe_status status = FLOE_OK;
    double split = 0;
    int is_split = 0;
    for (int kind = 0; kind < FACT_KINDS && status == FLOE_OK; kind++) {
        const double cost = row->cost_of[kind];
        if (fact_has(cost)) split += cost, is_split = 1;
        if (row->quantity[kind] != 0 || fact_has(cost))
            status = add_kind(in, *named, kind, row->quantity[kind], row->unit_price_usd[kind], cost, fault);
    }
    if (status != FLOE_OK || !fact_has(row->cost_usd)) return status;
    const double rest = row->cost_usd - split; /* no quantity explains it */
    if (is_split && fabs(rest) <= 1e-9 * fabs(row->cost_usd)) return FLOE_OK;
    return add_kind(in, *named, FACT_SPEND, 0, FACT_UNKNOWN, rest, fault);
}

enum floe_status import_add(struct import *in, const struct import_row *given, struct import_fault *fault)
{
    struct import_row row = *given;
    struct fact fact = fact_of(0, 0, FACT_CALL);
    const int wanted = is_wanted(in, &row);
    if (wanted < 0) return no_memory(in, fault);
    if (wanted == 0) settle(in, row.line, 0);
    if (wanted == 0) return FLOE_OK;
    const enum floe_status status = look_for_too_much(in, &row, fault);
    if (status != FLOE_OK) return status;
    check_values(in, &row);
    apply_rules(in, &row);
    if (!pricing_of_row(in, &in->inside->pricing, &row)) return no_memory(in, fault);
    span_of(in, &row, &fact);
    if (!name_fact(in, &row, &fact)) return no_memory(in, fault);
    note_source(in, &fact);
    in->report->rows_kept += rows_of(&row);
    settle(in, row.line, 1);
    return add_facts(in, &row, &fact, fault);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/trace_csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/civil.h"
#include "scenarios/read/csv.h"
#include "scenarios/read/names.h"
#include "sim/hash.h"

enum { TIME, INPUT, OUTPUT, WANTED_N };
enum form { FORM_UNKNOWN, FORM_INSTANT, FORM_SECONDS };

static const char how_to_write_instants[] =
    "write 2023-11-16 18:15:46.68 (UTC), ISO 8601 with Z or an offset, or seconds since the start";

struct reading {
    struct csv csv;
    const struct trace_ref *ref;
    int64_t start_at_s;
    int32_t columns[WANTED_N];
    int32_t n_header; /* fields of the header */
    int has_columns;  /* the header was read */
    enum form form;
    struct csv_field last_instant; /* as written in the row before */
    int64_t last_line;
    int64_t capacity;
    struct trace rows;
    struct trace_fault *fault;
};

/* "column 2, ContextTokens: " for a 0-based column, as far as its name is known. */
static size_t name_column(const struct reading *r, int32_t column, char *out, size_t size)
{
    const char *const names[WANTED_N] = {r->ref->time, r->ref->input, r->ref->output};
    const char *name = "";
    for (int i = 0; i < WANTED_N; i++)
        if (r->has_columns && r->columns[i] == column) name = names[i];
    return (size_t)snprintf(out, size, "column %d%s%.95s: ", (int)column + 1, name[0] != '\0' ? ", " : "", name);
}

/* What is wrong and, unless NULL, a hint; always FLOE_BAD_INPUT. `column` is 0-based, -1 unknown. */
static enum floe_status refuse(struct reading *r, int64_t line, int32_t column, const char *hint, const char *format,
                               ...) __attribute__((format(printf, 5, 6)));

static enum floe_status refuse(struct reading *r, int64_t line, int32_t column, const char *hint, const char *format,
                               ...)
{
    va_list arguments;
    const size_t n = column < 0 ? 0 : name_column(r, column, r->fault->what, sizeof r->fault->what);
    va_start(arguments, format);
    vsnprintf(r->fault->what + n, sizeof r->fault->what - n, format, arguments);
    va_end(arguments);
    snprintf(r->fault->hint, sizeof r->fault->hint, "%s", hint ? hint : "");
    r->fault->row = line;
    r->fault->column = column + 1;
    return FLOE_BAD_INPUT;
}

/* The value of a wanted column in the row at hand, unescaped into `scratch` if it must be. */
static struct csv_field value(const struct reading *r, int wanted, char *scratch, size_t size)
{
    struct csv_field field = r->csv.fields[r->columns[wanted]];
    if (!field.has_doubled_quotes) return field;
    size_t n = 0;
    for (size_t i = 0; i < field.n && n < size; i++) {
        scratch[n++] = field.at[i];
        i += field.at[i] == '"';
    }
    return (struct csv_field){scratch, n, 0};
}

/* --- numbers ------------------------------------------------------------------------------------------------ */

/* A decimal number as mantissa * 10^exponent. Digits after the nineteenth are dropped; the error is below 1e-18 of
 * the value, and half a nanosecond is decided by the digits kept. */
struct seconds {
    uint64_t mantissa;
    int64_t exponent;
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *take_digits(const char *at, const char *end, struct seconds *d, int64_t step_kept,
                               int64_t step_dropped)
{
    for (; at < end && is_digit(*at); at++) {
        if (d->mantissa < 1000000000000000000u) {
            d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
            d->exponent += step_kept;
        } else {
            d->exponent += step_dropped;
        }
    }
    return at;
}

static const char *take_exponent(const char *at, const char *end, struct seconds *d)
{
    int64_t e = 0;
    if (at == end || (*at != 'e' && *at != 'E')) return at;
    const int negative = ++at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return NULL;
    for (; at < end && is_digit(*at); at++)
        if (e < 100000) e = e * 10 + (*at - '0');
    d->exponent += negative ? -e : e;
    return at;
}

/* Digits, a point and digits, an exponent; no sign. 0: it is something else. */
static int parse_seconds(struct csv_field field, struct seconds *d)
{
    const char *end = field.at + field.n, *start = field.at;
    *d = (struct seconds){0, 0};
    const char *at = take_digits(start, end, d, 0, 1);
    int64_t digits = at - start;
    if (at < end && *at == '.') {
        start = ++at;
        at = take_digits(start, end, d, -1, 0);
        digits += at - start;
    }
    if (digits == 0) return 0;
    at = take_exponent(at, end, d);
    return at == end;
}

/* mantissa * 10^exponent nanoseconds, rounded half up; 0: beyond int64. */
static int round_to_i64(struct seconds d, int64_t *out)
{
    uint64_t v = d.mantissa;
    if (d.exponent < -20) v = 0;
    for (int64_t e = d.exponent; e < -1 && v != 0; e++)
        v /= 10;
    if (d.exponent < 0) v = v / 10 + (v % 10 >= 5);
    for (int64_t e = d.exponent; e > 0 && v != 0; e--)
        if (v > INT64_MAX / 10)
            return 0;
        else
            v *= 10;
    if (v > INT64_MAX) return 0;
    *out = (int64_t)v;
    return 1;
}

static int looks_like_instant(struct csv_field field)
{
    return memchr(field.at, ':', field.n) != NULL || (field.n > 4 && is_digit(field.at[3]) && field.at[4] == '-');
}

/* --- one row -------------------------------------------------------------------------------------------------- */

static enum floe_status bad_instant(struct reading *r, struct csv_field field, const char *why)
{
    char shown[48];
    csv_show(field, shown, sizeof shown);
    return refuse(r, r->csv.line, r->columns[TIME], how_to_write_instants, "'%s' is not an instant: %s", shown, why);
}

static enum floe_status beyond_clock(struct reading *r, struct csv_field field)
{
    char shown[48];
    csv_show(field, shown, sizeof shown);
    return refuse(r, r->csv.line, r->columns[TIME], "the clock reaches 292 years from the scenario's start",
                  "'%s' is beyond the clock of the simulation", shown);
}

static enum floe_status read_instant(struct reading *r, struct csv_field field, int64_t *at_ns)
{
    struct civil_instant instant;
    int64_t since_s;
    const char *why = civil_parse(field.at, field.n, &instant);
    if (why != NULL) return bad_instant(r, field, why);
    if (__builtin_sub_overflow(instant.at_s, r->start_at_s, &since_s) ||
        __builtin_mul_overflow(since_s, NS_PER_S, at_ns) || __builtin_add_overflow(*at_ns, instant.ns, at_ns))
        return beyond_clock(r, field);
    return FLOE_OK;
}

static enum floe_status read_seconds(struct reading *r, struct csv_field field, int64_t *at_ns)
{
    struct seconds d;
    struct csv_field unsigned_field = field;
    if (field.n > 1 && (field.at[0] == '-' || field.at[0] == '+')) unsigned_field.at++, unsigned_field.n--;
    if (!parse_seconds(unsigned_field, &d)) return bad_instant(r, field, "it is no number of seconds either");
    if (field.at[0] == '-' && d.mantissa != 0)
        return bad_instant(r, field, "seconds since the start cannot be negative");
    d.exponent += 9;
    return round_to_i64(d, at_ns) ? FLOE_OK : beyond_clock(r, field);
}

static enum floe_status read_time(struct reading *r, int64_t *at_ns)
{
    char scratch[64];
    const struct csv_field field = value(r, TIME, scratch, sizeof scratch);
    const enum form form = looks_like_instant(field) ? FORM_INSTANT : FORM_SECONDS;
    if (field.n == 0) return bad_instant(r, field, "the field is empty");
    if (r->form == FORM_UNKNOWN) r->form = form;
    if (form != r->form)
        return bad_instant(r, field,
                           r->form == FORM_SECONDS ? "the first row gave seconds, this one does not"
                                                   : "the first row gave a date and time, this one does not");
    return form == FORM_INSTANT ? read_instant(r, field, at_ns) : read_seconds(r, field, at_ns);
}

/* Why it is no whole number of tokens; NULL when it is. */
static const char *parse_tokens(struct csv_field field, uint32_t *tok)
{
    size_t i = 0;
    uint64_t sum = 0;
    if (field.n == 0) return "the field is empty";
    if (field.at[0] == '-') return "it must not be negative";
    for (; i < field.n && is_digit(field.at[i]); i++)
        if (sum <= TRACE_TOK_MOST) sum = sum * 10 + (uint64_t)(field.at[i] - '0');
    if (i == 0) return "it is no whole number";
    if (i < field.n && field.at[i] == '.')
        for (i++; i < field.n && field.at[i] == '0'; i++)
            ;
    if (i < field.n) return "it is no whole number";
    if (sum > TRACE_TOK_MOST) return "it is too large";
    *tok = (uint32_t)sum;
    return NULL;
}

static enum floe_status read_tokens(struct reading *r, int wanted, uint32_t *tok)
{
    char scratch[64], shown[48];
    const struct csv_field field = value(r, wanted, scratch, sizeof scratch);
    const char *why = parse_tokens(field, tok);
    if (why == NULL) return FLOE_OK;
    csv_show(field, shown, sizeof shown);
    return refuse(r, r->csv.line, r->columns[wanted], "tokens are whole numbers from 0 to 1000000000, as 374 or 374.0",
                  "'%s' is not a number of tokens: %s", shown, why);
}

static enum floe_status check_order(struct reading *r, int64_t at_ns)
{
    char now[48], before[48];
    if (r->rows.n == 0 || at_ns >= r->rows.at_ns[r->rows.n - 1]) return FLOE_OK;
    csv_show(r->csv.fields[r->columns[TIME]], now, sizeof now);
    csv_show(r->last_instant, before, sizeof before);
    return refuse(r, r->csv.line, r->columns[TIME], "sort the file by time; equal instants are allowed",
                  "rows are out of order: '%s' comes after '%s' of line %lld", now, before, (long long)r->last_line);
}

static int resize(void **array, int64_t rows, size_t size)
{
    if ((uint64_t)rows > SIZE_MAX / size) return 0;
    void *bigger = realloc(*array, (size_t)rows * size);
    if (bigger == NULL) return 0;
    *array = bigger;
    return 1;
}

static enum floe_status set_capacity(struct reading *r, int64_t rows)
{
    void *at_ns = r->rows.at_ns, *input_tok = r->rows.input_tok, *output_tok = r->rows.output_tok;
    const int fits = resize(&at_ns, rows, sizeof(int64_t)) && resize(&input_tok, rows, sizeof(uint32_t)) &&
                     resize(&output_tok, rows, sizeof(uint32_t));
    r->rows.at_ns = at_ns, r->rows.input_tok = input_tok, r->rows.output_tok = output_tok;
    if (fits) r->capacity = rows;
    if (fits) return FLOE_OK;
    (void)refuse(r, r->csv.line, -1, "use a shorter trace", "out of memory for %lld rows", (long long)rows);
    return FLOE_ENVIRONMENT;
}

static enum floe_status check_fields(struct reading *r)
{
    if (csv_is_blank(&r->csv)) return refuse(r, r->csv.line, -1, "take the line out", "an empty line between the rows");
    for (int i = 0; i < WANTED_N; i++)
        if (r->columns[i] >= r->csv.n_fields)
            return refuse(r, r->csv.line, r->columns[i], "every row needs as many fields as the header names",
                          "too few fields: %d in this row", (int)r->csv.n_fields);
    if (r->csv.n_fields > r->n_header)
        return refuse(r, r->csv.line, r->n_header, "a number such as 1,234 needs quotes, or better no comma",
                      "too many fields: %d in this row, %d in the header", (int)r->csv.n_fields, (int)r->n_header);
    return FLOE_OK;
}

static enum floe_status take_row(struct reading *r)
{
    int64_t at_ns = 0;
    uint32_t input_tok = 0, output_tok = 0;
    enum floe_status status = check_fields(r);
    if (status == FLOE_OK) status = read_time(r, &at_ns);
    if (status == FLOE_OK) status = read_tokens(r, INPUT, &input_tok);
    if (status == FLOE_OK) status = read_tokens(r, OUTPUT, &output_tok);
    if (status == FLOE_OK) status = check_order(r, at_ns);
    if (status == FLOE_OK && r->rows.n == r->capacity) status = set_capacity(r, r->capacity + r->capacity / 2 + 1024);
    if (status != FLOE_OK) return status;
    const int64_t i = r->rows.n++;
    r->rows.at_ns[i] = at_ns, r->rows.input_tok[i] = input_tok, r->rows.output_tok[i] = output_tok;
    r->last_instant = r->csv.fields[r->columns[TIME]];
    r->last_line = r->csv.line;
    return FLOE_OK;
}

/* --- the file ------------------------------------------------------------------------------------------------- */

static enum floe_status broken_record(struct reading *r, enum csv_got got)
{
    if (got == CSV_QUOTE_NEVER_CLOSES)
        return refuse(r, r->csv.line, r->csv.n_fields, "close it, or write \"\" for a quote within quotes",
                      "a quote opens here and never closes");
    return refuse(r, r->csv.line, r->csv.n_fields, "write \"\" for a quote within quotes",
                  "there is text after the closing quote");
}

enum { SHOWN_BYTES = 40 };

/* The header's column that was probably meant, as text; "" when none is near enough. */
static void nearest_column(const struct reading *r, const char *name, char out[SHOWN_BYTES])
{
    char shown[SHOWN_BYTES];
    struct nearest nearest = nearest_begin(name);
    out[0] = '\0';
    for (int32_t i = 0; i < r->csv.n_fields && i < CSV_FIELDS_MOST; i++) {
        nearest.best = NULL; /* it points to `shown`, which is about to change */
        csv_show(r->csv.fields[i], shown, sizeof shown);
        nearest_consider(&nearest, shown);
        if (nearest.best != NULL) memcpy(out, shown, sizeof shown);
    }
}

/* Of a header that is one field because something else than a comma separates it. */
static const char *other_separator(const struct reading *r)
{
    const struct csv_field *only = &r->csv.fields[0];
    if (r->csv.n_fields != 1) return "";
    if (memchr(only->at, ';', only->n) != NULL) return "; it is separated by semicolons, not commas";
    return memchr(only->at, '\t', only->n) != NULL ? "; it is separated by tabs, not commas" : "";
}

static enum floe_status missing_column(struct reading *r, const char *name, const char *key)
{
    char hint[240] = "", shown[SHOWN_BYTES];
    int n = 0;
    nearest_column(r, name, shown);
    if (shown[0] != '\0') n = snprintf(hint, sizeof hint, "did you mean '%s'? ", shown);
    n += snprintf(hint + n, sizeof hint - (size_t)n, "name it in the trace's `%s:`; the header has: ", key);
    for (int32_t i = 0; i < r->csv.n_fields && i < CSV_FIELDS_MOST && n + 48 < (int)sizeof hint; i++) {
        csv_show(r->csv.fields[i], shown, sizeof shown);
        n += snprintf(hint + n, sizeof hint - (size_t)n, "%s%s", i > 0 ? ", " : "", shown);
    }
    return refuse(r, r->csv.line, -1, hint, "the header has no column '%.95s'%s", name, other_separator(r));
}

static enum floe_status find_columns(struct reading *r)
{
    r->n_header = r->csv.n_fields;
    const char *const names[WANTED_N] = {r->ref->time, r->ref->input, r->ref->output};
    static const char *const keys[WANTED_N] = {"time", "input", "output"};
    for (int i = 0; i < WANTED_N; i++) {
        r->columns[i] = csv_find(&r->csv, names[i]);
        if (r->columns[i] == -1) return missing_column(r, names[i], keys[i]);
        if (r->columns[i] == -2)
            return refuse(r, r->csv.line, -1, "give the columns different names",
                          "the header has more than one column '%.95s'", names[i]);
    }
    r->has_columns = 1;
    return FLOE_OK;
}

static enum floe_status refuse_nul(struct reading *r, const char *bytes, const char *nul)
{
    int64_t line = 1;
    for (const char *at = bytes; at < nul; at++)
        line += *at == '\n';
    return refuse(r, line, -1, "save it as UTF-8 text; is it compressed, or UTF-16?",
                  "a NUL byte: this is not a text file");
}

static enum floe_status read_header(struct reading *r)
{
    if (csv_only_blank_lines_left(&r->csv))
        return refuse(r, 0, -1, "it needs a header line and one row per request", "the trace is empty");
    const enum csv_got got = csv_next(&r->csv);
    if (got != CSV_RECORD) return broken_record(r, got);
    return find_columns(r);
}

static enum floe_status read_rows(struct reading *r)
{
    enum floe_status status = FLOE_OK;
    while (status == FLOE_OK) {
        if (csv_only_blank_lines_left(&r->csv)) break;
        const enum csv_got got = csv_next(&r->csv);
        status = got == CSV_RECORD ? take_row(r) : broken_record(r, got);
    }
    if (status == FLOE_OK && r->rows.n == 0)
        status = refuse(r, r->csv.next_line, -1, "one row per request must follow",
                        "the trace has a header and no rows");
    return status;
}

static uint64_t hash_rows(const struct trace *rows)
{
    struct floe_hash h = floe_hash_begin();
    floe_hash_u64(&h, (uint64_t)rows->n);
    for (int64_t i = 0; i < rows->n; i++) {
        floe_hash_u64(&h, (uint64_t)rows->at_ns[i]);
        floe_hash_u32(&h, rows->input_tok[i]);
        floe_hash_u32(&h, rows->output_tok[i]);
    }
    return floe_hash_end(h);
}

enum floe_status floe_trace_read(const char *bytes, size_t n, const struct trace_ref *ref, int64_t start_at_s,
                                 struct trace *out, struct trace_fault *fault)
{
    struct reading r;
    memset(out, 0, sizeof *out);
    memset(fault, 0, sizeof *fault);
    memset(&r, 0, sizeof r);
    r.ref = ref, r.start_at_s = start_at_s, r.fault = fault;
    const char *nul = n > 0 ? memchr(bytes, 0, n) : NULL;
    csv_begin(&r.csv, n > 0 ? bytes : "", n);
    enum floe_status status = nul == NULL ? read_header(&r) : refuse_nul(&r, bytes, nul);
    if (status == FLOE_OK) status = read_rows(&r);
    if (status == FLOE_OK) status = set_capacity(&r, r.rows.n);
    if (status == FLOE_OK) r.rows.hash = hash_rows(&r.rows);
    if (status == FLOE_OK)
        *out = r.rows;
    else
        floe_trace_free(&r.rows);
    return status;
}

void floe_trace_free(struct trace *trace)
{
    free(trace->at_ns);
    free(trace->input_tok);
    free(trace->output_tok);
    memset(trace, 0, sizeof *trace);
}

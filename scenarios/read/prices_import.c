/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/prices_import.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/civil.h"
#include "scenarios/read/litellm_row.h"
#include "scenarios/read/prices_book.h"
#include "scenarios/read/wording.h"

#define DEFAULT_SOURCE "model_prices_and_context_window.json (BerriAI/litellm, MIT)"

struct import {
    const struct prices_import_options *options;
    struct prices_report *report;
    struct json_fault *fault;
    struct wording rows; /* of the book, below its header */
    int has_failed;      /* out of memory */
};

static enum floe_status refuse(struct import *im, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum floe_status refuse(struct import *im, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(im->fault->what, sizeof im->fault->what, format, arguments);
    va_end(arguments);
    snprintf(im->fault->hint, sizeof im->fault->hint, "%s", hint);
    return FLOE_BAD_INPUT;
}

/* --- the report's lists --------------------------------------------------------------------------------------- */

/* At most size - 1 bytes, cut between letters; what a terminal could take for a command becomes '?'. */
static void copy_shown(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size)
        for (n = size - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
    out[n] = '\0';
}

static void note(struct import *im, enum prices_note_kind kind, const char *name, const char *text)
{
    struct prices_report *r = im->report;
    if (r->n_notes == r->capacity) {
        const int64_t capacity = r->capacity * 2 + 64;
        struct prices_note *bigger = realloc(r->notes, (size_t)capacity * sizeof *bigger);
        if (bigger == NULL) {
            im->has_failed = 1;
            return;
        }
        r->notes = bigger, r->capacity = capacity;
    }
    struct prices_note *added = &r->notes[r->n_notes++];
    added->kind = kind;
    copy_shown(added->name, sizeof added->name, name);
    copy_shown(added->text, sizeof added->text, text);
}

static void count(struct prices_tallies *tallies, const char *name)
{
    char key[sizeof tallies->items[0].name];
    int32_t i = 0;
    copy_shown(key, sizeof key, name);
    while (i < tallies->n && strcmp(tallies->items[i].name, key) != 0)
        i++;
    if (i == PRICES_TALLIES_MOST) {
        tallies->others++;
        return;
    }
    if (i == tallies->n) memcpy(tallies->items[tallies->n++].name, key, sizeof key);
    tallies->items[i].rows++;
}

/* --- which entries --------------------------------------------------------------------------------------------- */

/* '*' any text, '?' one byte; the plain algorithm with one point to come back to. */
static int glob_matches(const char *pattern, size_t n, const char *name)
{
    size_t p = 0, star = SIZE_MAX;
    const char *back = name;
    while (*name != '\0') {
        if (p < n && pattern[p] == '*') {
            star = p++, back = name;
        } else if (p < n && (pattern[p] == '?' || pattern[p] == *name)) {
            p++, name++;
        } else if (star != SIZE_MAX) {
            p = star + 1, name = ++back;
        } else {
            return 0;
        }
    }
    while (p < n && pattern[p] == '*')
        p++;
    return p == n;
}

static int contains(const char *name, const char *part, size_t n)
{
    for (; strlen(name) >= n; name++)
        if (memcmp(name, part, n) == 0) return 1;
    return 0;
}

static int is_wanted(const char *only, const char *name)
{
    if (only == NULL || only[0] == '\0') return 1;
    while (*only != '\0') {
        const size_t n = strcspn(only, ",");
        const int is_glob = memchr(only, '*', n) != NULL || memchr(only, '?', n) != NULL;
        if (n > 0 && (is_glob ? glob_matches(only, n, name) : contains(name, only, n))) return 1;
        only += n + (only[n] == ',');
    }
    return 0;
}

static const char *mode_of(const cJSON *row)
{
    const cJSON *mode = cJSON_GetObjectItemCaseSensitive(row, "mode");
    return cJSON_IsString(mode) ? mode->valuestring : "";
}

static int is_mode_imported(const char *mode)
{
    return mode[0] == '\0' || strcmp(mode, "chat") == 0 || strcmp(mode, "completion") == 0 ||
           strcmp(mode, "responses") == 0;
}

/* Why the name cannot be a model's; NULL when it can. */
static const char *bad_name(const char *name)
{
    if (name[0] == '\0') return "it has no name";
    if (strlen(name) >= NAME_BYTES) return "its name has more than 95 bytes";
    for (; *name != '\0'; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f) return "its name has control characters";
    return NULL;
}

/* --- keys given twice ------------------------------------------------------------------------------------------ */

struct entry {
    const cJSON *row;
    int64_t index;
    const cJSON *replaced_by; /* a later entry with the same name */
};

static int by_name_then_index(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = strcmp(x->row->string, y->row->string);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* The entries in the file's order, each with the last of its namesakes; NULL: out of memory. */
static struct entry *list_entries(const cJSON *root, int64_t n)
{
    struct entry *entries = calloc((size_t)n + 1, sizeof *entries);
    const cJSON *row;
    int64_t i = 0;
    if (entries == NULL) return NULL;
    cJSON_ArrayForEach(row, root)
    {
        entries[i].row = row;
        entries[i].index = i;
        i++;
    }
    qsort(entries, (size_t)n, sizeof *entries, by_name_then_index);
    for (i = n - 2; i >= 0; i--)
        if (strcmp(entries[i].row->string, entries[i + 1].row->string) == 0)
            entries[i].replaced_by = entries[i + 1].replaced_by ? entries[i + 1].replaced_by : entries[i + 1].row;
    qsort(entries, (size_t)n, sizeof *entries, by_index);
    return entries;
}

/* By value, not by bytes: the struct has padding. */
static int same_list(const struct marked_prices *a, const struct marked_prices *b)
{
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        if (a->marks[c] != b->marks[c] || a->usd_per_tok[c] != b->usd_per_tok[c]) return 0;
    return 1;
}

static int same_prices(const cJSON *a, const cJSON *b)
{
    struct litellm_row x, y;
    char why[LITELLM_WHY_BYTES];
    if (litellm_read_row(a, 1, &x, why) != litellm_read_row(b, 1, &y, why)) return 0;
    int same = x.n_bands == y.n_bands && same_list(&x.base, &y.base);
    for (int32_t i = 0; same && i < x.n_bands; i++)
        same = x.bands[i].above_tok == y.bands[i].above_tok && same_list(&x.bands[i].prices, &y.bands[i].prices);
    return same;
}

/* --- one entry -------------------------------------------------------------------------------------------------- */

static void count_unmapped_fields(struct import *im, const cJSON *row)
{
    const cJSON *field;
    cJSON_ArrayForEach(field, row)
    {
        if (litellm_is_unmapped_price(field->string)) count(&im->report->fields, field->string);
    }
    const cJSON *tier = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(row, "tiered_pricing"), 0);
    cJSON_ArrayForEach(field, tier)
    {
        char name[96];
        if (!litellm_is_unmapped_price(field->string)) continue;
        snprintf(name, sizeof name, "tiered_pricing.%.60s", field->string);
        count(&im->report->fields, name);
    }
}

static void note_free(struct import *im, const cJSON *row, const struct litellm_row *prices)
{
    char text[200];
    const struct marked_prices *base = &prices->base;
    int n = 0, unmapped = 0;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        if (base->marks[c] == PRICE_STATED && base->usd_per_tok[c] == 0)
            n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", n > 0 ? ", " : "", token_class_names[c]);
    if (n == 0) n = snprintf(text, sizeof text, "a price in a band");
    n += snprintf(text + n, sizeof text - (size_t)n, " at 0");
    const cJSON *field;
    cJSON_ArrayForEach(field, row)
    {
        if (!litellm_is_unmapped_price(field->string) || n + 60 > (int)sizeof text) continue;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%.40s",
                      unmapped++ ? ", " : "; not mapped: ", field->string);
    }
    note(im, NOTE_FREE, row->string, text);
}

static int has_zero(const struct litellm_row *prices)
{
    int zero = marked_prices_have_zero(&prices->base);
    for (int32_t i = 0; i < prices->n_bands; i++)
        zero |= marked_prices_have_zero(&prices->bands[i].prices);
    return zero;
}

static int has_assumed_band(const struct litellm_row *prices)
{
    for (int32_t i = 0; i < prices->n_bands; i++)
        for (int c = 0; c < TOKEN_CLASS_N; c++)
            if (prices->bands[i].prices.marks[c] == PRICE_ASSUMED) return 1;
    return 0;
}

static void count_mark(enum price_mark mark, int64_t *stated, int64_t *assumed, int64_t *left_out)
{
    ++*(mark == PRICE_STATED ? stated : mark == PRICE_ASSUMED ? assumed : left_out);
}

static void take_priced(struct import *im, const cJSON *row, const struct litellm_row *prices)
{
    struct prices_report *r = im->report;
    r->imported++;
    r->banded_rows += prices->n_bands > 0;
    r->band_assumed += has_assumed_band(prices);
    r->retiring_rows += cJSON_GetObjectItemCaseSensitive(row, "deprecation_date") != NULL;
    count_mark(prices->base.marks[TOKEN_CACHE_READ], &r->read_stated, &r->read_assumed, &r->read_left_out);
    count_mark(prices->base.marks[TOKEN_CACHE_WRITE_5M], &r->write_stated, &r->write_assumed, &r->write_left_out);
    if (has_zero(prices)) r->free_rows++, note_free(im, row, prices);
    if (mode_of(row)[0] == '\0') note(im, NOTE_NO_MODE, row->string, "imported by its token prices");
    count_unmapped_fields(im, row);
    prices_book_row(&im->rows, row->string, prices);
}

static void take_row(struct import *im, const cJSON *row)
{
    struct litellm_row prices;
    char why[LITELLM_WHY_BYTES];
    const char *bad = bad_name(row->string);
    const int as_input = im->options->missing_cache_price == PRICES_MISSING_INPUT;
    if (bad != NULL) {
        im->report->refused++;
        note(im, NOTE_REFUSED, row->string, bad);
        return;
    }
    switch (litellm_read_row(row, as_input, &prices, why)) {
    case LITELLM_PRICED: take_priced(im, row, &prices); break;
    case LITELLM_NO_TOKEN_PRICE:
        im->report->not_mapped++;
        note(im, NOTE_NOT_MAPPED, row->string, why);
        break;
    case LITELLM_REFUSED:
        im->report->refused++;
        note(im, NOTE_REFUSED, row->string, why);
        break;
    }
}

static void take_entry(struct import *im, const struct entry *entry)
{
    const cJSON *row = entry->row;
    const char *mode = mode_of(row);
    im->report->entries++;
    if (strcmp(row->string, "sample_spec") == 0) {
        im->report->sample++;
    } else if (entry->replaced_by != NULL) {
        im->report->twice++;
        note(im, NOTE_TWICE, row->string,
             same_prices(row, entry->replaced_by) ? "the last counts; both have the same prices"
                                                  : "the last counts; their prices DIFFER");
    } else if (!is_wanted(im->options->only, row->string)) {
        im->report->filtered++;
    } else if (!is_mode_imported(mode)) {
        im->report->other_mode++;
        count(&im->report->modes, mode);
    } else {
        take_row(im, row);
    }
}

/* --- the book ---------------------------------------------------------------------------------------------------- */

static void add_policy(struct wording *out, const struct prices_report *r)
{
    const int as_input = r->missing_cache_price == PRICES_MISSING_INPUT;
    wording_add(out, "# Missing cache_read price: %s.\n", as_input ? "billed as input and marked assumed" : "left out");
    wording_add(out, "#   %lld stated, %lld assumed, %lld left out.\n", (long long)r->read_stated,
                (long long)r->read_assumed, (long long)r->read_left_out);
    wording_add(out, "# Missing cache_write prices: %s.\n",
                as_input ? "as input and marked assumed where the file claims prompt caching, else left out"
                         : "left out");
    wording_add(out, "#   %lld stated, %lld assumed, %lld left out.\n", (long long)r->write_stated,
                (long long)r->write_assumed, (long long)r->write_left_out);
}

static void add_header(struct wording *out, const struct import *im)
{
    const struct prices_report *r = im->report;
    const char *source = im->options->source ? im->options->source : DEFAULT_SOURCE;
    wording_add(out, "# A price book imported from a LiteLLM price file, model_prices_and_context_window.json of\n"
                     "# https://github.com/BerriAI/litellm: MIT licence, Copyright (c) 2023 Berri AI.\n");
    wording_add(out, "# %lld entries: %lld imported, %lld of other modes, %lld without token prices, %lld refused,\n",
                (long long)r->entries, (long long)r->imported, (long long)r->other_mode, (long long)r->not_mapped,
                (long long)r->refused);
    wording_add(out, "#   %lld given twice, %lld not asked for, %lld sample.\n", (long long)r->twice,
                (long long)r->filtered, (long long)r->sample);
    wording_add(out, "# Of the imported %lld have a price of 0 (free: true) and %lld have price bands.\n",
                (long long)r->free_rows, (long long)r->banded_rows);
    wording_add(out, "# A request with more input tokens than a band's `above` is billed at that band as a whole. For\n"
                     "# xai LiteLLM bills so from the threshold on, so `above` is one token lower there\n"
                     "# (litellm_core_utils/llm_cost_calc/utils.py).\n");
    add_policy(out, r);
    wording_add(out, "floe_prices: 1\nsource: ");
    prices_book_scalar(out, source);
    if (im->options->date != NULL) wording_add(out, "\ndate: %s", im->options->date);
    wording_add(out, "\nevidence: public\nmodels:\n");
}

static enum floe_status check_options(struct import *im)
{
    int64_t at_s;
    const char *date = im->options->date;
    const char *wrong = date != NULL ? civil_parse_date(date, strlen(date), &at_s) : NULL;
    if (wrong == NULL) return FLOE_OK;
    return refuse(im, "write it as 2026-07-02", "the date '%.40s' of the prices: %s", date, wrong);
}

static enum floe_status take_entries(struct import *im, const cJSON *root)
{
    if (!cJSON_IsObject(root))
        return refuse(im, "it must be one object that maps model names to prices, as LiteLLM's file is",
                      "the JSON value is not an object");
    const int64_t n = cJSON_GetArraySize(root);
    struct entry *entries = list_entries(root, n);
    if (entries == NULL) return FLOE_ENVIRONMENT;
    for (int64_t i = 0; i < n; i++)
        take_entry(im, &entries[i]);
    free(entries);
    if (im->has_failed) return FLOE_ENVIRONMENT;
    if (im->report->imported > 0) return FLOE_OK;
    char hint[240] = "is it LiteLLM's model_prices_and_context_window.json?";
    if (im->report->filtered > 0)
        snprintf(hint, sizeof hint, "widen the names asked for: `gpt-5` is a part of a name, `gpt-5*` its start");
    if (im->report->n_notes > 0) /* the reason of one row tells more */
        snprintf(hint, sizeof hint, "%.90s: %.140s", im->report->notes[0].name, im->report->notes[0].text);
    return refuse(im, hint,
                  "no row of the file could be imported: %lld entries, %lld not asked for, %lld of other modes, %lld "
                  "without token prices, %lld refused",
                  (long long)im->report->entries, (long long)im->report->filtered, (long long)im->report->other_mode,
                  (long long)im->report->not_mapped, (long long)im->report->refused);
}

static enum floe_status finish_book(struct import *im, char **book, size_t *book_n)
{
    struct wording whole = {0};
    char *rows = NULL;
    size_t rows_n = 0;
    const enum floe_status status = wording_finish(&im->rows, &rows, &rows_n);
    if (status != FLOE_OK) return status;
    add_header(&whole, im);
    wording_bytes(&whole, rows, rows_n);
    free(rows);
    return wording_finish(&whole, book, book_n);
}

enum floe_status floe_prices_import(const char *bytes, size_t n, const struct prices_import_options *options,
                                    char **book, size_t *book_n, struct prices_report *report, struct json_fault *fault)
{
    struct import im = {.options = options, .report = report, .fault = fault};
    *book = NULL, *book_n = 0;
    memset(report, 0, sizeof *report);
    memset(fault, 0, sizeof *fault);
    report->missing_cache_price = options->missing_cache_price;
    enum floe_status status = check_options(&im);
    cJSON *root = status == FLOE_OK ? json_parse(bytes, n, fault) : NULL;
    if (root == NULL) return FLOE_BAD_INPUT;
    status = take_entries(&im, root);
    if (status == FLOE_OK)
        status = finish_book(&im, book, book_n);
    else
        free(im.rows.bytes);
    if (status == FLOE_ENVIRONMENT) (void)refuse(&im, "close other programs", "out of memory for the price book");
    if (status != FLOE_OK) floe_prices_report_free(report);
    cJSON_Delete(root);
    return status;
}

void floe_prices_report_free(struct prices_report *report)
{
    free(report->notes);
    memset(report, 0, sizeof *report);
}

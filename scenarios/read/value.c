/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/read/civil.h"
#include "scenarios/read/decimal.h"
#include "scenarios/read/names.h"
#include "scenarios/read/quantity.h"
#include "scenarios/read/unit.h"

#define PERCENT_POWER (-2)
#define WHOLE_MOST 9007199254740992.0 /* 2^53: beyond it a double skips whole numbers */

static void *place_of(const struct param *row, void *block)
{
    return (char *)block + row->offset;
}

static const void *place_in(const struct param *row, const void *block)
{
    return (const char *)block + row->offset;
}

int32_t value_count(const struct param *row, const void *block)
{
    if (row->kind == PARAM_SERIES) return row->most;
    return *(const int32_t *)((const char *)block + row->count_offset);
}

const struct param *value_row(const struct param_block *block, const char *key)
{
    for (int32_t i = 0; i < block->n_rows; i++)
        if (strcmp(block->rows[i].key, key) == 0) return &block->rows[i];
    return NULL;
}

const char *value_range(const struct param *row, char out[VALUE_RANGE_BYTES])
{
    char low[QUANTITY_BYTES], high[QUANTITY_BYTES];
    const int has_range = row->kind == PARAM_NUMBER || row->kind == PARAM_COUNT || row->kind == PARAM_SERIES ||
                          row->kind == PARAM_VALUES;
    out[0] = '\0';
    if (!has_range) return out;
    quantity_print(row->min, row->unit, 0, low);
    quantity_print(row->max, row->unit, 0, high);
    if ((row->flags & PARAM_EXCLUDES_MIN) != 0)
        snprintf(out, VALUE_RANGE_BYTES, "above %s, at most %s", low, high);
    else
        snprintf(out, VALUE_RANGE_BYTES, "%s to %s", low, high);
    return out;
}

static int is_in_range(const struct param *row, double value)
{
    return ((row->flags & PARAM_EXCLUDES_MIN) != 0 ? value > row->min : value >= row->min) && value <= row->max;
}

/* 1.4 where a share is wanted: 0.014 or 1.4%? */
static void share_hint(const char *text, struct fault *fault)
{
    struct decimal percent;
    char digits[DECIMAL_TEXT_BYTES];
    double share;
    const int n = decimal_scan(text, &percent);
    if (n <= 0 || text[n] != '\0' || decimal_value(&percent, PERCENT_POWER, &share) != DECIMAL_FITS || share > 1)
        return;
    decimal_print(share, 0, digits);
    fault_hint(fault, "a share is at most 1: write %s or %.*s%%", digits, n, text);
}

static int check_range(const struct param *row, const char *text, double low, double high, struct fault *fault)
{
    char shown[64], range[VALUE_RANGE_BYTES];
    if (is_in_range(row, low) && is_in_range(row, high)) return 1;
    fault_what(fault, "'%s' is out of range; allowed: %s", wording_excerpt(text, shown, sizeof shown),
               value_range(row, range));
    if (row->unit == UNIT_SHARE && low > 1) share_hint(text, fault);
    return 0;
}

/* One amount and its period; `any` is outside of the range and means no limit. */
static int read_budget(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    struct quantity q;
    if (!quantity_read_point(text, row->unit, "a budget is one amount per period", &q, fault)) return 0;
    const int is_any = q.is_per_month == 0; /* -1 usd/day has a period */
    if (!is_any && !check_range(row, text, q.value, q.value, fault)) return 0;
    *(int32_t *)((char *)block + row->count_offset) = q.is_per_month;
    *(double *)place_of(row, block) = q.value;
    input->low = input->high = q.value;
    return 1;
}

static int read_number(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    struct quantity q;
    if (row->unit == UNIT_USD_PER_PERIOD) return read_budget(row, text, block, input, fault);
    if (!quantity_read(text, row->unit, &q, fault) || !check_range(row, text, q.low, q.high, fault)) return 0;
    if (q.is_per_month && row->count_offset == 0) return fault_what(fault, "a rate per month cannot stand here");
    if (row->count_offset != 0) *(int32_t *)((char *)block + row->count_offset) = q.is_per_month;
    *(double *)place_of(row, block) = q.value;
    input->law = q.law;
    input->low = q.low;
    input->high = q.high;
    return 1;
}

static int read_count(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    struct quantity q;
    char shown[64];
    if (!quantity_read_point(text, UNIT_NONE, "this wants one whole number", &q, fault)) return 0;
    wording_excerpt(text, shown, sizeof shown);
    if (q.value != floor(q.value) || fabs(q.value) > WHOLE_MOST)
        return fault_what(fault, "'%s' is not a whole number", shown);
    if (!check_range(row, text, q.value, q.value, fault)) return 0;
    *(int64_t *)place_of(row, block) = (int64_t)q.value;
    input->low = input->high = q.value;
    return 1;
}

static int read_flag(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    char shown[64];
    const int is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        return fault_what(fault, "'%s' is not a flag; this wants true or false",
                          wording_excerpt(text, shown, sizeof shown));
    *(int32_t *)place_of(row, block) = is_true;
    input->low = input->high = is_true;
    return 1;
}

static int unknown_choice(const struct param *row, const char *text, struct fault *fault)
{
    struct nearest nearest = nearest_begin(text);
    char shown[64], list[200] = "";
    for (int32_t i = 0; row->choices[i] != NULL; i++) {
        nearest_consider(&nearest, row->choices[i]);
        const size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "", row->choices[i]);
    }
    fault_what(fault, "'%s' is not one of: %s", wording_excerpt(text, shown, sizeof shown), list);
    return nearest.best == NULL ? 0 : fault_hint(fault, "did you mean '%s'?", nearest.best);
}

static int read_choice(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    int32_t i = 0;
    while (row->choices[i] != NULL && strcmp(row->choices[i], text) != 0)
        i++;
    if (row->choices[i] == NULL) return unknown_choice(row, text, fault);
    *(int32_t *)place_of(row, block) = i;
    input->low = input->high = i;
    return 1;
}

static int read_text(const struct param *row, const char *text, void *block, struct fault *fault)
{
    const size_t n = strlen(text);
    if (n >= row->size) return fault_what(fault, "the text has %zu bytes; allowed: at most %zu", n, row->size - 1);
    if (strpbrk(text, "\n\r\t") != NULL) return fault_what(fault, "the text must be one line, without tabs");
    memcpy(place_of(row, block), text, n + 1);
    return 1;
}

static int read_instant(const struct param *row, const char *text, void *block, struct input *input,
                        struct fault *fault)
{
    struct civil_instant instant;
    char shown[64];
    const char *wrong = civil_parse(text, strlen(text), &instant);
    wording_excerpt(text, shown, sizeof shown);
    if (wrong != NULL) {
        fault_what(fault, "'%s' is not an instant: %s", shown, wrong);
        return fault_hint(fault, "for example 2026-03-16, 2026-03-16T09:30Z or 2026-03-16T09:30+02:00");
    }
    if (!instant.is_date && !instant.has_zone) {
        fault_what(fault, "'%s' does not say its time zone", shown);
        return fault_hint(fault, "add Z for UTC, '%sZ', or an offset such as +02:00", shown);
    }
    if (instant.ns != 0) return fault_what(fault, "'%s' is not a whole second", shown);
    *(int64_t *)place_of(row, block) = instant.at_s;
    input->low = input->high = (double)instant.at_s;
    return 1;
}

int value_read(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault)
{
    memset(fault, 0, sizeof *fault);
    input->law = LAW_POINT;
    input->low = input->high = 0;
    switch (row->kind) {
    case PARAM_NUMBER: return read_number(row, text, block, input, fault);
    case PARAM_COUNT: return read_count(row, text, block, input, fault);
    case PARAM_FLAG: return read_flag(row, text, block, input, fault);
    case PARAM_CHOICE: return read_choice(row, text, block, input, fault);
    case PARAM_TEXT: return read_text(row, text, block, fault);
    case PARAM_INSTANT: return read_instant(row, text, block, input, fault);
    default: return fault_what(fault, "one value cannot stand here");
    }
}

int value_read_entry(const struct param *row, const char *text, int32_t i, void *block, struct fault *fault)
{
    struct quantity q;
    memset(fault, 0, sizeof *fault);
    if (!quantity_read_point(text, row->unit, "a list holds single numbers", &q, fault)) return 0;
    if (!check_range(row, text, q.value, q.value, fault)) return 0;
    ((double *)place_of(row, block))[i] = q.value;
    return 1;
}

void value_clear(const struct param *row, void *block)
{
    void *place = place_of(row, block);
    if (row->kind == PARAM_NUMBER) *(double *)place = PARAM_ABSENT;
    if (row->kind == PARAM_COUNT) *(int64_t *)place = (int64_t)PARAM_ABSENT;
    if (row->kind == PARAM_INSTANT) *(int64_t *)place = INSTANT_ABSENT;
    for (int32_t i = 0; row->kind == PARAM_SERIES && i < row->most; i++)
        ((double *)place)[i] = 1;
}

/* -- back to text -- */

static int is_plain_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-./", c) != NULL;
}

/* Words that some YAML readers take for something else than a text. */
static int is_reserved(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t at = 0;
        while (words[i][at] != '\0' && (text[at] | 0x20) == words[i][at])
            at++;
        if (words[i][at] == '\0' && text[at] == '\0') return 1;
    }
    return 0;
}

void value_print_text(const char *text, struct wording *out)
{
    int is_plain = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    for (const char *at = text; *at != '\0' && is_plain; at++)
        is_plain = is_plain_letter(*at) || (*at == ' ' && is_plain_letter(at[1]));
    if (is_plain && !is_reserved(text)) {
        wording_add(out, "%s", text);
        return;
    }
    wording_add(out, "'");
    for (const char *at = text; *at != '\0'; at++)
        wording_add(out, *at == '\'' ? "''" : "%c", *at);
    wording_add(out, "'");
}

static void print_number(const struct param *row, const void *block, const struct input *input, struct wording *out)
{
    char low[QUANTITY_BYTES], high[QUANTITY_BYTES];
    const int32_t is_per_month = row->count_offset == 0 ? 0
                                                        : *(const int32_t *)((const char *)block + row->count_offset);
    if (input->law == LAW_POINT) {
        quantity_print(*(const double *)place_in(row, block), row->unit, is_per_month, low);
        wording_add(out, "%s", low);
        return;
    }
    quantity_print(input->low, row->unit, is_per_month, low);
    quantity_print(input->high, row->unit, is_per_month, high);
    const char *low_unit = low + strspn(low, "+-.0123456789e"), *high_unit = high + strspn(high, "+-.0123456789e");
    const int n = strcmp(low_unit, high_unit) == 0 ? (int)(low_unit - low) : (int)strlen(low);
    wording_add(out, "%.*s to %s", n, low, high);
}

static void print_list(const struct param *row, const void *block, struct wording *out)
{
    const double *values = (const double *)place_in(row, block);
    const int32_t n = value_count(row, block);
    for (int32_t i = 0; i < n; i++) {
        char text[QUANTITY_BYTES];
        quantity_print(values[i], row->unit, 0, text);
        wording_add(out, "%s%s", i == 0 ? "[" : ", ", text);
    }
    wording_add(out, "]");
}

static void print_instant(int64_t at_s, struct wording *out)
{
    char text[CIVIL_INSTANT_BYTES];
    if (calendar_second_of_day(at_s) == 0)
        civil_format_date(at_s, text);
    else
        civil_format(at_s, 0, text);
    wording_add(out, "%s", text);
}

void value_print(const struct param *row, const void *block, const struct input *input, struct wording *out)
{
    const void *place = place_in(row, block);
    switch (row->kind) {
    case PARAM_NUMBER: print_number(row, block, input, out); break;
    case PARAM_COUNT: wording_add(out, "%lld", (long long)*(const int64_t *)place); break;
    case PARAM_FLAG: wording_add(out, "%s", *(const int32_t *)place ? "true" : "false"); break;
    case PARAM_CHOICE: wording_add(out, "%s", row->choices[*(const int32_t *)place]); break;
    case PARAM_TEXT: value_print_text((const char *)place, out); break;
    case PARAM_INSTANT: print_instant(*(const int64_t *)place, out); break;
    case PARAM_SERIES:
    case PARAM_VALUES: print_list(row, block, out); break;
    default: break;
    }
}

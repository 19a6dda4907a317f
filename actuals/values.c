/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The texts of fields: instants, numbers, currencies, names of models. */
#include <stdio.h>
#include <string.h>

#include "actuals/import.h"
#include "models/calendar.h"
#include "scenarios/read/civil.h"
#include "scenarios/read/decimal.h"

#define TEXT_MOST 60
#define S_LEAST 1e8  /* 1973: what is smaller is no instant of an LLM's log, but perhaps 20260318 */
#define MS_FROM 1e11 /* seconds of the year 5138; what is larger counts in ms, us or ns */
#define US_FROM 1e14
#define NS_FROM 1e17
#define MS_PER_S 1e3

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The plain ones, up to 15 digits without an exponent, in one division; the others by decimal.h. */
static int plain_number(struct import_text text, double *value)
{
    static const double powers[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5, 1000000 /* no unit */, 1e7, 1e8, 1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t digits = 0;
    size_t at = text.n > 0 && text.at[0] == '-', behind = 0, n_digits = 0;
    const int is_negative = at == 1;
    int has_point = 0;
    if (text.n > 17) return 0;
    for (; at < text.n; at++) {
        if (text.at[at] == '.' && !has_point) {
            has_point = 1;
            continue;
        }
        if (!is_digit(text.at[at]) || ++n_digits > 15) return 0;
        digits = digits * 10 + (text.at[at] - '0');
        behind += (size_t)has_point;
    }
    if (n_digits == 0) return 0;
    *value = (double)(is_negative ? -digits : digits) / powers[behind];
    return 1;
}

int import_number(struct import_text text, double *value)
{
    char copy[TEXT_MOST + 1];
    struct decimal decimal;
    while (text.n > 0 && text.at[0] == ' ')
        text.at++, text.n--;
    while (text.n > 0 && text.at[text.n - 1] == ' ')
        text.n--;
    if (plain_number(text, value)) return 1;
    if (text.n == 0 || text.n > TEXT_MOST) return 0;
    const size_t sign = text.at[0] == '+';
    memcpy(copy, text.at + sign, text.n - sign);
    copy[text.n - sign] = '\0';
    const int length = decimal_scan(copy, &decimal);
    if (length <= 0 || (size_t)length != text.n - sign) return 0;
    return decimal_value(&decimal, 0, value) != DECIMAL_TOO_LARGE;
}

static int is_number(struct import_text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_digit(text.at[i]) && text.at[i] != '.' && text.at[i] != 'e' && text.at[i] != 'E' && text.at[i] != '+')
            return 0;
    return text.n > 0 && memchr(text.at, '.', text.n) != text.at;
}

static int since_1970(struct import_text text, int64_t *at_s)
{
    double value;
    if (!is_number(text) || !import_number(text, &value) || value < S_LEAST) return 0;
    if (value >= NS_FROM)
        value /= (double)NS_PER_S;
    else if (value >= US_FROM)
        value /= US_PER_S;
    else if (value >= MS_FROM)
        value /= MS_PER_S;
    if (value >= MS_FROM) return 0;
    *at_s = (int64_t)value;
    return calendar_date_at(*at_s).year <= CALENDAR_YEAR_LAST;
}

/* "+00" and "+0000" of databases get their colon, " UTC" becomes Z. */
static size_t with_zone(const char *text, size_t n, char out[TEXT_MOST + 8])
{
    memcpy(out, text, n);
    if (n > 4 && memcmp(text + n - 4, " UTC", 4) == 0) {
        out[n - 4] = 'Z';
        return n - 3;
    }
    if (n > 3 && (text[n - 3] == '+' || text[n - 3] == '-') && n > 13) {
        memcpy(out + n, ":00", 3);
        return n + 3;
    }
    if (n > 5 && (text[n - 5] == '+' || text[n - 5] == '-') && n > 15) {
        out[n] = out[n - 1];
        out[n - 1] = out[n - 2];
        out[n - 2] = ':';
        return n + 1;
    }
    return n;
}

int import_instant(struct import *in, struct import_text text, int64_t *at_s)
{
    char zoned[TEXT_MOST + 8];
    struct civil_instant got;
    if (text.n == 0 || text.n > TEXT_MOST) return 0;
    if (since_1970(text, at_s)) return 1;
    const char *wrong = civil_parse(text.at, text.n, &got);
    if (wrong != NULL) {
        const size_t n = with_zone(text.at, text.n, zoned);
        wrong = civil_parse(zoned, n, &got);
    }
    if (wrong != NULL) return 0;
    if (!got.has_zone && !got.is_date)
        import_warn(in,
                    "%.100s: instants without a zone are taken as UTC; local time would be off by hours, and by "
                    "one more in summer",
                    in->file);
    *at_s = got.at_s;
    return 1;
}

enum floe_status import_currency(struct import *in, int64_t line, struct import_text currency,
                                 struct import_fault *fault)
{
    struct import_report *report = in->report;
    if (currency.n == 0) return FLOE_OK;
    if (report->currency[0] == '\0') {
        if (currency.n >= sizeof report->currency)
            return import_wrong(in, fault, line, "ISO 4217: USD, EUR", "'%.*s' is no currency",
                                (int)(currency.n > 40 ? 40 : currency.n), currency.at);
        memcpy(report->currency, currency.at, currency.n);
        report->currency[currency.n] = '\0';
        if (strcmp(report->currency, "USD") != 0)
            import_warn(in, "amounts are in %s: read every 'usd' of the output as %s", report->currency,
                        report->currency);
        return FLOE_OK;
    }
    if (strlen(report->currency) == currency.n && memcmp(report->currency, currency.at, currency.n) == 0)
        return FLOE_OK;
    return import_wrong(in, fault, line, "import each currency on its own, or convert the amounts before",
                        "a row in %.*s after rows in %s: currencies are not added",
                        (int)(currency.n > 15 ? 15 : currency.n), currency.at, report->currency);
}

const char *import_model_of_file(const struct import *in)
{
    const struct import_options *o = in->options;
    const char *for_all = NULL;
    for (int32_t i = 0; i < o->n_models; i++) {
        if (strcmp(o->models[i].field, in->file) == 0) return o->models[i].column;
        if (o->models[i].field[0] == '\0') for_all = o->models[i].column;
    }
    return for_all;
}

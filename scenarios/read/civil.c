/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/civil.h"

#include <stdio.h>

/* What is left of the text. A step that fails leaves `at` where it was. */
struct rest {
    const char *at, *end;
};

static int take(struct rest *rest, char wanted)
{
    if (rest->at == rest->end || *rest->at != wanted) return 0;
    rest->at++;
    return 1;
}

/* Exactly `digits` digits. */
static int take_number(struct rest *rest, int digits, int32_t *value)
{
    int32_t sum = 0;
    if (rest->end - rest->at < digits) return 0;
    for (int i = 0; i < digits; i++) {
        const unsigned digit = (unsigned)(unsigned char)rest->at[i] - '0';
        if (digit > 9) return 0;
        sum = sum * 10 + (int32_t)digit;
    }
    rest->at += digits;
    *value = sum;
    return 1;
}

static const char *take_date(struct rest *rest, int64_t *at_s)
{
    struct calendar_date date;
    if (!take_number(rest, 4, &date.year) || !take(rest, '-') || !take_number(rest, 2, &date.month) ||
        !take(rest, '-') || !take_number(rest, 2, &date.day))
        return "not a date; it is written 2026-03-16";
    if (date.year < CALENDAR_YEAR_FIRST || date.year > CALENDAR_YEAR_LAST) return "the year must be 1970 to 2200";
    if (date.month < 1 || date.month > 12) return "the month must be 01 to 12";
    if (!calendar_exists(date)) return "this day does not exist in its month";
    *at_s = calendar_at_s(date);
    return NULL;
}

static const char *take_fraction(struct rest *rest, int32_t *ns)
{
    int digits = 0;
    int32_t digit;
    for (*ns = 0; digits < 9 && take_number(rest, 1, &digit); digits++)
        *ns = *ns * 10 + digit;
    if (digits == 0) return "the fraction of a second has no digits";
    if (take_number(rest, 1, &digit)) return "the fraction of a second has more than 9 digits";
    while (digits++ < 9)
        *ns *= 10;
    return NULL;
}

static const char *take_clock(struct rest *rest, struct civil_instant *out)
{
    int32_t hour, minute, second = 0;
    if (!take_number(rest, 2, &hour) || !take(rest, ':') || !take_number(rest, 2, &minute))
        return "not a time of day; it is written 09:30 or 09:30:05.25";
    const int has_seconds = take(rest, ':');
    if (has_seconds && !take_number(rest, 2, &second)) return "the seconds must be two digits";
    if (hour > 23 || minute > 59) return "the time of day must be 00:00 to 23:59";
    if (second > 59) return "the seconds must be 00 to 59 (leap seconds are not known here)";
    out->at_s += hour * S_PER_HOUR + minute * S_PER_MIN + second;
    return has_seconds && take(rest, '.') ? take_fraction(rest, &out->ns) : NULL;
}

static const char *take_zone(struct rest *rest, struct civil_instant *out)
{
    int32_t hour, minute;
    if (rest->at == rest->end) return NULL;
    out->has_zone = 1;
    if (take(rest, 'Z')) return NULL;
    const int east = take(rest, '+');
    if (!east && !take(rest, '-')) return "after the time only Z or an offset such as +05:30 may follow";
    if (!take_number(rest, 2, &hour) || !take(rest, ':') || !take_number(rest, 2, &minute))
        return "the offset from UTC must be written +05:30";
    if (minute > 59 || hour * 60 + minute > 14 * 60) return "the offset from UTC must be -14:00 to +14:00";
    const int64_t offset_s = hour * S_PER_HOUR + minute * S_PER_MIN;
    out->at_s += east ? -offset_s : offset_s;
    return NULL;
}

static int in_range(int64_t at_s)
{
    const struct calendar_date end = {CALENDAR_YEAR_LAST + 1, 1, 1};
    return at_s >= 0 && at_s < calendar_at_s(end);
}

const char *civil_parse(const char *text, size_t n, struct civil_instant *out)
{
    struct rest rest = {text, text + n};
    struct civil_instant got = {0, 0, 1, 0};
    const char *wrong = take_date(&rest, &got.at_s);
    if (wrong == NULL && rest.at != rest.end) {
        got.is_date = 0;
        if (!take(&rest, 'T') && !take(&rest, ' ')) return "after the date a T or a space and the time must follow";
        wrong = take_clock(&rest, &got);
        if (wrong == NULL) wrong = take_zone(&rest, &got);
    }
    if (wrong != NULL) return wrong;
    if (rest.at != rest.end) return "there is more text after the instant";
    if (!in_range(got.at_s)) return "the instant must lie in the years 1970 to 2200, UTC";
    *out = got;
    return NULL;
}

const char *civil_parse_date(const char *text, size_t n, int64_t *at_s)
{
    struct rest rest = {text, text + n};
    int64_t got;
    const char *wrong = take_date(&rest, &got);
    if (wrong != NULL) return wrong;
    if (rest.at != rest.end) return "there is more text after the date";
    *at_s = got;
    return NULL;
}

void civil_format_date(int64_t at_s, char out[CIVIL_DATE_BYTES])
{
    const struct calendar_date date = calendar_date_at(at_s);
    snprintf(out, CIVIL_DATE_BYTES, "%04u-%02u-%02u", (unsigned)date.year % 10000u, (unsigned)date.month % 100u,
             (unsigned)date.day % 100u);
}

void civil_format(int64_t at_s, int32_t ns, char out[CIVIL_INSTANT_BYTES])
{
    const unsigned second = (unsigned)calendar_second_of_day(at_s) % S_PER_DAY;
    char date[CIVIL_DATE_BYTES], fraction[16] = "";
    if (ns != 0) {
        int last = snprintf(fraction, sizeof fraction, ".%09u", (unsigned)ns % 1000000000u) - 1;
        while (last > 0 && fraction[last] == '0')
            fraction[last--] = '\0';
    }
    civil_format_date(at_s, date);
    snprintf(out, CIVIL_INSTANT_BYTES, "%.10sT%02u:%02u:%02u%.10sZ", date, second / S_PER_HOUR, second / S_PER_MIN % 60,
             second % S_PER_MIN, fraction);
}

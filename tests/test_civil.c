/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/civil.h"

#include <string.h>

#include "harness.h"

/* Seconds and weekdays are those of GNU date: date -u -d 2023-11-16T18:15:46Z +"%s %u". */
static const struct {
    const char *text;
    int64_t at_s;
    int32_t weekday;
} known[] = {
    {"1970-01-01T00:00:00Z", 0, 3},          {"2000-02-29T23:59:59Z", 951868799, 1},
    {"2023-11-16T18:15:46Z", 1700158546, 3}, {"2026-03-16T04:00:05Z", 1773633605, 0},
    {"2100-03-01T00:00:00Z", 4107542400, 0}, {"2200-12-31T23:59:59Z", 7289654399, 2},
};
enum { KNOWN_N = sizeof known / sizeof known[0] };

static int64_t at(const char *text)
{
    struct civil_instant got = {-1, -1, -1, -1};
    const char *wrong = civil_parse(text, strlen(text), &got);
    check_at(wrong == NULL, __FILE__, __LINE__, "%s: %s", text, wrong ? wrong : "");
    return got.at_s;
}

static void known_answers(void)
{
    for (int i = 0; i < KNOWN_N; i++) {
        char text[CIVIL_INSTANT_BYTES];
        check_i64(at(known[i].text), known[i].at_s);
        check_i64(calendar_weekday(known[i].at_s), known[i].weekday);
        civil_format(known[i].at_s, 0, text);
        check_text(text, known[i].text);
    }
}

/* The twin: one day after the other, with the lengths of the months from a table and the leap years counted off. */
static void every_day(void)
{
    static const int32_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = 0, month_start = 0;
    for (int32_t year = 1970; year <= 2200; year++)
        for (int32_t month = 1; month <= 12; month++) {
            const int leap = year % 4 == 0 && year != 2100 && year != 2200;
            const int32_t length = days[month] + (month == 2 && leap);
            const int64_t next = month_start + length * (int64_t)86400;
            if (!check(calendar_days_in_month(year, month) == length)) return;
            for (int32_t d = 1; d <= length; d++, day++) {
                const struct calendar_date date = {year, month, d}, back = calendar_date_of(day);
                const int64_t noon = day * 86400 + 43211;
                if (!check(calendar_day_of(date) == day && calendar_exists(date))) return;
                if (!check(back.year == year && back.month == month && back.day == d)) return;
                if (!check(calendar_weekday(noon) == (day + 3) % 7)) return;
                if (!check(calendar_month_start(noon) == month_start && calendar_next_month_start(noon) == next))
                    return;
            }
            month_start = next;
        }
    check_i64(month_start - 1, 7289654399); /* as GNU date says */
}

static void before_1970(void)
{
    const struct calendar_date date = calendar_date_at(-1);
    check(date.year == 1969 && date.month == 12 && date.day == 31);
    check_i64(calendar_second_of_day(-1), 86399);
    check_i64(calendar_weekday(-1), 2);
    check_i64(calendar_month_start(-1), -31 * 86400);
    check_i64(calendar_next_month_start(-1), 0);
}

static void hour_of_week(void)
{
    check_i64(calendar_hour_of_week(at("2026-03-16T00:00Z")), 0); /* a Monday */
    check_i64(calendar_hour_of_week(at("2026-03-16T23:59:59Z")), 23);
    check_i64(calendar_hour_of_week(at("2026-03-22T23:59:59Z")), 167);
    check_i64(calendar_hour_of_week(at("2023-11-16T18:15:46Z")), 3 * 24 + 18);
}

static void month_edges(void)
{
    check_i64(calendar_month_start(at("2026-03-01T00:00Z")), at("2026-03-01"));
    check_i64(calendar_month_start(at("2026-02-28T23:59:59Z")), at("2026-02-01"));
    check_i64(calendar_next_month_start(at("2026-12-31T22:00Z")), at("2027-01-01"));
    check_i64(calendar_next_month_start(at("2024-02-29")), at("2024-03-01"));
}

static void forms(void)
{
    check_i64(at("2026-03-16"), 1773619200);
    check_i64(at("2026-03-16T04:00"), 1773619200 + 4 * 3600);
    check_i64(at("2026-03-16 04:00:05"), 1773633605);
    check_i64(at("2026-03-16T09:30:05+05:30"), 1773633605);
    check_i64(at("2026-03-15T16:00:05-12:00"), 1773633605);
    check_i64(at("2026-03-16T18:00:05+14:00"), 1773633605);
}

static void what_was_written(void)
{
    struct civil_instant a, b, c;
    check(civil_parse("2026-03-16", 10, &a) == NULL && a.is_date && !a.has_zone && a.ns == 0);
    check(civil_parse("2026-03-16T00:00Z", 17, &b) == NULL && !b.is_date && b.has_zone);
    check(civil_parse("2026-03-16 00:00:00.5", 21, &c) == NULL && !c.is_date && !c.has_zone);
}

static void fractions_are_exact(void)
{
    static const struct {
        const char *text;
        int32_t ns;
    } rows[] = {{"2023-11-16 18:15:46.6805900", 680590000},
                {"2023-11-16 18:15:46.1", 100000000},
                {"2023-11-16 18:15:46.000000001Z", 1},
                {"2023-11-16 18:15:46.999999999", 999999999},
                {"2023-11-16 18:15:46.009930+00:00", 9930000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct civil_instant got = {0};
        check(civil_parse(rows[i].text, strlen(rows[i].text), &got) == NULL);
        check_i64(got.at_s, 1700158546);
        check_i64(got.ns, rows[i].ns);
    }
}

static void print_and_read_back(void)
{
    uint64_t state = 2385;
    for (int i = 0; i < 20000; i++) {
        const int64_t at_s = (int64_t)(test_random(&state) % 7289654400u);
        const int32_t ns = i % 3 == 0 ? 0 : (int32_t)(test_random(&state) % 1000000000u);
        char text[CIVIL_INSTANT_BYTES], date[CIVIL_DATE_BYTES];
        struct civil_instant got = {0};
        int64_t midnight = -1;
        civil_format(at_s, ns, text);
        civil_format_date(at_s, date);
        if (!check(civil_parse(text, strlen(text), &got) == NULL && got.at_s == at_s && got.ns == ns)) return;
        if (!check(civil_parse_date(date, strlen(date), &midnight) == NULL && midnight == at_s - at_s % 86400)) return;
    }
}

static void printed_fraction_is_short(void)
{
    char text[CIVIL_INSTANT_BYTES];
    civil_format(1700158546, 680590000, text);
    check_text(text, "2023-11-16T18:15:46.68059Z");
    civil_format(1700158546, 1, text);
    check_text(text, "2023-11-16T18:15:46.000000001Z");
}

/* Bad inputs: the text, and a part of what must be said about it. */
static const struct {
    const char *text, *says;
} bad[] = {
    {"", "not a date"},
    {"yesterday", "not a date"},
    {"2026-3-16", "not a date"},
    {"2026/03/16", "not a date"},
    {"26-03-16", "not a date"},
    {"-026-03-16", "not a date"},
    {"2026-03-1x", "not a date"},
    {"1969-12-31", "1970 to 2200"},
    {"2201-01-01", "1970 to 2200"},
    {"2026-00-10", "month"},
    {"2026-13-10", "month"},
    {"2026-02-29", "does not exist"},
    {"2100-02-29", "does not exist"},
    {"2026-04-31", "does not exist"},
    {"2026-03-00", "does not exist"},
    {"2026-03-16x", "T or a space"},
    {"2026-03-16 ", "time of day"},
    {"2026-03-16T9:30", "time of day"},
    {"2026-03-16T0930", "time of day"},
    {"2026-03-16T24:00", "00:00 to 23:59"},
    {"2026-03-16T09:60", "00:00 to 23:59"},
    {"2026-03-16T09:30:60Z", "leap seconds"},
    {"2026-03-16T09:30:5", "two digits"},
    {"2026-03-16T09:30:05.", "no digits"},
    {"2026-03-16T09:30:05.Z", "no digits"},
    {"2026-03-16T09:30:05.1234567891", "more than 9"},
    {"2026-03-16T09:30:05z", "only Z or an offset"},
    {"2026-03-16T09:30:05 UTC", "only Z or an offset"},
    {"2026-03-16T09:30:05+0530", "+05:30"},
    {"2026-03-16T09:30:05+05", "+05:30"},
    {"2026-03-16T09:30:05+14:01", "-14:00 to +14:00"},
    {"2026-03-16T09:30:05+05:60", "-14:00 to +14:00"},
    {"2026-03-16T09:30:05ZZ", "more text"},
    {"2026-03-16T09:30:05+05:30Z", "more text"},
    {"1970-01-01T01:00+02:00", "1970 to 2200, UTC"},
    {"2200-12-31T23:00-02:00", "1970 to 2200, UTC"},
};

static void bad_instants(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct civil_instant got = {-7, -7, -7, -7};
        const char *wrong = civil_parse(bad[i].text, strlen(bad[i].text), &got);
        if (!check_at(wrong != NULL, __FILE__, __LINE__, "\"%s\" was taken", bad[i].text)) continue;
        check_contains(wrong, bad[i].says);
        check(got.at_s == -7); /* nothing is half-filled */
    }
}

static void the_end_is_respected(void)
{
    struct civil_instant got = {0};
    check(civil_parse("2026-03-16T09:30:05.25", 18, &got) != NULL); /* 2026-03-16T09:30:0 */
    check(civil_parse("2026-03-16T09:30:05.25", 19, &got) == NULL);
    check(civil_parse("2026-03-16\0T09:30", 16, &got) != NULL);
}

static void bad_dates(void)
{
    int64_t got = -7;
    check(civil_parse_date("2026-03-16T09:30", 16, &got) != NULL);
    check(civil_parse_date("2026-02-30", 10, &got) != NULL);
    check(civil_parse_date("2026-02", 7, &got) != NULL);
    check(civil_parse_date("", 0, &got) != NULL);
    check_i64(got, -7);
}

static const struct test tests[] = {
    {"known instants read, print and fall on their weekday", known_answers, FAST},
    {"every day of 1970 to 2200 agrees with counting days one by one", every_day, FAST},
    {"before 1970 the arithmetic rounds down", before_1970, FAST},
    {"the hour of the week counts from Monday 00:00", hour_of_week, FAST},
    {"a month starts at its first second and ends before the next", month_edges, FAST},
    {"dates, minutes, seconds, a space, Z and offsets are read", forms, FAST},
    {"a date, an instant and a zone can be told apart", what_was_written, FAST},
    {"a fraction of up to nine digits is exact", fractions_are_exact, FAST},
    {"what is printed reads back the same", print_and_read_back, FAST},
    {"a printed fraction has no zeros at its end", printed_fraction_is_short, FAST},
    {"a bad instant is refused, says why and leaves nothing behind", bad_instants, FAST},
    {"the text ends where its length says", the_end_is_respected, FAST},
    {"a bad date is refused", bad_dates, FAST},
};
TEST_MAIN("civil", tests)

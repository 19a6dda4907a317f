/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The calendar: seconds since 1970-01-01T00:00:00Z to civil dates and back. UTC only, proleptic Gregorian, no leap
 * seconds (as POSIX time). Time zones and daylight saving are left out on purpose: a scenario is written in UTC.
 *
 * Formula. Years begin in March, so that the leap day is the last day of a year; 400 such years are an era of 146,097
 * days; day of year from month is (153 m + 2) / 5. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * days_from_civil and civil_from_days. 1970-01-01 was a Thursday.
 *
 * Cost: a few integer divisions by constants. Valid for years 1 to 9999 or so; texts are held to CALENDAR_YEAR_FIRST
 * .. CALENDAR_YEAR_LAST (scenarios/read/civil.h), so that any two instants are less than 2^63 ns apart. */
#ifndef FLOE_MODELS_CALENDAR_H
#define FLOE_MODELS_CALENDAR_H

#include "models/units.h"
#include "sim/base.h"

#define CALENDAR_YEAR_FIRST 1970
#define CALENDAR_YEAR_LAST 2200

struct calendar_date {
    int32_t year, month, day; /* month 1..12, day 1..31 */
};

FLOE_FN int64_t calendar_floor_div(int64_t a, int64_t b) /* b > 0 */
{
    return a / b - (a % b < 0);
}

FLOE_FN int calendar_is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

FLOE_FN int32_t calendar_days_in_month(int32_t year, int32_t month)
{
    if (month == 2) return 28 + calendar_is_leap(year);
    return 30 + ((month + (month > 7)) % 2);
}

FLOE_FN int calendar_exists(struct calendar_date date)
{
    return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= calendar_days_in_month(date.year, date.month);
}

/* Days from 1970-01-01 to the date; negative before. */
FLOE_FN int64_t calendar_day_of(struct calendar_date date)
{
    const int64_t year = (int64_t)date.year - (date.month <= 2);
    const int64_t era = calendar_floor_div(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

FLOE_FN struct calendar_date calendar_date_of(int64_t day)
{
    const int64_t era = calendar_floor_div(day + 719468, 146097);
    const int64_t day_of_era = day + 719468 - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t from_march = (5 * day_of_year + 2) / 153;
    struct calendar_date date;
    date.day = (int32_t)(day_of_year - (153 * from_march + 2) / 5 + 1);
    date.month = (int32_t)(from_march < 10 ? from_march + 3 : from_march - 9);
    date.year = (int32_t)(year_of_era + era * 400 + (date.month <= 2));
    return date;
}

/* The first second of the date. */
FLOE_FN int64_t calendar_at_s(struct calendar_date date)
{
    return calendar_day_of(date) * S_PER_DAY;
}

FLOE_FN struct calendar_date calendar_date_at(int64_t at_s)
{
    return calendar_date_of(calendar_floor_div(at_s, S_PER_DAY));
}

/* 0 .. 86,399 */
FLOE_FN int32_t calendar_second_of_day(int64_t at_s)
{
    return (int32_t)(at_s - calendar_floor_div(at_s, S_PER_DAY) * S_PER_DAY);
}

/* Monday = 0 .. Sunday = 6, as ISO 8601 counts. Day 0 was a Thursday = 3. */
FLOE_FN int32_t calendar_weekday(int64_t at_s)
{
    const int64_t day = calendar_floor_div(at_s, S_PER_DAY) + 3;
    return (int32_t)(day - calendar_floor_div(day, DAYS_PER_WEEK) * DAYS_PER_WEEK);
}

/* 0 .. 167, from Monday 00:00. */
FLOE_FN int32_t calendar_hour_of_week(int64_t at_s)
{
    return calendar_weekday(at_s) * HOURS_PER_DAY + calendar_second_of_day(at_s) / S_PER_HOUR;
}

/* The first second of the month that at_s lies in. */
FLOE_FN int64_t calendar_month_start(int64_t at_s)
{
    struct calendar_date date = calendar_date_at(at_s);
    date.day = 1;
    return calendar_at_s(date);
}

/* The first second of the month after; always after at_s. */
FLOE_FN int64_t calendar_next_month_start(int64_t at_s)
{
    struct calendar_date date = calendar_date_at(at_s);
    date.year += date.month == 12;
    date.month = date.month % 12 + 1;
    date.day = 1;
    return calendar_at_s(date);
}

#endif

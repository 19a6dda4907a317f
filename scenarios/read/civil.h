/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Instants as people and logs write them, to whole seconds since 1970 and nanoseconds; and back. The arithmetic is
 * models/calendar.h; here is only the text.
 *
 *     2026-03-16                        a date: its first second
 *     2026-03-16T09:30Z                 hours and minutes
 *     2026-03-16 09:30:05.1234567       a space for the T, a fraction of 1 to 9 digits, no zone: UTC
 *     2026-03-16T09:30:05+05:30         an offset: 04:00:05 UTC
 *
 * Strict: two digits each, no lower case, no week or ordinal dates, no 24:00, no second 60, dates that exist, years
 * CALENDAR_YEAR_FIRST .. CALENDAR_YEAR_LAST (also after the offset is taken off). Fractions never go through a double.
 * Left out: named zones and daylight saving. Sources: ISO 8601, RFC 3339 section 5.6. */
#ifndef FLOE_READ_CIVIL_H
#define FLOE_READ_CIVIL_H

#include "models/calendar.h"

struct civil_instant {
    int64_t at_s;     /* since 1970-01-01T00:00:00Z */
    int32_t ns;       /* 0 .. 999,999,999 */
    int32_t is_date;  /* only a date was written */
    int32_t has_zone; /* Z or an offset was written */
};

#define CIVIL_DATE_BYTES 16
#define CIVIL_INSTANT_BYTES 32

/* NULL when the text is an instant, the whole of it; otherwise what is wrong with it, one line. */
const char *civil_parse(const char *text, size_t n, struct civil_instant *out) FLOE_MUST_CHECK;

/* The same for a date alone. */
const char *civil_parse_date(const char *text, size_t n, int64_t *at_s) FLOE_MUST_CHECK;

/* 2026-03-16 */
void civil_format_date(int64_t at_s, char out[CIVIL_DATE_BYTES]);

/* 2026-03-16T09:30:05Z, with as many digits of a fraction as ns needs */
void civil_format(int64_t at_s, int32_t ns, char out[CIVIL_INSTANT_BYTES]);

#endif

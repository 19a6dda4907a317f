/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Units of measure as people write them. One table of words (unit.c) says what each is worth in base units; what stands
 * behind a number is a word, or a word per word: `min`, `usd/Mtok`, `tasks/day`, `req per s`.
 *
 * A unit is worth 10^power x times / over. The power of ten is kept apart because it costs no rounding (decimal.h);
 * `times` and `over` are seconds, and at least one of them is 1. */
#ifndef FLOE_READ_UNIT_H
#define FLOE_READ_UNIT_H

#include "models/param.h"
#include "scenarios/read/fault.h"

struct unit {
    enum param_unit measures;
    int32_t power;
    double times, over;
    int32_t is_per_month; /* a rate per month: stored as if a month had HOURS_PER_REFERENCE_MONTH */
};

/* The text behind a number, trimmed, "" for none. has_dollar: a $ stood in front of the number. */
int unit_find(const char *text, size_t n, int has_dollar, struct unit *out, struct fault *fault);

/* The unit of a budget: `usd/day`, `usd per 30d`, after a $ `/week`. 0: it is none (unit_find says what it is). A period
 * is a whole number of seconds, at most ten years; a month is none, since its length changes. */
int unit_find_period(const char *text, size_t n, int has_dollar, int32_t *period_s);

/* The unit of growth: `%/month`, `% per week`, `%/30d`. The period is in seconds, or minus 1, 3 or 12 for months. */
int unit_find_growth(const char *text, size_t n, int32_t *period);
const char *unit_month_word(int32_t months); /* "month" for 1 */

const char *unit_what(enum param_unit unit);   /* "a time", "a price per token" */
const char *unit_wanted(enum param_unit unit); /* "a time such as '5min'" */

/* The units that a value of this kind may be printed in, ended by an empty word; the first is always possible. */
struct unit_print {
    const char *word; /* with its space, if it takes one: "min", " usd/Mtok" */
    struct unit unit;
};
const struct unit_print *unit_prints(enum param_unit unit, int is_per_month, int32_t *n);

#endif

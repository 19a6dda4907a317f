/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quantities: a number with its unit, or a range of two, as people write them.
 *
 *     500000/month   6400 tasks/day   24h   3.00 usd/Mtok   $3/Mtok   99.9%   2.95 to 4.30 usd/hour   50s to 10min
 *
 * A unit must be given, except where a plain number is the custom: counts of tokens, shares, plain numbers. In a range
 * the unit stands on both ends or once, at the end.
 *
 * `a to b` is a 90 % interval: a and b are the 5th and 95th percentile of what we believe. Laws and their medians:
 *     0 < a            lognormal      sqrt(a b)
 *     a <= 0           normal         (a + b) / 2
 *     share            logit-normal   the odds are lognormal: o = sqrt(odds(a) odds(b)), median o / (1 + o)
 * (z95 cancels in the median; exp and log are not needed.) A share of 0 or 1 has no odds, so such an end is refused.
 *
 * Refused, with the reason: NaN, infinity, hexadecimal, digit grouping, a value too large or too small for a double, an
 * unknown unit, a unit of another kind ("'30 s' is a time; this wants a price such as '3.00 usd/Mtok'"). */
#ifndef FLOE_READ_QUANTITY_H
#define FLOE_READ_QUANTITY_H

#include "models/param.h"
#include "scenarios/read/fault.h"

#define QUANTITY_BYTES 64
#define BUDGET_ANY "any" /* in place of a budget: no limit */

struct quantity {
    double value; /* in base units; of a range, its median */
    enum input_law law;
    double low, high; /* LAW_POINT: both the value */
    int32_t
        is_per_month; /* a rate per month, stored for a month of 720 h (models/traffic.h); of a budget its period, s; of growth
                        see UNIT_SHARE_PER_PERIOD */
};

/* 1: read. The text is that of a YAML scalar. Otherwise the hint is, where it can be told, what would have been read in
 * its place (habit.h). */
int quantity_read(const char *text, enum param_unit unit, struct quantity *out, struct fault *fault);

/* The same where no range can stand; wanted: "this wants one whole number". */
int quantity_read_point(const char *text, enum param_unit unit, const char *wanted, struct quantity *out,
                        struct fault *fault);

/* A budget (UNIT_USD_PER_PERIOD) is one amount per period, read by quantity_read_point; it is no rate: 50 usd/day stops
 * the fiftieth dollar of a day whenever it comes, 350 usd/week that of the week. */

/* As a person would write it, in the unit that gives the shortest text which reads back to the very same double. */
void quantity_print(double value, enum param_unit unit, int is_per_month, char out[QUANTITY_BYTES]);

#endif

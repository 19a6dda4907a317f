/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Units. Inside the program everything is seconds, dollars, tokens, bytes and shares (0..1); only the clock of the
 * events engine counts nanoseconds. People write hours and usd/Mtok; the conversion happens once, at the door, by the
 * constants below. No other file spells 3600 or 1e6. */
#ifndef FLOE_MODELS_UNITS_H
#define FLOE_MODELS_UNITS_H

#define NS_PER_S 1000000000LL
#define S_PER_MS 0.001
#define S_PER_US 0.000001
#define S_PER_MIN 60
#define US_PER_S 1000000LL
#define S_PER_HOUR 3600
#define S_PER_DAY 86400
#define S_PER_WEEK 604800
#define HOURS_PER_DAY 24
#define DAYS_PER_WEEK 7
#define HOURS_PER_WEEK 168
#define HOURS_PER_REFERENCE_MONTH 720 /* a rate "per month" is stored as if a month had 720 h; see traffic.h */
#define TOK_PER_KTOK 1000
#define TOK_PER_MTOK 1000000

#endif

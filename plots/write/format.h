/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a number and a name look to a reader.
 *   floe_format_shortest  for files: the shortest decimal that reads back as the same double (15 to 17 digits are
 * tried) floe_format_count     for people: 19,366; a fraction keeps `digits` significant digits below 1000: 12.5
 *   floe_format_usd       for people: $12.35, $0.00214, $1,234,567. Cents from $1 up to $10,000, whole dollars above,
 *                         `digits` significant digits below, but at least cents: $0.50
 *   floe_format_scaled    for people: x in units of `scale`, two decimals, `digits` significant digits below 1
 * What is not zero never reads as zero, and zero reads as a bare 0. Not finite reads "-". `digits`: FORMAT_DIGITS for a
 * value, FORMAT_DIGITS_HALF for a half-width, which is itself an estimate.
 * Each writes into FORMAT_BYTES and returns its argument.
 *
 * Names may hold any UTF-8. Width is counted in terminal columns: combining marks 0, East Asian wide characters and
 * emoji 2, all else 1; a coarse table (the blocks, not the exceptions inside them). Control characters, which could
 * steer a terminal, marks that turn the direction of the text, and broken UTF-8 are shown as '?'. */
#ifndef FLOE_PLOTS_WRITE_FORMAT_H
#define FLOE_PLOTS_WRITE_FORMAT_H

#include "plots/write/text.h"

#define FORMAT_BYTES 48
#define FORMAT_DIGITS 3
#define FORMAT_DIGITS_HALF 2

char *floe_format_shortest(char *to, double x);
char *floe_format_count(char *to, double x, int digits);
char *floe_format_usd(char *to, double usd, int digits);
char *floe_format_scaled(char *to, double x, double scale, int digits);

/* The first character of s, which must not be empty. Broken UTF-8 is one byte, U+FFFD. */
struct floe_format_char {
    int n_bytes, columns, is_shown;
    uint32_t code;
};
struct floe_format_char floe_format_next(const char *s);
int floe_format_columns(const char *s); /* the width of all of it */

/* Exactly `columns` columns: filled with spaces on the right, or cut and closed with '~'. columns >= 1. */
void floe_format_name(struct floe_text *text, const char *name, int columns);
void floe_format_plain(struct floe_text *text, const char *s); /* all of it, what may not be shown as '?' */
void floe_format_utf8(struct floe_text *text, const char *s);  /* all of it, for files: only broken UTF-8 is replaced */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Habits of writing numbers that Floe does not read, and how it would read them: each rewrites a text, one that cannot
 * be read is sent through all of them in order, and if it can be read then, that is the advice.
 *
 *     6,400/day -> 6400/day     3,50 usd -> 3.50 usd     300-500 tok, 300..500 tok -> 300 to 500 tok
 *     40 to 70 (a share) -> 40% to 70%     2k -> 2 ktok     30 Days -> 30 days     10 rps -> 10/s
 *
 * They are not simply read that way: 3,500 is not the same number everywhere, and 2-3 may be a date. */
#ifndef FLOE_READ_HABIT_H
#define FLOE_READ_HABIT_H

#include "models/param.h"

#define HABIT_BYTES 128

struct habit {
    int (*rewrite)(const char *text, enum param_unit unit, char out[HABIT_BYTES]); /* 0: it is not in this text */
    const char *what; /* what is wrong with it; NULL: the reader of the text says it better */
};

extern const struct habit habits[]; /* rewrite == NULL at the end */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text that grows. Every writer fills one; the program's own room decides where its bytes go. Nothing here prints,
 * opens a file or ends the program.
 *
 *     struct floe_text text = {0};
 *     floe_text_add(&text, "cost ");
 *     floe_text_number(&text, 0.1);
 *     status = floe_text_status(&text);      FLOE_OK, or FLOE_ENVIRONMENT when memory ran out
 *     floe_text_free(&text);
 *
 * A failure sticks: after the first one further calls do nothing, so a writer looks once, at its end. `bytes` is NULL
 * or ends in a NUL that n does not count. Appending n bytes costs O(n), amortized.
 *
 * Numbers do not depend on the locale: the program never calls setlocale, and should a host of the library have done
 * so, its decimal comma is turned back into a point. */
#ifndef FLOE_PLOTS_WRITE_TEXT_H
#define FLOE_PLOTS_WRITE_TEXT_H

#include "sim/base.h"

struct floe_text {
    char *bytes;
    size_t n, capacity;
    size_t most; /* refuse to grow beyond this many bytes; 0: no limit */
    int has_failed;
};

void floe_text_free(struct floe_text *text); /* leaves it zeroed */
FLOE_MUST_CHECK enum floe_status floe_text_status(const struct floe_text *text);

void floe_text_add(struct floe_text *text, const char *s);
void floe_text_add_n(struct floe_text *text, const char *bytes, size_t n);
void floe_text_fill(struct floe_text *text, char c, int n); /* n < 1: nothing */
void floe_text_printf(struct floe_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The shortest decimal that reads back as the same double; x must be finite. */
void floe_text_number(struct floe_text *text, double x);

/* 2023-11-16T18:15:46Z; nothing for INSTANT_ABSENT. */
void floe_text_instant(struct floe_text *text, int64_t at_s);

#endif

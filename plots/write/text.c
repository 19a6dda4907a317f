/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/calendar.h"
#include "models/param.h"
#include "plots/write/format.h"

enum { CAPACITY_FIRST = 256 };

void floe_text_free(struct floe_text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof *text);
}

enum floe_status floe_text_status(const struct floe_text *text)
{
    return text->has_failed ? FLOE_ENVIRONMENT : FLOE_OK;
}

static size_t grown(size_t capacity, size_t need)
{
    if (capacity < CAPACITY_FIRST) capacity = CAPACITY_FIRST;
    while (capacity < need && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    return capacity < need ? need : capacity;
}

/* Room for n more bytes and the NUL; 0 and has_failed where there is none. */
static int reserve(struct floe_text *text, size_t n)
{
    if (text->has_failed) return 0;
    if (n < text->capacity - text->n) return 1;
    size_t need = text->n + n + 1;
    int is_refused = need <= n || (text->most != 0 && need > text->most);
    size_t capacity = is_refused ? 0 : grown(text->capacity, need);
    if (text->most != 0 && capacity > text->most) capacity = text->most;
    char *bytes = is_refused ? NULL : (char *)realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->has_failed = 1;
        return 0;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return 1;
}

void floe_text_add_n(struct floe_text *text, const char *bytes, size_t n)
{
    if (!reserve(text, n)) return;
    if (n > 0) memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
}

void floe_text_add(struct floe_text *text, const char *s)
{
    floe_text_add_n(text, s, strlen(s));
}

void floe_text_fill(struct floe_text *text, char c, int n)
{
    for (int i = 0; i < n; i++)
        floe_text_add_n(text, &c, 1);
}

void floe_text_printf(struct floe_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    if (n < 0) text->has_failed = 1;
    if (n >= 0 && reserve(text, (size_t)n)) {
        (void)vsnprintf(text->bytes + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
    va_end(arguments);
}

void floe_text_number(struct floe_text *text, double x)
{
    char number[FORMAT_BYTES];
    floe_format_shortest(number, x);
    floe_text_add(text, number);
}

void floe_text_instant(struct floe_text *text, int64_t at_s)
{
    if (at_s == INSTANT_ABSENT) return;
    struct calendar_date date = calendar_date_at(at_s);
    int64_t s = at_s - calendar_at_s(date);
    floe_text_printf(text, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)date.year, (int)date.month, (int)date.day,
                     (int)(s / S_PER_HOUR), (int)(s / S_PER_MIN % S_PER_MIN), (int)(s % S_PER_MIN));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/wording.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wording_reserve(struct wording *w, size_t more)
{
    if (w->has_failed) return 0;
    if (w->capacity - w->n > more) return 1;
    const size_t capacity = (w->n + more + 1) * 2;
    char *bytes = (char *)realloc(w->bytes, capacity);
    if (bytes == NULL) {
        w->has_failed = 1;
        return 0;
    }
    w->bytes = bytes;
    w->capacity = capacity;
    return 1;
}

void wording_bytes(struct wording *w, const char *bytes, size_t n)
{
    if (!wording_reserve(w, n)) return;
    if (n > 0) memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
    w->bytes[w->n] = '\0';
}

void wording_add(struct wording *w, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (n < 0 || !wording_reserve(w, (size_t)n)) return;
    va_start(list, format);
    vsnprintf(w->bytes + w->n, (size_t)n + 1, format, list);
    va_end(list);
    w->n += (size_t)n;
}

enum floe_status wording_finish(struct wording *w, char **text, size_t *n)
{
    wording_bytes(w, "", 0);
    *text = NULL;
    if (n != NULL) *n = 0;
    if (w->has_failed) {
        free(w->bytes);
    } else {
        *text = w->bytes;
        if (n != NULL) *n = w->n;
    }
    const enum floe_status status = w->has_failed ? FLOE_ENVIRONMENT : FLOE_OK;
    memset(w, 0, sizeof *w);
    return status;
}

static int is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

const char *wording_excerpt(const char *text, char *out, size_t most)
{
    const size_t length = strlen(text);
    size_t n = length < most ? length : most - 4;
    while (n < length && n > 0 && is_continuation(text[n]))
        n--;
    memcpy(out, text, n);
    if (n < length)
        memcpy(out + n, "...", 4); /* there is room: n is at most `most` - 4 */
    else
        out[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (out[i] == '\n' || out[i] == '\t' || out[i] == '\r') out[i] = ' ';
    return out;
}

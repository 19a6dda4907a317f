/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text that grows: what the room prints (the resolved scenario, messages, the parameter reference) is put together
 * here, since nothing below cli/ writes to a file. A refused allocation is remembered and told once, at the end. */
#ifndef FLOE_READ_WORDING_H
#define FLOE_READ_WORDING_H

#include "sim/base.h"

struct wording {
    char *bytes; /* closed by a 0 */
    size_t n, capacity;
    int32_t has_failed;
};

void wording_add(struct wording *wording, const char *format, ...) __attribute__((format(printf, 2, 3)));
void wording_bytes(struct wording *wording, const char *bytes, size_t n);

/* Hands the text over, to be freed by the caller; n may be NULL. FLOE_ENVIRONMENT when memory ran out. */
enum floe_status wording_finish(struct wording *wording, char **text, size_t *n) FLOE_MUST_CHECK;

/* A piece of the user's text fit for a message: at most `most` - 1 bytes with "..." when cut, whole UTF-8 letters,
 * line ends and tabs as spaces. Returns out. */
const char *wording_excerpt(const char *text, char *out, size_t most);

#endif

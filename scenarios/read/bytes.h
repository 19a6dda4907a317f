/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is this a text? A look at the bytes before any parser sees them, so that a picture, a zip file or a text in another
 * encoding is refused with the place of the first byte that is wrong. */
#ifndef FLOE_READ_BYTES_H
#define FLOE_READ_BYTES_H

#include "scenarios/read/fault.h"

struct bytes_place {
    int32_t line, column; /* from 1; columns count letters */
};

/* 1: valid UTF-8 without control characters other than tab and line ends. */
int bytes_check(const char *bytes, size_t n, struct bytes_place *place, struct fault *fault);

/* The length of the UTF-8 letter at the start of the n bytes, 0 when it is not valid. */
size_t bytes_letter(const char *bytes, size_t n, uint32_t *letter);

#endif

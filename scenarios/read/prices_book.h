/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A price book as YAML: the rows of models/price.c, one model a line.
 *
 *     gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok, cache_read: 0.25 usd/Mtok, bands: [{above: 272000 tok, ...}]}
 *
 * Keys are quoted unless no YAML parser can take them for anything but text. */
#ifndef FLOE_READ_PRICES_BOOK_H
#define FLOE_READ_PRICES_BOOK_H

#include "scenarios/read/litellm_row.h"
#include "scenarios/read/wording.h"

void prices_book_row(struct wording *out, const char *name, const struct litellm_row *row);

/* The text as a YAML scalar, quoted if needed. */
void prices_book_scalar(struct wording *out, const char *text);

#endif

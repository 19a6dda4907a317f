/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One value of one row: from text into the model's struct, and back to text. Rows that hold other rows (blocks, maps,
 * lists) are walked in fill.c. */
#ifndef FLOE_READ_VALUE_H
#define FLOE_READ_VALUE_H

#include "models/param.h"
#include "scenarios/read/fault.h"
#include "scenarios/read/wording.h"

#define VALUE_RANGE_BYTES 160

/* Reads the text of a NUMBER, COUNT, FLAG, CHOICE, TEXT or INSTANT into the struct `block`, and its law and ends into
 * `input`. 0: nothing was stored. */
int value_read(const struct param *row, const char *text, void *block, struct input *input, struct fault *fault);

/* Entry `i` of a SERIES or VALUES. */
int value_read_entry(const struct param *row, const char *text, int32_t i, void *block, struct fault *fault);

/* What stands in the struct when nothing is said and the row has no preset (models/param.h). */
void value_clear(const struct param *row, void *block);

/* As YAML: quoted where needed, a range as `a to b unit`, a SERIES or VALUES as [a, b, c]. */
void value_print(const struct param *row, const void *block, const struct input *input, struct wording *out);
void value_print_text(const char *text, struct wording *out); /* a text, quoted where YAML needs it */

/* "0% to 100%", "above 0s, at most 7d"; "" for rows without a range. Returns out. */
const char *value_range(const struct param *row, char out[VALUE_RANGE_BYTES]);

int32_t value_count(const struct param *row, const void *block); /* of a VALUES, MAP or LIST; `most` of a SERIES */
const struct param *value_row(const struct param_block *block, const char *key); /* NULL: the block has no such key */

#endif

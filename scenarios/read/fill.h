/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one walk from a tree to structs: parameter rows say what may stand where, the tree says what does. Every error of
 * the tree is told, none ends the walk.
 *
 * Forms that a block may take (models/param.h): a map of its keys; a scalar, for its scalar_key; a list, or a map of
 * none of its keys, for its list_key; `{value: ...}` for its scalar_key with evidence beside it.
 *
 * A message names a key as the user wrote it: of `output: 30 s` it is `output`, although the value is its `mean`.
 *
 * Evidence. A value may be {value, evidence, source, date}, and the three may stand on any block: there they speak of
 * the quantities and traces inside, not of names, kinds and flags. They speak for what is written in the same file
 * only: a template's `evidence: measured` does not make a number measured that a scenario or --set puts in its place.
 * Who states evidence anew starts anew: source and date of the block around are not carried over. Presets have no
 * evidence.
 *
 * {setting: NAME} in place of a value is the setting's value, with the evidence that stands beside it there; what the
 * blocks around the reader say does not speak for it.
 *
 * A value that nobody gave takes its row's preset and becomes an input all the same, marked is_preset; the presets of
 * an optional block that is absent count only if the block means something without its scalar_key. */
#ifndef FLOE_READ_FILL_H
#define FLOE_READ_FILL_H

#include "models/scenario.h"
#include "scenarios/read/settings.h"
#include "scenarios/read/tree.h"

/* Where the blocks of a scenario stand, for what is wrong between them. */
struct place {
    char path[INPUT_PATH_BYTES];
    struct mark mark;
};

struct places {
    struct place *items;
    int32_t n, capacity;
};

/* Fills the struct of the scenario's rows; it is zeroed first. Errors go to the reading's messages. The inputs and
 * places are the caller's to free. */
void fill_scenario(struct reading *reading, const struct node *root, const struct settings *settings,
                   struct scenario *scenario, struct inputs *inputs, struct places *places);

/* The prices of one model alone, from its node in a price book; 0: told. Evidence is left out. */
int fill_model_prices(struct reading *reading, const char *name, const struct node *node, struct model_prices *out);

/* The place of a value or block, or of the nearest block around it. */
struct mark places_find(const struct places *places, const struct inputs *inputs, const char *path);

/* Keys that the reader itself obeys; no row has them. NULL at the end. */
struct directive {
    const struct param_block *block;
    const char *key, *help;
};
extern const struct directive fill_directives[];
extern const struct param_block setting_block, change_block, variant_block; /* without rows: all keys are directives */

int fill_is_common_key(const char *key); /* evidence, source, date */

/* Does the map stand for the block's list_key: {input: ..., output: ...} for the rows of a model? */
int fill_is_list_entry(const struct param_block *block, const struct node *map);

#endif

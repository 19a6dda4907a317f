/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared settings: one value, read by the keys that say {setting: NAME}.
 *
 *     settings:
 *       llm_model: {value: claude-3-7-sonnet, owner: ml-platform}
 *       long_prompts: 4200                                     a value without owner
 *     workloads: {training: {model: {setting: llm_model}}}
 *
 * A setting is one value or one list of numbers, whatever the reading keys take; its text is read by the row of each of
 * them. It reads no other setting. What is wrong with a setting is told of the first key that reads it. */
#ifndef FLOE_READ_SETTINGS_H
#define FLOE_READ_SETTINGS_H

#include "models/study.h"
#include "scenarios/read/tree.h"

struct setting {
    const char *name;
    const char *owner; /* "": nobody */
    struct mark mark;
    const struct node *value; /* NULL: it has none that can be read; then `wrong` says why */
    const struct node *said;  /* the map around the value, with its evidence; NULL: the value stands alone */
    struct fault wrong;
    struct mark wrong_mark;
};

/* Which key read which setting. */
struct setting_use {
    char path[INPUT_PATH_BYTES];
    char name[NAME_BYTES];
};

struct setting_uses {
    struct setting_use *items;
    int32_t n, capacity;
};

struct settings {
    struct setting items[SETTINGS_MOST];
    int32_t n;
    struct setting_uses *uses; /* what settings_find adds to, or NULL */
};

/* The `settings` of the tree. */
void settings_read(struct reading *reading, const struct node *root, struct settings *out);

/* The setting that the node names, for the key at `path`, which is noted. NULL: told. */
const struct setting *settings_find(struct reading *reading, const struct settings *settings, const struct node *name,
                                    const char *path);

/* Tells what is wrong with settings that no key reads. */
void settings_check(struct reading *reading, const struct settings *settings);

#endif

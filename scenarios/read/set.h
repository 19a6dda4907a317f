/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `--set path.to.key=value`: one change of the tree before it is read. The value is YAML as it could stand behind the
 * key: 300, 300 to 500, {law: lognormal, median: 1020, p95: 4083}; null takes the key away.
 *
 * The path is cut at its dots; where a name itself holds dots (prices.models.gpt-5.4.input) the longest name that the
 * file has wins. Entries of lists are counted from 0; of a list of one the index may be left out. The path follows the
 * rows, so it may pass through any short form: with `output: 300` in the file, workloads.chat.tokens.output.law=...
 * finds the mean 300 beside it. A key that the file lacks is added; what the rows do not know is refused by the walk
 * with the nearest key. A whole workload, route or model is added by giving it as one {...}.
 *
 * settings.NAME is the setting's value; changes.NAME.at, changes.NAME.set.PATH and variants.NAME.set.PATH reach into
 * what a file says of these. An entry of a list of numbers is hour_of_day.3.
 *
 * The `set:` of a change or a variant takes the same paths, one by one (set_all). There a map is set key by key, down
 * to single values: {workloads: {chat: {tokens: {output: 300}}}} is workloads.chat.tokens.output: 300, and
 * workloads.chat.demand: {tasks: 3/day} leaves the demand's other keys alone. What one value can stand for (a law of
 * tokens, a setting) is replaced as a whole. What is the same in all phases of a study is refused (models/study.h).
 *
 * Messages name the argument as their file, "--set workloads.chat.tokns=3", and its letter as their column. */
#ifndef FLOE_READ_SET_H
#define FLOE_READ_SET_H

#include "models/scenario.h"
#include "scenarios/read/tree.h"

/* The changed tree; `root` itself stays. NULL: told. */
struct node *set_apply(struct reading *reading, struct node *root, const char *argument);

enum set_kind { SET_ARGUMENT, SET_OF_CHANGE, SET_OF_VARIANT };

/* What was set, in order: to find whose doing a message is. */
struct set_done {
    const char *path;
    struct mark mark; /* of its last key */
    const struct node *value;
    int32_t owner;
};

struct sets_done {
    struct set_done *items;
    int32_t n, capacity;
    int32_t owner; /* of those that come */
};

/* The tree with all keys of the map `set`; what could not be set is told and left out. done may be NULL. */
struct node *set_all(struct reading *reading, struct node *root, const struct node *map, enum set_kind kind,
                     struct sets_done *done);

int set_is_about_models(const char *argument); /* prices.models...: to be applied when the price book is in the tree */

#endif

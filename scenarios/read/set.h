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
 * Messages name the argument as their file, "--set workloads.chat.tokns=3", and its letter as their column. */
#ifndef FLOE_READ_SET_H
#define FLOE_READ_SET_H

#include "models/scenario.h"
#include "scenarios/read/tree.h"

/* The changed tree; `root` itself stays. NULL: told. */
struct node *set_apply(struct reading *reading, struct node *root, const char *argument);

int set_is_about_models(const char *argument); /* prices.models...: to be applied when the price book is in the tree */

#endif

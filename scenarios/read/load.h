/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a name to a tree: asks the callback for the bytes, reads them, and merges the templates that `extends:` names.
 *
 * Merging: the extending file wins. Maps merge key by key at every depth; a value, a list, and a map with a `value`
 * (which is one value) replace what the template has; `key: null` takes the template's key away. Marks stay those of
 * the file that wrote the node. At most EXTENDS_MOST templates deep; a cycle is refused with its chain. */
#ifndef FLOE_READ_LOAD_H
#define FLOE_READ_LOAD_H

#include "scenarios/read/tree.h"

#define EXTENDS_MOST 8
#define SCENARIO_BYTES_MOST ((size_t)1 << 20)
#define SCENARIO_NODES_MOST 200000
#define BOOK_BYTES_MOST ((size_t)16 << 20)
#define BOOK_NODES_MOST 2000000
#if SIZE_MAX > 0xffffffffu
#define TRACE_BYTES_MOST ((size_t)4 << 30)
#else
#define TRACE_BYTES_MOST SIZE_MAX
#endif

/* The bytes of a file that `mention` names, to be freed by the caller; NULL: told. what: "the price book". status may
 * be NULL. */
char *load_bytes(struct reading *reading, const char *what, const char *name, struct mark mention, size_t most_bytes,
                 size_t *n, int32_t *file, enum floe_status *status);

/* A price book or another file of one tree. NULL: told. */
struct node *load_book(struct reading *reading, const char *name, struct mark mention);

/* The scenario with its templates merged. sha256: of the bytes of the file itself, in hexadecimal. NULL: told. */
struct node *load_scenario(struct reading *reading, const char *name, char sha256[65], enum floe_status *status);

/* `over` on top of `under`; neither is changed. */
struct node *load_merge(struct reading *reading, struct node *under, struct node *over);

#endif

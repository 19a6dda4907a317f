/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YAML text to a tree of nodes, each with its place. libyaml scans and parses; this file keeps what it says.
 *
 * Read as written: a value stays the text that stands in the file, so that 03:58, yes and 010 are not turned into
 * numbers or flags (the traps of YAML 1.1). What a text means is decided by the row that it is for.
 *
 * One thing is not as YAML has it: in {tasks: 6,400/day} the comma belongs to the number, so that its reader can refuse
 * it in one plain error rather than "unknown key '400/day'".
 *
 * Refused, with place and hint: an empty file; bytes that are no text (control characters, invalid UTF-8, UTF-16);
 * more than the limits below; a duplicate key; a second document; a tag (`!x`), a merge key (`<<`), a key that is no
 * scalar; an alias to an enclosing node. Anchors and aliases work; an alias counts as many nodes as it stands for,
 * which is what stops an alias bomb.
 *
 * Nodes never change once built: an alias, a merge and a graft share them. They live in the arena of the reading. */
#ifndef FLOE_READ_TREE_H
#define FLOE_READ_TREE_H

#include "scenarios/read/reading.h"
#include "scenarios/read/wording.h"

#define TREE_DEPTH_MOST 32
#define TREE_ENTRIES_MOST 10000 /* of one map or list */
#define TREE_ANCHORS_MOST 1000  /* an alias is looked up among them one by one */

struct tree_limits {
    size_t bytes;
    int32_t nodes; /* aliases expanded */
};

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node;

struct entry {
    const char *key;  /* NULL in a list */
    struct mark mark; /* of the key; in a list, of the value */
    struct node *value;
};

struct node {
    enum node_kind kind;
    struct mark mark;
    const char *text;  /* SCALAR: as written, without its quotes */
    int32_t is_quoted; /* SCALAR */
    int32_t n;         /* MAP, LIST: entries */
    struct entry *entries;
    int32_t size, height; /* nodes with all below, aliases expanded; levels below */
};

/* The tree of a text, or NULL: then at least one message was added. file: an index of reading_file(). */
struct node *tree_read(struct reading *reading, const char *bytes, size_t n, int32_t file, struct tree_limits limits);

struct node *tree_find(const struct node *map, const char *key); /* NULL: not a map, or no such key */
const struct entry *tree_entry(const struct node *map, const char *key);
int tree_is_null(const struct node *node); /* `key:`, `key: ~` or `key: null`: no value is given */

/* Does the node, or a key or value in it, stand at the place that the message names? */
int tree_has_place(const struct reading *reading, const struct node *node, const struct floe_message *place);
int tree_is_place(const struct reading *reading, struct mark mark, const struct floe_message *place);

/* As YAML in one line; what was read as written is read so again. */
void tree_print(const struct node *node, struct wording *out);

/* A copy with other files in its marks: files[i] for the file i. NULL: no memory. */
struct node *tree_copy(struct reading *reading, const struct node *node, const int32_t *files);

/* {setting: NAME}, alone or beside what does not belong there. */
int tree_is_setting(const struct node *node);

/* New nodes; NULL when memory is out, which the reading remembers. */
struct node *tree_scalar(struct reading *reading, const char *text, struct mark mark);
struct node *tree_map(struct reading *reading, int32_t capacity, struct mark mark);     /* no entries yet */
void tree_put(struct node *map, const char *key, struct mark mark, struct node *value); /* within the capacity */

#endif

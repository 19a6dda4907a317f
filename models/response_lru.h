/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which entry of a full cache leaves. A pool of `capacity` nodes lies in two lists at once: by last use (the least
 * recently used at the end), and by write (the oldest first), because with a TTL counted from the write that is the
 * order of expiry. All in O(1), nothing is allocated, nodes are addressed by index.
 *
 *   lru_take    a node for a new entry: a fresh one, else the oldest write if it is dead, else the least recently used
 *   lru_touch   it was used
 *   lru_write   it was written
 *   lru_orphan  its entry is gone (the place has another prompt), but it fills its node until it leaves
 *
 * With a TTL counted from the last read the least recently used node is also the first to expire. */
#ifndef FLOE_MODELS_RESPONSE_LRU_H
#define FLOE_MODELS_RESPONSE_LRU_H

#include "sim/base.h"

#define LRU_NONE UINT32_MAX

enum lru_list { LRU_USED, LRU_WRITTEN, LRU_LISTS };

struct lru_link {
    uint32_t before, after; /* towards the first, towards the last */
};

struct lru_node {
    int64_t written_ns;
    uint64_t entry; /* LRU_NO_ENTRY: an orphan */
    struct lru_link link[LRU_LISTS];
};

#define LRU_NO_ENTRY UINT64_MAX

struct lru {
    struct lru_node *nodes; /* the caller's: `capacity` of them */
    uint32_t capacity, used;
    uint32_t first[LRU_LISTS], last[LRU_LISTS]; /* first: least recently used, earliest written */
};

FLOE_FN void lru_init(struct lru *lru, struct lru_node *nodes, uint32_t capacity)
{
    lru->nodes = nodes;
    lru->capacity = capacity;
    lru->used = 0;
    for (int list = 0; list < LRU_LISTS; list++)
        lru->first[list] = lru->last[list] = LRU_NONE;
}

FLOE_FN void lru_unlink(struct lru *lru, int list, uint32_t node)
{
    const struct lru_link link = lru->nodes[node].link[list];
    if (link.before == LRU_NONE)
        lru->first[list] = link.after;
    else
        lru->nodes[link.before].link[list].after = link.after;
    if (link.after == LRU_NONE)
        lru->last[list] = link.before;
    else
        lru->nodes[link.after].link[list].before = link.before;
}

FLOE_FN void lru_append(struct lru *lru, int list, uint32_t node)
{
    struct lru_link *link = &lru->nodes[node].link[list];
    link->before = lru->last[list];
    link->after = LRU_NONE;
    if (link->before == LRU_NONE)
        lru->first[list] = node;
    else
        lru->nodes[link->before].link[list].after = node;
    lru->last[list] = node;
}

FLOE_FN void lru_touch(struct lru *lru, uint32_t node)
{
    if (lru->last[LRU_USED] == node) return;
    lru_unlink(lru, LRU_USED, node);
    lru_append(lru, LRU_USED, node);
}

FLOE_FN void lru_write(struct lru *lru, uint32_t node, int64_t now_ns)
{
    lru->nodes[node].written_ns = now_ns;
    lru_unlink(lru, LRU_WRITTEN, node);
    lru_append(lru, LRU_WRITTEN, node);
}

FLOE_FN void lru_orphan(struct lru *lru, uint32_t node)
{
    lru->nodes[node].entry = LRU_NO_ENTRY;
}

/* A node for `entry`, used and written now. What was written before dead_before_ns has expired. *evicted: the entry that
 * lost its node, or LRU_NO_ENTRY. */
FLOE_FN uint32_t lru_take(struct lru *lru, uint64_t entry, int64_t now_ns, int64_t dead_before_ns, uint64_t *evicted)
{
    uint32_t node = lru->used;
    *evicted = LRU_NO_ENTRY;
    if (node < lru->capacity) {
        lru->used++;
    } else {
        node = lru->first[LRU_WRITTEN];
        if (lru->nodes[node].written_ns >= dead_before_ns) node = lru->first[LRU_USED];
        *evicted = lru->nodes[node].entry;
        lru_unlink(lru, LRU_USED, node);
        lru_unlink(lru, LRU_WRITTEN, node);
    }
    lru->nodes[node].entry = entry;
    lru->nodes[node].written_ns = now_ns;
    lru_append(lru, LRU_USED, node);
    lru_append(lru, LRU_WRITTEN, node);
    return node;
}

#endif

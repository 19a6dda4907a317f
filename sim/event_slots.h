/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the event queue is made of: the key that orders events, the slots in which they lie, and the queue's own state.
 * sim/event.h is the interface and tells the story; nothing here is for callers.
 *
 * A pending event lies in a slot: its key and its two words, 32 bytes, half a cache line. The slots are the truth; the
 * heap and the ladder only hold copies of keys, in an order that finds the least one fast. A free slot holds the key
 * FLOE_KEY_NONE, which is above every other, so that
 *   the scan (sim/event_scan.h) needs nothing but the slots,
 *   a copy of a key is out of date if and only if it is not what its slot holds, and
 *   a queue changes its structure by reading its pending keys and arranging them anew.
 *
 * Beside each slot is a mark: the generation, and the place, which means
 *   of a free slot          the next free one
 *   of a key in the heap    its place there
 *   of a key in the ladder  FLOE_PLACE_LISTED: it lies in a list, and is not moved when it is cancelled
 *
 * Free slots are a stack, whatever the structure: the same calls give the same slots, handles and sequence numbers. */
#ifndef FLOE_SIM_EVENT_SLOTS_H
#define FLOE_SIM_EVENT_SLOTS_H

#include "sim/base.h"

enum {
    FLOE_KEY_KIND_BITS = 6,
    FLOE_KEY_SEQUENCE_BITS = 36,
    FLOE_KEY_SLOT_BITS = 22,
    FLOE_QUEUE_KINDS = 1 << FLOE_KEY_KIND_BITS,
    FLOE_QUEUE_SPARE_SLOTS = 16,
    FLOE_QUEUE_CAPACITY_MAX = (1 << FLOE_KEY_SLOT_BITS) - FLOE_QUEUE_SPARE_SLOTS,
    FLOE_QUEUE_ALIGN = 64,
    FLOE_SCAN_MOST = 12,    /* slots ever used at once, for the scan */
    FLOE_HEAP_MOST = 128,   /* pending events, for the heap */
    FLOE_LADDER_LEAST = 32, /* pending events, below which the ladder gives way to the heap */
    FLOE_LADDER_RUNGS = 8,  /* nested at most */
    FLOE_LADDER_RUN = 32    /* keys that are sorted at once, at most */
};
#define FLOE_QUEUE_SEQUENCE_END ((uint64_t)1 << FLOE_KEY_SEQUENCE_BITS)
#define FLOE_SLOT_NONE UINT32_MAX
#define FLOE_PLACE_LISTED (UINT32_MAX - 1)
#define FLOE_GENERATION_RETIRED UINT32_MAX
#define FLOE_KEY_NONE (~(floe_u128)0) /* times end at 2^63 - 1 */
#define FLOE_NEAR_ALL UINT64_MAX

struct floe_handle {
    uint32_t slot;
    uint32_t generation; /* 0 is never live */
};

struct floe_slot {
    floe_u128 key;
    uint64_t a, b;
};

struct floe_mark {
    uint32_t generation;
    uint32_t place;
};

enum floe_queue_limit { FLOE_QUEUE_HAS_ROOM = 0, FLOE_QUEUE_OUT_OF_SLOTS = 1, FLOE_QUEUE_OUT_OF_SEQUENCE = 2 };

/* FLOE_QUEUE_AUTO is what everybody wants; the others are for tests and timings. */
enum floe_queue_structure { FLOE_QUEUE_AUTO = 0, FLOE_QUEUE_SCAN = 1, FLOE_QUEUE_HEAP = 2, FLOE_QUEUE_LADDER = 3 };

/* Keys in no order, in chunks of four: a cache line each, the newest first. Only the newest may be partly filled. */
enum { FLOE_CHUNK_KEYS = 4 };
struct floe_chunk {
    floe_u128 key[FLOE_CHUNK_KEYS];
};

struct floe_bucket {
    uint32_t chunk; /* the newest */
    uint32_t keys;
};

struct floe_rung {
    uint64_t start_ns; /* of bucket 0 */
    uint64_t end_ns;   /* of the last bucket, which is open to where the rung above goes on */
    uint32_t shift;    /* a bucket is 2^shift ns wide, the last one excepted */
    uint32_t first;    /* bucket 0, in the ladder's row of buckets */
    uint32_t buckets;
    uint32_t at; /* the first that was not yet taken */
};

struct floe_ladder {
    floe_u128 *run; /* the next keys to leave, sorted: run[run_at] .. run[run_n - 1] */
    struct floe_chunk *chunk;
    uint32_t *chunk_next;
    struct floe_bucket *bucket;
    uint32_t run_at, run_n;
    uint32_t rungs;
    uint32_t stale; /* keys in lists and run whose slots moved on */
    uint32_t chunk_free, chunk_fresh;
    struct floe_rung rung[FLOE_LADDER_RUNGS];
};

struct floe_queue {
    struct floe_slot *slot;
    struct floe_mark *mark;
    floe_u128 *heap;
    struct floe_where *where; /* where->now_ns is the clock */
    uint64_t sequence;        /* the next to give out */
    uint64_t sequence_end;    /* 0 once the queue is full */
    uint64_t executed;        /* events popped so far */
    uint64_t needed;          /* after FLOE_FULL: at least this capacity, or this many sequence numbers */
    uint64_t near_end_ns;     /* what is due before lies in the heap or in the run, what is not, on the ladder */
    uint32_t pending;
    uint32_t pending_max; /* the most events that were ever pending, for the plan */
    uint32_t capacity;
    uint32_t fresh;                      /* slots from here on were never used */
    uint32_t free;                       /* the top of the stack of free slots, or FLOE_SLOT_NONE */
    uint32_t heap_n;                     /* keys in the heap, the hole included */
    uint32_t heap_most;                  /* when the heap holds so many, the ladder takes over */
    uint32_t hole;                       /* 1 while the root is empty */
    enum floe_queue_structure structure; /* now */
    enum floe_queue_structure asked;     /* at the start */
    enum floe_status status;
    enum floe_queue_limit full_of;
    struct floe_ladder ladder;
};

/* ---- keys ---- */

FLOE_FN floe_u128 floe_key_pack(int64_t at_ns, uint32_t kind, uint64_t sequence, uint32_t slot)
{
    uint64_t low = (uint64_t)kind << (FLOE_KEY_SEQUENCE_BITS + FLOE_KEY_SLOT_BITS);
    low |= sequence << FLOE_KEY_SLOT_BITS | slot;
    return (floe_u128)(uint64_t)at_ns << 64 | low;
}

FLOE_FN int64_t floe_key_at_ns(floe_u128 key)
{
    return (int64_t)(uint64_t)(key >> 64);
}

FLOE_FN uint32_t floe_key_kind(floe_u128 key)
{
    return (uint32_t)((uint64_t)key >> (FLOE_KEY_SEQUENCE_BITS + FLOE_KEY_SLOT_BITS));
}

FLOE_FN uint32_t floe_key_slot(floe_u128 key)
{
    return (uint32_t)key & (((uint32_t)1 << FLOE_KEY_SLOT_BITS) - 1);
}

/* ---- slots ---- */

FLOE_FN int floe_key_pending(const struct floe_queue *queue, floe_u128 key)
{
    return queue->slot[floe_key_slot(key)].key == key;
}

FLOE_FN void floe_slot_release(struct floe_queue *queue, uint32_t slot)
{
    struct floe_mark *mark = &queue->mark[slot];
    queue->slot[slot].key = FLOE_KEY_NONE;
    queue->pending--;
    if (FLOE_UNLIKELY(++mark->generation == FLOE_GENERATION_RETIRED)) return;
    mark->place = queue->free;
    queue->free = slot;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The future event list: what will happen, in the order in which it will happen.
 *
 * An event is a kind and two words. The events of one replication have a total order, given by one 128-bit key:
 *
 *     time 64 | kind 6 | sequence 36 | slot 22            earliest first, compared as one unsigned number
 *
 *   time      int64 nanoseconds since scenario start, 0 .. INT64_MAX (292 years)
 *   kind      0 .. 63, the caller's enum. It orders the events of one instant: the lowest kind first. An event that
 *             is scheduled for the present instant comes after the one being handled, whatever its kind
 *   sequence  counts every schedule and every reschedule: equal time and kind are served first in, first out, and a
 *             rescheduled event queues up behind those that already were there
 *   slot      where the two words lie. It never decides: the sequence is unique
 *
 * Operations, n = pending events:
 *   floe_queue_schedule    O(log n), O(1) when the event is later than most; returns a handle
 *   floe_queue_pop         O(8 log8 n); moves the clock
 *   floe_queue_peek        as pop, but nothing changes
 *   floe_queue_cancel      O(8 log8 n); says whether the handle was still live
 *   floe_queue_reschedule  O(8 log8 n); says the same. The handle stays good
 *   floe_queue_init        O(1), whatever the capacity
 *
 * The clock is where->now_ns, which the caller's struct floe_where holds and floe_queue_pop moves. A failed assertion
 * therefore always knows the simulated time.
 *
 * The usual loop. Handlers need not look at a status: a queue that ran full hands out no more events.
 *
 *     while (floe_queue_pop(&queue, &event)) switch (event.kind) { case ARRIVAL: ... }
 *     status = floe_queue_status(&queue);
 *
 * A handle is a slot and a generation. The generation changes when the event is popped or cancelled, so a handle kept
 * too long is dead and not mistaken for its successor in the slot: this is what kills the stale timer (a timeout and
 * the answer that it guards, both at one instant). The handle of all zeros is never live: it means "no timer".
 *
 * Limits, and what happens at each:
 *   capacity exceeded               FLOE_FULL, sticky: schedule returns the zero handle, pop returns 0, needed is set
 *   2^36 sequence numbers used      FLOE_FULL likewise, full_of says which of the two it was
 *   2^32-2 uses of one slot         the slot is retired. 36 bits of sequence can retire 16 slots at most, and as many
 *                                   spare ones lie beyond the capacity: the caller never sees it
 *   a time before now               floe_assert: a bug of the model
 *   a time or duration beyond the clock, negative or not a number: floe_assert, in floe_ns_after and floe_ns_from_s
 *   kind > 63                       floe_assert
 *
 * Memory: the caller gives one arena of floe_queue_bytes(capacity), aligned to FLOE_QUEUE_ALIGN. There are no pointers
 * in it. The struct holds pointers into it, because the loop would otherwise add a base to every access; copy both and
 * call floe_queue_attach, and the copy continues as the original would.
 * floe_queue_init on a used arena starts afresh, and with it the generations: handles do not outlive a replication.
 *
 * Inside: an 8-ary heap of keys (eight children are two cache lines), the place of every slot in the heap, a list of
 * free slots. pop leaves a hole at the root; most handlers schedule a successor, which then sinks from the root, so
 * that one walk serves both (replace-top).
 *
 * Left out: changing the words of a pending event (keep state in the model and an index in the word); iterating over
 * pending events; merging queues. */
#ifndef FLOE_SIM_EVENT_H
#define FLOE_SIM_EVENT_H

#include "sim/base.h"

enum {
    FLOE_KEY_KIND_BITS = 6,
    FLOE_KEY_SEQUENCE_BITS = 36,
    FLOE_KEY_SLOT_BITS = 22,
    FLOE_QUEUE_KINDS = 1 << FLOE_KEY_KIND_BITS,
    FLOE_QUEUE_SPARE_SLOTS = 16,
    FLOE_QUEUE_CAPACITY_MAX = (1 << FLOE_KEY_SLOT_BITS) - FLOE_QUEUE_SPARE_SLOTS,
    FLOE_QUEUE_ALIGN = 64,
    FLOE_HEAP_CHILDREN = 8,
    FLOE_HEAP_OFFSET_BYTES = 112 /* puts the first child, and so every first child, on a cache line */
};
#define FLOE_QUEUE_SEQUENCE_END ((uint64_t)1 << FLOE_KEY_SEQUENCE_BITS)
#define FLOE_SLOT_NONE UINT32_MAX
#define FLOE_GENERATION_RETIRED UINT32_MAX
#define FLOE_NS_PER_S 1e9
#define FLOE_NS_END_DOUBLE 9223372036854775808.0 /* 2^63, the first double beyond the clock */

struct floe_handle {
    uint32_t slot;
    uint32_t generation; /* 0 is never live */
};

struct floe_event {
    int64_t at_ns;
    uint32_t kind;
    uint32_t slot;       /* slot and generation are the event's handle, dead by now: */
    uint32_t generation; /* a model that keeps handles can see which of its timers rang */
    uint32_t reserved;
    uint64_t a, b;
};

struct floe_payload {
    uint64_t a, b;
};

enum floe_queue_limit { FLOE_QUEUE_HAS_ROOM = 0, FLOE_QUEUE_OUT_OF_SLOTS = 1, FLOE_QUEUE_OUT_OF_SEQUENCE = 2 };

struct floe_queue {
    floe_u128 *heap;
    struct floe_payload *payload; /* by slot, like the next two */
    uint32_t *position;           /* of a pending event: its place in the heap; of a free slot: the next free one */
    uint32_t *generation;
    struct floe_where *where; /* where->now_ns is the clock */
    uint64_t sequence;        /* the next to give out */
    uint64_t executed;        /* events popped so far */
    uint64_t needed;          /* after FLOE_FULL: at least this capacity, or this many sequence numbers */
    uint32_t heap_n;          /* keys in the heap, the hole included */
    uint32_t hole;            /* 1 while the root is empty */
    uint32_t capacity;
    uint32_t pending_max; /* the most events that were ever pending, for the plan */
    uint32_t fresh;       /* slots from here on were never used */
    uint32_t free;        /* the head of the list of free slots, or FLOE_SLOT_NONE */
    enum floe_status status;
    enum floe_queue_limit full_of;
};

/* ---- time ---- */

/* now + delay, and a bug where the clock does not reach that far. */
FLOE_FN int64_t floe_ns_after(const struct floe_where *where, int64_t delay_ns)
{
    floe_assert(delay_ns >= 0, where, "a delay is negative");
    floe_assert(delay_ns <= INT64_MAX - where->now_ns, where, "a time is beyond the end of the clock");
    return where->now_ns + delay_ns;
}

/* Seconds to the nearest nanosecond, halves to even, without a call: doubles from 2^52 on are whole numbers, and below
 * that adding 2^52 rounds to one. */
FLOE_FN int64_t floe_ns_from_s(double duration_s, const struct floe_where *where)
{
    const double whole_from = 4503599627370496.0; /* 2^52 */
    double duration_ns = duration_s * FLOE_NS_PER_S;
    floe_assert(duration_ns >= 0, where, "a duration is negative or not a number");
    floe_assert(duration_ns < FLOE_NS_END_DOUBLE, where, "a duration is beyond the end of the clock");
    if (duration_ns < whole_from) duration_ns = (duration_ns + whole_from) - whole_from;
    return (int64_t)duration_ns;
}

FLOE_FN double floe_s_from_ns(int64_t duration_ns)
{
    return (double)duration_ns / FLOE_NS_PER_S;
}

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

/* ---- the heap: none of this is for callers ---- */

FLOE_FN void floe_heap_put(struct floe_queue *queue, uint32_t place, floe_u128 key)
{
    queue->heap[place] = key;
    queue->position[floe_key_slot(key)] = place;
}

FLOE_FN void floe_heap_rise(struct floe_queue *queue, uint32_t place, floe_u128 key)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / FLOE_HEAP_CHILDREN;
        if (queue->heap[parent] < key) break;
        floe_heap_put(queue, place, queue->heap[parent]);
        place = parent;
    }
    floe_heap_put(queue, place, key);
}

FLOE_FN uint32_t floe_heap_least(const floe_u128 *heap, uint32_t first, uint32_t end)
{
    uint32_t least = first;
    floe_u128 least_key = heap[first];
    for (uint32_t i = first + 1; i < end; i++) {
        int less = heap[i] < least_key;
        least = less ? i : least;
        least_key = less ? heap[i] : least_key;
    }
    return least;
}

FLOE_FN void floe_heap_sink(struct floe_queue *queue, uint32_t place, floe_u128 key)
{
    for (;;) {
        uint32_t first = place * FLOE_HEAP_CHILDREN + 1, end = first + FLOE_HEAP_CHILDREN;
        if (first >= queue->heap_n) break;
        if (end > queue->heap_n) end = queue->heap_n;
        uint32_t child = floe_heap_least(queue->heap, first, end);
        if (key < queue->heap[child]) break;
        floe_heap_put(queue, place, queue->heap[child]);
        place = child;
    }
    floe_heap_put(queue, place, key);
}

/* Puts a key where another was, above or below. */
FLOE_FN void floe_heap_settle(struct floe_queue *queue, uint32_t place, floe_u128 key)
{
    if (place > 0 && key < queue->heap[(place - 1) / FLOE_HEAP_CHILDREN])
        floe_heap_rise(queue, place, key);
    else
        floe_heap_sink(queue, place, key);
}

FLOE_FN void floe_heap_remove(struct floe_queue *queue, uint32_t place)
{
    floe_u128 last = queue->heap[--queue->heap_n];
    if (place < queue->heap_n) floe_heap_settle(queue, place, last);
}

FLOE_FN void floe_heap_close_hole(struct floe_queue *queue)
{
    if (!queue->hole) return;
    queue->hole = 0;
    floe_u128 last = queue->heap[--queue->heap_n];
    if (queue->heap_n > 0) floe_heap_sink(queue, 0, last);
}

/* ---- slots: none of this is for callers ---- */

FLOE_FN uint32_t floe_slot_take(struct floe_queue *queue)
{
    uint32_t slot = queue->free;
    if (slot != FLOE_SLOT_NONE) {
        queue->free = queue->position[slot];
        return slot;
    }
    slot = queue->fresh++;
    queue->generation[slot] = 1;
    return slot;
}

FLOE_FN void floe_slot_release(struct floe_queue *queue, uint32_t slot)
{
    if (++queue->generation[slot] == FLOE_GENERATION_RETIRED) return;
    queue->position[slot] = queue->free;
    queue->free = slot;
}

/* ---- the queue ---- */

FLOE_FN uint32_t floe_queue_pending(const struct floe_queue *queue)
{
    return queue->heap_n - queue->hole;
}

/* The arena that this many pending events need; 0 if no queue can hold so many (FLOE_QUEUE_CAPACITY_MAX) or none. */
FLOE_FN size_t floe_queue_bytes(uint64_t capacity)
{
    size_t slots = (size_t)capacity + FLOE_QUEUE_SPARE_SLOTS;
    size_t each = sizeof(floe_u128) + sizeof(struct floe_payload) + 2 * sizeof(uint32_t);
    size_t bytes = FLOE_HEAP_OFFSET_BYTES + slots * each;
    if (capacity == 0 || capacity > FLOE_QUEUE_CAPACITY_MAX) return 0;
    return (bytes + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
}

/* Tells a queue where its arena and its clock now are: after both struct and arena were copied. */
FLOE_FN void floe_queue_attach(struct floe_queue *queue, void *arena, struct floe_where *where)
{
    size_t slots = (size_t)queue->capacity + FLOE_QUEUE_SPARE_SLOTS;
    unsigned char *at = (unsigned char *)arena + FLOE_HEAP_OFFSET_BYTES;
    floe_assert((uintptr_t)arena % FLOE_QUEUE_ALIGN == 0, where, "the arena of the event queue is not aligned");
    queue->heap = (floe_u128 *)(void *)at;
    at += slots * sizeof(floe_u128);
    queue->payload = (struct floe_payload *)(void *)at;
    at += slots * sizeof(struct floe_payload);
    queue->position = (uint32_t *)(void *)at;
    queue->generation = queue->position + slots;
    queue->where = where;
}

/* The clock starts at where->now_ns, as the caller set it. */
FLOE_FN void floe_queue_init(struct floe_queue *queue, void *arena, uint32_t capacity, struct floe_where *where)
{
    floe_assert(floe_queue_bytes(capacity) > 0, where, "an event queue of this capacity cannot be");
    floe_assert(where->now_ns >= 0, where, "the clock starts before 0");
    queue->sequence = queue->executed = queue->needed = 0;
    queue->heap_n = queue->hole = queue->pending_max = queue->fresh = 0;
    queue->capacity = capacity;
    queue->free = FLOE_SLOT_NONE;
    queue->status = FLOE_OK;
    queue->full_of = FLOE_QUEUE_HAS_ROOM;
    floe_queue_attach(queue, arena, where);
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_queue_status(const struct floe_queue *queue)
{
    return queue->status;
}

FLOE_FN void floe_queue_set_full(struct floe_queue *queue, enum floe_queue_limit limit, uint64_t needed)
{
    queue->status = FLOE_FULL;
    queue->full_of = limit;
    queue->needed = needed;
}

/* 1 if one more event may be scheduled; otherwise the queue is now full for good. */
FLOE_FN int floe_queue_has_room(struct floe_queue *queue, uint32_t more_pending)
{
    if (FLOE_UNLIKELY(queue->status != FLOE_OK)) return 0;
    uint32_t pending = floe_queue_pending(queue) + more_pending;
    if (FLOE_UNLIKELY(pending > queue->capacity))
        floe_queue_set_full(queue, FLOE_QUEUE_OUT_OF_SLOTS, pending);
    else if (FLOE_UNLIKELY(queue->sequence >= FLOE_QUEUE_SEQUENCE_END))
        floe_queue_set_full(queue, FLOE_QUEUE_OUT_OF_SEQUENCE, FLOE_QUEUE_SEQUENCE_END + 1);
    return queue->status == FLOE_OK;
}

FLOE_FN struct floe_handle floe_queue_schedule(struct floe_queue *queue, int64_t at_ns, uint32_t kind, uint64_t a,
                                               uint64_t b)
{
    struct floe_handle handle = {0, 0};
    floe_assert(at_ns >= queue->where->now_ns, queue->where, "an event was scheduled in the past");
    floe_assert(kind < FLOE_QUEUE_KINDS, queue->where, "an event kind is above 63");
    if (!floe_queue_has_room(queue, 1)) return handle;
    handle.slot = floe_slot_take(queue);
    handle.generation = queue->generation[handle.slot];
    queue->payload[handle.slot].a = a;
    queue->payload[handle.slot].b = b;
    floe_u128 key = floe_key_pack(at_ns, kind, queue->sequence++, handle.slot);
    if (queue->hole) {
        queue->hole = 0;
        floe_heap_sink(queue, 0, key);
    } else {
        floe_heap_rise(queue, queue->heap_n++, key);
    }
    if (floe_queue_pending(queue) > queue->pending_max) queue->pending_max = floe_queue_pending(queue);
    return handle;
}

FLOE_FN int floe_queue_live(const struct floe_queue *queue, struct floe_handle handle)
{
    return handle.slot < queue->fresh && queue->generation[handle.slot] == handle.generation;
}

/* When a pending event is due; -1 if the handle is dead. */
FLOE_FN int64_t floe_queue_due_ns(const struct floe_queue *queue, struct floe_handle handle)
{
    return floe_queue_live(queue, handle) ? floe_key_at_ns(queue->heap[queue->position[handle.slot]]) : -1;
}

/* Takes a pending event out. 0 if it was popped or cancelled before: then nothing changes. */
FLOE_FN int floe_queue_cancel(struct floe_queue *queue, struct floe_handle handle)
{
    if (!floe_queue_live(queue, handle)) return 0;
    floe_heap_close_hole(queue);
    floe_heap_remove(queue, queue->position[handle.slot]);
    floe_slot_release(queue, handle.slot);
    return 1;
}

/* Moves a pending event, earlier or later, with a new sequence number. 0 if it was popped or cancelled before. */
FLOE_FN int floe_queue_reschedule(struct floe_queue *queue, struct floe_handle handle, int64_t at_ns)
{
    if (!floe_queue_live(queue, handle)) return 0;
    floe_assert(at_ns >= queue->where->now_ns, queue->where, "an event was rescheduled into the past");
    if (!floe_queue_has_room(queue, 0)) return 1;
    floe_heap_close_hole(queue);
    uint32_t place = queue->position[handle.slot];
    uint32_t kind = floe_key_kind(queue->heap[place]);
    floe_heap_settle(queue, place, floe_key_pack(at_ns, kind, queue->sequence++, handle.slot));
    return 1;
}

FLOE_FN void floe_queue_read_first(const struct floe_queue *queue, struct floe_event *event)
{
    floe_u128 key = queue->heap[0];
    uint32_t slot = floe_key_slot(key);
    event->at_ns = floe_key_at_ns(key);
    event->kind = floe_key_kind(key);
    event->slot = slot;
    event->generation = queue->generation[slot];
    event->reserved = 0;
    event->a = queue->payload[slot].a;
    event->b = queue->payload[slot].b;
}

/* The next event without taking it; 0 if there is none or the queue ran full. */
FLOE_FN FLOE_MUST_CHECK int floe_queue_peek(struct floe_queue *queue, struct floe_event *event)
{
    floe_heap_close_hole(queue);
    if (queue->heap_n == 0 || queue->status != FLOE_OK) return 0;
    floe_queue_read_first(queue, event);
    return 1;
}

/* Takes the next event and moves the clock to it; 0 if there is none or the queue ran full (floe_queue_status). */
FLOE_FN FLOE_MUST_CHECK int floe_queue_pop(struct floe_queue *queue, struct floe_event *event)
{
    if (!floe_queue_peek(queue, event)) return 0;
    floe_assert(event->at_ns >= queue->where->now_ns, queue->where, "the clock was set beyond a pending event");
    queue->where->now_ns = event->at_ns;
    queue->executed++;
    queue->hole = 1;
    floe_slot_release(queue, event->slot);
    return 1;
}

#endif

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
 * Operations, n = pending events; every one allocates nothing:
 *   floe_queue_schedule    O(1) for few or many, O(log n) between; returns a handle
 *   floe_queue_pop         O(1) for few or many, O(8 log8 n) between; moves the clock
 *   floe_queue_peek        as pop, but nothing changes
 *   floe_queue_cancel      the same; says whether the handle was still live
 *   floe_queue_reschedule  the same; says the same. The handle stays good
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
 * Inside: one of three structures, all of which give the same order, handles and sequence numbers; which of them is at
 * work cannot be seen from outside. In order of need:
 *   sim/event_slots.h   the key, the slots, the state of the queue
 *   sim/event_scan.h    looks at every slot: until more than 12 slots were ever in use
 *   sim/event_heap.h    an 8-ary heap of keys: up to 128 pending events
 *   sim/event_ladder.h  a ladder queue: above, and until fewer than 32 are left
 * The limits are where the hold model (tests/bench/bench_hold.c) says that the costs cross: scan and heap are level at
 * 10 to 20 pending, the ladder leads by a third at 100 and does not grow from there to 10,000. Where most timers are
 * cancelled, heap and ladder are level (10 %) up to 10,000. A queue whose capacity the heap can hold has no ladder, and
 * needs 56 bytes per event; with the ladder it is 118. floe_queue_init_as fixes the structure, for tests and timings.
 *
 * Left out: changing the words of a pending event (keep state in the model and an index in the word); iterating over
 * pending events; merging queues. */
#ifndef FLOE_SIM_EVENT_H
#define FLOE_SIM_EVENT_H

#include "sim/base.h"
#include "sim/event_heap.h"
#include "sim/event_ladder.h"
#include "sim/event_scan.h"
#include "sim/event_slots.h"

#define FLOE_NS_PER_S 1e9
#define FLOE_NS_END_DOUBLE 9223372036854775808.0 /* 2^63, the first double beyond the clock */

struct floe_event {
    int64_t at_ns;
    uint32_t kind;
    uint32_t slot;       /* slot and generation are the event's handle, dead by now: */
    uint32_t generation; /* a model that keeps handles can see which of its timers rang */
    uint32_t reserved;
    uint64_t a, b;
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

/* ---- memory ---- */

FLOE_FN size_t floe_queue_aligned(size_t bytes)
{
    return (bytes + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
}

/* The arena without the ladder. */
FLOE_FN size_t floe_queue_bytes_of_slots(size_t slots)
{
    const size_t rest = FLOE_HEAP_OFFSET_BYTES + slots * (sizeof(floe_u128) + sizeof(struct floe_mark));
    return floe_queue_aligned(slots * sizeof(struct floe_slot)) + floe_queue_aligned(rest);
}

FLOE_FN int floe_queue_may_climb(uint64_t capacity, enum floe_queue_structure structure)
{
    return structure == FLOE_QUEUE_LADDER || (structure == FLOE_QUEUE_AUTO && capacity > FLOE_HEAP_MOST);
}

FLOE_FN size_t floe_queue_bytes_as(uint64_t capacity, enum floe_queue_structure structure)
{
    const size_t slots = (size_t)capacity + FLOE_QUEUE_SPARE_SLOTS;
    if (capacity == 0 || capacity > FLOE_QUEUE_CAPACITY_MAX) return 0;
    size_t bytes = floe_queue_bytes_of_slots(slots);
    if (floe_queue_may_climb(capacity, structure)) bytes += floe_queue_aligned(floe_ladder_bytes(slots));
    return bytes;
}

/* The arena that this many pending events need; 0 if no queue can hold so many (FLOE_QUEUE_CAPACITY_MAX) or none. */
FLOE_FN size_t floe_queue_bytes(uint64_t capacity)
{
    return floe_queue_bytes_as(capacity, FLOE_QUEUE_AUTO);
}

/* Tells a queue where its arena and its clock now are: after both struct and arena were copied. */
FLOE_FN void floe_queue_attach(struct floe_queue *queue, void *arena, struct floe_where *where)
{
    const size_t slots = (size_t)queue->capacity + FLOE_QUEUE_SPARE_SLOTS;
    unsigned char *at = (unsigned char *)arena;
    floe_assert((uintptr_t)arena % FLOE_QUEUE_ALIGN == 0, where, "the arena of the event queue is not aligned");
    if (floe_queue_may_climb(queue->capacity, queue->asked))
        floe_ladder_attach(&queue->ladder, at + floe_queue_bytes_of_slots(slots), slots);
    queue->slot = (struct floe_slot *)(void *)at;
    at += floe_queue_aligned(slots * sizeof(struct floe_slot));
    queue->heap = (floe_u128 *)(void *)(at + FLOE_HEAP_OFFSET_BYTES);
    queue->mark = (struct floe_mark *)(void *)(queue->heap + slots);
    queue->where = where;
}

/* ---- the queue ---- */

/* As floe_queue_init, with one structure from the first event to the last; the arena is of floe_queue_bytes_as. */
FLOE_FN void floe_queue_init_as(struct floe_queue *queue, void *arena, uint32_t capacity, struct floe_where *where,
                                enum floe_queue_structure structure)
{
    floe_assert(floe_queue_bytes(capacity) > 0, where, "an event queue of this capacity cannot be");
    floe_assert(where->now_ns >= 0, where, "the clock starts before 0");
    queue->sequence = queue->executed = queue->needed = 0;
    queue->sequence_end = FLOE_QUEUE_SEQUENCE_END;
    queue->near_end_ns = FLOE_NEAR_ALL;
    queue->pending = queue->pending_max = queue->fresh = queue->heap_n = queue->hole = 0;
    queue->capacity = capacity;
    queue->free = FLOE_SLOT_NONE;
    queue->heap_most = structure == FLOE_QUEUE_AUTO && capacity > FLOE_HEAP_MOST ? FLOE_HEAP_MOST : UINT32_MAX;
    queue->asked = structure;
    queue->structure = structure == FLOE_QUEUE_AUTO ? FLOE_QUEUE_SCAN : structure;
    queue->status = FLOE_OK;
    queue->full_of = FLOE_QUEUE_HAS_ROOM;
    floe_queue_attach(queue, arena, where);
    if (structure == FLOE_QUEUE_LADDER) floe_ladder_enter(queue);
}

/* The clock starts at where->now_ns, as the caller set it. */
FLOE_FN void floe_queue_init(struct floe_queue *queue, void *arena, uint32_t capacity, struct floe_where *where)
{
    floe_queue_init_as(queue, arena, capacity, where, FLOE_QUEUE_AUTO);
}

FLOE_FN uint32_t floe_queue_pending(const struct floe_queue *queue)
{
    return queue->pending;
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_queue_status(const struct floe_queue *queue)
{
    return queue->status;
}

/* The queue is full for good, and the first cause counts. */
FLOE_RARE_FN void floe_queue_set_full(struct floe_queue *queue, enum floe_queue_limit limit, uint64_t needed)
{
    if (queue->status != FLOE_OK) return;
    queue->status = FLOE_FULL;
    queue->full_of = limit;
    queue->needed = needed;
    queue->sequence_end = 0;
}

/* A slot that was never used, or FLOE_SLOT_NONE: then the queue is full. Only here can there be more pending events
 * than ever before. */
FLOE_RARE_FN uint32_t floe_queue_fresh_slot(struct floe_queue *queue)
{
    const uint32_t slot = queue->fresh, pending = queue->pending + 1;
    if (pending > queue->capacity) {
        floe_queue_set_full(queue, FLOE_QUEUE_OUT_OF_SLOTS, pending);
        return FLOE_SLOT_NONE;
    }
    if (slot == FLOE_SCAN_MOST && queue->asked == FLOE_QUEUE_AUTO) {
        floe_heap_build(queue);
        queue->structure = FLOE_QUEUE_HEAP;
    }
    queue->mark[slot].generation = 1;
    queue->pending_max = pending > queue->pending_max ? pending : queue->pending_max;
    queue->fresh++;
    return slot;
}

/* Puts a key, which is in its slot already, where the structure wants it. */
FLOE_FN void floe_queue_place(struct floe_queue *queue, floe_u128 key)
{
    if (queue->structure == FLOE_QUEUE_SCAN) return;
    if ((uint64_t)(key >> 64) >= queue->near_end_ns) {
        floe_ladder_add(queue, key);
        return;
    }
    floe_heap_add(queue, key);
    if (FLOE_UNLIKELY(queue->heap_n > queue->heap_most)) floe_ladder_enter(queue);
}

/* Takes a pending key out of where the structure has it. */
FLOE_FN void floe_queue_unplace(struct floe_queue *queue, uint32_t slot)
{
    if (queue->structure == FLOE_QUEUE_SCAN) return;
    if (queue->mark[slot].place == FLOE_PLACE_LISTED) {
        floe_ladder_forget(queue);
        return;
    }
    floe_heap_close_hole(queue);
    floe_heap_remove(queue, queue->mark[slot].place);
}

FLOE_FN struct floe_handle floe_queue_schedule(struct floe_queue *queue, int64_t at_ns, uint32_t kind, uint64_t a,
                                               uint64_t b)
{
    struct floe_handle handle = {0, 0};
    uint32_t slot = queue->free;
    floe_assert(at_ns >= queue->where->now_ns, queue->where, "an event was scheduled in the past");
    floe_assert(kind < FLOE_QUEUE_KINDS, queue->where, "an event kind is above 63");
    if (FLOE_UNLIKELY(queue->sequence >= queue->sequence_end)) {
        floe_queue_set_full(queue, FLOE_QUEUE_OUT_OF_SEQUENCE, FLOE_QUEUE_SEQUENCE_END + 1);
        return handle;
    }
    if (FLOE_LIKELY(slot != FLOE_SLOT_NONE)) {
        queue->free = queue->mark[slot].place;
    } else {
        slot = floe_queue_fresh_slot(queue);
        if (slot == FLOE_SLOT_NONE) return handle;
    }
    const floe_u128 key = floe_key_pack(at_ns, kind, queue->sequence++, slot);
    queue->slot[slot].key = key;
    queue->slot[slot].a = a;
    queue->slot[slot].b = b;
    queue->pending++;
    handle.slot = slot;
    handle.generation = queue->mark[slot].generation;
    floe_queue_place(queue, key);
    return handle;
}

FLOE_FN int floe_queue_live(const struct floe_queue *queue, struct floe_handle handle)
{
    return handle.slot < queue->fresh && queue->mark[handle.slot].generation == handle.generation;
}

/* When a pending event is due; -1 if the handle is dead. */
FLOE_FN int64_t floe_queue_due_ns(const struct floe_queue *queue, struct floe_handle handle)
{
    return floe_queue_live(queue, handle) ? floe_key_at_ns(queue->slot[handle.slot].key) : -1;
}

/* Takes a pending event out. 0 if it was popped or cancelled before: then nothing changes. */
FLOE_FN int floe_queue_cancel(struct floe_queue *queue, struct floe_handle handle)
{
    if (!floe_queue_live(queue, handle)) return 0;
    floe_queue_unplace(queue, handle.slot);
    floe_slot_release(queue, handle.slot);
    return 1;
}

/* Moves a pending event, earlier or later, with a new sequence number. 0 if it was popped or cancelled before. */
FLOE_FN int floe_queue_reschedule(struct floe_queue *queue, struct floe_handle handle, int64_t at_ns)
{
    if (!floe_queue_live(queue, handle)) return 0;
    floe_assert(at_ns >= queue->where->now_ns, queue->where, "an event was rescheduled into the past");
    if (FLOE_UNLIKELY(queue->sequence >= queue->sequence_end)) {
        floe_queue_set_full(queue, FLOE_QUEUE_OUT_OF_SEQUENCE, FLOE_QUEUE_SEQUENCE_END + 1);
        return 1;
    }
    struct floe_slot *slot = &queue->slot[handle.slot];
    floe_queue_unplace(queue, handle.slot);
    slot->key = floe_key_pack(at_ns, floe_key_kind(slot->key), queue->sequence++, handle.slot);
    floe_queue_place(queue, slot->key);
    return 1;
}

/* The slot of the next event, or FLOE_SLOT_NONE if there is none or the queue ran full. */
FLOE_FN uint32_t floe_queue_first(struct floe_queue *queue)
{
    if (queue->pending == 0 || FLOE_UNLIKELY(queue->sequence_end == 0)) return FLOE_SLOT_NONE;
    if (queue->structure == FLOE_QUEUE_SCAN) return floe_scan_first(queue);
    if (queue->structure == FLOE_QUEUE_LADDER) return floe_ladder_first(queue);
    floe_heap_close_hole(queue);
    return floe_key_slot(queue->heap[0]);
}

FLOE_FN void floe_queue_read(const struct floe_queue *queue, uint32_t slot, struct floe_event *event)
{
    const struct floe_slot *from = &queue->slot[slot];
    event->at_ns = floe_key_at_ns(from->key);
    event->kind = floe_key_kind(from->key);
    event->slot = slot;
    event->generation = queue->mark[slot].generation;
    event->reserved = 0;
    event->a = from->a;
    event->b = from->b;
}

/* The next event without taking it; 0 if there is none or the queue ran full. */
FLOE_FN FLOE_MUST_CHECK int floe_queue_peek(struct floe_queue *queue, struct floe_event *event)
{
    const uint32_t slot = floe_queue_first(queue);
    if (slot == FLOE_SLOT_NONE) return 0;
    floe_queue_read(queue, slot, event);
    return 1;
}

/* Takes the next event and moves the clock to it; 0 if there is none or the queue ran full (floe_queue_status). */
FLOE_FN FLOE_MUST_CHECK int floe_queue_pop(struct floe_queue *queue, struct floe_event *event)
{
    if (!floe_queue_peek(queue, event)) return 0;
    floe_assert(event->at_ns >= queue->where->now_ns, queue->where, "the clock was set beyond a pending event");
    queue->where->now_ns = event->at_ns;
    queue->executed++;
    if (queue->structure == FLOE_QUEUE_LADDER)
        floe_ladder_taken(queue, event->slot);
    else
        queue->hole = queue->structure == FLOE_QUEUE_HEAP;
    floe_slot_release(queue, event->slot);
    return 1;
}

#endif

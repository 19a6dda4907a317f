/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event queue's structure in the middle, and for what is near when there is a ladder: a heap of keys.
 *
 * Eight children to a parent: two cache lines of keys, and half the depth of four. Each slot's mark knows the place of
 * its key, so that cancelling and rescheduling go straight to it.
 *
 *   floe_heap_add        O(log8 n); O(1) when the event is later than most
 *   floe_heap_remove     O(8 log8 n)
 *   floe_heap_settle     O(8 log8 n): another key in the same place
 *   floe_heap_arrange    O(n): all anew
 *   floe_heap_build      O(slots ever used): from the slots
 *
 * Replace-top: taking the first event leaves a hole at the root (queue->hole = 1). Most handlers schedule a successor,
 * which then sinks from the root, so that one walk serves both; floe_heap_close_hole is for everybody else. */
#ifndef FLOE_SIM_EVENT_HEAP_H
#define FLOE_SIM_EVENT_HEAP_H

#include "sim/event_slots.h"

enum {
    FLOE_HEAP_CHILDREN = 8,
    FLOE_HEAP_OFFSET_BYTES = 112 /* puts the first child, and so every first child, on a cache line */
};

FLOE_FN void floe_heap_put(struct floe_queue *queue, uint32_t place, floe_u128 key)
{
    queue->heap[place] = key;
    queue->mark[floe_key_slot(key)].place = place;
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

FLOE_FN void floe_heap_add(struct floe_queue *queue, floe_u128 key)
{
    if (queue->hole) {
        queue->hole = 0;
        floe_heap_sink(queue, 0, key);
    } else {
        floe_heap_rise(queue, queue->heap_n++, key);
    }
}

/* Makes a heap of heap_n keys in any order. O(n): most of them lie at the bottom and sink no further. */
FLOE_FN void floe_heap_arrange(struct floe_queue *queue)
{
    const uint32_t parents = (queue->heap_n + FLOE_HEAP_CHILDREN - 2) / FLOE_HEAP_CHILDREN;
    for (uint32_t i = parents; i < queue->heap_n; i++)
        floe_heap_put(queue, i, queue->heap[i]);
    for (uint32_t i = parents; i-- > 0;)
        floe_heap_sink(queue, i, queue->heap[i]);
}

/* From the slots, whatever was before. */
FLOE_RARE_FN void floe_heap_build(struct floe_queue *queue)
{
    queue->heap_n = queue->hole = 0;
    for (uint32_t i = 0; i < queue->fresh; i++)
        if (queue->slot[i].key != FLOE_KEY_NONE) queue->heap[queue->heap_n++] = queue->slot[i].key;
    floe_heap_arrange(queue);
}

#endif

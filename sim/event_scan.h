/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event queue's structure for few pending events: none. The next event is found by looking at every slot.
 *
 *   floe_scan_first  O(slots ever used at once), two comparisons each, no branch that could be guessed wrong
 *
 * Scheduling, cancelling and rescheduling write the slot and are done. Nothing beats this up to about a dozen slots: a
 * server with one arrival and one departure never has more than two.
 *
 * Tried and left: two chains of comparisons side by side (quicker with 2 slots, slower with 3 to 16); a limit of 20
 * slots in place of 12 (quicker by a sixth with 13 to 20 always pending, but slower by a fifth where few are pending and
 * many slots were used once: a line whose customers have patience, the calls in flight of a quiet route). */
#ifndef FLOE_SIM_EVENT_SCAN_H
#define FLOE_SIM_EVENT_SCAN_H

#include "sim/event_slots.h"

/* The slot of the least key; there must be one. */
FLOE_FN uint32_t floe_scan_first(const struct floe_queue *queue)
{
    const struct floe_slot *slot = queue->slot;
    floe_u128 least = slot[0].key;
    uint32_t first = 0;
    for (uint32_t i = 1; i < queue->fresh; i++) {
        const int less = slot[i].key < least;
        first = less ? i : first;
        least = less ? slot[i].key : least;
    }
    return first;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event queue's structure for many pending events: a ladder. What is far is only sorted into buckets of time, what
 * is near is sorted in full, a few keys at a time. Pop and push cost the same at a thousand and at a million.
 *
 *     now                         near_end_ns
 *      | run: sorted, and the heap | bucket | bucket | bucket | ... | the last one, open      rung 1
 *                                  | bucket  | bucket  |  bucket   | the last one, open ->     rung 0
 *
 * A rung cuts a stretch of time into buckets of 2^k ns; the last bucket goes on to where the rung above does, and that
 * of rung 0 has no end. A key lies in the first rung, from rung 0 on, whose bucket for it was not yet taken. What is
 * due before near_end_ns does not go on the ladder: it is near, and the heap takes it (it is mostly empty).
 *
 * When the near ones are gone, the next bucket that is not empty is taken from the lowest rung:
 *   at most 32 keys  they are sorted and become the run;
 *   more             they become a rung of their own. Its width comes from a sample: nine tenths of them spread over
 *                    the buckets, the latest tenth goes into the last, to be cut when its turn comes. So neither one
 *                    event at the end of the clock nor a heavy tail spoils the width for the rest;
 *   more, but all due at one instant, or no bucket is left to give: the heap takes them.
 * The last bucket of a rung ends it before it is cut, so that a long tail does not pile up rungs. Buckets of a rung may
 * reach beyond its end; the end counts.
 *
 * Cost: a key is moved two or three times, each O(1) (amortised over a rung). The worst case is the heap's O(log n).
 *
 * A cancelled key stays where it is and is passed over when it comes up: its slot no longer holds it. When such keys
 * outnumber a quarter of the pending events and buckets, all lists are cleaned, which bounds the memory.
 *
 * Source: Tang, Goh, Thng, "Ladder queue: an O(1) priority queue structure for large-scale discrete event simulation",
 * ACM TOMACS 15(3), 2005. What differs: their Top is the open last bucket of rung 0, widths are powers of two and come
 * from a sample and not from the latest event, and the heap stands in for the linked list of their Bottom, whose
 * insertion is linear.
 *
 * Memory: chunks of four keys from a pool (a bucket owns one partly filled chunk at most, so the pool's size is known),
 * a row of buckets that nested rungs share like a stack. Left out: giving a crowded bucket smaller chunks. */
#ifndef FLOE_SIM_EVENT_LADDER_H
#define FLOE_SIM_EVENT_LADDER_H

#include "sim/event_heap.h"

enum {
    FLOE_LADDER_BUCKET_KEYS = 4, /* keys to a bucket when a rung is made */
    FLOE_LADDER_BUCKETS_LEAST = 4,
    FLOE_LADDER_STALE_SHARE = 4, /* one stale key to so many pending events and buckets */
    FLOE_LADDER_STALE_FREE = 64  /* and so many for nothing */
};

/* ---- memory ---- */

FLOE_FN size_t floe_ladder_buckets(size_t slots)
{
    return slots / 2 + 64;
}

FLOE_FN size_t floe_ladder_chunks(size_t slots)
{
    const size_t buckets = floe_ladder_buckets(slots);
    const size_t stale = (slots + buckets) / FLOE_LADDER_STALE_SHARE + FLOE_LADDER_STALE_FREE + 1;
    return (slots + stale) / FLOE_CHUNK_KEYS + buckets + 2;
}

FLOE_FN size_t floe_ladder_bytes(size_t slots)
{
    const size_t chunks = floe_ladder_chunks(slots);
    size_t bytes = FLOE_LADDER_RUN * sizeof(floe_u128) + chunks * sizeof(struct floe_chunk);
    bytes += floe_ladder_buckets(slots) * sizeof(struct floe_bucket) + chunks * sizeof(uint32_t);
    return bytes;
}

/* `at` must be aligned to FLOE_QUEUE_ALIGN. */
FLOE_FN void floe_ladder_attach(struct floe_ladder *ladder, unsigned char *at, size_t slots)
{
    ladder->run = (floe_u128 *)(void *)at;
    at += FLOE_LADDER_RUN * sizeof(floe_u128);
    ladder->chunk = (struct floe_chunk *)(void *)at;
    at += floe_ladder_chunks(slots) * sizeof(struct floe_chunk);
    ladder->bucket = (struct floe_bucket *)(void *)at;
    at += floe_ladder_buckets(slots) * sizeof(struct floe_bucket);
    ladder->chunk_next = (uint32_t *)(void *)at;
}

/* ---- lists of keys ---- */

FLOE_FN void floe_bucket_add(struct floe_ladder *ladder, struct floe_bucket *bucket, floe_u128 key)
{
    const uint32_t place = bucket->keys++ % FLOE_CHUNK_KEYS;
    if (place == 0) {
        uint32_t chunk = ladder->chunk_free;
        if (chunk == FLOE_SLOT_NONE)
            chunk = ladder->chunk_fresh++;
        else
            ladder->chunk_free = ladder->chunk_next[chunk];
        ladder->chunk_next[chunk] = bucket->chunk;
        bucket->chunk = chunk;
    }
    ladder->chunk[bucket->chunk].key[place] = key;
}

/* Takes the newest chunk off a list that is not empty: its keys are copied, the chunk is free. Returns how many. */
FLOE_FN uint32_t floe_bucket_take(struct floe_ladder *ladder, struct floe_bucket *bucket, floe_u128 *key)
{
    const uint32_t chunk = bucket->chunk, n = (bucket->keys - 1) % FLOE_CHUNK_KEYS + 1;
    for (uint32_t i = 0; i < FLOE_CHUNK_KEYS; i++)
        key[i] = ladder->chunk[chunk].key[i];
    bucket->chunk = ladder->chunk_next[chunk];
    bucket->keys -= n;
    if (bucket->keys > 0) FLOE_SOON(&ladder->chunk[bucket->chunk]);
    ladder->chunk_next[chunk] = ladder->chunk_free;
    ladder->chunk_free = chunk;
    return n;
}

/* Appends the keys of a list that are still pending to the heap's keys, in no order, and empties the list. */
FLOE_FN void floe_bucket_into_heap(struct floe_queue *queue, struct floe_bucket *bucket)
{
    floe_u128 key[FLOE_CHUNK_KEYS];
    while (bucket->keys > 0) {
        const uint32_t n = floe_bucket_take(&queue->ladder, bucket, key);
        for (uint32_t i = 0; i < n; i++) {
            if (floe_key_pending(queue, key[i]))
                queue->heap[queue->heap_n++] = key[i];
            else
                queue->ladder.stale--;
        }
    }
}

/* ---- rungs ---- */

/* Nothing is on the ladder; rung 0 is one bucket without end. */
FLOE_FN void floe_ladder_clear(struct floe_queue *queue, uint64_t near_end_ns)
{
    struct floe_ladder *ladder = &queue->ladder;
    queue->near_end_ns = near_end_ns;
    ladder->rungs = 1;
    ladder->rung[0].start_ns = near_end_ns;
    ladder->rung[0].end_ns = UINT64_MAX;
    ladder->rung[0].shift = 63;
    ladder->rung[0].first = ladder->rung[0].at = 0;
    ladder->rung[0].buckets = 1;
    ladder->bucket[0].keys = 0;
}

/* For a key that is not near. */
FLOE_FN void floe_ladder_add(struct floe_queue *queue, floe_u128 key)
{
    struct floe_ladder *ladder = &queue->ladder;
    const uint64_t at_ns = (uint64_t)(key >> 64);
    queue->mark[floe_key_slot(key)].place = FLOE_PLACE_LISTED;
    for (uint32_t r = 0;; r++) {
        const struct floe_rung *rung = &ladder->rung[r];
        const uint64_t steps = (at_ns - rung->start_ns) >> rung->shift;
        const uint32_t bucket = steps < rung->buckets ? (uint32_t)steps : rung->buckets - 1;
        if (bucket < rung->at) continue;
        floe_bucket_add(ladder, &ladder->bucket[rung->first + bucket], key);
        return;
    }
}

/* Sorts at most FLOE_LADDER_RUN keys by counting, for each, those below it: no branch to guess. */
FLOE_FN void floe_run_sort(const floe_u128 *key, uint32_t n, floe_u128 *sorted)
{
    uint32_t rank[FLOE_LADDER_RUN];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t below = 0;
        for (uint32_t j = 0; j < i; j++) {
            const uint32_t less = key[j] < key[i];
            below += less;
            rank[j] += 1 - less;
        }
        rank[i] = below;
    }
    for (uint32_t i = 0; i < n; i++)
        sorted[rank[i]] = key[i];
}

/* The bucket becomes the run. Who pops will need the slots: they are asked for now. */
FLOE_FN void floe_ladder_sort(struct floe_queue *queue, struct floe_bucket bucket)
{
    struct floe_ladder *ladder = &queue->ladder;
    floe_u128 key[FLOE_LADDER_RUN + FLOE_CHUNK_KEYS];
    uint32_t n = 0;
    while (bucket.keys > 0)
        n += floe_bucket_take(ladder, &bucket, key + n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t slot = floe_key_slot(key[i]);
        FLOE_SOON(&queue->slot[slot]);
        FLOE_SOON(&queue->mark[slot]);
    }
    floe_run_sort(key, n, ladder->run);
    ladder->run_at = 0;
    ladder->run_n = n;
}

/* What the shape of a rung is made from: the first and last time of a list and, of a sample, the ninth decile. */
struct floe_ladder_span {
    uint64_t first_ns, last_ns, most_ns;
};

FLOE_FN struct floe_ladder_span floe_ladder_measure(struct floe_queue *queue, struct floe_bucket bucket)
{
    const struct floe_ladder *ladder = &queue->ladder;
    struct floe_ladder_span span = {UINT64_MAX, 0, 0};
    floe_u128 sample[FLOE_LADDER_RUN], sorted[FLOE_LADDER_RUN];
    const uint32_t stride = bucket.keys / FLOE_LADDER_RUN;
    uint32_t seen = 0, n = (bucket.keys - 1) % FLOE_CHUNK_KEYS + 1, samples = 0;
    for (uint32_t chunk = bucket.chunk; seen < bucket.keys; chunk = ladder->chunk_next[chunk]) {
        for (uint32_t i = 0; i < n; i++) {
            const uint64_t at_ns = (uint64_t)(ladder->chunk[chunk].key[i] >> 64);
            span.first_ns = at_ns < span.first_ns ? at_ns : span.first_ns;
            span.last_ns = at_ns > span.last_ns ? at_ns : span.last_ns;
        }
        if (seen >= samples * stride && samples < FLOE_LADDER_RUN) sample[samples++] = ladder->chunk[chunk].key[0];
        seen += n;
        n = FLOE_CHUNK_KEYS;
    }
    floe_run_sort(sample, samples, sorted);
    span.most_ns = (uint64_t)(sorted[samples * 9 / 10] >> 64);
    return span;
}

/* The narrowest buckets of 2^shift ns of which `buckets` - 1 reach from the first time to most_ns. */
FLOE_FN uint32_t floe_ladder_shift(struct floe_ladder_span span, uint32_t buckets)
{
    uint32_t shift = 0;
    while ((span.most_ns - span.first_ns) >> shift >= buckets - 1)
        shift++;
    return shift;
}

/* Makes a rung of a list: the caller says that there is room for `buckets` of them. */
FLOE_FN void floe_ladder_cut(struct floe_queue *queue, struct floe_bucket list, struct floe_ladder_span span,
                             uint64_t end_ns, uint32_t buckets)
{
    struct floe_ladder *ladder = &queue->ladder;
    struct floe_rung *rung = &ladder->rung[ladder->rungs];
    floe_u128 key[FLOE_CHUNK_KEYS];
    rung->start_ns = span.first_ns;
    rung->end_ns = end_ns;
    rung->shift = floe_ladder_shift(span, buckets);
    rung->first = ladder->rungs > 0 ? rung[-1].first + rung[-1].buckets : 0;
    rung->buckets = buckets;
    rung->at = 0;
    ladder->rungs++;
    struct floe_bucket *bucket = ladder->bucket + rung->first;
    for (uint32_t i = 0; i < buckets; i++)
        bucket[i].keys = 0;
    while (list.keys > 0) {
        const uint32_t n = floe_bucket_take(ladder, &list, key);
        for (uint32_t i = 0; i < n; i++) {
            const uint64_t steps = ((uint64_t)(key[i] >> 64) - span.first_ns) >> rung->shift;
            floe_bucket_add(ladder, &bucket[steps < buckets ? steps : buckets - 1], key[i]);
        }
    }
}

/* Deals with a crowded bucket: a rung of its own, or the heap. */
FLOE_FN void floe_ladder_spread(struct floe_queue *queue, struct floe_bucket list, uint64_t end_ns)
{
    struct floe_ladder *ladder = &queue->ladder;
    const struct floe_ladder_span span = floe_ladder_measure(queue, list);
    const struct floe_rung *last = &ladder->rung[ladder->rungs - 1];
    uint32_t buckets = list.keys / FLOE_LADDER_BUCKET_KEYS;
    uint32_t left = (uint32_t)floe_ladder_buckets((size_t)queue->capacity + FLOE_QUEUE_SPARE_SLOTS);
    if (ladder->rungs > 0) left -= last->first + last->buckets;
    buckets = buckets < left ? buckets : left;
    if (span.first_ns < span.last_ns && buckets >= FLOE_LADDER_BUCKETS_LEAST && ladder->rungs < FLOE_LADDER_RUNGS) {
        floe_ladder_cut(queue, list, span, end_ns, buckets);
        return;
    }
    floe_bucket_into_heap(queue, &list);
    floe_heap_arrange(queue);
    if (ladder->rungs == 0)
        floe_ladder_clear(queue, span.last_ns + 1);
    else
        queue->near_end_ns = end_ns;
}

/* Takes the next bucket that is not empty from the lowest rung; 0 if nothing is on the ladder. */
FLOE_FN int floe_ladder_take(struct floe_ladder *ladder, struct floe_bucket *list, uint64_t *end_ns)
{
    for (; ladder->rungs > 0; ladder->rungs--) {
        struct floe_rung *rung = &ladder->rung[ladder->rungs - 1];
        const struct floe_bucket *bucket = ladder->bucket + rung->first;
        while (rung->at < rung->buckets && bucket[rung->at].keys == 0)
            rung->at++;
        if (rung->at == rung->buckets) continue;
        *list = bucket[rung->at++];
        *end_ns = rung->start_ns + ((uint64_t)rung->at << rung->shift);
        if (rung->at == rung->buckets || *end_ns > rung->end_ns) *end_ns = rung->end_ns;
        ladder->rungs -= rung->at == rung->buckets;
        return 1;
    }
    return 0;
}

/* ---- what the queue calls ---- */

/* Drops every key that is no longer pending, but for the run's. */
FLOE_RARE_FN void floe_ladder_clean(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    floe_u128 key[FLOE_CHUNK_KEYS];
    for (uint32_t r = 0; r < ladder->rungs; r++)
        for (uint32_t b = ladder->rung[r].at; b < ladder->rung[r].buckets; b++) {
            struct floe_bucket *bucket = &ladder->bucket[ladder->rung[r].first + b], old = *bucket;
            bucket->keys = 0;
            while (old.keys > 0) {
                const uint32_t n = floe_bucket_take(ladder, &old, key);
                for (uint32_t i = 0; i < n; i++) {
                    if (floe_key_pending(queue, key[i]))
                        floe_bucket_add(ladder, bucket, key[i]);
                    else
                        ladder->stale--;
                }
            }
        }
}

/* A key on the ladder is about to leave its slot. */
FLOE_FN void floe_ladder_forget(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    const struct floe_rung *last = &ladder->rung[ladder->rungs - 1];
    const uint32_t most = (queue->pending + last->first + last->buckets) / FLOE_LADDER_STALE_SHARE;
    if (FLOE_UNLIKELY(ladder->stale >= most + FLOE_LADDER_STALE_FREE)) floe_ladder_clean(queue);
    ladder->stale++;
}

/* All keys go from the heap on the ladder. */
FLOE_RARE_FN void floe_ladder_enter(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    floe_heap_close_hole(queue);
    ladder->run_at = ladder->run_n = ladder->stale = ladder->chunk_fresh = 0;
    ladder->chunk_free = FLOE_SLOT_NONE;
    floe_ladder_clear(queue, (uint64_t)queue->where->now_ns);
    for (uint32_t i = 0; i < queue->heap_n; i++)
        floe_ladder_add(queue, queue->heap[i]);
    queue->heap_n = 0;
    queue->heap_most = UINT32_MAX;
    queue->structure = FLOE_QUEUE_LADDER;
}

/* All keys go from the ladder into the heap; nothing is near. */
FLOE_RARE_FN void floe_ladder_leave(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    for (uint32_t r = 0; r < ladder->rungs; r++)
        for (uint32_t b = ladder->rung[r].at; b < ladder->rung[r].buckets; b++)
            floe_bucket_into_heap(queue, &ladder->bucket[ladder->rung[r].first + b]);
    floe_heap_arrange(queue);
    queue->near_end_ns = FLOE_NEAR_ALL;
    queue->heap_most = FLOE_HEAP_MOST;
    queue->structure = FLOE_QUEUE_HEAP;
}

/* Brings the next keys near: fills the run or the heap, both of which are empty. */
FLOE_RARE_FN void floe_ladder_refill(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    struct floe_bucket list;
    uint64_t end_ns;
    if (queue->pending < FLOE_LADDER_LEAST && queue->asked == FLOE_QUEUE_AUTO) {
        floe_ladder_leave(queue);
        return;
    }
    while (ladder->run_n == 0 && queue->heap_n == 0) {
        const int taken = floe_ladder_take(ladder, &list, &end_ns);
        floe_assert(taken, queue->where, "the event queue has lost an event");
        if (!taken) return;
        if (list.keys > FLOE_LADDER_RUN) {
            floe_ladder_spread(queue, list, end_ns);
            continue;
        }
        floe_ladder_sort(queue, list);
        if (ladder->rungs > 0)
            queue->near_end_ns = end_ns;
        else
            floe_ladder_clear(queue, (uint64_t)(ladder->run[ladder->run_n - 1] >> 64) + 1);
    }
}

/* The slot of the least key; there must be one. */
FLOE_FN uint32_t floe_ladder_first(struct floe_queue *queue)
{
    struct floe_ladder *ladder = &queue->ladder;
    floe_heap_close_hole(queue);
    for (;;) {
        while (ladder->run_at < ladder->run_n) {
            const floe_u128 key = ladder->run[ladder->run_at];
            if (FLOE_LIKELY(floe_key_pending(queue, key))) {
                if (FLOE_LIKELY(queue->heap_n == 0) || key < queue->heap[0]) return floe_key_slot(key);
                return floe_key_slot(queue->heap[0]);
            }
            ladder->run_at++;
            ladder->stale--;
        }
        if (queue->heap_n > 0) return floe_key_slot(queue->heap[0]);
        ladder->run_at = ladder->run_n = 0;
        floe_ladder_refill(queue);
    }
}

/* What floe_ladder_first found is taken. */
FLOE_FN void floe_ladder_taken(struct floe_queue *queue, uint32_t slot)
{
    if (queue->mark[slot].place == FLOE_PLACE_LISTED)
        queue->ladder.run_at++;
    else
        queue->hole = 1;
}

#endif

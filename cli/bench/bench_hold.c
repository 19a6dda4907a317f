/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hold model: n events are pending; take the first, schedule one a random time later, again and again. What the event
 * queue chooses by itself, beside a plain binary heap of 32-byte records, as std::priority_queue would hold them. One
 * hold is a pop and a push. Both must pop the same times.
 *
 * Increments: exponential of mean 1 s; bimodal, one in ten a hundred times the rest. They come from a table, so that what
 * is timed is the queue. Each turn settles for as many holds as it then times. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench/groups.h"
#include "sim/draw.h"
#include "sim/event.h"

enum { INCREMENTS = 1 << 14, HOLDS_LEAST = 1 << 18, EXPONENTIAL = 0, BIMODAL = 1 };

struct hold {
    int64_t increment_ns[INCREMENTS];
    uint32_t n; /* pending */
    uint64_t holds;
};

static struct floe_where where;

static void draw_increments(struct hold *hold, int law)
{
    const struct floe_rng rng = {5, 0};
    for (uint64_t i = 0; i < INCREMENTS; i++) {
        double s = floe_draw_exponential(floe_rng_uniform(rng, 1, i));
        if (law == BIMODAL) s = 0.1 + s * (floe_rng_uniform(rng, 2, i) < 0.9 ? 0.09 : 9.0);
        hold->increment_ns[i] = floe_ns_from_s(s, &where);
    }
}

/* ---- the plain heap: what the C++ library does, by hand ---- */

struct record {
    int64_t at_ns;
    uint64_t sequence;
    uint64_t a, b;
};

struct plain {
    struct record *heap;
    uint64_t sequence;
    uint32_t n;
};

static int record_before(const struct record *x, const struct record *y)
{
    return x->at_ns < y->at_ns || (x->at_ns == y->at_ns && x->sequence < y->sequence);
}

static void plain_push(struct plain *plain, int64_t at_ns, uint64_t a)
{
    const struct record record = {at_ns, plain->sequence++, a, 0};
    uint32_t i = plain->n++;
    for (; i > 0 && record_before(&record, &plain->heap[(i - 1) / 2]); i = (i - 1) / 2)
        plain->heap[i] = plain->heap[(i - 1) / 2];
    plain->heap[i] = record;
}

/* The hole goes down to the bottom, and the last record rises from there: fewer comparisons than sinking it. */
static struct record plain_pop(struct plain *plain)
{
    const struct record first = plain->heap[0], last = plain->heap[--plain->n];
    uint32_t i = 0, child = 1;
    for (; child + 1 < plain->n; child = 2 * i + 1) {
        child += (uint32_t)record_before(&plain->heap[child + 1], &plain->heap[child]);
        plain->heap[i] = plain->heap[child];
        i = child;
    }
    if (child < plain->n) {
        plain->heap[i] = plain->heap[child];
        i = child;
    }
    for (; i > 0 && record_before(&last, &plain->heap[(i - 1) / 2]); i = (i - 1) / 2)
        plain->heap[i] = plain->heap[(i - 1) / 2];
    plain->heap[i] = last;
    return first;
}

/* ---- turns ---- */

static enum floe_status hold_plain(void *context, struct bench_turn *turn)
{
    const struct hold *hold = (const struct hold *)context;
    struct plain plain = {(struct record *)malloc((size_t)(hold->n + 1) * sizeof(struct record)), 0, 0};
    uint64_t draws = 0;
    if (plain.heap == NULL) return FLOE_ENVIRONMENT;
    for (uint32_t i = 0; i < hold->n; i++)
        plain_push(&plain, hold->increment_ns[draws++ % INCREMENTS], i);
    for (int timed = 0; timed < 2; timed++) {
        const double from_s = bench_processor_s();
        for (uint64_t i = 0; i < hold->holds; i++) {
            const struct record first = plain_pop(&plain);
            turn->check = turn->check * 31 + (uint64_t)first.at_ns;
            plain_push(&plain, first.at_ns + hold->increment_ns[draws++ % INCREMENTS], first.a);
        }
        turn->seconds = bench_processor_s() - from_s;
    }
    turn->requests = hold->holds;
    free(plain.heap);
    return FLOE_OK;
}

static enum floe_status hold_queue(void *context, struct bench_turn *turn)
{
    static struct floe_queue queue;
    const struct hold *hold = (const struct hold *)context;
    void *arena = aligned_alloc(FLOE_QUEUE_ALIGN, floe_queue_bytes(hold->n));
    struct floe_event event = {0};
    uint64_t draws = 0, before = 0;
    if (arena == NULL) return FLOE_ENVIRONMENT;
    where.now_ns = 0;
    floe_queue_init(&queue, arena, hold->n, &where);
    for (uint32_t i = 0; i < hold->n; i++)
        floe_queue_schedule(&queue, hold->increment_ns[draws++ % INCREMENTS], 0, i, 0);
    for (int timed = 0; timed < 2; timed++) {
        const double from_s = bench_processor_s();
        before = queue.executed;
        for (uint64_t i = 0; i < hold->holds && floe_queue_pop(&queue, &event); i++) {
            turn->check = turn->check * 31 + (uint64_t)event.at_ns;
            floe_queue_schedule(&queue, event.at_ns + hold->increment_ns[draws++ % INCREMENTS], 0, event.a, 0);
        }
        turn->seconds = bench_processor_s() - from_s;
    }
    turn->events = queue.executed - before;
    turn->requests = turn->events;
    free(arena);
    return FLOE_OK;
}

/* ---- the rows ---- */

enum floe_status bench_hold(struct bench_visitor *visitor)
{
    static const uint32_t pending[] = {3, 10, 100, 1000, 10000, 100000, 1 << 20};
    static const char *const laws[] = {"exponential", "bimodal"};
    static struct hold hold;
    enum floe_status status = FLOE_OK;
    for (int law = EXPONENTIAL; law <= BIMODAL; law++) {
        draw_increments(&hold, law);
        for (size_t i = 0; i < sizeof pending / sizeof pending[0] && status == FLOE_OK; i++) {
            struct bench_row row = {"", "binary heap", hold_queue, hold_plain, &hold};
            hold.n = pending[i];
            hold.holds = hold.n > HOLDS_LEAST ? hold.n : HOLDS_LEAST;
            snprintf(row.name, sizeof row.name, "hold %s %u", laws[law], hold.n);
            status = visitor->row(visitor, &row);
        }
    }
    return status;
}

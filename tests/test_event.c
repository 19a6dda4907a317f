/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event queue against a plain twin (a sorted list), each of its structures by itself and the choice that it makes;
 * planted faults that the comparison must catch; misuse. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sim/event.h"

static struct floe_where where;
static void *arena;

static void queue_open_as(struct floe_queue *queue, uint32_t capacity, enum floe_queue_structure structure)
{
    size_t bytes = floe_queue_bytes_as(capacity, structure);
    arena = aligned_alloc(FLOE_QUEUE_ALIGN, bytes);
    memset(arena, 0xa5, bytes); /* init must not rely on zeros */
    where.now_ns = 0;
    floe_queue_init_as(queue, arena, capacity, &where, structure);
}

static void queue_open(struct floe_queue *queue, uint32_t capacity)
{
    queue_open_as(queue, capacity, FLOE_QUEUE_AUTO);
}

static void queue_close(void)
{
    free(arena);
    arena = NULL;
}

/* ---- panics ---- */

static jmp_buf after_panic;
static char panic_text[200];

static void catch_panic(const struct floe_where *at, const char *what, const char *file, int line)
{
    (void)file, (void)line;
    snprintf(panic_text, sizeof panic_text, "%s, t = %lld, replication %u, seed %llu", what, (long long)at->now_ns,
             at->replication, (unsigned long long)at->seed);
    longjmp(after_panic, 1);
}

#define CHECK_PANICS(call, text)                                                                                       \
    do {                                                                                                               \
        floe_panic_fn *usual = floe_panic_handler;                                                                     \
        floe_panic_handler = catch_panic;                                                                              \
        panic_text[0] = '\0';                                                                                          \
        if (setjmp(after_panic) == 0) {                                                                                \
            call;                                                                                                      \
        }                                                                                                              \
        floe_panic_handler = usual;                                                                                    \
        check_contains(panic_text, text);                                                                              \
    } while (0)

/* ---- the twin: a list that is kept sorted by insertion ---- */

enum { TWIN_SMALL = 40, TWIN_LARGE = 1500, HISTORY = 1 << 15 };

struct twin_event {
    int64_t at_ns;
    uint32_t kind;
    uint64_t sequence;
    uint64_t a, b;
    int id; /* into the history of handles */
};

struct twin {
    struct twin_event list[TWIN_LARGE];
    int n;
    uint64_t sequence;
};

static int twin_before(const struct twin_event *x, const struct twin_event *y)
{
    if (x->at_ns != y->at_ns) return x->at_ns < y->at_ns;
    if (x->kind != y->kind) return x->kind < y->kind;
    return x->sequence < y->sequence;
}

static void twin_insert(struct twin *twin, struct twin_event event)
{
    int i = twin->n++;
    event.sequence = twin->sequence++;
    for (; i > 0 && twin_before(&event, &twin->list[i - 1]); i--)
        twin->list[i] = twin->list[i - 1];
    twin->list[i] = event;
}

static int twin_find(const struct twin *twin, int id)
{
    for (int i = 0; i < twin->n; i++)
        if (twin->list[i].id == id) return i;
    return -1;
}

static struct twin_event twin_remove(struct twin *twin, int i)
{
    struct twin_event event = twin->list[i];
    memmove(&twin->list[i], &twin->list[i + 1], (size_t)(--twin->n - i) * sizeof event);
    return event;
}

/* ---- the engines under comparison: the queue, and the queue with a fault planted ---- */

struct engine {
    const char *name;
    struct floe_handle (*schedule)(struct floe_queue *, int64_t, uint32_t, uint64_t, uint64_t);
    int (*cancel)(struct floe_queue *, struct floe_handle);
    int (*reschedule)(struct floe_queue *, struct floe_handle, int64_t);
    enum floe_queue_structure structure; /* in which the fault is looked for */
};

static const struct engine sound[] = {
    {"auto", floe_queue_schedule, floe_queue_cancel, floe_queue_reschedule, FLOE_QUEUE_AUTO},
    {"scan", floe_queue_schedule, floe_queue_cancel, floe_queue_reschedule, FLOE_QUEUE_SCAN},
    {"heap", floe_queue_schedule, floe_queue_cancel, floe_queue_reschedule, FLOE_QUEUE_HEAP},
    {"ladder", floe_queue_schedule, floe_queue_cancel, floe_queue_reschedule, FLOE_QUEUE_LADDER},
};
enum { SOUND = sizeof sound / sizeof sound[0] };

static struct floe_handle schedule_without_sequence(struct floe_queue *q, int64_t at_ns, uint32_t kind, uint64_t a,
                                                    uint64_t b)
{
    q->sequence = 0;
    return floe_queue_schedule(q, at_ns, kind, a, b);
}

static struct floe_handle schedule_kinds_alike(struct floe_queue *q, int64_t at_ns, uint32_t kind, uint64_t a,
                                               uint64_t b)
{
    (void)kind;
    return floe_queue_schedule(q, at_ns, 0, a, b);
}

/* What fills the gap comes from another branch, so it may have to rise; here it only sinks. */
static int cancel_without_rise(struct floe_queue *q, struct floe_handle handle)
{
    if (!floe_queue_live(q, handle)) return 0;
    floe_heap_close_hole(q);
    uint32_t place = q->mark[handle.slot].place;
    floe_u128 last = q->heap[--q->heap_n];
    if (place < q->heap_n) floe_heap_sink(q, place, last);
    floe_slot_release(q, handle.slot);
    return 1;
}

static int cancel_without_sink(struct floe_queue *q, struct floe_handle handle)
{
    if (!floe_queue_live(q, handle)) return 0;
    floe_heap_close_hole(q);
    uint32_t place = q->mark[handle.slot].place;
    floe_u128 last = q->heap[--q->heap_n];
    if (place < q->heap_n) floe_heap_rise(q, place, last);
    floe_slot_release(q, handle.slot);
    return 1;
}

static struct floe_handle schedule_without_generation(struct floe_queue *q, int64_t at_ns, uint32_t kind, uint64_t a,
                                                      uint64_t b)
{
    struct floe_handle handle = floe_queue_schedule(q, at_ns, kind, a, b);
    handle.generation = q->mark[handle.slot].generation = 1;
    return handle;
}

static int reschedule_keeping_sequence(struct floe_queue *q, struct floe_handle handle, int64_t at_ns)
{
    if (!floe_queue_live(q, handle)) return 0;
    struct floe_slot *slot = &q->slot[handle.slot];
    floe_queue_unplace(q, handle.slot);
    q->sequence++;
    slot->key = (floe_u128)(uint64_t)at_ns << 64 | (uint64_t)slot->key;
    floe_queue_place(q, slot->key);
    return 1;
}

/* A cancelled key stays on the ladder until it comes up, and then its slot must be seen to have moved on. (The slot is
 * not used again here: a faulty queue should differ from the twin, not write where it may not.) */
static int cancel_keeping_key(struct floe_queue *q, struct floe_handle handle)
{
    if (!floe_queue_live(q, handle)) return 0;
    floe_queue_unplace(q, handle.slot);
    q->mark[handle.slot].generation++;
    q->pending--;
    return 1;
}

/* The buckets of a rung may reach beyond its end, where those of the rung above go on. */
static struct floe_handle schedule_forgetting_ends(struct floe_queue *q, int64_t at_ns, uint32_t kind, uint64_t a,
                                                   uint64_t b)
{
    for (uint32_t r = 1; r < q->ladder.rungs; r++)
        if (q->ladder.rung[r].end_ns < UINT64_MAX / 2) q->ladder.rung[r].end_ns = UINT64_MAX / 2;
    return floe_queue_schedule(q, at_ns, kind, a, b);
}

static struct floe_handle schedule_never_near(struct floe_queue *q, int64_t at_ns, uint32_t kind, uint64_t a,
                                              uint64_t b)
{
    if (q->ladder.run_at < q->ladder.run_n && (uint64_t)at_ns < q->near_end_ns) at_ns = (int64_t)q->near_end_ns;
    return floe_queue_schedule(q, at_ns, kind, a, b);
}

static const struct engine faulty[] = {
    {"ties are not broken by the sequence", schedule_without_sequence, floe_queue_cancel, floe_queue_reschedule,
     FLOE_QUEUE_HEAP},
    {"kinds do not order an instant", schedule_kinds_alike, floe_queue_cancel, floe_queue_reschedule, FLOE_QUEUE_AUTO},
    {"kinds do not order an instant on the ladder", schedule_kinds_alike, floe_queue_cancel, floe_queue_reschedule,
     FLOE_QUEUE_LADDER},
    {"cancel forgets to let the last one rise", floe_queue_schedule, cancel_without_rise, floe_queue_reschedule,
     FLOE_QUEUE_HEAP},
    {"cancel forgets to let the last one sink", floe_queue_schedule, cancel_without_sink, floe_queue_reschedule,
     FLOE_QUEUE_HEAP},
    {"a slot has one generation", schedule_without_generation, floe_queue_cancel, floe_queue_reschedule,
     FLOE_QUEUE_SCAN},
    {"reschedule keeps the old place among ties", floe_queue_schedule, floe_queue_cancel, reschedule_keeping_sequence,
     FLOE_QUEUE_AUTO},
    {"reschedule keeps the old place on the ladder", floe_queue_schedule, floe_queue_cancel,
     reschedule_keeping_sequence, FLOE_QUEUE_LADDER},
    {"a cancelled key comes up on the ladder", floe_queue_schedule, cancel_keeping_key, floe_queue_reschedule,
     FLOE_QUEUE_LADDER},
    {"a cancelled key comes up in the scan", floe_queue_schedule, cancel_keeping_key, floe_queue_reschedule,
     FLOE_QUEUE_SCAN},
    {"a rung takes keys of the rung above", schedule_forgetting_ends, floe_queue_cancel, floe_queue_reschedule,
     FLOE_QUEUE_LADDER},
    {"a near event waits for the run to end", schedule_never_near, floe_queue_cancel, floe_queue_reschedule,
     FLOE_QUEUE_LADDER},
};

/* ---- one random sequence of operations ---- */

struct duel {
    struct floe_queue queue;
    struct twin twin;
    const struct engine *engine;
    struct floe_handle handles[HISTORY];
    int n_handles;
    int capacity;
    uint64_t random;
    int style; /* how times are drawn */
};

enum { STYLE_TIES, STYLE_WIDE, STYLE_ENDS, STYLE_PARETO, STYLE_BIMODAL, STYLE_BULK, STYLE_MIXED, STYLES };

static int64_t duel_time(struct duel *d)
{
    uint64_t r = test_random(&d->random);
    int style = d->style == STYLE_MIXED ? (int)((r >> 50) % STYLE_MIXED) : d->style;
    int64_t room_ns = INT64_MAX - where.now_ns;
    int64_t delay_ns = (int64_t)(r & 3);
    if (style == STYLE_PARETO) delay_ns = (int64_t)(1e6 / ((double)((r >> 11) + 1) * 0x1p-53)); /* alpha = 1: no mean */
    if (style == STYLE_BIMODAL) delay_ns = (int64_t)(r % 1000000) + ((r >> 32) % 10 == 0 ? 1000000000000 : 0);
    if (style == STYLE_BULK) delay_ns = ((where.now_ns | 1048575) - where.now_ns) + 1 + ((int64_t)(r & 1) << 20);
    if (style == STYLE_WIDE) delay_ns = (int64_t)(r % 1000000007u) << (r >> 59);
    if (style == STYLE_ENDS && (r & 12) == 0) delay_ns = INT64_MAX;
    if (style == STYLE_ENDS && (r & 12) == 4) delay_ns = INT64_MAX - 2 + (int64_t)(r & 1);
    return where.now_ns + (delay_ns > room_ns ? room_ns : delay_ns);
}

static int duel_schedule(struct duel *d)
{
    struct twin_event event = {.at_ns = duel_time(d), .id = d->n_handles};
    if (d->twin.n == d->capacity || d->n_handles == HISTORY) return 1;
    event.kind = (uint32_t)(test_random(&d->random) % 3) * 31 + (d->style == STYLE_TIES);
    event.a = test_random(&d->random);
    event.b = ~event.a;
    d->handles[d->n_handles++] = d->engine->schedule(&d->queue, event.at_ns, event.kind, event.a, event.b);
    twin_insert(&d->twin, event);
    return d->handles[event.id].generation != 0;
}

/* Any handle ever given out: most are dead by now. */
static int duel_any_id(struct duel *d)
{
    int recent = d->n_handles < d->capacity ? d->n_handles : d->capacity;
    return d->n_handles - 1 - (int)(test_random(&d->random) % (uint64_t)recent);
}

static int duel_cancel(struct duel *d)
{
    if (d->n_handles == 0) return 1;
    int id = duel_any_id(d), at = twin_find(&d->twin, id);
    if (at >= 0) twin_remove(&d->twin, at);
    return d->engine->cancel(&d->queue, d->handles[id]) == (at >= 0);
}

static int duel_reschedule(struct duel *d)
{
    if (d->n_handles == 0) return 1;
    int id = duel_any_id(d), at = twin_find(&d->twin, id);
    int64_t at_ns = duel_time(d);
    if (at >= 0) {
        struct twin_event event = twin_remove(&d->twin, at);
        event.at_ns = at_ns;
        twin_insert(&d->twin, event);
    }
    int live = d->engine->reschedule(&d->queue, d->handles[id], at_ns);
    return live == (at >= 0) && floe_queue_due_ns(&d->queue, d->handles[id]) == (at >= 0 ? at_ns : -1);
}

static int same_event(const struct duel *d, const struct floe_event *got, const struct twin_event *want)
{
    struct floe_handle handle = d->handles[want->id];
    return got->at_ns == want->at_ns && got->kind == want->kind && got->a == want->a && got->b == want->b &&
           got->slot == handle.slot && got->generation == handle.generation;
}

static int duel_pop(struct duel *d)
{
    struct floe_event event = {0};
    if (d->twin.n == 0) return !floe_queue_pop(&d->queue, &event);
    struct twin_event want = twin_remove(&d->twin, 0);
    return floe_queue_pop(&d->queue, &event) && same_event(d, &event, &want) && where.now_ns == want.at_ns;
}

static int duel_peek(struct duel *d)
{
    struct floe_event event = {0};
    if (d->twin.n == 0) return !floe_queue_peek(&d->queue, &event);
    return floe_queue_peek(&d->queue, &event) && same_event(d, &event, &d->twin.list[0]);
}

static int duel_cancel_all(struct duel *d)
{
    int sound_so_far = 1;
    for (int id = 0; id < d->n_handles; id++) {
        int at = twin_find(&d->twin, id);
        if (at >= 0) twin_remove(&d->twin, at);
        sound_so_far &= d->engine->cancel(&d->queue, d->handles[id]) == (at >= 0);
    }
    return sound_so_far && floe_queue_pending(&d->queue) == 0;
}

/* Neither grows nor shrinks: most of the work of a queue. */
static int duel_hold(struct duel *d)
{
    return duel_pop(d) && duel_schedule(d);
}

static int duel_step(struct duel *d, unsigned schedules)
{
    unsigned r = (unsigned)(test_random(&d->random) % 100);
    if (r == 0 && test_random(&d->random) % 8 == 0) return duel_cancel_all(d);
    if (r < schedules) return duel_schedule(d);
    if (r < schedules + 10) return duel_cancel(d);
    if (r < schedules + 20) return duel_reschedule(d);
    if (r < schedules + 25) return duel_peek(d);
    return duel_pop(d);
}

/* 1 if the engine never differed from the twin. A large queue grows for 2,000 steps, holds for 1,000, shrinks. */
static int duel_run(const struct engine *engine, uint64_t seed, int capacity, int steps)
{
    static struct duel d;
    d.twin.n = d.n_handles = 0;
    d.twin.sequence = 0;
    d.capacity = capacity;
    d.engine = engine;
    d.random = seed;
    d.style = (int)(seed % STYLES);
    queue_open_as(&d.queue, (uint32_t)capacity, engine->structure);
    unsigned grow = 35 + (unsigned)(seed / STYLES % 3) * 15, shrink = capacity > TWIN_SMALL ? 20 : grow;
    int agree = 1;
    for (int i = 0; i < steps && agree; i++)
        agree = (i / 1000 % 4 == 2 ? duel_hold(&d) : duel_step(&d, i / 1000 % 4 < 2 ? grow : shrink)) &&
                floe_queue_pending(&d.queue) == (uint32_t)d.twin.n;
    while (agree && d.twin.n > 0)
        agree = duel_pop(&d);
    queue_close();
    return agree;
}

static int duels_lost(const struct engine *engine, uint64_t seeds)
{
    int lost = 0;
    for (uint64_t seed = 0; seed < seeds; seed++)
        lost += !duel_run(engine, seed, TWIN_SMALL, 600);
    return lost;
}

static void each_structure_duels(uint64_t seeds)
{
    for (int e = 0; e < SOUND; e++)
        check_at(duels_lost(&sound[e], seeds) == 0, __FILE__, __LINE__, "%s lost a duel", sound[e].name);
}

static void queue_equals_twin(void)
{
    each_structure_duels(2100);
}

static void queue_equals_twin_long(void)
{
    each_structure_duels(210000);
}

/* Long enough to climb from the scan to the ladder and down again. */
static void each_structure_duels_at_length(uint64_t seeds)
{
    for (int e = 0; e < SOUND; e++)
        for (uint64_t seed = 0; seed < seeds; seed++)
            check_at(duel_run(&sound[e], seed, TWIN_LARGE, 9000), __FILE__, __LINE__, "%s lost the long duel %d",
                     sound[e].name, (int)seed);
}

static void large_queue_equals_twin(void)
{
    each_structure_duels_at_length(3 * STYLES);
}

static void large_queue_equals_twin_long(void)
{
    each_structure_duels_at_length(300 * STYLES);
}

static void quiet_panic(const struct floe_where *at, const char *what, const char *file, int line)
{
    (void)at, (void)what, (void)file, (void)line;
    longjmp(after_panic, 1);
}

/* A faulty queue may trip an assertion (time running backwards) before the comparison sees it: caught all the same. */
static int fault_is_caught(const struct engine *engine, uint64_t seed)
{
    int caught = 1;
    floe_panic_fn *usual = floe_panic_handler;
    floe_panic_handler = quiet_panic;
    if (setjmp(after_panic) == 0)
        caught = !duel_run(engine, seed, TWIN_LARGE, 8000);
    else
        queue_close();
    floe_panic_handler = usual;
    return caught;
}

static void twin_catches_planted_faults(void)
{
    for (size_t f = 0; f < sizeof faulty / sizeof faulty[0]; f++) {
        int caught = 0;
        for (uint64_t seed = 0; seed < 84; seed++)
            caught += fault_is_caught(&faulty[f], seed);
        check_at(caught >= 4, __FILE__, __LINE__, "\"%s\" was seen in %d of 84 runs only", faulty[f].name, caught);
    }
}

/* ---- order ---- */

static void kinds_order_an_instant_then_fifo(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    static const uint64_t want[] = {2, 4, 1, 3, 0};
    queue_open(&queue, 8);
    floe_queue_schedule(&queue, 71, 63, 0, 0);
    floe_queue_schedule(&queue, 71, 7, 1, 0);
    floe_queue_schedule(&queue, 70, 9, 2, 0);
    floe_queue_schedule(&queue, 71, 7, 3, 0);
    floe_queue_schedule(&queue, 71, 0, 4, 0);
    for (int i = 0; i < 5; i++) {
        check(floe_queue_pop(&queue, &event));
        check_u64(event.a, want[i]);
    }
    check(!floe_queue_pop(&queue, &event));
    check_i64(where.now_ns, 71);
    check_u64(queue.executed, 5);
    check_u64(queue.pending_max, 5);
    check(floe_queue_status(&queue) == FLOE_OK);
    queue_close();
}

static void rescheduled_event_queues_up_behind_its_ties(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    queue_open(&queue, 8);
    struct floe_handle first = floe_queue_schedule(&queue, 30, 5, 1, 0);
    floe_queue_schedule(&queue, 30, 5, 2, 0);
    check(floe_queue_reschedule(&queue, first, 30));
    check(floe_queue_pop(&queue, &event));
    check_u64(event.a, 2);
    check(floe_queue_live(&queue, first));
    check(floe_queue_pop(&queue, &event));
    check_u64(event.a, 1);
    queue_close();
}

static void ends_of_the_clock_are_usable(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    queue_open(&queue, 4);
    floe_queue_schedule(&queue, INT64_MAX, 63, UINT64_MAX, 1);
    floe_queue_schedule(&queue, 0, 63, 2, UINT64_MAX);
    check(floe_queue_pop(&queue, &event));
    check_i64(event.at_ns, 0);
    check_u64(event.b, UINT64_MAX);
    check(floe_queue_pop(&queue, &event));
    check_i64(event.at_ns, INT64_MAX);
    check_u64(event.kind, 63);
    check_u64(event.a, UINT64_MAX);
    queue_close();
}

static void key_holds_every_field_to_its_end(void)
{
    uint64_t sequence = FLOE_QUEUE_SEQUENCE_END - 1;
    uint32_t slot = FLOE_QUEUE_CAPACITY_MAX + FLOE_QUEUE_SPARE_SLOTS - 1;
    floe_u128 key = floe_key_pack(INT64_MAX, 63, sequence, slot);
    check_i64(floe_key_at_ns(key), INT64_MAX);
    check_u64(floe_key_kind(key), 63);
    check_u64((uint64_t)key >> FLOE_KEY_SLOT_BITS & (FLOE_QUEUE_SEQUENCE_END - 1), sequence);
    check_u64(floe_key_slot(key), slot);
    check(floe_key_pack(1, 0, 0, 0) > floe_key_pack(0, 63, sequence, slot));
    check(floe_key_pack(1, 1, 0, 0) > floe_key_pack(1, 0, sequence, slot));
    check(floe_key_pack(1, 1, 1, 0) > floe_key_pack(1, 1, 0, slot));
}

/* ---- handles ---- */

static void stale_handles_are_seen_at_once(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    struct floe_handle none = {0, 0};
    queue_open(&queue, 4);
    check(!floe_queue_live(&queue, none));
    check(!floe_queue_cancel(&queue, none));
    struct floe_handle timer = floe_queue_schedule(&queue, 10, 1, 0, 0);
    check(floe_queue_live(&queue, timer));
    check(floe_queue_cancel(&queue, timer));
    check(!floe_queue_cancel(&queue, timer));
    struct floe_handle next = floe_queue_schedule(&queue, 12, 1, 77, 0);
    check_u64(next.slot, timer.slot); /* the slot is used again, and yet: */
    check(!floe_queue_reschedule(&queue, timer, 11));
    check_i64(floe_queue_due_ns(&queue, timer), -1);
    check_i64(floe_queue_due_ns(&queue, next), 12);
    check(floe_queue_pop(&queue, &event));
    check_u64(event.slot, next.slot);
    check_u64(event.generation, next.generation);
    check(!floe_queue_live(&queue, next));
    check(!floe_queue_cancel(&queue, next));
    check_u64(floe_queue_pending(&queue), 0);
    volatile uint32_t far = 4000000000u;
    struct floe_handle wild = {far, 1};
    check(!floe_queue_live(&queue, wild));
    queue_close();
}

/* Sets the generations near their end, as billions of uses would, and wears out all the spare slots. */
static void worn_out_slots_do_not_shrink_the_capacity(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    struct floe_handle last = {0, 0};
    queue_open(&queue, 3);
    for (unsigned i = 0; i < FLOE_QUEUE_SPARE_SLOTS; i++) {
        last = floe_queue_schedule(&queue, where.now_ns, 0, i, 0);
        queue.mark[last.slot].generation = last.generation = FLOE_GENERATION_RETIRED - 1;
        check(floe_queue_live(&queue, last));
        check(floe_queue_pop(&queue, &event));
        check(!floe_queue_live(&queue, last));
    }
    check_u64(queue.fresh, FLOE_QUEUE_SPARE_SLOTS);
    for (uint64_t i = 0; i < 3; i++)
        check(floe_queue_schedule(&queue, where.now_ns, 0, i, 0).generation != 0);
    check_u64(floe_queue_pending(&queue), 3);
    check(floe_queue_status(&queue) == FLOE_OK);
    queue_close();
}

/* ---- memory ---- */

static void copied_queue_continues_as_the_original(void)
{
    struct floe_queue queue, copy;
    struct floe_event event = {0}, event_of_copy = {0};
    uint64_t random = 8;
    queue_open(&queue, 300);
    for (uint64_t i = 0; i < 300; i++)
        floe_queue_schedule(&queue, (int64_t)(test_random(&random) % 1000), (uint32_t)i % 5, i, i * i);
    for (int i = 0; i < 10; i++)
        check(floe_queue_pop(&queue, &event));
    struct floe_where where_of_copy = where;
    void *arena_of_copy = aligned_alloc(FLOE_QUEUE_ALIGN, floe_queue_bytes(300));
    memcpy(arena_of_copy, arena, floe_queue_bytes(300));
    copy = queue;
    floe_queue_attach(&copy, arena_of_copy, &where_of_copy);
    floe_queue_schedule(&queue, where.now_ns, 3, 1, 2);
    floe_queue_schedule(&copy, where_of_copy.now_ns, 3, 1, 2);
    int same = 1;
    while (floe_queue_pop(&queue, &event))
        same &= floe_queue_pop(&copy, &event_of_copy) && memcmp(&event, &event_of_copy, sizeof event) == 0;
    check(same);
    check(!floe_queue_pop(&copy, &event_of_copy));
    check_i64(where_of_copy.now_ns, where.now_ns);
    free(arena_of_copy);
    queue_close();
}

static void bytes_are_known_before(void)
{
    check_u64(floe_queue_bytes(0), 0);
    check_u64(floe_queue_bytes((uint64_t)FLOE_QUEUE_CAPACITY_MAX + 1), 0);
    check_u64(floe_queue_bytes(UINT64_MAX), 0);
    check(floe_queue_bytes(FLOE_QUEUE_CAPACITY_MAX) > 0);
    check_u64(floe_queue_bytes(1000) % FLOE_QUEUE_ALIGN, 0);
    check(floe_queue_bytes(100) <= 60 * 116u);
    check(floe_queue_bytes(10000) <= 120 * 10016u); /* with the ladder */
}

/* Slots, keys and marks, the spare ones too, one after the other and nothing beyond. */
static void arena_has_room_for_every_slot(void)
{
    struct floe_queue queue;
    for (uint32_t capacity = 1; capacity < 40; capacity++) {
        size_t slots = capacity + FLOE_QUEUE_SPARE_SLOTS;
        queue_open_as(&queue, capacity, FLOE_QUEUE_LADDER);
        unsigned char *end = (unsigned char *)arena + floe_queue_bytes_as(capacity, FLOE_QUEUE_LADDER);
        check((void *)queue.slot == arena);
        check((void *)queue.heap >= (void *)(queue.slot + slots));
        check((void *)queue.mark == (void *)(queue.heap + slots));
        check((void *)queue.ladder.run >= (void *)(queue.mark + slots));
        check((void *)queue.ladder.chunk == (void *)(queue.ladder.run + FLOE_LADDER_RUN));
        check((void *)queue.ladder.bucket == (void *)(queue.ladder.chunk + floe_ladder_chunks(slots)));
        check((void *)queue.ladder.chunk_next == (void *)(queue.ladder.bucket + floe_ladder_buckets(slots)));
        check((unsigned char *)(queue.ladder.chunk_next + floe_ladder_chunks(slots)) <= end);
        check_u64((uintptr_t)(queue.heap + 1) % FLOE_QUEUE_ALIGN, 0);
        check_u64((uintptr_t)queue.ladder.chunk % FLOE_QUEUE_ALIGN, 0);
        queue_close();
    }
}

static int pops_sorted(struct floe_queue *queue, uint32_t n)
{
    struct floe_event event = {0};
    int64_t before_ns = 0;
    int sorted = 1;
    for (uint32_t i = 0; i < n; i++) {
        sorted &= floe_queue_pop(queue, &event) && event.at_ns >= before_ns;
        before_ns = event.at_ns;
    }
    return sorted && floe_queue_pending(queue) == 0;
}

static void largest_queue_works(void)
{
    struct floe_queue queue;
    uint64_t random = 5;
    queue_open(&queue, FLOE_QUEUE_CAPACITY_MAX);
    for (uint32_t i = 0; i < FLOE_QUEUE_CAPACITY_MAX; i++)
        floe_queue_schedule(&queue, (int64_t)(test_random(&random) >> 20), 1, i, 0);
    check_u64(queue.structure, FLOE_QUEUE_LADDER);
    check(pops_sorted(&queue, FLOE_QUEUE_CAPACITY_MAX));
    check(floe_queue_status(&queue) == FLOE_OK);
    queue_close();
}

/* ---- structures ---- */

static void structure_follows_the_number_pending(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    uint64_t random = 6;
    queue_open(&queue, 3000);
    for (int climb = 0; climb < 3; climb++) {
        for (int i = 0; i < 2900; i++)
            floe_queue_schedule(&queue, where.now_ns + (int64_t)(test_random(&random) >> 30), 1, 0, 0);
        check_u64(queue.structure, FLOE_QUEUE_LADDER);
        while (floe_queue_pending(&queue) > 10)
            check(floe_queue_pop(&queue, &event));
        check_u64(queue.structure, FLOE_QUEUE_HEAP);
    }
    queue_close();
    queue_open(&queue, FLOE_SCAN_MOST);
    for (int i = 0; i < FLOE_SCAN_MOST; i++)
        floe_queue_schedule(&queue, 5, 0, 0, 0);
    check_u64(queue.structure, FLOE_QUEUE_SCAN);
    queue_close();
}

/* All at one instant cannot be cut; and cancelling or moving them again and again must not fill the ladder's memory. */
static void one_instant_and_many_cancels_stay_within_the_arena(void)
{
    enum { N = 5000 };
    static struct floe_handle handle[N];
    struct floe_queue queue;
    struct floe_event event = {0};
    uint64_t random = 7;
    queue_open(&queue, N);
    for (uint64_t i = 0; i < N; i++)
        handle[i] = floe_queue_schedule(&queue, i < N / 10 ? (int64_t)i : 1000000, 3, i, 0);
    for (int round = 0; round < 20; round++)
        for (uint64_t i = 0; i < N; i++) {
            if (test_random(&random) % 2) {
                check(floe_queue_reschedule(&queue, handle[i], 1000000 + (int64_t)(test_random(&random) % 2)));
            } else {
                check(floe_queue_cancel(&queue, handle[i]));
                handle[i] = floe_queue_schedule(&queue, 1000000, 3, i, 0);
            }
            check(queue.ladder.chunk_fresh <= floe_ladder_chunks(N + FLOE_QUEUE_SPARE_SLOTS));
        }
    for (int i = 0; i < N / 2; i++)
        check(floe_queue_pop(&queue, &event) && event.at_ns == 1000000);
    for (int i = 0; i < N / 2; i++)
        floe_queue_schedule(&queue, 1000000, (uint32_t)(i % 7), 0, 0);
    check(pops_sorted(&queue, N));
    check(floe_queue_status(&queue) == FLOE_OK);
    queue_close();
}

/* ---- full ---- */

static void full_arena_is_a_status_with_the_number_needed(void)
{
    struct floe_queue queue;
    struct floe_event event = {0};
    queue_open(&queue, 5);
    for (uint64_t i = 0; i < 5; i++)
        check(floe_queue_schedule(&queue, 9, 0, i, 0).generation != 0);
    check(floe_queue_status(&queue) == FLOE_OK);
    check(floe_queue_schedule(&queue, 9, 0, 6, 0).generation == 0);
    check(floe_queue_status(&queue) == FLOE_FULL);
    check_u64(queue.full_of, FLOE_QUEUE_OUT_OF_SLOTS);
    check_u64(queue.needed, 6);
    check(!floe_queue_pop(&queue, &event)); /* the loop ends, whatever the handlers did with the handle */
    check(!floe_queue_peek(&queue, &event));
    queue_close();
}

static void used_up_sequence_is_a_status_too(void)
{
    struct floe_queue queue;
    queue_open(&queue, 5);
    queue.sequence = FLOE_QUEUE_SEQUENCE_END - 2;
    check(floe_queue_schedule(&queue, 9, 0, 0, 0).generation != 0);
    struct floe_handle last = floe_queue_schedule(&queue, 9, 0, 0, 0);
    check(last.generation != 0);
    check(floe_queue_status(&queue) == FLOE_OK);
    check(floe_queue_reschedule(&queue, last, 10));
    check(floe_queue_status(&queue) == FLOE_FULL);
    check_u64(queue.full_of, FLOE_QUEUE_OUT_OF_SEQUENCE);
    check_u64(queue.needed, FLOE_QUEUE_SEQUENCE_END + 1);
    check_i64(floe_queue_due_ns(&queue, last), 9);
    queue_close();
}

/* ---- misuse ---- */

static void misuse_panics_with_time_replication_and_seed(void)
{
    static struct floe_queue queue;
    struct floe_event event = {0};
    queue_open(&queue, 5);
    where.seed = 4711;
    where.replication = 23;
    static struct floe_handle late;
    floe_queue_schedule(&queue, 100, 0, 0, 0);
    late = floe_queue_schedule(&queue, 200, 0, 0, 0);
    check(floe_queue_pop(&queue, &event));
    CHECK_PANICS(floe_queue_schedule(&queue, 99, 0, 0, 0), "scheduled in the past, t = 100, replication 23, seed 4711");
    CHECK_PANICS(floe_queue_schedule(&queue, -1, 0, 0, 0), "scheduled in the past");
    CHECK_PANICS(floe_queue_reschedule(&queue, late, 99), "rescheduled into the past, t = 100");
    CHECK_PANICS(floe_queue_schedule(&queue, 100, 64, 0, 0), "kind is above 63");
    CHECK_PANICS(floe_ns_after(&where, -1), "negative");
    CHECK_PANICS(floe_ns_after(&where, INT64_MAX - 99), "beyond the end of the clock");
    CHECK_PANICS(floe_queue_init(&queue, arena, 0, &where), "cannot be");
    CHECK_PANICS(floe_queue_init(&queue, (char *)arena + 16, 3, &where), "not aligned");
    queue_close();
}

static void clock_set_too_far_panics(void)
{
    static struct floe_queue queue;
    static struct floe_event event;
    static int popped;
    queue_open(&queue, 5);
    floe_queue_schedule(&queue, 100, 0, 0, 0);
    where.now_ns = 101;
    CHECK_PANICS(popped = floe_queue_pop(&queue, &event), "beyond a pending event");
    check(!popped);
    queue_close();
}

static void seconds_round_to_the_nearest_nanosecond(void)
{
    where.now_ns = 0;
    check_i64(floe_ns_from_s(2.385, &where), 2385000000);
    check_i64(floe_ns_from_s(0.5e-9, &where), 0); /* halves to even */
    check_i64(floe_ns_from_s(1.5e-9, &where), 2);
    check_i64(floe_ns_from_s(2.5e-9, &where), 2);
    check_i64(floe_ns_from_s(0, &where), 0);
    check_i64(floe_ns_from_s(4503599.627370497, &where), 4503599627370497);
    check_i64(floe_ns_from_s(31536000, &where), 31536000000000000);
    check_i64(floe_ns_from_s(9223372036.0, &where), 9223372036000000000);
    check_i64(floe_ns_after(&where, INT64_MAX), INT64_MAX);
    CHECK_PANICS(floe_ns_from_s(9223372037.0, &where), "beyond the end of the clock");
    CHECK_PANICS(floe_ns_from_s(1e300 * 1e300, &where), "beyond the end of the clock");
    CHECK_PANICS(floe_ns_from_s(-1e-12, &where), "negative or not a number");
    CHECK_PANICS(floe_ns_from_s(0.0 * (1e300 * 1e300), &where), "negative or not a number");
    check_rel(floe_s_from_ns(2385000000), 2.385, 0);
}

static const struct test tests[] = {
    {"the queue pops what a sorted list pops, whatever its structure", queue_equals_twin, FAST},
    {"the queue pops what a sorted list pops, in 100 times the runs", queue_equals_twin_long, LONG},
    {"a large queue pops what a sorted list pops, whatever its structure", large_queue_equals_twin, FAST},
    {"a large queue pops what a sorted list pops, in 100 times the runs", large_queue_equals_twin_long, LONG},
    {"the structure follows the number of pending events", structure_follows_the_number_pending, FAST},
    {"one instant and many cancels stay within the arena", one_instant_and_many_cancels_stay_within_the_arena, FAST},
    {"the comparison with the sorted list catches planted faults", twin_catches_planted_faults, FAST},
    {"kinds order an instant, then first in, first out", kinds_order_an_instant_then_fifo, FAST},
    {"a rescheduled event queues up behind its ties", rescheduled_event_queues_up_behind_its_ties, FAST},
    {"both ends of the clock are usable", ends_of_the_clock_are_usable, FAST},
    {"the key holds every field to its end, in the order of the fields", key_holds_every_field_to_its_end, FAST},
    {"a stale handle is seen at once", stale_handles_are_seen_at_once, FAST},
    {"worn-out slots do not shrink the capacity", worn_out_slots_do_not_shrink_the_capacity, FAST},
    {"a copied queue continues as the original", copied_queue_continues_as_the_original, FAST},
    {"the bytes of an arena are known before", bytes_are_known_before, FAST},
    {"the arena has room for every slot", arena_has_room_for_every_slot, FAST},
    {"the largest queue works", largest_queue_works, FAST},
    {"a full arena is a status with the number needed", full_arena_is_a_status_with_the_number_needed, FAST},
    {"a used-up sequence is a status too", used_up_sequence_is_a_status_too, FAST},
    {"misuse panics with time, replication and seed", misuse_panics_with_time_replication_and_seed, FAST},
    {"a clock set beyond a pending event panics", clock_set_too_far_panics, FAST},
    {"seconds round to the nearest nanosecond, and never silently", seconds_round_to_the_nearest_nanosecond, FAST},
};

TEST_MAIN("event", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hold model: n events are pending; take the first, schedule one a random time later, again and again. Nanoseconds
 * for one pop and one push, with the draw of the increment, for each structure of the event queue and for what the
 * queue chooses by itself, beside a plain binary heap of 32-byte records, as std::priority_queue would hold them.
 *
 *     bench_hold [rounds] [n ...]
 *
 * All take turns within a round, and the medians over the rounds are printed, with the automatic choice as a share of
 * the plain heap. All must pop the same times; otherwise the comparison is void. No timing is asserted.
 *
 * Increments: exponential of mean 1 s; bimodal, one in ten a hundred times the rest. They come from a table, so that
 * what is timed is the queue. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/draw.h"
#include "sim/event.h"

enum { INCREMENTS = 1 << 14, ROUNDS_MAX = 51, CANDIDATES = 5, EXPONENTIAL = 0, BIMODAL = 1 };

static int64_t increment_ns[INCREMENTS];
static struct floe_where where;

/* Of this process alone, so that neighbours on the machine take less part. */
static double seconds_now(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void draw_increments(int law)
{
    const struct floe_rng rng = {5, 0};
    for (uint64_t i = 0; i < INCREMENTS; i++) {
        double s = floe_draw_exponential(floe_rng_uniform(rng, 1, i));
        if (law == BIMODAL) s = 0.1 + s * (floe_rng_uniform(rng, 2, i) < 0.9 ? 0.09 : 9.0);
        increment_ns[i] = floe_ns_from_s(s, &where);
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

/* ---- one turn: the seconds for so many holds, after as many to settle in ---- */

struct turn {
    double seconds;
    uint64_t check; /* of the times popped */
};

static struct turn hold_plain(uint32_t n, uint64_t holds)
{
    struct plain plain = {aligned_alloc(64, (size_t)(n + 1) * sizeof(struct record) / 64 * 64 + 64), 0, 0};
    struct turn turn = {0, 0};
    uint64_t draws = 0;
    for (uint32_t i = 0; i < n; i++)
        plain_push(&plain, increment_ns[draws++ % INCREMENTS], i);
    for (int timed = 0; timed < 2; timed++) {
        const double start_s = seconds_now();
        for (uint64_t i = 0; i < holds; i++) {
            const struct record first = plain_pop(&plain);
            turn.check = turn.check * 31 + (uint64_t)first.at_ns;
            plain_push(&plain, first.at_ns + increment_ns[draws++ % INCREMENTS], first.a);
        }
        turn.seconds = seconds_now() - start_s;
    }
    free(plain.heap);
    return turn;
}

static struct turn hold_queue(uint32_t n, uint64_t holds, enum floe_queue_structure structure)
{
    static struct floe_queue queue;
    void *arena = aligned_alloc(FLOE_QUEUE_ALIGN, floe_queue_bytes_as(n, structure));
    struct floe_event event = {0};
    struct turn turn = {0, 0};
    uint64_t draws = 0;
    where.now_ns = 0;
    floe_queue_init_as(&queue, arena, n, &where, structure);
    for (uint32_t i = 0; i < n; i++)
        floe_queue_schedule(&queue, increment_ns[draws++ % INCREMENTS], 0, i, 0);
    for (int timed = 0; timed < 2; timed++) {
        const double start_s = seconds_now();
        for (uint64_t i = 0; i < holds && floe_queue_pop(&queue, &event); i++) {
            turn.check = turn.check * 31 + (uint64_t)event.at_ns;
            floe_queue_schedule(&queue, event.at_ns + increment_ns[draws++ % INCREMENTS], 0, event.a, 0);
        }
        turn.seconds = seconds_now() - start_s;
    }
    free(arena);
    return turn;
}

/* ---- the table ---- */

static const char *const names[CANDIDATES] = {"plain", "auto", "scan", "heap", "ladder"};

static struct turn hold(int candidate, uint32_t n, uint64_t holds)
{
    if (candidate == 0) return hold_plain(n, holds);
    return hold_queue(n, holds, (enum floe_queue_structure)(candidate - 1));
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 0 if two candidates popped different times. */
static int print_row(int law, uint32_t n, int rounds)
{
    static double ns[CANDIDATES][ROUNDS_MAX];
    const uint64_t holds = n < 100000 ? 1 << 19 : 2 * (uint64_t)n;
    struct turn first = {0, 0};
    for (int round = 0; round < rounds; round++)
        for (int c = 0; c < CANDIDATES; c++) {
            if (c == 1 + FLOE_QUEUE_SCAN && n > 100) continue;
            const struct turn turn = hold(c, n, holds);
            ns[c][round] = 1e9 * turn.seconds / (double)holds;
            if (c == 0) first = turn;
            if (turn.check != first.check) return 0;
        }
    printf("%-12s %8u", law == BIMODAL ? "bimodal" : "exponential", n);
    for (int c = 0; c < CANDIDATES; c++) {
        qsort(ns[c], (size_t)rounds, sizeof ns[c][0], by_size);
        if (c == 1 + FLOE_QUEUE_SCAN && n > 100)
            printf(" %8s", "-");
        else
            printf(" %8.1f", ns[c][rounds / 2]);
    }
    printf("   %.2f\n", ns[1][rounds / 2] / ns[0][rounds / 2]);
    return 1;
}

int main(int argc, char **argv)
{
    static const uint32_t usual[] = {3, 10, 100, 1000, 10000, 100000, 1000000};
    const int rounds = argc > 1 ? atoi(argv[1]) : 5;
    if (rounds < 1 || rounds > ROUNDS_MAX) return EXIT_FAILURE;
    printf("hold model, ns per pop and push, medians of %d rounds\n%-12s %8s", rounds, "increments", "pending");
    for (int c = 0; c < CANDIDATES; c++)
        printf(" %8s", names[c]);
    printf("   auto/plain\n");
    for (int law = EXPONENTIAL; law <= BIMODAL; law++) {
        draw_increments(law);
        for (size_t i = 0; i < (argc > 2 ? (size_t)argc - 2 : sizeof usual / sizeof usual[0]); i++)
            if (!print_row(law, argc > 2 ? (uint32_t)atoi(argv[i + 2]) : usual[i], rounds)) return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

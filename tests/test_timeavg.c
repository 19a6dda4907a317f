/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The area under a level, against one added up nanosecond by nanosecond, and at the ends of the clock. */
#include <setjmp.h>

#include "harness.h"
#include "sim/timeavg.h"

static struct floe_where where;

/* Random changes, several at one instant among them, and the same area added up tick by tick. */
static void area_equals_adding_up_every_tick(void)
{
    uint64_t random = 12;
    for (int round = 0; round < 200; round++) {
        struct floe_timeavg timeavg;
        int64_t area = 0, level = 3, most = 3;
        where.now_ns = 1000;
        floe_timeavg_init(&timeavg, level, where.now_ns);
        for (int change = 0; change < 100; change++) {
            for (uint64_t wait = test_random(&random) % 9; wait > 0; wait--, where.now_ns++)
                area += level;
            int64_t difference = (int64_t)(test_random(&random) % 7) - 3;
            level += difference;
            most = level > most ? level : most;
            floe_timeavg_change(&timeavg, difference, &where);
            check(floe_timeavg_area(&timeavg, &where) == area);
        }
        check_i64(timeavg.most, most);
        where.now_ns += 5;
        check(floe_timeavg_area(&timeavg, &where) == area + 5 * level);
        check_rel(floe_timeavg_mean(&timeavg, &where), (double)(area + 5 * level) / (double)(where.now_ns - 1000),
                  1e-15);
    }
}

/* The identity that queues assert: customers that stay a while, added up both ways. */
static void area_of_n_is_the_sum_of_stays(void)
{
    struct floe_timeavg timeavg;
    static int64_t in_ns[50], out_ns[50];
    uint64_t random = 31;
    floe_i128 stays = 0;
    where.now_ns = 0;
    floe_timeavg_init(&timeavg, 0, 0);
    for (int i = 0; i < 50; i++) {
        in_ns[i] = (int64_t)(test_random(&random) % 10000);
        out_ns[i] = in_ns[i] + (int64_t)(test_random(&random) % 3000);
        stays += out_ns[i] - in_ns[i];
    }
    for (; where.now_ns < 14000; where.now_ns++)
        for (int i = 0; i < 50; i++) {
            if (in_ns[i] == where.now_ns) floe_timeavg_change(&timeavg, 1, &where);
            if (out_ns[i] == where.now_ns) floe_timeavg_change(&timeavg, -1, &where);
        }
    check(floe_timeavg_area(&timeavg, &where) == stays);
    check_i64(timeavg.level, 0);
}

static void restart_forgets_the_past_and_keeps_the_level(void)
{
    struct floe_timeavg timeavg;
    where.now_ns = 0;
    floe_timeavg_init(&timeavg, 90, 0);
    where.now_ns = 40;
    floe_timeavg_set(&timeavg, 7, &where);
    where.now_ns = 55;
    floe_timeavg_restart(&timeavg, &where);
    check(floe_timeavg_area(&timeavg, &where) == 0);
    check(floe_timeavg_mean(&timeavg, &where) == 0);
    check_i64(timeavg.most, 7);
    where.now_ns = 65;
    floe_timeavg_set(&timeavg, 8, &where);
    where.now_ns = 75;
    check(floe_timeavg_area(&timeavg, &where) == 70 + 80);
    check_rel(floe_timeavg_mean(&timeavg, &where), 7.5, 0);
    check_i64(timeavg.most, 8);
}

static void largest_area_does_not_run_over(void)
{
    struct floe_timeavg timeavg;
    where.now_ns = 0;
    floe_timeavg_init(&timeavg, INT64_MAX, 0);
    where.now_ns = INT64_MAX;
    floe_timeavg_set(&timeavg, INT64_MIN, &where);
    check(floe_timeavg_area(&timeavg, &where) == (floe_i128)INT64_MAX * INT64_MAX);
    check_rel(floe_timeavg_mean(&timeavg, &where), 0x1p63, 0);
}

static jmp_buf after_panic;

static void catch_panic(const struct floe_where *at, const char *what, const char *file, int line)
{
    (void)at, (void)what, (void)file, (void)line;
    longjmp(after_panic, 1);
}

static void time_that_runs_backwards_panics(void)
{
    static struct floe_timeavg timeavg;
    floe_panic_fn *usual = floe_panic_handler;
    volatile int panics = 0;
    floe_panic_handler = catch_panic;
    floe_timeavg_init(&timeavg, 1, 100);
    where.now_ns = 99;
    for (volatile int which = 0; which < 3; which++) {
        if (setjmp(after_panic) == 0) {
            if (which == 0) floe_timeavg_change(&timeavg, 1, &where);
            if (which == 1) (void)floe_timeavg_area(&timeavg, &where);
            if (which == 2) floe_timeavg_restart(&timeavg, &where);
        } else {
            panics++;
        }
    }
    floe_panic_handler = usual;
    check_i64(panics, 3);
}

static const struct test tests[] = {
    {"the area equals adding up every tick", area_equals_adding_up_every_tick, FAST},
    {"the area of the number inside is the sum of the stays", area_of_n_is_the_sum_of_stays, FAST},
    {"a restart forgets the past and keeps the level", restart_forgets_the_past_and_keeps_the_level, FAST},
    {"the largest area does not run over", largest_area_does_not_run_over, FAST},
    {"time that runs backwards panics", time_that_runs_backwards_panics, FAST},
};

TEST_MAIN("timeavg", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paired differences: a published example, coverage, what common random numbers gain, and pairs that are torn apart. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "series.h"
#include "sim/paired.h"

/* Student's own example: extra sleep of ten patients on two drugs (Biometrika 6 (1908) 1, table 1; R's data set
 * `sleep`). R, t.test(paired = TRUE): mean difference -1.58, interval -2.459886 to -0.7001142. */
static void students_sleep_data(void)
{
    static const double first[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    static const double second[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    struct floe_paired paired;
    floe_paired_init(&paired, FLOE_UNIT_RATIO);
    for (int i = 0; i < 10; i++)
        floe_paired_add(&paired, first[i], second[i], NULL);
    struct floe_interval got = floe_paired_interval(&paired);
    check_rel(got.mean, -1.58, 1e-12);
    check_abs(got.mean - got.half_width, -2.459886, 5e-7);
    check_abs(got.mean + got.half_width, -0.7001142, 5e-8);
    check_u64(got.n, 10);
    check_i64(floe_paired_differs(&paired), 1);
}

static void merging_gives_the_same_bytes(void)
{
    struct floe_paired all, left, right;
    floe_paired_init(&all, FLOE_UNIT_S);
    floe_paired_init(&left, FLOE_UNIT_S);
    floe_paired_init(&right, FLOE_UNIT_S);
    for (int i = 0; i < 100; i++) {
        double a = 2.385 * i, b = a + 1.0 / (i + 1);
        floe_paired_add(&all, a, b, NULL);
        floe_paired_add(i % 3 ? &right : &left, a, b, NULL);
    }
    floe_paired_merge(&right, &left, NULL);
    check(memcmp(&right, &all, sizeof all) == 0);
}

static void little_is_known_of_one_pair(void)
{
    struct floe_paired paired;
    floe_paired_init(&paired, FLOE_UNIT_S);
    check(isinf(floe_paired_interval(&paired).half_width) && floe_paired_gain(&paired) == 0);
    floe_paired_add(&paired, 3, 2, NULL);
    check(isinf(floe_paired_interval(&paired).half_width) && !floe_paired_differs(&paired));
    floe_paired_add(&paired, 5, 4, NULL);
    check(isinf(floe_paired_gain(&paired)) && floe_paired_differs(&paired));
}

/* ---- two queues that meet the same customers ---- */

enum { CUSTOMERS = 2000, PAIRS = 60 };

static double mean_wait(double rho, uint64_t seed, uint32_t replication)
{
    static double wait_s[CUSTOMERS];
    double mean = 0;
    series_mm1_waits(wait_s, CUSTOMERS, rho, seed, replication);
    for (int i = 0; i < CUSTOMERS; i++)
        mean += wait_s[i] / CUSTOMERS;
    return mean;
}

/* Load .70 against .72: apart the difference drowns, together its sign is sure. */
static void common_numbers_show_a_small_difference(void)
{
    struct floe_paired together, apart;
    floe_paired_init(&together, FLOE_UNIT_S);
    floe_paired_init(&apart, FLOE_UNIT_S);
    for (uint32_t r = 0; r < PAIRS; r++) {
        double first = mean_wait(0.72, 71, r);
        floe_paired_add(&together, first, mean_wait(0.70, 71, r), NULL);
        floe_paired_add(&apart, first, mean_wait(0.70, 72, r), NULL); /* planted: another seed */
    }
    if (test_is_long())
        printf("    gain %.1f together, %.2f apart\n", floe_paired_gain(&together), floe_paired_gain(&apart));
    check(floe_paired_differs(&together) && floe_paired_gain(&together) > 20);
    check(!floe_paired_differs(&apart) && floe_paired_gain(&apart) < 3);
}

/* Normal pairs with correlation .8, true difference .3: 95 % of 2,000 intervals hold it; 1,900, sd 9.7; 1,861 to 1,939
 * is left by chance once in 17,000. Intervals of torn pairs are far too wide for it, and cover nearly always. */
static void interval_covers_as_often_as_it_says(void)
{
    enum { RUNS = 2000, N = 20 };
    int covered = 0, torn = 0;
    for (uint32_t r = 0; r < RUNS; r++) {
        struct floe_rng rng = {81, r};
        struct floe_stream s = floe_stream_at(rng, 5, 0);
        struct floe_paired paired;
        floe_paired_init(&paired, FLOE_UNIT_RATIO);
        for (int i = 0; i < N; i++) {
            double shared = sqrt(0.8) * floe_draw_normal(floe_stream_uniform(&s));
            double a = shared + sqrt(0.2) * floe_draw_normal(floe_stream_uniform(&s));
            double b = shared + sqrt(0.2) * floe_draw_normal(floe_stream_uniform(&s));
            floe_paired_add(&paired, a + 0.3, b, NULL);
        }
        struct floe_interval got = floe_paired_interval(&paired);
        double as_two = floe_exact_variance(&paired.first) + floe_exact_variance(&paired.second);
        covered += fabs(got.mean - 0.3) <= got.half_width;
        torn += fabs(got.mean - 0.3) <= floe_interval_moments(0, as_two, N).half_width;
    }
    check_abs(covered, 1900, 39);
    check_at(torn > 1980, __FILE__, __LINE__, "%d of %d: the fault is not seen", torn, RUNS);
}

static const struct test tests[] = {
    {"Student's sleep data", students_sleep_data, FAST},
    {"merging gives the same bytes", merging_gives_the_same_bytes, FAST},
    {"little is known of one pair", little_is_known_of_one_pair, FAST},
    {"common random numbers show a small difference, other ones do not", common_numbers_show_a_small_difference, FAST},
    {"the interval covers as often as it says", interval_covers_as_often_as_it_says, FAST},
};

TEST_MAIN("paired", tests)

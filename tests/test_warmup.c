/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MSER-5 against its definition, written out; on series without a transient, on AR(1) and M/M/1 with one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "series.h"
#include "sim/warmup.h"

enum { LENGTH = 4000, BATCHES = LENGTH / 5 };

static double x[LENGTH * 5], batch[LENGTH];

/* ---- the definition ---- */

static double mser_of(const double *values, int n, int d)
{
    long double mean = 0, squares = 0;
    for (int i = d; i < n; i++)
        mean += values[i];
    mean /= n - d;
    for (int i = d; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return (double)(squares / ((long double)(n - d) * (n - d)));
}

static int best_of(const double *values, int n)
{
    int best = 0;
    for (int d = 1; d <= n / 2; d++)
        if (mser_of(values, n, d) < mser_of(values, n, best)) best = d;
    return best;
}

static void it_is_what_the_definition_says(void)
{
    for (uint32_t r = 0; r < 200; r++) {
        int n = 20 + (int)r;
        series_ar1(batch, n, 0.6, r % 3 * 5.0, 31, r);
        struct floe_warmup got = floe_warmup_mser(batch, (uint64_t)n);
        check_u64(got.deleted, (uint64_t)best_of(batch, n));
        check_rel(got.mser, mser_of(batch, n, (int)got.deleted), 1e-12);
    }
}

/* By hand: 100 100 then 1 3 1 3 ...: leaving out two is best, the mean is 2, and the statistic 1/20. */
static void known_series(void)
{
    for (int i = 0; i < 22; i++)
        batch[i] = i < 2 ? 100 : i % 2 ? 3 : 1;
    struct floe_warmup got = floe_warmup_mser(batch, 22);
    check_u64(got.deleted, 2);
    check_rel(got.mean, 2, 1e-14);
    check_rel(got.mser, 0.05, 1e-14);
    check_i64(got.doubt, 0);
}

static void batches_are_means_of_five(void)
{
    for (int i = 0; i < 23; i++)
        x[i] = i * i;
    check_u64(floe_warmup_batch(x, 23, batch), 4);
    check_rel(batch[0], 6, 1e-15);
    check_rel(batch[3], (225 + 256 + 289 + 324 + 361) / 5.0, 1e-15);
    check_u64(floe_warmup_batch(x, 4, batch), 0);
}

static void too_few_values_are_doubted(void)
{
    batch[0] = 3;
    check_i64(floe_warmup_mser(batch, 0).doubt, 1);
    check_i64(floe_warmup_mser(batch, 1).doubt, 1);
    check_rel(floe_warmup_mser(batch, 1).mean, 3, 0);
    for (int i = 0; i < 9; i++)
        batch[i] = 7;
    check_u64(floe_warmup_mser(batch, 9).deleted, 0);
    check_i64(floe_warmup_mser(batch, 9).doubt, 1);
}

/* A series that still climbs when it ends has no steady state to find. */
static void run_that_is_too_short_is_doubted(void)
{
    for (int i = 0; i < 200; i++)
        batch[i] = i;
    check_i64(floe_warmup_mser(batch, 200).doubt, 1);
}

/* ---- without a transient ---- */

static void little_is_left_out_of_a_steady_series(void)
{
    enum { RUNS = 1000 };
    int doubts = 0;
    double deleted = 0;
    for (uint32_t r = 0; r < RUNS; r++) {
        series_ar1(x, LENGTH, 0.5, 0, 41, r);
        struct floe_warmup got = floe_warmup_mser(batch, floe_warmup_batch(x, LENGTH, batch));
        doubts += got.doubt;
        deleted += (double)got.deleted / BATCHES / RUNS;
    }
    if (test_is_long()) printf("    left out %.3f, doubts %d of %d\n", deleted, doubts, RUNS);
    check_at(deleted < 0.02, __FILE__, __LINE__, "%g left out", deleted);
    check_at(doubts < 10, __FILE__, __LINE__, "%d of %d doubted", doubts, RUNS);
}

/* ---- with one ---- */

struct bias {
    double with, without, se; /* mean error of the mean, MSER-5 and nothing left out; standard error of the first */
};

static struct bias bias_of(int queue, int n, double truth, int runs)
{
    struct floe_welford with, without;
    struct bias bias;
    floe_welford_init(&with);
    floe_welford_init(&without);
    for (uint32_t r = 0; r < (uint32_t)runs; r++) {
        double mean = 0;
        if (queue)
            series_mm1_waits(x, n, 0.8, 51, r);
        else
            series_ar1(x, n, 0.9, 60, 52, r);
        for (int i = 0; i < n; i++)
            mean += x[i] / n;
        floe_welford_add(&without, mean - truth);
        floe_welford_add(&with, floe_warmup_mser(batch, floe_warmup_batch(x, (uint64_t)n, batch)).mean - truth);
    }
    bias.with = with.mean;
    bias.without = without.mean;
    bias.se = floe_welford_sd(&with) / sqrt(runs);
    if (test_is_long()) printf("    bias %+.4f with, %+.4f without (se %.4f)\n", bias.with, bias.without, bias.se);
    return bias;
}

/* From 60, 28 standard deviations off, over 4,000: the mean is off by 60 / (1 - .9) / 4000 = .15; with MSER-5 by less
 * than a fifth of that. The standard error is .008: P(false alarm) below 1e-3. */
static void transient_of_ar1_is_removed(void)
{
    struct bias bias = bias_of(0, LENGTH, 0, 400);
    check_abs(bias.without, 0.15, 5 * bias.se);
    check_abs(bias.with, 0, 0.03);
}

/* The limit in the head comment, measured, so that it is not forgotten: -.05 without, -.34 with, standard error .05. */
static void single_series_of_waits_is_made_worse(void)
{
    struct bias bias = bias_of(1, 1500, 4, 400);
    check_abs(bias.without, -0.05, 5 * bias.se);
    check_abs(bias.with, -0.34, 5 * bias.se);
}

/* In the average over 400 series the transient shows, and is removed. */
static void transient_of_mm1_is_removed_in_the_average(void)
{
    enum { RUNS = 400, N = 1500 };
    static double average[N];
    double truth = 0.8 / 0.2, mean = 0;
    for (uint32_t r = 0; r < RUNS; r++) {
        series_mm1_waits(x, N, 0.8, 51, r);
        for (int i = 0; i < N; i++)
            average[i] += x[i] / RUNS;
    }
    for (int i = 0; i < N; i++)
        mean += average[i] / N;
    struct floe_warmup got = floe_warmup_mser(batch, floe_warmup_batch(average, N, batch));
    if (test_is_long())
        printf("    wait %.3f, without deletion %.3f, left out %d batches of 5\n", got.mean, mean, (int)got.deleted);
    check_i64(got.doubt, 0);
    check(got.deleted >= 4 && got.deleted <= 100);
    check(fabs(got.mean - truth) < fabs(mean - truth));
}

/* ---- planted ---- */

/* The sum of squares divided by n - d in place of its square leaves out too much of a steady series. */
static void known_series_catches_a_wrong_power(void)
{
    int wrong = 0;
    series_ar1(batch, 400, 0.5, 0, 61, 0);
    for (int d = 1; d <= 200; d++)
        if (mser_of(batch, 400, d) * (400 - d) < mser_of(batch, 400, wrong) * (400 - wrong)) wrong = d;
    check((uint64_t)wrong != floe_warmup_mser(batch, 400).deleted);
}

static const struct test tests[] = {
    {"MSER is what its definition says", it_is_what_the_definition_says, FAST},
    {"a series worked by hand", known_series, FAST},
    {"batches are means of five", batches_are_means_of_five, FAST},
    {"too few values are doubted", too_few_values_are_doubted, FAST},
    {"a run that is too short is doubted", run_that_is_too_short_is_doubted, FAST},
    {"little is left out of a steady series", little_is_left_out_of_a_steady_series, FAST},
    {"the transient of an AR(1) is removed", transient_of_ar1_is_removed, FAST},
    {"a single series of waits is made worse: the limit that is documented", single_series_of_waits_is_made_worse,
     FAST},
    {"the transient of M/M/1 is removed in the average", transient_of_mm1_is_removed_in_the_average, FAST},
    {"a wrong power is caught", known_series_catches_a_wrong_power, FAST},
};

TEST_MAIN("warmup", tests)

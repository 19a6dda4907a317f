/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Overlapping batch means: by hand, against the definition, and by coverage where the truth is known. */
#include <math.h>
#include <stdio.h>

#include "harness.h"
#include "series.h"
#include "sim/batchmeans.h"

enum { LENGTH = 20000 };

static double x[LENGTH];

/* 1 2 3 4, m = 2: means 1.5 2.5 3.5 about 2.5, squares 2; 2 / (3 x 2) x 2 = 2/3; df = 1 x 12/9. */
static void series_by_hand(void)
{
    static const double series[] = {1, 2, 3, 4};
    struct floe_obm obm = floe_obm(series, 4, 2);
    check_rel(obm.mean, 2.5, 1e-15);
    check_rel(obm.variance, 2.0 / 3, 1e-15);
    check_rel(obm.df, 4.0 / 3, 1e-15);
    check_rel(obm.half_width, floe_t_quantile(0.975, 4.0 / 3) * sqrt(2.0 / 3), 1e-12);
}

/* With m = 1 it is the t interval of independent values, degrees of freedom and all. */
static void batches_of_one_are_the_usual_interval(void)
{
    struct floe_welford welford;
    floe_welford_init(&welford);
    for (int i = 0; i < 40; i++) {
        x[i] = 1e6 + 2.385 * (i * i % 7);
        floe_welford_add(&welford, x[i]);
    }
    struct floe_obm obm = floe_obm(x, 40, 1);
    struct floe_interval want = floe_interval_moments(welford.mean, floe_welford_variance(&welford), 40);
    check_rel(obm.mean, want.mean, 1e-15);
    check_rel(obm.half_width, want.half_width, 1e-9);
    check_rel(obm.df, 39, 1e-15);
}

static double by_definition(const double *series, int n, int m)
{
    long double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += series[i] / (long double)n;
    for (int j = 0; j + m <= n; j++) {
        long double batch = 0;
        for (int i = j; i < j + m; i++)
            batch += series[i];
        squares += (batch / m - mean) * (batch / m - mean);
    }
    return (double)(squares * m / ((long double)(n - m + 1) * (n - m)));
}

static void it_is_what_the_definition_says(void)
{
    for (uint32_t r = 0; r < 60; r++) {
        int n = 50 + 7 * (int)r, m = 1 + (int)(r * 3 % 23);
        series_ar1(x, n, 0.7, 1000, 21, r);
        check_rel(floe_obm(x, (uint64_t)n, (uint64_t)m).variance, by_definition(x, n, m), 1e-10);
    }
}

static void too_short_a_run_knows_nothing(void)
{
    check(isinf(floe_obm(x, 10, 6).half_width));
    check(isinf(floe_obm(x, 0, 0).half_width));
    check(isinf(floe_obm(x, 10, 0).half_width));
    check_u64(floe_obm_batch(20000), 141);
    check_u64(floe_obm_batch(0), 1);
}

/* ---- coverage ---- */

struct coverage {
    int covered;
    double variance, spread; /* mean of the variances, relative to the truth, and their relative variance */
};

static struct coverage coverage_of(double phi, int n, int m, int runs, int as_independent)
{
    struct floe_welford ratio;
    struct coverage coverage = {0, 0, 0};
    double limit = 1 / ((1 - phi) * (1 - phi)) / n;
    floe_welford_init(&ratio);
    for (uint32_t r = 0; r < (uint32_t)runs; r++) {
        series_ar1(x, n, phi, 0, 23, r);
        struct floe_obm obm = floe_obm(x, (uint64_t)n, as_independent ? 1 : (uint64_t)m);
        coverage.covered += fabs(obm.mean) <= obm.half_width;
        floe_welford_add(&ratio, obm.variance / limit);
    }
    coverage.variance = ratio.mean;
    coverage.spread = floe_welford_variance(&ratio);
    if (test_is_long())
        printf("    phi %.1f, m %d: covers %d of %d, variance %.4f of the truth, df by its spread %.1f, by the rule "
               "%.1f\n",
               phi, m, coverage.covered, runs, coverage.variance, 2 / coverage.spread,
               floe_obm_df((uint64_t)n, (uint64_t)m));
    return coverage;
}

/* 1,000 runs at 95 %: 950 expected, sd 6.9; 920 to 975 is left by chance once in 10,000 (binomial). */
static void interval_covers_as_often_as_it_says(void)
{
    check_abs(coverage_of(0.0, 4000, 63, 1000, 0).covered, 947.5, 27.5);
    check_abs(coverage_of(0.5, 4000, 80, 1000, 0).covered, 947.5, 27.5);
    check_abs(coverage_of(0.9, LENGTH, 400, 1000, 0).covered, 947.5, 27.5);
}

/* The bias is that of the head comment, tau/m, and 2/df the relative variance. Of 1,000 runs: the mean has a relative
 * standard error of .6 %, the spread one of some 5 %; both are given 4 of them. */
static void variance_and_degrees_of_freedom_are_those_of_theory(void)
{
    int n = 4000, m = 50;
    double tau = 2 * 0.5 / (1 - 0.25), df = floe_obm_df((uint64_t)n, (uint64_t)m);
    struct coverage got = coverage_of(0.5, n, m, 1000, 0);
    check_abs(got.variance, 1 - tau / m, 4 * sqrt(2 / df / 1000));
    check_rel(got.spread / (got.variance * got.variance), 2 / df, 0.2);
}

/* Planted: values of an AR(1) taken as independent cover far less often. */
static void coverage_catches_ignored_dependence(void)
{
    int covered = coverage_of(0.5, 4000, 80, 1000, 1).covered;
    check_at(covered < 800, __FILE__, __LINE__, "%d of 1000 covered", covered);
}

/* Waits of M/M/1 at rho = .5: the mean is 1; n Var(mean) has the limit rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4
 * = 29 (Daley, J. Appl. Prob. 5 (1968) 683). Coverage of 400 runs: 380, sd 4.4, and some 1 % less for skewed means. */
static void waits_of_mm1_are_covered(void)
{
    struct floe_welford variance;
    int covered = 0, n = LENGTH;
    floe_welford_init(&variance);
    for (uint32_t r = 0; r < 400; r++) {
        series_mm1_waits(x, n, 0.5, 27, r);
        struct floe_obm obm = floe_obm(x, (uint64_t)n, 400);
        covered += fabs(obm.mean - 1) <= obm.half_width;
        floe_welford_add(&variance, obm.variance * n);
    }
    if (test_is_long()) printf("    covers %d of 400, n Var %.2f\n", covered, variance.mean);
    check_at(covered >= 356 && covered <= 396, __FILE__, __LINE__, "%d of 400 covered", covered);
    check_rel(variance.mean, 29, 0.1);
}

static const struct test tests[] = {
    {"a series worked by hand", series_by_hand, FAST},
    {"batches of one are the usual interval", batches_of_one_are_the_usual_interval, FAST},
    {"the variance is what its definition says", it_is_what_the_definition_says, FAST},
    {"too short a run knows nothing", too_short_a_run_knows_nothing, FAST},
    {"the interval covers as often as it says", interval_covers_as_often_as_it_says, FAST},
    {"variance and degrees of freedom are those of theory", variance_and_degrees_of_freedom_are_those_of_theory, FAST},
    {"coverage catches ignored dependence", coverage_catches_ignored_dependence, FAST},
    {"the waits of M/M/1 are covered", waits_of_mm1_are_covered, FAST},
};

TEST_MAIN("batchmeans", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Student's t against tables and against GSL; coverage of the interval; Welford against long double. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdio.h>

#include "harness.h"
#include "sim/interval.h"

/* Origin: two-sided 95 % and others as printed in every table (e.g. NIST/SEMATECH e-Handbook 1.3.6.7.2, three digits),
 * carried to 16 digits with mpmath's incomplete beta function at 40 digits; df = 1 is tan(pi (p - 1/2)) and df = 2 is
 * (2p - 1) / sqrt(2 p (1 - p)). */
static const struct {
    double p, df, t;
} known[] = {
    {0.975, 1, 12.706204736174693},     {0.975, 2, 4.3026527297494618},     {0.975, 3, 3.1824463052837084},
    {0.975, 4, 2.7764451051977935},     {0.975, 9, 2.262157162798205},      {0.975, 29, 2.0452296421327039},
    {0.975, 63, 1.9983405425207412},    {0.975, 127, 1.9788195347028538},   {0.975, 999, 1.9623414611334496},
    {0.975, 19999, 1.9600826110898152}, {0.975, 20001, 1.9600825992270476}, {0.975, 1048575, 1.9599662469189224},
    {0.95, 1, 6.3137515146750374},      {0.995, 2.385, 7.6153336133043874}, {0.75, 1.5, 0.87259466254157064},
    {0.501, 7, 0.0025974636136622075},  {0.9999999, 1, 3183098.8635132447}, {0.9999999, 63, 5.8377322060806561},
    {0.025, 63, -1.9983405425207416},   {1e-12, 5, -393.95695957760377},    {1e-100, 1, -3.1830988618379067e+99},
    {1e-100, 30, -10810.645001143976},
};

static void quantile_has_known_values(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        check_rel(floe_t_quantile(known[i].p, known[i].df), known[i].t, 1e-12);
}

static void quantile_has_printed_table_values(void)
{
    check_abs(floe_t_quantile(0.975, 1), 12.706, 5e-4);
    check_abs(floe_t_quantile(0.975, 2), 4.303, 5e-4);
    check_abs(floe_t_quantile(0.975, 10), 2.228, 5e-4);
    check_abs(floe_t_quantile(0.95, 30), 1.697, 5e-4);
    check_abs(floe_t_quantile(0.995, 60), 2.660, 5e-4);
    check_abs(floe_t_quantile(0.999, 120), 3.160, 5e-4);
}

/* GSL's own inverse stops at about 1e-10 in places, so its distribution function is the judge: the probability beyond
 * our t, turned into a relative error of t by the density. */
static double error_by_gsl(double p, double df)
{
    double t = floe_t_quantile(p, df);
    double off = p > 0.5 ? gsl_cdf_tdist_Q(t, df) - (1 - p) : p - gsl_cdf_tdist_P(t, df);
    double ratio = exp(lgamma(0.5 * df + 0.5) - lgamma(0.5 * df));
    double density = ratio / sqrt(df * M_PI) * exp(-0.5 * (df + 1) * log1p(t * t / df));
    return fabs(off / density / t);
}

static void quantile_agrees_with_gsl(void)
{
    static const double ps[] = {1e-6, 0.003, 0.025, 0.2, 0.4, 0.6, 0.77, 0.9, 0.95, 0.975, 0.995, 0.9995, 0.999999};
    double worst = 0;
    for (double df = 1; df < 3000; df = df < 40 ? df + 0.5 : df * 1.07)
        for (size_t i = 0; i < sizeof ps / sizeof ps[0]; i++) {
            double error = error_by_gsl(ps[i], df);
            worst = error > worst ? error : worst;
        }
    check_at(worst < 1e-10, __FILE__, __LINE__, "relative error %g", worst);
    check_rel(floe_t_quantile(0.975, 63), gsl_cdf_tdist_Pinv(0.975, 63), 1e-9);
    check_rel(floe_t_quantile(0.975, 1), gsl_cdf_tdist_Pinv(0.975, 1), 1e-9);
}

static void quantile_is_odd_and_increasing(void)
{
    for (double df = 1; df < 1e9; df *= 2.385) {
        double before = -INFINITY;
        int increasing = 1, odd = 1;
        for (int k = 1; k < 512; k++) {
            double t = floe_t_quantile(k / 512.0, df);
            increasing &= t > before;
            odd &= t == -floe_t_quantile(1 - k / 512.0, df);
            before = t;
        }
        check(increasing);
        check(odd);
    }
}

/* Where the expansion takes over from the fraction both must say the same. */
static void quantile_has_no_seam(void)
{
    static const double tails[] = {1e-90, 1e-12, 1e-6, 1e-3, 0.025, 0.3, 0.49};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        check_rel(-floe_t_nearly_normal(floe_normal_quantile(tails[i]), FLOE_T_NEARLY_NORMAL_DF),
                  floe_t_solve(tails[i], FLOE_T_NEARLY_NORMAL_DF), 2e-12);
    check_rel(floe_t_quantile(0.975, 1e15), 1.9599639845400545, 1e-14);
}

static void quantile_refuses_nonsense(void)
{
    check(isnan(floe_t_quantile(0, 5)));
    check(isnan(floe_t_quantile(1, 5)));
    check(isnan(floe_t_quantile(1e-101, 5)));
    check(isnan(floe_t_quantile(0.975, 0.99)));
    check(isnan(floe_t_quantile(NAN, 5)));
    check(isnan(floe_t_quantile(0.975, NAN)));
    check(floe_t_quantile(0.5, 5) == 0);
}

/* Mean and sd of 2.3, 2.385, 9.1 by hand: 4.595, 3.901746... */
static void interval_divides_by_root_n(void)
{
    struct floe_exact exact;
    static const double values[] = {2.3, 2.385, 9.1};
    floe_exact_init(&exact, FLOE_UNIT_S);
    for (int i = 0; i < 3; i++)
        floe_exact_add(&exact, values[i], NULL);
    struct floe_interval interval = floe_interval_of(&exact);
    double d0 = 2.3 - 4.595, d1 = 2.385 - 4.595, d2 = 9.1 - 4.595;
    check_rel(interval.mean, 4.595, 1e-13);
    check_rel(interval.half_width, 4.302652729749464 * sqrt((d0 * d0 + d1 * d1 + d2 * d2) / 2 / 3), 1e-12);
    check_u64(interval.n, 3);
}

static void one_value_tells_nothing_of_the_spread(void)
{
    struct floe_exact exact;
    floe_exact_init(&exact, FLOE_UNIT_USD);
    check(isinf(floe_interval_of(&exact).half_width));
    floe_exact_add(&exact, 2.385, NULL);
    check(isinf(floe_interval_of(&exact).half_width));
    check_rel(floe_interval_of(&exact).mean, 2.385, 1e-12);
}

/* 20,000 intervals of 5 normal values: the number that covers is binomial(20000, .95), sd 30.8; 4 sd = 124. False
 * alarm: 6e-5 (and the seed is fixed). A half-width without sqrt(n) or with the normal's 1.96 fails by far. */
static void interval_covers_95_in_100(void)
{
    uint64_t random = 20;
    int covered = 0;
    for (int i = 0; i < 20000; i++) {
        struct floe_exact exact;
        floe_exact_init(&exact, FLOE_UNIT_RATIO);
        for (int k = 0; k < 5; k++) {
            double u = ((double)(test_random(&random) >> 12) + 0.5) * 0x1p-52;
            floe_exact_add(&exact, 7.7 + 0.31 * floe_normal_quantile(u), NULL);
        }
        struct floe_interval interval = floe_interval_of(&exact);
        covered += fabs(interval.mean - 7.7) <= interval.half_width;
    }
    check_abs(covered, 19000, 124);
}

static void welford_equals_two_passes(void)
{
    enum { N = 10000 };
    static double x[N];
    struct floe_welford welford;
    uint64_t random = 3;
    long double mean = 0, squares = 0;
    floe_welford_init(&welford);
    for (int i = 0; i < N; i++) {
        x[i] = 1e6 + (double)(test_random(&random) >> 40) * 0x1p-20;
        floe_welford_add(&welford, x[i]);
        mean += x[i] / (long double)N;
    }
    for (int i = 0; i < N; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    check_rel(welford.mean, (double)mean, 1e-14);
    check_rel(floe_welford_variance(&welford), (double)(squares / (N - 1)), 1e-9);
    check_rel(floe_welford_sd(&welford), (double)sqrtl(squares / (N - 1)), 1e-9);
}

static const struct test tests[] = {
    {"the t quantile has known values to 1e-12", quantile_has_known_values, FAST},
    {"the t quantile has the values of printed tables", quantile_has_printed_table_values, FAST},
    {"the t quantile agrees with GSL's distribution to 1e-10", quantile_agrees_with_gsl, FAST},
    {"the t quantile is odd and increasing", quantile_is_odd_and_increasing, FAST},
    {"the t quantile has no seam where its method changes", quantile_has_no_seam, FAST},
    {"the t quantile refuses nonsense", quantile_refuses_nonsense, FAST},
    {"an interval is t sd / sqrt(n)", interval_divides_by_root_n, FAST},
    {"one value tells nothing of the spread", one_value_tells_nothing_of_the_spread, FAST},
    {"an interval of five values covers the truth 95 times in 100", interval_covers_95_in_100, FAST},
    {"Welford equals two passes in long double", welford_equals_two_passes, FAST},
};

TEST_MAIN("interval", tests)

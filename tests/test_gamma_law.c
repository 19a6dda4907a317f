/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The gamma law's table against GSL's quantile, and the laws' moments. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#include "harness.h"
#include "sim/law.h"

static struct floe_gamma_table table;
static const double cvs[] = {0.01, 0.1, 0.5, 0.7385, 1.0, 2.0, 4.0};
enum { CVS = sizeof cvs / sizeof cvs[0] };

/* GSL's own inverse stops early in places; its distribution function is the judge, turned into a relative error of x
 * by the density. */
static double error_by_gsl(double x, double u, double shape)
{
    double scale = 1 / shape;
    double off = u > 0.5 ? (1 - u) - gsl_cdf_gamma_Q(x, shape, scale) : gsl_cdf_gamma_P(x, shape, scale) - u;
    double log_density = shape * log(x * shape) - x * shape - lgamma(shape); /* of log x */
    return fabs(off) / exp(log_density);
}

static void table_agrees_with_gsl(void)
{
    for (int i = 0; i < CVS; i++) {
        double worst = 0, shape = 1 / (cvs[i] * cvs[i]);
        if (!check(floe_gamma_table_init(&table, cvs[i]) == FLOE_OK)) continue;
        for (double z = -7.3; z < 8; z += 0.0137) {
            double u = gsl_cdf_ugaussian_P(z), x = floe_gamma_draw(&table, u);
            if (x > 1e-100 && u < 1) worst = fmax(worst, error_by_gsl(x, u, shape));
        }
        if (test_is_long()) printf("    cv %g: %.2g\n", cvs[i], worst);
        check_at(worst < 1e-7, __FILE__, __LINE__, "cv %g: relative error %g", cvs[i], worst);
    }
}

/* Shape 1 is the exponential: an answer that needs no library. */
static void shape_one_is_exponential(void)
{
    check(floe_gamma_table_init(&table, 1.0) == FLOE_OK);
    for (double u = 0.0005; u < 1; u += 0.00123)
        check_rel(floe_gamma_draw(&table, u), -log1p(-u), 2e-8);
    check_rel(floe_gamma_draw(&table, 0x1p-53), 0x1p-53, 1e-6);
    check_rel(floe_gamma_draw(&table, 1 - 0x1p-53), 53 * log(2), 1e-6);
}

static void draw_increases(void)
{
    for (int i = 0; i < CVS; i++) {
        check(floe_gamma_table_init(&table, cvs[i]) == FLOE_OK);
        double before = 0;
        int falls = 0;
        for (uint64_t k = 1; k < 200000; k++) {
            double x = floe_gamma_draw(&table, ((double)k + 0.5) / 200000);
            falls += !(x > before);
            before = x;
        }
        check_i64(falls, 0);
    }
}

/* By the midpoint rule on a million points; what is left out of the last one is a millionth of the tail. */
static void check_moments(struct floe_law law, double tolerance)
{
    enum { POINTS = 1 << 20 };
    double sum = 0, squares = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = floe_law_draw_s(&law, &table, (i + 0.5) / POINTS);
        sum += x;
        squares += x * x;
    }
    double mean = sum / POINTS;
    check_rel(mean, law.mean_s, tolerance);
    if (law.cv > 0) check_rel(sqrt(squares / POINTS / (mean * mean) - 1), law.cv, 30 * tolerance);
}

static void laws_have_their_mean_and_cv(void)
{
    for (int i = 0; i < CVS; i++) {
        check(floe_gamma_table_init(&table, cvs[i]) == FLOE_OK);
        check_moments(floe_law_of(FLOE_LAW_GAMMA, 2.385, cvs[i]), cvs[i] > 1 ? 1e-4 : 2e-5);
    }
    check_moments(floe_law_of(FLOE_LAW_LOGNORMAL, 2.385, 0.6), 2e-5);
    check_moments(floe_law_of(FLOE_LAW_EXPONENTIAL, 2.385, 1), 2e-5);
    check_moments(floe_law_of(FLOE_LAW_CONSTANT, 2.385, 0), 1e-9); /* the sum rounds */
    check_moments(floe_law_steps(0.7, 5), 1e-5);
}

static void cv_out_of_range_is_refused(void)
{
    check_u64(floe_gamma_table_init(&table, 0), FLOE_BAD_INPUT);
    check_u64(floe_gamma_table_init(&table, 10.1), FLOE_BAD_INPUT);
    check_u64(floe_gamma_table_init(&table, NAN), FLOE_BAD_INPUT);
    check_u64(floe_gamma_table_init(&table, 1e-3), FLOE_OK);
    check_u64(floe_gamma_table_init(&table, 10), FLOE_OK);
}

/* Planted: a cubic with two slopes exchanged is no longer within the bound. */
static void bound_sees_a_wrong_slope(void)
{
    check(floe_gamma_table_init(&table, 2.0) == FLOE_OK);
    table.slope[300] *= 1.001;
    double u = gsl_cdf_ugaussian_P((300.4 - 264) / 32);
    check(error_by_gsl(floe_gamma_draw(&table, u), u, 0.25) > 1e-7);
}

static const struct test tests[] = {
    {"the gamma draw is within 1e-7 of GSL's distribution", table_agrees_with_gsl, FAST},
    {"a gamma law of shape one is exponential", shape_one_is_exponential, FAST},
    {"the gamma draw increases", draw_increases, FAST},
    {"laws have their mean and cv", laws_have_their_mean_and_cv, FAST},
    {"a cv out of range is refused", cv_out_of_range_is_refused, FAST},
    {"the bound sees a wrong slope", bound_sees_a_wrong_slope, FAST},
};

TEST_MAIN("gamma_law", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Known answers are those of the lognormal law: E[max of two] = 2 m Phi(sigma / sqrt 2); E[max(c, X)]; and GSL's
 * binomial sums and quadrature. The tolerance of 2e-3 is what the header promises for its nodes. */
#include "models/task_span.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <math.h>

#include "tests/harness.h"

#define NODES_ERROR 2e-3

static const double cvs[] = {0.1, 0.5, 1, 2};
#define N_CVS ((int)(sizeof cvs / sizeof cvs[0]))

static void sums_of_chances_are_gsl_s(void)
{
    const double ps[] = {1e-6, 0.02, 0.5, 0.95, 0.9999};
    const int ns[] = {1, 4, 20, 1000};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 1; k <= ns[j]; k += 1 + ns[j] / 7)
                check_abs(span_at_least_of(ps[i], ns[j], k),
                          gsl_cdf_binomial_Q((unsigned)k - 1, ps[i], (unsigned)ns[j]), 1e-11);
    const double p[3] = {0.2, 0.5, 0.9};
    check_rel(span_at_least(p, 3, 3), 0.2 * 0.5 * 0.9, 1e-14);
    check_rel(span_at_least(p, 3, 2), 0.2 * 0.5 * 0.1 + 0.2 * 0.5 * 0.9 + 0.8 * 0.5 * 0.9 + 0.2 * 0.5 * 0.9, 1e-14);
    check_rel(span_at_least(p, 3, 1), 1 - 0.8 * 0.5 * 0.1, 1e-14);
    check_rel(span_at_least(p, 3, 0), 1, 1e-14);
}

static void the_slower_of_two_has_its_closed_form(void)
{
    for (int i = 0; i < N_CVS; i++) {
        const double m = 1.7, sigma = sqrt(log1p(cvs[i] * cvs[i]));
        const struct span one = span_of(m, cvs[i] * cvs[i] * m * m), two[2] = {one, one};
        const double want = 2 * m * gsl_cdf_ugaussian_P(sigma / sqrt(2)), both[2] = {1, 1};
        check_rel(span_kth(one, 1, 2, 2).mean_s, want, NODES_ERROR);
        check_rel(span_join(two, both, 2, 2).mean_s, want, NODES_ERROR);
        check_rel(span_kth(one, 1, 2, 1).mean_s, 2 * m - want, NODES_ERROR); /* the faster */
        check_rel(span_last(one, 2, 0).mean_s, want, NODES_ERROR);
    }
}

static void a_constant_beside_a_random_span_has_its_closed_form(void)
{
    for (int i = 0; i < N_CVS; i++)
        for (double c = 0.25; c < 4; c *= 2) {
            const double m = 1, s2 = log1p(cvs[i] * cvs[i]), s = sqrt(s2), mu = -0.5 * s2, both[2] = {1, 1};
            const struct span spans[2] = {span_of(c, 0), span_of(m, cvs[i] * cvs[i])};
            const double want = c * gsl_cdf_ugaussian_P((log(c) - mu) / s) +
                                m * gsl_cdf_ugaussian_Q((log(c) - mu - s2) / s);
            /* the step lies between two nodes: half a step of log t of the constant */
            check_rel(span_join(spans, both, 2, 2).mean_s, want, NODES_ERROR + 6 * (s + 0.01) / SPAN_NODES);
        }
}

struct order_law {
    double mu, sigma, q;
    unsigned n, k;
    int power;
};

static double order_above(double t, void *context)
{
    const struct order_law *o = (const struct order_law *)context;
    const double p = o->q * gsl_cdf_lognormal_P(t, o->mu, o->sigma);
    const double above = 1 - gsl_cdf_binomial_Q(o->k - 1, p, o->n) / gsl_cdf_binomial_Q(o->k - 1, o->q, o->n);
    return o->power == 1 ? above : 2 * t * above;
}

/* The k-th of n that succeed with probability q, by adaptive quadrature. */
static void the_kth_of_n_is_gsl_s(void)
{
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(500);
    static const struct {
        unsigned n, k;
        double q;
    } cases[] = {{4, 3, 0.95}, {5, 5, 0.8}, {10, 1, 0.3}, {20, 19, 0.999}, {100, 90, 0.97}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int j = 0; j < 3; j++) {
            const double s2 = log1p(cvs[j] * cvs[j]);
            struct order_law o = {-0.5 * s2, sqrt(s2), cases[i].q, cases[i].n, cases[i].k, 1};
            double mean, square, error;
            gsl_function f = {order_above, &o};
            gsl_integration_qagiu(&f, 0, 0, 1e-8, 500, work, &mean, &error);
            o.power = 2;
            gsl_integration_qagiu(&f, 0, 0, 1e-8, 500, work, &square, &error);
            const struct span got = span_kth(span_of(1, cvs[j] * cvs[j]), o.q, (int32_t)o.n, (int32_t)o.k);
            check_rel(got.mean_s, mean, NODES_ERROR);
            check_abs(sqrt(got.var_s2), sqrt(square - mean * mean), 4 * NODES_ERROR * mean);
        }
    gsl_integration_workspace_free(work);
}

static void sequences_are_exact(void)
{
    const struct span a = span_of(2, 3), b = span_of(5, 0.5), c = span_then(a, b), d = span_repeated(a, 4, 1.5);
    check_rel(c.mean_s, 7, 1e-15);
    check_rel(c.var_s2, 3.5, 1e-15);
    check_rel(d.mean_s, 8, 1e-15);
    check_rel(d.var_s2, 4 * 3 + 1.5 * 4, 1e-15);
}

/* Calls far apart: the last one decides; close together: the slowest of all. */
static void calls_that_begin_apart(void)
{
    const struct span one = span_of(1, 1);
    check_rel(span_last(one, 10, 1000).mean_s, 9001, 1e-6);
    check_rel(span_last(one, 10, 1e-9).mean_s, span_kth(one, 1, 10, 10).mean_s, NODES_ERROR);
    check_rel(span_last(span_of(2, 0), 7, 3).mean_s, 20, 1e-15);
    check(span_last(one, 10, 0.2).mean_s > 1.8 + 1 && span_last(one, 10, 0.2).mean_s < 1.8 + 2.6);
}

static const struct test tests[] = {
    {"sums of chances are GSL's", sums_of_chances_are_gsl_s, FAST},
    {"the slower of two has its closed form", the_slower_of_two_has_its_closed_form, FAST},
    {"a constant beside a random span has its closed form", a_constant_beside_a_random_span_has_its_closed_form, FAST},
    {"the k-th of n is that of adaptive quadrature", the_kth_of_n_is_gsl_s, FAST},
    {"sequences are exact", sequences_are_exact, FAST},
    {"calls that begin apart end with the last or the slowest", calls_that_begin_apart, FAST},
};

TEST_MAIN("task_span", tests)

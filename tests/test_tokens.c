/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/tokens.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "harness.h"
#include "scenario_maker.h"
#include "sim/rng.h"

static struct token_dist derive(struct token_law law)
{
    struct token_dist dist;
    token_dist_derive(&law, &dist);
    return dist;
}

/* The Azure conversation trace of 2023 (19,366 rows): median 1,020 and p95 4,083 input tokens. */
static void two_of_four_give_one_law(void)
{
    const struct token_dist a = derive(maker_lognormal(1020, 4083));
    check_rel(a.mu, log(1020.0), 1e-14);
    check_rel(a.sigma, log(4083.0 / 1020) / gsl_cdf_ugaussian_Pinv(0.95), 1e-13);
    const double mean = exp(a.mu + a.sigma * a.sigma / 2), cv = sqrt(expm1(a.sigma * a.sigma));
    const struct token_law by[] = {
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = 1020, .p95 = -1, .cv = -1},
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = -1, .p95 = 4083, .cv = -1},
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = -1, .p95 = -1, .cv = cv},
        {.law = TOKENS_LOGNORMAL, .mean = -1, .median = 1020, .p95 = -1, .cv = cv},
        {.law = TOKENS_LOGNORMAL, .mean = -1, .median = -1, .p95 = 4083, .cv = cv},
    };
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        const struct token_dist b = derive(by[i]);
        check_rel(b.mu, a.mu, 1e-12);
        check_rel(b.sigma, a.sigma, 1e-12);
    }
}

/* The obvious twin: the sum over every whole number, with GSL's normal distribution. */
static struct token_part brute_above(const struct token_dist *d, double k, int64_t most)
{
    struct token_part part = {0, 0};
    for (int64_t t = most; t >= 1; t--) {
        const double low = t == 1 ? 1 : gsl_cdf_lognormal_Q((double)t - 0.5, d->mu, d->sigma);
        const double share = low - gsl_cdf_lognormal_Q((double)t + 0.5, d->mu, d->sigma);
        if ((double)t > k) part.share += share, part.mean += share * (double)t;
    }
    return part;
}

static void check_against_sum(double median, double p95, const double *thresholds, int n)
{
    const struct token_dist d = derive(maker_lognormal(median, p95));
    for (int i = 0; i < n; i++) {
        const struct token_part got = token_dist_above(&d, thresholds[i]);
        const struct token_part want = brute_above(&d, thresholds[i], 400000);
        check_rel(got.share, want.share, 1e-9);
        check_rel(got.mean, want.mean, 1e-8);
    }
}

/* 1e-8: what the tail beyond the largest term of the brute sum and its rounding leave; the formula itself is better. */
static void means_equal_the_sum_over_whole_numbers(void)
{
    const double thresholds[] = {0, 1, 3, 17, 63, 64, 65, 1000, 1000.7, 4096};
    check_against_sum(2.385, 11.1, thresholds, 6);
    check_against_sum(13, 90, thresholds, 8);
    check_against_sum(1020, 4083, thresholds, 10);
    check_against_sum(64, 64.9, thresholds, 4); /* narrow: sigma 0.0085, far below one token at 64 */
}

static double tail_integrand(double x, void *context)
{
    const struct token_dist *d = context;
    return gsl_cdf_lognormal_Q(x, d->mu, d->sigma);
}

static void the_tail_integral_equals_quadrature(void)
{
    const struct token_dist d = derive(maker_lognormal(1020, 4083));
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(1000);
    gsl_function f = {tail_integrand, (void *)&d};
    double want, error;
    gsl_integration_qagiu(&f, 128000, 0, 1e-10, 1000, space, &want, &error);
    check_rel(token_tail_integral(&d, 128000), want, 1e-8);
    gsl_integration_workspace_free(space);
}

/* z of the mean over 400,000 draws; |z| <= 4 fails by chance once in 16,000. */
static void check_draws(struct token_law law, uint32_t stream)
{
    const struct token_dist d = derive(law);
    const struct floe_rng rng = {7, 0};
    const int n = 400000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        const double t = token_dist_draw(&d, floe_rng_uniform(rng, stream, (uint64_t)i));
        sum += t, squares += t * t;
    }
    const double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
    const double z = (mean - token_dist_above(&d, -1).mean) / (error > 0 ? error : 1e-9);
    check_at(fabs(z) <= 4, __FILE__, __LINE__, "z = %g, mean %g", z, mean);
}

static void draws_have_the_stated_mean(void)
{
    struct token_law values = maker_fixed(PARAM_ABSENT);
    values.law = TOKENS_VALUES;
    values.n_values = 3;
    values.values[0] = 7, values.values[1] = 120, values.values[2] = 9001;
    check_draws(maker_lognormal(2.385, 11.1), 1);
    check_draws(maker_lognormal(1020, 4083), 2);
    check_draws(maker_fixed(387.298), 3);
    check_draws(values, 4);
}

static void a_whole_fixed_value_is_drawn_as_it_is(void)
{
    const struct token_dist d = derive(maker_fixed(2931));
    check_u64(token_dist_draw(&d, 0x1p-53), 2931);
    check_u64(token_dist_draw(&d, 1 - 0x1p-53), 2931);
    const struct token_dist zero = derive(maker_fixed(0));
    check_u64(token_dist_draw(&zero, 0.999), 0);
}

static void draws_rise_with_the_uniform(void)
{
    const struct token_dist d = derive(maker_lognormal(13, 90));
    uint32_t before = 0;
    for (int i = 1; i < 100000; i++) {
        const uint32_t t = token_dist_draw(&d, (i - 0.5) / 100000);
        if (!check(t >= before)) return;
        before = t;
    }
}

static void impossible_laws_are_refused(void)
{
    struct complaint c;
    struct token_law law = maker_lognormal(1020, 4083);
    check((token_law_block.check)(&law, &c));
    law.cv = 1;
    check(!(token_law_block.check)(&law, &c));
    check_contains(c.what, "exactly two");
    law = maker_lognormal(4083, 1020);
    check(!(token_law_block.check)(&law, &c));
    check_text(c.key, "p95");
    law = maker_lognormal(PARAM_ABSENT, 500);
    law.mean = 100; /* 5 > exp(1.645^2 / 2) */
    check(!(token_law_block.check)(&law, &c));
    check_contains(c.what, "3.868");
    law = maker_lognormal(100, PARAM_ABSENT);
    law.mean = 90;
    check(!(token_law_block.check)(&law, &c));
    law = maker_fixed(100);
    law.cv = 2;
    check(!(token_law_block.check)(&law, &c));
    check_text(c.key, "cv");
    law = maker_fixed(PARAM_ABSENT);
    law.law = TOKENS_VALUES;
    check(!(token_law_block.check)(&law, &c));
}

static const struct test tests[] = {
    {"any two of mean, median, p95, cv give the same law", two_of_four_give_one_law, FAST},
    {"expected tokens equal the sum over every whole number", means_equal_the_sum_over_whole_numbers, FAST},
    {"the tail integral equals numerical integration", the_tail_integral_equals_quadrature, FAST},
    {"draws have the mean that the expectation states", draws_have_the_stated_mean, FAST},
    {"a fixed whole number is drawn as it is, 0 too", a_whole_fixed_value_is_drawn_as_it_is, FAST},
    {"draws rise with the uniform", draws_rise_with_the_uniform, FAST},
    {"laws that cannot be are refused with the key and the reason", impossible_laws_are_refused, FAST},
};
TEST_MAIN("tokens", tests)

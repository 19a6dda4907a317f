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
    check_rel(a.mix.mu[0], log(1020.0), 1e-14);
    check_rel(a.mix.sigma[0], log(4083.0 / 1020) / gsl_cdf_ugaussian_Pinv(0.95), 1e-13);
    const double mean = exp(a.mix.mu[0] + a.mix.sigma[0] * a.mix.sigma[0] / 2),
                 cv = sqrt(expm1(a.mix.sigma[0] * a.mix.sigma[0]));
    const struct token_law by[] = {
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = 1020, .p95 = -1, .cv = -1},
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = -1, .p95 = 4083, .cv = -1},
        {.law = TOKENS_LOGNORMAL, .mean = mean, .median = -1, .p95 = -1, .cv = cv},
        {.law = TOKENS_LOGNORMAL, .mean = -1, .median = 1020, .p95 = -1, .cv = cv},
        {.law = TOKENS_LOGNORMAL, .mean = -1, .median = -1, .p95 = 4083, .cv = cv},
    };
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        const struct token_dist b = derive(by[i]);
        check_rel(b.mix.mu[0], a.mix.mu[0], 1e-12);
        check_rel(b.mix.sigma[0], a.mix.sigma[0], 1e-12);
    }
}

static struct token_law gamma_of(double mean, double cv)
{
    struct token_law law = maker_fixed(mean);
    law.law = TOKENS_GAMMA;
    law.cv = cv;
    return law;
}

/* Questions and pasted files: 70 of 100 short, 27 long, 3 very long. */
static struct token_law three_kinds(void)
{
    struct token_law law = maker_fixed(PARAM_ABSENT);
    law.law = TOKENS_AUTO;
    law.n_mix = 3;
    law.mix[0] = (struct mixture_part){70, {-1, 300, 900, -1}};
    law.mix[1] = (struct mixture_part){27, {6011, -1, -1, 0.31}};
    law.mix[2] = (struct mixture_part){3, {18000, -1, -1, 0.37}};
    return law;
}

/* P(X > x) by GSL. */
static double gsl_tail(const struct token_dist *d, double x)
{
    if (d->law == TOKENS_GAMMA) return gsl_cdf_gamma_Q(x, 1 / (d->cv * d->cv), d->mean * d->cv * d->cv);
    double tail = 0;
    for (int32_t i = 0; i < d->mix.n; i++)
        tail += d->mix.share[i] * gsl_cdf_lognormal_Q(x, d->mix.mu[i], d->mix.sigma[i]);
    return tail;
}

/* The obvious twin: the sum over every whole number, with GSL's distributions. */
static struct token_part brute_above(const struct token_dist *d, double k, int64_t most)
{
    struct token_part part = {0, 0};
    for (int64_t t = most; t >= 1; t--) {
        const double low = t == 1 ? 1 : gsl_tail(d, (double)t - 0.5);
        const double share = low - gsl_tail(d, (double)t + 0.5);
        if ((double)t > k) part.share += share, part.mean += share * (double)t;
    }
    return part;
}

static void check_law_against_sum(struct token_law law, const double *thresholds, int n, int64_t most, double within)
{
    const struct token_dist d = derive(law);
    for (int i = 0; i < n; i++) {
        const struct token_part got = token_dist_above(&d, thresholds[i]);
        const struct token_part want = brute_above(&d, thresholds[i], most);
        check_rel(got.share, want.share, 1e-9);
        check_abs(got.mean, want.mean, within * token_dist_above(&d, -1).mean); /* of the mean of all */
    }
}

static void check_against_sum(double median, double p95, const double *thresholds, int n)
{
    check_law_against_sum(maker_lognormal(median, p95), thresholds, n, 400000, 1e-8);
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

/* Gamma laws: shapes below and above 1, few tokens and many, one narrower than a token. The brute sum ends where the rest
 * is below 1e-12. */
static void gamma_means_equal_the_sum_over_whole_numbers(void)
{
    const double thresholds[] = {0, 1, 3, 17, 63, 64, 65, 1000, 1000.7, 4096};
    check_law_against_sum(gamma_of(3.7, 1.9), thresholds, 6, 2000, 1e-9);
    check_law_against_sum(gamma_of(29, 0.21), thresholds, 5, 2000, 1e-9);
    check_law_against_sum(gamma_of(64.3, 0.125), thresholds, 6, 2000, 1e-9);
    check_law_against_sum(gamma_of(400, 1.2), thresholds, 10, 20000, 1e-9);
    check_law_against_sum(gamma_of(1003, 0.0101), thresholds, 7, 2000, 1e-9);
    check_law_against_sum(gamma_of(293.1, 2.385), thresholds, 8, 60000, 1e-9);
}

/* 1e-8 as for the lognormal law; an average of parts must not be the law of the average. */
static void mixture_means_equal_the_sum_over_whole_numbers(void)
{
    const double thresholds[] = {0, 1, 3, 17, 63, 64, 65, 1000, 4096.7, 32000};
    check_law_against_sum(three_kinds(), thresholds, 10, 300000, 1e-8);
    struct token_law narrow = three_kinds(); /* one part is narrower than a token, beyond TOKENS_EXACT_BELOW */
    narrow.n_mix = 2;
    narrow.mix[1] = (struct mixture_part){30, {-1, 100.4, -1, 0.004}};
    const double around[] = {0, 99, 100, 101, 1000};
    check_law_against_sum(narrow, around, 5, 300000, 1e-9);
    const struct token_dist d = derive(three_kinds());
    const double short_mean = 300 * exp(pow(log(3) / gsl_cdf_ugaussian_Pinv(0.95), 2) / 2);
    check_rel(token_dist_above(&d, -1).mean, 0.7 * short_mean + 0.27 * 6011 + 0.03 * 18000, 1e-6);
}

static double tail_integrand(double x, void *context)
{
    return gsl_tail(context, x);
}

/* P(X > k) dx from k on, against adaptive quadrature; GSL's own tail is within 1e-12. */
static void check_tail_integral(struct token_law law, double k, double within)
{
    struct token_dist d = derive(law);
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(1000);
    gsl_function f = {tail_integrand, &d};
    double want, error;
    gsl_integration_qagiu(&f, k, 0, 1e-11, 1000, space, &want, &error);
    check_rel(token_tail_integral(&d, k), want, within);
    gsl_integration_workspace_free(space);
}

static void the_tail_integral_equals_quadrature(void)
{
    check_tail_integral(maker_lognormal(1020, 4083), 128000, 1e-8);
    check_tail_integral(gamma_of(400, 1.2), 1277.3, 1e-9);
    check_tail_integral(gamma_of(2931, 0.37), 4096, 1e-9);
    check_tail_integral(three_kinds(), 8192, 1e-9);
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
    check_draws(gamma_of(400, 1.2), 5);
    check_draws(gamma_of(3.7, 1.9), 6);
    check_draws(three_kinds(), 7);
}

/* Uniforms on a grid in place of draws: the share above a threshold is that of the expectation, to a step of the grid. */
static void draws_lie_above_a_threshold_as_often_as_stated(void)
{
    const struct token_law laws[] = {gamma_of(400, 1.2), gamma_of(3.7, 1.9), three_kinds()};
    const double above[] = {2, 17, 450, 5000};
    const int n = 20000;
    for (size_t l = 0; l < 3; l++) {
        const struct token_dist d = derive(laws[l]);
        int counts[4] = {0, 0, 0, 0};
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 4; k++)
                counts[k] += token_dist_draw(&d, (i + 0.5) / n) > above[k];
        for (int k = 0; k < 4; k++)
            check_abs((double)counts[k] / n, token_dist_above(&d, above[k]).share, 0.51 / n);
    }
}

static void a_stream_has_the_draws_of_its_uniforms(void)
{
    const struct token_law laws[] = {maker_lognormal(13, 90), gamma_of(400, 1.2), three_kinds(), maker_fixed(2.4)};
    const struct floe_rng rng = {11, 3};
    for (size_t l = 0; l < 4; l++) {
        const struct token_dist d = derive(laws[l]);
        struct floe_block_stream stream = token_stream_at(rng, 17, &d);
        for (uint64_t i = 0; i < 1000; i++)
            if (!check_u64(token_stream_next(&stream, &d), token_dist_draw(&d, floe_rng_uniform(rng, 17, i)))) return;
    }
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
    const struct token_law laws[] = {maker_lognormal(13, 90), gamma_of(13, 1.9), three_kinds()};
    for (size_t l = 0; l < 3; l++) {
        const struct token_dist d = derive(laws[l]);
        uint32_t before = 0;
        for (int i = 1; i < 100000; i++) {
            const uint32_t t = token_dist_draw(&d, (i - 0.5) / 100000);
            if (!check(t >= before)) return;
            before = t;
        }
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

static int refuses(struct token_law law, const char *key, const char *what)
{
    struct complaint c;
    return check(!(token_law_block.check)(&law, &c)) & check_text(c.key, key) & check_contains(c.what, what);
}

static void impossible_gammas_and_mixtures_are_refused(void)
{
    struct complaint c;
    struct token_law law = gamma_of(400, PARAM_ABSENT);
    refuses(law, "cv", "needs a mean above 0 and a cv");
    refuses(gamma_of(PARAM_ABSENT, 1.2), "mean", "needs a mean above 0 and a cv");
    refuses(gamma_of(400, 11), "cv", "0.001 to 10");
    refuses(gamma_of(400, 1e-4), "cv", "0.001 to 10");
    law = gamma_of(400, 1.2);
    law.median = 300;
    refuses(law, "median", "no such figure");
    law = three_kinds();
    check((token_law_block.check)(&law, &c));
    law.mean = 100;
    refuses(law, "mean", "no such figure");
    law = three_kinds();
    law.law = TOKENS_GAMMA;
    refuses(law, "mixture", "only the law");
    law = maker_fixed(PARAM_ABSENT);
    law.law = TOKENS_MIXTURE;
    refuses(law, "law", "needs its parts");
    const struct mixture_part part = {1, {100, -1, 900, -1}};
    check(!(token_mix_block.check)(&part, &c));
    check_text(c.key, "p95");
    check_contains(c.hint, "split this part");
    const struct mixture_part alone = {1, {100, -1, -1, -1}};
    check(!(token_mix_block.check)(&alone, &c));
    check_text(c.key, "mean");
}

static void a_law_follows_from_the_figures(void)
{
    struct token_law law = maker_lognormal(1020, 4083);
    law.law = TOKENS_AUTO;
    check_i64(token_law_kind(&law), TOKENS_LOGNORMAL);
    law = maker_fixed(387.3);
    law.law = TOKENS_AUTO;
    check_i64(token_law_kind(&law), TOKENS_FIXED);
    law.cv = 1.2;
    check_i64(token_law_kind(&law), TOKENS_LOGNORMAL);
    law = three_kinds();
    check_i64(token_law_kind(&law), TOKENS_MIXTURE);
    law = maker_fixed(PARAM_ABSENT);
    law.law = TOKENS_AUTO;
    check(!token_law_is_given(&law));
    law.n_values = 1;
    check_i64(token_law_kind(&law), TOKENS_VALUES);
}

static const struct test tests[] = {
    {"any two of mean, median, p95, cv give the same law", two_of_four_give_one_law, FAST},
    {"expected tokens equal the sum over every whole number", means_equal_the_sum_over_whole_numbers, FAST},
    {"a gamma law's expected tokens equal that sum", gamma_means_equal_the_sum_over_whole_numbers, FAST},
    {"a mixture's expected tokens equal that sum", mixture_means_equal_the_sum_over_whole_numbers, MANY},
    {"the tail integral equals numerical integration", the_tail_integral_equals_quadrature, FAST},
    {"draws have the mean that the expectation states", draws_have_the_stated_mean, FAST},
    {"draws lie above a threshold as often as stated", draws_lie_above_a_threshold_as_often_as_stated, FAST},
    {"a stream has the draws of its uniforms", a_stream_has_the_draws_of_its_uniforms, FAST},
    {"a law follows from the figures given", a_law_follows_from_the_figures, FAST},
    {"a fixed whole number is drawn as it is, 0 too", a_whole_fixed_value_is_drawn_as_it_is, FAST},
    {"draws rise with the uniform", draws_rise_with_the_uniform, FAST},
    {"laws that cannot be are refused with the key and the reason", impossible_laws_are_refused, FAST},
    {"gammas and mixtures that cannot be are refused", impossible_gammas_and_mixtures_are_refused, FAST},
};
TEST_MAIN("tokens", tests)

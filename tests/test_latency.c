/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/latency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "harness.h"
#include "models/latency_curve.h"

static struct latency_law absent(void)
{
    struct latency_law law;
    memset(&law, 0, sizeof law);
    law.mean_s = law.median_s = law.p95_s = law.cv = PARAM_ABSENT;
    return law;
}

static struct latency_law fixed(double mean_s)
{
    struct latency_law law = absent();
    law.mean_s = mean_s;
    return law;
}

static struct latency_law of_mean(enum latency_law_kind kind, double mean_s, double cv)
{
    struct latency_law law = fixed(mean_s);
    law.law = kind;
    law.cv = cv;
    return law;
}

static struct latency_law mean_p95(double mean_s, double p95_s)
{
    struct latency_law law = fixed(mean_s);
    law.p95_s = p95_s;
    return law;
}

/* A fast and a slow path. */
static struct latency_law two_paths(double slow_share, double fast_s, double fast_cv, double slow_s, double slow_cv)
{
    struct latency_law law = absent();
    law.n_mix = 2;
    law.mix[0] = (struct mixture_part){1 - slow_share, {fast_s, PARAM_ABSENT, PARAM_ABSENT, fast_cv}};
    law.mix[1] = (struct mixture_part){slow_share, {slow_s, PARAM_ABSENT, PARAM_ABSENT, slow_cv}};
    return law;
}

static struct latency_law list_of(const double *values_s, int32_t n)
{
    struct latency_law law = absent();
    law.n_values = n;
    memcpy(law.values_s, values_s, sizeof *values_s * (size_t)n);
    return law;
}

static struct latency nothing(void)
{
    struct latency latency;
    for (int i = 0; i < LATENCY_PARTS; i++)
        latency.part[i] = absent();
    latency.timeout_s = PARAM_ABSENT;
    latency.is_timeout_billed = 1;
    return latency;
}

static struct floe_gamma_table tables[LATENCY_PARTS];

static struct latency_terms derive(const struct latency *latency)
{
    struct latency_terms terms;
    check(latency_tables(latency) <= LATENCY_PARTS);
    latency_derive(latency, tables, 0, &terms);
    return terms;
}

static struct latency_dist dist_of(struct latency_law law)
{
    struct latency latency = nothing();
    latency.part[LATENCY_TTFT] = law;
    return derive(&latency).part[LATENCY_TTFT];
}

static struct token_dist tokens_of(int32_t law, double mean, double median, double p95)
{
    const struct token_law token_law = {.law = law, .mean = mean, .median = median, .p95 = p95, .cv = -1};
    struct token_dist dist;
    token_dist_derive(&token_law, &dist);
    return dist;
}

static struct latency_output output_of(const struct token_dist *dist)
{
    return (struct latency_output){dist, PARAM_ABSENT, NULL, 0};
}

static struct latency_curves curves;

/* ---- laws ---- */

/* Published: after the move, mean 1.88 s and p95 5.3 s. mu 0.2705, sigma 0.849 were derived by hand. */
static void mean_and_p95_give_the_published_lognormal(void)
{
    const struct latency_dist d = dist_of(mean_p95(1.88, 5.3));
    check_abs(d.mix.mu[0], 0.2705, 1e-4);
    check_abs(d.mix.sigma[0], 0.849, 1e-3);
    check_rel(gsl_cdf_lognormal_Pinv(0.95, d.mix.mu[0], d.mix.sigma[0]), 5.3, 1e-12);
    check_rel(d.mean_s, 1.88, 1e-12);
    check_abs(exp(d.mix.mu[0]), 1.31, 0.005);
}

/* 45.1 / 11.02 = 4.09. */
static void no_single_lognormal_has_the_published_tail(void)
{
    struct complaint c;
    const struct latency_law law = mean_p95(11.02, 45.1);
    check(!(latency_law_block.check)(&law, &c));
    check_text(c.key, "p95");
    check_contains(c.what, "p95/mean at most 3.868");
    check_contains(c.hint, "use a mixture");
    double most = 0;
    for (double sigma = 0.01; sigma < 6; sigma += 0.01)
        most = fmax(most, gsl_cdf_lognormal_Pinv(0.95, 0, sigma) / exp(sigma * sigma / 2));
    check_abs(most, 3.868, 1e-3);
    check(45.1 / 11.02 > most);
}

/* TTFT: a fast path of 1.5 s and a slow one; the share of the slow one follows from the mean of 5.28, its mean from the
 * p95 of the whole. Generation: 287 tokens on average at 20 ms, 5.74 s. */
static struct latency published_before(double slow_s)
{
    struct latency latency = nothing();
    latency.part[LATENCY_TTFT] = two_paths((5.28 - 1.5) / (slow_s - 1.5), 1.5, 0.8, slow_s, 0.3);
    latency.part[LATENCY_TPOT] = fixed(0.02);
    return latency;
}

static double published_p95(double slow_s)
{
    const struct latency latency = published_before(slow_s);
    const struct latency_terms terms = derive(&latency);
    struct token_dist tokens = tokens_of(TOKENS_LOGNORMAL, 287, -1, 700);
    const struct latency_output output = output_of(&tokens);
    latency_curves_make(&terms, tables, &output, &curves);
    return latency_curve_quantile(&curves.total, 0.95);
}

static void a_mixture_has_the_published_tail(void)
{
    double low = 20, high = 60; /* beyond, the slow share falls under 5 % and p95 falls with it */
    for (int i = 0; i < 40; i++) {
        const double middle = (low + high) / 2;
        if (published_p95(middle) < 45.1)
            low = middle;
        else
            high = middle;
    }
    const struct latency latency = published_before(low);
    const struct latency_terms terms = derive(&latency);
    struct token_dist tokens = tokens_of(TOKENS_LOGNORMAL, 287, -1, 700);
    const struct latency_means means = latency_means(&terms, token_dist_above(&tokens, -1).mean);
    printf("mixture: slow path %.2f s for %.2f %% of the attempts\n", low, 100 * 3.78 / (low - 1.5));
    check_rel(published_p95(low), 45.1, 1e-6);
    check_abs(means.ttft_s, 5.28, 1e-9);
    check_abs(means.generation_s, 5.74, 1e-3);
    check_abs(means.total_s, 11.02, 1e-3);
    check_abs(latency_curve_mean(&curves.total), 11.02, 1e-3);
}

static void means_add_and_percentiles_do_not(void)
{
    const struct latency latency = published_before(45);
    const struct latency_terms terms = derive(&latency);
    struct token_dist tokens = tokens_of(TOKENS_LOGNORMAL, 287, -1, 700);
    const struct latency_output output = output_of(&tokens);
    latency_curves_make(&terms, tables, &output, &curves);
    const double first = latency_curve_quantile(&curves.first_token, 0.95);
    const double generation = latency_curve_quantile(&curves.generation, 0.95);
    check_rel(latency_curve_mean(&curves.first_token) + latency_curve_mean(&curves.generation),
              latency_curve_mean(&curves.total), 1e-9);
    check(first + generation > 1.02 * latency_curve_quantile(&curves.total, 0.95));
}

/* ---- draws of one law ---- */

struct law_case {
    const char *name;
    struct latency_law law;
};

static const double some_values[] = {4.6, 0, 0.8, 0.8, 1.1};

static int32_t all_laws(struct law_case *cases)
{
    const struct law_case all[] = {
        {"fixed", fixed(0.04)},
        {"exponential", of_mean(LATENCY_EXPONENTIAL, 0.385, PARAM_ABSENT)},
        {"gamma cv .5", of_mean(LATENCY_GAMMA, 2.385, 0.5)},
        {"gamma cv 2", of_mean(LATENCY_GAMMA, 2.385, 2)},
        {"lognormal", mean_p95(1.88, 5.3)},
        {"mixture", two_paths(0.085, 1.5, 0.8, 46, 0.3)},
        {"mixture apart", two_paths(0.3, 0.11, 0.1, 46, 0.1)},
        {"values", list_of(some_values, 5)},
    };
    memcpy(cases, all, sizeof all);
    return (int32_t)(sizeof all / sizeof all[0]);
}

static void draws_rise_with_the_uniform(void)
{
    struct law_case cases[8];
    const int32_t n = all_laws(cases);
    for (int32_t c = 0; c < n; c++) {
        const struct latency_dist d = dist_of(cases[c].law);
        double before = 0;
        for (int i = 0; i < 20000; i++) {
            const double x = latency_dist_draw_s(&d, tables, ((double)i + 0.5) / 20000);
            if (!check_at(x >= before, __FILE__, __LINE__, "%s falls at %d", cases[c].name, i)) break;
            before = x;
        }
        check(latency_dist_draw_s(&d, tables, 0x1p-53) >= 0);
        check(latency_dist_draw_s(&d, tables, 1 - 0x1p-53) < 1e6);
    }
}

static void a_mixtures_quantile_inverts_its_distribution(void)
{
    const struct latency_law laws[] = {two_paths(0.085, 1.5, 0.8, 46, 0.3), two_paths(0.3, 0.11, 0.01, 46, 0.01),
                                       two_paths(1e-4, 1, 5, 900, 0.02)};
    const double us[] = {0x1p-53, 1e-9, 0.01, 0.3, 0.5, 0.6999, 0.7, 0.7001, 0.915, 0.95, 0.9999, 0.99995, 1 - 1e-9};
    for (size_t l = 0; l < 3; l++) {
        const struct latency_dist d = dist_of(laws[l]);
        for (size_t i = 0; i < sizeof us / sizeof us[0]; i++) {
            const double x = latency_dist_draw_s(&d, NULL, us[i]);
            double below = 0, above = 0;
            for (int32_t k = 0; k < d.mix.n; k++) {
                below += d.mix.share[k] * gsl_cdf_lognormal_P(x, d.mix.mu[k], d.mix.sigma[k]);
                above += d.mix.share[k] * gsl_cdf_lognormal_Q(x, d.mix.mu[k], d.mix.sigma[k]);
            }
            if (us[i] > 0.5)
                check_rel(above, 1 - us[i], 1e-9);
            else
                check_rel(below, us[i], 1e-9);
        }
    }
}

/* 400,000 draws; |z| <= 4 fails by chance once in 16,000. Standard errors: at most 0.6 % of the mean. */
static void draws_have_the_stated_mean(void)
{
    struct law_case cases[8];
    const int32_t n = all_laws(cases), draws = 400000;
    const struct floe_rng rng = {11, 0};
    for (int32_t c = 0; c < n; c++) {
        const struct latency_dist d = dist_of(cases[c].law);
        double sum = 0, squares = 0;
        for (int32_t i = 0; i < draws; i++) {
            const double x = latency_dist_draw_s(&d, tables, floe_rng_uniform(rng, (uint32_t)c, (uint64_t)i));
            sum += x, squares += x * x;
        }
        const double mean = sum / draws, error = sqrt(fmax(squares / draws - mean * mean, 0) / draws);
        check_at(fabs(mean - d.mean_s) <= 4 * error + 1e-9 * d.mean_s, __FILE__, __LINE__, "%s: %g, not %g +- %g",
                 cases[c].name, mean, d.mean_s, error);
        check_at(error <= 0.006 * d.mean_s, __FILE__, __LINE__, "%s: standard error %g", cases[c].name, error);
    }
}

/* ---- curves against integration ---- */

static double tail_of(const struct latency_dist *d, double t)
{
    if (t < 0) return 1;
    if (d->law == LATENCY_EXPONENTIAL) return exp(-t / d->mean_s);
    if (d->law == LATENCY_GAMMA) return gsl_cdf_gamma_Q(t, 1 / (d->cv * d->cv), d->mean_s * d->cv * d->cv);
    double tail = 0;
    for (int32_t i = 0; i < d->mix.n; i++)
        tail += d->mix.share[i] * gsl_cdf_lognormal_Q(t, d->mix.mu[i], d->mix.sigma[i]);
    return tail;
}

static double density_of(const struct latency_dist *d, double t)
{
    if (t <= 0) return 0;
    if (d->law == LATENCY_EXPONENTIAL) return exp(-t / d->mean_s) / d->mean_s;
    if (d->law == LATENCY_GAMMA) return gsl_ran_gamma_pdf(t, 1 / (d->cv * d->cv), d->mean_s * d->cv * d->cv);
    double density = 0;
    for (int32_t i = 0; i < d->mix.n; i++)
        density += d->mix.share[i] * gsl_ran_lognormal_pdf(t, d->mix.mu[i], d->mix.sigma[i]);
    return density;
}

struct sum_of_two {
    const struct latency_dist *a, *b;
    double t;
};

static double sum_integrand(double y, void *context)
{
    const struct sum_of_two *s = context;
    const double x = exp(y);
    return density_of(s->a, x) * tail_of(s->b, s->t - x) * x;
}

static double sum_tail(const struct latency_dist *a, const struct latency_dist *b, double t)
{
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(4000);
    struct sum_of_two s = {a, b, t};
    gsl_function f = {sum_integrand, &s};
    double low, high, error;
    gsl_integration_qag(&f, log(t) - 30, log(t) - 0.7, 1e-10, 1e-8, 4000, GSL_INTEG_GAUSS21, space, &low, &error);
    gsl_integration_qag(&f, log(t) - 0.7, log(t), 1e-10, 1e-8, 4000, GSL_INTEG_GAUSS21, space, &high, &error);
    gsl_integration_workspace_free(space);
    return low + high + tail_of(a, t);
}

static double worst_absolute, worst_relative;

static void check_sum(struct latency_law queue, struct latency_law ttft)
{
    struct latency latency = nothing();
    latency.part[LATENCY_NETWORK] = fixed(0.04);
    latency.part[LATENCY_QUEUE] = queue;
    latency.part[LATENCY_TTFT] = ttft;
    const struct latency_terms terms = derive(&latency);
    struct token_dist tokens = tokens_of(TOKENS_FIXED, 100, -1, -1);
    const struct latency_output output = output_of(&tokens);
    latency_curves_make(&terms, tables, &output, &curves);
    const double mean = latency_means(&terms, 100).total_s;
    check_rel(latency_curve_mean(&curves.total), mean, 1e-9);
    const double ts[] = {0.2, 0.5, 0.8, 1, 1.3, 2, 3, 5, 8, 13};
    for (size_t i = 0; i < sizeof ts / sizeof ts[0]; i++) {
        const double t = ts[i] * mean;
        const double want = sum_tail(&terms.part[LATENCY_QUEUE], &terms.part[LATENCY_TTFT], t);
        const double got = latency_curve_above(&curves.total, t + 0.04);
        worst_absolute = fmax(worst_absolute, fabs(got - want));
        if (want > 1e-4) worst_relative = fmax(worst_relative, fabs(got / want - 1));
        check_abs(got, want, 4e-4);
        if (want > 1e-4) check_rel(got, want, 0.008);
    }
}

static void sums_equal_numerical_integration(void)
{
    check_sum(of_mean(LATENCY_EXPONENTIAL, 0.385, PARAM_ABSENT), mean_p95(1.88, 5.3));
    check_sum(of_mean(LATENCY_EXPONENTIAL, 3.85, PARAM_ABSENT), mean_p95(1.88, 2.9));
    check_sum(of_mean(LATENCY_GAMMA, 0.5, 2), mean_p95(1.88, 5.3));
    check_sum(of_mean(LATENCY_GAMMA, 2.5, 0.4), of_mean(LATENCY_LOGNORMAL, 2, 0.4));
    check_sum(mean_p95(0.02, 0.07), two_paths(0.085, 1.5, 0.8, 46, 0.3));
    check_sum(of_mean(LATENCY_LOGNORMAL, 1, 3), of_mean(LATENCY_LOGNORMAL, 4, 0.5));
    printf("sums of two: worst absolute error %.2g, relative %.2g\n", worst_absolute, worst_relative);
}

static void one_part_alone_has_its_own_law(void)
{
    struct law_case cases[8];
    const int32_t n = all_laws(cases);
    for (int32_t c = 1; c < n - 1; c++) {
        const struct latency_dist d = dist_of(cases[c].law);
        latency_curve_of(&d, tables, 1, &curves.part);
        check_rel(latency_curve_mean(&curves.part), d.mean_s, 1e-9);
        if (strcmp(cases[c].name, "mixture apart") == 0) continue; /* cv 0.1: below */
        for (double t = d.mean_s / 8; t < 9 * d.mean_s; t *= 1.7) {
            check_abs(latency_curve_above(&curves.part, t), tail_of(&d, t), 2e-4);
            const double q = 1 - tail_of(&d, t);
            if (q > 0.01 && q < 0.999) check_rel(latency_curve_quantile(&curves.part, q), t, 2e-3);
        }
    }
}

/* A narrow law is blurred by under a cell of 1/64. */
static void a_narrow_law_is_blurred_by_less_than_a_cell(void)
{
    const struct latency_dist d = dist_of(of_mean(LATENCY_LOGNORMAL, 5, 0.002));
    latency_curve_of(&d, tables, 1, &curves.part);
    check(latency_curve_above(&curves.part, 5 * exp(-1.6 / 64)) > 0.999);
    check(latency_curve_above(&curves.part, 5 * exp(1.6 / 64)) < 0.001);
    const struct latency_dist v = dist_of(list_of(some_values, 5));
    latency_curve_of(&v, tables, 1, &curves.part);
    check_rel(latency_curve_above(&curves.part, 0), 0.8, 1e-12);
    check_rel(latency_curve_above(&curves.part, 0.9), 0.4, 1e-12);
    check_rel(latency_curve_above(&curves.part, 2), 0.2, 1e-12);
    check_abs(latency_curve_above(&curves.part, 5), 0, 1e-12);
    check_rel(latency_curve_mean(&curves.part), 7.3 / 5, 1e-12);
}

static void fixed_parts_are_exact(void)
{
    struct latency latency = nothing();
    latency.part[LATENCY_NETWORK] = fixed(0.04);
    latency.part[LATENCY_TTFT] = fixed(1.1);
    latency.part[LATENCY_TPOT] = fixed(0.02);
    const struct latency_terms terms = derive(&latency);
    struct token_dist tokens = tokens_of(TOKENS_FIXED, 387, -1, -1);
    const struct latency_output output = output_of(&tokens);
    latency_curves_make(&terms, tables, &output, &curves);
    check_rel(latency_curve_quantile(&curves.total, 0.5), 8.88, 1e-15);
    check_rel(latency_curve_above(&curves.total, 8.88 - 1e-9), 1, 1e-15);
    check_abs(latency_curve_above(&curves.total, 8.88 + 1e-9), 0, 1e-15);
    const struct latency_times t = latency_draw(&terms, NULL, (struct floe_rng){7, 0}, 1, 0, 0, 387);
    check_i64(t.first_token_ns, 1140000000);
    check_i64(t.total_ns, 8880000000);
}

/* ---- events against expectations ---- */

struct twin {
    const char *name;
    struct latency latency;
    struct token_dist tokens;
    double max_output_tok;
};

static struct latency everything_random(void)
{
    struct latency latency = nothing();
    latency.part[LATENCY_NETWORK] = of_mean(LATENCY_GAMMA, 0.04, 0.5);
    latency.part[LATENCY_QUEUE] = of_mean(LATENCY_EXPONENTIAL, 0.385, PARAM_ABSENT);
    latency.part[LATENCY_TTFT] = mean_p95(1.88, 5.3);
    latency.part[LATENCY_TPOT] = of_mean(LATENCY_LOGNORMAL, 0.021, 0.35);
    latency.timeout_s = 12;
    return latency;
}

struct tally {
    double n, late, client_s, client_squares, answered_s, answered_tok, tok_squares, first_s;
};

static struct tally drive(const struct twin *twin, const struct latency_terms *terms, uint32_t replication)
{
    const struct floe_rng rng = {2026, replication};
    struct tally t = {0};
    for (uint64_t call = 0; call < 400000; call++) {
        double tok = token_dist_draw(&twin->tokens, floe_rng_uniform(rng, 2, call));
        if (twin->max_output_tok != PARAM_ABSENT && tok > twin->max_output_tok) tok = twin->max_output_tok;
        const struct latency_times times = latency_draw(terms, tables, rng, 1, call, 3, tok);
        const struct latency_end end = latency_end(terms, times.total_ns, ATTEMPT_OK);
        const double client_s = (double)end.client_ns / 1e9, answered = end.end == ATTEMPT_OK;
        t.n += 1, t.late += 1 - answered;
        t.client_s += client_s, t.client_squares += client_s * client_s;
        t.answered_s += answered * client_s, t.answered_tok += answered * tok;
        t.tok_squares += answered * tok * tok;
        t.first_s += (double)times.first_token_ns / 1e9;
    }
    return t;
}

/* 400,000 attempts a case: standard errors of the timed-out share at most 5 % of it and of the wait 0.4 %. |z| <= 4 fails
 * by chance once in 16,000; beside it the quadrature's own error is allowed for. */
static void check_twin(const struct twin *twin, uint32_t replication)
{
    const struct latency_terms terms = derive(&twin->latency);
    const struct latency_output output = {&twin->tokens, twin->max_output_tok, NULL, 0};
    latency_curves_make(&terms, tables, &output, &curves);
    const double mean_tok = latency_output_mean(&output);
    const struct latency_expected e = latency_expect(&terms, &curves.total, mean_tok);
    const double tok = latency_answered_tok(&terms, tables, &output, &curves);
    const struct tally t = drive(twin, &terms, replication);
    const double late = t.late / t.n, late_error = sqrt(fmax(late * (1 - late), 1e-9) / t.n);
    const double client = t.client_s / t.n, client_error = sqrt((t.client_squares / t.n - client * client) / t.n);
    const double got_tok = t.answered_tok / t.n, tok_error = sqrt((t.tok_squares / t.n - got_tok * got_tok) / t.n);
    printf("%s: timed out %.5f (%.5f), client %.4f s (%.4f), tokens %.3f (%.3f), p95 %.3f s\n", twin->name, late,
           e.timed_out_share, client, e.client_s, got_tok, tok, e.p95_s);
    check_at(fabs(late - e.timed_out_share) <= 4 * late_error + 4e-4, __FILE__, __LINE__, "%s: late", twin->name);
    check_at(late_error <= 0.05 * late, __FILE__, __LINE__, "%s: late +- %g", twin->name, late_error);
    check_at(fabs(client - e.client_s) <= 4 * client_error + 2e-4 * client, __FILE__, __LINE__, "%s: wait", twin->name);
    check_at(client_error <= 0.004 * client, __FILE__, __LINE__, "%s: wait +- %g", twin->name, client_error);
    check_at(fabs(got_tok - tok) <= 4 * tok_error + 1e-3 * tok, __FILE__, __LINE__, "%s: tokens", twin->name);
    check_rel(t.first_s / t.n, e.means.first_token_s, 0.02);
}

static void events_and_expectations_agree(void)
{
    const struct token_dist some = tokens_of(TOKENS_LOGNORMAL, -1, 129, 451);
    struct twin twins[] = {
        {"all random", everything_random(), some, PARAM_ABSENT},
        {"cut at 300 tokens", everything_random(), some, 300},
        {"two paths", published_before(46), tokens_of(TOKENS_LOGNORMAL, 287, -1, 700), PARAM_ABSENT},
        {"few tokens", everything_random(), tokens_of(TOKENS_LOGNORMAL, -1, 2.385, 11.1), PARAM_ABSENT},
        {"fraction", everything_random(), tokens_of(TOKENS_FIXED, 387.298, -1, -1), PARAM_ABSENT},
        {"values", everything_random(), some, PARAM_ABSENT},
    };
    twins[2].latency.timeout_s = 30;
    twins[3].latency.timeout_s = 6;
    twins[5].latency.part[LATENCY_TTFT] = list_of(some_values, 5);
    twins[5].latency.part[LATENCY_TPOT] = fixed(0.0221);
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++)
        check_twin(&twins[i], (uint32_t)i);
}

static void rows_of_a_trace_are_a_law_of_tokens(void)
{
    const uint32_t rows[] = {7, 120, 9001, 120};
    const struct latency_output from_rows = {NULL, 4000, rows, 4};
    struct latency latency = everything_random();
    const struct latency_terms terms = derive(&latency);
    latency_curves_make(&terms, tables, &from_rows, &curves);
    check_rel(latency_output_mean(&from_rows), (7 + 120 + 4000 + 120) / 4.0, 1e-15);
    check_rel(latency_curve_mean(&curves.total), latency_means(&terms, 4247 / 4.0).total_s, 1e-9);
}

/* ---- addresses, ends, words ---- */

static void attempts_draw_afresh_and_routes_share(void)
{
    const struct latency latency = everything_random();
    struct latency_terms terms = derive(&latency);
    const struct floe_rng rng = {7, 0};
    const struct latency_times first = latency_draw(&terms, tables, rng, 1, 5, 0, 100);
    const struct latency_times again = latency_draw(&terms, tables, rng, 1, 5, 0, 100);
    const struct latency_times retry = latency_draw(&terms, tables, rng, 1, 5, 1, 100);
    const struct latency_times next = latency_draw(&terms, tables, rng, 1, 6, 0, 100);
    check(memcmp(&first, &again, sizeof first) == 0);
    check(first.network_ns != retry.network_ns && first.queue_ns != retry.queue_ns);
    check(first.ttft_ns != retry.ttft_ns && first.generation_ns != retry.generation_ns);
    check(first.ttft_ns != next.ttft_ns);
    check_i64(first.total_ns, first.network_ns + first.queue_ns + first.ttft_ns + first.generation_ns);
    terms.part[LATENCY_NETWORK] = terms.part[LATENCY_QUEUE]; /* no part of an attempt has the luck of another's */
    for (uint32_t attempt = 0; attempt < 9; attempt++)
        check(latency_draw(&terms, tables, rng, 1, 5, attempt, 1).queue_ns !=
              latency_draw(&terms, tables, rng, 1, 5, attempt + 1, 1).network_ns);
    terms.part[LATENCY_QUEUE] = dist_of(fixed(0)); /* another route: what it has in common keeps its luck */
    const struct latency_times other = latency_draw(&terms, tables, rng, 1, 5, 0, 100);
    check_i64(other.generation_ns, first.generation_ns);
    check_i64(other.queue_ns, 0);
}

static void a_timeout_ends_the_wait_and_maybe_the_bill(void)
{
    struct latency latency = published_before(46);
    latency.timeout_s = 30;
    latency.part[LATENCY_NETWORK] = fixed(0.05);
    latency.part[LATENCY_ERROR] = fixed(2.5);
    struct latency_terms terms = derive(&latency);
    struct latency_end e = latency_end(&terms, 30000000000, ATTEMPT_OK);
    check(e.end == ATTEMPT_OK && e.is_billed && e.client_ns == 30000000000);
    e = latency_end(&terms, 30000000001, ATTEMPT_OK);
    check(e.end == ATTEMPT_TIMED_OUT && e.is_billed && e.client_ns == 30000000000);
    terms.is_timeout_billed = 0;
    check(!latency_end(&terms, 30000000001, ATTEMPT_OK).is_billed);
    check(latency_end(&terms, 5, ATTEMPT_OK).is_billed);
    check(!latency_end(&terms, 5, ATTEMPT_THROTTLED).is_billed);
    const struct floe_rng rng = {7, 0};
    check_i64(latency_short_ns(&terms, NULL, rng, 1, 0, 0, ATTEMPT_THROTTLED), 50000000); /* the hop */
    check_i64(latency_short_ns(&terms, NULL, rng, 1, 0, 0, ATTEMPT_FAILED), 2500000000);
}

static int refuses(struct latency_law law, const char *key, const char *what)
{
    struct complaint c = {"", "", ""};
    return check(!(latency_law_block.check)(&law, &c)) & check_text(c.key, key) & check_contains(c.what, what);
}

static void impossible_laws_are_refused(void)
{
    struct law_case cases[8];
    struct complaint c;
    const int32_t n = all_laws(cases);
    for (int32_t i = 0; i < n; i++)
        check_at((latency_law_block.check)(&cases[i].law, &c), __FILE__, __LINE__, "%s: %s", cases[i].name, c.what);
    struct latency_law law = mean_p95(2, 1.5);
    refuses(law, "p95", "above the mean");
    law = mean_p95(2, 5);
    law.cv = 1;
    refuses(law, "law", "exactly two");
    law = of_mean(LATENCY_GAMMA, 2, PARAM_ABSENT);
    refuses(law, "cv", "needs mean and cv");
    law = of_mean(LATENCY_EXPONENTIAL, 0, PARAM_ABSENT);
    refuses(law, "mean", "above 0");
    law = of_mean(LATENCY_EXPONENTIAL, 2, 1);
    refuses(law, "cv", "no such figure");
    law = two_paths(0.1, 1, 1, 10, 1);
    law.mean_s = 5;
    refuses(law, "mean", "no such figure");
    law = two_paths(0.1, 1, 1, 10, 1);
    law.law = LATENCY_LOGNORMAL;
    refuses(law, "mixture", "only the law");
    law = fixed(1);
    law.law = LATENCY_MIXTURE;
    refuses(law, "law", "needs its parts");
    law.law = LATENCY_VALUES;
    refuses(law, "law", "needs the list");
    struct latency alone = nothing();
    check((latency_block.check)(&alone, &c));
    alone.timeout_s = 30;
    check(!(latency_block.check)(&alone, &c));
    check_text(c.key, "timeout");
    const struct mixture_part mix = {1, {1, PARAM_ABSENT, 9, PARAM_ABSENT}};
    check(!(latency_mix_block.check)(&mix, &c));
    check_contains(c.what, "3.868");
}

static const struct test tests[] = {
    {"mean 1.88 and p95 5.3 are the published lognormal", mean_and_p95_give_the_published_lognormal, FAST},
    {"no single lognormal has mean 11.02 and p95 45.1", no_single_lognormal_has_the_published_tail, FAST},
    {"a mixture has mean 11.02 = 5.28 + 5.74 and p95 45.1", a_mixture_has_the_published_tail, MANY},
    {"means add, percentiles do not", means_add_and_percentiles_do_not, FAST},
    {"draws rise with the uniform", draws_rise_with_the_uniform, FAST},
    {"a mixture's quantile inverts its distribution", a_mixtures_quantile_inverts_its_distribution, FAST},
    {"draws have the mean that the expectation states", draws_have_the_stated_mean, MANY},
    {"one part alone has its own law", one_part_alone_has_its_own_law, FAST},
    {"sums of two parts equal numerical integration", sums_equal_numerical_integration, FAST},
    {"a narrow law is blurred by less than a cell", a_narrow_law_is_blurred_by_less_than_a_cell, FAST},
    {"fixed parts are exact", fixed_parts_are_exact, FAST},
    {"rows of a trace are a law of tokens", rows_of_a_trace_are_a_law_of_tokens, FAST},
    {"events and expectations agree", events_and_expectations_agree, MANY},
    {"attempts draw afresh, and routes share what they have in common", attempts_draw_afresh_and_routes_share, FAST},
    {"a timeout ends the wait, and maybe the bill", a_timeout_ends_the_wait_and_maybe_the_bill, FAST},
    {"laws that cannot be are refused with the key and the reason", impossible_laws_are_refused, FAST},
};
TEST_MAIN("latency", tests)

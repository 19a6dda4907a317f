/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/zipf.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "harness.h"
#include "sim/rng.h"

static struct floe_zipf *make(uint64_t n, double s)
{
    return floe_zipf_init(calloc(1, floe_zipf_bytes(n)), n, s);
}

static const double exponents[] = {0, 0.37, 0.9, 0.99999999, 1, 1.00000001, 1.2, 2.385, 5};
enum { N_EXPONENTS = sizeof exponents / sizeof exponents[0] };

/* From the last rank up, in long double: no rounding that a double could see. */
static long double direct(uint64_t from, uint64_t to, double s)
{
    long double sum = 0;
    for (uint64_t k = to; k >= from; k--)
        sum += powl((long double)k, -(long double)s);
    return sum;
}

static void sums_equal_direct_summation(void)
{
    const uint64_t ranges[][2] = {{1, 1},   {1, 48},     {1, 49},    {1, 50},        {7, 1000}, {48, 49},
                                  {49, 49}, {49, 50000}, {1, 60000}, {12345, 60000}, {50, 51},  {99999, 100001}};
    for (int i = 0; i < N_EXPONENTS; i++)
        for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++)
            check_rel(floe_zipf_sum(ranges[r][0], ranges[r][1], exponents[i]),
                      (double)direct(ranges[r][0], ranges[r][1], exponents[i]), 1e-12);
    check_rel(floe_zipf_sum(3, 2, 1), 0, 0);
}

static void table_entries_are_right_to_4_ulp(void)
{
    for (int i = 0; i < N_EXPONENTS; i++) {
        struct floe_zipf *z = make(20000, exponents[i]);
        const long double total = direct(1, z->n, z->exponent);
        long double sum = 0;
        for (uint64_t k = 1; k <= z->n; k++) {
            sum += powl((long double)k, -(long double)z->exponent);
            if (!check_rel(floe_zipf_cdf(z)[k - 1], (double)(sum / total), 0x1p-51)) break;
        }
        check_rel(floe_zipf_pmf(z, 17), (double)(powl(17, -(long double)z->exponent) / total), 1e-15);
        check_rel(floe_zipf_mass(z, 300, 4000), (double)(direct(300, 4000, z->exponent) / total), 1e-12);
        check_rel(floe_zipf_cdf(z)[z->n - 1], 1, 0);
        free(z);
    }
}

/* The obvious twin: walk the distribution function from rank 1. */
static uint64_t slow_draw(const struct floe_zipf *z, double u)
{
    uint64_t k = 1;
    while (floe_zipf_cdf(z)[k - 1] <= u)
        k++;
    return k;
}

static void draws_equal_a_walk_from_the_first_rank(void)
{
    const uint64_t sizes[] = {1, 2, 3, 5, 64, 777, 1024, 1025};
    const struct floe_rng rng = {5, 0};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++)
        for (int i = 0; i < N_EXPONENTS; i++) {
            struct floe_zipf *z = make(sizes[n], exponents[i]);
            for (uint64_t d = 0; d < 500; d++) {
                const double u = floe_rng_uniform(rng, 1, d);
                if (!check_u64(floe_zipf_draw(z, u), slow_draw(z, u))) break;
            }
            for (uint64_t k = 1; k < sizes[n]; k++) { /* at each step of the function and just below it */
                const double u = floe_zipf_cdf(z)[k - 1];
                if (u >= 1) break;
                if (!check_u64(floe_zipf_draw(z, u), slow_draw(z, u))) break;
                if (!check_u64(floe_zipf_draw(z, nextafter(u, 0)), slow_draw(z, nextafter(u, 0)))) break;
            }
            free(z);
        }
}

static void the_ends_of_u_are_the_first_and_the_last_rank(void)
{
    for (int i = 0; i < N_EXPONENTS; i++) {
        struct floe_zipf *z = make(999, exponents[i]);
        check_u64(floe_zipf_draw(z, 0), 1);
        check_u64(floe_zipf_draw(z, 0x1p-53), 1);
        if (exponents[i] <= 2) check_u64(floe_zipf_draw(z, 1 - 0x1p-53), 999);
        free(z);
        z = make(1, exponents[i]);
        check_u64(floe_zipf_draw(z, 0x1p-53), 1);
        check_u64(floe_zipf_draw(z, 1 - 0x1p-53), 1);
        free(z);
    }
}

static void draws_rise_with_the_uniform(void)
{
    struct floe_zipf *z = make(5000, 0.9);
    uint64_t before = 0;
    for (int i = 0; i < 200000; i++) {
        const uint64_t k = floe_zipf_draw(z, (i + 0.5) / 200000);
        if (!check(k >= before)) break;
        before = k;
    }
    free(z);
}

/* Chi-square over cells of at least 50 expected draws; 9 exponents, each fails by chance once in 9,000. */
static void draws_pass_a_chi_square_test(void)
{
    const struct floe_rng rng = {20, 3};
    const int draws = 200000, n = 1000;
    for (int i = 0; i < N_EXPONENTS; i++) {
        struct floe_zipf *z = make((uint64_t)n, exponents[i]);
        double *seen = calloc((size_t)n + 1, sizeof *seen), chi2 = 0, expected = 0, got = 0;
        int cells = 0;
        for (int d = 0; d < draws; d++)
            seen[floe_zipf_draw(z, floe_rng_uniform(rng, (uint32_t)i, (uint64_t)d))] += 1;
        for (int k = 1; k <= n; k++) {
            expected += draws * pow(k, -exponents[i]) / (double)direct(1, (uint64_t)n, exponents[i]), got += seen[k];
            if (expected < 50 && k < n) continue;
            if (expected > 0) chi2 += (got - expected) * (got - expected) / (expected > 1 ? expected : 1);
            cells++, expected = got = 0;
        }
        const double p = gsl_cdf_chisq_Q(chi2, cells - 1);
        check_at(p > 1e-4 / 0.9, __FILE__, __LINE__, "s = %g: chi2 %g on %d cells, p %g", exponents[i], chi2, cells, p);
        free(seen), free(z);
    }
}

static void the_guide_starts_within_two_steps_on_average(void)
{
    for (int i = 0; i < N_EXPONENTS; i++) {
        struct floe_zipf *z = make(10000, exponents[i]);
        double steps = 0;
        for (int d = 0; d < 100000; d++) {
            const double u = (d + 0.5) / 100000;
            const uint64_t cell = (uint64_t)(u * (double)((uint64_t)1 << z->guide_bits));
            steps += (double)(floe_zipf_draw(z, u) - floe_zipf_guide(z)[cell]);
        }
        check(steps / 100000 < 2.001);
        free(z);
    }
}

static const struct test tests[] = {
    {"sums of powers equal direct summation", sums_equal_direct_summation, FAST},
    {"the table's entries are right to 4 ulp", table_entries_are_right_to_4_ulp, FAST},
    {"a draw is the rank that a walk from rank 1 finds", draws_equal_a_walk_from_the_first_rank, FAST},
    {"the ends of u give the first and the last rank", the_ends_of_u_are_the_first_and_the_last_rank, FAST},
    {"draws rise with the uniform", draws_rise_with_the_uniform, FAST},
    {"draws have Zipf's probabilities (chi-square)", draws_pass_a_chi_square_test, FAST},
    {"the guide leaves less than two steps on average", the_guide_starts_within_two_steps_on_average, FAST},
};
TEST_MAIN("zipf", tests)

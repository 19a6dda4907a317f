/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The histogram against sorted data. */
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sim/histogram.h"

enum { N_MAX = 30000 };
static double values[N_MAX];
static struct floe_histogram histogram, other;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double random_value(uint64_t *random, int style)
{
    uint64_t r = test_random(random);
    double u = ((double)(r >> 12) + 0.5) * 0x1p-52;
    if (style == 0) return -log(u);                     /* exponential */
    if (style == 1) return exp2(80 * u - 40);           /* the whole range */
    if (style == 2) return (double)(r % 7);             /* atoms, zero among them */
    return 2.385 * (1 + 1e-3 * (double)(r >> 60)) / 17; /* within a few buckets */
}

/* Definition, said plainly: the smallest value whose count of values at or below it is >= ceil(p n). */
static double plain_quantile(const double *sorted, int n, long long rank)
{
    for (int i = 0; i < n; i++) {
        int at_or_below = i + 1;
        while (at_or_below < n && sorted[at_or_below] == sorted[i])
            at_or_below++;
        if (at_or_below >= rank) return sorted[i];
    }
    return sorted[n - 1];
}

static void quantiles_equal_sorted_data(void)
{
    static const double ps[] = {0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
    uint64_t random = 4;
    for (int round = 0; round < 80; round++) {
        int n = round < 20 ? round + 1 : 1 + (int)(test_random(&random) % 3000);
        floe_histogram_init(&histogram);
        for (int i = 0; i < n; i++) {
            values[i] = random_value(&random, round % 4);
            floe_histogram_add(&histogram, values[i], NULL);
        }
        qsort(values, (size_t)n, sizeof values[0], by_size);
        for (size_t k = 0; k < sizeof ps / sizeof ps[0]; k++) {
            long long rank = (long long)ceill((long double)ps[k] * n - 1e-9L);
            check_rel(floe_histogram_quantile(&histogram, ps[k]), plain_quantile(values, n, rank < 1 ? 1 : rank),
                      1.0 / 256);
        }
    }
}

/* The planted fault: a rank that is one too high is seen by the comparison above. */
static void rank_that_is_off_by_one_is_seen(void)
{
    floe_histogram_init(&histogram);
    for (int i = 1; i <= 20; i++)
        floe_histogram_add(&histogram, i, NULL);
    check_rel(floe_histogram_quantile(&histogram, 0.95), 19, 1.0 / 256);
    check(fabs(floe_histogram_at_rank(&histogram, floe_quantile_rank(0.95, 20) + 1) - 19) > 19.0 / 256);
    check(fabs(floe_histogram_at_rank(&histogram, floe_quantile_rank(0.95, 20) - 1) - 19) > 19.0 / 256);
}

static void ranks_follow_the_definition(void)
{
    int wrong = 0;
    check_u64(floe_quantile_rank(0.07, 100), 7);
    check_u64(floe_quantile_rank(0.95, 20), 19);
    check_u64(floe_quantile_rank(0.95, 21), 20);
    check_u64(floe_quantile_rank(0.5, 1), 1);
    check_u64(floe_quantile_rank(0.5, 2), 1);
    check_u64(floe_quantile_rank(0.5, 3), 2);
    check_u64(floe_quantile_rank(0, 9), 1);
    check_u64(floe_quantile_rank(1, 9), 9);
    check_u64(floe_quantile_rank(0.999, 1000000), 999000);
    check_u64(floe_quantile_rank(0.29, 100), 29);
    check_u64(floe_quantile_rank(0.5, (uint64_t)1 << 53), (uint64_t)1 << 52);
    for (uint64_t n = 1; n <= 2000; n++) /* k / n asks for the value of rank k */
        for (uint64_t k = 1; k <= n; k += 1 + n / 50)
            wrong += floe_quantile_rank((double)k / (double)n, n) != k;
    check_i64(wrong, 0);
}

/* Both ends of every bucket: 0.390625 % is reached at the low end of the first bucket of an octave and not exceeded. */
static void every_bucket_is_within_its_bound(void)
{
    double worst = 0, low = FLOE_HISTOGRAM_LOW;
    int fits = 1;
    for (uint32_t i = 0; i < FLOE_HISTOGRAM_BUCKETS; i++) {
        double next = floe_bits_to(floe_bits_of(low) + ((uint64_t)1 << FLOE_HISTOGRAM_SHIFT));
        double high = nextafter(next, 0), middle = floe_histogram_middle(i);
        fits &= floe_histogram_index(low) == i && floe_histogram_index(high) == i && floe_histogram_index(middle) == i;
        worst = fmax(worst, fmax(fabs(middle / low - 1), fabs(middle / high - 1)));
        low = next;
    }
    check(fits);
    check_rel(low, FLOE_HISTOGRAM_HIGH, 0);
    check_rel(worst, 0.00390625, 0);
}

static void values_outside_the_range_have_their_own_counts(void)
{
    floe_histogram_init(&histogram);
    floe_histogram_add(&histogram, 0, NULL);
    floe_histogram_add(&histogram, -0.0, NULL);
    floe_histogram_add(&histogram, nextafter(FLOE_HISTOGRAM_LOW, 0), NULL);
    floe_histogram_add(&histogram, 0x1p-1074, NULL);
    floe_histogram_add(&histogram, FLOE_HISTOGRAM_LOW, NULL);
    floe_histogram_add(&histogram, nextafter(FLOE_HISTOGRAM_HIGH, 0), NULL);
    floe_histogram_add(&histogram, FLOE_HISTOGRAM_HIGH, NULL);
    floe_histogram_add(&histogram, INFINITY, NULL);
    check_u64(histogram.zeros, 2);
    check_u64(histogram.below, 2);
    check_u64(histogram.above, 2);
    check_u64(histogram.bucket[0], 1);
    check_u64(histogram.bucket[FLOE_HISTOGRAM_BUCKETS - 1], 1);
    check_u64(histogram.n, 8);
    check(floe_histogram_quantile(&histogram, 0.2) == 0);
    check(floe_histogram_quantile(&histogram, 0.5) == FLOE_HISTOGRAM_LOW);
    check(floe_histogram_quantile(&histogram, 0.99) == FLOE_HISTOGRAM_HIGH);
}

static void merging_is_adding_in_any_order(void)
{
    static struct floe_histogram parts[3], forward, backward;
    uint64_t random = 6;
    floe_histogram_init(&histogram);
    floe_histogram_init(&forward);
    floe_histogram_init(&backward);
    for (int part = 0; part < 3; part++) {
        floe_histogram_init(&parts[part]);
        for (int i = 0; i < 5000; i++) {
            double x = random_value(&random, (part + i) % 4) * (i % 50 ? 1 : i % 100 ? 0x1p-60 : 0x1p60);
            floe_histogram_add(&parts[part], x, NULL);
            floe_histogram_add(&histogram, x, NULL);
        }
    }
    for (int part = 0; part < 3; part++) {
        floe_histogram_merge(&forward, &parts[part]);
        floe_histogram_merge(&backward, &parts[2 - part]);
    }
    check(memcmp(&forward, &histogram, sizeof histogram) == 0);
    check(memcmp(&backward, &histogram, sizeof histogram) == 0);
    check(histogram.zeros > 0 && histogram.below > 0 && histogram.above > 0);
}

static void empty_histogram_answers_zero(void)
{
    floe_histogram_init(&histogram);
    check(floe_histogram_quantile(&histogram, 0.5) == 0);
}

static jmp_buf after_panic;

static void catch_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    (void)where, (void)what, (void)file, (void)line;
    longjmp(after_panic, 1);
}

static void negative_values_and_nan_panic(void)
{
    static const double bad[] = {-1e-300, -INFINITY, NAN};
    floe_panic_fn *usual = floe_panic_handler;
    volatile int panics = 0;
    floe_panic_handler = catch_panic;
    floe_histogram_init(&other);
    for (volatile int i = 0; i < 3; i++) {
        if (setjmp(after_panic) == 0)
            floe_histogram_add(&other, bad[i], NULL);
        else
            panics++;
    }
    floe_panic_handler = usual;
    check_i64(panics, 3);
    check_u64(other.n, 0);
}

static const struct test tests[] = {
    {"quantiles are within 1/256 of those of sorted data", quantiles_equal_sorted_data, FAST},
    {"a rank that is off by one is seen", rank_that_is_off_by_one_is_seen, FAST},
    {"the rank of a quantile follows its definition", ranks_follow_the_definition, FAST},
    {"every bucket is within 0.390625 percent", every_bucket_is_within_its_bound, FAST},
    {"values outside the range have their own counts", values_outside_the_range_have_their_own_counts, FAST},
    {"merging is adding, in any order", merging_is_adding_in_any_order, FAST},
    {"an empty histogram answers zero", empty_histogram_answers_zero, FAST},
    {"negative values and NaN panic", negative_values_and_nan_panic, FAST},
};

TEST_MAIN("histogram", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact sums: the same bytes in any order, and as precise as the head of sim/exact.h says. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "sim/exact.h"

enum { N = 20000 };
static double values[N];

/* Sizes from 2^-30 up to near the end of the unit's range, both signs. */
static void make_values(enum floe_unit unit, uint64_t seed)
{
    int top = FLOE_EXACT_BITS - (int)floe_unit_fraction_bits(unit) - 1;
    for (int i = 0; i < N; i++) {
        uint64_t r = test_random(&seed);
        double x = ldexp((double)(r >> 12) * 0x1p-52, (int)(r % (unsigned)(top + 30)) - 29);
        values[i] = r & 1024 ? x : -x;
    }
}

static void shuffle(uint64_t *random)
{
    for (int i = N - 1; i > 0; i--) {
        int k = (int)(test_random(random) % (unsigned)(i + 1));
        double x = values[i];
        values[i] = values[k];
        values[k] = x;
    }
}

static struct floe_exact sum_in_blocks(enum floe_unit unit, uint64_t *random)
{
    struct floe_exact total, block;
    floe_exact_init(&total, unit);
    for (int i = 0; i < N;) {
        int n = 1 + (int)(test_random(random) % 700);
        floe_exact_init(&block, unit);
        for (; n > 0 && i < N; n--, i++)
            floe_exact_add(&block, values[i], NULL);
        if (test_random(random) & 1) { /* merge is symmetric */
            floe_exact_merge(&block, &total, NULL);
            total = block;
        } else {
            floe_exact_merge(&total, &block, NULL);
        }
    }
    return total;
}

static void order_and_partition_do_not_matter(void)
{
    uint64_t random = 17;
    for (int unit = 0; unit < FLOE_UNITS; unit++) {
        make_values((enum floe_unit)unit, 100 + (uint64_t)unit);
        struct floe_exact first = sum_in_blocks((enum floe_unit)unit, &random);
        for (int round = 0; round < 50; round++) {
            shuffle(&random);
            struct floe_exact again = sum_in_blocks((enum floe_unit)unit, &random);
            check(memcmp(&first, &again, sizeof first) == 0);
        }
        check_u64(first.n, N);
        check_u64(first.clamped, 0);
    }
}

/* The planted fault: what the same test says of a sum in doubles. */
static void order_matters_to_a_double(void)
{
    uint64_t random = 17;
    double first = 0, again = 0;
    make_values(FLOE_UNIT_USD, 5);
    for (int i = 0; i < N; i++)
        first += values[i];
    shuffle(&random);
    for (int i = 0; i < N; i++)
        again += values[i];
    check(memcmp(&first, &again, sizeof first) != 0);
}

static void struct_has_no_gaps(void)
{
    check_u64(sizeof(struct floe_exact), 16 + 16 + 8 + 8 + 8 + 4 + 4);
    check_u64(sizeof(struct floe_tally), 16 + 8 + 8);
}

/* mean is off by half a quantum and 1.5 ulp at most, variance by 3 ulp and what the quanta do. long double has 11 more
 * bits: over 20,000 values it loses 2^-64 * 20,000 of the sum of sizes. */
static void moments_equal_long_double(void)
{
    for (int unit = 0; unit < FLOE_UNITS; unit++) {
        struct floe_exact exact;
        long double sum = 0, sizes = 0, squares = 0;
        floe_exact_init(&exact, (enum floe_unit)unit);
        make_values((enum floe_unit)unit, 7);
        for (int i = 0; i < N; i++) {
            floe_exact_add(&exact, values[i], NULL);
            sum += values[i];
            sizes += fabsl((long double)values[i]);
        }
        for (int i = 0; i < N; i++)
            squares += (values[i] - sum / N) * (values[i] - sum / N);
        double slack = (double)(sizes / N * 0x1p-50L);
        check_abs(floe_exact_mean(&exact), (double)(sum / N), slack + floe_power_of_two(-(int)exact.fraction_bits - 1));
        check_rel(floe_exact_total(&exact), floe_exact_mean(&exact) * N, 1e-15);
        check_rel(floe_exact_variance(&exact), (double)(squares / (N - 1)), 1e-13);
        check_rel(floe_exact_sd(&exact), (double)sqrtl(squares / (N - 1)), 1e-13);
    }
}

/* 1e12 and a spread of 1e-3: in doubles n sum(x^2) - sum(x)^2 is noise of size 1e9. Three values: variance = 1e-6. */
static void small_spread_beside_a_large_mean_survives(void)
{
    struct floe_exact exact;
    floe_exact_init(&exact, FLOE_UNIT_USD);
    floe_exact_add(&exact, 1e12 - 0x1p-10, NULL);
    floe_exact_add(&exact, 1e12, NULL);
    floe_exact_add(&exact, 1e12 + 0x1p-10, NULL);
    check_rel(floe_exact_mean(&exact), 1e12, 0);
    check_rel(floe_exact_variance(&exact), 0x1p-20, 0);
}

static void equal_values_have_no_variance(void)
{
    struct floe_exact exact;
    floe_exact_init(&exact, FLOE_UNIT_RATIO);
    check(floe_exact_mean(&exact) == 0 && floe_exact_variance(&exact) == 0);
    for (int i = 0; i < 1000; i++)
        floe_exact_add(&exact, 2.385, NULL);
    check(floe_exact_variance(&exact) == 0);
    check_abs(floe_exact_mean(&exact), 2.385, 0x1p-49);
}

static void whole_counts_are_exact(void)
{
    struct floe_exact exact;
    uint64_t random = 2, sum = 0;
    floe_exact_init(&exact, FLOE_UNIT_COUNT);
    for (int i = 0; i < 4000; i++) {
        uint64_t count = test_random(&random) >> 14; /* up to 2^50 */
        floe_exact_add(&exact, (double)count, NULL);
        sum += count;
    }
    check(exact.sum == (floe_i128)sum << exact.fraction_bits);
    check_u64(exact.clamped, 0);
}

static void one_value_is_rounded_to_the_nearest_quantum(void)
{
    for (int unit = 0; unit < FLOE_UNITS; unit++) {
        uint32_t f = floe_unit_fraction_bits((enum floe_unit)unit);
        int worst_ok = 1;
        make_values((enum floe_unit)unit, 99);
        for (int i = 0; i < N; i++) {
            long double q = rintl(ldexpl(fabsl((long double)values[i]), (int)f)); /* exact: 64 bits hold 53 */
            worst_ok &= floe_quanta_of(values[i], f) == (floe_u128)q;
        }
        check(worst_ok);
        double quantum = floe_power_of_two(-(int)f);
        check(floe_quanta_of(0.5 * quantum, f) == 0); /* halves to even */
        check(floe_quanta_of(1.5 * quantum, f) == 2);
        check(floe_quanta_of(2.5 * quantum, f) == 2);
        check(floe_quanta_of(0x1p-1074, f) == 0);
        check(floe_quanta_of(nextafter(0.5 * quantum, 1), f) == 1);
        check(floe_quanta_of(0.0, f) == 0);
    }
}

static void values_beyond_the_range_are_clamped_and_counted(void)
{
    for (int unit = 0; unit < FLOE_UNITS; unit++) {
        struct floe_exact exact;
        double limit = floe_unit_limit((enum floe_unit)unit);
        floe_exact_init(&exact, (enum floe_unit)unit);
        floe_exact_add(&exact, limit, NULL);
        check_u64(exact.clamped, 0);
        floe_exact_add(&exact, nextafter(limit, INFINITY), NULL);
        floe_exact_add(&exact, INFINITY, NULL);
        check_u64(exact.clamped, 2);
        check_rel(floe_exact_mean(&exact), limit, 0);
        check(floe_exact_variance(&exact) == 0);
        floe_exact_add(&exact, -INFINITY, NULL);
        check_u64(exact.clamped, 3);
        check_rel(floe_exact_total(&exact), 2 * limit, 0);
        check_u64(exact.n, 4);
    }
    check_rel(floe_unit_limit(FLOE_UNIT_USD), 0x1p40, 0);
}

/* 2^32-1 values at the end of the range, as 32 doublings of merging would give: neither sum may run over. */
static void fullest_sum_does_not_run_over(void)
{
    struct floe_exact one, all;
    floe_exact_init(&one, FLOE_UNIT_S);
    floe_exact_init(&all, FLOE_UNIT_S);
    floe_exact_add(&one, floe_unit_limit(FLOE_UNIT_S), NULL);
    for (int bit = 0; bit < 32; bit++) {
        floe_exact_merge(&all, &one, NULL);
        struct floe_exact twin = one;
        if (bit < 31) floe_exact_merge(&one, &twin, NULL);
    }
    check_u64(all.n, FLOE_EXACT_VALUES_MAX);
    check_rel(floe_exact_mean(&all), floe_unit_limit(FLOE_UNIT_S), 0);
    check(floe_exact_variance(&all) == 0);
}

static void numbers_of_256_bits_convert_once(void)
{
    struct floe_wide w = {{1, 0, 0, 0}};
    check_rel(floe_wide_double(w), 1, 0);
    w.limb[0] = UINT64_MAX;
    check_rel(floe_wide_double(w), 0x1p64, 0);
    w.limb[3] = (uint64_t)1 << 63 | 1 << 10; /* a tie of 53 bits, but for the last bit of all */
    w.limb[0] = 0;
    check_rel(floe_wide_double(w), 0x1p255, 0);
    w.limb[0] = 1;
    check_rel(floe_wide_double(w), 0x1p255 + 0x1p203, 0);
    struct floe_wide zero = {{0, 0, 0, 0}};
    check(floe_wide_double(zero) == 0);
    floe_u128 a = ((floe_u128)0xfedcba9876543210u << 64) | 0x0123456789abcdefu;
    struct floe_wide square = floe_wide_product(a, a), one_less = floe_wide_product(a, a - 1);
    struct floe_wide difference = floe_wide_minus(square, one_less);
    check_u64(difference.limb[0], (uint64_t)a);
    check_u64(difference.limb[1], (uint64_t)(a >> 64));
    check_u64(difference.limb[2] | difference.limb[3], 0);
    check_rel(floe_i128_double(-(floe_i128)5), -5, 0);
    struct floe_wide more = {{0, 5, 1, 0}}, less = {{1, 5, 0, 0}}; /* the borrow goes through equal limbs */
    difference = floe_wide_minus(more, less);
    check_u64(difference.limb[0] & difference.limb[1], UINT64_MAX);
    check_u64(difference.limb[2] | difference.limb[3], 0);
}

static void tally_is_exact(void)
{
    struct floe_tally a = {0, 0, 0}, b = {0, 0, 0};
    floe_tally_add(&a, UINT64_MAX);
    floe_tally_add(&a, UINT64_MAX);
    floe_tally_add(&b, 3);
    check(floe_tally_mean(&b) == 3);
    floe_tally_merge(&b, &a);
    check(b.sum == 2 * (floe_u128)UINT64_MAX + 3);
    check_u64(b.n, 3);
    check_u64(b.most, UINT64_MAX);
}

/* ---- misuse ---- */

static jmp_buf after_panic;
static const char *panic_text;

static void catch_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    (void)where, (void)file, (void)line;
    panic_text = what;
    longjmp(after_panic, 1);
}

static void misuse(int which)
{
    struct floe_exact a, b;
    floe_exact_init(&a, FLOE_UNIT_USD);
    floe_exact_init(&b, which == 1 ? FLOE_UNIT_S : FLOE_UNIT_USD);
    if (which == 0) floe_exact_add(&a, NAN, NULL);
    if (which == 1) floe_exact_merge(&a, &b, NULL);
    a.n = FLOE_EXACT_VALUES_MAX;
    b.n = 1;
    if (which == 2) floe_exact_add(&a, 1, NULL);
    if (which == 3) floe_exact_merge(&a, &b, NULL);
}

static void misuse_panics(void)
{
    static const char *const want[] = {"not a number", "two units", "more values", "more values"};
    floe_panic_fn *usual = floe_panic_handler;
    floe_panic_handler = catch_panic;
    for (volatile int i = 0; i < 4; i++) {
        panic_text = "";
        if (setjmp(after_panic) == 0) misuse(i);
        check_contains(panic_text, want[i]);
    }
    floe_panic_handler = usual;
}

static const struct test tests[] = {
    {"neither order nor partition changes a byte", order_and_partition_do_not_matter, FAST},
    {"they do change a sum of doubles", order_matters_to_a_double, FAST},
    {"the sums have no gaps between their fields", struct_has_no_gaps, FAST},
    {"mean, variance and sd equal long double", moments_equal_long_double, FAST},
    {"a small spread beside a large mean survives", small_spread_beside_a_large_mean_survives, FAST},
    {"equal values have no variance", equal_values_have_no_variance, FAST},
    {"whole counts are exact", whole_counts_are_exact, FAST},
    {"one value is rounded to the nearest quantum", one_value_is_rounded_to_the_nearest_quantum, FAST},
    {"values beyond the range are clamped and counted", values_beyond_the_range_are_clamped_and_counted, FAST},
    {"the fullest sum does not run over", fullest_sum_does_not_run_over, FAST},
    {"numbers of 256 bits are rounded once", numbers_of_256_bits_convert_once, FAST},
    {"a tally is exact", tally_is_exact, FAST},
    {"misuse panics", misuse_panics, FAST},
};

TEST_MAIN("exact", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions: values at known uniforms, increase along the lattice (at random places and planted where a formula
 * changes), moments with fixed seeds, and for Poisson counts a slow twin in long double. */
#include "harness.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>

#include "sim/draw.h"

static const struct floe_rng some_rng = {20240717, 3};

/* The uniform of lattice place k, 0 <= k < 2^52. */
static double lattice(uint64_t k)
{
    return floe_uniform_from_word(k << 12);
}

static uint64_t place_of(double u)
{
    return (uint64_t)(u * 0x1p52);
}

/* Places to look at: random ones, in the middle and towards both ends. */
static uint64_t random_place(uint64_t *state, int i)
{
    const uint64_t k = test_random(state) >> 12 >> (i / 2 % 52);
    return i & 1 ? ((uint64_t)1 << 52) - 1 - k : k;
}

/* ---- increasing along the lattice ---- */

enum { NEIGHBOURS = 24 };

/* How often f falls (or, if strict, does not rise) among neighbours of place k. */
static int falls_around(double (*f)(double), uint64_t k, int strict)
{
    const uint64_t end = (uint64_t)1 << 52;
    int falls = 0;
    for (uint64_t i = k < NEIGHBOURS ? 0 : k - NEIGHBOURS; i < k + NEIGHBOURS && i + 1 < end; i++) {
        const double here = f(lattice(i)), next = f(lattice(i + 1));
        falls += strict ? next <= here : next < here;
    }
    return falls;
}

static int falls_at_random(double (*f)(double), int strict)
{
    uint64_t state = 2385;
    int falls = 0;
    for (int i = 0; i < (test_is_long() ? 200000 : 4000); i++)
        falls += falls_around(f, random_place(&state, i), strict);
    return falls;
}

/* Where formulas change: the joints of AS 241 (u = 0.075, exp(-25) and their mirror images), powers of two times
 * sqrt(1/2) for the logarithm, and the ends. */
static int falls_at_joints(double (*f)(double), int strict)
{
    int falls = falls_around(f, 0, strict) + falls_around(f, ((uint64_t)1 << 52) - 2, strict);
    const double joints[] = {0.075, 1.3887943864964021e-11, 0.5, 0.25, 0.0625};
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++) {
        falls += falls_around(f, place_of(joints[i]), strict);
        falls += falls_around(f, place_of(1 - joints[i]), strict);
    }
    for (double u = 0.70710678118654752440; u > 0x1p-50; u /= 2)
        falls += falls_around(f, place_of(u), strict) + falls_around(f, place_of(1 - u), strict);
    return falls;
}

static void exponential_increases_everywhere(void)
{
    check_i64(falls_at_random(floe_draw_exponential, 1), 0);
    check_i64(falls_at_joints(floe_draw_exponential, 1), 0);
}

static void normal_increases_everywhere(void)
{
    check_i64(falls_at_random(floe_draw_normal, 1), 0);
    check_i64(falls_at_joints(floe_draw_normal, 1), 0);
}

static double narrow_lognormal(double u)
{
    return floe_draw_lognormal(u, 0.3, 0.002385);
}

static double wide_lognormal(double u)
{
    return floe_draw_lognormal(u, -6.1, 2.385);
}

static double some_range(double u)
{
    return floe_draw_range(u, -2.385, 761.5);
}

static void lognormal_and_range_never_fall(void)
{
    check_i64(falls_at_random(narrow_lognormal, 0) + falls_at_joints(narrow_lognormal, 0), 0);
    check_i64(falls_at_random(wide_lognormal, 0) + falls_at_joints(wide_lognormal, 0), 0);
    check_i64(falls_at_random(some_range, 0) + falls_at_joints(some_range, 0), 0);
}

/* The detector itself: a lower tail that is 2.5 parts in 10^15 too high must be seen at its joint. */
static double planted_normal(double u)
{
    return u < 0.075 ? floe_draw_normal(u) + 0x1p-48 : floe_draw_normal(u);
}

static void a_planted_step_at_a_joint_is_seen(void)
{
    check(falls_at_joints(planted_normal, 1) > 0);
}

/* ---- values ---- */

/* Origin: mpmath 1.3, 50 digits. Among them the ends of the lattice. */
static void values_at_known_uniforms(void)
{
    check_rel(floe_draw_exponential(0x1p-53), 1.1102230246251566021e-16, 2.3e-16);
    check_rel(floe_draw_exponential(1 - 0x1p-53), 36.736800569677101399, 2.3e-16);
    check_rel(floe_draw_normal(1 - 0x1p-53), 8.2095361516013868556, 1e-14);
    check_rel(floe_draw_lognormal(0.025, 1.25, 0.4), 1.5936299573094743556, 1e-14);
    check_rel(floe_draw_range(0.25, -2.385, 7.615), 0.115, 1e-14);
}

static void a_range_keeps_its_ends(void)
{
    check(floe_draw_range(1 - 0x1p-53, 0.1, 0.3) <= 0.3);
    check(floe_draw_range(0x1p-53, 0.1, 0.3) >= 0.1);
    check(floe_draw_range(0.7, 2.385, 2.385) == 2.385);
}

static void an_index_is_the_exact_floor(void)
{
    check_u64(floe_draw_index(1 - 0x1p-53, 7), 6);
    check_u64(floe_draw_index(0x1p-53, 7), 0);
    check_u64(floe_draw_index(1 - 0x1p-53, 0x1fffffffffffff), 0x1ffffffffffffe);
    check_u64(floe_draw_index(1 - 0x1p-53, 1), 0);
    check_u64(floe_draw_index(0.7, 0), 0);
    for (uint64_t n = 1; n < 200; n++)
        for (uint64_t i = 1; i < n; i++) {
            const uint64_t k = (uint64_t)(((floe_u128)i << 52) / n); /* the border i/n is in cell k */
            check(floe_draw_index(lattice(k - 1), n) == i - 1);
            check(floe_draw_index(lattice(k + 1), n) == i);
        }
}

static void bernoulli_is_exact_on_the_lattice(void)
{
    check(!floe_draw_bernoulli(1 - 0x1p-53, 0) && floe_draw_bernoulli(0x1p-53, 1));
    check(floe_draw_bernoulli(0.5 + 0x1p-53, 0.5) && !floe_draw_bernoulli(0.5 - 0x1p-53, 0.5));
    check(floe_draw_bernoulli(0.9, 0.2385) && !floe_draw_bernoulli(0.7, 0.2385));
}

/* ---- moments ---- */

/* Mean of f(draw) over n draws must be within 4.5 standard errors of `mean`, the standard error being sd / sqrt(n): a
 * false alarm in 7e-6, and n makes the error itself small against what is tested. */
static void moment(double (*f)(double), uint32_t stream, double mean, double sd)
{
    enum { N = 400000 };
    double sum = 0;
    struct floe_stream s = floe_stream_at(some_rng, stream, 0);
    for (int i = 0; i < N; i++)
        sum += f(floe_stream_uniform(&s)) - mean;
    check_abs(sum / N, 0.0, 4.5 * sd / sqrt(N));
}

static double exponential_squared(double u)
{
    return floe_draw_exponential(u) * floe_draw_exponential(u);
}

static double normal_squared(double u)
{
    return floe_draw_normal(u) * floe_draw_normal(u);
}

static double normal_cubed(double u)
{
    return normal_squared(u) * floe_draw_normal(u);
}

static double seventh(double u)
{
    return (double)floe_draw_index(u, 7);
}

static double rare(double u)
{
    return floe_draw_bernoulli(u, 0.02385);
}

static double half_lognormal(double u)
{
    return floe_draw_lognormal(u, -0.125, 0.5); /* mean 1, variance e^(1/4) - 1 */
}

/* Moments: exponential 1, 2 (E x^4 = 24); normal 0, 1, 0 (E z^4 = 3, E z^6 = 15). */
static void moments_are_those_of_the_distributions(void)
{
    moment(floe_draw_exponential, 50, 1, 1);
    moment(exponential_squared, 51, 2, sqrt(20));
    moment(floe_draw_normal, 52, 0, 1);
    moment(normal_squared, 53, 1, sqrt(2));
    moment(normal_cubed, 54, 0, sqrt(15));
    moment(half_lognormal, 55, 1, sqrt(exp(0.25) - 1));
    moment(some_range, 56, 379.5575, 763.885 / sqrt(12));
    moment(seventh, 57, 3, 2);
    moment(rare, 58, 0.02385, sqrt(0.02385 * (1 - 0.02385)));
}

/* ---- Poisson ---- */

/* Origin: mpmath 1.3, 40 digits, sum of the probabilities: P(X <= k) if k + 1 < mean, else P(X > k). */
static const struct {
    double mean;
    uint64_t k;
    double tail;
} known_tails[] = {
    {16.0, 0, 1.12535174719259115e-7},
    {16.0, 3, 0.0000931416129426401271},
    {16.0, 15, 0.53325510861227925},
    {16.0, 16, 0.43403757699012343},
    {16.0, 40, 1.26035340616386777e-7},
    {16.0, 60, 8.43186267657127424e-18},
    {63.7, 20, 1.5542042698379214e-10},
    {63.7, 62, 0.448346321198948099},
    {63.7, 63, 0.501651512919448974},
    {63.7, 130, 1.07937384811402947e-13},
    {127.5, 60, 2.03563678772702958e-11},
    {127.5, 126, 0.470551269720018321},
    {127.5, 127, 0.494106260182122044},
    {127.5, 128, 0.458901846608082173},
    {127.5, 220, 4.07065840569879417e-14},
    {333.25, 194, 8.70925264139032402e-17},
    {333.25, 300, 0.0347325262283842004},
    {333.25, 333, 0.490894926644065417},
    {333.25, 420, 2.11635689345394792e-6},
    {5000.5, 4450, 1.14143055550909116e-15},
    {5000.5, 4999, 0.495298629603886568},
    {5000.5, 5001, 0.493418612907811823},
    {5000.5, 5591, 1.17344785320558408e-16},
    {1000000.0, 991800, 1.10064170429028071e-16},
    {1000000.0, 999999, 0.500132980760872591},
    {1000000.0, 1000000, 0.499734038513716347},
    {1000000.0, 1008222, 1.09278785561950633e-16},
    {1000000000.0, 999740500, 1.13917492557029729e-16},
    {1000000000.0, 999999999, 0.500004205220870057},
    {1000000000.0, 1000000000, 0.499991589558261007},
    {1000000000.0, 1000031623, 0.158649718753804702},
    {1000000000.0, 1000259618, 1.11048429135228314e-16},
};

static void poisson_tails_are_known(void)
{
    for (size_t i = 0; i < sizeof known_tails / sizeof known_tails[0]; i++)
        check_rel(floe_poisson_tail(known_tails[i].k, known_tails[i].mean), known_tails[i].tail, 1e-12);
}

static const double some_means[] = {1e-9,  0.02385, 0.3,   1,   2.385, 7.5, 12.25,  23.85,     64.5, 99.99999, 100,
                                    100.1, 111.5,   127.5, 128, 200.3, 512, 2385.5, 1e5 + .25, 1e7,  1e9};
enum { SOME_MEANS = sizeof some_means / sizeof some_means[0] };

/* A draw from Poisson(mean) has mean and variance `mean`; the variance's standard error is sqrt((mean + 2 mean^2) / n).
 * |z| below 4.5: a false alarm in 7e-6 each. */
static void poisson_moments(void)
{
    for (int m = 0; m < SOME_MEANS; m++) {
        enum { N = 40000 };
        const double mean = some_means[m];
        double sum = 0, squares = 0;
        struct floe_stream s = floe_stream_at(some_rng, 60 + (uint32_t)m, 0);
        if (mean * N < 100) continue; /* too rare for a normal test */
        for (int i = 0; i < N; i++) {
            const double off = (double)floe_draw_poisson(floe_stream_uniform(&s), mean) - mean;
            sum += off;
            squares += off * off;
        }
        check_abs(sum / N, 0, 4.5 * sqrt(mean / N));
        check_abs(squares / N, mean, 4.5 * sqrt((mean + 2 * mean * mean) / N));
    }
}

/* The slow twin: F(k) summed in long double from 0; the count is right if F(k - 1) < u <= F(k), give or take 1e-12. */
static void check_against_twin(double u, double mean)
{
    const uint64_t k = floe_draw_poisson(u, mean);
    long double below = 0, p = expl(-(long double)mean);
    for (uint64_t i = 0; i < k; i++) {
        below += p;
        p *= (long double)mean / (long double)(i + 1);
    }
    check_at(below < (long double)u + 1e-12L && (long double)u <= below + p + 1e-12L, __FILE__, __LINE__,
             "Poisson(%.17g) at %a gives %llu", mean, u, (unsigned long long)k);
}

static void poisson_is_the_twins_inverse(void)
{
    uint64_t state = 17;
    if (LDBL_MANT_DIG <= DBL_MANT_DIG) {
        test_skip("long double is no wider than double here");
        return;
    }
    for (int i = 0; i < (test_is_long() ? 300000 : 6000); i++) {
        const double v = lattice(test_random(&state) >> 12), u = lattice(random_place(&state, i));
        check_against_twin(u, i % 3 == 0 ? 120 * v : i % 3 == 1 ? 1000 * v : exp(20 * v - 14));
    }
}

/* u goes up by neighbours across the place where the count goes from k to k + 1: it must rise there and never fall. */
static void poisson_rises_after(uint64_t k, double mean)
{
    const double tail = floe_poisson_tail(k, mean);
    const double border = floe_poisson_is_lower(k, mean) ? tail : 1 - tail;
    if (mean < FLOE_POISSON_SUMMED_BELOW || border <= 0x1p-52 || border >= 1 - 0x1p-52) return;
    const uint64_t at = place_of(border), from = at < NEIGHBOURS ? 0 : at - NEIGHBOURS;
    uint64_t before = floe_draw_poisson(lattice(from), mean);
    int falls = 0, rises = 0;
    for (uint64_t i = from + 1; i < from + 2 * NEIGHBOURS && i < (uint64_t)1 << 52; i++) {
        const uint64_t here = floe_draw_poisson(lattice(i), mean);
        falls += here < before;
        rises += here > before;
        before = here;
    }
    check_i64(falls, 0);
    check(rises >= 1);
}

static void large_poisson_counts_increase(void)
{
    uint64_t state = 5;
    for (int m = 0; m < SOME_MEANS; m++)
        for (int i = 0; i < (test_is_long() ? 2000 : 60); i++)
            poisson_rises_after(floe_draw_poisson(lattice(random_place(&state, i)), some_means[m]), some_means[m]);
}

/* Below a mean of 100 the borders are the partial sums themselves, and 1 - 2^-10 where the upper tail takes over. */
static void small_poisson_counts_increase(void)
{
    for (int m = 0; some_means[m] < FLOE_POISSON_SUMMED_BELOW; m++) {
        const double mean = some_means[m];
        double p = floe_exp(-mean), sum = p;
        for (int k = 0; k < 260 && p > 0; k++) {
            const uint64_t last = ((uint64_t)1 << 52) - 1, at = sum < 1 ? place_of(sum) : last;
            for (uint64_t i = at < 20 ? 0 : at - 20; i < at + 20 && i < last; i++)
                check(floe_draw_poisson(lattice(i), mean) <= floe_draw_poisson(lattice(i + 1), mean));
            sum += p *= mean / (k + 1);
        }
        const uint64_t at = place_of(1 - 0x1p-10);
        for (uint64_t i = at - 40; i < at + 40; i++)
            check(floe_draw_poisson(lattice(i), mean) <= floe_draw_poisson(lattice(i + 1), mean));
    }
}

/* The mean at which p_0 + ... + p_k comes nearest to 1 - 2^-10 from above, where one sum hands over to the other. */
static double mean_at_handover(uint64_t k)
{
    double low = 0, high = FLOE_POISSON_SUMMED_BELOW;
    for (int i = 0; i < 80; i++) {
        const double mean = 0.5 * (low + high);
        if (floe_poisson_search_up(1 - 0x1p-10, mean) <= k)
            low = mean;
        else
            high = mean;
    }
    return low;
}

/* Both sums are rounded: if the count did not keep the one as a lower bound of the other, it would fall here. */
static void small_poisson_counts_increase_at_the_handover(void)
{
    const uint64_t at = place_of(1 - 0x1p-10);
    for (uint64_t k = 1; k < 65; k++) {
        uint64_t bits = floe_bits_of(mean_at_handover(k)) - 10;
        for (int j = 0; j < 20; j++, bits++)
            for (uint64_t i = at - 8; i < at + 20; i++)
                check(floe_draw_poisson(lattice(i), floe_bits_to(bits)) <=
                      floe_draw_poisson(lattice(i + 1), floe_bits_to(bits)));
    }
}

/* Same luck, more load: the count does not fall when the mean grows, also over the change of method at 100. */
static void poisson_counts_grow_with_the_mean(void)
{
    uint64_t state = 6;
    for (int i = 0; i < 2000; i++) {
        const double u = lattice(random_place(&state, i));
        check(floe_draw_poisson(u, 99.999999) <= floe_draw_poisson(u, 100));
        check(floe_draw_poisson(u, 127.9) <= floe_draw_poisson(u, 128.1));
        check(floe_draw_poisson(u, 2385) <= floe_draw_poisson(u, 2386));
    }
}

/* At small means the upper tail, down to 1e-14, is compared with its sum from the far end in long double. */
static void the_far_tail_of_small_means_is_right(void)
{
    for (int m = 1; some_means[m] < FLOE_POISSON_SUMMED_BELOW; m++) {
        long double p = expl(-(long double)some_means[m]), tails[300] = {0};
        for (int k = 0; k < 299; k++)
            tails[k] = p, p *= (long double)some_means[m] / (k + 1);
        for (int k = 297; k >= 0; k--) /* tails[k] = P(X >= k) */
            tails[k] += tails[k + 1];
        for (int k = 1; k < 298; k++) {
            if (tails[k] > 1e-3L || tails[k] < 1e-14L) continue;
            const uint64_t at = ((uint64_t)1 << 52) - (uint64_t)(tails[k] * 0x1p52L);
            const uint64_t slack = 2 + (uint64_t)(tails[k] * 0x1p52L * 1e-12L);
            check_u64(floe_draw_poisson(lattice(at - slack), some_means[m]), k - 1);
            check_u64(floe_draw_poisson(lattice(at + slack), some_means[m]), k);
        }
    }
}

static jmp_buf panicked;

static void jump_out(const struct floe_where *where, const char *what, const char *file, int line)
{
    (void)where, (void)what, (void)file, (void)line;
    longjmp(panicked, 1);
}

static int poisson_panics(double mean)
{
    if (setjmp(panicked) != 0) return 1;
    (void)floe_draw_poisson(0.7, mean);
    return 0;
}

static void poisson_at_the_ends_of_its_means(void)
{
    floe_panic_fn *const before = floe_panic_handler;
    check_u64(floe_draw_poisson(1 - 0x1p-53, 0), 0);
    check_u64(floe_draw_poisson(1 - 0x1p-53, 1e-300), 0);
    check_u64(floe_draw_poisson(1 - 0x1p-53, 1e-17), 0);
    check(floe_draw_poisson(0x1p-53, 1e9) < 1000000000 && floe_draw_poisson(1 - 0x1p-53, 1e9) > 1000000000);
    floe_panic_handler = jump_out;
    check(poisson_panics(-1) && poisson_panics(NAN) && poisson_panics(1.1e9));
    floe_panic_handler = before;
}

static const struct test tests[] = {
    {"exponential draws increase everywhere", exponential_increases_everywhere, FAST},
    {"normal draws increase everywhere", normal_increases_everywhere, FAST},
    {"lognormal draws and ranges never fall", lognormal_and_range_never_fall, FAST},
    {"a planted step at a joint is seen", a_planted_step_at_a_joint_is_seen, FAST},
    {"draws have known values at known uniforms", values_at_known_uniforms, FAST},
    {"a range keeps its ends", a_range_keeps_its_ends, FAST},
    {"an index is the exact floor", an_index_is_the_exact_floor, FAST},
    {"Bernoulli is exact on the lattice", bernoulli_is_exact_on_the_lattice, FAST},
    {"moments are those of the distributions", moments_are_those_of_the_distributions, FAST},
    {"Poisson tails have known values", poisson_tails_are_known, FAST},
    {"Poisson counts have mean and variance equal", poisson_moments, FAST},
    {"Poisson counts invert the slow twin's sum", poisson_is_the_twins_inverse, FAST},
    {"large Poisson counts rise at their borders and never fall", large_poisson_counts_increase, FAST},
    {"small Poisson counts increase", small_poisson_counts_increase, FAST},
    {"small Poisson counts increase where one sum hands over to the other",
     small_poisson_counts_increase_at_the_handover, FAST},
    {"Poisson counts grow with the mean", poisson_counts_grow_with_the_mean, FAST},
    {"the far tail of small means is right", the_far_tail_of_small_means_is_right, FAST},
    {"Poisson stands at the ends of its means and refuses beyond", poisson_at_the_ends_of_its_means, FAST},
};

TEST_MAIN("draw", tests)

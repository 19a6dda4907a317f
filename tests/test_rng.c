/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "sim/rng.h"

static const struct floe_rng some_rng = {0x0123456789abcdefu, 4660};

/* ---- Philox ---- */

static void philox_gives(const uint32_t counter[4], const uint32_t key[2], const uint32_t want[4])
{
    struct floe_philox_block c, got;
    struct floe_philox_key k;
    memcpy(c.word, counter, sizeof c.word);
    memcpy(k.word, key, sizeof k.word);
    got = floe_philox(k, c);
    for (int i = 0; i < 4; i++)
        check_u64(got.word[i], want[i]);
}

/* Origin: Random123, examples/kat_vectors, "philox4x32 10". The third is the first digits of pi. */
static void philox_known_answers(void)
{
    const uint32_t zeros[4] = {0, 0, 0, 0}, ones[4] = {~0u, ~0u, ~0u, ~0u};
    const uint32_t pi_counter[4] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   pi_key[2] = {0xa4093822, 0x299f31d0};
    philox_gives(zeros, zeros, (const uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    philox_gives(ones, ones, (const uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    philox_gives(pi_counter, pi_key, (const uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

static void a_block_filled_by_lanes_is_the_block_at_its_counter(void)
{
    enum { N = 67 };
    const struct floe_philox_key key = {{2385, 17}};
    const uint64_t low = 0xfffffffffffffff0u, high = 0x7fffffff00000003u; /* both carry on the way */
    const struct floe_philox_step step = {1, (uint64_t)1 << 32};
    uint64_t first[N], second[N];
    floe_philox_fill(key, floe_philox_counter(low, high), step, N, first, second);
    for (uint64_t i = 0; i < N; i++) {
        const struct floe_philox_block want = floe_philox(key, floe_philox_counter(low + i, high + (i << 32)));
        check_u64(first[i], floe_philox_first(want));
        check_u64(second[i], floe_philox_second(want));
    }
}

/* ---- hash ---- */

/* Origin: the test strings of the FNV reference code (FNV-1a, 64 bits), before the final mixing. */
static void fnv_known_answers(void)
{
    struct floe_hash h = floe_hash_begin();
    check_u64(h.state, 0xcbf29ce484222325u);
    floe_hash_bytes(&h, "a", 1);
    check_u64(h.state, 0xaf63dc4c8601ec8cu);
    h = floe_hash_begin();
    floe_hash_bytes(&h, "foobar", 6);
    check_u64(h.state, 0x85944171f73967e8u);
    check_u64(floe_hash_end(h), 0x2c22194922d1672bu); /* frozen, computed by this code */
    check_u64(floe_hash_mix(0), 0);
    check_u64(floe_hash_mix(1), 0xb456bcfc34c2cb2cu); /* MurmurHash3's fmix64(1) */
}

static void integers_are_hashed_as_little_endian_bytes(void)
{
    const uint8_t bytes[] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0xff, 0xff,
                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x51, 0x09, 0,    0};
    struct floe_hash a = floe_hash_begin(), b = floe_hash_begin();
    floe_hash_bytes(&a, bytes, sizeof bytes);
    floe_hash_i128(&b, (floe_i128)-1 * ((floe_i128)1 << 64) + 0x0123456789abcdef);
    floe_hash_u32(&b, 2385);
    check_u64(floe_hash_end(a), floe_hash_end(b));
}

static void texts_do_not_run_into_each_other(void)
{
    struct floe_hash a = floe_hash_begin(), b = floe_hash_begin();
    floe_hash_text(&a, "ab"), floe_hash_text(&a, "c");
    floe_hash_text(&b, "a"), floe_hash_text(&b, "bc");
    check(floe_hash_end(a) != floe_hash_end(b));
}

static void zero_and_nan_have_one_hash_each(void)
{
    struct floe_hash plus = floe_hash_begin(), minus = plus, nan_a = plus, nan_b = plus;
    floe_hash_f64(&plus, 0.0), floe_hash_f64(&minus, -0.0);
    floe_hash_f64(&nan_a, NAN), floe_hash_f64(&nan_b, -NAN);
    check_u64(floe_hash_end(plus), floe_hash_end(minus));
    check_u64(floe_hash_end(nan_a), floe_hash_end(nan_b));
}

/* Frozen: computed by this code. A change here changes the draws of every scenario. */
static void a_stream_is_named_by_workload_and_purpose(void)
{
    check_u64(floe_stream_id("chat", "arrival"), 0x9931d52fu);
    check_u64(floe_stream_id("chatarrival", ""), 0xe3914fa8u);
}

/* ---- addresses ---- */

/* Frozen: computed by this code with math profile 1. */
static void draws_at_known_addresses(void)
{
    check_u64(floe_rng_word(some_rng, 77, 2385), 0xf8a49e87a42655fbu);
    check_u64(floe_rng_word(some_rng, 77, 0), 0xacc941183178a25au);
    check_u64(floe_rng_word_sub(some_rng, 77, FLOE_RNG_DRAWS_MAX - 1, FLOE_RNG_SUB_MAX), 0x21e44b95e304c1d5u);
}

static void each_part_of_the_address_has_its_place_in_the_counter(void)
{
    const uint64_t index = 0x1234567890abu * 2 + 1;
    const struct floe_philox_block c = floe_rng_counter(some_rng, 0xcafe, index, 0x5678);
    check_u64(c.word[0], 0x567890ab);
    check_u64(c.word[1], 0x56781234);
    check_u64(c.word[2], 0xcafe);
    check_u64(c.word[3], 4660);
    check_u64(floe_rng_key(some_rng).word[0], 0x89abcdef);
    check_u64(floe_rng_key(some_rng).word[1], 0x01234567);
    check_u64(floe_rng_word_sub(some_rng, 0xcafe, index, 0x5678),
              floe_philox_second(floe_philox(floe_rng_key(some_rng), c)));
}

static void a_draw_does_not_depend_on_the_order_of_draws(void)
{
    enum { N = 100 };
    uint64_t forward[N];
    for (int i = 0; i < N; i++)
        forward[i] = floe_rng_word(some_rng, 3, (uint64_t)i);
    for (int i = N - 1; i >= 0; i--)
        check_u64(floe_rng_word(some_rng, 3, (uint64_t)i), forward[i]);
}

static void reading_in_sequence_gives_the_addressed_draws(void)
{
    for (uint64_t start = 7; start <= 8; start++) {
        struct floe_stream stream = floe_stream_at(some_rng, 5, start);
        for (uint64_t i = start; i < start + 50; i++) {
            const uint64_t got = floe_stream_next(&stream);
            check_u64(got, floe_rng_word(some_rng, 5, i));
        }
    }
}

static void lanes_of_replications_give_the_addressed_draws(void)
{
    enum { N = 64 };
    uint64_t even[N], odd[N];
    floe_rng_fill_replications(some_rng, 9, 720, N, even, odd);
    for (uint32_t i = 0; i < N; i++) {
        const struct floe_rng lane = {some_rng.seed, some_rng.replication + i};
        check_u64(even[i], floe_rng_word(lane, 9, 720));
        check_u64(odd[i], floe_rng_word(lane, 9, 721));
    }
}

static void filled_draws_are_the_addressed_draws(void)
{
    enum { N = 33 };
    uint64_t even[N], odd[N];
    floe_rng_fill_draws(some_rng, 9, 0x1fffffff0u, N, even, odd); /* the block index carries into its high half */
    for (uint64_t i = 0; i < N; i++) {
        check_u64(even[i], floe_rng_word(some_rng, 9, 0x1fffffff0u + 2 * i));
        check_u64(odd[i], floe_rng_word(some_rng, 9, 0x1fffffff0u + 2 * i + 1));
    }
}

static jmp_buf panicked;

static void jump_out(const struct floe_where *where, const char *what, const char *file, int line)
{
    (void)where, (void)what, (void)file, (void)line;
    longjmp(panicked, 1);
}

static void asking_beyond_the_end_of_a_stream_is_an_assertion(void)
{
    floe_panic_fn *const before = floe_panic_handler;
    volatile int stopped = 0;
    floe_panic_handler = jump_out;
    if (setjmp(panicked) == 0)
        (void)floe_rng_word(some_rng, 1, FLOE_RNG_DRAWS_MAX);
    else
        stopped++;
    if (setjmp(panicked) == 0)
        (void)floe_rng_word_sub(some_rng, 1, 1, FLOE_RNG_SUB_MAX + 1);
    else
        stopped++;
    floe_panic_handler = before;
    check_i64(stopped, 2);
}

/* ---- uniforms ---- */

static void a_uniform_lies_between_0_and_1_and_so_does_its_complement(void)
{
    check(floe_uniform_from_word(0) == 0x1p-53);
    check(floe_uniform_from_word(~(uint64_t)0) == 1.0 - 0x1p-53);
    check(floe_uniform_from_word((uint64_t)1 << 63) == 0.5 + 0x1p-53);
    uint64_t state = 1;
    for (int i = 0; i < 10000; i++) {
        const uint64_t word = test_random(&state);
        const double u = floe_uniform_from_word(word);
        check(u > 0 && u < 1);
        check(1.0 - u == floe_uniform_from_word(~word)); /* exact, and on the lattice */
        check(floe_uniform_from_word(word | 0xfff) == u);
        check(floe_uniform_from_word(word + 0x1000) > u || word >= 0xfffffffffffff000u);
    }
}

/* Each of the 64 bits is 1 in half of the draws. Chi-square over 64 bits; 64 + 5 sqrt(128) is passed with a chance of
 * about 1e-5 by fair bits; below 64 - 5 sqrt(128) they would be too even, with a smaller chance still. */
static void each_bit_is_set_half_the_time(void)
{
    enum { N = 200000 };
    int64_t set[64] = {0};
    double chi_square = 0;
    for (uint64_t i = 0; i < N; i++) {
        const uint64_t word = floe_rng_word(some_rng, 21, i);
        for (int bit = 0; bit < 64; bit++)
            set[bit] += (int64_t)(word >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++) {
        const double off = (double)set[bit] - N / 2.0;
        chi_square += off * off / (N / 4.0);
    }
    check_abs(chi_square, 64.0, 5 * sqrt(128.0));
}

/* Pairs of neighbouring draws, in index, stream and replication, fall evenly into 16 x 16 boxes: chi-square with 255
 * degrees of freedom, 5 standard deviations: a false alarm in 1e-5 for each of the three. */
static void pairs_are_even(struct floe_rng rng_b, uint32_t stream_b, uint64_t ahead)
{
    enum { N = 256000 };
    int64_t box[256] = {0};
    double chi_square = 0;
    for (uint64_t i = 0; i < N; i++) {
        const uint64_t a = floe_rng_word(some_rng, 40, 2 * i), b = floe_rng_word(rng_b, stream_b, 2 * i + ahead);
        box[a >> 60 << 4 | b >> 60]++;
    }
    for (int i = 0; i < 256; i++) {
        const double off = (double)box[i] - N / 256.0;
        chi_square += off * off / (N / 256.0);
    }
    check_abs(chi_square, 255.0, 5 * sqrt(2 * 255.0));
}

static void neighbouring_draws_are_independent(void)
{
    const struct floe_rng next = {some_rng.seed, some_rng.replication + 1};
    pairs_are_even(some_rng, 40, 1);
    pairs_are_even(some_rng, 41, 0);
    pairs_are_even(next, 40, 0);
}

/* Mean 1/2 with standard error 1/sqrt(12 n) = 4.6e-4, and variance 1/12 with 1/sqrt(180 n) = 1.2e-4; |z| below 4.5: a
 * false alarm in 7e-6 each. */
static void uniforms_have_their_mean_and_variance(void)
{
    enum { N = 400000 };
    double sum = 0, squares = 0;
    struct floe_stream stream = floe_stream_at(some_rng, 31, 0);
    for (int i = 0; i < N; i++) {
        const double off = floe_stream_uniform(&stream) - 0.5;
        sum += off;
        squares += off * off;
    }
    check_abs(sum / N, 0.0, 4.5 / sqrt(12.0 * N));
    check_abs(squares / N, 1.0 / 12, 4.5 / sqrt(180.0 * N));
}

static const struct test tests[] = {
    {"Philox gives the known answers of Random123", philox_known_answers, FAST},
    {"a block filled by lanes is the block at its counter", a_block_filled_by_lanes_is_the_block_at_its_counter, FAST},
    {"FNV-1a gives its published answers", fnv_known_answers, FAST},
    {"integers are hashed as little-endian bytes", integers_are_hashed_as_little_endian_bytes, FAST},
    {"texts do not run into each other in a hash", texts_do_not_run_into_each_other, FAST},
    {"zero and NaN have one hash each", zero_and_nan_have_one_hash_each, FAST},
    {"a stream is named by workload and purpose", a_stream_is_named_by_workload_and_purpose, FAST},
    {"draws at known addresses are what they were", draws_at_known_addresses, FAST},
    {"each part of the address has its place in the counter", each_part_of_the_address_has_its_place_in_the_counter,
     FAST},
    {"a draw does not depend on the order of draws", a_draw_does_not_depend_on_the_order_of_draws, FAST},
    {"reading in sequence gives the addressed draws", reading_in_sequence_gives_the_addressed_draws, FAST},
    {"lanes of replications give the addressed draws", lanes_of_replications_give_the_addressed_draws, FAST},
    {"filled draws are the addressed draws", filled_draws_are_the_addressed_draws, FAST},
    {"asking beyond the end of a stream is an assertion", asking_beyond_the_end_of_a_stream_is_an_assertion, FAST},
    {"a uniform lies between 0 and 1, and so does its complement",
     a_uniform_lies_between_0_and_1_and_so_does_its_complement, FAST},
    {"each bit is set half the time", each_bit_is_set_half_the_time, FAST},
    {"neighbouring draws are independent", neighbouring_draws_are_independent, FAST},
    {"uniforms have their mean and variance", uniforms_have_their_mean_and_variance, FAST},
};

TEST_MAIN("rng", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Draws in blocks against the twin, the same draws one by one by their address; every path, any start. */
#include <setjmp.h>
#include <string.h>

#include "harness.h"
#include "sim/blockstream.h"

static int path_here(enum floe_block_path path)
{
    return path == FLOE_BLOCK_PATH_BASELINE || floe_lanes_avx2();
}

static void fill_by_lanes_equals_one_by_one(void)
{
#if defined(FLOE_HAVE_AVX2)
    enum { N = 67 };
    const struct floe_philox_key key = {{2385, 0xfedcba98}};
    const uint64_t low = 0xfffffffffffffff0u, high = 0x7fffffff00000003u; /* both carry on the way */
    const struct floe_philox_step steps[] = {{1, 0}, {0, (uint64_t)1 << 32}, {0x100000001u, 7}};
    if (!floe_lanes_avx2()) {
        test_skip("this processor has no AVX2 and FMA");
        return;
    }
    for (int s = 0; s < 3; s++)
        for (size_t n = 0; n <= N; n++) {
            uint64_t first[N + 1], second[N + 1], want_first[N + 1], want_second[N + 1];
            memset(first, 0xa5, sizeof first), memset(second, 0xa5, sizeof second);
            memset(want_first, 0xa5, sizeof want_first), memset(want_second, 0xa5, sizeof want_second);
            floe_philox_fill(key, floe_philox_counter(low, high), steps[s], n, want_first, want_second);
            floe_philox_fill_avx2(key, floe_philox_counter(low, high), steps[s], n, first, second);
            check(memcmp(first, want_first, sizeof first) == 0 && memcmp(second, want_second, sizeof second) == 0);
        }
#else
    test_skip("this compiler has no AVX2 path");
#endif
}

/* ---- the stream against its draws by address ---- */

static double by_address(const struct floe_block_stream *s, uint64_t index)
{
    const double u = floe_rng_uniform(s->rng, s->stream, index);
    switch (s->law) {
    case FLOE_BLOCK_EXPONENTIAL: return s->scale * floe_draw_exponential(u);
    case FLOE_BLOCK_LOGNORMAL: return floe_draw_lognormal(u, s->mu, s->sigma);
    default: return s->scale * u;
    }
}

static struct floe_block_stream some_stream(uint64_t *random, enum floe_block_path path, uint64_t index)
{
    const struct floe_rng rng = {test_random(random), (uint32_t)test_random(random)};
    const enum floe_block_law law = test_random(random) % 4 ? FLOE_BLOCK_EXPONENTIAL : FLOE_BLOCK_UNIFORM;
    const double mu = (double)(test_random(random) % 1000) / 77, sigma = (double)(test_random(random) % 1000) / 300;
    const uint32_t stream = (uint32_t)test_random(random);
    if (test_random(random) % 3 == 0) {
        struct floe_block_stream lognormals = floe_block_lognormal_at(rng, stream, mu, sigma, index);
        lognormals.path = path;
        return lognormals;
    }
    struct floe_block_stream s = floe_block_stream_at(rng, stream, law,
                                                      1 / (0.1 + (double)(test_random(random) % 1000)), index);
    s.path = path;
    return s;
}

/* Reads n values; the number of the first that differs from the draw at its address, or -1. */
static int first_difference(struct floe_block_stream *s, uint64_t index, int n)
{
    for (int i = 0; i < n; i++) {
        if (floe_block_stream_index(s) != index + (uint64_t)i) return i;
        const double want = by_address(s, index + (uint64_t)i), got = floe_block_stream_next(s);
        if (memcmp(&got, &want, sizeof got) != 0) return i;
    }
    return -1;
}

static void compare_streams(enum floe_block_path path, int streams)
{
    uint64_t random = 11;
    if (!path_here(path)) {
        test_skip("this processor has no AVX2 and FMA");
        return;
    }
    for (int i = 0; i < streams; i++) {
        uint64_t index = test_random(&random) >> (15 + test_random(&random) % 49);
        if (index > FLOE_RNG_DRAWS_MAX - 1000) index = FLOE_RNG_DRAWS_MAX - 1000;
        struct floe_block_stream s = some_stream(&random, path, index);
        check_i64(first_difference(&s, index, 1 + (int)(test_random(&random) % 400)), -1);
        for (int jump = 0; jump < 5; jump++) { /* back, forth, within the buffer and out of it */
            const uint64_t to = index + test_random(&random) % 700;
            floe_block_stream_seek(&s, to);
            check_i64(first_difference(&s, to, (int)(test_random(&random) % 200)), -1);
        }
    }
}

static void baseline_equals_addresses(void)
{
    compare_streams(FLOE_BLOCK_PATH_BASELINE, 1000);
}

static void avx2_equals_addresses(void)
{
    compare_streams(FLOE_BLOCK_PATH_AVX2, 1000);
}

/* The comparison sees a stream that is one draw late, and one of another law. */
static void comparison_catches_planted_faults(void)
{
    uint64_t random = 12;
    struct floe_block_stream s = some_stream(&random, FLOE_BLOCK_PATH_BASELINE, 700);
    floe_block_stream_next(&s);
    s.first--;
    check_i64(first_difference(&s, 700, 10), 0);
    s = floe_block_stream_at(s.rng, 2385, FLOE_BLOCK_EXPONENTIAL, 1.0, 700);
    s.law = FLOE_BLOCK_UNIFORM;
    floe_block_stream_next(&s);
    s.law = FLOE_BLOCK_EXPONENTIAL;
    check_i64(first_difference(&s, 701, 10), 0);
    s = floe_block_lognormal_at(s.rng, 2385, 1.5, 0.7, 700);
    floe_block_stream_next(&s);
    s.mu = 1.5000000001;
    check_i64(first_difference(&s, 701, 10), 0);
}

/* ---- the end ---- */

static jmp_buf after_panic;

static void catch_panic(const struct floe_where *at, const char *what, const char *file, int line)
{
    (void)at, (void)what, (void)file, (void)line;
    longjmp(after_panic, 1);
}

static void stream_ends_with_its_last_draw(void)
{
    static struct floe_block_stream s;
    uint64_t random = 13;
    for (uint64_t left = 1; left <= 300; left += 13) {
        s = some_stream(&random, FLOE_BLOCK_PATH_BASELINE, FLOE_RNG_DRAWS_MAX - left);
        check_i64(first_difference(&s, FLOE_RNG_DRAWS_MAX - left, (int)left), -1);
    }
    floe_panic_fn *usual = floe_panic_handler;
    volatile int panicked = 1;
    floe_panic_handler = catch_panic;
    if (setjmp(after_panic) == 0) {
        floe_block_stream_next(&s);
        panicked = 0;
    }
    floe_panic_handler = usual;
    check(panicked);
}

static const struct test tests[] = {
    {"Philox by AVX2 lanes gives the bits of one block at a time", fill_by_lanes_equals_one_by_one, FAST},
    {"a stream in blocks gives the draws at their addresses", baseline_equals_addresses, FAST},
    {"a stream in AVX2 blocks gives the draws at their addresses", avx2_equals_addresses, FAST},
    {"the comparison with addresses catches planted faults", comparison_catches_planted_faults, FAST},
    {"a stream ends with its last draw", stream_ends_with_its_last_draw, FAST},
};

TEST_MAIN("blockstream", tests)

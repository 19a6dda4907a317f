/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe_philox_fill for x86-64 processors with AVX2: eight blocks at a time, the same bits.
 *
 * Four blocks share a register, one in each 64-bit lane with its word in the lower half: _mm256_mul_epu32 then gives a
 * whole product, reads only the lower halves, and so nothing ever has to be cleaned between rounds. Two such groups go
 * side by side, because one multiplication waits five cycles and two can start every cycle.
 *
 *   floe_philox_fill_avx2    needs floe_lanes_avx2() = 1, whatever this file was compiled for
 *   floe_lanes_avx2          1 if the processor has AVX2 and FMA; 0 too where the compiler knows no x86-64
 *
 * The functions carry their instruction set with them (a target attribute), so that one program holds both paths and
 * chooses when it runs. Left out: AVX-512 (twice the lanes, and on several processors a lower clock for the rest). */
#ifndef FLOE_SIM_PHILOX_AVX2_H
#define FLOE_SIM_PHILOX_AVX2_H

#include "sim/philox.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(__CUDACC__)
#define FLOE_HAVE_AVX2 1
#define FLOE_AVX2_FN static __attribute__((target("avx2,fma"), noinline, unused))
#define FLOE_AVX2_PART static inline __attribute__((target("avx2,fma"), always_inline, unused))
#include <immintrin.h>

FLOE_FN int floe_lanes_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/* Words 0 to 3 of four blocks. The upper halves of the lanes hold rubbish. */
struct floe_philox_four {
    __m256i word[4];
};

FLOE_AVX2_PART struct floe_philox_four floe_philox_four_round(struct floe_philox_four c, __m256i key0, __m256i key1)
{
    const __m256i a = _mm256_mul_epu32(c.word[0], _mm256_set1_epi64x(0xd2511f53));
    const __m256i b = _mm256_mul_epu32(c.word[2], _mm256_set1_epi64x(0xcd9e8d57));
    struct floe_philox_four out;
    out.word[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(b, 32), c.word[1]), key0);
    out.word[1] = b;
    out.word[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(a, 32), c.word[3]), key1);
    out.word[3] = a;
    return out;
}

FLOE_AVX2_PART struct floe_philox_four floe_philox_four_counters(__m256i low, __m256i high)
{
    struct floe_philox_four c;
    c.word[0] = low;
    c.word[1] = _mm256_srli_epi64(low, 32);
    c.word[2] = high;
    c.word[3] = _mm256_srli_epi64(high, 32);
    return c;
}

/* Two words to one draw, the less significant one first. */
FLOE_AVX2_PART __m256i floe_philox_four_join(__m256i less, __m256i more)
{
    return _mm256_blend_epi32(less, _mm256_slli_epi64(more, 32), 0xaa);
}

FLOE_AVX2_PART void floe_philox_eight(struct floe_philox_key key, const uint64_t *low, const uint64_t *high,
                                      uint64_t *first, uint64_t *second)
{
    const __m256i step0 = _mm256_set1_epi64x(0x9e3779b9), step1 = _mm256_set1_epi64x(0xbb67ae85);
    __m256i key0 = _mm256_set1_epi64x(key.word[0]), key1 = _mm256_set1_epi64x(key.word[1]);
    struct floe_philox_four c[2];
    for (int g = 0; g < 2; g++)
        c[g] = floe_philox_four_counters(_mm256_loadu_si256((const __m256i *)(const void *)(low + 4 * g)),
                                         _mm256_loadu_si256((const __m256i *)(const void *)(high + 4 * g)));
    for (int i = 0; i < FLOE_PHILOX_ROUNDS; i++) {
        c[0] = floe_philox_four_round(c[0], key0, key1);
        c[1] = floe_philox_four_round(c[1], key0, key1);
        key0 = _mm256_add_epi32(key0, step0);
        key1 = _mm256_add_epi32(key1, step1);
    }
    for (int g = 0; g < 2; g++) {
        const __m256i a = floe_philox_four_join(c[g].word[0], c[g].word[1]);
        const __m256i b = floe_philox_four_join(c[g].word[2], c[g].word[3]);
        _mm256_storeu_si256((__m256i *)(void *)(first + 4 * g), a);
        _mm256_storeu_si256((__m256i *)(void *)(second + 4 * g), b);
    }
}

FLOE_AVX2_PART void floe_philox_fill_eights(struct floe_philox_key key, struct floe_philox_block counter,
                                            struct floe_philox_step step, size_t n, uint64_t *first, uint64_t *second)
{
    uint64_t low[8], high[8];
    size_t done = 0;
    for (; done + 8 <= n; done += 8) {
        for (size_t i = 0; i < 8; i++) {
            low[i] = floe_philox_first(counter) + (done + i) * step.low;
            high[i] = floe_philox_second(counter) + (done + i) * step.high;
        }
        floe_philox_eight(key, low, high, first + done, second + done);
    }
    counter = floe_philox_counter(floe_philox_first(counter) + done * step.low,
                                  floe_philox_second(counter) + done * step.high);
    floe_philox_fill(key, counter, step, n - done, first + done, second + done);
}

FLOE_AVX2_FN void floe_philox_fill_avx2(struct floe_philox_key key, struct floe_philox_block counter,
                                        struct floe_philox_step step, size_t n, uint64_t *first, uint64_t *second)
{
    floe_philox_fill_eights(key, counter, step, n, first, second);
}

#else
FLOE_FN int floe_lanes_avx2(void)
{
    return 0;
}
#endif

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Philox4x32-10: a function from (key, counter) to 128 random bits, without any state.
 *
 * Formula. A block is four 32-bit words c0..c3 under a key k0 k1. One round is
 *     (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0,  lo(M1 c2),  hi(M0 c0) ^ c3 ^ k1,  lo(M0 c0))
 * with hi and lo the halves of the 64-bit product; after each round k0 += W0 and k1 += W1. Ten rounds.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Known answers: the
 * kat_vectors file of Random123 (tests/test_rng.c).
 *
 * floe_philox        one block
 * floe_philox_fill   n blocks whose counters lie on a line, as lanes: 64 replications, or consecutive indices of one
 *
 * Ten rounds, not seven: seven pass the known test batteries, ten are what cuRAND, NumPy and Random123 ship.
 * sim/philox_avx2.h has a fill for AVX2. */
#ifndef FLOE_SIM_PHILOX_H
#define FLOE_SIM_PHILOX_H

#include "sim/base.h"

enum { FLOE_PHILOX_ROUNDS = 10 };

struct floe_philox_key {
    uint32_t word[2];
};

struct floe_philox_block {
    uint32_t word[4];
};

/* The step from one counter to the next as two 64-bit numbers: low is words 0 and 1, high is words 2 and 3, word 0 and
 * word 2 the less significant ones. {1, 0} walks through the indices, {0, 1 << 32} through the replications. */
struct floe_philox_step {
    uint64_t low;
    uint64_t high;
};

FLOE_FN struct floe_philox_block floe_philox_round(struct floe_philox_block c, uint32_t key0, uint32_t key1)
{
    const uint64_t a = (uint64_t)c.word[0] * 0xd2511f53u;
    const uint64_t b = (uint64_t)c.word[2] * 0xcd9e8d57u;
    struct floe_philox_block out;
    out.word[0] = (uint32_t)(b >> 32) ^ c.word[1] ^ key0;
    out.word[1] = (uint32_t)b;
    out.word[2] = (uint32_t)(a >> 32) ^ c.word[3] ^ key1;
    out.word[3] = (uint32_t)a;
    return out;
}

FLOE_FN struct floe_philox_block floe_philox(struct floe_philox_key key, struct floe_philox_block counter)
{
    uint32_t key0 = key.word[0], key1 = key.word[1];
    for (int i = 0; i < FLOE_PHILOX_ROUNDS; i++) {
        counter = floe_philox_round(counter, key0, key1);
        key0 += 0x9e3779b9u; /* the golden ratio */
        key1 += 0xbb67ae85u; /* sqrt(3) - 1 */
    }
    return counter;
}

/* A block is two draws: words 0 and 1 make the first, words 2 and 3 the second, the less significant word first. */
FLOE_FN uint64_t floe_philox_first(struct floe_philox_block block)
{
    return (uint64_t)block.word[0] | (uint64_t)block.word[1] << 32;
}

FLOE_FN uint64_t floe_philox_second(struct floe_philox_block block)
{
    return (uint64_t)block.word[2] | (uint64_t)block.word[3] << 32;
}

FLOE_FN struct floe_philox_block floe_philox_counter(uint64_t low, uint64_t high)
{
    struct floe_philox_block counter;
    counter.word[0] = (uint32_t)low;
    counter.word[1] = (uint32_t)(low >> 32);
    counter.word[2] = (uint32_t)high;
    counter.word[3] = (uint32_t)(high >> 32);
    return counter;
}

/* first[i] and second[i] are the draws of the block at counter + i * step, for i < n. No lane waits for another. */
FLOE_FN void floe_philox_fill(struct floe_philox_key key, struct floe_philox_block counter,
                              struct floe_philox_step step, size_t n, uint64_t *first, uint64_t *second)
{
    const uint64_t low = floe_philox_first(counter), high = floe_philox_second(counter);
    for (size_t i = 0; i < n; i++) {
        const struct floe_philox_block block = floe_philox(
            key, floe_philox_counter(low + (uint64_t)i * step.low, high + (uint64_t)i * step.high));
        first[i] = floe_philox_first(block);
        second[i] = floe_philox_second(block);
    }
}

#endif

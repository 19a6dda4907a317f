/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The address of a draw. There is no generator that walks: a draw is a pure function of
 *     (seed, replication, stream, index, sub)
 * and so it is the same on any thread, lane, rank or device, in any order, and for every route that asks.
 *
 * Layout (frozen with the math profile, sim/fmath.h):
 *     key      seed low 32, seed high 32
 *     counter  word 0  block index, low 32 bits
 *              word 1  block index, next 16 bits | sub << 16
 *              word 2  stream
 *              word 3  replication
 * One Philox block is two 64-bit words: draw i of a stream is word (i & 1) of block (i >> 1). A stream has 2^49 draws
 * in one replication; asking beyond is an assertion.
 *
 * stream   the hash of (the workload's name, what the draw is for): never a position in a file, so that adding a route
 *          or editing a scenario leaves the other draws as they were (common random numbers).
 * index    a logical number: the arrival's number, the hour; never "the next one", so that routes that branch
 *          differently still meet the same luck.
 * sub      0, except where an algorithm must reject a draw and ask again: then 1, 2, ... up to 65535.
 *
 * From bits to a uniform: u = (k + 1/2) 2^-52 with k the upper 52 bits. u is never 0 nor 1, and 1 - u is exact and on
 * the same lattice (antithetic draws). The mean is exactly 1/2.
 *
 * struct floe_stream reads draws in sequence and computes a block once for its two draws: 4 ns against 8 ns.
 * sim/blockstream.h reads many: it computes 128 values at a time, in lanes.
 *
 * Two names whose 32-bit stream ids collide share their draws: with 100 streams the chance is 1.2e-6. The reader of a
 * scenario can compare the ids; here nothing is known of the others. */
#ifndef FLOE_SIM_RNG_H
#define FLOE_SIM_RNG_H

#include "sim/base.h"
#include "sim/hash.h"
#include "sim/philox.h"

#define FLOE_RNG_DRAWS_MAX ((uint64_t)1 << 49) /* per stream and replication */
#define FLOE_RNG_SUB_MAX 0xffffu

struct floe_rng {
    uint64_t seed;
    uint32_t replication;
};

FLOE_FN uint32_t floe_stream_id(const char *name, const char *purpose)
{
    struct floe_hash h = floe_hash_begin();
    floe_hash_text(&h, name);
    for (size_t i = 0; purpose[i] != '\0'; i++)
        floe_hash_byte(&h, (uint8_t)purpose[i]);
    return (uint32_t)floe_hash_end(h);
}

FLOE_FN struct floe_philox_key floe_rng_key(struct floe_rng rng)
{
    struct floe_philox_key key;
    key.word[0] = (uint32_t)rng.seed;
    key.word[1] = (uint32_t)(rng.seed >> 32);
    return key;
}

/* Counter of the block that holds draw `index`. */
FLOE_FN struct floe_philox_block floe_rng_counter(struct floe_rng rng, uint32_t stream, uint64_t index, uint32_t sub)
{
    floe_assert(index < FLOE_RNG_DRAWS_MAX && sub <= FLOE_RNG_SUB_MAX, NULL, "draw outside its stream");
    return floe_philox_counter(index >> 1 | (uint64_t)sub << 48, (uint64_t)stream | (uint64_t)rng.replication << 32);
}

FLOE_FN uint64_t floe_rng_word_sub(struct floe_rng rng, uint32_t stream, uint64_t index, uint32_t sub)
{
    const struct floe_philox_block block = floe_philox(floe_rng_key(rng), floe_rng_counter(rng, stream, index, sub));
    return (index & 1) ? floe_philox_second(block) : floe_philox_first(block);
}

FLOE_FN uint64_t floe_rng_word(struct floe_rng rng, uint32_t stream, uint64_t index)
{
    return floe_rng_word_sub(rng, stream, index, 0);
}

/* The 52 bits go into the mantissa of a number in [1, 2); taking 1 away and adding half a step is exact. */
FLOE_FN double floe_uniform_from_word(uint64_t word)
{
    const uint64_t bits = word >> 12 | 0x3ff0000000000000u;
    double in_1_to_2;
    memcpy(&in_1_to_2, &bits, sizeof in_1_to_2);
    return (in_1_to_2 - 1.0) + 0x1p-53;
}

FLOE_FN double floe_rng_uniform(struct floe_rng rng, uint32_t stream, uint64_t index)
{
    return floe_uniform_from_word(floe_rng_word(rng, stream, index));
}

/* Draws index and index + 1 (index even) of replications rng.replication + 0 .. n-1, one lane each. */
FLOE_FN void floe_rng_fill_replications(struct floe_rng rng, uint32_t stream, uint64_t index, size_t n, uint64_t *even,
                                        uint64_t *odd)
{
    struct floe_philox_step step;
    step.low = 0;
    step.high = (uint64_t)1 << 32;
    floe_philox_fill(floe_rng_key(rng), floe_rng_counter(rng, stream, index, 0), step, n, even, odd);
}

/* Draws index, index + 2, ... (index even) into even[0 .. n-1], and the odd ones between them into odd. */
FLOE_FN void floe_rng_fill_draws(struct floe_rng rng, uint32_t stream, uint64_t index, size_t n, uint64_t *even,
                                 uint64_t *odd)
{
    struct floe_philox_step step;
    step.low = 1;
    step.high = 0;
    floe_assert(n == 0 || 2 * (uint64_t)n <= FLOE_RNG_DRAWS_MAX - index, NULL, "draw outside its stream");
    floe_philox_fill(floe_rng_key(rng), floe_rng_counter(rng, stream, index, 0), step, n, even, odd);
}

/* Reads a stream in sequence: the same values as floe_rng_word(rng, stream, index) for index = 0, 1, 2, ... */
struct floe_stream {
    struct floe_rng rng;
    uint32_t stream;
    uint64_t index;  /* of the next draw */
    uint64_t second; /* word 1 of the block of draw index - 1, if index is odd */
};

FLOE_FN struct floe_stream floe_stream_at(struct floe_rng rng, uint32_t stream, uint64_t index)
{
    struct floe_stream s;
    s.rng = rng;
    s.stream = stream;
    s.index = index;
    s.second = (index & 1) ? floe_rng_word(rng, stream, index) : 0;
    return s;
}

FLOE_FN uint64_t floe_stream_next(struct floe_stream *s)
{
    const uint64_t index = s->index++;
    if (index & 1) return s->second;
    const struct floe_philox_block block = floe_philox(floe_rng_key(s->rng),
                                                       floe_rng_counter(s->rng, s->stream, index, 0));
    s->second = floe_philox_second(block);
    return floe_philox_first(block);
}

FLOE_FN double floe_stream_uniform(struct floe_stream *s)
{
    return floe_uniform_from_word(floe_stream_next(s));
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream of draws that is read in sequence and computed 128 at a time: an exponential in 1 to 2 ns in place of 15.
 *
 *     struct floe_block_stream gaps = floe_block_stream_at(rng, stream, FLOE_BLOCK_EXPONENTIAL, mean_s, 0);
 *     double gap_s = floe_block_stream_next(&gaps);      the same bits as
 *                    mean_s * floe_draw_exponential(floe_rng_uniform(rng, stream, 0)), then 1, 2, ...
 *
 *   floe_block_stream_at     the state, by value; nothing is computed before the first draw
 *   floe_block_stream_init   the same in place, for a stream inside a larger state
 *   floe_block_stream_next   the value at the index, which then goes on by one
 *   floe_block_stream_index  of the value that comes next
 *   floe_block_stream_seek   goes to any index; O(1), and free within the buffer
 *
 * The laws, for u the uniform at the index: FLOE_BLOCK_UNIFORM is scale u, FLOE_BLOCK_EXPONENTIAL is -scale log(1 - u),
 * FLOE_BLOCK_LOGNORMAL is floe_draw_lognormal(u, mu, sigma) (floe_block_lognormal_at).
 * A further law is one line in floe_block_values; it must be a function of one uniform, without branches.
 *
 * On x86-64 the buffer is filled with AVX2 and FMA where the processor has them, otherwise by the same source compiled
 * for what the file is compiled for. The bits are the same: integers, and the operations that IEEE 754 defines.
 *
 * A stream ends at FLOE_RNG_DRAWS_MAX draws; the last buffer of it begins earlier. Asking beyond is an assertion.
 * Left out: draws with a sub word (they are rare by nature: floe_rng_word_sub). */
#ifndef FLOE_SIM_BLOCKSTREAM_H
#define FLOE_SIM_BLOCKSTREAM_H

#include "sim/draw.h"
#include "sim/philox_avx2.h"

enum { FLOE_BLOCK_DRAWS = 128 };

enum floe_block_law { FLOE_BLOCK_UNIFORM = 0, FLOE_BLOCK_EXPONENTIAL = 1, FLOE_BLOCK_LOGNORMAL = 2 };
enum floe_block_path { FLOE_BLOCK_PATH_BASELINE = 0, FLOE_BLOCK_PATH_AVX2 = 1 };

struct floe_block_stream {
    struct floe_rng rng;
    uint32_t stream;
    enum floe_block_law law;
    enum floe_block_path path;
    uint32_t at;    /* the value that comes next; FLOE_BLOCK_DRAWS or more: the buffer is used up or empty */
    uint64_t first; /* index of value[0], even; of the next buffer if this one is empty */
    double scale;
    double mu, sigma; /* FLOE_BLOCK_LOGNORMAL; its scale is 1 */
    double value[FLOE_BLOCK_DRAWS];
};

#define FLOE_BLOCK_EMPTY UINT32_MAX

#if defined(__GNUC__) && !defined(__CUDACC__)
#define FLOE_BLOCK_PART static inline __attribute__((always_inline, unused))
#else
#define FLOE_BLOCK_PART FLOE_FN
#endif

FLOE_FN void floe_block_stream_seek(struct floe_block_stream *s, uint64_t index)
{
    floe_assert(index <= FLOE_RNG_DRAWS_MAX, NULL, "draw outside its stream");
    if (s->at != FLOE_BLOCK_EMPTY && index >= s->first && index - s->first <= FLOE_BLOCK_DRAWS) {
        s->at = (uint32_t)(index - s->first);
        return;
    }
    s->at = FLOE_BLOCK_EMPTY;
    s->first = index;
}

/* Writes all but the buffer. */
FLOE_FN void floe_block_stream_init(struct floe_block_stream *s, struct floe_rng rng, uint32_t stream,
                                    enum floe_block_law law, double scale, uint64_t index)
{
    s->rng = rng;
    s->stream = stream;
    s->law = law;
    s->path = floe_lanes_avx2() ? FLOE_BLOCK_PATH_AVX2 : FLOE_BLOCK_PATH_BASELINE;
    s->scale = scale;
    s->mu = s->sigma = 0.0;
    s->at = FLOE_BLOCK_EMPTY;
    s->first = 0;
    floe_block_stream_seek(s, index);
}

FLOE_FN struct floe_block_stream floe_block_stream_at(struct floe_rng rng, uint32_t stream, enum floe_block_law law,
                                                      double scale, uint64_t index)
{
    struct floe_block_stream s;
    floe_block_stream_init(&s, rng, stream, law, scale, index);
    return s;
}

FLOE_FN struct floe_block_stream floe_block_lognormal_at(struct floe_rng rng, uint32_t stream, double mu, double sigma,
                                                         uint64_t index)
{
    struct floe_block_stream s = floe_block_stream_at(rng, stream, FLOE_BLOCK_LOGNORMAL, 1.0, index);
    s.mu = mu;
    s.sigma = sigma;
    return s;
}

FLOE_FN uint64_t floe_block_stream_index(const struct floe_block_stream *s)
{
    return s->at == FLOE_BLOCK_EMPTY ? s->first : s->first + s->at;
}

/* Words to values, in the order even, odd, even, ... Always part of the caller: so that it is compiled for the caller's
 * instruction set. */
FLOE_BLOCK_PART void floe_block_values(struct floe_block_stream *s, const uint64_t *even, const uint64_t *odd)
{
    double u[FLOE_BLOCK_DRAWS];
    for (int i = 0; i < FLOE_BLOCK_DRAWS / 2; i++) {
        u[2 * i] = floe_uniform_from_word(even[i]);
        u[2 * i + 1] = floe_uniform_from_word(odd[i]);
    }
    if (s->law == FLOE_BLOCK_EXPONENTIAL)
        for (int i = 0; i < FLOE_BLOCK_DRAWS; i++)
            u[i] = floe_draw_exponential(u[i]);
    for (int i = 0; i < FLOE_BLOCK_DRAWS; i++)
        s->value[i] = s->scale * u[i];
}

/* Uniforms to lognormals, in place. A function of its own: within floe_block_values gcc 12 does not make lanes of it. */
FLOE_BLOCK_PART void floe_block_lognormals(double *value, double mu, double sigma)
{
    for (int i = 0; i < FLOE_BLOCK_DRAWS; i++)
        value[i] = floe_draw_lognormal(value[i], mu, sigma);
}

FLOE_RARE_FN void floe_block_lognormals_baseline(double *value, double mu, double sigma)
{
    floe_block_lognormals(value, mu, sigma);
}

#if defined(FLOE_HAVE_AVX2)
FLOE_AVX2_FN void floe_block_lognormals_avx2(double *value, double mu, double sigma)
{
    floe_block_lognormals(value, mu, sigma);
}

FLOE_AVX2_FN void floe_block_fill_avx2(struct floe_block_stream *s)
{
    uint64_t even[FLOE_BLOCK_DRAWS / 2], odd[FLOE_BLOCK_DRAWS / 2];
    const struct floe_philox_step step = {1, 0};
    floe_philox_fill_eights(floe_rng_key(s->rng), floe_rng_counter(s->rng, s->stream, s->first, 0), step,
                            FLOE_BLOCK_DRAWS / 2, even, odd);
    floe_block_values(s, even, odd);
    if (s->law == FLOE_BLOCK_LOGNORMAL) floe_block_lognormals_avx2(s->value, s->mu, s->sigma);
}
#endif

FLOE_RARE_FN void floe_block_fill_baseline(struct floe_block_stream *s)
{
    uint64_t even[FLOE_BLOCK_DRAWS / 2], odd[FLOE_BLOCK_DRAWS / 2];
    floe_rng_fill_draws(s->rng, s->stream, s->first, FLOE_BLOCK_DRAWS / 2, even, odd);
    floe_block_values(s, even, odd);
    if (s->law == FLOE_BLOCK_LOGNORMAL) floe_block_lognormals_baseline(s->value, s->mu, s->sigma);
}

/* The buffer that holds the next index, from an even one on. At the very end of the stream it begins earlier. */
FLOE_RARE_FN void floe_block_stream_fill(struct floe_block_stream *s)
{
    const uint64_t index = floe_block_stream_index(s), last = FLOE_RNG_DRAWS_MAX - FLOE_BLOCK_DRAWS;
    floe_assert(index < FLOE_RNG_DRAWS_MAX, NULL, "draw outside its stream");
    s->first = index < last ? index & ~(uint64_t)1 : last;
    s->at = (uint32_t)(index - s->first);
#if defined(FLOE_HAVE_AVX2)
    if (s->path == FLOE_BLOCK_PATH_AVX2) {
        floe_block_fill_avx2(s);
        return;
    }
#endif
    floe_block_fill_baseline(s);
}

FLOE_FN double floe_block_stream_next(struct floe_block_stream *s)
{
    if (FLOE_UNLIKELY(s->at >= FLOE_BLOCK_DRAWS)) floe_block_stream_fill(s);
    return s->value[s->at++];
}

#endif

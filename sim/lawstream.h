/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream of durations of one law (sim/law.h), read in sequence: value i is
 *
 *     floe_law_draw_s(&law, tables, floe_rng_uniform(rng, stream, i))
 *
 * to the bit, and the draws are computed 128 at a time (sim/blockstream.h).
 *
 *   floe_law_stream_init     the state, at draw 0; nothing is computed before the first draw
 *   floe_law_stream_next_s   the value at the index, which then goes on by one
 *
 * EXPONENTIAL comes out of the block as it is; of GAMMA, LOGNORMAL and STEPS the block holds the uniform; NONE and
 * CONSTANT take no draw. 1.1 KB a stream.
 *
 * The law is given at the beginning and at each draw, so that it exists once, in the caller's parameters: it must be
 * the same. */
#ifndef FLOE_SIM_LAWSTREAM_H
#define FLOE_SIM_LAWSTREAM_H

#include "sim/blockstream.h"
#include "sim/law.h"

struct floe_law_stream {
    struct floe_block_stream draws;
};

FLOE_FN void floe_law_stream_init(struct floe_law_stream *s, const struct floe_law *law, struct floe_rng rng,
                                  uint32_t stream)
{
    const int is_exponential = law->kind == FLOE_LAW_EXPONENTIAL;
    floe_block_stream_init(&s->draws, rng, stream, is_exponential ? FLOE_BLOCK_EXPONENTIAL : FLOE_BLOCK_UNIFORM,
                           is_exponential ? law->mean_s : 1.0, 0);
}

FLOE_FN double floe_law_stream_next_s(struct floe_law_stream *s, const struct floe_law *law,
                                      const struct floe_gamma_table *tables)
{
    if (FLOE_LIKELY(law->kind == FLOE_LAW_EXPONENTIAL)) return floe_block_stream_next(&s->draws);
    if (law->kind == FLOE_LAW_NONE || law->kind == FLOE_LAW_CONSTANT) return floe_law_draw_s(law, tables, 0.5);
    return floe_law_draw_s(law, tables, floe_block_stream_next(&s->draws));
}

#endif

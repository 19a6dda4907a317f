/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One number for all bits of the math profile: draws, functions and distributions at many thousand points each.
 *
 * Two builds that print the same digest give the same bits; tests/test_math_profile.c holds the digest of the profile's
 * number. It is made of FLOE_FN functions, so that a device computes it by the same definition: the parts are
 * independent, and the digest of the profile is that of their digests. Points are the edges of each domain, doubles
 * with random bits, and random numbers of ordinary size. A part's digest also tells where two machines differ. */
#ifndef FLOE_SIM_MATH_PROFILE_H
#define FLOE_SIM_MATH_PROFILE_H

#include "sim/draw.h"
#include "sim/fmath.h"
#include "sim/gamma.h"
#include "sim/normal.h"
#include "sim/rng.h"

enum floe_profile_part {
    FLOE_PART_WORDS,
    FLOE_PART_UNIFORM,
    FLOE_PART_STREAM,
    FLOE_PART_EXP,
    FLOE_PART_EXPM1,
    FLOE_PART_LOG,
    FLOE_PART_LOG1P,
    FLOE_PART_POW,
    FLOE_PART_SIN,
    FLOE_PART_COS,
    FLOE_PART_QUANTILE,
    FLOE_PART_CDF,
    FLOE_PART_ERFC,
    FLOE_PART_LGAMMA,
    FLOE_PART_POISSON_TAIL,
    FLOE_PART_EXPONENTIAL,
    FLOE_PART_NORMAL,
    FLOE_PART_LOGNORMAL,
    FLOE_PART_RANGE,
    FLOE_PART_INDEX,
    FLOE_PART_BERNOULLI,
    FLOE_PART_POISSON,
    FLOE_PROFILE_PARTS
};

enum { FLOE_PROFILE_POINTS = 60000, FLOE_PROFILE_EDGES = 33 };

FLOE_FN const char *floe_profile_part_name(int part)
{
    switch (part) {
    case FLOE_PART_WORDS: return "words";
    case FLOE_PART_UNIFORM: return "uniform";
    case FLOE_PART_STREAM: return "stream";
    case FLOE_PART_EXP: return "exp";
    case FLOE_PART_EXPM1: return "expm1";
    case FLOE_PART_LOG: return "log";
    case FLOE_PART_LOG1P: return "log1p";
    case FLOE_PART_POW: return "pow";
    case FLOE_PART_SIN: return "sin";
    case FLOE_PART_COS: return "cos";
    case FLOE_PART_QUANTILE: return "normal_quantile";
    case FLOE_PART_CDF: return "normal_cdf";
    case FLOE_PART_ERFC: return "erfc";
    case FLOE_PART_LGAMMA: return "lgamma";
    case FLOE_PART_POISSON_TAIL: return "poisson_tail";
    case FLOE_PART_EXPONENTIAL: return "draw_exponential";
    case FLOE_PART_NORMAL: return "draw_normal";
    case FLOE_PART_LOGNORMAL: return "draw_lognormal";
    case FLOE_PART_RANGE: return "draw_range";
    case FLOE_PART_INDEX: return "draw_index";
    case FLOE_PART_BERNOULLI: return "draw_bernoulli";
    default: return "draw_poisson";
    }
}

/* Ends of domains, places where a formula changes, powers of two; a switch because a device has no local tables. */
FLOE_FN double floe_profile_edge(int i)
{
    switch (i) {
    case 0: return 0.0;
    case 1: return 1.0;
    case 2: return 2.0;
    case 3: return 0.5;
    case 4: return 0x1p-1074;
    case 5: return 0x0.fffffffffffffp-1022;
    case 6: return 0x1p-1022;
    case 7: return 0x1.fffffffffffffp1023;
    case 8: return floe_bits_infinity();
    case 9: return floe_bits_nan();
    case 10: return 709.782712893384;
    case 11: return 709.7827128933841;
    case 12: return 745.1332191019411;
    case 13: return 745.1332191019412;
    case 14: return 708.3964185322641;
    case 15: return 0x1p20;
    case 16: return 0x1.0000000000001p20;
    case 17: return 0x1.6a09e667f3bccp-1;
    case 18: return 0x1.6a09e667f3bcdp-1;
    case 19: return 0.46875;
    case 20: return 4.0;
    case 21: return 8.0;
    case 22: return 0.075;
    case 23: return 0.925;
    case 24: return 0x1p-53;
    case 25: return 0x1.fffffffffffffp-1;
    case 26: return 0x1.0000000000001p0;
    case 27: return 1.3887943864964021e-11;
    case 28: return 26.5;
    case 29: return 38.4;
    case 30: return 0x1.921fb54442d18p0;
    case 31: return 0x1p60;
    default: return 0x1.62e42fefa39efp-2;
    }
}

FLOE_FN struct floe_rng floe_profile_rng(int part)
{
    struct floe_rng rng;
    rng.seed = 0x464c4f45u + (uint64_t)part;
    rng.replication = 7;
    return rng;
}

FLOE_FN double floe_profile_uniform(int part, int i)
{
    if (i == 0) return 0x1p-53;
    if (i == 1) return 1.0 - 0x1p-53;
    if (i < 66) return floe_uniform_from_word((uint64_t)1 << (i - 2));
    return floe_rng_uniform(floe_profile_rng(part), 1, (uint64_t)i);
}

/* Edges with both signs; then random bits, ordinary numbers in [-40, 40), and numbers in [-2^20, 2^20). */
FLOE_FN double floe_profile_point(int part, int i)
{
    if (i < FLOE_PROFILE_EDGES) return floe_profile_edge(i);
    if (i < 2 * FLOE_PROFILE_EDGES) return -floe_profile_edge(i - FLOE_PROFILE_EDGES);
    const uint64_t word = floe_rng_word(floe_profile_rng(part), 2, (uint64_t)i);
    if (i % 4 == 0) return floe_bits_to(word);
    return (floe_uniform_from_word(word) - 0.5) * (i % 4 == 1 ? 0x1p21 : i % 4 == 2 ? 80.0 : 3.0);
}

/* Means from 1e-7 up to 1e9, every other one below 300. */
FLOE_FN double floe_profile_mean(int part, int i)
{
    const double u = floe_rng_uniform(floe_profile_rng(part), 3, (uint64_t)i);
    return (i & 1) ? 300.0 * u : floe_exp(36.8 * u - 16.1);
}

FLOE_FN uint64_t floe_profile_word(int i)
{
    struct floe_rng rng = floe_profile_rng(i & 3);
    rng.replication = (uint32_t)i * 0x9e3779b1u;
    return floe_rng_word_sub(rng, (uint32_t)i * 77u, (uint64_t)i << (i % 33), (uint32_t)(i % 5));
}

FLOE_FN uint64_t floe_profile_stream_word(int i)
{
    struct floe_stream stream = floe_stream_at(floe_profile_rng(0), floe_stream_id("chat", i & 1 ? "arrival" : "size"),
                                               (uint64_t)i);
    const uint64_t here = floe_stream_next(&stream);
    return here ^ floe_stream_next(&stream);
}

FLOE_FN double floe_profile_poisson_tail(int part, int i)
{
    const double mean = 1.0 + floe_profile_mean(part, i);
    return floe_poisson_tail(floe_poisson_guess(floe_profile_uniform(part, i), mean), mean);
}

/* For sin and cos every fourth point is the double next to a multiple of pi/2, where the reduction is put to the test.
 */
FLOE_FN double floe_profile_angle(int part, int i)
{
    const double multiple = 0x1.921fb54442d18p+0 * (double)(i * 11);
    return i % 4 == 3 ? multiple : floe_profile_point(part, i);
}

FLOE_FN double floe_profile_function(int part, int i)
{
    const double x = floe_profile_point(part, i);
    switch (part) {
    case FLOE_PART_EXP: return floe_exp(x);
    case FLOE_PART_EXPM1: return floe_expm1(x);
    case FLOE_PART_LOG: return floe_log(x);
    case FLOE_PART_LOG1P: return floe_log1p(x);
    case FLOE_PART_POW:
        return floe_pow(i & 1 ? floe_bits_abs(x) : floe_profile_uniform(part, i),
                        floe_profile_point(part + 100, i * 7 % FLOE_PROFILE_POINTS));
    case FLOE_PART_SIN: return floe_sin(floe_profile_angle(part, i));
    case FLOE_PART_COS: return floe_cos(floe_profile_angle(part, i));
    case FLOE_PART_QUANTILE: return floe_normal_quantile(i & 1 ? x : floe_normal_cdf(x));
    case FLOE_PART_CDF: return floe_normal_cdf(x);
    case FLOE_PART_ERFC: return floe_erfc(x);
    default: return floe_lgamma(x);
    }
}

FLOE_FN double floe_profile_draw(int part, int i)
{
    const double u = floe_profile_uniform(part, i);
    switch (part) {
    case FLOE_PART_UNIFORM: return u;
    case FLOE_PART_POISSON_TAIL: return floe_profile_poisson_tail(part, i);
    case FLOE_PART_EXPONENTIAL: return floe_draw_exponential(u);
    case FLOE_PART_NORMAL: return floe_draw_normal(u);
    case FLOE_PART_LOGNORMAL: return floe_draw_lognormal(u, -1.7, 0.03 * (i % 100));
    case FLOE_PART_RANGE: return floe_draw_range(u, -2.385, 0.1 * i);
    case FLOE_PART_BERNOULLI: return floe_draw_bernoulli(u, 0.2385);
    default: return 0.0;
    }
}

FLOE_FN uint64_t floe_profile_part_digest(int part)
{
    struct floe_hash h = floe_hash_begin();
    for (int i = 0; i < FLOE_PROFILE_POINTS; i++) {
        if (part == FLOE_PART_WORDS)
            floe_hash_u64(&h, floe_profile_word(i));
        else if (part == FLOE_PART_STREAM)
            floe_hash_u64(&h, floe_profile_stream_word(i));
        else if (part == FLOE_PART_INDEX)
            floe_hash_u64(&h, floe_draw_index(floe_profile_uniform(part, i), (uint64_t)1 << (i % 60) | (uint64_t)i));
        else if (part == FLOE_PART_POISSON)
            floe_hash_u64(&h, floe_draw_poisson(floe_profile_uniform(part, i), floe_profile_mean(part, i)));
        else if (part >= FLOE_PART_EXP && part <= FLOE_PART_LGAMMA)
            floe_hash_f64(&h, floe_profile_function(part, i));
        else
            floe_hash_f64(&h, floe_profile_draw(part, i));
    }
    return floe_hash_end(h);
}

/* The digest of the profile, given those of its parts. */
FLOE_FN uint64_t floe_profile_digest_of_parts(const uint64_t *part_digest)
{
    struct floe_hash h = floe_hash_begin();
    floe_hash_u32(&h, FLOE_MATH_PROFILE);
    for (int part = 0; part < FLOE_PROFILE_PARTS; part++)
        floe_hash_u64(&h, part_digest[part]);
    return floe_hash_end(h);
}

FLOE_FN uint64_t floe_profile_digest(void)
{
    uint64_t part_digest[FLOE_PROFILE_PARTS];
    for (int part = 0; part < FLOE_PROFILE_PARTS; part++)
        part_digest[part] = floe_profile_part_digest(part);
    return floe_profile_digest_of_parts(part_digest);
}

#endif

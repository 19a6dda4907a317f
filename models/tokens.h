/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens of one request. Both forms of the mechanism:
 *   as events        token_dist_draw: the tokens of one side of one request, a whole number of at least 1;
 *                    token_stream_next: the same for one request after the other
 *   as expectations  token_dist_above: which share of the requests lies above a threshold, and what it brings
 *
 * Laws per side, input and output drawn independently:
 *   fixed       always `mean`; may be 0
 *   lognormal   from two of mean, median, p95, cv: exp(N(mu, sigma)), rounded to the nearest whole token, at least 1
 *   values      one of a list, equally likely
 * or both sides at once from the rows of a trace, which keeps their correlation.
 *
 * A range `300 to 500` is something else: one value that we do not know well, not a spread from request to request.
 *
 * Formulas, for X lognormal, m = E[X], Phi the normal CDF (Johnson, Kotz, Balakrishnan, Continuous Univariate
 * Distributions 1, ch. 14; mu and sigma from two figures: models/law_lognormal.h):
 *   E[(X - k)+] = m Phi((mu + sigma^2 - log k) / sigma) - k Phi((mu - log k) / sigma)
 * A whole number T = max(1, round X) has E[T] = 1 + sum over k >= 1 of P(X > k + 1/2). The sum is taken exactly for
 * k < TOKENS_EXACT_BELOW and by the midpoint rule beyond, where it is an integral with a known closed form; the first
 * correction term of Euler-Maclaurin, -pdf/24, is included. What is left is below 1e-9 of the mean,
 * but for a law that is narrower than a token beyond TOKENS_EXACT_BELOW_MOST: there rounding itself is below 1e-5.
 *
 * Limits: no correlation between input and output unless from a trace; no drift over time. */
#ifndef FLOE_MODELS_TOKENS_H
#define FLOE_MODELS_TOKENS_H

#include <math.h>

#include "models/prompt_cache.h"
#include "models/trace.h"
#include "models/units.h"
#include "sim/blockstream.h"
#include "sim/fmath.h"

#define TOKENS_VALUES_MOST 64
#define TOKENS_EXACT_BELOW 64 /* at least; more for a narrow law, see token_dist_exact_below */
#define TOKENS_EXACT_BELOW_MOST 65536
#define TOKENS_LARGEST 1000000000.0 /* of one request; a larger draw is cut to it */

enum token_law_kind { TOKENS_FIXED, TOKENS_LOGNORMAL, TOKENS_VALUES };

/* What the user gave; PARAM_ABSENT where nothing. */
struct token_law {
    int32_t law;
    double mean, median, p95, cv;
    int32_t n_values;
    double values[TOKENS_VALUES_MOST];
};

struct tokens {
    struct token_law input, output;
    struct trace_ref trace; /* both sides drawn as rows of a trace */
    struct prompt_prefix prefix;
    double max_output_tok; /* PARAM_ABSENT: not said; a longer answer is cut there */
    /* Shares of the input that are billed as cache classes, typed in until the prompt cache itself is simulated. */
    double cache_read_share, cache_write_5m_share, cache_write_1h_share;
};

extern const struct param_block token_law_block, tokens_block;

FLOE_FN int token_law_is_given(const struct token_law *law)
{
    return law->law != TOKENS_FIXED || law->mean != PARAM_ABSENT;
}

/* What follows from a law: derived per replication, never stored in a scenario. */
struct token_dist {
    int32_t law;
    int32_t n_values;
    double fixed;     /* TOKENS_FIXED; may have a fraction, see token_dist_draw */
    double mu, sigma; /* TOKENS_LOGNORMAL */
    double values[TOKENS_VALUES_MOST];
};

void token_dist_derive(const struct token_law *law, struct token_dist *dist);

/* ---- as events ---- */

FLOE_FN double tokens_whole(double x)
{
    if (!(x >= 1)) return 1;
    if (x > TOKENS_LARGEST) return TOKENS_LARGEST;
    return (double)(int64_t)(x + 0.5);
}

/* A fixed 387.3 (the median of a range, say) is 387 or 388, so that the mean stays 387.3. */
FLOE_FN double token_fixed_draw(double fixed, double uniform)
{
    double below = (double)(int64_t)fixed;
    return below + (uniform > 1 - (fixed - below) ? 1 : 0);
}

/* Whole tokens, rising with the uniform. */
FLOE_FN uint32_t token_dist_draw(const struct token_dist *dist, double uniform)
{
    switch (dist->law) {
    case TOKENS_LOGNORMAL: return (uint32_t)tokens_whole(floe_draw_lognormal(uniform, dist->mu, dist->sigma));
    case TOKENS_VALUES: return (uint32_t)dist->values[floe_draw_index(uniform, (uint64_t)dist->n_values)];
    default: return (uint32_t)token_fixed_draw(dist->fixed, uniform);
    }
}

/* Many draws of one law in sequence: value i is token_dist_draw of uniform i, to the bit. */
FLOE_FN struct floe_block_stream token_stream_at(struct floe_rng rng, uint32_t stream, const struct token_dist *dist)
{
    if (dist->law == TOKENS_LOGNORMAL) return floe_block_lognormal_at(rng, stream, dist->mu, dist->sigma, 0);
    return floe_block_stream_at(rng, stream, FLOE_BLOCK_UNIFORM, 1.0, 0);
}

FLOE_FN uint32_t token_stream_next(struct floe_block_stream *stream, const struct token_dist *dist)
{
    const double value = floe_block_stream_next(stream);
    return dist->law == TOKENS_LOGNORMAL ? (uint32_t)tokens_whole(value) : token_dist_draw(dist, value);
}

/* ---- as expectations ---- */

/* P(X > x), X lognormal, x > 0. */
FLOE_FN double token_tail(const struct token_dist *dist, double x)
{
    return floe_normal_cdf((dist->mu - floe_log(x)) / dist->sigma);
}

/* E[(X - k)+], the integral of the tail beyond k. */
FLOE_FN double token_tail_integral(const struct token_dist *dist, double k)
{
    const double mean = floe_exp(dist->mu + dist->sigma * dist->sigma / 2);
    const double d = (dist->mu - floe_log(k)) / dist->sigma;
    return mean * floe_normal_cdf(d + dist->sigma) - k * floe_normal_cdf(d);
}

FLOE_FN double token_density(const struct token_dist *dist, double x)
{
    const double inverse_sqrt_2_pi = 0.39894228040143268;
    const double z = (floe_log(x) - dist->mu) / dist->sigma;
    return inverse_sqrt_2_pi * floe_exp(-z * z / 2) / (dist->sigma * x);
}

/* From here on the law is wide against a step of one token, and the midpoint rule holds. */
FLOE_FN int64_t token_dist_exact_below(const struct token_dist *dist)
{
    const double wide_from = 8 / dist->sigma;
    if (wide_from <= TOKENS_EXACT_BELOW) return TOKENS_EXACT_BELOW;
    return wide_from >= TOKENS_EXACT_BELOW_MOST ? TOKENS_EXACT_BELOW_MOST : (int64_t)wide_from;
}

/* Sum over j >= k of P(T > j), T = max(1, round X), k >= 1. */
FLOE_FN double token_tail_sum(const struct token_dist *dist, int64_t k)
{
    const int64_t exact_below = token_dist_exact_below(dist);
    double sum = 0;
    for (; k < exact_below; k++)
        sum += token_tail(dist, (double)k + 0.5);
    return sum + token_tail_integral(dist, (double)k) - token_density(dist, (double)k) / 24;
}

/* Share of the requests above k tokens and what they bring: P(T > k) and E[T; T > k]. k = 0 takes all requests. */
struct token_part {
    double share, mean;
};
struct token_part token_dist_above(const struct token_dist *dist, double k);

#endif

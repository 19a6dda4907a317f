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
 *   gamma       from mean and cv, rounded likewise: a shorter tail than the lognormal's
 *   mixture     up to 3 lognormals with weights (models/law_mixture.h), rounded likewise: short questions and pasted files
 *   values      one of a list, equally likely
 * law `auto` takes what the figures say: a mean alone is fixed, two figures lognormal, `mixture` and `values` themselves.
 * Or both sides at once from the rows of a trace, which keeps their correlation.
 *
 * A range `300 to 500` is something else: one value that we do not know well, not a spread from request to request.
 *
 * Formulas, m = E[X] (Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 14 and 17; mu and sigma
 * from two figures: models/law_lognormal.h):
 *   lognormal and mixtures   models/law_mixture.h
 *   gamma, a = 1/cv^2, Q the upper incomplete gamma function:
 *                            P(X > x) = Q(a, a x / m), E[(X - k)+] = m Q(a + 1, a k / m) - k Q(a, a k / m)
 * A whole number T = max(1, round X) has E[T] = 1 + sum over k >= 1 of P(X > k + 1/2). The sum is taken exactly for
 * k < TOKENS_EXACT_BELOW and by the midpoint rule beyond, where it is an integral with a known closed form; the first
 * correction term of Euler-Maclaurin, -pdf/24, is included, for a gamma law the second too. What is left is below 1e-9 of
 * the mean, but for a law that is narrower than a token beyond TOKENS_EXACT_BELOW_MOST: there rounding itself is below 1e-5.
 *
 * A draw costs 5 to 50 ns, of a mixture about 1 us: its quantile is solved for. A gamma law's table (sim/gamma_law.h, some
 * 10 ms, once for a run) is part of its token_dist, which is 9 KB.
 *
 * Limits: no correlation between input and output unless from a trace; no drift over time. */
#ifndef FLOE_MODELS_TOKENS_H
#define FLOE_MODELS_TOKENS_H

#include <math.h>

#include "models/law_mixture.h"
#include "models/prompt_cache.h"
#include "models/trace.h"
#include "models/units.h"
#include "sim/blockstream.h"
#include "sim/fmath.h"
#include "sim/gamma_law.h"

#define TOKENS_VALUES_MOST 64
#define TOKENS_EXACT_BELOW 64 /* at least; more for a narrow law, see token_dist_exact_below */
#define TOKENS_EXACT_BELOW_MOST 65536
#define TOKENS_LARGEST 1000000000.0 /* of one request; a larger draw is cut to it */

enum token_law_kind { TOKENS_AUTO, TOKENS_FIXED, TOKENS_LOGNORMAL, TOKENS_GAMMA, TOKENS_MIXTURE, TOKENS_VALUES };

/* What the user gave; PARAM_ABSENT where nothing. */
struct token_law {
    int32_t law;
    double mean, median, p95, cv;
    int32_t n_mix;
    struct mixture_part mix[MIXTURE_MOST];
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

extern const struct param_block token_mix_block, token_law_block, tokens_block;

enum token_law_kind token_law_kind(const struct token_law *law); /* never TOKENS_AUTO */
int token_law_is_given(const struct token_law *law);

/* What follows from a law: derived per replication, never stored in a scenario. */
struct token_dist {
    int32_t law;
    int32_t n_values;
    double fixed;                 /* TOKENS_FIXED; may have a fraction, see token_dist_draw */
    double mean, cv;              /* TOKENS_GAMMA */
    struct lognormal_mixture mix; /* TOKENS_MIXTURE, and a TOKENS_LOGNORMAL as a mixture of one */
    double values[TOKENS_VALUES_MOST];
    struct floe_gamma_table gamma; /* TOKENS_GAMMA; else nothing is in it */
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
    case TOKENS_LOGNORMAL:
        return (uint32_t)tokens_whole(floe_draw_lognormal(uniform, dist->mix.mu[0], dist->mix.sigma[0]));
    case TOKENS_GAMMA: return (uint32_t)tokens_whole(dist->mean * floe_gamma_draw(&dist->gamma, uniform));
    case TOKENS_MIXTURE: return (uint32_t)tokens_whole(floe_exp(lognormal_mixture_quantile_log(&dist->mix, uniform)));
    case TOKENS_VALUES: return (uint32_t)dist->values[floe_draw_index(uniform, (uint64_t)dist->n_values)];
    default: return (uint32_t)token_fixed_draw(dist->fixed, uniform);
    }
}

/* Many draws of one law in sequence: value i is token_dist_draw of uniform i, to the bit. */
FLOE_FN struct floe_block_stream token_stream_at(struct floe_rng rng, uint32_t stream, const struct token_dist *dist)
{
    if (dist->law == TOKENS_LOGNORMAL)
        return floe_block_lognormal_at(rng, stream, dist->mix.mu[0], dist->mix.sigma[0], 0);
    return floe_block_stream_at(rng, stream, FLOE_BLOCK_UNIFORM, 1.0, 0);
}

FLOE_FN uint32_t token_stream_next(struct floe_block_stream *stream, const struct token_dist *dist)
{
    const double value = floe_block_stream_next(stream);
    return dist->law == TOKENS_LOGNORMAL ? (uint32_t)tokens_whole(value) : token_dist_draw(dist, value);
}

/* ---- as expectations ---- */

FLOE_FN int token_dist_is_spread(const struct token_dist *dist)
{
    return dist->law == TOKENS_LOGNORMAL || dist->law == TOKENS_GAMMA || dist->law == TOKENS_MIXTURE;
}

/* What follows is of a law that is spread: lognormal, gamma or a mixture. */

/* Q(a + more, a x / m): P(X > x), and with more = 1 E[X; X > x] / m. */
FLOE_FN double token_gamma_beyond(const struct token_dist *dist, double x, double more)
{
    const double a = dist->gamma.shape;
    return floe_gamma_tail(a + more, floe_log(a * x / dist->mean), 0);
}

/* P(X > x), x > 0. */
FLOE_FN double token_tail(const struct token_dist *dist, double x)
{
    return dist->law == TOKENS_GAMMA ? token_gamma_beyond(dist, x, 0) : lognormal_mixture_tail(&dist->mix, x);
}

/* E[(X - k)+], the integral of the tail beyond k. */
FLOE_FN double token_tail_integral(const struct token_dist *dist, double k)
{
    if (dist->law != TOKENS_GAMMA) return lognormal_mixture_excess(&dist->mix, k);
    return dist->mean * token_gamma_beyond(dist, k, 1) - k * token_gamma_beyond(dist, k, 0);
}

/* What the midpoint rule leaves of the sum of the tail from k + 1/2 on: pdf/24, for a gamma law less 7 pdf''/5760. */
FLOE_FN double token_midpoint_rest(const struct token_dist *dist, double k)
{
    if (dist->law != TOKENS_GAMMA) return lognormal_mixture_density(&dist->mix, k) / 24;
    const double a = dist->gamma.shape, rate = a / dist->mean;
    const double density = a * floe_gamma_front(a, floe_log(rate * k)) / k, slope = (a - 1) / k - rate;
    return density / 24 - 7 * density * (slope * slope - (a - 1) / (k * k)) / 5760;
}

/* From here on the law is wide against a step of one token, and the midpoint rule holds. */
FLOE_FN int64_t token_dist_exact_below(const struct token_dist *dist)
{
    double narrowest = dist->law == TOKENS_GAMMA ? dist->cv : dist->mix.sigma[0];
    for (int32_t i = 1; i < dist->mix.n; i++)
        narrowest = dist->mix.sigma[i] < narrowest ? dist->mix.sigma[i] : narrowest;
    const double wide_from = 8 / narrowest;
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
    return sum + token_tail_integral(dist, (double)k) - token_midpoint_rest(dist, (double)k);
}

/* Share of the requests above k tokens and what they bring: P(T > k) and E[T; T > k]. k = 0 takes all requests. */
struct token_part {
    double share, mean;
};
struct token_part token_dist_above(const struct token_dist *dist, double k);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Latency of an attempt: how long a request over the wire takes, and what the client does with the wait.
 *
 *     total = network + queue + TTFT + generation        generation = output tokens x TPOT
 *     first token, as the client sees it = network + queue + TTFT
 *
 *   network     there and back: the hop between client and provider
 *   queue       routing and waiting at the provider before the model starts
 *   ttft        the model's own time to the first token: prefill. A provider's published TTFT usually holds its queue:
 *               then leave `queue` out
 *   tpot        time per output token; drawn once for an attempt, the same for all its tokens
 *   rejection   how long a 429 takes, and `error` how long a failed attempt takes, each in all; like the network hop
 *               where nothing is said
 *
 *   as events        latency_draw: the parts of one attempt, in ns; latency_end: what the client's timeout makes of it
 *   as expectations  latency_means: means, which add. Percentiles do not add: models/latency_curve.h has the law of
 *                    the whole by quadrature
 *
 * Laws of a part:
 *   fixed         always `mean`
 *   exponential   mean
 *   gamma         mean, cv: a shorter tail than the lognormal's
 *   lognormal     two of mean, median, p95, cv (models/law_lognormal.h)
 *   mixture       up to 3 lognormals with weights (models/law_mixture.h): a fast and a slow path. No single lognormal has
 *                 p95/mean above 3.868
 *   values        one of a list, equally likely: measured ones, zeros allowed
 * law `auto` takes what the figures say: a mean alone is fixed, two figures lognormal, `mixture` and `values` themselves.
 *
 * A draw is addressed by (stream, call, attempt, part): a retry gets fresh luck, and routes and variants that make the
 * same attempt share it. Each value is increasing in its uniform, a mixture's too: its quantile is solved for, about
 * 1 us against 50 to 100 ns for the other laws; fixed parts draw nothing.
 *
 * A timeout is the client's: it hangs up when the answer is not complete after `timeout`; exactly at the timeout is in
 * time. The provider goes on: with timeout_billed the whole answer is billed, otherwise nothing of the attempt is.
 *
 * Limits: the parts are independent of each other, of the input's length and of the load (queueing by load is a replica
 * pool's); no timeout on the first token or between tokens; a part longer than LATENCY_LONGEST_S is cut to it. */
#ifndef FLOE_MODELS_LATENCY_H
#define FLOE_MODELS_LATENCY_H

#include "models/attempt.h"
#include "models/law_mixture.h"
#include "models/units.h"
#include "sim/draw.h"
#include "sim/gamma_law.h"

#define LATENCY_VALUES_MOST 64
#define LATENCY_LONGEST_S 1e9 /* 31 years: four parts fit the clock */
#define LATENCY_NEVER_NS INT64_MAX

#if defined(__cplusplus)
extern "C" {
#endif

enum latency_law_kind {
    LATENCY_AUTO,
    LATENCY_FIXED,
    LATENCY_EXPONENTIAL,
    LATENCY_GAMMA,
    LATENCY_LOGNORMAL,
    LATENCY_MIXTURE,
    LATENCY_VALUES
};

enum latency_part {
    LATENCY_NETWORK,
    LATENCY_QUEUE,
    LATENCY_TTFT,
    LATENCY_TPOT,
    LATENCY_REJECTION,
    LATENCY_ERROR,
    LATENCY_PARTS
};
#define LATENCY_SUBS_PER_ATTEMPT 8u
#define LATENCY_ATTEMPTS_MOST 8192u /* of one call: 16 bits of the sub word */

/* What the user gave of one part. */
struct latency_law {
    int32_t law; /* enum latency_law_kind */
    double mean_s, median_s, p95_s, cv;
    int32_t n_mix;
    struct mixture_part mix[MIXTURE_MOST];
    int32_t n_values;
    double values_s[LATENCY_VALUES_MOST];
};

struct latency {
    struct latency_law part[LATENCY_PARTS];
    double timeout_s; /* PARAM_ABSENT: the client waits for ever */
    int32_t is_timeout_billed;
};

extern const struct param_block latency_mix_block, latency_law_block, latency_block;

/* ---- what follows ---- */

struct latency_dist {
    int32_t law;
    int32_t n;     /* VALUES */
    int32_t table; /* GAMMA: which of the caller's tables */
    double mean_s, cv;
    struct lognormal_mixture mix;         /* MIXTURE, and a LOGNORMAL as a mixture of one; in s */
    double values_s[LATENCY_VALUES_MOST]; /* rising */
};

struct latency_terms {
    struct latency_dist part[LATENCY_PARTS];
    int64_t timeout_ns; /* LATENCY_NEVER_NS: none */
    double timeout_s;   /* PARAM_ABSENT: none */
    int32_t is_timeout_billed;
};

int latency_is_given(const struct latency *latency);

/* Gamma laws need a table each (8.5 KB, made once, const from then on, shared by replications and threads):
 * latency_tables says how many; latency_derive numbers them from first_table on in the caller's list and fills them.
 * tables may be NULL where there are none. */
int32_t latency_tables(const struct latency *latency);
void latency_derive(const struct latency *latency, struct floe_gamma_table *tables, int32_t first_table,
                    struct latency_terms *terms);

FLOE_FN int latency_is_fixed(const struct latency_dist *dist)
{
    return dist->law == LATENCY_FIXED;
}

/* ---- as events ---- */

struct latency_times {
    int64_t network_ns, queue_ns, ttft_ns, generation_ns;
    int64_t first_token_ns; /* network + queue + ttft */
    int64_t total_ns;       /* first token + generation */
};

/* Seconds, increasing in u. tables: where latency_dist.table counts from; may be NULL when no law is GAMMA. */
FLOE_FN double latency_dist_draw_s(const struct latency_dist *dist, const struct floe_gamma_table *tables, double u)
{
    switch ((enum latency_law_kind)dist->law) {
    case LATENCY_EXPONENTIAL: return dist->mean_s * floe_draw_exponential(u);
    case LATENCY_GAMMA: return dist->mean_s * floe_gamma_draw(&tables[dist->table], u);
    case LATENCY_LOGNORMAL: return floe_draw_lognormal(u, dist->mix.mu[0], dist->mix.sigma[0]);
    case LATENCY_MIXTURE: return floe_exp(lognormal_mixture_quantile_log(&dist->mix, u));
    case LATENCY_VALUES: return dist->values_s[floe_draw_index(u, (uint64_t)dist->n)];
    case LATENCY_AUTO:
    case LATENCY_FIXED: break;
    }
    return dist->mean_s;
}

FLOE_FN int64_t latency_ns(double s)
{
    if (!(s > 0)) return 0;
    return (int64_t)((s < LATENCY_LONGEST_S ? s : LATENCY_LONGEST_S) * (double)NS_PER_S + 0.5);
}

/* One part of attempt number `attempt` (0, 1, ...: retries and hedges count on) of call `call`. */
FLOE_FN double latency_part_s(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                              struct floe_rng rng, uint32_t stream, uint64_t call, uint32_t attempt,
                              enum latency_part part)
{
    const struct latency_dist *dist = &terms->part[part];
    if (latency_is_fixed(dist)) return dist->mean_s;
    floe_assert(attempt < LATENCY_ATTEMPTS_MOST, NULL, "a call has more attempts than draws of latency");
    const uint32_t sub = attempt * LATENCY_SUBS_PER_ATTEMPT + (uint32_t)part;
    return latency_dist_draw_s(dist, tables, floe_uniform_from_word(floe_rng_word_sub(rng, stream, call, sub)));
}

/* Of an attempt that is answered. Only parts that are not fixed are drawn. */
FLOE_FN struct latency_times latency_draw(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                                          struct floe_rng rng, uint32_t stream, uint64_t call, uint32_t attempt,
                                          double output_tok)
{
    struct latency_times t;
    t.network_ns = latency_ns(latency_part_s(terms, tables, rng, stream, call, attempt, LATENCY_NETWORK));
    t.queue_ns = latency_ns(latency_part_s(terms, tables, rng, stream, call, attempt, LATENCY_QUEUE));
    t.ttft_ns = latency_ns(latency_part_s(terms, tables, rng, stream, call, attempt, LATENCY_TTFT));
    t.generation_ns = latency_ns(output_tok * latency_part_s(terms, tables, rng, stream, call, attempt, LATENCY_TPOT));
    t.first_token_ns = t.network_ns + t.queue_ns + t.ttft_ns;
    t.total_ns = t.first_token_ns + t.generation_ns;
    return t;
}

/* How long an attempt takes that ends in `end`, throttled, refused or failed. */
FLOE_FN int64_t latency_short_ns(const struct latency_terms *terms, const struct floe_gamma_table *tables,
                                 struct floe_rng rng, uint32_t stream, uint64_t call, uint32_t attempt,
                                 enum attempt_end end)
{
    const enum latency_part part = end == ATTEMPT_FAILED ? LATENCY_ERROR : LATENCY_REJECTION;
    return latency_ns(latency_part_s(terms, tables, rng, stream, call, attempt, part));
}

/* What the client makes of a duration: the end, and when it goes on. Billed: whether the ledger gets the attempt. */
struct latency_end {
    int64_t client_ns;
    int32_t end; /* `end` as it came, or ATTEMPT_TIMED_OUT */
    int32_t is_billed;
};

FLOE_FN struct latency_end latency_end(const struct latency_terms *terms, int64_t duration_ns, enum attempt_end end)
{
    struct latency_end e;
    const int is_late = duration_ns > terms->timeout_ns;
    e.client_ns = is_late ? terms->timeout_ns : duration_ns;
    e.end = is_late ? ATTEMPT_TIMED_OUT : (int32_t)end;
    e.is_billed = end == ATTEMPT_OK && (!is_late || terms->is_timeout_billed);
    return e;
}

/* ---- as expectations ---- */

struct latency_means {
    double network_s, queue_s, ttft_s, generation_s, first_token_s, total_s, rejection_s, error_s;
};

FLOE_FN struct latency_means latency_means(const struct latency_terms *terms, double mean_output_tok)
{
    struct latency_means m;
    m.network_s = terms->part[LATENCY_NETWORK].mean_s;
    m.queue_s = terms->part[LATENCY_QUEUE].mean_s;
    m.ttft_s = terms->part[LATENCY_TTFT].mean_s;
    m.generation_s = terms->part[LATENCY_TPOT].mean_s * mean_output_tok;
    m.first_token_s = m.network_s + m.queue_s + m.ttft_s;
    m.total_s = m.first_token_s + m.generation_s;
    m.rejection_s = terms->part[LATENCY_REJECTION].mean_s;
    m.error_s = terms->part[LATENCY_ERROR].mean_s;
    return m;
}

#if defined(__cplusplus)
}
#endif
#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quotas as expectations: what a quota lets through in a span of time, given the fresh load, the retries it causes, and
 * what the span before left in the buckets.
 *
 * Let L be the fresh calls per second, k the attempts of a call, f the share of admitted attempts that fail otherwise and
 * are retried as well, p the share of attempts that are throttled, q = p + (1 - p) f. Attempts thin independently
 * (backoff long against 1/C), so a call makes (1 - q^k)/(1 - q) attempts and the wire carries W = L (1 - q^k)/(1 - q).
 *
 * Free rejections. A bucket that has run empty admits a = r/c attempts per second (r its rate, c what an attempt is
 * settled at), whatever W is, and W (1 - p) = a gives q^k = 1 - a (1 - f)/L; with f = 0, p = (1 - C/L)^(1/k), and the
 * wire carries C/(1 - p). The level is followed as a fluid: it falls with what is charged and given back, rises with r,
 * and while it is between empty and full nothing is throttled. What attempts in flight hold is followed apart
 * (a (reserved - settled) D in equilibrium, D the time in flight).
 *
 * Small buckets, that relax within a span, are stationary instead. In units of one attempt, with x the room above one
 * attempt and R = W/C, Poisson arrivals and even attempts, the used part is the workload of an M/D/1 queue that admits
 * at workloads up to x. Its distribution is that of the queue without limit, cut off (de Kok and Tijms, J. Appl. Prob.
 * 22, 1985), so with U(x) = sum over j <= x of e^(R (x - j)) (-R (x - j))^j / j! (Erlang)
 *     p = (1 - (1 - R) U(x)) / (1 + R U(x))          x = 0: R/(1 + R); R > 1 and x large: 1 - 1/R
 * exact for any R. U is summed for x < 3; beyond, U(x) = 1/(1 - R) - e^(-t x)/(R e^t - 1), t the other root of
 * R (e^t - 1) = t. Unequal attempts of mean c are taken as even ones of c (1 + CV^2) x (dispersion of arrivals), which
 * has the same mean and variance of the work: the diffusion's approximation.
 *
 * Counted rejections (level = max(0, level - 1)): after every attempt, admitted or not, the level is max(0, level - 1), so
 * it is Lindley's recursion, and the used part a finite dam that overflows (Takacs): with B the depth,
 *     p = 1 - U(B - 1)/U(B)                           B = 1: 1 - e^-R; B large: p = 1 - e^(-R p), 0 where R <= 1
 * Together with W = L (1 - p^k)/(1 - p) this has one solution or three, two of them stable: below C a bucket that was
 * run empty once may stay so. Which one holds is taken from the span before. Goodput at L = 1.2 C, B large, f = 0:
 * .8236, .3391, .1214, .0155 of C for k = 1, 2, 3, 5.
 *
 * Echo. A retry meets the shortage that threw its attempt out. Near an empty bucket the level is a reflected Brownian
 * motion; a rejection, seen at level 0, is followed by 1/(2 p) more than usual (the mean level in equilibrium), so after a
 * mean backoff m a retry is throttled with p + e/p, e = grain/(2 W m), and p solves p (p + e/p)^(k - 1) = 1 - C/L. At
 * m = 50/C and L = 1.05 C, k = 2 this is .199 where the mean field says .218 and events .199 (standard error .002).
 *
 * Days and acceleration are fluids too. Several limits: the tightest sets p; each is charged for what passed.
 *
 * Limits. The wire is Poisson and in equilibrium with its retries at once: spans shorter than the backoff, and backoffs
 * below some 50/C, need the events engine. Without echo p is off by about e (k - 1)/(k p^2): within 1 % from L = 1.2 C on
 * at m = 50/C, at 1.05 C only from m = 1,000/C on.
 * doubt, where an estimate of what the wire may be off passes 2 % of it (coefficients fitted to events):
 *   QUOTA_DOUBT_CRITICAL   L so near C that the chance of arrivals or echoes decides
 *   QUOTA_DOUBT_BISTABLE   counted rejections with two stable states, and a fluctuation may change between them
 *   QUOTA_DOUBT_CREDIT     attempts are charged at their end: the bucket swings between debt and plenty
 *   QUOTA_DOUBT_HELD       below C, and what is in flight holds much more than the bucket
 * For a whole run sum unsure_per_s over its spans and compare it with the sum of wire_per_s. */
#ifndef FLOE_MODELS_QUOTA_HOURLY_H
#define FLOE_MODELS_QUOTA_HOURLY_H

#include "models/quota.h"
#include "sim/fmath.h"

#define QUOTA_PARTS 8       /* of a span; a fixed number */
#define QUOTA_RAMP_PARTS 60 /* with acceleration */
#define QUOTA_HALVINGS 40
#define QUOTA_ECHOES 8
#define QUOTA_ITERATIONS 64
#define QUOTA_SPREADS 1.5      /* standard deviations of a span's arrivals that count as near */
#define QUOTA_DOUBT_SHARE 0.02 /* of the wire load */
#define QUOTA_HELD_DEPTHS 1.8
#define QUOTA_EDGE 6.0 /* standard deviations of what waits for a retry: so far a state may be left */
#define QUOTA_EDGE_UNKNOWN 0.3

enum quota_doubt { QUOTA_DOUBT_CRITICAL = 1, QUOTA_DOUBT_BISTABLE = 2, QUOTA_DOUBT_CREDIT = 4, QUOTA_DOUBT_HELD = 8 };

/* What stands before a quota in one span. Means; quota tokens by bucket, 1 for requests. */
struct quota_load {
    double calls_per_s;  /* fresh */
    double attempts;     /* k >= 1, of a call, all layers together; need not be whole */
    double failed_share; /* f, of admitted attempts, retried like throttled ones */
    double reserved[QUOTA_BUCKETS], settled[QUOTA_BUCKETS];
    double size_ratio; /* 1 + CV^2 of an attempt's quota tokens; requests are even */
    double gap_ratio;  /* dispersion of arrivals; 1: Poisson */
    double backoff_s;  /* m, mean wait before a retry; 0: so long that it does not matter */
    double held_s;     /* D, from start to end of an admitted attempt */
};

/* 96 bytes; zeroed: full buckets, nothing in flight. */
struct quota_hourly {
    double used[QUOTA_BUCKETS]; /* quota tokens, with what is held */
    double held[QUOTA_BUCKETS]; /* of that, what will be given back (below 0: charged at the end) */
    double day_used, day;
    double ramp_per_s;    /* quota tokens admitted per second in the last minute */
    double counted_share; /* p at the span's end if the request bucket was empty with counted rejections, else 0 */
};

/* All per second and mean over the span. */
struct quota_flow {
    double wire_per_s;      /* attempts = throttled + admitted */
    double throttled_per_s; /* 429 */
    double admitted_per_s;  /* of them f fail otherwise */
    double exhausted_per_s; /* calls whose last attempt failed, throttled or not; the others succeed */
    double throttled_share; /* p = throttled/wire: what a retry layer sees per attempt */
    int32_t limit;          /* enum quota_limit: the one that throttled last in the span; QUOTA_NO_LIMIT */
    uint32_t doubt;         /* enum quota_doubt */
    double unsure_per_s;    /* how far wire_per_s may be off for what `doubt` names, by estimate; else 0 */
};

FLOE_FN struct quota_flow quota_no_flow(void)
{
    struct quota_flow flow;
    flow.wire_per_s = flow.throttled_per_s = flow.admitted_per_s = flow.exhausted_per_s = flow.throttled_share = 0;
    flow.limit = QUOTA_NO_LIMIT;
    flow.doubt = 0;
    flow.unsure_per_s = 0;
    return flow;
}

/* From the means of token classes. */
FLOE_FN void quota_load_weigh(const struct quota_terms *terms, const struct quota_tokens *mean, double output_tok,
                              struct quota_load *load)
{
    const struct quota_charge at_start = quota_reserved(terms, mean), at_end = quota_used(terms, mean, output_tok);
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        load->reserved[i] = (double)at_start.micros[i] / (double)QUOTA_MICROS;
        load->settled[i] = (double)at_end.micros[i] / (double)QUOTA_MICROS;
    }
}

FLOE_FN double quota_bucket_per_s(const struct quota_bucket *bucket)
{
    return (double)bucket->rate / ((double)QUOTA_MICROS * S_PER_MIN);
}

FLOE_FN double quota_bucket_depth(const struct quota_bucket *bucket)
{
    return (double)bucket->depth / (double)QUOTA_MICROS;
}

/* ---- attempts of a call ---- */

/* (1 - q^k)/(1 - q). */
FLOE_FN double quota_attempts(double q, double k)
{
    if (q <= 0) return 1;
    if (q > 1 - 1e-9) return k;
    return (1 - floe_pow(q, k)) / (1 - q);
}

FLOE_FN double quota_either(double p, double f)
{
    return p + (1 - p) * f;
}

FLOE_FN double quota_wire(const struct quota_load *load, double p)
{
    return load->calls_per_s * quota_attempts(quota_either(p, load->failed_share), load->attempts);
}

/* p where a attempts per second are admitted of what L fresh calls ask for, attempts independent. */
FLOE_FN double quota_share_at(const struct quota_load *load, double admitted_per_s)
{
    const double f = load->failed_share, L = load->calls_per_s;
    if (L <= 0 || f >= 1) return 0;
    const double base = 1 - admitted_per_s * (1 - f) / L;
    if (base <= 0) return 0;
    const double p = 1 - (1 - floe_pow(base, 1 / load->attempts)) / (1 - f);
    return p > 0 ? p : 0;
}

/* The echo e: a retry is throttled with probability p + e/p. grain: of unequal attempts and of bursts. */
FLOE_FN double quota_echo(const struct quota_load *load, double wire_per_s, double grain)
{
    return load->backoff_s > 0 && wire_per_s > 0 ? grain / (2 * wire_per_s * load->backoff_s) : 0;
}

/* p (p + e/p)^(k - 1) = p_0^k, p_0 without echo, by a map that contracts at least by half. */
FLOE_FN double quota_share_echoed(const struct quota_load *load, double admitted_per_s, double grain)
{
    const double first = quota_share_at(load, admitted_per_s), k = load->attempts;
    double p = first;
    if (load->backoff_s <= 0 || k <= 1 || first <= 0 || first >= 1) return first;
    const double base = floe_pow(first, k);
    for (int i = 0; i < QUOTA_ECHOES; i++) {
        const double echo = quota_echo(load, admitted_per_s / (1 - p), grain);
        const double square = floe_pow(base * floe_pow(p, k - 2), 1 / (k - 1)) - echo;
        p = square > first * first / 4 ? sqrt(square) : first / 2;
    }
    return p < first ? p : first;
}

/* ---- one bucket in equilibrium ---- */

/* The root t of R (e^t - 1) = t other than 0, for R > 0, R != 1: Newton from beyond it on a convex function. */
FLOE_FN double quota_root(double R)
{
    if (R > 1) {
        double y = R < 2 * (R - 1) ? R : 2 * (R - 1);
        for (int i = 0; i < 8; i++) {
            const double e = floe_exp(-y);
            y -= (y - R * (1 - e)) / (1 - R * e);
        }
        return -y;
    }
    double t = -2 * floe_log(R);
    for (int i = 0; i < 10; i++) {
        const double e = floe_expm1(t);
        t -= (R * e - t) / (R * (e + 1) - 1);
    }
    return t;
}

/* Erlang's sum at x < 3, times e^-(y x) for the caller's y. */
FLOE_FN double quota_erlang_sum(double R, double x)
{
    double sum = floe_exp(R * x);
    if (x >= 1) sum -= R * (x - 1) * floe_exp(R * (x - 1));
    if (x >= 2) sum += R * R * (x - 2) * (x - 2) / 2 * floe_exp(R * (x - 2));
    return sum;
}

#define QUOTA_SUMMED_BELOW 3
#define QUOTA_BEYOND 30 /* |t| x from which e^-|t| x is nothing */
#define QUOTA_DEEP 300  /* attempts; in shallower buckets the depth counts, too */
#define QUOTA_EVEN 1e-5 /* |1 - R| below which R is 1 */

/* U(x). For R > 1 it grows as e^(-t x): callers keep |t| x below QUOTA_BEYOND. */
FLOE_FN double quota_erlang(double R, double t, double x)
{
    if (x < QUOTA_SUMMED_BELOW) return quota_erlang_sum(R, x);
    if (floe_bits_abs(1 - R) < QUOTA_EVEN) return 2 * x + 2.0 / 3;
    return 1 / (1 - R) - floe_exp(-t * x) / (R * floe_exp(t) - 1);
}

/* Free rejections, room x above one attempt. */
FLOE_FN double quota_free_share(double R, double x)
{
    if (R <= 0) return 0;
    const double at = R < 1e-3 ? 1e-3 : R, t = floe_bits_abs(1 - at) < QUOTA_EVEN ? 0 : quota_root(at);
    if (t * x > QUOTA_BEYOND) return 0;
    if (-t * x > QUOTA_BEYOND) return 1 - 1 / at;
    const double u = quota_erlang(at, t, x), p = (1 - (1 - at) * u) / (1 + at * u);
    return p > 0 ? p : 0;
}

/* Counted rejections, depth B >= 1. */
FLOE_FN double quota_counted_share(double R, double B)
{
    if (R <= 0) return 0;
    const double at = R < 1e-3 ? 1e-3 : R, t = floe_bits_abs(1 - at) < QUOTA_EVEN ? 0 : quota_root(at);
    if (t * (B - 1) > QUOTA_BEYOND) return 0;
    if (-t * (B - 1) > QUOTA_BEYOND) return -floe_expm1(t);
    const double p = 1 - quota_erlang(at, t, B - 1) / quota_erlang(at, t, B);
    return p > 0 ? p : 0;
}

/* ---- with the retries it causes ---- */

/* The one p with p = quota_free_share(W(p)/C, x): the share falls and the admitted rise with W. */
FLOE_FN double quota_free_loop(const struct quota_load *load, double C, double x)
{
    const double fluid = quota_share_at(load, C);
    if (floe_bits_abs(quota_free_share(quota_wire(load, fluid) / C, x) - fluid) < 1e-12) return fluid;
    double low = fluid, high = 1;
    for (int i = 0; i < QUOTA_HALVINGS; i++) {
        const double p = (low + high) / 2;
        if (quota_free_share(quota_wire(load, p) / C, x) > p)
            low = p;
        else
            high = p;
    }
    return (low + high) / 2;
}

/* The stable p that is reached from here: both maps rise with p. Of a deep bucket only e^-Rp is left. */
FLOE_FN double quota_counted_loop(const struct quota_load *load, double C, double B, double from)
{
    double p = from;
    if (B < QUOTA_DEEP) {
        for (int i = 0; i < QUOTA_ITERATIONS; i++)
            p = quota_counted_share(quota_wire(load, p) / C, B);
        return p;
    }
    for (int i = 0; i < QUOTA_ITERATIONS; i++)
        p = -floe_expm1(-quota_wire(load, p) / C * p);
    return p;
}

/* ---- a span ---- */

/* What holds over a whole span. */
struct quota_span {
    double part_s, fade;             /* fade = 1 - e^(-part/D) */
    double wire_free;                /* W without throttles */
    int32_t is_quick[QUOTA_BUCKETS]; /* the bucket relaxes within a part */
    double echoed[QUOTA_BUCKETS];    /* p with its echo over p, empty and in equilibrium */
    double p[QUOTA_BUCKETS];         /* in equilibrium, its retries included */
};

/* Attempts per second that bucket i can settle. */
FLOE_FN double quota_bucket_capacity(const struct quota_terms *terms, const struct quota_load *load, int i)
{
    const double rate = quota_bucket_per_s(&terms->buckets[i]);
    return terms->buckets[i].rate == 0 || load->settled[i] <= 0 ? 1e300 : rate / load->settled[i];
}

/* The most attempts per second that all limits of rates can settle for ever. */
FLOE_FN double quota_capacity_per_s(const struct quota_terms *terms, const struct quota_load *load)
{
    double least = 1e300;
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        const double C = quota_bucket_capacity(terms, load, i);
        least = C < least ? C : least;
    }
    return least;
}

FLOE_FN int quota_is_counted(const struct quota_terms *terms, int i)
{
    return i == QUOTA_REQUESTS && terms->counts_rejections;
}

/* Even units of bucket i's work. */
FLOE_FN double quota_grain(const struct quota_load *load, int i)
{
    return load->settled[i] * load->gap_ratio * (i == QUOTA_REQUESTS ? 1 : load->size_ratio);
}

FLOE_FN double quota_room(const struct quota_terms *terms, const struct quota_load *load, int i)
{
    const double depth = quota_bucket_depth(&terms->buckets[i]);
    return depth - load->reserved[i];
}

FLOE_FN void quota_span_bucket(const struct quota_terms *terms, const struct quota_load *load, int i,
                               const struct quota_hourly *state, struct quota_span *span)
{
    const double C = quota_bucket_capacity(terms, load, i), grain = quota_grain(load, i);
    const double room = quota_room(terms, load, i);
    span->is_quick[i] = 0;
    span->p[i] = 0;
    span->echoed[i] = 1;
    if (C >= 1e300) return;
    const double x = room > 0 ? room / grain : 0;
    span->is_quick[i] = x * x * load->settled[i] * 10 < span->part_s * quota_bucket_per_s(&terms->buckets[i]);
    if (quota_is_counted(terms, i)) {
        const double first = quota_counted_share(span->wire_free / C, x + 1), from = state->counted_share;
        span->p[i] = quota_counted_loop(load, C, x + 1, from > first ? from : first);
    } else {
        const double alone = quota_share_at(load, C);
        span->p[i] = quota_free_loop(load, C, x);
        if (alone > 0) span->echoed[i] = quota_share_echoed(load, C, grain / load->settled[i]) / alone;
    }
}

/* Of a part of a span. */
struct quota_part {
    double p_full, admitted_per_s; /* while a limit binds; admitted < 0: as independent attempts give it */
    double free_share;             /* of the time, in which none does */
    int32_t limit;
};

/* The rate at which bucket i, full-used at the end of the part, admits on the whole (with_level) or once it is empty. */
FLOE_FN double quota_part_most(const struct quota_terms *terms, const struct quota_load *load,
                               const struct quota_hourly *state, const struct quota_span *span, int i, int with_level)
{
    const double surplus = load->reserved[i] - load->settled[i], level = quota_room(terms, load, i) - state->used[i];
    const double back = state->held[i] * span->fade, rate = quota_bucket_per_s(&terms->buckets[i]);
    const double per_attempt = load->settled[i] * span->part_s + load->held_s * surplus * span->fade;
    const double room = (with_level ? level : 0) + rate * span->part_s + back;
    return room > 0 ? room / per_attempt : 0;
}

FLOE_FN void quota_part_lower(struct quota_part *part, double p, double admitted_per_s, double free_share, int limit)
{
    if (p <= part->p_full * (1 - part->free_share) && part->limit != QUOTA_NO_LIMIT) return;
    if (p <= 0 || free_share >= 1) return;
    part->p_full = p;
    part->admitted_per_s = admitted_per_s;
    part->free_share = free_share;
    part->limit = limit;
}

FLOE_FN void quota_part_bucket(const struct quota_terms *terms, const struct quota_load *load,
                               const struct quota_hourly *state, const struct quota_span *span, int i,
                               struct quota_part *part)
{
    if (span->is_quick[i]) {
        const double p = span->p[i], passes = quota_wire(load, p) * (1 - p), grain = quota_grain(load, i);
        const int has_echo = !quota_is_counted(terms, i) && span->wire_free > quota_bucket_capacity(terms, load, i);
        const double echoed = has_echo ? quota_share_echoed(load, passes, grain / load->settled[i]) : p;
        quota_part_lower(part, echoed, has_echo ? passes : -1, 0, i);
        return;
    }
    const double all = quota_part_most(terms, load, state, span, i, 1), wanted = span->wire_free;
    if (quota_is_counted(terms, i)) {
        const int is_stuck = state->counted_share > 0 && span->p[i] > 1e-6;
        const double C = quota_bucket_capacity(terms, load, i), level = quota_room(terms, load, i) - state->used[i];
        const double full_s = wanted > C ? (level > 0 ? level : 0) / (wanted - C) : span->part_s;
        quota_part_lower(part, span->p[i], -1, is_stuck || full_s <= 0 ? 0 : full_s / span->part_s, i);
        return;
    }
    if (all >= wanted) {
        quota_part_lower(part, wanted <= quota_bucket_capacity(terms, load, i) ? span->p[i] : 0, -1, 0, i);
        return;
    }
    const double empty = quota_part_most(terms, load, state, span, i, 0), least = empty < all ? empty : all;
    const double free_share = empty < all ? (all - empty) / (wanted - empty) : 0;
    quota_part_lower(part, quota_share_at(load, least) * span->echoed[i], least, free_share, i);
}

/* Days and acceleration: at most this many attempts in the part. */
FLOE_FN void quota_part_cap(const struct quota_load *load, double wanted, double most, int limit,
                            struct quota_part *part)
{
    if (most < wanted) quota_part_lower(part, quota_share_at(load, most), most, 0, limit);
}

FLOE_FN double quota_ramp_per_s(const struct quota_terms *terms, double before_per_s, double part_s)
{
    const double floor_per_s = (double)terms->ramp_floor_micros / (double)QUOTA_MICROS / S_PER_MIN;
    const double growth = floe_pow((double)terms->ramp_permille / 1000, part_s / S_PER_MIN);
    const double grown = before_per_s * growth;
    return grown > floor_per_s ? grown : floor_per_s;
}

/* A day's tokens last for a part of the time at full flow. */
FLOE_FN void quota_part_day(const struct quota_terms *terms, const struct quota_load *load, struct quota_hourly *state,
                            double at_s, double part_s, double wanted, struct quota_part *part)
{
    const double day = floor((at_s - (double)terms->day_begins_ns / (double)NS_PER_S) / S_PER_DAY);
    if (terms->day_micros == 0) return;
    if (day != state->day) state->day_used = 0;
    state->day = day;
    const double left = (double)terms->day_micros / (double)QUOTA_MICROS - state->day_used;
    const double need = wanted * load->settled[QUOTA_TOKENS] * part_s;
    if (left < need) quota_part_lower(part, 1, -1, left > 0 ? left / need : 0, QUOTA_DAY);
}

FLOE_FN void quota_part_charge(const struct quota_terms *terms, const struct quota_load *load,
                               const struct quota_span *span, double admitted, double counted,
                               struct quota_hourly *state)
{
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0) continue;
        const double rate = quota_bucket_per_s(&terms->buckets[i]), surplus = load->reserved[i] - load->settled[i];
        const double flow = quota_is_counted(terms, i) ? admitted + counted : admitted;
        const double held = state->held[i] + (flow * load->held_s * surplus - state->held[i]) * span->fade;
        const double used = state->used[i] + (flow * load->settled[i] - rate) * span->part_s + held - state->held[i];
        const double most = quota_bucket_depth(&terms->buckets[i]);
        state->held[i] = held;
        state->used[i] = used < 0 ? 0 : quota_is_counted(terms, i) && used > most - 1 ? most - 1 : used;
    }
    state->day_used += admitted * load->settled[QUOTA_TOKENS] * span->part_s;
    state->ramp_per_s = admitted * load->reserved[quota_ramp_counts(terms)];
}

FLOE_FN void quota_flow_add(const struct quota_load *load, double p, double admitted_per_s, double weight,
                            struct quota_flow *flow)
{
    const double wire = admitted_per_s < 0 || p >= 1 ? quota_wire(load, p) : admitted_per_s / (1 - p);
    const double exhausted = load->calls_per_s - wire * (1 - p) * (1 - load->failed_share);
    flow->wire_per_s += wire * weight;
    flow->throttled_per_s += wire * p * weight;
    flow->exhausted_per_s += (exhausted > 0 ? exhausted : 0) * weight;
}

FLOE_FN void quota_part_add(const struct quota_load *load, const struct quota_part *part, double weight,
                            struct quota_flow *flow)
{
    quota_flow_add(load, 0, -1, part->free_share * weight, flow);
    quota_flow_add(load, part->p_full, part->admitted_per_s, (1 - part->free_share) * weight, flow);
    if (part->limit != QUOTA_NO_LIMIT) flow->limit = part->limit;
}

/* ---- doubt ---- */

FLOE_FN void quota_doubt_add(struct quota_flow *flow, uint32_t doubt, double unsure_per_s)
{
    if (unsure_per_s < QUOTA_DOUBT_SHARE * flow->wire_per_s) return;
    flow->doubt |= doubt;
    if (unsure_per_s > flow->unsure_per_s) flow->unsure_per_s = unsure_per_s;
}

/* The chance of the span's own arrivals: by how much the wire's mean leaves the wire of the mean. */
FLOE_FN double quota_unsure_of_chance(const struct quota_terms *terms, const struct quota_load *load, double step_s,
                                      int i)
{
    const double C = quota_bucket_capacity(terms, load, i), grain = quota_grain(load, i) / load->settled[i];
    const double x = quota_room(terms, load, i) / (load->settled[i] * grain), relax_s = x * x * grain / C;
    const double over_s = relax_s < step_s ? relax_s : step_s;
    struct quota_load low = *load, high = *load;
    if (x <= 0 || over_s <= 0) return 0;
    const double spread = QUOTA_SPREADS * sqrt(grain / (C * over_s)), by = spread < 0.5 ? spread : 0.5;
    low.calls_per_s *= 1 - by;
    high.calls_per_s *= 1 + by;
    const double below = quota_wire(&low, quota_share_at(&low, C)), above = quota_wire(&high, quota_share_at(&high, C));
    return floe_bits_abs(above + below - 2 * quota_wire(load, quota_share_at(load, C))) / 2;
}

/* Retries that come back before the bucket has forgotten: a small bucket that relaxes slower than that, or an echo
 * whose second order counts (coefficients fitted to events): an overload that what comes in during a backoff hides. */
FLOE_FN double quota_unsure_of_echo(const struct quota_terms *terms, const struct quota_load *load,
                                    const struct quota_flow *flow, const struct quota_span *span, int i)
{
    const double C = quota_bucket_capacity(terms, load, i), grain = quota_grain(load, i) / load->settled[i];
    const double x = quota_room(terms, load, i) / (load->settled[i] * grain), p = flow->throttled_share;
    const double echo = quota_echo(load, flow->wire_per_s, grain), excess = flow->wire_per_s / C - 1;
    const double full_s = x * x * grain / C, far_s = excess * excess > 0 ? grain / (C * excess * excess) : full_s;
    const double most = 3 * flow->throttled_per_s, second = flow->wire_per_s * 12 * echo * echo / (p * p * p);
    if (load->attempts <= 1 || load->backoff_s <= 0 || p <= 0) return 0;
    if (span->is_quick[i] && span->wire_free < C)
        return load->backoff_s < 2 * (full_s < far_s ? full_s : far_s) ? most : 0;
    const double over = 1 - C * (1 - load->failed_share) / load->calls_per_s;
    const double near = over > 0 ? sqrt(grain / (flow->wire_per_s * load->backoff_s)) / over : 0;
    const double unsure = second + (near > 2 ? 0.008 * (near - 2) * flow->wire_per_s : 0);
    return unsure < most ? unsure : most;
}

/* Counted rejections: chance may change between two stable states, or an echo moves p. */
FLOE_FN void quota_doubt_counted(const struct quota_terms *terms, const struct quota_load *load,
                                 const struct quota_hourly *state, double step_s, struct quota_flow *flow)
{
    const double C = quota_bucket_capacity(terms, load, QUOTA_REQUESTS), wire = quota_wire(load, 0), k = load->attempts;
    const double B = quota_bucket_depth(&terms->buckets[QUOTA_REQUESTS]), p = state->counted_share;
    const double left = B - state->used[QUOTA_REQUESTS];
    const double waiting = flow->wire_per_s * load->backoff_s;
    const double fall = p - (waiting > 0 ? QUOTA_EDGE / sqrt(waiting) : QUOTA_EDGE_UNKNOWN);
    const double low = quota_counted_share(wire / C, left > 1 ? left : 1), rise = 10 * low + 0.005;
    if (low * wire * step_s > 0.01 && quota_counted_share(quota_wire(load, rise) / C, QUOTA_DEEP) > rise) {
        const double top = quota_counted_loop(load, C, B, 1);
        if (top > p + 0.01) quota_doubt_add(flow, QUOTA_DOUBT_BISTABLE, quota_wire(load, top) - flow->wire_per_s);
    }
    if (p <= 0.01) return;
    if (wire < C && (fall <= 0 || quota_counted_share(quota_wire(load, fall) / C, B) <= fall))
        quota_doubt_add(flow, QUOTA_DOUBT_BISTABLE, flow->wire_per_s - wire);
    const double load_ratio = flow->wire_per_s / C, slope = quota_wire(load, p) - quota_wire(load, p - 0.001);
    const double gain = 1 - (1 - p) * (load_ratio + p * slope * 1000 / C);
    const double off = k > 1 && waiting > 0
                           ? flow->admitted_per_s * load_ratio * load_ratio / (2 * waiting * (gain > 0.1 ? gain : 0.1))
                           : 0;
    if (off > QUOTA_DOUBT_SHARE * flow->admitted_per_s && off > 0.1 * QUOTA_DOUBT_SHARE * flow->wire_per_s)
        quota_doubt_add(flow, QUOTA_DOUBT_CRITICAL, 10 * off);
}

FLOE_FN void quota_doubts(const struct quota_terms *terms, const struct quota_load *load,
                          const struct quota_hourly *state, const struct quota_span *span, double step_s,
                          struct quota_flow *flow)
{
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0 || load->settled[i] <= 0) continue;
        const double surplus = load->reserved[i] - load->settled[i], in_flight = span->wire_free * load->held_s;
        const double rate = quota_bucket_per_s(&terms->buckets[i]), depth = quota_bucket_depth(&terms->buckets[i]);
        if (quota_is_counted(terms, i)) {
            quota_doubt_counted(terms, load, state, step_s, flow);
            continue;
        }
        if (!span->is_quick[i] && quota_bucket_capacity(terms, load, i) < 1.02 * quota_capacity_per_s(terms, load))
            quota_doubt_add(flow, QUOTA_DOUBT_CRITICAL, quota_unsure_of_chance(terms, load, step_s, i));
        if (flow->limit == i)
            quota_doubt_add(flow, QUOTA_DOUBT_CRITICAL, quota_unsure_of_echo(terms, load, flow, span, i));
        if (flow->limit == i && -surplus * in_flight > rate && load->attempts > 1)
            quota_doubt_add(flow, QUOTA_DOUBT_CREDIT, flow->throttled_per_s / 2);
        if (surplus * in_flight > QUOTA_HELD_DEPTHS * depth && span->wire_free * load->settled[i] < rate)
            quota_doubt_add(flow, QUOTA_DOUBT_HELD, flow->wire_per_s / 2);
    }
}

/* One span of step_s from from_s (seconds since the scenario's start), all rates constant in it. */
FLOE_FN struct quota_flow quota_step(const struct quota_terms *terms, struct quota_hourly *state,
                                     const struct quota_load *load, double from_s, double step_s)
{
    const int parts = terms->ramp_permille > 0 ? QUOTA_RAMP_PARTS : QUOTA_PARTS;
    struct quota_flow flow = quota_no_flow();
    struct quota_span span;
    span.part_s = step_s / parts;
    span.fade = load->held_s > 0 ? -floe_expm1(-span.part_s / load->held_s) : 1;
    span.wire_free = quota_wire(load, 0);
    for (int i = 0; i < QUOTA_BUCKETS; i++)
        quota_span_bucket(terms, load, i, state, &span);
    for (int n = 0; n < parts; n++) {
        struct quota_part part = {0, -1, 1, QUOTA_NO_LIMIT};
        struct quota_flow here = quota_no_flow();
        for (int i = 0; i < QUOTA_BUCKETS; i++)
            if (terms->buckets[i].rate > 0) quota_part_bucket(terms, load, state, &span, i, &part);
        if (terms->ramp_permille > 0 && load->reserved[quota_ramp_counts(terms)] > 0)
            quota_part_cap(load, span.wire_free,
                           quota_ramp_per_s(terms, state->ramp_per_s, span.part_s) /
                                   load->reserved[quota_ramp_counts(terms)] -
                               0.5 / S_PER_MIN, /* half an attempt does not fit in a minute */
                           QUOTA_RAMP, &part);
        quota_part_day(terms, load, state, from_s + (n + 0.5) * span.part_s, span.part_s, span.wire_free, &part);
        quota_part_add(load, &part, 1, &here);
        const double p_counted = part.limit == QUOTA_REQUESTS && terms->counts_rejections ? part.p_full : 0;
        quota_part_charge(terms, load, &span, here.wire_per_s - here.throttled_per_s, here.throttled_per_s, state);
        state->counted_share = p_counted;
        quota_part_add(load, &part, 1.0 / parts, &flow);
    }
    flow.admitted_per_s = flow.wire_per_s - flow.throttled_per_s;
    flow.throttled_share = flow.wire_per_s > 0 ? flow.throttled_per_s / flow.wire_per_s : 0;
    if (load->calls_per_s > 0) quota_doubts(terms, load, state, &span, step_s, &flow);
    return flow;
}

#endif

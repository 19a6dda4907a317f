/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The response cache as expectations, for prompts drawn by popularity: hits, misses and fills of a span (a bin of time
 * with a constant rate), from the state that the span before left. Rules: models/response_cache.h.
 *
 * A cell is one (population, key, scope). Its state is held by classes of prompts that are about as popular as each
 * other (prompt_classes_of): the probability F that such a prompt is cached, and what was filled when. Calls on one
 * prompt are a Poisson process whose rate l is constant between two edges of time.
 *
 * TTL from the write. A miss starts a cycle: the entry is there for T, and cannot be filled again before. So with m(t)
 * the rate of those starts
 *     dF/dt = m(t) - m(t - T),   m = l (1 - F)
 * exactly (Jung, Berger, Balakrishnan 2003, made time-dependent). The past of m is a ring of slots; inside a slot the
 * outflow m(t - T) is held at its mean, and the linear equation is solved in closed form, so that what flows in flows
 * out T later to the last bit of rounding. Constant rate: F = lT / (1 + lT).
 *   latency L      a cycle lasts T + L. Coalesced: calls during L wait and are hits, (lT + lL)/(1 + lT + lL). Else they
 *                  are misses too, l L of them: lT/(1 + l(T + L)); where an overwrite resets the expiry the cycle is
 *                  longer by the mean age of the last fill, A = L - (1 - e^-lL)/l
 *   T below a quarter of the longest step: no ring. The steady state, and a correction for the start: with
 *                  mu = T + 1/l and R the time that a cached entry still has, a span brings
 *                  d/mu + h^2/2 - E[R; cached]/mu starts (renewal theory: Cox 1962, 4.2); in the steady state the last
 *                  two terms cancel, from a cold start they are h^2/2
 * TTL from the last read. F = 1 - exp(-(calls in the last T)), exact for Poisson calls; a ring of call counts, integrated
 * in closed form. With latency: a miss with probability e^-x (1 + lL) / (1 + lL e^-x), coalesced 1 / (lL + e^x).
 * Capacity. Che's approximation (Che, Tung, Wang 2002): the cache holds what was asked within the characteristic time tC,
 * the same for all, such that as many prompts as its capacity were. tC is solved from the calls of the recent past over
 * all cells (cache_characteristic_s). From the last read the shorter of T and tC counts. From the write,
 * of what a cache without limit would hold the part (1 - e^(-l tC))/(1 - e^(-l T)) is there: exact where nothing expires
 * (1 - e^(-l tC), Che's) and where nothing is evicted, between them an interpolation.
 * Drift. A rank is renewed at the rate 1/renewed_every: entries are lost at that rate too.
 * Grace. a is the probability that a prompt is live under the old key and not yet under the new one; what was called
 * before the switch is independent of what is called after it. A share f of the stale answers refreshes: 1, 0, or what
 * the bucket allows, shared evenly. a falls by refreshes and with the old entry's own expiry; see cache_class_write.
 * Neighbours. A call that would miss is served with probability similar x sum q F.
 *
 * Doubt (CACHE_DOUBT_*, with advice: cache_doubts): where this is known to be poor.
 *
 * Cost and memory: a cell is CACHE_CELL_BYTES_MOST, whatever T; an hour's step takes at most 18 sub-steps of 40 classes
 * (with a shorter TTL than a quarter of the step: one). No loop depends on the state: cells go through as lanes.
 *
 * Left out: fills that fail; latency that varies; scopes that differ in load (each is a cell of its own). */
#ifndef FLOE_MODELS_RESPONSE_CACHE_HOURLY_H
#define FLOE_MODELS_RESPONSE_CACHE_HOURLY_H

#include "models/prompts.h"
#include "models/response_cache.h"

enum { CACHE_CLASSES = PROMPT_CLASSES_MOST, CACHE_RING = 64, CACHE_SUBSTEPS = 16, CACHE_PIECES = 16 };
#define CACHE_CELL_BYTES_MOST 24576
#define CACHE_NO_LIMIT_S 1e30 /* a characteristic time that limits nothing */

enum cache_doubt {
    CACHE_DOUBT_STEP = 1,       /* T below a quarter of the step, and the step shorter than 3 T; or pulses of calls on
                                 * few prompts that are equally popular, with a TTL from the write */
    CACHE_DOUBT_LATENCY = 2,    /* fills last longer than a sub-step, or half the TTL */
    CACHE_DOUBT_CAPACITY = 4,   /* capacity binds together with a TTL from the write (below 200 characteristic times) or
                                * with grace, or turns over within a sub-step */
    CACHE_DOUBT_GRACE = 8,      /* grace with a TTL below a quarter of the step, or from the last read below
                                * two windows; or calls that still use the old key; or old entries that were
                                * filled in a rush expire in the window */
    CACHE_DOUBT_NEIGHBOUR = 16, /* neighbours' reads extend a TTL from the last read: not seen here */
    CACHE_DOUBT_DRIFT = 32,     /* more than half of the ranks are renewed within a TTL */
    CACHE_DOUBT_RUNS = 64,      /* models/response_cache_runs.h: cohorts were merged, or filled in part */
    CACHE_DOUBTS = 7
};
extern const char *const cache_doubts[CACHE_DOUBTS]; /* what and what helps, by bit */

/* How the ring lies on the clock: slots of slot_ns, `slots` of them make a TTL. slots 0: no ring. */
struct cache_grid {
    int64_t slot_ns;
    int32_t slots, reserved;
};

FLOE_FN int cache_grid_fits(int64_t ttl_ns, int64_t slot_ns)
{
    return slot_ns > 0 && ttl_ns % slot_ns == 0 && ttl_ns / slot_ns >= 4 && ttl_ns / slot_ns < CACHE_RING;
}

/* step_ns: the longest step. Slots that divide the TTL and the step (or that the step divides), where there are any. */
FLOE_FN struct cache_grid cache_grid_of(const struct cache_rules *rules, int64_t step_ns)
{
    struct cache_grid grid;
    const int64_t ttl_ns = rules->ttl_ns;
    grid.slots = grid.reserved = 0;
    grid.slot_ns = ttl_ns;
    if (ttl_ns < step_ns / 4) return grid;
    int64_t slots = CACHE_SUBSTEPS * (double)ttl_ns / (double)step_ns >= CACHE_RING ? CACHE_RING - 1
                                                                                    : CACHE_SUBSTEPS * ttl_ns / step_ns;
    if (slots < 4) slots = 4;
    grid.slot_ns = (ttl_ns + slots - 1) / slots;
    for (int64_t n = CACHE_RING; n > 1; n--)
        if (cache_grid_fits(ttl_ns, step_ns * n)) grid.slot_ns = step_ns * n;
    for (int64_t n = 1; n <= CACHE_SUBSTEPS; n++)
        if (step_ns % n == 0 && cache_grid_fits(ttl_ns, step_ns / n)) grid.slot_ns = step_ns / n;
    grid.slots = (int32_t)((ttl_ns + grid.slot_ns - 1) / grid.slot_ns);
    return grid;
}

/* The state of one cell. All zeros: cold. */
struct cache_cell {
    int64_t at_ns, before_ns;               /* until when, and from when, it was stepped last */
    double cached[CACHE_CLASSES];           /* F at at_ns; with a latency: cached or on its way */
    double kept[CACHE_CLASSES];             /* of F, by a cache of limited capacity (TTL from the write) */
    double before[CACHE_CLASSES];           /* live, at before_ns */
    double old[CACHE_CLASSES];              /* a, while the window is open */
    double owed[CACHE_CLASSES];             /* from the last read, see cache_owed_after */
    double left_s[CACHE_CLASSES];           /* no ring: E[R; cached] */
    double starts[CACHE_CLASSES];           /* in the present slot */
    double ring[CACHE_RING][CACHE_CLASSES]; /* starts of the past slots, slot s at s mod (slots + 1) */
    double ring_calls[CACHE_RING];
    double calls;              /* in the present slot; without a ring: in the last T */
    double stepped_calls;      /* of the last step */
    double since_calls;        /* since the window closed */
    int32_t is_open, is_owing; /* the window was open in the last sub-step; `owed` is still that of the window */
};

#if defined(__cplusplus)
static_assert(sizeof(struct cache_cell) <= CACHE_CELL_BYTES_MOST, "a cell is larger than its budget");
#else
_Static_assert(sizeof(struct cache_cell) <= CACHE_CELL_BYTES_MOST, "a cell is larger than its budget");
#endif

/* What a step reads. */
struct cache_load {
    int64_t from_ns, to_ns;
    double calls;            /* expected in the span on this cell, at a constant rate; bypassing ones included */
    double latency_s;        /* of a fill */
    double characteristic_s; /* CACHE_NO_LIMIT_S, or what cache_characteristic_s says */
    double renewed_every_s;  /* 0: never */
    struct cache_window grace;
    double grace_share;           /* of the calls are of workloads with this window */
    double refresh_per_s;         /* this cell's part of the limit */
    const struct cache_cell *old; /* of the old key, stepped over the same span before; or null */
};

/* What it gives. calls = hits + similar + stale + misses + bypassed; fills = misses + refreshes. */
struct cache_step {
    double calls, hits, similar, wrong, stale, misses, bypassed, refreshes;
    uint32_t doubt, reserved;
};

/* (1 - e^-x)/x. */
FLOE_FN double cache_mean_decay(double x)
{
    return x > -1e-8 && x < 1e-8 ? 1 - 0.5 * x : -floe_expm1(-x) / x;
}

FLOE_FN double cache_clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* ---- the ring ---- */

FLOE_FN int32_t cache_ring_slot(struct cache_grid grid, int64_t slot)
{
    const int64_t size = grid.slots + 1;
    return (int32_t)(((slot % size) + size) % size);
}

/* Calls within the last span_s before at_ns. */
FLOE_FN double cache_recent_calls(const struct cache_cell *cell, struct cache_grid grid, double span_s)
{
    const double slot_s = (double)grid.slot_ns / NS_PER_S;
    if (grid.slots == 0) return cell->calls * cache_clamp(span_s / slot_s, 0, 1);
    const int64_t slot = cell->at_ns / grid.slot_ns;
    double inside_s = (double)(cell->at_ns - slot * grid.slot_ns) / NS_PER_S, sum = 0;
    if (inside_s > 0) sum = cell->calls * cache_clamp(span_s / inside_s, 0, 1);
    span_s -= inside_s;
    for (int32_t i = 1; i <= grid.slots; i++, span_s -= slot_s)
        sum += cell->ring_calls[cache_ring_slot(grid, slot - i)] * cache_clamp(span_s / slot_s, 0, 1);
    return sum;
}

/* The slot that ends at at_ns joins the ring. */
FLOE_FN void cache_ring_turn(struct cache_cell *cell, struct cache_grid grid)
{
    const int32_t at = cache_ring_slot(grid, cell->at_ns / grid.slot_ns - 1);
    for (int32_t c = 0; c < CACHE_CLASSES; c++) {
        cell->ring[at][c] = cell->starts[c];
        cell->starts[c] = 0;
    }
    cell->ring_calls[at] = cell->calls;
    cell->calls = 0;
}

FLOE_FN void cache_cell_begin(struct cache_cell *cell, int64_t at_ns)
{
    memset(cell, 0, sizeof *cell);
    cell->at_ns = cell->before_ns = at_ns;
}

/* The probability that a prompt of a class has a live entry. */
FLOE_FN double cache_live(const struct cache_cell *cell, int32_t c)
{
    return cell->cached[c] * cell->kept[c];
}

/* ---- one sub-step ---- */

/* What is the same for all classes. */
struct cache_span {
    double s, calls_per_s; /* after bypass */
    double ttl_s, latency_s, loss_per_s;
    double similar;                 /* chance that a neighbour serves a call that would miss */
    double grace_share, refresh;    /* g and f; g 0: no window */
    double slot_s;                  /* of the ring */
    double limit_calls;             /* calls within the characteristic time, in the middle; below 0: it does not bind */
    double ttl_calls, ttl_calls_to; /* calls within the TTL, in the middle and at the end; where the capacity binds */
    double window_from, window_to;  /* from the last read: calls within the TTL, at both ends */
    double elapsed_s;               /* of the TTL, since the first call: for drift */
    int32_t coalesce, resets;
};

/* One prompt of a class. */
struct cache_flow {
    double hits, uncached, similar, stale, misses, refreshes;
};

/* Shares out the calls on one prompt. unserved_s: the time without an entry; old_s: the part of it in which the old key
 * has one. Rounding may take unserved_s an ulp past the span. */
FLOE_FN struct cache_flow cache_flow_of(const struct cache_span *span, double l, double unserved_s, double old_s)
{
    struct cache_flow flow;
    flow.stale = l * span->grace_share * old_s;
    flow.refreshes = flow.stale * span->refresh;
    flow.uncached = l * unserved_s - flow.stale;
    if (flow.uncached < 0) flow.uncached = 0;
    flow.similar = flow.uncached * span->similar;
    flow.misses = flow.uncached - flow.similar;
    flow.hits = unserved_s < span->s ? l * (span->s - unserved_s) : 0;
    return flow;
}

/* Calls that come while a fill is under way. */
FLOE_FN void cache_flow_latency(const struct cache_span *span, double l, struct cache_flow *flow)
{
    const double refreshing = l * span->latency_s * flow->refreshes, fetching = l * span->latency_s * flow->misses;
    double stale = span->grace_share * refreshing;
    double misses = span->coalesce ? 0 : fetching + refreshing - stale;
    const double most = flow->hits, all = stale + misses;
    if (all > most) stale *= most / all, misses *= most / all;
    flow->stale += stale;
    flow->misses += misses;
    flow->hits -= stale + misses;
}

/* How much longer an entry lasts because later fills reset its expiry. */
FLOE_FN double cache_reset_s(const struct cache_span *span, double l)
{
    return span->resets && !span->coalesce ? span->latency_s * (1 - cache_mean_decay(l * span->latency_s)) : 0;
}

/* The rate at which the old entry expires, from the old cell's own step. */
FLOE_FN double cache_old_loss(const struct cache_cell *old, int32_t c)
{
    const double s = (double)(old->at_ns - old->before_ns) / NS_PER_S;
    const double ratio = old->before[c] > 0 ? cache_live(old, c) / old->before[c] : 1;
    return s > 0 && ratio < 1 ? -floe_log(ratio > 1e-12 ? ratio : 1e-12) / s : 0;
}

/* What the capacity leaves of a class: (1 - e^-(calls within tC)) / (1 - e^-(calls within T)). */
FLOE_FN double cache_kept(const struct cache_span *span, double q, double limit_calls, double ttl_calls)
{
    if (span->limit_calls < 0 || q * ttl_calls < 1e-12) return 1;
    return cache_clamp(floe_expm1(-q * limit_calls) / floe_expm1(-q * ttl_calls), 0, 1);
}

/* A class, TTL from the write, with the ring. With lf = l (1 - similar), k = g f l - g lf and e the losses
 *     F' = lf (1 - F) + k a - o - e F,   a' = -(gone) a
 * o the outflow of what was filled T ago; both are solved exactly. */
FLOE_FN struct cache_flow cache_class_write(struct cache_cell *cell, struct cache_grid grid,
                                            const struct cache_span *span, int32_t c, double q, double old_loss)
{
    const double l = q * span->calls_per_s, lf = l * (1 - span->similar), d = span->s;
    const double loss = span->loss_per_s, rate = lf + loss;
    const double shift = cache_clamp((span->latency_s + cache_reset_s(span, l)) / span->slot_s, 0, 1);
    const int64_t slot = cell->at_ns / grid.slot_ns;
    const double left = (1 - shift) * cell->ring[cache_ring_slot(grid, slot - grid.slots)][c] +
                        shift * cell->ring[cache_ring_slot(grid, slot - grid.slots - 1)][c];
    const double out = left / span->slot_s * floe_exp(-loss * span->ttl_s);
    const double g = span->grace_share, k = g * (span->refresh * l - lf);
    const double gone = old_loss + l * (1 - g) + l * g * span->refresh;
    const double a = g > 0 ? cell->old[c] : 0, a_s = a * d * cache_mean_decay(gone * d);
    const double kept = floe_exp(-rate * d), f = cell->cached[c];
    double end = f * kept + (lf - out) * d * cache_mean_decay(rate * d) +
                 k * a * kept * d * cache_mean_decay((gone - rate) * d);
    end = cache_clamp(end, 0, 1);
    const double f_s = rate * d > 1e-7 ? (lf * d + k * a_s - out * d - (end - f)) / rate : 0.5 * (f + end) * d;
    cell->starts[c] += cache_clamp(end - f + out * d + loss * f_s, 0, 1e9);
    cell->kept[c] = cache_kept(span, q, span->window_to, span->ttl_calls_to);
    cell->cached[c] = end;
    cell->old[c] = a * floe_exp(-gone * d);
    const double kept_s = cache_clamp(f_s, 0, d) * cache_kept(span, q, span->limit_calls, span->ttl_calls);
    struct cache_flow flow = cache_flow_of(span, l, d - kept_s, a_s);
    cache_flow_latency(span, l, &flow);
    return flow;
}

/* The same without a ring: the steady state, and what the start leaves to do. */
FLOE_FN struct cache_flow cache_class_brief(struct cache_cell *cell, const struct cache_span *span, int32_t c, double q)
{
    const double l = q * span->calls_per_s, lf = l * (1 - span->similar), d = span->s;
    const double loss = span->loss_per_s;
    const double lasts_s = span->ttl_s * cache_mean_decay(loss * span->ttl_s) + span->latency_s +
                           cache_reset_s(span, l);
    const double h = lf * lasts_s / (1 + lf * lasts_s), relaxed = floe_exp(-2 * d / lasts_s);
    const double left_end = h * lasts_s / 2 + (cell->left_s[c] - h * lasts_s / 2) * relaxed;
    /* starts = d/mu + (E[R; cached] at the end - at the start)/mu, 1/mu = lf (1 - h) */
    double starts = lf * (1 - h) * (d + left_end - cell->left_s[c]);
    const double first = cell->cached[c];
    starts = cache_clamp(starts, 0, lf * d);
    cell->cached[c] = h + (first - h) * relaxed;
    cell->left_s[c] = left_end;
    const double a = span->grace_share > 0 ? cell->old[c] : 0, x = span->refresh * l * span->ttl_s;
    const double old_s = x > 1e-6 ? a * span->ttl_s * (1 - cache_mean_decay(x)) / x : a * span->ttl_s / 2;
    cell->old[c] = 0;
    cell->kept[c] = cache_kept(span, q, span->window_to, span->ttl_calls_to);
    const double fresh_s = lf > 0 ? starts / lf : d * (1 - h);
    const double unserved_s = d - (d - fresh_s) * cache_kept(span, q, span->limit_calls, span->ttl_calls);
    struct cache_flow flow = cache_flow_of(span, l, unserved_s, old_s < unserved_s ? old_s : unserved_s);
    cache_flow_latency(span, l, &flow);
    return flow;
}

/* From the last read the calls of the last T say what is cached, except for what the old key served: who asked in the
 * window, was not refreshed and has not asked since. While the window is open that is `owed` itself, a - G e^-x: live
 * under the old key, but not for want of a call. Once it is closed, with n calls on a prompt since, it is
 * owed (e^-n - e^-x), `owed` scaled so that it fits at that instant: it ends with the next call, or a TTL after the last.
 * Returns the mean over the sub-step times its length; e: the mean of e^-x. */
FLOE_FN double cache_owed_after(struct cache_cell *cell, const struct cache_span *span, int32_t c, double q, double e,
                                double *end)
{
    const double n0 = q * cell->since_calls, n1 = n0 + q * span->calls_per_s * span->s;
    const double asked = -floe_expm1(-q * span->window_from);
    if (cell->is_owing) cell->owed[c] = asked > 1e-12 ? cache_clamp(cell->owed[c] / asked, 0, 1) : 0;
    *end = cell->owed[c] * cache_clamp(floe_exp(-n1) - floe_exp(-q * span->window_to), 0, 1);
    return cell->owed[c] * span->s * cache_clamp(floe_exp(-n0) * cache_mean_decay(n1 - n0) - e, 0, 1);
}

/* A class, TTL from the last read. */
FLOE_FN struct cache_flow cache_class_read(struct cache_cell *cell, const struct cache_span *span, int32_t c, double q,
                                           const struct cache_cell *old)
{
    const double l = q * span->calls_per_s, d = span->s, g = span->grace_share;
    const double old_loss = old != NULL ? cache_old_loss(old, c) : 0, old_end = old != NULL ? cache_live(old, c) : 0;
    const double old_mean = old != NULL ? 0.5 * (old->before[c] + old_end) : 0;
    const double x0 = q * span->window_from, x1 = q * span->window_to;
    const double kept = floe_exp(-x1), a = g > 0 ? cell->old[c] : 0;
    /* only what was not asked since the switch runs out: stale answers are reads */
    const double idle = a > 0 ? cache_clamp(old_end * floe_exp(-x0) / a, 0, 1) : 0;
    const double gone = old_loss * idle + l * (1 - g) + l * g * span->refresh;
    const double a_s = a * d * cache_mean_decay(gone * d);
    const double x = 0.5 * (x0 + x1), passed_s = l > 0 && x < l * span->elapsed_s ? x / l : span->elapsed_s;
    const double y = x + span->loss_per_s * passed_s;
    const double same = y > x && x > 1e-12 ? x / y * (floe_expm1(-y) / floe_expm1(-x)) : 1; /* not renewed since */
    double e = floe_exp(-x0) * cache_mean_decay(x1 - x0);
    e = 1 - (1 - e) * same;
    cell->old[c] = a * floe_exp(-gone * d);
    double owed = cache_clamp(cell->old[c] - kept * old_end, 0, 1 - kept);
    double owed_s = cache_clamp(a_s - e * d * old_mean, 0, d * (1 - e));
    if (g > 0)
        cell->owed[c] = owed;
    else
        owed_s = cache_owed_after(cell, span, c, q, e, &owed);
    const double ll = l * span->latency_s;
    e /= 1 + ll * e; /* of the time until the fill is there */
    cell->kept[c] = 1;
    cell->cached[c] = cache_clamp((1 - kept) * same - owed, 0, 1);
    struct cache_flow flow = cache_flow_of(span, l, cache_clamp(e * d + owed_s, a_s, d), a_s);
    cache_flow_latency(span, l, &flow);
    return flow;
}

/* ---- the limit of refreshes ---- */

/* Stale answers per second, on average over the sub-step, if a share f of them starts a refresh. */
FLOE_FN double cache_stale_per_s(const struct cache_cell *cell, const struct prompt_classes *classes,
                                 const struct cache_span *span, const struct cache_load *load, double f)
{
    double sum = 0;
    for (int32_t c = 0; c < classes->n; c++) {
        const double l = classes->each[c] * span->calls_per_s, g = span->grace_share;
        const double gone = cache_old_loss(load->old, c) + l * (1 - g + g * f);
        sum += classes->count[c] * l * g * cell->old[c] * cache_mean_decay(gone * span->s);
    }
    return sum;
}

/* The share of those who ask that get a token, from a bucket that fills at per_s and is asked asked_per_s times a second.
 * A bucket of one gives r D/(r + D): it is full, and gains nothing, until it is asked. A bucket of b is taken as a queue
 * M/M/1/K with K = 2 b - 1, (1 - x^K)/(1 - x^(K+1)) with x = D/r: right for b = 1, and for large b the smaller of r and
 * D. */
FLOE_FN double cache_bucket_share(double asked_per_s, double per_s)
{
    if (!(per_s > 0)) return 0; /* nobody has a part in the bucket */
    const double k = per_s > 1 ? 2 * per_s - 1 : 1, x = asked_per_s / per_s, log_x = floe_log(x + 1e-12);
    const double size = log_x < 0 ? -log_x : log_x;
    return cache_mean_decay(k * size) / cache_mean_decay((k + 1) * size) * (k / (k + 1)) / (x > 1 ? x : 1);
}

/* The share f of the stale answers that starts a refresh. */
FLOE_FN double cache_refresh_share(const struct cache_cell *cell, const struct cache_rules *rules,
                                   const struct prompt_classes *classes, const struct cache_span *span,
                                   const struct cache_load *load)
{
    double f = 1;
    if (rules->refresh != CACHE_REFRESH_LIMITED) return rules->refresh == CACHE_REFRESH_UNLIMITED;
    for (int i = 0; i < 4; i++)
        f = cache_bucket_share(cache_stale_per_s(cell, classes, span, load, f), load->refresh_per_s);
    return f;
}

/* ---- a step ---- */

/* The window opens: what the old key has and the new one lacks. */
FLOE_FN void cache_grace_open(struct cache_cell *cell, const struct cache_load *load, int is_open)
{
    if (is_open && !cell->is_open) {
        const double all = (double)(load->old->at_ns - load->old->before_ns);
        const double part = all > 0 ? (double)(cell->at_ns - load->old->before_ns) / all : 0;
        for (int32_t c = 0; c < CACHE_CLASSES; c++) {
            const double had = load->old->before[c] + (cache_live(load->old, c) - load->old->before[c]) * part;
            cell->old[c] = had * (1 - cache_live(cell, c));
        }
    }
    cell->is_open = is_open;
}

/* Where the next sub-step ends: at a slot's end, a restart, an end of the window, or the step's end. */
FLOE_FN int64_t cache_substep_end(const struct cache_cell *cell, const struct cache_rules *rules,
                                  struct cache_grid grid, const struct cache_load *load)
{
    int64_t end_ns = load->to_ns;
    const int64_t now_ns = cell->at_ns, edges[2] = {load->grace.from_ns, load->grace.until_ns + 1};
    for (int i = 0; i < 2; i++)
        if (load->old != NULL && edges[i] > now_ns && edges[i] < end_ns) end_ns = edges[i];
    if (grid.slots > 0 && (now_ns / grid.slot_ns + 1) * grid.slot_ns < end_ns)
        end_ns = (now_ns / grid.slot_ns + 1) * grid.slot_ns;
    if (grid.slots == 0 && rules->ttl_from == CACHE_TTL_FROM_LAST_READ && now_ns + rules->ttl_ns < end_ns &&
        (now_ns == load->from_ns || (rules->restart_every_ns > 0 && now_ns % rules->restart_every_ns == 0)))
        end_ns = now_ns + rules->ttl_ns;
    if (rules->restart_every_ns > 0) {
        const int64_t restart_ns = cache_restarted_ns(rules, now_ns) + rules->restart_every_ns;
        if (restart_ns < end_ns) end_ns = restart_ns;
    }
    return end_ns;
}

/* Calls within the TTL (or the characteristic time, if that is shorter) at both ends of the sub-step. */
FLOE_FN void cache_span_window(const struct cache_cell *cell, struct cache_grid grid, const struct cache_load *load,
                               struct cache_span *span)
{
    const double new_calls = span->calls_per_s * span->s;
    const double reach_s = load->characteristic_s < span->ttl_s ? load->characteristic_s : span->ttl_s;
    span->window_from = cache_recent_calls(cell, grid, reach_s);
    span->window_to = reach_s > span->s ? new_calls + cache_recent_calls(cell, grid, reach_s - span->s)
                                        : span->calls_per_s * reach_s;
    if (reach_s < span->s) /* it turns over within the sub-step: soon nothing of the past counts */
        span->window_from = span->window_to;
    span->elapsed_s = reach_s;
    span->limit_calls = load->characteristic_s < span->ttl_s ? 0.5 * (span->window_from + span->window_to) : -1;
    span->ttl_calls_to = new_calls + cache_recent_calls(cell, grid, span->ttl_s - span->s);
    span->ttl_calls = 0.5 * (span->ttl_calls_to + cache_recent_calls(cell, grid, span->ttl_s));
}

FLOE_FN struct cache_span cache_span_of(const struct cache_cell *cell, const struct cache_rules *rules,
                                        struct cache_grid grid, const struct prompt_classes *classes,
                                        const struct cache_load *load, double s)
{
    struct cache_span span;
    double known = 0;
    span.s = s;
    span.calls_per_s = load->calls * (1 - rules->bypass_share) / ((double)(load->to_ns - load->from_ns) / NS_PER_S);
    span.ttl_s = (double)rules->ttl_ns / NS_PER_S;
    for (int32_t c = 0; c < classes->n; c++) { /* without a ring: the steady state, which most of the span is in */
        const double lt = classes->each[c] * span.calls_per_s * span.ttl_s;
        known += classes->count[c] * classes->each[c] * (grid.slots > 0 ? cache_live(cell, c) : lt / (1 + lt));
    }
    span.latency_s = load->latency_s;
    span.loss_per_s = load->renewed_every_s > 0 ? 1 / load->renewed_every_s : 0;
    span.similar = rules->similar_share * known;
    span.grace_share = cell->is_open ? load->grace_share : 0;
    span.refresh = 0;
    span.slot_s = (double)grid.slot_ns / NS_PER_S;
    span.coalesce = rules->coalesce;
    span.resets = rules->overwrite == CACHE_RESETS_EXPIRY;
    cache_span_window(cell, grid, load, &span);
    return span;
}

/* Entries that were filled in a rush expire in a rush: at the start of their slot, not evenly over it. A prompt of the
 * old key that was filled with probability x within the slot, as one that waits for its first call is, expires x (1/2 -
 * m) of a slot too late here, m = 1/y - 1/(e^y - 1) with y = -log(1 - x). Meanwhile stale answers are given that are
 * misses, until one of them refreshes. In doubt: where these are more than a point of the calls. */
FLOE_FN uint32_t cache_rush_doubt(const struct cache_cell *cell, struct cache_grid grid,
                                  const struct prompt_classes *classes, const struct cache_span *span,
                                  const struct cache_cell *old)
{
    const double slot_calls = span->calls_per_s * span->slot_s;
    double late = 0;
    const int32_t at = cache_ring_slot(grid, cell->at_ns / grid.slot_ns - grid.slots);
    for (int32_t c = 0; c < classes->n; c++) {
        const double x = cache_clamp(old->ring[at][c], 0, 0.999), y = -floe_log(1 - x), live = cache_live(old, c);
        const double mean = y > 1e-3 ? 1 / y - 1 / floe_expm1(y) : 0.5;
        const double calls = classes->each[c] * slot_calls * x * (0.5 - mean);
        const double waits = live > 1e-9 ? cache_clamp(cell->old[c] / live, 0, 1) : 0;
        late += waits * classes->count[c] * calls * cache_mean_decay(span->refresh * calls);
    }
    return late * span->grace_share > 0.01 * slot_calls /* no unit */ ? CACHE_DOUBT_GRACE : 0;
}

/* Few prompts, equally popular, asked more than once a slot by calls that come in pulses within a TTL: all their cycles
 * stay in step with each other, a little later each time, and what is spread over whole slots here slowly loses that.
 * Watched up to 4 points of an hour's hits, after weeks. In doubt where more than a point of the calls is at stake. */
FLOE_FN uint32_t cache_pulse_doubt(const struct cache_cell *cell, struct cache_grid grid,
                                   const struct prompt_classes *classes, const struct cache_span *span)
{
    const double slot_calls = span->calls_per_s * span->slot_s;
    const int64_t slot = cell->at_ns / grid.slot_ns;
    double all = 0, most = 0;
    for (int32_t i = 1; i <= grid.slots; i++) {
        const double calls = cell->ring_calls[cache_ring_slot(grid, slot - i)];
        all += calls;
        if (calls > most) most = calls;
    }
    if (!(cell->ring_calls[cache_ring_slot(grid, slot - grid.slots)] > 0) || most * grid.slots < 2.5 * all) return 0;
    for (int32_t c = 0; c < classes->n; c++)
        if (classes->each[c] * slot_calls > 1 && classes->count[c] > 0.01 * all /* no unit */) return CACHE_DOUBT_STEP;
    return 0;
}

FLOE_FN uint32_t cache_span_doubt(const struct cache_rules *rules, struct cache_grid grid,
                                  const struct cache_span *span, const struct cache_load *load)
{
    const double step_s = (double)(load->to_ns - load->from_ns) / NS_PER_S;
    const int from_read = rules->ttl_from == CACHE_TTL_FROM_LAST_READ;
    uint32_t doubt = 0;
    if (grid.slots == 0 && step_s < 3 * span->ttl_s) doubt |= CACHE_DOUBT_STEP;
    if (span->latency_s > span->slot_s || span->latency_s > span->ttl_s / 2) doubt |= CACHE_DOUBT_LATENCY;
    if (span->limit_calls >= 0 && load->characteristic_s < span->s) doubt |= CACHE_DOUBT_CAPACITY;
    if (span->limit_calls >= 0 && span->grace_share > 0) doubt |= CACHE_DOUBT_CAPACITY;
    if (span->limit_calls >= 0 && !from_read && span->ttl_s < 200 * load->characteristic_s)
        doubt |= CACHE_DOUBT_CAPACITY;
    if (span->grace_share > 0 && (grid.slots == 0 || load->old->stepped_calls > 0)) doubt |= CACHE_DOUBT_GRACE;
    const int64_t step_ns = load->to_ns - load->from_ns; /* it is felt for two TTLs after the window */
    if (load->old != NULL && from_read && rules->ttl_ns < 2 * rules->grace_for_ns &&
        load->from_ns >= load->grace.from_ns && load->from_ns - step_ns <= load->grace.until_ns + 2 * rules->ttl_ns)
        doubt |= CACHE_DOUBT_GRACE;
    if (span->similar > 0 && from_read) doubt |= CACHE_DOUBT_NEIGHBOUR;
    if (span->loss_per_s * span->ttl_s > 0.5) doubt |= CACHE_DOUBT_DRIFT;
    return doubt;
}

FLOE_FN struct cache_flow cache_class_step(struct cache_cell *cell, const struct cache_rules *rules,
                                           struct cache_grid grid, const struct cache_span *span,
                                           const struct cache_load *load, int32_t c, double q)
{
    const int is_open = span->grace_share > 0;
    const double old_loss = is_open ? cache_old_loss(load->old, c) : 0;
    if (rules->ttl_from == CACHE_TTL_FROM_LAST_READ)
        return cache_class_read(cell, span, c, q, is_open ? load->old : NULL);
    return grid.slots > 0 ? cache_class_write(cell, grid, span, c, q, old_loss) : cache_class_brief(cell, span, c, q);
}

FLOE_FN void cache_substep(struct cache_cell *cell, const struct cache_rules *rules, struct cache_grid grid,
                           const struct prompt_classes *classes, const struct cache_load *load, int64_t end_ns,
                           struct cache_step *step)
{
    cache_grace_open(cell, load, load->old != NULL && cache_window_holds(load->grace, cell->at_ns));
    struct cache_span span = cache_span_of(cell, rules, grid, classes, load, (double)(end_ns - cell->at_ns) / NS_PER_S);
    if (span.grace_share > 0) span.refresh = cache_refresh_share(cell, rules, classes, &span, load);
    step->doubt |= cache_span_doubt(rules, grid, &span, load);
    if (grid.slots > 0 && rules->ttl_from == CACHE_TTL_FROM_WRITE) {
        step->doubt |= cache_pulse_doubt(cell, grid, classes, &span);
        if (span.grace_share > 0) step->doubt |= cache_rush_doubt(cell, grid, classes, &span, load->old);
    }
    for (int32_t c = 0; c < classes->n; c++) {
        const struct cache_flow flow = cache_class_step(cell, rules, grid, &span, load, c, classes->each[c]);
        step->hits += classes->count[c] * flow.hits;
        step->similar += classes->count[c] * flow.similar;
        step->stale += classes->count[c] * flow.stale;
        step->misses += classes->count[c] * flow.misses;
        step->refreshes += classes->count[c] * flow.refreshes;
    }
    if (grid.slots > 0)
        cell->calls += span.calls_per_s * span.s;
    else
        cell->calls = span.s >= span.ttl_s ? span.calls_per_s * span.ttl_s
                                           : cell->calls * (1 - span.s / span.ttl_s) + span.calls_per_s * span.s;
    cell->is_owing = span.grace_share > 0;
    cell->since_calls = cell->is_owing ? 0 : cell->since_calls + span.calls_per_s * span.s;
    cell->at_ns = end_ns;
    if (grid.slots > 0 && end_ns % grid.slot_ns == 0) cache_ring_turn(cell, grid);
}

/* Steps a cell over one span. The cell stands at load->from_ns. */
FLOE_FN struct cache_step cache_cell_step(struct cache_cell *cell, const struct cache_rules *rules,
                                          struct cache_grid grid, const struct prompt_classes *classes,
                                          const struct cache_load *load)
{
    struct cache_step step;
    memset(&step, 0, sizeof step);
    floe_assert(cell->at_ns == load->from_ns && load->to_ns > load->from_ns, NULL,
                "a cache cell was not stepped in order");
    for (int32_t c = 0; c < CACHE_CLASSES; c++)
        cell->before[c] = cache_live(cell, c);
    cell->before_ns = load->from_ns;
    while (cell->at_ns < load->to_ns) {
        if (rules->restart_every_ns > 0 && cell->at_ns % rules->restart_every_ns == 0) {
            cache_cell_begin(cell, cell->at_ns);
            cell->before_ns = load->from_ns;
        }
        cache_substep(cell, rules, grid, classes, load, cache_substep_end(cell, rules, grid, load), &step);
    }
    step.calls = cell->stepped_calls = load->calls;
    step.bypassed = load->calls * rules->bypass_share;
    step.wrong = step.similar * rules->wrong_share;
    return step;
}

/* While a window is open, and where neighbours answer, much depends on what happens within a step. Then the caller cuts
 * it into CACHE_PIECES loads, and steps all cells over a piece (the old key's first) before the next. */
FLOE_FN int32_t cache_pieces(const struct cache_rules *rules, struct cache_grid grid, struct cache_window grace,
                             int64_t from_ns, int64_t to_ns)
{
    const int is_open = grace.from_ns < to_ns && grace.until_ns >= from_ns;
    if (grid.slots == 0) return 1;
    return is_open || rules->similar_share > 0 ? CACHE_PIECES : rules->capacity > 0 ? CACHE_PIECES / 4 : 1;
}

FLOE_FN struct cache_load cache_load_piece(const struct cache_load *load, int32_t i, int32_t n)
{
    struct cache_load piece = *load;
    const int64_t ns = load->to_ns - load->from_ns;
    piece.from_ns = load->from_ns + ns / n * i;
    if (i + 1 < n) piece.to_ns = load->from_ns + ns / n * (i + 1);
    piece.calls = load->calls * ((double)(piece.to_ns - piece.from_ns) / (double)ns);
    return piece;
}

FLOE_FN void cache_step_add(struct cache_step *sum, const struct cache_step *step)
{
    sum->calls += step->calls, sum->hits += step->hits, sum->similar += step->similar, sum->wrong += step->wrong;
    sum->stale += step->stale, sum->misses += step->misses, sum->bypassed += step->bypassed;
    sum->refreshes += step->refreshes;
    sum->doubt |= step->doubt;
}

/* ---- capacity ---- */

/* A cell in a shared cache of limited capacity. */
struct cache_share {
    const struct cache_cell *cell;
    const struct prompt_classes *classes;
    double calls_per_s; /* in the coming span, bypassing ones left out */
};

/* Entries of one cell if the characteristic time is tau_s, in the middle of a span of 2 half_s. */
FLOE_FN double cache_occupied(const struct cache_share *share, const struct cache_rules *rules, struct cache_grid grid,
                              double half_s, double tau_s)
{
    const double ttl_s = (double)rules->ttl_ns / NS_PER_S;
    const double past = cache_recent_calls(share->cell, grid, ttl_s);
    double sum = 0;
    const double calls = share->calls_per_s * (tau_s < half_s ? tau_s : half_s) +
                         (tau_s > half_s ? cache_recent_calls(share->cell, grid, tau_s - half_s) : 0);
    for (int32_t c = 0; c < share->classes->n; c++) {
        const double x = share->classes->each[c] * calls, all = share->classes->each[c] * past;
        double f = -floe_expm1(-x);
        if (rules->ttl_from == CACHE_TTL_FROM_WRITE) {
            f *= all > 1e-9 ? cache_clamp(share->cell->cached[c] / -floe_expm1(-all), 0, 1) : 1;
        }
        sum += share->classes->count[c] * f;
    }
    return sum;
}

/* Che's characteristic time for the coming span of span_s, or CACHE_NO_LIMIT_S where the capacity does not bind. 40
 * bisections: to 1e-12 of the TTL. */
FLOE_FN double cache_characteristic_s(const struct cache_share *shares, int32_t n, const struct cache_rules *rules,
                                      struct cache_grid grid, double span_s)
{
    const double ttl_s = (double)rules->ttl_ns / NS_PER_S, capacity = (double)rules->capacity;
    double low = 0, high = ttl_s;
    if (rules->capacity == 0) return CACHE_NO_LIMIT_S;
    for (int i = 0; i < 40; i++) {
        const double tau_s = 0.5 * (low + high);
        double occupied = 0;
        for (int32_t k = 0; k < n; k++)
            occupied += cache_occupied(&shares[k], rules, grid, span_s / 2, tau_s);
        if (occupied < capacity)
            low = tau_s;
        else
            high = tau_s;
    }
    return high < ttl_s ? 0.5 * (low + high) : CACHE_NO_LIMIT_S;
}

#endif

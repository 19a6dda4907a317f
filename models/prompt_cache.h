/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prompt cache: the provider keeps a prefix of the prompt for a while and bills its repetition at the price of a read.
 *   as events        prompt_cache_call: is the prefix of this call read, written, or neither?
 *   as expectations  prompt_cache_step: how many are read and written in a span of time (Poisson arrivals);
 *                    prompt_cache_even: the same for calls at even gaps, exactly
 *
 * One entry per (model, pool, prefix). It lives until `ttl` after the START of the call that used it last (an age of
 * exactly ttl is alive) and can be read from `lag` after the start of the write that began its life. A call that finds
 * it alive and ready reads; any other call writes the prefix anew, which keeps the entry alive and does not restart the
 * lag. A shorter prefix than the provider's minimum is plain input and leaves no entry. A cache point in a section that
 * the provider does not accept makes the call fail with a 400: is_refused, cost 0. Another model has entries of its
 * own, so it starts cold; a change of prices touches no entry.
 *
 * Pools are what does not share entries: providers, regions of a cross-region profile, replicas. A call goes to its
 * prefix's home pool with probability `affinity`, otherwise to any pool, its home included.
 *
 * Formulas. L(t) is the expected number of arrivals of one (pool, prefix) up to t, l its rate, b the calls that arrive
 * at once, T the ttl, d the lag, G(t) = L(t) - L(t - T).
 *     P(alive at t) = 1 - e^-G(t)                         no arrival within T: exact for Poisson arrivals
 *     lives begun in a span  C = integral of l e^-G
 *     writes = C w + b l (C d),  w = b, or 1 at d = 0     a life's own arrival, then those of its first d seconds
 * At a constant rate and b = 1 a call costs r + (w - r) e^-lT (1 + l d) of its input price (d = 0: Jung, Berger,
 * Balakrishnan, INFOCOM 2003, sliding TTL). Lives begin more than T apart, so for d <= T their first d seconds do not
 * overlap and the formula is exact. The integral is taken exactly over the piecewise constant rates of the past T.
 *
 * Limits. The seconds of lag that reach past a span's end are carried to the next span as an expectation (exact in
 * total for d <= span; their share is taken at the span's last rate). Bursts that are no Poisson process of batches need
 * the events engine. doubt: PROMPT_DOUBT_LAG, the lag is longer than the ttl or the span; PROMPT_DOUBT_PAST, the ttl
 * reaches back over more spans than are remembered and rates in them are blurred (advice for both: the events engine,
 * or for the second a longer time.step).
 * Left out: a provider's cap on an entry's age, look-back over blocks, the writing of half a prefix, evictions.
 *
 * Memory: 24 bytes an entry, 2,080 bytes a hourly state. A zeroed entry or state is cold. */
#ifndef FLOE_MODELS_PROMPT_CACHE_H
#define FLOE_MODELS_PROMPT_CACHE_H

#include "models/price.h"
#include "models/prompt_cache_rules.h"
#include "sim/draw.h"

#define PROMPT_POOLS_MOST 64
#define PROMPT_PREFIXES_MOST 100000000
#define PROMPT_PAST_MOST 64 /* spans of rates that an hourly state remembers */

struct cache_point {
    int32_t section;
};

/* Of a route. PARAM_ABSENT: as the rules say. */
struct prompt_cache {
    int32_t rules; /* enum prompt_rules */
    int32_t n_points;
    struct cache_point points[CACHE_SECTION_N];
    double ttl_s, lag_s;
    double min_tok;
    double read_ratio, write_ratio; /* of the input price, where the price book has no cache price */
    double storage_usd_per_tok_hour;
    int64_t pools;
    double affinity_share;
};

/* Of a workload: what its calls repeat. */
struct prompt_prefix {
    double prefix_tok; /* in front of the input of every call; 0: nothing */
    int64_t prefixes;  /* distinct ones, equally popular */
};

extern const struct param_block cache_point_block, prompt_cache_block;
extern const struct param_block prompt_prefix_block;

/* What holds for one route and one model. */
struct prompt_terms {
    int32_t is_on;          /* 0: the route says nothing of a prompt cache: every prefix is plain input */
    int32_t is_refused;     /* a cache point stands where the provider does not accept one: calls fail with 400 */
    int32_t is_min_assumed; /* the rules do not list the model: the provider's largest minimum was taken */
    int32_t write_class;    /* enum token_class */
    int64_t ttl_ns, lag_ns;
    double ttl_s, lag_s;
    double min_tok;
    double read_ratio, write_ratio;
    double storage_usd_per_tok_s;
    int32_t n_pools;
    double affinity_share;
};

int prompt_cache_is_given(const struct prompt_cache *cache);
void prompt_cache_derive(const struct prompt_cache *cache, const char *model, struct prompt_terms *terms);

/* Dollars per token of a class under these terms: the book's price, else the rules' multiple of the input price. */
FLOE_FN double prompt_cache_price(const struct prompt_terms *terms, const struct price_list *list,
                                  enum token_class token_class)
{
    const double listed = token_class == TOKEN_CACHE_READ       ? list->cache_read
                          : token_class == TOKEN_CACHE_WRITE_5M ? list->cache_write_5m
                          : token_class == TOKEN_CACHE_WRITE_1H ? list->cache_write_1h
                                                                : price_list_get(list, token_class);
    const double ratio = token_class == TOKEN_CACHE_READ ? terms->read_ratio : terms->write_ratio;
    return listed == PARAM_ABSENT ? list->input * ratio : listed;
}

/* Under the terms of any route, with or without a prompt cache. band: as of price_band_at. */
FLOE_FN double prompt_cache_unit_price(const struct prompt_terms *terms, const struct price_row *row, int32_t band,
                                       enum token_class token_class)
{
    const struct price_list *list = band == 0 ? &row->usd_per_tok : &row->bands[band - 1].usd_per_tok;
    return terms->is_on ? prompt_cache_price(terms, list, token_class) : price_list_get(list, token_class);
}

/* ---- as events ---- */

struct prompt_entry {
    int64_t gone_ns;  /* the first instant at which it is dead; 0: never written */
    int64_t ready_ns; /* the first instant at which it can be read */
    int64_t paid_ns;  /* storage is settled up to here */
};

enum prompt_use { PROMPT_PLAIN, PROMPT_READ, PROMPT_WRITE, PROMPT_REFUSED };

struct prompt_called {
    int32_t use;     /* enum prompt_use */
    int64_t held_ns; /* stored since the last settlement; times the prefix's tokens is what storage is paid for */
};

/* Entries of one model and workload. */
FLOE_FN int64_t prompt_cache_entries(const struct prompt_terms *terms, const struct prompt_prefix *prefix)
{
    return terms->is_on ? prefix->prefixes * terms->n_pools : 0;
}

FLOE_FN int64_t prompt_cache_index(const struct prompt_terms *terms, int64_t prefix, int32_t pool)
{
    return prefix * terms->n_pools + pool;
}

/* The pool of a call. u is the call's own uniform. */
FLOE_FN int32_t prompt_cache_pool(const struct prompt_terms *terms, int64_t prefix, double u)
{
    const int32_t home = (int32_t)(prefix % terms->n_pools);
    if (terms->n_pools == 1 || floe_draw_bernoulli(u, terms->affinity_share)) return home;
    const int32_t any = (int32_t)(u / (1 - terms->affinity_share) * terms->n_pools);
    return any < terms->n_pools ? any : terms->n_pools - 1;
}

FLOE_FN enum token_class prompt_cache_class(const struct prompt_terms *terms, int32_t use)
{
    if (use == PROMPT_READ) return TOKEN_CACHE_READ;
    return use == PROMPT_WRITE ? (enum token_class)terms->write_class : TOKEN_INPUT_UNCACHED;
}

/* What was stored since the last settlement, up to `at_ns` or to the entry's end. */
FLOE_FN int64_t prompt_cache_settle(struct prompt_entry *entry, int64_t at_ns)
{
    const int64_t until_ns = at_ns < entry->gone_ns - 1 ? at_ns : entry->gone_ns - 1;
    const int64_t held_ns = until_ns > entry->paid_ns ? until_ns - entry->paid_ns : 0;
    entry->paid_ns += held_ns;
    return held_ns;
}

/* A call that the provider takes in at `at_ns` (throttled attempts touch no entry). Times must not fall. */
FLOE_FN struct prompt_called prompt_cache_call(const struct prompt_terms *terms, struct prompt_entry *entry,
                                               double prefix_tok, int64_t at_ns)
{
    struct prompt_called out = {PROMPT_PLAIN, 0};
    if (!terms->is_on || prefix_tok <= 0) return out;
    if (terms->is_refused) out.use = PROMPT_REFUSED;
    if (terms->is_refused || prefix_tok < terms->min_tok) return out;
    const int is_alive = at_ns < entry->gone_ns;
    out.held_ns = prompt_cache_settle(entry, at_ns);
    out.use = is_alive && at_ns >= entry->ready_ns ? PROMPT_READ : PROMPT_WRITE;
    if (!is_alive) {
        entry->ready_ns = at_ns + terms->lag_ns;
        entry->paid_ns = at_ns;
    }
    entry->gone_ns = at_ns + terms->ttl_ns + 1;
    return out;
}

/* ---- as expectations ---- */

enum prompt_doubt { PROMPT_DOUBT_LAG = 1, PROMPT_DOUBT_PAST = 2 };

/* The rates of the past spans of one pool class, newest first from `newest` downwards in a ring. */
struct prompt_past {
    double rate_per_s[PROMPT_PAST_MOST];
    double length_s[PROMPT_PAST_MOST];
    double unready_s; /* lag of lives begun that reaches beyond the last span, expected, per prefix */
    int32_t newest, n;
};

/* Of one model: the home pool of a prefix and the others. */
struct prompt_hourly {
    struct prompt_past home, away;
};

struct prompt_load {
    double per_s;      /* arrivals, over all prefixes and pools */
    double burst;      /* calls of an arrival, all with the same prefix; 1 or more */
    double prefixes;   /* equally popular */
    double prefix_tok; /* of a call */
};

struct prompt_means {
    double reads, writes, plain, refused; /* calls */
    double held_s;                        /* stored, over all pools and prefixes; times prefix tokens */
    uint32_t doubt;                       /* enum prompt_doubt */
};

/* Spans that the state has to look back over, for spans of step_s or longer: the loop count, the same for all lanes. */
FLOE_FN int32_t prompt_cache_past(const struct prompt_terms *terms, double step_s)
{
    const double spans = terms->ttl_s / step_s;
    return spans > PROMPT_PAST_MOST - 2 ? PROMPT_PAST_MOST : (int32_t)spans + 2;
}

/* Integral of e^-g along a straight line from g0 to g1 over `length`; g0, g1 >= 0. */
FLOE_FN double prompt_line_integral(double g0, double g1, double length)
{
    const double low = g0 < g1 ? g0 : g1, rise = g0 < g1 ? g1 - g0 : g0 - g1;
    const double share = rise > 0x1p-60 ? -floe_expm1(-rise) / rise : 1;
    return floe_exp(-low) * share * length;
}

/* Integral of e^-G over a span of h seconds at the rate l, and G at its end. While the span runs, the far end of the
 * window of T seconds walks over the past, from age T to age T - h before the span's start. */
struct prompt_integral {
    double cold_s, end_g;
};

FLOE_FN struct prompt_integral prompt_past_integral(const struct prompt_past *past, int32_t n_past, double l, double h,
                                                    double ttl_s)
{
    struct prompt_integral out = {0, 0};
    const double youngest = ttl_s > h ? ttl_s - h : 0; /* the age that the far end reaches in the end */
    double age = 0, before = 0;                        /* of the piece's young edge; arrivals since then */
    for (int32_t k = 0; k <= n_past; k++) {            /* the last piece: what came before all that is remembered */
        const int32_t i = (past->newest - k + PROMPT_PAST_MOST) % PROMPT_PAST_MOST;
        const double rate = k < n_past ? past->rate_per_s[i] : 0;
        const double older = k < n_past ? age + past->length_s[i] : age + ttl_s;
        const double low = age > youngest ? age : youngest, high = older < ttl_s ? older : ttl_s;
        const double length = high > low ? high - low : 0;
        const double g_high = l * (ttl_s - high) + before + rate * (high - age);
        const double g_low = l * (ttl_s - low) + before + rate * (low - age);
        out.cold_s += length > 0 ? prompt_line_integral(g_high, g_low, length) : 0;
        const double to_youngest = older < youngest ? older : youngest;
        out.end_g += to_youngest > age ? rate * (to_youngest - age) : 0;
        before += rate * (older - age);
        age = older;
    }
    out.end_g += l * (h < ttl_s ? h : ttl_s);
    out.cold_s += h > ttl_s ? (h - ttl_s) * floe_exp(-l * ttl_s) : 0;
    return out;
}

/* Remembers a span. The slot that it takes is the oldest one; if the ttl still reaches into that, it is blurred into the
 * one after it. Returns a doubt. */
FLOE_FN uint32_t prompt_past_push(struct prompt_past *past, int32_t n_past, double rate_per_s, double length_s,
                                  double ttl_s)
{
    const int32_t newest = (past->newest + 1) % PROMPT_PAST_MOST;
    double kept_s = length_s;
    for (int32_t k = 0; k < n_past - 1; k++)
        kept_s += past->length_s[(past->newest - k + PROMPT_PAST_MOST) % PROMPT_PAST_MOST];
    const int32_t dropped = (past->newest - (n_past - 1) + PROMPT_PAST_MOST) % PROMPT_PAST_MOST;
    const int32_t next = (dropped + 1) % PROMPT_PAST_MOST;
    const double lost_s = past->length_s[dropped], next_s = past->length_s[next];
    const int is_needed = kept_s < ttl_s && lost_s > 0;
    const uint32_t doubt = is_needed && past->rate_per_s[dropped] != past->rate_per_s[next] ? PROMPT_DOUBT_PAST : 0;
    const double sum = past->rate_per_s[dropped] * lost_s + past->rate_per_s[next] * next_s;
    past->rate_per_s[next] = is_needed ? sum / (lost_s + next_s) : past->rate_per_s[next];
    past->length_s[next] = is_needed ? lost_s + next_s : next_s;
    past->length_s[dropped] = 0;
    past->rate_per_s[dropped] = 0;
    past->newest = newest;
    past->rate_per_s[newest] = rate_per_s;
    past->length_s[newest] = length_s;
    return doubt;
}

/* One (pool, prefix) through a span: arrivals of `burst` calls at rate l. Adds `times` of it to the means. */
FLOE_FN void prompt_past_step(const struct prompt_terms *terms, struct prompt_past *past, int32_t n_past, double l,
                              double burst, double h, double times, struct prompt_means *means)
{
    const struct prompt_integral g = prompt_past_integral(past, n_past, l, h, terms->ttl_s);
    const double lives = l * g.cold_s, lag = terms->lag_s;
    const double near_end = l * floe_exp(-g.end_g) * lag * lag / 2;
    const double beyond = near_end < lives * lag ? near_end : lives * lag;
    const double unready_s = past->unready_s + lives * lag - beyond;
    const double calls = l * burst * h;
    const double writes = lives * (lag > 0 ? burst : 1) + burst * l * unready_s;
    past->unready_s = beyond;
    means->writes += times * (writes < calls ? writes : calls);
    means->reads += times * (writes < calls ? calls - writes : 0);
    means->held_s += times * (h - g.cold_s);
    means->doubt |= prompt_past_push(past, n_past, l, h, terms->ttl_s);
}

/* A span of `length_s` at a constant load. Call it for every span, also without load: an entry ages meanwhile. A pool
 * with a share q of the calls of a burst of b sees arrivals at l (1 - (1 - q)^b), of b q / (1 - (1 - q)^b) calls. */
FLOE_FN void prompt_cache_step(const struct prompt_terms *terms, struct prompt_hourly *state, int32_t n_past,
                               const struct prompt_load *load, double length_s, struct prompt_means *means)
{
    const double l = load->per_s / load->prefixes, calls = load->per_s * load->burst * length_s;
    const double away = terms->n_pools > 1 ? (1 - terms->affinity_share) / terms->n_pools : 0;
    const double home = terms->n_pools > 1 ? terms->affinity_share + away : 1;
    const double sees_home = 1 - floe_pow(1 - home, load->burst), sees_away = 1 - floe_pow(1 - away, load->burst);
    struct prompt_means zero = {0, 0, 0, 0, 0, 0};
    *means = zero;
    if (terms->is_on && terms->is_refused && load->prefix_tok > 0) {
        means->refused = calls;
        return;
    }
    if (!terms->is_on || load->prefix_tok <= 0 || load->prefix_tok < terms->min_tok) {
        means->plain = calls;
        return;
    }
    prompt_past_step(terms, &state->home, n_past, l * sees_home, load->burst * home / sees_home, length_s,
                     load->prefixes, means);
    if (terms->n_pools > 1 && away > 0)
        prompt_past_step(terms, &state->away, n_past, l * sees_away, load->burst * away / sees_away, length_s,
                         load->prefixes * (terms->n_pools - 1), means);
    if (terms->lag_s > terms->ttl_s || terms->lag_s > length_s) means->doubt |= PROMPT_DOUBT_LAG;
}

/* Calls at even gaps that share one prefix and one pool (a scheduled job): n calls at from_ns, from_ns + gap_ns ... The
 * entry is the events form's own, so both can take turns. Exact: the first call writes unless the entry is alive and
 * ready; then gaps above the ttl make every call a write, and otherwise each call before the entry is ready is one. */
FLOE_FN int64_t prompt_cache_even(const struct prompt_terms *terms, struct prompt_entry *entry, int64_t from_ns,
                                  int64_t gap_ns, int64_t n, int64_t *held_ns)
{
    struct prompt_entry at = *entry;
    *held_ns = prompt_cache_settle(&at, from_ns);
    if (n <= 0) {
        *held_ns = 0;
        return 0;
    }
    const int is_alive = from_ns < at.gone_ns;
    const int is_apart = gap_ns > terms->ttl_ns;
    const int64_t last_ns = from_ns + (n - 1) * gap_ns, kept_ns = is_apart ? terms->ttl_ns : gap_ns;
    const int64_t ready_ns = is_alive ? at.ready_ns : from_ns + terms->lag_ns, wait_ns = ready_ns - from_ns;
    const int64_t waiting = wait_ns <= 0 ? 0 : gap_ns == 0 ? n : (wait_ns + gap_ns - 1) / gap_ns;
    const int64_t together = is_alive || waiting > 0 ? waiting : 1;
    const int64_t apart = n - (is_alive && wait_ns <= 0);
    at.ready_ns = is_apart && n > 1 ? last_ns + terms->lag_ns : ready_ns;
    at.gone_ns = last_ns + terms->ttl_ns + 1;
    at.paid_ns = last_ns;
    *held_ns += (n - 1) * kept_ns;
    *entry = at;
    return is_apart ? apart : together < n ? together : n;
}

#endif

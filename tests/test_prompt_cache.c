/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/prompt_cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scenarios/read/value.h"

/* Two-sided 99.9 % over a family of n comparisons, Bonferroni: the chance that a sound program fails is below 0.001. */
static double z_most(int n)
{
    return -floe_normal_quantile(0.0005 / n);
}

static struct prompt_cache block_of(enum prompt_rules rules)
{
    struct prompt_cache cache;
    memset(&cache, 0, sizeof cache);
    cache.rules = rules;
    cache.ttl_s = cache.lag_s = cache.min_tok = cache.read_ratio = cache.write_ratio = PARAM_ABSENT;
    cache.storage_usd_per_tok_hour = PARAM_ABSENT;
    cache.pools = 1;
    cache.affinity_share = 1;
    return cache;
}

static struct prompt_terms terms_of(double ttl_s, double lag_s, int64_t pools, double affinity_share)
{
    struct prompt_cache cache = block_of(PROMPT_RULES_OWN);
    struct prompt_terms terms;
    cache.ttl_s = ttl_s, cache.lag_s = lag_s, cache.min_tok = 0;
    cache.pools = pools, cache.affinity_share = affinity_share;
    prompt_cache_derive(&cache, "any", &terms);
    return terms;
}

static struct prompt_terms terms_by_rule(enum prompt_rules rules, const char *model, double lag_s)
{
    struct prompt_cache cache = block_of(rules);
    struct prompt_terms terms;
    cache.lag_s = lag_s;
    prompt_cache_derive(&cache, model, &terms);
    return terms;
}

/* n calls, gap_s apart: how many of them write; the rest must read. */
static int writes_of(const struct prompt_terms *terms, int n, double gap_s, double prefix_tok)
{
    struct prompt_entry entry = {0, 0, 0};
    int writes = 0;
    for (int i = 0; i < n; i++) {
        const struct prompt_called c = prompt_cache_call(terms, &entry, prefix_tok,
                                                         (int64_t)(i * gap_s * (double)NS_PER_S));
        check(c.use == PROMPT_WRITE || c.use == PROMPT_READ);
        writes += c.use == PROMPT_WRITE;
    }
    return writes;
}

/* The share of the prefix's bill that caching takes away, in percent, at an input price of 3 usd/Mtok. */
static double saved_percent(const struct prompt_terms *terms, const struct price_list *list, int n, int writes)
{
    const double write = prompt_cache_price(terms, list, prompt_cache_class(terms, PROMPT_WRITE));
    const double read = prompt_cache_price(terms, list, prompt_cache_class(terms, PROMPT_READ));
    return 100 * (1 - (writes * write + (n - writes) * read) / (n * list->input));
}

static const struct price_list no_cache_prices = {3e-6, 15e-6, PARAM_ABSENT, PARAM_ABSENT, PARAM_ABSENT};

/* -25, 32.5, 67, 78.5 %: AWS's table for 1, 2, 5 and 10 requests (agent-toolkit-for-aws, prompt-caching.md), which
 * prints them as -25, 32, 67 and 78. */
static void one_write_and_reads_save_what_the_table_says(void)
{
    static const struct {
        int n;
        double percent;
    } rows[] = {{1, -25}, {2, 32.5}, {5, 67}, {10, 78.5}};
    const struct prompt_terms terms = terms_by_rule(PROMPT_RULES_ANTHROPIC, "claude-sonnet-4-5", 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int writes = writes_of(&terms, rows[i].n, 30, 4200);
        check_i64(writes, 1);
        check_abs(saved_percent(&terms, &no_cache_prices, rows[i].n, writes), rows[i].percent, 1e-12);
    }
}

/* rajmurugan.com, three-things-bedrock-workload: 78 % on Sonnet 4.6, 55 % on Nova Pro, ten turns 6 s apart. */
static void ten_turns_six_seconds_apart_save_what_was_measured(void)
{
    static const double sonnet_lags_s[] = {0, 0.5, 5, 6}, nova_lags_s[] = {6.001, 9, 11.999, 12};
    struct prompt_terms terms;
    for (int i = 0; i < 4; i++) {
        terms = terms_by_rule(PROMPT_RULES_BEDROCK_CLAUDE, "eu.anthropic.claude-sonnet-4-6", sonnet_lags_s[i]);
        check_i64(writes_of(&terms, 10, 6, 8788), 1);
        check_abs(saved_percent(&terms, &no_cache_prices, 10, 1), 78.5, 1e-12);
        terms = terms_by_rule(PROMPT_RULES_BEDROCK_NOVA, "eu.amazon.nova-pro-v1:0", nova_lags_s[i]);
        check_i64(writes_of(&terms, 10, 6, 8156), 2);
        check_abs(saved_percent(&terms, &no_cache_prices, 10, 2), 60, 1e-12); /* the price lists' write at 1.0 */
    }
    struct prompt_cache nova = block_of(PROMPT_RULES_BEDROCK_NOVA);
    nova.write_ratio = 1.25;
    prompt_cache_derive(&nova, "amazon.nova-pro-v1:0", &terms);
    check_i64(writes_of(&terms, 10, 6, 8156), 2); /* also at the rules' own lag */
    check_abs(saved_percent(&terms, &no_cache_prices, 10, 2), 55, 1e-12);
    check_abs(saved_percent(&terms, &no_cache_prices, 10, 1), 65, 1e-12);
    terms = terms_by_rule(PROMPT_RULES_BEDROCK_NOVA, "amazon.nova-pro-v1:0", 12.001);
    check_i64(writes_of(&terms, 10, 6, 8156), 3);
}

static void three_calls_within_a_second_are_three_writes(void)
{
    const struct prompt_terms nova = terms_by_rule(PROMPT_RULES_BEDROCK_NOVA, "amazon.nova-pro-v1:0", PARAM_ABSENT);
    const struct prompt_terms claude = terms_by_rule(PROMPT_RULES_BEDROCK_CLAUDE, "claude-sonnet-4-6", PARAM_ABSENT);
    check_i64(writes_of(&nova, 3, 0.45, 8156), 3);
    check_i64(writes_of(&claude, 3, 0.45, 8788), 3);
    check_i64(writes_of(&claude, 3, 0, 8788), 3);
    const struct prompt_terms no_lag = terms_of(300, 0, 1, 1);
    check_i64(writes_of(&no_lag, 3, 0, 100), 1);
}

static void a_cache_point_in_novas_tools_fails_the_call(void)
{
    struct prompt_cache cache = block_of(PROMPT_RULES_BEDROCK_NOVA);
    struct prompt_terms terms;
    struct prompt_entry entry = {0, 0, 0};
    struct prompt_hourly state;
    struct prompt_means means;
    const struct prompt_load load = {0.01, 2, 1, 8156};
    memset(&state, 0, sizeof state);
    cache.n_points = 2;
    cache.points[0].section = CACHE_IN_SYSTEM, cache.points[1].section = CACHE_IN_TOOLS;
    prompt_cache_derive(&cache, "amazon.nova-pro-v1:0", &terms);
    check_i64(prompt_cache_call(&terms, &entry, 8156, 5).use, PROMPT_REFUSED);
    check_i64(prompt_cache_call(&terms, &entry, 10, 5).use, PROMPT_REFUSED); /* whatever the prefix's length */
    check_i64(entry.gone_ns, 0);
    prompt_cache_step(&terms, &state, 2, &load, 3600, &means);
    check_rel(means.refused, 72, 1e-14);
    check(means.reads == 0 && means.writes == 0 && means.plain == 0);
    cache.rules = PROMPT_RULES_BEDROCK_CLAUDE;
    prompt_cache_derive(&cache, "claude-opus-4-6", &terms);
    check_i64(prompt_cache_call(&terms, &entry, 8156, 5).use, PROMPT_WRITE);
    cache.rules = PROMPT_RULES_BEDROCK_NOVA, cache.points[1].section = CACHE_IN_MESSAGES;
    prompt_cache_derive(&cache, "amazon.nova-pro-v1:0", &terms);
    check(!terms.is_refused);
}

static void an_entry_of_age_ttl_is_alive_and_each_use_renews_it(void)
{
    const struct prompt_terms terms = terms_of(300, 6, 1, 1);
    const int64_t ttl_ns = 300 * NS_PER_S;
    struct prompt_entry entry = {0, 0, 0};
    check_i64(prompt_cache_call(&terms, &entry, 9, 0).use, PROMPT_WRITE);
    check_i64(prompt_cache_call(&terms, &entry, 9, ttl_ns).use, PROMPT_READ);
    check_i64(prompt_cache_call(&terms, &entry, 9, 2 * ttl_ns).use, PROMPT_READ);
    check_i64(prompt_cache_call(&terms, &entry, 9, 3 * ttl_ns + 1).use, PROMPT_WRITE);
    /* a second write inside the lag keeps the entry alive, and the lag still counts from the first */
    struct prompt_entry other = {0, 0, 0};
    const int64_t lag_ns = 6 * NS_PER_S;
    prompt_cache_call(&terms, &other, 9, 1000);
    check_i64(prompt_cache_call(&terms, &other, 9, 1000 + lag_ns - 1).use, PROMPT_WRITE);
    check_i64(other.gone_ns, 1000 + lag_ns + ttl_ns);
    check_i64(prompt_cache_call(&terms, &other, 9, 1000 + lag_ns).use, PROMPT_READ);
}

static void a_prefix_below_the_minimum_is_plain_and_leaves_nothing(void)
{
    const struct prompt_terms terms = terms_by_rule(PROMPT_RULES_ANTHROPIC, "claude-opus-4-6", PARAM_ABSENT);
    struct prompt_entry entry = {0, 0, 0};
    struct prompt_hourly state;
    struct prompt_means means;
    const struct prompt_load load = {0.5, 1, 3, 4095};
    memset(&state, 0, sizeof state);
    check_i64(prompt_cache_call(&terms, &entry, 4095, 77).use, PROMPT_PLAIN);
    check(entry.gone_ns == 0 && entry.ready_ns == 0);
    check_i64(prompt_cache_call(&terms, &entry, 4096, 77).use, PROMPT_WRITE);
    prompt_cache_step(&terms, &state, 2, &load, 3600, &means);
    check_rel(means.plain, 1800, 1e-14);
    check(means.writes == 0 && means.reads == 0);
    struct prompt_terms off;
    const struct prompt_cache none = block_of(PROMPT_RULES_OWN);
    prompt_cache_derive(&none, "claude-opus-4-6", &off);
    check_i64(prompt_cache_call(&off, &entry, 9000, 78).use, PROMPT_PLAIN);
}

/* ---- Poisson arrivals ---- */

struct tally {
    double calls, writes, squares; /* squares of (writes - share calls) by life */
};

/* Lives of one entry are independent: ratio of sums, and the spread of its numerator. */
static struct tally poisson_tally(const struct prompt_terms *terms, double l, double share, int n, uint32_t stream)
{
    const struct floe_rng rng = {20260317, 0};
    struct floe_stream draws = floe_stream_at(rng, stream, 0);
    struct prompt_entry entry = {0, 0, 0};
    struct tally sum = {0, 0, 0};
    double at_s = 0, calls = 0, writes = 0;
    for (int i = 0; i < n; i++) {
        at_s += floe_draw_exponential(floe_stream_uniform(&draws)) / l;
        const int64_t at_ns = (int64_t)(at_s * (double)NS_PER_S);
        if (i > 0 && at_ns >= entry.gone_ns) {
            sum.calls += calls, sum.writes += writes;
            sum.squares += (writes - share * calls) * (writes - share * calls);
            calls = writes = 0;
        }
        calls++;
        writes += prompt_cache_call(terms, &entry, 1, at_ns).use == PROMPT_WRITE;
    }
    return sum;
}

/* Cost of a call in units of its input price: r + (w - r) e^-lT (1 + l d). */
static void poisson_calls_cost_what_the_closed_form_says(void)
{
    static const double multiples[] = {0.05, 0.245, 0.747, 1.5, 3}, lags_s[] = {0, 5, 60};
    static const double w = 1.25, r = 0.1;
    uint32_t stream = 0;
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 3; j++) {
            const struct prompt_terms terms = terms_of(300, lags_s[j], 1, 1);
            const double l = multiples[i] / 300, share = exp(-multiples[i]) * (1 + l * lags_s[j]);
            const struct tally t = poisson_tally(&terms, l, share, 400000, ++stream);
            const double error = sqrt(t.squares) / t.calls * (w - r), wanted = r + (w - r) * share;
            const double cost = r + (w - r) * t.writes / t.calls;
            check_at(fabs(cost - wanted) < z_most(15) * error && error < 0.003, __FILE__, __LINE__,
                     "lT %g, lag %g: %.5f, wanted %.5f, error %.5f", multiples[i], lags_s[j], cost, wanted, error);
            struct prompt_hourly state;
            struct prompt_means means;
            const struct prompt_load load = {7 * l, 1, 7, 1};
            memset(&state, 0, sizeof state);
            for (int k = 0; k < 3; k++)
                prompt_cache_step(&terms, &state, prompt_cache_past(&terms, 3600), &load, 3600, &means);
            check_rel((r * means.reads + w * means.writes) / (7 * l * 3600), wanted, 1e-12);
            check_rel(means.held_s, 7 * 3600 * (1 - exp(-multiples[i])), 1e-12);
            check_i64(means.doubt, 0);
        }
}

static double cost_at_gap(double gap_s, double ttl_s, double w, double r)
{
    const struct prompt_terms terms = terms_of(ttl_s, 0, 1, 1);
    struct prompt_hourly state;
    struct prompt_means means;
    const struct prompt_load load = {1 / gap_s, 1, 1, 1};
    memset(&state, 0, sizeof state);
    for (int k = 0; k < 3; k++)
        prompt_cache_step(&terms, &state, prompt_cache_past(&terms, 3600), &load, 3600, &means);
    return (r * means.reads + w * means.writes) / (means.reads + means.writes);
}

/* The mean gap in minutes at which `cost` reaches `level`; both rise with the gap. */
static double break_even_min(double ttl_s, double w, double against_ttl_s, double against_w)
{
    double low_s = 10, high_s = 4 * 3600;
    for (int i = 0; i < 60; i++) {
        const double gap_s = (low_s + high_s) / 2;
        const double other = against_ttl_s > 0 ? cost_at_gap(gap_s, against_ttl_s, against_w, 0.1) : 1;
        if (cost_at_gap(gap_s, ttl_s, w, 0.1) < other)
            low_s = gap_s;
        else
            high_s = gap_s;
    }
    return low_s / 60;
}

static void five_minutes_and_one_hour_break_even_where_they_should(void)
{
    check_abs(break_even_min(300, 1.25, 0, 0), 20.4, 0.05);
    check_abs(break_even_min(3600, 2, 0, 0), 80, 0.5);
    check_abs(break_even_min(3600, 2, 300, 1.25), 109.5, 0.3);
    check_abs(cost_at_gap(300, 300, 1.25, 0.1) - cost_at_gap(300, 3600, 2, 0.1), 0.423, 0.0005);
    check_abs(cost_at_gap(100, 300, 1.25, 0.1) - cost_at_gap(100, 3600, 2, 0.1), 0.057, 0.0005);
    for (double gap_s = 10; gap_s <= 7200; gap_s *= 1.3)
        check((cost_at_gap(gap_s, 3600, 2, 0.1) < cost_at_gap(gap_s, 300, 1.25, 0.1)) == (gap_s < 109.5 * 60));
}

/* ---- pools ---- */

static double pools_read_share(const struct prompt_terms *terms, int prefixes, double l, int n, double *error)
{
    const struct floe_rng rng = {7, (uint32_t)terms->n_pools};
    struct prompt_entry *entries = (struct prompt_entry *)calloc((size_t)(prefixes * terms->n_pools), sizeof *entries);
    double at_s = 0, batch = 0, sum = 0, squares = 0;
    const int in_batch = n / 100;
    for (int i = 0; i < n + in_batch; i++) {
        const uint64_t index = 3 * (uint64_t)i;
        at_s += floe_draw_exponential(floe_rng_uniform(rng, 1, index)) / (l * prefixes);
        const int64_t prefix = (int64_t)floe_draw_index(floe_rng_uniform(rng, 1, index + 1), (uint64_t)prefixes);
        const int32_t pool = prompt_cache_pool(terms, prefix, floe_rng_uniform(rng, 1, index + 2));
        struct prompt_entry *entry = &entries[prompt_cache_index(terms, prefix, pool)];
        check(pool >= 0 && pool < terms->n_pools);
        batch += prompt_cache_call(terms, entry, 1, (int64_t)(at_s * (double)NS_PER_S)).use == PROMPT_READ;
        if ((i + 1) % in_batch != 0) continue;
        const double share = batch / in_batch;
        if (i >= in_batch) sum += share, squares += share * share; /* the first batch warms up */
        batch = 0;
    }
    free(entries);
    *error = sqrt((squares - sum * sum / 100) / 99 / 100);
    return sum / 100;
}

static void pools_split_the_traffic_and_affinity_mends_it(void)
{
    static const double affinities[] = {0, 0.5, 0.9, 1};
    const double l = 1.2 / 300, ttl_s = 300;
    for (int n = 2; n <= 4; n++)
        for (int i = 0; i < 4; i++) {
            const double a = affinities[i], away = (1 - a) / n, home = a + away;
            const struct prompt_terms terms = terms_of(ttl_s, 0, n, a);
            const double wanted = 1 - home * exp(-l * home * ttl_s) - (n - 1) * away * exp(-l * away * ttl_s);
            double error;
            const double share = pools_read_share(&terms, 50, l, 400000, &error);
            check_at(fabs(share - wanted) < z_most(12) * error && error < 0.002, __FILE__, __LINE__,
                     "%d pools, affinity %g: %.5f, wanted %.5f, error %.5f", n, a, share, wanted, error);
            struct prompt_hourly state;
            struct prompt_means means;
            const struct prompt_load load = {50 * l, 1, 50, 1};
            memset(&state, 0, sizeof state);
            for (int k = 0; k < 2; k++)
                prompt_cache_step(&terms, &state, 2, &load, 3600, &means);
            check_rel(means.reads / (means.reads + means.writes), wanted, 1e-12);
        }
}

/* ---- evenly spaced calls ---- */

static void even_calls_in_closed_form_equal_the_events(void)
{
    uint64_t state = 5;
    int reads = 0;
    for (int i = 0; i < 100000; i++) {
        const struct prompt_terms terms = terms_of((double)(test_random(&state) % 9 + 1),
                                                   (double)(test_random(&state) % 12), 1, 1);
        struct prompt_entry slow = {0, 0, 0}, fast;
        int64_t held_ns = 0, fast_ns = 0, now_ns = (int64_t)(test_random(&state) % 8) * NS_PER_S;
        for (uint64_t k = test_random(&state) % 3; k > 0; k--, now_ns += (int64_t)(test_random(&state) % 9) * NS_PER_S)
            prompt_cache_call(&terms, &slow, 1, now_ns);
        fast = slow;
        const int64_t gap_ns = (int64_t)(test_random(&state) % 13) * NS_PER_S - (int64_t)(test_random(&state) % 2);
        const int64_t n = (int64_t)(test_random(&state) % 7), step_ns = gap_ns < 0 ? 0 : gap_ns;
        int64_t writes = 0;
        for (int64_t k = 0; k < n; k++) {
            const struct prompt_called c = prompt_cache_call(&terms, &slow, 1, now_ns + k * step_ns);
            writes += c.use == PROMPT_WRITE, reads += c.use == PROMPT_READ;
            held_ns += c.held_ns;
        }
        if (!check_i64(prompt_cache_even(&terms, &fast, now_ns, step_ns, n, &fast_ns), writes)) break;
        check(fast_ns == held_ns && memcmp(&fast, &slow, sizeof fast) == 0);
    }
    check(reads > 50000);
}

/* ---- storage ---- */

/* Gemini 2.5 Pro, 4.50 usd per Mtok and hour. Uses at 0, 20, 60 and 200 min with a ttl of 1 h keep the entry from 0 to
 * 120 and from 200 to 260 min: 3 h in all; 100,000 tokens cost 4.5 x 0.1 x 3 = 1.35 usd. */
static void storage_is_paid_while_an_entry_lives(void)
{
    const struct prompt_terms terms = terms_by_rule(PROMPT_RULES_GEMINI_EXPLICIT, "gemini/gemini-2.5-pro",
                                                    PARAM_ABSENT);
    static const int uses_min[] = {0, 20, 60, 200};
    const int64_t min_ns = 60 * NS_PER_S;
    struct prompt_entry entry = {0, 0, 0};
    int64_t held_ns = 0;
    for (int i = 0; i < 4; i++) {
        held_ns += prompt_cache_settle(&entry, (uses_min[i] - 7) * min_ns); /* settling between uses changes nothing */
        held_ns += prompt_cache_call(&terms, &entry, 1e5, uses_min[i] * min_ns).held_ns;
    }
    check_i64(held_ns, 120 * min_ns);
    held_ns += prompt_cache_settle(&entry, 230 * min_ns);
    check_i64(held_ns, 150 * min_ns);
    held_ns += prompt_cache_settle(&entry, 999 * min_ns);
    held_ns += prompt_cache_settle(&entry, 1000 * min_ns);
    check_i64(held_ns, 180 * min_ns);
    check_rel((double)held_ns / (double)NS_PER_S * 1e5 * terms.storage_usd_per_tok_s, 1.35, 1e-12);
}

/* ---- hour by hour ---- */

#define DIURNAL_PREFIXES 12000

static double diurnal_rate(int hour) /* per prefix and second; 0 at night, so that all goes cold */
{
    return hour < 5 ? 0 : (1 + sin((hour - 5) / 19.0 * 3.14159265)) / 900;
}

struct hour_tally {
    double calls, reads, held_s;
};

static void diurnal_events(const struct prompt_terms *terms, int burst, struct hour_tally *hours)
{
    const struct floe_rng rng = {31, 0};
    uint64_t draw = 0;
    for (int p = 0; p < DIURNAL_PREFIXES; p++) {
        struct prompt_entry entries[4];
        memset(entries, 0, sizeof entries);
        for (int h = 0; h < 24; h++) {
            double at_s = h * 3600.0;
            const double l = diurnal_rate(h);
            while (l > 0) {
                at_s += floe_draw_exponential(floe_rng_uniform(rng, 9, draw++)) / l;
                if (at_s >= (h + 1) * 3600.0) break;
                for (int b = 0; b < burst; b++) {
                    const int32_t pool = prompt_cache_pool(terms, p, floe_rng_uniform(rng, 9, draw++));
                    const int64_t at_ns = (int64_t)(at_s * (double)NS_PER_S);
                    const struct prompt_called c = prompt_cache_call(terms, &entries[pool], 1, at_ns);
                    hours[h].calls++, hours[h].reads += c.use == PROMPT_READ;
                    hours[h].held_s += (double)c.held_ns / 1e9;
                }
            }
            for (int i = 0; i < terms->n_pools; i++)
                hours[h].held_s += (double)prompt_cache_settle(&entries[i], (h + 1) * 3600 * NS_PER_S) / 1e9;
        }
    }
}

/* Within a point of read share in every hour with 10,000 calls or more. An hour by day has 48,000 arrivals or more, so
 * that its standard error is at most 0.0023 and a point is more than four of them: the chance of a false alarm in the 133
 * comparisons is below 1 in 100. The seed is fixed. */
static void diurnal_agrees(double ttl_s, double lag_s, int pools, double affinity_share, int burst)
{
    const struct prompt_terms terms = terms_of(ttl_s, lag_s, pools, affinity_share);
    struct hour_tally hours[24];
    struct prompt_hourly state;
    int compared = 0;
    memset(hours, 0, sizeof hours), memset(&state, 0, sizeof state);
    diurnal_events(&terms, burst, hours);
    double most = 0, calls = 0, reads = 0, mean_reads = 0, held_s = 0, mean_held_s = 0;
    for (int h = 0; h < 24; h++) {
        struct prompt_means means;
        const struct prompt_load load = {diurnal_rate(h) * DIURNAL_PREFIXES, burst, DIURNAL_PREFIXES, 1};
        prompt_cache_step(&terms, &state, prompt_cache_past(&terms, 3600), &load, 3600, &means);
        check_i64(means.doubt, 0);
        calls += hours[h].calls, reads += hours[h].reads, mean_reads += means.reads;
        held_s += hours[h].held_s, mean_held_s += means.held_s;
        if (hours[h].calls < 10000) continue;
        const double off = hours[h].reads / hours[h].calls - means.reads / (means.reads + means.writes);
        most = fabs(off) > most ? fabs(off) : most;
        compared++;
    }
    check_at(most < 0.01 && compared >= 18, __FILE__, __LINE__, "ttl %g, lag %g, %d pools: off by %.4f in %d hours",
             ttl_s, lag_s, pools, most, compared);
    check_abs(reads / calls, mean_reads / calls, 0.005);
    check_rel(held_s, mean_held_s, 0.01);
}

static void the_hourly_form_follows_a_day(void)
{
    diurnal_agrees(300, 0, 1, 1, 1);
    diurnal_agrees(300, 30, 1, 1, 1);
    diurnal_agrees(3600, 5, 1, 1, 1);
    diurnal_agrees(5400, 60, 1, 1, 1);
    diurnal_agrees(300, 20, 3, 0.6, 1);
    diurnal_agrees(300, 0, 2, 0.5, 3);
    diurnal_agrees(300, 20, 2, 0.5, 3);
}

static struct prompt_means sum_over(const struct prompt_terms *terms, const double *rates, int n, double step_s)
{
    struct prompt_hourly state;
    struct prompt_means sum = {0, 0, 0, 0, 0, 0}, means;
    memset(&state, 0, sizeof state);
    for (int i = 0; i < n; i++) {
        const struct prompt_load load = {rates[i * (int)(step_s + 0.5) / 3600], 1, 1, 1};
        prompt_cache_step(terms, &state, prompt_cache_past(terms, step_s), &load, step_s, &means);
        sum.writes += means.writes, sum.reads += means.reads, sum.held_s += means.held_s, sum.doubt |= means.doubt;
    }
    return sum;
}

/* Cutting hours into minutes must change nothing but how lag is shared out at the edges. */
static void shorter_steps_give_the_same_sums(void)
{
    static const double rates[] = {0.004, 0, 0.02, 0.0007, 0, 0, 0, 0.011};
    for (int i = 0; i < 3; i++) {
        const double ttl_s = i == 0 ? 300 : i == 1 ? 3000 : 3600;
        const struct prompt_terms terms = terms_of(ttl_s, 0, 1, 1);
        const struct prompt_means hours = sum_over(&terms, rates, 8, 3600);
        const struct prompt_means minutes = sum_over(&terms, rates, 480, 60);
        check_rel(minutes.writes, hours.writes, 1e-12);
        check_rel(minutes.reads, hours.reads, 1e-12);
        check_rel(minutes.held_s, hours.held_s, 1e-12);
        check_i64(hours.doubt | minutes.doubt, 0);
    }
}

static void a_memory_that_is_too_short_is_told(void)
{
    static const double rates[] = {0.004, 0.001, 0.02, 0.0007, 0.003, 0.001, 0.002, 0.011};
    const struct prompt_terms day = terms_of(86400, 0, 1, 1), slow = terms_of(300, 90, 1, 1);
    check((sum_over(&day, rates, 480, 60).doubt & PROMPT_DOUBT_PAST) != 0);
    check((sum_over(&day, rates, 8, 3600).doubt & PROMPT_DOUBT_PAST) == 0);
    check((sum_over(&slow, rates, 480, 60).doubt & PROMPT_DOUBT_LAG) != 0);
    check((sum_over(&slow, rates, 8, 3600).doubt & PROMPT_DOUBT_LAG) == 0);
    /* blurred, but not lost: the entry still lives on what was merged */
    const double blurred = sum_over(&day, rates, 480, 60).writes, sharp = sum_over(&day, rates, 8, 3600).writes;
    check_rel(blurred, sharp, 0.01);
}

/* A state without load for longer than the ttl is cold; one that was used until just now is warm; a new model's is
 * another state, and cold. */
static void silence_cools_a_state_and_a_new_model_starts_cold(void)
{
    const struct prompt_terms terms = terms_of(300, 0, 1, 1);
    struct prompt_hourly state, fresh;
    struct prompt_means first, warm, cold, other;
    const struct prompt_load busy = {1, 1, 1, 1}, none = {0, 1, 1, 1};
    memset(&state, 0, sizeof state), memset(&fresh, 0, sizeof fresh);
    prompt_cache_step(&terms, &state, 2, &busy, 3600, &first);
    prompt_cache_step(&terms, &state, 2, &busy, 3600, &warm);
    check_rel(first.writes, 1, 1e-12);
    check(warm.writes < 1e-100);
    prompt_cache_step(&terms, &state, 2, &none, 3600, &cold);
    check(cold.writes == 0 && cold.reads == 0);
    check_rel(cold.held_s, 300 - (1 - exp(-300.0)), 1e-12); /* it lives for the ttl after the last use */
    prompt_cache_step(&terms, &state, 2, &busy, 3600, &cold);
    check_rel(cold.writes, 1, 1e-12);
    prompt_cache_step(&terms, &fresh, 2, &busy, 3600, &other);
    check(other.writes == first.writes && other.reads == first.reads && other.held_s == first.held_s);
}

/* ---- rules ---- */

static void every_rule_says_where_it_comes_from(void)
{
    for (int i = 0; i < PROMPT_RULES_N; i++) {
        const struct prompt_rule *rule = &prompt_rules[i];
        check(prompt_rule_names[i] != NULL);
        if (i == PROMPT_RULES_OWN) continue;
        check_text(rule->name, prompt_rule_names[i]);
        check(strlen(rule->source) > 10 && strlen(rule->date) > 3 && rule->lag_evidence != EVIDENCE_NONE);
        check(rule->ttl_s[0] > 0 && rule->sections != 0 && rule->default_min_tok > 0);
        check(rule->read_ratio < 1 && rule->write_5m_ratio >= 1 && rule->write_1h_ratio >= rule->write_5m_ratio);
        for (int j = 0; j < PROMPT_RULE_MODELS_MOST && rule->models[j].piece != NULL; j++)
            check(rule->models[j].min_tok <= rule->default_min_tok);
    }
    check(prompt_rule_names[PROMPT_RULES_N] == NULL);
}

static void minima_are_found_by_the_models_name(void)
{
    static const struct {
        enum prompt_rules rules;
        const char *model;
        int min_tok, is_assumed;
    } cases[] = {
        {PROMPT_RULES_ANTHROPIC, "claude-sonnet-4-6", 1024, 0},
        {PROMPT_RULES_BEDROCK_CLAUDE, "us.anthropic.claude-sonnet-4-6", 2048, 0},
        {PROMPT_RULES_BEDROCK_CLAUDE, "anthropic.claude-opus-4-6-v1", 4096, 0},
        {PROMPT_RULES_ANTHROPIC, "claude-opus-4-7", 2048, 0},
        {PROMPT_RULES_ANTHROPIC, "anthropic/claude-opus-5", 512, 0},
        {PROMPT_RULES_ANTHROPIC, "claude-opus-4-10", 4096, 1}, /* not 4.1 */
        {PROMPT_RULES_ANTHROPIC, "my-claude-opus-5", 4096, 1},
        {PROMPT_RULES_BEDROCK_NOVA, "eu.amazon.nova-pro-v1:0", 1024, 0},
        {PROMPT_RULES_BEDROCK_NOVA, "nova-micro", 1536, 0},
        {PROMPT_RULES_BEDROCK_NOVA, "nova-premier", 1536, 1},
        {PROMPT_RULES_GEMINI_IMPLICIT, "gemini/gemini-2.5-pro", 4096, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct prompt_terms terms = terms_by_rule(cases[i].rules, cases[i].model, PARAM_ABSENT);
        check_at(terms.min_tok == cases[i].min_tok && terms.is_min_assumed == cases[i].is_assumed, __FILE__, __LINE__,
                 "%s: %g", cases[i].model, terms.min_tok);
    }
}

static void what_the_block_says_goes_before_the_rules(void)
{
    struct prompt_cache cache = block_of(PROMPT_RULES_BEDROCK_CLAUDE);
    struct prompt_terms terms;
    const struct price_list listed = {3e-6, 15e-6, 0.31e-6, 3.76e-6, 6.1e-6};
    prompt_cache_derive(&cache, "claude-sonnet-4-6", &terms);
    check_i64(terms.lag_ns, 5 * NS_PER_S), check_i64(terms.write_class, TOKEN_CACHE_WRITE_5M);
    check_rel(prompt_cache_price(&terms, &no_cache_prices, TOKEN_CACHE_READ), 0.3e-6, 1e-14);
    check_rel(prompt_cache_price(&terms, &listed, TOKEN_CACHE_READ), 0.31e-6, 0);
    check_rel(prompt_cache_price(&terms, &listed, TOKEN_CACHE_WRITE_5M), 3.76e-6, 0);
    cache.ttl_s = 3600, cache.lag_s = 0.25, cache.min_tok = 10, cache.read_ratio = 0.2;
    prompt_cache_derive(&cache, "claude-sonnet-4-6", &terms);
    check_i64(terms.lag_ns, NS_PER_S / 4), check_i64(terms.ttl_ns, 3600 * NS_PER_S);
    check_i64(terms.write_class, TOKEN_CACHE_WRITE_1H);
    check_rel(prompt_cache_price(&terms, &no_cache_prices, TOKEN_CACHE_WRITE_1H), 6e-6, 1e-14);
    check_rel(prompt_cache_price(&terms, &no_cache_prices, TOKEN_CACHE_READ), 0.6e-6, 1e-14);
    check_rel(prompt_cache_price(&terms, &listed, TOKEN_CACHE_WRITE_1H), 6.1e-6, 0);
    check_rel(terms.min_tok, 10, 0);
    const struct prompt_terms openai = terms_by_rule(PROMPT_RULES_OPENAI, "gpt-4o-mini", PARAM_ABSENT);
    check_i64(prompt_cache_class(&openai, PROMPT_WRITE), TOKEN_INPUT_UNCACHED);
    check_rel(prompt_cache_price(&openai, &no_cache_prices, TOKEN_CACHE_READ), 1.5e-6, 1e-14);
    check_rel(prompt_cache_price(&openai, &listed, TOKEN_INPUT_UNCACHED), 3e-6, 0);
}

static void a_block_that_says_too_little_or_too_much_is_refused(void)
{
    struct prompt_cache cache = block_of(PROMPT_RULES_OWN);
    struct complaint c;
    check(!prompt_cache_is_given(&cache));
    check_text(value_row(&prompt_cache_block, "rules")->preset, ""); /* or a route without the block would print one */
    check(!(prompt_cache_block.check)(&cache, &c)), check_text(c.key, "ttl");
    cache.ttl_s = 300;
    check(!(prompt_cache_block.check)(&cache, &c)), check_text(c.key, "lag");
    cache.lag_s = 0;
    check(!(prompt_cache_block.check)(&cache, &c)), check_text(c.key, "min_tokens");
    cache.min_tok = 0;
    check((prompt_cache_block.check)(&cache, &c) && prompt_cache_is_given(&cache));
    cache = block_of(PROMPT_RULES_BEDROCK_NOVA);
    check((prompt_cache_block.check)(&cache, &c) && prompt_cache_is_given(&cache));
    cache.ttl_s = 3600;
    check(!(prompt_cache_block.check)(&cache, &c)), check_contains(c.what, "bedrock-nova does not offer");
    cache.ttl_s = 300, cache.n_points = 2;
    check(!(prompt_cache_block.check)(&cache, &c)), check_contains(c.what, "twice");
    struct fault fault;
    struct input input;
    const struct param *ttl = value_row(&prompt_cache_block, "ttl"), *rules = value_row(&prompt_cache_block, "rules");
    check(!value_read(ttl, "-5min", &cache, &input, &fault)), check_contains(fault.what, "out of range");
    check(!value_read(ttl, "0s", &cache, &input, &fault));
    check(!value_read(rules, "bedrock-clade", &cache, &input, &fault)), check_contains(fault.hint, "bedrock-claude");
}

static const struct test tests[] = {
    {"one write and reads save what AWS's table says", one_write_and_reads_save_what_the_table_says, FAST},
    {"ten turns 6 s apart save what was measured", ten_turns_six_seconds_apart_save_what_was_measured, FAST},
    {"three calls within a second are three writes", three_calls_within_a_second_are_three_writes, FAST},
    {"a cache point in Nova's tools fails the call", a_cache_point_in_novas_tools_fails_the_call, FAST},
    {"an entry of age ttl is alive, and each use renews it", an_entry_of_age_ttl_is_alive_and_each_use_renews_it, FAST},
    {"a prefix below the minimum is plain", a_prefix_below_the_minimum_is_plain_and_leaves_nothing, FAST},
    {"Poisson calls cost what the closed form says", poisson_calls_cost_what_the_closed_form_says, FAST},
    {"5 min and 1 h break even where they should", five_minutes_and_one_hour_break_even_where_they_should, FAST},
    {"pools split the traffic and affinity mends it", pools_split_the_traffic_and_affinity_mends_it, FAST},
    {"even calls in closed form equal the events", even_calls_in_closed_form_equal_the_events, FAST},
    {"storage is paid while an entry lives", storage_is_paid_while_an_entry_lives, FAST},
    {"the hourly form follows a day within a point", the_hourly_form_follows_a_day, FAST},
    {"shorter steps give the same sums", shorter_steps_give_the_same_sums, FAST},
    {"a memory that is too short is told", a_memory_that_is_too_short_is_told, FAST},
    {"silence cools a state, a new model starts cold", silence_cools_a_state_and_a_new_model_starts_cold, FAST},
    {"every rule says where it comes from", every_rule_says_where_it_comes_from, FAST},
    {"minima are found by the model's name", minima_are_found_by_the_models_name, FAST},
    {"what the block says goes before the rules", what_the_block_says_goes_before_the_rules, FAST},
    {"a block that says too little or too much is refused", a_block_that_says_too_little_or_too_much_is_refused, FAST},
};

TEST_MAIN("prompt_cache", tests)

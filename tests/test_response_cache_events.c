/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms: Jung, Berger, Balakrishnan, "Modeling TTL-based Internet caches" (INFOCOM 2003); Che, Tung, Wang,
 * "Hierarchical Web caching systems" (2002). z within 4.5 in 28 comparisons: a false alarm
 * once in 5,000; the
 * standard error has its own bound, so that a large one cannot pass. */
#include "models/response_cache_events.h"

#include "cache_driver.h"

static void close_to(struct share got, double want, const char *file, int line, double x)
{
    const double z = (got.mean - want) / got.error;
    check_at(fabs(z) <= 4.5 && got.error < 0.002, file, line, "at %g: got %.5f +- %.5f, want %.5f, z %.2f", x, got.mean,
             got.error, want, z);
}

static const double loads[] = {0.05, 0.5, 2, 6};

/* 1000 prompts, all alike: lambda T is the expected calls per prompt and TTL. Measured after `warm` TTLs. */
static struct world alike(double load, double ttl_s)
{
    struct world w = world_of(1000, "uniform", ttl_s);
    world_flat(&w, 60, 1000 * load * 3600 / ttl_s);
    return w;
}

static void ttl_from_write_has_its_closed_form(void)
{
    for (int i = 0; i < 4; i++) {
        struct world w = alike(loads[i], 3600);
        close_to(world_hit_share(&w, 12, 30), loads[i] / (1 + loads[i]), __FILE__, __LINE__, loads[i]);
        w.rules.ttl_from = CACHE_TTL_FROM_LAST_READ;
        close_to(world_hit_share(&w, 12, 30), -expm1(-loads[i]), __FILE__, __LINE__, loads[i]);
    }
}

/* Latency a fifth of the TTL. Where the later of the fills under way resets the expiry, the entry lasts longer by the
 * mean age A of the last of them, E A = L - (1 - e^-lL)/l. */
static void fill_latency_has_its_closed_forms(void)
{
    for (int i = 0; i < 4; i++) {
        struct world w = alike(loads[i], 3600);
        const double lt = loads[i], ll = lt / 5, la = ll + expm1(-ll);
        w.latency_ns = 720 * NS_PER_S;
        close_to(world_hit_share(&w, 12, 30), lt / (1 + lt + ll), __FILE__, __LINE__, lt);
        w.rules.overwrite = CACHE_RESETS_EXPIRY;
        close_to(world_hit_share(&w, 12, 30), (lt + la) / (1 + lt + la + ll), __FILE__, __LINE__, lt);
        w.rules.coalesce = 1;
        close_to(world_hit_share(&w, 12, 30), (lt + ll) / (1 + lt + ll), __FILE__, __LINE__, lt);
        w.rules.ttl_from = CACHE_TTL_FROM_LAST_READ;
        close_to(world_hit_share(&w, 12, 30), 1 - 1 / (ll + exp(lt)), __FILE__, __LINE__, lt);
        w.rules.coalesce = 0;
        close_to(world_hit_share(&w, 12, 30), expm1(lt) / (ll + exp(lt)), __FILE__, __LINE__, lt);
    }
}

/* One prompt in a box: entries of key 0 and 1. */
struct box {
    struct driver d;
    struct world w;
    struct cache_call call;
};

static void box_open(struct box *b, double ttl_s)
{
    b->w = world_of(8, "uniform", ttl_s);
    memset(&b->call, 0, sizeof b->call);
    b->call.grace = cache_no_window();
}

static void box_begin(struct box *b)
{
    driver_open(&b->d, &b->w);
    cache_events_init(&b->d.cache, &b->w.rules, b->d.entries, b->d.nodes, 8, 2, 1);
}

static int box_ask(struct box *b, uint32_t place, uint32_t generation, double at_s)
{
    const struct cache_luck luck = {{1, 0}, 1, 0};
    const struct prompt prompt = {place, generation};
    struct hour_counts counts;
    memset(&counts, 0, sizeof counts);
    b->call.now_ns = (int64_t)(at_s * NS_PER_S);
    driver_end_fills(&b->d, b->call.now_ns);
    return driver_call(&b->d, prompt, b->call, luck, &counts).kind;
}

static double periodic_share(double ttl_s, double period_s, double latency_s, int from_last_read)
{
    struct box b;
    int hits = 0;
    box_open(&b, ttl_s);
    b.w.latency_ns = (int64_t)(latency_s * NS_PER_S);
    b.w.rules.ttl_from = from_last_read;
    box_begin(&b);
    for (int i = 0; i < 2520; i++)
        hits += box_ask(&b, 3, 0, i * period_s) == CACHE_HIT;
    driver_close(&b.d);
    return hits / 2520.0;
}

/* floor(T/P) / (1 + floor(T/P)); T a multiple of P: age exactly T is valid, and one nanosecond less is a period less.
 * With a latency the age at the next ask is P - L. */
static void periodic_asks_have_their_closed_form(void)
{
    check_rel(periodic_share(24, 24, 0, 0), 0.5, 1e-12);
    check_rel(periodic_share(24 - 1e-9, 24, 0, 0), 0, 0);
    check_rel(periodic_share(24 - 1e-9, 24, 1, 0), 0.5, 1e-12);
    check_rel(periodic_share(72, 24, 0, 0), 0.75, 1e-12);
    check_rel(periodic_share(72 - 1e-9, 24, 0, 0), 2 / 3.0, 1e-12);
    check_rel(periodic_share(83, 24, 0, 0), 0.75, 1e-12);
    check_rel(periodic_share(24, 24, 0, 1), 2519 / 2520.0, 1e-12);
    check_rel(periodic_share(24 - 1e-9, 24, 0, 1), 0, 0);
}

static void concurrent_misses_fill_once_only_if_coalesced(void)
{
    for (int coalesce = 0; coalesce < 2; coalesce++) {
        struct box b;
        box_open(&b, 100);
        b.w.latency_ns = 5 * NS_PER_S;
        b.w.rules.coalesce = coalesce;
        box_begin(&b);
        check_i64(box_ask(&b, 2, 7, 10), CACHE_MISS);
        for (int i = 1; i < 10; i++)
            check_i64(box_ask(&b, 2, 7, 10 + 0.5 * i), coalesce ? CACHE_WAIT : CACHE_MISS);
        check_u64(b.d.fills_to, coalesce ? 1 : 10);
        check_i64(box_ask(&b, 2, 8, 14.7), CACHE_MISS); /* another prompt in the place */
        check_i64(box_ask(&b, 2, 7, 15), CACHE_HIT);
        driver_close(&b.d);
    }
}

static void an_overwrite_keeps_or_resets_the_expiry(void)
{
    for (int resets = 0; resets < 2; resets++) {
        struct box b;
        box_open(&b, 100);
        b.w.latency_ns = 5 * NS_PER_S;
        b.w.rules.overwrite = resets;
        box_begin(&b);
        box_ask(&b, 1, 0, 0), box_ask(&b, 1, 0, 4); /* written at 5 and at 9 */
        check_i64(box_ask(&b, 1, 0, 105), CACHE_HIT);
        check_i64(box_ask(&b, 1, 0, 105.5), resets ? CACHE_HIT : CACHE_MISS);
        check_i64(box_ask(&b, 1, 0, 109.5), CACHE_MISS);
        driver_close(&b.d);
    }
}

static void a_late_answer_to_an_older_prompt_is_not_stored(void)
{
    struct box b;
    box_open(&b, 100);
    b.w.latency_ns = 5 * NS_PER_S;
    box_begin(&b);
    box_ask(&b, 1, 0, 0);
    const struct cache_answer late = {CACHE_MISS, 0, 0, cache_entry_index(&b.d.cache, 1, 0, 0), 0};
    box_ask(&b, 1, 1, 1);
    check_i64(box_ask(&b, 1, 0, 5.5), CACHE_HIT);
    check_i64(box_ask(&b, 1, 1, 6.5), CACHE_HIT);
    check_i64(box_ask(&b, 1, 0, 6.6), CACHE_MISS);
    cache_fill_end(&b.d.cache, late.entry, 0, 7 * NS_PER_S);
    check_i64(box_ask(&b, 1, 1, 7.5), CACHE_HIT);
    driver_close(&b.d);
}

static void a_failed_fill_frees_its_waiters(void)
{
    struct box b;
    box_open(&b, 100);
    b.w.rules.coalesce = 1;
    b.w.latency_ns = 50 * NS_PER_S;
    box_begin(&b);
    check_i64(box_ask(&b, 1, 0, 0), CACHE_MISS);
    check_i64(box_ask(&b, 1, 0, 1), CACHE_WAIT);
    cache_fill_fail(&b.d.cache, cache_entry_index(&b.d.cache, 1, 0, 0), 0);
    check_i64(box_ask(&b, 1, 0, 2), CACHE_MISS);
    driver_close(&b.d);
}

static void a_restart_loses_every_entry(void)
{
    for (int last_read = 0; last_read < 2; last_read++) {
        struct box b;
        box_open(&b, 1000);
        b.w.rules.restart_every_ns = 60 * NS_PER_S;
        b.w.rules.ttl_from = last_read;
        box_begin(&b);
        check_i64(box_ask(&b, 1, 0, 1), CACHE_MISS);
        check_i64(box_ask(&b, 1, 0, 59.9), CACHE_HIT);
        check_i64(box_ask(&b, 1, 0, 60), CACHE_MISS);
        check_i64(box_ask(&b, 1, 0, 61), CACHE_HIT);
        check_i64(box_ask(&b, 1, 0, 119), CACHE_HIT);
        check_i64(box_ask(&b, 1, 0, 121), CACHE_MISS);
        driver_close(&b.d);
    }
}

static void keys_and_scopes_do_not_see_each_other(void)
{
    struct cache_events cache;
    struct cache_rules rules;
    memset(&rules, 0, sizeof rules);
    rules.ttl_ns = 100;
    void *entries = malloc(cache_entries_bytes(5, 3, 2));
    cache_events_init(&cache, &rules, entries, NULL, 5, 3, 2);
    char seen[30] = {0};
    for (uint32_t place = 0; place < 5; place++)
        for (uint32_t key = 0; key < 3; key++)
            for (uint32_t scope = 0; scope < 2; scope++)
                seen[cache_entry_index(&cache, place, key, scope)]++;
    for (int i = 0; i < 30; i++)
        check_i64(seen[i], 1);
    cache_fill_end(&cache, cache_entry_index(&cache, 2, 1, 1), 0, 5);
    for (uint64_t i = 0; i < 30; i++)
        check_i64(cache_is_live(&cache, &cache.entries[i], 0, 6), i == cache_entry_index(&cache, 2, 1, 1));
    check_u64(sizeof(struct cache_entry), 32);
    free(entries);
}

/* Prompt 1 is known under key 0; the key changes at 50 s, the window is 50 to 60 s. */
static void box_switched(struct box *b, int refresh, double per_s)
{
    box_open(b, 100);
    b->w.latency_ns = 2 * NS_PER_S;
    b->w.rules.refresh = refresh;
    b->w.rules.refresh_per_s = per_s;
    b->w.rules.grace_for_ns = 10 * NS_PER_S;
    box_begin(b);
    for (uint32_t place = 1; place < 5; place++)
        check_i64(box_ask(b, place, 0, 0), CACHE_MISS);
    check_i64(box_ask(b, 1, 0, 49), CACHE_HIT);
    b->call.key = 1;
    b->call.grace = cache_grace_window(&b->w.rules, 50 * NS_PER_S, 52 * NS_PER_S);
}

static void grace_serves_the_old_key_for_a_while(void)
{
    struct box b;
    box_switched(&b, CACHE_REFRESH_NONE, 0);
    check_i64(box_ask(&b, 1, 0, 50), CACHE_STALE);
    check_i64(box_ask(&b, 1, 0, 55), CACHE_STALE);
    check_i64(box_ask(&b, 6, 0, 55), CACHE_MISS); /* never known */
    check_i64(box_ask(&b, 1, 1, 55), CACHE_MISS); /* another prompt in the place */
    check_i64(box_ask(&b, 2, 0, 60), CACHE_STALE);
    check_i64(box_ask(&b, 2, 0, 60.001), CACHE_MISS);
    check_u64(b.d.fills_to, 4 + 3);
    b.call.key = 0; /* a switch back finds what was there */
    b.call.grace = cache_no_window();
    check_i64(box_ask(&b, 3, 0, 70), CACHE_HIT);
    driver_close(&b.d);
}

static void the_window_may_start_with_the_first_use(void)
{
    struct box b;
    box_switched(&b, CACHE_REFRESH_NONE, 0);
    b.w.rules.grace_from = CACHE_GRACE_FROM_FIRST_USE;
    b.call.grace = cache_grace_window(&b.w.rules, 50 * NS_PER_S, 57 * NS_PER_S);
    check_i64(box_ask(&b, 1, 0, 67), CACHE_STALE);
    check_i64(box_ask(&b, 1, 0, 67.001), CACHE_MISS);
    driver_close(&b.d);
}

static void unlimited_refresh_fills_once_at_the_first_touch(void)
{
    struct box b;
    box_switched(&b, CACHE_REFRESH_UNLIMITED, 0);
    check_i64(box_ask(&b, 1, 0, 51), CACHE_STALE);
    check_u64(b.d.fills_to, 5);
    check_i64(box_ask(&b, 1, 0, 52), CACHE_STALE); /* on its way: no second one */
    check_u64(b.d.fills_to, 5);
    check_i64(box_ask(&b, 1, 0, 53), CACHE_HIT);
    check_u64(b.d.fills_to, 5);
    driver_close(&b.d);
}

/* Half a token a second, a bucket of one. */
static void limited_refresh_takes_from_a_bucket(void)
{
    struct box b;
    box_switched(&b, CACHE_REFRESH_LIMITED, 0.5);
    box_ask(&b, 1, 0, 50);
    check_u64(b.d.fills_to, 5);
    box_ask(&b, 2, 0, 50.1), box_ask(&b, 2, 0, 51.9);
    check_u64(b.d.fills_to, 5);
    box_ask(&b, 2, 0, 52);
    check_u64(b.d.fills_to, 6);
    check_i64(box_ask(&b, 3, 0, 53), CACHE_STALE);
    check_u64(b.d.fills_to, 6);
    check_i64(box_ask(&b, 2, 0, 54), CACHE_HIT);
    driver_close(&b.d);
}

/* The population's only other prompts are known under the old key: no neighbour answers under the new one. */
static void neighbours_answer_under_the_same_key_only(void)
{
    struct box b;
    box_switched(&b, CACHE_REFRESH_NONE, 0);
    b.d.cache.rules.similar_share = 1;
    b.call.grace = cache_no_window();
    b.call.old_key = 0;
    for (uint32_t place = 0; place < 8; place++)
        check_i64(box_ask(&b, place, 0, 50 + 0.1 * place), CACHE_MISS);
    check_i64(box_ask(&b, 0, 1, 60), CACHE_SIMILAR); /* a new prompt; the others have been filled */
    driver_close(&b.d);
}

static struct world switched(int refresh, double per_s)
{
    struct world w = world_of(3000, "zipf 0.9", 24 * 3600);
    world_flat(&w, 30, 6000);
    w.switch_ns = 20 * DRIVER_HOUR_NS;
    w.rules.grace_for_ns = 2 * DRIVER_HOUR_NS;
    w.rules.refresh = refresh, w.rules.refresh_per_s = per_s;
    return w;
}

/* With latency 0 and unlimited refresh a stale answer fills exactly where a miss would have: call by call. */
static void unlimited_refresh_leaves_the_fills_as_they_were(void)
{
    struct hour_counts with[30], without[30];
    struct world w = switched(CACHE_REFRESH_UNLIMITED, 0);
    world_run(&w, 3, with);
    w.rules.grace_for_ns = 0;
    world_run(&w, 3, without);
    double stale = 0;
    for (int h = 0; h < 30; h++) {
        check_rel(with[h].fills, without[h].fills, 0);
        stale += with[h].of[CACHE_STALE];
    }
    check(stale > 5000);
}

static double peak_per_minute(struct world w)
{
    struct driver d;
    struct hour_counts counts[30];
    static double minutes[30 * 60];
    double peak = 0;
    memset(minutes, 0, sizeof minutes), memset(counts, 0, sizeof counts);
    driver_open(&d, &w);
    d.fills_by_minute = minutes;
    for (uint32_t r = 0; r < 10; r++)
        driver_run(&d, r, counts);
    driver_close(&d);
    for (int m = 20 * 60; m < 30 * 60; m++)
        peak = minutes[m] > peak ? minutes[m] : peak;
    return peak / 10;
}

static void only_a_limited_refresh_makes_a_ramp_of_the_cliff(void)
{
    struct world none = switched(CACHE_REFRESH_UNLIMITED, 0);
    none.rules.grace_for_ns = 0;
    const double cliff = peak_per_minute(none);
    check_rel(peak_per_minute(switched(CACHE_REFRESH_UNLIMITED, 0)), cliff, 1e-12);
    check(peak_per_minute(switched(CACHE_REFRESH_LIMITED, 0.3)) < 0.5 * cliff);
    check(peak_per_minute(switched(CACHE_REFRESH_NONE, 0)) > 0.7 * cliff); /* the same step, when the window ends */
}

/* Hits of neighbours: (misses that look) x similar x sum q F. All alike and always full: every entry is live but the
 * asked one, so bypass and semantic shares are exact binomials. */
static void bypass_and_neighbours_have_their_shares(void)
{
    struct world w = world_of(2000, "uniform", 1e6);
    world_flat(&w, 12, 30000);
    w.population.renewed_every_ns = 40 * 3600 * NS_PER_S;
    w.rules.bypass_share = 0.17, w.rules.similar_share = 0.6, w.rules.wrong_share = 0.25;
    struct hour_counts counts[12], sum;
    memset(&sum, 0, sizeof sum);
    world_run(&w, 8, counts);
    for (int h = 4; h < 12; h++) {
        sum.calls += counts[h].calls, sum.wrong += counts[h].wrong;
        for (int k = 0; k < CACHE_ANSWERS; k++)
            sum.of[k] += counts[h].of[k];
    }
    check_abs(sum.of[CACHE_BYPASS] / sum.calls, 0.17, 4 * sqrt(0.17 * 0.83 / sum.calls));
    const double looked = sum.of[CACHE_SIMILAR] + sum.of[CACHE_MISS];
    const double live = sum.of[CACHE_HIT] / (sum.of[CACHE_HIT] + looked); /* what a uniform draw finds live */
    check(looked > 3000);
    check_abs(sum.of[CACHE_SIMILAR] / looked, 0.6 * live, 4 * sqrt(0.24 / looked));
    check_abs(sum.wrong / sum.of[CACHE_SIMILAR], 0.25, 4 * sqrt(0.1875 / sum.of[CACHE_SIMILAR]));
    check_rel(sum.of[CACHE_WAIT] + sum.of[CACHE_STALE], 0, 0);
}

static const struct test tests[] = {
    {"a TTL from the write hits lT/(1+lT), from the last read 1-e^-lT", ttl_from_write_has_its_closed_form, FAST},
    {"fill latency, coalesced and not, has its closed forms", fill_latency_has_its_closed_forms, FAST},
    {"periodic asks hit floor(T/P)/(1+floor(T/P)), on both sides of a multiple", periodic_asks_have_their_closed_form,
     FAST},
    {"concurrent misses fill once if coalesced, each if not", concurrent_misses_fill_once_only_if_coalesced, FAST},
    {"an overwrite keeps or resets the expiry", an_overwrite_keeps_or_resets_the_expiry, FAST},
    {"a late answer to an older prompt of the place is not stored", a_late_answer_to_an_older_prompt_is_not_stored,
     FAST},
    {"a failed fill frees those who would wait for it", a_failed_fill_frees_its_waiters, FAST},
    {"a restart loses every entry", a_restart_loses_every_entry, FAST},
    {"keys and scopes do not see each other", keys_and_scopes_do_not_see_each_other, FAST},
    {"grace serves the old key for a while, and a switch back finds it", grace_serves_the_old_key_for_a_while, FAST},
    {"the window may start with the first use", the_window_may_start_with_the_first_use, FAST},
    {"unlimited refresh fills once, at the first touch", unlimited_refresh_fills_once_at_the_first_touch, FAST},
    {"limited refresh takes from a bucket", limited_refresh_takes_from_a_bucket, FAST},
    {"unlimited refresh leaves every fill where it was", unlimited_refresh_leaves_the_fills_as_they_were, FAST},
    {"only a limited refresh makes a ramp of the cliff", only_a_limited_refresh_makes_a_ramp_of_the_cliff, FAST},
    {"neighbours answer under the same key only", neighbours_answer_under_the_same_key_only, FAST},
    {"bypass, neighbours and wrong answers have their shares", bypass_and_neighbours_have_their_shares, FAST},
};
TEST_MAIN("response_cache_events", tests)

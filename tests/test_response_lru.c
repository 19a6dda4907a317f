/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/response_lru.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cache_driver.h"
#include "harness.h"

/* The obvious twin: an array, searched. */
struct slow {
    uint64_t entry[64];
    int64_t used[64], written[64];
    int n, capacity;
};

static int slow_find(const struct slow *s, uint64_t entry)
{
    for (int i = 0; i < s->n; i++)
        if (s->entry[i] == entry) return i;
    return -1;
}

static uint64_t slow_take(struct slow *s, uint64_t entry, int64_t clock, int64_t now_ns, int64_t dead_before_ns)
{
    int leaves = s->n;
    uint64_t evicted = LRU_NO_ENTRY;
    if (s->n == s->capacity) {
        int oldest = 0, coldest = 0;
        for (int i = 1; i < s->n; i++) {
            if (s->written[i] < s->written[oldest]) oldest = i;
            if (s->used[i] < s->used[coldest]) coldest = i;
        }
        leaves = s->written[oldest] < dead_before_ns ? oldest : coldest;
        evicted = s->entry[leaves];
    } else {
        s->n++;
    }
    s->entry[leaves] = entry;
    s->used[leaves] = clock, s->written[leaves] = now_ns;
    return evicted;
}

/* 200,000 random operations; time moves in every one, so that written times differ. */
static void lists_equal_a_searched_array(void)
{
    struct lru lru;
    struct lru_node nodes[64];
    struct slow slow;
    uint32_t node_of[200];
    uint64_t random = 5;
    for (int capacity = 1; capacity <= 64; capacity += 21) {
        memset(&slow, 0, sizeof slow);
        slow.capacity = capacity;
        lru_init(&lru, nodes, (uint32_t)capacity);
        for (int64_t now = 1; now < 50000; now++) {
            const uint64_t entry = test_random(&random) % 200;
            const int at = slow_find(&slow, entry), what = (int)(test_random(&random) % 8);
            if (at >= 0 && what == 0) {
                lru_orphan(&lru, node_of[entry]);
                slow.entry[at] = LRU_NO_ENTRY;
            } else if (at >= 0 && what == 1) {
                lru_write(&lru, node_of[entry], now);
                slow.written[at] = now;
            } else if (at >= 0) {
                lru_touch(&lru, node_of[entry]);
                slow.used[at] = now;
            } else {
                uint64_t evicted;
                const int64_t dead_before = what < 4 ? now - 150 : 0;
                node_of[entry] = lru_take(&lru, entry, now, dead_before, &evicted);
                if (!check_u64(evicted, slow_take(&slow, entry, now, now, dead_before))) return;
            }
        }
    }
}

/* Che's approximation: 1 - e^(-q L tC) with the sum over all prompts equal to the capacity, by bisection. */
static double che(const double *q, int n, double capacity)
{
    double low = 0, high = 1, sum, hits;
    for (int step = 0; step < 300; step++) {
        const double t = step < 100 ? high : (low + high) / 2;
        sum = 0;
        for (int i = 0; i < n; i++)
            sum += -expm1(-q[i] * t);
        if (step < 100) {
            if (sum < capacity) low = high, high *= 2;
        } else if (sum < capacity) {
            low = t;
        } else {
            high = t;
        }
    }
    hits = 0;
    for (int i = 0; i < n; i++)
        hits += q[i] * -expm1(-q[i] * low);
    return hits;
}

/* Zipf 0.6 to 1.2, 1,000 and 10,000 prompts: within half a point, the standard error below a tenth of one. */
static void hit_shares_are_within_half_a_point_of_ches(void)
{
    const char *const laws[] = {"zipf 0.6", "zipf 0.8", "zipf 1.0", "zipf 1.2"};
    const double exponents[] = {0.6, 0.8, 1.0, 1.2};
    const int sizes[] = {1000, 10000}, capacities[] = {10, 50, 200, 700, 3000};
    for (int l = 0; l < 4; l++)
        for (int k = 0; k < 2; k++) {
            const int n = sizes[k];
            double *q = malloc((size_t)n * sizeof *q), total = 0;
            for (int i = 0; i < n; i++)
                total += q[i] = pow(i + 1, -exponents[l]);
            for (int i = 0; i < n; i++)
                q[i] /= total;
            for (int c = 0; c < 5 && capacities[c] < n; c++) {
                struct world w = world_of(n, laws[l], 1e8);
                w.rules.capacity = (uint64_t)capacities[c];
                world_flat(&w, 4, 20 * n);
                const struct share got = world_hit_share(&w, n == 1000 ? 6 : 2, 1);
                check_at(fabs(got.mean - che(q, n, capacities[c])) < 0.005 && got.error < 0.002, __FILE__, __LINE__,
                         "%s of %d, capacity %d: %.4f +- %.4f, Che %.4f", laws[l], n, capacities[c], got.mean,
                         got.error, che(q, n, capacities[c]));
            }
            free(q);
        }
}

/* 3 nodes; an expired entry leaves before the least recently used. */
static void an_expired_entry_leaves_first(void)
{
    struct world w = world_of(8, "uniform", 100);
    w.rules.capacity = 3;
    struct driver d;
    driver_open(&d, &w);
    cache_events_init(&d.cache, &w.rules, d.entries, d.nodes, 8, 2, 1);
    const uint64_t s = NS_PER_S;
    for (uint64_t place = 0; place < 3; place++)
        cache_fill_end(&d.cache, cache_entry_index(&d.cache, place, 0, 0), 0, (int64_t)(place * 10 * s));
    cache_read(&d.cache, &d.cache.entries[cache_entry_index(&d.cache, 0, 0, 0)], (int64_t)(90 * s));
    cache_fill_end(&d.cache, cache_entry_index(&d.cache, 5, 0, 0), 0, (int64_t)(101 * s)); /* 0 expired at 100 */
    check(cache_is_live(&d.cache, &d.cache.entries[cache_entry_index(&d.cache, 1, 0, 0)], 0, (int64_t)(101 * s)));
    check_u64(d.cache.entries[cache_entry_index(&d.cache, 0, 0, 0)].stored, 0);
    cache_fill_end(&d.cache, cache_entry_index(&d.cache, 6, 0, 0), 0, (int64_t)(102 * s)); /* now 1: least recent */
    check_u64(d.cache.entries[cache_entry_index(&d.cache, 1, 0, 0)].stored, 0);
    check(cache_is_live(&d.cache, &d.cache.entries[cache_entry_index(&d.cache, 2, 0, 0)], 0, (int64_t)(102 * s)));
    driver_close(&d);
}

/* The place has a new prompt: its old one keeps its node until that leaves. */
static void an_orphan_fills_a_node_until_it_leaves(void)
{
    struct world w = world_of(8, "uniform", 1e6);
    w.rules.capacity = 2;
    struct driver d;
    driver_open(&d, &w);
    cache_events_init(&d.cache, &w.rules, d.entries, d.nodes, 8, 2, 1);
    const uint64_t one = cache_entry_index(&d.cache, 1, 0, 0), two = cache_entry_index(&d.cache, 2, 0, 0);
    cache_fill_end(&d.cache, one, 0, 1);
    cache_fill_end(&d.cache, one, 1, 2); /* two nodes: the orphan and this one */
    check_u64(d.cache.lru.used, 2);
    cache_fill_end(&d.cache, two, 0, 3); /* the orphan leaves, the entry of `one` stays */
    check(cache_is_live(&d.cache, &d.cache.entries[one], 1, 4));
    check(cache_is_live(&d.cache, &d.cache.entries[two], 0, 4));
    driver_close(&d);
}

static const struct test tests[] = {
    {"the lists equal an array that is searched", lists_equal_a_searched_array, FAST},
    {"hit shares are within half a point of Che's approximation", hit_shares_are_within_half_a_point_of_ches, FAST},
    {"an expired entry leaves before the least recently used", an_expired_entry_leaves_first, FAST},
    {"an orphan fills its node until it leaves", an_orphan_fills_a_node_until_it_leaves, FAST},
};
TEST_MAIN("response_lru", tests)

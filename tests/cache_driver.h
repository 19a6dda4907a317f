/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small world around a response cache, for tests: Poisson calls at a rate that is constant within each hour, prompts
 * drawn by popularity, fills of constant latency, one switch of the key. Counts by hour, over many replications. */
#ifndef FLOE_TESTS_CACHE_DRIVER_H
#define FLOE_TESTS_CACHE_DRIVER_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/response_cache_events.h"

#define DRIVER_HOUR_NS (3600 * NS_PER_S)
#define DRIVER_HOURS_MOST 400

struct world {
    struct cache_rules rules;
    struct prompt_population population;
    double per_hour[DRIVER_HOURS_MOST]; /* calls */
    int32_t hours;
    int64_t latency_ns;
    int64_t switch_ns;    /* from then on key 1; INT64_MAX: never */
    int64_t first_use_ns; /* assumed of a window from the first use; -1: the first call's */
};

struct hour_counts {
    double of[CACHE_ANSWERS];
    double wrong, refreshes, fills, calls;
};

struct world_fill {
    uint64_t entry;
    uint32_t generation;
    int64_t at_ns;
};

struct driver {
    const struct world *world;
    struct cache_events cache;
    struct floe_zipf *zipf;
    void *entries, *nodes;
    struct world_fill *fills; /* a ring: constant latency, so they end in the order in which they began */
    uint32_t fills_from, fills_to, fills_mask;
    double *fills_by_minute; /* or null: fills that began in each minute */
};

static inline struct world world_of(double places, const char *popularity, double ttl_s)
{
    struct world w;
    struct prompts p;
    memset(&w, 0, sizeof w);
    memset(&p, 0, sizeof p);
    p.distinct = (int64_t)places, p.set = p.new_each_run = -1, p.renewed_every_s = PARAM_ABSENT;
    snprintf(p.popularity, sizeof p.popularity, "%s", popularity);
    prompts_derive(&p, &w.population);
    w.rules.ttl_ns = (int64_t)(ttl_s * NS_PER_S + 0.5);
    w.switch_ns = INT64_MAX;
    w.first_use_ns = -1;
    return w;
}

static inline void world_flat(struct world *w, int32_t hours, double per_hour)
{
    w->hours = hours;
    for (int32_t h = 0; h < hours; h++)
        w->per_hour[h] = per_hour;
}

static inline void driver_open(struct driver *d, const struct world *w)
{
    memset(d, 0, sizeof *d);
    d->world = w;
    if (prompts_table_bytes(&w->population) > 0)
        d->zipf = floe_zipf_init(malloc(prompts_table_bytes(&w->population)), w->population.places,
                                 w->population.exponent);
    d->entries = malloc(cache_entries_bytes(w->population.places, 2, 1));
    d->nodes = malloc(cache_nodes_bytes(&w->rules) + 1);
    d->fills_mask = (1u << 20) - 1;
    d->fills = malloc((d->fills_mask + 1) * sizeof *d->fills);
}

static inline void driver_close(struct driver *d)
{
    free(d->zipf), free(d->entries), free(d->nodes), free(d->fills);
}

static inline void driver_end_fills(struct driver *d, int64_t until_ns)
{
    while (d->fills_from != d->fills_to && d->fills[d->fills_from & d->fills_mask].at_ns <= until_ns) {
        const struct world_fill *fill = &d->fills[d->fills_from++ & d->fills_mask];
        cache_fill_end(&d->cache, fill->entry, fill->generation, fill->at_ns);
    }
}

static inline void driver_begin_fill(struct driver *d, struct cache_answer answer, uint32_t generation, int64_t now_ns)
{
    struct world_fill *fill = &d->fills[d->fills_to++ & d->fills_mask];
    fill->entry = answer.entry, fill->generation = generation, fill->at_ns = now_ns + d->world->latency_ns;
    if (!check(d->fills_to - d->fills_from <= d->fills_mask)) exit(1);
    cache_fill_begin(&d->cache, answer.entry, generation, fill->at_ns);
    if (d->fills_by_minute != NULL) d->fills_by_minute[now_ns / (60 * NS_PER_S)] += 1;
}

static inline struct cache_answer driver_call(struct driver *d, struct prompt prompt, struct cache_call call,
                                              struct cache_luck luck, struct hour_counts *counts)
{
    const struct cache_neighbours neighbours = {&d->world->population, d->zipf, 0, 0};
    call.place = prompt.place, call.generation = prompt.generation;
    const struct cache_answer answer = cache_ask(&d->cache, &call, &neighbours, luck);
    counts->calls += 1;
    counts->of[answer.kind] += 1;
    counts->wrong += answer.is_wrong;
    counts->refreshes += answer.wants_refresh;
    if (answer.kind == CACHE_MISS || answer.wants_refresh) {
        counts->fills += 1;
        driver_begin_fill(d, answer, prompt.generation, call.now_ns);
    }
    return answer;
}

/* Adds one replication to counts[hours]. */
static inline void driver_run(struct driver *d, uint32_t replication, struct hour_counts *counts)
{
    const struct world *w = d->world;
    const struct floe_rng rng = {4711, replication};
    struct floe_stream gaps = floe_stream_at(rng, 1, 0), ranks = floe_stream_at(rng, 2, 0);
    struct cache_luck luck = {rng, 3, 0};
    struct cache_call call;
    double target = 0, before = 0;
    int32_t hour = 0;
    memset(&call, 0, sizeof call);
    call.grace = cache_no_window();
    cache_events_init(&d->cache, &w->rules, d->entries, d->nodes, w->population.places, 2, 1);
    d->fills_from = d->fills_to = 0;
    for (;; luck.call++) {
        target += floe_draw_exponential(floe_stream_uniform(&gaps));
        while (hour < w->hours && target >= before + w->per_hour[hour])
            before += w->per_hour[hour++];
        if (hour == w->hours) return;
        call.now_ns = hour * DRIVER_HOUR_NS + (int64_t)((target - before) / w->per_hour[hour] * DRIVER_HOUR_NS);
        driver_end_fills(d, call.now_ns);
        if (call.now_ns >= w->switch_ns && call.key == 0) {
            call.key = 1;
            call.grace = cache_grace_window(&w->rules, w->switch_ns,
                                            w->first_use_ns < 0 ? call.now_ns : w->first_use_ns);
        }
        driver_call(d, prompts_draw(&w->population, d->zipf, floe_stream_uniform(&ranks), call.now_ns), call, luck,
                    &counts[hour]);
    }
}

static inline double hits_of(const struct hour_counts *c)
{
    return c->of[CACHE_HIT] + c->of[CACHE_WAIT] + c->of[CACHE_SIMILAR];
}

/* Runs n replications; counts[hours] is set. */
static inline void world_run(const struct world *w, uint32_t n, struct hour_counts *counts)
{
    struct driver d;
    memset(counts, 0, (size_t)w->hours * sizeof *counts);
    driver_open(&d, w);
    for (uint32_t r = 0; r < n; r++)
        driver_run(&d, r, counts);
    driver_close(&d);
}

/* Hit share from hour `from` on, with its standard error over replications. */
struct share {
    double mean, error;
};
static inline struct share world_hit_share(const struct world *w, uint32_t n, int32_t from)
{
    struct driver d;
    double sum = 0, squares = 0;
    driver_open(&d, w);
    for (uint32_t r = 0; r < n; r++) {
        struct hour_counts counts[DRIVER_HOURS_MOST];
        double hits = 0, calls = 0;
        memset(counts, 0, sizeof counts);
        driver_run(&d, r, counts);
        for (int32_t h = from; h < w->hours; h++)
            hits += hits_of(&counts[h]), calls += counts[h].calls;
        const double x = hits / calls;
        sum += x, squares += x * x;
    }
    driver_close(&d);
    const struct share share = {sum / n, sqrt((squares / n - sum / n * sum / n) / (n - 1))};
    return share;
}

#endif

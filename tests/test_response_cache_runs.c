/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs of a set: nothing is random, so the expectations equal the events to the last call, wherever no doubt is raised.
 * Limited refreshes, bypass and neighbours are compared within their spread. */
#include "models/response_cache_runs.h"

#include "cache_driver.h"

struct plan_of_runs {
    struct world w;
    int runs, switch_run, back_run; /* key 1 from switch_run on, key 0 again from back_run on */
    int64_t period_ns, lasts_ns;
};

static struct plan_of_runs plan_of(double set, double fresh, double ttl_h, double period_h)
{
    struct plan_of_runs p;
    struct prompts raw;
    memset(&p, 0, sizeof p), memset(&raw, 0, sizeof raw);
    raw.distinct = -1, raw.set = (int64_t)set, raw.new_each_run = (int64_t)fresh;
    raw.renewed_every_s = PARAM_ABSENT;
    prompts_derive(&raw, &p.w.population);
    p.w.rules.ttl_ns = (int64_t)(ttl_h * 3600e9);
    p.period_ns = (int64_t)(period_h * 3600e9), p.lasts_ns = DRIVER_HOUR_NS * 3 / 2;
    p.w.latency_ns = 2 * NS_PER_S;
    p.runs = 40, p.switch_run = p.back_run = 1000;
    return p;
}

static int key_of(const struct plan_of_runs *p, int run)
{
    return run >= p->switch_run && run < p->back_run;
}

static struct cache_window window_of(const struct plan_of_runs *p, int run)
{
    if (run < p->switch_run || run >= p->back_run) return cache_no_window();
    return cache_grace_window(&p->w.rules, p->switch_run * p->period_ns, p->switch_run * p->period_ns);
}

static void events_of(const struct plan_of_runs *p, struct hour_counts *counts)
{
    struct driver d;
    const uint64_t set = p->w.population.places;
    struct cache_luck luck = {{99, 0}, 1, 0};
    driver_open(&d, &p->w);
    cache_events_init(&d.cache, &p->w.rules, d.entries, d.nodes, set, 2, 1);
    memset(counts, 0, (size_t)p->runs * sizeof *counts);
    for (int run = 0; run < p->runs; run++)
        for (uint64_t j = 0; j < set; j++, luck.call++) {
            const struct cache_neighbours neighbours = {&p->w.population, NULL, 0, (uint64_t)run};
            struct cache_call call;
            memset(&call, 0, sizeof call);
            call.now_ns = run * p->period_ns + p->lasts_ns / (int64_t)set * (int64_t)j;
            call.key = (uint32_t)key_of(p, run), call.old_key = 0, call.grace = window_of(p, run);
            const struct prompt prompt = prompts_of_run(&p->w.population, (uint64_t)run, j);
            call.place = prompt.place, call.generation = prompt.generation;
            driver_end_fills(&d, call.now_ns);
            const struct cache_answer answer = cache_ask(&d.cache, &call, &neighbours, luck);
            counts[run].calls += 1, counts[run].of[answer.kind] += 1;
            counts[run].refreshes += answer.wants_refresh;
            if (answer.kind == CACHE_MISS || answer.wants_refresh)
                driver_begin_fill(&d, answer, prompt.generation, call.now_ns);
        }
    driver_close(&d);
}

static void check_runs(const struct plan_of_runs *p, double tolerance, const char *what)
{
    struct hour_counts counts[64];
    struct cache_runs cells[2];
    const double set = p->w.population.places;
    memset(cells, 0, sizeof cells);
    events_of(p, counts);
    for (int run = 0; run < p->runs; run++) {
        struct cache_run_load load;
        memset(&load, 0, sizeof load);
        load.run = (uint64_t)run, load.at_ns = run * p->period_ns, load.lasts_ns = p->lasts_ns;
        load.latency_ns = p->w.latency_ns;
        load.grace_share = cache_run_in_window(window_of(p, run), load.at_ns, load.lasts_ns);
        load.refresh_per_s = p->w.rules.refresh_per_s;
        load.old = key_of(p, run) ? &cells[0] : NULL;
        const struct cache_run_shares s = cache_runs_step(&cells[key_of(p, run)], &p->w.rules, &p->w.population, &load);
        const double g = load.grace_share;
        const double hits = set *
                            (g * (s.inside.hits + s.inside.similar) + (1 - g) * (s.outside.hits + s.outside.similar));
        const double stale = set * (g * s.inside.stale + (1 - g) * s.outside.stale);
        const double misses = set * (g * s.inside.misses + (1 - g) * s.outside.misses);
        const int good = fabs(hits - hits_of(&counts[run])) <= tolerance &&
                         fabs(stale - counts[run].of[CACHE_STALE]) <= tolerance &&
                         fabs(misses - counts[run].of[CACHE_MISS]) <= tolerance &&
                         fabs(set * g * s.inside.refreshes - counts[run].refreshes) <= tolerance;
        check_rel(s.inside.hits + s.inside.similar + s.inside.stale + s.inside.misses + s.inside.bypassed, 1, 1e-12);
        if (!check_at(good, __FILE__, __LINE__, "%s, run %d: hits %g, stale %g, misses %g, expected %.2f, %.2f, %.2f",
                      what, run, hits_of(&counts[run]), counts[run].of[CACHE_STALE], counts[run].of[CACHE_MISS], hits,
                      stale, misses))
            return;
        if (tolerance < 0.01) check_u64(s.inside.doubt, 0);
    }
}

static void runs_equal_the_events_to_the_call(void)
{
    const double sets[][2] = {{600, 29}, {600, 0}, {600, 600}, {601, 200}};
    const double ttls_h[] = {1.6, 23.9, 24, 24.1, 47.9995, 48, 71.9994, 72, 100, 2000};
    for (int k = 0; k < 4; k++)
        for (int t = 0; t < 10; t++)
            for (int from = 0; from < 2; from++) {
                struct plan_of_runs p = plan_of(sets[k][0], sets[k][1], ttls_h[t], 24);
                p.w.rules.ttl_from = from;
                check_runs(&p, 1e-6, "plain");
                p.switch_run = 17, p.back_run = 20;
                check_runs(&p, 1e-6, "there and back");
                p.w.rules.restart_every_ns = (int64_t)(60 * 3600e9);
                if (k == 1) check_runs(&p, 1e-6, "restarts");
            }
}

/* TTL 24 h, a run a day: of age exactly T is a hit. With a latency L the entry is only P - L old. */
static void periodic_runs_have_their_closed_form(void)
{
    const double ttls_ns[] = {-1, 0, 1};
    for (int latency = 0; latency < 2; latency++)
        for (int multiple = 1; multiple <= 3; multiple++)
            for (int i = 0; i < 3; i++) {
                struct plan_of_runs p = plan_of(100, 0, 24 * multiple, 24);
                struct cache_runs cell;
                double hits = 0;
                memset(&cell, 0, sizeof cell);
                p.w.rules.ttl_ns += (int64_t)ttls_ns[i] - latency * 2 * NS_PER_S;
                for (uint64_t run = 0; run < 12 * 60; run++) {
                    struct cache_run_load load;
                    memset(&load, 0, sizeof load);
                    load.run = run, load.at_ns = (int64_t)run * p.period_ns, load.lasts_ns = p.lasts_ns;
                    load.latency_ns = latency * 2 * NS_PER_S;
                    hits += cache_runs_step(&cell, &p.w.rules, &p.w.population, &load).outside.hits;
                }
                const int n = multiple - (ttls_ns[i] < 0);
                check_rel(hits / (12 * 60), n / (1.0 + n), 1e-12);
            }
}

/* 6,999 prompts, 338 of them new each day, and a cache that remembers: 338, on the day of the switch 6,999, then 338. */
static void a_switch_costs_one_run_of_misses(void)
{
    struct plan_of_runs p = plan_of(6999, 338, 365 * 24, 24);
    struct cache_runs cells[2];
    const double want[] = {6999, 338, 338, 338, 6999, 338, 338};
    memset(cells, 0, sizeof cells);
    for (uint64_t run = 0; run < 7; run++) {
        struct cache_run_load load;
        memset(&load, 0, sizeof load);
        load.run = run, load.at_ns = (int64_t)run * p.period_ns, load.lasts_ns = p.lasts_ns;
        load.old = run >= 4 ? &cells[0] : NULL;
        check_rel(6999 * cache_runs_step(&cells[run >= 4], &p.w.rules, &p.w.population, &load).outside.misses,
                  want[run], 1e-9);
    }
}

static void grace_modes_equal_the_events(void)
{
    for (int refresh = 0; refresh < 3; refresh += 2)
        for (int from = 0; from < 2; from++)
            for (double window_h = 24.5; window_h < 80; window_h += 24) {
                struct plan_of_runs p = plan_of(600, 29, 2000, 24);
                p.lasts_ns = DRIVER_HOUR_NS / 4;
                p.switch_run = 17, p.back_run = 60;
                p.w.rules.grace_for_ns = (int64_t)(window_h * 3600e9);
                p.w.rules.refresh = refresh, p.w.rules.ttl_from = from;
                check_runs(&p, 1e-6, refresh ? "unlimited" : "none");
                p.w.rules.ttl_ns = (int64_t)(50 * 3600e9);
                if (from == 0 && refresh) check_runs(&p, 1e-6, "unlimited, 50 h");
            }
}

/* The window covers a part of the run, the bucket a part of the refreshes, and what is random has its spread. */
static void parts_of_a_run_are_near_the_events(void)
{
    struct plan_of_runs p = plan_of(6000, 290, 2000, 24);
    p.switch_run = 17, p.back_run = 60;
    p.w.rules.grace_for_ns = DRIVER_HOUR_NS / 2;
    p.w.rules.refresh = CACHE_REFRESH_UNLIMITED;
    check_runs(&p, 60, "half a window");
    const double limits[] = {0.11, 0.5, 0.9, 2.4};
    p.w.rules.refresh = CACHE_REFRESH_LIMITED;
    p.w.rules.grace_for_ns = 3 * DRIVER_HOUR_NS;
    for (int i = 0; i < 4; i++) {
        p.w.rules.refresh_per_s = limits[i];
        check_runs(&p, 100, "limited");
    }
    p.w.rules.grace_for_ns = 0;
    p.w.rules.similar_share = 0.2;
    check_runs(&p, 150, "neighbours");
    p.w.rules.similar_share = 0, p.w.rules.bypass_share = 0.1;
    check_runs(&p, 150, "bypass");
}

/* 100 generations of prompts do not fit into 64 cohorts. */
static void too_many_generations_are_in_doubt(void)
{
    struct plan_of_runs p = plan_of(1000, 10, 49, 24);
    struct cache_runs cell;
    struct cache_run_shares s;
    memset(&cell, 0, sizeof cell), memset(&s, 0, sizeof s);
    for (uint64_t run = 0; run < 200; run++) {
        struct cache_run_load load;
        memset(&load, 0, sizeof load);
        load.run = run, load.at_ns = (int64_t)run * p.period_ns, load.lasts_ns = p.lasts_ns;
        s = cache_runs_step(&cell, &p.w.rules, &p.w.population, &load);
    }
    check_u64(s.outside.doubt, CACHE_DOUBT_RUNS);
    double count = 0;
    for (int32_t i = 0; i < cell.n; i++)
        count += cell.cohorts[i].count;
    check_rel(count, 1000, 1e-12);
}

static const struct test tests[] = {
    {"runs of a set equal the events to the call", runs_equal_the_events_to_the_call, FAST},
    {"periodic runs hit floor(T/P)/(1+floor(T/P)), on both sides of a multiple", periodic_runs_have_their_closed_form,
     FAST},
    {"a switch costs one run of misses, and no more", a_switch_costs_one_run_of_misses, FAST},
    {"grace modes equal the events", grace_modes_equal_the_events, FAST},
    {"what fills a run in part is near the events", parts_of_a_run_are_near_the_events, FAST},
    {"more generations than cohorts are in doubt", too_many_generations_are_in_doubt, FAST},
};
TEST_MAIN("response_cache_runs", tests)

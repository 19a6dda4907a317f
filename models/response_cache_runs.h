/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The response cache as expectations, for a SET of prompts that each run asks once (models/prompts.h). Rules:
 * models/response_cache.h.
 *
 * A prompt comes at the same offset in each run, so the age of its entry when it is asked again is the time between two
 * runs less the latency of the fill, and is the same for all that were filled in one run: nothing is random. State is a
 * list of cohorts in the order in which their prompts were first asked: how many, which share of them is filled, when.
 * Each run retires `new_each_run` of the oldest and begins with as many of its own. So a run every P with a TTL T from
 * the write hits floor(T/P) times of 1 + floor(T/P) (T counts from the completion of the fill: with a latency L it is
 * floor((T + L)/P)), and an age of exactly T is a hit.
 *
 *     shares = cache_runs_step(&runs, &rules, &population, &load);
 *     calls of the run inside the grace window bring `inside` each, the others `outside`
 *
 * Grace: what is not served by the new key, and was asked under the old one at all, is served by the old key as far as
 * that has live entries.
 *
 * Limits: exact while every cohort is filled as a whole. Bypass, neighbours and limited refreshes fill a cohort in part:
 * it keeps the time of its larger part. At most CACHE_COHORTS are told apart; beyond, the two oldest are joined. Both
 * raise CACHE_DOUBT_RUNS. Runs take equally long and do not overlap; capacity is not limited (give the cache room for the
 * set). A restart counts where it lies against the middle of the run. */
#ifndef FLOE_MODELS_RESPONSE_CACHE_RUNS_H
#define FLOE_MODELS_RESPONSE_CACHE_RUNS_H

#include "models/response_cache_hourly.h"

enum { CACHE_COHORTS = 64 };
#define CACHE_RUNS_BYTES_MOST 2048

struct cache_cohort {
    double count, filled; /* prompts, the share of them that is filled */
    int64_t filled_ns;    /* by a run that began latency_s before, or last read by the run that began then */
};

/* All zeros: cold. */
struct cache_runs {
    int32_t n;
    uint32_t doubt;
    uint64_t next_run;                          /* 1 + the last run that asked under this key; 0: none did */
    struct cache_cohort cohorts[CACHE_COHORTS]; /* oldest first */
};

#if defined(__cplusplus)
static_assert(sizeof(struct cache_runs) <= CACHE_RUNS_BYTES_MOST, "the cohorts of a cell are larger than their budget");
#else
_Static_assert(sizeof(struct cache_runs) <= CACHE_RUNS_BYTES_MOST,
               "the cohorts of a cell are larger than their budget");
#endif

struct cache_run_load {
    uint64_t run;                 /* number of the run, as in models/prompts.h */
    int64_t at_ns, lasts_ns;      /* it begins, and takes so long */
    int64_t latency_ns;           /* of a fill */
    double grace_share;           /* of the run lies in the window (cache_run_in_window) */
    double refresh_per_s;         /* the limit */
    const struct cache_runs *old; /* of the old key; or null */
};

/* What one call brings, of a run inside the window and outside of it. */
struct cache_run_shares {
    struct cache_step inside, outside;
};

/* The share of a run that lies in a window. */
FLOE_FN double cache_run_in_window(struct cache_window window, int64_t at_ns, int64_t lasts_ns)
{
    const int64_t end_ns = at_ns + lasts_ns;
    const int64_t from_ns = window.from_ns > at_ns ? window.from_ns : at_ns;
    const int64_t until_ns = window.until_ns < end_ns ? window.until_ns : end_ns;
    if (until_ns < from_ns) return 0;
    return lasts_ns > 0 ? (double)(until_ns - from_ns) / (double)lasts_ns : 1;
}

FLOE_FN int cache_cohort_is_live(const struct cache_cohort *cohort, const struct cache_rules *rules, int64_t at_ns,
                                 int64_t lasts_ns)
{
    const int64_t restarted_ns = cache_restarted_ns(rules, at_ns + lasts_ns / 2);
    return cohort->filled > 0 && at_ns - cohort->filled_ns <= rules->ttl_ns &&
           cohort->filled_ns + lasts_ns / 2 >= restarted_ns;
}

/* Prompts of run `run` that no run before next_run asked. */
FLOE_FN double cache_runs_unknown(const struct prompt_population *population, uint64_t next_run, uint64_t run)
{
    if (next_run == 0) return population->places;
    const double n = (double)(run + 1 - next_run) * population->new_each_run;
    return n < population->places ? n : population->places;
}

FLOE_FN void cache_runs_append(struct cache_runs *runs, double count)
{
    if (count <= 0) return;
    if (runs->n == CACHE_COHORTS) {
        struct cache_cohort *a = &runs->cohorts[0], *b = &runs->cohorts[1];
        if (a->filled_ns != b->filled_ns || a->filled != b->filled) runs->doubt |= CACHE_DOUBT_RUNS;
        if (a->count * a->filled > b->count * b->filled) b->filled_ns = a->filled_ns;
        b->filled = (a->count * a->filled + b->count * b->filled) / (a->count + b->count);
        b->count += a->count;
        for (int32_t i = 1; i < CACHE_COHORTS; i++)
            runs->cohorts[i - 1] = runs->cohorts[i];
        runs->n--;
    }
    runs->cohorts[runs->n].count = count;
    runs->cohorts[runs->n].filled = 0;
    runs->cohorts[runs->n++].filled_ns = 0;
}

FLOE_FN void cache_runs_retire(struct cache_runs *runs, double count)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < runs->n; i++) {
        const double gone = count < runs->cohorts[i].count ? count : runs->cohorts[i].count;
        count -= gone;
        runs->cohorts[i].count -= gone;
        if (runs->cohorts[i].count > 0) runs->cohorts[kept++] = runs->cohorts[i];
    }
    runs->n = kept;
}

/* Live entries of prompts that run `run` asks. */
FLOE_FN double cache_runs_live(const struct cache_runs *runs, const struct cache_rules *rules,
                               const struct prompt_population *population, const struct cache_run_load *load)
{
    double retired = runs->next_run > 0 ? cache_runs_unknown(population, runs->next_run, load->run) : 0, live = 0;
    for (int32_t i = 0; i < runs->n; i++) {
        const struct cache_cohort *cohort = &runs->cohorts[i];
        const double gone = retired < cohort->count ? retired : cohort->count;
        retired -= gone;
        if (cache_cohort_is_live(cohort, rules, load->at_ns, load->lasts_ns))
            live += (cohort->count - gone) * cohort->filled;
    }
    return live;
}

/* The cohorts of run `run`: those of old prompts, then the new ones. */
FLOE_FN void cache_runs_advance(struct cache_runs *runs, const struct prompt_population *population,
                                const struct cache_run_load *load)
{
    const double unknown = cache_runs_unknown(population, runs->next_run, load->run);
    if (runs->next_run == 0 && load->old != NULL) {
        const double fresh = cache_runs_unknown(population, load->old->next_run, load->run);
        cache_runs_append(runs, unknown - fresh);
        cache_runs_append(runs, fresh);
    } else {
        if (runs->next_run > 0) cache_runs_retire(runs, unknown);
        cache_runs_append(runs, unknown);
    }
    runs->next_run = load->run + 1;
}

/* Prompts without a live entry: of all, and of those that the old key may know. */
FLOE_FN void cache_runs_unserved(const struct cache_runs *runs, const struct cache_rules *rules,
                                 const struct cache_run_load *load, double known_to_old, double *all, double *eligible)
{
    *all = *eligible = 0;
    for (int32_t i = 0; i < runs->n; i++) {
        const struct cache_cohort *cohort = &runs->cohorts[i];
        const double live = cache_cohort_is_live(cohort, rules, load->at_ns, load->lasts_ns) ? cohort->filled : 0;
        const double part = cache_clamp(known_to_old, 0, cohort->count);
        known_to_old -= part;
        *all += cohort->count * (1 - live);
        *eligible += part * (1 - live);
    }
}

/* Fills the shares old_filled of the eligible and new_filled of the other prompts that have no live entry. */
FLOE_FN void cache_runs_fill(struct cache_runs *runs, const struct cache_rules *rules,
                             const struct cache_run_load *load, double known_to_old, double old_filled,
                             double new_filled)
{
    const double asked = 1 - rules->bypass_share;
    for (int32_t i = 0; i < runs->n; i++) {
        struct cache_cohort *cohort = &runs->cohorts[i];
        const double part = cache_clamp(known_to_old, 0, cohort->count) / cohort->count;
        known_to_old -= part * cohort->count;
        const double live = cache_cohort_is_live(cohort, rules, load->at_ns, load->lasts_ns) ? cohort->filled : 0;
        const double fill = (1 - live) * asked * (part * old_filled + (1 - part) * new_filled);
        if (live > 0 && rules->ttl_from == CACHE_TTL_FROM_LAST_READ) cohort->filled_ns = load->at_ns;
        if (fill > live) cohort->filled_ns = load->at_ns + load->latency_ns;
        cohort->filled = live + fill;
        if (cohort->filled > 0 && cohort->filled < 1 - 1e-9) runs->doubt |= CACHE_DOUBT_RUNS;
    }
}

/* The share of the stale answers that starts a refresh, where each call of a run is one with probability p, from a
 * bucket of one token that fills at r. The calls of a run come at even gaps: after a refresh the next that may is call
 * k = ceil(1 / (r gap)), and 1/p - 1 more go by until one is stale. So one refresh in k + 1/p - 1 calls. */
FLOE_FN double cache_even_share(double p, double gap_s, double per_s)
{
    const double steps = 1 / (per_s * gap_s), whole = (double)(int64_t)steps;
    return 1 / (p * ((steps > whole ? whole + 1 : whole) - 1) + 1);
}

/* A larger bucket loses next to nothing at even gaps: what it is given, or all (between 1/s and 2/s a little less). */
FLOE_FN double cache_runs_refresh(const struct cache_rules *rules, const struct cache_run_load *load, double places,
                                  double stale)
{
    if (rules->refresh != CACHE_REFRESH_LIMITED) return rules->refresh == CACHE_REFRESH_UNLIMITED;
    const double lasts_s = (double)load->lasts_ns / NS_PER_S, s = load->grace_share * lasts_s;
    const double gap_s = lasts_s / places, per_s = load->refresh_per_s;
    if (!(s > 0) || !(stale > 0) || per_s * gap_s >= 1) return 1;
    const double stale_per_s = stale / s;
    if (per_s > 1) return stale_per_s > per_s ? per_s / stale_per_s : 1;
    return cache_even_share(stale_per_s * gap_s, gap_s, per_s);
}

FLOE_FN struct cache_step cache_runs_share(const struct cache_rules *rules, double places, double unserved,
                                           double stale, double refresh, double known)
{
    struct cache_step step;
    const double asked = 1 - rules->bypass_share;
    memset(&step, 0, sizeof step);
    step.calls = 1;
    step.bypassed = rules->bypass_share;
    step.hits = asked * (1 - unserved / places);
    step.stale = asked * stale / places;
    step.refreshes = step.stale * refresh;
    step.similar = asked * (unserved - stale) / places * rules->similar_share * known;
    step.misses = asked * (unserved - stale) / places - step.similar;
    step.wrong = step.similar * rules->wrong_share;
    return step;
}

FLOE_FN struct cache_run_shares cache_runs_step(struct cache_runs *runs, const struct cache_rules *rules,
                                                const struct prompt_population *population,
                                                const struct cache_run_load *load)
{
    struct cache_run_shares shares;
    const double places = population->places, g = load->old != NULL ? load->grace_share : 0;
    double unserved, eligible, stale = 0;
    cache_runs_advance(runs, population, load);
    const double known_to_old = g > 0 ? places - cache_runs_unknown(population, load->old->next_run, load->run) : 0;
    cache_runs_unserved(runs, rules, load, known_to_old, &unserved, &eligible);
    if (g > 0) stale = cache_runs_live(load->old, rules, population, load);
    if (stale > eligible) stale = eligible;
    const double refresh = cache_runs_refresh(rules, load, places, g * stale * (1 - rules->bypass_share));
    /* a neighbour is found live as often as on average over the run */
    const double at_start = 1 - unserved / places, known = at_start + 0.5 * (unserved - g * stale) / places;
    const double kept = 1 - rules->similar_share * known; /* of what would miss: not served by a neighbour */
    const double old_stale = eligible > 0 ? g * stale / eligible : 0;
    shares.inside = cache_runs_share(rules, places, unserved, stale, refresh, known);
    shares.outside = cache_runs_share(rules, places, unserved, 0, 0, known);
    cache_runs_fill(runs, rules, load, known_to_old, old_stale * refresh + (1 - old_stale) * kept, kept);
    shares.inside.doubt = shares.outside.doubt = runs->doubt;
    return shares;
}

#endif

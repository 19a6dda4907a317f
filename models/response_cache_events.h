/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The response cache as events: what one call finds at one instant (rules: models/response_cache.h).
 *
 *     answer = cache_ask(&cache, &call, &neighbours, luck);
 *     switch (answer.kind) {
 *     CACHE_HIT, CACHE_SIMILAR  answered now; SIMILAR with is_wrong: a wrong answer
 *     CACHE_WAIT                answered at answer.until_ns, when the fill under way completes; a hit
 *     CACHE_STALE               answered now, by the old key; with wants_refresh a background fill begins
 *     CACHE_MISS                goes upstream, and its answer fills the cache
 *     CACHE_BYPASS              goes upstream; nothing is read or stored
 *     }
 *
 * For a MISS and for a wanted refresh the caller says cache_fill_begin at once, with the instant at which the answer will
 * be there, and at that instant cache_fill_end (or cache_fill_fail, when there is no answer after all). Fills complete
 * before calls are made at the same instant (the order of event kinds), so a call that comes exactly then finds it.
 *
 * Entries. One per (place, key, scope), in an array: 32 bytes, half a cache line, which is all that a lookup touches
 * besides the drawing of its prompt; a cache of limited capacity touches a node of the list and its neighbours too. An
 * entry holds the newest generation of its place that was stored, and the newest that is being fetched; calls for an
 * older generation miss and store nothing. A million prompts under two keys are 64 MB.
 *
 * What was lost in a restart is seen from its age, so a restart costs nothing.
 *
 * Draws: CACHE_DRAWS addresses per call on one stream; only those that are needed are computed. */
#ifndef FLOE_MODELS_RESPONSE_CACHE_EVENTS_H
#define FLOE_MODELS_RESPONSE_CACHE_EVENTS_H

#include "models/prompts.h"
#include "models/response_cache.h"
#include "models/response_lru.h"

/* All zeros: nothing is stored and nothing is on its way. */
struct cache_entry {
    int64_t at_ns;            /* written, or last read */
    int64_t fill_until_ns;    /* when the last fill that began completes */
    uint32_t stored, filling; /* generation + 1 that is stored, that is being fetched; 0: none */
    uint32_t fills : 31;      /* of `filling`, under way */
    uint32_t is_failed : 1;   /* the last fetch brought nothing */
    uint32_t node;            /* + 1, in the list of a cache of limited capacity; 0: none */
};

struct cache_events {
    struct cache_rules rules;
    struct cache_entry *entries;
    uint64_t n_entries;
    uint32_t n_keys, n_scopes;
    struct lru lru;
    double refresh_tokens; /* the bucket of limited refreshes, at refresh_at_ns */
    int64_t refresh_at_ns;
};

FLOE_FN uint64_t cache_entries_of(uint64_t places, uint32_t n_keys, uint32_t n_scopes)
{
    return places * n_keys * n_scopes;
}

FLOE_FN size_t cache_entries_bytes(uint64_t places, uint32_t n_keys, uint32_t n_scopes)
{
    return (size_t)cache_entries_of(places, n_keys, n_scopes) * sizeof(struct cache_entry);
}

FLOE_FN size_t cache_nodes_bytes(const struct cache_rules *rules)
{
    return (size_t)rules->capacity * sizeof(struct lru_node);
}

/* `entries`: cache_entries_bytes, set to 0 here; `nodes`: cache_nodes_bytes, as they are. `places` is the sum over all
 * populations. */
FLOE_FN void cache_events_init(struct cache_events *cache, const struct cache_rules *rules, void *entries, void *nodes,
                               uint64_t places, uint32_t n_keys, uint32_t n_scopes)
{
    cache->rules = *rules;
    cache->entries = (struct cache_entry *)entries;
    cache->n_entries = cache_entries_of(places, n_keys, n_scopes);
    cache->n_keys = n_keys;
    cache->n_scopes = n_scopes;
    memset(entries, 0, cache_entries_bytes(places, n_keys, n_scopes));
    lru_init(&cache->lru, (struct lru_node *)nodes, (uint32_t)rules->capacity);
    cache->refresh_tokens = cache_refresh_burst(rules);
    cache->refresh_at_ns = 0;
}

FLOE_FN uint64_t cache_entry_index(const struct cache_events *cache, uint64_t place, uint32_t key, uint32_t scope)
{
    return (place * cache->n_keys + key) * cache->n_scopes + scope;
}

FLOE_FN int cache_is_live(const struct cache_events *cache, const struct cache_entry *entry, uint32_t generation,
                          int64_t now_ns)
{
    return entry->stored == generation + 1 && now_ns - entry->at_ns <= cache->rules.ttl_ns &&
           entry->at_ns >= cache_restarted_ns(&cache->rules, now_ns);
}

FLOE_FN void cache_read(struct cache_events *cache, struct cache_entry *entry, int64_t now_ns)
{
    if (cache->rules.ttl_from == CACHE_TTL_FROM_LAST_READ) entry->at_ns = now_ns;
    if (entry->node > 0) lru_touch(&cache->lru, entry->node - 1);
}

/* ---- one call ---- */

struct cache_call {
    uint64_t place; /* counted over all populations */
    uint32_t generation, key, scope;
    uint32_t old_key; /* in the window */
    struct cache_window grace;
    int64_t now_ns;
};

/* Where a neighbour is drawn from: the call's own population, its Zipf table (or null) and the number of its first
 * place. `run` is the present one of a SET. */
struct cache_neighbours {
    const struct prompt_population *population;
    const struct floe_zipf *zipf;
    uint64_t first_place, run;
};

/* Call `call` of the workload draws from these addresses. */
struct cache_luck {
    struct floe_rng rng;
    uint32_t stream;
    uint64_t call;
};
enum cache_draw { CACHE_DRAW_BYPASS, CACHE_DRAW_NEIGHBOUR, CACHE_DRAW_SIMILAR, CACHE_DRAW_WRONG, CACHE_DRAWS };

enum cache_answer_kind { CACHE_HIT, CACHE_WAIT, CACHE_SIMILAR, CACHE_STALE, CACHE_MISS, CACHE_BYPASS, CACHE_ANSWERS };

struct cache_answer {
    int32_t kind;
    int32_t is_wrong, wants_refresh;
    uint64_t entry; /* to fill */
    int64_t until_ns;
};

FLOE_FN int cache_chance(struct cache_luck luck, enum cache_draw draw, double share)
{
    if (share <= 0) return 0;
    return floe_draw_bernoulli(floe_rng_uniform(luck.rng, luck.stream, luck.call * CACHE_DRAWS + (uint64_t)draw),
                               share);
}

FLOE_FN int cache_take_refresh(struct cache_events *cache, int64_t now_ns)
{
    const double burst = cache_refresh_burst(&cache->rules);
    if (cache->rules.refresh != CACHE_REFRESH_LIMITED) return cache->rules.refresh == CACHE_REFRESH_UNLIMITED;
    cache->refresh_tokens += (double)(now_ns - cache->refresh_at_ns) / NS_PER_S * cache->rules.refresh_per_s;
    if (cache->refresh_tokens > burst) cache->refresh_tokens = burst;
    cache->refresh_at_ns = now_ns;
    if (cache->refresh_tokens < 1) return 0;
    cache->refresh_tokens -= 1;
    return 1;
}

/* Does the old key answer? */
FLOE_FN int cache_ask_old(struct cache_events *cache, const struct cache_call *call, struct cache_answer *answer)
{
    if (!cache_window_holds(call->grace, call->now_ns)) return 0;
    struct cache_entry *old = &cache->entries[cache_entry_index(cache, call->place, call->old_key, call->scope)];
    if (!cache_is_live(cache, old, call->generation, call->now_ns)) return 0;
    cache_read(cache, old, call->now_ns);
    answer->kind = CACHE_STALE;
    answer->wants_refresh = cache->entries[answer->entry].filling != call->generation + 1 &&
                            cache_take_refresh(cache, call->now_ns);
    return 1;
}

FLOE_FN int cache_ask_neighbour(struct cache_events *cache, const struct cache_call *call,
                                const struct cache_neighbours *from, struct cache_luck luck,
                                struct cache_answer *answer)
{
    if (cache->rules.similar_share <= 0 || from->population->kind == PROMPTS_FRESH) return 0;
    const double u = floe_rng_uniform(luck.rng, luck.stream, luck.call * CACHE_DRAWS + CACHE_DRAW_NEIGHBOUR);
    const struct prompt prompt = from->population->kind == PROMPTS_POPULAR
                                     ? prompts_draw(from->population, from->zipf, u, call->now_ns)
                                     : prompts_at_place(from->population, from->run,
                                                        (uint32_t)floe_draw_index(u, from->population->places));
    struct cache_entry *entry =
        &cache->entries[cache_entry_index(cache, from->first_place + prompt.place, call->key, call->scope)];
    if (!cache_is_live(cache, entry, prompt.generation, call->now_ns)) return 0;
    if (!cache_chance(luck, CACHE_DRAW_SIMILAR, cache->rules.similar_share)) return 0;
    cache_read(cache, entry, call->now_ns);
    answer->kind = CACHE_SIMILAR;
    answer->is_wrong = cache_chance(luck, CACHE_DRAW_WRONG, cache->rules.wrong_share);
    return 1;
}

FLOE_FN struct cache_answer cache_ask(struct cache_events *cache, const struct cache_call *call,
                                      const struct cache_neighbours *neighbours, struct cache_luck luck)
{
    struct cache_answer answer;
    answer.kind = CACHE_BYPASS;
    answer.is_wrong = answer.wants_refresh = 0;
    answer.entry = cache_entry_index(cache, call->place, call->key, call->scope);
    answer.until_ns = call->now_ns;
    if (cache_chance(luck, CACHE_DRAW_BYPASS, cache->rules.bypass_share)) return answer;
    struct cache_entry *entry = &cache->entries[answer.entry];
    if (cache_is_live(cache, entry, call->generation, call->now_ns)) {
        cache_read(cache, entry, call->now_ns);
        answer.kind = CACHE_HIT;
    } else if (cache_ask_old(cache, call, &answer)) {
    } else if (cache->rules.coalesce && entry->filling == call->generation + 1 &&
               entry->fill_until_ns >= call->now_ns) {
        answer.kind = CACHE_WAIT;
        answer.until_ns = entry->fill_until_ns;
    } else if (!cache_ask_neighbour(cache, call, neighbours, luck, &answer)) {
        answer.kind = CACHE_MISS;
    }
    return answer;
}

/* ---- fills ---- */

FLOE_FN void cache_fill_begin(struct cache_events *cache, uint64_t index, uint32_t generation, int64_t until_ns)
{
    struct cache_entry *entry = &cache->entries[index];
    if (entry->filling > generation + 1) return;
    if (entry->filling != generation + 1) entry->fills = 0, entry->is_failed = 0;
    entry->filling = generation + 1;
    entry->fills++;
    entry->fill_until_ns = until_ns;
}

/* The answer will take longer: it is tried again. */
FLOE_FN void cache_fill_extend(struct cache_events *cache, uint64_t index, uint32_t generation, int64_t until_ns)
{
    struct cache_entry *entry = &cache->entries[index];
    if (entry->filling == generation + 1) entry->fill_until_ns = until_ns;
}

FLOE_FN void cache_fill_over(struct cache_entry *entry, uint32_t generation)
{
    if (entry->filling != generation + 1) return;
    if (--entry->fills == 0) entry->filling = 0;
}

/* No answer came. */
FLOE_FN void cache_fill_fail(struct cache_events *cache, uint64_t index, uint32_t generation)
{
    struct cache_entry *entry = &cache->entries[index];
    cache_fill_over(entry, generation);
    entry->is_failed = entry->filling != generation + 1;
}

/* What those who wait for an answer find at the instant for which it was promised. */
enum cache_fill_state { CACHE_FILL_THERE, CACHE_FILL_LATE, CACHE_FILL_FAILED };

FLOE_FN enum cache_fill_state cache_fill_look(const struct cache_events *cache, uint64_t index, uint32_t generation,
                                              int64_t now_ns, int64_t *until_ns)
{
    const struct cache_entry *entry = &cache->entries[index];
    *until_ns = entry->fill_until_ns;
    if (entry->filling == generation + 1 && entry->fill_until_ns > now_ns) return CACHE_FILL_LATE;
    return entry->is_failed ? CACHE_FILL_FAILED : CACHE_FILL_THERE;
}

/* A node of the list for an entry that is being written. */
FLOE_FN void cache_fill_node(struct cache_events *cache, uint64_t index, int is_same, int64_t now_ns)
{
    struct cache_entry *entry = &cache->entries[index];
    uint64_t evicted;
    if (entry->node > 0 && is_same) {
        lru_touch(&cache->lru, entry->node - 1);
        lru_write(&cache->lru, entry->node - 1, now_ns);
        return;
    }
    if (entry->node > 0) lru_orphan(&cache->lru, entry->node - 1);
    entry->node = 0;
    /* With a TTL from the last read what was written long ago may be alive; the least recently used is not. */
    int64_t dead_before_ns = cache_restarted_ns(&cache->rules, now_ns);
    if (cache->rules.ttl_from == CACHE_TTL_FROM_WRITE && now_ns - cache->rules.ttl_ns > dead_before_ns)
        dead_before_ns = now_ns - cache->rules.ttl_ns;
    entry->node = lru_take(&cache->lru, index, now_ns, dead_before_ns, &evicted) + 1;
    if (evicted == LRU_NO_ENTRY) return;
    cache->entries[evicted].stored = 0;
    cache->entries[evicted].node = 0;
}

/* The answer is there. Nothing is stored where the place has moved on to a newer generation. */
FLOE_FN void cache_fill_end(struct cache_events *cache, uint64_t index, uint32_t generation, int64_t now_ns)
{
    struct cache_entry *entry = &cache->entries[index];
    cache_fill_over(entry, generation);
    entry->is_failed = 0;
    if (entry->stored > generation + 1) return;
    if (cache_is_live(cache, entry, generation, now_ns) && cache->rules.overwrite == CACHE_KEEPS_EXPIRY) {
        if (entry->node > 0) lru_touch(&cache->lru, entry->node - 1);
        return;
    }
    if (cache->rules.capacity > 0) cache_fill_node(cache, index, entry->stored == generation + 1, now_ns);
    entry->stored = generation + 1;
    entry->at_ns = now_ns;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The response cache of a gateway: a call whose answer is remembered never reaches the provider. This file holds its
 * parameters and what follows from them; the two forms of the mechanism lie beside it.
 *
 *   as events        models/response_cache_events.h   one entry, one instant (with models/response_lru.h)
 *   as expectations  models/response_cache_hourly.h   shares of hits over a span, prompts drawn by popularity
 *                    models/response_cache_runs.h     the same for prompts asked once in each run
 *
 * An entry belongs to a prompt (models/prompts.h), a key and a scope. The key is what the gateway files it under: the
 * model, an alias or a group of models; change it and every entry is out of reach, though still there. The scope is
 * everybody, or one consumer each.
 *
 * The rules, with what LiteLLM does (litellm/caching, read 2026) as the preset:
 *   ttl_from   write: counted from the fill's completion, hits do not extend it (LiteLLM). last_read: each hit does.
 *              An entry of age exactly ttl is still valid
 *   coalesce   no (LiteLLM): every call that comes while a fill is under way goes upstream too: a stampede. yes: it
 *              waits for that fill and counts as a hit
 *   overwrite  a second fill of a live entry keeps the first expiry (LiteLLM's memory cache) or resets it
 *   capacity   entries; when full, one that has expired leaves first, else the least recently used
 *   bypass     this share of the calls neither reads nor writes (`no-store`)
 *   semantic   a call that would go upstream looks at one neighbour, another prompt of its population drawn by
 *              popularity; if that is live under the same key it answers with probability `similar`. A share `wrong` of
 *              such answers is wrong. Nothing is stored for the prompt that was asked
 *   restart    all entries are lost at each multiple of restart_every
 *   grace      after the key of a workload changes, for a while an answer that is live under the old key is served in
 *              place of a miss: stale. Unlimited refresh: the first stale answer to a prompt starts a fill under the new
 *              key in the background (stale-while-revalidate, RFC 5861); at most N/s: so many per second, from a token
 *              bucket that holds one second's worth, at least 1; none: nothing goes upstream for it. A stale answer is
 *              a read of the old entry
 *
 * Order of looking: live entry; in grace the old entry; a fill under way; the neighbour; upstream.
 *
 * Limits: answers are whole (no streaming into the cache), of one size, and every fill succeeds unless the caller says
 * otherwise. Left out: LiteLLM's second layer (Redis behind memory), its memory cache's eviction by earliest expiry,
 * s-maxage of a single call. */
#ifndef FLOE_MODELS_RESPONSE_CACHE_H
#define FLOE_MODELS_RESPONSE_CACHE_H

#include "models/param.h"
#include "models/units.h"
#include "sim/base.h"

enum cache_key { CACHE_KEY_MODEL, CACHE_KEY_ALIAS, CACHE_KEY_GROUP };
enum cache_scope { CACHE_SCOPE_SHARED, CACHE_SCOPE_CONSUMER };
enum cache_ttl_from { CACHE_TTL_FROM_WRITE, CACHE_TTL_FROM_LAST_READ };
enum cache_overwrite { CACHE_KEEPS_EXPIRY, CACHE_RESETS_EXPIRY };
enum cache_grace_from { CACHE_GRACE_FROM_SWITCH, CACHE_GRACE_FROM_FIRST_USE };
enum cache_refresh { CACHE_REFRESH_NONE, CACHE_REFRESH_LIMITED, CACHE_REFRESH_UNLIMITED };

#define CACHE_CAPACITY_MOST 1073741824 /* 2^30 entries; no unit */

struct cache_semantic {
    double similar_share, wrong_share;
};

struct cache_grace {
    int32_t from;
    double for_s;
    char refresh[24]; /* "none", "5/s", "unlimited" */
};

struct response_cache {
    int32_t key, scope, ttl_from, overwrite;
    int32_t coalesce;
    double ttl_s;     /* PARAM_ABSENT: there is no response cache */
    int64_t capacity; /* PARAM_ABSENT: unlimited */
    double bypass_share;
    double restart_every_s; /* PARAM_ABSENT: never */
    struct cache_semantic semantic;
    struct cache_grace grace;
};

extern const struct param_block response_cache_block;

int cache_refresh_of(const char *text, int32_t *refresh, double *per_s); /* 0: not such a text */

FLOE_FN int response_cache_is_given(const struct response_cache *cache)
{
    return cache->ttl_s > 0;
}

/* ---- what follows from the parameters ---- */

struct cache_rules {
    int32_t ttl_from, overwrite, coalesce, grace_from, refresh, reserved;
    int64_t ttl_ns, restart_every_ns, grace_for_ns; /* 0: no restart, no grace */
    uint64_t capacity;                              /* 0: unlimited */
    double bypass_share, similar_share, wrong_share, refresh_per_s;
};

void cache_rules_derive(const struct response_cache *cache, struct cache_rules *rules);

/* The last restart at or before an instant; 0, the beginning, if there was none. */
FLOE_FN int64_t cache_restarted_ns(const struct cache_rules *rules, int64_t now_ns)
{
    return rules->restart_every_ns > 0 ? now_ns / rules->restart_every_ns * rules->restart_every_ns : 0;
}

/* From when and until when (inclusive) the old key of a workload serves. No window: until < from. */
struct cache_window {
    int64_t from_ns, until_ns;
};

FLOE_FN struct cache_window cache_no_window(void)
{
    struct cache_window window;
    window.from_ns = 0;
    window.until_ns = -1;
    return window;
}

/* The key of the workload's calls changed at switched_ns; first_use_ns is its first call from then on. */
FLOE_FN struct cache_window cache_grace_window(const struct cache_rules *rules, int64_t switched_ns,
                                               int64_t first_use_ns)
{
    struct cache_window window = cache_no_window();
    if (rules->grace_for_ns == 0) return window;
    window.from_ns = rules->grace_from == CACHE_GRACE_FROM_SWITCH ? switched_ns : first_use_ns;
    window.until_ns = window.from_ns + rules->grace_for_ns;
    return window;
}

FLOE_FN int cache_window_holds(struct cache_window window, int64_t now_ns)
{
    return now_ns >= window.from_ns && now_ns <= window.until_ns;
}

/* Tokens that the bucket of limited refreshes can hold. */
FLOE_FN double cache_refresh_burst(const struct cache_rules *rules)
{
    return rules->refresh_per_s > 1 ? rules->refresh_per_s : 1;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/response_cache.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"
#include "models/response_cache_hourly.h"

#define YEARS_S(N) ((N)*366.0 * S_PER_DAY)

static const char *const key_names[] = {"model", "alias", "group", NULL};
static const char *const scope_names[] = {"shared", "consumer", NULL};
static const char *const ttl_from_names[] = {"write", "last_read", NULL};
static const char *const overwrite_names[] = {"keeps_expiry", "resets_expiry", NULL};
static const char *const grace_from_names[] = {"switch", "first_use", NULL};

static const struct param semantic_rows[] = {
    NUMBER("similar", cache_semantic, similar_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "chance that a live neighbour, drawn by popularity, is close enough to answer"),
    NUMBER("wrong", cache_semantic, wrong_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the answers taken from a neighbour that are wrong"),
};
static const struct param_block semantic_block = {
    .name = "semantic cache", ROWS(semantic_rows), .size = sizeof(struct cache_semantic), .scalar_key = "similar"};

static const struct param grace_rows[] = {
    CHOICE("from", cache_grace, from, grace_from_names, "switch",
           "the window begins at the switch, or with the workload's first call after it"),
    NUMBER("for", cache_grace, for_s, UNIT_S, 0, YEARS_S(1), "0s", PARAM_PLAIN,
           "how long answers of the old key are served after a switch"),
    TEXT("refresh", cache_grace, refresh, "unlimited", PARAM_PLAIN,
         "background fills for stale answers: `none`, at most `5/s` (`/min`, `/hour`), or `unlimited`"),
};

int cache_refresh_of(const char *text, int32_t *refresh, double *per_s)
{
    static const struct {
        const char *per;
        double s;
    } units[] = {{"s", 1}, {"min", S_PER_MIN}, {"hour", S_PER_HOUR}};
    char per[8], end;
    *per_s = 0;
    *refresh = strcmp(text, "none") == 0 ? CACHE_REFRESH_NONE : CACHE_REFRESH_UNLIMITED;
    if (*refresh == CACHE_REFRESH_NONE || strcmp(text, "unlimited") == 0) return 1;
    *refresh = CACHE_REFRESH_LIMITED;
    const size_t digits = strspn(text, "0123456789.");
    if (digits == 0 || sscanf(text, "%lf/%7[a-z]%c", per_s, per, &end) != 2 || text[digits] != '/') return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(per, units[i].per) == 0) {
            *per_s /= units[i].s;
            return *per_s > 0 && *per_s <= 1e9;
        }
    return 0;
}

static int grace_check(const void *block, struct complaint *c)
{
    const struct cache_grace *grace = (const struct cache_grace *)block;
    int32_t refresh;
    double per_s;
    if (!cache_refresh_of(grace->refresh, &refresh, &per_s))
        return complain(c, "refresh", "refresh is `none`, `unlimited`, or a number above 0 per s, min or hour",
                        "for example 5/s");
    return 1;
}

static const struct param_block grace_block = {.name = "grace window",
                                               ROWS(grace_rows),
                                               .size = sizeof(struct cache_grace),
                                               .scalar_key = "for",
                                               .check = grace_check};

static const struct param rows[] = {
    CHOICE("key", response_cache, key, key_names, "model",
           "what an entry is filed under beside the prompt: a change of it makes every entry unreachable"),
    CHOICE("scope", response_cache, scope, scope_names, "shared", "one cache for all consumers, or one for each"),
    NUMBER("ttl", response_cache, ttl_s, UNIT_S, 0, YEARS_S(100), PARAM_REQUIRED, PARAM_EXCLUDES_MIN,
           "how long an answer is kept; of age exactly ttl it is still valid"),
    CHOICE("ttl_from", response_cache, ttl_from, ttl_from_names, "write",
           "the time counts from the write (as in LiteLLM), or again from each read"),
    COUNT("capacity", response_cache, capacity, 1, CACHE_CAPACITY_MOST, PARAM_OPTIONAL,
          "entries; when full, the least recently used leaves. Absent: unlimited"),
    FLAG("coalesce", response_cache, coalesce, "false",
         "calls that come while the same answer is being fetched wait for it instead of going upstream too"),
    CHOICE("overwrite", response_cache, overwrite, overwrite_names, "keeps_expiry",
           "whether a second write of a live entry makes it last longer"),
    NUMBER("bypass", response_cache, bypass_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the calls that neither read nor write the cache (`no-store`)"),
    NUMBER("restart_every", response_cache, restart_every_s, UNIT_S, 0, YEARS_S(1), PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "all entries are lost at each multiple of this time"),
    BLOCK("semantic", response_cache, semantic, semantic_block, PARAM_OPTIONAL,
          "similar prompts answer for each other: {similar: 20%, wrong: 3%}"),
    BLOCK("grace", response_cache, grace, grace_block, PARAM_OPTIONAL,
          "after a switch, serve what the old key has: `1h`, or {from: first_use, for: 1h, refresh: 5/s}"),
};

static int cache_check(const void *block, struct complaint *c)
{
    const struct response_cache *cache = (const struct response_cache *)block;
    if (cache->semantic.wrong_share > 0 && cache->semantic.similar_share == 0)
        return complain(c, "semantic", "no neighbour answers, so none can be wrong", "for example {similar: 20%}");
    return 1;
}

const struct param_block response_cache_block = {.name = "response cache",
                                                 ROWS(rows),
                                                 .size = sizeof(struct response_cache),
                                                 .scalar_key = "ttl",
                                                 .check = cache_check};

static int64_t ns_of(double s)
{
    return s > 0 ? (int64_t)(s * NS_PER_S + 0.5) : 0;
}

void cache_rules_derive(const struct response_cache *cache, struct cache_rules *rules)
{
    memset(rules, 0, sizeof *rules);
    rules->ttl_from = cache->ttl_from;
    rules->overwrite = cache->overwrite;
    rules->coalesce = cache->coalesce;
    rules->ttl_ns = ns_of(cache->ttl_s);
    rules->restart_every_ns = ns_of(cache->restart_every_s);
    rules->capacity = cache->capacity > 0 ? (uint64_t)cache->capacity : 0;
    rules->bypass_share = cache->bypass_share;
    rules->similar_share = cache->semantic.similar_share;
    rules->wrong_share = cache->semantic.wrong_share;
    rules->grace_from = cache->grace.from;
    rules->grace_for_ns = ns_of(cache->grace.for_s);
    cache_refresh_of(cache->grace.refresh, &rules->refresh, &rules->refresh_per_s);
}

const char *const cache_doubts[CACHE_DOUBTS] = {
    "the cache's TTL is shorter than a quarter of the step, and a step is shorter than three TTLs: use a `time.step` "
    "of at most four TTLs; or few prompts are asked in pulses within a TTL: use the events engine",
    "fills take long against the cache's TTL or the step: use the events engine",
    "the cache's capacity binds together with its TTL, or turns over within a step: shorten `time.step`, or use the "
    "events engine",
    "a grace window with a TTL shorter than a quarter of the step (from the last read: than two windows), an old key "
    "that is still in use, or old entries that were filled all at once and expire in the window: shorten `time.step`, "
    "or use the events engine",
    "answers of neighbours extend a TTL counted from the last read: use the events engine",
    "most prompts are renewed within a TTL: use the events engine",
    "a run filled its prompts in part, or there are more than 64 generations of prompts in a set: use the events "
    "engine",
};

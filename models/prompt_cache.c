/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/prompt_cache.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

static const char *const section_names[CACHE_SECTION_N + 1] = {"system", "tools", "messages", NULL};

static const struct param point_rows[] = {
    CHOICE("section", cache_point, section, section_names, PARAM_REQUIRED, "system, tools or messages"),
};
const struct param_block cache_point_block = {
    .name = "cache point", ROWS(point_rows), .size = sizeof(struct cache_point), .scalar_key = "section"};

static const struct param rows[] = {
    CHOICE("rules", prompt_cache, rules, prompt_rule_names, PARAM_OPTIONAL,
           "a provider's published rules, every other key here goes before them; own: there are none"),
    MANY(PARAM_LIST, "points", prompt_cache, points, n_points, CACHE_SECTION_N, cache_point_block, PARAM_OPTIONAL,
         "where the cache points stand, `[system, tools]`; where the provider accepts none, calls fail with a 400"),
    NUMBER("ttl", prompt_cache, ttl_s, UNIT_S, 0, 30.0 * S_PER_DAY, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "how long an unused prefix is kept, from the start of its last use: `5min` or `1h`"),
    NUMBER("lag", prompt_cache, lag_s, UNIT_S, 0, S_PER_HOUR, PARAM_OPTIONAL, PARAM_PLAIN,
           "from the start of the first write until a prefix can be read; calls before that write again"),
    NUMBER("min_tokens", prompt_cache, min_tok, UNIT_TOK, 0, 1e9, PARAM_OPTIONAL, PARAM_PLAIN,
           "a shorter prefix is not cached"),
    NUMBER("fallback_read", prompt_cache, read_ratio, UNIT_NONE, 0, 10, PARAM_OPTIONAL, PARAM_PLAIN,
           "price of a read as a multiple of the input price, where the price book has none: 0.1"),
    NUMBER("fallback_write", prompt_cache, write_ratio, UNIT_NONE, 0, 10, PARAM_OPTIONAL, PARAM_PLAIN,
           "price of a write as a multiple of the input price, where the price book has none: 1.25"),
    NUMBER("storage_per_hour", prompt_cache, storage_usd_per_tok_hour, UNIT_USD_PER_TOK, 0, 1, PARAM_OPTIONAL,
           PARAM_PLAIN, "price of keeping a token for an hour: `4.50 usd/Mtok`"),
    COUNT("pools", prompt_cache, pools, 1, PROMPT_POOLS_MOST, "1",
          "places that do not share their entries: regions, providers, replicas"),
    NUMBER("affinity", prompt_cache, affinity_share, UNIT_SHARE, 0, 1, "100%", PARAM_PLAIN,
           "share of the calls that are sent to their prefix's own pool; the others go to any pool"),
};

int prompt_cache_is_given(const struct prompt_cache *cache)
{
    return cache->rules != PROMPT_RULES_OWN || (cache->ttl_s > 0 && cache->ttl_s != PARAM_ABSENT);
}

static int is_offered(const struct prompt_rule *rule, double ttl_s)
{
    for (int i = 0; i < PROMPT_TTLS_MOST && rule->ttl_s[i] > 0; i++)
        if (rule->ttl_s[i] == ttl_s) return 1;
    return 0;
}

static int check_own(const struct prompt_cache *cache, struct complaint *c)
{
    if (cache->ttl_s == PARAM_ABSENT)
        return complain(c, "ttl", "a prompt cache without a provider's `rules` needs `ttl`",
                        "for example {rules: bedrock-claude}, or {ttl: 5min, lag: 5s, min_tokens: 1024}");
    if (cache->lag_s == PARAM_ABSENT)
        return complain(c, "lag", "a prompt cache without a provider's `rules` needs `lag`",
                        "`lag: 0s` if there is none");
    if (cache->min_tok == PARAM_ABSENT)
        return complain(c, "min_tokens", "a prompt cache without a provider's `rules` needs `min_tokens`",
                        "`min_tokens: 0` if any prefix is cached");
    return 1;
}

static int prompt_cache_check(const void *block, struct complaint *c)
{
    const struct prompt_cache *cache = (const struct prompt_cache *)block;
    const struct prompt_rule *rule = &prompt_rules[cache->rules];
    char what[160];
    for (int32_t i = 0; i < cache->n_points; i++)
        for (int32_t j = 0; j < i; j++)
            if (cache->points[i].section == cache->points[j].section)
                return complain(c, "points", "a section is named twice", "leave one out");
    if (cache->rules == PROMPT_RULES_OWN) return check_own(cache, c);
    if (cache->ttl_s == PARAM_ABSENT || is_offered(rule, cache->ttl_s)) return 1;
    snprintf(what, sizeof what, "%s does not offer this time to live", rule->name);
    return complain(c, "ttl", what,
                    "5min, or 1h where it is offered; for any other leave `rules` out and give lag and min_tokens");
}

const struct param_block prompt_cache_block = {.name = "prompt cache",
                                               ROWS(rows),
                                               .size = sizeof(struct prompt_cache),
                                               .scalar_key = "rules",
                                               .check = prompt_cache_check};

const struct param prompt_prefix_rows[2] = {
    NUMBER("prefix", prompt_prefix, prefix_tok, UNIT_TOK, 0, 1e9, "0 tok", PARAM_PLAIN,
           "tokens that every call repeats in front of its input: system prompt, tools"),
    COUNT("prefixes", prompt_prefix, prefixes, 1, PROMPT_PREFIXES_MOST, "1",
          "distinct prefixes, equally popular: one per user or session"),
};
const struct param_block prompt_prefix_block = {
    .name = "prefix", ROWS(prompt_prefix_rows), .size = sizeof(struct prompt_prefix), .scalar_key = "prefix"};

static double chosen(double said, double by_rule)
{
    return said != PARAM_ABSENT ? said : by_rule;
}

static void derive_from_rule(const struct prompt_cache *cache, const struct prompt_rule *rule, const char *model,
                             struct prompt_terms *terms)
{
    const struct prompt_rule_model *listed = prompt_rule_model(rule, model);
    const int is_own = cache->rules == PROMPT_RULES_OWN, is_short = terms->ttl_s <= 5 * S_PER_MIN;
    const double read_ratio = listed != NULL && listed->read_ratio > 0 ? listed->read_ratio : rule->read_ratio;
    const double write_ratio = is_own ? 1 : is_short ? rule->write_5m_ratio : rule->write_1h_ratio;
    const double storage = listed != NULL ? listed->storage_usd_per_tok_hour : 0;
    terms->min_tok = chosen(cache->min_tok, listed != NULL ? listed->min_tok : rule->default_min_tok);
    terms->is_min_assumed = cache->min_tok == PARAM_ABSENT && listed == NULL;
    terms->read_ratio = chosen(cache->read_ratio, is_own ? 1 : read_ratio);
    terms->write_ratio = chosen(cache->write_ratio, write_ratio);
    terms->storage_usd_per_tok_s = chosen(cache->storage_usd_per_tok_hour, storage) / S_PER_HOUR;
    terms->write_class = rule->write_is_input && cache->write_ratio == PARAM_ABSENT ? TOKEN_INPUT_UNCACHED
                         : is_short                                                 ? TOKEN_CACHE_WRITE_5M
                                                                                    : TOKEN_CACHE_WRITE_1H;
    for (int32_t i = 0; i < cache->n_points; i++)
        terms->is_refused |= !is_own && (rule->sections & 1u << cache->points[i].section) == 0;
}

void prompt_cache_derive(const struct prompt_cache *cache, const char *model, struct prompt_terms *terms)
{
    const struct prompt_rule *rule = &prompt_rules[cache->rules];
    memset(terms, 0, sizeof *terms);
    terms->n_pools = 1;
    terms->affinity_share = 1;
    if (!prompt_cache_is_given(cache)) return;
    terms->is_on = 1;
    terms->ttl_s = chosen(cache->ttl_s, rule->ttl_s[0]);
    terms->lag_s = chosen(cache->lag_s, rule->lag_s);
    terms->ttl_ns = (int64_t)(terms->ttl_s * (double)NS_PER_S + 0.5);
    terms->lag_ns = (int64_t)(terms->lag_s * (double)NS_PER_S + 0.5);
    terms->n_pools = (int32_t)cache->pools;
    terms->affinity_share = cache->affinity_share;
    derive_from_rule(cache, rule, model, terms);
}

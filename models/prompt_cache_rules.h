/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What providers publish about prompt caching, one row each, with where it was read and how sure it is. The rows are
 * data: prompt_cache.c takes from them what a route's `prompt_cache` block does not say itself.
 *
 * A model is found by a piece of its name: `claude-opus-4-6` is in `us.anthropic.claude-opus-4-6-v1`, behind a dot, a
 * stroke or nothing, and no digit follows. The longest piece that fits wins. A model that no row names gets the
 * provider's largest minimum, so that a cache is rather missed than promised.
 *
 * Multipliers of the input price stand here for models without cache prices in the price book; a price of the book goes
 * first. The period is that of the material: providers change these numbers, so look them up before relying on them. */
#ifndef FLOE_MODELS_PROMPT_CACHE_RULES_H
#define FLOE_MODELS_PROMPT_CACHE_RULES_H

#include "models/param.h"
#include "models/price.h"

enum cache_section { CACHE_IN_SYSTEM, CACHE_IN_TOOLS, CACHE_IN_MESSAGES, CACHE_SECTION_N };

enum prompt_rules {
    PROMPT_RULES_OWN, /* the block says all itself */
    PROMPT_RULES_ANTHROPIC,
    PROMPT_RULES_BEDROCK_CLAUDE,
    PROMPT_RULES_BEDROCK_NOVA,
    PROMPT_RULES_OPENAI,
    PROMPT_RULES_GEMINI_IMPLICIT,
    PROMPT_RULES_GEMINI_EXPLICIT,
    PROMPT_RULES_N
};

#define PROMPT_TTLS_MOST 3
#define PROMPT_RULE_MODELS_MOST 16

/* What differs by model. */
struct prompt_rule_model {
    const char *piece;
    int32_t min_tok;
    double read_ratio;               /* of the input price; 0: that of the rule */
    double storage_usd_per_tok_hour; /* 0: storing costs nothing */
    const char *note;                /* a conflict between sources, or NULL */
};

struct prompt_rule {
    const char *name;
    double ttl_s[PROMPT_TTLS_MOST]; /* offered, 0 ends; the first is the preset. None: any time to live */
    int32_t default_min_tok;        /* of a model that is not listed */
    uint32_t sections;              /* bit 1 << cache_section where a cache point is accepted */
    int32_t write_is_input;         /* the provider bills a write as plain input and reports no class for it */
    double read_ratio, write_5m_ratio, write_1h_ratio; /* of the input price */
    double lag_s;                                      /* from a write's start until another call can read it */
    enum evidence lag_evidence;
    const char *source, *date, *note;
    struct prompt_rule_model models[PROMPT_RULE_MODELS_MOST]; /* piece NULL ends */
};

extern const struct prompt_rule prompt_rules[PROMPT_RULES_N];   /* [PROMPT_RULES_OWN] is empty */
extern const char *const prompt_rule_names[PROMPT_RULES_N + 1]; /* of the rows, for the choice `rules` */

/* What the row says of the model; NULL: it is not listed. */
const struct prompt_rule_model *prompt_rule_model(const struct prompt_rule *rule, const char *model);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What providers publish about their quotas, one row each, with where it was read and how sure it is. The rows are
 * data: quota.c takes from them what a `quota` block does not say itself.
 *
 * A model is found by a piece of its name, as in prompt_cache_rules.h: `claude-opus-4` is in
 * `us.anthropic.claude-opus-4-6-v1`. The longest piece that fits wins; a model that no row names has the rule's own
 * burndown. Limits differ by account, so most rows hold none: they come from the scenario, with `evidence: contract`.
 *
 * Not in the material, so not here: Azure OpenAI's rules, the numbers of Anthropic's tiers of 2026 (Evaluation, Start,
 * Build, Scale, Custom) and of its acceleration limits. Write those with `rules: custom` or as keys of the block. */
#ifndef FLOE_MODELS_QUOTA_RULES_H
#define FLOE_MODELS_QUOTA_RULES_H

#include "models/param.h"

enum quota_rules {
    QUOTA_RULES_CUSTOM, /* the block says all itself */
    QUOTA_RULES_BEDROCK,
    QUOTA_RULES_BEDROCK_MANTLE,
    QUOTA_RULES_BEDROCK_PROVISIONED,
    QUOTA_RULES_ANTHROPIC,
    QUOTA_RULES_ANTHROPIC_TIER_1,
    QUOTA_RULES_OPENAI,
    QUOTA_RULES_N
};

#define QUOTA_RULE_MODELS_MOST 12

struct quota_rule_model {
    const char *piece;
    double burndown;
};

struct quota_rule {
    const char *name;
    double tokens_per_min, input_per_min, output_per_min, requests_per_min; /* 0: differs by account */
    double day_tokens_of_tpm; /* tokens a day over TPM; 0: no such limit */
    double burst_s;
    double burndown;                            /* quota tokens of an output token, where no model below fits */
    double cache_read_ratio, cache_write_ratio; /* quota tokens of a token read from or written to a prompt cache */
    int32_t reserves_output, reserves_burndown, reserves_cache_reads, settles;
    int32_t counts_rejections, tells_retry_after;
    double model_max_tok; /* reserved where a call sets no maximum */
    enum evidence evidence;
    const char *source, *date, *note;
    struct quota_rule_model models[QUOTA_RULE_MODELS_MOST]; /* piece NULL ends */
};

extern const struct quota_rule quota_rules[QUOTA_RULES_N];
extern const char *const quota_rule_names[QUOTA_RULES_N + 1]; /* for the choice `rules` */

/* Quota tokens of an output token of this model. */
double quota_rule_burndown(const struct quota_rule *rule, const char *model);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/quota_rules.h"

#include <string.h>

#include "models/units.h"

#define SEEN "2025-11 to 2026-11"
#define A_MINUTE_S ((double)S_PER_MIN)
#define MINUTES_A_DAY ((double)S_PER_DAY / S_PER_MIN)
#define MODEL_MAX_TOK 64000 /* published maxima are 64K to 128K; the lower one throttles least */

/* AWS: output of Claude 3.7 and of every later Claude burns five quota tokens. */
#define CLAUDE_BURNDOWN                                                                                                \
    {"claude-3-7", 5}, {"claude-sonnet-4", 5}, {"claude-opus-4", 5}, {"claude-haiku-4", 5}, {"claude-sonnet-5", 5},    \
        {"claude-opus-5", 5},                                                                                          \
    {                                                                                                                  \
        "claude-haiku-5", 5                                                                                            \
    }

const char *const quota_rule_names[QUOTA_RULES_N + 1] = {
    "custom", "bedrock", "bedrock-mantle", "bedrock-provisioned", "anthropic", "anthropic-tier-1", "openai", NULL};

const struct quota_rule quota_rules[QUOTA_RULES_N] = {
    [QUOTA_RULES_CUSTOM] = {.name = "custom",
                            .burst_s = A_MINUTE_S,
                            .burndown = 1,
                            .cache_read_ratio = 1,
                            .cache_write_ratio = 1,
                            .reserves_output = 1,
                            .settles = 1,
                            .tells_retry_after = 1,
                            .model_max_tok = MODEL_MAX_TOK,
                            .evidence = EVIDENCE_ASSUMED,
                            .source = "",
                            .date = "",
                            .note = "one quota token for every token"},
    [QUOTA_RULES_BEDROCK] =
        {.name = "bedrock",
         .day_tokens_of_tpm = MINUTES_A_DAY,
         .burst_s = A_MINUTE_S,
         .burndown = 1,
         .cache_read_ratio = 0,
         .cache_write_ratio = 1,
         .reserves_output = 1,
         .reserves_burndown = 0,
         .reserves_cache_reads = 1,
         .settles = 1,
         .model_max_tok = MODEL_MAX_TOK,
         .evidence = EVIDENCE_PUBLIC,
         .source = "docs.aws.amazon.com/bedrock quotas-runtime and quotas-token-burndown; aws/agent-toolkit-for-aws, "
                   "quota-health.md",
         .date = SEEN,
         .note = "input and output share one limit; new accounts get less than TPM x 1440 a day; sources disagree "
                 "whether max_tokens is multiplied when it is reserved (the toolkit: no); requests per minute are said "
                 "to be no longer enforced: give `requests` where they are; burst and maximum output are assumed",
         .models = {CLAUDE_BURNDOWN}},
    [QUOTA_RULES_BEDROCK_MANTLE] =
        {.name = "bedrock-mantle",
         .burst_s = A_MINUTE_S,
         .burndown = 1,
         .cache_read_ratio = 0,
         .cache_write_ratio = 1,
         .reserves_output = 1,
         .settles = 1,
         .model_max_tok = MODEL_MAX_TOK,
         .evidence = EVIDENCE_PUBLIC,
         .source = "docs.aws.amazon.com/bedrock quotas-mantle",
         .date = SEEN,
         .note = "separate limits of input and output; published is that alone, the other rules are taken from "
                 "bedrock's, without a burndown"},
    [QUOTA_RULES_BEDROCK_PROVISIONED] = {.name = "bedrock-provisioned",
                                         .burst_s = A_MINUTE_S,
                                         .burndown = 1,
                                         .cache_read_ratio = 0.1,
                                         .cache_write_ratio = 1.25,
                                         .reserves_output = 1,
                                         .settles = 1,
                                         .model_max_tok = MODEL_MAX_TOK,
                                         .evidence = EVIDENCE_PUBLIC,
                                         .source = "AWS, provisioned throughput (read through a secondary source)",
                                         .date = SEEN,
                                         .note = "input + 1.25 cache writes + 0.1 cache reads + output"},
    [QUOTA_RULES_ANTHROPIC] =
        {.name = "anthropic",
         .burst_s = A_MINUTE_S,
         .burndown = 1,
         .cache_read_ratio = 0,
         .cache_write_ratio = 1,
         .reserves_output = 1,
         .settles = 1,
         .tells_retry_after = 1,
         .model_max_tok = MODEL_MAX_TOK,
         .evidence = EVIDENCE_PUBLIC,
         .source = "docs.claude.com, rate limits; support.claude.com 8243635",
         .date = SEEN,
         .note = "requests, input and output apart, per organization and model class, refilled continuously; may be "
                 "enforced over shorter spans (60 a minute as 1 a second: `burst: 1s`); reads count on some older "
                 "models; sharp ramps are limited by rules without published numbers: `acceleration`"},
    [QUOTA_RULES_ANTHROPIC_TIER_1] =
        {.name = "anthropic-tier-1",
         .requests_per_min = 50,
         .input_per_min = 30000,
         .output_per_min = 8000,
         .burst_s = A_MINUTE_S,
         .burndown = 1,
         .cache_read_ratio = 0,
         .cache_write_ratio = 1,
         .reserves_output = 1,
         .settles = 1,
         .tells_retry_after = 1,
         .model_max_tok = MODEL_MAX_TOK,
         .evidence = EVIDENCE_PUBLIC,
         .source = "docs.claude.com, rate limits",
         .date = "2025",
         .note = "historical numbers of Opus 4 and Sonnet 4; the tiers of 2026 have other names"},
    [QUOTA_RULES_OPENAI] =
        {.name = "openai",
         .burst_s = A_MINUTE_S,
         .burndown = 1,
         .cache_read_ratio = 1,
         .cache_write_ratio = 1,
         .reserves_output = 1,
         .reserves_cache_reads = 1,
         .settles = 0,
         .counts_rejections = 1,
         .tells_retry_after = 1,
         .model_max_tok = MODEL_MAX_TOK,
         .evidence = EVIDENCE_PUBLIC,
         .source = "help.openai.com 5955604 and 6891753",
         .date = SEEN,
         .note = "unsuccessful requests count; tokens are estimated from prompt and max_tokens; limits may be enforced "
                 "over shorter spans (60 a minute as 1 a second: `burst: 1s`); that cached input counts, that the "
                 "estimate is not settled and the retry-after header are assumed"},
};

/* As a word of the name: behind its begin, a dot or a stroke, and no digit follows. */
static int is_piece(const char *name, const char *piece)
{
    const size_t n = strlen(piece);
    for (const char *at = strstr(name, piece); at != NULL; at = strstr(at + 1, piece))
        if ((at == name || at[-1] == '.' || at[-1] == '/') && !(at[n] >= '0' && at[n] <= '9')) return 1;
    return 0;
}

double quota_rule_burndown(const struct quota_rule *rule, const char *model)
{
    const struct quota_rule_model *best = NULL;
    for (int i = 0; i < QUOTA_RULE_MODELS_MOST && rule->models[i].piece != NULL; i++)
        if (is_piece(model, rule->models[i].piece) &&
            (best == NULL || strlen(rule->models[i].piece) > strlen(best->piece)))
            best = &rule->models[i];
    return best == NULL ? rule->burndown : best->burndown;
}

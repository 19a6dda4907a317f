/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/prompt_cache_rules.h"

#include <string.h>

#include "models/units.h"

#define IN(S) (1u << CACHE_IN_##S)
#define IN_ALL (IN(SYSTEM) | IN(TOOLS) | IN(MESSAGES))
#define TTL_5MIN (5.0 * S_PER_MIN)
#define TTL_1H ((double)S_PER_HOUR)
#define PER_MTOK(USD) ((USD) / TOK_PER_MTOK)
#define SEEN "2025-11 to 2026-11"

/* Minimum prefixes of Claude models. Anthropic's page and AWS's toolkit disagree on Sonnet 4.6. */
#define CLAUDE_MINIMA(SONNET_4_6, NOTE)                                                                                \
    {"claude-sonnet-4-6", SONNET_4_6, 0, 0, NOTE}, {"claude-sonnet-4-5", 1024, 0, 0, NULL},                            \
        {"claude-opus-4-20250514", 1024, 0, 0, NULL}, {"claude-opus-4-0", 1024, 0, 0, NULL},                           \
        {"claude-opus-4-1", 1024, 0, 0, NULL}, {"claude-opus-4-5", 4096, 0, 0, NULL},                                  \
        {"claude-opus-4-6", 4096, 0, 0, NULL}, {"claude-opus-4-7", 2048, 0, 0, NULL},                                  \
        {"claude-opus-4-8", 1024, 0, 0, NULL}, {"claude-opus-5", 512, 0, 0, NULL},                                     \
        {"claude-haiku-4-5", 4096, 0, 0, NULL}, {"claude-3-5-haiku", 2048, 0, 0, NULL},                                \
    {                                                                                                                  \
        "claude-haiku-3-5", 2048, 0, 0, NULL                                                                           \
    }

const char *const prompt_rule_names[PROMPT_RULES_N + 1] = {
    "own", "anthropic", "bedrock-claude", "bedrock-nova", "openai", "gemini-implicit", "gemini-explicit", NULL};

const struct prompt_rule prompt_rules[PROMPT_RULES_N] = {
    [PROMPT_RULES_ANTHROPIC] =
        {.name = "anthropic",
         .ttl_s = {TTL_5MIN, TTL_1H},
         .default_min_tok = 4096,
         .sections = IN_ALL,
         .read_ratio = 0.1,
         .write_5m_ratio = 1.25,
         .write_1h_ratio = 2,
         .lag_s = 2,
         .lag_evidence = EVIDENCE_ASSUMED,
         .source = "platform.claude.com, prompt caching (read through secondary sources)",
         .date = SEEN,
         .note = "an entry can be read once the first response begins; 2 s stands for that time to first token",
         .models = {CLAUDE_MINIMA(1024, "AWS's toolkit says 2048 for Sonnet 4.6 on Bedrock")}},
    [PROMPT_RULES_BEDROCK_CLAUDE] =
        {.name = "bedrock-claude",
         .ttl_s = {TTL_5MIN, TTL_1H},
         .default_min_tok = 4096,
         .sections = IN_ALL,
         .read_ratio = 0.1,
         .write_5m_ratio = 1.25,
         .write_1h_ratio = 2,
         .lag_s = 5,
         .lag_evidence = EVIDENCE_MEASURED,
         .source = "aws/agent-toolkit-for-aws, prompt-caching.md; lag: rajmurugan.com, three-things-bedrock-workload",
         .date = SEEN,
         .note = "the lag was measured in eu-central-1; 1 h is offered on the 4.5 and 4.6 models",
         .models = {CLAUDE_MINIMA(2048, "Anthropic's own page says 1024 for Sonnet 4.6")}},
    [PROMPT_RULES_BEDROCK_NOVA] =
        {.name = "bedrock-nova",
         .ttl_s = {TTL_5MIN},
         .default_min_tok = 1536,
         .sections = IN(SYSTEM) | IN(MESSAGES),
         .read_ratio = 0.25,
         .write_5m_ratio = 1,
         .write_1h_ratio = 1,
         .lag_s = 9,
         .lag_evidence = EVIDENCE_DERIVED,
         .source = "AWS price lists and prompt caching pages (read through secondary sources); lag: inferred from "
                   "rajmurugan.com, three-things-bedrock-workload",
         .date = SEEN,
         .note = "price lists show no surcharge for writes, the cited post assumes 1.25; two writes in ten calls 6 s "
                 "apart put the lag between 6 and 12 s; a cache point in the tools fails the call with a 400",
         .models = {{"nova-pro", 1024, 0, 0, NULL}, {"nova-lite", 1536, 0, 0, NULL}, {"nova-micro", 1536, 0, 0, NULL}}},
    [PROMPT_RULES_OPENAI] =
        {.name = "openai",
         .ttl_s = {TTL_5MIN, TTL_1H, (double)S_PER_DAY},
         .default_min_tok = 1024,
         .sections = IN_ALL,
         .write_is_input = 1,
         .read_ratio = 0.1,
         .write_5m_ratio = 1,
         .write_1h_ratio = 1,
         .lag_s = 0,
         .lag_evidence = EVIDENCE_ASSUMED,
         .source = "developers.openai.com, prompt caching",
         .date = SEEN,
         .note = "automatic; entries last 5 to 10 min of idleness, at most 1 h, or 24 h extended; steps of 128 tokens "
                 "are left out; writes may cost extra from GPT-5.6 on; no lag is published",
         .models = {{"gpt-4o", 1024, 0.5, 0, NULL}, {"gpt-4.1", 1024, 0.25, 0, NULL}, {"gpt-5", 1024, 0.1, 0, NULL}}},
    [PROMPT_RULES_GEMINI_IMPLICIT] =
        {.name = "gemini-implicit",
         .ttl_s = {TTL_5MIN, TTL_1H},
         .default_min_tok = 4096,
         .sections = IN_ALL,
         .write_is_input = 1,
         .read_ratio = 0.1,
         .write_5m_ratio = 1,
         .write_1h_ratio = 1,
         .lag_s = 0,
         .lag_evidence = EVIDENCE_ASSUMED,
         .source = "ai.google.dev/gemini-api/docs/caching and pricing (read through secondary sources)",
         .date = SEEN,
         .note = "no time to live is published: 5 min is assumed; reads cost 0.25 before 2.5",
         .models = {{"gemini-2.5-flash", 1024, 0, 0, NULL},
                    {"gemini-2.5-pro", 4096, 0, 0, "2048 on Vertex"},
                    {"gemini-2.0-flash", 1024, 0.25, 0, NULL}}},
    [PROMPT_RULES_GEMINI_EXPLICIT] =
        {.name = "gemini-explicit",
         .ttl_s = {TTL_1H, TTL_5MIN, (double)S_PER_DAY},
         .default_min_tok = 4096,
         .sections = IN_ALL,
         .write_is_input = 1,
         .read_ratio = 0.1,
         .write_5m_ratio = 1,
         .write_1h_ratio = 1,
         .lag_s = 0,
         .lag_evidence = EVIDENCE_ASSUMED,
         .source = "ai.google.dev/gemini-api/docs/caching and pricing (read through secondary sources)",
         .date = SEEN,
         .note = "storage is billed by token and hour; the cache is taken to be renewed by each use (assumed)",
         .models = {{"gemini-2.5-flash", 1024, 0, PER_MTOK(1.0), NULL},
                    {"gemini-2.5-pro", 4096, 0, PER_MTOK(4.5), "2048 on Vertex"}}},
};

/* Does the piece stand here, as a word? */
static int is_piece(const char *name, const char *at, const char *piece)
{
    const size_t n = strlen(piece);
    if (strncmp(at, piece, n) != 0 || (at[n] >= '0' && at[n] <= '9')) return 0;
    return at == name || at[-1] == '.' || at[-1] == '/';
}

static int has_piece(const char *name, const char *piece)
{
    for (const char *at = name; *at != '\0'; at++)
        if (is_piece(name, at, piece)) return 1;
    return 0;
}

const struct prompt_rule_model *prompt_rule_model(const struct prompt_rule *rule, const char *model)
{
    const struct prompt_rule_model *best = NULL;
    for (int i = 0; i < PROMPT_RULE_MODELS_MOST && rule->models[i].piece != NULL; i++)
        if (has_piece(model, rule->models[i].piece) &&
            (best == NULL || strlen(rule->models[i].piece) > strlen(best->piece)))
            best = &rule->models[i];
    return best;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One model, many names: what a price book, a log and an invoice call it. model_name_base takes off what does not change
 * whose model it is, in this order:
 *   a path             bedrock/us-east-1/anthropic.claude-opus-4-6-v1:0  ->  anthropic.claude-opus-4-6-v1:0
 *   a region           us. eu. apac. global. jp. au. ca. us-gov.
 *   a provider         anthropic. amazon. meta. mistral. cohere. deepseek. openai. qwen. ai21. writer. moonshot.
 *   a version          -v1:0  :0  and -v1 behind a provider
 *   a date             -20250219  -2025-02-19  @20250219
 * and turns capital letters into small ones. Names that say nothing else (`v1`) are left as they are.
 *
 * Limits: a regional profile may cost more (Bedrock: 10 %), so prices are looked up by the full name first and by the
 * base only when no row has it; two dated versions of one model have one base. Source: names in LiteLLM's price file of
 * 2026-07-02. */
#ifndef FLOE_MODELS_MODEL_NAME_H
#define FLOE_MODELS_MODEL_NAME_H

#include "models/param.h"

/* Bytes of the region in front of a name: 3 of "us.claude"; 0: none. */
size_t model_name_region(const char *name);

void model_name_base(const char *name, char out[NAME_BYTES]);
/* 1: the same base, whatever separates its words: AWS bills ClaudeOpus4.6 or Claude3.7Sonnet. */
int model_name_is_alike(const char *a, const char *b);

#endif

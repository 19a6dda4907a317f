/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an invoice line counts, out of its words: nobody writes them alike.
 *
 *   units     "Tokens", "1K tokens", "1,000,000 Tokens", "Million Tokens", "Requests", "GPU-Hours"
 *   meters    "input", "USE1-ClaudeOpus4-input-tokens", "cached input", "CacheWriteInputTokenCount"
 *
 * A unit with a word that is not known is no unit: its quantity is left out rather than guessed. */
#ifndef FLOE_ACTUALS_FOCUS_UNIT_H
#define FLOE_ACTUALS_FOCUS_UNIT_H

#include "actuals/import.h"

enum focus_unit {
    FOCUS_UNIT_UNKNOWN,
    FOCUS_UNIT_TOKENS,
    FOCUS_UNIT_REQUESTS,
    FOCUS_UNIT_GPU_HOURS,
    FOCUS_UNIT_STORAGE
};

/* scale: how many of it one unit is; 1,000 for "1K tokens". is_strict = 0: in a sentence, other words may stand. */
enum focus_unit focus_unit_of(struct import_text text, int is_strict, double *scale);

/* 1: *kind is the token class (or request, GPU hour, storage) that the words name. */
int focus_meter_of(struct import_text text, enum fact_kind *kind);

/* "batch", "flex", "priority", or "" */
const char *focus_tier_of(struct import_text text);

/* The model in an AWS usage type, USE1-ClaudeOpus4-input-tokens: ClaudeOpus4; n = 0: there is none. */
struct import_text focus_model_of_usage_type(struct import_text text);

/* The model in a resource id: an ARN's foundation-model or inference-profile, or the id itself. */
struct import_text focus_model_of_resource(struct import_text text);

#endif

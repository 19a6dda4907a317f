/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of LiteLLM's model_prices_and_context_window.json as prices of Floe's token classes. Dollars per token on
 * both sides; nothing is converted.
 *
 *     input_cost_per_token                         input
 *     output_cost_per_token                        output
 *     cache_read_input_token_cost                  cache_read; else input_cost_per_token_cache_hit
 *     cache_creation_input_token_cost              cache_write_5m
 *     cache_creation_input_token_cost_above_1hr    cache_write_1h
 *     each of these five with _above_<N>k_tokens   the same in a band above N * 1000 input tokens
 *     tiered_pricing [{range: [from, to], ...}]    the first tier is the row, each other a band above its `from`
 *
 * Rules of LiteLLM (litellm_core_utils/llm_cost_calc/utils.py): a request with MORE input tokens than the threshold is
 * billed at the band's prices as a whole, and the highest band counts; for the provider xai "at least" takes the place
 * of "more than", so its thresholds become one token lower here. An input or output price that a band lacks is that of
 * the row. A tier is chosen by the whole request as well.
 *
 * What the file leaves open, under `missing: input` (marked PRICE_ASSUMED) or `missing: omit` (left out):
 *     cache_read              billed as input
 *     cache_write_5m, _1h     as input if the row claims supports_prompt_caching and states neither; else left out
 *     a band's cache prices   as the band's input, for each class that the row has a price for
 * LiteLLM itself bills a missing cache price as 0, which understates every bill with caching.
 *
 * Refused: a price that is no number, negative or above LITELLM_USD_PER_TOK_MOST; more than PRICE_BANDS_MOST bands;
 * tiers with gaps; a field given twice. The limit is far below the schema's 1 usd but above every list price known (600
 * usd/Mtok): 16 rows of the file of 2026-07-02 are beyond it (13 of wandb, 2 of watsonx, 1 of azure_ai, up to 540,000
 * usd/Mtok), and a price a thousand times too high must not decide a comparison. */
#ifndef FLOE_READ_LITELLM_ROW_H
#define FLOE_READ_LITELLM_ROW_H

#include "models/price.h"
#include "sim/base.h"

struct cJSON;

#define LITELLM_USD_PER_TOK_MOST 0.001
#define MTOK_POWER 6 /* TOK_PER_MTOK as a power of ten: a price is written per Mtok */

enum price_mark { PRICE_LEFT_OUT, PRICE_STATED, PRICE_ASSUMED };

struct marked_prices {
    double usd_per_tok[TOKEN_CLASS_N];
    enum price_mark marks[TOKEN_CLASS_N];
};

struct marked_band {
    double above_tok;
    struct marked_prices prices;
};

struct litellm_row {
    struct marked_prices base;
    int32_t n_bands;
    struct marked_band bands[PRICE_BANDS_MOST]; /* rising thresholds */
};

enum litellm_verdict {
    LITELLM_PRICED,
    LITELLM_NO_TOKEN_PRICE, /* it has no input or no output price per token */
    LITELLM_REFUSED
};

#define LITELLM_WHY_BYTES 200

/* `why` is filled unless LITELLM_PRICED. */
enum litellm_verdict litellm_read_row(const struct cJSON *row, int missing_as_input, struct litellm_row *out,
                                      char why[LITELLM_WHY_BYTES]) FLOE_MUST_CHECK;

/* 1: a field about prices that litellm_read_row does not use (batches, audio, per second, multipliers ...). */
int litellm_is_unmapped_price(const char *field);

/* 1: one of the five fields above, with or without _above_<N>k_tokens; `class` and `above_tok` (0: the row itself). */
int litellm_split_field(const char *field, int *class_of, double *above_tok);

/* A price of 0 stands in the list. */
int marked_prices_have_zero(const struct marked_prices *prices);

#endif

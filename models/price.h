/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prices: what one request costs. A model has dated rows; a row has a price per token class and may have price bands:
 * when the whole input of a request (cached or not) is above a band's threshold, ALL its tokens are billed at that
 * band's prices (long-context pricing is a cliff, not a marginal step: LiteLLM llm_cost_calc/utils.py and genai-prices
 * agree). The highest band that applies counts.
 *
 * The row in force is the latest whose `from` is not after the request's start. Before the first row's date the first
 * row is used, and the run warns: replaying an old trace at today's prices is legitimate, if said.
 *
 * A missing cache price is a price nobody stated, not a free token: by `prices.missing_cache_price` it is billed as
 * uncached input (the default, with a warning), or the scenario is refused. */
#ifndef FLOE_MODELS_PRICE_H
#define FLOE_MODELS_PRICE_H

#include "models/param.h"
#include "models/units.h"
#include "sim/base.h"

#define PRICE_ROWS_MOST 8
#define PRICE_BANDS_MOST 4
#define PRICE_SLOTS_MOST (PRICE_ROWS_MOST * (PRICE_BANDS_MOST + 1))
#define MODELS_MOST 64

enum token_class {
    TOKEN_INPUT_UNCACHED,
    TOKEN_CACHE_READ,
    TOKEN_CACHE_WRITE_5M,
    TOKEN_CACHE_WRITE_1H,
    TOKEN_OUTPUT,
    TOKEN_CLASS_N
};

/* What a usage row counts: tokens of a class, what the provider's prompt cache keeps in token seconds, or the billed
 * attempts themselves. */
enum usage_class { USAGE_CACHE_STORAGE = TOKEN_CLASS_N, USAGE_REQUEST, USAGE_CLASS_N };
extern const char *const usage_class_names[USAGE_CLASS_N]; /* the token classes first, by their names */
extern const char *const usage_class_units[USAGE_CLASS_N];

extern const char *const token_class_names[TOKEN_CLASS_N]; /* as in the usage table: "input_uncached" ... */

/* Dollars per token by class; PARAM_ABSENT where the file says nothing. */
struct price_list {
    double input, output, cache_read, cache_write_5m, cache_write_1h;
};

struct price_band {
    double above_tok; /* input tokens strictly above this */
    struct price_list usd_per_tok;
    int32_t is_free;
};

struct price_row {
    int64_t from_at_s; /* since 1970; INSTANT_ABSENT: always */
    struct price_list usd_per_tok;
    int32_t is_free;
    int32_t n_bands;
    struct price_band bands[PRICE_BANDS_MOST]; /* rising thresholds */
};

struct model_prices {
    char name[NAME_BYTES];
    int32_t n_rows;
    struct price_row rows[PRICE_ROWS_MOST]; /* rising dates */
};

enum missing_cache_price { MISSING_BILLED_AS_INPUT, MISSING_REFUSED };

struct prices {
    int32_t missing_cache_price;
    int32_t n_models;
    struct model_prices models[MODELS_MOST]; /* those that the scenario uses */
};

/* A price slot is a row and a band of a model: within one, every class has one unit price. */
#define PRICE_SLOTS_PER_ROW (PRICE_BANDS_MOST + 1)

/* The row in force at an instant; the first one before all dates. */
FLOE_FN int32_t price_row_at(const struct model_prices *model, int64_t at_s)
{
    int32_t row = 0;
    for (int32_t i = 1; i < model->n_rows; i++)
        if (model->rows[i].from_at_s <= at_s) row = i;
    return row;
}

/* 0: the base prices; i: the i-th band, the highest whose threshold is below the input. */
FLOE_FN int32_t price_band_at(const struct price_row *row, double input_tok)
{
    int32_t band = 0;
    for (int32_t i = 0; i < row->n_bands; i++)
        if (input_tok > row->bands[i].above_tok) band = i + 1;
    return band;
}

FLOE_FN double price_list_get(const struct price_list *list, enum token_class token_class)
{
    double price = PARAM_ABSENT;
    switch (token_class) {
    case TOKEN_CACHE_READ: price = list->cache_read; break;
    case TOKEN_CACHE_WRITE_5M: price = list->cache_write_5m; break;
    case TOKEN_CACHE_WRITE_1H: price = list->cache_write_1h; break;
    case TOKEN_OUTPUT: return list->output;
    default: return list->input;
    }
    return price == PARAM_ABSENT ? list->input
                                 : price; /* billed as uncached input; the reader refuses it if asked to */
}

/* Dollars per token. */
FLOE_FN double price_get(const struct price_row *row, int32_t band, enum token_class token_class)
{
    return price_list_get(band == 0 ? &row->usd_per_tok : &row->bands[band - 1].usd_per_tok, token_class);
}

extern const struct param_block price_band_block, price_row_block, model_prices_block, prices_block;

#endif

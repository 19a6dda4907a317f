/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price.h"

#include "models/param_rows.h"

const char *const token_class_names[TOKEN_CLASS_N] = {"input_uncached", "cache_read", "cache_write_5m",
                                                      "cache_write_1h", "output"};
const char *const usage_class_names[USAGE_CLASS_N] = {
    "input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output", "cache_storage", "request"};
const char *const usage_class_units[USAGE_CLASS_N] = {"tok", "tok", "tok", "tok", "tok", "tok s", "request"};

#define USD_PER_TOK_MOST 1.0
#define PRICE(K, T, F, PRESET, HELP)                                                                                   \
    NUMBER(K, T, usd_per_tok.F, UNIT_USD_PER_TOK, 0, USD_PER_TOK_MOST, PRESET, PARAM_FREE_WHEN_ZERO, HELP)
#define PRICE_LIST(T)                                                                                                  \
    PRICE("input", T, input, PARAM_REQUIRED, "uncached input: `3.00 usd/Mtok`"),                                       \
        PRICE("output", T, output, PARAM_REQUIRED, "output: `15.00 usd/Mtok`"),                                        \
        PRICE("cache_read", T, cache_read, PARAM_OPTIONAL, "input read from the provider's prompt cache"),             \
        PRICE("cache_write_5m", T, cache_write_5m, PARAM_OPTIONAL, "input written to the cache for 5 min"),            \
        PRICE("cache_write_1h", T, cache_write_1h, PARAM_OPTIONAL, "input written to the cache for 1 h"),              \
        FLAG("free", T, is_free, "false", "true: a price of 0 is meant, not missing")

static const struct param band_rows[] = {
    NUMBER("above", price_band, above_tok, UNIT_TOK, 1, 1e9, PARAM_REQUIRED, PARAM_PLAIN,
           "the band holds for requests with more input tokens than this, and reprices the whole request"),
    PRICE_LIST(price_band),
};
const struct param_block price_band_block = {.name = "price band", ROWS(band_rows), .size = sizeof(struct price_band)};

static const struct param row_rows[] = {
    INSTANT("from", price_row, from_at_s, PARAM_OPTIONAL, "the row holds from this date on; absent: always"),
    PRICE_LIST(price_row),
    MANY(PARAM_LIST, "bands", price_row, bands, n_bands, PRICE_BANDS_MOST, price_band_block, PARAM_OPTIONAL,
         "long-context price bands, rising thresholds"),
};

static int row_check(const void *block, struct complaint *c)
{
    const struct price_row *row = (const struct price_row *)block;
    for (int32_t i = 1; i < row->n_bands; i++)
        if (row->bands[i].above_tok <= row->bands[i - 1].above_tok)
            return complain(c, "bands", "the thresholds of price bands must rise", "sort them by `above`");
    return 1;
}
const struct param_block price_row_block = {
    .name = "price row", ROWS(row_rows), .size = sizeof(struct price_row), .check = row_check};

static const struct param model_rows[] = {
    MANY(PARAM_LIST, "rows", model_prices, rows, n_rows, PRICE_ROWS_MOST, price_row_block, PARAM_REQUIRED,
         "dated price rows, oldest first; a single row may stand in place of the list"),
};

static int model_check(const void *block, struct complaint *c)
{
    const struct model_prices *model = (const struct model_prices *)block;
    for (int32_t i = 1; i < model->n_rows; i++)
        if (model->rows[i].from_at_s <= model->rows[i - 1].from_at_s)
            return complain(c, "rows", "the dates of price rows must rise (a row without `from` comes first)", "");
    return 1;
}
const struct param_block model_prices_block = {
    .name = "model", ROWS(model_rows), .size = sizeof(struct model_prices), .list_key = "rows", .check = model_check};

static const char *const missing_names[] = {"input", "refuse", NULL};

static const struct param prices_rows[] = {
    CHOICE("missing_cache_price", prices, missing_cache_price, missing_names, "input",
           "a cache class without a price: billed as uncached `input`, or `refuse` the scenario"),
    MANY(PARAM_MAP, "models", prices, models, n_models, MODELS_MOST, model_prices_block, PARAM_OPTIONAL,
         "prices by model; these win over the price book"),
};
const struct param_block prices_block = {.name = "prices", ROWS(prices_rows), .size = sizeof(struct prices)};

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price.h"

#include <string.h>

#include "harness.h"

/* gpt-5.4 as LiteLLM listed it on 2026-07-02, dollars per token. */
static struct price_row gpt_5_4(void)
{
    struct price_row row = {
        .from_at_s = INSTANT_ABSENT, .usd_per_tok = {2.5e-6, 15e-6, 0.25e-6, PARAM_ABSENT, PARAM_ABSENT}, .n_bands = 1};
    row.bands[0] = (struct price_band){.above_tok = 272000,
                                       .usd_per_tok = {5e-6, 22.5e-6, 0.5e-6, PARAM_ABSENT, PARAM_ABSENT}};
    return row;
}

static void a_band_begins_strictly_above_its_threshold(void)
{
    const struct price_row row = gpt_5_4();
    check_i64(price_band_at(&row, 272000), 0);
    check_i64(price_band_at(&row, 272001), 1);
    check_i64(price_band_at(&row, 0), 0);
}

static void the_highest_band_that_applies_counts(void)
{
    struct price_row row = gpt_5_4();
    row.n_bands = 2;
    row.bands[1] = row.bands[0];
    row.bands[1].above_tok = 500000;
    check_i64(price_band_at(&row, 400000), 1);
    check_i64(price_band_at(&row, 500001), 2);
}

static void a_missing_cache_price_is_the_input_price_of_its_band(void)
{
    const struct price_row row = gpt_5_4();
    check_rel(price_get(&row, 0, TOKEN_CACHE_READ), 0.25e-6, 0);
    check_rel(price_get(&row, 0, TOKEN_CACHE_WRITE_5M), 2.5e-6, 0);
    check_rel(price_get(&row, 1, TOKEN_CACHE_READ), 0.5e-6, 0);
    check_rel(price_get(&row, 1, TOKEN_CACHE_WRITE_1H), 5e-6, 0);
    check_rel(price_get(&row, 1, TOKEN_OUTPUT), 22.5e-6, 0);
}

static void the_row_in_force_is_the_latest_begun(void)
{
    struct model_prices model = {.n_rows = 3};
    model.rows[0].from_at_s = INSTANT_ABSENT;
    model.rows[1].from_at_s = 1000;
    model.rows[2].from_at_s = 2000;
    check_i64(price_row_at(&model, -5), 0);
    check_i64(price_row_at(&model, 999), 0);
    check_i64(price_row_at(&model, 1000), 1);
    check_i64(price_row_at(&model, 5000), 2);
    model.rows[0].from_at_s = 500; /* before the first date the first row holds */
    check_i64(price_row_at(&model, 10), 0);
}

static void thresholds_and_dates_must_rise(void)
{
    struct complaint c;
    struct price_row row = gpt_5_4();
    check((price_row_block.check)(&row, &c));
    row.n_bands = 2;
    row.bands[1] = row.bands[0];
    check(!(price_row_block.check)(&row, &c));
    check_text(c.key, "bands");
    struct model_prices model = {.n_rows = 2};
    model.rows[0].from_at_s = 1000, model.rows[1].from_at_s = 1000;
    check(!(model_prices_block.check)(&model, &c));
    model.rows[1].from_at_s = 1001;
    check((model_prices_block.check)(&model, &c));
}

static const struct test tests[] = {
    {"a band begins strictly above its threshold", a_band_begins_strictly_above_its_threshold, FAST},
    {"the highest band that applies counts", the_highest_band_that_applies_counts, FAST},
    {"a missing cache price is the input price of its band", a_missing_cache_price_is_the_input_price_of_its_band,
     FAST},
    {"the row in force is the latest begun", the_row_in_force_is_the_latest_begun, FAST},
    {"thresholds and dates must rise", thresholds_and_dates_must_rise, FAST},
};
TEST_MAIN("price", tests)

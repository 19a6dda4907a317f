/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/litellm_row.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/read/decimal.h"

#define CACHE_HIT "input_cost_per_token_cache_hit"
enum { FIELDS_MOST = 256 }; /* of a row; the richest known has about 50 */

#define LITELLM_USD_PRINTABLE 1000000.0 /* no unit: beyond it, infinity too, the number itself is not worth showing */

static const char *const class_fields[TOKEN_CLASS_N] = {
    "input_cost_per_token", "cache_read_input_token_cost", "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr", "output_cost_per_token"};

static enum litellm_verdict refuse(char why[LITELLM_WHY_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum litellm_verdict refuse(char why[LITELLM_WHY_BYTES], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, LITELLM_WHY_BYTES, format, arguments);
    va_end(arguments);
    return LITELLM_REFUSED;
}

/* "_above_272k_tokens"; also "_above_200000_tokens", "_above_1m_tokens", "_above_200K": the file has changed its spelling
 * before, and a threshold that is overlooked makes a model too cheap. */
static int split_threshold(const char *rest, double *above_tok)
{
    int64_t number = 0, factor = 1;
    if (strncmp(rest, "_above_", 7) != 0) return 0;
    for (rest += 7; *rest >= '0' && *rest <= '9' && number < TOK_PER_MTOK * 1000LL; rest++)
        number = number * 10 + (*rest - '0');
    if (*rest == 'k' || *rest == 'K')
        factor = TOK_PER_KTOK, rest++;
    else if (*rest == 'm' || *rest == 'M')
        factor = TOK_PER_MTOK, rest++;
    if (number == 0 || (*rest != '\0' && strcmp(rest, "_tokens") != 0)) return 0;
    if (factor == 1 && number < TOK_PER_KTOK) return 0; /* "_above_1" is no number of tokens */
    *above_tok = (double)(number * factor);
    return 1;
}

int litellm_split_field(const char *field, int *class_of, double *above_tok)
{
    for (int c = 0; c < TOKEN_CLASS_N; c++) {
        const size_t n = strlen(class_fields[c]);
        if (strncmp(field, class_fields[c], n) != 0) continue;
        *class_of = c;
        *above_tok = 0;
        if (field[n] == '\0' || split_threshold(field + n, above_tok)) return 1;
    }
    return 0;
}

int litellm_is_unmapped_price(const char *field)
{
    static const char *const words[] = {"cost", "pricing", "billing", "multiplier", "provider_specific_entry"};
    int class_of;
    double above_tok;
    if (litellm_split_field(field, &class_of, &above_tok)) return 0;
    if (strcmp(field, CACHE_HIT) == 0 || strcmp(field, "tiered_pricing") == 0) return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(field, words[i]) != NULL) return 1;
    return 0;
}

int marked_prices_have_zero(const struct marked_prices *prices)
{
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        if (prices->marks[c] != PRICE_LEFT_OUT && prices->usd_per_tok[c] == 0) return 1;
    return 0;
}

static void set(struct marked_prices *prices, int c, double usd_per_tok, enum price_mark mark)
{
    prices->usd_per_tok[c] = usd_per_tok;
    prices->marks[c] = mark;
}

static enum litellm_verdict set_stated(struct marked_prices *prices, int c, const cJSON *field,
                                       char why[LITELLM_WHY_BYTES])
{
    const double value = field->valuedouble;
    if (cJSON_IsNull(field)) return LITELLM_PRICED; /* null: not stated */
    if (!cJSON_IsNumber(field)) return refuse(why, "%.80s is not a number", field->string);
    if (value < 0) return refuse(why, "%.80s is negative", field->string);
    if (!(value <= LITELLM_USD_PRINTABLE)) return refuse(why, "%.80s is no price", field->string);
    if (value > LITELLM_USD_PER_TOK_MOST) {
        char number[DECIMAL_TEXT_BYTES];
        decimal_print(value, -MTOK_POWER, number);
        return refuse(why, "%.80s is %s usd/Mtok, and more than 1000 is no known price: another unit?", field->string,
                      number);
    }
    set(prices, c, value, PRICE_STATED);
    return LITELLM_PRICED;
}

/* The band with this threshold, put in its place if it is new; NULL when there is no room. */
static struct marked_band *band_above(struct litellm_row *row, double above_tok)
{
    int32_t i = 0;
    while (i < row->n_bands && row->bands[i].above_tok < above_tok)
        i++;
    if (i < row->n_bands && row->bands[i].above_tok == above_tok) return &row->bands[i];
    if (row->n_bands == PRICE_BANDS_MOST) return NULL;
    memmove(&row->bands[i + 1], &row->bands[i], (size_t)(row->n_bands - i) * sizeof row->bands[0]);
    memset(&row->bands[i], 0, sizeof row->bands[i]);
    row->bands[i].above_tok = above_tok;
    row->n_bands++;
    return &row->bands[i];
}

static enum litellm_verdict too_many_bands(char why[LITELLM_WHY_BYTES])
{
    return refuse(why, "more than %d price bands", PRICE_BANDS_MOST);
}

static enum litellm_verdict read_flat_fields(const cJSON *json, struct litellm_row *row, char why[LITELLM_WHY_BYTES])
{
    const cJSON *field;
    enum litellm_verdict verdict = LITELLM_PRICED;
    cJSON_ArrayForEach(field, json)
    {
        int c;
        double above_tok;
        if (!litellm_split_field(field->string, &c, &above_tok) || cJSON_IsNull(field)) continue;
        struct marked_band *band = above_tok > 0 ? band_above(row, above_tok) : NULL;
        if (above_tok > 0 && band == NULL) return too_many_bands(why);
        verdict = set_stated(band ? &band->prices : &row->base, c, field, why);
        if (verdict != LITELLM_PRICED) return verdict;
    }
    const cJSON *hit = cJSON_GetObjectItemCaseSensitive(json, CACHE_HIT);
    if (hit != NULL && row->base.marks[TOKEN_CACHE_READ] == PRICE_LEFT_OUT)
        verdict = set_stated(&row->base, TOKEN_CACHE_READ, hit, why);
    return verdict;
}

/* range: [from, to] */
static int read_range(const cJSON *tier, double *from_tok, double *to_tok)
{
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(tier, "range");
    const cJSON *from = cJSON_GetArrayItem(range, 0), *to = cJSON_GetArrayItem(range, 1);
    if (!cJSON_IsArray(range) || !cJSON_IsNumber(from) || !cJSON_IsNumber(to)) return 0;
    *from_tok = from->valuedouble;
    *to_tok = to->valuedouble;
    return *from_tok >= 0 && *to_tok > *from_tok && *to_tok <= 1e9;
}

/* A key given twice has two meanings; which one counts differs from parser to parser. */
static const char *field_given_twice(const cJSON *json)
{
    for (const cJSON *a = json->child; a != NULL; a = a->next)
        for (const cJSON *b = a->next; b != NULL; b = b->next)
            if (strcmp(a->string, b->string) == 0) return a->string;
    return NULL;
}

static enum litellm_verdict read_tier(const cJSON *tier, struct marked_prices *prices, char why[LITELLM_WHY_BYTES])
{
    const cJSON *field;
    if (cJSON_GetArraySize(tier) > FIELDS_MOST || field_given_twice(tier) != NULL)
        return refuse(why, "a tier of tiered_pricing gives a field twice");
    cJSON_ArrayForEach(field, tier)
    {
        int c;
        double above_tok;
        if (!litellm_split_field(field->string, &c, &above_tok)) continue;
        if (above_tok > 0) return refuse(why, "a tier of tiered_pricing has a band of its own");
        const enum litellm_verdict verdict = set_stated(prices, c, field, why);
        if (verdict != LITELLM_PRICED) return verdict;
    }
    if (prices->marks[TOKEN_INPUT_UNCACHED] == PRICE_STATED && prices->marks[TOKEN_OUTPUT] == PRICE_STATED)
        return LITELLM_PRICED;
    return refuse(why, "a tier of tiered_pricing has no input or output price per token");
}

static enum litellm_verdict read_tiers(const cJSON *tiers, struct litellm_row *row, char why[LITELLM_WHY_BYTES])
{
    const cJSON *tier;
    double reached_tok = 0, from_tok, to_tok;
    if (row->n_bands > 0 || row->base.marks[TOKEN_INPUT_UNCACHED] || row->base.marks[TOKEN_OUTPUT])
        return refuse(why, "it has tiered_pricing and flat prices: which counts is unclear");
    cJSON_ArrayForEach(tier, tiers)
    {
        if (!cJSON_IsObject(tier) || !read_range(tier, &from_tok, &to_tok) || from_tok != reached_tok)
            return refuse(why, "the ranges of tiered_pricing do not follow each other from 0");
        struct marked_band *band = from_tok > 0 ? band_above(row, from_tok) : NULL;
        if (from_tok > 0 && band == NULL) return too_many_bands(why);
        const enum litellm_verdict verdict = read_tier(tier, band ? &band->prices : &row->base, why);
        if (verdict != LITELLM_PRICED) return verdict;
        reached_tok = to_tok;
    }
    return LITELLM_PRICED;
}

static void fill_row(struct marked_prices *base, int claims_caching)
{
    const double input = base->usd_per_tok[TOKEN_INPUT_UNCACHED];
    if (base->marks[TOKEN_CACHE_READ] == PRICE_LEFT_OUT) set(base, TOKEN_CACHE_READ, input, PRICE_ASSUMED);
    if (!claims_caching || base->marks[TOKEN_CACHE_WRITE_5M] || base->marks[TOKEN_CACHE_WRITE_1H]) return;
    set(base, TOKEN_CACHE_WRITE_5M, input, PRICE_ASSUMED);
    set(base, TOKEN_CACHE_WRITE_1H, input, PRICE_ASSUMED);
}

static void fill_band(struct marked_prices *band, const struct marked_prices *base, int missing_as_input)
{
    for (int c = 0; c < TOKEN_CLASS_N; c++) {
        if (band->marks[c] != PRICE_LEFT_OUT || base->marks[c] == PRICE_LEFT_OUT) continue;
        if (c == TOKEN_INPUT_UNCACHED || c == TOKEN_OUTPUT)
            set(band, c, base->usd_per_tok[c], PRICE_STATED);
        else if (missing_as_input)
            set(band, c, band->usd_per_tok[TOKEN_INPUT_UNCACHED], PRICE_ASSUMED);
    }
}

static void apply_xai_rule(const cJSON *json, struct litellm_row *row)
{
    const cJSON *provider = cJSON_GetObjectItemCaseSensitive(json, "litellm_provider");
    if (!cJSON_IsString(provider) || strcmp(provider->valuestring, "xai") != 0) return;
    for (int32_t i = 0; i < row->n_bands; i++)
        row->bands[i].above_tok -= 1;
}

static enum litellm_verdict no_token_price(const cJSON *json, const struct litellm_row *row,
                                           char why[LITELLM_WHY_BYTES])
{
    const int has_input = row->base.marks[TOKEN_INPUT_UNCACHED] != PRICE_LEFT_OUT;
    const int has_output = row->base.marks[TOKEN_OUTPUT] != PRICE_LEFT_OUT;
    int n = snprintf(why, LITELLM_WHY_BYTES, "no %s price per token",
                     has_input    ? "output"
                     : has_output ? "input"
                                  : "input and output");
    const cJSON *field;
    int named = 0;
    cJSON_ArrayForEach(field, json)
    {
        if (!litellm_is_unmapped_price(field->string) || n >= LITELLM_WHY_BYTES - 50) continue;
        n += snprintf(why + n, (size_t)(LITELLM_WHY_BYTES - n), "%s%.40s", named++ ? ", " : "; it has ", field->string);
    }
    if (named == 0 && !has_input && !has_output) snprintf(why, LITELLM_WHY_BYTES, "no price at all");
    return LITELLM_NO_TOKEN_PRICE;
}

enum litellm_verdict litellm_read_row(const cJSON *json, int missing_as_input, struct litellm_row *out,
                                      char why[LITELLM_WHY_BYTES])
{
    const cJSON *tiers = cJSON_GetObjectItemCaseSensitive(json, "tiered_pricing");
    memset(out, 0, sizeof *out);
    if (!cJSON_IsObject(json)) return refuse(why, "it is not an object");
    if (cJSON_GetArraySize(json) > FIELDS_MOST) return refuse(why, "it has more than %d fields", FIELDS_MOST);
    const char *twice = field_given_twice(json);
    if (twice != NULL) return refuse(why, "the field %.80s is given twice", twice);
    enum litellm_verdict verdict = read_flat_fields(json, out, why);
    if (verdict == LITELLM_PRICED && cJSON_IsArray(tiers)) verdict = read_tiers(tiers, out, why);
    if (verdict != LITELLM_PRICED) return verdict;
    if (!out->base.marks[TOKEN_INPUT_UNCACHED] || !out->base.marks[TOKEN_OUTPUT]) return no_token_price(json, out, why);
    if (missing_as_input)
        fill_row(&out->base, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "supports_prompt_caching")));
    for (int32_t i = 0; i < out->n_bands; i++)
        fill_band(&out->bands[i].prices, &out->base, missing_as_input);
    apply_xai_rule(json, out);
    return LITELLM_PRICED;
}

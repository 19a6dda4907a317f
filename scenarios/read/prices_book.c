/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/prices_book.h"

#include <string.h>

#include "scenarios/read/decimal.h"

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_plain_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || strchr("._/-", c) != NULL;
}

/* YAML 1.1 reads these as flags or nothing. */
static int is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    char low[8] = "";
    if (strlen(text) >= sizeof low) return 0;
    for (size_t i = 0; text[i] != '\0'; i++)
        low[i] = is_letter(text[i]) ? (char)(text[i] | 32) : text[i];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(low, words[i]) == 0) return 1;
    return 0;
}

static int is_plain(const char *text)
{
    if (!is_letter(text[0]) || is_word_of_yaml(text)) return 0;
    for (const char *at = text; *at != '\0'; at++)
        if (!is_plain_byte(*at)) return 0;
    return 1;
}

void prices_book_scalar(struct wording *out, const char *text)
{
    if (is_plain(text)) {
        wording_bytes(out, text, strlen(text));
        return;
    }
    wording_bytes(out, "\"", 1);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '"' || *at == '\\')
            wording_add(out, "\\%c", *at);
        else if ((unsigned char)*at < ' ' || *at == 0x7f)
            wording_add(out, "\\x%02x", (unsigned)(unsigned char)*at);
        else
            wording_bytes(out, at, 1);
    wording_bytes(out, "\"", 1);
}

static void add_prices(struct wording *out, const struct marked_prices *prices)
{
    static const struct {
        const char *key;
        enum token_class class_of;
    } keys[TOKEN_CLASS_N] = {{"input", TOKEN_INPUT_UNCACHED},
                             {"output", TOKEN_OUTPUT},
                             {"cache_read", TOKEN_CACHE_READ},
                             {"cache_write_5m", TOKEN_CACHE_WRITE_5M},
                             {"cache_write_1h", TOKEN_CACHE_WRITE_1H}};
    const char *separator = "";
    for (int i = 0; i < TOKEN_CLASS_N; i++) {
        char number[DECIMAL_TEXT_BYTES];
        const enum price_mark mark = prices->marks[keys[i].class_of];
        if (mark == PRICE_LEFT_OUT) continue;
        decimal_print(prices->usd_per_tok[keys[i].class_of], -MTOK_POWER, number);
        wording_add(out, mark == PRICE_STATED ? "%s%s: %s usd/Mtok" : "%s%s: {value: %s usd/Mtok, ", separator,
                    keys[i].key, number);
        if (mark == PRICE_ASSUMED) wording_add(out, "evidence: assumed, source: not in the file; billed as input}");
        separator = ", ";
    }
    if (marked_prices_have_zero(prices)) wording_add(out, ", free: true");
}

void prices_book_row(struct wording *out, const char *name, const struct litellm_row *row)
{
    wording_add(out, "  ");
    prices_book_scalar(out, name);
    wording_add(out, ": {");
    add_prices(out, &row->base);
    for (int32_t i = 0; i < row->n_bands; i++) {
        wording_add(out, i == 0 ? ", bands: [{above: %lld tok, " : ", {above: %lld tok, ",
                    (long long)row->bands[i].above_tok);
        add_prices(out, &row->bands[i].prices);
        wording_add(out, "}");
    }
    wording_add(out, row->n_bands > 0 ? "]}\n" : "}\n");
}

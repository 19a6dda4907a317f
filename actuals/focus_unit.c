/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/focus_unit.h"

#include <string.h>

#define WORDS_BYTES 256
#define THOUSAND ((double)TOK_PER_KTOK)
#define MILLION ((double)TOK_PER_MTOK)

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* ---- units ---- */

struct words {
    const char *at, *end;
    char word[32]; /* lower case: letters, or digits (commas taken out) */
};

static int next_word(struct words *w)
{
    size_t n = 0;
    while (w->at < w->end && !is_digit(*w->at) && !is_letter(lower(*w->at)))
        w->at++;
    if (w->at == w->end) return 0;
    const int is_number = is_digit(*w->at);
    for (; w->at < w->end; w->at++) {
        const char c = lower(*w->at);
        if (is_number && c == ',' && w->at + 1 < w->end && is_digit(w->at[1])) continue;
        if (is_number ? !is_digit(c) : !is_letter(c)) break;
        if (n + 1 < sizeof w->word) w->word[n++] = c;
    }
    w->word[n] = '\0';
    return 1;
}

static int is_one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(word, *list) == 0) return 1;
    return 0;
}

static const char *const tokens[] = {"token", "tokens", "tok", "toks", NULL};
static const char *const thousands[] = {"k", "thousand", "thousands", NULL};
static const char *const millions[] = {"m", "mm", "million", "millions", "mio", NULL};
static const char *const requests[] = {"request", "requests", "invocation", "invocations", "call", "calls", NULL};
static const char *const fillers[] = {"of",        "per",        "input",     "output", "cache",
                                      "cached",    "read",       "write",     "prompt", "text",
                                      "reasoning", "completion", "inference", "count",  NULL};

static double digits_value(const char *word)
{
    double value = 0;
    for (; *word != '\0'; word++)
        value = value * 10 + (*word - '0');
    return value;
}

struct unit_parts {
    int has_tokens, has_requests, has_gpu, has_hours, has_seconds, has_odd;
    double scale, number;
};

static void take_word(const char *word, struct unit_parts *p)
{
    if (is_digit(word[0]))
        p->number = digits_value(word);
    else if (is_one_of(word, thousands))
        p->scale = THOUSAND;
    else if (is_one_of(word, millions))
        p->scale = MILLION;
    else if (is_one_of(word, tokens))
        p->has_tokens = 1;
    else if (word[0] == 'k' && is_one_of(word + 1, tokens))
        p->has_tokens = 1, p->scale = THOUSAND;
    else if (word[0] == 'm' && is_one_of(word + 1, tokens))
        p->has_tokens = 1, p->scale = MILLION;
    else if (is_one_of(word, requests))
        p->has_requests = 1;
    else if (strcmp(word, "gpu") == 0)
        p->has_gpu = 1;
    else if (strcmp(word, "hour") == 0 || strcmp(word, "hours") == 0 || strcmp(word, "hrs") == 0)
        p->has_hours = 1;
    else if (strcmp(word, "second") == 0 || strcmp(word, "seconds") == 0)
        p->has_seconds = 1;
    else if (!is_one_of(word, fillers))
        p->has_odd = 1;
}

/* In a sentence a number or a letter counts only right before "tokens": "Claude 4 ... per 1K tokens". */
enum focus_unit focus_unit_of(struct import_text text, int is_strict, double *scale)
{
    struct words w = {text.at, text.at + text.n, ""};
    struct unit_parts p = {.scale = 1, .number = 1};
    while (next_word(&w)) {
        const struct unit_parts before = p;
        take_word(w.word, &p);
        if (!is_strict && (p.has_odd || strcmp(w.word, "per") == 0)) p = (struct unit_parts){.scale = 1, .number = 1};
        if (!is_strict && before.has_tokens) {
            p = before;
            break;
        }
    }
    *scale = p.scale * p.number;
    if ((is_strict && p.has_odd) || !(*scale > 0)) return FOCUS_UNIT_UNKNOWN;
    if (p.has_tokens && (p.has_seconds || p.has_hours)) {
        *scale *= p.has_hours ? S_PER_HOUR : 1;
        return FOCUS_UNIT_STORAGE;
    }
    if (p.has_tokens) return FOCUS_UNIT_TOKENS;
    if (p.has_requests) return FOCUS_UNIT_REQUESTS;
    return p.has_gpu && p.has_hours ? FOCUS_UNIT_GPU_HOURS : FOCUS_UNIT_UNKNOWN;
}

/* ---- meters ---- */

/* Letters and digits only, lower case. */
static void squeeze(struct import_text text, char out[WORDS_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n && n + 1 < WORDS_BYTES; i++) {
        const char c = lower(text.at[i]);
        if (is_letter(c) || is_digit(c)) out[n++] = c;
    }
    out[n] = '\0';
}

static int has_any(const char *words, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        if (strstr(words, *parts) != NULL) return 1;
    return 0;
}

static const char *const for_1h[] = {"1h", "onehour", "60m", NULL};
static const char *const reads[] = {"cacheread",    "cachehit",    "cachedinput", "inputcached",
                                    "cachedprompt", "cachedtoken", NULL};
static const char *const writes[] = {"cachewrite", "cachecreat", "writecache", NULL};
static const char *const stored[] = {"cachestorage", "cachestore", NULL};
static const char *const outputs[] = {"output", "completion", "generatedtoken", "response", NULL};
static const char *const inputs[] = {"input", "prompttoken", "prompt", NULL};

int focus_meter_of(struct import_text text, enum fact_kind *kind)
{
    char words[WORDS_BYTES];
    squeeze(text, words);
    if (has_any(words, stored))
        *kind = FACT_CACHE_STORAGE;
    else if (has_any(words, writes))
        *kind = has_any(words, for_1h) ? FACT_CACHE_WRITE_1H : FACT_CACHE_WRITE_5M;
    else if (has_any(words, reads))
        *kind = FACT_CACHE_READ;
    else if (has_any(words, outputs))
        *kind = FACT_OUTPUT;
    else if (has_any(words, inputs))
        *kind = FACT_INPUT_UNCACHED;
    else if (strcmp(words, "request") == 0 || strcmp(words, "requests") == 0)
        *kind = FACT_REQUEST;
    else if (strncmp(words, "gpuhour", 7) == 0)
        *kind = FACT_GPU_HOUR;
    else
        return 0;
    return 1;
}

const char *focus_tier_of(struct import_text text)
{
    char words[WORDS_BYTES];
    squeeze(text, words);
    if (strstr(words, "batch") != NULL) return "batch";
    if (strstr(words, "flex") != NULL) return "flex";
    return strstr(words, "priority") != NULL ? "priority" : "";
}

/* ---- models ---- */

static const char *find(struct import_text text, const char *part)
{
    const size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.n; i++) {
        size_t k = 0;
        while (k < n && lower(text.at[i + k]) == part[k])
            k++;
        if (k == n) return text.at + i;
    }
    return NULL;
}

struct import_text focus_model_of_usage_type(struct import_text text)
{
    static const char *const meters[] = {"-cache", "-input", "-output", "-prompt", "-text", NULL};
    const struct import_text none = {"", 0};
    const char *from = (const char *)(text.n > 0 ? memchr(text.at, '-', text.n) : NULL), *end = NULL;
    if (from == NULL) return none;
    from++;
    const struct import_text rest = {from, (size_t)(text.at + text.n - from)};
    for (int i = 0; meters[i] != NULL; i++) {
        const char *at = find(rest, meters[i]);
        if (at != NULL && (end == NULL || at < end)) end = at;
    }
    if (end == NULL || end == from || memchr(from, ':', (size_t)(end - from)) != NULL) return none;
    return (struct import_text){from, (size_t)(end - from)};
}

struct import_text focus_model_of_resource(struct import_text text)
{
    static const char *const parts[] = {":foundation-model/", ":inference-profile/", NULL};
    if (text.n < 4 || memcmp(text.at, "arn:", 4) != 0) return text;
    for (int i = 0; parts[i] != NULL; i++) {
        const char *at = find(text, parts[i]);
        if (at != NULL) {
            at += strlen(parts[i]);
            return (struct import_text){at, (size_t)(text.at + text.n - at)};
        }
    }
    return (struct import_text){"", 0};
}

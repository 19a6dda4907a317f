/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/habit.h"

#include <stdio.h>
#include <string.h>

#include "scenarios/read/decimal.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

struct writing {
    char *out;
    size_t n;
    int is_full;
};

static void put(struct writing *w, const char *text, size_t n)
{
    w->is_full |= w->n + n >= HABIT_BYTES;
    if (w->is_full) return;
    memcpy(w->out + w->n, text, n);
    w->out[w->n += n] = '\0';
}

/* -- digits in groups, and a comma for the decimal point -- */

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* A comma, space, _ or ' between digits. */
static int is_group_sign(const char *text, size_t at)
{
    return at > 0 && strchr(", _'", text[at]) != NULL && is_digit(text[at - 1]) && is_digit(text[at + 1]);
}

static int join_groups(const char *text, enum param_unit unit, char out[HABIT_BYTES])
{
    struct writing w = {out, 0, 0};
    int n_joined = 0;
    (void)unit;
    for (size_t i = 0; text[i] != '\0'; i++) {
        const int is_group = is_group_sign(text, i) && digits_at(text + i + 1) == 3;
        n_joined += is_group;
        if (!is_group) put(&w, text + i, 1);
    }
    return n_joined > 0 && !w.is_full;
}

static int point_for_comma(const char *text, enum param_unit unit, char out[HABIT_BYTES])
{
    struct writing w = {out, 0, 0};
    int n_commas = 0;
    (void)unit;
    for (size_t i = 0; text[i] != '\0'; i++) {
        const int is_comma = text[i] == ',' && is_group_sign(text, i);
        n_commas += is_comma;
        put(&w, is_comma ? "." : text + i, 1);
    }
    return n_commas > 0 && !w.is_full;
}

/* -- ranges -- */

static const char *const dashes[] = {"...", "..", "-", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xa6"};

/* The length of the dash at the text, 0: none. */
static size_t dash_at(const char *text)
{
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++)
        if (strncmp(text, dashes[i], strlen(dashes[i])) == 0) return strlen(dashes[i]);
    return 0;
}

static int begins_number(const char *text)
{
    text += strspn(text, " ");
    text += *text == '$';
    return is_digit(text[0]) || (text[0] == '.' && is_digit(text[1]));
}

/* At the first dash with a number behind it. */
static int to_for_dash(const char *text, enum param_unit unit, char out[HABIT_BYTES])
{
    struct writing w = {out, 0, 0};
    (void)unit;
    if (!begins_number(text)) return 0;
    for (size_t i = 1; text[i] != '\0'; i++) {
        const size_t n = dash_at(text + i);
        const int is_exponent = i > 1 && lower(text[i - 1]) == 'e' && is_digit(text[i - 2]);
        if (n == 0 || is_exponent || !begins_number(text + i + n)) continue;
        size_t end = i;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        put(&w, text, end);
        put(&w, " to ", 4);
        const char *high = text + i + n + strspn(text + i + n, " ");
        put(&w, high, strlen(high));
        const size_t n_high = digits_at(high); /* 2026-03-16 is no range */
        return !w.is_full && !(high[n_high] == '-' && is_digit(high[n_high + 1]));
    }
    return 0;
}

/* -- percent -- */

static int percent_for_share(const char *text, enum param_unit unit, char out[HABIT_BYTES])
{
    struct writing w = {out, 0, 0};
    struct decimal number;
    if (unit != UNIT_SHARE || strchr(text, '%') != NULL) return 0;
    for (;;) {
        const int n = decimal_scan(text, &number);
        if (n <= 0) return 0;
        put(&w, text, (size_t)n);
        put(&w, "%", 1);
        text += n;
        if (*text == '\0') return !w.is_full;
        if (strncmp(text, " to ", 4) != 0) return 0;
        put(&w, text, 4);
        text += 4;
    }
}

/* -- words of units -- */

static const struct {
    const char *written, *read; /* the first in lower case */
} words[] = {
    {"k", "ktok"},      {"m", "Mtok"},    {"1k", "ktok"},    {"1m", "Mtok"},      {"million", "1M"},
    {"thousand", "1k"}, {"hr", "h"},      {"hrs", "h"},      {"mins", "min"},     {"secs", "s"},
    {"msec", "ms"},     {"millis", "ms"}, {"$", "usd"},      {"us$", "usd"},      {"percent", "%"},
    {"pct", "%"},       {"rps", "/s"},    {"qps", "/s"},     {"tps", "/s"},       {"rpm", "/min"},
    {"rph", "/hour"},   {"rpd", "/day"},  {"daily", "/day"}, {"hourly", "/hour"}, {"mtok", "Mtok"},
};

static size_t word_length(const char *text)
{
    return strcspn(text, " /");
}

/* One word as it would be read: from the table, or in lower case. */
static int put_word(struct writing *w, const char *text, size_t n)
{
    char word[HABIT_BYTES];
    int is_changed = 0;
    if (n >= sizeof word) return 0;
    for (size_t i = 0; i < n; i++) {
        word[i] = lower(text[i]);
        is_changed |= word[i] != text[i];
    }
    word[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].written, word) == 0) {
            const int is_rate = words[i].read[0] == '/';
            while (is_rate && w->n > 0 && w->out[w->n - 1] == ' ')
                w->n--;
            if (!is_rate && w->n > 0 && is_digit(w->out[w->n - 1])) put(w, " ", 1);
            put(w, words[i].read, strlen(words[i].read));
            return 1;
        }
    put(w, word, n);
    return is_changed;
}

static int known_words(const char *text, enum param_unit unit, char out[HABIT_BYTES])
{
    struct writing w = {out, 0, 0};
    struct decimal number;
    int n_changed = 0, is_below = 0;
    (void)unit;
    while (*text != '\0') {
        const size_t dollar = *text == '$' && begins_number(text);
        const int n = is_below ? 0 : decimal_scan(text + dollar, &number);
        if (n < 0) return 0;
        if (n > 0) {
            put(&w, text, dollar + (size_t)n);
            text += dollar + (size_t)n;
        }
        const size_t word = word_length(text);
        if (word > 0) n_changed += put_word(&w, text, word);
        text += word;
        is_below = *text == '/';
        if (*text != '\0') put(&w, text++, 1);
    }
    return n_changed > 0 && !w.is_full;
}

const struct habit habits[] = {
    {join_groups, "digits are not grouped, and the decimal sign is a point"},
    {point_for_comma, "the decimal sign is a point"},
    {to_for_dash, "a range is written `a to b`"},
    {percent_for_share, NULL},
    {known_words, NULL},
    {NULL, NULL},
};

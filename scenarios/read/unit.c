/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/unit.h"

#include <string.h>

#include "models/units.h"
#include "scenarios/read/decimal.h"
#include "scenarios/read/wording.h"

#define KILO 3
#define MEGA 6
#define MILLI (-3)
#define MICRO (-6)
#define PERCENT (-2)
#define PERIOD_MOST_S (10 * 366.0 * S_PER_DAY)

enum word_kind { WORD_TIME, WORD_TOK, WORD_USD, WORD_MONTH };

struct word {
    const char *text;
    enum word_kind kind;
    int32_t power;
    double times;
};

static const struct word words[] = {
    {"us", WORD_TIME, MICRO, 1},
    {"ms", WORD_TIME, MILLI, 1},
    {"s", WORD_TIME, 0, 1},
    {"sec", WORD_TIME, 0, 1},
    {"second", WORD_TIME, 0, 1},
    {"seconds", WORD_TIME, 0, 1},
    {"min", WORD_TIME, 0, S_PER_MIN},
    {"minute", WORD_TIME, 0, S_PER_MIN},
    {"minutes", WORD_TIME, 0, S_PER_MIN},
    {"h", WORD_TIME, 0, S_PER_HOUR},
    {"hour", WORD_TIME, 0, S_PER_HOUR},
    {"hours", WORD_TIME, 0, S_PER_HOUR},
    {"d", WORD_TIME, 0, S_PER_DAY},
    {"day", WORD_TIME, 0, S_PER_DAY},
    {"days", WORD_TIME, 0, S_PER_DAY},
    {"w", WORD_TIME, 0, S_PER_WEEK},
    {"week", WORD_TIME, 0, S_PER_WEEK},
    {"weeks", WORD_TIME, 0, S_PER_WEEK},
    {"month", WORD_MONTH, 0, (double)HOURS_PER_REFERENCE_MONTH *S_PER_HOUR},
    {"tok", WORD_TOK, 0, 1},
    {"token", WORD_TOK, 0, 1},
    {"tokens", WORD_TOK, 0, 1},
    {"ktok", WORD_TOK, KILO, 1},
    {"1k tok", WORD_TOK, KILO, 1},
    {"1k tokens", WORD_TOK, KILO, 1},
    {"1K tokens", WORD_TOK, KILO, 1},
    {"Mtok", WORD_TOK, MEGA, 1},
    {"MTok", WORD_TOK, MEGA, 1},
    {"mtok", WORD_TOK, MEGA, 1},
    {"1M tok", WORD_TOK, MEGA, 1},
    {"1M tokens", WORD_TOK, MEGA, 1},
    {"usd", WORD_USD, 0, 1},
    {"USD", WORD_USD, 0, 1},
    {"dollar", WORD_USD, 0, 1},
    {"dollars", WORD_USD, 0, 1},
};

static const struct word *word_find(const char *text, size_t n)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].text) == n && memcmp(words[i].text, text, n) == 0) return &words[i];
    return NULL;
}

static const struct {
    const char *what, *wanted;
} names[] = {
    [UNIT_NONE] = {"a plain number", "a plain number such as '1.5'"},
    [UNIT_TOK] = {"a number of tokens", "a number of tokens such as '2931 tok'"},
    [UNIT_S] = {"a time", "a time such as '5min', '24h' or '250ms'"},
    [UNIT_PER_S] = {"a rate", "a rate such as '6400/day' or '5.5/s'"},
    [UNIT_USD] = {"an amount of money", "an amount of money such as '12.50 usd'"},
    [UNIT_USD_PER_TOK] = {"a price per token", "a price such as '3.00 usd/Mtok'"},
    [UNIT_USD_PER_S] = {"a price per time", "a price per time such as '2.95 usd/hour'"},
    [UNIT_SHARE] = {"a share", "a share such as '99.9%' or '0.999'"},
    [UNIT_USD_PER_PERIOD] = {"a budget", "a budget with its period, such as '50 usd/day' or '200 usd/30d', or 'any'"},
    [UNIT_TOK_PER_S] = {"a rate of tokens", "a rate of tokens such as '200000 tok/min'"},
    [UNIT_SHARE_PER_PERIOD] = {"a growth rate", "a growth rate such as '5%/month' or '40%/year'"},
};

const char *unit_what(enum param_unit unit)
{
    return names[unit].what;
}

const char *unit_wanted(enum param_unit unit)
{
    return names[unit].wanted;
}

struct span {
    const char *at;
    size_t n;
};

static struct span trimmed(const char *at, size_t n)
{
    while (n > 0 && at[0] == ' ')
        at++, n--;
    while (n > 0 && at[n - 1] == ' ')
        n--;
    return (struct span){at, n};
}

/* Cuts at the first '/' or ' per '. 0: there is none. */
static int split(struct span text, struct span *above, struct span *below)
{
    for (size_t i = 0; i < text.n; i++) {
        const int is_per = text.n - i > 4 && memcmp(text.at + i, "per ", 4) == 0 && (i == 0 || text.at[i - 1] == ' ');
        if (text.at[i] != '/' && !is_per) continue;
        const size_t skip = is_per ? 4 : 1;
        *above = trimmed(text.at, i);
        *below = trimmed(text.at + i + skip, text.n - i - skip);
        return 1;
    }
    return 0;
}

static int unknown(struct span text, struct fault *fault)
{
    char whole[64], shown[48];
    const size_t n = text.n < sizeof whole - 1 ? text.n : sizeof whole - 1;
    memcpy(whole, text.at, n);
    whole[n] = '\0';
    fault_what(fault, "'%s' is not a known unit", wording_excerpt(whole, shown, sizeof shown));
    if (strcmp(whole, "m") == 0 || (n > 2 && strcmp(whole + n - 2, "/m") == 0))
        return fault_hint(fault, "'m' could be minutes or months: write min or month");
    return fault_hint(fault, "known: us ms s min h d w (month in rates), tok ktok Mtok, usd or $, %%, and one per "
                             "another as in usd/Mtok, tok/min or tasks/day");
}

/* What may stand before `/day`, singular or plural; nothing at all, too. A closed list: any word would do for `tickets`,
 * but then `5 million/month` would be 5 a month. */
static int is_noun(struct span text)
{
    static const char *const nouns[] = {"task",   "req",     "request",  "call",         "query",   "job",
                                        "run",    "message", "ticket",   "conversation", "session", "chat",
                                        "answer", "user",    "document", "doc",          "page",    "order",
                                        "event",  "item",    "queries",  "training run"};
    if (text.n == 0) return 1;
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++) {
        const size_t n = strlen(nouns[i]);
        if (strncmp(text.at, nouns[i], n) != 0 || text.n < n) continue;
        if (text.n == n || (text.n == n + 1 && text.at[n] == 's')) return 1;
    }
    return 0;
}

static int is_unknown_rate(struct span whole, struct fault *fault)
{
    unknown(whole, fault);
    return fault_hint(fault,
                      "a rate is a number per time, 5000000/month; of words only task, request, call, query, job, "
                      "run, message and the like may stand before the stroke");
}

static int find_single(struct span text, int has_dollar, struct unit *out, struct fault *fault)
{
    if (text.n == 0) {
        out->measures = has_dollar ? UNIT_USD : UNIT_NONE;
        return 1;
    }
    if (text.n == 1 && text.at[0] == '%' && !has_dollar) {
        out->measures = UNIT_SHARE;
        out->power = PERCENT;
        return 1;
    }
    const struct word *word = word_find(text.at, text.n);
    if (word != NULL && word->kind == WORD_MONTH) {
        fault_what(fault, "a month has no fixed length");
        return fault_hint(fault, "write it in days, '30d'");
    }
    if (word == NULL || (has_dollar && word->kind != WORD_USD)) return unknown(text, fault);
    static const enum param_unit measures[] = {[WORD_TIME] = UNIT_S, [WORD_TOK] = UNIT_TOK, [WORD_USD] = UNIT_USD};
    out->measures = measures[word->kind];
    out->power = word->power;
    out->times = word->times;
    return 1;
}

static int find_per(struct span above, const struct word *below, int is_money, struct unit *out, struct span whole,
                    struct fault *fault)
{
    const int is_time = below->kind == WORD_TIME || below->kind == WORD_MONTH;
    if (is_money && below->kind == WORD_MONTH) {
        fault_what(fault, "money per month depends on the month");
        return fault_hint(fault, "write it per hour or per day; a budget also per 30d");
    }
    if (below->kind == WORD_USD || (!is_money && !is_time)) return unknown(whole, fault);
    const struct word *tokens = is_money ? NULL : word_find(above.at, above.n);
    const int is_tok = tokens != NULL && tokens->kind == WORD_TOK && below->kind == WORD_TIME;
    if (!is_money && !is_tok && !is_noun(above)) return is_unknown_rate(whole, fault);
    out->measures = is_tok ? UNIT_TOK_PER_S : !is_money ? UNIT_PER_S : is_time ? UNIT_USD_PER_S : UNIT_USD_PER_TOK;
    out->power = (is_tok ? tokens->power : 0) - below->power;
    out->over = below->times;
    out->is_per_month = below->kind == WORD_MONTH;
    return 1;
}

int unit_find(const char *text, size_t n, int has_dollar, struct unit *out, struct fault *fault)
{
    const struct span whole = trimmed(text, n);
    struct span above, below;
    *out = (struct unit){UNIT_NONE, 0, 1, 1, 0};
    if (!split(whole, &above, &below)) return find_single(whole, has_dollar, out, fault);
    const struct word *numerator = word_find(above.at, above.n), *denominator = word_find(below.at, below.n);
    const int is_usd = numerator != NULL && numerator->kind == WORD_USD;
    if (denominator == NULL || (has_dollar && above.n > 0 && !is_usd)) return unknown(whole, fault);
    return find_per(above, denominator, has_dollar || is_usd, out, whole, fault);
}

/* What stands under the stroke of a budget: `day`, `30d`. 0: no period of whole seconds. */
static int32_t period_of(struct span below)
{
    struct decimal number;
    double times = 1;
    char text[64];
    if (below.n == 0 || below.n >= sizeof text) return 0;
    memcpy(text, below.at, below.n);
    text[below.n] = '\0';
    const int n = decimal_scan(text, &number);
    if (n < 0 || (n > 0 && decimal_value(&number, 0, &times) != DECIMAL_FITS)) return 0;
    const struct span unit = trimmed(text + n, below.n - (size_t)n);
    const struct word *word = word_find(unit.at, unit.n);
    if (word == NULL || word->kind != WORD_TIME || word->power != 0) return 0;
    const double period_s = times * word->times;
    return period_s >= 1 && period_s <= PERIOD_MOST_S && period_s == (double)(int32_t)period_s ? (int32_t)period_s : 0;
}

int unit_find_period(const char *text, size_t n, int has_dollar, int32_t *period_s)
{
    struct span above, below;
    if (!split(trimmed(text, n), &above, &below)) return 0;
    const struct word *numerator = word_find(above.at, above.n);
    const int is_usd = numerator != NULL && numerator->kind == WORD_USD && numerator->power == 0;
    if (!is_usd && !(has_dollar && above.n == 0)) return 0;
    *period_s = period_of(below);
    return *period_s > 0;
}

static const struct {
    const char *word;
    int32_t months;
} month_words[] = {{"month", 1}, {"quarter", 3}, {"year", 12}};

int unit_find_growth(const char *text, size_t n, int32_t *period)
{
    struct span above, below;
    if (!split(trimmed(text, n), &above, &below) || above.n != 1 || above.at[0] != '%') return 0;
    *period = period_of(below);
    for (size_t i = 0; i < sizeof month_words / sizeof month_words[0]; i++)
        if (strlen(month_words[i].word) == below.n && memcmp(month_words[i].word, below.at, below.n) == 0)
            *period = -month_words[i].months;
    return *period != 0;
}

const char *unit_month_word(int32_t months)
{
    for (size_t i = 0; i < sizeof month_words / sizeof month_words[0]; i++)
        if (month_words[i].months == months) return month_words[i].word;
    return "";
}

static const struct unit_print print_none[] = {{"", {UNIT_NONE, 0, 1, 1, 0}}};
static const struct unit_print print_tok[] = {{" tok", {UNIT_TOK, 0, 1, 1, 0}}};
static const struct unit_print print_s[] = {
    {"s", {UNIT_S, 0, 1, 1, 0}},          {"w", {UNIT_S, 0, S_PER_WEEK, 1, 0}},  {"d", {UNIT_S, 0, S_PER_DAY, 1, 0}},
    {"h", {UNIT_S, 0, S_PER_HOUR, 1, 0}}, {"min", {UNIT_S, 0, S_PER_MIN, 1, 0}}, {"ms", {UNIT_S, MILLI, 1, 1, 0}},
};
static const struct unit_print print_per_s[] = {
    {"/s", {UNIT_PER_S, 0, 1, 1, 0}},
    {"/day", {UNIT_PER_S, 0, 1, S_PER_DAY, 0}},
    {"/hour", {UNIT_PER_S, 0, 1, S_PER_HOUR, 0}},
    {"/min", {UNIT_PER_S, 0, 1, S_PER_MIN, 0}},
    {"/week", {UNIT_PER_S, 0, 1, S_PER_WEEK, 0}},
};
static const struct unit_print print_per_month[] = {
    {"/month", {UNIT_PER_S, 0, 1, (double)HOURS_PER_REFERENCE_MONTH *S_PER_HOUR, 1}},
};
static const struct unit_print print_usd[] = {{" usd", {UNIT_USD, 0, 1, 1, 0}}};
static const struct unit_print print_usd_per_tok[] = {{" usd/Mtok", {UNIT_USD_PER_TOK, MICRO, 1, 1, 0}}};
static const struct unit_print print_usd_per_s[] = {
    {" usd/s", {UNIT_USD_PER_S, 0, 1, 1, 0}},
    {" usd/hour", {UNIT_USD_PER_S, 0, 1, S_PER_HOUR, 0}},
    {" usd/day", {UNIT_USD_PER_S, 0, 1, S_PER_DAY, 0}},
};
static const struct unit_print print_tok_per_s[] = {
    {" tok/s", {UNIT_TOK_PER_S, 0, 1, 1, 0}},
    {" tok/min", {UNIT_TOK_PER_S, 0, 1, S_PER_MIN, 0}},
    {" tok/hour", {UNIT_TOK_PER_S, 0, 1, S_PER_HOUR, 0}},
    {" tok/day", {UNIT_TOK_PER_S, 0, 1, S_PER_DAY, 0}},
};
static const struct unit_print print_share[] = {{"%", {UNIT_SHARE, PERCENT, 1, 1, 0}}};

#define PRINTS(P)                                                                                                      \
    {                                                                                                                  \
        P, (int32_t)(sizeof(P) / sizeof((P)[0]))                                                                       \
    }
const struct unit_print *unit_prints(enum param_unit unit, int is_per_month, int32_t *n)
{
    static const struct {
        const struct unit_print *items;
        int32_t n;
    } prints[] = {[UNIT_NONE] = PRINTS(print_none),
                  [UNIT_TOK] = PRINTS(print_tok),
                  [UNIT_S] = PRINTS(print_s),
                  [UNIT_PER_S] = PRINTS(print_per_s),
                  [UNIT_USD] = PRINTS(print_usd),
                  [UNIT_USD_PER_TOK] = PRINTS(print_usd_per_tok),
                  [UNIT_USD_PER_S] = PRINTS(print_usd_per_s),
                  [UNIT_SHARE] = PRINTS(print_share),
                  [UNIT_USD_PER_PERIOD] = PRINTS(print_usd),
                  [UNIT_TOK_PER_S] = PRINTS(print_tok_per_s),
                  [UNIT_SHARE_PER_PERIOD] = PRINTS(print_share)};
    *n = is_per_month ? 1 : prints[unit].n;
    return is_per_month ? print_per_month : prints[unit].items;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/units.h"
#include "scenarios/read/decimal.h"
#include "scenarios/read/habit.h"
#include "scenarios/read/unit.h"
#include "scenarios/read/wording.h"

#define PERCENT_POWER (-2)

/* One end of a range: the number, and the text of its unit. */
struct end {
    struct decimal number;
    int has_dollar;
    const char *unit;
    size_t n_unit;
};

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static int starts_with(const char *text, const char *word) /* letters of any case; word in lower case */
{
    for (; *word != '\0'; text++, word++)
        if ((*text | 0x20) != *word) return 0;
    return 1;
}

static int is_not_finite(const char *at)
{
    at += *at == '+' || *at == '-';
    at += *at == '.';
    return starts_with(at, "nan") || starts_with(at, "inf");
}

/* Where the unit ends: at " to " or at the end of the text. */
static size_t unit_length(const char *at)
{
    size_t n = 0;
    while (at[n] != '\0' && !(strncmp(at + n, "to ", 3) == 0 && (n == 0 || at[n - 1] == ' ')))
        n++;
    return n;
}

static int check_grouping(const char *after, struct fault *fault)
{
    const char *next = after + (*after == ',' || *after == '_' || *after == ' ' || *after == '\'');
    if (next == after || *next < '0' || *next > '9') return 1;
    fault_what(fault, "digits are not grouped in numbers");
    return fault_hint(fault,
                      "write 1000000 or 1e6, without commas, underscores or spaces; the decimal sign is a point");
}

static int read_end(const char **at, struct end *end, struct fault *fault)
{
    const char *text = skip_spaces(*at);
    memset(end, 0, sizeof *end);
    if (is_not_finite(text)) {
        fault_what(fault, "a number must be finite");
        return fault_hint(fault, "leave the key out where nothing limits it");
    }
    int is_negative = text[0] == '-' && text[1] == '$';
    text += is_negative;
    end->has_dollar = *text == '$';
    text += end->has_dollar;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) return fault_what(fault, "hexadecimal is not read");
    const int n = decimal_scan(text, &end->number);
    if (n == 0) return fault_what(fault, *text == '\0' ? "a number is missing" : "it does not begin with a number");
    if (n < 0) return fault_what(fault, "more than %d digits", DECIMAL_DIGITS_MOST);
    end->number.is_negative |= is_negative;
    if (!check_grouping(text + n, fault)) return 0;
    end->unit = text + n;
    end->n_unit = unit_length(end->unit);
    *at = end->unit + end->n_unit;
    return 1;
}

static int convert(const struct end *end, const struct unit *unit, double *value, struct fault *fault)
{
    const enum decimal_fit fit = decimal_value(&end->number, unit->power, value);
    *value = *value * unit->times / unit->over;
    if (fit == DECIMAL_TOO_LARGE || fabs(*value) > 1.7976931348623157e308)
        return fault_what(fault, "the number is too large");
    if (fit == DECIMAL_TOO_SMALL || (*value == 0 && end->number.n_digits > 0))
        return fault_what(fault, "the number is too small to be told from 0");
    return 1;
}

/* Is this the kind of unit that is wanted? A plain number is also a number of tokens or a share. */
static int check_kind(const struct unit *unit, enum param_unit wanted, struct fault *fault)
{
    if (unit->measures == wanted) return 1;
    if (unit->measures != UNIT_NONE)
        return fault_what(fault, "is %s; this wants %s", unit_what(unit->measures), unit_wanted(wanted));
    if (wanted == UNIT_TOK || wanted == UNIT_SHARE) return 1;
    return fault_what(fault, "has no unit; this wants %s", unit_wanted(wanted));
}

static int read_one(const struct end *end, const char *unit_text, size_t n, int has_dollar, enum param_unit wanted,
                    double *value, int32_t *is_per_month, struct fault *fault)
{
    struct unit unit = {UNIT_USD_PER_PERIOD, 0, 1, 1, 0};
    if (wanted == UNIT_USD_PER_PERIOD && unit_find_period(unit_text, n, has_dollar, is_per_month))
        return convert(end, &unit, value, fault);
    if (wanted == UNIT_SHARE_PER_PERIOD && !has_dollar && unit_find_growth(unit_text, n, is_per_month)) {
        unit.power = PERCENT_POWER;
        return convert(end, &unit, value, fault);
    }
    if (!unit_find(unit_text, n, has_dollar, &unit, fault) || !check_kind(&unit, wanted, fault)) return 0;
    *is_per_month = unit.is_per_month;
    return convert(end, &unit, value, fault);
}

static int is_blank(const struct end *end)
{
    return skip_spaces(end->unit) >= end->unit + end->n_unit;
}

static double odds(double share)
{
    return share / (1 - share);
}

/* The square root of a product that may leave the range of doubles. */
static double geometric_mean(double a, double b)
{
    const double product = a * b;
    return product > 1e-300 && product < 1e300 ? sqrt(product) : sqrt(a) * sqrt(b);
}

static int spread(struct quantity *q, enum param_unit unit, struct fault *fault)
{
    if (!(q->low < q->high)) {
        fault_what(fault, "a range goes from the smaller to the larger value");
        return fault_hint(fault, "'a to b' is a 90 %% interval; for one sure value write the value alone");
    }
    if (unit == UNIT_SHARE) {
        if (q->low <= 0 || q->high >= 1) {
            fault_what(fault, "a range of shares lies strictly between 0%% and 100%%");
            return fault_hint(fault, "its ends are the 5th and 95th percentile: for example '0.1%% to 5%%'");
        }
        const double middle = geometric_mean(odds(q->low), odds(q->high));
        q->law = LAW_LOGIT_NORMAL;
        q->value = middle / (1 + middle);
    } else if (q->low > 0) {
        q->law = LAW_LOGNORMAL;
        q->value = geometric_mean(q->low, q->high);
    } else {
        q->law = LAW_NORMAL;
        q->value = q->low / 2 + q->high / 2;
    }
    return 1;
}

static int read_range(const struct end *low, const struct end *high, enum param_unit unit, struct quantity *q,
                      struct fault *fault)
{
    int32_t months[2];
    const int shares_unit = is_blank(low);
    const int has_dollar = low->has_dollar || high->has_dollar;
    const struct end *first = shares_unit ? high : low;
    if (!read_one(high, high->unit, high->n_unit, has_dollar, unit, &q->high, &months[1], fault) ||
        !read_one(low, first->unit, first->n_unit, shares_unit ? has_dollar : low->has_dollar, unit, &q->low,
                  &months[0], fault))
        return 0;
    if (months[0] != months[1] && unit == UNIT_SHARE_PER_PERIOD)
        return fault_what(fault, "the two ends have different periods");
    if (months[0] != months[1]) return fault_what(fault, "one end is per month, the other is not");
    q->is_per_month = months[0];
    return spread(q, unit, fault);
}

static int read_quantity(const char *text, enum param_unit unit, struct quantity *q, struct fault *fault)
{
    struct end low, high;
    if (!read_end(&text, &low, fault)) return 0;
    if (*text == '\0') {
        if (!read_one(&low, low.unit, low.n_unit, low.has_dollar, unit, &q->value, &q->is_per_month, fault)) return 0;
        q->low = q->high = q->value;
        return 1;
    }
    text += strlen("to ");
    if (!read_end(&text, &high, fault)) return 0;
    if (*text != '\0') return fault_what(fault, "a range has two ends");
    return read_range(&low, &high, unit, q, fault);
}

/* A text that cannot be read, and what its writer may have meant (habit.h). */
struct advice {
    char written[HABIT_BYTES]; /* rewritten; "" when no habit is in it */
    const char *what;          /* what kept it from being read; NULL: nothing better than the reader says */
    int can_be_read;
    struct quantity quantity; /* then */
    struct fault fault;       /* otherwise */
};

static void find_advice(const char *text, enum param_unit unit, struct advice *advice)
{
    char last[HABIT_BYTES];
    memset(advice, 0, sizeof *advice);
    if (strlen(text) >= sizeof last) return;
    memcpy(last, text, strlen(text) + 1);
    for (const struct habit *habit = habits; habit->rewrite != NULL && !advice->can_be_read; habit++) {
        if (!habit->rewrite(last, unit, advice->written)) continue;
        memcpy(last, advice->written, sizeof last);
        if (advice->what == NULL) advice->what = habit->what;
        advice->can_be_read = read_quantity(last, unit, &advice->quantity, &advice->fault);
    }
    memcpy(advice->written, last, sizeof last);
}

static int is_verb(const char *what)
{
    return strncmp(what, "is ", 3) == 0 || strncmp(what, "has ", 4) == 0;
}

static int is_range(const char *text, const char *wanted, struct fault *fault)
{
    char shown[64];
    return fault_what(fault, "'%s' is a range; %s", wording_excerpt(text, shown, sizeof shown), wanted);
}

/* wanted: NULL, or why no range can stand here. */
static int explain(const char *text, enum param_unit unit, const char *wanted, const struct fault *inner,
                   struct fault *fault)
{
    char shown[64];
    struct advice advice;
    find_advice(text, unit, &advice);
    if (advice.can_be_read && advice.quantity.law != LAW_POINT && wanted != NULL) return is_range(text, wanted, fault);
    const char *what = advice.what != NULL ? advice.what : inner->what;
    fault_what(fault, is_verb(what) ? "'%s' %s%s" : "'%s' is not %s: %s", wording_excerpt(text, shown, sizeof shown),
               is_verb(what) ? what : unit_wanted(unit), is_verb(what) ? "" : what);
    if (advice.can_be_read) return fault_hint(fault, "write '%s'", advice.written);
    if (advice.what == NULL) return fault_hint(fault, "%s", inner->hint);
    return fault_hint(fault, is_verb(advice.fault.what) ? "'%s' %s" : "'%s': %s", advice.written, advice.fault.what);
}

static int is_any(const char *text, enum param_unit unit)
{
    return unit == UNIT_USD_PER_PERIOD && strcmp(text, BUDGET_ANY) == 0;
}

int quantity_read(const char *text, enum param_unit unit, struct quantity *out, struct fault *fault)
{
    struct fault inner = {"", ""};
    memset(out, 0, sizeof *out);
    return read_quantity(text, unit, out, &inner) || explain(text, unit, NULL, &inner, fault);
}

int quantity_read_point(const char *text, enum param_unit unit, const char *wanted, struct quantity *out,
                        struct fault *fault)
{
    struct fault inner = {"", ""};
    memset(out, 0, sizeof *out);
    if (is_any(text, unit)) {
        out->value = out->low = out->high = PARAM_ABSENT;
        return 1;
    }
    if (!read_quantity(text, unit, out, &inner)) return explain(text, unit, wanted, &inner, fault);
    return out->law == LAW_POINT || is_range(text, wanted, fault);
}

static int reads_back(const char *digits, const struct unit *unit, double value)
{
    struct decimal decimal;
    double back;
    decimal_scan(digits, &decimal);
    return decimal_value(&decimal, unit->power, &back) == DECIMAL_FITS && back * unit->times / unit->over == value;
}

/* The value in one unit, if it reads back to the very same double. 2/month is kept per second, and 720 h times that is
 * 1.9999999999999998; of the neighbours that read back too the one with the fewest digits is meant. */
static int print_in(double value, const struct unit_print *print, char out[QUANTITY_BYTES])
{
    const struct unit *unit = &print->unit;
    const double in_unit = value * unit->over / unit->times, step = in_unit * 0x1p-53;
    char best[DECIMAL_TEXT_BYTES], digits[DECIMAL_TEXT_BYTES];
    decimal_print(in_unit, unit->power, best);
    int fits = reads_back(best, unit, value);
    for (int i = -2; i <= 2; i++) {
        decimal_print(in_unit + i * step, unit->power, digits);
        if (!reads_back(digits, unit, value) || (fits && strlen(digits) >= strlen(best))) continue;
        memcpy(best, digits, sizeof best);
        fits = 1;
    }
    snprintf(out, QUANTITY_BYTES, "%s%s", best, print->word);
    return fits;
}

/* `50 usd/day`, `200 usd/30d`; a period of 0 s: the amount alone. */
static void print_per_period(double amount, enum param_unit unit, int32_t period_s, char out[QUANTITY_BYTES])
{
    static const struct {
        int32_t s;
        const char *word;
    } words[] = {{S_PER_MIN, "min"}, {S_PER_HOUR, "hour"}, {S_PER_DAY, "day"}, {S_PER_WEEK, "week"}};
    char period[QUANTITY_BYTES];
    quantity_print(amount, unit, 0, out);
    if (period_s == 0) return;
    quantity_print(period_s, UNIT_S, 0, period);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].s == period_s) snprintf(period, sizeof period, "%s", words[i].word);
    if (period_s < 0) snprintf(period, sizeof period, "%s", unit_month_word(-period_s));
    const size_t n = strlen(out);
    snprintf(out + n, QUANTITY_BYTES - n, "/%s", period);
}

void quantity_print(double value, enum param_unit unit, int is_per_month, char out[QUANTITY_BYTES])
{
    if (unit == UNIT_USD_PER_PERIOD && value == PARAM_ABSENT) {
        snprintf(out, QUANTITY_BYTES, "%s", BUDGET_ANY);
        return;
    }
    if (unit == UNIT_USD_PER_PERIOD || unit == UNIT_SHARE_PER_PERIOD) {
        print_per_period(value, unit == UNIT_SHARE_PER_PERIOD ? UNIT_SHARE : UNIT_USD, is_per_month, out);
        return;
    }
    int32_t n;
    const struct unit_print *prints = unit_prints(unit, is_per_month, &n);
    char other[QUANTITY_BYTES];
    print_in(value, &prints[0], out);
    size_t best = strlen(out) + (value != 0 && n > 1); /* at the same length the base unit loses */
    for (int32_t i = 1; i < n && value != 0; i++) {
        if (!print_in(value, &prints[i], other) || strlen(other) >= best) continue;
        memcpy(out, other, sizeof other);
        best = strlen(other);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/units.h"
#include "scenarios/read/quantity.h"
#include "scenarios/read/unit.h"
#include "tests/harness.h"

static void values_are_read_in_base_units(void)
{
    static const struct {
        const char *text;
        enum param_unit unit;
        double value;
    } cases[] = {
        {"3.00 usd/Mtok", UNIT_USD_PER_TOK, 3e-06},
        {"$3/Mtok", UNIT_USD_PER_TOK, 3e-06},
        {"0.003 usd/ktok", UNIT_USD_PER_TOK, 3e-06},
        {"3e-6 usd/tok", UNIT_USD_PER_TOK, 3e-06},
        {"2.385 usd / Mtok", UNIT_USD_PER_TOK, 2.385e-06},
        {"2.385 USD per 1M tokens", UNIT_USD_PER_TOK, 2.385e-06},
        {"500000/month", UNIT_PER_S, 500000 / (720.0 * 3600)},
        {"6400/day", UNIT_PER_S, 6400 / 86400.0},
        {"6400 tasks/day", UNIT_PER_S, 6400 / 86400.0},
        {"5.5/s", UNIT_PER_S, 5.5},
        {"5.5 req/s", UNIT_PER_S, 5.5},
        {"60 per min", UNIT_PER_S, 1},
        {"1 training run/week", UNIT_PER_S, 1 / 604800.0},
        {"250ms", UNIT_S, 0.25},
        {"30 us", UNIT_S, 30e-06},
        {"90s", UNIT_S, 90},
        {"5min", UNIT_S, 300},
        {"1.5 hours", UNIT_S, 5400},
        {"24h", UNIT_S, 86400},
        {"30d", UNIT_S, 2592000},
        {"2 weeks", UNIT_S, 1209600},
        {"1 day", UNIT_S, 86400},
        {"99.9%", UNIT_SHARE, 0.999},
        {"99.9 %", UNIT_SHARE, 0.999},
        {"0.999", UNIT_SHARE, 0.999},
        {"2931", UNIT_TOK, 2931},
        {"2931 tok", UNIT_TOK, 2931},
        {"4.2 ktok", UNIT_TOK, 4200},
        {"1 Mtok", UNIT_TOK, 1000000},
        {"200000 tok/min", UNIT_TOK_PER_S, 200000 / 60.0},
        {"2 Mtok/min", UNIT_TOK_PER_S, 2e6 / 60},
        {"30 ktok per minute", UNIT_TOK_PER_S, 500},
        {"288 Mtok/day", UNIT_TOK_PER_S, 288e6 / 86400},
        {"12.50 usd", UNIT_USD, 12.5},
        {"$12.50", UNIT_USD, 12.5},
        {"-$12.50", UNIT_USD, -12.5},
        {"2.95 usd/hour", UNIT_USD_PER_S, 2.95 / 3600},
        {"$2.95/h", UNIT_USD_PER_S, 2.95 / 3600},
        {"-1.5", UNIT_NONE, -1.5},
        {"+.5", UNIT_NONE, 0.5},
        {"1.2e3", UNIT_NONE, 1200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quantity q;
        struct fault fault = {"", ""};
        const int is_read = quantity_read(cases[i].text, cases[i].unit, &q, &fault);
        check_at(is_read && q.value == cases[i].value && q.law == LAW_POINT, __FILE__, __LINE__,
                 "%s: got %.17g, want %.17g; %s", cases[i].text, q.value, cases[i].value, fault.what);
    }
}

static void a_rate_per_month_is_remembered(void)
{
    struct quantity q;
    struct fault fault;
    check(quantity_read("500000/month", UNIT_PER_S, &q, &fault) && q.is_per_month == 1);
    check(quantity_read("4e5 to 6e5/month", UNIT_PER_S, &q, &fault) && q.is_per_month == 1);
    check(quantity_read("6400/day", UNIT_PER_S, &q, &fault) && q.is_per_month == 0);
}

/* Any word before the stroke would make `5 million/month` five a month. */
static void a_magnitude_is_no_noun_of_a_rate(void)
{
    static const char *const wrong[] = {"5 million/month", "5k/day",       "5M/day",      "5 thousand/day",
                                        "5 Mreq/day",      "5 dozen/hour", "2 mio/month", "5 to/day",
                                        "5e/day",          "5e3k/day",     "5 bn/month"};
    static const char *const right[] = {"5 tasks/day",   "5 requests/day", "5 calls/day",
                                        "5 queries/day", "5/day",          "5 req/day"};
    struct quantity q;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fault fault = {"", ""};
        check_at(!quantity_read(wrong[i], UNIT_PER_S, &q, &fault), __FILE__, __LINE__, "'%s' was read", wrong[i]);
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct fault fault = {"", ""};
        check(quantity_read(right[i], UNIT_PER_S, &q, &fault));
        check_rel(q.value, 5 / 86400.0, 1e-15);
    }
}

static void a_rate_per_month_is_printed_as_it_was_written(void)
{
    static const char *const texts[] = {"2/month", "500000/month", "7/month", "1.1/month", "123456/month"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct quantity q;
        struct fault fault = {"", ""};
        char text[QUANTITY_BYTES];
        check(quantity_read(texts[i], UNIT_PER_S, &q, &fault));
        quantity_print(q.value, UNIT_PER_S, 1, text);
        check_text(text, texts[i]);
    }
}

static void named_units_and_powers_of_ten_agree(void)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"1ms", S_PER_MS}, {"1us", S_PER_US}, {"1 min", S_PER_MIN}, {"1 h", S_PER_HOUR}, {"1w", S_PER_WEEK}};
    struct quantity q;
    struct fault fault;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(quantity_read(cases[i].text, UNIT_S, &q, &fault) && q.value == cases[i].value);
    check(quantity_read("1 Mtok", UNIT_TOK, &q, &fault) && q.value == TOK_PER_MTOK);
    check(quantity_read("1 ktok", UNIT_TOK, &q, &fault) && q.value == TOK_PER_KTOK);
}

static void ranges_are_laws_held_at_their_median(void)
{
    struct quantity q;
    struct fault fault;
    check(quantity_read("300 to 500", UNIT_TOK, &q, &fault));
    check(q.law == LAW_LOGNORMAL && q.low == 300 && q.high == 500 && q.value == sqrt(150000.0));
    check(quantity_read("-2 to 6", UNIT_NONE, &q, &fault));
    check(q.law == LAW_NORMAL && q.value == 2);
    check(quantity_read("2.95 to 4.30 usd/hour", UNIT_USD_PER_S, &q, &fault));
    check(q.low == 2.95 / 3600 && q.high == 4.3 / 3600);
    check(quantity_read("$2.95 to $4.30/hour", UNIT_USD_PER_S, &q, &fault) && q.low == 2.95 / 3600);
    check(quantity_read("50s to 10min", UNIT_S, &q, &fault) && q.low == 50 && q.high == 600);
    check(quantity_read("2 usd/Mtok to 4 usd/Mtok", UNIT_USD_PER_TOK, &q, &fault) && q.low == 2e-06);
    /* The median of a logit-normal law is the logistic of the mean logit: for 20 % and 80 % that is one half; for 10 %
     * and 50 %, odds 1/9 and 1, it is 1/3 / (1 + 1/3) = 25 %. */
    check(quantity_read("20% to 80%", UNIT_SHARE, &q, &fault) && q.law == LAW_LOGIT_NORMAL);
    check_rel(q.value, 0.5, 1e-15);
    check(quantity_read("0.1 to 0.5", UNIT_SHARE, &q, &fault));
    check_rel(q.value, 0.25, 1e-15);
}

struct bad {
    const char *text;
    enum param_unit unit;
    const char *what, *hint;
};

static void are_refused(const struct bad *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct quantity q;
        struct fault fault = {"", ""};
        const int is_read = quantity_read(cases[i].text, cases[i].unit, &q, &fault);
        check_at(!is_read, __FILE__, __LINE__, "'%s' is read as %g", cases[i].text, q.value);
        check_at(strstr(fault.what, cases[i].what) != NULL, __FILE__, __LINE__, "'%s': \"%s\" does not say \"%s\"",
                 cases[i].text, fault.what, cases[i].what);
        check_at(strstr(fault.hint, cases[i].hint) != NULL, __FILE__, __LINE__, "'%s': hint \"%s\" lacks \"%s\"",
                 cases[i].text, fault.hint, cases[i].hint);
    }
}
#define ARE_REFUSED(CASES) are_refused(CASES, sizeof(CASES) / sizeof((CASES)[0]))

static void wrong_dimensions_say_what_was_read_and_what_is_wanted(void)
{
    static const struct bad cases[] = {
        {"30 s", UNIT_USD_PER_TOK, "'30 s' is a time; this wants a price such as '3.00 usd/Mtok'", ""},
        {"3.00 usd/Mtok", UNIT_S, "is a price per token; this wants a time such as", ""},
        {"5%", UNIT_TOK, "is a share; this wants a number of tokens", ""},
        {"12 usd", UNIT_USD_PER_S, "is an amount of money; this wants a price per time", ""},
        {"6400/day", UNIT_SHARE, "is a rate; this wants a share", ""},
        {"300 tok", UNIT_NONE, "is a number of tokens; this wants a plain number", ""},
        {"2.95 usd/hour", UNIT_USD, "is a price per time; this wants an amount of money", ""},
        {"5 to 9 min", UNIT_PER_S, "is a time; this wants a rate", ""},
        {"5 s to 9", UNIT_S, "has no unit", ""},
    };
    ARE_REFUSED(cases);
}

static void a_missing_unit_is_refused_where_it_matters(void)
{
    static const struct bad cases[] = {
        {"30", UNIT_S, "'30' has no unit; this wants a time such as '5min'", ""},
        {"6400", UNIT_PER_S, "has no unit; this wants a rate", ""},
        {"12.5", UNIT_USD, "has no unit", ""},
        {"3e-6", UNIT_USD_PER_TOK, "has no unit", ""},
        {"300 to 500", UNIT_S, "has no unit", ""},
        {"200000", UNIT_TOK_PER_S, "has no unit; this wants a rate of tokens", ""},
    };
    ARE_REFUSED(cases);
}

static void unknown_units_are_refused(void)
{
    static const struct bad cases[] = {
        {"5 parsec", UNIT_S, "'parsec' is not a known unit", "known: us ms s min"},
        {"5m", UNIT_S, "'m' is not a known unit", "minutes or months"},
        {"3 eur/Mtok", UNIT_USD_PER_TOK, "not a known unit", ""},
        {"5 tok/s", UNIT_PER_S, "is a rate of tokens; this wants a rate such as", ""},
        {"60/min", UNIT_TOK_PER_S, "is a rate; this wants a rate of tokens such as '200000 tok/min'", ""},
        {"5 tok/month", UNIT_TOK_PER_S, "'tok/month' is not a known unit", ""},
        {"5 tok/usd", UNIT_TOK_PER_S, "'tok/usd' is not a known unit", ""},
        {"5 month", UNIT_S, "a month has no fixed length", "30d"},
        {"2 usd/month", UNIT_USD_PER_S, "money per month depends on the month", "per hour or per day"},
        {"$5 tok", UNIT_USD, "not a known unit", ""},
        {"5 usd/", UNIT_USD, "not a known unit", ""},
        {"5 %%", UNIT_SHARE, "not a known unit", ""},
        {"182 of 200", UNIT_SHARE, "not a known unit", ""},
    };
    ARE_REFUSED(cases);
}

static void what_is_no_finite_decimal_number_is_refused(void)
{
    static const struct bad cases[] = {
        {"NaN", UNIT_NONE, "a number must be finite", ""},
        {".nan", UNIT_TOK, "a number must be finite", ""},
        {"inf", UNIT_S, "a number must be finite", "leave the key out"},
        {"-.inf", UNIT_SHARE, "a number must be finite", ""},
        {"Infinity s", UNIT_S, "a number must be finite", ""},
        {"1 to inf s", UNIT_S, "a number must be finite", ""},
        {"0x1F", UNIT_NONE, "hexadecimal", ""},
        {"1e999 s", UNIT_S, "too large", ""},
        {"1e308 d", UNIT_S, "too large", ""},
        {"1e-400", UNIT_NONE, "too small", ""},
        {"1e-320 usd/Mtok", UNIT_USD_PER_TOK, "too small", ""},
        {"12345678901234567890123456789012345678901", UNIT_TOK, "more than 40 digits", ""},
        {"", UNIT_TOK, "a number is missing", ""},
        {"many", UNIT_TOK, "does not begin with a number", ""},
        {"true", UNIT_TOK, "does not begin with a number", ""},
        {"~2000", UNIT_TOK, "does not begin with a number", ""},
        {"2026-03-16", UNIT_TOK, "not a known unit", ""},
    };
    ARE_REFUSED(cases);
}

static void digit_grouping_is_refused_with_the_way_out(void)
{
    static const struct bad cases[] = {
        {"1,000", UNIT_TOK, "digits are not grouped, and the decimal sign is a point", "write '1000'"},
        {"1_000", UNIT_TOK, "digits are not grouped", "write '1000'"},
        {"1 000 tok", UNIT_TOK, "digits are not grouped", "write '1000 tok'"},
        {"1,000,000/month", UNIT_PER_S, "digits are not grouped", "write '1000000/month'"},
        {"1'000'000.25 usd", UNIT_USD, "digits are not grouped", "write '1000000.25 usd'"},
        {"3,50 usd/Mtok", UNIT_USD_PER_TOK, "the decimal sign is a point", "write '3.50 usd/Mtok'"},
        {"1 to 1,000 tok", UNIT_TOK, "digits are not grouped", "write '1 to 1000 tok'"},
        {"6,400", UNIT_PER_S, "digits are not grouped", "'6400' has no unit; this wants a rate"},
        {"12,34,5 usd", UNIT_USD, "the decimal sign is a point", ""},
    };
    ARE_REFUSED(cases);
}

static void ranges_that_are_none_are_refused(void)
{
    static const struct bad cases[] = {
        {"500 to 300", UNIT_TOK, "from the smaller to the larger", "90 %"},
        {"300 to 300", UNIT_TOK, "from the smaller to the larger", ""},
        {"10min to 50s", UNIT_S, "from the smaller to the larger", ""},
        {"0% to 5%", UNIT_SHARE, "strictly between 0% and 100%", "0.1% to 5%"},
        {"90% to 100%", UNIT_SHARE, "strictly between 0% and 100%", ""},
        {"1 to 2 to 3", UNIT_NONE, "a range has two ends", ""},
        {"1 to ", UNIT_NONE, "a number is missing", ""},
        {"to 5", UNIT_NONE, "does not begin with a number", ""},
        {"1/day to 1/month", UNIT_PER_S, "one end is per month", ""},
    };
    ARE_REFUSED(cases);
}

static void ranges_written_otherwise_are_refused_with_the_way_out(void)
{
    static const struct bad cases[] = {
        {"300-500", UNIT_TOK, "a range is written `a to b`", "write '300 to 500'"},
        {"1 - 5", UNIT_NONE, "a range is written `a to b`", "write '1 to 5'"},
        {"300..500 tok", UNIT_TOK, "a range is written `a to b`", "write '300 to 500 tok'"},
        {"0.5...1.5", UNIT_NONE, "a range is written `a to b`", "write '0.5 to 1.5'"},
        {"1e-5 - 1e-4", UNIT_NONE, "a range is written `a to b`", "write '1e-5 to 1e-4'"},
        {"300\xe2\x80\x93"
         "500",
         UNIT_TOK, "a range is written `a to b`", "write '300 to 500'"},
        {"50s-10min", UNIT_S, "a range is written `a to b`", "write '50s to 10min'"},
        {"40-70%", UNIT_SHARE, "a range is written `a to b`", "write '40 to 70%'"},
        {"$2-$4/Mtok", UNIT_USD_PER_TOK, "a range is written `a to b`", "write '$2 to $4/Mtok'"},
        {"5,000-9,000/day", UNIT_PER_S, "digits are not grouped", "write '5000 to 9000/day'"},
        {"5000-9000", UNIT_PER_S, "a range is written `a to b`", "'5000 to 9000' has no unit; this wants a rate"},
        {"500-300", UNIT_TOK, "a range is written `a to b`", "'500 to 300': a range goes from the smaller"},
        {"40 to 70", UNIT_SHARE, "strictly between 0% and 100%", "write '40% to 70%'"},
    };
    struct quantity q;
    struct fault fault = {"", ""};
    ARE_REFUSED(cases);
    check(!quantity_read("2026-03-16", UNIT_TOK, &q, &fault) && strstr(fault.hint, "write") == NULL);
    check(!quantity_read_point("2-3", UNIT_NONE, "this wants one", &q, &fault));
    check_text(fault.what, "'2-3' is a range; this wants one");
    check(!quantity_read_point("2 to 3", UNIT_NONE, "this wants one", &q, &fault));
    check_text(fault.what, "'2 to 3' is a range; this wants one");
    check(quantity_read_point("2", UNIT_NONE, "this wants one", &q, &fault) && q.value == 2);
}

static void words_of_other_places_are_refused_with_ours(void)
{
    static const struct bad cases[] = {
        {"2k", UNIT_TOK, "'k' is not a known unit", "write '2 ktok'"},
        {"1.5M tokens", UNIT_TOK, "'M tokens' is not a known unit", ""},
        {"$3/1M", UNIT_USD_PER_TOK, "'/1M' is not a known unit", "write '$3/Mtok'"},
        {"3 $/Mtok", UNIT_USD_PER_TOK, "'$/Mtok' is not a known unit", "write '3 usd/Mtok'"},
        {"3 USD / million tokens", UNIT_USD_PER_TOK, "not a known unit", "write '3 usd / 1M tokens'"},
        {"30 Days", UNIT_S, "'Days' is not a known unit", "write '30 days'"},
        {"100/hr", UNIT_PER_S, "'/hr' is not a known unit", "write '100/h'"},
        {"10 rps", UNIT_PER_S, "'rps' is not a known unit", "write '10/s'"},
        {"60 percent", UNIT_SHARE, "'percent' is not a known unit", "write '60 %'"},
        {"5m", UNIT_S, "'m' is not a known unit", "minutes or months"},
    };
    ARE_REFUSED(cases);
}

/* Whatever the text: an advice, if there is one, would be read. */
static void every_advice_can_be_read(void)
{
    static const char letters[] = "0123456789-., $%/ekMsdto\xe2\x80\x93 to hr_'";
    uint64_t state = 31;
    int n_advices = 0;
    for (int i = 0; i < 200000; i++) {
        char text[20], written[160];
        struct quantity q;
        struct fault fault = {"", ""}, ignored;
        const size_t n = test_random(&state) % (sizeof text - 1);
        const enum param_unit unit = (enum param_unit)(test_random(&state) % (UNIT_SHARE + 1));
        for (size_t j = 0; j < n; j++)
            text[j] = letters[test_random(&state) % (sizeof letters - 1)];
        text[n] = '\0';
        if (quantity_read(text, unit, &q, &fault) || strncmp(fault.hint, "write '", 7) != 0) continue;
        snprintf(written, sizeof written, "%.*s", (int)strlen(fault.hint) - 8, fault.hint + 7);
        n_advices++;
        if (!quantity_read(written, unit, &q, &ignored))
            check_at(0, __FILE__, __LINE__, "'%s': the advice '%s' is refused: %s", text, written, ignored.what);
    }
    check_at(n_advices > 100, __FILE__, __LINE__, "%d advices", n_advices);
}

static void prints_are_what_a_person_would_write(void)
{
    static const struct {
        double value;
        enum param_unit unit;
        int is_per_month;
        const char *text;
    } cases[] = {
        {3e-06, UNIT_USD_PER_TOK, 0, "3 usd/Mtok"},
        {2.385e-06, UNIT_USD_PER_TOK, 0, "2.385 usd/Mtok"},
        {300, UNIT_S, 0, "5min"},
        {5400, UNIT_S, 0, "1.5h"},
        {90, UNIT_S, 0, "90s"},
        {0.25, UNIT_S, 0, "250ms"},
        {2592000, UNIT_S, 0, "30d"},
        {604800, UNIT_S, 0, "1w"},
        {0, UNIT_S, 0, "0s"},
        {6400 / 86400.0, UNIT_PER_S, 0, "6400/day"},
        {5.5, UNIT_PER_S, 0, "5.5/s"},
        {500000 / (720.0 * 3600), UNIT_PER_S, 1, "500000/month"},
        {0.999, UNIT_SHARE, 0, "99.9%"},
        {2931, UNIT_TOK, 0, "2931 tok"},
        {12.5, UNIT_USD, 0, "12.5 usd"},
        {2.95 / 3600, UNIT_USD_PER_S, 0, "2.95 usd/hour"},
        {200000 / 60.0, UNIT_TOK_PER_S, 0, "200000 tok/min"},
        {-1.5, UNIT_NONE, 0, "-1.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[QUANTITY_BYTES];
        quantity_print(cases[i].value, cases[i].unit, cases[i].is_per_month, text);
        check_text(text, cases[i].text);
    }
}

static void a_budget_keeps_its_amount_and_its_period(void)
{
    static const struct {
        const char *text;
        double amount;
        int32_t period_s;
        const char *printed;
    } cases[] = {
        {"50 usd/day", 50, 86400, "50 usd/day"},
        {"$50/day", 50, 86400, "50 usd/day"},
        {"12.5 usd per 30d", 12.5, 2592000, "12.5 usd/30d"},
        {"2.385 usd/hour", 2.385, 3600, "2.385 usd/hour"},
        {"$200 per week", 200, 604800, "200 usd/week"},
        {"0 usd/day", 0, 86400, "0 usd/day"},
        {"5 usd/90 min", 5, 5400, "5 usd/1.5h"},
        {"7 USD / 24h", 7, 86400, "7 usd/day"},
        {"any", PARAM_ABSENT, 0, "any"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quantity q;
        struct fault fault = {"", ""};
        char text[QUANTITY_BYTES];
        const int is_read = quantity_read_point(cases[i].text, UNIT_USD_PER_PERIOD, "one", &q, &fault);
        check_at(is_read && q.value == cases[i].amount && q.is_per_month == cases[i].period_s, __FILE__, __LINE__,
                 "%s: got %.17g per %d s; %s", cases[i].text, q.value, (int)q.is_per_month, fault.what);
        quantity_print(q.value, UNIT_USD_PER_PERIOD, q.is_per_month, text);
        check_text(text, cases[i].printed);
    }
}

static void a_budget_without_a_sound_period_is_refused(void)
{
    static const struct {
        const char *text, *what, *hint;
    } cases[] = {
        {"50 usd", "is an amount of money; this wants a budget with its period, such as '50 usd/day'", ""},
        {"50", "has no unit; this wants a budget with its period", ""},
        {"50 usd/month", "money per month depends on the month", "30d"},
        {"50 usd/Mtok", "is a price per token; this wants a budget", ""},
        {"50/day", "is a rate; this wants a budget", ""},
        {"50 usd/0d", "'usd/0d' is not a known unit", ""},
        {"50 usd/-1d", "a range is written", ""},
        {"50 usd/0.5s", "'usd/0.5s' is not a known unit", ""},
        {"50 usd/4000d", "'usd/4000d' is not a known unit", ""},
        {"40 to 60 usd/day", "is a range; one", ""},
        {"none", "does not begin with a number", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct quantity q;
        struct fault fault = {"", ""};
        check_at(!quantity_read_point(cases[i].text, UNIT_USD_PER_PERIOD, "one", &q, &fault), __FILE__, __LINE__,
                 "'%s' was read", cases[i].text);
        check_contains(fault.what, cases[i].what);
        check_contains(fault.hint, cases[i].hint);
    }
    struct quantity q;
    struct fault fault;
    check(!quantity_read_point("any", UNIT_USD_PER_TOK, "one", &q, &fault));
}

static void every_print_reads_back_to_the_same_bits(void)
{
    uint64_t state = 99;
    for (int i = 0; i < 20000; i++)
        for (enum param_unit unit = UNIT_NONE; unit <= UNIT_TOK_PER_S; unit = (enum param_unit)(unit + 1)) {
            if (unit == UNIT_USD_PER_PERIOD) continue; /* printed with its period */
            /* 53 random bits between 1e-9 and 1e9: the fallback to base units is taken often */
            const double value = exp((double)(test_random(&state) >> 11) / 9007199254740992.0 * 41.4 - 20.7);
            struct quantity q;
            struct fault fault = {"", ""};
            char text[QUANTITY_BYTES];
            quantity_print(value, unit, 0, text);
            if (!quantity_read(text, unit, &q, &fault) || q.value != value)
                check_at(0, __FILE__, __LINE__, "%a printed as %s: %s", value, text, fault.what);
        }
    check(1);
}

static void rates_per_month_read_back_to_the_same_bits(void)
{
    uint64_t state = 5;
    for (int i = 0; i < 50000; i++) {
        struct quantity q, back;
        struct fault fault = {"", ""};
        char text[QUANTITY_BYTES];
        snprintf(text, sizeof text, "%.*g/month", 1 + i % 15, (double)(test_random(&state) >> 20) / 1000.0);
        if (!quantity_read(text, UNIT_PER_S, &q, &fault)) continue;
        quantity_print(q.value, UNIT_PER_S, 1, text);
        if (!quantity_read(text, UNIT_PER_S, &back, &fault) || back.value != q.value)
            check_at(0, __FILE__, __LINE__, "%a printed as %s", q.value, text);
    }
    check(1);
}

static const struct test tests[] = {
    {"a budget keeps its amount and its period", a_budget_keeps_its_amount_and_its_period, FAST},
    {"a budget without a sound period is refused", a_budget_without_a_sound_period_is_refused, FAST},
    {"values are read in base units, to the last bit", values_are_read_in_base_units, FAST},
    {"a rate per month is remembered as such", a_rate_per_month_is_remembered, FAST},
    {"a magnitude is no noun of a rate", a_magnitude_is_no_noun_of_a_rate, FAST},
    {"a rate per month is printed as it was written", a_rate_per_month_is_printed_as_it_was_written, FAST},
    {"named units and powers of ten agree", named_units_and_powers_of_ten_agree, FAST},
    {"a range is a law, held at its median", ranges_are_laws_held_at_their_median, FAST},
    {"a wrong dimension says what was read and what is wanted", wrong_dimensions_say_what_was_read_and_what_is_wanted,
     FAST},
    {"a missing unit is refused where it matters", a_missing_unit_is_refused_where_it_matters, FAST},
    {"unknown units are refused", unknown_units_are_refused, FAST},
    {"NaN, infinity, hexadecimal, overflow and words are refused", what_is_no_finite_decimal_number_is_refused, FAST},
    {"digit grouping is refused with the way out", digit_grouping_is_refused_with_the_way_out, FAST},
    {"ranges that are none are refused", ranges_that_are_none_are_refused, FAST},
    {"ranges written otherwise are refused with the way out", ranges_written_otherwise_are_refused_with_the_way_out,
     FAST},
    {"words of other places are refused with ours", words_of_other_places_are_refused_with_ours, FAST},
    {"every advice can be read", every_advice_can_be_read, FAST},
    {"prints are what a person would write", prints_are_what_a_person_would_write, FAST},
    {"every print reads back to the same bits", every_print_reads_back_to_the_same_bits, MANY},
    {"rates per month read back to the same bits", rates_per_month_read_back_to_the_same_bits, FAST},
};
TEST_MAIN("read_quantity", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Twin: strtod of the C library, which rounds right in the "C" locale that a test runs in. */
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/decimal.h"
#include "tests/harness.h"

static double value_of(const char *text, int power)
{
    struct decimal d;
    double value = -1;
    check_i64(decimal_scan(text, &d), (int)strlen(text));
    check_i64(decimal_value(&d, power, &value), DECIMAL_FITS);
    return value;
}

static void a_power_of_ten_costs_no_rounding(void)
{
    check_u64(value_of("3.00", -6) == 3e-06, 1);
    check_u64(value_of("2.385", -6) == 2.385e-06, 1);
    check_u64(value_of("0.1", -6) == 0.1e-06, 1);
    check_u64(value_of("99.9", -2) == 0.999, 1);
    check_u64(value_of("-12.50", 0) == -12.5, 1);
}

static void texts_become_the_double_that_strtod_finds(void)
{
    uint64_t state = 20260316;
    const int n = test_is_long() ? 5000000 : 20000;
    for (int i = 0; i < n; i++) {
        char text[80], *at = text;
        const int digits = 1 + (int)(test_random(&state) % 38);
        for (int k = 0; k < digits; k++) {
            *at++ = (char)('0' + test_random(&state) % 10);
            if (k == digits / 2) *at++ = '.';
        }
        snprintf(at, 16, "e%d", (int)(test_random(&state) % 700) - 350);
        struct decimal d;
        double got;
        const double want = strtod(text, NULL);
        if (decimal_scan(text, &d) != (int)strlen(text)) check_text(text, "a number");
        const enum decimal_fit fit = decimal_value(&d, 0, &got);
        const int agrees = fit == DECIMAL_FITS ? got == want : fit == DECIMAL_TOO_LARGE ? want > 1e308 : want == 0;
        if (!agrees) check_at(0, __FILE__, __LINE__, "%s: got %a, want %a", text, got, want);
    }
    check(1);
}

static void the_edges_of_double_round_right(void)
{
    static const char *const texts[] = {"4.9e-324",
                                        "2.4703282292062328e-324",
                                        "2.2250738585072011e-308",
                                        "2.2250738585072014e-308",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "9007199254740993",
                                        "9007199254740992.5",
                                        "6.0221407600000000000000000000000001e23"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_at(value_of(texts[i], 0) == strtod(texts[i], NULL), __FILE__, __LINE__, "%s", texts[i]);
}

static void beyond_double_is_told(void)
{
    static const struct {
        const char *text;
        enum decimal_fit fit;
    } cases[] = {{"1.7976931348623159e308", DECIMAL_TOO_LARGE},
                 {"1e309", DECIMAL_TOO_LARGE},
                 {"1e99999999999", DECIMAL_TOO_LARGE},
                 {"2.4703282292062327e-324", DECIMAL_TOO_SMALL},
                 {"1e-400", DECIMAL_TOO_SMALL},
                 {"1e-99999999999", DECIMAL_TOO_SMALL},
                 {"0e-99999999999", DECIMAL_FITS},
                 {"0.000", DECIMAL_FITS}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decimal d;
        double value;
        check_i64(decimal_scan(cases[i].text, &d), (int)strlen(cases[i].text));
        check_i64(decimal_value(&d, 0, &value), cases[i].fit);
    }
}

static void what_is_no_number_is_told(void)
{
    static const char *const none[] = {"", "-", ".", "e5", "nan", "inf", "+-3", "- 3", "$3"};
    struct decimal d;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        check_i64(decimal_scan(none[i], &d), 0);
    check_i64(decimal_scan("12345678901234567890123456789012345678901", &d), -1);
    check_i64(decimal_scan("5e", &d), 1); /* the letter begins a unit */
    check_i64(decimal_scan("5e+", &d), 1);
    check_i64(decimal_scan("5,3", &d), 1);
    check_i64(decimal_scan("1.5.2", &d), 3);
}

static void prints_are_shortest_and_read_back(void)
{
    uint64_t state = 7;
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = test_random(&state);
        double value, back;
        char text[DECIMAL_TEXT_BYTES];
        struct decimal d;
        memcpy(&value, &bits, sizeof value);
        if (!(value - value == 0)) continue;
        decimal_print(value, 0, text);
        if (strtod(text, NULL) != value) check_at(0, __FILE__, __LINE__, "%a: %s", value, text);
        decimal_print(value, -6, text);
        if (decimal_scan(text, &d) <= 0 || decimal_value(&d, -6, &back) != DECIMAL_FITS || back != value)
            check_at(0, __FILE__, __LINE__, "%a: %s x 10^-6", value, text);
    }
    char text[DECIMAL_TEXT_BYTES];
    static const struct {
        double value;
        int power;
        const char *text;
    } known[] = {{3e-06, -6, "3"},
                 {2.385e-06, -6, "2.385"},
                 {0.1, 0, "0.1"},
                 {1e15, 0, "1e15"},
                 {1e14, 0, "100000000000000"},
                 {-0.00012, 0, "-0.00012"},
                 {0, -6, "0"},
                 {5e-324, 0, "5e-324"},
                 {0.999, -2, "99.9"},
                 {1.0 / 3, 0, "0.3333333333333333"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        decimal_print(known[i].value, known[i].power, text);
        check_text(text, known[i].text);
    }
}

static const struct test tests[] = {
    {"a power of ten in a unit costs no rounding", a_power_of_ten_costs_no_rounding, FAST},
    {"random texts become the very double that strtod finds", texts_become_the_double_that_strtod_finds, FAST},
    {"the edges of double round right", the_edges_of_double_round_right, FAST},
    {"what a double cannot hold is told", beyond_double_is_told, FAST},
    {"what is no number, or has too many digits, is told", what_is_no_number_is_told, FAST},
    {"prints are the shortest that read back to the same bits", prints_are_shortest_and_read_back, FAST},
};
TEST_MAIN("read_decimal", tests)

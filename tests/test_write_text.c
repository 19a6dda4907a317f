/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The growing text, and how numbers and names look. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/param.h"
#include "plots/write/format.h"
#include "plots/write/text.h"

static void text_grows_and_ends_in_nul(void)
{
    struct floe_text text = {0};
    for (int i = 0; i < 5000; i++)
        floe_text_printf(&text, "%d,", i % 10);
    check(floe_text_status(&text) == FLOE_OK);
    check_u64(text.n, 10000);
    check_u64(strlen(text.bytes), 10000);
    floe_text_free(&text);
    check(text.bytes == NULL && text.n == 0 && text.capacity == 0);
}

static void failure_sticks(void)
{
    struct floe_text text = {.most = 600};
    for (int i = 0; i < 100; i++)
        floe_text_add(&text, "0123456789");
    check(floe_text_status(&text) == FLOE_ENVIRONMENT);
    check(text.n <= 600);
    size_t before = text.n;
    floe_text_add(&text, "");
    floe_text_number(&text, 2.385);
    check_u64(text.n, before);
    floe_text_free(&text);
}

static double random_double(uint64_t *state)
{
    uint64_t bits = test_random(state);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void numbers_read_back(void)
{
    static const double edges[] = {0.1,
                                   0.1 + 0.2,
                                   1e23,
                                   5e-324,
                                   2.2250738585072014e-308,
                                   1.7976931348623157e308,
                                   -0.0,
                                   9007199254740993.0,
                                   4133760.1999999997,
                                   2.5e-6};
    uint64_t state = 2385;
    char text[FORMAT_BYTES];
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        check(strtod(floe_format_shortest(text, edges[i]), NULL) == edges[i]);
    int bad = 0;
    for (int i = 0; i < 200000; i++) {
        double x = random_double(&state);
        if (isfinite(x)) bad += strtod(floe_format_shortest(text, x), NULL) != x;
    }
    check_i64(bad, 0);
}

static void numbers_are_short(void)
{
    char text[FORMAT_BYTES];
    check_text(floe_format_shortest(text, 0.1), "0.1");
    check_text(floe_format_shortest(text, 19366), "19366");
    check_text(floe_format_shortest(text, 2.5e-6), "2.5e-06");
    check_text(floe_format_shortest(text, 0.1 + 0.2), "0.30000000000000004");
}

static void instants_are_iso(void)
{
    struct floe_text text = {0};
    floe_text_instant(&text, 1700158546);
    floe_text_add(&text, " ");
    floe_text_instant(&text, -1);
    floe_text_instant(&text, INSTANT_ABSENT);
    check_text(text.bytes, "2023-11-16T18:15:46Z 1969-12-31T23:59:59Z");
    floe_text_free(&text);
}

struct shown {
    double value;
    const char *text;
};

static void check_shown(char *(*format)(char *, double, int), const struct shown *cases, size_t n)
{
    char text[FORMAT_BYTES];
    for (size_t i = 0; i < n; i++)
        check_text(format(text, cases[i].value, FORMAT_DIGITS), cases[i].text);
}
#define CHECK_SHOWN(FORMAT, CASES) check_shown((FORMAT), (CASES), sizeof(CASES) / sizeof((CASES)[0]))

static void dollars_read_well(void)
{
    static const struct shown cases[] = {{12.345678, "$12.35"},
                                         {0.002136, "$0.00214"},
                                         {1234567.4, "$1,234,567"},
                                         {0, "$0"},
                                         {0.5, "$0.50"},
                                         {0.005, "$0.00500"},
                                         {0.99999, "$1.00"},
                                         {0.0002999, "$0.000300"},
                                         {0.25, "$0.25"},
                                         {9999.994, "$9,999.99"},
                                         {10000.4, "$10,000"},
                                         {-3.5, "-$3.50"},
                                         {1e-9, "$0.00000000100"},
                                         {1.234e-14, "$1.23e-14"},
                                         {2.385e18, "$2.38e+18"},
                                         {999.996, "$1,000.00"},
                                         {NAN, "-"},
                                         {INFINITY, "-"},
                                         {0.00099999, "$0.00100"},
                                         {-0.0, "$0"},
                                         {1.7976931348623157e308, "$1.8e+308"},
                                         {123456789012345, "$123,456,789,012,345"}};
    CHECK_SHOWN(floe_format_usd, cases);
}

static void counts_read_well(void)
{
    static const struct shown cases[] = {
        {19366, "19,366"}, {19366.37, "19,366"}, {12.345, "12.3"},    {12.5, "12.5"}, {0, "0"}, {0.04567, "0.0457"},
        {999.7, "1,000"},  {1e6, "1,000,000"},   {-1234.5, "-1,234"}, {NAN, "-"},     {7, "7"}, {999999, "999,999"}};
    CHECK_SHOWN(floe_format_count, cases);
}

static void half_widths_show_two_digits(void)
{
    char text[FORMAT_BYTES];
    check_text(floe_format_usd(text, 0.01386, FORMAT_DIGITS_HALF), "$0.014");
    check_text(floe_format_usd(text, 0.2838, FORMAT_DIGITS_HALF), "$0.28");
    check_text(floe_format_usd(text, 0.96, FORMAT_DIGITS_HALF), "$0.96");
    check_text(floe_format_usd(text, 0.999, FORMAT_DIGITS_HALF), "$1.00");
    check_text(floe_format_usd(text, 10.97, FORMAT_DIGITS_HALF), "$10.97");
    check_text(floe_format_count(text, 35.41, FORMAT_DIGITS_HALF), "35");
    check_text(floe_format_count(text, 3946.2, FORMAT_DIGITS_HALF), "3,946");
    check_text(floe_format_scaled(text, 62970, 1e6, FORMAT_DIGITS_HALF), "0.063");
}

static void what_is_not_zero_never_reads_as_zero(void)
{
    char text[FORMAT_BYTES];
    for (double x = 1e-300; x < 1e300; x *= 7.3) {
        check(strpbrk(floe_format_usd(text, x, FORMAT_DIGITS), "123456789") != NULL);
        check(strpbrk(floe_format_count(text, x, FORMAT_DIGITS), "123456789") != NULL);
        check(strpbrk(floe_format_scaled(text, x, 1e6, FORMAT_DIGITS), "123456789") != NULL);
    }
    check_text(floe_format_scaled(text, 22361234, 1e6, FORMAT_DIGITS), "22.36");
    check_text(floe_format_scaled(text, 4567, 1e6, FORMAT_DIGITS), "0.00457");
    check_text(floe_format_scaled(text, 0, 1e6, FORMAT_DIGITS), "0");
}

static void names_keep_their_width(void)
{
    static const struct {
        const char *name;
        int columns;
        const char *want;
    } cases[] = {{"replay", 8, "replay  "},
                 {"replay", 6, "replay"},
                 {"replay", 5, "repl~"},
                 {"replay", 1, "~"},
                 {"", 3, "   "},
                 {"caf\xC3\xA9", 6, "caf\xC3\xA9  "},
                 {"\xE6\x9D\xB1\xE4\xBA\xAC", 5, "\xE6\x9D\xB1\xE4\xBA\xAC "}, /* two wide characters */
                 {"\xE6\x9D\xB1\xE4\xBA\xAC", 3, "\xE6\x9D\xB1~"},
                 {"\xE6\x9D\xB1\xE4\xBA\xAC", 2, "~ "},
                 {"e\xCC\x81t", 3, "e\xCC\x81t "}, /* a combining accent */
                 {"a\033[31m", 6, "a?[31m"},       /* no way to steer the terminal */
                 {"a\xFF\xC3", 4, "a?? "},         /* broken UTF-8 */
                 {"a\xED\xA0\x80", 4, "a???"},     /* a surrogate */
                 {"\xE2\x80\xAEx", 2, "?x"}};      /* right-to-left override */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct floe_text text = {0};
        floe_format_name(&text, cases[i].name, cases[i].columns);
        check_text(text.bytes, cases[i].want);
        check_i64(floe_format_columns(text.bytes), cases[i].columns);
        floe_text_free(&text);
    }
}

static void files_get_whole_utf8(void)
{
    struct floe_text text = {0};
    floe_format_utf8(&text, "tab\t \xE6\x9D\xB1 \xFF");
    check_text(text.bytes, "tab\t \xE6\x9D\xB1 \xEF\xBF\xBD");
    floe_text_free(&text);
}

static const struct test tests[] = {
    {"a text grows, ends in NUL, and is zero when freed", text_grows_and_ends_in_nul, FAST},
    {"after a failure a text takes nothing more", failure_sticks, FAST},
    {"every double reads back as itself", numbers_read_back, FAST},
    {"numbers in files are no longer than they must be", numbers_are_short, FAST},
    {"instants are ISO 8601, also before 1970", instants_are_iso, FAST},
    {"dollars are shown without misleading zeros", dollars_read_well, FAST},
    {"counts are shown with thousands separators", counts_read_well, FAST},
    {"half-widths are shown with two digits below 1", half_widths_show_two_digits, FAST},
    {"what is not zero never reads as zero", what_is_not_zero_never_reads_as_zero, FAST},
    {"a name keeps its width, whatever it holds", names_keep_their_width, FAST},
    {"files get valid UTF-8, whatever the names hold", files_get_whole_utf8, FAST},
};
TEST_MAIN("write_text", tests)

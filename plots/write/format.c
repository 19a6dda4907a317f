/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_SURE = 15, DIGITS_MOST = 17 }; /* 17 digits tell every double from its neighbours, 15 never invent one */
enum { DECIMALS_MOST = 12, GROUP = 3 };
#define FIXED_BELOW 1e15 /* above, a fixed-point text is mostly digits that nobody can read */
#define CENTS_BELOW_USD 1e4
#define CENT_DECIMALS 2

static char *point_for_comma(char *s)
{
    for (char *c = s; *c != '\0'; c++)
        if (*c == ',') *c = '.';
    return s;
}

char *floe_format_shortest(char *to, double x)
{
    for (int digits = DIGITS_SURE; digits <= DIGITS_MOST; digits++) {
        (void)snprintf(to, FORMAT_BYTES, "%.*g", digits, x);
        if (strtod(to, NULL) == x) break;
    }
    return point_for_comma(to);
}

/* 1234567.25 to 1,234,567.25; no sign. */
static void group_thousands(char *to, const char *from)
{
    size_t whole = strcspn(from, ".");
    char *out = to;
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % GROUP == 0) *out++ = ',';
        *out++ = from[i];
    }
    (void)snprintf(out, FORMAT_BYTES - (size_t)(out - to), "%s", from + whole);
}

/* How many decimals show `digits` significant digits of x, after rounding (0.9996 is 1.00). */
static int decimals_for(double x, int digits)
{
    char scientific[FORMAT_BYTES];
    (void)snprintf(scientific, sizeof scientific, "%.*e", digits - 1, x);
    int decimals = digits - 1 - atoi(strchr(scientific, 'e') + 1);
    return decimals < 0 ? 0 : decimals;
}

/* 12.50 to 12.5 */
static void trim(char *s)
{
    char *point = strchr(s, '.'), *end = s + strlen(s);
    while (point != NULL && end > point && (end[-1] == '0' || end[-1] == '.'))
        *--end = '\0';
}

/* x >= 0 with grouped thousands; the exponent form where fixed point would be unreadable. */
static void positive(char *to, double x, int decimals)
{
    char plain[FORMAT_BYTES];
    if (x >= FIXED_BELOW || decimals > DECIMALS_MOST) {
        (void)snprintf(to, FORMAT_BYTES, "%.*g", FORMAT_DIGITS, x);
        point_for_comma(to);
        return;
    }
    (void)snprintf(plain, sizeof plain, "%.*f", decimals, x);
    group_thousands(to, point_for_comma(plain));
}

static char *with_sign(char *to, double x, const char *unit, int decimals)
{
    char number[FORMAT_BYTES];
    if (!isfinite(x)) {
        (void)snprintf(to, FORMAT_BYTES, "-");
        return to;
    }
    positive(number, fabs(x), x == 0 ? 0 : decimals);
    (void)snprintf(to, FORMAT_BYTES, "%s%s%.40s", x < 0 ? "-" : "", unit, number);
    return to;
}

char *floe_format_count(char *to, double x, int digits)
{
    int is_fraction = isfinite(x) && x != floor(x);
    with_sign(to, x, "", is_fraction ? decimals_for(x, digits) : 0);
    trim(to);
    return to;
}

char *floe_format_usd(char *to, double usd, int digits)
{
    double size = fabs(usd);
    int decimals = size >= CENTS_BELOW_USD ? 0 : CENT_DECIMALS;
    int is_cents = size * 100 == floor(size * 100);
    if (size < 1 && !is_cents) decimals = decimals_for(usd, digits);
    return with_sign(to, usd, "$", decimals < CENT_DECIMALS && size < 1 ? CENT_DECIMALS : decimals);
}

char *floe_format_scaled(char *to, double x, double scale, int digits)
{
    double scaled = x / scale;
    int decimals = isfinite(scaled) && fabs(scaled) < 1 ? decimals_for(scaled, digits) : 2;
    return with_sign(to, scaled, "", decimals);
}

/* ---- names ---- */

#define CODE_BROKEN 0xFFFDu

struct code_range {
    uint32_t first, last;
};
static const struct code_range no_columns[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                                               {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F}};
static const struct code_range two_columns[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97C}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
#define IN(RANGES, CODE) is_in((RANGES), sizeof(RANGES) / sizeof((RANGES)[0]), (CODE))

static int is_in(const struct code_range *ranges, size_t n, uint32_t code)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return 1;
    return 0;
}

/* Bytes of the sequence that `first` opens; 0: it opens none. */
static int sequence_bytes(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

static int is_code_point(uint32_t code, int n_bytes)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= least[n_bytes] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

static uint32_t decode(const unsigned char *s, int *n_bytes)
{
    int n = sequence_bytes(s[0]);
    uint32_t code = n == 1 ? s[0] : n == 0 ? CODE_BROKEN : s[0] & (0x7Fu >> n);
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            n = 0; /* also stops at the final NUL */
        else
            code = code << 6 | (s[i] & 0x3Fu);
    }
    if (n == 0 || !is_code_point(code, n)) {
        *n_bytes = 1;
        return CODE_BROKEN;
    }
    *n_bytes = n;
    return code;
}

struct floe_format_char floe_format_next(const char *s)
{
    struct floe_format_char c;
    c.code = decode((const unsigned char *)s, &c.n_bytes);
    c.columns = IN(no_columns, c.code) ? 0 : IN(two_columns, c.code) ? 2 : 1;
    c.is_shown = c.code >= 0x20 && !(c.code >= 0x7F && c.code < 0xA0) && c.code != CODE_BROKEN &&
                 !(c.code >= 0x202A && c.code <= 0x202E) && !(c.code >= 0x2066 && c.code <= 0x2069);
    return c;
}

static void add_char(struct floe_text *text, const char *s, struct floe_format_char c)
{
    if (c.is_shown)
        floe_text_add_n(text, s, (size_t)c.n_bytes);
    else
        floe_text_add(text, "?");
}

int floe_format_columns(const char *s)
{
    int columns = 0;
    for (struct floe_format_char c; *s != '\0'; s += c.n_bytes) {
        c = floe_format_next(s);
        columns += c.columns;
    }
    return columns;
}

void floe_format_plain(struct floe_text *text, const char *s)
{
    for (struct floe_format_char c; *s != '\0'; s += c.n_bytes) {
        c = floe_format_next(s);
        add_char(text, s, c);
    }
}

void floe_format_name(struct floe_text *text, const char *name, int columns)
{
    int is_cut = floe_format_columns(name) > columns, used = 0;
    int room = columns - is_cut;
    for (struct floe_format_char c; *name != '\0'; name += c.n_bytes) {
        c = floe_format_next(name);
        if (used + c.columns > room) break;
        add_char(text, name, c);
        used += c.columns;
    }
    if (is_cut) floe_text_add(text, "~");
    floe_text_fill(text, ' ', room - used);
}

void floe_format_utf8(struct floe_text *text, const char *s)
{
    for (struct floe_format_char c; *s != '\0'; s += c.n_bytes) {
        c = floe_format_next(s);
        if (c.code == CODE_BROKEN)
            floe_text_add(text, "\xEF\xBF\xBD");
        else
            floe_text_add_n(text, s, (size_t)c.n_bytes);
    }
}

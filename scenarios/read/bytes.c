/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/bytes.h"

#include <string.h>

static size_t letter_length(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

size_t bytes_letter(const char *bytes, size_t n, uint32_t *letter)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = n == 0 ? 0 : letter_length((unsigned char)bytes[0]);
    if (length == 0 || length > n) return 0;
    uint32_t value = (unsigned char)bytes[0];
    if (length > 1) value &= 0xffu >> (length + 1);
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    if (value < least[length] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) return 0;
    *letter = value;
    return length;
}

static int is_control(uint32_t letter)
{
    return (letter < 0x20 && letter != '\t' && letter != '\n' && letter != '\r') || (letter >= 0x7f && letter < 0xa0);
}

static int is_utf16(const char *bytes, size_t n)
{
    return n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

int bytes_check(const char *bytes, size_t n, struct bytes_place *place, struct fault *fault)
{
    uint32_t letter = 0;
    *place = (struct bytes_place){1, 1};
    if (is_utf16(bytes, n)) {
        fault_what(fault, "the file is UTF-16, not UTF-8");
        return fault_hint(fault, "save it as UTF-8");
    }
    for (size_t at = 0, length; at < n; at += length) {
        length = bytes_letter(bytes + at, n - at, &letter);
        if (length == 0) {
            fault_what(fault, "byte 0x%02x at offset %zu is not valid UTF-8", (unsigned)(unsigned char)bytes[at], at);
            return fault_hint(fault, "save the file as UTF-8");
        }
        if (is_control(letter)) {
            fault_what(fault, "byte 0x%02x at offset %zu is a control character: the file is not a text",
                       (unsigned)letter, at);
            return fault_hint(fault, "a scenario is a YAML text; is this the right file?");
        }
        place->column++;
        if (letter == '\n') *place = (struct bytes_place){place->line + 1, 1};
    }
    return 1;
}

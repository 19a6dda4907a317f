/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/wording.h"

#include <stdlib.h>
#include <string.h>

#include "scenarios/read/bytes.h"
#include "tests/harness.h"

static void an_excerpt_fits_whatever_the_length(void)
{
    for (size_t length = 0; length < 100; length++)
        for (size_t most = 8; most < 40; most++) {
            char *text = (char *)malloc(length + 1),
                 *out = (char *)malloc(most); /* a sanitizer sees one byte too many */
            memset(text, 'x', length);
            text[length] = '\0';
            wording_excerpt(text, out, most);
            if (length < most ? strcmp(out, text) != 0
                              : strcmp(out + strlen(out) - 3, "...") != 0 || strlen(out) >= most)
                check_at(0, __FILE__, __LINE__, "length %zu in %zu: \"%s\"", length, most, out);
            free(text);
            free(out);
        }
    check(1);
}

static void an_excerpt_does_not_cut_a_letter(void)
{
    struct bytes_place place;
    struct fault fault = {"", ""};
    for (size_t most = 8; most < 24; most++) {
        char out[24];
        wording_excerpt("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89\xc3\xa9\xe2\x82\xac",
                        out, most);
        check(strlen(out) < most && bytes_check(out, strlen(out), &place, &fault));
    }
}

static void line_ends_become_spaces(void)
{
    char out[32];
    check_text(wording_excerpt("a\nb\tc\rd", out, sizeof out), "a b c d");
}

static void a_wording_grows(void)
{
    struct wording wording = {0};
    char *text;
    size_t n;
    for (int i = 0; i < 1000; i++)
        wording_add(&wording, "%d,", i % 10);
    wording_bytes(&wording, "x\0y", 3);
    check_i64(wording_finish(&wording, &text, &n), FLOE_OK);
    check_i64((int64_t)n, 2003);
    check(text[n] == '\0' && memcmp(text + 1994, "7,8,9,", 6) == 0);
    free(text);
    check_i64(wording_finish(&wording, &text, NULL), FLOE_OK);
    check_text(text, "");
    free(text);
}

static const struct test tests[] = {
    {"an excerpt fits whatever the length", an_excerpt_fits_whatever_the_length, FAST},
    {"an excerpt does not cut a letter", an_excerpt_does_not_cut_a_letter, FAST},
    {"line ends become spaces", line_ends_become_spaces, FAST},
    {"a wording grows, and nothing is an empty text", a_wording_grows, FAST},
};
TEST_MAIN("read_wording", tests)

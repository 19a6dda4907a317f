/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/model_name.h"

#include <string.h>

static const char *const regions[] = {"us.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "us-gov."};
static const char *const providers[] = {"anthropic.", "amazon.", "meta.", "mistral.", "cohere.",  "deepseek.",
                                        "openai.",    "qwen.",   "ai21.", "writer.",  "moonshot."};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of the one of the prefixes that the name has, if something is left behind it. */
static size_t prefix_of(const char *name, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], length) == 0 && name[length] != '\0') return length;
    }
    return 0;
}

size_t model_name_region(const char *name)
{
    return prefix_of(name, regions, sizeof regions / sizeof regions[0]);
}

/* Where the trailing digits of name[0..n) begin. */
static size_t digits_from(const char *name, size_t n)
{
    while (n > 0 && is_digit(name[n - 1]))
        n--;
    return n;
}

/* ":0", "-v1:0" at the end; "-v1" alone only when `has_provider`: in deepseek-v3 it is the model. */
static size_t without_version(const char *name, size_t n, int has_provider)
{
    size_t at = digits_from(name, n);
    if (at < n && at > 1 && name[at - 1] == ':') {
        n = at - 1;
        at = digits_from(name, n);
        has_provider = 1;
    }
    if (has_provider && at < n && at > 2 && name[at - 1] == 'v' && name[at - 2] == '-') return at - 2;
    return n;
}

/* "-20250219", "@20250219", "-2025-02-19" at the end. */
static size_t without_date(const char *name, size_t n)
{
    const size_t at = digits_from(name, n);
    if (n - at == 8 && at > 1 && (name[at - 1] == '-' || name[at - 1] == '@') && name[at] == '2') return at - 1;
    if (n < 12 || n - at != 2 || name[n - 3] != '-' || name[n - 6] != '-' || name[n - 11] != '-') return n;
    for (size_t i = n - 10; i < n; i++)
        if (i != n - 3 && i != n - 6 && !is_digit(name[i])) return n;
    return name[n - 10] == '2' ? n - 11 : n;
}

void model_name_base(const char *name, char out[NAME_BYTES])
{
    char small[NAME_BYTES];
    size_t n = 0;
    const char *slash = strrchr(name, '/');
    if (slash != NULL && slash[1] != '\0') name = slash + 1;
    for (; name[n] != '\0' && n + 1 < NAME_BYTES; n++)
        small[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + ('a' - 'A') : name[n]);
    small[n] = '\0';
    const char *local = small + model_name_region(small);
    const char *base = local + prefix_of(local, providers, sizeof providers / sizeof providers[0]);
    n = without_version(base, strlen(base), base != local);
    n = without_date(base, n);
    memcpy(out, base, n);
    out[n] = '\0';
}

/* The next letter that is no separator. */
static const char *next_letter(const char *at)
{
    while (*at == '-' || *at == '.' || *at == '_' || *at == ' ')
        at++;
    return at;
}

int model_name_is_alike(const char *a, const char *b)
{
    char base_a[NAME_BYTES], base_b[NAME_BYTES];
    model_name_base(a, base_a);
    model_name_base(b, base_b);
    const char *x = next_letter(base_a), *y = next_letter(base_b);
    while (*x != '\0' && *x == *y) {
        x = next_letter(x + 1);
        y = next_letter(y + 1);
    }
    return *x == *y;
}

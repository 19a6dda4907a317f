/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/diff_fail_if.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum value { CHANGE_USD, CHANGE_SHARE, A_USD, B_USD, VALUES };
static const char *const names[VALUES] = {"change_usd", "change_share", "a_usd", "b_usd"};
static const char *const operators[] = {"<", "<=", ">", ">=", "==", "!="};
enum { OPERATORS = sizeof operators / sizeof operators[0] };

struct condition {
    int value, operator;
    double limit;
};

static int find(const char *const *in, int n, const char *word)
{
    for (int i = 0; i < n; i++)
        if (strcmp(in[i], word) == 0) return i;
    return -1;
}

static int parse(const char *text, struct condition *c)
{
    char name[32], operator[4], number[64], rest;
    char *end;
    if (sscanf(text, " %31[a-z_] %3[<>=!] %63s %c", name, operator, number, &rest) != 3) return 0;
    c->value = find(names, VALUES, name);
    c->operator= find(operators, OPERATORS, operator);
    c->limit = strtod(number, &end);
    return c->value >= 0 && c->operator>= 0 && end != number && * end == '\0' && isfinite(c->limit);
}

enum floe_status diff_fail_if_check(const struct options *options)
{
    for (int i = 0; i < options->n_fail_ifs; i++) {
        struct condition c;
        if (parse(options->fail_ifs[i], &c)) continue;
        fprintf(stderr,
                "floe: --fail-if '%s' is not NAME OP NUMBER\nhint: for example 'change_usd > 100' or 'change_share > "
                "0.1'; names: change_usd change_share a_usd b_usd\n",
                options->fail_ifs[i]);
        return FLOE_BAD_USAGE;
    }
    return FLOE_OK;
}

static int holds(int operator, double value, double limit)
{
    switch (operator) {
    case 0: return value < limit;
    case 1: return value <= limit;
    case 2: return value > limit;
    case 3: return value >= limit;
    case 4: return value == limit;
    default: return value != limit;
    }
}

enum floe_status diff_fail_if_evaluate(const struct options *options, const struct waterfall *waterfall)
{
    const double a = waterfall->whole.value[WATERFALL_A], b = waterfall->whole.value[WATERFALL_B];
    const double values[VALUES] = {b - a, a != 0 ? (b - a) / a : NAN, a, b};
    enum floe_status status = FLOE_OK;
    for (int i = 0; i < options->n_fail_ifs; i++) {
        struct condition c;
        if (!parse(options->fail_ifs[i], &c)) continue;
        if (!isnan(values[c.value]) && !holds(c.operator, values[c.value], c.limit)) continue;
        if (isnan(values[c.value]))
            fprintf(stderr, "floe: failed: %s is not defined (--fail-if '%s')\n", names[c.value], options->fail_ifs[i]);
        else
            fprintf(stderr, "floe: failed: %s is %.6g (--fail-if '%s')\n", names[c.value], values[c.value],
                    options->fail_ifs[i]);
        status = FLOE_CHECK_FAILED;
    }
    return status;
}

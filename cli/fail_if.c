/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/fail_if.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct condition {
    enum metric metric;
    char op[3];
    double limit;
    const char *variant; /* points into the expression; "": every variant */
};

static int is_operator(const char *op)
{
    static const char *const operators[] = {"<", "<=", ">", ">=", "==", "!="};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(op, operators[i]) == 0) return 1;
    return 0;
}

/* What stands behind the number: nothing, or " in VARIANT" up to the end. */
static const char *variant_of(const char *rest)
{
    rest += strspn(rest, " ");
    if (*rest == '\0') return rest;
    if (strncmp(rest, "in ", 3) != 0) return NULL;
    rest += 3;
    rest += strspn(rest, " ");
    return *rest == '\0' ? NULL : rest;
}

static int parse(const char *text, struct condition *c)
{
    char name[64], number[64];
    char *end;
    int n = 0;
    if (sscanf(text, " %63[a-z_0-9.] %2[<>=!] %63s%n", name, c->op, number, &n) != 3) return 0;
    if (!metric_find(name, &c->metric)) return 0;
    c->limit = strtod(number, &end);
    if (end == number || *end != '\0' || !isfinite(c->limit)) return 0;
    c->variant = variant_of(text + n);
    return c->variant != NULL && is_operator(c->op);
}

static int holds(const struct condition *c, double value)
{
    const int is_equal = value == c->limit;
    switch (c->op[0]) {
    case '<': return value < c->limit || (c->op[1] == '=' && is_equal);
    case '>': return value > c->limit || (c->op[1] == '=' && is_equal);
    case '=': return is_equal;
    default: return !is_equal;
    }
}

enum floe_status fail_if_check_syntax(const struct options *options)
{
    for (int i = 0; i < options->n_fail_ifs; i++) {
        struct condition c;
        if (parse(options->fail_ifs[i], &c)) continue;
        fprintf(stderr,
                "floe: --fail-if '%s' is not METRIC OP NUMBER [in VARIANT]\nhint: for example 'lcpr_usd > 0.05'; "
                "metrics:",
                options->fail_ifs[i]);
        for (int m = 0; m < METRIC_N; m++)
            fprintf(stderr, " %s", metric_rows[m].name);
        fputc('\n', stderr);
        return FLOE_BAD_USAGE;
    }
    return FLOE_OK;
}

static int concerns(const struct condition *c, const struct result *result, const struct result_cell *cell)
{
    return cell->span == 0 && (c->variant[0] == '\0' || strcmp(c->variant, result->variants[cell->variant]) == 0);
}

static int has_variant(const struct condition *c, const struct result *result)
{
    int has = c->variant[0] == '\0';
    for (int32_t i = 0; i < result->n_variants; i++)
        has |= strcmp(c->variant, result->variants[i]) == 0;
    if (has) return 1;
    fprintf(stderr, "floe: --fail-if: there is no variant '%s'; there is", c->variant);
    for (int32_t i = 0; i < result->n_variants; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", result->variants[i]);
    fputc('\n', stderr);
    return 0;
}

/* 1: the condition holds, or cannot be judged; said on stderr. */
static int fails(const struct condition *c, const char *text, const struct result *result,
                 const struct result_cell *cell)
{
    const struct outcome *o = &cell->outcomes[c->metric];
    const int has_variants = result->n_variants > 1;
    if (o->n > 0 && !holds(c, o->mean)) return 0;
    fprintf(stderr, "floe: failed: %s of %s/%s%s%s is ", metric_rows[c->metric].name,
            result_workload(result, cell->workload), result_route(result, cell->route),
            has_variants ? " in variant " : "", has_variants ? result->variants[cell->variant] : "");
    if (o->n > 0)
        fprintf(stderr, "%.6g (--fail-if '%s')\n", o->mean, text);
    else
        fprintf(stderr, "not defined (--fail-if '%s')\n", text);
    return 1;
}

enum floe_status fail_if_evaluate(const struct options *options, const struct result *result)
{
    enum floe_status status = FLOE_OK;
    for (int i = 0; i < options->n_fail_ifs; i++) {
        struct condition c;
        if (!parse(options->fail_ifs[i], &c)) continue;
        if (!has_variant(&c, result)) return FLOE_BAD_USAGE;
        for (int64_t k = 0; k < result->n_cells; k++)
            if (concerns(&c, result, &result->cells[k]) && fails(&c, options->fail_ifs[i], result, &result->cells[k]))
                status = FLOE_CHECK_FAILED;
    }
    return status;
}

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
};

static int parse(const char *text, struct condition *c)
{
    char name[64], number[64], rest;
    char *end;
    if (sscanf(text, " %63[a-z_0-9.] %2[<>=!] %63s %c", name, c->op, number, &rest) != 3) return 0;
    if (!metric_find(name, &c->metric)) return 0;
    c->limit = strtod(number, &end);
    if (end == number || *end != '\0' || !isfinite(c->limit)) return 0;
    return strcmp(c->op, "<") == 0 || strcmp(c->op, "<=") == 0 || strcmp(c->op, ">") == 0 || strcmp(c->op, ">=") == 0 ||
           strcmp(c->op, "==") == 0 || strcmp(c->op, "!=") == 0;
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
        fprintf(stderr, "floe: --fail-if '%s' is not METRIC OP NUMBER\nhint: for example 'lcpr_usd > 0.05'; metrics:",
                options->fail_ifs[i]);
        for (int m = 0; m < METRIC_N; m++)
            fprintf(stderr, " %s", metric_rows[m].name);
        fputc('\n', stderr);
        return FLOE_BAD_USAGE;
    }
    return FLOE_OK;
}

enum floe_status fail_if_evaluate(const struct options *options, const struct result *result)
{
    enum floe_status status = FLOE_OK;
    for (int i = 0; i < options->n_fail_ifs; i++)
        for (int64_t k = 0; k < result->n_cells; k++) {
            const struct result_cell *cell = &result->cells[k];
            struct condition c;
            if (cell->span != 0 || !parse(options->fail_ifs[i], &c)) continue;
            if (cell->outcomes[c.metric].n == 0) {
                fprintf(stderr, "floe: failed: %s of %s/%s is not defined (--fail-if '%s')\n",
                        metric_rows[c.metric].name, result_workload(result, cell->workload),
                        result_route(result, cell->route), options->fail_ifs[i]);
                status = FLOE_CHECK_FAILED;
                continue;
            }
            if (!holds(&c, cell->outcomes[c.metric].mean)) continue;
            fprintf(stderr, "floe: failed: %s of %s/%s is %.6g (--fail-if '%s')\n", metric_rows[c.metric].name,
                    result_workload(result, cell->workload), result_route(result, cell->route),
                    cell->outcomes[c.metric].mean, options->fail_ifs[i]);
            status = FLOE_CHECK_FAILED;
        }
    return status;
}

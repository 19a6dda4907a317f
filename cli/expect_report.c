/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/expect_report.h"

#include <stdio.h>
#include <string.h>

static int names(const char *wanted, const char *name)
{
    return wanted[0] == '\0' || strcmp(wanted, name) == 0;
}

static int concerns(const struct expect *e, const struct result *result, const struct result_cell *cell)
{
    return names(e->workload, result_workload(result, cell->workload)) &&
           names(e->route, result_route(result, cell->route)) && names(e->variant, result->variants[cell->variant]) &&
           names(e->window, result->spans[cell->span].window);
}

static void say(const struct expect *e, const char *what)
{
    fprintf(stderr, "%s:%d:%d: expect %s: %s: %s\n", e->file, (int)e->line, (int)e->column, expect_metric_name(e),
            e->text, what);
}

/* Of the cell, or of the step that the row asks for; NULL: there is none. */
static const struct outcome *outcome_of(const struct expect *e, const struct result *result,
                                        const struct result_cell *cell)
{
    int32_t n;
    if (e->step == 0) return &cell->outcomes[e->metric];
    const struct result_step *steps = result_steps(result, cell, &n);
    for (int32_t i = 0; i < n; i++)
        if (steps[i].step == e->step - 1 && strcmp(steps[i].task_step, e->task_step) == 0)
            return &steps[i].outcomes[e->step_metric];
    return NULL;
}

static void say_outside(const struct expect *e, const struct result *result, const struct result_cell *cell, double got)
{
    char what[400], step[20] = "";
    const int has_variants = result->n_variants > 1;
    if (e->step > 0) snprintf(step, sizeof step, ", step %d", (int)e->step);
    snprintf(what, sizeof what, "%s/%s%s%s%s has %.10g, outside %.10g to %.10g",
             result_workload(result, cell->workload), result_route(result, cell->route),
             has_variants ? " in variant " : "", has_variants ? result->variants[cell->variant] : "", step, got, e->low,
             e->high);
    say(e, what);
}

/* 1: every cell that the row concerns lies in its range, and there is one. */
static int holds(const struct expect *e, const struct result *result)
{
    int n = 0, all_hold = 1;
    for (int64_t i = 0; i < result->n_cells; i++) {
        const struct result_cell *cell = &result->cells[i];
        const struct outcome *o = concerns(e, result, cell) ? outcome_of(e, result, cell) : NULL;
        if (o == NULL || o->n == 0) continue;
        n++;
        if (o->mean >= e->low && o->mean <= e->high) continue;
        say_outside(e, result, cell, o->mean);
        all_hold = 0;
    }
    if (n == 0) say(e, "no cell of this run answers it");
    return n > 0 && all_hold;
}

enum floe_status expect_report(const struct floe_document *document, const struct result *result)
{
    int32_t held = 0;
    const int32_t n = document->expects.n;
    for (int32_t i = 0; i < n; i++)
        held += holds(&document->expects.items[i], result);
    if (n == 0)
        fputs("floe: --expect: the scenario has no expect rows\n", stderr);
    else
        fprintf(stderr, "expect: %d of %d rows hold\n", (int)held, (int)n);
    return held == n && n > 0 ? FLOE_OK : FLOE_CHECK_FAILED;
}

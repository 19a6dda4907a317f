/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/attribution.h"

#include <math.h>
#include <string.h>

#include "plots/write/tables.h"

const enum metric attribution_metrics[ATTRIBUTION_SUMS] = {
    [ATTRIBUTION_CALLS] = METRIC_CALLS,
    [ATTRIBUTION_DENIED] = METRIC_DENIED,
    [ATTRIBUTION_INVOCATIONS] = METRIC_INVOCATIONS,
    [ATTRIBUTION_COST] = METRIC_COST_TOTAL,
};

/* ---- cuts ---- */

static int has_tag(const struct attribution *cuts, const char *tag)
{
    for (int32_t cut = ATTRIBUTION_TAG; cut < cuts->n; cut++)
        if (strcmp(cuts->tags[cut], tag) == 0) return 1;
    return 0;
}

struct attribution attribution_of(const struct result *result)
{
    struct attribution cuts = {.result = result, .n = ATTRIBUTION_TAG};
    for (int32_t k = 0; k < result->n_variants * result->scenario->n_workloads; k++) {
        const struct scenario *s = result->scenarios[k / result->scenario->n_workloads];
        const struct consumer *consumer = &s->workloads[k % s->n_workloads].consumer;
        for (int32_t i = 0; i < consumer->n_tags && cuts.n < ATTRIBUTION_CUTS_MOST; i++)
            if (!has_tag(&cuts, consumer->tags[i].name)) cuts.tags[cuts.n++] = consumer->tags[i].name;
    }
    return cuts;
}

void attribution_cut_name(const struct attribution *cuts, int32_t cut, struct floe_text *out)
{
    static const char *const names[ATTRIBUTION_TAG] = {"consumer", "key"};
    if (cut >= ATTRIBUTION_TAG) floe_text_add(out, "tag:");
    floe_text_add(out, cut < ATTRIBUTION_TAG ? names[cut] : cuts->tags[cut]);
}

const char *attribution_name(const struct attribution *cuts, int32_t cut, int32_t variant, int32_t workload)
{
    switch (cut) {
    case ATTRIBUTION_CONSUMER: return result_consumer(cuts->result, variant, workload);
    case ATTRIBUTION_KEY: return result_key(cuts->result, variant, workload);
    default: return result_tag(cuts->result, variant, workload, cuts->tags[cut]);
    }
}

/* ---- groups ---- */

static struct attribution_group *group_of(struct attribution_group *groups, int32_t *n, const char *name)
{
    for (int32_t i = 0; i < *n; i++)
        if (strcmp(groups[i].name, name) == 0) return &groups[i];
    struct attribution_group *group = &groups[(*n)++];
    memset(group, 0, sizeof *group);
    group->name = name;
    return group;
}

static void add_outcome(struct outcome *sum, const struct outcome *part)
{
    const double so_far = sum->n > 0 ? sum->mean : 0;
    if (part->n == 0) return;
    *sum = (struct outcome){.mean = so_far + part->mean, .n = sum->n > part->n ? sum->n : part->n};
}

static void add_cell(struct attribution_group *group, const struct result_cell *cell)
{
    for (int i = 0; i < ATTRIBUTION_SUMS; i++) {
        const struct outcome *part = &cell->outcomes[attribution_metrics[i]];
        if (group->n_workloads == 0)
            group->sums[i] = *part;
        else
            add_outcome(&group->sums[i], part);
    }
    group->workloads[group->n_workloads++] = cell->workload;
}

static double cost_of(const struct attribution_group *group)
{
    return group->sums[ATTRIBUTION_COST].n > 0 ? group->sums[ATTRIBUTION_COST].mean : 0;
}

int32_t attribution_groups(const struct attribution *cuts, int32_t cut, int32_t route, int32_t variant, int32_t span,
                           struct attribution_group groups[WORKLOADS_MOST])
{
    int32_t n = 0;
    double total_usd = 0;
    for (int32_t w = 0; w < cuts->result->scenario->n_workloads; w++) {
        const struct result_cell *cell = table_cell(cuts->result, variant, w, route, span);
        if (cell != NULL) add_cell(group_of(groups, &n, attribution_name(cuts, cut, variant, w)), cell);
    }
    for (int32_t i = 0; i < n; i++)
        total_usd += cost_of(&groups[i]);
    for (int32_t i = 0; i < n; i++)
        groups[i].cost_share = total_usd > 0 ? cost_of(&groups[i]) / total_usd : NAN;
    return n;
}

/* Cells are sorted by workload before route and window. */
int attribution_begins(const struct result *result, int64_t i)
{
    const struct result_cell *cell = &result->cells[i];
    for (int32_t w = 0; w < cell->workload; w++)
        if (table_cell(result, cell->variant, w, cell->route, cell->span) != NULL) return 0;
    return 1;
}

/* ---- what is named ---- */

int attribution_has_consumers(const struct result *result)
{
    int has = 0;
    for (int32_t w = 0; w < result->scenario->n_workloads; w++)
        has |= strcmp(result_consumer(result, 0, w), result_workload(result, w)) != 0;
    return has && result->scenario->n_workloads > 1;
}

int attribution_is_named(const struct result *result)
{
    int has = attribution_has_consumers(result);
    for (int32_t i = 0; i < result->n_variants * result->scenario->n_workloads; i++) {
        const struct scenario *s = result->scenarios[i / result->scenario->n_workloads];
        const struct consumer *consumer = &s->workloads[i % s->n_workloads].consumer;
        has |= consumer->key[0] != '\0' || consumer->n_tags > 0;
    }
    return has && result->scenario->n_workloads > 1;
}

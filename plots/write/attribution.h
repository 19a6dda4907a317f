/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose cost: the cells of a route, variant and window, grouped by who used them. A cut is what a bill is grouped by:
 *   "consumer"   the workload's consumer, by default the workload itself
 *   "key"        what a gateway sees; several consumers may share one, and then the cut cannot tell them apart
 *   "tag:NAME"   a tag's value, for each tag name of some workload
 * Where nothing is named the group is CONSUMER_UNKNOWN, which stays visible. Every call is in exactly one group of a
 * cut, so the groups of each cut add up to the same cost.
 *
 *     struct attribution cuts = attribution_of(result);
 *     for (int32_t cut = 0; cut < cuts.n; cut++)
 *         n = attribution_groups(&cuts, cut, route, variant, span, groups) */
#ifndef FLOE_PLOTS_WRITE_ATTRIBUTION_H
#define FLOE_PLOTS_WRITE_ATTRIBUTION_H

#include "models/result.h"
#include "plots/write/text.h"

enum { ATTRIBUTION_CONSUMER, ATTRIBUTION_KEY, ATTRIBUTION_TAG };
#define ATTRIBUTION_CUTS_MOST (ATTRIBUTION_TAG + WORKLOADS_MOST * TAGS_MOST)

struct attribution {
    const struct result *result;
    int32_t n;
    const char *tags[ATTRIBUTION_CUTS_MOST]; /* from ATTRIBUTION_TAG on; in the order in which workloads name them */
};

enum attribution_sum {
    ATTRIBUTION_CALLS,
    ATTRIBUTION_DENIED,
    ATTRIBUTION_INVOCATIONS,
    ATTRIBUTION_COST,
    ATTRIBUTION_SUMS
};
extern const enum metric attribution_metrics[ATTRIBUTION_SUMS];

/* The sums of a group of one workload are those of its cell. Those of several have only their mean and n, since the
 * spread of a sum does not follow from its parts. */
struct attribution_group {
    const char *name;
    int32_t n_workloads, workloads[WORKLOADS_MOST];
    struct outcome sums[ATTRIBUTION_SUMS];
    double cost_share; /* of the cut's cost; NAN where that is 0 */
};

struct attribution attribution_of(const struct result *result);
void attribution_cut_name(const struct attribution *cuts, int32_t cut, struct floe_text *out); /* appended */
const char *attribution_name(const struct attribution *cuts, int32_t cut, int32_t variant, int32_t workload);

/* In the order of their first workloads. Returns how many; 0 where the route was not run. */
int32_t attribution_groups(const struct attribution *cuts, int32_t cut, int32_t route, int32_t variant, int32_t span,
                           struct attribution_group groups[WORKLOADS_MOST]);

/* 1: cell i is the first of its route, variant and window: where a walk over the cells takes its groups. */
int attribution_begins(const struct result *result, int64_t i);

/* 1: there is more than one workload, and one of them names a consumer, a key or a tag. */
int attribution_is_named(const struct result *result);
/* 1: there is more than one workload, and a consumer's name is not that of its workload. */
int attribution_has_consumers(const struct result *result);

#endif

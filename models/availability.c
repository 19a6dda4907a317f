/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability.h"

#include <math.h>
#include <string.h>

#include "models/param_rows.h"
#include "sim/gamma.h"

#define LONGEST_S (3660.0 * S_PER_DAY) /* ten years */

static const char *const hanging_names[] = {"error", "hang", NULL};

static const struct param planned_rows[] = {
    INSTANT("at", planned_outage, at_s, PARAM_REQUIRED, "when it begins: `2026-03-16T10:00:00Z`"),
    NUMBER("for", planned_outage, for_s, UNIT_S, 0, LONGEST_S, PARAM_REQUIRED, PARAM_EXCLUDES_MIN,
           "how long it lasts: `60s`"),
};
const struct param_block planned_outage_block = {
    .name = "planned outage", ROWS(planned_rows), .size = sizeof(struct planned_outage)};

static const struct param rows[] = {
    NUMBER("errors", availability, error_share, UNIT_SHARE, 0, 1, PARAM_OPTIONAL, PARAM_PLAIN,
           "share of the attempts that fail on their own: `0.1%`"),
    NUMBER("mtbf", availability, mtbf_s, UNIT_S, 0, LONGEST_S, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "mean time from the end of an outage until the next begins: `30d`"),
    NUMBER("mttr", availability, mttr_s, UNIT_S, 0, LONGEST_S, PARAM_OPTIONAL, PARAM_PLAIN,
           "mean length of an outage: `43min`"),
    NUMBER("uptime", availability, uptime_share, UNIT_SHARE, 0, 1, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "share of the attempts that are served: `99.9%`; in place of errors and mtbf"),
    NUMBER("from_outages", availability, from_outages_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "with `uptime`: the share of what is missing that comes as outages of length `mttr`, the rest as errors"),
    TEXT("group", availability, group, "", PARAM_PLAIN, "providers that name the same group have outages in common"),
    NUMBER("common", availability, common_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "the share of the outage time that the group has in common (beta factor)"),
    CHOICE("outage", availability, is_hanging, hanging_names, "error",
           "what an attempt meets during an outage: error: it fails; hang: it waits for the client's timeout"),
    MANY(PARAM_LIST, "planned", availability, planned, n_planned, AVAILABILITY_PLANNED_MOST, planned_outage_block,
         PARAM_OPTIONAL, "outages at given times, for what-ifs: [{at: 2026-03-16T10:00:00Z, for: 60s}]"),
    BLOCK("sla", availability, sla, sla_block, PARAM_OPTIONAL,
          "service credits by calendar month, booked beside the cost: `bedrock`, or bands of a contract; a step's own "
          "in place "
          "of the route's"),
};

static int check_lengths(const struct availability *a, struct complaint *c)
{
    const int has_outages = a->mtbf_s != PARAM_ABSENT || a->from_outages_share > 0;
    if (a->mttr_s == 0)
        return complain(c, "mttr", "an outage of mean length 0 is no outage",
                        "leave mtbf and mttr out; single failed attempts are `errors: 0.1%`");
    if (has_outages && a->mttr_s == PARAM_ABSENT)
        return complain(c, "mttr", "outages need their mean length", "for example `mttr: 43min`");
    if (!has_outages && a->mttr_s != PARAM_ABSENT)
        return complain(c, a->uptime_share != PARAM_ABSENT ? "from_outages" : "mtbf",
                        "a mean length of outages needs to know how often they come",
                        "`mtbf: 30d`, or {uptime: 99.9%, from_outages: 100%, mttr: 43min}");
    return 1;
}

static int check_common(const struct availability *a, struct complaint *c)
{
    if (a->common_share > 0 && a->group[0] == '\0')
        return complain(c, "group", "outages in common need the group that has them", "for example `group: us-east-1`");
    if (a->common_share > 0 && a->mttr_s == PARAM_ABSENT)
        return complain(c, "common", "only outages can be in common, and there are none", "give mtbf and mttr");
    return 1;
}

static int planned_overlap(const struct planned_outage *a, const struct planned_outage *b)
{
    return (double)a->at_s < (double)b->at_s + b->for_s && (double)b->at_s < (double)a->at_s + a->for_s;
}

static int availability_check(const void *block, struct complaint *c)
{
    const struct availability *a = (const struct availability *)block;
    if (a->uptime_share != PARAM_ABSENT && (a->error_share != PARAM_ABSENT || a->mtbf_s != PARAM_ABSENT))
        return complain(c, "uptime", "either uptime, or errors and mtbf",
                        "{uptime: 99.9%, from_outages: 50%, mttr: 43min} or {errors: 0.05%, mtbf: 60d, mttr: 43min}");
    if (a->from_outages_share > 0 && a->uptime_share == PARAM_ABSENT)
        return complain(c, "from_outages", "a share of what is missing needs `uptime`", "for example `uptime: 99.9%`");
    for (int32_t i = 0; i < a->n_planned; i++)
        for (int32_t j = 0; j < i; j++)
            if (planned_overlap(&a->planned[i], &a->planned[j]))
                return complain(c, "planned", "two planned outages overlap", "make them one");
    return check_lengths(a, c) && check_common(a, c);
}

const struct param_block availability_block = {.name = "availability",
                                               ROWS(rows),
                                               .size = sizeof(struct availability),
                                               .scalar_key = "uptime",
                                               .check = availability_check};

/* The process of length D that is down for the share q. */
static struct outage_process process_of(double q, double mttr_s)
{
    if (!(q > 0)) return (struct outage_process){0, 0};
    return (struct outage_process){mttr_s * (1 - q) / q, mttr_s};
}

static void derive_planned(const struct availability *a, int64_t start_at_s, struct availability_terms *terms)
{
    terms->n_planned = a->n_planned;
    for (int32_t i = 0; i < a->n_planned; i++) {
        terms->planned_from_ns[i] = (a->planned[i].at_s - start_at_s) * NS_PER_S;
        terms->planned_to_ns[i] = terms->planned_from_ns[i] + (int64_t)(a->planned[i].for_s * (double)NS_PER_S + 0.5);
    }
}

void availability_derive(const struct availability *a, int64_t start_at_s, struct availability_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    double down = 0;
    terms->error_share = a->error_share != PARAM_ABSENT ? a->error_share : 0;
    if (a->uptime_share != PARAM_ABSENT) { /* (1 - down)(1 - errors) = uptime */
        down = a->from_outages_share * (1 - a->uptime_share);
        terms->error_share = 1 - a->uptime_share / (1 - down);
        if (a->from_outages_share == 1) terms->error_share = 0;
    } else if (a->mtbf_s != PARAM_ABSENT) {
        down = a->mttr_s / (a->mtbf_s + a->mttr_s);
    }
    terms->common = process_of(a->common_share * down, a->mttr_s);
    terms->own = process_of((1 - a->common_share) * down, a->mttr_s);
    terms->group = -1;
    terms->outage_end = a->is_hanging ? ATTEMPT_TIMED_OUT : ATTEMPT_FAILED;
    derive_planned(a, start_at_s, terms);
    sla_derive(&a->sla, &terms->sla);
}

int availability_same_common(const struct availability_terms *a, const struct availability_terms *b)
{
    return fabs(a->common.mtbf_s - b->common.mtbf_s) <= 1e-9 * a->common.mtbf_s &&
           fabs(a->common.mttr_s - b->common.mttr_s) <= 1e-9 * a->common.mttr_s;
}

/* C(n, j) a^j (1 - a)^(n - j). */
static double binomial_share(double a, double j, double n)
{
    const double choices = floe_lgamma(n + 1) - floe_lgamma(j + 1) - floe_lgamma(n - j + 1);
    return floe_exp(choices + j * floe_log(a) + (n - j) * floe_log1p(-a));
}

/* The shorter of the two sums. */
double sla_k_of_n(double a, int64_t k, int64_t n)
{
    double fails = 0, serves = 0;
    if (k <= 0) return 1;
    if (k > n || !(a > 0)) return 0;
    if (a >= 1) return 1;
    for (int64_t j = 0; j < k && k <= n / 2; j++)
        fails += binomial_share(a, (double)j, (double)n);
    for (int64_t j = n; j >= k && k > n / 2; j--)
        serves += binomial_share(a, (double)j, (double)n);
    return k <= n / 2 ? 1 - fails : serves;
}

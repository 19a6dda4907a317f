/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/latency.h"

#include <math.h>
#include <string.h>

#include "models/param_rows.h"

#define PART_LONGEST_S ((double)S_PER_DAY)
#define CV_LEAST FLOE_GAMMA_CV_MIN
#define CV_MOST FLOE_GAMMA_CV_MAX
#define USE_A_MIXTURE                                                                                                  \
    "use a mixture: {mixture: [{weight: 91, mean: 1.5s, cv: 0.8}, {weight: 9, mean: 42s, cv: 0.3}]}, or median and "   \
    "p95"

static const char *const law_names[] = {"auto",      "fixed",   "exponential", "gamma",
                                        "lognormal", "mixture", "values",      NULL};

#define FIGURES(T, MEAN, MEDIAN, P95, CV)                                                                              \
    NUMBER("mean", T, MEAN, UNIT_S, 0, PART_LONGEST_S, PARAM_OPTIONAL, PARAM_PLAIN, "mean over attempts"),             \
        NUMBER("median", T, MEDIAN, UNIT_S, 0, PART_LONGEST_S, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,                     \
               "half of the attempts are faster"),                                                                     \
        NUMBER("p95", T, P95, UNIT_S, 0, PART_LONGEST_S, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,                           \
               "95 % of the attempts are faster"),                                                                     \
        NUMBER("cv", T, CV, UNIT_NONE, CV_LEAST, CV_MOST, PARAM_OPTIONAL, PARAM_PLAIN,                                 \
               "coefficient of variation from attempt to attempt: standard deviation / mean")

static const struct param mix_rows[] = {
    NUMBER("weight", mixture_part, weight, UNIT_NONE, 0, 1e9, "1", PARAM_EXCLUDES_MIN,
           "how many of the attempts, relative to the other parts: 93 and 7"),
    FIGURES(mixture_part, figures.mean, figures.median, figures.p95, figures.cv),
};

static const struct param law_rows[] = {
    CHOICE(
        "law", latency_law, law, law_names, "auto",
        "auto: what the figures say, a mean alone is fixed, two of mean, median, p95, cv are lognormal; exponential: "
        "of a mean; gamma: of mean and cv; mixture, values: of these lists"),
    FIGURES(latency_law, mean_s, median_s, p95_s, cv),
    MANY(PARAM_LIST, "mixture", latency_law, mix, n_mix, MIXTURE_MOST, latency_mix_block, PARAM_OPTIONAL,
         "up to 3 lognormal laws, a fast path and a slow one: [{weight: 93, mean: 1.5s, cv: 0.8}, {weight: 7, ...}]"),
    VALUES("values", latency_law, values_s, n_values, UNIT_S, LATENCY_VALUES_MOST, 0, PART_LONGEST_S,
           "an attempt has one of these, equally likely"),
};

static struct lognormal_figures law_figures(const struct latency_law *law)
{
    return (struct lognormal_figures){law->mean_s, law->median_s, law->p95_s, law->cv};
}

static int mix_check(const void *block, struct complaint *c)
{
    return mixture_part_check((const struct mixture_part *)block, "for example {weight: 7, mean: 52s, cv: 0.3}", c);
}

const struct param_block latency_mix_block = {
    .name = "latency mixture", ROWS(mix_rows), .size = sizeof(struct mixture_part), .check = mix_check};

static int32_t law_kind(const struct latency_law *law)
{
    const struct lognormal_figures figures = law_figures(law);
    if (law->law != LATENCY_AUTO) return law->law;
    if (law->n_mix > 0) return LATENCY_MIXTURE;
    if (law->n_values > 0) return LATENCY_VALUES;
    return lognormal_figures_given(&figures) > (law->mean_s != PARAM_ABSENT) ? LATENCY_LOGNORMAL : LATENCY_FIXED;
}

static int law_is_given(const struct latency_law *law)
{
    return law_kind(law) != LATENCY_FIXED || law->mean_s != PARAM_ABSENT;
}

/* The figures that a law does not have. */
static int check_no_others(const struct latency_law *law, int takes_mean, int takes_cv, struct complaint *c)
{
    const double given[4] = {takes_mean ? PARAM_ABSENT : law->mean_s, law->median_s, law->p95_s,
                             takes_cv ? PARAM_ABSENT : law->cv};
    for (size_t i = 0; i < 4; i++)
        if (given[i] != PARAM_ABSENT)
            return complain(c, lognormal_figure_names[i], "this law has no such figure",
                            "law: lognormal takes two of mean, median, p95, cv; exponential mean; gamma mean and cv");
    return 1;
}

static int check_lists(const struct latency_law *law, int32_t kind, struct complaint *c)
{
    if (kind != LATENCY_MIXTURE && law->n_mix > 0)
        return complain(c, "mixture", "only the law `mixture` has parts", "law: mixture, or leave `law` out");
    if (kind != LATENCY_VALUES && law->n_values > 0)
        return complain(c, "values", "only the law `values` has a list of values", "law: values, or leave `law` out");
    if (kind == LATENCY_MIXTURE && law->n_mix == 0)
        return complain(c, "law", "a mixture needs its parts", USE_A_MIXTURE);
    if (kind == LATENCY_VALUES && law->n_values == 0)
        return complain(c, "law", "a law of values needs the list `values`", "{values: [0.8s, 1.1s, 4.6s]}");
    return 1;
}

static int law_check(const void *block, struct complaint *c)
{
    const struct latency_law *law = (const struct latency_law *)block;
    const struct lognormal_figures figures = law_figures(law);
    const int32_t kind = law_kind(law);
    if (!check_lists(law, kind, c)) return 0;
    if (kind == LATENCY_LOGNORMAL)
        return lognormal_check(&figures, "for example {median: 1.3s, p95: 5.3s}", USE_A_MIXTURE, c);
    if (kind == LATENCY_MIXTURE || kind == LATENCY_VALUES) return check_no_others(law, 0, 0, c);
    if (!check_no_others(law, 1, kind == LATENCY_GAMMA, c)) return 0;
    if (kind == LATENCY_GAMMA && law->cv == PARAM_ABSENT)
        return complain(c, "cv", "a gamma law needs mean and cv", "for example {law: gamma, mean: 5.28s, cv: 0.8}");
    if (kind != LATENCY_FIXED && !(law->mean_s > 0))
        return complain(c, "mean", "this law needs a mean above 0", "for example {law: exponential, mean: 40ms}");
    return 1;
}

const struct param_block latency_law_block = {.name = "latency law",
                                              ROWS(law_rows),
                                              .size = sizeof(struct latency_law),
                                              .scalar_key = "mean",
                                              .check = law_check};

static const struct param rows[] = {
    BLOCK("network", latency, part[LATENCY_NETWORK], latency_law_block, PARAM_OPTIONAL,
          "between client and provider, there and back: `40ms`"),
    BLOCK("queue", latency, part[LATENCY_QUEUE], latency_law_block, PARAM_OPTIONAL,
          "routing and waiting at the provider; leave it out where `ttft` was measured with it"),
    BLOCK("ttft", latency, part[LATENCY_TTFT], latency_law_block, PARAM_OPTIONAL,
          "time to first token: {mean: 1.88s, p95: 5.3s}"),
    BLOCK("tpot", latency, part[LATENCY_TPOT], latency_law_block, PARAM_OPTIONAL,
          "time per output token: `20ms`; an answer's generation takes this times its output tokens"),
    BLOCK("rejection", latency, part[LATENCY_REJECTION], latency_law_block, PARAM_OPTIONAL,
          "how long a 429 takes in all; if not said, as long as the network hop"),
    BLOCK("error", latency, part[LATENCY_ERROR], latency_law_block, PARAM_OPTIONAL,
          "how long a failed attempt takes in all; if not said, as long as the network hop"),
    NUMBER("timeout", latency, timeout_s, UNIT_S, 0, PART_LONGEST_S, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "the client hangs up when the answer is not complete by then"),
    FLAG("timeout_billed", latency, is_timeout_billed, "true",
         "the provider goes on after the client hung up, and bills the whole answer"),
};

static int latency_check(const void *block, struct complaint *c)
{
    const struct latency *latency = (const struct latency *)block;
    if (latency->timeout_s != PARAM_ABSENT && !latency_is_given(latency))
        return complain(c, "timeout", "a timeout needs to know how long attempts take",
                        "for example {ttft: {mean: 1.88s, p95: 5.3s}, timeout: 30s}");
    return 1;
}

const struct param_block latency_block = {
    .name = "latency", ROWS(rows), .size = sizeof(struct latency), .scalar_key = NULL, .check = latency_check};

int latency_is_given(const struct latency *latency)
{
    for (int i = 0; i < LATENCY_PARTS; i++)
        if (law_is_given(&latency->part[i])) return 1;
    return 0;
}

/* The law that holds for a part: a rejection or an error of which nothing is said is a network hop. */
static const struct latency_law *law_of(const struct latency *latency, int part)
{
    const int is_hop = part == LATENCY_REJECTION || part == LATENCY_ERROR;
    return &latency->part[is_hop && !law_is_given(&latency->part[part]) ? LATENCY_NETWORK : part];
}

int32_t latency_tables(const struct latency *latency)
{
    int32_t n = 0;
    for (int i = 0; i < LATENCY_PARTS; i++)
        n += law_kind(law_of(latency, i)) == LATENCY_GAMMA;
    return n;
}

static void derive_values(const struct latency_law *law, struct latency_dist *dist)
{
    dist->n = law->n_values;
    dist->mean_s = 0;
    for (int32_t i = 0; i < law->n_values; i++) {
        int32_t j = i;
        for (; j > 0 && dist->values_s[j - 1] > law->values_s[i]; j--)
            dist->values_s[j] = dist->values_s[j - 1];
        dist->values_s[j] = law->values_s[i];
        dist->mean_s += law->values_s[i] / law->n_values;
    }
}

static void derive_part(const struct latency_law *law, struct latency_dist *dist)
{
    memset(dist, 0, sizeof *dist);
    dist->law = law_kind(law);
    const struct lognormal_figures figures = law_figures(law);
    dist->mean_s = law->mean_s == PARAM_ABSENT ? 0 : law->mean_s;
    dist->cv = law->cv;
    if (dist->law == LATENCY_LOGNORMAL)
        dist->mix = lognormal_mixture_of_one(&figures);
    else if (dist->law == LATENCY_MIXTURE)
        dist->mix = lognormal_mixture_of(law->mix, law->n_mix);
    else if (dist->law == LATENCY_VALUES)
        derive_values(law, dist);
    if (dist->mix.n > 0) dist->mean_s = lognormal_mixture_mean(&dist->mix);
}

void latency_derive(const struct latency *latency, struct floe_gamma_table *tables, int32_t first_table,
                    struct latency_terms *terms)
{
    for (int i = 0; i < LATENCY_PARTS; i++) {
        struct latency_dist *dist = &terms->part[i];
        derive_part(law_of(latency, i), dist);
        if (dist->law != LATENCY_GAMMA) continue;
        dist->table = first_table++;
        const enum floe_status made = floe_gamma_table_init(&tables[dist->table], dist->cv);
        floe_assert(made == FLOE_OK, NULL, "a gamma law outside the range that its row allows");
    }
    terms->timeout_s = latency->timeout_s;
    terms->timeout_ns = latency->timeout_s == PARAM_ABSENT ? LATENCY_NEVER_NS : latency_ns(latency->timeout_s);
    terms->is_timeout_billed = latency->is_timeout_billed;
}

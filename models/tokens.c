/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/tokens.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

#define A_MIXTURE "{mixture: [{weight: 7, median: 300, p95: 900}, {weight: 3, median: 6000, p95: 20000}]}"

static const char *const law_names[] = {"auto", "fixed", "lognormal", "gamma", "mixture", "values", NULL};

#define FIGURES(T, MEAN, MEDIAN, P95, CV)                                                                              \
    NUMBER("mean", T, MEAN, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_PLAIN,                                  \
           "mean over requests; `300 to 500` is one value that is not known well"),                                    \
        NUMBER("median", T, MEDIAN, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,                   \
               "half of the requests have fewer"),                                                                     \
        NUMBER("p95", T, P95, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,                         \
               "95 % of the requests have fewer"),                                                                     \
        NUMBER("cv", T, CV, UNIT_NONE, 1e-6 /* no unit */, 20, PARAM_OPTIONAL, PARAM_PLAIN,                            \
               "coefficient of variation from request to request: standard deviation / mean")

static const struct param mix_rows[] = {
    NUMBER("weight", mixture_part, weight, UNIT_NONE, 0, 1e9, "1", PARAM_EXCLUDES_MIN,
           "how many of the requests, relative to the other parts: 70 and 30"),
    FIGURES(mixture_part, figures.mean, figures.median, figures.p95, figures.cv),
};

static int mix_check(const void *block, struct complaint *c)
{
    return mixture_part_check((const struct mixture_part *)block, "for example {weight: 3, median: 6000, p95: 20000}",
                              c);
}

const struct param_block token_mix_block = {
    .name = "token mixture", ROWS(mix_rows), .size = sizeof(struct mixture_part), .check = mix_check};

static const struct param law_rows[] = {
    CHOICE(
        "law", token_law, law, law_names, "auto",
        "auto: what the figures say, a mean alone is fixed, two of mean, median, p95, cv are lognormal; gamma: of mean "
        "and cv; mixture, values: of these lists"),
    FIGURES(token_law, mean, median, p95, cv),
    MANY(PARAM_LIST, "mixture", token_law, mix, n_mix, MIXTURE_MOST, token_mix_block, PARAM_OPTIONAL,
         "up to 3 lognormal laws: [{weight: 70, median: 300, p95: 900}, {weight: 30, ...}]"),
    VALUES("values", token_law, values, n_values, UNIT_TOK, TOKENS_VALUES_MOST, 1, TOKENS_LARGEST,
           "a request has one of these, equally likely"),
};

static struct lognormal_figures figures_of(const struct token_law *law)
{
    return (struct lognormal_figures){law->mean, law->median, law->p95, law->cv};
}

enum token_law_kind token_law_kind(const struct token_law *law)
{
    const struct lognormal_figures figures = figures_of(law);
    if (law->law != TOKENS_AUTO) return (enum token_law_kind)law->law;
    if (law->n_mix > 0) return TOKENS_MIXTURE;
    if (law->n_values > 0) return TOKENS_VALUES;
    return lognormal_figures_given(&figures) > (law->mean != PARAM_ABSENT) ? TOKENS_LOGNORMAL : TOKENS_FIXED;
}

int token_law_is_given(const struct token_law *law)
{
    return token_law_kind(law) != TOKENS_FIXED || law->mean != PARAM_ABSENT;
}

/* The figures that a law does not have. */
static int check_no_others(const struct token_law *law, int takes_mean, int takes_cv, struct complaint *c)
{
    const double given[4] = {takes_mean ? PARAM_ABSENT : law->mean, law->median, law->p95,
                             takes_cv ? PARAM_ABSENT : law->cv};
    for (size_t i = 0; i < 4; i++)
        if (given[i] != PARAM_ABSENT)
            return complain(c, lognormal_figure_names[i], "this law has no such figure",
                            "law: lognormal takes two of mean, median, p95, cv; fixed mean; gamma mean and cv");
    return 1;
}

static int check_lists(const struct token_law *law, enum token_law_kind kind, struct complaint *c)
{
    if (kind != TOKENS_MIXTURE && law->n_mix > 0)
        return complain(c, "mixture", "only the law `mixture` has parts", "law: mixture, or leave `law` out");
    if (kind != TOKENS_VALUES && law->n_values > 0)
        return complain(c, "values", "only the law `values` has a list of values", "law: values, or leave `law` out");
    if (kind == TOKENS_MIXTURE && law->n_mix == 0) return complain(c, "law", "a mixture needs its parts", A_MIXTURE);
    if (kind == TOKENS_VALUES && law->n_values == 0)
        return complain(c, "law", "a law of values needs the list `values`", "{law: values, values: [120, 480, 950]}");
    return 1;
}

static int check_gamma(const struct token_law *law, struct complaint *c)
{
    if (!(law->mean > 0) || law->cv == PARAM_ABSENT)
        return complain(c, law->cv == PARAM_ABSENT ? "cv" : "mean", "a gamma law needs a mean above 0 and a cv",
                        "for example {law: gamma, mean: 400, cv: 1.2}");
    if (law->cv < FLOE_GAMMA_CV_MIN || law->cv > FLOE_GAMMA_CV_MAX)
        return complain(c, "cv", "the cv of a gamma law is 0.001 to 10", "law: lognormal takes up to 20");
    return 1;
}

static int law_check(const void *block, struct complaint *c)
{
    const struct token_law *law = (const struct token_law *)block;
    const struct lognormal_figures figures = figures_of(law);
    const enum token_law_kind kind = token_law_kind(law);
    if (!check_lists(law, kind, c)) return 0;
    if (kind == TOKENS_LOGNORMAL)
        return lognormal_check(&figures, "for example {median: 1020 tok, p95: 4083 tok}",
                               "give median and p95 instead, or a mixture: " A_MIXTURE, c);
    if (!check_no_others(law, kind == TOKENS_FIXED || kind == TOKENS_GAMMA, kind == TOKENS_GAMMA, c)) return 0;
    return kind == TOKENS_GAMMA ? check_gamma(law, c) : 1;
}

const struct param_block token_law_block = {
    .name = "token law", ROWS(law_rows), .size = sizeof(struct token_law), .scalar_key = "mean", .check = law_check};

static const struct param token_rows[] = {
    BLOCK("input", tokens, input, token_law_block, PARAM_OPTIONAL,
          "input tokens of a call, all cache classes together; without the `prefix`"),
    BLOCK("output", tokens, output, token_law_block, PARAM_OPTIONAL, "output tokens of a call"),
    BLOCK("empirical", tokens, trace, trace_ref_block, PARAM_OPTIONAL,
          "draw input and output together from the rows of a trace file"),
    NUMBER("prefix", tokens, prefix.prefix_tok, UNIT_TOK, 0, TOKENS_LARGEST, "0 tok", PARAM_PLAIN,
           "tokens that every call repeats in front of its input: system prompt, tools"),
    COUNT("prefixes", tokens, prefix.prefixes, 1, PROMPT_PREFIXES_MOST, "1",
          "distinct prefixes, equally popular: one per user or session; all calls of a task have the same"),
    NUMBER("max_output", tokens, max_output_tok, UNIT_TOK, 1, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_PLAIN,
           "max_tokens: a longer answer is cut there; what a strict budget reserves for the output"),
    NUMBER("cache_read", tokens, cache_read_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the input billed as cache read"),
    NUMBER("cache_write_5m", tokens, cache_write_5m_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the input billed as a cache write that lasts 5 min"),
    NUMBER("cache_write_1h", tokens, cache_write_1h_share, UNIT_SHARE, 0, 1, "0%", PARAM_PLAIN,
           "share of the input billed as a cache write that lasts 1 h"),
};

static int tokens_check(const void *block, struct complaint *c)
{
    const struct tokens *t = (const struct tokens *)block;
    if (t->cache_read_share + t->cache_write_5m_share + t->cache_write_1h_share > 1)
        return complain(c, "cache_read", "cache_read, cache_write_5m and cache_write_1h add up to more than 100 %", "");
    if (t->trace.file[0] != '\0' && (token_law_is_given(&t->input) || token_law_is_given(&t->output)))
        return complain(c, "empirical", "tokens drawn from a trace take both sides from it",
                        "leave out input and output");
    if (t->trace.file[0] == '\0' && token_law_is_given(&t->input) != token_law_is_given(&t->output))
        return complain(c, token_law_is_given(&t->input) ? "input" : "output", "tokens need both input and output",
                        "for example {input: 2931, output: 400}");
    return 1;
}

const struct param_block tokens_block = {
    .name = "tokens", ROWS(token_rows), .size = sizeof(struct tokens), .check = tokens_check};

void token_dist_derive(const struct token_law *law, struct token_dist *dist)
{
    const struct lognormal_figures figures = figures_of(law);
    memset(dist, 0, sizeof *dist);
    dist->law = (int32_t)token_law_kind(law);
    dist->n_values = law->n_values;
    dist->fixed = dist->mean = law->mean;
    dist->cv = law->cv;
    if (dist->law == TOKENS_LOGNORMAL) {
        dist->mix = lognormal_mixture_of_one(&figures);
    } else if (dist->law == TOKENS_MIXTURE) {
        dist->mix = lognormal_mixture_of(law->mix, law->n_mix);
    } else if (dist->law == TOKENS_GAMMA) {
        const enum floe_status made = floe_gamma_table_init(&dist->gamma, law->cv);
        floe_assert(made == FLOE_OK, NULL, "a gamma law outside the range that its check allows");
    }
    for (int32_t i = 0; i < law->n_values; i++)
        dist->values[i] = tokens_whole(law->values[i]);
}

static struct token_part fixed_above(double fixed, double k)
{
    const double below = (double)(int64_t)fixed, fraction = fixed - below;
    struct token_part part = {0, 0};
    if (below > k) part = (struct token_part){1 - fraction, (1 - fraction) * below};
    if (below + 1 > k) part.share += fraction, part.mean += fraction * (below + 1);
    return part;
}

static struct token_part values_above(const struct token_dist *dist, double k)
{
    struct token_part part = {0, 0};
    for (int32_t i = 0; i < dist->n_values; i++)
        if (dist->values[i] > k) part.share += 1, part.mean += dist->values[i];
    part.share /= dist->n_values;
    part.mean /= dist->n_values;
    return part;
}

struct token_part token_dist_above(const struct token_dist *dist, double k)
{
    const int64_t whole = (int64_t)k;
    if (dist->law == TOKENS_FIXED) return fixed_above(dist->fixed, k);
    if (dist->law == TOKENS_VALUES) return values_above(dist, k);
    if (whole < 1) return (struct token_part){1, 1 + token_tail_sum(dist, 1)};
    const double share = token_tail(dist, (double)whole + 0.5);
    return (struct token_part){share, (double)whole * share + token_tail_sum(dist, whole)};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/tokens.h"

#include <stdio.h>
#include <string.h>

#include "models/law_lognormal.h"
#include "models/param_rows.h"

static const char *const law_names[] = {"fixed", "lognormal", "values", NULL};

static const struct param law_rows[] = {
    CHOICE("law", token_law, law, law_names, "fixed",
           "fixed: always `mean`; lognormal: from two of mean, median, p95, cv; values: one of a list"),
    NUMBER("mean", token_law, mean, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_PLAIN,
           "mean over requests; `300 to 500` is one value that is not known well"),
    NUMBER("median", token_law, median, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "half of the requests have fewer"),
    NUMBER("p95", token_law, p95, UNIT_TOK, 0, TOKENS_LARGEST, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "95 % of the requests have fewer"),
    NUMBER("cv", token_law, cv, UNIT_NONE, 1e-6 /* no unit */, 20, PARAM_OPTIONAL, PARAM_PLAIN,
           "coefficient of variation from request to request: standard deviation / mean"),
    VALUES("values", token_law, values, n_values, UNIT_TOK, TOKENS_VALUES_MOST, 1, TOKENS_LARGEST,
           "law `values`: a request has one of these, equally likely"),
};

static struct lognormal_figures figures_of(const struct token_law *law)
{
    return (struct lognormal_figures){law->mean, law->median, law->p95, law->cv};
}

static int check_is_lognormal_only(const struct token_law *law, struct complaint *c)
{
    const double given[4] = {PARAM_ABSENT, law->median, law->p95, law->cv}; /* the mean belongs to a fixed law too */
    for (size_t i = 0; i < 4; i++)
        if (given[i] != PARAM_ABSENT)
            return complain(c, lognormal_figure_names[i], "only a lognormal law has this key", "law: lognormal");
    return 1;
}

static int law_check(const void *block, struct complaint *c)
{
    const struct token_law *law = (const struct token_law *)block;
    if (law->law == TOKENS_LOGNORMAL) {
        if (law->n_values > 0) return complain(c, "values", "a lognormal law has no list of values", "law: values");
        const struct lognormal_figures figures = figures_of(law);
        return lognormal_check(&figures, "for example {law: lognormal, median: 1020 tok, p95: 4083 tok}",
                               "give median and p95 instead", c);
    }
    if (!check_is_lognormal_only(law, c)) return 0;
    if (law->law == TOKENS_VALUES && law->mean != PARAM_ABSENT)
        return complain(c, "mean", "a law of values takes its mean from them", "leave it out");
    if (law->law == TOKENS_VALUES && law->n_values == 0)
        return complain(c, "law", "a law of values needs the list `values`", "{law: values, values: [120, 480, 950]}");
    if (law->law == TOKENS_FIXED && law->n_values > 0)
        return complain(c, "values", "a fixed law has no list of values", "law: values");
    return 1;
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
    *dist = (struct token_dist){.law = law->law, .n_values = law->n_values, .fixed = law->mean};
    if (law->law == TOKENS_LOGNORMAL) {
        const struct lognormal_figures figures = figures_of(law);
        const struct lognormal lognormal = lognormal_of(&figures);
        dist->mu = lognormal.mu, dist->sigma = lognormal.sigma;
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

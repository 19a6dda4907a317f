/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/hedge.h"

#include <string.h>

#include "models/param_rows.h"

static const char *const loser_names[] = {"cancel", "bill", NULL};

static const struct param rows[] = {
    NUMBER("after", hedge, after_s, UNIT_S, 0, S_PER_DAY, PARAM_OPTIONAL, PARAM_PLAIN,
           "send a second attempt when the first has not answered after this: `2s`"),
    NUMBER("quantile", hedge, quantile_share, UNIT_SHARE, 0, 1, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "the same at a quantile of the step's latency: at `95%` one call in twenty is sent twice"),
    CHOICE("loser", hedge, loser, loser_names, "bill",
           "cancel: hung up at the first answer and not billed; bill: both are billed in full"),
};

static int hedge_check(const void *block, struct complaint *c)
{
    const struct hedge *hedge = (const struct hedge *)block;
    if (hedge->after_s != PARAM_ABSENT && hedge->quantile_share != PARAM_ABSENT)
        return complain(c, "quantile", "a hedge is sent after a time or at a quantile, not both", "leave one out");
    if (hedge->quantile_share == 1)
        return complain(c, "quantile", "no attempt is slower than the quantile of 100 %",
                        "for example `quantile: 95%`");
    return 1;
}

const struct param_block hedge_block = {
    .name = "hedge", ROWS(rows), .size = sizeof(struct hedge), .scalar_key = "after", .check = hedge_check};

int hedge_is_given(const struct hedge *hedge)
{
    return hedge->after_s != PARAM_ABSENT || hedge->quantile_share != PARAM_ABSENT;
}

int hedge_fits(const struct hedge *hedge, const struct latency *latency, struct complaint *c)
{
    if (!hedge_is_given(hedge)) return 1;
    if (!latency_is_given(latency))
        return complain(c, "hedge", "a hedge needs the law of what it hedges: this route has no latency",
                        "for example latency: {ttft: {mean: 1.2s, p95: 3s}, tpot: 15ms}");
    if (hedge->after_s != PARAM_ABSENT && latency->timeout_s != PARAM_ABSENT && hedge->after_s >= latency->timeout_s)
        return complain(c, "hedge", "the client hangs up before a hedge is sent",
                        "an `after` below latency.timeout, or `quantile`");
    return 1;
}

void hedge_derive(const struct hedge *hedge, const struct latency_curve *total, struct hedge_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    terms->loser = hedge->loser;
    terms->after_ns = LATENCY_NEVER_NS;
    if (!hedge_is_given(hedge)) return;
    terms->is_on = 1;
    terms->after_s = hedge->after_s != PARAM_ABSENT ? hedge->after_s
                                                    : latency_curve_quantile(total, hedge->quantile_share);
    terms->after_ns = latency_ns(terms->after_s);
}

static double short_mean_s(const struct latency_terms *latency, int end)
{
    if (end == ATTEMPT_TIMED_OUT && latency->timeout_s != PARAM_ABSENT) return latency->timeout_s;
    return latency->part[end == ATTEMPT_FAILED ? LATENCY_ERROR : LATENCY_REJECTION].mean_s;
}

static double short_above(const struct latency_terms *latency, const struct floe_gamma_table *tables, int end,
                          double after_s, struct latency_curve *work)
{
    if (end == ATTEMPT_TIMED_OUT && latency->timeout_s != PARAM_ABSENT) return latency->timeout_s > after_s;
    latency_curve_of(&latency->part[end == ATTEMPT_FAILED ? LATENCY_ERROR : LATENCY_REJECTION], tables, 1, work);
    return work->shift_s == after_s && work->zero_share == 1 ? 0 : latency_curve_above(work, after_s);
}

void hedge_moments_make(const struct hedge_terms *terms, const struct latency_terms *latency,
                        const struct floe_gamma_table *tables, const struct latency_output *output,
                        struct latency_curves *work, struct hedge_moments *moments)
{
    double tok[HEDGE_CASES_MOST], share[HEDGE_CASES_MOST];
    memset(moments, 0, sizeof *moments);
    if (!terms->is_on) return;
    moments->timeout_s = latency->timeout_ns == LATENCY_NEVER_NS ? PARAM_ABSENT : latency->timeout_s;
    for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++) {
        moments->short_s[end] = short_mean_s(latency, end);
        moments->slow_short[end] = short_above(latency, tables, end, terms->after_s, &work->part);
    }
    moments->n = latency_output_lengths(latency, output, work, HEDGE_CASES_MOST, tok, share);
    for (int32_t i = 0; i < moments->n; i++) {
        struct token_dist dist;
        memset(&dist, 0, sizeof dist);
        dist.law = TOKENS_FIXED;
        dist.fixed = tok[i];
        const struct latency_output same = {&dist, PARAM_ABSENT, NULL, 0};
        latency_curves_make(latency, tables, &same, work);
        moments->cases[i] = hedge_case_of(terms, moments, &work->total, share[i], tok[i]);
        moments->output_tok += share[i] * tok[i];
    }
}

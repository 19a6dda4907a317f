/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When have there been enough replications? Sequential stopping at a relative half-width, honestly.
 *
 * Who looks at the interval after every replication, and stops when it is narrow, stops when it happens to be narrow:
 * a "95 %" interval of that kind covers less. Here there are few looks, at 64, 128, 256, ... replications (whole blocks,
 * so that a result is still a function of the plan), and the chance of error is shared out among them: look k has
 *     alpha_k = alpha / (k (k + 1)),    sum over all k = alpha,
 * so that with a chance of at least 1 - alpha ALL intervals looked at hold (Boole), however many looks there are, and
 * with them the one at which the run stopped.
 *
 * The goal "within a share g of the true mean" needs half_width <= g / (1 + g) |mean|, because the interval is compared
 * with the estimate and not with the truth (Law and Kelton, Oper. Res. 30 (1982) 1169).
 *
 *   floe_stopping_init         the rule; which replications to do first: floe_stopping_next
 *   floe_stopping_look         at that many replications: go on, stop because it is precise, or because it is the most
 *                              (`interval` is that of the last look, at its own level)
 *
 * Cost: doubling overshoots, by a factor of 2 at most; the first look pays t at level 1 - alpha/2 in place of 1 - alpha,
 * which is 15 % of half-width. A mean near 0 never is relatively precise: the run goes to max_replications and says so.
 *
 * Left out: several outputs at once (give each alpha / how many); stopping on quantiles. */
#ifndef FLOE_SIM_STOPPING_H
#define FLOE_SIM_STOPPING_H

#include "sim/exact.h"
#include "sim/interval.h"

enum { FLOE_STOPPING_FIRST = 64 };
enum floe_stopping_verdict { FLOE_GO_ON = 0, FLOE_STOP_PRECISE = 1, FLOE_STOP_AT_MAX = 2 };

struct floe_stopping {
    double relative; /* the goal g */
    double alpha;    /* of the whole procedure */
    uint64_t max_replications;
    uint32_t looks; /* so far */
    enum floe_stopping_verdict verdict;
    struct floe_interval interval; /* of the last look; its level is 1 - floe_stopping_alpha(alpha, looks) */
};

/* What look k = 1, 2, ... may spend. */
FLOE_FN double floe_stopping_alpha(double alpha, uint32_t k)
{
    return alpha / ((double)k * ((double)k + 1.0));
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_stopping_init(struct floe_stopping *stopping, double relative,
                                                            double alpha, uint64_t max_replications)
{
    if (!(relative > 0 && alpha > 0 && alpha < 1) || max_replications < 2) return FLOE_BAD_INPUT;
    stopping->relative = relative;
    stopping->alpha = alpha;
    stopping->max_replications = max_replications;
    stopping->looks = 0;
    stopping->verdict = FLOE_GO_ON;
    stopping->interval.mean = 0.0;
    stopping->interval.half_width = floe_bits_infinity();
    stopping->interval.n = 0;
    return FLOE_OK;
}

/* How many replications the next look wants. */
FLOE_FN uint64_t floe_stopping_next(const struct floe_stopping *stopping)
{
    uint64_t n = FLOE_STOPPING_FIRST;
    for (uint32_t k = 0; k < stopping->looks && n < stopping->max_replications; k++)
        n *= 2;
    return n < stopping->max_replications ? n : stopping->max_replications;
}

/* values holds one value per replication, floe_stopping_next of them. */
FLOE_FN enum floe_stopping_verdict floe_stopping_look(struct floe_stopping *stopping, const struct floe_exact *values,
                                                      const struct floe_where *where)
{
    floe_assert(stopping->verdict == FLOE_GO_ON, where, "a run that had stopped was looked at again");
    floe_assert(values->n == floe_stopping_next(stopping), where, "a look at another number of replications");
    stopping->looks++;
    double alpha = floe_stopping_alpha(stopping->alpha, stopping->looks), n = (double)values->n;
    struct floe_interval *interval = &stopping->interval;
    interval->n = values->n;
    interval->mean = floe_exact_mean(values);
    interval->half_width = floe_t_quantile(1.0 - 0.5 * alpha, n - 1.0) * floe_exact_sd(values) / sqrt(n);
    double goal = stopping->relative / (1.0 + stopping->relative) * floe_bits_abs(interval->mean);
    if (interval->half_width <= goal)
        stopping->verdict = FLOE_STOP_PRECISE;
    else if (values->n >= stopping->max_replications)
        stopping->verdict = FLOE_STOP_AT_MAX;
    return stopping->verdict;
}

#endif

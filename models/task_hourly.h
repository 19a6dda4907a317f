/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks that are graphs, as expectations (models/task.h has the rules): from the chance that a call of each step is
 * answered, and how long it takes, to the share of the tasks that is accepted, the calls of each step per task, and the
 * mean time of an accepted task, which is that of its critical path.
 *
 * Formulas. A round of n calls of which k are needed succeeds with R = P(Bin(n, q) >= k). A loop of N rounds succeeds with
 * S = E[R^N]; round i + 1 begins with P(N > i) R^i. Steps fail independently. The optional steps are taken through all
 * their outcomes, with their chances; given those, the essential ones multiply. A round begins if no essential step that
 * ends before has failed; which ends before is read off the means.
 *
 * Time. Along a path spans add; where branches meet, the join waits for the slowest (`needs: k`: the k-th) branch, each
 * branch from the last step that all paths to the join have in common (its immediate dominator; Lengauer, Tarjan 1979), so
 * that what branches share is not taken twice. Exact means for sequences; joins within the limits of models/task_span.h.
 * For graphs that are not series-parallel, and for `needs`, the branches of a join are taken as independent though they may
 * share a step: means were up to 12 % off in tests/test_task_hourly.c, 3 % without.
 *
 * Where it breaks (doubt): an essential step that often fails while others run beside it: whether those begin depends on
 * who is faster. Set where this concerns more than TASK_UNSURE_SHARE of the calls.
 * Limits: the outcome of a step and how long it takes are independent of those of the others. */
#ifndef FLOE_MODELS_TASK_HOURLY_H
#define FLOE_MODELS_TASK_HOURLY_H

#include "models/task.h"
#include "models/task_span.h"

#define TASK_UNSURE_SHARE 0.02

/* What a step's calls meet. */
struct task_load {
    double answered[TASK_STEPS_MOST]; /* share of its calls */
    struct span call[TASK_STEPS_MOST], failed_call[TASK_STEPS_MOST];
};

struct task_expected {
    double accepted, partial, failed; /* shares of the tasks; partial ones are accepted, too */
    double calls[TASK_STEPS_MOST];    /* of a step per task */
    struct span lasts;                /* of an accepted task */
    double fails_s;                   /* mean time to its end of a task that fails */
    int32_t is_unsure;
};

/* A step that begins. */
struct task_step_expected {
    double succeeds;
    double round_succeeds, round_s; /* of one round */
    struct span lasts;              /* of an essential step: if it succeeds */
    double fails_after_s;
};

/* An optional step is also waited for when it fails: after the rounds that it got through, with the call that was one too
 * many. */
FLOE_FN struct span task_step_lasts(const struct task_terms_step *step, struct task_step_expected *e, double q,
                                    struct span round, struct span failed_call)
{
    double reach = 1, left = 1, n = 0, fails = 0;
    for (int32_t i = 0; i < step->rounds.most; i++) {
        const double here = left * reach * (1 - e->round_succeeds);
        fails += here;
        n += here * i;
        left -= step->rounds.p[i];
        reach *= e->round_succeeds;
    }
    e->fails_after_s = e->lasts.mean_s;
    if (!(fails > 1e-12)) return e->lasts;
    const struct span last = span_kth(failed_call, 1 - q, step->calls, step->calls - step->needed + 1);
    const struct span fail = span_then(span_repeated(round, n / fails, 0), last);
    e->fails_after_s = fail.mean_s;
    if (step->is_essential) return e->lasts;
    const double s = 1 - fails, mean_s = s * e->lasts.mean_s + fails * fail.mean_s;
    const double square = s * (e->lasts.var_s2 + e->lasts.mean_s * e->lasts.mean_s) +
                          fails * (fail.var_s2 + fail.mean_s * fail.mean_s);
    return span_of(mean_s, square > mean_s * mean_s ? square - mean_s * mean_s : 0);
}

FLOE_FN struct task_step_expected task_step_expect(const struct task_terms_step *step, double q, struct span call,
                                                   struct span failed_call)
{
    struct task_step_expected e;
    const double round = span_at_least_of(q, step->calls, step->needed);
    double power = 1, n = 0, n2 = 0;
    e.succeeds = 0;
    e.round_succeeds = round;
    for (int32_t i = 0; i < step->rounds.most; i++) {
        power *= round;
        const double ends_here = step->rounds.p[i] * power;
        e.succeeds += ends_here;
        n += ends_here * (i + 1);
        n2 += ends_here * (i + 1) * (i + 1);
    }
    const struct span one = span_kth(call, q, step->calls, step->needed);
    e.lasts = one;
    e.round_s = one.mean_s;
    if (e.succeeds > 0) {
        n /= e.succeeds;
        n2 /= e.succeeds;
        e.lasts = span_repeated(one, n, n2 > n * n ? n2 - n * n : 0);
    }
    e.lasts = task_step_lasts(step, &e, q, one, failed_call);
    return e;
}

/* ---- the order of the steps, and their times ---- */

struct task_times_expected {
    int32_t order[TASK_STEPS_MOST]; /* none before one that it waits for */
    uint32_t ancestors[TASK_STEPS_MOST];
    uint32_t ended_before[TASK_STEPS_MOST]; /* those that have surely ended when it begins */
    int32_t
        dominator[TASK_STEPS_MOST + 1]; /* the last step that all paths to it share, or -1; the last entry: the end */
    struct span from_dominator[TASK_STEPS_MOST]; /* from its end to this one's end */
    double begins_s[TASK_STEPS_MOST], ends_s[TASK_STEPS_MOST];
};

/* Of steps that come before j: one of k that need not all succeed may be under way still. */
FLOE_FN uint32_t task_ended_before(const struct task_terms *terms, const struct task_times_expected *t, int32_t j)
{
    const struct task_terms_step *step = &terms->steps[j];
    uint32_t any = 0, all = step->after != 0 ? ~0u : 0;
    for (int32_t i = 0; i < terms->n; i++)
        if ((step->after >> i & 1) != 0) {
            any |= 1u << i | t->ended_before[i];
            all &= 1u << i | t->ended_before[i];
        }
    return task_waits_for_all(step) ? any : all;
}

FLOE_FN void task_order(const struct task_terms *terms, struct task_times_expected *t)
{
    uint32_t done = 0;
    int32_t n = 0;
    for (int32_t round = 0; round < terms->n; round++)
        for (int32_t j = 0; j < terms->n; j++) {
            if ((done >> j & 1) != 0 || (terms->steps[j].after & ~done) != 0) continue;
            t->ancestors[j] = terms->steps[j].after;
            for (int32_t i = 0; i < terms->n; i++)
                if ((terms->steps[j].after >> i & 1) != 0) t->ancestors[j] |= t->ancestors[i];
            t->ended_before[j] = task_ended_before(terms, t, j);
            done |= 1u << j;
            t->order[n++] = j;
        }
}

/* The chain of dominators of a step, itself among them, as bits. */
FLOE_FN uint32_t task_dominators(const struct task_times_expected *t, int32_t j)
{
    uint32_t bits = 0;
    for (; j >= 0; j = t->dominator[j])
        bits |= 1u << j;
    return bits;
}

/* The one that all steps in `before` share, the last of them: the one with the most dominators of its own. */
FLOE_FN int32_t task_common(const struct task_terms *terms, const struct task_times_expected *t, uint32_t before)
{
    uint32_t common = before != 0 ? ~0u : 0;
    int32_t last = -1, depth = 0;
    for (int32_t i = 0; i < terms->n; i++)
        if ((before >> i & 1) != 0) common &= task_dominators(t, i);
    for (int32_t i = 0; i < terms->n; i++) {
        const int32_t here = (common >> i & 1) != 0 ? task_count_bits(task_dominators(t, i)) : 0;
        if (here <= depth) continue;
        depth = here;
        last = i;
    }
    return last;
}

/* From the end of step `from` (-1: the task's arrival), which dominates j, to the end of j. */
FLOE_FN struct span task_span_to(const struct task_times_expected *t, int32_t from, int32_t j)
{
    struct span span = span_of(0, 0);
    for (; j >= 0 && j != from; j = t->dominator[j])
        span = span_then(span, t->from_dominator[j]);
    return span;
}

/* Without those that have ended before another of them begins: nobody waits for them here. */
FLOE_FN uint32_t task_last_of(const struct task_terms *terms, const struct task_times_expected *t, uint32_t steps)
{
    uint32_t last = steps;
    for (int32_t i = 0; i < terms->n; i++)
        if ((steps >> i & 1) != 0) last &= ~t->ended_before[i];
    return last;
}

/* From the end of the dominator to where the k-th of the steps in `before` has ended (k < 0: all, however they end). */
FLOE_FN struct span task_wait(const struct task_terms *terms, const struct task_times_expected *t,
                              const struct task_step_expected *steps, uint32_t before, int32_t k, int32_t dominator)
{
    struct span spans[TASK_STEPS_MOST] = {{0, 0}};
    double q[TASK_STEPS_MOST] = {0};
    int32_t n = 0;
    for (int32_t i = 0; i < terms->n; i++) {
        if ((before >> i & 1) == 0) continue;
        spans[n] = task_span_to(t, dominator, i);
        q[n++] = k < 0 ? 1 : steps[i].succeeds;
    }
    return span_join(spans, q, n, k < 0 ? n : k);
}

FLOE_FN void task_time(const struct task_terms *terms, const struct task_step_expected *steps,
                       struct task_times_expected *t)
{
    memset(t, 0, sizeof *t);
    task_order(terms, t);
    for (int32_t i = 0; i < terms->n; i++) {
        const int32_t j = t->order[i];
        const int32_t needs = terms->steps[j].needs;
        const uint32_t before = needs < 0 ? task_last_of(terms, t, terms->steps[j].after) : terms->steps[j].after;
        t->dominator[j] = task_common(terms, t, before);
        const struct span wait = task_wait(terms, t, steps, before, needs, t->dominator[j]);
        t->from_dominator[j] = span_then(wait, steps[j].lasts);
        t->ends_s[j] = task_span_to(t, -1, j).mean_s;
        t->begins_s[j] = t->ends_s[j] - steps[j].lasts.mean_s;
    }
}

/* Until all steps that it waits for have ended. */
FLOE_FN struct span task_lasts(const struct task_terms *terms, const struct task_step_expected *steps,
                               const struct task_times_expected *t)
{
    const uint32_t leaves = task_last_of(terms, t, terms->awaited);
    const int32_t dominator = task_common(terms, t, leaves);
    return span_then(task_span_to(t, -1, dominator), task_wait(terms, t, steps, leaves, -1, dominator));
}

/* ---- what becomes of the tasks ---- */

/* P(no essential step of those that begin has failed when step j comes to this instant). */
FLOE_FN double task_alive(const struct task_terms *terms, const struct task_step_expected *steps,
                          const struct task_times_expected *t, uint32_t begun, int32_t j, double at_s)
{
    double alive = 1;
    for (int32_t k = 0; k < terms->n; k++) {
        const int is_before = (t->ancestors[j] >> k & 1) != 0, is_behind = (t->ancestors[k] >> j & 1) != 0;
        const int is_over = is_before || (!is_behind && t->begins_s[k] + steps[k].fails_after_s < at_s - 1e-12);
        if (k != j && (begun >> k & 1) != 0 && terms->steps[k].is_essential && is_over) alive *= steps[k].succeeds;
    }
    return alive;
}

/* Calls of a step that begins unless the task has failed: round by round, as long as it has not. */
FLOE_FN double task_calls_expected(const struct task_terms *terms, const struct task_step_expected *steps,
                                   const struct task_times_expected *t, uint32_t begun, int32_t j)
{
    const struct task_rounds *rounds = &terms->steps[j].rounds;
    double reach = 1, left = 1, n = 0, at_s = t->begins_s[j];
    for (int32_t i = 0; i < rounds->most && left * reach > 1e-12; i++) {
        n += left * reach * task_alive(terms, steps, t, begun, j, at_s);
        left -= rounds->p[i];
        reach *= steps[j].round_succeeds;
        at_s += steps[j].round_s;
    }
    return n * terms->steps[j].calls;
}

/* Which essential step fails first, and when: into fails_s, as a sum over the tasks. */
FLOE_FN void task_add_failing(const struct task_terms *terms, const struct task_step_expected *steps,
                              const struct task_times_expected *t, uint32_t begun, double weight,
                              struct task_expected *e)
{
    for (int32_t k = 0; k < terms->n; k++) {
        const double at_s = t->begins_s[k] + steps[k].fails_after_s;
        double first = (begun >> k & 1) != 0 && terms->steps[k].is_essential ? weight * (1 - steps[k].succeeds) : 0;
        for (int32_t i = 0; i < terms->n; i++) {
            const double other_s = t->begins_s[i] + steps[i].fails_after_s;
            const int is_earlier = other_s < at_s || (other_s == at_s && i < k);
            if ((begun >> i & 1) != 0 && terms->steps[i].is_essential && is_earlier) first *= steps[i].succeeds;
        }
        e->fails_s += first * at_s;
        e->failed += first;
    }
}

/* With these outcomes of the optional steps (bits; those that do not begin count as failed). */
FLOE_FN void task_expect_case(const struct task_terms *terms, const struct task_step_expected *steps,
                              const struct task_times_expected *t, uint32_t optional_ok, double weight,
                              struct task_expected *e)
{
    uint32_t begun = 0, ok = 0;
    double success = 1;
    int is_partial = 0;
    for (int32_t i = 0; i < terms->n; i++) {
        const int32_t j = t->order[i];
        const struct task_terms_step *step = &terms->steps[j];
        const int begins = step->needs < 0 || task_count_bits(ok & step->after) >= step->needs;
        begun |= (uint32_t)begins << j;
        if (begins && (step->is_essential || (optional_ok >> j & 1) != 0)) ok |= 1u << j;
        if (step->is_essential) success *= begins ? steps[j].succeeds : 0;
        is_partial |= (terms->awaited >> j & 1) != 0 && (ok >> j & 1) == 0;
    }
    for (int32_t j = 0; j < terms->n; j++)
        if ((begun >> j & 1) != 0) e->calls[j] += weight * task_calls_expected(terms, steps, t, begun, j);
    task_add_failing(terms, steps, t, begun, weight, e);
    e->accepted += weight * success;
    e->partial += is_partial ? weight * success : 0;
}

/* Calls whose beginning hangs on who is faster. */
FLOE_FN int task_is_unsure(const struct task_terms *terms, const struct task_step_expected *steps,
                           const struct task_times_expected *t, const struct task_expected *e)
{
    double unsure = 0, all = 0;
    for (int32_t j = 0; j < terms->n; j++) {
        all += e->calls[j];
        const int is_later = t->begins_s[j] > 0 || terms->steps[j].rounds.most > 1;
        for (int32_t i = 0; i < terms->n && is_later; i++)
            if (terms->steps[i].is_essential && i != j && (t->ancestors[j] >> i & 1) == 0 &&
                (t->ancestors[i] >> j & 1) == 0)
                unsure += (1 - steps[i].succeeds) * e->calls[j];
    }
    return unsure > TASK_UNSURE_SHARE * all;
}

FLOE_FN struct task_expected task_expect(const struct task_terms *terms, const struct task_load *load)
{
    struct task_expected e;
    struct task_step_expected steps[TASK_STEPS_MOST];
    struct task_times_expected times;
    uint32_t optional = 0;
    memset(&e, 0, sizeof e);
    for (int32_t j = 0; j < terms->n; j++) {
        steps[j] = task_step_expect(&terms->steps[j], load->answered[j], load->call[j], load->failed_call[j]);
        optional |= (uint32_t)(!terms->steps[j].is_essential) << j;
    }
    task_time(terms, steps, &times);
    for (uint32_t ok = optional;; ok = (ok - 1) & optional) { /* all subsets */
        double weight = 1;
        for (int32_t j = 0; j < terms->n; j++)
            if ((optional >> j & 1) != 0) weight *= (ok >> j & 1) != 0 ? steps[j].succeeds : 1 - steps[j].succeeds;
        if (weight > 0) task_expect_case(terms, steps, &times, ok, weight, &e);
        if (ok == 0) break;
    }
    e.lasts = task_lasts(terms, steps, &times);
    if (e.failed > 0) e.fails_s /= e.failed;
    e.is_unsure = task_is_unsure(terms, steps, &times, &e);
    return e;
}

#endif

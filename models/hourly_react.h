/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Demand that reacts (models/demand_react.h) in the hourly engine: how many tasks a bin has, when what becomes of them
 * brings more. Rounds over the bin from below and from above; where they end apart there are two answers, the one near the
 * bin before is taken, and that is a doubt. The state of all mechanisms is kept aside meanwhile (hourly_state.before). */
#ifndef FLOE_MODELS_HOURLY_REACT_H
#define FLOE_MODELS_HOURLY_REACT_H

#include "models/hourly_tasks.h"

/* The bin with so many tasks: gateway, chains. The state moves on. */
FLOE_FN void hourly_bin_take(struct hourly_bin *b, struct hourly_chain *chains, const struct hourly_extra *extra)
{
    const struct plan *plan = b->run->plan;
    memset(b->flows, 0, sizeof *b->flows * (size_t)plan->n_workloads);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        b->flows[w].offered = (traffic_expected(plan_call_rates(plan, w), b->bin, INT64_MAX) +
                               extra->tasks[plan->workloads[w].home] * bin_load(b, w)->calls_mean) *
                              b->state->begun_share[w];
    bin_gateway(b);
    if (plan_has_graphs(plan)) hourly_task_calls(b, chains, extra);
    hourly_chains(b, chains);
}

/* ---- demand that reacts ---- */

#define HOURLY_REACT_ROUNDS 16
#define HOURLY_REACT_DONE 1e-10  /* of a bin's tasks; no unit */
#define HOURLY_REACT_CLOSE 1e-3  /* of a bin's tasks: the same answer; no unit */
#define HOURLY_REACT_OPEN 0.01   /* of them: not the same; no unit */
#define HOURLY_REACT_SHRINKS 0.9 /* no unit */
#define HOURLY_PATIENCE_NEAR 0.02

/* Mean time from a task's start to its end. */
FLOE_FN double hourly_task_s(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w)
{
    if (b->run->plan->n_task_steps[w] > 0) {
        const struct hourly_outcome of = hourly_outcome_of(b, chains, w);
        return (1 - of.failed_share) * of.lasts.mean_s + of.failed_share * of.fails_s;
    }
    const struct hourly_chain *chain = &chains[w];
    const struct plan_load *load = bin_load(b, w);
    const struct hourly_flow *flow = &b->flows[w];
    const double asked = flow->upstream + flow->refreshes, m = (double)load->calls_per_task;
    double spent_s = 0;
    for (int32_t i = 0; i < b->run->plan->n_steps[b->run->route]; i++)
        spent_s += chain->steps[i].spent_s;
    const double call_s = asked > 0 && flow->offered > 0 ? spent_s / asked * (flow->upstream / flow->offered) : 0;
    return call_s + floe_s_from_ns(load->over_ns) * (m - 1) / m;
}

/* Of the attempts at the first step of a chain, those that are answered. */
FLOE_FN double hourly_first_try_share(const struct hourly_chain *chain)
{
    double all = 0;
    for (int end = 0; end < ATTEMPT_ENDS; end++)
        all += chain->steps[0].ends[end];
    return all > 0 ? chain->steps[0].ends[ATTEMPT_OK] / all : 1;
}

/* Of the tasks, those that last longer than their user's patience: by the law of an attempt, if nothing else adds to it.
 * Where waits do, the first try either succeeds, or the task lasts as long as all others do on average: a doubt. */
/* Of tasks with steps, by the lognormal law of their time. */
FLOE_FN double hourly_graph_left_share(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w)
{
    const struct span lasts = hourly_outcome_of(b, chains, w).lasts;
    b->state->doubt |= HOURLY_DOUBT_OVERLOAD;
    return 1 - span_below(span_law_of(lasts), floe_log(floe_s_from_ns(bin_load(b, w)->react.patience_ns)));
}

FLOE_FN double hourly_left_share(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w)
{
    const struct hourly_chain *chain = &chains[w];
    const struct plan_load *load = bin_load(b, w);
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const double patience_s = floe_s_from_ns(load->react.patience_ns), task_s = hourly_task_s(b, chains, w);
    if (load->react.patience_ns == 0) return 0;
    if (b->run->plan->n_task_steps[w] > 0) return hourly_graph_left_share(b, chains, w);
    const double plain_s = route->has_latency ? latency->client_s : bin_latency_s(b);
    const double alone = route->has_latency
                             ? -floe_expm1((double)load->calls_per_task * floe_log1p(-latency->left_share))
                             : (double)(plain_s > patience_s);
    if (task_s - plain_s <= HOURLY_PATIENCE_NEAR * patience_s) return alone;
    const double first = hourly_first_try_share(chain);
    const double others_s = first < 1 ? (task_s - first * plain_s) / (1 - first) : task_s;
    b->state->doubt |= HOURLY_DOUBT_OVERLOAD;
    return first * alone + (1 - first) * (double)(others_s > patience_s);
}

struct hourly_reaction {
    double tasks;        /* beside those that arrive */
    double failed_share; /* of all tasks */
    double again;        /* of all tasks, those that will be asked again */
};

/* What the bin, as it was just taken, makes of those who waited when it began and of those who ask in it. */
FLOE_FN struct hourly_reaction hourly_reaction_of(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w,
                                                  struct react_hourly *state)
{
    const struct react_terms *terms = &bin_load(b, w)->react;
    const double task_s = hourly_task_s(b, chains, w), left = hourly_left_share(b, chains, w);
    const double patience_s = floe_s_from_ns(terms->patience_ns);
    const double until_s = patience_s > 0 && patience_s < task_s ? patience_s : task_s;
    struct hourly_reaction r = {0, hourly_outcome_of(b, chains, w).failed_share, 0};
    r.failed_share = 1 - (1 - r.failed_share) * (1 - left);
    if (terms->share > 0) {
        const double first = traffic_expected(plan_rates(b->run->plan, w), b->bin, INT64_MAX);
        const struct react_span span = react_span_of(terms, state, first, r.failed_share, until_s + terms->wait.mean_s,
                                                     b->length_s);
        r.tasks = span.repeats;
        r.again = span.again;
    } else if (terms->workers > 0) {
        r.tasks = react_loop_tasks(terms, task_s, b->length_s);
    }
    state->failed_share = r.failed_share;
    state->tasks = r.tasks;
    return r;
}

/* One round of each workload: the tasks it was tried with and what came of them. */
struct hourly_round {
    double tried[WORKLOADS_MOST], made[WORKLOADS_MOST];
};

FLOE_FN void hourly_round(struct hourly_bin *b, struct hourly_chain *chains, const struct hourly_extra *extra,
                          struct hourly_round *round)
{
    memcpy(b->state, b->state->before, (size_t)hourly_state_once_bytes(b->run->plan, b->run->route));
    hourly_bin_take(b, chains, extra);
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        struct react_hourly state = b->state->reacts[w];
        round->tried[w] = round->made[w] = extra->tasks[w];
        if (react_is_on(&bin_load(b, w)->react)) round->made[w] = hourly_reaction_of(b, chains, w, &state).tasks;
    }
}

/* Between what bounds a workload's answer lies, and the round before. */
struct hourly_bracket {
    double low, high, tried, made;
};

/* What to try next. More tasks make more repeats, and workers faster where tasks fail fast: then what was made is the next
 * try, and tries from below come to the lowest answer, tries from above to the highest. Where more tasks make fewer (they
 * wait for retries), the answer lies between two tries: a secant, and every other time the middle. */
FLOE_FN double hourly_next(struct hourly_bracket *k, double tried, double made, int number)
{
    const double slope = number > 0 && tried != k->tried ? (made - k->made) / (tried - k->tried) : 1;
    k->tried = tried, k->made = made;
    if (made > tried && tried > k->low) k->low = tried;
    if (made < tried && tried < k->high) k->high = tried;
    if (slope >= 0) return made;
    const double secant = tried + (made - tried) / (1 - slope);
    const int is_inside = secant > k->low && secant < k->high;
    return is_inside && number % 2 == 0 ? secant : 0.5 * (k->low + k->high);
}

/* From where rounds begin, with a share of the tasks failing; below 0: as in the bin before. */
FLOE_FN void hourly_extra_at(const struct hourly_bin *b, double failed_share, struct hourly_extra *extra)
{
    memset(extra, 0, sizeof *extra);
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        const struct react_terms *terms = &bin_load(b, w)->react;
        struct react_hourly state = b->state->reacts[w];
        const double first = traffic_expected(plan_rates(b->run->plan, w), b->bin, INT64_MAX);
        const double share = failed_share < 0 ? state.failed_share : failed_share;
        if (terms->share > 0)
            extra->tasks[w] = react_span_of(terms, &state, first, share, terms->wait.mean_s, b->length_s).repeats;
        if (terms->workers > 0)
            extra->tasks[w] = failed_share < 0 ? state.tasks : react_loop_tasks(terms, 0, b->length_s) * failed_share;
    }
}

/* The largest difference in a workload's calls, as a share of them. */
FLOE_FN double hourly_apart(const struct hourly_bin *b, const struct hourly_extra *x, const struct hourly_extra *y)
{
    double most = 0;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        const double first = traffic_expected(plan_rates(b->run->plan, w), b->bin, INT64_MAX);
        const double d = x->tasks[w] - y->tasks[w], all = first + (d > 0 ? x->tasks[w] : y->tasks[w]);
        const double share = all > 0 ? (d > 0 ? d : -d) / all : 0;
        if (share > most) most = share;
    }
    return most;
}

/* The largest part of a workload's tasks by which a round did not make what it was tried with. */
FLOE_FN double hourly_missing(const struct hourly_bin *b, const struct hourly_round *round)
{
    struct hourly_extra tried, made;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
        tried.tasks[w] = round->tried[w];
        made.tasks[w] = round->made[w];
    }
    return hourly_apart(b, &tried, &made);
}

/* Rounds until what is tried is what is made, and where the last steps of all shrink evenly what is still missing
 * (Aitken). */
FLOE_FN void hourly_rounds(struct hourly_bin *b, struct hourly_chain *chains, struct hourly_extra *extra)
{
    struct hourly_bracket brackets[WORKLOADS_MOST];
    struct hourly_round last;
    struct hourly_extra high;
    memset(brackets, 0, sizeof brackets);
    hourly_extra_at(b, 1, &high);
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++)
        brackets[w].high = high.tasks[w];
    for (int number = 0; number < HOURLY_REACT_ROUNDS; number++) {
        hourly_round(b, chains, extra, &last);
        if (hourly_missing(b, &last) <= HOURLY_REACT_DONE) return;
        for (int32_t w = 0; w < b->run->plan->n_workloads; w++) {
            struct hourly_bracket *k = &brackets[w];
            const double before = k->tried, step = last.made[w] - last.tried[w], x = last.tried[w];
            const double shrinks = number > 0 && x != before ? step / (x - before) : 0;
            extra->tasks[w] = hourly_next(k, x, last.made[w], number);
            if (number == HOURLY_REACT_ROUNDS - 1 && shrinks > 0 && shrinks < HOURLY_REACT_SHRINKS)
                extra->tasks[w] += step * shrinks / (1 - shrinks);
            if (extra->tasks[w] < 0) extra->tasks[w] = 0;
        }
    }
}

/* How many tasks the bin has in the end: looked for from below and from above, and where the two differ from where the bin
 * before was. */
FLOE_FN uint32_t hourly_settle(struct hourly_bin *b, struct hourly_chain *chains, struct hourly_extra *extra)
{
    struct hourly_extra high;
    memcpy(b->state->before, b->state, (size_t)hourly_state_once_bytes(b->run->plan, b->run->route));
    hourly_extra_at(b, 0, extra);
    hourly_extra_at(b, 1, &high);
    hourly_rounds(b, chains, extra);
    hourly_rounds(b, chains, &high);
    const double apart = hourly_apart(b, extra, &high);
    if (apart > HOURLY_REACT_CLOSE) {
        hourly_extra_at(b, -1, extra);
        hourly_rounds(b, chains, extra);
    }
    memcpy(b->state, b->state->before, (size_t)hourly_state_once_bytes(b->run->plan, b->run->route));
    return apart > HOURLY_REACT_OPEN ? HOURLY_DOUBT_OVERLOAD : 0;
}

/* The share of a bin before an instant. */
FLOE_FN double hourly_part_before(const struct hourly_bin *b, int64_t until_ns)
{
    if (until_ns >= b->to_ns) return 1;
    return until_ns <= b->from_ns ? 0 : (double)(until_ns - b->from_ns) / (double)(b->to_ns - b->from_ns);
}

#endif

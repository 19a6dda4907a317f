/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hourly engine: the same mechanisms as expectations. One step takes one bin of the plan (at most time.step) of all
 * workloads: the calls that are expected to begin, what the gateway makes of them (models/hourly_gateway.h), what the
 * provider's prompt cache makes of their prefixes, and what a call brings on average on each price slot; it gives
 * expected counts and tokens. Nothing is drawn yet, so one replication says it all.
 *
 * Exact where the events engine is an average of independent requests: means of counts, tokens and dollars agree with
 * it for every scenario of this version (tests/test_engines.c). Calls that run over the horizon's end stay in flight
 * here too. A replayed trace is its own expectation. Limits: no spread. The cost of a run with few requests can lie far
 * from the mean; the events engine shows that. */
#ifndef FLOE_MODELS_ENGINE_HOURLY_H
#define FLOE_MODELS_ENGINE_HOURLY_H

#include "models/hourly_attempts.h"

/* What begins in a bin, and how much of it is answered before the horizon. */
struct hourly_load {
    double tasks, tasks_answered;
    double answered_share; /* of the attempts */
    double failed_share;   /* of the tasks that are answered */
    double repeats;        /* of the tasks, those whose user had asked before */
    double given_up;       /* of the failed ones, those whose user may ask again and does not */
};

FLOE_FN void hourly_count(double *n, struct hourly_load load, const struct hourly_flow *flow)
{
    n[METRIC_TASKS] += load.tasks;
    n[METRIC_ACCEPTED] += load.tasks_answered * (1 - load.failed_share);
    n[METRIC_FAILED] += load.tasks_answered * load.failed_share;
    n[METRIC_TASKS_IN_FLIGHT] += load.tasks - load.tasks_answered;
    n[METRIC_ASKED_AGAIN] += load.repeats;
    n[METRIC_GIVEN_UP] += load.given_up;
    n[METRIC_CALLS] += flow->offered;
    n[METRIC_CACHE_HITS] += flow->hits;
    n[METRIC_STALE_SERVED] += flow->stale;
    n[METRIC_DENIED] += flow->denied;
    n[METRIC_DENIED_OVER_BUDGET] += flow->denied_over;
    n[METRIC_WRONG_ANSWERS] += flow->wrong;
    n[METRIC_UPSTREAM] += flow->upstream;
    n[METRIC_REFRESHES] += flow->refreshes;
}

/* A call that begins before this instant is answered before the horizon. */
FLOE_FN int64_t hourly_calls_until_ns(const struct route_run *run)
{
    const int64_t until_ns = run->plan->horizon_ns - run->plan->call_ns[run->plan->n_phases - 1][run->route];
    return until_ns > 0 ? until_ns : 0;
}

/* A task that begins before this instant has its last call answered before the horizon. */
FLOE_FN int64_t hourly_tasks_until_ns(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, run->plan->n_phases - 1, w);
    const int64_t m = load->calls_per_task;
    const int64_t lasts_ns = run->plan->workloads[w].is_job ? job_call_offset_ns(&load->job, 0, m - 1)
                                                            : traffic_call_offset_ns(load->over_ns, m, m - 1);
    const int64_t until_ns = hourly_calls_until_ns(run) - lasts_ns;
    return until_ns > 0 ? until_ns : 0;
}

/* ---- one bin ---- */

/* P(fewer than k of n calls are answered), each left unanswered independently; the sum runs over the failures that a
 * task may have. */
FLOE_FN double hourly_fewer_share(double bad, int64_t n, int64_t k)
{
    if (bad >= 1) return 1;
    if (!(bad > 0)) return 0;
    double log_term = (double)n * floe_log1p(-bad), sum = -floe_expm1(log_term);
    for (int64_t j = 1; j <= n - k; j++) {
        log_term += floe_log((double)(n - j + 1) / (double)j) + floe_log(bad) - floe_log1p(-bad);
        sum -= floe_exp(log_term);
    }
    return sum > 0 ? sum : 0;
}

/* Of the tasks that are answered, those of whose calls too many were denied, answered wrongly or not at all. A share
 * `down` of the time all calls of a task fail together; the other failures are independent. */
FLOE_FN double hourly_failed_share(const struct hourly_flow *flow, double unanswered, double down, int64_t n, int64_t k)
{
    if (!(flow->offered > 0)) return 0;
    const double bad = (flow->denied + flow->wrong + unanswered) / flow->offered;
    const double common = down < bad ? down : bad;
    if (common >= 1) return 1;
    return common + (1 - common) * hourly_fewer_share((bad - common) / (1 - common), n, k);
}

/* The share of the bin in which nobody answers: the route is down, or the only model of its chain. */
FLOE_FN double hourly_down_share(const struct hourly_bin *b)
{
    const struct plan_route *route = bin_route(b);
    double up = 1 - availability_span(&route->available[0], b->from_ns, b->to_ns).down_share;
    if (b->run->plan->n_steps[b->run->route] == 1)
        up *= 1 - availability_span(&route->available[1], b->from_ns, b->to_ns).down_share;
    return 1 - up;
}

/* Tasks of a bin that no arrival brings, by workload: repeats of users, tasks of workers. */
struct hourly_extra {
    double tasks[WORKLOADS_MOST];
};

/* The bin with so many tasks: gateway, chains. The state moves on. */
FLOE_FN void hourly_bin_take(struct hourly_bin *b, struct hourly_chain *chains, const struct hourly_extra *extra)
{
    const struct plan *plan = b->run->plan;
    memset(b->flows, 0, sizeof *b->flows * (size_t)plan->n_workloads);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        b->flows[w].offered = traffic_expected(plan_call_rates(plan, w), b->bin, INT64_MAX) +
                              extra->tasks[w] * (double)bin_load(b, w)->calls_per_task;
    bin_gateway(b);
    hourly_chains(b, chains);
}

/* Of the tasks that are answered in time: those that fail. */
FLOE_FN double hourly_failing(struct hourly_bin *b, const struct hourly_chain *chain, int32_t w)
{
    const struct hourly_flow *flow = &b->flows[w];
    return hourly_failed_share(flow, flow->upstream * (1 - chain->ok_share), hourly_down_share(b),
                               bin_load(b, w)->calls_per_task, bin_load(b, w)->calls_needed);
}

/* ---- demand that reacts ---- */

#define HOURLY_REACT_ROUNDS 16
#define HOURLY_REACT_DONE 1e-10  /* of a bin's tasks; no unit */
#define HOURLY_REACT_CLOSE 1e-3  /* of a bin's tasks: the same answer; no unit */
#define HOURLY_REACT_OPEN 0.01   /* of them: not the same; no unit */
#define HOURLY_REACT_SHRINKS 0.9 /* no unit */
#define HOURLY_PATIENCE_NEAR 0.02

/* Mean time from a task's start to its end. */
FLOE_FN double hourly_task_s(const struct hourly_bin *b, const struct hourly_chain *chain, int32_t w)
{
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
FLOE_FN double hourly_left_share(struct hourly_bin *b, const struct hourly_chain *chain, int32_t w)
{
    const struct plan_load *load = bin_load(b, w);
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const double patience_s = floe_s_from_ns(load->react.patience_ns), task_s = hourly_task_s(b, chain, w);
    if (load->react.patience_ns == 0) return 0;
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
FLOE_FN struct hourly_reaction hourly_reaction_of(struct hourly_bin *b, const struct hourly_chain *chain, int32_t w,
                                                  struct react_hourly *state)
{
    const struct react_terms *terms = &bin_load(b, w)->react;
    const double task_s = hourly_task_s(b, chain, w), left = hourly_left_share(b, chain, w);
    const double patience_s = floe_s_from_ns(terms->patience_ns);
    const double until_s = patience_s > 0 && patience_s < task_s ? patience_s : task_s;
    struct hourly_reaction r = {0, hourly_failing(b, chain, w), 0};
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
        if (react_is_on(&bin_load(b, w)->react)) round->made[w] = hourly_reaction_of(b, &chains[w], w, &state).tasks;
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

/* ---- a workload of the bin ---- */

FLOE_FN void hourly_load_reacts(struct hourly_bin *b, const struct hourly_chain *chain, int32_t w, double extra,
                                struct hourly_load *load)
{
    const struct react_terms *terms = &bin_load(b, w)->react;
    if (!react_is_on(terms)) return;
    const struct hourly_reaction r = hourly_reaction_of(b, chain, w, &b->state->reacts[w]);
    load->tasks += extra;
    load->tasks_answered += extra * hourly_part_before(b, hourly_tasks_until_ns(b->run, w));
    load->failed_share = r.failed_share;
    if (!(terms->share > 0)) return;
    load->repeats = extra;
    load->given_up = load->tasks_answered * r.failed_share -
                     r.again * (load->tasks > 0 ? load->tasks_answered / load->tasks : 0);
    if (load->given_up < 0) load->given_up = 0; /* rounding, rounds that were too few */
    if (r.failed_share > 0 && hourly_down_share(b) > 0 && hourly_down_share(b) < 1)
        b->state->doubt |= HOURLY_DOUBT_OUTAGE; /* who asks again meets the same outage */
}

FLOE_FN void hourly_bin_workload(struct hourly_bin *b, const struct counts *counts, int32_t w,
                                 const struct hourly_chain *chain, double extra)
{
    const struct route_run *run = b->run;
    const struct hourly_flow *flow = &b->flows[w];
    const struct traffic_rates tasks = plan_rates(run->plan, w), calls = plan_call_rates(run->plan, w);
    const double answered = traffic_expected(calls, b->bin, hourly_calls_until_ns(run)) +
                            extra * (double)bin_load(b, w)->calls_per_task *
                                hourly_part_before(b, hourly_calls_until_ns(run));
    struct hourly_load load;
    memset(&load, 0, sizeof load);
    load.tasks = traffic_expected(tasks, b->bin, INT64_MAX);
    load.tasks_answered = traffic_expected(tasks, b->bin, hourly_tasks_until_ns(run, w));
    load.answered_share = flow->offered > 0 ? answered / flow->offered : 0;
    load.failed_share = hourly_failing(b, chain, w);
    hourly_load_reacts(b, chain, w, extra, &load);
    hourly_count(counts_of(counts, w, b->bin), load, flow);
    hourly_count_chain(b, counts, w, chain, load.answered_share);
}

FLOE_FN void hourly_bin_step(const struct route_run *run, const struct counts *counts, struct hourly_state *state,
                             int32_t bin)
{
    struct hourly_flow flows[WORKLOADS_MOST];
    struct hourly_chain chains[WORKLOADS_MOST];
    struct hourly_extra extra;
    struct hourly_bin b;
    b.run = run;
    b.state = state;
    b.bin = bin;
    b.phase = plan_phase_of_bin(run->plan)[bin];
    b.from_ns = plan_edges(run->plan)[bin];
    b.to_ns = plan_edges(run->plan)[bin + 1];
    b.length_s = (double)(b.to_ns - b.from_ns) / NS_PER_S;
    b.flows = flows;
    memset(&extra, 0, sizeof extra);
    const uint32_t doubt = state->before == NULL ? 0 : hourly_settle(&b, chains, &extra);
    hourly_bin_take(&b, chains, &extra);
    state->doubt |= doubt;
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        if (!run->plan->workloads[w].is_replay) hourly_bin_workload(&b, counts, w, &chains[w], extra.tasks[w]);
}

/* ---- replay ---- */

/* Keys and caches are not seen by the rows of a replay in this engine. */
FLOE_FN int hourly_replay_is_doubtful(const struct route_run *run, int32_t w)
{
    const struct plan_load *load = plan_load_of(run->plan, 0, w);
    return load->key >= 0 || load->prefix.prefix_tok > 0 ||
           plan_step_of(run->plan, 0, run->route, w, 0)->error_share > 0 ||
           (run->plan->cache.is_on && load->population.kind != PROMPTS_FRESH);
}

/* One replayed row: its own tokens, or what a call brings on average. */
FLOE_FN void hourly_row_tokens(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                               const struct trace *trace, int64_t row)
{
    const struct model_prices *model = plan_model(run->timeline, at->phase, at->step);
    const double calls = (double)at->load->calls_per_task;
    struct slot_mean mean;
    if (!at->load->tokens_from_row) {
        const struct hourly_billed billed = {calls, 0, 0, 0, TOKEN_INPUT_UNCACHED};
        hourly_bands(run, counts, at, billed);
        return;
    }
    mean.share = 1;
    mean.input_tok = trace->input_tok[row];
    mean.output_tok = trace->output_tok[row] < at->load->max_output_tok ? trace->output_tok[row]
                                                                        : at->load->max_output_tok;
    hourly_tokens(hourly_slot(counts, at, price_band_at(&model->rows[at->price_row], mean.input_tok)), calls, mean,
                  at->load->cache_share);
}

FLOE_FN void hourly_replay_workload(const struct route_run *run, const struct counts *counts, int32_t w)
{
    const struct plan_workload *p = &run->plan->workloads[w];
    const struct trace *trace = &run->traces->items[run->timeline->phases[0]->workloads[w].demand.trace.index];
    const int64_t *edges = plan_edges(run->plan);
    struct hourly_place at = hourly_place_of(run, w, 0, 0);
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        struct hourly_load load = {1, 0, 0, 0, 0, 0};
        struct hourly_attempts attempts;
        struct hourly_flow flow;
        int32_t bin = at.bin;
        while (edges[bin + 1] <= trace->at_ns[row])
            bin++;
        if (bin != at.bin) at = hourly_place_of(run, w, bin, 0);
        memset(&flow, 0, sizeof flow);
        flow.offered = flow.upstream = (double)at.load->calls_per_task;
        load.tasks_answered = load.answered_share = trace->at_ns[row] < hourly_calls_until_ns(run);
        hourly_count(counts_of(counts, w, bin), load, &flow);
        memset(&attempts, 0, sizeof attempts);
        attempts.calls = attempts.billed = attempts.ends[ATTEMPT_OK] = flow.upstream;
        hourly_count_step(counts_of(counts, w, bin), counts_step(counts, w, bin, 0), &attempts, load.answered_share);
        hourly_row_tokens(run, counts, &at, trace, row);
    }
}

FLOE_FN int hourly_is_close(double a, double b)
{
    const double difference = a > b ? a - b : b - a;
    return difference <= 1e-9 * (a > b ? a : b); /* sums of doubles, in another order */
}

/* The laws of counts_are_conserved, up to rounding. */
FLOE_FN void hourly_close(const struct route_run *run, const struct counts *counts)
{
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
            const double *n = counts_of(counts, w, bin);
            floe_assert(
                hourly_is_close(n[METRIC_TASKS], n[METRIC_ACCEPTED] + n[METRIC_FAILED] + n[METRIC_TASKS_IN_FLIGHT]) &&
                    hourly_is_close(n[METRIC_CALLS], n[METRIC_CACHE_HITS] + n[METRIC_STALE_SERVED] + n[METRIC_DENIED] +
                                                         n[METRIC_UPSTREAM]) &&
                    hourly_is_close(n[METRIC_ATTEMPTS], n[METRIC_INVOCATIONS] + n[METRIC_THROTTLES] + n[METRIC_ERRORS] +
                                                            n[METRIC_TIMEOUTS] + n[METRIC_CANCELLED] +
                                                            n[METRIC_IN_FLIGHT]),
                NULL, "expected tasks, calls or attempts are not conserved");
        }
}

FLOE_FN enum floe_status hourly_replicate(const struct route_run *run, const struct counts *counts, void *memory,
                                          uint32_t *doubt)
{
    struct hourly_state *state = hourly_state_begin(memory, run->plan, run->route);
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++)
        hourly_bin_step(run, counts, state, bin);
    for (int32_t w = 0; w < run->plan->n_workloads; w++) {
        if (!run->plan->workloads[w].is_replay) continue;
        hourly_replay_workload(run, counts, w);
        if (hourly_replay_is_doubtful(run, w)) state->doubt |= HOURLY_DOUBT_REPLAY;
    }
    hourly_close(run, counts);
    if (state->quota_unsure >= 0.02 * state->quota_wire && state->quota_unsure > 0) state->doubt |= HOURLY_DOUBT_QUOTA;
    *doubt = state->doubt;
    return FLOE_OK;
}

#endif

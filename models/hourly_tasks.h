/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks of the hourly engine: what the calls of a bin make of the tasks that arrived in it. A task's calls are counted in
 * the bin of the task, also those of later steps. How many of them there are hangs on how many are answered, and that,
 * where a quota or a budget is shared, on how many there are: TASK_PASSES dry runs of the chains of a bin settle it, from
 * what the bin before came to. What stands in front of the provider (keys, the response cache) is taken at the share of
 * the bin before, and scaled.
 *
 * Outages: during a share `down` of the bin all calls fail; the other failures are independent.
 * Calls side by side are one burst: keys, caches and quotas take them as spread at random over the bin.
 * Doubt: a graph whose tasks last longer than TASK_LONG_SHARE of a bin; task_expect's own. */
#ifndef FLOE_MODELS_HOURLY_TASKS_H
#define FLOE_MODELS_HOURLY_TASKS_H

#include "models/hourly_attempts.h"
#include "models/task_hourly.h"

#define TASK_PASSES 3
#define TASK_LONG_SHARE 0.1

/* The share of the bin in which nobody answers: the route is down, or the only model of its chain. */
FLOE_FN double hourly_down_share(const struct hourly_bin *b)
{
    const struct plan_route *route = bin_route(b);
    double up = 1 - availability_span(&route->available[0], b->from_ns, b->to_ns).down_share;
    if (b->run->plan->n_steps[b->run->route] == 1)
        up *= 1 - availability_span(&route->available[1], b->from_ns, b->to_ns).down_share;
    return 1 - up;
}

/* Of the calls of a load, those that are not answered, or wrongly, while the route is up. */
FLOE_FN double hourly_bad_share(const struct hourly_flow *flow, const struct hourly_chain *chain, double down)
{
    if (!(flow->offered > 0)) return 0;
    const double bad = (flow->denied + flow->wrong + flow->upstream * (1 - chain->ok_share)) / flow->offered;
    const double common = down < bad ? down : bad;
    return common < 1 ? (bad - common) / (1 - common) : 1;
}

/* How long an answered call of a load takes. Those that a cache answers take no time; waits for another attempt are
 * spread as an exponential is. */
FLOE_FN struct span hourly_call_span(const struct hourly_bin *b, int32_t w, const struct hourly_chain *chain)
{
    const struct plan_route *route = bin_route(b);
    const struct latency_expected *latency = plan_latency_of(b->run->plan, b->phase, b->run->route, w);
    const struct hourly_flow *flow = &b->flows[w];
    const double late = route->has_latency ? latency->timed_out_share : 0;
    const double law_s = hourly_answer_s(b, w);
    const double square = route->has_latency ? latency->answered_s2 / (late < 1 ? 1 - late : 1) : law_s * law_s;
    double answered = 0, waited_s = 0, mean_s = 0;
    for (int32_t i = 0; i < CHAIN_STEPS_MOST; i++) {
        answered += chain->steps[i].out[ATTEMPT_OK];
        waited_s += chain->steps[i].waited_s;
        mean_s += chain->steps[i].out[ATTEMPT_OK] * chain->steps[i].answer_s;
    }
    if (answered > 0) waited_s /= answered, mean_s /= answered;
    const double up = flow->upstream * chain->ok_share, all = up + flow->hits + flow->stale;
    const double share = all > 0 ? up / all : 1, total_s = mean_s + waited_s;
    const double cv2 = law_s > 0 ? square / (law_s * law_s) - 1 : 0; /* also of an answer that a hedge hastened */
    const double var = cv2 * mean_s * mean_s + waited_s * waited_s;
    return span_of(share * total_s,
                   share * ((var > 0 ? var : 0) + total_s * total_s) - share * share * total_s * total_s);
}

/* How long a call takes that fails: as one error does, whatever was tried before. */
FLOE_FN struct span hourly_failed_span(const struct hourly_bin *b, int32_t w)
{
    double fails_s[ATTEMPT_ENDS];
    hourly_fails_s(b, w, fails_s);
    return span_of(fails_s[ATTEMPT_FAILED], 0);
}

/* A task with a graph; those that arrive while nobody answers are taken apart: their later steps do not begin. */
FLOE_FN struct task_expected hourly_task_of(struct hourly_bin *b, const struct hourly_chain *chains, int32_t home)
{
    const struct plan *plan = b->run->plan;
    const struct task_terms *terms = plan_task_of(plan, b->phase, home);
    const double down = hourly_down_share(b);
    struct task_load load;
    memset(&load, 0, sizeof load);
    struct task_expected e, dark;
    memset(&dark, 0, sizeof dark);
    for (int32_t j = 0; j < terms->n; j++) {
        const int32_t w = plan_load_of_step(plan, home, j);
        load.call[j] = hourly_call_span(b, w, &chains[w]);
        load.failed_call[j] = hourly_failed_span(b, w);
    }
    if (down > 0) dark = task_expect(terms, &load);
    for (int32_t j = 0; j < terms->n; j++) {
        const int32_t w = plan_load_of_step(plan, home, j);
        load.answered[j] = 1 - hourly_bad_share(&b->flows[w], &chains[w], down * b->state->dark_ratio[w]);
    }
    e = task_expect(terms, &load);
    e.accepted *= 1 - down;
    e.partial *= 1 - down;
    for (int32_t j = 0; j < terms->n; j++) {
        e.calls[j] = (1 - down) * e.calls[j] + down * dark.calls[j];
        b->state->dark_ratio[plan_load_of_step(plan, home, j)] = e.calls[j] > 0 ? dark.calls[j] / e.calls[j] : 1;
    }
    return e;
}

/* ---- how many calls there are ---- */

FLOE_FN void hourly_scale_flow(struct hourly_flow *flow, double to)
{
    const double factor = flow->offered > 0 ? to / flow->offered : 0;
    flow->offered *= factor, flow->denied *= factor, flow->denied_over *= factor, flow->admitted *= factor;
    flow->hits *= factor, flow->wrong *= factor, flow->stale *= factor;
    flow->upstream *= factor, flow->refreshes *= factor;
}

/* What a dry run of the chains changes. */
struct hourly_dry {
    struct retry_state retries[WORKLOADS_MOST][CHAIN_STEPS_MOST];
    struct quota_hourly quotas[QUOTAS_MOST];
    double quota_wire, quota_unsure;
    uint32_t doubt;
};

FLOE_FN void hourly_dry_run(struct hourly_bin *b, struct hourly_chain *chains)
{
    struct hourly_dry before;
    struct hourly_state *s = b->state;
    memcpy(before.retries, s->retries, sizeof s->retries);
    memcpy(before.quotas, s->quotas, sizeof s->quotas);
    before.quota_wire = s->quota_wire;
    before.quota_unsure = s->quota_unsure;
    before.doubt = s->doubt;
    hourly_chains(b, chains);
    memcpy(s->retries, before.retries, sizeof s->retries);
    memcpy(s->quotas, before.quotas, sizeof s->quotas);
    s->quota_wire = before.quota_wire;
    s->quota_unsure = before.quota_unsure;
    s->doubt = before.doubt;
}

/* Tasks of a bin that no arrival brings, by workload: repeats of users, tasks of workers. */
struct hourly_extra {
    double tasks[WORKLOADS_MOST];
};

/* Sets the calls of the steps to what the tasks of the bin come to. */
FLOE_FN void hourly_task_calls(struct hourly_bin *b, struct hourly_chain *chains, const struct hourly_extra *extra)
{
    const struct plan *plan = b->run->plan;
    for (int pass = 0; pass < TASK_PASSES; pass++) {
        hourly_dry_run(b, chains);
        for (int32_t home = 0; home < plan->n_homes; home++) {
            if (plan->n_task_steps[home] == 0) continue;
            const struct task_expected e = hourly_task_of(b, chains, home);
            const double tasks = traffic_expected(plan_rates(plan, home), b->bin, INT64_MAX) + extra->tasks[home];
            for (int32_t j = 0; j < plan->n_task_steps[home]; j++) {
                const int32_t w = plan_load_of_step(plan, home, j);
                const double most = bin_load(b, w)->calls_mean;
                hourly_scale_flow(&b->flows[w], tasks * e.calls[j]);
                b->state->begun_share[w] = most > 0 ? e.calls[j] / most : 1;
            }
        }
    }
}

/* ---- a task that is so many calls ---- */

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

/* From a task's arrival to its last answer. The same as in the bin before, if its calls take as long. */
FLOE_FN double hourly_lasts_s(struct hourly_bin *b, int32_t w, const struct hourly_chain *chain)
{
    const struct plan_load *load = bin_load(b, w);
    const struct span call = hourly_call_span(b, w, chain);
    struct hourly_lasts *last = &b->state->lasts[w];
    const int64_t n = load->calls_per_task < 1000000000 ? load->calls_per_task : 1000000000;
    const int is_job = b->run->plan->workloads[w].is_job;
    const double gap_s = is_job ? 0 : (double)load->over_ns / NS_PER_S / (double)n;
    const double job_gap_s = is_job ? (double)load->job.over_ns / NS_PER_S / (double)(load->job.n_tasks * n) : 0;
    const int is_same = last->n == n && last->gap_s == gap_s + job_gap_s && last->call.mean_s == call.mean_s &&
                        last->call.var_s2 == call.var_s2;
    if (is_same) return last->lasts_s;
    last->n = n;
    last->gap_s = gap_s + job_gap_s;
    last->call = call;
    last->lasts_s = span_last(call, (int32_t)n, last->gap_s).mean_s;
    return last->lasts_s;
}

/* ---- what becomes of the tasks ---- */

struct hourly_outcome {
    double failed_share, partial_share; /* of the tasks that end */
    struct span lasts;                  /* of the accepted ones; of a task without steps the mean alone */
    double fails_s;                     /* of those that fail; of tasks with steps */
};

FLOE_FN struct hourly_outcome hourly_outcome_of(struct hourly_bin *b, const struct hourly_chain *chains, int32_t w)
{
    const struct plan *plan = b->run->plan;
    struct hourly_outcome out = {0, 0, {0, 0}, 0};
    if (plan->n_task_steps[w] > 0) {
        const struct task_expected e = hourly_task_of(b, chains, w);
        out.failed_share = 1 - e.accepted;
        out.partial_share = e.partial;
        out.lasts = e.lasts;
        out.fails_s = e.fails_s;
        if (e.is_unsure || e.lasts.mean_s > TASK_LONG_SHARE * b->length_s) b->state->doubt |= HOURLY_DOUBT_TASK;
        return out;
    }
    const struct plan_load *load = bin_load(b, w);
    const double down = hourly_down_share(b), bad = hourly_bad_share(&b->flows[w], &chains[w], down);
    const double whole = b->flows[w].offered > 0 ? (b->flows[w].denied + b->flows[w].wrong +
                                                    b->flows[w].upstream * (1 - chains[w].ok_share)) /
                                                       b->flows[w].offered
                                                 : 0;
    const double common = down < whole ? down : whole;
    if (b->flows[w].offered > 0)
        out.failed_share = common + (1 - common) * hourly_fewer_share(bad, load->calls_per_task, load->calls_needed);
    out.lasts.mean_s = hourly_lasts_s(b, w, &chains[w]);
    return out;
}

#endif

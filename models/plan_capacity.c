/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on capacity: how much can be in flight at once. A Poisson number of tasks with mean m stays below
 * m + 10 sqrt(m) + 64 but for a chance below 1e-20; a trace is counted exactly. Should it be exceeded all the same, the
 * run stops with FLOE_FULL and the number. */
#include <stdio.h>

#include "models/hourly_state.h"
#include "models/plan_parts.h"
#include "sim/event.h"

#define IN_FLIGHT_SIGMAS 10
#define IN_FLIGHT_MARGIN 64
#define CHANCE_LOG 46 /* e^-46 = 1e-20 */

static double rate_most_per_s(const struct plan *plan, int32_t w)
{
    const struct traffic_rates rates = plan_rates(plan, w);
    double most = 0;
    for (int32_t b = 0; b < rates.n_bins; b++) {
        const double length_s = (double)(rates.edge_ns[b + 1] - rates.edge_ns[b]) / NS_PER_S;
        const double rate_per_s = (rates.cumulated[b + 1] - rates.cumulated[b]) / length_s;
        if (rate_per_s > most) most = rate_per_s;
    }
    return most;
}

/* The most rows that lie within one call's duration of each other. */
static uint64_t replay_in_flight(const struct plan_workload *p, const struct trace *trace, int64_t call_ns)
{
    uint64_t most = 0;
    int64_t oldest = p->first_row;
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        while (trace->at_ns[row] - trace->at_ns[oldest] > call_ns)
            oldest++;
        if ((uint64_t)(row - oldest + 1) > most) most = (uint64_t)(row - oldest + 1);
    }
    return most + 1;
}

/* The least k with P(N >= k) < 1e-20 by Chernoff's bound, log P <= k - mean - k log(k / mean); never above the round
 * figure. */
static double poisson_most(double mean)
{
    const double most = mean + IN_FLIGHT_SIGMAS * sqrt(mean) + IN_FLIGHT_MARGIN;
    double k = (double)(int64_t)mean + 1;
    if (!(mean < 1e6 /* no unit */)) return most;
    while (k < most && k * floe_log(k / mean) - (k - mean) < CHANCE_LOG)
        k++;
    return k;
}

/* From a task's arrival to its last answer, and how many of its calls are in flight at once: the longest and most of
 * any phase. */
struct task_shape {
    int64_t lasts_ns;
    double calls;
    int starts;    /* calls that wait for their time, or rounds that are due */
    int refreshes; /* 1: a call may begin a refill beside it */
};

/* For how long a call is taken to be in flight: at most, whatever its retries do; or likely. */
enum duration { DURATION_LONGEST, DURATION_LIKELY };
#define LIKELY_MEANS 4 /* attempts of mean length */

static int64_t call_lasts_ns(const struct plan *plan, int32_t phase, int32_t r, int32_t w, enum duration how)
{
    return how == DURATION_LONGEST ? plan_call_longest_ns(plan, phase, r, w) : LIKELY_MEANS * plan->call_ns[phase][r];
}

static double most_of(double a, double b)
{
    return a > b ? a : b;
}

static struct task_shape shape_of(const struct plan *plan, int32_t r, int32_t w, enum duration how)
{
    struct task_shape shape = {0, 1, 0, 0};
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct plan_load *load = plan_load_of(plan, phase, w);
        const int64_t over_ns = plan->workloads[w].is_job ? load->job.over_ns : load->over_ns;
        const double n = plan->workloads[w].is_job ? (double)load->job.n_tasks : 1;
        const double calls = (double)load->calls_per_task;
        const double gap_ns = (double)over_ns / (n * calls);
        double at_once = calls;
        shape.starts |= over_ns > 0;
        shape.refreshes |= plan->cache.is_on_in[phase] && plan->cache.rules[phase].grace_for_ns > 0;
        for (int32_t p = 0; p < plan->n_phases; p++) {
            const int64_t lag_ns = load->key < 0 ? 0 : plan_key_of(plan, phase, load->key)->record_lag_ns;
            const int64_t call_ns = call_lasts_ns(plan, p, r, w, how) + lag_ns;
            if ((double)call_ns < (calls - 1) * gap_ns) at_once = (double)(int64_t)((double)call_ns / gap_ns) + 2;
            if (over_ns + call_ns > shape.lasts_ns) shape.lasts_ns = over_ns + call_ns;
        }
        shape.calls = most_of(shape.calls, at_once < calls ? at_once : calls);
    }
    return shape;
}

/* The longest path through a graph; steps wait for each other, so twice n rounds over the steps settle it. A step that
 * goes on before all its calls have ended leaves stragglers. */
static struct task_shape shape_of_graph_in(const struct plan *plan, int32_t phase, int32_t r, int32_t home,
                                           enum duration how)
{
    const struct task_terms *terms = plan_task_of(plan, phase, home);
    struct task_shape shape = {0, 1, 1, 0};
    double ends_s[TASK_STEPS_MOST] = {0};
    for (int32_t round = 0; round < terms->n; round++)
        for (int32_t j = 0; j < terms->n; j++) {
            const struct task_terms_step *step = &terms->steps[j];
            const int32_t load = plan_load_of_step(plan, home, j), key = plan_load_of(plan, phase, load)->key;
            const int64_t lag_ns = key < 0 ? 0 : plan_key_of(plan, phase, key)->record_lag_ns;
            double begins_s = 0;
            for (int32_t i = 0; i < terms->n; i++)
                if ((step->after >> i & 1) != 0) begins_s = most_of(begins_s, ends_s[i]);
            ends_s[j] = begins_s + (double)lag_ns / NS_PER_S +
                        (1 + task_rounds_mean(&step->rounds)) *
                            ((double)call_lasts_ns(plan, phase, r, load, how) / NS_PER_S);
        }
    for (int32_t j = 0; j < terms->n; j++) {
        const struct task_terms_step *step = &terms->steps[j];
        shape.lasts_ns = (int64_t)most_of((double)shape.lasts_ns,
                                          ends_s[j] < 1e8 /* no unit */ ? ends_s[j] * NS_PER_S : 1e17);
        shape.calls += step->calls * (step->needed < step->calls ? 2 : 1);
    }
    shape.starts = terms->n;
    if (plan->workloads[home].is_job) shape.lasts_ns += plan_load_of(plan, phase, home)->job.over_ns;
    return shape;
}

static struct task_shape shape_of_graph(const struct plan *plan, int32_t r, int32_t home, enum duration how)
{
    struct task_shape shape = {0, 1, 1, 0};
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct task_shape here = shape_of_graph_in(plan, phase, r, home, how);
        shape.lasts_ns = here.lasts_ns > shape.lasts_ns ? here.lasts_ns : shape.lasts_ns;
        shape.calls = most_of(shape.calls, here.calls);
        shape.starts = here.starts;
        shape.refreshes |= plan->cache.is_on_in[phase] && plan->cache.rules[phase].grace_for_ns > 0;
    }
    return shape;
}

/* Tasks of a job that have begun and not ended: those within a task's own length of each other. A task of n with m
 * calls each takes over (m - 1) / (n m) and a call's time. */
static double job_tasks_most(const struct plan *plan, int32_t w, int64_t lasts_ns)
{
    double most = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct job *job = &plan_load_of(plan, phase, w)->job;
        const double n = (double)job->n_tasks, m = (double)job->calls_per_task, over_ns = (double)job->over_ns;
        const double call_ns = (double)(lasts_ns - job->over_ns);
        const double occurrences = 2 + (double)(lasts_ns / job->period_ns);
        const double near = over_ns > 0 ? (over_ns * (m - 1) / (n * m) + call_ns) / (over_ns / n) + 2 : n;
        most = most_of(most, occurrences * (near < n ? near : n));
    }
    return most;
}

static double tasks_in_flight(const struct plan *plan, const struct timeline *timeline, const struct traces *traces,
                              int32_t w, int64_t lasts_ns)
{
    const struct plan_workload *p = &plan->workloads[w];
    if (p->is_replay)
        return (double)replay_in_flight(
            p, &traces->items[scenario_load(timeline->phases[0], w).workload->demand.trace.index], lasts_ns);
    if (p->is_job) return job_tasks_most(plan, w, lasts_ns);
    const double mean = rate_most_per_s(plan, w) * pace_peak_ratio(&p->pace) * ((double)lasts_ns / NS_PER_S);
    /* n gamma gaps of shape a fit into x expected tasks as often as a Poisson number of mean a x reaches n a. */
    return p->pace.kind == PACE_GAPS ? p->pace.cv2 * poisson_most(mean / p->pace.cv2) + 2 : poisson_most(mean);
}

/* ---- demand that reacts ---- */

/* Repeats come in clumps: twice as many as Poisson's law has room for. */
#define REPEATS_MARGIN 2

struct reaction {
    double asks_most; /* for one thing that is wanted, if every task fails */
    int64_t wait_ns;
    double workers, think_s;
    int has_patience;
};

static struct reaction reaction_of(const struct plan *plan, int32_t w)
{
    struct reaction r = {1, 0, 0, 0, 0};
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct react_terms *terms = &plan_load_of(plan, phase, w)->react;
        const int64_t wait_ns = react_ns(terms->wait.mean_s);
        r.asks_most = most_of(r.asks_most, react_asks_per_intent(terms, 1));
        r.workers = most_of(r.workers, (double)terms->workers);
        if (terms->workers > 0 && (r.think_s <= 0 || terms->think.mean_s < r.think_s)) r.think_s = terms->think.mean_s;
        if (wait_ns > r.wait_ns) r.wait_ns = wait_ns;
        r.has_patience |= terms->patience_ns > 0;
    }
    return r;
}

static int64_t times_ns(int64_t ns, double factor)
{
    const double product = (double)ns * factor;
    return factor == 1 ? ns : product < (double)(INT64_MAX / 2) ? (int64_t)product : INT64_MAX / 2;
}

/* The key that helps where too much would be in flight. */
static void name_key(const struct plan *plan, const struct scenario *scenario, int32_t r, struct plan_fault *fault)
{
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        if (reaction_of(plan, w).asks_most <= 1) continue;
        snprintf(fault->key, sizeof fault->key, "workloads.%s.demand.asks_again", scenario->workloads[w].name);
        return;
    }
    snprintf(fault->key, sizeof fault->key, "routes.%s.call_duration", scenario->routes[r].name);
}

/* Calls whose cost is not recorded yet outlive the task of their worker. */
static double calls_not_recorded(const struct plan *plan, int32_t w, const struct reaction *r, double calls)
{
    int64_t lag_ns = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const int32_t key = plan_load_of(plan, phase, w)->key;
        if (key >= 0 && plan_key_of(plan, phase, key)->record_lag_ns > lag_ns)
            lag_ns = plan_key_of(plan, phase, key)->record_lag_ns;
    }
    return lag_ns > 0 ? poisson_most(r->workers * calls * floe_s_from_ns(lag_ns) / r->think_s) : 0;
}

/* Tasks of workers that are over while calls of theirs still run, which only a graph has: those that a worker begins within
 * the longest time of one, each after thinking and a part of a call at least. */
static double stragglers_most(const struct plan *plan, int32_t r, int32_t w, const struct reaction *reaction,
                              int64_t lasts_ns)
{
    const double least_s = reaction->think_s + 0.25 * floe_s_from_ns(plan->call_ns[0][r]);
    if (plan->n_task_steps[w] == 0 || !(least_s > 0)) return 0;
    return poisson_most(reaction->workers * floe_s_from_ns(lasts_ns) / least_s);
}

static double calls_of_run(const struct plan *plan)
{
    double calls = 0;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const struct plan_workload *p = &plan->workloads[w];
        double each = 1;
        for (int32_t phase = 0; phase < plan->n_phases; phase++)
            each = most_of(each, plan_load_of(plan, phase, w)->calls_mean);
        const struct reaction r = reaction_of(plan, w);
        double tasks = p->is_replay ? (double)(p->end_row - p->first_row) : plan_rates(plan, w).cumulated[plan->n_bins];
        if (r.workers > 0) tasks = r.workers * floe_s_from_ns(plan->horizon_ns) / r.think_s;
        calls += tasks * r.asks_most * (1 + each);
    }
    return calls;
}

/* A client with a rate limit of its own holds calls back for as long as the overload lasts: room for so many, if the run has
 * as many. */
#define HELD_BACK_MOST 262144

static int holds_back(const struct plan *plan, int32_t r)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++) {
            const struct retry_terms *retries = plan_retries_of(plan, phase, r, w);
            for (int32_t i = 0; i < retries->n_loops; i++)
                if (retries->loops[i].is_adaptive) return 1;
        }
    return 0;
}

struct capacity {
    double tasks, calls;
};

static struct capacity capacity_of(const struct plan *plan, const struct timeline *timeline,
                                   const struct traces *traces, int32_t r, enum duration how)
{
    struct capacity c = {1, plan->n_workloads};
    for (int32_t w = 0; w < plan->n_homes; w++) {
        const int has_graph = plan->n_task_steps[w] > 0;
        const struct task_shape shape = has_graph ? shape_of_graph(plan, r, w, how) : shape_of(plan, r, w, how);
        const struct reaction reaction = reaction_of(plan, w);
        const double more = reaction.asks_most > 1 ? REPEATS_MARGIN * reaction.asks_most : 1;
        const double here = reaction.workers > 0
                                ? reaction.workers + stragglers_most(plan, r, w, &reaction, shape.lasts_ns)
                                : tasks_in_flight(plan, timeline, traces, w, times_ns(shape.lasts_ns, more));
        c.tasks += here;
        c.calls += here * (shape.calls * (1 + shape.refreshes) + shape.starts + reaction.has_patience) +
                   reaction.workers;
        if (reaction.workers > 0) c.calls += calls_not_recorded(plan, w, &reaction, shape.calls);
        if (more > 1) c.calls += tasks_in_flight(plan, timeline, traces, w, times_ns(reaction.wait_ns, more));
    }
    if (holds_back(plan, r)) {
        const double all = calls_of_run(plan), held = all < HELD_BACK_MOST ? all : HELD_BACK_MOST;
        c.tasks = most_of(c.tasks, held);
        c.calls = most_of(c.calls, held);
    }
    if (plan_has_hedges(plan, r)) c.calls *= 2; /* each attempt may have its second */
    return c;
}

/* Where the longest calls would not fit and likely ones do, there is room for this many; a run that needs more says so. */
#define LIKELY_ROOM (FLOE_QUEUE_CAPACITY_MAX / 4)

void plan_set_capacity(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t r)
{
    struct capacity c = capacity_of(plan, timeline, traces, r, DURATION_LONGEST);
    if (c.calls > FLOE_QUEUE_CAPACITY_MAX) {
        const struct capacity likely = capacity_of(plan, timeline, traces, r, DURATION_LIKELY);
        if (likely.calls < LIKELY_ROOM) {
            c.calls = LIKELY_ROOM;
            c.tasks = c.tasks < LIKELY_ROOM ? c.tasks : LIKELY_ROOM;
        }
    }
    plan->calls_in_flight_most[r] = c.calls;
    plan->tasks_in_flight_most[r] = c.tasks;
}

enum floe_status plan_check_capacity(const struct plan *plan, const struct timeline *timeline, struct plan_fault *fault)
{
    const struct scenario *scenario = timeline->phases[0];
    const double events = calls_of_run(plan);
    for (int32_t r = 0; r < plan->n_routes; r++) {
        if (plan->calls_in_flight_most[r] <= FLOE_QUEUE_CAPACITY_MAX) continue; /* not a number is more, too */
        snprintf(fault->what, sizeof fault->what,
                 "up to %.3g calls would be in flight at once on the route '%s'; the event queue holds %d. The hourly "
                 "engine has no such limit",
                 plan->calls_in_flight_most[r], scenario->routes[r].name, FLOE_QUEUE_CAPACITY_MAX);
        name_key(plan, scenario, r, fault);
        return FLOE_FULL;
    }
    if (events < (double)FLOE_QUEUE_SEQUENCE_END) return FLOE_OK;
    snprintf(
        fault->what, sizeof fault->what,
        "a replication would have %.3g events; the events engine numbers %.3g of them. The hourly engine has no such "
        "limit",
        events, (double)FLOE_QUEUE_SEQUENCE_END);
    snprintf(fault->key, sizeof fault->key, "time.horizon");
    return FLOE_FULL;
}

enum floe_status plan_check_hourly(const struct plan *plan, const struct timeline *timeline, struct plan_fault *fault)
{
    for (int32_t r = 0; r < plan->n_routes; r++) {
        if (hourly_cells_of(plan, r) <= HOURLY_CELLS_MOST) continue;
        snprintf(fault->what, sizeof fault->what,
                 "the hourly engine follows at most %d parts of a response cache; on the route '%s' it has %llu: %d "
                 "workloads x %u keys x %u scopes. Fewer models, consumers or workloads behind one cache, or "
                 "`--engine events`, which has no such limit",
                 HOURLY_CELLS_MOST, timeline->phases[0]->routes[r].name, (unsigned long long)hourly_cells_of(plan, r),
                 (int)plan->n_workloads, (unsigned)plan->cache.n_keys[r], (unsigned)plan->cache.n_scopes);
        snprintf(fault->key, sizeof fault->key, "gateway.response_cache.%s",
                 plan->cache.n_scopes > 1 ? "scope" : "key");
        return FLOE_FULL;
    }
    return FLOE_OK;
}

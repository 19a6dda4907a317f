/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan: everything that can be known before the first replication starts. Time is cut into bins, rates are put on
 * them, streams get their ids, capacities are computed. One block of memory, filled once, const while a run lasts;
 * arrays are addressed by offsets from its first byte, so it can be copied as it is.
 *
 * Bins. A bin ends at every full clock hour (UTC) and every time.step within it, at both ends of every window, at every date of a price row, at every
 * change, at the end of the warm-up and at the horizon. A bin lies in one phase. Rates are constant within a bin, and every span that is reported (a clock hour, a window, the measured
 * whole) is a union of bins: no event is ever split between two spans.
 *
 * A usage slot of a workload on a route is a price row and a band of a model (models/price.h) at a step of the chain,
 * numbered through the steps and phases; phases with the same prices of the same model share theirs. */
#ifndef FLOE_MODELS_PLAN_H
#define FLOE_MODELS_PLAN_H

#include "models/hedge.h"
#include "models/timeline.h"
#include "sim/rng.h"

enum stream_purpose {
    STREAM_ARRIVALS,
    STREAM_INPUT,
    STREAM_OUTPUT,
    STREAM_ROW,
    STREAM_PROMPT, /* which prompt of the population */
    STREAM_SHARED, /* its own population or another's */
    STREAM_CACHE,  /* chances of the response cache */
    STREAM_PREFIX, /* whose prefix a task has */
    STREAM_POOL,   /* where a call's prefix is looked up */
    STREAM_ERRORS, /* of the provider, attempt by attempt */
    STREAM_LATENCY,
    STREAM_BACKOFF,
    STREAM_ROUNDS, /* of a step of a task that is a graph */
    STREAM_REACT,  /* of users whose task failed, and of workers */
    STREAM_N
};

/* Spans: 0 is the measured whole, then the named windows (1 .. n_windows), then the clock hours. */
#define SPANS_OF_WINDOWS (1 + WINDOWS_MOST)

/* What one call brings on average on one slot: the share of the calls, and tokens per call of any slot. */
struct slot_mean {
    double share, input_tok, output_tok;
};

struct plan_workload {
    int32_t home;      /* the workload that it belongs to: its own index, if it is no further step of a graph */
    int32_t task_step; /* of the graph, or -1: it has none */
    uint32_t stream[STREAM_N];
    int32_t is_replay;          /* arrivals from a trace */
    int32_t is_job;             /* arrivals by the clock */
    int64_t first_row, end_row; /* replay: the rows of the trace inside the horizon */
    uint64_t rates_offset;      /* double[n_bins + 1], tasks expected before each edge */
    uint64_t calls_offset;      /* double[n_bins + 1], calls expected to begin before each edge; not for a replay */
    uint64_t first_place;       /* of its population, counted over all of them */
    int32_t shares_with;        /* the workload whose prompts a share of its calls ask, or -1 */
    uint32_t scope;             /* in the response cache */
    struct traffic_pace pace;   /* of its arrivals */
    uint64_t gaps_offset;       /* struct floe_gamma_table, PACE_GAPS */
};

/* A workload, or a step of its task, in a phase. */
struct plan_load {
    int32_t tokens_from_row;              /* tokens are those of the replayed row */
    int32_t tokens_trace;                 /* index of the trace that tokens are drawn from, or -1 */
    int64_t calls_per_task, calls_needed; /* of a task without a graph */
    double calls_mean;                    /* per task, if none fails */
    int32_t has_retries;                  /* of its own, in place of the route's */
    struct retry_terms retries;
    int64_t over_ns; /* what a task's calls are spread over; a job has its own */
    struct job job;
    struct token_dist input, output;
    double max_output_tok;   /* a longer answer is cut there */
    double most_output_tok;  /* no answer is longer; TOKENS_LARGEST: not known */
    uint64_t cache_share[3]; /* read, write 5m, write 1h, of the input, in 2^-32 */
    struct prompt_prefix prefix;
    struct prompt_population population;
    uint64_t zipf_offset; /* struct floe_zipf, or 0 */
    struct react_terms react;
    int32_t key; /* index into scenario->keys, or -1: nothing is checked */
};

/* The response cache. Keys are numbered over all routes, workloads and phases. */
struct plan_cache {
    int32_t is_on; /* in some phase */
    int32_t is_on_in[PHASES_MOST];
    int32_t first_phase; /* in which it is on */
    struct cache_rules rules[PHASES_MOST];
    uint64_t places; /* of all populations */
    uint32_t n_keys[ROUTES_MOST], n_scopes;
    uint32_t n_models[ROUTES_MOST]; /* models that are met on the route */
};

/* What a pair means to the keys of caches and gateway in a phase: by the model of its first step. */
struct plan_pair_cache {
    uint32_t key, old_key; /* of the response cache; old_key: before the last switch */
    int64_t switched_ns;   /* when the key became another one, or -1: not yet */
    int32_t key_model;     /* the number of the first step's model in the workload's key */
};

/* A step of the chain of a pair in a phase. */
struct plan_step {
    int32_t model;         /* index into the phase's prices.models; -1: the chain is shorter in this phase */
    int32_t slot;          /* its first usage slot */
    uint32_t number;       /* of the model, by the order in which they are met on the route */
    uint64_t means_offset; /* struct slot_mean[price rows of the model * PRICE_SLOTS_PER_ROW] */
    uint64_t entries;      /* of the prompt cache: index of its first one on the route */
    int32_t quota;         /* of the route, or -1 */
    uint32_t when;         /* ATTEMPT_BITs of the step before that lead here */
    double error_share;    /* of the attempts that fail on their own */
    struct prompt_terms terms;
};

/* The route's own availability, and one for each step; groups of them have a process in common. */
#define AVAILABLE_MOST (1 + CHAIN_STEPS_MOST)

/* What attempts meet on a route in a phase. */
struct plan_route {
    struct retry_terms retries;
    int32_t has_latency; /* 0: an attempt takes plan->call_ns */
    struct latency_terms latency;
    int32_t n_quotas;
    struct quota_terms quotas[QUOTAS_MOST];
    struct availability_terms available[AVAILABLE_MOST]; /* of the route, then of each step of its chain */
    struct breaker_terms breakers[CHAIN_STEPS_MOST];
};

/* Second attempts of a workload on a route in a phase. */
struct plan_hedge {
    struct hedge_terms terms;
    struct hedge_moments moments;
};

/* A workload on a route. */
struct plan_pair {
    int32_t n_slots;
    uint64_t cache_offset; /* struct plan_pair_cache[n_phases] */
    uint64_t steps_offset; /* struct plan_step[n_phases][steps of the route] */
    uint64_t means_offset; /* struct slot_mean of all its steps */
};

struct plan {
    uint64_t bytes;
    int64_t start_at_s, horizon_ns, warmup_ns;
    int32_t n_homes;                          /* workloads, as the scenario has them */
    int32_t n_workloads, n_routes, n_windows; /* n_workloads: loads (models/load.h); n_windows counts "all" */
    int32_t n_bins, n_hours, n_phases;
    int64_t phase_ns[PHASES_MOST + 1]; /* where each phase begins within the run, and the horizon */
    uint64_t edges_offset;             /* int64_t[n_bins + 1] */
    uint64_t hour_offset;              /* int32_t[n_bins]: the clock hour, or -1 before the first measured instant */
    uint64_t phase_offset;             /* int32_t[n_bins] */
    uint64_t windows_offset;           /* uint64_t[n_bins]: bit w: the bin belongs to window w */
    uint64_t hours_offset; /* int64_t[n_hours + 1]: first second of each clock hour's measured part, and the end */
    uint64_t loads_offset; /* struct plan_load[n_phases][n_workloads] */
    int32_t n_task_steps[WORKLOADS_MOST]; /* of a workload's graph; 0: none */
    uint64_t tasks_offset;                /* struct task_terms[n_phases][n_homes], if some workload has a graph */
    uint64_t tables_offset;               /* of Zipf's laws */
    uint64_t latency_offset;              /* struct latency_expected[n_phases][n_routes][n_workloads] */
    uint64_t hedges_offset; /* struct plan_hedge[n_phases][n_routes][n_workloads]; 0: no route has hedges */
    uint64_t routes_offset; /* struct plan_route[n_phases][n_routes] */
    uint64_t gamma_offset;  /* struct floe_gamma_table: laws of latency */
    uint64_t keys_offset;   /* struct key_terms[n_phases][n_keys] */
    int32_t n_keys;
    struct plan_cache cache;
    uint64_t prompt_entries[ROUTES_MOST]; /* of the prompt cache */
    struct plan_workload workloads[WORKLOADS_MOST];
    struct plan_pair pairs[ROUTES_MOST][WORKLOADS_MOST];
    int32_t n_steps[ROUTES_MOST]; /* of the longest chain in any phase */
    uint32_t outage_stream[ROUTES_MOST][AVAILABLE_MOST], group_stream[ROUTES_MOST][AVAILABLE_MOST];
    int64_t call_ns[PHASES_MOST][ROUTES_MOST];
    double calls_in_flight_most[ROUTES_MOST]; /* capacities for the events engine; see plan_check_capacity */
    double tasks_in_flight_most[ROUTES_MOST];
};

#define PLAN_TEXT_BYTES 400

struct plan_fault {
    char what[PLAN_TEXT_BYTES];
    char key[INPUT_PATH_BYTES];
};

/* FLOE_OK and a malloc'ed plan, FLOE_FULL when the scenario is too large for this machine's arrays, FLOE_ENVIRONMENT
 * when memory is short; `fault` says more. */
enum floe_status plan_make(const struct timeline *timeline, const struct traces *traces, struct plan **plan,
                           struct plan_fault *fault);
enum floe_status plan_make_one(const struct scenario *scenario, const struct traces *traces, struct plan **plan,
                               struct plan_fault *fault); /* of a scenario that does not change */
void plan_free(struct plan *plan);

/* FLOE_FULL when the event queue cannot hold what can be in flight or number what will happen. */
enum floe_status plan_check_capacity(const struct plan *plan, const struct timeline *timeline,
                                     struct plan_fault *fault);

/* FLOE_FULL when a route's response cache has more parts than the hourly engine follows. */
enum floe_status plan_check_hourly(const struct plan *plan, const struct timeline *timeline, struct plan_fault *fault);

FLOE_FN const void *plan_at(const struct plan *plan, uint64_t offset)
{
    return (const char *)plan + offset;
}

FLOE_FN const int64_t *plan_edges(const struct plan *plan)
{
    return (const int64_t *)plan_at(plan, plan->edges_offset);
}

FLOE_FN const int32_t *plan_hour_of_bin(const struct plan *plan)
{
    return (const int32_t *)plan_at(plan, plan->hour_offset);
}

FLOE_FN const uint64_t *plan_windows_of_bin(const struct plan *plan)
{
    return (const uint64_t *)plan_at(plan, plan->windows_offset);
}

FLOE_FN const int64_t *plan_hours(const struct plan *plan)
{
    return (const int64_t *)plan_at(plan, plan->hours_offset);
}

FLOE_FN const int32_t *plan_phase_of_bin(const struct plan *plan)
{
    return (const int32_t *)plan_at(plan, plan->phase_offset);
}

FLOE_FN const struct plan_load *plan_load_of(const struct plan *plan, int32_t phase, int32_t workload)
{
    return (const struct plan_load *)plan_at(plan, plan->loads_offset) + (int64_t)phase * plan->n_workloads + workload;
}

/* The graph of a workload's task; it has one where n_task_steps is not 0. */
FLOE_FN const struct task_terms *plan_task_of(const struct plan *plan, int32_t phase, int32_t home)
{
    return (const struct task_terms *)plan_at(plan, plan->tasks_offset) + (int64_t)phase * plan->n_homes + home;
}

FLOE_FN int plan_has_graphs(const struct plan *plan)
{
    for (int32_t w = 0; w < plan->n_homes; w++)
        if (plan->n_task_steps[w] > 0) return 1;
    return 0;
}

FLOE_FN int32_t plan_n_loads_of(const struct plan *plan, int32_t home)
{
    return plan->n_task_steps[home] > 0 ? plan->n_task_steps[home] : 1;
}

/* The load of a step of a workload's graph. */
FLOE_FN int32_t plan_load_of_step(const struct plan *plan, int32_t home, int32_t step)
{
    int32_t load = plan->n_homes + step - 1;
    if (step <= 0) return home;
    for (int32_t w = 0; w < home; w++)
        load += plan->n_task_steps[w] > 1 ? plan->n_task_steps[w] - 1 : 0;
    return load;
}

/* Which occurrences of a job begin in a phase: [first, end). They keep that phase's job to their end. */
struct plan_occurrences {
    int64_t first, end;
};

FLOE_FN struct plan_occurrences plan_occurrences_of(const struct plan *plan, int32_t phase, int32_t workload)
{
    const struct job *job = &plan_load_of(plan, phase, workload)->job;
    const int64_t from_ns = plan->phase_ns[phase] - job->first_ns, to_ns = plan->phase_ns[phase + 1] - job->first_ns;
    struct plan_occurrences o;
    o.first = from_ns <= 0 ? 0 : (from_ns + job->period_ns - 1) / job->period_ns;
    o.end = to_ns <= 0 ? 0 : (to_ns + job->period_ns - 1) / job->period_ns;
    return o;
}

FLOE_FN struct traffic_rates plan_rates(const struct plan *plan, int32_t workload)
{
    struct traffic_rates rates;
    rates.edge_ns = plan_edges(plan);
    rates.cumulated = (const double *)plan_at(plan, plan->workloads[workload].rates_offset);
    rates.n_bins = plan->n_bins;
    rates.pace = &plan->workloads[workload].pace;
    rates.gaps = (const struct floe_gamma_table *)plan_at(plan, plan->workloads[workload].gaps_offset);
    return rates;
}

/* Calls that are expected to begin before each edge. */
FLOE_FN struct traffic_rates plan_call_rates(const struct plan *plan, int32_t workload)
{
    struct traffic_rates rates = plan_rates(plan, workload);
    rates.cumulated = (const double *)plan_at(plan, plan->workloads[workload].calls_offset);
    return rates;
}

FLOE_FN const struct plan_step *plan_step_of(const struct plan *plan, int32_t phase, int32_t route, int32_t workload,
                                             int32_t step)
{
    return (const struct plan_step *)plan_at(plan, plan->pairs[route][workload].steps_offset) +
           (int64_t)phase * plan->n_steps[route] + step;
}

FLOE_FN const struct plan_route *plan_route_of(const struct plan *plan, int32_t phase, int32_t route)
{
    return (const struct plan_route *)plan_at(plan, plan->routes_offset) + (int64_t)phase * plan->n_routes + route;
}

/* What a client does about failures: the step's own rules, or the route's. */
FLOE_FN const struct retry_terms *plan_retries_of(const struct plan *plan, int32_t phase, int32_t route, int32_t load)
{
    const struct plan_load *of = plan_load_of(plan, phase, load);
    return of->has_retries ? &of->retries : &plan_route_of(plan, phase, route)->retries;
}

/* Zeros where the route has no latency. */
FLOE_FN const struct latency_expected *plan_latency_of(const struct plan *plan, int32_t phase, int32_t route,
                                                       int32_t workload)
{
    return (const struct latency_expected *)plan_at(plan, plan->latency_offset) +
           ((int64_t)phase * plan->n_routes + route) * plan->n_workloads + workload;
}

/* NULL: no second attempts. */
FLOE_FN const struct plan_hedge *plan_hedge_of(const struct plan *plan, int32_t phase, int32_t route, int32_t workload)
{
    if (plan->hedges_offset == 0) return NULL;
    const struct plan_hedge *hedge = (const struct plan_hedge *)plan_at(plan, plan->hedges_offset) +
                                     ((int64_t)phase * plan->n_routes + route) * plan->n_workloads + workload;
    return hedge->terms.is_on ? hedge : NULL;
}

/* In some phase. */
FLOE_FN int plan_has_hedges(const struct plan *plan, int32_t route)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t w = 0; w < plan->n_workloads; w++)
            if (plan_hedge_of(plan, phase, route, w) != NULL) return 1;
    return 0;
}

FLOE_FN const struct floe_gamma_table *plan_gamma_tables(const struct plan *plan)
{
    return (const struct floe_gamma_table *)plan_at(plan, plan->gamma_offset);
}

FLOE_FN const struct slot_mean *plan_slot_means(const struct plan *plan, const struct plan_step *step)
{
    return (const struct slot_mean *)plan_at(plan, step->means_offset);
}

FLOE_FN const struct plan_pair_cache *plan_cache_of(const struct plan *plan, int32_t phase, int32_t route,
                                                    int32_t workload)
{
    return (const struct plan_pair_cache *)plan_at(plan, plan->pairs[route][workload].cache_offset) + phase;
}

FLOE_FN const struct key_terms *plan_key_of(const struct plan *plan, int32_t phase, int32_t key)
{
    return (const struct key_terms *)plan_at(plan, plan->keys_offset) + (int64_t)phase * plan->n_keys + key;
}

/* NULL: nothing to draw from. */
FLOE_FN const struct floe_zipf *plan_zipf_of(const struct plan *plan, int32_t phase, int32_t workload)
{
    const uint64_t offset = plan_load_of(plan, phase, workload)->zipf_offset;
    return offset == 0 ? NULL : (const struct floe_zipf *)plan_at(plan, offset);
}

FLOE_FN const struct model_prices *plan_model(const struct timeline *timeline, int32_t phase,
                                              const struct plan_step *step)
{
    return &timeline->phases[phase]->prices.models[step->model];
}

/* The step, and a phase, whose prices a slot belongs to. */
struct plan_slot {
    int32_t step, phase;
};

FLOE_FN struct plan_slot plan_slot_home(const struct plan *plan, int32_t route, int32_t workload, int32_t slot)
{
    struct plan_slot found = {0, 0};
    int32_t first = -1;
    for (int32_t step = 0; step < plan->n_steps[route]; step++)
        for (int32_t phase = 0; phase < plan->n_phases; phase++) {
            const struct plan_step *at = plan_step_of(plan, phase, route, workload, step);
            if (at->model < 0 || at->slot > slot || at->slot <= first) continue;
            first = at->slot;
            found.step = step;
            found.phase = phase;
        }
    return found;
}

#endif

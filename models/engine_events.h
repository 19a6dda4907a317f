/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events engine: one replication of one route, request by request.
 *
 * An event is a kind and two words; dispatch is a switch. The kinds stand in the order in which they happen at one
 * instant: an answer arrives before a new task does.
 *
 *   CALL_DONE  a: task slot                    the attempt is an invocation; the last one completes its task
 *   ARRIVAL    a: workload                     a task begins and makes its calls; the next arrival is scheduled
 *
 * The clock starts at 0 and events at or after the horizon do not happen: their tasks and attempts stay in flight.
 * All memory is the caller's (struct events_memory); its sizes come from the plan.
 *
 * Every event leaves a record of what it was and did (struct event_record), and the records of a replication are hashed
 * to its fingerprint (sim/fingerprint.h). A record names a task by its workload and its number in order of arrival,
 * never by its slot, and the fingerprint a workload by its stream, which is a hash of its name: so neither depends on
 * where things lie in memory or in the scenario. Word a of the hash, beside time and kind, is
 *   task ^ stream << 26 ^ (input tokens ^ output tokens << 32) * 0xff51afd7ed558ccd
 *
 *   events_begin      a replication at time 0
 *   events_step       the next event; 0 when there is none before the horizon
 *   events_replicate  all of them
 *   events_trace      the next ones, each record kept: the same steps, taken by a caller who wants to look
 *
 * To add a kind: a line here, in its place in the order of one instant, its handler in events_step, and its row in
 * event_kind_rows (models/engine.c). */
#ifndef FLOE_MODELS_ENGINE_EVENTS_H
#define FLOE_MODELS_ENGINE_EVENTS_H

#include "models/counts.h"
#include "sim/event.h"
#include "sim/fingerprint.h"

enum event_kind { EVENT_CALL_DONE, EVENT_ARRIVAL, EVENT_KINDS };

struct event_kind_row {
    const char *name;
    int begins_calls; /* its record has tokens */
};
extern const struct event_kind_row event_kind_rows[EVENT_KINDS];

/* What one event was and did. */
struct event_record {
    int64_t at_ns;
    uint64_t number; /* in its replication, from 1 */
    uint32_t kind, workload;
    uint64_t task;                  /* number in its workload, from 0 */
    uint64_t input_tok, output_tok; /* of the calls that it began */
    uint64_t fingerprint;           /* of the trajectory up to here; events_trace fills it */
};

#define TASK_NONE UINT32_MAX

/* How draws are computed (sim/blockstream.h): as the copy of the engine that asks was compiled. */
#if defined(FLOE_HAVE_AVX2) && defined(__AVX2__) && defined(__FMA__)
#define FLOE_ENGINE_BLOCKS FLOE_BLOCK_PATH_AVX2
#else
#define FLOE_ENGINE_BLOCKS FLOE_BLOCK_PATH_BASELINE
#endif

struct task {
    uint64_t number; /* in its workload, from 0 */
    uint32_t workload;
    int32_t bin;         /* where it arrived, and where its calls and attempts started */
    uint32_t calls_left; /* a free slot: the next free one */
};

struct events_memory {
    void *queue_arena; /* floe_queue_bytes(queue_capacity), aligned to FLOE_QUEUE_ALIGN */
    struct task *tasks;
    uint32_t queue_capacity, tasks_capacity;
    struct events_state *state;
};

/* How a replication ended. */
struct replication_end {
    uint64_t needed; /* FLOE_FULL: the capacity that would have been enough up to that moment; else 0 */
    uint64_t events; /* how many happened */
    uint64_t fingerprint;
};

/* What a run of one route reads. */
struct route_run {
    const struct scenario *scenario;
    const struct traces *traces;
    const struct plan *plan;
    int32_t route;
    uint64_t seed;
};

struct workload_state {
    struct traffic_state arrivals;
    struct floe_block_stream input, output, row;
    uint64_t tasks;    /* that arrived */
    int64_t trace_row; /* the next to replay */
    int32_t bin;       /* of the task being handled */
    uint32_t id;       /* in the fingerprint: the stream of its arrivals */
    /* Fractions of cached tokens, in 2^-32 tokens, carried to the next call of the same price slot. */
    uint64_t cache_rest[PRICE_SLOTS_MOST][3];
};

struct events_state {
    struct route_run run;
    struct floe_where where;
    struct floe_queue queue;
    struct counts counts;
    struct task *tasks;
    uint32_t tasks_capacity, fresh_task, free_task;
    uint64_t tasks_needed; /* 0, or the capacity that was missing */
    struct event_record now;
    struct floe_fingerprint fingerprint;
    struct workload_state workloads[WORKLOADS_MOST];
};

/* ---- task slots ---- */

FLOE_FN uint32_t task_take(struct events_state *s)
{
    uint32_t slot = s->free_task;
    if (slot != TASK_NONE) {
        s->free_task = s->tasks[slot].calls_left;
        return slot;
    }
    if (s->fresh_task < s->tasks_capacity) return s->fresh_task++;
    s->tasks_needed = (uint64_t)s->tasks_capacity + 1;
    return TASK_NONE;
}

FLOE_FN void task_release(struct events_state *s, uint32_t slot)
{
    s->tasks[slot].calls_left = s->free_task;
    s->free_task = slot;
}

/* ---- arrivals ---- */

/* The next instant of a workload; 0 when there is none before the horizon. */
FLOE_FN int workload_next(struct events_state *s, int32_t w, int64_t *at_ns)
{
    const struct plan *plan = s->run.plan;
    struct workload_state *state = &s->workloads[w];
    if (!plan->workloads[w].is_replay) return traffic_next(&state->arrivals, plan_rates(plan, w), at_ns);
    if (state->trace_row == plan->workloads[w].end_row) return 0;
    *at_ns = s->run.traces->items[s->run.scenario->workloads[w].demand.trace.index].at_ns[state->trace_row];
    return 1;
}

FLOE_FN void workload_schedule(struct events_state *s, int32_t w)
{
    int64_t at_ns = 0;
    if (workload_next(s, w, &at_ns)) floe_queue_schedule(&s->queue, at_ns, EVENT_ARRIVAL, (uint64_t)w, 0);
}

FLOE_FN void workload_begin(struct events_state *s, int32_t w)
{
    const struct plan_workload *p = &s->run.plan->workloads[w];
    struct workload_state *state = &s->workloads[w];
    struct floe_rng rng;
    rng.seed = s->run.seed;
    rng.replication = s->where.replication;
    state->arrivals = traffic_begin(rng, p->stream[STREAM_ARRIVALS]);
    state->input = token_stream_at(rng, p->stream[STREAM_INPUT], &p->input);
    state->output = token_stream_at(rng, p->stream[STREAM_OUTPUT], &p->output);
    state->row = floe_block_stream_at(rng, p->stream[STREAM_ROW], FLOE_BLOCK_UNIFORM, 1.0, 0);
    state->arrivals.arrivals.path = state->input.path = state->output.path = state->row.path = FLOE_ENGINE_BLOCKS;
    state->tasks = 0;
    state->trace_row = p->first_row;
    state->bin = 0;
    state->id = p->stream[STREAM_ARRIVALS];
    /* Half a token: a share is rounded to the nearest, not down. */
    for (int slot = 0; slot < PRICE_SLOTS_MOST; slot++)
        for (int i = 0; i < 3; i++)
            state->cache_rest[slot][i] = (uint64_t)1 << 31;
    workload_schedule(s, w);
}

/* ---- tokens and their price slot ---- */

struct call_tokens {
    uint32_t input, output;
};

FLOE_FN struct call_tokens tokens_of_row(const struct trace *trace, int64_t row)
{
    struct call_tokens t;
    t.input = trace->input_tok[row];
    t.output = trace->output_tok[row];
    return t;
}

/* Call i of a workload takes draw i of its streams: the sequence of calls is the index. */
FLOE_FN struct call_tokens tokens_draw(struct events_state *s, int32_t w)
{
    const struct plan_workload *p = &s->run.plan->workloads[w];
    struct workload_state *state = &s->workloads[w];
    struct call_tokens t;
    if (p->tokens_from_row)
        return tokens_of_row(&s->run.traces->items[s->run.scenario->workloads[w].demand.trace.index], state->trace_row);
    if (p->tokens_trace >= 0) {
        const struct trace *trace = &s->run.traces->items[p->tokens_trace];
        const double uniform = floe_block_stream_next(&state->row);
        return tokens_of_row(trace, (int64_t)floe_draw_index(uniform, (uint64_t)trace->n));
    }
    t.input = token_stream_next(&state->input, &p->input);
    t.output = token_stream_next(&state->output, &p->output);
    return t;
}

/* A share of the input as whole tokens, the fraction carried to the next call. */
FLOE_FN uint32_t tokens_take_share(uint64_t *rest, uint64_t share, uint32_t input)
{
    *rest += share * input;
    const uint64_t whole = *rest >> 32;
    *rest &= 0xffffffffu;
    return (uint32_t)whole;
}

FLOE_FN int32_t slot_of_call(const struct events_state *s, int32_t w, uint32_t input)
{
    const struct model_prices *model = &s->run.scenario->prices.models[s->run.plan->pairs[s->run.route][w].model];
    const int32_t row = price_row_at(model, s->run.plan->start_at_s + s->where.now_ns / NS_PER_S);
    return row * PRICE_SLOTS_PER_ROW + price_band_at(&model->rows[row], input);
}

FLOE_FN void count_tokens(struct events_state *s, int32_t w, int32_t bin, struct call_tokens t)
{
    const struct plan_workload *p = &s->run.plan->workloads[w];
    const int32_t slot = slot_of_call(s, w, t.input);
    double *tokens = counts_tokens(&s->counts, w, bin, slot);
    uint32_t uncached = t.input;
    for (int i = 0; i < 3; i++) {
        uint64_t *rest = &s->workloads[w].cache_rest[slot][i];
        uint32_t cached = tokens_take_share(rest, p->cache_share[i], t.input);
        if (cached > uncached) { /* what does not fit waits for the next call: nothing is lost between the classes */
            *rest += (uint64_t)(cached - uncached) << 32;
            cached = uncached;
        }
        tokens[TOKEN_CACHE_READ + i] += cached;
        uncached -= cached;
    }
    tokens[TOKEN_INPUT_UNCACHED] += uncached;
    tokens[TOKEN_OUTPUT] += t.output;
}

/* ---- handlers ---- */

FLOE_FN void call_start(struct events_state *s, int32_t w, int32_t bin, uint32_t task)
{
    double *n = counts_of(&s->counts, w, bin);
    n[METRIC_CALLS] += 1;
    n[METRIC_UPSTREAM] += 1;
    n[METRIC_ATTEMPTS] += 1;
    n[METRIC_BILLED] += 1;
    const struct call_tokens tokens = tokens_draw(s, w);
    s->now.input_tok += tokens.input;
    s->now.output_tok += tokens.output;
    count_tokens(s, w, bin, tokens);
    floe_queue_schedule(&s->queue, floe_ns_after(&s->where, s->run.plan->call_ns[s->run.route]), EVENT_CALL_DONE, task,
                        0);
}

FLOE_FN void on_arrival(struct events_state *s, int32_t w)
{
    const struct plan *plan = s->run.plan;
    const int64_t *edges = plan_edges(plan);
    struct workload_state *state = &s->workloads[w];
    const uint32_t slot = task_take(s);
    if (slot == TASK_NONE) return;
    while (edges[state->bin + 1] <= s->where.now_ns)
        state->bin++;
    s->now.workload = s->tasks[slot].workload = (uint32_t)w;
    s->now.task = s->tasks[slot].number = state->tasks++;
    s->tasks[slot].bin = state->bin;
    s->tasks[slot].calls_left = (uint32_t)plan->workloads[w].calls_per_task;
    counts_of(&s->counts, w, state->bin)[METRIC_TASKS] += 1;
    for (int64_t i = 0; i < plan->workloads[w].calls_per_task; i++)
        call_start(s, w, state->bin, slot);
    state->trace_row++;
    workload_schedule(s, w);
}

FLOE_FN void on_call_done(struct events_state *s, uint32_t slot)
{
    struct task *task = &s->tasks[slot];
    double *n = counts_of(&s->counts, (int32_t)task->workload, task->bin);
    n[METRIC_INVOCATIONS] += 1;
    s->now.workload = task->workload;
    s->now.task = task->number;
    if (--task->calls_left > 0) return;
    n[METRIC_ACCEPTED] += 1; /* no gate is declared: every call was answered */
    task_release(s, slot);
}

/* ---- one replication ---- */

FLOE_FN void events_begin(struct events_state *s, const struct route_run *run, uint32_t replication,
                          const struct counts *counts, const struct events_memory *memory)
{
    s->run = *run;
    s->where.now_ns = 0;
    s->where.seed = run->seed;
    s->where.replication = replication;
    s->counts = *counts;
    s->tasks = memory->tasks;
    s->tasks_capacity = memory->tasks_capacity;
    s->fresh_task = 0;
    s->free_task = TASK_NONE;
    s->tasks_needed = 0;
    s->now.number = 0;
    s->fingerprint = floe_fingerprint_begin();
    floe_queue_init(&s->queue, memory->queue_arena, memory->queue_capacity, &s->where);
    for (int32_t w = 0; w < run->plan->n_workloads; w++)
        workload_begin(s, w);
}

/* The record of the event at hand into the fingerprint. */
FLOE_FN void events_note(struct events_state *s)
{
    const uint64_t tokens = s->now.input_tok ^ s->now.output_tok << 32;
    struct floe_event event;
    event.at_ns = s->now.at_ns;
    event.kind = s->now.kind;
    event.a = s->now.task ^ (uint64_t)s->workloads[s->now.workload].id << 26 ^ tokens * 0xff51afd7ed558ccdu;
    floe_fingerprint_add(&s->fingerprint, &event);
    s->now.number++;
}

/* The next event. 0: there is none before the horizon, or a capacity is exceeded (events_status). */
FLOE_FN int events_step(struct events_state *s)
{
    struct floe_event event;
    if (!floe_queue_pop(&s->queue, &event) || event.at_ns >= s->run.plan->horizon_ns) return 0;
    s->now.at_ns = event.at_ns;
    s->now.kind = event.kind;
    s->now.input_tok = s->now.output_tok = 0;
    switch (event.kind) {
    case EVENT_ARRIVAL: on_arrival(s, (int32_t)event.a); break;
    default: on_call_done(s, (uint32_t)event.a); break;
    }
    if (s->tasks_needed > 0) return 0;
    events_note(s);
    return 1;
}

FLOE_FN enum floe_status events_status(const struct events_state *s, struct replication_end *end)
{
    end->needed = s->tasks_needed > 0 ? s->tasks_needed : s->queue.needed;
    end->events = s->now.number;
    end->fingerprint = floe_fingerprint_end(s->fingerprint);
    return s->tasks_needed > 0 || floe_queue_status(&s->queue) != FLOE_OK ? FLOE_FULL : FLOE_OK;
}

/* What has not ended by the horizon is in flight; then the books must balance in every bin. */
FLOE_FN void events_close(struct events_state *s)
{
    for (int32_t w = 0; w < s->run.plan->n_workloads; w++)
        for (int32_t bin = 0; bin < s->run.plan->n_bins; bin++) {
            double *n = counts_of(&s->counts, w, bin);
            n[METRIC_TASKS_IN_FLIGHT] = n[METRIC_TASKS] - n[METRIC_ACCEPTED] - n[METRIC_FAILED];
            n[METRIC_IN_FLIGHT] = n[METRIC_ATTEMPTS] - n[METRIC_INVOCATIONS];
            floe_assert(counts_are_conserved(n), &s->where, "tasks, calls or attempts are not conserved");
        }
}

/* Fills `counts`, which the caller has set to 0. */
FLOE_FN enum floe_status events_replicate(const struct route_run *run, uint32_t replication,
                                          const struct counts *counts, const struct events_memory *memory,
                                          struct replication_end *end)
{
    struct events_state *s = memory->state;
    events_begin(s, run, replication, counts, memory);
    while (events_step(s)) {}
    const enum floe_status status = events_status(s, end);
    if (status == FLOE_OK) events_close(s);
    return status;
}

/* The next `most` events of a replication that events_begin began; *n < most: it is over. */
FLOE_FN enum floe_status events_trace(struct events_state *s, struct event_record *records, uint32_t most, uint32_t *n,
                                      struct replication_end *end)
{
    for (*n = 0; *n < most && events_step(s); (*n)++) {
        records[*n] = s->now;
        records[*n].fingerprint = floe_fingerprint_end(s->fingerprint);
    }
    return events_status(s, end);
}

#endif

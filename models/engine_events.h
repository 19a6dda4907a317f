/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events engine: one replication of one route, request by request.
 *
 * An event is a kind and two words; dispatch is a switch. The kinds stand in the order in which they happen at one
 * instant: an answer arrives before a new task does.
 *
 *   CALL_DONE      a: call slot  an attempt ends; its answer fills the cache; the last one completes its task
 *   COST_RECORDED  a: call slot  the gateway books what a call cost
 *   CALL_START     a: task slot  the next call of a task whose calls are spread over time; b: a step of its graph, from
 *                                1, of which a round begins
 *   ARRIVAL        a: workload   a task begins and makes its calls; the next arrival is scheduled
 *   RETRY          a: call slot  the wait before the next attempt of a call is over
 *   ASK            a: workload and number  a user asks again, or a worker starts its next task (models/engine_react.h)
 *   LEAVE          a: task slot  a user gives a task up that has not ended
 *   HEDGE          a: call slot  an attempt has taken so long that a second one is sent beside it
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

#include "models/engine_calls.h"
#include "models/engine_hedge.h"

/* ---- arrivals ---- */

/* The next instant of a workload; 0 when there is none before the horizon. */
FLOE_FN int workload_next(struct events_state *s, int32_t w, int64_t *at_ns)
{
    const struct plan *plan = s->run.plan;
    struct workload_state *state = &s->workloads[w];
    if (plan->workloads[w].is_job) return plan_job_next(plan, w, &state->job, at_ns);
    if (!plan->workloads[w].is_replay) return traffic_next(&state->arrivals, plan_rates(plan, w), at_ns);
    if (state->trace_row == plan->workloads[w].end_row) return 0;
    *at_ns = workload_trace(s, w)->at_ns[state->trace_row];
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
    const struct floe_rng rng = events_rng(s);
    workload_set_laws(s, w, 0, 0);
    state->arrivals = traffic_begin(rng, p->stream[STREAM_ARRIVALS]);
    state->arrivals.arrivals.path = FLOE_ENGINE_BLOCKS;
    state->job.phase = 0;
    state->job.occurrence = state->job.k = 0;
    state->tasks = state->calls = 0;
    state->trace_row = p->first_row;
    state->storage_rest = 0;
    state->switched_ns = -1;
    state->first_use_ns = 0;
    state->id = p->stream[STREAM_ARRIVALS];
    /* Half a token: a share is rounded to the nearest, not down. */
    for (int slot = 0; slot < PRICE_SLOTS_MOST; slot++)
        for (int i = 0; i < 3; i++)
            state->cache_rest[slot][i] = (uint64_t)1 << 31;
    if (p->home == w) { /* further steps of a graph have no tasks of their own */
        workload_schedule(s, w);
        workers_begin(s, w);
    }
}

/* ---- handlers ---- */

FLOE_FN void note_task(struct events_state *s, const struct task *task)
{
    s->now.workload = task->workload;
    s->now.task = task->number;
}

/* A round of a step: all its calls, side by side. They are counted before the first begins: it may end at once. */
FLOE_FN void task_round(struct events_state *s, uint32_t slot, int32_t step)
{
    struct task *task = &s->tasks[slot];
    const struct task_terms *terms = task_graph_of(s, task);
    const int32_t load = plan_load_of_step(s->run.plan, (int32_t)task->workload, step);
    const uint32_t stream = s->run.plan->workloads[load].stream[STREAM_ROUNDS];
    if (s->graphs[slot].steps[step].rounds == 0)
        task_step_begin(
            &s->graphs[slot], step,
            task_rounds_draw(&terms->steps[step].rounds, floe_rng_uniform(events_rng(s), stream, task->number)));
    const int32_t calls = task_round_begin(terms, &s->graphs[slot], step), round = s->graphs[slot].steps[step].round;
    task->calls_left += (uint32_t)calls;
    for (int32_t i = 0; i < calls && s->slots_needed == 0; i++)
        call_start(s, slot, load, round);
}

/* A round that was due. It begins though another step may have failed at this very instant: they were sent together. */
FLOE_FN void on_round_start(struct events_state *s, uint32_t slot, int32_t step)
{
    struct task *task = &s->tasks[slot];
    note_task(s, task);
    task_round(s, slot, step);
    task->calls_left--;
    task_settle(s, slot, 1);
}

/* The steps that wait for nobody begin with the task. */
FLOE_FN void task_graph_begin(struct events_state *s, uint32_t slot)
{
    struct task *task = &s->tasks[slot];
    const uint32_t begin = task_begin(task_graph_of(s, task), &s->graphs[slot]);
    task->calls_left = 1; /* until all of them have begun */
    for (int32_t j = 0; begin >> j != 0 && s->slots_needed == 0; j++)
        if ((begin >> j & 1) != 0) task_round(s, slot, j);
    const int was_over = s->graphs[slot].is_over && begin != 0; /* then it was counted when its last call ended */
    task->calls_left--;
    task_settle(s, slot, was_over);
}

/* Begins the calls of a task that are due; the next one that is not is scheduled. The task may end meanwhile. */
FLOE_FN void task_calls(struct events_state *s, uint32_t slot)
{
    struct task *task = &s->tasks[slot];
    const int32_t w = (int32_t)task->workload;
    const struct plan_load *load = plan_load_of(s->run.plan, task->phase, w);
    while (task->calls_begun < (uint64_t)load->calls_per_task && s->slots_needed == 0) {
        const int64_t offset_ns = s->run.plan->workloads[w].is_job
                                      ? job_call_offset_ns(&load->job, task->place, task->calls_begun)
                                      : traffic_call_offset_ns(load->over_ns, load->calls_per_task, task->calls_begun);
        if (task->first_ns + offset_ns > s->where.now_ns) {
            floe_queue_schedule(&s->queue, task->first_ns + offset_ns, EVENT_CALL_START, slot, 0);
            return;
        }
        task->calls_begun++;
        call_start(s, slot, w, 0);
    }
}

/* Whose prefix a task has: equally popular, one draw per task. */
FLOE_FN uint64_t task_prefix(const struct events_state *s, int32_t w, uint64_t number)
{
    const int64_t prefixes = plan_load_of(s->run.plan, s->phase, w)->prefix.prefixes;
    if (prefixes <= 1) return 0;
    return floe_draw_index(floe_rng_uniform(events_rng(s), s->run.plan->workloads[w].stream[STREAM_PREFIX], number),
                           (uint64_t)prefixes);
}

/* A task that is asked for the time `again`, from 0. */
FLOE_FN void task_arrives(struct events_state *s, int32_t w, uint32_t again)
{
    const struct plan *plan = s->run.plan;
    struct workload_state *state = &s->workloads[w];
    const uint32_t slot = task_take(s);
    if (slot == SLOT_NONE) return;
    struct task *task = &s->tasks[slot];
    task->workload = (uint32_t)w;
    task->number = state->tasks++;
    task->first_ns = s->where.now_ns;
    task->bin = s->bin;
    task->phase = plan->workloads[w].is_job ? state->job.phase : s->phase;
    task->place = plan->workloads[w].is_job ? (uint32_t)(state->job.k - 1) : 0;
    task->prefix = task_prefix(s, w, task->number);
    task->calls_begun = 0;
    task->calls_left = (uint32_t)plan_load_of(plan, task->phase, w)->calls_per_task;
    const struct plan_load *load = plan_load_of(plan, task->phase, w);
    task->calls_failed = 0;
    task->calls_may_fail = (uint32_t)(load->calls_per_task - load->calls_needed);
    note_task(s, task);
    counts_of(&s->counts, w, s->bin)[METRIC_TASKS] += 1;
    task_is_asked(s, slot, again);
    if (task_has_graph(s, task))
        task_graph_begin(s, slot);
    else
        task_calls(s, slot);
}

FLOE_FN void on_arrival(struct events_state *s, int32_t w)
{
    task_arrives(s, w, 0);
    if (s->slots_needed > 0) return;
    s->workloads[w].trace_row++;
    workload_schedule(s, w);
}

FLOE_FN void on_ask(struct events_state *s, uint64_t a)
{
    task_arrives(s, (int32_t)(uint32_t)a, (uint32_t)(a >> 32));
}

FLOE_FN void on_call_start(struct events_state *s, uint32_t slot, uint64_t round_of)
{
    if (round_of > 0) {
        on_round_start(s, slot, (int32_t)round_of - 1);
        return;
    }
    note_task(s, &s->tasks[slot]);
    task_calls(s, slot);
}

FLOE_FN void on_cost_recorded(struct events_state *s, uint32_t slot)
{
    const struct call *call = &s->calls[slot];
    s->now.workload = (uint32_t)call->workload;
    s->now.task = EVENT_NO_TASK;
    call_record(s, call);
    call_release(s, slot);
}

/* ---- one replication ---- */

FLOE_FN void events_begin_outages(struct events_state *s)
{
    const struct plan *plan = s->run.plan;
    const struct plan_route *route = plan_route_of(plan, s->phase, s->run.route);
    for (int32_t i = 0; i < AVAILABLE_MOST; i++) {
        const struct availability_terms *terms = &route->available[i];
        s->outages[i] = outage_begin(&terms->own, events_rng(s), plan->outage_stream[s->run.route][i], 0, 1);
        s->common_outages[i] = outage_begin(&terms->common, events_rng(s), plan->group_stream[s->run.route][i], 0, 1);
    }
}

/* Tasks, calls and caches, all empty. */
FLOE_FN void events_use_memory(struct events_state *s, const struct events_memory *memory)
{
    const struct plan_cache *cache = &s->run.plan->cache;
    s->tasks = memory->tasks;
    s->graphs = memory->graphs;
    s->tasks_capacity = memory->tasks_capacity;
    s->calls = memory->calls;
    s->calls_capacity = memory->calls_capacity;
    s->fresh_task = s->fresh_call = 0;
    s->free_task = s->free_call = SLOT_NONE;
    s->prompt_entries = memory->prompt_entries;
    for (uint64_t i = 0; i < s->run.plan->prompt_entries[s->run.route]; i++)
        s->prompt_entries[i].gone_ns = s->prompt_entries[i].ready_ns = s->prompt_entries[i].paid_ns = 0;
    s->clients = memory->clients;
    for (int32_t i = 0; i < s->run.plan->n_workloads * s->run.plan->n_steps[s->run.route]; i++)
        retry_client_begin(plan_retries_of(s->run.plan, s->phase, s->run.route, i / s->run.plan->n_steps[s->run.route]),
                           &s->clients[i], 0);
    memset(s->quotas, 0, sizeof s->quotas);
    memset(s->breakers, 0, sizeof s->breakers);
    events_begin_outages(s);
    memset(s->keys, 0, sizeof s->keys);
    if (!cache->is_on) return;
    cache_events_init(&s->cache, &cache->rules[cache->first_phase], memory->cache_entries, memory->cache_nodes,
                      cache->places, cache->n_keys[s->run.route], cache->n_scopes);
    if (cache->is_on_in[s->phase]) s->cache.rules = cache->rules[s->phase];
}

FLOE_FN void events_begin(struct events_state *s, const struct route_run *run, uint32_t replication,
                          const struct counts *counts, const struct events_memory *memory)
{
    s->run = *run;
    s->where.now_ns = 0;
    s->where.seed = run->seed;
    s->where.replication = replication;
    s->counts = *counts;
    s->slots_needed = 0;
    s->bin = 0;
    s->phase = plan_phase_of_bin(run->plan)[0];
    events_use_memory(s, memory);
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

/* The bin and phase of now. */
FLOE_FN void events_find_bin(struct events_state *s)
{
    const int64_t *edges = plan_edges(s->run.plan);
    while (edges[s->bin + 1] <= s->where.now_ns)
        s->bin++;
    if (s->phase == plan_phase_of_bin(s->run.plan)[s->bin]) return;
    s->phase = plan_phase_of_bin(s->run.plan)[s->bin];
    if (s->run.plan->cache.is_on_in[s->phase]) s->cache.rules = s->run.plan->cache.rules[s->phase];
}

/* The next event. 0: there is none before the horizon, or a capacity is exceeded (events_status). */
FLOE_FN int events_step(struct events_state *s)
{
    struct floe_event event;
    if (!floe_queue_pop(&s->queue, &event) || event.at_ns >= s->run.plan->horizon_ns) return 0;
    s->now.at_ns = event.at_ns;
    s->now.kind = event.kind;
    s->now.input_tok = s->now.output_tok = 0;
    events_find_bin(s);
    switch (event.kind) {
    case EVENT_ARRIVAL: on_arrival(s, (int32_t)event.a); break;
    case EVENT_CALL_START: on_call_start(s, (uint32_t)event.a, event.b); break;
    case EVENT_COST_RECORDED: on_cost_recorded(s, (uint32_t)event.a); break;
    case EVENT_RETRY: on_retry(s, (uint32_t)event.a); break;
    case EVENT_ASK: on_ask(s, event.a); break;
    case EVENT_LEAVE: on_leave(s, (uint32_t)event.a); break;
    case EVENT_HEDGE: on_hedge(s, (uint32_t)event.a); break;
    default: on_call_done(s, (uint32_t)event.a); break;
    }
    if (s->slots_needed > 0) return 0;
    events_note(s);
    return 1;
}

FLOE_FN enum floe_status events_status(const struct events_state *s, struct replication_end *end)
{
    end->needed = s->slots_needed > 0 ? s->slots_needed : s->queue.needed;
    end->events = s->now.number;
    end->fingerprint = floe_fingerprint_end(s->fingerprint);
    return s->slots_needed > 0 || floe_queue_status(&s->queue) != FLOE_OK ? FLOE_FULL : FLOE_OK;
}

/* What the prompt cache still keeps at the horizon is paid for up to there. */
FLOE_FN void events_settle_storage(struct events_state *s, int32_t w)
{
    const struct plan *plan = s->run.plan;
    const int32_t n_steps = plan->n_steps[s->run.route];
    for (int32_t i = 0; i < plan->n_phases * n_steps; i++) {
        const int32_t phase = i / n_steps;
        const struct plan_step *step = plan_step_of(plan, phase, s->run.route, w, i % n_steps);
        if (step->model < 0 || !(step->terms.storage_usd_per_tok_s > 0)) continue;
        const int64_t n = prompt_cache_entries(&step->terms, &plan_load_of(plan, phase, w)->prefix);
        for (int64_t k = 0; k < n; k++) /* a second phase of the same model finds them settled */
            count_storage(s, w, phase, step,
                          prompt_cache_settle(&s->prompt_entries[step->entries + (uint64_t)k], plan->horizon_ns));
    }
}

/* What has not ended by the horizon is in flight; then the books must balance in every bin. */
FLOE_FN void events_close(struct events_state *s)
{
    s->bin = s->run.plan->n_bins - 1;
    for (int32_t w = 0; w < s->run.plan->n_workloads; w++) {
        events_settle_storage(s, w);
        floe_assert(intents_are_conserved(s, w), &s->where, "intents are not conserved");
    }
    for (int32_t w = 0; w < s->run.plan->n_workloads; w++)
        for (int32_t bin = 0; bin < s->run.plan->n_bins; bin++) {
            double *n = counts_of(&s->counts, w, bin);
            n[METRIC_TASKS_IN_FLIGHT] = n[METRIC_TASKS] - n[METRIC_ACCEPTED] - n[METRIC_FAILED];
            n[METRIC_IN_FLIGHT] = n[METRIC_ATTEMPTS] - n[METRIC_INVOCATIONS] - n[METRIC_THROTTLES] - n[METRIC_ERRORS] -
                                  n[METRIC_TIMEOUTS] - n[METRIC_CANCELLED];
            for (int32_t step = 0; step < s->run.plan->n_steps[s->run.route]; step++)
                floe_assert(counts_step_is_conserved(counts_step(&s->counts, w, bin, step)), &s->where,
                            "attempts of a step are not conserved");
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

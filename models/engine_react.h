/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Demand that reacts (models/demand_react.h) in the events engine: what the end of a task sets off.
 *   EVENT_ASK    a: workload | how often this was asked before << 32   a task begins that no arrival brought
 *   EVENT_LEAVE  a: task slot                                          a user's patience ends before the task does */
#ifndef FLOE_MODELS_ENGINE_REACT_H
#define FLOE_MODELS_ENGINE_REACT_H

#include "models/engine_state.h"

FLOE_FN double react_draw(const struct events_state *s, int32_t w, uint64_t index, enum react_sub sub)
{
    return react_uniform(events_rng(s), s->run.plan->workloads[w].stream[STREAM_REACT], index, sub);
}

FLOE_FN void ask_schedule(struct events_state *s, int32_t w, uint32_t again, int64_t wait_ns)
{
    floe_queue_schedule(&s->queue, floe_ns_after(&s->where, wait_ns), EVENT_ASK, (uint64_t)w | (uint64_t)again << 32,
                        0);
}

/* Its user has what was asked for, or will not get it from this task. */
FLOE_FN void user_reacts(struct events_state *s, const struct task *task, int is_failed)
{
    const int32_t w = (int32_t)task->workload;
    const struct react_terms *terms = &plan_load_of(s->run.plan, s->phase, w)->react;
    if (!react_is_on(terms)) return;
    if (terms->workers > 0) {
        ask_schedule(s, w, 0, react_time_ns(&terms->think, react_draw(s, w, task->number, REACT_SUB_WAIT)));
        return;
    }
    if (!is_failed) return;
    if (react_asks(terms, task->again, react_draw(s, w, task->number, REACT_SUB_ASKS)))
        ask_schedule(s, w, task->again + 1,
                     react_time_ns(&terms->wait, react_draw(s, w, task->number, REACT_SUB_WAIT)));
    else
        counts_of(&s->counts, w, task->bin)[METRIC_GIVEN_UP] += 1;
}

/* What the end of a task means to who asked for it. */
FLOE_FN void user_learns(struct events_state *s, const struct task *task, int is_failed)
{
    if (task->is_left) return; /* nobody waits for it any more */
    if (task->has_patience) (void)floe_queue_cancel(&s->queue, task->leaves);
    user_reacts(s, task, is_failed);
}

FLOE_FN void on_leave(struct events_state *s, uint32_t slot)
{
    struct task *task = &s->tasks[slot];
    s->now.workload = task->workload;
    s->now.task = task->number;
    task->is_left = 1;
    user_reacts(s, task, 1);
}

/* A task begins, as the repeat number `again` of what its user wants. */
FLOE_FN void task_is_asked(struct events_state *s, uint32_t slot, uint32_t again)
{
    struct task *task = &s->tasks[slot];
    const struct react_terms *terms = &plan_load_of(s->run.plan, s->phase, (int32_t)task->workload)->react;
    task->again = again;
    task->is_left = 0;
    task->has_patience = terms->patience_ns > 0;
    if (again > 0) counts_of(&s->counts, (int32_t)task->workload, s->bin)[METRIC_ASKED_AGAIN] += 1;
    if (task->has_patience)
        task->leaves = floe_queue_schedule(&s->queue, floe_ns_after(&s->where, terms->patience_ns), EVENT_LEAVE, slot,
                                           0);
}

/* No more intents have ended than there were: each is accepted or given up once, at most. */
FLOE_FN int intents_are_conserved(const struct events_state *s, int32_t w)
{
    double open = 0;
    for (int32_t bin = 0; bin < s->run.plan->n_bins; bin++) {
        const double *n = counts_of(&s->counts, w, bin);
        open += n[METRIC_TASKS] - n[METRIC_ASKED_AGAIN] - n[METRIC_ACCEPTED] - n[METRIC_GIVEN_UP];
    }
    return open >= 0;
}

/* All workers of a closed loop, who think as the run begins. */
FLOE_FN void workers_begin(struct events_state *s, int32_t w)
{
    const struct react_terms *terms = &plan_load_of(s->run.plan, s->phase, w)->react;
    for (int64_t i = 0; i < terms->workers; i++)
        ask_schedule(s, w, 0, react_first_ns(terms, react_draw(s, w, (uint64_t)i, REACT_SUB_FIRST)));
}

#endif

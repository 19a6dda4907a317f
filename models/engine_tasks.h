/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks of the events engine: what the end of a call means to its task, and the end of the task. A task without a graph
 * has ended when its last call has; one with a graph (models/task.h) as soon as its outcome is settled, while its slot is
 * kept until the last straggler has ended. Rounds begin by an event of their own at the same instant (EVENT_CALL_START
 * with the step in its second word), so that nothing calls itself however many answers come from a cache. */
#ifndef FLOE_MODELS_ENGINE_TASKS_H
#define FLOE_MODELS_ENGINE_TASKS_H

#include "models/engine_react.h"

FLOE_FN double whole_us(int64_t ns)
{
    return (double)(ns / (NS_PER_S / US_PER_S));
}

FLOE_FN const struct task_terms *task_graph_of(const struct events_state *s, const struct task *task)
{
    return plan_task_of(s->run.plan, task->phase, (int32_t)task->workload);
}

FLOE_FN int task_has_graph(const struct events_state *s, const struct task *task)
{
    return s->run.plan->n_task_steps[task->workload] > 0;
}

/* The one end of a task. No gate is declared: it is accepted if what it needs was answered, and not
 * wrongly, before its user gave it up. */
FLOE_FN void task_ended(struct events_state *s, const struct task *task, int has_failed, int is_partial)
{
    const int is_failed = has_failed || task->is_left;
    double *n = counts_of(&s->counts, (int32_t)task->workload, task->bin);
    const int64_t lasted_ns = s->where.now_ns - task->first_ns;
    n[is_failed ? METRIC_FAILED : METRIC_ACCEPTED] += 1;
    user_learns(s, task, is_failed);
    if (is_failed) return;
    n[METRIC_PARTIAL] += is_partial;
    n[METRIC_TASK_MEAN] += whole_us(lasted_ns);
    if (s->counts.task_latency == NULL) return;
    uint64_t windows = plan_windows_of_bin(s->run.plan)[task->bin];
    for (int32_t window = 0; windows != 0; window++, windows >>= 1)
        if (windows & 1)
            floe_histogram_add(&s->counts.task_latency[(int32_t)task->workload * s->counts.n_windows + window],
                               (double)lasted_ns / NS_PER_S, &s->where);
}

/* ---- graphs ---- */

/* These steps begin a round now. */
FLOE_FN void task_schedule_rounds(struct events_state *s, uint32_t slot, uint32_t steps)
{
    for (int32_t j = 0; steps != 0; j++, steps >>= 1) {
        if ((steps & 1) == 0) continue;
        s->tasks[slot].calls_left++;
        floe_queue_schedule(&s->queue, s->where.now_ns, EVENT_CALL_START, slot, (uint64_t)j + 1);
    }
}

/* A task that is over is counted once; its slot is free when nothing of it is under way. */
FLOE_FN void task_settle(struct events_state *s, uint32_t slot, int was_over)
{
    struct task *task = &s->tasks[slot];
    if (s->graphs[slot].is_over && !was_over)
        task_ended(s, task, s->graphs[slot].is_failed, task_is_partial(task_graph_of(s, task), &s->graphs[slot]));
    if (s->graphs[slot].is_over && task->calls_left == 0) task_release(s, slot);
}

FLOE_FN void task_graph_call_ended(struct events_state *s, uint32_t slot, int32_t load, int32_t round, int is_good)
{
    struct task *task = &s->tasks[slot];
    const int was_over = s->graphs[slot].is_over;
    const uint32_t begin = task_call_end(task_graph_of(s, task), &s->graphs[slot],
                                         s->run.plan->workloads[load].task_step, round, is_good);
    task->calls_left--;
    task_schedule_rounds(s, slot, begin);
    task_settle(s, slot, was_over);
}

/* ---- all tasks ---- */

/* A call of a task has ended; is_good: it was answered, and not wrongly. */
FLOE_FN void task_call_ended(struct events_state *s, uint32_t slot, int32_t load, int32_t round, int is_good)
{
    struct task *task = &s->tasks[slot];
    if (task_has_graph(s, task)) {
        task_graph_call_ended(s, slot, load, round, is_good);
        return;
    }
    task->calls_failed += !is_good;
    if (--task->calls_left > 0) return;
    task_ended(s, task, task->calls_failed > task->calls_may_fail, 0);
    task_release(s, slot);
}

#endif

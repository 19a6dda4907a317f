/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A call upstream, attempt by attempt:
 *   attempt_begin     one request over the wire; how it will end, and when, is known at its start (attempt_fate)
 *   on_call_done      it has ended: an answer ends the call, anything else goes to the next step of the chain that
 *                     takes such an end, and if there is none the call ends without an answer
 *   call_end          the answer, or its absence, reaches the cache, those who wait for it, the task and the key
 *
 * An attempt is counted in the bin in which it began, under the step of the chain that it belongs to. A call's tokens
 * are drawn once: every attempt asks the same, of whichever model. Draws of attempt k of call i are (i, sub k). */
#ifndef FLOE_MODELS_ENGINE_ATTEMPTS_H
#define FLOE_MODELS_ENGINE_ATTEMPTS_H

#include "models/engine_bill.h"

/* ---- the end of a call ---- */

FLOE_FN void task_call_ended(struct events_state *s, uint32_t slot)
{
    struct task *task = &s->tasks[slot];
    if (--task->calls_left > 0) return;
    /* no gate is declared: a task is accepted if every call was answered, and none wrongly */
    counts_of(&s->counts, (int32_t)task->workload, task->bin)[task->is_failed ? METRIC_FAILED : METRIC_ACCEPTED] += 1;
    task_release(s, slot);
}

FLOE_FN void call_record(struct events_state *s, const struct call *call)
{
    const struct key_terms *terms = plan_key_of(s->run.plan, s->phase, call->key);
    floe_assert(budget_settle(terms, &s->keys[call->key], &call->ticket, s->where.now_ns, call->cost_pusd), &s->where,
                "a call cost more than was reserved for it");
}

/* The call in `slot` is over. is_answered: it has an answer. */
FLOE_FN void call_end(struct events_state *s, uint32_t slot, int is_answered)
{
    struct call *call = &s->calls[slot];
    if (call->task != SLOT_NONE) {
        s->tasks[call->task].is_failed |= !is_answered;
        task_call_ended(s, call->task);
    }
    const int64_t lag_ns = call->key < 0 ? 0 : plan_key_of(s->run.plan, s->phase, call->key)->record_lag_ns;
    if (lag_ns > 0) {
        floe_queue_schedule(&s->queue, floe_ns_after(&s->where, lag_ns), EVENT_COST_RECORDED, slot, 0);
        return;
    }
    if (call->key >= 0) call_record(s, call);
    call_release(s, slot);
}

/* ---- attempts ---- */

FLOE_FN struct call *call_open(struct events_state *s, const struct call_at *at, int32_t kind)
{
    const uint32_t slot = call_take(s);
    if (slot == SLOT_NONE) return NULL;
    struct call *call = &s->calls[slot];
    call->slot = slot;
    call->task = kind == CALL_REFRESH ? SLOT_NONE : at->task;
    call->kind = kind;
    call->workload = at->workload;
    call->number = at->number;
    call->prefix = at->task == SLOT_NONE ? 0 : s->tasks[at->task].prefix;
    call->step = 0;
    call->attempts = 0;
    call->fills = 0;
    call->generation = 0;
    call->key = -1;
    call->cost_pusd = 0;
    return call;
}

/* As it is now: a change may have come since the call began. */
FLOE_FN struct call_at call_at_now(const struct events_state *s, const struct call *call)
{
    struct call_at at;
    at.task = call->task;
    at.workload = call->workload;
    at.number = call->number;
    at.prompt_u = 0;
    at.load = plan_load_of(s->run.plan, s->phase, call->workload);
    at.caches = plan_cache_of(s->run.plan, s->phase, s->run.route, call->workload);
    at.step = plan_step_of(s->run.plan, s->phase, s->run.route, call->workload, call->step);
    return at;
}

FLOE_FN double *call_step_counts(const struct events_state *s, const struct call *call, int32_t bin)
{
    return counts_step(&s->counts, call->workload, bin, call->step);
}

/* A uniform of the attempt at hand. */
FLOE_FN double attempt_uniform(const struct events_state *s, const struct call *call, enum stream_purpose purpose)
{
    return floe_uniform_from_word(floe_rng_word_sub(
        events_rng(s), s->run.plan->workloads[call->workload].stream[purpose], call->number, call->attempts - 1));
}

/* How an attempt will end. */
struct attempt_fate {
    enum attempt_end end;
    int32_t is_billed;
    enum prompt_use use;
    int64_t lasts_ns;
};

/* What it meets, in this order: errors of the provider, then its prompt cache. */
FLOE_FN struct attempt_fate attempt_fate_of(struct events_state *s, const struct call *call, const struct call_at *at)
{
    struct attempt_fate fate;
    fate.end = ATTEMPT_FAILED;
    fate.is_billed = 0;
    fate.use = PROMPT_PLAIN;
    fate.lasts_ns = s->run.plan->call_ns[s->phase][s->run.route];
    if (at->step->error_share > 0 &&
        floe_draw_bernoulli(attempt_uniform(s, call, STREAM_ERRORS), at->step->error_share))
        return fate;
    fate.use = prefix_use(s, at, call->prefix);
    fate.end = fate.use == PROMPT_REFUSED ? ATTEMPT_REFUSED : ATTEMPT_OK;
    fate.is_billed = fate.end == ATTEMPT_OK;
    return fate;
}

/* What it is billed for is known at once. */
FLOE_FN void attempt_bill(struct events_state *s, struct call *call, const struct call_at *at, enum prompt_use use)
{
    const struct prompt_terms *terms = &at->step->terms;
    struct call_tokens tokens;
    tokens.input = call->input_tok;
    tokens.output = call->output_tok;
    const struct call_bill bill = bill_call(s, at, tokens, prompt_cache_class(terms, use));
    double *counted = counts_tokens(&s->counts, call->workload, s->bin, bill.slot);
    counts_of(&s->counts, call->workload, s->bin)[METRIC_BILLED] += 1;
    call_step_counts(s, call, s->bin)[STEP_BILLED] += 1;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        counted[c] += bill.tok[c];
    counted[USAGE_REQUEST] += 1;
    if (call->key >= 0) call->cost_pusd += budget_pico(bill_usd(&bill, terms));
    s->now.input_tok += tokens.input;
    s->now.output_tok += tokens.output;
}

/* The next attempt of a call at its step. */
FLOE_FN void attempt_begin(struct events_state *s, struct call *call)
{
    const struct call_at at = call_at_now(s, call);
    call->attempts++;
    call->attempt_bin = s->bin;
    counts_of(&s->counts, call->workload, s->bin)[METRIC_ATTEMPTS] += 1;
    call_step_counts(s, call, s->bin)[STEP_ATTEMPTS] += 1;
    const struct attempt_fate fate = attempt_fate_of(s, call, &at);
    if (fate.is_billed) attempt_bill(s, call, &at, fate.use);
    call->end = fate.end;
    const int64_t until_ns = floe_ns_after(&s->where, fate.lasts_ns);
    if (call->fills > 0) {
        if (call->attempts == 1)
            cache_fill_begin(&s->cache, call->fills - 1, call->generation, until_ns);
        else
            cache_fill_extend(&s->cache, call->fills - 1, call->generation, until_ns);
    }
    floe_queue_schedule(&s->queue, until_ns, EVENT_CALL_DONE, call->slot, 0);
}

/* The step that takes an end of this kind, behind the present one; -1: none. */
FLOE_FN int32_t chain_next(const struct events_state *s, const struct call *call)
{
    const struct plan *plan = s->run.plan;
    for (int32_t step = call->step + 1; step < plan->n_steps[s->run.route]; step++) {
        const struct plan_step *next = plan_step_of(plan, s->phase, s->run.route, call->workload, step);
        if (next->model >= 0 && (next->when & ATTEMPT_BIT(call->end)) != 0) return step;
    }
    return -1;
}

FLOE_FN void step_begin(struct events_state *s, struct call *call, int32_t step)
{
    call->step = step;
    call_step_counts(s, call, s->bin)[STEP_CALLS] += 1;
    attempt_begin(s, call);
}

FLOE_FN void attempt_count_end(struct events_state *s, const struct call *call)
{
    double *n = counts_of(&s->counts, call->workload, call->attempt_bin);
    double *k = call_step_counts(s, call, call->attempt_bin);
    switch (call->end) {
    case ATTEMPT_OK: n[METRIC_INVOCATIONS] += 1, k[STEP_INVOCATIONS] += 1; break;
    case ATTEMPT_THROTTLED: n[METRIC_THROTTLES] += 1, k[STEP_THROTTLES] += 1; break;
    case ATTEMPT_TIMED_OUT: n[METRIC_TIMEOUTS] += 1, k[STEP_TIMEOUTS] += 1; break;
    default: n[METRIC_ERRORS] += 1, k[STEP_ERRORS] += 1; break;
    }
}

/* An answer to somebody else's call was waited for. It may be late, or never come. */
FLOE_FN void on_wait_over(struct events_state *s, uint32_t slot)
{
    struct call *call = &s->calls[slot];
    int64_t until_ns;
    switch (cache_fill_look(&s->cache, call->fills - 1, call->generation, s->where.now_ns, &until_ns)) {
    case CACHE_FILL_LATE: floe_queue_schedule(&s->queue, until_ns, EVENT_CALL_DONE, slot, 0); break;
    case CACHE_FILL_FAILED: call_end(s, slot, 0); break;
    default: call_end(s, slot, 1); break;
    }
}

FLOE_FN void on_call_done(struct events_state *s, uint32_t slot)
{
    struct call *call = &s->calls[slot];
    s->now.workload = (uint32_t)call->workload;
    s->now.task = call->task == SLOT_NONE ? EVENT_NO_TASK : s->tasks[call->task].number;
    if (call->kind == CALL_WAITS) {
        on_wait_over(s, slot);
        return;
    }
    attempt_count_end(s, call);
    if (call->end == ATTEMPT_OK) {
        if (call->fills > 0) cache_fill_end(&s->cache, call->fills - 1, call->generation, s->where.now_ns);
        call_end(s, slot, 1);
        return;
    }
    const int32_t next = chain_next(s, call);
    if (next >= 0) {
        step_begin(s, call, next);
        return;
    }
    if (call->fills > 0) cache_fill_fail(&s->cache, call->fills - 1, call->generation);
    call_end(s, slot, 0);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The second attempt of a call (models/hedge.h) in the events engine. It goes to the same step of the chain, meets quota,
 * errors and prompt cache as any attempt does, and takes the draws of the call's next attempt.
 *
 * How and when an attempt ends is known at its start, so at the instant of the hedge the fate of both is known: the call
 * waits for the one that decides (hedge_decides), its event is moved there, and the other is put aside, into a slot of its
 * own, with an event of its own. Cancelled, the other ends at the winner's answer as `cancelled`, and what it was billed is
 * taken back where it was booked; otherwise it runs on and ends as what it is, after its call if need be. No event is ever
 * stale: an attempt that will be over by the delay schedules no hedge.
 *
 * The retry layers see the two as one attempt, of the end that decided: their buckets, limits and cooldowns do not count
 * the second. Of an answered call the delay before the winner belongs to the wait for retries.
 *
 * Limits: others who wait for the same answer of the response cache look again when the first attempt would have ended,
 * also when its hedge is faster. A hung-up attempt's output does not count against a quota. */
#ifndef FLOE_MODELS_ENGINE_HEDGE_H
#define FLOE_MODELS_ENGINE_HEDGE_H

#include "models/engine_attempts.h"

/* What of a call belongs to the attempt under way. */
FLOE_FN void attempt_copy(struct call *to, const struct call *from)
{
    to->end = from->end;
    to->attempt_bin = from->attempt_bin;
    to->attempt_ns = from->attempt_ns;
    to->asked_ns = from->asked_ns;
    to->times = from->times;
    to->until_ns = from->until_ns;
    to->is_billed = from->is_billed;
    to->bill_slot = from->bill_slot;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        to->bill_tok[c] = from->bill_tok[c];
    to->bill_pusd = from->bill_pusd;
    to->quota = from->quota;
    to->held = from->held;
    to->quota_tok = from->quota_tok;
}

FLOE_FN void attempt_swap(struct call *a, struct call *b)
{
    struct call kept;
    attempt_copy(&kept, a);
    attempt_copy(a, b);
    attempt_copy(b, &kept);
}

/* What was booked at an attempt's start is taken back there. */
FLOE_FN void attempt_unbill(struct events_state *s, struct call *call)
{
    double *counted = counts_tokens(&s->counts, call->workload, call->attempt_bin, call->bill_slot);
    counts_of(&s->counts, call->workload, call->attempt_bin)[METRIC_BILLED] -= 1;
    call_step_counts(s, call, call->attempt_bin)[STEP_BILLED] -= 1;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        counted[c] -= call->bill_tok[c];
    counted[USAGE_REQUEST] -= 1;
    call->cost_pusd -= call->bill_pusd;
    call->is_billed = 0;
}

/* A slot beside the call, with the second attempt in it; NULL: there is none left. */
FLOE_FN struct call *hedge_open(struct events_state *s, struct call *call, const struct call_at *at)
{
    const uint32_t slot = call_take(s);
    if (slot == SLOT_NONE) return NULL;
    struct call *aside = &s->calls[slot];
    *aside = *call;
    aside->slot = slot;
    aside->task = SLOT_NONE;
    aside->kind = CALL_ASIDE;
    aside->fills = 0;
    aside->has_promised = 0;
    aside->cost_pusd = 0;
    const struct attempt_fate fate = attempt_open(s, aside, at);
    if (fate.is_billed) attempt_bill(s, aside, at, fate.use);
    call->attempts = aside->attempts;
    return aside;
}

FLOE_FN void on_hedge(struct events_state *s, uint32_t slot)
{
    struct call *call = &s->calls[slot];
    const struct plan_hedge *hedge = plan_hedge_of(s->run.plan, s->phase, s->run.route, call->workload);
    const struct call_at at = call_at_now(s, call);
    s->now.workload = (uint32_t)call->workload;
    s->now.task = call->task == SLOT_NONE ? EVENT_NO_TASK : s->tasks[call->task].number;
    if (hedge == NULL || at.step->model < 0) return; /* a change has come meanwhile */
    struct call *aside = hedge_open(s, call, &at);
    if (aside == NULL) return;
    if (hedge_decides(call->end, call->until_ns, aside->end, aside->until_ns)) {
        attempt_swap(call, aside);
        (void)floe_queue_reschedule(&s->queue, call->done, call->until_ns);
        call_promises(s, call, call->until_ns);
    }
    if (hedge_cancels(&hedge->terms, call->end, call->until_ns, aside->end, aside->until_ns)) {
        if (aside->is_billed) attempt_unbill(s, aside);
        aside->end = ATTEMPT_ENDS;
        aside->until_ns = call->until_ns;
    }
    call->cost_pusd += aside->cost_pusd;
    aside->key = -1;
    floe_queue_schedule(&s->queue, aside->until_ns, EVENT_CALL_DONE, aside->slot, 0);
}

#endif

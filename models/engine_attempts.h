/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A call upstream, attempt by attempt:
 *   attempt_begin     one request over the wire; how it will end, and when, is known at its start (attempt_fate)
 *   on_call_done      it has ended: an answer ends the call, anything else goes to the next step of the chain that
 *                     takes such an end, and if there is none the call ends without an answer
 *   call_end          the answer, or its absence, reaches the cache, those who wait for it, the task and the key
 * An attempt that takes long may be given a second one (models/engine_hedge.h); the layers see the two as one.
 *
 * An attempt is counted in the bin in which it began, under the step of the chain that it belongs to. A call's tokens
 * are drawn once: every attempt asks the same, of whichever model. Draws of attempt k of call i are (i, sub k). */
#ifndef FLOE_MODELS_ENGINE_ATTEMPTS_H
#define FLOE_MODELS_ENGINE_ATTEMPTS_H

#include "models/engine_bill.h"
#include "models/engine_tasks.h"

/* ---- the end of a call ---- */

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
    if (call->task != SLOT_NONE)
        task_call_ended(s, call->task, call->workload, call->round, is_answered && !call->is_wrong);
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
    call->round = at->round;
    call->is_wrong = 0;
    call->number = at->number;
    call->prefix = at->task == SLOT_NONE ? 0 : s->tasks[at->task].prefix;
    call->step = 0;
    call->attempts = 0;
    call->bin = s->bin;
    call->began_ns = s->where.now_ns;
    call->is_sent = 0;
    call->breaker = BREAKER_KEPT;
    call->quota = -1;
    call->fills = 0;
    call->has_promised = 0;
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
    at.round = call->round;
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

/* A uniform of the call's attempt number `sub`, from 0. */
FLOE_FN double attempt_uniform_of(const struct events_state *s, const struct call *call, enum stream_purpose purpose,
                                  uint32_t sub)
{
    const uint32_t stream = s->run.plan->workloads[call->workload].stream[purpose];
    return floe_uniform_from_word(floe_rng_word_sub(events_rng(s), stream, call->number, sub));
}

/* Of the attempt at hand. */
FLOE_FN double attempt_uniform(const struct events_state *s, const struct call *call, enum stream_purpose purpose)
{
    return attempt_uniform_of(s, call, purpose, call->attempts - 1);
}

FLOE_FN const struct plan_route *call_route(const struct events_state *s)
{
    return plan_route_of(s->run.plan, s->phase, s->run.route);
}

FLOE_FN const struct retry_terms *call_retries(const struct events_state *s, const struct call *call)
{
    return plan_retries_of(s->run.plan, s->phase, s->run.route, call->workload);
}

FLOE_FN struct retry_client *call_client(struct events_state *s, const struct call *call)
{
    return &s->clients[call->workload * s->run.plan->n_steps[s->run.route] + call->step];
}

/* How an attempt will end. */
struct attempt_fate {
    enum attempt_end end;
    int32_t is_billed;
    enum prompt_use use;
    int64_t lasts_ns;
};

/* 1: the quota of the step's model lets it pass. */
FLOE_FN int attempt_is_admitted(struct events_state *s, struct call *call, const struct call_at *at)
{
    const struct plan_route *route = call_route(s);
    call->quota = at->step->quota;
    call->held.is_open = 0;
    call->asked_ns = RETRY_NO_WAIT_ASKED;
    if (call->quota < 0) return 1;
    const struct quota_terms *terms = &route->quotas[call->quota];
    call->quota_tok.input = call->input_tok + at->load->prefix.prefix_tok;
    call->quota_tok.cache_write = call->quota_tok.cache_read = 0;
    call->quota_tok.max_output = at->load->most_output_tok < TOKENS_LARGEST ? at->load->most_output_tok : QUOTA_UNSET;
    const struct quota_answer answer = quota_ask(terms, &s->quotas[call->quota], s->where.now_ns, &call->quota_tok,
                                                 &call->held);
    if (!answer.is_admitted && terms->tells_retry_after) call->asked_ns = answer.retry_after_ns;
    return answer.is_admitted;
}

/* What the provider makes of an attempt that its quota lets pass: of the route as a whole, and of the step's model. */
FLOE_FN enum attempt_end attempt_meets(struct events_state *s, const struct call *call, const struct call_at *at)
{
    const struct plan_route *route = call_route(s);
    double served = 1 - at->step->error_share;
    for (int i = 0; i < 2; i++) {
        const int32_t which = i == 0 ? 0 : 1 + call->step;
        const struct availability_terms *terms = &route->available[which];
        struct outage_state *common = terms->group < 0 ? NULL : &s->common_outages[terms->group];
        const uint32_t *own_streams = s->run.plan->outage_stream[s->run.route];
        const uint32_t common_stream = terms->group < 0 ? 0 : s->run.plan->group_stream[s->run.route][terms->group];
        if (availability_is_down(terms, &s->outages[which], common, events_rng(s), own_streams[which], common_stream,
                                 s->where.now_ns))
            return (enum attempt_end)terms->outage_end;
        served *= 1 - terms->error_share;
    }
    if (!(served < 1)) return ATTEMPT_OK;
    return floe_draw_bernoulli(attempt_uniform(s, call, STREAM_ERRORS), 1 - served) ? ATTEMPT_FAILED : ATTEMPT_OK;
}

/* An attempt that is not answered is over after this time. */
FLOE_FN int64_t attempt_short_ns(const struct events_state *s, const struct call *call, enum attempt_end end)
{
    const struct plan_route *route = call_route(s);
    if (!route->has_latency) return s->run.plan->call_ns[s->phase][s->run.route];
    if (end == ATTEMPT_TIMED_OUT && route->latency.timeout_ns < LATENCY_NEVER_NS) return route->latency.timeout_ns;
    return latency_short_ns(&route->latency, plan_gamma_tables(s->run.plan), events_rng(s),
                            s->run.plan->workloads[call->workload].stream[STREAM_LATENCY], call->number,
                            call->attempts - 1, end);
}

FLOE_FN void attempt_times(const struct events_state *s, struct call *call)
{
    const struct plan_route *route = call_route(s);
    memset(&call->times, 0, sizeof call->times);
    if (route->has_latency)
        call->times = latency_draw(&route->latency, plan_gamma_tables(s->run.plan), events_rng(s),
                                   s->run.plan->workloads[call->workload].stream[STREAM_LATENCY], call->number,
                                   call->attempts - 1, call->output_tok);
    else
        call->times.generation_ns = call->times.total_ns = s->run.plan->call_ns[s->phase][s->run.route];
}

/* What it meets, in this order: a quota, errors of the provider, its prompt cache, and the client's patience. */
FLOE_FN struct attempt_fate attempt_fate_of(struct events_state *s, struct call *call, const struct call_at *at)
{
    struct attempt_fate fate;
    fate.is_billed = 0;
    fate.use = PROMPT_PLAIN;
    fate.end = ATTEMPT_OK;
    if (!attempt_is_admitted(s, call, at))
        fate.end = ATTEMPT_THROTTLED;
    else if ((fate.end = attempt_meets(s, call, at)) == ATTEMPT_OK &&
             (fate.use = prefix_use(s, at, call->prefix)) == PROMPT_REFUSED)
        fate.end = ATTEMPT_REFUSED;
    if (fate.end != ATTEMPT_OK) {
        fate.lasts_ns = attempt_short_ns(s, call, fate.end);
        return fate;
    }
    attempt_times(s, call);
    fate.lasts_ns = call->times.total_ns;
    fate.is_billed = 1;
    if (!call_route(s)->has_latency) return fate;
    const struct latency_end end = latency_end(&call_route(s)->latency, fate.lasts_ns, ATTEMPT_OK);
    fate.end = (enum attempt_end)end.end;
    fate.is_billed = end.is_billed;
    fate.lasts_ns = end.client_ns;
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
    call->bill_pusd = call->key >= 0 ? budget_pico(bill_usd(&bill, terms)) : 0;
    call->cost_pusd += call->bill_pusd;
    call->bill_slot = bill.slot;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        call->bill_tok[c] = bill.tok[c];
    s->now.input_tok += tokens.input;
    s->now.output_tok += tokens.output;
}

/* One more attempt goes over the wire. Its bill is the caller's. */
FLOE_FN struct attempt_fate attempt_open(struct events_state *s, struct call *call, const struct call_at *at)
{
    call->attempts++;
    call->attempt_bin = s->bin;
    call->attempt_ns = s->where.now_ns;
    counts_of(&s->counts, call->workload, s->bin)[METRIC_ATTEMPTS] += 1;
    call_step_counts(s, call, s->bin)[STEP_ATTEMPTS] += 1;
    const struct attempt_fate fate = attempt_fate_of(s, call, at);
    call->end = fate.end;
    call->is_billed = fate.is_billed;
    call->until_ns = floe_ns_after(&s->where, fate.lasts_ns);
    return fate;
}

/* The second attempt of one that will not be over by then. */
FLOE_FN void hedge_schedule(struct events_state *s, const struct call *call)
{
    const struct plan_hedge *hedge = plan_hedge_of(s->run.plan, s->phase, s->run.route, call->workload);
    if (hedge == NULL) return;
    const int64_t at_ns = hedge_at_ns(&hedge->terms, s->where.now_ns);
    if (at_ns < call->until_ns) floe_queue_schedule(&s->queue, at_ns, EVENT_HEDGE, call->slot, 0);
}

/* Those who wait for the answer look again at this instant. A call promises an answer once, when it is first sent or held
 * back; then it only puts it off. */
FLOE_FN void call_promises(struct events_state *s, struct call *call, int64_t until_ns)
{
    if (call->fills == 0) return;
    if (call->has_promised)
        cache_fill_extend(&s->cache, call->fills - 1, call->generation, until_ns);
    else
        cache_fill_begin(&s->cache, call->fills - 1, call->generation, until_ns);
    call->has_promised = 1;
}

/* The next attempt of a call at its step. */
FLOE_FN void attempt_begin(struct events_state *s, struct call *call)
{
    const struct call_at at = call_at_now(s, call);
    call->is_sent = 0;
    const struct attempt_fate fate = attempt_open(s, call, &at);
    if (fate.is_billed) attempt_bill(s, call, &at, fate.use);
    call_promises(s, call, call->until_ns);
    call->done = floe_queue_schedule(&s->queue, call->until_ns, EVENT_CALL_DONE, call->slot, 0);
    hedge_schedule(s, call);
}

/* The next attempt begins at `at_ns`. Those who wait for the answer look again just after that. */
FLOE_FN void attempt_schedule(struct events_state *s, struct call *call, int64_t wait_ns)
{
    const int64_t at_ns = floe_ns_after(&s->where, wait_ns);
    call_promises(s, call, at_ns + 1);
    floe_queue_schedule(&s->queue, at_ns, EVENT_RETRY, call->slot, 0);
}

FLOE_FN void call_log(struct events_state *s, const struct call *call, int end)
{
    const int is_throttle = end == ATTEMPT_THROTTLED;
    counts_of(&s->counts, call->workload,
              call->attempt_bin)[is_throttle ? METRIC_LOGGED_THROTTLES : METRIC_LOGGED_ERRORS] += 1;
    call_step_counts(s, call, call->attempt_bin)[is_throttle ? STEP_LOGGED_THROTTLES : STEP_LOGGED_ERRORS] += 1;
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

/* Sends the next attempt, unless the client holds it back. Returns 0 when it refuses to send at all. */
FLOE_FN int attempt_send(struct events_state *s, struct call *call)
{
    struct retry_sent sent = {0, 0, 0};
    if (!call->is_sent) sent = retry_send(call_retries(s, call), call_client(s, call), s->where.now_ns);
    if (sent.is_refused) {
        call->end = ATTEMPT_THROTTLED;
        call->asked_ns = sent.refused_by; /* for call_refused */
        return 0;
    }
    if (sent.wait_ns > 0) {
        call->is_sent = 1;
        attempt_schedule(s, call, sent.wait_ns);
        return 1;
    }
    attempt_begin(s, call);
    return 1;
}

FLOE_FN void call_go_on(struct events_state *s, struct call *call, struct retry_next next);

/* An attempt, or what a layer makes of not sending it. */
FLOE_FN void call_attempt(struct events_state *s, struct call *call)
{
    if (attempt_send(s, call)) return;
    const struct retry_next next = retry_refused(call_retries(s, call), call_client(s, call), &call->retry,
                                                 (int32_t)call->asked_ns, s->where.now_ns,
                                                 attempt_uniform_of(s, call, STREAM_BACKOFF, call->attempts));
    call_go_on(s, call, next);
}

/* What came of the call at its step, for the breaker that let it through. */
FLOE_FN void breaker_note(struct events_state *s, struct call *call)
{
    if (call->breaker == BREAKER_KEPT) return;
    breaker_hears(&call_route(s)->breakers[call->step], &s->breakers[call->step], call->breaker, call->end,
                  s->where.now_ns);
    call->breaker = BREAKER_KEPT;
}

/* 1: the step's breaker keeps the call away. */
FLOE_FN int breaker_keeps(struct events_state *s, struct call *call)
{
    if (call_route(s)->breakers[call->step].failures == 0) return 0;
    call->breaker = breaker_ask(&s->breakers[call->step], s->where.now_ns);
    if (call->breaker != BREAKER_KEPT) return 0;
    call_step_counts(s, call, s->bin)[STEP_KEPT] += 1;
    call->end = ATTEMPT_FAILED;
    call->attempt_bin = s->bin; /* where a layer above the chain logs it */
    return 1;
}

FLOE_FN void step_begin(struct events_state *s, struct call *call, int32_t step)
{
    const struct retry_next surfaces = {0, 1, 0, 0, RETRY_NOT_RETRIED, 0};
    call->step = step;
    call_step_counts(s, call, s->bin)[STEP_CALLS] += 1;
    retry_step_begin(call_retries(s, call), &call->retry, s->where.now_ns);
    if (breaker_keeps(s, call))
        call_go_on(s, call, surfaces);
    else
        call_attempt(s, call);
}

FLOE_FN void call_fails(struct events_state *s, struct call *call)
{
    if (call->has_promised) cache_fill_fail(&s->cache, call->fills - 1, call->generation);
    call_end(s, call->slot, 0);
}

/* What the layers make of a failure: another attempt, the next step of the chain, the chain anew, or nothing more. */
FLOE_FN void call_go_on(struct events_state *s, struct call *call, struct retry_next next)
{
    const struct retry_terms *retries = call_retries(s, call);
    if (next.is_logged) call_log(s, call, call->end);
    if (next.is_retry) {
        attempt_schedule(s, call, next.wait_ns);
        return;
    }
    breaker_note(s, call);
    const int32_t step = chain_next(s, call);
    if (step >= 0) {
        step_begin(s, call, step);
        return;
    }
    const struct retry_next above = retry_chain_after(retries, call_client(s, call), &call->retry, call->end,
                                                      s->where.now_ns,
                                                      attempt_uniform_of(s, call, STREAM_BACKOFF, call->attempts));
    if (above.is_logged) call_log(s, call, call->end);
    if (!above.is_retry) {
        call_fails(s, call);
        return;
    }
    call->step = -1; /* the first one, when the wait is over */
    attempt_schedule(s, call, above.wait_ns);
}

FLOE_FN void on_retry(struct events_state *s, uint32_t slot)
{
    struct call *call = &s->calls[slot];
    s->now.workload = (uint32_t)call->workload;
    s->now.task = call->task == SLOT_NONE ? EVENT_NO_TASK : s->tasks[call->task].number;
    if (call->step < 0)
        step_begin(s, call, 0);
    else
        call_attempt(s, call);
}

FLOE_FN void attempt_count_end(struct events_state *s, const struct call *call)
{
    double *n = counts_of(&s->counts, call->workload, call->attempt_bin);
    double *k = call_step_counts(s, call, call->attempt_bin);
    switch (call->end) {
    case ATTEMPT_OK: n[METRIC_INVOCATIONS] += 1, k[STEP_INVOCATIONS] += 1; break;
    case ATTEMPT_THROTTLED: n[METRIC_THROTTLES] += 1, k[STEP_THROTTLES] += 1; break;
    case ATTEMPT_TIMED_OUT: n[METRIC_TIMEOUTS] += 1, k[STEP_TIMEOUTS] += 1; break;
    case ATTEMPT_ENDS: n[METRIC_CANCELLED] += 1, k[STEP_CANCELLED] += 1; break;
    default: n[METRIC_ERRORS] += 1, k[STEP_ERRORS] += 1; break;
    }
}

/* The quota gets back what was not used. */
FLOE_FN void attempt_settle(struct events_state *s, struct call *call)
{
    if (call->quota < 0) return;
    const int is_answered = call->end == ATTEMPT_OK || call->end == ATTEMPT_TIMED_OUT;
    quota_settle(&call_route(s)->quotas[call->quota], &s->quotas[call->quota], &call->held, s->where.now_ns,
                 &call->quota_tok, is_answered ? call->output_tok : 0);
}

/* How long an answered call took, under the bin in which it began. The parts add up to the whole. */
FLOE_FN void call_measure(struct events_state *s, const struct call *call)
{
    double *n = counts_of(&s->counts, call->workload, call->bin);
    const int64_t all_ns = s->where.now_ns - call->began_ns;
    const double all = whole_us(all_ns), retry = whole_us(call->attempt_ns - call->began_ns);
    const double queue = whole_us(call->times.network_ns + call->times.queue_ns), ttft = whole_us(call->times.ttft_ns);
    uint64_t windows = plan_windows_of_bin(s->run.plan)[call->bin];
    const int32_t home = s->run.plan->workloads[call->workload].home;
    n[METRIC_ANSWERED] += 1;
    n[METRIC_LATENCY_MEAN] += all;
    n[METRIC_RETRY_WAIT_MEAN] += retry;
    n[METRIC_QUEUE_MEAN] += queue;
    n[METRIC_TTFT_MEAN] += ttft;
    n[METRIC_GENERATION_MEAN] += all - retry - queue - ttft;
    if (s->counts.latency == NULL) return;
    for (int32_t window = 0; windows != 0; window++, windows >>= 1)
        if (windows & 1)
            floe_histogram_add(&s->counts.latency[home * s->counts.n_windows + window], (double)all_ns / NS_PER_S,
                               &s->where);
}

FLOE_FN void call_answered(struct events_state *s, struct call *call)
{
    retry_succeeded(call_retries(s, call), call_client(s, call), &call->retry, s->where.now_ns);
    breaker_note(s, call);
    if (call->kind == CALL_UPSTREAM) call_measure(s, call);
    if (call->fills > 0) cache_fill_end(&s->cache, call->fills - 1, call->generation, s->where.now_ns);
    call_end(s, call->slot, 1);
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
    attempt_settle(s, call);
    if (call->kind == CALL_ASIDE) {
        call_release(s, slot);
        return;
    }
    if (call->end == ATTEMPT_OK) {
        call_answered(s, call);
        return;
    }
    call_go_on(s, call,
               retry_after(call_retries(s, call), call_client(s, call), &call->retry, call->end, s->where.now_ns,
                           call->asked_ns, attempt_uniform(s, call, STREAM_BACKOFF)));
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One call of the events engine, from its start to where it is answered or goes upstream:
 *   gateway key      is the model allowed, is there budget left?            else denied
 *   response cache   is the answer remembered?                              then a hit, a stale answer, or a wait
 *   upstream         attempts at the chain of models (models/engine_attempts.h) */
#ifndef FLOE_MODELS_ENGINE_CALLS_H
#define FLOE_MODELS_ENGINE_CALLS_H

#include "models/engine_attempts.h"

/* ---- the response cache ---- */

/* What a call asks: a place among all populations, and who lives there. 0: what nobody asks again. */
FLOE_FN int call_prompt(struct events_state *s, const struct call_at *at, struct cache_call *ask,
                        struct cache_neighbours *neighbours)
{
    const struct plan *plan = s->run.plan;
    const struct plan_workload *p = &plan->workloads[at->workload];
    int32_t owner = at->workload;
    struct prompt prompt;
    if (p->shares_with >= 0 && at->load->population.shared_share > 0 &&
        prompts_draw_shared(&at->load->population,
                            floe_rng_uniform(events_rng(s), p->stream[STREAM_SHARED], at->number)))
        owner = p->shares_with;
    const struct prompt_population *population = &plan_load_of(plan, s->phase, owner)->population;
    const struct task *task = &s->tasks[at->task];
    if (population->kind == PROMPTS_FRESH) return 0;
    if (population->kind == PROMPTS_SET)
        prompt = prompts_of_run(population, task->number, task->calls_begun - 1);
    else
        prompt = prompts_draw(population, plan_zipf_of(plan, s->phase, owner), at->prompt_u, s->where.now_ns);
    neighbours->population = population;
    neighbours->zipf = plan_zipf_of(plan, s->phase, owner);
    neighbours->first_place = plan->workloads[owner].first_place;
    neighbours->run = task->number;
    ask->place = neighbours->first_place + prompt.place;
    ask->generation = prompt.generation;
    return 1;
}

/* From when on the old key may answer this workload. */
FLOE_FN struct cache_window call_grace(struct events_state *s, const struct call_at *at)
{
    struct workload_state *state = &s->workloads[at->workload];
    if (at->caches->switched_ns < 0) return cache_no_window();
    if (state->switched_ns != at->caches->switched_ns) {
        state->switched_ns = at->caches->switched_ns;
        state->first_use_ns = s->where.now_ns;
    }
    return cache_grace_window(&s->cache.rules, state->switched_ns, state->first_use_ns);
}

/* ---- the start of a call ---- */

/* 1: input of this workload can be billed as this class. */
FLOE_FN int call_may_use(const struct call_at *at, int c)
{
    const struct prompt_terms *terms = &at->step->terms;
    if (c == TOKEN_INPUT_UNCACHED || at->load->cache_share[c - TOKEN_CACHE_READ] > 0) return 1;
    return terms->is_on && at->load->prefix.prefix_tok > 0 && (c == TOKEN_CACHE_READ || c == terms->write_class);
}

/* The highest cost of an attempt at a step: all input at the dearest class that it can have, and the longest answer. */
FLOE_FN double attempt_most_usd(const struct events_state *s, const struct call_at *at, struct call_tokens t)
{
    const struct prompt_terms *terms = &at->step->terms;
    const double input_tok = (double)t.input + at->load->prefix.prefix_tok;
    const struct call_bill bill = bill_of(s, at->step, input_tok);
    double dearest = 0;
    for (int c = 0; c < TOKEN_OUTPUT; c++) {
        const double price = prompt_cache_unit_price(terms, bill.row, bill.band, (enum token_class)c);
        if (call_may_use(at, c) && price > dearest) dearest = price;
    }
    return input_tok * dearest +
           at->load->most_output_tok * prompt_cache_unit_price(terms, bill.row, bill.band, TOKEN_OUTPUT);
}

/* 1: an attempt that fails the client can be billed all the same, so that a call may pay for more than one. */
FLOE_FN int call_may_pay_twice(const struct events_state *s, const struct call_at *at)
{
    const struct plan_route *route = call_route(s);
    return plan_hedge_of(s->run.plan, s->phase, s->run.route, at->workload) != NULL ||
           (route->has_latency && route->latency.is_timeout_billed && route->latency.timeout_ns < LATENCY_NEVER_NS);
}

/* Of a call: of the dearest step that it may come to. Where failed attempts can be billed, of all that it may make: at
 * every step as often as the layers try, twice with hedges. */
FLOE_FN int64_t call_most_pusd(const struct events_state *s, const struct call_at *at, struct call_tokens t)
{
    const struct retry_terms *retries = plan_retries_of(s->run.plan, s->phase, s->run.route, at->workload);
    const int is_hedged = plan_hedge_of(s->run.plan, s->phase, s->run.route, at->workload) != NULL;
    struct call_at step = *at;
    double most = 0, all = 0, tries = is_hedged ? 2 : 1;
    for (int32_t i = 0; i < s->run.plan->n_steps[s->run.route]; i++) {
        step.step = plan_step_of(s->run.plan, s->phase, s->run.route, at->workload, i);
        const double usd = step.step->model < 0 ? 0 : attempt_most_usd(s, &step, t);
        all += usd;
        if (usd > most) most = usd;
    }
    for (int32_t i = 0; i < retries->n_loops; i++)
        tries *= retries->loops[i].attempts;
    return budget_pico(call_may_pay_twice(s, at) ? tries * all : most);
}

FLOE_FN enum budget_verdict key_verdict(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                                        struct budget_ticket *ticket)
{
    if (at->load->key < 0) return BUDGET_ADMITTED;
    const struct key_terms *terms = plan_key_of(s->run.plan, s->phase, at->load->key);
    const int64_t most_pusd = terms->is_strict ? call_most_pusd(s, at, tokens) : 0;
    return budget_admit(terms, &s->keys[at->load->key], at->caches->key_model, s->where.now_ns, most_pusd, ticket);
}

/* 1: the key lets it pass. 0: it has ended. */
FLOE_FN int call_admitted(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                          struct budget_ticket *ticket)
{
    const enum budget_verdict verdict = key_verdict(s, at, tokens, ticket);
    if (verdict == BUDGET_ADMITTED) return 1;
    double *n = counts_of(&s->counts, at->workload, s->bin);
    n[METRIC_DENIED] += 1;
    n[METRIC_DENIED_OVER_BUDGET] += verdict == BUDGET_DENIED_OVER;
    task_call_ended(s, at->task, at->workload, at->round, 0);
    return 0;
}

/* A call that costs nothing gives its reserve back. */
FLOE_FN void call_costs_nothing(struct events_state *s, const struct call_at *at, const struct budget_ticket *ticket)
{
    if (at->load->key >= 0)
        (void)budget_settle(plan_key_of(s->run.plan, s->phase, at->load->key), &s->keys[at->load->key], ticket,
                            s->where.now_ns, 0);
}

/* What goes upstream: an entry of the cache may be waiting for its answer. */
struct upstream {
    struct call_tokens tokens;
    struct budget_ticket ticket;
    uint64_t fills; /* entry + 1; 0: none */
    uint32_t generation;
};

FLOE_FN void upstream_begin(struct events_state *s, const struct call_at *at, int32_t kind, const struct upstream *up)
{
    struct call *call = call_open(s, at, kind);
    if (call == NULL) return;
    call->input_tok = up->tokens.input;
    call->output_tok = up->tokens.output;
    call->key = at->load->key;
    call->ticket = up->ticket;
    call->fills = up->fills;
    call->generation = up->generation;
    retry_call_begin(call_retries(s, call), &call->retry, s->where.now_ns);
    step_begin(s, call, 0);
}

/* A refill that no call waits for; the key has to let it pass as a call of its own. */
FLOE_FN void refresh_begin(struct events_state *s, const struct call_at *at, struct call_tokens tokens, uint64_t entry,
                           uint32_t generation)
{
    struct upstream up;
    memset(&up, 0, sizeof up);
    if (key_verdict(s, at, tokens, &up.ticket) != BUDGET_ADMITTED) return;
    up.tokens = tokens;
    up.fills = entry + 1;
    up.generation = generation;
    counts_of(&s->counts, at->workload, s->bin)[METRIC_REFRESHES] += 1;
    upstream_begin(s, at, CALL_REFRESH, &up);
}

/* A call waits for the answer to another one. */
FLOE_FN void wait_begin(struct events_state *s, const struct call_at *at, const struct cache_answer *answer,
                        uint32_t generation)
{
    struct call *call = call_open(s, at, CALL_WAITS);
    if (call == NULL) return;
    call->is_wrong = answer->is_wrong;
    call->fills = answer->entry + 1;
    call->generation = generation;
    floe_queue_schedule(&s->queue, answer->until_ns, EVENT_CALL_DONE, call->slot, 0);
}

/* Answered by the response cache: now, or when another call's answer comes. */
FLOE_FN void call_served(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                         const struct cache_answer *answer, uint32_t generation)
{
    double *n = counts_of(&s->counts, at->workload, s->bin);
    n[answer->kind == CACHE_STALE ? METRIC_STALE_SERVED : METRIC_CACHE_HITS] += 1;
    n[METRIC_WRONG_ANSWERS] += answer->is_wrong;
    if (answer->wants_refresh) refresh_begin(s, at, tokens, answer->entry, generation);
    if (answer->kind == CACHE_WAIT)
        wait_begin(s, at, answer, generation);
    else
        task_call_ended(s, at->task, at->workload, at->round, !answer->is_wrong);
}

FLOE_FN struct cache_answer call_asks_cache(struct events_state *s, const struct call_at *at, struct cache_call *ask)
{
    struct cache_neighbours neighbours;
    struct cache_luck luck;
    struct cache_answer answer;
    memset(&answer, 0, sizeof answer);
    answer.kind = CACHE_BYPASS;
    ask->generation = 0;
    if (!s->run.plan->cache.is_on_in[s->phase] || !call_prompt(s, at, ask, &neighbours)) return answer;
    ask->key = at->caches->key;
    ask->old_key = at->caches->old_key;
    ask->scope = s->run.plan->workloads[at->workload].scope;
    ask->now_ns = s->where.now_ns;
    ask->grace = call_grace(s, at);
    luck.rng = events_rng(s);
    luck.stream = s->run.plan->workloads[at->workload].stream[STREAM_CACHE];
    luck.call = at->number;
    return cache_ask(&s->cache, ask, &neighbours, luck);
}

/* 1: no step of the chain takes the prompt as it is. */
FLOE_FN int chain_refuses(const struct events_state *s, const struct call_at *at)
{
    for (int32_t i = 0; i < s->run.plan->n_steps[s->run.route]; i++) {
        const struct plan_step *step = plan_step_of(s->run.plan, s->phase, s->run.route, at->workload, i);
        if (step->model >= 0 && !step->terms.is_refused) return 0;
    }
    return 1;
}

/* The next call of a task: of load w, in a round of a step of its graph. */
FLOE_FN void call_start(struct events_state *s, uint32_t task, int32_t w, int32_t round)
{
    struct workload_state *state = &s->workloads[w];
    struct call_at at;
    struct budget_ticket ticket;
    struct cache_call ask;
    if (state->phase != s->phase) workload_set_laws(s, w, s->phase, state->calls);
    at.task = task;
    at.workload = w;
    at.round = round;
    at.number = state->calls++;
    at.prompt_u = s->run.plan->cache.is_on ? floe_block_stream_next(&state->prompt) : 0;
    at.load = plan_load_of(s->run.plan, s->phase, w);
    at.caches = plan_cache_of(s->run.plan, s->phase, s->run.route, w);
    at.step = plan_step_of(s->run.plan, s->phase, s->run.route, w, 0);
    const struct call_tokens tokens = tokens_draw(s, &at);
    memset(&ticket, 0, sizeof ticket);
    counts_of(&s->counts, w, s->bin)[METRIC_CALLS] += 1;
    if (!call_admitted(s, &at, tokens, &ticket)) return;
    struct cache_answer answer = call_asks_cache(s, &at, &ask);
    if (answer.kind == CACHE_WAIT && chain_refuses(s, &at)) answer.kind = CACHE_MISS; /* there will be no answer */
    if (answer.kind == CACHE_MISS || answer.kind == CACHE_BYPASS) {
        struct upstream up;
        up.tokens = tokens;
        up.ticket = ticket;
        up.fills = answer.kind == CACHE_MISS ? answer.entry + 1 : 0;
        up.generation = ask.generation;
        counts_of(&s->counts, w, s->bin)[METRIC_UPSTREAM] += 1;
        upstream_begin(s, &at, CALL_UPSTREAM, &up);
        return;
    }
    call_costs_nothing(s, &at, &ticket);
    call_served(s, &at, tokens, &answer, ask.generation);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One call of the events engine, from its start to its end:
 *   gateway key      is the model allowed, is there budget left?            else denied
 *   response cache   is the answer remembered?                              then a hit, a stale answer, or a wait
 *   upstream         an attempt at the provider, with its prompt cache, that is billed, fills the cache and is booked
 *
 * Call i of a workload takes draw i of each of its streams, whatever becomes of it: so two variants see the same calls. */
#ifndef FLOE_MODELS_ENGINE_CALLS_H
#define FLOE_MODELS_ENGINE_CALLS_H

#include "models/engine_state.h"

/* A task's call, as its parts see it. */
struct call_at {
    uint32_t task; /* its slot, or SLOT_NONE: a refill */
    int32_t workload;
    uint64_t number; /* in its workload, from 0 */
    double prompt_u; /* draws its prompt */
    const struct plan_load *load;
    const struct plan_pair_cache *caches;
};

/* ---- tokens ---- */

struct call_tokens {
    uint32_t input, output;
};

/* What an attempt is billed for. */
struct call_bill {
    int32_t slot; /* of the usage */
    const struct price_row *row;
    int32_t band;
    uint32_t tok[TOKEN_CLASS_N];
};

FLOE_FN const struct trace *workload_trace(const struct events_state *s, int32_t w)
{
    return &s->run.traces->items[s->run.timeline->phases[0]->workloads[w].demand.trace.index];
}

FLOE_FN struct call_tokens tokens_of_row(const struct trace *trace, int64_t row)
{
    struct call_tokens t;
    t.input = trace->input_tok[row];
    t.output = trace->output_tok[row];
    return t;
}

/* The streams of a workload from draw `index` on, under the laws of a phase. */
FLOE_FN void workload_set_laws(struct events_state *s, int32_t w, int32_t phase, uint64_t index)
{
    const struct plan_workload *p = &s->run.plan->workloads[w];
    const struct plan_load *load = plan_load_of(s->run.plan, phase, w);
    struct workload_state *state = &s->workloads[w];
    const struct floe_rng rng = events_rng(s);
    state->phase = phase;
    state->input = token_stream_at(rng, p->stream[STREAM_INPUT], &load->input);
    state->output = token_stream_at(rng, p->stream[STREAM_OUTPUT], &load->output);
    state->row = floe_block_stream_at(rng, p->stream[STREAM_ROW], FLOE_BLOCK_UNIFORM, 1.0, 0);
    state->prompt = floe_block_stream_at(rng, p->stream[STREAM_PROMPT], FLOE_BLOCK_UNIFORM, 1.0, 0);
    state->input.path = state->output.path = state->row.path = state->prompt.path = FLOE_ENGINE_BLOCKS;
    floe_block_stream_seek(&state->input, index);
    floe_block_stream_seek(&state->output, index);
    floe_block_stream_seek(&state->row, index);
    floe_block_stream_seek(&state->prompt, index);
}

FLOE_FN struct call_tokens tokens_draw(struct events_state *s, const struct call_at *at)
{
    struct workload_state *state = &s->workloads[at->workload];
    struct call_tokens t;
    if (at->load->tokens_from_row) {
        t = tokens_of_row(workload_trace(s, at->workload), state->trace_row);
    } else if (at->load->tokens_trace >= 0) {
        const struct trace *trace = &s->run.traces->items[at->load->tokens_trace];
        const double uniform = floe_block_stream_next(&state->row);
        t = tokens_of_row(trace, (int64_t)floe_draw_index(uniform, (uint64_t)trace->n));
    } else {
        t.input = token_stream_next(&state->input, &at->load->input);
        t.output = token_stream_next(&state->output, &at->load->output);
    }
    if (t.output > at->load->max_output_tok) t.output = (uint32_t)at->load->max_output_tok;
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

/* Where the tokens of a call are priced: its row by time, its band by the whole input, prefix included. */
FLOE_FN struct call_bill bill_of(const struct events_state *s, int32_t w, double input_tok)
{
    const struct plan *plan = s->run.plan;
    const struct model_prices *model = plan_model(plan, s->run.timeline, s->phase, s->run.route, w);
    const int32_t row = price_row_at(model, plan->start_at_s + s->where.now_ns / NS_PER_S);
    struct call_bill bill;
    bill.row = &model->rows[row];
    bill.band = price_band_at(bill.row, input_tok);
    bill.slot = plan->pairs[s->run.route][w].slot[s->phase] + row * PRICE_SLOTS_PER_ROW + bill.band;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        bill.tok[c] = 0;
    return bill;
}

/* prefix_class: how the provider bills the prefix of this call. */
FLOE_FN struct call_bill bill_call(struct events_state *s, const struct call_at *at, struct call_tokens t,
                                   enum token_class prefix_class)
{
    const uint32_t prefix = (uint32_t)at->load->prefix.prefix_tok;
    struct call_bill bill = bill_of(s, at->workload, (double)t.input + prefix);
    uint32_t uncached = t.input;
    for (int i = 0; i < 3; i++) {
        uint64_t *rest = &s->workloads[at->workload].cache_rest[bill.slot % PRICE_SLOTS_MOST][i];
        uint32_t cached = tokens_take_share(rest, at->load->cache_share[i], t.input);
        if (cached > uncached) { /* what does not fit waits for the next call: nothing is lost between the classes */
            *rest += (uint64_t)(cached - uncached) << 32;
            cached = uncached;
        }
        bill.tok[TOKEN_CACHE_READ + i] += cached;
        uncached -= cached;
    }
    bill.tok[TOKEN_INPUT_UNCACHED] += uncached;
    bill.tok[prefix_class] += prefix;
    bill.tok[TOKEN_OUTPUT] += t.output;
    return bill;
}

FLOE_FN double bill_usd(const struct call_bill *bill, const struct prompt_terms *terms)
{
    double usd = 0;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        usd += bill->tok[c] * prompt_cache_unit_price(terms, bill->row, bill->band, (enum token_class)c);
    return usd;
}

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

FLOE_FN void call_answered(struct events_state *s, const struct call *call)
{
    double *n = counts_of(&s->counts, call->workload, call->bin);
    n[call->is_refused ? METRIC_ERRORS : METRIC_INVOCATIONS] += 1;
    if (call->fills == 0) return;
    if (call->is_refused)
        cache_fill_fail(&s->cache, call->fills - 1, call->generation);
    else
        cache_fill_end(&s->cache, call->fills - 1, call->generation, s->where.now_ns);
}

FLOE_FN void on_call_done(struct events_state *s, uint32_t slot)
{
    struct call *call = &s->calls[slot];
    const uint32_t task = call->task;
    s->now.workload = (uint32_t)call->workload;
    s->now.task = task == SLOT_NONE ? EVENT_NO_TASK : s->tasks[task].number;
    if (call->kind != CALL_WAITS) call_answered(s, call);
    if (task != SLOT_NONE) {
        s->tasks[task].is_failed |= call->is_refused;
        task_call_ended(s, task);
    }
    const int64_t lag_ns = call->key < 0 ? 0 : plan_key_of(s->run.plan, s->phase, call->key)->record_lag_ns;
    if (lag_ns > 0) {
        floe_queue_schedule(&s->queue, floe_ns_after(&s->where, lag_ns), EVENT_COST_RECORDED, slot, 0);
        return;
    }
    if (call->key >= 0) call_record(s, call);
    call_release(s, slot);
}

/* ---- upstream ---- */

FLOE_FN struct call *call_open(struct events_state *s, const struct call_at *at, int32_t kind, int64_t until_ns)
{
    const uint32_t slot = call_take(s);
    if (slot == SLOT_NONE) return NULL;
    struct call *call = &s->calls[slot];
    call->task = kind == CALL_REFRESH ? SLOT_NONE : at->task;
    call->kind = kind;
    call->workload = at->workload;
    call->bin = s->bin;
    call->is_refused = 0;
    call->fills = 0;
    call->generation = 0;
    call->key = -1;
    call->cost_pusd = 0;
    floe_queue_schedule(&s->queue, until_ns, EVENT_CALL_DONE, slot, 0);
    return call;
}

/* What the prompt cache kept of a prefix since it was settled last, counted where it is settled. */
FLOE_FN void count_storage(struct events_state *s, int32_t w, int32_t phase, int64_t held_ns)
{
    const struct prompt_terms *terms = &plan_cache_of(s->run.plan, phase, s->run.route, w)->terms;
    uint64_t *rest = &s->workloads[w].storage_rest;
    if (held_ns == 0 || !(terms->storage_usd_per_tok_s > 0)) return;
    const floe_i128 sum = (floe_i128)held_ns * (int64_t)plan_load_of(s->run.plan, phase, w)->prefix.prefix_tok +
                          (int64_t)*rest;
    *rest = (uint64_t)(sum % NS_PER_S);
    counts_tokens(&s->counts, w, s->bin,
                  s->run.plan->pairs[s->run.route][w].slot[phase])[USAGE_CACHE_STORAGE] += (double)(int64_t)(sum /
                                                                                                             NS_PER_S);
}

/* What the provider's prompt cache makes of the prefix. */
FLOE_FN enum prompt_use prefix_use(struct events_state *s, const struct call_at *at)
{
    const struct prompt_terms *terms = &at->caches->terms;
    const uint64_t prefix = at->task == SLOT_NONE ? 0 : s->tasks[at->task].prefix;
    double u = 0;
    if (!terms->is_on) return PROMPT_PLAIN;
    if (terms->n_pools > 1)
        u = floe_rng_uniform(events_rng(s), s->run.plan->workloads[at->workload].stream[STREAM_POOL], at->number);
    const int32_t pool = prompt_cache_pool(terms, (int64_t)prefix, u);
    struct prompt_entry *entry =
        &s->prompt_entries[at->caches->entries + (uint64_t)prompt_cache_index(terms, (int64_t)prefix, pool)];
    const struct prompt_called called = prompt_cache_call(terms, entry, at->load->prefix.prefix_tok, s->where.now_ns);
    count_storage(s, at->workload, s->phase, called.held_ns);
    return (enum prompt_use)called.use;
}

/* An attempt begins: what it is billed for is known at once. Returns NULL when there is no room. */
FLOE_FN struct call *attempt_begin(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                                   int32_t kind)
{
    double *n = counts_of(&s->counts, at->workload, s->bin);
    struct call *call = call_open(s, at, kind, floe_ns_after(&s->where, s->run.plan->call_ns[s->phase][s->run.route]));
    if (call == NULL) return NULL;
    n[METRIC_ATTEMPTS] += 1;
    const enum prompt_use use = prefix_use(s, at);
    call->is_refused = use == PROMPT_REFUSED;
    if (call->is_refused) return call;
    n[METRIC_BILLED] += 1;
    const struct call_bill bill = bill_call(s, at, tokens, prompt_cache_class(&at->caches->terms, use));
    double *counted = counts_tokens(&s->counts, at->workload, s->bin, bill.slot);
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        counted[c] += bill.tok[c];
    counted[USAGE_REQUEST] += 1;
    if (at->load->key >= 0) call->cost_pusd = budget_pico(bill_usd(&bill, &at->caches->terms));
    s->now.input_tok += tokens.input;
    s->now.output_tok += tokens.output;
    return call;
}

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
    const struct prompt_terms *terms = &at->caches->terms;
    if (c == TOKEN_INPUT_UNCACHED || at->load->cache_share[c - TOKEN_CACHE_READ] > 0) return 1;
    return terms->is_on && at->load->prefix.prefix_tok > 0 && (c == TOKEN_CACHE_READ || c == terms->write_class);
}

/* The highest cost of a call: all input at the dearest class that it can have, and the longest answer. */
FLOE_FN int64_t call_most_pusd(const struct events_state *s, const struct call_at *at, struct call_tokens t)
{
    const struct prompt_terms *terms = &at->caches->terms;
    const double input_tok = (double)t.input + at->load->prefix.prefix_tok;
    const struct call_bill bill = bill_of(s, at->workload, input_tok);
    double dearest = 0;
    for (int c = 0; c < TOKEN_OUTPUT; c++) {
        const double price = prompt_cache_unit_price(terms, bill.row, bill.band, (enum token_class)c);
        if (call_may_use(at, c) && price > dearest) dearest = price;
    }
    return budget_pico(input_tok * dearest +
                       at->load->most_output_tok * prompt_cache_unit_price(terms, bill.row, bill.band, TOKEN_OUTPUT));
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
    s->tasks[at->task].is_failed = 1;
    task_call_ended(s, at->task);
    return 0;
}

/* A call that costs nothing gives its reserve back. */
FLOE_FN void call_costs_nothing(struct events_state *s, const struct call_at *at, const struct budget_ticket *ticket)
{
    if (at->load->key >= 0)
        (void)budget_settle(plan_key_of(s->run.plan, s->phase, at->load->key), &s->keys[at->load->key], ticket,
                            s->where.now_ns, 0);
}

/* A refill that no call waits for; the key has to let it pass as a call of its own. */
FLOE_FN void refresh_begin(struct events_state *s, const struct call_at *at, struct call_tokens tokens, uint64_t entry,
                           uint32_t generation)
{
    struct budget_ticket ticket;
    memset(&ticket, 0, sizeof ticket);
    if (key_verdict(s, at, tokens, &ticket) != BUDGET_ADMITTED) return;
    struct call *call = attempt_begin(s, at, tokens, CALL_REFRESH);
    if (call == NULL) return;
    call->key = at->load->key;
    call->ticket = ticket;
    counts_of(&s->counts, at->workload, s->bin)[METRIC_REFRESHES] += 1;
    call->fills = entry + 1;
    call->generation = generation;
    cache_fill_begin(&s->cache, entry, generation,
                     floe_ns_after(&s->where, s->run.plan->call_ns[s->phase][s->run.route]));
}

FLOE_FN void upstream_begin(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                            const struct budget_ticket *ticket, const struct cache_answer *answer, uint32_t generation)
{
    counts_of(&s->counts, at->workload, s->bin)[METRIC_UPSTREAM] += 1;
    struct call *call = attempt_begin(s, at, tokens, CALL_UPSTREAM);
    if (call == NULL) return;
    call->key = at->load->key;
    call->ticket = *ticket;
    if (answer->kind != CACHE_MISS) return;
    call->fills = answer->entry + 1;
    call->generation = generation;
    cache_fill_begin(&s->cache, answer->entry, generation,
                     floe_ns_after(&s->where, s->run.plan->call_ns[s->phase][s->run.route]));
}

/* Answered by the response cache: now, or when another call's answer comes. */
FLOE_FN void call_served(struct events_state *s, const struct call_at *at, struct call_tokens tokens,
                         const struct cache_answer *answer, uint32_t generation)
{
    double *n = counts_of(&s->counts, at->workload, s->bin);
    n[answer->kind == CACHE_STALE ? METRIC_STALE_SERVED : METRIC_CACHE_HITS] += 1;
    n[METRIC_WRONG_ANSWERS] += answer->is_wrong;
    s->tasks[at->task].is_failed |= answer->is_wrong;
    if (answer->wants_refresh) refresh_begin(s, at, tokens, answer->entry, generation);
    if (answer->kind == CACHE_WAIT)
        (void)call_open(s, at, CALL_WAITS, answer->until_ns);
    else
        task_call_ended(s, at->task);
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

/* The next call of a task. */
FLOE_FN void call_start(struct events_state *s, uint32_t task)
{
    const int32_t w = (int32_t)s->tasks[task].workload;
    struct workload_state *state = &s->workloads[w];
    struct call_at at;
    struct budget_ticket ticket;
    struct cache_call ask;
    if (state->phase != s->phase) workload_set_laws(s, w, s->phase, state->calls);
    at.task = task;
    at.workload = w;
    at.number = state->calls++;
    at.prompt_u = s->run.plan->cache.is_on ? floe_block_stream_next(&state->prompt) : 0;
    at.load = plan_load_of(s->run.plan, s->phase, w);
    at.caches = plan_cache_of(s->run.plan, s->phase, s->run.route, w);
    const struct call_tokens tokens = tokens_draw(s, &at);
    memset(&ticket, 0, sizeof ticket);
    counts_of(&s->counts, w, s->bin)[METRIC_CALLS] += 1;
    if (!call_admitted(s, &at, tokens, &ticket)) return;
    struct cache_answer answer = call_asks_cache(s, &at, &ask);
    if (answer.kind == CACHE_WAIT && at.caches->terms.is_refused)
        answer.kind = CACHE_MISS; /* there will be no answer */
    if (answer.kind == CACHE_MISS || answer.kind == CACHE_BYPASS) {
        upstream_begin(s, &at, tokens, &ticket, &answer, ask.generation);
        return;
    }
    call_costs_nothing(s, &at, &ticket);
    call_served(s, &at, tokens, &answer, ask.generation);
}

#endif

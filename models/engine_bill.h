/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a call of the events engine is made of, and what an attempt of it is billed: its tokens, its price row and band,
 * what the provider's prompt cache makes of its prefix.
 *
 * Call i of a workload takes draw i of each of its streams, whatever becomes of it: so two variants see the same calls. */
#ifndef FLOE_MODELS_ENGINE_BILL_H
#define FLOE_MODELS_ENGINE_BILL_H

#include "models/engine_react.h"

/* A task's call, as its parts see it. */
struct call_at {
    uint32_t task;    /* its slot, or SLOT_NONE: a refill */
    int32_t workload; /* the load */
    int32_t round;    /* of the step of its task's graph */
    uint64_t number;  /* in its workload, from 0 */
    double prompt_u;  /* draws its prompt */
    const struct plan_load *load;
    const struct plan_pair_cache *caches;
    const struct plan_step *step; /* of the chain */
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
FLOE_FN struct call_bill bill_of(const struct events_state *s, const struct plan_step *step, double input_tok)
{
    const struct plan *plan = s->run.plan;
    const struct model_prices *model = plan_model(s->run.timeline, s->phase, step);
    const int32_t row = price_row_at(model, plan->start_at_s + s->where.now_ns / NS_PER_S);
    struct call_bill bill;
    bill.row = &model->rows[row];
    bill.band = price_band_at(bill.row, input_tok);
    bill.slot = step->slot + row * PRICE_SLOTS_PER_ROW + bill.band;
    for (int c = 0; c < TOKEN_CLASS_N; c++)
        bill.tok[c] = 0;
    return bill;
}

/* prefix_class: how the provider bills the prefix of this call. */
FLOE_FN struct call_bill bill_call(struct events_state *s, const struct call_at *at, struct call_tokens t,
                                   enum token_class prefix_class)
{
    const uint32_t prefix = (uint32_t)at->load->prefix.prefix_tok;
    struct call_bill bill = bill_of(s, at->step, (double)t.input + prefix);
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

/* ---- the prompt cache ---- */

/* What the prompt cache kept of a prefix since it was settled last, counted where it is settled. */
FLOE_FN void count_storage(struct events_state *s, int32_t w, int32_t phase, const struct plan_step *step,
                           int64_t held_ns)
{
    const struct prompt_terms *terms = &step->terms;
    uint64_t *rest = &s->workloads[w].storage_rest;
    if (held_ns == 0 || !(terms->storage_usd_per_tok_s > 0)) return;
    const floe_i128 sum = (floe_i128)held_ns * (int64_t)plan_load_of(s->run.plan, phase, w)->prefix.prefix_tok +
                          (int64_t)*rest;
    *rest = (uint64_t)(sum % NS_PER_S);
    counts_tokens(&s->counts, w, s->bin, step->slot)[USAGE_CACHE_STORAGE] += (double)(int64_t)(sum / NS_PER_S);
}

/* What the provider's prompt cache makes of the prefix. */
FLOE_FN enum prompt_use prefix_use(struct events_state *s, const struct call_at *at, uint64_t prefix)
{
    const struct prompt_terms *terms = &at->step->terms;
    double u = 0;
    if (!terms->is_on) return PROMPT_PLAIN;
    if (terms->n_pools > 1)
        u = floe_rng_uniform(events_rng(s), s->run.plan->workloads[at->workload].stream[STREAM_POOL], at->number);
    const int32_t pool = prompt_cache_pool(terms, (int64_t)prefix, u);
    struct prompt_entry *entry =
        &s->prompt_entries[at->step->entries + (uint64_t)prompt_cache_index(terms, (int64_t)prefix, pool)];
    const struct prompt_called called = prompt_cache_call(terms, entry, at->load->prefix.prefix_tok, s->where.now_ns);
    count_storage(s, at->workload, s->phase, at->step, called.held_ns);
    return (enum prompt_use)called.use;
}

#endif

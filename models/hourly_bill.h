/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What attempts are billed in a bin of the hourly engine: tokens by price row and band, prefixes by what the provider's
 * prompt cache makes of them. */
#ifndef FLOE_MODELS_HOURLY_BILL_H
#define FLOE_MODELS_HOURLY_BILL_H

#include "models/hourly_gateway.h"

/* calls x (tokens per call on this slot), split into the cache classes. */
FLOE_FN void hourly_tokens(double *tokens, double calls, struct slot_mean mean, const uint64_t cache_share[3])
{
    const double input = calls * mean.input_tok;
    double uncached = input;
    for (int i = 0; i < 3; i++) {
        const double cached = input * ((double)cache_share[i] * 0x1p-32);
        tokens[TOKEN_CACHE_READ + i] += cached;
        uncached -= cached;
    }
    tokens[TOKEN_INPUT_UNCACHED] += uncached;
    tokens[TOKEN_OUTPUT] += calls * mean.output_tok;
    tokens[USAGE_REQUEST] += calls * mean.share;
}

/* Where a workload's calls of a bin are priced at a step of the chain. */
struct hourly_place {
    int32_t workload, bin, phase, price_row;
    const struct plan_load *load;
    const struct plan_step *step;
};

FLOE_FN struct hourly_place hourly_place_of(const struct route_run *run, int32_t w, int32_t bin, int32_t step)
{
    const struct plan *plan = run->plan;
    struct hourly_place place;
    place.workload = w;
    place.bin = bin;
    place.phase = plan_phase_of_bin(plan)[bin];
    place.load = plan_load_of(plan, place.phase, w);
    place.step = plan_step_of(plan, place.phase, run->route, w, step);
    place.price_row = price_row_at(plan_model(run->timeline, place.phase, place.step),
                                   plan->start_at_s + plan_edges(plan)[bin] / NS_PER_S);
    return place;
}

FLOE_FN double *hourly_slot(const struct counts *counts, const struct hourly_place *at, int32_t band)
{
    return counts_tokens(counts, at->workload, at->bin, at->step->slot + at->price_row * PRICE_SLOTS_PER_ROW + band);
}

/* What is billed in a bin: calls, and of them those whose prefix is read, or written, from the prompt cache. */
struct hourly_billed {
    double calls, reads, writes;
    double held_s;       /* that prefixes are kept */
    double output_ratio; /* of their output tokens to those of all calls */
    int32_t write_class;
};

/* Tokens of the billed calls, spread over the bands of the row in force. */
FLOE_FN void hourly_bands(const struct route_run *run, const struct counts *counts, const struct hourly_place *at,
                          struct hourly_billed billed)
{
    const struct slot_mean *means = plan_slot_means(run->plan, at->step) +
                                    (ptrdiff_t)at->price_row * PRICE_SLOTS_PER_ROW;
    const double prefix_tok = (double)(uint32_t)at->load->prefix.prefix_tok;
    double plain = billed.calls - billed.reads - billed.writes;
    if (plain < 1e-12 * billed.calls) plain = 0; /* rounding */
    for (int32_t band = 0; band < PRICE_SLOTS_PER_ROW; band++) {
        double *tokens = hourly_slot(counts, at, band);
        struct slot_mean mean = means[band];
        mean.output_tok *= billed.output_ratio;
        hourly_tokens(tokens, billed.calls, mean, at->load->cache_share);
        if (!(prefix_tok > 0)) continue;
        tokens[USAGE_CACHE_STORAGE] += billed.held_s * (band == 0) * prefix_tok;
        tokens[TOKEN_CACHE_READ] += billed.reads * means[band].share * prefix_tok;
        tokens[billed.write_class] += billed.writes * means[band].share * prefix_tok;
        tokens[TOKEN_INPUT_UNCACHED] += plain * means[band].share * prefix_tok;
    }
}

/* Mean tokens of a call at a step, prefix included. */
struct hourly_mean_call {
    double input_tok, output_tok;
};

FLOE_FN struct hourly_mean_call hourly_mean_call_of(const struct hourly_bin *b, int32_t w, int32_t i)
{
    const struct slot_mean *means = plan_slot_means(b->run->plan, bin_step(b, w, i));
    struct hourly_mean_call mean = {bin_load(b, w)->prefix.prefix_tok > 0 ? bin_load(b, w)->prefix.prefix_tok : 0, 0};
    for (int32_t band = 0; band < PRICE_SLOTS_PER_ROW; band++) {
        mean.input_tok += means[band].input_tok;
        mean.output_tok += means[band].output_tok;
    }
    return mean;
}

/* ---- the prompt cache ---- */

/* Calls of a job at even gaps, one prefix, one pool: each occurrence that reaches into the bin. */
FLOE_FN struct prompt_means hourly_even_prefix(const struct hourly_bin *b, int32_t w, const struct prompt_terms *terms,
                                               struct prompt_entry *entry)
{
    const struct job *job = &bin_load(b, w)->job;
    const int64_t all = job->n_tasks * job->calls_per_task, gap_ns = job_offset_ns(job, 1);
    struct prompt_means means = {0, 0, 0, 0, 0, 0};
    int64_t at_ns = job_next_call_ns(job, b->from_ns);
    while (at_ns < b->to_ns) {
        const int64_t occurrence = (at_ns - job->first_ns) / job->period_ns;
        const int64_t start_ns = job->first_ns + occurrence * job->period_ns;
        const int64_t i = job_index_at(job, at_ns - start_ns), end = job_index_at(job, b->to_ns - start_ns);
        int64_t held_ns;
        const int64_t writes = prompt_cache_even(terms, entry, at_ns, gap_ns, end - i, &held_ns);
        means.writes += (double)writes;
        means.held_s += (double)held_ns / NS_PER_S;
        means.reads += (double)(end - i - writes);
        at_ns = end < all ? b->to_ns : job_next_call_ns(job, start_ns + job_offset_ns(job, all - 1) + 1);
    }
    if (b->to_ns == b->run->plan->horizon_ns) means.held_s += (double)prompt_cache_settle(entry, b->to_ns) / NS_PER_S;
    return means;
}

/* How the prefixes of a bin's attempts are billed. */
FLOE_FN struct prompt_means hourly_prefixes(struct hourly_bin *b, int32_t w, const struct plan_step *step,
                                            double attempts)
{
    const struct plan *plan = b->run->plan;
    const struct plan_load *load = bin_load(b, w);
    const struct prompt_terms *terms = &step->terms;
    struct hourly_prefix *prefix = hourly_prefix_of(b->state, plan, b->run->route, w, step->number);
    const int is_whole = attempts == b->flows[w].offered; /* nothing is served or denied on the way */
    struct prompt_load offered;
    struct prompt_means means = {0, 0, 0, 0, 0, 0};
    if (!terms->is_on || load->prefix.prefix_tok <= 0) return means;
    if (plan->workloads[w].is_job && is_whole && load->prefix.prefixes <= 1 && terms->n_pools == 1 &&
        !terms->is_refused && load->prefix.prefix_tok >= terms->min_tok)
        return hourly_even_prefix(b, w, terms, &prefix->entry);
    const int is_burst = !plan->workloads[w].is_job && load->over_ns == 0;
    offered.burst = is_burst ? (double)load->calls_per_task : 1;
    if (is_burst && b->flows[w].offered > 0) offered.burst *= attempts / b->flows[w].offered;
    if (offered.burst < 1) offered.burst = 1;
    offered.per_s = attempts / b->length_s / offered.burst;
    offered.prefixes = load->prefix.prefixes > 1 ? (double)load->prefix.prefixes : 1;
    offered.prefix_tok = load->prefix.prefix_tok;
    prompt_cache_step(terms, &prefix->state, prompt_cache_past(terms, (double)b->state->shortest_bin_ns / NS_PER_S),
                      &offered, b->length_s, &means);
    if (means.doubt != 0 || (load->calls_per_task > 1 && load->over_ns > 0))
        b->state->doubt |= HOURLY_DOUBT_PROMPT_CACHE;
    return means;
}

#endif

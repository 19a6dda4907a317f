/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What becomes of the calls of one bin in front of the provider, as expectations: keys and budgets, then the response
 * cache. The steps of the mechanisms stand in their own files (models/model_budget.h, response_cache_hourly.h,
 * response_cache_runs.h); this file says who shares what with whom.
 *
 * Limits. A key's cost per call is that of its workloads' mean call, times the share of their calls that cost something
 * in the bin before; what came out otherwise is booked when the bin is over. So a budget does not see a cache warm up
 * within a bin: where it denies calls meanwhile, that is a doubt. Workloads that ask the same prompts under
 * one key are served alike; a grace window is that of the workload among them with the most calls. A set whose runs come
 * by chance is taken as coming at the expected instants. */
#ifndef FLOE_MODELS_HOURLY_GATEWAY_H
#define FLOE_MODELS_HOURLY_GATEWAY_H

#include "models/engine_state.h"
#include "models/hourly_state.h"

/* Calls of one workload in one bin. offered = denied + admitted, admitted = hits + stale + upstream. */
struct hourly_flow {
    double offered, denied, denied_over, admitted;
    double hits, wrong, stale, upstream, refreshes;
};

/* The bin at hand. */
struct hourly_bin {
    const struct route_run *run;
    struct hourly_state *state;
    int32_t bin, phase;
    int64_t from_ns, to_ns;
    double length_s;
    struct hourly_flow *flows; /* one per workload */
};

FLOE_FN const struct plan_load *bin_load(const struct hourly_bin *b, int32_t w)
{
    return plan_load_of(b->run->plan, b->phase, w);
}

FLOE_FN const struct plan_pair_cache *bin_caches(const struct hourly_bin *b, int32_t w)
{
    return plan_cache_of(b->run->plan, b->phase, b->run->route, w);
}

FLOE_FN const struct plan_step *bin_step(const struct hourly_bin *b, int32_t w, int32_t step)
{
    return plan_step_of(b->run->plan, b->phase, b->run->route, w, step);
}

FLOE_FN double bin_latency_s(const struct hourly_bin *b)
{
    return (double)b->run->plan->call_ns[b->phase][b->run->route] / NS_PER_S;
}

/* ---- keys ---- */

/* Mean cost of a call that the first step of the chain answers; its prefix at the input's price. */
FLOE_FN double bin_call_usd(const struct hourly_bin *b, int32_t w)
{
    const struct plan *plan = b->run->plan;
    const struct plan_step *step = bin_step(b, w, 0);
    const struct model_prices *model = plan_model(b->run->timeline, b->phase, step);
    const int32_t row = price_row_at(model, plan->start_at_s + b->from_ns / NS_PER_S);
    const struct slot_mean *means = plan_slot_means(plan, step) + (ptrdiff_t)row * PRICE_SLOTS_PER_ROW;
    double usd = 0;
    for (int32_t band = 0; band <= model->rows[row].n_bands; band++) {
        const double input_tok = means[band].input_tok + means[band].share * bin_load(b, w)->prefix.prefix_tok;
        usd += input_tok * price_get(&model->rows[row], band, TOKEN_INPUT_UNCACHED) +
               means[band].output_tok * price_get(&model->rows[row], band, TOKEN_OUTPUT);
    }
    return usd;
}

FLOE_FN int32_t bin_key_slot(const struct hourly_bin *b, int32_t w)
{
    const int32_t model = bin_caches(b, w)->key_model;
    return model == KEY_UNLISTED_MODEL ? KEY_MODELS_MOST : model;
}

/* Adds a workload's calls to what its key is asked for its model; costs as sums over calls until bin_key_means. */
FLOE_FN void bin_key_add(const struct hourly_bin *b, int32_t w, struct budget_load *load)
{
    const double per_s = b->flows[w].offered / b->length_s, usd = bin_call_usd(b, w), paid = b->state->paid_share[w];
    load->per_s += per_s;
    load->cost_usd += per_s * paid * usd;
    load->square_usd2 += per_s * paid * usd * usd;
    if (usd > load->most_usd) load->most_usd = usd;
    load->call_s = bin_latency_s(b);
}

FLOE_FN void bin_key_means(struct budget_load *load)
{
    if (!(load->per_s > 0)) return;
    load->cost_usd /= load->per_s;
    load->square_usd2 /= load->per_s;
}

FLOE_FN void bin_key(struct hourly_bin *b, int32_t key)
{
    const struct plan *plan = b->run->plan;
    const struct key_terms *terms = plan_key_of(plan, b->phase, key);
    struct budget_load loads[KEY_MODELS_MOST + 1];
    struct budget_flow flows[KEY_MODELS_MOST + 1];
    memset(loads, 0, sizeof loads);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        if (bin_load(b, w)->key == key) bin_key_add(b, w, &loads[bin_key_slot(b, w)]);
    for (int32_t i = 0; i <= KEY_MODELS_MOST; i++)
        bin_key_means(&loads[i]);
    const uint32_t doubt = budget_step(terms, &b->state->keys[key], (double)b->from_ns / NS_PER_S, b->length_s,
                                       budget_pieces(terms, b->length_s), loads, flows);
    if (doubt != 0) b->state->doubt |= HOURLY_DOUBT_BUDGET;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        if (bin_load(b, w)->key != key || !(b->flows[w].offered > 0)) continue;
        const int32_t i = bin_key_slot(b, w);
        const double offered = b->flows[w].offered, share = offered / (loads[i].per_s * b->length_s);
        const double admitted = flows[i].admitted * share;
        b->flows[w].admitted = admitted > offered * (1 - 1e-12) ? offered : admitted; /* 1e-16 of a call is rounding */
        b->flows[w].denied_over = flows[i].denied_over * share;
        b->flows[w].denied = offered - b->flows[w].admitted;
    }
}

/* ---- the response cache ---- */

/* From when on the old key may answer a workload. Calls on popular prompts are spread evenly over a bin, also over the
 * time before the first of them: the window is open for those, too, as none in truth comes before it. */
FLOE_FN struct cache_window bin_grace(struct hourly_bin *b, int32_t w)
{
    struct hourly_state *s = b->state;
    const struct plan *plan = b->run->plan;
    const int64_t switched_ns = bin_caches(b, w)->switched_ns;
    if (switched_ns < 0) return cache_no_window();
    if (s->switched_ns[w] != switched_ns) {
        if (!(b->flows[w].offered > 0)) return cache_no_window();
        s->switched_ns[w] = switched_ns;
        s->first_use_ns[w] = plan->workloads[w].is_job
                                 ? job_next_call_ns(&bin_load(b, w)->job, b->from_ns)
                                 : b->from_ns + (int64_t)((double)(b->to_ns - b->from_ns) / (b->flows[w].offered + 1));
        s->calls_from_ns[w] = b->from_ns;
    }
    struct cache_window window = cache_grace_window(&plan->cache.rules[b->phase], switched_ns, s->first_use_ns[w]);
    if (window.from_ns == s->first_use_ns[w]) window.from_ns = s->calls_from_ns[w];
    return window;
}

/* The calls of workload w that ask the prompts of `owner`. */
FLOE_FN double bin_asks(const struct hourly_bin *b, int32_t w, int32_t owner)
{
    const struct prompt_population *population = &bin_load(b, w)->population;
    const int32_t other = b->run->plan->workloads[w].shares_with;
    const double away = other >= 0 ? population->shared_share : 0;
    return b->flows[w].admitted * ((w == owner ? 1 - away : 0) + (owner == other ? away : 0));
}

FLOE_FN int bin_uses_cell(const struct hourly_bin *b, int32_t w, uint32_t key, uint32_t scope)
{
    return bin_caches(b, w)->key == key && b->run->plan->workloads[w].scope == scope;
}

/* 1: calls at even gaps meet a limit on refreshes that this engine takes for calls at random. Of x calls in the time of
 * one refresh one in ceil(x) gets it when the limit holds one at most; where that is more than a point off, say so. */
FLOE_FN int bin_refresh_is_doubtful(const struct hourly_bin *b, int32_t w, double refresh_per_s)
{
    const struct job *job = &bin_load(b, w)->job;
    if (!b->run->plan->workloads[w].is_job || !(refresh_per_s > 0) || job->over_ns == 0) return 0;
    const double per_s = (double)(job->n_tasks * job->calls_per_task) / ((double)job->over_ns / NS_PER_S);
    const double x = per_s / refresh_per_s;
    const double even = x <= 1 ? 1 : refresh_per_s > 1 ? 1 / x : 1 / ceil(x - 1e-9);
    const double off = even - cache_bucket_share(per_s, refresh_per_s);
    return off > 0.01 || off < -0.01;
}

/* What is asked of a cell, and its window. */
FLOE_FN struct cache_load bin_cell_load(struct hourly_bin *b, int32_t owner, uint32_t key, uint32_t scope,
                                        double all_calls)
{
    const struct plan *plan = b->run->plan;
    const struct cache_rules *rules = &plan->cache.rules[b->phase];
    struct cache_load load;
    double most = 0;
    memset(&load, 0, sizeof load);
    load.from_ns = b->from_ns;
    load.to_ns = b->to_ns;
    load.latency_s = bin_latency_s(b);
    load.characteristic_s = CACHE_NO_LIMIT_S;
    load.renewed_every_s = (double)bin_load(b, owner)->population.renewed_every_ns / NS_PER_S;
    load.grace = cache_no_window();
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const double asks = bin_uses_cell(b, w, key, scope) ? bin_asks(b, w, owner) : 0;
        load.calls += asks;
        if (!bin_uses_cell(b, w, key, scope) || bin_caches(b, w)->switched_ns < 0) continue;
        if (asks < most) continue;
        most = asks;
        load.grace = bin_grace(b, w);
        load.old = &hourly_cell_of(b->state, plan, b->run->route, owner, bin_caches(b, w)->old_key, scope)->cell;
        load.grace_share = asks;
        if (rules->refresh == CACHE_REFRESH_LIMITED && asks > 0 && load.grace.until_ns > b->from_ns &&
            bin_refresh_is_doubtful(b, w, rules->refresh_per_s))
            b->state->doubt |= HOURLY_DOUBT_CACHE;
    }
    load.grace_share = load.calls > 0 ? load.grace_share / load.calls : 0;
    load.refresh_per_s = all_calls > 0 ? rules->refresh_per_s * load.calls / all_calls : rules->refresh_per_s;
    return load;
}

/* Shares a step's outcome out among those who asked. */
FLOE_FN void bin_take_step(struct hourly_bin *b, int32_t w, double asks, const struct cache_step *step)
{
    const double part = step->calls > 0 ? asks / step->calls : 0;
    struct hourly_flow *flow = &b->flows[w];
    flow->hits += part * (step->hits + step->similar);
    flow->wrong += part * step->wrong;
    flow->stale += part * step->stale;
    flow->upstream += part * (step->misses + step->bypassed);
    flow->refreshes += part * step->refreshes;
    if (step->doubt != 0) b->state->doubt |= HOURLY_DOUBT_CACHE;
}

/* Prompts by popularity: every cell of an owner's population. */
FLOE_FN int bin_is_popular(const struct hourly_bin *b, int32_t w)
{
    return bin_load(b, w)->population.kind == PROMPTS_POPULAR;
}

/* 1: some workload asks this cell in this phase. Cells that nobody asks go first: they may be somebody's old ones. */
FLOE_FN int bin_is_asked(const struct hourly_bin *b, uint32_t key, uint32_t scope)
{
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++)
        if (bin_uses_cell(b, w, key, scope)) return 1;
    return 0;
}

FLOE_FN double bin_all_calls(const struct hourly_bin *b)
{
    double calls = 0;
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++)
        calls += b->flows[w].admitted;
    return calls;
}

/* The characteristic time of the coming piece, over all cells. */
FLOE_FN double bin_characteristic_s(const struct hourly_bin *b, const struct cache_load *loads, int32_t n_loads,
                                    struct cache_share *shares, double span_s)
{
    const struct plan *plan = b->run->plan;
    const struct cache_rules *rules = &plan->cache.rules[b->phase];
    int32_t n = 0;
    for (int32_t i = 0; i < n_loads; i++) {
        const int32_t owner = i / (int32_t)(plan->cache.n_keys[b->run->route] * plan->cache.n_scopes);
        if (!bin_is_popular(b, owner)) continue;
        shares[n].cell = &b->state->cells[i].cell;
        shares[n].classes = &b->state->classes[owner];
        shares[n].calls_per_s = loads[i].calls / b->length_s * (1 - rules->bypass_share);
        n++;
    }
    return n == 0 ? CACHE_NO_LIMIT_S : cache_characteristic_s(shares, n, rules, b->state->grid, span_s);
}

/* All cells over one piece: those that nobody asks, then the others. */
FLOE_FN void bin_piece(struct hourly_bin *b, const struct cache_load *loads, struct cache_step *steps, int32_t n_cells,
                       int32_t piece, int32_t n_pieces)
{
    const struct plan *plan = b->run->plan;
    const struct cache_rules *rules = &plan->cache.rules[b->phase];
    const uint32_t n_keys = plan->cache.n_keys[b->run->route], n_scopes = plan->cache.n_scopes;
    struct cache_share shares[HOURLY_CELLS_MOST];
    double characteristic_s = CACHE_NO_LIMIT_S;
    if (rules->capacity > 0) characteristic_s = bin_characteristic_s(b, loads, n_cells, shares, b->length_s / n_pieces);
    for (int asked = 0; asked < 2; asked++)
        for (int32_t i = 0; i < n_cells; i++) {
            const int32_t owner = i / (int32_t)(n_keys * n_scopes);
            const uint32_t key = (uint32_t)i / n_scopes % n_keys, scope = (uint32_t)i % n_scopes;
            if (!bin_is_popular(b, owner) || bin_is_asked(b, key, scope) != asked) continue;
            struct cache_load load = cache_load_piece(&loads[i], piece, n_pieces);
            load.characteristic_s = characteristic_s;
            const struct cache_step step = cache_cell_step(&b->state->cells[i].cell, rules, b->state->grid,
                                                           &b->state->classes[owner], &load);
            cache_step_add(&steps[i], &step);
        }
}

FLOE_FN void bin_popular(struct hourly_bin *b)
{
    const struct plan *plan = b->run->plan;
    const struct cache_rules *rules = &plan->cache.rules[b->phase];
    const uint32_t n_keys = plan->cache.n_keys[b->run->route], n_scopes = plan->cache.n_scopes;
    const int32_t n_cells = (int32_t)hourly_cells_of(plan, b->run->route);
    struct cache_load loads[HOURLY_CELLS_MOST];
    struct cache_step steps[HOURLY_CELLS_MOST];
    int32_t n_pieces = 1;
    const double all_calls = bin_all_calls(b);
    memset(steps, 0, sizeof steps);
    for (int32_t i = 0; i < n_cells; i++) {
        const int32_t owner = i / (int32_t)(n_keys * n_scopes);
        struct cache_cell *cell = &b->state->cells[i].cell;
        if (!bin_is_popular(b, owner)) continue;
        if (cell->at_ns != b->from_ns) cache_cell_begin(cell, b->from_ns); /* there was no cache for a while */
        loads[i] = bin_cell_load(b, owner, (uint32_t)i / n_scopes % n_keys, (uint32_t)i % n_scopes, all_calls);
        const int32_t n = cache_pieces(rules, b->state->grid, loads[i].grace, b->from_ns, b->to_ns);
        if (n > n_pieces) n_pieces = n;
    }
    for (int32_t piece = 0; piece < n_pieces; piece++)
        bin_piece(b, loads, steps, n_cells, piece, n_pieces);
    for (int32_t i = 0; i < n_cells; i++) {
        const int32_t owner = i / (int32_t)(n_keys * n_scopes);
        for (int32_t w = 0; w < plan->n_workloads && bin_is_popular(b, owner); w++)
            if (bin_uses_cell(b, w, (uint32_t)i / n_scopes % n_keys, (uint32_t)i % n_scopes))
                bin_take_step(b, w, bin_asks(b, w, owner), &steps[i]);
    }
}

/* ---- sets ---- */

/* When the run with this number begins; INT64_MAX: not before the horizon. */
FLOE_FN int64_t bin_run_at(const struct hourly_bin *b, int32_t w, struct hourly_run *run)
{
    const struct plan *plan = b->run->plan;
    const struct traffic_rates tasks = plan_rates(plan, w);
    int64_t at_ns = INT64_MAX;
    if (plan->workloads[w].is_job) return plan_job_next(plan, w, &run->job, &at_ns) ? at_ns : INT64_MAX;
    for (int32_t bin = 0; bin < plan->n_bins; bin++) {
        const double middle = (double)run->number + 0.5, before = tasks.cumulated[bin];
        if (tasks.cumulated[bin + 1] <= middle) continue;
        const double inside = (middle - before) / (tasks.cumulated[bin + 1] - before);
        return tasks.edge_ns[bin] + (int64_t)(inside * (double)(tasks.edge_ns[bin + 1] - tasks.edge_ns[bin]));
    }
    return INT64_MAX;
}

FLOE_FN void bin_run_begin(struct hourly_bin *b, int32_t w, struct hourly_run *run)
{
    const struct plan *plan = b->run->plan;
    const struct plan_load *load = bin_load(b, w);
    const struct plan_pair_cache *caches = bin_caches(b, w);
    const uint32_t scope = plan->workloads[w].scope;
    struct cache_run_load at;
    run->at_ns = run->next_ns;
    run->lasts_ns = plan->workloads[w].is_job ? load->job.over_ns / load->job.n_tasks : load->over_ns;
    memset(&at, 0, sizeof at);
    at.run = run->number++;
    at.at_ns = run->at_ns;
    at.lasts_ns = run->lasts_ns;
    at.latency_ns = plan->call_ns[b->phase][b->run->route];
    at.refresh_per_s = plan->cache.rules[b->phase].refresh_per_s;
    if (caches->switched_ns >= 0) {
        at.grace_share = cache_run_in_window(bin_grace(b, w), run->at_ns, run->lasts_ns);
        at.old = &hourly_cell_of(b->state, plan, b->run->route, w, caches->old_key, scope)->runs;
    }
    run->shares = cache_runs_step(&hourly_cell_of(b->state, plan, b->run->route, w, caches->key, scope)->runs,
                                  &plan->cache.rules[b->phase], &load->population, &at);
    run->next_ns = bin_run_at(b, w, run);
}

/* The part of the run under way that lies between two instants, `calls` a second, or all at once. */
FLOE_FN void bin_run_part(struct hourly_bin *b, int32_t w, const struct hourly_run *run, int64_t from_ns, int64_t to_ns)
{
    const double m = (double)bin_load(b, w)->calls_per_task;
    const int64_t end_ns = run->at_ns + run->lasts_ns;
    const int64_t low = from_ns > run->at_ns ? from_ns : run->at_ns, high = to_ns < end_ns ? to_ns : end_ns;
    const struct cache_window window = bin_grace(b, w);
    double calls = run->lasts_ns > 0 ? m * (double)(high > low ? high - low : 0) / (double)run->lasts_ns : 0;
    if (run->lasts_ns == 0 && run->at_ns >= from_ns && run->at_ns < to_ns) calls = m;
    if (!(calls > 0)) return;
    double inside = cache_run_in_window(window, low, high > low ? high - low : 0);
    if (b->flows[w].offered > 0) calls *= b->flows[w].admitted / b->flows[w].offered;
    bin_take_step(b, w, calls * inside, &run->shares.inside);
    bin_take_step(b, w, calls * (1 - inside), &run->shares.outside);
}

FLOE_FN void bin_set(struct hourly_bin *b, int32_t w)
{
    struct hourly_run *run = &b->state->runs[w];
    struct hourly_flow *flow = &b->flows[w];
    int64_t at_ns = b->from_ns;
    if (run->next_ns < 0) { /* the first bin */
        run->next_ns = bin_run_at(b, w, run);
        run->at_ns = INT64_MIN / 2;
    }
    while (run->next_ns < b->to_ns) {
        bin_run_part(b, w, run, at_ns, run->next_ns);
        at_ns = run->next_ns;
        bin_run_begin(b, w, run);
    }
    bin_run_part(b, w, run, at_ns, b->to_ns);
    if (!b->run->plan->workloads[w].is_job) b->state->doubt |= HOURLY_DOUBT_CACHE;
    /* What the clock of the runs leaves over (whole calls, runs by chance) is shared out as the rest was. */
    const double served = flow->hits + flow->stale + flow->upstream;
    const double scale = served > 0 ? flow->admitted / served : 0;
    flow->hits *= scale, flow->wrong *= scale, flow->stale *= scale, flow->refreshes *= scale;
    flow->upstream = served > 0 ? flow->upstream * scale : flow->admitted;
}

/* Classes of popularity, and how the ring lies, of a phase. */
FLOE_FN void bin_enter_phase(struct hourly_bin *b)
{
    struct hourly_state *s = b->state;
    if (s->phase == b->phase) return;
    s->phase = b->phase;
    s->grid = cache_grid_of(&b->run->plan->cache.rules[b->phase], s->longest_bin_ns);
    for (int32_t w = 0; w < b->run->plan->n_workloads; w++)
        if (bin_is_popular(b, w)) prompt_classes_of(&bin_load(b, w)->population, &s->classes[w]);
}

FLOE_FN void bin_response_cache(struct hourly_bin *b)
{
    const struct plan *plan = b->run->plan;
    bin_enter_phase(b);
    bin_popular(b);
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        struct hourly_flow *flow = &b->flows[w];
        if (bin_load(b, w)->population.kind == PROMPTS_SET && !plan->workloads[w].is_replay) bin_set(b, w);
        if (bin_load(b, w)->population.kind == PROMPTS_FRESH) flow->upstream += bin_asks(b, w, w);
    }
}

/* A window's cost of this bin, as it came out rather than as it was foreseen. */
FLOE_FN void bin_window_correct(const struct hourly_bin *b, struct budget_mean_window *window, double offered_usd,
                                double admitted_usd)
{
    const double since_s = (double)b->to_ns / NS_PER_S - window->open_s;
    const double part = since_s < b->length_s ? since_s / b->length_s : 1; /* it opened within the bin */
    if (!window->is_open || !(part > 0)) return;
    window->offered_usd += offered_usd * part;
    window->admitted_usd += admitted_usd * part;
    if (window->offered_usd < 0) window->offered_usd = 0;
    if (window->admitted_usd < 0) window->admitted_usd = 0;
}

/* The share of a workload's calls that cost something, now that it is known. */
FLOE_FN void bin_paid(struct hourly_bin *b, int32_t w)
{
    const struct hourly_flow *flow = &b->flows[w];
    const int32_t key = bin_load(b, w)->key;
    if (!(flow->admitted > 0)) return;
    const double before = b->state->paid_share[w], now = (flow->upstream + flow->refreshes) / flow->admitted;
    b->state->paid_share[w] = now;
    if (key < 0) return;
    const double more_usd = (now - before) * bin_call_usd(b, w);
    const double offered = flow->admitted + flow->denied_over;
    struct key_hourly *state = &b->state->keys[key];
    const int32_t slot = bin_key_slot(b, w);
    bin_window_correct(b, &state->all, offered * more_usd, flow->admitted * more_usd);
    if (slot < KEY_MODELS_MOST)
        bin_window_correct(b, &state->models[slot], offered * more_usd, flow->admitted * more_usd);
    if (flow->denied_over > 0 && (now > 1.1 * before || now < 0.9 * before)) b->state->doubt |= HOURLY_DOUBT_BUDGET;
}

/* All of it, for the calls offered in flows[w].offered. */
FLOE_FN void bin_gateway(struct hourly_bin *b)
{
    const struct plan *plan = b->run->plan;
    for (int32_t w = 0; w < plan->n_workloads; w++)
        b->flows[w].admitted = b->flows[w].offered;
    for (int32_t key = 0; key < plan->n_keys; key++)
        bin_key(b, key);
    if (plan->cache.is_on_in[b->phase])
        bin_response_cache(b);
    else
        for (int32_t w = 0; w < plan->n_workloads; w++)
            b->flows[w].upstream = b->flows[w].admitted;
    for (int32_t w = 0; w < plan->n_workloads; w++)
        bin_paid(b, w);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys with an allow-list and budgets: what a gateway lets through before it calls a provider.
 *   as events        budget_admit at a call's start, budget_settle when its cost is recorded
 *   as expectations  budget_step: how many calls a span of time lets through
 *
 * A model that the key does not list is denied (403) where `unlisted` is deny: its budget is 0. A call over the budget
 * of its model, or over that of the key for all its models, is denied (429). Denied calls cost nothing and are counted.
 *
 * Windows are fixed, not sliding. One opens at the first call after the last one ended (LiteLLM,
 * proxy/hooks/model_max_budget_limiter.py), or, with `window: calendar`, at whole multiples of the period (of weeks: on
 * Mondays) in UTC. It ends before the instant `open + period`.
 *
 * racy    a call passes while what is RECORDED is below the limit, and is recorded when it is done, `record_lag` later:
 *         calls in flight are not seen, so the budget is overspent by less than the calls that were in flight when it
 *         was reached (LiteLLM as shipped: issues #34732, #40095). What is recorded counts in the window open by then.
 * strict  a call passes if spent + reserved + its own highest cost (at max output tokens) stay within the limit. The
 *         highest cost is reserved until the call is done, in the window in which it started. Never overspends, and
 *         leaves less than one call's highest cost unused once nothing is in flight.
 * A limit of 0 denies all. Without a limit everything passes, and nothing is kept.
 *
 * Money is whole picodollars in int64, so that no rounding can overspend: prices of 1e-12 usd/tok are exact, limits go
 * up to 9,000,000 usd (2^63 - 1 pusd are 9,223,372 usd). budget_pico rounds a cost up, except where it is a whole number
 * but for the rounding of doubles. Sums that would pass 2^63 - 1 stay there.
 *
 * Expectations. With R the rate of cost, D = call time + record lag, c and q the mean and mean square of a call's cost,
 * and m its highest cost, the cost that a window lets through is
 *     racy    B + q/2c + R D      the call that reaches B goes past it by its mean residual (renewal theory: Feller II,
 *                                 XI.4), and calls go on passing until it is recorded
 *     strict  B - m + q/2c        what is unused is m less the residual; calls in flight hold it for a moment longer
 * The cost S offered in a window is compound Poisson; of it E[min(S, limit)] passes, with S normal at its mean and
 * variance: mu - s (f(z) - z (1 - F(z))), z = (limit - mu)/s. Admitted calls = admitted cost / c.
 * Limits: R D takes the present span's rate; a key's and its model's window pass their calls one after the other, as if
 * independent. doubt: BUDGET_DOUBT_FEW, the limit is worth fewer than 30 calls; BUDGET_DOUBT_SHORT, more windows end in
 * one span than are followed (advice for both: the events engine, or a shorter time.step). */
#ifndef FLOE_MODELS_MODEL_BUDGET_H
#define FLOE_MODELS_MODEL_BUDGET_H

#include "models/calendar.h"
#include "models/param.h"
#include "sim/fmath.h"
#include "sim/normal.h"

#define KEYS_MOST 32
#define KEY_MODELS_MOST 16
#define BUDGET_USD_MOST 9e6
#define PUSD_PER_USD 1e12
#define PUSD_MOST INT64_MAX
#define BUDGET_NO_LIMIT (-1)
#define BUDGET_FEW_CALLS 30

struct key_model {
    char name[NAME_BYTES];
    double budget_usd; /* PARAM_ABSENT: no limit */
    int32_t period_s;
};

struct key_models {
    int32_t allow; /* KEY_ANY when nothing is listed */
    int32_t n_listed;
    struct key_model listed[KEY_MODELS_MOST];
};

enum key_unlisted { KEY_UNLISTED_DENY, KEY_UNLISTED_ALLOW };
enum key_check { KEY_RACY, KEY_STRICT };
enum key_window { KEY_WINDOW_FIRST_USE, KEY_WINDOW_CALENDAR };

struct access_key {
    char name[NAME_BYTES];
    struct key_models models;
    double budget_usd; /* over all models; PARAM_ABSENT: no limit */
    int32_t period_s;
    int32_t unlisted, check, window;
    double record_lag_s;
};

extern const struct param_block key_model_block, key_models_block, access_key_block;

/* ---- what holds, derived once ---- */

struct budget_limit {
    int64_t limit_pusd; /* BUDGET_NO_LIMIT: none */
    int64_t period_ns;
    int64_t phase_ns; /* calendar: a window's start, modulo the period */
};

struct key_terms {
    int32_t n_models;
    int32_t is_any;              /* nothing is listed: every model passes */
    int32_t is_unlisted_allowed; /* listed models have budgets, the others pass */
    int32_t is_strict, is_calendar;
    int64_t record_lag_ns;
    struct budget_limit all, models[KEY_MODELS_MOST];
};

#define KEY_UNLISTED_MODEL (-1)

void access_key_derive(const struct access_key *key, int64_t start_at_s, struct key_terms *terms);

/* The key's number for a model: by its name, or by its name behind the last stroke (`bedrock/nova-pro`). */
int32_t access_key_model(const struct access_key *key, const char *model);

/* Whole picodollars of a cost: up to the next one, unless the double misses a whole one by its own rounding only. */
FLOE_FN int64_t budget_pico(double usd)
{
    const double pusd = usd * PUSD_PER_USD;
    if (!(pusd > 0)) return 0;
    if (pusd >= 0x1p63) return PUSD_MOST;
    const double nearest = floor(pusd + 0.5), miss = pusd > nearest ? pusd - nearest : nearest - pusd;
    return (int64_t)(miss <= pusd * 0x1p-50 ? nearest : ceil(pusd));
}

FLOE_FN int64_t budget_sum(int64_t a, int64_t b) /* of amounts, both 0 or more */
{
    return a > PUSD_MOST - b ? PUSD_MOST : a + b;
}

/* ---- as events ---- */

enum budget_verdict { BUDGET_ADMITTED, BUDGET_DENIED_UNLISTED, BUDGET_DENIED_OVER };

/* Zeroed: none open yet. */
struct budget_window {
    int64_t open_ns, spent_pusd, reserved_pusd;
    int64_t serial; /* of the window, 0: none */
};

struct key_state {
    struct budget_window all, models[KEY_MODELS_MOST];
    int64_t admitted, denied_unlisted, denied_over;
};

/* What a call takes along from admission to settlement. */
struct budget_ticket {
    int64_t reserved_pusd;
    int64_t serial_all, serial_model;
    int32_t model;
};

/* Opens the next window if this one has ended. */
FLOE_FN void budget_window_at(const struct key_terms *terms, const struct budget_limit *limit,
                              struct budget_window *window, int64_t at_ns)
{
    if (limit->limit_pusd == BUDGET_NO_LIMIT) return;
    if (window->serial > 0 && at_ns - window->open_ns < limit->period_ns) return;
    const int64_t into_ns = at_ns - limit->phase_ns;
    window->open_ns = terms->is_calendar
                          ? at_ns - (into_ns - calendar_floor_div(into_ns, limit->period_ns) * limit->period_ns)
                          : at_ns;
    window->spent_pusd = 0;
    window->reserved_pusd = 0;
    window->serial++;
}

FLOE_FN int budget_window_passes(const struct key_terms *terms, const struct budget_limit *limit,
                                 const struct budget_window *window, int64_t most_pusd)
{
    if (limit->limit_pusd == BUDGET_NO_LIMIT) return 1;
    if (limit->limit_pusd == 0) return 0;
    if (!terms->is_strict) return window->spent_pusd < limit->limit_pusd;
    return budget_sum(budget_sum(window->spent_pusd, window->reserved_pusd), most_pusd) <= limit->limit_pusd;
}

/* A call of the key at `at_ns` for its model number `model`; most_pusd: what it can cost at most, over all attempts that
 * may be billed. Times must not fall. */
FLOE_FN enum budget_verdict budget_admit(const struct key_terms *terms, struct key_state *state, int32_t model,
                                         int64_t at_ns, int64_t most_pusd, struct budget_ticket *ticket)
{
    const struct budget_ticket none = {0, 0, 0, KEY_UNLISTED_MODEL};
    *ticket = none;
    if (model == KEY_UNLISTED_MODEL && !terms->is_any && !terms->is_unlisted_allowed) {
        state->denied_unlisted++;
        return BUDGET_DENIED_UNLISTED;
    }
    struct budget_window *own = model == KEY_UNLISTED_MODEL ? NULL : &state->models[model];
    const struct budget_limit *own_limit = own == NULL ? NULL : &terms->models[model];
    budget_window_at(terms, &terms->all, &state->all, at_ns);
    if (own != NULL) budget_window_at(terms, own_limit, own, at_ns);
    if ((own != NULL && !budget_window_passes(terms, own_limit, own, most_pusd)) ||
        !budget_window_passes(terms, &terms->all, &state->all, most_pusd)) {
        state->denied_over++;
        return BUDGET_DENIED_OVER;
    }
    state->admitted++;
    ticket->model = model;
    ticket->serial_all = state->all.serial;
    ticket->serial_model = own == NULL ? 0 : own->serial;
    if (!terms->is_strict) return BUDGET_ADMITTED;
    ticket->reserved_pusd = most_pusd;
    state->all.reserved_pusd = budget_sum(state->all.reserved_pusd, most_pusd);
    if (own != NULL) own->reserved_pusd = budget_sum(own->reserved_pusd, most_pusd);
    return BUDGET_ADMITTED;
}

FLOE_FN void budget_window_settle(const struct key_terms *terms, const struct budget_limit *limit,
                                  struct budget_window *window, const struct budget_ticket *ticket, int64_t serial,
                                  int64_t at_ns, int64_t cost_pusd)
{
    if (limit->limit_pusd == BUDGET_NO_LIMIT) return;
    if (!terms->is_strict) budget_window_at(terms, limit, window, at_ns);
    if (terms->is_strict && window->serial != serial) return; /* its window has gone, and its reserve with it */
    window->spent_pusd = budget_sum(window->spent_pusd, cost_pusd);
    window->reserved_pusd -= ticket->reserved_pusd;
}

/* Records what an admitted call cost: in a strict key when it is done, in a racy key `record_lag` after that. Returns 0
 * if a strict key's call cost more than it had reserved: then the caller's highest cost was wrong. */
FLOE_FN int budget_settle(const struct key_terms *terms, struct key_state *state, const struct budget_ticket *ticket,
                          int64_t at_ns, int64_t cost_pusd)
{
    budget_window_settle(terms, &terms->all, &state->all, ticket, ticket->serial_all, at_ns, cost_pusd);
    if (ticket->model != KEY_UNLISTED_MODEL)
        budget_window_settle(terms, &terms->models[ticket->model], &state->models[ticket->model], ticket,
                             ticket->serial_model, at_ns, cost_pusd);
    return !terms->is_strict || cost_pusd <= ticket->reserved_pusd;
}

/* ---- as expectations ---- */

#define BUDGET_PIECES_MOST 64 /* window ends that are followed within a span */

enum budget_doubt { BUDGET_DOUBT_FEW = 1, BUDGET_DOUBT_SHORT = 2 };

/* Calls offered to one model of a key in a span. */
struct budget_load {
    double per_s;
    double cost_usd, square_usd2; /* mean and mean square of a call's cost */
    double most_usd;              /* the highest, as reserved */
    double call_s;                /* from start to done */
};

struct budget_flow {
    double admitted, denied_unlisted, denied_over; /* calls */
    double cost_usd;                               /* of the admitted ones */
};

struct budget_mean_window {
    double open_s, offered_usd, variance_usd2, admitted_usd;
    int32_t is_open;
};

struct key_hourly {
    struct budget_mean_window all, models[KEY_MODELS_MOST];
};

/* E[min(S, limit)] for S normal with this mean and variance. */
FLOE_FN double budget_expected_min(double mean, double variance, double limit)
{
    const double deviation = sqrt(variance);
    if (!(deviation > 0)) return mean < limit ? mean : limit;
    const double z = (limit - mean) / deviation;
    const double density = floe_exp(-z * z / 2) * 0.3989422804014327; /* 1/sqrt(2 pi) */
    return mean - deviation * (density - z * floe_normal_cdf(-z));
}

/* What a window lets through in all, at this load. */
FLOE_FN double budget_reach(const struct key_terms *terms, const struct budget_limit *limit,
                            const struct budget_load *load)
{
    const double budget = (double)limit->limit_pusd / PUSD_PER_USD;
    const double residual = load->cost_usd > 0 ? load->square_usd2 / (2 * load->cost_usd) : 0;
    const double lag_s = load->call_s + (double)terms->record_lag_ns / (double)NS_PER_S;
    const double racy = budget + residual + load->per_s * load->cost_usd * lag_s;
    const double strict = budget - load->most_usd + residual;
    const double reach = terms->is_strict ? strict : racy;
    return budget > 0 && reach > 0 ? reach : 0;
}

/* Opens the window that is in force at from_s; the first call comes a mean gap later. */
FLOE_FN void budget_mean_open(const struct key_terms *terms, const struct budget_limit *limit,
                              struct budget_mean_window *window, double from_s, double per_s)
{
    const double period_s = (double)limit->period_ns / (double)NS_PER_S;
    const double phase_s = (double)limit->phase_ns / (double)NS_PER_S;
    const int is_over = !window->is_open || from_s >= window->open_s + period_s;
    if (limit->limit_pusd == BUDGET_NO_LIMIT || !is_over || !(per_s > 0)) return;
    const double since = from_s - phase_s;
    window->open_s = terms->is_calendar ? phase_s + floor(since / period_s) * period_s : from_s + 1 / per_s;
    window->offered_usd = 0;
    window->variance_usd2 = 0;
    window->admitted_usd = 0;
    window->is_open = 1;
}

/* The share of the offered cost that a window lets through in a piece. The window remembers it only by budget_mean_add. */
FLOE_FN double budget_mean_share(const struct key_terms *terms, const struct budget_limit *limit,
                                 const struct budget_mean_window *window, const struct budget_load *load,
                                 double length_s)
{
    const double offered = load->per_s * load->cost_usd * length_s;
    const double variance = load->per_s * load->square_usd2 * length_s;
    if (limit->limit_pusd == BUDGET_NO_LIMIT) return 1;
    if (limit->limit_pusd == 0) return 0;
    const double reach = budget_reach(terms, limit, load);
    const double by_now = budget_expected_min(window->offered_usd + offered, window->variance_usd2 + variance, reach);
    const double more = by_now - window->admitted_usd;
    const double share = offered > 0 ? more / offered : 1;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

FLOE_FN void budget_mean_add(struct budget_mean_window *window, const struct budget_load *load, double length_s,
                             double offered_share, double admitted_share)
{
    window->offered_usd += load->per_s * load->cost_usd * length_s * offered_share;
    window->variance_usd2 += load->per_s * load->square_usd2 * length_s * offered_share;
    window->admitted_usd += load->per_s * load->cost_usd * length_s * admitted_share;
}

/* Where the window in force ends; `until` if later, or if there is none. */
FLOE_FN double budget_mean_end(const struct budget_limit *limit, const struct budget_mean_window *window, double from_s,
                               double until_s)
{
    const double end_s = window->open_s + (double)limit->period_ns / (double)NS_PER_S;
    return limit->limit_pusd != BUDGET_NO_LIMIT && window->is_open && end_s > from_s && end_s < until_s ? end_s
                                                                                                        : until_s;
}

/* The load of all models together, each thinned by its own share. */
FLOE_FN struct budget_load budget_load_sum(const struct budget_load *loads, const double *shares)
{
    struct budget_load sum = {0, 0, 0, 0, 0};
    for (int32_t i = 0; i <= KEY_MODELS_MOST; i++) {
        const double per_s = loads[i].per_s * shares[i];
        sum.per_s += per_s;
        sum.cost_usd += per_s * loads[i].cost_usd;
        sum.square_usd2 += per_s * loads[i].square_usd2;
        sum.most_usd += per_s * loads[i].most_usd;
        sum.call_s += per_s * loads[i].cost_usd * loads[i].call_s;
    }
    sum.call_s = sum.cost_usd > 0 ? sum.call_s / sum.cost_usd : 0;
    const double per_call = sum.per_s > 0 ? 1 / sum.per_s : 0;
    sum.cost_usd *= per_call;
    sum.square_usd2 *= per_call;
    sum.most_usd *= per_call;
    return sum;
}

FLOE_FN uint32_t budget_doubts(const struct budget_limit *limit, const struct budget_load *load)
{
    const double calls_pusd = BUDGET_FEW_CALLS * load->cost_usd * PUSD_PER_USD;
    return limit->limit_pusd > 0 && load->per_s > 0 && calls_pusd > (double)limit->limit_pusd ? BUDGET_DOUBT_FEW : 0;
}

/* A piece of a span in which no window ends. */
FLOE_FN uint32_t budget_piece(const struct key_terms *terms, struct key_hourly *state, double length_s,
                              const struct budget_load *loads, struct budget_flow *flows)
{
    double shares[KEY_MODELS_MOST + 1];
    uint32_t doubt = 0;
    shares[KEY_MODELS_MOST] = terms->is_any || terms->is_unlisted_allowed;
    for (int32_t i = 0; i < KEY_MODELS_MOST; i++) {
        shares[i] = i >= terms->n_models
                        ? 0
                        : budget_mean_share(terms, &terms->models[i], &state->models[i], &loads[i], length_s);
        doubt |= i >= terms->n_models ? 0 : budget_doubts(&terms->models[i], &loads[i]);
    }
    const struct budget_load sum = budget_load_sum(loads, shares);
    const double all = budget_mean_share(terms, &terms->all, &state->all, &sum, length_s);
    doubt |= budget_doubts(&terms->all, &sum);
    budget_mean_add(&state->all, &sum, length_s, 1, all);
    for (int32_t i = 0; i <= KEY_MODELS_MOST; i++) {
        const double offered = loads[i].per_s * length_s, admitted = offered * shares[i] * all;
        const int is_unlisted = i == KEY_MODELS_MOST && shares[i] == 0;
        if (i < KEY_MODELS_MOST) budget_mean_add(&state->models[i], &loads[i], length_s, all, shares[i] * all);
        flows[i].admitted += admitted;
        flows[i].denied_unlisted += is_unlisted ? offered : 0;
        flows[i].denied_over += is_unlisted ? 0 : offered - admitted;
        flows[i].cost_usd += admitted * loads[i].cost_usd;
    }
    return doubt;
}

/* Pieces that a span needs at most: the loop count, the same for all lanes. */
int32_t budget_pieces(const struct key_terms *terms, double length_s);

/* A span of constant load. loads and flows: one for each listed model by its number, [KEY_MODELS_MOST] for all others.
 * Returns the doubts. */
FLOE_FN uint32_t budget_step(const struct key_terms *terms, struct key_hourly *state, double from_s, double length_s,
                             int32_t n_pieces, const struct budget_load *loads, struct budget_flow *flows)
{
    const double until_s = from_s + length_s;
    uint32_t doubt = 0;
    double at_s = from_s, all_per_s = 0;
    for (int32_t i = 0; i <= KEY_MODELS_MOST; i++) {
        const struct budget_flow none = {0, 0, 0, 0};
        const int is_open = i < terms->n_models ||
                            (i == KEY_MODELS_MOST && (terms->is_any || terms->is_unlisted_allowed));
        flows[i] = none;
        all_per_s += is_open ? loads[i].per_s : 0;
    }
    for (int32_t k = 0; k < n_pieces; k++) {
        budget_mean_open(terms, &terms->all, &state->all, at_s, all_per_s);
        double end_s = budget_mean_end(&terms->all, &state->all, at_s, until_s);
        for (int32_t i = 0; i < terms->n_models; i++) {
            budget_mean_open(terms, &terms->models[i], &state->models[i], at_s, loads[i].per_s);
            end_s = budget_mean_end(&terms->models[i], &state->models[i], at_s, end_s);
        }
        const int is_last = k == n_pieces - 1;
        doubt |= is_last && end_s < until_s ? BUDGET_DOUBT_SHORT : 0;
        end_s = is_last ? until_s : end_s;
        doubt |= budget_piece(terms, state, end_s - at_s, loads, flows);
        at_s = end_s;
    }
    return doubt;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_all(double *weights, int n)
{
    for (int i = 0; i < n; i++)
        weights[i] = 1;
}

static const struct price_list three_fifteen = {3e-6, 15e-6, 0.3e-6, 3.75e-6, 6e-6};

struct token_law maker_fixed(double mean)
{
    struct token_law law = {
        .law = TOKENS_FIXED, .mean = mean, .median = PARAM_ABSENT, .p95 = PARAM_ABSENT, .cv = PARAM_ABSENT};
    return law;
}

struct token_law maker_lognormal(double median, double p95)
{
    struct token_law law = maker_fixed(PARAM_ABSENT);
    law.law = TOKENS_LOGNORMAL;
    law.median = median;
    law.p95 = p95;
    return law;
}

/* As the reader leaves what a file does not say. */
void maker_route(struct route *route)
{
    route->call_s = 1;
    route->layers_per_step = (int64_t)PARAM_ABSENT;
    route->latency.timeout_s = PARAM_ABSENT;
    route->hedge.after_s = route->hedge.quantile_share = PARAM_ABSENT;
    route->hedge.loser = HEDGE_BILL;
    for (int i = 0; i <= CHAIN_STEPS_MOST; i++) {
        struct availability *a = i == 0 ? &route->availability : &route->chain[i - 1].availability;
        if (i > 0) route->chain[i - 1].breaker.failures = (int64_t)PARAM_ABSENT;
        a->error_share = a->mtbf_s = a->mttr_s = a->uptime_share = PARAM_ABSENT;
    }
    for (int i = 0; i < LATENCY_PARTS; i++) {
        struct latency_law *law = &route->latency.part[i];
        law->mean_s = law->median_s = law->p95_s = law->cv = PARAM_ABSENT;
    }
}

struct scenario *maker_scenario(void)
{
    struct scenario *s = calloc(1, sizeof *s);
    s->format = 1;
    s->time = (struct time_span){MONDAY_AT_S, S_PER_DAY, 0, MONTH_CALENDAR, S_PER_HOUR};
    s->prices.n_models = 1;
    snprintf(s->prices.models[0].name, NAME_BYTES, "m");
    s->prices.models[0].n_rows = 1;
    s->prices.models[0].rows[0] = (struct price_row){.from_at_s = INSTANT_ABSENT, .usd_per_tok = three_fifteen};
    s->n_workloads = 1;
    struct workload *w = &s->workloads[0];
    snprintf(w->name, NAME_BYTES, "chat");
    snprintf(w->unit, NAME_BYTES, "answer");
    snprintf(w->model, NAME_BYTES, "m");
    w->demand = (struct traffic){.tasks_per_s = 2, .calls_per_task = 1, .trace = {.index = -1}};
    set_all(w->demand.week, HOURS_PER_WEEK);
    set_all(w->demand.hour_of_day, HOURS_PER_DAY);
    set_all(w->demand.weekday, DAYS_PER_WEEK);
    w->tokens.input = maker_fixed(1000.5);
    w->tokens.output = maker_fixed(200);
    w->tokens.trace.index = -1;
    s->n_routes = 1;
    snprintf(s->routes[0].name, NAME_BYTES, "api");
    maker_route(&s->routes[0]);
    s->routes[0].n_steps = 1;
    snprintf(s->routes[0].chain[0].model, NAME_BYTES, MODEL_FROM_WORKLOAD);
    return s;
}

void maker_add_band(struct price_row *row, double above_tok, double input_usd, double output_usd)
{
    struct price_band *band = &row->bands[row->n_bands++];
    *band = (struct price_band){.above_tok = above_tok,
                                .usd_per_tok = {input_usd, output_usd, PARAM_ABSENT, PARAM_ABSENT, PARAM_ABSENT}};
}

struct run_options maker_options(enum engine_kind engine, uint32_t replications)
{
    struct run_options options = {.seed = 20260316, .replications = replications, .engine = engine};
    return options;
}

const struct outcome *maker_outcome(const struct result *result, int64_t cell, enum metric metric)
{
    return &result->cells[cell].outcomes[metric];
}

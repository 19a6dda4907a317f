/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on attempts: how long they take on a route, what a client does when they fail, which quotas they meet,
 * phase by phase. */
#include <stdio.h>
#include <string.h>

#include "models/plan_parts.h"
#include "sim/event.h"

static int32_t tables_of_phase(const struct timeline *timeline, int32_t phase, int32_t r)
{
    return latency_tables(&timeline->phases[phase]->routes[r].latency);
}

static int has_hedge(const struct timeline *timeline, int32_t n_routes)
{
    for (int32_t phase = 0; phase < timeline->n_phases; phase++) {
        const struct scenario *scenario = timeline->phases[phase];
        for (int32_t r = 0; r < n_routes; r++)
            if (hedge_is_given(&scenario->routes[r].hedge)) return 1;
        for (int32_t w = 0; w < scenario_n_loads(scenario); w++) {
            const struct task_step *step = scenario_load(scenario, w).step;
            if (step != NULL && hedge_is_given(&step->hedge)) return 1;
        }
    }
    return 0;
}

void plan_lay_out_routes(struct plan *plan, const struct timeline *timeline, uint64_t *bytes)
{
    uint64_t n_tables = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t r = 0; r < plan->n_routes; r++)
            n_tables += (uint64_t)tables_of_phase(timeline, phase, r);
    plan->routes_offset = plan_reserve(bytes, (uint64_t)(plan->n_phases * plan->n_routes), sizeof(struct plan_route));
    plan->latency_offset = plan_reserve(bytes, (uint64_t)(plan->n_phases * plan->n_routes * plan->n_workloads),
                                        sizeof(struct latency_expected));
    plan->hedges_offset = has_hedge(timeline, plan->n_routes)
                              ? plan_reserve(bytes, (uint64_t)(plan->n_phases * plan->n_routes * plan->n_workloads),
                                             sizeof(struct plan_hedge))
                              : 0;
    plan->gamma_offset = plan_reserve(bytes, n_tables, sizeof(struct floe_gamma_table));
}

/* That of the region where it is asked, or else of the model. */
static int32_t quota_of_step(const struct route *route, int32_t step, const char *model)
{
    char place[NAME_BYTES + REGION_BYTES];
    chain_step_place(&route->chain[step], model, place, sizeof place);
    for (int32_t i = 0; i < route->n_quotas; i++)
        if (strcmp(route->quotas[i].name, place) == 0) return i;
    for (int32_t i = 0; i < route->n_quotas; i++)
        if (strcmp(route->quotas[i].name, model) == 0) return i;
    return -1;
}

/* Mean duration of an attempt that is answered, with the output of the first workload. */
static double mean_call_s(const struct plan *plan, const struct latency_terms *terms, int32_t phase)
{
    const struct plan_load *load = plan_load_of(plan, phase, 0);
    double output_tok = 0;
    if (!load->tokens_from_row && load->tokens_trace < 0) output_tok = token_dist_above(&load->output, -1).mean;
    return latency_means(terms, output_tok).total_s;
}

static const struct availability *availability_at(const struct route *route, int32_t i)
{
    return i == 0 ? &route->availability : &route->chain[i - 1].availability;
}

/* Providers by what they are called: the same outages meet a model on every route. A group is numbered where it is named
 * first. */
static void derive_availability(struct plan *plan, const struct timeline *timeline, int32_t phase, int32_t r,
                                struct plan_route *to)
{
    const struct scenario *scenario = timeline->phases[phase];
    const struct route *route = &scenario->routes[r];
    for (int32_t i = 0; i < AVAILABLE_MOST && i <= route->n_steps; i++) {
        const struct availability *from = availability_at(route, i);
        char name[NAME_BYTES + REGION_BYTES] = "provider";
        if (i > 0) chain_step_place(&route->chain[i - 1], plan_model_of_step(scenario, r, 0, i - 1), name, sizeof name);
        availability_derive(from, plan->start_at_s, &to->available[i]);
        plan->outage_stream[r][i] = floe_stream_id(name, "outages");
        if (from->group[0] == '\0') continue;
        int32_t group = 0;
        while (strcmp(availability_at(route, group)->group, from->group) != 0)
            group++;
        to->available[i].group = group;
        plan->group_stream[r][group] = floe_stream_id(from->group, "common outages");
    }
}

static void derive_route(struct plan *plan, const struct timeline *timeline, int32_t phase, int32_t r, int32_t *table)
{
    const struct scenario *scenario = timeline->phases[phase];
    const struct route *route = &scenario->routes[r];
    struct plan_route *to = (struct plan_route *)plan_writable(plan, plan->routes_offset) +
                            (ptrdiff_t)phase * plan->n_routes + r;
    memset(to, 0, sizeof *to);
    retry_derive(route->retries, route->n_retries, (int32_t)route->layers_per_step, &to->retries);
    to->has_latency = latency_is_given(&route->latency);
    if (to->has_latency) {
        struct floe_gamma_table *tables = (struct floe_gamma_table *)plan_writable(plan, plan->gamma_offset);
        latency_derive(&route->latency, tables, *table, &to->latency);
        *table += latency_tables(&route->latency);
        plan->call_ns[phase][r] = floe_ns_from_s(mean_call_s(plan, &to->latency, phase), NULL);
    }
    derive_availability(plan, timeline, phase, r, to);
    for (int32_t i = 0; i < route->n_steps; i++)
        breaker_derive(&route->chain[i].breaker, &to->breakers[i]);
    to->n_quotas = route->n_quotas;
    for (int32_t i = 0; i < route->n_quotas; i++)
        quota_derive(&route->quotas[i], route->quotas[i].name, plan->start_at_s, &to->quotas[i]);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        for (int32_t step = 0; step < plan->n_steps[r]; step++)
            plan_step_writable(plan, phase, r, w, step)->quota =
                step < route->n_steps ? quota_of_step(route, step, plan_model_of_step(scenario, r, w, step)) : -1;
}

/* Their second attempts; work->total is the law of one. */
static void derive_hedge(struct plan *plan, const struct timeline *timeline, int32_t phase, int32_t r, int32_t w,
                         const struct latency_output *output, struct latency_curves *work)
{
    if (plan->hedges_offset == 0) return;
    struct plan_hedge *to = (struct plan_hedge *)plan_writable(plan, plan->hedges_offset) +
                            ((ptrdiff_t)phase * plan->n_routes + r) * plan->n_workloads + w;
    memset(to, 0, sizeof *to);
    const struct task_step *step = scenario_load(timeline->phases[phase], w).step;
    const int is_own = step != NULL && hedge_is_given(&step->hedge);
    hedge_derive(is_own ? &step->hedge : &timeline->phases[phase]->routes[r].hedge, &work->total, &to->terms);
    hedge_moments_make(&to->terms, &plan_route_of(plan, phase, r)->latency, plan_gamma_tables(plan), output, work,
                       &to->moments);
}

/* How long the attempts of a workload take, as expectations. */
static void derive_latency(struct plan *plan, const struct timeline *timeline, const struct traces *traces,
                           int32_t phase, int32_t r, int32_t w, struct latency_curves *work)
{
    const struct plan_route *route = plan_route_of(plan, phase, r);
    const struct plan_load *load = plan_load_of(plan, phase, w);
    struct latency_expected *to = (struct latency_expected *)plan_writable(plan, plan->latency_offset) +
                                  ((ptrdiff_t)phase * plan->n_routes + r) * plan->n_workloads + w;
    struct latency_output output = {&load->output, load->max_output_tok, NULL, 0};
    memset(to, 0, sizeof *to);
    if (!route->has_latency) return;
    if (load->tokens_trace >= 0) {
        output.dist = NULL;
        output.row_tok = traces->items[load->tokens_trace].output_tok;
        output.n_rows = traces->items[load->tokens_trace].n;
    }
    latency_curves_make(&route->latency, plan_gamma_tables(plan), &output, work);
    *to = latency_expect(&route->latency, &work->total, latency_output_mean(&output));
    if (load->react.patience_ns > 0)
        to->left_share = latency_curve_above(&work->total, floe_s_from_ns(load->react.patience_ns));
    derive_hedge(plan, timeline, phase, r, w, &output, work);
}

void plan_derive_routes(struct plan *plan, const struct timeline *timeline, const struct traces *traces,
                        struct latency_curves *work)
{
    int32_t table = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t r = 0; r < plan->n_routes; r++) {
            derive_route(plan, timeline, phase, r, &table);
            for (int32_t w = 0; w < plan->n_workloads; w++)
                derive_latency(plan, timeline, traces, phase, r, w, work);
        }
}

/* ---- how long a call can take ---- */

/* The longest run of waits and attempts of a step: every attempt fails, every wait is as long as it can be. */
static double step_longest_s(const struct retry_terms *retries, double attempt_s)
{
    double all_s = attempt_s;
    for (int32_t i = 0; i < retries->n_loops; i++) {
        const struct retry_loop *loop = &retries->loops[i];
        double waits_s = 0;
        for (int32_t n = 1; n < loop->attempts; n++) {
            double longest_s = 0;
            for (int end = ATTEMPT_OK + 1; end < ATTEMPT_ENDS; end++) {
                const struct retry_range range = retry_range_of(loop, end, n);
                if (range.high_s > longest_s) longest_s = range.high_s;
            }
            waits_s += longest_s;
        }
        all_s = loop->attempts * all_s + waits_s;
    }
    return all_s;
}

/* How much longer a hedge can make an attempt, and how long a loser runs on. */
static double hedge_longest_s(const struct plan *plan, int32_t phase, int32_t r, double attempt_s)
{
    double longest_s = 0;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const struct plan_hedge *hedge = plan_hedge_of(plan, phase, r, w);
        if (hedge != NULL && hedge->terms.after_s > longest_s) longest_s = hedge->terms.after_s;
    }
    return longest_s < attempt_s ? longest_s : attempt_s;
}

/* An upper bound for all but a few calls: attempts without a timeout are taken at ten times their mean. */
int64_t plan_call_longest_ns(const struct plan *plan, int32_t phase, int32_t r, int32_t w)
{
    const struct plan_route *route = plan_route_of(plan, phase, r);
    const double mean_s = (double)plan->call_ns[phase][r] / NS_PER_S;
    double attempt_s = mean_s;
    if (route->has_latency) attempt_s = route->latency.timeout_s > 0 ? route->latency.timeout_s : 10 * mean_s;
    attempt_s += hedge_longest_s(plan, phase, r, attempt_s);
    const double longest_s = plan->n_steps[r] * step_longest_s(plan_retries_of(plan, phase, r, w), attempt_s) +
                             (plan_has_hedges(plan, r) ? attempt_s : 0);
    return floe_ns_from_s(longest_s < 1e8 /* no unit */ ? longest_s : 1e8, NULL);
}

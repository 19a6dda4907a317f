/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's block: its layout, the bins of time, and the order in which its parts are filled. */
#include "models/plan_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/calendar.h"
#include "sim/event.h"

#define PLAN_ALIGN 16

struct edges {
    int64_t *at_ns;
    int64_t n, capacity;
};

static int edge_compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void edge_add(struct edges *edges, int64_t at_ns, int64_t horizon_ns)
{
    if (at_ns < 0 || at_ns > horizon_ns) return;
    floe_assert(edges->n < edges->capacity, NULL, "there are more edges of bins than were counted");
    edges->at_ns[edges->n++] = at_ns;
}

/* An instant since 1970 as time since the start; far instants are beyond any horizon and stay clear of overflow. */
static int64_t since_start_ns(const struct plan *plan, int64_t at_s)
{
    const int64_t far_s = INT64_MAX / NS_PER_S;
    if (at_s == INSTANT_ABSENT || at_s < plan->start_at_s) return -1;
    return at_s - plan->start_at_s >= far_s ? INT64_MAX : (at_s - plan->start_at_s) * NS_PER_S;
}

static void edges_add_prices(struct edges *edges, const struct plan *plan, const struct scenario *scenario)
{
    for (int32_t m = 0; m < scenario->prices.n_models; m++)
        for (int32_t i = 0; i < scenario->prices.models[m].n_rows; i++)
            edge_add(edges, since_start_ns(plan, scenario->prices.models[m].rows[i].from_at_s), plan->horizon_ns);
}

static void edges_collect(struct edges *edges, const struct plan *plan, const struct timeline *timeline)
{
    const struct scenario *scenario = timeline->phases[0];
    const int64_t step_s = time_step_s(&scenario->time);
    const int64_t into_step_s = plan->start_at_s - calendar_floor_div(plan->start_at_s, step_s) * step_s;
    int64_t n = 0;
    edge_add(edges, 0, plan->horizon_ns);
    edge_add(edges, plan->horizon_ns, plan->horizon_ns);
    edge_add(edges, plan->warmup_ns, plan->horizon_ns);
    for (int64_t at_s = step_s - into_step_s; at_s * NS_PER_S < plan->horizon_ns; at_s += step_s)
        edge_add(edges, at_s * NS_PER_S, plan->horizon_ns);
    for (int32_t w = 0; w < scenario->n_windows; w++) {
        edge_add(edges, since_start_ns(plan, window_begins_at_s(&scenario->windows[w])), plan->horizon_ns);
        edge_add(edges, since_start_ns(plan, window_ends_at_s(&scenario->windows[w])), plan->horizon_ns);
    }
    for (int32_t phase = 0; phase < timeline->n_phases; phase++) {
        edge_add(edges, since_start_ns(plan, timeline->from_at_s[phase]), plan->horizon_ns);
        edges_add_prices(edges, plan, timeline->phases[phase]);
    }
    qsort(edges->at_ns, (size_t)edges->n, sizeof *edges->at_ns, edge_compare);
    for (int64_t i = 0; i < edges->n; i++)
        if (n == 0 || edges->at_ns[i] != edges->at_ns[n - 1]) edges->at_ns[n++] = edges->at_ns[i];
    edges->n = n;
}

/* ---- the block ---- */

uint64_t plan_reserve(uint64_t *bytes, uint64_t n, size_t each)
{
    const uint64_t at = *bytes;
    *bytes = (at + n * each + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    return at;
}

static enum floe_status lay_out(struct plan *plan, const struct timeline *timeline, struct plan_fault *fault)
{
    uint64_t bytes = sizeof *plan;
    const uint64_t n_bins = (uint64_t)plan->n_bins;
    enum floe_status status = FLOE_OK;
    bytes = (bytes + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    plan->edges_offset = plan_reserve(&bytes, n_bins + 1, sizeof(int64_t));
    plan->hour_offset = plan_reserve(&bytes, n_bins, sizeof(int32_t));
    plan->phase_offset = plan_reserve(&bytes, n_bins, sizeof(int32_t));
    plan->windows_offset = plan_reserve(&bytes, n_bins, sizeof(uint64_t));
    plan->hours_offset = plan_reserve(&bytes, n_bins + 1, sizeof(int64_t));
    plan->loads_offset = plan_reserve(&bytes, (uint64_t)plan->n_phases * (uint64_t)plan->n_workloads,
                                      sizeof(struct plan_load));
    plan_lay_out_tasks(plan, &bytes);
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        plan->workloads[w].rates_offset = plan_reserve(&bytes, n_bins + 1, sizeof(double));
        plan->workloads[w].calls_offset = plan_reserve(&bytes, n_bins + 1, sizeof(double));
        if (scenario_load(timeline->phases[0], w).workload->demand.gaps.cv2 > 0)
            plan->workloads[w].gaps_offset = plan_reserve(&bytes, 1, sizeof(struct floe_gamma_table));
    }
    status = plan_lay_out_steps(plan, timeline, &bytes, fault);
    plan_lay_out_routes(plan, timeline, &bytes);
    if (status == FLOE_OK) status = plan_lay_out_caches(plan, timeline, &bytes, fault);
    plan->bytes = bytes;
    return status;
}

/* ---- bins ---- */

static uint64_t windows_of(const struct plan *plan, const struct scenario *scenario, int64_t from_ns)
{
    uint64_t mask = 0;
    if (from_ns < plan->warmup_ns) return 0;
    for (int32_t w = 0; w < scenario->n_windows; w++) {
        const int64_t to_ns = since_start_ns(plan, window_ends_at_s(&scenario->windows[w]));
        if (since_start_ns(plan, window_begins_at_s(&scenario->windows[w])) <= from_ns && from_ns < to_ns)
            mask |= (uint64_t)2 << w;
    }
    return mask | 1;
}

static int64_t hour_start_s(const struct plan *plan, int64_t at_ns)
{
    return calendar_floor_div(plan->start_at_s + at_ns / NS_PER_S, S_PER_HOUR) * S_PER_HOUR;
}

/* A measured bin belongs to a clock hour; the first and the last hour may be partly measured. */
static void fill_bins(struct plan *plan, const struct timeline *timeline)
{
    const struct scenario *scenario = timeline->phases[0];
    int32_t *phase_of_bin = (int32_t *)plan_writable(plan, plan->phase_offset);
    const int64_t *edges = plan_edges(plan);
    int32_t *hour_of_bin = (int32_t *)plan_writable(plan, plan->hour_offset);
    uint64_t *windows = (uint64_t *)plan_writable(plan, plan->windows_offset);
    int64_t *hours = (int64_t *)plan_writable(plan, plan->hours_offset);
    int64_t hour_at_s = INT64_MIN;
    for (int32_t b = 0; b < plan->n_bins; b++) {
        phase_of_bin[b] = timeline_phase_at(timeline, plan->start_at_s + edges[b] / NS_PER_S);
        windows[b] = windows_of(plan, scenario, edges[b]);
        hour_of_bin[b] = -1;
        if (windows[b] == 0) continue;
        if (hour_start_s(plan, edges[b]) != hour_at_s) {
            hour_at_s = hour_start_s(plan, edges[b]);
            hours[plan->n_hours++] = plan->start_at_s + edges[b] / NS_PER_S;
        }
        hour_of_bin[b] = plan->n_hours - 1;
    }
    hours[plan->n_hours] = plan->start_at_s + (plan->horizon_ns + NS_PER_S - 1) / NS_PER_S;
}

/* ---- all of it ---- */

static enum floe_status fill(struct plan *plan, const struct timeline *timeline, const struct traces *traces,
                             struct plan_fault *fault)
{
    fill_bins(plan, timeline);
    if (plan_derive_tasks(plan, timeline, fault) != FLOE_OK) return FLOE_BAD_INPUT;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        enum floe_status status = plan_check_demand(plan, timeline, w, fault);
        if (status != FLOE_OK) return status;
        plan_derive_workload(plan, timeline, traces, w);
        status = plan_check_replay(plan, timeline->phases[0], traces, w, fault);
        if (status != FLOE_OK) return status;
        plan_spread_calls(plan, w);
    }
    plan_derive_steps(plan, timeline);
    struct latency_curves *curves = (struct latency_curves *)malloc(sizeof *curves);
    if (curves == NULL) return FLOE_ENVIRONMENT;
    plan_derive_routes(plan, timeline, traces, curves);
    free(curves);
    plan_derive_caches(plan, timeline);
    for (int32_t r = 0; r < plan->n_routes; r++) {
        plan_set_capacity(plan, timeline, traces, r);
        for (int32_t phase = 0; phase < plan->n_phases; phase++)
            for (int32_t w = 0; w < plan->n_workloads; w++)
                plan_derive_means(plan, timeline, traces, phase, r, w);
    }
    enum floe_status status = plan_check_budgets(plan, timeline, fault);
    return status == FLOE_OK ? plan_check_streams(plan, timeline->phases[0], fault) : status;
}

static void begin(struct plan *plan, const struct timeline *timeline)
{
    const struct scenario *scenario = timeline->phases[0];
    memset(plan, 0, sizeof *plan);
    plan->start_at_s = scenario->time.start_at_s;
    plan->horizon_ns = floe_ns_from_s(scenario->time.horizon_s, NULL);
    plan->warmup_ns = floe_ns_from_s(scenario->time.warmup_s, NULL);
    plan->n_homes = scenario->n_workloads;
    plan->n_workloads = scenario_n_loads(scenario);
    for (int32_t w = 0; w < plan->n_homes; w++)
        plan->n_task_steps[w] = scenario->workloads[w].n_task_steps;
    plan->n_routes = scenario->n_routes;
    plan->n_windows = 1 + scenario->n_windows;
    plan->n_phases = timeline->n_phases;
    for (int32_t phase = 1; phase < plan->n_phases; phase++) {
        const int64_t from_ns = since_start_ns(plan, timeline->from_at_s[phase]);
        plan->phase_ns[phase] = from_ns < 0 ? 0 : from_ns < plan->horizon_ns ? from_ns : plan->horizon_ns;
    }
    plan->phase_ns[plan->n_phases] = plan->horizon_ns;
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        for (int32_t r = 0; r < plan->n_routes; r++)
            plan->call_ns[phase][r] = floe_ns_from_s(timeline->phases[phase]->routes[r].call_s, NULL);
}

static int64_t edges_most(const struct timeline *timeline)
{
    const struct scenario *scenario = timeline->phases[0];
    int64_t n = 8 + (int64_t)(scenario->time.horizon_s / (double)time_step_s(&scenario->time)) +
                2 * (int64_t)scenario->n_windows;
    for (int32_t phase = 0; phase < timeline->n_phases; phase++) {
        n++;
        for (int32_t m = 0; m < timeline->phases[phase]->prices.n_models; m++)
            n += timeline->phases[phase]->prices.models[m].n_rows;
    }
    return n;
}

/* The head of the plan is made first; the block is allocated when its size is known. */
enum floe_status plan_make(const struct timeline *timeline, const struct traces *traces, struct plan **out,
                           struct plan_fault *fault)
{
    enum floe_status status = FLOE_ENVIRONMENT;
    struct edges edges = {NULL, 0, edges_most(timeline)};
    struct plan *head = (struct plan *)malloc(sizeof *head), *plan = NULL;
    *out = NULL;
    if (scenario_n_loads(timeline->phases[0]) > LOADS_MOST) {
        snprintf(fault->what, sizeof fault->what, "more than %d workloads and further steps of tasks", LOADS_MOST);
        snprintf(fault->key, sizeof fault->key, "workloads");
        free(head);
        return FLOE_BAD_INPUT;
    }
    edges.at_ns = (int64_t *)malloc(sizeof *edges.at_ns * (size_t)edges.capacity);
    snprintf(fault->what, sizeof fault->what, "out of memory");
    fault->key[0] = '\0';
    if (head == NULL || edges.at_ns == NULL) goto done;
    begin(head, timeline);
    edges_collect(&edges, head, timeline);
    head->n_bins = (int32_t)(edges.n - 1);
    status = lay_out(head, timeline, fault);
    if (status != FLOE_OK) goto done;
    plan = (struct plan *)realloc(head, head->bytes);
    status = plan == NULL ? FLOE_ENVIRONMENT : FLOE_OK;
    if (plan == NULL) goto done;
    head = plan;
    memcpy(plan_writable(plan, plan->edges_offset), edges.at_ns, sizeof *edges.at_ns * (size_t)edges.n);
    status = fill(plan, timeline, traces, fault);
    if (status == FLOE_OK) *out = plan, head = NULL;
done:
    free(edges.at_ns);
    free(head);
    return status;
}

enum floe_status plan_make_one(const struct scenario *scenario, const struct traces *traces, struct plan **out,
                               struct plan_fault *fault)
{
    const struct timeline timeline = timeline_of(scenario, "");
    return plan_make(&timeline, traces, out, fault);
}

void plan_free(struct plan *plan)
{
    free(plan);
}

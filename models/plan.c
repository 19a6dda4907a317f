/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/calendar.h"
#include "sim/event.h"

#define PLAN_ALIGN 16
#define IN_FLIGHT_SIGMAS 10 /* a Poisson count above mean + 10 sigma + IN_FLIGHT_MARGIN: below 1e-20 */
#define IN_FLIGHT_MARGIN 64

static const char *const stream_purposes[STREAM_N] = {"arrivals", "input tokens", "output tokens", "trace row"};

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
    if (at_ns < 0 || at_ns > horizon_ns || edges->n == edges->capacity) return;
    edges->at_ns[edges->n++] = at_ns;
}

/* An instant since 1970 as time since the start; far instants are beyond any horizon and stay clear of overflow. */
static int64_t since_start_ns(const struct plan *plan, int64_t at_s)
{
    const int64_t far_s = INT64_MAX / NS_PER_S;
    if (at_s == INSTANT_ABSENT || at_s < plan->start_at_s) return -1;
    return at_s - plan->start_at_s >= far_s ? INT64_MAX : (at_s - plan->start_at_s) * NS_PER_S;
}

static void window_bounds(const struct window *window, int64_t *from_at_s, int64_t *to_at_s)
{
    const int is_day = window->day_at_s != INSTANT_ABSENT;
    *from_at_s = is_day ? window->day_at_s : window->from_at_s;
    *to_at_s = is_day ? window->day_at_s + S_PER_DAY : window->to_at_s;
}

static void edges_add_prices(struct edges *edges, const struct plan *plan, const struct scenario *scenario)
{
    for (int32_t m = 0; m < scenario->prices.n_models; m++)
        for (int32_t i = 0; i < scenario->prices.models[m].n_rows; i++)
            edge_add(edges, since_start_ns(plan, scenario->prices.models[m].rows[i].from_at_s), plan->horizon_ns);
}

static void edges_collect(struct edges *edges, const struct plan *plan, const struct scenario *scenario)
{
    const int64_t into_hour_s = plan->start_at_s - calendar_floor_div(plan->start_at_s, S_PER_HOUR) * S_PER_HOUR;
    int64_t n = 0;
    edge_add(edges, 0, plan->horizon_ns);
    edge_add(edges, plan->horizon_ns, plan->horizon_ns);
    edge_add(edges, plan->warmup_ns, plan->horizon_ns);
    for (int64_t at_s = S_PER_HOUR - into_hour_s; at_s * NS_PER_S < plan->horizon_ns; at_s += S_PER_HOUR)
        edge_add(edges, at_s * NS_PER_S, plan->horizon_ns);
    for (int32_t w = 0; w < scenario->n_windows; w++) {
        int64_t from_at_s, to_at_s;
        window_bounds(&scenario->windows[w], &from_at_s, &to_at_s);
        edge_add(edges, since_start_ns(plan, from_at_s), plan->horizon_ns);
        edge_add(edges, since_start_ns(plan, to_at_s), plan->horizon_ns);
    }
    edges_add_prices(edges, plan, scenario);
    qsort(edges->at_ns, (size_t)edges->n, sizeof *edges->at_ns, edge_compare);
    for (int64_t i = 0; i < edges->n; i++)
        if (n == 0 || edges->at_ns[i] != edges->at_ns[n - 1]) edges->at_ns[n++] = edges->at_ns[i];
    edges->n = n;
}

/* ---- the block ---- */

static uint64_t reserve(uint64_t *bytes, uint64_t n, size_t each)
{
    const uint64_t at = *bytes;
    *bytes = (at + n * each + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    return at;
}

static void *writable(struct plan *plan, uint64_t offset)
{
    return (char *)plan + offset;
}

static int32_t model_find(const struct scenario *scenario, const char *name)
{
    for (int32_t m = 0; m < scenario->prices.n_models; m++)
        if (strcmp(scenario->prices.models[m].name, name) == 0) return m;
    return -1;
}

static const char *model_of_pair(const struct scenario *scenario, int32_t r, int32_t w)
{
    const char *step = scenario->routes[r].chain[0].model;
    return strcmp(step, MODEL_FROM_WORKLOAD) == 0 ? scenario->workloads[w].model : step;
}

static enum floe_status lay_out(struct plan *plan, const struct scenario *scenario, struct plan_fault *fault)
{
    uint64_t bytes = sizeof *plan;
    const uint64_t n_bins = (uint64_t)plan->n_bins;
    bytes = (bytes + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
    plan->edges_offset = reserve(&bytes, n_bins + 1, sizeof(int64_t));
    plan->hour_offset = reserve(&bytes, n_bins, sizeof(int32_t));
    plan->windows_offset = reserve(&bytes, n_bins, sizeof(uint64_t));
    plan->hours_offset = reserve(&bytes, n_bins + 1, sizeof(int64_t));
    for (int32_t w = 0; w < scenario->n_workloads; w++)
        plan->workloads[w].rates_offset = reserve(&bytes, n_bins + 1, sizeof(double));
    for (int32_t r = 0; r < scenario->n_routes; r++)
        for (int32_t w = 0; w < scenario->n_workloads; w++) {
            struct plan_pair *pair = &plan->pairs[r][w];
            pair->model = model_find(scenario, model_of_pair(scenario, r, w));
            if (pair->model < 0) {
                snprintf(fault->what, sizeof fault->what, "the model '%s' has no price", model_of_pair(scenario, r, w));
                snprintf(fault->key, sizeof fault->key, "routes.%s.chain", scenario->routes[r].name);
                return FLOE_BAD_INPUT;
            }
            pair->n_slots = scenario->prices.models[pair->model].n_rows * PRICE_SLOTS_PER_ROW;
            pair->means_offset = reserve(&bytes, (uint64_t)pair->n_slots, sizeof(struct slot_mean));
        }
    plan->bytes = bytes;
    return FLOE_OK;
}

/* ---- bins ---- */

static uint64_t windows_of(const struct plan *plan, const struct scenario *scenario, int64_t from_ns)
{
    uint64_t mask = 0;
    if (from_ns < plan->warmup_ns) return 0;
    for (int32_t w = 0; w < scenario->n_windows; w++) {
        int64_t from_at_s, to_at_s;
        window_bounds(&scenario->windows[w], &from_at_s, &to_at_s);
        const int64_t to_ns = since_start_ns(plan, to_at_s);
        if (since_start_ns(plan, from_at_s) <= from_ns && from_ns < to_ns) mask |= (uint64_t)2 << w;
    }
    return mask | 1;
}

static int64_t hour_start_s(const struct plan *plan, int64_t at_ns)
{
    return calendar_floor_div(plan->start_at_s + at_ns / NS_PER_S, S_PER_HOUR) * S_PER_HOUR;
}

/* A measured bin belongs to a clock hour; the first and the last hour may be partly measured. */
static void fill_bins(struct plan *plan, const struct scenario *scenario)
{
    const int64_t *edges = plan_edges(plan);
    int32_t *hour_of_bin = (int32_t *)writable(plan, plan->hour_offset);
    uint64_t *windows = (uint64_t *)writable(plan, plan->windows_offset);
    int64_t *hours = (int64_t *)writable(plan, plan->hours_offset);
    int64_t hour_at_s = INT64_MIN;
    for (int32_t b = 0; b < plan->n_bins; b++) {
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

/* ---- rates ---- */

static double month_factor(const struct scenario *scenario, int64_t at_s)
{
    const double reference_s = (double)HOURS_PER_REFERENCE_MONTH * S_PER_HOUR;
    switch (scenario->time.month) {
    case MONTH_720H: return reference_s / (720.0 * S_PER_HOUR);
    case MONTH_730H: return reference_s / (730.0 * S_PER_HOUR);
    default: return reference_s / (double)(calendar_next_month_start(at_s) - calendar_month_start(at_s));
    }
}

static void fill_rates(struct plan *plan, const struct scenario *scenario, int32_t w)
{
    const struct traffic *demand = &scenario->workloads[w].demand;
    const int64_t *edges = plan_edges(plan);
    const double week_mean = traffic_week_sum(demand) / HOURS_PER_WEEK;
    double *cumulated = (double *)writable(plan, plan->workloads[w].rates_offset);
    cumulated[0] = 0;
    for (int32_t b = 0; b < plan->n_bins; b++) {
        const int64_t at_s = plan->start_at_s + edges[b] / NS_PER_S;
        const double length_s = (double)(edges[b + 1] - edges[b]) / NS_PER_S;
        double rate_per_s = plan->workloads[w].is_replay ? 0 : demand->tasks_per_s;
        rate_per_s *= traffic_weight(demand, calendar_hour_of_week(at_s)) / week_mean;
        if (demand->is_per_month) rate_per_s *= month_factor(scenario, at_s);
        cumulated[b + 1] = cumulated[b] + rate_per_s * length_s;
    }
}

static double rate_most_per_s(const struct plan *plan, int32_t w)
{
    const struct traffic_rates rates = plan_rates(plan, w);
    double most = 0;
    for (int32_t b = 0; b < rates.n_bins; b++) {
        const double length_s = (double)(rates.edge_ns[b + 1] - rates.edge_ns[b]) / NS_PER_S;
        const double rate_per_s = (rates.cumulated[b + 1] - rates.cumulated[b]) / length_s;
        if (rate_per_s > most) most = rate_per_s;
    }
    return most;
}

/* ---- workloads ---- */

static void set_streams(struct plan_workload *p, const char *name)
{
    for (int i = 0; i < STREAM_N; i++)
        p->stream[i] = floe_stream_id(name, stream_purposes[i]);
}

static int streams_collide(const struct plan *plan, int32_t a, int32_t b)
{
    for (int i = 0; i < STREAM_N; i++)
        for (int j = 0; j < STREAM_N; j++)
            if ((a != b || i < j) && plan->workloads[a].stream[i] == plan->workloads[b].stream[j]) return 1;
    return 0;
}

static enum floe_status check_streams(const struct plan *plan, const struct scenario *scenario,
                                      struct plan_fault *fault)
{
    for (int32_t a = 0; a < plan->n_workloads; a++)
        for (int32_t b = a; b < plan->n_workloads; b++)
            if (streams_collide(plan, a, b)) {
                snprintf(fault->what, sizeof fault->what,
                         "the random streams of the workloads '%.80s' and '%.80s' have the same id: rename one of them",
                         scenario->workloads[a].name, scenario->workloads[b].name);
                snprintf(fault->key, sizeof fault->key, "workloads.%s", scenario->workloads[b].name);
                return FLOE_BAD_INPUT;
            }
    return FLOE_OK;
}

static int law_is_given(const struct token_law *law)
{
    return law->law != TOKENS_FIXED || law->mean != PARAM_ABSENT;
}

static uint64_t share_bits(double share)
{
    return (uint64_t)(share * 4294967296.0 + 0.5);
}

static void replay_rows(struct plan_workload *p, const struct trace *trace, int64_t horizon_ns)
{
    p->first_row = 0;
    while (p->first_row < trace->n && trace->at_ns[p->first_row] < 0)
        p->first_row++;
    p->end_row = p->first_row;
    while (p->end_row < trace->n && trace->at_ns[p->end_row] < horizon_ns)
        p->end_row++;
}

static void derive_workload(struct plan *plan, const struct scenario *scenario, const struct traces *traces, int32_t w)
{
    const struct workload *workload = &scenario->workloads[w];
    struct plan_workload *p = &plan->workloads[w];
    set_streams(p, workload->name);
    p->calls_per_task = workload->demand.calls_per_task;
    p->is_replay = workload->demand.trace.index >= 0;
    p->tokens_trace = workload->tokens.trace.index;
    p->tokens_from_row = p->is_replay && p->tokens_trace < 0 && !law_is_given(&workload->tokens.input);
    if (p->is_replay) replay_rows(p, &traces->items[workload->demand.trace.index], plan->horizon_ns);
    token_dist_derive(&workload->tokens.input, &p->input);
    token_dist_derive(&workload->tokens.output, &p->output);
    p->cache_share[0] = share_bits(workload->tokens.cache_read_share);
    p->cache_share[1] = share_bits(workload->tokens.cache_write_5m_share);
    p->cache_share[2] = share_bits(workload->tokens.cache_write_1h_share);
    fill_rates(plan, scenario, w);
}

/* ---- what a call brings on average ---- */

static void means_from_trace(const struct price_row *row, const struct trace *trace, struct slot_mean *means)
{
    for (int64_t i = 0; i < trace->n; i++) {
        struct slot_mean *mean = &means[price_band_at(row, trace->input_tok[i])];
        mean->share += 1;
        mean->input_tok += trace->input_tok[i];
        mean->output_tok += trace->output_tok[i];
    }
    for (int b = 0; b < PRICE_SLOTS_PER_ROW; b++) {
        means[b].share /= (double)trace->n;
        means[b].input_tok /= (double)trace->n;
        means[b].output_tok /= (double)trace->n;
    }
}

/* Band b holds the requests above its threshold and not above the next one; input and output are independent. */
static void means_from_laws(const struct price_row *row, const struct plan_workload *p, struct slot_mean *means)
{
    const double output_tok = token_dist_above(&p->output, -1).mean;
    struct token_part above = token_dist_above(&p->input, -1);
    for (int32_t b = 0; b <= row->n_bands; b++) {
        struct token_part next = {0, 0};
        if (b < row->n_bands) next = token_dist_above(&p->input, row->bands[b].above_tok);
        means[b].share = above.share - next.share;
        means[b].input_tok = above.mean - next.mean;
        means[b].output_tok = means[b].share * output_tok;
        above = next;
    }
}

static void derive_pair(struct plan *plan, const struct scenario *scenario, const struct traces *traces, int32_t r,
                        int32_t w)
{
    const struct plan_workload *p = &plan->workloads[w];
    const struct model_prices *model = &scenario->prices.models[plan->pairs[r][w].model];
    struct slot_mean *means = (struct slot_mean *)writable(plan, plan->pairs[r][w].means_offset);
    memset(means, 0, sizeof *means * (size_t)plan->pairs[r][w].n_slots);
    if (p->tokens_from_row) return;
    for (int32_t i = 0; i < model->n_rows; i++) {
        if (p->tokens_trace >= 0)
            means_from_trace(&model->rows[i], &traces->items[p->tokens_trace], means + i * PRICE_SLOTS_PER_ROW);
        else
            means_from_laws(&model->rows[i], p, means + i * PRICE_SLOTS_PER_ROW);
    }
}

/* ---- capacities ---- */

/* The most rows that lie within one call's duration of each other. */
static uint64_t replay_in_flight(const struct plan_workload *p, const struct trace *trace, int64_t call_ns)
{
    uint64_t most = 0;
    int64_t oldest = p->first_row;
    for (int64_t row = p->first_row; row < p->end_row; row++) {
        while (trace->at_ns[row] - trace->at_ns[oldest] > call_ns)
            oldest++;
        if ((uint64_t)(row - oldest + 1) > most) most = (uint64_t)(row - oldest + 1);
    }
    return most + 1;
}

static double tasks_in_flight(const struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                              int32_t r, int32_t w)
{
    const struct plan_workload *p = &plan->workloads[w];
    if (p->is_replay)
        return (double)replay_in_flight(p, &traces->items[scenario->workloads[w].demand.trace.index], plan->call_ns[r]);
    const double mean = rate_most_per_s(plan, w) * ((double)plan->call_ns[r] / NS_PER_S);
    return mean + IN_FLIGHT_SIGMAS * sqrt(mean) + IN_FLIGHT_MARGIN;
}

static enum floe_status set_capacity(struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                                     int32_t r, struct plan_fault *fault)
{
    double tasks = 1, calls = plan->n_workloads;
    for (int32_t w = 0; w < plan->n_workloads; w++) {
        const double here = tasks_in_flight(plan, scenario, traces, r, w);
        tasks += here;
        calls += here * (double)plan->workloads[w].calls_per_task;
    }
    if (calls > FLOE_QUEUE_CAPACITY_MAX) {
        snprintf(fault->what, sizeof fault->what,
                 "up to %.3g calls would be in flight at once on the route '%s'; the event queue holds %d", calls,
                 scenario->routes[r].name, FLOE_QUEUE_CAPACITY_MAX);
        snprintf(fault->key, sizeof fault->key, "routes.%s.call_duration", scenario->routes[r].name);
        return FLOE_FULL;
    }
    plan->calls_in_flight_most[r] = (uint64_t)calls;
    plan->tasks_in_flight_most[r] = (uint64_t)tasks;
    return FLOE_OK;
}

/* ---- all of it ---- */

static enum floe_status fill(struct plan *plan, const struct scenario *scenario, const struct traces *traces,
                             struct plan_fault *fault)
{
    fill_bins(plan, scenario);
    for (int32_t w = 0; w < plan->n_workloads; w++)
        derive_workload(plan, scenario, traces, w);
    for (int32_t r = 0; r < plan->n_routes; r++) {
        enum floe_status status = set_capacity(plan, scenario, traces, r, fault);
        if (status != FLOE_OK) return status;
        for (int32_t w = 0; w < plan->n_workloads; w++)
            derive_pair(plan, scenario, traces, r, w);
    }
    return check_streams(plan, scenario, fault);
}

static void begin(struct plan *plan, const struct scenario *scenario)
{
    memset(plan, 0, sizeof *plan);
    plan->start_at_s = scenario->time.start_at_s;
    plan->horizon_ns = floe_ns_from_s(scenario->time.horizon_s, NULL);
    plan->warmup_ns = floe_ns_from_s(scenario->time.warmup_s, NULL);
    plan->n_workloads = scenario->n_workloads;
    plan->n_routes = scenario->n_routes;
    plan->n_windows = 1 + scenario->n_windows;
    for (int32_t r = 0; r < plan->n_routes; r++)
        plan->call_ns[r] = floe_ns_from_s(scenario->routes[r].call_s, NULL);
}

static int64_t edges_most(const struct scenario *scenario)
{
    int64_t n = 8 + (int64_t)(scenario->time.horizon_s / S_PER_HOUR) + 2 * (int64_t)scenario->n_windows;
    for (int32_t m = 0; m < scenario->prices.n_models; m++)
        n += scenario->prices.models[m].n_rows;
    return n;
}

/* The head of the plan is made first; the block is allocated when its size is known. */
enum floe_status plan_make(const struct scenario *scenario, const struct traces *traces, struct plan **out,
                           struct plan_fault *fault)
{
    enum floe_status status = FLOE_ENVIRONMENT;
    struct edges edges = {NULL, 0, edges_most(scenario)};
    struct plan *head = (struct plan *)malloc(sizeof *head), *plan = NULL;
    *out = NULL;
    edges.at_ns = (int64_t *)malloc(sizeof *edges.at_ns * (size_t)edges.capacity);
    snprintf(fault->what, sizeof fault->what, "out of memory");
    fault->key[0] = '\0';
    if (head == NULL || edges.at_ns == NULL) goto done;
    begin(head, scenario);
    edges_collect(&edges, head, scenario);
    head->n_bins = (int32_t)(edges.n - 1);
    status = lay_out(head, scenario, fault);
    if (status != FLOE_OK) goto done;
    plan = (struct plan *)realloc(head, head->bytes);
    status = plan == NULL ? FLOE_ENVIRONMENT : FLOE_OK;
    if (plan == NULL) goto done;
    head = plan;
    memcpy(writable(plan, plan->edges_offset), edges.at_ns, sizeof *edges.at_ns * (size_t)edges.n);
    status = fill(plan, scenario, traces, fault);
    if (status == FLOE_OK) *out = plan, head = NULL;
done:
    free(edges.at_ns);
    free(head);
    return status;
}

void plan_free(struct plan *plan)
{
    free(plan);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on demand: streams, replayed rows, and the rate of every workload on every bin. */
#include <stdio.h>

#include "models/calendar.h"
#include "models/plan_parts.h"
#include "sim/event.h"

static const char *const stream_purposes[STREAM_N] = {"arrivals", "input tokens", "output tokens", "trace row"};

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
    double *cumulated = (double *)plan_writable(plan, plan->workloads[w].rates_offset);
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

enum floe_status plan_check_replay(const struct plan *plan, const struct scenario *scenario,
                                   const struct traces *traces, int32_t w, struct plan_fault *fault)
{
    const struct plan_workload *p = &plan->workloads[w];
    if (!p->is_replay || p->end_row > p->first_row) return FLOE_OK;
    const struct trace *trace = &traces->items[scenario->workloads[w].demand.trace.index];
    if (trace->n == 0) return FLOE_OK;
    snprintf(fault->what, sizeof fault->what,
             "none of the trace's %lld rows lies inside the horizon: they span %.0f s to %.0f s after time.start, the "
             "horizon is %.0f s",
             (long long)trace->n, floe_s_from_ns(trace->at_ns[0]), floe_s_from_ns(trace->at_ns[trace->n - 1]),
             scenario->time.horizon_s);
    snprintf(fault->key, sizeof fault->key, "time.start");
    return FLOE_BAD_INPUT;
}

enum floe_status plan_check_streams(const struct plan *plan, const struct scenario *scenario, struct plan_fault *fault)
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

void plan_derive_workload(struct plan *plan, const struct scenario *scenario, const struct traces *traces, int32_t w)
{
    const struct workload *workload = &scenario->workloads[w];
    struct plan_workload *p = &plan->workloads[w];
    set_streams(p, workload->name);
    p->calls_per_task = workload->demand.calls_per_task;
    p->is_replay = workload->demand.trace.index >= 0;
    p->tokens_trace = workload->tokens.trace.index;
    p->tokens_from_row = p->is_replay && p->tokens_trace < 0 && !token_law_is_given(&workload->tokens.input);
    if (p->is_replay) replay_rows(p, &traces->items[workload->demand.trace.index], plan->horizon_ns);
    token_dist_derive(&workload->tokens.input, &p->input);
    token_dist_derive(&workload->tokens.output, &p->output);
    p->cache_share[0] = share_bits(workload->tokens.cache_read_share);
    p->cache_share[1] = share_bits(workload->tokens.cache_write_5m_share);
    p->cache_share[2] = share_bits(workload->tokens.cache_write_1h_share);
    fill_rates(plan, scenario, w);
}

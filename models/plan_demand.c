/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan's part on demand: streams, replayed rows, and the rate of every workload on every bin. */
#include <stdio.h>
#include <string.h>

#include "models/calendar.h"
#include "models/plan_parts.h"
#include "sim/event.h"

static const char *const stream_purposes[STREAM_N] = {
    "arrivals", "input tokens", "output tokens", "trace row", "prompt",  "shared prompt", "response cache",
    "prefix",   "pool",         "errors",        "latency",   "backoff", "rounds",        "reaction"};

static double month_factor(const struct scenario *scenario, int64_t at_s)
{
    const double reference_s = (double)HOURS_PER_REFERENCE_MONTH * S_PER_HOUR;
    switch (scenario->time.month) {
    case MONTH_720H: return reference_s / (720.0 * S_PER_HOUR);
    case MONTH_730H: return reference_s / (730.0 * S_PER_HOUR);
    default: return reference_s / (double)(calendar_next_month_start(at_s) - calendar_month_start(at_s));
    }
}

static struct growth_clock growth_clock_of(const struct scenario *scenario)
{
    static const double hours[] = {[MONTH_CALENDAR] = 0, [MONTH_720H] = 720, [MONTH_730H] = 730};
    return (struct growth_clock){scenario->time.start_at_s, hours[scenario->time.month] * S_PER_HOUR};
}

/* The mean rate from at_s on for length_s, within a clock hour; into_s: at_s has no fraction. */
static double rate_per_s(const struct scenario *scenario, const struct traffic *demand, double week_sum, int64_t at_s,
                         double into_s, double length_s)
{
    const double from_s = (double)calendar_hour_of_week(at_s) * S_PER_HOUR + calendar_second_of_day(at_s) % S_PER_HOUR +
                          into_s;
    const double since_1970_s = (double)at_s + into_s;
    double rate = demand->tasks_per_s *
                  (traffic_weight_between(demand, from_s, from_s + length_s) / (week_sum / HOURS_PER_WEEK));
    if (demand->is_per_month) rate *= month_factor(scenario, at_s);
    return rate * growth_steps_mean(demand->steps, demand->n_steps, &demand->growth, growth_clock_of(scenario),
                                    since_1970_s, since_1970_s + length_s);
}

static void fill_rates(struct plan *plan, const struct timeline *timeline, int32_t w)
{
    const int64_t *edges = plan_edges(plan);
    double *cumulated = (double *)plan_writable(plan, plan->workloads[w].rates_offset), week_sum = 0;
    const struct traffic *demand = NULL;
    cumulated[0] = 0;
    for (int32_t b = 0; b < plan->n_bins; b++) {
        const struct scenario *scenario = timeline->phases[plan_phase_of_bin(plan)[b]];
        const double length_s = (double)(edges[b + 1] - edges[b]) / NS_PER_S;
        const struct traffic *here = &scenario_load(scenario, w).workload->demand;
        if (demand != here) week_sum = traffic_week_sum(here);
        demand = here;
        cumulated[b + 1] = cumulated[b];
        if (plan->workloads[w].is_replay || demand->agents.workers > 0) continue;
        cumulated[b + 1] += rate_per_s(scenario, demand, week_sum, plan->start_at_s + edges[b] / NS_PER_S,
                                       (double)(edges[b] % NS_PER_S) / NS_PER_S, length_s) *
                            length_s;
    }
}

/* Tasks or calls of a job that begin before the instant. */
static double job_before(const struct plan *plan, int32_t w, int64_t until_ns, int is_calls)
{
    double n = 0;
    for (int32_t phase = 0; phase < plan->n_phases; phase++) {
        const struct job *job = &plan_load_of(plan, phase, w)->job;
        const struct plan_occurrences o = plan_occurrences_of(plan, phase, w);
        const int64_t from_ns = job->first_ns + o.first * job->period_ns;
        const int64_t to_ns = job->first_ns + o.end * job->period_ns;
        if (until_ns <= from_ns || o.end <= o.first) continue;
        const int64_t clipped_ns = until_ns < to_ns ? until_ns : to_ns;
        n += is_calls ? (double)(job_calls_before(job, clipped_ns) - job_calls_before(job, from_ns))
                      : (double)(job_tasks_before(job, clipped_ns) - job_tasks_before(job, from_ns));
    }
    return n;
}

static void fill_job(struct plan *plan, int32_t w, uint64_t offset, int is_calls)
{
    double *cumulated = (double *)plan_writable(plan, offset);
    for (int32_t b = 0; b <= plan->n_bins; b++)
        cumulated[b] = job_before(plan, w, plan_edges(plan)[b], is_calls);
}

/* ---- from tasks to calls ---- */

#define CALL_GROUPS_MOST 256 /* above that, calls of a task are taken together; no unit */

/* Adds n calls, evenly spread over [from_ns, to_ns), to the bins from `bin` on; what is beyond the horizon is lost. */
static void scatter(const struct plan *plan, double *calls_in_bin, int32_t bin, int64_t from_ns, int64_t to_ns,
                    double n)
{
    const int64_t *edges = plan_edges(plan);
    while (bin < plan->n_bins && edges[bin + 1] <= from_ns)
        bin++;
    for (; bin < plan->n_bins && edges[bin] < to_ns; bin++) {
        const int64_t low = edges[bin] > from_ns ? edges[bin] : from_ns;
        const int64_t high = edges[bin + 1] < to_ns ? edges[bin + 1] : to_ns;
        calls_in_bin[bin] += n * ((double)(high - low) / (double)(to_ns - from_ns));
    }
}

/* Tasks that arrive evenly over a bin make their calls evenly over `over` from there on. */
static void spread_bin(struct plan *plan, int32_t w, int32_t bin, double *calls_in_bin)
{
    const struct plan_load *load = plan_load_of(plan, plan_phase_of_bin(plan)[bin], w);
    const int64_t *edges = plan_edges(plan), m = load->calls_per_task;
    const int64_t groups = m < CALL_GROUPS_MOST ? m : CALL_GROUPS_MOST;
    const double calls = traffic_expected(plan_rates(plan, w), bin, INT64_MAX) * load->calls_mean;
    if (load->over_ns == 0) {
        calls_in_bin[bin] += calls;
        return;
    }
    for (int64_t g = 0; g < groups; g++) {
        const double j = ((double)g + 0.5) * ((double)m / (double)groups) - 0.5; /* the middle one of the group */
        const int64_t offset_ns = (int64_t)(j * (double)load->over_ns / (double)m);
        scatter(plan, calls_in_bin, bin, edges[bin] + offset_ns, edges[bin + 1] + offset_ns, calls / (double)groups);
    }
}

void plan_spread_calls(struct plan *plan, int32_t w)
{
    double *cumulated = (double *)plan_writable(plan, plan->workloads[w].calls_offset);
    for (int32_t b = 0; b <= plan->n_bins; b++)
        cumulated[b] = 0;
    if (plan->workloads[w].is_replay) return;
    if (plan->workloads[w].is_job) {
        fill_job(plan, w, plan->workloads[w].calls_offset, 1);
        for (int32_t b = 0; plan->workloads[w].task_step >= 0 && b <= plan->n_bins; b++)
            cumulated[b] *= plan_load_of(plan, 0, w)->calls_mean;
        return;
    }
    for (int32_t b = 0; b < plan->n_bins; b++)
        spread_bin(plan, w, b, cumulated + 1);
    for (int32_t b = 0; b < plan->n_bins; b++)
        cumulated[b + 1] += cumulated[b];
}

/* ---- streams, replayed rows ---- */

/* What belongs to the task goes by the workload's name, what belongs to a call by the step's. */
static void set_streams(struct plan_workload *p, struct load load)
{
    char name[LOAD_NAME_BYTES];
    load_name(load, name);
    for (int i = 0; i < STREAM_N; i++)
        p->stream[i] = floe_stream_id(name, stream_purposes[i]);
    if (load.step_index != 0) return;
    for (int i = 0; i < STREAM_N; i++)
        if (i == STREAM_ARRIVALS || i == STREAM_PREFIX)
            p->stream[i] = floe_stream_id(load.workload->name, stream_purposes[i]);
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
    const struct trace *trace = &traces->items[scenario_load(scenario, w).workload->demand.trace.index];
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
    char names[2][LOAD_NAME_BYTES];
    for (int32_t a = 0; a < plan->n_workloads; a++)
        for (int32_t b = a; b < plan->n_workloads; b++)
            if (streams_collide(plan, a, b)) {
                load_name(scenario_load(scenario, a), names[0]);
                load_name(scenario_load(scenario, b), names[1]);
                snprintf(fault->what, sizeof fault->what,
                         "the random streams of the workloads '%.80s' and '%.80s' have the same id: rename one of them",
                         names[0], names[1]);
                snprintf(fault->key, sizeof fault->key, "workloads.%.180s", names[1]);
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

static int kind_of(const struct traffic *demand)
{
    if (demand->agents.workers > 0) return 3;
    return demand->trace.index >= 0 ? 2 : traffic_is_job(demand);
}

static int is_same_pace(const struct traffic *a, const struct traffic *b)
{
    const struct traffic_pace x = pace_derive(&a->bursts, &a->gaps), y = pace_derive(&b->bursts, &b->gaps);
    return x.kind == y.kind && x.on_s == y.on_s && x.off_s == y.off_s && x.on_ratio == y.on_ratio && x.cv2 == y.cv2;
}

/* Growth that is no forecast any more: a rate per day instead of per month, most likely. */
static enum floe_status check_growth(const struct plan *plan, const struct scenario *scenario, int32_t w,
                                     struct plan_fault *fault)
{
    const struct workload *workload = scenario_load(scenario, w).workload;
    const struct traffic *demand = &workload->demand;
    const double end_s = (double)(plan->start_at_s + plan->horizon_ns / NS_PER_S);
    const double factor = growth_steps_mean(demand->steps, demand->n_steps, &demand->growth, growth_clock_of(scenario),
                                            end_s - 1, end_s);
    if (factor <= GROWTH_FACTOR_MOST) return FLOE_OK;
    snprintf(fault->what, sizeof fault->what,
             "by the end of the horizon the rate of '%.80s' is %.3g times what `tasks` says; allowed: %.0f times",
             workload->name, factor, GROWTH_FACTOR_MOST);
    snprintf(fault->key, sizeof fault->key, "workloads.%s.demand.%s", workload->name,
             demand->growth.period != 0 ? "growth" : "steps");
    return FLOE_BAD_INPUT;
}

enum floe_status plan_check_demand(const struct plan *plan, const struct timeline *timeline, int32_t w,
                                   struct plan_fault *fault)
{
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        if (check_growth(plan, timeline->phases[phase], w, fault) != FLOE_OK) return FLOE_BAD_INPUT;
    for (int32_t phase = 1; phase < plan->n_phases; phase++) {
        const struct workload *before = scenario_load(timeline->phases[0], w).workload;
        const struct workload *after = scenario_load(timeline->phases[phase], w).workload;
        if (!is_same_pace(&before->demand, &after->demand)) {
            snprintf(fault->what, sizeof fault->what, "a change cannot alter the bursts or the gaps of demand");
            snprintf(fault->key, sizeof fault->key, "workloads.%s.demand.%s", before->name,
                     before->demand.gaps.cv2 > 0 || after->demand.gaps.cv2 > 0 ? "gaps" : "bursts");
            return FLOE_BAD_INPUT;
        }
        if (before->demand.agents.workers != after->demand.agents.workers && before->demand.agents.workers > 0 &&
            after->demand.agents.workers > 0) {
            snprintf(fault->what, sizeof fault->what, "a change cannot hire or dismiss workers");
            snprintf(fault->key, sizeof fault->key, "workloads.%s.demand.agents.workers", before->name);
            return FLOE_BAD_INPUT;
        }
        if (kind_of(&before->demand) == kind_of(&after->demand)) continue;
        snprintf(
            fault->what, sizeof fault->what,
            "a change cannot turn a rate into a job, a trace or a closed loop, or back: make it a workload of its own");
        snprintf(fault->key, sizeof fault->key, "workloads.%s.demand", before->name);
        return FLOE_BAD_INPUT;
    }
    return FLOE_OK;
}

/* The longest answer, cut or not; TOKENS_LARGEST where the law has none. */
static double most_output_tok(const struct plan_load *load)
{
    double most = TOKENS_LARGEST;
    const struct token_dist *dist = &load->output;
    if (load->tokens_from_row || load->tokens_trace >= 0) {
        most = TOKENS_LARGEST;
    } else if (dist->law == TOKENS_FIXED) {
        most = (double)(int64_t)dist->fixed + (dist->fixed > (double)(int64_t)dist->fixed);
    } else if (dist->law == TOKENS_VALUES) {
        most = 0;
        for (int32_t i = 0; i < dist->n_values; i++)
            if (dist->values[i] > most) most = dist->values[i];
    }
    return most < load->max_output_tok ? most : load->max_output_tok;
}

static void derive_load(struct plan *plan, const struct scenario *scenario, int32_t phase, int32_t w)
{
    const struct load of = scenario_load(scenario, w);
    const struct workload *workload = of.workload;
    const struct tokens tokens = load_tokens(of);
    struct plan_load *load = (struct plan_load *)plan_writable(plan, plan->loads_offset) +
                             (int64_t)phase * plan->n_workloads + w;
    memset(load, 0, sizeof *load);
    load->calls_per_task = workload->demand.calls_per_task;
    load->calls_needed = workload->demand.calls_needed > 0 ? workload->demand.calls_needed
                                                           : workload->demand.calls_per_task;
    load->over_ns = floe_ns_from_s(workload->demand.over_s, NULL);
    if (traffic_is_job(&workload->demand)) load->job = traffic_job(&workload->demand, plan->start_at_s);
    load->calls_mean = (double)load->calls_per_task;
    if (of.step != NULL)
        load->calls_mean = (double)of.step->calls *
                           task_rounds_mean(&plan_task_of(plan, phase, of.index)->steps[of.step_index].rounds);
    load->has_retries = of.step != NULL && of.step->n_retries > 0;
    if (load->has_retries) retry_derive(of.step->retries, of.step->n_retries, -1, &load->retries);
    if (of.step_index <= 0) load->react = react_derive(&workload->demand.asks_again, &workload->demand.agents);
    load->tokens_trace = tokens.trace.index;
    load->tokens_from_row = plan->workloads[w].is_replay && load->tokens_trace < 0 &&
                            !token_law_is_given(&tokens.input);
    token_dist_derive(&tokens.input, &load->input);
    token_dist_derive(&tokens.output, &load->output);
    load->prefix = tokens.prefix;
    load->max_output_tok = tokens.max_output_tok > 0 ? tokens.max_output_tok : TOKENS_LARGEST;
    load->most_output_tok = most_output_tok(load);
    load->cache_share[0] = share_bits(tokens.cache_read_share);
    load->cache_share[1] = share_bits(tokens.cache_write_5m_share);
    load->cache_share[2] = share_bits(tokens.cache_write_1h_share);
}

void plan_derive_workload(struct plan *plan, const struct timeline *timeline, const struct traces *traces, int32_t w)
{
    const struct load load = scenario_load(timeline->phases[0], w);
    const struct workload *workload = load.workload;
    struct plan_workload *p = &plan->workloads[w];
    set_streams(p, load);
    p->is_replay = workload->demand.trace.index >= 0;
    p->is_job = traffic_is_job(&workload->demand);
    p->pace = pace_derive(&workload->demand.bursts, &workload->demand.gaps);
    if (p->pace.kind == PACE_GAPS) {
        const enum floe_status made = floe_gamma_table_init(
            (struct floe_gamma_table *)plan_writable(plan, p->gaps_offset), sqrt(p->pace.cv2));
        floe_assert(made == FLOE_OK, NULL, "gaps outside the range that their row allows");
    }
    if (p->is_replay) replay_rows(p, &traces->items[workload->demand.trace.index], plan->horizon_ns);
    for (int32_t phase = 0; phase < plan->n_phases; phase++)
        derive_load(plan, timeline->phases[phase], phase, w);
    if (p->is_job)
        fill_job(plan, w, p->rates_offset, 0);
    else
        fill_rates(plan, timeline, w);
}

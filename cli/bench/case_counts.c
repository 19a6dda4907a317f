/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_counts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/bench/case_values.h"

enum { NUMBERS_MAX = 3 * FLOE_ARRIVALS_PIECES_MAX };

int case_is_counts(const struct known_case *row)
{
    return strcasestr(row->model, "NHPP") != NULL;
}

static enum case_reading wrong(const struct known_case *row, struct known_fault *fault, const char *what)
{
    fault->line = row->line;
    snprintf(fault->what, sizeof fault->what, "%.20s: %s: %.150s", row->id, what, row->parameters);
    snprintf(fault->hint, sizeof fault->hint, "see case A16 in floe bench --case list");
    return CASE_WRONG;
}

static double behind(const char *text, const char *word)
{
    const char *at = strcasestr(text, word);
    double number;
    return at != NULL && case_numbers(at, 0, &number, 1) == 1 ? number : 0;
}

static enum case_reading read_pieces(const struct known_case *row, struct floe_arrivals_plan *plan,
                                     struct known_fault *fault)
{
    const char *on = strstr(row->parameters, " on ");
    double rate[NUMBERS_MAX], edge[NUMBERS_MAX], before = 0;
    if (on == NULL) return wrong(row, fault, "rates ... on (0,1],(1,2] is not there");
    const int n_all = case_numbers(row->parameters, 0, rate, NUMBERS_MAX),
              n_edges = case_numbers(on, 0, edge, NUMBERS_MAX);
    const int n = n_all - n_edges;
    if (n < 1 || n > FLOE_ARRIVALS_PIECES_MAX || n_edges != 2 * n)
        return wrong(row, fault, "there must be as many rates as pieces, 24 at most");
    for (int i = 0; i < n; i++) {
        if (edge[2 * i] != before || !(edge[2 * i + 1] > before) || !(rate[i] >= 0))
            return wrong(row, fault, "a piece must begin where the last one ended, and no rate may be negative");
        before = plan->until_s[i] = edge[2 * i + 1];
        plan->rate_per_s[i] = rate[i];
    }
    plan->pieces = (uint32_t)n;
    return CASE_READY;
}

enum case_reading case_counts_read(const struct known_case *row, struct case_setting *setting,
                                   struct known_fault *fault)
{
    struct floe_arrivals_plan *plan = &setting->p.of_class[0].arrivals;
    *plan = floe_arrivals_plan_of(FLOE_ARRIVALS_PIECEWISE);
    const enum case_reading reading = read_pieces(row, plan, fault);
    if (reading != CASE_READY) return reading;
    const double per_cycle = floe_arrivals_expected_per_cycle(plan), cycle_s = behind(row->model, "cyclic");
    const double end_s = plan->until_s[plan->pieces - 1];
    setting->p.horizon_s = behind(row->model, "horizon");
    if (!(setting->p.horizon_s > 0) || (cycle_s != 0 && cycle_s != end_s) || !(per_cycle > 0))
        return wrong(row, fault, "horizon is missing, cyclic is not the end of the last piece, or every rate is 0");
    if (strcasestr(row->metric, "count") == NULL || plan->pieces > CASE_METRICS_MAX)
        return wrong(row, fault, "the metric must be mean counts, of 16 pieces at most");
    setting->per_s = per_cycle / end_s;
    setting->n_metrics = (int)plan->pieces;
    setting->is_counts = 1;
    for (int m = 0; m < setting->n_metrics; m++) {
        struct case_metric *metric = &setting->metric[m];
        snprintf(metric->name, sizeof metric->name, "count of piece %d", m + 1);
        metric->class_index = -1;
        if (case_numbers(row->expected, m, &metric->want, 1) != 1) return wrong(row, fault, "a count is missing");
    }
    return CASE_READY;
}

/* Which piece an instant lies in; pieces end with their last instant. */
static uint32_t piece_of(const struct floe_arrivals_plan *plan, int64_t at_ns)
{
    const int64_t cycle_ns = (int64_t)llround(plan->until_s[plan->pieces - 1] * FLOE_NS_PER_S);
    const double place_s = (double)(at_ns % cycle_ns) / FLOE_NS_PER_S;
    uint32_t piece = 0;
    while (piece + 1 < plan->pieces && place_s >= plan->until_s[piece])
        piece++;
    return piece;
}

uint64_t case_counts_replicate(const struct case_setting *setting, double customers, uint64_t seed, uint32_t r,
                               double *value)
{
    const struct floe_station_class *of_class = &setting->p.of_class[0];
    const double per_run = setting->per_s * setting->p.horizon_s;
    const uint32_t runs = customers > per_run ? (uint32_t)ceil(customers / per_run) : 1;
    const int64_t horizon_ns = (int64_t)llround(setting->p.horizon_s * FLOE_NS_PER_S);
    uint64_t count[CASE_METRICS_MAX] = {0}, all = 0;
    for (uint32_t k = 0; k < runs; k++) {
        struct floe_rng rng = {seed, r * runs + k};
        struct floe_where where = {0, seed, rng.replication};
        struct floe_arrivals arrivals;
        int64_t at_ns = 0;
        floe_arrivals_init(&arrivals, &of_class->arrivals, rng, of_class->gap_stream, of_class->batch_stream);
        while (floe_arrivals_next(&of_class->arrivals, &arrivals, NULL, &where, &at_ns) && at_ns < horizon_ns) {
            count[piece_of(&of_class->arrivals, at_ns)]++;
            where.now_ns = at_ns;
            all++;
        }
    }
    for (int m = 0; m < setting->n_metrics; m++)
        value[m] = (double)count[m] / runs;
    return all;
}

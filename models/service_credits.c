/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/service_credits.h"

#include <math.h>
#include <string.h>

#include "models/calendar.h"
#include "models/outcome.h"

#define NEAR_BAND_ERRORS 3.0 /* standard errors of an uptime; no unit */

/* Whose agreement covers a step: the step's own or the route's. */
static const struct sla_terms *terms_of(const struct run *run, int32_t phase, int32_t route, int32_t step)
{
    const struct availability_terms *available = plan_route_of(run->plan, phase, route)->available;
    return available[1 + step].sla.n_bands > 0 ? &available[1 + step].sla : &available[0].sla;
}

static int has_agreement(const struct run *run, int32_t route)
{
    for (int32_t phase = 0; phase < run->plan->n_phases; phase++)
        for (int32_t step = 0; step < run->plan->n_steps[route]; step++)
            if (terms_of(run, phase, route, step)->n_bands > 0) return 1;
    return 0;
}

static int has_outages(const struct run *run, int32_t phase, int32_t route)
{
    const struct availability_terms *available = plan_route_of(run->plan, phase, route)->available;
    for (int32_t i = 0; i <= run->plan->n_steps[route]; i++)
        if (outage_down_share(&available[i].own) > 0 || outage_down_share(&available[i].common) > 0) return 1;
    return 0;
}

static int is_measured(const struct run *run, int32_t bin)
{
    return (plan_windows_of_bin(run->plan)[bin] & 1) != 0;
}

static int64_t month_of(const struct run *run, int32_t bin)
{
    return calendar_month_start(run->plan->start_at_s + plan_edges(run->plan)[bin] / NS_PER_S);
}

/* What one agreement covers in a month. */
struct covered {
    const struct sla_terms *terms;
    double attempts, throttles, errors, usd;
};

/* One for each step; steps that the route's agreement covers are added to the first of them. */
struct month {
    int32_t phase; /* of its first measured bin; -1: none yet */
    struct covered covered[CHAIN_STEPS_MOST];
};

static struct covered *covered_by(const struct run *run, const struct route_work *work, struct month *month,
                                  int32_t step)
{
    const struct sla_terms *terms = terms_of(run, month->phase, work->route, step);
    int32_t first = 0;
    while (first < step && terms_of(run, month->phase, work->route, first) != terms)
        first++;
    month->covered[first].terms = terms;
    return &month->covered[first];
}

static void add_bin(const struct run *run, const struct route_work *work, const struct counts *counts, int32_t w,
                    int32_t bin, struct month *month)
{
    if (month->phase < 0) month->phase = plan_phase_of_bin(run->plan)[bin];
    for (int32_t step = 0; step < counts->n_steps; step++) {
        const double *k = counts_step(counts, w, bin, step);
        struct covered *covered = covered_by(run, work, month, step);
        covered->attempts += k[STEP_ATTEMPTS];
        covered->throttles += k[STEP_THROTTLES];
        covered->errors += k[STEP_ERRORS];
    }
    for (int32_t slot = 0; slot < counts->n_slots[w]; slot++)
        for (int c = 0; c < USAGE_CLASS_N; c++) {
            const double tokens = counts_tokens(counts, w, bin, slot)[c];
            if (tokens == 0) continue;
            covered_by(run, work, month, slot_row_of(run, work->route, w, slot).step)->usd +=
                tokens * slot_price(run, work->route, w, slot, c);
        }
}

struct credit {
    double usd;
    int is_unsure;
};

/* Where the uptime is that of expected counts, it may lie on the other side of a band's edge by chance. */
static int is_near_a_band(const struct sla_terms *terms, double uptime, double n)
{
    const double error = NEAR_BAND_ERRORS * sqrt(uptime * (1 - uptime) / n);
    for (int32_t i = 0; i < terms->n_bands; i++)
        if (fabs(uptime - terms->bands[i].below_share) < error) return 1;
    return 0;
}

static void close_month(const struct run *run, const struct route_work *work, struct month *month,
                        struct credit *credit)
{
    for (int32_t step = 0; month->phase >= 0 && step < CHAIN_STEPS_MOST; step++) {
        const struct covered *covered = &month->covered[step];
        const double n = covered->attempts - covered->throttles;
        if (covered->terms == NULL || covered->terms->n_bands == 0 || !(n > 0)) continue;
        const double uptime = 1 - covered->errors / n;
        credit->usd += sla_credit(covered->terms, uptime, covered->usd);
        credit->is_unsure |= has_outages(run, month->phase, work->route) || is_near_a_band(covered->terms, uptime, n);
    }
    memset(month, 0, sizeof *month);
    month->phase = -1;
}

static struct credit credit_of(const struct run *run, const struct route_work *work, const struct counts *counts,
                               int32_t w)
{
    struct credit credit = {0, 0};
    struct month month;
    int64_t month_at_s = INT64_MIN;
    memset(&month, 0, sizeof month);
    month.phase = -1;
    for (int32_t bin = 0; bin < run->plan->n_bins; bin++) {
        if (!is_measured(run, bin)) continue;
        if (month_of(run, bin) != month_at_s) close_month(run, work, &month, &credit);
        month_at_s = month_of(run, bin);
        for (int32_t j = 0; j < plan_n_loads_of(run->plan, w); j++) /* a workload's bill is that of all its steps */
            add_bin(run, work, counts, plan_load_of_step(run->plan, w, j), bin, &month);
    }
    close_month(run, work, &month, &credit);
    return credit;
}

int service_credits_fill(const struct run *run, const struct route_work *work, const struct counts *counts, double *row)
{
    const int is_on = has_agreement(run, work->route);
    int is_unsure = 0;
    for (int32_t w = 0; w < run->plan->n_homes; w++) {
        for (int32_t window = 0; window < run->plan->n_windows; window++)
            row_metrics(run, row, w, window)[METRIC_SERVICE_CREDITS] = OUTCOME_UNDEFINED;
        if (!is_on) continue;
        const struct credit credit = credit_of(run, work, counts, w);
        row_metrics(run, row, w, 0)[METRIC_SERVICE_CREDITS] = credit.usd;
        is_unsure |= credit.is_unsure;
    }
    return is_unsure;
}

int service_credits_has_part(const struct run *run, int32_t route)
{
    const int64_t *edges = plan_edges(run->plan);
    int32_t first = 0, last = run->plan->n_bins - 1;
    if (!has_agreement(run, route)) return 0;
    while (first < last && !is_measured(run, first))
        first++;
    while (last > first && !is_measured(run, last))
        last--;
    const int64_t end_at_s = run->plan->start_at_s + edges[last + 1] / NS_PER_S;
    return month_of(run, first) != run->plan->start_at_s + edges[first] / NS_PER_S ||
           calendar_month_start(end_at_s) != end_at_s;
}

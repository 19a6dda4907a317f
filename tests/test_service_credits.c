/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Service credits of a run, against sums by hand: the hourly engine's counts are known in closed form, and the events
 * engine is held against it and against its own months. */
#include "models/service_credits.h"

#include <math.h>
#include <stdlib.h>

#include "harness.h"
#include "scenario_maker.h"

#define TO_APRIL_S ((double)16 * S_PER_DAY) /* from MONDAY_AT_S, 2026-03-16 */
#define CALL_USD (1000.5 * 3e-6 + 200 * 15e-6)

static double credits_usd(const struct result *r, int64_t cell)
{
    return maker_outcome(r, cell, METRIC_SERVICE_CREDITS)->mean;
}

/* From mid-March to mid-April at half a call per second; errors as given, an agreement for the route. */
static struct scenario *month_and_month(double error_share)
{
    struct scenario *s = maker_scenario();
    s->time.horizon_s = 30 * S_PER_DAY;
    s->workloads[0].demand.tasks_per_s = 0.5;
    s->routes[0].availability.error_share = error_share;
    s->routes[0].availability.sla.rules = SLA_BEDROCK;
    s->n_windows = 1;
    s->windows[0] = (struct window){"march", INSTANT_ABSENT, MONDAY_AT_S, MONDAY_AT_S + (int64_t)TO_APRIL_S};
    return s;
}

/* 2 % fail: below 99 %, 25 % of what was billed. */
static void a_share_of_the_bill_comes_back(void)
{
    struct scenario *s = month_and_month(0.02);
    struct result r;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    const double bill = 0.98 * 0.5 * 30 * S_PER_DAY * CALL_USD;
    check_rel(maker_outcome(&r, 0, METRIC_COST_TOTAL)->mean, bill, 1e-12); /* as without an agreement */
    check_rel(credits_usd(&r, 0), 0.25 * bill, 1e-12);
    check_u64(maker_outcome(&r, 1, METRIC_SERVICE_CREDITS)->n, 0); /* a window: not defined */
    check_u64(r.cells[0].doubt, 0);
    const int32_t n_warnings = r.n_warnings;
    check(n_warnings > 0);
    check_contains(r.warnings[0].text, "counts as the month");
    check_text(r.warnings[0].key, "routes.api.availability.sla");
    result_free(&r);
    s->routes[0].availability.sla.rules = SLA_NONE;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    check_u64(maker_outcome(&r, 0, METRIC_SERVICE_CREDITS)->n, 0);
    check_i64(r.n_warnings, n_warnings - 1);
    result_free(&r);
    free(s);
}

/* A change on 1 April ends the errors: March gives 25 % of its bill, April nothing, and not their mean 10 % of both. */
static void each_month_is_measured_alone(void)
{
    struct scenario *s = month_and_month(0.02), *after = month_and_month(0.0001);
    struct timeline timeline = timeline_of(s, VARIANT_BASE);
    struct result r;
    s->time.warmup_s = after->time.warmup_s = 2 * S_PER_DAY; /* not measured, so not on the bill */
    timeline.n_phases = 2;
    timeline.phases[1] = after;
    timeline.from_at_s[1] = MONDAY_AT_S + (int64_t)TO_APRIL_S;
    maker_run_timelines(&timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    check_rel(credits_usd(&r, 0), 0.25 * 0.98 * 0.5 * (TO_APRIL_S - 2.0 * S_PER_DAY) * CALL_USD, 1e-12);
    check_rel(credits_usd(&r, 0), 0.25 * maker_outcome(&r, 1, METRIC_COST_TOTAL)->mean, 1e-12);
    result_free(&r);
    free(s);
    free(after);
}

/* Throttles are no errors and no attempts here: a quota that lets half through leaves the uptime as it is. */
static void throttles_do_not_count(void)
{
    struct scenario *s = month_and_month(0.0011); /* below 99.9 %; over all attempts it were 99.945 % */
    struct result r;
    struct quota *quota = &s->routes[0].quotas[s->routes[0].n_quotas++];
    *quota = (struct quota){.requests_per_s = 0.25};
    snprintf(quota->name, NAME_BYTES, "m");
    quota->tokens_per_s = quota->input_per_s = quota->output_per_s = quota->day_tok = PARAM_ABSENT;
    quota->burst_s = quota->burndown = quota->cache_read_ratio = quota->cache_write_ratio = PARAM_ABSENT;
    quota->model_max_tok = quota->acceleration = quota->acceleration_floor_tok = PARAM_ABSENT;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    check(maker_outcome(&r, 0, METRIC_THROTTLES)->mean > 0.4 * maker_outcome(&r, 0, METRIC_ATTEMPTS)->mean);
    check_rel(credits_usd(&r, 0), 0.1 * maker_outcome(&r, 0, METRIC_COST_TOTAL)->mean, 1e-12);
    result_free(&r);
    free(s);
}

/* Two providers: a step with an agreement of its own is covered by it alone, on its own bill and its own errors. */
static void a_step_has_its_own_agreement(void)
{
    struct scenario *s = month_and_month(PARAM_ABSENT);
    struct route *route = &s->routes[0];
    struct result r;
    s->prices.models[1] = s->prices.models[0];
    s->prices.n_models = 2;
    snprintf(s->prices.models[1].name, NAME_BYTES, "other");
    snprintf(route->chain[0].model, NAME_BYTES, "m");
    snprintf(route->chain[1].model, NAME_BYTES, "other");
    route->n_steps = 2;
    route->chain[0].error_share = 0.03;
    route->chain[1].error_share = 0.3;
    route->chain[1].availability.sla = (struct sla){.rules = SLA_CUSTOM, .n_bands = 1, .bands = {{0.9, 0.5}}};
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    const double calls = 0.5 * 30 * S_PER_DAY, first = 0.97 * calls * CALL_USD, second = 0.03 * 0.7 * calls * CALL_USD;
    check_rel(credits_usd(&r, 0), 0.25 * first + 0.5 * second, 1e-12);
    result_free(&r);
    free(s);
}

/* Both forms, far from a band's edge: the same share of bills that agree. */
static void both_forms_agree_away_from_an_edge(void)
{
    struct scenario *s = month_and_month(0.02);
    struct result events, hourly;
    s->time.horizon_s = 17 * S_PER_DAY; /* April has one day: 43,200 calls, 864 errors or so */
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 8), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const struct outcome *e = maker_outcome(&events, 0, METRIC_SERVICE_CREDITS);
    const double z = (e->mean - credits_usd(&hourly, 0)) / e->mcse;
    check_at(fabs(z) <= 3, __FILE__, __LINE__, "events %g, hourly %g, z %.2f", e->mean, credits_usd(&hourly, 0), z);
    check(e->mcse <= 0.002 * e->mean);
    check_u64(hourly.cells[0].doubt, 0);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

/* On the edge itself half of the replications get 10 % and half nothing; under outages most months are whole and a few
 * are not. The hourly engine sees one mean month, and says doubt. */
static void the_hourly_form_doubts_edges_and_outages(void)
{
    struct scenario *s = month_and_month(0.001);
    struct result events, hourly;
    s->time.horizon_s = S_PER_DAY;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 64), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_u64(hourly.cells[0].doubt, HOURLY_DOUBT_OUTAGE);
    const double tenth = 0.1 * maker_outcome(&events, 0, METRIC_COST_TOTAL)->mean;
    check(credits_usd(&events, 0) > 0.3 * tenth && credits_usd(&events, 0) < 0.7 * tenth); /* 4 standard errors */
    result_free(&events);
    result_free(&hourly);
    s->routes[0].availability = (struct availability){.error_share = 0,
                                                      .uptime_share = PARAM_ABSENT,
                                                      .mtbf_s = 30 * S_PER_DAY,
                                                      .mttr_s = 2 * S_PER_MIN,
                                                      .sla = {.rules = SLA_BEDROCK}};
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_u64(hourly.cells[0].doubt, HOURLY_DOUBT_OUTAGE);
    check_rel(credits_usd(&hourly, 0) + 1, 1, 0); /* 99.995 % on average: nothing */
    result_free(&hourly);
    free(s);
}

static const struct test tests[] = {
    {"a share of the bill comes back, beside the cost", a_share_of_the_bill_comes_back, FAST},
    {"each month is measured alone", each_month_is_measured_alone, FAST},
    {"throttles do not count", throttles_do_not_count, FAST},
    {"a step has its own agreement", a_step_has_its_own_agreement, FAST},
    {"both forms agree away from a band's edge", both_forms_agree_away_from_an_edge, FAST},
    {"the hourly form doubts edges and outages", the_hourly_form_doubts_edges_and_outages, FAST},
};
TEST_MAIN("service_credits", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys, budgets and the response cache of whole scenarios: the hourly engine against the events engine, hour by hour.
 * Shares of calls that are hits, are stale, go upstream, and that the provider sees: within 1 point in every hour with 10,000 or more pooled calls. Pools have some
 * 40,000, so that chance alone is below a quarter of a point. Where the hourly run has a doubt it may be off: those
 * cases say so in their row, and it is tested that the doubt is raised. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"

/* Whether the most popular prompts are hits or stale for an hour is a matter of a few draws in each replication: those
 * two shares are compared where there are STALE_POOL calls. */
enum { DAYS = 4, HOURS = 24 * DAYS, POOL = 40000, STALE_POOL = 400000 };

static void add_model(struct scenario *s, const char *name, double input_usd, double output_usd)
{
    struct model_prices *model = &s->prices.models[s->prices.n_models++];
    *model = s->prices.models[0];
    snprintf(model->name, NAME_BYTES, "%s", name);
    model->rows[0].usd_per_tok = (struct price_list){input_usd, output_usd, input_usd / 10, input_usd * 1.25,
                                                     input_usd * 2};
}

static struct scenario *cached(double per_s, double ttl_s, int32_t ttl_from)
{
    struct scenario *s = maker_scenario();
    struct workload *w = &s->workloads[0];
    w->demand.tasks_per_s = per_s;
    w->tokens.input = maker_fixed(1000);
    w->prompts = (struct prompts){
        .distinct = 2000, .set = (int64_t)PARAM_ABSENT, .popularity = "zipf 0.9", .renewed_every_s = PARAM_ABSENT};
    s->time.horizon_s = DAYS * S_PER_DAY;
    s->gateway.response_cache = (struct response_cache){.ttl_s = ttl_s,
                                                        .ttl_from = ttl_from,
                                                        .capacity = (int64_t)PARAM_ABSENT,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .grace = {CACHE_GRACE_FROM_SWITCH, 0, "unlimited"}};
    add_model(s, "k", 5e-6, 25e-6);
    return s;
}

/* Another model from 10:16:40 of the third day on. */
struct switched {
    struct scenario *before, *after;
    struct timeline timeline;
};

static struct switched switch_model(struct scenario *s)
{
    struct switched w = {s, malloc(sizeof *s), timeline_of(s, "switch")};
    *w.after = *s;
    snprintf(w.after->workloads[0].model, NAME_BYTES, "k");
    w.timeline.n_phases = 2;
    w.timeline.phases[1] = w.after;
    w.timeline.from_at_s[1] = s->time.start_at_s + 2 * S_PER_DAY + 37000;
    return w;
}

static void switched_free(struct switched *w)
{
    free(w->before);
    free(w->after);
}

/* Attempts by the hour, from the tokens of output: 200 each. */
static void attempts_by_hour(const struct result *r, double attempts[HOURS])
{
    memset(attempts, 0, sizeof *attempts * HOURS);
    for (int64_t i = 0; i < r->by_hour.n; i++)
        if (strcmp(r->by_hour.rows[i].token_class, "output") == 0)
            attempts[r->by_hour.rows[i].span - r->n_windows] += r->by_hour.rows[i].quantity.mean / 200;
}

/* The largest difference of the shares over all hours with enough calls. */
struct gap {
    double points;
    int32_t hour, n_hours;
    uint32_t doubt;
};

static void note_points(struct gap *gap, int32_t hour, double share)
{
    const double points = 100 * fabs(share);
    if (points > gap->points) gap->points = points, gap->hour = hour;
}

/* Hits, stale answers, calls that go upstream, and all that the provider sees. */
static struct gap gap_of(const struct timeline *timeline, uint32_t replications)
{
    struct gap gap = {0, -1, 0, 0};
    double events_hours[HOURS], hourly_hours[HOURS];
    struct result events, hourly;
    maker_run_timelines(timeline, 1, NULL, maker_options(ENGINE_EVENTS, replications), &events);
    maker_run_timelines(timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    attempts_by_hour(&events, events_hours);
    attempts_by_hour(&hourly, hourly_hours);
    for (int32_t h = 24; h < HOURS; h++) { /* the day before, of and after the switch */
        const double calls = result_hour_count(&events, 0, h, 0, 0, METRIC_CALLS),
                     expected = result_hour_count(&hourly, 0, h, 0, 0, METRIC_CALLS);
        if (calls * replications < 10000) continue;
        const enum metric shares[] = {METRIC_CACHE_HITS, METRIC_STALE_SERVED, METRIC_UPSTREAM};
        gap.n_hours++;
        note_points(&gap, h, events_hours[h] / calls - hourly_hours[h] / expected); /* refreshes included */
        for (int i = calls * replications < STALE_POOL ? 2 : 0; i < 3; i++)
            note_points(&gap, h,
                        result_hour_count(&events, 0, h, 0, 0, shares[i]) / calls -
                            result_hour_count(&hourly, 0, h, 0, 0, shares[i]) / expected);
    }
    gap.doubt = hourly.cells[0].doubt;
    result_free(&events);
    result_free(&hourly);
    return gap;
}

static uint32_t replications_for(double per_s, double pool)
{
    return (uint32_t)ceil(pool / (per_s * S_PER_HOUR));
}

static void check_gap_in(const struct timeline *timeline, double per_s, double pool, int may_doubt, const char *what)
{
    const struct gap gap = gap_of(timeline, replications_for(per_s, pool));
    check_at(gap.n_hours == 72, __FILE__, __LINE__, "%s: %d hours compared", what, (int)gap.n_hours);
    check_at(may_doubt || gap.doubt == 0, __FILE__, __LINE__, "%s: doubt %x", what, (unsigned)gap.doubt);
    check_at(gap.doubt != 0 || gap.points <= 1, __FILE__, __LINE__, "%s: %.2f points apart in hour %d", what,
             gap.points, (int)gap.hour);
    if (test_is_long()) printf("    %s: %.2f points, doubt %x\n", what, gap.points, (unsigned)gap.doubt);
}

static void check_gap(const struct timeline *timeline, double per_s, int may_doubt, const char *what)
{
    check_gap_in(timeline, per_s, POOL, may_doubt, what);
}

/* ---- popular prompts ---- */

struct ttl_case {
    double per_s, ttl_s;
    int32_t ttl_from;
    double step_s;
    int may_doubt, is_fast;
};

static const struct ttl_case ttl_cases[] = {
    {1, 5 * S_PER_MIN, CACHE_TTL_FROM_WRITE, S_PER_MIN, 0, 0},
    {1, 5 * S_PER_MIN, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 1, 0},
    {8, 5 * S_PER_MIN, CACHE_TTL_FROM_WRITE, S_PER_MIN, 0, 1},
    {1, 5 * S_PER_MIN, CACHE_TTL_FROM_LAST_READ, S_PER_MIN, 0, 0},
    {1, S_PER_HOUR, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 0, 1},
    {8, S_PER_HOUR, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 0, 0},
    {0.2, S_PER_HOUR, CACHE_TTL_FROM_LAST_READ, S_PER_HOUR, 0, 0},
    {1, S_PER_HOUR, CACHE_TTL_FROM_LAST_READ, S_PER_HOUR, 0, 0},
    {0.2, S_PER_DAY, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 0, 0},
    {1, S_PER_DAY, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 0, 0},
    {8, S_PER_DAY, CACHE_TTL_FROM_WRITE, S_PER_HOUR, 0, 1},
    {1, 2 * S_PER_DAY, CACHE_TTL_FROM_LAST_READ, S_PER_HOUR, 0, 1},
    {0.2, 2 * S_PER_DAY, CACHE_TTL_FROM_LAST_READ, S_PER_HOUR, 0, 0},
};

static void hit_shares_of_popular_prompts_agree(void)
{
    for (size_t i = 0; i < sizeof ttl_cases / sizeof ttl_cases[0]; i++) {
        const struct ttl_case *c = &ttl_cases[i];
        char what[80];
        if (!c->is_fast && !test_is_long()) continue;
        for (int diurnal = 0; diurnal < (test_is_long() ? 2 : 1); diurnal++) {
            struct switched w;
            struct scenario *s = cached(c->per_s, c->ttl_s, c->ttl_from);
            s->time.step_s = c->step_s;
            for (int h = 0; h < 24 && diurnal; h++)
                s->workloads[0].demand.hour_of_day[h] = h < 7 || h > 20 ? 0.4 : 1;
            snprintf(what, sizeof what, "%g/s, TTL %g s from %s, step %g s%s", c->per_s, c->ttl_s,
                     c->ttl_from == CACHE_TTL_FROM_WRITE ? "write" : "last read", c->step_s, diurnal ? ", nights" : "");
            w = switch_model(s);
            check_gap(&w.timeline, c->per_s, c->may_doubt, what);
            switched_free(&w);
        }
    }
}

/* ---- what goes with a cache ---- */

static void with_neighbours_drift_and_restarts(void)
{
    static const struct {
        const char *what;
        double similar, renewed_every_s, restart_every_s, bypass, call_s;
        int64_t capacity;
        int32_t coalesce, may_doubt;
    } cases[] = {
        {"semantic", 0.3, PARAM_ABSENT, PARAM_ABSENT, 0.1, 1, (int64_t)PARAM_ABSENT, 0, 0},
        {"drift", 0, 10 * S_PER_DAY, PARAM_ABSENT, 0, 1, (int64_t)PARAM_ABSENT, 0, 0},
        {"restarts", 0, PARAM_ABSENT, 7 * S_PER_HOUR, 0, 1, (int64_t)PARAM_ABSENT, 0, 0},
        {"LRU", 0, PARAM_ABSENT, PARAM_ABSENT, 0, 1, 300, 0, 1},
        {"slow answers, coalesced", 0, PARAM_ABSENT, PARAM_ABSENT, 0, 30, (int64_t)PARAM_ABSENT, 1, 0},
        {"slow answers", 0, PARAM_ABSENT, PARAM_ABSENT, 0, 30, (int64_t)PARAM_ABSENT, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = cached(2, 6 * S_PER_HOUR, CACHE_TTL_FROM_WRITE);
        struct response_cache *cache = &s->gateway.response_cache;
        if (!test_is_long() && i % 2 == 1) {
            free(s);
            continue;
        }
        cache->semantic = (struct cache_semantic){cases[i].similar, 0.5};
        s->workloads[0].prompts.renewed_every_s = cases[i].renewed_every_s;
        cache->restart_every_s = cases[i].restart_every_s;
        cache->bypass_share = cases[i].bypass;
        cache->capacity = cases[i].capacity;
        cache->coalesce = cases[i].coalesce;
        s->routes[0].call_s = cases[i].call_s;
        struct switched w = switch_model(s);
        check_gap(&w.timeline, 2, cases[i].may_doubt, cases[i].what);
        switched_free(&w);
    }
}

/* Stale answers and refreshes over the whole run, and the provider's share by the hour. */
static void with_a_grace_window(void)
{
    static const char *const refresh[] = {"none", "unlimited", "0.02/s"};
    for (int i = 0; i < 3; i++)
        for (int from = 0; from < 2; from++) {
            struct scenario *s = cached(2, S_PER_DAY, CACHE_TTL_FROM_WRITE);
            struct cache_grace *grace = &s->gateway.response_cache.grace;
            struct result events, hourly;
            grace->from = from;
            grace->for_s = 2 * S_PER_HOUR;
            snprintf(grace->refresh, sizeof grace->refresh, "%s", refresh[i]);
            if (from == 1 && i > 0 && !test_is_long()) {
                free(s);
                continue;
            }
            struct switched w = switch_model(s);
            check_gap_in(&w.timeline, 2, test_is_long() ? 1.1 * STALE_POOL : POOL, 0, refresh[i]);
            maker_run_timelines(&w.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 6), &events);
            maker_run_timelines(&w.timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
            const double stale = maker_outcome(&events, 0, METRIC_STALE_SERVED)->mean;
            const double refreshes = maker_outcome(&events, 0, METRIC_REFRESHES)->mean;
            check(stale > 1000 || i == 1);
            check_abs(maker_outcome(&hourly, 0, METRIC_STALE_SERVED)->mean, stale, 0.02 * stale + 20);
            check_abs(maker_outcome(&hourly, 0, METRIC_REFRESHES)->mean, refreshes, 0.03 * refreshes + 10);
            result_free(&events);
            result_free(&hourly);
            switched_free(&w);
        }
}

/* A cold cache fills in a rush, and one TTL later what was filled expires in a rush. The steps do not see how fast: where
 * the old answers then are still in use, stale ones are some 15 points too many. That is a doubt, in any grace mode. */
static void a_switch_one_ttl_after_a_cold_start_is_in_doubt(void)
{
    static const char *const refresh[] = {"none", "unlimited", "0.02/s"};
    for (int i = 0; i < 3; i++) {
        struct scenario *s = cached(2, S_PER_DAY, CACHE_TTL_FROM_WRITE);
        struct result events, hourly;
        s->time.horizon_s = 26 * S_PER_HOUR;
        s->gateway.response_cache.grace.for_s = 2 * S_PER_HOUR;
        snprintf(s->gateway.response_cache.grace.refresh, sizeof s->gateway.response_cache.grace.refresh, "%s",
                 refresh[i]);
        struct switched w = switch_model(s);
        w.timeline.from_at_s[1] = s->time.start_at_s + S_PER_DAY;
        maker_run_timelines(&w.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 6), &events);
        maker_run_timelines(&w.timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        const double stale = result_hour_count(&events, 0, 24, 0, 0, METRIC_STALE_SERVED) / (2 * S_PER_HOUR),
                     got = result_hour_count(&hourly, 0, 24, 0, 0, METRIC_STALE_SERVED) / (2 * S_PER_HOUR);
        check_at(got - stale > 0.01, __FILE__, __LINE__, "%s: %g, events %g: nothing to doubt", refresh[i], got, stale);
        check_i64(hourly.cells[0].doubt, HOURLY_DOUBT_CACHE);
        result_free(&events);
        result_free(&hourly);
        switched_free(&w);
    }
}

/* Two hours a day, 355 prompts equally popular, TTL 24 h: their refills wander through the two hours, all together. By
 * the sixth day the hourly form is more than a point off in one of them, and says so; with Zipf's law it is not. */
static void few_prompts_asked_in_pulses_are_in_doubt(void)
{
    static const char *const laws[] = {"uniform", "zipf 0.9"};
    for (int i = 0; i < 2; i++) {
        struct scenario *s = cached(7000.0 / S_PER_DAY, S_PER_DAY, CACHE_TTL_FROM_WRITE);
        struct result events, hourly;
        double points = 0;
        s->time.horizon_s = 6 * S_PER_DAY;
        s->workloads[0].prompts.distinct = 355;
        snprintf(s->workloads[0].prompts.popularity, sizeof s->workloads[0].prompts.popularity, "%s", laws[i]);
        snprintf(s->workloads[0].demand.hours, sizeof s->workloads[0].demand.hours, "10:00-12:00");
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 40), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        for (int h = 5 * 24 + 10; h < 5 * 24 + 12; h++)
            points = fmax(points, 100 * fabs(result_hour_count(&events, 0, h, 0, 0, METRIC_CACHE_HITS) /
                                                 result_hour_count(&events, 0, h, 0, 0, METRIC_CALLS) -
                                             result_hour_count(&hourly, 0, h, 0, 0, METRIC_CACHE_HITS) /
                                                 result_hour_count(&hourly, 0, h, 0, 0, METRIC_CALLS)));
        check_at(i == 0 ? points > 1 : points < 1, __FILE__, __LINE__, "%s: %.2f points", laws[i], points);
        check_i64(hourly.cells[0].doubt, i == 0 ? HOURLY_DOUBT_CACHE : 0);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

/* ---- sets ---- */

/* Runs by the clock: 2,000 prompts, 100 new ones each day; hits by the hour are those of the events engine. */
static void sets_agree(void)
{
    static const struct {
        double ttl_s;
        int32_t ttl_from;
    } cases[] = {{2 * S_PER_DAY, CACHE_TTL_FROM_LAST_READ},
                 {S_PER_DAY, CACHE_TTL_FROM_WRITE},
                 {S_PER_HOUR, CACHE_TTL_FROM_WRITE},
                 {2 * S_PER_DAY, CACHE_TTL_FROM_WRITE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = cached(1, cases[i].ttl_s, cases[i].ttl_from);
        struct workload *w = &s->workloads[0];
        double events_hours[HOURS], hourly_hours[HOURS];
        struct result events, hourly;
        snprintf(w->demand.at, JOB_TEXT_BYTES, "03:58");
        w->demand.tasks_per_s = 1.0 / S_PER_DAY;
        w->demand.calls_per_task = 2000;
        w->demand.over_s = 93 * S_PER_MIN;
        w->prompts = (struct prompts){.distinct = (int64_t)PARAM_ABSENT,
                                      .set = 2000,
                                      .new_each_run = 100,
                                      .popularity = "uniform",
                                      .renewed_every_s = PARAM_ABSENT};
        struct switched story = switch_model(s);
        maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 1), &events);
        maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        attempts_by_hour(&events, events_hours);
        attempts_by_hour(&hourly, hourly_hours);
        check_i64(hourly.cells[0].doubt, 0);
        for (int h = 0; h < HOURS; h++) {
            const double calls = result_hour_count(&events, 0, h, 0, 0, METRIC_CALLS);
            check_rel(result_hour_count(&hourly, 0, h, 0, 0, METRIC_CALLS), calls, 0);
            check_at(fabs(hourly_hours[h] - events_hours[h]) <= 0.01 * calls + 1, __FILE__, __LINE__,
                     "case %d, hour %d: %g of %g calls, events %g", (int)i, h, hourly_hours[h], calls, events_hours[h]);
        }
        check_rel(maker_outcome(&hourly, 0, METRIC_UPSTREAM)->mean, maker_outcome(&events, 0, METRIC_UPSTREAM)->mean,
                  1e-3);
        result_free(&events);
        result_free(&hourly);
        switched_free(&story);
    }
}

/* A job at 03:58, over 93 min, and a model of its own from midnight on: a window of 1 h from the first use ends at 04:58,
 * from the switch it is over before the job begins. */
static void a_window_of_a_job_begins_with_its_first_call(void)
{
    for (int from = 0; from < 2; from++)
        for (int is_set = 0; is_set < 2; is_set++) {
            struct scenario *s = cached(1, 2 * S_PER_DAY, CACHE_TTL_FROM_LAST_READ);
            struct workload *w = &s->workloads[0];
            struct result events, hourly;
            snprintf(w->demand.at, JOB_TEXT_BYTES, "03:58");
            w->demand.tasks_per_s = 1.0 / S_PER_DAY;
            w->demand.calls_per_task = 6000;
            w->demand.over_s = 93 * S_PER_MIN;
            if (is_set) {
                w->prompts.distinct = (int64_t)PARAM_ABSENT;
                w->prompts.set = 6000;
            }
            s->gateway.response_cache.grace = (struct cache_grace){from, S_PER_HOUR, "none"};
            struct switched story = switch_model(s);
            story.timeline.from_at_s[1] = s->time.start_at_s + 2 * S_PER_DAY;
            maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, is_set ? 1 : 64), &events);
            maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
            const double stale = maker_outcome(&events, 0, METRIC_STALE_SERVED)->mean,
                         got = maker_outcome(&hourly, 0, METRIC_STALE_SERVED)->mean;
            check_i64(hourly.cells[0].doubt, /* of the runs after one that was filled in part */
                      is_set && from == CACHE_GRACE_FROM_FIRST_USE ? HOURLY_DOUBT_CACHE : 0);
            if (is_set) check_abs(stale, from == CACHE_GRACE_FROM_SWITCH ? 0 : 6000.0 * 60 / 93, 2);
            check_at(fabs(got - stale) <= 0.01 * 6000, __FILE__, __LINE__, "from %d, %s: %g stale, events %g", from,
                     is_set ? "set" : "popular", got, stale);
            check_abs(maker_outcome(&hourly, 0, METRIC_UPSTREAM)->mean,
                      maker_outcome(&events, 0, METRIC_UPSTREAM)->mean, 0.01 * 6000);
            result_free(&events);
            result_free(&hourly);
            switched_free(&story);
        }
}

/* ---- budgets ---- */

/* A cold cache makes the first hours dear, and a key foresees the next hour by the last one. What it books is what was
 * paid: a budget 4 % above the dearest day's cost denies nothing, 8 % below it about what the events say. */
static void a_key_books_what_a_warming_cache_did_cost(void)
{
    struct scenario *s = cached(0.5, S_PER_HOUR, CACHE_TTL_FROM_WRITE);
    struct result free_run, events, hourly;
    s->time.horizon_s = S_PER_DAY;
    s->routes[0].call_s = 1;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &free_run);
    const double day_usd = maker_outcome(&free_run, 0, METRIC_COST_TOTAL)->mean;
    result_free(&free_run);
    snprintf(s->workloads[0].consumer.key, NAME_BYTES, "k1");
    s->n_keys = 1;
    for (int i = 0; i < 2; i++) {
        s->keys[0] = (struct access_key){
            .name = "k1", .budget_usd = day_usd * (i == 0 ? 1.04 : 0.92), .period_s = S_PER_DAY};
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 32), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        const double calls = maker_outcome(&events, 0, METRIC_CALLS)->mean;
        const double denied = maker_outcome(&events, 0, METRIC_DENIED)->mean;
        const double got = maker_outcome(&hourly, 0, METRIC_DENIED)->mean;
        check_at(i == 0 ? denied < 0.001 * calls && got < 0.01 : denied > 0.04 * calls, __FILE__, __LINE__,
                 "%g denied, events %g", got, denied);
        check_at(fabs(got - denied) <= 0.01 * calls, __FILE__, __LINE__, "denied %g, events %g of %g", got, denied,
                 calls);
        check_rel(maker_outcome(&hourly, 0, METRIC_COST_TOTAL)->mean,
                  maker_outcome(&events, 0, METRIC_COST_TOTAL)->mean, 0.01);
        result_free(&events);
        result_free(&hourly);
    }
    free(s);
}

/* Cost within 1 %, denied calls within 1 % of all calls: budgets worth 200 to 2,000 calls an hour or a day, met or not;
 * alone, and with a cache in front of the provider. */
static void budgets_agree(void)
{
    static const double budgets_usd[] = {2, 6, 12, 40};
    for (int i = 0; i < 16; i++) {
        const int is_strict = i & 1, is_cached = i >> 1 & 1;
        const double budget_usd = budgets_usd[i >> 2];
        struct scenario *s = cached(0.5, S_PER_HOUR, CACHE_TTL_FROM_WRITE);
        struct result events, hourly;
        if (!is_cached) s->gateway.response_cache.ttl_s = PARAM_ABSENT;
        s->time.horizon_s = 2 * S_PER_DAY;
        s->n_keys = 1;
        s->keys[0] = (struct access_key){.name = "k1",
                                         .budget_usd = budget_usd,
                                         .period_s = i < 8 ? S_PER_HOUR : S_PER_DAY,
                                         .check = is_strict,
                                         .window = i % 3 == 0};
        snprintf(s->workloads[0].consumer.key, NAME_BYTES, "k1");
        s->workloads[0].tokens.output = maker_lognormal(150, 500);
        s->workloads[0].tokens.max_output_tok = 1000;
        s->routes[0].call_s = 5;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 32), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        const double cost = maker_outcome(&events, 0, METRIC_COST_TOTAL)->mean,
                     got = maker_outcome(&hourly, 0, METRIC_COST_TOTAL)->mean;
        const double calls = maker_outcome(&events, 0, METRIC_CALLS)->mean;
        const double denied = maker_outcome(&events, 0, METRIC_DENIED)->mean;
        const int is_doubted = hourly.cells[0].doubt != 0;
        check(maker_outcome(&events, 0, METRIC_COST_TOTAL)->mcse <= 0.003 * cost);
        check_at(is_doubted || fabs(got - cost) <= 0.01 * cost, __FILE__, __LINE__,
                 "case %d (%g usd, %s, %s): cost %g, events %g", i, budget_usd, is_strict ? "strict" : "racy",
                 is_cached ? "cached" : "bare", got, cost);
        check_at(is_doubted || fabs(maker_outcome(&hourly, 0, METRIC_DENIED)->mean - denied) <= 0.01 * calls, __FILE__,
                 __LINE__, "case %d: denied %g, events %g of %g", i, maker_outcome(&hourly, 0, METRIC_DENIED)->mean,
                 denied, calls);
        if (test_is_long())
            printf("    case %d: cost %g, events %g, doubt %x\n", i, got, cost, (unsigned)hourly.cells[0].doubt);
        result_free(&events);
        result_free(&hourly);
        free(s);
    }
}

static const struct test tests[] = {
    {"hit shares of popular prompts agree", hit_shares_of_popular_prompts_agree, MANY},
    {"with neighbours, drift and restarts", with_neighbours_drift_and_restarts, FAST},
    {"with a grace window", with_a_grace_window, MANY},
    {"a switch one TTL after a cold start is in doubt", a_switch_one_ttl_after_a_cold_start_is_in_doubt, FAST},
    {"few prompts asked in pulses are in doubt", few_prompts_asked_in_pulses_are_in_doubt, FAST},
    {"sets agree", sets_agree, FAST},
    {"a window of a job begins with its first call", a_window_of_a_job_begins_with_its_first_call, FAST},
    {"a key books what a warming cache did cost", a_key_books_what_a_warming_cache_did_cost, FAST},
    {"budgets agree", budgets_agree, MANY},
};
TEST_MAIN("gateway_twins", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan against answers worked out by hand: where bins end, what belongs to which window and hour, rates that change
 * inside a run, capacities at their limits, streams that collide. */
#include "models/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"
#include "sim/event.h"

static struct plan *make_plan(const struct scenario *s, const struct traces *traces)
{
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    check_at(plan_make_one(s, traces, &plan, &fault) == FLOE_OK, __FILE__, __LINE__, "%s", fault.what);
    if (plan == NULL) abort();
    return plan;
}

static void add_window(struct scenario *s, const char *name, int64_t from_at_s, int64_t to_at_s)
{
    struct window *w = &s->windows[s->n_windows++];
    *w = (struct window){"", INSTANT_ABSENT, from_at_s, to_at_s};
    snprintf(w->name, NAME_BYTES, "%s", name);
}

static void add_price_row(struct scenario *s, int64_t from_at_s)
{
    struct model_prices *model = &s->prices.models[0];
    model->rows[model->n_rows] = model->rows[0];
    model->rows[model->n_rows++].from_at_s = from_at_s;
}

static void replay(struct workload *w, int32_t trace)
{
    snprintf(w->demand.trace.file, PATH_BYTES, "trace.csv");
    w->demand.trace.index = trace;
    w->demand.tasks_per_s = PARAM_ABSENT;
    w->tokens.input = w->tokens.output = maker_fixed(PARAM_ABSENT);
}

/* 00:30 to 03:30, warm-up to 00:50, a window 01:10:05 to 02:40:07 and one inside it, a new price at 02:10:09. */
static struct scenario *three_hours(void)
{
    struct scenario *s = maker_scenario();
    s->time = (struct time_span){MONDAY_AT_S + 1800, 3 * S_PER_HOUR, 1200, MONTH_CALENDAR, S_PER_HOUR};
    add_window(s, "outer", MONDAY_AT_S + 4205, MONDAY_AT_S + 9607);
    add_window(s, "inner", MONDAY_AT_S + 7200, MONDAY_AT_S + 7809);
    add_price_row(s, MONDAY_AT_S + 7809);
    return s;
}

static void bins_end_where_anything_changes(void)
{
    static const int64_t want_s[] = {0, 1200, 1800, 2405, 5400, 6009, 7807, 9000, 10800};
    struct scenario *s = three_hours();
    struct plan *plan = make_plan(s, NULL);
    if (check_i64_at(plan->n_bins, 8, "n_bins", __FILE__, __LINE__))
        for (int i = 0; i <= 8; i++)
            check_i64(plan_edges(plan)[i], want_s[i] * NS_PER_S);
    plan_free(plan);
    free(s);
}

/* The same three hours in steps of a quarter: from the full hour on, wherever the run starts. */
static void a_step_cuts_every_hour(void)
{
    static const int64_t want_s[] = {0,    900,  1200, 1800, 2405, 2700, 3600, 4500, 5400,
                                     6009, 6300, 7200, 7807, 8100, 9000, 9900, 10800};
    static const int32_t hours[] = {-1, -1, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3};
    struct scenario *s = three_hours();
    s->time.step_s = 900;
    struct plan *plan = make_plan(s, NULL);
    if (check_i64_at(plan->n_bins, 16, "n_bins", __FILE__, __LINE__))
        for (int i = 0; i <= 16; i++)
            check_i64(plan_edges(plan)[i], want_s[i] * NS_PER_S);
    for (int i = 0; i < 16 && i < plan->n_bins; i++)
        check_i64(plan_hour_of_bin(plan)[i], hours[i]);
    check_i64(plan->n_hours, 4);
    plan_free(plan);
    s->time.start_at_s = MONDAY_AT_S + 1000; /* inside a step */
    s->time.warmup_s = 0;
    s->time.horizon_s = 300;
    s->n_windows = 0;
    s->time.step_s = 60;
    plan = make_plan(s, NULL);
    if (check_i64_at(plan->n_bins, 6, "n_bins", __FILE__, __LINE__))
        for (int i = 0; i < 5; i++)
            check_i64(plan_edges(plan)[i + 1], (20 + 60 * i) * NS_PER_S);
    plan_free(plan);
    free(s);
}

static int time_is_accepted(double step_s, double horizon_s)
{
    const struct time_span time = {MONDAY_AT_S, horizon_s, 0, MONTH_CALENDAR, step_s};
    struct complaint complaint;
    return (time_block.check)(&time, &complaint);
}

static void a_step_divides_an_hour(void)
{
    check(time_is_accepted(3600, S_PER_DAY));
    check(time_is_accepted(60, S_PER_DAY));
    check(time_is_accepted(225, S_PER_DAY));
    check(!time_is_accepted(2400, S_PER_DAY));
    check(!time_is_accepted(3601, S_PER_DAY));
    check(!time_is_accepted(112.5, S_PER_DAY)); /* 32 of them fill an hour, but instants are whole seconds */
    check(time_is_accepted(60, 60e6));
    check(!time_is_accepted(60, 60e6 + 1));
}

static void a_bin_knows_its_windows_and_its_hour(void)
{
    static const uint64_t windows[] = {0, 1, 1, 3, 7, 3, 1, 1};
    static const int32_t hours[] = {-1, 0, 1, 1, 2, 2, 2, 3};
    struct scenario *s = three_hours();
    struct plan *plan = make_plan(s, NULL);
    for (int32_t b = 0; b < plan->n_bins && b < 8; b++) {
        check_u64(plan_windows_of_bin(plan)[b], windows[b]);
        check_i64(plan_hour_of_bin(plan)[b], hours[b]);
    }
    plan_free(plan);
    free(s);
}

static void the_first_and_the_last_hour_are_as_long_as_measured(void)
{
    static const int64_t want_s[] = {1200, 1800, 5400, 9000, 10801};
    struct scenario *s = three_hours();
    s->time.horizon_s += 0.5; /* the end is reported as the next whole second */
    struct plan *plan = make_plan(s, NULL);
    if (check_i64_at(plan->n_hours, 4, "n_hours", __FILE__, __LINE__))
        for (int i = 0; i <= 4; i++)
            check_i64(plan_hours(plan)[i], s->time.start_at_s + want_s[i]);
    plan_free(plan);
    free(s);
}

static void a_day_is_a_window_of_24_hours(void)
{
    struct scenario *s = maker_scenario();
    s->time.horizon_s = 3 * S_PER_DAY;
    s->n_windows = 1;
    s->windows[0] = (struct window){"tuesday", MONDAY_AT_S + S_PER_DAY, INSTANT_ABSENT, INSTANT_ABSENT};
    struct plan *plan = make_plan(s, NULL);
    check_i64(plan->n_bins, 72);
    for (int32_t b = 0; b < plan->n_bins; b++)
        check_u64(plan_windows_of_bin(plan)[b], b >= 24 && b < 48 ? 3 : 1);
    plan_free(plan);
    free(s);
}

/* 25 clock hours, 64 ends of windows and 7 dates of prices, all different: 24 + 64 + 7 bins. */
static void every_edge_finds_room(void)
{
    struct scenario *s = maker_scenario();
    for (int i = 0; i < WINDOWS_MOST; i++) {
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        add_window(s, name, MONDAY_AT_S + 60 + 2500 * i, MONDAY_AT_S + 1261 + 2500 * i);
    }
    for (int i = 1; i < PRICE_ROWS_MOST; i++)
        add_price_row(s, MONDAY_AT_S + 10007 * i);
    struct plan *plan = make_plan(s, NULL);
    check_i64(plan->n_bins, 24 + 2 * WINDOWS_MOST + PRICE_ROWS_MOST - 1);
    check_u64(plan_windows_of_bin(plan)[plan->n_bins - 1] & 1, 1);
    plan_free(plan);
    free(s);
}

/* 2^63 ns after the start there is no clock any more, but there may be a window's end. */
static void a_window_that_ends_beyond_the_clock_lasts_to_the_horizon(void)
{
    struct scenario *s = maker_scenario();
    add_window(s, "rest", MONDAY_AT_S + S_PER_HOUR, MONDAY_AT_S + INT64_MAX / NS_PER_S + 5);
    struct plan *plan = make_plan(s, NULL);
    for (int32_t b = 0; b < plan->n_bins; b++)
        check_u64(plan_windows_of_bin(plan)[b], b == 0 ? 1 : 3);
    plan_free(plan);
    free(s);
}

static void a_workload_takes_its_own_model(void)
{
    struct scenario *s = maker_scenario();
    s->n_workloads = 2;
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[1].name, NAME_BYTES, "batch");
    snprintf(s->workloads[1].model, NAME_BYTES, "k");
    s->prices.n_models = 2;
    s->prices.models[1] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "k");
    struct plan *plan = make_plan(s, NULL);
    check_i64(plan_step_of(plan, 0, 0, 0, 0)->model, 0);
    check_i64(plan_step_of(plan, 0, 0, 1, 0)->model, 1);
    plan_free(plan);
    free(s);
}

/* ---- rates ---- */

static void a_rate_per_month_changes_at_midnight_of_the_first(void)
{
    struct scenario *s = maker_scenario();
    s->time.start_at_s = MONDAY_AT_S - 16 * S_PER_DAY + 23 * S_PER_HOUR; /* 2026-02-28T23:00Z */
    s->time.horizon_s = 2 * S_PER_HOUR;
    s->workloads[0].demand.is_per_month = 1;
    s->workloads[0].demand.tasks_per_s = 500000.0 / (HOURS_PER_REFERENCE_MONTH * S_PER_HOUR);
    struct plan *plan = make_plan(s, NULL);
    check_i64(plan->n_bins, 2);
    check_rel(traffic_expected(plan_rates(plan, 0), 0, INT64_MAX), 500000.0 / (28 * 24), 1e-13);
    check_rel(traffic_expected(plan_rates(plan, 0), 1, INT64_MAX), 500000.0 / (31 * 24), 1e-12);
    plan_free(plan);
    free(s);
}

/* From Friday: only Saturday's 10th, 11th and 12th hour have traffic, and they carry the whole week's. */
static void hours_and_weekdays_cut_out_what_they_name(void)
{
    struct scenario *s = maker_scenario();
    struct traffic *demand = &s->workloads[0].demand;
    s->time.start_at_s = MONDAY_AT_S + 4 * S_PER_DAY;
    s->time.horizon_s = S_PER_WEEK;
    snprintf(demand->hours, sizeof demand->hours, "10:00-13:00");
    memset(demand->weekday, 0, sizeof demand->weekday);
    demand->weekday[5] = 7;
    struct plan *plan = make_plan(s, NULL);
    for (int32_t b = 0; b < plan->n_bins; b++)
        check_rel(traffic_expected(plan_rates(plan, 0), b, INT64_MAX),
                  b >= 24 + 10 && b < 24 + 13 ? 2.0 * S_PER_WEEK / 3 : 0, 1e-12);
    plan_free(plan);
    free(s);
}

static void shares_of_the_cache_keep_their_class(void)
{
    struct scenario *s = maker_scenario();
    struct tokens *tokens = &s->workloads[0].tokens;
    tokens->cache_read_share = 0.125, tokens->cache_write_5m_share = 0.25, tokens->cache_write_1h_share = 0.5;
    struct plan *plan = make_plan(s, NULL);
    check_u64(plan_load_of(plan, 0, 0)->cache_share[0], (uint64_t)1 << 29);
    check_u64(plan_load_of(plan, 0, 0)->cache_share[1], (uint64_t)1 << 30);
    check_u64(plan_load_of(plan, 0, 0)->cache_share[2], (uint64_t)1 << 31);
    plan_free(plan);
    tokens->cache_read_share = 1;
    plan = make_plan(s, NULL);
    check_u64(plan_load_of(plan, 0, 0)->cache_share[0], (uint64_t)1 << 32);
    plan_free(plan);
    free(s);
}

/* ---- capacity ---- */

/* 15 rows of 137,143 calls and one of 999,999, each counted once more for safety, and an arrival each: 4,194,288 calls,
 * all that the queue holds. One call more per task is too many. */
static void capacity_is_refused_only_beyond_what_the_queue_holds(void)
{
    struct scenario *s = maker_scenario();
    int64_t at_ns[15] = {0};
    uint32_t tok[15] = {0};
    struct traces traces = {.n = 2};
    struct plan *plan = NULL;
    struct plan_fault fault;
    traces.items[0] = (struct trace){1, at_ns, tok, tok, 1};
    traces.items[1] = (struct trace){15, at_ns, tok, tok, 2};
    s->n_workloads = 2;
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[1].name, NAME_BYTES, "batch");
    replay(&s->workloads[0], 0);
    replay(&s->workloads[1], 1);
    s->workloads[0].demand.calls_per_task = 999999;
    s->workloads[1].demand.calls_per_task = 137143;
    const struct timeline timeline = timeline_of(s, "");
    check(plan_make_one(s, &traces, &plan, &fault) == FLOE_OK);
    if (plan != NULL) check_rel(plan->calls_in_flight_most[0], FLOE_QUEUE_CAPACITY_MAX, 0);
    check(plan_check_capacity(plan, &timeline, &fault) == FLOE_OK);
    plan_free(plan);
    s->workloads[0].demand.calls_per_task++;
    check(plan_make_one(s, &traces, &plan, &fault) == FLOE_OK);
    check(plan_check_capacity(plan, &timeline, &fault) == FLOE_FULL);
    check_contains(fault.what, "4194288");
    plan_free(plan);
    free(s);
}

enum { CROWD = 1000 };

/* A thousand rows within one call's duration. */
static void a_crowd_of_replayed_rows_has_room(void)
{
    struct scenario *s = maker_scenario();
    static int64_t at_ns[CROWD];
    static uint32_t tok[CROWD];
    struct traces traces = {.n = 1};
    struct plan_fault fault;
    struct floe_pool pool;
    struct result result;
    const struct run_options options = maker_options(ENGINE_EVENTS, 1);
    for (int i = 0; i < CROWD; i++)
        at_ns[i] = i * (NS_PER_S / CROWD), tok[i] = 3;
    traces.items[0] = (struct trace){CROWD, at_ns, tok, tok, 1};
    replay(&s->workloads[0], 0);
    floe_pool_serial_init(&pool);
    const enum floe_status status = floe_run_one(s, &traces, &options, &pool, &result, &fault);
    check_at(status == FLOE_OK, __FILE__, __LINE__, "%s", fault.what);
    if (status == FLOE_OK) check_rel(maker_outcome(&result, 0, METRIC_ACCEPTED)->mean, CROWD, 0);
    result_free(&result);
    free(s);
}

/* ---- streams ---- */

static int collides(const char *first, const char *second)
{
    struct scenario *s = maker_scenario();
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    s->n_workloads = second != NULL ? 2 : 1;
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[0].name, NAME_BYTES, "%s", first);
    if (second != NULL) snprintf(s->workloads[1].name, NAME_BYTES, "%s", second);
    const enum floe_status status = plan_make_one(s, NULL, &plan, &fault);
    if (status != FLOE_OK) check_contains(fault.what, "rename one of them");
    check_i64(status, status == FLOE_OK ? FLOE_OK : FLOE_BAD_INPUT);
    plan_free(plan);
    free(s);
    return status != FLOE_OK;
}

/* Names found by search: FNV-1a of the name and a purpose, 32 bits. */
static void streams_with_one_id_are_refused(void)
{
    check(collides("w16570", "w37520")); /* output tokens, both */
    check(collides("w11846", "w18500")); /* trace row, arrivals */
    check(collides("w8055", "w32895"));  /* arrivals, input tokens */
    check(collides("w183733999", NULL)); /* arrivals, trace row */
    check(!collides("chat", "batch"));
    check(!collides("chat", NULL));
}

static const struct test tests[] = {
    {"a step cuts every hour", a_step_cuts_every_hour, FAST},
    {"a step divides an hour", a_step_divides_an_hour, FAST},
    {"bins end where anything changes", bins_end_where_anything_changes, FAST},
    {"a bin knows its windows and its hour", a_bin_knows_its_windows_and_its_hour, FAST},
    {"the first and the last hour are as long as measured", the_first_and_the_last_hour_are_as_long_as_measured, FAST},
    {"a day is a window of 24 hours", a_day_is_a_window_of_24_hours, FAST},
    {"every edge finds room", every_edge_finds_room, FAST},
    {"a window that ends beyond the clock lasts to the horizon",
     a_window_that_ends_beyond_the_clock_lasts_to_the_horizon, FAST},
    {"a workload takes its own model", a_workload_takes_its_own_model, FAST},
    {"a rate per month changes at midnight of the first", a_rate_per_month_changes_at_midnight_of_the_first, FAST},
    {"hours and weekdays cut out what they name", hours_and_weekdays_cut_out_what_they_name, FAST},
    {"shares of the cache keep their class", shares_of_the_cache_keep_their_class, FAST},
    {"capacity is refused only beyond what the queue holds", capacity_is_refused_only_beyond_what_the_queue_holds,
     FAST},
    {"a crowd of replayed rows has room", a_crowd_of_replayed_rows_has_room, FAST},
    {"streams with one id are refused", streams_with_one_id_are_refused, FAST},
};
TEST_MAIN("plan", tests)

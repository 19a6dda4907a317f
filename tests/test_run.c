/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a run to its tables. Most of it on two replayed traces and two routes, small enough that every number is worked
 * out by hand and both engines must give it exactly. */
#include "models/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/engine.h"
#include "scenario_maker.h"
#include "sim/exact.h"
#include "sim/fmath.h"
#include "sim/hash.h"

enum { CHAT, BATCH };
enum { API, SLOW };

/* ---- two workloads, two routes, three hours ---- */

struct fixture {
    struct scenario *s;
    struct traces traces;
    int64_t at_ns[2][8];
    uint32_t input[2][8], output[2][8];
};

static void replay(struct workload *w, int32_t trace)
{
    snprintf(w->demand.trace.file, PATH_BYTES, "trace.csv");
    w->demand.trace.index = trace;
    w->demand.tasks_per_s = PARAM_ABSENT;
    w->tokens.input = w->tokens.output = maker_fixed(PARAM_ABSENT);
}

static void add_row(struct fixture *f, int trace, int64_t at_ns, uint32_t input, uint32_t output)
{
    struct trace *t = &f->traces.items[trace];
    f->at_ns[trace][t->n] = at_ns, f->input[trace][t->n] = input, f->output[trace][t->n] = output;
    t->n++;
}

static struct fixture *fixture_make(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->s = maker_scenario();
    f->traces.n = 2;
    for (int i = 0; i < 2; i++)
        f->traces.items[i] = (struct trace){0, f->at_ns[i], f->input[i], f->output[i], (uint64_t)i + 1};
    return f;
}

static void fixture_free(struct fixture *f)
{
    free(f->s);
    free(f);
}

/* 00:30 to 03:30. chat: five rows, one of them at 01:00 and one at 02:00 sharp. batch: two rows of three calls each, the
 * first a nanosecond before 01:00. api takes 1 s at $3 and $15 per Mtok, slow 2 h at $1 and $2. */
static struct fixture *two_by_two(void)
{
    struct fixture *f = fixture_make();
    struct scenario *s = f->s;
    static const int64_t chat_s[] = {0, 600, 1800, 5400, 10799};
    s->time = (struct time_span){MONDAY_AT_S + 1800, 3 * S_PER_HOUR, 0, MONTH_CALENDAR, S_PER_HOUR};
    s->n_workloads = 2;
    s->workloads[BATCH] = s->workloads[CHAT];
    snprintf(s->workloads[BATCH].name, NAME_BYTES, "batch");
    s->workloads[BATCH].demand.calls_per_task = 3;
    replay(&s->workloads[CHAT], CHAT);
    replay(&s->workloads[BATCH], BATCH);
    for (uint32_t i = 0; i < 5; i++)
        add_row(f, CHAT, chat_s[i] * NS_PER_S, 100 * (i + 1), 10 * (i + 1));
    add_row(f, BATCH, 1800 * NS_PER_S - 1, 7, 1);
    add_row(f, BATCH, 7200 * NS_PER_S, 9, 2);
    s->n_routes = 2;
    s->routes[SLOW] = s->routes[API];
    snprintf(s->routes[SLOW].name, NAME_BYTES, "slow");
    s->routes[SLOW].call_s = 2 * S_PER_HOUR;
    snprintf(s->routes[SLOW].chain[0].model, NAME_BYTES, "k");
    s->prices.n_models = 2;
    s->prices.models[1] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "k");
    s->prices.models[1].rows[0].usd_per_tok = (struct price_list){1e-6, 2e-6, -1, -1, -1};
    return f;
}

static double value(const struct result *r, int32_t w, int32_t route, int32_t span, enum metric metric)
{
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *cell = &r->cells[i];
        if (cell->workload == w && cell->route == route && cell->span == span) return cell->outcomes[metric].mean;
    }
    check_at(0, __FILE__, __LINE__, "no cell of workload %d, route %d, span %d", w, route, span);
    return -1;
}

static double hour_calls(const struct result *r, int32_t hour, int32_t w, int32_t route)
{
    return result_hour_count(r, 0, hour, w, route, METRIC_CALLS);
}

static void run_fixture(const struct fixture *f, enum engine_kind engine, const char *route, struct result *result)
{
    struct run_options options = maker_options(engine, 2);
    options.route = route;
    maker_run(f->s, &f->traces, options, result);
}

static const enum engine_kind both[] = {ENGINE_EVENTS, ENGINE_HOURLY};

static void both_engines_count_what_the_rows_say(void)
{
    struct fixture *f = two_by_two();
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        for (int32_t route = API; route <= SLOW; route++) {
            check_rel(value(&r, CHAT, route, 0, METRIC_TASKS), 5, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_TASKS), 2, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_CALLS), 6, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_UPSTREAM), 6, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_ATTEMPTS), 6, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_BILLED), 6, 0);
            check_rel(value(&r, CHAT, route, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 1500, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 48, 0);
            check_rel(value(&r, BATCH, route, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT), 9, 0);
        }
        result_free(&r);
    }
    fixture_free(f);
}

/* api: the row of 10,799 s is answered at the horizon, too late. slow: only what begins in the first hour is answered. */
static void what_is_not_answered_by_the_horizon_is_in_flight(void)
{
    static const double accepted[2][2] = {{4, 3}, {2, 1}};
    struct fixture *f = two_by_two();
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        for (int32_t w = CHAT; w <= BATCH; w++)
            for (int32_t route = API; route <= SLOW; route++) {
                const double tasks = w == CHAT ? 5 : 2, calls = w == CHAT ? 1 : 3, done = accepted[w][route];
                check_rel(value(&r, w, route, 0, METRIC_ACCEPTED), done, 0);
                check_rel(value(&r, w, route, 0, METRIC_TASKS_IN_FLIGHT), tasks - done, 0);
                check_rel(value(&r, w, route, 0, METRIC_INVOCATIONS), calls * done, 0);
                check_rel(value(&r, w, route, 0, METRIC_IN_FLIGHT), calls * (tasks - done), 0);
            }
        result_free(&r);
    }
    fixture_free(f);
}

/* Everything billed is divided by what was accepted, in flight or not; the one ledger is the total. */
static void lcpr_is_cost_over_accepted(void)
{
    struct fixture *f = two_by_two();
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        const double api_usd = 1500 * 3e-6 + 150 * 15e-6, slow_usd = 1500 * 1e-6 + 150 * 2e-6;
        check_rel(value(&r, CHAT, API, 0, METRIC_COST_TOTAL), api_usd, 1e-8);
        check_rel(value(&r, CHAT, API, 0, METRIC_COST_INFERENCE), api_usd, 1e-8);
        check_rel(value(&r, CHAT, API, 0, METRIC_LCPR), api_usd / 4, 1e-9);
        check_rel(value(&r, CHAT, SLOW, 0, METRIC_COST_TOTAL), slow_usd, 1e-8);
        check_rel(value(&r, CHAT, SLOW, 0, METRIC_LCPR), slow_usd / 3, 1e-9);
        result_free(&r);
    }
    fixture_free(f);
}

/* A call as long as a day within three hours, and a workload without traffic. */
static void lcpr_is_not_defined_where_nothing_is_accepted(void)
{
    for (int e = 0; e < 2; e++) {
        struct fixture *f = two_by_two();
        struct result r;
        f->s->routes[API].call_s = S_PER_DAY;
        f->traces.items[BATCH].n = 0;
        run_fixture(f, both[e], "api", &r);
        check_rel(value(&r, CHAT, API, 0, METRIC_ACCEPTED), 0, 0);
        check_rel(value(&r, CHAT, API, 0, METRIC_IN_FLIGHT), 5, 0);
        check_u64(r.cells[0].outcomes[METRIC_COST_TOTAL].n, r.replications);
        check_u64(r.cells[0].outcomes[METRIC_LCPR].n, 0);
        check_rel(value(&r, BATCH, API, 0, METRIC_TASKS), 0, 0);
        check_u64(r.cells[1].outcomes[METRIC_LCPR].n, 0);
        result_free(&r);
        fixture_free(f);
    }
}

/* ---- spans ---- */

static void a_row_at_the_full_hour_belongs_to_the_hour_that_begins(void)
{
    static const double want[4][2] = {{2, 3}, {1, 0}, {1, 3}, {1, 0}};
    struct fixture *f = two_by_two();
    f->s->n_windows = 1; /* it cuts the first hour and the third into two bins each */
    f->s->windows[0] = (struct window){"odd", INSTANT_ABSENT, MONDAY_AT_S + 2100, MONDAY_AT_S + 7250};
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        if (check_i64_at(r.n_spans - r.n_windows, 4, "hours", __FILE__, __LINE__))
            for (int32_t hour = 0; hour < 4; hour++)
                for (int32_t route = API; route <= SLOW; route++)
                    for (int32_t w = CHAT; w <= BATCH; w++)
                        check_rel(hour_calls(&r, hour, w, route), want[hour][w], 0);
        result_free(&r);
    }
    fixture_free(f);
}

static void spans_are_what_was_measured(void)
{
    static const int64_t want_s[][2] = {{900, 10800}, {900, 1800},  {5400, 10800}, {2000, 2100},
                                        {900, 1800},  {1800, 5400}, {5400, 9000},  {9000, 10800}};
    struct fixture *f = two_by_two();
    const int64_t start_at_s = f->s->time.start_at_s;
    struct result r;
    f->s->time.warmup_s = 900;
    f->s->n_windows = 3;
    f->s->windows[0] = (struct window){"early", INSTANT_ABSENT, MONDAY_AT_S, MONDAY_AT_S + 3600};
    f->s->windows[1] = (struct window){"late", INSTANT_ABSENT, start_at_s + 5400, MONDAY_AT_S + 3 * S_PER_DAY};
    f->s->windows[2] = (struct window){"odd", INSTANT_ABSENT, start_at_s + 2000, start_at_s + 2100};
    run_fixture(f, ENGINE_EVENTS, NULL, &r);
    check_i64(r.n_windows, 4);
    if (check_i64_at(r.n_spans, 8, "spans", __FILE__, __LINE__))
        for (int i = 0; i < 8; i++) {
            check_i64(r.spans[i].from_at_s - start_at_s, want_s[i][0]);
            check_i64(r.spans[i].to_at_s - start_at_s, want_s[i][1]);
        }
    check_text(r.spans[0].window, WINDOW_ALL);
    check_text(r.spans[2].window, "late");
    check_text(r.spans[4].window, "");
    check_rel(value(&r, CHAT, API, 0, METRIC_TASKS), 3, 0); /* those at 0 s and 600 s only warm up */
    check_rel(value(&r, CHAT, API, 1, METRIC_TASKS), 0, 0);
    check_rel(value(&r, CHAT, API, 2, METRIC_TASKS), 2, 0);
    check_rel(value(&r, BATCH, API, 1, METRIC_TASKS), 1, 0);
    result_free(&r);
    fixture_free(f);
}

static void a_day_ends_at_midnight(void)
{
    struct scenario *s = maker_scenario();
    struct result r;
    s->time.horizon_s = 3 * S_PER_DAY;
    s->workloads[0].demand.tasks_per_s = 0.01;
    s->n_windows = 1;
    s->windows[0] = (struct window){"tuesday", MONDAY_AT_S + S_PER_DAY, INSTANT_ABSENT, INSTANT_ABSENT};
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    check_i64(r.spans[1].from_at_s, MONDAY_AT_S + S_PER_DAY);
    check_i64(r.spans[1].to_at_s, MONDAY_AT_S + 2 * S_PER_DAY);
    check_rel(value(&r, 0, 0, 1, METRIC_TASKS), 0.01 * S_PER_DAY, 1e-12);
    result_free(&r);
    free(s);
}

/* ---- one route of several ---- */

static void one_route_keeps_its_place_in_the_tables(void)
{
    struct fixture *f = two_by_two();
    struct result r;
    run_fixture(f, ENGINE_EVENTS, "slow", &r);
    check_i64(r.n_cells, 2);
    for (int64_t i = 0; i < r.n_cells; i++)
        check_text(result_route(&r, r.cells[i].route), "slow");
    check_rel(value(&r, CHAT, SLOW, 0, METRIC_COST_TOTAL), 1500 * 1e-6 + 150 * 2e-6, 1e-8);
    for (int32_t hour = 0; hour < 4; hour++) {
        check_rel(hour_calls(&r, hour, CHAT, API), 0, 0);
        check_rel(hour_calls(&r, hour, CHAT, SLOW), hour == 0 ? 2 : 1, 0);
    }
    for (int64_t i = 0; i < r.by_hour.n; i++)
        check_text(r.by_hour.rows[i].model, "k");
    result_free(&r);
    fixture_free(f);
}

/* ---- usage ---- */

static void check_usage_table(const struct result *r, const struct usage_table *table)
{
    for (int64_t i = 0; i < table->n; i++) {
        const struct usage_row *row = &table->rows[i];
        const int is_output = strcmp(row->token_class, "output") == 0;
        const int is_request = strcmp(row->token_class, "request") == 0;
        const double want_usd = is_request          ? 0
                                : row->route == API ? (is_output ? 15e-6 : 3e-6)
                                                    : (is_output ? 2e-6 : 1e-6);
        check_text(row->model, row->route == API ? "m" : "k");
        check_rel(row->unit_price_usd, want_usd, 0);
        check(row->quantity.mean > 0);
        check_abs(row->cost_usd.mean, row->quantity.mean * want_usd, 1e-12); /* the quantum of a dollar is 9.1e-13 */
        check_u64(row->quantity.n, r->replications);
        check_u64(row->cost_usd.n, r->replications);
        check_text(row->unit, is_request ? "request" : "tok");
        if (is_request && row->span < r->n_windows)
            check_rel(row->quantity.mean, value(r, row->workload, row->route, row->span, METRIC_BILLED), 1e-12);
    }
}

static double usage_cost(const struct usage_table *table, int32_t w, int32_t route, int32_t span)
{
    double usd = 0;
    for (int64_t i = 0; i < table->n; i++)
        if (table->rows[i].workload == w && table->rows[i].route == route && table->rows[i].span == span)
            usd += table->rows[i].cost_usd.mean;
    return usd;
}

static void usage_has_a_row_for_what_was_used_and_none_besides(void)
{
    struct fixture *f = two_by_two();
    f->s->n_windows = 1;
    f->s->windows[0] = (struct window){"late", INSTANT_ABSENT, MONDAY_AT_S + 7200, MONDAY_AT_S + 9000 + 7200};
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_i64(r.by_window.n, 2 * 2 * 2 * 3); /* spans, workloads, routes, classes */
        check_i64(r.by_hour.n, 2 * 3 * (4 + 2)); /* routes, classes, hours with traffic */
        check_usage_table(&r, &r.by_window);
        check_usage_table(&r, &r.by_hour);
        for (int32_t w = CHAT; w <= BATCH; w++)
            for (int32_t route = API; route <= SLOW; route++) {
                double by_hour_usd = 0;
                for (int32_t span = 0; span < r.n_windows; span++)
                    check_rel(usage_cost(&r.by_window, w, route, span), value(&r, w, route, span, METRIC_COST_TOTAL),
                              1e-7);
                for (int32_t span = r.n_windows; span < r.n_spans; span++)
                    by_hour_usd += usage_cost(&r.by_hour, w, route, span);
                check_rel(by_hour_usd, value(&r, w, route, 0, METRIC_COST_TOTAL), 1e-7);
            }
        result_free(&r);
    }
    fixture_free(f);
}

/* The last row of eight is in force, and a request lies in each of its five price slots. */
static void every_price_slot_reaches_the_usage_tables(void)
{
    struct fixture *f = fixture_make();
    struct model_prices *model = &f->s->prices.models[0];
    f->s->time.horizon_s = S_PER_HOUR;
    replay(&f->s->workloads[0], 0);
    for (uint32_t i = 0; i <= PRICE_BANDS_MOST; i++)
        add_row(f, 0, i, 50 + 100 * i, 1);
    for (int b = 0; b < PRICE_BANDS_MOST; b++)
        maker_add_band(&model->rows[0], 100 * (b + 1), 1e-3 * (b + 1), 1e-2 * (b + 1));
    for (model->n_rows = 1; model->n_rows < PRICE_ROWS_MOST; model->n_rows++) {
        model->rows[model->n_rows] = model->rows[0];
        model->rows[model->n_rows].from_at_s = MONDAY_AT_S - 100 + model->n_rows;
    }
    const double want_usd = 50 * 3e-6 + 15e-6 + 150 * 1e-3 + 250 * 2e-3 + 350 * 3e-3 + 450 * 4e-3 + 10e-2;
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), want_usd, 1e-9);
        check_i64(r.by_window.n, 2 * (PRICE_BANDS_MOST + 1) + 1); /* requests are one row: they have no price */
        check_i64(r.by_hour.n, 2 * (PRICE_BANDS_MOST + 1) + 1);
        check_rel(usage_cost(&r.by_window, 0, 0, 0), want_usd, 1e-9);
        check_rel(usage_cost(&r.by_hour, 0, 0, 1), want_usd, 1e-9);
        result_free(&r);
    }
    fixture_free(f);
}

static void a_price_changes_between_two_requests_of_one_second(void)
{
    struct fixture *f = fixture_make();
    struct model_prices *model = &f->s->prices.models[0];
    replay(&f->s->workloads[0], 0);
    add_row(f, 0, 36999 * NS_PER_S + NS_PER_S / 2, 1000, 0);
    add_row(f, 0, 37000 * NS_PER_S, 1000, 0);
    model->n_rows = 2;
    model->rows[1] = model->rows[0];
    model->rows[1].from_at_s = MONDAY_AT_S + 37000;
    model->rows[1].usd_per_tok.input = 30e-6;
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), 1000 * 3e-6 + 1000 * 30e-6, 1e-9);
        result_free(&r);
    }
    fixture_free(f);
}

/* One row, drawn again and again: 1,000 tokens in and 10 out, at $3 for the first 37,000 s and $30 from then on. */
static void tokens_drawn_from_a_trace_are_priced_by_the_row_in_force(void)
{
    struct fixture *f = fixture_make();
    struct model_prices *model = &f->s->prices.models[0];
    struct tokens *tokens = &f->s->workloads[0].tokens;
    struct result r;
    add_row(f, 0, 0, 1000, 10);
    snprintf(tokens->trace.file, PATH_BYTES, "trace.csv");
    tokens->trace.index = 0;
    tokens->input = tokens->output = maker_fixed(PARAM_ABSENT);
    model->n_rows = 2;
    model->rows[1] = model->rows[0];
    model->rows[1].from_at_s = MONDAY_AT_S + 37000;
    model->rows[1].usd_per_tok.input = 30e-6;
    run_fixture(f, ENGINE_HOURLY, NULL, &r);
    const double want_usd = 2 * (37000 * 1000 * 3e-6 + (S_PER_DAY - 37000) * 1000 * 30e-6 + S_PER_DAY * 10 * 15e-6);
    check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), want_usd, 1e-12);
    result_free(&r);
    fixture_free(f);
}

/* Half of the requests have 1,000 tokens and half 1,001: those are above the threshold. */
static void a_mean_between_two_whole_numbers_is_split_at_a_threshold(void)
{
    struct scenario *s = maker_scenario();
    struct result r;
    maker_add_band(&s->prices.models[0].rows[0], 1000, 300e-6, 15e-6);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    const double per_call_usd = 0.5 * 1000 * 3e-6 + 0.5 * 1001 * 300e-6 + 200 * 15e-6;
    check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), 2.0 * S_PER_DAY * per_call_usd, 1e-12);
    result_free(&r);
    s->workloads[0].tokens.input = (struct token_law){
        .law = TOKENS_VALUES, .mean = -1, .median = -1, .p95 = -1, .cv = -1, .n_values = 2, .values = {1000, 1003}};
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    const double listed_usd = 0.5 * 1000 * 3e-6 + 0.5 * 1003 * 300e-6 + 200 * 15e-6;
    check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), 2.0 * S_PER_DAY * listed_usd, 1e-12);
    result_free(&r);
    free(s);
}

/* ---- tokens ---- */

/* 5 x 3.5 + 1/2, rounded down: the fraction is carried from call to call. */
static void a_cached_share_carries_its_fraction(void)
{
    struct fixture *f = fixture_make();
    struct result r;
    replay(&f->s->workloads[0], 0);
    for (int i = 0; i < 5; i++)
        add_row(f, 0, i, 7, 0);
    f->s->workloads[0].tokens.cache_read_share = 0.5;
    run_fixture(f, ENGINE_EVENTS, NULL, &r);
    check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_CACHE_READ), 18, 0);
    check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 17, 0);
    result_free(&r);
    fixture_free(f);
}

static void classes_never_hold_more_than_the_input(void)
{
    struct fixture *f = fixture_make();
    struct tokens *tokens = &f->s->workloads[0].tokens;
    struct result r;
    double sum = 0;
    replay(&f->s->workloads[0], 0);
    for (int i = 0; i < 5; i++)
        add_row(f, 0, i, 1, 0);
    tokens->cache_read_share = tokens->cache_write_1h_share = 0.5;
    run_fixture(f, ENGINE_EVENTS, NULL, &r);
    for (int c = TOKEN_INPUT_UNCACHED; c < TOKEN_OUTPUT; c++)
        sum += value(&r, 0, 0, 0, METRIC_TOK_FIRST + c);
    check_rel(sum, 5, 0);
    result_free(&r);
    fixture_free(f);
}

static void each_cache_class_has_its_own_price(void)
{
    struct fixture *f = fixture_make();
    struct tokens *tokens = &f->s->workloads[0].tokens;
    replay(&f->s->workloads[0], 0);
    add_row(f, 0, 0, 8000, 0);
    tokens->cache_read_share = 0.125, tokens->cache_write_5m_share = 0.25, tokens->cache_write_1h_share = 0.5;
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 1000, 0);
        check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_CACHE_READ), 1000, 0);
        check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_5M), 2000, 0);
        check_rel(value(&r, 0, 0, 0, METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_1H), 4000, 0);
        check_rel(value(&r, 0, 0, 0, METRIC_COST_TOTAL), (1000 * 3 + 1000 * 0.3 + 2000 * 3.75 + 4000 * 6) * 1e-6, 1e-9);
        result_free(&r);
    }
    fixture_free(f);
}

static void tokens_stated_beside_a_replayed_trace_win(void)
{
    struct fixture *f = two_by_two();
    f->s->workloads[CHAT].tokens.input = maker_fixed(1000);
    f->s->workloads[CHAT].tokens.output = maker_fixed(300);
    snprintf(f->s->workloads[BATCH].tokens.trace.file, PATH_BYTES, "chat.csv");
    f->s->workloads[BATCH].tokens.trace.index = CHAT;
    f->traces.items[CHAT].n = 1; /* 100 in, 10 out */
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 1000, 0);
        check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT), 300, 0);
        check_rel(value(&r, BATCH, API, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 600, 0);
        check_rel(value(&r, BATCH, API, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT), 60, 0);
        result_free(&r);
    }
    fixture_free(f);
}

/* The obvious twin: call i of replication 1 asks its streams for draw i. */
static void call_i_takes_draw_i_of_its_own_stream(void)
{
    struct fixture *f = two_by_two();
    struct workload *chat = &f->s->workloads[CHAT], *batch = &f->s->workloads[BATCH];
    struct token_dist in, out;
    struct result r;
    chat->tokens.input = maker_lognormal(1020, 4083);
    chat->tokens.output = maker_lognormal(129, 451);
    snprintf(batch->tokens.trace.file, PATH_BYTES, "chat.csv");
    batch->tokens.trace.index = CHAT;
    run_fixture(f, ENGINE_EVENTS, "api", &r);
    token_dist_derive(&chat->tokens.input, &in);
    token_dist_derive(&chat->tokens.output, &out);
    double input = 0, output = 0, drawn = 0;
    for (uint32_t replication = 0; replication < 2; replication++) {
        const struct floe_rng rng = {r.seed, replication};
        for (uint64_t i = 0; i < 5; i++) {
            input += token_dist_draw(&in, floe_rng_uniform(rng, floe_stream_id("chat", "input tokens"), i));
            output += token_dist_draw(&out, floe_rng_uniform(rng, floe_stream_id("chat", "output tokens"), i));
        }
        for (uint64_t i = 0; i < 6; i++)
            drawn += f->input[CHAT][floe_draw_index(floe_rng_uniform(rng, floe_stream_id("batch", "trace row"), i), 5)];
    }
    check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), input / 2, 1e-15);
    check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT), output / 2, 1e-15);
    check_rel(value(&r, BATCH, API, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), drawn / 2, 1e-15);
    result_free(&r);
    fixture_free(f);
}

static void listed_values_are_rounded_to_whole_tokens(void)
{
    struct fixture *f = two_by_two();
    f->s->workloads[CHAT].tokens.input = (struct token_law){
        .law = TOKENS_VALUES, .mean = -1, .median = -1, .p95 = -1, .cv = -1, .n_values = 2, .values = {2.2, 2.4}};
    f->s->workloads[CHAT].tokens.output = maker_fixed(0);
    for (int e = 0; e < 2; e++) {
        struct result r;
        run_fixture(f, both[e], NULL, &r);
        check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED), 5 * 2, 0);
        check_rel(value(&r, CHAT, API, 0, METRIC_TOK_FIRST + TOKEN_OUTPUT), 0, 0);
        result_free(&r);
    }
    fixture_free(f);
}

/* Five nanoseconds at 1e9 tasks/s: the last half nanosecond of a bin would round to the next one. */
static void no_arrival_is_rounded_to_the_horizon(void)
{
    struct scenario *s = maker_scenario();
    struct plan *plan = NULL;
    struct plan_fault fault;
    s->time.horizon_s = 5e-9;
    s->workloads[0].demand.tasks_per_s = 1e9;
    s->routes[0].call_s = 0;
    check(plan_make_one(s, NULL, &plan, &fault) == FLOE_OK);
    if (plan == NULL) return;
    for (uint32_t replication = 0; replication < 200; replication++) {
        const struct floe_rng rng = {4, replication};
        struct traffic_state state = traffic_begin(rng, 9);
        int64_t at_ns = 0;
        while (traffic_next(&state, plan_rates(plan, 0), &at_ns))
            if (!check(at_ns >= 0 && at_ns < 5)) break;
    }
    plan_free(plan);
    free(s);
}

static void a_draw_beyond_the_largest_request_is_cut(void)
{
    check_rel(tokens_whole(1e9 + 0.7), TOKENS_LARGEST, 0);
    check_rel(tokens_whole(1e300), TOKENS_LARGEST, 0);
    check_rel(tokens_whole(0.2), 1, 0);
    check_rel(tokens_whole(-3), 1, 0);
}

/* ---- workers ---- */

/* 250 replications are four blocks, on two routes that are alike: they meet the same luck. Hours are summed by the workers
 * and must not show how many there were. */
static void hours_do_not_depend_on_the_number_of_workers(void)
{
    struct scenario *s = maker_scenario();
    double first[8 * HOUR_METRICS] = {0};
    s->time.horizon_s = 4 * S_PER_HOUR;
    s->workloads[0].demand.tasks_per_s = 0.02;
    s->n_routes = 2;
    s->routes[1] = s->routes[0];
    snprintf(s->routes[1].name, NAME_BYTES, "other");
    for (unsigned threads = 1; threads <= 4; threads++) {
        const struct run_options options = maker_options(ENGINE_EVENTS, 250);
        struct plan_fault fault;
        struct floe_pool pool;
        struct result r;
        check(floe_pool_threads_init(&pool, threads) == FLOE_OK);
        if (!check(floe_run_one(s, NULL, &options, &pool, &r, &fault) == FLOE_OK)) break;
        for (int32_t route = 0; route < 2; route++) {
            double calls = 0;
            for (int32_t hour = 0; hour < 4; hour++)
                calls += hour_calls(&r, hour, 0, route);
            check_rel(calls, value(&r, 0, route, 0, METRIC_CALLS), 1e-14);
        }
        check_rel(value(&r, 0, 1, 0, METRIC_CALLS), value(&r, 0, 0, 0, METRIC_CALLS), 0);
        check_rel(r.cells[0].outcomes[METRIC_CALLS].sd, r.cells[1].outcomes[METRIC_CALLS].sd, 0);
        for (int i = 0; i < 8 * HOUR_METRICS; i++) {
            if (threads == 1) first[i] = r.hour_counts[i];
            check_rel(r.hour_counts[i], first[i], 0);
        }
        result_free(&r);
    }
    free(s);
}

struct seen {
    uint64_t n, total;
};

static int look(void *context, uint64_t done, uint64_t total)
{
    struct seen *seen = context;
    seen->n += done;
    seen->total = total;
    return 1;
}

static void progress_reaches_its_total(void)
{
    struct fixture *f = two_by_two();
    struct run_options options = maker_options(ENGINE_EVENTS, 67);
    struct seen seen = {0, 0};
    struct result r;
    options.progress = look, options.progress_context = &seen;
    maker_run(f->s, &f->traces, options, &r);
    check_u64(seen.n, 2 * 67);
    check_u64(seen.total, 2 * 67);
    result_free(&r);
    fixture_free(f);
}

static void expectations_are_run_once(void)
{
    struct scenario *s = maker_scenario();
    struct result r;
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 64), &r);
    check_u64(r.replications, 1);
    check_u64(r.cells[0].outcomes[METRIC_TASKS].n, 1);
    result_free(&r);
    free(s);
}

static void a_run_twice_is_the_same_run(void)
{
    struct fixture *f = two_by_two();
    struct result a, b;
    run_fixture(f, ENGINE_EVENTS, NULL, &a);
    run_fixture(f, ENGINE_EVENTS, NULL, &b);
    check_u64(a.digest, b.digest);
    check_i64(a.by_hour.n, b.by_hour.n);
    result_free(&a);
    result_free(&b);
    fixture_free(f);
}

/* ---- refusals ---- */

static void a_run_too_large_for_memory_is_refused_before_it_starts(void)
{
    struct fixture *f = two_by_two();
    const struct run_options options = maker_options(ENGINE_EVENTS, RUN_REPLICATIONS_MOST);
    struct plan_fault fault;
    struct floe_pool pool;
    struct result r;
    for (f->s->n_windows = 0; f->s->n_windows < WINDOWS_MOST; f->s->n_windows++)
        f->s->windows[f->s->n_windows] = (struct window){"w", INSTANT_ABSENT, MONDAY_AT_S, MONDAY_AT_S + 7200};
    floe_pool_serial_init(&pool);
    check(floe_run_one(f->s, &f->traces, &options, &pool, &r, &fault) == FLOE_FULL);
    check_contains(fault.what, "GiB");
    check(r.cells == NULL);
    fixture_free(f);
}

static enum floe_status replicate(const struct fixture *f, int32_t route, uint32_t calls, uint32_t tasks,
                                  uint64_t *needed)
{
    struct plan *plan = NULL;
    struct plan_fault fault;
    check_at(plan_make_one(f->s, &f->traces, &plan, &fault) == FLOE_OK, __FILE__, __LINE__, "%s", fault.what);
    if (plan == NULL) abort();
    const struct timeline timeline = timeline_of(f->s, "");
    const struct route_run run = {&timeline, &f->traces, plan, route, 1};
    struct counts counts = counts_layout(plan, route);
    double *numbers = calloc((size_t)counts_size(&counts, plan->n_workloads), sizeof *numbers);
    void *arena = aligned_alloc(FLOE_QUEUE_ALIGN, events_memory_bytes(plan, route, calls, tasks));
    const struct events_memory memory = events_memory_at(arena, plan, route, calls, tasks);
    counts_attach(&counts, plan->n_workloads, numbers);
    engine_fn *engine = engine_path_find(NULL)->replicate;
    struct replication_end end;
    const enum floe_status status = engine(ENGINE_EVENTS, &run, 0, &counts, &memory, &end);
    *needed = end.needed;
    free(numbers);
    free(arena);
    plan_free(plan);
    return status;
}

/* The plan would never give so little; should it be wrong, the engine says so and with which number. */
static void too_few_slots_are_told_not_overrun(void)
{
    struct fixture *f = two_by_two();
    uint64_t needed = 0;
    check(replicate(f, SLOW, 64, 2, &needed) == FLOE_FULL);
    check_u64(needed, 3);
    check(replicate(f, SLOW, 4, 64, &needed) == FLOE_FULL);
    check_u64(needed, 5);
    check(replicate(f, SLOW, 64, 64, &needed) == FLOE_OK);
    check_u64(needed, 0);
    fixture_free(f);
}

/* Rows a second apart and calls of a second: one task at a time, if the answer comes first. */
static void an_answer_comes_before_a_task_of_the_same_instant(void)
{
    struct fixture *f = fixture_make();
    uint64_t needed = 0;
    replay(&f->s->workloads[0], 0);
    for (int i = 0; i < 5; i++)
        add_row(f, 0, i * NS_PER_S, 7, 1);
    check(replicate(f, API, 2, 1, &needed) == FLOE_OK);
    fixture_free(f);
}

/* ---- warnings ---- */

static int32_t warnings_of(const struct fixture *f, const char *text)
{
    struct result r;
    run_fixture(f, ENGINE_HOURLY, "api", &r);
    const int32_t n = r.n_warnings;
    if (n > 0) check_contains(r.warnings[0].text, text);
    if (n > 0) check_text(r.warnings[0].key, "prices.models.m");
    result_free(&r);
    return n;
}

static void a_run_before_the_first_price_warns(void)
{
    struct fixture *f = two_by_two();
    f->s->n_workloads = 1;
    f->s->prices.models[0].rows[0].from_at_s = f->s->time.start_at_s;
    check_i64(warnings_of(f, ""), 0);
    f->s->prices.models[0].rows[0].from_at_s = f->s->time.start_at_s + 1;
    check_i64(warnings_of(f, "before the first price row's date"), 1);
    fixture_free(f);
}

static void a_cache_class_without_a_price_warns(void)
{
    struct fixture *f = two_by_two();
    struct tokens *tokens = &f->s->workloads[0].tokens;
    struct price_list *list = &f->s->prices.models[0].rows[0].usd_per_tok;
    double *const shares[] = {&tokens->cache_read_share, &tokens->cache_write_5m_share, &tokens->cache_write_1h_share};
    double *const prices[] = {&list->cache_read, &list->cache_write_5m, &list->cache_write_1h};
    f->s->n_workloads = 1;
    for (int i = 0; i < 3; i++) {
        *shares[i] = 0.25;
        check_i64(warnings_of(f, ""), 0);
        const double price = *prices[i];
        *prices[i] = PARAM_ABSENT;
        check_i64(warnings_of(f, "billed as uncached input"), 1);
        *shares[i] = 0;
        check_i64(warnings_of(f, ""), 0);
        *prices[i] = price;
    }
    fixture_free(f);
}

/* Rows carry the names that a workload has at the start, whatever a change makes of them: that is said, by key. */
static void a_change_of_names_warns(void)
{
    static const char *const keys[] = {"workloads.chat.consumer.name", "workloads.chat.consumer.key",
                                       "workloads.chat.consumer.tags"};
    for (int i = 0; i < 4; i++) {
        struct scenario *s = maker_scenario(), *after = maker_scenario();
        struct consumer *consumer = &after->workloads[0].consumer;
        struct timeline timeline = timeline_of(s, "change");
        struct result r;
        timeline.n_phases = 2;
        timeline.from_at_s[1] = s->time.start_at_s + S_PER_HOUR;
        timeline.phases[1] = after;
        if (i == 0) snprintf(consumer->name, NAME_BYTES, "else");
        if (i == 1) snprintf(consumer->key, NAME_BYTES, "k2");
        if (i == 2) *consumer = (struct consumer){.n_tags = 1, .tags = {{"team", "search"}}};
        maker_run_timelines(&timeline, 1, NULL, maker_options(ENGINE_HOURLY, 1), &r);
        check_i64(r.n_warnings, i < 3);
        if (r.n_warnings > 0) {
            check_text(r.warnings[0].key, keys[i]);
            check_contains(r.warnings[0].text, "attributed as at the start");
        }
        check_text(result_consumer(&r, 0, 0), "chat");
        check_text(result_key(&r, 0, 0), CONSUMER_UNKNOWN);
        result_free(&r);
        free(s);
        free(after);
    }
}

/* ---- the digest ---- */

/* The twin: rule 6 said again. Every replication of a replay has the same values, so the accumulators follow from the
 * means; a dollar is rounded to its quantum, as the run rounds it. */
static uint64_t digest_of_entry(const struct result *r, const struct result_cell *cell, int m)
{
    static const enum floe_unit units[] = {FLOE_UNIT_COUNT, FLOE_UNIT_COUNT, FLOE_UNIT_USD, FLOE_UNIT_RATIO,
                                            FLOE_UNIT_S};
    const char *const names[] = {result_workload(r, cell->workload), result_route(r, cell->route), "base",
                                 r->spans[cell->span].window, metric_rows[m].name};
    struct floe_hash h = floe_hash_begin();
    struct floe_exact exact;
    floe_exact_init(&exact, units[metric_rows[m].unit]);
    for (uint64_t i = 0; i < cell->outcomes[m].n; i++)
        floe_exact_add(&exact, cell->outcomes[m].p50, NULL);
    for (int i = 0; i < 5; i++)
        floe_hash_text(&h, names[i]);
    floe_hash_i128(&h, exact.sum);
    floe_hash_i128(&h, (floe_i128)exact.squares_low);
    floe_hash_u64(&h, exact.squares_high);
    floe_hash_u64(&h, exact.n);
    return exact.sum == 0 ? 0 : floe_hash_end(h);
}

static uint64_t digest_of_cell(const struct result *r, const struct result_cell *cell)
{
    uint64_t sum = 0;
    for (int m = METRIC_N - 1; m >= 0; m--) /* no order */
        sum += digest_of_entry(r, cell, m);
    return sum;
}

static void the_digest_is_what_rule_6_says(void)
{
    struct fixture *f = two_by_two();
    uint64_t sum = 0;
    struct result r;
    f->s->n_windows = 1;
    f->s->windows[0] = (struct window){"late", INSTANT_ABSENT, MONDAY_AT_S + 7200, MONDAY_AT_S + 16200};
    run_fixture(f, ENGINE_EVENTS, NULL, &r);
    check_i64(r.n_cells, 8);
    for (int64_t i = 0; i < r.n_cells; i++) {
        check_u64(r.cells[i].digest, digest_of_cell(&r, &r.cells[i]));
        sum += r.cells[i].digest;
    }
    struct floe_hash h = floe_hash_begin();
    floe_hash_u64(&h, sum);
    floe_hash_u64(&h, r.seed);
    floe_hash_text(&h, "events");
    floe_hash_u64(&h, FLOE_MATH_PROFILE);
    check_u64(r.digest, floe_hash_end(h));
    result_free(&r);
    fixture_free(f);
}

static uint64_t digest_of(const struct fixture *f, enum engine_kind engine, uint64_t seed, uint32_t replications)
{
    struct run_options options = maker_options(engine, replications);
    struct result r;
    options.seed = seed;
    maker_run(f->s, &f->traces, options, &r);
    const uint64_t digest = r.digest;
    result_free(&r);
    return digest;
}

/* On a replay every seed and both engines count the same; the digest tells them apart nevertheless. */
static void the_digest_tells_runs_apart_that_count_the_same(void)
{
    struct fixture *f = two_by_two();
    const uint64_t digest = digest_of(f, ENGINE_EVENTS, 5, 1);
    check(digest_of(f, ENGINE_EVENTS, 6, 1) != digest);
    check(digest_of(f, ENGINE_EVENTS, 5, 2) != digest);
    check(digest_of(f, ENGINE_HOURLY, 5, 1) != digest);
    check_u64(digest_of(f, ENGINE_EVENTS, 5, 1), digest);
    fixture_free(f);
}

static void the_digest_knows_names_but_no_order(void)
{
    struct fixture *f = two_by_two();
    const uint64_t digest = digest_of(f, ENGINE_EVENTS, 5, 1);
    const struct workload workload = f->s->workloads[0];
    const struct route route = f->s->routes[0];
    f->s->workloads[0] = f->s->workloads[1], f->s->workloads[1] = workload;
    f->s->routes[0] = f->s->routes[1], f->s->routes[1] = route;
    check_u64(digest_of(f, ENGINE_EVENTS, 5, 1), digest);
    snprintf(f->s->workloads[0].unit, NAME_BYTES, "page");
    snprintf(f->s->title, sizeof f->s->title, "other");
    check_u64(digest_of(f, ENGINE_EVENTS, 5, 1), digest);
    snprintf(f->s->routes[0].name, NAME_BYTES, "slower");
    check(digest_of(f, ENGINE_EVENTS, 5, 1) != digest);
    fixture_free(f);
}

static const struct test tests[] = {
    {"both engines count what the rows say", both_engines_count_what_the_rows_say, FAST},
    {"what is not answered by the horizon is in flight", what_is_not_answered_by_the_horizon_is_in_flight, FAST},
    {"LCPR is cost over accepted", lcpr_is_cost_over_accepted, FAST},
    {"LCPR is not defined where nothing is accepted", lcpr_is_not_defined_where_nothing_is_accepted, FAST},
    {"a row at the full hour belongs to the hour that begins", a_row_at_the_full_hour_belongs_to_the_hour_that_begins,
     FAST},
    {"spans are what was measured", spans_are_what_was_measured, FAST},
    {"a day ends at midnight", a_day_ends_at_midnight, FAST},
    {"one route keeps its place in the tables", one_route_keeps_its_place_in_the_tables, FAST},
    {"usage has a row for what was used, and none besides", usage_has_a_row_for_what_was_used_and_none_besides, FAST},
    {"every price slot reaches the usage tables", every_price_slot_reaches_the_usage_tables, FAST},
    {"a price changes between two requests of one second", a_price_changes_between_two_requests_of_one_second, FAST},
    {"tokens drawn from a trace are priced by the row in force",
     tokens_drawn_from_a_trace_are_priced_by_the_row_in_force, FAST},
    {"a mean between two whole numbers is split at a threshold",
     a_mean_between_two_whole_numbers_is_split_at_a_threshold, FAST},
    {"a cached share carries its fraction", a_cached_share_carries_its_fraction, FAST},
    {"classes never hold more than the input", classes_never_hold_more_than_the_input, FAST},
    {"each cache class has its own price", each_cache_class_has_its_own_price, FAST},
    {"tokens stated beside a replayed trace win", tokens_stated_beside_a_replayed_trace_win, FAST},
    {"call i takes draw i of its own stream", call_i_takes_draw_i_of_its_own_stream, FAST},
    {"listed values are rounded to whole tokens", listed_values_are_rounded_to_whole_tokens, FAST},
    {"no arrival is rounded to the horizon", no_arrival_is_rounded_to_the_horizon, FAST},
    {"a draw beyond the largest request is cut", a_draw_beyond_the_largest_request_is_cut, FAST},
    {"hours do not depend on the number of workers", hours_do_not_depend_on_the_number_of_workers, FAST},
    {"progress reaches its total", progress_reaches_its_total, FAST},
    {"expectations are run once", expectations_are_run_once, FAST},
    {"a run twice is the same run", a_run_twice_is_the_same_run, FAST},
    {"a run too large for memory is refused before it starts", a_run_too_large_for_memory_is_refused_before_it_starts,
     FAST},
    {"too few slots are told, not overrun", too_few_slots_are_told_not_overrun, FAST},
    {"an answer comes before a task of the same instant", an_answer_comes_before_a_task_of_the_same_instant, FAST},
    {"a run before the first price warns", a_run_before_the_first_price_warns, FAST},
    {"a cache class without a price warns", a_cache_class_without_a_price_warns, FAST},
    {"a change of consumer, key or tags warns", a_change_of_names_warns, FAST},
    {"the digest is what rule 6 says", the_digest_is_what_rule_6_says, FAST},
    {"the digest tells runs apart that count the same", the_digest_tells_runs_apart_that_count_the_same, FAST},
    {"the digest knows names but no order", the_digest_knows_names_but_no_order, FAST},
};
TEST_MAIN("run", tests)

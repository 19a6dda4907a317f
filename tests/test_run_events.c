/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events of a replication and their fingerprint: the same whoever computes them, another where anything that
 * happened is another, and in agreement with what the run counts. */
#include "models/run_events.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scenario_maker.h"
#include "sim/fingerprint.h"

/* Two workloads, two routes, lognormal tokens, two calls per task on one of them: some 2,000 events. */
static struct scenario *two_by_two(void)
{
    struct scenario *s = maker_scenario();
    s->time.horizon_s = 10 * S_PER_MIN;
    s->workloads[0].demand.tasks_per_s = 0.9;
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[1].name, NAME_BYTES, "mail");
    s->workloads[1].demand.calls_per_task = 2;
    s->n_workloads = 2;
    s->routes[1] = s->routes[0];
    s->routes[1].call_s = 2.385;
    snprintf(s->routes[1].name, NAME_BYTES, "slow");
    s->n_routes = 2;
    return s;
}

/* ---- collecting ---- */

enum { RECORDS_MOST = 20000 };

struct collected {
    struct event_record records[2][RECORDS_MOST];
    uint32_t n[2];
    int calls_left; /* after so many calls stop; negative: never */
};

static int collect(void *context, int32_t route, const struct event_record *records, uint32_t n)
{
    struct collected *all = context;
    check(n > 0 && n <= EVENTS_AT_ONCE && all->n[route] + n <= RECORDS_MOST);
    memcpy(&all->records[route][all->n[route]], records, n * sizeof *records);
    all->n[route] += n;
    return all->calls_left < 0 || all->calls_left-- > 0;
}

static enum floe_status trace(const struct scenario *s, struct run_options options, uint32_t replication,
                              struct collected *all)
{
    struct plan_fault fault = {"", ""};
    memset(all->n, 0, sizeof all->n);
    all->calls_left = -1;
    return floe_run_events(s, NULL, &options, replication, collect, all, &fault);
}

/* ---- against the run ---- */

static uint64_t count(const struct collected *all, int route, enum event_kind kind, uint32_t workload)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < all->n[route]; i++)
        n += all->records[route][i].kind == (uint32_t)kind && all->records[route][i].workload == workload;
    return n;
}

static void check_cell(const struct collected *all, const struct result_cell *cell)
{
    uint64_t input = 0, output = 0;
    const uint32_t w = (uint32_t)cell->workload;
    for (uint32_t i = 0; i < all->n[cell->route]; i++) {
        const struct event_record *record = &all->records[cell->route][i];
        if (record->workload == w) input += record->input_tok, output += record->output_tok;
    }
    check_rel(cell->outcomes[METRIC_TASKS].mean, (double)count(all, cell->route, EVENT_ARRIVAL, w), 0);
    check_rel(cell->outcomes[METRIC_INVOCATIONS].mean, (double)count(all, cell->route, EVENT_CALL_DONE, w), 0);
    check_rel(cell->outcomes[METRIC_TOK_FIRST + TOKEN_INPUT_UNCACHED].mean, (double)input, 0);
    check_rel(cell->outcomes[METRIC_TOK_FIRST + TOKEN_OUTPUT].mean, (double)output, 0);
}

static void the_events_add_up_to_the_counts(void)
{
    static struct collected all;
    struct scenario *s = two_by_two();
    struct result r;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    check_i64(trace(s, maker_options(ENGINE_EVENTS, 1), 0, &all), FLOE_OK);
    double in_flight = 0;
    for (int64_t i = 0; i < r.n_cells; i++) {
        check_cell(&all, &r.cells[i]);
        in_flight += r.cells[i].outcomes[METRIC_IN_FLIGHT].mean;
    }
    check(r.n_cells == 4 && in_flight > 0);
    for (int route = 0; route < 2; route++) {
        check_u64(r.trajectories[route].sum.events, all.n[route]);
        check(all.n[route] > 4 * EVENTS_AT_ONCE);
    }
    result_free(&r);
    free(s);
}

static void the_fingerprint_after_the_last_event_is_the_replications(void)
{
    static struct collected all;
    struct scenario *s = two_by_two();
    struct result r;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 70), &r);
    for (uint32_t replication = 0; replication < 70; replication += 23) {
        check_i64(trace(s, maker_options(ENGINE_EVENTS, 70), replication, &all), FLOE_OK);
        for (int route = 0; route < 2; route++) {
            const struct trajectory *want = &r.trajectories[route].items[replication];
            check_u64(all.records[route][all.n[route] - 1].fingerprint, want->fingerprint);
            check_u64(all.n[route], want->events);
        }
    }
    result_free(&r);
    free(s);
}

/* Tasks are numbered as they arrive, and each of their calls is answered one call's duration after its task came. */
static void events_name_their_tasks_by_number(void)
{
    static struct collected all;
    static int64_t arrived_at_ns[2][RECORDS_MOST];
    static int64_t answered[2][RECORDS_MOST];
    struct scenario *s = two_by_two();
    uint64_t arrived[2] = {0, 0}, done[2] = {0, 0};
    check_i64(trace(s, maker_options(ENGINE_EVENTS, 1), 0, &all), FLOE_OK);
    for (uint32_t i = 0; i < all.n[1]; i++) {
        const struct event_record *e = &all.records[1][i];
        if (e->kind == EVENT_ARRIVAL) {
            check_u64(e->task, arrived[e->workload]);
            arrived_at_ns[e->workload][arrived[e->workload]++] = e->at_ns;
            continue;
        }
        if (!check(e->task < arrived[e->workload])) break;
        check_i64(e->at_ns - arrived_at_ns[e->workload][e->task], 2385000000);
        check(++answered[e->workload][e->task] <= s->workloads[e->workload].demand.calls_per_task);
        done[e->workload]++;
    }
    check(done[0] > 100 && done[1] > 200);
    free(s);
}

/* The twin: the documented formula, from what the records say. */
static void the_fingerprint_is_the_formula_over_the_records(void)
{
    static struct collected all;
    struct scenario *s = two_by_two();
    uint64_t h = 0x243f6a8885a308d3u;
    check_i64(trace(s, maker_options(ENGINE_EVENTS, 1), 0, &all), FLOE_OK);
    for (uint32_t i = 0; i < all.n[1]; i++) {
        const struct event_record *e = &all.records[1][i];
        const uint64_t id = floe_stream_id(s->workloads[e->workload].name, "arrivals");
        const uint64_t tokens = (e->input_tok ^ e->output_tok << 32) * 0xff51afd7ed558ccdu;
        const uint64_t words[] = {(uint64_t)e->at_ns, e->task ^ id << 26 ^ tokens ^ (uint64_t)e->kind << 58};
        for (int k = 0; k < 2; k++) {
            h = (h ^ words[k]) * 0x9e3779b97f4a7c15u;
            h = h << 29 | h >> 35;
        }
        check_u64(e->fingerprint, floe_hash_mix(h));
        check_u64(e->number, i + 1);
        check(i == 0 || e->at_ns >= all.records[1][i - 1].at_ns);
    }
    free(s);
}

/* ---- the same for any threads and instruction set ---- */

static void run_with(const struct scenario *s, const char *path, unsigned threads, struct result *r)
{
    struct run_options options = maker_options(ENGINE_EVENTS, 200);
    struct plan_fault fault;
    struct floe_pool pool;
    options.path = path;
    check(floe_pool_threads_init(&pool, threads) == FLOE_OK);
    if (!check(floe_run(s, NULL, &options, &pool, r, &fault) == FLOE_OK)) abort();
}

static void threads_and_instruction_sets_leave_every_fingerprint_alone(void)
{
    const unsigned threads[] = {1, 2, 8};
    struct scenario *s = two_by_two();
    struct result want, got;
    int n_paths;
    const struct engine_path *paths = engine_paths(&n_paths);
    run_with(s, "baseline", 1, &want);
    for (int p = 0; p < n_paths; p++)
        for (int t = 0; t < 3 && engine_path_is_available(&paths[p]); t++) {
            run_with(s, paths[p].name, threads[t], &got);
            check_u64(result_trajectory(&got).fingerprint, result_trajectory(&want).fingerprint);
            for (int route = 0; route < 2; route++)
                check(memcmp(got.trajectories[route].items, want.trajectories[route].items,
                             200 * sizeof(struct trajectory)) == 0);
            result_free(&got);
        }
    result_free(&want);
    free(s);
}

static void every_instruction_set_has_the_same_events(void)
{
    static struct collected want, got;
    struct scenario *s = two_by_two();
    struct run_options options = maker_options(ENGINE_EVENTS, 8);
    int n_paths;
    const struct engine_path *paths = engine_paths(&n_paths);
    options.path = "baseline";
    check_i64(trace(s, options, 7, &want), FLOE_OK);
    for (int p = 0; p < n_paths; p++) {
        if (!engine_path_is_available(&paths[p])) continue;
        options.path = paths[p].name;
        check_i64(trace(s, options, 7, &got), FLOE_OK);
        for (int route = 0; route < 2; route++) {
            check_u64(got.n[route], want.n[route]);
            for (uint32_t i = 0; i < want.n[route]; i++)
                if (!check(memcmp(&got.records[route][i], &want.records[route][i], sizeof want.records[0][0]) == 0))
                    break;
        }
    }
    free(s);
}

/* ---- what changes it ---- */

static struct trajectory trajectory_of(const struct scenario *s, uint64_t seed)
{
    struct run_options options = maker_options(ENGINE_EVENTS, 3);
    struct result r;
    options.seed = seed;
    maker_run(s, NULL, options, &r);
    const struct trajectory all = result_trajectory(&r);
    result_free(&r);
    return all;
}

static void what_happens_otherwise_has_another_fingerprint(void)
{
    struct scenario *s = two_by_two();
    const uint64_t want = trajectory_of(s, 5).fingerprint;
    check_u64(trajectory_of(s, 5).fingerprint, want);
    check(trajectory_of(s, 6).fingerprint != want);
    s->routes[1].call_s = 2.385000001;
    check(trajectory_of(s, 5).fingerprint != want);
    s->routes[1].call_s = 2.385;
    s->workloads[1].tokens.output = maker_fixed(201);
    check(trajectory_of(s, 5).fingerprint != want);
    s->workloads[1].tokens.output = maker_fixed(200);
    snprintf(s->workloads[1].name, NAME_BYTES, "post");
    check(trajectory_of(s, 5).fingerprint != want);
    snprintf(s->workloads[1].name, NAME_BYTES, "mail");
    check_u64(trajectory_of(s, 5).fingerprint, want);
    free(s);
}

/* Prices, and the order of workloads and routes in the file, are no part of what happens. */
static void what_happens_alike_has_the_same_fingerprint(void)
{
    struct scenario *s = two_by_two();
    const uint64_t want = trajectory_of(s, 5).fingerprint;
    const struct workload first = s->workloads[0];
    const struct route route = s->routes[0];
    s->prices.models[0].rows[0].usd_per_tok.output *= 2;
    check_u64(trajectory_of(s, 5).fingerprint, want);
    s->workloads[0] = s->workloads[1];
    s->workloads[1] = first;
    s->routes[0] = s->routes[1];
    s->routes[1] = route;
    check_u64(trajectory_of(s, 5).fingerprint, want);
    free(s);
}

static void routes_that_are_alike_in_time_have_the_same_trajectories(void)
{
    struct scenario *s = two_by_two();
    struct result r;
    s->routes[1].call_s = s->routes[0].call_s;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 5), &r);
    check(memcmp(r.trajectories[0].items, r.trajectories[1].items, 5 * sizeof(struct trajectory)) == 0);
    check(r.trajectories[0].items[0].fingerprint != r.trajectories[0].items[1].fingerprint);
    result_free(&r);
    free(s);
}

static void two_replications_that_change_places_are_noticed(void)
{
    const struct trajectory a[] = {{3, 0x2385}, {4, 0x1999}}, b[] = {{4, 0x1999}, {3, 0x2385}};
    check(trajectories_sum(a, 2).fingerprint != trajectories_sum(b, 2).fingerprint);
    check_u64(trajectories_sum(a, 2).events, 7);
}

/* ---- the ends ---- */

static void a_replication_that_fills_the_last_part_exactly_is_whole(void)
{
    static int64_t at_ns[EVENTS_AT_ONCE];
    static uint32_t tokens[EVENTS_AT_ONCE];
    static struct collected all;
    struct scenario *s = maker_scenario();
    struct traces traces = {.n = 1};
    struct plan_fault fault;
    const struct run_options options = maker_options(ENGINE_EVENTS, 1);
    snprintf(s->workloads[0].demand.trace.file, PATH_BYTES, "rows.csv");
    s->workloads[0].demand.trace.index = 0;
    s->workloads[0].demand.tasks_per_s = PARAM_ABSENT;
    s->workloads[0].tokens.input = s->workloads[0].tokens.output = maker_fixed(PARAM_ABSENT);
    for (int rows = EVENTS_AT_ONCE / 2 - 1; rows <= EVENTS_AT_ONCE / 2 + 1; rows++) {
        for (int i = 0; i < rows; i++)
            at_ns[i] = i * NS_PER_S, tokens[i] = 7;
        traces.items[0] = (struct trace){rows, at_ns, tokens, tokens, 1};
        memset(all.n, 0, sizeof all.n);
        all.calls_left = -1;
        check(floe_run_events(s, &traces, &options, 0, collect, &all, &fault) == FLOE_OK);
        check_u64(all.n[0], 2 * (uint64_t)rows);
    }
    free(s);
}

static void who_takes_the_events_can_stop(void)
{
    static struct collected all;
    struct scenario *s = two_by_two();
    struct plan_fault fault;
    const struct run_options options = maker_options(ENGINE_EVENTS, 1);
    memset(all.n, 0, sizeof all.n);
    all.calls_left = 2;
    check_i64(floe_run_events(s, NULL, &options, 0, collect, &all, &fault), FLOE_CANCELLED);
    check_u64(all.n[0], 3 * EVENTS_AT_ONCE);
    check_u64(all.n[1], 0);
    free(s);
}

static void what_has_no_events_is_refused(void)
{
    static struct collected all;
    struct scenario *s = two_by_two();
    struct run_options options = maker_options(ENGINE_EVENTS, 8);
    struct plan_fault fault;
    struct result r;
    check_i64(floe_run_events(s, NULL, &options, 8, collect, &all, &fault), FLOE_BAD_USAGE);
    check_contains(fault.what, "0 to 7");
    options.engine = ENGINE_HOURLY;
    check_i64(floe_run_events(s, NULL, &options, 0, collect, &all, &fault), FLOE_BAD_USAGE);
    check_contains(fault.what, "no events");
    options.engine = ENGINE_EVENTS;
    options.route = "nowhere";
    check_i64(floe_run_events(s, NULL, &options, 0, collect, &all, &fault), FLOE_BAD_USAGE);
    check_contains(fault.what, "nowhere");
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
    check_i64(r.n_trajectories, 0);
    result_free(&r);
    free(s);
}

static void every_kind_has_a_name(void)
{
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        if (check(event_kind_rows[kind].name != NULL)) check(event_kind_rows[kind].name[0] != '\0');
}

static const struct test tests[] = {
    {"the events add up to the counts", the_events_add_up_to_the_counts, FAST},
    {"the fingerprint after the last event is the replication's",
     the_fingerprint_after_the_last_event_is_the_replications, FAST},
    {"events name their tasks by number", events_name_their_tasks_by_number, FAST},
    {"the fingerprint is the documented formula over the records", the_fingerprint_is_the_formula_over_the_records,
     FAST},
    {"threads and instruction sets leave every fingerprint alone",
     threads_and_instruction_sets_leave_every_fingerprint_alone, FAST},
    {"every instruction set has the same events", every_instruction_set_has_the_same_events, FAST},
    {"what happens otherwise has another fingerprint", what_happens_otherwise_has_another_fingerprint, FAST},
    {"what happens alike has the same fingerprint", what_happens_alike_has_the_same_fingerprint, FAST},
    {"routes that are alike in time have the same trajectories",
     routes_that_are_alike_in_time_have_the_same_trajectories, FAST},
    {"two replications that change places are noticed", two_replications_that_change_places_are_noticed, FAST},
    {"a replication that fills the last part exactly is whole", a_replication_that_fills_the_last_part_exactly_is_whole,
     FAST},
    {"who takes the events can stop", who_takes_the_events_can_stop, FAST},
    {"what has no events is refused", what_has_no_events_is_refused, FAST},
    {"every kind has a name", every_kind_has_a_name, FAST},
};
TEST_MAIN("run_events", tests)

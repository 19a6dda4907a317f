/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks that are graphs in both engines: plan -> {four searches of which three, an optional reflection} -> two answers on
 * average, with errors, step-wise retries and hedges, a quota, outages, a response cache, users who ask again, workers, and as a job. The bound is
 * max(2 %, 3 standard errors of the events' mean, 0.2 % of the calls); times 5 % (models/task_span.h), where the hourly
 * engine does not doubt; a cost is bounded by what it were with nothing remembered. Then the books: cells, steps, usage by window and by hour tell the same of every task. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/quota_maker.h"
#include "tests/retry_maker.h"
#include "tests/scenario_maker.h"
#include "tests/task_maker.h"

enum { REPLICATIONS = 8 };

static struct scenario *agent(double errors)
{
    struct scenario *s = maker_scenario();
    struct workload *w = &s->workloads[0];
    s->time.horizon_s = 4 * S_PER_HOUR;
    s->prices.models[1] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "small");
    s->prices.models[1].rows[0].usd_per_tok = (struct price_list){3e-7, 15e-7, 3e-8, 3.75e-7, 6e-7};
    s->prices.n_models = 2;
    w->n_task_steps = 4;
    w->task[0] = step_of("plan");
    w->task[1] = step_of("search");
    w->task[2] = step_of("reflect");
    w->task[3] = step_of("answer");
    step_after(&w->task[1], "plan");
    step_after(&w->task[2], "plan");
    step_after(&w->task[3], "search");
    step_after(&w->task[3], "reflect");
    w->task[1].calls = 4;
    w->task[1].needed = 3;
    w->task[2].is_essential = 0;
    w->task[3].times.mean = 2;
    w->task[3].times.most = 6;
    for (int j = 1; j < 3; j++)
        snprintf(w->task[j].model, NAME_BYTES, "small");
    w->task[1].tokens.input = maker_fixed(300);
    w->task[1].tokens.output = maker_fixed(50);
    s->routes[0].chain[0].error_share = errors;
    s->routes[0].latency.part[LATENCY_TTFT].mean_s = 1;
    s->routes[0].latency.part[LATENCY_TTFT].p95_s = 2.5;
    return s;
}

static const enum metric compared[] = {METRIC_TASKS,     METRIC_ACCEPTED,   METRIC_FAILED,
                                       METRIC_PARTIAL,   METRIC_CALLS,      METRIC_ATTEMPTS,
                                       METRIC_THROTTLES, METRIC_CACHE_HITS, METRIC_COST_TOTAL};

static double near(double e, double mcse, double h, double scale, const char *what)
{
    const double bound = fmax(fmax(0.02 * e, 3 * mcse), 0.002 * scale);
    check_at(fabs(e - h) <= bound, __FILE__, __LINE__, "%s: %g in events, %g hourly, bound %g", what, e, h, bound);
    return e;
}

/* Frees the scenario. */
static void engines_agree(struct scenario *s, int is_doubted)
{
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, REPLICATIONS), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    check_u64(hourly.cells[0].doubt != 0, (uint64_t)is_doubted);
    const double calls = maker_outcome(&events, 0, METRIC_CALLS)->mean;
    for (size_t i = 0; i < sizeof compared / sizeof compared[0] && !is_doubted; i++) {
        const struct outcome *e = maker_outcome(&events, 0, compared[i]), *h = maker_outcome(&hourly, 0, compared[i]);
        const int is_cost = compared[i] == METRIC_COST_TOTAL;
        const double upstream = maker_outcome(&events, 0, METRIC_UPSTREAM)->mean; /* cost, were nothing remembered */
        near(e->mean, e->mcse, h->mean, is_cost ? e->mean * calls / upstream : calls, metric_rows[compared[i]].name);
    }
    check_i64(events.n_steps, 4 * s->routes[0].n_steps);
    for (int64_t j = 0; j < events.n_steps && !is_doubted; j++) {
        check_text(hourly.steps[j].task_step, events.steps[j].task_step);
        near(events.steps[j].outcomes[STEP_CALLS].mean, events.steps[j].outcomes[STEP_CALLS].mcse,
             hourly.steps[j].outcomes[STEP_CALLS].mean, calls, events.steps[j].task_step);
    }
    check_rel(maker_outcome(&hourly, 0, METRIC_TASK_MEAN)->mean, maker_outcome(&events, 0, METRIC_TASK_MEAN)->mean,
              0.05);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

static void with_errors(void)
{
    engines_agree(agent(0.05), 0);
}

static void with_retries_of_a_step(void)
{
    struct scenario *s = agent(0.1);
    for (int j = 0; j < 4; j += 3)
        s->workloads[0].task[j].retries[s->workloads[0].task[j].n_retries++] = layer_of(RETRY_BOTOCORE_STANDARD);
    engines_agree(s, 0);
}

static void with_a_quota(void)
{
    struct scenario *s = agent(0.02);
    s->routes[0].quotas[s->routes[0].n_quotas++] = quota_of(8); /* of some 10: steps of a task are throttled together */
    snprintf(s->routes[0].quotas[0].name, NAME_BYTES, "small");
    engines_agree(s, 1);
}

static void with_outages(void)
{
    struct scenario *s = agent(0.02);
    s->time.horizon_s = 20 * S_PER_DAY;
    s->workloads[0].demand.tasks_per_s = 0.02;
    s->routes[0].availability.mtbf_s = 5 * S_PER_HOUR;
    s->routes[0].availability.mttr_s = 40 * S_PER_MIN;
    engines_agree(s, 0);
}

/* What a step asks is remembered for that step: a hit takes no time. */
static void with_a_response_cache(void)
{
    struct scenario *s = agent(0.02);
    s->workloads[0].task[1].calls = 1; /* of four at once that ask the same all would miss */
    s->workloads[0].task[1].needed = 1;
    s->workloads[0].prompts = (struct prompts){
        .distinct = 500, .set = (int64_t)PARAM_ABSENT, .popularity = "zipf 0.9", .renewed_every_s = PARAM_ABSENT};
    s->gateway.response_cache = (struct response_cache){.ttl_s = S_PER_DAY,
                                                        .capacity = (int64_t)PARAM_ABSENT,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .grace = {CACHE_GRACE_FROM_SWITCH, 0, "unlimited"}};
    s->time.horizon_s = S_PER_DAY;
    s->workloads[0].demand.tasks_per_s = 0.5;
    engines_agree(s, 0);
}

static void as_a_job(void)
{
    struct scenario *s = agent(0.05);
    snprintf(s->workloads[0].demand.at, JOB_TEXT_BYTES, "02:00");
    s->workloads[0].demand.tasks_per_s = 5000.0 / S_PER_DAY;
    s->workloads[0].demand.over_s = S_PER_HOUR;
    s->time.horizon_s = 3 * S_PER_DAY;
    engines_agree(s, 0);
}

static void with_hedges_of_a_step(void)
{
    struct scenario *s = agent(0.02);
    s->workloads[0].task[3].hedge.quantile_share = 0.9;
    engines_agree(s, 0);
}

/* Who got no answer asks again, and the whole task is done once more. */
static void with_users_who_ask_again(void)
{
    struct scenario *s = agent(0.05);
    s->workloads[0].demand.asks_again = (struct asks_again){0.8, {20, REACT_EXPONENTIAL}, 3, 0};
    engines_agree(s, 0);
}

/* Workers who each see a task through before they begin the next one. */
static void with_workers_in_a_closed_loop(void)
{
    struct scenario *s = agent(0.05);
    s->workloads[0].demand.tasks_per_s = PARAM_ABSENT;
    s->workloads[0].demand.agents = (struct agents){40, {5, REACT_EXPONENTIAL}};
    engines_agree(s, 0);
}

static void a_long_task_is_doubted(void)
{
    struct scenario *s = agent(0);
    s->routes[0].latency.part[LATENCY_TTFT].mean_s = 120;
    s->routes[0].latency.part[LATENCY_TTFT].p95_s = 240;
    s->workloads[0].demand.tasks_per_s = 0.05;
    engines_agree(s, 1);
}

/* ---- the books ---- */

static void cells_steps_and_bills_agree(void)
{
    struct scenario *s = agent(0.05);
    struct result r;
    s->n_windows = 1;
    snprintf(s->windows[0].name, NAME_BYTES, "second");
    s->windows[0].day_at_s = INSTANT_ABSENT;
    s->windows[0].from_at_s = MONDAY_AT_S + S_PER_HOUR;
    s->windows[0].to_at_s = MONDAY_AT_S + 2 * S_PER_HOUR;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 3), &r);
    check_i64(r.n_cells, 2);
    check_i64(r.n_steps, 8);
    for (int64_t c = 0; c < 2; c++) {
        double calls = 0, cost = 0, usage = 0, hours = 0;
        for (int64_t j = 4 * c; j < 4 * c + 4; j++) {
            calls += r.steps[j].outcomes[STEP_CALLS].mean;
            cost += r.steps[j].outcomes[STEP_COST].mean;
        }
        for (int64_t i = 0; i < r.by_window.n; i++) {
            const struct usage_row *row = &r.by_window.rows[i];
            if (row->span != c) continue;
            check_i64(row->workload, 0);
            usage += row->cost_usd.mean;
            for (int64_t k = 0; k < i; k++) { /* one line of a bill, however many steps pay for it */
                const struct usage_row *other = &r.by_window.rows[k];
                check(other->span != row->span || strcmp(other->model, row->model) != 0 ||
                      other->token_class != row->token_class || other->unit_price_usd != row->unit_price_usd);
            }
        }
        for (int32_t h = 0; c == 0 && h < r.n_spans - r.n_windows; h++)
            hours += result_hour_count(&r, 0, h, 0, 0, METRIC_CALLS);
        check_rel(calls, maker_outcome(&r, c, METRIC_UPSTREAM)->mean, 1e-12);
        check_rel(cost, maker_outcome(&r, c, METRIC_COST_TOTAL)->mean, 1e-12);
        check_rel(usage, cost, 1e-12);
        if (c == 0) check_rel(hours, maker_outcome(&r, c, METRIC_CALLS)->mean, 1e-12);
    }
    double by_hour = 0;
    for (int64_t i = 0; i < r.by_hour.n; i++)
        by_hour += r.by_hour.rows[i].cost_usd.mean;
    check_rel(by_hour, maker_outcome(&r, 0, METRIC_COST_TOTAL)->mean, 1e-12);
    result_free(&r);
    free(s);
}

/* One step, once: the same tasks at the same instants as without a graph, and the same bill. */
static void a_graph_of_one_step_is_a_task_of_one_call(void)
{
    struct scenario *s = maker_scenario();
    struct result plain, graph;
    s->workloads[0].tokens.input = maker_fixed(1000); /* a whole number: nothing is drawn for it */
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &plain);
    s->workloads[0].n_task_steps = 1;
    s->workloads[0].task[0] = step_of("call");
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &graph);
    for (int m = 0; m < METRIC_N; m++) {
        check_u64(graph.cells[0].outcomes[m].n, plain.cells[0].outcomes[m].n);
        check_rel(graph.cells[0].outcomes[m].mean, plain.cells[0].outcomes[m].mean, 1e-12);
    }
    result_free(&plain);
    result_free(&graph);
    free(s);
}

/* Fixed times: 1 s a call; plan, search or reflect, and one answer take 3 s. */
static void the_critical_path_of_fixed_times(void)
{
    struct scenario *s = agent(0);
    struct result r;
    maker_route(&s->routes[0]); /* 1 s a call */
    s->workloads[0].task[3].times.mean = PARAM_ABSENT;
    for (int engine = 0; engine < 2; engine++) {
        maker_run(s, NULL, maker_options(engine == 0 ? ENGINE_EVENTS : ENGINE_HOURLY, 1), &r);
        check_rel(maker_outcome(&r, 0, METRIC_TASK_MEAN)->mean, 3, 1e-9);
        check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean / maker_outcome(&r, 0, METRIC_TASKS)->mean, 7, 2e-3);
        result_free(&r);
    }
    free(s);
}

/* A reordering of the file leaves every draw of the task as it was. */
static void the_order_of_the_steps_does_not_matter(void)
{
    struct scenario *s = agent(0.05);
    struct result before, after;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &before);
    const struct task_step search = s->workloads[0].task[1];
    s->workloads[0].task[1] = s->workloads[0].task[3];
    s->workloads[0].task[3] = search;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 2), &after);
    for (int m = 0; m < METRIC_N; m++) /* dollars are added up in the order of the file: the last bit may differ */
        check_rel(after.cells[0].outcomes[m].mean, before.cells[0].outcomes[m].mean, 1e-14);
    result_free(&before);
    result_free(&after);
    free(s);
}

static const struct test tests[] = {
    {"cells, steps and bills agree", cells_steps_and_bills_agree, FAST},
    {"a graph of one step is a task of one call", a_graph_of_one_step_is_a_task_of_one_call, FAST},
    {"the critical path of fixed times", the_critical_path_of_fixed_times, FAST},
    {"the order of the steps in the file does not matter", the_order_of_the_steps_does_not_matter, FAST},
    {"both engines agree with errors", with_errors, MANY},
    {"both engines agree with retries of a step", with_retries_of_a_step, MANY},
    {"both engines agree with a quota", with_a_quota, MANY},
    {"both engines agree with outages", with_outages, MANY},
    {"both engines agree with a response cache", with_a_response_cache, MANY},
    {"both engines agree with hedges of a step", with_hedges_of_a_step, MANY},
    {"both engines agree with users who ask again", with_users_who_ask_again, MANY},
    {"both engines agree with workers in a closed loop", with_workers_in_a_closed_loop, MANY},
    {"both engines agree about a job", as_a_job, MANY},
    {"a task that lasts long for a bin is doubted", a_long_task_is_doubted, MANY},
};
TEST_MAIN("task_twins", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two forms of a task held together: random graphs, each simulated call by call through the state machine with
 * lognormal durations, and expected. Shares and calls: |z| <= 5 with a standard error of at most 0.6 % (60 graphs with
 * some 10 numbers each: a false alarm in 3,000 runs of the test), and calls 3 %, where the
 * form does not say that it is unsure (of more than 2 % of the calls). Times:
 * 3 %, what two moments of a lognormal law are worth at joins (models/task_span.h); 15 % for graphs whose branches share
 * steps, or where k of n are waited for, which the form takes as independent (models/task_hourly.h). */
#include "models/task_hourly.h"

#include <math.h>
#include <stdio.h>

#include "sim/draw.h"
#include "tests/harness.h"
#include "tests/task_maker.h"

enum { TASKS = 40000, CALLS_MOST = 4096 };

static double uniform(uint64_t *state)
{
    return ((double)(test_random(state) >> 11) + 0.5) * 0x1p-53;
}

struct pending {
    double at_s;
    int32_t step, round, is_answered;
};

struct simulated {
    double accepted, partial, calls[TASK_STEPS_MOST], lasts_s, lasts_s2;
};

struct one_task {
    const struct task_terms *terms;
    const struct task_load *load;
    struct task_state state;
    struct pending calls[CALLS_MOST];
    int n;
    double now_s, over_at_s;
    struct simulated *sum;
    uint64_t *seed;
};

static void begin(struct one_task *t, uint32_t steps)
{
    for (int32_t j = 0; steps >> j != 0; j++) {
        if ((steps >> j & 1) == 0) continue;
        if (t->state.steps[j].rounds == 0)
            task_step_begin(&t->state, j, task_rounds_draw(&t->terms->steps[j].rounds, uniform(t->seed)));
        const int32_t n = task_round_begin(t->terms, &t->state, j), round = t->state.steps[j].round;
        const struct span_law law = span_law_of(t->load->call[j]);
        t->sum->calls[j] += n;
        for (int32_t i = 0; i < n && t->n < CALLS_MOST; i++)
            t->calls[t->n++] = (struct pending){
                t->now_s + (law.sigma > 0 ? floe_draw_lognormal(uniform(t->seed), law.mu, law.sigma) : exp(law.mu)), j,
                round, uniform(t->seed) < t->load->answered[j]};
    }
}

static void simulate_one(struct one_task *t)
{
    t->n = 0;
    t->now_s = 0;
    begin(t, task_begin(t->terms, &t->state));
    while (t->n > 0 && !t->state.is_over) {
        int first = 0;
        for (int i = 1; i < t->n; i++)
            if (t->calls[i].at_s < t->calls[first].at_s) first = i;
        const struct pending call = t->calls[first];
        t->calls[first] = t->calls[--t->n];
        t->now_s = call.at_s;
        begin(t, task_call_end(t->terms, &t->state, call.step, call.round, call.is_answered));
    }
    if (t->state.is_failed) return;
    t->sum->accepted++;
    t->sum->partial += task_is_partial(t->terms, &t->state);
    t->sum->lasts_s += t->now_s;
    t->sum->lasts_s2 += t->now_s * t->now_s;
}

static void make_graph(struct task_terms *terms, struct task_load *load, uint64_t *seed, int is_series_parallel)
{
    struct task_step steps[TASK_STEPS_MOST];
    const int32_t n = 2 + (int32_t)(test_random(seed) % 5);
    for (int32_t j = 0; j < n; j++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%d", (int)j);
        steps[j] = step_of(name);
        if (is_series_parallel && j > 0) /* a fork behind the first, and a join at the end */
            for (int32_t i = 0; i < j; i++) {
                if ((j < n - 1 && i == 0) || (j == n - 1 && (i > 0 || n == 2))) step_after(&steps[j], steps[i].name);
            }
        if (!is_series_parallel)
            for (int32_t i = 0; i < j; i++)
                if (test_random(seed) % 2 == 0) step_after(&steps[j], steps[i].name);
        steps[j].calls = 1 + (int64_t)(test_random(seed) % 4);
        steps[j].needed = 1 + (int64_t)(test_random(seed) % (uint64_t)steps[j].calls);
        steps[j].is_essential = j == 0 || test_random(seed) % 3 > 0;
        if (test_random(seed) % 3 == 0) {
            steps[j].times.mean = 1 + 3 * uniform(seed);
            steps[j].times.most = 10;
        }
        if (!is_series_parallel && steps[j].n_after > 1 && test_random(seed) % 3 == 0)
            steps[j].needs = steps[j].n_after - 1;
        load->answered[j] = 1 - 0.08 * uniform(seed);
        const double mean_s = exp(2 * uniform(seed)), cv = test_random(seed) % 4 == 0 ? 0 : 0.3 + 0.6 * uniform(seed);
        load->call[j] = load->failed_call[j] = span_of(mean_s, cv * cv * mean_s * mean_s);
    }
    task_derive(steps, n, terms);
}

/* |z| <= 5, and a standard error that would show 3 %. */
static int is_near(double got, double want, double sd)
{
    const double error = sd / sqrt(TASKS);
    return check(error <= 0.006 * fmax(1, want)) & check(fabs(got - want) <= 5 * error + 1e-9);
}

/* Over seeds; what the form is not sure of is left out, and counted. */
static void forms_agree(int graphs, uint64_t seed, int is_series_parallel, double time_error)
{
    static struct one_task task;
    int unsure = 0;
    for (int g = 0; g < graphs; g++) {
        struct task_terms terms;
        struct task_load load;
        struct simulated sum;
        memset(&load, 0, sizeof load);
        memset(&sum, 0, sizeof sum);
        make_graph(&terms, &load, &seed, is_series_parallel);
        const struct task_expected e = task_expect(&terms, &load);
        task.terms = &terms, task.load = &load, task.sum = &sum, task.seed = &seed;
        for (int i = 0; i < TASKS; i++)
            simulate_one(&task);
        unsure += e.is_unsure;
        const double a = e.accepted;
        if (!is_near(sum.accepted / TASKS, a, sqrt(a * (1 - a))) ||
            !is_near(sum.partial / TASKS, e.partial, sqrt(e.partial * (1 - e.partial)) + 1e-3))
            printf("    graph %d\n", g);
        for (int32_t j = 0; j < terms.n && !e.is_unsure; j++) {
            const double each = e.calls[j] > 0 ? terms.steps[j].calls * 3.0 : 0; /* a bound of the spread */
            const double bound = fmax(5 * each / sqrt(TASKS), 0.03 * e.calls[j]);
            if (!check(fabs(sum.calls[j] / TASKS - e.calls[j]) <= bound))
                printf("    graph %d step %d: %g against %g\n", g, (int)j, sum.calls[j] / TASKS, e.calls[j]);
        }
        if (!check_rel(e.lasts.mean_s, sum.lasts_s / sum.accepted, time_error)) {
            printf("    graph %d\n", g);
        }
    }
    check(unsure * 2 < graphs);
}

static void series_parallel_graphs_agree(void)
{
    forms_agree(30, 7, 1, 0.03);
}

static void other_graphs_agree(void)
{
    forms_agree(30, 11, 0, 0.15);
}

/* plan -> four calls of which three -> answer: by hand. */
static void a_small_graph_has_its_closed_form(void)
{
    struct task_step steps[3] = {step_of("plan"), step_of("search"), step_of("answer")};
    struct task_terms terms;
    struct task_load load = {{0.95, 0.95, 0.95}, {{2, 0}, {3, 0}, {1, 0}}, {{2, 0}, {3, 0}, {1, 0}}};
    steps[1].calls = 4;
    steps[1].needed = 3;
    step_after(&steps[1], "plan");
    step_after(&steps[2], "search");
    task_derive(steps, 3, &terms);
    const struct task_expected e = task_expect(&terms, &load);
    const double round = pow(0.95, 4) + 4 * pow(0.95, 3) * 0.05;
    check_rel(e.accepted, 0.95 * round * 0.95, 1e-12);
    check_rel(e.calls[1], 0.95 * 4, 1e-12);
    check_rel(e.calls[2], 0.95 * round, 1e-12);
    check_rel(e.lasts.mean_s, 6, 1e-12);
    check_abs(e.partial, 0, 1e-15);
    check(!e.is_unsure);
}

static void a_loop_has_its_closed_form(void)
{
    struct task_step step = step_of("think");
    struct task_terms terms;
    struct task_load load = {{0.9}, {{2, 1}}, {{2, 1}}};
    step.times.count = 3;
    task_derive(&step, 1, &terms);
    const struct task_expected e = task_expect(&terms, &load);
    check_rel(e.accepted, 0.729, 1e-12);
    check_rel(e.calls[0], 1 + 0.9 + 0.81, 1e-12);
    check_rel(e.lasts.mean_s, 6, 1e-12);
    check_rel(e.lasts.var_s2, 3, 1e-12);
}

/* 0.999^n for the calls of a task, one after the other. */
static void three_nines_of_many_calls(void)
{
    static const struct {
        int64_t n;
        double want;
    } cases[] = {{8, 0.9920}, {20, 0.9802}, {80, 0.9231}};
    for (size_t i = 0; i < 3; i++) {
        struct task_step step = step_of("call");
        struct task_terms terms;
        struct task_load load = {{0.999}, {{1, 0}}, {{1, 0}}};
        step.times.count = cases[i].n;
        task_derive(&step, 1, &terms);
        check_abs(task_expect(&terms, &load).accepted, cases[i].want, 5e-5);
    }
}

static const struct test tests[] = {
    {"a small graph has its closed form", a_small_graph_has_its_closed_form, FAST},
    {"a loop has its closed form", a_loop_has_its_closed_form, FAST},
    {"0.999^n: 0.9920, 0.9802, 0.9231 for 8, 20, 80 calls", three_nines_of_many_calls, FAST},
    {"forks and joins: events and expectations agree", series_parallel_graphs_agree, MANY},
    {"any graph: events and expectations agree", other_graphs_agree, MANY},
};

TEST_MAIN("task_hourly", tests)

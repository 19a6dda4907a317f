/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/task.h"

#include <math.h>

#include "tests/harness.h"
#include "tests/task_maker.h"

#define BIT(J) (1u << (J))

static double uniform(uint64_t *state)
{
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

/* ---- rounds ---- */

static void rounds_have_the_mean_that_was_asked_for(void)
{
    static const struct {
        double mean;
        int64_t most;
    } cases[] = {{1, -1}, {2, 6}, {3.5, 6}, {4, 12}, {20, -1}, {64.5, 128}, {1.0001, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct task_times times = {.count = -1, .mean = cases[i].mean, .most = cases[i].most};
        struct task_rounds rounds;
        double sum = 0;
        task_rounds_derive(&times, &rounds);
        check_i64(rounds.most, cases[i].most > 0 ? cases[i].most : TASK_ROUNDS_MOST);
        check_rel(task_rounds_mean(&rounds), cases[i].mean, 1e-9);
        for (int32_t n = 0; n < rounds.most; n++)
            sum += rounds.p[n];
        check_rel(sum, 1, 1e-12);
        for (int32_t n = 2; n < rounds.most && rounds.p[n] > 1e-200; n++) /* the same chance of another, each time */
            check_rel(rounds.p[n] / rounds.p[n - 1], rounds.p[1] / rounds.p[0], 1e-9);
    }
}

static void a_count_is_always_the_same_and_shares_are_themselves(void)
{
    const struct task_times five = {.count = 5, .mean = PARAM_ABSENT, .most = -1};
    const struct task_times shares = {
        .count = -1, .mean = PARAM_ABSENT, .most = -1, .n_shares = 3, .shares = {0.5, 0.3, 0.2}};
    struct task_rounds rounds;
    task_rounds_derive(&five, &rounds);
    check_i64(task_rounds_draw(&rounds, 1e-9), 5);
    check_i64(task_rounds_draw(&rounds, 1 - 1e-9), 5);
    check_rel(task_rounds_mean(&rounds), 5, 1e-15);
    task_rounds_derive(&shares, &rounds);
    check_rel(task_rounds_mean(&rounds), 1.7, 1e-12);
    check_i64(task_rounds_draw(&rounds, 0.4999), 1);
    check_i64(task_rounds_draw(&rounds, 0.5001), 2);
    check_i64(task_rounds_draw(&rounds, 0.7999), 2);
    check_i64(task_rounds_draw(&rounds, 0.8001), 3);
}

/* ---- the state machine ---- */

/* plan -> {search, reflect (optional)} -> answer */
static int32_t make_agent(struct task_step *steps)
{
    steps[0] = step_of("plan");
    steps[1] = step_of("search");
    steps[2] = step_of("reflect");
    steps[3] = step_of("answer");
    step_after(&steps[1], "plan");
    step_after(&steps[2], "plan");
    step_after(&steps[3], "search");
    step_after(&steps[3], "reflect");
    steps[1].calls = 4;
    steps[1].needed = 3;
    steps[2].is_essential = 0;
    return 4;
}

/* Begins a round of one step, drawing nothing. */
static int32_t begin_round(const struct task_terms *terms, struct task_state *state, int32_t j, int32_t rounds)
{
    if (state->steps[j].rounds == 0) task_step_begin(state, j, rounds);
    return task_round_begin(terms, state, j);
}

static void steps_wait_for_those_that_they_come_after(void)
{
    struct task_step steps[TASK_STEPS_MOST];
    struct task_terms terms;
    struct task_state state;
    task_derive(steps, make_agent(steps), &terms);
    check_u64(task_begin(&terms, &state), BIT(0));
    check_i64(begin_round(&terms, &state, 0, 1), 1);
    check_u64(task_call_end(&terms, &state, 0, 1, 1), BIT(1) | BIT(2));
    check_i64(begin_round(&terms, &state, 1, 1), 4);
    (void)begin_round(&terms, &state, 2, 1);
    check_u64(task_call_end(&terms, &state, 2, 1, 0), 0); /* optional: the task goes on */
    check(!state.is_over);
    check_u64(task_call_end(&terms, &state, 1, 1, 0), 0);
    check_u64(task_call_end(&terms, &state, 1, 1, 1), 0);
    check_u64(task_call_end(&terms, &state, 1, 1, 1), 0);
    check_u64(task_call_end(&terms, &state, 1, 1, 1), BIT(3)); /* the third of four */
    (void)begin_round(&terms, &state, 3, 1);
    check_u64(task_call_end(&terms, &state, 3, 1, 1), 0);
    check(state.is_over && !state.is_failed);
    check(task_is_partial(&terms, &state));
}

static void an_essential_step_that_fails_ends_the_task(void)
{
    struct task_step steps[TASK_STEPS_MOST];
    struct task_terms terms;
    struct task_state state;
    task_derive(steps, make_agent(steps), &terms);
    (void)task_begin(&terms, &state);
    (void)begin_round(&terms, &state, 0, 1);
    (void)task_call_end(&terms, &state, 0, 1, 1);
    (void)begin_round(&terms, &state, 1, 1);
    (void)begin_round(&terms, &state, 2, 1);
    check_u64(task_call_end(&terms, &state, 1, 1, 0), 0);
    check(!state.is_over);
    check_u64(task_call_end(&terms, &state, 1, 1, 0), 0); /* two of four are one too many */
    check(state.is_over && state.is_failed);
    check_u64(task_call_end(&terms, &state, 2, 1, 1), 0); /* a straggler begins nothing */
    check(state.is_failed && !task_is_partial(&terms, &state));
}

static void a_loop_makes_its_rounds_and_ends_with_one_that_fails(void)
{
    struct task_step steps[1] = {step_of("think")};
    struct task_terms terms;
    struct task_state state;
    steps[0].calls = 2;
    steps[0].needed = 1;
    task_derive(steps, 1, &terms);
    (void)task_begin(&terms, &state);
    (void)begin_round(&terms, &state, 0, 2);
    check_u64(task_call_end(&terms, &state, 0, 1, 1), BIT(0)); /* the first answer: on to round 2 */
    check_u64(task_call_end(&terms, &state, 0, 1, 1), 0);      /* the second one at the same instant: not once more */
    (void)task_begin(&terms, &state);
    (void)begin_round(&terms, &state, 0, 3);
    check_u64(task_call_end(&terms, &state, 0, 1, 1), BIT(0));
    (void)begin_round(&terms, &state, 0, 3);
    check_u64(task_call_end(&terms, &state, 0, 1, 0), 0); /* a straggler of round 1 */
    check_u64(task_call_end(&terms, &state, 0, 2, 0), 0);
    check(!state.is_over);
    check_u64(task_call_end(&terms, &state, 0, 2, 1), BIT(0));
    (void)begin_round(&terms, &state, 0, 3);
    check_u64(task_call_end(&terms, &state, 0, 3, 0), 0);
    check_u64(task_call_end(&terms, &state, 0, 3, 0), 0);
    check(state.is_over && state.is_failed);
}

/* Three voters of which two are needed, and a place where they meet. */
static void k_of_n_steps_are_enough(void)
{
    struct task_step steps[4] = {step_of("a"), step_of("b"), step_of("c"), step_of("vote")};
    struct task_terms terms;
    struct task_state state;
    for (int i = 0; i < 3; i++) {
        steps[i].is_essential = 0;
        step_after(&steps[3], steps[i].name);
    }
    steps[3].needs = 2;
    steps[3].calls = 0;
    task_derive(steps, 4, &terms);
    check_u64(task_begin(&terms, &state), BIT(0) | BIT(1) | BIT(2));
    for (int32_t j = 0; j < 3; j++)
        (void)begin_round(&terms, &state, j, 1);
    (void)task_call_end(&terms, &state, 1, 1, 0);
    (void)task_call_end(&terms, &state, 0, 1, 1);
    check(!state.is_over);
    (void)task_call_end(&terms, &state, 2, 1, 1);
    check(state.is_over && !state.is_failed);
    check(!task_is_partial(&terms, &state)); /* two of three is what was asked for */
    (void)task_begin(&terms, &state);
    for (int32_t j = 0; j < 3; j++)
        (void)begin_round(&terms, &state, j, 1);
    (void)task_call_end(&terms, &state, 1, 1, 0);
    (void)task_call_end(&terms, &state, 0, 1, 0); /* two can no longer succeed */
    check(state.is_over && state.is_failed);
}

/* ---- random graphs against the rules, said another way ---- */

struct random_task {
    struct task_step steps[TASK_STEPS_MOST];
    int32_t n;
    struct task_terms terms;
};

static void make_random(struct random_task *task, uint64_t *seed)
{
    task->n = 1 + (int32_t)(test_random(seed) % TASK_STEPS_MOST);
    for (int32_t j = 0; j < task->n; j++) {
        char name[16];
        (void)snprintf(name, sizeof name, "s%d", (int)j);
        task->steps[j] = step_of(name);
        for (int32_t i = 0; i < j; i++)
            if (test_random(seed) % 3 == 0) step_after(&task->steps[j], task->steps[i].name);
        const int32_t n_after = task->steps[j].n_after;
        if (n_after > 0 && test_random(seed) % 3 == 0)
            task->steps[j].needs = 1 + (int64_t)(test_random(seed) % (uint64_t)n_after);
        task->steps[j].calls = (int64_t)(test_random(seed) % 4);
        if (task->steps[j].calls > 0)
            task->steps[j].needed = 1 + (int64_t)(test_random(seed) % (uint64_t)task->steps[j].calls);
        task->steps[j].is_essential = j == 0 || test_random(seed) % 2 == 0;
    }
    task_derive(task->steps, task->n, &task->terms);
}

struct open_call {
    int32_t step, round, is_answered;
};

struct walk {
    const struct random_task *task;
    struct task_state state;
    struct open_call calls[4096];
    int32_t n_calls, rounds[TASK_STEPS_MOST];
    uint32_t begun_after_end; /* must stay 0 */
};

/* All that `begin` says, each with a fixed outcome per call. */
static void walk_begin(struct walk *w, uint32_t begin, uint64_t *seed)
{
    for (int32_t j = 0; begin >> j != 0; j++) {
        if ((begin >> j & 1) == 0) continue;
        w->begun_after_end |= (uint32_t)w->state.is_over;
        if (w->state.steps[j].rounds == 0) task_step_begin(&w->state, j, w->rounds[j]);
        const int32_t n = task_round_begin(&w->task->terms, &w->state, j);
        for (int32_t i = 0; i < n; i++)
            w->calls[w->n_calls++] = (struct open_call){j, w->state.steps[j].round, uniform(seed) < 0.8};
    }
}

/* Ends calls in any order until none is left. */
static void walk_all(struct walk *w, uint64_t *seed)
{
    walk_begin(w, task_begin(&w->task->terms, &w->state), seed);
    while (w->n_calls > 0) {
        const int32_t i = (int32_t)(test_random(seed) % (uint64_t)w->n_calls);
        const struct open_call call = w->calls[i];
        w->calls[i] = w->calls[--w->n_calls];
        walk_begin(w, task_call_end(&w->task->terms, &w->state, call.step, call.round, call.is_answered), seed);
    }
}

/* Every task ends once, whatever order calls end in: accepted only if all essential steps succeeded. */
static void every_random_task_ends_by_the_rules(void)
{
    static struct walk walk;
    static struct random_task task;
    uint64_t seed = 20261121;
    int n_accepted = 0, n_partial = 0;
    for (int i = 0; i < 20000; i++) {
        make_random(&task, &seed);
        memset(&walk, 0, sizeof walk);
        walk.task = &task;
        for (int32_t j = 0; j < task.n; j++)
            walk.rounds[j] = 1 + (int32_t)(test_random(&seed) % 3);
        walk_all(&walk, &seed);
        const struct task_state *s = &walk.state;
        if (!check(s->is_over) || !check_u64(walk.begun_after_end, 0)) return;
        uint32_t essential = 0;
        for (int32_t j = 0; j < task.n; j++)
            essential |= (uint32_t)task.steps[j].is_essential << j;
        if (!check_u64((uint64_t)s->is_failed, (s->succeeded & essential) != essential)) return;
        if (!s->is_failed && !check_u64(s->ended & task.terms.awaited, task.terms.awaited)) return;
        n_accepted += !s->is_failed;
        n_partial += task_is_partial(&task.terms, s);
    }
    check(n_accepted > 2000 && n_accepted < 18000 && n_partial > 200); /* both outcomes were there */
}

/* ---- what cannot be ---- */

static void refused(const struct task_step *steps, int32_t n, const char *key, const char *what)
{
    struct complaint c;
    memset(&c, 0, sizeof c);
    check_i64(task_check(steps, n, &c), 0);
    check_text(c.key, key);
    check_contains(c.what, what);
}

static void what_cannot_be_is_refused(void)
{
    struct task_step steps[TASK_STEPS_MOST];
    struct complaint c;
    check_i64(task_check(steps, make_agent(steps), &c), 1);
    step_after(&steps[0], "answer");
    refused(steps, 4, "plan.after", "circle: ");
    refused(steps, 4, "plan.after", "plan -> ");
    (void)make_agent(steps);
    step_after(&steps[0], "plan");
    refused(steps, 4, "plan.after", "circle: plan -> plan");
    (void)make_agent(steps);
    step_after(&steps[1], "answer"); /* a way in does not make it less of a circle */
    refused(steps, 4, "search.after", "circle: search -> answer -> search");
    (void)make_agent(steps);
    step_after(&steps[1], "plna");
    refused(steps, 4, "search.after", "no step 'plna'");
    (void)make_agent(steps);
    step_after(&steps[1], "plan");
    refused(steps, 4, "search.after", "twice");
    (void)make_agent(steps);
    steps[1].needed = 5;
    refused(steps, 4, "search.needed", "5 answers are needed of 4 calls");
    (void)make_agent(steps);
    steps[3].needs = 3;
    refused(steps, 4, "answer.needs", "3 steps must succeed of the 2");
    (void)make_agent(steps);
    for (int i = 0; i < 4; i++)
        steps[i].is_essential = 0;
    refused(steps, 4, "plan.essential", "no step is essential");
    (void)make_agent(steps);
    steps[2].calls = 0;
    steps[2].times.count = 3;
    refused(steps, 4, "reflect.times", "nothing to repeat");
}

static const struct test tests[] = {
    {"rounds have the mean that was asked for", rounds_have_the_mean_that_was_asked_for, FAST},
    {"a count is always the same, shares are themselves", a_count_is_always_the_same_and_shares_are_themselves, FAST},
    {"steps wait for those that they come after", steps_wait_for_those_that_they_come_after, FAST},
    {"an essential step that fails ends the task", an_essential_step_that_fails_ends_the_task, FAST},
    {"a loop makes its rounds, and ends with one that fails", a_loop_makes_its_rounds_and_ends_with_one_that_fails,
     FAST},
    {"k of n steps are enough", k_of_n_steps_are_enough, FAST},
    {"every random task ends once, by the rules", every_random_task_ends_by_the_rules, FAST},
    {"what cannot be is refused", what_cannot_be_is_refused, FAST},
};

TEST_MAIN("task", tests)

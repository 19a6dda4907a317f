/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The graph of a task as it is written, and what is wrong in one: where, what and what would be right. */
#include <stdlib.h>

#include "models/load.h"
#include "tests/read_files.h"

#define TASK(STEPS)                                                                                                    \
    SOUND_HEAD                                                                                                         \
    "workloads:\n"                                                                                                     \
    "  chat:\n"                                                                                                        \
    "    demand: {tasks: 6400/day}\n"                                                                                  \
    "    tokens: {input: 2931, output: 400}\n"                                                                         \
    "    model: m\n"                                                                                                   \
    "    task:\n" STEPS "routes: {api: {chain: [from workload]}}\n"

static void a_graph_is_read(void)
{
    struct floe_document *d = sound(
        TASK("      plan: {}\n"
             "      search: {after: plan, calls: 4, needed: 3, tokens: {input: 900, output: 120}}\n"
             "      note: {after: [plan], essential: false, retries: openai-python}\n"
             "      answer: {after: [search, note], needs: 1, times: {mean: 2, most: 6}}\n"));
    const struct scenario *s = &d->scenario;
    const struct task_step *steps = s->workloads[0].task;
    char name[LOAD_NAME_BYTES];
    check_i64(s->workloads[0].n_task_steps, 4);
    check_text(steps[1].name, "search");
    check_i64(steps[1].n_after, 1);
    check_text(steps[1].after[0].name, "plan");
    check_i64(steps[1].calls, 4);
    check_i64(steps[1].needed, 3);
    check_i64(steps[2].is_essential, 0);
    check_i64(steps[2].n_retries, 1);
    check_i64(steps[3].needs, 1);
    check_rel(steps[3].times.mean, 2, 1e-15);
    check_i64(scenario_n_loads(s), 4);
    load_name(scenario_load(s, 1), name);
    check_text(name, "chat.task.search");
    check_rel(load_tokens(scenario_load(s, 1)).input.mean, 900, 1e-15);
    check_rel(load_tokens(scenario_load(s, 0)).input.mean, 2931, 1e-15);
    check_text(load_model(scenario_load(s, 3)), "m");
    floe_document_free(d);
}

static void times_has_short_forms(void)
{
    struct floe_document *d = sound(TASK("      a: {times: 5}\n"
                                         "      b: {times: [50%, 30%, 20%]}\n"));
    check_i64(d->scenario.workloads[0].task[0].times.count, 5);
    check_i64(d->scenario.workloads[0].task[1].times.n_shares, 3);
    check_rel(d->scenario.workloads[0].task[1].times.shares[2], 0.2, 1e-12);
    floe_document_free(d);
}

static void a_circle_is_refused(void)
{
    refused(TASK("      plan: {after: answer}\n"
                 "      search: {after: plan}\n"
                 "      answer: {after: search}\n"),
            10, 21, "circle: plan -> search -> answer -> plan", "`times`");
    refused(TASK("      plan: {after: [plan]}\n"), 10, 21, "circle: plan -> plan", "");
}

static void k_of_fewer_is_refused(void)
{
    refused(TASK("      plan: {calls: 4, needed: 5}\n"), 10, 32, "5 answers are needed of 4 calls", "1 to `calls`");
    refused(TASK("      plan: {}\n"
                 "      answer: {after: plan, needs: 2}\n"),
            11, 36, "2 steps must succeed of the 1", "`after`");
}

static void names_are_looked_up(void)
{
    refused(TASK("      plan: {}\n"
                 "      answer: {after: [plan, serch]}\n"),
            11, 23, "no step 'serch'", "plan, answer");
    refused(TASK("      plan: {model: k}\n"), 10, 21, "the model 'k' has no prices", "");
    refused(TASK("      plan: {retries: [botocore]}\n"), 10, 24, "'botocore' is not one of", "");
    refused(TASK("      plan: {service_tier: night}\n"), 10, 28, "'night' is not one of: standard, real-time", "");
}

static void what_belongs_to_tasks_without_steps_is_refused(void)
{
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 6400/day, calls_per_task: 3}, tokens: {input: 1, output: 1},\n"
            "  task: {a: {}}}}\n" SOUND_ROUTES,
            4, 62, "makes the calls that its steps say", "`calls`");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 6400/day, over: 3s}, tokens: {input: 1, output: 1},\n"
                       "  task: {a: {}}}}\n" SOUND_ROUTES,
            4, 52, "makes the calls that its steps say", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 6400/day}, tokens: {input: 1, output: 1},\n"
                       "  prompts: {set: 1, new_each_run: 1}, task: {a: {}}}}\n" SOUND_ROUTES,
            5, 18, "a set of prompts belongs to a task without steps", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 6400/day}, task: {a: {tokens: {input: 3}}}}}\n" SOUND_ROUTES,
            4, 66, "tokens of a call are not given", "");
}

static void rounds_outside_their_range_are_refused(void)
{
    refused(TASK("      a: {times: 0}\n"), 10, 18, "'0' is out of range; allowed: 1 to 128", "");
    refused(TASK("      a: {times: {mean: 8, most: 6}}\n"), 10, 25, "has a mean of at most 3.5", "");
    refused(TASK("      a: {times: {mean: 2, count: 2}}\n"), 10, 35, "one of them", "");
    refused(TASK("      a: {times: [50%, 30%]}\n"), 10, 18, "add up to 80%", "");
    refused(TASK("      a: {times: {mean: 2, mots: 6}}\n"), 10, 28, "unknown key 'mots'", "most");
    refused(TASK("      a: {times: {n: 6}}\n"), 10, 19, "unknown key 'n'", "count, mean, most, shares");
}

static void too_many_steps_are_refused(void)
{
    char yaml[8000];
    size_t n = (size_t)snprintf(yaml, sizeof yaml, SOUND_HEAD "workloads:\n");
    for (int w = 0; w < 4; w++) {
        n += (size_t)snprintf(yaml + n, sizeof yaml - n,
                              "  w%d:\n    demand: {tasks: 1/day}\n    tokens: {input: 1, output: 1}\n    task:\n", w);
        for (int j = 0; j < 9; j++)
            n += (size_t)snprintf(yaml + n, sizeof yaml - n, "      s%d: {}\n", j);
    }
    (void)snprintf(yaml + n, sizeof yaml - n, SOUND_ROUTES);
    refused(yaml, 4, 1, "are 36 together; at most 32", "fewer steps");
}

static void expectations_name_a_step_of_a_task(void)
{
    struct floe_document *d = sound(TASK("      plan: {}\n") "lesson: {expect: [{task_step: plan, calls: 3}]}\n");
    check_i64(d->expects.n, 1);
    check_text(d->expects.items[0].task_step, "plan");
    check_i64(d->expects.items[0].step, 1);
    floe_document_free(d);
    refused(TASK("      plan: {}\n") "lesson: {expect: [{task_step: pan, calls: 3}]}\n", 12, 31,
            "no task has a step 'pan'", "workloads.NAME.task");
}

static const struct test tests[] = {
    {"a graph is read", a_graph_is_read, FAST},
    {"`times` has short forms", times_has_short_forms, FAST},
    {"a circle is refused, with its way round", a_circle_is_refused, FAST},
    {"k of fewer than k is refused", k_of_fewer_is_refused, FAST},
    {"names are looked up", names_are_looked_up, FAST},
    {"what belongs to tasks without steps is refused beside them", what_belongs_to_tasks_without_steps_is_refused,
     FAST},
    {"rounds outside their range are refused", rounds_outside_their_range_are_refused, FAST},
    {"more steps than a run follows are refused", too_many_steps_are_refused, FAST},
    {"expectations name a step of a task", expectations_name_a_step_of_a_task, FAST},
};
TEST_MAIN("read_task", tests)

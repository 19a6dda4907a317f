/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lesson 7 with users in it, as a reader runs it: the file keeps its `expect:` rows and loses one when what keeps the
 * overload alive, or what ends it, is taken away; then what the page says about the bill. */
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

#define LESSON "scenarios/lessons/07-users-who-ask-again.yaml"

static void check_expect(const char *options, int status, const char *said)
{
    char arguments[600];
    snprintf(arguments, sizeof arguments, "run " LESSON " --expect --quiet --replications 2 %s", options);
    struct program_run run = program_run(FLOE_BINARY, arguments);
    check_at(run.exit_status == status, __FILE__, __LINE__, "%s ends with %d: %s", arguments, run.exit_status, run.err);
    check_contains(run.err, said);
    program_free(&run);
}

static void the_file_holds(void)
{
    check_expect("", 0, "rows hold");
}

static void a_lesson_that_stops_being_true_fails(void)
{
    static const struct {
        const char *set, *says;
    } cases[] = {
        {"workloads.answers.demand.asks_again.share=50%", "variant users"},
        {"workloads.answers.demand.asks_again.most=2", "variant users"},
        {"routes.api.quotas.claude-sonnet-4-6.rejections=free", "variant users"},
        {"variants.once.set.workloads.answers.demand.asks_again.most=6", "variant once"},
        {"routes.api.availability=null", "variant nobody"},
        {"variants.workers.set.workloads.answers.demand.agents.think=5s", "variant workers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char options[300];
        snprintf(options, sizeof options, "--set '%s'", cases[i].set);
        check_expect(options, 4, cases[i].says);
    }
}

static double mean_of(const cJSON *json, const char *variant, const char *window, const char *metric)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(json, "cells"))
    {
        const char *v = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(cell, "variant"));
        const char *w = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(cell, "window"));
        if (v == NULL || w == NULL || strcmp(v, variant) != 0 || strcmp(w, window) != 0) continue;
        const cJSON *outcome = cJSON_GetObjectItemCaseSensitive(cell, metric);
        return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(outcome, "mean"));
    }
    check_at(0, __FILE__, __LINE__, "no cell %s, %s", variant, window);
    return 0;
}

/* The quota is used to the full by answers of which less than half are read, and an accepted one costs twice as much. */
static void answers_that_nobody_reads_are_paid_for(void)
{
    struct program_run run = program_run(FLOE_BINARY, "run " LESSON " --quiet --replications 8 --json -");
    cJSON *json = cJSON_Parse(run.out);
    check(json != NULL);
    const double served = mean_of(json, "impatient", "last_quarter", "invocations");
    const double read = mean_of(json, "impatient", "last_quarter", "accepted");
    check_rel(served, 15000, 0.01);
    check_rel(read, 6996, 0.02);
    check_rel(mean_of(json, "impatient", "last_quarter", "lcpr_usd"), 0.0045 * served / read, 0.01);
    check_rel(mean_of(json, "nobody", "last_quarter", "lcpr_usd"), 0.0045, 0.01);
    check_rel(mean_of(json, "users", "last_quarter", "accepted"), 377, 0.05);
    cJSON_Delete(json);
    program_free(&run);
}

static const struct test tests[] = {
    {"the file holds", the_file_holds, FAST},
    {"a lesson that stops being true fails", a_lesson_that_stops_being_true_fails, MANY},
    {"answers that nobody reads are paid for", answers_that_nobody_reads_are_paid_for, MANY},
};
TEST_MAIN("lessons_users", tests)

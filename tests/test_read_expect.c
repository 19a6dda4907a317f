/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/read_files.h"

static void a_number_means_to_the_digits_written(void)
{
    static const struct {
        const char *value;
        double low, high;
    } cases[] = {{"5.00", 4.995, 5.005},
                 {"338", 337.5, 338.5},
                 {"1.2e3", 1150, 1250},
                 {"0", 0, 0},
                 {"-2.5", -2.55, -2.45},
                 {"300 to 400", 300, 400},
                 {"-1 to 0.5", -1, 0.5},
                 {"{value: 5.00, within: 1%}", 4.95, 5.05},
                 {"{value: -8, within: 0.5}", -12, -4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char yaml[1000];
        snprintf(yaml, sizeof yaml, SOUND "expect:\n  - {calls: %s}\n", cases[i].value);
        struct floe_document *d = sound(yaml);
        check_i64(d->expects.n, 1);
        check_abs(d->expects.items[0].low, cases[i].low, 1e-9);
        check_abs(d->expects.items[0].high, cases[i].high, 1e-9);
        check_text(d->expects.items[0].text, cases[i].value);
        floe_document_free(d);
    }
}

static void a_row_chooses_cells_and_names_metrics(void)
{
    struct floe_document *d = sound(SOUND
                                    "windows: {first: 2026-03-16}\nlesson:\n  number: 1\n  question: 'What is it?'\n  "
                                    "expect: [{workload: chat, route: api, window: first, variant: base, invocations: "
                                    "338, cost_usd: 5.00}]\nexpect:\n  - cost_usd.inference: 4.00\n");
    check_i64(d->expects.n, 3);
    const struct expect *e = d->expects.items;
    check_text(e[0].workload, "chat");
    check_text(e[0].route, "api");
    check_text(e[0].window, "first");
    check_i64(e[0].metric, METRIC_INVOCATIONS);
    check_i64(e[1].metric, METRIC_COST_TOTAL);
    check_i64(e[1].line, 10);
    check_i64(e[1].column, 99);
    check_text(e[2].workload, "");
    check_text(e[2].route, "");
    check_text(e[2].window, "all");
    check_text(e[2].variant, "base");
    check_i64(e[2].metric, METRIC_COST_INFERENCE);
    check_text(d->lesson.number, "1");
    check_text(d->lesson.question, "What is it?");
    floe_document_free(d);
}

static void a_row_may_be_about_a_step_of_the_chain(void)
{
    struct floe_document *d = sound(SOUND "expect: [{step: 2, logged_throttles: 7, cost_usd: 1}, {cost_usd: 2}]\n");
    check_i64(d->expects.n, 3);
    const struct expect *e = d->expects.items;
    check_i64(e[0].step, 2);
    check_i64(e[0].step_metric, STEP_LOGGED_THROTTLES);
    check_i64(e[1].step_metric, STEP_COST);
    check_i64(e[2].step, 0);
    check_i64(e[2].metric, METRIC_COST_TOTAL);
    floe_document_free(d);
    refused(SOUND "expect: [{step: 0, calls: 1}]\n", 6, 17, "from 1 to 5", "1 is the first");
    refused(SOUND "expect: [{step: 6, calls: 1}]\n", 6, 17, "from 1 to 5", "");
    refused(SOUND "expect: [{step: nova, calls: 1}]\n", 6, 17, "from 1 to 5", "");
    refused(SOUND "expect: [{step: 1, tasks: 1}]\n", 6, 20, "unknown metric 'tasks' of a chain step", "");
    refused(SOUND "expect: [{step: 1}]\n", 6, 10, "names no metric", "");
}

static void names_must_exist(void)
{
    refused(SOUND "expect: [{workload: caht, calls: 1}]\n", 6, 21, "the scenario has no workload 'caht'",
            "did you mean 'chat'?");
    refused(SOUND "expect: [{route: apj, calls: 1}]\n", 6, 18, "the scenario has no route 'apj'",
            "did you mean 'api'?");
    refused(SOUND "expect: [{window: monday, calls: 1}]\n", 6, 19, "the scenario has no window 'monday'", "");
    refused(SOUND "expect: [{variant: grace, calls: 1}]\n", 6, 20, "the scenario has no variant 'grace'", "");
    refused(SOUND "expect: [{invocation: 1}]\n", 6, 11, "unknown metric 'invocation'", "did you mean 'invocations'?");
    refused(SOUND "expect: [{cost: 1}]\n", 6, 11, "unknown metric 'cost'", "did you mean 'cost_usd'");
    refused(SOUND "expect: [{zzzzzzzzz: 1}]\n", 6, 11, "unknown metric 'zzzzzzzzz'",
            "workload, route, variant, window");
}

static void wrong_values_are_refused(void)
{
    refused(SOUND "expect: [{calls: many}]\n", 6, 18, "`calls`: 'many' is not a number", "");
    refused(SOUND "expect: [{cost_usd: 5 usd}]\n", 6, 21, "expected values carry no unit", "");
    refused(SOUND "expect: [{calls: 400 to 300}]\n", 6, 18, "no range from a smaller to a larger", "");
    refused(SOUND "expect: [{calls: .nan}]\n", 6, 18, "not a number", "");
    refused(SOUND "expect: [{calls: {value: 5, within: 2 usd}}]\n", 6, 18, "is an amount of money; this wants a share",
            "");
    refused(SOUND "expect: [{calls: {value: 5, within: -1%}}]\n", 6, 18, "one share of at least 0%", "");
    refused(SOUND "expect: [{calls: {value: 5, about: 1%}}]\n", 6, 18, "{value: 5.00, within: 1%}", "");
    refused(SOUND "expect: [{calls: [1, 2]}]\n", 6, 18, "{value: 5.00, within: 1%}", "");
}

static void wrong_shapes_are_refused(void)
{
    refused(SOUND "expect: {calls: 1}\n", 6, 9, "`expect` is a list of rows", "");
    refused(SOUND "expect: [5]\n", 6, 10, "an expect row is a map", "");
    refused(SOUND "expect: [{workload: chat}]\n", 6, 10, "names no metric", "");
    refused(SOUND "lesson: 5\n", 6, 9, "`lesson` is a map", "");
    refused(SOUND "lesson: {guess: 5}\n", 6, 10, "unknown key 'guess' in lesson", "number, question, expect");
    refused(SOUND "lesson: {question: [5]}\n", 6, 20, "`question` is one line", "");
}

static const struct test tests[] = {
    {"a number means to the digits written", a_number_means_to_the_digits_written, FAST},
    {"a row chooses cells and names metrics", a_row_chooses_cells_and_names_metrics, FAST},
    {"a row may be about a step of the chain", a_row_may_be_about_a_step_of_the_chain, FAST},
    {"names must exist", names_must_exist, FAST},
    {"wrong values are refused", wrong_values_are_refused, FAST},
    {"wrong shapes are refused", wrong_shapes_are_refused, FAST},
};
TEST_MAIN("read_expect", tests)

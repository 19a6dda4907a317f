/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * --expect and --fail-if over a result made by hand: two routes, the whole span and one window, in one variant or
 * two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/expect_report.h"
#include "cli/fail_if.h"
#include "harness.h"
#include "scenario_maker.h"

enum { CELLS = 4, CELLS_OF_TWO = 2 * CELLS };

struct desk {
    struct scenario *scenario;
    struct floe_document *document;
    struct result result;
    struct result_span spans[2];
    struct result_cell cells[CELLS_OF_TWO];
    struct expect rows[4];
};

/* Calls: api 10 in all and 4 in the window, open 20 and 8. LCPR only of api, in all. */
static struct desk *desk_make(void)
{
    static const double calls[CELLS] = {10, 4, 20, 8};
    struct desk *d = calloc(1, sizeof *d);
    d->scenario = maker_scenario();
    d->document = calloc(1, sizeof *d->document);
    d->scenario->n_routes = 2;
    d->scenario->routes[1] = d->scenario->routes[0];
    snprintf(d->scenario->routes[1].name, NAME_BYTES, "open");
    snprintf(d->spans[0].window, NAME_BYTES, WINDOW_ALL);
    snprintf(d->spans[1].window, NAME_BYTES, "noon");
    for (int i = 0; i < CELLS; i++) {
        d->cells[i].route = i / 2;
        d->cells[i].span = i % 2;
        d->cells[i].outcomes[METRIC_CALLS] = (struct outcome){.mean = calls[i], .n = 3};
    }
    d->cells[0].outcomes[METRIC_LCPR] = (struct outcome){.mean = 0.05, .n = 3};
    d->result.scenario = d->scenario;
    d->result.n_spans = d->result.n_windows = 2;
    d->result.spans = d->spans;
    d->result.n_variants = 1;
    snprintf(d->result.variants[0], NAME_BYTES, VARIANT_BASE);
    d->result.n_cells = CELLS;
    d->result.cells = d->cells;
    d->document->expects.items = d->rows;
    return d;
}

/* A second variant with a hundred times the calls. */
static struct desk *desk_make_two(void)
{
    struct desk *d = desk_make();
    d->result.n_variants = 2;
    snprintf(d->result.variants[0], NAME_BYTES, "happened");
    snprintf(d->result.variants[1], NAME_BYTES, "never cached");
    d->result.n_cells = CELLS_OF_TWO;
    for (int i = 0; i < CELLS; i++) {
        d->cells[CELLS + i] = d->cells[i];
        d->cells[CELLS + i].variant = 1;
        d->cells[CELLS + i].outcomes[METRIC_CALLS].mean *= 100;
    }
    return d;
}

static void desk_free(struct desk *d)
{
    free(d->scenario);
    free(d->document);
    free(d);
}

/* ---- what is said on stderr ---- */

static char said[4000];
static int kept_stderr;
static FILE *caught;

static void catch_begin(void)
{
    fflush(stderr);
    kept_stderr = dup(STDERR_FILENO);
    caught = tmpfile();
    if (caught == NULL || dup2(fileno(caught), STDERR_FILENO) < 0) abort();
}

static void catch_end(void)
{
    fflush(stderr);
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    rewind(caught);
    said[fread(said, 1, sizeof said - 1, caught)] = '\0';
    fclose(caught);
}

/* ---- expect ---- */

static struct expect *add_row(struct desk *d, enum metric metric, const char *window, double low, double high)
{
    struct expect *e = &d->rows[d->document->expects.n++];
    memset(e, 0, sizeof *e);
    snprintf(e->variant, NAME_BYTES, VARIANT_BASE);
    snprintf(e->window, NAME_BYTES, "%s", window);
    snprintf(e->file, PATH_BYTES, "lesson.yaml");
    e->metric = metric, e->low = low, e->high = high, e->line = 7, e->column = 5;
    return e;
}

static void check_expect(struct desk *d, enum floe_status want, const char *text)
{
    catch_begin();
    const enum floe_status got = expect_report(d->document, &d->result);
    catch_end();
    check_i64(got, want);
    check_contains(said, text);
    d->document->expects.n = 0;
}

static void both_ends_of_an_expected_range_belong_to_it(void)
{
    struct desk *d = desk_make();
    add_row(d, METRIC_CALLS, WINDOW_ALL, 10, 20);
    check_expect(d, FLOE_OK, "1 of 1 rows hold");
    add_row(d, METRIC_CALLS, WINDOW_ALL, 10.5, 20);
    check_expect(d, FLOE_CHECK_FAILED, "lesson.yaml:7:5: expect calls");
    check_contains(said, "chat/api has 10, outside 10.5 to 20");
    check(strstr(said, "chat/open") == NULL);
    add_row(d, METRIC_CALLS, WINDOW_ALL, 10, 19.5);
    check_expect(d, FLOE_CHECK_FAILED, "chat/open has 20, outside");
    desk_free(d);
}

static void a_row_concerns_the_cells_it_names(void)
{
    struct desk *d = desk_make();
    add_row(d, METRIC_CALLS, "noon", 4, 8);
    check_expect(d, FLOE_OK, "1 of 1");
    snprintf(add_row(d, METRIC_CALLS, WINDOW_ALL, 20, 20)->route, NAME_BYTES, "open");
    check_expect(d, FLOE_OK, "1 of 1");
    snprintf(add_row(d, METRIC_CALLS, WINDOW_ALL, 10, 20)->workload, NAME_BYTES, "batch");
    check_expect(d, FLOE_CHECK_FAILED, "no cell of this run answers it");
    snprintf(add_row(d, METRIC_CALLS, WINDOW_ALL, 10, 20)->variant, NAME_BYTES, "cached");
    check_expect(d, FLOE_CHECK_FAILED, "no cell of this run answers it");
    desk_free(d);
}

static struct expect *add_row_of(struct desk *d, const char *variant, double low, double high)
{
    struct expect *e = add_row(d, METRIC_CALLS, WINDOW_ALL, low, high);
    snprintf(e->variant, NAME_BYTES, "%s", variant);
    return e;
}

static void a_row_concerns_its_variant_or_without_one_all(void)
{
    struct desk *d = desk_make_two();
    (void)add_row_of(d, "happened", 10, 20);
    (void)add_row_of(d, "never cached", 1000, 2000);
    (void)add_row_of(d, "", 10, 2000);
    check_expect(d, FLOE_OK, "3 of 3");
    (void)add_row_of(d, "", 10, 20);
    check_expect(d, FLOE_CHECK_FAILED, "chat/api in variant never cached has 1000, outside");
    check(strstr(said, "happened") == NULL);
    (void)add_row_of(d, VARIANT_BASE, 10, 20);
    check_expect(d, FLOE_CHECK_FAILED, "no cell of this run answers it");
    desk_free(d);
}

static void a_row_may_concern_a_step_of_the_chain(void)
{
    struct desk *d = desk_make();
    struct result_step steps[3] = {{.cell = 0, .step = 0}, {.cell = 0, .step = 1}, {.cell = 2, .step = 0}};
    for (int i = 0; i < 3; i++)
        steps[i].outcomes[STEP_CALLS] = (struct outcome){.mean = 7 + i, .n = 3};
    d->result.n_steps = 3, d->result.steps = steps;
    struct expect *e = add_row(d, METRIC_CALLS, WINDOW_ALL, 8, 8);
    e->step = 2, e->step_metric = STEP_CALLS; /* of api; open has no second step */
    check_expect(d, FLOE_OK, "1 of 1");
    e = add_row(d, METRIC_CALLS, WINDOW_ALL, 7, 7);
    e->step = 1, e->step_metric = STEP_CALLS;
    check_expect(d, FLOE_CHECK_FAILED, "chat/open, step 1 has 9, outside 7 to 7");
    check(strstr(said, "chat/api") == NULL);
    e = add_row(d, METRIC_CALLS, WINDOW_ALL, 7, 7);
    e->step = 3, e->step_metric = STEP_CALLS;
    check_expect(d, FLOE_CHECK_FAILED, "no cell of this run answers it");
    desk_free(d);
}

static void one_row_that_fails_fails_them_all(void)
{
    struct desk *d = desk_make();
    add_row(d, METRIC_CALLS, "noon", 4, 8);
    add_row(d, METRIC_CALLS, "noon", 5, 8);
    add_row(d, METRIC_CALLS, WINDOW_ALL, 10, 20);
    check_expect(d, FLOE_CHECK_FAILED, "2 of 3 rows hold");
    desk_free(d);
}

static void a_number_that_is_not_defined_does_not_pass(void)
{
    struct desk *d = desk_make();
    snprintf(add_row(d, METRIC_LCPR, WINDOW_ALL, 0, 1)->route, NAME_BYTES, "open");
    check_expect(d, FLOE_CHECK_FAILED, "no cell of this run answers it");
    add_row(d, METRIC_LCPR, WINDOW_ALL, 0.05, 0.05); /* api answers */
    check_expect(d, FLOE_OK, "1 of 1");
    desk_free(d);
}

static void a_scenario_that_expects_nothing_does_not_pass(void)
{
    struct desk *d = desk_make();
    check_expect(d, FLOE_CHECK_FAILED, "has no expect rows");
    desk_free(d);
}

/* ---- fail-if ---- */

static int fails(struct desk *d, const char *expression)
{
    struct options options;
    memset(&options, 0, sizeof options);
    options.fail_ifs[0] = expression;
    options.n_fail_ifs = 1;
    catch_begin();
    const enum floe_status syntax = fail_if_check_syntax(&options);
    const enum floe_status status = fail_if_evaluate(&options, &d->result);
    catch_end();
    check_i64(syntax, FLOE_OK);
    check(status == FLOE_OK || status == FLOE_CHECK_FAILED);
    return status == FLOE_CHECK_FAILED;
}

static void every_comparison_means_what_it_says(void)
{
    static const struct {
        const char *expression;
        int fails;
    } cases[] = {
        {"calls < 10", 0},  {"calls < 10.5", 1}, {"calls <= 10", 1}, {"calls <= 9.5", 0},     {"calls > 20", 0},
        {"calls > 19", 1},  {"calls >= 20", 1},  {"calls >= 21", 0}, {"calls == 20", 1},      {"calls == 15", 0},
        {"calls != 10", 1}, {"calls<=1e1", 1},   {" calls > -3", 1}, {"lcpr_usd >= 5e-2", 1},
    };
    struct desk *d = desk_make();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_at(fails(d, cases[i].expression) == cases[i].fails, __FILE__, __LINE__, "'%s' said: %s",
                 cases[i].expression, said);
    d->cells[2].outcomes[METRIC_CALLS].mean = 10;
    check(!fails(d, "calls != 10"));
    desk_free(d);
}

static void the_whole_span_is_looked_at_and_no_window(void)
{
    struct desk *d = desk_make();
    check(!fails(d, "calls < 9"));
    check(fails(d, "calls > 15"));
    check_contains(said, "calls of chat/open is 20");
    check(strstr(said, "chat/api") == NULL);
    desk_free(d);
}

/* Neither comparison can hold, and a check that could not be made has not passed. */
static void what_is_not_defined_fails(void)
{
    struct desk *d = desk_make();
    check(fails(d, "lcpr_usd < 0.01"));
    check_contains(said, "not defined");
    check(fails(d, "lcpr_usd > 0.01"));
    desk_free(d);
}

static void a_condition_may_name_a_variant(void)
{
    struct desk *d = desk_make_two();
    check(fails(d, "calls > 1999"));
    check_contains(said, "calls of chat/open in variant never cached is 2000");
    check(fails(d, "calls > 1999 in never cached"));
    check(!fails(d, "calls > 1999 in happened"));
    check(fails(d, "calls > 19  in  happened"));
    check(strstr(said, "never cached is") == NULL);
    desk_free(d);
}

static void a_variant_that_is_not_there_is_named(void)
{
    struct desk *d = desk_make_two();
    struct options options;
    memset(&options, 0, sizeof options);
    options.fail_ifs[0] = "calls > 1999 in hapened";
    options.n_fail_ifs = 1;
    catch_begin();
    check_i64(fail_if_evaluate(&options, &d->result), FLOE_BAD_USAGE);
    catch_end();
    check_contains(said, "no variant 'hapened'; there is happened, never cached");
    desk_free(d);
}

static void nonsense_is_refused_with_the_metrics_there_are(void)
{
    static const char *const wrong[] = {
        "calls",        "calls >",       "calls > 5 6",       "calls => 5",  "calls >< 5",
        "> 5",          "call > 5",      "calls > 5x",        "calls > inf", "calls > nan",
        "calls > 5 in", "calls > 5 in ", "calls > 5 inside a"};
    struct options options;
    memset(&options, 0, sizeof options);
    options.n_fail_ifs = 1;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        options.fail_ifs[0] = wrong[i];
        catch_begin();
        const enum floe_status status = fail_if_check_syntax(&options);
        catch_end();
        check_at(status == FLOE_BAD_USAGE, __FILE__, __LINE__, "accepted '%s'", wrong[i]);
        check_contains(said, "lcpr_usd");
    }
}

static const struct test tests[] = {
    {"both ends of an expected range belong to it", both_ends_of_an_expected_range_belong_to_it, FAST},
    {"a row concerns the cells that it names", a_row_concerns_the_cells_it_names, FAST},
    {"a row concerns its variant, or without one every variant", a_row_concerns_its_variant_or_without_one_all, FAST},
    {"a row may concern a step of the chain", a_row_may_concern_a_step_of_the_chain, FAST},
    {"one row that fails fails them all", one_row_that_fails_fails_them_all, FAST},
    {"a number that is not defined does not pass", a_number_that_is_not_defined_does_not_pass, FAST},
    {"a scenario that expects nothing does not pass", a_scenario_that_expects_nothing_does_not_pass, FAST},
    {"every comparison means what it says", every_comparison_means_what_it_says, FAST},
    {"the whole span is looked at, and no window", the_whole_span_is_looked_at_and_no_window, FAST},
    {"what is not defined fails", what_is_not_defined_fails, FAST},
    {"a condition may name a variant", a_condition_may_name_a_variant, FAST},
    {"a variant that is not there is refused, with those that are", a_variant_that_is_not_there_is_named, FAST},
    {"nonsense is refused, with the metrics there are", nonsense_is_refused_with_the_metrics_there_are, FAST},
};
TEST_MAIN("expect", tests)

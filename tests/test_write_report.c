/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page for people: width, alignment, order, what is said and what is left out. Numbers and places are looked at,
 * not the wording. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "plots/write/format.h"
#include "plots/write/page.h"
#include "plots/write/report.h"
#include "write_sample.h"

#define COMMAND "floe run scenarios/demo.yaml --seed 20231116"
static const struct sample_shape demo = {.n_workloads = 2, .n_routes = 2, .n_hours = 2, .replications = 64};
/* One workload on one route, as a lesson has it; and several that share a key. */
static const struct sample_shape lesson = {
    .n_workloads = 1, .n_routes = 1, .n_windows = 3, .n_hours = 2, .replications = 1, .n_variants = 4};
static const struct sample_shape shared = {.n_workloads = 3,
                                           .n_routes = 1,
                                           .n_windows = 2,
                                           .n_hours = 2,
                                           .replications = 9,
                                           .n_variants = 2,
                                           .has_cache = 1,
                                           .has_consumers = 1,
                                           .n_blast = 6};

static char *write_report(const struct result *result)
{
    const struct floe_report_options options = {.repeat_by = COMMAND};
    struct floe_text text = {0};
    check(floe_write_report(result, &options, &text) == FLOE_OK);
    if (text.bytes == NULL) abort();
    return text.bytes;
}

/* The line that holds `part`, copied; "" if there is none. */
static const char *line_with(const char *text, const char *part)
{
    static char line[400];
    const char *at = strstr(text, part);
    line[0] = '\0';
    if (at == NULL) return line;
    while (at > text && at[-1] != '\n')
        at--;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static int count_lines(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

/* No line wider than the page, no space at a line's end. */
static void check_layout(const char *text)
{
    char line[600];
    for (const char *s = text; *s != '\0'; s += strcspn(s, "\n") + 1) {
        size_t n = strcspn(s, "\n");
        check(n < sizeof line);
        if (n >= sizeof line) return;
        memcpy(line, s, n);
        line[n] = '\0';
        check_at(floe_format_columns(line) <= 80, __FILE__, __LINE__, "too wide: \"%s\"", line);
        check_at(n == 0 || line[n - 1] != ' ', __FILE__, __LINE__, "space at the end: \"%s\"", line);
    }
}

static void check_shape(struct sample_shape shape, int lines_most)
{
    struct sample sample;
    sample_init(&sample, shape);
    sample_warn(&sample.result,
                "12 ranges held at their median; budget from `compare`, since a sum of medians understates a mean",
                "workloads.fitted.tokens.output");
    char *text = write_report(&sample.result);
    check_layout(text);
    check_at(count_lines(text) <= lines_most, __FILE__, __LINE__, "%d lines", count_lines(text));
    free(text);
    sample_free(&sample);
}

static void pages_fit_the_screen(void)
{
    check_shape((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 1}, 24);
    check_shape(demo, 40);
    check_shape(
        (struct sample_shape){.n_workloads = 4, .n_routes = 3, .n_windows = 3, .n_hours = 40, .replications = 9}, 51);
    check_shape(
        (struct sample_shape){.n_workloads = 32, .n_routes = 16, .n_windows = 9, .n_hours = 9, .replications = 2}, 72);
    check_shape((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 8760, .replications = 2}, 24);
    check_shape(lesson, 48);
    check_shape(shared, 138);
    check_shape((struct sample_shape){.n_workloads = 32,
                                      .n_routes = 16,
                                      .n_windows = 9,
                                      .n_hours = 2,
                                      .replications = 2,
                                      .n_variants = 16,
                                      .has_cache = 1,
                                      .has_consumers = 1,
                                      .n_blast = 40},
                264);
}

static void values_are_the_tables(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    struct result_cell *cell = &sample.result.cells[3];
    cell->outcomes[METRIC_COST_TOTAL].mean = 291.1234;
    cell->outcomes[METRIC_COST_TOTAL].half_95 = 0.5309;
    cell->outcomes[METRIC_LCPR].mean = 0.0074331;
    char *text = write_report(&sample.result);
    check_contains(text, "$291.12");
    check_contains(text, "+-$0.53");
    check_contains(text, "$0.00743");
    check_contains(text, "64 replications, seed 20231116");
    check_contains(text, "digest 0123456789abcdef");
    free(text);
    sample_free(&sample);
}

static void a_half_width_stands_under_its_value(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.cells[3].outcomes[METRIC_COST_TOTAL].mean = 777.77;
    sample.result.cells[3].outcomes[METRIC_COST_TOTAL].half_95 = 3.3;
    char *text = write_report(&sample.result), value[400], half[400];
    snprintf(value, sizeof value, "%s", line_with(text, "$777.77"));
    snprintf(half, sizeof half, "%s", line_with(text, "+-$3.30"));
    check(strstr(value, "$777.77") != NULL && strstr(half, "+-$3.30") != NULL);
    check_i64(strstr(value, "$777.77") - value + 7, strstr(half, "+-$3.30") - half + 7);
    free(text);
    sample_free(&sample);
}

static void one_replication_has_no_interval(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 1, .n_hours = 2, .replications = 1});
    sample.result.cells[0].outcomes[METRIC_CALLS].half_95 = 2.385; /* means nothing when n is 1 */
    char *text = write_report(&sample.result);
    check(strstr(text, "+-") == NULL);
    free(text);
    sample_free(&sample);
}

static void routes_are_cheapest_first(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    struct outcome *first = sample.result.cells[0].outcomes; /* replay on openai */
    for (int64_t i = 0; i < sample.result.n_cells; i++)
        sample.result.cells[i].outcomes[METRIC_LCPR].mean = 2.385;
    first[METRIC_COST_TOTAL].mean = 2e6;
    char *text = write_report(&sample.result);
    check(strstr(text, "bedrock") < strstr(text, "openai")); /* LCPR is equal: by bill */
    check_contains(text, "$2,000,000");
    free(text);
    first[METRIC_COST_TOTAL].mean = 2.385; /* a low bill, since little was accepted */
    first[METRIC_LCPR].mean = 777.77;
    text = write_report(&sample.result);
    check(strstr(text, "bedrock") < strstr(text, "openai"));
    free(text);
    first[METRIC_LCPR].mean = 1e-9;
    text = write_report(&sample.result);
    check(strstr(text, "openai") < strstr(text, "bedrock"));
    free(text);
    sample_free(&sample);
}

static void service_credits_have_one_line(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    for (int64_t i = 0; i < sample.result.n_cells; i++)
        sample.result.cells[i].outcomes[METRIC_SERVICE_CREDITS] = (struct outcome){.n = 0};
    char *text = write_report(&sample.result);
    check(strstr(text, "Service credits") == NULL);
    free(text);
    sample.result.cells[0].outcomes[METRIC_SERVICE_CREDITS] = (struct outcome){.mean = 23.85, .n = 1};
    text = write_report(&sample.result);
    check_contains(text, "Service credits, if claimed and not in the cost: $23.85 of ");
    free(text);
    sample_free(&sample);
}

static void what_does_not_fit_is_counted(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){
                             .n_workloads = 3, .n_routes = 6, .n_windows = 6, .n_hours = 2, .replications = 1});
    for (int i = 0; i < 8; i++)
        sample_warn(&sample.result, "one of eight", "");
    char *text = write_report(&sample.result);
    int n = 0;
    for (const char *at = text; (at = strstr(at, "... 12 more (see --csv)")) != NULL; at++)
        n++;
    check_i64(n, 3); /* below the cells, the windows and the bill */
    check_contains(text, "... 2 more windows (see --csv)");
    check_contains(text, "... 3 more (see --json)");
    free(text);
    sample_free(&sample);
}

/* Three workloads on six routes, of which the first table holds a third: the others' costs per unit are there too. */
static void cells_that_do_not_fit_are_in_one_table(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 3, .n_routes = 6, .n_hours = 2, .replications = 1});
    struct result_cell *first = &sample.result.cells[0];
    for (int64_t i = 0; i < sample.result.n_cells; i++)
        sample.result.cells[i].outcomes[METRIC_LCPR].mean = 100.25 + (double)i;
    first->outcomes[METRIC_LCPR] = (struct outcome){.mean = NAN};
    first->outcomes[METRIC_COST_TOTAL].mean = 0; /* free, since nothing came of it */
    first->outcomes[METRIC_ATTEMPTS].mean = first->outcomes[METRIC_ERRORS].mean = 2385;
    char *text = write_report(&sample.result);
    const char *table = strstr(text, "LCPR, all routes");
    if (check(table != NULL)) {
        char value[32];
        for (int64_t i = 0; i < sample.result.n_cells; i++) {
            const struct result_cell *cell = &sample.result.cells[i];
            if (cell == first || cell->span != 0) continue;
            snprintf(value, sizeof value, "$%.2f", cell->outcomes[METRIC_LCPR].mean);
            check_contains(table, value);
        }
        check_contains(table, "nothing was accepted; of 2,385 attempts 2,385 errors");
    }
    check(strstr(text, "LCPR of ") == NULL); /* what accepts nothing is not among the cheapest */
    free(text);
    sample_free(&sample);
    sample_init(&sample, demo);
    text = write_report(&sample.result);
    check(strstr(text, "all routes") == NULL);
    free(text);
    sample_free(&sample);
}

static void failing_attempts_are_shown_without_a_cache(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    char *text = write_report(&sample.result);
    check(strstr(text, "What the provider saw") == NULL);
    free(text);
    sample.result.cells[0].outcomes[METRIC_ERRORS].mean = 2385;
    text = write_report(&sample.result);
    check_contains(text, "What the provider saw");
    check_contains(text, "2,385");
    check(strstr(text, "What happened to the calls") == NULL);
    free(text);
    sample_free(&sample);
}

static void set_mean(struct sample *sample, enum metric metric, double mean)
{
    sample->result.cells[0].outcomes[metric].mean = mean;
}

static void failing_attempts_are_told_apart_from_tasks(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 3});
    set_mean(&sample, METRIC_TASKS, 412);
    set_mean(&sample, METRIC_ACCEPTED, 411);
    set_mean(&sample, METRIC_CALLS, 18540);
    set_mean(&sample, METRIC_INVOCATIONS, 18454);
    set_mean(&sample, METRIC_ATTEMPTS, 63228);
    char *text = write_report(&sample.result);
    check(strstr(text, "What the callers saw") == NULL); /* nothing failed */
    free(text);
    set_mean(&sample, METRIC_THROTTLES, 40872);
    set_mean(&sample, METRIC_LOGGED_THROTTLES, 5021);
    text = write_report(&sample.result);
    const char *callers = strstr(text, "What the callers saw"), *provider = strstr(text, "What the provider saw");
    check(callers != NULL && provider != NULL && callers < provider);
    check_contains(text, "  412       411     99.8%    45.0     44.8     153.5\n");
    check_contains(provider, "of them");
    check_contains(provider, "40,872    5,021");
    free(text);
    sample_free(&sample);
}

/* Counts of a step, in the order of enum step_metric. */
static void the_chain_says_who_answered_and_what_the_log_has(void)
{
    static const double counts[2][STEP_N] = {{19990, 38000, 14899, 14899, 20400, 3252, 0, 0, 1839, 3252, 117.4},
                                             {5091, 13000, 2522, 2522, 10000, 805, 0, 0, 1764, 805, 76.7}};
    struct result_step steps[2] = {{.step = 0, .model = "nova"}, {.step = 1, .model = "sonnet"}};
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 3});
    for (int i = 0; i < 2; i++)
        for (int m = 0; m < STEP_N; m++)
            steps[i].outcomes[m] = (struct outcome){.mean = counts[i][m], .n = 3};
    sample.result.n_steps = 2, sample.result.steps = steps;
    char *text = write_report(&sample.result);
    check_contains(text, "logged  throttles  attempts");
    check_contains(text, "85.5%     0.123      1.369      1.90");
    check_contains(text, "14.5%     0.699      3.965      2.55");
    sample.result.n_steps = 0, sample.result.steps = NULL;
    free(text);
    sample_free(&sample);
}

static void latency_is_a_sum_and_percentiles(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 3});
    static const struct {
        enum metric metric;
        double s;
    } values[] = {{METRIC_LATENCY_MEAN, 11.02}, {METRIC_RETRY_WAIT_MEAN, 0},    {METRIC_QUEUE_MEAN, 0},
                  {METRIC_TTFT_MEAN, 5.28},     {METRIC_GENERATION_MEAN, 5.74}, {METRIC_LATENCY_P50, 5.8},
                  {METRIC_LATENCY_P95, 45.1},   {METRIC_LATENCY_P99, 68}};
    for (int i = 0; i < 8; i++)
        set_mean(&sample, values[i].metric, values[i].s);
    char *text = write_report(&sample.result);
    check_contains(text, "\nLatency of the answered calls\n");
    check_contains(text, "  11.02     0.00     0.00    5.28     5.74  5.80  45.10  68.00\n");
    check_contains(text, "Means add up; percentiles do not");
    free(text);
    set_mean(&sample, METRIC_TTFT_MEAN, 0); /* a constant per call, of which nothing more is known */
    text = write_report(&sample.result);
    check(strstr(text, "Latency") == NULL);
    free(text);
    sample_free(&sample);
}

static void nothing_accepted_is_said(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.cells[1].outcomes[METRIC_LCPR] = (struct outcome){.mean = NAN};
    sample.result.cells[2].outcomes[METRIC_LCPR].n = 61;
    char *text = write_report(&sample.result);
    check(strstr(text, "nan") == NULL);
    check_contains(text, "in 64 of 64 replications");
    check_contains(text, "in 3 of 64 replications");
    free(text);
    sample_free(&sample);
}

static void warnings_come_with_their_key(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample_warn(&sample.result, "no price for cache reads of gpt-4o", "prices.missing_cache_price");
    char *text = write_report(&sample.result);
    const char *warning = strstr(text, "no price for cache reads");
    check(warning != NULL && warning > strstr(text, "Bill"));
    check_contains(warning, "  key: prices.missing_cache_price\n");
    check_contains(warning, "only assumed: workloads.fitted.tokens.output, routes.bedrock.call_duration");
    free(text);
    sample_free(&sample);
}

static void the_last_line_repeats_the_run(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    char *text = write_report(&sample.result);
    size_t n = strlen(text), m = strlen("\n" COMMAND "\n");
    check_text(text + n - m, "\n" COMMAND "\n");
    free(text);
    sample_free(&sample);
}

static void colour_is_only_paint(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    const struct floe_report_options options = {.is_coloured = 1, .repeat_by = COMMAND};
    struct floe_text painted = {0}, plain = {0};
    char *bare = write_report(&sample.result);
    check(strchr(bare, '\033') == NULL);
    check(floe_write_report(&sample.result, &options, &painted) == FLOE_OK);
    for (const char *s = painted.bytes; *s != '\0'; s++) {
        if (*s == '\033')
            s += strcspn(s, "m");
        else
            floe_text_add_n(&plain, s, 1);
    }
    check(painted.n > plain.n);
    check_text(plain.bytes, bare);
    free(bare);
    floe_text_free(&painted);
    floe_text_free(&plain);
    sample_free(&sample);
}

/* ---- variants ---- */

/* The page from a heading on. */
static const char *from(const char *text, const char *heading)
{
    const char *at = strstr(text, heading);
    check_at(at != NULL, __FILE__, __LINE__, "there is no \"%s\"", heading);
    return at != NULL ? at : "";
}

static struct result_cell *cell_at(struct sample *sample, int32_t variant, int32_t span)
{
    return &sample->result.cells[variant * sample->result.n_windows + span]; /* of one workload on one route */
}

/* The 173 $ run: the same bill on the switch day, and the day after tells the causes apart. */
static void variants_stand_side_by_side(void)
{
    static const double invocations[2][4] = {{7675, 338, 6999, 338}, {20997, 6999, 6999, 6999}};
    static const double usd[2][4] = {{185.89, 5, 172.56, 8.33}, {450.69, 105.57, 172.56, 172.56}};
    static const char *const windows[] = {"before", "switch_day", "second_day"};
    struct sample sample;
    sample_init(&sample,
                (struct sample_shape){
                    .n_workloads = 1, .n_routes = 1, .n_windows = 3, .n_hours = 2, .replications = 1, .n_variants = 2});
    for (int32_t i = 0; i < 3; i++)
        snprintf(sample.result.spans[1 + i].window, NAME_BYTES, "%s", windows[i]);
    for (int32_t v = 0; v < 2; v++)
        for (int32_t i = 0; i < 4; i++) {
            cell_at(&sample, v, i)->outcomes[METRIC_INVOCATIONS].mean = invocations[v][i];
            cell_at(&sample, v, i)->outcomes[METRIC_COST_TOTAL].mean = usd[v][i];
        }
    char *text = write_report(&sample.result);
    check_contains(text, "Provider invocations  before  switch_day  second_day     all\n"
                         "  happened               338       6,999         338   7,675\n"
                         "  never_cached         6,999       6,999       6,999  20,997\n"
                         "\n"
                         "Cost by variant   before  switch_day  second_day      all\n"
                         "  happened         $5.00     $172.56       $8.33  $185.89\n"
                         "  never_cached   $105.57     $172.56     $172.56  $450.69\n");
    check_contains(text, "Variant happened, the first of 2");
    check(strstr(text, "Cost by window") == NULL);
    check_contains(text, "$185.89");
    check_layout(text);
    free(text);
    sample_free(&sample);
}

static void the_cells_are_those_of_the_first_variant(void)
{
    struct sample sample;
    sample_init(&sample, shared);
    sample.result.cells[0].outcomes[METRIC_COST_TOTAL].mean = 1234.56;
    sample.result.cells[9].outcomes[METRIC_COST_TOTAL].mean = 4321.09; /* the second variant's */
    char *text = write_report(&sample.result);
    check(strstr(text, "$4,321.09") > strstr(text, "Cost by variant"));
    check(strstr(text, "$1,234.56") < strstr(text, "Provider invocations"));
    free(text);
    sample_free(&sample);
}

static void variants_without_windows_are_one_table(void)
{
    struct sample sample;
    struct sample_shape shape = lesson;
    shape.n_windows = 0;
    sample_init(&sample, shape);
    cell_at(&sample, 2, 0)->outcomes[METRIC_COST_TOTAL].mean = 77.25;
    char *text = write_report(&sample.result);
    const char *table = from(text, "By variant");
    check_contains(line_with(table, "grace"), "$77.25");
    check(strstr(text, "Provider invocations") == NULL);
    free(text);
    sample_free(&sample);
}

static void several_pairs_each_have_their_variants(void)
{
    struct sample sample;
    sample_init(&sample, shared);
    char *text = write_report(&sample.result);
    check_contains(text, "\n  fitted\n    happened ");
    check_contains(text, "\n  entity-matching_with_a_long_name\n    happened ");
    free(text);
    sample_free(&sample);
}

static void one_variant_has_none_of_it(void)
{
    static const char *const headings[] = {"Variant",       "variant",    "Provider invocations",
                                           "What happened", "Whose cost", "Blast radius"};
    struct sample sample;
    sample_init(&sample, demo);
    char *text = write_report(&sample.result);
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        check(strstr(text, headings[i]) == NULL);
    free(text);
    sample_free(&sample);
}

static void a_switch_names_both_models(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 2, .replications = 1});
    snprintf(sample.result.by_window.rows[0].model, NAME_BYTES, "old");
    for (int64_t i = 1; i < sample.result.by_window.n; i++)
        snprintf(sample.result.by_window.rows[i].model, NAME_BYTES, "new");
    char *text = write_report(&sample.result);
    check_contains(text, "\n    old, new\n");
    free(text);
    sample_free(&sample);
}

/* ---- what happened to the calls ---- */

static void the_calls_add_up_on_the_page(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){
                             .n_workloads = 1, .n_routes = 1, .n_hours = 2, .replications = 1, .has_cache = 1});
    static const struct {
        enum metric metric;
        double count;
    } counts[] = {{METRIC_CALLS, 1000},   {METRIC_CACHE_HITS, 610}, {METRIC_STALE_SERVED, 50},
                  {METRIC_DENIED, 23},    {METRIC_UPSTREAM, 317},   {METRIC_DENIED_OVER_BUDGET, 7},
                  {METRIC_ATTEMPTS, 347}, {METRIC_REFRESHES, 30},   {METRIC_INVOCATIONS, 343},
                  {METRIC_ERRORS, 4},     {METRIC_WRONG_ANSWERS, 6}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        sample.result.cells[0].outcomes[counts[i].metric].mean = counts[i].count;
    char *text = write_report(&sample.result);
    check_contains(text, "\nWhat happened to the calls\n"
                         "            calls  = cache  + stale  + denied  + denied  + upstream\n"
                         "                      hits                403       429\n"
                         "  replay    1,000      610       50        16         7         317\n"
                         "                     61.0%     5.0%      1.6%      0.7%       31.7%\n"
                         "\n"
                         "What the provider saw\n"
                         "            attempts    of them  invocations  errors    wrong\n"
                         "                      refreshes                       answers\n"
                         "  replay         347         30          343       4        6\n");
    free(text);
    sample.result.cells[0].outcomes[METRIC_STALE_SERVED].mean = 0;
    sample.result.cells[0].outcomes[METRIC_DENIED].mean = 7;
    text = write_report(&sample.result);
    check(strstr(text, "stale") == NULL && strstr(text, "403") == NULL); /* what nobody met has no column */
    check_contains(text, "429");
    free(text);
    sample_free(&sample);
}

static void a_share_reads_as_nothing_or_all_only_where_it_is(void)
{
    static const struct {
        double share;
        const char *text;
    } cases[] = {{0, "0%"},          {1, "100%"},        {0.0004, "<0.1%"}, {0.0005, "0.1%"}, {0.6104, "61.0%"},
                 {0.9995, ">99.9%"}, {0.99949, "99.9%"}, {NAN, "-"},        {1.25, "125.0%"}};
    char text[FORMAT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        page_format_share(text, cases[i].share);
        check_text(text, cases[i].text);
    }
}

static void large_counts_share_one_unit(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){
                             .n_workloads = 1, .n_routes = 1, .n_hours = 2, .replications = 1, .has_cache = 1});
    sample.result.cells[0].outcomes[METRIC_CALLS].mean = 730e6;
    sample.result.cells[0].outcomes[METRIC_CACHE_HITS].mean = 729.5e6;
    sample.result.cells[0].outcomes[METRIC_UPSTREAM].mean = 0.5e6;
    char *text = write_report(&sample.result);
    const char *line = line_with(from(text, "What happened"), "replay");
    check_contains(line, " 730.00 ");
    check_contains(line, " 729.50 ");
    check_contains(line, "0.500");
    check_contains(line_with(from(text, "What happened"), "= cache"), "M ");
    check_layout(text);
    free(text);
    sample_free(&sample);
}

/* ---- whose cost ---- */

static void whose_cost_is_dearest_first_with_unknown_in_it(void)
{
    struct sample sample;
    sample_init(&sample, shared);
    char *text = write_report(&sample.result);
    const char *whose = from(text, "Whose cost, variant happened");
    check(strstr(whose, "entity-matching") < strstr(whose, "support, \"tier\" two"));
    check(strstr(whose, "support, \"tier\" two") < strstr(whose, "    replay "));
    check_contains(line_with(from(whose, "by key"), "one-token"), "100%");
    check_contains(line_with(from(whose, "by tag cost_center"), "unknown"), "33.3%");
    check_contains(line_with(from(whose, "by tag env"), "unknown"), "83.3%");
    check_contains(line_with(whose, "share"), "denied");
    free(text);
    sample_free(&sample);
}

static void check_says(struct sample *sample, const char *part)
{
    char *text = write_report(&sample->result);
    for (char *s = text; *s != '\0'; s++)
        if (*s == '\n') *s = ' '; /* a sentence may be wrapped anywhere */
    check_contains(text, part);
    free(text);
}

static void it_says_what_a_bill_by_key_can_tell(void)
{
    struct sample sample;
    struct sample_shape shape = shared;
    shape.replications = 1;
    sample_init(&sample, shape);
    sample.result.cells[0].outcomes[METRIC_COST_TOTAL].mean = 14;
    sample.result.cells[3].outcomes[METRIC_COST_TOTAL].mean = 210;
    sample.result.cells[6].outcomes[METRIC_COST_TOTAL].mean = 9;
    check_says(&sample, "One key: one number. A bill by key reads $233.00 for one-token and does not say which of its "
                        "3 consumers it was.");
    snprintf(sample.scenario.workloads[1].consumer.key, NAME_BYTES, "matching");
    check_says(&sample, "reads $23.00 for one-token and does not say which of its 2 consumers");
    snprintf(sample.scenario.workloads[2].consumer.key, NAME_BYTES, "health");
    check_says(&sample, "No two consumers share a key: a bill by key says whose cost it is.");
    sample.scenario.workloads[0].consumer.key[0] = '\0';
    sample.scenario.workloads[2].consumer.key[0] = '\0';
    check_says(&sample, "2 consumers name no key: they are one number, $23.00, under \"unknown\".");
    sample_free(&sample);
}

/* ---- blast radius ---- */

static void the_blast_radius_says_whose_cost_moved(void)
{
    struct sample sample;
    struct sample_shape shape = shared;
    shape.n_blast = 4;
    sample_init(&sample, shape);
    struct result_blast *rows = sample.result.blast;
    for (int i = 0; i < 4; i++)
        snprintf(rows[i].setting, NAME_BYTES, "llm_model");
    rows[0] = (struct result_blast){.workload = 0,
                                    .is_reader = 1,
                                    .invocations = 6999,
                                    .invocations_without = 338,
                                    .cost_usd = 172.56,
                                    .cost_without_usd = 5};
    rows[1] = (struct result_blast){.workload = 1,
                                    .is_reader = 0,
                                    .invocations = 10,
                                    .invocations_without = 10,
                                    .cost_usd = 8,
                                    .cost_without_usd = 8};
    rows[2] = (struct result_blast){.workload = 2,
                                    .is_reader = 0,
                                    .invocations = 9,
                                    .invocations_without = 10,
                                    .cost_usd = 6,
                                    .cost_without_usd = 8};
    rows[3] = (struct result_blast){
        .workload = 1, .is_reader = 1, .invocations = 4, .invocations_without = 0, .cost_usd = 0.5};
    for (int i = 0; i < 4; i++)
        snprintf(rows[i].setting, NAME_BYTES, "llm_model");
    snprintf(rows[0].owner, NAME_BYTES, "ml-platform");
    char *text = write_report(&sample.result);
    const char *blast = from(text, "Blast radius of llm_model (owner: ml-platform)\n");
    check_contains(blast, "read it\n");
    check_contains(line_with(blast, "replay"), "338   6,999    $5.00  $172.56  +$167.56   34.5x");
    check_contains(line_with(blast, "  fitted"), "+$0.50"); /* the reader's, from nothing: no factor */
    check_contains(line_with(blast, "entity"), "-$2.00   0.75x");
    check(strstr(blast, "do not read it") < strstr(blast, "entity"));
    check(strstr(blast, "$8.00        $0") == NULL); /* who neither reads it nor moved is left out */
    check_layout(text);
    free(text);
    sample_free(&sample);
}

static void a_setting_that_nobody_owns_says_so(void)
{
    struct sample sample;
    sample_init(&sample, shared);
    char *text = write_report(&sample.result);
    const char *blast = from(text, "Blast radius of answer_ttl (nobody owns it)\n");
    check_contains(line_with(blast, "fitted"), "$0      1x");
    free(text);
    sample_free(&sample);
}

static void hostile_names_cannot_break_the_page(void)
{
    struct sample sample;
    struct sample_shape shape = shared;
    shape.n_routes = 2;
    sample_init(&sample, shape);
    memset(sample.result.variants[0], 'v', NAME_BYTES - 1);
    snprintf(sample.result.variants[1], NAME_BYTES, "%s", "\033[1m\xFF two words");
    memset(sample.scenario.workloads[0].consumer.key, 'k', NAME_BYTES - 1);
    memset(sample.scenario.workloads[1].consumer.name, 'c', NAME_BYTES - 1);
    memset(sample.scenario.workloads[0].consumer.tags[0].name, 't', NAME_BYTES - 1);
    memset(sample.result.blast[0].setting, 's', NAME_BYTES - 1);
    memset(sample.result.blast[0].owner, 'o', NAME_BYTES - 1);
    snprintf(sample.scenario.title, sizeof sample.scenario.title, "%s", "\033[2J\xE6\x9D\xB1\xE4\xBA\xAC \xFF title");
    snprintf(sample.scenario.workloads[0].name, NAME_BYTES, "%s", "line\nbreak \xE6\x9D\xB1\xE4\xBA\xAC");
    memset(sample.scenario.routes[0].name, 'x', NAME_BYTES - 1);
    memset(sample.scenario.workloads[1].unit, 'u', NAME_BYTES - 1);
    sample_warn(&sample.result, "0123456789012345678901234567890123456789 0123456789012345678901234567890123456789",
                "");
    char *text = write_report(&sample.result);
    check(strchr(text, '\033') == NULL);
    check_contains(text, "line?break");
    check_layout(text);
    free(text);
    sample_free(&sample);
}

static void nothing_to_show_is_no_crash(void)
{
    struct sample sample;
    sample_init(&sample,
                (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 0, .replications = 1, .is_free = 1});
    sample.scenario.title[0] = '\0';
    sample.result.inputs = NULL;
    sample.result.n_cells = 0;
    char *text = write_report(&sample.result);
    check_contains(text, COMMAND);
    free(text);
    sample_free(&sample);
}

static void running_out_of_memory_is_a_status(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    const struct floe_report_options options = {.repeat_by = COMMAND};
    for (size_t most = 1; most < 1500; most += 31) {
        struct floe_text text = {.most = most};
        check(floe_write_report(&sample.result, &options, &text) == FLOE_ENVIRONMENT);
        floe_text_free(&text);
    }
    sample_free(&sample);
}

static const struct test tests[] = {
    {"a page fits the screen, with one cell and with hundreds", pages_fit_the_screen, MANY},
    {"the values are those of the tables", values_are_the_tables, FAST},
    {"a half-width ends in the column of its value", a_half_width_stands_under_its_value, FAST},
    {"with one replication there is no interval", one_replication_has_no_interval, FAST},
    {"service credits have one line, where there are any", service_credits_have_one_line, FAST},
    {"routes are listed cheapest first", routes_are_cheapest_first, FAST},
    {"cells that do not fit are in one table, with why there is no cost per unit",
     cells_that_do_not_fit_are_in_one_table, FAST},
    {"failing attempts are shown where nothing stands before the provider", failing_attempts_are_shown_without_a_cache,
     FAST},
    {"tasks that succeeded stand above the attempts that failed", failing_attempts_are_told_apart_from_tasks, FAST},
    {"the chain says who answered, and what the log has", the_chain_says_who_answered_and_what_the_log_has, FAST},
    {"mean latency is a sum, percentiles stand beside it", latency_is_a_sum_and_percentiles, FAST},
    {"what does not fit is counted", what_does_not_fit_is_counted, FAST},
    {"it is said in how many replications nothing was accepted", nothing_accepted_is_said, FAST},
    {"warnings come after the numbers, with their key", warnings_come_with_their_key, FAST},
    {"the last line repeats the run", the_last_line_repeats_the_run, FAST},
    {"colour changes no character", colour_is_only_paint, FAST},
    {"variants stand side by side, by window", variants_stand_side_by_side, FAST},
    {"the cells are those of the first variant", the_cells_are_those_of_the_first_variant, FAST},
    {"variants without windows are one table", variants_without_windows_are_one_table, FAST},
    {"several pairs each have their variants", several_pairs_each_have_their_variants, FAST},
    {"one variant without cache, names and settings has none of it", one_variant_has_none_of_it, FAST},
    {"a switch names both models", a_switch_names_both_models, FAST},
    {"what happened to the calls adds up on the page", the_calls_add_up_on_the_page, FAST},
    {"a share reads as nothing or all only where it is", a_share_reads_as_nothing_or_all_only_where_it_is, FAST},
    {"large counts share one unit", large_counts_share_one_unit, FAST},
    {"whose cost: dearest first, and unknown stays visible", whose_cost_is_dearest_first_with_unknown_in_it, FAST},
    {"it is said what a bill by key can tell", it_says_what_a_bill_by_key_can_tell, FAST},
    {"the blast radius says whose cost moved, and by how much", the_blast_radius_says_whose_cost_moved, FAST},
    {"a setting that nobody owns says so", a_setting_that_nobody_owns_says_so, FAST},
    {"hostile names cannot break the page", hostile_names_cannot_break_the_page, FAST},
    {"a result without cells is no crash", nothing_to_show_is_no_crash, FAST},
    {"running out of memory is a status", running_out_of_memory_is_a_status, FAST},
};
TEST_MAIN("write_report", tests)

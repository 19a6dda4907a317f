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
#include "plots/write/report.h"
#include "write_sample.h"

#define COMMAND "floe run scenarios/demo.yaml --seed 20231116"
static const struct sample_shape demo = {.n_workloads = 2, .n_routes = 2, .n_hours = 2, .replications = 64};

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
        (struct sample_shape){.n_workloads = 4, .n_routes = 3, .n_windows = 3, .n_hours = 40, .replications = 9}, 48);
    check_shape(
        (struct sample_shape){.n_workloads = 32, .n_routes = 16, .n_windows = 9, .n_hours = 9, .replications = 2}, 56);
    check_shape((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 8760, .replications = 2}, 24);
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
    sample.result.cells[0].outcomes[METRIC_COST_TOTAL].mean = 2e6; /* replay on openai */
    char *text = write_report(&sample.result);
    check(strstr(text, "bedrock") < strstr(text, "openai"));
    check_contains(text, "$2,000,000");
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
    check_contains(text, "... 12 more (see --csv)");
    check_contains(text, "... 2 more windows (see --csv)");
    check_contains(text, "... 3 more (see --json)");
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

static void hostile_names_cannot_break_the_page(void)
{
    struct sample sample;
    sample_init(&sample, demo);
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
    {"a page fits the screen, with one cell and with hundreds", pages_fit_the_screen, FAST},
    {"the values are those of the tables", values_are_the_tables, FAST},
    {"a half-width ends in the column of its value", a_half_width_stands_under_its_value, FAST},
    {"with one replication there is no interval", one_replication_has_no_interval, FAST},
    {"routes are listed cheapest first", routes_are_cheapest_first, FAST},
    {"what does not fit is counted", what_does_not_fit_is_counted, FAST},
    {"it is said in how many replications nothing was accepted", nothing_accepted_is_said, FAST},
    {"warnings come after the numbers, with their key", warnings_come_with_their_key, FAST},
    {"the last line repeats the run", the_last_line_repeats_the_run, FAST},
    {"colour changes no character", colour_is_only_paint, FAST},
    {"hostile names cannot break the page", hostile_names_cannot_break_the_page, FAST},
    {"a result without cells is no crash", nothing_to_show_is_no_crash, FAST},
    {"running out of memory is a status", running_out_of_memory_is_a_status, FAST},
};
TEST_MAIN("write_report", tests)

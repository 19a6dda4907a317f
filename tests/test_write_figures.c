/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The figures: gnuplot draws them from the files of the writers, without a word on stderr, whatever the shape. That
 * they look right is for eyes; that they are whole pictures of the right size is looked at here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "plots/write/csv.h"
#include "write_sample.h"

static const char *const figures[] = {"calls_and_cost_by_hour", "cost_by_route"};
static char folder[64];

static int shell(const char *format, const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, format, a, b);
    return system(command);
}

static int has_gnuplot(void)
{
    if (system("command -v gnuplot >/dev/null 2>&1") == 0) return 1;
    test_skip("gnuplot is not installed");
    return 0;
}

static void open_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/floe-figures-XXXXXX");
    check(mkdtemp(folder) != NULL);
}

static void close_folder(void)
{
    check(shell("rm -rf '%s'%s", folder, "") == 0);
}

static void write_files(const struct result *result)
{
    for (int i = 0; i < FLOE_CSV_FILES; i++) {
        struct floe_text text = {0};
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, floe_csv_files[i].name);
        check(floe_csv_files[i].write(result, &text) == FLOE_OK);
        FILE *file = fopen(path, "w");
        check(file != NULL && fwrite(text.bytes, 1, text.n, file) == text.n);
        if (file != NULL) fclose(file);
        floe_text_free(&text);
    }
}

/* 1: gnuplot ended well and said nothing. */
static int draw(const char *figure, const char *ending)
{
    char command[600];
    snprintf(command, sizeof command, "cd '%s' && gnuplot -c '%s/plots/%s.gp' . '%s.%s' >said 2>&1 && test ! -s said",
             folder, FLOE_SOURCE_DIR, figure, figure, ending);
    int status = system(command);
    if (status != 0) shell("cat '%s/said'%s", folder, "");
    return status == 0;
}

static size_t read_figure(const char *figure, const char *ending, unsigned char *bytes, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s.%s", folder, figure, ending);
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    size_t n = fread(bytes, 1, size, file);
    fclose(file);
    return n;
}

/* PNG: its signature, then the header with width and height, big-endian. */
static void check_png(const char *figure, int height)
{
    static unsigned char bytes[1 << 20];
    size_t n = read_figure(figure, "png", bytes, sizeof bytes);
    check(n > 5000 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0);
    check_i64(bytes[18] << 8 | bytes[19], 1200);
    check_i64(bytes[22] << 8 | bytes[23], height);
}

static void check_svg(const char *figure, const char *text)
{
    static unsigned char bytes[1 << 22];
    size_t n = read_figure(figure, "svg", bytes, sizeof bytes - 1);
    bytes[n] = '\0';
    check(n > 1000 && strstr((const char *)bytes, "</svg>") != NULL);
    check_at(strstr((const char *)bytes, text) != NULL, __FILE__, __LINE__, "%s.svg does not show \"%s\"", figure,
             text);
}

static void check_tall_figures(struct sample_shape shape, const char *series, const int heights[2])
{
    struct sample sample;
    if (!has_gnuplot()) return;
    open_folder();
    sample_init(&sample, shape);
    snprintf(sample.scenario.title, sizeof sample.scenario.title, "a title, with \"quotes\", {/braces} and an_index");
    write_files(&sample.result);
    for (size_t i = 0; i < 2; i++) {
        if (check_at(draw(figures[i], "png"), __FILE__, __LINE__, "%s.png", figures[i]))
            check_png(figures[i], heights[i]);
        if (check_at(draw(figures[i], "svg"), __FILE__, __LINE__, "%s.svg", figures[i])) {
            check_svg(figures[i], "a title, with 'quotes', {/braces} and an_index");
            check_svg(figures[i], series);
        }
    }
    sample_free(&sample);
    close_folder();
}

static void check_figures(struct sample_shape shape, const char *series)
{
    check_tall_figures(shape, series, (const int[]){750, 750});
}

static void a_short_run(void)
{
    check_figures((struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 2, .replications = 64},
                  "fitted / bedrock");
}

static void one_bar(void)
{
    check_figures((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 1}, "replay");
}

static void a_week_with_many_long_names(void)
{
    check_figures((struct sample_shape){.n_workloads = 4, .n_routes = 3, .n_hours = 168, .replications = 1},
                  "entity-matching~ / a_route_with_qui~");
}

static void no_cost_at_all(void)
{
    check_figures((struct sample_shape){.n_workloads = 2, .n_routes = 1, .n_hours = 3, .replications = 1, .is_free = 1},
                  "fitted");
}

static void a_year(void)
{
    check_figures((struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 8760, .replications = 1},
                  "fitted / openai");
}

/* A panel of costs per variant, four at most; bars by variant, 30 at most, which ask for more room. */
static void variants(void)
{
    struct sample_shape shape = {
        .n_workloads = 3, .n_routes = 1, .n_hours = 24, .replications = 4, .n_variants = 2, .has_consumers = 1};
    check_tall_figures(shape, "entity-matching_with_a_lo", (const int[]){750, 750});
    shape.n_routes = 2;
    shape.n_variants = 6;
    check_tall_figures(shape, "happened", (const int[]){1150, 990});
}

static void many_series(void)
{
    struct sample_shape shape = {.n_workloads = 20, .n_routes = 2, .n_hours = 12, .replications = 1, .n_variants = 3};
    check_tall_figures(shape, "happened", (const int[]){950, 990});
    shape.n_hours = 96;
    check_tall_figures(shape, "happened", (const int[]){950, 990});
}

static void a_year_of_variants(void)
{
    check_tall_figures(
        (struct sample_shape){
            .n_workloads = 9, .n_routes = 1, .n_hours = 1600, .replications = 1, .n_variants = 3, .has_consumers = 1},
        "grace", (const int[]){950, 750 + 7 * 24});
}

static void no_hours_is_refused(void)
{
    struct sample sample;
    if (!has_gnuplot()) return;
    open_folder();
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 0, .replications = 1});
    write_files(&sample.result);
    check(shell("cd '%s' && ! gnuplot -c '" FLOE_SOURCE_DIR "/plots/%s.gp' . x.png >said 2>&1", folder, figures[0]) ==
          0);
    check(shell("grep -q 'has no hours' '%s/said'%s", folder, "") == 0);
    sample_free(&sample);
    close_folder();
}

static const struct test tests[] = {
    {"a run of an hour is drawn as bars", a_short_run, FAST},
    {"a single bar is drawn", one_bar, FAST},
    {"a week on twelve cells with long names is drawn", a_week_with_many_long_names, FAST},
    {"a run that costs nothing is drawn", no_cost_at_all, FAST},
    {"a year is drawn", a_year, FAST},
    {"a panel per variant is drawn, by consumer", variants, FAST},
    {"more series than colours are drawn, as bars and as lines", many_series, FAST},
    {"months of three variants are drawn", a_year_of_variants, FAST},
    {"a table without hours is refused with a reason", no_hours_is_refused, FAST},
};
TEST_MAIN("write_figures", tests)

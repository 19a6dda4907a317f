/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program from outside: exit statuses, where output goes, and that wrong use is told, not suffered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

static const char small_scenario[] = "floe: 1\n"
                                     "time: {start: 2026-03-16T00:00Z, horizon: 2h}\n"
                                     "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"
                                     "workloads:\n"
                                     "  chat:\n"
                                     "    model: m\n"
                                     "    demand: {tasks: 0.5/s}\n"
                                     "    tokens: {input: 1000, output: 200}\n"
                                     "routes: {api: {chain: [from workload]}}\n"
                                     "expect: [{calls: 3600 to 3600.5}]\n";

/* Runs floe with FILE standing for the small scenario in the test's folder, and OUT for that folder. */
static struct program_run floe(const char *arguments)
{
    char expanded[4096];
    size_t n = 0;
    program_write("small.yaml", small_scenario);
    for (const char *at = arguments; *at != '\0' && n + 100 < sizeof expanded;) {
        if (strncmp(at, "FILE", 4) == 0) {
            n += (size_t)snprintf(expanded + n, sizeof expanded - n, "%s/small.yaml", program_folder());
            at += 4;
        } else if (strncmp(at, "OUT", 3) == 0) {
            n += (size_t)snprintf(expanded + n, sizeof expanded - n, "%s", program_folder());
            at += 3;
        } else {
            expanded[n++] = *at++;
        }
    }
    expanded[n] = '\0';
    return program_run(FLOE_BINARY, expanded);
}

static void check_ends(const char *arguments, int exit_status, const char *said)
{
    struct program_run run = floe(arguments);
    check_at(run.exit_status == exit_status, __FILE__, __LINE__, "floe %s: exit %d, want %d; it said: %s", arguments,
             run.exit_status, exit_status, run.err);
    check_contains(run.err, said);
    if (exit_status != 0 && exit_status != 4) check_text(run.out, "");
    program_free(&run);
}

static void exit_statuses_tell_the_kind_of_failure(void)
{
    check_ends("run FILE --quiet", 0, "");
    check_ends("run OUT/absent.yaml", 1, "no such file");
    check_ends("run OUT", 1, "is a directory");
    check_ends("run /dev/zero", 1, "is a device");
    check_ends("run FILE --set workloads.chat.tokens.output=-3", 1, "out of range");
    check_ends("", 2, "usage: floe VERB");
    check_ends("launch FILE", 2, "there is no verb 'launch'");
    check_ends("run FILE FILE", 2, "one scenario file");
    check_ends("run FILE --path avx1024", 3, "avx1024");
    check_ends("run FILE --json /nonexistent/x.json", 3, "/nonexistent/x.json");
    check_ends("run FILE --csv FILE/x", 3, "cannot make the folder");
    check_ends("run FILE --quiet --fail-if 'cost_usd > 5'", 4, "cost_usd.total of chat/api is");
    check_ends("run FILE --quiet --fail-if 'cost_usd > 500'", 0, "");
    check_ends("run FILE --quiet --expect", 4, "expect calls: 3600 to 3600.5");
    check_ends("run FILE --quiet --expect --engine hourly", 0, "1 of 1 rows hold");
}

static void a_study_is_checked_and_run(void)
{
    check_ends("run FILE --quiet --set 'variants={a: {}}'", 0, "");
    check_ends("check FILE --quiet --set 'variants={a: {}}'", 0, "");
    check_ends("check FILE --quiet --set 'changes={c: {at: 2026-03-16T01:00Z, set: {workloads.chat.tokns: 3}}}'", 1,
               "change 'c': unknown key 'tokns'");
}

static void wrong_options_are_told_with_what_would_be_right(void)
{
    check_ends("run FILE --replications 0", 2, "from 1 to 1000000");
    check_ends("run FILE --replications 12x", 2, "whole number");
    check_ends("run FILE --threads 5000", 2, "from 1 to 1024");
    check_ends("run FILE --seed -1", 2, "whole number");
    check_ends("run FILE --seed 99999999999999999999999", 2, "whole number");
    check_ends("run FILE --engine fast", 2, "events or hourly");
    check_ends("run FILE --seed", 2, "needs N");
    check_ends("run FILE --expect=yes", 2, "takes no value");
    check_ends("run FILE --colour", 2, "unknown option '--colour'");
    check_ends("run FILE --fail-if 'cost > 5'", 2, "METRIC OP NUMBER");
    check_ends("run FILE --fail-if 'lcpr_usd > lots'", 2, "METRIC OP NUMBER");
    check_ends("run FILE --route ipa", 2, "it has api");
    check_ends("check FILE --seed 3", 2, "unknown option '--seed'");
    check_ends("prices export FILE", 2, "import");
    check_ends("prices import FILE", 2, "--date");
    check_ends("prices import FILE --date 2026-07-02 --missing-cache free", 2, "input or omit");
    check_ends("prices import FILE --date 2026-07-02", 1, "small.yaml:1:");
}

static void every_verb_has_help_that_fits_a_screen(void)
{
    const char *const asked[] = {"--help", "run --help", "check --help", "prices --help", "help --help", "help"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct program_run run = floe(asked[i]);
        int lines = 0;
        check_i64(run.exit_status, 0);
        for (const char *at = run.out; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
        check_at(lines >= 3 && lines <= 40, __FILE__, __LINE__, "floe %s prints %d lines", asked[i], lines);
        program_free(&run);
    }
}

static void the_last_line_repeats_the_run(void)
{
    struct program_run first = floe("run FILE --seed 7 --replications 3 --set 'workloads.chat.tokens.output=300 tok'");
    check_i64(first.exit_status, 0);
    const size_t n = strlen(first.out);
    if (!check(n > 2)) return;
    first.out[n - 1] = '\0';
    const char *last = strrchr(first.out, '\n');
    if (!check(last != NULL)) return;
    check_contains(last, "--seed 7");
    check_contains(last, "'workloads.chat.tokens.output=300 tok'");
    struct program_run second = program_run("env", last + 1);
    check_i64(second.exit_status, 0);
    second.out[strlen(second.out) - 1] = '\0';
    check_text(second.out, first.out);
    program_free(&first);
    program_free(&second);
}

static void json_to_standard_output_is_json_and_nothing_else(void)
{
    struct program_run run = floe("run FILE --json -");
    cJSON *json = cJSON_Parse(run.out);
    check(json != NULL);
    check_text(cJSON_GetStringValue(cJSON_GetObjectItem(json, "schema")), "floe.result/1");
    cJSON_Delete(json);
    program_free(&run);
}

static void a_run_writes_its_files_and_needs_no_gnuplot(void)
{
    struct program_run run = floe("run FILE --quiet --out OUT/made/deep");
    size_t n = 0;
    check_i64(run.exit_status, 0);
    program_free(&run);
    const char *const files[] = {"made/deep/result.json", "made/deep/cells.csv", "made/deep/usage.csv",
                                 "made/deep/hours.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *text = program_read(files[i], &n);
        check_at(text != NULL && n > 10, __FILE__, __LINE__, "%s was not written", files[i]);
        free(text);
    }
    char arguments[4096];
    snprintf(arguments, sizeof arguments, "PATH=/nonexistent '%s' run %s/small.yaml --quiet --out %s/bare", FLOE_BINARY,
             program_folder(), program_folder());
    run = program_run("/usr/bin/env", arguments);
    check_i64(run.exit_status, 0);
    check_contains(run.err, "gnuplot is not installed");
    char *text = program_read("bare/result.json", &n);
    check(text != NULL);
    free(text);
    program_free(&run);
}

static void nothing_colours_a_file(void)
{
    struct program_run run = floe("run FILE");
    check(strchr(run.out, '\033') == NULL);
    check(strchr(run.err, '\033') == NULL);
    check_text(run.err, "");
    program_free(&run);
}

static const struct test tests[] = {
    {"exit statuses tell the kind of failure", exit_statuses_tell_the_kind_of_failure, FAST},
    {"a study is checked, and run", a_study_is_checked_and_run, FAST},
    {"wrong options are told, with what would be right", wrong_options_are_told_with_what_would_be_right, FAST},
    {"every verb has help that fits a screen", every_verb_has_help_that_fits_a_screen, FAST},
    {"the last line repeats the run", the_last_line_repeats_the_run, FAST},
    {"JSON to standard output is JSON and nothing else", json_to_standard_output_is_json_and_nothing_else, FAST},
    {"a run writes its files, and needs no gnuplot", a_run_writes_its_files_and_needs_no_gnuplot, FAST},
    {"nothing colours a file", nothing_colours_a_file, FAST},
};
TEST_MAIN("cli", tests)

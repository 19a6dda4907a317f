/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line's words, and what a run says about itself from outside: the line that repeats it, its warnings, its
 * inputs, and what is left behind when the disk is full. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

static const char scenario[] = "floe: 1\n"
                               "title: it's a test\n"
                               "time: {start: 2026-03-16T00:00Z, horizon: 10min}\n"
                               "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"
                               "workloads:\n"
                               "  chat: {model: m, demand: {tasks: 0.5/s}, tokens: {input: 800 to 1200, output: 200}}\n"
                               "routes: {api: {chain: [m]}, open: {chain: [m]}}\n"
                               "expect: [{tasks: 100 to 1000}]\n";

/* ---- words ---- */

#define PARSE(VERB, ...)                                                                                               \
    const char *words[] = {"floe", "verb", __VA_ARGS__};                                                               \
    struct options o;                                                                                                  \
    const enum floe_status status = options_parse(VERB, (int)(sizeof words / sizeof words[0]), (char **)words, 2, &o)

static void a_value_follows_its_option_or_an_equals_sign(void)
{
    PARSE(VERB_RUN, "--seed=7", "a.yaml", "--replications", "12", "--set=a.b=3", "--set", "c=", "--engine=hourly");
    check_i64(status, FLOE_OK);
    check_u64(o.seed, 7);
    check_u64(o.replications, 12);
    check_i64(o.engine, ENGINE_HOURLY);
    check_i64(o.n_files, 1);
    check_text(o.files[0], "a.yaml");
    check_i64(o.n_sets, 2);
    check_text(o.sets[0], "a.b=3");
    check_text(o.sets[1], "c=");
}

static void short_options_are_the_long_ones(void)
{
    PARSE(VERB_RUN, "-o", "there", "-h", "a.yaml");
    check_i64(status, FLOE_OK);
    check_text(o.out, "there");
    check(o.is_help);
    check_text(o.files[0], "a.yaml");
}

static void after_two_dashes_all_are_files(void)
{
    PARSE(VERB_RUN, "--quiet", "--", "--seed", "-x.yaml", "--");
    check_i64(status, FLOE_OK);
    check(o.is_quiet);
    check_i64(o.n_files, 3);
    check_text(o.files[0], "--seed");
    check_text(o.files[2], "--");
    check_u64(o.seed, 1);
}

static void the_largest_numbers_are_taken(void)
{
    PARSE(VERB_RUN, "--seed", "18446744073709551615", "--replications", "1000000", "--threads", "1024");
    check_i64(status, FLOE_OK);
    check_u64(o.seed, UINT64_MAX);
    check_u64(o.replications, 1000000);
    check_u64(o.threads, 1024);
}

/* ---- a run from outside ---- */

static struct program_run floe(const char *format, const char *more)
{
    char arguments[3000];
    program_write("it's.yaml", scenario);
    snprintf(arguments, sizeof arguments, format, program_folder(), more);
    return program_run(FLOE_BINARY, arguments);
}

static void check_repeats(const char *more, const char *part)
{
    struct program_run first = floe("run \"%s/it's.yaml\" %s", more);
    check_i64(first.exit_status, 0);
    const size_t n = strlen(first.out);
    if (!check(n > 2)) return;
    first.out[n - 1] = '\0';
    const char *last = strrchr(first.out, '\n');
    if (!check(last != NULL)) return;
    check_contains(last, part);
    struct program_run second = program_run("env", last + 1);
    check_i64(second.exit_status, 0);
    second.out[strlen(second.out) - 1] = '\0';
    check_text(second.out, first.out);
    program_free(&first);
    program_free(&second);
}

static void the_last_line_repeats_every_kind_of_run(void)
{
    check_repeats("--engine hourly", "--engine hourly");
    check_repeats("--route open --seed 9 --replications 3", "--route open");
    check_repeats("--replications 2 --threads 2 --path baseline", "--replications 2");
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

static void the_json_says_what_the_numbers_rest_on(void)
{
    struct program_run run = floe("run \"%s/it's.yaml\" --replications 2 --json - %s", "");
    cJSON *json = cJSON_Parse(run.out);
    const cJSON *warnings = cJSON_GetObjectItem(json, "warnings"), *cell = cJSON_GetObjectItem(json, "cells")->child;
    check_i64(cJSON_GetArraySize(warnings), 1);
    if (warnings->child != NULL) check_contains(text_of(warnings->child, "text"), "median");
    check(cJSON_GetArraySize(cJSON_GetObjectItem(cell, "rests_on")) > 3);
    check_u64(strlen(text_of(cJSON_GetObjectItem(json, "scenario"), "sha256")), 64);
    cJSON_Delete(json);
    program_free(&run);
}

static void a_run_too_large_is_a_fault_of_the_input(void)
{
    struct program_run run = floe("run \"%s/it's.yaml\" %s", "--set workloads.chat.demand.tasks=90000000/s");
    check_i64(run.exit_status, 1);
    check_contains(run.err, "in flight at once");
    check_contains(run.err, "routes.api.call_duration");
    program_free(&run);
}

static void one_check_that_fails_is_enough(void)
{
    static const struct {
        const char *checks;
        int exit_status;
    } cases[] = {{"--expect", 0},
                 {"--expect --fail-if 'calls > 9000'", 0},
                 {"--expect --fail-if 'calls > 9'", 4},
                 {"--expect --fail-if 'calls > 9' --fail-if 'calls > 9000'", 4},
                 {"--expect --set workloads.chat.demand.tasks=0.01/s", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program_run run = floe("run \"%s/it's.yaml\" --quiet --replications 3 %s", cases[i].checks);
        check_at(run.exit_status == cases[i].exit_status, __FILE__, __LINE__, "%s: exit %d; it said: %s",
                 cases[i].checks, run.exit_status, run.err);
        program_free(&run);
    }
}

/* A limit on the size of files stands for a full disk; ulimit counts blocks of 512 bytes. */
static void a_full_disk_leaves_nothing_half_written(void)
{
    char arguments[3000];
    size_t n = 0;
    program_write("it's.yaml", scenario);
    program_write("old.json", "old");
    snprintf(arguments, sizeof arguments,
             "-c \"trap '' XFSZ; ulimit -f 2; exec '%s' run '%s/it'\\\\''s.yaml' --quiet --json '%s/old.json'\"",
             FLOE_BINARY, program_folder(), program_folder());
    struct program_run run = program_run("/bin/sh", arguments);
    check_i64(run.exit_status, 3);
    check_contains(run.err, "old.json");
    char *old = program_read("old.json", &n), *part = program_read("old.json.part", &n);
    check_text(old != NULL ? old : "", "old");
    check(part == NULL);
    free(old);
    free(part);
    program_free(&run);
}

static const struct test tests[] = {
    {"a value follows its option or an equals sign", a_value_follows_its_option_or_an_equals_sign, FAST},
    {"short options are the long ones", short_options_are_the_long_ones, FAST},
    {"after two dashes all are files", after_two_dashes_all_are_files, FAST},
    {"the largest numbers are taken", the_largest_numbers_are_taken, FAST},
    {"the last line repeats every kind of run", the_last_line_repeats_every_kind_of_run, FAST},
    {"the JSON says what the numbers rest on", the_json_says_what_the_numbers_rest_on, FAST},
    {"a run too large is a fault of the input", a_run_too_large_is_a_fault_of_the_input, FAST},
    {"one check that fails is enough", one_check_that_fails_is_enough, FAST},
    {"a full disk leaves nothing half written", a_full_disk_leaves_nothing_half_written, FAST},
};
TEST_MAIN("options", tests)

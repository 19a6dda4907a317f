/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe run --trace-events from outside, and ./dev first-difference: a planted difference is named at exactly its event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

static const char scenario[] =
    "floe: 1\n"
    "time: {start: 2026-03-16T00:00Z, horizon: 20min}\n"
    "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"
    "workloads:\n"
    "  chat:\n"
    "    model: m\n"
    "    demand: {tasks: 0.5/s}\n"
    "    tokens: {input: {law: lognormal, median: 1000 tok, p95: 4000 tok}, output: 200}\n"
    "  mail: {model: m, demand: {tasks: 0.2/s, calls_per_task: 2}, tokens: {input: 7, output: 9}}\n"
    "routes: {api: {chain: [m]}, open: {chain: [m], call_duration: 5s}}\n";

static const char cached[] =
    "floe: 1\n"
    "time: {start: 2026-03-16T00:00Z, horizon: 40min}\n"
    "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}, n: {input: 5 usd/Mtok, output: 25 usd/Mtok}}}\n"
    "keys: {k1: {models: any, check: racy, record_lag: 2s, budget: 100 usd/day}}\n"
    "gateway: {response_cache: {ttl: 1h, grace: {from: switch, for: 10min, refresh: unlimited}}}\n"
    "workloads:\n"
    "  chat:\n"
    "    model: m\n"
    "    consumer: {key: k1}\n"
    "    demand: {tasks: 0.5/s, calls_per_task: 2, over: 10s}\n"
    "    prompts: {distinct: 50, popularity: zipf 0.9}\n"
    "    tokens: {input: 1000, output: 200}\n"
    "routes: {api: {chain: [{model: from workload}]}}\n"
    "changes: {switch: {at: 2026-03-16T00:20Z, set: {workloads.chat.model: n}}}\n"
    "variants: {happened: {}}\n";

/* `command` with % standing for the test's folder. */
static struct program_run run_in_folder(const char *program, const char *command)
{
    char expanded[4096];
    size_t n = 0;
    for (const char *at = command; *at != '\0' && n + 200 < sizeof expanded; at++)
        n += (size_t)(*at == '%' ? snprintf(expanded + n, sizeof expanded - n, "%s", program_folder())
                                 : snprintf(expanded + n, sizeof expanded - n, "%c", *at));
    expanded[n] = '\0';
    return program_run(program, expanded);
}

static struct program_run floe(const char *command)
{
    program_write("s.yaml", scenario);
    return run_in_folder(FLOE_BINARY, command);
}

static void check_ends(const char *command, int exit_status, const char *said)
{
    struct program_run run = floe(command);
    check_at(run.exit_status == exit_status, __FILE__, __LINE__, "floe %s: exit %d, want %d; it said: %s", command,
             run.exit_status, exit_status, run.err);
    check_contains(run.err, said);
    program_free(&run);
}

static int count_of(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

/* ---- the file ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int sum_of(const cJSON *json, const char *metric)
{
    double sum = 0;
    const cJSON *cell;
    cJSON_ArrayForEach(cell, member(json, "cells")) sum += cJSON_GetNumberValue(member(member(cell, metric), "mean"));
    return (int)sum;
}

static void the_file_adds_up_to_the_json(void)
{
    struct program_run run = floe("run %/s.yaml --quiet --replications 1 --json %/r.json --trace-events %/e.csv");
    size_t n = 0;
    check_i64(run.exit_status, 0);
    check_text(run.out, "");
    check_text(run.err, "");
    char *events = program_read("e.csv", &n), *text = program_read("r.json", &n);
    cJSON *json = cJSON_Parse(text);
    if (!check(events != NULL && json != NULL)) return;
    check_i64(count_of(events, ",arrival,"), sum_of(json, "tasks"));
    check_i64(count_of(events, ",call_done,"), sum_of(json, "invocations"));
    double want = 0;
    const cJSON *route;
    cJSON_ArrayForEach(route, member(json, "fingerprints")) want += cJSON_GetNumberValue(member(route, "events"));
    check_i64(count_of(events, "\n"), (int64_t)want + 1);
    cJSON_Delete(json);
    free(events), free(text);
    program_free(&run);
}

static void the_last_fingerprint_is_that_of_fingerprints_csv(void)
{
    struct program_run run = floe("run %/s.yaml --quiet --replications 5 --route open --csv %/csv --trace-events - "
                                  "--trace-replication 3");
    size_t n = 0;
    char row[100], *csv = program_read("csv/fingerprints.csv", &n);
    const char *last = strrchr(run.out, ',');
    check_i64(run.exit_status, 0);
    if (!check(csv != NULL && last != NULL)) return;
    const char *want = strstr(csv, "open,base,3,");
    if (!check(want != NULL)) return;
    snprintf(row, sizeof row, "open,base,3,%d%s", count_of(run.out, "\n") - 1, last);
    check_at(strncmp(want, row, strlen(row)) == 0, __FILE__, __LINE__, "want %.60s, got %s", want, row);
    check_i64(count_of(csv, "\n"), 6);
    check(strstr(run.out, "\napi,") == NULL);
    free(csv);
    program_free(&run);
}

/* A refresh in a grace window is a call of no task; a key of `record_lag` books a cost after the answer. */
static void what_no_task_waits_for_has_no_task(void)
{
    size_t n = 0;
    program_write("c.yaml", cached);
    struct program_run run = run_in_folder(FLOE_BINARY, "run %/c.yaml --quiet --replications 1 --json %/r.json "
                                                        "--trace-events %/e.csv");
    check_i64(run.exit_status, 0);
    check_text(run.err, "");
    char *events = program_read("e.csv", &n), *text = program_read("r.json", &n);
    cJSON *json = cJSON_Parse(text);
    if (!check(events != NULL && json != NULL)) return;
    check(sum_of(json, "refreshes") > 5);
    check_i64(count_of(events, ",call_done,chat,,,,"), sum_of(json, "refreshes"));
    check_i64(count_of(events, ",call_start,chat,"), sum_of(json, "calls") - sum_of(json, "tasks"));
    check_i64(count_of(events, ",cost_recorded,chat,,,,"), sum_of(json, "upstream") + sum_of(json, "refreshes"));
    check_i64(count_of(events, "api,happened,0,"), count_of(events, "\n") - 1);
    cJSON_Delete(json);
    free(events), free(text);
    program_free(&run);
}

static void wrong_use_is_told(void)
{
    check_ends("run %/s.yaml --engine hourly --trace-events %/x.csv", 2, "has no events");
    check_ends("run %/s.yaml --trace-replication 3", 2, "needs --trace-events");
    check_ends("run %/s.yaml --replications 4 --trace-events %/x.csv --trace-replication 4", 2, "there are 0 to 3");
    check_ends("run %/s.yaml --trace-events %/x.csv --trace-replication -1", 2, "whole number from 0");
    check_ends("run %/s.yaml --trace-events", 2, "needs FILE");
    check_ends("run %/s.yaml --trace-events - --json -", 2, "both");
    check_ends("run %/s.yaml --trace-events %/s.yaml", 2, "would replace the scenario");
    check_ends("run %/s.yaml --trace-events %/x.csv --route nowhere", 2, "no route 'nowhere'");
    check_ends("run %/s.yaml --trace-events /nonexistent/x.csv", 3, "/nonexistent/x.csv");
    check_ends("run %/s.yaml --quiet --trace-events /dev/full", 3, "cannot write");
    struct program_run run = run_in_folder("ls", "%"); /* none of these left a file behind, nor the start of one */
    check(strstr(run.out, "x.csv") == NULL);
    program_free(&run);
}

/* ---- first-difference ---- */

static void check_difference(const char *arguments, int exit_status, const char *said)
{
    char command[2000];
    snprintf(command, sizeof command, "dev first-difference %s", arguments);
    struct program_run run = run_in_folder("sh", command);
    check_at(run.exit_status == exit_status, __FILE__, __LINE__, "first-difference %s: exit %d, want %d: %s%s",
             arguments, run.exit_status, exit_status, run.out, run.err);
    check_at(strstr(run.out, said) != NULL || strstr(run.err, said) != NULL, __FILE__, __LINE__,
             "first-difference %s: no '%s' in: %s%s", arguments, said, run.out, run.err);
    program_free(&run);
}

/* The line with this number, counted from 1; its end in *end. */
static char *line_of(char *text, int number, char **end)
{
    for (; number > 1; number--)
        text = strchr(text, '\n') + 1;
    *end = strchr(text, '\n');
    return text;
}

/* b.csv is a.csv with one text replaced by another, the first at or after the start of this line. */
static void plant(int line, const char *from, const char *to)
{
    size_t n = 0;
    char *text = program_read("a.csv", &n), *end;
    char *at = strstr(line_of(text, line, &end), from);
    if (!check(at != NULL)) abort();
    char *changed = calloc(1, n + 100);
    snprintf(changed, n + 100, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    program_write("b.csv", changed);
    free(text), free(changed);
}

static void make_a(void)
{
    struct program_run run = floe("run %/s.yaml --quiet --replications 1 --trace-events %/a.csv");
    check_i64(run.exit_status, 0);
    program_free(&run);
}

static void a_planted_difference_is_named_at_its_event(void)
{
    size_t n = 0;
    char said[200], *end;
    make_a();
    check_difference("%/a.csv %/a.csv", 0, "the same: ");
    for (int line = 2; line < 1000; line = line * 3 + 1) {
        char *text = program_read("a.csv", &n);
        const char *found = strstr(line_of(text, line, &end), ",arrival,");
        const int is_arrival = found != NULL && end - found > 0;
        free(text);
        plant(line, is_arrival ? ",arrival," : ",call_done,", ",surprise,");
        snprintf(said, sizeof said, "the first difference: event %d of replication 0, route api (line %d)", line - 1,
                 line);
        check_difference("%/a.csv %/b.csv", 1, said);
        check_difference("%/b.csv %/a.csv", 1, said);
        snprintf(said, sizeof said, "kind: %s in A, surprise in B", is_arrival ? "arrival" : "call_done");
        check_difference("%/a.csv %/b.csv", 1, said);
    }
}

static void what_differs_is_said(void)
{
    make_a();
    plant(2, ",chat,", ",\"ch,\"\"at\",");
    check_difference("%/a.csv %/b.csv", 1, "workload: chat in A, ch,\"at in B");
    /* beyond 2^53 ns, where doubles are 4 apart, and across a full second */
    program_write("a.csv", "event,at_ns,at_s,fingerprint\n1,31535999999999999,31535999.999999999,00\n");
    program_write("b.csv", "event,at_ns,at_s,fingerprint\n1,31536000000000000,31536000.000000000,01\n");
    check_difference("%/a.csv %/b.csv", 1, "B is 1 ns later");
    check_difference("%/b.csv %/a.csv", 1, "B is 1 ns earlier");
    program_write("b.csv", "event,at_ns,at_s,fingerprint\n1,31535999999999999,31535999.999999999,01\n");
    check_difference("%/a.csv %/b.csv", 1, "only the fingerprint");
    program_write("b.csv", "event,at_ns,at_s,fingerprint\n");
    check_difference("%/a.csv %/b.csv", 1, "B ends here, after 0 events");
    check_difference("%/b.csv %/a.csv", 1, "A ends here, after 0 events");
    program_write("b.csv", "event,at_ns,fingerprint\n");
    check_difference("%/a.csv %/b.csv", 1, "other columns");
}

static void wrong_use_of_the_tool_is_told(void)
{
    make_a();
    check_difference("%/a.csv", 2, "usage:");
    check_difference("--sideways %/a.csv", 2, "usage:");
    check_difference("%/a.csv %/s.yaml", 2, "no files of floe run --trace-events");
    check_difference("%/a.csv %/absent.csv", 3, "absent.csv");
    check_difference("%/a.csv %", 3, "to read");
    check_difference("--programs %/absent %/absent %/s.yaml", 3, "no program");
    check_difference("--programs " FLOE_BINARY " " FLOE_BINARY " %/absent.yaml", 3, "absent.yaml");
    check_difference("--programs " FLOE_BINARY " " FLOE_BINARY " %/s.yaml --replications 0", 3, "ended with 2");
    check_difference("--programs " FLOE_BINARY " " FLOE_BINARY " %/s.yaml --engine hourly", 2,
                     "only the events engine");
}

/* A program like the first, but for what its command line adds. */
static void write_program(const char *name, const char *more)
{
    char text[5000], path[4200];
    snprintf(text, sizeof text, "#!/bin/sh\nexec '%s' \"$@\" %s\n", FLOE_BINARY, more);
    program_write(name, text);
    snprintf(path, sizeof path, "chmod +x '%s/%s'", program_folder(), name);
    if (system(path) != 0) abort();
}

static void two_programs_are_compared_by_what_they_do(void)
{
    program_write("s.yaml", scenario);
    check_difference("--programs " FLOE_BINARY " " FLOE_BINARY " %/s.yaml --replications 3", 0, "the same: 6 repl");
    write_program("paths", "--path baseline --threads 3");
    check_difference("--programs " FLOE_BINARY " %/paths %/s.yaml --replications 70", 0, "the same: 140 repl");
    write_program("late", "--set routes.open.call_duration=5.000000001s");
    check_difference("--programs " FLOE_BINARY " %/late %/s.yaml --replications 2", 1, "replication 0 of route open");
    check_difference("--programs " FLOE_BINARY " %/late %/s.yaml --replications 2", 1, "B is 1 ns later");
    write_program("other", "--set workloads.mail.tokens.output=10");
    check_difference("--programs " FLOE_BINARY " %/other %/s.yaml --replications 2", 1, "output_tok: 18 in A, 20 in B");
}

static const struct test tests[] = {
    {"the file of events adds up to the JSON", the_file_adds_up_to_the_json, FAST},
    {"the last fingerprint is that of fingerprints.csv", the_last_fingerprint_is_that_of_fingerprints_csv, FAST},
    {"what no task waits for has no task", what_no_task_waits_for_has_no_task, FAST},
    {"wrong use of --trace-events is told", wrong_use_is_told, FAST},
    {"a planted difference is named at its event", a_planted_difference_is_named_at_its_event, FAST},
    {"what differs is said, to the nanosecond", what_differs_is_said, FAST},
    {"wrong use of first-difference is told", wrong_use_of_the_tool_is_told, FAST},
    {"two programs are compared by what they do", two_programs_are_compared_by_what_they_do, FAST},
};
TEST_MAIN("event_file", tests)

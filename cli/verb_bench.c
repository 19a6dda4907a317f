/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cli/bench/bench_report.h"
#include "cli/bench/case_report.h"
#include "cli/bench/groups.h"
#include "cli/disk.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

#define CASE_FILE_BYTES_MOST ((size_t)8 << 20)

enum { ROUNDS = 5, THREADS = 2, HINTS = 12 };

static int json_takes_stdout(const struct options *options)
{
    return options->json != NULL && strcmp(options->json, "-") == 0;
}

static enum floe_status wrong(const char *what, const char *detail, const char *hint)
{
    fprintf(stderr, "floe: %s%s\nhint: %s\n", what, detail, hint);
    return FLOE_BAD_USAGE;
}

static enum floe_status say_failure(enum floe_status status)
{
    terminal_progress_end();
    if (status == FLOE_CANCELLED)
        fputs("floe: interrupted; what was not shown yet is lost, and no file was written\n", stderr);
    if (status == FLOE_FULL) fputs("floe: more than 4 million customers were inside at once\n", stderr);
    if (status == FLOE_CANCELLED) return FLOE_ENVIRONMENT;
    return status == FLOE_FULL ? FLOE_BAD_INPUT : status;
}

/* ---- timings ---- */

struct timing {
    int rounds, n;
    cJSON *json;
};

static enum floe_status take_row(struct bench_visitor *visitor, const struct bench_row *row)
{
    struct timing *timing = (struct timing *)visitor->context;
    struct bench_figure figure;
    if (visitor->options->only != NULL && strcasestr(row->name, visitor->options->only) == NULL) return FLOE_OK;
    if (timing->n++ == 0 && !json_takes_stdout(visitor->options)) bench_print_heading(timing->rounds);
    const enum floe_status status = bench_measure(row, timing->rounds, &figure);
    if (status != FLOE_OK) return status;
    if (!json_takes_stdout(visitor->options)) bench_print_row(&figure);
    return timing->json == NULL || bench_json_row(timing->json, &figure) ? FLOE_OK : FLOE_ENVIRONMENT;
}

static enum floe_status time_all(const struct options *options)
{
    static bench_group_fn *const groups[] = {bench_mm1, bench_stations, bench_routes, bench_hold, bench_threads};
    struct timing timing = {options->rounds > 0 ? (int)options->rounds : ROUNDS, 0, NULL};
    struct bench_visitor visitor = {take_row, options, options->threads > 0 ? options->threads : THREADS, &timing};
    enum floe_status status = FLOE_OK;
    if (options->n_files > 1) return wrong("bench takes at most one scenario file", "", "floe bench --help");
    if (options->json != NULL && (timing.json = bench_json_begin(timing.rounds)) == NULL) return FLOE_ENVIRONMENT;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && status == FLOE_OK; i++)
        if (options->n_files == 0 || groups[i] == bench_routes) status = groups[i](&visitor);
    if (status == FLOE_OK && timing.n == 0)
        status = wrong("no row's name contains ", options->only,
                       "floe bench --only hold, station, route, M/M/1, threads");
    if (status == FLOE_OK && !json_takes_stdout(options)) bench_print_footing();
    if (status == FLOE_OK && timing.json != NULL) return bench_json_write(timing.json, options->json);
    cJSON_Delete(timing.json);
    return say_failure(status);
}

/* ---- cases ---- */

struct case_work {
    const struct options *options;
    const char *file; /* NULL: those of the program */
    char name[KNOWN_TEXT];
    struct floe_pool pool;
    cJSON *json;
    int ran, failed, skipped;
};

/* --case FILE.csv:ID is --cases FILE.csv --case ID. */
static void split_name(struct case_work *work, char path[PATH_BYTES])
{
    const char *name = work->options->case_id, *colon = strrchr(name, ':');
    work->file = work->options->cases;
    if (work->file == NULL && colon != NULL && colon - name > 4 && strncasecmp(colon - 4, ".csv", 4) == 0) {
        snprintf(path, PATH_BYTES, "%.*s", (int)(colon - name), name);
        work->file = path;
        name = colon + 1;
    }
    snprintf(work->name, sizeof work->name, "%s", name[0] != '\0' ? name : "all");
}

static enum floe_status read_cases(const struct case_work *work, struct known_cases *cases)
{
    const struct floe_files files = disk_files();
    struct known_fault fault = {0, "", ""};
    char resolved[PATH_BYTES] = "", why[FILE_WHY_BYTES] = "";
    char *bytes = NULL;
    size_t n = 0;
    enum floe_status status;
    if (work->file == NULL) {
        status = known_cases_embedded(cases, &fault);
    } else {
        status = files.load(files.ctx, "", work->file, CASE_FILE_BYTES_MOST, &bytes, &n, resolved, why);
        if (status != FLOE_OK) {
            fprintf(stderr, "floe: %s: %s\n", work->file, why);
            return status;
        }
        status = known_cases_read(bytes, n, cases, &fault);
        free(bytes);
    }
    if (status == FLOE_BAD_INPUT) known_fault_print(&fault, work->file != NULL ? work->file : "the program's cases");
    if (status == FLOE_ENVIRONMENT) fputs("floe: out of memory\n", stderr);
    return status;
}

static int goes_on(void)
{
    return terminal_progress(NULL, 0, 1);
}

/* An analytic row: pilot, then the run. */
static enum floe_status run_means(const struct case_work *work, struct case_result *result,
                                  struct case_setting *setting, struct case_outcome *outcome)
{
    struct case_run run = {.setting = setting,
                           .pool = &work->pool,
                           .seed = case_seed(result->row, work->options->seed),
                           .replications = work->options->replications,
                           .goes_on = goes_on};
    const double from_s = bench_wall_s();
    enum floe_status status = case_customers_needed(&run, case_se_bound(setting), &run.customers);
    if (status == FLOE_OK) status = case_replicate(&run, outcome);
    result->customers = run.customers;
    result->seconds = bench_wall_s() - from_s;
    return status;
}

static enum floe_status run_row(struct case_work *work, const struct known_case *row, const struct known_case *before)
{
    static struct case_setting setting;
    static struct case_outcome outcome;
    static struct schedule_outcome schedule;
    struct known_fault fault = {0, "", ""};
    struct case_result result = {.row = row,
                                 .fault = &fault,
                                 .schedule = &schedule,
                                 .setting = &setting,
                                 .outcome = &outcome,
                                 .replications = work->options->replications,
                                 .seed = work->options->seed};
    enum floe_status status = FLOE_OK;
    result.is_schedule = strcasecmp(row->kind, "deterministic") == 0 || strcasecmp(row->kind, "exact") == 0;
    if (result.is_schedule)
        result.reading = case_schedule_run(row, before, -1, &schedule, &fault);
    else
        result.reading = case_station_read(row, &setting, &fault);
    if (result.reading == CASE_WRONG) {
        known_fault_print(&fault, work->file != NULL ? work->file : "queueing_cases.csv");
        return FLOE_BAD_INPUT;
    }
    if (result.reading == CASE_READY && !result.is_schedule) status = run_means(work, &result, &setting, &outcome);
    if (status != FLOE_OK) return status;
    if (result.reading == CASE_SKIPPED)
        work->skipped++;
    else if (case_holds(&result))
        work->ran++;
    else
        work->failed++;
    if (!json_takes_stdout(work->options)) case_print(&result);
    return work->json == NULL || case_json_add(work->json, &result) ? FLOE_OK : FLOE_ENVIRONMENT;
}

/* Those that begin with the same letter, each id once. */
static void hint_names(const struct known_cases *cases, const char *name)
{
    int n = 0;
    for (int i = 0; i < cases->n && n < HINTS; i++) {
        if (strncasecmp(cases->row[i].id, name, 1) != 0 || cases->row[i].part > 1) continue;
        fprintf(stderr, "%s%s", n++ > 0 ? ", " : "hint: perhaps ", cases->row[i].id);
    }
    fprintf(stderr, "%sfloe bench --case list shows all\n", n > 0 ? "; " : "hint: ");
}

static enum floe_status run_rows(struct case_work *work, const struct known_cases *cases)
{
    const int all = strcmp(work->name, "all") == 0;
    enum floe_status status = FLOE_OK;
    int found = 0;
    for (int i = 0; i < cases->n && status == FLOE_OK; i++) {
        if (!all && !known_case_is(&cases->row[i], work->name)) continue;
        found++;
        status = run_row(work, &cases->row[i], i > 0 ? &cases->row[i - 1] : NULL);
    }
    if (found == 0) {
        fprintf(stderr, "floe: there is no case '%s'\n", work->name);
        hint_names(cases, work->name);
        return FLOE_BAD_USAGE;
    }
    return status;
}

static void print_sum(const struct case_work *work)
{
    const struct options *options = work->options;
    if (json_takes_stdout(options)) return;
    if (work->ran + work->failed + work->skipped > 1)
        printf("%d hold, %d do not, %d skipped\n", work->ran, work->failed, work->skipped);
    printf("%s bench --case %s%s%s --replications %u --seed %llu\n", options->program,
           work->file != NULL ? work->file : "", work->file != NULL ? ":" : "", work->name, options->replications,
           (unsigned long long)options->seed);
}

static enum floe_status make_pool(const struct options *options, struct floe_pool *pool)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = options->threads > 0 ? options->threads : processors < 1 ? 1 : (unsigned)processors;
    return floe_pool_threads_init(pool, threads < FLOE_POOL_WORKERS_MAX ? threads : FLOE_POOL_WORKERS_MAX);
}

static enum floe_status run_cases(const struct options *options)
{
    char path[PATH_BYTES];
    struct case_work work = {.options = options};
    struct known_cases cases;
    split_name(&work, path);
    if (options->n_files > 0) return wrong("--case takes no scenario", "", "floe bench --case list");
    if (options->replications < CASE_REPLICATIONS_LEAST)
        return wrong("a standard error needs at least 30 replications", "", "leave --replications out: 64");
    enum floe_status status = make_pool(options, &work.pool);
    if (status == FLOE_OK) status = read_cases(&work, &cases);
    if (status != FLOE_OK) return status;
    if (strcmp(work.name, "list") == 0) {
        case_print_list(&cases);
    } else {
        if (options->json != NULL) work.json = case_json_begin(work.file);
        status = options->json != NULL && work.json == NULL ? FLOE_ENVIRONMENT : run_rows(&work, &cases);
        if (status == FLOE_OK) print_sum(&work);
        if (status == FLOE_OK && work.json != NULL)
            status = bench_json_write(work.json, options->json);
        else
            cJSON_Delete(work.json);
    }
    known_cases_free(&cases);
    if (status != FLOE_OK) return say_failure(status);
    return work.failed > 0 ? FLOE_CHECK_FAILED : FLOE_OK;
}

enum floe_status verb_bench(const struct options *options)
{
    if (options->json != NULL) {
        const enum floe_status status = disk_check(options->json);
        if (status != FLOE_OK) return status;
    }
    if (options->cases != NULL && options->case_id == NULL)
        return wrong("--cases needs --case, the row to run", "", "floe bench --cases mine.csv --case all");
    return options->case_id != NULL ? run_cases(options) : time_all(options);
}

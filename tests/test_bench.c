/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe bench from outside: usage, cases, JSON; that both sides of a comparison do the same, and that events are counted,
 * not assumed. No timing is looked at. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cli/bench/measure.h"
#include "cli/bench/route_work.h"
#include "cli/bench/station_loops.h"
#include "harness.h"
#include "models/engine_events.h"
#include "program.h"

/* Runs floe with OUT standing for the folder of this test. */
static struct program_run floe(const char *arguments)
{
    char expanded[4096];
    size_t n = 0;
    for (const char *at = arguments; *at != '\0' && n + 100 < sizeof expanded;) {
        if (strncmp(at, "OUT", 3) == 0) {
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
    program_free(&run);
}

/* ---- usage ---- */

static void wrong_use_is_told(void)
{
    check_ends("bench --case Z9", 2, "there is no case 'Z9'");
    check_ends("bench --case A99", 2, "perhaps A1, A2");
    check_ends("bench --case D10 --replications 29", 2, "at least 30");
    check_ends("bench --cases OUT/none.csv", 2, "--case");
    check_ends("bench --cases OUT/none.csv --case all", 1, "no such file");
    check_ends("bench --case OUT/none.csv:X", 1, "no such file");
    check_ends("bench --only nothing-of-this-name", 2, "nothing-of-this-name");
    check_ends("bench --rounds 0", 2, "1 to 101");
    check_ends("bench --rounds 5.5", 2, "1 to 101");
    check_ends("bench --case A1 x.yaml", 2, "no scenario");
    check_ends("bench OUT/absent.yaml", 1, "no such file");
    check_ends("bench a.yaml b.yaml", 2, "at most one");
    check_ends("bench --case D10 --json OUT/no/such/folder.json", 3, "folder.json");
    check_ends("bench --speed", 2, "unknown option");
}

static void help_fits_a_screen(void)
{
    struct program_run run = floe("bench --help");
    int lines = 0;
    for (const char *at = run.out; *at != '\0'; at++)
        lines += *at == '\n';
    check_at(run.exit_status == 0 && lines > 5 && lines <= 24, __FILE__, __LINE__, "%d lines", lines);
    check_contains(run.out, "--case ID");
    program_free(&run);
}

static void list_names_every_row(void)
{
    struct program_run run = floe("bench --case list");
    check_i64(run.exit_status, 0);
    check_contains(run.out, "A1.3");
    check_contains(run.out, "M/M/1 FIFO; lambda=5.0,mu=8.0: L;Lq;W;Wq");
    check_contains(run.out, "D13");
    check_contains(run.out, "A16");
    program_free(&run);
}

/* ---- a case ---- */

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    check_at(cJSON_IsNumber(member), __FILE__, __LINE__, "%s is no number", name);
    return cJSON_IsNumber(member) ? member->valuedouble : NAN;
}

static cJSON *cases_of(const char *arguments, int exit_status)
{
    struct program_run run = floe(arguments);
    check_at(run.exit_status == exit_status, __FILE__, __LINE__, "floe %s: exit %d, it said %s", arguments,
             run.exit_status, run.err);
    cJSON *document = cJSON_ParseWithOpts(run.out, NULL, 1);
    check_at(document != NULL, __FILE__, __LINE__, "floe %s: no JSON: %.200s", arguments, run.out);
    program_free(&run);
    return document;
}

/* M/M/1 at 3 and 5: W = 1 / (5 - 3), from the formula, not from the file. */
static void case_recomputes(void)
{
    cJSON *document = cases_of("bench --case a9.1 --json -", 0);
    const cJSON *one = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "cases"), 0);
    const cJSON *metric = cJSON_GetArrayItem(cJSON_GetObjectItem(one, "metrics"), 0);
    const double mean = number_of(metric, "mean"), se = number_of(metric, "se"), want = 1.0 / (5.0 - 3.0);
    check_text(cJSON_GetStringValue(cJSON_GetObjectItem(document, "schema")), "floe.cases/1");
    check_rel(number_of(metric, "expected"), want, 1e-12);
    check_rel(number_of(metric, "z"), (mean - want) / se, 1e-9);
    check_rel(number_of(metric, "se_share"), se / want, 1e-12);
    check_rel(number_of(metric, "half_95"), 1.998340543 * se, 1e-8); /* t(63), 0.975: R, qt(0.975, 63) */
    check(fabs(mean - want) <= 4 * se && se > 0 && se <= 0.005 * want);
    check(number_of(one, "replications") == 64 && number_of(one, "warmup_customers") > 500);
    check(number_of(one, "customers") > 64 * number_of(one, "warmup_customers"));
    check(cJSON_IsTrue(cJSON_GetObjectItem(one, "holds")));
    cJSON_Delete(document);
}

/* The text shows the same numbers: its z is (mean - expected) / se. */
static void text_recomputes(void)
{
    struct program_run run = floe("bench --case A9.1 --threads 1");
    double want, mean, se, percent, half, z;
    const char *line = strstr(run.out, "  mean response");
    check_i64(run.exit_status, 0);
    check(line != NULL &&
          sscanf(line, " mean response %lf %lf %lf %lf %lf %lf", &want, &mean, &se, &percent, &half, &z) == 6);
    check_abs(z, (mean - want) / se, 0.006);
    check_abs(percent, 100 * se / want, 0.0006);
    check_contains(run.out, "bench --case A9.1 --replications 64 --seed 1");
    check_contains(run.out, "holds");
    program_free(&run);
}

static void threads_do_not_show_in_a_case(void)
{
    static const char *const members[] = {"mean", "se", "z"};
    cJSON *one = cases_of("bench --case A9.3 --threads 1 --json -", 0);
    cJSON *two = cases_of("bench --case A9.3 --threads 2 --json -", 0);
    cJSON *seed = cases_of("bench --case A9.3 --seed 2 --json -", 0);
    const cJSON *of[3];
    cJSON *const documents[3] = {one, two, seed};
    for (int i = 0; i < 3; i++) {
        const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(documents[i], "cases"), 0);
        of[i] = cJSON_GetArrayItem(cJSON_GetObjectItem(row, "metrics"), 0);
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        check(number_of(of[0], members[i]) == number_of(of[1], members[i]));
    check(number_of(of[0], "mean") != number_of(of[2], "mean"));
    for (int i = 0; i < 3; i++)
        cJSON_Delete(documents[i]);
}

static void cases_of_the_user_are_run(void)
{
    program_write("mine.csv", "# mine\n"
                              "kind,id,metric,model,expected,parameters\n"
                              "analytic,X1,W,M/M/1,2,\"lambda=0.5,mu=1\"\n"
                              "analytic,X2,W,M/M/1,2.2,\"lambda=0.5,mu=1\"\n"
                              "analytic,X3,W,M/M/1 SRPT,1,\"lambda=0.5,mu=1\"\n"
                              "deterministic,X4,waits,1 server,0 0 0,\"arrivals 1,3,5, service 2\"\n"
                              "deterministic,X5,waits,1 server,0 1 1,\"arrivals 1,3,5, service 2\"\n");
    check_ends("bench --case OUT/mine.csv:X1", 0, "");
    check_ends("bench --cases OUT/mine.csv --case X2", 4, ""); /* 2.2 is wrong: W is 2 */
    check_ends("bench --cases OUT/mine.csv --case X4", 0, "");
    check_ends("bench --cases OUT/mine.csv --case X5", 4, "");
    struct program_run run = floe("bench --cases OUT/mine.csv --case all");
    check_i64(run.exit_status, 4);
    check_contains(run.out, "skipped: this is not built: SRPT");
    check_contains(run.out, "2 hold, 2 do not, 1 skipped");
    program_free(&run);
    cJSON *document = cases_of("bench --cases OUT/mine.csv --case x3 --json -", 0);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "cases"), 0);
    check_text(cJSON_GetStringValue(cJSON_GetObjectItem(row, "status")), "skipped");
    check_contains(cJSON_GetStringValue(cJSON_GetObjectItem(row, "reason")), "SRPT");
    cJSON_Delete(document);
}

static void rows_that_cannot_be_read_name_file_and_line(void)
{
    program_write("bad.csv", "id,kind,model,parameters,metric,expected\n"
                             "X1,analytic,M/M/1,\"lambda=0.5,nu=1\",W,2\n"
                             "X2,deterministic,1 server,\"service 2\",waits,2\n"
                             "X3,deterministic,1 server,\"arrivals 3,1, service 2\",waits,2\n");
    check_ends("bench --case OUT/bad.csv:X1", 1, "bad.csv:2: X1: a parameter that is not understood: nu");
    check_ends("bench --case OUT/bad.csv:X2", 1, "bad.csv:3: X2: nobody arrives");
    check_ends("bench --case OUT/bad.csv:X3", 1, "bad.csv:4: X3: the instants");
    program_write("short.csv", "id,kind,model\nX1,analytic,M/M/1\n");
    check_ends("bench --case OUT/short.csv:X1", 1, "short.csv:1: there is no column parameters");
}

/* ---- timings: everything but the times ---- */

static void json_of_timings_is_whole(void)
{
    cJSON *document = cases_of("bench --only station --rounds 2 --json -", 0);
    const cJSON *rows = cJSON_GetObjectItem(document, "rows"), *row;
    check_text(cJSON_GetStringValue(cJSON_GetObjectItem(document, "schema")), "floe.bench/1");
    check_i64(cJSON_GetArraySize(rows), 6);
    cJSON_ArrayForEach(row, rows)
    {
        const cJSON *per_s = cJSON_GetObjectItem(row, "requests_per_s"), *ratio = cJSON_GetObjectItem(row, "ratio");
        const double events = number_of(row, "executed_events"), requests = number_of(row, "requests");
        check(number_of(per_s, "lowest") <= number_of(per_s, "median"));
        check(number_of(per_s, "median") <= number_of(per_s, "highest"));
        check(number_of(ratio, "lowest") > 0 && number_of(ratio, "lowest") <= number_of(ratio, "highest"));
        check_abs(events / requests, 2, 0.5); /* an arrival and an end; who reneges has no end but goes by one */
        check(events != 2 * requests);        /* counted: who is still inside has not ended */
    }
    cJSON_Delete(document);
    struct program_run run = floe("bench --only 'M/M/1 0.9' --rounds 1 --json OUT/b.json");
    check_i64(run.exit_status, 0);
    check_contains(run.out, "M/M/1 0.9/1.0");
    program_free(&run);
    size_t n;
    char *text = program_read("b.json", &n);
    document = text != NULL ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
    check(document != NULL);
    cJSON_Delete(document);
    free(text);
}

static void a_scenario_can_be_timed(void)
{
    cJSON *document = cases_of("bench scenarios/demo/azure-hour.yaml --rounds 1 --json -", 0);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "rows"), 0);
    check_text(cJSON_GetStringValue(cJSON_GetObjectItem(row, "name")), "azure-hour.yaml");
    check(cJSON_IsNull(cJSON_GetObjectItem(row, "beside")));
    check(number_of(row, "requests") > 4 * 19000.0); /* two workloads on two routes, once at least */
    cJSON_Delete(document);
}

/* What bench reports as executed is what was taken from the queue; an event that was taken only to see that the horizon
 * is reached is none. */
static void executed_events_are_those_of_the_queue(void)
{
    struct floe_document *document;
    struct route_work work;
    struct bench_turn turn = {0};
    struct events_memory memory;
    struct replication_end end;
    check(bench_route_document(&document) == FLOE_OK);
    check(route_work_init(&work, document) == FLOE_OK);
    memory = route_work_memory(&work, 0);
    check(route_work_replicate(&work, 0, 3, &turn) == FLOE_OK);
    const struct route_run run = {&work.timeline, &document->traces, work.plan, 0, ROUTE_SEED};
    struct counts counts = counts_layout(work.plan, 0);
    memset(work.counts, 0, (size_t)work.n_counts * sizeof *work.counts);
    counts_attach(&counts, work.plan->n_workloads, work.counts);
    check(events_replicate(&run, 3, &counts, &memory, &end) == FLOE_OK);
    check(turn.requests > 400000);
    const uint64_t taken = memory.state->queue.executed;
    check_at(taken - turn.events <= 1, __FILE__, __LINE__, "%llu taken, %llu counted", (unsigned long long)taken,
             (unsigned long long)turn.events);
    route_work_free(&work);
    floe_document_free(document);
}

static enum floe_status right(void *context, struct bench_turn *turn)
{
    (void)context;
    turn->seconds = 0.5;
    turn->requests = turn->events = 10;
    turn->check = 7;
    return FLOE_OK;
}

static enum floe_status wrong(void *context, struct bench_turn *turn)
{
    const enum floe_status status = right(context, turn);
    turn->check = 8;
    return status;
}

static void a_void_comparison_is_an_error(void)
{
    const struct bench_row same = {"same", "itself", right, right, NULL},
                           other = {"other", "another", right, wrong, NULL};
    struct bench_figure figure;
    check(bench_measure(&same, 3, &figure) == FLOE_OK);
    check(figure.per_s.median == 20 && figure.ratio.median == 1 && figure.rounds == 3);
    check(bench_measure(&other, 3, &figure) == FLOE_BAD_INPUT);
}

static void spread_is_median_and_ends(void)
{
    double odd[] = {3, 1, 2.385}, even[] = {4, 1, 3, 2};
    const struct bench_spread of_odd = bench_spread_of(odd, 3), of_even = bench_spread_of(even, 4);
    check(of_odd.median == 2.385 && of_odd.lowest == 1 && of_odd.highest == 3);
    check(of_even.median == 2.5 && of_even.lowest == 1 && of_even.highest == 4);
}

/* The loops by hand know nothing of stations but their draws: a seed that bench does not use, exactly the same sums. */
static void loops_by_hand_agree_with_the_stations(void)
{
    static const struct {
        enum floe_discipline discipline;
        double patience_s;
        loop_fn *by_hand;
    } all[] = {{FLOE_FIFO, 0, loop_fifo},     {FLOE_LIFO, 0, loop_lifo},  {FLOE_PRIORITY, 0, loop_priority},
               {FLOE_RESUME, 0, loop_resume}, {FLOE_PS, 0, loop_sharing}, {FLOE_FIFO, 1.3, loop_reneging}};
    static struct loop loop;
    static struct floe_station station;
    void *memory = aligned_alloc(FLOE_QUEUE_ALIGN, (floe_station_bytes(4096) / 64 + 1) * 64);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct floe_station_parameters p = floe_station_parameters_of(all[i].discipline, 1);
            const struct floe_rng rng = {seed, 5};
            p.classes = 2;
            if (all[i].by_hand == loop_fifo || all[i].by_hand == loop_lifo || all[i].by_hand == loop_sharing ||
                all[i].by_hand == loop_reneging)
                p.classes = 1;
            p.customers = 2000;
            for (uint32_t c = 0; c < p.classes; c++) {
                p.of_class[c].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, p.classes / 0.87, 0);
                p.of_class[c].service = floe_law_of(FLOE_LAW_EXPONENTIAL, 0.9 + 0.2 * c, 0);
                if (all[i].patience_s > 0)
                    p.of_class[c].patience = floe_law_of(FLOE_LAW_EXPONENTIAL, all[i].patience_s, 0);
            }
            floe_station_init(&station, &p, 4096, memory, rng, NULL, NULL);
            check(floe_station_run(&station) == FLOE_OK);
            loop_begin(&loop, &p, rng);
            all[i].by_hand(&loop, p.customers);
            const struct floe_station_counts counts = floe_station_counts_all(&station);
            check_at(loop.sojourn_ns == counts.sojourn_ns && loop.reneged == counts.reneged &&
                         loop.area == floe_timeavg_area(&station.inside, &station.where),
                     __FILE__, __LINE__, "%s, seed %llu", floe_discipline_text((uint32_t)all[i].discipline),
                     (unsigned long long)seed);
        }
    free(memory);
}

static const struct test tests[] = {
    {"wrong use is told", wrong_use_is_told, FAST},
    {"the help fits a screen", help_fits_a_screen, FAST},
    {"the list names every row", list_names_every_row, FAST},
    {"z, standard error and interval of a case follow from its numbers", case_recomputes, FAST},
    {"the text of a case has the same numbers", text_recomputes, FAST},
    {"threads do not show in a case, the seed does", threads_do_not_show_in_a_case, FAST},
    {"cases of the user's own file are run", cases_of_the_user_are_run, FAST},
    {"rows that cannot be read are named by file and line", rows_that_cannot_be_read_name_file_and_line, FAST},
    {"the JSON of timings is whole, and events are counted", json_of_timings_is_whole, FAST},
    {"a scenario can be timed", a_scenario_can_be_timed, FAST},
    {"executed events are those taken from the queue", executed_events_are_those_of_the_queue, FAST},
    {"a comparison of different results is an error", a_void_comparison_is_an_error, FAST},
    {"a spread is the median and both ends", spread_is_median_and_ends, FAST},
    {"the loops by hand agree with the stations, to the nanosecond", loops_by_hand_agree_with_the_stations, FAST},
};

TEST_MAIN("bench", tests)

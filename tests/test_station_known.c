/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stations against the closed forms and published values of tests/known/queueing_cases.csv, read and run as
 * `floe bench --case` does it (cli/bench/case_station.h, case_run.h, case_schedule.h).
 *
 * A row holds when |z| <= 4 AND the standard error is small, over 64 replications with the warm-up deleted: at most
 * 0.5 % of the value (3 % at rho >= 0.9 with cv 4) in the long tier, at most 3 % (10 %) in the fast one, which leaves
 * out rows that need more than a million customers. Two-sided, t with 63 degrees of freedom: P(|t| > 4) = 1.7e-4; 85
 * comparisons, a false alarm of 1.5 % at most, were the seeds not fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/case_run.h"
#include "cli/bench/case_schedule.h"
#include "cli/bench/case_values.h"
#include "harness.h"
#include "sim/arrivals.h"

enum { WORKERS = 2 };
#define FAST_CUSTOMERS_MAX 1e6 /* rows that need more are left to the long tier */

static struct known_cases cases;

static void read_cases(void)
{
    struct known_fault fault;
    if (cases.n == 0 && known_cases_embedded(&cases, &fault) != FLOE_OK)
        check_at(0, __FILE__, __LINE__, "line %d: %s", fault.line, fault.what);
}

/* ---- running a row ---- */

static struct case_outcome run(const struct case_setting *s, double customers, uint64_t seed)
{
    struct case_outcome outcome;
    struct floe_pool pool;
    floe_pool_serial_init(&pool);
    if (test_is_long()) check(floe_pool_threads_init(&pool, WORKERS) == FLOE_OK);
    const struct case_run run = {s, &pool, seed, CASE_REPLICATIONS, customers, NULL};
    check(case_replicate(&run, &outcome) == FLOE_OK);
    return outcome;
}

static double bound_of(const struct case_setting *s)
{
    if (test_is_long()) return case_se_bound(s);
    return case_se_bound(s) == CASE_SE_SHARE ? 0.03 : 0.10;
}

/* Customers of a replication; 0 if that is too many for the fast tier. */
static double customers_of(const struct case_setting *s)
{
    struct floe_pool pool;
    double customers = 0;
    if (!test_is_long() && case_warmup_customers(s) * CASE_REPLICATIONS > FAST_CUSTOMERS_MAX) return 0;
    floe_pool_serial_init(&pool);
    if (test_is_long()) check(floe_pool_threads_init(&pool, WORKERS) == FLOE_OK);
    const struct case_run run = {s, &pool, 0, CASE_REPLICATIONS, 0, NULL};
    check(case_customers_needed(&run, bound_of(s), &customers) == FLOE_OK);
    return !test_is_long() && customers * CASE_REPLICATIONS > FAST_CUSTOMERS_MAX ? 0 : customers;
}

static double largest_z(const struct case_setting *s, const struct case_outcome *outcome)
{
    double z = 0;
    for (int m = 0; m < s->n_metrics; m++)
        z = fmax(z, fabs(case_z_of(s, outcome, m)));
    return z;
}

static double z_sum;
static int z_rows;

static void check_metric(const struct known_case *row, const struct case_setting *s, const struct case_outcome *outcome,
                         int m)
{
    const double z = case_z_of(s, outcome, m), share = case_se_of(s, outcome, m);
    if (test_is_long())
        printf("    %-4s %-38s %-40s %-10s want %-12.9g got %-12.9g se %.3f %%  z %+.2f  (%.1f M)\n", row->id,
               row->model, row->parameters, s->metric[m].name, s->metric[m].want, outcome->mean[m], 100 * share, z,
               (double)outcome->arrived / 1e6);
    check_at(fabs(z) <= CASE_Z_MOST, __FILE__, __LINE__, "%s %s %s, %s: z = %g", row->id, row->model, row->parameters,
             s->metric[m].name, z);
    check_at(share <= bound_of(s), __FILE__, __LINE__, "%s %s %s, %s: the standard error is %g of the value", row->id,
             row->model, row->parameters, s->metric[m].name, share);
}

static void check_row(const struct known_case *row)
{
    static struct case_setting s;
    struct known_fault fault;
    if (case_station_read(row, &s, &fault) != CASE_READY) {
        check_at(0, __FILE__, __LINE__, "line %d: %s", fault.line, fault.what);
        return;
    }
    const double customers = customers_of(&s);
    if (customers == 0) {
        printf("    left to --long: %s %s, %s\n", row->id, row->model, row->parameters);
        return;
    }
    const struct case_outcome outcome = run(&s, customers, case_seed(row, 1));
    z_sum += case_z_of(&s, &outcome, 0);
    z_rows++;
    for (int m = 0; m < s.n_metrics; m++)
        check_metric(row, &s, &outcome, m);
    fflush(stdout);
}

static void check_rows(const char *ids)
{
    int found = 0;
    read_cases();
    for (int i = 0; i < cases.n; i++) {
        const struct known_case *row = &cases.row[i];
        if (strcmp(row->kind, "analytic") != 0) continue;
        if (ids[1] == 0 ? row->id[0] != ids[0] : strcmp(row->id, ids) != 0) continue;
        check_row(row);
        found++;
    }
    check(found > 0);
}

static void single_server_rows_hold(void)
{
    check_rows("A1");
    check_rows("A3");
}

static void general_service_rows_hold(void)
{
    check_rows("A2");
}

static void many_server_rows_hold(void)
{
    check_rows("A5");
}

static void loss_rows_hold(void)
{
    check_rows("A6");
    check_rows("A7");
}

static void priority_rows_hold(void)
{
    check_rows("A8");
}

static void sharing_rows_hold(void)
{
    check_rows("A9");
    check_rows("A11");
}

static void arrival_rows_hold(void)
{
    check_rows("A16");
}

static void further_rows_hold(void)
{
    check_rows("F");
}

/* A bias too small for any row shows in all of them: the rows are independent, so their z add up to sqrt(rows) times a
 * normal value. P(|z| > 4) = 6e-5. After the tests above. */
static void rows_do_not_lean_to_one_side(void)
{
    if (z_rows < 20) {
        test_skip("runs only together with the rows above");
        return;
    }
    double z = z_sum / sqrt(z_rows);
    if (test_is_long()) printf("    %d rows, z of all: %+.2f\n", z_rows, z);
    check_at(fabs(z) <= 4, __FILE__, __LINE__, "z of all %d rows: %g", z_rows, z);
}

/* ---- A16: arrivals by pieces of time ---- */

/* Counts of the three pieces over two cycles, a Poisson number each: the standard error of a mean over n runs is
 * sqrt(mean / n), known beforehand. */
static void piecewise_arrivals_have_the_expected_counts(void)
{
    enum { RUNS = 40000, PIECES = 3 };
    static const double until_s[PIECES] = {3.2, 7.9, 10}, rate_per_s[PIECES] = {5, 1.5, 3};
    double want[PIECES] = {0}, sum[PIECES] = {0}, squares[PIECES] = {0};
    read_cases();
    for (int i = 0; i < cases.n; i++)
        for (int k = 0; strcmp(cases.row[i].id, "A16") == 0 && k < PIECES; k++)
            check_i64(case_numbers(cases.row[i].expected, k, &want[k], 1), 1);
    struct floe_arrivals_plan plan = floe_arrivals_plan_of(FLOE_ARRIVALS_PIECEWISE);
    plan.pieces = PIECES;
    memcpy(plan.until_s, until_s, sizeof until_s);
    memcpy(plan.rate_per_s, rate_per_s, sizeof rate_per_s);
    for (uint32_t r = 0; r < RUNS; r++) {
        struct floe_rng rng = {16, r};
        struct floe_where where = {0, 16, r};
        struct floe_arrivals arrivals;
        double count[PIECES] = {0};
        floe_arrivals_init(&arrivals, &plan, rng, 1, 2);
        for (int64_t at_ns = 0; floe_arrivals_next(&plan, &arrivals, NULL, &where, &at_ns) && at_ns < 20000000000;) {
            double place_s = fmod((double)at_ns / 1e9, 10);
            count[place_s < until_s[0] ? 0 : place_s < until_s[1] ? 1 : 2]++;
            where.now_ns = at_ns;
        }
        for (int k = 0; k < PIECES; k++) {
            sum[k] += count[k];
            squares[k] += (count[k] - want[k]) * (count[k] - want[k]);
        }
    }
    for (int k = 0; k < PIECES; k++) {
        double z = (sum[k] / RUNS - want[k]) / sqrt(want[k] / RUNS);
        if (test_is_long()) printf("    A16  piece %d: want %g, got %g, z %+.2f\n", k + 1, want[k], sum[k] / RUNS, z);
        check_abs(z, 0, 4);                                                            /* P(|z| > 4) = 6e-5 */
        check_abs(squares[k] / RUNS / want[k], 1, 4 * sqrt((2 + 1 / want[k]) / RUNS)); /* variance = mean */
    }
}

/* A piece without arrivals has none, and the first of the next piece comes after its beginning. */
static void pieces_of_rate_zero_stay_empty(void)
{
    struct floe_arrivals_plan plan = floe_arrivals_plan_of(FLOE_ARRIVALS_PIECEWISE);
    struct floe_rng rng = {5, 5};
    struct floe_where where = {0, 5, 5};
    struct floe_arrivals arrivals;
    plan.pieces = 3;
    plan.until_s[0] = 10, plan.until_s[1] = 20, plan.until_s[2] = 30;
    plan.rate_per_s[1] = 2.385;
    floe_arrivals_init(&arrivals, &plan, rng, 1, 2);
    int64_t at_ns = 0;
    int n = 0;
    while (floe_arrivals_next(&plan, &arrivals, NULL, &where, &at_ns) && at_ns < 30000000000000) {
        check(at_ns >= where.now_ns && at_ns % 30000000000 >= 10000000000 && at_ns % 30000000000 <= 20000000000);
        where.now_ns = at_ns;
        n++;
    }
    check_abs(n, 23850, 4 * sqrt(23850)); /* P = 6e-5 */
}

/* ---- every row ---- */

/* Whoever adds a row gets a test: by its letter and number for the analytic ones, at once for a schedule. */
static void no_row_is_passed_over(void)
{
    static const char families[] = " A1 A2 A3 A5 A6 A7 A8 A9 A11 A16 ";
    read_cases();
    for (int i = 0; i < cases.n; i++) {
        char id[20];
        snprintf(id, sizeof id, " %.10s ", cases.row[i].id);
        const int known = strcmp(cases.row[i].kind, "deterministic") == 0 || cases.row[i].id[0] == 'F' ||
                          strstr(families, id) != NULL;
        check_at(known, __FILE__, __LINE__, "row %s has no test", cases.row[i].id);
    }
    check_at(cases.n >= 61, __FILE__, __LINE__, "%d rows only", cases.n);
}

static void every_row_can_be_read(void)
{
    static struct case_setting s;
    struct known_fault fault;
    read_cases();
    for (int i = 0; i < cases.n; i++)
        if (strcmp(cases.row[i].kind, "analytic") == 0)
            check_at(case_station_read(&cases.row[i], &s, &fault) == CASE_READY, __FILE__, __LINE__, "%s", fault.what);
}

/* ---- schedules ---- */

static void deterministic_rows_are_exact(void)
{
    static struct schedule_outcome outcome;
    struct known_fault fault;
    int n = 0;
    read_cases();
    for (int i = 0; i < cases.n; i++) {
        const struct known_case *row = &cases.row[i];
        if (strcmp(row->kind, "deterministic") != 0) continue;
        const enum case_reading reading = case_schedule_run(row, i > 0 ? row - 1 : NULL, -1, &outcome, &fault);
        check_at(reading == CASE_READY, __FILE__, __LINE__, "%s: %s", row->id, fault.what);
        for (int m = 0; m < outcome.n_metrics; m++)
            check_at(outcome.metric[m].holds, __FILE__, __LINE__, "%s: %s is another", row->id, outcome.metric[m].name);
        n++;
    }
    check_i64(n, 7);
}

/* With the wrong discipline the rows that tell disciplines apart must not hold. */
static void deterministic_rows_catch_a_wrong_discipline(void)
{
    static struct schedule_outcome outcome;
    struct known_fault fault;
    read_cases();
    for (int i = 1; i < cases.n; i++) {
        const struct known_case *row = &cases.row[i];
        int wrong = -1;
        if (strcmp(row->id, "D4") == 0) wrong = FLOE_RESUME;
        if (strcmp(row->id, "D5") == 0) wrong = FLOE_RESUME;
        if (strcmp(row->id, "D12") == 0) wrong = FLOE_FIFO;
        if (strcmp(row->id, "D2") == 0) wrong = FLOE_PS;
        if (wrong < 0) continue;
        check(case_schedule_run(row, row - 1, wrong, &outcome, &fault) == CASE_READY);
        check_at(!outcome.all_hold, __FILE__, __LINE__, "%s holds with another discipline", row->id);
    }
}

/* ---- rows of others ---- */

static struct known_case row_of(const char *model, const char *parameters, const char *metric, const char *expected)
{
    struct known_case row = {.line = 7, .id = "X1", .kind = "analytic"};
    snprintf(row.model, sizeof row.model, "%s", model);
    snprintf(row.parameters, sizeof row.parameters, "%s", parameters);
    snprintf(row.metric, sizeof row.metric, "%s", metric);
    snprintf(row.expected, sizeof row.expected, "%s", expected);
    return row;
}

static void check_parameters(const char *model, const char *parameters, int discipline, uint32_t servers, uint64_t room,
                             double rho, double service_s, double patience_s)
{
    static struct case_setting s;
    struct known_fault fault;
    const struct known_case row = row_of(model, parameters, "L", "1");
    const enum case_reading reading = case_station_read(&row, &s, &fault);
    check_at(reading == CASE_READY, __FILE__, __LINE__, "%s %s: %s", model, parameters, fault.what);
    check_at(s.p.discipline == (uint32_t)discipline && s.p.servers == servers && s.p.room == room, __FILE__, __LINE__,
             "%s %s: discipline %u, %u servers, room %llu", model, parameters, s.p.discipline, s.p.servers,
             (unsigned long long)s.p.room);
    check_rel(s.rho, rho, 1e-12);
    check_rel(s.p.of_class[s.p.classes - 1].service.mean_s, service_s, 1e-12);
    check_abs(s.p.of_class[s.p.classes - 1].patience.mean_s, patience_s, 1e-12);
}

static void rows_are_read_as_they_are_written(void)
{
    check_parameters("M/M/2/7 FCFS", "lambda = 2.385 , mu = 1.7", FLOE_FIFO, 2, 7, 2.385 / 3.4, 1 / 1.7, 0);
    check_parameters("M/G/1 preemptive-resume", "lambda=(0.1,0.3);mean service (0.5,1.25); service cv=(0.5,2)",
                     FLOE_RESUME, 1, 0, 0.05 + 0.375, 1.25, 0);
    check_parameters("M/M/1 priority", "lambda_1=0.1,lambda_2=0.3,mu_1=2,mu_2=0.8", FLOE_PRIORITY, 1, 0, 0.425, 1.25,
                     0);
    check_parameters("M/M/3+M", "lambda=4,mu=1.25,theta=0.4", FLOE_FIFO, 3, 0, 4 / 3.75, 0.8, 2.5);
    check_parameters("M/M/2+D", "rho=1.4,mu=0.5,patience=3.5", FLOE_FIFO, 2, 0, 1.4, 2, 3.5);
    check_parameters("M/D/1", "rho=0.7,D=2.5", FLOE_FIFO, 1, 0, 0.7, 2.5, 0);
    check_parameters("E2/M/1 LCFS", "lambda=0.5,mu=1", FLOE_LIFO, 1, 0, 0.5, 1, 0);
    check_parameters("GI/M/1-PS", "lambda=0.5,mu=1,arrival cv=1.7", FLOE_PS, 1, 0, 0.5, 1, 0);
    check_parameters("M/M/4 loss", "a=3.3", FLOE_FIFO, 4, 4, 0.825, 1, 0);
    check_parameters("M/M/inf", "lambda=3,mu=1", FLOE_FIFO, UINT32_MAX, 0, 3.0 / UINT32_MAX, 1, 0);
    check_parameters("M[4]/M/1", "rho=0.6,mu=2", FLOE_FIFO, 1, 0, 0.6, 0.5, 0);
}

static void check_reading(const char *model, const char *parameters, const char *metric, enum case_reading want,
                          const char *said)
{
    static struct case_setting s;
    struct known_fault fault;
    const struct known_case row = row_of(model, parameters, metric, "1");
    const enum case_reading reading = case_station_read(&row, &s, &fault);
    check_at(reading == want, __FILE__, __LINE__, "%s %s %s: %d, said %s", model, parameters, metric, reading,
             fault.what);
    check_contains(fault.what, said);
    check_i64(fault.line, 7);
}

static void rows_that_cannot_be_read_are_told(void)
{
    check_reading("M/M/1", "lambda=0.9,mue=1", "L", CASE_WRONG, "mue");
    check_reading("M/M/1", "lambda=,mu=1", "L", CASE_WRONG, "number");
    check_reading("M/M/1", "mu=1", "L", CASE_WRONG, "lambda");
    check_reading("M/M/1", "lambda=1.2,mu=1", "L", CASE_WRONG, "grows for ever");
    check_reading("M/M/1", "lambda=0.9,mu=1", "Lx", CASE_WRONG, "Lx");
    check_reading("M/M/1", "lambda=0.9,mu=1", "W_3", CASE_WRONG, "W_3");
    check_reading("M/M/1", "lambda=0.9,mu=1", "L;W", CASE_WRONG, "expected for W");
    check_reading("M/M/0", "lambda=0.9,mu=1", "L", CASE_WRONG, "servers");
    check_reading("one server", "lambda=0.9,mu=1", "L", CASE_WRONG, "A/B/c");
    check_reading("M/G/1", "lambda=0.9", "L", CASE_WRONG, "cv");
    check_reading("M/M/1+M", "lambda=0.9,mu=1", "L", CASE_WRONG, "patience");
    check_reading("M/M/1 SRPT", "lambda=0.9,mu=1", "L", CASE_SKIPPED, "SRPT");
    check_reading("H2/M/1", "lambda=0.9,mu=1", "L", CASE_SKIPPED, "H2");
}

static void check_file(const char *text, int line, const char *said)
{
    struct known_cases read;
    struct known_fault fault;
    check(known_cases_read(text, strlen(text), &read, &fault) == FLOE_BAD_INPUT);
    check_contains(fault.what, said);
    check_i64(fault.line, line);
}

static void files_that_cannot_be_read_are_told(void)
{
    check_file("", 1, "no row");
    check_file("# nothing\n\nid,kind,model,parameters,metric,expected\n", 4, "no row");
    check_file("id,kind,model,parameters,metric\n", 1, "expected");
    check_file("id,id,kind,model,parameters,metric,expected\n", 1, "twice");
    check_file("id,kind,model,parameters,metric,expected\nA,b,c,d,e,f,g\n", 2, "more fields");
    check_file("id,kind,model,parameters,metric,expected\nA,b\n", 2, "too few");
    check_file("id,kind,model,parameters,metric,expected\nA,b,c,\"d,e,f\n", 2, "quote");
}

/* ---- planted ---- */

/* A service that is 3 % too long, or a cv of 3.6 in place of 4, breaks no identity; the rows must see it. */
static void rows_catch_a_wrong_law(void)
{
    static struct case_setting s;
    struct known_fault fault;
    const struct known_case mm1 = row_of("M/M/1", "lambda=0.75,mu=1", "L", "3");
    const struct known_case mg1 = row_of("M/G/1", "mean service 1, service cv=4.0, rho=0.4", "Lq", "2.2667");
    check(case_station_read(&mm1, &s, &fault) == CASE_READY);
    s.p.of_class[0].service.mean_s = 1.03;
    struct case_outcome outcome = run(&s, 20000, 2385);
    check_at(largest_z(&s, &outcome) > 4, __FILE__, __LINE__, "|z| = %g only", largest_z(&s, &outcome));
    check(case_station_read(&mg1, &s, &fault) == CASE_READY);
    check(floe_gamma_table_init(&s.table[0], 3.6) == FLOE_OK);
    outcome = run(&s, 100000, 2385);
    check_at(largest_z(&s, &outcome) > 4, __FILE__, __LINE__, "|z| = %g only", largest_z(&s, &outcome));
}

static const struct test tests[] = {
    {"M/M/1 and M/D/1 agree with their closed forms", single_server_rows_hold, FAST},
    {"M/G/1 agrees with Pollaczek and Khinchine, cv .01 to 4", general_service_rows_hold, FAST},
    {"M/M/c agrees with Erlang C", many_server_rows_hold, FAST},
    {"loss and finite room agree with Erlang B and birth and death", loss_rows_hold, FAST},
    {"priorities agree with Cobham and Kleinrock", priority_rows_hold, FAST},
    {"processor sharing agrees with M/M/1", sharing_rows_hold, FAST},
    {"arrivals by pieces of time have the expected counts", arrival_rows_hold, FAST},
    {"LIFO, reneging, balking, batches and sharing among servers agree with theirs", further_rows_hold, FAST},
    {"the rows together do not lean to one side", rows_do_not_lean_to_one_side, FAST},
    {"A16, counts of pieces have the variance of Poisson numbers too", piecewise_arrivals_have_the_expected_counts,
     FAST},
    {"pieces of rate zero stay empty", pieces_of_rate_zero_stay_empty, FAST},
    {"no row is passed over", no_row_is_passed_over, FAST},
    {"every row can be read", every_row_can_be_read, FAST},
    {"deterministic rows are exact, to the nanosecond", deterministic_rows_are_exact, FAST},
    {"deterministic rows catch a wrong discipline", deterministic_rows_catch_a_wrong_discipline, FAST},
    {"rows are read as they are written", rows_are_read_as_they_are_written, FAST},
    {"rows that cannot be read are told, with their line", rows_that_cannot_be_read_are_told, FAST},
    {"files that cannot be read are told, with their line", files_that_cannot_be_read_are_told, FAST},
    {"the rows catch a wrong law", rows_catch_a_wrong_law, FAST},
};

TEST_MAIN("station_known", tests)

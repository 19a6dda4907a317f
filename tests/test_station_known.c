/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stations against the closed forms and published values of tests/known/queueing_cases.csv.
 *
 * A row holds when |z| <= 4 AND the standard error is small, over 64 replications with the warm-up deleted: at most
 * 0.5 % of the value (3 % at rho >= 0.9 with cv 4) in the long tier, at most 3 % (10 %) in the fast one, which leaves out
 * rows that need more than a million customers. How long to
 * run is learnt from a pilot with another seed, so that a row that is added needs no tuning. Two-sided, t with 63
 * degrees of freedom: P(|t| > 4) = 1.7e-4; 85 comparisons, a false alarm of 1.5 % at most, were the seeds not fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "known_cases.h"
#include "sim/exact.h"
#include "sim/hash.h"
#include "sim/pool.h"
#include "sim/station.h"

enum { REPLICATIONS = 64, METRICS_MAX = 4, INSIDE_MAX = 1 << 13, PILOT_CUSTOMERS = 1500, WORKERS_MAX = 2 };
#define FAST_CUSTOMERS_MAX 1e6 /* rows that need more are left to the long tier */
enum metric { L, LQ, W, WQ, P_WAIT, P_BLOCK, P_BALK, P_RENEGE, P_EMPTY, P_FULL, W_HIGH, W_LOW, NO_METRIC };

struct setting {
    struct floe_station_parameters p;
    struct floe_gamma_table table;
    double rho, cv, per_s; /* customers per second, all classes */
    enum metric metric[METRICS_MAX];
    double want[METRICS_MAX];
    int n_metrics;
};

/* ---- from a row to a station ---- */

static void set_discipline(struct setting *s, const char *model)
{
    s->p.discipline = FLOE_FIFO;
    if (strstr(model, "LIFO") != NULL) s->p.discipline = FLOE_LIFO;
    if (strstr(model, "PS") != NULL) s->p.discipline = FLOE_PS;
    if (strstr(model, "non-preemptive") != NULL)
        s->p.discipline = FLOE_PRIORITY;
    else if (strstr(model, "preemptive-resume") != NULL)
        s->p.discipline = FLOE_RESUME;
    else if (strstr(model, "preemptive-resample") != NULL)
        s->p.discipline = FLOE_RESAMPLE;
    s->p.places = (uint32_t)known_number(model, "(c", 0);
}

/* A/B/c or A/B/c/K. */
static int set_kendall(struct setting *s, const char *model, char *service)
{
    const char *at = strchr(model, '/');
    int servers = 0, room = 0;
    if (at == NULL || sscanf(at, "/%c/%d/%d", service, &servers, &room) < 2) return 0;
    s->p.servers = (uint32_t)servers;
    s->p.room = (uint64_t)room;
    return 1;
}

static int set_laws(struct setting *s, const struct known_case *row, char service)
{
    double mean_s = 1 / known_number(row->parameters, "mu", 1), lambda[2];
    int classes = 1;
    lambda[0] = known_number(row->parameters, "lambda", known_number(row->parameters, "rho", 0));
    if (lambda[0] == 0) lambda[0] = known_number(row->parameters, "a=", 0) / mean_s;
    const char *pair = strstr(row->parameters, "lambda=(");
    if (pair != NULL) classes = sscanf(pair, "lambda=(%lf,%lf", &lambda[0], &lambda[1]);
    s->p.classes = (uint32_t)classes;
    s->cv = service == 'D' ? 0 : service == 'G' ? known_number(row->parameters, "service cv", -1) : 1;
    double patience_s = known_number(row->parameters, "patience", 0);
    for (int c = 0; c < classes; c++) {
        struct floe_station_class *k = &s->p.of_class[c];
        k->arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, 1 / lambda[c], 0);
        k->service = floe_law_of(service == 'D'   ? FLOE_LAW_CONSTANT
                                 : service == 'G' ? FLOE_LAW_GAMMA
                                                  : FLOE_LAW_EXPONENTIAL,
                                 mean_s, s->cv);
        if (patience_s > 0) k->patience = floe_law_of(FLOE_LAW_EXPONENTIAL, patience_s, 0);
        s->per_s += lambda[c];
    }
    s->p.balk_from = (uint64_t)known_number(row->parameters, "balk", 0);
    s->rho = s->per_s * mean_s / s->p.servers;
    return classes >= 1 && s->per_s > 0 && (service != 'G' || floe_gamma_table_init(&s->table, s->cv) == FLOE_OK);
}

static void set_batch(struct setting *s, const char *model)
{
    const char *at = strchr(model, '[');
    if (at == NULL) return;
    struct floe_arrivals_plan *plan = &s->p.of_class[0].arrivals;
    plan->batch_kind = strncmp(at, "[geometric", 10) == 0 ? FLOE_BATCH_GEOMETRIC : FLOE_BATCH_FIXED;
    plan->batch = known_number(at, plan->batch_kind == FLOE_BATCH_GEOMETRIC ? "[geometric" : "[", 1);
    s->per_s *= plan->batch;
    s->rho *= plan->batch;
}

static enum metric metric_of(const char *name)
{
    static const struct {
        const char *name;
        enum metric metric;
    } names[] = {{"L", L},
                 {"N", L},
                 {"Lq", LQ},
                 {"W", W},
                 {"mean response", W},
                 {"Wq", WQ},
                 {"P(wait)", P_WAIT},
                 {"P(block)", P_BLOCK},
                 {"P(reject)", P_BLOCK},
                 {"P(balk)", P_BALK},
                 {"P(renege)", P_RENEGE},
                 {"p0", P_EMPTY},
                 {"pK", P_FULL},
                 {"W_high", W_HIGH},
                 {"W_low", W_LOW}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0) return names[i].metric;
    return NO_METRIC;
}

static int set_metrics(struct setting *s, const struct known_case *row)
{
    char text[KNOWN_TEXT], *rest = text;
    snprintf(text, sizeof text, "%s", row->metric);
    for (const char *name; (name = strsep(&rest, ";")) != NULL && s->n_metrics < METRICS_MAX; s->n_metrics++) {
        s->metric[s->n_metrics] = metric_of(name);
        if (s->metric[s->n_metrics] == NO_METRIC) return 0;
        if (known_numbers(row->expected, s->n_metrics, &s->want[s->n_metrics], 1) != 1) return 0;
    }
    return s->n_metrics > 0;
}

/* 0 if the row asks for what is not understood. */
static int set_up(struct setting *s, const struct known_case *row)
{
    char service = 0;
    memset(s, 0, sizeof *s);
    s->p = floe_station_parameters_of(FLOE_FIFO, 1);
    if (!set_kendall(s, row->model, &service) || strchr("MDG", service) == NULL) return 0;
    set_discipline(s, row->model);
    if (!set_laws(s, row, service)) return 0;
    set_batch(s, row->model);
    return set_metrics(s, row);
}

/* ---- running it ---- */

static double value_of(const struct floe_station *station, enum metric metric)
{
    struct floe_station_means all = floe_station_result(station, -1);
    switch (metric) {
    case L: return all.inside;
    case LQ: return all.waiting;
    case W: return all.sojourn_s;
    case WQ: return all.wait_s;
    case P_WAIT: return all.delayed_share;
    case P_BLOCK: return all.blocked_share;
    case P_BALK: return all.balked_share;
    case P_RENEGE: return all.reneged_share;
    case P_EMPTY: return all.empty_share;
    case P_FULL: return all.full_share;
    case W_HIGH: return floe_station_result(station, 0).sojourn_s;
    case W_LOW: return floe_station_result(station, 1).sojourn_s;
    case NO_METRIC: break;
    }
    return NAN;
}

struct outcome {
    double mean[METRICS_MAX], se[METRICS_MAX];
    uint64_t arrived;
};

/* The memory of a queue fades in (1 + cv^2) / (1 - rho)^2 services; a dozen of that, from empty, is left out. */
static double warmup_customers(const struct setting *s)
{
    double idle = s->rho < 0.98 ? 1 - s->rho : 0.3; /* at or above 1 there is a limit on the queue */
    return 500 + 12 * (1 + s->cv * s->cv) / (idle * idle);
}

struct block {
    const struct setting *setting;
    uint64_t seed;
    double value[REPLICATIONS][METRICS_MAX];
    uint64_t arrived[REPLICATIONS];
};

static enum floe_status run_replication(void *context, uint64_t r, unsigned worker)
{
    static void *memory[WORKERS_MAX];
    static struct floe_station station[WORKERS_MAX];
    struct block *block = context;
    const struct setting *s = block->setting;
    struct floe_side side = {&s->table, NULL};
    struct floe_rng rng = {block->seed, (uint32_t)r};
    if (memory[worker] == NULL)
        memory[worker] = aligned_alloc(FLOE_QUEUE_ALIGN, (floe_station_bytes(INSIDE_MAX) + 63) / 64 * 64);
    floe_station_init(&station[worker], &s->p, INSIDE_MAX, memory[worker], rng, &side, NULL);
    enum floe_status status = floe_station_run(&station[worker]);
    for (int m = 0; m < s->n_metrics; m++)
        block->value[r][m] = value_of(&station[worker], s->metric[m]);
    block->arrived[r] = floe_station_result(&station[worker], -1).arrived;
    return status;
}

static struct outcome run(struct setting *s, double customers, uint64_t seed)
{
    static struct block block;
    struct outcome outcome = {{0}, {0}, 0};
    struct floe_pool pool;
    block.setting = s;
    block.seed = seed;
    s->p.warmup_s = warmup_customers(s) / s->per_s;
    s->p.horizon_s = s->p.warmup_s + customers / s->per_s;
    floe_pool_serial_init(&pool);
    if (test_is_long()) check(floe_pool_threads_init(&pool, WORKERS_MAX) == FLOE_OK);
    check(floe_pool_run(&pool, REPLICATIONS, run_replication, &block) == FLOE_OK);
    for (int r = 0; r < REPLICATIONS; r++)
        outcome.arrived += block.arrived[r];
    for (int m = 0; m < s->n_metrics; m++) {
        struct floe_exact sum;
        floe_exact_init(&sum, FLOE_UNIT_S);
        for (int r = 0; r < REPLICATIONS; r++)
            floe_exact_add(&sum, block.value[r][m], NULL);
        outcome.mean[m] = floe_exact_mean(&sum);
        outcome.se[m] = floe_exact_sd(&sum) / sqrt(REPLICATIONS);
    }
    return outcome;
}

static double bound_of(const struct setting *s)
{
    int hard = s->rho >= 0.9 && s->cv >= 4;
    return test_is_long() ? (hard ? 0.03 : 0.005) : (hard ? 0.10 : 0.03);
}

/* Customers per replication for which every metric's standard error should be 65 % of the bound, judged by
 * a pilot of so many. */
static double judged_by(struct setting *s, double customers, uint64_t seed)
{
    double most = 0;
    struct outcome pilot = run(s, customers, seed);
    for (int m = 0; m < s->n_metrics; m++)
        most = fmax(most, pilot.se[m] / s->want[m] / (0.65 * bound_of(s)));
    return customers * most * most;
}

/* A short pilot, and one of an eighth of what it asked for: a pilot that does not outlast the queue's memory is off. */
static double customers_needed(struct setting *s)
{
    double least = PILOT_CUSTOMERS + warmup_customers(s);
    double first = judged_by(s, least, 77);
    return fmax(first < 8 * least ? first : judged_by(s, first / 8, 78), warmup_customers(s));
}

static double largest_z(const struct setting *s, const struct outcome *outcome)
{
    double z = 0;
    for (int m = 0; m < s->n_metrics; m++)
        z = fmax(z, fabs(outcome->mean[m] - s->want[m]) / outcome->se[m]);
    return z;
}

/* Another seed for each row: with one for all they would meet the same customers, and share their luck. */
static uint64_t seed_of(const struct known_case *row)
{
    struct floe_hash hash = floe_hash_begin();
    floe_hash_text(&hash, row->model);
    floe_hash_text(&hash, row->parameters);
    return floe_hash_end(hash);
}

static double z_sum;
static int z_rows;

static void check_row(const struct known_case *row)
{
    static struct setting s;
    if (!set_up(&s, row)) {
        check_at(0, __FILE__, __LINE__, "%s, %s, %s: the row is not understood", row->id, row->model, row->parameters);
        return;
    }
    double customers = warmup_customers(&s) * REPLICATIONS > FAST_CUSTOMERS_MAX ? INFINITY : 0;
    if (test_is_long() || customers == 0) customers = customers_needed(&s);
    if (!test_is_long() && customers * REPLICATIONS > FAST_CUSTOMERS_MAX) {
        printf("    left to --long: %s %s, %s\n", row->id, row->model, row->parameters);
        return;
    }
    struct outcome outcome = run(&s, customers, seed_of(row));
    z_sum += (outcome.mean[0] - s.want[0]) / outcome.se[0];
    z_rows++;
    for (int m = 0; m < s.n_metrics; m++) {
        double z = (outcome.mean[m] - s.want[m]) / outcome.se[m], share = outcome.se[m] / s.want[m];
        if (test_is_long())
            printf("    %-4s %-38s %-40s metric %d of %-24s want %-12.9g got %-12.9g se %.3f %%  z %+.2f  (%.1f M)\n",
                   row->id, row->model, row->parameters, m + 1, row->metric, s.want[m], outcome.mean[m], 100 * share, z,
                   (double)outcome.arrived / 1e6);
        check_at(fabs(z) <= 4, __FILE__, __LINE__, "%s %s %s, metric %d: z = %g", row->id, row->model, row->parameters,
                 m + 1, z);
        check_at(share <= bound_of(&s), __FILE__, __LINE__,
                 "%s %s %s, metric %d: the standard error is %g of the value", row->id, row->model, row->parameters,
                 m + 1, share);
    }
    fflush(stdout);
}

static struct known_case rows[KNOWN_ROWS_MAX];

static void check_rows(const char *ids)
{
    int n = known_cases_read(rows), found = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(rows[i].kind, "analytic") != 0 || strcmp(rows[i].id, "A16") == 0) continue;
        if (ids[1] == 0 ? rows[i].id[0] != ids[0] : strcmp(rows[i].id, ids) != 0) continue;
        check_row(&rows[i]);
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
    int n = known_cases_read(rows);
    for (int i = 0; i < n; i++)
        for (int k = 0; strcmp(rows[i].id, "A16") == 0 && k < PIECES; k++)
            check_i64(known_numbers(rows[i].expected, k, &want[k], 1), 1);
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

/* A row that this file does not understand fails in check_row; a schedule has a test of its own in test_station.c. */
static void no_row_is_passed_over(void)
{
    static const char schedules[] = " D1 D2 D4 D5 D10 D12 D13 ", families[] = " A1 A2 A3 A5 A6 A7 A8 A9 A11 A16 ";
    int n = known_cases_read(rows);
    for (int i = 0; i < n; i++) {
        char id[20];
        snprintf(id, sizeof id, " %.10s ", rows[i].id);
        int deterministic = strcmp(rows[i].kind, "deterministic") == 0, own = rows[i].id[0] == 'F';
        check_at(own || strstr(deterministic ? schedules : families, id) != NULL, __FILE__, __LINE__,
                 "row %s has no test", rows[i].id);
    }
    check_at(n >= 61, __FILE__, __LINE__, "%d rows only", n);
}

/* ---- planted ---- */

/* A service that is 3 % too long, or a cv of 3.8 in place of 4, breaks no identity; the rows must see it. */
static void rows_catch_a_wrong_law(void)
{
    static struct setting s;
    static const struct known_case mm1 = {"-", "", "M/M/1", "lambda=0.75,mu=1", "L", "3", ""};
    static const struct known_case mg1 = {"-",  "",       "M/G/1", "mean service 1, service cv=4.0, rho=0.4",
                                          "Lq", "2.2667", ""};
    check(set_up(&s, &mm1));
    s.p.of_class[0].service.mean_s = 1.03;
    struct outcome outcome = run(&s, 20000, 2385);
    check_at(largest_z(&s, &outcome) > 4, __FILE__, __LINE__, "|z| = %g only", largest_z(&s, &outcome));
    check(set_up(&s, &mg1));
    check(floe_gamma_table_init(&s.table, 3.6) == FLOE_OK);
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
    {"LIFO, reneging, balking, batches and sharing among servers agree with theirs", further_rows_hold, FAST},
    {"the rows together do not lean to one side", rows_do_not_lean_to_one_side, FAST},
    {"A16, arrivals by pieces have the expected counts", piecewise_arrivals_have_the_expected_counts, FAST},
    {"pieces of rate zero stay empty", pieces_of_rate_zero_stay_empty, FAST},
    {"no row is passed over", no_row_is_passed_over, FAST},
    {"the rows catch a wrong law", rows_catch_a_wrong_law, FAST},
};

TEST_MAIN("station_known", tests)

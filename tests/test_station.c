/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stations, customer by customer: against the plain twin on random small cases full of ties, interruptions and
 * abandonment; against known schedules, exactly; with planted faults that twin and identities must catch; at limits.
 * Against closed forms: tests/test_station_known.c. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/case_schedule.h"
#include "cli/bench/case_values.h"
#include "cli/bench/known_cases.h"
#include "harness.h"
#include "sim/station.h"
#include "station_twin.h"

enum { INSIDE_MAX = 512, LOG_MAX = 4000, LIST_MAX = 64 };

static struct floe_station_record records[LOG_MAX];

static struct floe_station *station_new(const struct floe_station_parameters *p, uint64_t inside_max,
                                        struct floe_rng rng, const struct floe_side *side)
{
    size_t state = (sizeof(struct floe_station) + FLOE_QUEUE_ALIGN - 1) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
    size_t bytes = (state + floe_station_bytes(inside_max) + FLOE_QUEUE_ALIGN) / FLOE_QUEUE_ALIGN * FLOE_QUEUE_ALIGN;
    struct floe_station *station = aligned_alloc(FLOE_QUEUE_ALIGN, bytes);
    struct floe_station_log log = {records, 0, LOG_MAX};
    memset(station, 0xa5, bytes); /* init must not rely on zeros */
    floe_station_init(station, p, inside_max, (unsigned char *)station + state, rng, side, &log);
    return station;
}

/* ---- random cases ---- */

struct random_case {
    struct floe_station_parameters p;
    struct floe_side side;
    struct floe_rng rng;
    int64_t list_ns[LIST_MAX];
};

static uint64_t dice(uint64_t *state, uint64_t n)
{
    return test_random(state) % n;
}

/* In whole seconds more often than not: ties. */
static struct floe_law random_law(uint64_t *state)
{
    switch (dice(state, 5)) {
    case 0: return floe_law_of(FLOE_LAW_EXPONENTIAL, 1.7, 0);
    case 1: return floe_law_of(FLOE_LAW_CONSTANT, (double)dice(state, 4), 0);
    case 2: return floe_law_of(FLOE_LAW_LOGNORMAL, 2.385, 1.5);
    default: return floe_law_steps(1.0, 1 + (uint32_t)dice(state, 4));
    }
}

static void random_class(struct random_case *r, uint32_t c, uint64_t *state)
{
    struct floe_station_class *k = &r->p.of_class[c];
    k->service = random_law(state);
    if (dice(state, 2)) k->patience = random_law(state);
    k->arrivals.gap = random_law(state);
    k->arrivals.events_max = 1 + dice(state, 14);
    if (dice(state, 4) == 0) k->arrivals.batch = (double)(1 + dice(state, 3));
    if (dice(state, 4) == 0) {
        k->arrivals.batch_kind = FLOE_BATCH_GEOMETRIC;
        k->arrivals.batch = 1.8;
    }
    if (dice(state, 3) > 0) return;
    int64_t at_ns = 0;
    k->arrivals.kind = FLOE_ARRIVALS_LIST;
    k->arrivals.events_max = 0;
    k->arrivals.list_from = c * 16;
    k->arrivals.list_n = dice(state, 16);
    for (uint64_t i = 0; i < k->arrivals.list_n; i++)
        r->list_ns[c * 16 + i] = at_ns += (int64_t)dice(state, 3) * 1000000000;
}

static void random_case(struct random_case *r, uint64_t seed)
{
    uint64_t state = seed * 977 + 5;
    memset(r, 0, sizeof *r);
    r->p = floe_station_parameters_of((enum floe_discipline)(seed % FLOE_DISCIPLINE_COUNT),
                                      1 + (uint32_t)dice(&state, 3));
    r->p.classes = 1 + (uint32_t)dice(&state, 4);
    if (dice(&state, 3) == 0) r->p.room = 1 + dice(&state, 8);
    if (dice(&state, 4) == 0) r->p.balk_from = 1 + dice(&state, 6);
    if (dice(&state, 2) == 0) r->p.places = 1 + (uint32_t)dice(&state, 5);
    if (dice(&state, 3) == 0) r->p.warmup_s = (double)(1 + dice(&state, 9));
    if (dice(&state, 3) == 0) r->p.horizon_s = r->p.warmup_s + (double)(1 + dice(&state, 30));
    for (uint32_t c = 0; c < r->p.classes; c++)
        random_class(r, c, &state);
    r->side.list_ns = r->list_ns;
    r->rng.seed = seed;
    r->rng.replication = (uint32_t)(seed % 7);
}

/* ---- the comparison ---- */

static struct twin twin; /* large */

static const struct twin_customer *find_twin(uint32_t class_index, uint64_t number)
{
    for (int i = 0; i < twin.n; i++)
        if (twin.c[i].class_index == (int)class_index && twin.c[i].number == number) return &twin.c[i];
    return NULL;
}

/* How many customers fared otherwise than in the twin. */
static int differences(const struct floe_station *station)
{
    int wrong = 0, gone = 0;
    for (uint64_t i = 0; i < station->log.n && i < LOG_MAX; i++) {
        const struct floe_station_record *record = &records[i];
        const struct twin_customer *c = find_twin(record->class_index, record->number);
        if (record->outcome == FLOE_INTERRUPTED) continue;
        gone++;
        wrong += c == NULL || c->outcome != (int)record->outcome || c->arrives_ns != record->arrived_ns ||
                 c->began_ns != record->began_ns || c->gone_ns != record->left_ns;
    }
    for (int i = 0; i < twin.n; i++)
        gone -= twin.c[i].state == TWIN_GONE;
    return wrong + abs(gone);
}

static int areas_differ(const struct floe_station *station)
{
    return floe_timeavg_area(&station->inside, &station->where) != twin.inside_area ||
           floe_timeavg_area(&station->waiting, &station->where) != twin.waiting_area ||
           floe_timeavg_area(&station->busy, &station->where) != twin.busy_area;
}

struct seen {
    int customers, interrupted, reneged, blocked, balked, waited, instants;
};

static void count_seen(struct seen *seen)
{
    for (int i = 0; i < twin.n; i++) {
        seen->customers++;
        seen->interrupted += twin.c[i].interruptions;
        seen->reneged += twin.c[i].outcome == FLOE_RENEGED;
        seen->blocked += twin.c[i].outcome == FLOE_BLOCKED;
        seen->balked += twin.c[i].outcome == FLOE_BALKED;
        seen->waited += twin.c[i].waited_ns > 0;
        seen->instants += i > 0 && twin.c[i].arrives_ns == twin.c[i - 1].arrives_ns;
    }
}

static void compare_with_twin(uint64_t from, uint64_t to, struct seen *seen)
{
    static struct random_case r;
    for (uint64_t seed = from; seed < to; seed++) {
        random_case(&r, seed);
        struct floe_station *station = station_new(&r.p, INSIDE_MAX, r.rng, &r.side);
        enum floe_status status = floe_station_run(station);
        twin_run(&twin, &r.p, &r.side, r.rng);
        int wrong = differences(station), areas = areas_differ(station);
        check_at(status == FLOE_OK && wrong == 0 && areas == 0, __FILE__, __LINE__,
                 "case %llu, %s: status %d, %d of %d customers differ, areas %s", (unsigned long long)seed,
                 floe_discipline_text(r.p.discipline), (int)status, wrong, twin.n, areas ? "differ" : "agree");
        count_seen(seen);
        free(station);
    }
}

static void every_customer_fares_as_in_the_twin(void)
{
    struct seen seen = {0};
    compare_with_twin(0, 6000, &seen);
    check(seen.customers > 60000 && seen.interrupted > 2000 && seen.reneged > 2000 && seen.blocked > 2000);
    check(seen.balked > 1000 && seen.waited > 10000 && seen.instants > 10000);
}

static void every_customer_fares_as_in_the_twin_long(void)
{
    struct seen seen = {0};
    compare_with_twin(6000, 200000, &seen);
}

/* Processor sharing in real numbers: remaining work goes down at min(1, c/n). Returns the largest difference between an
 * ending there and in the twin. */
static long double sharing_off_ns(const struct twin *customers, uint32_t servers)
{
    static long double left[TWIN_MAX];
    long double now = 0, off_max = 0;
    int next = 0, inside = 0;
    while (next < customers->n || inside > 0) {
        int least = -1;
        for (int i = 0; i < next; i++)
            if (left[i] >= 0 && (least < 0 || left[i] < left[least])) least = i;
        long double rate = inside > (int)servers ? (long double)servers / inside : 1;
        long double ends = least >= 0 ? now + left[least] / rate : 1e300L;
        long double comes = next < customers->n ? (long double)customers->c[next].arrives_ns : 1e300L;
        long double to = ends < comes ? ends : comes;
        for (int i = 0; i < next; i++)
            if (left[i] >= 0) left[i] = fmaxl(0, left[i] - (to - now) * rate);
        now = to;
        if (ends < comes) {
            left[least] = -1;
            inside--;
            off_max = fmaxl(off_max, fabsl(now - (long double)twin.c[least].gone_ns));
        } else {
            left[next] = (long double)customers->c[next].left_ns;
            inside++;
            next++;
        }
    }
    return off_max;
}

/* An ending in whole nanoseconds is off by the roundings met so far: fewer than n at each of at most 2 n changes. */
static void sharing_follows_real_numbers(void)
{
    static struct random_case r;
    static struct twin customers;
    for (uint64_t seed = FLOE_PS; seed < 1200; seed += FLOE_DISCIPLINE_COUNT) {
        random_case(&r, seed);
        r.p.room = r.p.balk_from = 0;
        r.p.places = 0;
        r.p.warmup_s = r.p.horizon_s = 0;
        twin_run(&twin, &r.p, &r.side, r.rng);
        customers = twin;
        customers.n = 0;
        twin_write_down(&customers);
        long double off_ns = sharing_off_ns(&customers, r.p.servers);
        check_at(off_ns <= 2.0L * twin.n * twin.n, __FILE__, __LINE__, "case %llu: an ending is off by %Lg ns",
                 (unsigned long long)seed, off_ns);
    }
}

/* ---- known schedules, exactly ---- */

enum { NUMBERS_MAX = 60 };

static struct known_cases cases;

static const struct known_case *row_of(const char *id)
{
    struct known_fault fault;
    if (cases.n == 0 && known_cases_embedded(&cases, &fault) != FLOE_OK) check_text(fault.what, "");
    for (int i = 0; i < cases.n; i++)
        if (strcmp(cases.row[i].id, id) == 0) return &cases.row[i];
    check_at(0, __FILE__, __LINE__, "there is no row %s in tests/known/queueing_cases.csv", id);
    return NULL;
}

static struct floe_station_parameters deterministic(enum floe_discipline discipline, double every_s, double service_s)
{
    struct floe_station_parameters p = floe_station_parameters_of(discipline, 1);
    p.of_class[0].arrivals.gap = floe_law_of(FLOE_LAW_CONSTANT, every_s, 0);
    p.of_class[0].service = floe_law_of(FLOE_LAW_CONSTANT, service_s, 0);
    return p;
}

static void arrive_by_list(struct floe_station_class *k, uint64_t from, uint64_t n)
{
    k->arrivals = floe_arrivals_plan_of(FLOE_ARRIVALS_LIST);
    k->arrivals.list_from = from;
    k->arrivals.list_n = n;
}

static int64_t ns(double s)
{
    return (int64_t)(s * 1e9);
}

static struct floe_station *run_of(const struct floe_station_parameters *p, const struct floe_side *side)
{
    struct floe_rng rng = {1, 0};
    struct floe_station *station = station_new(p, INSIDE_MAX, rng, side);
    enum floe_status status = floe_station_run(station);
    check_u64(status, FLOE_OK);
    return station;
}

/* The times of one outcome in the log, in its order: begun (0) or left (1). */
static int times_of(const struct floe_station *station, enum floe_outcome outcome, int left, int64_t *times_ns)
{
    int n = 0;
    for (uint64_t i = 0; i < station->log.n; i++)
        if (records[i].outcome == (uint32_t)outcome) times_ns[n++] = left ? records[i].left_ns : records[i].began_ns;
    return n;
}

static void check_times(const struct known_case *row, int part, const int64_t *times_ns, int n)
{
    double want[NUMBERS_MAX];
    int n_want = case_numbers(row->expected, part, want, NUMBERS_MAX);
    check_at(n == n_want, __FILE__, __LINE__, "%s, part %d: %d times in place of %d", row->id, part, n, n_want);
    for (int i = 0; i < n && i < n_want; i++)
        check_at(times_ns[i] == ns(want[i]), __FILE__, __LINE__, "%s, part %d: got %.9f s, want %g s", row->id, part,
                 (double)times_ns[i] / 1e9, want[i]);
}

static void check_logged(const struct known_case *row, int part, const struct floe_station *station,
                         enum floe_outcome outcome, int left)
{
    int64_t times_ns[LOG_MAX];
    int n = times_of(station, outcome, left, times_ns);
    check_times(row, part, times_ns, n);
}

static void balking_schedule_is_exact(void)
{
    const struct known_case *row = row_of("D1");
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 5, 21);
    p.balk_from = 3;
    p.horizon_s = 51;
    struct floe_station *station = run_of(&p, NULL);
    check_logged(row, 0, station, FLOE_BALKED, 1);
    check_logged(row, 1, station, FLOE_SERVED, 0);
    check_logged(row, 2, station, FLOE_SERVED, 1);
    free(station);
}

static void reneging_schedule_is_exact(void)
{
    const struct known_case *row = row_of("D2");
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 7, 11);
    p.of_class[0].patience = floe_law_of(FLOE_LAW_CONSTANT, 3, 0);
    p.horizon_s = 31.5;
    struct floe_station *station = run_of(&p, NULL);
    double ids[NUMBERS_MAX];
    int n = case_numbers(row->expected, 0, ids, NUMBERS_MAX), k = 0;
    for (uint64_t i = 0; i < station->log.n; i++)
        if (records[i].outcome == FLOE_RENEGED && k < n) check_u64(records[i].number + 1, (uint64_t)ids[k++]);
    check_i64(k, n);
    check_logged(row, 1, station, FLOE_RENEGED, 1);
    free(station);
}

/* D4, D5: urgent at 7.5 (service 4), the others at 1.5 and 5 (service 5). By arrival: first, second, urgent. */
static void priority_schedule(const char *id, enum floe_discipline discipline)
{
    static const int64_t list_ns[] = {7500000000, 1500000000, 5000000000};
    const struct floe_side side = {NULL, list_ns};
    const struct known_case *row = row_of(id);
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(discipline, 0, 0);
    p.classes = 2;
    arrive_by_list(&p.of_class[0], 0, 1);
    arrive_by_list(&p.of_class[1], 1, 2);
    p.of_class[0].service = floe_law_of(FLOE_LAW_CONSTANT, 4, 0);
    p.of_class[1].service = floe_law_of(FLOE_LAW_CONSTANT, 5, 0);
    struct floe_station *station = run_of(&p, &side);
    int64_t began_ns[3] = {-1, -1, -1}, left_ns[3] = {-1, -1, -1};
    for (uint64_t i = 0; i < station->log.n; i++) {
        uint64_t who = records[i].class_index == 0 ? 2 : records[i].number;
        if (records[i].outcome != FLOE_SERVED) continue;
        began_ns[who] = records[i].began_ns;
        left_ns[who] = records[i].left_ns;
    }
    check_times(row, 0, began_ns, 3);
    check_times(row, 1, left_ns, 3);
    if (discipline != FLOE_PRIORITY) check_logged(row, 2, station, FLOE_INTERRUPTED, 1);
    free(station);
}

static void priority_schedules_are_exact(void)
{
    priority_schedule("D4", FLOE_PRIORITY);
    priority_schedule("D5", FLOE_RESAMPLE);
}

/* The same customers, resumed: the second has had 1 s of 5 when it is displaced and needs 4 more from 11.5 on. */
static void resumed_service_ends_earlier_than_a_repeated_one(void)
{
    static const int64_t list_ns[] = {7500000000, 1500000000, 5000000000};
    const struct floe_side side = {NULL, list_ns};
    struct floe_station_parameters p = deterministic(FLOE_RESUME, 0, 5);
    p.classes = 2;
    arrive_by_list(&p.of_class[0], 0, 1);
    arrive_by_list(&p.of_class[1], 1, 2);
    p.of_class[0].service = floe_law_of(FLOE_LAW_CONSTANT, 4, 0);
    p.of_class[1].service = floe_law_of(FLOE_LAW_CONSTANT, 5, 0);
    struct floe_station *station = run_of(&p, &side);
    check_u64(station->log.n, 4);
    check_i64(records[3].left_ns, ns(15.5));
    check(station->wasted_ns == 0);
    free(station);
}

static void loss_schedule_is_exact(void)
{
    const struct known_case *row = row_of("D10");
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 1, 1.5);
    p.room = 1;
    p.of_class[0].arrivals.events_max = 100;
    struct floe_station *station = run_of(&p, NULL);
    double want[4], busy_s = floe_i128_double(floe_timeavg_area(&station->busy, &station->where)) / 1e9;
    for (int k = 0; k < 4; k++)
        check_i64(case_numbers(row->expected, k, &want[k], 1), 1);
    struct floe_station_means means = floe_station_result(station, -1);
    check_u64(means.served, (uint64_t)want[0]);
    check_u64(means.blocked, (uint64_t)want[1]);
    check_i64(station->where.now_ns, ns(want[2]));
    check(busy_s == want[3]);
    free(station);
}

static void lifo_schedule_is_exact(void)
{
    static const int64_t list_ns[] = {0, 1000000000, 2000000000, 3000000000, 4000000000};
    const struct floe_side side = {NULL, list_ns};
    const struct known_case *row = row_of("D12");
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(FLOE_LIFO, 0, 5);
    arrive_by_list(&p.of_class[0], 0, 5);
    struct floe_station *station = run_of(&p, &side);
    double want[10]; /* who, then when */
    check_i64(case_numbers(row->expected, 0, want, 10), 10);
    check_u64(station->log.n, 5);
    for (int i = 0; i < 5; i++) {
        check_u64(records[i].number, (uint64_t)want[i]);
        check_i64(records[i].began_ns, ns(want[5 + i]));
    }
    free(station);
}

static void batch_schedule_is_exact(void)
{
    static const int64_t list_ns[] = {18500000000};
    const struct floe_side side = {NULL, list_ns};
    const struct known_case *row = row_of("D13");
    if (row == NULL) return;
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 0, 3);
    arrive_by_list(&p.of_class[0], 0, 1);
    p.of_class[0].arrivals.batch = 3;
    struct floe_station *station = run_of(&p, &side);
    int64_t waits_ns[3];
    check_u64(station->log.n, 3);
    for (int i = 0; i < 3; i++)
        waits_ns[i] = records[i].began_ns - records[i].arrived_ns;
    check_times(row, 0, waits_ns, 3);
    free(station);
}

/* ---- one instant ---- */

/* Arrivals every 2, services of 2 (lambda = mu): who comes finds the server just free, and nobody ever waits, is
 * blocked, reneges or is displaced. */
static void completion_comes_before_arrival(void)
{
    for (int d = 0; d < FLOE_DISCIPLINE_COUNT; d++) {
        struct floe_station_parameters p = deterministic((enum floe_discipline)d, 2, 2);
        p.room = 1;
        p.of_class[0].arrivals.events_max = 50;
        struct floe_station *station = run_of(&p, NULL);
        struct floe_station_means means = floe_station_result(station, -1);
        check_u64(means.served, 50);
        check_u64(means.blocked + means.interrupted, 0);
        check(means.wait_s == 0 && means.sojourn_s == 2);
        free(station);
    }
}

/* Service 6, patience 4, arrivals at 2 and 4: both would be patient until exactly 6 and 8; the first is served at 6. */
static void patience_to_the_very_instant_is_enough(void)
{
    static const int64_t list_ns[] = {0, 2000000000, 4000000000};
    const struct floe_side side = {NULL, list_ns};
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 0, 6);
    arrive_by_list(&p.of_class[0], 0, 3);
    p.of_class[0].patience = floe_law_of(FLOE_LAW_CONSTANT, 4, 0);
    struct floe_station *station = run_of(&p, &side);
    check_u64(station->counts[0].served, 2);
    check_u64(station->counts[0].reneged, 1);
    check_i64(records[1].left_ns, ns(8));
    check_u64(records[1].outcome, FLOE_RENEGED);
    free(station);
}

/* Room for two; at 3 the patience of the one who waits ends, and another comes: there is room for it. */
static void reneging_comes_before_arrival(void)
{
    static const int64_t list_ns[] = {0, 1000000000, 3000000000};
    const struct floe_side side = {NULL, list_ns};
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 0, 100);
    arrive_by_list(&p.of_class[0], 0, 3);
    p.of_class[0].patience = floe_law_of(FLOE_LAW_CONSTANT, 2, 0);
    p.room = 2;
    p.horizon_s = 4;
    struct floe_station *station = run_of(&p, &side);
    check_u64(station->counts[0].blocked, 0);
    check_u64(station->counts[0].reneged, 1);
    check_i64(station->inside.level, 2);
    free(station);
}

/* What happens at the horizon does not belong to the run; what happens at the end of the warm-up is measured. */
static void windows_are_half_open(void)
{
    struct floe_station_parameters p = deterministic(FLOE_FIFO, 1, 0.5);
    p.warmup_s = 10;
    p.horizon_s = 20;
    struct floe_station *station = run_of(&p, NULL);
    check_u64(station->counts[0].arrived, 10); /* at 10, 11, ... 19 */
    check_u64(station->counts[0].served, 10);
    check_i64(station->where.now_ns, ns(20));
    check(floe_timeavg_area(&station->busy, &station->where) == ns(5));
    free(station);
}

/* ---- the same customers ---- */

static void disciplines_meet_the_same_customers(void)
{
    floe_u128 arrivals[FLOE_DISCIPLINE_COUNT] = {0};
    floe_i128 services[FLOE_DISCIPLINE_COUNT];
    for (int d = 0; d < FLOE_DISCIPLINE_COUNT; d++) {
        struct floe_station_parameters p = floe_station_parameters_of((enum floe_discipline)d, 1);
        p.of_class[0].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.2, 0);
        p.of_class[0].service = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.0, 0);
        p.of_class[0].arrivals.events_max = 500;
        struct floe_station *station = run_of(&p, NULL);
        for (int i = 0; i < 500; i++)
            arrivals[d] += (floe_u128)records[i].arrived_ns * (records[i].number + 1);
        services[d] = floe_timeavg_area(&station->busy, &station->where);
        check(arrivals[d] == arrivals[0]);
        if (d != FLOE_PS) check(services[d] == services[0]);
        free(station);
    }
}

/* ---- planted faults ---- */

static jmp_buf after_panic;
static char panic_text[100];

static void catch_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    (void)where, (void)file, (void)line;
    snprintf(panic_text, sizeof panic_text, "%s", what);
    longjmp(after_panic, 1);
}

enum fault {
    NO_FAULT,
    CUSTOMER_DROPPED,
    ENDED_A_NANOSECOND_LATE,
    LEVEL_FORGOTTEN,
    WAIT_FORGOTTEN,
    WRONG_ARRIVAL,
    ARRIVAL_NOT_COUNTED,
    SERVED_TWICE,
    IN_HAND_LOST,
    FAULTS
};

static uint32_t any_of_state(const struct floe_station *station, enum floe_customer_state state)
{
    for (uint32_t i = 0; i < station->fresh; i++)
        if (station->customer[i].state == (uint32_t)state) return i;
    return FLOE_CUSTOMER_NONE;
}

static void plant(struct floe_station *station, enum fault fault)
{
    struct floe_customer *in_service = &station->customer[any_of_state(station, FLOE_CUSTOMER_IN_SERVICE)];
    struct floe_handle completion = station->parameters.discipline == FLOE_PS ? station->completion : in_service->timer;
    switch (fault) {
    case CUSTOMER_DROPPED: in_service->state = FLOE_CUSTOMER_FREE; break;
    case ENDED_A_NANOSECOND_LATE:
        floe_queue_reschedule(&station->queue, completion, floe_queue_due_ns(&station->queue, completion) + 1);
        break;
    case LEVEL_FORGOTTEN: floe_timeavg_change(&station->inside, 1, &station->where); break;
    case WAIT_FORGOTTEN: floe_timeavg_change(&station->waiting, -1, &station->where); break;
    case WRONG_ARRIVAL: in_service->arrived_ns--; break;
    case ARRIVAL_NOT_COUNTED: station->counts[0].arrived--; break;
    case SERVED_TWICE: station->delivered_ns += in_service->required_ns; break;
    case IN_HAND_LOST: station->in_hand_ns--; break;
    default: break;
    }
}

static __attribute__((noinline)) void run_with_fault(struct floe_station *station, enum fault fault)
{
    struct floe_event event;
    int planted = 0;
    if (floe_station_begin_run(station) != FLOE_OK) check(0);
    for (int i = 0; i < 5000 && floe_queue_pop(&station->queue, &event); i++) {
        floe_station_handle(station, &event);
        if (planted || i < 2000 || station->waiting.level < 2 || station->n_in_service < 2) continue;
        plant(station, fault);
        planted = 1;
        if (fault == CUSTOMER_DROPPED) break; /* its completion would find a record that is free */
    }
    check(planted);
    station->where.now_ns += 1000; /* a level that is wrong shows only after a while */
    floe_station_check(station);
}

static struct floe_station_parameters crowded(enum floe_discipline discipline)
{
    struct floe_station_parameters p = floe_station_parameters_of(discipline, 2);
    p.classes = 2;
    p.places = 3;
    for (int c = 0; c < 2; c++) {
        p.of_class[c].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.1, 0);
        p.of_class[c].service = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.0, 0);
        p.of_class[c].patience = floe_law_of(FLOE_LAW_EXPONENTIAL, 30.0, 0);
    }
    return p;
}

/* A nanosecond too late is no fault of the accounts where it stays in hand: the twin is for that. */
static const char *caught_as(uint32_t discipline, enum fault fault)
{
    static const char *const want[FAULTS] = {
        [NO_FAULT] = "",
        [CUSTOMER_DROPPED] = "area of N ",
        [ENDED_A_NANOSECOND_LATE] = "busy time",
        [LEVEL_FORGOTTEN] = "area of N ",
        [WAIT_FORGOTTEN] = "area of Nq",
        [WRONG_ARRIVAL] = "area of N ",
        [ARRIVAL_NOT_COUNTED] = "arrivals are not",
        [SERVED_TWICE] = "busy time",
        [IN_HAND_LOST] = "busy time",
    };
    if (fault == (discipline == FLOE_PS ? ENDED_A_NANOSECOND_LATE : IN_HAND_LOST)) return "";
    return want[fault];
}

static void identities_catch_planted_faults(void)
{
    struct floe_rng rng = {9, 9};
    floe_panic_fn *usual = floe_panic_handler;
    for (volatile int d = 0; d < FLOE_DISCIPLINE_COUNT; d++) {
        for (volatile int fault = NO_FAULT; fault < FAULTS; fault++) {
            struct floe_station_parameters p = crowded((enum floe_discipline)d);
            struct floe_station *volatile station = station_new(&p, INSIDE_MAX, rng, NULL);
            panic_text[0] = '\0';
            floe_panic_handler = catch_panic;
            if (setjmp(after_panic) == 0) run_with_fault(station, (enum fault)fault);
            floe_panic_handler = usual;
            const char *want = caught_as((uint32_t)d, (enum fault)fault);
            check_at(want[0] == '\0' ? panic_text[0] == '\0' : strncmp(panic_text, want, strlen(want)) == 0, __FILE__,
                     __LINE__, "%s, fault %d: \"%s\" in place of \"%s\"", floe_discipline_text((uint32_t)d), fault,
                     panic_text, want);
            free(station);
        }
    }
}

/* A station that does something else must differ from the twin in some of 600 cases. */
enum wrong { WRONG_LINE, WRONG_ROOM, WRONG_BALKING, WRONG_PATIENCE, WRONG_SERVERS, WRONG_PLACES, WRONG_RESUME, WRONGS };

static void do_wrong(struct floe_station_parameters *p, enum wrong wrong)
{
    switch (wrong) {
    case WRONG_LINE: p->discipline = p->discipline == FLOE_FIFO ? FLOE_LIFO : p->discipline; break;
    case WRONG_ROOM: p->room += p->room > 0; break;
    case WRONG_BALKING: p->balk_from += p->balk_from > 0; break;
    case WRONG_PATIENCE: /* to the very instant is no longer enough */
        for (uint32_t c = 0; c < p->classes; c++)
            if (p->of_class[c].patience.kind == FLOE_LAW_CONSTANT && p->of_class[c].patience.mean_s >= 1)
                p->of_class[c].patience.mean_s -= 1e-9;
        break;
    case WRONG_SERVERS: p->servers++; break;
    case WRONG_PLACES: p->places += p->places > 0; break;
    case WRONG_RESUME: p->discipline = p->discipline == FLOE_RESAMPLE ? FLOE_RESUME : p->discipline; break;
    case WRONGS: break;
    }
}

static void twin_catches_planted_faults(void)
{
    static struct random_case r;
    for (int wrong = 0; wrong < WRONGS; wrong++) {
        int found = 0;
        for (uint64_t seed = 0; seed < 600; seed++) {
            random_case(&r, seed);
            struct floe_station_parameters p = r.p;
            do_wrong(&p, (enum wrong)wrong);
            struct floe_station *station = station_new(&p, INSIDE_MAX, r.rng, &r.side);
            enum floe_status status = floe_station_run(station);
            check_u64(status, FLOE_OK);
            twin_run(&twin, &r.p, &r.side, r.rng);
            found += differences(station) > 0;
            free(station);
        }
        check_at(found > 0, __FILE__, __LINE__, "fault %d went unseen", wrong);
    }
}

/* ---- limits ---- */

static void full_arena_is_a_status_with_the_number_needed(void)
{
    struct floe_rng rng = {1, 1};
    struct floe_station_parameters p = deterministic(FLOE_PS, 1, 1000);
    struct floe_station *station = station_new(&p, 20, rng, NULL);
    enum floe_status status = floe_station_run(station);
    check_u64(status, FLOE_FULL);
    check_u64(station->needed, 21);
    check_u64(floe_station_bytes(0), 0);
    check_u64(floe_station_bytes(FLOE_QUEUE_CAPACITY_MAX), 0);
    check(floe_station_bytes(FLOE_QUEUE_CAPACITY_MAX - 10) > 0);
    free(station);
}

static void parameters_that_cannot_be_are_refused(void)
{
    struct floe_rng rng = {1, 1};
    for (int i = 0; i < 6; i++) {
        struct floe_station_parameters p = deterministic(FLOE_FIFO, 1, 1);
        switch (i) {
        case 0: p.servers = 0; break;
        case 1: p.classes = FLOE_STATION_CLASSES_MAX + 1; break;
        case 2: p.discipline = FLOE_DISCIPLINE_COUNT; break;
        case 3: p.warmup_s = 5, p.horizon_s = 5; break;
        case 4: p.of_class[0].service.kind = FLOE_LAW_NONE; break;
        case 5: p.of_class[0].arrivals.batch = 0; break;
        }
        struct floe_station *station = station_new(&p, 20, rng, NULL);
        enum floe_status status = floe_station_run(station);
        check_u64(status, FLOE_BAD_INPUT);
        free(station);
    }
}

/* 200 in the line at once, in and out of every place, arena used to the last record. */
static void arena_is_used_to_its_last_record(void)
{
    for (int d = 0; d < FLOE_DISCIPLINE_COUNT; d++) {
        struct floe_rng rng = {3, (uint32_t)d};
        struct floe_station_parameters p = crowded((enum floe_discipline)d);
        p.room = 200;
        p.of_class[0].arrivals.gap = p.of_class[1].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, 0.1, 0);
        p.horizon_s = 500;
        struct floe_station *station = station_new(&p, 200, rng, NULL);
        enum floe_status status = floe_station_run(station);
        check_u64(status, FLOE_OK);
        check_i64(station->inside.most, 200);
        check_u64(station->fresh, 201); /* one for those turned away */
        free(station);
    }
}

static const struct test tests[] = {
    {"every customer fares as in the plain twin, 6,000 cases", every_customer_fares_as_in_the_twin, FAST},
    {"every customer fares as in the plain twin, 194,000 cases", every_customer_fares_as_in_the_twin_long, LONG},
    {"processor sharing follows real numbers", sharing_follows_real_numbers, FAST},
    {"D1, balking: the schedule is exact", balking_schedule_is_exact, FAST},
    {"D2, reneging: the schedule is exact", reneging_schedule_is_exact, FAST},
    {"D4 and D5, priorities: the schedules are exact", priority_schedules_are_exact, FAST},
    {"a resumed service ends earlier than a repeated one", resumed_service_ends_earlier_than_a_repeated_one, FAST},
    {"D10, loss: the schedule is exact", loss_schedule_is_exact, FAST},
    {"D12, last in first out: the schedule is exact", lifo_schedule_is_exact, FAST},
    {"D13, a batch: the schedule is exact", batch_schedule_is_exact, FAST},
    {"a completion comes before an arrival of the same instant", completion_comes_before_arrival, FAST},
    {"patience to the very instant is enough", patience_to_the_very_instant_is_enough, FAST},
    {"reneging comes before an arrival of the same instant", reneging_comes_before_arrival, FAST},
    {"the measurement is half open: from the warm-up's end up to the horizon", windows_are_half_open, FAST},
    {"every discipline meets the same customers", disciplines_meet_the_same_customers, FAST},
    {"the identities catch planted faults", identities_catch_planted_faults, FAST},
    {"the twin catches planted faults", twin_catches_planted_faults, FAST},
    {"a full arena is a status with the number needed", full_arena_is_a_status_with_the_number_needed, FAST},
    {"parameters that cannot be are refused", parameters_that_cannot_be_are_refused, FAST},
    {"the arena is used to its last record", arena_is_used_to_its_last_record, FAST},
};

TEST_MAIN("station", tests)

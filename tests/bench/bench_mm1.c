/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Customers and executed events per second for M/M/1 at .9/1, on one core, statistics on: the model on the public event
 * queue, beside the same system as a hand-written loop over its two next event times with the same draws. The loop is
 * the bound of the event style: no queue, no handles, no assertions.
 *
 *     bench_mm1 [rounds] [customers]
 *
 * The two take turns, and the medians over the rounds are printed with their spread. Both must have the same sum of
 * sojourn times, to the nanosecond; otherwise the comparison is void. No timing is asserted. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/mm1.h"

enum { ROUNDS_MAX = 101, INSIDE_MAX = 1 << 14 };

static const struct floe_mm1_parameters parameters = {0.9, 1.0, 0, 0};

/* Of this process alone, so that neighbours on the machine take less part. */
static double seconds_now(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static struct floe_mm1_means run_model(uint64_t customers, void *memory, floe_i128 *sojourn_ns)
{
    static struct floe_mm1 mm1;
    struct floe_rng rng = {20240229, 0};
    struct floe_mm1_parameters p = parameters;
    p.customers = customers;
    floe_mm1_init(&mm1, p, INSIDE_MAX, memory, rng);
    if (floe_mm1_run(&mm1) != FLOE_OK) exit(EXIT_FAILURE);
    *sojourn_ns = mm1.sojourn_ns;
    return floe_mm1_result(&mm1);
}

/* The bound: two next event times, a ring of arrival times, area of N and sum of sojourn times. */
static floe_i128 run_loop(uint64_t customers, int64_t *ring, floe_i128 *area)
{
    static struct floe_block_stream arrivals, services;
    struct floe_rng rng = {20240229, 0};
    struct floe_where where = {0, 20240229, 0};
    floe_i128 sojourn_ns = 0;
    uint64_t arrived = 0, served = 0;
    int64_t now_ns = 0, departure_ns = INT64_MAX;
    arrivals = floe_mm1_durations(rng, "arrival", 1.0 / parameters.arrival_per_s);
    services = floe_mm1_durations(rng, "service", 1.0 / parameters.service_per_s);
    int64_t arrival_ns = floe_mm1_next_ns(&arrivals, &where);
    while (served < customers) {
        int64_t next_ns = departure_ns <= arrival_ns ? departure_ns : arrival_ns;
        *area += (floe_i128)(int64_t)(arrived - served) * (next_ns - now_ns);
        now_ns = next_ns;
        if (departure_ns <= arrival_ns) {
            sojourn_ns += now_ns - ring[served++ & (INSIDE_MAX - 1)];
            departure_ns = served < arrived ? now_ns + floe_mm1_next_ns(&services, &where) : INT64_MAX;
        } else {
            ring[arrived & (INSIDE_MAX - 1)] = now_ns;
            if (arrived++ == served) departure_ns = now_ns + floe_mm1_next_ns(&services, &where);
            arrival_ns = now_ns + floe_mm1_next_ns(&arrivals, &where);
        }
    }
    return sojourn_ns;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const char *name, double *rates, int rounds, double events_per_customer)
{
    qsort(rates, (size_t)rounds, sizeof rates[0], by_size);
    double median = rates[rounds / 2];
    printf("%-28s %8.2f  %8.2f  %8.2f .. %.2f\n", name, median / 1e6, median * events_per_customer / 1e6,
           rates[0] / 1e6, rates[rounds - 1] / 1e6);
}

struct rates {
    double model[ROUNDS_MAX], loop[ROUNDS_MAX], ratio[ROUNDS_MAX]; /* customers per second */
};

/* One round; 0 if the two disagree. */
static int run_round(struct rates *rates, int round, uint64_t customers, void *memory, struct floe_mm1_means *means)
{
    floe_i128 of_model, of_loop, area = 0;
    double start_s = seconds_now();
    *means = run_model(customers, memory, &of_model);
    double between_s = seconds_now();
    of_loop = run_loop(customers, memory, &area);
    double end_s = seconds_now();
    rates->model[round] = (double)customers / (between_s - start_s);
    rates->loop[round] = (double)customers / (end_s - between_s);
    rates->ratio[round] = rates->model[round] / rates->loop[round];
    return of_model == of_loop && area > 0;
}

static void print_rates(struct rates *rates, int rounds, const struct floe_mm1_means *means, uint64_t customers)
{
    double events_per_customer = (double)means->executed / (double)customers;
    printf("M/M/1 lambda 0.9 mu 1, %llu customers, one core, %d rounds\n", (unsigned long long)customers, rounds);
    printf("%-28s %8s  %8s  %s\n", "", "Mcust/s", "Mev/s", "Mcust/s, lowest .. highest");
    print_row("model on the event queue", rates->model, rounds, events_per_customer);
    print_row("two next event times", rates->loop, rounds, events_per_customer);
    qsort(rates->ratio, (size_t)rounds, sizeof rates->ratio[0], by_size);
    printf("ratio, median of rounds      %8.3f\n", rates->ratio[rounds / 2]);
    printf("executed events per customer %8.3f   (W %.4f s, L %.4f)\n", events_per_customer, means->sojourn_s,
           means->inside);
}

int main(int argc, char **argv)
{
    static struct rates rates;
    int rounds = argc > 1 ? atoi(argv[1]) : 11;
    uint64_t customers = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    struct floe_mm1_means means = {0};
    void *memory = aligned_alloc(FLOE_QUEUE_ALIGN, floe_mm1_bytes(INSIDE_MAX));
    if (rounds < 1 || rounds > ROUNDS_MAX || customers == 0 || memory == NULL) return EXIT_FAILURE;
    for (int i = 0; i < rounds; i++)
        if (!run_round(&rates, i, customers, memory, &means)) return EXIT_FAILURE;
    print_rates(&rates, rounds, &means, customers);
    free(memory);
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Customers per second through a station (sim/station.h), statistics on, for each discipline; beside each the same
 * station as a loop by hand (cli/bench/station_loops.h). One server, exponential services of mean 1; one class at 0.9/s,
 * or two at 0.45/s each. Both must have the same sum of the stays, area of N and number of those who reneged. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench/groups.h"
#include "cli/bench/station_loops.h"

enum { CUSTOMERS = 400000, INSIDE_MAX = LOOP_PLACES, SEED = 20240229 };
#define PATIENCE_S 10.0

struct test_station {
    struct floe_station_parameters p;
    loop_fn *by_hand;
    void *memory;
    struct loop *loop;
};

static const struct {
    const char *name;
    enum floe_discipline discipline;
    uint32_t classes;
    double patience_s;
    loop_fn *by_hand;
} kinds[] = {
    {"station FIFO", FLOE_FIFO, 1, 0, loop_fifo},
    {"station LIFO", FLOE_LIFO, 1, 0, loop_lifo},
    {"station priority", FLOE_PRIORITY, 2, 0, loop_priority},
    {"station preemptive resume", FLOE_RESUME, 2, 0, loop_resume},
    {"station processor sharing", FLOE_PS, 1, 0, loop_sharing},
    {"station FIFO, reneging", FLOE_FIFO, 1, PATIENCE_S, loop_reneging},
};

static uint64_t check_of(floe_i128 sojourn_ns, floe_i128 area, uint64_t reneged)
{
    return (uint64_t)sojourn_ns + 31 * (uint64_t)area + 37 * reneged;
}

static enum floe_status run_station(void *context, struct bench_turn *turn)
{
    static struct floe_station station;
    const struct test_station *test = (const struct test_station *)context;
    const struct floe_rng rng = {SEED, 0};
    const double from_s = bench_processor_s();
    floe_station_init(&station, &test->p, INSIDE_MAX, test->memory, rng, NULL, NULL);
    const enum floe_status status = floe_station_run(&station);
    const struct floe_station_counts all = floe_station_counts_all(&station);
    turn->seconds = bench_processor_s() - from_s;
    turn->requests = all.served + all.reneged;
    turn->events = station.queue.executed;
    turn->check = check_of(all.sojourn_ns, floe_timeavg_area(&station.inside, &station.where), all.reneged);
    return status;
}

static enum floe_status run_loop(void *context, struct bench_turn *turn)
{
    const struct test_station *test = (const struct test_station *)context;
    const struct floe_rng rng = {SEED, 0};
    const double from_s = bench_processor_s();
    loop_begin(test->loop, &test->p, rng);
    test->by_hand(test->loop, CUSTOMERS);
    turn->seconds = bench_processor_s() - from_s;
    turn->requests = test->loop->served + test->loop->reneged;
    turn->check = check_of(test->loop->sojourn_ns, test->loop->area, test->loop->reneged);
    return FLOE_OK;
}

static struct floe_station_parameters parameters_of(size_t kind)
{
    struct floe_station_parameters p = floe_station_parameters_of(kinds[kind].discipline, 1);
    p.classes = kinds[kind].classes;
    p.customers = CUSTOMERS;
    for (uint32_t c = 0; c < p.classes; c++) {
        p.of_class[c].arrivals.gap = floe_law_of(FLOE_LAW_EXPONENTIAL, p.classes / 0.9, 0);
        p.of_class[c].service = floe_law_of(FLOE_LAW_EXPONENTIAL, 1.0, 0);
        if (kinds[kind].patience_s > 0)
            p.of_class[c].patience = floe_law_of(FLOE_LAW_EXPONENTIAL, kinds[kind].patience_s, 0);
    }
    return p;
}

enum floe_status bench_stations(struct bench_visitor *visitor)
{
    struct test_station test = {.loop = (struct loop *)malloc(sizeof(struct loop))};
    enum floe_status status = FLOE_OK;
    test.memory = aligned_alloc(FLOE_QUEUE_ALIGN,
                                (floe_station_bytes(INSIDE_MAX) / FLOE_QUEUE_ALIGN + 1) * FLOE_QUEUE_ALIGN);
    if (test.loop == NULL || test.memory == NULL) status = FLOE_ENVIRONMENT;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0] && status == FLOE_OK; kind++) {
        struct bench_row row = {"", "loop by hand", run_station, run_loop, &test};
        snprintf(row.name, sizeof row.name, "%s", kinds[kind].name);
        test.p = parameters_of(kind);
        test.by_hand = kinds[kind].by_hand;
        status = visitor->row(visitor, &row);
    }
    free(test.memory);
    free(test.loop);
    return status;
}

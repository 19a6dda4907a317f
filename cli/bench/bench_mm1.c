/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Customers per second for M/M/1 at .9/1 on one core, statistics and fingerprint on: the model on the public event
 * queue (sim/mm1.h), beside the same system as a hand-written loop over its two next event times with the same draws.
 * The loop is the bound of the event style: no queue, no handles, no assertions. Both must have the same sum of sojourn
 * times, to the nanosecond. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench/groups.h"
#include "sim/mm1.h"

enum { CUSTOMERS = 1 << 20, INSIDE_MAX = 1 << 14, SEED = 20240229 };

static const struct floe_mm1_parameters parameters = {0.9, 1.0, 0, CUSTOMERS};

static enum floe_status run_model(void *memory, struct bench_turn *turn)
{
    static struct floe_mm1 mm1;
    const struct floe_rng rng = {SEED, 0};
    const double from_s = bench_processor_s();
    floe_mm1_init(&mm1, parameters, INSIDE_MAX, memory, rng);
    const enum floe_status status = floe_mm1_run(&mm1);
    const struct floe_mm1_means means = floe_mm1_result(&mm1);
    turn->seconds = bench_processor_s() - from_s;
    turn->requests = means.served;
    turn->events = means.executed;
    turn->check = (uint64_t)mm1.sojourn_ns;
    return status;
}

/* Area of N and sum of sojourn times, a ring of arrival times. */
static enum floe_status run_loop(void *memory, struct bench_turn *turn)
{
    static struct floe_block_stream arrivals, services;
    static volatile double area_ns; /* so that nobody leaves it out */
    int64_t *ring = (int64_t *)memory;
    const struct floe_rng rng = {SEED, 0};
    const struct floe_where where = {0, SEED, 0};
    floe_i128 sojourn_ns = 0, area = 0;
    uint64_t arrived = 0, served = 0;
    int64_t now_ns = 0, departure_ns = INT64_MAX;
    const double from_s = bench_processor_s();
    arrivals = floe_mm1_durations(rng, "arrival", 1.0 / parameters.arrival_per_s);
    services = floe_mm1_durations(rng, "service", 1.0 / parameters.service_per_s);
    int64_t arrival_ns = floe_mm1_next_ns(&arrivals, &where);
    while (served < CUSTOMERS) {
        int64_t next_ns = departure_ns <= arrival_ns ? departure_ns : arrival_ns;
        area += (floe_i128)(int64_t)(arrived - served) * (next_ns - now_ns);
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
    area_ns = floe_i128_double(area);
    turn->seconds = bench_processor_s() - from_s;
    turn->requests = served;
    turn->check = (uint64_t)sojourn_ns;
    return area_ns > 0 ? FLOE_OK : FLOE_BAD_INPUT;
}

enum floe_status bench_mm1(struct bench_visitor *visitor)
{
    void *memory = aligned_alloc(FLOE_QUEUE_ALIGN, floe_mm1_bytes(INSIDE_MAX));
    const struct bench_row row = {"M/M/1 0.9/1.0", "two next event times", run_model, run_loop, memory};
    if (memory == NULL) return FLOE_ENVIRONMENT;
    const enum floe_status status = visitor->row(visitor, &row);
    free(memory);
    return status;
}

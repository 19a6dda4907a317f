/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How fast requests that are drawn, not replayed, go through the events engine: Poisson arrivals at 2 per second for a
 * day, lognormal tokens in and out, one route, one core, statistics, fingerprint and conservation checks on. Prints
 * requests/s and executed events/s, counted, the median of ROUNDS rounds, by processor time. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "models/run.h"
#include "tests/scenario_maker.h"

enum { ROUNDS = 9, REPLICATIONS = 16 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    struct scenario *s = maker_scenario();
    struct plan_fault fault;
    struct floe_pool pool;
    double rates[ROUNDS], requests = 0;
    floe_pool_serial_init(&pool);
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->workloads[0].tokens.output = maker_lognormal(129, 451);
    for (int i = 0; i < ROUNDS; i++) {
        struct result result;
        struct run_options options = maker_options(ENGINE_EVENTS, REPLICATIONS);
        const clock_t from = clock();
        if (floe_run(s, NULL, &options, &pool, &result, &fault) != FLOE_OK) return 1;
        requests = maker_outcome(&result, 0, METRIC_CALLS)->mean;
        rates[i] = requests * REPLICATIONS * CLOCKS_PER_SEC / (double)(clock() - from);
        result_free(&result);
    }
    qsort(rates, ROUNDS, sizeof *rates, compare);
    printf("%.0f drawn requests x %d replications: %.2f million requests/s (median of %d, %.2f to %.2f)\n", requests,
           REPLICATIONS, rates[ROUNDS / 2] / 1e6, ROUNDS, rates[0] / 1e6, rates[ROUNDS - 1] / 1e6);
    free(s);
    return 0;
}

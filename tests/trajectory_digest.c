/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints, for one run of the events engine, the fingerprint of each route, then that of all and the digest: to compare
 * builds. Compiled with sim/, models/ and scenario_maker.c alone, so that every compiler can build it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/run.h"
#include "scenario_maker.h"

static void make_two_by_two(struct scenario *s)
{
    s->time.horizon_s = 6 * S_PER_HOUR;
    s->workloads[0].tokens.input = maker_lognormal(1020, 4083);
    s->workloads[0].tokens.output = maker_lognormal(129, 451);
    for (int hour = 0; hour < HOURS_PER_DAY; hour++)
        s->workloads[0].demand.hour_of_day[hour] = 1 + hour % 5;
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[1].name, NAME_BYTES, "mail");
    s->workloads[1].demand.calls_per_task = 3;
    s->workloads[1].tokens.output = maker_fixed(387.3);
    s->n_workloads = 2;
    s->routes[1] = s->routes[0];
    s->routes[1].call_s = 2.385;
    snprintf(s->routes[1].name, NAME_BYTES, "slow");
    s->n_routes = 2;
}

int main(void)
{
    struct scenario *s = maker_scenario();
    const struct run_options options = {.seed = 20260316, .replications = 16, .engine = ENGINE_EVENTS};
    struct plan_fault fault;
    struct floe_pool pool;
    struct result result;
    floe_pool_serial_init(&pool);
    make_two_by_two(s);
    if (floe_run(s, NULL, &options, &pool, &result, &fault) != FLOE_OK) return 1;
    for (int32_t i = 0; i < result.n_trajectories; i++)
        printf("%016" PRIx64 "  route %s\n", result.trajectories[i].sum.fingerprint,
               result_route(&result, result.trajectories[i].route));
    printf("%016" PRIx64 " %016" PRIx64 "\n", result_trajectory(&result).fingerprint, result.digest);
    result_free(&result);
    free(s);
    return 0;
}

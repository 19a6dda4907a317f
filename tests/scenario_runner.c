/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one function of scenario_maker.h that needs the harness; without it the makers serve programs that are no tests. */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "scenario_maker.h"

void maker_run_timelines(const struct timeline *timelines, int32_t n, const struct traces *traces,
                         struct run_options options, struct result *result)
{
    struct plan_fault fault = {"", ""};
    struct floe_pool pool;
    floe_pool_serial_init(&pool);
    const enum floe_status status = floe_run(timelines, n, traces, &options, &pool, result, &fault);
    if (check_at(status == FLOE_OK, __FILE__, __LINE__, "the run ended with %d: %s (%s)", status, fault.what,
                 fault.key))
        return;
    fflush(stdout);
    abort(); /* what follows in the test reads a result that is not there */
}

void maker_run(const struct scenario *scenario, const struct traces *traces, struct run_options options,
               struct result *result)
{
    const struct timeline timeline = timeline_of(scenario, VARIANT_BASE);
    maker_run_timelines(&timeline, 1, traces, options, result);
}

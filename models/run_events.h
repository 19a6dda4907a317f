/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events of one replication, one by one: for the eye, and for finding the first event where two runs differ. The
 * engine takes the same steps as in floe_run, so the fingerprint after a route's last event is that of the replication
 * in its result.
 *
 * Memory does not depend on how many events there are: they are handed out EVENTS_AT_ONCE at a time. */
#ifndef FLOE_MODELS_RUN_EVENTS_H
#define FLOE_MODELS_RUN_EVENTS_H

#include "models/run.h"

enum { EVENTS_AT_ONCE = 256 };

/* The next n events of a route, in order. Returns 0 to stop. */
typedef int run_events_fn(void *context, int32_t route, const struct event_record *records, uint32_t n);

/* Every route of the scenario, or options->route, one after the other. FLOE_BAD_USAGE: the hourly engine has no events,
 * or the run has no such replication (options->replications). FLOE_CANCELLED: `take` asked to stop. */
enum floe_status floe_run_events(const struct scenario *scenario, const struct traces *traces,
                                 const struct run_options *options, uint32_t replication, run_events_fn *take,
                                 void *context, struct plan_fault *fault);

#endif

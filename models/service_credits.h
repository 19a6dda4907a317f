/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Service credits of a run: for each calendar month (UTC), workload and route what the provider's service level agreement
 * (models/sla_rules.h) gives back on that month's bill. Booked beside the cost, never inside it.
 *
 *     uptime of a month = 1 - errors / (attempts - throttles)        of the workload's attempts that the agreement covers
 *
 * A step of the chain with an `sla` of its own is covered by it alone; that of the route covers the other steps. What the
 * client gave up waiting for (timeouts) is no error here, and a request that the provider refused (a 400) is one. A
 * provider measures it in its own way, over all of an account's requests, and pays only what is claimed: all of it is.
 *
 *   as events        from the whole counts of one replication: its own months, its own outages
 *   as expectations  from expected counts: the credit of the mean month, not the mean of credits. Near the edge of a band
 *                    and under outages that is wrong, and the hourly engine says doubt
 *
 * Limits: the whole measured run only, no other window. A month that was measured in part counts as if it were whole: the
 * caller warns. The agreement of a month is the one in force at its first measured bin. The least amount that a provider
 * pays is met by each workload alone. */
#ifndef FLOE_MODELS_SERVICE_CREDITS_H
#define FLOE_MODELS_SERVICE_CREDITS_H

#include "models/run_values.h"

/* Writes METRIC_SERVICE_CREDITS of every workload: dollars in the window "all", else not defined; not defined where there
 * is no agreement. Returns whether the expectation form would be wrong here. */
int service_credits_fill(const struct run *run, const struct route_work *work, const struct counts *counts,
                         double *row);

int service_credits_has_part(const struct run *run, int32_t route); /* an agreement, and a month measured in part */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows about arrivals alone: a Poisson process whose rate is constant on pieces of time and repeats (sim/arrivals.h), and
 * how many arrivals each piece sees.
 *
 *   model        NHPP ..., cyclic C, horizon H
 *   parameters   rates 5,1.5,3 on (0,3.2],(3.2,7.9],(7.9,10]: as many rates as pieces, which begin where the last ended
 *   metric       mean counts
 *   expected     one number for each piece: arrivals in it over the whole horizon
 *
 * A run is one pass over the horizon. A replication is the mean over so many runs that the customers asked for come. */
#ifndef FLOE_CLI_BENCH_CASE_COUNTS_H
#define FLOE_CLI_BENCH_CASE_COUNTS_H

#include "cli/bench/case_station.h"

int case_is_counts(const struct known_case *row);
enum case_reading case_counts_read(const struct known_case *row, struct case_setting *setting,
                                   struct known_fault *fault) FLOE_MUST_CHECK;

/* Replication r: the mean count of each piece. Returns the arrivals of all its runs. */
uint64_t case_counts_replicate(const struct case_setting *setting, double customers, uint64_t seed, uint32_t r,
                               double *value);

#endif

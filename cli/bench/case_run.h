/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a queueing case: how long is learnt from a pilot, the warm-up is deleted, and the replications give a mean and
 * its standard error for each metric.
 *
 * Warm-up: the memory of a queue fades in (1 + cv^2) / (1 - rho)^2 services; a dozen of that, from empty, is left out.
 * Length: a pilot with another seed tells the standard error of a short run; it falls with the square root of the
 * customers. Asked for is 65 % of the bound, because a pilot's own standard error is uncertain. A short pilot asks for
 * a longer one (an eighth of what it wants): a pilot that does not outlast the queue's memory is off.
 *
 * The bound on a standard error, as a share of the expected value: CASE_SE_SHARE, and CASE_SE_SHARE_HARD for rho >= 0.9
 * with cv >= 4, where a mean rests on a few long busy periods.
 *
 * The number inside is not bounded beforehand: a run that exceeds its memory is repeated with twice of it, up to
 * 4 million inside. The result does not depend on the number of workers. */
#ifndef FLOE_CLI_BENCH_CASE_RUN_H
#define FLOE_CLI_BENCH_CASE_RUN_H

#include "cli/bench/case_station.h"
#include "sim/pool.h"

#define CASE_SE_SHARE 0.005
#define CASE_SE_SHARE_HARD 0.03
#define CASE_Z_MOST 4.0

enum { CASE_REPLICATIONS_LEAST = 30, CASE_REPLICATIONS = 64 };

struct case_run {
    const struct case_setting *setting;
    const struct floe_pool *pool;
    uint64_t seed;
    uint32_t replications;
    double customers;     /* of one replication, in the measurement */
    int (*goes_on)(void); /* asked before each replication; 0: stop. May be NULL */
};

struct case_outcome {
    double mean[CASE_METRICS_MAX], se[CASE_METRICS_MAX];
    uint64_t arrived;        /* in all measurements together */
    double warmup_customers; /* deleted, of each replication */
    uint64_t inside_max;     /* memory for so many was enough */
};

double case_warmup_customers(const struct case_setting *setting);
double case_se_bound(const struct case_setting *setting);

/* FLOE_CANCELLED: goes_on said so. FLOE_FULL: more than 4 million were inside. */
enum floe_status case_replicate(const struct case_run *run, struct case_outcome *outcome) FLOE_MUST_CHECK;

/* Customers of a replication for which every standard error should be 65 % of `se_share` of its expected value. The
 * customers and the seed of `run` are not read. */
enum floe_status case_customers_needed(const struct case_run *run, double se_share, double *customers) FLOE_MUST_CHECK;

/* Of the expected value; of the mean where that is 0. */
double case_se_of(const struct case_setting *setting, const struct case_outcome *outcome, int metric);
double case_z_of(const struct case_setting *setting, const struct case_outcome *outcome, int metric);

/* Another seed for each row: with one for all they would meet the same customers, and share their luck. */
uint64_t case_seed(const struct known_case *row, uint64_t seed);

#endif

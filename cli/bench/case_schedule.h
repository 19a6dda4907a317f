/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of kind deterministic: a few customers with given instants and lengths, and what must come out, to the nanosecond.
 *
 *   model        words: 2 servers, G/D/1/1 (servers and room), balk if n>=3, deterministic patience 3, LIFO, PS,
 *                non-preemptive, preemptive-resume, preemptive-resample
 *   parameters   classes divided by ';' (high, low, or in order), each with arrivals every 5 | arrivals 1,2,2.5 |
 *                arrivals 1..100 | batch 3 at t=18.5, and service 5; and for all: run to 51, no queue, patience 3.
 *                "same": those of the row before
 *   metric       divided by ';': starts, ends, waits, stays; times of balk, block, renege, interrupted; ids of them, from
 *                1 in the order of arrival; service order, ids from 0 and then the starts; served, lost, balked, reneged
 *                as counts; end time; busy time. Starts, ends, waits and stays are in the order of arrival, the rest
 *                in the order of time
 *   expected     the numbers of each, divided by ';' */
#ifndef FLOE_CLI_BENCH_CASE_SCHEDULE_H
#define FLOE_CLI_BENCH_CASE_SCHEDULE_H

#include "cli/bench/case_station.h"

enum { SCHEDULE_NUMBERS_MAX = 200, SCHEDULE_METRICS_MAX = 8 };

struct schedule_metric {
    char name[CASE_NAME];
    double want[SCHEDULE_NUMBERS_MAX], got[SCHEDULE_NUMBERS_MAX];
    int n_want, n_got;
    int holds;
};

struct schedule_outcome {
    struct schedule_metric metric[SCHEDULE_METRICS_MAX];
    int n_metrics;
    int all_hold;
};

/* `before` is the row before, for "same", or NULL. Not CASE_READY: fault says why. The discipline may be replaced, for
 * a test that plants a wrong one: -1 keeps it. */
enum case_reading case_schedule_run(const struct known_case *row, const struct known_case *before, int discipline,
                                    struct schedule_outcome *outcome, struct known_fault *fault) FLOE_MUST_CHECK;

#endif

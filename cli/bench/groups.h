/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `floe bench` measures: groups of rows, one file each. A new group is one file bench_<name>.c and one line here and
 * in verb_bench.c. */
#ifndef FLOE_CLI_BENCH_GROUPS_H
#define FLOE_CLI_BENCH_GROUPS_H

#include "cli/bench/measure.h"
#include "cli/options.h"

/* Called with each row, in order; a row that it does not want costs nothing. */
struct bench_visitor {
    enum floe_status (*row)(struct bench_visitor *visitor, const struct bench_row *row);
    const struct options *options;
    unsigned threads; /* for the group of that name */
    void *context;
};

typedef enum floe_status bench_group_fn(struct bench_visitor *visitor);

bench_group_fn bench_mm1;      /* M/M/1 on the event queue, beside a loop with two next event times */
bench_group_fn bench_hold;     /* the event queue alone, beside a binary heap */
bench_group_fn bench_stations; /* each discipline, beside a loop by hand */
bench_group_fn bench_routes;   /* the events engine: a scenario of its own beside a loop, or that of the command line */
bench_group_fn bench_threads;  /* M/M/1 in blocks on several threads, beside one thread */

#endif

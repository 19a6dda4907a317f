/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How two things are timed beside each other: they take turns, round after round, so that a disturbance of the machine
 * meets both. Each figure is a median over the rounds, with the lowest and the highest beside it; the ratio is taken
 * within a round, and its median is shown. Both sides must come to the same sum, in every round; otherwise the
 * comparison is void, which is an error and not a figure.
 *
 * Time is the processor time of this process, so that neighbours on the machine take less part; rows that compare
 * threads take the time on the wall. */
#ifndef FLOE_CLI_BENCH_MEASURE_H
#define FLOE_CLI_BENCH_MEASURE_H

#include "sim/base.h"

enum { BENCH_ROUNDS_MAX = 101, BENCH_NAME = 48 };

/* What one side did in one turn. */
struct bench_turn {
    double seconds;    /* of the part that counts */
    uint64_t requests; /* or customers, or holds */
    uint64_t events;   /* taken from an event queue and handled; counted, 0 where there is no queue */
    uint64_t check;    /* of what came out */
};

typedef enum floe_status bench_fn(void *context, struct bench_turn *turn);

struct bench_row {
    char name[BENCH_NAME];
    const char *beside; /* what the other side is; NULL: there is none */
    bench_fn *floe, *other;
    void *context;
};

struct bench_spread {
    double median, lowest, highest;
};

struct bench_figure {
    char name[BENCH_NAME];
    const char *beside;                                    /* NULL: the next two are not there */
    struct bench_spread per_s, events_per_s, beside_per_s; /* requests, executed events, requests of the other side */
    struct bench_spread ratio;                             /* requests/s over those of the other side */
    uint64_t requests, events;                             /* of one turn */
    int rounds;
};

double bench_processor_s(void);
double bench_wall_s(void);

/* FLOE_CANCELLED after an interrupt; FLOE_BAD_INPUT: void, or an engine refused, which is said on stderr. */
enum floe_status bench_measure(const struct bench_row *row, int rounds, struct bench_figure *figure) FLOE_MUST_CHECK;

struct bench_spread bench_spread_of(double *values, int n); /* sorts them */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/terminal.h"
#include "sim/event.h"

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / FLOE_NS_PER_S;
}

double bench_processor_s(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall_s(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct bench_spread bench_spread_of(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    const struct bench_spread spread = {0.5 * (values[(n - 1) / 2] + values[n / 2]), values[0], values[n - 1]};
    return spread;
}

/* Rates of each round. */
struct rates {
    double floe[BENCH_ROUNDS_MAX], events[BENCH_ROUNDS_MAX], other[BENCH_ROUNDS_MAX], ratio[BENCH_ROUNDS_MAX];
};

static double rate(uint64_t n, double seconds)
{
    return seconds > 0 ? (double)n / seconds : 0;
}

static enum floe_status run_round(const struct bench_row *row, int round, struct rates *rates, struct bench_turn *floe)
{
    struct bench_turn other = {0};
    memset(floe, 0, sizeof *floe);
    enum floe_status status = row->floe(row->context, floe);
    if (status == FLOE_OK && row->other != NULL) status = row->other(row->context, &other);
    if (status != FLOE_OK) return status;
    if (row->other != NULL && (floe->check != other.check || floe->requests != other.requests)) {
        fprintf(stderr, "floe: bench: %s: the two sides did not find the same: the comparison is void\n", row->name);
        return FLOE_BAD_INPUT;
    }
    rates->floe[round] = rate(floe->requests, floe->seconds);
    rates->events[round] = rate(floe->events, floe->seconds);
    rates->other[round] = rate(other.requests, other.seconds);
    rates->ratio[round] = other.seconds > 0 && floe->seconds > 0 ? other.seconds / floe->seconds : 0;
    return FLOE_OK;
}

enum floe_status bench_measure(const struct bench_row *row, int rounds, struct bench_figure *figure)
{
    static struct rates rates;
    struct bench_turn turn = {0};
    enum floe_status status = FLOE_OK;
    for (int round = 0; round < rounds && status == FLOE_OK; round++) {
        if (!terminal_progress(NULL, 0, 1)) return FLOE_CANCELLED;
        status = run_round(row, round, &rates, &turn);
    }
    if (status != FLOE_OK) return status;
    memcpy(figure->name, row->name, sizeof figure->name);
    figure->beside = row->beside;
    figure->per_s = bench_spread_of(rates.floe, rounds);
    figure->events_per_s = bench_spread_of(rates.events, rounds);
    figure->beside_per_s = bench_spread_of(rates.other, rounds);
    figure->ratio = bench_spread_of(rates.ratio, rounds);
    figure->requests = turn.requests;
    figure->events = turn.events;
    figure->rounds = rounds;
    return FLOE_OK;
}

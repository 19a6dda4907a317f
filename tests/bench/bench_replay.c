/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How fast a real trace is replayed: the hour of 19,366 Azure conversations, priced on one route, on one core,
 * statistics and conservation checks on. Prints requests/s and executed events/s (two per request), the median of
 * ROUNDS rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "models/run.h"
#include "scenarios/read/trace_csv.h"
#include "tests/scenario_maker.h"

enum { ROUNDS = 9, REPLICATIONS = 64 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 24);
    *n = file != NULL ? fread(bytes, 1, 1 << 24, file) : 0;
    if (file != NULL) fclose(file);
    return bytes;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    struct scenario *s = maker_scenario();
    struct traces traces = {.n = 1};
    struct trace_ref *ref = &s->workloads[0].demand.trace;
    struct trace_fault fault;
    struct plan_fault run_fault;
    struct floe_pool pool;
    double rates[ROUNDS];
    size_t n;
    char *bytes = read_file(FLOE_SOURCE_DIR "/scenarios/data/azure-llm-2023-conv.csv", &n);
    floe_pool_serial_init(&pool);
    *ref = (struct trace_ref){"conv.csv", "TIMESTAMP", "ContextTokens", "GeneratedTokens", 0};
    s->time.start_at_s = 1700158500; /* 2023-11-16T18:15:00Z */
    s->time.horizon_s = S_PER_HOUR;
    s->workloads[0].demand.tasks_per_s = PARAM_ABSENT;
    s->workloads[0].tokens.input = s->workloads[0].tokens.output = maker_fixed(PARAM_ABSENT);
    if (floe_trace_read(bytes, n, ref, s->time.start_at_s, &traces.items[0], &fault) != FLOE_OK) {
        fprintf(stderr, "the trace cannot be read: %s\n", fault.what);
        return 1;
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct result result;
        struct run_options options = maker_options(ENGINE_EVENTS, REPLICATIONS);
        const double from_s = now_s();
        if (floe_run_one(s, &traces, &options, &pool, &result, &run_fault) != FLOE_OK) return 1;
        rates[i] = maker_outcome(&result, 0, METRIC_CALLS)->mean * REPLICATIONS / (now_s() - from_s);
        result_free(&result);
    }
    qsort(rates, ROUNDS, sizeof *rates, compare);
    printf("replay of %lld requests x %d replications: %.2f million requests/s, %.2f million events/s (median of %d)\n",
           (long long)traces.items[0].n, REPLICATIONS, rates[ROUNDS / 2] / 1e6, 2 * rates[ROUNDS / 2] / 1e6, ROUNDS);
    floe_trace_free(&traces.items[0]);
    free(bytes);
    free(s);
    return 0;
}

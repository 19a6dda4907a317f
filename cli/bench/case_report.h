/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A queueing case beside its expected value, as text and as JSON, "floe.cases/1" (docs/results.md). */
#ifndef FLOE_CLI_BENCH_CASE_REPORT_H
#define FLOE_CLI_BENCH_CASE_REPORT_H

#include "cli/bench/case_run.h"
#include "cli/bench/case_schedule.h"

struct cJSON;

/* What became of one row. */
struct case_result {
    const struct known_case *row;
    enum case_reading reading;
    const struct known_fault *fault; /* why not, unless CASE_READY */
    int is_schedule;
    const struct schedule_outcome *schedule; /* of a schedule */
    const struct case_setting *setting;      /* otherwise, with the rest */
    const struct case_outcome *outcome;
    uint32_t replications;
    uint64_t seed; /* as on the command line */
    double customers, seconds;
};

int case_holds(const struct case_result *result); /* every z and standard error within its bound; every number equal */
int case_metric_holds(const struct case_result *result, int metric);

void case_print(const struct case_result *result);
void case_print_list(const struct known_cases *cases); /* names, kinds and models; what is skipped, and why */

struct cJSON *case_json_begin(const char *file);                             /* NULL: out of memory */
int case_json_add(struct cJSON *document, const struct case_result *result); /* 0: out of memory */

#endif

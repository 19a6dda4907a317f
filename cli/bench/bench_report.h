/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timings as a table and as JSON, "floe.bench/1" (docs/results.md). */
#ifndef FLOE_CLI_BENCH_BENCH_REPORT_H
#define FLOE_CLI_BENCH_BENCH_REPORT_H

#include "cli/bench/measure.h"
#include "plots/write/text.h"

struct cJSON;

/* The processor's name as the system tells it, and how many there are; "unknown processor" where it does not. */
void bench_machine(char *text, size_t n);

void bench_print_heading(int rounds);
void bench_print_row(const struct bench_figure *figure); /* at once: a row takes seconds */
void bench_print_footing(void);

/* NULL: out of memory. cJSON_Delete it. */
struct cJSON *bench_json_begin(int rounds);
int bench_json_row(struct cJSON *document, const struct bench_figure *figure); /* 0: out of memory */

/* Prints the document, deletes it, writes it to the file. */
enum floe_status bench_json_write(struct cJSON *document, const char *path) FLOE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scenarios for tests of models/, built as structs, without the reader: one workload "chat" (2 tasks/s, 1,000.5 tokens
 * in and 200 out, fixed), one route "api", one model "m" at $3 and $15 per million tokens, one day from Monday
 * 2026-03-16 00:00 UTC. */
#ifndef FLOE_TESTS_SCENARIO_MAKER_H
#define FLOE_TESTS_SCENARIO_MAKER_H

#include "models/run.h"

#define MONDAY_AT_S 1773619200 /* 2026-03-16T00:00:00Z */

struct scenario *maker_scenario(void); /* free() it */
void maker_route(struct route *route); /* a plain one: 1 s a call, no retries, no quotas */
struct token_law maker_fixed(double mean);
struct token_law maker_lognormal(double median, double p95);
void maker_add_band(struct price_row *row, double above_tok, double input_usd, double output_usd);

/* Runs with the serial pool; asserts success. */
void maker_run(const struct scenario *scenario, const struct traces *traces, struct run_options options,
               struct result *result);
void maker_run_timelines(const struct timeline *timelines, int32_t n, const struct traces *traces,
                         struct run_options options, struct result *result);
struct run_options maker_options(enum engine_kind engine, uint32_t replications);
const struct outcome *maker_outcome(const struct result *result, int64_t cell, enum metric metric);

#endif

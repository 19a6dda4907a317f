/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `expect:` rows and `lesson:`, from the tree.
 *
 *     expect:
 *       - {window: before, invocations: 338, cost_usd: 5.00}
 *       - {route: bedrock, cost_usd: {value: 5.00, within: 1%}, lcpr_usd: 0.01 to 0.02}
 *
 * A number means "to the digits written", half a unit of the last digit either way: 5.00 is 4.995 to 5.005, 338 is
 * 337.5 to 338.5, 1.2e3 is 1150 to 1250. A range is both ends, inclusive; here it is no percentile. `workload`,
 * `route`, `variant` and `window` choose cells (without a window: the whole span; without the others: each of them), every other key is a metric of the result table (models/result.h). */
#ifndef FLOE_READ_EXPECT_ROWS_H
#define FLOE_READ_EXPECT_ROWS_H

#include "models/expect.h"
#include "models/study.h"
#include "scenarios/read/tree.h"

struct lesson {
    int32_t is_given;
    char number[16];
    char question[400];
};

/* Errors go to the reading's messages. The expects are the caller's to free. */
void expect_rows_read(struct reading *reading, const struct node *root, const struct scenario *scenario,
                      const struct study *study, struct expects *expects, struct lesson *lesson);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `floe diff --by change`: which declared change moved the bill. v(S) is B - A with only the changes of S declared and
 * the others left out of both sides; Shapley values (models/shapley.h) over the changes that are in force on a side, and
 * v(none), what moved without any change. The parts sum to the change. 2^n simulations of n changes. */
#ifndef FLOE_CLI_DIFF_CHANGES_H
#define FLOE_CLI_DIFF_CHANGES_H

#include "cli/diff_side.h"
#include "plots/write/waterfall_page.h"

/* Both sides are of one scenario file. Fills about->changes; names point into the sides. */
enum floe_status diff_changes(const struct options *options, const struct diff_sides *sides,
                              enum waterfall_metric metric, const struct waterfall *waterfall,
                              struct waterfall_about *about) FLOE_MUST_CHECK;

/* Before anything is simulated: FLOE_BAD_INPUT, said on stderr. */
enum floe_status diff_changes_check(const struct diff_sides *sides) FLOE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * --fail-if of `floe diff`: 'NAME OP NUMBER', NAME one of change_usd, change_share (of A), a_usd, b_usd; OP one of
 * < <= > >= == !=. With --metric lcpr the dollars are per accepted result. */
#ifndef FLOE_CLI_DIFF_FAIL_IF_H
#define FLOE_CLI_DIFF_FAIL_IF_H

#include "cli/options.h"
#include "models/waterfall.h"

enum floe_status diff_fail_if_check(const struct options *options); /* FLOE_BAD_USAGE, said on stderr */
enum floe_status diff_fail_if_evaluate(const struct options *options, const struct waterfall *waterfall);

#endif

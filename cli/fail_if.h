/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * --fail-if 'METRIC OP NUMBER' or 'METRIC OP NUMBER in VARIANT': the names are those of the result JSON (cost_usd.total,
 * lcpr_usd, throttles ...), OP is one of < <= > >= == !=, and the mean of every cell of the whole span is compared: of
 * the variant that is named, or of every variant. */
#ifndef FLOE_CLI_FAIL_IF_H
#define FLOE_CLI_FAIL_IF_H

#include "cli/options.h"
#include "models/result.h"

enum floe_status
fail_if_check_syntax(const struct options *options); /* before the run: FLOE_BAD_USAGE, said on stderr */
enum floe_status fail_if_evaluate(const struct options *options, const struct result *result);
/* FLOE_CHECK_FAILED; FLOE_BAD_USAGE: no such variant */

#endif

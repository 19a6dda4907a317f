/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe run --expect: compares the scenario's expect rows with the result and says on stderr which hold. A row that no
 * cell answers (only possible with --route, or for a metric that is not defined) is named too and does not pass. */
#ifndef FLOE_CLI_EXPECT_REPORT_H
#define FLOE_CLI_EXPECT_REPORT_H

#include "models/result.h"
#include "scenarios/read/reader.h"

/* FLOE_OK or FLOE_CHECK_FAILED. */
enum floe_status expect_report(const struct floe_document *document, const struct result *result);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports by the options of the command line into one usage table: what `floe import` and the verbs that take actuals
 * share. Shows progress on a terminal, stops at an interrupt, says on stderr what is wrong. */
#ifndef FLOE_CLI_IMPORT_FILES_H
#define FLOE_CLI_IMPORT_FILES_H

#include "actuals/import.h"
#include "cli/options.h"

/* Adds to the facts. FLOE_BAD_INPUT, FLOE_BAD_USAGE, FLOE_ENVIRONMENT, FLOE_CANCELLED: said. */
enum floe_status import_files(const struct options *options, const char *const *files, int n_files, struct facts *facts,
                              struct import_report *report) FLOE_MUST_CHECK;

/* file:line: what, and the hint. */
void import_fault_say(const struct import_fault *fault);

#endif

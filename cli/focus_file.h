/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `--focus FILE`: a usage fact table as FOCUS 1.2 CSV into a file ("-": standard output), row by row, so that memory
 * does not grow with it. `floe run` has a result, `floe import` has facts. */
#ifndef FLOE_CLI_FOCUS_FILE_H
#define FLOE_CLI_FOCUS_FILE_H

#include "models/result.h"
#include "plots/write/focus.h"

/* Sorts the facts. FLOE_OK; FLOE_ENVIRONMENT, having said why on stderr. */
enum floe_status focus_file_write(const char *path, struct facts *facts, const struct floe_focus_options *options);

/* The first variant of a result, all routes that were run; says on stderr where the rows are what-ifs beside each other. */
enum floe_status focus_file_of_result(const char *path, const struct result *result);

#endif

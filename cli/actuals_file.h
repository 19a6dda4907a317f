/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports on disk, read into facts; what is wrong is said on stderr as file:line. */
#ifndef FLOE_CLI_ACTUALS_FILE_H
#define FLOE_CLI_ACTUALS_FILE_H

#include "actuals/import.h"

enum floe_status actuals_read(const char *const *files, int n, const struct import_options *options,
                              struct facts *facts, struct import_report *report);
void actuals_say_report(const struct import_report *report); /* rows read, kept, why not; warnings; to stderr */

#endif

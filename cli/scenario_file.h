/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the scenario that the command line names, and saying what is wrong with it. */
#ifndef FLOE_CLI_SCENARIO_FILE_H
#define FLOE_CLI_SCENARIO_FILE_H

#include "cli/options.h"
#include "scenarios/read/reader.h"

/* Exactly one file. Errors go to stderr; warnings stay in the document. On FLOE_OK free with floe_document_free. */
enum floe_status scenario_file_read(const struct options *options, const char *verb, struct floe_document **document);

/* The same for a file that is one of several. */
enum floe_status scenario_file_read_named(const struct options *options, const char *file,
                                          struct floe_document **document);

#endif

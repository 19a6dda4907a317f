/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `floe run --trace-events`: the events of one replication into a file, as they happen. */
#ifndef FLOE_CLI_EVENT_FILE_H
#define FLOE_CLI_EVENT_FILE_H

#include "cli/options.h"
#include "models/run.h"

/* Do the options go together? FLOE_BAD_USAGE, having said why on stderr. */
enum floe_status event_file_check(const struct options *options);

/* FLOE_OK, or as floe_run_events with `fault`; where fault->what is empty, stderr has been told. */
enum floe_status event_file_write(const struct options *options, const struct scenario *scenario,
                                  const struct traces *traces, const struct run_options *run, struct plan_fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario file simulated as the command line says: all its variants, with what was wrong said on stderr. */
#ifndef FLOE_CLI_STUDY_RUN_H
#define FLOE_CLI_STUDY_RUN_H

#include "cli/options.h"
#include "models/run.h"
#include "scenarios/read/reader.h"

struct run_options study_run_options(const struct options *options);

/* One worker per processor, or as many as --threads says. */
enum floe_status study_pool(const struct options *options, struct floe_pool *pool);

/* file: the scenario's name as the user gave it; it must outlive the result.
 * All variants; with_blast: and what the shared settings did. Names file, sha256, inputs (may be NULL) and the reader's
 * warnings in the result; free with result_free. What is wrong is said on stderr; the exit status is returned. */
enum floe_status study_run(const struct options *options, const char *file, const struct floe_document *document,
                           const struct inputs *inputs, int with_blast, struct result *result);

/* Says why a run did not work; returns the exit status. */
enum floe_status study_say_fault(enum floe_status status, const char *file, const struct plan_fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The blast radius of a shared setting: who reads it, and whose cost moved by how much when changes set it. The first
 * variant runs once more with the changes that set the setting left out, with the same draws; the difference is theirs.
 *
 * Left out: settings whose changes come together with others in such a way that no phase of the study has only the
 * others (a variant `without:` those changes shows it then). */
#ifndef FLOE_MODELS_BLAST_H
#define FLOE_MODELS_BLAST_H

#include "models/run.h"

/* Fills result->blast, for every setting that a change of the first variant sets. As floe_run. */
enum floe_status blast_radius(const struct study *study, const struct traces *traces, const struct run_options *options,
                              const struct floe_pool *pool, struct result *result, struct plan_fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The digest of a resolved scenario: a number for what it means. Every input counts with its path, its value, the ends
 * and law of its range and its evidence; names for people and file names (PARAM_NOT_HASHED), sources, dates, places,
 * and whether a value was given or is a preset do not; of a trace its rows count. Inputs are sorted by path, so the
 * order of keys in the file does not matter.
 *
 * Of a study every variant counts with its name, and every phase with its instant and the digest of its scenario; a
 * scenario without variants in which nothing changes has the digest of that scenario. Settings are gone by then: who
 * owns one does not count, nor whether a value was written as one. */
#ifndef FLOE_READ_DIGEST_H
#define FLOE_READ_DIGEST_H

#include "models/study.h"
#include "sim/base.h"

enum floe_status floe_scenario_digest(const struct scenario *scenario, const struct inputs *inputs,
                                      const struct traces *traces, uint64_t *digest) FLOE_MUST_CHECK;

enum floe_status floe_study_digest(const struct study *study, uint64_t *digest) FLOE_MUST_CHECK;

/* The inputs by path; malloc'ed, NULL: no memory (or no inputs). */
const struct input **inputs_by_path(const struct inputs *inputs);

#endif

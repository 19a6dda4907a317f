/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a whole document rests on: the inputs of the file, and those that its changes and variants put in their place. */
#ifndef FLOE_READ_STUDY_INPUTS_H
#define FLOE_READ_STUDY_INPUTS_H

#include "scenarios/read/reader.h"

/* A path stands more than once where what is said of its evidence differs. Values are not told apart: offsets are into
 * the scenario that each input came from. free(all->items). FLOE_ENVIRONMENT: no memory. */
enum floe_status study_inputs_of(const struct floe_document *document, struct inputs *all) FLOE_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names: which ones may be given, and which known one somebody probably meant.
 *
 * The nearest name is the one with the fewest single-letter slips (a letter too many, too few, another, or two swapped:
 * optimal string alignment, a restricted Damerau-Levenshtein distance), letters of either case alike and '-' like '_'.
 * At most one slip in three letters; beyond that nothing is suggested. Cost: length x length per candidate. */
#ifndef FLOE_READ_NAMES_H
#define FLOE_READ_NAMES_H

#include "scenarios/read/fault.h"

struct nearest {
    const char *wanted;
    const char *best; /* NULL: none is near enough */
    int slips;
};

struct nearest nearest_begin(const char *wanted);
void nearest_consider(struct nearest *nearest, const char *candidate);

enum name_kind { NAME_OF_MODEL, NAME_OF_WINDOW, NAME_OTHER };

/* May this be the name of something? Model names may hold nearly anything ("anthropic/claude-3.7:beta"); others leave
 * out what `workload/route` and `FILE@window` need. */
int name_check(const char *name, enum name_kind kind, struct fault *fault);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names: which ones may be given, and which known one somebody probably meant.
 *
 * The nearest name is the one with the fewest single-letter slips (a letter too many, too few, another, or two swapped:
 * optimal string alignment, a restricted Damerau-Levenshtein distance), letters of either case alike and '-' like '_'.
 * At most (letters + 1) / 3 slips; beyond that nothing is suggested. Cost: length x length per candidate.
 *
 * Names of models are long and made of parts: whoever writes sonnet-4.6 means claude-sonnet-4-6, or one of a dozen with
 * a provider before it. So of given names (struct suggestions) those come first that contain the wanted one as whole
 * parts, or are it without its provider, the shortest first; then those with one or two slips; then those that are a
 * part of it; then the nearest. */
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

#define SUGGESTIONS_MOST 3

struct suggestions {
    const char *wanted;
    const char *items[SUGGESTIONS_MOST]; /* best first; all of one kind */
    int ranks[SUGGESTIONS_MOST];
    int n;
};

struct suggestions suggestions_begin(const char *wanted);
void suggestions_consider(struct suggestions *suggestions, const char *candidate);

/* "did you mean 'a', 'b' or 'c'?"; 0 and "": nothing to suggest. */
int suggestions_text(const struct suggestions *suggestions, char *out, size_t most);

enum name_kind { NAME_OF_MODEL, NAME_OF_WINDOW, NAME_OTHER };

/* May this be the name of something? Model names may hold nearly anything ("anthropic/claude-3.7:beta"); others leave
 * out what `workload/route` and `FILE@window` need. */
int name_check(const char *name, enum name_kind kind, struct fault *fault);

#endif

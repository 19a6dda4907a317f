/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes and variants, from the tree to a struct study (models/study.h).
 *
 *     changes:  {switch: {at: 2026-03-18T00:00Z, set: {settings.llm_model: claude-opus-4-6}}}
 *     variants: {happened: {}, no_switch: {without: switch}, grace: {set: {gateway.response_cache.grace: 1h}}}
 *
 * A variant is the tree with its `set` applied; then its changes, in the order of their instants (those of one instant
 * in the order of the file), each on top of the ones before. Every tree so made is walked by the rows as the file
 * itself is, so a changed value meets the same checks.
 *
 * Messages. What is wrong with the file itself is told once, without a name. What is wrong only in a phase is told at
 * the key that a change or a variant sets, with its name in front. Where the place of an error lies in the file itself
 * (two keys that do not go together), it is told at the set key that is nearest to it in the tree.
 *
 * Evidence. What a change or a variant sets counts as written in a file of its own: `evidence: measured` around the key
 * in the scenario does not speak for it. */
#ifndef FLOE_READ_STUDY_H
#define FLOE_READ_STUDY_H

#include "scenarios/read/book.h"
#include "scenarios/read/links.h"

/* An input that is another one than in study.scenarios[0], or is not there. */
struct study_input {
    int32_t scenario;   /* of the study */
    struct input input; /* its offset is into that scenario */
};

struct study_inputs {
    struct study_input *items; /* by scenario, then as the rows are walked */
    int32_t n, capacity;
};

/* The file itself, read already. */
struct study_base {
    struct reading *reading;
    struct node *root;
    const struct scenario *scenario;
    const struct inputs *inputs;
    const struct trace_ref *refs; /* of each workload two, demand and tokens, as they are written */
    const struct settings *settings;
    struct setting_uses *uses;
    const struct links *links; /* of the file's scenario, inputs, traces */
};

/* The tree with all that changes and variants set marked as a file of its own. NULL: no memory. */
struct node *study_mark(struct reading *reading, struct node *root);

/* The models that are asked for in any phase. Tells nothing. 0: no memory. */
int study_used_models(struct reading *reading, const struct node *root, struct model_names *used);

/* All phases of all variants. Errors and warnings go to the reading's messages. */
void study_read(const struct study_base *base, struct study *study, struct study_inputs *inputs);

/* What happens, as YAML: settings, changes and variants, with comments. */
void study_print(const struct node *root, const struct study *study, struct wording *out);

void study_free(struct study *study, struct study_inputs *inputs);

#endif

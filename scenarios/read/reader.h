/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario from a file: floe_document_read is the one door of this room for scenarios.
 *
 *     struct floe_document *document;
 *     enum floe_status status = floe_document_read(&files, "scenario.yaml", sets, n_sets, &document);
 *     if (document != NULL) floe_messages_text(&document->messages, &text, NULL);    errors, or warnings
 *     floe_document_free(document);
 *
 * Steps, one file each: bytes (a text?), tree (YAML), load (templates), set (--set), book (prices), settings, fill
 * (rows), links (what rows cannot see; traces), study (changes and variants), expect_rows, digest. Every error that can be found is collected; a step that needs
 * what an earlier one could not deliver is left out. On any error the document holds messages and nothing else: no
 * scenario, no inputs, no traces.
 *
 * Cost: about 1 ms for a scenario of a page, 20 ms more for a price book of 2,600 models; a document takes 0.3 MB and
 * half a kilobyte per input. */
#ifndef FLOE_READ_READER_H
#define FLOE_READ_READER_H

#include "models/expect.h"
#include "models/scenario.h"
#include "scenarios/read/expect_rows.h"
#include "scenarios/read/files.h"
#include "scenarios/read/message.h"
#include "scenarios/read/study.h"

struct floe_document {
    struct scenario scenario; /* the first phase of the first variant */
    struct inputs inputs;     /* of study.scenarios[0], sorted as the rows are walked */
    struct study study;
    struct study_inputs study_inputs; /* what the other scenarios rest on in place of it */
    char *study_text;                 /* settings, changes and variants, printed; NULL: there are none */
    struct traces traces;
    struct expects expects;
    struct lesson lesson;
    struct floe_messages messages; /* sorted by place */
    char name[PATH_BYTES];         /* of the file, as resolved */
    char sha256[65];               /* of the file's bytes */
    uint64_t digest;               /* of what it means (digest.h) */
    int32_t n_ranges;              /* inputs that are ranges, held at their median */
    char (*files)[PATH_BYTES];     /* input.file is an index into these */
    int32_t n_files;
};

/* sets: the arguments of --set, "path=value". FLOE_OK; FLOE_BAD_INPUT or FLOE_ENVIRONMENT (the file cannot be read, no
 * memory): *out holds the messages, or is NULL when there was no memory even for them. */
enum floe_status floe_document_read(const struct floe_files *files, const char *name, const char *const *sets,
                                    int n_sets, struct floe_document **out) FLOE_MUST_CHECK;
void floe_document_free(struct floe_document *document);

/* The resolved scenario as YAML: every input with its unit, presets marked, evidence beside its value, templates and
 * price books merged in. It is itself a scenario, with the same digest; trace files keep their resolved names, so it is
 * to be read from the same folder. Free *text. */
enum floe_status floe_document_print(const struct floe_document *document, char **text, size_t *n) FLOE_MUST_CHECK;

void study_print_phases(const struct floe_document *document, struct wording *out); /* for the print, as comments */

/* All parameters as Markdown (docs/parameters.md). Free *text. */
enum floe_status floe_parameters_markdown(char **text) FLOE_MUST_CHECK;

/* One parameter or block in a few lines: "workloads.tokens.output", with or without the names of workloads. Free *text.
 * FLOE_BAD_INPUT: there is none; *text then says so with the nearest key. */
enum floe_status floe_parameter_help(const char *path, char **text) FLOE_MUST_CHECK;

#endif

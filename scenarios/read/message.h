/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a reader has to say about a file: errors and warnings, each with its place, what is wrong with the allowed
 * range, and a hint. All errors of a reading are collected, so that a user mends a file in one round.
 *
 * As text, one message is
 *     scenario.yaml:12:18: `output`: '30 s' is a time; this wants a number of tokens such as '2931 tok'
 *     hint: ...
 * Lines and columns count from 1, columns in letters; a message about a file as a whole has line 0 and no place. Of
 * each severity the first MESSAGES_MOST are kept and the others counted. */
#ifndef FLOE_READ_MESSAGE_H
#define FLOE_READ_MESSAGE_H

#include "models/param.h"
#include "sim/base.h"

#define MESSAGES_MOST 50
#define MESSAGE_BYTES 400

enum floe_severity { FLOE_ERROR, FLOE_WARNING };

struct floe_message {
    enum floe_severity severity;
    char file[PATH_BYTES];
    int32_t line, column;
    char what[MESSAGE_BYTES];
    char hint[MESSAGE_BYTES];   /* "": none */
    char key[INPUT_PATH_BYTES]; /* the key it is about, workloads.chat.demand.tasks; of a misspelt one, what it meant */
};

struct floe_messages {
    struct floe_message *items;
    int32_t n, capacity;
    int32_t n_errors, n_warnings; /* all that were said, also those beyond MESSAGES_MOST */
};

/* 0: the same was said of the same place before (two keys that read one setting); it is not said again. */
int floe_messages_add(struct floe_messages *messages, const struct floe_message *message);
void floe_messages_sort(struct floe_messages *messages); /* by file, line, column */
enum floe_status floe_messages_text(const struct floe_messages *messages, char **text, size_t *n) FLOE_MUST_CHECK;
void floe_messages_free(struct floe_messages *messages);

#endif

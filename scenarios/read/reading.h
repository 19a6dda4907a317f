/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What all steps of one reading share: where bytes come from, the memory of the trees, the names of the files, and the
 * messages. A place in a file is a mark; its file is an index into the names, so that a mark stays small. */
#ifndef FLOE_READ_READING_H
#define FLOE_READ_READING_H

#include "scenarios/read/arena.h"
#include "scenarios/read/fault.h"
#include "scenarios/read/files.h"
#include "scenarios/read/message.h"

struct mark {
    int32_t file; /* index into the names; -1: no file */
    int32_t line, column;
};

#define NO_MARK ((struct mark){-1, 0, 0})

struct reading {
    const struct floe_files *files;
    struct arena arena;
    struct floe_messages *messages;
    char (*names)[PATH_BYTES];
    int32_t n_names, names_capacity;
    char (*told)[INPUT_PATH_BYTES]; /* keys whose error was told of another key, in the same words */
    int32_t n_told, told_capacity;
    int32_t has_no_memory;
};

/* The index of a file's name, a new one if it was not named before; -1: no memory. */
int32_t reading_file(struct reading *reading, const char *name);
/* Another index of the same name: what is written there counts as a file of its own. */
int32_t reading_file_again(struct reading *reading, int32_t file);
const char *reading_name(const struct reading *reading, int32_t file); /* "" for -1 */

/* Each returns 0, so that a step can `return reading_error(...)`. key: the path it is about, or "". hint: "" for none.
 */
int reading_error(struct reading *reading, struct mark mark, const char *key, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
int reading_fault(struct reading *reading, struct mark mark, const char *key, const struct fault *fault);
int reading_warning(struct reading *reading, struct mark mark, const char *key, const char *hint, const char *format,
                    ...) __attribute__((format(printf, 5, 6)));
int reading_no_memory(struct reading *reading);

/* What is wrong with this key was told of another one. */
void reading_told(struct reading *reading, const char *key);

/* How many errors were told, or would have been if they were not told already. */
int32_t reading_n_told(const struct reading *reading);

/* Was an error told about this very key, or about one below it? What follows from it is not told as well. */
int reading_has_told(const struct reading *reading, const char *key);
int reading_has_told_below(const struct reading *reading, const char *key);

#endif

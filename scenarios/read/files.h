/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where bytes come from. Nothing in this room opens a file: the program hands in this callback, a test hands in one
 * that serves texts from memory. */
#ifndef FLOE_READ_FILES_H
#define FLOE_READ_FILES_H

#include "models/param.h"
#include "sim/base.h"

#define FILE_WHY_BYTES 200

struct floe_files {
    void *ctx;

    /* name: as a user or a file wrote it. base: the resolved name of the file that mentions it, "" at the top; a
     * relative name is relative to base's folder. most_bytes: more than this is refused.
     * FLOE_OK: *bytes is malloc'ed, *n bytes long; resolved is the name to show and to use as base.
     * FLOE_BAD_INPUT or FLOE_ENVIRONMENT: why says it in a few words ("no such file", "is a directory"), *bytes is
     * NULL; resolved is filled as far as it is known. */
    enum floe_status (*load)(void *ctx, const char *base, const char *name, size_t most_bytes, char **bytes, size_t *n,
                             char resolved[PATH_BYTES], char why[FILE_WHY_BYTES]);
};

#endif

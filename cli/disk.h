/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program's only contact with files: reading them for the readers, writing what the writers made. */
#ifndef FLOE_CLI_DISK_H
#define FLOE_CLI_DISK_H

#include <stdio.h>
#include <sys/types.h>

#include "plots/write/text.h"
#include "scenarios/read/files.h"

#define DISK_PATH_BYTES 4096

struct floe_files disk_files(void);

/* All or nothing: a temporary file beside it, then a rename; so an interrupt or a full disk leaves an older file as it
 * was. Links, modes and what is no regular file are respected. "-" is standard output. Says on stderr what failed;
 * FLOE_ENVIRONMENT. */
enum floe_status disk_write(const char *path, const char *bytes, size_t n);

/* The same for what is too long to be held at once. After disk_open has succeeded, disk_close must follow; with
 * is_kept = 0 it takes back what it can. */
struct disk_stream {
    FILE *file;
    char path[DISK_PATH_BYTES], temporary[DISK_PATH_BYTES]; /* temporary "": written straight */
    mode_t mode;
};
enum floe_status disk_open(struct disk_stream *stream, const char *path);
enum floe_status disk_append(struct disk_stream *stream, const char *bytes, size_t n);
enum floe_status disk_close(struct disk_stream *stream, int is_kept);

int disk_is_same(const char *a, const char *b); /* two names of one file that is there */
enum floe_status disk_check(const char *path);  /* could it be written? says on stderr why not */
/* The same for all that a verb is about to write: none is an input or another output, one at most is "-". NULL: none. */
enum floe_status disk_check_outputs(const char *const *outputs, int n_outputs, const char *const *inputs, int n_inputs);
enum floe_status disk_make_folder(const char *path); /* and those above it */
enum floe_status disk_write_in(const char *folder, const char *name, const struct floe_text *text);

#endif

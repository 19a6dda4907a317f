/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program's only contact with files: reading them for the readers, writing what the writers made. */
#ifndef FLOE_CLI_DISK_H
#define FLOE_CLI_DISK_H

#include "plots/write/text.h"
#include "scenarios/read/files.h"

struct floe_files disk_files(void);

/* All or nothing: a temporary file beside it, then a rename; so an interrupt or a full disk leaves an older file as it
 * was. Links, modes and what is no regular file are respected. "-" is standard output. Says on stderr what failed;
 * FLOE_ENVIRONMENT. */
enum floe_status disk_write(const char *path, const char *bytes, size_t n);
int disk_is_same(const char *a, const char *b);      /* two names of one file that is there */
enum floe_status disk_check(const char *path);       /* could it be written? says on stderr why not */
enum floe_status disk_make_folder(const char *path); /* and those above it */
enum floe_status disk_write_in(const char *folder, const char *name, const struct floe_text *text);

#endif

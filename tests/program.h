/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tests of the whole program: runs build/.../floe as a user would and keeps what it said. */
#ifndef FLOE_TESTS_PROGRAM_H
#define FLOE_TESTS_PROGRAM_H

#include <stddef.h>

struct program_run {
    int exit_status; /* -1: ended by a signal */
    char *out, *err;
};

/* `arguments` as in a shell, behind the program's path, from the source folder. */
struct program_run program_run(const char *binary, const char *arguments);
void program_free(struct program_run *run);

const char *program_folder(void);                       /* an empty folder of this test program's own */
void program_write(const char *name, const char *text); /* a file in it */
char *program_read(const char *name, size_t *n);        /* a file in it, closed by a 0; NULL if there is none */

#endif

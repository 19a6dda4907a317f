/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are part of the program (cmake/embed.cmake makes the table). */
#ifndef FLOE_CLI_EMBEDDED_H
#define FLOE_CLI_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;
    const char *text;
    size_t n;
};

extern const struct embedded_file figure_files[]; /* plots/ *.gp */
extern const int figure_files_n;
extern const struct embedded_file case_files[]; /* tests/known/queueing_cases.csv */
extern const int case_files_n;

#endif

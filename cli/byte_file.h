/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file as a source of bytes for the importers (actuals/import.h): plain or gzip, told apart by its first bytes; "-" is
 * standard input. A gzip that ends too early or does not check is an error, not an end. */
#ifndef FLOE_CLI_BYTE_FILE_H
#define FLOE_CLI_BYTE_FILE_H

#include "actuals/import.h"

struct byte_file {
    void *gz;
    int64_t size; /* bytes on disk of a plain file; 0: unknown, or gzip */
    char why[240];
};

int byte_file_open(struct byte_file *file, const char *name); /* 0: why says it */
struct byte_source byte_file_source(struct byte_file *file);
void byte_file_close(struct byte_file *file);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scenario_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/disk.h"

static void say(const struct floe_messages *messages)
{
    char *text;
    size_t n;
    if (floe_messages_text(messages, &text, &n) != FLOE_OK) return;
    fwrite(text, 1, n, stderr);
    free(text);
}

enum floe_status scenario_file_read(const struct options *options, const char *verb, struct floe_document **document)
{
    *document = NULL;
    if (options->n_files != 1) {
        fprintf(stderr, "floe: %s takes one scenario file, not %d\nhint: floe %s scenarios/demo/azure-hour.yaml\n",
                verb, options->n_files, verb);
        return FLOE_BAD_USAGE;
    }
    return scenario_file_read_named(options, options->files[0], document);
}

enum floe_status scenario_file_read_named(const struct options *options, const char *file,
                                          struct floe_document **document)
{
    const struct floe_files files = disk_files();
    *document = NULL;
    enum floe_status status = floe_document_read(&files, file, options->sets, options->n_sets, document);
    if (status == FLOE_OK) return FLOE_OK;
    if (*document == NULL) {
        fprintf(stderr, "floe: out of memory while reading %s\n", file);
        return status;
    }
    say(&(*document)->messages);
    floe_document_free(*document);
    *document = NULL;
    return status;
}

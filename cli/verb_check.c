/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "cli/disk.h"
#include "cli/scenario_file.h"
#include "cli/verbs.h"

static void say_warnings(const struct floe_document *document)
{
    char *text;
    size_t n;
    if (document->messages.n == 0 || floe_messages_text(&document->messages, &text, &n) != FLOE_OK) return;
    fwrite(text, 1, n, stderr);
    free(text);
}

enum floe_status verb_check(const struct options *options)
{
    struct floe_document *document;
    char *text;
    size_t n;
    enum floe_status status = scenario_file_read(options, "check", &document);
    if (status != FLOE_OK) return status;
    say_warnings(document);
    if (!options->is_quiet) {
        status = floe_document_print(document, &text, &n);
        if (status == FLOE_OK) {
            status = disk_write("-", text, n);
            free(text);
        }
    }
    floe_document_free(document);
    return status;
}

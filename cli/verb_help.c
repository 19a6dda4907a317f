/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verbs.h"
#include "scenarios/read/reader.h"

static enum floe_status print_and_free(enum floe_status status, char *text)
{
    if (text == NULL) {
        fputs("floe: out of memory\n", stderr);
        return FLOE_ENVIRONMENT;
    }
    fputs(text, status == FLOE_OK ? stdout : stderr);
    free(text);
    return status;
}

enum floe_status verb_help_topic(const struct options *options)
{
    char *text = NULL;
    enum floe_status status;
    if (options->n_files == 0) {
        verbs_print(stdout);
        return FLOE_OK;
    }
    if (options->n_files > 1) {
        fputs("usage: floe help [parameters | KEY]\n", stderr);
        return FLOE_BAD_USAGE;
    }
    if (strcmp(options->files[0], "parameters") == 0)
        status = floe_parameters_markdown(&text);
    else
        status = floe_parameter_help(options->files[0], &text);
    return print_and_free(status, text);
}

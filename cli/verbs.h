/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The verbs. Each takes the parsed options and returns the program's exit status. */
#ifndef FLOE_CLI_VERBS_H
#define FLOE_CLI_VERBS_H

#include <stdio.h>

#include "cli/options.h"

struct verb {
    const char *name;
    enum verb_bits bit;
    const char *usage;   /* behind "floe NAME" */
    const char *summary; /* one line for floe --help */
    const char *about;   /* a few lines for floe NAME --help */
    enum floe_status (*run)(const struct options *options);
};

extern const struct verb verbs[];
extern const int n_verbs;

const struct verb *verb_find(const char *name); /* NULL: there is none */
void verbs_print(FILE *to);                     /* floe --help */
void verb_help(const struct verb *verb);        /* floe VERB --help; fits a screen */

enum floe_status verb_check(const struct options *options);
enum floe_status verb_run(const struct options *options);
enum floe_status verb_import(const struct options *options);
enum floe_status verb_diff(const struct options *options);
enum floe_status verb_bench(const struct options *options);
enum floe_status verb_reconcile(const struct options *options);
enum floe_status verb_prices(const struct options *options);
enum floe_status verb_help_topic(const struct options *options);

#endif

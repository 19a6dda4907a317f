/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line: one row per option feeds the parser and every --help. */
#ifndef FLOE_CLI_OPTIONS_H
#define FLOE_CLI_OPTIONS_H

#include <stdint.h>

#include "models/engine.h"

#define ARGUMENTS_MOST 64

/* One bit per verb. */
enum verb_bits {
    VERB_CHECK = 1,
    VERB_RUN = 2,
    VERB_PRICES = 4,
    VERB_HELP = 8,
    VERB_BENCH = 16,
    VERB_IMPORT = 32,
    VERB_RECONCILE = 64,
    VERB_DIFF = 128
};

struct options {
    const char *program;               /* as it was called */
    const char *files[ARGUMENTS_MOST]; /* what is not an option, after the verb */
    int n_files;
    const char *sets[ARGUMENTS_MOST]; /* --set path=value, in order */
    int n_sets;
    const char *fail_ifs[ARGUMENTS_MOST];
    int n_fail_ifs;
    uint64_t seed;
    uint32_t replications;
    unsigned threads; /* 0: one per processor */
    unsigned rounds;  /* 0: as many as the verb likes */
    int32_t engine;   /* enum engine_kind */
    const char *path; /* instruction set */
    const char *route;
    const char *json, *csv, *out;
    const char *trace_events;
    const char *focus;
    uint64_t trace_replication;
    int has_trace_replication;
    const char *case_id, *cases;
    const char *date, *source, *missing_cache, *only;
    const char *invoices[ARGUMENTS_MOST];
    int n_invoices;
    const char *month, *variant, *learn;
    int is_normalize;
    const char *format, *rules, *prices, *invocations, *from, *to, *input_includes_cached; /* of exports */
    const char *models[ARGUMENTS_MOST], *columns[ARGUMENTS_MOST];
    int n_models, n_columns;
    const char *metric, *by, *md; /* of diff */
    int is_expect, is_help, is_quiet;
};

/* Parses argv[first..]. Returns FLOE_OK or FLOE_BAD_USAGE, having said why on stderr. */
enum floe_status options_parse(enum verb_bits verb, int argc, char **argv, int first, struct options *options);
void options_print(enum verb_bits verb); /* the rows of one verb, for its --help */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two sides of `floe diff`, as the command line names them:
 *     FILE  FILE@PERIOD  FILE:VARIANT  FILE:VARIANT@PERIOD
 * FILE is a scenario (.yaml, .yml), which is simulated, or anything that `floe import` reads. PERIOD is a window of the
 * scenario, a day (2026-03-17), a month (2026-03), or FROM..TO (two dates or instants, UTC; TO is not in it).
 * A file that both sides name is read once, and a scenario simulated once, so with the same draws. */
#ifndef FLOE_CLI_DIFF_SIDE_H
#define FLOE_CLI_DIFF_SIDE_H

#include "actuals/import.h"
#include "cli/options.h"
#include "models/result.h"
#include "models/waterfall.h"
#include "scenarios/read/reader.h"

#define DIFF_PERIOD_BYTES 120

struct diff_source {
    char path[PATH_BYTES];
    int is_scenario;
    struct floe_document *document;
    int has_result;
    struct result result; /* of the variants that the sides name, in their order */
    struct facts facts;   /* of a table */
    struct import_report report;
};

struct diff_side {
    const char *argument;
    char variant[NAME_BYTES], period[DIFF_PERIOD_BYTES]; /* "": not named */
    struct diff_source *source;
    int32_t study_variant; /* of the scenario */
    int64_t from_at_s, to_at_s;
    struct facts facts;
    char what[NAME_BYTES * 2 + 60]; /* for people: the variant and route */
};

struct diff_sides {
    struct diff_source sources[WATERFALL_SIDES]; /* the second is unused where both are one */
    struct diff_side sides[WATERFALL_SIDES];
};

/* Zeroed before; free with diff_sides_free whatever comes. Says on stderr what is wrong; returns the exit status. check
 * (or NULL) is asked before anything is simulated. */
enum floe_status diff_sides_read(const struct options *options, enum floe_status (*check)(const struct diff_sides *),
                                 struct diff_sides *sides) FLOE_MUST_CHECK;
void diff_sides_free(struct diff_sides *sides);

/* Simulates variants (by index) of a scenario, one after the other. */
enum floe_status diff_run(const struct options *options, const char *file, const struct floe_document *document,
                          const int32_t *variants, int32_t n, struct result *result) FLOE_MUST_CHECK;

/* "2026-03-17", "2026-03", "FROM..TO". 0: `why` says what is wrong. */
int diff_period(const char *text, int64_t *from_at_s, int64_t *to_at_s, char why[200]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose usage is it? An export knows keys, models, routes, hours and tags; people ask for consumers. Rules say which is
 * which. The first that matches names the consumer (and workload) of a row; what none matches is `unknown`, and stays
 * visible.
 *
 *     match:
 *       - {consumer: ml-training, workload: training, hours: '03:58-05:31'}        UTC; 22:00-02:00 goes over midnight
 *       - {consumer: entity-matching, key: 'sk-match-*', model: '*opus*', route: bedrock, days: mon-fri}
 *       - {consumer: health, tag: {team: 'platform*', env: prod}}                  all of them must match
 *
 * Globs: * is any text, ? one letter; a comma separates alternatives; case counts. A rule without conditions is for
 * all the rest.
 *
 * Hours and sums. A row that is one request matches by its begin. A sum over a span (an hour of CloudWatch) matches when
 * at least half of the span lies within the hours; the import says when spans were cut so. A span that is longer than
 * the hours allow cannot be told apart: no rule with hours matches it. */
#ifndef FLOE_ACTUALS_RULES_H
#define FLOE_ACTUALS_RULES_H

#include "actuals/import.h"
#include "scenarios/read/files.h"
#include "scenarios/read/message.h"

#define RULES_MOST 200
#define RULE_TAGS_MOST 4

struct import_rule {
    char consumer[NAME_BYTES], workload[NAME_BYTES];
    char key[NAME_BYTES], model[NAME_BYTES], route[NAME_BYTES]; /* globs; "": any */
    int32_t has_hours, from_s, to_s;                            /* of the day; to < from: over midnight */
    uint32_t days;                                              /* bit 0: Monday; 0: any */
    int32_t n_tags;
    struct {
        char name[NAME_BYTES], value[NAME_BYTES];
    } tags[RULE_TAGS_MOST];
    int32_t line;
};

struct import_rules {
    char file[PATH_BYTES];
    int32_t n;
    struct import_rule items[RULES_MOST];
};

/* FLOE_BAD_INPUT: messages say where and why. Free the messages in either case. */
enum floe_status import_rules_read(const struct floe_files *files, const char *name, struct import_rules *rules,
                                   struct floe_messages *messages) FLOE_MUST_CHECK;

struct rule_match {
    int32_t rule; /* index, -1: none */
    int is_cut;   /* the span lies partly within the hours of that rule, or of one that was passed over */
    int is_blind; /* a rule was passed over because the span is too long for its hours */
};

struct rule_match import_rules_match(const struct import_rules *rules, const struct import_row *row);

int import_glob(const char *pattern, const char *text, size_t n); /* 1: matches */

#endif

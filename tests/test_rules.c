/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/rules.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "import_maker.h"
#include "scenarios/read/civil.h"

static struct import_rules rules;
static char said[4000];

static int64_t at(const char *text)
{
    struct civil_instant got = {0, 0, 0, 0};
    check(civil_parse(text, strlen(text), &got) == NULL);
    return got.at_s;
}

static struct import_text text_of(const char *text)
{
    return (struct import_text){text, strlen(text)};
}

static struct import_row row_at(const char *instant, int64_t span_s)
{
    struct import_row row;
    import_row_clear(&row);
    row.from_at_s = at(instant);
    row.to_at_s = row.from_at_s + span_s;
    return row;
}

static void globs(void)
{
    static const struct {
        const char *pattern, *text;
        int matches;
    } cases[] = {{"*", "", 1},
                 {"", "", 1},
                 {"", "a", 0},
                 {"sk-*", "sk-match-7", 1},
                 {"sk-*", "xsk-1", 0},
                 {"*opus*", "us.opus-4", 1},
                 {"a?c", "abc", 1},
                 {"a?c", "ac", 0},
                 {"a?c",
                  "a\xc3\xa9"
                  "c",
                  1},
                 {"*a*b", "xaxxb", 1},
                 {"*a*b", "xaxxbc", 0},
                 {"x, y*", "yz", 1},
                 {"x,y", "z", 0},
                 {"*-v1", "m-v1-v1", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_at(import_glob(cases[i].pattern, cases[i].text, strlen(cases[i].text)) == cases[i].matches, __FILE__,
                 __LINE__, "'%s' and '%s'", cases[i].pattern, cases[i].text);
}

static void the_first_rule_that_matches_wins(void)
{
    check_i64(rules_of_text("match:\n"
                            "  - {consumer: a, key: 'sk-a*', model: '*opus*'}\n"
                            "  - {consumer: b, tag: {team: 'x*', env: prod}}\n"
                            "  - {consumer: c, workload: w, route: bedrock}\n"
                            "  - {consumer: a, key: 'sk-a*'}\n",
                            &rules, said, sizeof said),
              FLOE_OK);
    struct import_row row = row_at("2026-03-18T04:00Z", 0);
    check_i64(import_rules_match(&rules, &row).rule, -1);
    row.key = text_of("sk-a1");
    check_i64(import_rules_match(&rules, &row).rule, 3);
    row.model = text_of("claude-opus-4-6");
    check_i64(import_rules_match(&rules, &row).rule, 0);
    row.key = text_of("sk-b");
    row.route = text_of("bedrock");
    check_i64(import_rules_match(&rules, &row).rule, 2);
    row.n_tags = 2;
    row.tags[0].name = text_of("env"), row.tags[0].value = text_of("prod");
    row.tags[1].name = text_of("team"), row.tags[1].value = text_of("xy");
    check_i64(import_rules_match(&rules, &row).rule, 1);
    row.n_tags = 1;
    check_i64(import_rules_match(&rules, &row).rule, 2);
}

static int matches(const char *instant, int64_t span_s)
{
    const struct import_row row = row_at(instant, span_s);
    return import_rules_match(&rules, &row).rule >= 0;
}

static void hours_hold_moments_to_the_second(void)
{
    check_i64(rules_of_text("match: [{consumer: a, hours: '03:58-05:31'}]", &rules, said, sizeof said), FLOE_OK);
    check(!matches("2026-03-18T03:57:59Z", 0));
    check(matches("2026-03-18T03:58:00Z", 0));
    check(matches("2026-03-18T05:30:59Z", 0));
    check(!matches("2026-03-18T05:31:00Z", 0));
    check_i64(rules_of_text("match: [{consumer: a, hours: '22:00 - 02:00', days: 'fri'}]", &rules, said, sizeof said),
              FLOE_OK);
    check(matches("2026-03-20T23:00Z", 0)); /* a Friday */
    check(matches("2026-03-21T01:59Z", 0)); /* the night that began on it */
    check(!matches("2026-03-20T01:00Z", 0));
    check(!matches("2026-03-21T02:00Z", 0));
    check_i64(rules_of_text("match: [{consumer: a, days: sat-mon}]", &rules, said, sizeof said), FLOE_OK);
    check(matches("2026-03-22T12:00Z", 0));
    check(matches("2026-03-23T23:59Z", 0));
    check(!matches("2026-03-24T00:00Z", 0));
}

static void a_sum_goes_where_half_of_it_lies(void)
{
    check_i64(rules_of_text("match: [{consumer: a, hours: '03:58-05:31'}]", &rules, said, sizeof said), FLOE_OK);
    struct import_row row = row_at("2026-03-18T03:00Z", 3600); /* 2 min of it */
    struct rule_match match = import_rules_match(&rules, &row);
    check_i64(match.rule, -1);
    check(match.is_cut && !match.is_blind);
    row = row_at("2026-03-18T04:00Z", 3600);
    match = import_rules_match(&rules, &row);
    check_i64(match.rule, 0);
    check(!match.is_cut && !match.is_blind);
    row = row_at("2026-03-18T05:00Z", 3600); /* 31 min of it */
    match = import_rules_match(&rules, &row);
    check_i64(match.rule, 0);
    check(match.is_cut);
    row = row_at("2026-03-18T00:00Z", 86400);
    match = import_rules_match(&rules, &row);
    check_i64(match.rule, -1);
    check(match.is_blind);
}

static void what_is_wrong_is_told_with_its_place(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"match: []", "rules.yaml:1:8: the rules file has one key `match`"},
        {"rules: []", "the rules file has one key `match`"},
        {"match: [{key: a}]", "rules.yaml:1:9: a rule names the `consumer`"},
        {"match:\n  - {consumer: a, hours: 3-5}\n", "rules.yaml:2:26: `hours` are two different times"},
        {"match: [{consumer: a, hours: '05:00-05:00'}]", "two different times"},
        {"match: [{consumer: a, hours: '05:00-24:01'}]", "two different times"},
        {"match: [{consumer: a, hours: 7}]", "`hours` is a begin and an end"},
        {"match: [{consumer: a, days: monday}]", "`days` are names of weekdays"},
        {"match: [{consumer: a, modle: x}]", "did you mean 'model'?"},
        {"match: [{consumer: a, tag: x}]", "`tag` is a map of 1 to 4 names"},
        {"match: [{consumer: [a]}]", "`consumer` is one text"},
        {"match: [a]", "a rule is a map"},
        {"match: [{consumer: a}]\nx: 1\n", "rules.yaml:2:1: unknown key 'x'"},
        {"", "empty"},
        {"match: [{consumer: a", "is not closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_i64(rules_of_text(cases[i].text, &rules, said, sizeof said), FLOE_BAD_INPUT);
        check_contains(said, cases[i].want);
    }
}

static const struct test tests[] = {
    {"globs match names, with letters of several bytes and alternatives", globs, FAST},
    {"the first rule that matches wins; all conditions of a rule must hold", the_first_rule_that_matches_wins, FAST},
    {"hours hold a moment to the second, over midnight and on days", hours_hold_moments_to_the_second, FAST},
    {"a sum over a span goes where at least half of it lies; a day is blind", a_sum_goes_where_half_of_it_lies, FAST},
    {"what is wrong with a rules file is told with its place", what_is_wrong_is_told_with_its_place, FAST},
};
TEST_MAIN("rules", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe diff from outside: the lessons' waterfalls in both engines, sides of every kind, and what is refused. The parts
 * of every JSON that is read here must sum to the change, and it must obey its schema. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "json_schema.h"
#include "program.h"

#define LESSON_1 "scenarios/lessons/01-the-173-dollar-run.yaml"
#define LESSON_2 "scenarios/lessons/02-the-233-dollar-day.yaml"

static const char *const engines[] = {"--engine hourly", "--engine events --replications 8"};

/* Two changes at midnight, of price and of tokens; no cache; 24 calls a day. */
static const char two_changes[] = "floe: 1\n"
                                  "time: {start: 2026-03-16T00:00Z, horizon: 3d}\n"
                                  "windows: {monday: 2026-03-16, tuesday: 2026-03-17}\n"
                                  "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"
                                  "workloads:\n"
                                  "  chat:\n"
                                  "    model: m\n"
                                  "    demand: {tasks: 24/day, at: '00:00', over: 24h}\n"
                                  "    tokens: {input: 1000, output: 200}\n"
                                  "routes: {api: {chain: [from workload]}, other: {chain: [from workload]}}\n"
                                  "changes:\n"
                                  "  dearer: {at: 2026-03-17T00:00Z, set: {prices.models.m.input: 6 usd/Mtok}}\n"
                                  "  longer: {at: 2026-03-17T00:00Z, set: {workloads.chat.tokens.input: 1500}}\n";

/* ---- running it ---- */

static struct program_run diff(const char *arguments)
{
    char whole[2000];
    snprintf(whole, sizeof whole, "diff %s", arguments);
    return program_run(FLOE_BINARY, whole);
}

static cJSON *read_schema(void)
{
    static char bytes[1 << 16];
    FILE *file = fopen(FLOE_SOURCE_DIR "/docs/diff.schema.json", "rb");
    const size_t n = file != NULL ? fread(bytes, 1, sizeof bytes - 1, file) : 0;
    if (file != NULL) fclose(file);
    bytes[n] = '\0';
    return cJSON_Parse(bytes);
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

static double sum_of(const cJSON *array)
{
    double sum = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, array) sum += number(item, "change");
    return sum;
}

static void check_sums(const cJSON *json)
{
    const cJSON *group, *changes = cJSON_GetObjectItemCaseSensitive(json, "changes");
    check_rel(sum_of(cJSON_GetObjectItemCaseSensitive(json, "terms")), number(json, "change"), 1e-9);
    cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(json, "groups"))
        check_abs(sum_of(cJSON_GetObjectItemCaseSensitive(group, "terms")), number(group, "change"),
                  1e-9 * fabs(number(group, "change")));
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "groups")) > 0)
        check_rel(sum_of(cJSON_GetObjectItemCaseSensitive(json, "groups")), number(json, "change"), 1e-9);
    if (cJSON_IsArray(changes)) check_rel(sum_of(changes), number(json, "change"), 1e-9);
}

static cJSON *diff_json(const char *arguments)
{
    char whole[1900], why[400] = "";
    snprintf(whole, sizeof whole, "%s --json -", arguments);
    struct program_run run = diff(whole);
    check_at(run.exit_status == 0, __FILE__, __LINE__, "%s: exit %d: %s", arguments, run.exit_status, run.err);
    cJSON *json = cJSON_Parse(run.out), *schema = read_schema();
    check_at(json_schema_holds(schema, json, why, sizeof why), __FILE__, __LINE__, "%s: %s", arguments, why);
    check_sums(json);
    cJSON_Delete(schema);
    program_free(&run);
    return json;
}

static const cJSON *named(const cJSON *array, const char *member, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, member));
        if (text != NULL && strcmp(text, name) == 0) return item;
    }
    return NULL;
}

static const cJSON *term(const cJSON *json, const char *name)
{
    return named(cJSON_GetObjectItemCaseSensitive(json, "terms"), "term", name);
}

/* ---- the lessons ---- */

/* volume 6,661 x (0.014793 + 0.024655) / 2, price 0.009862 x (338 + 6,999) / 2: docs/diff.md */
static void the_173_dollar_run_is_volume_and_price(void)
{
    for (int e = 0; e < 2; e++) {
        char arguments[400];
        snprintf(arguments, sizeof arguments, LESSON_1 "@before " LESSON_1 "@switch_day %s", engines[e]);
        cJSON *json = diff_json(arguments);
        check_rel(number(json, "change"), 6999 * 0.024655 - 338 * 0.014793, 1e-9);
        check_abs(number(term(json, "response cache"), "change"), 131.38, 0.005);
        check_rel(number(term(json, "response cache"), "ratio"), 6999.0 / 338, 1e-6);
        check_abs(number(term(json, "model mix"), "change"), 36.18, 0.005);
        check_rel(number(term(json, "model mix"), "ratio"), 5.0 / 3, 1e-9);
        static const char *const still[] = {"denied", "billed requests per call", "tokens per request", "prompt cache",
                                            "price"};
        for (size_t i = 0; i < sizeof still / sizeof still[0]; i++)
            check(number(term(json, still[i]), "change") == 0);
        cJSON_Delete(json);
    }
}

static void the_page_says_it(void)
{
    struct program_run run = diff(LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly");
    check_i64(run.exit_status, 0);
    check_contains(run.out, "+$167.56: $5.00 became $172.56");
    check_contains(run.out, "+$131.38");
    check_contains(run.out, "+$36.18");
    check_contains(run.out, "x20.7");
    check_contains(run.out, "x1.667");
    check_contains(run.out, "claude-3-7-sonnet 100% -> 0%");
    const char *last = strstr(run.out, "diff " LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly --seed 1\n");
    check(last != NULL && strchr(last, '\n')[1] == '\0');
    program_free(&run);
}

static void the_233_dollar_day_is_split_by_consumer(void)
{
    cJSON *json = diff_json(LESSON_2 "@before " LESSON_2 "@switch_day --engine hourly --by consumer");
    const cJSON *groups = cJSON_GetObjectItemCaseSensitive(json, "groups");
    check_abs(number(named(groups, "name", "entity-matching"), "b"), 209.98, 0.005);
    check_abs(number(named(groups, "name", "ml-training"), "b"), 14.00, 0.005);
    check_abs(number(named(groups, "name", "health-and-misc"), "b"), 9.00, 0.01);
    check_i64(cJSON_GetArraySize(groups), 3);
    cJSON_Delete(json);
    static const char *const by[] = {"workload", "model", "hour"};
    for (int i = 0; i < 3; i++) {
        char arguments[400];
        snprintf(arguments, sizeof arguments, LESSON_2 "@before " LESSON_2 "@switch_day --engine hourly --by %s",
                 by[i]);
        json = diff_json(arguments);
        check(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "groups")) >= 2);
        cJSON_Delete(json);
    }
}

/* switch alone 172.56 - 5.00; not stored alone 6,999 x 0.014793 - 5.00; both 172.56 - 5.00 */
static void which_change_did_it(void)
{
    const double both = 6999 * 0.024655 - 338 * 0.014793, stored = (6999 - 338) * 0.014793;
    cJSON *json = diff_json(LESSON_1 ":never_cached@before " LESSON_1
                                     ":never_cached@switch_day --engine hourly --by change");
    const cJSON *changes = cJSON_GetObjectItemCaseSensitive(json, "changes");
    check_rel(number(named(changes, "name", "switch"), "change"), (both + both - stored) / 2, 1e-9);
    check_rel(number(named(changes, "name", "not_stored"), "change"), stored / 2, 1e-9);
    check_i64(cJSON_GetArraySize(changes), 3);
    check_abs(number(cJSON_GetArrayItem(changes, 2), "change"), 0, 1e-9);
    cJSON_Delete(json);
}

/* A variant against another, over the same days: the switch is all there is between them. */
static void variants_of_one_file_are_sides(void)
{
    cJSON *json = diff_json(LESSON_2 ":no_switch " LESSON_2 ":happened --engine hourly --by change");
    const cJSON *changes = cJSON_GetObjectItemCaseSensitive(json, "changes");
    check_rel(number(named(changes, "name", "switch"), "change"), number(json, "change"), 1e-9);
    cJSON_Delete(json);
}

/* ---- a scenario of our own ---- */

/* 24 calls a day; input 1,000 -> 1,500 tok, $3 -> $6; output 200 tok at $15.
 * tokens 24 x 500 x (3 + 6) / 2 = 54,000; price 24 x 3 x (1,000 + 1,500) / 2 = 90,000 per 1e6 */
static void price_and_tokens_are_apart(void)
{
    char arguments[900];
    program_write("two.yaml", two_changes);
    const char *at = program_folder();
    for (int e = 0; e < 2; e++) {
        snprintf(arguments, sizeof arguments, "%s/two.yaml@monday %s/two.yaml@2026-03-17 --route api %s --by change",
                 at, at, engines[e]);
        cJSON *json = diff_json(arguments);
        const cJSON *changes = cJSON_GetObjectItemCaseSensitive(json, "changes");
        check_rel(number(term(json, "tokens per request"), "change"), 0.054, 1e-9);
        check_rel(number(term(json, "price"), "change"), 0.090, 1e-9);
        check_rel(number(named(changes, "name", "longer"), "change"), 0.054, 1e-9);
        check_rel(number(named(changes, "name", "dearer"), "change"), 0.090, 1e-9);
        cJSON_Delete(json);
    }
    snprintf(arguments, sizeof arguments,
             "%s/two.yaml@monday %s/two.yaml@tuesday --route api --engine hourly --metric lcpr", at, at);
    cJSON *json = diff_json(arguments);
    check_rel(number(json, "a"), (1000 * 3 + 200 * 15) / 1e6, 1e-9);
    check_rel(number(term(json, "price"), "change"), 0.090 / 24, 1e-9);
    cJSON_Delete(json);
}

/* ---- tables ---- */

static const char usage_csv[] = "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,"
                                "unit,unit_price_usd,cost_usd\n"
                                "2026-02-03T10:00:00Z,2026-02-03T11:00:00Z,chat,shop,k,,,m,,request,10,request,0,0\n"
                                "2026-02-03T10:00:00Z,2026-02-03T11:00:00Z,chat,shop,k,,,m,,output,1000,tok,0.001,1\n"
                                "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,chat,shop,k,,,m,,request,30,request,0,0\n"
                                "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,chat,shop,k,,,m,,output,3000,tok,0.001,3\n";

static void tables_compare_by_day_and_by_month(void)
{
    char arguments[900];
    const char *at = program_folder();
    program_write("usage.csv", usage_csv);
    snprintf(arguments, sizeof arguments, "%s/usage.csv@2026-02-03 %s/usage.csv@2026-03-03", at, at);
    cJSON *json = diff_json(arguments);
    check_rel(number(term(json, "requests"), "change"), 2, 1e-12);
    check_rel(number(term(json, "requests"), "ratio"), 3, 1e-12);
    cJSON_Delete(json);
    snprintf(arguments, sizeof arguments, "%s/usage.csv@2026-02 %s/usage.csv@2026-03-01..2026-04-01 --normalize", at,
             at);
    json = diff_json(arguments);
    check_rel(number(json, "change"), 3.0 / 31 - 1.0 / 28, 1e-12);
    cJSON_Delete(json);
}

/* What a run exports is the side that the run itself is. */
static void an_exported_run_is_the_same_side(void)
{
    char arguments[900];
    const char *at = program_folder();
    snprintf(arguments, sizeof arguments, "run " LESSON_2 " --engine hourly --quiet --csv %s/out --json %s/run.json",
             at, at);
    struct program_run run = program_run(FLOE_BINARY, arguments);
    check_i64(run.exit_status, 0);
    program_free(&run);
    snprintf(arguments, sizeof arguments, "%s/out/usage.csv:happened@2026-03-17 " LESSON_2 "@before --engine hourly",
             at);
    struct program_run same = diff(arguments);
    check_i64(same.exit_status, 0);
    check_contains(same.out, "$0: $6.78 became $6.78");
    program_free(&same);
    snprintf(arguments, sizeof arguments, "%s/run.json:no_switch %s/run.json:happened --metric lcpr", at, at);
    cJSON *json = diff_json(arguments);
    check(number(json, "change") > 0);
    cJSON_Delete(json);
}

/* ---- outputs and checks ---- */

static void a_folder_holds_tables_and_a_figure(void)
{
    static const char *const names[] = {"diff.json",          "diff.md",     "diff.txt", "waterfall.csv",
                                        "plot_waterfall.csv", "waterfall.gp"};
    char arguments[900], name[100];
    snprintf(arguments, sizeof arguments, LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly --quiet --out %s/o",
             program_folder());
    struct program_run run = diff(arguments);
    check_i64(run.exit_status, 0);
    check_text(run.out, "");
    program_free(&run);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = 0;
        snprintf(name, sizeof name, "o/%s", names[i]);
        char *bytes = program_read(name, &n);
        check_at(bytes != NULL && n > 0, __FILE__, __LINE__, "no %s", names[i]);
        if (bytes != NULL && strcmp(names[i], "diff.md") == 0)
            check_contains(bytes, "| response cache | +$131.38 | x20.7 | 78.4 % |");
        if (bytes != NULL && strcmp(names[i], "plot_waterfall.csv") == 0) check_contains(bytes, "response cache,1,");
        free(bytes);
    }
}

static void a_group_that_did_not_move_has_a_share_of_0(void)
{
    static const char *const files[] = {"dear.csv", "cheap.csv"};
    for (int i = 0; i < 2; i++) {
        char text[600];
        snprintf(text, sizeof text,
                 "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,unit,"
                 "unit_price_usd,cost_usd\n"
                 "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,w,a,k,r,,m,,output,5,tok,,%d\n"
                 "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,w,b,k,r,,m,,output,5,tok,,7\n",
                 i == 0 ? 3 : 2);
        program_write(files[i], text);
    }
    char arguments[600];
    for (int i = 0; i < 3; i++) {
        static const char *const outputs[] = {"", "--json -", "--md -"};
        snprintf(arguments, sizeof arguments, "%s/dear.csv %s/cheap.csv --by consumer %s", program_folder(),
                 program_folder(), outputs[i]);
        struct program_run run = diff(arguments);
        check(strstr(run.out, i == 0 ? "-$1.00" : i == 1 ? "\"share\":\t0" : "-$1.00") != NULL);
        check(strstr(run.out, "-0.0%") == NULL && strstr(run.out, ":\t-0,") == NULL &&
              strstr(run.out, "-0.0 %") == NULL);
        program_free(&run);
    }
}

/* A: one request of 9 tokens. B: as many tokens at the same price, and a count of requests that is not theirs. */
static void counts_that_do_not_belong_are_noted(void)
{
    static const double requests[] = {1, 1e9}, tokens[] = {9e6, 9};
    for (int is_odd = 0; is_odd < 2; is_odd++) {
        for (int side = 0; side < 2; side++) {
            char text[700];
            snprintf(text, sizeof text,
                     "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,unit,"
                     "unit_price_usd,cost_usd\n"
                     "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,w,a,k,r,,m,,request,%g,request,,\n"
                     "2026-03-03T10:00:00Z,2026-03-03T11:00:00Z,w,a,k,r,,m,,output,%g,tok,,%d\n",
                     is_odd ? requests[side] : 3, is_odd ? tokens[side] : 9, side + 2);
            program_write(side == 0 ? "left.csv" : "right.csv", text);
        }
        char arguments[600];
        snprintf(arguments, sizeof arguments, "%s/left.csv %s/right.csv", program_folder(), program_folder());
        struct program_run run = diff(arguments);
        check_i64(run.exit_status, 0);
        check_i64(strstr(run.out, "does not belong") != NULL, is_odd);
        program_free(&run);
    }
}

static void check_ends(const char *arguments, int exit_status, const char *said)
{
    char expanded[1800];
    size_t n = 0;
    for (const char *at = arguments; *at != '\0' && n + 300 < sizeof expanded;)
        if (strncmp(at, "DIR", 3) == 0) {
            n += (size_t)snprintf(expanded + n, sizeof expanded - n, "%s", program_folder());
            at += 3;
        } else {
            expanded[n++] = *at++;
        }
    expanded[n] = '\0';
    struct program_run run = diff(expanded);
    check_at(run.exit_status == exit_status, __FILE__, __LINE__, "diff %s: exit %d, want %d; it said: %s", arguments,
             run.exit_status, exit_status, run.err);
    check_contains(run.err, said);
    if (exit_status != 0 && exit_status != 4) check_text(run.out, "");
    program_free(&run);
}

static void fail_if_ends_with_4(void)
{
    check_ends(LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly --fail-if 'change_usd > 100'", 4,
               "failed: change_usd is 167.56");
    check_ends(LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly --fail-if 'change_share > 40'", 0, "");
    check_ends(LESSON_1 "@before " LESSON_1 "@switch_day --engine hourly --fail-if 'cost > 40'", 2, "change_usd");
}

static void what_is_wrong_is_told(void)
{
    program_write("two.yaml", two_changes);
    program_write("usage.csv", usage_csv);
    program_write("empty.csv", "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,quantity,"
                               "unit,unit_price_usd,cost_usd\n");
    check_ends(LESSON_1, 2, "two sides");
    check_ends(LESSON_1 "@befor " LESSON_1 "@switch_day", 1, "did you mean 'before'?");
    check_ends(LESSON_1 ":remembred@before " LESSON_1 "@switch_day", 1, "did you mean 'remembered'?");
    check_ends(LESSON_1 "@ " LESSON_1 "@switch_day", 1, "no period behind the @");
    check_ends(LESSON_1 "@before " LESSON_1 "@thirty_days", 1, "A is 1 d");
    check_ends(LESSON_1 "@before " LESSON_1 "@2025-03-17", 1, "the scenario measures 2026-02-25");
    check_ends(LESSON_2 "@training_run " LESSON_2 "@training_run", 1, "kept by the clock hour");
    check_ends(LESSON_1 "@2026-03-17..2026-03-17 " LESSON_1 "@before", 1, "has no length");
    check_ends(LESSON_1 "@before absent.yaml", 1, "no such file");
    check_ends(LESSON_1 "@before " LESSON_1 "@switch_day --by day", 2, "--by takes");
    check_ends(LESSON_1 "@before " LESSON_1 "@switch_day --metric dollars", 2, "--metric takes");
    check_ends("DIR/two.yaml@monday DIR/two.yaml@tuesday", 1, "--route NAME: api other");
    check_ends("DIR/two.yaml@monday DIR/two.yaml@tuesday --route ap", 1, "no route 'ap'");
    check_ends("DIR/two.yaml@monday DIR/usage.csv@2026-03-03 --route api --by change", 1, "one scenario file");
    check_ends(LESSON_2 ":no_switch@before " LESSON_2 ":no_switch@switch_day --by change", 1, "no change of");
    check_ends("DIR/usage.csv@2026-02 DIR/usage.csv@2026-03", 1, "A is 28 d");
    check_ends("DIR/usage.csv@2026-01-03 DIR/usage.csv@2026-03-03", 1, "has no usage in 2026-01-03");
    check_ends("DIR/usage.csv@2026-13 DIR/usage.csv@2026-03", 1, "a month 2026-03");
    check_ends("DIR/usage.csv@2026-02-03T10:30Z..2026-02-03T11:30Z DIR/usage.csv@2026-03-03T10:30Z..2026-03-03T11:30Z",
               1, "has no usage in");
    check_ends("DIR/usage.csv@2026-02-03T10:00Z..2026-02-03T10:30Z DIR/usage.csv@2026-03-03T10:00Z..2026-03-03T10:30Z",
               1, "reaches beyond the period");
    check_ends("DIR/usage.csv:a DIR/usage.csv", 1, "no variant 'a'");
    check_ends("DIR/usage.csv: DIR/usage.csv", 1, "no variant behind the :");
    check_ends("DIR/usage.csv DIR/usage.csv --set x=1", 2, "neither side is one");
    check_ends("DIR/usage.csv DIR/usage.csv --json DIR/usage.csv", 2, "is an input and would be replaced");
    program_write("eur.csv", "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory\n"
                             "1,EUR,2026-03-03T00:00:00Z,2026-03-04T00:00:00Z,Usage\n");
    check_ends("DIR/usage.csv@2026-03-03 DIR/eur.csv", 1, "A is in USD, B is in EUR");
    check_ends(LESSON_1 "@before DIR/eur.csv --engine hourly", 1, "A is in USD, B is in EUR");
    check_ends("DIR/eur.csv DIR/eur.csv", 0, "");
    check_ends("DIR/empty.csv DIR/usage.csv@2026-03-03", 1, "has no usage");
    check_ends("DIR/usage.csv@2026-02-03 DIR/usage.csv@2026-03-03 --metric lcpr", 1, "no accepted results");
    check_ends("DIR/usage.csv@2026-02-03 DIR/usage.csv@2026-03-03 --json DIR/usage.csv", 2, "would be replaced");
}

static const struct test tests[] = {
    {"the $173 run is $131.38 of volume and $36.18 of price", the_173_dollar_run_is_volume_and_price, FAST},
    {"the page says it, and ends with the command that repeats it", the_page_says_it, FAST},
    {"the $233 day is split by consumer, workload, model and hour", the_233_dollar_day_is_split_by_consumer, FAST},
    {"by change: what each declared change did", which_change_did_it, FAST},
    {"two variants of one file are two sides", variants_of_one_file_are_sides, FAST},
    {"one price change and one change of tokens have the parts that a hand computes", price_and_tokens_are_apart, FAST},
    {"tables compare by day and by month", tables_compare_by_day_and_by_month, FAST},
    {"what a run exports is the side that the run itself is", an_exported_run_is_the_same_side, FAST},
    {"a folder holds tables and a figure", a_folder_holds_tables_and_a_figure, FAST},
    {"a group that did not move has a share of 0", a_group_that_did_not_move_has_a_share_of_0, FAST},
    {"counts that do not belong to the tokens are noted", counts_that_do_not_belong_are_noted, FAST},
    {"--fail-if ends with 4", fail_if_ends_with_4, FAST},
    {"what is wrong is told, and nothing is printed", what_is_wrong_is_told, FAST},
};
TEST_MAIN("diff", tests)

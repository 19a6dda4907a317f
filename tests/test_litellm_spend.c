/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LiteLLM's spend rows and daily tables. Known answers: figures of issues that users filed about cached tokens. */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "import_maker.h"

#define HEAD                                                                                                           \
    "request_id,api_key,spend,prompt_tokens,completion_tokens,startTime,model,model_group,metadata,cache_hit,request_" \
    "tags,team_id,status\n"

/* A model m; dollars per million tokens, below 0: not stated. */
static struct prices prices_of(double input, double cache_read, double cache_write, double output)
{
    struct prices prices;
    memset(&prices, 0, sizeof prices);
    prices.n_models = 1;
    snprintf(prices.models[0].name, NAME_BYTES, "m");
    prices.models[0].n_rows = 1;
    struct price_list *list = &prices.models[0].rows[0].usd_per_tok;
    prices.models[0].rows[0].from_at_s = INSTANT_ABSENT;
    list->input = input / 1e6;
    list->cache_read = cache_read < 0 ? PARAM_ABSENT : cache_read / 1e6;
    list->cache_write_5m = list->cache_write_1h = cache_write < 0 ? PARAM_ABSENT : cache_write / 1e6;
    list->output = output / 1e6;
    return prices;
}

static struct imported of_rows(const char *rows, const struct prices *prices)
{
    static char text[20000];
    struct import_options options = import_no_options();
    options.prices = prices;
    snprintf(text, sizeof text, HEAD "%s", rows);
    return import_text_file(text, &options);
}

/* Osmantic/ODS#2519: a million prompt tokens, 90 % of them read from the cache, at GPT-4o's 2.50 and 1.25 dollars:
 * 0.1 x 2.50 + 0.9 x 1.25 = 1.3750; with the cached tokens billed as input as well, 2.50 + 0.9 x 1.25 = 3.6250. */
static void cached_tokens_are_counted_once(void)
{
    static const char row[] =
        "r1,k,,1000000,0,2026-03-18 04:00:00+00,m,g,\"{\"\"usage_object\"\": {\"\"prompt_tokens_details\"\": "
        "{\"\"cached_tokens\"\": 900000}, \"\"cache_read_input_tokens\"\": 900000}}\",,,,success\n";
    const struct prices prices = prices_of(2.50, 1.25, -1, 10);
    struct imported got = of_rows(row, &prices);
    check_i64(got.status, FLOE_OK);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 100000, 1e-15);
    check_rel(sum_of(&got, FACT_CACHE_READ, NULL, NULL), 900000, 1e-15);
    check_rel(cost_of(&got, NULL, NULL), 1.3750, 1e-12);
    check_rel(cost_of(&got, NULL, NULL) + 900000 * 2.50e-6, 3.6250, 1e-12); /* what the wrong way says */
    imported_free(&got);
}

static void cached_tokens_are_found_in_all_words(void)
{
    static const struct {
        const char *metadata;
        double read, write_5m, write_1h;
    } cases[] = {
        {"{'usage_object': {'prompt_tokens_details': {'cached_tokens': 60}}}", 60, 0, 0},
        {"{'usage_object': {'cache_read_input_tokens': 60, 'cache_creation_input_tokens': 30}}", 60, 30, 0},
        {"{'additional_usage_values': {'cache_read_input_tokens': 60, 'cache_creation_input_tokens': 30}}", 60, 30, 0},
        {"{'usage_object': {'cache_creation_input_tokens': 30, 'cache_creation': {'ephemeral_5m_input_tokens': 10, "
         "'ephemeral_1h_input_tokens': 20}}}",
         0, 10, 20},
        {"{'usage_object': {'prompt_tokens_details': {'cached_tokens': 7, 'cache_creation_tokens': 30, "
         "'cache_creation_token_details': {'ephemeral_1h_input_tokens': 30}}}}",
         7, 0, 30},
        {"{'usage_object': {'cache_read_input_tokens': 50, 'prompt_tokens_details': {'cached_tokens': 60}}}", 60, 0, 0},
        {"{}", 0, 0, 0},
        {"{'usage_object': null}", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char row[600], metadata[500];
        size_t n = 0;
        for (const char *c = cases[i].metadata; *c != '\0'; c++)
            n += (size_t)snprintf(metadata + n, sizeof metadata - n, *c == '\'' ? "\"\"" : "%c", *c);
        snprintf(row, sizeof row, "r1,k,0.5,100,10,2026-03-18T04:00:00Z,m,g,\"%s\",,,,success\n", metadata);
        struct imported got = of_rows(row, NULL);
        check_i64(got.status, FLOE_OK);
        check_rel(sum_of(&got, FACT_CACHE_READ, NULL, NULL), cases[i].read, 1e-15);
        check_rel(sum_of(&got, FACT_CACHE_WRITE_5M, NULL, NULL), cases[i].write_5m, 1e-15);
        check_rel(sum_of(&got, FACT_CACHE_WRITE_1H, NULL, NULL), cases[i].write_1h, 1e-15);
        check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL),
                  100 - cases[i].read - cases[i].write_5m - cases[i].write_1h, 1e-15);
        imported_free(&got);
    }
}

static void hits_failures_and_denials_cost_nothing(void)
{
    struct imported got = of_rows(
        "r1,k,0.25,1000,10,2026-03-18T04:00:00Z,m,g,{},,,,success\n"
        "r2,k,0.25,1000,10,2026-03-18T04:10:00Z,m,g,{},True,,,success\n"
        "r3,k,0.25,1000,10,2026-03-18T04:20:00Z,m,g,{},,,,failure\n"
        "r4,k,0,0,0,2026-03-18T04:30:00Z,m,g,\"{\"\"error_information\"\": {\"\"error_code\"\": "
        "\"\"429\"\"}}\",,,,failure\n"
        "r5,k,0,0,0,2026-03-18T04:40:00Z,m,g,\"{\"\"error_information\"\": {\"\"error_class\"\": "
        "\"\"BudgetExceededError\"\", \"\"error_code\"\": \"\"429\"\"}}\",,,,failure\n",
        NULL);
    check_i64(got.status, FLOE_OK);
    check_i64(got.report.rows_kept, 5);
    check_rel(cost_of(&got, NULL, NULL), 0.25, 1e-15);
    check_rel(sum_of(&got, FACT_CALL, NULL, NULL), 5, 0);
    check_rel(sum_of(&got, FACT_CACHE_HIT, NULL, NULL), 1, 0);
    check_rel(sum_of(&got, FACT_DENIED, NULL, NULL), 1, 0);
    check_rel(sum_of(&got, FACT_UPSTREAM, NULL, NULL), 3, 0); /* calls = hits + denied + upstream */
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 1, 0);
    check_rel(sum_of(&got, FACT_ERROR, NULL, NULL), 1, 0);
    check_rel(sum_of(&got, FACT_THROTTLE, NULL, NULL), 1, 0);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 1000, 0);
    check_i64(reason_count(&got, "a response-cache hit with a spend"), 1);
    check_i64(reason_count(&got, "a failure with a spend"), 1);
    check(rows_add_up(&got));
    imported_free(&got);
}

static void nothing_is_dropped_silently(void)
{
    struct imported got = of_rows("r1,k,0.25,1000,10,2026-03-18T04:00:00Z,m,g,{},,,,success\n"
                                  "r1,k,0.25,1000,10,2026-03-18T04:00:00Z,m,g,{},,,,success\n"
                                  "r1,k,-7,1000,10,2026-03-18T04:00:00Z,m,g,{},,,,success\n"
                                  "r2,k,0.25,many,10,2026-03-18T04:00:00Z,m,g,{},,,,success\n"
                                  "r3,k,0.25,1000,10,yesterday,m,g,{},,,,success\n"
                                  "r4,k,0.25\n"
                                  "r5,k,-0.25,1000,-10,2026-03-18T04:00:00Z,m,g,{broken,,,,success\n"
                                  "\n"
                                  "r6,k,0.5,100,10,2026-03-18T04:00:00Z,m,g,\"{\"\"usage_object\"\": "
                                  "{\"\"cache_read_input_tokens\"\": 160}}\",,,,success\n",
                                  NULL);
    check_i64(got.status, FLOE_OK);
    check_i64(got.report.rows_read, 8);
    check_i64(got.report.rows_kept, 3);
    check(rows_add_up(&got));
    check_i64(reason_count(&got, "duplicate"), 2);
    check_i64(reason_count(&got, "is no number"), 1);
    check_i64(reason_count(&got, "startTime is no instant"), 1);
    check_i64(reason_count(&got, "fewer fields"), 1);
    check_i64(reason_count(&got, "spend is negative"), 1); /* and not that of the duplicate */
    check_i64(reason_count(&got, "output is negative"), 1);
    check_i64(reason_count(&got, "metadata is no JSON"), 1);
    check_i64(reason_count(&got, "more cached tokens than input"), 1);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 2000, 0);
    check_rel(cost_of(&got, NULL, NULL), 0.75, 1e-15);
    imported_free(&got);
}

static void a_file_that_was_cut_is_an_error(void)
{
    struct imported got = of_rows("r1,k,0.25,1000,10,2026-03-18T04:00:00Z,m,g,{},,,,success\nr2,k,0.25,10", NULL);
    check_i64(got.status, FLOE_BAD_INPUT);
    check_contains(got.fault.what, "the file ends inside this row");
    check_i64(got.fault.line, 3);
    imported_free(&got);
    const struct import_options options = import_no_options();
    got = import_text_file("[{\"request_id\": \"a\", \"startTime\": \"2026-03-18T04:00:00Z\", \"spend\": 1, "
                           "\"prompt_tokens\": 5, \"completion_tokens\": 1, \"model\": \"m\"},\n{\"request",
                           &options);
    check_i64(got.status, FLOE_BAD_INPUT);
    check_i64(got.fault.line, 2);
    imported_free(&got);
}

static void csv_and_json_say_the_same(void)
{
    static const char csv[] = HEAD
        "r1,key1,0.25,1000,10,2026-03-18T04:00:00Z,m,g,\"{\"\"usage_object\"\": {\"\"cache_read_input_tokens\"\": "
        "600}}\""
        ",,\"[\"\"env:prod\"\"]\",t1,success\nr2,key1,0,500,5,2026-03-18T05:00:00Z,m,g,{},True,[],t1,success\n";
#define ROW1                                                                                                           \
    "{\"request_id\": \"r1\", \"api_key\": \"key1\", \"spend\": 0.25, \"prompt_tokens\": 1000, "                       \
    "\"completion_tokens\": 10, "                                                                                      \
    "\"startTime\": \"2026-03-18T04:00:00.000Z\", \"model\": \"m\", \"model_group\": \"g\", \"metadata\": "            \
    "{\"usage_object\": "                                                                                              \
    "{\"cache_read_input_tokens\": 600}}, \"cache_hit\": \"\", \"request_tags\": [\"env:prod\"], \"team_id\": "        \
    "\"t1\", \"status\": \"success\"}"
#define ROW2                                                                                                           \
    "{\"id\": \"r2\", \"api_key\": \"key1\", \"response_cost\": 0, \"prompt_tokens\": 500, \"completion_tokens\": 5, " \
    "\"startTime\": 1773810000.5, "                                                                                    \
    "\"model\": \"m\", \"model_group\": \"g\", \"metadata\": \"{}\", \"cache_hit\": true, \"request_tags\": \"[]\", "  \
    "\"team_id\": \"t1\", \"status\": \"success\"}"
    static const char *const json[] = {"[" ROW1 ", " ROW2 "]", ROW1 "\n" ROW2 "\n",
                                       "{\"data\": [" ROW1 ", " ROW2 "], \"total\": 2}"};
    static struct import_rules rules;
    char said[400];
    check_i64(rules_of_text("match: [{consumer: prod, tag: {env: prod}}]", &rules, said, sizeof said), FLOE_OK);
    struct import_options options = import_no_options();
    options.rules = &rules;
    struct imported want = import_text_file(csv, &options);
    check_i64(want.status, FLOE_OK);
    facts_sort(&want.facts);
    check_rel(cost_of(&want, "prod", NULL), 0.25, 1e-15);
    check_rel(sum_of(&want, FACT_CACHE_HIT, "unknown", NULL), 1, 0);
    for (int i = 0; i < 3; i++) {
        struct imported got = import_text_file(json[i], &options);
        check_i64(got.status, FLOE_OK);
        facts_sort(&got.facts);
        if (check_i64(got.facts.n, want.facts.n))
            for (int64_t k = 0; k < got.facts.n; k++) {
                check_i64(got.facts.items[k].from_at_s, want.facts.items[k].from_at_s);
                check_i64(got.facts.items[k].kind, want.facts.items[k].kind);
                check_rel(got.facts.items[k].quantity, want.facts.items[k].quantity, 0);
            }
        imported_free(&got);
    }
    imported_free(&want);
}

static void one_cost_is_split_by_list_prices(void)
{
    static const char row[] = "r1,k,0.0070,1000,100,2026-03-18T04:00:00Z,m,g,{},,,,success\n";
    const struct prices prices = prices_of(2.50, 0.25, -1, 10);
    struct imported got = of_rows(row, &prices); /* list: 0.0025 + 0.0010 */
    check_rel(cost_of(&got, NULL, NULL), 0.0070, 1e-12);
    for (int64_t i = 0; i < got.facts.n; i++)
        if (got.facts.items[i].kind == FACT_OUTPUT) check_rel(got.facts.items[i].cost_usd, 0.0020, 1e-12);
    check(has_warning(&got, "(x2.00)"));
    imported_free(&got);
    got = of_rows(row, NULL);
    check_rel(cost_of(&got, NULL, NULL), 0.0070, 1e-15);
    for (int64_t i = 0; i < got.facts.n; i++)
        if (got.facts.items[i].kind == FACT_OUTPUT) check(!fact_has(got.facts.items[i].cost_usd));
    imported_free(&got);
}

static void daily_tables_are_spans_of_a_day(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(
        "id,user_id,date,api_key,model,model_group,custom_llm_provider,prompt_tokens,completion_tokens,"
        "cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests,successful_requests,failed_requests\n"
        "1,u,2026-03-18,k,claude-opus-4-6,opus,bedrock,1000,100,600,100,1.25,10,8,2\n",
        &options);
    check_i64(got.status, FLOE_OK);
    check_text(got.report.formats, "litellm-daily");
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), 300, 0);
    check_rel(sum_of(&got, FACT_REQUEST, NULL, NULL), 8, 0);
    check_rel(sum_of(&got, FACT_CALL, NULL, NULL), 10, 0);
    check_rel(cost_of(&got, NULL, NULL), 1.25, 0);
    check_i64(got.facts.items[0].to_at_s - got.facts.items[0].from_at_s, 86400);
    check(has_warning(&got, "sums over more than an hour"));
    imported_free(&got);
}

static const struct test tests[] = {
    {"cached tokens are counted once: 1.3750 dollars, not 3.6250", cached_tokens_are_counted_once, FAST},
    {"cached tokens are found in all the words that LiteLLM writes", cached_tokens_are_found_in_all_words, FAST},
    {"hits, failures and denials cost nothing, and calls add up", hits_failures_and_denials_cost_nothing, FAST},
    {"no row is dropped silently", nothing_is_dropped_silently, FAST},
    {"a file that was cut is an error with its line", a_file_that_was_cut_is_an_error, FAST},
    {"CSV, a JSON array, JSON lines and pages say the same", csv_and_json_say_the_same, FAST},
    {"the one cost of a row is split by list prices and keeps its sum", one_cost_is_split_by_list_prices, FAST},
    {"rows of daily tables are spans of a day, and the import says so", daily_tables_are_spans_of_a_day, FAST},
};
TEST_MAIN("litellm_spend", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What holds for every parameter row, whoever adds it: its preset can be read, its range makes sense, its key can be
 * written, its help is there; and docs/parameters.md says what the rows say. */
#include "scenarios/read/fill.h"
#include "scenarios/read/names.h"
#include "scenarios/read/value.h"
#include "tests/read_files.h"

static int rows_seen;

static void check_row(const struct param_block *block, const struct param *row)
{
    struct input input;
    struct fault fault = {"", ""};
    const int is_one = row->kind <= PARAM_INSTANT;
    rows_seen++;
    memset(&input, 0, sizeof input);
    check_at(row->help != NULL && row->help[0] != '\0', __FILE__, __LINE__, "%s.%s has no help", block->name, row->key);
    check_at(strcspn(row->key, ". :/@\n") == strlen(row->key) && row->key[0] != '\0', __FILE__, __LINE__,
             "%s.%s: bad key", block->name, row->key);
    check_at(!fill_is_common_key(row->key), __FILE__, __LINE__, "%s.%s is a word of evidence", block->name, row->key);
    check_at(row->max >= row->min, __FILE__, __LINE__, "%s.%s: empty range", block->name, row->key);
    check_at(row->offset + row->size <= block->size, __FILE__, __LINE__, "%s.%s lies outside", block->name, row->key);
    if (row->kind == PARAM_NUMBER && row->preset != PARAM_REQUIRED && row->preset[0] == '\0')
        check_at(row->min >= 0, __FILE__, __LINE__, "%s.%s: optional, and -1 is a value", block->name, row->key);
    if (!is_one || row->preset == PARAM_REQUIRED || row->preset[0] == '\0') return;
    char *scratch = (char *)calloc(1, block->size);
    check_at(value_read(row, row->preset, scratch, &input, &fault), __FILE__, __LINE__, "%s.%s: preset '%s': %s",
             block->name, row->key, row->preset, fault.what);
    free(scratch);
}

static void walk(const struct param_block *block)
{
    for (int32_t i = 0; i < block->n_rows; i++) {
        const struct param *row = &block->rows[i];
        check_row(block, row);
        for (int32_t j = 0; j < i; j++)
            check_at(strcmp(block->rows[j].key, row->key) != 0, __FILE__, __LINE__, "%s.%s twice", block->name,
                     row->key);
        if (row->kind == PARAM_MAP) check_at(row->block->rows != NULL, __FILE__, __LINE__, "%s", row->key);
        if (row->kind >= PARAM_BLOCK) walk(row->block);
    }
    if (block->scalar_key != NULL) check(value_row(block, block->scalar_key) != NULL);
    if (block->list_key != NULL) check(value_row(block, block->list_key) != NULL);
}

static void every_row_is_sound(void)
{
    walk(&scenario_block);
    check(rows_seen > 50);
}

static void the_reference_page_is_what_the_rows_say(void)
{
    const struct floe_files disk = {NULL, disk_load};
    char *text, *page = NULL, resolved[PATH_BYTES], why[FILE_WHY_BYTES];
    size_t n = 0;
    check_i64(floe_parameters_markdown(&text), FLOE_OK);
    check_i64(disk.load(NULL, "", FLOE_SOURCE_DIR "/docs/parameters.md", 1 << 20, &page, &n, resolved, why), FLOE_OK);
    check_at(page != NULL && n == strlen(text) && memcmp(page, text, n) == 0, __FILE__, __LINE__,
             "docs/parameters.md is old: build/floe help parameters > docs/parameters.md");
    free(page);
    free(text);
}

static void help_is_found_by_path(void)
{
    static const struct {
        const char *path, *part;
    } found[] = {{"time.horizon", "how long to simulate"},
                 {"workloads.chat.tokens.output.p95", "95 % of the requests have fewer"},
                 {"workloads.tokens.output.p95", "95 % of the requests have fewer"},
                 {"prices.models.gpt.rows.0.input", "a price per token"},
                 {"workloads.NAME.tokens", "tokens of one call"},
                 {"workloads.tokens", "tokens of one call"},
                 {"prices.models.gpt-5.4.input", "a price per token"},
                 {"prices.models.gpt-5.4.rows.1.bands.0.above", "more input tokens than this"},
                 {"prices.models.gpt-5.4", "prices by model"},
                 {"prices.models.input", "a price per token"},
                 {"routes.api.chain.model", "from workload"},
                 {"routes.api.chain.0.model", "from workload"},
                 {"routes.api.chain.0", "the models tried in order"},
                 {"routes", "serving surfaces"},
                 {"workloads.chat", "streams of tasks"}};
    char *text;
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        check_i64(floe_parameter_help(found[i].path, &text), FLOE_OK);
        check_contains(text, found[i].part);
        free(text);
    }
    static const struct {
        const char *path, *text;
    } refused_paths[] = {
        {"workloads.tokns", "unknown key 'tokns' in workload\nhint: did you mean 'tokens'?\n"},
        {"workloads.chat.tokns", "unknown key 'tokns' in workload\nhint: did you mean 'tokens'?\n"},
        {"workloads.chat.zebra", "unknown key 'zebra' in workload\nhint: known keys: unit, consumer, "},
        {"routes.api.chain.modl", "unknown key 'modl' in chain step\nhint: did you mean 'model'?\n"},
        {"routes.api.chain.zebra",
         "unknown key 'zebra' in chain step\nhint: known keys: model, region, when, errors, availability, breaker\n"},
        {"prices.models.gpt-5.4.inptu", "unknown key 'inptu' in price row\nhint: did you mean 'input'?\n"},
        {"prices.models.inptu", "unknown key 'inptu' in price row\nhint: did you mean 'input'?\n"},
    };
    for (size_t i = 0; i < sizeof refused_paths / sizeof refused_paths[0]; i++) {
        check_i64(floe_parameter_help(refused_paths[i].path, &text), FLOE_BAD_INPUT);
        check_contains(text, refused_paths[i].text);
        free(text);
    }
    check_i64(floe_parameter_help("time.horzon", &text), FLOE_BAD_INPUT);
    check_text(text, "unknown key 'horzon' in time\nhint: did you mean 'horizon'?\n");
    free(text);
    check_i64(floe_parameter_help("zebra", &text), FLOE_BAD_INPUT);
    check_contains(text, "known keys: floe, title");
    free(text);
    check_i64(floe_parameter_help("time.horizon.deeper", &text), FLOE_BAD_INPUT);
    free(text);
}

static void nearest_names(void)
{
    static const struct {
        const char *wanted, *candidate;
        int is_near;
    } cases[] = {{"tokns", "tokens", 1},
                 {"tokens", "token", 1},
                 {"horzion", "horizon", 1},
                 {"Cache-Read", "cache_read", 1},
                 {"zebra", "tokens", 0},
                 {"a", "b", 0},
                 {"", "a", 0},
                 {"in", "input", 0},
                 {"gpt-5.5", "gpt-5.4", 1},
                 {"price", "prices", 1},
                 {"output", "input", 0},
                 {"claude", "clyde", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct nearest nearest = nearest_begin(cases[i].wanted);
        nearest_consider(&nearest, cases[i].candidate);
        check_at((nearest.best != NULL) == cases[i].is_near, __FILE__, __LINE__, "%s, %s", cases[i].wanted,
                 cases[i].candidate);
    }
    struct nearest nearest = nearest_begin("outpt");
    nearest_consider(&nearest, "input");
    nearest_consider(&nearest, "output");
    nearest_consider(&nearest, "outputs");
    check_text(nearest.best, "output");
}

static void suggested(const char *wanted, const char *text)
{
    static const char *const names[] = {"vertex_ai/claude-sonnet-4-6@default",
                                        "us.anthropic.claude-sonnet-4-6",
                                        "claude-sonnet-4-5",
                                        "anthropic.claude-sonnet-4-6",
                                        "claude-sonnet-4-6",
                                        "gpt-5.4-mini",
                                        "azure/gpt-5.4",
                                        "gpt-5.4",
                                        "gpt-5.4",
                                        "o1"};
    struct suggestions suggestions = suggestions_begin(wanted);
    char hint[400];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        suggestions_consider(&suggestions, names[i]);
    check_i64(suggestions_text(&suggestions, hint, sizeof hint) > 0, text[0] != '\0');
    check_text(hint, text);
}

static void suggestions_are_at_most_three_and_the_best_first(void)
{
    suggested("sonnet-4-6", "did you mean 'claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6' or "
                            "'us.anthropic.claude-sonnet-4-6'?");
    suggested("Sonnet-4.6", "did you mean 'claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6' or "
                            "'us.anthropic.claude-sonnet-4-6'?");
    suggested("sonnet-4-5", "did you mean 'claude-sonnet-4-5'?");
    suggested("claude-sonet-4-6", "did you mean 'claude-sonnet-4-6'?");
    suggested("openai/gpt-5.4", "did you mean 'gpt-5.4'?");
    suggested("gpt-5.4-minni", "did you mean 'gpt-5.4-mini'?");
    suggested("gpt-5.4-2026-03-05", "did you mean 'gpt-5.4'?");
    suggested("gpt-5.4-2026", "did you mean 'gpt-5.4'?");
    suggested("gtp5.4", "did you mean 'gpt-5.4'?");
    suggested("onnet-4-6", ""); /* not a whole part */
    suggested("zebra", "");
    suggested("", "");
}

static const struct test tests[] = {
    {"every row has a key, a range, a readable preset and help", every_row_is_sound, FAST},
    {"docs/parameters.md is what the rows say", the_reference_page_is_what_the_rows_say, FAST},
    {"help is found by path", help_is_found_by_path, FAST},
    {"the nearest name is the one with the fewest slips", nearest_names, FAST},
    {"suggestions are at most three, the best first", suggestions_are_at_most_three_and_the_best_first, FAST},
};
TEST_MAIN("read_rows", tests)

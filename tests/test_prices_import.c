/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/prices_import.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scenarios/read/litellm_row.h"

#define SHIPPED_JSON FLOE_SOURCE_DIR "/scenarios/data/litellm-model-prices-2026-07-02.json"
#define SHIPPED_BOOK FLOE_SOURCE_DIR "/scenarios/prices/litellm-2026-07-02.yaml"
#define ASSUMED(X) "{value: " X " usd/Mtok, evidence: assumed, source: not in the file; billed as input}"

struct result {
    enum floe_status status;
    char *book;
    size_t n;
    struct prices_report report;
    struct json_fault fault;
};

static struct result import_bytes(const char *bytes, size_t n, const struct prices_import_options *options)
{
    struct result r;
    char *exact = malloc(n + 1); /* so that a look beyond the end is seen by the address sanitizer */
    if (n > 0) memcpy(exact, bytes, n);
    r.status = floe_prices_import(exact, n, options, &r.book, &r.n, &r.report, &r.fault);
    free(exact);
    return r;
}

static void drop(struct result *r)
{
    free(r->book);
    floe_prices_report_free(&r->report);
}

static struct result import_text(const char *text, enum prices_missing missing, const char *only)
{
    const struct prices_import_options options = {.missing_cache_price = missing, .only = only};
    return import_bytes(text, strlen(text), &options);
}

/* One model "m" with these fields gives this line of the book. */
static void check_row(const char *fields, enum prices_missing missing, const char *want)
{
    char text[2000], line[2000];
    snprintf(text, sizeof text, "{\"m\": {\"mode\": \"chat\", %s}}", fields);
    snprintf(line, sizeof line, "models:\n  m: {%s}\n", want);
    struct result r = import_text(text, missing, NULL);
    if (check_at(r.status == FLOE_OK, __FILE__, __LINE__, "%s: %s", fields, r.fault.what)) check_contains(r.book, line);
    drop(&r);
}

static char *slurp(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    *n = 0;
    if (!check_at(file != NULL, __FILE__, __LINE__, "cannot read %s", path)) return NULL;
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*n + 1);
    check(fread(bytes, 1, *n, file) == *n);
    bytes[*n] = '\0';
    fclose(file);
    return bytes;
}

static struct result import_shipped(void)
{
    const struct prices_import_options options = {.date = "2026-07-02"};
    size_t n;
    char *bytes = slurp(SHIPPED_JSON, &n);
    struct result r = import_bytes(bytes, n, &options);
    check(r.status == FLOE_OK);
    free(bytes);
    return r;
}

static int64_t entries_accounted_for(const struct prices_report *r)
{
    return r->sample + r->twice + r->filtered + r->other_mode + r->not_mapped + r->refused + r->imported;
}

static int64_t notes_of(const struct prices_report *r, enum prices_note_kind kind)
{
    int64_t n = 0;
    for (int64_t i = 0; i < r->n_notes; i++)
        n += r->notes[i].kind == kind;
    return n;
}

static int64_t rows_of(const struct prices_tallies *tallies, const char *name)
{
    for (int32_t i = 0; i < tallies->n; i++)
        if (strcmp(tallies->items[i].name, name) == 0) return tallies->items[i].rows;
    return 0;
}

/* --- the real file --------------------------------------------------------------------------------------------- */

static void shipped_book(void)
{
    size_t n;
    struct result r = import_shipped();
    char *book = slurp(SHIPPED_BOOK, &n);
    check(r.n == n && memcmp(r.book, book, n) == 0);
    free(book);
    drop(&r);
}

/* Origin of the numbers: counted apart from this code in Python over json.load(..., object_pairs_hook=list), with the
 * rules of litellm_row.h written again; 2,775 keys of which 2,770 differ. */
static void shipped_counts(void)
{
    struct result r = import_shipped();
    const struct prices_report *p = &r.report;
    check_i64(p->entries, 2775);
    check_i64(p->sample, 1);
    check_i64(p->twice, 5);
    check_i64(p->other_mode, 518);
    check_i64(p->not_mapped, 127);
    check_i64(p->refused, 16);
    check_i64(p->imported, 2108);
    check_i64(p->filtered, 0);
    check_i64(p->free_rows, 114);
    check_i64(p->banded_rows, 103);
    check_i64(p->retiring_rows, 53);
    check_i64(p->read_stated, 580);
    check_i64(p->read_assumed, 1528);
    check_i64(p->write_stated, 197);
    check_i64(p->write_assumed, 366);
    check_i64(notes_of(p, NOTE_NO_MODE), 8);
    check_i64(rows_of(&p->modes, "image_generation"), 197);
    check_i64(entries_accounted_for(p), p->entries);
    drop(&r);
}

static void shipped_rows(void)
{
    struct result r = import_shipped();
    /* the rows that docs of the providers show: OpenAI's cliff at 272k, xai's "at least 128k", Qwen's three tiers */
    check_contains(r.book, "\n  gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok, cache_read: 0.25 usd/Mtok, ");
    check_contains(r.book, "bands: [{above: 272000 tok, input: 5 usd/Mtok, output: 22.5 usd/Mtok, cache_read: 0.5 usd");
    check_contains(r.book, "bands: [{above: 127999 tok, input: 6 usd/Mtok, output: 30 usd/Mtok, ");
    check_contains(r.book, "\n  \"amazon.nova-pro-v1:0\": {input: 0.8 usd/Mtok, output: 3.2 usd/Mtok, "
                           "cache_read: " ASSUMED("0.8") ", ");
    check_contains(r.book, "\n  dashscope/qwen3-max: {input: 1.2 usd/Mtok, output: 6 usd/Mtok, ");
    check(strstr(r.book, "wandb/openai/gpt-oss-120b") == NULL); /* 15,000 usd/Mtok: one of 13 in another unit */
    check(strstr(r.book, "sample_spec") == NULL);
    drop(&r);
}

/* The JSON's number for this class in the line: "input: 2.5 usd/Mtok" reads back as the very same double. The twin of
 * the printing is strtod on the digits with e-6 behind. */
static int64_t check_number(const char *line, const char *end, const char *key, const cJSON *number)
{
    char pattern[64], digits[80];
    double got = -1;
    snprintf(pattern, sizeof pattern, "%s: ", key);
    const char *at = strstr(line, pattern);
    if (!check(at != NULL && at < end) || at == NULL) return 0;
    at += strlen(pattern);
    const int n = (int)strcspn(at, " ");
    check(memchr(at, 'e', (size_t)n) == NULL); /* no exponent: people read this */
    snprintf(digits, sizeof digits, "%.*se-6", n < 40 ? n : 40, at);
    got = strtod(digits, NULL);
    return check_at(got == number->valuedouble, __FILE__, __LINE__, "%.60s: %s %s is not %.17g", line, key, digits,
                    number->valuedouble);
}

static void every_price_reads_back(void)
{
    static const char *const keys[4][2] = {{"input_cost_per_token", "input"},
                                           {"output_cost_per_token", "output"},
                                           {"cache_read_input_token_cost", "cache_read"},
                                           {"cache_creation_input_token_cost", "cache_write_5m"}};
    struct result r = import_shipped();
    size_t n;
    char *bytes = slurp(SHIPPED_JSON, &n);
    cJSON *root = cJSON_Parse(bytes), *row;
    int64_t checked = 0;
    cJSON_ArrayForEach(row, root)
    {
        char key[200];
        snprintf(key, sizeof key, "\n  %s: {", row->string);
        const char *line = strstr(r.book, key);
        if (line == NULL) snprintf(key, sizeof key, "\n  \"%s\": {", row->string);
        if (line == NULL) line = strstr(r.book, key);
        if (line == NULL) continue;
        for (int i = 0; i < 4; i++) {
            const cJSON *number = cJSON_GetObjectItemCaseSensitive(row, keys[i][0]);
            if (number != NULL) checked += check_number(line, strchr(line + 1, '\n'), keys[i][1], number);
        }
    }
    check_at(checked > 4900, __FILE__, __LINE__, "only %lld prices were compared", (long long)checked);
    cJSON_Delete(root);
    free(bytes);
    drop(&r);
}

static void other_locale(void)
{
    struct result here = import_shipped();
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        test_skip("there is no locale de_DE.UTF-8");
    } else {
        struct result there = import_shipped();
        check(here.n == there.n && memcmp(here.book, there.book, here.n) == 0);
        drop(&there);
        setlocale(LC_ALL, "C");
    }
    drop(&here);
}

/* --- one row ---------------------------------------------------------------------------------------------------- */

#define IN_OUT "\"input_cost_per_token\": 2.385e-06, \"output_cost_per_token\": 7e-06"
#define YAML_IN_OUT "input: 2.385 usd/Mtok, output: 7 usd/Mtok"

static void token_classes(void)
{
    check_row(IN_OUT ", \"cache_read_input_token_cost\": 1e-07, \"cache_creation_input_token_cost\": 3e-06, "
                     "\"cache_creation_input_token_cost_above_1hr\": 4e-06",
              PRICES_MISSING_INPUT,
              YAML_IN_OUT ", cache_read: 0.1 usd/Mtok, cache_write_5m: 3 usd/Mtok, cache_write_1h: 4 usd/Mtok");
}

static void missing_cache_prices(void)
{
    check_row(IN_OUT, PRICES_MISSING_INPUT, YAML_IN_OUT ", cache_read: " ASSUMED("2.385"));
    check_row(IN_OUT, PRICES_MISSING_OMIT, YAML_IN_OUT);
    check_row(IN_OUT ", \"cache_read_input_token_cost\": null", PRICES_MISSING_OMIT, YAML_IN_OUT);
    check_row(IN_OUT ", \"supports_prompt_caching\": true", PRICES_MISSING_OMIT, YAML_IN_OUT);
    check_row(IN_OUT ", \"supports_prompt_caching\": true, \"cache_read_input_token_cost\": 1e-07",
              PRICES_MISSING_INPUT,
              YAML_IN_OUT
              ", cache_read: 0.1 usd/Mtok, cache_write_5m: " ASSUMED("2.385") ", cache_write_1h: " ASSUMED("2.385"));
    check_row(IN_OUT ", \"supports_prompt_caching\": true, \"cache_read_input_token_cost\": 1e-07, "
                     "\"cache_creation_input_token_cost\": 3e-06",
              PRICES_MISSING_INPUT, YAML_IN_OUT ", cache_read: 0.1 usd/Mtok, cache_write_5m: 3 usd/Mtok");
    check_row(IN_OUT ", \"input_cost_per_token_cache_hit\": 2e-07", PRICES_MISSING_INPUT,
              YAML_IN_OUT ", cache_read: 0.2 usd/Mtok");
    check_row(IN_OUT ", \"input_cost_per_token_cache_hit\": 2e-07, \"cache_read_input_token_cost\": 1e-07",
              PRICES_MISSING_INPUT, YAML_IN_OUT ", cache_read: 0.1 usd/Mtok");
}

static void bands(void)
{
    check_row(
        "\"input_cost_per_token_above_200k_tokens\": 9e-06, " IN_OUT
        ", \"cache_read_input_token_cost\": 1e-07, \"cache_read_input_token_cost_above_128k_tokens\": 2e-07, "
        "\"input_cost_per_token_above_128k_tokens\": 5e-06, \"output_cost_per_token_above_128k_tokens\": 8e-06, "
        "\"output_cost_per_token_above_200k_tokens\": 1.1e-05, \"input_cost_per_token_above_128k_tokens_priority\": 1",
        PRICES_MISSING_INPUT,
        YAML_IN_OUT ", cache_read: 0.1 usd/Mtok, "
                    "bands: [{above: 128000 tok, input: 5 usd/Mtok, output: 8 usd/Mtok, cache_read: 0.2 usd/Mtok}, "
                    "{above: 200000 tok, input: 9 usd/Mtok, output: 11 usd/Mtok, cache_read: " ASSUMED("9") "}]");
    check_row(IN_OUT ", \"input_cost_per_token_above_200k_tokens\": 9e-06", PRICES_MISSING_OMIT,
              YAML_IN_OUT ", bands: [{above: 200000 tok, input: 9 usd/Mtok, output: 7 usd/Mtok}]");
    check_row(IN_OUT ", \"litellm_provider\": \"xai\", \"input_cost_per_token_above_200k_tokens\": 9e-06",
              PRICES_MISSING_OMIT, YAML_IN_OUT ", bands: [{above: 199999 tok, input: 9 usd/Mtok, output: 7 usd/Mtok}]");
}

static void bands_in_other_spellings(void)
{
    static const char *const spellings[] = {"200k_tokens", "200K_tokens", "200000_tokens", "200k", "200000"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char fields[300];
        snprintf(fields, sizeof fields, IN_OUT ", \"input_cost_per_token_above_%s\": 9e-06", spellings[i]);
        check_row(fields, PRICES_MISSING_OMIT,
                  YAML_IN_OUT ", bands: [{above: 200000 tok, input: 9 usd/Mtok, output: 7 usd/Mtok}]");
    }
    check_row(IN_OUT ", \"input_cost_per_token_above_1m_tokens\": 9e-06", PRICES_MISSING_OMIT,
              YAML_IN_OUT ", bands: [{above: 1000000 tok, input: 9 usd/Mtok, output: 7 usd/Mtok}]");
    check_row(IN_OUT ", \"input_cost_per_token_above_hundred_tokens\": 9e-06", PRICES_MISSING_OMIT, YAML_IN_OUT);
}

static void nothing_imported_says_why(void)
{
    struct result r = import_text("{\"m\": {\"mode\": \"chat\", \"input_cost_per_token\": -1e-6, "
                                  "\"output_cost_per_token\": 1e-6}}",
                                  PRICES_MISSING_INPUT, NULL);
    check(r.status == FLOE_BAD_INPUT);
    check_contains(r.fault.hint, "m: input_cost_per_token is negative");
    drop(&r);
}

static void write_bands(void)
{
    check_row(IN_OUT ", \"cache_read_input_token_cost\": 1e-07, \"cache_creation_input_token_cost\": 3e-06, "
                     "\"cache_creation_input_token_cost_above_1hr\": 4e-06, "
                     "\"input_cost_per_token_above_200k_tokens\": 9e-06, "
                     "\"cache_creation_input_token_cost_above_1hr_above_200k_tokens\": 1.2e-05, "
                     "\"cache_read_input_token_cost_above_200k_tokens\": 2e-07",
              PRICES_MISSING_INPUT,
              YAML_IN_OUT ", cache_read: 0.1 usd/Mtok, cache_write_5m: 3 usd/Mtok, cache_write_1h: 4 usd/Mtok, "
                          "bands: [{above: 200000 tok, input: 9 usd/Mtok, output: 7 usd/Mtok, "
                          "cache_read: 0.2 usd/Mtok, cache_write_5m: " ASSUMED("9") ", cache_write_1h: 12 usd/Mtok}]");
}

#define TIER(FROM, TO, IN, OUT)                                                                                        \
    "{\"range\": [" FROM ", " TO "], \"input_cost_per_token\": " IN ", \"output_cost_per_token\": " OUT "}"

static void tiers(void)
{
    check_row("\"tiered_pricing\": [" TIER("0", "32000.0", "1e-06", "5e-06") ", " TIER("32000.0", "128000.0", "2e-06",
                                                                                       "6e-06") "]",
              PRICES_MISSING_OMIT,
              "input: 1 usd/Mtok, output: 5 usd/Mtok, "
              "bands: [{above: 32000 tok, input: 2 usd/Mtok, output: 6 usd/Mtok}]");
}

static void zero_prices(void)
{
    struct result r = import_text(
        "{\"a\": {\"mode\": \"chat\", \"input_cost_per_token\": 0, \"output_cost_per_token\": "
        "2e-06, \"input_cost_per_request\": 0.005}, \"b\": {\"mode\": \"chat\", " IN_OUT "}}",
        PRICES_MISSING_OMIT, NULL);
    if (check(r.status == FLOE_OK)) {
        check_contains(r.book, "  a: {input: 0 usd/Mtok, output: 2 usd/Mtok, free: true}\n");
        check_contains(r.book, "  b: {" YAML_IN_OUT "}\n");
        check_i64(r.report.free_rows, 1);
        check_text(r.report.notes[0].text, "input_uncached at 0; not mapped: input_cost_per_request");
    }
    drop(&r);
}

static void small_and_odd_numbers(void)
{
    check_row("\"input_cost_per_token\": 1.0000000000000001e-09, \"output_cost_per_token\": 0.001", PRICES_MISSING_OMIT,
              "input: 0.001 usd/Mtok, output: 1000 usd/Mtok");
    check_row("\"input_cost_per_token\": 5.0001e-07, \"output_cost_per_token\": 3.3333333333333335e-07",
              PRICES_MISSING_OMIT, "input: 0.50001 usd/Mtok, output: 0.33333333333333335 usd/Mtok");
    check_row("\"input_cost_per_token\": 7e-07, \"output_cost_per_token\": 0.0000021", PRICES_MISSING_OMIT,
              "input: 0.7 usd/Mtok, output: 2.1 usd/Mtok");
}

static void names_in_yaml(void)
{
    static const struct {
        const char *json, *yaml;
    } rows[] = {{"gpt-5.4", "gpt-5.4"},
                {"vertex_ai/claude-3-opus@20240229", "\"vertex_ai/claude-3-opus@20240229\""},
                {"nova-v1:0", "\"nova-v1:0\""},
                {"*", "\"*\""},
                {"1e3", "\"1e3\""},
                {"Yes", "\"Yes\""},
                {"-x", "\"-x\""},
                {"a b", "\"a b\""},
                {"a\\\"b\\\\c", "\"a\\\"b\\\\c\""},
                {"\xc3\xa9t\xc3\xa9", "\"\xc3\xa9t\xc3\xa9\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400], line[400];
        snprintf(text, sizeof text, "{\"%s\": {\"mode\": \"responses\", " IN_OUT "}}", rows[i].json);
        snprintf(line, sizeof line, "\n  %s: {" YAML_IN_OUT "}\n", rows[i].yaml);
        struct result r = import_text(text, PRICES_MISSING_OMIT, NULL);
        if (check(r.status == FLOE_OK)) check_contains(r.book, line);
        drop(&r);
    }
}

/* --- which entries --------------------------------------------------------------------------------------------- */

#define ROW(NAME, MODE) "\"" NAME "\": {\"mode\": \"" MODE "\", " IN_OUT "}"

static void modes(void)
{
    struct result r = import_text(
        "{" ROW("sample_spec", "chat") ", " ROW("a", "chat") ", " ROW("b", "completion") ", " ROW(
            "c",
            "responses") ", " ROW("d",
                                  "embedding") ", " ROW("e",
                                                        "embedding") ", "
                                                                     "\"f\": {" IN_OUT
                                                                     "}, \"g\": {}, \"h\": {\"mode\": null, " IN_OUT
                                                                     "}}",
        PRICES_MISSING_OMIT, NULL);
    check_i64(r.report.imported, 5);
    check_i64(r.report.sample, 1);
    check_i64(r.report.other_mode, 2);
    check_i64(r.report.not_mapped, 1);
    check_i64(rows_of(&r.report.modes, "embedding"), 2);
    check_i64(notes_of(&r.report, NOTE_NO_MODE), 2);
    check_i64(entries_accounted_for(&r.report), 9);
    drop(&r);
}

static void only_some(void)
{
    static const struct {
        const char *only;
        int64_t imported;
    } rows[] = {{NULL, 5},      {"", 5},      {"gpt", 4},    {"gpt-*", 2},      {"*mini", 2},      {"claude,gpt-?", 2},
                {"g*-*i*i", 1}, {"gpt-5", 3}, {"claude", 1}, {",,claude,,", 1}, {"gpt-5,*mini", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct result r = import_text(
            "{" ROW("gpt-5", "chat") ", " ROW("gpt-5-mini", "chat") ", " ROW("azure/gpt-5", "chat") ", " ROW(
                "x-gpt-4i-mini", "chat") ", " ROW("claude", "chat") "}",
            PRICES_MISSING_OMIT, rows[i].only);
        check_at(r.report.imported == rows[i].imported, __FILE__, __LINE__, "%s: got %lld, want %lld",
                 rows[i].only ? rows[i].only : "NULL", (long long)r.report.imported, (long long)rows[i].imported);
        check_i64(r.report.filtered, 5 - rows[i].imported);
        drop(&r);
    }
}

static void given_twice(void)
{
    struct result r = import_text(
        "{\"a\": {\"mode\": \"chat\", \"input_cost_per_token\": 1e-06, "
        "\"output_cost_per_token\": 1e-06}, " ROW("b", "chat") ", " ROW("a", "chat") ", " ROW("b", "chat") "}",
        PRICES_MISSING_OMIT, NULL);
    if (check(r.status == FLOE_OK)) {
        check_contains(r.book, "models:\n  a: {" YAML_IN_OUT "}\n  b: {" YAML_IN_OUT "}\n");
        check_i64(r.report.twice, 2);
        check_i64(r.report.imported, 2);
        check_text(r.report.notes[0].text, "the last counts; their prices DIFFER");
        check_text(r.report.notes[1].text, "the last counts; both have the same prices");
    }
    drop(&r);
}

static void header_and_options(void)
{
    const char *text = "{" ROW("a", "chat") "}";
    const struct prices_import_options options = {.source = "my \"own\" file", .date = "2026-07-02"};
    struct result r = import_bytes(text, strlen(text), &options);
    check(r.status == FLOE_OK);
    check(strncmp(r.book, "# A price book", 14) == 0);
    check_contains(r.book, "Copyright (c) 2023 Berri AI");
    check_contains(r.book,
                   "floe_prices: 1\nsource: \"my \\\"own\\\" file\"\ndate: 2026-07-02\nevidence: public\nmodels:\n");
    check_contains(r.book, "# Missing cache_read price: billed as input and marked assumed.");
    check_u64(strlen(r.book), r.n);
    drop(&r);
}

static void report_in_words(void)
{
    struct result r = import_shipped();
    char *text = NULL, *all = NULL;
    size_t n = 0, all_n = 0;
    check(floe_prices_report_text(&r.report, 3, &text, &n) == FLOE_OK);
    check(floe_prices_report_text(&r.report, -1, &all, &all_n) == FLOE_OK);
    check_contains(text, "2108 of 2775 entries imported\n");
    check_contains(text, "      85  input_cost_per_token_batches\n");
    check_contains(text, "tiered_pricing.output_cost_per_reasoning_token");
    check_contains(text, "  azure_ai/model_router: output at 0\n");
    check_contains(text, "  and 111 more\n");
    check_contains(all, "  wandb/deepseek-ai/DeepSeek-R1-0528: input_cost_per_token is 135000 usd/Mtok");
    check(strstr(all, " more\n") == NULL && all_n > n);
    free(text);
    free(all);
    drop(&r);
}

/* --- bad input -------------------------------------------------------------------------------------------------- */

/* Beside a sound row "b", the row "a" with these fields is refused or not mapped, for this reason. */
static const struct {
    const char *fields, *why;
    enum prices_note_kind kind;
} bad_rows[] = {
    {"\"input_cost_per_token\": -1e-06, \"output_cost_per_token\": 1e-06", "input_cost_per_token is negative",
     NOTE_REFUSED},
    {"\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": \"1e-06\"", "output_cost_per_token is not a number",
     NOTE_REFUSED},
    {"\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 1e999", "output_cost_per_token is no price",
     NOTE_REFUSED},
    {"\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 0.54", "is 540000 usd/Mtok", NOTE_REFUSED},
    {"\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 3.5", "is 3500000 usd/Mtok", NOTE_REFUSED},
    {"\"input_cost_per_token\": true, \"output_cost_per_token\": 1e-06", "is not a number", NOTE_REFUSED},
    {"\"input_cost_per_token\": [1], \"output_cost_per_token\": 1e-06", "is not a number", NOTE_REFUSED},
    {IN_OUT ", \"cache_read_input_token_cost\": -1", "cache_read_input_token_cost is negative", NOTE_REFUSED},
    {IN_OUT ", \"input_cost_per_token_cache_hit\": {}", "cache_hit is not a number", NOTE_REFUSED},
    {IN_OUT ", \"input_cost_per_token_above_200k_tokens\": -1", "_above_200k_tokens is negative", NOTE_REFUSED},
    {IN_OUT ", " IN_OUT, "the field input_cost_per_token is given twice", NOTE_REFUSED},
    {IN_OUT ", \"input_cost_per_token_above_1k_tokens\": 1e-6, \"input_cost_per_token_above_2k_tokens\": 1e-6, "
            "\"input_cost_per_token_above_3k_tokens\": 1e-6, \"input_cost_per_token_above_4k_tokens\": 1e-6, "
            "\"input_cost_per_token_above_5k_tokens\": 1e-6",
     "more than 4 price bands", NOTE_REFUSED},
    {"\"tiered_pricing\": [" TIER("0", "1", "1e-6", "1e-6") "," TIER("1", "2", "1e-6", "1e-6") "," TIER(
         "2", "3", "1e-6", "1e-6") "," TIER("3", "4", "1e-6", "1e-6") "," TIER("4", "5", "1e-6",
                                                                               "1e-6") "," TIER("5", "6", "1e-6",
                                                                                                "1e-6") "]",
     "more than 4 price bands", NOTE_REFUSED},
    {IN_OUT ", \"tiered_pricing\": [" TIER("0", "32000", "1e-06", "5e-06") "]", "tiered_pricing and flat prices",
     NOTE_REFUSED},
    {"\"tiered_pricing\": [" TIER("1", "32000", "1e-06", "5e-06") "]", "do not follow each other from 0", NOTE_REFUSED},
    {"\"tiered_pricing\": [" TIER("0", "32", "1e-06", "5e-06") "," TIER("33", "64", "1e-06", "5e-06") "]",
     "do not follow each other from 0", NOTE_REFUSED},
    {"\"tiered_pricing\": [{\"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 1e-06}]",
     "do not follow each other from 0", NOTE_REFUSED},
    {"\"tiered_pricing\": [{\"range\": [0, 32], \"input_cost_per_token\": 1e-06}]", "a tier of tiered_pricing has no",
     NOTE_REFUSED},
    {"\"tiered_pricing\": [7]", "do not follow each other from 0", NOTE_REFUSED},
    {"\"input_cost_per_token\": 1e-06", "no output price per token", NOTE_NOT_MAPPED},
    {"\"output_cost_per_token\": 1e-06, \"input_cost_per_video_per_second\": 1",
     "no input price per token; it has input_cost_per_video_per_second", NOTE_NOT_MAPPED},
    {"\"input_cost_per_second\": 1, \"output_cost_per_second\": 1",
     "it has input_cost_per_second, output_cost_per_second", NOTE_NOT_MAPPED},
    {"\"max_tokens\": 4096", "no price at all", NOTE_NOT_MAPPED},
};

static void bad_rows_are_reported(void)
{
    for (size_t i = 0; i < sizeof bad_rows / sizeof bad_rows[0]; i++) {
        char text[2000];
        snprintf(text, sizeof text, "{\"a\": {\"mode\": \"chat\", %s}, " ROW("b", "chat") "}", bad_rows[i].fields);
        struct result r = import_text(text, PRICES_MISSING_INPUT, NULL);
        if (check(r.status == FLOE_OK && r.report.n_notes == 1)) {
            check_contains(r.report.notes[0].text, bad_rows[i].why);
            check(r.report.notes[0].kind == bad_rows[i].kind);
            check_i64(r.report.imported, 1);
            check_i64(entries_accounted_for(&r.report), 2);
            check(strstr(r.book, "  a: ") == NULL);
        }
        drop(&r);
    }
}

static void bad_names(void)
{
    static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
                                    "01234567890123456789012345";
    static const char *const names[] = {"", "a\\u001b[31mred", "a\\nb", long_name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[600];
        snprintf(text, sizeof text, "{\"%s\": {\"mode\": \"chat\", " IN_OUT "}, " ROW("b", "chat") "}", names[i]);
        struct result r = import_text(text, PRICES_MISSING_INPUT, NULL);
        if (check(r.status == FLOE_OK && r.report.refused == 1 && r.report.imported == 1))
            check(strchr(r.report.notes[0].name, '\x1b') == NULL && strchr(r.report.notes[0].name, '\n') == NULL);
        drop(&r);
    }
}

static void not_objects(void)
{
    struct result r = import_text("{\"a\": 3, \"c\": null, \"d\": [], \"e\": \"x\", " ROW("b", "chat") "}",
                                  PRICES_MISSING_INPUT, NULL);
    check(r.status == FLOE_OK);
    check_i64(r.report.refused, 4);
    drop(&r);
}

static const struct {
    const char *text;
    int32_t line, column;
    const char *what;
} bad_files[] = {
    {"", 0, 0, "empty"},
    {" \r\n\t", 0, 0, "empty"},
    {"[]", 0, 0, "not an object"},
    {"3", 0, 0, "not an object"},
    {"\"x\"", 0, 0, "not an object"},
    {"{}", 0, 0, "no row of the file"},
    {"{\"sample_spec\": {}}", 0, 0, "no row of the file"},
    {"{\"a\": {\"mode\": \"embedding\", " IN_OUT "}}", 0, 0, "1 of other modes"},
    {"{\"a\": {\"mode\": \"chat\", \"input_cost_per_token\": -1}}", 0, 0, "1 refused"},
    {"{\"a\": {\"mode\": \"chat\"\n  \"x\": 1}}", 2, 3, "not JSON"},
    {"{\"a\": {\"mode\": \"chat\",}}", 1, 24, "not JSON"},
    {"{\"a\": {\"mode\": \"chat\"", 1, 21, "not JSON"},
    {"{\"a\": NaN}", 1, 7, "not JSON"},
    {"{\"a\": Infinity}", 1, 7, "not JSON"},
    {"{'a': 1}", 1, 3, "not JSON"},
    {"{} {}", 1, 4, "more text"},
    {"{}\n}", 2, 1, "more text"},
    {"{\"a\xff\": {}}", 1, 4, ""},
    {"\xff\xfe{", 1, 1, ""},
    {"\x89PNG\r\n", 1, 1, ""},
};

static void bad_files_are_refused(void)
{
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        struct result r = import_text(bad_files[i].text, PRICES_MISSING_INPUT, NULL);
        check_at(r.status == FLOE_BAD_INPUT, __FILE__, __LINE__, "\"%s\" gave %d", bad_files[i].text, r.status);
        check_contains(r.fault.what, bad_files[i].what);
        check(r.fault.what[0] != '\0' && r.fault.hint[0] != '\0');
        check_at(r.fault.line == bad_files[i].line && r.fault.column == bad_files[i].column, __FILE__, __LINE__,
                 "\"%s\": got %d:%d, want %d:%d", bad_files[i].text, r.fault.line, r.fault.column, bad_files[i].line,
                 bad_files[i].column);
        check(r.book == NULL && r.n == 0 && r.report.notes == NULL && r.report.entries == 0);
        drop(&r);
    }
}

static void nul_bytes_and_depth(void)
{
    const struct prices_import_options options = {0};
    struct result nul = import_bytes("{\"a\": \0{}}", 10, &options);
    check(nul.status == FLOE_BAD_INPUT && nul.fault.line == 1 && nul.fault.column == 7);
    drop(&nul);
    char *deep = malloc(200000);
    memset(deep, '[', 200000);
    struct result bomb = import_bytes(deep, 200000, &options);
    check(bomb.status == FLOE_BAD_INPUT);
    check_contains(bomb.fault.what, "not JSON");
    drop(&bomb);
    free(deep);
}

static void bad_options(void)
{
    static const char *const dates[] = {"", "2026-02-30", "02.07.2026", "2026-07-02T00:00Z", "2026-07-02\nx: 1"};
    const char *text = "{" ROW("a", "chat") "}";
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        const struct prices_import_options options = {.date = dates[i]};
        struct result r = import_bytes(text, strlen(text), &options);
        check(r.status == FLOE_BAD_INPUT && r.book == NULL);
        check_contains(r.fault.what, "date");
        drop(&r);
    }
    struct result none = import_text(text, PRICES_MISSING_INPUT, "gpt-9");
    check(none.status == FLOE_BAD_INPUT);
    check_contains(none.fault.hint, "widen");
    drop(&none);
}

/* Every prefix of a sound file, and the file with one byte replaced: any answer but a crash or a half-filled one. */
static void damaged_files(void)
{
    static const char sound[] = "{\"a\": {\"mode\": \"chat\", \"tiered_pricing\": [" TIER(
        "0", "32", "1e-06",
        "5e-06") "]}, "
                 "\"b\": {\"litellm_provider\": \"xai\", \"input_cost_per_token_above_9k_tokens\": 1e-6, " IN_OUT "}}";
    static const char bytes[] = "\"{}[],:-9e\0 \xff";
    const struct prices_import_options options = {0};
    char text[sizeof sound];
    for (size_t i = 0; i < sizeof sound - 1; i++)
        for (size_t j = 0; j < sizeof bytes; j++) {
            const size_t n = j == sizeof bytes - 1 ? i : sizeof sound - 1;
            memcpy(text, sound, sizeof sound);
            text[i] = bytes[j];
            struct result r = import_bytes(text, n, &options);
            check(r.status == FLOE_OK ? entries_accounted_for(&r.report) == r.report.entries && r.book != NULL
                                      : r.book == NULL && r.fault.what[0] != '\0');
            drop(&r);
        }
}

static const struct test tests[] = {
    {"importing the shipped LiteLLM file gives the shipped book byte for byte", shipped_book, FAST},
    {"the shipped file's counts are those counted apart from this code", shipped_counts, FAST},
    {"known models have their known prices", shipped_rows, FAST},
    {"every price in the book reads back as the file's double", every_price_reads_back, FAST},
    {"a locale with decimal commas changes nothing", other_locale, FAST},
    {"LiteLLM's fields become Floe's token classes", token_classes, FAST},
    {"a missing cache price follows the policy and is marked", missing_cache_prices, FAST},
    {"fields above a threshold become bands, xai's from the threshold on", bands, FAST},
    {"thresholds in other spellings are bands too", bands_in_other_spellings, FAST},
    {"a file of which nothing is imported says why", nothing_imported_says_why, FAST},
    {"bands have cache write prices of their own", write_bands, FAST},
    {"tiered pricing becomes a row and bands", tiers, FAST},
    {"a price of 0 is marked free and reported", zero_prices, FAST},
    {"small and odd numbers keep every bit with few digits", small_and_odd_numbers, FAST},
    {"names are quoted where YAML needs it", names_in_yaml, FAST},
    {"chat, completion and responses are imported, other modes counted", modes, FAST},
    {"a list of names and globs picks models", only_some, FAST},
    {"of a model given twice the last counts, and the report says whether prices differ", given_twice, FAST},
    {"the header has source, date, licence and policy", header_and_options, FAST},
    {"the report reads as lines, with at most the notes asked for", report_in_words, FAST},
    {"a row with a bad price is left out and reported, the others stay", bad_rows_are_reported, FAST},
    {"bad names are refused and shown harmlessly", bad_names, FAST},
    {"entries that are not objects are refused", not_objects, FAST},
    {"a bad file is refused with line and column", bad_files_are_refused, FAST},
    {"NUL bytes and deep nesting are refused", nul_bytes_and_depth, FAST},
    {"bad options are refused", bad_options, FAST},
    {"a damaged file never gives half a book", damaged_files, FAST},
};
TEST_MAIN("prices_import", tests)

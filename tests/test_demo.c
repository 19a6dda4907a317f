/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The demo as a stranger runs it, against sums that share nothing with the program: the trace read by sscanf, the
 * prices taken from LiteLLM's own file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

#define SCENARIO "scenarios/demo/azure-hour.yaml"

/* Frozen: every build, instruction set and number of threads gives this (seed 1, 64 replications, math profile 1). */
#define DEMO_DIGEST "33e1f8a1c75df38a"
#define DEMO_FINGERPRINT "aca17261790cf4f8"

static char *source_file(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", FLOE_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 4 << 20);
    if (file == NULL || fread(bytes, 1, (4 << 20) - 1, file) == 0) abort();
    fclose(file);
    return bytes;
}

static void sum_trace(double *n, double *input, double *output)
{
    char *text = source_file("scenarios/data/azure-llm-2023-conv.csv"), *at = strchr(text, '\n');
    unsigned long in, out;
    *n = *input = *output = 0;
    while (at != NULL && sscanf(at, "\n%*[^,],%lu,%lu", &in, &out) == 2) {
        *n += 1, *input += (double)in, *output += (double)out;
        at = strchr(at + 1, '\n');
    }
    free(text);
}

static double litellm_price(const cJSON *prices, const char *model, const char *field)
{
    const cJSON *row = cJSON_GetObjectItemCaseSensitive(prices, model);
    return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row, field));
}

static cJSON *run_demo(const char *options)
{
    char arguments[512];
    snprintf(arguments, sizeof arguments, "run " SCENARIO " --json - %s", options);
    struct program_run run = program_run(FLOE_BINARY, arguments);
    check_i64(run.exit_status, 0);
    cJSON *json = cJSON_Parse(run.out);
    check_at(json != NULL, __FILE__, __LINE__, "no JSON; stderr: %s", run.err);
    program_free(&run);
    return json;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

static double mean_of(const cJSON *object, const char *key)
{
    const cJSON *outcome = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(outcome, "mean"));
}

static const cJSON *usage_row(const cJSON *json, const char *route, const char *token_class)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(
                                json, "usage")) if (strcmp(text_of(row, "workload"), "replay") == 0 &&
                                                    strcmp(text_of(row, "route"), route) == 0 &&
                                                    strcmp(text_of(row, "token_class"), token_class) == 0) return row;
    return NULL;
}

static void check_usage(const cJSON *json, const char *route, const char *token_class, double tokens, double price)
{
    const cJSON *row = usage_row(json, route, token_class);
    if (!check(row != NULL)) return;
    check_rel(mean_of(row, "quantity"), tokens, 1e-15);
    check_rel(mean_of(row, "cost_usd"), tokens * price, 1e-9);
}

static void the_replay_costs_what_the_rows_cost(void)
{
    double n, input, output;
    char *file = source_file("scenarios/data/litellm-model-prices-2026-07-02.json");
    cJSON *prices = cJSON_Parse(file), *json = run_demo("");
    sum_trace(&n, &input, &output);
    check_rel(n, 19366, 0);
    const char *const route[] = {"closed_api", "open_model"};
    const char *const model[] = {"gpt-5.4", "together_ai/openai/gpt-oss-120b"};
    for (int i = 0; i < 2; i++) {
        check_usage(json, route[i], "input_uncached", input, litellm_price(prices, model[i], "input_cost_per_token"));
        check_usage(json, route[i], "output", output, litellm_price(prices, model[i], "output_cost_per_token"));
    }
    cJSON_Delete(prices);
    cJSON_Delete(json);
    free(file);
}

static void check_digest(const char *options)
{
    cJSON *json = run_demo(options);
    check_at(strcmp(text_of(json, "digest"), DEMO_DIGEST) == 0, __FILE__, __LINE__, "%s: digest %s", options,
             text_of(json, "digest"));
    check_at(strcmp(text_of(json, "fingerprint"), DEMO_FINGERPRINT) == 0, __FILE__, __LINE__, "%s: fingerprint %s",
             options, text_of(json, "fingerprint"));
    cJSON_Delete(json);
}

static void the_digest_is_the_same_everywhere(void)
{
    check_digest("--threads 1");
    check_digest("--threads 2");
    check_digest("--threads 8");
    check_digest("--path baseline");
    check_digest("--path auto --threads 3");
}

static void the_expected_numbers_hold(void)
{
    struct program_run run = program_run(FLOE_BINARY, "run " SCENARIO " --expect --quiet");
    check_i64(run.exit_status, 0);
    check_contains(run.err, "3 of 3 rows hold");
    program_free(&run);
    run = program_run(FLOE_BINARY, "run " SCENARIO " --expect --quiet --set prices.missing_cache_price=input "
                                   "--set routes.closed_api.chain=[gpt-5.4-mini]");
    check_i64(run.exit_status, 4);
    check_contains(run.err, "outside 117.2345 to 117.2355");
    program_free(&run);
}

static void every_scenario_shipped_runs_and_keeps_its_digest_when_resolved(void)
{
    const char *const files[] = {SCENARIO, "scenarios/demo/support-week.yaml"};
    for (int i = 0; i < 2; i++) {
        char arguments[512];
        snprintf(arguments, sizeof arguments, "check %s", files[i]);
        struct program_run first = program_run(FLOE_BINARY, arguments);
        check_i64(first.exit_status, 0);
        program_write("resolved.yaml", first.out); /* in another folder than the scenario and its trace */
        snprintf(arguments, sizeof arguments, "check %s/resolved.yaml", program_folder());
        struct program_run second = program_run(FLOE_BINARY, arguments);
        check_i64(second.exit_status, 0);
        const char *a = strstr(first.out, "Digest "), *b = strstr(second.out, "Digest ");
        check(a != NULL && b != NULL && strncmp(a, b, 23) == 0);
        program_free(&first);
        program_free(&second);
    }
}

static const struct test tests[] = {
    {"the replay costs what the rows cost, per route and token class", the_replay_costs_what_the_rows_cost, FAST},
    {"the digest is the same for any threads, instruction set and build", the_digest_is_the_same_everywhere, FAST},
    {"the expected numbers hold, and a change breaks them", the_expected_numbers_hold, FAST},
    {"scenarios keep their digest when resolved", every_scenario_shipped_runs_and_keeps_its_digest_when_resolved, FAST},
};
TEST_MAIN("demo", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of models as LiteLLM's price file, Bedrock and the providers' own exports write them. */
#include <string.h>

#include "harness.h"
#include "models/model_name.h"

static void check_base(const char *name, const char *want)
{
    char base[NAME_BYTES];
    model_name_base(name, base);
    check_at(strcmp(base, want) == 0, __FILE__, __LINE__, "%s: got %s, want %s", name, base, want);
}

static void one_model_has_one_base(void)
{
    static const char *const opus[] = {
        "claude-opus-4-6",
        "Claude-Opus-4-6",
        "anthropic.claude-opus-4-6-v1",
        "anthropic.claude-opus-4-6-v1:0",
        "us.anthropic.claude-opus-4-6-v1:0",
        "global.anthropic.claude-opus-4-6-v1",
        "bedrock/us-east-1/anthropic.claude-opus-4-6-v1:0",
        "anthropic/claude-opus-4-6",
        "claude-opus-4-6-20260205",
        "claude-opus-4-6@20260205",
        "claude-opus-4-6-2026-02-05",
    };
    for (size_t i = 0; i < sizeof opus / sizeof opus[0]; i++) {
        check_base(opus[i], "claude-opus-4-6");
        check(model_name_is_alike(opus[i], "us.anthropic.claude-opus-4-6-v1"));
    }
    check_base("anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet");
    check_base("amazon.nova-pro-v1:0", "nova-pro");
    check_base("apac.amazon.nova-pro-v1:0", "nova-pro");
    check_base("gemini/gemini-2.5-pro", "gemini-2.5-pro");
    check_base("gpt-5.4-2026-03-05", "gpt-5.4");
}

static void other_models_stay_apart(void)
{
    check(!model_name_is_alike("claude-opus-4-6", "claude-opus-4-5"));
    check(!model_name_is_alike("claude-opus-4-6", "claude-sonnet-4-6"));
    check(!model_name_is_alike("nova-pro", "nova-lite"));
    check_base("deepseek-v3", "deepseek-v3"); /* the model, not its version */
    check_base("gpt-4-0613", "gpt-4-0613");
}

static void what_is_only_a_version_stays(void)
{
    check_base("v1", "v1");
    check_base(":0", ":0");
    check_base("us.", "us.");
    check_base("anthropic.", "anthropic.");
    check_base("", "");
    check_base("bedrock/", "bedrock/");
    check_base("-v1", "-v1");
    check_base("20250219", "20250219");
}

static void a_long_name_is_cut(void)
{
    char name[300], base[NAME_BYTES];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    model_name_base(name, base);
    check_u64(strlen(base), NAME_BYTES - 1);
}

static const struct test tests[] = {
    {"one model has one base", one_model_has_one_base, FAST},
    {"other models stay apart", other_models_stay_apart, FAST},
    {"what is only a version stays", what_is_only_a_version_stays, FAST},
    {"a long name is cut", a_long_name_is_cut, FAST},
};
TEST_MAIN("model_name", tests)

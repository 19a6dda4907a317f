/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FOCUS files: Floe's own come back as the same cells; rows shaped as AWS Data Exports and LiteLLM write them become the
 * right kinds, quantities and models; what is wrong is refused. The samples are made up; column names, usage types and
 * units are those of the exporters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/focus_unit.h"
#include "facts_compare.h"
#include "harness.h"
#include "import_maker.h"
#include "plots/write/focus.h"
#include "scenario_maker.h"
#include "write_sample.h"

static struct import_text text_of(const char *text)
{
    return (struct import_text){text, strlen(text)};
}

/* ---- round trip ---- */

static void check_round_trip(struct facts *facts)
{
    static const struct floe_focus_options simulated = {.is_simulated = 1, .run_id = "00ff", .seed = "7"};
    const struct import_options options = import_no_options();
    struct facts want;
    struct floe_text text = {0};
    facts_filter(facts, focus_is_charge, &want);
    check(floe_write_focus(facts, &simulated, &text) == FLOE_OK);
    const struct text_file file = {"bill.csv", text.bytes};
    struct imported got = import_texts(&file, 1, &options, 1013);
    check_text(got.fault.what, "");
    check_text(got.report.formats, "focus");
    check(facts_are_same(&got.facts, &want));
    check(rows_add_up(&got));
    imported_free(&got);
    floe_text_free(&text);
    facts_free(&want);
}

static void a_result_comes_back(void)
{
    struct sample sample;
    struct facts facts;
    sample_init(&sample, (struct sample_shape){.n_workloads = 4,
                                               .n_routes = 2,
                                               .n_hours = 5,
                                               .replications = 3,
                                               .n_variants = 2,
                                               .has_cache = 1,
                                               .has_consumers = 1});
    facts_init(&facts);
    check(facts_of_result(&sample.result, -1, -1, INT64_MIN, INT64_MAX, &facts) == FLOE_OK);
    check_round_trip(&facts);
    facts_free(&facts);
    sample_free(&sample);
}

static void a_simulation_comes_back(void)
{
    struct scenario *s = maker_scenario();
    struct result result;
    struct facts facts;
    s->time.horizon_s = 4.5 * 3600;
    s->workloads[0].tokens.input = maker_lognormal(800, 4000);
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 3), &result);
    facts_init(&facts);
    check(facts_of_result(&result, -1, -1, INT64_MIN, INT64_MAX, &facts) == FLOE_OK);
    check_round_trip(&facts);
    facts_free(&facts);
    result_free(&result);
    free(s);
}

static void every_kind_of_charge_comes_back(void)
{
    struct facts facts;
    facts_init(&facts);
    for (int kind = 0; kind < FACT_KINDS; kind++) {
        struct fact fact = fact_of(MONDAY_AT_S, MONDAY_AT_S + 1800, (enum fact_kind)kind);
        const int is_usage = fact_kinds[kind].family < FACT_FAMILY_SPEND;
        fact.model = facts_text(&facts, "us.anthropic.claude-opus-4-6-v1", 31);
        fact.quantity = is_usage ? 1234.5 + kind : 0;
        fact.unit_price_usd = is_usage ? 3.21e-7 : FACT_UNKNOWN;
        fact.cost_usd = kind == FACT_OUTPUT ? FACT_UNKNOWN : -0.0001234567 * kind;
        check(facts_add(&facts, &fact) == FLOE_OK);
    }
    check_round_trip(&facts);
    facts_free(&facts);
}

/* ---- AWS ---- */

#define AWS_HEADER                                                                                                     \
    "BilledCost,BillingAccountId,BillingCurrency,ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodEnd,"        \
    "ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ListUnitPrice,PricingQuantity,PricingUnit,ProviderName,"          \
    "ResourceId,ServiceCategory,ServiceName,SkuId,SubAccountId,Tags,x_UsageType\n"
#define AWS_ROW(cost, category, klass, words, quantity, unit, price, resource, service_category, service, usage_type)  \
    cost ",111122223333,USD," category "," klass ",\"" words "\",2026-03-17T10:00:00Z,2026-03-17T09:00:00Z," quantity  \
         "," unit "," price "," quantity "," unit ",AWS," resource "," service_category "," service                    \
         ",ABC,444455556666,\"{\"\"team\"\":\"\"search\"\"}\"," usage_type "\n"
#define AI "AI and Machine Learning"
#define BEDROCK "Amazon Bedrock"

static void rows_of_aws_are_scaled_and_named(void)
{
    static const char text[] = AWS_HEADER AWS_ROW("1.5", "Usage", "", "$0.015 per 1K input tokens", "100", "1K tokens",
                                                  "0.015", "", AI, BEDROCK, "USE1-ClaudeOpus4-input-tokens")
        AWS_ROW("0.75", "Usage", "", "$0.075 per 1K output tokens", "10", "1K tokens", "0.075", "", AI, BEDROCK,
                "USE1-ClaudeOpus4-output-tokens") AWS_ROW("0.3", "Usage", "", "cache read", "200000", "Tokens",
                                                          "0.0000015", "", AI, BEDROCK,
                                                          "USE1-ClaudeOpus4-cache-read-input-token-count")
            AWS_ROW("6.25", "Usage", "", "cache write", "1", "1M tokens", "6.25",
                    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-6-v1", AI, BEDROCK,
                    "USE1-ClaudeOpus4.6-cache-write-input-token-count")
                AWS_ROW("0.6", "Usage", "", "AWS Marketplace: $3.00 per Million Input Tokens", "0.2", "Units", "3.00",
                        "", AI, "Claude Sonnet 4 (Amazon Bedrock Edition)", "USE1-MP:USE1_InputTokenCount-Units")
                    AWS_ROW("-0.15", "Usage", "Correction", "refund", "-10", "1K tokens", "0.015", "", AI, BEDROCK,
                            "USE1-ClaudeOpus4-input-tokens") AWS_ROW("0.5", "Usage", "", "batch", "50", "1K tokens",
                                                                     "0.01", "", AI, BEDROCK,
                                                                     "USE1-NovaPro-input-tokens-batch")
                        AWS_ROW("-2", "Credit", "", "promotional credit", "", "", "", "", AI, BEDROCK, "")
                            AWS_ROW("0.9", "Tax", "", "VAT", "", "", "", "", "Other", "Tax", "")
                                AWS_ROW("-0.004", "Adjustment", "", "Rounding of the invoice", "", "", "", "", "Other",
                                        "", "") AWS_ROW("40", "Usage", "", "EC2", "10", "Hours", "4", "i-1", "Compute",
                                                        "Amazon EC2", "BoxUsage")
                                    AWS_ROW("3", "Tax", "", "VAT of EC2", "", "", "", "", "Compute", "Amazon EC2", "");
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(text, &options);
    check_text(got.fault.what, "");
    check(got.status == FLOE_OK);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "ClaudeOpus4"), 100e3 - 10e3, 1e-12);
    check_rel(sum_of(&got, FACT_OUTPUT, NULL, "ClaudeOpus4"), 10e3, 1e-12);
    check_rel(sum_of(&got, FACT_CACHE_READ, NULL, "ClaudeOpus4"), 200e3, 1e-12);
    check_rel(sum_of(&got, FACT_CACHE_WRITE_5M, NULL, "anthropic.claude-opus-4-6-v1"), 1e6, 1e-12);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "Claude Sonnet 4"), 0.2e6, 1e-12);
    check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, "NovaPro"), 50e3, 1e-12);
    check_rel(cost_of(&got, NULL, NULL), 1.5 + 0.75 + 0.3 + 6.25 + 0.6 - 0.15 + 0.5 - 2 + 0.9 - 0.004, 1e-12);
    check_i64(reason_count(&got, "another service"), 2);
    check(has_warning(&got, "2 charges of other services were left out: 43.00"));
    check(rows_add_up(&got));
    check_text(got.report.currency, "USD");
    double credit = 0, tax = 0, rounding = 0, price = 0;
    for (int64_t i = 0; i < got.facts.n; i++) {
        const struct fact *f = &got.facts.items[i];
        if (f->kind == FACT_CREDIT) credit += f->cost_usd;
        if (f->kind == FACT_TAX) tax += f->cost_usd;
        if (f->kind == FACT_ROUNDING) rounding += f->cost_usd;
        if (f->kind == FACT_OUTPUT) price = f->unit_price_usd;
        if (strcmp(facts_text_of(&got.facts, f->model), "NovaPro") == 0)
            check_text(facts_text_of(&got.facts, f->service_tier), "batch");
        check_text(facts_text_of(&got.facts, f->key), "444455556666");
        check_text(facts_text_of(&got.facts, f->route), "AWS");
    }
    check_rel(credit, -2, 1e-12);
    check_rel(tax, 0.9, 1e-12);
    check_rel(rounding, -0.004, 1e-12);
    check_rel(price, 75e-6, 1e-12);
    imported_free(&got);
}

static void a_unit_that_is_not_known_keeps_the_cost(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(AWS_HEADER AWS_ROW("1.5", "Usage", "", "input", "100", "Quanta", "0.015", "",
                                                              AI, BEDROCK, "USE1-X-input-tokens"),
                                           &options);
    check(got.status == FLOE_OK);
    check(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL) == 0);
    check_rel(cost_of(&got, NULL, "X"), 1.5, 1e-12);
    check_i64(reason_count(&got, "the unit 'Quanta' is not known"), 1);
    imported_free(&got);
}

static void a_refund_is_negative_whether_it_says_correction_or_not(void)
{
    static const char *const classes[] = {"", "Correction"};
    for (int i = 0; i < 2; i++) {
        char text[2048];
        const struct import_options options = import_no_options();
        snprintf(text, sizeof text,
                 AWS_HEADER AWS_ROW("-0.15", "Usage", "%s", "refund", "-10", "1K tokens", "0.015", "", AI, BEDROCK,
                                    "USE1-X-input-tokens"),
                 classes[i]);
        struct imported got = import_text_file(text, &options);
        check_text(got.fault.what, "");
        check_rel(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL), -10e3, 1e-12);
        check_rel(cost_of(&got, NULL, NULL), -0.15, 1e-12);
        imported_free(&got);
    }
}

static void tags_name_the_consumer(void)
{
    char said[200];
    struct import_rules rules;
    struct import_options options = import_no_options();
    check(rules_of_text("match:\n  - {consumer: search-team, tag: {team: search}}\n", &rules, said, sizeof said) ==
          FLOE_OK);
    options.rules = &rules;
    struct imported got = import_text_file(AWS_HEADER AWS_ROW("1.5", "Usage", "", "input", "100", "Tokens", "0.015", "",
                                                              AI, BEDROCK, "USE1-X-input-tokens"),
                                           &options);
    check(got.status == FLOE_OK);
    check_rel(cost_of(&got, "search-team", NULL), 1.5, 1e-12);
    imported_free(&got);
}

/* ---- LiteLLM ---- */

static void rows_of_litellm_are_requests_and_spend(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(
        "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,"
        "ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,"
        "ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,PricingQuantity,PricingUnit,ProviderName,"
        "PublisherName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SubAccountId,Tags\n"
        "0.731205,88dc28d0f030c55e,,USD,2026-03-18T00:00:00Z,2026-03-17T00:00:00Z,Usage,,gpt-4o,2026-03-18,2026-03-17,"
        "412,Requests,0.731205,0.731205,openai,0.731205,412,Requests,openai,openai,gpt-4o,gpt-4o,Model,"
        "AI and Machine Learning,chat-alias,team-1,\"{\"\"team_id\"\":\"\"team-1\"\",\"\"model\"\":\"\"gpt-4o\"\","
        "\"\"model_group\"\":\"\"chat-alias\"\",\"\"custom_llm_provider\"\":\"\"openai\"\"}\"\n",
        &options);
    check_text(got.fault.what, "");
    check_rel(sum_of(&got, FACT_REQUEST, NULL, "gpt-4o"), 412, 1e-12);
    check_rel(cost_of(&got, NULL, "gpt-4o"), 0.731205, 1e-12);
    check_i64(got.facts.n, 2);
    check_text(facts_text_of(&got.facts, got.facts.items[0].key), "88dc28d0f030c55e");
    check_text(facts_text_of(&got.facts, got.facts.items[0].route), "openai");
    check(has_warning(&got, "sums over more than an hour"));
    imported_free(&got);
}

/* ---- units and meters ---- */

static void units_are_read_by_their_words(void)
{
    static const struct {
        const char *text;
        enum focus_unit unit;
        double scale;
    } cases[] = {{"Tokens", FOCUS_UNIT_TOKENS, 1},
                 {"1K tokens", FOCUS_UNIT_TOKENS, 1e3},
                 {"1M Tokens", FOCUS_UNIT_TOKENS, 1e6},
                 {"1,000,000 Tokens", FOCUS_UNIT_TOKENS, 1e6},
                 {"1000 input tokens", FOCUS_UNIT_TOKENS, 1e3},
                 {"Million Tokens", FOCUS_UNIT_TOKENS, 1e6},
                 {"thousands of tokens", FOCUS_UNIT_TOKENS, 1e3},
                 {"Mtok", FOCUS_UNIT_TOKENS, 1e6},
                 {"10 K tokens", FOCUS_UNIT_TOKENS, 1e4},
                 {"Requests", FOCUS_UNIT_REQUESTS, 1},
                 {"1K Requests", FOCUS_UNIT_REQUESTS, 1e3},
                 {"GPU-Hours", FOCUS_UNIT_GPU_HOURS, 1},
                 {"Token-Seconds", FOCUS_UNIT_STORAGE, 1},
                 {"Token-Hours", FOCUS_UNIT_STORAGE, 3600},
                 {"Units", FOCUS_UNIT_UNKNOWN, 0},
                 {"0 tokens", FOCUS_UNIT_UNKNOWN, 0},
                 {"image tokens", FOCUS_UNIT_UNKNOWN, 0},
                 {"", FOCUS_UNIT_UNKNOWN, 0}};
    double scale;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const enum focus_unit unit = focus_unit_of(text_of(cases[i].text), 1, &scale);
        check_at(unit == cases[i].unit && (unit == FOCUS_UNIT_UNKNOWN || scale == cases[i].scale), __FILE__, __LINE__,
                 "'%s': unit %d, scale %g", cases[i].text, (int)unit, scale);
    }
    check(focus_unit_of(text_of("AWS Marketplace software usage 3 of 7, $3.00 per Million Input Tokens"), 0, &scale) ==
          FOCUS_UNIT_TOKENS);
    check(scale == 1e6);
}

static void meters_are_read_by_their_words(void)
{
    static const struct {
        const char *text;
        enum fact_kind kind;
    } cases[] = {{"input", FACT_INPUT_UNCACHED},
                 {"USE1-ClaudeOpus4-input-tokens", FACT_INPUT_UNCACHED},
                 {"USW2-MP:USW2_CacheReadInputTokenCount-Units", FACT_CACHE_READ},
                 {"USE1-Claude4.5Sonnet-cache-write-input-token-count", FACT_CACHE_WRITE_5M},
                 {"USE1-Claude4.5Sonnet-cache-write-1h-input-token-count", FACT_CACHE_WRITE_1H},
                 {"gpt-5 cached input", FACT_CACHE_READ},
                 {"cache_creation_input_tokens", FACT_CACHE_WRITE_5M},
                 {"Output tokens", FACT_OUTPUT},
                 {"cache_storage", FACT_CACHE_STORAGE}};
    enum fact_kind kind;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_at(focus_meter_of(text_of(cases[i].text), &kind) && kind == cases[i].kind, __FILE__, __LINE__, "'%s'",
                 cases[i].text);
    check(!focus_meter_of(text_of("BoxUsage:p5.48xlarge"), &kind));
    check(!focus_meter_of(text_of(""), &kind));
}

/* ---- bad input ---- */

#define SHORT_HEADER                                                                                                   \
    "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,SkuMeter,PricingQuantity,"            \
    "PricingUnit\n"
#define SHORT_ROW "1.5,USD,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n"

static void what_is_wrong_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *what;
        int64_t line;
    } cases[] = {
        {SHORT_HEADER SHORT_ROW "1.5,EUR,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n",
         "EUR after rows in USD", 3},
        {SHORT_HEADER "NaN,USD,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n",
         "BilledCost 'NaN' is no number", 2},
        {SHORT_HEADER "\"1,500.00\",USD,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n",
         "BilledCost '1,500.00' is no number", 2},
        {SHORT_HEADER ",USD,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n", "BilledCost is empty",
         2},
        {SHORT_HEADER "1.5,USD,Usages,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,100,Tokens\n",
         "ChargeCategory 'Usages'", 2},
        {SHORT_HEADER "1.5,USD,Usage,2026-03-17T09:00:00Z,2026-03-17T09:00:00Z,input,100,Tokens\n",
         "ChargePeriodEnd is not after", 2},
        {SHORT_HEADER "1.5,USD,Usage,yesterday,2026-03-17T09:00:00Z,input,100,Tokens\n", "'yesterday' is no instant",
         2},
        {SHORT_HEADER SHORT_ROW "1.5,USD,Usage,2026-03-17T09", "4 fields, where the header has 8", 3},
        {SHORT_HEADER "1.5,USD,Usage,2026-03-17T09:00:00Z,\"2026-03", "never closes", 2},
        {"BilledCost,ChargeCategory,ChargePeriodStart\n", "there is no column 'BillingCurrency'", 1},
    };
    const struct import_options options = import_no_options();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imported got = import_text_file(cases[i].text, &options);
        check(got.status == FLOE_BAD_INPUT);
        check_contains(got.fault.what, cases[i].what);
        check_i64(got.fault.line, cases[i].line);
        imported_free(&got);
    }
}

static void odd_rows_are_kept_and_said(void)
{
    const struct import_options options = import_no_options();
    struct imported got = import_text_file(
        SHORT_HEADER "1.5,USD,Usage,2026-03-17T09:00:00Z,2026-03-17T10:00:00Z,input,-100,Tokens\n"
                     "2e9,USD,Usage,2026-03-29T02:00:00+01:00,2026-03-29T03:00:00+01:00,output,7,Tokens\n"
                     "0.5,USD,Usage,2026-03-29T03:00:00+02:00,2026-03-29T04:00:00+02:00,output,9,Tokens\n"
                     "0.5,USD,Usage,2026-03-29,2026-03-30,output,11,Tokens\n",
        &options);
    check_text(got.fault.what, "");
    check(sum_of(&got, FACT_INPUT_UNCACHED, NULL, NULL) == 0);
    check_i64(reason_count(&got, "input_uncached is negative"), 1);
    check(has_warning(&got, "dollars in one row"));
    check(has_warning(&got, "sums over more than an hour"));
    /* summer time begins: 02:00+01:00 and 03:00+02:00 are the same hour, 01:00 UTC */
    double in_hour = 0;
    for (int64_t i = 0; i < got.facts.n; i++)
        if (got.facts.items[i].from_at_s == 1774746000) in_hour += got.facts.items[i].quantity;
    check_rel(in_hour, 16, 1e-12);
    imported_free(&got);
}

static const struct test tests[] = {
    {"a result comes back", a_result_comes_back, FAST},
    {"a simulation comes back", a_simulation_comes_back, FAST},
    {"every kind of charge comes back", every_kind_of_charge_comes_back, FAST},
    {"rows of AWS are scaled and named", rows_of_aws_are_scaled_and_named, FAST},
    {"a unit that is not known keeps the cost", a_unit_that_is_not_known_keeps_the_cost, FAST},
    {"a refund is negative, whether it says Correction or not", a_refund_is_negative_whether_it_says_correction_or_not,
     FAST},
    {"tags name the consumer", tags_name_the_consumer, FAST},
    {"rows of LiteLLM are requests and spend", rows_of_litellm_are_requests_and_spend, FAST},
    {"units are read by their words", units_are_read_by_their_words, FAST},
    {"meters are read by their words", meters_are_read_by_their_words, FAST},
    {"what is wrong is refused with its line", what_is_wrong_is_refused_with_its_line, FAST},
    {"odd rows are kept and said", odd_rows_are_kept_and_said, FAST},
};

TEST_MAIN("focus", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FOCUS 1.2: the specification's rules for columns, nulls, times and numbers, on the rows of a result and on facts made
 * for one rule each. That a file reads back as the same cells is in test_focus.c. */
#include "plots/write/focus.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "scenarios/read/csv.h"
#include "write_sample.h"

#define NOON_AT_S INT64_C(1773748800) /* 2026-03-17T12:00:00Z */

/* FOCUS 1.2: feature level Mandatory, and whether the column may be null. */
static const struct {
    const char *name;
    int may_be_null;
} mandatory[] = {
    {"BilledCost", 0},        {"BillingAccountId", 0},   {"BillingAccountName", 1}, {"BillingCurrency", 0},
    {"BillingPeriodEnd", 0},  {"BillingPeriodStart", 0}, {"ChargeCategory", 0},     {"ChargeClass", 1},
    {"ChargeDescription", 1}, {"ChargePeriodEnd", 0},    {"ChargePeriodStart", 0},  {"ContractedCost", 0},
    {"EffectiveCost", 0},     {"InvoiceIssuerName", 0},  {"ListCost", 0},           {"PricingQuantity", 1},
    {"PricingUnit", 1},       {"ProviderName", 0},       {"PublisherName", 0},      {"ServiceCategory", 0},
    {"ServiceName", 0},
};
enum { N_MANDATORY = sizeof mandatory / sizeof mandatory[0] };

struct file {
    struct facts facts;
    struct floe_text text;
    struct csv csv, header;
    char field[4096];
};

static void file_write(struct file *file, const struct floe_focus_options *options)
{
    check(floe_write_focus(&file->facts, options, &file->text) == FLOE_OK);
    csv_begin(&file->csv, file->text.bytes, file->text.n);
    check(csv_next(&file->csv) == CSV_RECORD);
    file->header = file->csv;
}

static void file_free(struct file *file)
{
    floe_text_free(&file->text);
    facts_free(&file->facts);
}

static int next_row(struct file *file)
{
    if (csv_next(&file->csv) != CSV_RECORD || csv_is_blank(&file->csv)) return 0;
    check_i64(file->csv.n_fields, file->header.n_fields);
    return 1;
}

/* The field of the row, with its doubled quotes undone. */
static const char *field(struct file *file, const char *column)
{
    const int32_t at = csv_find(&file->header, column);
    size_t n = 0;
    if (!check_at(at >= 0, __FILE__, __LINE__, "there is no column %s", column)) return "";
    const struct csv_field *f = &file->csv.fields[at];
    for (size_t i = 0; i < f->n && n + 1 < sizeof file->field; i++) {
        file->field[n++] = f->at[i];
        i += f->at[i] == '"';
    }
    file->field[n] = '\0';
    return file->field;
}

static void check_field(struct file *file, const char *column, const char *want)
{
    const char *got = field(file, column);
    check_at(strcmp(got, want) == 0, __FILE__, __LINE__, "%s is '%s', not '%s'", column, got, want);
}

static void result_facts(struct file *file, struct sample_shape shape)
{
    struct sample sample;
    sample_init(&sample, shape);
    facts_init(&file->facts);
    check(facts_of_result(&sample.result, -1, -1, INT64_MIN, INT64_MAX, &file->facts) == FLOE_OK);
    sample_free(&sample);
}

static const struct sample_shape shape = {
    .n_workloads = 3, .n_routes = 2, .n_hours = 4, .replications = 3, .has_consumers = 1};

static struct fact *add(struct file *file, enum fact_kind kind, double quantity, double price_usd, double cost_usd)
{
    struct fact fact = fact_of(NOON_AT_S, NOON_AT_S + 3600, kind);
    fact.quantity = quantity;
    fact.unit_price_usd = price_usd;
    fact.cost_usd = cost_usd;
    check(facts_add(&file->facts, &fact) == FLOE_OK);
    return &file->facts.items[file->facts.n - 1];
}

static int32_t name(struct file *file, const char *text)
{
    const int32_t index = facts_text(&file->facts, text, strlen(text));
    check(index >= 0);
    return index;
}

static const struct floe_focus_options simulated = {
    .is_simulated = 1, .run_id = "00ff", .seed = "7", .scenario = "a.yaml"};

/* ---- tests ---- */

static void the_mandatory_columns_are_there_and_not_null(void)
{
    struct file file = {0};
    check_i64(N_MANDATORY, 21);
    result_facts(&file, shape);
    add(&file, FACT_TAX, 0, FACT_UNKNOWN, 3.25);
    add(&file, FACT_HUMAN, 0, FACT_UNKNOWN, 100.5);
    add(&file, FACT_SPEND, 0, FACT_UNKNOWN, 0.7);
    add(&file, FACT_OUTPUT, 12, FACT_UNKNOWN, FACT_UNKNOWN);
    file_write(&file, &simulated);
    for (int i = 0; i < N_MANDATORY; i++)
        check_at(csv_find(&file.header, mandatory[i].name) >= 0, __FILE__, __LINE__, "no column %s", mandatory[i].name);
    int rows = 0;
    for (; next_row(&file); rows++)
        for (int i = 0; i < N_MANDATORY; i++)
            check_at(mandatory[i].may_be_null || field(&file, mandatory[i].name)[0] != '\0', __FILE__, __LINE__,
                     "row %d: %s is null", rows, mandatory[i].name);
    check(rows > 50);
    file_free(&file);
}

static void no_column_is_there_twice_and_own_ones_begin_with_x(void)
{
    struct file file = {0};
    static const char *const known[] = {
        "ChargeFrequency", "ConsumedQuantity", "ConsumedUnit",   "ContractedUnitPrice", "InvoiceId", "ListUnitPrice",
        "PricingCategory", "ResourceId",       "ResourceName",   "ResourceType",        "SkuId",     "SkuMeter",
        "SkuPriceId",      "SubAccountId",     "SubAccountName", "ServiceSubcategory",  "Tags"};
    facts_init(&file.facts);
    file_write(&file, &simulated);
    for (int32_t i = 0; i < file.header.n_fields; i++) {
        char column[64];
        int is_known = 0;
        csv_show(file.header.fields[i], column, sizeof column);
        check_i64(csv_find(&file.header, column), i);
        for (int k = 0; k < N_MANDATORY; k++)
            is_known |= strcmp(column, mandatory[k].name) == 0;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            is_known |= strcmp(column, known[k]) == 0;
        check_at(is_known || strncmp(column, "x_", 2) == 0, __FILE__, __LINE__, "column %s", column);
    }
    file_free(&file);
}

static void times_are_utc_and_months_are_calendar_months(void)
{
    struct file file = {0};
    facts_init(&file.facts);
    struct fact *fact = add(&file, FACT_OUTPUT, 1, 1e-6, 1e-6);
    file_write(&file, &simulated);
    check(next_row(&file));
    check_field(&file, "ChargePeriodStart", "2026-03-17T12:00:00Z");
    check_field(&file, "ChargePeriodEnd", "2026-03-17T13:00:00Z");
    check_field(&file, "BillingPeriodStart", "2026-03-01T00:00:00Z");
    check_field(&file, "BillingPeriodEnd", "2026-04-01T00:00:00Z");
    fact->from_at_s = INT64_C(1798758000); /* 2026-12-31T23:00:00Z */
    fact->to_at_s = fact->from_at_s + 3600;
    floe_text_free(&file.text);
    file_write(&file, &simulated);
    check(next_row(&file));
    check_field(&file, "ChargePeriodEnd", "2027-01-01T00:00:00Z");
    check_field(&file, "BillingPeriodStart", "2026-12-01T00:00:00Z");
    check_field(&file, "BillingPeriodEnd", "2027-01-01T00:00:00Z");
    file_free(&file);
}

static void money_has_nine_decimals_or_more_and_reads_back(void)
{
    static const struct {
        double usd;
        const char *text;
    } cases[] = {{3e-6, "0.000003000"},
                 {5e-7 * 0.3, "0.000000150"},
                 {1.2345678901234e-7, "0.00000012345678901234"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {-12.5, "-12.500000000"},
                 {0, "0.000000000"},
                 {1e9, "1000000000.000000000"},
                 {1.5e21, "1500000000000000000000.000000000"},
                 {1234567.25, "1234567.250000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file = {0};
        facts_init(&file.facts);
        add(&file, FACT_OUTPUT, 3, cases[i].usd, cases[i].usd);
        file_write(&file, &simulated);
        check(next_row(&file));
        check_field(&file, "BilledCost", cases[i].text);
        check_field(&file, "EffectiveCost", cases[i].text);
        check_field(&file, "ListUnitPrice", cases[i].text);
        check(strtod(field(&file, "ListCost"), NULL) == cases[i].usd);
        file_free(&file);
    }
}

static void costs_add_up_to_those_of_the_facts(void)
{
    struct file file = {0};
    double facts_usd = 0, file_usd = 0;
    result_facts(&file, shape);
    for (int64_t i = 0; i < file.facts.n; i++)
        if (fact_has(file.facts.items[i].cost_usd)) facts_usd += file.facts.items[i].cost_usd;
    file_write(&file, &simulated);
    while (next_row(&file))
        file_usd += strtod(field(&file, "BilledCost"), NULL);
    check(facts_usd > 1);
    check_rel(file_usd, facts_usd, 1e-12);
    file_free(&file);
}

static void a_row_says_what_it_is_of(void)
{
    struct file file = {0};
    facts_init(&file.facts);
    struct fact *fact = add(&file, FACT_CACHE_READ, 1234567, 5e-7, 1234567 * 5e-7);
    fact->model = name(&file, "us.anthropic.claude-opus-4-6-v1");
    fact->consumer = name(&file, "entity \"matching\"");
    fact->key = name(&file, "sk-1");
    fact->route = name(&file, "bedrock");
    fact->variant = name(&file, "base");
    fact->service_tier = name(&file, "flex");
    file_write(&file, &simulated);
    check(next_row(&file));
    check_field(&file, "ChargeCategory", "Usage");
    check_field(&file, "ChargeFrequency", "Usage-Based");
    check_field(&file, "ProviderName", "AWS");
    check_field(&file, "PublisherName", "Anthropic");
    check_field(&file, "ServiceName", "Amazon Bedrock");
    check_field(&file, "ServiceCategory", "AI and Machine Learning");
    check_field(&file, "ServiceSubcategory", "Generative AI");
    check_field(&file, "PricingQuantity", "1234567");
    check_field(&file, "PricingUnit", "Tokens");
    check_field(&file, "ConsumedQuantity", "1234567");
    check_field(&file, "SkuMeter", "cache_read");
    check_field(&file, "SkuId", "us.anthropic.claude-opus-4-6-v1/cache_read");
    check_field(&file, "SkuPriceId", "us.anthropic.claude-opus-4-6-v1/cache_read/flex@0.0000005");
    check_field(&file, "ResourceName", "us.anthropic.claude-opus-4-6-v1");
    check_field(&file, "SubAccountName", "entity \"matching\"");
    check_field(&file, "Tags", "{\"consumer\":\"entity \\\"matching\\\"\",\"key\":\"sk-1\",\"route\":\"bedrock\"}");
    check_field(&file, "InvoiceId", "");
    check_field(&file, "x_Simulated", "true");
    check_field(&file, "x_RunId", "00ff");
    check_field(&file, "x_Seed", "7");
    check_field(&file, "x_Scenario", "a.yaml");
    check_field(&file, "x_Key", "sk-1");
    check_field(&file, "x_Variant", "base");
    check_field(&file, "x_TokenClass", "cache_read");
    check_field(&file, "x_CostTerm", "inference");
    check_field(&file, "x_CostUnknown", "");
    check(!next_row(&file));
    file_free(&file);
}

static void charges_that_are_no_usage_have_their_category(void)
{
    static const struct {
        enum fact_kind kind;
        const char *category, *term;
    } cases[] = {{FACT_CREDIT, "Credit", "credit"},
                 {FACT_TAX, "Tax", "tax"},
                 {FACT_ROUNDING, "Adjustment", "rounding"},
                 {FACT_HUMAN, "Usage", "human"},
                 {FACT_SPEND, "Usage", "inference"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file = {0};
        facts_init(&file.facts);
        add(&file, cases[i].kind, 0, FACT_UNKNOWN, -2.385);
        file_write(&file, &simulated);
        check(next_row(&file));
        check_field(&file, "ChargeCategory", cases[i].category);
        check_field(&file, "x_CostTerm", cases[i].term);
        check_field(&file, "BilledCost", "-2.385000000");
        check_field(&file, "PricingQuantity", "");
        check_field(&file, "PricingUnit", "");
        check_field(&file, "SkuId", "");
        check_field(&file, "ListUnitPrice", "");
        check_field(&file, "Tags", "");
        file_free(&file);
    }
}

static void counts_are_no_charges_and_an_unknown_cost_is_marked(void)
{
    struct file file = {0};
    facts_init(&file.facts);
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (fact_kinds[kind].family == FACT_FAMILY_COUNTS)
            add(&file, (enum fact_kind)kind, 3, FACT_UNKNOWN, FACT_UNKNOWN);
    add(&file, FACT_IDLE, 0, FACT_UNKNOWN, FACT_UNKNOWN);
    add(&file, FACT_OUTPUT, 3, FACT_UNKNOWN, FACT_UNKNOWN);
    file_write(&file, &simulated);
    check(next_row(&file));
    check_field(&file, "x_TokenClass", "output");
    check_field(&file, "x_CostUnknown", "true");
    check_field(&file, "ListUnitPrice", "");
    check_field(&file, "SkuPriceId", "");
    check(!next_row(&file));
    file_free(&file);
}

static void providers_come_from_the_models_name(void)
{
    static const char *const cases[][3] = {{"claude-opus-4-6", "Anthropic", "Anthropic"},
                                           {"openrouter/Claude-3", "Anthropic", "Anthropic"},
                                           {"eu.amazon.nova-pro-v1:0", "AWS", "Amazon"},
                                           {"nova-lite", "Amazon", "Amazon"},
                                           {"gpt-5.4", "OpenAI", "OpenAI"},
                                           {"gemini-2.5-pro", "Google", "Google"},
                                           {"my-model", "unknown", "unknown"},
                                           {"", "unknown", "unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct focus_provider *row = focus_provider_of(cases[i][0]);
        check_text(row->provider, cases[i][1]);
        check_text(row->publisher, cases[i][2]);
    }
    struct file file = {0};
    facts_init(&file.facts);
    add(&file, FACT_OUTPUT, 3, 1, 3)->model = name(&file, "gpt-5.4");
    const struct floe_focus_options options = {
        .provider = "Azure", .service = "Azure OpenAI", .currency = "EUR", .billing_account = "acct-9"};
    file_write(&file, &options);
    check(next_row(&file));
    check_field(&file, "ProviderName", "Azure");
    check_field(&file, "PublisherName", "OpenAI");
    check_field(&file, "ServiceName", "Azure OpenAI");
    check_field(&file, "BillingCurrency", "EUR");
    check_field(&file, "BillingAccountId", "acct-9");
    check_field(&file, "x_Simulated", "false");
    check_field(&file, "x_RunId", "");
    file_free(&file);
}

static const struct test tests[] = {
    {"the mandatory columns are there and not null", the_mandatory_columns_are_there_and_not_null, FAST},
    {"no column is there twice, and own ones begin with x_", no_column_is_there_twice_and_own_ones_begin_with_x, FAST},
    {"times are UTC, and months are calendar months", times_are_utc_and_months_are_calendar_months, FAST},
    {"money has nine decimals or more and reads back", money_has_nine_decimals_or_more_and_reads_back, FAST},
    {"costs add up to those of the facts", costs_add_up_to_those_of_the_facts, FAST},
    {"a row says what it is of", a_row_says_what_it_is_of, FAST},
    {"charges that are no usage have their category", charges_that_are_no_usage_have_their_category, FAST},
    {"counts are no charges, and an unknown cost is marked", counts_are_no_charges_and_an_unknown_cost_is_marked, FAST},
    {"providers come from the model's name", providers_come_from_the_models_name, FAST},
};

TEST_MAIN("write_focus", tests)

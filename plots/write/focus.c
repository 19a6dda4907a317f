/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Source: FOCUS 1.2, the specification's column definitions and attributes; the names of the x_ columns are ours. */
#include "plots/write/focus.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/calendar.h"
#include "plots/write/csv_fields.h"
#include "plots/write/format.h"

#define UNKNOWN_PROVIDER "unknown"

/* A vendor in front of a dot is how Bedrock names its models. */
const struct focus_provider focus_providers[] = {
    {"anthropic.claude", "AWS", "Amazon Bedrock", "Anthropic"},
    {"amazon.", "AWS", "Amazon Bedrock", "Amazon"},
    {"meta.llama", "AWS", "Amazon Bedrock", "Meta"},
    {"mistral.", "AWS", "Amazon Bedrock", "Mistral AI"},
    {"claude", "Anthropic", "Claude API", "Anthropic"},
    {"nova", "Amazon", "Amazon Bedrock", "Amazon"},
    {"titan", "Amazon", "Amazon Bedrock", "Amazon"},
    {"gpt", "OpenAI", "OpenAI API", "OpenAI"},
    {"gemini", "Google", "Gemini API", "Google"},
    {"llama", UNKNOWN_PROVIDER, "LLM inference", "Meta"},
    {"mistral", "Mistral AI", "Mistral API", "Mistral AI"},
    {"deepseek", "DeepSeek", "DeepSeek API", "DeepSeek"},
    {"grok", "xAI", "xAI API", "xAI"},
    {"", UNKNOWN_PROVIDER, "LLM inference", UNKNOWN_PROVIDER},
};

/* What a kind of fact is in the words of FOCUS. meter NULL: no SKU; unit NULL: no quantity. */
struct focus_kind {
    const char *category, *term, *meter, *unit, *service; /* service: of what no provider bills */
};

static const struct focus_kind kinds[FACT_KINDS] = {
    [FACT_INPUT_UNCACHED] = {"Usage", "inference", "input", "Tokens", NULL},
    [FACT_CACHE_READ] = {"Usage", "inference", "cache_read", "Tokens", NULL},
    [FACT_CACHE_WRITE_5M] = {"Usage", "inference", "cache_write", "Tokens", NULL},
    [FACT_CACHE_WRITE_1H] = {"Usage", "inference", "cache_write_1h", "Tokens", NULL},
    [FACT_OUTPUT] = {"Usage", "inference", "output", "Tokens", NULL},
    [FACT_CACHE_STORAGE] = {"Usage", "inference", "cache_storage", "Token-Seconds", NULL},
    [FACT_REQUEST] = {"Usage", "inference", "request", "Requests", NULL},
    [FACT_GPU_HOUR] = {"Usage", "inference", "gpu_hour", "GPU-Hours", NULL},
    [FACT_SPEND] = {"Usage", "inference", NULL, NULL, NULL},
    [FACT_CREDIT] = {"Credit", "credit", NULL, NULL, NULL},
    [FACT_TAX] = {"Tax", "tax", NULL, NULL, NULL},
    [FACT_ROUNDING] = {"Adjustment", "rounding", NULL, NULL, NULL},
    [FACT_IDLE] = {"Usage", "idle", NULL, NULL, NULL},
    [FACT_EVAL] = {"Usage", "eval", NULL, NULL, "Evaluation"},
    [FACT_HUMAN] = {"Usage", "human", NULL, NULL, "Human review"},
    [FACT_OPS] = {"Usage", "ops", NULL, NULL, "Operation"},
    [FACT_RECONCILIATION] = {"Adjustment", "reconciliation", NULL, NULL, NULL},
};

/* ---- values ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int has_part(const char *text, const char *part)
{
    for (; *text != '\0' || *part == '\0'; text++) {
        size_t n = 0;
        while (part[n] != '\0' && lower(text[n]) == part[n])
            n++;
        if (part[n] == '\0') return 1;
    }
    return 0;
}

const struct focus_provider *focus_provider_of(const char *model)
{
    const struct focus_provider *row = focus_providers;
    while (!has_part(model, row->part))
        row++;
    return row;
}

/* The shortest decimal that reads back as the same double, without an exponent and with at least `least` decimals. */
static void plain_number(struct floe_text *out, double x, int least)
{
    char number[FORMAT_BYTES], digits[FORMAT_BYTES];
    int n = 0, point = 0, has_point = 0, i = 0;
    if (!isfinite(x)) return;
    floe_format_shortest(number, x);
    if (number[0] == '-') floe_text_add(out, "-");
    for (i = number[0] == '-'; number[i] != '\0' && number[i] != 'e'; i++)
        if (number[i] == '.')
            has_point = 1;
        else {
            digits[n++] = number[i];
            point += !has_point;
        }
    if (number[i] == 'e') point += atoi(number + i + 1);
    if (point <= 0) floe_text_add(out, "0");
    for (i = 0; i < point; i++)
        floe_text_add_n(out, i < n ? digits + i : "0", 1);
    const int decimals = n - point > least ? n - point : least;
    if (decimals > 0) floe_text_add(out, ".");
    for (i = point; i < point + decimals; i++)
        floe_text_add_n(out, i >= 0 && i < n ? digits + i : "0", 1);
}

static void quantity(struct floe_text *out, double value)
{
    plain_number(out, value, 0);
    csv_empty(out);
}

#define MONEY_DECIMALS 9

static void money(struct floe_text *out, double usd)
{
    if (fact_has(usd)) plain_number(out, usd, MONEY_DECIMALS);
    csv_empty(out);
}

static const char *either(const char *wanted, const char *otherwise)
{
    return wanted != NULL && wanted[0] != '\0' ? wanted : otherwise;
}

/* ---- a row ---- */

struct focus_row {
    const struct facts *facts;
    const struct floe_focus_options *options;
    const struct fact *fact;
    const struct focus_kind *kind;
    const struct focus_provider *provider;
    const char *model, *key, *consumer, *route, *variant, *workload, *service_tier;
    double cost_usd;
};

static int has_sku(const struct focus_row *row)
{
    return row->kind->meter != NULL;
}

static int is_usage(const struct focus_row *row)
{
    return strcmp(row->kind->category, "Usage") == 0;
}

static int is_inference(const struct focus_row *row)
{
    return row->kind->service == NULL;
}

/* ---- the columns: one function each, in the order of the table ---- */

static void put_cost(const struct focus_row *row, struct floe_text *out)
{
    money(out, row->cost_usd);
}

static void put_account(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, either(row->options->billing_account, row->options->is_simulated ? "simulated" : "unknown"));
}

static void put_null(const struct focus_row *row, struct floe_text *out)
{
    (void)row;
    csv_empty(out);
}

static void put_currency(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, either(row->options->currency, "USD"));
}

static void put_month_end(const struct focus_row *row, struct floe_text *out)
{
    csv_instant(out, calendar_next_month_start(row->fact->from_at_s));
}

static void put_month(const struct focus_row *row, struct floe_text *out)
{
    csv_instant(out, calendar_month_start(row->fact->from_at_s));
}

static void put_category(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->kind->category);
}

static void put_description(const struct focus_row *row, struct floe_text *out)
{
    char text[2 * FACT_NAME_MOST];
    const char *help = fact_kinds[row->fact->kind].help;
    if (row->model[0] != '\0')
        snprintf(text, sizeof text, "%s: %s", row->model, help);
    else
        snprintf(text, sizeof text, "%s", help);
    csv_text(out, text);
}

static void put_frequency(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_usage(row) ? "Usage-Based" : "One-Time");
}

static void put_end(const struct focus_row *row, struct floe_text *out)
{
    csv_instant(out, row->fact->to_at_s);
}

static void put_start(const struct focus_row *row, struct floe_text *out)
{
    csv_instant(out, row->fact->from_at_s);
}

static void put_quantity(const struct focus_row *row, struct floe_text *out)
{
    if (has_sku(row))
        quantity(out, row->fact->quantity);
    else
        csv_empty(out);
}

static void put_unit(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, has_sku(row) ? row->kind->unit : "");
}

static void put_price(const struct focus_row *row, struct floe_text *out)
{
    money(out, has_sku(row) ? row->fact->unit_price_usd : FACT_UNKNOWN);
}

static void put_provider(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_inference(row) ? either(row->options->provider, row->provider->provider) : "internal");
}

static void put_publisher(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_inference(row) ? either(row->options->publisher, row->provider->publisher) : "internal");
}

static void put_service(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_inference(row) ? either(row->options->service, row->provider->service) : row->kind->service);
}

static void put_service_category(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_inference(row) ? "AI and Machine Learning" : "Other");
}

static void put_service_subcategory(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, is_inference(row) ? "Generative AI" : "Other (Other)");
}

static void put_pricing_category(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, has_sku(row) ? "Standard" : "");
}

static void put_model(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->model);
}

static void put_resource_type(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->model[0] != '\0' ? "Model" : "");
}

/* The SKU is a model's token class; its price is one of that in a tier, since bands and dates change it. */
static void sku(const struct focus_row *row, struct floe_text *to)
{
    floe_text_printf(to, "%s/%s", either(row->model, UNKNOWN_PROVIDER), fact_kinds[row->fact->kind].name);
}

static void put_sku(const struct focus_row *row, struct floe_text *out)
{
    struct floe_text text = {0};
    if (has_sku(row)) sku(row, &text);
    csv_text(out, text.bytes);
    out->has_failed |= text.has_failed;
    floe_text_free(&text);
}

static void put_sku_price(const struct focus_row *row, struct floe_text *out)
{
    struct floe_text text = {0};
    if (has_sku(row) && fact_has(row->fact->unit_price_usd)) {
        sku(row, &text);
        floe_text_printf(&text, "/%s@", either(row->service_tier, "standard"));
        plain_number(&text, row->fact->unit_price_usd, 0);
    }
    csv_text(out, text.bytes);
    out->has_failed |= text.has_failed;
    floe_text_free(&text);
}

static void put_meter(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->kind->meter);
}

static void put_consumer(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->consumer);
}

static void put_tags(const struct focus_row *row, struct floe_text *out)
{
    const struct {
        const char *name, *value;
    } tags[] = {{"workload", row->workload}, {"consumer", row->consumer}, {"key", row->key}, {"route", row->route}};
    cJSON *object = cJSON_CreateObject();
    char *text = NULL;
    int failed = object == NULL;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0] && !failed; i++) {
        if (tags[i].value[0] == '\0') continue;
        struct floe_text utf8 = {0};
        floe_format_utf8(&utf8, tags[i].value);
        failed = utf8.has_failed || cJSON_AddStringToObject(object, tags[i].name, utf8.bytes) == NULL;
        floe_text_free(&utf8);
    }
    if (!failed && object->child != NULL) {
        text = cJSON_PrintUnformatted(object);
        failed = text == NULL;
    }
    csv_text(out, text);
    out->has_failed |= failed;
    free(text);
    cJSON_Delete(object);
}

static void put_simulated(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->options->is_simulated ? "true" : "false");
}

static void put_run(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->options->run_id);
}

static void put_seed(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->options->seed);
}

static void put_scenario(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->options->scenario);
}

static void put_workload(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->workload);
}

static void put_key(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->key);
}

static void put_route(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->route);
}

static void put_variant(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->variant);
}

static void put_tier(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->service_tier);
}

static void put_class(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, fact_kinds[row->fact->kind].name);
}

static void put_term(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, row->kind->term);
}

static void put_cost_unknown(const struct focus_row *row, struct floe_text *out)
{
    csv_text(out, fact_has(row->fact->cost_usd) ? "" : "true");
}

static const struct {
    const char *name;
    void (*put)(const struct focus_row *row, struct floe_text *out);
} columns[] = {
    {"BilledCost", put_cost},
    {"BillingAccountId", put_account},
    {"BillingAccountName", put_null},
    {"BillingCurrency", put_currency},
    {"BillingPeriodEnd", put_month_end},
    {"BillingPeriodStart", put_month},
    {"ChargeCategory", put_category},
    {"ChargeClass", put_null},
    {"ChargeDescription", put_description},
    {"ChargeFrequency", put_frequency},
    {"ChargePeriodEnd", put_end},
    {"ChargePeriodStart", put_start},
    {"ConsumedQuantity", put_quantity},
    {"ConsumedUnit", put_unit},
    {"ContractedCost", put_cost},
    {"ContractedUnitPrice", put_price},
    {"EffectiveCost", put_cost},
    {"InvoiceId", put_null},
    {"InvoiceIssuerName", put_provider},
    {"ListCost", put_cost},
    {"ListUnitPrice", put_price},
    {"PricingCategory", put_pricing_category},
    {"PricingQuantity", put_quantity},
    {"PricingUnit", put_unit},
    {"ProviderName", put_provider},
    {"PublisherName", put_publisher},
    {"ResourceId", put_model},
    {"ResourceName", put_model},
    {"ResourceType", put_resource_type},
    {"ServiceCategory", put_service_category},
    {"ServiceName", put_service},
    {"ServiceSubcategory", put_service_subcategory},
    {"SkuId", put_sku},
    {"SkuMeter", put_meter},
    {"SkuPriceId", put_sku_price},
    {"SubAccountId", put_consumer},
    {"SubAccountName", put_consumer},
    {"Tags", put_tags},
    {"x_Simulated", put_simulated},
    {"x_RunId", put_run},
    {"x_Seed", put_seed},
    {"x_Scenario", put_scenario},
    {"x_Workload", put_workload},
    {"x_Consumer", put_consumer},
    {"x_Key", put_key},
    {"x_Route", put_route},
    {"x_Variant", put_variant},
    {"x_ServiceTier", put_tier},
    {"x_TokenClass", put_class},
    {"x_CostTerm", put_term},
    {"x_CostUnknown", put_cost_unknown},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

int focus_is_charge(const struct fact *fact)
{
    const enum fact_family family = fact_kinds[fact->kind].family;
    if (family == FACT_FAMILY_COUNTS) return 0;
    return family == FACT_FAMILY_TOKENS || family == FACT_FAMILY_BILLED || fact_has(fact->cost_usd);
}

void floe_write_focus_header(struct floe_text *out)
{
    for (int i = 0; i < N_COLUMNS; i++)
        csv_text(out, columns[i].name);
    csv_end(out);
}

static void write_row(const struct facts *facts, const struct floe_focus_options *options, const struct fact *fact,
                      struct floe_text *out)
{
    const struct focus_row row = {.facts = facts,
                                  .options = options,
                                  .fact = fact,
                                  .kind = &kinds[fact->kind],
                                  .provider = focus_provider_of(facts_text_of(facts, fact->model)),
                                  .model = facts_text_of(facts, fact->model),
                                  .key = facts_text_of(facts, fact->key),
                                  .consumer = facts_text_of(facts, fact->consumer),
                                  .route = facts_text_of(facts, fact->route),
                                  .variant = facts_text_of(facts, fact->variant),
                                  .workload = facts_text_of(facts, fact->workload),
                                  .service_tier = facts_text_of(facts, fact->service_tier),
                                  .cost_usd = fact_has(fact->cost_usd) ? fact->cost_usd : 0};
    for (int i = 0; i < N_COLUMNS; i++)
        columns[i].put(&row, out);
    csv_end(out);
}

void floe_write_focus_rows(const struct facts *facts, const struct floe_focus_options *options, int64_t first,
                           int64_t end, struct floe_text *out)
{
    for (int64_t i = first; i < end; i++)
        if (focus_is_charge(&facts->items[i])) write_row(facts, options, &facts->items[i], out);
}

enum floe_status floe_write_focus(const struct facts *facts, const struct floe_focus_options *options,
                                  struct floe_text *out)
{
    floe_write_focus_header(out);
    floe_write_focus_rows(facts, options, 0, facts->n, out);
    return floe_text_status(out);
}

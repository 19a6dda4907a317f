/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * FOCUS 1.0 to 1.2 as CSV: what AWS Data Exports, LiteLLM and Floe itself write. A row is a charge.
 *
 *   cost        BilledCost, which is what an invoice adds up; one currency
 *   kind        x_TokenClass where Floe wrote it; else of a Usage row: SkuMeter, x_UsageType, SkuId, then the
 *               description (focus_unit.h); Credit, Tax and Adjustment (rounding, where it says so or is below a cent)
 *               have kinds of their own; a Purchase is spend
 *   quantity    PricingQuantity in PricingUnit, else ConsumedQuantity in ConsumedUnit; "1K tokens" is scaled. A unit
 *               that is not known leaves the cost and no quantity, and is named
 *   price       ContractedUnitPrice, else ListUnitPrice, by the same scale
 *   model       ResourceName, ResourceId (an ARN: what stands behind foundation-model/), the usage type, or a service
 *               "X (Amazon Bedrock Edition)"
 *   key         x_Key; LiteLLM: BillingAccountId, which is its api_key; else SubAccountId
 *   others      x_ columns where they are; route is else the provider
 *
 * "Input" is billed input, which excludes what a cache served: classes are disjoint. LiteLLM writes requests and their
 * spend only: its rows are requests and spend that no class explains.
 *
 * Rows of other services (ServiceCategory is not AI and Machine Learning) are left out, and their sum is said. Refunds
 * stay negative. A row has no id, so a file that is read twice counts twice. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/columns.h"
#include "actuals/focus_unit.h"
#include "actuals/formats.h"
#include "actuals/rules.h"

enum column {
    BILLED_COST,
    CURRENCY,
    START,
    END,
    CATEGORY,
    CLASS,
    DESCRIPTION,
    SERVICE_CATEGORY,
    SERVICE,
    PROVIDER,
    PRICING_QUANTITY,
    PRICING_UNIT,
    CONSUMED_QUANTITY,
    CONSUMED_UNIT,
    CONTRACTED_PRICE,
    LIST_PRICE,
    RESOURCE_NAME,
    RESOURCE_ID,
    SKU_METER,
    USAGE_TYPE,
    SKU_ID,
    BILLING_ACCOUNT,
    SUB_ACCOUNT,
    SUB_ACCOUNT_NAME,
    TAGS,
    X_CLASS,
    X_WORKLOAD,
    X_CONSUMER,
    X_KEY,
    X_ROUTE,
    X_VARIANT,
    X_TIER,
    X_COST_UNKNOWN,
    X_SIMULATED,
    COLUMNS
};

static const struct columns_name columns[COLUMNS] = {[BILLED_COST] = {"BilledCost", 1},
                                                     [CURRENCY] = {"BillingCurrency", 1},
                                                     [START] = {"ChargePeriodStart", 1},
                                                     [END] = {"ChargePeriodEnd", 1},
                                                     [CATEGORY] = {"ChargeCategory", 1},
                                                     [CLASS] = {"ChargeClass", 0},
                                                     [DESCRIPTION] = {"ChargeDescription", 0},
                                                     [SERVICE_CATEGORY] = {"ServiceCategory", 0},
                                                     [SERVICE] = {"ServiceName", 0},
                                                     [PROVIDER] = {"ProviderName", 0},
                                                     [PRICING_QUANTITY] = {"PricingQuantity", 0},
                                                     [PRICING_UNIT] = {"PricingUnit", 0},
                                                     [CONSUMED_QUANTITY] = {"ConsumedQuantity", 0},
                                                     [CONSUMED_UNIT] = {"ConsumedUnit", 0},
                                                     [CONTRACTED_PRICE] = {"ContractedUnitPrice", 0},
                                                     [LIST_PRICE] = {"ListUnitPrice", 0},
                                                     [RESOURCE_NAME] = {"ResourceName", 0},
                                                     [RESOURCE_ID] = {"ResourceId", 0},
                                                     [SKU_METER] = {"SkuMeter", 0},
                                                     [USAGE_TYPE] = {"x_UsageType", 0},
                                                     [SKU_ID] = {"SkuId", 0},
                                                     [BILLING_ACCOUNT] = {"BillingAccountId", 0},
                                                     [SUB_ACCOUNT] = {"SubAccountId", 0},
                                                     [SUB_ACCOUNT_NAME] = {"SubAccountName", 0},
                                                     [TAGS] = {"Tags", 0},
                                                     [X_CLASS] = {"x_TokenClass", 0},
                                                     [X_WORKLOAD] = {"x_Workload", 0},
                                                     [X_CONSUMER] = {"x_Consumer", 0},
                                                     [X_KEY] = {"x_Key", 0},
                                                     [X_ROUTE] = {"x_Route", 0},
                                                     [X_VARIANT] = {"x_Variant", 0},
                                                     [X_TIER] = {"x_ServiceTier", 0},
                                                     [X_COST_UNKNOWN] = {"x_CostUnknown", 0},
                                                     [X_SIMULATED] = {"x_Simulated", 0}};

#define CENT_USD 0.01

struct reading {
    struct import *in;
    struct csv *csv;
    struct import_fault *fault;
    int32_t at[COLUMNS];
};

/* What is said when all files are read. */
struct focus_state {
    double others_usd, simulated_usd;
    int64_t others, simulated, actual;
};

static struct import_text field(const struct reading *r, enum column column)
{
    return columns_text(r->csv, r->at[column]);
}

static int is(const struct reading *r, enum column column, const char *text)
{
    return columns_is(field(r, column), text);
}

static struct import_text first_of(const struct reading *r, const enum column *list, int n)
{
    struct import_text text = {"", 0};
    for (int i = 0; i < n && text.n == 0; i++)
        text = field(r, list[i]);
    return text;
}

static int has_part(struct import_text text, const char *part)
{
    const size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.n; i++)
        if (columns_is((struct import_text){text.at + i, n}, part)) return 1;
    return 0;
}

/* ---- kind ---- */

static int own_kind(const struct reading *r, enum fact_kind *kind)
{
    char name[NAME_BYTES];
    const struct import_text text = field(r, X_CLASS);
    if (text.n == 0 || text.n >= sizeof name) return 0;
    memcpy(name, text.at, text.n);
    name[text.n] = '\0';
    return fact_kind_find(name, kind);
}

static enum fact_kind usage_kind(const struct reading *r)
{
    static const enum column words[] = {SKU_METER, USAGE_TYPE, SKU_ID, DESCRIPTION};
    enum fact_kind kind;
    double scale;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (focus_meter_of(field(r, words[i]), &kind)) return kind;
    if (focus_unit_of(field(r, PRICING_UNIT), 1, &scale) == FOCUS_UNIT_GPU_HOURS) return FACT_GPU_HOUR;
    return FACT_SPEND;
}

static enum floe_status kind_of(const struct reading *r, double cost, enum fact_kind *kind)
{
    char shown[40];
    if (own_kind(r, kind)) return FLOE_OK;
    if (is(r, CATEGORY, "Usage"))
        *kind = usage_kind(r);
    else if (is(r, CATEGORY, "Credit"))
        *kind = FACT_CREDIT;
    else if (is(r, CATEGORY, "Tax"))
        *kind = FACT_TAX;
    else if (is(r, CATEGORY, "Adjustment"))
        *kind = has_part(field(r, DESCRIPTION), "round") || fabs(cost) < CENT_USD ? FACT_ROUNDING : FACT_CREDIT;
    else if (is(r, CATEGORY, "Purchase")) {
        import_changed(r->in, r->csv->line, "a purchase: counted as spend that no usage explains");
        *kind = FACT_SPEND;
    } else {
        csv_show(r->csv->fields[r->at[CATEGORY]], shown, sizeof shown);
        return import_wrong(r->in, r->fault, r->csv->line, "Usage, Purchase, Tax, Credit or Adjustment",
                            "ChargeCategory '%s' is none of FOCUS", shown);
    }
    return FLOE_OK;
}

/* ---- quantity and price ---- */

static int number(const struct reading *r, enum column column, double *value)
{
    return columns_number(r->in, r->csv, columns[column].name, r->at[column], value, r->fault);
}

static int fits(enum focus_unit unit, enum fact_kind kind)
{
    switch (kind) {
    case FACT_REQUEST: return unit == FOCUS_UNIT_REQUESTS;
    case FACT_GPU_HOUR: return unit == FOCUS_UNIT_GPU_HOURS;
    case FACT_CACHE_STORAGE: return unit == FOCUS_UNIT_STORAGE;
    default: return fact_kinds[kind].family == FACT_FAMILY_TOKENS && unit == FOCUS_UNIT_TOKENS;
    }
}

/* AWS writes "Units" for a million tokens of a marketplace model, and says so in the description only. */
static enum focus_unit unit_of(const struct reading *r, enum column column, double *scale)
{
    const enum focus_unit unit = focus_unit_of(field(r, column), 1, scale);
    if (unit != FOCUS_UNIT_UNKNOWN || !is(r, column, "Units")) return unit;
    return focus_unit_of(field(r, DESCRIPTION), 0, scale);
}

static void say_unit(const struct reading *r, enum fact_kind kind)
{
    char shown[40] = "";
    if (r->at[PRICING_UNIT] >= 0) csv_show(r->csv->fields[r->at[PRICING_UNIT]], shown, sizeof shown);
    import_changed(r->in, r->csv->line, "the unit '%s' is not known for %s: its cost is kept, its quantity is not",
                   shown, fact_kinds[kind].name);
}

/* 0: fault is filled. */
static int take_price(const struct reading *r, enum fact_kind kind, double scale, struct import_row *row)
{
    double price;
    int got = number(r, CONTRACTED_PRICE, &price);
    if (got == 0) got = number(r, LIST_PRICE, &price);
    if (got > 0) row->unit_price_usd[kind] = price / scale;
    return got >= 0;
}

static int take_quantity(const struct reading *r, enum fact_kind kind, struct import_row *row)
{
    static const struct {
        enum column quantity, unit;
    } pairs[] = {{PRICING_QUANTITY, PRICING_UNIT}, {CONSUMED_QUANTITY, CONSUMED_UNIT}};
    double quantity, scale;
    int has_any = 0;
    for (int i = 0; i < 2; i++) {
        const int got = number(r, pairs[i].quantity, &quantity);
        if (got < 0) return 0;
        has_any |= got;
        if (got == 0 || !fits(unit_of(r, pairs[i].unit, &scale), kind)) continue;
        row->quantity[kind] = quantity * scale;
        return i == 1 || take_price(r, kind, scale, row);
    }
    if (has_any) say_unit(r, kind);
    return 1;
}

/* Requests beside a cost that no class explains: LiteLLM. */
static int take_requests(const struct reading *r, struct import_row *row)
{
    double quantity, scale;
    if (focus_unit_of(field(r, CONSUMED_UNIT), 1, &scale) != FOCUS_UNIT_REQUESTS) return 1;
    const int got = number(r, CONSUMED_QUANTITY, &quantity);
    if (got > 0) row->quantity[FACT_REQUEST] = quantity * scale;
    return got >= 0;
}

/* ---- names ---- */

static int is_wanted_tag(const struct import_rules *rules, const char *name)
{
    for (int32_t i = 0; rules != NULL && i < rules->n; i++)
        for (int32_t k = 0; k < rules->items[i].n_tags; k++)
            if (strcmp(rules->items[i].tags[k].name, name) == 0) return 1;
    return 0;
}

static void add_tag(const struct reading *r, const char *name, struct import_text value, struct import_row *row)
{
    const int32_t most = (int32_t)(sizeof row->tags / sizeof row->tags[0]);
    if (value.n == 0 || row->n_tags == most || !is_wanted_tag(r->in->options->rules, name)) return;
    row->tags[row->n_tags].name = (struct import_text){name, strlen(name)};
    row->tags[row->n_tags++].value = value;
}

/* A JSON object of texts; NULL: none, or fault is filled and *status tells. */
static cJSON *read_tags(const struct reading *r, struct import_row *row, enum floe_status *status)
{
    const struct import_text text = field(r, TAGS);
    const cJSON *tag;
    if (text.n == 0 || columns_is(text, "null") || r->in->options->rules == NULL) return NULL;
    cJSON *tags = cJSON_ParseWithLength(text.at, text.n);
    if (!cJSON_IsObject(tags)) {
        cJSON_Delete(tags);
        *status = import_wrong(r->in, r->fault, r->csv->line, "{\"team\": \"search\"}", "Tags is no JSON object");
        r->fault->column = r->at[TAGS] + 1;
        return NULL;
    }
    cJSON_ArrayForEach(tag, tags)
    {
        const char *value = cJSON_GetStringValue(tag);
        if (value != NULL) add_tag(r, tag->string, (struct import_text){value, strlen(value)}, row);
    }
    return tags;
}

static struct import_text model_of(const struct reading *r)
{
    static const char edition[] = " (Amazon Bedrock Edition)";
    static const enum column resources[] = {RESOURCE_NAME, RESOURCE_ID};
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        const struct import_text model = focus_model_of_resource(field(r, resources[i]));
        if (model.n > 0) return model;
    }
    struct import_text text = focus_model_of_usage_type(field(r, USAGE_TYPE));
    if (text.n > 0) return text;
    text = field(r, SERVICE);
    if (text.n < sizeof edition || !has_part(text, edition)) return (struct import_text){"", 0};
    text.n -= sizeof edition - 1;
    return text;
}

static int is_litellm(const struct reading *r)
{
    return has_part(field(r, TAGS), "\"custom_llm_provider\"") || has_part(field(r, TAGS), "\"model_group\"");
}

static struct import_text key_of(const struct reading *r)
{
    static const enum column ours[] = {X_KEY}, gateway[] = {BILLING_ACCOUNT, SUB_ACCOUNT}, account[] = {SUB_ACCOUNT};
    if (r->at[X_KEY] >= 0) return first_of(r, ours, 1);
    return is_litellm(r) ? first_of(r, gateway, 2) : first_of(r, account, 1);
}

static void take_names(const struct reading *r, struct import_row *row)
{
    static const enum column tiers[] = {SKU_METER, USAGE_TYPE, SKU_ID};
    row->model = model_of(r);
    row->key = key_of(r);
    row->workload = field(r, X_WORKLOAD);
    row->consumer = field(r, X_CONSUMER);
    row->variant = field(r, X_VARIANT);
    row->route = field(r, r->at[X_ROUTE] >= 0 ? X_ROUTE : PROVIDER);
    row->service_tier = field(r, X_TIER);
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0] && r->at[X_TIER] < 0 && row->service_tier.n == 0; i++) {
        const char *tier = focus_tier_of(field(r, tiers[i]));
        row->service_tier = (struct import_text){tier, strlen(tier)};
    }
    add_tag(r, "SubAccountId", field(r, SUB_ACCOUNT), row);
    add_tag(r, "SubAccountName", field(r, SUB_ACCOUNT_NAME), row);
    add_tag(r, "ServiceName", field(r, SERVICE), row);
}

/* ---- rows ---- */

static enum floe_status take_span(const struct reading *r, struct import_row *row)
{
    const int has_start = columns_instant(r->in, r->csv, "ChargePeriodStart", r->at[START], &row->from_at_s, r->fault);
    const int has_end = has_start < 0
                            ? -1
                            : columns_instant(r->in, r->csv, "ChargePeriodEnd", r->at[END], &row->to_at_s, r->fault);
    if (has_start < 0 || has_end < 0) return FLOE_BAD_INPUT;
    if (!has_start || !has_end)
        return import_wrong(r->in, r->fault, r->csv->line, "", "ChargePeriodStart or ChargePeriodEnd is empty");
    if (row->to_at_s > row->from_at_s) return FLOE_OK;
    return import_wrong(r->in, r->fault, r->csv->line, "the end is exclusive: the next hour or day",
                        "ChargePeriodEnd is not after ChargePeriodStart");
}

/* Another service's charge: counted apart. Credits and taxes of no service in particular stay. */
static int is_other_service(const struct reading *r, enum fact_kind kind)
{
    enum fact_kind own;
    const struct import_text category = field(r, SERVICE_CATEGORY);
    if (category.n == 0 || columns_is(category, "AI and Machine Learning") || own_kind(r, &own)) return 0;
    return fact_kinds[kind].family != FACT_FAMILY_CHARGES || !columns_is(category, "Other");
}

static struct focus_state *state_of(struct import *in)
{
    void **state = import_state(in);
    if (*state == NULL) *state = calloc(1, sizeof(struct focus_state));
    return (struct focus_state *)*state;
}

static enum floe_status add_charge(const struct reading *r, enum fact_kind kind, double cost, struct import_row *row)
{
    enum floe_status status = take_span(r, row);
    if (status != FLOE_OK) return status;
    const int has_quantity = fact_kinds[kind].family == FACT_FAMILY_TOKENS ||
                             fact_kinds[kind].family == FACT_FAMILY_BILLED;
    if (has_quantity && !take_quantity(r, kind, row)) return FLOE_BAD_INPUT;
    if (kind == FACT_SPEND && !take_requests(r, row)) return FLOE_BAD_INPUT;
    if (!is(r, X_COST_UNKNOWN, "true")) row->cost_of[kind] = cost;
    row->may_be_negative = cost < 0 || is(r, CLASS, "Correction");
    row->is_cell = r->at[X_CLASS] >= 0;
    take_names(r, row);
    cJSON *tags = read_tags(r, row, &status);
    if (status == FLOE_OK) status = import_add(r->in, row, r->fault);
    cJSON_Delete(tags);
    return status;
}

static enum floe_status read_row(const struct reading *r, struct focus_state *state)
{
    struct import_row row;
    enum fact_kind kind;
    double cost;
    import_row_clear(&row);
    row.line = r->csv->line;
    const int got = number(r, BILLED_COST, &cost);
    if (got < 0) return FLOE_BAD_INPUT;
    if (got == 0)
        return import_wrong(r->in, r->fault, row.line, "FOCUS does not let it be null", "BilledCost is empty");
    enum floe_status status = import_currency(r->in, row.line, field(r, CURRENCY), r->fault);
    if (status == FLOE_OK) status = kind_of(r, cost, &kind);
    if (status != FLOE_OK) return status;
    if (is_other_service(r, kind)) {
        state->others++;
        state->others_usd += cost;
        import_dropped(r->in, row.line, "another service: ServiceCategory is not AI and Machine Learning");
        return FLOE_OK;
    }
    const int is_simulated = is(r, X_SIMULATED, "true");
    state->simulated += is_simulated;
    state->actual += !is_simulated;
    return add_charge(r, kind, cost, &row);
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    struct csv csv;
    struct reading r = {in, &csv, fault, {0}};
    struct focus_state *state = state_of(in);
    int got = stream_csv(stream, &csv, fault);
    if (state == NULL) return FLOE_ENVIRONMENT;
    if (got <= 0) return got < 0 ? FLOE_BAD_INPUT : import_wrong(in, fault, 0, "", "there is no header");
    const int32_t n_fields = csv.n_fields;
    enum floe_status status = columns_find(in, &csv, columns, COLUMNS, r.at, fault);
    while (status == FLOE_OK && (got = stream_csv(stream, &csv, fault)) == 1) {
        if (csv_is_blank(&csv)) continue;
        in->report->rows_read++;
        status = columns_check_width(in, &csv, n_fields, fault);
        if (status == FLOE_OK) status = read_row(&r, state);
    }
    return got < 0 ? FLOE_BAD_INPUT : status;
}

static int knows(const char *head, size_t n)
{
    static const char *const names[] = {"BilledCost", "ChargePeriodStart", "ChargeCategory", NULL};
    return columns_are_in(head, n, names);
}

static enum floe_status end(struct import *in, struct import_fault *fault)
{
    const struct focus_state *state = (const struct focus_state *)*import_state(in);
    (void)fault;
    if (state == NULL) return FLOE_OK;
    if (state->others > 0)
        import_warn(in, "%lld charges of other services were left out: %.2f in all", (long long)state->others,
                    state->others_usd);
    if (state->simulated > 0) import_warn_of_variants(in);
    if (state->simulated > 0 && state->actual > 0)
        import_warn(in, "%lld charges are simulated (x_Simulated) and %lld are not: they are added up",
                    (long long)state->simulated, (long long)state->actual);
    return FLOE_OK;
}

const struct import_format import_focus = {
    "focus", "FOCUS 1.0 to 1.2 CSV: AWS Data Exports, LiteLLM, floe run --focus", 0, knows, read_file, end, NULL};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe reconcile as a user runs it. The invoice is made by Floe itself, from a scenario that differs by what is then to
 * be found; lines of an invoice that no scenario has are added by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "program.h"

static const char scenario[] =
    "floe: 1\n"
    "title: A month of two models\n"
    "time: {start: 2026-03-01T00:00Z, horizon: 31d}\n"
    "prices:\n"
    "  models:\n"
    "    claude-opus-4-6: {input: 5.00 usd/Mtok, output: 25.00 usd/Mtok}\n"
    "    nova-pro: {input: 0.80 usd/Mtok, output: 3.20 usd/Mtok}\n"
    "workloads:\n"
    "  chat: {demand: {tasks: 1000/day, at: '06:00', over: 6h}, tokens: {input: 2000, output: 300},"
    " model: claude-opus-4-6}\n"
    "  match: {demand: {tasks: 3000/day, at: '09:00', over: 1h}, tokens: {input: 700, output: 100},"
    " model: nova-pro}\n"
    "routes: {bedrock: {chain: [{model: from workload}]}}\n";

/* Runs with the words `DIR/` in the arguments replaced by the test's folder. */
static struct program_run run(const char *arguments)
{
    char expanded[2000] = "";
    size_t n = 0;
    for (const char *at = arguments; *at != '\0' && n + 300 < sizeof expanded;)
        if (strncmp(at, "DIR/", 4) == 0) {
            n += (size_t)snprintf(expanded + n, sizeof expanded - n, "%s/", program_folder());
            at += 4;
        } else {
            expanded[n++] = *at++;
            expanded[n] = '\0';
        }
    return program_run(FLOE_BINARY, expanded);
}

static void check_run(const char *arguments, int status, const char *said)
{
    struct program_run r = run(arguments);
    check_at(r.exit_status == status, __FILE__, __LINE__, "%s ends with %d: %s", arguments, r.exit_status, r.err);
    check_at(strstr(r.err, said) != NULL || strstr(r.out, said) != NULL, __FILE__, __LINE__, "%s says:\n%s%s\nwant: %s",
             arguments, r.out, r.err, said);
    program_free(&r);
}

/* The invoice of a scenario that has 3 % more tokens and another output price of one model. */
static void make_invoice(const char *sets)
{
    char arguments[900];
    program_write("month.yaml", scenario);
    snprintf(arguments, sizeof arguments, "run DIR/month.yaml --engine hourly --quiet --focus DIR/invoice.csv %s",
             sets);
    check_run(arguments, 0, "");
}

#define MORE_AND_DEARER                                                                                                \
    "--set workloads.chat.tokens.input=2060 --set workloads.chat.tokens.output=309 "                                   \
    "--set workloads.match.tokens.input=721 --set workloads.match.tokens.output=103 "                                  \
    "--set 'prices.models.claude-opus-4-6.output=27.5 usd/Mtok'"
#define TIE "reconcile DIR/month.yaml --engine hourly --invoice DIR/invoice.csv --month 2026-03"

static cJSON *tie_json(const char *arguments)
{
    char line[900];
    snprintf(line, sizeof line, "%s --quiet --json -", arguments);
    struct program_run r = run(line);
    check_at(r.exit_status == 0, __FILE__, __LINE__, "%s ends with %d: %s", line, r.exit_status, r.err);
    cJSON *json = cJSON_Parse(r.out);
    check(json != NULL);
    program_free(&r);
    return json;
}

static double number(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(json, name);
    check_at(cJSON_IsNumber(item), __FILE__, __LINE__, "no number %s", name);
    return cJSON_IsNumber(item) ? item->valuedouble : -1;
}

/* Dollars a month at list prices. */
#define CALLS_CHAT (31 * 1000.0)
#define CALLS_MATCH (31 * 3000.0)
#define MODEL_USD (CALLS_CHAT * (2000 * 5e-6 + 300 * 25e-6) + CALLS_MATCH * (700 * 8e-7 + 100 * 3.2e-6))

static void more_tokens_and_a_wrong_price_are_named(void)
{
    make_invoice(MORE_AND_DEARER);
    cJSON *json = tie_json(TIE);
    check_rel(number(json, "model_usd"), MODEL_USD, 1e-9);
    check_rel(number(json, "quantity_usd"), 0.03 * MODEL_USD, 1e-6); /* the invoice has nine decimals */
    check_rel(number(json, "price_usd"), CALLS_CHAT * 309 * 2.5e-6, 1e-6);
    check_abs(number(json, "residual_usd"), 0, 1e-6);
    check_abs(number(json, "unknown_usd"), 0, 0);
    cJSON_Delete(json);
    check_run(TIE, 0, "every SKU has 3 % more than the model says");
    check_run(TIE, 0, "claude-opus-4-6 output is billed at $27.50, not $25.00 (+10%)");
    check_run(TIE " --expect", 0, "");
}

static void what_is_learned_ties(void)
{
    make_invoice(MORE_AND_DEARER);
    check_run(TIE " --learn DIR/learned.yaml", 0, "written: ");
    check_run("check DIR/learned.yaml", 0, "evidence: invoice");
    cJSON *json = tie_json("reconcile DIR/learned.yaml --engine hourly --invoice DIR/invoice.csv --month 2026-03");
    check_abs(number(json, "quantity_usd"), 0, 1e-4);
    check_abs(number(json, "price_usd"), 0, 1e-4);
    check_rel(number(json, "model_usd"), number(json, "invoice_usd"), 1e-7);
    cJSON_Delete(json);
}

/* A line of FOCUS under the header that Floe writes: `values` in the order of `columns`, the others empty. */
static void add_focus_line(const char *const (*cells)[2], int n)
{
    size_t bytes;
    char *csv = program_read("invoice.csv", &bytes);
    char *all = (char *)malloc(bytes + 4000);
    memcpy(all, csv, bytes + 1);
    size_t end = bytes;
    for (char *name = csv; *name != '\n' && *name != '\r';) {
        const size_t length = strcspn(name, ",\r\n");
        for (int i = 0; i < n; i++)
            if (strlen(cells[i][0]) == length && strncmp(cells[i][0], name, length) == 0)
                end += (size_t)snprintf(all + end, 200, "%s", cells[i][1]);
        name += length;
        if (*name == ',') name++, all[end++] = ',';
    }
    all[end++] = '\n';
    all[end] = '\0';
    program_write("invoice.csv", all);
    free(all);
    free(csv);
}

#define SAME_OF_ALL                                                                                                    \
    {"BillingPeriodStart", "2026-03-01T00:00:00Z"}, {"BillingPeriodEnd", "2026-04-01T00:00:00Z"},                      \
        {"ChargePeriodStart", "2026-03-01T00:00:00Z"}, {"ChargePeriodEnd", "2026-04-01T00:00:00Z"},                    \
    {                                                                                                                  \
        "BillingCurrency", "USD"                                                                                       \
    }

static void an_unknown_sku_and_a_credit_are_named(void)
{
    static const char *const unknown[][2] = {SAME_OF_ALL,
                                             {"ChargeCategory", "Usage"},
                                             {"ResourceName", "titan-embed-v2"},
                                             {"BilledCost", "61.50"},
                                             {"EffectiveCost", "61.50"},
                                             {"ListCost", "61.50"},
                                             {"ContractedCost", "61.50"}};
    static const char *const credit[][2] = {SAME_OF_ALL,
                                            {"ChargeCategory", "Credit"},
                                            {"BilledCost", "-20.25"},
                                            {"EffectiveCost", "-20.25"},
                                            {"ListCost", "-20.25"},
                                            {"ContractedCost", "-20.25"}};
    make_invoice("");
    add_focus_line(unknown, sizeof unknown / sizeof unknown[0]);
    add_focus_line(credit, sizeof credit / sizeof credit[0]);
    cJSON *json = tie_json(TIE);
    check_rel(number(json, "unknown_usd"), 61.5, 1e-9);
    check_rel(number(json, "credit_usd"), -20.25, 1e-9);
    check_abs(number(json, "quantity_usd"), 0, 1e-4);
    check_abs(number(json, "residual_usd"), 0, 1e-9);
    check_rel(number(json, "invoice_usd"), MODEL_USD + 41.25, 1e-8);
    cJSON_Delete(json);
    check_run(TIE, 0, "titan-embed-v2");
    check_run(TIE " --expect", 4, "more than 5 %");
    check_run(TIE, 0, "NOT TIED");
}

static void wrong_use_is_told(void)
{
    make_invoice("");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv", 2, "--month 2026-03");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-13", 2, "YYYY-MM");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-3", 2, "YYYY-MM");
    check_run("reconcile DIR/month.yaml --month 2026-03", 2, "--invoice");
    check_run("reconcile --invoice DIR/invoice.csv --month 2026-03", 2, "one scenario file");
    check_run("reconcile DIR/month.yaml --invoice DIR/none.csv --month 2026-03", 1, "none.csv");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-02", 1, "has no rows of 2026-02");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-03 --variant x", 2, "no variant 'x'");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-03 --route x", 2, "no route 'x'");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-03 --learn DIR/month.yaml", 2,
              "the scenario itself");
    check_run("reconcile DIR/month.yaml --invoice DIR/month.yaml --month 2026-03", 1, "hint");
    check_run("reconcile DIR/month.yaml --invoice DIR/invoice.csv --month 2026-02", 1, "of 2026-03-01 to 2026-03-31");
    program_write("header.csv", "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory\n");
    check_run("reconcile DIR/month.yaml --invoice DIR/header.csv --month 2026-03", 1, "has no usage at all");
}

static void inputs_are_not_replaced(void)
{
    size_t n, now;
    make_invoice("");
    free(program_read("invoice.csv", &n));
    check_run(TIE " --learn DIR/invoice.csv", 2, "is an input and would be replaced");
    check_run(TIE " --json DIR/invoice.csv", 2, "is an input and would be replaced");
    check_run(TIE " --json DIR/month.yaml", 2, "is an input and would be replaced");
    check_run(TIE " --json DIR/new --learn DIR/new", 2, "is named for two outputs");
    check_run("import DIR/invoice.csv --out DIR/./invoice.csv", 2, "is an input and would be replaced");
    check_run("import DIR/invoice.csv --rules DIR/month.yaml --out DIR/month.yaml", 2, "would be replaced");
    check_run("import DIR/invoice.csv --json - --out -", 2, "only one output can go to standard output");
    check_run("run DIR/month.yaml --engine hourly --json DIR/new --focus DIR/new", 2, "is named for two outputs");
    check_run(TIE " --quiet --json /dev/null --learn /dev/null", 0, "");
    free(program_read("invoice.csv", &now));
    check_i64((int64_t)now, (int64_t)n);
}

static void a_part_of_the_month_is_refused_or_scaled(void)
{
    make_invoice("");
    check_run(TIE " --set time.horizon=20d", 1, "only 20 of the 31 days of 2026-03");
    check_run(TIE " --set time.start=2026-05-01", 1, "nothing of 2026-03");
    check_run(TIE " --set time.horizon=20d --normalize", 0, "multiplied by 1.55");
    check_run(TIE " --set time.horizon=10d --normalize", 0, "model $624.34: $0 (it ties)"); /* x3.1, in doubles */
    cJSON *json = tie_json(TIE " --set time.horizon=20d --normalize");
    check_rel(number(json, "model_usd"), MODEL_USD, 1e-9);
    cJSON_Delete(json);
}

static const struct test tests[] = {
    {"more tokens and a wrong price are named", more_tokens_and_a_wrong_price_are_named, FAST},
    {"what is learned ties", what_is_learned_ties, FAST},
    {"an unknown SKU and a credit are named", an_unknown_sku_and_a_credit_are_named, FAST},
    {"wrong use is told", wrong_use_is_told, FAST},
    {"inputs are not replaced, and two outputs are two files", inputs_are_not_replaced, FAST},
    {"a part of the month is refused, or scaled", a_part_of_the_month_is_refused_or_scaled, FAST},
};
TEST_MAIN("reconcile_verb", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A simulation written in the shape of CloudWatch's get-metric-data, newest first, as AWS prints it, comes back as the
 * same cells of model, hour and class. Two models, one of which is idle in some hours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts_compare.h"
#include "harness.h"
#include "import_maker.h"
#include "plots/write/text.h"
#include "scenario_maker.h"

static const struct {
    const char *metric;
    enum fact_kind kind;
} metrics[] = {
    {"Invocations", FACT_REQUEST}, {"InputTokenCount", FACT_INPUT_UNCACHED}, {"OutputTokenCount", FACT_OUTPUT}};
enum { METRICS = sizeof metrics / sizeof metrics[0], HOURS = 7 };

static int is_exported(const struct fact *fact)
{
    return fact->kind == FACT_REQUEST || fact->kind == FACT_INPUT_UNCACHED || fact->kind == FACT_OUTPUT;
}

/* CloudWatch knows the model alone; no cost. */
static void simulate(struct facts *facts)
{
    struct scenario *s = maker_scenario();
    struct result result;
    struct facts all;
    s->time.horizon_s = HOURS * 3600;
    s->workloads[0].tokens.input = maker_lognormal(800, 4000);
    s->n_workloads = 2;
    s->workloads[1] = s->workloads[0];
    snprintf(s->workloads[1].name, NAME_BYTES, "night");
    snprintf(s->workloads[1].model, NAME_BYTES, "k");
    for (int hour = 2; hour < 5; hour++)
        s->workloads[1].demand.hour_of_day[hour] = 0;
    s->prices.models[s->prices.n_models++] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "k");
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 3), &result);
    facts_init(&all);
    check(facts_of_result(&result, 0, 0, INT64_MIN, INT64_MAX, &all) == FLOE_OK);
    for (int64_t i = 0; i < all.n; i++) {
        struct fact *f = &all.items[i];
        f->workload = f->consumer = f->key = f->route = f->variant = f->service_tier = 0;
        f->unit_price_usd = f->cost_usd = FACT_UNKNOWN;
    }
    facts_filter(&all, is_exported, facts);
    facts_free(&all);
    result_free(&result);
    free(s);
}

/* The points of one metric and model, newest first: instants, or their values. */
static void write_points(const struct facts *facts, const char *model, enum fact_kind kind, int is_values,
                         struct floe_text *text)
{
    int n = 0;
    for (int64_t i = facts->n - 1; i >= 0; i--) {
        const struct fact *f = &facts->items[i];
        if (f->kind != (int32_t)kind || strcmp(facts_text_of(facts, f->model), model) != 0) continue;
        floe_text_add(text, n++ > 0 ? ", " : "");
        if (is_values) {
            floe_text_number(text, f->quantity);
        } else {
            floe_text_add(text, "\"");
            floe_text_instant(text, f->from_at_s);
            floe_text_add(text, "\"");
        }
    }
    check(n > 0);
}

static void a_simulation_comes_back(void)
{
    struct facts want;
    struct floe_text text = {0};
    const struct import_options options = import_no_options();
    simulate(&want);
    facts_sort(&want);
    floe_text_add(&text, "{\"Messages\": [], \"MetricDataResults\": [");
    for (int m = 0; m < 2 * METRICS; m++) {
        const char *model = m % 2 == 0 ? "m" : "k";
        floe_text_printf(&text,
                         "%s{\"Id\": \"q%d\", \"Label\": \"%s %s\", \"StatusCode\": \"Complete\", \"Timestamps\": [",
                         m > 0 ? ",\n" : "", m, metrics[m / 2].metric, model);
        write_points(&want, model, metrics[m / 2].kind, 0, &text);
        floe_text_add(&text, "], \"Values\": [");
        write_points(&want, model, metrics[m / 2].kind, 1, &text);
        floe_text_add(&text, "]}");
    }
    floe_text_add(&text, "]}\n");
    struct imported got = import_text_file(text.bytes, &options);
    check_text(got.fault.what, "");
    check_text(got.report.formats, "cloudwatch");
    check_i64(want.n, METRICS * (HOURS + HOURS - 3));
    check(facts_are_same(&got.facts, &want));
    check(rows_add_up(&got));
    imported_free(&got);
    floe_text_free(&text);
    facts_free(&want);
}

static const struct test tests[] = {{"a simulation comes back", a_simulation_comes_back, FAST}};

TEST_MAIN("cloudwatch_round_trip", tests)

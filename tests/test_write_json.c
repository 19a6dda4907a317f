/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The result JSON against its published schema, against the tables it was written from, and against planted faults. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "json_schema.h"
#include "plots/write/json.h"
#include "write_sample.h"

#define SCHEMA_PATH FLOE_SOURCE_DIR "/docs/results.schema.json"
static const struct sample_shape demo = {
    .n_workloads = 2, .n_routes = 2, .n_windows = 1, .n_hours = 2, .replications = 64};

static const struct sample_shape two_variants = {.n_workloads = 4,
                                                 .n_routes = 2,
                                                 .n_windows = 1,
                                                 .n_hours = 2,
                                                 .replications = 64,
                                                 .n_variants = 2,
                                                 .has_cache = 1,
                                                 .has_consumers = 1,
                                                 .n_blast = 6};

static cJSON *read_schema(void)
{
    static char bytes[1 << 16];
    FILE *file = fopen(SCHEMA_PATH, "r");
    if (file == NULL) return NULL;
    size_t n = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    bytes[n] = '\0';
    return cJSON_ParseWithOpts(bytes, NULL, 1);
}

static char *write_text(const struct result *result)
{
    struct floe_text text = {0};
    check(floe_write_json(result, "run", &text) == FLOE_OK);
    return text.bytes;
}

/* Parsed strictly: nothing may stand behind the document but white space. */
static cJSON *write_and_parse(const struct result *result)
{
    char *text = write_text(result);
    cJSON *document = cJSON_ParseWithOpts(text, NULL, 1);
    check(document != NULL);
    free(text);
    return document;
}

static const cJSON *at(const cJSON *value, const char *path)
{
    char name[64];
    for (size_t n; *path != '\0' && value != NULL; path += n + (path[n] == '/')) {
        n = strcspn(path, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, atoi(name))
                                     : cJSON_GetObjectItemCaseSensitive(value, name);
    }
    return value;
}

static double number_at(const cJSON *value, const char *path)
{
    const cJSON *number = at(value, path);
    check(cJSON_IsNumber(number));
    return cJSON_IsNumber(number) ? number->valuedouble : -1;
}

static const char *text_at(const cJSON *value, const char *path)
{
    const cJSON *text = at(value, path);
    return cJSON_IsString(text) ? text->valuestring : "(no text)";
}

/* ---- the schema ---- */

static void check_obeys(struct sample_shape shape)
{
    struct sample sample;
    char why[400];
    sample_init(&sample, shape);
    sample_warn(&sample.result, "12 ranges held at their median", "workloads.replay.tokens.output");
    cJSON *schema = read_schema(), *document = write_and_parse(&sample.result);
    int holds = json_schema_holds(schema, document, why, sizeof why);
    check_text(why, "");
    check(holds);
    cJSON_Delete(schema);
    cJSON_Delete(document);
    sample_free(&sample);
}

static void outputs_obey_the_schema(void)
{
    check_obeys(demo);
    check_obeys((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 1});
    check_obeys((struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 0, .replications = 3}); /* no calls */
    check_obeys(
        (struct sample_shape){.n_workloads = 7, .n_routes = 4, .n_windows = 3, .n_hours = 5, .replications = 2});
    check_obeys((struct sample_shape){.n_workloads = 2, .n_routes = 1, .n_hours = 2, .replications = 2, .is_free = 1});
    check_obeys(two_variants);
    check_obeys((struct sample_shape){
        .n_workloads = 2, .n_routes = 1, .n_hours = 2, .replications = 1, .n_variants = 16, .n_blast = 1});
}

/* Every class that a row may have, by name. */
static void the_schema_knows_every_usage_class(void)
{
    struct sample sample;
    char why[400];
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 3});
    cJSON *schema = read_schema();
    for (int c = 0; c < USAGE_CLASS_N; c++) {
        sample.result.by_window.rows[0].token_class = usage_class_names[c];
        sample.result.by_window.rows[0].unit = usage_class_units[c];
        cJSON *document = write_and_parse(&sample.result);
        check_at(json_schema_holds(schema, document, why, sizeof why), __FILE__, __LINE__, "%s: %s",
                 usage_class_names[c], why);
        cJSON_Delete(document);
    }
    cJSON_Delete(schema);
    sample_free(&sample);
}

/* What the schema must refuse: each fault is planted in a sound document. */
static void replace(cJSON *document, const char *parent, const char *name, cJSON *with)
{
    cJSON *object = (cJSON *)at(document, parent);
    check(cJSON_ReplaceItemInObjectCaseSensitive(object, name, with));
}

static void drop(cJSON *document, const char *parent, const char *name)
{
    cJSON *object = (cJSON *)at(document, parent);
    check(cJSON_GetObjectItemCaseSensitive(object, name) != NULL);
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
}

static void fault_no_cells(cJSON *d)
{
    drop(d, "", "cells");
}
static void fault_no_metric(cJSON *d)
{
    drop(d, "cells/3", "stale_served");
}
static void fault_no_ledger(cJSON *d)
{
    drop(d, "cells/0/cost_usd", "human");
}
static void fault_no_mean(cJSON *d)
{
    drop(d, "cells/1/tokens/output", "mean");
}
static void fault_bare_number(cJSON *d)
{
    replace(d, "cells/0", "tasks", cJSON_CreateNumber(2385));
}
static void fault_text_for_number(cJSON *d)
{
    replace(d, "usage/2", "unit_price_usd", cJSON_CreateString("2.5e-6"));
}
static void fault_negative_price(cJSON *d)
{
    replace(d, "usage/2", "unit_price_usd", cJSON_CreateNumber(-2.5e-6));
}
static void fault_null_mean_with_n(cJSON *d)
{
    replace(d, "cells/0/lcpr_usd", "mean", cJSON_CreateNull());
}
static void fault_half_replication(cJSON *d)
{
    replace(d, "", "replications", cJSON_CreateNumber(63.5));
}
static void fault_other_schema(cJSON *d)
{
    replace(d, "", "schema", cJSON_CreateString("floe.result/2"));
}
static void fault_unknown_class(cJSON *d)
{
    replace(d, "usage/0", "token_class", cJSON_CreateString("input"));
}
static void fault_unknown_member(cJSON *d)
{
    cJSON_AddNumberToObject((cJSON *)at(d, "cells/0/calls"), "median", 1);
}
static void fault_evidence(cJSON *d)
{
    replace(d, "cells/0/rests_on/0", "evidence", cJSON_CreateString("guessed"));
}

static void fault_no_variants(cJSON *d)
{
    drop(d, "", "variants");
}
static void fault_variant_by_number(cJSON *d)
{
    replace(d, "", "variants", cJSON_CreateIntArray((const int[]){0}, 1));
}
static void fault_no_key(cJSON *d)
{
    replace(d, "usage/0", "key", cJSON_CreateNull());
}
static void fault_no_refreshes(cJSON *d)
{
    drop(d, "cells/2", "refreshes");
}
static void fault_attribution_of_nobody(cJSON *d)
{
    drop(d, "attribution/0", "name");
}
static void fault_bare_cost(cJSON *d)
{
    replace(d, "attribution/1", "cost_usd", cJSON_CreateNumber(233));
}
static void fault_negative_share(cJSON *d)
{
    replace(d, "attribution/1", "cost_share", cJSON_CreateNumber(-0.1));
}
static void fault_half_reader(cJSON *d)
{
    replace(d, "blast_radius/1", "reads_it", cJSON_CreateNumber(1));
}
static void fault_no_difference(cJSON *d)
{
    drop(d, "blast_radius/2", "difference_usd");
}
static void fault_fingerprint_without_route(cJSON *d)
{
    drop(d, "fingerprints/0", "route");
}

static void planted_faults_are_caught(void)
{
    static void (*const faults[])(cJSON *) = {fault_no_cells,
                                              fault_no_metric,
                                              fault_no_ledger,
                                              fault_no_mean,
                                              fault_bare_number,
                                              fault_text_for_number,
                                              fault_negative_price,
                                              fault_null_mean_with_n,
                                              fault_half_replication,
                                              fault_other_schema,
                                              fault_unknown_class,
                                              fault_unknown_member,
                                              fault_evidence,
                                              fault_no_variants,
                                              fault_variant_by_number,
                                              fault_no_key,
                                              fault_no_refreshes,
                                              fault_attribution_of_nobody,
                                              fault_bare_cost,
                                              fault_negative_share,
                                              fault_half_reader,
                                              fault_no_difference,
                                              fault_fingerprint_without_route};
    struct sample sample;
    char why[400];
    sample_init(&sample, two_variants);
    cJSON *schema = read_schema(), *document = write_and_parse(&sample.result);
    check(json_schema_holds(schema, document, why, sizeof why));
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        cJSON *faulty = cJSON_Duplicate(document, 1);
        faults[i](faulty);
        int holds = json_schema_holds(schema, faulty, why, sizeof why);
        check_at(!holds, __FILE__, __LINE__, "fault %zu was not caught", i);
        cJSON_Delete(faulty);
    }
    cJSON_Delete(schema);
    cJSON_Delete(document);
    sample_free(&sample);
}

static void validator_refuses_rules_it_does_not_know(void)
{
    char why[400];
    cJSON *schema = cJSON_Parse("{\"type\": \"string\", \"pattern\": \"^a\"}"), *value = cJSON_CreateString("abc");
    check(!json_schema_holds(schema, value, why, sizeof why));
    check_contains(why, "pattern");
    cJSON_Delete(schema);
    schema = cJSON_Parse("{\"$ref\": \"#/$defs/nothing\"}");
    check(!json_schema_holds(schema, value, why, sizeof why));
    cJSON_Delete(schema);
    cJSON_Delete(value);
}

/* ---- numbers ---- */

static void check_outcome(const cJSON *cell, const char *path, const struct outcome *o)
{
    char member[128];
    const struct {
        const char *name;
        double value;
    } members[] = {{"mean", o->mean}, {"sd", o->sd},   {"mcse", o->mcse}, {"half_95", o->half_95}, {"p05", o->p05},
                   {"p25", o->p25},   {"p50", o->p50}, {"p75", o->p75},   {"p95", o->p95}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        snprintf(member, sizeof member, "%s/%s", path, members[i].name);
        check(number_at(cell, member) == members[i].value);
    }
    snprintf(member, sizeof member, "%s/n", path);
    check(number_at(cell, member) == (double)o->n);
}

static void every_metric_reads_back_bit_for_bit(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.cells[4].outcomes[METRIC_LCPR].mean = 0.1 + 0.2;
    sample.result.cells[4].outcomes[METRIC_LCPR].sd = 4133760.1999999997;
    cJSON *document = write_and_parse(&sample.result);
    for (int64_t i = 0; i < sample.result.n_cells; i++)
        for (int m = 0; m < METRIC_N; m++) {
            char path[96];
            const cJSON *cell = cJSON_GetArrayItem(at(document, "cells"), (int)i);
            snprintf(path, sizeof path, "%s", metric_rows[m].name);
            for (char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot, '.'))
                *dot = '/';
            check_outcome(cell, path, &sample.result.cells[i].outcomes[m]);
        }
    cJSON_Delete(document);
    sample_free(&sample);
}

static void what_is_not_defined_is_null(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.cells[0].outcomes[METRIC_LCPR] = (struct outcome){.mean = NAN, .n = 0};
    sample.result.cells[0].outcomes[METRIC_TASKS] = (struct outcome){.mean = INFINITY, .half_95 = -INFINITY, .n = 3};
    char *text = write_text(&sample.result);
    check(strstr(text, "nan") == NULL && strstr(text, "inf,") == NULL && strstr(text, "inf}") == NULL);
    cJSON *document = cJSON_ParseWithOpts(text, NULL, 1);
    check(cJSON_IsNull(at(document, "cells/0/lcpr_usd/mean")));
    check(number_at(document, "cells/0/lcpr_usd/n") == 0);
    check(at(document, "cells/0/lcpr_usd/sd") == NULL);
    check(cJSON_IsNull(at(document, "cells/0/tasks/mean")));
    check(cJSON_IsNull(at(document, "cells/0/tasks/half_95")));
    cJSON_Delete(document);
    free(text);
    sample_free(&sample);
}

static void one_replication_has_a_mean_only(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 2, .replications = 1});
    cJSON *document = write_and_parse(&sample.result);
    check_i64(cJSON_GetArraySize(at(document, "cells/0/calls")), 2);
    check(number_at(document, "cells/0/calls/n") == 1);
    cJSON_Delete(document);
    sample_free(&sample);
}

static void check_seed(uint64_t seed, const char *want)
{
    struct sample sample;
    sample_init(&sample, demo);
    sample.result.seed = seed;
    char *text = write_text(&sample.result);
    check_contains(text, want);
    free(text);
    sample_free(&sample);
}

static void seeds_keep_all_their_digits(void)
{
    check_seed(0, "\"seed\":\t0,");
    check_seed(UINT64_C(9007199254740992), "\"seed\":\t9007199254740992,");
    check_seed(UINT64_C(9007199254740993), "\"seed\":\t\"9007199254740993\",");
    check_seed(UINT64_MAX, "\"seed\":\t\"18446744073709551615\",");
}

/* ---- members ---- */

static void head_says_what_was_run(void)
{
    struct sample sample;
    struct sample_shape shape = demo;
    shape.has_consumers = 1;
    sample_init(&sample, shape);
    cJSON *d = write_and_parse(&sample.result);
    check_text(text_at(d, "schema"), "floe.result/1");
    check_text(text_at(d, "verb"), "run");
    check_text(text_at(d, "scenario/title"), sample.scenario.title);
    check_text(text_at(d, "start"), "2023-11-16T18:15:46Z");
    check_text(text_at(d, "month"), "calendar");
    check_text(text_at(d, "digest"), "0123456789abcdef");
    check_text(text_at(d, "cells/0/start"), "2023-11-16T18:15:46Z");
    check_text(text_at(d, "cells/0/end"), "2023-11-16T19:15:41Z");
    check(cJSON_IsNull(at(d, "cells/0/feasible")));
    check_text(text_at(d, "usage/0/key"), "one-token");
    check_i64(cJSON_GetArraySize(at(d, "variants")), 1);
    check_text(text_at(d, "variants/0"), "base");
    check_text(text_at(d, "cells/0/variant"), "base");
    check_text(text_at(d, "usage/30/consumer"), "support, \"tier\" two");
    cJSON_Delete(d);
    sample_free(&sample);
}

static void everything_names_its_variant(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    cJSON *d = write_and_parse(&sample.result);
    check_text(text_at(d, "variants/0"), "happened");
    check_text(text_at(d, "variants/1"), "never_cached");
    for (int i = 0; i < sample.result.n_cells; i++)
        check_text(text_at(cJSON_GetArrayItem(at(d, "cells"), i), "variant"),
                   sample.result.variants[sample.result.cells[i].variant]);
    for (int i = 0; i < sample.result.by_window.n; i++)
        check_text(text_at(cJSON_GetArrayItem(at(d, "usage"), i), "variant"),
                   sample.result.variants[sample.result.by_window.rows[i].variant]);
    check_text(text_at(d, "fingerprints/1/variant"), "happened");
    check_text(text_at(d, "fingerprints/3/variant"), "never_cached");
    check_text(text_at(d, "fingerprints/3/route"), "bedrock");
    /* a step is what its own variant bought */
    check_rel(number_at(d, "cells/16/steps/0/cost_usd/mean"), sample.result.cells[16].outcomes[METRIC_COST_TOTAL].mean,
              1e-12);
    cJSON_Delete(d);
    sample_free(&sample);
}

static void attribution_adds_up_to_the_cells(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    cJSON *d = write_and_parse(&sample.result);
    double by_consumer = 0, by_key = 0, whole = 0;
    int n_unknown = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, at(d, "attribution"))
    {
        if (strcmp(text_at(row, "variant"), "never_cached") != 0 || strcmp(text_at(row, "route"), "bedrock") != 0 ||
            strcmp(text_at(row, "window"), "all") != 0)
            continue;
        double usd = number_at(row, "cost_usd/mean");
        if (strcmp(text_at(row, "by"), "consumer") == 0) by_consumer += usd;
        if (strcmp(text_at(row, "by"), "key") == 0) by_key += usd;
        n_unknown += strcmp(text_at(row, "by"), "tag:cost_center") == 0 && strcmp(text_at(row, "name"), "unknown") == 0;
        int n_workloads = cJSON_GetArraySize(at(row, "workloads"));
        check((at(row, "cost_usd/half_95") != NULL) == (n_workloads == 1)); /* the spread of a sum is not known */
    }
    for (int i = 0; i < sample.result.n_cells; i++) {
        const struct result_cell *cell = &sample.result.cells[i];
        if (cell->variant == 1 && cell->route == 1 && cell->span == 0) whole += cell->outcomes[METRIC_COST_TOTAL].mean;
    }
    check_rel(by_consumer, whole, 1e-12);
    check_rel(by_key, whole, 1e-12);
    check_i64(n_unknown, 1);
    cJSON_Delete(d);
    sample_free(&sample);
}

static void the_blast_radius_is_there(void)
{
    struct sample sample;
    sample_init(&sample, two_variants);
    sample.result.blast[1].cost_without_usd = 0;
    cJSON *d = write_and_parse(&sample.result);
    check_i64(cJSON_GetArraySize(at(d, "blast_radius")), 6);
    check_text(text_at(d, "blast_radius/0/setting"), "llm_model");
    check_text(text_at(d, "blast_radius/0/owner"), "ml-platform");
    check_text(text_at(d, "blast_radius/0/workload"), "replay");
    check_text(text_at(d, "blast_radius/0/variant"), "happened");
    check(cJSON_IsTrue(at(d, "blast_radius/0/reads_it")) && cJSON_IsFalse(at(d, "blast_radius/2/reads_it")));
    check(number_at(d, "blast_radius/0/invocations") == 6999);
    check(number_at(d, "blast_radius/0/invocations_without") == 338);
    check_rel(number_at(d, "blast_radius/0/difference_usd"), 172.5586 - 4.9995, 1e-12);
    check_rel(number_at(d, "blast_radius/0/factor"), 172.5586 / 4.9995, 1e-12);
    check(cJSON_IsNull(at(d, "blast_radius/1/factor")));
    cJSON_Delete(d);
    sample_free(&sample);
}

static void fingerprints_stand_by_route_and_are_null_without_events(void)
{
    struct sample sample;
    char all[20];
    sample_init(&sample, demo);
    cJSON *d = write_and_parse(&sample.result);
    snprintf(all, sizeof all, "%016llx", (unsigned long long)result_trajectory(&sample.result).fingerprint);
    check_text(text_at(d, "fingerprint"), all);
    check_text(text_at(d, "fingerprints/1/route"), "bedrock");
    check_text(text_at(d, "fingerprints/1/variant"), "base");
    snprintf(all, sizeof all, "%016llx", (unsigned long long)sample.result.trajectories[1].sum.fingerprint);
    check_text(text_at(d, "fingerprints/1/fingerprint"), all);
    check_rel(cJSON_GetNumberValue(at(d, "fingerprints/1/events")), 64 * 38732 + 64 * 63 / 2, 0);
    cJSON_Delete(d);
    const int32_t n = sample.result.n_trajectories;
    sample.result.n_trajectories = 0;
    d = write_and_parse(&sample.result);
    check(cJSON_IsNull(at(d, "fingerprint")) && cJSON_IsNull(at(d, "fingerprints")));
    cJSON_Delete(d);
    sample.result.n_trajectories = n;
    sample_free(&sample);
}

static void usage_adds_up_to_the_cell(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    cJSON *d = write_and_parse(&sample.result);
    double sum = 0, want = number_at(d, "cells/0/cost_usd/total/mean");
    const cJSON *row;
    cJSON_ArrayForEach(row, at(d, "usage"))
    {
        double cost = number_at(row, "cost_usd/mean");
        check_rel(cost, number_at(row, "quantity/mean") * number_at(row, "unit_price_usd"), 1e-12);
        if (strcmp(text_at(row, "workload"), "replay") == 0 && strcmp(text_at(row, "route"), "openai") == 0 &&
            strcmp(text_at(row, "window"), "all") == 0)
            sum += cost;
    }
    check_rel(sum, want, 1e-12);
    check_rel(number_at(d, "cells/0/steps/0/cost_usd/mean"), want, 1e-12);
    cJSON_Delete(d);
    sample_free(&sample);
}

static void two_models_make_two_steps(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    snprintf(sample.result.by_window.rows[1].model, NAME_BYTES, "second");
    cJSON *d = write_and_parse(&sample.result);
    check_i64(cJSON_GetArraySize(at(d, "cells/0/steps")), 2);
    check_text(text_at(d, "cells/0/steps/1/model"), "second");
    check(number_at(d, "cells/0/steps/1/cost_usd/mean") == sample.result.by_window.rows[1].cost_usd.mean);
    check(at(d, "cells/0/steps/1/calls") == NULL);
    check_rel(number_at(d, "cells/0/steps/0/cost_usd/mean") + number_at(d, "cells/0/steps/1/cost_usd/mean"),
              number_at(d, "cells/0/cost_usd/total/mean"), 1e-12);
    cJSON_Delete(d);
    sample_free(&sample);
}

/* The inputs of cells/i as one text. */
static void rests_of(const cJSON *d, int i, char *to, size_t size)
{
    const cJSON *item;
    size_t n = 0;
    to[0] = '\0';
    cJSON_ArrayForEach(item, at(cJSON_GetArrayItem(at(d, "cells"), i), "rests_on"))
    {
        n += (size_t)snprintf(to + n, size - n, "%s%s%s ", text_at(item, "input"),
                              cJSON_IsTrue(at(item, "assumed")) ? "!" : "",
                              cJSON_IsTrue(at(item, "preset")) ? "*" : "");
    }
}

static void cells_name_the_inputs_they_rest_on(void)
{
    struct sample sample;
    char text[1000];
    sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 2, .replications = 2});
    cJSON *d = write_and_parse(&sample.result);
    rests_of(d, 0, text, sizeof text);
    check_text(text, "time.start workloads.replay.tokens.output routes.openai.call_duration* "
                     "prices.missing_cache_price* prices.models.gpt-4o-2024-11-20.rows.0.input ");
    rests_of(d, 3, text, sizeof text);
    check_text(text, "time.start workloads.fitted.tokens.output! routes.bedrock.call_duration! "
                     "prices.missing_cache_price* ");
    check(cJSON_IsNull(at(d, "cells/0/rests_on/2/evidence")));
    cJSON_Delete(d);
    sample_free(&sample);
}

static void a_switch_and_a_key_are_rested_on(void)
{
    struct sample sample;
    char text[1000];
    sample_init(&sample, (struct sample_shape){
                             .n_workloads = 2, .n_routes = 1, .n_hours = 2, .replications = 2, .has_consumers = 1});
    snprintf(sample.scenario.workloads[1].consumer.key, NAME_BYTES, "own");
    snprintf(sample.inputs.items[1].path, INPUT_PATH_BYTES, "settings.llm_model.value");
    snprintf(sample.inputs.items[2].path, INPUT_PATH_BYTES, "keys.one-token.budget");
    snprintf(sample.inputs.items[8].path, INPUT_PATH_BYTES, "gateway.response_cache.ttl");
    snprintf(sample.result.by_window.rows[1].model, NAME_BYTES, "llama-3.3-70b"); /* after a switch */
    cJSON *d = write_and_parse(&sample.result);
    rests_of(d, 0, text, sizeof text);
    check_text(text, "settings.llm_model.value keys.one-token.budget routes.openai.call_duration* "
                     "gateway.response_cache.ttl* prices.models.gpt-4o-2024-11-20.rows.0.input "
                     "prices.models.llama-3.3-70b.rows.0.input ");
    rests_of(d, 1, text, sizeof text);
    check(strstr(text, "one-token") == NULL && strstr(text, "llama") == NULL);
    cJSON_Delete(d);
    sample_free(&sample);
}

static void prices_of_absent_tokens_do_not_count(void)
{
    struct sample sample;
    char text[1000];
    sample_init(&sample, demo); /* no token was written to the cache for 1 h */
    snprintf(sample.inputs.items[9].path, INPUT_PATH_BYTES, "prices.models.gpt-4o-2024-11-20.rows.0.cache_write_1h");
    snprintf(sample.inputs.items[10].path, INPUT_PATH_BYTES, "prices.models.gpt-4o-2024-11-20.rows.0.cache_read");
    cJSON *d = write_and_parse(&sample.result);
    rests_of(d, 0, text, sizeof text);
    check(strstr(text, "cache_write_1h") == NULL);
    check_contains(text, "rows.0.cache_read");
    cJSON_Delete(d);
    sample_free(&sample);
}

static void dots_in_names_do_not_mislead(void)
{
    struct sample sample;
    char text[1000];
    sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 2, .n_hours = 2, .replications = 2});
    snprintf(sample.scenario.workloads[0].name, NAME_BYTES, "a");
    snprintf(sample.scenario.workloads[1].name, NAME_BYTES, "a.b");
    snprintf(sample.inputs.items[2].path, INPUT_PATH_BYTES, "workloads.a.b.tokens.output");
    snprintf(sample.inputs.items[4].path, INPUT_PATH_BYTES, "workloads.ab.tokens.output");
    cJSON *d = write_and_parse(&sample.result);
    rests_of(d, 0, text, sizeof text);
    check(strstr(text, "workloads") == NULL);
    rests_of(d, 2, text, sizeof text);
    check_contains(text, "workloads.a.b.tokens.output");
    check(strstr(text, "workloads.ab") == NULL);
    cJSON_Delete(d);
    sample_free(&sample);
}

static void hostile_names_stay_text(void)
{
    struct sample sample;
    sample_init(&sample, demo);
    snprintf(sample.scenario.workloads[0].name, NAME_BYTES, "a\"b\\c\n\x01\xE6\x9D\xB1\xFF");
    sample.result.file = "dir/\xC3.yaml";
    cJSON *d = write_and_parse(&sample.result);
    check_text(text_at(d, "cells/0/workload"), "a\"b\\c\n\x01\xE6\x9D\xB1\xEF\xBF\xBD");
    check_text(text_at(d, "scenario/file"), "dir/\xEF\xBF\xBD.yaml");
    cJSON_Delete(d);
    sample_free(&sample);
}

/* ---- out of memory ---- */

static long allocations_left;

static void *scarce_malloc(size_t n)
{
    return allocations_left-- > 0 ? malloc(n) : NULL;
}

/* Every k-th allocation of the builder fails once: a status each time, never a half document, no leak. */
static void running_out_of_memory_is_a_status(void)
{
    struct sample sample;
    cJSON_Hooks scarce = {scarce_malloc, free};
    long k = 0, step = 1;
    enum floe_status status = FLOE_ENVIRONMENT;
    sample_init(&sample, (struct sample_shape){.n_workloads = 1, .n_routes = 1, .n_hours = 1, .replications = 2});
    cJSON_InitHooks(&scarce);
    for (; status != FLOE_OK && k < 100000; k += step) {
        struct floe_text text = {0};
        allocations_left = k;
        status = floe_write_json(&sample.result, "run", &text);
        check(status == FLOE_OK || status == FLOE_ENVIRONMENT);
        check((status == FLOE_OK) == (text.n > 0));
        floe_text_free(&text);
    }
    cJSON_InitHooks(NULL);
    check(status == FLOE_OK);
    check(k > 100);
    sample_free(&sample);
}

static const struct test tests[] = {
    {"outputs obey the schema: small, large, free, without calls", outputs_obey_the_schema, FAST},
    {"the schema knows every usage class", the_schema_knows_every_usage_class, FAST},
    {"the schema catches each planted fault", planted_faults_are_caught, FAST},
    {"the validator refuses a rule that it does not know", validator_refuses_rules_it_does_not_know, FAST},
    {"every metric reads back bit for bit", every_metric_reads_back_bit_for_bit, FAST},
    {"an outcome that is not defined is null, and no NaN gets in", what_is_not_defined_is_null, FAST},
    {"with one replication an outcome has its mean only", one_replication_has_a_mean_only, FAST},
    {"a seed keeps all its digits", seeds_keep_all_their_digits, FAST},
    {"the head says what was run", head_says_what_was_run, FAST},
    {"cells, usage and fingerprints name their variant", everything_names_its_variant, FAST},
    {"attribution adds up to the cells, and unknown stays visible", attribution_adds_up_to_the_cells, FAST},
    {"the blast radius has who, what and by how much", the_blast_radius_is_there, FAST},
    {"fingerprints stand by route, and are null without events",
     fingerprints_stand_by_route_and_are_null_without_events, FAST},
    {"usage rows are quantity x price and add up to their cell", usage_adds_up_to_the_cell, FAST},
    {"a cell that bought two models has two steps", two_models_make_two_steps, FAST},
    {"a cell names the inputs that it rests on, and no others", cells_name_the_inputs_they_rest_on, FAST},
    {"a cell rests on its key, on settings and on the models after a switch", a_switch_and_a_key_are_rested_on, FAST},
    {"a price of tokens that a cell has none of does not count", prices_of_absent_tokens_do_not_count, FAST},
    {"dots in names do not lead to a neighbour's inputs", dots_in_names_do_not_mislead, FAST},
    {"hostile names stay text", hostile_names_stay_text, FAST},
    {"running out of memory is a status, at every allocation", running_out_of_memory_is_a_status, FAST},
};
TEST_MAIN("write_json", tests)

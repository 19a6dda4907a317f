/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose cost: every cut is a partition of the cells, so each adds up to the same cost; and the look-up of a cell against
 * a plain walk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "harness.h"
#include "plots/write/attribution.h"
#include "plots/write/blast.h"
#include "plots/write/csv.h"
#include "plots/write/json.h"
#include "plots/write/report.h"
#include "plots/write/tables.h"
#include "write_sample.h"

static const struct sample_shape shared = {.n_workloads = 7,
                                           .n_routes = 3,
                                           .n_windows = 2,
                                           .n_hours = 3,
                                           .replications = 64,
                                           .n_variants = 3,
                                           .has_cache = 1,
                                           .has_consumers = 1};

static void every_cut_adds_up_to_the_same(void)
{
    struct sample sample;
    struct attribution_group groups[WORKLOADS_MOST];
    sample_init(&sample, shared);
    const struct result *r = &sample.result;
    const struct attribution cuts = attribution_of(r);
    check_i64(cuts.n, 4); /* consumer, key, two tags */
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *at = &r->cells[i];
        if (!attribution_begins(r, i)) continue;
        for (int32_t cut = 0; cut < cuts.n; cut++) {
            double sums[ATTRIBUTION_SUMS] = {0}, want[ATTRIBUTION_SUMS] = {0}, share = 0;
            int32_t n_workloads = 0;
            int32_t n = attribution_groups(&cuts, cut, at->route, at->variant, at->span, groups);
            for (int32_t g = 0; g < n; g++) {
                for (int k = 0; k < ATTRIBUTION_SUMS; k++)
                    sums[k] += groups[g].sums[k].mean;
                share += groups[g].cost_share;
                n_workloads += groups[g].n_workloads;
            }
            for (int64_t c = 0; c < r->n_cells; c++)
                for (int k = 0; k < ATTRIBUTION_SUMS; k++)
                    if (r->cells[c].route == at->route && r->cells[c].variant == at->variant &&
                        r->cells[c].span == at->span)
                        want[k] += r->cells[c].outcomes[attribution_metrics[k]].mean;
            check_i64(n_workloads, 7);
            check_rel(share, 1, 1e-12);
            for (int k = 0; k < ATTRIBUTION_SUMS; k++)
                check_rel(sums[k], want[k], 1e-12);
        }
    }
    sample_free(&sample);
}

static void groups_are_those_of_the_names(void)
{
    struct sample sample;
    struct attribution_group groups[WORKLOADS_MOST];
    sample_init(&sample, shared);
    const struct attribution cuts = attribution_of(&sample.result);
    struct floe_text name = {0};
    attribution_cut_name(&cuts, 2, &name);
    check_text(name.bytes, "tag:cost_center");
    floe_text_free(&name);
    check_i64(attribution_groups(&cuts, ATTRIBUTION_CONSUMER, 0, 0, 0, groups), 5);
    check_text(groups[1].name, "support, \"tier\" two");
    check_i64(groups[1].n_workloads, 3);
    check_i64(groups[1].workloads[2], 5);
    check_i64(attribution_groups(&cuts, ATTRIBUTION_KEY, 0, 0, 0, groups), 1);
    check_text(groups[0].name, "one-token");
    check_i64(attribution_groups(&cuts, 2, 0, 0, 0, groups), 3);
    check_text(groups[1].name, CONSUMER_UNKNOWN); /* workload 1 has no cost center */
    check_i64(attribution_groups(&cuts, 3, 0, 0, 0, groups), 2);
    check_i64(groups[1].n_workloads, 6);
    sample_free(&sample);
}

/* A group of one keeps its interval; the spread of a sum does not follow from its parts. */
static void a_sum_has_a_mean_only(void)
{
    struct sample sample;
    struct attribution_group groups[WORKLOADS_MOST];
    sample_init(&sample, shared);
    const struct attribution cuts = attribution_of(&sample.result);
    (void)attribution_groups(&cuts, ATTRIBUTION_CONSUMER, 0, 0, 0, groups);
    check(groups[2].n_workloads == 1 && groups[2].sums[ATTRIBUTION_COST].half_95 > 0);
    check(groups[1].sums[ATTRIBUTION_COST].half_95 == 0 && groups[1].sums[ATTRIBUTION_COST].sd == 0);
    check(groups[1].sums[ATTRIBUTION_COST].n == 64);
    sample_free(&sample);
}

static void what_is_not_defined_counts_as_nothing(void)
{
    struct sample sample;
    struct attribution_group groups[WORKLOADS_MOST];
    sample_init(
        &sample,
        (struct sample_shape){
            .n_workloads = 4, .n_routes = 1, .n_hours = 1, .replications = 3, .is_free = 1, .has_consumers = 1});
    sample.result.cells[0].outcomes[METRIC_CALLS] = (struct outcome){.mean = NAN};
    sample.result.cells[1].outcomes[METRIC_CALLS] = (struct outcome){.mean = NAN};
    const struct attribution cuts = attribution_of(&sample.result);
    (void)attribution_groups(&cuts, ATTRIBUTION_CONSUMER, 0, 0, 0, groups);
    check(groups[1].sums[ATTRIBUTION_CALLS].mean == sample.result.cells[3].outcomes[METRIC_CALLS].mean);
    check_u64(groups[0].sums[ATTRIBUTION_CALLS].n, 0);
    check(isnan(groups[1].cost_share)); /* a share of nothing */
    sample_free(&sample);
}

static void names_matter_where_there_is_more_than_one_workload(void)
{
    struct sample sample;
    sample_init(&sample, (struct sample_shape){.n_workloads = 2, .n_routes = 1, .n_hours = 1, .replications = 1});
    check(!attribution_is_named(&sample.result) && !attribution_has_consumers(&sample.result));
    snprintf(sample.scenario.workloads[1].consumer.key, NAME_BYTES, "own");
    check(attribution_is_named(&sample.result) && !attribution_has_consumers(&sample.result));
    snprintf(sample.scenario.workloads[1].consumer.name, NAME_BYTES, "%s", sample.scenario.workloads[1].name);
    check(!attribution_has_consumers(&sample.result)); /* its own name says nothing new */
    snprintf(sample.scenario.workloads[1].consumer.name, NAME_BYTES, "ml");
    check(attribution_has_consumers(&sample.result));
    sample.scenario.n_workloads = 1;
    snprintf(sample.scenario.workloads[0].consumer.name, NAME_BYTES, "ml");
    check(!attribution_is_named(&sample.result) && !attribution_has_consumers(&sample.result));
    sample.scenario.n_workloads = 2;
    sample_free(&sample);
}

static const struct result_cell *plain_cell(const struct result *r, int32_t variant, int32_t workload, int32_t route,
                                            int32_t span)
{
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *cell = &r->cells[i];
        if (cell->variant == variant && cell->workload == workload && cell->route == route && cell->span == span)
            return cell;
    }
    return NULL;
}

static void cells_are_found_as_by_a_walk(void)
{
    struct sample sample;
    sample_init(&sample, shared);
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t v = -1; v < 4; v++)
            for (int32_t w = -1; w < 8; w++)
                for (int32_t route = -1; route < 4; route++)
                    for (int32_t span = -1; span < 4; span++)
                        check(table_cell(&sample.result, v, w, route, span) ==
                              plain_cell(&sample.result, v, w, route, span));
        int64_t n = 0; /* and without the cells of a route that was not run */
        for (int64_t i = 0; i < sample.result.n_cells; i++)
            if (sample.result.cells[i].route != 1) sample.result.cells[n++] = sample.result.cells[i];
        sample.result.n_cells = n;
    }
    sample_free(&sample);
}

static void a_cell_names_the_models_it_bought_of(void)
{
    struct sample sample;
    char models[200];
    sample_init(&sample, shared);
    table_models(&sample.result, &sample.result.cells[0], models, sizeof models);
    check_text(models, "gpt-4o-2024-11-20");
    snprintf(sample.result.by_window.rows[2].model, NAME_BYTES, "second");
    table_models(&sample.result, &sample.result.cells[0], models, sizeof models);
    check_text(models, "gpt-4o-2024-11-20, second");
    table_models(&sample.result, &sample.result.cells[0], models, 10);
    check_text(models, "gpt-4o-20");
    sample.result.by_window.n = 0;
    table_models(&sample.result, &sample.result.cells[0], models, sizeof models);
    check_text(models, "gpt-4o-2024-11-20");
    sample_free(&sample);
}

static void rounding_is_no_blast(void)
{
    struct result_blast row = {.cost_usd = 172.56 * (1 + 1e-12), .cost_without_usd = 172.56};
    check(!blast_has_moved(&row));
    row.cost_usd = 172.57;
    check(blast_has_moved(&row));
    row.cost_usd = 172.55;
    check(blast_has_moved(&row));
    row = (struct result_blast){.cost_usd = 1e-9};
    check(blast_has_moved(&row) && isnan(blast_factor(&row)));
    row.cost_usd = 0;
    check(!blast_has_moved(&row));
}

/* ---- a variant with names of its own ---- */

/* The second variant gives each workload its key, the third is as the first. */
static void own_keys(struct sample *sample, struct scenario *own)
{
    *own = sample->scenario;
    for (int32_t w = 0; w < own->n_workloads; w++)
        snprintf(own->workloads[w].consumer.key, NAME_BYTES, "key-%d", (int)w);
    snprintf(sample->result.variants[1], NAME_BYTES, "own_keys");
    sample->result.scenarios[1] = own;
}

static void the_page_has_a_section_of_a_variant_with_other_names(void)
{
    struct sample sample;
    struct scenario *own = malloc(sizeof *own);
    struct floe_text text = {0};
    const struct floe_report_options options = {.repeat_by = "floe run x.yaml"};
    sample_init(&sample, shared);
    check_i64(floe_write_report(&sample.result, &options, &text), FLOE_OK);
    check(strstr(text.bytes, "Whose cost, variant never_cached") == NULL); /* the same names: said once */
    floe_text_free(&text);
    own_keys(&sample, own);
    check_i64(floe_write_report(&sample.result, &options, &text), FLOE_OK);
    const char *first = strstr(text.bytes, "Whose cost, variant happened");
    const char *section = strstr(text.bytes, "Whose cost, variant own_keys");
    if (check(first != NULL && section != NULL && first < section)) {
        check(strstr(first, "one-token") != NULL && strstr(first, "one-token") < section);
        check(strstr(section, "key-6") != NULL && strstr(first, "key-6") > section);
        check(strstr(section, "one-token") == NULL);
    }
    check(strstr(text.bytes, "Whose cost, variant grace") == NULL);
    floe_text_free(&text);
    sample_free(&sample);
    free(own);
}

/* In the JSON and the CSV every row has the key that its workload has in its variant. */
static void rows_carry_the_key_of_their_variant(void)
{
    struct sample sample;
    struct scenario *own = malloc(sizeof *own);
    struct floe_text json = {0}, csv = {0};
    char want[200];
    sample_init(&sample, shared);
    own_keys(&sample, own);
    check_i64(floe_write_json(&sample.result, "run", &json), FLOE_OK);
    cJSON *document = cJSON_Parse(json.bytes);
    const cJSON *row;
    int n = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(document, "usage"))
    {
        const char *workload = cJSON_GetStringValue(cJSON_GetObjectItem(row, "workload"));
        const char *variant = cJSON_GetStringValue(cJSON_GetObjectItem(row, "variant"));
        int w = 0;
        while (strcmp(own->workloads[w].name, workload) != 0)
            w++;
        snprintf(want, sizeof want, "key-%d", w);
        const int is_own = strcmp(variant, "own_keys") == 0;
        check_text(cJSON_GetStringValue(cJSON_GetObjectItem(row, "key")), is_own ? want : "one-token");
        n += is_own;
    }
    check(n > 7);
    cJSON_Delete(document);
    check(floe_csv_files[FLOE_CSV_USAGE].write(&sample.result, &csv) == FLOE_OK);
    check_contains(csv.bytes, ",replay,replay,one-token,openai,happened,");
    check_contains(csv.bytes, ",replay,replay,key-0,openai,own_keys,");
    check(strstr(csv.bytes, ",one-token,openai,own_keys,") == NULL);
    floe_text_free(&json);
    floe_text_free(&csv);
    sample_free(&sample);
    free(own);
}

static const struct test tests[] = {
    {"the page has a section of a variant with other names", the_page_has_a_section_of_a_variant_with_other_names,
     FAST},
    {"rows carry the key of their variant", rows_carry_the_key_of_their_variant, FAST},
    {"every cut adds up to the same calls and cost", every_cut_adds_up_to_the_same, FAST},
    {"groups are those of the names, with unknown among them", groups_are_those_of_the_names, FAST},
    {"a sum has a mean only, one workload keeps its interval", a_sum_has_a_mean_only, FAST},
    {"what is not defined counts as nothing", what_is_not_defined_counts_as_nothing, FAST},
    {"names matter where there is more than one workload", names_matter_where_there_is_more_than_one_workload, FAST},
    {"cells are found as by a plain walk", cells_are_found_as_by_a_walk, FAST},
    {"a cell names the models that it bought of", a_cell_names_the_models_it_bought_of, FAST},
    {"rounding is no blast", rounding_is_no_blast, FAST},
};
TEST_MAIN("write_attribution", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cJSON holds the structure and escapes the strings. Numbers go in as raw text, because cJSON prints some doubles with
 * 15 digits that read back as a neighbour; an outcome goes in raw as a whole, so that it stays on one line. */
#include "plots/write/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/write/attribution.h"
#include "plots/write/blast.h"
#include "plots/write/format.h"
#include "plots/write/rests.h"
#include "plots/write/tables.h"

#define EXACT_BELOW (UINT64_C(1) << 53) /* integers that every reader's double holds exactly */

/* What is being built, and whether memory ran out on the way. */
struct builder {
    const struct result *result;
    struct floe_text raw; /* scratch for one raw value */
    int has_failed;
};

/* ---- members; name NULL: append to an array ---- */

static cJSON *put(struct builder *b, cJSON *into, const char *name, cJSON *item)
{
    int is_in = item != NULL && into != NULL &&
                (name == NULL ? cJSON_AddItemToArray(into, item) : cJSON_AddItemToObject(into, name, item));
    if (is_in) return item;
    cJSON_Delete(item);
    b->has_failed = 1;
    return NULL;
}

static cJSON *put_object(struct builder *b, cJSON *into, const char *name)
{
    return put(b, into, name, cJSON_CreateObject());
}

static cJSON *put_array(struct builder *b, cJSON *into, const char *name)
{
    return put(b, into, name, cJSON_CreateArray());
}

static void put_null(struct builder *b, cJSON *into, const char *name)
{
    put(b, into, name, cJSON_CreateNull());
}

static void put_text(struct builder *b, cJSON *into, const char *name, const char *s)
{
    struct floe_text utf8 = {0};
    floe_text_add(&utf8, "");
    floe_format_utf8(&utf8, s != NULL ? s : "");
    put(b, into, name, utf8.has_failed ? NULL : cJSON_CreateString(utf8.bytes));
    floe_text_free(&utf8);
}

/* What was written to b->raw since raw_begin becomes the value. */
static struct floe_text *raw_begin(struct builder *b)
{
    b->raw.n = 0;
    floe_text_add(&b->raw, "");
    return &b->raw;
}

static void put_raw(struct builder *b, cJSON *into, const char *name)
{
    put(b, into, name, b->raw.has_failed ? NULL : cJSON_CreateRaw(b->raw.bytes));
}

static void raw_number(struct floe_text *raw, double x)
{
    if (isfinite(x))
        floe_text_number(raw, x);
    else
        floe_text_add(raw, "null");
}

static void put_number(struct builder *b, cJSON *into, const char *name, double x)
{
    raw_number(raw_begin(b), x);
    put_raw(b, into, name);
}

static void put_integer(struct builder *b, cJSON *into, const char *name, uint64_t x)
{
    int is_exact = x <= EXACT_BELOW;
    floe_text_printf(raw_begin(b), is_exact ? "%llu" : "\"%llu\"", (unsigned long long)x);
    put_raw(b, into, name);
}

static void put_hex(struct builder *b, cJSON *into, const char *name, uint64_t x)
{
    floe_text_printf(raw_begin(b), "\"%016llx\"", (unsigned long long)x);
    put_raw(b, into, name);
}

static void put_instant(struct builder *b, cJSON *into, const char *name, int64_t at_s)
{
    struct floe_text *raw = raw_begin(b);
    floe_text_add(raw, at_s == INSTANT_ABSENT ? "null" : "\"");
    floe_text_instant(raw, at_s);
    if (at_s != INSTANT_ABSENT) floe_text_add(raw, "\"");
    put_raw(b, into, name);
}

/* ---- outcomes ---- */

static void raw_member(struct floe_text *raw, const char *name, double x)
{
    floe_text_printf(raw, ", \"%s\": ", name);
    raw_number(raw, x);
}

static void raw_mean(struct floe_text *raw, const struct outcome *o)
{
    floe_text_add(raw, "{\"mean\": ");
    raw_number(raw, o->n > 0 ? o->mean : NAN);
    floe_text_printf(raw, ", \"n\": %llu", (unsigned long long)o->n);
}

static void put_outcome(struct builder *b, cJSON *into, const char *name, const struct outcome *o)
{
    struct floe_text *raw = raw_begin(b);
    raw_mean(raw, o);
    if (o->n > 1) {
        raw_member(raw, "sd", o->sd);
        raw_member(raw, "mcse", o->mcse);
        raw_member(raw, "half_95", o->half_95);
        raw_member(raw, "p05", o->p05);
        raw_member(raw, "p25", o->p25);
        raw_member(raw, "p50", o->p50);
        raw_member(raw, "p75", o->p75);
        raw_member(raw, "p95", o->p95);
    }
    floe_text_add(raw, "}");
    put_raw(b, into, name);
}

/* "cost_usd.total" is the member `total` of the object `cost_usd`, which the first such metric makes. */
static void put_metric(struct builder *b, cJSON *cell, const char *name, const struct outcome *o)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL) {
        put_outcome(b, cell, name, o);
        return;
    }
    char group[64] = "";
    size_t n = (size_t)(dot - name) < sizeof group ? (size_t)(dot - name) : sizeof group - 1;
    memcpy(group, name, n);
    cJSON *object = cJSON_GetObjectItemCaseSensitive(cell, group);
    if (object == NULL) object = put_object(b, cell, group);
    put_outcome(b, object, dot + 1, o);
}

/* ---- steps: what a cell bought, by model ---- */

struct step {
    const char *model;
    struct outcome cost_usd;
};
struct steps {
    struct step items[MODELS_MOST];
    int32_t n;
};

static struct step *step_of(struct steps *steps, const char *model)
{
    for (int32_t i = 0; i < steps->n; i++)
        if (strcmp(steps->items[i].model, model) == 0) return &steps->items[i];
    if (steps->n == MODELS_MOST) return NULL;
    struct step *step = &steps->items[steps->n++];
    memset(step, 0, sizeof *step);
    step->model = model;
    return step;
}

/* Means add up; the spread of a sum does not follow from its parts, so a sum has none. */
static void steps_collect(const struct result *result, const struct result_cell *cell, struct steps *steps)
{
    const struct usage_table *usage = &result->by_window;
    steps->n = 0;
    for (int64_t i = 0; i < usage->n; i++) {
        const struct usage_row *row = &usage->rows[i];
        if (!table_is_of(row, cell)) continue;
        struct step *step = step_of(steps, row->model);
        if (step == NULL) continue;
        step->cost_usd.mean += row->cost_usd.mean;
        if (row->cost_usd.n > step->cost_usd.n) step->cost_usd.n = row->cost_usd.n;
    }
}

/* A cell with one model: all its upstream calls and attempts were that step's. */
static void put_step_counts(struct builder *b, cJSON *step, const struct result_cell *cell)
{
    static const struct {
        const char *name;
        enum metric metric;
    } counts[] = {{"calls", METRIC_UPSTREAM},
                  {"attempts", METRIC_ATTEMPTS},
                  {"invocations", METRIC_INVOCATIONS},
                  {"throttles", METRIC_THROTTLES},
                  {"errors", METRIC_ERRORS}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        put_outcome(b, step, counts[i].name, &cell->outcomes[counts[i].metric]);
}

static void put_mean(struct builder *b, cJSON *into, const char *name, const struct outcome *o)
{
    struct floe_text *raw = raw_begin(b);
    raw_mean(raw, o);
    floe_text_add(raw, "}");
    put_raw(b, into, name);
}

static void put_chain(struct builder *b, cJSON *array, const struct result_step *steps, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        cJSON *step = put_object(b, array, NULL);
        if (steps[i].task_step[0] != '\0') put_text(b, step, "task_step", steps[i].task_step);
        put_text(b, step, "model", steps[i].model);
        if (steps[i].region[0] != '\0') put_text(b, step, "region", steps[i].region);
        for (int m = 0; m < STEP_N; m++)
            put_outcome(b, step, step_metric_names[m], &steps[i].outcomes[m]);
    }
}

/* Of a chain of one step its models, which a change may have switched. */
static void put_steps(struct builder *b, cJSON *object, const struct result_cell *cell)
{
    cJSON *array = put_array(b, object, "steps");
    int32_t n;
    const struct result_step *chain = result_steps(b->result, cell, &n);
    if (n > 1) {
        put_chain(b, array, chain, n);
        return;
    }
    struct steps steps;
    steps_collect(b->result, cell, &steps);
    for (int32_t i = 0; i < steps.n; i++) {
        cJSON *step = put_object(b, array, NULL);
        put_text(b, step, "model", steps.items[i].model);
        if (steps.n == 1) {
            put_step_counts(b, step, cell);
            put_outcome(b, step, "cost_usd", &cell->outcomes[METRIC_COST_INFERENCE]);
        } else {
            put_mean(b, step, "cost_usd", &steps.items[i].cost_usd);
        }
    }
}

/* ---- cells ---- */

static void put_rests_on(struct builder *b, cJSON *object, const struct result_cell *cell)
{
    cJSON *array = put_array(b, object, "rests_on");
    const struct inputs *inputs = b->result->inputs;
    const struct rests rests = rests_of(b->result, cell);
    for (int32_t i = 0; inputs != NULL && i < inputs->n; i++) {
        const struct input *input = &inputs->items[i];
        if (!rests_on(&rests, input)) continue;
        cJSON *item = put_object(b, array, NULL);
        put_text(b, item, "input", input->path);
        if (input->evidence == EVIDENCE_NONE)
            put_null(b, item, "evidence");
        else
            put_text(b, item, "evidence", evidence_names[input->evidence]);
        put(b, item, "assumed", cJSON_CreateBool(input->evidence == EVIDENCE_ASSUMED));
        put(b, item, "preset", cJSON_CreateBool(input->is_preset));
    }
}

static void put_doubt(struct builder *b, cJSON *object, uint32_t doubt)
{
    cJSON *array = put_array(b, object, "doubt");
    for (int bit = 0; bit < HOURLY_DOUBTS; bit++) {
        if (!(doubt >> bit & 1u)) continue;
        floe_text_printf(raw_begin(b), "\"%s\"", doubt_rows[bit].name);
        put_raw(b, array, NULL);
    }
}

static void put_cell(struct builder *b, cJSON *array, const struct result_cell *cell)
{
    const struct result *r = b->result;
    const struct result_span *span = &r->spans[cell->span];
    cJSON *object = put_object(b, array, NULL);
    put_text(b, object, "workload", result_workload(r, cell->workload));
    put_text(b, object, "route", result_route(r, cell->route));
    put_text(b, object, "variant", table_variant(r, cell->variant));
    put_text(b, object, "window", span->window);
    put_instant(b, object, "start", span->from_at_s);
    put_instant(b, object, "end", span->to_at_s);
    put_text(b, object, "unit", r->scenario->workloads[cell->workload].unit);
    put_null(b, object, "feasible");
    put_array(b, object, "eliminated_by");
    for (int m = 0; m < METRIC_N; m++)
        put_metric(b, object, metric_rows[m].name, &cell->outcomes[m]);
    put_steps(b, object, cell);
    put_doubt(b, object, cell->doubt);
    put_rests_on(b, object, cell);
    put_hex(b, object, "digest", cell->digest);
}

/* ---- usage ---- */

static void put_usage(struct builder *b, cJSON *array, const struct usage_row *row)
{
    const struct result *r = b->result;
    const struct result_span *span = &r->spans[row->span];
    cJSON *object = put_object(b, array, NULL);
    put_instant(b, object, "start", span->from_at_s);
    put_instant(b, object, "end", span->to_at_s);
    put_text(b, object, "window", span->window);
    put_text(b, object, "workload", result_workload(r, row->workload));
    put_text(b, object, "consumer", result_consumer(r, row->variant, row->workload));
    put_text(b, object, "key", result_key(r, row->variant, row->workload));
    put_text(b, object, "route", result_route(r, row->route));
    put_text(b, object, "variant", table_variant(r, row->variant));
    put_text(b, object, "model", row->model);
    put_text(b, object, "service_tier", row->service_tier);
    put_text(b, object, "token_class", row->token_class);
    put_outcome(b, object, "quantity", &row->quantity);
    put_text(b, object, "unit", row->unit);
    put_number(b, object, "unit_price_usd", row->unit_price_usd);
    put_outcome(b, object, "cost_usd", &row->cost_usd);
}

/* ---- attribution ---- */

static void put_cut(struct builder *b, cJSON *object, const struct attribution *cuts, int32_t cut)
{
    struct floe_text by = {0};
    attribution_cut_name(cuts, cut, &by);
    put_text(b, object, "by", by.bytes);
    b->has_failed |= by.has_failed;
    floe_text_free(&by);
}

static void put_group(struct builder *b, cJSON *object, const struct attribution_group *group)
{
    static const char *const names[ATTRIBUTION_SUMS] = {"calls", "denied", "invocations", "cost_usd"};
    cJSON *workloads = put_array(b, object, "workloads");
    for (int32_t i = 0; i < group->n_workloads; i++)
        put_text(b, workloads, NULL, result_workload(b->result, group->workloads[i]));
    for (int i = 0; i < ATTRIBUTION_SUMS; i++)
        if (group->n_workloads == 1)
            put_outcome(b, object, names[i], &group->sums[i]);
        else
            put_mean(b, object, names[i], &group->sums[i]);
    put_number(b, object, "cost_share", group->cost_share);
}

static void put_groups(struct builder *b, cJSON *array, const struct attribution *cuts, int32_t cut,
                       const struct result_cell *at)
{
    const struct result *r = b->result;
    struct attribution_group groups[WORKLOADS_MOST];
    const int32_t n = attribution_groups(cuts, cut, at->route, at->variant, at->span, groups);
    for (int32_t i = 0; i < n; i++) {
        cJSON *object = put_object(b, array, NULL);
        put_cut(b, object, cuts, cut);
        put_text(b, object, "name", groups[i].name);
        put_text(b, object, "route", result_route(r, at->route));
        put_text(b, object, "variant", table_variant(r, at->variant));
        put_text(b, object, "window", r->spans[at->span].window);
        put_group(b, object, &groups[i]);
    }
}

static void put_attribution(struct builder *b, cJSON *root)
{
    const struct attribution cuts = attribution_of(b->result);
    cJSON *array = put_array(b, root, "attribution");
    for (int32_t cut = 0; cut < cuts.n; cut++)
        for (int64_t i = 0; i < b->result->n_cells; i++)
            if (attribution_begins(b->result, i)) put_groups(b, array, &cuts, cut, &b->result->cells[i]);
}

/* ---- blast radius ---- */

static void put_blast(struct builder *b, cJSON *array, const struct result_blast *row)
{
    const struct result *r = b->result;
    cJSON *object = put_object(b, array, NULL);
    put_text(b, object, "setting", row->setting);
    put_text(b, object, "owner", row->owner);
    put_text(b, object, "workload", result_workload(r, row->workload));
    put_text(b, object, "consumer", result_consumer(r, 0, row->workload));
    put_text(b, object, "route", result_route(r, row->route));
    put_text(b, object, "variant", table_variant(r, 0));
    put(b, object, "reads_it", cJSON_CreateBool(row->is_reader));
    put_number(b, object, "invocations", row->invocations);
    put_number(b, object, "invocations_without", row->invocations_without);
    put_number(b, object, "cost_usd", row->cost_usd);
    put_number(b, object, "cost_without_usd", row->cost_without_usd);
    put_number(b, object, "difference_usd", blast_difference_usd(row));
    put_number(b, object, "factor", blast_factor(row));
}

/* ---- the document ---- */

static void put_scenario(struct builder *b, cJSON *root)
{
    const struct result *r = b->result;
    cJSON *object = put_object(b, root, "scenario");
    put_text(b, object, "file", r->file);
    put_text(b, object, "title", r->scenario->title);
    put_text(b, object, "sha256", r->sha256);
}

static void put_warnings(struct builder *b, cJSON *root)
{
    cJSON *array = put_array(b, root, "warnings");
    for (int32_t i = 0; i < b->result->n_warnings; i++) {
        cJSON *object = put_object(b, array, NULL);
        put_text(b, object, "text", b->result->warnings[i].text);
        put_text(b, object, "key", b->result->warnings[i].key);
    }
}

/* By variant and route; null where the engine has no events. */
static void put_trajectories(struct builder *b, cJSON *root)
{
    const struct result *r = b->result;
    if (r->n_trajectories == 0) {
        put_null(b, root, "fingerprint");
        put_null(b, root, "fingerprints");
        return;
    }
    put_hex(b, root, "fingerprint", result_trajectory(r).fingerprint);
    cJSON *array = put_array(b, root, "fingerprints");
    for (int32_t i = 0; i < r->n_trajectories; i++) {
        cJSON *object = put_object(b, array, NULL);
        put_text(b, object, "route", result_route(r, r->trajectories[i].route));
        put_text(b, object, "variant", table_variant(r, r->trajectories[i].variant));
        put_integer(b, object, "events", r->trajectories[i].sum.events);
        put_hex(b, object, "fingerprint", r->trajectories[i].sum.fingerprint);
    }
}

static void put_head(struct builder *b, cJSON *root, const char *verb)
{
    const struct result *r = b->result;
    put_text(b, root, "schema", FLOE_RESULT_SCHEMA);
    put_text(b, root, "verb", verb);
    put_scenario(b, root);
    put_instant(b, root, "start", r->scenario->time.start_at_s);
    put_number(b, root, "horizon_s", r->scenario->time.horizon_s);
    put_text(b, root, "month", table_month(r));
    put_text(b, root, "engine", r->engine);
    put_text(b, root, "backend", r->backend);
    put_integer(b, root, "math_profile", (uint64_t)r->math_profile);
    put_integer(b, root, "seed", r->seed);
    put_integer(b, root, "replications", r->replications);
    put_hex(b, root, "digest", r->digest);
    cJSON *variants = put_array(b, root, "variants");
    for (int32_t i = 0; i < r->n_variants; i++)
        put_text(b, variants, NULL, table_variant(r, i));
    put_trajectories(b, root);
    put_warnings(b, root);
}

static void put_document(struct builder *b, cJSON *root, const char *verb)
{
    const struct result *r = b->result;
    put_head(b, root, verb);
    cJSON *cells = put_array(b, root, "cells");
    for (int64_t i = 0; i < r->n_cells; i++)
        put_cell(b, cells, &r->cells[i]);
    cJSON *usage = put_array(b, root, "usage");
    for (int64_t i = 0; i < r->by_window.n; i++)
        put_usage(b, usage, &r->by_window.rows[i]);
    put_attribution(b, root);
    cJSON *blast = put_array(b, root, "blast_radius");
    for (int32_t i = 0; i < r->n_blast; i++)
        put_blast(b, blast, &r->blast[i]);
}

enum floe_status floe_write_json(const struct result *result, const char *verb, struct floe_text *out)
{
    struct builder b = {result, {0}, 0};
    cJSON *root = cJSON_CreateObject();
    put_document(&b, root, verb);
    char *printed = b.has_failed ? NULL : cJSON_Print(root);
    if (printed != NULL) {
        floe_text_add(out, printed);
        floe_text_add(out, "\n");
    } else {
        out->has_failed = 1;
    }
    cJSON_free(printed);
    cJSON_Delete(root);
    floe_text_free(&b.raw);
    return floe_text_status(out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/disk.h"
#include "cli/import_files.h"
#include "cli/import_report.h"
#include "cli/scenario_file.h"
#include "cli/study_run.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "models/calendar.h"
#include "plots/write/learn.h"
#include "plots/write/reconcile_page.h"

#define INSTANT_BYTES 32

struct work {
    const struct options *options;
    const struct floe_document *document;
    int32_t variant, route;
    int64_t from_at_s, to_at_s; /* the month */
    struct facts model, invoice;
    double scale;
    struct reconciliation tie;
};

static enum floe_status wrong_usage(const char *what, const char *hint)
{
    fprintf(stderr, "floe: %s\nhint: %s\n", what, hint);
    return FLOE_BAD_USAGE;
}

/* ---- which month, variant, route ---- */

static enum floe_status take_month(struct work *work)
{
    const char *text = work->options->month;
    int year = 0, month = 0, n = 0;
    if (text == NULL || sscanf(text, "%4d-%2d%n", &year, &month, &n) != 2 || n != 7 || text[n] != '\0' || month < 1 ||
        month > 12 || year < CALENDAR_YEAR_FIRST || year > CALENDAR_YEAR_LAST)
        return wrong_usage("reconcile needs --month as YYYY-MM", "--month 2026-03");
    const struct calendar_date first = {year, month, 1};
    work->from_at_s = calendar_at_s(first);
    work->to_at_s = calendar_next_month_start(work->from_at_s);
    return FLOE_OK;
}

static enum floe_status take_variant(struct work *work)
{
    const struct study *study = &work->document->study;
    const char *name = work->options->variant;
    if (name == NULL) return FLOE_OK;
    work->variant = study_variant_find(study, name);
    if (work->variant >= 0) return FLOE_OK;
    fprintf(stderr, "floe: %s has no variant '%s'; it has", work->options->files[0], name);
    for (int32_t v = 0; v < study->n_variants; v++)
        fprintf(stderr, "%s %s", v == 0 ? "" : ",", study->variants[v].name);
    fputc('\n', stderr);
    return FLOE_BAD_USAGE;
}

/* An invoice is of one way to serve: of several routes one must be named. An unknown one is refused by the run. */
static enum floe_status take_route(struct work *work)
{
    const struct scenario *s = &work->document->scenario;
    const char *name = work->options->route;
    if (name == NULL && s->n_routes == 1) return FLOE_OK;
    for (int32_t r = 0; name != NULL && r < s->n_routes; r++)
        if (strcmp(s->routes[r].name, name) == 0) work->route = r;
    if (name != NULL) return FLOE_OK;
    fprintf(stderr, "floe: %s has %d routes, and an invoice is of one of them\nhint: --route %s\n",
            work->options->files[0], (int)s->n_routes, s->routes[0].name);
    return FLOE_BAD_USAGE;
}

/* ---- the model's side ---- */

static void show_day(int64_t at_s, char to[INSTANT_BYTES])
{
    const struct calendar_date date = calendar_date_at(at_s);
    snprintf(to, INSTANT_BYTES, "%04d-%02d-%02d", (int)date.year, (int)date.month, (int)date.day);
}

static enum floe_status check_coverage(struct work *work, const struct result_span *measured)
{
    char from[INSTANT_BYTES], to[INSTANT_BYTES];
    const int64_t low = measured->from_at_s > work->from_at_s ? measured->from_at_s : work->from_at_s;
    const int64_t high = measured->to_at_s < work->to_at_s ? measured->to_at_s : work->to_at_s;
    show_day(measured->from_at_s, from);
    show_day(measured->to_at_s, to);
    if (low >= high) {
        fprintf(stderr, "floe: %s: measures %s to %s, and nothing of %s\nhint: --month of that time, or time.start\n",
                work->options->files[0], from, to, work->options->month);
        return FLOE_BAD_INPUT;
    }
    if (high - low == work->to_at_s - work->from_at_s) return FLOE_OK;
    if (!work->options->is_normalize) {
        fprintf(stderr,
                "floe: %s: measures %s to %s: only %.4g of the %.4g days of %s\n"
                "hint: a longer time.horizon, or --normalize to scale what is measured to the month\n",
                work->options->files[0], from, to, (double)(high - low) / S_PER_DAY,
                (double)(work->to_at_s - work->from_at_s) / S_PER_DAY, work->options->month);
        return FLOE_BAD_INPUT;
    }
    work->scale = (double)(work->to_at_s - work->from_at_s) / (double)(high - low);
    return FLOE_OK;
}

static enum floe_status simulate(struct work *work)
{
    struct result result;
    enum floe_status status = study_run(work->options, work->options->files[0], work->document, NULL, 0, &result);
    if (status != FLOE_OK) return status;
    status = check_coverage(work, &result.spans[0]);
    if (status == FLOE_OK)
        status = facts_of_result(&result, work->variant, work->route, work->from_at_s, work->to_at_s, &work->model);
    for (int64_t i = 0; i < work->model.n; i++) {
        work->model.items[i].quantity *= work->scale;
        if (fact_has(work->model.items[i].cost_usd)) work->model.items[i].cost_usd *= work->scale;
    }
    result_free(&result);
    return status;
}

/* ---- the invoice's side ---- */

static enum floe_status keep_month(struct work *work, const struct facts *all)
{
    char from[INSTANT_BYTES], to[INSTANT_BYTES];
    int64_t from_at_s, to_at_s;
    for (int64_t i = 0; i < all->n; i++) {
        struct fact fact = all->items[i];
        const char *model = facts_text_of(all, fact.model);
        if (fact.from_at_s < work->from_at_s || fact.from_at_s >= work->to_at_s) continue;
        fact.workload = fact.consumer = fact.key = fact.route = fact.variant = fact.service_tier = 0;
        fact.from_at_s = work->from_at_s;
        fact.to_at_s = work->to_at_s;
        fact.model = facts_text(&work->invoice, model, strlen(model));
        const enum floe_status status = fact.model < 0 ? FLOE_ENVIRONMENT : facts_add(&work->invoice, &fact);
        if (status != FLOE_OK) return status;
    }
    if (work->invoice.n > 0) return FLOE_OK;
    if (all->n == 0) {
        fprintf(stderr,
                "floe: %s has no usage at all\nhint: floe import %s says what was read, and why nothing was kept\n",
                work->options->invoices[0], work->options->invoices[0]);
        return FLOE_BAD_INPUT;
    }
    facts_span(all, &from_at_s, &to_at_s);
    show_day(from_at_s, from);
    show_day(to_at_s - 1, to);
    fprintf(stderr, "floe: %s has no rows of %s; its rows are of %s to %s\n", work->options->invoices[0],
            work->options->month, from, to);
    return FLOE_BAD_INPUT;
}

static void say_report(const struct import_report *report)
{
    struct floe_text text = {0};
    import_report_text(report, &text);
    if (text.n > 0) fputs(text.bytes, stderr);
    floe_text_free(&text);
}

static enum floe_status read_invoice(struct work *work)
{
    struct import_report report;
    struct facts all;
    memset(&report, 0, sizeof report);
    facts_init(&all);
    enum floe_status status = import_files(work->options, work->options->invoices, work->options->n_invoices, &all,
                                           &report);
    if (status == FLOE_OK && report.currency[0] != '\0' && strcmp(report.currency, "USD") != 0) {
        fprintf(stderr, "floe: %s is in %s; a scenario's prices are in USD\n", work->options->invoices[0],
                report.currency);
        status = FLOE_BAD_INPUT;
    }
    if (status == FLOE_OK) status = keep_month(work, &all);
    if (status == FLOE_OK && !work->options->is_quiet) say_report(&report);
    facts_free(&all);
    return status;
}

/* ---- output ---- */

static enum floe_status write_text(const char *path, enum floe_status status, struct floe_text *text)
{
    if (status == FLOE_OK) status = disk_write(path, text->bytes, text->n);
    floe_text_free(text);
    return status;
}

/* The scenario as the fragment finds it: from its own folder, "../" for each folder that it lies in; the whole path where
 * a name goes up or begins at the root. */
static void base_of(const char *scenario, const char *fragment, char base[DISK_PATH_BYTES])
{
    size_t n = 0;
    base[0] = '\0';
    if (scenario[0] == '/' || fragment[0] == '/' || strstr(scenario, "..") != NULL || strstr(fragment, "..") != NULL) {
        char *whole = realpath(scenario, NULL);
        snprintf(base, DISK_PATH_BYTES, "%s", whole != NULL ? whole : scenario);
        free(whole);
        return;
    }
    for (const char *at = strchr(fragment, '/'); at != NULL && n + 4 < DISK_PATH_BYTES; at = strchr(at + 1, '/'))
        n += (size_t)snprintf(base + n, DISK_PATH_BYTES - n, "../");
    snprintf(base + n, DISK_PATH_BYTES - n, "%s", scenario);
}

static enum floe_status write_learned(const struct work *work)
{
    char base[DISK_PATH_BYTES];
    struct floe_text text = {0};
    const struct timeline timeline = timeline_of_variant(&work->document->study, work->variant);
    const int32_t phase = timeline_phase_at(&timeline, work->to_at_s - 1);
    base_of(work->options->files[0], work->options->learn, base);
    const struct learn_about about = {base, work->options->invoices[0], work->to_at_s};
    const enum floe_status status = floe_write_learned(&work->tie, &work->model, timeline.phases[phase], &about, &text);
    return write_text(work->options->learn, status, &text);
}

static void write_command(const struct options *o, struct floe_text *text)
{
    command_word(text, o->program);
    command_word(text, "reconcile");
    command_word(text, o->files[0]);
    for (int i = 0; i < o->n_invoices; i++)
        command_word(text, "--invoice"), command_word(text, o->invoices[i]);
    command_word(text, "--month"), command_word(text, o->month);
    if (o->variant != NULL) command_word(text, "--variant"), command_word(text, o->variant);
    if (o->route != NULL) command_word(text, "--route"), command_word(text, o->route);
    if (o->is_normalize) command_word(text, "--normalize");
    for (int i = 0; i < o->n_sets; i++)
        command_word(text, "--set"), command_word(text, o->sets[i]);
    if (o->engine == ENGINE_HOURLY)
        floe_text_add(text, " --engine hourly");
    else
        command_number(text, "--replications", o->replications);
    command_number(text, "--seed", o->seed);
}

static enum floe_status write_all(const struct work *work)
{
    const struct options *o = work->options;
    struct floe_text command = {0}, text = {0};
    enum floe_status status = FLOE_OK;
    write_command(o, &command);
    const struct reconcile_about about = {.scenario = o->files[0],
                                          .invoice = o->invoices[0],
                                          .variant = work->document->study.variants[work->variant].name,
                                          .route = work->document->scenario.routes[work->route].name,
                                          .from_at_s = work->from_at_s,
                                          .to_at_s = work->to_at_s,
                                          .scale = work->scale,
                                          .repeat_by = command.bytes,
                                          .learned = o->learn,
                                          .is_coloured = terminal_has_colour()};
    if (o->learn != NULL) status = write_learned(work);
    if (status == FLOE_OK && !o->is_quiet && (o->json == NULL || strcmp(o->json, "-") != 0))
        status = write_text("-", floe_write_reconcile(&work->tie, &about, &text), &text);
    if (status == FLOE_OK && o->json != NULL)
        status = write_text(o->json, floe_write_reconcile_json(&work->tie, &about, &text), &text);
    floe_text_free(&command);
    return status;
}

static enum floe_status check_files(const struct options *o)
{
    if (o->n_invoices == 0) return wrong_usage("reconcile needs --invoice FILE", "--invoice focus.csv --month 2026-03");
    if (o->learn != NULL && disk_is_same(o->learn, o->files[0]))
        return wrong_usage("--learn names the scenario itself", "--learn learned.yaml: it extends the scenario");
    const char *const outputs[] = {o->learn, o->json};
    const char *inputs[ARGUMENTS_MOST + 3] = {o->files[0], o->rules, o->prices};
    memcpy(inputs + 3, o->invoices, sizeof o->invoices);
    return disk_check_outputs(outputs, 2, inputs, ARGUMENTS_MOST + 3);
}

static enum floe_status tie(struct work *work)
{
    enum floe_status status = take_variant(work);
    if (status == FLOE_OK) status = take_route(work);
    if (status == FLOE_OK) status = read_invoice(work);
    if (status == FLOE_OK) status = simulate(work);
    if (status == FLOE_OK) status = reconcile(&work->model, &work->invoice, &work->tie);
    if (status != FLOE_OK) return status;
    status = write_all(work);
    if (status == FLOE_OK && work->options->is_expect &&
        reconcile_unexplained_share(&work->tie) > RECONCILE_SHARE_MOST) {
        fprintf(stderr, "floe: %.1f %% of the invoice is residual or unknown, more than %.0f %%\n",
                100 * reconcile_unexplained_share(&work->tie), 100 * RECONCILE_SHARE_MOST);
        status = FLOE_CHECK_FAILED;
    }
    reconcile_free(&work->tie);
    return status;
}

enum floe_status verb_reconcile(const struct options *options)
{
    struct floe_document *document;
    struct work work = {.options = options, .scale = 1};
    enum floe_status status = take_month(&work);
    if (status != FLOE_OK) return status;
    status = scenario_file_read(options, "reconcile", &document);
    if (status != FLOE_OK) return status;
    work.document = document;
    facts_init(&work.model);
    facts_init(&work.invoice);
    status = check_files(options);
    if (status == FLOE_OK) status = tie(&work);
    facts_free(&work.model);
    facts_free(&work.invoice);
    floe_document_free(document);
    return status;
}

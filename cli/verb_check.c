/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/disk.h"
#include "cli/scenario_file.h"
#include "cli/verbs.h"
#include "models/plan.h"

/* Traces by their full names, so that the print can be kept in any folder. */
static void name_in_full(char file[PATH_BYTES])
{
    char *full = file[0] != '\0' ? realpath(file, NULL) : NULL;
    if (full != NULL && strlen(full) < PATH_BYTES) memcpy(file, full, strlen(full) + 1);
    free(full);
}

static void name_traces_in_full(struct floe_document *document)
{
    struct scenario *scenario = &document->study.scenarios[0]; /* what is printed */
    for (int32_t w = 0; w < scenario->n_workloads; w++) {
        name_in_full(scenario->workloads[w].demand.trace.file);
        name_in_full(scenario->workloads[w].tokens.trace.file);
    }
}

static void say_warnings(const struct floe_document *document)
{
    char *text;
    size_t n;
    if (document->messages.n == 0 || floe_messages_text(&document->messages, &text, &n) != FLOE_OK) return;
    fwrite(text, 1, n, stderr);
    free(text);
}

/* What a run would refuse for its size is refused here already. */
static enum floe_status check_plan(const struct floe_document *document, int32_t variant, const char *file)
{
    struct plan_fault fault = {"", ""};
    struct plan *plan = NULL;
    const struct timeline timeline = timeline_of_variant(&document->study, variant);
    enum floe_status status = plan_make(&timeline, &document->traces, &plan, &fault);
    if (status == FLOE_OK) status = plan_check_capacity(plan, &timeline, &fault);
    plan_free(plan);
    if (status == FLOE_OK) return FLOE_OK;
    fprintf(stderr, "floe: %s: %s\n", file, fault.what);
    if (fault.key[0] != '\0') fprintf(stderr, "hint: see the key %s\n", fault.key);
    return status == FLOE_FULL ? FLOE_BAD_INPUT : status;
}

static enum floe_status check_plans(const struct floe_document *document, const char *file)
{
    enum floe_status status = FLOE_OK;
    for (int32_t v = 0; v < document->study.n_variants && status == FLOE_OK; v++)
        status = check_plan(document, v, file);
    return status;
}

enum floe_status verb_check(const struct options *options)
{
    struct floe_document *document;
    char *text;
    size_t n;
    enum floe_status status = scenario_file_read(options, "check", &document);
    if (status != FLOE_OK) return status;
    say_warnings(document);
    status = check_plans(document, options->files[0]);
    if (status == FLOE_OK && !options->is_quiet) {
        name_traces_in_full(document);
        status = floe_document_print(document, &text, &n);
        if (status == FLOE_OK) {
            status = disk_write("-", text, n);
            free(text);
        }
    }
    floe_document_free(document);
    return status;
}

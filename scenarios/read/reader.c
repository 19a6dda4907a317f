/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/book.h"
#include "scenarios/read/digest.h"
#include "scenarios/read/fill.h"
#include "scenarios/read/links.h"
#include "scenarios/read/load.h"
#include "scenarios/read/set.h"
#include "scenarios/read/trace_csv.h"

struct steps {
    struct reading reading;
    struct floe_document *document;
    struct places places;
    struct settings settings;
    struct setting_uses uses;
    struct trace_ref refs[2 * WORKLOADS_MOST]; /* as they are written */
    const struct node *book_models;
    int32_t has_no_book;
    enum floe_status file_status; /* of the scenario file itself */
};

static int has_errors(const struct steps *s)
{
    return s->document->messages.n_errors > 0 || s->reading.has_no_memory;
}

static struct node *apply_sets(struct steps *s, struct node *root, const char *const *sets, int n, int about_models)
{
    struct node *last = root;
    for (int i = 0; i < n; i++) {
        if (set_is_about_models(sets[i]) != about_models) continue;
        struct node *next = set_apply(&s->reading, last, sets[i]);
        if (next != NULL) last = next; /* else told: go on for the errors of the others */
    }
    return last;
}

static struct node *with_prices(struct steps *s, struct node *root)
{
    if (tree_find(tree_find(root, "prices"), "book") == NULL) return root;
    struct model_names *used = (struct model_names *)calloc(1, sizeof *used);
    struct node *grafted = NULL;
    if (used == NULL) reading_no_memory(&s->reading);
    if (used != NULL && study_used_models(&s->reading, root, used))
        grafted = book_graft(&s->reading, root, used, &s->book_models);
    free(used);
    s->has_no_book = grafted == NULL;
    return grafted == NULL ? root : grafted;
}

/* Is it a range that the scenario itself has, too? */
static int is_known_range(const struct floe_document *d, const struct study_input *other, int32_t before)
{
    for (int32_t i = 0; i < d->inputs.n; i++)
        if (d->inputs.items[i].law != LAW_POINT && strcmp(d->inputs.items[i].path, other->input.path) == 0) return 1;
    for (int32_t i = 0; i < before; i++)
        if (d->study_inputs.items[i].input.law != LAW_POINT &&
            strcmp(d->study_inputs.items[i].input.path, other->input.path) == 0)
            return 1;
    return 0;
}

struct ranges {
    char hint[MESSAGE_BYTES];
    size_t n_hint;
    const struct input *first;
    int32_t n;
};

static void add_range(struct ranges *r, const struct input *input)
{
    if (r->n++ == 0) r->first = input;
    if (r->n_hint < sizeof r->hint)
        r->n_hint += (size_t)snprintf(r->hint + r->n_hint, sizeof r->hint - r->n_hint, "%s%s",
                                      r->n > 1 ? ", " : "ranges: ", input->path);
}

static void warn_of_ranges(struct steps *s)
{
    struct floe_document *d = s->document;
    struct ranges r = {"", 0, NULL, 0};
    for (int32_t i = 0; i < d->inputs.n; i++)
        if (d->inputs.items[i].law != LAW_POINT) add_range(&r, &d->inputs.items[i]);
    for (int32_t i = 0; i < d->study_inputs.n; i++) {
        const struct study_input *other = &d->study_inputs.items[i];
        if (other->input.law != LAW_POINT && !is_known_range(d, other, i)) add_range(&r, &other->input);
    }
    d->n_ranges = r.n;
    if (r.n_hint >= sizeof r.hint) memcpy(r.hint + sizeof r.hint - 4, "...", 4);
    if (r.n > 0)
        reading_warning(&s->reading, (struct mark){r.first->file, 0, 0}, r.first->path, r.hint,
                        r.n == 1 ? "%d range held at its median; the cost at the median understates the mean cost"
                                 : "%d ranges held at their median; the cost at the medians understates the mean cost",
                        (int)r.n);
}

static void keep_refs(struct steps *s)
{
    for (int32_t i = 0; i < s->document->scenario.n_workloads; i++) {
        s->refs[2 * i] = s->document->scenario.workloads[i].demand.trace;
        s->refs[2 * i + 1] = s->document->scenario.workloads[i].tokens.trace;
    }
}

/* What lies between rows, and between the phases. It is looked at even if rows are wrong, so that one round shows all
 * there is to mend. */
static void check_links(struct steps *s, struct node *root)
{
    struct floe_document *d = s->document;
    const struct links links = {&s->reading,    &d->scenario,   &d->inputs, &s->places,
                                s->book_models, s->has_no_book, &d->traces};
    const struct study_base base = {&s->reading, root,         &d->scenario, &d->inputs,
                                    s->refs,     &s->settings, &s->uses,     &links};
    links_check(&links);
    keep_refs(s);
    links_read_traces(&links);
    study_read(&base, &d->study, &d->study_inputs);
    expect_rows_read(&s->reading, root, &d->scenario, &d->study, &d->expects, &d->lesson);
}

static void keep_study(struct steps *s, const struct node *root)
{
    struct floe_document *d = s->document;
    struct wording text = {0};
    study_print(root, &d->study, &text);
    if (text.n > 0 && wording_finish(&text, &d->study_text, NULL) != FLOE_OK) reading_no_memory(&s->reading);
    d->scenario = d->study.scenarios[d->study.variants[0].phases[0].scenario];
}

static void read_document(struct steps *s, const char *name, const char *const *sets, int n_sets)
{
    struct floe_document *d = s->document;
    struct node *root = load_scenario(&s->reading, name, d->sha256, &s->file_status);
    snprintf(d->name, sizeof d->name, "%s", reading_name(&s->reading, 0));
    if (root == NULL) return;
    root = apply_sets(s, root, sets, n_sets, 0);
    root = study_mark(&s->reading, root);
    if (root == NULL) return;
    root = with_prices(s, root);
    if (!s->has_no_book) root = apply_sets(s, root, sets, n_sets, 1);
    s->settings.uses = &s->uses;
    settings_read(&s->reading, root, &s->settings);
    fill_scenario(&s->reading, root, &s->settings, &d->scenario, &d->inputs, &s->places);
    links_clear(&d->scenario);
    check_links(s, root);
    if (has_errors(s)) return;
    warn_of_ranges(s);
    keep_study(s, root);
    if (floe_study_digest(&d->study, &d->digest) != FLOE_OK) reading_no_memory(&s->reading);
}

static void free_contents(struct floe_document *d)
{
    for (int32_t i = 0; i < d->traces.n; i++)
        floe_trace_free(&d->traces.items[i]);
    free(d->inputs.items);
    free(d->expects.items);
    free(d->study_text);
    d->study_text = NULL;
    study_free(&d->study, &d->study_inputs);
    memset(&d->scenario, 0, sizeof d->scenario);
    memset(&d->inputs, 0, sizeof d->inputs);
    memset(&d->traces, 0, sizeof d->traces);
    memset(&d->expects, 0, sizeof d->expects);
    memset(&d->lesson, 0, sizeof d->lesson);
    d->n_ranges = 0;
    d->digest = 0;
}

static enum floe_status finish(struct steps *s)
{
    struct floe_document *d = s->document;
    if (s->reading.has_no_memory) reading_error(&s->reading, (struct mark){0, 0, 0}, "", "", "out of memory");
    floe_messages_sort(&d->messages);
    d->files = s->reading.names;
    d->n_files = s->reading.n_names;
    arena_free(&s->reading.arena);
    free(s->places.items);
    free(s->uses.items);
    free(s->reading.told);
    if (d->messages.n_errors == 0) return FLOE_OK;
    free_contents(d);
    if (s->reading.has_no_memory) return FLOE_ENVIRONMENT;
    return s->file_status == FLOE_OK ? FLOE_BAD_INPUT : s->file_status;
}

enum floe_status floe_document_read(const struct floe_files *files, const char *name, const char *const *sets,
                                    int n_sets, struct floe_document **out)
{
    struct steps steps;
    memset(&steps, 0, sizeof steps);
    *out = (struct floe_document *)calloc(1, sizeof **out);
    if (*out == NULL) return FLOE_ENVIRONMENT;
    steps.document = *out;
    steps.reading.files = files;
    steps.reading.messages = &(*out)->messages;
    read_document(&steps, name, sets, n_sets);
    return finish(&steps);
}

void floe_document_free(struct floe_document *document)
{
    if (document == NULL) return;
    free_contents(document);
    floe_messages_free(&document->messages);
    free(document->files);
    free(document);
}

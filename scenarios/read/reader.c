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
    const struct node *book_models;
    int32_t has_no_book;
    enum floe_status file_status; /* of the scenario file itself */
};

static int has_errors(const struct steps *s)
{
    return s->document->messages.n_errors > 0 || s->reading.has_no_memory;
}

/* The models that the tree asks for: read it once into a scenario to be thrown away, telling nothing. */
static int find_used_models(struct steps *s, const struct node *root, struct model_names *used)
{
    struct floe_messages silence = {0}, *const messages = s->reading.messages;
    struct inputs inputs = {0};
    struct places places = {0};
    struct scenario *scratch = (struct scenario *)calloc(1, sizeof *scratch);
    if (scratch == NULL) return reading_no_memory(&s->reading);
    s->reading.messages = &silence;
    fill_scenario(&s->reading, root, scratch, &inputs, &places);
    s->reading.messages = messages;
    book_used_models(scratch, used);
    free(inputs.items);
    free(places.items);
    floe_messages_free(&silence);
    free(scratch);
    return 1;
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
    struct model_names *used = (struct model_names *)calloc(1, sizeof *used);
    struct node *grafted = NULL;
    if (used == NULL) reading_no_memory(&s->reading);
    if (used != NULL && find_used_models(s, root, used)) grafted = book_graft(&s->reading, root, used, &s->book_models);
    free(used);
    s->has_no_book = grafted == NULL;
    return grafted == NULL ? root : grafted;
}

static void warn_of_ranges(struct steps *s)
{
    struct floe_document *d = s->document;
    char hint[MESSAGE_BYTES];
    size_t n = (size_t)snprintf(hint, sizeof hint, "ranges: ");
    struct mark first = NO_MARK;
    const char *key = "";
    for (int32_t i = 0; i < d->inputs.n; i++) {
        const struct input *input = &d->inputs.items[i];
        if (input->law == LAW_POINT) continue;
        if (d->n_ranges++ == 0) first = (struct mark){input->file, 0, 0}, key = input->path;
        if (n < sizeof hint)
            n += (size_t)snprintf(hint + n, sizeof hint - n, "%s%s", d->n_ranges > 1 ? ", " : "", input->path);
    }
    if (n >= sizeof hint) memcpy(hint + sizeof hint - 4, "...", 4);
    if (d->n_ranges > 0)
        reading_warning(&s->reading, first, key, hint,
                        d->n_ranges == 1
                            ? "%d range held at its median; the cost at the median understates the mean cost"
                            : "%d ranges held at their median; the cost at the medians understates the mean cost",
                        (int)d->n_ranges);
}

/* What lies between rows. It is looked at even if rows are wrong, so that one round shows all there is to mend. */
static void check_links(struct steps *s, const struct node *root)
{
    struct floe_document *d = s->document;
    const struct links links = {&s->reading,    &d->scenario,   &d->inputs, &s->places,
                                s->book_models, s->has_no_book, &d->traces};
    links_check(&links);
    links_read_traces(&links);
    expect_rows_read(&s->reading, root, &d->scenario, &d->expects, &d->lesson);
}

static void read_document(struct steps *s, const char *name, const char *const *sets, int n_sets)
{
    struct floe_document *d = s->document;
    struct node *root = load_scenario(&s->reading, name, d->sha256, &s->file_status);
    snprintf(d->name, sizeof d->name, "%s", reading_name(&s->reading, 0));
    if (root == NULL) return;
    root = apply_sets(s, root, sets, n_sets, 0);
    root = with_prices(s, root);
    if (!s->has_no_book) root = apply_sets(s, root, sets, n_sets, 1);
    fill_scenario(&s->reading, root, &d->scenario, &d->inputs, &s->places);
    links_clear(&d->scenario);
    check_links(s, root);
    if (has_errors(s)) return;
    warn_of_ranges(s);
    if (floe_scenario_digest(&d->scenario, &d->inputs, &d->traces, &d->digest) != FLOE_OK)
        reading_no_memory(&s->reading);
}

static void free_contents(struct floe_document *d)
{
    for (int32_t i = 0; i < d->traces.n; i++)
        floe_trace_free(&d->traces.items[i]);
    free(d->inputs.items);
    free(d->expects.items);
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

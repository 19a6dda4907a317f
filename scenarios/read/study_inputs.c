/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/study_inputs.h"

#include <stdlib.h>
#include <string.h>

static int says_the_same(const struct input *a, const struct input *b)
{
    return strcmp(a->path, b->path) == 0 && a->evidence == b->evidence && a->is_preset == b->is_preset;
}

static int is_known(const struct inputs *all, const struct input *input)
{
    for (int32_t i = 0; i < all->n; i++)
        if (says_the_same(&all->items[i], input)) return 1;
    return 0;
}

enum floe_status study_inputs_of(const struct floe_document *document, struct inputs *all)
{
    const struct study_inputs *more = &document->study_inputs;
    const size_t n = (size_t)document->inputs.n + (size_t)more->n + 1;
    memset(all, 0, sizeof *all);
    all->items = (struct input *)malloc(sizeof *all->items * n);
    if (all->items == NULL) return FLOE_ENVIRONMENT;
    all->capacity = (int32_t)n;
    if (document->inputs.n > 0)
        memcpy(all->items, document->inputs.items, sizeof *all->items * (size_t)document->inputs.n);
    all->n = document->inputs.n;
    for (int32_t i = 0; i < more->n; i++)
        if (!is_known(all, &more->items[i].input)) all->items[all->n++] = more->items[i].input;
    return FLOE_OK;
}

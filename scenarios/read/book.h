/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A price book: a YAML file of model prices, shared by scenarios. `prices: {book: FILE}` names it.
 *
 *     floe_prices: 1
 *     source: LiteLLM model_prices_and_context_window.json      evidence, source and date of all rows
 *     date: 2026-07-02
 *     evidence: public
 *     models: {gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok}}      as prices.models of a scenario
 *
 * Of the thousands of models only those that the scenario uses are grafted into its tree, before the walk: so the same
 * rows check them, and a wrong price is reported at its line in the book. Prices in the scenario itself win. */
#ifndef FLOE_READ_BOOK_H
#define FLOE_READ_BOOK_H

#include "models/scenario.h"
#include "scenarios/read/tree.h"

struct model_names {
    char items[MODELS_MOST][NAME_BYTES];
    int32_t n;
};

/* Adds the models that the routes and workloads ask for. */
void book_used_models(const struct scenario *scenario, struct model_names *out);

/* The tree with the book's rows of these models; `root` itself if it names no book. *models: the book's map of models,
 * for hints, or NULL. NULL: told. */
struct node *book_graft(struct reading *reading, struct node *root, const struct model_names *used,
                        const struct node **models);

/* A price book on its own: any of its models by name, read when it is asked for and kept. */
struct book;
enum floe_status book_open(const struct floe_files *files, const char *name, struct floe_messages *messages,
                           struct book **out) FLOE_MUST_CHECK; /* FLOE_BAD_INPUT: told; free the messages */
const struct model_prices *book_find(struct book *book,
                                     const char *model); /* NULL: none, or it is wrong and was told */
void book_close(struct book *book);

#endif

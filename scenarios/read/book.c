/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/load.h"
#include "scenarios/read/fill.h"
#include "scenarios/read/load.h"
#include "scenarios/read/names.h"
#include "scenarios/read/wording.h"

static void add_model(struct model_names *out, const char *name)
{
    for (int32_t i = 0; i < out->n; i++)
        if (strcmp(out->items[i], name) == 0) return;
    if (name[0] != '\0' && out->n < MODELS_MOST) snprintf(out->items[out->n++], NAME_BYTES, "%s", name);
}

void book_used_models(const struct scenario *s, struct model_names *out)
{
    int asks_workload = 0;
    char model[NAME_BYTES];
    for (int32_t i = 0; i < s->n_routes; i++)
        for (int32_t j = 0; j < s->routes[i].n_quotas; j++) {
            place_model(s->routes[i].quotas[j].name, model);
            add_model(out, model);
        }
    for (int32_t i = 0; i < s->n_routes; i++)
        for (int32_t j = 0; j < s->routes[i].n_steps; j++) {
            const char *named = s->routes[i].chain[j].model;
            if (strcmp(named, MODEL_FROM_WORKLOAD) == 0)
                asks_workload = 1;
            else
                add_model(out, named);
        }
    for (int32_t i = 0; asks_workload && i < scenario_n_loads(s); i++)
        add_model(out, load_model(scenario_load(s, i)));
}

static int check_book(struct reading *r, const struct node *root)
{
    static const char *const keys[] = {"floe_prices", "source", "date", "evidence", "models"};
    const struct node *format = tree_find(root, "floe_prices"), *models = tree_find(root, "models");
    char shown[64], hint[MESSAGE_BYTES];
    if (format == NULL || format->kind != NODE_SCALAR || strcmp(format->text, "1") != 0)
        return reading_error(r, format == NULL ? root->mark : format->mark, "", "`floe prices import` writes one",
                             "not a price book: it begins with `floe_prices: 1`");
    for (int32_t i = 0; i < root->n; i++) {
        struct nearest nearest = nearest_begin(root->entries[i].key);
        size_t at = 0;
        for (; at < 5 && strcmp(keys[at], root->entries[i].key) != 0; at++)
            nearest_consider(&nearest, keys[at]);
        if (at < 5) continue;
        snprintf(hint, sizeof hint, nearest.best != NULL ? "did you mean '%s'?" : "known keys: %s",
                 nearest.best != NULL ? nearest.best : "floe_prices, source, date, evidence, models");
        reading_error(r, root->entries[i].mark, "", hint, "unknown key '%s' in the price book",
                      wording_excerpt(root->entries[i].key, shown, sizeof shown));
    }
    if (models == NULL || models->kind != NODE_MAP)
        return reading_error(r, models == NULL ? root->mark : models->mark, "",
                             "models: {name: {input: ..., output: ...}}", "the price book has no map `models`");
    return 1;
}

/* The model's node with what the book says about all its rows. */
static struct node *with_evidence(struct reading *r, const struct node *book, struct node *model)
{
    static const char *const keys[] = {"evidence", "source", "date"};
    const int is_open = model->kind == NODE_MAP && tree_find(model, "rows") != NULL;
    struct node *map = tree_map(r, (is_open ? model->n : 1) + 3, model->mark);
    if (map == NULL) return NULL;
    for (int32_t i = 0; is_open && i < model->n; i++)
        tree_put(map, model->entries[i].key, model->entries[i].mark, model->entries[i].value);
    if (!is_open) tree_put(map, "rows", model->mark, model);
    for (size_t i = 0; i < 3; i++) {
        const struct entry *said = tree_entry(book, keys[i]);
        if (said != NULL && tree_entry(map, keys[i]) == NULL) tree_put(map, keys[i], said->mark, said->value);
    }
    return map;
}

static struct node *copy_map(struct reading *r, const struct node *map, int32_t more, struct mark mark)
{
    const int32_t n = map == NULL ? 0 : map->n;
    struct node *copy = tree_map(r, n + more, map == NULL ? mark : map->mark);
    for (int32_t i = 0; copy != NULL && i < n; i++)
        tree_put(copy, map->entries[i].key, map->entries[i].mark, map->entries[i].value);
    return copy;
}

static struct node *map_with(struct reading *r, const struct node *map, const char *key, struct node *value)
{
    struct node *copy = copy_map(r, map, 1, value->mark);
    if (copy == NULL) return NULL;
    for (int32_t i = 0; i < copy->n; i++)
        if (strcmp(copy->entries[i].key, key) == 0) {
            copy->entries[i].value = value;
            return copy;
        }
    tree_put(copy, key, value->mark, value);
    return copy;
}

static struct node *grafted(struct reading *r, const struct node *book, const struct node *own,
                            const struct model_names *used, struct mark mark)
{
    const struct node *models = tree_find(book, "models");
    struct node *all = copy_map(r, own, used->n, mark);
    for (int32_t i = 0; all != NULL && i < used->n; i++) {
        const struct entry *row = tree_entry(models, used->items[i]);
        if (row == NULL || tree_entry(all, used->items[i]) != NULL) continue;
        struct node *model = with_evidence(r, book, row->value);
        if (model == NULL) return NULL;
        tree_put(all, row->key, row->mark, model);
    }
    return all;
}

struct node *book_graft(struct reading *r, struct node *root, const struct model_names *used,
                        const struct node **models)
{
    struct node *prices = tree_find(root, "prices");
    const struct node *name = tree_find(prices, "book"), *own = tree_find(prices, "models");
    *models = NULL;
    if (name == NULL || (own != NULL && own->kind != NODE_MAP)) return root;
    if (name->kind != NODE_SCALAR || tree_is_null(name)) {
        reading_error(r, name->mark, "prices.book", "", "`book` is the name of one file");
        return NULL;
    }
    const struct node *book = load_book(r, name->text, name->mark);
    if (book == NULL || !check_book(r, book)) return NULL;
    *models = tree_find(book, "models");
    struct node *all = grafted(r, book, own, used, name->mark);
    struct node *with_models = all == NULL ? NULL : all->n == 0 ? prices : map_with(r, prices, "models", all);
    return with_models == NULL ? NULL : map_with(r, root, "prices", with_models);
}

/* ---- a book on its own ---- */

struct book_page {
    struct model_prices prices;
    int is_wrong;
    struct book_page *next;
};

struct book {
    struct reading reading;
    const struct node *models;
    struct book_page *pages;
};

enum floe_status book_open(const struct floe_files *files, const char *name, struct floe_messages *messages,
                           struct book **out)
{
    struct book *book = (struct book *)calloc(1, sizeof *book);
    memset(messages, 0, sizeof *messages);
    *out = NULL;
    if (book == NULL) return FLOE_ENVIRONMENT;
    book->reading.files = files;
    book->reading.messages = messages;
    const struct node *root = load_book(&book->reading, name, NO_MARK);
    if (root != NULL && check_book(&book->reading, root) && messages->n_errors == 0) {
        book->models = tree_find(root, "models");
        *out = book;
        return FLOE_OK;
    }
    const int has_no_memory = book->reading.has_no_memory;
    book_close(book);
    return has_no_memory ? FLOE_ENVIRONMENT : FLOE_BAD_INPUT;
}

const struct model_prices *book_find(struct book *book, const char *model)
{
    for (const struct book_page *page = book->pages; page != NULL; page = page->next)
        if (strcmp(page->prices.name, model) == 0) return page->is_wrong ? NULL : &page->prices;
    const struct node *node = strlen(model) < NAME_BYTES ? tree_find(book->models, model) : NULL;
    struct book_page *page = node == NULL ? NULL : (struct book_page *)arena_take(&book->reading.arena, sizeof *page);
    if (page == NULL) return NULL;
    page->is_wrong = !fill_model_prices(&book->reading, model, node, &page->prices);
    page->next = book->pages;
    book->pages = page;
    return page->is_wrong ? NULL : &page->prices;
}

void book_close(struct book *book)
{
    if (book == NULL) return;
    arena_free(&book->reading.arena);
    free(book->reading.names);
    free(book->reading.told);
    free(book);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/rests.h"

#include <string.h>

#include "plots/write/tables.h"

/* A table of names: the first field of each struct of an array. */
struct names {
    const char *first;
    size_t stride;
    int32_t n;
};
#define NAMES(ARRAY, N)                                                                                                \
    (struct names)                                                                                                     \
    {                                                                                                                  \
        (ARRAY)[0].name, sizeof((ARRAY)[0]), N                                                                         \
    }

static const char *name_at(struct names names, int32_t i)
{
    return names.first + (size_t)i * names.stride;
}

/* The rest of a path behind "head." (or behind head alone at its end), or NULL. */
static const char *behind(const char *path, const char *head)
{
    size_t n = strlen(head);
    if (strncmp(path, head, n) != 0) return NULL;
    return path[n] == '.' ? path + n + 1 : path[n] == '\0' ? path + n : NULL;
}

/* The index of the longest name that opens the path; -1: none. */
static int32_t owner(struct names names, const char *path)
{
    int32_t best = -1;
    size_t longest = 0;
    for (int32_t i = 0; i < names.n; i++) {
        size_t n = strlen(name_at(names, i));
        if (n > longest && behind(path, name_at(names, i)) != NULL) {
            best = i;
            longest = n;
        }
    }
    return best;
}

static int has_model(const struct rests *rests, const char *model)
{
    for (int32_t i = 0; i < rests->n_models; i++)
        if (strcmp(rests->models[i], model) == 0) return 1;
    return 0;
}

static void add_model(struct rests *rests, const char *model)
{
    if (rests->n_models < MODELS_MOST && !has_model(rests, model)) rests->models[rests->n_models++] = model;
}

struct rests rests_of(const struct result *result, const struct result_cell *cell)
{
    struct rests rests = {.result = result, .cell = cell};
    for (int32_t i = 0; i < CHAIN_STEPS_MOST; i++)
        add_model(&rests, table_step_model(result, cell->workload, cell->route, i));
    for (int64_t i = 0; i < result->by_window.n; i++)
        if (table_is_of(&result->by_window.rows[i], cell)) add_model(&rests, result->by_window.rows[i].model);
    return rests;
}

/* The price of a token class that the cell has none of: no dollar depends on it. */
static int is_idle_price(const struct result_cell *cell, const char *path)
{
    const char *last = strrchr(path, '.');
    for (int c = 0; last != NULL && c < TOKEN_CLASS_N; c++) {
        const struct outcome *tok = &cell->outcomes[METRIC_TOK_FIRST + c];
        if (c != TOKEN_INPUT_UNCACHED && strcmp(last + 1, token_class_names[c]) == 0)
            return tok->n > 0 && tok->mean == 0;
    }
    return 0;
}

/* What every cell may depend on. */
static int is_of_all(const char *path)
{
    static const char *const heads[] = {"time", "settings", "changes", "gateway"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (behind(path, heads[i]) != NULL) return 1;
    return 0;
}

static int belongs(const struct rests *rests, const char *path)
{
    const struct result *result = rests->result;
    const struct result_cell *cell = rests->cell;
    const struct scenario *s = result->scenario;
    const char *rest;
    if (is_of_all(path)) return 1;
    if ((rest = behind(path, "workloads")) != NULL)
        return owner(NAMES(s->workloads, s->n_workloads), rest) == cell->workload;
    if ((rest = behind(path, "routes")) != NULL) return owner(NAMES(s->routes, s->n_routes), rest) == cell->route;
    if ((rest = behind(path, "prices.models")) != NULL) {
        int32_t model = owner(NAMES(s->prices.models, s->prices.n_models), rest);
        return model >= 0 && has_model(rests, s->prices.models[model].name) && !is_idle_price(cell, rest);
    }
    if (behind(path, "prices") != NULL) return 1;
    if ((rest = behind(path, "keys")) != NULL)
        return behind(rest, result_key(result, cell->variant, cell->workload)) != NULL;
    if ((rest = behind(path, "windows")) != NULL) return behind(rest, result->spans[cell->span].window) != NULL;
    return 0;
}

static int is_given(const struct input *input)
{
    const char *preset = input->row->preset;
    return !(input->is_preset && preset != NULL && preset[0] == '\0');
}

int rests_on(const struct rests *rests, const struct input *input)
{
    return is_given(input) && !(input->row->flags & PARAM_NOT_HASHED) && belongs(rests, input->path);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/fill.h"
#include "scenarios/read/load.h"
#include "scenarios/read/names.h"
#include "scenarios/read/value.h"

struct set {
    struct reading *reading;
    const char *argument;
    size_t n_path;
    int32_t file;
    struct node *value; /* NULL: the key is taken away */
};

static struct node *set_in_block(struct set *s, const struct param_block *block, struct node *node, size_t at);

static struct mark mark_at(const struct set *s, size_t at)
{
    int32_t column = 1;
    for (size_t i = 0; i < at; i++)
        column += ((unsigned char)s->argument[i] & 0xc0) != 0x80;
    return (struct mark){s->file, 1, column};
}

static int is_last(const struct set *s, size_t end)
{
    return end >= s->n_path;
}

/* -- new nodes -- */

/* The map with one entry changed, added, or (value NULL) taken away. */
static struct node *map_with(struct set *s, const struct node *map, const char *key, struct mark mark,
                             struct node *value)
{
    struct node *copy = tree_map(s->reading, (map == NULL ? 0 : map->n) + 1, map == NULL ? mark : map->mark);
    int is_in = 0;
    for (int32_t i = 0; copy != NULL && map != NULL && i < map->n; i++) {
        const struct entry *entry = &map->entries[i];
        const int is_it = strcmp(entry->key, key) == 0;
        is_in |= is_it;
        if (!is_it)
            tree_put(copy, entry->key, entry->mark, entry->value);
        else if (value != NULL)
            tree_put(copy, key, mark, value);
    }
    if (copy != NULL && !is_in && value != NULL) tree_put(copy, key, mark, value);
    return copy;
}

static struct node *list_with(struct set *s, const struct node *list, int32_t index, struct node *value)
{
    struct node *copy = tree_map(s->reading, list->n, list->mark);
    for (int32_t i = 0; copy != NULL && i < list->n; i++)
        if (i != index)
            tree_put(copy, NULL, list->entries[i].mark, list->entries[i].value);
        else if (value != NULL)
            tree_put(copy, NULL, value->mark, value);
    if (copy != NULL) copy->kind = NODE_LIST;
    return copy;
}

static struct node *map_of_one(struct set *s, const char *key, struct node *value)
{
    return map_with(s, NULL, key, value->mark, value);
}

static const char *text_of(struct set *s, size_t from, size_t to)
{
    const char *text = arena_text(&s->reading->arena, s->argument + from, to - from);
    if (text == NULL) reading_no_memory(s->reading);
    return text;
}

/* -- names in the path -- */

static int is_at(const struct set *s, size_t at, const char *name, size_t *end)
{
    const size_t n = strlen(name);
    if (n > s->n_path - at || memcmp(s->argument + at, name, n) != 0) return 0;
    if (at + n != s->n_path && s->argument[at + n] != '.') return 0;
    *end = at + n;
    return 1;
}

/* The longest key of the map that stands at this point of the path. */
static const struct entry *longest_entry(const struct set *s, const struct node *map, size_t at, size_t *end)
{
    const struct entry *found = NULL;
    size_t end_here;
    for (int32_t i = 0; map != NULL && map->kind == NODE_MAP && i < map->n; i++)
        if (is_at(s, at, map->entries[i].key, &end_here) && (found == NULL || end_here > *end)) {
            found = &map->entries[i];
            *end = end_here;
        }
    return found;
}

static size_t next_dot(const struct set *s, size_t at)
{
    while (at < s->n_path && s->argument[at] != '.')
        at++;
    return at;
}

/* The key at this point of the path and where it ends; NULL: told. */
static const char *key_at(struct set *s, const struct node *map, size_t at, size_t *end)
{
    const struct entry *entry = longest_entry(s, map, at, end);
    if (entry != NULL) return entry->key;
    *end = next_dot(s, at);
    if (*end > at) return text_of(s, at, *end);
    reading_error(s->reading, mark_at(s, at), "", "for example --set workloads.chat.tokens.output=300",
                  "a key is missing in the path");
    return NULL;
}

/* -- down the rows -- */

/* `.value`, `.evidence`, ... of one value. A new value leaves the old one's evidence behind. */
static struct node *set_in_leaf(struct set *s, struct node *node, size_t at)
{
    size_t end;
    struct node *map = node == NULL || node->kind == NODE_MAP ? node : map_of_one(s, "value", node);
    const char *key = key_at(s, map, at, &end);
    if (key != NULL && strcmp(key, "value") == 0 && s->value != NULL) return s->value;
    return key == NULL ? NULL : map_with(s, map, key, mark_at(s, at), s->value);
}

/* A key of the block, or of an entry of its list. */
static int is_key_of(const struct param_block *block, const char *key)
{
    const struct param *list = block->list_key == NULL ? NULL : value_row(block, block->list_key);
    return value_row(block, key) != NULL || fill_is_common_key(key) || (list != NULL && is_key_of(list->block, key));
}

/* Where a name ends that the file does not have: before the first key of its block, else at the next dot. */
static size_t unknown_name_end(const struct set *s, const struct param_block *block, size_t at)
{
    char key[NAME_BYTES];
    for (size_t end = next_dot(s, at); end < s->n_path; end = next_dot(s, end + 1)) {
        const size_t n = next_dot(s, end + 1) - (end + 1);
        snprintf(key, sizeof key, "%.*s", (int)(n < sizeof key ? n : sizeof key - 1), s->argument + end + 1);
        if (is_key_of(block, key)) return end;
    }
    return next_dot(s, at);
}

static void no_such_name(struct set *s, const struct param *row, const struct node *map, size_t at)
{
    const char *name = text_of(s, at, unknown_name_end(s, row->block, at));
    const int is_model = row->block == &model_prices_block; /* it may be in the book, and not be asked for */
    char hint[MESSAGE_BYTES] = "", shown[64];
    if (name == NULL) return;
    wording_excerpt(name, shown, sizeof shown);
    struct suggestions suggestions = suggestions_begin(name);
    for (int32_t i = 0; map != NULL && map->kind == NODE_MAP && i < map->n; i++)
        suggestions_consider(&suggestions, map->entries[i].key);
    if (!suggestions_text(&suggestions, hint, sizeof hint))
        snprintf(hint, sizeof hint, "a new %s is added whole: --set '%.*s%s={...}'", row->block->name, (int)at,
                 s->argument, shown);
    reading_error(s->reading, mark_at(s, at), "", hint,
                  is_model ? "the scenario uses no %s '%s'" : "there is no %s '%s'", row->block->name, shown);
}

static struct node *set_in_map(struct set *s, const struct param *row, struct node *node, size_t at)
{
    size_t end;
    const struct entry *entry = longest_entry(s, node, at, &end);
    if (node != NULL && node->kind != NODE_MAP) return node; /* the walk tells what is wrong with it */
    if (entry == NULL) {
        const int is_whole = s->value != NULL && (s->value->kind == NODE_MAP || next_dot(s, at) == s->n_path);
        const char *name = is_whole && at < s->n_path ? text_of(s, at, s->n_path) : NULL;
        if (name != NULL) return map_with(s, node, name, mark_at(s, at), s->value);
        no_such_name(s, row, node, at);
        return NULL;
    }
    if (is_last(s, end)) return map_with(s, node, entry->key, mark_at(s, at), s->value);
    struct node *inside = set_in_block(s, row->block, entry->value, end + 1);
    return inside == NULL ? NULL : map_with(s, node, entry->key, entry->mark, inside);
}

static void no_such_entry(struct set *s, const struct param *row, int32_t n, int is_number, size_t at)
{
    char hint[MESSAGE_BYTES] = "entries are counted from 0";
    const size_t n_key = strlen(row->key);
    const int has_key = at > n_key && strncmp(s->argument + at - n_key - 1, row->key, n_key) == 0;
    if (!is_number && n > 1)
        snprintf(hint, sizeof hint, "say which one, counted from 0: %.*s%s%s0.%.*s", (int)at, s->argument,
                 has_key ? "" : row->key, has_key ? "" : ".", (int)(s->n_path - at), s->argument + at);
    reading_error(s->reading, mark_at(s, at), "", hint, "`%s` has %d %s here", row->key, (int)n,
                  n == 1 ? "entry" : "entries");
}

/* Of a list of one entry the index may be left out. */
static struct node *set_in_list(struct set *s, const struct param *row, struct node *node, size_t at)
{
    const size_t end = next_dot(s, at);
    const int is_number = end > at && end - at < 6 && strspn(s->argument + at, "0123456789") == end - at;
    const int32_t index = is_number ? (int32_t)atoi(s->argument + at) : 0;
    const int is_list = node != NULL && node->kind == NODE_LIST, n = is_list ? node->n : node != NULL;
    if ((is_list && !is_number && n != 1) || index >= (is_list ? n : 1)) {
        no_such_entry(s, row, n, is_number, at);
        return NULL;
    }
    if (!is_list && is_number && is_last(s, end) && s->value == NULL) {
        reading_error(s->reading, mark_at(s, at), "", "", "`%s` needs at least one entry", row->key);
        return NULL;
    }
    struct node *item = is_list ? node->entries[index].value : node;
    if (is_number && !is_last(s, end))
        item = set_in_block(s, row->block, item, end + 1);
    else
        item = is_number ? s->value : set_in_block(s, row->block, item, at);
    if (item == NULL && (s->value != NULL || !is_number)) return NULL;
    return is_list ? list_with(s, node, index, item) : item;
}

static struct node *set_in_row(struct set *s, const struct param *row, struct node *node, size_t at)
{
    switch (row->kind) {
    case PARAM_BLOCK: return set_in_block(s, row->block, node, at);
    case PARAM_MAP: return set_in_map(s, row, node, at);
    case PARAM_LIST: return set_in_list(s, row, node, at);
    default: return set_in_leaf(s, node, at);
    }
}

/* The node as a map of the block's keys, as fill.c takes its short forms. */
static struct node *opened(struct set *s, const struct param_block *block, struct node *node)
{
    if (node == NULL || node->kind == NODE_MAP) return node;
    const char *key = node->kind == NODE_SCALAR ? block->scalar_key : block->list_key;
    return key == NULL ? node : map_of_one(s, key, node);
}

/* A key that is not the block's own, but may be one of an entry of its list: `input` of a model is that of its row. */
static int is_below_list(const struct param_block *block, const char *key)
{
    return block->list_key != NULL && value_row(block, key) == NULL && !fill_is_common_key(key);
}

/* {input: ..., output: ...} where the block's key is `rows`: the map is the entry itself. */
static struct node *set_below_list(struct set *s, const struct param_block *block, struct node *map, size_t at)
{
    const struct param *row = value_row(block, block->list_key);
    const struct entry *list = tree_entry(map, block->list_key);
    if (list == NULL) return set_in_row(s, row, map, at);
    struct node *inside = set_in_row(s, row, list->value, at);
    return inside == NULL ? NULL : map_with(s, map, list->key, list->mark, inside);
}

static struct node *set_in_block(struct set *s, const struct param_block *block, struct node *node, size_t at)
{
    size_t end;
    node = opened(s, block, node);
    if (s->reading->has_no_memory) return NULL;
    if (node != NULL && node->kind != NODE_MAP) return node; /* the walk tells what is wrong with it */
    const char *key = key_at(s, node, at, &end);
    if (key == NULL) return NULL;
    if (is_below_list(block, key)) return set_below_list(s, block, node, at);
    const struct param *row = value_row(block, key);
    if (row != NULL && node != NULL && fill_is_list_entry(block, node)) node = map_of_one(s, block->list_key, node);
    if (block->scalar_key != NULL && strcmp(key, block->scalar_key) == 0 && tree_entry(node, "value") != NULL)
        key = "value";
    if (s->reading->has_no_memory) return NULL;
    if (row == NULL || is_last(s, end)) return map_with(s, node, key, mark_at(s, at), s->value);
    const struct entry *entry = tree_entry(node, key);
    struct node *inside = set_in_row(s, row, entry == NULL ? NULL : entry->value, end + 1);
    return inside == NULL ? NULL : map_with(s, node, key, entry == NULL ? mark_at(s, at) : entry->mark, inside);
}

/* -- the argument -- */

/* The value's text behind as many spaces as there are letters before it, so that its columns are the argument's. */
static int read_value(struct set *s)
{
    static const struct tree_limits limits = {SCENARIO_BYTES_MOST, SCENARIO_NODES_MOST};
    const char *text = s->argument + s->n_path + 1;
    const size_t n = strlen(text), before = (size_t)mark_at(s, s->n_path + 1).column - 1;
    if (text[strspn(text, " ")] == '\0')
        return reading_error(s->reading, mark_at(s, s->n_path + 1), "", "null takes the key away",
                             "there is no value after '='");
    if (strcmp(text, "null") == 0 || strcmp(text, "~") == 0) return 1;
    char *padded = (char *)malloc(before + n + 1);
    if (padded == NULL) return reading_no_memory(s->reading);
    memset(padded, ' ', before);
    memcpy(padded + before, text, n + 1);
    s->value = tree_read(s->reading, padded, before + n, s->file, limits);
    free(padded);
    return s->value != NULL;
}

static int check_path(struct set *s)
{
    size_t end;
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == &scenario_block && is_at(s, 0, d->key, &end))
            return reading_error(s->reading, mark_at(s, 0), "", "edit the file", "`%s` cannot be set", d->key);
    return 1;
}

int set_is_about_models(const char *argument)
{
    return strncmp(argument, "prices.models.", strlen("prices.models.")) == 0;
}

struct node *set_apply(struct reading *reading, struct node *root, const char *argument)
{
    struct set s = {reading, argument, strcspn(argument, "="), 0, NULL};
    char name[PATH_BYTES], shown[PATH_BYTES - 8];
    snprintf(name, sizeof name, "--set %s", wording_excerpt(argument, shown, sizeof shown));
    s.file = reading_file(reading, name);
    if (argument[s.n_path] != '=') {
        reading_error(reading, mark_at(&s, 0), "", "for example --set workloads.chat.tokens.output=300",
                      "--set takes path=value");
        return NULL;
    }
    if (!check_path(&s) || !read_value(&s)) return NULL;
    return set_in_block(&s, &scenario_block, root, 0);
}

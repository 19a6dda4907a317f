/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/fill.h"
#include "scenarios/read/load.h"
#include "scenarios/read/names.h"
#include "scenarios/read/value.h"

#define PARTS_MOST TREE_DEPTH_MOST

/* Where a piece of the path stands, from its letter `at` on: one key of nested maps. */
struct part {
    size_t at;
    struct mark mark;
};

struct set {
    struct reading *reading;
    enum set_kind kind;
    const char *argument; /* begins with the path */
    size_t n_path;
    struct part parts[PARTS_MOST];
    int32_t n_parts;
    int32_t file;
    struct node *value; /* NULL: the key is taken away */
    size_t last_at;     /* where the last key of the path begins */
    int is_open;        /* nothing was set: the value is a map whose keys are to be set one by one */
};

static struct node *set_in_block(struct set *s, const struct param_block *block, struct node *node, size_t at);

static struct mark mark_at(const struct set *s, size_t at)
{
    int32_t part = s->n_parts - 1;
    while (part > 0 && s->parts[part].at > at)
        part--;
    struct mark mark = s->parts[part].mark;
    for (size_t i = s->parts[part].at; i < at; i++)
        mark.column += ((unsigned char)s->argument[i] & 0xc0) != 0x80;
    return mark;
}

static int is_last(const struct set *s, size_t end)
{
    return end >= s->n_path;
}

/* The last key of the path is put into its map. */
static struct node *put_last(struct set *s, const struct node *map, const char *key, size_t at);

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

static struct node *put_last(struct set *s, const struct node *map, const char *key, size_t at)
{
    s->last_at = at;
    return map_with(s, map, key, mark_at(s, at), s->value);
}

/* -- what a change or a variant may not set -- */

static const char in_one_file[] = "it is said once for the whole file";
static const char compared[] = "what is compared runs over the same time, cut by the same windows";
static const char same_rows[] = "all variants have the same workloads and routes";
static const char traces_once[] = "traces are read once and shared by all variants";

static const struct {
    const struct param_block *block;
    const char *key, *why;
} fixed_keys[] = {
    {&scenario_block, "floe", in_one_file},
    {&scenario_block, "extends", in_one_file},
    {&scenario_block, "title", in_one_file},
    {&scenario_block, "time", compared},
    {&scenario_block, "windows", compared},
    {&scenario_block, "variants", "a variant is no part of another"},
    {&scenario_block, "expect", in_one_file},
    {&scenario_block, "lesson", in_one_file},
    {&traffic_block, "trace", traces_once},
    {&tokens_block, "empirical", traces_once},
    {&prices_block, "book", "the price book is read once; a price is set with prices.models.NAME"},
};

/* 0: told. */
static int check_free_to_set(struct set *s, const struct param_block *block, const char *key, size_t at)
{
    const char *why = NULL;
    if (s->kind == SET_ARGUMENT) return 1;
    for (size_t i = 0; i < sizeof fixed_keys / sizeof fixed_keys[0]; i++)
        if (fixed_keys[i].block == block && strcmp(fixed_keys[i].key, key) == 0) why = fixed_keys[i].why;
    if (why == NULL && fill_is_common_key(key))
        why = "evidence stands beside its value: {value: 300, evidence: measured}";
    if (why == NULL) return 1;
    return reading_error(
        s->reading, mark_at(s, at), "", why,
        s->kind == SET_OF_CHANGE ? "`%s` cannot change during a run" : "`%s` is the same in every variant", key);
}

/* `workloads: null` takes all of them away. 0: told. */
static int check_has_entries(struct set *s, const struct param *row, size_t at)
{
    const int is_fixed = row->block == &workload_block || row->block == &route_block;
    if (s->kind == SET_ARGUMENT || s->value != NULL || row->kind != PARAM_MAP || !is_fixed) return 1;
    return reading_error(s->reading, mark_at(s, at), "", same_rows, "`%s` cannot be taken away", row->key);
}

/* Workloads and routes are the same in all phases: they are rows and columns of the results. 0: told. */
static int check_stays(struct set *s, const struct param *row, const char *name, size_t at)
{
    const int is_fixed = row->block == &workload_block || row->block == &route_block;
    if (s->kind == SET_ARGUMENT || s->value != NULL || !is_fixed) return 1;
    return reading_error(s->reading, mark_at(s, at), "", same_rows, "%s '%s' cannot be taken away", row->block->name,
                         name);
}

/* Is the value a map that is set key by key? A block that one value can stand for is set as a whole. */
static int opens(struct set *s, const struct param *row)
{
    const int has_keys = row->kind == PARAM_MAP ||
                         (row->kind == PARAM_BLOCK && row->block->scalar_key == NULL && row->block->list_key == NULL);
    if (s->kind == SET_ARGUMENT || !has_keys || s->value == NULL || s->value->kind != NODE_MAP) return 0;
    s->is_open = !tree_is_setting(s->value);
    return s->is_open;
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
    s->last_at = at;
    if (key != NULL && strcmp(key, "value") != 0 && tree_is_setting(node)) {
        char shown[64], hint[MESSAGE_BYTES];
        const char *name = tree_find(node, "setting")->text;
        snprintf(hint, sizeof hint, "set settings.%s, or the whole value", wording_excerpt(name, shown, sizeof shown));
        reading_error(s->reading, mark_at(s, at), "", hint, "the value reads the setting '%s'", shown);
        return NULL;
    }
    if (key != NULL && strcmp(key, "value") == 0 && s->value != NULL) return s->value;
    return key == NULL ? NULL : put_last(s, map, key, at);
}

/* hour_of_day.3: one entry of a list of numbers. */
static struct node *set_in_numbers(struct set *s, const struct param *row, struct node *list, size_t at)
{
    const size_t end = next_dot(s, at);
    const int is_number = end > at && end - at < 6 && strspn(s->argument + at, "0123456789") == end - at;
    const int32_t index = is_number ? (int32_t)atoi(s->argument + at) : 0, n = list == NULL ? 0 : list->n;
    if (!is_number || !is_last(s, end)) return set_in_leaf(s, list, at);
    if (index >= n)
        reading_error(s->reading, mark_at(s, at), "", "entries are counted from 0", "`%s` has %d %s here", row->key,
                      (int)n, n == 1 ? "entry" : "entries");
    else if (s->value == NULL)
        reading_error(s->reading, mark_at(s, at), "", "set the whole list", "one entry of `%s` cannot be taken away",
                      row->key);
    s->last_at = at;
    return index >= n || s->value == NULL ? NULL : list_with(s, list, index, s->value);
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
    if (!suggestions_text(&suggestions, hint, sizeof hint)) {
        if (s->kind == SET_ARGUMENT)
            snprintf(hint, sizeof hint, "a new %s is added whole: --set '%.*s%s={...}'", row->block->name, (int)at,
                     s->argument, shown);
        else if (row->block == &workload_block || row->block == &route_block)
            snprintf(hint, sizeof hint, "%s", same_rows);
    }
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
        const int may_add = s->kind == SET_ARGUMENT || (row->block != &workload_block && row->block != &route_block);
        const char *name = is_whole && may_add && at < s->n_path ? text_of(s, at, s->n_path) : NULL;
        if (name != NULL) return put_last(s, node, name, at);
        no_such_name(s, row, node, at);
        return NULL;
    }
    if (is_last(s, end)) {
        const struct param inside = {.kind = PARAM_BLOCK, .block = row->block};
        if (!check_stays(s, row, entry->key, at) || opens(s, &inside)) return NULL;
        return put_last(s, node, entry->key, at);
    }
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
    s->last_at = at;
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
    case PARAM_SERIES:
    case PARAM_VALUES:
        if (node == NULL || node->kind == NODE_LIST) return set_in_numbers(s, row, node, at);
        return set_in_leaf(s, node, at);
    default: return set_in_leaf(s, node, at);
    }
}

/* The node as a map of the block's keys, as fill.c takes its short forms. */
static struct node *opened(struct set *s, const struct param_block *block, struct node *node)
{
    if (node == NULL || (node->kind == NODE_MAP && !tree_is_setting(node))) return node;
    const char *key = node->kind != NODE_LIST ? block->scalar_key : block->list_key;
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
    if (!check_free_to_set(s, block, key, at)) return NULL;
    const struct param *row = value_row(block, key);
    if (row != NULL && node != NULL && fill_is_list_entry(block, node)) node = map_of_one(s, block->list_key, node);
    if (block->scalar_key != NULL && strcmp(key, block->scalar_key) == 0 && tree_entry(node, "value") != NULL)
        key = "value";
    if (s->reading->has_no_memory) return NULL;
    if (row != NULL && is_last(s, end) && (!check_has_entries(s, row, at) || opens(s, row))) return NULL;
    if (row == NULL || is_last(s, end)) return put_last(s, node, key, at);
    const struct entry *entry = tree_entry(node, key);
    struct node *inside = set_in_row(s, row, entry == NULL ? NULL : entry->value, end + 1);
    return inside == NULL ? NULL : map_with(s, node, key, entry == NULL ? mark_at(s, at) : entry->mark, inside);
}

/* -- settings, changes, variants -- */

static void no_such_entry_of(struct set *s, const char *what, const struct node *map, size_t at)
{
    const char *name = text_of(s, at, next_dot(s, at));
    char hint[MESSAGE_BYTES] = "", shown[64];
    if (name == NULL) return;
    struct suggestions suggestions = suggestions_begin(name);
    for (int32_t i = 0; map != NULL && map->kind == NODE_MAP && i < map->n; i++)
        suggestions_consider(&suggestions, map->entries[i].key);
    suggestions_text(&suggestions, hint, sizeof hint);
    reading_error(s->reading, mark_at(s, at), "", hint, "there is no %s '%s'", what,
                  wording_excerpt(name, shown, sizeof shown));
}

/* settings.NAME is its value; the owner stays. */
static struct node *set_setting(struct set *s, const struct node *all, const struct entry *entry, size_t at, size_t end)
{
    struct node *old = entry->value, *owner = tree_find(old, "owner"), *value = s->value;
    const int is_of_argument = s->kind == SET_ARGUMENT;
    size_t ignored;
    if (!is_last(s, end) && !is_of_argument && !(is_at(s, end + 1, "value", &ignored) && is_last(s, ignored))) {
        reading_error(s->reading, mark_at(s, end + 1), "", "settings.NAME is its value",
                      "of a setting only the value can be set");
        return NULL;
    }
    if (!is_last(s, end) && is_of_argument) {
        struct node *map = tree_find(old, "value") != NULL ? old : map_of_one(s, "value", old);
        struct node *inside = map == NULL ? NULL : set_in_leaf(s, map, end + 1);
        if (inside == NULL || inside != s->value)
            return inside == NULL ? NULL : map_with(s, all, entry->key, entry->mark, inside);
    }
    if (value == NULL && !is_of_argument) {
        reading_error(s->reading, mark_at(s, at), "", "give it another value", "setting '%s' cannot be taken away",
                      entry->key);
        return NULL;
    }
    if (value != NULL && owner != NULL && tree_find(value, "owner") == NULL) {
        struct node *map = tree_find(value, "value") != NULL ? value : map_of_one(s, "value", value);
        value = map == NULL ? NULL : map_with(s, map, "owner", owner->mark, owner);
        if (value == NULL) return NULL;
    }
    s->last_at = at;
    return map_with(s, all, entry->key, mark_at(s, at), value);
}

/* changes.NAME.at, changes.NAME.set.PATH, variants.NAME.without, ...; the set PATHs are kept as they are written. */
static struct node *set_in_entry(struct set *s, const struct node *all, const struct entry *entry, size_t at,
                                 size_t end)
{
    size_t key_end, last;
    struct node *inside;
    if (is_last(s, end)) return put_last(s, all, entry->key, at);
    if (entry->value->kind != NODE_MAP) return (struct node *)(uintptr_t)all; /* the walk tells what is wrong with it */
    const char *key = key_at(s, entry->value, end + 1, &key_end);
    if (key == NULL) return NULL;
    if (is_last(s, key_end) && strcmp(key, "set") == 0 && s->kind == SET_OF_VARIANT && s->value != NULL &&
        s->value->kind == NODE_MAP) {
        s->is_open = 1;
        return NULL;
    }
    if (is_last(s, key_end)) {
        inside = put_last(s, entry->value, key, end + 1);
    } else if (strcmp(key, "set") == 0) {
        const struct node *sets = tree_find(entry->value, "set");
        const int is_map = sets == NULL || sets->kind == NODE_MAP;
        const char *path = is_map ? text_of(s, key_end + 1, s->n_path) : NULL;
        struct node *new_sets = path == NULL ? NULL : put_last(s, sets, path, key_end + 1);
        inside = new_sets == NULL ? NULL : map_with(s, entry->value, "set", mark_at(s, end + 1), new_sets);
        if (!is_map) return (struct node *)(uintptr_t)all;
    } else {
        last = key_end + 1;
        reading_error(s->reading, mark_at(s, last), "", "", "`%s` has no keys", key);
        inside = NULL;
    }
    return inside == NULL ? NULL : map_with(s, all, entry->key, entry->mark, inside);
}

/* The first key of the path is one of the three. */
static struct node *set_in_study(struct set *s, struct node *root, const char *key, size_t end)
{
    const int is_setting = strcmp(key, "settings") == 0;
    const struct entry *top = tree_entry(root, key), *entry;
    size_t name_end = end;
    struct node *inside;
    if (s->kind == SET_OF_CHANGE && !is_setting) {
        reading_error(s->reading, mark_at(s, 0), "", "", "a change cannot set `%s`", key);
        return NULL;
    }
    if (is_last(s, end)) {
        s->is_open = s->kind != SET_ARGUMENT && s->value != NULL && s->value->kind == NODE_MAP;
        if (s->is_open || s->kind == SET_ARGUMENT) return s->is_open ? NULL : put_last(s, root, key, 0);
        reading_error(s->reading, mark_at(s, 0), "", "set one of them: `settings.NAME`, `changes.NAME.at`",
                      "`%s` cannot be set as a whole", key);
        return NULL;
    }
    if (top != NULL && top->value->kind != NODE_MAP) return root; /* the walk tells what is wrong with it */
    entry = longest_entry(s, top == NULL ? NULL : top->value, end + 1, &name_end);
    if (entry == NULL && s->kind == SET_ARGUMENT && !is_setting && s->value != NULL && s->value->kind == NODE_MAP) {
        const char *name = text_of(s, end + 1, s->n_path);
        inside = name == NULL ? NULL : put_last(s, top == NULL ? NULL : top->value, name, end + 1);
    } else if (entry == NULL) {
        static const char *const whats[] = {"settings", "setting", "changes", "change", "variants", "variant"};
        int i = 0;
        while (strcmp(whats[i], key) != 0)
            i += 2;
        no_such_entry_of(s, whats[i + 1], top == NULL ? NULL : top->value, end + 1);
        return NULL;
    } else if (is_setting) {
        inside = set_setting(s, top->value, entry, end + 1, name_end);
    } else if (s->kind == SET_OF_VARIANT && is_last(s, name_end)) {
        s->is_open = s->value != NULL && s->value->kind == NODE_MAP;
        if (!s->is_open)
            reading_error(s->reading, mark_at(s, end + 1), "", "a variant leaves a change out with `without: NAME`",
                          "a change cannot be set as a whole");
        return NULL;
    } else {
        inside = set_in_entry(s, top->value, entry, end + 1, name_end);
    }
    return inside == NULL ? NULL : map_with(s, root, key, top == NULL ? mark_at(s, 0) : top->mark, inside);
}

static int is_of_study(const struct set *s, const char **key, size_t *end)
{
    static const char *const keys[] = {"settings", "changes", "variants"};
    for (int i = 0; i < 3; i++) {
        *key = keys[i];
        if (is_at(s, 0, keys[i], end)) return s->kind == SET_ARGUMENT || i < 2;
    }
    return 0;
}

static struct node *set_in_root(struct set *s, struct node *root)
{
    const char *key;
    size_t end;
    if (is_of_study(s, &key, &end)) return set_in_study(s, root, key, end);
    return set_in_block(s, &scenario_block, root, 0);
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
    const char *key;
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == &scenario_block && is_at(s, 0, d->key, &end) && !is_of_study(s, &key, &end))
            return reading_error(s->reading, mark_at(s, 0), "", "edit the file", "`%s` cannot be set", d->key);
    return 1;
}

int set_is_about_models(const char *argument)
{
    return strncmp(argument, "prices.models.", strlen("prices.models.")) == 0;
}

struct node *set_apply(struct reading *reading, struct node *root, const char *argument)
{
    char name[PATH_BYTES], shown[PATH_BYTES - 8];
    struct set s;
    memset(&s, 0, sizeof s);
    s.reading = reading;
    s.kind = SET_ARGUMENT;
    s.argument = argument;
    s.n_path = strcspn(argument, "=");
    s.n_parts = 1;
    snprintf(name, sizeof name, "--set %s", wording_excerpt(argument, shown, sizeof shown));
    s.file = reading_file(reading, name);
    s.parts[0].mark = (struct mark){s.file, 1, 1};
    if (argument[s.n_path] != '=') {
        reading_error(reading, mark_at(&s, 0), "", "for example --set workloads.chat.tokens.output=300",
                      "--set takes path=value");
        return NULL;
    }
    if (!check_path(&s) || !read_value(&s)) return NULL;
    return set_in_root(&s, root);
}

/* -- the sets of a change or a variant -- */

static void log_done(const struct set *s, struct sets_done *done)
{
    if (done == NULL) return;
    if (done->n == done->capacity) {
        const int32_t capacity = done->capacity * 2 + 8;
        void *items = realloc(done->items, (size_t)capacity * sizeof done->items[0]);
        if (items == NULL) {
            reading_no_memory(s->reading);
            return;
        }
        done->items = (struct set_done *)items;
        done->capacity = capacity;
    }
    done->items[done->n++] = (struct set_done){s->argument, mark_at(s, s->last_at), s->value, done->owner};
}

static struct node *put_entries(struct set *around, struct node *root, const struct node *map, struct sets_done *done);

static struct node *put_entry(struct set *around, struct node *root, const struct entry *entry, struct sets_done *done)
{
    struct set s = *around;
    char path[INPUT_PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%.*s%s%s", (int)around->n_path, around->argument,
                           around->n_path > 0 ? "." : "", entry->key);
    if (n >= (int)sizeof path || s.n_parts == PARTS_MOST || strchr(entry->key, '=') != NULL) {
        reading_error(s.reading, entry->mark, "", "for example workloads.chat.tokens.output",
                      "this is no path of keys");
        return NULL;
    }
    s.argument = arena_text(&s.reading->arena, path, (size_t)n);
    if (s.argument == NULL) {
        reading_no_memory(s.reading);
        return NULL;
    }
    s.parts[s.n_parts++] = (struct part){around->n_path > 0 ? around->n_path + 1 : 0, entry->mark};
    s.n_path = (size_t)n;
    s.value = tree_is_null(entry->value) ? NULL : entry->value;
    s.is_open = 0;
    struct node *next = set_in_root(&s, root);
    if (s.is_open) return put_entries(&s, root, entry->value, done);
    if (next != NULL) log_done(&s, done);
    return next;
}

static struct node *put_entries(struct set *around, struct node *root, const struct node *map, struct sets_done *done)
{
    struct node *last = root;
    for (int32_t i = 0; i < map->n; i++) {
        struct node *next = put_entry(around, last, &map->entries[i], done);
        if (next != NULL) last = next; /* else told: go on for the errors of the others */
    }
    return last;
}

struct node *set_all(struct reading *reading, struct node *root, const struct node *map, enum set_kind kind,
                     struct sets_done *done)
{
    struct set s;
    memset(&s, 0, sizeof s);
    s.reading = reading;
    s.kind = kind;
    s.argument = "";
    s.file = map->mark.file;
    return put_entries(&s, root, map, done);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/scenario.h"
#include "scenarios/read/civil.h"
#include "scenarios/read/later.h"
#include "scenarios/read/names.h"
#include "scenarios/read/quantity.h"
#include "scenarios/read/value.h"

const struct param_block setting_block = {.name = "setting", .scalar_key = "value"};
const struct param_block change_block = {.name = "change"};
const struct param_block variant_block = {.name = "variant"};

const struct directive fill_directives[] = {
    {&scenario_block, "extends", "a template: its keys hold where this file says nothing; `key: null` takes one away"},
    {&scenario_block, "expect", "rows that `floe run --expect` checks"},
    {&scenario_block, "lesson", "number, question and expect rows of a lesson"},
    {&scenario_block, "settings", "values by name that several keys read: `model: {setting: NAME}`"},
    {&scenario_block, "changes", "by name: keys that are set at an instant"},
    {&scenario_block, "variants", "what-ifs by name; each is simulated, with the same draws"},
    {&prices_block, "book", "a price book file; the models that the scenario uses are taken from it"},
    {&setting_block, "value", "the value, as it could stand behind the keys that read it; evidence stands beside it"},
    {&setting_block, "owner", "who may change it: a label for the reports"},
    {&change_block, "at",
     "required: the instant, 2026-03-18T00:00Z or 2026-03-18; before time.start: from the start on"},
    {&change_block, "set", "required: paths and their new values: `{settings.llm_model: claude-opus-4-6}`"},
    {&variant_block, "set", "as of a change, but from the start on; also `changes.NAME.at`"},
    {&variant_block, "without", "a change that is left out, or a list of them"},
    {NULL, NULL, NULL},
};

#define NO_FILE (-2) /* of a meta that says nothing: no value's file */

struct meta {
    enum evidence evidence;
    const char *source, *date;
    int32_t file;
    int is_everywhere; /* said beside the value itself, or by --set: for values of any file */
};

struct fill {
    struct reading *reading;
    char *base;
    const struct settings *settings;
    struct inputs *inputs;
    struct places *places;
    int is_in_absent; /* a block above is absent, and its presets with it */
    char path[INPUT_PATH_BYTES];
};

/* A block on its way: what the functions below share about it. */
struct block_here {
    const struct param_block *block;
    const struct param *row; /* that holds the block */
    const struct node *map;  /* NULL: the file says nothing about it */
    struct mark mark;
    char *at;
    const char *name; /* of an entry of a map, or NULL */
    struct meta meta;
    int is_wanted; /* given or required: what is missing in it is an error */
    int is_scalar; /* the file gives a single value, for the scalar_key */
    int has_presets;
};

static const struct param root_row = {.key = "scenario", .kind = PARAM_BLOCK, .block = &scenario_block};

/* row: the one that holds the block. */
static void fill_block(struct fill *f, const struct param *row, const struct node *node, struct mark mark, void *at,
                       const char *name, struct meta meta, int is_wanted);

/* -- paths and places -- */

static size_t path_push(struct fill *f, const char *key)
{
    const size_t n = strlen(f->path);
    snprintf(f->path + n, sizeof f->path - n, "%s%s", n > 0 ? "." : "", key);
    return n;
}

static void path_pop(struct fill *f, size_t n)
{
    f->path[n] = '\0';
}

static void *grown(void *items, int32_t n, int32_t *capacity, size_t size)
{
    if (n < *capacity) return items;
    const int32_t wanted = *capacity * 2 + 32;
    void *bigger = realloc(items, (size_t)wanted * size);
    if (bigger != NULL) *capacity = wanted;
    return bigger;
}

static void place_add(struct fill *f, struct mark mark)
{
    struct places *p = f->places;
    void *items = grown(p->items, p->n, &p->capacity, sizeof p->items[0]);
    if (items == NULL) {
        reading_no_memory(f->reading);
        return;
    }
    p->items = (struct place *)items;
    snprintf(p->items[p->n].path, sizeof p->items[p->n].path, "%s", f->path);
    p->items[p->n++].mark = mark;
}

static void input_add(struct fill *f, const struct input *input)
{
    void *items = grown(f->inputs->items, f->inputs->n, &f->inputs->capacity, sizeof *input);
    if (items == NULL) {
        reading_no_memory(f->reading);
        return;
    }
    f->inputs->items = (struct input *)items;
    f->inputs->items[f->inputs->n++] = *input;
}

struct mark places_find(const struct places *places, const struct inputs *inputs, const char *path)
{
    char at[INPUT_PATH_BYTES];
    snprintf(at, sizeof at, "%s", path);
    for (;;) {
        for (int32_t i = 0; i < inputs->n; i++)
            if (inputs->items[i].line > 0 && strcmp(inputs->items[i].path, at) == 0)
                return (struct mark){inputs->items[i].file, inputs->items[i].line, inputs->items[i].column};
        for (int32_t i = 0; i < places->n; i++)
            if (strcmp(places->items[i].path, at) == 0) return places->items[i].mark;
        char *dot = strrchr(at, '.');
        if (dot == NULL && at[0] == '\0') return NO_MARK;
        *(dot == NULL ? at : dot) = '\0';
    }
}

/* "workload 'matching'", "time", "chain step" */
static const char *subject(const struct block_here *here, char out[160])
{
    char shown[100];
    if (here->name != NULL)
        snprintf(out, 160, "%s '%s'", here->block->name, wording_excerpt(here->name, shown, sizeof shown));
    else
        snprintf(out, 160, "%s", here->row->kind == PARAM_BLOCK ? here->row->key : here->block->name);
    return out;
}

/* The key of one of the block's values, as the user wrote it. */
static const char *key_written(const struct block_here *here, const struct param *row)
{
    if (!here->is_scalar || strcmp(row->key, here->block->scalar_key) != 0) return row->key;
    return here->name != NULL ? here->name : here->row->key;
}

/* -- keys -- */

int fill_is_common_key(const char *key)
{
    return strcmp(key, "evidence") == 0 || strcmp(key, "source") == 0 || strcmp(key, "date") == 0;
}

static int is_directive(const struct param_block *block, const char *key)
{
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == block && strcmp(d->key, key) == 0) return 1;
    return 0;
}

static void list_keys(const struct param_block *block, char *out, size_t most)
{
    const struct param *list = block->list_key == NULL ? NULL : value_row(block, block->list_key);
    if (list != NULL && list->block != NULL) block = list->block; /* what is written in its place */
    size_t n = (size_t)snprintf(out, most, "known keys: ");
    for (int32_t i = 0; i < block->n_rows && n < most; i++)
        n += (size_t)snprintf(out + n, most - n, "%s, ", block->rows[i].key);
    for (const struct directive *d = fill_directives; d->block != NULL && n < most; d++)
        if (d->block == block) n += (size_t)snprintf(out + n, most - n, "%s, ", d->key);
    if (n < most) snprintf(out + n, most - n, "evidence, source, date");
}

/* {input:2000}: the row, if the key is one with its value stuck to it. */
static const struct param *stuck_row(const struct param_block *block, const struct entry *entry)
{
    const size_t n = strcspn(entry->key, ":");
    if (entry->key[n] == '\0' || !tree_is_null(entry->value)) return NULL;
    for (int32_t i = 0; i < block->n_rows; i++)
        if (strlen(block->rows[i].key) == n && strncmp(block->rows[i].key, entry->key, n) == 0) return &block->rows[i];
    return NULL;
}

/* The key that was probably meant; NULL: none is near. `rate: 5/s` is no `date`. */
static const char *nearest_key(const struct param_block *block, const struct entry *entry)
{
    int64_t at_s;
    const char *text = entry->value->kind == NODE_SCALAR ? entry->value->text : "";
    struct nearest nearest = nearest_begin(entry->key);
    for (int32_t i = 0; i < block->n_rows; i++)
        nearest_consider(&nearest, block->rows[i].key);
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == block) nearest_consider(&nearest, d->key);
    nearest_consider(&nearest, "evidence");
    nearest_consider(&nearest, "source");
    if (civil_parse_date(text, strlen(text), &at_s) == NULL) nearest_consider(&nearest, "date");
    return nearest.best;
}

static void unknown_key(struct fill *f, const struct block_here *here, const struct entry *entry)
{
    const struct param *stuck = stuck_row(here->block, entry);
    const char *meant = stuck != NULL ? stuck->key : nearest_key(here->block, entry);
    char hint[MESSAGE_BYTES], shown[64], whose[160];
    wording_excerpt(entry->key, shown, sizeof shown);
    if (stuck != NULL)
        snprintf(hint, sizeof hint, "a space stands behind the colon: '%s: %s'", meant, shown + strlen(meant) + 1);
    else if (meant != NULL)
        snprintf(hint, sizeof hint, "did you mean '%s'?", meant);
    else
        list_keys(here->block, hint, sizeof hint);
    const size_t path = path_push(f, meant != NULL ? meant : entry->key);
    reading_error(f->reading, entry->mark, f->path, hint, "unknown key '%s' in %s", shown, subject(here, whose));
    path_pop(f, path);
}

static void check_keys(struct fill *f, const struct block_here *here)
{
    for (int32_t i = 0; i < here->map->n; i++) {
        const struct entry *entry = &here->map->entries[i];
        if (value_row(here->block, entry->key) == NULL && !fill_is_common_key(entry->key) &&
            !is_directive(here->block, entry->key))
            unknown_key(f, here, entry);
    }
}

/* -- evidence -- */

static int read_evidence(struct fill *f, const struct node *node, enum evidence *out)
{
    struct nearest nearest = nearest_begin(node->kind == NODE_SCALAR ? node->text : "");
    char hint[MESSAGE_BYTES], shown[64];
    for (int i = 1; i < EVIDENCE_N && node->kind == NODE_SCALAR; i++) {
        if (strcmp(evidence_names[i], node->text) == 0) {
            *out = (enum evidence)i;
            return 1;
        }
        nearest_consider(&nearest, evidence_names[i]);
    }
    snprintf(hint, sizeof hint, nearest.best != NULL ? "did you mean '%s'?" : "%s",
             nearest.best != NULL ? nearest.best : "");
    return reading_error(f->reading, node->mark, f->path, hint,
                         "'%s' is no evidence; allowed: measured, load_tested, invoice, contract, public, derived, "
                         "assumed, synthetic",
                         node->kind == NODE_SCALAR ? wording_excerpt(node->text, shown, sizeof shown)
                                                   : "a map or list");
}

static int read_source(struct fill *f, const struct node *node, const char **out)
{
    if (node->kind != NODE_SCALAR || strpbrk(node->text, "\n\r\t") != NULL)
        return reading_error(f->reading, node->mark, f->path, "", "a source is one line of text");
    if (strlen(node->text) >= INPUT_TEXT_BYTES)
        return reading_error(f->reading, node->mark, f->path, "", "the source has %zu bytes; allowed: at most %d",
                             strlen(node->text), INPUT_TEXT_BYTES - 1);
    *out = node->text;
    return 1;
}

static int read_date(struct fill *f, const struct node *node, const char **out)
{
    int64_t at_s;
    const char *wrong = node->kind != NODE_SCALAR ? "not a date; it is written 2026-03-16"
                                                  : civil_parse_date(node->text, strlen(node->text), &at_s);
    if (wrong != NULL) return reading_error(f->reading, node->mark, f->path, "", "`date`: %s", wrong);
    *out = node->text;
    return 1;
}

static const struct node *said_in(const struct node *map, const char *key, int32_t file)
{
    const struct node *node = tree_find(map, key);
    return node != NULL && (file < 0 || node->mark.file == file) ? node : NULL;
}

/* What a map says about evidence, on top of what is said around it. */
static struct meta meta_inside(struct fill *f, const struct node *map, struct meta around)
{
    const struct node *evidence = said_in(map, "evidence", -1);
    const int32_t file = evidence != NULL ? evidence->mark.file : -1;
    const struct node *source = said_in(map, "source", file), *date = said_in(map, "date", file);
    if (evidence == NULL && source == NULL && date == NULL) return around;
    struct meta meta = {EVIDENCE_NONE, "", "", 0, 0};
    meta.file = evidence != NULL ? file : source != NULL ? source->mark.file : date->mark.file;
    if (evidence == NULL && around.file == meta.file) meta = around;
    meta.is_everywhere = strncmp(reading_name(f->reading, meta.file), "--set ", strlen("--set ")) == 0;
    if (source != NULL) meta.date = "";
    if (evidence != NULL) read_evidence(f, evidence, &meta.evidence);
    if (source != NULL) read_source(f, source, &meta.source);
    if (date != NULL) read_date(f, date, &meta.date);
    return meta;
}

/* Evidence around a block speaks of its quantities and traces, not of a name, a kind or a flag in it. */
static int takes_evidence(const struct block_here *here, const struct param *row)
{
    switch (row->kind) {
    case PARAM_NUMBER:
    case PARAM_COUNT:
    case PARAM_SERIES:
    case PARAM_VALUES: return 1;
    case PARAM_TEXT: return here->block == &trace_ref_block && strcmp(row->key, here->block->scalar_key) == 0;
    default: return 0;
    }
}

static void meta_store(struct meta meta, const struct node *value, struct input *input)
{
    if (!meta.is_everywhere && meta.file != value->mark.file) return;
    input->evidence = meta.evidence;
    snprintf(input->source, sizeof input->source, "%s", meta.source);
    snprintf(input->date, sizeof input->date, "%s", meta.date);
}

/* -- one value -- */

static int leaf_fault(struct fill *f, const char *key, struct mark mark, const struct fault *fault)
{
    char shown[100];
    return reading_error(f->reading, mark, f->path, fault->hint, "`%s`: %s", wording_excerpt(key, shown, sizeof shown),
                         fault->what);
}

static void fill_list_of_numbers(struct fill *f, const struct param *row, const struct node *list, struct input *input,
                                 char *at)
{
    struct fault fault;
    const int is_series = row->kind == PARAM_SERIES;
    if (list->kind != NODE_LIST || list->n > row->most || list->n < (is_series ? row->most : 1)) {
        char have[32] = "one value";
        if (list->kind == NODE_LIST) snprintf(have, sizeof have, "%d numbers", (int)list->n);
        reading_error(f->reading, list->mark, f->path, row->help, "`%s` is a list of %s%d numbers, not %s", row->key,
                      is_series ? "" : "1 to ", (int)row->most, list->kind == NODE_MAP ? "a map" : have);
        return;
    }
    for (int32_t i = 0; i < list->n; i++) {
        const struct node *node = list->entries[i].value;
        if (node->kind != NODE_SCALAR)
            fault_what(&fault, "a list holds single numbers"), fault.hint[0] = '\0';
        else if (value_read_entry(row, node->text, i, at, &fault))
            continue;
        leaf_fault(f, row->key, node->mark, &fault);
    }
    if (!is_series) *(int32_t *)(at + row->count_offset) = list->n;
    input_add(f, input);
}

/* {value, evidence, source, date} to its value; NULL: something else. */
static const struct node *leaf_inside(struct fill *f, const struct param *row, const struct node *map,
                                      struct meta *meta)
{
    const struct node *value = tree_find(map, "value");
    char shown[64];
    if (value == NULL) {
        reading_error(f->reading, map->mark, f->path, row->help,
                      "`%s` is one value, or {value, evidence, source, date}; not a map of other keys", row->key);
        return NULL;
    }
    for (int32_t i = 0; i < map->n; i++) {
        const char *key = map->entries[i].key;
        if (strcmp(key, "value") == 0 || fill_is_common_key(key)) continue;
        reading_error(f->reading, map->entries[i].mark, f->path, "known keys: value, evidence, source, date",
                      "unknown key '%s' beside the value of `%s`", wording_excerpt(key, shown, sizeof shown), row->key);
    }
    *meta = meta_inside(f, map, *meta);
    if (map->n > 1) meta->is_everywhere = 1;
    return value;
}

/* [300, 500] where one value belongs: a range was meant. 0: something else. */
static int range_hint(const struct param *row, const struct node *list, char hint[MESSAGE_BYTES])
{
    char range[128];
    struct quantity q;
    struct fault ignored;
    if (row == NULL || row->kind != PARAM_NUMBER || list->kind != NODE_LIST || list->n != 2) return 0;
    const struct node *low = list->entries[0].value, *high = list->entries[1].value;
    if (low->kind != NODE_SCALAR || high->kind != NODE_SCALAR) return 0;
    const int n = snprintf(range, sizeof range, "%s to %s", low->text, high->text);
    if (n >= (int)sizeof range || !quantity_read(range, row->unit, &q, &ignored)) return 0;
    return snprintf(hint, MESSAGE_BYTES, "a range is written '%s'", range);
}

/* {setting: NAME} to the setting's value, with what is said beside it; NULL: told. */
static const struct node *setting_inside(struct fill *f, const char *key, const struct node *map, struct meta *meta)
{
    static const struct meta nothing = {EVIDENCE_NONE, "", "", NO_FILE, 0};
    const struct setting *setting;
    char shown[100];
    if (map->n > 1) {
        reading_error(f->reading, map->mark, f->path, "evidence stands beside the setting's own value",
                      "`%s`: {setting: NAME} stands alone", wording_excerpt(key, shown, sizeof shown));
        return NULL;
    }
    setting = settings_find(f->reading, f->settings, tree_find(map, "setting"), f->path);
    if (setting == NULL) return NULL;
    *meta = setting->said == NULL ? nothing : meta_inside(f, setting->said, nothing);
    meta->is_everywhere = 1;
    return setting->value;
}

static void fill_leaf(struct fill *f, const struct block_here *here, const struct param *row, const struct node *node)
{
    const struct meta nothing = {EVIDENCE_NONE, "", "", NO_FILE, 0};
    struct meta meta = takes_evidence(here, row) ? here->meta : nothing;
    const char *key = key_written(here, row);
    char *at = here->at, hint[MESSAGE_BYTES];
    struct input input;
    struct fault fault;
    memset(&input, 0, sizeof input);
    if (tree_is_setting(node))
        node = setting_inside(f, key, node, &meta);
    else if (node->kind == NODE_MAP)
        node = leaf_inside(f, row, node, &meta);
    if (node == NULL) return;
    snprintf(input.path, sizeof input.path, "%s", f->path);
    input.offset = (uint32_t)(at + row->offset - f->base);
    input.row = row;
    input.file = node->mark.file;
    input.line = node->mark.line;
    input.column = node->mark.column;
    meta_store(meta, node, &input);
    if (tree_is_null(node)) {
        reading_error(f->reading, node->mark, f->path, "give one, or leave the key out", "`%s` has no value", key);
    } else if (row->kind == PARAM_SERIES || row->kind == PARAM_VALUES) {
        fill_list_of_numbers(f, row, node, &input, at);
    } else if (node->kind != NODE_SCALAR) {
        reading_error(f->reading, node->mark, f->path, range_hint(row, node, hint) ? hint : row->help,
                      "`%s` is one value, not a %s", key, node->kind == NODE_MAP ? "map" : "list");
    } else if (value_read(row, node->text, at, &input, &fault)) {
        input_add(f, &input);
    } else {
        const char *later = row->kind == PARAM_CHOICE ? later_choice(here->block, row, node->text) : NULL;
        if (later != NULL) fault_hint(&fault, "%s", later);
        leaf_fault(f, key, node->mark, &fault);
    }
}

static void fill_preset(struct fill *f, const struct param *row, char *at)
{
    struct input input;
    struct fault fault;
    memset(&input, 0, sizeof input);
    snprintf(input.path, sizeof input.path, "%s", f->path);
    input.offset = (uint32_t)(at + row->offset - f->base);
    input.row = row;
    input.is_preset = 1;
    input.file = -1;
    if (value_read(row, row->preset, at, &input, &fault))
        input_add(f, &input);
    else
        leaf_fault(f, row->key, NO_MARK, &fault); /* a row with a broken preset; a test reads them all */
}

static void missing(struct fill *f, const struct block_here *here, const struct param *row)
{
    char whose[160], hint[MESSAGE_BYTES];
    if (reading_has_told(f->reading, f->path)) return; /* it is there, misspelt */
    snprintf(hint, sizeof hint, "%s", row->help);
    if (here->name != NULL && value_row(here->block, here->name) != NULL)
        snprintf(hint, sizeof hint, "`%s` is a key of a %s: indent it further, below the %s's name", here->name,
                 here->block->name, here->block->name);
    reading_error(f->reading, here->mark, f->path, hint, "%s lacks `%s`", subject(here, whose), row->key);
}

static void fill_absent_leaf(struct fill *f, const struct block_here *here, const struct param *row)
{
    value_clear(row, here->at);
    if (row->preset == PARAM_REQUIRED) {
        if (here->is_wanted) missing(f, here, row);
    } else if (row->preset[0] != '\0') {
        const int32_t before = f->inputs->n;
        fill_preset(f, row, here->at);
        if (!here->has_presets && f->inputs->n > before) f->inputs->n = before;
    }
}

/* -- maps and lists of blocks -- */

/* How many entries are read: more than allowed are refused, but what is wrong with the first of them is told too. */
static int32_t entries_read(struct fill *f, const struct param *row, const struct node *node)
{
    if (node->n <= row->most) return node->n;
    reading_error(f->reading, node->mark, f->path, "", "`%s` has %d entries; allowed: at most %d", row->key,
                  (int)node->n, (int)row->most);
    return row->most;
}

static enum name_kind name_kind_of(const struct param_block *block)
{
    if (block == &model_prices_block || block == &quota_block) return NAME_OF_MODEL;
    return block == &window_block ? NAME_OF_WINDOW : NAME_OTHER;
}

static void fill_map(struct fill *f, const struct param *row, const struct node *node, char *at, struct meta meta)
{
    struct fault fault = {"", ""};
    int32_t *count = (int32_t *)(at + row->count_offset);
    if (node->kind != NODE_MAP) {
        reading_error(f->reading, node->mark, f->path, row->help, "`%s` is a map: a name, then its %s", row->key,
                      row->block->name);
        return;
    }
    const int32_t n = entries_read(f, row, node);
    for (int32_t i = 0; i < n; i++) {
        const struct entry *entry = &node->entries[i];
        char *item = at + row->offset + (size_t)i * row->size;
        const size_t path = path_push(f, entry->key);
        if (!name_check(entry->key, name_kind_of(row->block), &fault))
            reading_fault(f->reading, entry->mark, f->path, &fault);
        snprintf(item, NAME_BYTES, "%s", entry->key);
        fill_block(f, row, entry->value, entry->mark, item, entry->key, meta, 1);
        *count = i + 1;
        path_pop(f, path);
    }
}

static void fill_list(struct fill *f, const struct param *row, const struct node *node, char *at, struct meta meta)
{
    const struct entry alone = {NULL, node->mark, (struct node *)(uintptr_t)node};
    const int is_list = node->kind == NODE_LIST;
    const int32_t n = is_list ? entries_read(f, row, node) : 1;
    for (int32_t i = 0; i < n; i++) {
        const struct entry *entry = is_list ? &node->entries[i] : &alone;
        char index[16];
        snprintf(index, sizeof index, "%d", (int)i);
        const size_t path = path_push(f, index);
        fill_block(f, row, entry->value, entry->mark, at + row->offset + (size_t)i * row->size, NULL, meta, 1);
        path_pop(f, path);
    }
    *(int32_t *)(at + row->count_offset) = n;
}

static void fill_many(struct fill *f, const struct block_here *here, const struct param *row, const struct entry *entry)
{
    if (entry == NULL) {
        if (row->preset == PARAM_REQUIRED && here->is_wanted) missing(f, here, row);
        return;
    }
    const int is_empty = entry->value->kind != NODE_SCALAR && entry->value->n == 0;
    if (tree_is_null(entry->value)) {
        reading_error(f->reading, entry->mark, f->path, row->help, "`%s` has no value", row->key);
    } else if (is_empty && row->preset == PARAM_REQUIRED) {
        reading_error(f->reading, entry->mark, f->path, row->help, "`%s` needs at least one entry", row->key);
    } else if (row->kind == PARAM_MAP) {
        fill_map(f, row, entry->value, here->at, here->meta);
    } else {
        fill_list(f, row, entry->value, here->at, here->meta);
    }
}

/* -- one block -- */

static void fill_row(struct fill *f, const struct block_here *here, const struct param *row)
{
    const struct entry *entry = tree_entry(here->map, row->key);
    const size_t path = path_push(f, row->key);
    if (row->kind == PARAM_BLOCK) {
        const int is_wanted = here->is_wanted && (entry != NULL || row->preset == PARAM_REQUIRED);
        if (entry == NULL && is_wanted)
            missing(f, here, row);
        else
            fill_block(f, row, entry == NULL ? NULL : entry->value, entry == NULL ? here->mark : entry->mark,
                       here->at + row->offset, NULL, here->meta, is_wanted);
    } else if (row->kind == PARAM_MAP || row->kind == PARAM_LIST) {
        if (entry != NULL) place_add(f, entry->mark);
        fill_many(f, here, row, entry);
    } else if (entry != NULL) {
        value_clear(row, here->at);
        fill_leaf(f, here, row, entry->value);
    } else {
        fill_absent_leaf(f, here, row);
    }
    path_pop(f, path);
}

static struct node *wrapped(struct fill *f, const char *key, const struct node *node)
{
    struct node *map = tree_map(f->reading, 1, node->mark);
    if (map != NULL) tree_put(map, key, node->mark, (struct node *)(uintptr_t)node);
    return map;
}

int fill_is_list_entry(const struct param_block *block, const struct node *map)
{
    if (block->list_key == NULL || value_row(block, block->list_key)->block == NULL) return 0;
    if (map->kind != NODE_MAP || map->n == 0) return 0;
    for (int32_t i = 0; i < map->n; i++)
        if (value_row(block, map->entries[i].key) != NULL) return 0;
    return 1;
}

/* {value: 300, evidence: ...} for a block whose scalar_key is `mean`: the same map with `mean` for `value`. */
static const struct node *with_value_renamed(struct fill *f, const struct param_block *block, const struct node *map)
{
    const struct entry *value = tree_entry(map, "value");
    if (value == NULL || block->scalar_key == NULL || value_row(block, "value") != NULL) return map;
    if (tree_entry(map, block->scalar_key) != NULL) {
        reading_error(f->reading, value->mark, f->path, "", "`value` and `%s` mean the same here; keep one",
                      block->scalar_key);
        return NULL;
    }
    struct node *copy = tree_map(f->reading, map->n, map->mark);
    for (int32_t i = 0; copy != NULL && i < map->n; i++) {
        const struct entry *entry = &map->entries[i];
        tree_put(copy, entry == value ? block->scalar_key : entry->key, entry->mark, entry->value);
    }
    return copy;
}

static const struct node *refuse_form(struct fill *f, const struct block_here *here, const struct node *node)
{
    const struct param_block *block = here->block;
    const struct param *scalar = block->scalar_key == NULL ? NULL : value_row(block, block->scalar_key);
    char whose[160], hint[MESSAGE_BYTES], shown[64];
    subject(here, whose);
    if (!range_hint(scalar, node, hint)) list_keys(block, hint, sizeof hint);
    if (tree_is_null(node))
        reading_error(f->reading, here->mark, f->path, hint, "%s has no value", whose);
    else if (node->kind == NODE_LIST)
        reading_error(f->reading, node->mark, f->path, hint, "%s is a map of keys, not a list", whose);
    else
        reading_error(f->reading, node->mark, f->path, hint, "%s is a map of keys, not '%s'", whose,
                      wording_excerpt(node->text, shown, sizeof shown));
    return NULL;
}

/* {setting: NAME} in place of a block is its scalar_key's. */
static const struct node *of_setting(struct fill *f, const struct block_here *here, const struct node *node)
{
    char whose[160];
    if (here->block->scalar_key != NULL) return wrapped(f, here->block->scalar_key, node);
    reading_error(f->reading, node->mark, f->path, "a setting is one value; let the keys inside read settings",
                  "%s is a map of keys; {setting: NAME} stands in place of one value", subject(here, whose));
    return NULL;
}

/* The map of the block's keys that the node stands for; NULL: it was refused. */
static const struct node *as_map(struct fill *f, const struct block_here *here, const struct node *node)
{
    const struct param_block *block = here->block;
    if (tree_is_null(node)) return refuse_form(f, here, node);
    if (tree_is_setting(node) && value_row(block, "setting") == NULL) return of_setting(f, here, node);
    if (node->kind == NODE_SCALAR && block->scalar_key != NULL) return wrapped(f, block->scalar_key, node);
    if (node->kind == NODE_LIST && block->list_key != NULL) return wrapped(f, block->list_key, node);
    if (fill_is_list_entry(block, node)) return wrapped(f, block->list_key, node);
    return node->kind == NODE_MAP ? with_value_renamed(f, block, node) : refuse_form(f, here, node);
}

static int has_preset_meaning(const struct param_block *block)
{
    const struct param *row = block->scalar_key == NULL ? NULL : value_row(block, block->scalar_key);
    for (int32_t i = 0; i < block->n_rows; i++)
        if (block->rows[i].preset == PARAM_REQUIRED) return 0; /* without that there is no such block */
    return row == NULL || (row->preset != PARAM_REQUIRED && row->preset[0] != '\0');
}

/* The entry that a dotted path begins with; *rest: what is behind it. Names may hold dots. */
static const struct entry *entry_of_path(const struct node *map, const char *path, const char **rest)
{
    for (int32_t i = 0; map != NULL && map->kind == NODE_MAP && i < map->n; i++) {
        const size_t n = strlen(map->entries[i].key);
        if (strncmp(map->entries[i].key, path, n) != 0 || (path[n] != '.' && path[n] != '\0')) continue;
        *rest = path[n] == '.' ? path + n + 1 : path + n;
        return &map->entries[i];
    }
    return NULL;
}

/* The place of one of the block's keys (`task.search.after`: as deep as the file goes), or of the block. */
static struct mark mark_in(const struct block_here *here, const char *key)
{
    struct mark mark = here->mark;
    const struct node *map = here->map;
    while (key[0] != '\0') {
        const struct entry *entry = entry_of_path(map, key, &key);
        if (entry == NULL) break;
        mark = entry->value->mark;
        map = entry->value;
    }
    return mark;
}

static void check_free(struct fill *f, const struct block_here *here)
{
    const struct param *free_row = value_row(here->block, "free");
    if (free_row == NULL || *(const int32_t *)(here->at + free_row->offset) != 0) return;
    for (int32_t i = 0; i < here->block->n_rows; i++) {
        const struct param *row = &here->block->rows[i];
        if ((row->flags & PARAM_FREE_WHEN_ZERO) == 0 || *(const double *)(here->at + row->offset) != 0) continue;
        const size_t path = path_push(f, row->key);
        reading_error(f->reading, mark_in(here, row->key), f->path,
                      "add `free: true` beside it if it costs nothing; leave the key out if the price is not known",
                      "`%s`: a price of 0 must be meant", row->key);
        path_pop(f, path);
    }
}

/* Does the block mix keys of a file with those of its template? */
static int has_keys_of_template(const struct node *map)
{
    for (int32_t i = 1; i < map->n; i++)
        if (map->entries[i].mark.file != map->entries[0].mark.file) return 1;
    return 0;
}

static void check_block(struct fill *f, const struct block_here *here)
{
    struct complaint c;
    char hint[MESSAGE_BYTES];
    check_free(f, here);
    if (here->block->check == NULL) return;
    memset(&c, 0, sizeof c);
    if (here->block->check(here->at, &c)) return;
    const int says_leave = strstr(c.what, "leave") != NULL || strstr(c.hint, "leave") != NULL;
    const int tells_of_null = says_leave && has_keys_of_template(here->map) && strstr(c.hint, "null") == NULL;
    snprintf(hint, sizeof hint, "%s%s%s", c.hint, tells_of_null && c.hint[0] != '\0' ? "; " : "",
             tells_of_null ? "a key that the template gives is taken away with `KEY: null`" : "");
    const size_t path = path_push(f, c.key);
    reading_error(f->reading, mark_in(here, c.key), f->path, hint, "%s", c.what);
    path_pop(f, path);
}

static void fill_block(struct fill *f, const struct param *row, const struct node *node, struct mark mark, void *at,
                       const char *name, struct meta meta, int is_wanted)
{
    const int32_t errors = reading_n_told(f->reading);
    const struct param_block *block = row->block;
    struct block_here here = {block, row, NULL, mark, (char *)at, name, meta, is_wanted, 0, 1};
    if (node != NULL) {
        place_add(f, mark);
        here.map = as_map(f, &here, node);
        if (here.map == NULL) return;
        here.is_scalar = block->scalar_key != NULL && tree_find(here.map, block->scalar_key) != NULL &&
                         tree_find(node, block->scalar_key) == NULL;
        here.meta = meta_inside(f, here.map, meta);
        check_keys(f, &here);
    } else {
        here.has_presets = !f->is_in_absent && has_preset_meaning(block);
    }
    const int was_in_absent = f->is_in_absent;
    f->is_in_absent |= !here.has_presets;
    for (int32_t i = 0; i < block->n_rows; i++)
        fill_row(f, &here, &block->rows[i]);
    f->is_in_absent = was_in_absent;
    if (node != NULL && reading_n_told(f->reading) == errors) check_block(f, &here);
}

void fill_scenario(struct reading *reading, const struct node *root, const struct settings *settings,
                   struct scenario *scenario, struct inputs *inputs, struct places *places)
{
    struct fill f;
    memset(&f, 0, sizeof f);
    memset(scenario, 0, sizeof *scenario);
    f.reading = reading;
    f.base = (char *)scenario;
    f.settings = settings;
    f.inputs = inputs;
    f.places = places;
    const struct meta nothing = {EVIDENCE_NONE, "", "", NO_FILE, 0};
    fill_block(&f, &root_row, root, root->mark, scenario, NULL, nothing, 1);
}

int fill_model_prices(struct reading *reading, const char *name, const struct node *node, struct model_prices *out)
{
    static const struct param row = {.key = "models", .kind = PARAM_BLOCK, .block = &model_prices_block};
    static const struct settings none;
    struct inputs inputs = {0};
    struct places places = {0};
    struct fill f;
    const int32_t errors = reading_n_told(reading);
    memset(&f, 0, sizeof f);
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", name);
    f.reading = reading;
    f.base = (char *)out;
    f.settings = &none;
    f.inputs = &inputs;
    f.places = &places;
    path_push(&f, name);
    const struct meta nothing = {EVIDENCE_NONE, "", "", NO_FILE, 0};
    fill_block(&f, &row, node, node->mark, out, name, nothing, 1);
    free(inputs.items);
    free(places.items);
    return reading_n_told(reading) == errors && !reading->has_no_memory;
}

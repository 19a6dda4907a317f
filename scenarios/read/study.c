/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/result.h"
#include "scenarios/read/civil.h"
#include "scenarios/read/digest.h"
#include "scenarios/read/names.h"
#include "scenarios/read/set.h"
#include "scenarios/read/value.h"
#include "scenarios/read/wording.h"

#define WHO_OF_VARIANT CHANGES_MOST /* owner of a set: a change by its index, or the variant */

struct said_change {
    const char *name;
    struct mark mark, at_mark;
    int64_t at_s;            /* INSTANT_ABSENT: cannot be read */
    const struct node *sets; /* NULL: cannot be read */
};

struct said_changes {
    struct said_change items[CHANGES_MOST];
    int32_t n;
};

struct said_variant {
    const char *name;
    struct mark mark;
    const struct node *sets; /* NULL: it sets nothing */
    uint32_t without;
};

struct said_variants {
    struct said_variant items[VARIANTS_MOST];
    int32_t n;
};

/* One variant on its way, with the messages about it alone. */
struct telling {
    struct reading *reading;
    struct floe_messages *outside; /* of the whole reading */
    struct floe_messages own;
    struct floe_messages base; /* what is wrong with the file itself; a copy */
    const struct said_changes *changes;
    const struct said_variant *variant;
    struct sets_done done; /* by the variant, then by its changes so far */
    int is_silent;
};

/* -- the maps -- */

/* The entries of `changes` or `variants`; 0: there are none, or the map cannot be read. */
static int32_t entries_of(struct reading *r, const struct node *root, const char *key, int32_t most,
                          const struct entry **entries)
{
    static const char *const example = "for example {switch: {at: 2026-03-18, set: {settings.llm_model: NAME}}}";
    const struct entry *entry = tree_entry(root, key);
    if (entry == NULL) return 0;
    if (entry->value->kind != NODE_MAP || entry->value->n == 0) {
        reading_error(r, entry->value->kind == NODE_MAP ? entry->value->mark : entry->mark, key,
                      strcmp(key, "changes") == 0 ? example
                                                  : "for example {happened: {}, no_switch: {without: switch}}",
                      entry->value->kind == NODE_MAP ? "`%s` needs at least one entry" : "`%s` is a map by name", key);
        return 0;
    }
    if (entry->value->n > most)
        reading_error(r, entry->value->mark, key, "", "`%s` has %d entries; allowed: at most %d", key,
                      (int)entry->value->n, (int)most);
    *entries = entry->value->entries;
    return entry->value->n < most ? entry->value->n : most;
}

/* The map of a change or a variant, its keys checked; NULL: told. */
static const struct node *map_of(struct reading *r, const char *what, const struct entry *entry,
                                 const char *const keys[2], const char *path)
{
    struct fault fault = {"", ""};
    char shown[64], hint[MESSAGE_BYTES];
    wording_excerpt(entry->key, shown, sizeof shown);
    if (!name_check(entry->key, NAME_OTHER, &fault)) reading_fault(r, entry->mark, path, &fault);
    if (entry->value->kind != NODE_MAP) {
        snprintf(hint, sizeof hint, "keys: %s, %s%s", keys[0], keys[1],
                 strcmp(what, "variant") == 0 ? "; {} is the scenario as it stands" : "");
        reading_error(r, tree_is_null(entry->value) ? entry->mark : entry->value->mark, path, hint,
                      "%s '%s' is a map of keys", what, shown);
        return NULL;
    }
    for (int32_t i = 0; i < entry->value->n; i++) {
        const struct entry *inside = &entry->value->entries[i];
        struct nearest nearest = nearest_begin(inside->key);
        char unknown[64];
        if (strcmp(inside->key, keys[0]) == 0 || strcmp(inside->key, keys[1]) == 0) continue;
        nearest_consider(&nearest, keys[0]);
        nearest_consider(&nearest, keys[1]);
        if (nearest.best != NULL)
            snprintf(hint, sizeof hint, "did you mean '%s'?", nearest.best);
        else
            snprintf(hint, sizeof hint, "keys of the scenario stand below `set`; known keys: %s, %s", keys[0], keys[1]);
        reading_error(r, inside->mark, path, hint, "unknown key '%s' in %s '%s'",
                      wording_excerpt(inside->key, unknown, sizeof unknown), what, shown);
    }
    return entry->value;
}

/* The map `set`; NULL: there is none, or told. */
static const struct node *sets_of(struct reading *r, const struct node *map, const char *path)
{
    const struct entry *set = tree_entry(map, "set");
    if (set == NULL) return NULL;
    if (set->value->kind == NODE_MAP && set->value->n > 0) return set->value;
    reading_error(r, set->value->kind == NODE_MAP ? set->value->mark : set->mark, path,
                  "for example set: {workloads.chat.tokens.output: 300}",
                  "`set` is a map of paths and their new values");
    return NULL;
}

/* -- changes -- */

static void read_at(struct reading *r, const struct node *map, const char *path, struct said_change *out)
{
    static const struct param at_row = {.key = "at", .kind = PARAM_INSTANT};
    const struct entry *at = tree_entry(map, "at");
    struct input input;
    struct fault fault = {"", ""};
    char shown[64];
    out->at_s = INSTANT_ABSENT;
    out->at_mark = at == NULL ? out->mark : at->value->mark;
    if (at == NULL && reading_has_told(r, path)) return; /* it is there, misspelt */
    if (at == NULL)
        reading_error(r, out->mark, path, "for example at: 2026-03-18T00:00Z", "change '%s' lacks `at`",
                      wording_excerpt(out->name, shown, sizeof shown));
    else if (at->value->kind != NODE_SCALAR || tree_is_null(at->value))
        reading_error(r, at->mark, path, "for example 2026-03-18T00:00Z", "`at` is one instant");
    else if (!value_read(&at_row, at->value->text, &out->at_s, &input, &fault))
        reading_error(r, at->value->mark, path, fault.hint, "`at`: %s", fault.what);
}

static void read_changes(struct reading *r, const struct node *root, struct said_changes *out)
{
    static const char *const keys[2] = {"at", "set"};
    const struct entry *entries = NULL;
    const int32_t n = entries_of(r, root, "changes", CHANGES_MOST, &entries);
    memset(out, 0, sizeof *out);
    for (int32_t i = 0; i < n; i++) {
        struct said_change *change = &out->items[out->n++];
        char path[INPUT_PATH_BYTES], shown[64];
        snprintf(path, sizeof path, "changes.%s", entries[i].key);
        *change = (struct said_change){entries[i].key, entries[i].mark, entries[i].mark, INSTANT_ABSENT, NULL};
        const struct node *map = map_of(r, "change", &entries[i], keys, path);
        if (map == NULL) continue;
        read_at(r, map, path, change);
        change->sets = sets_of(r, map, path);
        if (tree_entry(map, "set") == NULL && !reading_has_told(r, path))
            reading_error(r, change->mark, path, "for example set: {workloads.chat.tokens.output: 300}",
                          "change '%s' sets nothing", wording_excerpt(change->name, shown, sizeof shown));
    }
}

/* -- variants -- */

static void leave_out(struct reading *r, const struct node *name, const struct said_changes *changes, const char *path,
                      uint32_t *without)
{
    char hint[MESSAGE_BYTES], shown[64];
    struct suggestions suggestions = suggestions_begin(name->kind == NODE_SCALAR ? name->text : "");
    if (name->kind != NODE_SCALAR || tree_is_null(name)) {
        reading_error(r, name->mark, path, "without: switch, or [switch, other]",
                      "`without` is the name of a change or a list of names");
        return;
    }
    for (int32_t i = 0; i < changes->n; i++) {
        if (strcmp(changes->items[i].name, name->text) == 0) {
            *without |= 1u << i;
            return;
        }
        suggestions_consider(&suggestions, changes->items[i].name);
    }
    if (reading_has_told(r, "changes")) return; /* they are not known */
    suggestions_text(&suggestions, hint, sizeof hint);
    reading_error(r, name->mark, path, hint, "there is no change '%s'",
                  wording_excerpt(name->text, shown, sizeof shown));
}

static void read_variants(struct reading *r, const struct node *root, const struct said_changes *changes,
                          struct said_variants *out)
{
    static const char *const keys[2] = {"set", "without"};
    const struct entry *entries = NULL;
    const int32_t n = entries_of(r, root, "variants", VARIANTS_MOST, &entries);
    memset(out, 0, sizeof *out);
    for (int32_t i = 0; i < n; i++) {
        struct said_variant *variant = &out->items[out->n++];
        char path[INPUT_PATH_BYTES];
        snprintf(path, sizeof path, "variants.%s", entries[i].key);
        *variant = (struct said_variant){entries[i].key, entries[i].mark, NULL, 0};
        const struct node *map = map_of(r, "variant", &entries[i], keys, path);
        const struct node *without = tree_find(map, "without");
        if (map == NULL) continue;
        variant->sets = sets_of(r, map, path);
        if (without != NULL && without->kind == NODE_LIST)
            for (int32_t j = 0; j < without->n; j++)
                leave_out(r, without->entries[j].value, changes, path, &variant->without);
        else if (without != NULL)
            leave_out(r, without, changes, path, &variant->without);
    }
    if (out->n == 0) {
        static const struct said_variant base = {VARIANT_BASE, {-1, 0, 0}, NULL, 0};
        out->items[out->n++] = base;
    }
}

/* Known even if nothing else can be read: expect rows name them. */
static void list_variants(const struct node *root, struct study *study)
{
    const struct node *map = tree_find(root, "variants");
    const int32_t n = map == NULL || map->kind != NODE_MAP ? 0 : map->n < VARIANTS_MOST ? map->n : VARIANTS_MOST;
    for (int32_t i = 0; i < n; i++)
        snprintf(study->variants[i].name, NAME_BYTES, "%s", map->entries[i].key);
    study->n_variants = n;
    if (n > 0) return;
    snprintf(study->variants[0].name, NAME_BYTES, "%s", VARIANT_BASE);
    study->n_variants = 1;
}

/* -- a file of its own -- */

static struct node *with_own_sets(struct reading *r, const struct node *map, const int32_t *files)
{
    struct node *copy = tree_map(r, map->n, map->mark);
    for (int32_t i = 0; copy != NULL && i < map->n; i++) {
        const struct entry *entry = &map->entries[i];
        struct node *value = strcmp(entry->key, "set") == 0 ? tree_copy(r, entry->value, files) : entry->value;
        if (value == NULL) return NULL;
        tree_put(copy, entry->key, entry->mark, value);
    }
    return copy;
}

static struct node *with_own_entries(struct reading *r, const struct node *all, const int32_t *files)
{
    struct node *copy = tree_map(r, all->n, all->mark);
    for (int32_t i = 0; copy != NULL && i < all->n; i++) {
        const struct entry *entry = &all->entries[i];
        struct node *value = entry->value->kind == NODE_MAP ? with_own_sets(r, entry->value, files) : entry->value;
        if (value == NULL) return NULL;
        tree_put(copy, entry->key, entry->mark, value);
    }
    return copy;
}

static struct node *with_own_maps(struct reading *r, const struct node *root, const int32_t *files)
{
    struct node *copy = tree_map(r, root->n, root->mark);
    for (int32_t i = 0; copy != NULL && i < root->n; i++) {
        const struct entry *entry = &root->entries[i];
        const int is_study = strcmp(entry->key, "changes") == 0 || strcmp(entry->key, "variants") == 0;
        struct node *value = is_study && entry->value->kind == NODE_MAP ? with_own_entries(r, entry->value, files)
                                                                        : entry->value;
        if (value == NULL) return NULL;
        tree_put(copy, entry->key, entry->mark, value);
    }
    return copy;
}

struct node *study_mark(struct reading *r, struct node *root)
{
    const int32_t n = r->n_names;
    struct node *copy = NULL;
    if (tree_find(root, "changes") == NULL && tree_find(root, "variants") == NULL) return root;
    int32_t *files = (int32_t *)malloc((size_t)n * sizeof *files);
    if (files == NULL) reading_no_memory(r);
    for (int32_t i = 0; files != NULL && i < n; i++)
        files[i] = strncmp(r->names[i], "--set ", strlen("--set ")) == 0 ? i : reading_file_again(r, i);
    if (files != NULL) copy = with_own_maps(r, root, files);
    free(files);
    return copy;
}

/* -- whose doing a message is -- */

static const struct set_done *done_at(const struct telling *t, const struct floe_message *m)
{
    for (int32_t i = t->done.n - 1; i >= 0; i--) {
        const struct set_done *done = &t->done.items[i];
        if (tree_is_place(t->reading, done->mark, m) ||
            (done->value != NULL && tree_has_place(t->reading, done->value, m)))
            return done;
    }
    return NULL;
}

/* How many keys two paths have in common from the root on. */
static int keys_in_common(const char *a, const char *b)
{
    int n = 0;
    for (; *a == *b && *a != '\0'; a++, b++)
        n += *a == '.';
    return n + ((*a == '\0' || *a == '.') && (*b == '\0' || *b == '.'));
}

static const struct set_done *done_nearest(const struct telling *t, const struct floe_message *m)
{
    const struct set_done *best = NULL;
    int most = -1;
    for (int32_t i = t->done.n - 1; i >= 0; i--) {
        const int n = keys_in_common(t->done.items[i].path, m->key);
        if (n > most) best = &t->done.items[i], most = n;
    }
    return best;
}

static void name_owner(const struct telling *t, int32_t owner, const char *what, char out[MESSAGE_BYTES])
{
    char shown[64];
    const int is_change = owner < t->changes->n;
    wording_excerpt(is_change ? t->changes->items[owner].name : t->variant->name, shown, sizeof shown);
    snprintf(out, MESSAGE_BYTES, "%s '%s': %.*s", is_change ? "change" : "variant", shown, MESSAGE_BYTES - 90, what);
}

static int is_of_base(const struct telling *t, const struct floe_message *m)
{
    for (int32_t i = 0; i < t->base.n; i++) {
        const struct floe_message *b = &t->base.items[i];
        if (b->line == m->line && b->column == m->column && strcmp(b->what, m->what) == 0 &&
            strcmp(b->file, m->file) == 0)
            return 1;
    }
    return 0;
}

/* A message of the phase, to its place and with the name of who caused it. owner: who did, or -1 if not known. */
static void tell_one(struct telling *t, const struct floe_message *said, int32_t owner)
{
    struct floe_message m = *said;
    if (is_of_base(t, said)) return;
    if (owner < 0) {
        const struct set_done *done = done_at(t, &m);
        const int is_there = done != NULL;
        if (!is_there) done = done_nearest(t, &m);
        if (done != NULL) owner = done->owner;
        if (!is_there && done != NULL) {
            snprintf(m.file, sizeof m.file, "%s", reading_name(t->reading, done->mark.file));
            m.line = done->mark.line;
            m.column = done->mark.column;
        }
    }
    name_owner(t, owner < 0 ? WHO_OF_VARIANT : owner, said->what, m.what);
    floe_messages_add(t->outside, &m);
}

static void begin_own(struct telling *t)
{
    t->reading->messages = &t->own;
}

static void end_own(struct telling *t, int32_t owner)
{
    t->reading->messages = t->outside;
    for (int32_t i = 0; i < t->own.n && !t->is_silent; i++)
        tell_one(t, &t->own.items[i], owner);
    floe_messages_free(&t->own);
}

/* -- phases -- */

/* A tree and when it begins to hold. */
struct phase_tree {
    int64_t from_at_s;
    uint32_t changes;
    struct node *root;
};

struct phase_trees {
    struct phase_tree items[STUDY_PHASES_MOST];
    int32_t n;
};

static struct node *put_sets(struct telling *t, struct node *root, const struct node *sets, enum set_kind kind,
                             int32_t owner)
{
    if (sets == NULL) return root;
    t->done.owner = owner;
    begin_own(t);
    struct node *next = set_all(t->reading, root, sets, kind, &t->done);
    end_own(t, owner);
    return next;
}

/* The changes that hold, by instant, then by place in the file. */
static int32_t order_of(const struct said_changes *changes, uint32_t without, int64_t end_at_s,
                        int32_t order[CHANGES_MOST])
{
    int32_t n = 0;
    for (int32_t i = 0; i < changes->n; i++) {
        const struct said_change *change = &changes->items[i];
        if ((without >> i & 1) != 0 || change->sets == NULL || change->at_s == INSTANT_ABSENT ||
            change->at_s >= end_at_s)
            continue;
        int32_t at = n++;
        for (; at > 0 && changes->items[order[at - 1]].at_s > change->at_s; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

static void make_phases(struct telling *t, struct node *root, int64_t start_at_s, int64_t end_at_s,
                        struct phase_trees *out)
{
    int32_t order[CHANGES_MOST];
    const int32_t n = order_of(t->changes, t->variant->without, end_at_s, order);
    out->items[0] = (struct phase_tree){start_at_s, 0, root};
    out->n = 1;
    for (int32_t i = 0; i < n; i++) {
        const struct said_change *change = &t->changes->items[order[i]];
        struct phase_tree *last = &out->items[out->n - 1];
        if (change->at_s > last->from_at_s) {
            out->items[out->n] = *last;
            last = &out->items[out->n++];
            last->from_at_s = change->at_s;
        }
        last->changes |= 1u << order[i];
        last->root = put_sets(t, last->root, change->sets, SET_OF_CHANGE, order[i]);
    }
}

/* -- the models in use -- */

static void collect_models(struct telling *t, const struct node *root, struct scenario *scratch,
                           struct model_names *used)
{
    struct settings *settings = (struct settings *)calloc(1, sizeof *settings);
    struct inputs inputs = {0};
    struct places places = {0};
    if (settings == NULL) {
        reading_no_memory(t->reading);
        return;
    }
    begin_own(t);
    settings_read(t->reading, root, settings);
    fill_scenario(t->reading, root, settings, scratch, &inputs, &places);
    end_own(t, -1);
    book_used_models(scratch, used);
    free(settings);
    free(inputs.items);
    free(places.items);
}

static void begin_telling(struct telling *t, struct reading *r, int is_silent)
{
    memset(t, 0, sizeof *t);
    t->reading = r;
    t->outside = r->messages;
    t->is_silent = is_silent;
}

int study_used_models(struct reading *r, const struct node *root, struct model_names *used)
{
    struct scenario *scratch = (struct scenario *)calloc(1, sizeof *scratch);
    struct said_changes changes, of_variant;
    struct said_variants variants;
    struct phase_trees phases;
    struct telling t;
    const int32_t n_told = r->n_told;
    if (scratch == NULL) return reading_no_memory(r);
    begin_telling(&t, r, 1);
    used->n = 0;
    collect_models(&t, root, scratch, used);
    begin_own(&t);
    read_changes(r, root, &changes);
    read_variants(r, root, &changes, &variants);
    end_own(&t, -1);
    for (int32_t v = 0; v < variants.n; v++) {
        t.variant = &variants.items[v];
        t.changes = &changes;
        struct node *own = put_sets(&t, (struct node *)(uintptr_t)root, t.variant->sets, SET_OF_VARIANT,
                                    WHO_OF_VARIANT);
        begin_own(&t);
        read_changes(r, own, &of_variant);
        end_own(&t, -1);
        t.changes = &of_variant;
        make_phases(&t, own, INT64_MIN, INT64_MAX, &phases);
        for (int32_t p = 0; p < phases.n; p++)
            if (phases.items[p].root != root) collect_models(&t, phases.items[p].root, scratch, used);
        t.done.n = 0;
    }
    free(t.done.items);
    free(scratch);
    r->n_told = n_told;
    return !r->has_no_memory;
}

/* -- one phase, resolved -- */

struct resolving {
    const struct study_base *base;
    struct study *study;
    struct study_inputs *inputs;
    struct telling *telling;
};

/* The traces are those of the file, which are read; 0: told. */
static int share_traces(const struct study_base *base, struct scenario *s)
{
    const struct scenario *file = base->scenario;
    int is_same = s->n_workloads == file->n_workloads && s->n_routes == file->n_routes;
    for (int32_t i = 0; is_same && i < s->n_workloads; i++) {
        struct trace_ref *refs[2] = {&s->workloads[i].demand.trace, &s->workloads[i].tokens.trace};
        const struct trace_ref *resolved[2] = {&file->workloads[i].demand.trace, &file->workloads[i].tokens.trace};
        is_same = strcmp(s->workloads[i].name, file->workloads[i].name) == 0;
        for (int k = 0; k < 2; k++) {
            const struct trace_ref *written = &base->refs[2 * i + k];
            is_same &= strcmp(refs[k]->file, written->file) == 0 && strcmp(refs[k]->time, written->time) == 0 &&
                       strcmp(refs[k]->input, written->input) == 0 && strcmp(refs[k]->output, written->output) == 0;
            *refs[k] = *resolved[k];
        }
    }
    for (int32_t i = 0; is_same && i < s->n_routes; i++)
        is_same = strcmp(s->routes[i].name, file->routes[i].name) == 0;
    if (is_same) return 1;
    return reading_error(base->reading, NO_MARK, "workloads", "set other keys, or write a second scenario",
                         "workloads, routes and traces must be the same in every variant");
}

static int32_t find_same(const struct study *study, const struct scenario *s, uint64_t digest)
{
    for (int32_t i = 0; i < study->n_scenarios; i++)
        if (study->digests[i] == digest && memcmp(&study->scenarios[i], s, sizeof *s) == 0) return i;
    return -1;
}

/* -1: no memory. */
static int32_t add_scenario(struct reading *r, struct study *study, const struct scenario *s, uint64_t digest)
{
    if (study->n_scenarios == study->scenarios_capacity) {
        const int32_t capacity = study->scenarios_capacity * 2 + 1;
        void *scenarios = realloc(study->scenarios, (size_t)capacity * sizeof *s);
        if (scenarios != NULL) study->scenarios = (struct scenario *)scenarios;
        void *digests = scenarios == NULL ? NULL : realloc(study->digests, (size_t)capacity * sizeof digest);
        if (digests == NULL) {
            reading_no_memory(r);
            return -1;
        }
        study->digests = (uint64_t *)digests;
        study->scenarios_capacity = capacity;
    }
    study->scenarios[study->n_scenarios] = *s;
    study->digests[study->n_scenarios] = digest;
    return study->n_scenarios++;
}

static int is_same_list(const struct param *row, const char *a, const char *b)
{
    const int32_t n = value_count(row, a);
    return n == value_count(row, b) && memcmp(a + row->offset, b + row->offset, (size_t)n * sizeof(double)) == 0;
}

static int is_same_value(const struct scenario *a, const struct input *of_a, const struct scenario *b,
                         const struct input *of_b)
{
    const struct param *row = of_a->row;
    const char *block_a = (const char *)a + of_a->offset - row->offset,
               *block_b = (const char *)b + of_b->offset - row->offset;
    if (of_a->evidence != of_b->evidence || strcmp(of_a->source, of_b->source) != 0 ||
        strcmp(of_a->date, of_b->date) != 0 || of_a->law != of_b->law || of_a->low != of_b->low ||
        of_a->high != of_b->high)
        return 0;
    if (row->kind == PARAM_TEXT) return strcmp(block_a + row->offset, block_b + row->offset) == 0;
    if (row->kind == PARAM_SERIES || row->kind == PARAM_VALUES) return is_same_list(row, block_a, block_b);
    if (row->kind == PARAM_NUMBER && row->count_offset != 0 &&
        memcmp(block_a + row->count_offset, block_b + row->count_offset, sizeof(int32_t)) != 0)
        return 0; /* per month, and not */
    return memcmp(block_a + row->offset, block_b + row->offset, row->size) == 0;
}

static void add_input(struct resolving *v, int32_t scenario, const struct input *input)
{
    struct study_inputs *all = v->inputs;
    if (all->n == all->capacity) {
        const int32_t capacity = all->capacity * 2 + 16;
        void *items = realloc(all->items, (size_t)capacity * sizeof all->items[0]);
        if (items == NULL) {
            reading_no_memory(v->base->reading);
            return;
        }
        all->items = (struct study_input *)items;
        all->capacity = capacity;
    }
    all->items[all->n].scenario = scenario;
    all->items[all->n++].input = *input;
}

static void add_other_inputs(struct resolving *v, int32_t scenario, const struct inputs *inputs)
{
    const struct inputs *base = v->base->inputs;
    int32_t next = 0; /* both are in the order of the rows */
    for (int32_t i = 0; i < inputs->n; i++) {
        const struct input *input = &inputs->items[i];
        int32_t looked = 0;
        while (looked < base->n && strcmp(base->items[(next + looked) % base->n].path, input->path) != 0)
            looked++;
        const int is_there = looked < base->n;
        const int32_t at = is_there ? (next + looked) % base->n : 0;
        if (!is_there || !is_same_value(v->base->scenario, &base->items[at], &v->study->scenarios[scenario], input))
            add_input(v, scenario, input);
        if (is_there) next = (at + 1) % base->n;
    }
}

static void check_phase(struct resolving *v, const struct node *root, struct scenario *scratch, struct inputs *inputs)
{
    const struct study_base *base = v->base;
    struct settings *settings = (struct settings *)calloc(1, sizeof *settings);
    struct places places = {0};
    struct links links = *base->links;
    if (settings == NULL) {
        reading_no_memory(base->reading);
        return;
    }
    settings->uses = base->uses;
    begin_own(v->telling);
    settings_read(base->reading, root, settings);
    fill_scenario(base->reading, root, settings, scratch, inputs, &places);
    links_clear(scratch);
    links.scenario = scratch;
    links.inputs = inputs;
    links.places = &places;
    links_check(&links);
    if (v->telling->own.n_errors == 0) share_traces(base, scratch);
    end_own(v->telling, -1);
    free(places.items);
    free(settings);
}

/* The index of the phase's scenario in the study. */
static int32_t resolve(struct resolving *v, const struct node *root, struct scenario *scratch)
{
    const struct study_base *base = v->base;
    struct inputs inputs = {0};
    uint64_t digest = 0;
    int32_t at = 0;
    if (root == base->root) return 0;
    check_phase(v, root, scratch, &inputs);
    if (base->reading->messages->n_errors == 0 && !base->reading->has_no_memory) {
        if (floe_scenario_digest(scratch, &inputs, base->links->traces, &digest) != FLOE_OK)
            reading_no_memory(base->reading);
        at = find_same(v->study, scratch, digest);
        if (at < 0) {
            at = add_scenario(base->reading, v->study, scratch, digest);
            if (at >= 0) add_other_inputs(v, at, &inputs);
        }
    }
    free(inputs.items);
    return at;
}

/* -- variants, one by one -- */

static void warn_of_late_changes(struct telling *t, int64_t end_at_s)
{
    char end[CIVIL_INSTANT_BYTES], key[INPUT_PATH_BYTES];
    civil_format(end_at_s, 0, end);
    for (int32_t i = 0; i < t->changes->n; i++) {
        const struct said_change *change = &t->changes->items[i];
        if ((t->variant->without >> i & 1) != 0 || change->at_s == INSTANT_ABSENT || change->at_s < end_at_s) continue;
        snprintf(key, sizeof key, "changes.%s", change->name);
        reading_warning(t->reading, change->at_mark, key, "time.horizon decides how long is simulated",
                        "change '%s' never happens: what is simulated ends at %s", change->name, end);
    }
}

static void read_variant(struct resolving *v, const struct said_changes *changes, struct study_variant *out,
                         struct scenario *scratch)
{
    const struct scenario *file = v->base->scenario;
    struct telling *t = v->telling;
    const int64_t end_at_s = file->time.start_at_s + (int64_t)file->time.horizon_s +
                             ((double)(int64_t)file->time.horizon_s < file->time.horizon_s);
    struct said_changes own;
    struct phase_trees phases;
    t->changes = changes;
    t->done.n = 0;
    struct node *root = put_sets(t, v->base->root, t->variant->sets, SET_OF_VARIANT, WHO_OF_VARIANT);
    begin_own(t);
    read_changes(t->reading, root, &own);
    end_own(t, -1);
    t->changes = &own;
    make_phases(t, root, file->time.start_at_s, end_at_s, &phases);
    warn_of_late_changes(t, end_at_s);
    snprintf(out->name, NAME_BYTES, "%s", t->variant->name);
    out->without = t->variant->without;
    for (int32_t i = 0; i < own.n; i++)
        out->change_at_s[i] = own.items[i].at_s;
    out->n_phases = phases.n;
    for (int32_t i = 0; i < phases.n; i++) {
        const struct phase_tree *phase = &phases.items[i];
        out->phases[i] = (struct study_phase){phase->from_at_s, resolve(v, phase->root, scratch), phase->changes};
    }
}

/* -- the tables -- */

static void list_changes(struct study *study, const struct said_changes *changes)
{
    study->n_changes = changes->n;
    for (int32_t i = 0; i < changes->n; i++) {
        snprintf(study->changes[i].name, NAME_BYTES, "%s", changes->items[i].name);
        study->changes[i].at_s = changes->items[i].at_s;
    }
}

static void list_settings(struct study *study, const struct settings *settings)
{
    study->n_settings = settings->n;
    for (int32_t i = 0; i < settings->n; i++) {
        snprintf(study->settings[i].name, NAME_BYTES, "%s", settings->items[i].name);
        snprintf(study->settings[i].owner, NAME_BYTES, "%s", settings->items[i].owner);
    }
}

/* Whose key is workloads.NAME.x? The name may hold dots. */
static int32_t workload_of(const struct scenario *s, const char *path)
{
    static const char prefix[] = "workloads.";
    int32_t found = -1;
    size_t longest = 0;
    if (strncmp(path, prefix, sizeof prefix - 1) != 0) return -1;
    path += sizeof prefix - 1;
    for (int32_t i = 0; i < s->n_workloads; i++) {
        const size_t n = strlen(s->workloads[i].name);
        if (n < longest || strncmp(path, s->workloads[i].name, n) != 0 || path[n] != '.') continue;
        found = i;
        longest = n;
    }
    return found;
}

/* n_base: so many of the uses are those of the file itself. */
static void list_readers(const struct study_base *base, struct study *study, int32_t n_base)
{
    const struct setting_uses *uses = base->uses;
    study->readers = uses->n == 0 ? NULL : (struct study_reader *)calloc((size_t)uses->n, sizeof *study->readers);
    if (uses->n > 0 && study->readers == NULL) {
        reading_no_memory(base->reading);
        return;
    }
    study->readers_capacity = uses->n;
    for (int32_t i = 0; i < uses->n; i++) {
        const int32_t setting = study_setting_find(study, uses->items[i].name);
        struct study_reader *reader = &study->readers[study->n_readers];
        if (setting < 0) continue;
        snprintf(reader->path, sizeof reader->path, "%s", uses->items[i].path);
        reader->setting = setting;
        reader->workload = workload_of(base->scenario, reader->path);
        reader->is_base = i < n_base;
        study->n_readers++;
        study->settings[setting].n_readers++;
        if (reader->workload >= 0) study->settings[setting].workloads |= 1u << reader->workload;
    }
}

static void note_settings(struct study *study, const struct sets_done *done)
{
    static const char prefix[] = "settings.";
    for (int32_t i = 0; i < done->n; i++) {
        const char *path = done->items[i].path;
        if (done->items[i].owner >= study->n_changes || strncmp(path, prefix, sizeof prefix - 1) != 0) continue;
        for (int32_t s = 0; s < study->n_settings; s++) {
            const size_t n = strlen(study->settings[s].name);
            const char *rest = path + sizeof prefix - 1;
            if (strncmp(rest, study->settings[s].name, n) == 0 && (rest[n] == '\0' || strcmp(rest + n, ".value") == 0))
                study->changes[done->items[i].owner].settings |= 1u << s;
        }
    }
}

static void warn_of_unread(const struct study_base *base, const struct study *study)
{
    for (int32_t i = 0; i < study->n_settings; i++) {
        char key[INPUT_PATH_BYTES], hint[MESSAGE_BYTES];
        if (study->settings[i].n_readers > 0) continue;
        snprintf(key, sizeof key, "settings.%s", study->settings[i].name);
        snprintf(hint, sizeof hint, "a key reads it with {setting: %s}", study->settings[i].name);
        reading_warning(base->reading, base->settings->items[i].mark, key, hint, "no key reads the setting '%s'",
                        study->settings[i].name);
    }
}

static void copy_errors(struct reading *r, const struct floe_messages *from, struct floe_messages *to)
{
    for (int32_t i = 0; i < from->n; i++)
        floe_messages_add(to, &from->items[i]);
    if (from->n > 0 && to->items == NULL) reading_no_memory(r);
}

static int add_base(const struct study_base *base, struct study *study)
{
    uint64_t digest = 0;
    if (base->reading->messages->n_errors == 0 &&
        floe_scenario_digest(base->scenario, base->inputs, base->links->traces, &digest) != FLOE_OK)
        return reading_no_memory(base->reading);
    return add_scenario(base->reading, study, base->scenario, digest) == 0;
}

void study_read(const struct study_base *base, struct study *study, struct study_inputs *inputs)
{
    struct reading *r = base->reading;
    struct scenario *scratch = (struct scenario *)calloc(1, sizeof *scratch);
    const int32_t n_base_uses = base->uses->n;
    struct said_changes changes;
    struct said_variants variants;
    struct telling t;
    struct resolving v = {base, study, inputs, &t};
    read_changes(r, base->root, &changes);
    read_variants(r, base->root, &changes, &variants);
    list_variants(base->root, study);
    list_changes(study, &changes);
    list_settings(study, base->settings);
    settings_check(r, base->settings);
    begin_telling(&t, r, 0);
    copy_errors(r, r->messages, &t.base);
    if (scratch == NULL || !add_base(base, study)) reading_no_memory(r);
    const int has_time = !reading_has_told_below(r, "time"); /* else it is not known what comes before what */
    for (int32_t i = 0; i < variants.n && has_time && !r->has_no_memory && r->messages->n_errors < MESSAGES_MOST; i++) {
        t.variant = &variants.items[i];
        read_variant(&v, &changes, &study->variants[i], scratch);
        note_settings(study, &t.done);
    }
    list_readers(base, study, n_base_uses);
    if (r->messages->n_errors == 0) warn_of_unread(base, study); /* else its reader may be what is wrong */
    floe_messages_free(&t.base);
    free(t.done.items);
    free(scratch);
}

void study_free(struct study *study, struct study_inputs *inputs)
{
    free(study->readers);
    free(study->scenarios);
    free(study->digests);
    free(inputs->items);
    memset(study, 0, sizeof *study);
    memset(inputs, 0, sizeof *inputs);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/fill.h"
#include "scenarios/read/names.h"
#include "scenarios/read/wording.h"

static void wrong(struct setting *s, struct mark mark, const char *hint, const char *what)
{
    char shown[100];
    s->value = NULL;
    s->wrong_mark = mark;
    fault_what(&s->wrong, "setting '%s' %s", wording_excerpt(s->name, shown, sizeof shown), what);
    fault_hint(&s->wrong, "%s", hint);
}

static void check_value(struct setting *s)
{
    static const char *const hint = "for example llm_model: {value: claude-sonnet-4-6, owner: ml-platform}";
    const struct node *value = s->value;
    if (tree_is_null(value))
        wrong(s, s->mark, hint, "has no value");
    else if (tree_is_setting(value))
        wrong(s, value->mark, "let the keys themselves read that setting", "reads another setting");
    else if (value->kind == NODE_MAP)
        wrong(s, value->mark, hint, "is one value or a list of numbers, not a map of keys");
}

static void read_owner(struct reading *r, const struct node *node, struct setting *out)
{
    if (node->kind != NODE_SCALAR || tree_is_null(node) || strlen(node->text) >= NAME_BYTES ||
        strpbrk(node->text, "\n\r\t") != NULL)
        reading_error(r, node->mark, "settings", "", "`owner` is one line of at most %d bytes", NAME_BYTES - 1);
    else
        out->owner = node->text;
}

/* {value: ..., owner: ..., evidence: ...} */
static void open_map(struct reading *r, const struct node *map, struct setting *out)
{
    char shown[64], hint[MESSAGE_BYTES], key[INPUT_PATH_BYTES];
    for (int32_t i = 0; i < map->n; i++) {
        const struct entry *entry = &map->entries[i];
        if (strcmp(entry->key, "owner") == 0) read_owner(r, entry->value, out);
        if (strcmp(entry->key, "owner") == 0 || strcmp(entry->key, "value") == 0 || fill_is_common_key(entry->key))
            continue;
        struct nearest nearest = nearest_begin(entry->key);
        nearest_consider(&nearest, "owner");
        nearest_consider(&nearest, "value");
        nearest_consider(&nearest, "evidence");
        snprintf(hint, sizeof hint, nearest.best != NULL ? "did you mean '%s'?" : "known keys: %s",
                 nearest.best != NULL ? nearest.best : "value, owner, evidence, source, date");
        snprintf(key, sizeof key, "settings.%s", out->name);
        reading_error(r, entry->mark, key, hint, "unknown key '%s' in setting '%s'",
                      wording_excerpt(entry->key, shown, sizeof shown), out->name);
    }
    out->said = map;
    out->value = tree_find(map, "value");
}

static void read_setting(struct reading *r, const struct entry *entry, struct setting *out)
{
    struct fault fault = {"", ""};
    memset(out, 0, sizeof *out);
    out->name = entry->key;
    out->owner = "";
    out->mark = entry->mark;
    out->value = entry->value;
    if (!name_check(entry->key, NAME_OTHER, &fault)) reading_fault(r, entry->mark, "settings", &fault);
    if (tree_find(entry->value, "value") != NULL) open_map(r, entry->value, out);
    check_value(out);
}

void settings_read(struct reading *r, const struct node *root, struct settings *out)
{
    const struct entry *entry = tree_entry(root, "settings");
    out->n = 0;
    if (entry == NULL) return;
    if (entry->value->kind != NODE_MAP) {
        reading_error(r, entry->value->mark, "settings", "for example settings: {llm_model: claude-sonnet-4-6}",
                      "`settings` is a map: a name, then its value");
        return;
    }
    if (entry->value->n > SETTINGS_MOST)
        reading_error(r, entry->value->mark, "settings", "", "`settings` has %d entries; allowed: at most %d",
                      (int)entry->value->n, SETTINGS_MOST);
    for (int32_t i = 0; i < entry->value->n && i < SETTINGS_MOST; i++)
        read_setting(r, &entry->value->entries[i], &out->items[out->n++]);
}

static void note_use(struct reading *r, struct setting_uses *uses, const char *name, const char *path)
{
    for (int32_t i = 0; i < uses->n; i++)
        if (strcmp(uses->items[i].path, path) == 0 && strcmp(uses->items[i].name, name) == 0) return;
    if (uses->n == uses->capacity) {
        const int32_t capacity = uses->capacity * 2 + 8;
        void *items = realloc(uses->items, (size_t)capacity * sizeof uses->items[0]);
        if (items == NULL) {
            reading_no_memory(r);
            return;
        }
        uses->items = (struct setting_use *)items;
        uses->capacity = capacity;
    }
    struct setting_use *use = &uses->items[uses->n++];
    snprintf(use->path, sizeof use->path, "%s", path);
    snprintf(use->name, sizeof use->name, "%s", name);
}

static void no_such_setting(struct reading *r, const struct settings *settings, const struct node *name,
                            const char *path)
{
    char shown[64], hint[MESSAGE_BYTES];
    struct suggestions suggestions = suggestions_begin(name->text);
    wording_excerpt(name->text, shown, sizeof shown);
    if (reading_has_told(r, "settings")) { /* they could not be read: what is in them is not known */
        reading_told(r, path);
        return;
    }
    for (int32_t i = 0; i < settings->n; i++)
        suggestions_consider(&suggestions, settings->items[i].name);
    if (!suggestions_text(&suggestions, hint, sizeof hint))
        snprintf(hint, sizeof hint, "it is stated at the top of the file: settings: {%s: ...}", shown);
    reading_error(r, name->mark, path, hint, "there is no setting '%s'", shown);
}

const struct setting *settings_find(struct reading *r, const struct settings *settings, const struct node *name,
                                    const char *path)
{
    for (int32_t i = 0; i < settings->n; i++) {
        const struct setting *setting = &settings->items[i];
        if (strcmp(setting->name, name->text) != 0) continue;
        if (settings->uses != NULL) note_use(r, settings->uses, setting->name, path);
        if (setting->value != NULL) return setting;
        reading_fault(r, setting->wrong_mark, path, &setting->wrong);
        return NULL;
    }
    no_such_setting(r, settings, name, path);
    return NULL;
}

void settings_check(struct reading *r, const struct settings *settings)
{
    char key[INPUT_PATH_BYTES];
    for (int32_t i = 0; i < settings->n; i++) {
        const struct setting *setting = &settings->items[i];
        snprintf(key, sizeof key, "settings.%s", setting->name);
        if (setting->value == NULL) reading_fault(r, setting->wrong_mark, key, &setting->wrong);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t add_file(struct reading *r, const char *name)
{
    if (r->n_names == r->names_capacity) {
        const int32_t capacity = r->names_capacity * 2 + 4;
        void *names = realloc(r->names, (size_t)capacity * PATH_BYTES);
        if (names == NULL) {
            reading_no_memory(r);
            return -1;
        }
        r->names = (char(*)[PATH_BYTES])names;
        r->names_capacity = capacity;
    }
    snprintf(r->names[r->n_names], PATH_BYTES, "%s", name);
    return r->n_names++;
}

int32_t reading_file(struct reading *r, const char *name)
{
    for (int32_t i = 0; i < r->n_names; i++)
        if (strncmp(r->names[i], name, PATH_BYTES - 1) == 0) return i;
    return add_file(r, name);
}

int32_t reading_file_again(struct reading *r, int32_t file)
{
    char name[PATH_BYTES];
    snprintf(name, sizeof name, "%s", reading_name(r, file));
    return add_file(r, name);
}

const char *reading_name(const struct reading *r, int32_t file)
{
    return file >= 0 && file < r->n_names ? r->names[file] : "";
}

static struct floe_message message_at(const struct reading *r, struct mark mark, const char *key, const char *hint)
{
    struct floe_message m;
    memset(&m, 0, sizeof m);
    m.line = mark.line;
    m.column = mark.column;
    snprintf(m.file, sizeof m.file, "%s", reading_name(r, mark.file));
    snprintf(m.hint, sizeof m.hint, "%s", hint);
    snprintf(m.key, sizeof m.key, "%s", key);
    return m;
}

void reading_told(struct reading *r, const char *key)
{
    if (r->n_told == r->told_capacity) {
        const int32_t capacity = r->told_capacity * 2 + 8;
        void *told = realloc(r->told, (size_t)capacity * INPUT_PATH_BYTES);
        if (told == NULL) {
            reading_no_memory(r);
            return;
        }
        r->told = (char(*)[INPUT_PATH_BYTES])told;
        r->told_capacity = capacity;
    }
    snprintf(r->told[r->n_told++], INPUT_PATH_BYTES, "%s", key);
}

int32_t reading_n_told(const struct reading *r)
{
    return r->messages->n_errors + r->n_told;
}

int reading_error(struct reading *r, struct mark mark, const char *key, const char *hint, const char *format, ...)
{
    struct floe_message m = message_at(r, mark, key, hint);
    va_list list;
    va_start(list, format);
    vsnprintf(m.what, sizeof m.what, format, list);
    va_end(list);
    if (!floe_messages_add(r->messages, &m)) reading_told(r, key);
    return 0;
}

int reading_fault(struct reading *r, struct mark mark, const char *key, const struct fault *fault)
{
    return reading_error(r, mark, key, fault->hint, "%s", fault->what);
}

int reading_warning(struct reading *r, struct mark mark, const char *key, const char *hint, const char *format, ...)
{
    struct floe_message m = message_at(r, mark, key, hint);
    va_list list;
    m.severity = FLOE_WARNING;
    va_start(list, format);
    vsnprintf(m.what, sizeof m.what, format, list);
    va_end(list);
    floe_messages_add(r->messages, &m);
    return 0;
}

int reading_no_memory(struct reading *r)
{
    r->has_no_memory = 1;
    return 0;
}

static int is_at_or_below(const char *told, const char *key, size_t n, int or_below)
{
    return strncmp(told, key, n) == 0 && (told[n] == '\0' || (or_below && told[n] == '.'));
}

static int has_told(const struct reading *r, const char *key, int or_below)
{
    const size_t n = strlen(key);
    for (int32_t i = 0; i < r->n_told; i++)
        if (is_at_or_below(r->told[i], key, n, or_below)) return 1;
    for (int32_t i = 0; i < r->messages->n; i++) {
        const struct floe_message *m = &r->messages->items[i];
        if (m->severity == FLOE_ERROR && is_at_or_below(m->key, key, n, or_below)) return 1;
    }
    return 0;
}

int reading_has_told(const struct reading *r, const char *key)
{
    return has_told(r, key, 0);
}

int reading_has_told_below(const struct reading *r, const char *key)
{
    return has_told(r, key, 1);
}

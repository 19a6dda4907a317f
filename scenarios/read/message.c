/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/message.h"

#include <stdlib.h>
#include <string.h>

#include "scenarios/read/wording.h"

static int is_said(const struct floe_messages *m, const struct floe_message *message)
{
    for (int32_t i = 0; i < m->n; i++) {
        const struct floe_message *before = &m->items[i];
        if (before->line == message->line && before->column == message->column &&
            before->severity == message->severity && strcmp(before->what, message->what) == 0 &&
            strcmp(before->file, message->file) == 0)
            return 1;
    }
    return 0;
}

int floe_messages_add(struct floe_messages *m, const struct floe_message *message)
{
    int32_t *said = message->severity == FLOE_ERROR ? &m->n_errors : &m->n_warnings;
    if (message->line > 0 && is_said(m, message)) return 0;
    if (++*said > MESSAGES_MOST) return 1;
    if (m->n == m->capacity) {
        const int32_t capacity = m->capacity * 2 + 8;
        struct floe_message *items = (struct floe_message *)realloc(m->items,
                                                                    (size_t)capacity * sizeof(struct floe_message));
        if (items == NULL) return 1; /* still counted: the reading fails all the same */
        m->items = items;
        m->capacity = capacity;
    }
    m->items[m->n++] = *message;
    return 1;
}

static int by_place(const void *a, const void *b)
{
    const struct floe_message *x = (const struct floe_message *)a, *y = (const struct floe_message *)b;
    const int file = strcmp(x->file, y->file);
    if (file != 0) return file;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return strcmp(x->what, y->what);
}

void floe_messages_sort(struct floe_messages *m)
{
    if (m->n > 1) qsort(m->items, (size_t)m->n, sizeof m->items[0], by_place);
}

static void message_add(struct wording *out, const struct floe_message *m)
{
    wording_add(out, "%s:", m->file);
    if (m->line > 0) wording_add(out, "%d:", (int)m->line);
    if (m->line > 0 && m->column > 0) wording_add(out, "%d:", (int)m->column);
    wording_add(out, " %s%s\n", m->severity == FLOE_WARNING ? "warning: " : "", m->what);
    if (m->hint[0] != '\0') wording_add(out, "hint: %s\n", m->hint);
}

enum floe_status floe_messages_text(const struct floe_messages *m, char **text, size_t *n)
{
    struct wording out = {0};
    for (int32_t i = 0; i < m->n; i++)
        message_add(&out, &m->items[i]);
    if (m->n_errors > MESSAGES_MOST) wording_add(&out, "and %d more errors\n", (int)(m->n_errors - MESSAGES_MOST));
    if (m->n_warnings > MESSAGES_MOST)
        wording_add(&out, "and %d more warnings\n", (int)(m->n_warnings - MESSAGES_MOST));
    return wording_finish(&out, text, n);
}

void floe_messages_free(struct floe_messages *m)
{
    free(m->items);
    memset(m, 0, sizeof *m);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/columns.h"

#include <string.h>

#define SHOWN 48

enum floe_status columns_find(const struct import *in, const struct csv *header, const struct columns_name *names,
                              int n, int32_t *at, struct import_fault *fault)
{
    for (int i = 0; i < n; i++) {
        at[i] = csv_find(header, names[i].name);
        if (at[i] == -2)
            return import_wrong(in, fault, header->line, "take one of them out", "two columns are named '%s'",
                                names[i].name);
        if (at[i] == -1 && names[i].is_needed)
            return import_wrong(in, fault, header->line, "the first line must be the header", "there is no column '%s'",
                                names[i].name);
    }
    return FLOE_OK;
}

int columns_are_in(const char *head, size_t n, const char *const *names)
{
    struct csv csv;
    csv_begin(&csv, head, n);
    if (csv_next(&csv) != CSV_RECORD) return 0;
    for (; *names != NULL; names++)
        if (csv_find(&csv, *names) == -1) return 0;
    return 1;
}

struct import_text columns_text(struct csv *csv, int32_t at)
{
    return stream_text(csv, at);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int columns_is(struct import_text text, const char *wanted)
{
    if (text.n != strlen(wanted)) return 0;
    for (size_t i = 0; i < text.n; i++)
        if (lower(text.at[i]) != lower(wanted[i])) return 0;
    return 1;
}

static int wrong_field(const struct import *in, const struct csv *csv, const char *name, int32_t at, const char *what,
                       const char *hint, struct import_fault *fault)
{
    char shown[SHOWN];
    csv_show(csv->fields[at], shown, sizeof shown);
    import_wrong(in, fault, csv->line, hint, "%s '%s' is no %s", name, shown, what);
    fault->column = at + 1;
    return -1;
}

int columns_number(const struct import *in, struct csv *csv, const char *name, int32_t at, double *value,
                   struct import_fault *fault)
{
    const struct import_text text = columns_text(csv, at);
    if (text.n == 0) return 0;
    if (import_number(text, value)) return 1;
    return wrong_field(in, csv, name, at, "number", "a decimal number with a point, without separators of thousands",
                       fault);
}

int columns_instant(struct import *in, struct csv *csv, const char *name, int32_t at, int64_t *at_s,
                    struct import_fault *fault)
{
    const struct import_text text = columns_text(csv, at);
    if (text.n == 0) return 0;
    if (import_instant(in, text, at_s)) return 1;
    return wrong_field(in, csv, name, at, "instant", "as 2026-03-17T09:00:00Z, 2026-03-17 or seconds since 1970",
                       fault);
}

enum floe_status columns_check_width(const struct import *in, const struct csv *csv, int32_t n_fields,
                                     struct import_fault *fault)
{
    if (csv->n_fields == n_fields) return FLOE_OK;
    return import_wrong(in, fault, csv->line, "the file was cut, or a field with a comma is not quoted",
                        "%d fields, where the header has %d", (int)csv->n_fields, (int)n_fields);
}

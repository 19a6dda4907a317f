/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/csv_fields.h"

#include <math.h>
#include <string.h>

#include "plots/write/format.h"

void csv_text(struct floe_text *out, const char *s)
{
    if (s == NULL) s = "";
    struct floe_text utf8 = {0};
    floe_text_add(&utf8, "");
    floe_format_utf8(&utf8, s);
    int is_quoted = !utf8.has_failed && strpbrk(utf8.bytes, ",\"\r\n") != NULL;
    if (is_quoted) floe_text_add(out, "\"");
    for (size_t i = 0; i < utf8.n; i++)
        floe_text_add_n(out, utf8.bytes[i] == '"' ? "\"\"" : utf8.bytes + i, utf8.bytes[i] == '"' ? 2 : 1);
    floe_text_add(out, is_quoted ? "\"," : ",");
    out->has_failed |= utf8.has_failed;
    floe_text_free(&utf8);
}

void csv_number(struct floe_text *out, double x)
{
    if (isfinite(x)) floe_text_number(out, x);
    csv_empty(out);
}

void csv_count(struct floe_text *out, uint64_t n)
{
    floe_text_printf(out, "%llu,", (unsigned long long)n);
}

void csv_hex(struct floe_text *out, uint64_t bits)
{
    floe_text_printf(out, "%016llx,", (unsigned long long)bits);
}

void csv_instant(struct floe_text *out, int64_t at_s)
{
    floe_text_instant(out, at_s);
    csv_empty(out);
}

void csv_empty(struct floe_text *out)
{
    floe_text_add(out, ",");
}

void csv_mean(struct floe_text *out, const struct outcome *o)
{
    csv_number(out, o->n > 0 ? o->mean : NAN);
}

void csv_half_95(struct floe_text *out, const struct outcome *o)
{
    csv_number(out, o->n > 1 ? o->half_95 : NAN);
}

void csv_end(struct floe_text *out)
{
    if (!out->has_failed && out->n > 0) out->bytes[out->n - 1] = '\n';
}

void csv_header(struct floe_text *out, const char *columns)
{
    floe_text_add(out, columns);
    floe_text_add(out, "\n");
}

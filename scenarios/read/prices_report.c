/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The report of a price import as lines for people; the numbers are those of struct prices_report. */
#include <string.h>

#include "scenarios/read/prices_import.h"
#include "scenarios/read/wording.h"

static void add_count(struct wording *out, int64_t n, const char *what)
{
    if (n > 0) wording_add(out, "%8lld  %s\n", (long long)n, what);
}

static void add_tallies(struct wording *out, const struct prices_tallies *tallies, const char *title)
{
    if (tallies->n == 0) return;
    wording_add(out, "\n%s\n", title);
    for (int32_t i = 0; i < tallies->n; i++)
        add_count(out, tallies->items[i].rows, tallies->items[i].name);
    add_count(out, tallies->others, "under other names");
}

static void add_policy(struct wording *out, const struct prices_report *r)
{
    const int as_input = r->missing_cache_price == PRICES_MISSING_INPUT;
    wording_add(out, "\nCache prices of the imported models (missing: %s)\n", as_input ? "as input" : "left out");
    add_count(out, r->read_stated, "cache reads priced by the file");
    add_count(out, r->read_assumed, "cache reads billed as input, marked assumed");
    add_count(out, r->read_left_out, "cache reads left out");
    add_count(out, r->write_stated, "cache writes priced by the file");
    add_count(out, r->write_assumed, "cache writes billed as input, marked assumed (the file claims prompt caching)");
    add_count(out, r->write_left_out, "cache writes left out");
    add_count(out, r->band_assumed, "models whose price bands lack a cache price: billed as the band's input, assumed");
}

static void add_notes(struct wording *out, const struct prices_report *r, int64_t most)
{
    static const char *const titles[NOTE_KIND_N] = {
        [NOTE_FREE] = "Imported with a price of 0 as `free: true`: is it free, or did nobody know?",
        [NOTE_NO_MODE] = "Imported without a mode",
        [NOTE_TWICE] = "Given twice",
        [NOTE_NOT_MAPPED] = "Not imported: no price per input and output token",
        [NOTE_REFUSED] = "Refused"};
    for (int kind = 0; kind < NOTE_KIND_N; kind++) {
        int64_t seen = 0;
        for (int64_t i = 0; i < r->n_notes; i++) {
            if (r->notes[i].kind != (enum prices_note_kind)kind) continue;
            if (seen++ == 0) wording_add(out, "\n%s\n", titles[kind]);
            if (most < 0 || seen <= most) wording_add(out, "  %s: %s\n", r->notes[i].name, r->notes[i].text);
        }
        if (most >= 0 && seen > most) wording_add(out, "  and %lld more\n", (long long)(seen - most));
    }
}

enum floe_status floe_prices_report_text(const struct prices_report *r, int64_t most, char **text, size_t *n)
{
    struct wording out = {0};
    wording_add(&out, "%lld of %lld entries imported\n", (long long)r->imported, (long long)r->entries);
    add_count(&out, r->other_mode, "of other modes");
    add_count(&out, r->not_mapped, "without a price per input and output token");
    add_count(&out, r->refused, "refused");
    add_count(&out, r->twice, "given twice; the last counts");
    add_count(&out, r->filtered, "not asked for");
    add_count(&out, r->sample, "documentation (sample_spec)");
    wording_add(&out, "\nOf the imported\n");
    add_count(&out, r->free_rows, "with a price of 0, marked free: true");
    add_count(&out, r->banded_rows, "with price bands");
    add_count(&out, r->retiring_rows, "with a deprecation date, which is not imported");
    add_policy(&out, r);
    add_tallies(&out, &r->modes, "Other modes");
    add_tallies(&out, &r->fields, "Price fields of imported models that are not mapped, by models");
    add_notes(&out, r, most);
    return wording_finish(&out, text, n);
}

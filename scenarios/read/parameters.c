/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the rows say about themselves: docs/parameters.md and `floe help parameters`. A block that stands in several
 * places (a trace, a token law) is described once, with its places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/fill.h"
#include "scenarios/read/names.h"
#include "scenarios/read/reader.h"
#include "scenarios/read/unit.h"
#include "scenarios/read/value.h"

#define BLOCKS_MOST 64

static int is_many(const struct param *row)
{
    return row->kind == PARAM_MAP || row->kind == PARAM_LIST;
}

static int has_block(const struct param *row)
{
    return row->kind == PARAM_BLOCK || is_many(row);
}

/* The block's name, in Markdown with a link to its table. */
static void add_name(struct wording *out, const struct param_block *block, int is_markdown)
{
    if (!is_markdown) {
        wording_add(out, "%s", block->name);
        return;
    }
    wording_add(out, "[%s](#", block->name);
    for (const char *at = block->name; *at != '\0'; at++)
        wording_bytes(out, *at == ' ' ? "-" : at, 1);
    wording_add(out, ")");
}

/* "a time", "`fixed`, `lognormal`, `values`", "a list of at most 4: price band" */
static void add_kind(struct wording *out, const struct param *row, int is_markdown)
{
    switch (row->kind) {
    case PARAM_NUMBER: wording_add(out, "%s", unit_what(row->unit)); break;
    case PARAM_COUNT: wording_add(out, "a whole number"); break;
    case PARAM_FLAG: wording_add(out, "`true` or `false`"); break;
    case PARAM_TEXT: wording_add(out, "a text of at most %zu bytes", row->size - 1); break;
    case PARAM_INSTANT: wording_add(out, "an instant"); break;
    case PARAM_SERIES: wording_add(out, "a list of %d numbers", (int)row->most); break;
    case PARAM_VALUES: wording_add(out, "a list of 1 to %d: %s", (int)row->most, unit_what(row->unit)); break;
    case PARAM_BLOCK: wording_add(out, "keys of "); break;
    case PARAM_MAP: wording_add(out, "at most %d by name, each with keys of ", (int)row->most); break;
    case PARAM_LIST: wording_add(out, "a list of at most %d, each with keys of ", (int)row->most); break;
    case PARAM_CHOICE:
        for (int32_t i = 0; row->choices[i] != NULL; i++)
            wording_add(out, "%s`%s`", i == 0 ? "" : ", ", row->choices[i]);
        break;
    default: break;
    }
    if (has_block(row)) add_name(out, row->block, is_markdown);
}

static const char *preset_text(const struct param *row)
{
    if (row->preset == PARAM_REQUIRED) return "required";
    return row->preset[0] == '\0' ? "none" : row->preset;
}

static void add_row(struct wording *out, const struct param *row)
{
    char range[VALUE_RANGE_BYTES];
    const int is_code = row->preset != PARAM_REQUIRED && row->preset[0] != '\0';
    wording_add(out, "| `%s` | ", row->key);
    add_kind(out, row, 1);
    wording_add(out, " | %s | %s%s%s | %s |\n", value_range(row, range), is_code ? "`" : "", preset_text(row),
                is_code ? "`" : "", row->help);
}

/* -- every block once, with the places where it stands -- */

struct block_seen {
    const struct param_block *block;
    struct wording places;
};

struct catalogue {
    struct block_seen items[BLOCKS_MOST];
    int32_t n;
};

static void visit(struct catalogue *c, const struct param_block *block, const char *path)
{
    int32_t at = 0;
    while (at < c->n && c->items[at].block != block)
        at++;
    if (at == BLOCKS_MOST) return;
    const int is_new = at == c->n;
    c->n += is_new;
    c->items[at].block = block;
    if (path[0] != '\0') wording_add(&c->items[at].places, "%s`%s`", is_new ? "" : ", ", path);
    for (int32_t i = 0; i < block->n_rows; i++) {
        const struct param *row = &block->rows[i];
        char below[INPUT_PATH_BYTES];
        if (!has_block(row)) continue;
        snprintf(below, sizeof below, "%s%s%s%s", path, path[0] == '\0' ? "" : ".", row->key,
                 row->kind == PARAM_MAP ? ".NAME" : "");
        visit(c, row->block, below);
    }
}

static void add_block(struct wording *out, struct block_seen *seen)
{
    const struct param_block *block = seen->block;
    char *places;
    wording_add(out, "\n## %s\n\n", block->name);
    if (wording_finish(&seen->places, &places, NULL) != FLOE_OK) out->has_failed = 1;
    if (places != NULL && places[0] != '\0') wording_add(out, "At %s.", places);
    if (block->scalar_key != NULL) wording_add(out, " A single value in its place is its `%s`.", block->scalar_key);
    if (block->list_key != NULL)
        wording_add(out, " A list, or the keys of one entry, in its place is its `%s`.", block->list_key);
    wording_add(out, "%s| key | value | range | preset | what it is |\n|---|---|---|---|---|\n",
                places != NULL && places[0] != '\0' ? "\n\n" : "");
    for (int32_t i = 0; i < block->n_rows; i++)
        add_row(out, &block->rows[i]);
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == block) wording_add(out, "| `%s` | for the reader | | none | %s |\n", d->key, d->help);
    free(places);
}

static const char head[] =
    "# Parameters\n"
    "\n"
    "Every key of a scenario. This page is written by `floe help parameters` from the rows that also read the file.\n"
    "\n"
    "A value carries its unit. `a to b` is a 90 % interval (5th and 95th percentile): lognormal if a > 0, else "
    "normal,\n"
    "logit-normal for shares; `floe run` takes its median. Any value may be `{value, evidence, source, date}`, and "
    "the\n"
    "three may stand on any block around values, for what is written in that file. Evidence is one of measured,\n"
    "load_tested, invoice, contract, public, derived, assumed, synthetic.\n";

enum floe_status floe_parameters_markdown(char **text)
{
    static const struct catalogue empty;
    struct catalogue c = empty;
    struct wording out = {0};
    visit(&c, &scenario_block, "");
    visit(&c, &setting_block, "settings.NAME");
    visit(&c, &change_block, "changes.NAME");
    visit(&c, &variant_block, "variants.NAME");
    wording_add(&out, "%s", head);
    for (int32_t i = 0; i < c.n; i++)
        add_block(&out, &c.items[i]);
    return wording_finish(&out, text, NULL);
}

/* -- one parameter -- */

static void add_help(struct wording *out, const char *path, const struct param *row)
{
    char range[VALUE_RANGE_BYTES];
    wording_add(out, "%s: ", path);
    add_kind(out, row, 0);
    wording_add(out, "\n  %s\n  preset: %s\n", row->help, preset_text(row));
    if (value_range(row, range)[0] != '\0') wording_add(out, "  range: %s\n", range);
    for (int32_t i = 0; has_block(row) && i < row->block->n_rows; i++)
        wording_add(out, "  .%-20s %s\n", row->block->rows[i].key, row->block->rows[i].help);
}

static void add_unknown(struct wording *out, const char *key, const struct param_block *block)
{
    struct nearest nearest = nearest_begin(key);
    for (int32_t i = 0; i < block->n_rows; i++)
        nearest_consider(&nearest, block->rows[i].key);
    wording_add(out, "unknown key '%s' in %s\n", key, block->name);
    if (nearest.best != NULL) {
        wording_add(out, "hint: did you mean '%s'?\n", nearest.best);
        return;
    }
    wording_add(out, "hint: known keys:");
    for (int32_t i = 0; i < block->n_rows; i++)
        wording_add(out, "%s %s", i == 0 ? "" : ",", block->rows[i].key);
    wording_add(out, "\n");
}

/* On the way down a path. */
struct help_search {
    const char *rest;             /* of the path */
    char key[NAME_BYTES];         /* the part cut off last */
    const struct param_block *in; /* where it was looked for */
    const struct param *row;      /* found so far */
};

/* Cuts the next part off the path; 0: nothing is left. */
static int next_key(struct help_search *h)
{
    const size_t n = strcspn(h->rest, ".");
    if (h->rest[0] == '\0') return 0;
    snprintf(h->key, NAME_BYTES, "%.*s", (int)(n < NAME_BYTES ? n : NAME_BYTES - 1), h->rest);
    h->rest += n + (h->rest[n] == '.');
    return 1;
}

/* The row of a key in the block, or in an entry of its list: `input` of a model is that of its row. */
static const struct param *row_in(struct help_search *h, const struct param_block *block)
{
    const struct param *row = value_row(block, h->key);
    h->in = block;
    if (row != NULL || block->list_key == NULL) return row;
    const struct param_block *entry = value_row(block, block->list_key)->block;
    row = value_row(entry, h->key);
    if (row != NULL) h->in = entry;
    return row;
}

/* Is the last part of the path a key misspelt rather than a name? Then that key's block is where it was looked for. */
static int is_misspelt(struct help_search *h, const struct param_block *block)
{
    const struct param *list = block->list_key == NULL ? NULL : value_row(block, block->list_key);
    struct nearest nearest = nearest_begin(h->key);
    if (h->rest[0] != '\0') return 0;
    for (int32_t i = 0; i < block->n_rows; i++)
        nearest_consider(&nearest, block->rows[i].key);
    if (nearest.best == NULL) return list != NULL && is_misspelt(h, list->block);
    h->in = block;
    return 1;
}

/* The part cut off is no key of the map's or list's block. Is it a name or an index, and does a key come behind it?
 * A model's name may hold dots, the others' seldom do. */
static int pass_name(struct help_search *h)
{
    const struct param *many = h->row;
    const int is_index = h->key[strspn(h->key, "0123456789")] == '\0';
    if (many->kind == PARAM_LIST ? !is_index : is_misspelt(h, many->block)) return 0;
    while (next_key(h)) {
        const struct param *row = row_in(h, many->block);
        if (row != NULL) {
            h->row = row;
            return 1;
        }
        if (many->block != &model_prices_block || is_misspelt(h, many->block)) return 0;
    }
    return 1;
}

static int find_row(struct help_search *h)
{
    while (next_key(h)) {
        const struct param_block *inside = h->row == NULL ? h->in : has_block(h->row) ? h->row->block : NULL;
        const struct param *row = inside == NULL ? NULL : row_in(h, inside);
        if (row != NULL)
            h->row = row;
        else if (inside == NULL || h->row == NULL || !is_many(h->row) || !pass_name(h))
            return 0;
    }
    return h->row != NULL;
}

/* A key that no row has: `changes`, or `at`, `changes.at` and `changes.switch.at` of one of the blocks without rows. */
static const struct directive *find_directive(const char *path, const struct param_block **below)
{
    static const struct {
        const char *key;
        const struct param_block *block;
    } tables[] = {{"settings", &setting_block}, {"changes", &change_block}, {"variants", &variant_block}};
    const size_t n = strcspn(path, ".");
    const char *last = strrchr(path, '.');
    const struct param_block *block = &scenario_block;
    *below = NULL;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (strlen(tables[i].key) == n && strncmp(path, tables[i].key, n) == 0)
            *(last == NULL ? below : &block) = tables[i].block;
    if (last != NULL && block == &scenario_block) return NULL;
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == block && strcmp(d->key, last == NULL ? path : last + 1) == 0) return d;
    return NULL;
}

static void add_directive(struct wording *out, const char *path, const struct directive *directive,
                          const struct param_block *below)
{
    wording_add(out, "%s: for the reader\n  %s\n", path, directive->help);
    for (const struct directive *d = fill_directives; d->block != NULL; d++)
        if (d->block == below) wording_add(out, "  .%-20s %s\n", d->key, d->help);
}

enum floe_status floe_parameter_help(const char *path, char **text)
{
    const struct param_block *below;
    const struct directive *directive = find_directive(path, &below);
    struct wording out = {0};
    if (directive != NULL) {
        add_directive(&out, path, directive, below);
        return wording_finish(&out, text, NULL);
    }
    struct help_search h = {path, "", &scenario_block, NULL};
    const int is_found = find_row(&h);
    if (is_found)
        add_help(&out, path, h.row);
    else
        add_unknown(&out, h.key, h.in);
    const enum floe_status status = wording_finish(&out, text, NULL);
    return status == FLOE_OK && !is_found ? FLOE_BAD_INPUT : status;
}

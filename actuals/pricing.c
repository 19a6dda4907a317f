/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/pricing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/model_name.h"

enum { SAID_NO_PRICE = 1, SAID_OTHER_NAME = 2, SAID_NO_CACHE_PRICE = 4, SAID_BANDS = 8 };

/* ---- names ---- */

/* The length without "-v1:0", "-v1" or ":0". */
static size_t without_version(const char *name)
{
    size_t n = strlen(name);
    const size_t whole = n;
    while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
        n--;
    if (n == whole || n == 0) return whole;
    if (name[n - 1] == ':') {
        const size_t colon = n - 1;
        n = colon;
        while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
            n--;
        return n < colon && n >= 2 && name[n - 1] == 'v' && name[n - 2] == '-' ? n - 2 : colon;
    }
    return n >= 2 && name[n - 1] == 'v' && name[n - 2] == '-' ? n - 2 : whole;
}

static void add_name(char out[PRICING_NAMES_MOST][NAME_BYTES], int *n, const char *name, size_t length)
{
    if (length == 0 || length >= NAME_BYTES || *n == PRICING_NAMES_MOST) return;
    for (int i = 0; i < *n; i++)
        if (strlen(out[i]) == length && memcmp(out[i], name, length) == 0) return;
    memcpy(out[*n], name, length);
    out[*n][length] = '\0';
    (*n)++;
}

static void add_both(char out[PRICING_NAMES_MOST][NAME_BYTES], int *n, const char *name)
{
    add_name(out, n, name, strlen(name));
    add_name(out, n, name, without_version(name));
}

/* us.anthropic.claude-x-v1:0 also as claude-x: only where a letter follows, so that "gpt-5.4" keeps its point. */
static const char *behind_vendor(const char *name)
{
    const char *point = strchr(name, '.');
    if (point == NULL || point == name || !(point[1] >= 'a' && point[1] <= 'z')) return NULL;
    for (const char *c = name; c < point; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9')) return NULL;
    return point + 1;
}

int pricing_names(struct import_text model, char out[PRICING_NAMES_MOST][NAME_BYTES])
{
    char name[NAME_BYTES], base[NAME_BYTES];
    int n = 0;
    if (model.n == 0 || model.n >= sizeof name) return 0;
    memcpy(name, model.at, model.n);
    name[model.n] = '\0';
    add_both(out, &n, name);
    const char *slash = strrchr(name, '/'), *bare = slash != NULL ? slash + 1 : name;
    add_both(out, &n, bare);
    const char *home = bare + model_name_region(bare);
    add_both(out, &n, home);
    const char *family = behind_vendor(home);
    if (family != NULL) add_both(out, &n, family);
    model_name_base(name, base);
    add_name(out, &n, base, strlen(base));
    return n;
}

/* ---- models ---- */

static const struct model_prices *look_up(const struct import_options *options, const char *name)
{
    for (int32_t i = 0; options->prices != NULL && i < options->prices->n_models; i++)
        if (strcmp(options->prices->models[i].name, name) == 0) return &options->prices->models[i];
    return options->find_prices == NULL ? NULL : options->find_prices(options->find_prices_ctx, name);
}

static void find(struct import *in, struct priced_model *model)
{
    char names[PRICING_NAMES_MOST][NAME_BYTES];
    const struct import_text text = {model->name, strlen(model->name)};
    const int n = pricing_names(text, names);
    for (int i = 0; i < n && model->prices == NULL; i++) {
        model->prices = look_up(in->options, names[i]);
        if (model->prices != NULL && i > 0)
            import_warn(in, "model '%.80s' is priced as '%.80s' of the price book", model->name, names[i]);
    }
    if (model->prices == NULL)
        import_warn(in, "the price book has no '%.80s': its usage has no cost unless the export says one",
                    model->name[0] != '\0' ? model->name : "(model not named)");
}

static struct priced_model *model_of(struct import *in, struct pricing *p, struct import_text name)
{
    const size_t length = name.n > FACT_NAME_MOST ? FACT_NAME_MOST : name.n;
    if (p->last != NULL && strlen(p->last->name) == length && memcmp(p->last->name, name.at, length) == 0)
        return p->last;
    for (int64_t i = 0; i < p->n; i++)
        if (strlen(p->items[i]->name) == length && memcmp(p->items[i]->name, name.at, length) == 0)
            return p->last = p->items[i];
    if (p->n == PRICING_MODELS_MOST) free(p->items[--p->n]);
    if (p->n == p->capacity) {
        const int64_t capacity = p->capacity == 0 ? 16 : p->capacity * 2;
        struct priced_model **items = (struct priced_model **)realloc(p->items, (size_t)capacity * sizeof *items);
        if (items == NULL) return NULL;
        p->items = items;
        p->capacity = capacity;
    }
    struct priced_model *model = (struct priced_model *)calloc(1, sizeof *model);
    if (model == NULL) return NULL;
    if (length > 0) memcpy(model->name, name.at, length);
    p->items[p->n++] = model;
    find(in, model);
    return p->last = model;
}

/* ---- rows ---- */

static int is_single(const struct import_row *row)
{
    return row->to_at_s <= row->from_at_s && row->quantity[FACT_REQUEST] <= 1;
}

static double input_of(const struct import_row *row)
{
    return row->quantity[FACT_INPUT_UNCACHED] + row->quantity[FACT_CACHE_READ] + row->quantity[FACT_CACHE_WRITE_5M] +
           row->quantity[FACT_CACHE_WRITE_1H];
}

static double stated(const struct price_list *list, int kind)
{
    switch (kind) {
    case FACT_CACHE_READ: return list->cache_read;
    case FACT_CACHE_WRITE_5M: return list->cache_write_5m;
    case FACT_CACHE_WRITE_1H: return list->cache_write_1h;
    default: return 0;
    }
}

static void warn_once(struct import *in, struct priced_model *model, int32_t bit, const char *format)
{
    if (model->warned & bit) return;
    model->warned |= bit;
    import_warn(in, "model '%.80s': %s", model->name, format);
}

/* List price by kind; FACT_UNKNOWN where there is none. */
static void list_prices(struct import *in, struct priced_model *model, const struct import_row *row,
                        double price[TOKEN_CLASS_N])
{
    const struct price_row *dated = &model->prices->rows[price_row_at(model->prices, row->from_at_s)];
    const int32_t band = is_single(row) ? price_band_at(dated, input_of(row)) : 0;
    const struct price_list *list = band == 0 ? &dated->usd_per_tok : &dated->bands[band - 1].usd_per_tok;
    if (!is_single(row) && dated->n_bands > 0)
        warn_once(in, model, SAID_BANDS, "it has price bands for long inputs; sums are priced below them");
    for (int kind = 0; kind < TOKEN_CLASS_N; kind++) {
        price[kind] = dated->is_free ? 0 : price_list_get(list, (enum token_class)kind);
        if (price[kind] == PARAM_ABSENT) price[kind] = FACT_UNKNOWN;
        if (row->quantity[kind] > 0 && !dated->is_free && stated(list, kind) == PARAM_ABSENT)
            warn_once(in, model, SAID_NO_CACHE_PRICE, "a cache class has no price of its own and is billed as input");
    }
}

static int has_cost_by_kind(const struct import_row *row)
{
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (fact_has(row->cost_of[kind])) return 1;
    return 0;
}

int pricing_of_row(struct import *in, struct pricing *p, struct import_row *row)
{
    double price[TOKEN_CLASS_N], listed = 0, tokens = 0;
    if ((in->options->prices == NULL && in->options->find_prices == NULL) || has_cost_by_kind(row)) return 1;
    for (int kind = 0; kind < TOKEN_CLASS_N; kind++)
        tokens += row->quantity[kind];
    if (tokens <= 0) return 1;
    struct priced_model *model = model_of(in, p, row->model);
    if (model == NULL) return 0;
    if (model->prices == NULL) return 1;
    list_prices(in, model, row, price);
    for (int kind = 0; kind < TOKEN_CLASS_N; kind++) {
        if (row->quantity[kind] > 0 && !fact_has(price[kind])) return 1;
        if (row->quantity[kind] > 0) listed += price[kind] * row->quantity[kind];
    }
    const int is_said = fact_has(row->cost_usd);
    if (is_said) p->said_usd += row->cost_usd, p->listed_usd += listed;
    if (is_said && listed <= 0) return 1;
    for (int kind = 0; kind < TOKEN_CLASS_N; kind++) {
        if (row->quantity[kind] <= 0) continue;
        row->cost_of[kind] = price[kind] * row->quantity[kind];
        if (is_said)
            row->cost_of[kind] *= row->cost_usd / listed;
        else
            row->unit_price_usd[kind] = price[kind];
    }
    if (is_said) row->cost_usd = FACT_UNKNOWN; /* all of it is split */
    return 1;
}

void pricing_free(struct pricing *p)
{
    for (int64_t i = 0; i < p->n; i++)
        free(p->items[i]);
    free(p->items);
    memset(p, 0, sizeof *p);
}

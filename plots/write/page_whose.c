/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose cost, in the first variant and in those that name others: by consumer, by key, by tag, dearest first. A sentence says what a bill by key can
 * tell: consumers that share a key are one number in it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/attribution.h"
#include "plots/write/page.h"
#include "plots/write/tables.h"

enum { GROUPS_SHOWN = 6, CUTS_SHOWN = 4, ROUTES_SHOWN = 2, VARIANTS_SHOWN = 2 };

static double sum_of(const struct attribution_group *group, enum attribution_sum sum)
{
    return group->sums[sum].n > 0 ? group->sums[sum].mean : NAN;
}

static double cost_of(const struct attribution_group *group)
{
    return sum_of(group, ATTRIBUTION_COST);
}

/* By insertion: there are at most WORKLOADS_MOST, and equal ones keep their order. */
static void dearest_first(struct attribution_group *groups, int32_t n)
{
    for (int32_t i = 1; i < n; i++)
        for (int32_t k = i; k > 0 && cost_of(&groups[k]) > cost_of(&groups[k - 1]); k--) {
            const struct attribution_group other = groups[k];
            groups[k] = groups[k - 1];
            groups[k - 1] = other;
        }
}

static void add_group(struct grid *grid, const struct attribution_group *group, const struct page_scale *scale,
                      int has_denied)
{
    struct grid_line *line = grid_add(grid, 4, group->name);
    int i = 0;
    page_format_count(line->values[i++], sum_of(group, ATTRIBUTION_CALLS), scale, FORMAT_DIGITS);
    if (has_denied) page_format_count(line->values[i++], sum_of(group, ATTRIBUTION_DENIED), scale, FORMAT_DIGITS);
    page_format_count(line->values[i++], sum_of(group, ATTRIBUTION_INVOCATIONS), scale, FORMAT_DIGITS);
    floe_format_usd(line->values[i++], cost_of(group), FORMAT_DIGITS);
    page_format_share(line->values[i], group->cost_share);
}

static void add_cut(const struct attribution *cuts, int32_t cut, struct attribution_group *groups, int32_t n,
                    struct grid *grid, const struct page_scale *scale, int has_denied)
{
    char name[GRID_NAME_BYTES];
    const int is_tag = cut >= ATTRIBUTION_TAG;
    (void)snprintf(name, sizeof name, "by %s%s",
                   is_tag                   ? "tag "
                   : cut == ATTRIBUTION_KEY ? "key"
                                            : "consumer",
                   is_tag ? cuts->tags[cut] : "");
    (void)grid_add(grid, 2, name);
    dearest_first(groups, n);
    for (int32_t i = 0; i < n && i < GROUPS_SHOWN; i++)
        add_group(grid, &groups[i], scale, has_denied);
    (void)snprintf(name, sizeof name, "... %d more (see --csv)", (int)n - GROUPS_SHOWN);
    if (n > GROUPS_SHOWN) (void)grid_add(grid, 4, name);
}

/* ---- what the keys say ---- */

static int32_t consumers_of(const struct result *r, int32_t variant, const struct attribution_group *group)
{
    int32_t n = 0;
    for (int32_t i = 0; i < group->n_workloads; i++) {
        int is_new = 1;
        for (int32_t k = 0; k < i; k++)
            is_new &= strcmp(result_consumer(r, variant, group->workloads[i]),
                             result_consumer(r, variant, group->workloads[k])) != 0;
        n += is_new;
    }
    return n;
}

/* The dearest key that several consumers share; NULL: there is none. */
static const struct attribution_group *shared_key(const struct result *r, int32_t variant,
                                                  const struct attribution_group *keys, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (consumers_of(r, variant, &keys[i]) > 1) return &keys[i];
    return NULL;
}

static void print_keys(const struct page *page, int32_t variant, const struct attribution_group *keys, int32_t n)
{
    const struct attribution_group *shared = shared_key(page->result, variant, keys, n);
    const int n_consumers = shared != NULL ? (int)consumers_of(page->result, variant, shared) : 0;
    char usd[FORMAT_BYTES] = "";
    struct floe_text s = {0};
    if (shared != NULL) floe_format_usd(usd, cost_of(shared), FORMAT_DIGITS);
    if (shared == NULL) {
        floe_text_add(&s, "No two consumers share a key: a bill by key says whose cost it is.");
    } else if (strcmp(shared->name, CONSUMER_UNKNOWN) == 0) {
        floe_text_printf(&s, "%d consumers name no key: they are one number, %s, under \"unknown\".", n_consumers, usd);
    } else {
        floe_text_printf(&s, "One key: one number. A bill by key reads %s for ", usd);
        table_cut(&s, shared->name, PAGE_NAME_COLUMNS);
        floe_text_printf(&s, " and does not say which of its %d consumers it was.", n_consumers);
    }
    if (s.n > 0) page_wrapped(page->out, s.bytes, 0);
    page->out->has_failed |= s.has_failed;
    floe_text_free(&s);
}

/* ---- the section ---- */

static void print_heading(const struct page *page, int32_t variant, int32_t route)
{
    const struct result *r = page->result;
    char heading[3 * NAME_BYTES];
    (void)snprintf(heading, sizeof heading, "Whose cost%s%s%s%s", r->n_variants > 1 ? ", variant " : "",
                   r->n_variants > 1 ? table_variant(r, variant) : "", r->scenario->n_routes > 1 ? ", route " : "",
                   r->scenario->n_routes > 1 ? result_route(r, route) : "");
    floe_text_add(page->out, "\n");
    page_heading(page, heading);
}

static void add_columns(struct grid *grid, const struct page_scale *scale, int has_denied)
{
    grid_init(grid, "");
    (void)grid_column(grid, "calls", scale->name);
    if (has_denied) (void)grid_column(grid, "denied", scale->name);
    (void)grid_column(grid, "invocations", scale->name);
    (void)grid_column(grid, "cost", "");
    (void)grid_column(grid, "share", "");
}

static void print_route(const struct page *page, const struct attribution *cuts, int32_t variant, int32_t route)
{
    struct attribution_group groups[WORKLOADS_MOST];
    struct grid grid;
    double largest = 0, denied = 0;
    int32_t n = attribution_groups(cuts, ATTRIBUTION_CONSUMER, route, variant, 0, groups);
    for (int32_t i = 0; i < n; i++) {
        largest = fmax(largest, sum_of(&groups[i], ATTRIBUTION_CALLS));
        denied = fmax(denied, sum_of(&groups[i], ATTRIBUTION_DENIED));
    }
    const struct page_scale *scale = page_count_scale(largest);
    print_heading(page, variant, route);
    add_columns(&grid, scale, denied > 0);
    for (int32_t cut = 0; cut < cuts->n && cut < CUTS_SHOWN; cut++) {
        n = attribution_groups(cuts, cut, route, variant, 0, groups);
        add_cut(cuts, cut, groups, n, &grid, scale, denied > 0);
    }
    page_grid(page, &grid);
    if (cuts->n > CUTS_SHOWN) floe_text_printf(page->out, "... %d more tags (see --csv)\n", (int)cuts->n - CUTS_SHOWN);
    n = attribution_groups(cuts, ATTRIBUTION_KEY, route, variant, 0, groups);
    dearest_first(groups, n);
    print_keys(page, variant, groups, n);
}

/* 1: some workload has another consumer, key or tag than in the first variant. */
static int names_others(const struct attribution *cuts, int32_t variant)
{
    for (int32_t w = 0; w < cuts->result->scenario->n_workloads; w++)
        for (int32_t cut = 0; cut < cuts->n; cut++)
            if (strcmp(attribution_name(cuts, cut, 0, w), attribution_name(cuts, cut, variant, w)) != 0) return 1;
    return 0;
}

static void print_variant(const struct page *page, const struct attribution *cuts, int32_t variant)
{
    const struct result *r = page->result;
    int n_shown = 0, n_hidden = 0;
    for (int32_t route = 0; route < r->scenario->n_routes; route++) {
        if (table_cell(r, variant, 0, route, 0) == NULL) continue;
        if (n_shown == ROUTES_SHOWN) {
            n_hidden++;
            continue;
        }
        print_route(page, cuts, variant, route);
        n_shown++;
    }
    if (n_hidden > 0) floe_text_printf(page->out, "... %d more routes (see --csv)\n", n_hidden);
}

void page_print_whose(const struct page *page)
{
    const struct attribution cuts = attribution_of(page->result);
    int n_shown = 0, n_hidden = 0;
    if (page->n_shown == 0 || !attribution_is_named(page->result)) return;
    for (int32_t variant = 0; variant < page->result->n_variants; variant++) {
        if (variant > 0 && !names_others(&cuts, variant)) continue;
        if (n_shown++ < VARIANTS_SHOWN)
            print_variant(page, &cuts, variant);
        else
            n_hidden++;
    }
    if (n_hidden > 0)
        floe_text_printf(page->out, "... %d more variants with other names or keys (see --csv)\n", n_hidden);
}

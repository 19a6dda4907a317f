/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The blast radius of a shared setting: who reads it, and whose cost its changes moved. Workloads that do not read it
 * are listed where their cost moved all the same, through a quota or a cache that they share with one that does. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/write/blast.h"
#include "plots/write/page.h"
#include "plots/write/tables.h"

enum { SETTINGS_SHOWN = 4, ROWS_SHOWN = 12 };

static int is_first_of_setting(const struct result *r, int32_t i)
{
    for (int32_t k = 0; k < i; k++)
        if (strcmp(r->blast[k].setting, r->blast[i].setting) == 0) return 0;
    return 1;
}

static void add_row(const struct page *page, struct grid *grid, const struct result_blast *row)
{
    struct grid_line *line = page_add_pair(page, grid, row->workload, row->route, PAGE_PAIR_COLUMNS);
    char usd[FORMAT_BYTES], factor[FORMAT_BYTES];
    const double difference_usd = blast_difference_usd(row);
    const struct page_scale *scale = page_count_scale(0);
    page_format_count(line->values[0], row->invocations_without, scale, FORMAT_DIGITS);
    page_format_count(line->values[1], row->invocations, scale, FORMAT_DIGITS);
    floe_format_usd(line->values[2], row->cost_without_usd, FORMAT_DIGITS);
    floe_format_usd(line->values[3], row->cost_usd, FORMAT_DIGITS);
    if (blast_has_moved(row)) {
        floe_format_usd(usd, difference_usd, FORMAT_DIGITS);
        (void)snprintf(line->values[4], FORMAT_BYTES, "%s%.40s", difference_usd > 0 ? "+" : "", usd);
        floe_format_count(factor, blast_factor(row), FORMAT_DIGITS);
        (void)snprintf(line->values[5], FORMAT_BYTES, "%.40s%s", factor, isfinite(blast_factor(row)) ? "x" : "");
    } else {
        (void)snprintf(line->values[4], FORMAT_BYTES, "$0");
        (void)snprintf(line->values[5], FORMAT_BYTES, "1x");
    }
}

/* The rows of a setting that are readers, or are none and moved; returns how many do not fit. */
static int add_rows(const struct page *page, struct grid *grid, const char *setting, int is_reader)
{
    const struct result *r = page->result;
    int n = 0;
    for (int32_t i = 0; i < r->n_blast; i++) {
        const struct result_blast *row = &r->blast[i];
        if (strcmp(row->setting, setting) != 0 || (row->is_reader != 0) != is_reader) continue;
        if (!is_reader && !blast_has_moved(row)) continue;
        if (n++ == 0) (void)grid_add(grid, 0, is_reader ? "read it" : "do not read it, and their cost moved");
        if (n <= ROWS_SHOWN) add_row(page, grid, row);
    }
    return n > ROWS_SHOWN ? n - ROWS_SHOWN : 0;
}

static void print_setting(const struct page *page, const struct result_blast *first)
{
    static const char *const heads[][2] = {{"invoc.", "without"}, {"invoc.", "with"}, {"cost", "without"},
                                           {"cost", "with"},      {"cost", "moved"},  {"", "factor"}};
    char heading[3 * NAME_BYTES];
    struct grid grid;
    (void)snprintf(heading, sizeof heading, "Blast radius of %s (%s%s)", first->setting,
                   first->owner[0] != '\0' ? "owner: " : "nobody owns it", first->owner);
    floe_text_add(page->out, "\n");
    page_heading(page, heading);
    if (first == page->result->blast) floe_text_add(page->out, "The same draws, without its changes and with them.\n");
    grid_init(&grid, "");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        (void)grid_column(&grid, heads[i][0], heads[i][1]);
    const int n_hidden = add_rows(page, &grid, first->setting, 1) + add_rows(page, &grid, first->setting, 0);
    page_grid(page, &grid);
    if (n_hidden > 0) floe_text_printf(page->out, "... %d more (see --csv)\n", n_hidden);
}

void page_print_blast(const struct page *page)
{
    const struct result *r = page->result;
    int n = 0;
    for (int32_t i = 0; i < r->n_blast; i++)
        if (is_first_of_setting(r, i) && n++ < SETTINGS_SHOWN) print_setting(page, &r->blast[i]);
    if (n > SETTINGS_SHOWN) floe_text_printf(page->out, "... %d more settings (see --csv)\n", n - SETTINGS_SHOWN);
}

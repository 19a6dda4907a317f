/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small table for a terminal: a column of names on the left, right-aligned values beside it. Fill the heads and
 * lines first, print once: only then is it known how wide the columns are. Names take what the values leave of the
 * page and are cut with '~'; values are never cut, so columns stay aligned whatever comes. No memory is taken; lines
 * beyond GRID_LINES are counted in n_lost. */
#ifndef FLOE_PLOTS_WRITE_GRID_H
#define FLOE_PLOTS_WRITE_GRID_H

#include "plots/write/format.h"

#define GRID_COLUMNS 8
#define GRID_LINES 64
#define GRID_NAME_BYTES 220
#define GRID_PAGE_COLUMNS 80

struct grid_line {
    int indent;
    char name[GRID_NAME_BYTES];
    char values[GRID_COLUMNS][FORMAT_BYTES]; /* "": nothing */
};

struct grid {
    int n_columns, n_heads, n_lines, n_lost; /* n_heads: lines of heading, 1 or 2 */
    char title[GRID_NAME_BYTES];             /* above the names */
    char heads[2][GRID_COLUMNS][FORMAT_BYTES];
    struct grid_line lines[GRID_LINES];
};

void grid_init(struct grid *grid, const char *title);
int grid_column(struct grid *grid, const char *head, const char *below);     /* its index; -1: no room */
struct grid_line *grid_add(struct grid *grid, int indent, const char *name); /* never NULL */
void grid_print(const struct grid *grid, int is_coloured, struct floe_text *out);

/* A heading in bold where colours are wanted. */
void grid_heading(const char *s, int is_coloured, struct floe_text *out);

#endif

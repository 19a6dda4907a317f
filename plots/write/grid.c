/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/grid.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, NAME_LEAST = 10 };

void grid_init(struct grid *grid, const char *title)
{
    memset(grid, 0, sizeof *grid);
    grid->n_heads = 1;
    (void)snprintf(grid->title, sizeof grid->title, "%s", title);
}

int grid_column(struct grid *grid, const char *head, const char *below)
{
    if (grid->n_columns == GRID_COLUMNS) return -1;
    (void)snprintf(grid->heads[0][grid->n_columns], FORMAT_BYTES, "%s", head);
    (void)snprintf(grid->heads[1][grid->n_columns], FORMAT_BYTES, "%s", below);
    if (below[0] != '\0') grid->n_heads = 2;
    return grid->n_columns++;
}

struct grid_line *grid_add(struct grid *grid, int indent, const char *name)
{
    int is_lost = grid->n_lines == GRID_LINES;
    struct grid_line *line = &grid->lines[is_lost ? GRID_LINES - 1 : grid->n_lines];
    grid->n_lost += is_lost;
    grid->n_lines += !is_lost;
    memset(line, 0, sizeof *line);
    line->indent = indent;
    (void)snprintf(line->name, sizeof line->name, "%s", name);
    return line;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int column_width(const struct grid *grid, int column)
{
    int width = 0;
    for (int i = 0; i < grid->n_heads; i++)
        width = larger(width, floe_format_columns(grid->heads[i][column]));
    for (int i = 0; i < grid->n_lines; i++)
        width = larger(width, floe_format_columns(grid->lines[i].values[column]));
    return width;
}

/* What the longest name asks for, or what the values leave, whichever is less. */
static int name_width(const struct grid *grid, const int *widths)
{
    int room = GRID_PAGE_COLUMNS, wanted = floe_format_columns(grid->title);
    for (int i = 0; i < grid->n_columns; i++)
        room -= widths[i] + GAP;
    for (int i = 0; i < grid->n_lines; i++)
        if (grid->lines[i].values[0][0] != '\0' || grid->lines[i].indent > 0)
            wanted = larger(wanted, grid->lines[i].indent + floe_format_columns(grid->lines[i].name));
    return larger(NAME_LEAST, wanted < room ? wanted : room);
}

static int has_values(const struct grid *grid, const struct grid_line *line)
{
    for (int i = 0; i < grid->n_columns; i++)
        if (line->values[i][0] != '\0') return 1;
    return 0;
}

static void drop_spaces(struct floe_text *out)
{
    while (!out->has_failed && out->n > 0 && out->bytes[out->n - 1] == ' ')
        out->bytes[--out->n] = '\0';
}

static void bold(int is_coloured, struct floe_text *out)
{
    if (is_coloured) floe_text_add(out, "\033[1m");
}

static void end_line(int is_coloured, struct floe_text *out)
{
    drop_spaces(out);
    floe_text_add(out, is_coloured ? "\033[0m\n" : "\n");
}

void grid_heading(const char *s, int is_coloured, struct floe_text *out)
{
    bold(is_coloured, out);
    floe_format_plain(out, s);
    end_line(is_coloured, out);
}

/* values: GRID_COLUMNS texts of FORMAT_BYTES each */
static void print_values(const struct grid *grid, const char *values, const int *widths, struct floe_text *out)
{
    for (int i = 0; i < grid->n_columns; i++, values += FORMAT_BYTES) {
        floe_text_fill(out, ' ', GAP + widths[i] - floe_format_columns(values));
        floe_format_plain(out, values);
    }
}

static void print_head(const struct grid *grid, int head, int names, const int *widths, int is_coloured,
                       struct floe_text *out)
{
    bold(is_coloured, out);
    floe_format_name(out, head == 0 ? grid->title : "", names);
    print_values(grid, grid->heads[head][0], widths, out);
    end_line(is_coloured, out);
}

static void print_line(const struct grid *grid, const struct grid_line *line, int names, const int *widths,
                       struct floe_text *out)
{
    int room = has_values(grid, line) ? names : GRID_PAGE_COLUMNS;
    floe_text_fill(out, ' ', line->indent);
    floe_format_name(out, line->name, larger(1, room - line->indent));
    print_values(grid, line->values[0], widths, out);
    end_line(0, out);
}

void grid_print(const struct grid *grid, int is_coloured, struct floe_text *out)
{
    int widths[GRID_COLUMNS];
    for (int i = 0; i < grid->n_columns; i++)
        widths[i] = column_width(grid, i);
    int names = name_width(grid, widths);
    for (int head = 0; head < grid->n_heads; head++)
        print_head(grid, head, names, widths, is_coloured, out);
    for (int i = 0; i < grid->n_lines; i++)
        print_line(grid, &grid->lines[i], names, widths, out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures: gnuplot is another program, run on the CSV files in a folder. It may be missing: then the figures are, and
 * the rest works. The scripts are written into the folder too, so that a figure can be changed and drawn again. */
#ifndef FLOE_CLI_GNUPLOT_H
#define FLOE_CLI_GNUPLOT_H

#include "sim/base.h"

/* Draws every figure from the plot_*.csv in `folder` into it, as PNG and SVG, and says on stderr what could not be
 * drawn and why. FLOE_ENVIRONMENT only if a script could not be written. */
enum floe_status gnuplot_draw(const char *folder);

/* The same with the figures that are named. */
enum floe_status gnuplot_draw_figures(const char *folder, const char *const *figures, int n_figures);

#endif

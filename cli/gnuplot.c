/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/disk.h"
#include "cli/embedded.h"

#define GNUPLOT_PATH_BYTES 4096

static const char *const run_figures[] = {"calls_and_cost_by_hour", "cost_by_route"};
static const char *const formats[] = {"png", "svg"};

enum outcome_of_gnuplot { DRAWN, FAILED, MISSING };

static enum outcome_of_gnuplot draw(const char *folder, const char *figure, const char *format)
{
    char script[GNUPLOT_PATH_BYTES], out[GNUPLOT_PATH_BYTES];
    pid_t child;
    int status;
    snprintf(script, sizeof script, "%s/%s.gp", folder, figure);
    snprintf(out, sizeof out, "%s/%s.%s", folder, figure, format);
    char *arguments[] = {(char *)"gnuplot", (char *)"-c", script, (char *)folder, out, NULL};
    const int error = posix_spawnp(&child, "gnuplot", NULL, NULL, arguments, environ);
    if (error == ENOENT) return MISSING;
    if (error != 0) return FAILED;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return FAILED;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return MISSING;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? DRAWN : FAILED;
}

/* "waterfall.gp" is wanted by the figure "waterfall", and style.gp by all. */
static int is_wanted(const char *script, const char *const *figures, int n_figures)
{
    const size_t n = strcspn(script, ".");
    int wanted = strcmp(script, "style.gp") == 0;
    for (int i = 0; i < n_figures; i++)
        wanted |= strlen(figures[i]) == n && strncmp(script, figures[i], n) == 0;
    return wanted;
}

static enum floe_status write_scripts(const char *folder, const char *const *figures, int n_figures)
{
    for (int i = 0; i < figure_files_n; i++) {
        char path[GNUPLOT_PATH_BYTES];
        if (!is_wanted(figure_files[i].name, figures, n_figures)) continue;
        snprintf(path, sizeof path, "%s/%s", folder, figure_files[i].name);
        if (disk_write(path, figure_files[i].text, figure_files[i].n) != FLOE_OK) return FLOE_ENVIRONMENT;
    }
    return FLOE_OK;
}

enum floe_status gnuplot_draw(const char *folder)
{
    return gnuplot_draw_figures(folder, run_figures, (int)(sizeof run_figures / sizeof run_figures[0]));
}

enum floe_status gnuplot_draw_figures(const char *folder, const char *const *figures, int n_figures)
{
    if (write_scripts(folder, figures, n_figures) != FLOE_OK) return FLOE_ENVIRONMENT;
    for (int i = 0; i < n_figures; i++)
        for (size_t j = 0; j < sizeof formats / sizeof formats[0]; j++)
            switch (draw(folder, figures[i], formats[j])) {
            case MISSING:
                fputs("floe: warning: gnuplot is not installed, so no figures were drawn\n"
                      "hint: apt-get install gnuplot-nox; everything else was written\n",
                      stderr);
                return FLOE_OK;
            case FAILED:
                fprintf(stderr, "floe: warning: gnuplot could not draw %s.%s\n", figures[i], formats[j]);
                break;
            case DRAWN: break;
            }
    return FLOE_OK;
}

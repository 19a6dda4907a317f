/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *bytes = calloc(1, (size_t)size + 1);
    *n = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return bytes;
}

static void remove_folder(void)
{
    char command[PATH_MOST];
    snprintf(command, sizeof command, "rm -rf '%s'", program_folder());
    if (system(command) != 0) fprintf(stderr, "cannot remove %s\n", program_folder());
}

const char *program_folder(void)
{
    static char folder[] = "/tmp/floe-test-XXXXXX";
    static int is_made;
    if (!is_made) {
        is_made = 1;
        if (mkdtemp(folder) == NULL) abort();
        atexit(remove_folder);
    }
    return folder;
}

void program_write(const char *name, const char *text)
{
    char path[PATH_MOST];
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) abort();
}

char *program_read(const char *name, size_t *n)
{
    char path[PATH_MOST];
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    return read_file(path, n);
}

struct program_run program_run(const char *binary, const char *arguments)
{
    struct program_run run = {-1, NULL, NULL};
    char command[4 * PATH_MOST], out[PATH_MOST], err[PATH_MOST];
    size_t n;
    snprintf(out, sizeof out, "%s/.out", program_folder());
    snprintf(err, sizeof err, "%s/.err", program_folder());
    snprintf(command, sizeof command, "'%.4000s' %.4000s >'%.4000s' 2>'%.4000s' </dev/null", binary, arguments, out,
             err);
    const int status = system(command);
    if (WIFEXITED(status)) run.exit_status = WEXITSTATUS(status);
    run.out = read_file(out, &n);
    run.err = read_file(err, &n);
    return run;
}

void program_free(struct program_run *run)
{
    free(run->out);
    free(run->err);
}

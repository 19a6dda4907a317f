/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK_BYTES 65536
#define PIPE_WAIT_MS 10000

/* A relative name is relative to the folder of the file that mentions it. */
static int resolve(const char *base, const char *name, char resolved[PATH_BYTES])
{
    const char *slash = strrchr(base, '/');
    const int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash - base) + 1;
    return snprintf(resolved, PATH_BYTES, "%.*s%s", folder, base, name) < PATH_BYTES;
}

static enum floe_status grow(char **bytes, size_t *capacity, size_t most)
{
    const size_t wanted = *capacity * 2 > most + 1 ? most + 1 : *capacity * 2;
    char *grown = (char *)realloc(*bytes, wanted);
    if (grown == NULL) return FLOE_ENVIRONMENT;
    *bytes = grown;
    *capacity = wanted;
    return FLOE_OK;
}

/* Reads one byte more than allowed, if there is one, to see that the file is too large. */
static enum floe_status read_all(FILE *file, size_t most, char **bytes, size_t *n, char why[FILE_WHY_BYTES])
{
    size_t capacity = READ_CHUNK_BYTES;
    *bytes = (char *)malloc(capacity);
    *n = 0;
    while (*bytes != NULL) {
        if (*n == capacity && (capacity > most || grow(bytes, &capacity, most) != FLOE_OK)) break;
        const size_t got = fread(*bytes + *n, 1, capacity - *n, file);
        *n += got;
        if (got == 0 && ferror(file)) {
            snprintf(why, FILE_WHY_BYTES, "cannot be read: %s", strerror(errno));
            return FLOE_ENVIRONMENT;
        }
        if (*n > most) {
            snprintf(why, FILE_WHY_BYTES, "is larger than %zu bytes, the most allowed here", most);
            return FLOE_FULL;
        }
        if (got == 0) return FLOE_OK;
    }
    snprintf(why, FILE_WHY_BYTES, "needs more memory than there is");
    return FLOE_ENVIRONMENT;
}

/* Files and pipes only. A pipe that nobody writes to would hold the program for ever: it gets PIPE_WAIT_MS. */
static enum floe_status check_kind(int descriptor, char why[FILE_WHY_BYTES])
{
    struct stat status;
    struct pollfd wait = {descriptor, POLLIN, 0};
    if (fstat(descriptor, &status) != 0) {
        snprintf(why, FILE_WHY_BYTES, "%s", strerror(errno));
        return FLOE_ENVIRONMENT;
    }
    if (S_ISREG(status.st_mode)) return FLOE_OK;
    if (!S_ISFIFO(status.st_mode)) {
        snprintf(why, FILE_WHY_BYTES,
                 S_ISDIR(status.st_mode) ? "is a directory, not a file" : "is a device, not a file");
        return FLOE_BAD_INPUT;
    }
    if (poll(&wait, 1, PIPE_WAIT_MS) > 0) {
        const int flags = fcntl(descriptor, F_GETFL);
        if (flags >= 0 && fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0) return FLOE_OK;
    }
    snprintf(why, FILE_WHY_BYTES, "is a pipe that nothing was written to for %d s", PIPE_WAIT_MS / 1000);
    return FLOE_BAD_INPUT;
}

static enum floe_status open_file(const char *path, FILE **file, char why[FILE_WHY_BYTES])
{
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *file = NULL;
    if (descriptor < 0) {
        snprintf(why, FILE_WHY_BYTES, "%s", errno == ENOENT ? "no such file" : strerror(errno));
        return errno == EACCES ? FLOE_ENVIRONMENT : FLOE_BAD_INPUT;
    }
    enum floe_status status = check_kind(descriptor, why);
    if (status == FLOE_OK) {
        *file = fdopen(descriptor, "rb");
        if (*file != NULL) return FLOE_OK;
        snprintf(why, FILE_WHY_BYTES, "cannot be opened: %s", strerror(errno));
        status = FLOE_ENVIRONMENT;
    }
    close(descriptor);
    return status;
}

static enum floe_status load(void *ctx, const char *base, const char *name, size_t most_bytes, char **bytes, size_t *n,
                             char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    FILE *file;
    (void)ctx;
    *bytes = NULL;
    *n = 0;
    if (!resolve(base, name, resolved)) {
        snprintf(why, FILE_WHY_BYTES, "the path is longer than %d bytes", PATH_BYTES - 1);
        return FLOE_BAD_INPUT;
    }
    enum floe_status status = open_file(resolved, &file, why);
    if (status != FLOE_OK) return status;
    status = read_all(file, most_bytes, bytes, n, why);
    fclose(file);
    if (status == FLOE_OK) return FLOE_OK;
    free(*bytes);
    *bytes = NULL;
    *n = 0;
    return status;
}

struct floe_files disk_files(void)
{
    return (struct floe_files){NULL, load};
}

static enum floe_status cannot(const char *what, const char *path)
{
    fprintf(stderr, "floe: cannot %s %s: %s\n", what, path, strerror(errno));
    return FLOE_ENVIRONMENT;
}

/* A file of this name that nobody had before; in the folder of the target, so that a rename replaces it in one step. */
static enum floe_status open_beside(struct disk_stream *stream, const char *path)
{
    const int n = snprintf(stream->temporary, sizeof stream->temporary, "%s.XXXXXX", path);
    if (snprintf(stream->path, sizeof stream->path, "%s", path) != n - 7 || n >= (int)sizeof stream->temporary) {
        errno = ENAMETOOLONG;
        return cannot("write", path);
    }
    const int descriptor = mkstemp(stream->temporary);
    if (descriptor < 0) return cannot("write", path);
    stream->file = fdopen(descriptor, "wb");
    if (stream->file != NULL) return FLOE_OK;
    cannot("write", path);
    close(descriptor);
    remove(stream->temporary);
    return FLOE_ENVIRONMENT;
}

/* What is there and no regular file (a pipe, /dev/stdout) is written to as it is. */
static enum floe_status open_straight(struct disk_stream *stream, const char *path)
{
    snprintf(stream->path, sizeof stream->path, "%s", path);
    stream->file = fopen(path, "wb");
    return stream->file != NULL ? FLOE_OK : cannot("write", path);
}

enum floe_status disk_open(struct disk_stream *stream, const char *path)
{
    struct stat status;
    memset(stream, 0, sizeof *stream);
    if (strcmp(path, "-") == 0) {
        stream->file = stdout;
        snprintf(stream->path, sizeof stream->path, "standard output");
        return FLOE_OK;
    }
    if (stat(path, &status) != 0) {
        const mode_t mask = umask(0);
        umask(mask);
        stream->mode = 0666 & ~mask;
        return open_beside(stream, path);
    }
    if (!S_ISREG(status.st_mode)) return open_straight(stream, path);
    char *target = realpath(path, NULL); /* a link stays a link */
    if (target == NULL) return cannot("write", path);
    stream->mode = status.st_mode & 07777;
    const enum floe_status opened = open_beside(stream, target);
    free(target);
    return opened;
}

static enum floe_status cannot_write(const struct disk_stream *stream)
{
    return cannot(stream->file == stdout ? "write to" : "write", stream->path);
}

enum floe_status disk_append(struct disk_stream *stream, const char *bytes, size_t n)
{
    return fwrite(bytes, 1, n, stream->file) == n ? FLOE_OK : cannot_write(stream);
}

enum floe_status disk_close(struct disk_stream *stream, int is_kept)
{
    const int is_beside = stream->temporary[0] != '\0';
    if (stream->file == stdout) return fflush(stdout) == 0 || !is_kept ? FLOE_OK : cannot_write(stream);
    int is_good = !is_beside || fchmod(fileno(stream->file), stream->mode) == 0;
    is_good = fclose(stream->file) == 0 && is_good;
    stream->file = NULL;
    if (is_kept && is_good && is_beside) is_good = rename(stream->temporary, stream->path) == 0;
    const enum floe_status status = is_good || !is_kept ? FLOE_OK : cannot_write(stream);
    if (is_beside && (status != FLOE_OK || !is_kept)) remove(stream->temporary);
    return status;
}

enum floe_status disk_write(const char *path, const char *bytes, size_t n)
{
    struct disk_stream stream;
    enum floe_status status = disk_open(&stream, path);
    if (status != FLOE_OK) return status;
    status = disk_append(&stream, bytes, n);
    const enum floe_status closed = disk_close(&stream, status == FLOE_OK);
    return status == FLOE_OK ? closed : status;
}

int disk_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

enum floe_status disk_check(const char *path)
{
    char folder[DISK_PATH_BYTES];
    struct stat status;
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0) return FLOE_OK;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return cannot("write", path);
    }
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
    return access(folder, W_OK) == 0 ? FLOE_OK : cannot("write", path);
}

static enum floe_status unfit(const char *path, const char *why)
{
    fprintf(stderr, "floe: %s %s\n", path, why);
    return FLOE_BAD_USAGE;
}

/* A device or pipe is not replaced, whatever is written to it. */
static int is_replaced(const char *path)
{
    struct stat status;
    return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static enum floe_status check_against(const char *path, const char *const *outputs, int n_outputs,
                                      const char *const *inputs, int n_inputs)
{
    for (int i = 0; i < n_outputs; i++)
        if (outputs[i] != NULL && strcmp(path, "-") == 0 && strcmp(outputs[i], "-") == 0)
            return unfit("only one output", "can go to standard output");
        else if (outputs[i] != NULL && is_replaced(path) &&
                 (strcmp(path, outputs[i]) == 0 || disk_is_same(path, outputs[i])))
            return unfit(path, "is named for two outputs");
    for (int i = 0; i < n_inputs; i++)
        if (inputs[i] != NULL && is_replaced(path) && disk_is_same(path, inputs[i]))
            return unfit(path, "is an input and would be replaced");
    return disk_check(path);
}

enum floe_status disk_check_outputs(const char *const *outputs, int n_outputs, const char *const *inputs, int n_inputs)
{
    enum floe_status status = FLOE_OK;
    for (int i = 0; i < n_outputs && status == FLOE_OK; i++)
        if (outputs[i] != NULL) status = check_against(outputs[i], outputs, i, inputs, n_inputs);
    return status;
}

enum floe_status disk_make_folder(const char *path)
{
    char part[DISK_PATH_BYTES];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return cannot("make the folder", path);
    }
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return cannot("make the folder", part);
        *slash = '/';
    }
    struct stat status;
    if (mkdir(part, 0777) != 0 && errno != EEXIST) return cannot("make the folder", part);
    if (stat(part, &status) == 0 && S_ISDIR(status.st_mode)) return FLOE_OK;
    errno = ENOTDIR;
    return cannot("make the folder", part);
}

enum floe_status disk_write_in(const char *folder, const char *name, const struct floe_text *text)
{
    char path[DISK_PATH_BYTES];
    if (floe_text_status(text) != FLOE_OK) {
        fprintf(stderr, "floe: out of memory while making %s\n", name);
        return FLOE_ENVIRONMENT;
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return disk_write(path, text->bytes != NULL ? text->bytes : "", text->n);
}

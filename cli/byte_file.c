/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/byte_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define GZ_BUFFER_BYTES (256u << 10)
#define READ_BYTES_MOST ((size_t)16 << 20) /* gzread counts in int */

static int refuse(struct byte_file *file, int descriptor, const char *why)
{
    snprintf(file->why, sizeof file->why, "%s", why);
    if (descriptor > STDERR_FILENO) close(descriptor);
    return 0;
}

int byte_file_open(struct byte_file *file, const char *name)
{
    struct stat status;
    memset(file, 0, sizeof *file);
    const int is_input = strcmp(name, "-") == 0;
    const int descriptor = is_input ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return refuse(file, descriptor, errno == ENOENT ? "no such file" : strerror(errno));
    if (fstat(descriptor, &status) != 0) return refuse(file, descriptor, strerror(errno));
    if (S_ISDIR(status.st_mode)) return refuse(file, descriptor, "is a directory");
    gzFile gz = gzdopen(descriptor, "rb");
    if (gz == NULL) return refuse(file, descriptor, "out of memory");
    gzbuffer(gz, GZ_BUFFER_BYTES);
    file->gz = gz;
    if (S_ISREG(status.st_mode) && gzdirect(gz)) file->size = (int64_t)status.st_size;
    return 1;
}

/* zlib puts "<fd:3>: " before what it says. */
static const char *behind_name(const char *why)
{
    const char *colon = strstr(why, ">: ");
    return colon != NULL ? colon + 3 : why;
}

static int64_t read_bytes(void *ctx, char *to, size_t n)
{
    struct byte_file *file = (struct byte_file *)ctx;
    gzFile gz = (gzFile)file->gz;
    const int got = gzread(gz, to, (unsigned)(n > READ_BYTES_MOST ? READ_BYTES_MOST : n));
    int code = Z_OK;
    if (got > 0) return got;
    const char *why = gzerror(gz, &code);
    if (got == 0 && (code == Z_OK || code == Z_STREAM_END)) return 0;
    if (code == Z_BUF_ERROR)
        snprintf(file->why, sizeof file->why, "truncated gzip: the file ends before its data does");
    else if (code == Z_DATA_ERROR)
        snprintf(file->why, sizeof file->why, "damaged gzip: %.100s", behind_name(why));
    else
        snprintf(file->why, sizeof file->why, "cannot be read: %.100s", code == Z_ERRNO ? strerror(errno) : why);
    return -1;
}

static const char *why_not(void *ctx)
{
    return ((struct byte_file *)ctx)->why;
}

struct byte_source byte_file_source(struct byte_file *file)
{
    return (struct byte_source){file, read_bytes, why_not};
}

void byte_file_close(struct byte_file *file)
{
    if (file->gz != NULL) gzclose((gzFile)file->gz);
    file->gz = NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/byte_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "harness.h"

#define N 200000

static char folder[] = "/tmp/floe-byte-file-XXXXXX";
static char plain[64], zipped[64], cut[64], damaged[64];

static void write_file(const char *name, const char *bytes, size_t n)
{
    FILE *file = fopen(name, "wb");
    check(file != NULL && fwrite(bytes, 1, n, file) == n);
    if (file != NULL) fclose(file);
}

/* Lines of numbers that gzip cannot fold into nothing. */
static char *lines(void)
{
    static char text[N];
    uint64_t state = 1;
    for (size_t at = 0; at < N; at++)
        text[at] = at % 20 == 19 ? '\n' : (char)('0' + test_random(&state) % 10);
    return text;
}

static void make_files(void)
{
    static char bytes[N];
    check(mkdtemp(folder) != NULL);
    snprintf(plain, sizeof plain, "%s/plain", folder);
    snprintf(zipped, sizeof zipped, "%s/zipped", folder);
    snprintf(cut, sizeof cut, "%s/cut", folder);
    snprintf(damaged, sizeof damaged, "%s/damaged", folder);
    write_file(plain, lines(), N);
    gzFile gz = gzopen(zipped, "wb");
    gzwrite(gz, lines(), N);
    gzclose(gz);
    FILE *file = fopen(zipped, "rb");
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    write_file(cut, bytes, n - 100);
    bytes[n / 2] ^= 0x55;
    write_file(damaged, bytes, n);
}

static int64_t read_all(const char *name, char why[240], int *is_same)
{
    struct byte_file file;
    static char got[N + 10];
    int64_t n = 0, some = 0;
    why[0] = '\0';
    if (!byte_file_open(&file, name)) {
        snprintf(why, 240, "%s", file.why);
        return -2;
    }
    const struct byte_source source = byte_file_source(&file);
    while (n < N + 10 && (some = source.read(source.ctx, got + n, 7777 < N + 10 - n ? 7777 : (size_t)(N + 10 - n))) > 0)
        n += some;
    if (some < 0) snprintf(why, 240, "%s", source.why(source.ctx));
    *is_same = n == N && memcmp(got, lines(), N) == 0;
    byte_file_close(&file);
    return some < 0 ? -1 : n;
}

static void plain_and_gzip_give_the_same_bytes(void)
{
    char why[240];
    int is_same;
    make_files();
    check_i64(read_all(plain, why, &is_same), N);
    check(is_same);
    check_i64(read_all(zipped, why, &is_same), N);
    check(is_same);
}

static void a_cut_or_damaged_gzip_is_an_error(void)
{
    char why[240];
    int is_same;
    check_i64(read_all(cut, why, &is_same), -1);
    check_contains(why, "truncated gzip");
    check_i64(read_all(damaged, why, &is_same), -1);
    check_contains(why, "damaged gzip: i"); /* zlib: incorrect, or invalid, something; no number of a descriptor */
    check_i64(read_all(folder, why, &is_same), -2);
    check_text(why, "is a directory");
    remove(plain);
    check_i64(read_all(plain, why, &is_same), -2);
    check_text(why, "no such file");
    remove(zipped);
    remove(cut);
    remove(damaged);
    rmdir(folder);
}

static const struct test tests[] = {
    {"a plain file and a gzip give the same bytes", plain_and_gzip_give_the_same_bytes, FAST},
    {"a gzip that is cut or damaged, a folder and no file are errors", a_cut_or_damaged_gzip_is_an_error, FAST},
};
TEST_MAIN("byte_file", tests)

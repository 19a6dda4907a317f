/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/disk.h"
#include "cli/verbs.h"
#include "scenarios/read/prices_import.h"

#define PRICE_FILE_BYTES_MOST ((size_t)64 << 20)
#define NOTES_SHOWN 8

static enum floe_status wrong(const char *what)
{
    fprintf(stderr, "floe: %s\nusage: floe prices import [options] FILE\n", what);
    return FLOE_BAD_USAGE;
}

static enum floe_status take_options(const struct options *options, struct prices_import_options *import)
{
    memset(import, 0, sizeof *import);
    if (options->n_files < 1 || strcmp(options->files[0], "import") != 0) return wrong("prices knows one word: import");
    if (options->n_files != 2) return wrong("prices import takes one file");
    if (options->date == NULL) return wrong("prices import needs --date, the date of the price file (2026-07-02)");
    import->date = options->date;
    import->source = options->source;
    import->only = options->only;
    if (options->missing_cache == NULL || strcmp(options->missing_cache, "input") == 0)
        import->missing_cache_price = PRICES_MISSING_INPUT;
    else if (strcmp(options->missing_cache, "omit") == 0)
        import->missing_cache_price = PRICES_MISSING_OMIT;
    else
        return wrong("--missing-cache takes input or omit");
    return FLOE_OK;
}

static void say_report(const struct prices_report *report)
{
    char *text;
    size_t n;
    if (floe_prices_report_text(report, NOTES_SHOWN, &text, &n) != FLOE_OK) return;
    fwrite(text, 1, n, stderr);
    free(text);
}

static enum floe_status import_bytes(const struct options *options, const char *file, const char *bytes, size_t n,
                                     const struct prices_import_options *import)
{
    struct prices_report report;
    struct json_fault fault;
    char *book;
    size_t book_n;
    enum floe_status status = floe_prices_import(bytes, n, import, &book, &book_n, &report, &fault);
    if (status != FLOE_OK) {
        if (fault.line > 0)
            fprintf(stderr, "%s:%d:%d: ", file, (int)fault.line, (int)fault.column);
        else
            fprintf(stderr, "%s: ", file);
        fprintf(stderr, "%s\n", fault.what);
        if (fault.hint[0] != '\0') fprintf(stderr, "hint: %s\n", fault.hint);
        return status;
    }
    status = disk_write(options->out != NULL ? options->out : "-", book, book_n);
    if (status == FLOE_OK && !options->is_quiet) say_report(&report);
    if (status == FLOE_OK && options->out != NULL && !options->is_quiet)
        fprintf(stderr, "written: %s (%zu bytes)\n", options->out, book_n);
    floe_prices_report_free(&report);
    free(book);
    return status;
}

enum floe_status verb_prices(const struct options *options)
{
    const struct floe_files files = disk_files();
    struct prices_import_options import;
    char resolved[PATH_BYTES], why[FILE_WHY_BYTES], *bytes;
    size_t n;
    enum floe_status status = take_options(options, &import);
    if (status != FLOE_OK) return status;
    if (options->out != NULL && disk_is_same(options->out, options->files[1]))
        return wrong("--out names the price file itself");
    status = files.load(files.ctx, "", options->files[1], PRICE_FILE_BYTES_MOST, &bytes, &n, resolved, why);
    if (status != FLOE_OK) {
        fprintf(stderr, "%s: %s\n", options->files[1], why);
        return status;
    }
    status = import_bytes(options, options->files[1], bytes, n, &import);
    free(bytes);
    return status;
}

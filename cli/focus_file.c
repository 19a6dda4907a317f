/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/focus_file.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/disk.h"

#define ROWS_AT_ONCE 1024

/* One piece to the file; the text is empty again. */
static enum floe_status save(struct disk_stream *stream, struct floe_text *text)
{
    enum floe_status status = floe_text_status(text);
    if (status != FLOE_OK)
        fputs("floe: out of memory while writing FOCUS rows\n", stderr);
    else if (text->n > 0)
        status = disk_append(stream, text->bytes, text->n);
    text->n = 0;
    return status;
}

enum floe_status focus_file_write(const char *path, struct facts *facts, const struct floe_focus_options *options)
{
    struct disk_stream stream;
    struct floe_text text = {0};
    enum floe_status status = disk_open(&stream, path);
    if (status != FLOE_OK) return status;
    facts_sort(facts);
    floe_write_focus_header(&text);
    status = save(&stream, &text);
    for (int64_t i = 0; i < facts->n && status == FLOE_OK; i += ROWS_AT_ONCE) {
        const int64_t end = i + ROWS_AT_ONCE < facts->n ? i + ROWS_AT_ONCE : facts->n;
        floe_write_focus_rows(facts, options, i, end, &text);
        status = save(&stream, &text);
    }
    floe_text_free(&text);
    const enum floe_status closed = disk_close(&stream, status == FLOE_OK);
    return status != FLOE_OK ? status : closed;
}

static int routes_run(const struct result *result)
{
    int n = 0;
    for (int32_t route = 0; route < result->scenario->n_routes; route++) {
        int is_run = 0;
        for (int64_t i = 0; i < result->n_cells; i++)
            is_run |= result->cells[i].route == route;
        n += is_run;
    }
    return n;
}

enum floe_status focus_file_of_result(const char *path, const struct result *result)
{
    char run_id[32], seed[32];
    struct facts facts;
    const struct floe_focus_options options = {
        .is_simulated = 1, .run_id = run_id, .seed = seed, .scenario = result->file};
    snprintf(run_id, sizeof run_id, "%016" PRIx64, result->digest);
    snprintf(seed, sizeof seed, "%" PRIu64, result->seed);
    facts_init(&facts);
    enum floe_status status = facts_of_result(result, 0, -1, INT64_MIN, INT64_MAX, &facts);
    if (status == FLOE_OK)
        status = focus_file_write(path, &facts, &options);
    else
        fputs("floe: out of memory while collecting FOCUS rows\n", stderr);
    facts_free(&facts);
    if (status != FLOE_OK) return status;
    const int n_routes = routes_run(result);
    if (n_routes > 1)
        fprintf(stderr,
                "floe: %s has the rows of %d routes: filter by x_Route before adding up, or run one with --route\n",
                path, n_routes);
    if (result->n_variants > 1) fprintf(stderr, "floe: %s has the variant %s only\n", path, result->variants[0]);
    return FLOE_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/event_file.h"

#include <stdio.h>
#include <string.h>

#include "cli/disk.h"
#include "cli/terminal.h"
#include "models/run_events.h"
#include "plots/write/events.h"

struct event_file {
    struct disk_stream stream;
    struct floe_events_of of;
    struct floe_text text; /* the lines of one call */
    enum floe_status status;
    uint64_t events, bytes;
};

static enum floe_status bad(const char *what)
{
    fprintf(stderr, "floe: %s\n", what);
    return FLOE_BAD_USAGE;
}

enum floe_status event_file_check(const struct options *options)
{
    if (options->trace_events == NULL)
        return options->has_trace_replication ? bad("--trace-replication needs --trace-events") : FLOE_OK;
    if (options->engine == ENGINE_HOURLY)
        return bad("--trace-events: the hourly engine computes expectations, it has no events");
    if (options->json != NULL && strcmp(options->json, "-") == 0 && strcmp(options->trace_events, "-") == 0)
        return bad("--json and --trace-events cannot both go to standard output");
    if (options->trace_replication < options->replications) return FLOE_OK;
    fprintf(stderr, "floe: --trace-replication %llu: with --replications %u there are 0 to %u\n",
            (unsigned long long)options->trace_replication, options->replications, options->replications - 1);
    return FLOE_BAD_USAGE;
}

static void save(struct event_file *file)
{
    if (file->text.has_failed) {
        fputs("floe: out of memory while writing events\n", stderr);
        file->status = FLOE_ENVIRONMENT;
        return;
    }
    file->status = disk_append(&file->stream, file->text.bytes, file->text.n);
    file->bytes += file->text.n;
    file->text.n = 0;
}

static int take(void *context, int32_t route, const struct event_record *records, uint32_t n)
{
    struct event_file *file = (struct event_file *)context;
    file->of.route = route;
    floe_write_events(&file->of, records, n, &file->text);
    save(file);
    file->events += n;
    return file->status == FLOE_OK && !terminal_was_interrupted();
}

enum floe_status event_file_write(const struct options *options, const struct timeline *timeline,
                                  const struct traces *traces, const struct run_options *run, struct plan_fault *fault)
{
    const uint32_t replication = (uint32_t)options->trace_replication;
    struct event_file file = {.of = {timeline->phases[0], timeline->variant, 0, replication}};
    enum floe_status status = disk_open(&file.stream, options->trace_events);
    fault->what[0] = '\0';
    if (status != FLOE_OK) return status;
    floe_write_events_header(&file.text);
    save(&file);
    if (file.status == FLOE_OK) status = floe_run_events(timeline, traces, run, replication, take, &file, fault);
    if (file.status != FLOE_OK) { /* why it was cancelled, as stderr was told */
        status = file.status;
        fault->what[0] = '\0';
    }
    floe_text_free(&file.text);
    const enum floe_status closed = disk_close(&file.stream, status == FLOE_OK);
    if (status != FLOE_OK) return status;
    if (closed == FLOE_OK && !options->is_quiet)
        fprintf(stderr, "events of replication %u: %llu, %.1f MB, in %s\n", replication,
                (unsigned long long)file.events, (double)file.bytes / 1e6 /* no unit */, options->trace_events);
    return closed;
}

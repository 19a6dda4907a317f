/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events of a replication as CSV, some at a time: docs/results.md lists the columns. One line per event, so two
 * files are compared line by line; ./dev first-difference does it.
 *
 *     floe_write_events_header(&text);
 *     floe_write_events(&events, records, n, &text);      then save what is in `text`, empty it, and go on */
#ifndef FLOE_PLOTS_WRITE_EVENTS_H
#define FLOE_PLOTS_WRITE_EVENTS_H

#include "models/engine.h"
#include "plots/write/text.h"

struct floe_events_of {
    const struct scenario *scenario;
    const char *variant;
    int32_t route;
    uint32_t replication;
};

void floe_write_events_header(struct floe_text *out);
void floe_write_events(const struct floe_events_of *of, const struct event_record *records, uint32_t n,
                       struct floe_text *out);

#endif

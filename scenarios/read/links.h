/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What no row can see alone: that models have prices, that workloads name a model where a route asks for one, that
 * windows lie in the time that is measured; and the trace files, which are read here. */
#ifndef FLOE_READ_LINKS_H
#define FLOE_READ_LINKS_H

#include "scenarios/read/fill.h"

struct links {
    struct reading *reading;
    struct scenario *scenario;
    const struct inputs *inputs;
    const struct places *places;
    const struct node *book_models; /* for hints, or NULL */
    int32_t has_no_book; /* it was told already that the book cannot be read: then prices are not missed as well */
    struct traces *traces;
};

/* Before anything else: no workload has a trace yet. */
void links_clear(struct scenario *scenario);

void links_check(const struct links *links);

/* Reads each trace once, sets trace_ref.index and puts the resolved name into trace_ref.file. */
void links_read_traces(const struct links *links);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What import.c and stream.c know of each other; nothing for formats. */
#ifndef FLOE_ACTUALS_INSIDE_H
#define FLOE_ACTUALS_INSIDE_H

#include "actuals/stream.h"

#define STREAM_HEAD ((size_t)64 << 10)

struct import_stream *stream_open(struct import *in, const struct byte_source *source); /* NULL: no memory */
int stream_fill(struct import_stream *stream, struct import_fault *fault);              /* the head; 0: fault */
int stream_was_cancelled(const struct import_stream *stream);
void stream_close(struct import_stream *stream);

#endif

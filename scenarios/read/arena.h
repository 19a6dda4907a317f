/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory of one reading: taken in pieces, given back all at once. The trees of a scenario, its template and its price
 * book point into each other (aliases, merges, grafts); with one arena no node has an owner and none can leak.
 *
 * Cost: an addition per piece; a malloc per ARENA_CHUNK_BYTES. Left out: giving back one piece. */
#ifndef FLOE_READ_ARENA_H
#define FLOE_READ_ARENA_H

#include "sim/base.h"

#define ARENA_CHUNK_BYTES 65536

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    int32_t is_exhausted; /* a piece was refused: memory is out */
};

void *arena_take(struct arena *arena, size_t n);                    /* zeroed, aligned for anything; NULL: no memory */
char *arena_text(struct arena *arena, const char *bytes, size_t n); /* a copy with a closing 0; NULL: no memory */
void arena_free(struct arena *arena);

#endif

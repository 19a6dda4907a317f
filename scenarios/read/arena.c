/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
};

#define HEAD ((sizeof(struct arena_chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static struct arena_chunk *chunk_new(struct arena *arena, size_t least)
{
    const size_t size = least > ARENA_CHUNK_BYTES ? least : ARENA_CHUNK_BYTES;
    struct arena_chunk *chunk = least > SIZE_MAX / 2 ? NULL : (struct arena_chunk *)calloc(1, HEAD + size);
    if (chunk == NULL) {
        arena->is_exhausted = 1;
        return NULL;
    }
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *arena_take(struct arena *arena, size_t n)
{
    struct arena_chunk *chunk = arena->chunks;
    if (n > SIZE_MAX / 2)
        n = SIZE_MAX;
    else
        n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (chunk == NULL || chunk->size - chunk->used < n) chunk = chunk_new(arena, n);
    if (chunk == NULL) return NULL;
    void *piece = (char *)chunk + HEAD + chunk->used;
    chunk->used += n;
    return piece;
}

char *arena_text(struct arena *arena, const char *bytes, size_t n)
{
    char *copy = (char *)arena_take(arena, n + 1);
    if (copy != NULL && n > 0) memcpy(copy, bytes, n);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    arena->is_exhausted = 0;
}

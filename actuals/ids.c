/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/ids.h"

#include <stdlib.h>
#include <string.h>

#include "sim/hash.h"

#define SLOTS_FIRST 4096

static int64_t place_of(const uint64_t *slots, int64_t n_slots, uint64_t hash)
{
    int64_t at = (int64_t)(hash & (uint64_t)(n_slots - 1));
    while (slots[at] != 0 && slots[at] != hash)
        at = (at + 1) & (n_slots - 1);
    return at;
}

static int widen(struct ids *ids)
{
    const int64_t n_slots = ids->n_slots == 0 ? SLOTS_FIRST : ids->n_slots * 2;
    uint64_t *slots = (uint64_t *)calloc((size_t)n_slots, sizeof *slots);
    if (slots == NULL) return 0;
    for (int64_t i = 0; i < ids->n_slots; i++)
        if (ids->slots[i] != 0) slots[place_of(slots, n_slots, ids->slots[i])] = ids->slots[i];
    free(ids->slots);
    ids->slots = slots;
    ids->n_slots = n_slots;
    return 1;
}

enum ids_got ids_new_of(struct ids *ids, uint64_t hash)
{
    if (hash == 0) hash = 1;
    if ((ids->n + 1) * 4 > ids->n_slots * 3 && ids->n < IDS_MOST && !widen(ids)) return IDS_NO_MEMORY;
    const int64_t at = place_of(ids->slots, ids->n_slots, hash);
    if (ids->slots[at] == hash) return IDS_SEEN;
    if (ids->n >= IDS_MOST) return IDS_FULL;
    ids->slots[at] = hash;
    ids->n++;
    return IDS_NEW;
}

enum ids_got ids_new(struct ids *ids, const char *id, size_t n)
{
    struct floe_hash hash = floe_hash_begin();
    floe_hash_bytes(&hash, id, n);
    return ids_new_of(ids, floe_hash_end(hash));
}

void ids_free(struct ids *ids)
{
    free(ids->slots);
    memset(ids, 0, sizeof *ids);
}

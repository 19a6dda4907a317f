/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ids of requests that were seen, to find rows that an export has twice. Kept is a hash of 64 bits of each, open
 * addressing, 8 to 16 bytes an id. Two different ids of n collide with a chance of n^2 / 2^65: 2e-5 at IDS_MOST, once.
 * Beyond IDS_MOST ids nothing more is remembered, and so no longer looked for: ids_new says so. */
#ifndef FLOE_ACTUALS_IDS_H
#define FLOE_ACTUALS_IDS_H

#include "sim/base.h"

#define IDS_MOST ((int64_t)24 << 20) /* 256 MiB of hashes */

struct ids {
    uint64_t *slots; /* 0: empty */
    int64_t n, n_slots;
};

enum ids_got { IDS_NEW, IDS_SEEN, IDS_FULL, IDS_NO_MEMORY };

enum ids_got ids_new(struct ids *ids, const char *id, size_t n);
enum ids_got ids_new_of(struct ids *ids, uint64_t hash);
void ids_free(struct ids *ids);

#endif

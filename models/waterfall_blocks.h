/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two usage tables of a waterfall as blocks: a block is a group (workload, consumer, clock hour) with the factors of
 * its cost on both sides. Facts are made entries, sorted by group; hours whose levels do not line up are joined; then
 * each block is made from its entries, one at a time, so memory is that of the entries. */
#ifndef FLOE_MODELS_WATERFALL_BLOCKS_H
#define FLOE_MODELS_WATERFALL_BLOCKS_H

#include "models/waterfall.h"

#define BLOCK_CLASSES TOKEN_CLASS_N

struct block_cell { /* what one model does on one route and service tier */
    int32_t model, route, tier;
    double requests[WATERFALL_SIDES], spend_usd[WATERFALL_SIDES]; /* counted */
    double tok[WATERFALL_SIDES][BLOCK_CLASSES], class_usd[WATERFALL_SIDES][BLOCK_CLASSES];
    double unpriced_tok[WATERFALL_SIDES];
    double mix[WATERFALL_SIDES]; /* the factors */
    double tokens[WATERFALL_SIDES][2], split[WATERFALL_SIDES][BLOCK_CLASSES], price[WATERFALL_SIDES][BLOCK_CLASSES];
};

struct block {
    int32_t workload, consumer;
    int64_t hour;
    double calls[WATERFALL_SIDES], answered[WATERFALL_SIDES], upstream[WATERFALL_SIDES];
    double tasks[WATERFALL_SIDES], accepted[WATERFALL_SIDES];
    double level[WATERFALL_SIDES][WATERFALL_LEVELS];
    int32_t n_cells, capacity;
    struct block_cell *cells;
    uint32_t kept; /* levels */
    uint32_t
        factors[WATERFALL_CHAIN]; /* of the player with this number: itself and those that are one with it; 0: none */
    double scalar[WATERFALL_SIDES][WATERFALL_REQUESTS + 1]; /* demand to requests, and what is one with them */
    double accepted_share[WATERFALL_SIDES];                 /* per unit of the first level; see is_accepted_alone */
    int32_t is_accepted_alone;
    uint32_t moved; /* players, with WATERFALL_ACCEPTED */
};

struct block_entry {
    int32_t workload, consumer, model, route, tier, kind, side, is_unpriced;
    int64_t hour, at; /* at: where it came from, so that no two are alike */
    double quantity, usd;
};

struct block_range { /* of entries */
    int64_t from, to;
};

struct blocks {
    struct block_entry *entries;
    int64_t n_entries;
    struct block_range *ranges; /* one per block */
    int64_t n_ranges, capacity;
    struct block block; /* the one made last */
};

/* Fills what the waterfall says of its groups. FLOE_ENVIRONMENT: no memory. */
enum floe_status blocks_of(const struct waterfall_side sides[WATERFALL_SIDES], struct waterfall *waterfall,
                           struct blocks *blocks) FLOE_MUST_CHECK;
void blocks_free(struct blocks *blocks);

/* Block i, valid until the next call; NULL: no memory. */
const struct block *blocks_make(struct blocks *blocks, const struct waterfall *waterfall, int64_t i);

/* Its cost with the players of `on_b` as on side B; of one cell, or of all (-1). */
double block_usd(const struct block *block, uint32_t on_b, int32_t cell);

/* What is accepted in it; only WATERFALL_DEMAND and WATERFALL_ACCEPTED matter. */
double block_accepted(const struct block *block, uint32_t on_b);

int block_is_usage(int32_t kind); /* of the chain: tokens, spend */

#endif

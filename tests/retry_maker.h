/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A retry layer as the reader leaves it when a file names its preset and nothing else. */
#ifndef FLOE_TESTS_RETRY_MAKER_H
#define FLOE_TESTS_RETRY_MAKER_H

#include <string.h>

#include "models/retry.h"
#include "scenarios/read/value.h"

static inline struct retry_layer layer_of(enum retry_preset preset)
{
    struct retry_layer layer;
    memset(&layer, 0, sizeof layer);
    for (int32_t i = 0; i < retry_layer_block.n_rows; i++)
        value_clear(&retry_layer_block.rows[i], &layer);
    layer.preset = (int32_t)preset;
    layer.deployments = 1;
    return layer;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A quota on requests of the model "m" as the reader leaves it when a file says nothing else. */
#ifndef FLOE_TESTS_QUOTA_MAKER_H
#define FLOE_TESTS_QUOTA_MAKER_H

#include <stdio.h>
#include <string.h>

#include "models/quota.h"

static inline struct quota quota_of(double requests_per_s)
{
    struct quota quota;
    memset(&quota, 0, sizeof quota);
    snprintf(quota.name, NAME_BYTES, "m");
    quota.tokens_per_s = quota.input_per_s = quota.output_per_s = quota.day_tok = PARAM_ABSENT;
    quota.burst_s = quota.burndown = quota.cache_read_ratio = quota.cache_write_ratio = PARAM_ABSENT;
    quota.model_max_tok = quota.acceleration = quota.acceleration_floor_tok = PARAM_ABSENT;
    quota.requests_per_s = requests_per_s;
    return quota;
}

#endif

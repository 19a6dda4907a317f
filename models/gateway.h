/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The gateway: what stands between the app and every route. */
#ifndef FLOE_MODELS_GATEWAY_H
#define FLOE_MODELS_GATEWAY_H

#include "models/model_budget.h"
#include "models/response_cache.h"

struct gateway {
    struct response_cache response_cache;
};

extern const struct param_block gateway_block;

#endif

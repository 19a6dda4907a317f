/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/gateway.h"

#include "models/param_rows.h"

static const struct param rows[] = {
    BLOCK("response_cache", gateway, response_cache, response_cache_block, PARAM_OPTIONAL,
          "answers that are remembered: {key: model, ttl: 24h}"),
};

const struct param_block gateway_block = {.name = "gateway", ROWS(rows), .size = sizeof(struct gateway)};

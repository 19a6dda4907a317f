/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/consumer.h"

#include "models/param_rows.h"

static const struct param tag_rows[] = {
    TEXT("value", consumer_tag, value, PARAM_REQUIRED, PARAM_PLAIN, "what the tag says, as on the bill"),
};
static const struct param_block tag_block = {
    .name = "tag", ROWS(tag_rows), .size = sizeof(struct consumer_tag), .scalar_key = "value"};

static const struct param rows[] = {
    TEXT("name", consumer, name, PARAM_OPTIONAL, PARAM_PLAIN, "label for attribution; absent: the workload's name"),
    TEXT("key", consumer, key, PARAM_OPTIONAL, PARAM_PLAIN,
         "the gateway key that its calls carry; several consumers may share one"),
    MANY(PARAM_MAP, "tags", consumer, tags, n_tags, TAGS_MOST, tag_block, PARAM_OPTIONAL,
         "as on the bill: {cost_center: cc-114}"),
};

const struct param_block consumer_block = {
    .name = "consumer", ROWS(rows), .size = sizeof(struct consumer), .scalar_key = "name"};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who a workload's cost belongs to: a consumer for people, the key that the gateway sees, and tags as a bill has them.
 * Several consumers may share a key: then a bill by key shows one number for all of them. What names no key, or not the
 * tag that is asked for, stays visible as CONSUMER_UNKNOWN. */
#ifndef FLOE_MODELS_CONSUMER_H
#define FLOE_MODELS_CONSUMER_H

#include "models/param.h"

#define TAGS_MOST 8
#define CONSUMER_UNKNOWN "unknown"

struct consumer_tag {
    char name[NAME_BYTES];
    char value[NAME_BYTES];
};

struct consumer {
    char name[NAME_BYTES]; /* "": the workload's name */
    char key[NAME_BYTES];  /* "": unknown */
    int32_t n_tags;
    struct consumer_tag tags[TAGS_MOST];
};

extern const struct param_block consumer_block;

#endif

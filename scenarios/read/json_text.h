/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON from bytes that nobody vouches for: cJSON does the parsing, this adds what it leaves open: a size limit,
 * bytes that are no text (scenarios/read/bytes.h) and text after the value are refused, and every refusal has a line
 * and a column, counted in letters.
 *
 * Left to the caller: keys given twice (cJSON keeps both). Nesting is limited by cJSON (1000 levels). */
#ifndef FLOE_READ_JSON_TEXT_H
#define FLOE_READ_JSON_TEXT_H

#include "sim/base.h"

struct cJSON;

#define JSON_BYTES_MOST (64u << 20)

struct json_fault {
    int32_t line, column; /* from 1; 0: the file as a whole */
    char what[240];
    char hint[240];
};

/* The tree, to be freed with cJSON_Delete, or NULL and `fault`. */
struct cJSON *json_parse(const char *bytes, size_t n, struct json_fault *fault) FLOE_MUST_CHECK;

#endif

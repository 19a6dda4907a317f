/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The result as JSON, schema "floe.result/1": docs/results.md explains every member, docs/results.schema.json is its
 * JSON Schema. Strict JSON: an outcome that is not defined has the mean null and n 0; a number that is not finite
 * cannot get in. Every number reads back as the same double.
 *
 * Memory: about 1 kB per outcome and row while it is built, all of it freed at the end. */
#ifndef FLOE_PLOTS_WRITE_JSON_H
#define FLOE_PLOTS_WRITE_JSON_H

#include "models/result.h"
#include "plots/write/text.h"

#define FLOE_RESULT_SCHEMA "floe.result/1"

/* Appends to `out`; verb: "run". FLOE_ENVIRONMENT: out of memory, and `out` is not a whole document. */
FLOE_MUST_CHECK enum floe_status floe_write_json(const struct result *result, const char *verb, struct floe_text *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the two files of the OpenTelemetry importer share: attributes of OTLP JSON, the names in them, and the points of
 * metrics, which wait until all files are read. */
#ifndef FLOE_ACTUALS_OTEL_H
#define FLOE_ACTUALS_OTEL_H

#include <cjson/cJSON.h>

#include "actuals/stream.h"

/* [{"key": "a", "value": {"stringValue": "b"}}]: the value of a key, or NULL. */
const cJSON *otel_attribute(const cJSON *attributes, const char *name);
struct import_text otel_text(const cJSON *value);          /* of a value; n = 0: it is no text */
int otel_number(const cJSON *value, double *number);       /* a number, or a text that is one; 0: neither */
int otel_instant(const cJSON *nanoseconds, int64_t *at_s); /* 0: it is none */
int otel_is_call(const cJSON *attributes);                 /* the operation asks a model */
int otel_is_throttle(struct import_text error_type);
void otel_names(const struct import *in, const cJSON *resource, const cJSON *attributes, struct import_row *row);

/* ---- metrics ---- */

#define OTEL_POINTS_MOST ((int64_t)4000000)

struct otel_point {
    uint64_t series; /* hash of all attributes */
    int32_t names;   /* who and which model: an index into texts */
    int32_t family, what;
    int32_t is_cumulative;
    int64_t start_at_s, at_s;
    int64_t line;
    double value;
};

struct otel_metrics {
    struct otel_point *points;
    int64_t n, capacity;
    struct facts texts; /* only its texts: names of series */
    int64_t spans;      /* counted, of all files */
    int64_t rows;       /* data points read */
};

enum floe_status otel_metrics_read(struct import *in, struct otel_metrics *metrics, const cJSON *root, int64_t line,
                                   struct import_fault *fault);
enum floe_status otel_metrics_end(struct import *in, struct otel_metrics *metrics, struct import_fault *fault);
void otel_metrics_free(struct otel_metrics *metrics);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tokens and calls out of OpenTelemetry metrics. Points are kept until all files are read, because what one of them
 * says depends on others: a cumulative counter on the point before it, input on the cached tokens that it includes, and
 * metrics as a whole on whether there are spans, which have the same usage.
 *
 *   families, the first that a service and model has is used:
 *     0  gen_ai.client.inference.usage.*_tokens       counters
 *     1  gen_ai.client.inference.operation.*_tokens   histograms: their sums
 *     2  gen_ai.client.token.usage                    histogram by gen_ai.token.type; tells no cached tokens
 *   calls: the count of gen_ai.client.operation.duration; those with error.type are errors or throttles
 *
 * A cumulative point less the one before it (same attributes, same start) is what happened between them; where the
 * value falls, the process began again. Points of a clock hour are added up before cached tokens are taken off input.
 * Cost: O(n log n) in points, 64 bytes each, at most OTEL_POINTS_MOST. */
#include <stdlib.h>
#include <string.h>

#include "actuals/formats.h"
#include "actuals/otel.h"
#include "models/calendar.h"
#include "sim/hash.h"

enum what { INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, CALLS, ERRORS, THROTTLES, WHATS };
enum family { USAGE_COUNTER, OPERATION_HISTOGRAM, TOKEN_USAGE, DURATION };

static const struct {
    const char *name;
    enum family family;
    enum what what;
} metrics_known[] = {
    {"gen_ai.client.inference.usage.input_tokens", USAGE_COUNTER, INPUT},
    {"gen_ai.client.inference.usage.output_tokens", USAGE_COUNTER, OUTPUT},
    {"gen_ai.client.inference.usage.cache_read.input_tokens", USAGE_COUNTER, CACHE_READ},
    {"gen_ai.client.inference.usage.cache_write.input_tokens", USAGE_COUNTER, CACHE_WRITE},
    {"gen_ai.client.inference.usage.cache_creation.input_tokens", USAGE_COUNTER, CACHE_WRITE},
    {"gen_ai.client.inference.operation.input_tokens", OPERATION_HISTOGRAM, INPUT},
    {"gen_ai.client.inference.operation.output_tokens", OPERATION_HISTOGRAM, OUTPUT},
    {"gen_ai.client.inference.operation.cache_read.input_tokens", OPERATION_HISTOGRAM, CACHE_READ},
    {"gen_ai.client.inference.operation.cache_write.input_tokens", OPERATION_HISTOGRAM, CACHE_WRITE},
    {"gen_ai.client.inference.operation.cache_creation.input_tokens", OPERATION_HISTOGRAM, CACHE_WRITE},
    {"gen_ai.client.token.usage", TOKEN_USAGE, INPUT},
    {"gen_ai.client.operation.duration", DURATION, CALLS},
};

/* ---- reading points ---- */

struct metric_reading {
    struct import *in;
    struct otel_metrics *metrics;
    struct import_fault *fault;
    int64_t line;
    const cJSON *resource; /* its attributes */
    enum family family;
    enum what what;
    int is_cumulative;
    enum floe_status status;
};

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void wrong(struct metric_reading *m, const char *hint, const char *what)
{
    m->status = import_wrong(m->in, m->fault, m->line, hint, "%s", what);
}

static void no_memory(struct metric_reading *m)
{
    wrong(m, "", "out of memory");
    m->status = FLOE_ENVIRONMENT;
}

/* Values by their text, so that the order of attributes in an object does not matter: the sum of the hashes. */
static uint64_t hash_of(const cJSON *attributes)
{
    const cJSON *item;
    uint64_t sum = 0;
    cJSON_ArrayForEach(item, attributes)
    {
        const cJSON *value = member(item, "value");
        const cJSON *inner = value != NULL ? value->child : NULL;
        const char *key = cJSON_GetStringValue(member(item, "key")), *text = cJSON_GetStringValue(inner);
        struct floe_hash hash = floe_hash_begin();
        floe_hash_text(&hash, key != NULL ? key : "");
        floe_hash_text(&hash, text != NULL ? text : "");
        if (cJSON_IsNumber(inner)) floe_hash_f64(&hash, inner->valuedouble);
        if (cJSON_IsBool(inner)) floe_hash_u64(&hash, (uint64_t)cJSON_IsTrue(inner));
        sum += floe_hash_end(hash);
    }
    return sum;
}

#define FIELD_END '\x1f'
enum { NAMES = 6 };

static struct import_text *name_at(struct import_row *row, int i)
{
    struct import_text *names[NAMES] = {&row->model,    &row->route,    &row->key,
                                        &row->consumer, &row->workload, &row->service_tier};
    return names[i];
}

/* The names of a row in one text; and back. Names that are too long are cut. */
static int32_t join_names(struct facts *texts, struct import_row *row)
{
    char joined[FACT_NAME_MOST];
    size_t n = 0;
    for (int i = 0; i < NAMES; i++) {
        const struct import_text *name = name_at(row, i);
        const size_t most = (sizeof joined - NAMES) / NAMES;
        for (size_t k = 0; k < name->n && k < most; k++)
            joined[n++] = name->at[k] == FIELD_END || name->at[k] == '\0' ? '?' : name->at[k];
        joined[n++] = FIELD_END;
    }
    return facts_text(texts, joined, n);
}

static void split_names(const struct facts *texts, int32_t names, struct import_row *row)
{
    const char *at = facts_text_of(texts, names);
    for (int i = 0; i < NAMES; i++) {
        const char *end = strchr(at, FIELD_END);
        if (end == NULL) return;
        *name_at(row, i) = (struct import_text){at, (size_t)(end - at)};
        at = end + 1;
    }
}

static void keep_point(struct metric_reading *m, const struct otel_point *point)
{
    struct otel_metrics *all = m->metrics;
    if (all->n == all->capacity) {
        const int64_t capacity = all->capacity == 0 ? 1024 : all->capacity * 2;
        if (all->n >= OTEL_POINTS_MOST) {
            wrong(m, "import spans, or fewer files at once", "more than 4 million data points");
            return;
        }
        struct otel_point *points = (struct otel_point *)realloc(all->points, (size_t)capacity * sizeof *points);
        if (points == NULL) {
            no_memory(m);
            return;
        }
        all->points = points;
        all->capacity = capacity;
    }
    all->points[all->n++] = *point;
}

static int is(struct import_text text, const char *wanted)
{
    return text.n == strlen(wanted) && memcmp(text.at, wanted, text.n) == 0;
}

/* What the point counts, by its attributes; -1: nothing of ours. */
static int what_of(const struct metric_reading *m, const cJSON *attributes)
{
    const struct import_text type = otel_text(otel_attribute(attributes, "gen_ai.token.type"));
    if (m->family == DURATION) return CALLS;
    if (m->family != TOKEN_USAGE) return (int)m->what;
    if (is(type, "input")) return INPUT;
    return is(type, "output") || is(type, "completion") ? OUTPUT : -1;
}

static int value_of(const struct metric_reading *m, const cJSON *point, double *value)
{
    if (m->family == DURATION) return otel_number(member(point, "count"), value);
    return otel_number(member(point, "sum"), value) || otel_number(member(point, "asInt"), value) ||
           otel_number(member(point, "asDouble"), value);
}

static void take_point(struct metric_reading *m, const cJSON *json)
{
    const cJSON *attributes = member(json, "attributes");
    struct otel_point point = {.family = (int32_t)m->family, .is_cumulative = m->is_cumulative, .line = m->line};
    struct import_row row;
    m->in->report->rows_read++;
    point.what = what_of(m, attributes);
    if (point.what < 0 || !otel_is_call(attributes)) {
        import_dropped(m->in, m->line, "a data point of no call, or of a token type that is neither input nor output");
        return;
    }
    if (!value_of(m, json, &point.value) || point.value < 0) {
        wrong(m, "sum and count of a histogram, asInt or asDouble of a counter",
              "a data point has no value, or one below 0");
        return;
    }
    if (!otel_instant(member(json, "timeUnixNano"), &point.at_s) || point.at_s == 0) {
        wrong(m, "nanoseconds since 1970", "a data point's timeUnixNano is no instant");
        return;
    }
    if (!otel_instant(member(json, "startTimeUnixNano"), &point.start_at_s) || point.start_at_s == 0)
        point.start_at_s = point.at_s;
    import_row_clear(&row);
    otel_names(m->in, m->resource, attributes, &row);
    const struct import_text error = otel_text(otel_attribute(attributes, "error.type"));
    if (m->family == DURATION && error.n > 0) point.what = otel_is_throttle(error) ? THROTTLES : ERRORS;
    point.series = hash_of(m->resource) + 3 * hash_of(attributes);
    point.names = join_names(&m->metrics->texts, &row);
    if (point.names < 0)
        no_memory(m);
    else
        keep_point(m, &point);
}

static int is_cumulative(const cJSON *data)
{
    const cJSON *temporality = member(data, "aggregationTemporality");
    const char *name = cJSON_GetStringValue(temporality);
    if (name != NULL) return strcmp(name, "AGGREGATION_TEMPORALITY_CUMULATIVE") == 0;
    return cJSON_IsNumber(temporality) && temporality->valueint == 2;
}

static void take_metric(struct metric_reading *m, const cJSON *metric)
{
    static const char *const kinds[] = {"histogram", "sum", "exponentialHistogram"};
    const char *name = cJSON_GetStringValue(member(metric, "name"));
    const cJSON *point;
    size_t known = 0;
    while (known < sizeof metrics_known / sizeof metrics_known[0] &&
           (name == NULL || strcmp(name, metrics_known[known].name) != 0))
        known++;
    if (known == sizeof metrics_known / sizeof metrics_known[0]) {
        m->in->report->rows_read++;
        import_dropped(m->in, m->line, "a metric that counts no tokens or calls, or counts them again");
        return;
    }
    m->family = metrics_known[known].family;
    m->what = metrics_known[known].what;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const cJSON *data = member(metric, kinds[i]);
        m->is_cumulative = is_cumulative(data);
        cJSON_ArrayForEach(point, member(data, "dataPoints")) if (m->status == FLOE_OK) take_point(m, point);
    }
}

enum floe_status otel_metrics_read(struct import *in, struct otel_metrics *metrics, const cJSON *root, int64_t line,
                                   struct import_fault *fault)
{
    struct metric_reading m = {.in = in, .metrics = metrics, .fault = fault, .line = line, .status = FLOE_OK};
    const cJSON *resource, *scope, *metric;
    cJSON_ArrayForEach(resource, member(root, "resourceMetrics"))
    {
        m.resource = member(member(resource, "resource"), "attributes");
        cJSON_ArrayForEach(scope, member(resource, "scopeMetrics")) cJSON_ArrayForEach(metric, member(scope, "metrics"))
        {
            if (m.status == FLOE_OK) take_metric(&m, metric);
        }
    }
    return m.status;
}

/* ---- from points to rows ---- */

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_series(const void *left, const void *right)
{
    const struct otel_point *a = (const struct otel_point *)left, *b = (const struct otel_point *)right;
    int sign = order(a->family, b->family);
    if (sign == 0) sign = order(a->what, b->what);
    if (sign == 0) sign = (a->series > b->series) - (a->series < b->series);
    if (sign == 0) sign = order(a->at_s, b->at_s);
    return sign;
}

static int is_same_series(const struct otel_point *a, const struct otel_point *b)
{
    return a->family == b->family && a->what == b->what && a->series == b->series;
}

/* Cumulative points become what happened since the point before. From the last to the first. */
static void difference(struct otel_point *points, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        struct otel_point *point = &points[i];
        const struct otel_point *before = &points[i - 1];
        if (!point->is_cumulative || !is_same_series(point, before)) continue;
        if (point->start_at_s > before->start_at_s || point->value < before->value) continue; /* began again */
        point->value -= before->value;
        point->start_at_s = before->at_s;
    }
}

/* The clock hour, or the span where it is longer, in start and at: as import_add will have it. */
static void to_cells(struct otel_point *points, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        struct otel_point *point = &points[i];
        if (point->at_s - point->start_at_s > IMPORT_SPAN_S_MOST) continue;
        point->start_at_s = calendar_floor_div(point->start_at_s, S_PER_HOUR) * S_PER_HOUR;
        point->at_s = point->start_at_s + S_PER_HOUR;
    }
}

static int by_cell(const void *left, const void *right)
{
    const struct otel_point *a = (const struct otel_point *)left, *b = (const struct otel_point *)right;
    int sign = order(a->names, b->names);
    if (sign == 0) sign = order(a->start_at_s, b->start_at_s);
    if (sign == 0) sign = order(a->at_s, b->at_s);
    if (sign == 0) sign = by_series(a, b);
    return sign;
}

static int is_same_cell(const struct otel_point *a, const struct otel_point *b)
{
    return a->names == b->names && a->start_at_s == b->start_at_s && a->at_s == b->at_s;
}

static enum floe_status add_cell(struct import *in, const struct otel_metrics *all, const struct otel_point *points,
                                 int64_t n, int32_t family, struct import_fault *fault)
{
    double sum[WHATS] = {0};
    struct import_row row;
    int64_t used = 0;
    import_row_clear(&row);
    for (int64_t i = 0; i < n; i++) {
        if (points[i].family != family && points[i].family != DURATION) {
            import_dropped(in, points[i].line, "a metric of tokens that another metric counts, too");
            continue;
        }
        sum[points[i].what] += points[i].value;
        used++;
    }
    row.line = points[0].line;
    row.from_at_s = points[0].start_at_s;
    row.to_at_s = points[0].at_s;
    split_names(&all->texts, points[0].names, &row);
    import_split_input(in, &row, sum[INPUT], sum[CACHE_READ], sum[CACHE_WRITE], 0);
    row.quantity[FACT_OUTPUT] = sum[OUTPUT];
    row.quantity[FACT_REQUEST] = sum[CALLS];
    row.quantity[FACT_CALL] = row.quantity[FACT_UPSTREAM] = sum[CALLS] + sum[ERRORS] + sum[THROTTLES];
    row.quantity[FACT_ERROR] = sum[ERRORS];
    row.quantity[FACT_THROTTLE] = sum[THROTTLES];
    const int64_t kept = in->report->rows_kept;
    const enum floe_status status = used > 0 ? import_add(in, &row, fault) : FLOE_OK;
    if (in->report->rows_kept > kept) in->report->rows_kept = kept + used;
    return status;
}

/* All cells of one service and model: they use one family. */
static enum floe_status add_names(struct import *in, const struct otel_metrics *all, const struct otel_point *points,
                                  int64_t n, struct import_fault *fault)
{
    int32_t family = DURATION;
    enum floe_status status = FLOE_OK;
    for (int64_t i = 0; i < n; i++)
        if (points[i].family < family) family = points[i].family;
    if (family == TOKEN_USAGE)
        import_warn(in, "gen_ai.client.token.usage tells no cached tokens: all input counts as uncached");
    for (int64_t i = 0, end; i < n && status == FLOE_OK; i = end) {
        for (end = i + 1; end < n && is_same_cell(&points[i], &points[end]);)
            end++;
        status = add_cell(in, all, points + i, end - i, family, fault);
    }
    return status;
}

enum floe_status otel_metrics_end(struct import *in, struct otel_metrics *all, struct import_fault *fault)
{
    enum floe_status status = FLOE_OK;
    if (all->spans > 0) {
        for (int64_t i = 0; i < all->n; i++)
            import_dropped(in, all->points[i].line, "metrics beside spans, which have the same usage");
        return FLOE_OK;
    }
    if (all->n == 0) return FLOE_OK;
    qsort(all->points, (size_t)all->n, sizeof *all->points, by_series);
    difference(all->points, all->n);
    to_cells(all->points, all->n);
    qsort(all->points, (size_t)all->n, sizeof *all->points, by_cell);
    for (int64_t i = 0, end; i < all->n && status == FLOE_OK; i = end) {
        for (end = i + 1; end < all->n && all->points[end].names == all->points[i].names;)
            end++;
        status = add_names(in, all, all->points + i, end - i, fault);
    }
    return status;
}

void otel_metrics_free(struct otel_metrics *all)
{
    free(all->points);
    facts_free(&all->texts);
    memset(all, 0, sizeof *all);
}

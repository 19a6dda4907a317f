/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OpenTelemetry's GenAI conventions in OTLP JSON, as the file exporter of the collector writes it: one object a line,
 * or one in a file, or an array of them.
 *
 * Spans (this file). A span with gen_ai attributes is a call. Its operation must be one that asks a model (chat,
 * text_completion, generate_content, embeddings, or none said): what agents and tools report is the sum of the calls in
 * them. A span whose child, in the same batch, is such a call too is a wrapper around it and is left out for the same
 * reason. Model: gen_ai.response.model, else gen_ai.request.model. The consumer is service.name of the resource.
 *
 * Metrics (otel_metrics.c) are used where there are no spans.
 *
 * Input INCLUDES what was read from and written to a cache (the convention says so); cache_write and the older
 * cache_creation are the same thing. Reasoning tokens are part of output. There is no cost in the convention: prices
 * give it. Source: open-telemetry/semantic-conventions-genai, gen-ai spans and metrics (status: development). */
#include "actuals/otel.h"

#include <stdlib.h>
#include <string.h>

#include "actuals/formats.h"
#include "actuals/rules.h"

/* ---- values ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

const cJSON *otel_attribute(const cJSON *attributes, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, attributes)
    {
        const char *key = cJSON_GetStringValue(member(item, "key"));
        if (key != NULL && strcmp(key, name) == 0) return member(item, "value");
    }
    return NULL;
}

struct import_text otel_text(const cJSON *value)
{
    const char *s = cJSON_GetStringValue(member(value, "stringValue"));
    return (struct import_text){s != NULL ? s : "", s != NULL ? strlen(s) : 0};
}

/* 64-bit integers are texts in OTLP JSON; some exporters write numbers. */
int otel_number(const cJSON *value, double *number)
{
    const char *s = cJSON_GetStringValue(value);
    if (cJSON_IsNumber(value)) {
        *number = value->valuedouble;
        return *number == *number && *number - *number == 0;
    }
    return s != NULL && import_number((struct import_text){s, strlen(s)}, number);
}

static int attribute_number(const cJSON *attributes, const char *name, double *number)
{
    const cJSON *value = otel_attribute(attributes, name);
    if (value == NULL) return 0;
    return otel_number(member(value, "intValue"), number) || otel_number(member(value, "doubleValue"), number) ? 1 : -1;
}

/* Whole seconds, without going through a double: 1773763199999999999 ns is before the hour. */
int otel_instant(const cJSON *value, int64_t *at_s)
{
    const char *s = cJSON_GetStringValue(value);
    int64_t ns = 0;
    if (cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble < 9e18) {
        *at_s = (int64_t)(value->valuedouble / (double)NS_PER_S);
        return 1;
    }
    if (s == NULL || *s == '\0') return 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        if (ns > (INT64_MAX - 9) / 10) return 0;
        ns = ns * 10 + (*s - '0');
    }
    *at_s = ns / NS_PER_S;
    return *s == '\0';
}

static int is(struct import_text text, const char *wanted)
{
    return text.n == strlen(wanted) && memcmp(text.at, wanted, text.n) == 0;
}

int otel_is_call(const cJSON *attributes)
{
    static const char *const calls[] = {"chat",       "text_completion", "generate_content", "embeddings",
                                        "completion", "responses",       "messages"};
    const struct import_text operation = otel_text(otel_attribute(attributes, "gen_ai.operation.name"));
    if (operation.n == 0) return 1;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (is(operation, calls[i])) return 1;
    return 0;
}

/* ---- names ---- */

static struct import_text first_text(const cJSON *attributes, const char *const *names)
{
    struct import_text text = {"", 0};
    for (; *names != NULL && text.n == 0; names++)
        text = otel_text(otel_attribute(attributes, *names));
    return text;
}

static void add_tags(const struct import_rules *rules, const cJSON *attributes, struct import_row *row)
{
    const int32_t most = (int32_t)(sizeof row->tags / sizeof row->tags[0]);
    for (int32_t i = 0; rules != NULL && i < rules->n; i++)
        for (int32_t k = 0; k < rules->items[i].n_tags && row->n_tags < most; k++) {
            const char *name = rules->items[i].tags[k].name;
            const struct import_text value = otel_text(otel_attribute(attributes, name));
            int is_there = value.n == 0;
            for (int32_t t = 0; t < row->n_tags; t++)
                is_there |= is(row->tags[t].name, name);
            if (is_there) continue;
            row->tags[row->n_tags].name = (struct import_text){name, strlen(name)};
            row->tags[row->n_tags++].value = value;
        }
}

void otel_names(const struct import *in, const cJSON *resource, const cJSON *attributes, struct import_row *row)
{
    static const char *const models[] = {"gen_ai.response.model", "gen_ai.request.model", NULL};
    static const char *const providers[] = {"gen_ai.provider.name", "gen_ai.system", NULL};
    static const char *const keys[] = {"metadata.user_api_key_alias", "user_api_key_alias", "user.id", "enduser.id",
                                       NULL};
    static const char *const consumers[] = {"service.name", NULL};
    static const char *const workloads[] = {"gen_ai.agent.name", NULL};
    static const char *const tiers[] = {"gen_ai.openai.response.service_tier", "openai.response.service_tier",
                                        "gen_ai.openai.request.service_tier", "openai.request.service_tier", NULL};
    row->model = first_text(attributes, models);
    row->route = first_text(attributes, providers);
    row->key = first_text(attributes, keys);
    row->consumer = first_text(resource, consumers);
    row->workload = first_text(attributes, workloads);
    row->service_tier = first_text(attributes, tiers);
    add_tags(in->options->rules, attributes, row);
    add_tags(in->options->rules, resource, row);
}

/* ---- spans ---- */

#define AT_S_LEAST 100000000 /* 1973: what is smaller was not written in nanoseconds */

enum usage { INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, USAGES };

/* The spellings in order: the first that is there counts, so that one written twice is counted once. */
static const char *const usage_names[USAGES][5] = {
    [INPUT] = {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", NULL},
    [OUTPUT] = {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", NULL},
    [CACHE_READ] = {"gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", NULL},
    [CACHE_WRITE] = {"gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
                     "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.cache_creation_input_tokens", NULL}};

/* 1: some usage is there; 0: none; -1: fault is filled. */
static int read_usage(const struct import *in, const cJSON *attributes, int64_t line, double usage[USAGES],
                      struct import_fault *fault)
{
    int has_any = 0;
    for (int i = 0; i < USAGES; i++) {
        int got = 0;
        usage[i] = 0;
        for (int k = 0; usage_names[i][k] != NULL && got == 0; k++) {
            got = attribute_number(attributes, usage_names[i][k], &usage[i]);
            if (got >= 0) continue;
            import_wrong(in, fault, line, "{\"intValue\": \"123\"}", "%s is no number", usage_names[i][k]);
            return -1;
        }
        has_any |= got;
    }
    return has_any;
}

int otel_is_throttle(struct import_text error)
{
    static const char *const words[] = {"429", "hrottl", "ateLimit", "ate_limit", "oManyRequests"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (size_t at = 0; at + strlen(words[i]) <= error.n; at++)
            if (memcmp(error.at + at, words[i], strlen(words[i])) == 0) return 1;
    return 0;
}

static int has_failed(const cJSON *span, const cJSON *attributes, struct import_text *error)
{
    const cJSON *code = member(member(span, "status"), "code");
    const char *name = cJSON_GetStringValue(code);
    *error = otel_text(otel_attribute(attributes, "error.type"));
    return error->n > 0 || (cJSON_IsNumber(code) && code->valueint == 2) ||
           (name != NULL && strcmp(name, "STATUS_CODE_ERROR") == 0);
}

static enum floe_status add_span(struct import *in, const cJSON *resource, const cJSON *span, int64_t line,
                                 struct import_fault *fault)
{
    const cJSON *attributes = member(span, "attributes");
    const char *id = cJSON_GetStringValue(member(span, "spanId"));
    struct import_row row;
    struct import_text error;
    double usage[USAGES];
    import_row_clear(&row);
    row.line = line;
    if (!otel_instant(member(span, "startTimeUnixNano"), &row.from_at_s) || row.from_at_s < AT_S_LEAST)
        return import_wrong(in, fault, line, "nanoseconds since 1970", "a span's startTimeUnixNano is no instant");
    row.to_at_s = row.from_at_s;
    const int has_usage = read_usage(in, attributes, line, usage, fault);
    if (has_usage < 0) return FLOE_BAD_INPUT;
    const int failed = has_failed(span, attributes, &error);
    import_split_input(in, &row, usage[INPUT], usage[CACHE_READ], usage[CACHE_WRITE], 0);
    row.quantity[FACT_OUTPUT] = usage[OUTPUT];
    row.quantity[FACT_CALL] = row.quantity[FACT_UPSTREAM] = 1;
    row.quantity[FACT_REQUEST] = has_usage || !failed;
    if (failed) row.quantity[otel_is_throttle(error) ? FACT_THROTTLE : FACT_ERROR] = 1;
    otel_names(in, resource, attributes, &row);
    if (id != NULL) row.id = (struct import_text){id, strlen(id)};
    return import_add(in, &row, fault);
}

/* ---- wrappers: spans around other calls ---- */

static int is_gen_ai(const cJSON *attributes)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, attributes)
    {
        const char *key = cJSON_GetStringValue(member(item, "key"));
        if (key != NULL && strncmp(key, "gen_ai.", 7) == 0) return 1;
    }
    return 0;
}

static int is_counted(const cJSON *span)
{
    const cJSON *attributes = member(span, "attributes");
    return is_gen_ai(attributes) && otel_is_call(attributes);
}

/* The parents of the batch's calls, sorted. */
struct parents {
    const char **ids;
    size_t n, capacity;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int parents_add(struct parents *parents, const char *id)
{
    if (parents->n == parents->capacity) {
        const size_t capacity = parents->capacity == 0 ? 64 : parents->capacity * 2;
        const char **ids = (const char **)realloc((void *)parents->ids, capacity * sizeof *ids);
        if (ids == NULL) return 0;
        parents->ids = ids;
        parents->capacity = capacity;
    }
    parents->ids[parents->n++] = id;
    return 1;
}

static int is_parent(const struct parents *parents, const char *id)
{
    return id != NULL && parents->n > 0 &&
           bsearch(&id, (const void *)parents->ids, parents->n, sizeof *parents->ids, by_text) != NULL;
}

/* ---- a batch ---- */

struct batch {
    struct import *in;
    struct import_fault *fault;
    struct parents parents;
    int64_t line, spans;
    enum floe_status status;
};

typedef void span_fn(struct batch *batch, const cJSON *resource, const cJSON *span);

static void collect_parent(struct batch *batch, const cJSON *resource, const cJSON *span)
{
    const char *id = cJSON_GetStringValue(member(span, "parentSpanId"));
    (void)resource;
    if (id == NULL || *id == '\0' || !is_counted(span) || parents_add(&batch->parents, id)) return;
    batch->status = FLOE_ENVIRONMENT;
    (void)import_wrong(batch->in, batch->fault, batch->line, "", "out of memory");
}

static void take_span(struct batch *batch, const cJSON *resource, const cJSON *span)
{
    const cJSON *attributes = member(span, "attributes");
    batch->in->report->rows_read++;
    if (!is_gen_ai(attributes))
        import_dropped(batch->in, batch->line, "a span without gen_ai attributes");
    else if (!otel_is_call(attributes))
        import_dropped(batch->in, batch->line, "an agent's or a tool's span: its usage is that of the calls in it");
    else if (is_parent(&batch->parents, cJSON_GetStringValue(member(span, "spanId"))))
        import_dropped(batch->in, batch->line, "a span around another call's span: its usage is that call's");
    else {
        batch->spans++;
        batch->status = add_span(batch->in, resource, span, batch->line, batch->fault);
    }
}

/* scopeSpans; before OTLP 0.15 it was instrumentationLibrarySpans. */
static void each_span(struct batch *batch, const cJSON *root, span_fn *take)
{
    const cJSON *resource, *scope, *span;
    cJSON_ArrayForEach(resource, member(root, "resourceSpans"))
    {
        const cJSON *attributes = member(member(resource, "resource"), "attributes");
        const cJSON *scopes = member(resource, "scopeSpans");
        if (scopes == NULL) scopes = member(resource, "instrumentationLibrarySpans");
        cJSON_ArrayForEach(scope, scopes) cJSON_ArrayForEach(span, member(scope, "spans"))
        {
            if (batch->status == FLOE_OK) take(batch, attributes, span);
        }
    }
}

static enum floe_status read_batch(struct import *in, struct otel_metrics *metrics, const cJSON *root, int64_t line,
                                   struct import_fault *fault)
{
    struct batch batch = {in, fault, {NULL, 0, 0}, line, 0, FLOE_OK};
    if (member(root, "resourceSpans") == NULL && member(root, "resourceMetrics") == NULL) {
        if (member(root, "resourceLogs") == NULL)
            return import_wrong(in, fault, line, "OTLP JSON, as the collector's file exporter writes it",
                                "neither resourceSpans nor resourceMetrics");
        in->report->rows_read++;
        import_dropped(in, line, "log records: spans and metrics have the usage");
        return FLOE_OK;
    }
    each_span(&batch, root, collect_parent);
    if (batch.parents.n > 0) qsort((void *)batch.parents.ids, batch.parents.n, sizeof *batch.parents.ids, by_text);
    each_span(&batch, root, take_span);
    free((void *)batch.parents.ids);
    metrics->spans += batch.spans;
    return batch.status == FLOE_OK ? otel_metrics_read(in, metrics, root, line, fault) : batch.status;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    cJSON *root;
    void **state = import_state(in);
    enum floe_status status = FLOE_OK;
    int got = 1;
    if (*state == NULL) *state = calloc(1, sizeof(struct otel_metrics));
    if (*state == NULL) return FLOE_ENVIRONMENT;
    while (status == FLOE_OK && (got = stream_json(stream, &root, fault)) == 1) {
        status = read_batch(in, (struct otel_metrics *)*state, root, stream_line(stream), fault);
        cJSON_Delete(root);
    }
    return got < 0 ? FLOE_BAD_INPUT : status;
}

static int knows(const char *head, size_t n)
{
    static const char *const marks[] = {"\"resourceSpans\"", "\"resourceMetrics\"", "\"resourceLogs\""};
    const size_t most = n < 1024 ? n : 1024;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (size_t at = 0; at + strlen(marks[i]) <= most; at++)
            if (memcmp(head + at, marks[i], strlen(marks[i])) == 0) return 1;
    return 0;
}

static enum floe_status end(struct import *in, struct import_fault *fault)
{
    struct otel_metrics *metrics = (struct otel_metrics *)*import_state(in);
    return metrics == NULL ? FLOE_OK : otel_metrics_end(in, metrics, fault);
}

static void drop(void *state)
{
    otel_metrics_free((struct otel_metrics *)state);
    free(state);
}

const struct import_format import_otel = {
    "otel", "OpenTelemetry GenAI spans or metrics as OTLP JSON", 1, knows, read_file, end, drop};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Amazon CloudWatch's metrics of Bedrock, as the AWS command line prints them:
 *   get-metric-statistics   {"Label": "Invocations", "Datapoints": [{"Timestamp", "Sum", "Unit"}]}: one metric, and no
 *                           word about the model: --model says it, or "Dimensions" put into the file (with "MetricName")
 *   get-metric-data         {"MetricDataResults": [{"Id", "Label", "Timestamps", "Values", "StatusCode"}]}: a label holds
 *                           the metric's name, and the model if it is not --model's: "InputTokenCount claude-opus-4-6"
 *
 * Points come in any order and are absent where nothing happened. They are kept until all files are read, then the
 * metrics of one model and instant become one row. InputTokenCount does NOT include cached tokens (Bedrock's quota formula
 * adds CacheWriteInputTokens to it). The words for Invocations changed: once successful requests, now accepted ones,
 * errors included; --invocations says which. Throttles are in neither.
 *
 *   requests billed   accepted: Invocations - errors       successful: Invocations
 *
 * Period. Neither output says how long a point lasts. It is the greatest common divisor of the distances of a model's
 * points from each other and from midnight, or of all models' if that is less; "Period": 3600 put into the file says it outright. A model whose points lie
 * whole days apart is taken as sums of days. More than an hour is warned of (import_add).
 *
 * Refused: the same metric, model and instant twice; a result that is not complete (PartialData); averages without
 * SampleCount; series of one model with periods that cannot belong together.
 * Left out: latencies and other metrics that are no usage (counted). There is no dimension for consumers: hours and rules
 * tell them, where they can be told. Cost comes from prices. Source: AWS, monitoring-runtime-metrics; CLI reference. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/formats.h"
#include "actuals/record.h"
#include "models/units.h"
#include "scenarios/read/civil.h"

enum metric_name {
    INVOCATIONS,
    THROTTLES,
    CLIENT_ERRORS,
    SERVER_ERRORS,
    INPUT,
    OUTPUT,
    CACHE_READ,
    CACHE_WRITE,
    N_METRICS
};

static const char *const metric_names[N_METRICS] = {
    "Invocations",     "InvocationThrottles", "InvocationClientErrors", "InvocationServerErrors",
    "InputTokenCount", "OutputTokenCount",    "CacheReadInputTokens",   "CacheWriteInputTokens"};

static const struct {
    const char *name;
    enum metric_name metric;
} aliases[] = {{"cacheReadInputTokenCount", CACHE_READ},
               {"CacheReadInputTokenCount", CACHE_READ},
               {"cacheWriteInputTokenCount", CACHE_WRITE},
               {"CacheWriteInputTokenCount", CACHE_WRITE}};

#define PERIOD_S_MOST (S_PER_DAY * 366.0)
#define PERIODS_APART 6 /* tokens this many times sparser than the invocations: exported with another period */

struct point {
    int64_t at_s, line;
    double value;
    int32_t model, tier, metric, file;
};

struct series { /* what all points of one list share */
    char model[NAME_BYTES], tier[NAME_BYTES];
    int32_t metric;
    int64_t line;
};

struct points {
    struct point *items;
    int64_t n, capacity;
    struct facts names;    /* of models, tiers and files: only its texts are used */
    int64_t stated_period; /* 0: no file says it */
};

static int knows(const char *head, size_t n)
{
    return head_is_json(head, n) && (head_has(head, n, "Datapoints") || head_has(head, n, "MetricDataResults"));
}

static void drop(void *state)
{
    struct points *points = (struct points *)state;
    free(points->items);
    facts_free(&points->names);
    free(points);
}

static enum floe_status no_memory(const struct import *in, struct import_fault *fault)
{
    (void)import_wrong(in, fault, 0, "", "out of memory");
    return FLOE_ENVIRONMENT;
}

static struct points *points_of(struct import *in)
{
    void **state = import_state(in);
    if (*state == NULL) {
        struct points *points = (struct points *)calloc(1, sizeof *points);
        if (points != NULL) facts_init(&points->names);
        *state = points;
    }
    return (struct points *)*state;
}

/* ---- names ---- */

static int find_metric(const char *name, size_t n)
{
    for (int i = 0; i < N_METRICS; i++)
        if (strlen(metric_names[i]) == n && memcmp(metric_names[i], name, n) == 0) return i;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strlen(aliases[i].name) == n && memcmp(aliases[i].name, name, n) == 0) return aliases[i].metric;
    return -1;
}

static int is_filler(const char *word, size_t n)
{
    return (n == 11 && memcmp(word, "AWS/Bedrock", n) == 0) || (n == 3 && memcmp(word, "Sum", n) == 0) ||
           (n == 1 && word[0] == '-') || (n == 1 && word[0] == '/');
}

/* The metric's name out of a label; what else is in it names the model. */
static void take_label(const char *label, struct series *series)
{
    size_t used = strlen(series->model);
    const int has_model = used > 0;
    for (const char *at = label; *at != '\0';) {
        const size_t n = strcspn(at, " ,|");
        const int metric = find_metric(at, n);
        if (metric >= 0 && series->metric < 0) {
            series->metric = metric;
        } else if (n > 0 && !has_model && !is_filler(at, n) && used + n + 2 < sizeof series->model) {
            used += (size_t)snprintf(series->model + used, sizeof series->model - used, "%s%.*s", used > 0 ? " " : "",
                                     (int)n, at);
        }
        at += n;
        at += *at != '\0';
    }
}

static const char *text_in(const struct cJSON *map, const char *name)
{
    const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(map, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void take_dimensions(const struct cJSON *map, struct series *series)
{
    const struct cJSON *dimension;
    cJSON_ArrayForEach(dimension, cJSON_GetObjectItemCaseSensitive(map, "Dimensions"))
    {
        const char *name = text_in(dimension, "Name"), *value = text_in(dimension, "Value");
        if (strcmp(name, "ModelId") == 0) snprintf(series->model, sizeof series->model, "%s", value);
        if (strcmp(name, "ServiceTier") == 0 || strcmp(name, "ResolvedServiceTier") == 0)
            snprintf(series->tier, sizeof series->tier, "%s", value);
    }
}

/* 1: a metric that is used, of a model; 0: another metric; -1: the model is not known. */
static int name_series(struct import *in, const struct cJSON *map, const char *label, struct series *series,
                       struct import_fault *fault)
{
    const char *name = text_in(map, "MetricName"), *model = import_model_of_file(in);
    take_dimensions(map, series);
    if (series->model[0] == '\0' && model != NULL) snprintf(series->model, sizeof series->model, "%s", model);
    series->metric = find_metric(name, strlen(name));
    if (name[0] == '\0') take_label(label, series);
    if (series->metric < 0) return 0;
    if (series->model[0] != '\0') return 1;
    (void)import_wrong(in, fault, series->line,
                       "--model NAME for all files, or --model FILE=NAME for one; the output does not say it",
                       "of which model are these '%s'?", metric_names[series->metric]);
    return -1;
}

static void skip_metric(struct import *in, const char *label, int64_t line, int n)
{
    in->report->rows_read += n;
    for (int i = 0; i < n; i++)
        import_dropped(in, line, "metric '%.80s' is no usage that is counted here", label);
}

/* ---- points ---- */

static enum floe_status add_point(struct import *in, const struct series *series, const struct cJSON *timestamp,
                                  double value, struct import_fault *fault)
{
    struct points *points = points_of(in);
    struct point point = {0, series->line, value, 0, 0, series->metric, 0};
    char number[40] = "";
    if (cJSON_IsNumber(timestamp)) snprintf(number, sizeof number, "%.0f", timestamp->valuedouble);
    const char *text = cJSON_IsString(timestamp) ? timestamp->valuestring : number;
    if (!import_instant(in, (struct import_text){text, strlen(text)}, &point.at_s))
        return import_wrong(in, fault, series->line, "ISO 8601 with Z or an offset, as the AWS command line writes it",
                            "'%.60s' of '%s' is no instant", text, metric_names[series->metric]);
    if (points->n == points->capacity) {
        const int64_t capacity = points->capacity == 0 ? 1024 : points->capacity * 2;
        struct point *items = (struct point *)realloc(points->items, (size_t)capacity * sizeof *items);
        if (items == NULL) return no_memory(in, fault);
        points->items = items;
        points->capacity = capacity;
    }
    point.model = facts_text(&points->names, series->model, strlen(series->model));
    point.tier = facts_text(&points->names, series->tier, strlen(series->tier));
    point.file = facts_text(&points->names, in->file, strlen(in->file));
    if (point.model < 0 || point.tier < 0 || point.file < 0) return no_memory(in, fault);
    points->items[points->n++] = point;
    in->report->rows_read++;
    return FLOE_OK;
}

/* The sum of a data point; 0: it cannot be known. */
static int sum_of(const struct cJSON *point, double *sum)
{
    const struct cJSON *said = cJSON_GetObjectItemCaseSensitive(point, "Sum");
    const struct cJSON *mean = cJSON_GetObjectItemCaseSensitive(point, "Average");
    const struct cJSON *n = cJSON_GetObjectItemCaseSensitive(point, "SampleCount");
    if (cJSON_IsNumber(said)) return *sum = said->valuedouble, 1;
    if (!cJSON_IsNumber(mean) || !cJSON_IsNumber(n)) return 0;
    *sum = mean->valuedouble * n->valuedouble;
    return 1;
}

static enum floe_status read_statistics(struct import *in, const struct cJSON *value, int64_t line,
                                        struct import_fault *fault)
{
    const struct cJSON *list = cJSON_GetObjectItemCaseSensitive(value, "Datapoints"), *point;
    const char *label = text_in(value, "Label");
    struct series series = {"", "", -1, line};
    enum floe_status status = FLOE_OK;
    if (label[0] == '\0') label = text_in(value, "MetricName");
    const int got = name_series(in, value, label, &series, fault);
    if (got < 0) return FLOE_BAD_INPUT;
    if (got == 0) skip_metric(in, label, line, cJSON_GetArraySize(list));
    cJSON_ArrayForEach(point, list)
    {
        double sum;
        if (got == 0 || status != FLOE_OK) break;
        if (!sum_of(point, &sum))
            return import_wrong(in, fault, line, "ask for --statistics Sum", "a data point of '%s' has no Sum",
                                metric_names[series.metric]);
        status = add_point(in, &series, cJSON_GetObjectItemCaseSensitive(point, "Timestamp"), sum, fault);
    }
    return status;
}

static enum floe_status read_result(struct import *in, const struct cJSON *result, int64_t line,
                                    struct import_fault *fault)
{
    const struct cJSON *times = cJSON_GetObjectItemCaseSensitive(result, "Timestamps");
    const struct cJSON *values = cJSON_GetObjectItemCaseSensitive(result, "Values");
    const char *code = text_in(result, "StatusCode"), *label = text_in(result, "Label");
    struct series series = {"", "", -1, line};
    enum floe_status status = FLOE_OK;
    const int n = cJSON_GetArraySize(times);
    if (label[0] == '\0') label = text_in(result, "Id");
    if (code[0] != '\0' && strcmp(code, "Complete") != 0)
        return import_wrong(in, fault, line,
                            "ask for a shorter time, or follow NextToken to the end, until it is Complete",
                            "'%.80s' is not complete: StatusCode is %.40s", label, code);
    if (n != cJSON_GetArraySize(values))
        return import_wrong(in, fault, line, "the two lists belong together, entry by entry",
                            "'%.80s' has %d Timestamps and %d Values", label, n, cJSON_GetArraySize(values));
    const int got = name_series(in, result, label, &series, fault);
    if (got < 0) return FLOE_BAD_INPUT;
    if (got == 0) skip_metric(in, label, line, n);
    const struct cJSON *time = times == NULL ? NULL : times->child, *item = values == NULL ? NULL : values->child;
    for (; got > 0 && time != NULL && status == FLOE_OK; time = time->next, item = item->next) {
        if (!cJSON_IsNumber(item))
            return import_wrong(in, fault, line, "", "'%.80s' has a value that is no number", label);
        status = add_point(in, &series, time, item->valuedouble, fault);
    }
    return status;
}

static enum floe_status read_value(struct import *in, const struct cJSON *value, int64_t line,
                                   struct import_fault *fault)
{
    const struct cJSON *results = cJSON_GetObjectItemCaseSensitive(value, "MetricDataResults"), *result;
    const struct cJSON *period = cJSON_GetObjectItemCaseSensitive(value, "Period");
    enum floe_status status = FLOE_OK;
    struct points *points = points_of(in);
    if (points == NULL) return no_memory(in, fault);
    if (period != NULL && !(cJSON_IsNumber(period) && period->valuedouble >= 1 && period->valuedouble <= PERIOD_S_MOST))
        return import_wrong(in, fault, line, "\"Period\": 3600", "Period is no number of seconds from 1 to %.0f",
                            PERIOD_S_MOST);
    if (period != NULL) {
        const int64_t stated = (int64_t)period->valuedouble;
        if (points->stated_period != 0 && points->stated_period != stated)
            return import_wrong(in, fault, line, "export all metrics with the same --period",
                                "its Period is %lld s, that of a file before %lld s", (long long)stated,
                                (long long)points->stated_period);
        points->stated_period = stated;
    }
    if (text_in(value, "NextToken")[0] != '\0')
        import_warn(in, "%.100s: it has a NextToken, so there are more pages of it", in->file);
    if (cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(value, "Datapoints")))
        return read_statistics(in, value, line, fault);
    if (!cJSON_IsArray(results))
        return import_wrong(in, fault, line, "the output of aws cloudwatch get-metric-statistics or get-metric-data",
                            "there are neither Datapoints nor MetricDataResults in it");
    cJSON_ArrayForEach(result, results)
    {
        if (status == FLOE_OK) status = read_result(in, result, line, fault);
    }
    return status;
}

static enum floe_status read_file(struct import *in, struct import_stream *stream, struct import_fault *fault)
{
    struct cJSON *value;
    enum floe_status status = FLOE_OK;
    int got;
    while (status == FLOE_OK && (got = stream_json(stream, &value, fault)) != 0) {
        if (got < 0) return FLOE_BAD_INPUT;
        status = read_value(in, value, stream_line(stream), fault);
        cJSON_Delete(value);
    }
    return status;
}

/* ---- when all files are read ---- */

static int order(const void *x, const void *y)
{
    const struct point *a = (const struct point *)x, *b = (const struct point *)y;
    if (a->model != b->model) return a->model < b->model ? -1 : 1;
    if (a->tier != b->tier) return a->tier < b->tier ? -1 : 1;
    if (a->at_s != b->at_s) return a->at_s < b->at_s ? -1 : 1;
    if (a->metric != b->metric) return a->metric < b->metric ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

static int is_same_row(const struct point *a, const struct point *b)
{
    return a->model == b->model && a->tier == b->tier && a->at_s == b->at_s;
}

static enum floe_status look_for_twice(struct import *in, const struct points *p, struct import_fault *fault)
{
    char at[CIVIL_INSTANT_BYTES];
    for (int64_t i = 1; i < p->n; i++) {
        const struct point *a = &p->items[i - 1], *b = &p->items[i];
        if (!is_same_row(a, b) || a->metric != b->metric) continue;
        civil_format(b->at_s, 0, at);
        snprintf(in->file, sizeof in->file, "%s", facts_text_of(&p->names, b->file));
        return import_wrong(in, fault, b->line, "give each file once; sums of different periods must not overlap",
                            "%s of '%.80s' at %s was already in %.80s", metric_names[b->metric],
                            facts_text_of(&p->names, b->model), at, facts_text_of(&p->names, a->file));
    }
    return FLOE_OK;
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The greatest common divisor of the distances, of one metric or of all (-1), and, unless these are whole days, of the
 * distance from midnight: hours 3, 5 and 9 are no periods of 2 h. 0: fewer than two instants. */
static int64_t spacing(const struct point *points, int64_t n, int metric)
{
    int64_t period = 0, last = -1;
    for (int64_t i = 0; i < n; i++) {
        if (metric >= 0 && points[i].metric != metric) continue;
        if (last >= 0 && points[i].at_s != last) period = divisor(points[i].at_s - last, period);
        last = points[i].at_s;
    }
    return period == 0 || period % S_PER_DAY == 0 ? period : divisor(last, period);
}

static int64_t end_of_model(const struct points *p, int64_t from)
{
    int64_t to = from;
    while (to < p->n && p->items[to].model == p->items[from].model && p->items[to].tier == p->items[from].tier)
        to++;
    return to;
}

static int64_t least_spacing(const struct points *p)
{
    int64_t least = 0;
    for (int64_t from = 0, to; from < p->n; from = to) {
        to = end_of_model(p, from);
        const int64_t own = spacing(p->items + from, to - from, -1);
        if (own > 0 && (least == 0 || own < least)) least = own;
    }
    return least;
}

static enum floe_status look_at_periods(struct import *in, const struct points *p, int64_t from, int64_t to,
                                        struct import_fault *fault)
{
    const int64_t calls = spacing(p->items + from, to - from, INVOCATIONS);
    for (int metric = INPUT; metric <= OUTPUT; metric++) {
        const int64_t own = spacing(p->items + from, to - from, metric);
        if (own == 0 || calls == 0 || (own < calls * PERIODS_APART && calls < own * PERIODS_APART)) continue;
        snprintf(in->file, sizeof in->file, "%s", facts_text_of(&p->names, p->items[from].file));
        return import_wrong(in, fault, 0, "export all metrics of a model with the same --period, best 3600",
                            "the points of '%.80s' lie %lld s apart in Invocations, %lld s in %s",
                            facts_text_of(&p->names, p->items[from].model), (long long)calls, (long long)own,
                            metric_names[metric]);
    }
    return FLOE_OK;
}

static int64_t period_of(struct import *in, const struct points *p, int64_t from, int64_t to, int64_t least)
{
    const int64_t own = spacing(p->items + from, to - from, -1);
    if (p->stated_period != 0) return p->stated_period;
    if (own >= S_PER_DAY && own % S_PER_DAY == 0) return own;
    if (least > 0) return own > 0 && own < least ? own : least;
    import_warn(in, "there is one instant only, so the period cannot be seen: taken as 3600 s");
    return S_PER_HOUR;
}

static void fill_row(const struct import *in, const double *value, struct import_row *row)
{
    const double errors = value[CLIENT_ERRORS] + value[SERVER_ERRORS];
    const int is_accepted = in->options->invocations == IMPORT_INVOCATIONS_ACCEPTED;
    const double billed = value[INVOCATIONS] - (is_accepted ? errors : 0);
    row->quantity[FACT_REQUEST] = value[INVOCATIONS] >= 0 && billed < 0 ? 0 : billed;
    row->quantity[FACT_THROTTLE] = value[THROTTLES];
    row->quantity[FACT_ERROR] = errors;
    row->quantity[FACT_INPUT_UNCACHED] = value[INPUT];
    row->quantity[FACT_CACHE_READ] = value[CACHE_READ];
    row->quantity[FACT_CACHE_WRITE_5M] = value[CACHE_WRITE];
    row->quantity[FACT_OUTPUT] = value[OUTPUT];
}

static void look_at_row(struct import *in, const struct points *p, const struct point *first, const double *value,
                        unsigned has, unsigned seen)
{
    const char *model = facts_text_of(&p->names, first->model);
    if ((has & (1u << INVOCATIONS)) && value[INVOCATIONS] > 0 && (seen & (1u << INPUT)) && !(has & (1u << INPUT)))
        import_changed(in, first->line, "Invocations and no InputTokenCount at the same instant: no input counted");
    if (!(seen & (1u << INVOCATIONS)))
        import_warn(in, "'%.80s' has no Invocations: its requests are not counted", model);
    if (!(seen & (1u << INPUT)) || !(seen & (1u << OUTPUT)))
        import_warn(in, "'%.80s' has no %s: its cost is not whole", model,
                    seen & (1u << INPUT) ? "OutputTokenCount" : "InputTokenCount");
}

static enum floe_status add_model(struct import *in, const struct points *p, int64_t from, int64_t to, int64_t period,
                                  struct import_fault *fault)
{
    unsigned seen = 0;
    enum floe_status status = FLOE_OK;
    for (int64_t i = from; i < to; i++)
        seen |= 1u << p->items[i].metric;
    for (int64_t i = from, next; i < to && status == FLOE_OK; i = next) {
        const struct point *first = &p->items[i];
        const char *model = facts_text_of(&p->names, first->model), *tier = facts_text_of(&p->names, first->tier);
        double value[N_METRICS] = {0};
        unsigned has = 0;
        struct import_row row;
        import_row_clear(&row);
        for (next = i; next < to && is_same_row(first, &p->items[next]); next++) {
            value[p->items[next].metric] += p->items[next].value;
            has |= 1u << p->items[next].metric;
        }
        snprintf(in->file, sizeof in->file, "%s", facts_text_of(&p->names, first->file));
        look_at_row(in, p, first, value, has, seen);
        fill_row(in, value, &row);
        row.line = first->line;
        row.rows_read = next - i;
        row.from_at_s = first->at_s;
        row.to_at_s = first->at_s + period;
        row.model = (struct import_text){model, strlen(model)};
        row.service_tier = (struct import_text){tier, strlen(tier)};
        status = import_add(in, &row, fault);
    }
    return status;
}

static enum floe_status end(struct import *in, struct import_fault *fault)
{
    struct points *p = (struct points *)*import_state(in);
    enum floe_status status = FLOE_OK;
    if (p == NULL || p->n == 0) return FLOE_OK;
    qsort(p->items, (size_t)p->n, sizeof *p->items, order);
    status = look_for_twice(in, p, fault);
    const int64_t least = least_spacing(p);
    for (int64_t from = 0, to; from < p->n && status == FLOE_OK; from = to) {
        to = end_of_model(p, from);
        status = look_at_periods(in, p, from, to, fault);
        if (status == FLOE_OK) status = add_model(in, p, from, to, period_of(in, p, from, to, least), fault);
    }
    return status;
}

const struct import_format import_cloudwatch = {
    "cloudwatch", "aws cloudwatch get-metric-statistics or get-metric-data, JSON", 0, knows, read_file, end, drop};

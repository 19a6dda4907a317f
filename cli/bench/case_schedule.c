/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_schedule.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/bench/case_values.h"

#define INSTANT_MOST_S 1e8

enum { ARRIVALS_MAX = 4096, RECORDS_MAX = 4 * ARRIVALS_MAX, SEGMENT = 256, INSIDE_MAX = ARRIVALS_MAX };

/* All of a row; too large for a stack. */
struct schedule {
    const struct known_case *row;
    struct known_fault *fault;
    struct floe_station_parameters p;
    struct floe_station station;
    int64_t list_ns[FLOE_STATION_CLASSES_MAX * ARRIVALS_MAX];
    struct floe_station_record record[RECORDS_MAX];
    void *memory;
};

static enum case_reading wrong(struct schedule *s, const char *what, const char *detail)
{
    s->fault->line = s->row->line;
    snprintf(s->fault->what, sizeof s->fault->what, "%.20s: %s%.150s", s->row->id, what, detail);
    snprintf(s->fault->hint, sizeof s->fault->hint, "floe bench --case list shows rows that can be read");
    return CASE_WRONG;
}

/* The number behind a word; `otherwise` if the word is not there, NAN if no number follows it. */
static double number_after(const char *text, const char *word, double otherwise)
{
    const char *at = strcasestr(text, word);
    double number;
    if (at == NULL) return otherwise;
    at += strlen(word);
    at += strspn(at, " =:s");
    return isdigit((unsigned char)*at) && case_numbers(at, 0, &number, 1) == 1 ? number : NAN;
}

static int64_t ns_of(double s)
{
    return (int64_t)llround(s * FLOE_NS_PER_S);
}

/* ---- who comes ---- */

static int add_arrival(struct schedule *s, struct floe_station_class *of_class, double at_s)
{
    uint64_t n = of_class->arrivals.list_n;
    if (n == ARRIVALS_MAX || !(at_s >= 0) || at_s > INSTANT_MOST_S) return 0;
    s->list_ns[of_class->arrivals.list_from + n] = ns_of(at_s);
    of_class->arrivals.list_n = n + 1;
    return n == 0 || s->list_ns[of_class->arrivals.list_from + n - 1] <= ns_of(at_s);
}

/* every 5 | 1..100 | 1.5,5,7 */
static int read_instants(struct schedule *s, struct floe_station_class *of_class, const char *at, double until_s)
{
    const char *dots = strstr(at, "..");
    const double every_s = number_after(at, "every", 0);
    char *end;
    if (every_s != 0) {
        if (!(every_s > 0) || !(until_s > 0)) return 0;
        for (int i = 1; i * every_s < until_s; i++)
            if (!add_arrival(s, of_class, i * every_s)) return 0;
        return 1;
    }
    while (*at != '\0' && !isdigit((unsigned char)*at))
        at++;
    if (dots != NULL) {
        const long first = strtol(at, NULL, 10), last = strtol(dots + 2, NULL, 10);
        for (long i = first; i <= last; i++)
            if (!add_arrival(s, of_class, (double)i)) return 0;
        return first <= last;
    }
    while (isdigit((unsigned char)*at)) {
        if (!add_arrival(s, of_class, strtod(at, &end))) return 0;
        at = end + strspn(end, " ");
        const char *next = at + strspn(at, ", ");
        if (!isdigit((unsigned char)*next)) break;
        at = next;
    }
    return of_class->arrivals.list_n > 0;
}

static enum case_reading read_class(struct schedule *s, uint32_t c, const char *text, double until_s)
{
    struct floe_station_class *of_class = &s->p.of_class[c];
    const char *arrivals = strcasestr(text, "arrival"), *batch = strcasestr(text, "batch");
    const double service_s = number_after(text, "service", NAN);
    of_class->arrivals = floe_arrivals_plan_of(FLOE_ARRIVALS_LIST);
    of_class->arrivals.list_from = (uint64_t)c * ARRIVALS_MAX;
    if (isnan(service_s)) return wrong(s, "there is no length of service in: ", text);
    of_class->service = floe_law_of(FLOE_LAW_CONSTANT, service_s, 0);
    if (arrivals == NULL && batch != NULL) {
        const double size = number_after(batch, "batch", NAN);
        const char *at = strcasestr(batch, "at ");
        if (!(size >= 1) || size != floor(size) || at == NULL) return wrong(s, "batch N at t=... is not there: ", text);
        of_class->arrivals.batch = size;
        return read_instants(s, of_class, at, until_s) ? CASE_READY : wrong(s, "the instants of batches: ", text);
    }
    if (arrivals == NULL || !read_instants(s, of_class, arrivals, until_s))
        return wrong(s, "the instants of arrival (not decreasing, 4,096 at most; every needs run to): ", text);
    return CASE_READY;
}

/* high before low; otherwise as they stand. */
static int is_urgent(const char *text)
{
    return strcasestr(text, "high") != NULL || strcasestr(text, "urgent") != NULL;
}

static enum case_reading read_classes(struct schedule *s, const char *text)
{
    const double until_s = s->p.horizon_s;
    s->p.classes = 0;
    for (int urgent = 1; urgent >= 0; urgent--)
        for (const char *at = text; *at != '\0';) {
            char segment[SEGMENT];
            const size_t n = strcspn(at, ";");
            snprintf(segment, sizeof segment, "%.*s", (int)n, at);
            at += n + (at[n] == ';');
            if (is_urgent(segment) != urgent) continue;
            if (strcasestr(segment, "arrival") == NULL && strcasestr(segment, "batch") == NULL) continue;
            if (s->p.classes == FLOE_STATION_CLASSES_MAX) return wrong(s, "more than 8 classes", "");
            const enum case_reading reading = read_class(s, s->p.classes++, segment, until_s);
            if (reading != CASE_READY) return reading;
        }
    return s->p.classes > 0 ? CASE_READY : wrong(s, "nobody arrives: ", text);
}

/* ---- the station ---- */

static enum case_reading read_station(struct schedule *s, const char *parameters)
{
    const char *model = s->row->model, *slash = strchr(model, '/');
    double kendall[2] = {1, 0};
    s->p = floe_station_parameters_of(case_discipline(model), 1);
    if (slash != NULL && (slash = strchr(slash + 1, '/')) != NULL) case_numbers(slash, 0, kendall, 1);
    if (slash != NULL && (slash = strchr(slash + 1, '/')) != NULL) case_numbers(slash, 0, kendall + 1, 1);
    const char *servers = strcasestr(model, " server");
    if (servers != NULL && servers > model && isdigit((unsigned char)servers[-1])) {
        while (servers > model && isdigit((unsigned char)servers[-1]))
            servers--;
        kendall[0] = strtod(servers, NULL);
    }
    const double balk = number_after(model, "n>=", number_after(parameters, "n>=", 0));
    const double patience_s = number_after(model, "patience", number_after(parameters, "patience", 0));
    const double until_s = number_after(parameters, "run to", number_after(parameters, "until", 0));
    if (!(kendall[0] >= 1) || isnan(balk) || isnan(patience_s) || isnan(until_s))
        return wrong(s, "a number is missing behind balk, patience, run to or the servers", "");
    s->p.servers = (uint32_t)kendall[0];
    s->p.room = kendall[1] > 0 ? (uint64_t)kendall[1] : strcasestr(parameters, "no queue") != NULL ? s->p.servers : 0;
    s->p.balk_from = (uint64_t)balk;
    s->p.horizon_s = until_s;
    const enum case_reading reading = read_classes(s, parameters);
    for (uint32_t c = 0; patience_s > 0 && c < s->p.classes; c++)
        s->p.of_class[c].patience = floe_law_of(FLOE_LAW_CONSTANT, patience_s, 0);
    return reading;
}

/* ---- what came out ---- */

/* In the order of arrival, from 0; of one instant the class decides, then the number. */
static double id_of(const struct schedule *s, const struct floe_station_record *record)
{
    uint64_t before = record->number;
    for (uint32_t c = 0; c < s->p.classes; c++) {
        const struct floe_arrivals_plan *plan = &s->p.of_class[c].arrivals;
        for (uint64_t i = 0; c != record->class_index && i < plan->list_n; i++) {
            const int64_t at_ns = s->list_ns[plan->list_from + i];
            if (at_ns < record->arrived_ns || (at_ns == record->arrived_ns && c < record->class_index))
                before += (uint64_t)plan->batch;
        }
    }
    return (double)before;
}

enum quantity { BEGAN, LEFT, WAITED, STAYED, ID, ORDER };

static double quantity_of(const struct schedule *s, const struct floe_station_record *record, enum quantity quantity)
{
    switch (quantity) {
    case BEGAN: return (double)record->began_ns / FLOE_NS_PER_S;
    case LEFT: return (double)record->left_ns / FLOE_NS_PER_S;
    case WAITED: return (double)(record->began_ns - record->arrived_ns) / FLOE_NS_PER_S;
    case STAYED: return (double)(record->left_ns - record->arrived_ns) / FLOE_NS_PER_S;
    case ID: return id_of(s, record) + 1;
    case ORDER: return id_of(s, record);
    }
    return NAN;
}

/* The quantity of all with this outcome: as they left, or by arrival. */
static void collect(const struct schedule *s, enum floe_outcome outcome, enum quantity quantity, int by_arrival,
                    struct schedule_metric *metric)
{
    double id[SCHEDULE_NUMBERS_MAX];
    const int first = metric->n_got;
    for (uint64_t i = 0; i < s->station.log.n && metric->n_got < SCHEDULE_NUMBERS_MAX; i++) {
        const struct floe_station_record *record = &s->record[i];
        if (record->outcome != (uint32_t)outcome) continue;
        int place = metric->n_got++;
        id[place] = id_of(s, record);
        metric->got[place] = quantity_of(s, record, quantity);
        for (; by_arrival && place > first && id[place - 1] > id[place]; place--) {
            const double other_id = id[place], other = metric->got[place];
            id[place] = id[place - 1];
            metric->got[place] = metric->got[place - 1];
            id[place - 1] = other_id;
            metric->got[place - 1] = other;
        }
    }
}

static void one(struct schedule_metric *metric, double number)
{
    metric->got[metric->n_got++] = number;
}

static int measure_single(const struct schedule *s, const char *name, struct schedule_metric *metric)
{
    const struct floe_station_means all = floe_station_result(&s->station, -1);
    if (strcmp(name, "served") == 0) return one(metric, (double)all.served), 1;
    if (strcmp(name, "lost") == 0 || strcmp(name, "blocked") == 0) return one(metric, (double)all.blocked), 1;
    if (strcmp(name, "balked") == 0) return one(metric, (double)all.balked), 1;
    if (strcmp(name, "reneged") == 0) return one(metric, (double)all.reneged), 1;
    if (strcmp(name, "interrupted") == 0) return one(metric, (double)all.interrupted), 1;
    if (strcmp(name, "end time") == 0) return one(metric, (double)s->station.where.now_ns / FLOE_NS_PER_S), 1;
    if (strcmp(name, "busy time") != 0) return 0;
    one(metric, floe_i128_double(floe_timeavg_area(&s->station.busy, &s->station.where)) / FLOE_NS_PER_S);
    return 1;
}

/* 0 if there is no such metric. */
static int measure(const struct schedule *s, struct schedule_metric *metric)
{
    static const struct {
        const char *word;
        enum floe_outcome outcome;
    } outcomes[] = {{"balk", FLOE_BALKED},          {"block", FLOE_BLOCKED},   {"lost", FLOE_BLOCKED},
                    {"reneg", FLOE_RENEGED},        {"abandon", FLOE_RENEGED}, {"interrupt", FLOE_INTERRUPTED},
                    {"preempted", FLOE_INTERRUPTED}};
    const char *name = metric->name;
    enum floe_outcome outcome = FLOE_SERVED;
    if (measure_single(s, name, metric)) return 1;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (strcasestr(name, outcomes[i].word) != NULL) outcome = outcomes[i].outcome;
    if (strcasestr(name, "order") != NULL) {
        collect(s, FLOE_SERVED, ORDER, 0, metric);
        collect(s, FLOE_SERVED, BEGAN, 0, metric);
    } else if (strcasestr(name, "ids") != NULL) {
        collect(s, outcome, ID, 0, metric);
    } else if (outcome != FLOE_SERVED) {
        collect(s, outcome, LEFT, 0, metric);
    } else if (strcasestr(name, "start") != NULL) {
        collect(s, outcome, BEGAN, 1, metric);
    } else if (strcasestr(name, "end") != NULL || strcasestr(name, "exit") != NULL ||
               strcasestr(name, "depart") != NULL) {
        collect(s, outcome, LEFT, 1, metric);
    } else if (strcasestr(name, "wait") != NULL) {
        collect(s, outcome, WAITED, 1, metric);
    } else if (strcasestr(name, "stay") != NULL || strcasestr(name, "sojourn") != NULL) {
        collect(s, outcome, STAYED, 1, metric);
    } else {
        return 0;
    }
    return 1;
}

static int holds(const struct schedule_metric *metric)
{
    if (metric->n_got != metric->n_want) return 0;
    for (int i = 0; i < metric->n_got; i++)
        if (ns_of(metric->got[i]) != ns_of(metric->want[i])) return 0;
    return 1;
}

static enum case_reading compare(struct schedule *s, struct schedule_outcome *outcome)
{
    outcome->all_hold = 1;
    for (const char *at = s->row->metric; *at != '\0';) {
        struct schedule_metric *metric = &outcome->metric[outcome->n_metrics];
        if (outcome->n_metrics == SCHEDULE_METRICS_MAX) return wrong(s, "more than 8 metrics", "");
        at += strspn(at, " ");
        const size_t n = strcspn(at, ";");
        snprintf(metric->name, sizeof metric->name, "%.*s", (int)n, at);
        at += n + (at[n] == ';');
        metric->n_want = case_numbers(s->row->expected, outcome->n_metrics++, metric->want, SCHEDULE_NUMBERS_MAX);
        if (!measure(s, metric)) return wrong(s, "there is no metric ", metric->name);
        metric->holds = holds(metric);
        outcome->all_hold &= metric->holds;
    }
    return outcome->n_metrics > 0 ? CASE_READY : wrong(s, "there is no metric", "");
}

/* ---- all of a row ---- */

static enum case_reading run(struct schedule *s, struct schedule_outcome *outcome)
{
    const struct floe_side side = {NULL, s->list_ns};
    const struct floe_station_log log = {s->record, 0, RECORDS_MAX};
    const struct floe_rng rng = {1, 0};
    floe_station_init(&s->station, &s->p, INSIDE_MAX, s->memory, rng, &side, &log);
    if (floe_station_run(&s->station) != FLOE_OK) return wrong(s, "more than 4,096 were inside at once", "");
    if (s->station.log.n > RECORDS_MAX) return wrong(s, "more than 16,384 came, went or were interrupted", "");
    return compare(s, outcome);
}

enum case_reading case_schedule_run(const struct known_case *row, const struct known_case *before, int discipline,
                                    struct schedule_outcome *outcome, struct known_fault *fault)
{
    struct schedule *s = (struct schedule *)calloc(1, sizeof *s);
    const size_t bytes = (floe_station_bytes(INSIDE_MAX) / FLOE_QUEUE_ALIGN + 1) * FLOE_QUEUE_ALIGN;
    const int is_same = strcasecmp(row->parameters, "same") == 0;
    enum case_reading reading = CASE_WRONG;
    memset(outcome, 0, sizeof *outcome);
    memset(fault, 0, sizeof *fault);
    snprintf(fault->what, sizeof fault->what, "out of memory");
    if (s == NULL) return CASE_WRONG;
    s->row = row;
    s->fault = fault;
    s->memory = aligned_alloc(FLOE_QUEUE_ALIGN, bytes);
    if (case_not_built(row->model) != NULL) {
        snprintf(fault->what, sizeof fault->what, "this is not built: %s", case_not_built(row->model));
        reading = CASE_SKIPPED;
    } else if (is_same && before == NULL) {
        reading = wrong(s, "\"same\" needs a row before it", "");
    } else if (s->memory != NULL) {
        reading = read_station(s, is_same ? before->parameters : row->parameters);
        if (discipline >= 0) s->p.discipline = (uint32_t)discipline;
        if (reading == CASE_READY) reading = run(s, outcome);
    }
    free(s->memory);
    free(s);
    return reading;
}

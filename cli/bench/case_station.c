/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_station.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/bench/case_counts.h"
#include "cli/bench/case_values.h"

enum { WORD = 40, BATCH_MOST = 100000, SERVERS_MOST = 1000000000 };

struct reader {
    const struct known_case *row;
    struct case_setting *s;
    struct known_fault *fault;
    struct case_values values;
    char arrival[WORD], batch[WORD], service[WORD], patience[WORD];
    const char *words; /* of the model, behind A/B/c/K+C */
};

static enum case_reading wrong(struct reader *r, const char *what, const char *detail)
{
    r->fault->line = r->row->line;
    snprintf(r->fault->what, sizeof r->fault->what, "%.20s: %s%.150s", r->row->id, what, detail);
    snprintf(r->fault->hint, sizeof r->fault->hint, "floe bench --case list shows rows that can be read");
    return CASE_WRONG;
}

static enum case_reading skipped(struct reader *r, const char *what, const char *detail)
{
    r->fault->line = r->row->line;
    snprintf(r->fault->what, sizeof r->fault->what, "%s%.150s", what, detail);
    r->fault->hint[0] = '\0';
    return CASE_SKIPPED;
}

/* ---- the model ---- */

static int has(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

const char *case_not_built(const char *model)
{
    static const char *const words[] = {"SRPT",
                                        "SJF",
                                        "SPT",
                                        "SIRO",
                                        "random order",
                                        "EDF",
                                        "DPS",
                                        "GPS",
                                        "weighted",
                                        "polling",
                                        "tandem",
                                        "Jackson",
                                        "network",
                                        "closed",
                                        "vacation",
                                        "breakdown",
                                        "retrial",
                                        "fork",
                                        "repeat-identical",
                                        "repeat identical",
                                        "MMPP",
                                        "MAP/",
                                        "round robin",
                                        "setup",
                                        "LIFO preemptive",
                                        "preemptive LIFO",
                                        "LCFS-PR",
                                        "hyperexponential",
                                        "discriminatory",
                                        "bulk service",
                                        "batch service"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (has(model, words[i])) return words[i];
    return NULL;
}

enum floe_discipline case_discipline(const char *model)
{
    if (has(model, "non-preemptive") || has(model, "nonpreemptive")) return FLOE_PRIORITY;
    if (has(model, "resample") || has(model, "repeat")) return FLOE_RESAMPLE;
    if (has(model, "preempt")) return FLOE_RESUME;
    if (has(model, "LIFO") || has(model, "LCFS")) return FLOE_LIFO;
    if (has(model, "priority")) return FLOE_PRIORITY;
    if (strstr(model, "PS") != NULL || has(model, "processor sharing")) return FLOE_PS;
    return FLOE_FIFO;
}

/* Copies up to one of `stops`, without spaces; what stands in [] goes to `inside` if that is not NULL. */
static const char *take_token(const char *at, const char *stops, char token[WORD], char *inside)
{
    int n = 0, m = 0, deep = 0;
    for (; *at != '\0' && (deep > 0 || strchr(stops, *at) == NULL); at++) {
        if (*at == '[') {
            deep = 1;
        } else if (*at == ']') {
            deep = 0;
        } else if (deep > 0) {
            if (inside != NULL && m < WORD - 1) inside[m++] = *at;
        } else if (*at != '^' && *at != '_' && n < WORD - 1) {
            token[n++] = *at;
        }
    }
    token[n] = '\0';
    if (inside != NULL) inside[m] = '\0';
    return at;
}

/* A/B/c[/K][+C] */
static enum case_reading read_kendall(struct reader *r)
{
    struct floe_station_parameters *p = &r->s->p;
    const char *at = take_token(r->row->model, "/ ", r->arrival, r->batch);
    if (*at != '/') return wrong(r, "the model is not written A/B/c: ", r->row->model);
    at = take_token(at + 1, "/ ", r->service, NULL);
    if (*at != '/') return wrong(r, "the model is not written A/B/c: ", r->row->model);
    if (strncasecmp(at, "/inf", 4) == 0) {
        p->servers = UINT32_MAX;
        at += 4;
    } else {
        char *end;
        const long servers = strtol(at + 1, &end, 10);
        if (end == at + 1 || servers < 1 || servers > SERVERS_MOST) return wrong(r, "the number of servers: ", at + 1);
        p->servers = (uint32_t)servers;
        at = end;
    }
    if (*at == '/' && isdigit((unsigned char)at[1])) {
        char *end;
        p->room = strtoull(at + 1, &end, 10);
        at = end;
    }
    if (strncasecmp(at, "/inf", 4) == 0) at += 4;
    if (*at == '+') at = take_token(at + 1, " -,;", r->patience, NULL);
    r->words = at;
    return CASE_READY;
}

/* ---- laws ---- */

/* M, D, G, GI, E2 ...; cv of G from the parameters, NAN if it is not there. */
static enum case_reading law_of(struct reader *r, const char *letter, double mean_s, double cv, struct floe_law *law)
{
    const int erlang = letter[0] == 'E' && isdigit((unsigned char)letter[1]) ? atoi(letter + 1) : 0;
    if (strcmp(letter, "M") == 0) {
        *law = floe_law_of(FLOE_LAW_EXPONENTIAL, mean_s, 1);
        return CASE_READY;
    }
    if (strcmp(letter, "D") == 0 || ((letter[0] == 'G' || erlang > 0) && cv == 0)) {
        *law = floe_law_of(FLOE_LAW_CONSTANT, mean_s, 0);
        return CASE_READY;
    }
    if (strcmp(letter, "G") != 0 && strcmp(letter, "GI") != 0 && erlang < 1)
        return skipped(r, "this law is not built: ", letter);
    if (erlang > 0) cv = sqrt(1.0 / erlang);
    if (isnan(cv)) return wrong(r, "a cv is missing for the law ", letter);
    *law = floe_law_of(FLOE_LAW_GAMMA, mean_s, cv);
    for (law->table = 0; law->table < (uint32_t)r->s->n_tables; law->table++)
        if (r->s->table[law->table].shape == 1.0 / (cv * cv)) return CASE_READY;
    if (r->s->n_tables == CASE_TABLES_MAX) return wrong(r, "more than 8 different cv", "");
    if (floe_gamma_table_init(&r->s->table[r->s->n_tables++], cv) != FLOE_OK)
        return wrong(r, "a cv must be 0, or from 0.001 to 10", "");
    return CASE_READY;
}

/* How the keys were given. Means of what is not given are 0. */
struct keys {
    const struct case_value *lambda, *mu, *service_s, *service_cv, *arrival_cv, *patience_s, *theta, *patience_cv;
    double rho, load, batch;
};

static struct keys find_keys(struct case_values *v)
{
    struct keys k = {.lambda = case_values_find(v, "lambda|arrival rate|arrivals per second"),
                     .mu = case_values_find(v, "mu|service rate"),
                     .service_s = case_values_find(v, "mean service|d|service mean|service|e[s]|constant service"),
                     .service_cv = case_values_find(v, "service cv|cv|cvs|cs"),
                     .arrival_cv = case_values_find(v, "arrival cv|gap cv|cva|ca"),
                     .patience_s = case_values_find(v, "patience|mean patience|exponential patience|constant patience|"
                                                       "deterministic patience"),
                     .theta = case_values_find(v, "theta|reneging rate|abandonment rate"),
                     .patience_cv = case_values_find(v, "patience cv")};
    k.rho = case_values_number(v, "rho", 0);
    k.load = case_values_number(v, "a|offered load", 0);
    k.batch = case_values_number(v, "batch|mean batch|batch size", 0);
    return k;
}

static int classes_of(const struct keys *k)
{
    const struct case_value *all[] = {k->lambda,     k->mu,         k->service_s, k->service_cv,
                                      k->arrival_cv, k->patience_s, k->theta,     k->patience_cv};
    int n = 1;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] != NULL && all[i]->n > n) n = all[i]->n;
    return n;
}

static enum case_reading read_batch(struct reader *r, const struct keys *k)
{
    const char *text = r->batch;
    double batch = k->batch;
    const int geometric = has(text, "geometric") || has(r->words, "geometric");
    if (text[0] != '\0' && case_numbers(text, 0, &batch, 1) != 1 && k->batch == 0)
        return wrong(r, "the size of a batch: ", text);
    if (batch == 0) batch = 1;
    if (batch < 1 || batch > BATCH_MOST || (!geometric && batch != floor(batch)))
        return wrong(r, "a batch is a whole number, or [geometric MEAN], from 1 to 100,000", "");
    for (uint32_t c = 0; c < r->s->p.classes; c++) {
        r->s->p.of_class[c].arrivals.batch = batch;
        r->s->p.of_class[c].arrivals.batch_kind = geometric ? FLOE_BATCH_GEOMETRIC : FLOE_BATCH_FIXED;
    }
    r->s->burst = batch;
    return CASE_READY;
}

static enum case_reading read_patience(struct reader *r, const struct keys *k, int c)
{
    const double theta = case_value_at(k->theta, c, 0);
    double mean_s = case_value_at(k->patience_s, c, theta > 0 ? 1 / theta : 0);
    if (r->patience[0] != '\0' && !(mean_s > 0)) return wrong(r, "patience= or theta= is missing", "");
    if (!(mean_s > 0)) return CASE_READY;
    const int is_constant = k->patience_s != NULL &&
                            (has(k->patience_s->key, "constant") || has(k->patience_s->key, "deterministic"));
    const char *letter = r->patience[0] != '\0' ? r->patience : is_constant ? "D" : k->patience_cv != NULL ? "G" : "M";
    return law_of(r, letter, mean_s, case_value_at(k->patience_cv, c, NAN), &r->s->p.of_class[c].patience);
}

static enum case_reading read_class(struct reader *r, const struct keys *k, int c)
{
    struct case_setting *s = r->s;
    struct floe_station_class *of_class = &s->p.of_class[c];
    const double mu = case_value_at(k->mu, c, 1);
    const double mean_s = case_value_at(k->service_s, c, mu > 0 ? 1 / mu : 0);
    double lambda = case_value_at(k->lambda, c, 0);
    if (!(mean_s > 0)) return wrong(r, "a mean service must be above 0", "");
    if (k->lambda == NULL && k->rho > 0) lambda = k->rho * s->p.servers / (mean_s * s->burst);
    if (k->lambda == NULL && k->rho == 0) lambda = k->load / (mean_s * s->burst);
    if (!(lambda > 0)) return wrong(r, "lambda=, rho= or a= is missing, or not above 0", "");
    enum case_reading reading = law_of(r, r->arrival, 1 / lambda, case_value_at(k->arrival_cv, c, NAN),
                                       &of_class->arrivals.gap);
    if (reading == CASE_READY)
        reading = law_of(r, r->service, mean_s, case_value_at(k->service_cv, c, NAN), &of_class->service);
    if (reading == CASE_READY) reading = read_patience(r, k, c);
    s->per_s += lambda * s->burst;
    s->rho += lambda * s->burst * mean_s / s->p.servers;
    const double cv = of_class->service.kind == FLOE_LAW_CONSTANT ? 0 : of_class->service.cv;
    if (cv > s->cv) s->cv = cv;
    return reading;
}

static enum case_reading read_classes(struct reader *r)
{
    struct keys k = find_keys(&r->values);
    const int n = classes_of(&k);
    if (n > FLOE_STATION_CLASSES_MAX) return wrong(r, "more than 8 classes", "");
    if (n > 1 && k.lambda == NULL) return wrong(r, "with several classes lambda must be given for each", "");
    r->s->p.classes = (uint32_t)n;
    enum case_reading reading = read_batch(r, &k);
    for (int c = 0; c < n && reading == CASE_READY; c++)
        reading = read_class(r, &k, c);
    return reading;
}

/* ---- what holds customers off ---- */

static int waits_for_ever(const struct case_setting *s)
{
    if (s->rho < 1 || s->p.room > 0 || s->p.balk_from > 0) return 0;
    for (uint32_t c = 0; c < s->p.classes; c++)
        if (s->p.of_class[c].patience.kind == FLOE_LAW_NONE) return 1;
    return 0;
}

static enum case_reading read_limits(struct reader *r)
{
    struct floe_station_parameters *p = &r->s->p;
    const double servers = case_values_number(&r->values, "c|servers", 0);
    const double room = case_values_number(&r->values, "k|room|capacity", 0);
    p->discipline = (uint32_t)case_discipline(r->row->model);
    if (servers >= 1) p->servers = (uint32_t)servers;
    if (room >= 1) p->room = (uint64_t)room;
    if (has(r->words, "loss") && p->room == 0) p->room = p->servers;
    p->balk_from = (uint64_t)case_values_number(&r->values, "balk|balk from|balk if n>|balk at", 0);
    p->places = (uint32_t)case_values_number(&r->values, "places|limit", 0);
    const char *remark = strstr(r->words, "(c");
    if (p->discipline == FLOE_PS && p->places == 0 && remark != NULL) {
        double places = 0;
        if (case_numbers(remark, 0, &places, 1) != 1 || places < 1) return wrong(r, "the places of limited PS", "");
        p->places = (uint32_t)places;
    }
    if (p->room > 0 && p->room < p->servers && p->servers != UINT32_MAX)
        return wrong(r, "the room K includes those in service: it cannot be less than c", "");
    return CASE_READY;
}

/* ---- what is compared ---- */

static const struct {
    const char *name;
    enum case_metric_kind kind;
} metric_names[] = {{"L", CASE_L},
                    {"N", CASE_L},
                    {"mean number", CASE_L},
                    {"Lq", CASE_LQ},
                    {"Nq", CASE_LQ},
                    {"W", CASE_W},
                    {"T", CASE_W},
                    {"mean response", CASE_W},
                    {"mean sojourn", CASE_W},
                    {"Wq", CASE_WQ},
                    {"mean wait", CASE_WQ},
                    {"P(wait)", CASE_P_WAIT},
                    {"P(block)", CASE_P_BLOCK},
                    {"P(reject)", CASE_P_BLOCK},
                    {"P(loss)", CASE_P_BLOCK},
                    {"P(balk)", CASE_P_BALK},
                    {"P(renege)", CASE_P_RENEGE},
                    {"P(abandon)", CASE_P_RENEGE},
                    {"p0", CASE_P_EMPTY},
                    {"P(empty)", CASE_P_EMPTY},
                    {"pK", CASE_P_FULL},
                    {"P(full)", CASE_P_FULL},
                    {"busy", CASE_BUSY},
                    {"utilization", CASE_UTILIZATION},
                    {"utilisation", CASE_UTILIZATION},
                    {"U", CASE_UTILIZATION},
                    {"throughput", CASE_THROUGHPUT},
                    {"X", CASE_THROUGHPUT}};

static int may_be_of_a_class(enum case_metric_kind kind)
{
    return kind == CASE_W || kind == CASE_WQ || kind == CASE_THROUGHPUT ||
           (kind >= CASE_P_WAIT && kind <= CASE_P_RENEGE);
}

/* W_high, W_low, W_2; otherwise -1, the name as it is. */
static int take_class(const struct reader *r, char *name)
{
    char *under = strrchr(name, '_');
    int class_index = -1;
    if (under == NULL) return -1;
    if (strcasecmp(under, "_high") == 0) class_index = 0;
    if (strcasecmp(under, "_low") == 0) class_index = (int)r->s->p.classes - 1;
    if (isdigit((unsigned char)under[1]) && under[2] == '\0') class_index = under[1] - '1';
    if (class_index >= 0) *under = '\0';
    return class_index;
}

static int is_metric(const char *have, const char *name)
{
    return strlen(have) <= 2 ? strcmp(have, name) == 0 : strcasecmp(have, name) == 0;
}

static enum case_reading read_metric(struct reader *r, const char *text, size_t n)
{
    struct case_metric *metric = &r->s->metric[r->s->n_metrics];
    char name[CASE_NAME];
    while (n > 0 && *text == ' ')
        text++, n--;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (r->s->n_metrics == CASE_METRICS_MAX || n >= sizeof name)
        return wrong(r, "too many metrics, or a long name", "");
    snprintf(metric->name, sizeof metric->name, "%.*s", (int)n, text);
    memcpy(name, metric->name, sizeof name);
    metric->class_index = take_class(r, name);
    size_t i = 0, n_names = sizeof metric_names / sizeof metric_names[0];
    while (i < n_names && !is_metric(metric_names[i].name, name))
        i++;
    if (i == n_names) return wrong(r, "there is no metric ", metric->name);
    metric->kind = metric_names[i].kind;
    if (metric->class_index >= (int)r->s->p.classes || (metric->class_index >= 0 && !may_be_of_a_class(metric->kind)))
        return wrong(r, "this is not counted for that class: ", metric->name);
    if (case_numbers(r->row->expected, r->s->n_metrics, &metric->want, 1) != 1)
        return wrong(r, "no number is expected for ", metric->name);
    r->s->n_metrics++;
    return CASE_READY;
}

static enum case_reading read_metrics(struct reader *r)
{
    enum case_reading reading = CASE_READY;
    for (const char *at = r->row->metric; reading == CASE_READY; at++) {
        const size_t n = strcspn(at, ";");
        reading = read_metric(r, at, n);
        at += n;
        if (*at == '\0') break;
    }
    return reading;
}

double case_metric_value(const struct floe_station *station, const struct case_metric *metric)
{
    const struct floe_station_means means = floe_station_result(station, metric->class_index);
    const double lasted_s = (double)(station->where.now_ns - station->measured_from_ns) / (double)FLOE_NS_PER_S;
    switch (metric->kind) {
    case CASE_L: return means.inside;
    case CASE_LQ: return means.waiting;
    case CASE_W: return means.sojourn_s;
    case CASE_WQ: return means.wait_s;
    case CASE_P_WAIT: return means.delayed_share;
    case CASE_P_BLOCK: return means.blocked_share;
    case CASE_P_BALK: return means.balked_share;
    case CASE_P_RENEGE: return means.reneged_share;
    case CASE_P_EMPTY: return means.empty_share;
    case CASE_P_FULL: return means.full_share;
    case CASE_BUSY: return means.busy;
    case CASE_UTILIZATION: return means.busy / station->parameters.servers;
    case CASE_THROUGHPUT: return lasted_s > 0 ? (double)means.served / lasted_s : 0.0;
    }
    return NAN;
}

/* ---- all of a row ---- */

enum case_reading case_station_read(const struct known_case *row, struct case_setting *setting,
                                    struct known_fault *fault)
{
    struct reader r = {.row = row, .s = setting, .fault = fault};
    memset(setting, 0, sizeof *setting);
    memset(fault, 0, sizeof *fault);
    setting->p = floe_station_parameters_of(FLOE_FIFO, 1);
    setting->burst = 1;
    const char *missing = case_not_built(row->model);
    if (case_is_counts(row)) return case_counts_read(row, setting, fault);
    if (missing != NULL) return skipped(&r, "this is not built: ", missing);
    if (case_values_read(row->parameters, &r.values, fault) != FLOE_OK) {
        fault->line = row->line;
        return CASE_WRONG;
    }
    enum case_reading reading = read_kendall(&r);
    if (reading == CASE_READY) reading = read_limits(&r);
    if (reading == CASE_READY) reading = read_classes(&r);
    const char *unused = reading == CASE_READY ? case_values_unused(&r.values) : NULL;
    if (unused != NULL) reading = wrong(&r, "a parameter that is not understood: ", unused);
    if (reading == CASE_READY) reading = read_metrics(&r);
    if (reading == CASE_READY && waits_for_ever(setting))
        reading = wrong(&r, "the line grows for ever: rho is 1 or more, and nobody leaves", "");
    return reading;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a row of kind analytic to a station (sim/station.h) and what is to be compared.
 *
 *   model       A/B/c[/K][+C][-PS] and words. A and B, arrivals and services: M exponential; D constant; G, GI a gamma law
 *               of the given cv; E2, E3 ... Erlang. c a number or inf. K the room, those in service included. C the law
 *               of patience. [3] or [geometric 2.5] behind A: batches. Words: FIFO, LIFO, PS, limited PS (c=3),
 *               non-preemptive, preemptive-resume, preemptive-resample, loss
 *   parameters  keys (cli/bench/case_values.h), one number or one for each class: lambda, mu, mean service or D, service
 *               cv, arrival cv, rho, a (offered load), patience (its mean), theta (1 / patience), patience cv, balk, K,
 *               c, batch, places
 *   metric      names divided by ';': L Lq W Wq P(wait) P(block) P(balk) P(renege) p0 pK utilization throughput, and their
 *               synonyms in the table of case_station.c; W, Wq and the P() also of one class: W_high, W_low, W_1, ...
 *   expected    as many numbers, divided by ';'
 *
 * Rows about arrivals alone (NHPP) are read by cli/bench/case_counts.h, from here. A discipline that is not built is CASE_SKIPPED, with the reason. What is not understood is CASE_WRONG: nothing is
 * guessed, and every key must be one of those above. */
#ifndef FLOE_CLI_BENCH_CASE_STATION_H
#define FLOE_CLI_BENCH_CASE_STATION_H

#include "cli/bench/known_cases.h"
#include "sim/station.h"

enum { CASE_METRICS_MAX = 16, CASE_TABLES_MAX = 8, CASE_NAME = 40 };

enum case_reading { CASE_READY, CASE_SKIPPED, CASE_WRONG };

enum case_metric_kind {
    CASE_L,
    CASE_LQ,
    CASE_W,
    CASE_WQ,
    CASE_P_WAIT,
    CASE_P_BLOCK,
    CASE_P_BALK,
    CASE_P_RENEGE,
    CASE_P_EMPTY,
    CASE_P_FULL,
    CASE_BUSY,
    CASE_UTILIZATION,
    CASE_THROUGHPUT
};

struct case_metric {
    char name[CASE_NAME]; /* as in the row */
    enum case_metric_kind kind;
    int class_index; /* -1: all */
    double want;
};

struct case_setting {
    struct floe_station_parameters p;
    struct floe_gamma_table table[CASE_TABLES_MAX];
    int n_tables;
    double rho;
    double cv;    /* the largest of the services */
    double burst; /* mean batch; 1: singly */
    double per_s; /* customers per second, all classes */
    struct case_metric metric[CASE_METRICS_MAX];
    int n_metrics;
    int is_counts; /* of arrivals alone: cli/bench/case_counts.h */
};

/* Not CASE_READY: fault says why. */
enum case_reading case_station_read(const struct known_case *row, struct case_setting *setting,
                                    struct known_fault *fault) FLOE_MUST_CHECK;

/* For case_schedule.c: a word of the model that names what is not built; NULL if there is none. */
const char *case_not_built(const char *model);
enum floe_discipline case_discipline(const char *model);

double case_metric_value(const struct floe_station *station, const struct case_metric *metric);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the lessons share: a lesson as a reader runs it, its `expect:` rows, and one way to read a cell of its
 * result. A lesson is named by its file in scenarios/lessons/, without .yaml. */
#ifndef FLOE_TESTS_LESSON_RUNS_H
#define FLOE_TESTS_LESSON_RUNS_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/harness.h"
#include "tests/program.h"

static inline struct program_run lesson_run(const char *lesson, const char *options)
{
    char arguments[800];
    snprintf(arguments, sizeof arguments, "run scenarios/lessons/%s.yaml --quiet %s", lesson, options);
    return program_run(FLOE_BINARY, arguments);
}

/* Its rows hold (status 0), or one of them does not (4), and the complaint says so. */
static inline void lesson_check_expect(const char *lesson, const char *options, int status, const char *said)
{
    char all[600];
    snprintf(all, sizeof all, "--expect %s", options);
    struct program_run run = lesson_run(lesson, all);
    check_at(run.exit_status == status, __FILE__, __LINE__, "%s %s ends with %d: %s", lesson, all, run.exit_status,
             run.err);
    check_contains(run.err, said);
    program_free(&run);
}

/* cJSON_Delete() it. */
static inline cJSON *lesson_result(const char *lesson, const char *options)
{
    char all[600];
    snprintf(all, sizeof all, "--json - %s", options);
    struct program_run run = lesson_run(lesson, all);
    check_i64(run.exit_status, 0);
    cJSON *json = cJSON_Parse(run.out);
    check_at(json != NULL, __FILE__, __LINE__, "no JSON; stderr: %s", run.err);
    program_free(&run);
    return json;
}

struct asked {
    const char *variant, *workload, *route, *window; /* NULL: any, and the first is taken */
};

static inline int lesson_is_text(const cJSON *object, const char *key, const char *want)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return want == NULL || (text != NULL && strcmp(text, want) == 0);
}

static inline const cJSON *lesson_cell(const cJSON *json, struct asked asked)
{
    const char *const wanted[] = {asked.variant, asked.workload, asked.route, asked.window};
    const char *const keys[] = {"variant", "workload", "route", "window"};
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(json, "cells"))
    {
        int is_it = 1;
        for (int i = 0; i < 4; i++)
            is_it &= lesson_is_text(cell, keys[i], wanted[i]);
        if (is_it) return cell;
    }
    for (int i = 0; i < 4; i++)
        check_at(wanted[i] == NULL, __FILE__, __LINE__, "no cell of %s %s", keys[i], wanted[i]);
    return NULL;
}

struct number {
    double mean, mcse; /* mcse 0: of one replication */
};

/* Of a cell or a step; `metric` may be a.b */
static inline struct number lesson_number_in(const cJSON *object, const char *metric)
{
    char first[64];
    const char *dot = strchr(metric, '.');
    snprintf(first, sizeof first, "%.*s", dot != NULL ? (int)(dot - metric) : (int)strlen(metric), metric);
    const cJSON *outcome = cJSON_GetObjectItemCaseSensitive(object, first);
    if (dot != NULL) outcome = cJSON_GetObjectItemCaseSensitive(outcome, dot + 1);
    const cJSON *mcse = cJSON_GetObjectItemCaseSensitive(outcome, "mcse");
    const struct number number = {cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(outcome, "mean")),
                                  cJSON_IsNumber(mcse) ? mcse->valuedouble : 0};
    check_at(!isnan(number.mean), __FILE__, __LINE__, "no %s", metric);
    return number;
}

static inline double lesson_mean_in(const cJSON *object, const char *metric)
{
    return lesson_number_in(object, metric).mean;
}

static inline struct number lesson_number(const cJSON *json, struct asked asked, const char *metric)
{
    return lesson_number_in(lesson_cell(json, asked), metric);
}

static inline double lesson_mean(const cJSON *json, struct asked asked, const char *metric)
{
    return lesson_number(json, asked, metric).mean;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "models/units.h"
#include "sim/interval.h"

#define PERCENT 100.0
#define PER_MILLION (1.0 / TOK_PER_MTOK)

static double half_95(const struct case_result *result, int metric)
{
    return floe_t_quantile(0.5 + 0.5 * FLOE_INTERVAL_LEVEL, result->replications - 1.0) * result->outcome->se[metric];
}

int case_metric_holds(const struct case_result *result, int metric)
{
    if (result->is_schedule) return result->schedule->metric[metric].holds;
    return fabs(case_z_of(result->setting, result->outcome, metric)) <= CASE_Z_MOST &&
           case_se_of(result->setting, result->outcome, metric) <= case_se_bound(result->setting);
}

static int n_metrics(const struct case_result *result)
{
    return result->is_schedule ? result->schedule->n_metrics : result->setting->n_metrics;
}

int case_holds(const struct case_result *result)
{
    int holds = result->reading == CASE_READY;
    for (int m = 0; holds && m < n_metrics(result); m++)
        holds = case_metric_holds(result, m);
    return holds;
}

/* ---- text ---- */

static void print_numbers(const double *numbers, int n)
{
    for (int i = 0; i < n; i++)
        printf(" %.10g", numbers[i]);
    if (n == 0) fputs(" none", stdout);
}

static void print_schedule(const struct case_result *result)
{
    for (int m = 0; m < result->schedule->n_metrics; m++) {
        const struct schedule_metric *metric = &result->schedule->metric[m];
        printf("  %-22s expected", metric->name);
        print_numbers(metric->want, metric->n_want);
        fputs("; got", stdout);
        print_numbers(metric->got, metric->n_got);
        puts(metric->holds ? "  exact" : "  NOT EQUAL");
    }
}

static void print_means(const struct case_result *result)
{
    const struct case_outcome *outcome = result->outcome;
    printf("  %u replications of %.0f customers, the first %.0f of each deleted besides; %.2f million in %.1f s\n",
           result->replications, result->customers, outcome->warmup_customers, (double)outcome->arrived * PER_MILLION,
           result->seconds);
    printf("  %-14s %15s %15s %12s %8s %12s %7s\n", "metric", "expected", "mean", "se", "se %", "95 % +-", "z");
    for (int m = 0; m < result->setting->n_metrics; m++) {
        const struct case_metric *metric = &result->setting->metric[m];
        printf("  %-14s %15.10g %15.10g %12.6g %8.3f %12.6g %+7.2f%s\n", metric->name, metric->want, outcome->mean[m],
               outcome->se[m], PERCENT * case_se_of(result->setting, outcome, m), half_95(result, m),
               case_z_of(result->setting, outcome, m), case_metric_holds(result, m) ? "" : "  DOES NOT HOLD");
    }
    printf("  |z| <= %.0f and se <= %.1f %% of the expected value%s; t with %u degrees of freedom\n", CASE_Z_MOST,
           PERCENT * case_se_bound(result->setting), case_holds(result) ? ": holds" : ": DOES NOT HOLD",
           result->replications - 1);
}

void case_print(const struct case_result *result)
{
    char name[KNOWN_TEXT + 16];
    known_case_name(result->row, name, sizeof name);
    printf("%s  %s; %s\n", name, result->row->model, result->row->parameters);
    if (result->reading == CASE_SKIPPED)
        printf("  skipped: %s\n", result->fault->what);
    else if (result->is_schedule)
        print_schedule(result);
    else
        print_means(result);
    if (result->row->source[0] != '\0') printf("  source: %s\n", result->row->source);
    fflush(stdout);
}

void case_print_list(const struct known_cases *cases)
{
    for (int i = 0; i < cases->n; i++) {
        static struct case_setting setting;
        struct known_fault fault = {0, "", ""};
        char name[KNOWN_TEXT + 16];
        const struct known_case *row = &cases->row[i];
        known_case_name(row, name, sizeof name);
        printf("%-7s %s; %s: %s\n", name, row->model, row->parameters, row->metric);
        if (case_not_built(row->model) == NULL) continue;
        if (case_station_read(row, &setting, &fault) == CASE_SKIPPED) printf("        skipped: %s\n", fault.what);
    }
    puts("\nfloe bench --case ID runs one; an id stands for all of its rows, all for every row.");
}

/* ---- JSON ---- */

cJSON *case_json_begin(const char *file)
{
    cJSON *document = cJSON_CreateObject();
    if (document != NULL && cJSON_AddStringToObject(document, "schema", "floe.cases/1") != NULL &&
        cJSON_AddStringToObject(document, "floe_version", FLOE_VERSION) != NULL &&
        (file != NULL ? cJSON_AddStringToObject(document, "file", file) : cJSON_AddNullToObject(document, "file")) !=
            NULL &&
        cJSON_AddArrayToObject(document, "cases") != NULL)
        return document;
    cJSON_Delete(document);
    return NULL;
}

static int add_numbers(cJSON *object, const char *name, const double *numbers, int n)
{
    cJSON *array = cJSON_CreateDoubleArray(numbers, n);
    return array != NULL && cJSON_AddItemToObject(object, name, array);
}

static int add_mean(cJSON *metric, const struct case_result *result, int m)
{
    const double se = result->outcome->se[m];
    return cJSON_AddStringToObject(metric, "name", result->setting->metric[m].name) != NULL &&
           cJSON_AddNumberToObject(metric, "expected", result->setting->metric[m].want) != NULL &&
           cJSON_AddNumberToObject(metric, "mean", result->outcome->mean[m]) != NULL &&
           cJSON_AddNumberToObject(metric, "se", se) != NULL &&
           cJSON_AddNumberToObject(metric, "se_share", case_se_of(result->setting, result->outcome, m)) != NULL &&
           cJSON_AddNumberToObject(metric, "half_95", half_95(result, m)) != NULL &&
           cJSON_AddNumberToObject(metric, "z", case_z_of(result->setting, result->outcome, m)) != NULL;
}

static int add_metrics(cJSON *object, const struct case_result *result)
{
    cJSON *metrics = cJSON_AddArrayToObject(object, "metrics");
    int good = metrics != NULL;
    for (int m = 0; good && m < n_metrics(result); m++) {
        cJSON *metric = cJSON_CreateObject();
        if (metric == NULL || !cJSON_AddItemToArray(metrics, metric)) return 0;
        if (result->is_schedule) {
            const struct schedule_metric *of = &result->schedule->metric[m];
            good = cJSON_AddStringToObject(metric, "name", of->name) != NULL &&
                   add_numbers(metric, "expected", of->want, of->n_want) &&
                   add_numbers(metric, "got", of->got, of->n_got);
        } else {
            good = add_mean(metric, result, m);
        }
        good &= cJSON_AddBoolToObject(metric, "holds", case_metric_holds(result, m)) != NULL;
    }
    return good;
}

static int add_run(cJSON *object, const struct case_result *result)
{
    return cJSON_AddNumberToObject(object, "replications", result->replications) != NULL &&
           cJSON_AddNumberToObject(object, "seed", (double)result->seed) != NULL &&
           cJSON_AddNumberToObject(object, "customers_per_replication", result->customers) != NULL &&
           cJSON_AddNumberToObject(object, "warmup_customers", result->outcome->warmup_customers) != NULL &&
           cJSON_AddNumberToObject(object, "customers", (double)result->outcome->arrived) != NULL &&
           cJSON_AddNumberToObject(object, "se_share_most", case_se_bound(result->setting)) != NULL &&
           cJSON_AddNumberToObject(object, "z_most", CASE_Z_MOST) != NULL &&
           cJSON_AddNumberToObject(object, "seconds", result->seconds) != NULL;
}

int case_json_add(cJSON *document, const struct case_result *result)
{
    const struct known_case *row = result->row;
    char name[KNOWN_TEXT + 16];
    cJSON *object = cJSON_CreateObject();
    known_case_name(row, name, sizeof name);
    if (object == NULL || !cJSON_AddItemToArray(cJSON_GetObjectItem(document, "cases"), object)) return 0;
    int good = cJSON_AddStringToObject(object, "case", name) != NULL &&
               cJSON_AddNumberToObject(object, "line", row->line) != NULL &&
               cJSON_AddStringToObject(object, "kind", row->kind) != NULL &&
               cJSON_AddStringToObject(object, "model", row->model) != NULL &&
               cJSON_AddStringToObject(object, "parameters", row->parameters) != NULL &&
               cJSON_AddStringToObject(object, "source", row->source) != NULL &&
               cJSON_AddStringToObject(object, "status", result->reading == CASE_READY ? "ran" : "skipped") != NULL;
    if (result->reading != CASE_READY) return good && cJSON_AddStringToObject(object, "reason", result->fault->what);
    good = good && cJSON_AddBoolToObject(object, "holds", case_holds(result)) != NULL;
    if (!result->is_schedule) good = good && add_run(object, result);
    return good && add_metrics(object, result);
}

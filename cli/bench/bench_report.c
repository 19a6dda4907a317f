/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/bench_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cli/disk.h"
#include "models/engine.h"
#include "models/units.h"
#include "sim/event.h"
#include "sim/fmath.h"

#define PER_MILLION (1.0 / TOK_PER_MTOK)

void bench_machine(char *text, size_t n)
{
    char line[256], name[128] = "unknown processor";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL) continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file != NULL) fclose(file);
    snprintf(text, n, "%s, %ld processors", name, sysconf(_SC_NPROCESSORS_ONLN));
}

/* ---- the table ---- */

void bench_print_heading(int rounds)
{
    char machine[200];
    const struct engine_path *path = engine_path_find(NULL);
    bench_machine(machine, sizeof machine);
    printf("%s; %s; floe %s, math profile %d\n", machine, path != NULL ? path->name : "-", FLOE_VERSION,
           FLOE_MATH_PROFILE);
    printf("medians of %d interleaved rounds; one core; millions per second\n\n", rounds);
    printf("%-33s %10s %9s %8s %8s %6s  %s\n", "", "requests/s", "events/s", "ns/event", "by hand", "ratio",
           "of the rounds");
    fflush(stdout);
}

void bench_print_row(const struct bench_figure *figure)
{
    const double ns = figure->events_per_s.median > 0 ? FLOE_NS_PER_S / figure->events_per_s.median : 0;
    printf("%-33s %10.2f %9.2f %8.1f", figure->name, figure->per_s.median * PER_MILLION,
           figure->events_per_s.median * PER_MILLION, ns);
    if (figure->beside != NULL)
        printf(" %8.2f %6.2f  %.2f .. %.2f", figure->beside_per_s.median * PER_MILLION, figure->ratio.median,
               figure->ratio.lowest, figure->ratio.highest);
    else
        printf(" %8s %6s  %.2f .. %.2f requests/s", "-", "-", figure->per_s.lowest * PER_MILLION,
               figure->per_s.highest * PER_MILLION);
    putchar('\n');
    fflush(stdout);
}

void bench_print_footing(void)
{
    puts("\nrequests: customers, calls, or holds (a pop and a push). events: taken from the event queue, counted.\n"
         "by hand: the same without event queue (M/M/1, stations, route), on a binary heap (hold), on one thread.\n"
         "ratio: requests/s over those by hand, of one round; both sides found the same result.");
}

/* ---- JSON ---- */

static int add_spread(cJSON *object, const char *name, const struct bench_spread *spread)
{
    cJSON *member = cJSON_AddObjectToObject(object, name);
    return member != NULL && cJSON_AddNumberToObject(member, "median", spread->median) != NULL &&
           cJSON_AddNumberToObject(member, "lowest", spread->lowest) != NULL &&
           cJSON_AddNumberToObject(member, "highest", spread->highest) != NULL;
}

cJSON *bench_json_begin(int rounds)
{
    char machine[200];
    const struct engine_path *path = engine_path_find(NULL);
    cJSON *document = cJSON_CreateObject();
    bench_machine(machine, sizeof machine);
    if (document != NULL && cJSON_AddStringToObject(document, "schema", "floe.bench/1") != NULL &&
        cJSON_AddStringToObject(document, "floe_version", FLOE_VERSION) != NULL &&
        cJSON_AddNumberToObject(document, "math_profile", FLOE_MATH_PROFILE) != NULL &&
        cJSON_AddStringToObject(document, "machine", machine) != NULL &&
        cJSON_AddStringToObject(document, "path", path != NULL ? path->name : "") != NULL &&
        cJSON_AddNumberToObject(document, "rounds", rounds) != NULL && cJSON_AddArrayToObject(document, "rows") != NULL)
        return document;
    cJSON_Delete(document);
    return NULL;
}

int bench_json_row(cJSON *document, const struct bench_figure *figure)
{
    cJSON *row = cJSON_CreateObject();
    if (row == NULL || !cJSON_AddItemToArray(cJSON_GetObjectItem(document, "rows"), row)) return 0;
    int good = cJSON_AddStringToObject(row, "name", figure->name) != NULL &&
               cJSON_AddNumberToObject(row, "requests", (double)figure->requests) != NULL &&
               cJSON_AddNumberToObject(row, "executed_events", (double)figure->events) != NULL &&
               add_spread(row, "requests_per_s", &figure->per_s) &&
               add_spread(row, "executed_events_per_s", &figure->events_per_s);
    if (figure->beside == NULL) return good && cJSON_AddNullToObject(row, "beside") != NULL;
    cJSON *beside = cJSON_AddObjectToObject(row, "beside");
    return good && beside != NULL && cJSON_AddStringToObject(beside, "name", figure->beside) != NULL &&
           add_spread(beside, "requests_per_s", &figure->beside_per_s) && add_spread(row, "ratio", &figure->ratio);
}

enum floe_status bench_json_write(cJSON *document, const char *path)
{
    char *text = document != NULL ? cJSON_Print(document) : NULL;
    struct floe_text whole = {0};
    cJSON_Delete(document);
    if (text == NULL) {
        fputs("floe: out of memory\n", stderr);
        return FLOE_ENVIRONMENT;
    }
    floe_text_add(&whole, text);
    floe_text_add(&whole, "\n");
    cJSON_free(text);
    enum floe_status status = floe_text_status(&whole);
    if (status == FLOE_OK) status = disk_write(path, whole.bytes, whole.n);
    floe_text_free(&whole);
    return status;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/diff_side.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/import_files.h"
#include "cli/scenario_file.h"
#include "cli/study_run.h"
#include "cli/terminal.h"
#include "scenarios/read/civil.h"
#include "scenarios/read/names.h"

/* ---- FILE:VARIANT@PERIOD ---- */

static int is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static int take(char *to, size_t size, const char *from, size_t n)
{
    if (n >= size) return 0;
    memcpy(to, from, n);
    to[n] = '\0';
    return 1;
}

/* The longest beginning that is a file; what follows is read as written. */
static enum floe_status split(struct diff_side *side, char path[PATH_BYTES])
{
    const char *text = side->argument, *at = strrchr(text, '@'), *end = text + strlen(text), *missing = NULL;
    int fits = take(path, PATH_BYTES, text, strlen(text));
    if (fits && is_there(path)) return FLOE_OK;
    if (at != NULL) {
        fits &= take(side->period, sizeof side->period, at + 1, (size_t)(end - at) - 1);
        end = at;
        fits &= take(path, PATH_BYTES, text, (size_t)(end - text));
        if (side->period[0] == '\0') missing = "no period behind the @";
    }
    if (fits && !is_there(path)) {
        const char *colon = strrchr(path, ':');
        if (colon != NULL) {
            fits &= take(side->variant, sizeof side->variant, colon + 1, strlen(colon + 1));
            path[colon - path] = '\0';
            if (side->variant[0] == '\0') missing = "no variant behind the :";
        }
    }
    if (fits && is_there(path) && missing == NULL) return FLOE_OK;
    if (!fits)
        fprintf(stderr, "floe: %.200s...: a name is too long\n", text);
    else if (is_there(path))
        fprintf(stderr, "floe: %s: %s\n", text, missing);
    else
        fprintf(stderr, "floe: %s: no such file\n", path);
    fputs("hint: FILE, FILE@PERIOD, FILE:VARIANT or FILE:VARIANT@PERIOD\n", stderr);
    return FLOE_BAD_INPUT;
}

static int is_scenario(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0);
}

/* ---- periods ---- */

static int month_of(const char *text, int64_t *from_at_s, int64_t *to_at_s)
{
    int32_t year, month;
    char rest;
    if (strlen(text) != 7 || text[4] != '-' || sscanf(text, "%4d-%2d%c", &year, &month, &rest) != 2) return 0;
    if (year < CALENDAR_YEAR_FIRST || year > CALENDAR_YEAR_LAST || month < 1 || month > 12) return 0;
    const struct calendar_date first = {year, month, 1};
    *from_at_s = calendar_at_s(first);
    *to_at_s = *from_at_s + (int64_t)calendar_days_in_month(year, month) * S_PER_DAY;
    return 1;
}

int diff_period(const char *text, int64_t *from_at_s, int64_t *to_at_s, char why[200])
{
    const char *dots = strstr(text, "..");
    const size_t n = dots != NULL ? (size_t)(dots - text) : strlen(text);
    struct civil_instant from, to;
    if (month_of(text, from_at_s, to_at_s)) return 1;
    const char *wrong = civil_parse(text, n, &from);
    if (wrong == NULL && dots != NULL) wrong = civil_parse(dots + 2, strlen(dots + 2), &to);
    if (wrong == NULL && dots == NULL && !from.is_date) wrong = "an instant is no period";
    snprintf(why, 200, "%s", wrong != NULL ? wrong : "");
    if (wrong != NULL) return 0;
    *from_at_s = from.at_s;
    *to_at_s = dots != NULL ? to.at_s : from.at_s + S_PER_DAY;
    if (*from_at_s < *to_at_s) return 1;
    snprintf(why, 200, "it ends before it begins, or has no length");
    return 0;
}

static enum floe_status wrong_period(const struct diff_side *side, const char *why)
{
    fprintf(stderr, "floe: %s: the period '%s': %s\n", side->argument, side->period, why);
    fputs("hint: a day 2026-03-17, a month 2026-03, or 2026-03-01..2026-04-01\n", stderr);
    return FLOE_BAD_INPUT;
}

static void say_instants(int64_t from_at_s, int64_t to_at_s)
{
    char from[CIVIL_INSTANT_BYTES], to[CIVIL_INSTANT_BYTES];
    civil_format(from_at_s, 0, from);
    civil_format(to_at_s, 0, to);
    fprintf(stderr, "%s to %s", from, to);
}

/* ---- scenarios ---- */

static enum floe_status find_variant(struct diff_side *side)
{
    const struct study *study = &side->source->document->study;
    struct suggestions suggestions = suggestions_begin(side->variant);
    char hint[300];
    side->study_variant = side->variant[0] == '\0' ? 0 : study_variant_find(study, side->variant);
    if (side->study_variant >= 0) return FLOE_OK;
    fprintf(stderr, "floe: %s has no variant '%s'\n", side->source->path, side->variant);
    for (int32_t v = 0; v < study->n_variants; v++)
        suggestions_consider(&suggestions, study->variants[v].name);
    if (suggestions_text(&suggestions, hint, sizeof hint)) {
        fprintf(stderr, "hint: %s\n", hint);
        return FLOE_BAD_INPUT;
    }
    fputs("hint: there is", stderr);
    for (int32_t v = 0; v < study->n_variants; v++)
        fprintf(stderr, "%s %s", v > 0 ? "," : "", study->variants[v].name);
    fputc('\n', stderr);
    return FLOE_BAD_INPUT;
}

static void hint_windows(const struct scenario *scenario, const char *wanted)
{
    struct suggestions suggestions = suggestions_begin(wanted);
    char hint[300];
    for (int32_t i = 0; i < scenario->n_windows; i++)
        suggestions_consider(&suggestions, scenario->windows[i].name);
    if (suggestions_text(&suggestions, hint, sizeof hint)) {
        fprintf(stderr, "hint: %s\n", hint);
        return;
    }
    fputs("hint: a day such as 2026-03-17, a month, FROM..TO, or a window:", stderr);
    for (int32_t i = 0; i < scenario->n_windows; i++)
        fprintf(stderr, " %s", scenario->windows[i].name);
    fputs(scenario->n_windows == 0 ? " the scenario has none\n" : "\n", stderr);
}

static enum floe_status name_period(struct diff_side *side, const struct scenario *scenario)
{
    char why[200];
    for (int32_t i = 0; i < scenario->n_windows; i++)
        if (strcmp(scenario->windows[i].name, side->period) == 0) {
            side->from_at_s = window_begins_at_s(&scenario->windows[i]);
            side->to_at_s = window_ends_at_s(&scenario->windows[i]);
            return FLOE_OK;
        }
    if (diff_period(side->period, &side->from_at_s, &side->to_at_s, why)) return FLOE_OK;
    fprintf(stderr, "floe: %s: no window '%s', and as a period: %s\n", side->argument, side->period, why);
    hint_windows(scenario, side->period);
    return FLOE_BAD_INPUT;
}

static int is_on_the_hour(int64_t at_s, int64_t first_at_s, int64_t last_at_s)
{
    return at_s % S_PER_HOUR == 0 || at_s == first_at_s || at_s == last_at_s;
}

static enum floe_status scenario_period(struct diff_side *side)
{
    const struct scenario *scenario = &side->source->document->scenario;
    const int64_t first = scenario->time.start_at_s + (int64_t)scenario->time.warmup_s;
    const int64_t last = scenario->time.start_at_s + (int64_t)scenario->time.horizon_s;
    side->from_at_s = first;
    side->to_at_s = last;
    if (side->period[0] == '\0' || strcmp(side->period, WINDOW_ALL) == 0) return FLOE_OK;
    const enum floe_status status = name_period(side, scenario);
    if (status != FLOE_OK) return status;
    if (side->from_at_s < first || side->to_at_s > last) {
        fprintf(stderr, "floe: %s: the period is ", side->argument);
        say_instants(side->from_at_s, side->to_at_s);
        fputs("; the scenario measures ", stderr);
        say_instants(first, last);
        fputc('\n', stderr);
        return FLOE_BAD_INPUT;
    }
    if (is_on_the_hour(side->from_at_s, first, last) && is_on_the_hour(side->to_at_s, first, last)) return FLOE_OK;
    fprintf(stderr, "floe: %s: the period is ", side->argument);
    say_instants(side->from_at_s, side->to_at_s);
    fputs(
        ", and usage is kept by the clock hour\nhint: whole hours, for example @2026-03-18T03:00Z..2026-03-18T06:00Z\n",
        stderr);
    return FLOE_BAD_INPUT;
}

static enum floe_status scenario_route(const struct options *options, const struct diff_source *source, int32_t *route)
{
    const struct scenario *scenario = &source->document->scenario;
    *route = -1;
    for (int32_t r = 0; r < scenario->n_routes; r++)
        if (options->route != NULL && strcmp(scenario->routes[r].name, options->route) == 0) *route = r;
    if (scenario->n_routes == 1 && options->route == NULL) *route = 0;
    if (*route >= 0) return FLOE_OK;
    if (options->route == NULL)
        fprintf(stderr, "floe: %s has %d routes; which one?\nhint: --route NAME:", source->path,
                (int)scenario->n_routes);
    else
        fprintf(stderr, "floe: %s has no route '%s'\nhint: there is", source->path, options->route);
    for (int32_t r = 0; r < scenario->n_routes; r++)
        fprintf(stderr, " %s", scenario->routes[r].name);
    fputc('\n', stderr);
    return FLOE_BAD_INPUT;
}

enum floe_status diff_run(const struct options *options, const char *file, const struct floe_document *document,
                          const int32_t *variants, int32_t n, struct result *result)
{
    struct timeline timelines[WATERFALL_SIDES];
    struct plan_fault fault = {"", ""};
    struct floe_pool pool;
    const struct run_options run = study_run_options(options);
    for (int32_t i = 0; i < n; i++)
        timelines[i] = timeline_of_variant(&document->study, variants[i]);
    enum floe_status status = study_pool(options, &pool);
    if (status != FLOE_OK) return status;
    status = floe_run(timelines, n, &document->traces, &run, &pool, result, &fault);
    terminal_progress_end();
    return status == FLOE_OK ? FLOE_OK : study_say_fault(status, file, &fault);
}

/* Both sides of one file are simulated together. */
static enum floe_status simulate(const struct options *options, struct diff_sides *sides, struct diff_source *source)
{
    int32_t variants[WATERFALL_SIDES], n = 0;
    for (int s = 0; s < WATERFALL_SIDES; s++)
        if (sides->sides[s].source == source && (n == 0 || variants[0] != sides->sides[s].study_variant))
            variants[n++] = sides->sides[s].study_variant;
    const enum floe_status status = diff_run(options, source->path, source->document, variants, n, &source->result);
    source->has_result = status == FLOE_OK;
    return status;
}

static enum floe_status scenario_facts(const struct options *options, struct diff_side *side)
{
    const struct diff_source *source = side->source;
    const char *variant = source->document->study.variants[side->study_variant].name;
    int32_t v = 0, route;
    enum floe_status status = scenario_route(options, source, &route);
    while (status == FLOE_OK && strcmp(source->result.variants[v], variant) != 0)
        v++;
    if (status == FLOE_OK)
        status = facts_of_result(&source->result, v, route, side->from_at_s, side->to_at_s, &side->facts);
    if (status != FLOE_OK) return status;
    snprintf(side->what, sizeof side->what, "%s%s%sroute %s", source->document->study.n_variants > 1 ? "variant " : "",
             source->document->study.n_variants > 1 ? variant : "", source->document->study.n_variants > 1 ? ", " : "",
             source->document->scenario.routes[route].name);
    return FLOE_OK;
}

/* ---- tables ---- */

/* The one function that knows how a table is read. */
static enum floe_status read_table(const struct options *options, struct diff_source *source)
{
    const char *files[] = {source->path};
    facts_init(&source->facts);
    const enum floe_status status = import_files(options, files, 1, &source->facts, &source->report);
    if (status != FLOE_OK) return status == FLOE_CANCELLED ? FLOE_ENVIRONMENT : status;
    if (source->facts.n > 0) return FLOE_OK;
    fprintf(stderr, "floe: %s has no usage (%lld rows read)\nhint: floe import %s says why rows were left out\n",
            source->path, (long long)source->report.rows_read, source->path);
    return FLOE_BAD_INPUT;
}

static enum floe_status table_period(struct diff_side *side)
{
    char why[200];
    facts_span(&side->source->facts, &side->from_at_s, &side->to_at_s);
    if (side->period[0] == '\0') return FLOE_OK;
    return diff_period(side->period, &side->from_at_s, &side->to_at_s, why) ? FLOE_OK : wrong_period(side, why);
}

/* Simulated tables hold several variants and routes of the same demand; one of each is a side. */
static enum floe_status only_one(const struct diff_side *side, const char *what, const char *one, const char *other,
                                 const char *hint)
{
    fprintf(stderr, "floe: %s holds several %ss (%s, %s); which one?\nhint: %s\n", side->source->path, what, one, other,
            hint);
    return FLOE_BAD_INPUT;
}

struct chosen {
    int32_t variant, route; /* -1: any */
};

static enum floe_status choose(const struct options *options, const struct diff_side *side, struct chosen *chosen)
{
    const struct facts *facts = &side->source->facts;
    chosen->variant = side->variant[0] != '\0' ? facts_text_find(facts, side->variant) : -1;
    if (side->variant[0] != '\0' && chosen->variant < 0) {
        fprintf(stderr, "floe: %s has no variant '%s'\n", side->source->path, side->variant);
        return FLOE_BAD_INPUT;
    }
    chosen->route = options->route != NULL ? facts_text_find(facts, options->route) : -1;
    for (int64_t i = 0; i < facts->n; i++) {
        const struct fact *f = &facts->items[i];
        if (f->variant <= 0) continue; /* no simulation */
        if (chosen->variant < 0) chosen->variant = f->variant;
        if (f->variant != chosen->variant && side->variant[0] == '\0')
            return only_one(side, "variant", facts_text_of(facts, chosen->variant), facts_text_of(facts, f->variant),
                            "FILE:VARIANT");
        if (chosen->route < 0) chosen->route = f->route;
        if (f->route != chosen->route && f->route > 0 && options->route == NULL)
            return only_one(side, "route", facts_text_of(facts, chosen->route), facts_text_of(facts, f->route),
                            "--route NAME");
    }
    return FLOE_OK;
}

static int32_t copied(const struct facts *from, struct facts *to, int32_t text)
{
    const char *s = facts_text_of(from, text);
    return facts_text(to, s, strlen(s));
}

static enum floe_status copy_fact(const struct facts *from, const struct fact *fact, struct facts *to)
{
    struct fact copy = *fact;
    copy.workload = copied(from, to, fact->workload);
    copy.consumer = copied(from, to, fact->consumer);
    copy.key = copied(from, to, fact->key);
    copy.route = copied(from, to, fact->route);
    copy.variant = copied(from, to, fact->variant);
    copy.model = copied(from, to, fact->model);
    copy.service_tier = copied(from, to, fact->service_tier);
    if (copy.workload < 0 || copy.consumer < 0 || copy.key < 0 || copy.route < 0 || copy.variant < 0 ||
        copy.model < 0 || copy.service_tier < 0)
        return FLOE_ENVIRONMENT;
    return facts_add(to, &copy);
}

static enum floe_status no_rows(const struct diff_side *side)
{
    int64_t from_at_s, to_at_s;
    facts_span(&side->source->facts, &from_at_s, &to_at_s);
    fprintf(stderr, "floe: %s has no usage in ", side->source->path);
    say_instants(side->from_at_s, side->to_at_s);
    fputs("\nhint: its usage is of ", stderr);
    say_instants(from_at_s, to_at_s);
    fputc('\n', stderr);
    return FLOE_BAD_INPUT;
}

static enum floe_status table_facts(const struct options *options, struct diff_side *side)
{
    const struct facts *facts = &side->source->facts;
    struct chosen chosen = {0, 0};
    enum floe_status status = choose(options, side, &chosen);
    for (int64_t i = 0; i < facts->n && status == FLOE_OK; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->from_at_s < side->from_at_s || fact->from_at_s >= side->to_at_s) continue;
        if (chosen.variant > 0 && fact->variant != chosen.variant) continue;
        if (chosen.route > 0 && fact->route != chosen.route) continue;
        if (fact->to_at_s > side->to_at_s) {
            fprintf(stderr, "floe: %s: a row of ", side->argument);
            say_instants(fact->from_at_s, fact->to_at_s);
            fputs(" reaches beyond the period\nhint: take the period from whole rows, or import a finer export\n",
                  stderr);
            return FLOE_BAD_INPUT;
        }
        status = copy_fact(facts, fact, &side->facts);
    }
    if (status == FLOE_OK && side->facts.n == 0) status = no_rows(side);
    if (chosen.variant > 0)
        snprintf(side->what, sizeof side->what, "variant %s%s%s", facts_text_of(facts, chosen.variant),
                 chosen.route > 0 ? ", route " : "", chosen.route > 0 ? facts_text_of(facts, chosen.route) : "");
    return status;
}

/* ---- both ---- */

static enum floe_status open_source(const struct options *options, struct diff_sides *sides, int s)
{
    char path[PATH_BYTES];
    struct diff_side *side = &sides->sides[s];
    side->argument = options->files[s];
    facts_init(&side->facts);
    enum floe_status status = split(side, path);
    if (status != FLOE_OK) return status;
    if (s == 1 && strcmp(path, sides->sources[0].path) == 0) {
        side->source = &sides->sources[0];
        return FLOE_OK;
    }
    struct diff_source *source = &sides->sources[s];
    side->source = source;
    memcpy(source->path, path, sizeof path);
    source->is_scenario = is_scenario(path);
    return source->is_scenario ? scenario_file_read_named(options, source->path, &source->document)
                               : read_table(options, source);
}

/* Everything that can be wrong is said before a simulation begins. */
static enum floe_status check_side(const struct options *options, struct diff_side *side)
{
    int32_t route;
    if (!side->source->is_scenario) return table_period(side);
    enum floe_status status = find_variant(side);
    if (status == FLOE_OK) status = scenario_period(side);
    return status == FLOE_OK ? scenario_route(options, side->source, &route) : status;
}

static enum floe_status side_facts(const struct options *options, struct diff_sides *sides, struct diff_side *side)
{
    if (!side->source->is_scenario) return table_facts(options, side);
    if (!side->source->has_result) {
        const enum floe_status status = simulate(options, sides, side->source);
        if (status != FLOE_OK) return status;
    }
    return scenario_facts(options, side);
}

static void format_length(int64_t length_s, char to[60])
{
    if (length_s % S_PER_DAY == 0)
        snprintf(to, 60, "%lld d", (long long)(length_s / S_PER_DAY));
    else
        snprintf(to, 60, "%.6g h", (double)length_s / S_PER_HOUR);
}

static enum floe_status check_lengths(const struct options *options, const struct diff_sides *sides)
{
    const struct diff_side *a = &sides->sides[0], *b = &sides->sides[1];
    const int64_t a_s = a->to_at_s - a->from_at_s, b_s = b->to_at_s - b->from_at_s;
    char a_text[60], b_text[60];
    if (a_s == b_s || options->is_normalize) return FLOE_OK;
    format_length(a_s, a_text);
    format_length(b_s, b_text);
    fprintf(stderr, "floe: the periods differ in length: A is %s (", a_text);
    say_instants(a->from_at_s, a->to_at_s);
    fprintf(stderr, "), B is %s (", b_text);
    say_instants(b->from_at_s, b->to_at_s);
    fputs(")\nhint: name a period behind each file (FILE@2026-03), or compare per day with --normalize\n", stderr);
    return FLOE_BAD_INPUT;
}

static const char *currency_of(const struct diff_source *source)
{
    return source->is_scenario || source->report.currency[0] == '\0' ? "USD" : source->report.currency;
}

static enum floe_status check_pair(const struct options *options, const struct diff_sides *sides)
{
    const struct diff_source *a = sides->sides[0].source, *b = sides->sides[1].source;
    if (strcmp(currency_of(a), currency_of(b)) != 0) {
        fprintf(stderr, "floe: A is in %s, B is in %s: currencies are not compared\nhint: convert the amounts before\n",
                currency_of(a), currency_of(b));
        return FLOE_BAD_INPUT;
    }
    if (options->n_sets == 0 || a->is_scenario || b->is_scenario) return FLOE_OK;
    fputs("floe: --set changes a key of a scenario, and neither side is one\n", stderr);
    return FLOE_BAD_USAGE;
}

enum floe_status diff_sides_read(const struct options *options, enum floe_status (*check)(const struct diff_sides *),
                                 struct diff_sides *sides)
{
    enum floe_status status = FLOE_OK;
    for (int s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++)
        status = open_source(options, sides, s);
    for (int s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++)
        status = check_side(options, &sides->sides[s]);
    if (status == FLOE_OK) status = check_pair(options, sides);
    if (status == FLOE_OK) status = check_lengths(options, sides);
    if (status == FLOE_OK && check != NULL) status = check(sides);
    for (int s = 0; s < WATERFALL_SIDES && status == FLOE_OK; s++)
        status = side_facts(options, sides, &sides->sides[s]);
    return status;
}

void diff_sides_free(struct diff_sides *sides)
{
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        facts_free(&sides->sides[s].facts);
        facts_free(&sides->sources[s].facts);
        if (sides->sources[s].has_result) result_free(&sides->sources[s].result);
        if (sides->sources[s].document != NULL) floe_document_free(sides->sources[s].document);
    }
    memset(sides, 0, sizeof *sides);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/diff_changes.h"
#include "cli/diff_fail_if.h"
#include "cli/diff_side.h"
#include "cli/disk.h"
#include "cli/gnuplot.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

struct asked {
    struct waterfall_options waterfall;
    int by_change;
};

/* ---- what is asked ---- */

static enum floe_status bad_usage(const char *what, const char *value)
{
    fprintf(stderr, "floe: %s%s\n", what, value);
    return FLOE_BAD_USAGE;
}

static enum floe_status ask(const struct options *options, struct asked *asked)
{
    memset(asked, 0, sizeof *asked);
    asked->waterfall.is_per_day = options->is_normalize;
    if (options->n_files != 2)
        return bad_usage("diff takes two sides, A and B\nhint: floe diff FILE@before FILE@switch_day", "");
    if (options->metric != NULL && strcmp(options->metric, "lcpr") == 0)
        asked->waterfall.metric = WATERFALL_LCPR;
    else if (options->metric != NULL && strcmp(options->metric, "cost") != 0)
        return bad_usage("--metric takes cost or lcpr, not ", options->metric);
    if (options->by == NULL) return diff_fail_if_check(options);
    if (strcmp(options->by, "change") == 0)
        asked->by_change = 1;
    else
        for (int by = WATERFALL_BY_CONSUMER; by <= WATERFALL_BY_HOUR; by++)
            if (strcmp(options->by, waterfall_by_name((enum waterfall_by)by)) == 0)
                asked->waterfall.by = (enum waterfall_by)by;
    if (!asked->by_change && asked->waterfall.by == WATERFALL_BY_NOTHING)
        return bad_usage("--by takes consumer, workload, model, hour or change, not ", options->by);
    return diff_fail_if_check(options);
}

/* ---- the command that repeats it ---- */

static void add_option(struct floe_text *text, const char *name, const char *value)
{
    if (value == NULL) return;
    command_word(text, name);
    command_word(text, value);
}

static int has_scenario(const struct diff_sides *sides)
{
    return sides->sides[0].source->is_scenario || sides->sides[1].source->is_scenario;
}

static void write_command(const struct options *options, const struct diff_sides *sides, struct floe_text *text)
{
    command_word(text, options->program);
    command_word(text, "diff");
    for (int s = 0; s < WATERFALL_SIDES; s++)
        command_word(text, options->files[s]);
    add_option(text, "--metric", options->metric);
    add_option(text, "--by", options->by);
    if (options->is_normalize) command_word(text, "--normalize");
    add_option(text, "--route", options->route);
    for (int i = 0; i < options->n_sets; i++)
        add_option(text, "--set", options->sets[i]);
    add_option(text, "--format", options->format);
    add_option(text, "--rules", options->rules);
    add_option(text, "--prices", options->prices);
    if (!has_scenario(sides)) return;
    if (options->engine == ENGINE_HOURLY)
        add_option(text, "--engine", "hourly");
    else
        command_number(text, "--replications", options->replications);
    command_number(text, "--seed", options->seed);
}

static void write_how(const struct options *options, const struct diff_sides *sides, char how[100])
{
    how[0] = '\0';
    if (!has_scenario(sides)) return;
    if (options->engine == ENGINE_HOURLY)
        snprintf(how, 100, "hourly engine, seed %llu", (unsigned long long)options->seed);
    else
        snprintf(how, 100, "events engine, means of %u replications, seed %llu", options->replications,
                 (unsigned long long)options->seed);
}

/* ---- notes ---- */

enum { NOTES_MOST = 40 };

struct notes {
    char renamed[600];
    const char *items[NOTES_MOST];
    int n;
};

static void add_note(struct notes *notes, const char *text)
{
    for (int i = 0; i < notes->n; i++)
        if (strcmp(notes->items[i], text) == 0) return;
    if (notes->n < NOTES_MOST) notes->items[notes->n++] = text;
}

/* B calls its models as A does, where they are the same but for a prefix or a version. */
static enum floe_status align_models(struct diff_sides *sides, char *note, size_t size)
{
    int32_t from = 0, to = 0, n = 0;
    struct facts *b = &sides->sides[1].facts;
    const enum floe_status status = facts_align_models(b, &sides->sides[0].facts, &from, &to, &n);
    if (n > 0)
        snprintf(note, size, "B's %.200s is taken as A's %.200s%s", facts_text_of(b, from), facts_text_of(b, to),
                 n > 1 ? ", and so are others that are named alike" : "");
    return status;
}

static void collect_notes(const struct diff_sides *sides, struct notes *notes)
{
    notes->n = 0;
    if (notes->renamed[0] != '\0') add_note(notes, notes->renamed);
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        const struct diff_source *source = &sides->sources[s];
        for (int32_t i = 0; i < source->report.n_warnings; i++)
            if (strstr(source->report.warnings[i], "filter by variant") == NULL) /* a side is one of them */
                add_note(notes, source->report.warnings[i]);
        for (int32_t i = 0; source->has_result && i < source->result.n_warnings; i++)
            add_note(notes, source->result.warnings[i].text);
    }
}

/* ---- output ---- */

typedef enum floe_status writer(const struct waterfall *, const struct waterfall_about *, struct floe_text *);

static enum floe_status write_to(writer *write, const struct waterfall *w, const struct waterfall_about *about,
                                 const char *folder, const char *path)
{
    struct floe_text text = {0};
    enum floe_status status = write(w, about, &text);
    if (status != FLOE_OK)
        fputs("floe: out of memory\n", stderr);
    else
        status = folder != NULL ? disk_write_in(folder, path, &text) : disk_write(path, text.bytes, text.n);
    floe_text_free(&text);
    return status;
}

static enum floe_status write_folder(const char *folder, const struct waterfall *w, const struct waterfall_about *about)
{
    static const struct {
        const char *name;
        writer *write;
    } files[] = {{"diff.json", floe_write_waterfall_json},
                 {"diff.md", floe_write_waterfall_markdown},
                 {"diff.txt", floe_write_waterfall},
                 {"waterfall.csv", floe_write_waterfall_csv},
                 {"plot_waterfall.csv", floe_write_waterfall_plot},
                 {"plot_title.csv", floe_write_waterfall_title}};
    static const char *const figures[] = {"waterfall"};
    struct waterfall_about plain = *about;
    enum floe_status status = FLOE_OK;
    plain.is_coloured = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == FLOE_OK; i++)
        status = write_to(files[i].write, w, &plain, folder, files[i].name);
    return status == FLOE_OK ? gnuplot_draw_figures(folder, figures, 1) : status;
}

static int is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static enum floe_status write_all(const struct options *options, const struct waterfall *w,
                                  const struct waterfall_about *about)
{
    enum floe_status status = FLOE_OK;
    if (!options->is_quiet && !is_stdout(options->json) && !is_stdout(options->md))
        status = write_to(floe_write_waterfall, w, about, NULL, "-");
    if (status == FLOE_OK && options->json != NULL)
        status = write_to(floe_write_waterfall_json, w, about, NULL, options->json);
    if (status == FLOE_OK && options->md != NULL)
        status = write_to(floe_write_waterfall_markdown, w, about, NULL, options->md);
    return status == FLOE_OK && options->out != NULL ? write_folder(options->out, w, about) : status;
}

static enum floe_status prepare_outputs(const struct options *options, const struct diff_sides *sides)
{
    const char *const outputs[] = {options->json, options->md};
    const char *const inputs[] = {sides->sides[0].source->path, sides->sides[1].source->path, options->rules,
                                  options->prices};
    enum floe_status status = disk_check_outputs(outputs, 2, inputs, 4);
    if (status == FLOE_OK && options->out != NULL) status = disk_make_folder(options->out);
    return status;
}

/* ---- the verb ---- */

static enum floe_status compute(const struct diff_sides *sides, const struct asked *asked, struct waterfall *w)
{
    struct waterfall_side of[WATERFALL_SIDES];
    char why[WATERFALL_WHY_BYTES];
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        of[s].facts = &sides->sides[s].facts;
        of[s].from_at_s = sides->sides[s].from_at_s;
        of[s].to_at_s = sides->sides[s].to_at_s;
    }
    const enum floe_status status = waterfall_of(of, asked->waterfall, w, why);
    if (status == FLOE_BAD_INPUT)
        fprintf(stderr, "floe: %s\nhint: exports of usage count none; simulations and the result JSON of floe run do\n",
                why);
    if (status == FLOE_ENVIRONMENT) fputs("floe: out of memory\n", stderr);
    return status;
}

static enum floe_status report(const struct options *options, const struct diff_sides *sides, const struct asked *asked,
                               const struct waterfall *w, struct notes *notes)
{
    struct waterfall_about about;
    struct floe_text command = {0};
    char how[100];
    enum floe_status status = FLOE_OK;
    memset(&about, 0, sizeof about);
    for (int s = 0; s < WATERFALL_SIDES; s++) {
        const struct diff_side *side = &sides->sides[s];
        const struct waterfall_about_side of = {side->argument, side->what, side->from_at_s, side->to_at_s,
                                                &side->facts};
        about.sides[s] = of;
    }
    collect_notes(sides, notes);
    write_how(options, sides, how);
    write_command(options, sides, &command);
    about.how = how;
    about.notes = notes->items;
    about.n_notes = notes->n;
    about.repeat_by = command.bytes;
    about.n_changes = -1;
    about.is_coloured = terminal_has_colour();
    if (asked->by_change) status = diff_changes(options, sides, asked->waterfall.metric, w, &about);
    if (status == FLOE_OK) status = write_all(options, w, &about);
    floe_text_free(&command);
    return status;
}

static enum floe_status diff(const struct options *options, const struct asked *asked, struct diff_sides *sides)
{
    struct waterfall w;
    struct notes notes;
    memset(&notes, 0, sizeof notes);
    enum floe_status status = diff_sides_read(options, asked->by_change ? diff_changes_check : NULL, sides);
    if (status == FLOE_OK) status = prepare_outputs(options, sides);
    if (status == FLOE_OK) status = align_models(sides, notes.renamed, sizeof notes.renamed);
    if (status == FLOE_OK) status = compute(sides, asked, &w);
    if (status != FLOE_OK) return status;
    status = report(options, sides, asked, &w, &notes);
    if (status == FLOE_OK) status = diff_fail_if_evaluate(options, &w);
    waterfall_free(&w);
    return status;
}

enum floe_status verb_diff(const struct options *options)
{
    struct asked asked;
    enum floe_status status = ask(options, &asked);
    if (status != FLOE_OK) return status;
    struct diff_sides *sides = (struct diff_sides *)calloc(1, sizeof *sides);
    if (sides == NULL) return FLOE_ENVIRONMENT;
    status = diff(options, &asked, sides);
    diff_sides_free(sides);
    free(sides);
    return status;
}

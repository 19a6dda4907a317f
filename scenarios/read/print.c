/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * floe_document_print: the resolved scenario as YAML, by the same rows that read it. A value is printed when it is an
 * input; blocks, maps and lists when an input lies in them. Each input stands on its own line, with its evidence beside
 * it, so that nothing has to be known about the blocks around it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/digest.h"
#include "scenarios/read/reader.h"
#include "scenarios/read/value.h"

struct printer {
    struct wording out;
    const struct floe_document *document;
    const struct input **inputs; /* by path */
    char path[INPUT_PATH_BYTES];
    int indent;
    int has_dash; /* the next line begins an entry of a list: its dash stands in the indentation */
};

static size_t push(struct printer *p, const char *key)
{
    const size_t n = strlen(p->path);
    snprintf(p->path + n, sizeof p->path - n, "%s%s", n > 0 ? "." : "", key);
    return n;
}

/* The first input whose path is not before the text. */
static int32_t first_from(const struct printer *p, const char *path)
{
    int32_t low = 0, high = p->document->inputs.n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (strcmp(p->inputs[middle]->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct input *input_here(const struct printer *p)
{
    const int32_t i = first_from(p, p->path);
    return i < p->document->inputs.n && strcmp(p->inputs[i]->path, p->path) == 0 ? p->inputs[i] : NULL;
}

static int has_inputs_below(const struct printer *p)
{
    char prefix[INPUT_PATH_BYTES + 1];
    const int n = snprintf(prefix, sizeof prefix, "%s.", p->path);
    const int32_t i = first_from(p, prefix);
    return i < p->document->inputs.n && strncmp(p->inputs[i]->path, prefix, (size_t)n) == 0;
}

static void begin_line(struct printer *p, const char *key)
{
    const int dash = p->has_dash ? 2 : 0;
    wording_add(&p->out, "%*s%s", p->indent - dash, "", dash ? "- " : "");
    p->has_dash = 0;
    value_print_text(key, &p->out);
    wording_add(&p->out, ":");
}

/* -- one value -- */

static int is_preset_value(const struct input *input, const char *text)
{
    struct input preset;
    struct fault fault;
    struct wording out = {0};
    const struct param *row = input->row;
    const size_t value_end = row->offset + (row->size > sizeof(double) ? row->size : sizeof(double));
    const size_t size = (value_end > row->count_offset + 4 ? value_end : row->count_offset + 4) + 8;
    if (row->preset == PARAM_REQUIRED || row->preset[0] == '\0') return 0;
    char *scratch = (char *)calloc(1, size), *preset_text = NULL;
    int is_same = 0;
    memset(&preset, 0, sizeof preset);
    if (scratch != NULL && value_read(row, row->preset, scratch, &preset, &fault)) {
        value_print(row, scratch, &preset, &out);
        if (wording_finish(&out, &preset_text, NULL) == FLOE_OK) is_same = strcmp(preset_text, text) == 0;
    }
    free(preset_text);
    free(scratch);
    return is_same;
}

static void print_evidence(struct printer *p, const struct input *input)
{
    if (input->evidence != EVIDENCE_NONE) wording_add(&p->out, ", evidence: %s", evidence_names[input->evidence]);
    if (input->source[0] != '\0') {
        wording_add(&p->out, ", source: ");
        value_print_text(input->source, &p->out);
    }
    if (input->date[0] != '\0') wording_add(&p->out, ", date: %s", input->date);
}

/* The setting that the key reads, to be printed as it is written; NULL: none. Names of files and for people are printed
 * as what they are. */
static const char *setting_here(const struct printer *p, const struct param *row)
{
    const struct study *study = &p->document->study;
    for (int32_t i = 0; i < study->n_readers && (row->flags & PARAM_NOT_HASHED) == 0; i++)
        if (study->readers[i].is_base && strcmp(study->readers[i].path, p->path) == 0)
            return study->settings[study->readers[i].setting].name;
    return NULL;
}

static void print_leaf(struct printer *p, const struct param *row, const char *block)
{
    const struct input *input = input_here(p);
    struct wording value = {0};
    char *text;
    if (input == NULL) return;
    value_print(row, block, input, &value);
    if (wording_finish(&value, &text, NULL) != FLOE_OK) {
        p->out.has_failed = 1;
        return;
    }
    const char *setting = setting_here(p, row);
    begin_line(p, row->key);
    if (setting != NULL) {
        wording_add(&p->out, " {setting: ");
        value_print_text(setting, &p->out);
        wording_add(&p->out, "} # %s\n", text);
    } else if (input->evidence != EVIDENCE_NONE || input->source[0] != '\0' || input->date[0] != '\0') {
        wording_add(&p->out, " {value: %s", text);
        print_evidence(p, input);
        wording_add(&p->out, "}\n");
    } else {
        wording_add(&p->out, " %s%s\n", text, is_preset_value(input, text) ? " # preset" : "");
    }
    free(text);
}

/* -- blocks -- */

static void print_block(struct printer *p, const struct param_block *block, const char *at);

static void print_map(struct printer *p, const struct param *row, const char *block)
{
    const int32_t n = value_count(row, block);
    for (int32_t i = 0; i < n; i++) {
        const char *item = block + row->offset + (size_t)i * row->size;
        const size_t path = push(p, item);
        begin_line(p, item);
        wording_add(&p->out, "\n");
        p->indent += 2;
        print_block(p, row->block, item);
        p->indent -= 2;
        p->path[path] = '\0';
    }
}

static void print_list(struct printer *p, const struct param *row, const char *block)
{
    const int32_t n = value_count(row, block);
    for (int32_t i = 0; i < n; i++) {
        char index[16];
        snprintf(index, sizeof index, "%d", (int)i);
        const size_t path = push(p, index);
        p->indent += 2;
        p->has_dash = 1;
        print_block(p, row->block, block + row->offset + (size_t)i * row->size);
        p->indent -= 2;
        p->path[path] = '\0';
    }
}

static void print_row(struct printer *p, const struct param *row, const char *block)
{
    if (row->kind != PARAM_BLOCK && row->kind != PARAM_MAP && row->kind != PARAM_LIST) {
        print_leaf(p, row, block);
        return;
    }
    if (!has_inputs_below(p)) return;
    begin_line(p, row->key);
    wording_add(&p->out, "\n");
    p->indent += 2;
    if (row->kind == PARAM_BLOCK)
        print_block(p, row->block, block + row->offset);
    else if (row->kind == PARAM_MAP)
        print_map(p, row, block);
    else
        print_list(p, row, block);
    p->indent -= 2;
}

static void print_block(struct printer *p, const struct param_block *block, const char *at)
{
    for (int32_t i = 0; i < block->n_rows; i++) {
        const size_t path = push(p, block->rows[i].key);
        print_row(p, &block->rows[i], at);
        p->path[path] = '\0';
    }
}

/* -- what is no row -- */

static void print_name(struct printer *p, const char *key, const char *name)
{
    if (name[0] == '\0') return;
    wording_add(&p->out, "%s: ", key);
    value_print_text(name, &p->out);
    wording_add(&p->out, ", ");
}

static void print_lesson(struct printer *p)
{
    const struct lesson *lesson = &p->document->lesson;
    if (lesson->number[0] == '\0' && lesson->question[0] == '\0') return;
    wording_add(&p->out, "lesson:\n");
    if (lesson->number[0] != '\0') {
        wording_add(&p->out, "  number: '");
        for (const char *at = lesson->number; *at != '\0'; at++)
            wording_add(&p->out, *at == '\'' ? "''" : "%c", *at);
        wording_add(&p->out, "'\n");
    }
    if (lesson->question[0] == '\0') return;
    wording_add(&p->out, "  question: ");
    value_print_text(lesson->question, &p->out);
    wording_add(&p->out, "\n");
}

static void print_expects(struct printer *p)
{
    const struct expects *expects = &p->document->expects;
    if (expects->n > 0) wording_add(&p->out, "expect:\n");
    for (int32_t i = 0; i < expects->n; i++) {
        const struct expect *e = &expects->items[i];
        wording_add(&p->out, "  - {");
        print_name(p, "workload", e->workload);
        print_name(p, "route", e->route);
        print_name(p, "variant", e->variant);
        print_name(p, "window", e->window);
        if (e->step > 0) wording_add(&p->out, "step: %d, ", (int)e->step);
        wording_add(&p->out, "%s: %s}\n", expect_metric_name(e), e->text);
    }
}

/* What changes and variants set has a second index of its file. */
static int is_named_before(const struct floe_document *d, int32_t file)
{
    for (int32_t i = 0; i < file; i++)
        if (strcmp(d->files[i], d->files[file]) == 0) return 1;
    return 0;
}

static void print_head(struct printer *p)
{
    const struct floe_document *d = p->document;
    char shown[PATH_BYTES];
    wording_add(&p->out, "# Resolved by floe from %s: templates, price book and --set are merged in.\n",
                wording_excerpt(d->name, shown, sizeof shown));
    for (int32_t i = 1; i < d->n_files; i++)
        if (!is_named_before(d, i))
            wording_add(&p->out, "#   with %s\n", wording_excerpt(d->files[i], shown, sizeof shown));
    wording_add(&p->out, "# `# preset` marks a value that is the preset. Digest %016llx.\n",
                (unsigned long long)d->digest);
}

enum floe_status floe_document_print(const struct floe_document *document, char **text, size_t *n)
{
    struct printer p;
    memset(&p, 0, sizeof p);
    p.document = document;
    p.inputs = inputs_by_path(&document->inputs);
    if (p.inputs == NULL) {
        *text = NULL;
        return document->inputs.n == 0 ? FLOE_BAD_INPUT : FLOE_ENVIRONMENT;
    }
    print_head(&p);
    print_block(&p, &scenario_block, (const char *)&document->study.scenarios[0]);
    if (document->study_text != NULL) wording_add(&p.out, "%s", document->study_text);
    print_lesson(&p);
    print_expects(&p);
    study_print_phases(document, &p.out);
    free(p.inputs);
    return wording_finish(&p.out, text, n);
}

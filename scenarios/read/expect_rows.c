/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/expect_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/decimal.h"
#include "scenarios/read/names.h"
#include "scenarios/read/quantity.h"
#include "scenarios/read/wording.h"

#define STEP_KEY "step"
#define TASK_STEP_KEY "task_step"

struct expecting {
    struct reading *reading;
    const struct scenario *scenario;
    const struct study *study;
    struct expects *expects;
};

/* -- values -- */

static int number_at(const char **at, double *value, double *half_digit)
{
    struct decimal d;
    while (**at == ' ')
        (*at)++;
    const int n = decimal_scan(*at, &d);
    if (n <= 0 || decimal_value(&d, 0, value) != DECIMAL_FITS) return 0;
    const struct decimal five = {0, d.exponent - 1, 1, "5"};
    decimal_value(&five, 0, half_digit);
    if (*value == 0) *half_digit = 0; /* nothing is nothing: 0 has no digits to be rounded to */
    *at += n;
    return 1;
}

static int read_text(const char *text, struct expect *out, struct fault *fault)
{
    double half, ignored;
    char shown[64];
    const char *at = text;
    wording_excerpt(text, shown, sizeof shown);
    if (!number_at(&at, &out->low, &half)) return fault_what(fault, "'%s' is not a number", shown);
    out->high = out->low + half;
    out->low -= half;
    if (*at == '\0') return 1;
    if (strncmp(at, " to ", 4) != 0)
        return fault_what(fault, "'%s' is neither a number nor `a to b`: expected values carry no unit", shown);
    out->low += half;
    at += 4;
    if (!number_at(&at, &out->high, &ignored) || *at != '\0' || !(out->low <= out->high))
        return fault_what(fault, "'%s' is no range from a smaller to a larger number", shown);
    return 1;
}

/* {value: 5.00, within: 1%} */
static int read_within(const struct node *map, struct expect *out, struct fault *fault)
{
    const struct node *value = tree_find(map, "value"), *within = tree_find(map, "within");
    struct quantity share;
    double middle, half;
    if (map->n != 2 || value == NULL || within == NULL || value->kind != NODE_SCALAR || within->kind != NODE_SCALAR)
        return fault_what(fault, "an expected value is a number, `a to b`, or {value: 5.00, within: 1%%}");
    const char *at = value->text;
    if (!number_at(&at, &middle, &half) || *at != '\0') return fault_what(fault, "`value` is not a number");
    if (!quantity_read(within->text, UNIT_SHARE, &share, fault)) return 0;
    if (share.law != LAW_POINT || share.value < 0) return fault_what(fault, "`within` is one share of at least 0%%");
    out->low = middle - fabs(middle) * share.value;
    out->high = middle + fabs(middle) * share.value;
    return 1;
}

static int read_value(const struct node *node, struct expect *out, struct fault *fault)
{
    int n;
    if (node->kind == NODE_SCALAR) {
        n = snprintf(out->text, sizeof out->text, "%s", node->text);
        return n >= (int)sizeof out->text ? fault_what(fault, "the expected value is too long")
                                          : read_text(node->text, out, fault);
    }
    if (!read_within(node, out, fault)) return 0;
    n = snprintf(out->text, sizeof out->text, "{value: %s, within: %s}", tree_find(node, "value")->text,
                 tree_find(node, "within")->text);
    return n < (int)sizeof out->text || fault_what(fault, "the expected value is too long");
}

/* -- which cells -- */

static const char *name_of(const struct expecting *e, int which, int32_t i)
{
    const struct scenario *s = e->scenario;
    switch (which) {
    case 0: return i < s->n_workloads ? s->workloads[i].name : NULL;
    case 1: return i < s->n_routes ? s->routes[i].name : NULL;
    case 2: return i < e->study->n_variants ? e->study->variants[i].name : NULL;
    default: return i < s->n_windows ? s->windows[i].name : i == s->n_windows ? WINDOW_ALL : NULL;
    }
}

static const char *const cell_keys[] = {"workload", "route", "variant", "window"};
#define CELL_KEYS 4

static int cell_key(const char *key)
{
    int which = 0;
    while (which < CELL_KEYS && strcmp(cell_keys[which], key) != 0)
        which++;
    return which;
}

static int check_name(struct expecting *e, int which, const struct node *node)
{
    static const char *const maps[CELL_KEYS] = {"workloads", "routes", "variants", "windows"};
    struct suggestions suggestions = suggestions_begin(node->kind == NODE_SCALAR ? node->text : "");
    char hint[MESSAGE_BYTES], shown[64], key[32];
    const char *name;
    for (int32_t i = 0; node->kind == NODE_SCALAR && (name = name_of(e, which, i)) != NULL; i++) {
        if (strcmp(name, node->text) == 0) return 1;
        suggestions_consider(&suggestions, name);
    }
    if (which < CELL_KEYS && reading_has_told(e->reading, maps[which])) return 1; /* what is in it is not known */
    suggestions_text(&suggestions, hint, sizeof hint);
    snprintf(key, sizeof key, "expect.%s", cell_keys[which]);
    return reading_error(e->reading, node->mark, key, hint, "the scenario has no %s '%s'", cell_keys[which],
                         node->kind == NODE_SCALAR ? wording_excerpt(node->text, shown, sizeof shown) : "[...]");
}

static int read_cell(struct expecting *e, const struct node *row, struct expect *out)
{
    char *const texts[CELL_KEYS] = {out->workload, out->route, out->variant, out->window};
    const int has_names = e->study->n_variants > 1 || strcmp(e->study->variants[0].name, VARIANT_BASE) != 0;
    snprintf(out->variant, NAME_BYTES, "%s", has_names ? "" : VARIANT_BASE);
    snprintf(out->window, NAME_BYTES, "%s", WINDOW_ALL);
    for (int32_t i = 0; i < row->n; i++) {
        const int which = cell_key(row->entries[i].key);
        if (which == CELL_KEYS) continue;
        if (!check_name(e, which, row->entries[i].value)) return 0;
        snprintf(texts[which], NAME_BYTES, "%s", row->entries[i].value->text);
    }
    return 1;
}

static int has_task_step(const struct scenario *s, const char *name)
{
    for (int32_t w = 0; w < s->n_workloads; w++)
        for (int32_t j = 0; j < s->workloads[w].n_task_steps; j++)
            if (strcmp(s->workloads[w].task[j].name, name) == 0) return 1;
    return 0;
}

/* `task_step: plan`: of the task's graph, the first step of its chain unless `step` says otherwise. */
static int read_task_step(struct expecting *e, const struct node *row, struct expect *out)
{
    const struct node *node = tree_find(row, TASK_STEP_KEY);
    char shown[64];
    if (node == NULL) return 1;
    if (node->kind != NODE_SCALAR || !has_task_step(e->scenario, node->text))
        return reading_error(e->reading, node->mark, "expect.task_step", "a name below workloads.NAME.task",
                             "no task has a step '%s'",
                             node->kind == NODE_SCALAR ? wording_excerpt(node->text, shown, sizeof shown) : "");
    snprintf(out->task_step, NAME_BYTES, "%s", node->text);
    out->step = 1;
    return 1;
}

/* `step: 2`: the second of the chain. */
static int read_step(struct expecting *e, const struct node *row, struct expect *out)
{
    const struct node *node = tree_find(row, STEP_KEY);
    if (!read_task_step(e, row, out)) return 0;
    if (node == NULL) return 1;
    const int is_digit = node->kind == NODE_SCALAR && strlen(node->text) == 1;
    out->step = is_digit ? node->text[0] - '0' : 0;
    if (out->step >= 1 && out->step <= CHAIN_STEPS_MOST) return 1;
    return reading_error(e->reading, node->mark, "expect.step", "1 is the first step",
                         "`step` is the place in the chain, from 1 to %d", CHAIN_STEPS_MOST);
}

static int is_metric_key(const char *key)
{
    return cell_key(key) == CELL_KEYS && strcmp(key, STEP_KEY) != 0 && strcmp(key, TASK_STEP_KEY) != 0;
}

/* -- rows -- */

static void add(struct expecting *e, const struct expect *expect)
{
    struct expects *all = e->expects;
    if (all->n == all->capacity) {
        const int32_t capacity = all->capacity * 2 + 8;
        struct expect *items = (struct expect *)realloc(all->items, (size_t)capacity * sizeof *items);
        if (items == NULL) {
            reading_no_memory(e->reading);
            return;
        }
        all->items = items;
        all->capacity = capacity;
    }
    all->items[all->n++] = *expect;
}

static void unknown_metric(struct expecting *e, const struct entry *entry, int is_of_step)
{
    struct suggestions suggestions = suggestions_begin(entry->key);
    char hint[MESSAGE_BYTES], shown[64];
    suggestions_consider(&suggestions, "cost_usd");
    for (int i = 0; i < METRIC_N && !is_of_step; i++)
        suggestions_consider(&suggestions, metric_rows[i].name);
    for (int i = 0; i < STEP_N && is_of_step; i++)
        suggestions_consider(&suggestions, step_metric_names[i]);
    for (int i = 0; i < CELL_KEYS; i++)
        suggestions_consider(&suggestions, cell_keys[i]);
    suggestions_consider(&suggestions, STEP_KEY);
    suggestions_consider(&suggestions, TASK_STEP_KEY);
    if (!suggestions_text(&suggestions, hint, sizeof hint))
        snprintf(hint, sizeof hint,
                 "known: workload, route, variant, window, step and the result's numbers: tasks, calls, invocations, "
                 "cost_usd, ...");
    reading_error(e->reading, entry->mark, "expect", hint, "unknown metric '%s'%s",
                  wording_excerpt(entry->key, shown, sizeof shown), is_of_step ? " of a chain step" : "");
}

static void read_metric(struct expecting *e, const struct entry *entry, struct expect expect)
{
    struct fault fault = {"", ""};
    if (expect.step > 0 ? !step_metric_find(entry->key, &expect.step_metric)
                        : !metric_find(entry->key, &expect.metric)) {
        unknown_metric(e, entry, expect.step > 0);
        return;
    }
    snprintf(expect.file, sizeof expect.file, "%s", reading_name(e->reading, entry->value->mark.file));
    expect.line = entry->value->mark.line;
    expect.column = entry->value->mark.column;
    if (read_value(entry->value, &expect, &fault))
        add(e, &expect);
    else
        reading_error(e->reading, entry->value->mark, "expect", fault.hint, "`%s`: %s", entry->key, fault.what);
}

static void read_row(struct expecting *e, const struct node *row)
{
    struct expect expect;
    int n_metrics = 0;
    memset(&expect, 0, sizeof expect);
    if (row->kind != NODE_MAP) {
        reading_error(e->reading, row->mark, "expect", "for example {window: before, invocations: 338}",
                      "an expect row is a map");
        return;
    }
    if (!read_cell(e, row, &expect) || !read_step(e, row, &expect)) return;
    for (int32_t i = 0; i < row->n; i++) {
        if (!is_metric_key(row->entries[i].key)) continue;
        read_metric(e, &row->entries[i], expect);
        n_metrics++;
    }
    if (n_metrics == 0)
        reading_error(e->reading, row->mark, "expect", "for example invocations: 338", "an expect row names no metric");
}

static void read_rows(struct expecting *e, const struct node *list)
{
    if (list == NULL) return;
    if (list->kind != NODE_LIST) {
        reading_error(e->reading, list->mark, "expect", "- {window: before, invocations: 338}",
                      "`expect` is a list of rows");
        return;
    }
    for (int32_t i = 0; i < list->n; i++)
        read_row(e, list->entries[i].value);
}

static void read_lesson_text(struct expecting *e, const struct entry *entry, char *out, size_t most)
{
    const struct node *node = entry->value;
    if (node->kind != NODE_SCALAR || strlen(node->text) >= most || strpbrk(node->text, "\n\r\t") != NULL)
        reading_error(e->reading, node->mark, "lesson", "", "`%s` is one line of at most %zu bytes", entry->key,
                      most - 1);
    else
        snprintf(out, most, "%s", node->text);
}

static void read_lesson(struct expecting *e, const struct node *map, struct lesson *lesson)
{
    char shown[64];
    if (map == NULL) return;
    if (map->kind != NODE_MAP) {
        reading_error(e->reading, map->mark, "lesson", "lesson: {number: 1, question: '...'}", "`lesson` is a map");
        return;
    }
    lesson->is_given = 1;
    for (int32_t i = 0; i < map->n; i++) {
        const struct entry *entry = &map->entries[i];
        if (strcmp(entry->key, "number") == 0)
            read_lesson_text(e, entry, lesson->number, sizeof lesson->number);
        else if (strcmp(entry->key, "question") == 0)
            read_lesson_text(e, entry, lesson->question, sizeof lesson->question);
        else if (strcmp(entry->key, "expect") == 0)
            read_rows(e, entry->value);
        else
            reading_error(e->reading, entry->mark, "lesson", "known keys: number, question, expect",
                          "unknown key '%s' in lesson", wording_excerpt(entry->key, shown, sizeof shown));
    }
}

void expect_rows_read(struct reading *reading, const struct node *root, const struct scenario *scenario,
                      const struct study *study, struct expects *expects, struct lesson *lesson)
{
    struct expecting e = {reading, scenario, study, expects};
    memset(lesson, 0, sizeof *lesson);
    read_lesson(&e, tree_find(root, "lesson"), lesson);
    read_rows(&e, tree_find(root, "expect"));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/calendar.h"
#include "scenarios/read/load.h"
#include "scenarios/read/names.h"

/* ---- matching ---- */

static int glob_one(const char *pattern, size_t p, const char *text, size_t n)
{
    size_t i = 0, j = 0, star = p, mark = 0;
    while (j < n) {
        if (i < p && pattern[i] == '*') {
            star = i++;
            mark = j;
        } else if (i < p && (pattern[i] == '?' || pattern[i] == text[j])) {
            i++;
            j++;
            while (pattern[i - 1] == '?' && j < n && ((unsigned char)text[j] & 0xc0) == 0x80)
                j++; /* ? is a letter, not a byte */
        } else if (star < p) {
            i = star + 1;
            j = ++mark;
        } else {
            return 0;
        }
    }
    while (i < p && pattern[i] == '*')
        i++;
    return i == p;
}

int import_glob(const char *pattern, const char *text, size_t n)
{
    for (;;) {
        const size_t length = strcspn(pattern, ",");
        if (glob_one(pattern, length, text, n)) return 1;
        if (pattern[length] == '\0') return 0;
        pattern += length + 1;
        pattern += strspn(pattern, " ");
    }
}

static int names_match(const char *pattern, struct import_text text)
{
    return pattern[0] == '\0' || import_glob(pattern, text.at == NULL ? "" : text.at, text.n);
}

static int tags_match(const struct import_rule *rule, const struct import_row *row)
{
    for (int32_t i = 0; i < rule->n_tags; i++) {
        int found = 0;
        for (int32_t j = 0; j < row->n_tags && !found; j++)
            found = row->tags[j].name.n == strlen(rule->tags[i].name) &&
                    memcmp(row->tags[j].name.at, rule->tags[i].name, row->tags[j].name.n) == 0 &&
                    import_glob(rule->tags[i].value, row->tags[j].value.at, row->tags[j].value.n);
        if (!found) return 0;
    }
    return 1;
}

static int has_day(const struct import_rule *rule, int64_t day)
{
    return rule->days == 0 || ((rule->days >> calendar_weekday(day * S_PER_DAY)) & 1);
}

/* Seconds of [from, to) that lie within the rule's hours on its days; the hours of a day belong to the day they begin. */
static int64_t seconds_within(const struct import_rule *rule, int64_t from_at_s, int64_t to_at_s)
{
    const int64_t first = calendar_floor_div(from_at_s, S_PER_DAY) - 1, last = calendar_floor_div(to_at_s, S_PER_DAY);
    const int64_t length_s = rule->to_s - rule->from_s + (rule->to_s <= rule->from_s ? S_PER_DAY : 0);
    int64_t within = 0;
    for (int64_t day = first; day <= last && day <= first + 400; day++) {
        if (!has_day(rule, day)) continue;
        const int64_t begin = day * S_PER_DAY + rule->from_s, end = begin + length_s;
        const int64_t a = begin > from_at_s ? begin : from_at_s, b = end < to_at_s ? end : to_at_s;
        if (b > a) within += b - a;
    }
    return within;
}

/* A moment by where it lies; a span by where at least half of it does. */
static int hours_match(const struct import_rule *rule, const struct import_row *row, struct rule_match *match)
{
    if (!rule->has_hours && rule->days == 0) return 1;
    const int64_t span_s = row->to_at_s - row->from_at_s;
    if (span_s <= 0) return seconds_within(rule, row->from_at_s, row->from_at_s + 1) > 0;
    const int64_t within_s = seconds_within(rule, row->from_at_s, row->to_at_s);
    if (within_s == span_s) return 1;
    if (within_s == 0) return 0;
    const int is_half = within_s * 2 >= span_s;
    if (is_half || span_s <= IMPORT_SPAN_S_MOST)
        match->is_cut = 1;
    else
        match->is_blind = 1;
    return is_half;
}

struct rule_match import_rules_match(const struct import_rules *rules, const struct import_row *row)
{
    struct rule_match match = {-1, 0, 0};
    for (int32_t i = 0; i < rules->n; i++) {
        const struct import_rule *rule = &rules->items[i];
        if (!names_match(rule->key, row->key) || !names_match(rule->model, row->model) ||
            !names_match(rule->route, row->route) || !tags_match(rule, row) || !hours_match(rule, row, &match))
            continue;
        match.rule = i;
        break;
    }
    return match;
}

/* ---- reading ---- */

static int wrong(struct reading *r, const struct node *node, const char *key, const char *hint, const char *what)
{
    return reading_error(r, node->mark, key, hint, "%s", what);
}

static int take_text(struct reading *r, const struct node *node, const char *key, char out[NAME_BYTES])
{
    if (node->kind != NODE_SCALAR || tree_is_null(node) || node->text[0] == '\0')
        return reading_error(r, node->mark, key, "", "`%s` is one text", key);
    if (strlen(node->text) >= NAME_BYTES)
        return reading_error(r, node->mark, key, "", "`%s` has at most %d bytes", key, NAME_BYTES - 1);
    snprintf(out, NAME_BYTES, "%s", node->text);
    return 1;
}

/* "03:58": seconds of the day, 24:00 only at the end; -1: it is none. */
static int32_t clock_s(const char *text, size_t n, int is_end)
{
    if (n != 5 || text[2] != ':') return -1;
    for (size_t i = 0; i < n; i++)
        if (i != 2 && (text[i] < '0' || text[i] > '9')) return -1;
    const int32_t hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour > 24 || (hour == 24 && (minute > 0 || !is_end))) return -1;
    return hour * S_PER_HOUR + minute * S_PER_MIN;
}

static int take_hours(struct reading *r, const struct node *node, struct import_rule *rule)
{
    static const char how[] = "hours: '03:58-05:31', UTC; '22:00-02:00' goes over midnight";
    const char *text = node->kind == NODE_SCALAR ? node->text : "";
    const char *dash = strchr(text, '-');
    if (dash == NULL) return wrong(r, node, "hours", how, "`hours` is a begin and an end");
    size_t first = (size_t)(dash - text);
    while (first > 0 && text[first - 1] == ' ')
        first--;
    const char *second = dash + 1 + strspn(dash + 1, " ");
    rule->from_s = clock_s(text, first, 0);
    rule->to_s = clock_s(second, strlen(second), 1);
    if (rule->from_s < 0 || rule->to_s < 0 || rule->from_s == rule->to_s)
        return wrong(r, node, "hours", how, "`hours` are two different times of the day from 00:00 to 24:00");
    rule->has_hours = 1;
    return 1;
}

static int day_of(const char *text, size_t n)
{
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int i = 0; i < 7; i++)
        if (n == 3 && strncmp(text, names[i], 3) == 0) return i;
    return -1;
}

static int take_days(struct reading *r, const struct node *node, struct import_rule *rule)
{
    static const char how[] = "days: mon-fri, or mon,wed,sat";
    const char *at = node->kind == NODE_SCALAR ? node->text : "";
    while (*at != '\0') {
        const size_t n = strcspn(at, ",");
        const int from = day_of(at, n < 3 ? n : 3), to = n == 7 && at[3] == '-' ? day_of(at + 4, 3) : from;
        if (from < 0 || to < 0 || (n != 3 && n != 7)) break;
        for (int day = from;; day = (day + 1) % 7) {
            rule->days |= 1u << day;
            if (day == to) break;
        }
        at += n + (at[n] == ',');
        at += strspn(at, " ");
    }
    if (rule->days == 0 || *at != '\0') return wrong(r, node, "days", how, "`days` are names of weekdays");
    return 1;
}

static int take_tags(struct reading *r, const struct node *node, struct import_rule *rule)
{
    if (node->kind != NODE_MAP || node->n == 0 || node->n > RULE_TAGS_MOST)
        return wrong(r, node, "tag", "tag: {team: 'platform*'}", "`tag` is a map of 1 to 4 names and globs");
    for (int32_t i = 0; i < node->n; i++) {
        if (strlen(node->entries[i].key) >= NAME_BYTES)
            return wrong(r, node, "tag", "", "the name of a tag is too long");
        snprintf(rule->tags[i].name, NAME_BYTES, "%s", node->entries[i].key);
        if (!take_text(r, node->entries[i].value, "tag", rule->tags[i].value)) return 0;
        rule->n_tags++;
    }
    return 1;
}

static int take_key(struct reading *r, const struct entry *entry, struct import_rule *rule)
{
    static const char *const keys[] = {"consumer", "workload", "key", "model", "route", "hours", "days", "tag", NULL};
    const struct node *value = entry->value;
    char hint[160];
    if (strcmp(entry->key, "consumer") == 0) return take_text(r, value, entry->key, rule->consumer);
    if (strcmp(entry->key, "workload") == 0) return take_text(r, value, entry->key, rule->workload);
    if (strcmp(entry->key, "key") == 0) return take_text(r, value, entry->key, rule->key);
    if (strcmp(entry->key, "model") == 0) return take_text(r, value, entry->key, rule->model);
    if (strcmp(entry->key, "route") == 0) return take_text(r, value, entry->key, rule->route);
    if (strcmp(entry->key, "hours") == 0) return take_hours(r, value, rule);
    if (strcmp(entry->key, "days") == 0) return take_days(r, value, rule);
    if (strcmp(entry->key, "tag") == 0) return take_tags(r, value, rule);
    struct nearest nearest = nearest_begin(entry->key);
    for (int i = 0; keys[i] != NULL; i++)
        nearest_consider(&nearest, keys[i]);
    snprintf(hint, sizeof hint,
             nearest.best != NULL ? "did you mean '%s'?"
                                  : "keys: consumer, workload, key, model, route, hours, days, tag%.0s",
             nearest.best != NULL ? nearest.best : "");
    return reading_error(r, entry->mark, "", hint, "a rule has no key '%.60s'", entry->key);
}

static void take_rule(struct reading *r, const struct node *node, struct import_rule *rule)
{
    memset(rule, 0, sizeof *rule);
    rule->line = node->mark.line;
    if (node->kind != NODE_MAP) {
        wrong(r, node, "match", "{consumer: ml-training, hours: '03:58-05:31'}", "a rule is a map");
        return;
    }
    int is_good = 1;
    for (int32_t i = 0; i < node->n; i++)
        is_good &= take_key(r, &node->entries[i], rule);
    if (is_good && rule->consumer[0] == '\0')
        wrong(r, node, "consumer", "{consumer: NAME, ...}", "a rule names the `consumer` whose the rows are");
}

static void take_rules(struct reading *r, const struct node *root, struct import_rules *rules)
{
    const struct node *list = root->kind == NODE_LIST ? root : tree_find(root, "match");
    if (list == NULL || list->kind != NODE_LIST || list->n == 0) {
        wrong(r, list == NULL ? root : list, "match", "match: [{consumer: ml-training, hours: '03:58-05:31'}]",
              "the rules file has one key `match`, a list of rules");
        return;
    }
    for (int32_t i = 0; root != list && i < root->n; i++)
        if (strcmp(root->entries[i].key, "match") != 0)
            reading_error(r, root->entries[i].mark, "", "the only key is `match`", "unknown key '%.60s'",
                          root->entries[i].key);
    if (list->n > RULES_MOST) {
        wrong(r, list, "match", "", "more than 200 rules");
        return;
    }
    for (int32_t i = 0; i < list->n; i++)
        take_rule(r, list->entries[i].value, &rules->items[rules->n++]);
}

enum floe_status import_rules_read(const struct floe_files *files, const char *name, struct import_rules *rules,
                                   struct floe_messages *messages)
{
    struct reading reading;
    enum floe_status status = FLOE_OK;
    memset(rules, 0, sizeof *rules);
    memset(messages, 0, sizeof *messages);
    memset(&reading, 0, sizeof reading);
    reading.files = files;
    reading.messages = messages;
    snprintf(rules->file, sizeof rules->file, "%s", name);
    static const struct tree_limits limits = {SCENARIO_BYTES_MOST, SCENARIO_NODES_MOST};
    size_t n;
    int32_t file;
    char *bytes = load_bytes(&reading, "the rules", name, NO_MARK, limits.bytes, &n, &file, &status);
    const struct node *root = bytes == NULL ? NULL : tree_read(&reading, bytes, n, file, limits);
    free(bytes);
    if (root != NULL) take_rules(&reading, root, rules);
    if (reading.has_no_memory || reading.arena.is_exhausted)
        status = FLOE_ENVIRONMENT;
    else if (messages->n_errors > 0 && status == FLOE_OK)
        status = FLOE_BAD_INPUT;
    floe_messages_sort(messages);
    arena_free(&reading.arena);
    free(reading.names);
    free(reading.told);
    return status;
}

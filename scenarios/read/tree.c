/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "scenarios/read/bytes.h"
#include "scenarios/read/wording.h"

struct anchor {
    struct anchor *next;
    const char *name;
    struct node *node; /* NULL while it is still open: an alias to it would enclose itself */
};

/* A map or list that is being read. */
struct level {
    struct node *node;
    struct anchor *anchor;
    int32_t capacity;
    int is_flow;     /* a map in braces */
    const char *key; /* of a map: the key that waits for its value */
    struct mark key_mark;
};

struct tree_parser {
    struct reading *reading;
    yaml_parser_t yaml;
    const char *bytes;
    size_t n_bytes;
    int32_t file;
    struct tree_limits limits;
    int32_t nodes;
    struct anchor *anchors; /* the latest first */
    int32_t n_anchors;
    int32_t depth;
    struct level levels[TREE_DEPTH_MOST + 1];
    struct node *root;
};

static struct mark mark_of(const struct tree_parser *p, yaml_mark_t mark)
{
    return (struct mark){p->file, (int32_t)mark.line + 1, (int32_t)mark.column + 1};
}

#define HOW_TO_BEGIN "docs/scenarios.md goes from ten lines to the whole language; examples are in scenarios/demo/"
#define REFUSE(P, MARK, HINT, ...) reading_error((P)->reading, (MARK), "", (HINT), __VA_ARGS__)

/* -- nodes -- */

static struct node *node_new(struct reading *reading, enum node_kind kind, struct mark mark)
{
    struct node *node = (struct node *)arena_take(&reading->arena, sizeof *node);
    if (node == NULL) {
        reading_no_memory(reading);
        return NULL;
    }
    node->kind = kind;
    node->mark = mark;
    node->size = 1;
    return node;
}

struct node *tree_scalar(struct reading *reading, const char *text, struct mark mark)
{
    struct node *node = node_new(reading, NODE_SCALAR, mark);
    if (node == NULL) return NULL;
    node->text = arena_text(&reading->arena, text, strlen(text));
    if (node->text == NULL) reading_no_memory(reading);
    return node->text == NULL ? NULL : node;
}

struct node *tree_map(struct reading *reading, int32_t capacity, struct mark mark)
{
    struct node *map = node_new(reading, NODE_MAP, mark);
    if (map == NULL) return NULL;
    map->entries = (struct entry *)arena_take(&reading->arena, (size_t)capacity * sizeof(struct entry));
    if (map->entries == NULL) reading_no_memory(reading);
    return map->entries == NULL ? NULL : map;
}

void tree_put(struct node *map, const char *key, struct mark mark, struct node *value)
{
    map->entries[map->n++] = (struct entry){key, mark, value};
    map->size += value->size;
    if (map->height < value->height + 1) map->height = value->height + 1;
}

const struct entry *tree_entry(const struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP) return NULL;
    for (int32_t i = 0; i < map->n; i++)
        if (strcmp(map->entries[i].key, key) == 0) return &map->entries[i];
    return NULL;
}

struct node *tree_find(const struct node *map, const char *key)
{
    const struct entry *entry = tree_entry(map, key);
    return entry == NULL ? NULL : entry->value;
}

int tree_is_null(const struct node *node)
{
    if (node->kind != NODE_SCALAR || node->is_quoted) return 0;
    return node->text[0] == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

int tree_is_setting(const struct node *node)
{
    const struct node *name = tree_find(node, "setting");
    return name != NULL && name->kind == NODE_SCALAR;
}

int tree_is_place(const struct reading *reading, struct mark mark, const struct floe_message *place)
{
    return mark.line == place->line && mark.column == place->column &&
           strcmp(reading_name(reading, mark.file), place->file) == 0;
}

int tree_has_place(const struct reading *reading, const struct node *node, const struct floe_message *place)
{
    if (tree_is_place(reading, node->mark, place)) return 1;
    for (int32_t i = 0; node->kind != NODE_SCALAR && i < node->n; i++)
        if (tree_is_place(reading, node->entries[i].mark, place) ||
            tree_has_place(reading, node->entries[i].value, place))
            return 1;
    return 0;
}

static struct mark moved(struct mark mark, const int32_t *files)
{
    return (struct mark){mark.file < 0 ? mark.file : files[mark.file], mark.line, mark.column};
}

struct node *tree_copy(struct reading *reading, const struct node *node, const int32_t *files)
{
    const struct mark mark = moved(node->mark, files);
    struct node *copy = node->kind == NODE_SCALAR ? tree_scalar(reading, node->text, mark)
                                                  : tree_map(reading, node->n, mark);
    if (copy == NULL) return NULL;
    copy->kind = node->kind;
    copy->is_quoted = node->is_quoted;
    for (int32_t i = 0; node->kind != NODE_SCALAR && i < node->n; i++) {
        const struct entry *entry = &node->entries[i];
        struct node *value = tree_copy(reading, entry->value, files);
        if (value == NULL) return NULL;
        tree_put(copy, entry->key, moved(entry->mark, files), value);
    }
    return copy;
}

/* May the text stand without quotes, wherever a value may? */
static int is_plain(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (strchr(letters, text[0]) == NULL || text[0] == '\0') return 0;
    for (const char *at = text; *at != '\0'; at++)
        if (strchr(letters, *at) == NULL && strchr("_-./%+", *at) == NULL &&
            (*at != ' ' || at[1] == ' ' || at[1] == '\0'))
            return 0;
    return strcmp(text, "null") != 0;
}

static void print_text(const char *text, struct wording *out)
{
    if (is_plain(text)) {
        wording_add(out, "%s", text);
        return;
    }
    wording_add(out, "'");
    for (const char *at = text; *at != '\0'; at++)
        wording_add(out, *at == '\'' ? "''" : "%c", *at);
    wording_add(out, "'");
}

void tree_print(const struct node *node, struct wording *out)
{
    if (node->kind == NODE_SCALAR) {
        if (tree_is_null(node))
            wording_add(out, "null");
        else
            print_text(node->text, out);
        return;
    }
    wording_add(out, "%s", node->kind == NODE_MAP ? "{" : "[");
    for (int32_t i = 0; i < node->n; i++) {
        wording_add(out, "%s", i > 0 ? ", " : "");
        if (node->kind == NODE_MAP) {
            print_text(node->entries[i].key, out);
            wording_add(out, ": ");
        }
        tree_print(node->entries[i].value, out);
    }
    wording_add(out, "%s", node->kind == NODE_MAP ? "}" : "]");
}

/* -- limits -- */

static int count_nodes(struct tree_parser *p, int32_t more, struct mark mark)
{
    p->nodes += more; /* both are at most limits.nodes, far from overflow */
    if (p->nodes <= p->limits.nodes) return 1;
    return REFUSE(p, mark, "aliases count as often as they are used",
                  "the file has more than %d values with its aliases expanded", (int)p->limits.nodes);
}

static int check_depth(struct tree_parser *p, int32_t depth, struct mark mark)
{
    if (depth <= TREE_DEPTH_MOST) return 1;
    return REFUSE(p, mark, "", "nested deeper than %d levels", TREE_DEPTH_MOST);
}

/* -- where a finished node goes -- */

static int grow(struct tree_parser *p, struct level *level, struct mark mark)
{
    struct node *node = level->node;
    if (node->n == TREE_ENTRIES_MOST)
        return REFUSE(p, mark, "", "a map or list has more than %d entries", TREE_ENTRIES_MOST);
    if (node->n < level->capacity) return 1;
    const int32_t capacity = level->capacity * 2 + 4;
    struct entry *entries = (struct entry *)arena_take(&p->reading->arena, (size_t)capacity * sizeof(struct entry));
    if (entries == NULL) return reading_no_memory(p->reading);
    if (node->n > 0) memcpy(entries, node->entries, (size_t)node->n * sizeof(struct entry));
    node->entries = entries;
    level->capacity = capacity;
    return 1;
}

static int take_key(struct tree_parser *p, struct level *level, const struct node *node)
{
    if (node->kind != NODE_SCALAR)
        return REFUSE(p, node->mark, "", "a key must be a word, not a %s", node->kind == NODE_MAP ? "map" : "list");
    if (node->text[0] == '\0') return REFUSE(p, node->mark, "", "a key is empty");
    if (strcmp(node->text, "<<") == 0 && !node->is_quoted)
        return REFUSE(p, node->mark, "use `extends: FILE` at the top of the file", "merge keys (`<<`) are not read");
    level->key = node->text;
    level->key_mark = node->mark;
    return 1;
}

/* -- {tasks: 6,400/day} --
 *
 * YAML ends the value at the comma and takes the rest for a key without a value. It is put back together here, so that
 * the reader of the number sees what was written, and says what is wrong with it. */

#define GROUPED_BYTES 64

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number that the waiting key goes on with, or NULL. */
static struct entry *grouped_number(const struct level *level, const struct node *value)
{
    if (!level->is_flow || level->node->n == 0 || !is_digit(level->key[0])) return NULL;
    if (value->kind != NODE_SCALAR || value->is_quoted || value->text[0] != '\0') return NULL;
    struct entry *before = &level->node->entries[level->node->n - 1];
    const char *text = before->value->text;
    if (before->value->kind != NODE_SCALAR || before->value->is_quoted || text[0] == '\0') return NULL;
    const size_t n = strlen(text);
    const int is_number = is_digit(text[strspn(text, "+-$.")]) && is_digit(text[n - 1]);
    return is_number && n + strlen(level->key) + 1 < GROUPED_BYTES ? before : NULL;
}

static int regroup(struct tree_parser *p, const struct level *level, struct entry *number)
{
    char text[GROUPED_BYTES];
    snprintf(text, sizeof text, "%s,%s", number->value->text, level->key);
    struct node *whole = tree_scalar(p->reading, text, number->value->mark);
    if (whole != NULL) number->value = whole;
    return whole != NULL;
}

static int attach(struct tree_parser *p, struct node *node, struct mark mark)
{
    if (p->depth == 0) {
        p->root = node;
        return 1;
    }
    struct level *level = &p->levels[p->depth - 1];
    const int is_map = level->node->kind == NODE_MAP;
    if (is_map && level->key == NULL) return take_key(p, level, node);
    struct entry *number = is_map ? grouped_number(level, node) : NULL;
    if (number != NULL) {
        const int is_sound = regroup(p, level, number);
        level->key = NULL;
        return is_sound;
    }
    if (!grow(p, level, mark)) return 0;
    tree_put(level->node, is_map ? level->key : NULL, is_map ? level->key_mark : mark, node);
    level->key = NULL;
    return 1;
}

/* -- anchors -- */

static int open_anchor(struct tree_parser *p, const yaml_char_t *name, struct mark mark, struct anchor **out)
{
    *out = NULL;
    if (name == NULL) return 1;
    if (p->n_anchors++ == TREE_ANCHORS_MOST)
        return REFUSE(p, mark, "", "the file has more than %d anchors", TREE_ANCHORS_MOST);
    struct anchor *anchor = (struct anchor *)arena_take(&p->reading->arena, sizeof *anchor);
    const char *copy = arena_text(&p->reading->arena, (const char *)name, strlen((const char *)name));
    if (anchor == NULL || copy == NULL) return reading_no_memory(p->reading);
    *anchor = (struct anchor){p->anchors, copy, NULL};
    *out = p->anchors = anchor;
    return 1;
}

static int on_alias(struct tree_parser *p, const yaml_event_t *event)
{
    const struct mark mark = mark_of(p, event->start_mark);
    const char *name = (const char *)event->data.alias.anchor;
    char shown[64];
    const struct anchor *anchor = p->anchors;
    while (anchor != NULL && strcmp(anchor->name, name) != 0)
        anchor = anchor->next;
    if (anchor == NULL)
        return REFUSE(p, mark, "a text that begins with * stands in quotes",
                      "the alias *%s has no anchor &%s before it", wording_excerpt(name, shown, sizeof shown), shown);
    if (anchor->node == NULL)
        return REFUSE(p, mark, "", "the alias *%s stands inside its own anchor",
                      wording_excerpt(name, shown, sizeof shown));
    return count_nodes(p, anchor->node->size, mark) && check_depth(p, p->depth + anchor->node->height, mark) &&
           attach(p, anchor->node, mark);
}

/* -- events -- */

static int check_tag(struct tree_parser *p, const yaml_char_t *tag, struct mark mark)
{
    if (tag == NULL || strcmp((const char *)tag, "!") == 0) return 1;
    return REFUSE(p, mark, "a text that begins with ! stands in quotes", "tags are not read");
}

static int check_text(struct tree_parser *p, const char *text, size_t n, struct mark mark)
{
    struct bytes_place place;
    struct fault fault;
    if (strlen(text) == n && bytes_check(text, n, &place, &fault)) return 1;
    return REFUSE(p, mark, "leave the escape out", "the text holds a control character");
}

static int on_scalar(struct tree_parser *p, const yaml_event_t *event)
{
    const struct mark mark = mark_of(p, event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    struct anchor *anchor;
    if (!count_nodes(p, 1, mark) || !check_tag(p, event->data.scalar.tag, mark) ||
        !check_text(p, text, event->data.scalar.length, mark) ||
        !open_anchor(p, event->data.scalar.anchor, mark, &anchor))
        return 0;
    struct node *node = tree_scalar(p->reading, text, mark);
    if (node == NULL) return 0;
    node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (anchor != NULL) anchor->node = node;
    return attach(p, node, mark);
}

static int on_start(struct tree_parser *p, enum node_kind kind, const yaml_char_t *anchor, const yaml_char_t *tag,
                    struct mark mark)
{
    if (!count_nodes(p, 1, mark) || !check_tag(p, tag, mark) || !check_depth(p, p->depth + 1, mark)) return 0;
    struct level *level = &p->levels[p->depth];
    memset(level, 0, sizeof *level);
    level->node = node_new(p->reading, kind, mark);
    if (level->node == NULL || !open_anchor(p, anchor, mark, &level->anchor)) return 0;
    p->depth++;
    return 1;
}

static int by_key(const void *a, const void *b)
{
    const struct entry *x = (const struct entry *)a, *y = (const struct entry *)b;
    const int order = strcmp(x->key, y->key);
    if (order != 0) return order;
    if (x->mark.line != y->mark.line) return x->mark.line < y->mark.line ? -1 : 1;
    return (x->mark.column > y->mark.column) - (x->mark.column < y->mark.column);
}

/* By a sorted copy, so that ten thousand keys do not take a hundred million comparisons. */
static int check_duplicates(struct tree_parser *p, const struct node *map)
{
    if (map->n < 2) return 1;
    const size_t bytes = (size_t)map->n * sizeof(struct entry);
    struct entry *sorted = (struct entry *)malloc(bytes);
    int is_sound = 1;
    if (sorted == NULL) return reading_no_memory(p->reading);
    memcpy(sorted, map->entries, bytes);
    qsort(sorted, (size_t)map->n, sizeof sorted[0], by_key);
    for (int32_t i = 1; i < map->n; i++) {
        char shown[64];
        if (strcmp(sorted[i - 1].key, sorted[i].key) != 0) continue;
        is_sound = REFUSE(p, sorted[i].mark, "a key stands once in its map; keep one of the two",
                          "the key '%s' is given twice, first in line %d, column %d",
                          wording_excerpt(sorted[i].key, shown, sizeof shown), (int)sorted[i - 1].mark.line,
                          (int)sorted[i - 1].mark.column);
    }
    free(sorted);
    return is_sound;
}

/* A duplicate is told and the reading goes on: its other errors are worth knowing too. */
static int on_end(struct tree_parser *p)
{
    struct level *level = &p->levels[--p->depth];
    if (level->node->kind == NODE_MAP) check_duplicates(p, level->node);
    if (level->anchor != NULL) level->anchor->node = level->node;
    return attach(p, level->node, level->node->mark);
}

static int on_event(struct tree_parser *p, const yaml_event_t *event)
{
    const struct mark mark = mark_of(p, event->start_mark);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (p->root == NULL) return 1;
        return REFUSE(p, mark, "leave out the line with ---", "a file holds one document; a second one begins here");
    case YAML_ALIAS_EVENT: return on_alias(p, event);
    case YAML_SCALAR_EVENT: return on_scalar(p, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(p, NODE_LIST, event->data.sequence_start.anchor, event->data.sequence_start.tag, mark);
    case YAML_MAPPING_START_EVENT:
        if (!on_start(p, NODE_MAP, event->data.mapping_start.anchor, event->data.mapping_start.tag, mark)) return 0;
        p->levels[p->depth - 1].is_flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        return 1;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return on_end(p);
    default: return 1;
    }
}

/* -- what libyaml says, in plain words -- */

static char byte_at(const struct tree_parser *p, yaml_mark_t mark)
{
    size_t at = 0, line = 0, column = 0;
    uint32_t letter;
    while (at < p->n_bytes && line < mark.line)
        line += p->bytes[at++] == '\n';
    while (at < p->n_bytes && column++ < mark.column)
        at += bytes_letter(p->bytes + at, p->n_bytes - at, &letter);
    return at < p->n_bytes ? p->bytes[at] : '\0';
}

static const struct {
    const char *part, *what, *hint;
} translations[] = {
    {"mapping values are not allowed", "a `: ` stands where no key can be",
     "put a text that holds ': ' in quotes, and check the indentation"},
    {"did not find expected key", "the indentation does not fit, or a `key: value` is broken",
     "keys of one map begin in the same column"},
    {"could not find expected ':'", "a key without its `: `", "write `key: value`, with a space after the colon"},
    {"did not find expected ',' or '}'", "a `{...}` is not closed, or a comma is missing in it", ""},
    {"did not find expected ',' or ']'", "a `[...]` is not closed, or a comma is missing in it", ""},
    {"did not find expected '-' indicator", "the indentation of this list does not fit",
     "its dashes begin in the same column"},
    {"block sequence entries are not allowed", "a `- ` stands where no list can be", "begin the list on its own line"},
    {"found unexpected end of stream", "a quoted text is not closed", ""},
    {"found unknown escape character", "an unknown escape in a text in double quotes", "use single quotes"},
    {"found undefined tag handle", "tags are not read", "a text that begins with ! stands in quotes"},
    {"did not find expected <document start>", "there is more text after the end of the scenario",
     "a scenario is one map of keys, all beginning in the first column"},
};

static int report_syntax(struct tree_parser *p)
{
    const yaml_parser_t *yaml = &p->yaml;
    const struct mark mark = mark_of(p, yaml->problem_mark);
    const char *problem = yaml->problem != NULL ? yaml->problem : "not YAML";
    if (yaml->error == YAML_MEMORY_ERROR) return reading_no_memory(p->reading);
    if (yaml->error == YAML_READER_ERROR) return REFUSE(p, mark, "", "%s", problem);
    if (byte_at(p, yaml->problem_mark) == '\t')
        return REFUSE(p, mark, "YAML indents with spaces only", "a tab stands where only spaces may");
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++)
        if (strstr(problem, translations[i].part) != NULL)
            return REFUSE(p, mark, translations[i].hint, "%s", translations[i].what);
    if (strstr(problem, "cannot start any token") != NULL)
        return REFUSE(p, mark, "put the text in quotes", "a text cannot begin with '%c'",
                      byte_at(p, yaml->problem_mark));
    return REFUSE(p, mark, "", "not YAML: %s", problem);
}

static int parse(struct tree_parser *p)
{
    yaml_event_t event;
    for (int is_over = 0; !is_over;) {
        if (!yaml_parser_parse(&p->yaml, &event)) return report_syntax(p);
        is_over = event.type == YAML_STREAM_END_EVENT;
        const int is_sound = on_event(p, &event);
        yaml_event_delete(&event);
        if (!is_sound) return 0;
    }
    if (p->root == NULL || (p->root->kind == NODE_SCALAR && tree_is_null(p->root)))
        return REFUSE(p, ((struct mark){p->file, 1, 1}), HOW_TO_BEGIN, "the file is empty: nothing but comments");
    return 1;
}

static int check_bytes(struct tree_parser *p)
{
    struct bytes_place place;
    struct fault fault = {"", ""};
    const struct mark start = {p->file, 1, 1};
    if (p->n_bytes == 0) return REFUSE(p, start, HOW_TO_BEGIN, "the file is empty");
    if (p->n_bytes > p->limits.bytes)
        return REFUSE(p, start, "prices belong into a price book, requests into a trace",
                      "the file has %zu bytes; allowed: at most %zu (%zu MiB)", p->n_bytes, p->limits.bytes,
                      p->limits.bytes >> 20);
    if (bytes_check(p->bytes, p->n_bytes, &place, &fault)) return 1;
    return reading_fault(p->reading, (struct mark){p->file, place.line, place.column}, "", &fault);
}

struct node *tree_read(struct reading *reading, const char *bytes, size_t n, int32_t file, struct tree_limits limits)
{
    struct tree_parser p;
    memset(&p, 0, sizeof p);
    p.reading = reading;
    p.bytes = bytes;
    p.n_bytes = n;
    p.file = file;
    p.limits = limits;
    if (!check_bytes(&p)) return NULL;
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) p.bytes += 3, p.n_bytes -= 3; /* a byte order mark */
    if (!yaml_parser_initialize(&p.yaml)) {
        reading_no_memory(reading);
        return NULL;
    }
    yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.yaml, (const unsigned char *)p.bytes, p.n_bytes);
    const int is_sound = parse(&p);
    yaml_parser_delete(&p.yaml);
    return is_sound ? p.root : NULL;
}

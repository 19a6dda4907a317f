/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * YAML itself: what is taken as written, and what is refused in plain words. */
#include "scenarios/read/tree.h"
#include "tests/read_files.h"

static void a_value_stays_the_text_in_the_file(void)
{
    struct floe_messages messages = {0};
    struct reading reading = {0};
    reading.messages = &messages;
    const char *yaml = "a: 03:58\nb: yes\nc: 010\nd: 'off'\ne: 1_000\nf: ~\ng: |\n  two\n  lines\nh: {x: "
                       "2026-03-16T09:30:00Z, y: a#b}\n";
    const struct tree_limits limits = {10000, 100};
    const struct node *root = tree_read(&reading, yaml, strlen(yaml), reading_file(&reading, "t"), limits);
    check(root != NULL);
    check_text(tree_find(root, "a")->text, "03:58");
    check_text(tree_find(root, "b")->text, "yes");
    check_text(tree_find(root, "c")->text, "010");
    check_text(tree_find(root, "d")->text, "off");
    check(tree_find(root, "d")->is_quoted);
    check_text(tree_find(root, "e")->text, "1_000");
    check(tree_is_null(tree_find(root, "f")));
    check_text(tree_find(root, "g")->text, "two\nlines\n");
    check_text(tree_find(tree_find(root, "h"), "x")->text, "2026-03-16T09:30:00Z");
    check_text(tree_find(tree_find(root, "h"), "y")->text, "a#b");
    check_i64(tree_entry(root, "h")->mark.line, 10);
    check_i64(tree_find(tree_find(root, "h"), "y")->mark.column, 33);
    check_i64(messages.n, 0);
    arena_free(&reading.arena);
    free(reading.names);
    floe_messages_free(&messages);
}

static void anchors_and_aliases_work(void)
{
    struct floe_document *d = sound("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
                                    "prices: {models: {m: &price {input: 3 usd/Mtok, output: 4 usd/Mtok}, n: *price}}\n"
                                    "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: &t 300, output: *t}}}\n"
                                    "routes: {a: {chain: [m]}, b: {chain: [n]}}\n");
    check(d->scenario.prices.models[1].rows[0].usd_per_tok.output == 4e-06);
    check(d->scenario.workloads[0].tokens.output.mean == 300);
    floe_document_free(d);
}

static void a_byte_order_mark_and_crlf_are_fine(void)
{
    floe_document_free(sound("\xef\xbb\xbf" SOUND));
    floe_document_free(sound("floe: 1\r\ntime: {start: 2026-03-16, horizon: 30d}\r\n"
                             "prices: {models: {m: {input: 3 usd/Mtok, output: 4 usd/Mtok}}}\r\n"
                             "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\r\n"
                             "routes: {a: {chain: [m]}}"));
    floe_document_free(sound("---\n" SOUND "...\n"));
}

static void columns_count_letters(void)
{
    refused(SOUND "title: caf\xc3\xa9, tilte: x\n", 6, 19, "a `: ` stands where no key can be", "in quotes");
    refused(SOUND_HEAD "workloads: {\xc3\xa9t\xc3\xa9: 5}\n" SOUND_ROUTES, 4, 18,
            "workload '\xc3\xa9t\xc3\xa9' is a map of keys, not '5'", "known keys");
}

static void syntax_errors_are_told_in_plain_words(void)
{
    refused("floe: 1\ntime:\n\tstart: 2026-03-16\n", 3, 1, "a tab stands where only spaces may", "spaces only");
    refused("floe: 1\n time: 2\n", 2, 6, "a `: ` stands where no key can be", "indentation");
    refused("floe: 1\ntitle: 'open\n", 3, 1, "a quoted text is not closed", "");
    refused("floe: 1\ntime: {start: 1\n", 3, 1, "a `{...}` is not closed", "");
    refused("floe: 1\nlist: [1, 2\n", 3, 1, "a `[...]` is not closed", "");
    refused("floe: 1\ntitle: @home\n", 2, 8, "a text cannot begin with '@'", "put the text in quotes");
    refused("floe: 1\ntitle: \"\\q\"\n", 2, 9, "an unknown escape", "single quotes");
    refused("floe: 1\nno colon here\n", 3, 1, "a key without its `: `", "with a space after the colon");
    refused("floe: 1\ntime:\n  start: 1\n horizon: 2\n", 4, 2, "the indentation does not fit", "the same column");
}

static void what_yaml_can_and_a_scenario_does_not_is_refused(void)
{
    refused(SOUND "---\nfloe: 1\n", 6, 1, "a second one begins here", "---");
    refused(SOUND "title: !!str x\n", 6, 8, "tags are not read", "in quotes");
    refused(SOUND "title: !include x\n", 6, 8, "tags are not read", "");
    refused(SOUND "<<: {title: x}\n", 6, 1, "merge keys (`<<`) are not read", "extends");
    refused(SOUND "? [a, b]\n: 1\n", 6, 3, "a key must be a word, not a list", "");
    refused(SOUND "'': 1\n", 6, 1, "a key is empty", "");
    refused("- floe: 1\n", 1, 1, "the scenario is a map of keys, not a list", "floe: 1");
    refused("hello\n", 1, 1, "the scenario is a map of keys, not a single value", "");
    refused("&a {floe: 1, x: *a}\n", 1, 17, "stands inside its own anchor", "");
}

static void ten_thousand_keys_are_the_most_of_a_map(void)
{
    const size_t room = 200000;
    char *yaml = (char *)malloc(room);
    size_t n = (size_t)snprintf(yaml, room, "title:\n");
    for (int i = 0; i <= TREE_ENTRIES_MOST; i++)
        n += (size_t)snprintf(yaml + n, room - n, "  k%d: 1\n", i);
    refused(yaml, 10002, 11, "a map or list has more than 10000 entries", "");
    free(yaml);
}

static void a_thousand_anchors_are_the_most(void)
{
    const size_t room = 40000;
    char *yaml = (char *)malloc(room);
    size_t n = 0;
    for (int i = 0; i <= TREE_ANCHORS_MOST; i++)
        n += (size_t)snprintf(yaml + n, room - n, "k%d: &a%d 1\n", i, i);
    refused(yaml, 1001, 8, "the file has more than 1000 anchors", "");
    free(yaml);
}

static void an_alias_counts_at_its_depth(void)
{
    char yaml[600] = "a: &a ";
    for (int i = 0; i < 20; i++)
        strcat(yaml, "[");
    for (int i = 0; i < 20; i++)
        strcat(yaml, "]");
    strcat(yaml, "\nb: ");
    for (int i = 0; i < 20; i++)
        strcat(yaml, "[");
    strcat(yaml, "*a");
    for (int i = 0; i < 20; i++)
        strcat(yaml, "]");
    refused(yaml, 2, 24, "nested deeper than 32 levels", "");
}

static const struct test tests[] = {
    {"a value stays the text that stands in the file", a_value_stays_the_text_in_the_file, FAST},
    {"anchors and aliases work", anchors_and_aliases_work, FAST},
    {"a byte order mark, CRLF and --- are fine", a_byte_order_mark_and_crlf_are_fine, FAST},
    {"columns count letters, not bytes", columns_count_letters, FAST},
    {"syntax errors are told in plain words", syntax_errors_are_told_in_plain_words, FAST},
    {"what YAML can and a scenario does not is refused", what_yaml_can_and_a_scenario_does_not_is_refused, FAST},
    {"ten thousand keys are the most of a map", ten_thousand_keys_are_the_most_of_a_map, FAST},
    {"a thousand anchors are the most", a_thousand_anchors_are_the_most, FAST},
    {"an alias counts at the depth where it is used", an_alias_counts_at_its_depth, FAST},
};
TEST_MAIN("read_tree", tests)

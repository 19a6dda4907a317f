/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The resolved scenario as YAML is a scenario: reading it gives the same digest, and printing that gives the same text
 * (but for the comments on top, which name the files). */
#include <glob.h>

#include "tests/read_files.h"

static const char *below_comments(const char *text)
{
    while (*text == '#')
        text = strchr(text, '\n') + 1;
    return text;
}

static char *printed(struct floe_document *d)
{
    char *text = NULL;
    if (d == NULL) return NULL;
    check_i64(floe_document_print(d, &text, NULL), FLOE_OK);
    return text;
}

/* Prints, reads, prints; the scenario has no traces. */
static void goes_round(struct floe_document *d, const char *what)
{
    char *first = printed(d);
    if (first == NULL) return;
    struct memory_file again = {"again.yaml", first, 0};
    struct floe_document *back = NULL;
    struct memory memory = {&again, 1};
    const struct floe_files callback = {&memory, memory_load};
    const enum floe_status status = floe_document_read(&callback, "again.yaml", NULL, 0, &back);
    check_at(status == FLOE_OK, __FILE__, __LINE__, "%s: its print is refused: %s", what,
             back != NULL && back->messages.n > 0 ? back->messages.items[0].what : "");
    if (status == FLOE_OK) {
        char *second = printed(back);
        check_at(back->digest == d->digest, __FILE__, __LINE__, "%s: another digest", what);
        check_at(strcmp(below_comments(first), below_comments(second)) == 0, __FILE__, __LINE__,
                 "%s: another print:\n%s\n%s", what, first, second);
        check_i64(back->expects.n, d->expects.n);
        for (int32_t i = 0; i < d->expects.n; i++)
            check_i64(back->expects.items[i].step, d->expects.items[i].step);
        free(second);
    }
    floe_document_free(back);
    free(first);
}

static void texts_go_round(void)
{
    static const char *const texts[] = {
        SOUND,
        SOUND "title: \"it's: a #title, {with} [all]\"\nwindows: {d: 2026-03-17, 'a b': {from: 2026-03-17T03:58Z, to: "
              "2026-03-18}}\n",
        SOUND "title: 'null'\nlesson: {number: 07, question: 'why? ''so'''}\nexpect: [{calls: 5.00, cost_usd: 1 to 2}, "
              "{window: all, route: api, tasks: {value: 5, within: 1%}}, {step: 2, logged_throttles: 7}]\n",
        SOUND_HEAD "workloads: {'yes': {unit: 'off', consumer: '~', demand: {tasks: 4e5 to 6e5/month, hours: "
                   "'22:00-06:00'}, tokens: {input: {law: values, values: [1, 2.5, 1e9]}, output: {law: lognormal, "
                   "median: 100 to 200, cv: 0.7}, cache_read: 55% to 65%}}}\n" SOUND_ROUTES,
        "floe: 1\ntime: {start: 2026-03-16T03:58:30Z, horizon: 36h, warmup: 90s, month: 730h}\n"
        "prices:\n  evidence: public\n  source: 'a: \"b\", c'\n  missing_cache_price: refuse\n  models:\n"
        "    'us.x/m-1:0@2': [{input: 3 usd/Mtok, output: 0 usd/Mtok, free: true, date: 2026-07-02}, {from: "
        "2026-04-01, input: 2.385 to 4 usd/Mtok, output: 1e-9 usd/tok, cache_read: 0.3 usd/Mtok,\n"
        "      bands: [{above: 200 ktok, input: 6 usd/Mtok, output: 2 usd/Mtok}, {above: 1 Mtok, input: 7 usd/Mtok, "
        "output: 2 usd/Mtok}]}]\n"
        "workloads:\n  chat: {evidence: measured, demand: {tasks: {value: 5.1/s, source: log}, weekday: [1, 1, 1, 1, "
        "1, 0.1, 0.30000000000000004]}, model: 'us.x/m-1:0@2', tokens: {input: 1, output: {value: 3 to 4, evidence: "
        "assumed, date: 2026-01-31}}}\n"
        "routes: {api: {chain: [{}], call_duration: 50ms to 2s}}\n",
        SOUND_HEAD
        "settings: {'the n': {value: 300 to 500, owner: \"it's us\", evidence: measured, date: 2026-01-31}, week: [1, "
        "1, 1, "
        "1, 1, 0, 0.25], m: m}\nworkloads: {a: {evidence: invoice, demand: {tasks: 5/s, weekday: {setting: week}}, "
        "tokens: "
        "{input: {setting: 'the n'}, output: 5}}}\nroutes: {api: {chain: [{setting: m}]}}\n"
        "changes: {c: {at: '2026-03-18T02:00+02:00', set: {settings.the n: {value: 7, evidence: assumed}, workloads: "
        "{a: "
        "{tokens.output: {law: lognormal, median: 3, p95: 9}, demand.calls_per_task: 2}}}}, d: {at: 2026-03-01, set: "
        "{prices.models.m.rows.0.input: $2/Mtok, workloads.a.tokens.cache_read: '5%'}}}\n"
        "variants: {'no': {}, b: {without: [c, d]}, e: {set: {changes.c.at: 2026-03-19, workloads.a.tokens.input: "
        "{setting: "
        "'the n'}, workloads.a.consumer: 'null'}}}\nexpect: [{variant: e, calls: 5}, {calls: 6}]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char name[32];
        struct floe_document *d = sound(texts[i]);
        snprintf(name, sizeof name, "text %zu", i);
        goes_round(d, name);
        floe_document_free(d);
    }
}

/* again.yaml from memory, all others from disk. */
static enum floe_status mixed_load(void *ctx, const char *base, const char *name, size_t most, char **bytes, size_t *n,
                                   char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    struct memory memory = {(const struct memory_file *)ctx, 1};
    if (strcmp(name, "again.yaml") == 0) return memory_load(&memory, base, name, most, bytes, n, resolved, why);
    return disk_load(NULL, base, name, most, bytes, n, resolved, why);
}

static void go_round_from_disk(const char *pattern)
{
    glob_t found;
    const struct floe_files disk = {NULL, disk_load};
    if (glob(pattern, 0, NULL, &found) != 0) return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct floe_document *d, *back;
        const enum floe_status status = floe_document_read(&disk, found.gl_pathv[i], NULL, 0, &d);
        check_at(status == FLOE_OK, __FILE__, __LINE__, "%s: %s", found.gl_pathv[i],
                 d != NULL && d->messages.n > 0 ? d->messages.items[0].what : "");
        char *first = status == FLOE_OK ? printed(d) : NULL;
        if (first != NULL) {
            struct memory_file again = {"again.yaml", first, 0};
            const struct floe_files mixed = {&again, mixed_load};
            check_i64(floe_document_read(&mixed, "again.yaml", NULL, 0, &back), FLOE_OK);
            char *second = printed(back);
            check_at(back->digest == d->digest, __FILE__, __LINE__, "%s: another digest", found.gl_pathv[i]);
            check_at(second != NULL && strcmp(below_comments(first), below_comments(second)) == 0, __FILE__, __LINE__,
                     "%s: another print", found.gl_pathv[i]);
            free(second);
            floe_document_free(back);
        }
        free(first);
        floe_document_free(d);
    }
    globfree(&found);
}

static void scenarios_of_the_project_go_round(void)
{
    go_round_from_disk(FLOE_SOURCE_DIR "/scenarios/demo/*.yaml");
    go_round_from_disk(FLOE_SOURCE_DIR "/scenarios/lessons/*.yaml");
}

static void the_print_says_units_presets_and_evidence(void)
{
    struct floe_document *d = sound(
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: {value: 500000/month, evidence: measured, source: gateway, date: "
        "2026-03-01}}, tokens: {input: 2931, output: 300 to 500}}}\n" SOUND_ROUTES);
    char *text = printed(d);
    check_contains(text,
                   "\n      tasks: {value: 500000/month, evidence: measured, source: gateway, date: 2026-03-01}\n");
    check_contains(text, "\n        mean: 300 to 500 tok\n");
    check_contains(text, "\n    call_duration: 1s # preset\n");
    check_contains(text, "\n        - input: 3 usd/Mtok\n          output: 15 usd/Mtok\n");
    check_contains(text, "\n  horizon: 30d\n");
    check_contains(text, "# Resolved by floe from s.yaml");
    free(text);
    floe_document_free(d);
}

static void the_print_needs_no_template_and_no_book(void)
{
    const struct memory_file files[] = {
        {"s.yaml", "extends: t.yaml\ntitle: child\n", 0},
        {"t.yaml",
         "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\n" SOUND_WORKLOAD SOUND_ROUTES, 0},
        {"b.yaml", "floe_prices: 1\nevidence: public\nmodels: {m: {input: 3 usd/Mtok, output: 4 usd/Mtok}}\n", 0}};
    static const char *const sets[] = {"workloads.chat.tokens.output=1 to 2"};
    struct floe_document *d = sound_at(files, 3, sets, 1, __FILE__, __LINE__);
    char *text = printed(d);
    check_contains(text, "#   with t.yaml\n");
    check_contains(text, "#   with b.yaml\n");
    check(strstr(text, "extends:") == NULL && strstr(text, "book:") == NULL);
    free(text);
    goes_round(d, "template and book");
    floe_document_free(d);
}

static void nothing_is_printed_of_a_refused_scenario(void)
{
    struct floe_document *d;
    char *text;
    check_i64(read_text_of("floe: 2\n", &d), FLOE_BAD_INPUT);
    check_i64(floe_document_print(d, &text, NULL), FLOE_BAD_INPUT);
    check(text == NULL);
    floe_document_free(d);
}

static const struct test tests[] = {
    {"texts go round: print, read, print", texts_go_round, FAST},
    {"every scenario of the project goes round", scenarios_of_the_project_go_round, FAST},
    {"the print says units, presets and evidence", the_print_says_units_presets_and_evidence, FAST},
    {"the print needs no template and no price book", the_print_needs_no_template_and_no_book, FAST},
    {"nothing is printed of a refused scenario", nothing_is_printed_of_a_refused_scenario, FAST},
};
TEST_MAIN("read_print", tests)

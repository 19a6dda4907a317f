/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the scenario language promises to refuse, item by item: the place to the column, what is wrong with the allowed
 * range, a hint where there is one, and nothing half-read. */
#include "tests/read_files.h"

static void an_unknown_key(void)
{
    refused(SOUND_HEAD "workloads:\n  chat:\n    demand: {tasks: 6400/day}\n    tokns: {input: 2931, output: 400}\n"
                       "    tokens: {input: 2931, output: 400}\n" SOUND_ROUTES,
            7, 5, "unknown key 'tokns' in workload 'chat'", "did you mean 'tokens'?");
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {rate: 5/s, tasks: 5/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 29, "unknown key 'rate' in demand", "known keys: tasks"); /* and not: date */
    refused(SOUND "zebra: 1\n", 6, 1, "unknown key 'zebra' in scenario", "known keys: floe, title, time, windows");
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m], Kind: serverless}}\n", 5, 28, "unknown key 'Kind'",
            "did you mean 'kind'?");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: {value: 6400/day, evidenc: measured}}, "
                       "tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 54, "unknown key 'evidenc' beside the value of `tasks`", "value, evidence, source, date");
}

static void seconds_where_dollars_belong(void)
{
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
            "prices:\n  models:\n    m:\n      input: 30 s\n      output: 15 usd/Mtok\n" SOUND_WORKLOAD SOUND_ROUTES,
            6, 14, "`input`: '30 s' is a time; this wants a price such as '3.00 usd/Mtok'", "");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30}\n"
            "prices: {models: {m: {input: 3 usd/Mtok, output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            2, 36, "`horizon`: '30' has no unit; this wants a time such as '5min'", "");
}

static void a_share_of_1_4(void)
{
    refused(SOUND_HEAD "workloads:\n  chat:\n    demand: {tasks: 6400/day}\n    tokens:\n      input: 2931\n"
                       "      output: 400\n      cache_read: 1.4\n" SOUND_ROUTES,
            10, 19, "`cache_read`: '1.4' is out of range; allowed: 0% to 100%",
            "a share is at most 1: write 0.014 or 1.4%");
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1, cache_read: 60}}}\n" SOUND_ROUTES,
            4, 84, "'60' is out of range; allowed: 0% to 100%", "a share is at most 1: write 0.6 or 60%");
    struct floe_document *d;
    check_i64(read_text_of(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1, "
                                      "cache_read: 140}}}\n" SOUND_ROUTES,
                           &d),
              FLOE_BAD_INPUT);
    check_text(d->messages.items[0].hint, ""); /* what that was meant to be, nobody knows */
    floe_document_free(d);
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1, cache_read: 140%}}}\n" SOUND_ROUTES,
            4, 84, "'140%' is out of range; allowed: 0% to 100%", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1, cache_read: 60%, "
                       "cache_write_5m: 50%}}}\n" SOUND_ROUTES,
            4, 84, "add up to more than 100 %", "");
}

static void a_hedge_of_nothing(void)
{
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m], hedge: 2s}}\n", 5, 35,
            "a hedge needs the law of what it hedges: this route has no latency", "latency: {ttft:");
    refused(SOUND_HEAD SOUND_WORKLOAD
            "routes: {api: {chain: [m], latency: {ttft: 1s, timeout: 2s}, hedge: {after: 2s}}}\n",
            5, 69, "the client hangs up before a hedge is sent", "below latency.timeout");
    refused(SOUND_HEAD SOUND_WORKLOAD
            "routes: {api: {chain: [m], latency: {ttft: 1s}, hedge: {after: 2s, quantile: 95%}}}\n",
            5, 78, "not both", "leave one out");
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m], latency: {ttft: 1s}, hedge: {after: -2s}}}\n", 5, 64,
            "`after`: '-2s' is out of range", "");
}

static void a_negative_price(void)
{
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
            "prices: {models: {m: {input: -3.00 usd/Mtok, output: 15 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            3, 30, "`input`: '-3.00 usd/Mtok' is out of range; allowed: 0 usd/Mtok to 1000000 usd/Mtok", "");
}

static void a_price_of_0_that_is_not_meant(void)
{
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
            "prices: {models: {m: {input: 3 usd/Mtok, output: 0 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            3, 50, "`output`: a price of 0 must be meant", "free: true");
    floe_document_free(sound(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
        "prices: {models: {m: {input: 3 usd/Mtok, output: 0 usd/Mtok, free: true}}}\n" SOUND_WORKLOAD SOUND_ROUTES));
    /* A band has its own `free`. */
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
            "prices: {models: {m: {input: 0 usd/Mtok, output: 0 usd/Mtok, free: true,\n"
            "  bands: {above: 200 ktok, input: 0 usd/Mtok, output: 1 usd/Mtok}}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            4, 35, "`input`: a price of 0 must be meant", "free: true");
}

static void refused_file(const char *file, int line, int column, const char *what, const char *hint)
{
    const struct floe_files disk = {NULL, disk_load};
    char name[PATH_BYTES];
    struct floe_document *d;
    snprintf(name, sizeof name, "%s/tests/bad/%s", FLOE_SOURCE_DIR, file);
    const enum floe_status status = floe_document_read(&disk, name, NULL, 0, &d);
    check_first(status, d, name, line, column, what, hint, file, line);
}

static void an_empty_file(void)
{
    refused_file("empty.yaml", 1, 1, "the file is empty", "docs/scenarios.md");
    refused_file("only_comments.yaml", 1, 1, "the file is empty: nothing but comments", "scenarios/demo/");
    struct floe_document *d;
    check_i64(read_text_of("{}\n", &d), FLOE_BAD_INPUT);
    check_i64(d->messages.n_errors, 4); /* floe, time, workloads, routes */
    check_contains(d->messages.items[0].what, "scenario lacks `");
    floe_document_free(d);
}

static void a_directory(void)
{
    refused_file("../bad", 0, 0, "is a directory", "");
    refused_file("nowhere.yaml", 0, 0, "no such file", "");
}

static void a_file_is_named_once(void)
{
    const struct memory_file file = {"s.yaml", SOUND, 0};
    const struct memory memory = {&file, 1};
    const struct floe_files callback = {(void *)(uintptr_t)&memory, memory_load};
    struct floe_document *d;
    char *text;
    check_i64(floe_document_read(&callback, "gone.yaml", NULL, 0, &d), FLOE_BAD_INPUT);
    check_i64(floe_messages_text(&d->messages, &text, NULL), FLOE_OK);
    check_text(text, "gone.yaml: no such file\n");
    free(text);
    floe_document_free(d);
}

static void binary_bytes(void)
{
    refused_file("binary.yaml", 2, 9, "byte 0x00 at offset 16 is a control character", "is this the right file?");
    refused_file("png.yaml", 1, 1, "byte 0x89 at offset 0 is not valid UTF-8", "save the file as UTF-8");
    refused_file("escape_nul.yaml", 2, 8, "the text holds a control character", "");
}

static void invalid_utf_8(void)
{
    refused_file("latin1.yaml", 2, 11, "byte 0xe9 at offset 18 is not valid UTF-8", "save the file as UTF-8");
    refused_file("cut_utf8.yaml", 2, 11, "byte 0xc3 at offset 18 is not valid UTF-8", "");
    refused_file("overlong_utf8.yaml", 2, 9, "byte 0xc0 at offset 16 is not valid UTF-8", "");
    refused_file("utf16.yaml", 1, 1, "the file is UTF-16, not UTF-8", "save it as UTF-8");
}

static void nesting_of_100_levels(void)
{
    refused_file("nested_100.yaml", 3, 39, "nested deeper than 32 levels", "");
}

static void an_alias_bomb(void)
{
    refused_file("alias_bomb.yaml", 6, 12, "more than 200000 values with its aliases expanded",
                 "as often as they are used");
    refused("a: &a [1, *a]\n", 1, 11, "the alias *a stands inside its own anchor", "");
    refused("a: *nothing\n", 1, 4, "the alias *nothing has no anchor", "");
}

static void duplicate_keys(void)
{
    refused(SOUND "title: one\ntitle: two\n", 7, 1, "the key 'title' is given twice, first in line 6, column 1",
            "keep one");
    refused(SOUND_HEAD "workloads:\n  chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}\n"
                       "  chat: {demand: {tasks: 2/s}, tokens: {input: 1, output: 1}}\n" SOUND_ROUTES,
            6, 3, "the key 'chat' is given twice, first in line 5, column 3", "");
}

static void nan_and_inf(void)
{
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: .nan, output: 400}}}\n" SOUND_ROUTES,
            4, 58, "a number must be finite", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: .inf}, tokens: {input: 1, output: 400}}}\n" SOUND_ROUTES, 4,
            36, "a number must be finite", "leave the key out where nothing limits it");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 1e999 d}\n"
            "prices: {models: {m: {input: 3 usd/Mtok, output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            2, 36, "the number is too large", "");
}

static void a_scenario_over_1_mib(void)
{
    const size_t n = ((size_t)1 << 20) + 1;
    char *bytes = (char *)malloc(n);
    memset(bytes, '#', n);
    const struct memory_file file = {"large.yaml", bytes, n};
    struct floe_document *d;
    enum floe_status status = read_memory(&file, 1, NULL, 0, &d);
    check_first(status, d, "large.yaml", 0, 0, "is larger than 1 MiB, which is the most allowed",
                "prices belong into a price book", __FILE__, __LINE__);
    const struct memory_file fits = {"fits.yaml", bytes, n - 1};
    memcpy(bytes, SOUND, strlen(SOUND));
    bytes[strlen(SOUND)] = '#';
    floe_document_free(sound_at(&fits, 1, NULL, 0, __FILE__, __LINE__));
    free(bytes);
}

#define REPLAY                                                                                                         \
    SOUND_HEAD "workloads:\n  chat:\n    demand:\n      trace: {file: t.csv, time: at, input: in, output: "            \
               "out}\n" SOUND_ROUTES

static void refused_trace(const char *csv, const char *file, int row, int column, const char *what, const char *hint,
                          int line)
{
    const struct memory_file files[] = {{"s.yaml", REPLAY, 0}, {"t.csv", csv, 0}};
    struct floe_document *d;
    const enum floe_status status = read_memory(files, csv == NULL ? 1 : 2, NULL, 0, &d);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, file, row, column, what, hint, __FILE__, line);
}

static void a_missing_trace(void)
{
    refused_trace(NULL, "s.yaml", 7, 21, "the trace 't.csv': no such file", "relative to the file that mentions them",
                  __LINE__);
}

static void a_trace_with_a_broken_row(void)
{
    refused_trace("at,in,out\n0,10,20\n1,1x,20\n", "t.csv", 3, 2, "column 2, in: '1x' is not a number of tokens", "",
                  __LINE__);
    refused_trace("at,note,out,in\n0,,20,10\n1,\"a, b\",20,x\n", "t.csv", 3, 4, "column 4, in: 'x' is not a number", "",
                  __LINE__);
    refused_trace("at,in,out\n0,10,20\n1,10\n", "t.csv", 3, 3, "column 3, out: too few fields", "", __LINE__);
    refused_trace("at,in,out\n0,10,20\n1,\"10,20\n", "t.csv", 3, 2, "column 2, in: a quote opens here", "", __LINE__);
    refused_trace("at;in;out\n0;10;20\n", "t.csv", 1, 0, "no column 'at'; it is separated by semicolons", "", __LINE__);
    refused_trace("at,in,output\n0,10,20\n", "t.csv", 1, 0, "out", "", __LINE__);
    refused_trace("", "t.csv", 0, 0, "", "", __LINE__);
}

static void trace_rows_out_of_order(void)
{
    refused_trace("at,in,out\n0,10,20\n2,10,20\n1,10,20\n", "t.csv", 4, 1, "column 1, at: rows are out of order", "",
                  __LINE__);
}

static const struct floe_message *message_with(const struct floe_document *d, const char *what)
{
    for (int32_t i = 0; i < d->messages.n; i++)
        if (strstr(d->messages.items[i].what, what) != NULL) return &d->messages.items[i];
    return NULL;
}

/* The text has these errors, in the order of their places, and no other. */
static void refused_with(const char *yaml, const char *const *whats, int n, int line)
{
    struct floe_document *d;
    check_i64(read_text_of(yaml, &d), FLOE_BAD_INPUT);
    check_at(d->messages.n_errors == n, __FILE__, line, "%d errors, wanted %d", (int)d->messages.n_errors, n);
    for (int i = 0; i < n && i < d->messages.n; i++)
        check_at(strstr(d->messages.items[i].what, whats[i]) != NULL, __FILE__, line, "\"%s\" does not say \"%s\"",
                 d->messages.items[i].what, whats[i]);
    floe_document_free(d);
}
#define REFUSED_WITH(yaml, ...)                                                                                        \
    refused_with((yaml), (const char *const[]){__VA_ARGS__},                                                           \
                 (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), __LINE__)

static void grouped_digits_in_a_flow_map(void)
{
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 6,400/day}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 36, "`tasks`: '6,400/day' is not a rate", "write '6400/day'");
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1,000,000, output: 1}}}\n" SOUND_ROUTES,
            4, 58, "`input`: '1,000,000' is not a number of tokens", "write '1000000'");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 2,5 ktok}}}\n" SOUND_ROUTES,
            4, 69, "`output`: '2,5 ktok' is not a number of tokens", "write '2.5 ktok'");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: '5,000 to 9,000/day'}, tokens: {input: 1, output: "
                       "1}}}\n" SOUND_ROUTES,
            4, 36, "digits are not grouped", "write '5000 to 9000/day'");
    refused(SOUND "expect: [{calls: 19,366}]\n", 6, 18, "'19,366' is neither a number nor", "");
    /* A key without a value stays one where no number is cut in two. */
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s, 5}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4,
            41, "unknown key '5' in demand", "");
}

static void a_missing_space_after_a_colon(void)
{
    REFUSED_WITH(SOUND_HEAD "workloads: {chat: {demand: {tasks:1/s}, tokens: {input:5, output: 1}}}\n" SOUND_ROUTES,
                 "unknown key 'tasks:1/s' in demand", "unknown key 'input:5' in tokens");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks:1/s}, tokens: {input: 5, output: 1}}}\n" SOUND_ROUTES, 4, 29,
            "", "a space stands behind the colon: 'tasks: 1/s'");
}

static void a_list_of_two_where_a_range_belongs(void)
{
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: [300, 500], output: 1}}}\n" SOUND_ROUTES,
            4, 58, "input is a map of keys, not a list", "a range is written '300 to 500'");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: [5, 9/s]}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 36, "`tasks` is one value, not a list", "a range is written '5 to 9/s'");
}

static void names_that_are_keys_were_indented_too_little(void)
{
    struct floe_document *d;
    check_i64(read_text_of(SOUND_HEAD "workloads:\n  chat:\n  demand: {tasks: 1/s}\n" SOUND_ROUTES, &d),
              FLOE_BAD_INPUT);
    const struct floe_message *m = message_with(d, "workload 'demand' lacks `demand`");
    if (check(m != NULL)) check_contains(m->hint, "`demand` is a key of a workload: indent it further");
    floe_document_free(d);
}

static void words_of_later_versions_are_told_as_such(void)
{
    static const char *const kinds[] = {"dedicated", "self_managed", "provisioned", "batch", "Self-Managed"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char yaml[1000];
        snprintf(yaml, sizeof yaml, SOUND_HEAD SOUND_WORKLOAD "routes: {api: {kind: %s, chain: [m]}}\n", kinds[i]);
        refused(yaml, 5, 22, "is not one of: serverless", "this version knows serverless only");
    }
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {kind: zebra, chain: [m]}}\n", 5, 22, "is not one of", "");
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m, m, m, m, m, m]}}\n", 5, 23,
            "`chain` has 6 entries; allowed: at most 5", "");
}

static void a_rate_and_a_trace(void)
{
    const struct memory_file files[] = {{"s.yaml",
                                         "extends: t.yaml\nworkloads: {chat: {demand: {trace: t.csv}, tokens: {input: "
                                         "null}}}\n",
                                         0},
                                        {"t.yaml", SOUND, 0},
                                        {"t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n1,2,3\n", 0}};
    struct floe_document *d;
    check_i64(read_memory(files, 3, NULL, 0, &d), FLOE_BAD_INPUT);
    const struct floe_message *m = message_with(d, "demand is either a rate or a trace, not both");
    if (check(m != NULL)) check_contains(m->hint, "`tasks: null` or `trace: null`");
    floe_document_free(d);
}

/* A complaint that says to leave a key out says how, if the key is a template's. */
static void keys_of_a_template_are_taken_away_with_null(void)
{
    const struct memory_file files[] = {
        {"s.yaml", "extends: t.yaml\nworkloads: {chat: {tokens: {empirical: t.csv}}}\n", 0},
        {"t.yaml", SOUND, 0},
        {"t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n1,2,3\n", 0}};
    struct floe_document *d;
    check_i64(read_memory(files, 3, NULL, 0, &d), FLOE_BAD_INPUT);
    check_i64(d->messages.n_errors, 1);
    check_text(d->messages.items[0].hint,
               "leave out input and output; a key that the template gives is taken away with `KEY: null`");
    floe_document_free(d);
}

static void what_follows_from_an_error_is_not_told(void)
{
    /* a misspelt key is not missed as well */
    REFUSED_WITH(SOUND_HEAD "workloads: {chat: {demnd: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
                 "unknown key 'demnd'");
    /* nor are the prices of its models */
    REFUSED_WITH(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprise: {book: b.yaml}\n" SOUND_WORKLOAD SOUND_ROUTES,
        "unknown key 'prise'");
    REFUSED_WITH(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {boook: b.yaml}\n" SOUND_WORKLOAD SOUND_ROUTES,
        "unknown key 'boook'");
    REFUSED_WITH("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: b.yaml\n" SOUND_WORKLOAD SOUND_ROUTES,
                 "prices is a map of keys, not 'b.yaml'");
    REFUSED_WITH(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [[m]]}}\n",
                 "chain step is a map of keys, not a list");
    /* one model's wrong price is not a model without prices */
    REFUSED_WITH(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {missing_cache_price: refuse, models: {m: "
        "{input: 3 s, output: 1 usd/Mtok}}}\nworkloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: "
        "1, cache_read: 50%}}}\n" SOUND_ROUTES,
        "`input`: '3 s' is a time");
}

static void links_are_checked_beside_wrong_rows(void)
{
    REFUSED_WITH(SOUND_HEAD "workloads: {chat: {demand: {taks: 1/s}, tokens: {input: 1, output: 1}}}\n"
                            "routes: {api: {chain: [zork]}}\n",
                 "unknown key 'taks'", "the model 'zork' has no prices");
    REFUSED_WITH(SOUND_HEAD "workloads: {chat: {model: zork, demand: {tasks: 5 s}, tokens: {input: 1, output: 1}}}\n"
                            "routes: {api: {chain: [from workload]}, b: {chain: [fork]}}\n",
                 "the model 'zork' has no prices", "'5 s' is a time", "the model 'fork' has no prices");
    /* a wrong price of one model, a route without a known one, a window of two that is wrong, too long a chain */
    REFUSED_WITH("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
                 "prices: {models: {m: {input: 3 s, output: 1 usd/Mtok}}}\n" SOUND_WORKLOAD
                 "routes: {a: {chain: [m]}, b: {chain: [zork, m, m, m, m, m]}}\n"
                 "windows: {one: 2026-13-01, two: 2029-01-01}\n",
                 "`input`: '3 s' is a time", "`chain` has 6 entries", "the model 'zork' has no prices",
                 "`one`: '2026-13-01' is not an instant", "window 'two' lies outside");
    /* no workload can be read: the routes are looked at all the same */
    REFUSED_WITH(SOUND_HEAD "worklods: {}\nroutes: {api: {chain: [zork]}}\n", "unknown key 'worklods'",
                 "the model 'zork' has no prices");
}

static void a_trace_is_read_although_the_start_is_wrong(void)
{
    const struct memory_file files[] = {
        {"s.yaml",
         "floe: 1\ntime: {start: soon, horizon: 30d}\nprices: {models: {m: {input: 1 usd/Mtok, output: 1 usd/Mtok}}}\n"
         "workloads: {chat: {demand: {trace: t.csv}}}\n" SOUND_ROUTES,
         0},
        {"t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-03-16 00:00:01,2,3\n2026-03-16 00:00:02,x,3\n", 0}};
    struct floe_document *d;
    check_i64(read_memory(files, 2, NULL, 0, &d), FLOE_BAD_INPUT);
    check_i64(d->messages.n_errors, 2);
    check(message_with(d, "'soon' is not an instant") != NULL);
    check(message_with(d, "column 2, ContextTokens: 'x' is not a number of tokens") != NULL);
    floe_document_free(d);
}

static void all_errors_of_a_file_at_once(void)
{
    struct floe_document *d;
    check_i64(read_text_of("floe: 2\ntime: {start: 2026-02-30, horizon: 30 usd}\n"
                           "prices: {models: {m: {input: -1 usd/Mtok, output: 0x1 usd/Mtok}}}\n"
                           "workloads: {chat: {demand: {tasks: 6400}, tokens: {input: nan, outptu: 400}}}\n"
                           "routes: {a/b: {kind: server, chain: [m], call_duration: 2}}\nwindows: {all: 2026-03-17}\n",
                           &d),
              FLOE_BAD_INPUT);
    static const struct {
        int line, column;
        const char *what;
    } want[] = {{1, 7, "`floe`: '2' is out of range; allowed: 1 to 1"},
                {2, 15, "`start`: '2026-02-30' is not an instant: this day does not exist in its month"},
                {2, 36, "`horizon`: '30 usd' is an amount of money"},
                {3, 30, "`input`: '-1 usd/Mtok' is out of range"},
                {3, 51, "hexadecimal is not read"},
                {4, 36, "`tasks`: '6400' has no unit"},
                {4, 59, "a number must be finite"},
                {4, 64, "unknown key 'outptu'"},
                {5, 10, "the name 'a/b' holds one of / : @ *"},
                {5, 22, "`kind`: 'server' is not one of: serverless"},
                {5, 57, "`call_duration`: '2' has no unit"},
                {6, 11, "no window may be named 'all'"}};
    const int n = (int)(sizeof want / sizeof want[0]);
    check_i64(d->messages.n_errors, n);
    for (int i = 0; i < n && i < d->messages.n; i++) {
        const struct floe_message *m = &d->messages.items[i];
        check_at(m->line == want[i].line && m->column == want[i].column && strstr(m->what, want[i].what) != NULL,
                 __FILE__, __LINE__, "%d:%d: %s; wanted %d:%d %s", (int)m->line, (int)m->column, m->what, want[i].line,
                 want[i].column, want[i].what);
    }
    check_nothing_half_read(d, __FILE__, __LINE__);
    floe_document_free(d);
}

static void at_most_50_errors_are_listed(void)
{
    char yaml[4000] = SOUND;
    for (int i = 0; i < 75; i++)
        snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "unknown_%d: 1\n", i);
    struct floe_document *d;
    char *text;
    check_i64(read_text_of(yaml, &d), FLOE_BAD_INPUT);
    check_i64(d->messages.n, 50);
    check_i64(d->messages.n_errors, 75);
    check_i64(floe_messages_text(&d->messages, &text, NULL), FLOE_OK);
    check_contains(text, "and 25 more errors\n");
    free(text);
    floe_document_free(d);
}

static void a_message_as_text(void)
{
    struct floe_document *d;
    char *text;
    check_i64(read_text_of(SOUND "tilte: x\n", &d), FLOE_BAD_INPUT);
    check_i64(floe_messages_text(&d->messages, &text, NULL), FLOE_OK);
    check_text(text, "s.yaml:6:1: unknown key 'tilte' in scenario\nhint: did you mean 'title'?\n");
    check_text(d->messages.items[0].key, "title"); /* what was meant */
    free(text);
    floe_document_free(d);
}

/* Caches, keys, changes and windows: what is wrong, where, and what helps. */
static void what_is_shared_is_refused_where_it_is_wrong(void)
{
    refused(SOUND "gateway: {response_cache: {ttl: -1h}}\n", 6, 33, "`ttl`: '-1h' is out of range; allowed: above 0s",
            "");
    refused(SOUND "gateway: {response_cache: {ttl: 0s}}\n", 6, 33, "`ttl`: '0s' is out of range; allowed: above 0s",
            "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, prompts: {distinct: 10, popularity: zipf -1}, "
                       "tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 78, "popularity is `uniform` or `zipf` and an exponent from 0 to 5", "'zipf 0.9'");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, prompts: {distinct: 10, popularity: zipf nan}, "
                       "tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 78, "popularity is `uniform` or `zipf` and an exponent from 0 to 5", "'zipf 0.9'");
    refused(SOUND "changes: {c: {at: 2026-03-17, set: {workloads.chat.modle: m}}}\n", 6, 52,
            "change 'c': unknown key 'modle' in workload 'chat'", "did you mean 'model'?");
    refused(SOUND_HEAD "keys: {k1: {models: any}}\nworkloads: {chat: {consumer: {name: a}, demand: {tasks: 1/s}, "
                       "tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            5, 20, "the consumer of workload 'chat' has no key, and the scenario declares `keys`",
            "consumer: {name: ..., key: k1}");
    refused(SOUND_HEAD "keys: {k1: {models: any, budget: 50 usd}}\nworkloads: {chat: {consumer: {key: k1}, demand: "
                       "{tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 34, "this wants a budget with its period, such as '50 usd/day'", "");
    refused(SOUND "windows: {w: {from: 2027-04-01, to: 2027-04-02}}\n", 6, 21,
            "window 'w' lies outside of what is measured", "time.horizon");
}

static const struct test tests[] = {
    {"caches, keys, changes and windows", what_is_shared_is_refused_where_it_is_wrong, FAST},
    {"an unknown key", an_unknown_key, FAST},
    {"a wrong unit: seconds where dollars belong", seconds_where_dollars_belong, FAST},
    {"a share of 1.4", a_share_of_1_4, FAST},
    {"a hedge of what has no latency, after the timeout, at two times", a_hedge_of_nothing, FAST},
    {"a negative price", a_negative_price, FAST},
    {"a price of 0 without `free: true`", a_price_of_0_that_is_not_meant, FAST},
    {"an empty file", an_empty_file, FAST},
    {"a directory, and a file that is not there", a_directory, FAST},
    {"a file that cannot be read is named once", a_file_is_named_once, FAST},
    {"binary bytes", binary_bytes, FAST},
    {"invalid UTF-8", invalid_utf_8, FAST},
    {"nesting of 100 levels", nesting_of_100_levels, FAST},
    {"alias bombs", an_alias_bomb, FAST},
    {"duplicate keys", duplicate_keys, FAST},
    {"NaN and infinity", nan_and_inf, FAST},
    {"a scenario over 1 MiB", a_scenario_over_1_mib, FAST},
    {"a missing trace", a_missing_trace, FAST},
    {"a trace with a broken row: its row and column", a_trace_with_a_broken_row, FAST},
    {"a trace with rows out of order", trace_rows_out_of_order, FAST},
    {"digits grouped by commas in {...}, where YAML cuts them", grouped_digits_in_a_flow_map, FAST},
    {"a missing space after a colon", a_missing_space_after_a_colon, FAST},
    {"a list of two where a range belongs", a_list_of_two_where_a_range_belongs, FAST},
    {"names that are keys, indented too little", names_that_are_keys_were_indented_too_little, FAST},
    {"words of later versions, told as such", words_of_later_versions_are_told_as_such, FAST},
    {"a rate beside a trace: how to take away a template's", a_rate_and_a_trace, FAST},
    {"keys of a template in the way: they are taken away with null", keys_of_a_template_are_taken_away_with_null, FAST},
    {"what follows from an error is not told", what_follows_from_an_error_is_not_told, FAST},
    {"links between rows are checked although rows are wrong", links_are_checked_beside_wrong_rows, FAST},
    {"a trace is read although the start is wrong", a_trace_is_read_although_the_start_is_wrong, FAST},
    {"all errors of a file are told at once, in order", all_errors_of_a_file_at_once, FAST},
    {"at most 50 errors are listed and the others counted", at_most_50_errors_are_listed, FAST},
    {"a message is file:line:column, what, and a hint", a_message_as_text, FAST},
};
TEST_MAIN("read_refused", tests)

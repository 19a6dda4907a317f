/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/read_files.h"

#define MANY_MODELS                                                                                                    \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16, horizon: 30d}\n"                                                                        \
    "prices: {book: b.yaml, models: {gpt-5: {input: 1 usd/Mtok, output: 2 usd/Mtok}}}\n"                               \
    "workloads: {chat: {model: gpt-5.4, demand: {tasks: 6400/day}, tokens: {input: 2931, output: {value: 400, "        \
    "evidence: measured}}}}\n"                                                                                         \
    "routes: {a: {chain: [from workload]}, b: {chain: [gpt-5]}}\n"
#define MODEL_BOOK                                                                                                     \
    "floe_prices: 1\nmodels:\n  gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok}\n"                                 \
    "  gpt-5.5: [{input: 3 usd/Mtok, output: 16 usd/Mtok}, {from: 2026-01-01, input: 4 usd/Mtok, output: 16 "          \
    "usd/Mtok}]\n"

static const struct memory_file files[] = {{"s.yaml", MANY_MODELS, 0}, {"b.yaml", MODEL_BOOK, 0}};

static struct floe_document *with(const char *set)
{
    return sound_at(files, 2, &set, 1, set, 0);
}

static void refused_set(const char *set, int column, const char *what, const char *hint)
{
    struct floe_document *d;
    char name[PATH_BYTES];
    const enum floe_status status = read_memory(files, 2, &set, 1, &d);
    snprintf(name, sizeof name, "--set %s", set);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, name, 1, column, what, hint, set, 0);
}

static void a_value_is_changed(void)
{
    struct floe_document *d = with("workloads.chat.tokens.output=300 to 500");
    check_i64(input_of(d, "workloads.chat.tokens.output.mean")->law, LAW_LOGNORMAL);
    check_i64(input_of(d, "workloads.chat.tokens.output.mean")->evidence, EVIDENCE_NONE); /* not measured any more */
    check_text(d->files[input_of(d, "workloads.chat.tokens.output.mean")->file],
               "--set workloads.chat.tokens.output=300 to 500");
    check_i64(input_of(d, "workloads.chat.tokens.output.mean")->column, 30);
    floe_document_free(d);
}

static void a_path_passes_through_short_forms(void)
{
    struct floe_document *d = with("workloads.chat.tokens.input.mean=10");
    check(d->scenario.workloads[0].tokens.input.mean == 10);
    floe_document_free(d);
    d = with("workloads.chat.tokens.output.mean=10");
    check(d->scenario.workloads[0].tokens.output.mean == 10);
    floe_document_free(d);
    d = with("workloads.chat.demand.tasks.evidence=invoice");
    check_i64(input_of(d, "workloads.chat.demand.tasks")->evidence, EVIDENCE_INVOICE);
    check(d->scenario.workloads[0].demand.tasks_per_s == 6400 / 86400.0);
    floe_document_free(d);
    d = with("routes.b.chain.0.model=gpt-5.4");
    check_text(d->scenario.routes[1].chain[0].model, "gpt-5.4");
    floe_document_free(d);
    d = with("routes.b.chain.0=gpt-5.4");
    check_text(d->scenario.routes[1].chain[0].model, "gpt-5.4");
    floe_document_free(d);
}

static void names_with_dots_are_matched_longest_first(void)
{
    struct floe_document *d = with("prices.models.gpt-5.input=7 usd/Mtok");
    check(d->scenario.prices.models[0].rows[0].usd_per_tok.input == 7e-06);
    floe_document_free(d);
    d = with("prices.models.gpt-5.4.input=8 usd/Mtok"); /* of the book */
    check_text(d->scenario.prices.models[1].name, "gpt-5.4");
    check(d->scenario.prices.models[1].rows[0].usd_per_tok.input == 8e-06);
    check(d->scenario.prices.models[1].rows[0].usd_per_tok.output == 15e-06);
    floe_document_free(d);
}

/* Whether a model comes from the book, is given in short, as a list of one, or as it is printed. */
static void a_single_price_row_needs_no_index(void)
{
    static const char *const forms[] = {
        "{input: 1 usd/Mtok, output: 2 usd/Mtok}",
        "{input: 1 usd/Mtok, output: 2 usd/Mtok, evidence: contract}",
        "[{input: 1 usd/Mtok, output: 2 usd/Mtok}]",
        "{rows: {input: 1 usd/Mtok, output: 2 usd/Mtok}}",
        "{rows: [{input: 1 usd/Mtok, output: 2 usd/Mtok}], evidence: public}",
    };
    static const char *const paths[] = {"", "rows.0.", "rows.", "0."};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        for (int in_book = 0; in_book < 2; in_book++)
            for (size_t j = 0; j < sizeof paths / sizeof paths[0]; j++) {
                char yaml[1000], book[1000], input[100], read[100];
                snprintf(
                    yaml, sizeof yaml,
                    "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml%s%s%s}\n" SOUND_WORKLOAD
                    "routes: {api: {chain: [gpt-5.4]}}\n",
                    in_book ? "" : ", models: {gpt-5.4: ", in_book ? "" : forms[i], in_book ? "" : "}");
                snprintf(book, sizeof book, "floe_prices: 1\nevidence: public\nmodels: {gpt-5.4: %s, gpt-5: %s}\n",
                         forms[i], forms[i]);
                snprintf(input, sizeof input, "prices.models.gpt-5.4.%sinput=7 usd/Mtok", paths[j]);
                snprintf(read, sizeof read, "prices.models.gpt-5.4.%scache_read=0.7 usd/Mtok", paths[j]);
                const struct memory_file two[] = {{"s.yaml", yaml, 0}, {"b.yaml", book, 0}};
                const char *const sets[] = {input, read};
                struct floe_document *d = sound_at(two, 2, sets, 2, yaml, 0);
                const struct price_list *p = &d->scenario.prices.models[0].rows[0].usd_per_tok;
                check_at(p->input == 7e-06 && p->output == 2e-06 && p->cache_read == 7e-07, __FILE__, __LINE__,
                         "%s in %s: %g, %g, %g", input, forms[i], p->input, p->output, p->cache_read);
                floe_document_free(d);
            }
}

static void a_list_of_one_needs_no_index_and_one_of_two_does(void)
{
    static const char *const one[] = {"workloads.chat.model=gpt-5.5", "routes.b.chain.model=gpt-5.4"};
    static const char *const two[] = {"workloads.chat.model=gpt-5.5", "prices.models.gpt-5.5.input=5 usd/Mtok"};
    static const char *const rows[] = {"workloads.chat.model=gpt-5.5", "prices.models.gpt-5.5.rows.input=5 usd/Mtok"};
    struct floe_document *d = sound_at(files, 2, one, 2, __FILE__, __LINE__);
    check_text(d->scenario.routes[1].chain[0].model, "gpt-5.4");
    floe_document_free(d);
    enum floe_status status = read_memory(files, 2, two, 2, &d);
    check_first(status, d, "--set prices.models.gpt-5.5.input=5 usd/Mtok", 1, 23, "`rows` has 2 entries here",
                "say which one, counted from 0: prices.models.gpt-5.5.rows.0.input", __FILE__, __LINE__);
    status = read_memory(files, 2, rows, 2, &d);
    check_first(status, d, "--set prices.models.gpt-5.5.rows.input=5 usd/Mtok", 1, 28, "`rows` has 2 entries here",
                "say which one, counted from 0: prices.models.gpt-5.5.rows.0.input", __FILE__, __LINE__);
}

/* That the model is not in the book is not known when the book is not. */
static void a_set_price_without_its_book_is_not_missed(void)
{
    static const char *const sets[] = {"prices.models.gpt-5.4.input=5 usd/Mtok"};
    struct floe_document *d;
    const enum floe_status status = read_memory(files, 1, sets, 1, &d);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, "s.yaml", 3, 16, "the price book 'b.yaml': no such file", "", __FILE__, __LINE__);
}

static void keys_and_whole_entries_are_added(void)
{
    struct floe_document *d = with("routes.b.call_duration=250ms");
    check(d->scenario.routes[1].call_s == 0.25);
    floe_document_free(d);
    d = with("windows.first=2026-03-16");
    check_text(d->scenario.windows[0].name, "first");
    floe_document_free(d);
    d = with("routes.c={chain: [gpt-5.4]}");
    check_i64(d->scenario.n_routes, 3);
    floe_document_free(d);
    d = with("prices.models.gpt-5.4={input: 1 usd/Mtok, output: 1 usd/Mtok}");
    check(d->scenario.prices.models[1].rows[0].usd_per_tok.output == 1e-06);
    floe_document_free(d);
    d = with("title=a new title = better");
    check_text(d->scenario.title, "a new title = better");
    floe_document_free(d);
}

static void null_takes_a_key_away(void)
{
    struct floe_document *d = with("prices.models.gpt-5.4.free=null"); /* was not there */
    floe_document_free(d);
    d = with("routes.b=~");
    check_i64(d->scenario.n_routes, 1);
    floe_document_free(d);
}

static void several_sets_apply_in_order(void)
{
    static const char *const sets[] = {
        "workloads.chat.model=gpt-5.5", "workloads.chat.tokens.input={law: lognormal, median: 3, p95: 9}",
        "workloads.chat.tokens.input.p95=10", "prices.models.gpt-5.5.rows.1.input=5 usd/Mtok"};
    struct floe_document *d = sound_at(files, 2, sets, 4, __FILE__, __LINE__);
    check(d->scenario.workloads[0].tokens.input.p95 == 10 && d->scenario.workloads[0].tokens.input.median == 3);
    check(d->scenario.prices.models[1].rows[1].usd_per_tok.input == 5e-06);
    check(d->scenario.prices.models[1].rows[0].usd_per_tok.input == 3e-06);
    floe_document_free(d);
}

static void wrong_paths_are_refused_with_the_nearest_key(void)
{
    refused_set("workloads.chat.tokns.output=300", 16, "unknown key 'tokns' in workload 'chat'",
                "did you mean 'tokens'?");
    refused_set("workloads.chatt.tokens.output=300", 11, "there is no workload 'chatt'", "did you mean 'chat'?");
    refused_set("routes.zebra.call_duration=3s", 8, "there is no route 'zebra'", "--set 'routes.zebra={...}'");
    refused_set("prices.models.gpt-9.6.input=3 usd/Mtok", 15, "the scenario uses no model 'gpt-9.6'",
                "did you mean 'gpt-5.4'?");
    refused_set("prices.models.5.4.cache_read=3 usd/Mtok", 15, "the scenario uses no model '5.4'",
                "did you mean 'gpt-5.4'?");
    refused_set("prices.models.gpt-5.4.inptu=3 usd/Mtok", 23, "unknown key 'inptu' in price row", "'input'");
    refused_set("routes.b.chain.1.model=m", 16, "`chain` has 1 entry here", "counted from 0");
    refused_set("worklods.chat=3", 1, "unknown key 'worklods' in scenario", "did you mean 'workloads'?");
    refused_set("workloads..tokens=3", 11, "there is no workload ''", "");
    refused_set(".floe=1", 1, "a key is missing in the path", "");
    refused_set("workloads.chat.demand.tasks.evidnce=measured", 29, "unknown key 'evidnce' beside the value of `tasks`",
                "");
}

static void an_empty_list_has_no_entry_0(void)
{
    static const char *const sets[] = {"routes.b.chain=[]", "routes.b.chain.0.model=m"};
    struct floe_document *d;
    const enum floe_status status = read_memory(files, 2, sets, 2, &d);
    check_first(status, d, "--set routes.b.chain.0.model=m", 1, 16, "`chain` has 0 entries here", "", __FILE__,
                __LINE__);
}

static void wrong_values_are_refused_at_their_letter(void)
{
    refused_set("workloads.chat.tokens.input=30s", 29, "`input`: '30s' is a time", "");
    refused_set("routes.b.call_duration=2", 24, "'2' has no unit", "");
    refused_set("routes.b={chain: [gpt-5], call_duraton: 2s}", 27, "unknown key 'call_duraton' in route 'b'",
                "call_duration");
    refused_set("workloads.chat.tokens.input=", 29, "there is no value after '='", "null");
    refused_set("title", 1, "--set takes path=value", "for example");
    refused_set("=3", 1, "a key is missing in the path", "");
    refused_set("title=@x", 7, "a text cannot begin with '@'", "");
    refused_set("extends=x.yaml", 1, "`extends` cannot be set", "");
    refused_set("expect=[]", 1, "`expect` cannot be set", "");
}

static const struct test tests[] = {
    {"a value is changed, and its evidence goes", a_value_is_changed, FAST},
    {"a path passes through short forms", a_path_passes_through_short_forms, FAST},
    {"names with dots are matched longest first", names_with_dots_are_matched_longest_first, FAST},
    {"a single price row needs no index", a_single_price_row_needs_no_index, FAST},
    {"a list of one needs no index, and one of two does", a_list_of_one_needs_no_index_and_one_of_two_does, FAST},
    {"a price set without its book is not missed", a_set_price_without_its_book_is_not_missed, FAST},
    {"keys and whole entries are added", keys_and_whole_entries_are_added, FAST},
    {"null takes a key away", null_takes_a_key_away, FAST},
    {"several sets apply in order", several_sets_apply_in_order, FAST},
    {"wrong paths are refused with the nearest key", wrong_paths_are_refused_with_the_nearest_key, FAST},
    {"an empty list has no entry 0", an_empty_list_has_no_entry_0, FAST},
    {"wrong values are refused at their letter", wrong_values_are_refused_at_their_letter, FAST},
};
TEST_MAIN("read_set", tests)

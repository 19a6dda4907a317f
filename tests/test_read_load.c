/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Templates (`extends:`) and price books: what of several files ends up in one scenario. */
#include "tests/read_files.h"

#define TEMPLATE                                                                                                       \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16, horizon: 30d}\n"                                                                        \
    "prices: {models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok}}}\n"                                                \
    "workloads:\n"                                                                                                     \
    "  chat:\n"                                                                                                        \
    "    evidence: measured\n"                                                                                         \
    "    source: the template's log\n"                                                                                 \
    "    demand: {tasks: 6400/day, weekday: [1, 1, 1, 1, 1, 0.5, 0.5]}\n"                                              \
    "    tokens: {input: 2931, output: {value: 400, evidence: invoice}}\n"                                             \
    "routes: {api: {chain: [m]}, slow: {chain: [m], call_duration: 9s}}\n"

static struct floe_document *extended(const char *child)
{
    const struct memory_file files[] = {{"child.yaml", child, 0}, {"t.yaml", TEMPLATE, 0}};
    return sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
}

static void maps_merge_and_the_child_wins(void)
{
    struct floe_document *d = extended("extends: t.yaml\nworkloads: {chat: {demand: {tasks: 5/s}}, more: {demand: "
                                       "{tasks: 1/s}, tokens: {input: 1, output: 1}}}\n");
    check_i64(d->scenario.n_workloads, 2);
    check(d->scenario.workloads[0].demand.tasks_per_s == 5);
    check(d->scenario.workloads[0].demand.weekday[6] == 0.5);
    check(d->scenario.workloads[0].tokens.input.mean == 2931);
    check_i64(d->scenario.n_routes, 2);
    floe_document_free(d);
}

static void lists_and_values_replace(void)
{
    struct floe_document *d = extended("extends: t.yaml\nworkloads: {chat: {demand: {weekday: [1, 1, 1, 1, 1, 0, 0]}, "
                                       "tokens: {output: {value: 300}}}}\n");
    check(d->scenario.workloads[0].demand.weekday[6] == 0);
    check(d->scenario.workloads[0].tokens.output.mean == 300);
    check_i64(input_of(d, "workloads.chat.tokens.output.mean")->evidence, EVIDENCE_NONE);
    floe_document_free(d);
}

static void null_takes_a_key_of_the_template_away(void)
{
    struct floe_document *d = extended(
        "extends: t.yaml\nroutes: {slow: null}\nworkloads: {chat: {demand: {weekday: ~}}}\n");
    check_i64(d->scenario.n_routes, 1);
    check(d->scenario.workloads[0].demand.weekday[6] == 1);
    floe_document_free(d);
}

static void evidence_does_not_cross_files(void)
{
    struct floe_document *d = extended("extends: t.yaml\nworkloads: {chat: {tokens: {input: 3000}}}\n");
    const struct input *mine = input_of(d, "workloads.chat.tokens.input.mean"),
                       *its = input_of(d, "workloads.chat.demand.tasks");
    check_i64(mine->evidence, EVIDENCE_NONE);
    check_text(mine->source, "");
    check_text(d->files[mine->file], "child.yaml");
    check_i64(its->evidence, EVIDENCE_MEASURED);
    check_text(its->source, "the template's log");
    check_text(d->files[its->file], "t.yaml");
    check_i64(its->line, 8);
    floe_document_free(d);
}

static void refused_files(const struct memory_file *files, int n, const char *name, int line, int column,
                          const char *what, const char *hint, int at)
{
    struct floe_document *d;
    const enum floe_status status = read_memory(files, n, NULL, 0, &d);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, name, line, column, what, hint, __FILE__, at);
}

static void an_error_in_a_template_is_told_there(void)
{
    const struct memory_file files[] = {{"c.yaml", "extends: t.yaml\n", 0}, {"t.yaml", SOUND "tilte: 1\n", 0}};
    refused_files(files, 2, "t.yaml", 6, 1, "unknown key 'tilte'", "did you mean 'title'?", __LINE__);
    const struct memory_file broken[] = {{"c.yaml", "extends: t.yaml\n", 0}, {"t.yaml", "floe: [\n", 0}};
    refused_files(broken, 2, "t.yaml", 2, 1, "", "", __LINE__);
}

static void circles_and_long_chains_are_refused(void)
{
    const struct memory_file circle[] = {{"a", "extends: b\n", 0}, {"b", "extends: c\n", 0}, {"c", "extends: a\n", 0}};
    refused_files(circle, 3, "c", 1, 10, "`extends` goes in a circle: a -> b -> c -> a", "leave out the `extends`",
                  __LINE__);
    const struct memory_file self[] = {{"a", "extends: a\n", 0}};
    refused_files(self, 1, "a", 1, 10, "`extends` goes in a circle: a -> a", "leave out the `extends`", __LINE__);
    const struct memory_file dotted[] = {{"x/a", "extends: x/./a\n", 0}, {"x/./a", "extends: x/a\n", 0}};
    refused_files(dotted, 2, "x/a", 1, 10, "`extends` goes in a circle: x/a -> x/./a", "leave out the `extends`",
                  __LINE__);
    const struct memory_file up[] = {{"x/a", "extends: x/y/../a\n", 0}, {"x/y/../a", "extends: b\n", 0}};
    refused_files(up, 2, "x/a", 1, 10, "`extends` goes in a circle: x/a -> x/y/../a", "leave out the `extends`",
                  __LINE__);
    const struct memory_file beside[] = {{"x/a", "extends: ../a\n", 0}, {"../a", SOUND, 0}};
    floe_document_free(sound_at(beside, 2, NULL, 0, __FILE__, __LINE__));
    struct memory_file chain[11];
    char texts[11][32], names[11][16];
    for (int i = 0; i < 11; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        snprintf(texts[i], sizeof texts[i], "extends: f%d\n", i + 1);
        chain[i] = (struct memory_file){names[i], texts[i], 0};
    }
    refused_files(chain, 11, "f8", 1, 10, "more than 8 templates on top of each other", "", __LINE__);
    chain[8].bytes = SOUND;
    floe_document_free(sound_at(chain, 9, NULL, 0, __FILE__, __LINE__));
}

static void a_missing_template_is_told_where_it_is_named(void)
{
    const struct memory_file files[] = {{"c.yaml", "floe: 1\nextends: away.yaml\n", 0}};
    refused_files(files, 1, "c.yaml", 2, 10, "the template 'away.yaml': no such file", "relative to the file",
                  __LINE__);
    const struct memory_file list[] = {{"c.yaml", "extends: [a, b]\n", 0}};
    refused_files(list, 1, "c.yaml", 1, 10, "`extends` is the name of one file", "", __LINE__);
}

/* -- price books -- */

#define BOOKED                                                                                                         \
    "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\n" SOUND_WORKLOAD                        \
    "routes: {api: {chain: [gpt-5.4]}}\n"
#define BOOK                                                                                                           \
    "floe_prices: 1\nsource: a price file\ndate: 2026-07-02\nevidence: public\nmodels:\n"                              \
    "  gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok}\n"                                                          \
    "  openai/gpt-oss: [{input: 0.1 usd/Mtok, output: 0.2 usd/Mtok}, {from: 2026-05-01, input: 0.3 usd/Mtok, output: " \
    "0.2 usd/Mtok, source: a letter}]\n"                                                                               \
    "  broken: {input: 5 s, output: zero}\n"

static struct floe_document *booked(const char *scenario, const char *book)
{
    const struct memory_file files[] = {{"s.yaml", scenario, 0}, {"b.yaml", book, 0}};
    return sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
}

static void refused_book(const char *scenario, const char *book, const char *file, int line, int column,
                         const char *what, const char *hint, int at)
{
    const struct memory_file files[] = {{"s.yaml", scenario, 0}, {"b.yaml", book, 0}};
    refused_files(files, 2, file, line, column, what, hint, at);
}

static void only_used_models_come_from_the_book(void)
{
    struct floe_document *d = booked(BOOKED, BOOK); /* `broken` is never looked at */
    const struct input *price = input_of(d, "prices.models.gpt-5.4.rows.0.input");
    check_i64(d->scenario.prices.n_models, 1);
    check(d->scenario.prices.models[0].rows[0].usd_per_tok.input == 2.5e-06);
    check_i64(price->evidence, EVIDENCE_PUBLIC);
    check_text(price->source, "a price file");
    check_text(price->date, "2026-07-02");
    check_text(d->files[price->file], "b.yaml");
    check_i64(price->line, 6);
    floe_document_free(d);
}

static void dated_rows_and_their_own_source_are_kept(void)
{
    struct floe_document *d = booked(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\n" SOUND_WORKLOAD
        "routes: {api: {chain: [openai/gpt-oss]}}\n",
        BOOK);
    check_i64(d->scenario.prices.models[0].n_rows, 2);
    check_text(input_of(d, "prices.models.openai/gpt-oss.rows.0.input")->source, "a price file");
    check_text(input_of(d, "prices.models.openai/gpt-oss.rows.1.input")->source, "a letter");
    check_i64(input_of(d, "prices.models.openai/gpt-oss.rows.1.input")->evidence, EVIDENCE_PUBLIC);
    floe_document_free(d);
}

static void prices_of_the_scenario_win(void)
{
    struct floe_document *d = booked(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
        "prices: {book: b.yaml, models: {gpt-5.4: {input: 1 usd/Mtok, output: 2 usd/Mtok}}}\n" SOUND_WORKLOAD
        "routes: {api: {chain: [gpt-5.4]}}\n",
        BOOK);
    check(d->scenario.prices.models[0].rows[0].usd_per_tok.input == 1e-06);
    floe_document_free(d);
}

static void wrong_books_are_refused(void)
{
    refused_book(BOOKED, "models: {}\n", "b.yaml", 1, 1, "not a price book: it begins with `floe_prices: 1`",
                 "floe prices import", __LINE__);
    refused_book(BOOKED, "floe_prices: 2\nmodels: {}\n", "b.yaml", 1, 14, "not a price book", "", __LINE__);
    refused_book(BOOKED, "floe_prices: 1\nmodel: {}\nmodels: {gpt-5.4: {input: 1 usd/Mtok, output: 1 usd/Mtok}}\n",
                 "b.yaml", 2, 1, "unknown key 'model' in the price book", "did you mean 'models'?", __LINE__);
    refused_book(BOOKED, "floe_prices: 1\nmodels: {gpt-5.4: {input: 5 s, output: 1 usd/Mtok}}\n", "b.yaml", 2, 27,
                 "'5 s' is a time", "", __LINE__);
    refused_book(BOOKED,
                 "floe_prices: 1\nevidence: publc\nmodels: {gpt-5.4: {input: 5 usd/Mtok, output: 1 usd/Mtok}}\n",
                 "b.yaml", 2, 11, "'publc' is no evidence", "did you mean 'public'?", __LINE__);
}

static void a_model_that_the_book_lacks_is_told_with_its_neighbours(void)
{
    refused_book("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\n" SOUND_WORKLOAD
                 "routes: {api: {chain: [gpt-oss]}}\n",
                 BOOK, "s.yaml", 5, 24, "the model 'gpt-oss' has no prices", "did you mean 'openai/gpt-oss'?",
                 __LINE__);
    refused_book("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\n" SOUND_WORKLOAD
                 "routes: {api: {chain: [gpt-5.5]}}\n",
                 BOOK, "s.yaml", 5, 24, "the model 'gpt-5.5' has no prices", "did you mean 'gpt-5.4'?", __LINE__);
}

static void without_its_book_no_price_is_missed(void)
{
    const struct memory_file alone[] = {{"s.yaml", BOOKED, 0}};
    refused_files(alone, 1, "s.yaml", 3, 16, "the price book 'b.yaml': no such file", "", __LINE__);
    refused_book(BOOKED, "", "b.yaml", 1, 1, "the file is empty", "", __LINE__);
    refused_book(BOOKED, "floe_prices: 1\n", "b.yaml", 1, 1, "the price book has no map `models`", "", __LINE__);
    refused_book(BOOKED, "floe_prices: 1\nmodels: {\n", "b.yaml", 3, 1, "", "", __LINE__);
    refused_book("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: [b.yaml]}\n" SOUND_WORKLOAD
                 "routes: {api: {chain: [gpt-5.4]}}\n",
                 BOOK, "s.yaml", 3, 16, "`book` is the name of one file", "", __LINE__);
}

static const struct test tests[] = {
    {"maps merge and the child wins", maps_merge_and_the_child_wins, FAST},
    {"lists and values replace", lists_and_values_replace, FAST},
    {"null takes a key of the template away", null_takes_a_key_of_the_template_away, FAST},
    {"evidence does not cross from one file to another", evidence_does_not_cross_files, FAST},
    {"an error in a template is told there", an_error_in_a_template_is_told_there, FAST},
    {"circles and long chains are refused", circles_and_long_chains_are_refused, FAST},
    {"a missing template is told where it is named", a_missing_template_is_told_where_it_is_named, FAST},
    {"only used models come from the book", only_used_models_come_from_the_book, FAST},
    {"dated rows and their own source are kept", dated_rows_and_their_own_source_are_kept, FAST},
    {"prices of the scenario win over the book", prices_of_the_scenario_win, FAST},
    {"wrong books are refused", wrong_books_are_refused, FAST},
    {"without its book no price is missed", without_its_book_no_price_is_missed, FAST},
    {"a model that the book lacks is told with its neighbours", a_model_that_the_book_lacks_is_told_with_its_neighbours,
     FAST},
};
TEST_MAIN("read_load", tests)

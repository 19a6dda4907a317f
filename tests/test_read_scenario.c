/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From YAML to the structs: the forms a value may take, presets, evidence, and what only shows between rows. */
#include "tests/read_files.h"

static void a_small_scenario_fills_its_structs(void)
{
    struct floe_document *d = sound(SOUND);
    const struct scenario *s = &d->scenario;
    check_i64(s->format, 1);
    check_i64(s->time.start_at_s, 1773619200); /* date -u -d 2026-03-16 +%s */
    check(s->time.horizon_s == 30 * 86400.0 && s->time.warmup_s == 0 && s->time.month == MONTH_CALENDAR);
    check_i64(s->n_workloads, 1);
    check_text(s->workloads[0].name, "chat");
    check_text(s->workloads[0].unit, "task");
    check(s->workloads[0].demand.tasks_per_s == 6400 / 86400.0);
    check_i64(s->workloads[0].demand.calls_per_task, 1);
    check(s->workloads[0].demand.week[167] == 1 && s->workloads[0].demand.weekday[0] == 1);
    check_i64(s->workloads[0].demand.trace.index, -1);
    check_i64(s->workloads[0].tokens.trace.index, -1);
    check(s->workloads[0].tokens.input.mean == 2931 && s->workloads[0].tokens.input.cv == PARAM_ABSENT);
    check_i64(s->n_routes, 1);
    check_text(s->routes[0].chain[0].model, "m");
    check(s->routes[0].call_s == 1);
    check(s->prices.models[0].rows[0].usd_per_tok.input == 3e-06);
    check(s->prices.models[0].rows[0].usd_per_tok.cache_read == PARAM_ABSENT);
    check(s->prices.models[0].rows[0].from_at_s == INSTANT_ABSENT);
    check_i64((int64_t)strlen(d->sha256), 64);
    check_i64(d->messages.n, 0);
    floe_document_free(d);
}

/* printf 'abc' | sha256sum */
static void the_sha256_is_that_of_the_bytes(void)
{
    struct floe_document *d;
    check_i64(read_text_of("abc", &d), FLOE_BAD_INPUT);
    check_text(d->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    floe_document_free(d);
}

static void short_and_long_forms_mean_the_same(void)
{
    static const char *const forms[] = {
        SOUND,
        SOUND_HEAD "workloads: {chat: {demand: {tasks: {value: 6400/day}}, tokens: {input: {mean: 2931}, output: "
                   "{value: 400}}}}\n" SOUND_ROUTES,
        SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: m}}\n",
        SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: {model: m}}}\n",
        SOUND_HEAD SOUND_WORKLOAD
        "routes: {api: {chain: [{model: {value: m}}], kind: serverless, call_duration: 1000ms}}\n",
        SOUND_HEAD "workloads: {chat: {demand: {tasks: 6400 tickets/day, calls_per_task: 1}, tokens: {input: 2.931 "
                   "ktok, output: 400 tok}}}\n" SOUND_ROUTES,
        SOUND "title: a name for people\n",
        "prices: {models: {m: [{input: $3/Mtok, output: 15 usd/Mtok, free: false}]}}\n" SOUND_WORKLOAD SOUND_ROUTES
        "time: {horizon: 720h, start: 2026-03-16T02:00+02:00}\nfloe: 1\n",
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {missing_cache_price: input, models: {m: {rows: "
        "{input: 3 usd/Mtok, output: 15 usd/Mtok}}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
    };
    uint64_t digest = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct floe_document *d = sound(forms[i]);
        if (i == 0) digest = d->digest;
        check_at(d->digest == digest, __FILE__, __LINE__, "form %zu: another digest", i);
        floe_document_free(d);
    }
}

static void what_changes_the_meaning_changes_the_digest(void)
{
    static const char *const others[] = {
        SOUND_HEAD "workloads: {chat: {demand: {tasks: 6401/day}, tokens: {input: 2931, output: 400}}}\n" SOUND_ROUTES,
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 6400/day}, tokens: {input: 2931, output: 399 to 401}}}\n" SOUND_ROUTES,
        SOUND_HEAD "workloads: {chat: {demand: {tasks: {value: 6400/day, evidence: measured}}, tokens: {input: 2931, "
                   "output: 400}}}\n" SOUND_ROUTES,
        SOUND_HEAD "workloads: {talk: {demand: {tasks: 6400/day}, tokens: {input: 2931, output: 400}}}\n" SOUND_ROUTES,
        SOUND_HEAD "workloads: {chat: {consumer: x, demand: {tasks: 6400/day}, tokens: {input: 2931, output: "
                   "400}}}\n" SOUND_ROUTES,
        SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m], call_duration: 2s}}\n",
        SOUND "windows: {d: 2026-03-17}\n",
    };
    struct floe_document *first = sound(SOUND);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct floe_document *d = sound(others[i]);
        check_at(d->digest != first->digest, __FILE__, __LINE__, "%zu: the same digest", i);
        floe_document_free(d);
    }
    floe_document_free(first);
}

static void every_input_knows_its_place_and_value(void)
{
    struct floe_document *d = sound(SOUND_HEAD "workloads:\n  chat:\n    demand: {tasks: 500000/month}\n"
                                               "    tokens: {input: 2931, output: 300 to 500}\n" SOUND_ROUTES);
    const struct input *output = input_of(d, "workloads.chat.tokens.output.mean");
    check(output != NULL && output->law == LAW_LOGNORMAL && output->low == 300 && output->high == 500);
    check(output != NULL && !output->is_preset && output->line == 7 && output->column == 35);
    check(output != NULL && *(const double *)((const char *)&d->scenario + output->offset) ==
                                d->scenario.workloads[0].tokens.output.mean);
    const struct input *duration = input_of(d, "routes.api.call_duration");
    check(duration != NULL && duration->is_preset && duration->file == -1 && duration->low == 1);
    check(input_of(d, "workloads.chat.demand.trace.time") == NULL); /* no trace, no columns */
    check(input_of(d, "workloads.chat.tokens.cache_read") != NULL);
    check_i64(d->scenario.workloads[0].demand.is_per_month, 1);
    check_text(d->files[output->file], "s.yaml");
    floe_document_free(d);
}

static void ranges_are_warned_of_once(void)
{
    struct floe_document *d = sound(SOUND_HEAD "workloads: {chat: {demand: {tasks: 5000 to 7000/day}, tokens: {input: "
                                               "2931, output: 300 to 500}}}\n" SOUND_ROUTES);
    check_i64(d->n_ranges, 2);
    check_i64(d->messages.n, 1);
    check_i64(d->messages.items[0].severity, FLOE_WARNING);
    check_text(d->messages.items[0].what,
               "2 ranges held at their median; the cost at the medians understates the mean cost");
    check_text(d->messages.items[0].hint, "ranges: workloads.chat.demand.tasks, workloads.chat.tokens.output.mean");
    floe_document_free(d);
}

static void evidence_travels_from_blocks_to_quantities(void)
{
    struct floe_document *d = sound(
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
        "prices: {evidence: public, source: price page, date: 2026-07-02, models: {m: {input: 3 usd/Mtok, output: "
        "{value: 4 usd/Mtok, evidence: contract}}}}\n"
        "workloads:\n  chat:\n    evidence: measured\n    source: gateway log\n    date: 2026-03-01\n"
        "    demand: {tasks: 6400/day}\n    tokens:\n      input: {mean: 2931, source: another log}\n"
        "      output: {value: 400, evidence: assumed}\n" SOUND_ROUTES);
    const struct input *tasks = input_of(d, "workloads.chat.demand.tasks");
    const struct input *in = input_of(d, "workloads.chat.tokens.input.mean");
    const struct input *out = input_of(d, "workloads.chat.tokens.output.mean");
    const struct input *price = input_of(d, "prices.models.m.rows.0.input"),
                       *other = input_of(d, "prices.models.m.rows.0.output");
    check_i64(tasks->evidence, EVIDENCE_MEASURED);
    check_text(tasks->source, "gateway log");
    check_text(tasks->date, "2026-03-01");
    check_i64(in->evidence, EVIDENCE_MEASURED);
    check_text(in->source, "another log");
    check_text(in->date, ""); /* of the source before */
    check_i64(out->evidence, EVIDENCE_ASSUMED);
    check_text(out->source, "");
    check_i64(price->evidence, EVIDENCE_PUBLIC);
    check_i64(other->evidence, EVIDENCE_CONTRACT);
    check_text(other->source, "");
    check_i64(input_of(d, "workloads.chat.unit")->evidence, EVIDENCE_NONE);                  /* a name */
    check_i64(input_of(d, "workloads.chat.demand.calls_per_task")->evidence, EVIDENCE_NONE); /* a preset */
    floe_document_free(d);
}

static void wrong_evidence_is_refused(void)
{
    refused(
        SOUND_HEAD
        "workloads: {chat: {evidence: mesured, demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
        4, 30, "'mesured' is no evidence; allowed: measured, load_tested", "did you mean 'measured'?");
    refused(SOUND_HEAD
            "workloads: {chat: {date: March, demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 26, "`date`: not a date", "");
    refused(SOUND_HEAD
            "workloads: {chat: {source: [a], demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 28, "a source is one line of text", "");
}

static void kinds_of_values_are_checked(void)
{
    refused(
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 1/s, calls_per_task: 1.5}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
        4, 57, "`calls_per_task`: '1.5' is not a whole number", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s, calls_per_task: 2 to 5}, tokens: {input: 1, output: "
                       "1}}}\n" SOUND_ROUTES,
            4, 57, "is a range; this wants one whole number", "");
    refused(
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 1/s, calls_per_task: 0}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
        4, 57, "'0' is out of range; allowed: 1 to 1000000", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: [1/s]}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4,
            36, "`tasks` is one value, not a list", "6400/day");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: {per: day}}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            4, 36, "`tasks` is one value, or {value, evidence, source, date}", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: }, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4, 36,
            "`tasks` has no value", "leave the key out");
    refused(
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 1/s, weekday: [1, 2, 3]}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
        4, 50, "`weekday` is a list of 7 numbers, not 3 numbers", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s, weekday: [1, 1, 1, 1, 1, 1, -1]}, tokens: {input: 1, "
                       "output: 1}}}\n" SOUND_ROUTES,
            4, 69, "`weekday`: '-1' is out of range; allowed: 0 to 1000000000", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: 5/s, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4, 28,
            "demand is a map of keys, not '5/s'", "known keys: tasks");
    refused(SOUND_HEAD "workloads: [chat]\n" SOUND_ROUTES, 4, 12, "`workloads` is a map: a name, then its workload",
            "");
    refused(SOUND_HEAD "workloads: {}\n" SOUND_ROUTES, 4, 1, "`workloads` needs at least one entry", "");
    refused(SOUND_HEAD "workloads: {chat: }\n" SOUND_ROUTES, 4, 13, "workload 'chat' has no value", "known keys: unit");
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [m, m, m, m, m, m]}}\n", 5, 23,
            "`chain` has 6 entries; allowed: at most 5", "");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {models: {m: {input: 3 usd/Mtok, output: 15 "
            "usd/Mtok, free: yes}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            3, 69, "`free`: 'yes' is not a flag; this wants true or false", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: {law: lognormal, median: 3, p95: 4, "
                       "mode: 3}, output: 1}}}\n" SOUND_ROUTES,
            4, 94, "unknown key 'mode' in input", "");
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: {value: 3, mean: 4}, output: 1}}}\n" SOUND_ROUTES,
            4, 59, "`value` and `mean` mean the same here", "");
}

static void instants_are_checked(void)
{
    refused("floe: 1\ntime: {start: 2026-03-16T09:30, horizon: 30d}\n"
            "prices: {models: {m: {input: 3 usd/Mtok, output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            2, 15, "`start`: '2026-03-16T09:30' does not say its time zone", "add Z for UTC, '2026-03-16T09:30Z'");
    refused("floe: 1\ntime: {start: 2026-03-16T09:30:00.5Z, horizon: 30d}\n"
            "prices: {models: {m: {input: 3 usd/Mtok, output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            2, 15, "is not a whole second", "");
    refused(SOUND "windows: {d: 2026-13-01}\n", 6, 14,
            "`d`: '2026-13-01' is not an instant: the month must be 01 to 12", "");
}

static void a_key_is_named_as_it_was_written(void)
{
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 30 s}}}\n" SOUND_ROUTES, 4,
            69, "`output`: '30 s' is a time", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: {value: 30 s, evidence: "
                       "measured}}}}\n" SOUND_ROUTES,
            4, 77, "`output`: '30 s' is a time", "");
    refused(SOUND_HEAD
            "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: {mean: 30 s}}}}\n" SOUND_ROUTES,
            4, 76, "`mean`: '30 s' is a time", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: , output: 1}}}\n" SOUND_ROUTES, 4, 51,
            "input has no value", "known keys: law, mean");
    char yaml[1000], name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(yaml, sizeof yaml, SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: %s}}\n", name);
    refused(yaml, 5, 23, "`chain`: the text has 299 bytes; allowed: at most 95", "");
    snprintf(yaml, sizeof yaml,
             SOUND_HEAD "workloads: {chat: {demand: {trace: %s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, name);
    refused(yaml, 4, 36, "`trace`: the text has 299 bytes", "");
}

static void names_are_checked(void)
{
    refused(SOUND_HEAD "workloads: {'a/b': {demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4,
            13, "the name 'a/b' holds one of / : @ *", "");
    refused(SOUND_HEAD "workloads: {'a ': {demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 4, 13,
            "begins or ends with a space", "");
    char yaml[1000];
    snprintf(
        yaml, sizeof yaml,
        SOUND_HEAD "workloads: {%.*s: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES, 96,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    refused(yaml, 4, 13, "has 96 bytes; allowed: at most 95", "");
    floe_document_free(sound("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
                             "prices: {models: {'us.anthropic/claude-3.7:beta@1': {input: 3 usd/Mtok, output: 15 "
                             "usd/Mtok}}}\n" SOUND_WORKLOAD
                             "routes: {api: {chain: 'us.anthropic/claude-3.7:beta@1'}}\n"));
}

static void models_need_prices(void)
{
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: [mm]}}\n", 5, 24, "the model 'mm' has no prices",
            "prices: {book: FILE}");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n" SOUND_WORKLOAD "routes: {api: {chain: [gpt]}}\n", 4,
            24, "the model 'gpt' has no prices", "prices: {book: FILE}");
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: from workload}}\n", 4, 13,
            "workload 'chat' names no model, and route 'api' takes it from the workload",
            "give workload 'chat' a model");
    refused(SOUND_HEAD "workloads: {chat: {model: n, demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n"
                       "routes: {api: {chain: from workload}, b: {chain: from workload}}\n",
            4, 27, "the model 'n' has no prices", "");
}

static void a_step_without_a_model_is_refused(void)
{
    refused(SOUND_HEAD SOUND_WORKLOAD "routes: {api: {chain: ['']}}\n", 5, 24, "a step of route 'api' names no model",
            "from workload");
}

static void a_missing_cache_price_is_refused_where_asked(void)
{
    static const char *const yaml =
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\n"
        "prices: {missing_cache_price: refuse, models: {m: {input: 3 usd/Mtok, output: 15 usd/Mtok, cache_read: 0.3 "
        "usd/Mtok}}}\n"
        "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1, output: 1, %s}}}\n" SOUND_ROUTES;
    char text[1000];
    snprintf(text, sizeof text, yaml, "cache_read: 50%");
    floe_document_free(sound(text));
    snprintf(text, sizeof text, yaml, "cache_write_5m: 10%");
    refused(text, 5, 24, "the model 'm' lacks a cache price that workload 'chat' needs", "missing_cache_price: input");
}

static void windows_lie_in_what_is_measured(void)
{
    refused(SOUND "windows: {d: 2026-03-17T10:00Z}\n", 6, 14, "a day is a date", "{from: ");
    floe_document_free(
        sound(SOUND "windows: {first: 2026-03-16, across: {from: 2026-04-14T00:00Z, to: 2027-01-01}}\n"));
    refused(SOUND "windows: {late: 2026-04-15}\n", 6, 17,
            "window 'late' lies outside of what is measured: 2026-03-16T00:00:00Z to 2026-04-15T00:00:00Z",
            "time.start");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 30d, warmup: 1d}\nprices: {models: {m: {input: 3 usd/Mtok, "
            "output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES
            "windows: {early: {from: 2026-03-15, to: 2026-03-17T00:00Z}}\n",
            6, 25, "window 'early' lies outside", "");
}

static void checks_of_blocks_name_their_key(void)
{
    refused(
        SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 1/s, hours: '10:30-12:00'}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
        4, 48, "hours are two different whole UTC hours", "10:00-13:00");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {input: 1}}}\n" SOUND_ROUTES, 4, 58,
            "tokens need both input and output", "");
    refused(SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}}}\n" SOUND_ROUTES, 4, 13,
            "the tokens of a call are not given", "");
    refused("floe: 1\ntime: {start: 2026-03-16, horizon: 1d, warmup: 2d}\nprices: {models: {m: {input: 3 usd/Mtok, "
            "output: 3 usd/Mtok}}}\n" SOUND_WORKLOAD SOUND_ROUTES,
            2, 48, "the warm-up must be shorter than the horizon", "");
}

static void a_trace_is_read_once_and_shared(void)
{
    const struct memory_file files[] = {
        {"s.yaml",
         SOUND_HEAD "workloads:\n  a: {demand: {trace: t.csv}}\n  b: {demand: {trace: {file: t.csv}}}\n"
                    "  c: {demand: {tasks: 1/s}, tokens: {empirical: {value: t.csv, evidence: measured}}}\n"
                    "  d: {demand: {trace: {file: t.csv, input: GeneratedTokens}}}\n" SOUND_ROUTES,
         0},
        {"t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-03-16 00:00:01.5,374,44\n2026-03-16 00:00:02,10,2\n",
         0}};
    struct floe_document *d = sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
    check_i64(d->traces.n, 2);
    check_i64(d->traces.items[0].n, 2);
    check_i64(d->traces.items[0].at_ns[0], 1500000000);
    check_i64(d->traces.items[0].input_tok[0], 374);
    check_i64(d->traces.items[1].input_tok[0], 44);
    check_i64(d->scenario.workloads[0].demand.trace.index, 0);
    check_i64(d->scenario.workloads[1].demand.trace.index, 0);
    check_i64(d->scenario.workloads[2].tokens.trace.index, 0);
    check_i64(d->scenario.workloads[2].demand.trace.index, -1);
    check_i64(d->scenario.workloads[3].demand.trace.index, 1);
    check_i64(input_of(d, "workloads.c.tokens.empirical.file")->evidence, EVIDENCE_MEASURED);
    floe_document_free(d);
}

static const struct test tests[] = {
    {"a small scenario fills its structs", a_small_scenario_fills_its_structs, FAST},
    {"the sha256 is that of the file's bytes", the_sha256_is_that_of_the_bytes, FAST},
    {"short and long forms, units and order mean the same", short_and_long_forms_mean_the_same, FAST},
    {"what changes the meaning changes the digest", what_changes_the_meaning_changes_the_digest, FAST},
    {"every input knows its place and value", every_input_knows_its_place_and_value, FAST},
    {"ranges are warned of once", ranges_are_warned_of_once, FAST},
    {"evidence travels from blocks to quantities", evidence_travels_from_blocks_to_quantities, FAST},
    {"wrong evidence is refused", wrong_evidence_is_refused, FAST},
    {"kinds of values are checked", kinds_of_values_are_checked, FAST},
    {"instants are checked", instants_are_checked, FAST},
    {"a key is named as it was written", a_key_is_named_as_it_was_written, FAST},
    {"names are checked", names_are_checked, FAST},
    {"models need prices", models_need_prices, FAST},
    {"a step without a model is refused", a_step_without_a_model_is_refused, FAST},
    {"a missing cache price is refused where asked", a_missing_cache_price_is_refused_where_asked, FAST},
    {"windows lie in what is measured", windows_lie_in_what_is_measured, FAST},
    {"checks of blocks name their key", checks_of_blocks_name_their_key, FAST},
    {"a trace is read once and shared", a_trace_is_read_once_and_shared, FAST},
};
TEST_MAIN("read_scenario", tests)

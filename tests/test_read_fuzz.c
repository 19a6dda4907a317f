/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mutations of sound scenarios, with a fixed seed: bytes deleted, doubled, flipped, moved. Whatever comes out, a
 * reading ends with a document, or with messages and nothing else. A sanitizer build looks for the rest. */
#include "tests/read_files.h"

static const char *const seeds[] = {
    SOUND,
    "floe: 1\ntitle: \"q\\x41 'x'\"\ntime: {start: 2026-03-16T03:58:30Z, horizon: 36h, warmup: 90s, month: "
    "730h}\nwindows: {d: 2026-03-16}\n"
    "prices:\n  evidence: public\n  book: b.yaml\n  models:\n"
    "    m: [{input: 3 usd/Mtok, output: 0 usd/Mtok, free: true, date: 2026-07-02}, {from: 2026-04-01, input: 2.385 to "
    "4 usd/Mtok, output: 1e-9 usd/tok, cache_read: 0.3 usd/Mtok,\n"
    "      bands: [{above: 200 ktok, input: 6 usd/Mtok, output: 2 usd/Mtok}, {above: 1 Mtok, input: 7 usd/Mtok, "
    "output: 2 usd/Mtok}]}]\n"
    "workloads:\n  chat: &c\n    evidence: measured\n    demand: {tasks: {value: 5.1/s, source: log}, weekday: [1, 1, "
    "1, 1, 1, 0.1, 0.3]}\n"
    "    model: gpt-5.4\n    tokens: {input: {law: lognormal, median: 3, cv: 0.5}, output: {value: 3 to 4, evidence: "
    "assumed}, cache_read: 10% to 20%}\n"
    "  more: *c\n  replay: {model: m, demand: {trace: t.csv}}\n"
    "routes: {api: {chain: from workload, call_duration: 50ms to 2s}}\n"
    "lesson: {number: 1, question: why, expect: [{workload: chat, cost_usd: 5.00}]}\nexpect:\n  - {calls: 3 to 4, "
    "tasks: {value: 5, within: 1%}}\n",
    "floe: 1\ntime: {start: 2026-03-16, horizon: 9d}\nprices: {book: b.yaml, models: {m: {input: 3 usd/Mtok, output: 4 "
    "usd/Mtok}}}\nsettings: {llm: {value: m, owner: us, evidence: assumed}, n: 4200, w: [1, 1, 1, 1, 1, 0, 0]}\n"
    "workloads: {a: {model: {setting: llm}, demand: {tasks: 5/s, weekday: {setting: w}}, tokens: {input: {setting: n}, "
    "output: {law: lognormal, median: 3, p95: 9}}}}\nroutes: {api: {chain: from workload}}\n"
    "changes:\n  c: {at: 2026-03-18T00:00Z, set: {settings.llm: gpt-5.4, workloads: {a: {tokens.input: {setting: "
    "n}}}}}\n"
    "  d: {at: 2026-03-17, set: {settings.n: 3 to 5, workloads.a.demand.calls_per_task: 2, prices.models.m.input: 2 "
    "usd/Mtok}}\n"
    "variants: {h: {}, no: {without: c}, both: {without: [c, d], set: {routes.api.call_duration: 3s}}, later: {set: "
    "{changes.c.at: 2026-03-20, changes: {d: {set: {settings.n: 9}}}}}}\nexpect: [{variant: h, calls: 3}]\n",
    "extends: s0.yaml\nworkloads: {chat: {demand: {tasks: 7/day, hours: '10:00-13:00'}, tokens: {output: null}}}\n",
};
static const char *const sets[] = {"workloads.chat.tokens.output=300 to 500", "prices.models.gpt-5.4.input=3 usd/Mtok",
                                   "routes.api.chain.0.model=m",
                                   "workloads.chat.demand={tasks: 1/s, evidence: invoice}"};
static const char *const study_sets[] = {"settings.n=7", "changes.c.at=2026-03-19", "variants.later.set.settings.n=5",
                                         "workloads.a.demand.weekday.3=2"};

static uint64_t state = 20260316;

static size_t below(size_t n)
{
    return n == 0 ? 0 : (size_t)(test_random(&state) % n);
}

static const char spice[] = "{}[]:,&*!|>'\"%@`#?-\n \t\x01\x80\xff~0123456789eE./$to_";

static size_t mutate(char *text, size_t n, size_t room)
{
    const size_t at = below(n), length = 1 + below(below(4) == 0 ? 60 : 4), to = below(n);
    const size_t run = at + length > n ? n - at : length;
    switch (below(6)) {
    case 0: /* delete */ memmove(text + at, text + at + run, n - at - run); return n - run;
    case 1: /* double */
        if (n + run > room) return n;
        memmove(text + at + run, text + at, n - at);
        return n + run;
    case 2: text[at] ^= (char)(1u << below(8)); return n;
    case 3: text[at] = spice[below(sizeof spice - 1)]; return n;
    case 4: /* insert */
        if (n + 1 > room) return n;
        memmove(text + at + 1, text + at, n - at);
        text[at] = spice[below(sizeof spice - 1)];
        return n + 1;
    default: /* copy elsewhere */ memmove(text + to, text + at, to + run > n ? n - to : run); return n;
    }
}

static void look_at(const struct memory_file *files, int n, const char *const *arguments, int n_arguments, int *n_sound)
{
    struct floe_document *d;
    const enum floe_status status = read_memory(files, n, arguments, n_arguments, &d);
    if (status == FLOE_OK) {
        char *text;
        ++*n_sound;
        if (d->messages.n_errors != 0 || d->scenario.n_workloads == 0)
            check_at(0, __FILE__, __LINE__, "sound, with errors");
        if (*n_sound % 16 == 0) {
            check_i64(floe_document_print(d, &text, NULL), FLOE_OK);
            free(text);
        }
    } else if (status != FLOE_BAD_INPUT || d->messages.n == 0 || d->inputs.n != 0 || d->traces.n != 0) {
        check_at(0, __FILE__, __LINE__, "status %d with %d messages:\n%.*s", (int)status, (int)d->messages.n,
                 (int)(files[0].n), files[0].bytes);
    }
    floe_document_free(d);
}

#define BOOK "floe_prices: 1\nevidence: public\nmodels:\n  gpt-5.4: {input: 2.5 usd/Mtok, output: 15 usd/Mtok}\n"
#define TRACE "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-03-16 03:59:00.5,374,44\n2026-03-16 04:00:00,10,2\n"

/* One of the files is mutated, most often the scenario. */
static void no_mutation_is_half_read(void)
{
    const int n = test_is_long() ? 500000 : 20000;
    int n_sound = 0;
    for (int i = 0; i < n; i++) {
        char text[4096];
        const char *const seed = seeds[below(4)];
        struct memory_file files[] = {
            {"s.yaml", seed, 0}, {"b.yaml", BOOK, 0}, {"t.csv", TRACE, 0}, {"s0.yaml", SOUND, 0}};
        struct memory_file *victim = &files[below(3) == 0 ? below(4) : 0];
        size_t length = strlen(victim->bytes);
        memcpy(text, victim->bytes, length);
        for (size_t k = 1 + below(3); k > 0 && length > 0; k--)
            length = mutate(text, length, sizeof text);
        victim->bytes = text;
        victim->n = length;
        text[length < sizeof text ? length : sizeof text - 1] = '\0'; /* length 0 reads as an empty text */
        look_at(files, 4, sets, (int)below(3) == 0 ? (int)below(5) : 0, &n_sound);
    }
    check_at(n_sound > n / 100 && n_sound < n, __FILE__, __LINE__, "%d of %d mutations are sound", n_sound, n);
}

static void no_mutated_argument_is_half_read(void)
{
    const int n = test_is_long() ? 100000 : 10000;
    int n_sound = 0;
    for (int i = 0; i < n; i++) {
        const int is_study = i % 2;
        const struct memory_file files[] = {
            {"s.yaml", seeds[is_study ? 2 : 1], 0}, {"b.yaml", BOOK, 0}, {"t.csv", TRACE, 0}};
        char text[400];
        const char *const argument = text;
        size_t length = (size_t)snprintf(text, sizeof text, "%s", is_study ? study_sets[below(4)] : sets[below(4)]);
        for (size_t k = 1 + below(3); k > 0 && length > 0; k--)
            length = mutate(text, length, sizeof text - 1);
        text[length] = '\0';
        look_at(files, 3, &argument, 1, &n_sound);
    }
    check(n_sound < n);
}

static void seeds_are_sound(void)
{
    for (size_t i = 0; i < 4; i++) {
        const struct memory_file files[] = {
            {"s.yaml", seeds[i], 0}, {"b.yaml", BOOK, 0}, {"t.csv", TRACE, 0}, {"s0.yaml", SOUND, 0}};
        struct floe_document *d;
        const enum floe_status status = read_memory(files, 4, NULL, 0, &d);
        check_at(status == (i < 3 ? FLOE_OK : FLOE_BAD_INPUT), __FILE__, __LINE__, "seed %zu: %s", i,
                 d->messages.n > 0 ? d->messages.items[0].what : "");
        floe_document_free(d);
    }
}

static const struct test tests[] = {
    {"the seeds of the mutations are sound (the last lacks an output)", seeds_are_sound, FAST},
    {"no mutation of a file crashes or is half read", no_mutation_is_half_read, FAST},
    {"no mutation of a --set crashes or is half read", no_mutated_argument_is_half_read, FAST},
};
TEST_MAIN("read_fuzz", tests)

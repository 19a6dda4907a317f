/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Settings, changes and variants: what a reading makes of them, and what it refuses. */
#include "scenarios/read/digest.h"
#include "tests/read_files.h"

#define HEAD                                                                                                           \
    "floe: 1\n"                                                                                                        \
    "time: {start: 2026-03-16T00:00Z, horizon: 30d}\n"                                                                 \
    "prices: {models: {sonnet: {input: 3 usd/Mtok, output: 15 usd/Mtok}, opus: {input: 5 usd/Mtok, output: 25 "        \
    "usd/Mtok}}}\n"
#define WORK                                                                                                           \
    "workloads:\n"                                                                                                     \
    "  training: {model: {setting: llm}, demand: {tasks: 6400/day}, tokens: {input: 2931, output: 400}}\n"             \
    "  matching: {model: {setting: llm}, demand: {tasks: 100/day}, tokens: {input: {setting: long}, output: 300}}\n"   \
    "routes: {api: {chain: [from workload]}}\n"
#define SETTINGS "settings: {llm: {value: sonnet, owner: ml-platform}, long: 4200}\n"
#define BASE HEAD WORK SETTINGS /* 8 lines */
#define SWITCH "switch: {at: 2026-03-18T00:00Z, set: {settings.llm: opus, workloads.matching.tokens.output: 450}}"
#define CHANGES "changes: {" SWITCH ", more: {at: 2026-03-20, set: {workloads.training.demand.tasks: 9000/day}}}\n"
#define DAY(N) (1773619200 + (N)*INT64_C(86400)) /* 2026-03-16 and N days */

static const struct scenario *phase_of(const struct floe_document *d, int32_t v, int32_t p)
{
    return &d->study.scenarios[d->study.variants[v].phases[p].scenario];
}

static struct floe_document *sound_set(const char *yaml, const char *set)
{
    const struct memory_file file = {"s.yaml", yaml, 0};
    return sound_at(&file, 1, &set, 1, set, 0);
}

static void refused_set(const char *yaml, const char *set, int column, const char *what, const char *hint)
{
    const struct memory_file file = {"s.yaml", yaml, 0};
    struct floe_document *d;
    char name[PATH_BYTES];
    const enum floe_status status = read_memory(&file, 1, &set, 1, &d);
    snprintf(name, sizeof name, "--set %s", set);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, name, 1, column, what, hint, set, 0);
}

/* One warning, and which. */
static void warned(const char *yaml, int line, int column, const char *what)
{
    struct floe_document *d = sound(yaml);
    check_i64(d->messages.n_warnings, 1);
    if (d->messages.n_warnings == 1) {
        check_i64(d->messages.items[0].line, line);
        check_i64(d->messages.items[0].column, column);
        check_contains(d->messages.items[0].what, what);
    }
    floe_document_free(d);
}

/* -- settings -- */

static void a_setting_is_read_where_it_is_named(void)
{
    struct floe_document *d = sound(BASE);
    check_text(d->scenario.workloads[0].model, "sonnet");
    check_text(d->scenario.workloads[1].model, "sonnet");
    check(d->scenario.workloads[1].tokens.input.mean == 4200);
    check_i64(input_of(d, "workloads.matching.tokens.input.mean")->line, 8); /* where its value is written */
    check_i64(input_of(d, "workloads.matching.tokens.input.mean")->column, 60);
    check_i64(d->messages.n, 0);
    floe_document_free(d);
}

static void who_reads_a_setting_is_known(void)
{
    struct floe_document *d = sound(BASE);
    const struct study *s = &d->study;
    check_i64(s->n_settings, 2);
    check_text(s->settings[0].name, "llm");
    check_text(s->settings[0].owner, "ml-platform");
    check_i64(s->settings[0].n_readers, 2);
    check_i64(s->settings[0].workloads, 3);
    check_text(s->settings[1].owner, "");
    check_i64(s->settings[1].workloads, 2);
    check_i64(s->n_readers, 3);
    check_text(s->readers[0].path, "workloads.training.model");
    check_i64(s->readers[0].workload, 0);
    check_i64(s->readers[0].setting, 0);
    check_text(s->readers[2].path, "workloads.matching.tokens.input.mean");
    check_i64(s->readers[2].setting, 1);
    check_i64(study_setting_find(s, "long"), 1);
    check_i64(study_setting_find(s, "longer"), -1);
    floe_document_free(d);
}

static void a_setting_may_stand_for_any_kind_of_value(void)
{
    struct floe_document *d = sound(
        HEAD
        "settings: {n: 2, week: {value: [1, 1, 1, 1, 1, 0, 0.5]}, hours: '10:00-13:00', share: 60%, law: lognormal, "
        "t: 50ms, m: opus, free: false, day: 2026-03-17}\nwindows: {d: {setting: day}}\n"
        "workloads: {a: {demand: {tasks: 5/s, calls_per_task: {setting: n}, weekday: {setting: week}, hours: "
        "{setting: hours}}, tokens: {input: {law: {setting: law}, median: 3, p95: 9}, output: {mean: {setting: n}}, "
        "cache_read: {setting: share}}}}\n"
        "routes: {api: {chain: {setting: m}, call_duration: {setting: t}}, b: {chain: [{model: {setting: m}}]}}\n");
    const struct workload *w = &d->scenario.workloads[0];
    check_i64(w->demand.calls_per_task, 2);
    check(w->demand.weekday[6] == 0.5);
    check_i64(w->tokens.input.law, TOKENS_LOGNORMAL);
    check(w->tokens.output.mean == 2 && w->tokens.cache_read_share == 0.6);
    check_text(d->scenario.routes[0].chain[0].model, "opus");
    check_text(d->scenario.routes[1].chain[0].model, "opus");
    check(d->scenario.routes[0].call_s == 0.05);
    check_i64(d->scenario.windows[0].day_at_s, DAY(1));
    check_i64(d->study.settings[0].n_readers, 2);
    check_i64(d->messages.n_warnings, 1); /* nobody reads `free` */
    floe_document_free(d);
}

static void a_settings_evidence_is_its_own(void)
{
    struct floe_document *d = sound(
        HEAD
        "settings: {n: 2931, r: {value: 300 to 500, evidence: measured, source: log, date: 2026-03-01}}\n"
        "workloads: {a: {evidence: invoice, model: sonnet, demand: {tasks: 5/s}, tokens: {input: {setting: n}, output: "
        "{setting: r}}}}\nroutes: {api: {chain: [from workload]}}\n");
    const struct input *input = input_of(d, "workloads.a.tokens.input.mean"),
                       *output = input_of(d, "workloads.a.tokens.output.mean");
    check_i64(input->evidence, EVIDENCE_NONE); /* the invoice speaks of the values written in the workload */
    check_i64(input_of(d, "workloads.a.demand.tasks")->evidence, EVIDENCE_INVOICE);
    check_i64(output->evidence, EVIDENCE_MEASURED);
    check_text(output->source, "log");
    check_text(output->date, "2026-03-01");
    check_i64(output->law, LAW_LOGNORMAL);
    floe_document_free(d);
}

static void wrong_settings_are_refused(void)
{
    refused(SOUND_HEAD "settings: {lm: m}\n" SOUND_WORKLOAD "routes: {api: {chain: [{setting: llm}]}}\n", 6, 34,
            "there is no setting 'llm'", "did you mean 'lm'?");
    refused(HEAD WORK "settings: {llm: sonnet}\n", 6, 89, "there is no setting 'long'", "settings: {long: ...}");
    refused(HEAD WORK "settings: {llm: {setting: other}, other: sonnet, long: 4200}\n", 8, 17,
            "setting 'llm' reads another setting", "let the keys themselves");
    refused(HEAD WORK "settings: {llm: {value: {setting: other}}, other: sonnet, long: 4200}\n", 8, 25,
            "setting 'llm' reads another setting", "");
    refused(HEAD WORK "settings: {llm: , long: 4200}\n", 8, 12, "setting 'llm' has no value", "for example");
    refused(HEAD WORK "settings: {llm: {name: sonnet}, long: 4200}\n", 8, 17,
            "setting 'llm' is one value or a list of numbers, not a map", "value: claude");
    refused(HEAD WORK "settings: {llm: {value: sonnet, ownr: me}, long: 4200}\n", 8, 33,
            "unknown key 'ownr' in setting 'llm'", "did you mean 'owner'?");
    refused(HEAD WORK "settings: {llm: {value: sonnet, owner: [me]}, long: 4200}\n", 8, 40, "`owner` is one line", "");
    refused(HEAD WORK "settings: {llm: sonnet, long: 4200 s}\n", 8, 31, "`input`: '4200 s' is a time", "");
    refused(HEAD WORK "settings: {llm: snnet, long: 4200}\n", 8, 17, "the model 'snnet' has no prices",
            "did you mean 'sonnet'?"); /* once, though two workloads read it */
    refused(HEAD WORK "settings: {llm: [sonnet], long: 4200}\n", 8, 17, "`model` is one value, not a list", "");
    refused(HEAD WORK "settings: 5\n", 8, 11, "`settings` is a map: a name, then its value", "");
    refused(HEAD WORK "settings: {llm: sonnet, long: 4200, a/b: 3}\n", 8, 37, "the name 'a/b' holds one of", "");
    refused(SOUND_HEAD
            "settings: {x: 3}\nworkloads: {chat: {demand: {tasks: 1/s}, tokens: {input: {setting: x, evidence: "
            "measured}, output: 1}}}\n" SOUND_ROUTES,
            5, 58, "`input`: {setting: NAME} stands alone", "beside the setting's own value");
    refused(SOUND_HEAD
            "settings: {x: 3}\nworkloads: {chat: {demand: {setting: x}, tokens: {input: 1, output: 1}}}\n" SOUND_ROUTES,
            5, 28, "demand is a map of keys; {setting: NAME} stands in place of one value", "");
}

static void too_many_settings_are_refused(void)
{
    char yaml[3000] = SOUND "settings: {";
    for (int i = 0; i <= SETTINGS_MOST; i++)
        snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "s%d: 1, ", i);
    snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "}\n");
    refused(yaml, 6, 11, "`settings` has 33 entries; allowed: at most 32", "");
}

static void a_setting_that_nobody_reads_is_warned_of(void)
{
    warned(HEAD WORK "settings: {llm: sonnet, long: 4200, old: 5}\n", 8, 37, "no key reads the setting 'old'");
    struct floe_document *d = sound(HEAD WORK "settings: {llm: sonnet, long: 4200, old: 5}\nvariants: {a: {}, b: {set: "
                                              "{workloads.training.tokens.input: {setting: old}}}}\n");
    check_i64(d->messages.n, 0); /* one variant's key reads it */
    floe_document_free(d);
}

/* -- changes -- */

static void a_change_begins_a_phase(void)
{
    struct floe_document *d = sound(BASE CHANGES);
    const struct study *s = &d->study;
    check_i64(s->n_variants, 1);
    check_text(s->variants[0].name, VARIANT_BASE);
    check_i64(s->variants[0].n_phases, 3);
    check_i64(s->variants[0].phases[0].from_at_s, DAY(0));
    check_i64(s->variants[0].phases[1].from_at_s, DAY(2));
    check_i64(s->variants[0].phases[2].from_at_s, DAY(4));
    check_i64(s->variants[0].phases[0].changes, 0);
    check_i64(s->variants[0].phases[1].changes, 1);
    check_i64(s->variants[0].phases[2].changes, 3);
    check_text(phase_of(d, 0, 0)->workloads[0].model, "sonnet");
    check_text(phase_of(d, 0, 1)->workloads[0].model, "opus");
    check_text(phase_of(d, 0, 1)->workloads[1].model, "opus");
    check(phase_of(d, 0, 1)->workloads[1].tokens.output.mean == 450);
    check(phase_of(d, 0, 1)->workloads[0].demand.tasks_per_s == 6400 / 86400.0);
    check(phase_of(d, 0, 2)->workloads[0].demand.tasks_per_s == 9000 / 86400.0);
    check_text(phase_of(d, 0, 2)->workloads[0].model, "opus"); /* a change stays */
    check(memcmp(&d->scenario, phase_of(d, 0, 0), sizeof d->scenario) == 0);
    check_i64(s->n_changes, 2);
    check_text(s->changes[0].name, "switch");
    check_i64(s->changes[0].at_s, DAY(2));
    check_i64(s->changes[0].settings, 1);
    check_i64(s->changes[1].settings, 0);
    check_i64(s->n_scenarios, 3);
    check(!study_is_plain(s));
    floe_document_free(d);
}

static void changes_are_ordered_by_instant_then_by_place(void)
{
    struct floe_document *d = sound(BASE
                                    "changes:\n  late: {at: 2026-03-20, set: {workloads.matching.tokens.output: 3}}\n"
                                    "  first: {at: '2026-03-18T01:00+01:00', set: {workloads.matching.tokens.output: "
                                    "1, workloads.training.tokens.output: "
                                    "7}}\n  second: {at: 2026-03-18, set: {workloads.matching.tokens.output: 2}}\n");
    check_i64(d->study.variants[0].n_phases, 3);
    check_i64(d->study.variants[0].phases[1].from_at_s, DAY(2));
    check_i64(d->study.variants[0].phases[1].changes, 6);
    check(phase_of(d, 0, 1)->workloads[1].tokens.output.mean == 2); /* of one instant the later in the file wins */
    check(phase_of(d, 0, 1)->workloads[0].tokens.output.mean == 7);
    check(phase_of(d, 0, 2)->workloads[1].tokens.output.mean == 3);
    floe_document_free(d);
}

static void a_change_before_the_start_holds_from_the_start(void)
{
    struct floe_document *d = sound(BASE
                                    "changes: {a: {at: 2026-03-01, set: {settings.long: 77}}, b: {at: 2026-03-16, set: "
                                    "{settings.llm: opus}}}\n");
    check_i64(d->study.variants[0].n_phases, 1);
    check_i64(d->study.variants[0].phases[0].from_at_s, DAY(0));
    check_i64(d->study.variants[0].phases[0].changes, 3);
    check(d->scenario.workloads[1].tokens.input.mean == 77);
    check_text(d->scenario.workloads[1].model, "opus");
    check(d->study.scenarios[0].workloads[1].tokens.input.mean == 4200); /* the file itself */
    check(study_is_plain(&d->study));
    floe_document_free(d);
}

static void a_change_after_the_end_is_warned_of(void)
{
    warned(BASE "changes: {a: {at: 2026-04-15, set: {settings.long: 77}}}\n", 9, 19,
           "change 'a' never happens: what is simulated ends at 2026-04-15T00:00:00Z");
    struct floe_document *d = sound(BASE "changes: {a: {at: 2026-04-14T23:59:59Z, set: {settings.long: 77}}}\n");
    check_i64(d->messages.n, 0);
    check_i64(d->study.variants[0].n_phases, 2);
    floe_document_free(d);
    d = sound(BASE
              "changes: {a: {at: 2026-04-15, set: {settings.long: 77}}}\nvariants: {v: {}, w: {}, x: {without: a}}\n");
    check_i64(d->messages.n_warnings, 1); /* not once for every variant */
    check_i64(d->study.variants[0].n_phases, 1);
    floe_document_free(d);
}

static void nested_maps_and_paths_set_the_same(void)
{
    static const char *const sets[] = {
        "{workloads.matching.tokens.output: 450, workloads.matching.demand.tasks: 7/s}",
        "{workloads: {matching: {tokens: {output: 450}, demand: {tasks: 7/s}}}}",
        "{workloads.matching: {tokens.output: 450, demand: {tasks: 7/s}}}",
        "{workloads.matching.tokens: {output.mean: 450}, workloads: {matching.demand.tasks: 7/s}}",
    };
    uint64_t digest = 0;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char yaml[2000];
        snprintf(yaml, sizeof yaml, BASE "changes: {c: {at: 2026-03-18, set: %s}}\n", sets[i]);
        struct floe_document *d = sound(yaml);
        const struct workload *w = &phase_of(d, 0, 1)->workloads[1];
        check_at(w->tokens.output.mean == 450 && w->demand.tasks_per_s == 7 && w->tokens.input.mean == 4200, __FILE__,
                 __LINE__, "%s", sets[i]);
        if (i > 0) check_u64(d->digest, digest);
        digest = d->digest;
        floe_document_free(d);
    }
}

static void what_one_value_stands_for_is_set_as_a_whole(void)
{
    struct floe_document *d = sound(
        HEAD SETTINGS
        "workloads: {a: {model: {setting: llm}, demand: {tasks: 5/s, weekday: [1, 1, 1, 1, 1, 1, 1]}, tokens: {input: "
        "{law: lognormal, median: 3, p95: "
        "9}, output: {setting: long}}}}\nroutes: {api: {chain: [from workload]}}\nchanges: {c: {at: 2026-03-18, set: "
        "{workloads.a.tokens: {input: {law: lognormal, mean: 4, cv: 2}, output: {value: 5, evidence: assumed}}, "
        "workloads.a.demand: {weekday.5: 0.5}, routes.api.chain.model: {setting: llm}}}}\n");
    const struct scenario *s = phase_of(d, 0, 1);
    check(s->workloads[0].tokens.input.median == PARAM_ABSENT && s->workloads[0].tokens.input.cv == 2);
    check(s->workloads[0].tokens.output.mean == 5);
    check(s->workloads[0].demand.weekday[5] == 0.5 && s->workloads[0].demand.weekday[4] == 1);
    check_text(s->routes[0].chain[0].model, "sonnet");
    check_i64(d->study.n_readers, 3);
    check_text(d->study.readers[2].path, "routes.api.chain.0.model");
    check_i64(d->study.readers[2].is_base, 0);
    check_i64(d->study.readers[2].workload, -1);
    check_i64(d->study.readers[0].is_base, 1);
    floe_document_free(d);
}

static void the_evidence_around_does_not_speak_for_a_change(void)
{
    struct floe_document *d = sound(
        HEAD SETTINGS "workloads: {a: {evidence: measured, model: {setting: llm}, demand: {tasks: 5/s}, tokens: "
                      "{input: {setting: long}, output: 5}}}\nroutes: {api: {chain: [from workload]}}\nchanges: {c: "
                      "{at: 2026-03-18, set: "
                      "{workloads.a.tokens.output: 6, workloads.a.demand.tasks: {value: 6/s, evidence: assumed}}}}\n");
    check_i64(d->study_inputs.n, 2);
    check_text(d->study_inputs.items[0].input.path, "workloads.a.demand.tasks");
    check_i64(d->study_inputs.items[0].input.evidence, EVIDENCE_ASSUMED);
    check_i64(d->study_inputs.items[0].scenario, 1);
    check_text(d->study_inputs.items[1].input.path, "workloads.a.tokens.output.mean");
    check_i64(d->study_inputs.items[1].input.evidence, EVIDENCE_NONE);
    check_text(d->files[d->study_inputs.items[1].input.file], "s.yaml");
    check_i64(input_of(d, "workloads.a.tokens.output.mean")->evidence, EVIDENCE_MEASURED);
    floe_document_free(d);
}

#define IN_CHANGE(SET) BASE "changes: {c: {at: 2026-03-18, set: {" SET "}}}\n" /* the set begins at 9:37 */

static void wrong_keys_in_a_change_are_refused(void)
{
    refused(IN_CHANGE("workloads.matching.tokns.output: 3"), 9, 56,
            "change 'c': unknown key 'tokns' in workload 'matching'", "did you mean 'tokens'?");
    refused(IN_CHANGE("workloads.mtching.tokens.output: 3"), 9, 47, "change 'c': there is no workload 'mtching'",
            "did you mean 'matching'?");
    refused(IN_CHANGE("worklods.matching.tokens.output: 3"), 9, 37, "change 'c': unknown key 'worklods' in scenario",
            "did you mean 'workloads'?");
    refused(IN_CHANGE("workloads: {matching: {tokens.outpt: 3}}"), 9, 67, "change 'c': unknown key 'outpt' in tokens",
            "did you mean 'output'?");
    refused(IN_CHANGE("settings.lm: opus"), 9, 46, "change 'c': there is no setting 'lm'", "did you mean 'llm'?");
    refused(IN_CHANGE("settings.llm.owner: me"), 9, 50, "of a setting only the value can be set", "");
    refused(IN_CHANGE("settings.llm: null"), 9, 46, "setting 'llm' cannot be taken away", "another value");
    refused(IN_CHANGE("settings: 5"), 9, 37, "`settings` cannot be set as a whole", "settings.NAME");
    refused(IN_CHANGE("routes.api.chain.1.model: opus"), 9, 54, "`chain` has 1 entry here", "counted from 0");
    refused(IN_CHANGE("workloads.training.demand.weekday.5: 0"), 9, 71, "`weekday` has 0 entries here", "");
    refused(HEAD WORK SETTINGS "changes: {c: {at: 2026-03-18, set: {workloads.matching.model.evidence: assumed}}}\n", 9,
            62, "change 'c': the value reads the setting 'llm'", "set settings.llm, or the whole value");
    refused(IN_CHANGE("a=b: 3"), 9, 37, "change 'c': this is no path of keys", "for example");
    refused(IN_CHANGE("workloads.matching.tokens.input: {setting: lng}"), 9, 80,
            "change 'c': there is no setting 'lng'", "did you mean 'long'?");
}

static void what_cannot_change_is_refused_with_the_reason(void)
{
    static const struct {
        const char *set;
        int column;
        const char *what, *hint;
    } cases[] = {
        {"floe: 1", 37, "`floe` cannot change during a run", "once for the whole file"},
        {"extends: x.yaml", 37, "`extends` cannot change", "once for the whole file"},
        {"title: new", 37, "`title` cannot change", "once for the whole file"},
        {"time.horizon: 3d", 37, "`time` cannot change", "runs over the same time"},
        {"time: {warmup: 3d}", 37, "`time` cannot change", "runs over the same time"},
        {"windows.d: 2026-03-17", 37, "`windows` cannot change", "cut by the same windows"},
        {"variants.x: {}", 37, "`variants` cannot change", "no part of another"},
        {"changes.c.at: 2026-03-19", 37, "a change cannot set `changes`", ""},
        {"expect: []", 37, "`expect` cannot change", ""},
        {"lesson: {number: 1}", 37, "`lesson` cannot change", ""},
        {"workloads.matching.demand.trace: x.csv", 63, "`trace` cannot change", "read once and shared"},
        {"workloads.matching.tokens: {empirical: x.csv}", 65, "`empirical` cannot change", "read once and shared"},
        {"prices.book: b.yaml", 44, "`book` cannot change", "prices.models.NAME"},
        {"workloads.matching: null", 47, "workload 'matching' cannot be taken away", "same workloads and routes"},
        {"workloads: null", 37, "`workloads` cannot be taken away", "same workloads and routes"},
        {"routes.api: ~", 44, "route 'api' cannot be taken away", "same workloads and routes"},
        {"workloads.zebra: {demand: {tasks: 1/s}}", 47, "there is no workload 'zebra'", "same workloads and routes"},
        {"routes: {zebra: {chain: [opus]}}", 46, "there is no route 'zebra'", "same workloads and routes"},
        {"workloads.matching.evidence: measured", 56, "`evidence` cannot change", "beside its value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char yaml[2000];
        snprintf(yaml, sizeof yaml, BASE "changes: {c: {at: 2026-03-18, set: {%s}}}\n", cases[i].set);
        refused_at(yaml, 9, cases[i].column, cases[i].what, cases[i].hint, cases[i].set, 0);
    }
}

static void wrong_values_in_a_change_are_told_once_at_their_place(void)
{
    refused(IN_CHANGE("workloads.matching.tokens.output: 30 s"), 9, 71, "change 'c': `output`: '30 s' is a time", "");
    refused(IN_CHANGE("settings.llm: opsu"), 9, 51, "change 'c': the model 'opsu' has no prices",
            "did you mean 'opus'?");
    refused(IN_CHANGE("settings.long: 4 s"), 9, 52, "change 'c': `input`: '4 s' is a time", "");
    refused(IN_CHANGE("prices.models.opus.input: -3 usd/Mtok"), 9, 63, "`input`: '-3 usd/Mtok' is out of range", "");
    refused(IN_CHANGE("workloads.matching: 5"), 9, 57, "change 'c': workload 'matching' is a map of keys, not '5'", "");
    /* What is wrong between two keys is told at the one that the change sets. */
    refused(IN_CHANGE("workloads.training.demand.tasks: 9/s, workloads.matching.demand: null"), 9, 94,
            "change 'c': workload 'matching' lacks `demand`", "");
    refused(HEAD "workloads: {a: {model: opus, demand: {tasks: 5/s}, tokens: {input: 5, output: 5, cache_read: "
                 "60%}}}\nroutes: {api: "
                 "{chain: [from workload]}}\nchanges: {c: {at: 2026-03-18, set: {workloads.a.demand.tasks: 2/s, "
                 "workloads.a.tokens.cache_write_5m: 50%}}}\n",
            6, 87, "change 'c': cache_read, cache_write_5m and cache_write_1h add up to more than 100 %", "");
    /* In both variants and in two phases, and told once all the same. */
    refused(
        BASE
        "changes: {c: {at: 2026-03-18, set: {settings.long: 4 s}}, d: {at: 2026-03-19, set: {settings.llm: opus}}}\n"
        "variants: {v: {}, w: {set: {workloads.training.tokens.output: 3}}}\n",
        9, 52, "change 'c': `input`: '4 s' is a time", "");
}

static void an_error_of_the_file_itself_is_told_once_and_without_a_name(void)
{
    struct floe_document *d;
    check_i64(read_text_of(HEAD WORK "settings: {llm: snnet, long: 4200}\nchanges: {c: {at: 2026-03-18, set: "
                                     "{workloads.matching.tokens.output: 450}}}\nvariants: {v: {}, w: {without: c}}\n",
                           &d),
              FLOE_BAD_INPUT);
    check_i64(d->messages.n, 1);
    check_text(d->messages.items[0].what, "the model 'snnet' has no prices");
    check_nothing_half_read(d, __FILE__, __LINE__);
    check_i64(d->study.n_scenarios, 0);
    check_i64(d->study_inputs.n, 0);
    floe_document_free(d);
}

static void wrong_changes_are_refused(void)
{
    refused(BASE "changes: 5\n", 9, 1, "`changes` is a map by name", "switch: {at: 2026-03-18");
    refused(BASE "changes: {}\n", 9, 10, "`changes` needs at least one entry", "");
    refused(BASE "changes: {c: 5}\n", 9, 14, "change 'c' is a map of keys", "keys: at, set");
    refused(BASE "changes: {c: {at: 2026-03-18}}\n", 9, 11, "change 'c' sets nothing", "for example set:");
    refused(BASE "changes: {c: {at: 2026-03-18, set: {}}}\n", 9, 36, "`set` is a map of paths", "");
    refused(BASE "changes: {c: {at: 2026-03-18, set: [settings.long]}}\n", 9, 31, "`set` is a map of paths", "");
    refused(BASE "changes: {c: {set: {settings.long: 3}}}\n", 9, 11, "change 'c' lacks `at`", "2026-03-18T00:00Z");
    refused(BASE "changes: {c: {at: 2026-03-18T00:00, set: {settings.long: 3}}}\n", 9, 19,
            "`at`: '2026-03-18T00:00' does not say its time zone", "add Z");
    refused(BASE "changes: {c: {at: 2d, set: {settings.long: 3}}}\n", 9, 19, "`at`: '2d' is not an instant", "");
    refused(BASE "changes: {c: {at: [2026-03-18], set: {settings.long: 3}}}\n", 9, 15, "`at` is one instant", "");
    refused(BASE "changes: {c: {at: 2026-03-18, sett: {settings.long: 3}}}\n", 9, 31,
            "unknown key 'sett' in change 'c'", "did you mean 'set'?");
    refused(BASE "changes: {c: {at: 2026-03-18, settings.long: 3, set: {settings.long: 3}}}\n", 9, 31,
            "unknown key 'settings.long' in change 'c'", "below `set`");
    refused(BASE "changes: {a/b: {at: 2026-03-18, set: {settings.long: 3}}}\n", 9, 11, "the name 'a/b' holds one of",
            "");
}

static void too_many_are_refused(void)
{
    char yaml[6000] = BASE "changes: {";
    for (int i = 0; i <= CHANGES_MOST; i++)
        snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "c%d: {at: 2026-03-18, set: {settings.long: %d}}, ",
                 i, i);
    snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "}\n");
    refused(yaml, 9, 10, "`changes` has 17 entries; allowed: at most 16", "");
    snprintf(yaml, sizeof yaml, BASE "variants: {");
    for (int i = 0; i <= VARIANTS_MOST; i++)
        snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "v%d: {}, ", i);
    snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "}\n");
    refused(yaml, 9, 11, "`variants` has 17 entries; allowed: at most 16", "");
}

/* -- variants -- */

#define VARIANTS                                                                                                       \
    "variants: {happened: {}, no_switch: {without: switch}, neither: {without: [switch, more]}, later: {set: "         \
    "{changes.switch.at: 2026-03-19, settings.long: 100}}}\n"

static void variants_leave_out_move_and_set(void)
{
    struct floe_document *d = sound(BASE CHANGES VARIANTS);
    const struct study *s = &d->study;
    check_i64(s->n_variants, 4);
    check_text(s->variants[1].name, "no_switch");
    check_i64(study_variant_find(s, "later"), 3);
    check_i64(study_variant_find(s, VARIANT_BASE), -1); /* only those that are named */
    check_i64(s->variants[0].n_phases, 3);
    check_i64(s->variants[1].n_phases, 2);
    check_i64(s->variants[1].without, 1);
    check_i64(s->variants[1].phases[1].from_at_s, DAY(4));
    check_i64(s->variants[1].phases[1].changes, 2);
    check_text(phase_of(d, 1, 1)->workloads[0].model, "sonnet");
    check_i64(s->variants[2].n_phases, 1);
    check_i64(s->variants[2].without, 3);
    check_i64(s->variants[3].n_phases, 3);
    check_i64(s->variants[3].phases[1].from_at_s, DAY(3));
    check_i64(s->variants[3].change_at_s[0], DAY(3));
    check_i64(s->changes[0].at_s, DAY(2));
    check(phase_of(d, 3, 0)->workloads[1].tokens.input.mean == 100);
    check(phase_of(d, 3, 2)->workloads[1].tokens.input.mean == 100);
    check_text(phase_of(d, 3, 1)->workloads[1].model, "opus");
    floe_document_free(d);
}

static void equal_scenarios_are_stored_once(void)
{
    struct floe_document *d = sound(BASE CHANGES VARIANTS);
    const struct study *s = &d->study;
    check_i64(s->n_scenarios, 7); /* the file, two changed, without the switch, and three with long: 100 */
    check_i64(s->variants[0].phases[0].scenario, 0);
    check_i64(s->variants[1].phases[0].scenario, 0);
    check_i64(s->variants[2].phases[0].scenario, 0);
    for (int32_t i = 0; i < s->n_scenarios; i++)
        for (int32_t j = 0; j < i; j++)
            check(memcmp(&s->scenarios[i], &s->scenarios[j], sizeof(struct scenario)) != 0);
    floe_document_free(d);
    d = sound(BASE "variants: {a: {set: {settings.long: 5}}, b: {set: {workloads.matching.tokens.input: 5}}}\n");
    check_i64(d->study.n_scenarios, 2);
    check_i64(d->study.variants[1].phases[0].scenario, 1);
    check(d->scenario.workloads[1].tokens.input.mean == 5); /* the first phase of the first variant */
    floe_document_free(d);
    /* The same median, and another range: not the same input. */
    d = sound(BASE "variants: {a: {set: {settings.long: 4 to 9}}, b: {set: {settings.long: 3 to 12}}}\n");
    check(d->study.scenarios[1].workloads[1].tokens.input.mean == d->study.scenarios[2].workloads[1].tokens.input.mean);
    check_i64(d->study.n_scenarios, 3);
    check_i64(d->n_ranges, 1);
    check_i64(d->messages.n_warnings, 1);
    floe_document_free(d);
}

static void a_variant_sets_what_a_change_sets(void)
{
    struct floe_document *d = sound(
        BASE CHANGES
        "variants: {a: {set: {changes.switch.set.settings.llm: sonnet}}, b: {set: {changes: {switch: {set: "
        "{workloads.training.tokens.output: 5}}}}}, c: {set: {settings.llm: opus}}}\n");
    check_text(phase_of(d, 0, 1)->workloads[0].model, "sonnet");
    check(phase_of(d, 0, 1)->workloads[1].tokens.output.mean == 450);
    check_text(phase_of(d, 1, 1)->workloads[0].model, "opus"); /* what the change sets besides stays */
    check(phase_of(d, 1, 1)->workloads[0].tokens.output.mean == 5);
    check_text(phase_of(d, 2, 0)->workloads[0].model, "opus");
    floe_document_free(d);
}

static void wrong_variants_are_refused(void)
{
    refused(BASE "variants: 5\n", 9, 1, "`variants` is a map by name", "happened: {}");
    refused(BASE "variants: {}\n", 9, 11, "`variants` needs at least one entry", "");
    refused(BASE "variants: {v: }\n", 9, 12, "variant 'v' is a map of keys", "{} is the scenario as it stands");
    refused(BASE "variants: {v: {witout: c}}\n", 9, 16, "unknown key 'witout' in variant 'v'",
            "did you mean 'without'?");
    refused(BASE "variants: {v: {prices: {}}}\n", 9, 16, "unknown key 'prices' in variant 'v'", "below `set`");
    refused(BASE CHANGES "variants: {v: {without: swich}}\n", 10, 25, "there is no change 'swich'",
            "did you mean 'switch'?");
    refused(BASE CHANGES "variants: {v: {without: [switch, mroe]}}\n", 10, 34, "there is no change 'mroe'",
            "did you mean 'more'?");
    refused(BASE "variants: {v: {without: {}}}\n", 9, 25, "`without` is the name of a change or a list", "");
    refused(BASE "variants: {v: {set: 3}}\n", 9, 16, "`set` is a map of paths", "");
    refused(BASE "variants: {v: {set: {time.warmup: 1d}}}\n", 9, 22, "variant 'v': `time` is the same in every variant",
            "runs over the same time");
    refused(BASE "variants: {v: {set: {windows.d: 2026-03-17}}}\n", 9, 22, "`windows` is the same in every variant",
            "");
    refused(BASE "variants: {v: {set: {variants.w.without: c}}}\n", 9, 22, "`variants` is the same in every variant",
            "");
    refused(BASE "variants: {v: {set: {settings.lnog: 5}}}\n", 9, 31, "variant 'v': there is no setting 'lnog'",
            "did you mean 'long'?");
    refused(BASE CHANGES "variants: {v: {set: {changes.swich.at: 2026-03-18}}}\n", 10, 30,
            "variant 'v': there is no change 'swich'", "did you mean 'switch'?");
    refused(BASE CHANGES "variants: {v: {set: {changes.switch.at: tomorrow}}}\n", 10, 41,
            "variant 'v': `at`: 'tomorrow' is not an instant", "");
    refused(BASE CHANGES "variants: {v: {set: {changes.switch: null}}}\n", 10, 30, "a change cannot be set as a whole",
            "without: NAME");
    refused(BASE "variants: {v: {set: {settings.llm: opsu}}}\n", 9, 36, "variant 'v': the model 'opsu' has no prices",
            "did you mean 'opus'?");
    refused(BASE "variants: {a/b: {}}\n", 9, 12, "the name 'a/b' holds one of", "");
}

/* -- the digest -- */

static uint64_t digest_of(const char *yaml)
{
    struct floe_document *d = sound(yaml);
    const uint64_t digest = d->digest;
    floe_document_free(d);
    return digest;
}

static void the_digest_is_of_what_happens(void)
{
    const uint64_t plain = digest_of(BASE), happened = digest_of(BASE CHANGES VARIANTS);
    check_u64(plain,
              digest_of(HEAD
                        "workloads:\n  training: {model: sonnet, demand: {tasks: 6400/day}, tokens: {input: 2931, "
                        "output: 400}}\n  matching: {model: sonnet, demand: {tasks: 100/day}, tokens: {input: 4200, "
                        "output: 300}}\nroutes: {api: {chain: [from workload]}}\n"));
    check(plain != happened);
    check(happened != digest_of(BASE CHANGES));
    check(digest_of(BASE CHANGES) != plain);
    check(digest_of(BASE "variants: {a: {}}\n") != plain);
    check(digest_of(BASE "variants: {a: {}}\n") != digest_of(BASE "variants: {b: {}}\n"));
    check_u64(digest_of(BASE "variants: {a: {}, b: {set: {settings.long: 1}}}\n"),
              digest_of(BASE "variants: {b: {set: {settings.long: 1}}, a: {}}\n"));
    check(digest_of(BASE "changes: {c: {at: 2026-03-18, set: {settings.long: 1}}}\n") !=
          digest_of(BASE "changes: {c: {at: 2026-03-19, set: {settings.long: 1}}}\n"));
    check(digest_of(BASE "changes: {c: {at: 2026-03-18, set: {settings.long: 1}}}\n") !=
          digest_of(BASE "changes: {c: {at: 2026-03-18, set: {settings.long: 2}}}\n"));
    check_u64(digest_of(BASE "changes: {c: {at: 2026-03-18, set: {settings.long: 1}}}\n"),
              digest_of(BASE "changes: {d: {at: 2026-03-18, set: {workloads.matching.tokens.input: 1}}}\n"));
}

/* -- expect rows, --set, price books, traces, templates -- */

static void expect_rows_name_variants_and_windows(void)
{
    struct floe_document *d = sound(
        BASE CHANGES VARIANTS "windows: {before: 2026-03-17}\nlesson: {expect: [{variant: happened, window: before, "
                              "invocations: 338, cost_usd: 5.00}]}\nexpect: [{calls: 5}]\n");
    check_i64(d->expects.n, 3);
    check_text(d->expects.items[0].variant, "happened");
    check_text(d->expects.items[0].window, "before");
    check_text(d->expects.items[2].variant, ""); /* each of them */
    floe_document_free(d);
    d = sound(BASE CHANGES "expect: [{calls: 5}]\n");
    check_text(d->expects.items[0].variant, VARIANT_BASE);
    floe_document_free(d);
    refused(BASE CHANGES VARIANTS "expect: [{variant: hapened, calls: 1}]\n", 11, 20,
            "the scenario has no variant 'hapened'", "did you mean 'happened'?");
    refused(BASE CHANGES VARIANTS "expect: [{variant: base, calls: 1}]\n", 11, 20, "the scenario has no variant 'base'",
            "");
    refused(BASE "windows: {before: 2026-03-17}\nvariants: {a: {}}\nexpect: [{variant: a, window: befor, calls: 1}]\n",
            11, 31, "the scenario has no window 'befor'", "did you mean 'before'?");
    refused(BASE "variants: 5\nexpect: [{variant: a, calls: 1}]\n", 9, 1, "`variants` is a map by name", "");
}

static void set_reaches_settings_changes_and_variants(void)
{
    struct floe_document *d = sound_set(BASE CHANGES VARIANTS, "settings.llm=opus");
    check_text(phase_of(d, 0, 0)->workloads[0].model, "opus");
    check_text(d->study.settings[0].owner, "ml-platform");
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "settings.long.owner=me");
    check_text(d->study.settings[1].owner, "me");
    check(d->scenario.workloads[1].tokens.input.mean == 4200);
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "changes.switch.at=2026-03-17T12:00Z");
    check_i64(d->study.variants[0].phases[1].from_at_s, DAY(1) + 43200);
    check_i64(d->study.variants[3].phases[1].from_at_s, DAY(3)); /* which moves it itself */
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "changes.switch.set.workloads.matching.tokens.output=7");
    check(phase_of(d, 0, 1)->workloads[1].tokens.output.mean == 7);
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "variants.later.set.settings.long=8");
    check(phase_of(d, 3, 0)->workloads[1].tokens.input.mean == 8);
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "variants.happened.without=more");
    check_i64(d->study.variants[0].n_phases, 2);
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "variants.one_more={set: {settings.long: 3}}");
    check_i64(d->study.n_variants, 5);
    floe_document_free(d);
    d = sound_set(BASE CHANGES VARIANTS, "variants.neither=null");
    check_i64(d->study.n_variants, 3);
    floe_document_free(d);
    d = sound_set(BASE CHANGES, "workloads.training.model=opus"); /* in place of a setting */
    check_text(d->scenario.workloads[0].model, "opus");
    check_i64(d->study.settings[0].n_readers, 1);
    floe_document_free(d);
    refused_set(BASE CHANGES VARIANTS, "settings.lm=opus", 10, "there is no setting 'lm'", "did you mean 'llm'?");
    refused_set(BASE CHANGES VARIANTS, "changes.swich.at=2026-03-18", 9, "there is no change 'swich'",
                "did you mean 'switch'?");
    refused_set(BASE CHANGES VARIANTS, "variants.latr.set.settings.long=8", 10, "there is no variant 'latr'",
                "did you mean 'later'?");
    refused_set(BASE CHANGES VARIANTS, "changes.switch.at=x", 19, "`at`: 'x' is not an instant", "");
    refused_set(BASE CHANGES VARIANTS, "changes.switch.at.day=3", 19, "`at` has no keys", "");
    refused_set(BASE CHANGES VARIANTS, "changes.switch.att=3", 16, "unknown key 'att' in change 'switch'", "'at'");
    refused_set(BASE CHANGES VARIANTS, "variants.later.set.settings.lng=8", 29,
                "variant 'later': there is no setting 'lng'", "did you mean 'long'?");
    refused_set(BASE CHANGES VARIANTS, "changes.switch.set.workloads.matching.tokens.output=7 s", 53,
                "change 'switch': `output`: '7 s' is a time", "");
}

static void an_entry_of_a_list_of_numbers_is_set(void)
{
    static const char yaml[] = SOUND_HEAD
        "workloads: {chat: {demand: {tasks: 1/s, weekday: [1, 1, 1, 1, 1, 1, 1]}, tokens: {input: "
        "{law: values, values: [5, 6]}, output: 1}}}\n" SOUND_ROUTES;
    struct floe_document *d = sound_set(yaml, "workloads.chat.demand.weekday.6=0.25");
    check(d->scenario.workloads[0].demand.weekday[6] == 0.25 && d->scenario.workloads[0].demand.weekday[5] == 1);
    floe_document_free(d);
    d = sound_set(yaml, "workloads.chat.tokens.input.values.1=60");
    check(d->scenario.workloads[0].tokens.input.values[1] == 60 &&
          d->scenario.workloads[0].tokens.input.values[0] == 5);
    floe_document_free(d);
    refused_set(yaml, "workloads.chat.demand.weekday.7=1", 31, "`weekday` has 7 entries here", "counted from 0");
    refused_set(yaml, "workloads.chat.demand.weekday.3=null", 31, "one entry of `weekday` cannot be taken away",
                "whole list");
    refused_set(yaml, "workloads.chat.demand.weekday.3=1 s", 33, "`weekday`: '1 s' is a time", "");
    refused_set(yaml, "workloads.chat.demand.hour_of_day.3=1", 35, "`hour_of_day` has 0 entries here", "");
}

static void prices_are_found_for_the_models_of_all_phases(void)
{
    static const char text[] =
        "floe: 1\ntime: {start: 2026-03-16, horizon: 30d}\nprices: {book: b.yaml}\nsettings: {llm: a}\n"
        "workloads: {w: {model: {setting: llm}, demand: {tasks: 1/s}, tokens: {input: 1, output: 1}}}\n"
        "routes: {api: {chain: [from workload]}}\n"
        "changes: {c: {at: 2026-03-18, set: {settings.llm: b.1, prices.models.b.1.input: 7 usd/Mtok}}}\n"
        "variants: {v: {}, w: {set: {changes.c.set.settings.llm: d}}}\n";
    static const char book[] =
        "floe_prices: 1\nmodels:\n  a: {input: 1 usd/Mtok, output: 1 usd/Mtok}\n  b.1: {input: 2 "
        "usd/Mtok, output: 2 usd/Mtok}\n  d: {input: 4 usd/Mtok, output: 4 usd/Mtok}\n  unused: {input: 5 s, output: "
        "x}\n";
    const struct memory_file files[] = {{"s.yaml", text, 0}, {"b.yaml", book, 0}};
    struct floe_document *d = sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
    check_i64(d->scenario.prices.n_models, 3);
    check_text(phase_of(d, 0, 1)->prices.models[1].name, "b.1");
    check(phase_of(d, 0, 1)->prices.models[1].rows[0].usd_per_tok.input == 7e-06);
    check(phase_of(d, 0, 0)->prices.models[1].rows[0].usd_per_tok.input == 2e-06);
    check_text(phase_of(d, 1, 1)->workloads[0].model, "d");
    floe_document_free(d);
    const struct memory_file without[] = {{"s.yaml", text, 0},
                                          {"b.yaml",
                                           "floe_prices: 1\nmodels: {a: {input: 1 usd/Mtok, output: 1 usd/Mtok}, b.1: "
                                           "{input: 1 usd/Mtok, output: 1 usd/Mtok}}\n",
                                           0}};
    const enum floe_status status = read_memory(without, 2, NULL, 0, &d);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, "s.yaml", 8, 57, "change 'c': the model 'd' has no prices", "", __FILE__, __LINE__);
}

static void traces_are_shared_by_all_phases(void)
{
    const struct memory_file files[] = {
        {"s.yaml",
         SOUND_HEAD "workloads: {log: {demand: {trace: t.csv}}, chat: {demand: {tasks: 1/s}, tokens: {empirical: "
                    "t.csv}}}\n" SOUND_ROUTES
                    "changes: {c: {at: 2026-03-18, set: {workloads.chat.demand.tasks: 2/s}}}\n",
         0},
        {"t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-03-16 03:59:00.5,374,44\n2026-03-16 04:00:00,10,2\n",
         0}};
    struct floe_document *d = sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
    check_i64(d->traces.n, 1);
    check_i64(d->study.n_scenarios, 2);
    for (int32_t i = 0; i < 2; i++) {
        check_i64(d->study.scenarios[i].workloads[0].demand.trace.index, 0);
        check_i64(d->study.scenarios[i].workloads[1].tokens.trace.index, 0);
        check_i64(d->study.scenarios[i].workloads[1].demand.trace.index, -1);
        check_text(d->study.scenarios[i].workloads[1].tokens.trace.file, "t.csv");
    }
    floe_document_free(d);
    const struct memory_file taken[] = {
        {"s.yaml",
         SOUND_HEAD "workloads: {chat: {demand: {tasks: 1/s}, tokens: {empirical: t.csv}}}\n" SOUND_ROUTES
                    "changes: {c: {at: 2026-03-18, set: {workloads.chat.tokens: null, workloads.chat.tokens.input: 3, "
                    "workloads.chat.tokens.output: 3}}}\n",
         0},
        files[1]};
    const enum floe_status status = read_memory(taken, 2, NULL, 0, &d);
    check_i64(d->messages.n_errors, 1);
    check_first(status, d, "s.yaml", 6, 120,
                "change 'c': workloads, routes and traces must be the same in every variant", "", __FILE__, __LINE__);
}

static void a_template_may_hold_the_study(void)
{
    const struct memory_file files[] = {
        {"c.yaml",
         "extends: t.yaml\nsettings: {llm: opus}\nvariants: {neither: null, later: {set: {settings.long: 5}}}\n", 0},
        {"t.yaml", BASE CHANGES VARIANTS, 0}};
    struct floe_document *d = sound_at(files, 2, NULL, 0, __FILE__, __LINE__);
    check_i64(d->study.n_variants, 3);
    check_text(d->scenario.workloads[0].model, "opus");
    check(phase_of(d, 2, 0)->workloads[1].tokens.input.mean == 5);
    check_i64(d->study.variants[2].phases[1].from_at_s, DAY(3));
    floe_document_free(d);
    const struct memory_file law[] = {{"c.yaml",
                                       "extends: t.yaml\nworkloads: {matching: {tokens: {input: {law: lognormal, "
                                       "median: 3, p95: 9}}, model: {setting: llm}}}\nsettings: {long: null}\n",
                                       0},
                                      {"t.yaml", BASE, 0}};
    d = sound_at(law, 2, NULL, 0, __FILE__, __LINE__); /* {setting: long} is one value: replaced, not merged with */
    check(d->scenario.workloads[1].tokens.input.p95 == 9);
    floe_document_free(d);
    const struct memory_file wrong[] = {
        {"c.yaml", "extends: t.yaml\ntitle: mine\n", 0},
        {"t.yaml", BASE "changes: {c: {at: 2026-03-18, set: {settings.long: 5 s}}}\n", 0}};
    const enum floe_status status = read_memory(wrong, 2, NULL, 0, &d);
    check_first(status, d, "t.yaml", 9, 52, "change 'c': `input`: '5 s' is a time", "", __FILE__, __LINE__);
}

static void a_plain_scenario_is_a_study_of_one(void)
{
    struct floe_document *d = sound(SOUND);
    check(study_is_plain(&d->study));
    check_i64(d->study.n_scenarios, 1);
    check_text(d->study.variants[0].name, VARIANT_BASE);
    check_i64(d->study.variants[0].phases[0].from_at_s, DAY(0));
    check(memcmp(&d->scenario, &d->study.scenarios[0], sizeof d->scenario) == 0);
    check_u64(d->digest, d->study.digests[0]);
    check(d->study_text == NULL);
    floe_document_free(d);
}

static void the_print_shows_what_happens_when(void)
{
    struct floe_document *d = sound(BASE CHANGES VARIANTS);
    char *text = NULL;
    check_i64(floe_document_print(d, &text, NULL), FLOE_OK);
    check(strstr(text, "#   with s.yaml") == NULL); /* changes count as a file of their own, and are none */
    check_contains(text, "\n    model: {setting: llm} # sonnet\n");
    check_contains(text, "\n        mean: {setting: long} # 4200 tok\n");
    check_contains(text, "\n  llm: {value: sonnet, owner: ml-platform} # read by workloads.training.model, "
                         "workloads.matching.model\n");
    check_contains(text, "\n    at: '2026-03-18T00:00Z' # 2d after the start\n    set:\n      settings.llm: opus\n");
    check_contains(text, "\n  happened: {}\n  no_switch:\n    without: switch\n");
    check_contains(text,
                   "\n#   happened\n#     from 2026-03-16T00:00:00Z: as above\n#     from 2026-03-18T00:00:00Z, after "
                   "switch\n#       workloads.training.model: opus\n");
    check_contains(text, "\n#     from 2026-03-20T00:00:00Z, after switch and more\n");
    check_contains(
        text, "\n#     from 2026-03-20T00:00:00Z, after more\n#       workloads.training.demand.tasks: 9000/day\n");
    free(text);
    floe_document_free(d);
}

static const struct test tests[] = {
    {"a setting is read where it is named", a_setting_is_read_where_it_is_named, FAST},
    {"who reads a setting is known", who_reads_a_setting_is_known, FAST},
    {"a setting may stand for any kind of value", a_setting_may_stand_for_any_kind_of_value, FAST},
    {"a setting's evidence is its own", a_settings_evidence_is_its_own, FAST},
    {"wrong settings are refused", wrong_settings_are_refused, FAST},
    {"too many settings are refused", too_many_settings_are_refused, FAST},
    {"a setting that nobody reads is warned of", a_setting_that_nobody_reads_is_warned_of, FAST},
    {"a change begins a phase", a_change_begins_a_phase, FAST},
    {"changes are ordered by instant, then by place", changes_are_ordered_by_instant_then_by_place, FAST},
    {"a change before the start holds from the start", a_change_before_the_start_holds_from_the_start, FAST},
    {"a change after the end is warned of", a_change_after_the_end_is_warned_of, FAST},
    {"nested maps and paths set the same", nested_maps_and_paths_set_the_same, FAST},
    {"what one value stands for is set as a whole", what_one_value_stands_for_is_set_as_a_whole, FAST},
    {"the evidence around does not speak for a change", the_evidence_around_does_not_speak_for_a_change, FAST},
    {"wrong keys in a change are refused", wrong_keys_in_a_change_are_refused, FAST},
    {"what cannot change is refused with the reason", what_cannot_change_is_refused_with_the_reason, FAST},
    {"wrong values in a change are told once, at their place", wrong_values_in_a_change_are_told_once_at_their_place,
     FAST},
    {"an error of the file itself is told once and without a name",
     an_error_of_the_file_itself_is_told_once_and_without_a_name, FAST},
    {"wrong changes are refused", wrong_changes_are_refused, FAST},
    {"too many changes or variants are refused", too_many_are_refused, FAST},
    {"variants leave changes out, move them and set keys", variants_leave_out_move_and_set, FAST},
    {"equal scenarios are stored once", equal_scenarios_are_stored_once, FAST},
    {"a variant sets what a change sets", a_variant_sets_what_a_change_sets, FAST},
    {"wrong variants are refused", wrong_variants_are_refused, FAST},
    {"the digest is of what happens", the_digest_is_of_what_happens, FAST},
    {"expect rows name variants and windows", expect_rows_name_variants_and_windows, FAST},
    {"--set reaches settings, changes and variants", set_reaches_settings_changes_and_variants, FAST},
    {"an entry of a list of numbers is set", an_entry_of_a_list_of_numbers_is_set, FAST},
    {"prices are found for the models of all phases", prices_are_found_for_the_models_of_all_phases, FAST},
    {"traces are shared by all phases", traces_are_shared_by_all_phases, FAST},
    {"a template may hold the study", a_template_may_hold_the_study, FAST},
    {"a plain scenario is a study of one", a_plain_scenario_is_a_study_of_one, FAST},
    {"the print shows what happens when", the_print_shows_what_happens_when, FAST},
};
TEST_MAIN("read_study", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

const struct verb verbs[] = {
    {"check", VERB_CHECK, "[options] FILE", "is the scenario sound? prints it resolved, with units and evidence",
     "Reads a scenario and prints it as the program understands it: every unit, every preset taken, every\n"
     "piece of evidence. The print is itself a scenario with the same digest.",
     verb_check},
    {"run", VERB_RUN, "[options] FILE", "what happens on each route over time, and what it costs",
     "Simulates every workload of the scenario on every route and prices it.", verb_run},
    {"prices", VERB_PRICES, "import [options] FILE", "turns a LiteLLM price file into a dated price book",
     "Reads model_prices_and_context_window.json of LiteLLM and writes a price book for `prices: {book: ...}`.\n"
     "What could not be mapped is reported, with counts.",
     verb_prices},
    {"diff", VERB_DIFF, "[options] A B", "why did the bill change? a waterfall whose parts sum to the change",
     "A and B: FILE, FILE@PERIOD, FILE:VARIANT, FILE:VARIANT@PERIOD. FILE is a scenario (it is simulated) or an\n"
     "export of usage. PERIOD: a window, 2026-03-17, 2026-03, 2026-03-01..2026-04-01.",
     verb_diff},
    {"reconcile", VERB_RECONCILE, "[options] FILE --invoice FILE --month YYYY-MM",
     "does the scenario tie to last month's invoice?",
     "Simulates the month and compares it with the invoice, SKU by SKU: what is more usage, what is another\n"
     "price, what the scenario does not have. The residual is flagged above 5 %.",
     verb_reconcile},
    {"import", VERB_IMPORT, "[options] FILE...", "actual usage out of exports: LiteLLM, CloudWatch, FOCUS, ...",
     "Reads exports (plain or .gz; - is standard input) into one usage table, tokens in disjoint classes, and says\n"
     "what was read, what was not kept, and why. docs/actuals.md explains formats, rules and traps.",
     verb_import},
    {"bench", VERB_BENCH, "[options] [FILE]", "this machine's speed; queueing cases beside their expected values",
     "Times the engine beside loops written by hand, in interleaved rounds: M/M/1, stations, the event queue,\n"
     "routes (with FILE: that scenario), threads. With --case, checks the engine against queueing theory\n"
     "instead; exit 4 if a case does not hold.",
     verb_bench},
    {"help", VERB_HELP, "[parameters | KEY]", "every key of a scenario, with unit, range and preset",
     "floe help parameters lists all keys; floe help workloads.NAME.tokens.output explains one.", verb_help_topic},
};
const int n_verbs = sizeof verbs / sizeof verbs[0];

const struct verb *verb_find(const char *name)
{
    for (int i = 0; i < n_verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

void verbs_print(FILE *to)
{
    fputs("Floe simulates what an LLM inference route costs, and whether it will hold, before you migrate to it.\n\n",
          to);
    fputs("usage: floe VERB [options] FILE...\n\n", to);
    for (int i = 0; i < n_verbs; i++)
        fprintf(to, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
    fputs("\n  floe VERB --help      the options of a verb\n", to);
    fputs("  floe help parameters  every key of a scenario, with unit, range and preset\n", to);
    fputs("  floe --version        version, math profile, instruction sets, backends\n", to);
    fputs(
        "\nExit status: 0 done, 1 the input is wrong, 2 wrong usage, 3 the environment, 4 a requested check failed.\n",
        to);
    fputs("A first run: floe run scenarios/demo/azure-hour.yaml\n", to);
}

void verb_help(const struct verb *verb)
{
    printf("usage: floe %s %s\n\n%s\n\n", verb->name, verb->usage, verb->about);
    options_print(verb->bit);
}

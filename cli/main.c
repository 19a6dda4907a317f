/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "sim/fmath.h"

static void print_help(void)
{
    puts("Floe simulates what an LLM inference route costs, and whether it will hold, before you migrate to it.\n");
    puts("usage: floe VERB [options] FILE...\n");
    for (int i = 0; i < n_verbs; i++)
        printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
    puts("\n  floe VERB --help      the options of a verb");
    puts("  floe help parameters  every key of a scenario, with unit, range and preset");
    puts("  floe --version        version, math profile, instruction sets, backends");
    puts("\nExit status: 0 done, 1 the input is wrong, 2 wrong usage, 3 the environment, 4 a requested check failed.");
    puts("A first run: floe run scenarios/demo/azure-hour.yaml");
}

static void print_version(void)
{
    int n;
    const struct engine_path *paths = engine_paths(&n);
    printf("floe %s, math profile %d\n", FLOE_VERSION, FLOE_MATH_PROFILE);
    for (int i = 0; i < n; i++)
        printf("backend cpu, %s: %s\n", paths[i].name, paths[i].available ? "available" : paths[i].why_not);
    puts("backend cuda: not in this version");
}

static const struct verb *verb_of(const char *name)
{
    for (int i = 0; i < n_verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct options options;
    terminal_init();
    if (argc < 2) {
        print_help();
        return FLOE_BAD_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return FLOE_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return FLOE_OK;
    }
    const struct verb *verb = verb_of(argv[1]);
    if (verb == NULL) {
        fprintf(stderr, "floe: there is no verb '%s'; floe --help lists them\n", argv[1]);
        return FLOE_BAD_USAGE;
    }
    enum floe_status status = options_parse(verb->bit, argc, argv, 2, &options);
    if (status != FLOE_OK) return status;
    if (options.is_help) {
        verb_help(verb);
        return FLOE_OK;
    }
    return verb->run(&options);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "sim/fmath.h"

static void print_version(void)
{
    int n;
    const struct engine_path *paths = engine_paths(&n);
    printf("floe %s, math profile %d\n", FLOE_VERSION, FLOE_MATH_PROFILE);
    for (int i = 0; i < n; i++)
        printf("backend cpu, %s: %s\n", paths[i].name,
               engine_path_is_available(&paths[i]) ? "available" : paths[i].why_not);
    puts("backend cuda: not in this version");
}

int main(int argc, char **argv)
{
    struct options options;
    terminal_init();
    if (argc < 2) {
        verbs_print(stderr);
        return FLOE_BAD_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        verbs_print(stdout);
        return FLOE_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return FLOE_OK;
    }
    const struct verb *verb = verb_find(argv[1]);
    if (verb == NULL) {
        fprintf(stderr, "floe: there is no verb '%s'\nhint: one of", argv[1]);
        for (int i = 0; i < n_verbs; i++)
            fprintf(stderr, " %s", verbs[i].name);
        fputs("; floe --help explains them\n", stderr);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/later.h"

#include <string.h>

#include "models/route.h"
#include "scenarios/read/names.h"

static const char *const kinds[] = {"provisioned", "dedicated", "self_managed", "batch", NULL};

static const struct {
    const struct param_block *block; /* that the choice is in */
    const char *key;
    const char *const *words;
    const char *hint;
} choices[] = {
    {&route_block, "kind", kinds, "this version knows serverless only; other kinds of routes come in later versions"},
};

const char *later_choice(const struct param_block *block, const struct param *row, const char *text)
{
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (choices[i].block != block || strcmp(choices[i].key, row->key) != 0) continue;
        struct nearest nearest = nearest_begin(text);
        for (int j = 0; choices[i].words[j] != NULL; j++)
            nearest_consider(&nearest, choices[i].words[j]);
        if (nearest.best != NULL && nearest.slips == 0) return choices[i].hint;
    }
    return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/param.h"

#include <stdio.h>

#include "models/param_rows.h"

const char *const evidence_names[EVIDENCE_N + 1] = {"",       "measured", "load_tested", "invoice",   "contract",
                                                    "public", "derived",  "assumed",     "synthetic", NULL};

int complain(struct complaint *complaint, const char *key, const char *what, const char *hint)
{
    snprintf(complaint->key, sizeof complaint->key, "%s", key);
    snprintf(complaint->what, sizeof complaint->what, "%s", what);
    snprintf(complaint->hint, sizeof complaint->hint, "%s", hint);
    return 0;
}

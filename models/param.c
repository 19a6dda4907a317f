/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/param.h"

#include <stdio.h>

#include "models/param_rows.h"

const char *const evidence_names[EVIDENCE_N + 1] = {"",       "measured", "load_tested", "invoice",   "contract",
                                                    "public", "derived",  "assumed",     "synthetic", NULL};

int complain(struct complaint *complaint, const char *key, const char *what, const char *hint)
{
    struct complaint said; /* key, what and hint may be the complaint's own */
    (void)snprintf(said.key, sizeof said.key, "%s", key);
    (void)snprintf(said.what, sizeof said.what, "%s", what);
    (void)snprintf(said.hint, sizeof said.hint, "%s", hint);
    *complaint = said;
    return 0;
}

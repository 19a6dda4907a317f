/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/breaker.h"

#include <string.h>

#include "models/param_rows.h"
#include "sim/event.h"

static const struct param rows[] = {
    COUNT("failures", breaker, failures, 1, 10000, PARAM_OPTIONAL,
          "calls in a row that must fail at this step for it to open"),
    NUMBER("open", breaker, open_s, UNIT_S, 0, S_PER_DAY, PARAM_OPTIONAL, PARAM_EXCLUDES_MIN,
           "how long the step is then kept away from, before one call may try it: `30s`"),
};

static int breaker_check(const void *block, struct complaint *c)
{
    const struct breaker *breaker = (const struct breaker *)block;
    if ((breaker->failures == (int64_t)PARAM_ABSENT) == (breaker->open_s == PARAM_ABSENT)) return 1;
    return complain(c, breaker->open_s == PARAM_ABSENT ? "failures" : "open",
                    "a breaker needs a number of failures and a time for which it is open",
                    "for example {failures: 5, open: 30s}");
}

const struct param_block breaker_block = {
    .name = "breaker", ROWS(rows), .size = sizeof(struct breaker), .check = breaker_check};

void breaker_derive(const struct breaker *breaker, struct breaker_terms *terms)
{
    memset(terms, 0, sizeof *terms);
    if (breaker->failures == (int64_t)PARAM_ABSENT) return;
    terms->failures = breaker->failures;
    terms->open_s = breaker->open_s;
    terms->open_ns = floe_ns_from_s(breaker->open_s, NULL);
}

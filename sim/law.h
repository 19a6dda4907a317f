/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A law of durations as a value: which distribution, its mean, its spread. Between arrivals, of services, of patience.
 *
 * | FLOE_LAW_   | parameters        | value at u                                            |
 * | NONE        |                   | never: no arrivals, endless patience                  |
 * | CONSTANT    | mean_s            | mean_s                                                |
 * | EXPONENTIAL | mean_s            | -mean_s log(1 - u)                                    |
 * | GAMMA       | mean_s, cv        | sim/gamma_law.h; needs a table of its cv              |
 * | LOGNORMAL   | mean_s, cv        | exp(mu + sigma z), sigma^2 = log(1 + cv^2)            |
 * | STEPS       | mean_s, steps     | one of `steps` equally likely multiples of a step:    |
 * |             |                   | 1 .. steps times 2 mean_s / (steps + 1). For ties     |
 *
 * One uniform per value, increasing in it. cv is the standard deviation divided by the mean.
 *
 * With the same mean and cv the lognormal's tail is far longer than the gamma's: at cv 4 the fourth moment is 24e6
 * against 27e3, and a mean over squares (which a mean wait is) then needs 900 times the customers. */
#ifndef FLOE_SIM_LAW_H
#define FLOE_SIM_LAW_H

#include "sim/draw.h"
#include "sim/gamma_law.h"

enum floe_law_kind {
    FLOE_LAW_NONE = 0,
    FLOE_LAW_CONSTANT = 1,
    FLOE_LAW_EXPONENTIAL = 2,
    FLOE_LAW_GAMMA = 3,
    FLOE_LAW_LOGNORMAL = 4,
    FLOE_LAW_STEPS = 5
};

struct floe_law {
    uint32_t kind;
    uint32_t table; /* GAMMA: which of the caller's tables; they are made once and shared */
    uint32_t steps;
    uint32_t reserved;
    double mean_s;
    double cv;
    double mu, sigma; /* LOGNORMAL: derived */
};

/* CONSTANT and EXPONENTIAL ignore the cv; the other fields of the law may be set afterwards. */
FLOE_FN struct floe_law floe_law_of(enum floe_law_kind kind, double mean_s, double cv)
{
    struct floe_law law;
    law.kind = (uint32_t)kind;
    law.table = law.steps = law.reserved = 0;
    law.mean_s = mean_s;
    law.cv = cv;
    law.sigma = sqrt(floe_log1p(cv * cv));
    law.mu = kind == FLOE_LAW_LOGNORMAL ? floe_log(mean_s) - 0.5 * law.sigma * law.sigma : 0.0;
    return law;
}

FLOE_FN struct floe_law floe_law_steps(double step_s, uint32_t steps)
{
    struct floe_law law = floe_law_of(FLOE_LAW_STEPS, 0.5 * step_s * ((double)steps + 1.0), 0.0);
    law.steps = steps;
    return law;
}

/* tables is where floe_law.table counts from; it may be null when no law is GAMMA. NONE has no value: 0. */
FLOE_FN double floe_law_draw_s(const struct floe_law *law, const struct floe_gamma_table *tables, double u)
{
    switch ((enum floe_law_kind)law->kind) {
    case FLOE_LAW_NONE: return 0.0;
    case FLOE_LAW_CONSTANT: return law->mean_s;
    case FLOE_LAW_EXPONENTIAL: return law->mean_s * floe_draw_exponential(u);
    case FLOE_LAW_GAMMA: return law->mean_s * floe_gamma_draw(&tables[law->table], u);
    case FLOE_LAW_LOGNORMAL: return floe_draw_lognormal(u, law->mu, law->sigma);
    case FLOE_LAW_STEPS:
        return 2.0 * law->mean_s / ((double)law->steps + 1.0) * (1.0 + (double)floe_draw_index(u, law->steps));
    }
    return 0.0;
}

#endif

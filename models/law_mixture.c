/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/law_mixture.h"

#include <string.h>

#include "models/param_rows.h"

int mixture_part_check(const struct mixture_part *part, const char *example, struct complaint *c)
{
    if (lognormal_check(&part->figures, example, "split this part in two", c)) return 1;
    if (strcmp(c->key, "law") == 0) return complain(c, "mean", c->what, example);
    return 0;
}

struct lognormal_mixture lognormal_mixture_of(const struct mixture_part *parts, int32_t n)
{
    struct lognormal_mixture mix;
    double weights = 0;
    memset(&mix, 0, sizeof mix);
    mix.n = n;
    for (int32_t i = 0; i < n; i++)
        weights += parts[i].weight;
    for (int32_t i = 0; i < n; i++) {
        const struct lognormal law = lognormal_of(&parts[i].figures);
        mix.share[i] = parts[i].weight / weights;
        mix.mu[i] = law.mu, mix.sigma[i] = law.sigma;
    }
    return mix;
}

struct lognormal_mixture lognormal_mixture_of_one(const struct lognormal_figures *figures)
{
    const struct mixture_part part = {1, *figures};
    return lognormal_mixture_of(&part, 1);
}

double lognormal_mixture_mean(const struct lognormal_mixture *mix)
{
    double mean = 0;
    for (int32_t i = 0; i < mix->n; i++)
        mean += mix->share[i] * floe_exp(mix->mu[i] + mix->sigma[i] * mix->sigma[i] / 2);
    return mean;
}

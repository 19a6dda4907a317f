/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shapley values: how much each of n players moved a value v, where v(S) is the value when the players of S have moved.
 *
 *     phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! x (v(S + i) - v(S))
 *
 * It is the mean of i's step over all n! orders in which the players may move, so no order is preferred. The parts sum
 * to v(all) - v(none) exactly; they are linear in v; a player whose moving never changes v gets 0; moving backwards
 * turns every sign. Source: L. S. Shapley, "A value for n-person games" (1953). As a way to split a change of a product
 * into its factors: J. W. Albrecht et al. (2002) and B. W. Ang (2004), where it is the Sun (1998) form; the log-mean
 * form (LMDI) gives nearly the same parts but has no value at a factor of 0, and bills that appear have those.
 *
 * Cost: n 2^(n-1) differences; n at most SHAPLEY_PLAYERS_MOST. Rounding: about 1e-16 x n x the largest |v|. */
#ifndef FLOE_MODELS_SHAPLEY_H
#define FLOE_MODELS_SHAPLEY_H

#include "sim/base.h"

#define SHAPLEY_PLAYERS_MOST 12
#define SHAPLEY_SETS_MOST (1 << SHAPLEY_PLAYERS_MOST)

/* |S|! (n - |S| - 1)! / n! = 1 / (n choose(n - 1, |S|)) */
FLOE_FN double shapley_weight(int n, int size)
{
    double choose = 1;
    for (int i = 1; i <= size; i++)
        choose = choose * (n - i) / i;
    return 1 / (n * choose);
}

FLOE_FN int shapley_size(uint32_t set)
{
    int size = 0;
    for (; set != 0; set &= set - 1)
        size++;
    return size;
}

/* v[S] for every S of n players, S as bits; parts[n]. */
FLOE_FN void shapley(const double *v, int n, double *parts)
{
    for (int i = 0; i < n; i++) {
        parts[i] = 0;
        for (uint32_t set = 0; set < 1u << n; set++)
            if (!(set >> i & 1u)) parts[i] += shapley_weight(n, shapley_size(set)) * (v[set | 1u << i] - v[set]);
    }
}

#endif

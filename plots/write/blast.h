/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What follows from a row of the blast radius of a shared setting: the same draws with the setting's changes and
 * without them. */
#ifndef FLOE_PLOTS_WRITE_BLAST_H
#define FLOE_PLOTS_WRITE_BLAST_H

#include <math.h>

#include "models/result.h"

#define BLAST_NOISE 1e-9 /* what adding up in another order may leave, as a share of the cost */

FLOE_FN double blast_difference_usd(const struct result_blast *row)
{
    return row->cost_usd - row->cost_without_usd;
}

/* 1: the cost is another one with the changes than without them. */
FLOE_FN int blast_has_moved(const struct result_blast *row)
{
    const double larger_usd = row->cost_usd > row->cost_without_usd ? row->cost_usd : row->cost_without_usd;
    const double difference_usd = blast_difference_usd(row);
    return difference_usd > BLAST_NOISE * larger_usd || -difference_usd > BLAST_NOISE * larger_usd;
}

/* With / without; NAN where it costs nothing without them. */
FLOE_FN double blast_factor(const struct result_blast *row)
{
    return row->cost_without_usd > 0 ? row->cost_usd / row->cost_without_usd : NAN;
}

#endif

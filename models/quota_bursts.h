/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A quota under bursts, as expectations: the fresh load is at times `on_ratio` and at times `off_ratio` times its mean,
 * with exponential sojourns (models/traffic_pace.h). The level of a bucket is then a fluid queue with two states and a
 * finite room B (Anick, Mitra and Sondhi, Bell System Tech. J. 61 (1982) 1871; with a finite room Tucker, IEEE Trans.
 * Commun. 36 (1988) 1302): it empties at `over` in a burst and fills at `under` between, attempts per second.
 *
 *     z = 1/(off under) - 1/(on over)
 *     share of the time in which it is empty = on_share F / (F + (1 - e^(-z B)) / z),    F = over x on
 *
 * An empty bucket lets C through, and of that part of the time p follows as in models/quota_hourly.h; the rest of the
 * time nothing is throttled. A burst that stays below C throttles nothing; where the time between bursts is above C too,
 * the bucket is always empty. A bucket that relaxes much faster than a sojourn is two stationary buckets in place of it.
 *
 * Limits: the chance of single arrivals is left out where the level is a fluid; the tightest bucket counts alone;
 * rejections that count, days and acceleration are taken at the mean load, by quota_step. Retries thin in the mean,
 * whereas in a burst they are thrown out together: whoever calls doubts that. */
#ifndef FLOE_MODELS_QUOTA_BURSTS_H
#define FLOE_MODELS_QUOTA_BURSTS_H

#include "models/quota_hourly.h"

/* on_share 0: there are none. */
struct quota_bursts {
    double on_share, on_s, off_s, on_ratio, off_ratio; /* on_ratio >= off_ratio; ratios to the mean load of all */
};

/* Share of the time in which the bucket is empty; over, under > 0. */
FLOE_FN double quota_bursts_empty_share(const struct quota_bursts *bursts, double over, double under, double room)
{
    const double z = 1 / (bursts->off_s * under) - 1 / (bursts->on_s * over), full = over * bursts->on_s;
    const double between = floe_bits_abs(z * room) < 1e-9 ? room : -floe_expm1(-z * room) / z;
    return bursts->on_share * full / (full + between);
}

/* Of one bucket: how long it is empty in a burst and between, and what it lets through then. */
struct quota_bursts_bucket {
    double on_share, off_share, capacity_per_s, lost_per_s;
};

FLOE_FN struct quota_bursts_bucket quota_bursts_bucket_of(const struct quota_terms *terms,
                                                          const struct quota_load *load,
                                                          const struct quota_bursts *bursts, int i)
{
    struct quota_bursts_bucket b = {0, 0, quota_bucket_capacity(terms, load, i), 0};
    const double wire = quota_wire(load, 0), over = bursts->on_ratio * wire - b.capacity_per_s;
    const double under = b.capacity_per_s - bursts->off_ratio * wire;
    const double room = quota_room(terms, load, i) / (load->settled[i] > 0 ? load->settled[i] : 1);
    if (over <= 0) return b;
    b.on_share = under > 0 ? quota_bursts_empty_share(bursts, over, under, room > 0 ? room : 0) : bursts->on_share;
    b.off_share = under > 0 ? 0 : 1 - bursts->on_share;
    b.lost_per_s = b.on_share * over - b.off_share * under;
    return b;
}

FLOE_FN struct quota_load quota_bursts_load(const struct quota_load *load, double ratio)
{
    struct quota_load at = *load;
    at.calls_per_s *= ratio;
    return at;
}

FLOE_FN struct quota_flow quota_bursts_fluid(const struct quota_terms *terms, const struct quota_load *load,
                                             const struct quota_bursts *bursts)
{
    struct quota_flow flow = quota_no_flow();
    struct quota_bursts_bucket least = {0, 0, 1e300, 0};
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0) continue;
        const struct quota_bursts_bucket b = quota_bursts_bucket_of(terms, load, bursts, i);
        if (b.lost_per_s <= least.lost_per_s) continue;
        least = b;
        flow.limit = i;
    }
    const struct quota_load on = quota_bursts_load(load, bursts->on_ratio);
    const struct quota_load off = quota_bursts_load(load, bursts->off_ratio);
    const double free_ratio = 1 - least.on_share * bursts->on_ratio - least.off_share * bursts->off_ratio;
    const struct quota_load rest = quota_bursts_load(load, free_ratio > 0 ? free_ratio : 0);
    const double C = least.capacity_per_s;
    quota_flow_add(&rest, 0, -1, 1, &flow);
    if (least.on_share > 0) quota_flow_add(&on, quota_share_at(&on, C), C, least.on_share, &flow);
    if (least.off_share > 0) quota_flow_add(&off, quota_share_at(&off, C), C, least.off_share, &flow);
    flow.admitted_per_s = flow.wire_per_s - flow.throttled_per_s;
    flow.throttled_share = flow.wire_per_s > 0 ? flow.throttled_per_s / flow.wire_per_s : 0;
    return flow;
}

#define QUOTA_BURSTS_RELAXED 10 /* a sojourn this much longer than a bucket's relaxation; no unit */

/* Every bucket forgets within a sojourn. */
FLOE_FN int quota_bursts_are_slow(const struct quota_terms *terms, const struct quota_load *load,
                                  const struct quota_bursts *bursts)
{
    const double sojourn_s = bursts->on_s < bursts->off_s ? bursts->on_s : bursts->off_s;
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0 || load->settled[i] <= 0) continue;
        const double x = quota_room(terms, load, i) / quota_grain(load, i);
        const double relax_s = x * x * quota_grain(load, i) / quota_bucket_per_s(&terms->buckets[i]);
        if (QUOTA_BURSTS_RELAXED * relax_s > sojourn_s) return 0;
    }
    return 1;
}

FLOE_FN void quota_flow_weigh(struct quota_flow *sum, const struct quota_flow *flow, double weight)
{
    sum->wire_per_s += weight * flow->wire_per_s;
    sum->throttled_per_s += weight * flow->throttled_per_s;
    sum->exhausted_per_s += weight * flow->exhausted_per_s;
    sum->unsure_per_s += weight * flow->unsure_per_s;
    sum->doubt |= flow->doubt;
    if (flow->limit != QUOTA_NO_LIMIT) sum->limit = flow->limit;
}

/* Two stationary buckets, one for each state; the level that is carried on is that between bursts. */
FLOE_FN struct quota_flow quota_bursts_slow(const struct quota_terms *terms, struct quota_hourly *state,
                                            const struct quota_load *load, const struct quota_bursts *bursts,
                                            double from_s, double step_s)
{
    const struct quota_load on = quota_bursts_load(load, bursts->on_ratio);
    const struct quota_load off = quota_bursts_load(load, bursts->off_ratio);
    struct quota_hourly other = *state;
    struct quota_flow sum = quota_no_flow();
    const struct quota_flow in_burst = quota_step(terms, &other, &on, from_s, step_s);
    const struct quota_flow between = quota_step(terms, state, &off, from_s, step_s);
    quota_flow_weigh(&sum, &in_burst, bursts->on_share);
    quota_flow_weigh(&sum, &between, 1 - bursts->on_share);
    sum.admitted_per_s = sum.wire_per_s - sum.throttled_per_s;
    sum.throttled_share = sum.wire_per_s > 0 ? sum.throttled_per_s / sum.wire_per_s : 0;
    return sum;
}

/* What is not seen here: it is taken at the mean load. */
FLOE_FN int quota_bursts_are_blind(const struct quota_terms *terms)
{
    return terms->counts_rejections || terms->day_micros > 0 || terms->ramp_permille > 0;
}

/* As quota_step, under bursts. The buckets' levels are those of equilibrium: a span says nothing to the next one. */
FLOE_FN struct quota_flow quota_bursts_step(const struct quota_terms *terms, struct quota_hourly *state,
                                            const struct quota_load *load, const struct quota_bursts *bursts,
                                            double from_s, double step_s)
{
    if (!(bursts->on_share > 0) || quota_bursts_are_blind(terms)) return quota_step(terms, state, load, from_s, step_s);
    if (quota_bursts_are_slow(terms, load, bursts))
        return quota_bursts_slow(terms, state, load, bursts, from_s, step_s);
    return quota_bursts_fluid(terms, load, bursts);
}

#endif

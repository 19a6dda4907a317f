/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fingerprint of a trajectory: one number for what happened when, in order. Two runs with the same fingerprint
 * handled the same events; it is compared between builds, structures of the queue, threads and devices.
 *
 * Formula. For each event, two steps h = rotate((h ^ x) * 0x9e3779b97f4a7c15, 29) from h = 0x243f6a8885a308d3 (the
 * digits of pi): x = time in ns, then x = word a ^ kind << 58. At the end the finaliser of MurmurHash3 (sim/hash.h).
 * Every step is a permutation of h, so a difference stays one until another one meets it by chance (2^-64); the
 * rotation brings the high bits, which a product only carries upwards, back to the low ones.
 *
 * Slots, generations and sequence numbers are left out: a model may schedule in another order, or cancel more, and
 * still live through the same.
 *
 *   floe_fingerprint_add  about 1 ns beside other work: two multiplications that nobody waits for */
#ifndef FLOE_SIM_FINGERPRINT_H
#define FLOE_SIM_FINGERPRINT_H

#include "sim/event.h"
#include "sim/hash.h"

struct floe_fingerprint {
    uint64_t state;
};

FLOE_FN struct floe_fingerprint floe_fingerprint_begin(void)
{
    struct floe_fingerprint fingerprint;
    fingerprint.state = 0x243f6a8885a308d3u;
    return fingerprint;
}

FLOE_FN uint64_t floe_fingerprint_step(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h << 29 | h >> 35;
}

FLOE_FN void floe_fingerprint_add(struct floe_fingerprint *fingerprint, const struct floe_event *event)
{
    const uint64_t h = floe_fingerprint_step(fingerprint->state, (uint64_t)event->at_ns);
    fingerprint->state = floe_fingerprint_step(h, event->a ^ (uint64_t)event->kind << 58);
}

FLOE_FN uint64_t floe_fingerprint_end(struct floe_fingerprint fingerprint)
{
    return floe_hash_mix(fingerprint.state);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A hash that is the same on every machine, compiler and in every release: it names random streams and digests results.
 *
 * Formula. FNV-1a over the bytes, h = (h ^ byte) * 0x100000001b3 from h = 0xcbf29ce484222325; then the bits are mixed
 * by the 64-bit finaliser of MurmurHash3, because the high bits of FNV-1a depend little on the last bytes.
 * Sources: Fowler, Noll, Vo, RFC 9923 (test strings there); Appleby, MurmurHash3 (fmix64).
 *
 *     struct floe_hash h = floe_hash_begin();
 *     floe_hash_text(&h, "chat"), floe_hash_u64(&h, seed);
 *     uint64_t digest = floe_hash_end(h);      h itself may go on: end() takes a copy
 *
 * Integers go in as little-endian bytes whatever the host is. A text goes in with a closing 0 byte, so that ("ab", "c")
 * and ("a", "bc") differ. A double goes in by its bits, with one zero and one NaN, so that it cannot depend on signs
 * that no result has.
 *
 * Cost: one multiplication per byte, 8 in a row per number: about 10 ns. Left out: any defence against somebody who
 * looks for collisions; the sha256 of a scenario file is another function. */
#ifndef FLOE_SIM_HASH_H
#define FLOE_SIM_HASH_H

#include <string.h>

#include "sim/base.h"

struct floe_hash {
    uint64_t state;
};

FLOE_FN struct floe_hash floe_hash_begin(void)
{
    struct floe_hash h;
    h.state = 0xcbf29ce484222325u;
    return h;
}

FLOE_FN void floe_hash_byte(struct floe_hash *h, uint8_t byte)
{
    h->state = (h->state ^ byte) * 0x100000001b3u;
}

FLOE_FN void floe_hash_bytes(struct floe_hash *h, const void *bytes, size_t n)
{
    const uint8_t *at = (const uint8_t *)bytes;
    for (size_t i = 0; i < n; i++)
        floe_hash_byte(h, at[i]);
}

FLOE_FN void floe_hash_text(struct floe_hash *h, const char *text)
{
    size_t i = 0;
    do
        floe_hash_byte(h, (uint8_t)text[i]);
    while (text[i++] != '\0');
}

FLOE_FN void floe_hash_u64(struct floe_hash *h, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        floe_hash_byte(h, (uint8_t)(value >> (8 * i)));
}

FLOE_FN void floe_hash_u32(struct floe_hash *h, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        floe_hash_byte(h, (uint8_t)(value >> (8 * i)));
}

FLOE_FN void floe_hash_i128(struct floe_hash *h, floe_i128 value)
{
    floe_hash_u64(h, (uint64_t)(floe_u128)value);
    floe_hash_u64(h, (uint64_t)((floe_u128)value >> 64));
}

FLOE_FN void floe_hash_f64(struct floe_hash *h, double value)
{
    uint64_t bits = 0x7ff8000000000000u;
    if (value == value) memcpy(&bits, &value, sizeof bits);
    floe_hash_u64(h, value == 0 ? 0 : bits);
}

FLOE_FN uint64_t floe_hash_mix(uint64_t h)
{
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

FLOE_FN uint64_t floe_hash_end(struct floe_hash h)
{
    return floe_hash_mix(h.state);
}

#endif

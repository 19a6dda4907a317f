/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "harness.h"

#include "sim/math_profile.h"

/* math profile 1, frozen: gcc 12 and clang 14 at -O0 and -O3, x86-64 with and without FMA, and aarch64 agreed on it.
 * Where this fails the same seed gives other results: either a fault, or a new profile with a new number. */
#define MATH_PROFILE_1 0x117328458bfd8bf9u

static void the_bits_are_those_of_math_profile_1(void)
{
    check_i64(FLOE_MATH_PROFILE, 1);
    check_u64(floe_profile_digest(), MATH_PROFILE_1);
}

static void each_part_has_a_name_and_a_digest_of_its_own(void)
{
    uint64_t digests[FLOE_PROFILE_PARTS];
    for (int part = 0; part < FLOE_PROFILE_PARTS; part++) {
        digests[part] = floe_profile_part_digest(part);
        for (int other = 0; other < part; other++) {
            check(digests[other] != digests[part]);
            check(strcmp(floe_profile_part_name(other), floe_profile_part_name(part)) != 0);
        }
    }
}

static const struct test tests[] = {
    {"the bits are those of math profile 1", the_bits_are_those_of_math_profile_1, FAST},
    {"each part has a name and a digest of its own", each_part_has_a_name_and_a_digest_of_its_own, FAST},
};

TEST_MAIN("math_profile", tests)

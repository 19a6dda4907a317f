/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints the digest of the math profile; with any argument, also that of each part, to find where two builds differ.
 * Needs nothing but sim/: compile it with another compiler, other flags, for another processor, and compare. */
#include "sim/math_profile.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argv;
    for (int part = 0; argc > 1 && part < FLOE_PROFILE_PARTS; part++)
        printf("%016" PRIx64 "  %s\n", floe_profile_part_digest(part), floe_profile_part_name(part));
    printf("%016" PRIx64 "\n", floe_profile_digest());
    return 0;
}

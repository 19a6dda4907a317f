/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words of the scenario language that this version does not take yet: whoever writes one is told so. */
#ifndef FLOE_READ_LATER_H
#define FLOE_READ_LATER_H

#include "models/param.h"

/* The hint for a choice that this version lacks; NULL: no version will have it. */
const char *later_choice(const struct param_block *block, const struct param *row, const char *text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/base.h"

#include <stdlib.h>

floe_panic_fn *floe_panic_handler = NULL;

void floe_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    if (floe_panic_handler != NULL) floe_panic_handler(where, what, file, line);
    abort();
}

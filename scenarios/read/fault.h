/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong with one value, before it is known where the value stands: the reason and, where it helps, a hint. */
#ifndef FLOE_READ_FAULT_H
#define FLOE_READ_FAULT_H

#include "sim/base.h"

struct fault {
    char what[320];
    char hint[320];
};

/* Fill in the reason or the hint. Both return 0, so that a check can `return fault_what(...)`. */
int fault_what(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
int fault_hint(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

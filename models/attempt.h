/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How an attempt, one request over the wire, can end. The words of the whole chapter: an attempt that ends OK is an
 * invocation; what a retry layer, a fallback step and a ledger do with the others is theirs to say. */
#ifndef FLOE_MODELS_ATTEMPT_H
#define FLOE_MODELS_ATTEMPT_H

#include "sim/base.h"

enum attempt_end {
    ATTEMPT_OK,
    ATTEMPT_THROTTLED, /* 429: a quota had no room */
    ATTEMPT_FAILED,    /* 5xx, a dropped connection: may pass on another try */
    ATTEMPT_TIMED_OUT, /* the client hung up; the provider may have gone on, and billed */
    ATTEMPT_REFUSED,   /* 4xx: the request itself is wrong and will be refused again */
    ATTEMPT_ENDS
};

/* A set of them, as in `when: [throttle, timeout]`. */
#define ATTEMPT_BIT(END) (1u << (END))
#define ATTEMPT_ANY_FAILURE (ATTEMPT_BIT(ATTEMPT_ENDS) - 2u)

#endif

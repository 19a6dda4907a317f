/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the usual clients do when an attempt fails, one row each, with where it was read and how sure it is. The rows are
 * data: retry.c takes from them what a layer of `retries` does not say itself. Clients change these numbers between
 * releases, so look them up before relying on them. */
#ifndef FLOE_MODELS_RETRY_RULES_H
#define FLOE_MODELS_RETRY_RULES_H

#include "models/attempt.h"
#include "models/param.h"

enum retry_preset {
    RETRY_CUSTOM, /* the layer says all itself */
    RETRY_NONE,
    RETRY_BOTOCORE_LEGACY,
    RETRY_BOTOCORE_STANDARD,
    RETRY_BOTOCORE_STANDARD_2026,
    RETRY_BOTOCORE_ADAPTIVE,
    RETRY_OPENAI_PYTHON,
    RETRY_ANTHROPIC_PYTHON,
    RETRY_STRANDS,
    RETRY_LITELLM,
    RETRY_LANGCHAIN,
    RETRY_GOOGLE_SRE,
    RETRY_PRESETS
};

/* How a wait d = min(base factor^(n-1), cap) before retry n is spread by a uniform u. */
enum retry_jitter {
    RETRY_JITTER_NONE,          /* d */
    RETRY_JITTER_FULL,          /* u d */
    RETRY_JITTER_UPPER_QUARTER, /* (0.75 + 0.25 u) d */
    RETRY_JITTER_ADDED          /* min(d + u base, cap), d not yet capped */
};

/* What becomes of the wait that the provider asks for. */
enum retry_honour {
    RETRY_AFTER_IGNORED,
    RETRY_AFTER_OR_BACKOFF, /* kept to if it is short enough, otherwise the own wait */
    RETRY_AFTER_OR_STOP,    /* kept to if it is short enough, otherwise there is no retry */
    RETRY_AFTER_NEAR        /* clipped to the own wait and 5 s more */
};

struct retry_rule {
    const char *name;
    int32_t attempts; /* in all, the first one included */
    uint32_t retried; /* set of enum attempt_end */
    enum retry_jitter jitter;
    double base_s, error_base_s, factor, cap_s; /* error_base_s: after anything but a throttle */
    enum retry_honour honours;
    double honour_most_s;
    double budget_tok; /* 0: no retry token bucket */
    double throttle_cost_tok, error_cost_tok, timeout_cost_tok;
    int32_t refunds;    /* a success after retries gives the last retry's cost back */
    double success_tok; /* what a success at the first try puts in */
    double request_tok; /* what every first try puts in: a budget as a share of the requests */
    int32_t is_adaptive;
    double cooldown_s; /* 0: none */
    enum evidence evidence;
    const char *source, *date, *note;
};

extern const struct retry_rule retry_rules[RETRY_PRESETS];      /* [RETRY_CUSTOM] has no numbers */
extern const char *const retry_preset_names[RETRY_PRESETS + 1]; /* of the rows, for the choice `preset` */

#endif

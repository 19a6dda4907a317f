/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quotas: how much a provider lets through, as token buckets.
 *   as events        quota_ask when an attempt starts, quota_settle when it ends
 *   as expectations  models/quota_hourly.h
 *
 * Limits: requests per minute (RPM), tokens per minute (TPM), input and output tokens per minute apart, tokens per day
 * (TPD), and acceleration. An attempt passes if every limit has room for it, and is then charged to all; else it is
 * throttled, and charged to none. State that is shared (by routes, consumers, regions) is one struct quota_state.
 *
 * Buckets. A bucket of rate r and depth b = r x burst starts full. Over any span t it admits at most b + r t, net of what
 * is given back. What is kept is the used part of it, which falls by r per second down to 0: a zeroed state is full.
 * Amounts are whole millionths of a quota token, rates whole millionths per minute, levels whole 1/(6e10) of a millionth
 * (128 bits), so nothing is rounded after the terms are derived: results do not depend on how often a state is looked at.
 *
 * Quota tokens of an attempt:  input + w writes + d reads   and   output x burndown
 * (Bedrock: w 1, d 0, burndown 5 from Claude 3.7 on: 1,000 in and 100 out are 1,500.) At the start max_tokens stands for
 * the output; unset, it is the model's maximum: of 2M TPM 1,000 + 500 leaves room for 1,333 attempts at once and 64,000 +
 * 500 for 31. Whether max_tokens is multiplied by the burndown is `reserve_burndown`. At the end the reservation is
 * replaced by what was used. If that was more, the bucket goes into debt (its used part passes its depth) and
 * admits nothing until it is out of it; it never falls below empty otherwise. An attempt larger than a bucket never passes.
 *
 * A throttled attempt is free, or counted (OpenAI): the level of the request bucket becomes max(0, level - 1).
 * `retry_after_ns` is the exact wait until all limits would have room, if nobody else came.
 *
 * TPD is a count per day of UTC (assumed: where providers publish a refill, it is of the limits per minute). Acceleration:
 * in one minute, counted from the start, at most `acceleration` times the quota tokens admitted in the minute before, and
 * always `acceleration_floor`. No provider publishes its numbers; neither do we know that this is its form.
 *
 * Left out: limits over spans other than these, priority between tiers, a provider's refusal of an oversized request as
 * a 400. Memory: 112 bytes a state, 48 a ticket, whatever is in flight. Cost: some 35 ns to ask and as much to settle. */
#ifndef FLOE_MODELS_QUOTA_H
#define FLOE_MODELS_QUOTA_H

#include "models/param.h"
#include "models/quota_rules.h"
#include "models/units.h"
#include "sim/base.h"

#define QUOTA_MICROS 1000000LL              /* no unit: in a quota token */
#define QUOTA_LEVELS (S_PER_MIN * NS_PER_S) /* in a millionth */
#define QUOTA_UNSET (-1.0)                  /* max_output_tok: the call does not say */
#define QUOTA_NEVER INT64_MAX
#define QUOTA_PER_S_MOST 1e8

enum quota_limit {
    QUOTA_REQUESTS,
    QUOTA_TOKENS,
    QUOTA_INPUT,
    QUOTA_OUTPUT,
    QUOTA_BUCKETS,
    QUOTA_DAY = QUOTA_BUCKETS,
    QUOTA_RAMP,
    QUOTA_LIMITS,
    QUOTA_NO_LIMIT = -1
};
extern const char *const quota_limit_names[QUOTA_LIMITS + 1];

enum quota_say { QUOTA_AS_RULES, QUOTA_NO, QUOTA_YES };
enum quota_rejections { QUOTA_REJECTIONS_AS_RULES, QUOTA_REJECTIONS_FREE, QUOTA_REJECTIONS_COUNTED };
enum quota_reserve { QUOTA_RESERVE_AS_RULES, QUOTA_RESERVE_NONE, QUOTA_RESERVE_MAX_TOKENS };

/* As the user says it. PARAM_ABSENT: as the rules say. */
struct quota {
    char name[NAME_BYTES]; /* of the model */
    int32_t rules;         /* enum quota_rules */
    double tokens_per_s, input_per_s, output_per_s, requests_per_s;
    double day_tok;
    double burst_s;
    double burndown;
    double cache_read_ratio, cache_write_ratio;
    int32_t reserve;                                                    /* enum quota_reserve */
    int32_t reserve_burndown, reserve_cache_reads, settle, retry_after; /* enum quota_say */
    int32_t rejections;                                                 /* enum quota_rejections */
    double model_max_tok;
    double acceleration, acceleration_floor_tok;
};

extern const struct param_block quota_block;

/* ---- what holds, derived once ---- */

struct quota_bucket {
    int64_t rate;  /* millionths per minute; 0: no limit */
    int64_t depth; /* millionths */
};

struct quota_terms {
    struct quota_bucket buckets[QUOTA_BUCKETS];
    int64_t day_micros;    /* 0: no limit */
    int64_t day_begins_ns; /* of the day in which the scenario starts, before its start: 0 or negative */
    int64_t ramp_permille; /* 0: no limit */
    int64_t ramp_floor_micros;
    double burndown;
    double reserve_ratio; /* quota tokens that are reserved for a token of max_tokens; 0: none are reserved */
    double read_ratio, read_reserve_ratio, write_ratio;
    double model_max_tok;
    int32_t is_on, settles, counts_rejections, tells_retry_after;
};

/* starts_at_s: when the scenario starts, seconds since 1970. Zeroed terms let everything through. */
void quota_derive(const struct quota *quota, const char *model, int64_t starts_at_s, struct quota_terms *terms);

/* ---- what an attempt weighs ---- */

struct quota_tokens {
    double input, cache_write, cache_read; /* disjoint */
    double max_output;                     /* QUOTA_UNSET: the model's maximum */
};

/* Millionths, by bucket. */
struct quota_charge {
    int64_t micros[QUOTA_BUCKETS];
};

FLOE_FN int64_t quota_micros(double tokens)
{
    const double micros = tokens * (double)QUOTA_MICROS + 0.5;
    return micros < 9e18 ? (int64_t)micros : (int64_t)9e18;
}

FLOE_FN struct quota_charge quota_charge_of(int64_t input, int64_t output)
{
    struct quota_charge charge;
    charge.micros[QUOTA_REQUESTS] = QUOTA_MICROS;
    charge.micros[QUOTA_TOKENS] = input + output;
    charge.micros[QUOTA_INPUT] = input;
    charge.micros[QUOTA_OUTPUT] = output;
    return charge;
}

FLOE_FN struct quota_charge quota_reserved(const struct quota_terms *terms, const struct quota_tokens *tokens)
{
    const double most = tokens->max_output < 0 ? terms->model_max_tok : tokens->max_output;
    const double input = tokens->input + tokens->cache_write * terms->write_ratio +
                         tokens->cache_read * terms->read_reserve_ratio;
    return quota_charge_of(quota_micros(input), quota_micros(most * terms->reserve_ratio));
}

/* What is charged once the output is known. */
FLOE_FN struct quota_charge quota_used(const struct quota_terms *terms, const struct quota_tokens *tokens,
                                       double output_tok)
{
    const double input = tokens->input + tokens->cache_write * terms->write_ratio +
                         tokens->cache_read * terms->read_ratio;
    if (!terms->settles) return quota_reserved(terms, tokens);
    return quota_charge_of(quota_micros(input), quota_micros(output_tok * terms->burndown));
}

/* ---- as events ---- */

struct quota_level {
    uint64_t low; /* of the used part, two's complement */
    int64_t high;
};

struct quota_state {
    struct quota_level used[QUOTA_BUCKETS];
    int64_t seen_ns; /* when `used` held */
    int64_t day, day_micros;
    int64_t minute, minute_micros, minute_before_micros;
};

/* What an attempt in flight holds. Zeroed: nothing. */
struct quota_ticket {
    struct quota_charge held;
    int64_t day;
    int32_t is_open;
};

struct quota_answer {
    int32_t is_admitted;
    int32_t limit;          /* enum quota_limit: the one with the longest wait */
    int64_t retry_after_ns; /* QUOTA_NEVER: it does not fit at all; 0 if admitted */
};

FLOE_FN floe_i128 quota_level_get(struct quota_level level)
{
    return (floe_i128)(((floe_u128)(uint64_t)level.high << 64) | level.low);
}

FLOE_FN struct quota_level quota_level_of(floe_i128 x)
{
    struct quota_level level;
    level.low = (uint64_t)(floe_u128)x;
    level.high = (int64_t)(uint64_t)((floe_u128)x >> 64);
    return level;
}

/* Whole days or minutes that have passed. */
FLOE_FN int64_t quota_day_at(const struct quota_terms *terms, int64_t now_ns)
{
    return (now_ns - terms->day_begins_ns) / ((int64_t)S_PER_DAY * NS_PER_S);
}

FLOE_FN void quota_pass_minutes(struct quota_state *state, int64_t now_ns)
{
    const int64_t minute = now_ns / ((int64_t)S_PER_MIN * NS_PER_S);
    if (minute == state->minute) return;
    state->minute_before_micros = minute == state->minute + 1 ? state->minute_micros : 0;
    state->minute_micros = 0;
    state->minute = minute;
}

/* Brings a state to now_ns, which is not before the last time. */
FLOE_FN void quota_refill(const struct quota_terms *terms, struct quota_state *state, int64_t now_ns)
{
    const int64_t past_ns = now_ns - state->seen_ns;
    for (int i = 0; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0) continue;
        const floe_i128 left = quota_level_get(state->used[i]) - (floe_i128)terms->buckets[i].rate * past_ns;
        state->used[i] = quota_level_of(left > 0 ? left : 0);
    }
    state->seen_ns = now_ns;
    if (terms->day_micros > 0 && quota_day_at(terms, now_ns) != state->day) {
        state->day = quota_day_at(terms, now_ns);
        state->day_micros = 0;
    }
    if (terms->ramp_permille > 0) quota_pass_minutes(state, now_ns);
}

/* From a refilled state until the bucket has room; 0: now. */
FLOE_FN int64_t quota_bucket_wait(const struct quota_bucket *bucket, struct quota_level used, int64_t micros)
{
    if (bucket->rate == 0) return 0;
    if (micros > bucket->depth) return QUOTA_NEVER;
    const floe_i128 over = quota_level_get(used) + (floe_i128)(micros - bucket->depth) * QUOTA_LEVELS;
    if (over <= 0) return 0;
    const floe_i128 wait = over <= INT64_MAX - bucket->rate
                               ? (floe_i128)(((int64_t)over + bucket->rate - 1) / bucket->rate)
                               : (over + bucket->rate - 1) / bucket->rate;
    return wait < QUOTA_NEVER ? (int64_t)wait : QUOTA_NEVER;
}

FLOE_FN int64_t quota_day_wait(const struct quota_terms *terms, const struct quota_state *state, int64_t micros)
{
    if (terms->day_micros == 0 || state->day_micros + micros <= terms->day_micros) return 0;
    if (micros > terms->day_micros) return QUOTA_NEVER;
    return (state->day + 1) * ((int64_t)S_PER_DAY * NS_PER_S) + terms->day_begins_ns - state->seen_ns;
}

/* Acceleration counts quota tokens where there is a limit of tokens or input, else requests. */
FLOE_FN int quota_ramp_counts(const struct quota_terms *terms)
{
    return terms->buckets[QUOTA_TOKENS].rate > 0  ? QUOTA_TOKENS
           : terms->buckets[QUOTA_INPUT].rate > 0 ? QUOTA_INPUT
                                                  : QUOTA_REQUESTS;
}

FLOE_FN int64_t quota_ramp_most(const struct quota_terms *terms, int64_t before_micros)
{
    const int64_t grown = (int64_t)((floe_i128)before_micros * terms->ramp_permille / 1000);
    return grown > terms->ramp_floor_micros ? grown : terms->ramp_floor_micros;
}

/* Until the next minute, which may not be enough. An attempt above the floor has to wait for a minute that follows a
 * busy one. */
FLOE_FN int64_t quota_ramp_wait(const struct quota_terms *terms, const struct quota_state *state, int64_t micros)
{
    if (terms->ramp_permille == 0) return 0;
    if (state->minute_micros + micros <= quota_ramp_most(terms, state->minute_before_micros)) return 0;
    return (state->minute + 1) * ((int64_t)S_PER_MIN * NS_PER_S) - state->seen_ns;
}

FLOE_FN int64_t quota_wait(const struct quota_terms *terms, const struct quota_state *state,
                           const struct quota_charge *charge, int32_t *limit)
{
    int64_t longest_ns = 0;
    for (int i = 0; i < QUOTA_LIMITS; i++) {
        const int64_t wait_ns = i == QUOTA_DAY ? quota_day_wait(terms, state, charge->micros[QUOTA_TOKENS])
                                : i == QUOTA_RAMP
                                    ? quota_ramp_wait(terms, state, charge->micros[quota_ramp_counts(terms)])
                                    : quota_bucket_wait(&terms->buckets[i], state->used[i], charge->micros[i]);
        if (wait_ns <= longest_ns) continue;
        longest_ns = wait_ns;
        *limit = i;
    }
    return longest_ns;
}

FLOE_FN void quota_take(const struct quota_terms *terms, struct quota_state *state, const struct quota_charge *charge)
{
    for (int i = 0; i < QUOTA_BUCKETS; i++)
        if (terms->buckets[i].rate > 0)
            state->used[i] = quota_level_of(quota_level_get(state->used[i]) +
                                            (floe_i128)charge->micros[i] * QUOTA_LEVELS);
    if (terms->day_micros > 0) state->day_micros += charge->micros[QUOTA_TOKENS];
    if (terms->ramp_permille > 0) state->minute_micros += charge->micros[quota_ramp_counts(terms)];
}

/* The level of the request bucket becomes max(0, level - 1); a level below 0 stays. */
FLOE_FN void quota_count_rejection(const struct quota_terms *terms, struct quota_state *state)
{
    const struct quota_bucket *bucket = &terms->buckets[QUOTA_REQUESTS];
    const floe_i128 depth = (floe_i128)bucket->depth * QUOTA_LEVELS,
                    used = quota_level_get(state->used[QUOTA_REQUESTS]);
    const floe_i128 more = used + (floe_i128)QUOTA_MICROS * QUOTA_LEVELS;
    if (bucket->rate == 0 || used >= depth) return;
    state->used[QUOTA_REQUESTS] = quota_level_of(more < depth ? more : depth);
}

/* An attempt starts. Admitted, its reservation is charged and stands in the ticket. */
FLOE_FN struct quota_answer quota_ask(const struct quota_terms *terms, struct quota_state *state, int64_t now_ns,
                                      const struct quota_tokens *tokens, struct quota_ticket *ticket)
{
    struct quota_answer answer;
    const struct quota_charge charge = quota_reserved(terms, tokens);
    quota_refill(terms, state, now_ns);
    answer.limit = QUOTA_NO_LIMIT;
    answer.retry_after_ns = quota_wait(terms, state, &charge, &answer.limit);
    answer.is_admitted = answer.retry_after_ns == 0;
    ticket->held = charge;
    ticket->day = state->day;
    ticket->is_open = answer.is_admitted;
    if (answer.is_admitted) {
        quota_take(terms, state, &charge);
    } else if (terms->counts_rejections) {
        int32_t limit = answer.limit;
        quota_count_rejection(terms, state);
        answer.retry_after_ns = quota_wait(terms, state, &charge, &limit);
    }
    return answer;
}

/* What was used takes the place of what was held. A day that is over is not given anything back. */
FLOE_FN void quota_settle_charge(const struct quota_terms *terms, struct quota_state *state,
                                 struct quota_ticket *ticket, int64_t now_ns, const struct quota_charge *used)
{
    quota_refill(terms, state, now_ns);
    if (!ticket->is_open) return;
    for (int i = QUOTA_TOKENS; i < QUOTA_BUCKETS; i++) {
        if (terms->buckets[i].rate == 0) continue;
        const floe_i128 now = quota_level_get(state->used[i]) +
                              (floe_i128)(used->micros[i] - ticket->held.micros[i]) * QUOTA_LEVELS;
        state->used[i] = quota_level_of(now > 0 ? now : 0);
    }
    const int64_t more = used->micros[QUOTA_TOKENS] - ticket->held.micros[QUOTA_TOKENS];
    if (terms->day_micros > 0 && (ticket->day == state->day || more > 0)) state->day_micros += more;
    ticket->is_open = 0;
}

/* An admitted attempt ends, well or not, with this much output. Without an open ticket nothing happens. */
FLOE_FN void quota_settle(const struct quota_terms *terms, struct quota_state *state, struct quota_ticket *ticket,
                          int64_t now_ns, const struct quota_tokens *tokens, double output_tok)
{
    const struct quota_charge used = quota_used(terms, tokens, output_tok);
    quota_settle_charge(terms, state, ticket, now_ns, &used);
}

#endif

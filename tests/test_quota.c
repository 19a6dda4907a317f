/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quotas as events: the published vectors, exact arithmetic, and the bounds of a token bucket by brute force. */
#include "models/quota.h"

#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

#define S NS_PER_S
#define STARTS_AT_S 1780000000

static struct quota blank(enum quota_rules rules)
{
    struct quota q;
    memset(&q, 0, sizeof q);
    q.rules = rules;
    q.tokens_per_s = q.input_per_s = q.output_per_s = q.requests_per_s = q.day_tok = q.burst_s = PARAM_ABSENT;
    q.burndown = q.cache_read_ratio = q.cache_write_ratio = q.model_max_tok = PARAM_ABSENT;
    q.acceleration = q.acceleration_floor_tok = PARAM_ABSENT;
    return q;
}

static struct quota_tokens tokens(double input, double write, double read, double most)
{
    const struct quota_tokens t = {input, write, read, most};
    return t;
}

static struct quota_terms terms_of(const struct quota *q, const char *model)
{
    struct quota_terms terms;
    quota_derive(q, model, STARTS_AT_S, &terms);
    return terms;
}

/* Asks at one instant until refused. */
static int fits_at_once(const struct quota_terms *terms, const struct quota_tokens *t)
{
    struct quota_state state;
    struct quota_ticket ticket;
    memset(&state, 0, sizeof state);
    for (int n = 0; n < 100000; n++)
        if (!quota_ask(terms, &state, 0, t, &ticket).is_admitted) return n;
    return -1;
}

static void a_reservation_limits_what_runs_at_once(void)
{
    struct quota q = blank(QUOTA_RULES_BEDROCK);
    q.tokens_per_s = 2e6 / 60;
    struct quota_terms terms = terms_of(&q, "us.anthropic.claude-sonnet-4-6");
    const struct quota_tokens said = tokens(500, 0, 0, 1000), unset = tokens(500, 0, 0, QUOTA_UNSET);
    check_i64(fits_at_once(&terms, &said), 1333);
    check_i64(fits_at_once(&terms, &unset), 31);
    q.model_max_tok = 128000;
    terms = terms_of(&q, "us.anthropic.claude-sonnet-4-6");
    check_i64(fits_at_once(&terms, &unset), 15);
    q.reserve_burndown = QUOTA_YES;
    terms = terms_of(&q, "us.anthropic.claude-sonnet-4-6");
    check_i64(fits_at_once(&terms, &said), 363); /* 2e6 / 5500 */
    q.reserve = QUOTA_RESERVE_NONE;
    terms = terms_of(&q, "us.anthropic.claude-sonnet-4-6");
    check_i64(fits_at_once(&terms, &said), 4000);
}

static double settled_of(enum quota_rules rules, const char *model, struct quota_tokens t, double output)
{
    struct quota q = blank(rules);
    q.tokens_per_s = 1e5;
    const struct quota_terms terms = terms_of(&q, model);
    return (double)quota_used(&terms, &t, output).micros[QUOTA_TOKENS] / 1e6;
}

static void settlement_follows_the_published_formulas(void)
{
    static const char *const five[] = {"claude-sonnet-4", "us.anthropic.claude-opus-4-6-v1",
                                       "anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-haiku-4-5",
                                       "global/claude-opus-5"};
    static const char *const one[] = {"amazon.nova-pro-v1:0", "claude-3-5-sonnet", "claude-3-70", "meta.llama3",
                                      "myclaude-sonnet-4"};
    const struct quota_tokens plain = tokens(1000, 0, 0, 4000), cached = tokens(700, 400, 9000, 4000);
    for (size_t i = 0; i < 5; i++) {
        check_rel(settled_of(QUOTA_RULES_BEDROCK, five[i], plain, 100), 1500, 1e-12);
        check_rel(settled_of(QUOTA_RULES_BEDROCK, one[i], plain, 100), 1100, 1e-12);
    }
    check_rel(settled_of(QUOTA_RULES_BEDROCK, five[0], cached, 37), 700 + 400 + 37 * 5, 1e-12);
    check_rel(settled_of(QUOTA_RULES_BEDROCK_PROVISIONED, five[0], cached, 37), 700 + 1.25 * 400 + 0.1 * 9000 + 37,
              1e-12);
    check_rel(settled_of(QUOTA_RULES_ANTHROPIC, five[0], cached, 37), 700 + 400 + 37, 1e-12);
    check_rel(settled_of(QUOTA_RULES_OPENAI, "gpt-5", cached, 37), 700 + 400 + 9000 + 4000, 1e-12);
}

/* Bedrock holds cache reads from start to end and then lets them go. */
static void what_is_reserved_is_given_back(void)
{
    struct quota q = blank(QUOTA_RULES_BEDROCK);
    q.tokens_per_s = 12345.0 / 60;
    const struct quota_terms terms = terms_of(&q, "claude-sonnet-4");
    const struct quota_tokens t = tokens(1000, 20, 3000, 4000);
    struct quota_state state;
    struct quota_ticket ticket;
    memset(&state, 0, sizeof state);
    check(quota_ask(&terms, &state, 5, &t, &ticket).is_admitted);
    check(quota_level_get(state.used[QUOTA_TOKENS]) == (floe_i128)8020 * QUOTA_MICROS * QUOTA_LEVELS);
    check_i64(state.day_micros, 8020 * QUOTA_MICROS);
    quota_settle(&terms, &state, &ticket, 5, &t, 100);
    check(quota_level_get(state.used[QUOTA_TOKENS]) == (floe_i128)1520 * QUOTA_MICROS * QUOTA_LEVELS);
    check_i64(state.day_micros, 1520 * QUOTA_MICROS);
    quota_settle(&terms, &state, &ticket, 5, &t, 100); /* a second time: nothing */
    check_i64(state.day_micros, 1520 * QUOTA_MICROS);
    check_i64(ticket.is_open, 0);
    memset(&state, 0, sizeof state);
    check(quota_ask(&terms, &state, 0, &t, &ticket).is_admitted);
    quota_settle(&terms, &state, &ticket, 60 * S, &t, 100); /* full long ago: no more than full */
    check(quota_level_get(state.used[QUOTA_TOKENS]) == 0);
}

static void the_longest_wait_is_told(void)
{
    struct quota q = blank(QUOTA_RULES_CUSTOM);
    q.requests_per_s = 0.5, q.burst_s = 2, q.input_per_s = 100, q.output_per_s = 100;
    const struct quota_terms terms = terms_of(&q, "m");
    const struct quota_tokens t = tokens(200, 0, 0, 150);
    struct quota_state state;
    struct quota_ticket ticket;
    memset(&state, 0, sizeof state);
    check(quota_ask(&terms, &state, 0, &t, &ticket).is_admitted);
    quota_settle(&terms, &state, &ticket, 0, &t, 250); /* of 200: waits of 2, 2 and 2 s */
    struct quota_answer a = quota_ask(&terms, &state, 0, &t, &ticket);
    check(a.limit == QUOTA_REQUESTS && a.retry_after_ns == 2 * S);
    const struct quota_tokens small = tokens(150, 0, 0, 10);
    a = quota_ask(&terms, &state, 0, &small, &ticket); /* 2, 1.5 and 0.6 s */
    check(a.limit == QUOTA_REQUESTS && a.retry_after_ns == 2 * S);
}

static void a_debt_is_paid_before_anything_passes(void)
{
    struct quota q = blank(QUOTA_RULES_BEDROCK);
    q.tokens_per_s = 60000.0 / 60;
    q.reserve = QUOTA_RESERVE_NONE;
    const struct quota_terms terms = terms_of(&q, "claude-sonnet-4");
    const struct quota_tokens t = tokens(1000, 0, 0, 1000);
    struct quota_state state;
    struct quota_ticket first, other;
    memset(&state, 0, sizeof state);
    check(quota_ask(&terms, &state, 0, &t, &first).is_admitted);
    quota_settle(&terms, &state, &first, 0, &t, 13000); /* 66,000 of 60,000 */
    const struct quota_answer a = quota_ask(&terms, &state, 0, &t, &other);
    check(!a.is_admitted && a.limit == QUOTA_TOKENS);
    check_i64(a.retry_after_ns, 7 * S);
    check(!quota_ask(&terms, &state, 7 * S - 1, &t, &other).is_admitted);
    check(quota_ask(&terms, &state, 7 * S, &t, &other).is_admitted);
}

static void a_wait_is_exact(void)
{
    uint64_t random = 5;
    for (int i = 0; i < 2000; i++) {
        struct quota q = blank(QUOTA_RULES_CUSTOM);
        q.tokens_per_s = (double)(1 + test_random(&random) % 1000000) / 60;
        q.requests_per_s = (double)(1 + test_random(&random) % 5000) / 60;
        if (i % 2) q.tokens_per_s = PARAM_ABSENT;
        const struct quota_terms terms = terms_of(&q, "m");
        const double most = i % 2 ? 1000 : 1 + (double)terms.buckets[QUOTA_TOKENS].depth / 1e6;
        const struct quota_tokens t = tokens((double)(test_random(&random) % (uint64_t)most), 0, 0, 0);
        struct quota_state state;
        struct quota_ticket ticket;
        memset(&state, 0, sizeof state);
        struct quota_answer a = quota_ask(&terms, &state, 0, &t, &ticket);
        for (int n = 0; n < 10000 && a.is_admitted; n++)
            a = quota_ask(&terms, &state, 0, &t, &ticket);
        if (!check(!a.is_admitted && a.retry_after_ns > 0)) return;
        struct quota_state early = state;
        check(!quota_ask(&terms, &early, a.retry_after_ns - 1, &t, &ticket).is_admitted);
        check(quota_ask(&terms, &state, a.retry_after_ns, &t, &ticket).is_admitted);
        for (int b = 0; b < QUOTA_BUCKETS; b++) /* not a fraction of a nanosecond early */
            check(quota_level_get(state.used[b]) <= (floe_i128)terms.buckets[b].depth * QUOTA_LEVELS);
    }
}

static void looking_changes_nothing(void)
{
    struct quota q = blank(QUOTA_RULES_CUSTOM);
    q.tokens_per_s = 7777.7 / 60, q.requests_per_s = 61.0 / 60, q.day_tok = 1e6;
    q.acceleration = 1.3, q.acceleration_floor_tok = 2000;
    const struct quota_terms terms = terms_of(&q, "m");
    struct quota_state rare, often;
    uint64_t random = 9;
    int64_t now_ns = 0;
    memset(&rare, 0, sizeof rare);
    memset(&often, 0, sizeof often);
    for (int i = 0; i < 3000; i++) {
        const int64_t gap_ns = (int64_t)(test_random(&random) % (uint64_t)(3 * S));
        const struct quota_tokens t = tokens((double)(test_random(&random) % 300), 0, 0, 0);
        struct quota_ticket ticket;
        for (int n = 1; n <= 7; n++)
            quota_refill(&terms, &often, now_ns + gap_ns * n / 7);
        now_ns += gap_ns;
        const struct quota_answer a = quota_ask(&terms, &rare, now_ns, &t, &ticket);
        const struct quota_answer b = quota_ask(&terms, &often, now_ns, &t, &ticket);
        if (!check(a.is_admitted == b.is_admitted && a.retry_after_ns == b.retry_after_ns)) return;
    }
    check(memcmp(&rare, &often, sizeof rare) == 0);
}

/* Over every span of a random sequence: net of what was given back, no more than b + r t. A plain sum, no levels. */
#define STEPS 400
static void no_span_admits_more_than_its_bound(void)
{
    static int64_t at_ns[2 * STEPS], net[2 * STEPS];
    uint64_t random = 11;
    for (int round = 0; round < 40; round++) {
        struct quota q = blank(round % 2 ? QUOTA_RULES_CUSTOM : QUOTA_RULES_BEDROCK);
        q.tokens_per_s = (double)(6000 + test_random(&random) % 60000) / 60;
        q.burst_s = (double)(1 + test_random(&random) % 90);
        q.burndown = 1;
        const struct quota_terms terms = terms_of(&q, "m");
        const struct quota_bucket *b = &terms.buckets[QUOTA_TOKENS];
        struct quota_state state;
        struct quota_ticket ticket[STEPS];
        struct quota_tokens t[STEPS];
        int64_t now_ns = 0;
        int n = 0;
        memset(&state, 0, sizeof state);
        memset(ticket, 0, sizeof ticket);
        for (int i = 0; i < STEPS; i++) {
            now_ns += (int64_t)(test_random(&random) % (uint64_t)S);
            t[i] = tokens((double)(test_random(&random) % 900), 0, (double)(test_random(&random) % 200), 400);
            const int64_t taken = quota_reserved(&terms, &t[i]).micros[QUOTA_TOKENS];
            at_ns[n] = now_ns;
            net[n] = quota_ask(&terms, &state, now_ns, &t[i], &ticket[i]).is_admitted ? taken : 0;
            n++;
            const int j = (int)(test_random(&random) % (uint64_t)(i + 1)); /* some earlier attempt ends */
            if (ticket[j].is_open) {
                const double output = (double)(test_random(&random) % 400);
                const int64_t held = ticket[j].held.micros[QUOTA_TOKENS];
                at_ns[n] = now_ns;
                net[n++] = quota_used(&terms, &t[j], output).micros[QUOTA_TOKENS] - held;
                quota_settle(&terms, &state, &ticket[j], now_ns, &t[j], output);
            }
            const floe_i128 used = quota_level_get(state.used[QUOTA_TOKENS]);
            if (!check(used >= 0 && used <= (floe_i128)b->depth * QUOTA_LEVELS)) return;
        }
        for (int from = 0; from < n; from++) {
            floe_i128 sum = 0;
            for (int to = from; to < n; to++) {
                sum += net[to];
                const floe_i128 bound = (floe_i128)b->depth * QUOTA_LEVELS +
                                        (floe_i128)b->rate * (at_ns[to] - at_ns[from]);
                if (net[to] <= 0 || sum * QUOTA_LEVELS <= bound) continue;
                check_at(0, __FILE__, __LINE__, "round %d: from %d to %d more than b + r t", round, from, to);
                return;
            }
        }
    }
}

/* A slow twin: a list of all charges, the level found by walking it from the start. Whole units: 60 tokens per minute,
 * instants in whole seconds. */
static void levels_agree_with_a_walk_over_all_charges(void)
{
    uint64_t random = 21;
    struct quota q = blank(QUOTA_RULES_OPENAI);
    q.requests_per_s = 60.0 / 60, q.burst_s = 10;
    const struct quota_terms terms = terms_of(&q, "gpt-5");
    const struct quota_tokens t = tokens(1, 0, 0, 1);
    struct quota_state state;
    struct quota_ticket ticket;
    int64_t level = 10, now_s = 0;
    int admitted = 0, throttled = 0;
    memset(&state, 0, sizeof state);
    for (int i = 0; i < 5000; i++) {
        const int64_t gap_s = (int64_t)(test_random(&random) % 3) * (int64_t)(test_random(&random) % 2);
        now_s += gap_s;
        level = level + gap_s < 10 ? level + gap_s : 10;
        const int passes = level >= 1;
        level = level >= 1 ? level - 1 : 0;
        admitted += passes, throttled += !passes;
        if (!check_i64(quota_ask(&terms, &state, now_s * S, &t, &ticket).is_admitted, passes)) return;
    }
    check(admitted > 500 && throttled > 500);
}

static void a_counted_rejection_empties_and_a_free_one_does_not(void)
{
    struct quota q = blank(QUOTA_RULES_OPENAI);
    q.requests_per_s = 1, q.burst_s = 1;
    const struct quota_tokens t = tokens(1, 0, 0, 1);
    struct quota_ticket ticket;
    for (int counted = 0; counted < 2; counted++) {
        struct quota_state state;
        q.rejections = counted ? QUOTA_REJECTIONS_COUNTED : QUOTA_REJECTIONS_FREE;
        const struct quota_terms terms = terms_of(&q, "gpt-5");
        memset(&state, 0, sizeof state);
        check(quota_ask(&terms, &state, 0, &t, &ticket).is_admitted);
        const struct quota_answer a = quota_ask(&terms, &state, S / 2, &t, &ticket);
        check(!a.is_admitted && a.limit == QUOTA_REQUESTS && !ticket.is_open);
        check_i64(a.retry_after_ns, counted ? S : S / 2);
        check_i64(quota_ask(&terms, &state, S, &t, &ticket).is_admitted, !counted);
    }
}

/* Rejected for its tokens, it still costs a request; admitted by one limit and refused by another, it costs neither. */
static void all_limits_or_none_are_charged(void)
{
    struct quota q = blank(QUOTA_RULES_OPENAI);
    q.requests_per_s = 100.0 / 60, q.tokens_per_s = 1000.0 / 60;
    const struct quota_tokens small = tokens(10, 0, 0, 10), large = tokens(900, 0, 0, 90);
    for (int counted = 0; counted < 2; counted++) {
        struct quota_state state;
        struct quota_ticket ticket;
        q.rejections = counted ? QUOTA_REJECTIONS_COUNTED : QUOTA_REJECTIONS_FREE;
        const struct quota_terms terms = terms_of(&q, "gpt-5");
        memset(&state, 0, sizeof state);
        check(quota_ask(&terms, &state, 0, &small, &ticket).is_admitted);
        const struct quota_answer a = quota_ask(&terms, &state, 0, &large, &ticket);
        check(!a.is_admitted && a.limit == QUOTA_TOKENS);
        check(quota_level_get(state.used[QUOTA_REQUESTS]) == (floe_i128)(1 + counted) * QUOTA_MICROS * QUOTA_LEVELS);
        check(quota_level_get(state.used[QUOTA_TOKENS]) == (floe_i128)20 * QUOTA_MICROS * QUOTA_LEVELS);
    }
}

static void input_and_output_are_limited_apart(void)
{
    struct quota q = blank(QUOTA_RULES_ANTHROPIC_TIER_1);
    const struct quota_terms terms = terms_of(&q, "claude-sonnet-4");
    const struct quota_tokens long_answer = tokens(100, 0, 0, 1600), long_prompt = tokens(7000, 0, 90000, 10);
    const struct quota_tokens tiny = tokens(10, 0, 0, 10), huge = tokens(30001, 0, 0, 1);
    check_i64(fits_at_once(&terms, &long_answer), 5); /* 8,000 OTPM */
    check_i64(fits_at_once(&terms, &long_prompt), 4); /* 30,000 ITPM, reads free */
    check_i64(fits_at_once(&terms, &tiny), 50);       /* 50 RPM */
    struct quota_state state;
    struct quota_ticket ticket;
    memset(&state, 0, sizeof state);
    const struct quota_answer a = quota_ask(&terms, &state, 0, &huge, &ticket);
    check(!a.is_admitted && a.limit == QUOTA_INPUT && a.retry_after_ns == QUOTA_NEVER);
}

static void a_day_is_a_day_of_utc(void)
{
    struct quota q = blank(QUOTA_RULES_CUSTOM);
    q.day_tok = 1000;
    const struct quota_terms terms = terms_of(&q, "m");
    const int64_t into_s = STARTS_AT_S % 86400, midnight_ns = (86400 - into_s) * S;
    const struct quota_tokens t = tokens(400, 0, 0, 100);
    struct quota_state state;
    struct quota_ticket first, ticket;
    memset(&state, 0, sizeof state);
    check(quota_ask(&terms, &state, 0, &t, &first).is_admitted &&
          quota_ask(&terms, &state, 9, &t, &ticket).is_admitted);
    const struct quota_answer a = quota_ask(&terms, &state, 10 * S, &t, &ticket);
    check(!a.is_admitted && a.limit == QUOTA_DAY);
    check_i64(a.retry_after_ns, midnight_ns - 10 * S);
    check(quota_ask(&terms, &state, midnight_ns, &t, &ticket).is_admitted);
    quota_settle(&terms, &state, &first, midnight_ns, &t, 0); /* of a day that is over */
    check_i64(state.day_micros, 500 * QUOTA_MICROS);
}

static void a_ramp_is_limited(void)
{
    struct quota q = blank(QUOTA_RULES_CUSTOM);
    q.tokens_per_s = 1e5, q.acceleration = 2, q.acceleration_floor_tok = 100;
    const struct quota_terms terms = terms_of(&q, "m");
    const struct quota_tokens t = tokens(10, 0, 0, 0);
    static const int wanted[] = {10, 20, 40, 80, 160, 0, 10};
    struct quota_state state;
    struct quota_ticket ticket;
    memset(&state, 0, sizeof state);
    for (int minute = 0; minute < 7; minute++) {
        int n = 0;
        struct quota_answer a = {1, 0, 0};
        if (minute == 5) continue; /* a pause: from the floor again */
        while (a.is_admitted) {
            a = quota_ask(&terms, &state, minute * 60 * S + 7, &t, &ticket);
            n += a.is_admitted;
        }
        check_i64(n, wanted[minute]);
        check(a.limit == QUOTA_RAMP && a.retry_after_ns == 60 * S - 7);
    }
}

static void the_long_run_is_the_rate(void)
{
    struct quota q = blank(QUOTA_RULES_CUSTOM);
    q.tokens_per_s = 90000.0 / 60;
    const struct quota_terms terms = terms_of(&q, "m");
    const struct quota_tokens t = tokens(300, 0, 0, 500);
    struct quota_state state;
    struct quota_ticket ticket;
    int64_t admitted = 0;
    memset(&state, 0, sizeof state);
    for (int64_t i = 0; i < 86400; i++)
        for (int n = 0; n < 9; n++)
            if (quota_ask(&terms, &state, i * S + n * 100000000, &t, &ticket).is_admitted) {
                admitted++;
                quota_settle(&terms, &state, &ticket, i * S + n * 100000000, &t, 75);
            }
    check_abs((double)admitted, (90000.0 * 1440 + 90000) / 375, 3); /* b + r t, but for what no attempt fits in */
}

static int complains(struct quota q, const char *key)
{
    struct complaint c;
    memset(&c, 0, sizeof c);
    return (quota_block.check)(&q, &c) == 0 && strcmp(c.key, key) == 0 && c.what[0] != '\0' && c.hint[0] != '\0';
}

static void a_block_that_makes_no_sense_is_refused(void)
{
    struct complaint c;
    struct quota q = blank(QUOTA_RULES_BEDROCK);
    check(complains(q, "tokens"));
    q.tokens_per_s = 10;
    check((quota_block.check)(&q, &c));
    q.acceleration = 2;
    check(complains(q, "acceleration"));
    q.acceleration = PARAM_ABSENT, q.acceleration_floor_tok = 5;
    check(complains(q, "acceleration_floor"));
    q.acceleration_floor_tok = PARAM_ABSENT;
    q.rejections = QUOTA_REJECTIONS_COUNTED;
    check(complains(q, "rejections"));
    q.requests_per_s = 0.5, q.burst_s = 1;
    check(complains(q, "burst"));
    q.burst_s = 2;
    check((quota_block.check)(&q, &c));
    q = blank(QUOTA_RULES_ANTHROPIC_TIER_1);
    check((quota_block.check)(&q, &c));
}

static void rules_say_where_they_come_from(void)
{
    for (int i = 0; i < QUOTA_RULES_N; i++) {
        check_text(quota_rules[i].name, quota_rule_names[i]);
        check(quota_rules[i].burst_s > 0 && quota_rules[i].evidence != EVIDENCE_NONE && quota_rules[i].note != NULL);
        check(i == QUOTA_RULES_CUSTOM || (strlen(quota_rules[i].source) > 10 && strlen(quota_rules[i].date) >= 4));
    }
    struct quota q = blank(QUOTA_RULES_BEDROCK);
    q.tokens_per_s = 1000;
    const struct quota_terms terms = terms_of(&q, "claude-sonnet-4");
    check_i64(terms.day_micros, 1000LL * 60 * 1440 * QUOTA_MICROS);
    check_i64(terms.buckets[QUOTA_TOKENS].rate, 60000 * QUOTA_MICROS);
    check_i64(terms.buckets[QUOTA_TOKENS].depth, 60000 * QUOTA_MICROS);
    check_i64(terms.buckets[QUOTA_REQUESTS].rate, 0);
    check_i64((int64_t)sizeof(struct quota_state), 112);
    check_i64((int64_t)sizeof(struct quota_ticket), 48);
}

static void zeroed_terms_let_everything_through(void)
{
    struct quota_terms terms;
    memset(&terms, 0, sizeof terms);
    const struct quota_tokens t = tokens(1e6, 1e6, 1e6, 1e6);
    check_i64(fits_at_once(&terms, &t), -1);
}

static const struct test tests[] = {
    {"2M TPM hold 1,333 attempts of 1,500 at once and 31 of 64,500", a_reservation_limits_what_runs_at_once, FAST},
    {"1,000 in and 100 out settle at 1,500, and the other published formulas",
     settlement_follows_the_published_formulas, FAST},
    {"what is reserved is given back, once", what_is_reserved_is_given_back, FAST},
    {"of several limits the longest wait is told", the_longest_wait_is_told, FAST},
    {"a debt is paid before anything passes", a_debt_is_paid_before_anything_passes, FAST},
    {"a nanosecond before the retry-after it does not pass, at it it does", a_wait_is_exact, FAST},
    {"looking at a quota changes nothing", looking_changes_nothing, FAST},
    {"no span admits more than b + r t, and no level is negative", no_span_admits_more_than_its_bound, FAST},
    {"levels agree with a walk over all charges", levels_agree_with_a_walk_over_all_charges, FAST},
    {"a counted rejection empties the bucket, a free one does not", a_counted_rejection_empties_and_a_free_one_does_not,
     FAST},
    {"an attempt is charged to all limits or to none", all_limits_or_none_are_charged, FAST},
    {"input and output are limited apart", input_and_output_are_limited_apart, FAST},
    {"tokens per day begin anew at midnight UTC", a_day_is_a_day_of_utc, FAST},
    {"a ramp doubles from minute to minute and no faster", a_ramp_is_limited, FAST},
    {"in a day b + r t is admitted, settled at its use", the_long_run_is_the_rate, FAST},
    {"a block that makes no sense is refused", a_block_that_makes_no_sense_is_refused, FAST},
    {"each rule has a source, and a state its size", rules_say_where_they_come_from, FAST},
    {"without limits everything passes", zeroed_terms_let_everything_through, FAST},
};

TEST_MAIN("quota", tests)

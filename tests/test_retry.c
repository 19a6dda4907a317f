/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/retry_hourly.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "retry_maker.h"

static struct retry_terms terms_of(enum retry_preset inner, enum retry_preset outer)
{
    const struct retry_layer layers[2] = {layer_of(inner), layer_of(outer)};
    struct retry_terms terms;
    retry_derive(layers, outer == RETRY_CUSTOM ? 1 : 2, -1, &terms);
    return terms;
}

static struct retry_terms terms_of_layer(struct retry_layer layer)
{
    struct retry_terms terms;
    retry_derive(&layer, 1, -1, &terms);
    return terms;
}

static struct retry_layer plain_layer(int attempts, double base_s)
{
    struct retry_layer layer = layer_of(RETRY_CUSTOM);
    layer.attempts = attempts, layer.base_s = base_s;
    return layer;
}

static struct retry_load throttles(double p)
{
    const struct retry_load load = {{1 - p, p, 0, 0, 0}, -1, 0, {0}};
    return load;
}

static int64_t at_ns(double s)
{
    return (int64_t)floor(s * 1e9 + 0.5);
}

/* ---- the rows ---- */

static void every_preset_says_where_it_was_read(void)
{
    for (int i = 0; i < RETRY_PRESETS; i++) {
        const struct retry_rule *rule = &retry_rules[i];
        check_text(rule->name, retry_preset_names[i]);
        check(rule->source != NULL && rule->date != NULL && rule->evidence != EVIDENCE_NONE);
        check(i == RETRY_CUSTOM || (rule->attempts >= 1 && rule->attempts <= RETRY_ATTEMPTS_MOST));
        check(rule->cap_s >= rule->base_s && rule->factor >= 1);
        check((rule->retried & ATTEMPT_BIT(ATTEMPT_OK)) == 0);
        struct retry_layer layer = layer_of((enum retry_preset)i);
        struct complaint c;
        if (i == RETRY_CUSTOM) layer.attempts = 1;
        check((retry_layer_block.check)(&layer, &c));
    }
    check(retry_preset_names[RETRY_PRESETS] == NULL);
}

static int reads(const char *key, const char *text, struct retry_layer *layer, struct fault *fault)
{
    const struct param *row = value_row(&retry_layer_block, key);
    struct input input;
    return check(row != NULL) && value_read(row, text, layer, &input, fault);
}

static void an_unknown_preset_is_told_all_presets(void)
{
    struct retry_layer layer = layer_of(RETRY_CUSTOM);
    struct fault fault;
    check(!reads("preset", "botocore-legcy", &layer, &fault));
    for (int i = 0; i < RETRY_PRESETS; i++)
        check_contains(fault.what, retry_preset_names[i]);
    check_contains(fault.hint, "botocore-legacy");
    check(reads("preset", "strands", &layer, &fault) && layer.preset == RETRY_STRANDS);
}

static void numbers_out_of_range_are_refused(void)
{
    static const char *const wrong[][2] = {
        {"attempts", "0"},          {"attempts", "-1"},        {"attempts", "2.5"},
        {"attempts", "101"},        {"deadline", "-5s"},       {"base", "-1s"},
        {"error_base", "-1s"},      {"cap", "-20s"},           {"factor", "0.5"},
        {"budget", "-500"},         {"throttle_cost", "-5"},   {"error_cost", "-5"},
        {"timeout_cost", "-1"},     {"per_success", "-1"},     {"per_request", "-0.1"},
        {"cooldown", "-5s"},        {"deployments", "0"},      {"jitter", "gaussian"},
        {"retry_after", "yes"},     {"retry_errors", "maybe"}, {"logs", "often"},
        {"retry_after_most", "-1s"}};
    struct retry_layer layer = layer_of(RETRY_CUSTOM);
    struct fault fault;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_at(!reads(wrong[i][0], wrong[i][1], &layer, &fault), __FILE__, __LINE__, "%s: accepted %s", wrong[i][0],
                 wrong[i][1]);
    check(reads("deadline", "60s", &layer, &fault) && layer.deadline_s == 60);
    check(reads("retry_errors", "false", &layer, &fault) && layer.on_error == RETRY_FALSE);
    check(reads("jitter", "none", &layer, &fault) && layer.jitter == 1 + RETRY_JITTER_NONE);
    check(reads("retry_after", "near", &layer, &fault) && layer.honours == 1 + RETRY_AFTER_NEAR);
}

static void refused(struct retry_layer layer, const char *key)
{
    struct complaint c = {"", "", ""};
    check(!(retry_layer_block.check)(&layer, &c));
    check_text(c.key, key);
    check(c.hint[0] != '\0');
}

static void contradictions_are_refused(void)
{
    struct retry_layer layer = layer_of(RETRY_CUSTOM);
    refused(layer, "attempts");
    layer.attempts = 3;
    refused(layer, "base");
    layer = layer_of(RETRY_NONE), layer.attempts = 3;
    refused(layer, "attempts");
    layer = layer_of(RETRY_STRANDS), layer.cap_s = 3;
    refused(layer, "cap");
    layer = layer_of(RETRY_STRANDS), layer.error_cost_tok = 3;
    refused(layer, "error_cost");
    layer = layer_of(RETRY_STRANDS), layer.request_tok = 0.1;
    refused(layer, "budget");
    layer = layer_of(RETRY_STRANDS), layer.refunds = RETRY_TRUE;
    refused(layer, "budget");
    layer = layer_of(RETRY_BOTOCORE_STANDARD), layer.budget_tok = 9;
    refused(layer, "budget");
    layer = layer_of(RETRY_STRANDS), layer.deployments = 2;
    refused(layer, "deployments");
    struct complaint c;
    layer = layer_of(RETRY_BOTOCORE_STANDARD), layer.budget_tok = 10;
    check((retry_layer_block.check)(&layer, &c));
}

static void a_layer_overrides_its_preset(void)
{
    struct retry_layer layer = layer_of(RETRY_BOTOCORE_STANDARD_2026);
    layer.attempts = 4, layer.factor = 3, layer.on_timeout = RETRY_FALSE, layer.on_refusal = RETRY_TRUE;
    layer.jitter = 1 + RETRY_JITTER_NONE, layer.honours = 1 + RETRY_AFTER_IGNORED, layer.budget_tok = 77;
    layer.refunds = RETRY_FALSE, layer.deadline_s = 2.385, layer.cap_s = 7.5;
    const struct retry_terms terms = terms_of_layer(layer);
    const struct retry_loop *loop = &terms.loops[0];
    check_i64(loop->attempts, 4);
    check_u64(loop->retried,
              ATTEMPT_BIT(ATTEMPT_THROTTLED) | ATTEMPT_BIT(ATTEMPT_FAILED) | ATTEMPT_BIT(ATTEMPT_REFUSED));
    check(loop->base_s[ATTEMPT_THROTTLED] == 1 && loop->base_s[ATTEMPT_FAILED] == 0.05 && loop->cap_s == 7.5);
    check(loop->factor == 3 && loop->jitter == RETRY_JITTER_NONE && loop->honours == RETRY_AFTER_IGNORED);
    check(loop->budget_tok == 77 && loop->cost_tok[ATTEMPT_TIMED_OUT] == 14 && !loop->refunds);
    check_i64(loop->deadline_ns, 2385000000);
    layer.base_s = 0.25;
    check(terms_of_layer(layer).loops[0].base_s[ATTEMPT_FAILED] == 0.25);
    layer.error_base_s = 0.5;
    check(terms_of_layer(layer).loops[0].base_s[ATTEMPT_FAILED] == 0.5);
}

/* ---- waits ---- */

/* Wait before retry 1 .. 5 after a throttle: least, mean and most, as the clients' code has it. */
static void waits_are_those_of_each_client(void)
{
    static const struct {
        enum retry_preset preset;
        int n;
        double low, mean, high;
    } rows[] = {
        {RETRY_BOTOCORE_LEGACY, 1, 0, 0.5, 1},
        {RETRY_BOTOCORE_LEGACY, 4, 0, 4, 8},
        {RETRY_BOTOCORE_STANDARD, 2, 0, 1, 2},
        {RETRY_BOTOCORE_STANDARD, 6, 0, 10, 20},
        {RETRY_BOTOCORE_STANDARD_2026, 2, 0, 1, 2},
        {RETRY_BOTOCORE_ADAPTIVE, 1, 0, 0.5, 1},
        {RETRY_OPENAI_PYTHON, 1, 0.375, 0.4375, 0.5},
        {RETRY_OPENAI_PYTHON, 2, 0.75, 0.875, 1},
        {RETRY_ANTHROPIC_PYTHON, 6, 6, 7, 8},
        {RETRY_LITELLM, 2, 0.75, 0.875, 1},
        {RETRY_STRANDS, 1, 4, 4, 4},
        {RETRY_STRANDS, 5, 64, 64, 64},
        {RETRY_STRANDS, 7, 240, 240, 240},
        {RETRY_LANGCHAIN, 1, 1, 1.5, 2},
        {RETRY_LANGCHAIN, 2, 2, 2.5, 3},
        {RETRY_GOOGLE_SRE, 6, 0, 10, 20},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct retry_terms terms = terms_of(rows[i].preset, RETRY_CUSTOM);
        const struct retry_range range = retry_range_of(&terms.loops[0], ATTEMPT_THROTTLED, rows[i].n);
        check_abs(retry_range_at(range, 0x1p-53), rows[i].low, 1e-12);
        check_rel(retry_range_at(range, 1 - 0x1p-53), rows[i].high, 1e-12);
        check_rel(retry_mean_s(&terms.loops[0], range, -1), rows[i].mean, 1e-14);
    }
    struct retry_layer layer = plain_layer(9, 0.3);
    layer.factor = 3, layer.cap_s = 2;
    const struct retry_terms own = terms_of_layer(layer);
    check_rel(retry_range_of(&own.loops[0], ATTEMPT_FAILED, 2).high_s, 0.9, 1e-14);
    check_rel(retry_range_of(&own.loops[0], ATTEMPT_FAILED, 3).high_s, 2, 1e-14);
    const struct retry_terms by_end = terms_of(RETRY_BOTOCORE_STANDARD_2026, RETRY_CUSTOM);
    check_rel(retry_range_of(&by_end.loops[0], ATTEMPT_FAILED, 2).high_s, 0.1, 1e-14);
    check_rel(retry_range_of(&by_end.loops[0], ATTEMPT_TIMED_OUT, 1).high_s, 0.05, 1e-14);
}

/* The mean against a sum over a fine grid of u, for each jitter, each way to honour, and a cap that cuts. */
static void the_mean_wait_is_the_integral_over_u(void)
{
    static const double asked[] = {-1, 0, 0.3, 1.7, 3.9, 6.2, 9, 70};
    const int n = 200000;
    for (int jitter = RETRY_JITTER_NONE; jitter <= RETRY_JITTER_ADDED; jitter++)
        for (int honours = RETRY_AFTER_IGNORED; honours <= RETRY_AFTER_NEAR; honours++)
            for (size_t a = 0; a < sizeof asked / sizeof asked[0]; a++) {
                struct retry_layer layer = plain_layer(5, 1.3);
                layer.jitter = 1 + jitter, layer.honours = 1 + honours, layer.cap_s = 6.1, layer.honour_most_s = 60;
                const struct retry_terms terms = terms_of_layer(layer);
                const struct retry_range range = retry_range_of(&terms.loops[0], ATTEMPT_THROTTLED, 3);
                double sum = 0;
                for (int i = 0; i < n; i++)
                    sum += retry_honoured(&terms.loops[0], retry_range_at(range, (i + 0.5) / n), asked[a]);
                if (honours == RETRY_AFTER_OR_STOP && asked[a] > 60)
                    check_rel(sum / n, -1, 1e-12);
                else
                    check_rel(retry_mean_s(&terms.loops[0], range, asked[a]), sum / n, 1e-8);
            }
}

static void retry_after_is_honoured_as_each_client_does(void)
{
    static const struct {
        enum retry_preset preset;
        double asked_s, wait_s; /* at u = 0.5 before the first retry; < 0: none */
    } rows[] = {{RETRY_BOTOCORE_LEGACY, 30, 0.5},
                {RETRY_BOTOCORE_STANDARD, 30, 0.5},
                {RETRY_BOTOCORE_STANDARD_2026, 30, 5.5},
                {RETRY_BOTOCORE_STANDARD_2026, 2, 2},
                {RETRY_BOTOCORE_STANDARD_2026, 0.1, 0.5},
                {RETRY_OPENAI_PYTHON, 30, 30},
                {RETRY_OPENAI_PYTHON, 120, 120},
                {RETRY_OPENAI_PYTHON, 121, -1},
                {RETRY_ANTHROPIC_PYTHON, 60, 60},
                {RETRY_ANTHROPIC_PYTHON, 61, 0.4375},
                {RETRY_ANTHROPIC_PYTHON, 0, 0.4375},
                {RETRY_LITELLM, 7, 7},
                {RETRY_STRANDS, 30, 4},
                {RETRY_LANGCHAIN, 30, 1.5}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct retry_terms terms = terms_of(rows[i].preset, RETRY_CUSTOM);
        struct retry_client client;
        struct retry_call call;
        retry_client_begin(&terms, &client, 0);
        retry_call_begin(&terms, &call, 0);
        const struct retry_next next = retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, 99,
                                                   at_ns(rows[i].asked_s), 0.5);
        check_i64(next.is_retry, rows[i].wait_s >= 0);
        check_i64(next.wait_ns, rows[i].wait_s >= 0 ? at_ns(rows[i].wait_s) : 0);
        check_i64(next.stop, rows[i].wait_s >= 0 ? RETRY_GOES_ON : RETRY_ASKED_TO_STOP);
    }
}

/* ---- a call as events ---- */

struct story {
    int attempts, lines;
    double waited_s;
    double at_s[64]; /* of each attempt */
    struct retry_next last;
};

/* Every attempt ends with `end`, at once. */
static struct story tell(const struct retry_terms *terms, int end, double u)
{
    struct story story;
    struct retry_client client;
    struct retry_call call;
    int64_t now_ns = 17;
    memset(&story, 0, sizeof story);
    retry_client_begin(terms, &client, now_ns);
    retry_call_begin(terms, &call, now_ns);
    do {
        story.at_s[story.attempts++] = (double)(now_ns - 17) / 1e9;
        story.last = retry_after(terms, &client, &call, end, now_ns, RETRY_NO_WAIT_ASKED, u);
        story.lines += story.last.is_logged;
        story.waited_s += (double)story.last.wait_ns / 1e9;
        now_ns += story.last.wait_ns;
    } while (story.last.is_retry && story.attempts < 64);
    return story;
}

/* 5 x 6 attempts, six times 7.5 s of the SDK and 4 + 8 + 16 + 32 + 64 s of the agent loop. */
static void legacy_in_strands_makes_30_attempts_and_waits_169_s(void)
{
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_LEGACY, RETRY_STRANDS);
    const struct story story = tell(&terms, ATTEMPT_THROTTLED, 0.5);
    check_i64(story.attempts, 30);
    check_i64(story.lines, 6);
    check_rel(story.waited_s, 169, 1e-12);
    check(story.last.gives_up && story.last.surfaced_layers == 2 && story.last.stop == RETRY_USED_UP);
    struct retry_means means;
    const struct retry_load load = throttles(1);
    retry_expect(&terms, &load, 0, &means);
    check_rel(means.attempts, 30, 1e-14);
    check_rel(means.wait_s, 169, 1e-14);
    check_rel(means.flow.lines[ATTEMPT_THROTTLED], 6, 1e-14);
    check_rel(means.runs[0], 6, 1e-14);
    check_i64(means.doubt, 0);
    /* Strands retries throttles only: an error is over after the SDK */
    check_i64(tell(&terms, ATTEMPT_FAILED, 0.5).attempts, 5);
    check_i64(tell(&terms, ATTEMPT_FAILED, 0.5).lines, 1);
    check_i64(tell(&terms, ATTEMPT_REFUSED, 0.5).attempts, 1);
    check_i64(tell(&terms, ATTEMPT_REFUSED, 0.5).last.stop, RETRY_NOT_RETRIED);
}

static void strands_alone_tries_again_at_4_12_28_60_124_s(void)
{
    static const double at_s[] = {0, 4, 12, 28, 60, 124};
    const struct retry_terms alone = terms_of(RETRY_STRANDS, RETRY_CUSTOM);
    const struct retry_terms over_one = terms_of(RETRY_NONE, RETRY_STRANDS);
    for (int u = 1; u < 10; u += 4) {
        const struct story a = tell(&alone, ATTEMPT_THROTTLED, u / 10.0);
        const struct story b = tell(&over_one, ATTEMPT_THROTTLED, u / 10.0);
        check(a.attempts == 6 && b.attempts == 6);
        for (int i = 0; i < 6; i++)
            check(a.at_s[i] == at_s[i] && b.at_s[i] == at_s[i]);
        check(a.lines == 1 && b.lines == 6); /* logged where it surfaces from the first layer */
    }
}

static void without_layers_there_is_one_attempt_and_one_line(void)
{
    struct retry_terms terms;
    struct retry_means means;
    const struct retry_load load = {{0.5, 0.2, 0.1, 0.15, 0.05}, -1, 0, {0}};
    retry_derive(NULL, 0, -1, &terms);
    const struct story story = tell(&terms, ATTEMPT_THROTTLED, 0.5);
    check(story.attempts == 1 && story.lines == 1 && story.last.gives_up);
    retry_expect(&terms, &load, 0, &means);
    for (int e = 1; e < ATTEMPT_ENDS; e++)
        check(means.flow.attempts[e] == load.p[e] && means.flow.lines[e] == load.p[e] &&
              means.flow.out[e] == load.p[e]);
}

static void a_layer_can_be_named_as_the_one_that_is_logged(void)
{
    struct retry_layer layers[2] = {layer_of(RETRY_BOTOCORE_LEGACY), layer_of(RETRY_STRANDS)};
    struct retry_terms terms;
    struct retry_means means;
    const struct retry_load load = throttles(1);
    layers[1].is_logged = 1;
    retry_derive(layers, 2, -1, &terms);
    check_i64(tell(&terms, ATTEMPT_THROTTLED, 0.3).lines, 1);
    retry_expect(&terms, &load, 0, &means);
    check_rel(means.flow.lines[ATTEMPT_THROTTLED], 1, 1e-15);
}

static void no_retry_begins_after_the_deadline(void)
{
    static const struct {
        double deadline_s;
        int attempts;
    } rows[] = {{0, 1}, {3.999999999, 1}, {4, 2}, {11.999999999, 2}, {12, 3}, {60, 5}, {1000, 6}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct retry_layer layer = layer_of(RETRY_STRANDS);
        layer.deadline_s = rows[i].deadline_s;
        const struct retry_terms terms = terms_of_layer(layer);
        const struct story story = tell(&terms, ATTEMPT_THROTTLED, 0.5);
        check_i64(story.attempts, rows[i].attempts);
        check_i64(story.last.stop, rows[i].attempts < 6 ? RETRY_TOO_LATE : RETRY_USED_UP);
        check(story.at_s[story.attempts - 1] <= rows[i].deadline_s);
        const struct retry_load load = throttles(0.75);
        struct retry_means means;
        retry_expect(&terms, &load, 0, &means);
        const double p_k = pow(0.75, rows[i].deadline_s == 3.999999999 ? 1 : rows[i].attempts);
        if (i != 1 && i != 3) check_rel(means.attempts, (1 - p_k) / 0.25, 1e-13);
        if (i != 1 && i != 3) check_i64(means.doubt, 0);
    }
    /* the deadline of an inner layer begins again with it: 2 tries of 0 and 4 s, six times */
    struct retry_layer layers[2] = {layer_of(RETRY_STRANDS), layer_of(RETRY_STRANDS)};
    struct retry_terms terms;
    layers[0].deadline_s = 5;
    retry_derive(layers, 2, -1, &terms);
    check_i64(tell(&terms, ATTEMPT_THROTTLED, 0.5).attempts, 12);
    layers[0].deadline_s = PARAM_ABSENT, layers[1].deadline_s = 140;
    retry_derive(layers, 2, -1, &terms);
    check_i64(tell(&terms, ATTEMPT_THROTTLED, 0.5).attempts, 12); /* 124 s + 4 s fits; 128 + 124 + 8 does not */
}

static void a_deadline_among_spread_waits_is_in_doubt(void)
{
    struct retry_layer layer = layer_of(RETRY_BOTOCORE_LEGACY);
    struct retry_means means;
    const struct retry_load load = throttles(0.4);
    layer.deadline_s = 2;
    struct retry_terms terms = terms_of_layer(layer);
    retry_expect(&terms, &load, 0, &means);
    check_u64(means.doubt, RETRY_DOUBT_DEADLINE);
    check_rel(means.attempts, 1 + 0.4 + 0.16, 1e-14); /* mean waits of 0.5 and 1 s fit, 2 s more do not */
    layer.deadline_s = 15;
    terms = terms_of_layer(layer);
    retry_expect(&terms, &load, 0, &means);
    check_u64(means.doubt, 0);
}

/* ---- the chain ---- */

static void the_chain_can_take_over_at_the_first_surfaced_exception(void)
{
    const struct retry_layer layers[2] = {layer_of(RETRY_BOTOCORE_LEGACY), layer_of(RETRY_STRANDS)};
    struct retry_terms terms;
    struct retry_client client;
    struct retry_call call;
    int64_t now_ns = 0;
    retry_derive(layers, 2, 1, &terms);
    retry_client_begin(&terms, &client, now_ns);
    retry_call_begin(&terms, &call, now_ns);
    int attempts = 0, lines = 0, rounds = 0, is_over = 0;
    while (!is_over) {
        for (int step = 0; step < 3; step++) {
            struct retry_next next;
            if (step > 0) retry_step_begin(&terms, &call, now_ns);
            int here = 0;
            do {
                next = retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, now_ns, RETRY_NO_WAIT_ASKED, 0.5);
                now_ns += next.wait_ns, here++, lines += next.is_logged;
            } while (next.is_retry);
            check(here == 5 && next.gives_up && next.surfaced_layers == 1);
            attempts += here;
        }
        const struct retry_next next = retry_chain_after(&terms, &client, &call, ATTEMPT_THROTTLED, now_ns, 0.5);
        check_i64(next.wait_ns, next.is_retry ? at_ns(4.0 * (1 << rounds)) : 0);
        check(!next.is_logged);
        now_ns += next.wait_ns, rounds++, is_over = next.gives_up;
    }
    check_i64(rounds, 6);
    check_i64(attempts, 90); /* three tiers of 30 */
    check_i64(lines, 18);
    check_i64(now_ns, at_ns(18 * 7.5 + 124));
    struct retry_means means;
    const struct retry_load load = throttles(1);
    retry_expect(&terms, &load, 0, &means);
    check_rel(means.attempts, 5, 1e-15);
    retry_expect_loops(&terms, &load, 1, 2, 0, &means); /* around a chain of this one step */
    check_rel(means.attempts, 30, 1e-15);
    check_rel(means.wait_s, 169, 1e-15);
    check_rel(means.flow.lines[ATTEMPT_THROTTLED], 6, 1e-15);
}

/* ---- closed forms ---- */

static void attempts_and_failures_follow_the_closed_form(void)
{
    for (int k = 1; k <= 30; k++)
        for (int i = 1; i < 20; i++) {
            const double p = i / 20.0, p_k = pow(p, k), q = p / 2;
            const struct retry_terms terms = terms_of_layer(plain_layer(k, 2.385));
            const struct retry_load load = throttles(p);
            struct retry_means means;
            retry_expect(&terms, &load, 0, &means);
            check_rel(means.attempts, (1 - p_k) / (1 - p), 1e-13);
            check_rel(means.flow.out[ATTEMPT_THROTTLED], p_k, 1e-12);
            check_rel(means.flow.lines[ATTEMPT_THROTTLED], p_k, 1e-12);
            check_rel(means.flow.attempts[ATTEMPT_THROTTLED], (1 - p_k) / (1 - p) - (1 - p_k), 1e-11);
            check_rel(means.flow.attempts[ATTEMPT_OK], 1 - p_k, 1e-13);
            /* waits 2.385/2 x 2^(n-1), n < k, each with chance p^n: a geometric sum of ratio 2 p */
            const double ratio = 2 * p, sum = i == 10 ? k - 1 : (pow(ratio, k - 1) - 1) / (ratio - 1);
            if (k <= 20) check_rel(means.wait_s, 2.385 / 2 * p * sum, 1e-12);
            /* half of the failures not retried */
            const struct retry_load mixed = {{1 - p, q, 0, 0, q}, -1, 0, {0}};
            retry_expect(&terms, &mixed, 0, &means);
            const double runs = (1 - pow(q, k)) / (1 - q);
            check_rel(means.attempts, runs, 1e-13);
            check_rel(means.flow.out[ATTEMPT_REFUSED], q * runs, 1e-12);
        }
}

static void nested_loops_are_one_loop_of_the_product(void)
{
    for (int k1 = 1; k1 <= 6; k1++)
        for (int k2 = 1; k2 <= 6; k2++)
            for (int i = 1; i < 10; i++) {
                const struct retry_layer nested[2] = {plain_layer(k1, 1), plain_layer(k2, 3)};
                const struct retry_terms one = terms_of_layer(plain_layer(k1 * k2, 1));
                const struct retry_load load = {{1 - i / 10.0, i / 30.0, i / 20.0, i / 60.0, 0}, -1, 0, {0}};
                struct retry_terms two;
                struct retry_means a, b;
                retry_derive(nested, 2, -1, &two);
                retry_expect(&two, &load, 0, &a);
                retry_expect(&one, &load, 0, &b);
                check_i64(tell(&two, ATTEMPT_FAILED, 0.5).attempts, k1 * k2);
                check_rel(a.attempts, b.attempts, 1e-13);
                for (int e = 0; e < ATTEMPT_ENDS; e++) {
                    check_abs(a.flow.out[e], b.flow.out[e], 1e-14);
                    check_abs(a.flow.attempts[e], b.flow.attempts[e], 1e-13);
                }
                check_rel(a.runs[0], (1 - pow(i / 10.0, k1 * k2)) / (1 - pow(i / 10.0, k1)), 1e-13);
            }
}

/* Wire throttles per logged one: sum of p^n, n = 1 .. 5, over p^5. A production workload showed 10.4, with p read as 0.73
 * or 0.783 (two and three digits: hence the tolerance). */
static void the_wire_sees_ten_times_the_throttles_of_the_logs(void)
{
    static const double p[] = {0.783, 0.73}, times[] = {8.66, 10.4};
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_LEGACY, RETRY_CUSTOM);
    for (int i = 0; i < 2; i++) {
        const struct retry_load load = throttles(p[i]);
        struct retry_means means;
        retry_expect(&terms, &load, 0, &means);
        check_abs(means.flow.attempts[ATTEMPT_THROTTLED] / means.flow.lines[ATTEMPT_THROTTLED], times[i], 0.07);
    }
}

/* ---- the bucket ---- */

static void botocores_bucket_takes_and_gives_back(void)
{
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_STANDARD, RETRY_CUSTOM);
    struct retry_client client;
    struct retry_call call;
    double *level = &client.layers[0].level_tok;
    retry_client_begin(&terms, &client, 0);
    check(*level == 500);
    retry_call_begin(&terms, &call, 0);
    check(retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, 0, -1, 0.5).is_retry && *level == 495);
    check(retry_after(&terms, &client, &call, ATTEMPT_TIMED_OUT, 0, -1, 0.5).is_retry && *level == 485);
    retry_succeeded(&terms, &client, &call, 0); /* the last cost only */
    check(*level == 495);
    retry_call_begin(&terms, &call, 0);
    retry_succeeded(&terms, &client, &call, 0);
    check(*level == 496);
    for (int i = 0; i < 9; i++) {
        retry_call_begin(&terms, &call, 0);
        retry_succeeded(&terms, &client, &call, 0);
    }
    check(*level == 500);
    retry_call_begin(&terms, &call, 0);
    for (int i = 0; i < 3; i++)
        check_i64(retry_after(&terms, &client, &call, ATTEMPT_FAILED, 0, -1, 0.5).is_retry, i < 2);
    check(*level == 490); /* a failure gives nothing back */
    *level = 5;
    retry_call_begin(&terms, &call, 0);
    check(retry_after(&terms, &client, &call, ATTEMPT_FAILED, 0, -1, 0.5).is_retry && *level == 0);
    const struct retry_next next = retry_after(&terms, &client, &call, ATTEMPT_FAILED, 0, -1, 0.5);
    check(next.gives_up && next.is_logged && next.stop == RETRY_BROKE);
    *level = 9;
    retry_call_begin(&terms, &call, 0);
    check(retry_after(&terms, &client, &call, ATTEMPT_TIMED_OUT, 0, -1, 0.5).stop == RETRY_BROKE && *level == 9);
    check_i64(tell(&terms, ATTEMPT_REFUSED, 0.5).attempts, 1);
}

static void a_budget_lets_a_tenth_of_the_requests_be_retries(void)
{
    const struct retry_terms terms = terms_of(RETRY_GOOGLE_SRE, RETRY_CUSTOM);
    struct retry_client client;
    struct retry_call call;
    int retries = 0;
    retry_client_begin(&terms, &client, 0);
    for (int i = 0; i < 1000; i++) {
        struct retry_next next;
        retry_call_begin(&terms, &call, 0);
        do {
            next = retry_after(&terms, &client, &call, ATTEMPT_FAILED, 0, -1, 0.5);
            retries += next.is_retry;
        } while (next.is_retry);
    }
    check(retries >= 109 && retries <= 110); /* 10 saved, 1000 x 0.1 */
    struct retry_means means;
    const struct retry_load load = throttles(1);
    retry_expect(&terms, &load, 1, &means);
    check_rel(means.attempts, 1.1, 1e-12);
}

static double drift_at(const struct retry_terms *terms, int end, double p)
{
    struct retry_load load = throttles(0);
    struct retry_means means;
    load.p[ATTEMPT_OK] = 1 - p, load.p[end] = p;
    retry_expect(terms, &load, 0, &means);
    return means.drift_tok[0];
}

static void the_bucket_drifts_as_the_closed_form_and_turns_at_0_3207(void)
{
    static const struct {
        enum retry_preset preset;
        enum attempt_end end;
        double cost, turn;
    } rows[] = {{RETRY_BOTOCORE_STANDARD, ATTEMPT_THROTTLED, 5, 0.3207},
                {RETRY_BOTOCORE_STANDARD_2026, ATTEMPT_THROTTLED, 5, 0.3207},
                {RETRY_BOTOCORE_STANDARD_2026, ATTEMPT_FAILED, 14, 0.2149}};
    for (int r = 0; r < 3; r++) {
        const struct retry_terms terms = terms_of(rows[r].preset, RETRY_CUSTOM);
        double low = 0, high = 1;
        for (int i = 1; i < 40; i++) {
            const double p = i / 40.0, c = rows[r].cost;
            check_abs(drift_at(&terms, rows[r].end, p), (1 - p) - c * p * p * (1 - p) - 2 * c * p * p * p, 1e-13);
        }
        for (int i = 0; i < 50; i++) {
            const double p = (low + high) / 2;
            *(drift_at(&terms, rows[r].end, p) > 0 ? &low : &high) = p;
        }
        check_abs(low, rows[r].turn, 0.00005);
    }
}

/* A bucket below an agent loop is drawn on once for each time that the loop runs it. */
static void a_layer_above_draws_on_the_bucket_again(void)
{
    const struct retry_terms one = terms_of(RETRY_BOTOCORE_STANDARD, RETRY_CUSTOM);
    const struct retry_terms two = terms_of(RETRY_BOTOCORE_STANDARD, RETRY_STRANDS);
    const struct retry_load load = throttles(0.6);
    struct retry_means a, b;
    retry_expect(&one, &load, 0, &a);
    retry_expect(&two, &load, 0, &b);
    check_rel(b.runs[0], (1 - pow(0.216, 6)) / (1 - 0.216), 1e-13);
    check_rel(b.drift_tok[0], a.drift_tok[0] * b.runs[0], 1e-13);
    check(b.drift_tok[1] == 0);
}

static void an_empty_bucket_grants_what_it_is_paid(void)
{
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_STANDARD, RETRY_CUSTOM);
    for (int i = 1; i < 20; i++) {
        const double p = i / 20.0;
        const struct retry_load load = throttles(p);
        struct retry_means means;
        retry_expect(&terms, &load, 1, &means);
        const double g = means.grant[0];
        if (p < 0.3207) {
            check(g == 1);
            continue;
        }
        check(g > 0 && g < 1);
        check_abs((1 - p) - 5 * p * g * p * (1 + p * g), 0, 1e-12);
        check_rel(means.attempts, 1 + p * g + p * g * p * g, 1e-12);
        check_abs(means.drift_tok[0], 0, 1e-12);
    }
    for (int i = 0; i <= 2; i++) {
        const struct retry_load load = throttles(0.3107 + 0.01 * i);
        struct retry_means means;
        retry_expect(&terms, &load, 0, &means);
        check_i64(means.doubt, 0); /* 500 is large: even at the turning point */
    }
}

static void a_small_bucket_near_its_turning_point_is_in_doubt(void)
{
    static const double budgets[] = {20, 60, 500}, p[] = {0.15, 0.32, 0.6};
    static const uint32_t wanted[3][3] = {{0, RETRY_DOUBT_BRAKE, 0}, {0, RETRY_DOUBT_BRAKE, 0}, {0, 0, 0}};
    for (int b = 0; b < 3; b++)
        for (int i = 0; i < 3; i++) {
            struct retry_layer layer = layer_of(RETRY_BOTOCORE_STANDARD);
            layer.budget_tok = budgets[b];
            const struct retry_terms terms = terms_of_layer(layer);
            const struct retry_load load = throttles(p[i]);
            struct retry_means means;
            retry_expect(&terms, &load, 1, &means);
            check_u64(means.doubt, wanted[b][i]);
        }
}

static void a_span_drains_the_bucket_and_goes_on_without_it(void)
{
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_STANDARD, RETRY_CUSTOM);
    const struct retry_load load = throttles(0.6);
    struct retry_state state;
    struct retry_means full, empty, means;
    retry_expect(&terms, &load, 0, &full);
    retry_expect(&terms, &load, 1, &empty);
    const double calls = 500 / -full.drift_tok[0];
    retry_state_begin(&terms, &state);
    retry_step(&terms, &state, &load, 1, -1, calls / 2, &means);
    check_rel(state.level_tok[0], 250, 1e-12);
    check_rel(means.attempts, full.attempts, 1e-14);
    retry_step(&terms, &state, &load, 1, -1, calls * 2, &means);
    check_rel(means.attempts, (full.attempts * 0.5 + empty.attempts * 1.5) / 2, 1e-12);
    check(state.level_tok[0] == 0);
    retry_step(&terms, &state, &load, 1, -1, 100, &means);
    check_rel(means.attempts, empty.attempts, 1e-13);
    const struct retry_load good = throttles(0.01);
    retry_step(&terms, &state, &good, 1, -1, 100, &means);
    check_rel(state.level_tok[0], 100 * drift_at(&terms, ATTEMPT_THROTTLED, 0.01), 1e-12);
    retry_step(&terms, &state, &good, 1, -1, 1000, &means);
    check(state.level_tok[0] == 500);
}

/* ---- under a quota ---- */

/* p = (1 - C/L)^(1/k), wire load C/(1 - p); to three digits the table of mechanics with L/C = 1.05 .. 2. */
static void the_fixed_point_under_a_quota_is_the_closed_form(void)
{
    static const int k[] = {3, 5, 6, 30};
    static const double over[] = {1.05, 1.2, 1.5, 2.0};
    static const double wire[4][4] = {
        {1.57, 2.19, 2.51, 10.4}, {2.22, 3.32, 3.87, 17.3}, {3.26, 5.07, 5.98, 27.8}, {4.85, 7.73, 9.17, 43.8}};
    const struct retry_load none = throttles(0);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            const double c = 250, l = over[i] * c, p = pow(1 - 1 / over[i], 1.0 / k[j]);
            const struct retry_terms one = terms_of_layer(plain_layer(k[j], 4));
            const struct retry_terms legacy_in_strands = terms_of(RETRY_BOTOCORE_LEGACY, RETRY_STRANDS);
            const struct retry_terms *terms = k[j] == 30 ? &legacy_in_strands : &one;
            struct retry_means means;
            check_rel(retry_fixed_point(terms, &none, l, c, 0, &means), p, 1e-13);
            check_rel(l * means.attempts, c / (1 - p), 1e-12);
            check_rel(l * means.attempts / c, wire[i][j], 0.005);
            check_rel(l * means.flow.out[ATTEMPT_OK], c, 1e-12);
            check_i64(means.doubt, 0);
        }
}

static void beside_other_failures_the_quota_is_used_exactly(void)
{
    const struct retry_load others = {{0.8, 0, 0.12, 0.05, 0.03}, -1, 0, {0}};
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_LEGACY, RETRY_STRANDS);
    struct retry_means means;
    for (int i = 2; i <= 12; i++) {
        const double l = 50.0 * i, c = 400, t = retry_fixed_point(&terms, &others, l, c, 0, &means);
        const double admitted = l * means.attempts * (1 - t);
        retry_fixed_point(&terms, &others, l, -1, 0, &means);
        const double wanted = l * means.attempts;
        check_rel(admitted, wanted < c ? wanted : c, 1e-12);
        check((t > 0) == (wanted > c));
    }
    const struct retry_load plain = throttles(0);
    check(retry_fixed_point(&terms, &plain, 99, 100, 0, &means) == 0);
    const struct retry_terms legacy = terms_of(RETRY_BOTOCORE_LEGACY, RETRY_CUSTOM);
    const struct retry_terms strands = terms_of(RETRY_STRANDS, RETRY_CUSTOM);
    retry_fixed_point(&legacy, &plain, 5.5, 5, 0, &means);
    check_i64(means.doubt, RETRY_DOUBT_HERD);
    retry_fixed_point(&legacy, &plain, 6.5, 5, 0, &means);
    check_i64(means.doubt, 0);
    retry_fixed_point(&strands, &plain, 500, 400, 0, &means);
    check_i64(means.doubt, RETRY_DOUBT_HERD);
}

/* ---- the limiter and the cooldown ---- */

static void the_adaptive_limiter_follows_cubic(void)
{
    const struct retry_terms terms = terms_of(RETRY_BOTOCORE_ADAPTIVE, RETRY_CUSTOM);
    struct retry_client client;
    struct retry_call call;
    struct retry_limiter *l = &client.layers[0].limiter;
    retry_client_begin(&terms, &client, 0);
    int64_t now_ns = 0;
    for (int i = 0; i < 100; i++) { /* ten answers a second: nothing is limited */
        now_ns += at_ns(0.1);
        retry_call_begin(&terms, &call, now_ns);
        check_i64(retry_send(&terms, &client, now_ns).wait_ns, 0);
        retry_succeeded(&terms, &client, &call, now_ns);
    }
    check_rel(l->measured_per_s, 10, 0.01);
    const double measured = l->measured_per_s;
    retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, now_ns, -1, 0.5);
    check(l->is_on && l->w_max_per_s == measured);
    check_rel(l->fill_per_s, 0.7 * measured, 1e-15);
    check_rel(l->k_s, cbrt(0.3 * measured / 0.4), 1e-15);
    const int64_t throttled_ns = now_ns;
    l->level_tok = 0.25; /* two senders queue */
    check_i64(retry_send(&terms, &client, now_ns).wait_ns, at_ns(0.75 / l->fill_per_s));
    check_i64(retry_send(&terms, &client, now_ns).wait_ns, at_ns(1.75 / l->fill_per_s));
    for (int i = 1; i <= 6; i++) {
        now_ns = throttled_ns + at_ns(0.4 * i);
        l->measured_per_s = 10, l->half_s = now_ns / 500000000;
        retry_succeeded(&terms, &client, &call, now_ns);
        const double t = 0.4 * i - l->k_s, rate = 0.4 * t * t * t + measured;
        check_rel(l->fill_per_s, rate < 20 ? rate : 20, 1e-12);
    }
    now_ns = throttled_ns + at_ns(60);
    l->half_s = now_ns / 500000000;
    retry_succeeded(&terms, &client, &call, now_ns);
    check(l->fill_per_s == 2 * l->measured_per_s); /* at most twice what was measured */
    struct retry_means means;
    const struct retry_load load = throttles(0.1);
    retry_expect(&terms, &load, 0, &means);
    check_u64(means.doubt, RETRY_DOUBT_ADAPTIVE);
}

static void a_cooldown_refuses_for_five_seconds(void)
{
    struct retry_layer layers[2] = {layer_of(RETRY_LITELLM), layer_of(RETRY_STRANDS)};
    struct retry_terms terms;
    struct retry_client client;
    struct retry_call call;
    layers[0].deployments = 2;
    retry_derive(layers, 2, -1, &terms);
    retry_client_begin(&terms, &client, 0);
    retry_call_begin(&terms, &call, 0);
    check(!retry_send(&terms, &client, 0).is_refused);
    check(retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, 100, -1, 0.5).is_retry);
    const struct retry_sent sent = retry_send(&terms, &client, 99 + at_ns(5));
    check(sent.is_refused && sent.refused_by == 0);
    const struct retry_next next = retry_refused(&terms, &client, &call, 0, 99 + at_ns(5), 0.5);
    check(next.is_retry && next.wait_ns == at_ns(4) && next.is_logged && next.surfaced_layers == 1);
    check_i64(call.tries[0], 0);
    check_i64(call.tries[1], 1);
    check(!retry_send(&terms, &client, 100 + at_ns(5)).is_refused);
    /* more than half of at least five */
    retry_client_begin(&terms, &client, 0);
    for (int i = 0; i < 3; i++)
        retry_succeeded(&terms, &client, &call, 0);
    for (int i = 0; i < 4; i++) {
        retry_call_begin(&terms, &call, 0);
        check_i64(retry_send(&terms, &client, 0).is_refused, 0);
        retry_after(&terms, &client, &call, ATTEMPT_FAILED, 0, -1, 0.5);
    }
    check_i64(retry_send(&terms, &client, 0).is_refused, 1);
    /* alone: all of a thousand within the minute */
    layers[0].deployments = 1;
    retry_derive(layers, 2, -1, &terms);
    retry_client_begin(&terms, &client, 0);
    for (int i = 0; i < 1998; i++) { /* 999 in each minute */
        retry_call_begin(&terms, &call, 0);
        retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, at_ns(i < 999 ? 59 : 60), -1, 0.5);
    }
    check_i64(retry_send(&terms, &client, at_ns(60)).is_refused, 0);
    retry_after(&terms, &client, &call, ATTEMPT_THROTTLED, at_ns(61), -1, 0.5);
    check_i64(retry_send(&terms, &client, at_ns(61)).is_refused, 1);
}

/* Failures of 2.5 s before each outcome: n of them before the answer at try n + 1, k before giving up; layers of 2 and 3
 * are one of 6. A share of a call's time, so it is divided by nothing. */
static void failed_attempts_take_time_from_who_made_them(void)
{
    const double p = 0.4, each_s = 2.5;
    struct retry_load load = throttles(p);
    const struct retry_layer layers[2] = {plain_layer(2, 1), plain_layer(3, 1)};
    struct retry_terms terms;
    struct retry_means means;
    double took_s = 0;
    load.fails_s[ATTEMPT_OK] = 1e9; /* not read */
    load.fails_s[ATTEMPT_THROTTLED] = each_s;
    retry_derive(layers, 2, -1, &terms);
    retry_expect(&terms, &load, 0, &means);
    for (int n = 1; n < 6; n++)
        took_s += n * each_s * pow(p, n) * (1 - p);
    check_rel(means.flow.took_s[ATTEMPT_OK], took_s, 1e-12);
    check_rel(means.flow.took_s[ATTEMPT_THROTTLED], 6 * each_s * pow(p, 6), 1e-12);
    check_rel(means.flow.took_s[ATTEMPT_OK] + means.flow.took_s[ATTEMPT_THROTTLED],
              each_s * means.flow.attempts[ATTEMPT_THROTTLED], 1e-12); /* nothing is lost */
}

static const struct test tests[] = {
    {"failed attempts take time from who made them", failed_attempts_take_time_from_who_made_them, FAST},
    {"every preset says where it was read", every_preset_says_where_it_was_read, FAST},
    {"an unknown preset is told all presets", an_unknown_preset_is_told_all_presets, FAST},
    {"numbers out of range are refused", numbers_out_of_range_are_refused, FAST},
    {"contradictions are refused", contradictions_are_refused, FAST},
    {"a layer overrides its preset", a_layer_overrides_its_preset, FAST},
    {"waits are those of each client", waits_are_those_of_each_client, FAST},
    {"the mean wait is the integral over u", the_mean_wait_is_the_integral_over_u, MANY},
    {"Retry-After is honoured as each client does", retry_after_is_honoured_as_each_client_does, FAST},
    {"legacy in Strands makes 30 attempts and waits 169 s", legacy_in_strands_makes_30_attempts_and_waits_169_s, FAST},
    {"Strands alone tries again at 4, 12, 28, 60 and 124 s", strands_alone_tries_again_at_4_12_28_60_124_s, FAST},
    {"without layers there is one attempt and one line", without_layers_there_is_one_attempt_and_one_line, FAST},
    {"a layer can be named as the one that is logged", a_layer_can_be_named_as_the_one_that_is_logged, FAST},
    {"no retry begins after the deadline", no_retry_begins_after_the_deadline, FAST},
    {"a deadline among spread waits is in doubt", a_deadline_among_spread_waits_is_in_doubt, FAST},
    {"the chain can take over at the first surfaced exception", the_chain_can_take_over_at_the_first_surfaced_exception,
     FAST},
    {"attempts and failures follow the closed form", attempts_and_failures_follow_the_closed_form, FAST},
    {"nested loops are one loop of the product", nested_loops_are_one_loop_of_the_product, FAST},
    {"the wire sees ten times the throttles of the logs", the_wire_sees_ten_times_the_throttles_of_the_logs, FAST},
    {"botocore's bucket takes and gives back", botocores_bucket_takes_and_gives_back, FAST},
    {"a budget lets a tenth of the requests be retries", a_budget_lets_a_tenth_of_the_requests_be_retries, FAST},
    {"the bucket drifts as the closed form and turns at 0.3207",
     the_bucket_drifts_as_the_closed_form_and_turns_at_0_3207, FAST},
    {"a layer above draws on the bucket again", a_layer_above_draws_on_the_bucket_again, FAST},
    {"an empty bucket grants what it is paid", an_empty_bucket_grants_what_it_is_paid, FAST},
    {"a small bucket near its turning point is in doubt", a_small_bucket_near_its_turning_point_is_in_doubt, FAST},
    {"a span drains the bucket and goes on without it", a_span_drains_the_bucket_and_goes_on_without_it, FAST},
    {"the fixed point under a quota is the closed form", the_fixed_point_under_a_quota_is_the_closed_form, FAST},
    {"beside other failures the quota is used exactly", beside_other_failures_the_quota_is_used_exactly, FAST},
    {"the adaptive limiter follows CUBIC", the_adaptive_limiter_follows_cubic, FAST},
    {"a cooldown refuses for five seconds", a_cooldown_refuses_for_five_seconds, FAST},
};
TEST_MAIN("retry", tests)

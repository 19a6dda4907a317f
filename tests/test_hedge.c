/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/hedge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

static struct latency_curves curves;
static struct latency_terms latency_terms;

static struct latency_law law_absent(void)
{
    struct latency_law law;
    memset(&law, 0, sizeof law);
    law.mean_s = law.median_s = law.p95_s = law.cv = PARAM_ABSENT;
    return law;
}

static void make(enum latency_law_kind kind, double mean_s, double cv, double network_s)
{
    struct latency latency;
    memset(&latency, 0, sizeof latency);
    for (int i = 0; i < LATENCY_PARTS; i++)
        latency.part[i] = law_absent();
    latency.part[LATENCY_TTFT].law = kind;
    latency.part[LATENCY_TTFT].mean_s = mean_s;
    latency.part[LATENCY_TTFT].cv = cv;
    latency.part[LATENCY_NETWORK].mean_s = network_s;
    latency.timeout_s = PARAM_ABSENT;
    latency_derive(&latency, NULL, 0, &latency_terms);
    const struct token_law one = {.law = TOKENS_FIXED, .mean = 1, .median = -1, .p95 = -1, .cv = -1};
    struct token_dist tokens;
    token_dist_derive(&one, &tokens);
    const struct latency_output output = {&tokens, PARAM_ABSENT, NULL, 0};
    latency_curves_make(&latency_terms, NULL, &output, &curves);
}

static struct hedge_terms terms_of(double after_s, double quantile, int32_t loser)
{
    const struct hedge hedge = {after_s, quantile, loser};
    struct hedge_terms terms;
    hedge_derive(&hedge, &curves.total, &terms);
    return terms;
}

/* Exponential, mean m: S(t) S(t - d) = e^(-(2t - d)/m), E = m - (m/2) e^(-d/m), extra load e^(-d/m). */
static void exponential_latency_has_its_closed_form(void)
{
    const double m = 2.385, ds[] = {0, 0.7, 2, 7.145};
    make(LATENCY_EXPONENTIAL, m, PARAM_ABSENT, 0);
    for (size_t i = 0; i < 4; i++) {
        const double d = ds[i];
        const struct hedge_terms terms = terms_of(d, PARAM_ABSENT, HEDGE_CANCEL);
        const struct hedge_expected e = hedge_expect(&terms, &curves.total, 6);
        check_rel(e.answered_s, m - m / 2 * exp(-d / m), 2e-4);
        check_rel(e.extra_attempts, exp(-d / m), 2e-3);
        check_rel(e.busy_s, m, 2e-4); /* without memory, a hedge costs the provider nothing */
        for (double t = 0.2; t < 12; t += 0.9)
            check_abs(hedge_above(&terms, &curves.total, t), t < d ? exp(-t / m) : exp(-(2 * t - d) / m), 2e-4);
        check_abs(e.timed_out_share, 6 < d ? exp(-6 / m) : exp(-(12 - d) / m), 2e-4);
        const double p95 = -log(0.05) * m < d ? -log(0.05) * m : (d - m * log(0.05)) / 2;
        check_rel(e.p95_s, p95, 1e-3);
    }
}

static void a_hedge_at_a_quantile_adds_its_complement(void)
{
    make(LATENCY_LOGNORMAL, 1.88, 1, 0.04);
    const double qs[] = {0.5, 0.9, 0.95, 0.99};
    for (size_t i = 0; i < 4; i++) {
        const struct hedge_terms terms = terms_of(PARAM_ABSENT, qs[i], HEDGE_BILL);
        const struct hedge_expected e = hedge_expect(&terms, &curves.total, PARAM_ABSENT);
        check_rel(e.extra_attempts, 1 - qs[i], 1e-9);
        check_rel(e.extra_billed, 1 - qs[i], 1e-9);
        check_rel(e.busy_s, latency_curve_mean(&curves.total) * (2 - qs[i]), 1e-9);
        check_rel(terms.after_s, latency_curve_quantile(&curves.total, qs[i]), 1e-15);
    }
}

static void a_fixed_latency_is_not_helped(void)
{
    make(LATENCY_FIXED, 1.1, PARAM_ABSENT, 0.04);
    struct hedge_terms terms = terms_of(2, PARAM_ABSENT, HEDGE_CANCEL);
    struct hedge_expected e = hedge_expect(&terms, &curves.total, PARAM_ABSENT);
    check_rel(e.answered_s, 1.14, 1e-12);
    check_abs(e.extra_attempts, 0, 1e-15);
    terms = terms_of(0.5, PARAM_ABSENT, HEDGE_CANCEL);
    e = hedge_expect(&terms, &curves.total, PARAM_ABSENT);
    check_rel(e.answered_s, 1.14, 1e-12);
    check_rel(e.extra_attempts, 1, 1e-12);
    check_rel(e.busy_s, 1.14 + 0.64, 1e-12);
}

/* Two values far apart: the overlap begins long before the first value. 0.7 at 1 s, 0.3 at 10 s, hedged after 2 s:
 * 0.7 x 1 + 0.3 (0.7 x 3 + 0.3 x 10) = 2.23 s. */
static double answered_of_two_values(double low_s, double high_s, int n_low, double after_s)
{
    struct latency_dist dist;
    memset(&dist, 0, sizeof dist);
    dist.law = LATENCY_VALUES;
    dist.n = 10;
    for (int i = 0; i < 10; i++)
        dist.values_s[i] = i < n_low ? low_s : high_s;
    dist.mean_s = (n_low * low_s + (10 - n_low) * high_s) / 10;
    latency_curve_of(&dist, NULL, 1, &curves.total);
    const struct hedge_terms terms = terms_of(after_s, PARAM_ABSENT, HEDGE_CANCEL);
    return hedge_expect(&terms, &curves.total, PARAM_ABSENT).answered_s;
}

/* And a hedge that comes too late to help: 0.3 at 5 s, 0.7 at 10 s, after 6 s. */
static void values_far_apart_are_hedged_right(void)
{
    check_rel(answered_of_two_values(1, 10, 7, 2), 2.23, 2e-3);
    check_rel(answered_of_two_values(5, 10, 3, 6), 8.5, 2e-3);
}

static void without_a_hedge_nothing_changes(void)
{
    make(LATENCY_LOGNORMAL, 1.88, 1, 0.04);
    const struct hedge_terms terms = terms_of(PARAM_ABSENT, PARAM_ABSENT, HEDGE_BILL);
    const struct hedge_expected e = hedge_expect(&terms, &curves.total, 5);
    check(!terms.is_on);
    check_rel(e.answered_s, 1.92, 1e-9);
    check(e.extra_attempts == 0 && e.extra_billed == 0);
    check_rel(e.p95_s, latency_curve_quantile(&curves.total, 0.95), 1e-12);
    check_rel(e.timed_out_share, latency_curve_above(&curves.total, 5), 1e-12);
    check_i64(hedge_at_ns(&terms, 77), LATENCY_NEVER_NS);
    check(!hedge_outcome(&terms, 5000000000, 1).is_sent);
}

static void the_first_answer_wins(void)
{
    make(LATENCY_FIXED, 1, PARAM_ABSENT, 0);
    struct hedge_terms terms = terms_of(2, PARAM_ABSENT, HEDGE_CANCEL);
    check_i64(hedge_at_ns(&terms, 77), 2000000077);
    struct hedge_outcome o = hedge_outcome(&terms, 2000000000, 1); /* an answer at the same instant comes first */
    check(!o.is_sent && o.winner == 0 && o.answered_ns == 2000000000 && o.busy_ns == 2000000000);
    o = hedge_outcome(&terms, 5000000000, 1000000000);
    check(o.is_sent && o.winner == 1 && !o.is_loser_billed);
    check_i64(o.answered_ns, 3000000000);
    check_i64(o.busy_ns, 4000000000);
    o = hedge_outcome(&terms, 5000000000, 3000000000); /* a tie: the first */
    check(o.is_sent && o.winner == 0);
    check_i64(o.answered_ns, 5000000000);
    terms.loser = HEDGE_BILL;
    o = hedge_outcome(&terms, 5000000000, 1000000000);
    check(o.is_loser_billed && o.loser_end == ATTEMPT_OK);
    check_i64(o.busy_ns, 6000000000);
}

/* 400,000 calls; standard errors under 0.3 % of the mean wait and 2 % of the extra load. |z| <= 4 fails by chance once in
 * 16,000; the curve's own error is allowed for. */
static void check_twin(double after_s, double quantile, int32_t loser, uint32_t replication)
{
    const struct hedge_terms terms = terms_of(after_s, quantile, loser);
    const struct hedge_expected e = hedge_expect(&terms, &curves.total, 8);
    const struct floe_rng rng = {5, replication};
    const double n = 400000;
    double sum = 0, squares = 0, sent = 0, late = 0, busy = 0, above = 0;
    for (uint64_t call = 0; call < (uint64_t)n; call++) {
        const int64_t first_ns = latency_draw(&latency_terms, NULL, rng, 1, call, 0, 1).total_ns;
        const int64_t second_ns = latency_draw(&latency_terms, NULL, rng, 1, call, 1, 1).total_ns;
        const struct hedge_outcome o = hedge_outcome(&terms, first_ns, second_ns);
        const double s = (double)o.answered_ns / 1e9;
        sum += s, squares += s * s, sent += o.is_sent, late += s > 8, busy += (double)o.busy_ns / 1e9;
        above += s > e.p95_s;
    }
    const double mean = sum / n, error = sqrt((squares / n - mean * mean) / n);
    const double sent_error = sqrt(e.extra_attempts * (1 - e.extra_attempts) / n);
    const double late_error = sqrt(e.timed_out_share * (1 - e.timed_out_share) / n);
    printf("hedge after %.3f s: %.4f s (%.4f), sent %.4f (%.4f), over 8 s %.5f (%.5f)\n", terms.after_s, mean,
           e.answered_s, sent / n, e.extra_attempts, late / n, e.timed_out_share);
    check(error < 0.003 * mean && sent_error < 0.02 * e.extra_attempts);
    check(fabs(mean - e.answered_s) <= 4 * error + 3e-4 * mean);
    check(fabs(sent / n - e.extra_attempts) <= 4 * sent_error + 3e-4);
    check(fabs(late / n - e.timed_out_share) <= 4 * late_error + 1e-4);
    check_abs(above / n, 0.05, 4 * sqrt(0.05 * 0.95 / n) + 4e-4);
    check_rel(busy / n, e.busy_s, 0.01);
}

static void events_and_expectations_agree(void)
{
    make(LATENCY_LOGNORMAL, 1.88, 1, 0.04);
    check_twin(2, PARAM_ABSENT, HEDGE_CANCEL, 0);
    check_twin(0.3, PARAM_ABSENT, HEDGE_BILL, 1);
    check_twin(PARAM_ABSENT, 0.95, HEDGE_BILL, 2);
    make(LATENCY_LOGNORMAL, 1.88, 2.5, 0.5);
    check_twin(PARAM_ABSENT, 0.9, HEDGE_CANCEL, 3);
}

/* With a timeout W, exponential latency of mean m: with A = S(d), L = S(W), E = W - d the overlap is
 * A m/2 (1 - e^(-2E/m)) - L (A + 1) m (1 - e^(-E/m)) + L^2 E. Without one, P(d + T2 < T1) = A / 2. */
static void a_timeout_cuts_the_overlap(void)
{
    const double m = 2.385, ws[] = {1.1, 3.3, 9.7};
    make(LATENCY_EXPONENTIAL, m, PARAM_ABSENT, 0);
    for (int i = 0; i < 3; i++) {
        const double d = 0.7, w = ws[i], e = w - d, a = exp(-d / m), l = exp(-w / m);
        check_abs(hedge_overlap_before_s(&curves.total, d, w),
                  a * m / 2 * (1 - exp(-2 * e / m)) - l * (a + 1) * m * (1 - exp(-e / m)) + l * l * e, 5e-4);
    }
    check_rel(hedge_overtaken_share(&curves.total, 0.7, PARAM_ABSENT), exp(-0.7 / m) / 2, 2e-3);
}

static struct hedge_moments moments_of(const struct hedge_terms *terms, double timeout_s, double error_s)
{
    struct hedge_moments moments;
    const struct token_dist tokens = {.law = TOKENS_FIXED, .fixed = 1};
    const struct latency_output output = {&tokens, PARAM_ABSENT, NULL, 0};
    latency_terms.timeout_s = timeout_s;
    latency_terms.timeout_ns = timeout_s == PARAM_ABSENT ? LATENCY_NEVER_NS : latency_ns(timeout_s);
    latency_terms.part[LATENCY_ERROR].mean_s = error_s;
    hedge_moments_make(terms, &latency_terms, NULL, &output, &curves, &moments);
    latency_curves_make(&latency_terms, NULL, &output, &curves);
    return moments;
}

/* Every attempt ends once, and so does every pair. */
static void a_pair_keeps_the_books(void)
{
    const struct hedge_meets meets = {0.6, 0.1, 0.15, 0.1, 0.05};
    for (int i = 0; i < 24; i++) {
        make(LATENCY_LOGNORMAL, 1.88, 1, 0.04);
        const double timeouts[] = {PARAM_ABSENT, 1, 4};
        const struct hedge_terms terms = terms_of(i % 4 < 2 ? 1.3 : 0.2, PARAM_ABSENT, i & 1);
        const struct hedge_moments moments = moments_of(&terms, timeouts[i / 8], i % 8 < 4 ? 0.04 : 2.7);
        struct hedge_pair pair;
        double p = 0, ends = 0;
        hedge_pair_begin(&pair);
        hedge_pair_add(&terms, &moments, &meets, 0.7, &pair);
        hedge_pair_add(&terms, &moments, &meets, 0.3, &pair);
        for (int end = 0; end < ATTEMPT_ENDS; end++)
            p += pair.p[end], ends += pair.ends[end];
        check_abs(p, 1, 1e-12);
        check_abs(ends + pair.cancelled, pair.attempts, 1e-12);
        const int is_never_sent = moments.timeout_s == 1 && terms.after_s > 1 && moments.short_s[ATTEMPT_FAILED] < 1;
        check(is_never_sent ? pair.attempts == 1 : pair.attempts > 1.05);
        check(pair.cancelled >= 0 && (terms.loser == HEDGE_BILL ? pair.cancelled == 0 : 1));
    }
}

/* Fixed times. The timeout is 4, errors take 3, answers 2, the delay is 1: of two that fail with q = 0.3 each,
 * p = 1 - q^2; every attempt is hedged. Under `cancel` a first answer (at 2) hangs up the second (due at 3 or 4), and a
 * second answer (at 3) does not hang up a first failure, which is there at the same instant. */
static void fixed_times_are_worked_out_by_hand(void)
{
    const struct hedge_meets meets = {0.7, 0, 0, 0.3, 0};
    make(LATENCY_FIXED, 2, PARAM_ABSENT, 0);
    const struct hedge_terms terms = terms_of(1, PARAM_ABSENT, HEDGE_CANCEL);
    const struct hedge_moments moments = moments_of(&terms, 4, 3.001);
    struct hedge_pair pair;
    hedge_pair_begin(&pair);
    hedge_pair_add(&terms, &moments, &meets, 1, &pair);
    check_abs(pair.attempts, 2, 1e-12);
    check_abs(pair.p[ATTEMPT_OK], 1 - 0.09, 1e-12);
    check_abs(pair.ends[ATTEMPT_FAILED], 0.3 * 0.3 * 2, 1e-12); /* a first one is hung up 1 ms before it would fail */
    check_abs(pair.cancelled, 0.7 + 0.3 * 0.7, 1e-12);
    check_abs(pair.wait_s, 0.3 * 0.7 * 1, 1e-12);
    check_abs(pair.own_s, 0.7 * 2 + 0.3 * 0.7 * 2, 1e-9);
    check_abs(pair.ends_s[ATTEMPT_FAILED], 0.09 * 4.001, 1e-12);
}

static void who_decides_and_who_is_hung_up(void)
{
    check_i64(hedge_decides(ATTEMPT_OK, 7, ATTEMPT_OK, 7), 0); /* a tie is the first one's */
    check_i64(hedge_decides(ATTEMPT_OK, 7, ATTEMPT_OK, 6), 1);
    check_i64(hedge_decides(ATTEMPT_OK, 7, ATTEMPT_FAILED, 9), 0);
    check_i64(hedge_decides(ATTEMPT_TIMED_OUT, 7, ATTEMPT_OK, 9), 1);
    check_i64(hedge_decides(ATTEMPT_TIMED_OUT, 7, ATTEMPT_THROTTLED, 3), 0); /* the later end decides */
    check_i64(hedge_decides(ATTEMPT_FAILED, 7, ATTEMPT_THROTTLED, 8), 1);
    const struct hedge_terms cancel = {.is_on = 1, .loser = HEDGE_CANCEL}, bill = {.is_on = 1, .loser = HEDGE_BILL};
    check(hedge_cancels(&cancel, ATTEMPT_OK, 7, ATTEMPT_OK, 7));
    check(hedge_cancels(&cancel, ATTEMPT_OK, 7, ATTEMPT_FAILED, 8));
    check(!hedge_cancels(&cancel, ATTEMPT_OK, 7, ATTEMPT_FAILED, 7)); /* it had ended */
    check(!hedge_cancels(&cancel, ATTEMPT_FAILED, 7, ATTEMPT_FAILED, 9));
    check(!hedge_cancels(&bill, ATTEMPT_OK, 7, ATTEMPT_OK, 9));
}

static void impossible_hedges_are_refused(void)
{
    struct complaint c;
    struct hedge hedge = {2, 0.95, HEDGE_BILL};
    check(!(hedge_block.check)(&hedge, &c));
    check_contains(c.what, "not both");
    hedge = (struct hedge){PARAM_ABSENT, 1, HEDGE_BILL};
    check(!(hedge_block.check)(&hedge, &c));
    check_text(c.key, "quantile");
    hedge = (struct hedge){2, PARAM_ABSENT, HEDGE_BILL};
    check((hedge_block.check)(&hedge, &c));
}

static const struct test tests[] = {
    {"exponential latency: P(T > t) = S(t) S(t - d), and its mean", exponential_latency_has_its_closed_form, FAST},
    {"a hedge at quantile q adds 1 - q attempts", a_hedge_at_a_quantile_adds_its_complement, FAST},
    {"a fixed latency is not helped by a hedge", a_fixed_latency_is_not_helped, FAST},
    {"values far apart are hedged right", values_far_apart_are_hedged_right, FAST},
    {"without a hedge nothing changes", without_a_hedge_nothing_changes, FAST},
    {"the first answer wins, the first attempt in a tie", the_first_answer_wins, FAST},
    {"events and expectations agree", events_and_expectations_agree, MANY},
    {"a timeout cuts what two attempts have in common", a_timeout_cuts_the_overlap, FAST},
    {"every attempt of a pair ends once", a_pair_keeps_the_books, FAST},
    {"fixed times are worked out by hand", fixed_times_are_worked_out_by_hand, FAST},
    {"the earlier answer decides, else the later end", who_decides_and_who_is_hung_up, FAST},
    {"hedges that cannot be are refused", impossible_hedges_are_refused, FAST},
};
TEST_MAIN("hedge", tests)

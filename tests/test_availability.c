/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "harness.h"

#define NS 1000000000LL

static struct availability nothing(void)
{
    struct availability a;
    memset(&a, 0, sizeof a);
    a.error_share = a.mtbf_s = a.mttr_s = a.uptime_share = PARAM_ABSENT;
    return a;
}

static struct availability_terms derive(const struct availability *a)
{
    struct availability_terms terms;
    struct complaint c = {"", "", ""};
    check_at((availability_block.check)(a, &c), __FILE__, __LINE__, "%s: %s", c.key, c.what);
    availability_derive(a, 1773619200, &terms);
    return terms;
}

static struct availability uptime(double share, double from_outages, double mttr_s)
{
    struct availability a = nothing();
    a.uptime_share = share;
    a.from_outages_share = from_outages;
    a.mttr_s = mttr_s;
    return a;
}

/* ---- closed forms ---- */

/* The seed's 8 to 20 calls, and the 80 of a large task. */
static void three_nines_in_series(void)
{
    check_abs(sla_series(0.999, 8), 0.9920, 5e-5);
    check_abs(sla_series(0.999, 20), 0.9802, 5e-5);
    check_abs(sla_series(0.999, 80), 0.9231, 5e-5);
    check_rel(sla_series(0.999, 80), 0.92307939783733624, 1e-14); /* in 40 decimal digits */
    check_abs(sla_series_length(0.999, 0.98), 20.19, 0.005);
    check_abs(sla_series_retried(0.999, 1, 20), 0.99998, 5e-6);
    check_rel(sla_series_retried(0.999, 0, 20), sla_series(0.999, 20), 1e-14);
    check_rel(sla_series_retried(0.9, 2, 3), 0.999 * 0.999 * 0.999, 1e-14);
}

static void k_of_n_is_the_binomial_tail(void)
{
    check_rel(sla_k_of_n(0.9, 2, 3), 0.972, 1e-13); /* 3 x .81 x .1 + .729 */
    const int64_t ns[] = {1, 2, 5, 20, 80, 300};
    const double as[] = {0.999, 0.9, 0.5, 0.03};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 4; j++)
            for (int64_t k = 1; k <= ns[i]; k += 1 + ns[i] / 9)
                check_abs(sla_k_of_n(as[j], k, ns[i]), gsl_cdf_binomial_Q((unsigned)k - 1, as[j], (unsigned)ns[i]),
                          1e-11);
    check(sla_k_of_n(0.7, 0, 5) == 1 && sla_k_of_n(0.7, 6, 5) == 0);
    check(sla_k_of_n(1, 5, 5) == 1 && sla_k_of_n(0, 1, 5) == 0);
}

static void uptime_is_split_between_errors_and_outages(void)
{
    const double shares[] = {0, 0.25, 0.5, 1};
    for (size_t i = 0; i < 4; i++) {
        const struct availability a = uptime(0.999, shares[i], 2580);
        struct availability b = a;
        if (shares[i] == 0) b.mttr_s = PARAM_ABSENT;
        const struct availability_terms t = derive(&b);
        check_rel(availability_uptime_share(&t), 0.999, 1e-14);
        check_rel(availability_down_share(&t), shares[i] * 0.001, 1e-11);
    }
    const struct availability all = uptime(0.999, 1, 2580);
    const struct availability_terms t = derive(&all);
    check(t.error_share == 0);
    check_rel(t.own.mtbf_s, 2580 * 999.0, 1e-11);
}

/* 99.9 % as errors costs a task of 20 calls 2 %; as outages much longer than the task, 0.1 %. */
static void outages_and_errors_differ_for_tasks(void)
{
    struct availability a = uptime(0.999, 1, 2580);
    struct availability_terms t = derive(&a);
    check_abs(availability_task_share(&t, 60, 20), 0.999, 3e-5);
    check_rel(availability_task_share(&t, 60, 20), 0.999 * exp(-60 / (2580 * 999.0)), 1e-12);
    a = uptime(0.999, 0, PARAM_ABSENT);
    t = derive(&a);
    check_rel(availability_task_share(&t, 60, 20), pow(0.999, 20), 1e-13);
}

static void a_pair_shares_what_is_common(void)
{
    struct availability a = uptime(0.999, 1, 2580);
    snprintf(a.group, sizeof a.group, "us-east-1");
    const double q = 0.001, bs[] = {0, 0.1, 0.5, 1};
    for (size_t i = 0; i < 4; i++) {
        const double b = bs[i], own = (1 - b) * q;
        a.common_share = b;
        const struct availability_terms t = derive(&a);
        check_rel(availability_pair_down_share(&t, &t), b * q + own * own, 2e-3);
        check_rel(availability_pair_down_share(&t, &t), 1 - (1 - b * q) * (1 - own * own), 1e-9);
        check_rel(availability_down_share(&t), b * q + own - b * q * own, 1e-10);
        check(availability_same_common(&t, &t));
    }
    struct availability other = uptime(0.999, 1, 3600);
    snprintf(other.group, sizeof other.group, "us-east-1");
    other.common_share = a.common_share;
    const struct availability_terms x = derive(&a), y = derive(&other);
    check(!availability_same_common(&x, &y));
}

/* Integrated in small steps (the slow, obvious twin): P' = (1 - P)/M - P/D. */
static void transients_solve_the_rate_equation(void)
{
    const struct outage_process p = {7145, 385};
    double from_up = 0, from_down = 1, down_s = 0;
    const double h = 0.05;
    for (int i = 0; i < 40000; i++) {
        const double up_slope = (1 - from_up) / 7145 - from_up / 385;
        const double middle = from_up + h / 2 * up_slope;
        const double down_slope = (1 - from_down) / 7145 - from_down / 385;
        const double down_middle = from_down + h / 2 * down_slope;
        down_s += h * middle;
        from_up += h * ((1 - middle) / 7145 - middle / 385);
        from_down += h * ((1 - down_middle) / 7145 - down_middle / 385);
    }
    check_rel(outage_down_after_up(&p, 2000), from_up, 1e-7);
    check_rel(outage_down_after_down(&p, 2000), from_down, 1e-7);
    check_rel(outage_expected_s(&p, 2000, 0), down_s, 1e-6);
    check_rel(outage_expected_s(&p, 2000, 1), 2000 * 385 / 7530.0, 1e-13);
    check_rel(outage_down_after_up(&p, 1e7), 385 / 7530.0, 1e-12);
}

static void the_variance_has_its_limits(void)
{
    const struct outage_process p = {7145, 385};
    const double q = 385 / 7530.0;
    check_rel(outage_variance_s2(&p, 1e8), 2 * (1 - q) * (1 - q) * q * 385 * 1e8, 1e-4);
    check_rel(outage_variance_s2(&p, 1e-3), q * (1 - q) * 1e-6, 1e-5); /* one instant: Bernoulli */
    const double k = 1 / 7145.0 + 1 / 385.0, at = 1e-3 / k;
    check_rel(outage_variance_s2(&p, at * (1 - 1e-9)), outage_variance_s2(&p, at * (1 + 1e-9)), 1e-7);
}

static void planned_outages_fill_their_time(void)
{
    struct availability a = nothing();
    a.error_share = 0.02;
    a.n_planned = 2;
    a.planned[0] = (struct planned_outage){1773619200 + 3540, 120};
    a.planned[1] = (struct planned_outage){1773619200 + 90000, 60};
    const struct availability_terms t = derive(&a);
    const struct availability_span first = availability_span(&t, 0, 3600 * NS);
    const struct availability_span second = availability_span(&t, 3600 * NS, 7200 * NS);
    check_rel(first.down_share, 60 / 3600.0, 1e-13);
    check_rel(second.down_share, 60 / 3600.0, 1e-13);
    check_rel(first.fail_share, 1 - (1 - 60 / 3600.0) * 0.98, 1e-13);
    check(first.sd_share == 0 && first.doubt == 0);
    check(availability_is_planned(&t, 3540 * NS) && !availability_is_planned(&t, 3540 * NS - 1));
    check(availability_is_planned(&t, 3660 * NS - 1) && !availability_is_planned(&t, 3660 * NS));
}

/* ---- events ---- */

struct tally {
    double n, sum, squares;
};

static void tally_add(struct tally *t, double x)
{
    t->n += 1, t->sum += x, t->squares += x * x;
}

/* |z| <= 4 fails by chance once in 16,000; and the standard error is at most `error_most` of the value. */
static void check_tally(const struct tally *t, double want, double error_most, const char *what)
{
    const double mean = t->sum / t->n, error = sqrt((t->squares / t->n - mean * mean) / t->n);
    check_at(fabs(mean - want) <= 4 * error, __FILE__, __LINE__, "%s: %g, not %g +- %g", what, mean, want, error);
    check_at(error <= error_most * want, __FILE__, __LINE__, "%s: standard error %g of %g", what, error, want);
}

/* Seconds down in [0, span), by walking the intervals. */
static double down_s(const struct outage_process *p, struct floe_rng rng, double span_s, int is_steady)
{
    const int64_t end_ns = (int64_t)(span_s * 1e9);
    struct outage_state state = outage_begin(p, rng, 3, 0, is_steady);
    int64_t at_ns = 0, down_ns = 0;
    while (at_ns < end_ns) {
        const int is_down = outage_is_down(p, &state, rng, 3, at_ns);
        const int64_t until_ns = state.until_ns < end_ns ? state.until_ns : end_ns;
        down_ns += is_down ? until_ns - at_ns : 0;
        at_ns = until_ns;
    }
    return (double)down_ns / 1e9;
}

static void time_down_has_its_mean_and_variance(void)
{
    const struct outage_process p = {7145, 385};
    const double span_s = 3600;
    struct tally steady = {0, 0, 0}, from_up = {0, 0, 0}, square = {0, 0, 0};
    const double mean = outage_expected_s(&p, span_s, 1);
    for (uint32_t r = 0; r < 200000; r++) {
        const double down = down_s(&p, (struct floe_rng){9, r}, span_s, 1);
        tally_add(&steady, down);
        tally_add(&square, (down - mean) * (down - mean));
        tally_add(&from_up, down_s(&p, (struct floe_rng){10, r}, span_s, 0));
    }
    check_tally(&steady, mean, 0.01, "time down, steady");
    check_tally(&square, outage_variance_s2(&p, span_s), 0.015, "its variance");
    check_tally(&from_up, outage_expected_s(&p, span_s, 0), 0.01, "time down, from up");
}

static void tasks_meet_outages_as_the_formula_says(void)
{
    struct availability a = nothing();
    a.error_share = 0.004, a.mtbf_s = 7145, a.mttr_s = 385;
    const struct availability_terms t = derive(&a);
    struct tally ok = {0, 0, 0}, transient = {0, 0, 0};
    for (uint32_t r = 0; r < 200000; r++) { /* 12 calls, 50 s apart: tau = 550 s */
        const struct floe_rng rng = {12, r};
        struct outage_state own = outage_begin(&t.own, rng, 3, 0, 1), late = outage_begin(&t.own, rng, 4, 0, 0);
        int is_ok = 1;
        for (int i = 0; i < 1101; i++) { /* looked at every 0.5 s: an outage between two calls fails the task too */
            const int down = availability_is_down(&t, &own, NULL, rng, 3, 0, i * (NS / 2));
            const double u = floe_rng_uniform(rng, 5, (uint64_t)i);
            is_ok &= i % 100 == 0 ? availability_end(&t, down, u) == ATTEMPT_OK : !down;
            if (!is_ok) break;
        }
        tally_add(&ok, is_ok);
        tally_add(&transient, outage_is_down(&t.own, &late, rng, 4, 300 * NS));
    }
    check_tally(&ok, availability_task_share(&t, 550, 12), 0.002, "tasks");
    check_tally(&transient, outage_down_after_up(&t.own, 300), 0.02, "down 300 s after up");
}

static void a_group_fails_together(void)
{
    struct availability a = nothing();
    a.mtbf_s = 3600, a.mttr_s = 400, a.common_share = 0.3;
    snprintf(a.group, sizeof a.group, "g");
    const struct availability_terms t = derive(&a);
    struct tally one = {0, 0, 0}, both = {0, 0, 0};
    for (uint32_t r = 0; r < 200000; r++) {
        const struct floe_rng rng = {13, r};
        struct outage_state x = outage_begin(&t.own, rng, 1, 0, 1), y = outage_begin(&t.own, rng, 2, 0, 1);
        struct outage_state common_x = outage_begin(&t.common, rng, 3, 0, 1), common_y = common_x;
        const int x_down = availability_is_down(&t, &x, &common_x, rng, 1, 3, 5000 * NS);
        const int y_down = availability_is_down(&t, &y, &common_y, rng, 2, 3, 5000 * NS);
        tally_add(&one, x_down);
        tally_add(&both, x_down && y_down);
    }
    check_tally(&one, availability_down_share(&t), 0.01, "one down");
    check_tally(&both, availability_pair_down_share(&t, &t), 0.02, "both down");
}

static void when_it_is_asked_changes_nothing(void)
{
    const struct outage_process p = {600, 60};
    for (uint32_t r = 0; r < 50; r++) {
        const struct floe_rng rng = {14, r};
        struct outage_state often = outage_begin(&p, rng, 1, 0, 1), seldom = often;
        for (int64_t i = 0; i < 20000; i++) {
            const int down = outage_is_down(&p, &often, rng, 1, i * NS);
            if (i % 997 == 0) check(outage_is_down(&p, &seldom, rng, 1, i * NS) == down);
        }
    }
}

static void without_outages_nothing_is_drawn(void)
{
    const struct availability a = uptime(0.999, 0, PARAM_ABSENT);
    const struct availability_terms t = derive(&a);
    const struct floe_rng rng = {7, 0};
    struct outage_state own = outage_begin(&t.own, rng, 1, 0, 1);
    check(!availability_is_down(&t, &own, NULL, rng, 1, 0, INT64_MAX - 1));
    check(availability_end(&t, 0, 0.5) == ATTEMPT_OK);
    check(availability_end(&t, 0, 1 - 1e-9) == ATTEMPT_FAILED);
    check(availability_end(&t, 1, 0.5) == ATTEMPT_FAILED);
    const struct availability_span span = availability_span(&t, 0, 3600 * NS);
    check(span.down_share == 0 && span.sd_share == 0 && span.doubt == 0);
    check_rel(span.fail_share, 0.001, 1e-12);
}

static void long_outages_set_the_doubt(void)
{
    struct availability a = uptime(0.999, 1, 43 * 60);
    struct availability_terms t = derive(&a);
    check(availability_span(&t, 0, 3600 * NS).doubt == 0);
    check_rel(availability_span(&t, 0, 3600 * NS).sd_share, sqrt(outage_variance_s2(&t.own, 3600)) / 3600, 1e-12);
    check(availability_span(&t, 0, 600 * NS).doubt == AVAILABILITY_DOUBT_LONG);
    a.is_hanging = 1;
    t = derive(&a);
    check(availability_end(&t, 1, 0.5) == ATTEMPT_TIMED_OUT);
}

/* ---- credits ---- */

static void credits_follow_the_bands(void)
{
    struct sla_terms t;
    const struct sla bedrock = {.rules = SLA_BEDROCK};
    sla_derive(&bedrock, &t);
    const double uptimes[] = {1, 0.999, 0.99899, 0.99, 0.9899, 0.95, 0.9499, 0};
    const double credits[] = {0, 0, 100, 100, 250, 250, 1000, 1000};
    for (size_t i = 0; i < 8; i++)
        check_rel(sla_credit(&t, uptimes[i], 1000), credits[i], 1e-15);
    check(sla_credit(&t, 0.998, 10) == 0); /* only above $1 */
    check_rel(sla_credit(&t, 0.998, 10.1), 1.01, 1e-14);
    const struct sla azure = {.rules = SLA_AZURE_OPENAI}, google = {.rules = SLA_GOOGLE}, none = {.rules = SLA_NONE};
    sla_derive(&azure, &t);
    check_rel(sla_credit(&t, 0.9, 1000), 250, 1e-15);
    sla_derive(&google, &t);
    check_rel(sla_credit(&t, 0.9, 1000), 500, 1e-15);
    sla_derive(&none, &t);
    check(sla_credit(&t, 0, 1000) == 0);
    const struct sla own = {SLA_CUSTOM, 2, {{0.9995, 0.05}, {0.995, 0.3}}};
    struct complaint c;
    check((sla_block.check)(&own, &c));
    sla_derive(&own, &t);
    check_rel(sla_credit(&t, 0.9990, 200), 10, 1e-14);
    check_rel(sla_credit(&t, 0.9949, 200), 60, 1e-14);
}

static void every_rule_says_its_source(void)
{
    for (int i = 0; i < SLA_RULES_N; i++) {
        check_text(sla_rules[i].name, sla_rule_names[i]);
        if (sla_rules[i].bands[0].below_share == 0) continue;
        check(sla_rules[i].source != NULL && sla_rules[i].date != NULL && sla_rules[i].evidence != EVIDENCE_NONE);
        for (int b = 1; b < SLA_BANDS_MOST && sla_rules[i].bands[b].below_share > 0; b++)
            check(sla_rules[i].bands[b].below_share < sla_rules[i].bands[b - 1].below_share);
    }
}

/* ---- words ---- */

static void refuses(struct availability a, const char *key, const char *what)
{
    struct complaint c = {"", "", ""};
    check(!(availability_block.check)(&a, &c));
    check_text(c.key, key);
    check_contains(c.what, what);
}

static void what_cannot_be_is_refused(void)
{
    struct availability a = nothing();
    a.mtbf_s = 100, a.mttr_s = 0;
    refuses(a, "mttr", "length 0 is no outage");
    a.mttr_s = PARAM_ABSENT;
    refuses(a, "mttr", "need their mean length");
    a = nothing();
    a.mttr_s = 60;
    refuses(a, "mtbf", "how often");
    refuses(uptime(0.999, 0, 60), "from_outages", "how often");
    a = uptime(0.999, 0, PARAM_ABSENT);
    a.error_share = 0.1;
    refuses(a, "uptime", "either");
    a = nothing();
    a.from_outages_share = 0.5, a.mttr_s = 60;
    refuses(a, "from_outages", "needs `uptime`");
    a = uptime(0.999, 1, 60);
    a.common_share = 0.1;
    refuses(a, "group", "need the group");
    a = nothing();
    a.n_planned = 2;
    a.planned[0] = (struct planned_outage){100, 50};
    a.planned[1] = (struct planned_outage){149, 5};
    refuses(a, "planned", "overlap");
    struct complaint c;
    struct sla sla = {SLA_CUSTOM, 2, {{0.99, 0.1}, {0.995, 0.3}}};
    check(!(sla_block.check)(&sla, &c));
    sla = (struct sla){SLA_CUSTOM, 0, {{0, 0}}};
    check(!(sla_block.check)(&sla, &c));
    sla = (struct sla){SLA_BEDROCK, 1, {{0.99, 0.1}}};
    check(!(sla_block.check)(&sla, &c));
}

static const struct test tests[] = {
    {"three nines in series: 0.9920, 0.9802, 0.9231 for 8, 20, 80 calls", three_nines_in_series, FAST},
    {"k of n is the binomial tail", k_of_n_is_the_binomial_tail, FAST},
    {"uptime is split between errors and outages", uptime_is_split_between_errors_and_outages, FAST},
    {"the same uptime as outages spares tasks", outages_and_errors_differ_for_tasks, FAST},
    {"a pair shares what is common", a_pair_shares_what_is_common, FAST},
    {"transients solve the rate equation", transients_solve_the_rate_equation, FAST},
    {"the variance has its limits", the_variance_has_its_limits, FAST},
    {"planned outages fill their time", planned_outages_fill_their_time, FAST},
    {"time down has its mean and variance", time_down_has_its_mean_and_variance, MANY},
    {"tasks meet outages as the formula says", tasks_meet_outages_as_the_formula_says, MANY},
    {"a group fails together", a_group_fails_together, MANY},
    {"when it is asked changes nothing", when_it_is_asked_changes_nothing, FAST},
    {"without outages nothing is drawn", without_outages_nothing_is_drawn, FAST},
    {"outages longer than a step set the doubt", long_outages_set_the_doubt, FAST},
    {"credits follow the bands", credits_follow_the_bands, FAST},
    {"every rule says its source", every_rule_says_its_source, FAST},
    {"what cannot be is refused with the key and the reason", what_cannot_be_is_refused, FAST},
};
TEST_MAIN("availability", tests)

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bursts and gaps: arrivals against walks from scratch, counts against the closed forms of their mean and index of
 * dispersion. One window per replication, so that the windows are independent. Chance of a false alarm: each z is
 * checked to 4.5 with a stated standard error, 7e-6 each. */
#include "models/traffic_pace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/run.h"
#include "read_files.h"
#include "scenario_maker.h"

#define Z_MOST 4.5
#define STREAM 77

/* One bin or a few, without a plan. */
struct arrivals {
    struct traffic_pace pace;
    struct floe_gamma_table table;
    int64_t edge_ns[8];
    double cumulated[8];
    struct traffic_rates rates;
};

static struct arrivals *arrivals_of(struct bursts bursts, struct gaps gaps, const double *per_s, int32_t n_bins,
                                    double bin_s)
{
    struct arrivals *s = (struct arrivals *)calloc(1, sizeof *s);
    s->pace = pace_derive(&bursts, &gaps);
    if (s->pace.kind == PACE_GAPS) check_i64(floe_gamma_table_init(&s->table, sqrt(gaps.cv2)), FLOE_OK);
    for (int32_t b = 0; b < n_bins; b++) {
        s->edge_ns[b + 1] = (int64_t)((b + 1) * bin_s * 1e9);
        s->cumulated[b + 1] = s->cumulated[b] + per_s[b] * bin_s;
    }
    s->rates = (struct traffic_rates){s->edge_ns, s->cumulated, n_bins, &s->pace, &s->table};
    return s;
}

static struct arrivals *bursts_of(double on_s, double off_s, double factor, double per_s, double span_s)
{
    return arrivals_of((struct bursts){on_s, off_s, factor}, (struct gaps){-1}, &per_s, 1, span_s);
}

static struct arrivals *gaps_of(double cv2, double expected)
{
    const double per_s = expected / 100;
    return arrivals_of((struct bursts){-1, -1, -1}, (struct gaps){cv2}, &per_s, 1, 100);
}

static int64_t count(const struct arrivals *s, uint32_t replication)
{
    const struct floe_rng rng = {2026, replication};
    struct traffic_state state = traffic_begin(rng, STREAM);
    int64_t at_ns = 0, before_ns = 0, n = 0;
    for (; traffic_next(&state, s->rates, &at_ns); n++) {
        if (at_ns < before_ns) check_at(0, __FILE__, __LINE__, "time runs backwards");
        before_ns = at_ns;
    }
    check(before_ns < s->edge_ns[s->rates.n_bins]);
    return n;
}

struct moments {
    double mean, mean_error, dispersion, dispersion_error;
};

/* The variance's own standard error from the fourth moment. */
static struct moments moments_of(const struct arrivals *s, int n)
{
    double *x = (double *)malloc(sizeof *x * (size_t)n), sum = 0, two = 0, four = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] = (double)count(s, (uint32_t)i);
    const double mean = sum / n;
    for (int i = 0; i < n; i++) {
        const double square = (x[i] - mean) * (x[i] - mean);
        two += square, four += square * square;
    }
    free(x);
    const double variance = two / (n - 1);
    struct moments m;
    m.mean = mean, m.mean_error = sqrt(variance / n);
    m.dispersion = variance / mean;
    m.dispersion_error = sqrt((four / n - variance * variance) / n) / mean;
    return m;
}

static void agrees(const struct moments *m, double mean, double dispersion, double error_most, const char *what)
{
    const double z = (m->mean - mean) / m->mean_error, z2 = (m->dispersion - dispersion) / m->dispersion_error;
    check_at(fabs(z) < Z_MOST && m->mean_error < 0.03 * mean, __FILE__, __LINE__,
             "%s: mean %.5g +- %.2g, want %.5g (z %.2f)", what, m->mean, m->mean_error, mean, z);
    check_at(fabs(z2) < Z_MOST && m->dispersion_error < error_most * dispersion, __FILE__, __LINE__,
             "%s: dispersion %.5g +- %.2g, want %.5g (z %.2f)", what, m->dispersion, m->dispersion_error, dispersion,
             z2);
}

/* ---- bursts ---- */

/* Heffes and Lucantoni (1986), written in the rates of their paper: r1, r2 leave the states, l1, l2 are the rates. */
static double mmpp_dispersion(double on_s, double off_s, double factor, double per_s, double t)
{
    const double r1 = 1 / on_s, r2 = 1 / off_s, l2 = per_s * (r1 + r2) / (r2 * factor + r1), l1 = factor * l2;
    const double r = r1 + r2, top = 2 * r1 * r2 * (l1 - l2) * (l1 - l2), low = l1 * r2 + l2 * r1;
    return 1 + top / (r * r * low) - top / (r * r * r * low * t) * (1 - exp(-r * t));
}

static void counts_of_bursts_have_the_dispersion_of_an_mmpp(void)
{
    static const double spans_s[] = {2, 60, 1500};
    static const struct bursts bursts[] = {{120, 1200, 10}, {5, 5, 3}, {30, 10, 0}, {20, 200, 100}};
    for (size_t i = 0; i < sizeof bursts / sizeof bursts[0]; i++)
        for (size_t j = 0; j < sizeof spans_s / sizeof spans_s[0]; j++) {
            const struct bursts *b = &bursts[i];
            const double per_s = 200 / spans_s[j] > 2 ? 2 : 200 / spans_s[j], expected = per_s * spans_s[j];
            struct arrivals *s = bursts_of(b->on_s, b->off_s, b->factor, per_s, spans_s[j]);
            const double want = mmpp_dispersion(b->on_s, b->off_s, b->factor, per_s, spans_s[j]);
            const struct moments m = moments_of(s, 20000);
            char what[100];
            snprintf(what, sizeof what, "on %g s, off %g s, factor %g, span %g s", b->on_s, b->off_s, b->factor,
                     spans_s[j]);
            check_rel(pace_dispersion(&s->pace, expected, spans_s[j]), want, 1e-9);
            agrees(&m, expected, want, 0.06, what);
            free(s);
        }
}

static void bursts_without_a_difference_are_a_poisson_process(void)
{
    struct arrivals *s = bursts_of(20, 50, 1, 2, 100), *poisson = gaps_of(1, 200);
    check_i64(s->pace.kind, PACE_BURSTS), check_i64(poisson->pace.kind, PACE_POISSON);
    check_rel(pace_dispersion(&s->pace, 200, 100), 1, 1e-15);
    const struct floe_rng rng = {3, 1};
    struct traffic_state a = traffic_begin(rng, STREAM), b = traffic_begin(rng, STREAM);
    int64_t x_ns, y_ns;
    int n = 0;
    for (; traffic_next(&a, poisson->rates, &x_ns); n++) {
        check(traffic_next(&b, s->rates, &y_ns));
        check_at(llabs(x_ns - y_ns) <= 2, __FILE__, __LINE__, "task %d: %lld ns apart", n, (long long)(x_ns - y_ns));
    }
    check(n > 100 && !traffic_next(&b, s->rates, &y_ns));
    free(s);
    free(poisson);
}

/* The obvious twin: all sojourns first, then Lambda at any instant by summing from the start, then halving. */
#define SOJOURNS_MOST 4000
static int64_t sojourn_end_ns[SOJOURNS_MOST];
static int sojourn_is_on[SOJOURNS_MOST];

static double lambda_until(const struct arrivals *s, int64_t until_ns)
{
    double sum = 0;
    for (int k = 0; k < SOJOURNS_MOST; k++) {
        const int64_t low_ns = k == 0 ? 0 : sojourn_end_ns[k - 1];
        const int64_t high_ns = sojourn_end_ns[k] < until_ns ? sojourn_end_ns[k] : until_ns;
        for (int32_t b = 0; b < s->rates.n_bins; b++) {
            const int64_t from = low_ns > s->edge_ns[b] ? low_ns : s->edge_ns[b];
            const int64_t to = high_ns < s->edge_ns[b + 1] ? high_ns : s->edge_ns[b + 1];
            const double per_ns = (s->cumulated[b + 1] - s->cumulated[b]) / (double)(s->edge_ns[b + 1] - s->edge_ns[b]);
            if (to > from)
                sum += per_ns * (double)(to - from) * (sojourn_is_on[k] ? s->pace.on_ratio : s->pace.off_ratio);
        }
        if (high_ns == until_ns) break;
    }
    return sum;
}

static void arrivals_in_bursts_equal_a_walk_from_scratch(void)
{
    static const double per_s[] = {0.3, 0, 1.5, 0.1};
    struct arrivals *s = arrivals_of((struct bursts){7, 40, 12}, (struct gaps){-1}, per_s, 4, 1000);
    const struct floe_rng rng = {9, 4};
    const double odds = floe_uniform_from_word(floe_rng_word_sub(rng, STREAM, 0, 1));
    int64_t end_ns = 0, at_ns = 0;
    for (int k = 0; k < SOJOURNS_MOST; k++) {
        sojourn_is_on[k] = (1 - odds < 7 / 47.0) ^ (k & 1);
        const double u = floe_uniform_from_word(floe_rng_word_sub(rng, STREAM, (uint64_t)k + 1, 1));
        sojourn_end_ns[k] = end_ns += llround((sojourn_is_on[k] ? 7 : 40) * -log1p(-u) * 1e9);
    }
    struct traffic_state state = traffic_begin(rng, STREAM);
    double target = 0;
    int n = 0;
    for (; traffic_next(&state, s->rates, &at_ns); n++) {
        target += floe_draw_exponential(floe_rng_uniform(rng, STREAM, (uint64_t)n));
        const double below = lambda_until(s, at_ns - 2000), above = lambda_until(s, at_ns + 2000);
        check_at(below <= target && target <= above, __FILE__, __LINE__,
                 "task %d at %lld ns: Lambda %.12g is not %.12g", n, (long long)at_ns, lambda_until(s, at_ns), target);
        check(at_ns < s->edge_ns[1] || at_ns >= s->edge_ns[2]); /* no task where the rate is 0 */
    }
    check(n > 300);
    free(s);
}

/* The bursts are on the clock: another rate meets the same ones. */
static void bursts_do_not_depend_on_the_rate(void)
{
    struct arrivals *slow = bursts_of(60, 600, 1e6, 0.2, 40000), *fast = bursts_of(60, 600, 1e6, 0.9, 40000);
    const struct floe_rng rng = {11, 0};
    struct traffic_state state = traffic_begin(rng, STREAM);
    int64_t at_ns = 0, burst_s[1000] = {0};
    int n = 0, hits = 0;
    while (traffic_next(&state, fast->rates, &at_ns))
        burst_s[at_ns / (40 * NS_PER_S)] = 1;
    state = traffic_begin(rng, STREAM);
    for (; traffic_next(&state, slow->rates, &at_ns); n++)
        hits += (int)burst_s[at_ns / (40 * NS_PER_S)];
    check_at(n > 2000 && hits > 0.99 * n, __FILE__, __LINE__, "%d of %d", hits, n); /* without: one in eight */
    free(slow);
    free(fast);
}

/* ---- gaps ---- */

/* P(a, x) by its series alone, in long double. */
static double lower_gamma(double a, double x)
{
    long double term = expl((long double)a * logl((long double)x) - (long double)x - lgammal((long double)a + 1)),
                sum = 0;
    for (int k = 1; k < 200000; k++) {
        sum += term;
        term *= (long double)x / ((long double)a + k);
        if (term < 1e-22L * sum && k > x - a) break;
    }
    return sum < 1 ? (double)sum : 1;
}

/* Var N / E N of an equilibrium renewal process of gamma gaps with mean 1 (Cox, Renewal Theory, 4.5): the variance is
 * 2 int_0^x m(s) ds + x - x^2, m the renewal function, the sum of the CDFs of k gaps. */
static double gamma_dispersion(double cv2, double x)
{
    const double a = 1 / cv2;
    double integral = 0;
    for (int k = 1; k < 100000; k++) {
        const double part = x * lower_gamma(k * a, a * x) - k * lower_gamma(k * a + 1, a * x);
        integral += part;
        if (k > x && part < 1e-12) break;
    }
    return (2 * integral + x - x * x) / x;
}

static void the_dispersion_of_gaps_is_near_its_closed_form(void)
{
    static const double cv2s[] = {0.1, 0.25, 0.5, 2, 4, 16};
    check_rel(gamma_dispersion(1, 7.3), 1, 1e-9);
    /* Erlang-2: m(s) = s - 1/4 + e^-4s / 4 (Cox 4.3) */
    check_rel(gamma_dispersion(0.5, 7.3), 0.5 + (1 - exp(-4 * 7.3)) / (8 * 7.3), 1e-9);
    for (size_t i = 0; i < sizeof cv2s / sizeof cv2s[0]; i++)
        for (double x = 0.01; x < 200; x *= 2.3) {
            const double c = cv2s[i];
            const struct traffic_pace pace = pace_derive(&(struct bursts){-1, -1, -1}, &(struct gaps){c});
            const double off = fabs(pace_dispersion(&pace, x, 1) - gamma_dispersion(c, x));
            const double far = c > 1 ? 0.11 * c : 0.16, near = c > 1 ? 0.025 * c : 0.005;
            const int is_near = c > 1 ? x >= c : x >= 2;
            check_at(off < (is_near ? near : far), __FILE__, __LINE__, "cv2 %g, x %g: off by %.4f", c, x, off);
        }
}

static void counts_of_gaps_have_their_mean_and_dispersion(void)
{
    static const double cv2s[] = {0.1, 0.5, 4, 25}, expected[] = {0.7, 6, 80};
    for (size_t i = 0; i < sizeof cv2s / sizeof cv2s[0]; i++)
        for (size_t j = 0; j < sizeof expected / sizeof expected[0]; j++) {
            struct arrivals *s = gaps_of(cv2s[i], expected[j]);
            const struct moments m = moments_of(s, 40000);
            char what[100];
            snprintf(what, sizeof what, "cv2 %g, %g expected", cv2s[i], expected[j]);
            agrees(&m, expected[j], gamma_dispersion(cv2s[i], expected[j]), 0.05, what);
            free(s);
        }
}

static void the_first_gap_is_that_of_equilibrium(void)
{
    static const double cv2s[] = {1e-4, 0.1, 0.5, 2, 25, 100};
    static const double us[] = {0x1p-53, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 0.999999};
    for (size_t i = 0; i < sizeof cv2s / sizeof cv2s[0]; i++) {
        const double a = 1 / cv2s[i];
        double before = -1;
        for (size_t j = 0; j < sizeof us / sizeof us[0]; j++) {
            const double x = pace_first_gap(cv2s[i], us[j]);
            const double F = x * (1 - lower_gamma(a, a * x)) + lower_gamma(a + 1, a * x);
            check_at(fabs(F - us[j]) < 1e-10 && x > before, __FILE__, __LINE__, "cv2 %g, u %g: F(%g) = %.12g", cv2s[i],
                     us[j], x, F);
            before = x;
        }
        check(pace_first_gap(cv2s[i], 1 - 0x1p-53) > before);
    }
}

/* Gaps after the first have cv^2 = c and follow the rate: on a rate that jumps they are gamma on Lambda. */
static void gaps_have_their_variation_on_operational_time(void)
{
    static const double per_s[] = {5, 0.5, 20};
    struct arrivals *s = arrivals_of((struct bursts){-1, -1, -1}, (struct gaps){2.5}, per_s, 3, 4000);
    const struct floe_rng rng = {5, 5};
    struct traffic_state state = traffic_begin(rng, STREAM);
    int64_t at_ns = 0;
    int n = 0;
    double before = 0, sum = 0, squares = 0;
    for (; traffic_next(&state, s->rates, &at_ns); n++) {
        const int b = (int)(at_ns / (4000 * NS_PER_S));
        const double lambda = s->cumulated[b] + per_s[b] * (double)(at_ns - s->edge_ns[b]) / 1e9, gap = lambda - before;
        if (n > 0) sum += gap, squares += gap * gap;
        before = lambda;
    }
    n--;
    const double mean = sum / n, cv2 = squares / n / (mean * mean) - 1;
    check_at(n > 95000, __FILE__, __LINE__, "%d gaps", n);
    check_abs(mean, 1, Z_MOST * sqrt(2.5 / n));
    check_abs(cv2, 2.5, Z_MOST * 2.5 * sqrt((2 + 6 * 2.5 + 6) / n)); /* from the gamma's kurtosis, rounded up */
    free(s);
}

static void gaps_of_cv2_1_are_the_poisson_process_itself(void)
{
    struct arrivals *one = gaps_of(1, 300), *none = bursts_of(-1, -1, -1, 3, 100);
    check_i64(none->pace.kind, PACE_POISSON);
    for (uint32_t r = 0; r < 20; r++)
        check_i64(count(one, r), count(none, r));
    check_rel(pace_dispersion(&one->pace, 9, 3), 1, 0);
    free(one);
    free(none);
}

/* ---- in the engines ---- */

/* Both engines have the same expected tasks, calls and cost; the events engine's spread shows the dispersion. */
static void both_engines_have_the_mean_of_the_rate(void)
{
    for (int kind = 0; kind < 2; kind++) {
        struct scenario *s = maker_scenario();
        struct traffic *t = &s->workloads[0].demand;
        struct result events, hourly;
        s->time.horizon_s = 6 * S_PER_HOUR;
        s->routes[0].call_s = 20;
        t->tasks_per_s = 0.5;
        for (int h = 0; h < HOURS_PER_DAY; h++)
            t->hour_of_day[h] = 1 + h % 2;
        if (kind == 0) t->bursts = (struct bursts){120, 1200, 10};
        if (kind == 1) t->gaps = (struct gaps){16};
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 256), &events);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
        const struct outcome *tasks = maker_outcome(&events, 0, METRIC_TASKS);
        const double want = maker_outcome(&hourly, 0, METRIC_TASKS)->mean, error = tasks->sd / 16;
        const struct traffic_pace pace = pace_derive(&t->bursts, &t->gaps);
        check_at(fabs(tasks->mean - want) < Z_MOST * error && error < 0.03 * want, __FILE__, __LINE__,
                 "%.1f +- %.1f tasks, want %.1f", tasks->mean, error, want);
        /* 256 variances: 4.5 standard errors of sqrt(2/256), and as much again for their skew */
        check_rel(tasks->sd * tasks->sd / tasks->mean, pace_dispersion(&pace, want, 6 * S_PER_HOUR), 0.5);
        result_free(&events), result_free(&hourly);
        free(s);
    }
}

/* What bunches must fit into the slots that the plan reserves; a run that does not fit ends with FLOE_FULL. */
static void what_comes_together_fits_into_the_plan(void)
{
    for (int kind = 0; kind < 2; kind++) {
        struct scenario *s = maker_scenario();
        struct traffic *t = &s->workloads[0].demand;
        struct result result;
        s->time.horizon_s = 4 * S_PER_HOUR;
        s->routes[0].call_s = 600;
        t->tasks_per_s = 0.5;
        if (kind == 0) t->bursts = (struct bursts){600, 60000, 500};
        if (kind == 1) t->gaps = (struct gaps){100};
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 64), &result);
        check(maker_outcome(&result, 0, METRIC_TASKS)->sd > 500); /* a Poisson number: 85 */
        result_free(&result);
        free(s);
    }
}

static void a_change_cannot_alter_the_bursts(void)
{
    struct scenario *a = maker_scenario(), *b = maker_scenario();
    struct timeline timeline = timeline_of(a, VARIANT_BASE);
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    timeline.n_phases = 2;
    timeline.phases[1] = b;
    timeline.from_at_s[1] = MONDAY_AT_S + 7200;
    b->workloads[0].demand.bursts = (struct bursts){5, 5, 4};
    check(plan_make(&timeline, NULL, &plan, &fault) == FLOE_BAD_INPUT && plan == NULL);
    check_contains(fault.what, "a change cannot alter the bursts or the gaps");
    check_text(fault.key, "workloads.chat.demand.bursts");
    free(a);
    free(b);
}

#define DEMAND(D)                                                                                                      \
    SOUND_HEAD "workloads: {chat: {tokens: {input: 1, output: 1}, demand:\n {tasks: 1/s, " D "}}}\n" SOUND_ROUTES

static void bad_bursts_and_gaps_are_refused(void)
{
    refused(DEMAND("bursts: {on: 2min, off: 20min}"), 5, 15, "`factor`", "");
    refused(DEMAND("bursts: {on: 0s, off: 20min, factor: 3}"), 5, 28, "out of range; allowed: 1ms to", "");
    refused(DEMAND("bursts: {on: 2, off: 20min, factor: 3}"), 5, 28, "has no unit; this wants a time", "");
    refused(DEMAND("bursts: {on: 2min, off: 20min, factor: -3}"), 5, 54, "out of range; allowed: 0 to", "");
    refused(DEMAND("gaps: {cv2: 0}"), 5, 27, "out of range; allowed: 0.0001 to 100", "");
    refused(DEMAND("gaps: {cv2: 4}, bursts: {on: 2min, off: 20min, factor: 3}"), 5, 21, "not both", "leave one out");
    refused(DEMAND("at: '03:58', gaps: {cv2: 4}"), 5, 34, "a job has its own clock", "");
}

static const struct test tests[] = {
    {"counts of bursts have the dispersion of an MMPP", counts_of_bursts_have_the_dispersion_of_an_mmpp, MANY},
    {"bursts without a difference are a Poisson process", bursts_without_a_difference_are_a_poisson_process, FAST},
    {"arrivals in bursts equal a walk from scratch", arrivals_in_bursts_equal_a_walk_from_scratch, FAST},
    {"bursts do not depend on the rate", bursts_do_not_depend_on_the_rate, FAST},
    {"the dispersion of gaps is near its closed form", the_dispersion_of_gaps_is_near_its_closed_form, FAST},
    {"counts of gaps have their mean and dispersion", counts_of_gaps_have_their_mean_and_dispersion, MANY},
    {"the first gap is that of equilibrium", the_first_gap_is_that_of_equilibrium, FAST},
    {"gaps have their variation on operational time", gaps_have_their_variation_on_operational_time, FAST},
    {"gaps of cv2 1 are the Poisson process itself", gaps_of_cv2_1_are_the_poisson_process_itself, FAST},
    {"both engines have the mean of the rate", both_engines_have_the_mean_of_the_rate, MANY},
    {"what comes together fits into the plan", what_comes_together_fits_into_the_plan, FAST},
    {"a change cannot alter the bursts", a_change_cannot_alter_the_bursts, FAST},
    {"bad bursts and gaps are refused", bad_bursts_and_gaps_are_refused, FAST},
};

TEST_MAIN("traffic_pace", tests)

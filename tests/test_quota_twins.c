/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The expectations of a quota against its events: a small loop of fresh Poisson calls, each with up to k attempts, and
 * a closed form or quota_step beside it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/quota_hourly.h"
#include "sim/draw.h"
#include "sim/rng.h"
#include "tests/harness.h"

/* ---- the loop ---- */

enum { CALLS, BACK, SIZE, FAILS, STREAMS };

struct world {
    struct quota_terms terms;
    double calls_per_s[64]; /* by step */
    int steps;
    double step_s;
    int attempts;
    double failed_share;
    double backoff_s; /* mean */
    int is_uniform;   /* U(0, 2 x mean), else exponential */
    struct quota_tokens tokens;
    double output_tok, output_cv2; /* 0: even; else gamma-like: exponential at 1 */
    double held_s;
};

struct counts {
    double fresh, wire, throttled, admitted, exhausted;
};

struct item {
    int64_t at_ns;
    int32_t attempt; /* 0: the next fresh call; < 0: an end */
    double output_tok;
    struct quota_ticket ticket;
};

#define HEAP 400000
struct loop {
    struct item heap[HEAP];
    int n;
    struct floe_stream streams[STREAMS];
};

static void push(struct loop *l, const struct item *item)
{
    int i = l->n++;
    floe_assert(l->n < HEAP, NULL, "the heap of the test is full");
    for (; i > 0 && l->heap[(i - 1) / 2].at_ns > item->at_ns; i = (i - 1) / 2)
        l->heap[i] = l->heap[(i - 1) / 2];
    l->heap[i] = *item;
}

static struct item pop(struct loop *l)
{
    const struct item top = l->heap[0], last = l->heap[--l->n];
    int i = 0;
    for (int child = 1; child < l->n; child = 2 * i + 1) {
        child += child + 1 < l->n && l->heap[child + 1].at_ns < l->heap[child].at_ns;
        if (last.at_ns <= l->heap[child].at_ns) break;
        l->heap[i] = l->heap[child];
        i = child;
    }
    l->heap[i] = last;
    return top;
}

static double uniform(struct loop *l, int stream)
{
    return floe_stream_uniform(&l->streams[stream]);
}

static void push_at(struct loop *l, int64_t at_ns, int32_t attempt)
{
    struct item item;
    memset(&item, 0, sizeof item);
    item.at_ns = at_ns, item.attempt = attempt;
    push(l, &item);
}

static int64_t after(int64_t now_ns, double s)
{
    return now_ns + (int64_t)(s * 1e9) + 1;
}

/* The next fresh call: by the rate of the step in which it falls, a Poisson process without memory. */
static void push_fresh(const struct world *w, struct loop *l, int64_t now_ns)
{
    double at_s = (double)now_ns / 1e9, e = floe_draw_exponential(uniform(l, CALLS));
    for (int step = (int)(at_s / w->step_s); step < w->steps; step++) {
        const double end_s = (step + 1) * w->step_s,
                     need_s = w->calls_per_s[step] > 0 ? e / w->calls_per_s[step] : 1e18;
        if (at_s + need_s < end_s) {
            push_at(l, (int64_t)((at_s + need_s) * 1e9) + 1, 0);
            return;
        }
        e -= (end_s - at_s) * w->calls_per_s[step];
        at_s = end_s;
    }
}

static void retry(const struct world *w, struct loop *l, int64_t now_ns, int32_t attempt, struct counts *c)
{
    if (attempt >= w->attempts) {
        c->exhausted++;
        return;
    }
    const double u = uniform(l, BACK);
    push_at(l, after(now_ns, w->backoff_s * (w->is_uniform ? 2 * u : floe_draw_exponential(u))), attempt + 1);
}

static void attempt(const struct world *w, struct loop *l, struct quota_state *state, const struct item *item,
                    struct counts *c)
{
    struct item end = *item;
    const double u = w->output_cv2 > 0 ? floe_draw_exponential(uniform(l, SIZE)) : 1;
    c->wire++;
    if (!quota_ask(&w->terms, state, item->at_ns, &w->tokens, &end.ticket).is_admitted) {
        c->throttled++;
        retry(w, l, item->at_ns, item->attempt, c);
        return;
    }
    c->admitted++;
    end.output_tok = w->output_tok * u;
    end.at_ns = after(item->at_ns, w->held_s);
    end.attempt = -item->attempt;
    push(l, &end);
}

static void run(const struct world *w, uint32_t replication, struct counts *by_step)
{
    static struct loop l;
    const struct floe_rng rng = {20261121, replication};
    struct quota_state state;
    static const char *const purposes[STREAMS] = {"calls", "back", "size", "fails"};
    const int64_t end_ns = (int64_t)(w->steps * w->step_s * 1e9);
    l.n = 0;
    for (int i = 0; i < STREAMS; i++)
        l.streams[i] = floe_stream_at(rng, floe_stream_id("quota", purposes[i]), 0);
    memset(&state, 0, sizeof state);
    push_fresh(w, &l, 0);
    while (l.n > 0) {
        const struct item item = pop(&l);
        if (item.at_ns >= end_ns) break;
        struct counts *c = &by_step[(int)((double)item.at_ns / 1e9 / w->step_s)];
        if (item.attempt < 0) {
            struct item ended = item;
            quota_settle(&w->terms, &state, &ended.ticket, item.at_ns, &w->tokens, item.output_tok);
            if (w->failed_share > 0 && uniform(&l, FAILS) < w->failed_share) retry(w, &l, item.at_ns, -item.attempt, c);
            continue;
        }
        struct item first = item;
        if (item.attempt == 0) {
            c->fresh++;
            push_fresh(w, &l, item.at_ns);
            first.attempt = 1;
        }
        attempt(w, &l, &state, &first, c);
    }
}

/* ---- worlds ---- */

static struct quota blank(void)
{
    struct quota q;
    memset(&q, 0, sizeof q);
    q.tokens_per_s = q.input_per_s = q.output_per_s = q.requests_per_s = q.day_tok = q.burst_s = PARAM_ABSENT;
    q.burndown = q.cache_read_ratio = q.cache_write_ratio = q.model_max_tok = PARAM_ABSENT;
    q.acceleration = q.acceleration_floor_tok = PARAM_ABSENT;
    return q;
}

/* `per_s` requests, one step of `total_s` in `steps`. */
static struct world requests(double per_s, double burst_s, int counted, double load, int k, int steps, double step_s)
{
    struct world w;
    struct quota q = blank();
    memset(&w, 0, sizeof w);
    q.requests_per_s = per_s, q.burst_s = burst_s;
    q.rejections = counted ? QUOTA_REJECTIONS_COUNTED : QUOTA_REJECTIONS_FREE;
    quota_derive(&q, "m", 0, &w.terms);
    w.steps = steps, w.step_s = step_s;
    for (int i = 0; i < steps; i++)
        w.calls_per_s[i] = per_s * load;
    w.attempts = k;
    w.backoff_s = 50 / per_s;
    w.tokens.max_output = 0;
    return w;
}

static struct world bedrock(double load, int k, double max_tok, double held_s, int steps, double step_s)
{
    struct world w;
    struct quota q = blank();
    memset(&w, 0, sizeof w);
    q.rules = QUOTA_RULES_BEDROCK;
    q.tokens_per_s = 600000.0 / 60;
    quota_derive(&q, "claude-sonnet-4-6", 0, &w.terms);
    w.steps = steps, w.step_s = step_s;
    w.tokens.input = 500, w.tokens.max_output = max_tok;
    w.output_tok = 100, w.output_cv2 = 1;
    for (int i = 0; i < steps; i++)
        w.calls_per_s[i] = load * 10; /* 1,000 quota tokens a call */
    w.attempts = k, w.held_s = held_s, w.backoff_s = 10;
    return w;
}

static struct quota_load load_of(const struct world *w, int step)
{
    struct quota_load load;
    memset(&load, 0, sizeof load);
    load.calls_per_s = w->calls_per_s[step];
    load.attempts = w->attempts;
    load.failed_share = w->failed_share;
    load.gap_ratio = 1;
    load.held_s = w->held_s;
    load.backoff_s = w->backoff_s;
    quota_load_weigh(&w->terms, &w->tokens, w->output_tok, &load);
    const double size = load.settled[QUOTA_TOKENS];
    const double sd = size > 0 ? w->output_tok * w->terms.burndown * sqrt(w->output_cv2) / size : 0;
    load.size_ratio = 1 + sd * sd;
    return load;
}

struct mean {
    double sum, squares;
    int n;
};

static void mean_add(struct mean *m, double x)
{
    m->sum += x, m->squares += x * x, m->n++;
}

static double mean_of(const struct mean *m)
{
    return m->sum / m->n;
}

static double error_of(const struct mean *m)
{
    const double mean = mean_of(m);
    return sqrt(fmax(0, m->squares / m->n - mean * mean) / (m->n - 1));
}

/* ---- closed forms ---- */

/* Poisson arrivals, one bucket of whole requests, no retries: against the events. z of the share that is throttled. */
static double z_of_one_bucket(double load, double burst_s, int counted, double *share, double *error)
{
    struct mean m = {0, 0, 0};
    const struct world w = requests(1, burst_s, counted, load, 1, 2, 4000);
    for (uint32_t r = 0; r < 12; r++) {
        struct counts c[2];
        memset(c, 0, sizeof c);
        run(&w, r, c);
        mean_add(&m, c[1].throttled / c[1].wire);
    }
    *share = counted ? quota_counted_share(load, burst_s) : quota_free_share(load, burst_s - 1);
    *error = error_of(&m);
    return (mean_of(&m) - *share) / *error;
}

static void one_bucket_in_equilibrium(void)
{
    static const double loads[] = {0.35, 0.8, 0.97, 1, 1.03, 1.3, 2.6}, bursts[] = {1, 1.7, 2.5, 3.5, 4.2, 7, 12};
    double squares = 0;
    int n = 0;
    for (int counted = 0; counted < 2; counted++)
        for (size_t i = 0; i < 7; i++)
            for (size_t j = 0; j < 7; j++) {
                double share, error;
                const double z = z_of_one_bucket(loads[i], bursts[j], counted, &share, &error);
                if (share < 0.003) continue; /* too rare to be seen */
                check_at(error < 0.006 && fabs(z) < 4.6, __FILE__, __LINE__,
                         "load %g, burst %g, counted %d: share %.4f, standard error %.4f, z %.2f", loads[i], bursts[j],
                         counted, share, error, z);
                squares += z * z, n++;
            }
    check_at(n > 80 && squares / n < 1.9, __FILE__, __LINE__, "mean square of z over %d cells: %.2f", n, squares / n);
}

static void the_shares_have_no_seams(void)
{
    for (double x = 0; x < 40; x += 0.37)
        for (double R = 0.05; R < 4; R += 0.0173) {
            const double free_rise = quota_free_share(R + 1e-7, x) - quota_free_share(R, x);
            const double rise = quota_counted_share(R + 1e-7, x + 1) - quota_counted_share(R, x + 1);
            if (!check_at(free_rise > -1e-9 && free_rise < 1e-6 && rise > -1e-9 && rise < 4e-6, __FILE__, __LINE__,
                          "R %g, x %g: %g, %g", R, x, free_rise, rise))
                return;
        }
    for (double x = 1; x < 100000; x *= 1.9) {
        check_abs(quota_free_share(1 - 2e-5, x), quota_free_share(1 + 2e-5, x), 1e-4 + 4e-5);
        check_rel(quota_free_share(1, x), 1 / (1 + 2 * x + 2.0 / 3), x < 3 ? 0.03 : 1e-9);
    }
    for (double x = 2.9999; x < 3.1; x += 0.0002) /* the sum against the two exponentials */
        for (double R = 0.3; R < 3; R += 0.1)
            check_rel(quota_free_share(R, 2.99999), quota_free_share(R, 3), 0.02);
    check_rel(quota_free_share(0.7, 0), 0.7 / 1.7, 1e-14);
    check_rel(quota_counted_share(0.7, 1), 1 - exp(-0.7), 1e-14);
    check_rel(quota_free_share(3.5, 1e6), 1 - 1 / 3.5, 1e-14);
}

/* Goodput over C at 1.2 C where rejections count, from its own equation by halving, and the ladder of the brief. */
static void counted_rejections_have_their_fixed_points(void)
{
    static const double goodput[] = {0, 0.8236, 0.3391, 0.1214, 0, 0.0155};
    for (int k = 1; k <= 5; k++) {
        const struct world w = requests(100, 60, 1, 1.2, k, 1, 3600);
        struct quota_load load = load_of(&w, 0);
        load.backoff_s = 0;
        struct quota_hourly state;
        memset(&state, 0, sizeof state);
        (void)quota_step(&w.terms, &state, &load, 0, 3600);
        const struct quota_flow flow = quota_step(&w.terms, &state, &load, 3600, 3600);
        const double p = flow.throttled_share;
        check_rel(p, 1 - exp(-1.2 * (1 - pow(p, k)) / (1 - p) * p), 1e-9);
        if (goodput[k] > 0) check_abs(flow.admitted_per_s / 100, goodput[k], 6e-5);
        check_rel(flow.wire_per_s, flow.admitted_per_s + flow.throttled_per_s, 1e-12);
        check_i64(flow.limit, QUOTA_REQUESTS);
        check_i64(flow.doubt, 0);
    }
}

/* p = (1 - C/L)^(1/k), wire C/(1 - p), goodput C. */
static void free_rejections_have_their_fixed_point(void)
{
    static const double loads[] = {1.05, 1.2, 1.5, 2, 7.3};
    static const int ks[] = {1, 2, 3, 5, 6, 30};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 6; j++) {
            const struct world w = requests(100, 60, 0, loads[i], ks[j], 1, 3600);
            struct quota_load load = load_of(&w, 0);
            load.backoff_s = 0;
            struct quota_hourly state;
            memset(&state, 0, sizeof state);
            for (int n = 0; n < 3; n++)
                (void)quota_step(&w.terms, &state, &load, n * 3600, 3600);
            const struct quota_flow flow = quota_step(&w.terms, &state, &load, 3 * 3600, 3600);
            const double p = pow(1 - 1 / loads[i], 1.0 / ks[j]);
            check_rel(flow.throttled_share, p, 1e-9);
            check_rel(flow.wire_per_s, 100 / (1 - p), 1e-9);
            check_rel(flow.admitted_per_s, 100, 1e-9);
            check_rel(flow.exhausted_per_s, 100 * (loads[i] - 1), 1e-9);
        }
}

/* What a span admits is what the bucket had and got, less what it has; whatever the cut into spans. */
static void levels_are_carried_from_span_to_span(void)
{
    const double lengths[] = {600, 1800, 60, 3540, 7200, 300};
    struct world w = requests(10, 60, 0, 1.3, 3, 1, 3600);
    struct quota_load load = load_of(&w, 0);
    struct quota_hourly state;
    double at_s = 0, admitted = 0;
    load.backoff_s = 0;
    memset(&state, 0, sizeof state);
    for (int i = 0; i < 6; i++) {
        const double before = state.used[QUOTA_REQUESTS];
        const struct quota_flow flow = quota_step(&w.terms, &state, &load, at_s, lengths[i]);
        check_rel(state.used[QUOTA_REQUESTS] - before, (flow.admitted_per_s - 10) * lengths[i], 1e-6);
        check_rel(flow.wire_per_s, flow.admitted_per_s + flow.throttled_per_s, 1e-12);
        check_rel(flow.exhausted_per_s + flow.admitted_per_s, 13, 1e-9);
        admitted += flow.admitted_per_s * lengths[i];
        at_s += lengths[i];
    }
    check_rel(admitted, 600 - 1 + 10 * at_s, 1e-9); /* b - 1 + r t: below one attempt nothing passes */
    load.calls_per_s = 4;
    const struct quota_flow low = quota_step(&w.terms, &state, &load, at_s, 60);
    check_rel(low.wire_per_s, 4, 1e-6);
    check_rel(state.used[QUOTA_REQUESTS], 599 - 6 * 60, 1e-6);
    load.calls_per_s = 0;
    const struct quota_flow none = quota_step(&w.terms, &state, &load, at_s, 3600);
    check(none.wire_per_s == 0 && none.throttled_share == 0 && none.doubt == 0 && state.used[QUOTA_REQUESTS] == 0);
}

static void the_tightest_limit_binds(void)
{
    struct world w = bedrock(2, 1, 500, 1, 1, 3600);
    struct quota_load load = load_of(&w, 0);
    struct quota_hourly state;
    check_rel(quota_capacity_per_s(&w.terms, &load), 10, 1e-9);
    w.terms.buckets[QUOTA_REQUESTS].rate = 480 * QUOTA_MICROS,
    w.terms.buckets[QUOTA_REQUESTS].depth = 480 * QUOTA_MICROS;
    check_rel(quota_capacity_per_s(&w.terms, &load), 8, 1e-9);
    memset(&state, 0, sizeof state);
    (void)quota_step(&w.terms, &state, &load, 0, 3600);
    struct quota_flow flow = quota_step(&w.terms, &state, &load, 3600, 3600);
    check_rel(flow.admitted_per_s, 8, 1e-9);
    check_i64(flow.limit, QUOTA_REQUESTS);
    w.terms.day_micros = 1000 * QUOTA_MICROS; /* one call, after a day that is over */
    flow = quota_step(&w.terms, &state, &load, 86400, 3600);
    check_rel(flow.admitted_per_s * 3600, 1, 1e-9);
    check_i64(flow.limit, QUOTA_DAY);
    const struct quota_flow later = quota_step(&w.terms, &state, &load, 90000, 3600);
    check(later.throttled_share == 1 && later.admitted_per_s == 0);
    check_rel(later.wire_per_s, 20, 1e-12);
}

/* ---- events beside expectations ---- */

/* Steady overload, quota 100/s, backoff 50/quota, a bucket of a minute: p within 1 %. */
static void the_mean_field_holds_within_one_percent(void)
{
    static const double loads[] = {1.05, 1.2, 1.5, 2}; /* near C an echo needs longer waits to fade */
    static const int ks[] = {1, 2, 3, 5};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            struct world w = requests(100, 60, 0, loads[i], ks[j], 4, 1200);
            struct mean share = {0, 0, 0}, goodput = {0, 0, 0};
            w.is_uniform = (int)(i + j) % 2;
            if (i == 0) w.backoff_s = 10;
            for (uint32_t r = 0; r < 4; r++) {
                struct counts c[4];
                memset(c, 0, sizeof c);
                run(&w, 100 + r, c);
                for (int s = 2; s < 4; s++) {
                    mean_add(&share, c[s].throttled / c[s].wire);
                    mean_add(&goodput, c[s].admitted / 1200);
                }
            }
            const double p = pow(1 - 1 / loads[i], 1.0 / ks[j]);
            check_at(fabs(mean_of(&share) / p - 1) < 0.01 + 3 * error_of(&share) / p && error_of(&share) < 0.02 * p,
                     __FILE__, __LINE__, "load %g, k %d: p %.4f (%.4f), expected %.4f", loads[i], ks[j],
                     mean_of(&share), error_of(&share), p);
            check_rel(mean_of(&goodput), 100, 0.001);
        }
}

static void counted_goodput_falls_with_the_attempts(void)
{
    static const double wanted[] = {0, 0.8236, 0.3391, 0.1214, 0, 0.0155};
    for (int k = 1; k <= 5; k++) {
        if (k == 4) continue;
        struct world w = requests(100, 60, 1, 1.2, k, 3, 1200);
        struct mean goodput = {0, 0, 0};
        w.backoff_s = 10;
        for (uint32_t r = 0; r < 4; r++) {
            struct counts c[3];
            memset(c, 0, sizeof c);
            run(&w, 200 + r, c);
            mean_add(&goodput, c[1].admitted / 120000);
            mean_add(&goodput, c[2].admitted / 120000);
        }
        check_at(fabs(mean_of(&goodput) - wanted[k]) < 0.004 + 3 * error_of(&goodput) && error_of(&goodput) < 0.003,
                 __FILE__, __LINE__, "k %d: goodput %.4f (%.4f), expected %.4f", k, mean_of(&goodput),
                 error_of(&goodput), wanted[k]);
    }
}

struct tally {
    int cells, doubts;
};

/* The same world in both forms from full buckets, in sum: within max(2 %, 3 standard errors, 0.2 % of attempts), or in
 * doubt; and no doubt where they agree within max(1 %, 0.1 % of attempts). */
static void compare(const struct world *w, uint32_t replications, const char *what, struct tally *tally)
{
    struct mean wire = {0, 0, 0}, throttled = {0, 0, 0}, admitted = {0, 0, 0};
    struct quota_hourly state;
    double wire_sum = 0, throttled_sum = 0, admitted_sum = 0, unsure = 0, fresh[64] = {0};
    for (uint32_t r = 0; r < replications; r++) {
        struct counts c[64], sum;
        memset(c, 0, sizeof c);
        memset(&sum, 0, sizeof sum);
        run(w, 300 + r, c);
        for (int s = 0; s < w->steps; s++)
            fresh[s] += c[s].fresh / replications, sum.wire += c[s].wire, sum.throttled += c[s].throttled,
                sum.admitted += c[s].admitted;
        mean_add(&wire, sum.wire), mean_add(&throttled, sum.throttled), mean_add(&admitted, sum.admitted);
    }
    memset(&state, 0, sizeof state);
    for (int s = 0; s < w->steps; s++) {
        struct quota_load load = load_of(w, s);
        load.calls_per_s = fresh[s] / w->step_s; /* what came: its own chance is not the quota's */
        const struct quota_flow flow = quota_step(&w->terms, &state, &load, s * w->step_s, w->step_s);
        unsure += flow.unsure_per_s * w->step_s;
        wire_sum += flow.wire_per_s * w->step_s;
        throttled_sum += flow.throttled_per_s * w->step_s;
        admitted_sum += flow.admitted_per_s * w->step_s;
    }
    const int doubt = unsure >= 0.02 * wire_sum;
    const struct mean *means[3] = {&wire, &throttled, &admitted};
    const double sums[3] = {wire_sum, throttled_sum, admitted_sum};
    int agrees = 1, is_close = 1;
    for (int i = 0; i < 3; i++) {
        const double off = fabs(mean_of(means[i]) - sums[i]), small = 0.002 * mean_of(&wire);
        agrees &= off <= fmax(0.02 * mean_of(means[i]), fmax(3 * error_of(means[i]), small));
        is_close &= off <= fmax(0.01 * mean_of(means[i]), small / 2);
    }
    tally->cells++;
    tally->doubts += doubt;
    check_at((agrees || doubt) && !(doubt && is_close), __FILE__, __LINE__,
             "%s: wire %.0f (%.0f) %.0f, throttled %.0f (%.0f) %.0f, admitted %.0f (%.0f) %.0f, doubt %d", what,
             mean_of(&wire), error_of(&wire), wire_sum, mean_of(&throttled), error_of(&throttled), throttled_sum,
             mean_of(&admitted), error_of(&admitted), admitted_sum, doubt);
}

/* Requests: load, attempts, burst, counted or free, from full buckets. */
static void requests_agree_on_a_grid(void)
{
    static const double loads[] = {0.5, 0.8, 0.95, 1.02, 1.1, 1.5, 3}, bursts[] = {1, 10, 60};
    static const int ks[] = {1, 3, 5};
    struct tally tally = {0, 0};
    char what[128];
    for (int counted = 0; counted < 2; counted++)
        for (size_t i = 0; i < 7; i++)
            for (size_t j = 0; j < 3; j++)
                for (size_t b = 0; b < 3; b++) {
                    const struct world w = requests(20, bursts[b], counted, loads[i], ks[j], 3, 1800);
                    snprintf(what, sizeof what, "load %g, k %d, burst %g, counted %d", loads[i], ks[j], bursts[b],
                             counted);
                    compare(&w, 4, what, &tally);
                }
    check_at(tally.doubts * 5 <= tally.cells, __FILE__, __LINE__, "%d of %d cells in doubt", tally.doubts, tally.cells);
}

/* Tokens with reservations: what is held, given back, and unequal outputs. */
static void tokens_agree_on_a_grid(void)
{
    static const double loads[] = {0.6, 0.9, 1.15, 1.6}, most[] = {0, 500, 4000, 16000}, held_s[] = {1, 8, 40};
    struct tally tally = {0, 0};
    char what[128];
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            for (size_t h = 0; h < 3; h++) {
                const struct world w = bedrock(loads[i], 1 + 2 * (int)(j % 2), most[j], held_s[h], 4, 3600);
                snprintf(what, sizeof what, "load %g, max_tokens %g, held %g s", loads[i], most[j], held_s[h]);
                compare(&w, 4, what, &tally);
            }
    check_at(tally.doubts * 5 <= tally.cells, __FILE__, __LINE__, "%d of %d cells in doubt", tally.doubts, tally.cells);
}

/* A day with a peak above the quota: levels carry from step to step. Other failures are retried, too. */
static void a_day_with_a_peak_agrees(void)
{
    static const double shares[] = {0, 0.1};
    struct tally tally = {0, 0};
    char what[128];
    for (int f = 0; f < 2; f++)
        for (int k = 1; k <= 4; k += 3)
            for (int limit = 0; limit < 4; limit++) {
                struct world w = bedrock(1, k, 1000, 4, 24, 3600);
                w.failed_share = shares[f];
                for (int h = 0; h < 24; h++)
                    w.calls_per_s[h] = 8 + 5 * sin(h * M_PI / 12);
                if (limit == 1) w.terms.day_micros = 400000 * 1000LL * QUOTA_MICROS;
                if (limit == 2) w.terms.ramp_permille = 1100, w.terms.ramp_floor_micros = 60000 * QUOTA_MICROS;
                if (limit == 3)
                    w.terms.buckets[QUOTA_REQUESTS].rate = 540 * QUOTA_MICROS,
                    w.terms.buckets[QUOTA_REQUESTS].depth = 540 * QUOTA_MICROS;
                snprintf(what, sizeof what, "day, failed %g, k %d, limit %d", shares[f], k, limit);
                compare(&w, 3, what, &tally);
            }
    check(tally.doubts * 5 <= tally.cells);
}

/* Counted: a peak that runs the bucket empty; below C afterwards it stays so, or not. */
static void a_bucket_once_empty_may_stay_empty(void)
{
    struct tally tally = {0, 0};
    char what[128];
    static const double after_loads[] = {0.3, 0.5, 0.7, 0.8, 0.9};
    for (int k = 1; k <= 5; k += 2)
        for (int i = 0; i < 5; i++) {
            struct world w = requests(50, 60, 1, after_loads[i], k, 5, 1800);
            w.calls_per_s[1] = 100;
            w.backoff_s = 5;
            snprintf(what, sizeof what, "peak, then load %g, k %d", after_loads[i], k);
            compare(&w, 4, what, &tally);
        }
    check(tally.doubts * 5 <= tally.cells);
}

static const struct test tests[] = {
    {"one bucket in equilibrium: its closed forms against events", one_bucket_in_equilibrium, MANY},
    {"the shares rise without seams, and meet their limits", the_shares_have_no_seams, FAST},
    {"counted rejections: the fixed points at 1.2 C", counted_rejections_have_their_fixed_points, FAST},
    {"free rejections: p = (1 - C/L)^(1/k), wire C/(1 - p), goodput C", free_rejections_have_their_fixed_point, FAST},
    {"levels are carried from span to span, and nothing is lost", levels_are_carried_from_span_to_span, FAST},
    {"the tightest limit binds", the_tightest_limit_binds, FAST},
    {"the mean field holds within 1 % in steady overload", the_mean_field_holds_within_one_percent, MANY},
    {"counted: goodput at 1.2 C falls with the attempts", counted_goodput_falls_with_the_attempts, MANY},
    {"requests: both forms agree on a grid", requests_agree_on_a_grid, MANY},
    {"tokens: both forms agree on a grid", tokens_agree_on_a_grid, MANY},
    {"a day with a peak: both forms agree", a_day_with_a_peak_agrees, MANY},
    {"counted: a bucket once empty may stay empty, in both forms", a_bucket_once_empty_may_stay_empty, MANY},
};

TEST_MAIN("quota_twins", tests)

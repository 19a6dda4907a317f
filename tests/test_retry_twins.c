/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/retry_hourly.h"
#include "retry_maker.h"
#include "sim/draw.h"

static struct retry_terms terms_of(const struct retry_layer *layers, int n)
{
    struct retry_terms terms;
    retry_derive(layers, n, -1, &terms);
    return terms;
}

static struct retry_terms one_layer(enum retry_preset preset)
{
    const struct retry_layer layer = layer_of(preset);
    return terms_of(&layer, 1);
}

/* Two-sided 99.9 % over a family of n comparisons, Bonferroni: the chance that a sound program fails is below 0.001. */
static double z_most(int n)
{
    return -floe_normal_quantile(0.0005 / n);
}

/* ---- attempts that end independently ---- */

enum { SEEN_ATTEMPTS, SEEN_THROTTLES, SEEN_FAILED, SEEN_OK, SEEN_REFUSED, SEEN_LINES, SEEN_WAIT, SEEN_WAIT_OK, SEEN_N };
static const char *const seen_names[SEEN_N] = {"attempts", "throttles", "final errors", "successes",
                                               "refused",  "lines",     "wait",         "wait of successes"};

struct mean {
    double sum, squares;
};

static int end_at(const struct retry_load *load, double u)
{
    int e = 0;
    for (double upto = load->p[0]; u >= upto && e < ATTEMPT_ENDS - 1; upto += load->p[e])
        e++;
    return e;
}

static void one_call(const struct retry_terms *terms, const struct retry_load *load, struct retry_client *client,
                     struct floe_stream *draws, int64_t now_ns, double seen[SEEN_N])
{
    struct retry_call call;
    struct retry_next next = {0, 0, 0, 0, 0, 0};
    int end;
    memset(seen, 0, SEEN_N * sizeof seen[0]);
    retry_call_begin(terms, &call, now_ns);
    do {
        end = end_at(load, floe_stream_uniform(draws));
        seen[SEEN_ATTEMPTS]++;
        seen[SEEN_THROTTLES] += end == ATTEMPT_THROTTLED;
        now_ns += (int64_t)(load->attempt_s * 1e9);
        next.is_retry = 0;
        if (end == ATTEMPT_OK) {
            retry_succeeded(terms, client, &call, now_ns);
        } else {
            const int64_t asked_ns = load->asked_s < 0 ? -1 : (int64_t)(load->asked_s * 1e9);
            next = retry_after(terms, client, &call, end, now_ns, end == ATTEMPT_THROTTLED ? asked_ns : -1,
                               floe_stream_uniform(draws));
            seen[SEEN_LINES] += next.is_logged;
            seen[SEEN_WAIT] += (double)next.wait_ns / 1e9;
            now_ns += next.wait_ns;
        }
    } while (next.is_retry);
    seen[SEEN_OK] = end == ATTEMPT_OK;
    seen[SEEN_FAILED] = end == ATTEMPT_FAILED;
    seen[SEEN_REFUSED] = end == ATTEMPT_REFUSED;
    seen[SEEN_WAIT_OK] = end == ATTEMPT_OK ? seen[SEEN_WAIT] : 0;
}

static void wanted_of(const struct retry_means *m, double wanted[SEEN_N])
{
    wanted[SEEN_ATTEMPTS] = m->attempts;
    wanted[SEEN_THROTTLES] = m->flow.attempts[ATTEMPT_THROTTLED];
    wanted[SEEN_FAILED] = m->flow.out[ATTEMPT_FAILED];
    wanted[SEEN_OK] = m->flow.out[ATTEMPT_OK];
    wanted[SEEN_REFUSED] = m->flow.out[ATTEMPT_REFUSED];
    wanted[SEEN_LINES] = 0;
    for (int e = 1; e < ATTEMPT_ENDS; e++)
        wanted[SEEN_LINES] += m->flow.lines[e];
    wanted[SEEN_WAIT] = m->wait_s;
    wanted[SEEN_WAIT_OK] = m->flow.wait_s[ATTEMPT_OK];
}

#define IID_LOADS 4
#define IID_TERMS 7
#define IID_CALLS 150000

static void compare_iid(const struct retry_terms *terms, const struct retry_load *load, uint32_t stream)
{
    const struct floe_rng rng = {20260412, 0};
    struct floe_stream draws = floe_stream_at(rng, stream, 0);
    struct mean sums[SEEN_N] = {{0, 0}};
    double seen[SEEN_N], wanted[SEEN_N];
    struct retry_means means;
    struct retry_client client;
    for (int i = 0; i < IID_CALLS; i++) {
        retry_client_begin(terms, &client, 0); /* a full bucket for each call */
        one_call(terms, load, &client, &draws, 0, seen);
        for (int s = 0; s < SEEN_N; s++)
            sums[s].sum += seen[s], sums[s].squares += seen[s] * seen[s];
    }
    retry_expect(terms, load, 0, &means);
    wanted_of(&means, wanted);
    check_u64(means.doubt, 0);
    for (int s = 0; s < SEEN_N; s++) {
        const double mean = sums[s].sum / IID_CALLS;
        const double spread = sums[s].squares / IID_CALLS - mean * mean, rare = wanted[s] * (1 - wanted[s]);
        const double se = sqrt((spread > rare ? spread : rare) / IID_CALLS); /* rare: what is a share may never occur */
        const double scale = s == SEEN_WAIT || s == SEEN_WAIT_OK ? wanted[SEEN_WAIT] : wanted[SEEN_ATTEMPTS];
        check_at(fabs(mean - wanted[s]) <= z_most(IID_LOADS * IID_TERMS * SEEN_N) * se + 1e-9 * scale + 1e-12, __FILE__,
                 __LINE__, "%s, case %u: %.6g, wanted %.6g, error %.2g", seen_names[s], stream, mean, wanted[s], se);
        check_at(se <= 0.02 * scale + 1e-12, __FILE__, __LINE__, "%s, case %u: the error %.2g is large", seen_names[s],
                 stream, se);
    }
}

static void the_two_forms_agree_on_independent_attempts(void)
{
    static const struct retry_load loads[IID_LOADS] = {{{0.9, 0.05, 0.02, 0.02, 0.01}, -1, 0, {0}},
                                                       {{0.4, 0.45, 0.05, 0.05, 0.05}, -1, 0.5, {0}},
                                                       {{0.15, 0.8, 0.05, 0, 0}, -1, 0, {0}},
                                                       {{0.6, 0.25, 0.1, 0.05, 0}, 7.3, 2, {0}}};
    struct retry_layer deep[4] = {layer_of(RETRY_OPENAI_PYTHON), layer_of(RETRY_LANGCHAIN), layer_of(RETRY_STRANDS),
                                  layer_of(RETRY_BOTOCORE_LEGACY)};
    const struct retry_layer nested[2] = {layer_of(RETRY_BOTOCORE_LEGACY), layer_of(RETRY_STRANDS)};
    struct retry_layer late[2] = {layer_of(RETRY_STRANDS), layer_of(RETRY_STRANDS)};
    late[0].deadline_s = 26.9, late[0].is_logged = 0, late[1].is_logged = 1, late[1].attempts = 2;
    deep[3].attempts = 2, deep[2].attempts = 2;
    const struct retry_terms terms[IID_TERMS] = {
        one_layer(RETRY_BOTOCORE_LEGACY),  terms_of(nested, 2), one_layer(RETRY_BOTOCORE_STANDARD_2026),
        one_layer(RETRY_ANTHROPIC_PYTHON), terms_of(deep, 4),   terms_of(late, 2),
        one_layer(RETRY_LANGCHAIN)};
    for (int t = 0; t < IID_TERMS; t++)
        for (int l = 0; l < IID_LOADS; l++)
            compare_iid(&terms[t], &loads[l], (uint32_t)(10 * t + l));
}

/* ---- the bucket ---- */

/* Mean change of the level per call, from the middle of a bucket that nothing can fill or empty. */
static struct mean drift_seen(enum retry_preset preset, int end, double p, int n, uint32_t stream)
{
    struct retry_layer layer = layer_of(preset);
    layer.budget_tok = 1e9;
    const struct retry_terms terms = terms_of(&layer, 1);
    const struct floe_rng rng = {20260412, 1};
    struct floe_stream draws = floe_stream_at(rng, stream, 0);
    struct retry_client client;
    struct retry_load load = {{1 - p, 0, 0, 0, 0}, -1, 0, {0}};
    struct mean sum = {0, 0};
    double seen[SEEN_N];
    load.p[end] = p;
    retry_client_begin(&terms, &client, 0);
    client.layers[0].level_tok = 5e8;
    for (int i = 0; i < n; i++) {
        const double before = client.layers[0].level_tok;
        one_call(&terms, &load, &client, &draws, 0, seen);
        const double change = client.layers[0].level_tok - before;
        sum.sum += change, sum.squares += change * change;
    }
    return sum;
}

/* Between 0.01 below and 0.01 above the turning point the drift is as good as straight: its second derivative, at most
 * 140, bends the crossing by 140 x 0.01^2 / 2 / slope < 0.0007. */
static void the_turning_point_is_found_by_simulation(void)
{
    static const struct {
        enum retry_preset preset;
        enum attempt_end end;
        double turn;
    } rows[] = {{RETRY_BOTOCORE_STANDARD, ATTEMPT_THROTTLED, 0.3207},
                {RETRY_BOTOCORE_STANDARD_2026, ATTEMPT_FAILED, 0.2149}};
    const int n = 2000000;
    for (uint32_t r = 0; r < 2; r++) {
        const struct mean low = drift_seen(rows[r].preset, rows[r].end, rows[r].turn - 0.01, n, 2 * r);
        const struct mean high = drift_seen(rows[r].preset, rows[r].end, rows[r].turn + 0.01, n, 2 * r + 1);
        const double a = low.sum / n, b = high.sum / n, slope = (a - b) / 0.02;
        const double turn = rows[r].turn - 0.01 + a / slope, se = sqrt(low.squares / n / n) / slope;
        check_at(a > 0 && b < 0 && fabs(turn - rows[r].turn) < z_most(2) * se + 0.0007 && se < 0.0005, __FILE__,
                 __LINE__, "turns at %.5f, wanted %.4f, error %.5f", turn, rows[r].turn, se);
    }
}

/* A hundred thousand calls, one after the other, from a full bucket on. */
static void a_bucket_that_drains_leaves_what_the_step_says(void)
{
    static const double shares[] = {0.1, 0.25, 0.4, 0.5, 0.6, 0.8, 0.95};
    static const enum retry_preset presets[] = {RETRY_BOTOCORE_STANDARD, RETRY_GOOGLE_SRE};
    const int n = 100000, blocks = 20;
    for (int b = 0; b < 2; b++)
        for (uint32_t i = 0; i < 7; i++) {
            const struct retry_terms terms = one_layer(presets[b]);
            const struct floe_rng rng = {20260412, 2};
            struct floe_stream draws = floe_stream_at(rng, 7 * (uint32_t)b + i, 0);
            const struct retry_load load = {{1 - shares[i], shares[i], 0, 0, 0}, -1, 0, {0}};
            struct retry_client client;
            struct retry_state state;
            struct retry_means means;
            struct mean sum = {0, 0};
            double seen[SEEN_N];
            retry_client_begin(&terms, &client, 0);
            for (int block = 0; block < blocks; block++) {
                double here = 0;
                for (int c = 0; c < n / blocks; c++) {
                    one_call(&terms, &load, &client, &draws, 0, seen);
                    here += seen[SEEN_ATTEMPTS];
                }
                sum.sum += here, sum.squares += here * here;
            }
            retry_state_begin(&terms, &state);
            retry_step(&terms, &state, &load, 1, -1, n, &means);
            const double mean = sum.sum / n;
            const double spread = sum.squares / blocks - sum.sum / blocks * (sum.sum / blocks);
            const double se = sqrt((spread > 0 ? spread : 0) / blocks) / (n / blocks);
            check_at(fabs(mean - means.attempts) < 0.005 * mean + 4 * se && se < 0.01, __FILE__, __LINE__,
                     "%s at %.2f: %.5f attempts, wanted %.5f, error %.5f, doubt %u", retry_rules[presets[b]].name,
                     shares[i], mean, means.attempts, se, means.doubt);
            check_u64(means.doubt, 0);
        }
}

/* ---- a hard quota: calls in time ---- */

#define PENDING_MOST 400000

struct pending {
    int64_t at_ns;
    struct retry_call call;
};

struct world {
    struct pending *heap;
    int n;
};

static void heap_swap(struct world *w, int a, int b)
{
    const struct pending kept = w->heap[a];
    w->heap[a] = w->heap[b];
    w->heap[b] = kept;
}

static void heap_push(struct world *w, struct pending item)
{
    int i = w->n++;
    if (!check(w->n <= PENDING_MOST)) abort();
    w->heap[i] = item;
    for (; i > 0 && w->heap[(i - 1) / 2].at_ns > w->heap[i].at_ns; i = (i - 1) / 2)
        heap_swap(w, i, (i - 1) / 2);
}

static struct pending heap_pop(struct world *w)
{
    const struct pending top = w->heap[0];
    w->heap[0] = w->heap[--w->n];
    for (int i = 0;;) {
        int least = i;
        for (int c = 2 * i + 1; c <= 2 * i + 2 && c < w->n; c++)
            least = w->heap[c].at_ns < w->heap[least].at_ns ? c : least;
        if (least == i) return top;
        heap_swap(w, i, least);
        i = least;
    }
}

struct quota_seen {
    double attempts, throttles, ok, calls, wait_s, lines, level_tok;
};

/* Poisson calls against a token bucket of a minute that is empty at the start; an attempt takes no time; what happens
 * from warm_s on counts. */
static struct quota_seen quota_run(const struct retry_terms *terms, double offered_per_s, double capacity_per_s,
                                   double fail_share, double warm_s, double measured_s, uint32_t stream)
{
    const struct floe_rng rng = {20260412, 3};
    struct floe_stream draws = floe_stream_at(rng, stream, 0);
    struct world w = {malloc(PENDING_MOST * sizeof(struct pending)), 0};
    struct quota_seen seen = {0, 0, 0, 0, 0, 0, 0};
    struct retry_client client;
    struct pending fresh;
    double level = 0, next_s = 0;
    int64_t last_ns = 0;
    const int64_t from_ns = (int64_t)(warm_s * 1e9), to_ns = (int64_t)((warm_s + measured_s) * 1e9);
    memset(&fresh, 0, sizeof fresh);
    retry_client_begin(terms, &client, 0);
    heap_push(&w, fresh);
    while (w.heap[0].at_ns < to_ns) {
        struct pending p = heap_pop(&w);
        const int is_counted = p.at_ns >= from_ns;
        if (p.call.began_ns[RETRY_LAYERS_MOST - 1] == 0) { /* a fresh call: the next one comes after it */
            seen.calls += is_counted;
            next_s += floe_draw_exponential(floe_stream_uniform(&draws)) / offered_per_s;
            fresh.at_ns = (int64_t)(next_s * 1e9) + 1;
            heap_push(&w, fresh);
            retry_call_begin(terms, &p.call, p.at_ns);
            p.call.began_ns[RETRY_LAYERS_MOST - 1] = 1;
        }
        level += (double)(p.at_ns - last_ns) / 1e9 * capacity_per_s;
        level = level < 60 * capacity_per_s ? level : 60 * capacity_per_s;
        last_ns = p.at_ns;
        int end = level < 1 ? ATTEMPT_THROTTLED : ATTEMPT_OK;
        level -= end == ATTEMPT_OK;
        if (end == ATTEMPT_OK && fail_share > 0 && floe_stream_uniform(&draws) < fail_share) end = ATTEMPT_FAILED;
        seen.attempts += is_counted, seen.throttles += is_counted && end == ATTEMPT_THROTTLED;
        seen.ok += is_counted && end == ATTEMPT_OK;
        if (end == ATTEMPT_OK) {
            retry_succeeded(terms, &client, &p.call, p.at_ns);
            continue;
        }
        const struct retry_next next = retry_after(terms, &client, &p.call, end, p.at_ns, RETRY_NO_WAIT_ASKED,
                                                   floe_stream_uniform(&draws));
        seen.lines += is_counted && next.is_logged;
        seen.wait_s += is_counted ? (double)next.wait_ns / 1e9 : 0;
        p.at_ns += next.wait_ns;
        if (next.is_retry) heap_push(&w, p);
    }
    seen.level_tok = client.layers[0].level_tok;
    free(w.heap);
    return seen;
}

static void under_a_quota_the_fixed_point_is_what_happens(void)
{
    static const double over[] = {1.1, 1.3, 2.0};
    const struct retry_layer nested[2] = {layer_of(RETRY_BOTOCORE_LEGACY), layer_of(RETRY_STRANDS)};
    const struct retry_terms terms[] = {one_layer(RETRY_BOTOCORE_LEGACY), terms_of(nested, 2),
                                        one_layer(RETRY_LANGCHAIN), one_layer(RETRY_BOTOCORE_STANDARD)};
    for (uint32_t t = 0; t < 4; t++)
        for (uint32_t o = 0; o < 3; o++) {
            const double c = 100, l = over[o] * c, warm_s = t == 1 ? 1200 : 600, s = 2000;
            const struct quota_seen seen = quota_run(&terms[t], l, c, 0, warm_s, s, 10 * t + o);
            const struct retry_load none = {{1, 0, 0, 0, 0}, -1, 0, {0}};
            struct retry_means means;
            const double p = retry_fixed_point(&terms[t], &none, l, c, 1, &means);
            check_at(fabs(seen.ok / (c * s) - 1) < 0.005, __FILE__, __LINE__, "goodput %.4f of the quota",
                     seen.ok / (c * s));
            check_at(fabs(seen.throttles / seen.attempts / p - 1) < 0.01, __FILE__, __LINE__,
                     "terms %u at %.2f: %.4f throttled, wanted %.4f, doubt %u", t, over[o],
                     seen.throttles / seen.attempts, p, means.doubt);
            check_at(fabs(seen.attempts / (l * s) / means.attempts - 1) < 0.02, __FILE__, __LINE__,
                     "terms %u at %.2f: %.4f attempts a call, wanted %.4f", t, over[o], seen.attempts / (l * s),
                     means.attempts);
            check_u64(means.doubt, 0);
        }
}

/* Of 36 clients, quotas and loads the form is within 2 % wherever it has no doubt, and it has none where it is within
 * half a percent. */
static void doubt_is_where_retries_herd(void)
{
    static const enum retry_preset presets[] = {RETRY_BOTOCORE_LEGACY, RETRY_BOTOCORE_STANDARD, RETRY_OPENAI_PYTHON,
                                                RETRY_LANGCHAIN,       RETRY_STRANDS,           RETRY_GOOGLE_SRE};
    static const double capacities[] = {5, 100}, over[] = {1.02, 1.3, 2};
    const struct retry_load none = {{1, 0, 0, 0, 0}, -1, 0, {0}};
    int doubted = 0, parted = 0;
    for (uint32_t i = 0; i < 36; i++) {
        const struct retry_terms terms = one_layer(presets[i / 6]);
        const double c = capacities[i / 3 % 2], l = c * over[i % 3], s = 150000 / c;
        const struct quota_seen seen = quota_run(&terms, l, c, 0, 1000, s, 100 + i);
        struct retry_means means;
        retry_fixed_point(&terms, &none, l, c, 1, &means);
        const double apart = fabs(means.attempts * seen.calls / seen.attempts - 1);
        doubted += means.doubt != 0, parted += apart > 0.02;
        check_at(means.doubt != 0 || apart < 0.02, __FILE__, __LINE__, "%s, %.0f/s at %.2f: %.4f apart, no doubt",
                 retry_rules[presets[i / 6]].name, c, over[i % 3], apart);
        check_at(means.doubt == 0 || apart > 0.005, __FILE__, __LINE__, "%s, %.0f/s at %.2f: %.4f apart, yet doubt %u",
                 retry_rules[presets[i / 6]].name, c, over[i % 3], apart, means.doubt);
    }
    check(parted >= 10 && doubted >= parted && doubted <= 24);
}

/* Errors beside throttles; a load below the quota has none. */
static void beside_errors_the_fixed_point_holds(void)
{
    const struct retry_terms terms = one_layer(RETRY_BOTOCORE_LEGACY);
    const struct retry_load others = {{0.8, 0, 0.2, 0, 0}, -1, 0, {0}};
    static const double offered[] = {70, 110, 180};
    for (uint32_t i = 0; i < 3; i++) {
        struct retry_means means;
        const struct quota_seen seen = quota_run(&terms, offered[i], 100, 0.2, 600, 3000, 50 + i);
        const double t = retry_fixed_point(&terms, &others, offered[i], 100, 0, &means);
        const double lines = means.flow.lines[ATTEMPT_THROTTLED] + means.flow.lines[ATTEMPT_FAILED];
        check((i == 0) == (t == 0));
        check_i64(means.doubt, 0);
        check_rel(seen.attempts / seen.calls, means.attempts, 0.01);
        check_rel(seen.ok / seen.calls, means.flow.out[ATTEMPT_OK], 0.01);
        check_rel(seen.wait_s / seen.calls, means.wait_s, 0.02);
        check_abs(seen.lines / seen.calls, lines, 0.005);
        check_abs(seen.throttles / seen.attempts, t, 0.01);
    }
}

static const struct test tests[] = {
    {"the two forms agree on independent attempts", the_two_forms_agree_on_independent_attempts, MANY},
    {"the turning point is found by simulation", the_turning_point_is_found_by_simulation, MANY},
    {"a bucket that drains leaves what the step says", a_bucket_that_drains_leaves_what_the_step_says, MANY},
    {"under a quota the fixed point is what happens", under_a_quota_the_fixed_point_is_what_happens, MANY},
    {"doubt is where retries herd", doubt_is_where_retries_herd, MANY},
    {"beside errors the fixed point holds", beside_errors_the_fixed_point_holds, FAST},
};
TEST_MAIN("retry_twins", tests)

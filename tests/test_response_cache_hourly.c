/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The expectations against closed forms, against a slow integration of the same equations that shares no code, and
 * against the events. */
#include "models/response_cache_hourly.h"

#include "cache_driver.h"

/* The worlds of tests/cache_driver.h, stepped hour by hour. */
struct twin {
    const struct world *world;
    struct cache_grid grid;
    struct prompt_classes classes;
    struct cache_cell cells[2];
    struct cache_step steps[DRIVER_HOURS_MOST];
};

static void twin_load(const struct twin *t, int32_t h, int key, struct cache_load *load)
{
    const struct world *w = t->world;
    const int64_t from_ns = h * DRIVER_HOUR_NS;
    memset(load, 0, sizeof *load);
    load->from_ns = from_ns, load->to_ns = from_ns + DRIVER_HOUR_NS;
    load->calls = (key == 1) == (from_ns >= w->switch_ns) ? w->per_hour[h] : 0;
    load->latency_s = (double)w->latency_ns / NS_PER_S;
    load->characteristic_s = CACHE_NO_LIMIT_S;
    load->renewed_every_s = (double)w->population.renewed_every_ns / NS_PER_S;
    load->grace = cache_no_window();
    if (key == 0 || w->switch_ns == INT64_MAX || w->rules.grace_for_ns == 0) return;
    load->grace = cache_grace_window(&w->rules, w->switch_ns, w->first_use_ns < 0 ? w->switch_ns : w->first_use_ns);
    load->grace_share = 1;
    load->refresh_per_s = w->rules.refresh_per_s;
    load->old = &t->cells[0];
}

static void twin_run(struct twin *t, const struct world *w)
{
    memset(t, 0, sizeof *t);
    t->world = w;
    t->grid = cache_grid_of(&w->rules, DRIVER_HOUR_NS);
    prompt_classes_of(&w->population, &t->classes);
    for (int32_t h = 0; h < w->hours; h++) {
        struct cache_share shares[2];
        struct cache_load load[2];
        for (int key = 0; key < 2; key++) {
            twin_load(t, h, key, &load[key]);
            shares[key].cell = &t->cells[key], shares[key].classes = &t->classes;
            shares[key].calls_per_s = load[key].calls * (1 - w->rules.bypass_share) / 3600;
        }
        struct cache_step sum[2];
        memset(sum, 0, sizeof sum);
        const int32_t pieces = cache_pieces(&w->rules, t->grid, load[1].grace, load[1].from_ns, load[1].to_ns);
        for (int32_t i = 0; i < pieces; i++) {
            const double tau_s = cache_characteristic_s(shares, 2, &w->rules, t->grid, 3600.0 / pieces);
            for (int key = 0; key < 2; key++) {
                struct cache_load piece = cache_load_piece(&load[key], i, pieces);
                piece.characteristic_s = tau_s;
                const struct cache_step step = cache_cell_step(&t->cells[key], &w->rules, t->grid, &t->classes, &piece);
                cache_step_add(&sum[key], &step);
            }
        }
        t->steps[h] = sum[h * DRIVER_HOUR_NS >= w->switch_ns];
    }
}

static void diurnal(struct world *w, int32_t hours, double per_hour)
{
    w->hours = hours;
    for (int32_t h = 0; h < hours; h++)
        w->per_hour[h] = per_hour * (1 + 0.7 * sin(h * M_PI / 12));
}

/* Both forms agree within a point of hit and of stale share in every hour that pools 10,000 calls, unless the hour is in
 * doubt. Returns the number of hours compared. */
static int compare_hours(const struct world *w, const char *what)
{
    static struct twin t;
    static struct hour_counts counts[DRIVER_HOURS_MOST];
    int hours = 0;
    world_run(w, 40, counts);
    twin_run(&t, w);
    for (int h = 0; h < w->hours; h++) {
        const struct cache_step *s = &t.steps[h];
        if (!check_rel(s->hits + s->similar + s->stale + s->misses + s->bypassed, s->calls, 1e-9)) break;
        if (counts[h].calls < 10000 || s->doubt != 0) continue;
        const double hit = hits_of(&counts[h]) / counts[h].calls, stale = counts[h].of[CACHE_STALE] / counts[h].calls;
        check_at(fabs(hit - (s->hits + s->similar) / s->calls) < 0.01, __FILE__, __LINE__,
                 "%s, hour %d: hits %.4f of %.0f, expected %.4f", what, h, hit, counts[h].calls,
                 (s->hits + s->similar) / s->calls);
        check_at(fabs(stale - s->stale / s->calls) < 0.01, __FILE__, __LINE__, "%s, hour %d: stale %.4f, expected %.4f",
                 what, h, stale, s->stale / s->calls);
        hours++;
    }
    return hours;
}

static struct world base(double ttl_s, int from, double rate)
{
    struct world w = world_of(2000, "zipf 0.9", ttl_s);
    diurnal(&w, 52, rate);
    w.switch_ns = 28 * DRIVER_HOUR_NS;
    w.rules.ttl_from = from;
    return w;
}

enum feature {
    PLAIN,
    LATENCY,
    COALESCED,
    RESETS,
    BYPASS,
    SIMILAR,
    RESTART,
    DRIFT,
    CAPACITY,
    GRACE_NONE,
    GRACE_LIMITED,
    GRACE_UNLIMITED,
    GRACE_FIRST_USE,
    GRACE_LATENCY,
    FEATURES
};
static const char *const feature_names[] = {"plain",
                                            "latency",
                                            "coalesced",
                                            "resets",
                                            "bypass",
                                            "similar",
                                            "restart",
                                            "drift",
                                            "capacity",
                                            "grace, no refresh",
                                            "grace, limited refresh",
                                            "grace, unlimited refresh",
                                            "grace from the first use",
                                            "grace with latency"};

static void feature_set(struct world *w, enum feature feature)
{
    if (feature >= GRACE_NONE) w->rules.grace_for_ns = DRIVER_HOUR_NS * 3 / 2;
    if (feature == LATENCY || feature == RESETS || feature == COALESCED || feature == GRACE_LATENCY)
        w->latency_ns = 60 * NS_PER_S;
    switch (feature) {
    case COALESCED: w->rules.coalesce = 1; break;
    case RESETS: w->rules.overwrite = CACHE_RESETS_EXPIRY; break;
    case BYPASS: w->rules.bypass_share = 0.2; break;
    case SIMILAR: w->rules.similar_share = 0.3; break;
    case RESTART: w->rules.restart_every_ns = DRIVER_HOUR_NS * 5 / 2; break;
    case DRIFT: w->population.renewed_every_ns = 240 * DRIVER_HOUR_NS; break;
    case CAPACITY: w->rules.capacity = 300; break;
    case GRACE_LIMITED: w->rules.refresh = CACHE_REFRESH_LIMITED, w->rules.refresh_per_s = 0.4; break;
    case GRACE_UNLIMITED:
    case GRACE_LATENCY: w->rules.refresh = CACHE_REFRESH_UNLIMITED; break;
    case GRACE_FIRST_USE:
        w->rules.grace_from = CACHE_GRACE_FROM_FIRST_USE;
        w->first_use_ns = w->switch_ns + DRIVER_HOUR_NS / 3;
        break;
    default: break;
    }
}

static void compare(double ttl_s, int from, double rate, enum feature feature)
{
    char what[100];
    struct world w = base(ttl_s, from, rate);
    feature_set(&w, feature);
    snprintf(what, sizeof what, "TTL %g from %s, %g/h, %s", ttl_s, from ? "last read" : "write", rate,
             feature_names[feature]);
    const int hours = compare_hours(&w, what);
    const int may_doubt = (feature == SIMILAR && from == CACHE_TTL_FROM_LAST_READ) || feature == CAPACITY ||
                          (feature == DRIFT && ttl_s > 86400);
    check_at(hours >= (may_doubt ? 0 : 40), __FILE__, __LINE__, "%s: only %d hours", what, hours);
}

static void both_forms_agree_within_a_point(void)
{
    compare(86400, CACHE_TTL_FROM_WRITE, 3000, GRACE_NONE);
    compare(86400, CACHE_TTL_FROM_WRITE, 3000, GRACE_LIMITED);
    compare(86400, CACHE_TTL_FROM_LAST_READ, 3000, GRACE_LIMITED);
    compare(6 * 3600, CACHE_TTL_FROM_LAST_READ, 3000, GRACE_FIRST_USE);
    compare(3600, CACHE_TTL_FROM_WRITE, 3000, GRACE_LATENCY);
    compare(3600, CACHE_TTL_FROM_WRITE, 3000, RESTART);
    compare(3600, CACHE_TTL_FROM_LAST_READ, 3000, DRIFT);
    compare(86400, CACHE_TTL_FROM_WRITE, 3000, SIMILAR);
    compare(300, CACHE_TTL_FROM_WRITE, 3000, LATENCY);
    compare(300, CACHE_TTL_FROM_LAST_READ, 3000, BYPASS);
}

/* Prompts that are asked once or twice in a TTL: what a stale answer keeps alive, and what runs out unasked. */
static void stale_answers_keep_the_old_entry_alive(void)
{
    struct world w = world_of(2000, "uniform", 3 * 3600);
    world_flat(&w, 36, 1000);
    w.switch_ns = 28 * DRIVER_HOUR_NS;
    w.rules.ttl_from = CACHE_TTL_FROM_LAST_READ;
    w.rules.grace_for_ns = DRIVER_HOUR_NS * 3 / 2;
    check(compare_hours(&w, "asked rarely") >= 36);
}

static void both_forms_agree_within_a_point_on_the_whole_grid(void)
{
    const double ttls[] = {300, 1800, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600}, rates[] = {1500, 3000, 30000};
    for (int from = 0; from < 2; from++)
        for (int t = 0; t < 6; t++)
            for (int r = 0; r < 3; r++)
                compare(ttls[t], from, rates[r], PLAIN);
    for (int from = 0; from < 2; from++)
        for (int t = 0; t < 6; t++)
            for (int f = 1; f < FEATURES; f++)
                compare(ttls[t], from, 3000, (enum feature)f);
}

/* ---- closed forms ---- */

/* The share of hits when the rate has been constant for long. One class. */
static double steady(struct world w, double load)
{
    static struct twin t;
    w.population.places = 1000;
    world_flat(&w, 300, 1000 * load * 3600 / ((double)w.rules.ttl_ns / NS_PER_S));
    twin_run(&t, &w);
    return (t.steps[299].hits + t.steps[299].similar) / t.steps[299].calls;
}

static void a_constant_rate_leads_to_the_closed_forms(void)
{
    const double loads[] = {0.05, 0.5, 2, 6}, ttls[] = {300, 900, 3600, 25000, 86400};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 5; k++) {
            const double lt = loads[i], ll = lt / 100, la = ll + expm1(-ll);
            if (lt > 5 && ttls[k] > 5000) continue; /* cycles that began together stay together for longer than this */
            struct world w = world_of(1000, "uniform", ttls[k]);
            check_rel(steady(w, lt), lt / (1 + lt), 1e-4);
            w.population.renewed_every_ns = w.rules.ttl_ns * 5 / 2;
            const double lw = -expm1(-0.4) / 0.4 * lt;
            check_rel(steady(w, lt), lw / (1 + lw), 2e-4);
            w.rules.ttl_from = CACHE_TTL_FROM_LAST_READ;
            check_rel(steady(w, lt), lt / (lt + 0.4) * -expm1(-lt - 0.4), 1e-6);
            w.rules.ttl_from = CACHE_TTL_FROM_WRITE;
            w.population.renewed_every_ns = 0;
            w.latency_ns = w.rules.ttl_ns / 100;
            check_rel(steady(w, lt), lt / (1 + lt + ll), 1e-4);
            w.rules.overwrite = CACHE_RESETS_EXPIRY;
            check_rel(steady(w, lt), (lt + la) / (1 + lt + la + ll), 1e-4);
            w.rules.coalesce = 1;
            check_rel(steady(w, lt), (lt + ll) / (1 + lt + ll), 1e-4);
            w.rules.ttl_from = CACHE_TTL_FROM_LAST_READ;
            check_rel(steady(w, lt), 1 - 1 / (ll + exp(lt)), 1e-6);
            w.rules.coalesce = 0;
            check_rel(steady(w, lt), expm1(lt) / (ll + exp(lt)), 1e-6);
            w.latency_ns = 0;
            check_rel(steady(w, lt), -expm1(-lt), 1e-6);
            w.rules.bypass_share = 0.3;
            check_rel(steady(w, lt / 0.7), 0.7 * -expm1(-lt), 1e-6);
        }
}

/* The latency is a twenty-fifth of the TTL here, so that the reset is seen. */
static void an_overwrite_that_resets_lengthens_the_cycle(void)
{
    const double ttls[] = {300, 900, 3600};
    for (int k = 0; k < 3; k++)
        for (int coalesce = 0; coalesce < 2; coalesce++) {
            const double lt = 4, ll = lt / 25, la = coalesce ? 0 : ll + expm1(-ll);
            struct world w = world_of(1000, "uniform", ttls[k]);
            w.latency_ns = w.rules.ttl_ns / 25;
            w.rules.overwrite = CACHE_RESETS_EXPIRY, w.rules.coalesce = coalesce;
            check_rel(steady(w, lt), (lt + la + (coalesce ? ll : 0)) / (1 + lt + la + ll), 1e-4);
        }
}

/* Misses of one prompt from a cold start, by slow steps: dF/dt = l (1 - F) - m(t - T). */
static double slow_write(const double *per_hour, int hours, double ttl_s, double q, double *misses)
{
    const double dt = 2;
    const int per = (int)(3600 / dt), lag = (int)(ttl_s / dt);
    double *m = calloc((size_t)(per * hours), sizeof *m), f = 0;
    for (int i = 0; i < per * hours; i++) {
        const double l = per_hour[i / per] * q / 3600, out = i >= lag ? m[i - lag] : 0;
        /* midpoint */
        const double half = f + 0.5 * dt * (l * (1 - f) - out);
        m[i] = l * (1 - half);
        misses[i / per] += m[i] * dt;
        f += dt * (m[i] - out);
    }
    free(m);
    return f;
}

static void slow_read(const double *per_hour, int hours, double ttl_s, double q, double *misses)
{
    const double dt = 2;
    const int per = (int)(3600 / dt), lag = (int)(ttl_s / dt);
    double x = 0;
    for (int i = 0; i < per * hours; i++) {
        const double l = per_hour[i / per] * q / 3600, left = i >= lag ? per_hour[(i - lag) / per] * q / 3600 : 0;
        misses[i / per] += l * dt * exp(-(x + 0.5 * dt * (l - left)));
        x += dt * (l - left);
    }
}

/* A day with peaks, TTL 24 h and 5 min, prompts of several rates; every hour's share of hits within a point (write,
 * where starts of a slot leave evenly over a slot) or 1e-4 (last read, where nothing is approximated). */
static void a_daily_profile_equals_numerical_integration(void)
{
    const double ttls[] = {300, 24 * 3600}, loads[] = {0.02, 0.3, 1, 4, 12};
    static struct twin t;
    for (int from = 0; from < 2; from++)
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < 5; i++) {
                double misses[72] = {0};
                struct world w = world_of(1, "uniform", ttls[k]);
                w.rules.ttl_from = from;
                diurnal(&w, 72, loads[i] * (k == 0 ? 12 : 0.1));
                twin_run(&t, &w);
                if (from == CACHE_TTL_FROM_WRITE)
                    slow_write(w.per_hour, 72, ttls[k], 1, misses);
                else
                    slow_read(w.per_hour, 72, ttls[k], 1, misses);
                for (int h = 0; h < 72; h++)
                    if (!check_at(fabs(t.steps[h].misses - misses[h]) < (from ? 1e-4 : 0.01) * w.per_hour[h], __FILE__,
                                  __LINE__, "from %d, TTL %g, load %g, hour %d: %.5f of %.4f, integrated %.5f", from,
                                  ttls[k], loads[i], h, t.steps[h].misses, w.per_hour[h], misses[h]))
                        break;
            }
}

/* ---- capacity ---- */

static double che(const double *q, int n, double capacity)
{
    double low = 0, high = 1e9, hits = 0;
    for (int step = 0; step < 200; step++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += -expm1(-q[i] * (low + high) / 2);
        if (sum < capacity)
            low = (low + high) / 2;
        else
            high = (low + high) / 2;
    }
    for (int i = 0; i < n; i++)
        hits += q[i] * -expm1(-q[i] * low);
    return hits;
}

/* Over every rank instead of 40 classes: within 0.3 of a point. */
static void a_limited_capacity_leads_to_ches_approximation(void)
{
    const char *const laws[] = {"zipf 0.6", "zipf 0.8", "zipf 1.0", "zipf 1.2"};
    const double exponents[] = {0.6, 0.8, 1.0, 1.2}, capacities[] = {10, 60, 300, 1500};
    static double q[5000];
    for (int l = 0; l < 4; l++) {
        double total = 0;
        for (int i = 0; i < 5000; i++)
            total += q[i] = pow(i + 1, -exponents[l]);
        for (int i = 0; i < 5000; i++)
            q[i] /= total;
        for (int c = 0; c < 4; c++)
            for (int from = 0; from < 2; from++) {
                static struct twin t;
                struct world w = world_of(5000, laws[l], 30 * 86400);
                w.rules.ttl_from = from;
                w.rules.capacity = (uint64_t)capacities[c];
                world_flat(&w, 40, 5000);
                twin_run(&t, &w);
                check_abs(t.steps[39].hits / t.steps[39].calls, che(q, 5000, capacities[c]), 0.003);
            }
    }
}

/* ---- the rest ---- */

static void unlimited_refresh_leaves_the_fills_as_they_were(void)
{
    static struct twin with, without;
    for (int from = 0; from < 2; from++) {
        struct world w = base(86400, from, 3000);
        feature_set(&w, GRACE_UNLIMITED);
        twin_run(&with, &w);
        w.rules.grace_for_ns = 0;
        twin_run(&without, &w);
        for (int h = 0; h < w.hours; h++)
            check_rel(with.steps[h].misses + with.steps[h].refreshes, without.steps[h].misses, 1e-4);
        check(with.steps[28].stale > 100);
    }
}

static void an_idle_key_runs_out_in_one_ttl(void)
{
    static struct twin t;
    for (int from = 0; from < 2; from++)
        for (int hours = 51; hours <= 53; hours++) {
            struct world w = base(24 * 3600, from, 3000);
            double left = 0;
            w.hours = hours; /* the switch is at 28 */
            w.per_hour[52] = 1;
            twin_run(&t, &w);
            for (int32_t c = 0; c < t.classes.n; c++)
                left += cache_live(&t.cells[0], c);
            check(hours < 52 ? left > 0.1 : left < 1e-9);
        }
}

static void slots_fit_the_ttl(void)
{
    const double ttls[] = {1, 299, 900, 3600, 5000.5, 86400, 100000.123, 604800, 1e8, 3e9};
    const double steps[] = {60, 3600};
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 2; k++) {
            struct cache_rules rules;
            memset(&rules, 0, sizeof rules);
            rules.ttl_ns = (int64_t)(ttls[i] * NS_PER_S);
            const struct cache_grid grid = cache_grid_of(&rules, (int64_t)(steps[k] * NS_PER_S));
            check_i64(grid.slots > 0, ttls[i] >= steps[k] / 4);
            if (grid.slots == 0) continue;
            check(grid.slots >= 4 && grid.slots < CACHE_RING);
            check(grid.slots * grid.slot_ns >= rules.ttl_ns && grid.slots * grid.slot_ns < rules.ttl_ns + 64);
            check((double)grid.slot_ns > steps[k] * NS_PER_S / 17);
        }
    struct cache_rules day;
    memset(&day, 0, sizeof day);
    day.ttl_ns = 24 * DRIVER_HOUR_NS;
    check_i64(cache_grid_of(&day, DRIVER_HOUR_NS).slot_ns, DRIVER_HOUR_NS / 2);
    check(sizeof(struct cache_cell) <= CACHE_CELL_BYTES_MOST);
}

static uint32_t doubt_of(struct world w, int64_t step_ns)
{
    static struct twin t;
    struct cache_load load;
    memset(&t, 0, sizeof t);
    t.world = &w;
    t.grid = cache_grid_of(&w.rules, DRIVER_HOUR_NS);
    prompt_classes_of(&w.population, &t.classes);
    twin_load(&t, 0, 0, &load);
    load.to_ns = step_ns;
    return cache_cell_step(&t.cells[0], &w.rules, t.grid, &t.classes, &load).doubt;
}

static void what_is_known_to_be_poor_is_in_doubt(void)
{
    struct world w = base(300, 0, 3000);
    check_u64(doubt_of(w, DRIVER_HOUR_NS), 0);
    check_u64(doubt_of(w, DRIVER_HOUR_NS / 6), CACHE_DOUBT_STEP);
    w.latency_ns = 200 * NS_PER_S;
    check_u64(doubt_of(w, DRIVER_HOUR_NS), CACHE_DOUBT_LATENCY);
    w = base(86400, 0, 3000);
    w.population.renewed_every_ns = 30 * DRIVER_HOUR_NS;
    check_u64(doubt_of(w, DRIVER_HOUR_NS), CACHE_DOUBT_DRIFT);
    for (int i = 0; i < CACHE_DOUBTS; i++)
        check_contains(cache_doubts[i], "engine");
}

/* The bucket of tests/cache_driver.h, asked by a Poisson process; the approximation is within 3 points between. */
static void a_bucket_gives_to_its_share(void)
{
    const double limits[] = {0.1, 1, 3, 50}, ratios[] = {0.01, 0.5, 1, 2, 40};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 5; k++) {
            struct cache_events cache;
            const struct floe_rng rng = {8, 0};
            double at_s = 0, given = 0;
            memset(&cache, 0, sizeof cache);
            cache.rules.refresh = CACHE_REFRESH_LIMITED, cache.rules.refresh_per_s = limits[i];
            for (uint64_t n = 0; n < 20000; n++) {
                at_s += floe_draw_exponential(floe_rng_uniform(rng, 1, n)) / (ratios[k] * limits[i]);
                given += cache_take_refresh(&cache, (int64_t)(at_s * NS_PER_S));
            }
            check_abs(cache_bucket_share(ratios[k] * limits[i], limits[i]), given / 20000,
                      limits[i] == 3 ? 0.04 : 0.02);
        }
    check_rel(cache_bucket_share(1e7, 1e6), 0.1, 1e-6);
    check_rel(cache_bucket_share(0, 5), 1, 1e-6);
    check(cache_bucket_share(0, 0) == 0); /* an hour without calls has no part in the bucket: 0, not NaN */
    check(cache_bucket_share(3, 0) == 0);
}

static void rounding_past_the_span_leaves_nothing_undefined(void)
{
    struct cache_span span;
    memset(&span, 0, sizeof span);
    span.s = 300, span.latency_s = 0.3, span.coalesce = 1;
    struct cache_flow flow = cache_flow_of(&span, 1e-18, nextafter(300, 301), 0);
    cache_flow_latency(&span, 1e-18, &flow);
    check(flow.hits == 0 && flow.stale == 0 && flow.refreshes == 0);
    check_rel(flow.misses, 300e-18, 1e-9);
}

static const struct test tests[] = {
    {"rounding past the span leaves nothing undefined", rounding_past_the_span_leaves_nothing_undefined, FAST},
    {"a bucket of refreshes gives to its share", a_bucket_gives_to_its_share, FAST},
    {"a constant rate leads to the closed forms", a_constant_rate_leads_to_the_closed_forms, FAST},
    {"an overwrite that resets the expiry lengthens the cycle", an_overwrite_that_resets_lengthens_the_cycle, FAST},
    {"a daily profile equals numerical integration", a_daily_profile_equals_numerical_integration, FAST},
    {"a limited capacity leads to Che's approximation", a_limited_capacity_leads_to_ches_approximation, FAST},
    {"expectations and events agree within a point in every hour around a switch", both_forms_agree_within_a_point,
     FAST},
    {"a stale answer keeps the old entry alive, in both forms", stale_answers_keep_the_old_entry_alive, FAST},
    {"the same on a grid of rates, TTLs and rules", both_forms_agree_within_a_point_on_the_whole_grid, LONG},
    {"unlimited refresh leaves every fill where it was", unlimited_refresh_leaves_the_fills_as_they_were, FAST},
    {"an idle key runs out in one TTL", an_idle_key_runs_out_in_one_ttl, FAST},
    {"the ring's slots fit the TTL and the step", slots_fit_the_ttl, FAST},
    {"what is known to be poor is in doubt", what_is_known_to_be_poor_is_in_doubt, FAST},
};
TEST_MAIN("response_cache_hourly", tests)

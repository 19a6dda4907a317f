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
        const int32_t pieces = cache_pieces(load[1].grace, load[1].from_ns, load[1].to_ns);
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

/* The largest difference of hit and stale share between the forms, over the hours with enough pooled calls. */
static double worst_hour(const struct world *w, uint32_t replications, const char *what)
{
    static struct twin t;
    static struct hour_counts counts[DRIVER_HOURS_MOST];
    double worst = 0;
    int at = -1, hours = 0;
    world_run(w, replications, counts);
    twin_run(&t, w);
    for (int h = 0; h < w->hours; h++) {
        const struct cache_step *s = &t.steps[h];
        check_rel(s->hits + s->similar + s->stale + s->misses + s->bypassed, s->calls, 1e-9);
        if (counts[h].calls < 10000) continue;
        hours++;
        const double hit = hits_of(&counts[h]) / counts[h].calls - (s->hits + s->similar) / s->calls;
        const double stale = counts[h].of[CACHE_STALE] / counts[h].calls - s->stale / s->calls;
        if (fabs(hit) > worst) worst = fabs(hit), at = h;
        if (fabs(stale) > worst) worst = fabs(stale), at = h;
    }
    if (getenv("SHOW"))
        printf("%-60s worst %.4f at hour %d of %d (%.0f calls) doubt %x\n", what, worst, at, hours, counts[at].calls,
               t.steps[at].doubt);
    return worst;
}

static void diurnal(struct world *w, int32_t hours, double per_hour)
{
    w->hours = hours;
    for (int32_t h = 0; h < hours; h++)
        w->per_hour[h] = per_hour * (1 + 0.8 * sin(h * M_PI / 12));
}

static struct world base(double ttl_s, int from, double rate)
{
    struct world w = world_of(2000, "zipf 0.9", ttl_s);
    diurnal(&w, 52, rate);
    w.switch_ns = 28 * DRIVER_HOUR_NS;
    w.rules.ttl_from = from;
    return w;
}
static void explore(void)
{
    const double ttls[] = {300, 3600, 24 * 3600};
    for (int from = 0; from < 2; from++)
        for (int t = 0; t < 3; t++)
            for (int k = 0; k < 16; k++) {
                char what[100];
                const char *name = "plain";
                struct world w = base(ttls[t], from, 3000);
                switch (k) {
                case 0: continue;
                case 1: w.latency_ns = 60 * NS_PER_S; name = "latency 60"; break;
                case 2: w.latency_ns = 60 * NS_PER_S; w.rules.coalesce = 1; name = "latency 60 coalesced"; break;
                case 3: w.latency_ns = 60 * NS_PER_S; w.rules.overwrite = 1; name = "latency 60 resets"; break;
                case 4: w.rules.capacity = 100; name = "capacity 100"; break;
                case 5: w.rules.capacity = 400; name = "capacity 400"; break;
                case 6: w.rules.capacity = 1000; name = "capacity 1000"; break;
                case 7: w.rules.bypass_share = 0.2; name = "bypass"; break;
                case 8: w.rules.similar_share = 0.3; name = "similar"; break;
                case 9: w.rules.restart_every_ns = 5 * DRIVER_HOUR_NS / 2; name = "restart"; break;
                case 10: w.population.renewed_every_ns = 240 * DRIVER_HOUR_NS; name = "drift"; break;
                case 11: w.latency_ns = 60 * NS_PER_S, w.rules.grace_for_ns = DRIVER_HOUR_NS, w.rules.refresh = 2; name = "latency grace unl"; break;
                case 12: w.latency_ns = 60 * NS_PER_S, w.rules.coalesce = 1, w.rules.grace_for_ns = DRIVER_HOUR_NS, w.rules.refresh = 2; name = "latency coal grace unl"; break;
                case 13: w.rules.grace_for_ns = DRIVER_HOUR_NS, w.rules.refresh = 1, w.rules.refresh_per_s = 0.4; name = "grace .4"; break;
                case 14: w.rules.grace_for_ns = DRIVER_HOUR_NS, w.rules.grace_from = 1, w.first_use_ns = w.switch_ns + DRIVER_HOUR_NS / 3; name = "grace first use"; break;
                case 15: w.rules.capacity = 400, w.rules.grace_for_ns = DRIVER_HOUR_NS; name = "grace capacity"; break;
                }
                snprintf(what, sizeof what, "from %d ttl %g %s", from, ttls[t], name);
                worst_hour(&w, 40, what);
            }
}
static const struct test tests[] = {{"explore", explore, FAST}};
TEST_MAIN("response_cache_hourly", tests)

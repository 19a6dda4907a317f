/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/prompts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sim/rng.h"

static struct prompts blank(void)
{
    struct prompts p;
    memset(&p, 0, sizeof p);
    p.distinct = p.set = p.new_each_run = (int64_t)PARAM_ABSENT;
    p.renewed_every_s = PARAM_ABSENT;
    p.shares.share = 1;
    snprintf(p.popularity, sizeof p.popularity, "uniform");
    return p;
}

static struct prompts distinct_of(double n, const char *popularity)
{
    struct prompts p = blank();
    p.distinct = (int64_t)n;
    snprintf(p.popularity, sizeof p.popularity, "%s", popularity);
    return p;
}

static struct prompts set_of(double set, double fresh)
{
    struct prompts p = blank();
    p.set = (int64_t)set, p.new_each_run = (int64_t)fresh;
    return p;
}

static struct prompt_population derive(struct prompts p)
{
    struct prompt_population population;
    prompts_derive(&p, &population);
    return population;
}

static void popularity_is_read_and_refused(void)
{
    double s = -1;
    check(prompts_popularity("uniform", &s) && s == 0);
    check(prompts_popularity("zipf 0.9", &s) && s == 0.9);
    check(prompts_popularity("zipf 5", &s) && s == 5);
    check(prompts_popularity("zipf 0", &s) && s == 0);
    const char *const wrong[] = {"",         "zipf",       "zipf ",     "zipf -0.5", "zipf 5.01",
                                 "zipf nan", "zipf inf",   "zipf 0.9x", "Zipf 0.9",  "zipf 1e3",
                                 "pareto 2", "zipf 0.9.1", "zipf  0.9", "uniform "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_at(!prompts_popularity(wrong[i], &s), __FILE__, __LINE__, "accepted '%s'", wrong[i]);
}

static void refused(struct prompts p, const char *key, const char *what)
{
    struct complaint c;
    memset(&c, 0, sizeof c);
    check_at(!(prompts_block.check)(&p, &c), __FILE__, __LINE__, "accepted, expected: %s", what);
    check_text(c.key, key);
    check_contains(c.what, what);
}

static void contradictory_prompts_are_refused(void)
{
    struct complaint c;
    struct prompts p = blank();
    check((prompts_block.check)(&p, &c));
    p = set_of(6999, 338);
    check((prompts_block.check)(&p, &c));
    p.distinct = 10;
    refused(p, "set", "two kinds");
    refused(set_of(100, 101), "new_each_run", "more new prompts");
    refused(set_of(100, PARAM_ABSENT), "new_each_run", "needs");
    refused(distinct_of(100, "zipf 7"), "popularity", "0 to 5");
    refused(distinct_of(PARAM_ABSENT, "zipf 1"), "distinct", "need");
    p = distinct_of(10, "zipf 1");
    p.new_each_run = 3;
    refused(p, "new_each_run", "belongs to a `set`");
    p = set_of(10, 1);
    p.renewed_every_s = 5;
    refused(p, "renewed_every", "new_each_run");
    p = set_of(10, 1);
    snprintf(p.popularity, sizeof p.popularity, "zipf 1");
    refused(p, "popularity", "once in each task");
    p = set_of(10, 1);
    snprintf(p.shares.with, NAME_BYTES, "matching");
    refused(p, "shares", "its own");
}

static void what_two_blocks_say_together_is_checked(void)
{
    struct complaint c;
    struct prompts a = set_of(6999, 338), b = distinct_of(6400, "zipf 0.9"), none = blank();
    check(prompts_check_calls(&a, 6999, &c));
    check(!prompts_check_calls(&a, 7000, &c));
    check_contains(c.hint, "calls_per_task: 7000");
    check(prompts_check_calls(&b, 3, &c));
    check(prompts_check_shared(&none, &b, &c));
    check(!prompts_check_shared(&b, &a, &c));
    check(!prompts_check_shared(&b, &none, &c));
    check(!prompts_check_shared(&b, &b, &c));
}

/* The obvious twin: the ids themselves. */
static void a_run_asks_each_id_once(void)
{
    const uint32_t sets[][2] = {{6999, 338}, {1, 0}, {1, 1}, {2, 1}, {10, 10}, {12, 5}, {1000, 0}, {4096, 1}};
    for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++) {
        const uint64_t set = sets[k][0], fresh = sets[k][1];
        const struct prompt_population p = derive(set_of((double)set, (double)fresh));
        char *asked = calloc(set * 40 + 1, 1);
        for (uint64_t run = 0; run < 30; run++) {
            uint64_t n_new = 0;
            for (uint64_t j = 0; j < set; j++) {
                const struct prompt q = prompts_of_run(&p, run, j);
                const uint64_t id = q.generation * set + q.place;
                if (!check(id >= run * fresh && id < run * fresh + set && q.place < set)) break;
                check_at(asked[id] != (char)(run + 1), __FILE__, __LINE__, "asked twice in run %d", (int)run);
                check_i64(prompts_is_new(&p, run, q), asked[id] == 0);
                n_new += asked[id] == 0;
                asked[id] = (char)(run + 1);
                check_u64(prompts_of_run(&p, run + 1, j).place, q.place); /* the same offset in each run */
            }
            check_u64(n_new, run == 0 ? set : fresh);
        }
        free(asked);
    }
}

/* In any stretch of a run the new ones are there in their share, give or take 4 (of 338). */
static void new_prompts_are_spread_over_the_run(void)
{
    const double fresh[] = {338, 35, 1000};
    for (int k = 0; k < 3; k++) {
        const struct prompt_population p = derive(set_of(6999, fresh[k]));
        for (uint64_t run = 1; run < 50; run += 7) {
            double seen = 0;
            for (uint64_t j = 0; j < 6999; j++) {
                seen += prompts_is_new(&p, run, prompts_of_run(&p, run, j));
                if (!check(fabs(seen - fresh[k] * (double)(j + 1) / 6999) < 4)) break;
            }
        }
    }
}

static void ranks_are_renewed_once_in_each_period(void)
{
    struct prompts raw = distinct_of(5000, "zipf 0.9");
    raw.renewed_every_s = 50.0 * S_PER_DAY;
    const struct prompt_population p = derive(raw);
    const int64_t day_ns = S_PER_DAY * NS_PER_S;
    for (int day = 0; day < 120; day += 13) {
        int changed = 0;
        for (uint32_t place = 0; place < 5000; place++) {
            changed += prompts_generation(&p, place, (day + 1) * day_ns) != prompts_generation(&p, place, day * day_ns);
            check_u64(prompts_generation(&p, place, (day + 50) * day_ns),
                      prompts_generation(&p, place, day * day_ns) + 1u);
        }
        check_abs(changed, 100, 4.5 * sqrt(98)); /* 2 % of 5000; fails by chance once in 15,000 over the days */
    }
    const struct prompt_population still = derive(distinct_of(5000, "uniform"));
    check_u64(prompts_generation(&still, 3, INT64_MAX), 0);
}

static void calls_are_drawn_by_popularity(void)
{
    const struct floe_rng rng = {3, 1};
    const struct prompt_population p = derive(distinct_of(500, "zipf 0.9")), flat = derive(distinct_of(500, "uniform"));
    struct floe_zipf *zipf = floe_zipf_init(calloc(1, prompts_table_bytes(&p)), p.places, p.exponent);
    int first = 0, first_flat = 0, shared = 0;
    struct prompts raw = distinct_of(500, "uniform");
    snprintf(raw.shares.with, NAME_BYTES, "other");
    raw.shares.share = 0.3;
    const struct prompt_population sharing = derive(raw);
    for (uint64_t i = 0; i < 100000; i++) {
        const double u = floe_rng_uniform(rng, 9, i);
        first += prompts_draw(&p, zipf, u, 0).place == 0;
        first_flat += prompts_draw(&flat, NULL, u, 0).place == 0;
        shared += prompts_draw_shared(&sharing, u);
        check(!prompts_draw_shared(&flat, u));
    }
    const double share = 1 / floe_zipf_sum(1, 500, 0.9);
    check_abs(first / 1e5, share, 4 * sqrt(share / 1e5));
    check_abs(first_flat / 1e5, 0.002, 4 * sqrt(0.002 / 1e5));
    check_abs(shared / 1e5, 0.3, 4 * sqrt(0.21 / 1e5));
    check_u64(prompts_table_bytes(&flat), 0);
    free(zipf);
}

static void classes_hold_every_rank_once(void)
{
    const double sizes[] = {1, 2, 7, 8, 9, 10, 40, 41, 1000, 6400, 67108864};
    const char *const laws[] = {"uniform", "zipf 0.6", "zipf 1", "zipf 1.2"};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int l = 0; l < 4; l++) {
            const struct prompt_population p = derive(distinct_of(sizes[i], laws[l]));
            struct prompt_classes classes;
            double count = 0, share = 0;
            prompt_classes_of(&p, &classes);
            for (int32_t c = 0; c < classes.n; c++) {
                count += classes.count[c], share += classes.count[c] * classes.each[c];
                check(classes.count[c] >= 1 && (c == 0 || classes.each[c] < classes.each[c - 1]));
            }
            check_rel(count, sizes[i], 0);
            check_rel(share, 1, 1e-12);
        }
}

static const struct test tests[] = {
    {"popularity is read, and refused where it makes no sense", popularity_is_read_and_refused, FAST},
    {"contradictory prompts are refused", contradictory_prompts_are_refused, FAST},
    {"what two blocks say together is checked", what_two_blocks_say_together_is_checked, FAST},
    {"a run asks each id of its set once, at the same offset in each run", a_run_asks_each_id_once, FAST},
    {"new prompts are spread evenly over the run", new_prompts_are_spread_over_the_run, FAST},
    {"ranks are renewed once in each period, not all at once", ranks_are_renewed_once_in_each_period, FAST},
    {"calls are drawn by popularity, and a share of them from elsewhere", calls_are_drawn_by_popularity, FAST},
    {"popularity classes hold every rank once", classes_hold_every_rank_once, FAST},
};
TEST_MAIN("prompts", tests)

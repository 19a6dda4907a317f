/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The provider's prompt cache in whole runs: writes and reads by hand for calls by the clock, through changes of model
 * and price; and the hourly engine against the events engine for calls by chance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"

enum { PREFIX_TOK = 8000 };

static double mean_of(const struct result *r, enum metric metric)
{
    return maker_outcome(r, 0, metric)->mean;
}

static double writes_of(const struct result *r)
{
    return mean_of(r, METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_5M) + mean_of(r, METRIC_TOK_FIRST + TOKEN_CACHE_WRITE_1H);
}

static double reads_of(const struct result *r)
{
    return mean_of(r, METRIC_TOK_FIRST + TOKEN_CACHE_READ);
}

static struct prompt_cache own_rules(double ttl_s, double lag_s)
{
    struct prompt_cache cache = {.rules = PROMPT_RULES_OWN,
                                 .ttl_s = ttl_s,
                                 .lag_s = lag_s,
                                 .min_tok = 1024,
                                 .read_ratio = PARAM_ABSENT,
                                 .write_ratio = PARAM_ABSENT,
                                 .storage_usd_per_tok_hour = PARAM_ABSENT,
                                 .pools = 1,
                                 .affinity_share = 1};
    return cache;
}

/* n calls over `over_s` from 10:00 on, every day; a prefix and ten tokens of input. Prices 3, read 0.3, write 3.75. */
static struct scenario *turns(int64_t n, double over_s, double ttl_s, double lag_s)
{
    struct scenario *s = maker_scenario();
    struct workload *w = &s->workloads[0];
    snprintf(w->demand.at, JOB_TEXT_BYTES, "10:00");
    w->demand.tasks_per_s = 1.0 / S_PER_DAY;
    w->demand.calls_per_task = n;
    w->demand.over_s = over_s;
    w->tokens.input = maker_fixed(10);
    w->tokens.prefix = (struct prompt_prefix){PREFIX_TOK, 1};
    s->routes[0].prompt_cache = own_rules(ttl_s, lag_s);
    return s;
}

/* Writes and reads, in both engines; frees the scenario. */
static void check_uses(struct scenario *s, double writes, double reads, const char *what)
{
    for (int engine = ENGINE_EVENTS; engine <= ENGINE_HOURLY; engine++) {
        struct result r;
        maker_run(s, NULL, maker_options((enum engine_kind)engine, 1), &r);
        check_at(fabs(writes_of(&r) - writes * PREFIX_TOK) < 1e-6 && fabs(reads_of(&r) - reads * PREFIX_TOK) < 1e-6,
                 __FILE__, __LINE__, "%s, engine %d: %g writes and %g reads", what, engine, writes_of(&r) / PREFIX_TOK,
                 reads_of(&r) / PREFIX_TOK);
        check_rel(mean_of(&r, METRIC_TOK_FIRST),
                  mean_of(&r, METRIC_CALLS) * (10 + PREFIX_TOK) - (writes + reads) * PREFIX_TOK, 1e-12);
        result_free(&r);
    }
    free(s);
}

/* ---- by hand ---- */

static void ten_turns_six_seconds_apart(void)
{
    check_uses(turns(10, 60, 300, 0), 1, 9, "no lag");
    check_uses(turns(10, 60, 300, 6), 1, 9, "a lag of 6 s: the second call can read");
    check_uses(turns(10, 60, 300, 6.5), 2, 8, "a lag of more than 6 s");
    check_uses(turns(10, 60, 300, 12), 2, 8, "a lag of 12 s, from the first write");
    check_uses(turns(10, 60, 300, 12.5), 3, 7, "more than 12 s");
    check_uses(turns(3, 1, 300, 5), 3, 0, "three within a second");
}

/* (1.25 + 9 x 0.1) / 10 = 0.215 and (2 x 1.25 + 8 x 0.1) / 10 = 0.33 of the prefix's price. */
static void a_prefix_is_paid_by_class(void)
{
    static const double lags_s[] = {5, 7}, shares[] = {0.215, 0.33};
    for (int i = 0; i < 2; i++) {
        struct scenario *s = turns(10, 60, 300, lags_s[i]);
        struct result r;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
        check_rel(mean_of(&r, METRIC_COST_TOTAL), 10 * (shares[i] * PREFIX_TOK * 3e-6 + 10 * 3e-6 + 200 * 15e-6),
                  1e-12);
        result_free(&r);
        free(s);
    }
}

static void a_prefix_lives_for_its_ttl_after_each_use(void)
{
    check_uses(turns(20, 20 * 300, 300, 0), 1, 19, "every 300 s, TTL 300 s");
    check_uses(turns(20, 20 * 301, 300, 0), 20, 0, "every 301 s");
    check_uses(turns(20, 20 * 301, 3600, 0), 1, 19, "TTL an hour");
    struct scenario *s = turns(10, 60, 300, 0);
    s->time.horizon_s = 3 * S_PER_DAY;
    check_uses(s, 3, 27, "every day anew");
    s = turns(10, 60, 300, 0);
    s->routes[0].prompt_cache.min_tok = PREFIX_TOK + 1;
    check_uses(s, 0, 0, "shorter than the minimum");
    s = turns(10, 60, 300, 0);
    s->routes[0].prompt_cache.min_tok = PREFIX_TOK;
    check_uses(s, 1, 9, "as long as the minimum");
}

static void a_refused_cache_point_fails_every_call(void)
{
    struct scenario *s = turns(10, 60, 300, 0);
    s->routes[0].prompt_cache = own_rules(PARAM_ABSENT, PARAM_ABSENT);
    s->routes[0].prompt_cache.rules = PROMPT_RULES_BEDROCK_NOVA;
    s->routes[0].prompt_cache.min_tok = PARAM_ABSENT;
    s->routes[0].prompt_cache.n_points = 1;
    s->routes[0].prompt_cache.points[0].section = CACHE_IN_TOOLS;
    for (int engine = ENGINE_EVENTS; engine <= ENGINE_HOURLY; engine++) {
        struct result r;
        maker_run(s, NULL, maker_options((enum engine_kind)engine, 1), &r);
        check_rel(mean_of(&r, METRIC_ERRORS), 10, 1e-12);
        check_rel(mean_of(&r, METRIC_BILLED), 0, 0);
        check_rel(mean_of(&r, METRIC_COST_TOTAL), 0, 0);
        check_rel(mean_of(&r, METRIC_FAILED), 1, 1e-12);
        check_rel(mean_of(&r, METRIC_ACCEPTED), 0, 0);
        result_free(&r);
    }
    free(s);
}

/* A call a minute from 10:00 to 10:59; at 10:20 something changes, at 10:30 it is as before. */
static void run_change(int is_model, struct result *r)
{
    struct scenario *s = turns(60, 3600, 3600, 0), *other = malloc(sizeof *other);
    struct timeline timeline = timeline_of(s, "change");
    s->prices.n_models = 2;
    s->prices.models[1] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "k");
    *other = *s;
    if (is_model)
        snprintf(other->workloads[0].model, NAME_BYTES, "k");
    else
        other->prices.models[0].rows[0].usd_per_tok.input = 9e-6;
    timeline.n_phases = 3;
    timeline.phases[1] = other, timeline.phases[2] = s;
    timeline.from_at_s[1] = MONDAY_AT_S + 10 * S_PER_HOUR + 20 * S_PER_MIN;
    timeline.from_at_s[2] = MONDAY_AT_S + 10 * S_PER_HOUR + 30 * S_PER_MIN;
    maker_run_timelines(&timeline, 1, NULL, maker_options(ENGINE_EVENTS, 1), r);
    r->scenario = NULL; /* it ends here */
    free(other);
    free(s);
}

/* Another model starts cold; the old one is still warm when it comes back. A new price touches no entry. */
static void another_model_starts_cold(void)
{
    struct result r;
    run_change(1, &r);
    check_rel(writes_of(&r), 2.0 * PREFIX_TOK, 0);
    check_rel(reads_of(&r), 58.0 * PREFIX_TOK, 0);
    result_free(&r);
    run_change(0, &r);
    check_rel(writes_of(&r), 1.0 * PREFIX_TOK, 0);
    result_free(&r);
}

/* What the response cache answers does not reach the provider: of ten calls for one prompt one does, and writes. */
static void hits_do_not_touch_the_prefix(void)
{
    struct scenario *s = turns(10, 60, 300, 0);
    struct result r;
    s->workloads[0].prompts = (struct prompts){.distinct = 1, .popularity = "uniform", .renewed_every_s = PARAM_ABSENT};
    s->gateway.response_cache = (struct response_cache){.ttl_s = 3600,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .capacity = (int64_t)PARAM_ABSENT,
                                                        .grace = {0, 0, "unlimited"}};
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    check_rel(writes_of(&r), PREFIX_TOK, 0);
    check_rel(reads_of(&r), 0, 0);
    result_free(&r);
    free(s);
}

/* ---- by chance ---- */

struct twin {
    double per_s, ttl_s, lag_s;
    int64_t prefixes, pools;
    double affinity, over_s;
    int64_t calls;
};

static const struct twin twins[] = {
    {0.01, 300, 0, 1, 1, 1, 0, 1},    {0.003, 300, 5, 1, 1, 1, 0, 1},   {0.05, 300, 5, 20, 1, 1, 0, 1},
    {0.005, 3600, 5, 10, 1, 1, 0, 1}, {0.02, 300, 5, 1, 4, 0, 0, 1},    {0.05, 300, 0, 10, 3, 0.5, 0, 1},
    {0.004, 300, 0, 1, 1, 1, 0, 3},   {0.1, 3600, 30, 200, 1, 1, 0, 1}, {0.004, 300, 5, 1, 1, 1, 60, 6},
    {0.0005, 3600, 5, 1, 1, 1, 0, 1},
};

/* Share of the prefix tokens that are read: within 1 point, or there is a doubt. */
static void check_read_shares(struct scenario *s, int i, const char *what)
{
    struct result events, hourly;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 24), &events);
    maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &hourly);
    const double share = reads_of(&events) / (reads_of(&events) + writes_of(&events));
    const double got = reads_of(&hourly) / (reads_of(&hourly) + writes_of(&hourly));
    check_at(hourly.cells[0].doubt != 0 || fabs(got - share) <= 0.01, __FILE__, __LINE__, "%s %d: %.4f, events %.4f",
             what, i, got, share);
    if (test_is_long())
        printf("    %s %d: %.4f, events %.4f, doubt %x\n", what, i, got, share, (unsigned)hourly.cells[0].doubt);
    check_at(i >= 8 || hourly.cells[0].doubt == 0, __FILE__, __LINE__, "%s %d: doubt %x", what, i,
             (unsigned)hourly.cells[0].doubt);
    result_free(&events);
    result_free(&hourly);
    free(s);
}

static struct scenario *by_chance(const struct twin *t)
{
    struct scenario *s = turns(t->calls, t->over_s, t->ttl_s, t->lag_s);
    s->workloads[0].demand.at[0] = '\0';
    s->workloads[0].demand.tasks_per_s = t->per_s;
    s->workloads[0].tokens.prefix.prefixes = t->prefixes;
    s->routes[0].prompt_cache.pools = t->pools;
    s->routes[0].prompt_cache.affinity_share = t->affinity;
    s->time.horizon_s = 3 * S_PER_DAY;
    return s;
}

static void read_shares_agree(void)
{
    for (int i = 0; i < (int)(sizeof twins / sizeof twins[0]); i++) {
        check_read_shares(by_chance(&twins[i]), i, "steady");
        struct scenario *s = by_chance(&twins[i]);
        snprintf(s->workloads[0].demand.hours, sizeof s->workloads[0].demand.hours, "08:00-17:00");
        check_read_shares(s, i, "office hours");
    }
}

/* Behind a response cache only what it misses is Poisson traffic for the provider, nearly. */
static void read_shares_agree_behind_a_response_cache(void)
{
    for (int i = 0; i < 4; i++) {
        struct scenario *s = by_chance(&twins[i]);
        s->workloads[0].prompts = (struct prompts){
            .distinct = 500, .popularity = "zipf 0.9", .renewed_every_s = PARAM_ABSENT};
        s->gateway.response_cache = (struct response_cache){.ttl_s = S_PER_DAY,
                                                            .restart_every_s = PARAM_ABSENT,
                                                            .capacity = (int64_t)PARAM_ABSENT,
                                                            .grace = {0, 0, "unlimited"}};
        check_read_shares(s, i, "behind a cache");
    }
}

/* ---- what a result rests on ---- */

static void an_assumed_minimum_is_said(void)
{
    static const struct {
        const char *model;
        double prefix_tok, min_tok;
        int is_warned;
    } cases[] = {{"nova-premier", 4200, PARAM_ABSENT, 1},
                 {"nova-pro", 4200, PARAM_ABSENT, 0},
                 {"nova-premier", 0, PARAM_ABSENT, 0},
                 {"nova-premier", 4200, 1024, 0}};
    for (int i = 0; i < 4; i++) {
        struct scenario *s = turns(3, 20, PARAM_ABSENT, PARAM_ABSENT);
        struct result r;
        s->routes[0].prompt_cache.rules = PROMPT_RULES_BEDROCK_NOVA;
        s->routes[0].prompt_cache.min_tok = cases[i].min_tok;
        s->workloads[0].tokens.prefix.prefix_tok = cases[i].prefix_tok;
        snprintf(s->workloads[0].model, NAME_BYTES, "%s", cases[i].model);
        snprintf(s->prices.models[0].name, NAME_BYTES, "%s", cases[i].model);
        maker_run(s, NULL, maker_options(ENGINE_HOURLY, 1), &r);
        check_i64(r.n_warnings, cases[i].is_warned);
        if (r.n_warnings > 0) {
            check_text(r.warnings[0].key, "routes.api.prompt_cache.min_tokens");
            check_contains(r.warnings[0].text, "'bedrock-nova' do not list nova-premier");
            check_contains(r.warnings[0].text, "1536 tokens");
        }
        result_free(&r);
        free(s);
    }
}

static const struct test tests[] = {
    {"an assumed minimum is said", an_assumed_minimum_is_said, FAST},
    {"ten turns six seconds apart", ten_turns_six_seconds_apart, FAST},
    {"a prefix is paid by class", a_prefix_is_paid_by_class, FAST},
    {"a prefix lives for its TTL after each use", a_prefix_lives_for_its_ttl_after_each_use, FAST},
    {"a refused cache point fails every call", a_refused_cache_point_fails_every_call, FAST},
    {"another model starts cold", another_model_starts_cold, FAST},
    {"hits do not touch the prefix", hits_do_not_touch_the_prefix, FAST},
    {"read shares agree", read_shares_agree, FAST},
    {"read shares agree behind a response cache", read_shares_agree_behind_a_response_cache, FAST},
};
TEST_MAIN("prompt_prefix", tests)

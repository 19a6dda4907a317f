/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys, budgets and the response cache in whole runs of the events engine: by hand, where one prompt is asked by a job
 * once a minute, and as laws that hold in any run, over scenarios made at random. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"

enum { PHASES = 4 };

static double mean_of(const struct result *r, int64_t cell, enum metric metric)
{
    return maker_outcome(r, cell, metric)->mean;
}

#define WANT(R, METRIC, VALUE) check_rel(mean_of((R), 0, METRIC_##METRIC), (VALUE), 0)

static void no_cache(struct scenario *s)
{
    s->gateway.response_cache = (struct response_cache){.ttl_s = PARAM_ABSENT,
                                                        .capacity = (int64_t)PARAM_ABSENT,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .grace = {CACHE_GRACE_FROM_SWITCH, 0, "unlimited"}};
}

static void add_model(struct scenario *s, const char *name, double input_usd, double output_usd)
{
    struct model_prices *model = &s->prices.models[s->prices.n_models++];
    *model = s->prices.models[0];
    snprintf(model->name, NAME_BYTES, "%s", name);
    model->rows[0].usd_per_tok = (struct price_list){input_usd, output_usd, input_usd / 10, input_usd * 1.25,
                                                     input_usd * 2};
}

/* A call at every full minute, 1000 tokens in and 200 out: 6,000,000,000 pusd. All of them ask the same prompt. */
#define CALL_USD 0.006
static struct scenario *every_minute(double ttl_s)
{
    struct scenario *s = maker_scenario();
    struct workload *w = &s->workloads[0];
    snprintf(w->demand.at, JOB_TEXT_BYTES, "00:00");
    w->demand.tasks_per_s = 1440.0 / S_PER_DAY;
    w->demand.over_s = S_PER_DAY;
    w->tokens.input = maker_fixed(1000);
    w->tokens.max_output_tok = 200;
    w->prompts = (struct prompts){.distinct = 1, .popularity = "uniform", .renewed_every_s = PARAM_ABSENT};
    add_model(s, "k", 5e-6, 25e-6);
    no_cache(s);
    s->gateway.response_cache.ttl_s = ttl_s;
    return s;
}

static void check_upstream(const struct scenario *s, double want, const char *what)
{
    struct result r;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    check_at(mean_of(&r, 0, METRIC_UPSTREAM) == want, __FILE__, __LINE__, "%s: %g upstream, wanted %g", what,
             mean_of(&r, 0, METRIC_UPSTREAM), want);
    check_rel(mean_of(&r, 0, METRIC_CACHE_HITS) + want, mean_of(&r, 0, METRIC_CALLS), 0);
    check_rel(mean_of(&r, 0, METRIC_COST_TOTAL), want * CALL_USD, 1e-12);
    result_free(&r);
}

/* ---- the cache, by hand ---- */

/* Filled at 0:00:01, live until 1:00:01: the call at 1:01 fills again, every 61 minutes. */
static void a_ttl_from_write_ends(void)
{
    struct scenario *s = every_minute(S_PER_HOUR);
    check_upstream(s, 24, "from write");
    s->routes[0].call_s = 0; /* an age of exactly the TTL is live */
    check_upstream(s, 24, "without latency");
    s->gateway.response_cache.ttl_s = S_PER_HOUR - 1;
    check_upstream(s, 24, "a second less than 60 minutes");
    s->gateway.response_cache.ttl_from = CACHE_TTL_FROM_LAST_READ;
    check_upstream(s, 1, "from last read");
    s->gateway.response_cache.ttl_s = 59;
    check_upstream(s, 1440, "shorter than the gap");
    s->gateway.response_cache.ttl_s = S_PER_DAY;
    s->gateway.response_cache.bypass_share = 1;
    check_upstream(s, 1440, "bypass");
    free(s);
}

/* A fill takes 150 s: three calls a cycle go upstream. It is there at 2:30; the cycle is 63 minutes, or 65 where the
 * third fill, at 4:30, counts. Ten days. */
static void fills_take_their_time(void)
{
    struct scenario *s = every_minute(S_PER_HOUR);
    s->routes[0].call_s = 150;
    s->time.horizon_s = 10 * S_PER_DAY;
    check_upstream(s, 229 * 3, "keeps expiry");
    s->gateway.response_cache.overwrite = CACHE_RESETS_EXPIRY;
    check_upstream(s, 222 * 3, "resets expiry");
    s->gateway.response_cache.coalesce = 1;
    check_upstream(s, 229, "coalesced");
    free(s);
}

static void restarts_and_drift_lose_entries(void)
{
    struct scenario *s = every_minute(2 * S_PER_DAY);
    check_upstream(s, 1, "for two days");
    s->gateway.response_cache.restart_every_s = 6 * S_PER_HOUR;
    check_upstream(s, 4, "restarts");
    s->gateway.response_cache.restart_every_s = PARAM_ABSENT;
    s->workloads[0].prompts.renewed_every_s = 6 * S_PER_HOUR;
    check_upstream(s, 5, "renewed four times a day, at its own minute");
    free(s);
}

/* Two workloads that ask one prompt: who can use whose answer. */
static void scope_and_key_decide_who_shares(void)
{
    static const struct {
        int32_t key, scope;
        const char *model, *consumer;
        double want;
    } cases[] = {
        {CACHE_KEY_MODEL, CACHE_SCOPE_SHARED, "m", "", 1},    {CACHE_KEY_MODEL, CACHE_SCOPE_CONSUMER, "m", "", 2},
        {CACHE_KEY_MODEL, CACHE_SCOPE_CONSUMER, "m", "c", 1}, {CACHE_KEY_MODEL, CACHE_SCOPE_SHARED, "k", "", 2},
        {CACHE_KEY_ALIAS, CACHE_SCOPE_SHARED, "k", "", 1},    {CACHE_KEY_GROUP, CACHE_SCOPE_CONSUMER, "k", "", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = every_minute(2 * S_PER_DAY);
        struct result r;
        s->n_workloads = 2;
        s->workloads[1] = s->workloads[0];
        snprintf(s->workloads[1].name, NAME_BYTES, "other");
        snprintf(s->workloads[1].model, NAME_BYTES, "%s", cases[i].model);
        snprintf(s->workloads[1].demand.at, JOB_TEXT_BYTES, "01:00");
        s->workloads[1].prompts = (struct prompts){.distinct = (int64_t)PARAM_ABSENT,
                                                   .set = (int64_t)PARAM_ABSENT,
                                                   .popularity = "uniform",
                                                   .renewed_every_s = PARAM_ABSENT,
                                                   .shares = {"chat", 1}};
        for (int w = 0; w < 2; w++)
            snprintf(s->workloads[w].consumer.name, NAME_BYTES, "%s", cases[i].consumer);
        s->gateway.response_cache.key = cases[i].key;
        s->gateway.response_cache.scope = cases[i].scope;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
        check_at(mean_of(&r, 0, METRIC_UPSTREAM) == 1 && mean_of(&r, 1, METRIC_UPSTREAM) == cases[i].want - 1, __FILE__,
                 __LINE__, "case %d: %g and %g", (int)i, mean_of(&r, 0, METRIC_UPSTREAM),
                 mean_of(&r, 1, METRIC_UPSTREAM));
        result_free(&r);
        free(s);
    }
}

/* ---- grace, by hand ---- */

/* The model changes at 04:00; a job asks from 10:00 to 13:00, once a minute. */
static void run_switch(struct scenario *s, struct result *r)
{
    struct scenario *after = malloc(sizeof *after);
    struct timeline timeline = timeline_of(s, "switch");
    s->workloads[0].demand.tasks_per_s = 180.0 / S_PER_DAY;
    s->workloads[0].demand.over_s = 3 * S_PER_HOUR;
    snprintf(s->workloads[0].demand.at, JOB_TEXT_BYTES, "10:00");
    s->time.horizon_s = 2 * S_PER_DAY;
    *after = *s;
    snprintf(after->workloads[0].model, NAME_BYTES, "k");
    timeline.n_phases = 2;
    timeline.phases[1] = after;
    timeline.from_at_s[1] = s->time.start_at_s + S_PER_DAY + 4 * S_PER_HOUR;
    maker_run_timelines(&timeline, 1, NULL, maker_options(ENGINE_EVENTS, 1), r);
    free(after);
}

static void a_grace_window_serves_stale_answers(void)
{
    static const struct {
        int32_t from;
        double for_s;
        const char *refresh;
        double stale, refreshes, upstream;
    } cases[] = {
        {CACHE_GRACE_FROM_SWITCH, 0, "none", 0, 0, 2},
        {CACHE_GRACE_FROM_SWITCH, 3600, "none", 0, 0, 2},      /* over before the first call */
        {CACHE_GRACE_FROM_SWITCH, 7 * 3600, "none", 61, 0, 2}, /* 10:00 to 11:00, both included */
        {CACHE_GRACE_FROM_FIRST_USE, 3600, "none", 61, 0, 2},
        {CACHE_GRACE_FROM_FIRST_USE, 3599, "none", 60, 0, 2},
        {CACHE_GRACE_FROM_FIRST_USE, 3600, "unlimited", 1, 1, 1}, /* the second call finds the refreshed one */
        {CACHE_GRACE_FROM_FIRST_USE, 3600, "1/hour", 1, 1, 1},
        {CACHE_GRACE_FROM_FIRST_USE, S_PER_DAY, "none", 180, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = every_minute(3 * S_PER_DAY);
        struct cache_grace *grace = &s->gateway.response_cache.grace;
        struct result r;
        grace->from = cases[i].from;
        grace->for_s = cases[i].for_s;
        snprintf(grace->refresh, sizeof grace->refresh, "%s", cases[i].refresh);
        run_switch(s, &r);
        check_at(mean_of(&r, 0, METRIC_STALE_SERVED) == cases[i].stale &&
                     mean_of(&r, 0, METRIC_REFRESHES) == cases[i].refreshes &&
                     mean_of(&r, 0, METRIC_UPSTREAM) == cases[i].upstream,
                 __FILE__, __LINE__, "case %d: stale %g, refreshes %g, upstream %g", (int)i,
                 mean_of(&r, 0, METRIC_STALE_SERVED), mean_of(&r, 0, METRIC_REFRESHES),
                 mean_of(&r, 0, METRIC_UPSTREAM));
        WANT(&r, CALLS, 360);
        WANT(&r, ATTEMPTS, cases[i].upstream + cases[i].refreshes);
        result_free(&r);
        free(s);
    }
}

/* ---- keys, by hand ---- */

static struct scenario *with_key(int check, double budget_usd)
{
    struct scenario *s = every_minute(PARAM_ABSENT);
    s->n_keys = 1;
    s->keys[0] = (struct access_key){.name = "k1", .budget_usd = budget_usd, .period_s = S_PER_DAY, .check = check};
    snprintf(s->workloads[0].consumer.key, NAME_BYTES, "k1");
    return s;
}

/* Budget 20 calls. Racy: a call takes 5 minutes and is booked 2 minutes later, so call n sees n - 6 booked ones. */
static void a_budget_stops_calls(void)
{
    struct scenario *s = with_key(KEY_RACY, 20 * CALL_USD);
    struct result r;
    s->routes[0].call_s = 5 * S_PER_MIN;
    s->keys[0].record_lag_s = 2 * S_PER_MIN;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, UPSTREAM, 26);
    WANT(&r, DENIED, 1440 - 26);
    WANT(&r, DENIED_OVER_BUDGET, 1440 - 26);
    WANT(&r, FAILED, 1440 - 26);
    check_rel(mean_of(&r, 0, METRIC_COST_TOTAL), 26 * CALL_USD, 1e-12);
    result_free(&r);
    s->keys[0].check = KEY_STRICT;
    s->keys[0].record_lag_s = 0;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, UPSTREAM, 20);
    result_free(&r);
    s->keys[0].budget_usd = 20.999 * CALL_USD; /* not enough for another one */
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, UPSTREAM, 20);
    result_free(&r);
    s->workloads[0].tokens.max_output_tok = 400; /* reserves CALL_USD + 0.003; cut below it by no answer */
    s->workloads[0].tokens.output = (struct token_law){
        .law = TOKENS_FIXED, .mean = 200, .median = PARAM_ABSENT, .p95 = PARAM_ABSENT, .cv = PARAM_ABSENT};
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, UPSTREAM, 20);
    result_free(&r);
    free(s);
}

/* 10 tasks of 4 calls; the budget is worth 6: task 0 is accepted, task 1 has two answers and fails with the others. */
static void a_task_with_a_denied_call_fails(void)
{
    struct scenario *s = with_key(KEY_STRICT, 6 * CALL_USD);
    struct result r;
    s->workloads[0].demand.tasks_per_s = 10.0 / S_PER_DAY;
    s->workloads[0].demand.calls_per_task = 4;
    s->workloads[0].demand.over_s = S_PER_HOUR;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, ACCEPTED, 1);
    WANT(&r, FAILED, 9);
    WANT(&r, UPSTREAM, 6);
    WANT(&r, DENIED, 34);
    check_rel(mean_of(&r, 0, METRIC_COST_TOTAL), 6 * CALL_USD, 1e-12);
    result_free(&r);
    free(s);
}

/* An unlisted model has a budget of 0: 403, nothing is paid, nothing comes of it. */
static void an_unlisted_model_is_denied(void)
{
    struct scenario *s = with_key(KEY_RACY, PARAM_ABSENT);
    struct result r;
    s->keys[0].models.n_listed = 1;
    s->keys[0].models.listed[0] = (struct key_model){"k", PARAM_ABSENT, 0};
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, DENIED, 1440);
    WANT(&r, DENIED_OVER_BUDGET, 0);
    WANT(&r, FAILED, 1440);
    WANT(&r, ACCEPTED, 0);
    WANT(&r, ATTEMPTS, 0);
    WANT(&r, COST_TOTAL, 0);
    check_i64((int64_t)maker_outcome(&r, 0, METRIC_LCPR)->n, 0);
    check_i64(r.by_window.n, 0);
    result_free(&r);
    s->keys[0].unlisted = KEY_UNLISTED_ALLOW;
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, DENIED, 0);
    WANT(&r, UPSTREAM, 1440);
    result_free(&r);
    free(s);
}

/* What the cache answers costs nothing. A restart at noon makes a second fill. */
static void hits_use_no_budget(void)
{
    static const struct {
        int check;
        double budget_calls, upstream, hits;
    } cases[] = {{KEY_STRICT, 3, 2, 1438},
                 {KEY_RACY, 2.5, 2, 1438},  /* the key is asked before the cache: */
                 {KEY_STRICT, 2.5, 2, 719}, /* the third call does not fit, were it a hit or not */
                 {KEY_STRICT, 1.5, 1, 0},
                 {KEY_RACY, 1.5, 2, 719}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = with_key(cases[i].check, cases[i].budget_calls * CALL_USD);
        struct result r;
        s->gateway.response_cache.ttl_s = 2 * S_PER_DAY;
        s->gateway.response_cache.restart_every_s = 12 * S_PER_HOUR;
        maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
        WANT(&r, UPSTREAM, cases[i].upstream);
        WANT(&r, CACHE_HITS, cases[i].hits);
        WANT(&r, DENIED, 1440 - cases[i].upstream - cases[i].hits);
        result_free(&r);
        free(s);
    }
}

/* The provider refuses every call: what waits for a refused one has no answer either. */
static void who_waits_for_a_refused_call_gets_no_answer(void)
{
    struct scenario *s = every_minute(S_PER_DAY);
    struct result r;
    s->gateway.response_cache.coalesce = 1;
    s->routes[0].call_s = 150;
    s->workloads[0].tokens.prefix = (struct prompt_prefix){4000, 1};
    s->routes[0].prompt_cache = (struct prompt_cache){.rules = PROMPT_RULES_BEDROCK_NOVA,
                                                      .n_points = 1,
                                                      .points = {{CACHE_IN_TOOLS}},
                                                      .ttl_s = PARAM_ABSENT,
                                                      .lag_s = PARAM_ABSENT,
                                                      .min_tok = PARAM_ABSENT,
                                                      .read_ratio = PARAM_ABSENT,
                                                      .write_ratio = PARAM_ABSENT,
                                                      .storage_usd_per_tok_hour = PARAM_ABSENT,
                                                      .pools = 1,
                                                      .affinity_share = 1};
    maker_run(s, NULL, maker_options(ENGINE_EVENTS, 1), &r);
    WANT(&r, COST_TOTAL, 0);
    WANT(&r, ACCEPTED, 0);
    WANT(&r, CACHE_HITS, 0);
    WANT(&r, INVOCATIONS, 0);
    check_rel(mean_of(&r, 0, METRIC_ERRORS), 1438, 0); /* two are in flight at the horizon */
    result_free(&r);
    free(s);
}

/* ---- scenarios at random ---- */

static int64_t draw(uint64_t *state, int64_t from, int64_t to)
{
    return from + (int64_t)(test_random(state) % (uint64_t)(to - from + 1));
}

static double pick(uint64_t *state, const double *values, int n)
{
    return values[draw(state, 0, n - 1)];
}
#define PICK(STATE, ...)                                                                                               \
    pick((STATE), (const double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

static void random_cache(uint64_t *state, struct response_cache *cache)
{
    static const char *const refresh[] = {"none", "unlimited", "2/min", "0.5/s"};
    cache->ttl_s = PICK(state, 30, 300, 3600, 86400, PARAM_ABSENT);
    cache->ttl_from = (int32_t)draw(state, 0, 1);
    cache->overwrite = (int32_t)draw(state, 0, 1);
    cache->coalesce = (int32_t)draw(state, 0, 1);
    cache->bypass_share = PICK(state, 0, 0, 0.1, 1);
    cache->restart_every_s = PICK(state, PARAM_ABSENT, PARAM_ABSENT, 1800);
    cache->semantic = (struct cache_semantic){PICK(state, 0, 0, 0.4, 1), PICK(state, 0, 0.3, 1)};
    cache->grace = (struct cache_grace){(int32_t)draw(state, 0, 1), PICK(state, 0, 3000, 8000), ""};
    snprintf(cache->grace.refresh, sizeof cache->grace.refresh, "%s", refresh[draw(state, 0, 3)]);
}

static void random_prompts(uint64_t *state, struct workload *w, int index)
{
    const int64_t none = (int64_t)PARAM_ABSENT;
    w->prompts = (struct prompts){
        .distinct = none, .set = none, .new_each_run = none, .popularity = "uniform", .renewed_every_s = PARAM_ABSENT};
    switch (index == 0 ? 0 : draw(state, 0, 3)) {
    case 0:
        w->prompts.distinct = draw(state, 1, 60);
        snprintf(w->prompts.popularity, sizeof w->prompts.popularity, draw(state, 0, 1) ? "zipf 0.9" : "uniform");
        w->prompts.renewed_every_s = PICK(state, PARAM_ABSENT, PARAM_ABSENT, 20000);
        break;
    case 1:
        w->prompts.set = w->demand.calls_per_task;
        w->prompts.new_each_run = draw(state, 0, w->prompts.set);
        return;
    default: break;
    }
    if (index > 0 && draw(state, 0, 1)) w->prompts.shares = (struct prompts_shares){"w0", PICK(state, 0.3, 1)};
}

static void random_workload(uint64_t *state, struct scenario *s, int index)
{
    static const char *const times[] = {"00:00", "01:30", "02:59"};
    struct workload *w = &s->workloads[index];
    *w = s->workloads[0];
    memset(w->consumer.name, 0, NAME_BYTES);
    memset(w->consumer.key, 0, NAME_BYTES);
    memset(w->demand.at, 0, JOB_TEXT_BYTES);
    snprintf(w->name, NAME_BYTES, "w%d", index);
    snprintf(w->model, NAME_BYTES, draw(state, 0, 1) ? "m" : "k");
    if (draw(state, 0, 1)) snprintf(w->consumer.name, NAME_BYTES, "team%d", (int)draw(state, 0, 1));
    if (draw(state, 0, 2)) snprintf(w->consumer.key, NAME_BYTES, "k%d", (int)draw(state, 0, 1));
    w->demand.calls_per_task = draw(state, 1, 4);
    w->demand.over_s = PICK(state, 0, 3, 4000);
    w->demand.tasks_per_s = PICK(state, 0.002, 0.02, 0.1);
    if (draw(state, 0, 2) == 0) {
        snprintf(w->demand.at, JOB_TEXT_BYTES, "%s", times[draw(state, 0, 2)]);
        w->demand.tasks_per_s = (double)draw(state, 1, 300) / S_PER_DAY;
    }
    random_prompts(state, w, index);
    w->tokens.input = draw(state, 0, 1) ? maker_fixed(700) : maker_lognormal(700, 3000);
    w->tokens.output = maker_lognormal(100, 400);
    w->tokens.max_output_tok = 300;
    w->tokens.cache_read_share = PICK(state, 0, 0.3);
    w->tokens.prefix = (struct prompt_prefix){PICK(state, 0, 500, 5000), draw(state, 1, 3)};
}

static void random_key(uint64_t *state, struct scenario *s)
{
    struct access_key *key = &s->keys[s->n_keys];
    *key = (struct access_key){.budget_usd = PICK(state, PARAM_ABSENT, 0, 0.05, 0.3),
                               .period_s = S_PER_HOUR,
                               .unlisted = (int32_t)draw(state, 0, 1),
                               .check = (int32_t)draw(state, 0, 1),
                               .window = (int32_t)draw(state, 0, 1)};
    snprintf(key->name, NAME_BYTES, "k%d", (int)s->n_keys++);
    if (key->check == KEY_RACY) key->record_lag_s = PICK(state, 0, 20);
    key->models.n_listed = (int32_t)draw(state, 0, 1);
    key->models.listed[0] = (struct key_model){"m", PICK(state, PARAM_ABSENT, 0.02, 0.2), S_PER_HOUR};
}

static void random_route(uint64_t *state, struct scenario *s)
{
    struct route *route = &s->routes[0];
    route->call_s = PICK(state, 0, 0.3, 30, 900);
    route->prompt_cache = (struct prompt_cache){.rules = draw(state, 0, 1) ? PROMPT_RULES_OWN
                                                                           : PROMPT_RULES_BEDROCK_NOVA,
                                                .ttl_s = PARAM_ABSENT,
                                                .lag_s = PARAM_ABSENT,
                                                .min_tok = PARAM_ABSENT,
                                                .read_ratio = PARAM_ABSENT,
                                                .write_ratio = PARAM_ABSENT,
                                                .storage_usd_per_tok_hour = PARAM_ABSENT,
                                                .pools = draw(state, 1, 3),
                                                .affinity_share = PICK(state, 1, 0.5)};
    route->prompt_cache.n_points = (int32_t)draw(state, 0, 1);
    route->prompt_cache.points[0].section = draw(state, 0, 4) == 0 ? CACHE_IN_TOOLS : CACHE_IN_SYSTEM;
}

static struct scenario *random_scenario(uint64_t *state)
{
    struct scenario *s = maker_scenario();
    s->time.start_at_s += draw(state, 0, 3) * 1000;
    s->time.horizon_s = (double)draw(state, 2, 6) * S_PER_HOUR + (double)draw(state, 0, 1) * 777;
    s->time.warmup_s = PICK(state, 0, 0, 1234);
    s->time.step_s = PICK(state, S_PER_HOUR, 300);
    s->n_windows = 1;
    s->windows[0] = (struct window){"w", INSTANT_ABSENT, s->time.start_at_s + 2000, s->time.start_at_s + 7001};
    add_model(s, "k", 5e-6, 25e-6);
    no_cache(s);
    s->gateway.response_cache.key = (int32_t)draw(state, 0, 2);
    s->gateway.response_cache.scope = (int32_t)draw(state, 0, 1);
    s->gateway.response_cache.capacity = (int64_t)PICK(state, PARAM_ABSENT, PARAM_ABSENT, 1, 20);
    random_cache(state, &s->gateway.response_cache);
    random_key(state, s);
    random_key(state, s);
    random_route(state, s);
    s->n_workloads = (int32_t)draw(state, 1, 4);
    for (int w = s->n_workloads - 1; w >= 0; w--)
        random_workload(state, s, w);
    return s;
}

/* One key of the scenario becomes something else. */
static void random_change(uint64_t *state, struct scenario *s)
{
    struct workload *w = &s->workloads[draw(state, 0, s->n_workloads - 1)];
    switch (draw(state, 0, 15)) {
    case 0: random_cache(state, &s->gateway.response_cache); break;
    case 1: s->prices.models[0].rows[0].usd_per_tok.output *= 2; break;
    case 2: w->tokens.input = maker_fixed(1500); break;
    case 3: w->tokens.prefix.prefix_tok = PICK(state, 0, 3000); break;
    case 4: w->tokens.prefix.prefixes = draw(state, 1, 5); break;
    case 5: s->routes[0].call_s = PICK(state, 0, 5, 100); break;
    case 6: snprintf(w->consumer.key, NAME_BYTES, "k%d", (int)draw(state, 0, 2)); break;
    case 7: random_route(state, s); break;
    default: snprintf(w->model, NAME_BYTES, strcmp(w->model, "m") == 0 ? "k" : "m"); break;
    }
}

struct story {
    struct scenario *phases[PHASES];
    struct timeline timeline;
};

static struct story random_story(uint64_t *state)
{
    struct story story = {{random_scenario(state), NULL, NULL, NULL}, {.variant = "random", .n_phases = 1}};
    story.timeline.phases[0] = story.phases[0];
    story.timeline.from_at_s[0] = story.phases[0]->time.start_at_s;
    for (int64_t i = 1, n = draw(state, 0, PHASES - 1); i <= n; i++) {
        story.phases[i] = malloc(sizeof *story.phases[i]);
        *story.phases[i] = *story.phases[i - 1];
        random_change(state, story.phases[i]);
        story.timeline.phases[i] = story.phases[i];
        story.timeline.from_at_s[i] = story.timeline.from_at_s[i - 1] + draw(state, 1, 7000);
        story.timeline.n_phases++;
    }
    return story;
}

static void story_free(struct story *story)
{
    for (int i = 0; i < PHASES; i++)
        free(story->phases[i]);
}

/* ---- laws ---- */

static void check_cell(const struct result *r, int64_t cell, double tolerance)
{
    double n[METRIC_N];
    for (int m = 0; m < METRIC_N; m++)
        n[m] = mean_of(r, cell, (enum metric)m);
    check_rel(n[METRIC_CACHE_HITS] + n[METRIC_STALE_SERVED] + n[METRIC_DENIED] + n[METRIC_UPSTREAM], n[METRIC_CALLS],
              tolerance);
    check_rel(n[METRIC_INVOCATIONS] + n[METRIC_ERRORS] + n[METRIC_IN_FLIGHT], n[METRIC_ATTEMPTS], tolerance);
    check_rel(n[METRIC_UPSTREAM] + n[METRIC_REFRESHES], n[METRIC_ATTEMPTS], tolerance);
    check_rel(n[METRIC_ACCEPTED] + n[METRIC_FAILED] + n[METRIC_TASKS_IN_FLIGHT], n[METRIC_TASKS], tolerance);
    const double room = 1e-9 * n[METRIC_CALLS];
    check(n[METRIC_DENIED_OVER_BUDGET] <= n[METRIC_DENIED] + room);
    check(n[METRIC_WRONG_ANSWERS] <= n[METRIC_CACHE_HITS] + room);
    check(n[METRIC_INVOCATIONS] <= n[METRIC_BILLED] + room && n[METRIC_BILLED] <= n[METRIC_ATTEMPTS] + room);
    for (int m = 0; m <= METRIC_COST_TOTAL; m++)
        check_at(n[m] >= -1e-9 * (1 + n[METRIC_CALLS]), __FILE__, __LINE__, "%s is %g", metric_rows[m].name, n[m]);
}

static void check_sums(const struct result *r)
{
    const int32_t n_workloads = r->scenario->n_workloads;
    double cells = 0, rows = 0, hours = 0, quantity[2] = {0, 0};
    for (int64_t i = 0; i < r->n_cells; i++)
        if (r->cells[i].span == 0) cells += r->cells[i].outcomes[METRIC_COST_TOTAL].mean;
    for (int64_t i = 0; i < r->by_window.n; i++) {
        const struct usage_row *row = &r->by_window.rows[i];
        check_rel(row->cost_usd.mean, row->quantity.mean * row->unit_price_usd, 1e-12);
        if (row->span == 0) rows += row->cost_usd.mean, quantity[0] += row->quantity.mean;
    }
    for (int64_t i = 0; i < r->by_hour.n; i++)
        hours += r->by_hour.rows[i].cost_usd.mean, quantity[1] += r->by_hour.rows[i].quantity.mean;
    check_abs(rows, cells, 1e-9 * (1 + cells));
    check_abs(hours, cells, 1e-9 * (1 + cells));
    check_abs(quantity[1], quantity[0], 1e-9 * (1 + quantity[0]));
    double consumers = 0; /* each name once */
    for (int32_t w = 0; w < n_workloads; w++) {
        int is_first = 1;
        for (int32_t i = 0; i < w; i++)
            is_first &= strcmp(result_consumer(r, 0, i), result_consumer(r, 0, w)) != 0;
        for (int64_t i = 0; i < r->by_window.n; i++)
            if (is_first && r->by_window.rows[i].span == 0 &&
                strcmp(result_consumer(r, 0, r->by_window.rows[i].workload), result_consumer(r, 0, w)) == 0)
                consumers += r->by_window.rows[i].cost_usd.mean;
    }
    check_abs(consumers, cells, 1e-9 * (1 + cells));
}

/* The counts by the hour add up to the whole; a `request` is an attempt that is billed. */
static void check_counts(const struct result *r)
{
    for (int64_t i = 0; i < r->n_cells; i++) {
        const struct result_cell *cell = &r->cells[i];
        double requests = 0;
        for (int64_t k = 0; k < r->by_window.n; k++) {
            const struct usage_row *row = &r->by_window.rows[k];
            if (row->span == cell->span && row->workload == cell->workload && row->route == cell->route &&
                strcmp(row->token_class, "request") == 0)
                requests += row->quantity.mean;
        }
        check_abs(requests, mean_of(r, i, METRIC_BILLED), 1e-9 * (1 + requests));
        for (int m = 0; m < HOUR_METRICS && cell->span == 0; m++) {
            double sum = 0;
            for (int32_t hour = 0; hour < r->n_spans - r->n_windows; hour++)
                sum += result_hour_count(r, 0, hour, cell->workload, cell->route, hour_metrics[m]);
            check_abs(sum, mean_of(r, i, hour_metrics[m]), 1e-9 * (1 + sum));
        }
    }
}

static double budget_at_most(const struct story *story, int32_t key)
{
    double most = 0;
    for (int32_t i = 0; i < story->timeline.n_phases; i++) {
        const double budget = story->phases[i]->keys[key].budget_usd;
        if (budget == PARAM_ABSENT) return INFINITY;
        if (budget > most) most = budget;
    }
    return most;
}

/* Strict, by the calendar hour, and the same workloads behind the key all the time. */
static int32_t strict_checks;
static void check_strict(const struct story *story, const struct result *r)
{
    for (int32_t key = 0; key < 2; key++) {
        const struct access_key *k = &story->phases[0]->keys[key];
        if (k->check != KEY_STRICT || k->window != KEY_WINDOW_CALENDAR) continue;
        for (int32_t span = r->n_windows; span < r->n_spans; span++) {
            double cost_usd = 0;
            for (int64_t i = 0; i < r->by_hour.n; i++) {
                const struct usage_row *row = &r->by_hour.rows[i];
                int is_always = row->span == span;
                for (int32_t p = 0; p < story->timeline.n_phases; p++)
                    is_always &= strcmp(story->phases[p]->workloads[row->workload].consumer.key, k->name) == 0;
                if (is_always) cost_usd += row->cost_usd.mean;
            }
            const double budget = budget_at_most(story, key);
            strict_checks += cost_usd > 0.5 * budget;
            check_at(cost_usd <= budget * (1 + 1e-12) + 1e-15, __FILE__, __LINE__, "%.12g of %.12g usd are spent",
                     cost_usd, budget);
        }
    }
}

static void laws_hold_in_any_run(void)
{
    uint64_t state = 173;
    double seen[METRIC_N] = {0};
    strict_checks = 0;
    for (int c = 0; c < (test_is_long() ? 5000 : 400); c++) {
        struct story story = random_story(&state);
        for (int engine = ENGINE_EVENTS; engine <= ENGINE_HOURLY; engine++) {
            struct result r;
            maker_run_timelines(&story.timeline, 1, NULL, maker_options((enum engine_kind)engine, 1), &r);
            for (int64_t cell = 0; cell < r.n_cells; cell++)
                check_cell(&r, cell, engine == ENGINE_EVENTS ? 0 : 1e-8);
            check_sums(&r);
            check_counts(&r);
            if (engine == ENGINE_EVENTS) check_strict(&story, &r);
            for (int m = 0; m < METRIC_N && engine == ENGINE_EVENTS; m++)
                seen[m] += mean_of(&r, 0, (enum metric)m);
            result_free(&r);
        }
        story_free(&story);
    }
    /* every mechanism was met */
    static const enum metric met[] = {METRIC_CACHE_HITS,
                                      METRIC_STALE_SERVED,
                                      METRIC_DENIED,
                                      METRIC_DENIED_OVER_BUDGET,
                                      METRIC_REFRESHES,
                                      METRIC_WRONG_ANSWERS,
                                      METRIC_ERRORS,
                                      METRIC_IN_FLIGHT,
                                      METRIC_TOK_FIRST + TOKEN_CACHE_READ};
    for (size_t i = 0; i < sizeof met / sizeof met[0]; i++)
        check_at(seen[met[i]] > 10, __FILE__, __LINE__, "%s: %g", metric_rows[met[i]].name, seen[met[i]]);
    check_at(strict_checks > 20, __FILE__, __LINE__, "%d hours near a strict budget", (int)strict_checks);
}

/* ---- the same bits ---- */

/* Two variants, with and without the changes; caches, keys, jobs and prefixes as they come. */
static void the_digest_does_not_depend_on_threads(void)
{
    const unsigned threads[] = {1, 2, 8};
    uint64_t state = 82;
    for (int c = 0; c < 8; c++) {
        struct story story = random_story(&state);
        struct timeline timelines[2] = {story.timeline, story.timeline};
        struct run_options options = maker_options(ENGINE_EVENTS, 300);
        uint64_t first = 0, events = 0;
        timelines[1].variant = "unchanged";
        timelines[1].n_phases = 1;
        for (int t = 0; t < 3; t++) {
            struct result r;
            struct plan_fault fault;
            struct floe_pool pool;
            check(floe_pool_threads_init(&pool, threads[t]) == FLOE_OK);
            check(floe_run(timelines, 2, NULL, &options, &pool, &r, &fault) == FLOE_OK);
            const struct trajectory all = result_trajectory(&r);
            if (t == 0) first = r.digest, events = all.fingerprint;
            check_u64(r.digest, first);
            check_u64(all.fingerprint, events);
            result_free(&r);
        }
        story_free(&story);
    }
}

/* ---- grace changes no fill ---- */

/* The same draws; answers at once, one call a task: a stale answer that is refreshed fills where a miss would have. */
static void unlimited_refresh_changes_no_fill(void)
{
    uint64_t state = 233;
    double stale = 0;
    for (int c = 0; c < 60; c++) {
        struct story story = random_story(&state);
        struct result graceful, cold;
        for (int i = 0; i < story.timeline.n_phases; i++) {
            struct scenario *s = story.phases[i];
            s->routes[0].call_s = 0;
            s->routes[0].prompt_cache.n_points = 0;
            s->gateway.response_cache.capacity = (int64_t)PARAM_ABSENT;
            s->gateway.response_cache.semantic.similar_share = 0;
            s->gateway.response_cache.key = CACHE_KEY_MODEL;
            s->gateway.response_cache.ttl_s = 3600;
            s->gateway.response_cache.grace = (struct cache_grace){(int32_t)draw(&state, 0, 1), 2000, "unlimited"};
            for (int w = 0; w < s->n_workloads; w++) {
                s->workloads[w].demand.calls_per_task = 1;
                if (s->workloads[w].prompts.set != (int64_t)PARAM_ABSENT) s->workloads[w].prompts.set = 1;
                if (s->workloads[w].prompts.new_each_run > 1) s->workloads[w].prompts.new_each_run = 1;
                s->workloads[w].consumer.key[0] = '\0';
            }
        }
        maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 2), &graceful);
        for (int i = 0; i < story.timeline.n_phases; i++)
            story.phases[i]->gateway.response_cache.grace.for_s = 0;
        maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 2), &cold);
        for (int64_t cell = 0; cell < cold.n_cells; cell++) {
            check_rel(mean_of(&graceful, cell, METRIC_ATTEMPTS), mean_of(&cold, cell, METRIC_ATTEMPTS), 0);
            check_rel(mean_of(&graceful, cell, METRIC_CACHE_HITS), mean_of(&cold, cell, METRIC_CACHE_HITS), 0);
            check_rel(mean_of(&graceful, cell, METRIC_COST_TOTAL), mean_of(&cold, cell, METRIC_COST_TOTAL), 0);
        }
        check_i64(graceful.by_hour.n, cold.by_hour.n);
        for (int64_t i = 0; i < cold.by_hour.n && i < graceful.by_hour.n; i++)
            check_rel(graceful.by_hour.rows[i].quantity.mean, cold.by_hour.rows[i].quantity.mean, 0);
        stale += mean_of(&graceful, 0, METRIC_STALE_SERVED);
        result_free(&graceful);
        result_free(&cold);
        story_free(&story);
    }
    check_at(stale > 50, __FILE__, __LINE__, "%g stale answers", stale);
}

/* ---- budgets ---- */

/* A crowd at random under a daily budget: at most (calls in flight) x (dearest call) too much where it is racy. At
 * 0.5/s, 60 s and 40 s of lag 50 calls are in flight on average, and 120 only once in 10^17. */
static void racy_budgets_overspend_by_what_is_in_flight(void)
{
    const double dearest_usd = 5000 * 3e-6 + 300 * 15e-6, budget_usd = 2;
    double over_usd = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct scenario *s = with_key(KEY_RACY, budget_usd);
        struct run_options options = maker_options(ENGINE_EVENTS, 1);
        struct result r;
        options.seed = seed;
        s->workloads[0].demand.at[0] = '\0';
        s->workloads[0].demand.over_s = 0;
        s->workloads[0].demand.tasks_per_s = 0.5;
        s->workloads[0].tokens.input = maker_lognormal(1000, 3000);
        s->workloads[0].tokens.input.law = TOKENS_LOGNORMAL;
        s->workloads[0].tokens.output = maker_lognormal(100, 500);
        s->workloads[0].tokens.max_output_tok = 300;
        s->time.horizon_s = 6 * S_PER_HOUR;
        s->keys[0].record_lag_s = 40;
        s->routes[0].call_s = 60;
        maker_run(s, NULL, options, &r);
        const double spent_usd = mean_of(&r, 0, METRIC_COST_TOTAL);
        check(spent_usd >= budget_usd && mean_of(&r, 0, METRIC_DENIED) > 0);
        check(spent_usd <= budget_usd + 120 * dearest_usd);
        if (spent_usd - budget_usd > over_usd) over_usd = spent_usd - budget_usd;
        result_free(&r);
        s->keys[0].check = KEY_STRICT;
        s->keys[0].record_lag_s = 0;
        s->workloads[0].tokens.input = maker_fixed(1000);
        maker_run(s, NULL, options, &r);
        check(mean_of(&r, 0, METRIC_COST_TOTAL) <= budget_usd * (1 + 1e-12));
        check(mean_of(&r, 0, METRIC_COST_TOTAL) >
              budget_usd - (1000 * 3e-6 + 300 * 15e-6)); /* less than one call unused */
        result_free(&r);
        free(s);
    }
    check(over_usd > 0.1); /* some 50 calls of 0.006 usd */
}

static const struct test tests[] = {
    {"a TTL from write ends", a_ttl_from_write_ends, FAST},
    {"fills take their time", fills_take_their_time, FAST},
    {"restarts and drift lose entries", restarts_and_drift_lose_entries, FAST},
    {"scope and key decide who shares", scope_and_key_decide_who_shares, FAST},
    {"a grace window serves stale answers", a_grace_window_serves_stale_answers, FAST},
    {"a budget stops calls", a_budget_stops_calls, FAST},
    {"a task with a denied call fails", a_task_with_a_denied_call_fails, FAST},
    {"an unlisted model is denied", an_unlisted_model_is_denied, FAST},
    {"hits use no budget", hits_use_no_budget, FAST},
    {"who waits for a refused call gets no answer", who_waits_for_a_refused_call_gets_no_answer, FAST},
    {"laws hold in any run", laws_hold_in_any_run, FAST},
    {"the digest does not depend on threads", the_digest_does_not_depend_on_threads, FAST},
    {"unlimited refresh changes no fill", unlimited_refresh_changes_no_fill, FAST},
    {"racy budgets overspend by what is in flight", racy_budgets_overspend_by_what_is_in_flight, FAST},
};
TEST_MAIN("gateway", tests)

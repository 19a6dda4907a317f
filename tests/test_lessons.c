/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lessons as a reader runs them: every file keeps its own `expect:` rows in both engines, and loses one when a price,
 * a TTL, a lag or a key is changed. Then the numbers of the stories once more, taken from the result table and compared
 * with sums made here; and the two engines with each other. */
#include <stdlib.h>

#include "lesson_runs.h"

static const char *const engines[] = {"--engine hourly", "--engine events --replications 8"};
enum { HOURLY, EVENTS, ENGINES };

static const char *const files[] = {"01-the-173-dollar-run", "02-the-233-dollar-day", "02-a-morning-that-repeats",
                                    "03-prompt-caching", "03-five-minutes-or-an-hour"};

/* ---- expect rows ---- */

static void every_lesson_holds_in_both_engines(void)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (int e = 0; e < ENGINES; e++)
            lesson_check_expect(files[i], engines[e], 0, "rows hold");
}

/* What is changed, and the row that must notice. */
static void a_lesson_that_stops_being_true_fails(void)
{
    static const char *const planted[][3] = {
        {"01-the-173-dollar-run", "prices.models.claude-opus-4-6.input=5.01 usd/Mtok", "172.555 to 172.565"},
        {"01-the-173-dollar-run", "gateway.response_cache.ttl=23h", "variant remembered"},
        {"01-the-173-dollar-run", "gateway.response_cache.key=alias", "variant remembered"},
        {"01-the-173-dollar-run", "workloads.training.prompts.new_each_run=339", "outside 337.5 to 338.5"},
        {"02-the-233-dollar-day", "workloads.matching.tokens.input=4563", "209.975 to 209.985"},
        {"02-the-233-dollar-day", "gateway.response_cache.ttl=23h", "variant happened"},
        {"02-the-233-dollar-day", "keys.matching-token.unlisted=allow", "variant model_budgets"},
        {"02-a-morning-that-repeats", "variants.grace_limited.set.gateway.response_cache.grace.refresh=unlimited",
         "variant grace_limited"},
        {"03-prompt-caching", "routes.sonnet.prompt_cache.lag=7s", "turns/sonnet has"},
        {"03-prompt-caching", "routes.nova.prompt_cache.lag=6s", "turns/nova has"},
        {"03-prompt-caching", "routes.nova_tools.prompt_cache.points=[system]", "turns/nova_tools has"},
        {"03-five-minutes-or-an-hour", "routes.1h.prompt_cache.ttl=5min", "gap_10min/1h has"},
    };
    char options[300];
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++)
        for (int e = 0; e < ENGINES; e++) {
            snprintf(options, sizeof options, "%s --set '%s'", engines[e], planted[i][1]);
            lesson_check_expect(planted[i][0], options, 4, planted[i][2]);
        }
}

/* ---- the result table ---- */

/* Within 3 standard errors and within a share: 3 of them leave 0.3 % to chance, and the seed is fixed. */
static void check_near(const cJSON *json, struct asked asked, const char *metric, double want, double share)
{
    const struct number got = lesson_number(json, asked, metric);
    check_at(fabs(got.mean - want) <= share * want && (got.mcse == 0 || fabs(got.mean - want) <= 3 * got.mcse),
             __FILE__, __LINE__, "%s, %s: %s is %.8g +- %.3g, expected %.8g", asked.workload, asked.window, metric,
             got.mean, got.mcse, want);
}

/* ---- lesson 1 ---- */

static const double sonnet_call_usd = (2931 * 3.0 + 400 * 15.0) / 1e6, opus_call_usd = (2931 * 5.0 + 400 * 25.0) / 1e6;

static struct asked training(const char *variant, const char *window)
{
    const struct asked asked = {variant, "training", "bedrock", window};
    return asked;
}

static void check_day(const cJSON *json, const char *variant, const char *window, double invocations, double call_usd)
{
    check_rel(lesson_mean(json, training(variant, window), "invocations"), invocations, 1e-9);
    check_rel(lesson_mean(json, training(variant, window), "cost_usd.total"), invocations * call_usd, 1e-9);
}

static void the_run_costs_what_calls_tokens_and_price_say(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[0], engines[e]);
        check_day(json, "remembered", "before", 338, sonnet_call_usd);
        check_day(json, "remembered", "switch_day", 6999, opus_call_usd);
        check_day(json, "remembered", "second_day", 338, opus_call_usd);
        check_day(json, "remembered", "thirty_days", 6999 + 29 * 338, opus_call_usd);
        check_day(json, "never_cached", "thirty_days", 30 * 6999, opus_call_usd);
        check_day(json, "price_x3", "switch_day", 6999, 3 * sonnet_call_usd);
        check_day(json, "price_x5", "switch_day", 6999, 5 * sonnet_call_usd);
        check_rel(lesson_mean(json, training("remembered", "switch_day"), "cost_usd.total") /
                      lesson_mean(json, training("remembered", "before"), "cost_usd.total"),
                  6999 / 338.0 * 5 / 3, 1e-9);
        cJSON_Delete(json);
    }
}

/* A run a day and 24 h from the write: what was stored yesterday and is still wanted hits, what was read is not stored
 * anew. Of the prompts of a run 338 are new; of every pair of days the second can hit. */
static void as_shipped_at_most_half_can_hit(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[0], engines[e]);
        const struct asked asked = training("litellm_as_shipped", "three_weeks");
        const double share = lesson_mean(json, asked, "cache_hits") / lesson_mean(json, asked, "calls");
        check(share <= 0.5 && share > 0.45);
        cJSON_Delete(json);
    }
}

/* 355 prompts, 19.7 calls on each within 24 h. On the day of the switch all 355 are missing, but for those that chance
 * leaves out: 355 (1 - (1 - 1/355)^6999), and those asked again before the first answer is there. Steady: l T/(1 + l T)
 * of the calls hit. Taken as a share of 1 %; what the stampede adds lies inside. */
static void a_cold_cache_of_prompts_that_repeat_costs_five_percent(void)
{
    const double steady = 6999 / (1 + 6999 / 355.0);
    check_rel(355 / steady, 1.05, 0.002);
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[0], engines[e]);
        check_rel(lesson_mean(json, training("repeats_within_day", "switch_day"), "invocations"), 355, 0.01);
        check_rel(lesson_mean(json, training("repeats_within_day", "switch_day"), "invocations") / steady, 1.05, 0.01);
        cJSON_Delete(json);
    }
}

/* ---- lesson 2 ---- */

static struct asked on_bedrock(const char *variant, const char *workload, const char *window)
{
    const struct asked asked = {variant, workload, "bedrock", window};
    return asked;
}

static double sum_of(const cJSON *json, const char *variant, const char *window, const char *metric)
{
    return lesson_mean(json, on_bedrock(variant, "training", window), metric) +
           lesson_mean(json, on_bedrock(variant, "matching", window), metric) +
           lesson_mean(json, on_bedrock(variant, "health", window), metric);
}

static void the_day_is_the_sum_of_its_consumers(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[1], engines[e]);
        check_rel(sum_of(json, "happened", "switch_day", "invocations"), 6999, 1e-9);
        check_rel(sum_of(json, "happened", "before", "invocations"), 338, 1e-6);
        check_abs(sum_of(json, "happened", "switch_day", "cost_usd.total"), 14 + 210 + 9, 0.5);
        check_rel(lesson_mean(json, on_bedrock("happened", "training", "switch_day"), "cost_usd.total"),
                  545 * (3137 * 5 + 400 * 25) / 1e6, 1e-9);
        check_rel(sum_of(json, "model_budgets", "switch_day", "denied"), 6999, 1e-9);
        check_abs(sum_of(json, "model_budgets", "switch_day", "cost_usd.total"), 0, 0);
        check_abs(sum_of(json, "happened", "all", "denied"), 0, 0);
        check_rel(sum_of(json, "own_keys", "all", "cost_usd.total"), sum_of(json, "happened", "all", "cost_usd.total"),
                  1e-12);
        cJSON_Delete(json);
    }
}

static const char *const hours[] = {"hour_10", "hour_11", "hour_12"};

static double peak_of(const cJSON *json, const char *variant)
{
    double peak = 0;
    for (int i = 0; i < 3; i++)
        peak = fmax(peak, lesson_mean(json, on_bedrock(variant, "matching", hours[i]), "invocations"));
    return peak;
}

static void only_a_limited_refresh_makes_a_ramp(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[2], engines[e]);
        const double peak = peak_of(json, "happened");
        check_near(json, on_bedrock("happened", "matching", "hour_10"), "invocations", 6400 * -expm1(-5 / 3.0), 0.01);
        for (int i = 0; i < 3; i++)
            check_rel(lesson_mean(json, on_bedrock("grace_unlimited", "matching", hours[i]), "invocations"),
                      lesson_mean(json, on_bedrock("happened", "matching", hours[i]), "invocations"), 0.002);
        check_rel(peak_of(json, "grace_unlimited"), peak, 0.002);
        check_rel(peak_of(json, "grace_no_refresh"), peak, 0.01);
        check(peak_of(json, "grace_limited") < 0.72 * peak);
        check(sum_of(json, "grace_no_refresh", "switch_day", "stale_served") >
              sum_of(json, "grace_limited", "switch_day", "stale_served"));
        cJSON_Delete(json);
    }
}

static void a_refresh_without_a_limit_leaves_the_story_s_own_hours_as_they_were(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[1], engines[e]);
        for (int i = 0; i < 3; i++) {
            const double was = lesson_mean(json, on_bedrock("happened", "matching", hours[i]), "invocations");
            check_rel(lesson_mean(json, on_bedrock("grace_unlimited", "matching", hours[i]), "invocations"), was, 1e-9);
            check_rel(lesson_mean(json, on_bedrock("grace_from_switch", "matching", hours[i]), "invocations"), was,
                      1e-9);
        }
        cJSON_Delete(json);
    }
}

/* ---- lesson 3 ---- */

static double saved_share(const cJSON *json, const char *route, const char *uncached)
{
    const struct asked with = {NULL, "turns", route, "all"}, without = {NULL, "turns", uncached, "all"};
    return 1 - lesson_mean(json, with, "cost_usd.total") / lesson_mean(json, without, "cost_usd.total");
}

static void the_prefix_is_written_and_read_as_often_as_the_story_says(void)
{
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[3], engines[e]);
        const struct asked tools = {NULL, "turns", "nova_tools", "all"}, once = {NULL, "at_once", "sonnet", "all"};
        check_rel(saved_share(json, "sonnet", "sonnet_uncached"), 1 - (1.25 + 9 * 0.1) / 10, 1e-9);
        check_rel(saved_share(json, "nova_write_1.25", "nova_uncached"), 1 - (2 * 1.25 + 8 * 0.25) / 10, 1e-9);
        check_rel(saved_share(json, "nova", "nova_uncached"), 1 - (2 * 1.0 + 8 * 0.25) / 10, 1e-9);
        check_rel(lesson_mean(json, once, "tokens.cache_write_5m"), 3 * 8700, 1e-9);
        check_rel(lesson_mean(json, tools, "errors"), 10, 1e-9);
        check_abs(lesson_mean(json, tools, "cost_usd.total"), 0, 0);
        cJSON_Delete(json);
    }
}

static void random_gaps_have_their_closed_form(void)
{
    static const struct {
        const char *workload;
        double gap_s;
    } gaps[] = {{"gap_10s", 10}, {"gap_2min", 120}, {"gap_10min", 600}, {"gap_20min", 1200}, {"gap_2h", 7200}};
    for (int e = 0; e < ENGINES; e++) {
        cJSON *json = lesson_result(files[4], engines[e]);
        for (int i = 0; i < 5; i++) {
            const struct asked short_ttl = {NULL, gaps[i].workload, "5min", "all"},
                               long_ttl = {NULL, gaps[i].workload, "1h", "all"};
            const double share = gaps[i].gap_s > 1200 ? 0.03 : 0.01; /* 8 replications of 92 days: few calls */
            check_near(json, short_ttl, "lcpr_usd", 0.3 * (0.1 + 1.15 * exp(-300 / gaps[i].gap_s)), share);
            check_near(json, long_ttl, "lcpr_usd", 0.3 * (0.1 + 1.9 * exp(-3600 / gaps[i].gap_s)), share);
        }
        cJSON_Delete(json);
    }
}

static const struct test tests[] = {
    {"every lesson keeps its expect rows in both engines", every_lesson_holds_in_both_engines, FAST},
    {"a lesson that stops being true fails", a_lesson_that_stops_being_true_fails, MANY},
    {"the run costs what calls, tokens and price say", the_run_costs_what_calls_tokens_and_price_say, FAST},
    {"with 24 h from the write and a run a day at most half can hit", as_shipped_at_most_half_can_hit, FAST},
    {"a cold cache of prompts that repeat costs 1.05x", a_cold_cache_of_prompts_that_repeat_costs_five_percent, FAST},
    {"the $233 day is the sum of its consumers", the_day_is_the_sum_of_its_consumers, FAST},
    {"only a limited refresh makes a ramp of the cliff", only_a_limited_refresh_makes_a_ramp, FAST},
    {"an unlimited refresh leaves the provider's hours as they were",
     a_refresh_without_a_limit_leaves_the_story_s_own_hours_as_they_were, FAST},
    {"the prefix is written and read as often as the story says",
     the_prefix_is_written_and_read_as_often_as_the_story_says, FAST},
    {"random gaps have their closed form", random_gaps_have_their_closed_form, MANY},
};
TEST_MAIN("lessons", tests)

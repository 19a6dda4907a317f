/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes inside a run, as whole runs: what is counted and paid on both sides of the instant, worked out by hand; how
 * phases share usage slots; how variants share draws. The clock of most tests is a job with a call every full minute, so
 * a change at 10:16:40 has 617 calls before it on the first day, 17 of them in its own hour. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "models/calendar.h"
#include "scenario_maker.h"

enum { CHANGE_S = 37000, BEFORE = 617, AFTER = 1440 - BEFORE, PHASES = 4 };

/* Phases of one scenario, to be changed one by one. */
struct story {
    struct scenario *phases[PHASES];
    struct timeline timeline;
};

static void story_free(struct story *story)
{
    for (int i = 0; i < PHASES; i++)
        free(story->phases[i]);
}

/* All phases like `first`, which the story takes; phase i begins at from_s[i] after the start. */
static struct story story_of(struct scenario *first, int n, const int64_t *from_s)
{
    struct story story = {{first, NULL, NULL, NULL}, timeline_of(first, "story")};
    story.timeline.n_phases = n;
    for (int i = 1; i < n; i++) {
        story.phases[i] = malloc(sizeof *first);
        *story.phases[i] = *first;
        story.timeline.phases[i] = story.phases[i];
        story.timeline.from_at_s[i] = first->time.start_at_s + from_s[i];
    }
    return story;
}

static struct scenario *every_minute(void)
{
    struct scenario *s = maker_scenario();
    snprintf(s->workloads[0].demand.at, JOB_TEXT_BYTES, "00:00");
    s->workloads[0].demand.tasks_per_s = 1440.0 / S_PER_DAY;
    s->workloads[0].demand.over_s = S_PER_DAY;
    s->workloads[0].tokens.input = maker_fixed(1000);
    s->prices.n_models = 2;
    s->prices.models[1] = s->prices.models[0];
    snprintf(s->prices.models[1].name, NAME_BYTES, "k");
    s->prices.models[1].rows[0].usd_per_tok = (struct price_list){5e-6, 25e-6, 0.5e-6, 6.25e-6, 10e-6};
    return s;
}

static struct story story_every_minute(void)
{
    const int64_t from_s[] = {0, CHANGE_S};
    return story_of(every_minute(), 2, from_s);
}

static void use_model(struct scenario *s, const char *model)
{
    snprintf(s->workloads[0].model, NAME_BYTES, "%s", model);
}

/* ---- usage rows ---- */

static int row_is(const struct usage_row *row, int32_t span, const char *model, const char *token_class, double price)
{
    return row->span == span && strcmp(row->model, model) == 0 && strcmp(row->token_class, token_class) == 0 &&
           fabs(row->unit_price_usd - price) <= 1e-12 * price;
}

/* The quantity of the only such row; -1: there is none, or more than one. */
static double quantity_of(const struct usage_table *table, int32_t span, const char *model, const char *token_class,
                          double price)
{
    double quantity = -1;
    int n = 0;
    for (int64_t i = 0; i < table->n; i++)
        if (row_is(&table->rows[i], span, model, token_class, price)) quantity = table->rows[i].quantity.mean, n++;
    return n == 1 ? quantity : -1;
}

/* Of tokens: those of the billed attempts themselves have no price. */
static int64_t rows_of_span(const struct usage_table *table, int32_t span)
{
    int64_t n = 0;
    for (int64_t i = 0; i < table->n; i++)
        n += table->rows[i].span == span && strcmp(table->rows[i].token_class, "request") != 0;
    return n;
}

static void run_story(const struct story *story, enum engine_kind engine, struct result *result)
{
    maker_run_timelines(&story->timeline, 1, NULL, maker_options(engine, 1), result);
}

#define BOTH_ENGINES(ENGINE) for (int ENGINE = ENGINE_EVENTS; ENGINE <= ENGINE_HOURLY; ENGINE++)

/* Span of clock hour h of the day; no windows. */
#define SPAN_OF_HOUR(H) (1 + (H))

static void check_sides(const struct result *r, const char *models[2], const double input_tok[2],
                        const double prices[2][2])
{
    const int32_t spans[] = {0, SPAN_OF_HOUR(9), SPAN_OF_HOUR(10), SPAN_OF_HOUR(11)};
    const double calls[][2] = {{BEFORE, AFTER}, {60, 0}, {17, 43}, {0, 60}};
    const int is_one_model = strcmp(models[0], models[1]) == 0;
    double cost_usd = 0;
    for (int i = 0; i < 4; i++) {
        const struct usage_table *table = spans[i] == 0 ? &r->by_window : &r->by_hour;
        for (int side = 0; side < 2; side++)
            check_rel(quantity_of(table, spans[i], models[side], "request", 0),
                      is_one_model         ? calls[i][0] + calls[i][1]
                      : calls[i][side] > 0 ? calls[i][side]
                                           : -1,
                      1e-12);
        check_i64(rows_of_span(table, spans[i]), spans[i] == 0 || spans[i] == SPAN_OF_HOUR(10) ? 4 : 2);
        for (int side = 0; side < 2; side++) {
            if (calls[i][side] == 0) continue;
            check_rel(quantity_of(table, spans[i], models[side], "input_uncached", prices[side][0]),
                      calls[i][side] * input_tok[side], 1e-12);
            check_rel(quantity_of(table, spans[i], models[side], "output", prices[side][1]), calls[i][side] * 200,
                      1e-12);
        }
    }
    for (int side = 0; side < 2; side++)
        cost_usd += (side == 0 ? BEFORE : AFTER) * (input_tok[side] * prices[side][0] + 200 * prices[side][1]);
    check_rel(maker_outcome(r, 0, METRIC_COST_TOTAL)->mean, cost_usd, 1e-12);
    check_rel(maker_outcome(r, 0, METRIC_CALLS)->mean, 1440, 0);
}

static void a_price_changes_inside_an_hour(void)
{
    const char *models[] = {"m", "m"};
    const double tok[] = {1000, 1000}, prices[][2] = {{3e-6, 15e-6}, {4e-6, 16e-6}};
    struct story story = story_every_minute();
    struct result r;
    story.phases[1]->prices.models[0].rows[0].usd_per_tok.input = 4e-6;
    story.phases[1]->prices.models[0].rows[0].usd_per_tok.output = 16e-6;
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_sides(&r, models, tok, prices);
        result_free(&r);
    }
    story_free(&story);
}

static void a_model_and_its_tokens_change_inside_an_hour(void)
{
    const char *models[] = {"m", "k"};
    const double tok[] = {1000, 2500}, prices[][2] = {{3e-6, 15e-6}, {5e-6, 25e-6}};
    struct story story = story_every_minute();
    struct result r;
    use_model(story.phases[1], "k");
    story.phases[1]->workloads[0].tokens.input = maker_fixed(2500);
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_sides(&r, models, tok, prices);
        result_free(&r);
    }
    story_free(&story);
}

/* Without a prompt cache a prefix is plain input; it also decides the price band. */
static void a_prompt_grows_inside_an_hour(void)
{
    const char *models[] = {"m", "m"};
    const double tok[] = {1400, 2600}, prices[][2] = {{3e-6, 15e-6}, {6e-6, 30e-6}};
    struct story story = story_every_minute();
    struct result r;
    for (int i = 0; i < 2; i++) {
        maker_add_band(&story.phases[i]->prices.models[0].rows[0], 2000, 6e-6, 30e-6);
        story.phases[i]->workloads[0].tokens.prefix = (struct prompt_prefix){i == 0 ? 400 : 1600, 1};
    }
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_sides(&r, models, tok, prices);
        result_free(&r);
    }
    story_free(&story);
}

/* A dated price of the new model, at 10:30: three prices in one hour. */
static void dated_prices_go_on_within_a_phase(void)
{
    struct story story = story_every_minute();
    struct result r;
    for (int i = 0; i < 2; i++) {
        struct model_prices *k = &story.phases[i]->prices.models[1];
        k->n_rows = 2;
        k->rows[1] = k->rows[0];
        k->rows[1].from_at_s = MONDAY_AT_S + 10 * S_PER_HOUR + 30 * S_PER_MIN;
        k->rows[1].usd_per_tok.input = 7e-6;
    }
    use_model(story.phases[1], "k");
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_rel(quantity_of(&r.by_hour, SPAN_OF_HOUR(10), "m", "input_uncached", 3e-6), 17 * 1000, 1e-12);
        check_rel(quantity_of(&r.by_hour, SPAN_OF_HOUR(10), "k", "input_uncached", 5e-6), 13 * 1000, 1e-12);
        check_rel(quantity_of(&r.by_hour, SPAN_OF_HOUR(10), "k", "input_uncached", 7e-6), 30 * 1000, 1e-12);
        check_rel(quantity_of(&r.by_hour, SPAN_OF_HOUR(10), "k", "output", 25e-6), 43 * 200, 1e-12); /* one row */
        check_rel(quantity_of(&r.by_window, 0, "k", "output", 25e-6), AFTER * 200, 1e-12);
        result_free(&r);
    }
    story_free(&story);
}

/* m, k, m at other prices, m at the first ones: 617, 103, 360, 360 calls. */
static void a_model_that_comes_back_shares_its_slot(void)
{
    const int64_t from_s[] = {0, CHANGE_S, 12 * S_PER_HOUR, 18 * S_PER_HOUR};
    struct story story = story_of(every_minute(), 4, from_s);
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    struct result r;
    use_model(story.phases[1], "k");
    story.phases[2]->prices.models[0].rows[0].usd_per_tok.input = 2e-6;
    check(plan_make(&story.timeline, NULL, &plan, &fault) == FLOE_OK);
    check_i64(plan->pairs[0][0].n_slots, 3 * PRICE_SLOTS_PER_ROW);
    check_i64(plan_step_of(plan, 3, 0, 0, 0)->slot, plan_step_of(plan, 0, 0, 0, 0)->slot);
    plan_free(plan);
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_rel(quantity_of(&r.by_window, 0, "m", "input_uncached", 3e-6), (617 + 360) * 1000.0, 1e-12);
        check_rel(quantity_of(&r.by_window, 0, "k", "input_uncached", 5e-6), 103 * 1000.0, 1e-12);
        check_rel(quantity_of(&r.by_window, 0, "m", "input_uncached", 2e-6), 360 * 1000.0, 1e-12);
        check_rel(quantity_of(&r.by_window, 0, "k", "output", 25e-6), 103 * 200.0, 1e-12);
        result_free(&r);
    }
    story_free(&story);
}

static int rows_are_alike(const struct usage_row *a, const struct usage_row *b)
{
    return a->span == b->span && a->workload == b->workload && a->route == b->route && a->variant == b->variant &&
           strcmp(a->model, b->model) == 0 && strcmp(a->token_class, b->token_class) == 0 &&
           a->unit_price_usd == b->unit_price_usd;
}

/* Prompt caches that differ in their TTL only: other rules, the same prices. A bill shows one line. */
static void one_price_is_one_row(void)
{
    struct story story = story_every_minute();
    struct result r;
    for (int i = 0; i < 2; i++) {
        story.phases[i]->workloads[0].tokens.prefix = (struct prompt_prefix){2000, 1};
        story.phases[i]->routes[0].prompt_cache = (struct prompt_cache){.ttl_s = i == 0 ? 300 : 200,
                                                                        .min_tok = 1024,
                                                                        .read_ratio = PARAM_ABSENT,
                                                                        .write_ratio = PARAM_ABSENT,
                                                                        .storage_usd_per_tok_hour = PARAM_ABSENT,
                                                                        .pools = 1,
                                                                        .affinity_share = 1};
    }
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        for (int64_t i = 0; i < r.by_window.n; i++)
            for (int64_t j = 0; j < i; j++)
                check_at(!rows_are_alike(&r.by_window.rows[i], &r.by_window.rows[j]), __FILE__, __LINE__,
                         "two rows for %s at %g", r.by_window.rows[i].token_class, r.by_window.rows[i].unit_price_usd);
        for (int64_t i = 0; i < r.by_hour.n; i++)
            for (int64_t j = 0; j < i; j++)
                check(!rows_are_alike(&r.by_hour.rows[i], &r.by_hour.rows[j]));
        check_rel(maker_outcome(&r, 0, METRIC_TOK_FIRST + TOKEN_CACHE_READ)->mean, 1439 * 2000.0, 1e-12);
        result_free(&r);
    }
    story_free(&story);
}

/* ---- demand ---- */

/* Each occurrence keeps the job with which it began: the change at 10:16:40 waits for the next day. */
static void a_job_under_way_is_not_changed(void)
{
    struct story story = story_every_minute();
    struct result r;
    story.phases[0]->time.horizon_s = story.phases[1]->time.horizon_s = 2 * S_PER_DAY;
    story.phases[1]->workloads[0].demand.tasks_per_s = 2880.0 / S_PER_DAY;
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean, 1440 + 2880, 0);
        check_rel(result_hour_count(&r, 0, 10, 0, 0, METRIC_CALLS), 60, 0);
        check_rel(result_hour_count(&r, 0, 23, 0, 0, METRIC_CALLS), 60, 0);
        check_rel(result_hour_count(&r, 0, 24, 0, 0, METRIC_CALLS), 120, 0);
        result_free(&r);
    }
    story_free(&story);
}

/* A job at 06:00 becomes one at 18:00 while the first is under way: both take place, and the day after the second. */
static void a_job_may_move(void)
{
    struct story story = story_every_minute();
    struct result r;
    for (int i = 0; i < 2; i++) {
        struct traffic *demand = &story.phases[i]->workloads[0].demand;
        demand->tasks_per_s = 1.0 / S_PER_DAY;
        demand->calls_per_task = i == 0 ? 9 : 5;
        demand->over_s = 9 * S_PER_HOUR;
        snprintf(demand->at, JOB_TEXT_BYTES, i == 0 ? "06:00" : "18:00");
        story.phases[i]->time.horizon_s = 2 * S_PER_DAY;
    }
    BOTH_ENGINES(engine)
    {
        run_story(&story, (enum engine_kind)engine, &r);
        for (int32_t hour = 6; hour < 15; hour++)
            check_rel(result_hour_count(&r, 0, hour, 0, 0, METRIC_CALLS), 1, 0);
        check_rel(result_hour_count(&r, 0, 18, 0, 0, METRIC_CALLS), 1, 0);
        check_rel(result_hour_count(&r, 0, 19, 0, 0, METRIC_CALLS), 1, 0); /* 19:48 */
        check_rel(result_hour_count(&r, 0, 20, 0, 0, METRIC_CALLS), 0, 0);
        check_rel(result_hour_count(&r, 0, 24 + 6, 0, 0, METRIC_CALLS), 0, 0);
        check_rel(maker_outcome(&r, 0, METRIC_TASKS)->mean, 3, 0);
        check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean, 9 + 5 + 4, 0); /* 18:00, 19:48, 21:36, 23:24 */
        result_free(&r);
    }
    story_free(&story);
}

static void check_near(const struct result *events, const struct result *hourly, int64_t cell, enum metric metric,
                       double want)
{
    const struct outcome *o = maker_outcome(events, cell, metric);
    check_rel(maker_outcome(hourly, cell, metric)->mean, want, 1e-9);
    check_at(fabs(o->mean - want) <= 4 * o->mcse && o->mcse <= 0.01 * want, __FILE__, __LINE__,
             "%s of cell %d: %g, wanted %g, standard error %g", metric_rows[metric].name, (int)cell, o->mean, want,
             o->mcse);
}

/* 0.05/s with 2 calls of a task, then 0.2/s with 3: whole and by window, on both sides of the instant. */
static void rate_and_calls_per_task_change_at_their_instant(void)
{
    const int64_t from_s[] = {0, CHANGE_S};
    struct scenario *first = maker_scenario();
    struct result events, hourly;
    first->n_windows = 2;
    first->windows[0] = (struct window){"old", INSTANT_ABSENT, MONDAY_AT_S, MONDAY_AT_S + CHANGE_S};
    first->windows[1] = (struct window){"new", INSTANT_ABSENT, MONDAY_AT_S + CHANGE_S, MONDAY_AT_S + S_PER_DAY};
    struct story story = story_of(first, 2, from_s);
    for (int i = 0; i < 2; i++) {
        story.phases[i]->workloads[0].demand.tasks_per_s = i == 0 ? 0.05 : 0.2;
        story.phases[i]->workloads[0].demand.calls_per_task = i == 0 ? 2 : 3;
    }
    maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 64), &events);
    run_story(&story, ENGINE_HOURLY, &hourly);
    const double before = 0.05 * CHANGE_S, after = 0.2 * (S_PER_DAY - CHANGE_S);
    check_near(&events, &hourly, 0, METRIC_TASKS, before + after);
    check_near(&events, &hourly, 1, METRIC_TASKS, before);
    check_near(&events, &hourly, 2, METRIC_TASKS, after);
    check_near(&events, &hourly, 1, METRIC_CALLS, 2 * before);
    check_near(&events, &hourly, 2, METRIC_CALLS, 3 * after);
    check_near(&events, &hourly, 2, METRIC_TOK_FIRST + TOKEN_OUTPUT, 3 * after * 200);
    result_free(&events);
    result_free(&hourly);
    story_free(&story);
}

/* A task keeps the phase in which it arrived: 2 calls an hour apart, none in the phase that has 1. Its calls take the
 * tokens of the phase in which they begin. */
static void a_task_keeps_its_calls_across_a_change(void)
{
    struct story story = story_every_minute();
    struct result r;
    for (int i = 0; i < 2; i++) {
        struct traffic *demand = &story.phases[i]->workloads[0].demand;
        demand->at[0] = '\0';
        demand->tasks_per_s = i == 0 ? 1.0 / 60 : 0;
        demand->calls_per_task = i == 0 ? 2 : 1;
        demand->over_s = i == 0 ? 2 * S_PER_HOUR : 0;
        story.phases[i]->workloads[0].tokens.input = maker_fixed(i == 0 ? 1000 : 10);
    }
    run_story(&story, ENGINE_EVENTS, &r);
    const double tasks = maker_outcome(&r, 0, METRIC_TASKS)->mean;
    check(tasks > 500);
    check_rel(maker_outcome(&r, 0, METRIC_ACCEPTED)->mean, tasks, 0);
    check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean, 2 * tasks, 0);
    const double late = 2 * tasks * 1000 - maker_outcome(&r, 0, METRIC_TOK_FIRST)->mean; /* 990 for each late call */
    check_rel(fmod(late, 990), 0, 0);
    check(late / 990 > 30 && late / 990 < 100); /* those of the last hour: 60 expected */
    result_free(&r);
    run_story(&story, ENGINE_HOURLY, &r);
    check_rel(maker_outcome(&r, 0, METRIC_CALLS)->mean, 2 * CHANGE_S / 60.0, 1e-9);
    check_rel(2 * CHANGE_S / 60.0 * 1000 - maker_outcome(&r, 0, METRIC_TOK_FIRST)->mean, 60 * 990, 1e-9);
    result_free(&r);
    story_free(&story);
}

static void a_change_cannot_make_another_kind_of_demand(void)
{
    struct story story = story_every_minute();
    struct plan *plan = NULL;
    struct plan_fault fault = {"", ""};
    story.phases[1]->workloads[0].demand.at[0] = '\0';
    check(plan_make(&story.timeline, NULL, &plan, &fault) == FLOE_BAD_INPUT);
    check_contains(fault.what, "cannot turn a rate into a job");
    check_text(fault.key, "workloads.chat.demand");
    story_free(&story);
}

/* ---- at the ends ---- */

/* A change before the run holds from its first instant; one at or after the horizon never does. */
static void changes_outside_the_run(void)
{
    const int64_t from_s[] = {-S_PER_DAY, -S_PER_HOUR, 0, S_PER_DAY};
    for (int last = 1; last <= 3; last++) {
        struct story story = story_of(every_minute(), last + 1, from_s);
        struct result r;
        use_model(story.phases[last], "k");
        BOTH_ENGINES(engine)
        {
            run_story(&story, (enum engine_kind)engine, &r);
            const double price = last < 3 ? 5e-6 : 3e-6;
            check_rel(quantity_of(&r.by_window, 0, last < 3 ? "k" : "m", "input_uncached", price), 1440e3, 1e-12);
            check_i64(rows_of_span(&r.by_window, 0), 2);
            result_free(&r);
        }
        story_free(&story);
    }
}

/* ---- draws ---- */

/* Lognormal tokens, a cache, chances of a semantic one, a population that drifts, a budget that is never reached. */
static struct scenario *all_kinds_of_draws(void)
{
    struct scenario *s = every_minute();
    struct workload *w = &s->workloads[0];
    w->demand.at[0] = '\0';
    w->demand.over_s = 100;
    w->demand.calls_per_task = 3;
    w->demand.tasks_per_s = 0.02;
    w->tokens.input = maker_lognormal(1020, 4083);
    w->tokens.output = maker_lognormal(129, 451);
    w->prompts = (struct prompts){.distinct = 200, .popularity = "zipf 0.9", .renewed_every_s = 5 * S_PER_DAY};
    s->gateway.response_cache = (struct response_cache){.ttl_s = S_PER_HOUR,
                                                        .bypass_share = 0.1,
                                                        .capacity = 50,
                                                        .restart_every_s = PARAM_ABSENT,
                                                        .semantic = {0.2, 0.3},
                                                        .grace = {0, 600, "unlimited"}};
    return s;
}

/* A phase that changes nothing changes nothing: call i takes draw i of each stream on both sides. */
static void a_change_of_nothing_changes_nothing(void)
{
    const int64_t from_s[] = {0, CHANGE_S, 50000};
    struct story story = story_of(all_kinds_of_draws(), 3, from_s);
    struct result plain, changed;
    story.timeline.n_phases = 1;
    maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 3), &plain);
    story.timeline.n_phases = 3;
    maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 3), &changed);
    for (int i = 0; i < 3; i++)
        check_i64(plain.trajectories[0].items[i].events, changed.trajectories[0].items[i].events);
    for (int m = METRIC_TASKS; m <= METRIC_COST_TOTAL; m++) {
        check_rel(maker_outcome(&changed, 0, m)->mean, maker_outcome(&plain, 0, m)->mean, 2e-3); /* instants round */
        check_rel(maker_outcome(&changed, 0, m)->sd, maker_outcome(&plain, 0, m)->sd, 0.05);
    }
    result_free(&plain);
    result_free(&changed);
    story_free(&story);
}

/* The same with a clock that a cut of bins does not touch: bit by bit. */
static void a_change_of_nothing_changes_no_bit_of_a_job(void)
{
    const int64_t from_s[] = {0, CHANGE_S, 50000};
    struct scenario *first = all_kinds_of_draws();
    struct result plain, changed;
    const struct scenario *clock = every_minute();
    first->workloads[0].demand = clock->workloads[0].demand;
    free((void *)(uintptr_t)clock);
    struct story story = story_of(first, 3, from_s);
    story.timeline.n_phases = 1;
    maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 3), &plain);
    story.timeline.n_phases = 3;
    maker_run_timelines(&story.timeline, 1, NULL, maker_options(ENGINE_EVENTS, 3), &changed);
    check(maker_outcome(&plain, 0, METRIC_CACHE_HITS)->mean > 100);
    check(maker_outcome(&plain, 0, METRIC_WRONG_ANSWERS)->mean > 0);
    for (int i = 0; i < 3; i++)
        check_u64(changed.trajectories[0].items[i].fingerprint, plain.trajectories[0].items[i].fingerprint);
    for (int m = METRIC_TASKS; m < METRIC_N; m++)
        check_rel(maker_outcome(&changed, 0, m)->mean, maker_outcome(&plain, 0, m)->mean, 0);
    result_free(&plain);
    result_free(&changed);
    story_free(&story);
}

static void check_same_outcome(const struct outcome *a, const struct outcome *b, const char *name)
{
    check_at(a->mean == b->mean && a->sd == b->sd && a->p05 == b->p05 && a->p50 == b->p50 && a->p95 == b->p95, __FILE__,
             __LINE__, "%s: %.17g and %.17g", name, a->mean, b->mean);
}

/* Three variants: as it is; dearer from 10:16:40 on; another model, same key of the cache, from the start. */
static void variants_share_their_draws(void)
{
    const int64_t from_s[] = {0, CHANGE_S};
    struct scenario *first = all_kinds_of_draws();
    struct timeline timelines[3];
    struct result r;
    first->gateway.response_cache.key = CACHE_KEY_ALIAS;
    struct story story = story_of(first, 2, from_s);
    timelines[0] = story.timeline, timelines[1] = story.timeline;
    timelines[0].variant = "same", timelines[1].variant = "dearer";
    /* the change stands in both, so that the bins are cut alike */
    struct scenario *same = malloc(sizeof *same);
    *same = *first;
    timelines[0].phases[1] = same;
    story.phases[1]->prices.models[0].rows[0].usd_per_tok.input = 30e-6;
    timelines[2] = timelines[0];
    timelines[2].variant = "other";
    struct scenario *other = malloc(sizeof *other);
    *other = *first;
    use_model(other, "k");
    timelines[2].phases[0] = timelines[2].phases[1] = other;
    maker_run_timelines(timelines, 3, NULL, maker_options(ENGINE_EVENTS, 8), &r);
    check_i64(r.n_cells, 3);
    for (int v = 1; v < 3; v++) {
        for (int m = METRIC_TASKS; m <= METRIC_TOK_LAST; m++)
            check_same_outcome(maker_outcome(&r, v, m), maker_outcome(&r, 0, m), metric_rows[m].name);
        for (int i = 0; i < 8; i++)
            check_u64(r.trajectories[v].items[i].fingerprint, r.trajectories[0].items[i].fingerprint);
        check(maker_outcome(&r, v, METRIC_COST_TOTAL)->mean > 1.3 * maker_outcome(&r, 0, METRIC_COST_TOTAL)->mean);
    }
    result_free(&r);
    free(same);
    story_free(&story);
    free(other);
}

/* A denied call, too, takes its draws: without a budget the same tasks and calls come. */
static void variants_with_a_budget_see_the_same_calls(void)
{
    struct scenario *s = all_kinds_of_draws(), *free_of_charge = malloc(sizeof *s);
    s->n_keys = 1;
    s->keys[0] = (struct access_key){.name = "k1", .budget_usd = 0.5, .period_s = S_PER_DAY};
    snprintf(s->workloads[0].consumer.key, NAME_BYTES, "k1");
    *free_of_charge = *s;
    free_of_charge->keys[0].budget_usd = PARAM_ABSENT;
    const struct timeline timelines[] = {timeline_of(s, "budget"), timeline_of(free_of_charge, "none")};
    struct result r;
    maker_run_timelines(timelines, 2, NULL, maker_options(ENGINE_EVENTS, 4), &r);
    check(maker_outcome(&r, 0, METRIC_DENIED)->mean > 100);
    check_rel(maker_outcome(&r, 1, METRIC_DENIED)->mean, 0, 0);
    check_same_outcome(maker_outcome(&r, 0, METRIC_TASKS), maker_outcome(&r, 1, METRIC_TASKS), "tasks");
    check_same_outcome(maker_outcome(&r, 0, METRIC_CALLS), maker_outcome(&r, 1, METRIC_CALLS), "calls");
    result_free(&r);
    free(s);
    free(free_of_charge);
}

static void digests_of_variants_depend_on_neither_threads_nor_instruction_set(void)
{
    const int64_t from_s[] = {0, CHANGE_S};
    struct story story = story_of(all_kinds_of_draws(), 2, from_s);
    struct timeline timelines[3] = {story.timeline, story.timeline, story.timeline};
    const unsigned threads[] = {1, 2, 8};
    uint64_t digest = 0, fingerprint = 0;
    int n_paths, n = 0;
    const struct engine_path *paths = engine_paths(&n_paths);
    use_model(story.phases[1], "k");
    timelines[0].variant = "a", timelines[1].variant = "b", timelines[2].variant = "c";
    timelines[1].n_phases = 1;
    timelines[2].from_at_s[1] += S_PER_HOUR;
    for (int p = 0; p < n_paths; p++) {
        if (!engine_path_is_available(&paths[p])) continue;
        for (size_t t = 0; t < 3; t++) {
            struct run_options options = maker_options(ENGINE_EVENTS, 70);
            struct plan_fault fault;
            struct floe_pool pool;
            struct result r;
            options.path = paths[p].name;
            check(floe_pool_threads_init(&pool, threads[t]) == FLOE_OK);
            check(floe_run(timelines, 3, NULL, &options, &pool, &r, &fault) == FLOE_OK);
            if (n++ == 0) digest = r.digest, fingerprint = result_trajectory(&r).fingerprint;
            check_u64(r.digest, digest);
            check_u64(result_trajectory(&r).fingerprint, fingerprint);
            result_free(&r);
        }
    }
    check(n >= 3);
    story_free(&story);
}

static const struct test tests[] = {
    {"a price changes inside an hour", a_price_changes_inside_an_hour, FAST},
    {"a model and its tokens change inside an hour", a_model_and_its_tokens_change_inside_an_hour, FAST},
    {"a prompt grows inside an hour", a_prompt_grows_inside_an_hour, FAST},
    {"dated prices go on within a phase", dated_prices_go_on_within_a_phase, FAST},
    {"a model that comes back shares its slot", a_model_that_comes_back_shares_its_slot, FAST},
    {"one price is one row", one_price_is_one_row, FAST},
    {"a job under way is not changed", a_job_under_way_is_not_changed, FAST},
    {"a job may move", a_job_may_move, FAST},
    {"rate and calls per task change at their instant", rate_and_calls_per_task_change_at_their_instant, FAST},
    {"a task keeps its calls across a change", a_task_keeps_its_calls_across_a_change, FAST},
    {"a change cannot make another kind of demand", a_change_cannot_make_another_kind_of_demand, FAST},
    {"changes outside the run", changes_outside_the_run, FAST},
    {"a change of nothing changes nothing", a_change_of_nothing_changes_nothing, FAST},
    {"a change of nothing changes no bit of a job", a_change_of_nothing_changes_no_bit_of_a_job, FAST},
    {"variants share their draws", variants_share_their_draws, FAST},
    {"variants with a budget see the same calls", variants_with_a_budget_see_the_same_calls, FAST},
    {"digests of variants depend on neither threads nor instruction set",
     digests_of_variants_depend_on_neither_threads_nor_instruction_set, FAST},
};
TEST_MAIN("phases", tests)

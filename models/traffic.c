/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/traffic.h"

#include <stdio.h>
#include <string.h>

#include "models/param_rows.h"

#define CALLS_PER_TASK_MOST 1000000 /* no unit */

static const struct param rows[] = {
    {ROW_BASE("tasks", traffic, tasks_per_s), .kind = PARAM_NUMBER, .unit = UNIT_PER_S,
     .count_offset = offsetof(struct traffic, is_per_month), .min = 0, .max = 1e9, .preset = PARAM_OPTIONAL,
     .help = "mean arrivals over a week: `6400/day`, `500000/month`, `5.5/s`"},
    COUNT("calls_per_task", traffic, calls_per_task, 1, CALLS_PER_TASK_MOST, "1",
          "model calls that one task makes: all at once, or spread over `over`"),
    COUNT("calls_needed", traffic, calls_needed, 1, CALLS_PER_TASK_MOST, PARAM_OPTIONAL,
          "how many of them must be answered for the task to be accepted; without it all"),
    SERIES("week", traffic, week, HOURS_PER_WEEK, 0, 1e9, "168 hourly weights, Monday 00:00 UTC first"),
    SERIES("hour_of_day", traffic, hour_of_day, HOURS_PER_DAY, 0, 1e9, "24 hourly weights, 00:00 UTC first"),
    SERIES("weekday", traffic, weekday, DAYS_PER_WEEK, 0, 1e9, "7 daily weights, Monday first"),
    TEXT("hours", traffic, hours, PARAM_OPTIONAL, PARAM_PLAIN,
         "traffic only in these whole UTC hours: '10:00-13:00', '22:00-06:00'"),
    TEXT("at", traffic, at, PARAM_OPTIONAL, PARAM_PLAIN,
         "a scheduled job: every day ('03:58') or every week ('mon 03:58') at this time, UTC; `tasks` of them"),
    NUMBER("over", traffic, over_s, UNIT_S, 0, S_PER_WEEK, "0s", PARAM_PLAIN,
           "the calls of a task begin evenly spread over this time; with `at` those of all its tasks"),
    BLOCK("growth", traffic, growth, growth_block, PARAM_OPTIONAL,
          "how the rate grows over the horizon: `5%/month`; {rate: 5%/month, law: linear}"),
    MANY(PARAM_LIST, "steps", traffic, steps, n_steps, GROWTH_STEPS_MOST, growth_step_block, PARAM_OPTIONAL,
         "the rate changes at an instant for good: [{at: 2026-04-01, factor: 1.5}]; several multiply"),
    MANY(PARAM_LIST, "sinusoid", traffic, waves, n_waves, WAVES_MOST, wave_block, PARAM_OPTIONAL,
         "the rate swings over the day or the week: {amplitude: 40%, peak: '15:00'}; multiplied onto the weights"),
    BLOCK("bursts", traffic, bursts, bursts_block, PARAM_OPTIONAL,
          "tasks come in bursts, at random times: {on: 2min, off: 20min, factor: 10}; the mean rate stays"),
    BLOCK("gaps", traffic, gaps, gaps_block, PARAM_OPTIONAL,
          "how uneven the gaps between tasks are, by chance: {cv2: 4}; the mean rate stays"),
    BLOCK("asks_again", traffic, asks_again, asks_again_block, PARAM_OPTIONAL,
          "users whose task failed ask again: {share: 80%, wait: 30s, most: 3, patience: 20s}"),
    BLOCK("agents", traffic, agents, agents_block, PARAM_OPTIONAL,
          "a closed loop in place of a rate: {workers: 50, think: 5s}; each starts its next task when the last has "
          "ended"),
    BLOCK("trace", traffic, trace, trace_ref_block, PARAM_OPTIONAL,
          "replay the rows of a trace file at their own instants; its tokens are used unless `tokens` says otherwise"),
};

static int is_flat(const double *weights, int n)
{
    for (int i = 0; i < n; i++)
        if (weights[i] != 1) return 0;
    return 1;
}

/* Every key that shapes a rate; a job has its own clock. */
static int has_shape(const struct traffic *t)
{
    return t->hours[0] != '\0' || !is_flat(t->week, HOURS_PER_WEEK) || !is_flat(t->hour_of_day, HOURS_PER_DAY);
}

/* The first key that moves a rate over time or scatters its arrivals, or NULL. */
static const char *moving_key(const struct traffic *t)
{
    if (t->growth.period != 0) return "growth";
    if (t->n_steps > 0) return "steps";
    if (t->n_waves > 0) return "sinusoid";
    if (t->bursts.on_s > 0) return "bursts";
    return t->gaps.cv2 > 0 ? "gaps" : NULL;
}

/* Bit d: weekday d has a weight; 0: a weight is neither 0 nor 1. */
static uint32_t days_on(const struct traffic *t)
{
    uint32_t days = 0;
    for (int d = 0; d < DAYS_PER_WEEK; d++) {
        if (t->weekday[d] != 0 && t->weekday[d] != 1) return 0;
        days |= (uint32_t)(t->weekday[d] == 1) << d;
    }
    return days;
}

static int job_check(const struct traffic *t, struct complaint *c)
{
    int64_t into_s;
    int is_weekly;
    char what[160];
    if (!job_at(t->at, &into_s, &is_weekly))
        return complain(c, "at", "the time of a job is 'HH:MM' or 'mon HH:MM', UTC, in quotes",
                        "for example at: '03:58' or at: 'mon 03:58'");
    if (has_shape(t)) return complain(c, "at", "a job has its own clock: leave out week, hour_of_day, hours", "");
    if (moving_key(t) != NULL)
        return complain(c, moving_key(t), "a job has its own clock, nothing about it moves by itself",
                        "leave it out; a change can set `tasks` or `calls_per_task` at an instant");
    if (days_on(t) == 0 || (is_weekly && !is_flat(t->weekday, DAYS_PER_WEEK)))
        return complain(c, "weekday",
                        "a daily job takes place on a weekday (1) or not (0), a weekly one on its own day",
                        "for example weekday: [1, 1, 1, 1, 1, 0, 0]");
    const double period_s = is_weekly ? S_PER_WEEK : S_PER_DAY, n = t->tasks_per_s * period_s;
    const double whole = (double)(int64_t)(n + 0.5);
    if (t->is_per_month || whole < 1 || n - whole > 1e-6 * whole || whole - n > 1e-6 * whole) {
        snprintf(what, sizeof what, "a %s job has a whole number of tasks each time", is_weekly ? "weekly" : "daily");
        return complain(c, "tasks", what, is_weekly ? "for example 1/week" : "for example 1/day");
    }
    if (whole * (double)t->calls_per_task > JOB_CALLS_MOST)
        return complain(c, "calls_per_task", "a job makes at most 1e9 calls each time", "");
    if (t->over_s > period_s)
        return complain(c, "over", "a job is over before it begins again", is_weekly ? "at most 7d" : "at most 24h");
    return 1;
}

struct job traffic_job(const struct traffic *t, int64_t start_at_s)
{
    int64_t into_s = 0;
    int is_weekly = 0;
    job_at(t->at, &into_s, &is_weekly);
    return job_derive(start_at_s, into_s, is_weekly, t->tasks_per_s, t->calls_per_task, t->over_s, days_on(t));
}

/* Workers have no rate, and neither jobs nor replays have users. */
static int reaction_check(const struct traffic *t, struct complaint *c)
{
    const int is_replay = t->trace.file[0] != '\0';
    if (t->asks_again.share > 0 && (is_replay || traffic_is_job(t)))
        return complain(c, "asks_again", "users ask again where tasks come at a rate, not in a job or a replayed trace",
                        "leave it out; `retries` of the route try a call again");
    if (t->agents.workers <= 0) return react_check(&t->asks_again, &t->agents, c);
    const char *const shaped = moving_key(t) != NULL ? moving_key(t) : traffic_is_job(t) ? "at" : "tasks";
    if (is_replay || traffic_is_job(t) || t->tasks_per_s != PARAM_ABSENT || moving_key(t) != NULL)
        return complain(c, is_replay ? "trace" : shaped,
                        "workers of a closed loop start a task when their last one has ended: there is no rate to give",
                        "leave it out, or leave out `agents`");
    if (has_shape(t) || !is_flat(t->weekday, DAYS_PER_WEEK))
        return complain(c, "agents",
                        "workers of a closed loop have no hours: leave out week, hour_of_day, weekday, hours", "");
    return react_check(&t->asks_again, &t->agents, c);
}

static int traffic_check(const void *block, struct complaint *c)
{
    const struct traffic *t = (const struct traffic *)block;
    if (!reaction_check(t, c)) return 0;
    int is_replay = t->trace.file[0] != '\0', has_rate = t->tasks_per_s != PARAM_ABSENT;
    int from, to;
    if (t->calls_needed > t->calls_per_task)
        return complain(c, "calls_needed", "a task cannot need more answers than it makes calls",
                        "at most calls_per_task");
    if (is_replay && has_rate)
        return complain(c, "trace", "demand is either a rate or a trace, not both",
                        "leave one out; one that a template gives is taken away with `tasks: null` or `trace: null`");
    if (!is_replay && !has_rate && t->agents.workers <= 0)
        return complain(c, "tasks", "demand needs `tasks`, `trace` or `agents`", "for example {tasks: 6400/day}");
    if (is_replay && (t->at[0] != '\0' || t->over_s > 0))
        return complain(c, "trace", "a replayed trace has its own instants: leave out `at` and `over`", "");
    if (is_replay && (has_shape(t) || !is_flat(t->weekday, DAYS_PER_WEEK)))
        return complain(c, "trace", "a replayed trace has its own hours: leave out week, hour_of_day, weekday, hours",
                        "");
    if (is_replay && moving_key(t) != NULL)
        return complain(c, moving_key(t), "a replayed trace has its own instants", "leave it out");
    if (traffic_is_job(t)) return job_check(t, c);
    double swing_share = 0;
    for (int32_t i = 0; i < t->n_waves; i++)
        swing_share += t->waves[i].amplitude_share;
    if (swing_share > 1)
        return complain(c, "sinusoid", "two waves add up, and the rate cannot fall below 0",
                        "amplitudes of at most 100% together");
    if (t->bursts.on_s > 0 && t->gaps.cv2 > 0)
        return complain(c, "gaps", "demand has bursts or gaps of a given variation, not both", "leave one out");
    if (t->hours[0] != '\0' && !traffic_hours(t->hours, &from, &to))
        return complain(c, "hours", "hours are two different whole UTC hours, 'HH:00-HH:00', 00:00 to 24:00",
                        "for example '10:00-13:00'");
    if (has_rate && traffic_week_sum(t) <= 0)
        return complain(c, "tasks", "the weights of the week leave no hour with traffic", "");
    return 1;
}

const struct param_block traffic_block = {
    .name = "demand", ROWS(rows), .size = sizeof(struct traffic), .check = traffic_check};

int traffic_hours(const char *text, int *from, int *to)
{
    char end;
    const char *const shape = "00:00-00:00";
    if (strlen(text) != strlen(shape)) return 0;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return 0;
    if (sscanf(text, "%2d:00-%2d:00%c", from, to, &end) != 2) return 0;
    return *from >= 0 && *from < HOURS_PER_DAY && *to >= 0 && *to <= HOURS_PER_DAY && *from != *to;
}

static int is_inside(int hour, int from, int to)
{
    return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

double traffic_weight_between(const struct traffic *t, double from_s, double to_s)
{
    const int hour_of_week = (int)(from_s / S_PER_HOUR);
    int from, to, hour = hour_of_week % HOURS_PER_DAY;
    if (t->hours[0] != '\0' && traffic_hours(t->hours, &from, &to) && !is_inside(hour, from, to)) return 0;
    const double weight = t->week[hour_of_week] * t->hour_of_day[hour] * t->weekday[hour_of_week / HOURS_PER_DAY];
    return weight * waves_mean(t->waves, t->n_waves, from_s, to_s);
}

double traffic_weight(const struct traffic *t, int hour_of_week)
{
    const double from_s = (double)hour_of_week * S_PER_HOUR;
    return traffic_weight_between(t, from_s, from_s + S_PER_HOUR);
}

double traffic_week_sum(const struct traffic *t)
{
    double sum = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        sum += traffic_weight(t, h);
    return sum;
}

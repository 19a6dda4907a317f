/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/job.h"

#include <stdio.h>
#include <string.h>

#include "models/calendar.h"
#include "sim/event.h"

static const char *const weekdays[DAYS_PER_WEEK] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static int time_of_day(const char *text, int64_t *into_s)
{
    int hour, minute;
    const char *const shape = "00:00";
    if (strlen(text) != strlen(shape)) return 0;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return 0;
    if (sscanf(text, "%2d:%2d", &hour, &minute) != 2 || hour >= HOURS_PER_DAY || minute >= S_PER_MIN) return 0;
    *into_s = (int64_t)hour * S_PER_HOUR + (int64_t)minute * S_PER_MIN;
    return 1;
}

int job_at(const char *text, int64_t *into_s, int *is_weekly)
{
    *is_weekly = 0;
    for (int d = 0; d < DAYS_PER_WEEK; d++) {
        if (strncmp(text, weekdays[d], 3) != 0 || text[3] != ' ') continue;
        *is_weekly = 1;
        if (!time_of_day(text + 4, into_s)) return 0;
        *into_s += (int64_t)d * S_PER_DAY;
        return 1;
    }
    return time_of_day(text, into_s);
}

struct job job_derive(int64_t start_at_s, int64_t into_s, int is_weekly, double tasks_per_s, int64_t calls_per_task,
                      double over_s, uint32_t days_on)
{
    const int64_t period_s = is_weekly ? S_PER_WEEK : S_PER_DAY;
    const int64_t into_period_s = calendar_second_of_day(start_at_s) +
                                  (is_weekly ? (int64_t)calendar_weekday(start_at_s) * S_PER_DAY : 0);
    int64_t first_s = into_s - into_period_s;
    struct job job;
    if (first_s < 0) first_s += period_s;
    job.first_ns = first_s * NS_PER_S;
    job.period_ns = period_s * NS_PER_S;
    job.over_ns = floe_ns_from_s(over_s, NULL);
    job.n_tasks = (int64_t)(tasks_per_s * (double)period_s + 0.5);
    job.calls_per_task = calls_per_task;
    job.weekday = calendar_weekday(start_at_s + first_s);
    job.days_on = days_on;
    return job;
}

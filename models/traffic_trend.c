/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/traffic_trend.h"

#include "models/calendar.h"
#include "models/param_rows.h"
#include "sim/fmath.h"

#define TWO_PI 6.283185307179586

static const char *const law_names[] = {"exponential", "linear", NULL};

static const struct param growth_rows[] = {
    {ROW_BASE("rate", growth, rate_share), .kind = PARAM_NUMBER, .unit = UNIT_SHARE_PER_PERIOD,
     .count_offset = offsetof(struct growth, period), .min = -0.9, .max = 10, .preset = PARAM_REQUIRED,
     .help = "by how much the rate grows per month, quarter, year, week or day: `5%/month`, `2 to 6%/month`"},
    CHOICE("law", growth, law, law_names, "exponential",
           "exponential: (1 + rate)^n after n periods; linear: 1 + rate n, not below 0"),
    INSTANT("from", growth, from_at_s, PARAM_OPTIONAL, "when the rate was as `tasks` says; time.start unless said"),
};

const struct param_block growth_block = {
    .name = "growth", ROWS(growth_rows), .size = sizeof(struct growth), .scalar_key = "rate"};

static const struct param step_rows[] = {
    INSTANT("at", growth_step, at_s, PARAM_REQUIRED, "from this instant on: `2026-04-01`"),
    NUMBER("factor", growth_step, factor, UNIT_NONE, 0, GROWTH_FACTOR_MOST, PARAM_REQUIRED, PARAM_PLAIN,
           "the rate is so many times what it was before: 1.5 for half as much again"),
};

const struct param_block growth_step_block = {.name = "step", ROWS(step_rows), .size = sizeof(struct growth_step)};

static const struct param wave_rows[] = {
    NUMBER("amplitude", wave, amplitude_share, UNIT_SHARE, 0, 1, PARAM_REQUIRED, PARAM_PLAIN,
           "how far the peak lies above the mean: `40%`; the trough lies as far below it"),
    TEXT("peak", wave, peak, PARAM_REQUIRED, PARAM_PLAIN,
         "when it is highest, UTC: every day at '15:00', or once a week at 'wed 12:00'"),
};

static int wave_check(const void *block, struct complaint *c)
{
    int64_t into_s;
    int is_weekly;
    if (job_at(((const struct wave *)block)->peak, &into_s, &is_weekly)) return 1;
    return complain(c, "peak", "a peak is 'HH:MM' (every day) or 'wed HH:MM' (every week), UTC, in quotes",
                    "for example {amplitude: 40%, peak: '15:00'}");
}

const struct param_block wave_block = {
    .name = "sinusoid", ROWS(wave_rows), .size = sizeof(struct wave), .check = wave_check};

/* ---- growth ---- */

static double month_start_s(double at_s)
{
    return (double)calendar_month_start((int64_t)at_s);
}

/* Calendar months from year 0 on, whole ones; the part of the present one that is over. */
static double month_number(double at_s)
{
    const struct calendar_date date = calendar_date_at((int64_t)at_s);
    return (double)date.year * MONTHS_PER_YEAR + date.month;
}

static double month_part(double at_s)
{
    const double start_s = month_start_s(at_s), end_s = (double)calendar_next_month_start((int64_t)at_s);
    return (at_s - start_s) / (end_s - start_s);
}

/* Periods from `from_s` to `at_s`. */
static double periods(const struct growth *growth, double month_s, double from_s, double at_s)
{
    if (growth->period > 0) return (at_s - from_s) / growth->period;
    if (month_s > 0) return (at_s - from_s) / (month_s * -(double)growth->period);
    const double whole = month_number(at_s) - month_number(from_s), part = month_part(at_s) - month_part(from_s);
    return (whole + part) / -(double)growth->period;
}

/* The mean of max(0, y) for y on the straight line from low to high. */
static double clipped_mean(double low, double high)
{
    if (low >= 0 && high >= 0) return (low + high) / 2;
    const double most = low > high ? low : high, least = low > high ? high : low;
    return most <= 0 ? 0 : most * most / (2 * (most - least));
}

/* Within one calendar month the number of periods is a straight line. */
static double mean_within_month(const struct growth *growth, double month_s, double origin_s, double from_s,
                                double to_s)
{
    const double begin = periods(growth, month_s, origin_s, from_s);
    const double n = periods(growth, month_s, from_s, to_s);
    if (growth->law == GROWTH_LINEAR)
        return clipped_mean(1 + growth->rate_share * begin, 1 + growth->rate_share * (begin + n));
    const double per_period = floe_log1p(growth->rate_share), x = per_period * n;
    const double rise = x > -1e-8 && x < 1e-8 ? 1 + x / 2 : floe_expm1(x) / x;
    return floe_exp(per_period * begin) * rise;
}

double growth_mean(const struct growth *growth, struct growth_clock clock, double from_s, double to_s)
{
    const double origin_s = growth->from_at_s == INSTANT_ABSENT ? (double)clock.start_at_s : (double)growth->from_at_s;
    double sum = 0;
    if (growth->period == 0 || growth->rate_share == 0) return 1;
    for (double at_s = from_s; at_s < to_s;) {
        const double end_s = (double)calendar_next_month_start((int64_t)at_s), next_s = end_s < to_s ? end_s : to_s;
        sum += mean_within_month(growth, clock.month_s, origin_s, at_s, next_s) * ((next_s - at_s) / (to_s - from_s));
        at_s = next_s;
    }
    return sum;
}

double growth_steps_mean(const struct growth_step *steps, int32_t n, const struct growth *growth,
                         struct growth_clock clock, double from_s, double to_s)
{
    double sum = 0;
    if (n == 0) return growth_mean(growth, clock, from_s, to_s);
    for (double at_s = from_s; at_s < to_s;) {
        double next_s = to_s, factor = 1;
        for (int32_t i = 0; i < n; i++) {
            const double step_s = (double)steps[i].at_s;
            if (step_s <= at_s) factor *= steps[i].factor;
            if (step_s > at_s && step_s < next_s) next_s = step_s;
        }
        sum += factor * growth_mean(growth, clock, at_s, next_s) * ((next_s - at_s) / (to_s - from_s));
        at_s = next_s;
    }
    return sum;
}

/* ---- waves ---- */

static double swing_mean(const struct wave *wave, double from_s, double to_s)
{
    int64_t peak_s = 0;
    int is_weekly = 0;
    job_at(wave->peak, &peak_s, &is_weekly);
    const double per_s = TWO_PI / (is_weekly ? S_PER_WEEK : S_PER_DAY), half = per_s * (to_s - from_s) / 2;
    const double level = floe_cos(per_s * ((from_s + to_s) / 2 - (double)peak_s));
    return wave->amplitude_share * level * (half > 0 ? floe_sin(half) / half : 1);
}

double waves_mean(const struct wave *waves, int32_t n, double from_s, double to_s)
{
    double mean = 1;
    for (int32_t i = 0; i < n; i++)
        mean += swing_mean(&waves[i], from_s, to_s);
    return mean < 0 ? 0 : mean;
}

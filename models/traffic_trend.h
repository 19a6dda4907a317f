/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What moves the rate of arrivals over the horizon: growth, steps, waves. Each is a factor on the rate; both engines
 * read its mean over a bin of the plan, so that the expected number of tasks in a bin is exact.
 *
 *   growth   `5%/month`: with n periods gone since `from` (time.start unless said)
 *              exponential   (1 + g)^n, any fraction of a period included; the mean of a bin in closed form
 *              linear        1 + g n, not below 0
 *            Months follow time.month: `calendar` counts them with the part of the present one that is over, so that
 *            every first of a month is a whole number; 720h and 730h have that length. A quarter is 3 of them, a year
 *            12. A period of days or weeks has its length
 *   steps    from an instant on the rate is `factor` times what it was before it; several multiply. Inside a bin a step
 *            counts for the part of the bin that is left
 *   waves    1 + A cos(2 pi (t - peak) / period), the period a day ('15:00') or a week ('wed 12:00'), UTC; two
 *            add up. A wave is a weight like hour_of_day: the rate stays the mean over a week
 *
 * Limits: growth goes on inside a week, so that the week's mean is that of its middle; growth and a wave are averaged
 * over a bin each for itself (in bins of an hour or less the difference is of second order); a rate is constant within
 * a bin. After a change of the scenario growth is still counted from `from`. */
#ifndef FLOE_MODELS_TRAFFIC_TREND_H
#define FLOE_MODELS_TRAFFIC_TREND_H

#include "models/job.h"
#include "models/param.h"

#define GROWTH_STEPS_MOST 16
#define WAVES_MOST 2
#define MONTHS_PER_YEAR 12
#define MONTHS_PER_QUARTER 3
#define GROWTH_FACTOR_MOST 1e6 /* of a rate over the horizon; no unit */

enum growth_law { GROWTH_EXPONENTIAL, GROWTH_LINEAR };

struct growth {
    double rate_share; /* per period; PARAM_ABSENT or a period of 0: none */
    int32_t period;    /* seconds, or minus a number of months */
    int32_t law;       /* enum growth_law */
    int64_t from_at_s; /* where the factor is 1; INSTANT_ABSENT: time.start */
};

struct growth_step {
    int64_t at_s;
    double factor;
};

struct wave {
    double amplitude_share;
    char peak[JOB_TEXT_BYTES]; /* '15:00', 'wed 12:00' */
};

extern const struct param_block growth_block, growth_step_block, wave_block;

/* What growth counts by. */
struct growth_clock {
    int64_t start_at_s;
    double month_s; /* 0: calendar months */
};

/* Means over from_s .. to_s, seconds since 1970, from_s < to_s. */
double growth_mean(const struct growth *growth, struct growth_clock clock, double from_s, double to_s);
double growth_steps_mean(const struct growth_step *steps, int32_t n, const struct growth *growth,
                         struct growth_clock clock, double from_s, double to_s); /* times that of the growth */

/* Seconds from Monday 00:00 UTC. */
double waves_mean(const struct wave *waves, int32_t n, double from_s, double to_s);

#endif

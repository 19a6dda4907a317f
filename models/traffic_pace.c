/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/traffic_pace.h"

#include <string.h>

#include "models/param_rows.h"

#define SOJOURN_LEAST_S S_PER_MS
#define SOJOURN_MOST_S (30.0 * S_PER_DAY)
#define FACTOR_MOST 1000000 /* no unit */
#define CV2_LEAST 1e-4      /* no unit */
#define CV2_MOST (FLOE_GAMMA_CV_MAX * FLOE_GAMMA_CV_MAX)

static const struct param bursts_rows[] = {
    NUMBER("on", bursts, on_s, UNIT_S, SOJOURN_LEAST_S, SOJOURN_MOST_S, PARAM_REQUIRED, PARAM_PLAIN,
           "mean length of a burst: `2min`; lengths are exponential"),
    NUMBER("off", bursts, off_s, UNIT_S, SOJOURN_LEAST_S, SOJOURN_MOST_S, PARAM_REQUIRED, PARAM_PLAIN,
           "mean time between bursts: `20min`"),
    NUMBER("factor", bursts, factor, UNIT_NONE, 0, FACTOR_MOST, PARAM_REQUIRED, PARAM_PLAIN,
           "the rate in a burst over that between bursts; the mean rate stays what `tasks` says"),
};

const struct param_block bursts_block = {.name = "bursts", ROWS(bursts_rows), .size = sizeof(struct bursts)};

static const struct param gaps_rows[] = {
    NUMBER("cv2", gaps, cv2, UNIT_NONE, CV2_LEAST, CV2_MOST, PARAM_REQUIRED, PARAM_PLAIN,
           "squared coefficient of variation of the gaps between tasks: 1 is a Poisson process, 4 comes in clumps, 0.1 "
           "nearly evenly"),
};

const struct param_block gaps_block = {.name = "gaps", ROWS(gaps_rows), .size = sizeof(struct gaps)};

struct traffic_pace pace_derive(const struct bursts *bursts, const struct gaps *gaps)
{
    struct traffic_pace pace;
    memset(&pace, 0, sizeof pace);
    if (gaps->cv2 > 0 && gaps->cv2 != 1) {
        pace.kind = PACE_GAPS;
        pace.cv2 = gaps->cv2;
    } else if (bursts->on_s > 0) {
        pace.kind = PACE_BURSTS;
        pace.on_s = bursts->on_s, pace.off_s = bursts->off_s;
        pace.on_share = bursts->on_s / (bursts->on_s + bursts->off_s);
        pace.off_ratio = 1 / (pace.on_share * bursts->factor + 1 - pace.on_share);
        pace.on_ratio = bursts->factor * pace.off_ratio;
    }
    return pace;
}

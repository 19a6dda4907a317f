/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Short ways to write a parameter row. T is the block's struct, F the field, K the key as users write it. */
#ifndef FLOE_MODELS_PARAM_ROWS_H
#define FLOE_MODELS_PARAM_ROWS_H

#include "models/param.h"

#define ROW_BASE(K, T, F) .key = K, .offset = offsetof(struct T, F), .size = sizeof(((struct T *)0)->F)

#define NUMBER(K, T, F, UNIT, MIN, MAX, PRESET, FLAGS, HELP)                                                           \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_NUMBER, .unit = UNIT, .min = MIN, .max = MAX, .preset = PRESET,               \
                           .flags = FLAGS, .help = HELP                                                                \
    }
#define COUNT(K, T, F, MIN, MAX, PRESET, HELP)                                                                         \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_COUNT, .min = MIN, .max = MAX, .preset = PRESET, .help = HELP                 \
    }
#define FLAG(K, T, F, PRESET, HELP)                                                                                    \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_FLAG, .max = 1, .preset = PRESET, .help = HELP                                \
    }
#define CHOICE(K, T, F, CHOICES, PRESET, HELP)                                                                         \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_CHOICE, .choices = CHOICES, .preset = PRESET, .help = HELP                    \
    }
#define TEXT(K, T, F, PRESET, FLAGS, HELP)                                                                             \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_TEXT, .preset = PRESET, .flags = FLAGS, .help = HELP                          \
    }
#define INSTANT(K, T, F, PRESET, HELP)                                                                                 \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_INSTANT, .preset = PRESET, .help = HELP                                       \
    }
#define SERIES(K, T, F, MOST, MIN, MAX, HELP)                                                                          \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_SERIES, .most = MOST, .min = MIN, .max = MAX, .preset = PARAM_OPTIONAL,       \
                           .help = HELP                                                                                \
    }
#define VALUES(K, T, F, N, UNIT, MOST, MIN, MAX, HELP)                                                                 \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_VALUES, .unit = UNIT, .count_offset = offsetof(struct T, N), .most = MOST,    \
                           .min = MIN, .max = MAX, .preset = PARAM_OPTIONAL, .help = HELP                              \
    }
#define BLOCK(K, T, F, B, PRESET, HELP)                                                                                \
    {                                                                                                                  \
        ROW_BASE(K, T, F), .kind = PARAM_BLOCK, .block = &(B), .preset = PRESET, .help = HELP                          \
    }
#define MANY(KIND, K, T, F, N, MOST, B, PRESET, HELP)                                                                  \
    {                                                                                                                  \
        .key = K, .kind = KIND, .offset = offsetof(struct T, F), .size = sizeof(((struct T *)0)->F[0]),                \
        .count_offset = offsetof(struct T, N), .most = MOST, .block = &(B), .preset = PRESET, .help = HELP             \
    }

#define ROWS(R) .rows = R, .n_rows = (int32_t)(sizeof(R) / sizeof((R)[0]))

/* Fills a complaint; returns 0, so that a check can `return complain(...)`. */
int complain(struct complaint *complaint, const char *key, const char *what, const char *hint);

#endif
